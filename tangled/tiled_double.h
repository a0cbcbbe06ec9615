/* tiled_double.h -- generated from tiled.h by the build. Do not edit. */
#ifndef TILED_H_double
#define TILED_H_double
#include <stdbool.h>
#include <stddef.h>
#include "product_double.h"
#include "softmax_double.h"
#include "workshop.h"

/* Attention of batch * heads independent heads.  d is width, the value's
 * width may be another. */
struct tiled_double {
    size_t batch, heads, queries, keys, width, value_width;
    bool causal;            /* key j only if j <= i + keys - queries */
    const size_t *lengths;  /* (batch): keys in use; NULL: all */
    double scale;            /* of the scores; 0: 1 / sqrt(width) */
};

/* tiled_forward: out = softmax(scale q k^T) v for every head, without the
 * array of weights.  q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->  out (B, H, Tq, dv)   log_sum (B, H, Tq): what backward needs.
 * A fully masked row gets zeros. */
static inline void tiled_forward_double(double *out, double *log_sum, const double *q,
                                 const double *k, const double *v,
                                 const struct tiled_double *shape);

/* tiled_backward: ADDS to dq, dk and dv. */
static inline void tiled_backward_double(double *dq, double *dk, double *dv,
                                  const double *dout, const double *q,
                                  const double *k, const double *v,
                                  const double *out, const double *log_sum,
                                  const struct tiled_double *shape);
/* (helper rows: your bodies replace this chunk) */
static inline void tiled_forward_double(double *out, double *log_sum, const double *q,
                                 const double *k, const double *v,
                                 const struct tiled_double *shape)
{
    (void)out, (void)log_sum, (void)q, (void)k, (void)v, (void)shape;
}

static inline void tiled_backward_double(double *dq, double *dk, double *dv,
                                  const double *dout, const double *q,
                                  const double *k, const double *v,
                                  const double *out, const double *log_sum,
                                  const struct tiled_double *shape)
{
    (void)dq, (void)dk, (void)dv, (void)dout, (void)q, (void)k, (void)v;
    (void)out, (void)log_sum, (void)shape;
}
#endif

