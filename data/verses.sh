#!/bin/sh
# Cut data/verses out of two Bibles in English and Spanish: every eighteenth verse,
# with links between its words. All go to build/data/verses.
#   data/verses.sh           fetch two Debian packages, cut, write data/verses
#   data/verses.sh FOLDER    cut from unpacked packages in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without
# FOLDER), node, awk and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
debian sword-text-web sword-text-sparv
texts=$source/usr/share/sword/modules/texts/ztext
node "$data/verses.mjs" "$texts/engWEB2015eb" "$texts/spaRV1909eb" \
    >"$work/all.tsv"
# The last verse is followed by a glossary.
awk -F '\t' 'split($2, en, " ") <= 80 && split($3, es, " ") <= 80' \
    "$work/all.tsv" >"$work/whole.tsv"
awk 'NR % 18 == 0' "$work/whole.tsv" >"$work/verses.tsv"
place "$work/verses.tsv" "$here/verses.tsv"
place "$work/whole.tsv" "$whole/verses.tsv"
sums "$here/verses.tsv" "$whole/verses.tsv"
