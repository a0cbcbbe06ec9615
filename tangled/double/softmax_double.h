/* softmax_double.h -- generated from softmax.h by the build. Do not edit. */
/* It is softmax/softmax.h of chapters/01-softmax.nw in double. The book
 * has its names without _double. */


#ifndef SOFTMAX_H_double
#define SOFTMAX_H_double
#include "double/lanes_double.h"
#include "kit/workshop.h"

/* Scores x are finite, or -INFINITY for "masked": weight 0.
 * A row with every score masked gets all weights 0.
 * NaN among the scores makes every weight of the row NaN. (temper leaves
 * it in its place, and argmax does not look for it.)
 * +INFINITY is not a score: softmax and log_softmax make NaN of its
 * row, and the others promise nothing.
 * Outputs come first. out == x is allowed (in place);
 * any other overlap is not, and is not checked.
 * Checked where a largest score is needed: n > 0.
 * Logarithms are natural. */

/* A stream carries the largest score so far and the sum of
 * exp(score - max). Milakov and Gimelshein 2018, algorithm 3. */
struct softmax_stream_double {
    double max, sum;
};

#ifdef __FAST_MATH__
#error "softmax.h needs infinities and NaN: compile without -ffast-math"
#endif
/* softmax_naive: the formula as it stands.  x (n) -> out (n).
 * A score above 88.7228 overflows, and several large ones do so earlier.
 * It is here to be looked at, not used. */
static inline void softmax_naive_double(double *out, const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += out[i] = exp(x[i]);
    for (size_t i = 0; i < n; i++)
        out[i] /= sum;
}

/* softmax_plain: softmax, in loops as one would write them.
 * x (n) -> out (n).  Equation "softmax-shift". */
static inline void softmax_plain_double(double *out, const double *x, size_t n)
{
    REQUIRE(n > 0);
    double max = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] > max)
            max = x[i];
    double shift = max == -INFINITY ? 0 : max;
    for (size_t i = 0; i < n; i++)
        sum += out[i] = exp(x[i] - shift);
    if (sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= sum;
}

/* softmax_shift: what to subtract from scores of which max is the
 * largest: that, or 0 if all is masked. */
static inline double softmax_shift_double(double max)
{
    return max == -INFINITY ? 0 : max;
}

static inline double row_exp_double(double *out, const double *x,
                            double shift, size_t n);
static inline double row_max_double(const double *x, size_t n);

/* softmax: out[i] = exp(x[i]) / sum_k exp(x[k]), shifted so that
 * nothing overflows.  x (n) -> out (n).  Equation "softmax". */
static inline void softmax_double(double *out, const double *x, size_t n)
{
    REQUIRE(n > 0);
    double shift = softmax_shift_double(row_max_double(x, n));
    double sum = row_exp_double(out, x, shift, n);
    if (sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= sum;
}

/* temper: out[i] = (x[i] - max) / temperature.  x (n) -> out (n).
 * Checked: temperature is positive and finite. */
static inline void temper_double(double *out, const double *x,
                          double temperature, size_t n)
{
    REQUIRE(n > 0 && temperature > 0 && temperature < INFINITY);
    double shift = softmax_shift_double(row_max_double(x, n));
    for (size_t i = 0; i < n; i++)
        out[i] = (x[i] - shift) / temperature;
}

/* softmax_temperature: the softmax of x / temperature; (n). */
static inline void softmax_temperature_double(double *out, const double *x,
                                       double temperature, size_t n)
{
    temper_double(out, x, temperature, n);
    softmax_double(out, out, n);
}

/* hardmax: the limit of softmax_temperature as it cools: weight 1
 * on the largest score, in equal shares if several are largest; (n). */
static inline void hardmax_double(double *out, const double *x, size_t n)
{
    REQUIRE(n > 0);
    double max = row_max_double(x, n), count = 0;
    for (size_t i = 0; i < n; i++) {
        bool largest = x[i] == max && max > -INFINITY;
        count += out[i] = isnan(x[i]) ? NAN : largest;
    }
    if (count != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= count;
}

/* argmax: the place of the largest of x (n); the first of several. */
static inline size_t argmax_double(const double *x, size_t n)
{
    REQUIRE(n > 0);
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* soft_argmax: the mean place under the weights p (n), sum_i i p[i]. */
static inline double soft_argmax_double(const double *p, size_t n)
{
    double place = 0;
    for (size_t i = 0; i < n; i++)
        place += (double)i * p[i];
    return place;
}

/* entropy: -sum_i p[i] log p[i] of weights p (n); 0 for a masked row. */
static inline double entropy_double(const double *p, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            total -= p[i] * log(p[i]);
    return (double)total;
}

/* log_sum_exp: log(sum_k exp(x[k])), x (n); -INFINITY if all is masked. */
static inline double log_sum_exp_double(const double *x, size_t n)
{
    REQUIRE(n > 0);
    double shift = softmax_shift_double(row_max_double(x, n));
    return shift + log(row_exp_double(NULL, x, shift, n));
}

/* log_softmax: out[i] = log(softmax(x)[i]); -INFINITY where masked.
 * x (n) -> out (n).  Equation "softmax-log". */
static inline void log_softmax_double(double *out, const double *x, size_t n)
{
    REQUIRE(n > 0);
    double shift = softmax_shift_double(row_max_double(x, n));
    double sum = row_exp_double(NULL, x, shift, n);
    double log_sum = sum == 0 ? 0 : log(sum);
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] - shift - log_sum;
}

/* softmax_jacobian: j[i][k] = d p[i] / d x[k], from the weights p.
 * p (n) -> j (n, n).  Equation "softmax-jacobian". */
static inline void softmax_jacobian_double(double *j, const double *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            j[i * n + k] = p[i] * ((double)(i == k) - p[k]);
}

static inline double row_dot_double(const double *a, const double *b, size_t n);

/* softmax_backward: ADDS d loss / d x to dx, from dout = d loss / d out
 * and the weights out; all of them (n).  dx must not overlap the others.
 * Equation "softmax-backward". */
static inline void softmax_backward_double(double *dx, const double *dout,
                                    const double *out, size_t n)
{
    double mean = row_dot_double(dout, out, n);
    for (size_t j = 0; j < n; j++)
        dx[j] += out[j] * (dout[j] - mean);
}

/* log_softmax_backward: ADDS to dx, from dout and the log-weights out;
 * all of them (n).  Masked places (out -INFINITY) are left alone.
 * Equation "softmax-log-backward". */
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

/* softmax_stream_push: one more score.  Equation "softmax-stream". */
static inline void softmax_stream_push_double(struct softmax_stream_double *s, double x)
{
    if (x > s->max) {
        s->sum = s->sum * exp(s->max - x) + 1;
        s->max = x;
    } else if (x != -INFINITY) {
        s->sum += exp(x - s->max);
    }
}

/* softmax_stream_finish: the weights of n of the scores seen.
 * x (n) -> out (n). */
static inline void softmax_stream_finish_double(double *out, const double *x,
                                         struct softmax_stream_double s, size_t n)
{
    row_exp_double(out, x, softmax_shift_double(s.max), n);
    if (s.sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= s.sum;
}

/* softmax_stream_merge: the stream of all scores of a and b.
 * Equation "softmax-merge". */
static inline struct softmax_stream_double
softmax_stream_merge_double(struct softmax_stream_double a, struct softmax_stream_double b)
{
    double max = a.max > b.max ? a.max : b.max, shift = softmax_shift_double(max);
    double sum = a.sum * exp(a.max - shift) + b.sum * exp(b.max - shift);
    return (struct softmax_stream_double){max, sum};
}

/* softmax_rows: softmax of every row; with OpenMP, on all threads.
 * x (rows, n) -> out (rows, n). */
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

/* softmax_rows_backward: softmax_backward of every row; all of them
 * (rows, n). */
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

/* softmax_stream_row: the stream of a whole row x (n). */
static inline struct softmax_stream_double
softmax_stream_row_double(const double *x, size_t n)
{
    double max = row_max_double(x, n);
    double sum = row_exp_double(NULL, x, softmax_shift_double(max), n);
    return (struct softmax_stream_double){max, sum};
}

/* row_exp: out[i] = exp(x[i] - shift), x (n) -> out (n); returns their
 * sum.  out may be NULL: then only the sum is computed. */
static inline double row_exp_double(double *out, const double *x,
                            double shift, size_t n)
{
    lanes_double sum = lanes_all_double(0);
    size_t i = 0;
    for (; i + LANES_double <= n; i += LANES_double) {
        lanes_double e = lanes_exp_double(lanes_load_double(x + i) - shift);
        sum += e;
        if (out)
            lanes_store_double(out + i, e);
    }
    if (i < n) {
        lanes_double rest = lanes_load_part_double(x + i, n - i, -INFINITY);
        lanes_double e = lanes_exp_double(rest - shift);
        sum += e;
        if (out)
            lanes_store_part_double(out + i, e, n - i);
    }
    return lanes_sum_double(sum);
}

/* row_max: the largest of the scores x (n); -INFINITY if all are masked. */
static inline double row_max_double(const double *x, size_t n)
{
    enum { SIDE = 4 };
    lanes_double best[SIDE];
    for (size_t s = 0; s < SIDE; s++)
        best[s] = lanes_all_double(-INFINITY);
    size_t i = 0;
    for (; i + SIDE * LANES_double <= n; i += SIDE * LANES_double)
        for (size_t s = 0; s < SIDE; s++) {
            lanes_double v = lanes_load_double(x + i + s * LANES_double);
            best[s] = lanes_where_double(v > best[s], v, best[s]);
        }
    /* the largest of the lanes, and of the scores that are left */
    double max = -INFINITY;
    for (size_t s = 0; s < SIDE; s++)
        for (size_t l = 0; l < LANES_double; l++)
            max = best[s][l] > max ? best[s][l] : max;
    for (size_t left = n - i; left > 0; left--)
        max = x[n - left] > max ? x[n - left] : max;
    return max;
}

/* row_dot: sum_i a[i] b[i]; both (n). */
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
