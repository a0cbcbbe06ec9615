#!/bin/sh
# Time a step of training: ours, PyTorch's (Debian's python3-torch) as it comes
# and with the right core type for its BLAS, and llm.c's. By turns, three times;
# the best counts. Run it on a quiet machine, after ./build.sh programs:
#   tests/peers/measure.sh LLM.C-FOLDER > data/results/gpt-peers.txt
set -eu
cd "$(dirname -- "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -Ofast -march=native -fopenmp -I "$1" tests/peers/llmc.c -o "$work/llmc" -lm

# best NAME COMMAND...: keep the smaller of NAME's time and what COMMAND prints
best() {
    name=$1
    shift
    now=$("$@" | sed -n 's/^.*"\(ms_per_step\|best_ms\)": *\([0-9.]*\).*$/\2/p
                         s/^\([0-9.]*\)$/\1/p' | tail -n 1)
    echo "$now" >>"$work/$name"
}
# sizes NAME LAYERS HEADS EMBED CONTEXT BATCH: all four
sizes() {
    o="--layers $2 --heads $3 --embed $4 --context $5 --batch $6 --vocab 65"
    best "$1.ours" build/bin/gpt bench $o --json
    best "$1.torch" env -u OPENBLAS_CORETYPE tests/peers/nanogpt.py $o
    best "$1.haswell" env OPENBLAS_CORETYPE=Haswell tests/peers/nanogpt.py $o
    best "$1.llmc" "$work/llmc" "$2" "$3" "$4" "$5" "$6" 65
}
for round in 1 2 3; do
    sizes recipe 4 4 128 64 12
    sizes large 6 6 384 256 4
done
echo "# Made by tests/peers/measure.sh; do not edit."
echo "# machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), $(nproc) processors"
echo "# compiler: $(cc --version | head -n 1)"
echo "# date: $(date +%Y-%m-%d); PyTorch $(python3 -c 'import torch; print(torch.__version__)')"
for run in recipe large; do
    ours=$(sort -n "$work/$run.ours" | head -n 1)
    echo "gpt.peers.$run.time.ours = $ours"
    for peer in torch haswell llmc; do
        ms=$(sort -n "$work/$run.$peer" | head -n 1)
        echo "gpt.peers.$run.time.$peer = $ms"
        echo "$ms $ours" | awk -v k="gpt.peers.$run.speed.$peer" \
            '{ printf "%s = %.2f\n", k, $1 / $2 }'
    done
done
