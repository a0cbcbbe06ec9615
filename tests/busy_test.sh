#!/bin/sh
# busy_test.sh -- beside a busy process no program takes more than three times
# as long as alone: threads that wait must not spin. In the long run only, since
# it measures speed.

. tests/lib/tap.sh

# Seconds of the fastest of five runs.
fastest() {
    for _ in 1 2 3 4 5; do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1 || { echo "failed: $*" >&2; return 1; }
        echo $(($(date +%s%N) - start))
    done | sort -n | head -n 1
}

beside_a_busy_process() {
    [ -n "${WHOLE:-}" ] || { echo "SKIP only in the long run"; return 0; }
    alone=$(fastest "$@") || return
    sh -c 'while :; do :; done' &
    busy=$!
    beside=$(fastest "$@")
    kill "$busy"
    echo "alone $((alone / 1000000)) ms, beside $((beside / 1000000)) ms"
    [ -n "$beside" ] && [ "$beside" -le $((3 * alone)) ]
}

try "gradient beside a busy process" beside_a_busy_process \
    build/bin/gradient --steps 300 --hidden 256
try "multihead beside a busy process" beside_a_busy_process \
    build/bin/multihead --train --steps 50
finish
