/* implicit_solution.h -- generated from chapters/05-implicit.nw. Do not edit. */
#include "implicit/convolution.h"

/* contract of cover_squares */
/* map (side / square, side / square): how much the logit of the picture x
 * (side, side) falls when the pixels of a square are set to 0.  x is as
 * before when this returns.  square divides side. */
static void cover_squares(float *map, float *x, size_t side, size_t square,
                          float (*logit)(const float *x, void *context),
                          void *context)

{
    const size_t across = side / square;
    const float whole = logit(x, context);
    float *covered = allocate(side * side, sizeof *covered);
    for (size_t i = 0; i < across * across; i++) {
        memcpy(covered, x, side * side * sizeof *x);
        for (size_t r = 0; r < square; r++)
            memset(covered + (i / across * square + r) * side
                   + i % across * square, 0, square * sizeof *x);
        map[i] = whole - logit(covered, context);
    }
    free(covered);
}

/* contract of strided_forward */
/* out (m), m = (n - k) / stride + 1: out[i] = sum_j x[i * stride + j] w[j],
 * for x (n) and w (k), 0 < k <= n and stride > 0.  No zeros around x. */
static void strided_forward(float *out, const float *x, const float *w,
                            size_t n, size_t k, size_t stride)

{
    for (size_t i = 0; i * stride + k <= n; i++) {
        out[i] = 0;
        for (size_t j = 0; j < k; j++)
            out[i] += x[i * stride + j] * w[j];
    }
}

/* contract of strided_backward */
/* Adds to dx (n) and dw (k), from dout (m); either may be NULL. */
static void strided_backward(float *dx, float *dw, const float *dout,
                             const float *x, const float *w, size_t n,
                             size_t k, size_t stride)

{
    for (size_t i = 0; i * stride + k <= n; i++)
        for (size_t j = 0; j < k; j++) {
            if (dx)
                dx[i * stride + j] += dout[i] * w[j];
            if (dw)
                dw[j] += dout[i] * x[i * stride + j];
        }
}
