#!/bin/sh
# Cut data/glosses out of WordNet: 20,000 definitions, evenly taken, each with
# the category that WordNet files it under. All go to build/data/glosses.
#   data/glosses.sh           fetch the Debian package, cut, write data/glosses
#   data/glosses.sh FOLDER    cut from an unpacked package in FOLDER instead
# Writes the same bytes every time; needs apt-get and dpkg-deb (without
# FOLDER), awk, sort and cksum.
set -eu
data=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$data/fetch.sh"
debian wordnet-base
source=$source/usr/share/wordnet

# A line is `00001930 03 n 01 physical_entity ... | definition; "example"`.
# Its second word is the number of the category, from 0, in this list.
categories="adj.all adj.pert adv.all noun.Tops noun.act noun.animal
noun.artifact noun.attribute noun.body noun.cognition noun.communication
noun.event noun.feeling noun.food noun.group noun.location noun.motive
noun.object noun.person noun.phenomenon noun.plant noun.possession
noun.process noun.quantity noun.relation noun.shape noun.state
noun.substance noun.time verb.body verb.change verb.cognition
verb.communication verb.competition verb.consumption verb.contact
verb.creation verb.emotion verb.motion verb.perception verb.possession
verb.social verb.stative verb.weather adj.ppl"

# Examples stand in quotes and begin at a `; "`, rarely at a `: "`, a `, "` or
# only a `"`. A definition that itself has quotes loses what follows them.
# What stands under two categories tells neither, and is left out.
cat "$source/data.noun" "$source/data.verb" "$source/data.adj" \
    "$source/data.adv" | awk -v categories="$categories" '
    BEGIN { split(categories, name, /[ \n]+/) }
    /^[0-9]/ {
        gloss = tolower(substr($0, index($0, " | ") + 3))
        sub(/".*/, "", gloss)
        gsub(/[ \t\r]+/, " ", gloss)
        sub(/[ ;:,(]+(e\.g\.,?|as in)?[ ;:,(]*$/, "", gloss)
        sub(/^ /, "", gloss)
        category = name[$2 + 1]
        if (gloss !~ /[a-z]/)
            next
        if (gloss in of && of[gloss] != category)
            category = "-"
        of[gloss] = category
    }
    END {
        for (gloss in of)
            if (of[gloss] != "-")
                print of[gloss] "\t" gloss
    }' | sort >"$work/whole.tsv"
count=$(wc -l <"$work/whole.tsv")
[ "$count" -gt 100000 ] || wrong "$source does not hold WordNet"
awk -v count="$count" '
    int(NR * 20000 / count) > int((NR - 1) * 20000 / count)
' "$work/whole.tsv" >"$work/glosses.tsv"

place "$work/glosses.tsv" "$here/glosses.tsv"
place "$work/whole.tsv" "$whole/glosses.tsv"
sums "$here/glosses.tsv" "$whole/glosses.tsv"
