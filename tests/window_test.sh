#!/bin/sh
# window_test.sh -- the programs' windows, on a screen in memory.

. tests/lib/tap.sh

# A window stays open until it is told to close, and then ends well. If nobody
# tells it, since this test was ended itself, it has half a minute left.
window_opens_and_closes() {
    has Xvfb && has xvfb-run || { echo "SKIP Xvfb is not installed"; return 0; }
    cat >"$scratch/run" <<SCRIPT
timeout -k 2 30 build/bin/$1 --window &
program=\$!
trap 'kill \$program; exit 130' HUP INT TERM
sleep 3
kill -0 \$program || exit 9
kill -TERM \$program
wait \$program
status=\$?
test \$status -eq 0 || test \$status -eq 143
SCRIPT
    xvfb-run -a -s '-screen 0 1280x900x24' sh "$scratch/run"
}

for topic in $(ls chapters | sed -n 's/^[0-9][0-9]-\(.*\)\.nw$/\1/p'); do
    try "$topic opens a window" window_opens_and_closes "$topic"
done
finish
