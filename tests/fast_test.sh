#!/bin/sh
# fast_test.sh -- the checks of the chapter on speed with every width of vector
# register and two compilers; the product in WebAssembly; fast math refused; and
# what `fast` prints as JSON.

. tests/lib/tap.sh

checks_with() {
    compiler=$1
    has "$compiler" || { echo "SKIP $compiler is not installed"; return 0; }
    shift
    case $* in *x86-64-v4*)
        grep -qw avx512f /proc/cpuinfo ||
            { echo "SKIP this processor lacks it"; return 0; } ;;
    esac
    "$compiler" -std=gnu11 -O1 -Wall -Wextra -Wpedantic -Wshadow -Werror "$@" \
        -Itangled tangled/fast/fast_check.c -o "$scratch/check" -lcmocka -lm || return
    "$scratch/check" >/dev/null 2>"$scratch/errors" && return 0
    status=$?
    [ $status = 132 ] && { echo "SKIP this processor lacks it"; return 0; }
    cat "$scratch/errors"
    return 1
}

# Each line: what gcc and clang are told. Processors other than x86 have one.
widths() {
    case $(uname -m) in
    x86_64)
        echo "-march=x86-64"
        echo "-march=x86-64-v3"
        echo "-march=x86-64-v4"
        echo "-march=native -mno-avx512f"
        echo "-march=native -fopenmp" ;;
    *)  echo "-march=native" ;;
    esac
}

# Blocks into which no tile fits, and blocks of a depth that is no power of two.
odd_blocks() {
    (export PRODUCT_BLOCKS="$1" && checks_with cc -march=native -fopenmp)
}

# A program that compares the product with the three loops, for a machine
# without cmocka.
small_program() {
    cat >"$scratch/small.c" <<'END'
#include "gradient/product.h"
static float a[120 * 120], b[120 * 120], got[120 * 120], want[120 * 120];
int main(void)
{
    struct random random = random_new(1, 1);
    for (size_t i = 0; i < 120 * 120; i++)
        a[i] = random_uniform(&random), b[i] = random_uniform(&random);
    for (size_t m = 1; m < 60; m += 7)
        for (unsigned how = 0; how < 8; how++) {
            product(got, a, b, m, 2 * m - 1, 117 - m, how);
            product_plain(want, 2 * m - 1, a, how & 1 ? m : 117 - m, b,
                          how & 2 ? 117 - m : 2 * m - 1, m, 2 * m - 1,
                          117 - m, how);
            for (size_t i = 0; i < m * (2 * m - 1); i++)
                if (!(fabsf(got[i] - want[i]) < 1e-3f))
                    return 1;
        }
    puts("agrees");
    return 0;
}
END
}

in_webassembly() {
    has clang || { echo "SKIP clang is not installed"; return 0; }
    has node || { echo "SKIP node is not installed"; return 0; }
    small_program
    echo 'int main(void) { return 0; }' >"$scratch/empty.c"
    clang --target=wasm32-wasi "$scratch/empty.c" -o "$scratch/empty.wasm" \
        2>/dev/null || { echo "SKIP no WebAssembly here"; return 0; }
    clang --target=wasm32-wasi -O2 "$@" -Itangled "$scratch/small.c" \
        -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_SIGNAL \
        -o "$scratch/small.wasm" -lwasi-emulated-signal -lm || return
    cat >"$scratch/run.mjs" <<'END'
import { readFileSync } from 'node:fs';
import { WASI } from 'node:wasi';
const wasi = new WASI({ version: 'preview1' });
const { instance } = await WebAssembly.instantiate(
  readFileSync(process.argv[2]), { wasi_snapshot_preview1: wasi.wasiImport });
wasi.start(instance);
END
    node --no-warnings "$scratch/run.mjs" "$scratch/small.wasm" |
        expect agrees
}

fast_math_is_refused() {
    has "$1" || { echo "SKIP $1 is not installed"; return 0; }
    echo '#include "softmax/softmax.h"' >"$scratch/math.c"
    ! "$1" -Ofast -fsyntax-only -Itangled "$scratch/math.c" \
        2>"$scratch/said" || return
    expect 'compile without -ffast-math' <"$scratch/said"
}

json_is_an_object() {
    has node || { echo "SKIP node is not installed"; return 0; }
    build/bin/fast --bench --json --quick >"$scratch/bench.json" || return
    cat >"$scratch/look.mjs" <<'END'
import { readFileSync } from 'node:fs';
const bench = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const number = (x) => typeof x === 'number' && x > 0 && Number.isFinite(x);
for (const key of ['peak_gflops_1', 'peak_gflops_2', 'bandwidth_gbs'])
  if (!number(bench[key])) throw new Error(key);
for (const row of bench.rows)
  if (!['m', 'n', 'k', 'threads', 'gflops', 'share'].every((x) => number(row[x]))
      || !/^[NT]{2}$/.test(row.transpose) || typeof row.kernel !== 'string')
    throw new Error(JSON.stringify(row));
if (bench.rows.length < 20) throw new Error('too few rows');
END
    node "$scratch/look.mjs" "$scratch/bench.json"
}

for compiler in gcc clang; do
    widths | while read -r flags; do echo "$compiler $flags"; done
done >"$scratch/each"
if [ -n "${WHOLE:-}" ]; then cat "$scratch/each"; else sed -n '1p;$p' "$scratch/each"; fi \
    >"$scratch/all"
while read -r compiler flags; do
    try "the checks of fast with $compiler $flags" \
        checks_with "$compiler" $flags
done <"$scratch/all"
for blocks in 20,7,33 13,300,50; do
    try "the checks of fast with blocks of $blocks" odd_blocks $blocks
done
try "the product in WebAssembly, with vectors" in_webassembly -msimd128
try "the product in WebAssembly, without" in_webassembly
for compiler in gcc clang; do
    try "$compiler -Ofast is refused" fast_math_is_refused $compiler
done
try "fast --json prints an object with all fields" json_is_an_object
finish
