(echo '# The Transformer {#sec:transformer}'; echo; echo 'Prose.'; echo; echo '<!-- backstage -->'; echo; cat tmp/a.nw; echo; [ -f tmp/b.nw ] && cat tmp/b.nw; echo '## Checks {#sec:transformer-checks}'; cat tmp/check.nw) > chapters/17-transformer.nw
/work/h/tools/tangle 2>&1 | grep -v "^[0-9A-H]* .*yes\|^ok" | tail -15
