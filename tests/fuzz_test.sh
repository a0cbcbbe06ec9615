#!/bin/sh
# fuzz_test.sh -- the inputs that fuzzing kept, given to the readers again,
# under the sanitizers. tests/fuzz/readers.c says how they are found.

. tests/lib/tap.sh

compiled() {
    cc -std=gnu11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Werror \
        -fsanitize=address,undefined -fno-sanitize-recover=undefined \
        -Itangled tests/fuzz/readers.c -o "$scratch/readers" -ljansson -lm
}

replayed() {
    "$scratch/readers" "$1" "$2"/*
}

# The replay must be able to fail: a reader without one of its checks.
notices_a_bug() {
    mkdir "$scratch/broken"
    cp -r tangled/* "$scratch/broken"
    sed -i 's/if (input->sized && n > input->left)/if (0)/' \
        "$scratch/broken/kit/workshop.h"
    ! cmp -s tangled/kit/workshop.h "$scratch/broken/kit/workshop.h" || return
    cc -g -fsanitize=address -I"$scratch/broken" tests/fuzz/readers.c \
        -o "$scratch/broken/readers" -ljansson -lm || return
    ! ASAN_OPTIONS=detect_leaks=0 "$scratch/broken/readers" npy \
        tests/fuzz/corpus/npy/* 2>"$scratch/broken/said" &&
        expect 'much memory for few bytes' <"$scratch/broken/said"
}

try "the harness of the readers compiles" compiled
for corpus in tests/fuzz/corpus/*; do
    reader=$(basename "$corpus")
    try "$reader: $(ls "$corpus" | wc -l) inputs of the fuzzer" \
        replayed "$reader" "$corpus"
done
try "a reader that believes its file is found out" notices_a_bug
finish
