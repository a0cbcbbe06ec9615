#!/bin/sh
# fresh_test.sh -- what is made and committed is what the chapters make: the
# tangled C, the figures, the results, and the list of chapters in the README.

. tests/lib/tap.sh

# C without its comments and its spacing, which the build may add to.
bare() {
    cpp -fpreprocessed -dD -P - 2>/dev/null | tr -d ' \t\n'
}

# The build adds the prototypes that C needs.
tangled_is_fresh() {
    /usr/lib/noweb/nt -R"$1" <"$scratch/marked" >"$scratch/plain"
    awk -f build/tools/offers.awk "$scratch/plain" "$scratch/plain" |
        bare >"$scratch/chapters"
    bare <"$2" >"$scratch/tangled"
    test -s "$scratch/chapters" && cmp "$scratch/chapters" "$scratch/tangled"
}

# The outlines of the letters are made by a program of the book, out of fonts
# that a system may lack.
font_is_fresh() {
    cc -Itangled tangled/kit/font_bake.c -o "$scratch/font_bake" -lm || return
    "$scratch/font_bake" >"$scratch/font" ||
        { echo "SKIP the fonts are not installed"; return 0; }
    cmp "$scratch/font" tangled/kit/figure_font.h
}

# Every C file that the chapters give is in tangled/, and nothing else is.
tangled_is_complete() {
    { noroots chapters/*.nw | sed -n 's/^<<\(.*\.[ch]\)>>$/\1/p'
      cat build/doubles
      echo figure_font.h; } | sort >"$scratch/roots"
    find tangled -type f | sed 's|.*/||' | sort >"$scratch/files"
    diff "$scratch/roots" "$scratch/files"
}

# Where the chapters are as they were committed, so must be what they make.
tangled_is_committed() {
    git rev-parse HEAD >/dev/null 2>&1 || { echo "SKIP no git"; return 0; }
    git diff --quiet HEAD -- chapters ||
        { echo "SKIP the chapters are being edited"; return 0; }
    git status --short -- tangled README.md | { ! grep . ; }
}

# The build has drawn all figures, and replaces one that looks different from what
# was there. Where the chapters are as they were committed, none may.
figure_is_fresh() {
    test -s "figures/$1-$2.png" ||
        { echo "figures/$1-$2.png is missing"; return 1; }
    test -e "build/figures/$1.done" || { echo "$1 was not drawn"; return 1; }
    git diff --quiet HEAD -- chapters 2>/dev/null ||
        { echo "SKIP no git, or the chapters are being edited"; return 0; }
    git show "HEAD:figures/$1-$2.png" >"$scratch/committed.png" &&
        build/bin/png_diff "$scratch/committed.png" "figures/$1-$2.png"
}

# No figure stands in figures/ that no program draws. README's picture of a
# page is the one exception.
figures_are_wanted() {
    for program in $programs; do
        for figure in $(build/bin/"$program" --list-figures); do
            echo "figures/$program-$figure.png"
        done
    done | sort >"$scratch/wanted"
    find figures -name '*.png' ! -name 'page*.png' | sort >"$scratch/there"
    diff "$scratch/wanted" "$scratch/there"
}

# Keys within one part in a thousand; times and speeds only have to be there.
results_are_fresh() {
    build/bin/"$1" --results >"$scratch/results" || return
    awk -F ' *= *' -v file="data/results/$1.txt" '
        /^#/ || NF < 2 { next }
        NR == FNR { committed[$1] = $2; next }
        { made[$1] = 1 }
        !($1 in committed) { print $1 " is not in " file; bad = 1; next }
        $1 ~ /\.(time|speed)\./ { next }
        {
            gap = $2 - committed[$1]; size = committed[$1]
            if (gap < 0) gap = -gap
            if (size < 0) size = -size
            if (gap > 1e-3 * size + 1e-9 || ($2 != $2 + 0 && $2 != committed[$1])) {
                print $1 " = " $2 ", but " file " has " committed[$1]
                bad = 1
            }
        }
        END {
            for (key in committed) if (!(key in made)) {
                print file " has " key ", which the program does not print"
                bad = 1
            }
            exit bad
        }' "data/results/$1.txt" "$scratch/results"
}

# One step of each run is enough to see that a study prints the keys that are
# committed, all of them and no others. Such a trial leaves the weights alone.
study_has_its_keys() {
    cksum data/weights/* >"$scratch/before"
    build/bin/"$1" --study --steps 1 >"$scratch/study" || return
    cksum data/weights/* | diff "$scratch/before" - || return
    sed -n 's/^\([^# ]*\) *= .*/\1/p' "data/results/$1-study.txt" | sort \
        >"$scratch/committed"
    sed -n 's/^\([^# ]*\) *= .*/\1/p' "$scratch/study" | sort >"$scratch/made"
    test -s "$scratch/made" && diff "$scratch/committed" "$scratch/made"
}

results_say_where() {
    head -n 8 "data/results/$1.txt" >"$scratch/head"
    for pattern in machine '(cc|gcc|clang).* [0-9]' '[0-9]{4}-[0-9]{2}-[0-9]{2}'; do
        expect "^#.*$pattern" <"$scratch/head" || return
    done
}

# The README lists every chapter of book.md, in order.
readme_lists_the_chapters() {
    sed -n 's/^- [0-9][0-9]-[a-z]*: \(.*[^ ]\) *{[A-Z ]*}$/\1/p; t
        s/^- [0-9][0-9]-[a-z]*: //p' book.md >"$scratch/titles"
    sed -n '/<!-- chapters -->/,/<!-- \/chapters -->/p' README.md \
        >"$scratch/table"
    while read -r title; do
        line=$(grep -nF -e "$title" "$scratch/table" | head -n 1)
        test -n "$line" || { echo "README has no line for: $title"; return 1; }
        test "${line%%:*}" -gt "${last:-0}" ||
            { echo "README: $title stands too early"; return 1; }
        last=${line%%:*}
    done <"$scratch/titles"
    for chapter in chapters/[0-9]*.nw; do
        expect "${chapter##*/}|$(basename "$chapter" .nw)" \
            <"$scratch/table" || return
    done
}

# The README's numbers are those of data/results.
numbers_of_the_readme() {
    cat data/results/*.txt >build/results.txt
    awk -F '\t' -f build/tools/readme.awk build/contents build/results.txt \
        README.md >"$scratch/readme" && diff README.md "$scratch/readme"
}

pictures_of_the_readme() {
    sed -n 's/.*!\[.*\](\([^)]*\)).*/\1/p' README.md | while read -r picture
    do
        test -s "$picture" || { echo "$picture is missing"; exit 1; }
    done
}

programs="$(for source in chapters/*.nw; do
    topic=${source##*/??-}; topic=${topic##*/?-}; topic=${topic%.nw}
    # whole.c takes words only, and draws nothing
    grep -q program_run tangled/*/"$topic.c" 2>/dev/null && echo "$topic"
done) chart_example"
chapters=$(for source in chapters/[0-9]*.nw; do
    topic=${source##*/??-}; echo "${topic%.nw}"
done)

# What notangle does, with all chapters read once.
/usr/lib/noweb/markup chapters/*.nw >"$scratch/marked"
for file in tangled/*/*.[ch]; do
    name=$(basename "$file")
    test "$name" != figure_font.h || continue
    ! grep -qx "$name" build/doubles || continue
    try "$file is what the chapters say" tangled_is_fresh "$name" "$file"
done
try "tangled/kit/figure_font.h is what font_bake makes" font_is_fresh
try "tangled/ has every module and nothing else" tangled_is_complete
try "tangled/ is committed as the chapters make it" tangled_is_committed
for program in $programs; do
    for figure in $(build/bin/"$program" --list-figures); do
        try "figures/$program-$figure.png is fresh" \
            figure_is_fresh "$program" "$figure"
    done
done
try "every picture in figures/ is drawn by a program" figures_are_wanted
for topic in $chapters; do
    test -e "data/results/$topic.txt" || continue
    # What measures speeds takes a minute, and is left to the long run.
    [ -z "${WHOLE:-}" ] &&
        grep -qE '\.(time|speed)\.' "data/results/$topic.txt" ||
        try "data/results/$topic.txt is what $topic prints" \
            results_are_fresh "$topic"
    [ -z "${WHOLE:-}" ] ||
        ! build/bin/"$topic" --help | grep -q -- '--study.*--steps' ||
        try "data/results/$topic-study.txt has the keys of the study" \
            study_has_its_keys "$topic"
    try "data/results/$topic.txt says where it was made" \
        results_say_where "$topic"
done
try "the README lists the chapters" readme_lists_the_chapters
try "the README's numbers are those that were measured" numbers_of_the_readme
try "the README's pictures exist" pictures_of_the_readme
finish
