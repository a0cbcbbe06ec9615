/* gradient_solution.h -- generated from chapters/04-gradient.nw. Do not edit. */
#include "gradient/optimizer.h"

static inline void nesterov_step(float *w, float *velocity, const float *dw,
                                 size_t n, const struct sgd *how)
{
    float lr = (float)how->lr, momentum = (float)how->momentum;
    for (size_t i = 0; i < n; i++) {
        velocity[i] = momentum * velocity[i] + dw[i];
        w[i] -= lr * (dw[i] + momentum * velocity[i]);
    }
}

static inline float unit_forward(float *out, const float *x, size_t n)
{
    float norm = (float)norm_of(x, n);
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] / norm;
    return norm;
}

static inline void unit_backward(float *dx, const float *dout,
                                 const float *out, float norm, size_t n)
{
    float along = row_dot(dout, out, n);
    for (size_t i = 0; i < n; i++)
        dx[i] += (dout[i] - out[i] * along) / norm;
}
