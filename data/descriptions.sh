#!/bin/sh
# Cut data/descriptions out of Debian's package lists: of every 27th source the
# descriptions of its packages, and their synopses. All go to
# build/data/descriptions.
#   data/descriptions.sh                        fetch Debian's lists first
#   data/descriptions.sh TRANSLATION PACKAGES   cut from these lists instead
# The lists are those of the day's release, so the bytes change with it; needs
# apt-get and apt-helper (without lists), node, awk and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
if [ $# -gt 1 ]; then
    cp "$1" "$work/translation"
    cp "$2" "$work/packages"
else
    mkdir -p "$work/lists/partial"
    apt-get -qq update -o Acquire::Languages=en \
        -o Dir::State::Lists="$work/lists" 2>"$work/said" || {
        cat "$work/said" >&2
        exit 1
    }
    for kind in Translation-en Packages; do
        list=$(ls "$work"/lists/*_main_*"$kind"* |
            grep -vE -- '-(security|updates|backports)_' | head -n 1)
        /usr/lib/apt/apt-helper cat-file "$list" >"$work/$kind"
    done
    mv "$work/Translation-en" "$work/translation"
    mv "$work/Packages" "$work/packages"
fi
node "$data/descriptions.mjs" "$work/translation" "$work/packages" \
    >"$work/whole.tsv"
awk -F '\t' '$1 != last { last = $1; sources++ } sources % 27 == 0' \
    "$work/whole.tsv" >"$work/descriptions.tsv"
place "$work/descriptions.tsv" "$here/descriptions.tsv"
place "$work/whole.tsv" "$whole/descriptions.tsv"
sums "$here/descriptions.tsv" "$whole/descriptions.tsv"
