/* gradient_double.h -- generated from gradient.h by the build. Do not edit. */
/* It is gradient/gradient.h of chapters/04-gradient.nw in double. The book
 * has its names without _double. */


#ifndef GRADIENT_H_double
#define GRADIENT_H_double
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "double/average_double.h"
#include "double/product_double.h"
#include "double/score_double.h"
#include "double/softmax_double.h"
#include "double/tiled_double.h"
#include "kit/workshop.h"

/* Steps of a model, each as a pair: x_forward computes out, x_backward is
 * given dout = dloss/dout and ADDS to dx, db ...  Arrays are row-major and
 * lie without gaps.  Where a comment says so, a gradient may be NULL: it is
 * not wanted.  Unchecked: outputs must not overlap inputs, except in steps
 * that work on each number by itself, where out == x is allowed. */

/* Additive attention (Bahdanau et al. 2015) for a batch.  pair holds the
 * arrays of the first example and the sizes of one: q (B, n, dq),
 * k (B, m, dk), qa (B, n, a), ka (B, m, a), and wq, wk, va, t for all. */
struct additive_double {
    size_t batch, c;
    struct score_double pair;
    double *v, *weights;      /* (B, m, c)  (B, n, m) */
    const size_t *lengths;   /* (B): keys in use, <= m; NULL: all */
};
/* bias_forward: out = x + b for every row.  x, out (rows, n)   b (n)
 * bias_backward: ADDS to dx (rows, n) and db (n); either may be NULL. */
static inline void bias_forward_double(double *out, const double *x, const double *b,
                                size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++)
            out[r * n + j] = x[r * n + j] + b[j];
}

static inline void add_to_double(double *out, const double *x, size_t n);

static inline void bias_backward_double(double *dx, double *db, const double *dout,
                                 size_t rows, size_t n)
{
    if (dx)
        add_to_double(dx, dout, rows * n);
    for (size_t r = 0; db && r < rows; r++)
        add_to_double(db, dout + r * n, n);
}

/* multiply_backward: of out[i] = x[i] y[i].  ADDS to dx and dy, from dout;
 * all (n).  Either may be NULL. */
static inline void multiply_backward_double(double *dx, double *dy, const double *dout,
                                     const double *x, const double *y,
                                     size_t n)
{
    for (size_t i = 0; dx && i < n; i++)
        dx[i] += dout[i] * y[i];
    for (size_t i = 0; dy && i < n; i++)
        dy[i] += dout[i] * x[i];
}

/* relu_forward: x (n) -> out (n).  A NaN stays a NaN.
 * relu_backward: ADDS to dx; the slope at 0 is 0. */
static inline void relu_forward_double(double *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] < 0 ? 0 : x[i];
}

static inline void relu_backward_double(double *dx, const double *dout,
                                 const double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += out[i] > 0 ? dout[i] : 0;
}

/* Activation functions of one number, as the formulas have them. */
static inline double sigmoid_plain_double(double x)
{
    return 1 / (1 + exp(-x));
}

static inline double gelu_exact_plain_double(double x)
{
    return x / 2 * (1 + erf(x / sqrt(2)));
}

static inline double gelu_plain_double(double x)
{
    double u = 0.797884561 * (x + 0.044715 * x * x * x);
    return x / 2 * (1 + tanh(u));
}

static inline double gelu_slope_plain_double(double x)
{
    double u = 0.797884561 * (x + 0.044715 * x * x * x);
    double rise = 0.797884561 * (1 + 0.134145 * x * x);
    double s = (1 + tanh(u)) / 2;
    return s + x * s * (1 - s) * 2 * rise;
}

/* tanh_backward, sigmoid_backward: ADD to dx, from dout and the result out;
 * all (n). */
static inline void tanh_backward_double(double *dx, const double *dout,
                                 const double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dout[i] * (1 - out[i] * out[i]);
}

static inline void sigmoid_backward_double(double *dx, const double *dout,
                                    const double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dout[i] * out[i] * (1 - out[i]);
}

/* softmax_backward_plain: ADDS to dx, from dout and the weights out, all of
 * them (n), by eq. "softmax-backward". */
static inline void softmax_backward_plain_double(double *dx, const double *dout,
                                          const double *out, size_t n)
{
    double mean = 0;
    for (size_t j = 0; j < n; j++)
        mean += dout[j] * out[j];
    for (size_t j = 0; j < n; j++)
        dx[j] += out[j] * (dout[j] - mean);
}

static inline double sum_forward_double(const double *x, size_t n);
static inline void log_softmax_rows_double(double *out, const double *x,
                                    size_t rows, size_t n);
static inline size_t count_targets_double(const int32_t *targets, size_t rows,
                                   size_t n, int32_t ignore);

/* cross_entropy_forward: the mean of -sum_j q[j] log softmax(x)[j] over the
 * rows with target != ignore; 0 if there are none.  q gives the target
 * 1 - smoothing, and every class smoothing / n (Szegedy et al. 2016).
 *   x (rows, n)   targets (rows)   ->   log_p (rows, n), for backward
 * Checked: 0 <= target < n, 0 <= smoothing <= 1.  Unchecked: smoothing
 * needs finite x. */
static inline double cross_entropy_forward_double(double *log_p, const double *x,
    const int32_t *targets, size_t rows, size_t n, double smoothing,
    int32_t ignore)
{
    REQUIRE(smoothing >= 0 && smoothing <= 1);
    size_t count = count_targets_double(targets, rows, n, ignore);
    double loss = 0;
    log_softmax_rows_double(log_p, x, rows, n);
    for (size_t r = 0; r < rows; r++)
        if (targets[r] != ignore) {
            const double *row = log_p + r * n;
            loss -= (1 - smoothing) * row[targets[r]];
            if (smoothing > 0)
                loss -= smoothing / n * sum_forward_double(row, n);
        }
    return count ? (double)(loss / (double)count) : 0;
}

/* cross_entropy_backward: ADDS to dx (rows, n); dout is a single number. */
static inline void cross_entropy_backward_double(double *dx, double dout,
    const double *log_p, const int32_t *targets, size_t rows, size_t n,
    double smoothing, int32_t ignore)
{
    REQUIRE(smoothing >= 0 && smoothing <= 1);
    size_t count = count_targets_double(targets, rows, n, ignore);
    double share = count ? dout / (double)count : 0;
    for (size_t r = 0; r < rows; r++)
        if (targets[r] != ignore) {
            double *row = dx + r * n;
            row_add_exp_double(row, share, smoothing / n, log_p + r * n, n);
            row[targets[r]] -= share * (1 - smoothing);
        }
}

/* attention_backward_plain: ADDS to dq (n, d), dk (m, d) and dv (m, c), from
 * dout (n, c) and the weights (n, m) of attention_forward.  Overwrites
 * da and ds (m), one query's gradients of weights and scores. */
static inline void attention_backward_plain_double(double *dq, double *dk, double *dv,
    double *da, double *ds, const double *dout, const double *weights,
    const double *q, const double *k, const double *v,
    size_t n, size_t m, size_t d, size_t c)
{
    const double scale = 1 / sqrt((double)d);
    for (size_t i = 0; i < n; i++) {
        const double *a = weights + i * m;
        for (size_t j = 0; j < m; j++) {
            da[j] = ds[j] = 0;
            for (size_t l = 0; l < c; l++) {
                da[j] += dout[i * c + l] * v[j * c + l];
                dv[j * c + l] += dout[i * c + l] * a[j];
            }
        }
        softmax_backward_plain_double(ds, da, a, m);
        for (size_t j = 0; j < m; j++)
            for (size_t l = 0; l < d; l++) {
                dq[i * d + l] += scale * ds[j] * k[j * d + l];
                dk[j * d + l] += scale * ds[j] * q[i * d + l];
            }
    }
}

/* embedding_forward: row i of out (n, c) is row ids[i] of table (V, c).
 * embedding_backward: ADDS to dtable.  Checked: 0 <= ids[i] < V. */
static inline void embedding_forward_double(double *out, const double *table,
                                     const int32_t *ids, size_t n, size_t V,
                                     size_t c)
{
    for (size_t i = 0; i < n; i++) {
        REQUIRE(ids[i] >= 0 && (size_t)ids[i] < V);
        memcpy(out + i * c, table + (size_t)ids[i] * c, c * sizeof *out);
    }
}

static inline void embedding_backward_double(double *dtable, const double *dout,
                                      const int32_t *ids, size_t n, size_t V,
                                      size_t c)
{
    for (size_t i = 0; i < n; i++) {
        REQUIRE(ids[i] >= 0 && (size_t)ids[i] < V);
        add_to_double(dtable + (size_t)ids[i] * c, dout + i * c, c);
    }
}

/* layernorm_forward_plain: one row.  x, out (n)   gain, bias (n)
 *   ->   hat (n), for backward; returns r.  Ba et al. 2016, eq. 4. */
static inline double layernorm_forward_plain_double(double *out, double *hat,
    const double *x, const double *gain, const double *bias, size_t n, double eps)
{
    double mean = 0, variance = 0;
    for (size_t j = 0; j < n; j++)
        mean += (double)x[j] / (double)n;
    for (size_t j = 0; j < n; j++)
        variance += (x[j] - mean) * (x[j] - mean) / (double)n;
    double r = (double)(1 / sqrt(variance + (double)eps));
    for (size_t j = 0; j < n; j++) {
        hat[j] = r * (double)(x[j] - mean);
        out[j] = gain[j] * hat[j] + bias[j];
    }
    return r;
}

/* layernorm_backward_plain: ADDS to dx, dgain and dbias, all (n), from dout
 * and what forward left, hat (n) and r. */
static inline void layernorm_backward_plain_double(double *dx, double *dgain,
    double *dbias, const double *dout, const double *hat, double r,
    const double *gain, size_t n)
{
    double flat = 0, along = 0;
    for (size_t j = 0; j < n; j++) {
        flat += dout[j] * gain[j] / n;
        along += dout[j] * gain[j] * hat[j] / n;
    }
    for (size_t j = 0; j < n; j++) {
        dgain[j] += dout[j] * hat[j];
        dbias[j] += dout[j];
        dx[j] += r * (dout[j] * gain[j] - flat - hat[j] * along);
    }
}

/* add_to: out[i] += x[i], for n numbers. */
static inline void add_to_double(double *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += x[i];
}

/* product_backward: the backward pass of c = op(a) op(b), with the m, n, k
 * and how of product.  dc (m, n).  ADDS to da and db, which are stored as a
 * and b are; either may be NULL. */
static inline void product_backward_double(double *da, double *db, const double *dc,
                                    const double *a, const double *b,
                                    size_t m, size_t n, size_t k,
                                    unsigned how)
{
    const bool ta = how & TRANSPOSE_A_double, tb = how & TRANSPOSE_B_double;
    if (da && !ta)
        product_double(da, dc, b, m, k, n, PRODUCT_ADD_double | (tb ? 0 : TRANSPOSE_B_double));
    if (da && ta)
        product_double(da, b, dc, k, m, n,
                PRODUCT_ADD_double | TRANSPOSE_B_double | (tb ? TRANSPOSE_A_double : 0));
    if (db && !tb)
        product_double(db, a, dc, k, n, m, PRODUCT_ADD_double | (ta ? 0 : TRANSPOSE_A_double));
    if (db && tb)
        product_double(db, dc, a, n, k, m,
                PRODUCT_ADD_double | TRANSPOSE_A_double | (ta ? TRANSPOSE_B_double : 0));
}

/* multiply_forward: out[i] = x[i] y[i]. */
static inline void multiply_forward_double(double *out, const double *x,
                                    const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * y[i];
}
/* scale_add: out[i] += factor x[i], the backward pass of a factor. */
static inline void scale_add_double(double *out, const double *x, double factor,
                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += factor * x[i];
}

/* sum_forward: the sum of x (n).  sum_backward: ADDS dout to each dx[i].
 * The mean is the sum times 1 / n, forward and back. */
static inline double sum_forward_double(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return (double)sum;
}

static inline void sum_backward_double(double *dx, double dout, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dout;
}

/* sigmoid_forward and its like: number by number, x (n) -> out (n).
 * row_tanh (chapter "score") is the forward pass of tanh.
 * Errors: at most 1e-6 of the largest of 1 and |x|. */
static inline void sigmoid_forward_double(double *out, const double *x, size_t n)
{
    row_map_double(out, x, n, lanes_sigmoid_double);
}

static inline lanes_double gelu_gate_double(lanes_double x)
{
    return lanes_sigmoid_double(1.595769122 * x * (1.0 + 0.044715 * x * x));
}

static inline lanes_double gelu_of_double(lanes_double x)
{
    return x * gelu_gate_double(x);
}

/* gelu_forward: the tanh form of Hendrycks and Gimpel 2016;
 * gelu_exact_forward: x Phi(x). */
static inline void gelu_forward_double(double *out, const double *x, size_t n)
{
    row_map_double(out, x, n, gelu_of_double);
}
static inline lanes_double gelu_slope_double(lanes_double x)
{
    lanes_double s = gelu_gate_double(x);
    lanes_double twice = 1.595769122 * (1.0 + 0.134145 * x * x);
    return s + x * s * (1.0 - s) * twice;
}

static inline void gelu_backward_double(double *dx, const double *dout,
                                 const double *x, size_t n)
{
    row_map_backward_double(dx, dout, x, n, gelu_slope_double);
}

static inline lanes_double gelu_exact_of_double(lanes_double x)
{
    return x * lanes_normal_double(x);
}

static inline lanes_double gelu_exact_slope_double(lanes_double x)
{
    return lanes_normal_double(x) + x * lanes_density_double(x);
}

static inline void gelu_exact_forward_double(double *out, const double *x, size_t n)
{
    row_map_double(out, x, n, gelu_exact_of_double);
}

static inline void gelu_exact_backward_double(double *dx, const double *dout,
                                       const double *x, size_t n)
{
    row_map_backward_double(dx, dout, x, n, gelu_exact_slope_double);
}

/* log_softmax_rows: log_softmax of every row of x (rows, n). */
static inline void log_softmax_rows_double(double *out, const double *x,
                                    size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        log_softmax_double(out + r * n, x + r * n, n);
}
static inline void log_softmax_rows_backward_double(double *dx, const double *dout,
                                             const double *out,
                                             size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        log_softmax_backward_double(dx + r * n, dout + r * n, out + r * n, n);
}

static inline size_t count_targets_double(const int32_t *targets, size_t rows,
                                   size_t n, int32_t ignore)
{
    size_t count = 0;
    for (size_t r = 0; r < rows; r++) {
        REQUIRE(targets[r] == ignore
                || (targets[r] >= 0 && (size_t)targets[r] < n));
        count += targets[r] != ignore;
    }
    return count;
}

static inline size_t keys_seen_double(const struct tiled_double *t, size_t b, size_t i)
{
    size_t seen = t->lengths ? t->lengths[b] : t->keys;
    size_t reach = i + t->keys + 1;  /* plus queries, to stay above 0 */
    REQUIRE(seen <= t->keys);
    if (t->causal && reach < seen + t->queries)
        seen = reach > t->queries ? reach - t->queries : 0;
    return seen;
}

static inline double attend_scale_double(const struct tiled_double *t)
{
    REQUIRE(t->width > 0 && t->keys > 0);
    return t->scale != 0 ? t->scale : 1 / sqrt((double)t->width);
}

static inline void mask_scores_double(double *scores, const struct tiled_double *t, size_t b)
{
    for (size_t i = 0; i < t->queries; i++) {
        double *row = scores + i * t->keys;
        size_t seen = keys_seen_double(t, b, i);
        for (size_t j = 0; j < t->keys; j++)
            row[j] = j < seen ? attend_scale_double(t) * row[j] : -INFINITY;
    }
}

/* attend_forward: softmax(scale q k^T) v for every head.
 *   q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->   out (B, H, Tq, dv)   weights (B, H, Tq, Tk)
 * A query that sees no key gets zero weights and a zero output.
 * Vaswani et al. 2017, eq. 1.  Checked: width and keys > 0, no length is
 * more than keys. */
static inline void attend_forward_double(double *out, double *weights, const double *q,
                                  const double *k, const double *v,
                                  const struct tiled_double *t)
{
    const size_t n = t->queries, m = t->keys, d = t->width;
    const size_t c = t->value_width;
    for (size_t h = 0; h < t->batch * t->heads; h++) {
        double *w = weights + h * n * m;
        REQUIRE(d > 0 && m > 0);
        if (short_fits_double(t)) {
            short_forward_double(out + h * n * c, w, NULL, q + h * n * d,
                          k + h * m * d, v + h * m * c, tile_keys_of_double(t, h),
                          t);
            continue;
        }
        product_double(w, q + h * n * d, k + h * m * d, n, m, d, TRANSPOSE_B_double);
        mask_scores_double(w, t, h / t->heads);
        softmax_rows_double(w, w, n, m);
        product_double(out + h * n * c, w, v + h * m * c, n, c, m, 0);
    }
}

/* attend_backward: ADDS to dq, dk and dv, each of which may be NULL.
 * scratch (2, Tq, Tk) may hold anything before, and does after. */
static inline void attend_backward_double(double *dq, double *dk, double *dv,
                                   double *scratch, const double *dout,
                                   const double *weights, const double *q,
                                   const double *k, const double *v,
                                   const struct tiled_double *t)
{
    const size_t n = t->queries, m = t->keys, d = t->width;
    const size_t c = t->value_width;
    double *dw = scratch, *ds = scratch + n * m;
    for (size_t h = 0; h < t->batch * t->heads; h++) {
        const double *w = weights + h * n * m, *g = dout + h * n * c;
        if (short_fits_double(t)) {
            struct tile_head_double head = {
                dq ? dq + h * n * d : NULL, dk ? dk + h * m * d : NULL,
                dv ? dv + h * m * c : NULL, g, q + h * n * d,
                k + h * m * d, v + h * m * c, NULL, NULL };
            short_backward_double(&head, w, tile_keys_of_double(t, h), t);
            continue;
        }
        product_double(dw, g, v + h * m * c, n, m, c, TRANSPOSE_B_double);
        memset(ds, 0, n * m * sizeof *ds);
        softmax_rows_backward_double(ds, dw, w, n, m);
        for (size_t i = 0; i < n * m; i++)
            ds[i] *= attend_scale_double(t);
        product_backward_double(dq ? dq + h * n * d : NULL,
                         dk ? dk + h * m * d : NULL, ds, q + h * n * d,
                         k + h * m * d, n, m, d, TRANSPOSE_B_double);
        if (dv)
            product_double(dv + h * m * c, w, g, m, c, n, TRANSPOSE_A_double | PRODUCT_ADD_double);
    }
}

static inline struct score_double additive_pair_double(const struct additive_double *x,
                                         const struct score_double *size, size_t b)
{
    struct score_double s = x->pair;
    s.q += b * size->n * size->dq;
    s.k += b * size->m * size->dk;
    s.qa += b * size->n * size->a;
    s.ka += b * size->m * size->a;
    return s;
}

/* additive_forward: out (B, n, c) = softmax(scores) v; sets x->weights,
 * pair.qa and pair.ka.  Checked: lengths <= m. */
static inline void additive_forward_double(double *out, struct additive_double *x)
{
    const size_t n = x->pair.n, m = x->pair.m, c = x->c;
    for (size_t b = 0; b < x->batch; b++) {
        struct score_double s = additive_pair_double(x, &x->pair, b);
        double *w = x->weights + b * n * m;
        score_forward_double(w, &s);
        REQUIRE(!x->lengths || x->lengths[b] <= m);
        for (size_t i = 0; x->lengths && i < n; i++)
            for (size_t j = x->lengths[b]; j < m; j++)
                w[i * m + j] = -INFINITY;
        softmax_rows_double(w, w, n, m);
        product_double(out + b * n * c, w, x->v + b * m * c, n, c, m, 0);
    }
}

/* additive_backward: ADDS to the arrays of d, given those of x; clear all of
 * them before.  d->weights (2, n, m) is scratch. */
static inline void additive_backward_double(struct additive_double *d, const double *dout,
                                     const struct additive_double *x)
{
    const size_t n = x->pair.n, m = x->pair.m, c = x->c;
    double *dw = d->weights, *dscores = d->weights + n * m;
    for (size_t b = 0; b < x->batch; b++) {
        struct score_double s = additive_pair_double(x, &x->pair, b);
        struct score_double ds = additive_pair_double(d, &x->pair, b);
        const double *w = x->weights + b * n * m;
        memset(dw, 0, 2 * n * m * sizeof *dw);
        product_backward_double(dw, d->v + b * m * c, dout + b * n * c, w,
                         x->v + b * m * c, n, c, m, 0);
        softmax_rows_backward_double(dscores, dw, w, n, m);
        score_backward_double(&ds, dscores, &s);
    }
}

static inline void layernorm_far_row_double(double *out, double *mean, double *rstd,
                                     const double *x, const double *gain,
                                     const double *bias, size_t n, double eps);

/* layernorm_forward: out = gain * (x - mean) * rstd + bias, row by row;
 * rstd = 1 / sqrt(variance + eps).  Ba et al. 2016, eq. 4.
 *   x, out (rows, n)   gain, bias (n)   ->   mean, rstd (rows)
 * Any finite x; backward wants |x| below 1e36. */
static inline void layernorm_forward_double(double *out, double *mean, double *rstd,
                                     const double *x, const double *gain,
                                     const double *bias, size_t rows,
                                     size_t n, double eps)
{
    REQUIRE(n > 0);
    for (size_t r = 0; r < rows; r++, x += n, out += n) {
        double mu = row_sum_double(x, n) / n, off;
        double variance = row_distance_double(&off, x, mu, n) / n;
        off /= n, variance -= off * off;
        if (!isfinite(variance)) {
            layernorm_far_row_double(out, mean + r, rstd + r, x, gain, bias, n, eps);
            continue;
        }
        mean[r] = mu + off;
        rstd[r] = 1 / sqrt((variance > 0 ? variance : 0) + eps);
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (x[j] - mu - off) * rstd[r] + bias[j];
    }
}

static inline void layernorm_far_row_double(double *out, double *mean, double *rstd,
                                     const double *x, const double *gain,
                                     const double *bias, size_t n, double eps)
{
    double mu = 0, squares = 0;
    for (size_t j = 0; j < n; j++)
        mu += (double)x[j] / (double)n;
    for (size_t j = 0; j < n; j++)
        squares += (x[j] - mu) * (x[j] - mu) / (double)n;
    double r = 1 / sqrt(squares + (double)eps);
    for (size_t j = 0; j < n; j++)
        out[j] = gain[j] * (double)((x[j] - mu) * r) + bias[j];
    *mean = (double)mu, *rstd = (double)r;
}

static inline void layernorm_row_backward_double(double *dx, const double *dout,
                                          const double *x, const double *gain,
                                          double mean, double rstd, size_t n);

/* layernorm_backward: ADDS to dx (rows, n), dgain and dbias (n), each of
 * which may be NULL. */
static inline void layernorm_backward_double(double *dx, double *dgain, double *dbias,
                                      const double *dout, const double *x,
                                      const double *gain, const double *mean,
                                      const double *rstd, size_t rows,
                                      size_t n)
{
    for (size_t r = 0; r < rows; r++, x += n, dout += n) {
        for (size_t j = 0; dgain && j < n; j++)
            dgain[j] += dout[j] * (x[j] - mean[r]) * rstd[r];
        if (dbias)
            add_to_double(dbias, dout, n);
        if (dx)
            layernorm_row_backward_double(dx + r * n, dout, x, gain, mean[r],
                                   rstd[r], n);
    }
}

static inline void layernorm_row_backward_double(double *dx, const double *dout,
                                          const double *x, const double *gain,
                                          double mean, double rstd, size_t n)
{
    double flat = row_dot_double(dout, gain, n) / n;
    double along = rstd * row_dot_shifted_double(dout, gain, x, mean, n) / n;
    for (size_t j = 0; j < n; j++) {
        double hat = (x[j] - mean) * rstd;
        dx[j] += rstd * (dout[j] * gain[j] - flat - hat * along);
    }
}

/* swap_add: out (a, k, c, i, e) += x (a, i, c, k, e), the axes i and k
 * exchanged; n holds a, i, c, k, e. */
static inline void swap_add_double(double *out, const double *x, const size_t n[5])
{
    for (size_t a = 0; a < n[0]; a++)
        for (size_t i = 0; i < n[1]; i++)
            for (size_t c = 0; c < n[2]; c++)
                for (size_t k = 0; k < n[3]; k++, x += n[4]) {
                    size_t row = ((a * n[3] + k) * n[2] + c) * n[1] + i;
                    add_to_double(out + row * n[4], x, n[4]);
                }
}
#endif
