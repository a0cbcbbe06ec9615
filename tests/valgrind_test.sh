#!/bin/sh
# valgrind_test.sh -- the checks of every chapter again, with every access to
# memory watched.

. tests/lib/tap.sh

watched() {
    has valgrind || { echo "SKIP valgrind is not installed"; return 0; }
    cc -O1 -g -Itangled tangled/*/"$1.c" -o "$scratch/$1" \
        $(cat "build/flags/$1") -lcmocka -lm || return
    # The variable: so that the program does not begin again, unwatched.
    OMP_WAIT_POLICY=passive timeout 900 valgrind -q --error-exitcode=99 \
        --child-silent-after-fork=yes --leak-check=full \
        --errors-for-leak-kinds=definite "$scratch/$1"
}

# Those of the first chapter in every run; all of them in the long one.
for file in tangled/*/*_check.c; do
    case ${WHOLE:-$file} in */softmax_check.c | 1) ;; *) continue ;; esac
    check=$(basename "$file" .c)
    try "$check under valgrind" watched "$check"
done
finish
