#!/bin/sh
# busy_test.sh -- beside a busy process no program takes more than three times
# as long as alone: threads that wait must not spin. In the long run only, since
# it measures speed.

. tests/lib/tap.sh

# A short piece of what each program computes. NONE: it draws or compares
# pictures only. A new program must have a line here.
work() {
    case $1 in
    alignment) echo train --task copy --steps 5 ;;
    average) echo --cars ;;
    bert) echo train --text data/moby-dick/README.md --steps 3 --val 0 --tokens 300 ;;
    block) echo --train --steps 2 ;;
    encoder) echo --task shift --train --steps 20 ;;
    fast) echo --bench --quick ;;
    gpt) echo train --text data/moby-dick/README.md --steps 3 --val 0 ;;
    gradient) echo --steps 100 --hidden 256 ;;
    hard) echo --train --steps 3 ;;
    implicit) echo --train --steps 3 ;;
    mask) echo --train --steps 2 ;;
    multihead) echo --train --steps 20 ;;
    position) echo --train --task recall --steps 2 ;;
    recurrence) echo train --task copy --steps 5 ;;
    score) echo --kind dot --q data/multihead/x.npy --k data/multihead/x.npy ;;
    selfattention) echo --train --steps 20 ;;
    softmax) echo 1 2 3 ;;
    transformer) echo train --task copy --steps 5 ;;
    translation) echo train --steps 3 ;;
    vision) echo --train --model detector --steps 3 ;;
    whole) echo through colonel ;;
    figure | font_bake | png_diff | chart_example | study_example | product) echo NONE ;;
    *) return 1 ;;
    esac
}

# Nanoseconds of the fastest of so many runs.
fastest() {
    runs=$1
    shift
    while [ $((runs -= 1)) -ge 0 ]; do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2; return 1; }
        echo $(($(date +%s%N) - start))
    done | sort -n | head -n 1
}

beside_a_busy_process() {
    program=$1
    arguments=$(work "$program") \
        || { echo "busy_test.sh has no work for $program"; return 1; }
    [ "$arguments" != NONE ] || { echo "SKIP it computes nothing"; return 0; }
    [ -n "${WHOLE:-}" ] || { echo "SKIP only in the long run"; return 0; }
    runs=5
    [ "$program" != fast ] || runs=1
    # the words of the table are one argument each
    # shellcheck disable=SC2086
    set -- "build/bin/$program" $arguments
    alone=$(fastest $runs "$@")
    sh -c 'while :; do :; done' &
    busy=$!
    beside=$(fastest $runs "$@")
    kill "$busy"
    echo "alone ${alone:-?} ns, beside ${beside:-?} ns"
    [ -n "$alone" ] && [ -n "$beside" ] && [ "$beside" -le $((3 * alone)) ]
}

for path in build/bin/*; do
    try "$(basename "$path") beside a busy process" \
        beside_a_busy_process "$(basename "$path")"
done
finish
