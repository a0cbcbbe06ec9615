#!/bin/sh
# play_fuzz_test.sh -- random events on every figure of every program. No input
# may break a contract. SEED and SECONDS_EACH reproduce and lengthen a run:
#
#     SEED=7 SECONDS_EACH=60 sh tests/play_fuzz_test.sh mask
#
# It plays once on each figure, on a desktop or, if SEED is odd, on a phone. In the long
# run (WHOLE=1) the programs are those with sanitizers, a minute a figure.

. tests/lib/tap.sh

seed=${SEED:-$(date +%s)}
bin=build/bin
seconds=${SECONDS_EACH:-0}
if [ -n "${WHOLE:-}" ]; then
    bin=build/asan
    seconds=${SECONDS_EACH:-60}
fi
echo "# SEED=$seed"

# The events of one run: 40 of any kind, some beyond all edges.
events() {
    awk -v seed="$1" -v w="$2" -v h="$3" '
    function at(size,    kind) {
        kind = int(rand() * 24)
        return kind == 0 ? "nan" : kind == 1 ? "1e30" : kind == 2 ? "-inf" \
            : kind == 3 ? int(size * (6 * rand() - 3)) : int(size * rand())
    }
    function word(    n, s) {
        for (n = 1 + int(rand() * 60); n > 0; n--)
            s = s substr("abcxyz 0123456789/,.-%\303\251\"<&", \
                         1 + int(rand() * 30), 1)
        return s
    }
    BEGIN {
        srand(seed)
        n = split("Backspace Tab Enter Space Delete Left Right Up Down " \
                  "Home End PageUp PageDown", keys, " ")
        for (i = 0; i < 40; i++) {
            kind = int(rand() * 7)
            key = keys[1 + int(rand() * n)]
            if (kind == 0) s = "hover " at(w) " " at(h)
            else if (kind == 1) s = "click " at(w) " " at(h)
            else if (kind < 4) s = "drag " at(w) " " at(h) " " at(w) " " at(h)
            else if (kind == 4) s = "key " key
            else if (kind == 5) s = "shift " key
            else s = (rand() < .5 ? "key Tab; " : "") "text " word()
            all = all s "; "
        }
        print all
    }' | LC_ALL=C tr -d '\000'
}

# Plays on figure $2 of program $1 until its seconds are over, and once at
# least; says what to repeat if the program does not end well.
played() {
    set -- "$1" "$2" $("$bin/$1" --show "$2" --size 2>/dev/null ||
        echo 720 400 500)
    until=$(($(date +%s) + seconds))
    run=0
    while [ $run = 0 ] || [ "$(date +%s)" -lt $until ]; do
        width=$3 height=$4
        [ $(((seed + run) % 2)) = 0 ] || width=360 height=$5
        play=$(events $((seed + run)) "$width" "$height")
        timeout 300 "$bin/$1" --show "$2" --width "$width" \
            --figure "$scratch/figure.png" --play "$play" ||
            { echo "status $?: $bin/$1 --show $2 --width $width" \
                "--figure a.png --play '$play'"; return 1; }
        run=$((run + 1))
    done
}

# A program that breaks a contract must be noticed.
notices_an_abort() (
    bin=$scratch seconds=0
    printf '#!/bin/sh\ncase "$*" in *--size) echo 9 9 9;; *) kill -ABRT $$;; esac\n' \
        >"$scratch/broken"
    chmod +x "$scratch/broken"
    ! played broken it >"$scratch/.broken" 2>&1 &&
        expect "status 134: " <"$scratch/.broken"
)

try "a broken contract is noticed" notices_an_abort
for program in ${*:-$(sed -n 's/^drawing := //p' build/book.mk)}; do
    for figure in $("$bin/$program" --list-figures); do
        try "$program, $figure: random events (SEED=$seed)" \
            played "$program" "$figure"
    done
done
finish
