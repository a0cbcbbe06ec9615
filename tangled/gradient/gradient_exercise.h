/* gradient_exercise.h -- generated from chapters/04-gradient.nw. Edit a copy. */
/* Complete these. gradient_exercise.c checks them. */
#include "gradient/optimizer.h"

/* nesterov_step: velocity = momentum velocity + dw,
 * w -= lr (dw + momentum velocity). */
static inline void nesterov_step(float *w /* (n) */,
                                 float *velocity /* (n) */,
                                 const float *dw /* (n) */, size_t n,
                                 const struct sgd *how)
{
    (void)w, (void)velocity, (void)dw, (void)n, (void)how;
}

/* unit_forward: out = x / norm of x; returns the norm. */
static inline float unit_forward(float *out /* (n) */,
                                 const float *x /* (n) */, size_t n)
{
    (void)out, (void)x, (void)n;
    return NAN;
}

/* unit_backward: ADDS to dx, from dout, out and the norm of x. */
static inline void unit_backward(float *dx /* (n) */,
                                 const float *dout /* (n) */,
                                 const float *out /* (n) */, float norm,
                                 size_t n)
{
    (void)dx, (void)dout, (void)out, (void)norm, (void)n;
}

