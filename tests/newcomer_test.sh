#!/bin/sh
# newcomer_test.sh -- a Transformer on the headers alone learns, and decodes from
# a cache what the full pass says.

. tests/lib/tap.sh

learns() {
    cc -std=gnu11 -O3 -march=native -fopenmp -Wall -Wextra -Wpedantic -Wshadow \
        -Werror -Itangled tests/newcomer.c -o "$scratch/newcomer" -lm &&
        OMP_WAIT_POLICY=passive "$scratch/newcomer" >"$scratch/said"
    status=$?
    cat "$scratch/said"
    return $status
}

try "an encoder-decoder on the headers alone learns and decodes" learns
few() { [ "$(grep -cvE "^ *$|^ *(/\*|\*)" tests/newcomer.c)" -le 250 ]; }
try "it has at most 250 lines" few
finish
