/* block_solution.h -- generated from chapters/13-block.nw. Do not edit. */
#include "block/block.h"

static inline void swiglu_forward(float *out, const float *a, const float *b,
                                  size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = b[i] * a[i] / (1 + expf(-a[i]));
}

static inline void swiglu_backward(float *da, float *db, const float *dout,
                                   const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float s = 1 / (1 + expf(-a[i]));
        da[i] += dout[i] * b[i] * (s + a[i] * s * (1 - s));
        db[i] += dout[i] * a[i] * s;
    }
}

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
