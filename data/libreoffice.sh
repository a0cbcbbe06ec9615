#!/bin/sh
# Put LibreOffice's strings in English and French into data/libreoffice.
#   data/libreoffice.sh           fetch the Debian package, unpack, write
#   data/libreoffice.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without
# FOLDER), node and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
debian libreoffice-l10n-fr
node "$data/libreoffice.mjs" \
    "$source/usr/lib/libreoffice/program/resource/fr/LC_MESSAGES" \
    >"$work/strings.tsv"
place "$work/strings.tsv" "$here/strings.tsv"
sums "$here/strings.tsv"
