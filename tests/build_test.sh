#!/bin/sh
# build_test.sh -- the build itself, tried on a copy of the book: it does what
# is needed and no more, and says what is wrong and where.

. tests/lib/tap.sh

here=$PWD
copy=$scratch/book
chapter=chapters/02-average.nw

# ---------------------------------------------------------------- tools

make_copy() {
    mkdir "$copy" || return
    for part in book.md build.sh README.md LICENSE chapters data figures \
        tangled tests build; do
        cp -a "$here/$part" "$copy/" || return
    done
    rm -rf "$copy/build/asan" "$copy/build/check"
    cd "$copy" && build
}

build() {
    ./build.sh --no-install "$@"
}

# The files that were written since the last `mark`.
mark() {
    sleep 0.05
    touch "$scratch/mark"
    sleep 0.05
}

written() {
    find build/book build/bin tangled figures -type f \
        -newer "$scratch/mark" | sort
}

# Applies a sed script to a chapter; `restore` takes it back.
edit() {
    cp "$chapter" "$scratch/chapter"
    sed "$1" "$scratch/chapter" >"$chapter"
    ! cmp -s "$chapter" "$scratch/chapter" ||
        { echo "the edit changes nothing"; return 1; }
}

restore() {
    cp "$scratch/chapter" "$chapter"
}

# The number of the line that holds the word MISTAKE, or $1.
line_of() {
    grep -n -e "$1" "$chapter" | head -n 1 | cut -d: -f1
}

# Builds $1 after the edit $2; this must fail and name the chapter, the line of
# the mistake, and the words $3. Nothing that was there is lost.
reports() {
    verb=$1 words=$3
    edit "$2" || return
    at="$chapter:$(line_of MISTAKE)"
    find build/book build/bin -type f | sort >"$scratch/before"
    build $verb >"$scratch/said" 2>&1
    status=$?
    find build/book build/bin -type f | sort >"$scratch/after"
    restore
    test $status -ne 0 || { echo "the build succeeds"; return 1; }
    diff "$scratch/before" "$scratch/after" || return
    expect "$at\b" <"$scratch/said" && expect "$words" <"$scratch/said"
}

# A folder with every program of this machine but those that are named.
path_without() {
    rm -rf "$scratch/path"
    mkdir "$scratch/path"
    echo "$PATH" | tr : '\n' | grep -v "$here" | while read -r folder; do
        cp -rsn "$folder/." "$scratch/path/" 2>/dev/null
    done
    for program; do rm -f "$scratch/path/$program"; done
}

# ---------------------------------------------------------------- tests

second_build_does_nothing() {
    mark
    build || return
    written | { ! grep . ; }
}

prose_renders_one_page() {
    edit '3s/.*/&\n\nA sentence that a test wrote, xyzzy./' || return
    mark
    build html || return
    written >"$scratch/written"
    restore
    grep -v -e '02-average\.html$' -e 'search-index\.js$' \
        "$scratch/written" && { echo "was written as well"; return 1; }
    grep -q '02-average\.html$' "$scratch/written" &&
        grep -q xyzzy build/book/02-average.html
}

# A header that one program includes: what all include takes minutes to compile.
code_compiles_what_includes_it() {
    chapter=chapters/11-mask.nw
    edit '0,/^<<dates.h: interface>>=$/s//&\n#define XYZZY 1/' || return
    mark
    build programs || return
    written >"$scratch/written"
    restore
    echo "written:"; cat "$scratch/written"
    grep -q '^build/bin/mask$' "$scratch/written" &&
        grep -q '^tangled/mask/dates\.h$' "$scratch/written" &&
        ! grep -q '^build/bin/softmax$' "$scratch/written"
}

# A chunk that another chapter has already, by accident.
collision_is_reported() {
    name=$(sed -n 's/^<<\(let [^>]*\)>>=$/\1/p' chapters/01-softmax.nw |
        head -n 1)
    cp "$chapter" "$scratch/chapter"
    printf '\n<<%s>>=\n/* again */\n@\n' "$name" >>"$chapter"
    at="$chapter:$(($(wc -l <"$chapter") - 2)): .*defined in chapters/01-softmax"
    build programs >"$scratch/said" 2>&1
    status=$?
    restore
    test $status -ne 0 || { echo "the build succeeds"; return 1; }
    expect "$at" <"$scratch/said"
}

failing_check_is_reported() {
    mistake='TEST(wrong_on_purpose) {\n    assert_true(false); \/* MISTAKE *\/\n}'
    edit "0,/^<<average_check.c: checks>>=\$/s//&\n$mistake/" || return
    at="$chapter:$(line_of MISTAKE)"
    build test average >"$scratch/said" 2>&1
    status=$?
    restore
    test $status -ne 0 || { echo "the test succeeds"; return 1; }
    expect "$at\b" <"$scratch/said" &&
        expect '^not ok .*wrong_on_purpose' <"$scratch/said" &&
        expect '[0-9]+ passed, 1 failed$' <"$scratch/said"
}

passing_checks_are_counted() {
    build test average >"$scratch/said" 2>&1 || { cat "$scratch/said"; return 1; }
    tail -n 1 "$scratch/said" | expect '^[1-9][0-9]* passed, 0 failed$'
}

builds_again() {
    build html || return
    mark
    build html || return
    written | { ! grep . ; }
}

two_builds_at_once() {
    edit '3s/.*/&\n\nAnother sentence./' || return
    build html >"$scratch/one" 2>&1 &
    build html >"$scratch/two" 2>&1
    second=$?
    wait $!
    first=$?
    restore
    cat "$scratch/one" "$scratch/two"
    test $first -eq 0 && test $second -eq 0 &&
        grep -q 'Another sentence' build/book/02-average.html
}

# A new chapter is in every page's contents, so the whole book is rendered anew:
# that is left to the long run.
new_chapter() {
    cat >chapters/28-extra.nw <<'CHAPTER'
# An extra chapter {#sec:extra}

What does one more chapter need? A file and a line.

<<extra.c>>=
#include <stdio.h>
int main(void)
{
    printf("xyzzy\n");
    return 0;
}
@

~~~ {.run}
extra
~~~

<!-- backstage -->

## More {#sec:extra-more}

There is no more.
CHAPTER
    cp book.md "$scratch/book.md"
    sed 's/^- 27-.*/&\n- 28-extra: An extra chapter/' "$scratch/book.md" >book.md
    if [ -n "${WHOLE:-}" ]; then
        build html
    else
        make -s -f build/tools/Makefile build/book/28-extra.html \
            build/book/index.html
    fi
    status=$?
    rm chapters/28-extra.nw
    cp "$scratch/book.md" book.md
    test $status -eq 0 && expect xyzzy <build/book/28-extra.html &&
        expect 28-extra.html <build/book/index.html &&
        expect '^/\* extra.c -- generated from chapters/28-extra.nw' \
            <tangled/extra/extra.c
}

missing_package_is_named() {
    path_without $1
    PATH=$scratch/path build >"$scratch/said" 2>&1
    status=$?
    test $status -eq 1 || { echo "status $status"; cat "$scratch/said"; return 1; }
    expect "$2" <"$scratch/said" && expect 'apt(-get)? install' <"$scratch/said"
}

# A tool that only one of the outputs needs: the file $3 is lost, and the rest
# of verb $4 is built.
missing_tool_skips() {
    path_without "$1"
    rm -f "$3"
    PATH=$scratch/path build $4 >"$scratch/said" 2>&1 ||
        { cat "$scratch/said"; return 1; }
    test "$(grep -c "$2" "$scratch/said")" -eq 1 ||
        { echo "not one line on $2:"; cat "$scratch/said"; return 1; }
}

help_lists_the_verbs() {
    build help >"$scratch/said" || return
    for verb in all test html pdf epub backstage programs figures data \
        results budget clean help no-install; do
        expect "\b$verb\b" <"$scratch/said" || return
    done
}

unknown_verbs_are_refused() {
    for words in nonsense "test nonsense" --nonsense; do
        # shellcheck disable=SC2086
        build $words >"$scratch/said" 2>&1
        status=$?
        test $status -eq 2 || { echo "$words: status $status"; return 1; }
        expect nonsense <"$scratch/said" || return
    done
}

runs_from_anywhere() {
    (cd / && "$copy/build.sh" --no-install programs)
}

folder_with_spaces() {
    cd "$scratch" && mv book "a book" && cd "a book" || return
    edit '3s/.*/&\n\nSpaces./' && build html
    status=$?
    restore
    cd "$scratch" && mv "a book" book
    return $status
}

clean_leaves_what_is_written() {
    build clean || return
    test ! -e build && test -e tangled/average/average.c && test -d figures
}

# ------------------------------------------------------------------ order

in_copy() {
    cd "$copy" && "$@"
}

try "a copy of the book builds" make_copy
if [ ! -e "$copy/build/book/index.html" ]; then
    finish
fi
try "a second build does nothing" in_copy second_build_does_nothing
try "an edit of prose renders one page" in_copy prose_renders_one_page
try "an edit of code compiles what includes it" \
    in_copy code_compiles_what_includes_it
try "an undefined chunk is reported" in_copy reports html \
    '0,/^<<average.h: functions>>=$/s//&\n<<a chunk with a MISTAKE>>/' \
    'a chunk with a MISTAKE'
try "an unused chunk is reported" in_copy reports html \
    '0,/^<<average.h: functions>>=$/s//<<a MISTAKE nobody uses>>=\nx\n@\n\n&/' \
    'a MISTAKE nobody uses'
try "a chunk of two chapters is reported" in_copy collision_is_reported
try "an unknown reference is reported" in_copy reports html \
    '3s/.*/&\n\nSee [](#sec:MISTAKE)./' 'sec:MISTAKE'
try "a missing result is reported" in_copy reports html \
    '3s/.*/&\n\nIt is []{.result key="average.MISTAKE"}./' 'average.MISTAKE'
try "a transcript that fails is reported" in_copy reports html \
    '3s/.*/&\n\n~~~ {.run}\naverage --MISTAKE\n~~~/' 'MISTAKE'
try "a formula that is wrong is reported" in_copy reports html \
    '3s/.*/&\n\nIt is $\\MISTAKE{x}$./' 'MISTAKE'
try "an unknown citation is reported" in_copy reports html \
    '3s/.*/&\n\nAs shown [@MISTAKE2015]./' 'MISTAKE2015'
try "a compiler error is reported" in_copy reports programs \
    '0,/^<<average.c: main>>=$/s//&\nint MISTAKE = ;/' 'error'
try "a failing check is reported" in_copy failing_check_is_reported
try "after all that, the book builds as before" in_copy builds_again
try "passing checks are counted" in_copy passing_checks_are_counted
try "two builds at once do not disturb each other" in_copy two_builds_at_once
try "a missing package is named" in_copy \
    missing_package_is_named "notangle noroots" noweb
try "a missing compiler is named" in_copy \
    missing_package_is_named cc gcc
# These two make every page again, and are left to the long run.
if [ -n "${WHOLE:-}" ]; then
    try "without LaTeX there is no PDF, and one line says so" \
        in_copy missing_tool_skips lualatex PDF build/book/book.pdf all
    try "without a compiler for the page, figures stay pictures" \
        in_copy missing_tool_skips clang 'live figures' \
        build/book/wasm/average.js html
fi
try "help lists the verbs" in_copy help_lists_the_verbs
try "unknown verbs and topics are refused" in_copy unknown_verbs_are_refused
try "the build runs from any folder" in_copy runs_from_anywhere
try "a folder may have spaces in its name" in_copy folder_with_spaces
try "a new chapter is one file and one line" in_copy new_chapter
try "clean removes what was made, not what was written" \
    in_copy clean_leaves_what_is_written
finish
