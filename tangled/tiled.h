/* tiled.h -- generated from chapters/04-gradient.nw. Do not edit. */
#ifndef TILED_H
#define TILED_H
#include <stdbool.h>
#include <stddef.h>
#include "product.h"
#include "softmax.h"
#include "workshop.h"

/* Attention of batch * heads independent heads.  d is width, the value's
 * width may be another. */
struct tiled {
    size_t batch, heads, queries, keys, width, value_width;
    bool causal;            /* key j only if j <= i + keys - queries */
    const size_t *lengths;  /* (batch): keys in use; NULL: all */
    float scale;            /* of the scores; 0: 1 / sqrt(width) */
};

/* tiled_forward: out = softmax(scale q k^T) v for every head, without the
 * array of weights.  q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->  out (B, H, Tq, dv)   log_sum (B, H, Tq): what backward needs.
 * A fully masked row gets zeros. */
static inline void tiled_forward(float *out, float *log_sum, const float *q,
                                 const float *k, const float *v,
                                 const struct tiled *shape);

/* tiled_backward: ADDS to dq, dk and dv. */
static inline void tiled_backward(float *dq, float *dk, float *dv,
                                  const float *dout, const float *q,
                                  const float *k, const float *v,
                                  const float *out, const float *log_sum,
                                  const struct tiled *shape);
/* (helper rows: your bodies replace this chunk) */
static inline void tiled_forward(float *out, float *log_sum, const float *q,
                                 const float *k, const float *v,
                                 const struct tiled *shape)
{
    (void)out, (void)log_sum, (void)q, (void)k, (void)v, (void)shape;
}

static inline void tiled_backward(float *dq, float *dk, float *dv,
                                  const float *dout, const float *q,
                                  const float *k, const float *v,
                                  const float *out, const float *log_sum,
                                  const struct tiled *shape)
{
    (void)dq, (void)dk, (void)dv, (void)dout, (void)q, (void)k, (void)v;
    (void)out, (void)log_sum, (void)shape;
}
#endif

