/* gpt_solution.h -- generated from chapters/16-gpt.nw. Do not edit. */
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
    (void)V;
    for (size_t at = 0; at + n <= count; at++)
        if (!memcmp(ids + at, ids + count - (n - 1),
                    (n - 1) * sizeof *ids))
            logits[ids[at + n - 1]] = -INFINITY;
}

/* contract of nibbles_pack */
/* x (n), n even, as whole numbers from 0 to 15, two in a byte of q (n / 2),
 * the first of them in the low four bits: the nearest to (x - low) / step.
 * low is the smallest x, and the largest is low + 15 step. */
static void nibbles_pack(uint8_t *q, float *low, float *step, const float *x,
                         size_t n)

{
    float high = *low = x[0];
    for (size_t i = 1; i < n; i++) {
        *low = fminf(*low, x[i]);
        high = fmaxf(high, x[i]);
    }
    *step = (high - *low) / 15;
    memset(q, 0, n / 2);
    for (size_t i = 0; i < n && *step > 0; i++) {
        const int k = (int)rintf((x[i] - *low) / *step);
        q[i / 2] |= (uint8_t)((k > 15 ? 15 : k) << 4 * (i % 2));
    }
}

/* contract of nibbles_unpack */
/* The numbers x (n) that q (n / 2) stands for. */
static void nibbles_unpack(float *x, const uint8_t *q, float low, float step,
                           size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = low + step * (float)(q[i / 2] >> 4 * (i % 2) & 15);
}
