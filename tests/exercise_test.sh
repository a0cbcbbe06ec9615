#!/bin/sh
# exercise_test.sh -- the test-first exercises: they compile as the reader gets
# them and every test of them fails; with the book's answers every test passes.

. tests/lib/tap.sh

export CMOCKA_MESSAGE_OUTPUT=TAP

compiled() {
    cc -std=gnu11 -O1 -g -Wall -Wextra -Wno-unused-parameter \
        -Wno-unused-function "$@" -o "$scratch/exercise" -lcmocka -lm
}

stubs_fail() {
    compiled "tangled/$1_exercise.c" || return
    "$scratch/exercise" >"$scratch/tap" 2>&1 &&
        { echo "all is well before the reader wrote anything"; return 1; }
    grep -q '^not ok' "$scratch/tap" || { cat "$scratch/tap"; return 1; }
    ! grep '^ok' "$scratch/tap"
}

answers_pass() {
    compiled -DANSWERS="\"$1_solution.h\"" "tangled/$1_exercise.c" || return
    "$scratch/exercise" >"$scratch/tap" 2>&1 && ! grep '^not ok' "$scratch/tap"
    status=$?
    test $status -eq 0 || cat "$scratch/tap"
    return $status
}

# At least four exercises a chapter, and as many answers.
enough() {
    asked=$(grep -c '^::: {\.exercise ' "$1")
    answered=$(grep -c '^### Solution to \[\](#ex:' "$1")
    tests=$(sed -n "s/.*cmocka_unit_test(.*/&/p; /^TEST(/p" \
        "tangled/${2}_exercise.c" | wc -l)
    echo "$asked exercises, $answered answers, $tests tests"
    test "$asked" -ge 4 && test "$answered" -eq "$asked" && test "$tests" -ge 2
}

for source in chapters/[0-9]*.nw; do
    topic=${source##*/??-}
    topic=${topic%.nw}
    try "$topic: the exercises fail until they are solved" stubs_fail "$topic"
    try "$topic: the solutions pass" answers_pass "$topic"
    try "$topic: every exercise has an answer" enough "$source" "$topic"
done
finish
