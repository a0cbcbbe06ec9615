/* selfattention_solution.h -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "selfattention/selfattention.h"

/* contract of set_forward */
/* mean (c): the mean of the rows of out (n, c). */
static void set_forward(float *mean, const float *out, size_t n, size_t c)

{
    memset(mean, 0, c * sizeof *mean);
    for (size_t i = 0; i < n; i++)
        scale_add(mean, out + i * c, 1 / (float)n, c);
}

/* contract of set_backward */
/* Adds to dout (n, c), given dmean (c). */
static void set_backward(float *dout, const float *dmean, size_t n,
                         size_t c)

{
    for (size_t i = 0; i < n; i++)
        scale_add(dout + i * c, dmean, 1 / (float)n, c);
}

/* contract of others_forward */
/* out (n, c), weights (n, n): attention of q (n, d) on k (n, d) and
 * v (n, c), scaled, in which no row has a weight on itself. */
static void others_forward(float *out, float *weights, const float *q,
                           const float *k, const float *v, size_t n,
                           size_t d, size_t c)

{
    dot_rows(weights, q, k, n, n, d);
    for (size_t i = 0; i < n * n; i++)
        weights[i] = i % (n + 1) ? weights[i] / sqrtf((float)d) : -INFINITY;
    softmax_rows(weights, weights, n, n);
    average_forward(out, weights, v, n, n, c);
}
