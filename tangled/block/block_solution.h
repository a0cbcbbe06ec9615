/* block_solution.h -- generated from chapters/13-block.nw. Do not edit. */
#include "block/block.h"

/* contract of swiglu_forward */
/* swiglu_forward: out[i] = silu(a[i]) b[i], for n numbers. */
static inline void swiglu_forward(float *out, const float *a, const float *b,
                                  size_t n)

{
    for (size_t i = 0; i < n; i++)
        out[i] = b[i] * a[i] / (1 + expf(-a[i]));
}

/* contract of swiglu_backward */
/* swiglu_backward: ADDS to da and db. */
static inline void swiglu_backward(float *da, float *db, const float *dout,
                                   const float *a, const float *b, size_t n)

{
    for (size_t i = 0; i < n; i++) {
        float s = 1 / (1 + expf(-a[i]));
        da[i] += dout[i] * b[i] * (s + a[i] * s * (1 - s));
        db[i] += dout[i] * a[i] * s;
    }
}

/* contract of dropout_tokens */
/* dropout_tokens: row r of x (rows, n) is dropped, or divided by 1 - rate,
 * by the bits that dropout_forward would take for number r. */
static inline void dropout_tokens(float *out, const float *x, size_t rows,
                                  size_t n, const struct dropout *drop)
{
    const uint64_t limit = dropout_limit(drop);
    for (size_t r = 0; r < rows; r++) {
        const bool stays = dropout_keeps(drop, limit, r);
        float scale = stays ? 1 / (1 - drop->rate) : 0;
        for (size_t j = 0; j < n; j++)
            out[r * n + j] = scale * x[r * n + j];
    }
}
