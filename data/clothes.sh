#!/bin/sh
# Cut data/clothes out of Fashion-MNIST: the first 2,000 pictures of the
# training set and the first 500 of the test set. The whole sets go to
# build/data/clothes.
#   data/clothes.sh             fetch the Debian package, cut, write data/clothes
#   data/clothes.sh FOLDER      cut from the four *.gz in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without FOLDER),
# gzip and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
here=$data/clothes
whole=$data/../build/data/clothes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    packed=$1
else
    (cd "$work" && chmod 777 . &&
        apt-get download -qq dataset-fashion-mnist >/dev/null &&
        dpkg-deb -x dataset-fashion-mnist_*.deb package)
    packed=$work/package/usr/share/datasets/fashion-mnist
fi
source=$work/whole
mkdir "$source"
for set in train t10k; do
    for file in "$set-images-idx3-ubyte" "$set-labels-idx1-ubyte"; do
        gzip -dc "$packed/$file.gz" >"$source/$file"
    done
done
. "$data/idx-sets"
cut_set train 2000
cut_set t10k 500

mkdir -p "$here" "$whole"
chmod 644 "$work"/*-ubyte
mv "$work"/*-ubyte "$here"
cp "$source"/*-ubyte "$whole"
cksum "$here"/*-ubyte | sed "s|$here/||"
