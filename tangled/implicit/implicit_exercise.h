/* implicit_exercise.h -- generated from chapters/05-implicit.nw. Edit a copy. */
/* Complete these until implicit_exercise.c passes. */
#include "implicit/convolution.h"

/* contract of cover_squares */
/* map (side / square, side / square): how much the logit of the picture x
 * (side, side) falls when the pixels of a square are set to 0.  x is as
 * before when this returns.  square divides side. */
static void cover_squares(float *map, float *x, size_t side, size_t square,
                          float (*logit)(const float *x, void *context),
                          void *context)

{
    (void)map, (void)x, (void)side, (void)square;
    (void)logit, (void)context;    /* to do */
}

/* contract of strided_forward */
/* out (m), m = (n - k) / stride + 1: out[i] = sum_j x[i * stride + j] w[j],
 * for x (n) and w (k), 0 < k <= n and stride > 0.  No zeros around x. */
static void strided_forward(float *out, const float *x, const float *w,
                            size_t n, size_t k, size_t stride)

{
    (void)out, (void)x, (void)w, (void)n, (void)k, (void)stride;  /* to do */
}

/* contract of strided_backward */
/* Adds to dx (n) and dw (k), from dout (m); either may be NULL. */
static void strided_backward(float *dx, float *dw, const float *dout,
                             const float *x, const float *w, size_t n,
                             size_t k, size_t stride)

{
    (void)dx, (void)dw, (void)dout, (void)x, (void)w;
    (void)n, (void)k, (void)stride;    /* to do */
}

