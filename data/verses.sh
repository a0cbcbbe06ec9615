#!/bin/sh
# Cut data/verses out of two Bibles in English and Spanish: every eighteenth verse,
# with links between its words. All go to build/data/verses.
#   data/verses.sh           fetch two Debian packages, cut, write data/verses
#   data/verses.sh FOLDER    cut from unpacked packages in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without
# FOLDER), node, awk and cksum.
set -eu
export LC_ALL=C
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
here=$data/verses
whole=$data/../build/data/verses
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    source=$1
else
    (cd "$work" && apt-get -qq download sword-text-web sword-text-sparv \
        2>"$work/said" && for deb in sword-text-*.deb; do
            dpkg-deb -x "$deb" package || exit 1
        done) || {
        cat "$work/said" >&2
        exit 1
    }
    source=$work/package
fi
texts=$source/usr/share/sword/modules/texts/ztext
node "$data/verses.mjs" "$texts/engWEB2015eb" "$texts/spaRV1909eb" \
    >"$work/all.tsv"
# The last verse is followed by a glossary.
awk -F '\t' 'split($2, en, " ") <= 80 && split($3, es, " ") <= 80' \
    "$work/all.tsv" >"$work/whole.tsv"
rm "$work/all.tsv"
awk 'NR % 18 == 0' "$work/whole.tsv" >"$work/verses.tsv"
mkdir -p "$here" "$whole"
chmod 644 "$work"/*.tsv
mv "$work/verses.tsv" "$here/verses.tsv"
mv "$work/whole.tsv" "$whole/verses.tsv"
cksum "$here/verses.tsv" "$whole/verses.tsv" |
    sed "s|$here/|data/verses/|; s|$data/../||"
