/* multihead_exercise.h -- generated from chapters/10-multihead.nw. Edit a copy. */
/* Complete these functions until multihead_exercise.c passes. */
#include "multihead/multihead.h"

/* contract of shared_forward */
/* out (B, H, Tq, dv), weights (B, H, Tq, Tk): q (B, H, Tq, d) attends to
 * k (B, Tk, d) and v (B, Tk, dv), the same for all heads.  s has B, H and
 * the sizes, no mask and no lengths, as for attend_forward. */
static void shared_forward(float *out, float *weights, const float *q,
                           const float *k, const float *v,
                           const struct tiled *s)

{
    (void)out, (void)weights, (void)q, (void)k, (void)v, (void)s;
    /* to do */
}

/* contract of fold */
/* folded (H, Cc, out) = for each head, the product of its columns of wv and
 * its rows of wo; m without stride. */
static void fold(float *folded, const struct multihead *m)

{
    (void)folded, (void)m;
    /* to do */
}

