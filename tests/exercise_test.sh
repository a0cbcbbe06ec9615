#!/bin/sh
# exercise_test.sh -- the exercises: those with tests compile as the reader gets
# them, and every single test fails; every exercise has an answer. (That the
# answers pass is for the runner to see.)

. tests/lib/tap.sh

export CMOCKA_MESSAGE_OUTPUT=TAP

stubs_fail() {
    cc -std=gnu11 -O1 -g -Itangled "tangled/$1/$1_exercise.c" -o "$scratch/exercise" \
        $(cat "build/flags/$1_exercise") -lcmocka -lm || return
    "$scratch/exercise" >"$scratch/tap" 2>&1 &&
        { echo "all is well before the reader wrote anything"; return 1; }
    grep -q '^not ok' "$scratch/tap" || { cat "$scratch/tap"; return 1; }
    ! grep '^ok' "$scratch/tap"
}

# At least four exercises a chapter, and as many answers.
enough() {
    asked=$(grep -c '^::: {\.exercise ' "$1")
    answered=$(grep -c '^### Solution to \[\](#ex:' "$1")
    tests=$(sed -n "s/.*cmocka_unit_test(.*/&/p; /^TEST(/p" \
        "tangled/$2/${2}_exercise.c" | wc -l)
    echo "$asked exercises, $answered answers, $tests tests"
    test "$asked" -ge 4 && test "$answered" -eq "$asked" && test "$tests" -ge 2
}

for source in chapters/[0-9]*.nw; do
    topic=${source##*/??-}
    topic=${topic%.nw}
    try "$topic: the exercises fail until they are solved" stubs_fail "$topic"
    try "$topic: every exercise has an answer" enough "$source" "$topic"
done
finish
