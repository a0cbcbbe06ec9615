#!/bin/sh
# compile_test.sh -- the tangled C by hand: by the one line that the chapter
# prints, without a warning by two compilers, and each header on its own.

. tests/lib/tap.sh

warnings="-std=gnu11 -Wall -Wextra -Wpedantic -Wshadow -Werror"

# A line that ends in a backslash goes on in the next.
sed -e ':a' -e '/\\$/{N;s/ *\\\n */ /;ta' -e '}' chapters/*.nw >"$scratch/joined"

# Where the file $1 lies.
place_of() {
    ls tangled/*/"$1"
}

# The compile line for the file $1, as some chapter prints it, without options
# that name a file of the reader's. Appendices may rely on the README's lines.
printed_line() {
    grep -hoE "(cc|gcc|clang) [^\`|]*tangled/[a-z]*/${1%.c}[.]c( [^\`|&;]*)?" \
        "$scratch/joined" | grep -v ANSWERS | head -n 1 | grep . && return
    case $1 in *_check.c) model=softmax_check ;; *) model=softmax ;; esac
    grep -q "^<<$1>>=" chapters/[A-Z]-*.nw &&
        sed -e ':a' -e '/\\$/{N;s/ *\\\n */ /;ta' -e '}' README.md |
        grep -oE "cc .*tangled/softmax/$model\.c [^&]*" |
        sed "s|softmax/$model|kit/${1%.c}|; s|$model|${1%.c}|g"
}

# The printed line compiles it, and with the warnings added it says nothing.
by_its_line() {
    line=$(printed_line "$1")
    if [ -z "$line" ]; then
        echo "no chapter prints how to compile $1"
        return 1
    fi
    # The build has made the programs already; to optimize and link them again takes
    # two minutes, and is left to the long run. The first of them are made here, too.
    output=$scratch/${1%.c}
    line=$(echo "$line" | sed "s| -o [^ ]*| -o $output|")
    case ${WHOLE:-$1} in
    1) eval "$line $warnings" && test -x "$output" ;;
    softmax*) eval "$(echo "$line" | sed 's| -O3||') $warnings" &&
        test -x "$output" ;;
    *) eval "$line $warnings -fsyntax-only" ;;
    esac
}

# What the build passes to the compiler, such as -fopenmp, the reader is told.
has_the_flags() {
    for flag in $(cat "build/flags/${1%.c}"); do
        case " $(printed_line "$1") " in
        *" $flag "*) ;;
        *) echo "the build adds $flag, which the printed line lacks"; return 1 ;;
        esac
    done
}

# Some of gcc's warnings need the optimizer; none of clang's do.
silently() {
    has "$1" || { echo "SKIP $1 is not installed"; return 0; }
    case $1 in
    gcc) optimizer="-O${WHOLE:+2} -c -o $scratch/object" ;;
    *) optimizer=-fsyntax-only ;;
    esac
    "$1" $warnings $optimizer -Itangled "$(place_of "$2")"
}

without_window() {
    cc -DNO_WINDOW -Itangled "$(place_of "$1")" -o "$scratch/plain" \
        $(cat "build/flags/${1%.c}") -lm &&
        ! ldd "$scratch/plain" | grep SDL
}

alone() {
    printf '#include "%s"\n#include "%s"\nint main(void) { return 0; }\n' \
        "$1" "$1" >"$scratch/alone.c"
    cc $warnings -Wno-unused-function -fsyntax-only -I tangled \
        "$scratch/alone.c"
}

# Without GNU's C, and with a library that shows only POSIX or is told nothing.
in_iso_c() {
    has "$1" || { echo "SKIP $1 is not installed"; return 0; }
    iso="$1 -std=c11 ${warnings#* } -fsyntax-only -Itangled"
    for file in tangled/kit/*_check.c; do
        $iso "$file" && $iso -D_POSIX_C_SOURCE=200809L "$file" || return
    done
    for file in tangled/*/*.c; do
        case $file in *_exercise.c) continue ;; esac
        $iso -D_DEFAULT_SOURCE "$file" || return
    done
}

# Programs compiled in the root are not taken for files of the book.
ignored_by_git() {
    git rev-parse --show-toplevel >/dev/null 2>&1 ||
        { echo "SKIP this is no repository"; return 0; }
    bad=0
    for file in tangled/*/*.c; do
        name=$(basename "$file" .c)
        git check-ignore -q "$name" || { echo "$name"; bad=1; }
    done
    for file in README.md LICENSE build.sh tangled/new.h data/new chapters/new; do
        ! git check-ignore -q "$file" || { echo "$file is ignored"; bad=1; }
    done
    return $bad
}

says_it_is_generated() {
    bad=0
    for file in tangled/*/*; do
        head -n 1 "$file" | grep -qE \
            'generated from (chapters/.*\.nw|[a-z0-9_]*\.h by the build)|baked by' ||
            { echo "$file: $(head -n 1 "$file")"; bad=1; }
    done
    return $bad
}

for file in $(ls tangled/*/*.c | grep -v '_exercise\.c$'); do
    try "$(basename "$file") compiles by the line of its chapter, in silence" \
        by_its_line "$(basename "$file")"
    try "$(basename "$file") is compiled by the build as its line says" \
        has_the_flags "$(basename "$file")"
done
for file in tangled/*/*_exercise.c; do
    try "gcc has no warning for $(basename "$file")" \
        silently gcc "$(basename "$file")"
done
# The quick run reads each file once by each compiler: by gcc as GNU's C, above, and by
# clang as ISO's, below, which leaves the exercises out.
for file in tangled/*/*_exercise.c ${WHOLE:+$(ls tangled/*/*.c | grep -v '_exercise\.c$')}; do
    try "clang has no warning for $(basename "$file")" \
        silently clang "$(basename "$file")"
done
for file in $(grep -l '"kit/figure.h"' tangled/*/*.c | grep -v '_check\.c$'); do
    try "$(basename "$file") needs no SDL2 with -DNO_WINDOW" \
        without_window "$(basename "$file")"
done
[ -z "${WHOLE:-}" ] || try "gcc compiles -std=c11 in silence" in_iso_c gcc
try "clang compiles -std=c11 in silence" in_iso_c clang
for header in tangled/*/*.h; do
    case $header in *_exercise.h | *_solution.h) continue ;; esac
    try "$(basename "$header") compiles alone and twice" \
        alone "${header#tangled/}"
done
try "git ignores the programs that a reader compiles" ignored_by_git
try "every tangled file names its chapter" says_it_is_generated
finish
