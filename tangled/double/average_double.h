/* average_double.h -- generated from average.h by the build. Do not edit. */
/* It is average/average.h of chapters/02-average.nw in double. The book
 * has its names without _double. */


#ifndef AVERAGE_H_double
#define AVERAGE_H_double

#include <math.h>
#include <stddef.h>
#include <string.h>
#include "double/softmax_double.h"
#include "kit/workshop.h"

/* Weighted averages, and where their weights come from.
 * n queries and m keys of d numbers, m values of c numbers; all arrays are
 * row-major.  Outputs come first, and do not overlap other arrays unless a
 * comment allows it.  What is called a gradient is added to, never set. */

/* enum kernel: how a query and a key become a weight, before the weights of
 * a row are divided by their sum; h is the bandwidth.
 *   gauss         exp(-|q - k|^2 / (2 h^2))
 *   boxcar        1 if |q - k| <= h, else 0
 *   epanechnikov  max(0, 1 - |q - k|^2 / h^2)
 *   dot           exp(q . k / h) */
enum kernel_double { KERNEL_GAUSS_double, KERNEL_BOXCAR_double, KERNEL_EPANECHNIKOV_double, KERNEL_DOT_double };

/* average_forward: out = weights v: row i of out is the average of the
 * rows of v with the weights of row i.  Equation "average-rows".
 * weights (n, m)   v (m, c)   ->   out (n, c) */
static inline void average_forward_double(double *out, const double *weights,
                                   const double *v,
                                   size_t n, size_t m, size_t c)
{
    memset(out, 0, n * c * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            for (size_t l = 0; l < c; l++)
                out[i * c + l] += weights[i * m + j] * v[j * c + l];
}

/* moving_average: out[t] = alpha v[t] + (1 - alpha) out[t-1],
 * out[0] = v[0].  v (n) -> out (n).  Equation "average-recursion".
 * Checked: 0 < alpha <= 1. */
static inline void moving_average_double(double *out, const double *v,
                                  double alpha, size_t n)
{
    REQUIRE(alpha > 0 && alpha <= 1);
    for (size_t t = 0; t < n; t++)
        out[t] = t ? alpha * v[t] + (1 - alpha) * out[t - 1] : v[0];
}

/* normalize_rows: each row of x, divided by its sum.  A row of zeros
 * stays zeros.  x (rows, n) -> out (rows, n); out may be x.
 * Checked: no number is negative or NaN.  Unchecked: infinity. */
static inline void normalize_rows_double(double *out, const double *x,
                                  size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++) {
            REQUIRE(x[i * n + j] >= 0);
            sum += x[i * n + j];
        }
        for (size_t j = 0; j < n; j++)
            out[i * n + j] = sum > 0 ? (double)(x[i * n + j] / sum) : 0;
    }
}

/* moving_weights: row t has (1-alpha)^(t-s) over its sum for s <= t, and
 * 0 for s > t.   ->   weights (n, n).  Equation "average-moving".
 * Checked: 0 < alpha <= 1. */
static inline void moving_weights_double(double *weights, double alpha, size_t n)
{
    REQUIRE(alpha > 0 && alpha <= 1);
    for (size_t t = 0; t < n; t++)
        for (size_t s = 0; s < n; s++)
            weights[t * n + s] = s <= t ? pow(1 - alpha, t - s) : 0;
    normalize_rows_double(weights, weights, n, n);
}

/* dot_rows: out[i][j] = the dot product of row i of q and row j of k.
 * q (n, d)   k (m, d)   ->   out (n, m) */
static inline void dot_rows_double(double *out, const double *q, const double *k,
                            size_t n, size_t m, size_t d)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            out[i * m + j] = row_dot_double(q + i * d, k + j * d, d);
}

/* kernel_score: how well key k (d) answers query q (d): for gauss and dot
 * the exponent, for the others the similarity.  Table "average-kernels". */
static inline double kernel_score_double(const double *q, const double *k, size_t d,
                                 enum kernel_double kernel_double, double bandwidth)
{
    if (kernel_double == KERNEL_DOT_double)
        return row_dot_double(q, k, d) / bandwidth;
    double u2 = 0;
    for (size_t l = 0; l < d; l++) {
        double u = (q[l] - k[l]) / bandwidth;
        u2 += u * u;
    }
    if (kernel_double == KERNEL_GAUSS_double)
        return -u2 / 2;
    if (kernel_double == KERNEL_BOXCAR_double)
        return u2 <= 1;
    return u2 < 1 ? 1 - u2 : 0;
}

/* kernel_align: step 1, alignment: q (n, d), k (m, d) -> scores (n, m).
 * Checked: bandwidth > 0.  Unchecked: scores that overflow. */
static inline void kernel_align_double(double *scores, const double *q, const double *k,
    size_t n, size_t m, size_t d, enum kernel_double kernel_double, double bandwidth)
{
    REQUIRE(bandwidth > 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            scores[i * m + j] =
                kernel_score_double(q + i * d, k + j * d, d, kernel_double, bandwidth);
}

/* kernel_weigh: step 2, weights: scores (n, m) -> weights (n, m); the two
 * may be one array.  Checked: m > 0 for gauss and dot. */
static inline void kernel_weigh_double(double *weights, const double *scores,
                                size_t n, size_t m, enum kernel_double kernel_double)
{
    if (kernel_double == KERNEL_GAUSS_double || kernel_double == KERNEL_DOT_double)
        softmax_rows_double(weights, scores, n, m);
    else
        normalize_rows_double(weights, scores, n, m);
}

/* kernel_attention: the three steps of attention with a kernel.
 *   q (n, d)   k (m, d)   v (m, c)   ->   out (n, c), weights (n, m)
 * Each row of weights sums to one, or is all zero where no key is near;
 * its output is then zero too.  Nadaraya 1964, Watson 1964.
 * Checked: bandwidth > 0; m > 0 for gauss and dot.  Unchecked: scores that
 * overflow. */
static inline void kernel_attention_double(double *out, double *weights,
    const double *q, const double *k, const double *v,
    size_t n, size_t m, size_t d, size_t c,
    enum kernel_double kernel_double, double bandwidth)
{
    kernel_align_double(weights, q, k, n, m, d, kernel_double, bandwidth);
    kernel_weigh_double(weights, weights, n, m, kernel_double);
    average_forward_double(out, weights, v, n, m, c);
}

/* average_backward: ADDS to dweights (n, m) and dv (m, c), given
 * dout (n, c).  Equation "average-backward". */
static inline void average_backward_double(double *dweights, double *dv,
    const double *dout, const double *weights, const double *v,
    size_t n, size_t m, size_t c)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            dweights[i * m + j] += row_dot_double(dout + i * c, v + j * c, c);
            for (size_t l = 0; l < c; l++)
                dv[j * c + l] += weights[i * m + j] * dout[i * c + l];
        }
}

/* kernel_align_backward: ADDS to dq (n, d) and dk (m, d), given
 * dscores (n, m).  Equation "average-gauss-backward".
 * Checked: bandwidth > 0, and that the kernel is gauss or dot. */
static inline void kernel_align_backward_double(double *dq, double *dk,
    const double *dscores, const double *q, const double *k,
    size_t n, size_t m, size_t d, enum kernel_double kernel_double, double bandwidth)
{
    REQUIRE(kernel_double == KERNEL_GAUSS_double || kernel_double == KERNEL_DOT_double);
    REQUIRE(bandwidth > 0);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            double ds = dscores[i * m + j] / bandwidth;
            for (size_t l = 0; l < d; l++) {
                double qil = q[i * d + l], kjl = k[j * d + l];
                double u = (qil - kjl) / bandwidth;
                dq[i * d + l] += ds * (kernel_double == KERNEL_DOT_double ? kjl : -u);
                dk[j * d + l] += ds * (kernel_double == KERNEL_DOT_double ? qil : u);
            }
        }
}

/* kernel_attention_backward: ADDS to dq (n, d), dk (m, d), dv (m, c),
 * dweights (n, m), dscores (n, m), given dout (n, c) and the weights of
 * the forward pass.  The caller clears all five.  Gauss and dot only. */
static inline void kernel_attention_backward_double(
    double *dq, double *dk, double *dv, double *dweights, double *dscores,
    const double *dout, const double *weights,
    const double *q, const double *k, const double *v,
    size_t n, size_t m, size_t d, size_t c,
    enum kernel_double kernel_double, double bandwidth)
{
    average_backward_double(dweights, dv, dout, weights, v, n, m, c);
    softmax_rows_backward_double(dscores, dweights, weights, n, m);
    kernel_align_backward_double(dq, dk, dscores, q, k, n, m, d, kernel_double, bandwidth);
}
#endif
