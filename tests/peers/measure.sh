#!/bin/sh
# Compare with the programs of others: Debian's python3-torch with OpenBLAS
# (libopenblas0-pthread; without it a step takes fifty times as long), and
# llm.c. After ./build.sh programs, and the first on a quiet machine:
#   tests/peers/measure.sh speed LLM.C-FOLDER > data/results/gpt-peers.txt
#   tests/peers/measure.sh loss > data/results/gpt-peers-loss.txt
# speed: the time of a step of training: ours, PyTorch's as it comes and with
# the right core type for its BLAS, and llm.c's. By turns, three times; the best
# counts. loss: the loss on text that was not read after the same recipe, ours
# and that of nanoGPT's model in PyTorch, of three seeds each.
set -eu
cd "$(dirname -- "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
heading() {
    echo "# Made by tests/peers/measure.sh $1; do not edit."
    echo "# machine: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | sed q), $(nproc --all) processors"
    echo "# compiler: $(cc --version | sed q)"
    echo "# date: $(date +%Y-%m-%d); PyTorch $(/usr/bin/python3 -c 'import torch; print(torch.__version__)')"
}

text=data/moby-dick/moby-dick.txt
# losses NAME COMMAND...: the last number that it prints, for each seed
losses() {
    name=$1
    shift
    for seed in 1 2 3; do
        now=$("$@" --seed $seed | sed -n '$s/.* //; $p')
        echo "gpt.peers.loss.$name.$seed = $now"
        echo "$now" >>"$work/$name"
    done
    sort -n "$work/$name" | awk -v k="gpt.peers.loss.$name" '
        { sum += $1; if (NR == 1) print k ".low = " $1 }
        END { printf "%s.mean = %.4f\n%s.high = %s\n", k, sum / NR, k, $1 }'
}
if [ "$1" = loss ]; then
    heading loss
    losses ours build/bin/gpt train --text $text --save "$work/m.safetensors" \
        --eval-every 2000 --threads 1
    losses torch tests/peers/nanogpt.py --text $text --layers 4 --heads 4 \
        --embed 128 --context 64 --batch 12 --steps 2000 --threads 1
    exit
fi
cc -Ofast -march=native -fopenmp -I "$2" tests/peers/llmc.c -o "$work/llmc" -lm

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
heading speed
for run in recipe large; do
    ours=$(sort -n "$work/$run.ours" | sed q)
    echo "gpt.peers.$run.time.ours = $ours"
    for peer in torch haswell llmc; do
        ms=$(sort -n "$work/$run.$peer" | sed q)
        echo "gpt.peers.$run.time.$peer = $ms"
        echo "$ms $ours" | awk -v k="gpt.peers.$run.speed.$peer" \
            '{ printf "%s = %.2f\n", k, $1 / $2 }'
    done
done
