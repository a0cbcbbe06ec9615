/* softmax.h -- generated from chapters/01-softmax.nw. Do not edit. */
/* Offers: struct softmax_stream, softmax_naive, softmax_plain,
 * softmax_shift, softmax, temper, softmax_temperature, hardmax, argmax,
 * soft_argmax, entropy, log_sum_exp, log_softmax, softmax_jacobian,
 * softmax_backward, log_softmax_backward, softmax_stream_new,
 * softmax_stream_push, softmax_stream_finish, softmax_stream_merge,
 * softmax_rows, softmax_rows_backward, softmax_stream_row, row_exp,
 * row_max, row_dot */

#ifndef SOFTMAX_H
#define SOFTMAX_H
#include "softmax/lanes.h"
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
struct softmax_stream {
    float max, sum;
};

#ifdef __FAST_MATH__
#error "softmax.h needs infinities and NaN: compile without -ffast-math"
#endif
/* softmax_naive: the formula as it stands.  x (n) -> out (n).
 * A score above 88.7228 overflows, and several large ones do so earlier.
 * It is here to be looked at, not used. */
static inline void softmax_naive(float *out, const float *x, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += out[i] = expf(x[i]);
    for (size_t i = 0; i < n; i++)
        out[i] /= sum;
}

/* softmax_plain: softmax, in loops as one would write them.
 * x (n) -> out (n).  Equation "softmax-shift". */
static inline void softmax_plain(float *out, const float *x, size_t n)
{
    REQUIRE(n > 0);
    float max = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] > max)
            max = x[i];
    float shift = max == -INFINITY ? 0 : max;
    for (size_t i = 0; i < n; i++)
        sum += out[i] = expf(x[i] - shift);
    if (sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= sum;
}

/* softmax_shift: what to subtract from scores of which max is the
 * largest: that, or 0 if all is masked. */
static inline float softmax_shift(float max)
{
    return max == -INFINITY ? 0 : max;
}

static inline float row_exp(float *out, const float *x,
                            float shift, size_t n);
static inline float row_max(const float *x, size_t n);

/* softmax: out[i] = exp(x[i]) / sum_k exp(x[k]), shifted so that
 * nothing overflows.  x (n) -> out (n).  Equation "softmax". */
static inline void softmax(float *out, const float *x, size_t n)
{
    REQUIRE(n > 0);
    float shift = softmax_shift(row_max(x, n));
    float sum = row_exp(out, x, shift, n);
    if (sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= sum;
}

/* temper: out[i] = (x[i] - max) / temperature.  x (n) -> out (n).
 * Checked: temperature is positive and finite. */
static inline void temper(float *out, const float *x,
                          float temperature, size_t n)
{
    REQUIRE(n > 0 && temperature > 0 && temperature < INFINITY);
    float shift = softmax_shift(row_max(x, n));
    for (size_t i = 0; i < n; i++)
        out[i] = (x[i] - shift) / temperature;
}

/* softmax_temperature: the softmax of x / temperature; (n). */
static inline void softmax_temperature(float *out, const float *x,
                                       float temperature, size_t n)
{
    temper(out, x, temperature, n);
    softmax(out, out, n);
}

/* hardmax: the limit of softmax_temperature as it cools: weight 1
 * on the largest score, in equal shares if several are largest; (n). */
static inline void hardmax(float *out, const float *x, size_t n)
{
    REQUIRE(n > 0);
    float max = row_max(x, n), count = 0;
    for (size_t i = 0; i < n; i++) {
        bool largest = x[i] == max && max > -INFINITY;
        count += out[i] = isnan(x[i]) ? NAN : largest;
    }
    if (count != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= count;
}

/* argmax: the place of the largest of x (n); the first of several. */
static inline size_t argmax(const float *x, size_t n)
{
    REQUIRE(n > 0);
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[best])
            best = i;
    return best;
}

/* soft_argmax: the mean place under the weights p (n), sum_i i p[i]. */
static inline float soft_argmax(const float *p, size_t n)
{
    float place = 0;
    for (size_t i = 0; i < n; i++)
        place += (float)i * p[i];
    return place;
}

/* entropy: -sum_i p[i] log p[i] of weights p (n); 0 for a masked row. */
static inline float entropy(const float *p, size_t n)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        if (p[i] != 0)
            total -= p[i] * log(p[i]);
    return (float)total;
}

/* log_sum_exp: log(sum_k exp(x[k])), x (n); -INFINITY if all is masked. */
static inline float log_sum_exp(const float *x, size_t n)
{
    REQUIRE(n > 0);
    float shift = softmax_shift(row_max(x, n));
    return shift + logf(row_exp(NULL, x, shift, n));
}

/* log_softmax: out[i] = log(softmax(x)[i]); -INFINITY where masked.
 * x (n) -> out (n).  Equation "softmax-log". */
static inline void log_softmax(float *out, const float *x, size_t n)
{
    REQUIRE(n > 0);
    float shift = softmax_shift(row_max(x, n));
    float sum = row_exp(NULL, x, shift, n);
    float log_sum = sum == 0 ? 0 : logf(sum);
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] - shift - log_sum;
}

/* softmax_jacobian: j[i][k] = d p[i] / d x[k], from the weights p.
 * p (n) -> j (n, n).  Equation "softmax-jacobian". */
static inline void softmax_jacobian(float *j, const float *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            j[i * n + k] = p[i] * ((float)(i == k) - p[k]);
}

static inline float row_dot(const float *a, const float *b, size_t n);

/* softmax_backward: ADDS d loss / d x to dx, from dout = d loss / d out
 * and the weights out; all of them (n).  dx must not overlap the others.
 * Equation "softmax-backward". */
static inline void softmax_backward(float *dx, const float *dout,
                                    const float *out, size_t n)
{
    float mean = row_dot(dout, out, n);
    for (size_t j = 0; j < n; j++)
        dx[j] += out[j] * (dout[j] - mean);
}

/* log_softmax_backward: ADDS to dx, from dout and the log-weights out;
 * all of them (n).  Masked places (out -INFINITY) are left alone.
 * Equation "softmax-log-backward". */
static inline void log_softmax_backward(float *dx, const float *dout,
                                        const float *out, size_t n)
{
    float total = 0;
    for (size_t j = 0; j < n; j++)
        if (out[j] != -INFINITY)
            total += dout[j];
    for (size_t j = 0; j < n; j++)
        if (out[j] != -INFINITY)
            dx[j] += dout[j] - expf(out[j]) * total;
}

/* softmax_stream_new: nothing seen yet. */
static inline struct softmax_stream softmax_stream_new(void)
{
    return (struct softmax_stream){-INFINITY, 0};
}

/* softmax_stream_push: one more score.  Equation "softmax-stream". */
static inline void softmax_stream_push(struct softmax_stream *s, float x)
{
    if (x > s->max) {
        s->sum = s->sum * expf(s->max - x) + 1;
        s->max = x;
    } else if (x != -INFINITY) {
        s->sum += expf(x - s->max);
    }
}

/* softmax_stream_finish: the weights of n of the scores seen.
 * x (n) -> out (n). */
static inline void softmax_stream_finish(float *out, const float *x,
                                         struct softmax_stream s, size_t n)
{
    row_exp(out, x, softmax_shift(s.max), n);
    if (s.sum != 0)
        for (size_t i = 0; i < n; i++)
            out[i] /= s.sum;
}

/* softmax_stream_merge: the stream of all scores of a and b.
 * Equation "softmax-merge". */
static inline struct softmax_stream
softmax_stream_merge(struct softmax_stream a, struct softmax_stream b)
{
    float max = a.max > b.max ? a.max : b.max, shift = softmax_shift(max);
    float sum = a.sum * expf(a.max - shift) + b.sum * expf(b.max - shift);
    return (struct softmax_stream){max, sum};
}

/* softmax_rows: softmax of every row; with OpenMP, on all threads.
 * x (rows, n) -> out (rows, n). */
static inline void softmax_rows(float *out, const float *x,
                                size_t rows, size_t n)
{
    /* share the rows among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (rows * n > 65536)
    #endif
    for (size_t r = 0; r < rows; r++)
        softmax(out + r * n, x + r * n, n);
}

/* softmax_rows_backward: softmax_backward of every row; all of them
 * (rows, n). */
static inline void softmax_rows_backward(float *dx, const float *dout,
                                         const float *out,
                                         size_t rows, size_t n)
{
    /* share the rows among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (rows * n > 65536)
    #endif
    for (size_t r = 0; r < rows; r++)
        softmax_backward(dx + r * n, dout + r * n, out + r * n, n);
}

/* softmax_stream_row: the stream of a whole row x (n). */
static inline struct softmax_stream
softmax_stream_row(const float *x, size_t n)
{
    float max = row_max(x, n);
    float sum = row_exp(NULL, x, softmax_shift(max), n);
    return (struct softmax_stream){max, sum};
}

/* row_exp: out[i] = exp(x[i] - shift), x (n) -> out (n); returns their
 * sum.  out may be NULL: then only the sum is computed. */
static inline float row_exp(float *out, const float *x,
                            float shift, size_t n)
{
    lanes sum = lanes_all(0);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes e = lanes_exp(lanes_load(x + i) - shift);
        sum += e;
        if (out)
            lanes_store(out + i, e);
    }
    if (i < n) {
        lanes rest = lanes_load_part(x + i, n - i, -INFINITY);
        lanes e = lanes_exp(rest - shift);
        sum += e;
        if (out)
            lanes_store_part(out + i, e, n - i);
    }
    return lanes_sum(sum);
}

/* row_max: the largest of the scores x (n); -INFINITY if all are masked. */
static inline float row_max(const float *x, size_t n)
{
    enum { SIDE = 4 };
    lanes best[SIDE];
    for (size_t s = 0; s < SIDE; s++)
        best[s] = lanes_all(-INFINITY);
    size_t i = 0;
    for (; i + SIDE * LANES <= n; i += SIDE * LANES)
        for (size_t s = 0; s < SIDE; s++) {
            lanes v = lanes_load(x + i + s * LANES);
            best[s] = lanes_where(v > best[s], v, best[s]);
        }
    /* the largest of the lanes, and of the scores that are left */
    float max = -INFINITY;
    for (size_t s = 0; s < SIDE; s++)
        for (size_t l = 0; l < LANES; l++)
            max = best[s][l] > max ? best[s][l] : max;
    for (size_t left = n - i; left > 0; left--)
        max = x[n - left] > max ? x[n - left] : max;
    return max;
}

/* row_dot: sum_i a[i] b[i]; both (n). */
static inline float row_dot(const float *a, const float *b, size_t n)
{
    lanes sum = lanes_all(0);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        sum += lanes_load(a + i) * lanes_load(b + i);
    sum += lanes_load_part(a + i, n - i, 0)
         * lanes_load_part(b + i, n - i, 0);
    return lanes_sum(sum);
}
#endif
