/* block_exercise.h -- generated from chapters/13-block.nw. Edit a copy. */
/* Complete these. block_exercise.c checks them. */
#include "block/block.h"

/* contract of swiglu_forward */
/* swiglu_forward: out[i] = silu(a[i]) b[i], for n numbers. */
static inline void swiglu_forward(float *out, const float *a, const float *b,
                                  size_t n)

{
    (void)out, (void)a, (void)b, (void)n;
}

/* contract of swiglu_backward */
/* swiglu_backward: ADDS to da and db. */
static inline void swiglu_backward(float *da, float *db, const float *dout,
                                   const float *a, const float *b, size_t n)

{
    (void)da, (void)db, (void)dout, (void)a, (void)b, (void)n;
}

/* contract of dropout_tokens */
/* dropout_tokens: row r of x (rows, n) is dropped, or divided by 1 - rate,
 * by the bits that dropout_forward would take for number r. */
static inline void dropout_tokens(float *out, const float *x, size_t rows,
                                  size_t n, const struct dropout *drop)
{
    (void)out, (void)x, (void)rows, (void)n, (void)drop;
}

