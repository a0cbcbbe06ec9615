/* gpt_solution.h -- generated from chapters/16-gpt.nw. Do not edit. */
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* contract of nucleus */
/* Of probabilities p (n) the fewest and largest stay whose sum is at least
 * share; the others become zero, and what stays has a sum of 1.  Of equal
 * ones the first stay. */
static void nucleus(float *p, size_t n, float share)

{
    float sum = 0, least = INFINITY;
    size_t last = 0;                      /* the last one that was taken */
    while (sum < share) {
        size_t best = n;
        for (size_t i = 0; i < n; i++)
            if ((p[i] < least || (p[i] == least && i > last))
                && (best == n || p[i] > p[best]))
                best = i;
        if (best == n)
            break;
        sum += least = p[best], last = best;
    }
    for (size_t i = 0; i < n; i++)
        p[i] = p[i] > least || (p[i] == least && i <= last) ? p[i] / sum : 0;
}

/* contract of group_pack */
/* x (n) as whole numbers q (n) from -127 to 127, each the nearest to
 * x / scale.  Returns the scale: the largest |x| is 127 of them, or 0 if all
 * are zero. */
static float group_pack(int8_t *q, const float *x, size_t n)

{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    for (size_t i = 0; i < n; i++)
        q[i] = (int8_t)(most > 0 ? rintf(x[i] / most * 127) : 0);
    return most / 127;
}

/* contract of group_unpack */
/* The numbers x (n) that q (n) and the scale stand for. */
static void group_unpack(float *x, const int8_t *q, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = scale * (float)q[i];
}
