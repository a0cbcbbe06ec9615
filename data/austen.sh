#!/bin/sh
# Put Pride and Prejudice into data/austen. All six novels of Jane Austen, in
# one text that ends with it, go to build/data/austen.
#   data/austen.sh           fetch the Debian package, unpack, write the texts
#   data/austen.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without
# FOLDER), node and cksum.
set -eu
export LC_ALL=C
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
here=$data/austen
whole=$data/../build/data/austen
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    source=$1
else
    (cd "$work" && apt-get -qq download r-cran-janeaustenr 2>"$work/said" &&
        dpkg-deb -x r-cran-janeaustenr_*.deb package) || {
        cat "$work/said" >&2
        exit 1
    }
    source=$work/package
fi
node "$data/austen.mjs" \
    "$source/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb" "$work"

cd "$work"
cat emma.txt mansfield-park.txt northanger-abbey.txt persuasion.txt \
    sense-and-sensibility.txt pride-and-prejudice.txt >austen.txt
mkdir -p "$here" "$whole"
chmod 644 ./*.txt
mv pride-and-prejudice.txt "$here/pride-and-prejudice.txt"
mv austen.txt "$whole/austen.txt"
cksum "$here/pride-and-prejudice.txt" "$whole/austen.txt" |
    sed "s|$here/|data/austen/|; s|$data/../||"
