#!/bin/sh
# double_test.sh -- a header that the build makes again in double computes in
# double, beside the one in float; and what should stay as it is stays.

. tests/lib/tap.sh

mkdir -p "$scratch/from/base" "$scratch/from/tiny" "$scratch/from/kit" \
    "$scratch/to/double"

cat >"$scratch/from/base/base.h" <<'HEADER'
/* base.h -- generated from chapters/02-base.nw. Do not edit. */
#ifndef BASE_H
#define BASE_H
#include <math.h>
#define THIRD(x) ((x) / 3.0f)
typedef float (*curve)(float x);
static inline float third(float x) { return THIRD(x) * 1e0f; }
#endif
HEADER

cat >"$scratch/from/tiny/tiny.h" <<'HEADER'
/* tiny.h -- generated from chapters/03-tiny.nw. Do not edit. */
#ifndef TINY_H
#define TINY_H
#include <float.h>
#include <stdio.h>
#include "base/base.h"
#include "kit/tool.h"
/* root: a float, the square root of x. 1.0f stays here, "float" too,
 * and float on a second line. */
static inline float root(float x);
struct pair { float root, third; struct inner { float x; } in; };
enum { MASK = 0xff, WIDTH = sizeof(float) };
static const float table[] = { .5f, 0x1p-1f }, step = 1e-3f;
static inline struct pair both(float x)
{
    struct pair p = { .root = root(x), .third = third(x) };
    p.in.x = fmaxf(p.root, -FLT_MAX) + tool(0.f);
    return p;
}
static inline float root(float x) { return sqrtf(x); }
static inline float apply(curve f, float x) { return f(x); }
static inline const char *says(void) { return "a float, 1.0f"; }
#endif
HEADER

cat >"$scratch/from/kit/tool.h" <<'HEADER'
#ifndef TOOL_H
#define TOOL_H
static inline float tool(float x) { return x; }
#endif
HEADER

cat >"$scratch/roots" <<'ROOTS'
base.h chapters/02-base.nw base/base.h
tiny.h chapters/03-tiny.nw tiny/tiny.h
hand.h chapters/03-tiny.nw tiny/hand.h
hand_double.h chapters/03-tiny.nw double/hand_double.h
tool.h chapters/B-tool.nw kit/tool.h
ROOTS

cat >"$scratch/use.c" <<'PROGRAM'
#include <assert.h>
#include <string.h>
#include "tiny/tiny.h"
#include "double/tiny_double.h"
int main(void)
{
    struct pair p = both(2);
    struct pair_double q = both_double(2);
    assert(fabs(p.root - sqrt(2)) > 1e-9 && fabs(p.root - sqrt(2)) < 1e-6);
    assert(q.root == sqrt(2) && q.third == 2.0 / 3 && q.in.x == q.root);
    assert(apply_double(third_double, 1) == 1.0 / 3);
    assert(apply(third, 1) == 1.0f / 3);
    assert(WIDTH == 4 && WIDTH_double == 8 && MASK_double == 255);
    assert(table_double[0] == .5 && table_double[1] == .5);
    assert(step_double == 1e-3 && step == 1e-3f);
    assert(sizeof((struct inner_double){0}.x) == 8);
    assert(strcmp(says_double(), "a float, 1.0f") == 0);
    return 0;
}
PROGRAM

make_them() {
    printf '#include "double/%s"\n' tiny_double.h hand_double.h none_double.h |
        awk -v from="$scratch/from" -v to="$scratch/to/double" \
            -f build/tools/double.awk "$scratch/roots" - >"$scratch/made"
    printf 'tiny_double.h\nbase_double.h\n' | diff - "$scratch/made"
}

computes_in_double() {
    cc -std=gnu11 -Wall -Wextra -Werror -Wno-unused-function \
        -I "$scratch/from" -I "$scratch/to" "$scratch/use.c" \
        -o "$scratch/use" -lm && "$scratch/use"
}

keeps_the_rest() {
    head -n 1 "$scratch/to/double/tiny_double.h" |
        expect '^/\* tiny_double.h -- generated from tiny.h by the build' &&
        grep -q 'root: a float, .*1.0f stays' "$scratch/to/double/tiny_double.h" &&
        grep -q '^ \* and float on a second' "$scratch/to/double/tiny_double.h" &&
        grep -q '#include "kit/tool.h"' "$scratch/to/double/tiny_double.h" &&
        grep -q '#include "double/base_double.h"' "$scratch/to/double/tiny_double.h" &&
        ! grep -q 'generated from chapters' "$scratch/to/double/tiny_double.h"
}

try "headers in double are made when asked for, and only then" make_them
try "a header made in double computes in double" computes_in_double
try "comments and the appendices' headers stay" keeps_the_rest
finish
