#!/bin/sh
# Put LibreOffice's strings in English and French into data/libreoffice.
#   data/libreoffice.sh           fetch the Debian package, unpack, write
#   data/libreoffice.sh FOLDER    take an unpacked package in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without
# FOLDER), node and cksum.
set -eu
export LC_ALL=C
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
here=$data/libreoffice
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
    source=$1
else
    (cd "$work" && apt-get -qq download libreoffice-l10n-fr 2>"$work/said" &&
        dpkg-deb -x libreoffice-l10n-fr_*.deb package) || {
        cat "$work/said" >&2
        exit 1
    }
    source=$work/package
fi
node "$data/libreoffice.mjs" \
    "$source/usr/lib/libreoffice/program/resource/fr/LC_MESSAGES" \
    >"$work/strings.tsv"
mkdir -p "$here"
chmod 644 "$work/strings.tsv"
mv "$work/strings.tsv" "$here/strings.tsv"
cksum "$here/strings.tsv" | sed "s|$here/|data/libreoffice/|"
