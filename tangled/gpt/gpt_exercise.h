/* gpt_exercise.h -- generated from chapters/16-gpt.nw. Edit a copy. */
/* Complete these functions until gpt_exercise.c passes. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* contract of nucleus */
/* Of probabilities p (n) the fewest and largest stay whose sum is at least
 * share; the others become zero, and what stays has a sum of 1.  Of equal
 * ones the first stay. */
static void nucleus(float *p, size_t n, float share)

{
    (void)p, (void)n, (void)share;
    /* to do */
}

/* contract of group_pack */
/* x (n) as whole numbers q (n) from -127 to 127, each the nearest to
 * x / scale.  Returns the scale: the largest |x| is 127 of them, or 0 if all
 * are zero. */
static float group_pack(int8_t *q, const float *x, size_t n)

{
    (void)q, (void)x, (void)n;
    return 0;                             /* to do */
}

/* contract of group_unpack */
/* The numbers x (n) that q (n) and the scale stand for. */
static void group_unpack(float *x, const int8_t *q, float scale, size_t n)
{
    (void)x, (void)q, (void)scale, (void)n;
    /* to do */
}

