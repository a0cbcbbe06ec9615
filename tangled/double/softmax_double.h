/* softmax_double.h -- generated from softmax.h by the build. Do not edit. */

#ifndef SOFTMAX_H_double
#define SOFTMAX_H_double
#include "double/lanes_double.h"
#include "kit/workshop.h"

/* Scores x are finite, or -INFINITY for "masked": weight 0.
 * A row with every score masked gets all weights 0.
 * NaN anywhere in a row gives NaN everywhere in it.
 * Outputs come first. out == x is allowed (in place);
 * any other overlap is not, and is not checked.
 * Checked where a largest score is needed: n > 0.
 * Logarithms are natural. */

#ifdef __FAST_MATH__
#error "softmax.h needs infinities and NaN: compile without -ffast-math"
#endif

/* A stream carries the largest score so far and the sum of
 * exp(score - max). Milakov and Gimelshein 2018, algorithm 3. */
struct softmax_stream_double {
    double max, sum;
};

/* softmax_naive: the formula as it stands. It overflows from
 * scores of 89 on; it is here to be looked at, not used. */
static inline void softmax_naive_double(double *out, const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += out[i] = exp(x[i]);
    for (size_t i = 0; i < n; i++)
        out[i] /= sum;
}

static inline double row_exp_double(double *out, const double *x,
                            double shift, size_t n);
static inline double row_max_double(const double *x, size_t n);

/* softmax: out[i] = exp(x[i]) / sum_k exp(x[k]), shifted so that
 * nothing overflows.  Equation "softmax". */
static inline void softmax_double(double *out, const double *x, size_t n)
{
    REQUIRE(n > 0);
    double max = row_max_double(x, n);
    /* let shift be max, or 0 if every score is masked */
    double shift = max == -INFINITY ? 0 : max;
    double sum = row_exp_double(out, x, shift, n);
    /* divide out by sum, unless nothing was summed */
    if (sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= sum;
}

/* log_sum_exp: log(sum_k exp(x[k])); -INFINITY if all is masked. */
static inline double log_sum_exp_double(const double *x, size_t n)
{
    REQUIRE(n > 0);
    double max = row_max_double(x, n);
    /* let shift be max, or 0 if every score is masked */
    double shift = max == -INFINITY ? 0 : max;
    return shift + log(row_exp_double(NULL, x, shift, n));
}

/* log_softmax: out[i] = log(softmax(x)[i]); -INFINITY where masked. */
static inline void log_softmax_double(double *out, const double *x, size_t n)
{
    REQUIRE(n > 0);
    double max = row_max_double(x, n);
    /* let shift be max, or 0 if every score is masked */
    double shift = max == -INFINITY ? 0 : max;
    double log_sum = log(row_exp_double(NULL, x, shift, n));
    /* set out to the log-weights */
    if (log_sum == -INFINITY)
        log_sum = 0;
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] - shift - log_sum;
}

/* temper: out[i] = (x[i] - max) / temperature.
 * Checked: temperature is positive and finite. */
static inline void temper_double(double *out, const double *x,
                          double temperature, size_t n)
{
    REQUIRE(n > 0 && temperature > 0 && temperature < INFINITY);
    double max = row_max_double(x, n);
    /* let shift be max, or 0 if every score is masked */
    double shift = max == -INFINITY ? 0 : max;
    for (size_t i = 0; i < n; i++)
        out[i] = (x[i] - shift) / temperature;
}

/* softmax_temperature: the softmax of x / temperature. */
static inline void softmax_temperature_double(double *out, const double *x,
                                       double temperature, size_t n)
{
    temper_double(out, x, temperature, n);
    softmax_double(out, out, n);
}

/* hardmax: the limit of softmax_temperature as it cools: weight 1
 * on the largest score, in equal shares if several are largest. */
static inline void hardmax_double(double *out, const double *x, size_t n)
{
    REQUIRE(n > 0);
    double max = row_max_double(x, n), sum = 0;
    /* set out to 1 where the largest stands, and count these */
    bool some = max > -INFINITY;
    for (size_t i = 0; i < n; i++)
        sum += out[i] = isnan(x[i]) ? NAN : some && x[i] == max;
    /* divide out by sum, unless nothing was summed */
    if (sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= sum;
}

/* argmax: the place of the largest score; the first of several. */
static inline size_t argmax_double(const double *x, size_t n)
{
    REQUIRE(n > 0);
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* soft_argmax: the mean place under the weights p, sum_i i p[i]. */
static inline double soft_argmax_double(const double *p, size_t n)
{
    double place = 0;
    for (size_t i = 0; i < n; i++)
        place += (double)i * p[i];
    return place;
}

/* entropy: -sum_i p[i] log p[i]; 0 for a masked row. */
static inline double entropy_double(const double *p, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            total -= p[i] * log(p[i]);
    return (double)total;
}

/* softmax_jacobian: j[i][k] = d p[i] / d x[k], from the weights p. */
static inline void softmax_jacobian_double(double *j, const double *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            j[i * n + k] = p[i] * ((double)(i == k) - p[k]);
}

static inline double row_dot_double(const double *a, const double *b, size_t n);

/* softmax_backward: ADDS d loss / d x to dx, from dout = d loss / d out
 * and the weights out.  dx must not overlap the others. */
static inline void softmax_backward_double(double *dx, const double *dout,
                                    const double *out, size_t n)
{
    double mean = row_dot_double(dout, out, n);
    for (size_t j = 0; j < n; j++)
        dx[j] += out[j] * (dout[j] - mean);
}

/* log_softmax_backward: ADDS to dx, from dout and the log-weights out.
 * Masked places (out -INFINITY) are left alone. */
static inline void log_softmax_backward_double(double *dx, const double *dout,
                                        const double *out, size_t n)
{
    double total = 0;
    for (size_t j = 0; j < n; j++)
        if (out[j] != -INFINITY)
            total += dout[j];
    for (size_t j = 0; j < n; j++)
        if (out[j] != -INFINITY)
            dx[j] += dout[j] - exp(out[j]) * total;
}

/* softmax_stream_new: nothing seen yet. */
static inline struct softmax_stream_double softmax_stream_new_double(void)
{
    return (struct softmax_stream_double){-INFINITY, 0};
}

/* softmax_stream_push: one more score. */
static inline void softmax_stream_push_double(struct softmax_stream_double *s, double x)
{
    if (x > s->max) {
        s->sum = s->sum * exp(s->max - x) + 1;
        s->max = x;
    } else if (x != -INFINITY) {
        s->sum += exp(x - s->max);
    }
}

/* softmax_stream_finish: the weights of n of the scores seen. */
static inline void softmax_stream_finish_double(double *out, const double *x,
                                         struct softmax_stream_double s, size_t n)
{
    double max = s.max, sum = s.sum;
    /* let shift be max, or 0 if every score is masked */
    double shift = max == -INFINITY ? 0 : max;
    row_exp_double(out, x, shift, n);
    /* divide out by sum, unless nothing was summed */
    if (sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= sum;
}

/* softmax_stream_merge: the stream of all scores of a and b. */
static inline struct softmax_stream_double
softmax_stream_merge_double(struct softmax_stream_double a, struct softmax_stream_double b)
{
    double max = a.max > b.max ? a.max : b.max;
    /* let shift be max, or 0 if every score is masked */
    double shift = max == -INFINITY ? 0 : max;
    double sum = a.sum * exp(a.max - shift) + b.sum * exp(b.max - shift);
    return (struct softmax_stream_double){max, sum};
}

/* softmax_stream_row: the stream of a whole row. */
static inline struct softmax_stream_double
softmax_stream_row_double(const double *x, size_t n)
{
    double max = row_max_double(x, n);
    /* let shift be max, or 0 if every score is masked */
    double shift = max == -INFINITY ? 0 : max;
    return (struct softmax_stream_double){max, row_exp_double(NULL, x, shift, n)};
}

/* softmax_rows: softmax of every row; with OpenMP, on all threads. */
static inline void softmax_rows_double(double *out, const double *x,
                                size_t rows, size_t n)
{
    /* share the rows among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (rows * n > 65536)
    #endif

    for (size_t r = 0; r < rows; r++)
        softmax_double(out + r * n, x + r * n, n);
}

/* softmax_rows_backward: softmax_backward of every row. */
static inline void softmax_rows_backward_double(double *dx, const double *dout,
                                         const double *out,
                                         size_t rows, size_t n)
{
    /* share the rows among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (rows * n > 65536)
    #endif

    for (size_t r = 0; r < rows; r++)
        softmax_backward_double(dx + r * n, dout + r * n, out + r * n, n);
}

/* row_exp: out[i] = exp(x[i] - shift); returns their sum.
 * out may be NULL: then only the sum is computed. */
static inline double row_exp_double(double *out, const double *x,
                            double shift, size_t n)
{
    lanes_double sum = lanes_all_double(0);
    size_t i = 0;
    for (; i + LANES_double <= n; i += LANES_double) {
        /* exponentiate a register of scores */
        lanes_double e = lanes_exp_double(lanes_load_double(x + i) - shift);
        sum += e;
        if (out)
            lanes_store_double(out + i, e);
    }
    /* exponentiate the last n - i scores */
    if (i < n) {
        lanes_double rest = lanes_load_part_double(x + i, n - i, -INFINITY);
        lanes_double e = lanes_exp_double(rest - shift);
        sum += e;
        if (out)
            lanes_store_part_double(out + i, e, n - i);
    }
    return lanes_sum_double(sum);
}

/* row_max: the largest score; -INFINITY if all are masked. */
static inline double row_max_double(const double *x, size_t n)
{
    enum { SIDE = 4 };
    lanes_double best[SIDE];
    for (size_t s = 0; s < SIDE; s++)
        best[s] = lanes_all_double(-INFINITY);
    size_t i = 0;
    /* let best be the largest of the scores in each lane */
    for (; i + SIDE * LANES_double <= n; i += SIDE * LANES_double)
        for (size_t s = 0; s < SIDE; s++) {
            lanes_double v = lanes_load_double(x + i + s * LANES_double);
            best[s] = lanes_where_double(v > best[s], v, best[s]);
        }
    /* let max be the largest of the lanes and of the last scores */
    double max = -INFINITY;
    for (size_t s = 0; s < SIDE; s++)
        for (size_t l = 0; l < LANES_double; l++)
            max = best[s][l] > max ? best[s][l] : max;
    for (size_t left = n - i; left > 0; left--)
        max = x[n - left] > max ? x[n - left] : max;
    return max;
}

/* row_dot: sum_i a[i] b[i]. */
static inline double row_dot_double(const double *a, const double *b, size_t n)
{
    lanes_double sum = lanes_all_double(0);
    size_t i = 0;
    for (; i + LANES_double <= n; i += LANES_double)
        sum += lanes_load_double(a + i) * lanes_load_double(b + i);
    sum += lanes_load_part_double(a + i, n - i, 0)
         * lanes_load_part_double(b + i, n - i, 0);
    return lanes_sum_double(sum);
}
#endif
