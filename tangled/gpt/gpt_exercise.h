/* gpt_exercise.h -- generated from chapters/16-gpt.nw. Edit a copy. */
/* Complete these functions until gpt_exercise.c passes. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* contract of no_repeat */
/* logits (V) of what follows ids (count): -INFINITY for each token that would
 * end n tokens, n > 0, that stand in ids already.  The others stay. */
static void no_repeat(float *logits, size_t V, const int32_t *ids,
                      size_t count, size_t n)

{
    (void)logits, (void)V, (void)ids, (void)count, (void)n;
    /* to do */
}

/* contract of nibbles_pack */
/* x (n), n even, as whole numbers from 0 to 15, two in a byte of q (n / 2),
 * the first of them in the low four bits: the nearest to (x - low) / step.
 * low is the smallest x, and the largest is low + 15 step. */
static void nibbles_pack(uint8_t *q, float *low, float *step, const float *x,
                         size_t n)

{
    (void)q, (void)low, (void)step, (void)x, (void)n;
    /* to do */
}

/* contract of nibbles_unpack */
/* The numbers x (n) that q (n / 2) stands for. */
static void nibbles_unpack(float *x, const uint8_t *q, float low, float step,
                           size_t n)
{
    (void)x, (void)q, (void)low, (void)step, (void)n;
    /* to do */
}

