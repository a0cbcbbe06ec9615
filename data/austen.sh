#!/bin/sh
# Put Pride and Prejudice into data/austen. All six novels of Jane Austen, in
# one text that ends with it, go to build/data/austen.
#   data/austen.sh           fetch the Debian package, unpack, write the texts
#   data/austen.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without
# FOLDER), node and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
debian r-cran-janeaustenr
node "$data/austen.mjs" \
    "$source/usr/lib/R/site-library/janeaustenr/data/Rdata.rdb" "$work"

cd "$work"
cat emma.txt mansfield-park.txt northanger-abbey.txt persuasion.txt \
    sense-and-sensibility.txt pride-and-prejudice.txt >austen.txt
place pride-and-prejudice.txt "$here/pride-and-prejudice.txt"
place austen.txt "$whole/austen.txt"
sums "$here/pride-and-prejudice.txt" "$whole/austen.txt"
