/* gradient.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct additive, bias_forward, bias_backward, multiply_backward,
 * relu_forward, relu_backward, tanh_backward, sigmoid_backward,
 * softmax_backward_plain, cross_entropy_forward, cross_entropy_backward,
 * attention_backward_plain, embedding_forward, embedding_backward,
 * layernorm_forward_plain, layernorm_backward_plain, add_to,
 * product_backward, multiply_forward, scale_add, sum_forward,
 * sum_backward, sigmoid_forward, gelu_forward, gelu_exact_forward,
 * log_softmax_rows, attend_forward, attend_backward, additive_forward,
 * additive_backward, layernorm_forward, layernorm_backward, swap_add */

#ifndef GRADIENT_H
#define GRADIENT_H
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "average/average.h"
#include "gradient/product.h"
#include "score/score.h"
#include "softmax/softmax.h"
#include "gradient/tiled.h"
#include "kit/workshop.h"

/* Steps of a model, each as a pair: x_forward computes out, x_backward is
 * given dout = dloss/dout and ADDS to dx, db ...  Arrays are row-major and
 * lie without gaps.  Where a comment says so, a gradient may be NULL: it is
 * not wanted.  Unchecked: outputs must not overlap inputs, except in steps
 * that work on each number by itself, where out == x is allowed. */

/* Additive attention (Bahdanau et al. 2015) for a batch.  pair holds the
 * arrays of the first example and the sizes of one: q (B, n, dq),
 * k (B, m, dk), qa (B, n, a), ka (B, m, a), and wq, wk, va, t for all. */
struct additive {
    size_t batch, c;
    struct score pair;
    float *v, *weights;      /* (B, m, c)  (B, n, m) */
    const size_t *lengths;   /* (B): keys in use, <= m; NULL: all */
};
/* bias_forward: out = x + b for every row.  x, out (rows, n)   b (n)
 * bias_backward: ADDS to dx (rows, n) and db (n); either may be NULL. */
static inline void bias_forward(float *out, const float *x, const float *b,
                                size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < n; j++)
            out[r * n + j] = x[r * n + j] + b[j];
}

static inline void add_to(float *out, const float *x, size_t n);

static inline void bias_backward(float *dx, float *db, const float *dout,
                                 size_t rows, size_t n)
{
    if (dx)
        add_to(dx, dout, rows * n);
    for (size_t r = 0; db && r < rows; r++)
        add_to(db, dout + r * n, n);
}

/* multiply_backward: of out[i] = x[i] y[i].  ADDS to dx and dy, from dout;
 * all (n).  Either may be NULL. */
static inline void multiply_backward(float *dx, float *dy, const float *dout,
                                     const float *x, const float *y,
                                     size_t n)
{
    for (size_t i = 0; dx && i < n; i++)
        dx[i] += dout[i] * y[i];
    for (size_t i = 0; dy && i < n; i++)
        dy[i] += dout[i] * x[i];
}

/* relu_forward: x (n) -> out (n).  A NaN stays a NaN.
 * relu_backward: ADDS to dx; the slope at 0 is 0. */
static inline void relu_forward(float *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] < 0 ? 0 : x[i];
}

static inline void relu_backward(float *dx, const float *dout,
                                 const float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += out[i] > 0 ? dout[i] : 0;
}

/* Activation functions of one number, as the formulas have them. */
static inline float sigmoid_plain(float x)
{
    return 1 / (1 + expf(-x));
}

static inline float gelu_exact_plain(float x)
{
    return x / 2 * (1 + erff(x / sqrtf(2)));
}

static inline float gelu_plain(float x)
{
    float u = 0.797884561f * (x + 0.044715f * x * x * x);
    return x / 2 * (1 + tanhf(u));
}

static inline float gelu_slope_plain(float x)
{
    float u = 0.797884561f * (x + 0.044715f * x * x * x);
    float rise = 0.797884561f * (1 + 0.134145f * x * x);
    float s = (1 + tanhf(u)) / 2;
    return s + x * s * (1 - s) * 2 * rise;
}

/* tanh_backward, sigmoid_backward: ADD to dx, from dout and the result out;
 * all (n). */
static inline void tanh_backward(float *dx, const float *dout,
                                 const float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dout[i] * (1 - out[i] * out[i]);
}

static inline void sigmoid_backward(float *dx, const float *dout,
                                    const float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dout[i] * out[i] * (1 - out[i]);
}

/* softmax_backward_plain: ADDS to dx, from dout and the weights out, all of
 * them (n), by eq. "softmax-backward". */
static inline void softmax_backward_plain(float *dx, const float *dout,
                                          const float *out, size_t n)
{
    float mean = 0;
    for (size_t j = 0; j < n; j++)
        mean += dout[j] * out[j];
    for (size_t j = 0; j < n; j++)
        dx[j] += out[j] * (dout[j] - mean);
}

static inline float sum_forward(const float *x, size_t n);
static inline void log_softmax_rows(float *out, const float *x,
                                    size_t rows, size_t n);
static inline size_t count_targets(const int32_t *targets, size_t rows,
                                   size_t n, int32_t ignore);

/* cross_entropy_forward: the mean of -sum_j q[j] log softmax(x)[j] over the
 * rows with target != ignore; 0 if there are none.  q gives the target
 * 1 - smoothing, and every class smoothing / n (Szegedy et al. 2016).
 *   x (rows, n)   targets (rows)   ->   log_p (rows, n), for backward
 * Checked: 0 <= target < n, 0 <= smoothing <= 1.  Unchecked: smoothing
 * needs finite x. */
static inline float cross_entropy_forward(float *log_p, const float *x,
    const int32_t *targets, size_t rows, size_t n, float smoothing,
    int32_t ignore)
{
    REQUIRE(smoothing >= 0 && smoothing <= 1);
    size_t count = count_targets(targets, rows, n, ignore);
    double loss = 0;
    log_softmax_rows(log_p, x, rows, n);
    for (size_t r = 0; r < rows; r++)
        if (targets[r] != ignore) {
            const float *row = log_p + r * n;
            loss -= (1 - smoothing) * row[targets[r]];
            if (smoothing > 0)
                loss -= smoothing / n * sum_forward(row, n);
        }
    return count ? (float)(loss / (double)count) : 0;
}

/* cross_entropy_backward: ADDS to dx (rows, n); dout is a single number. */
static inline void cross_entropy_backward(float *dx, float dout,
    const float *log_p, const int32_t *targets, size_t rows, size_t n,
    float smoothing, int32_t ignore)
{
    REQUIRE(smoothing >= 0 && smoothing <= 1);
    size_t count = count_targets(targets, rows, n, ignore);
    float share = count ? dout / (float)count : 0;
    for (size_t r = 0; r < rows; r++)
        if (targets[r] != ignore) {
            float *row = dx + r * n;
            row_add_exp(row, share, smoothing / n, log_p + r * n, n);
            row[targets[r]] -= share * (1 - smoothing);
        }
}

/* attention_backward_plain: ADDS to dq (n, d), dk (m, d) and dv (m, c), from
 * dout (n, c) and the weights (n, m) of attention_forward.  Overwrites
 * da and ds (m), one query's gradients of weights and scores. */
static inline void attention_backward_plain(float *dq, float *dk, float *dv,
    float *da, float *ds, const float *dout, const float *weights,
    const float *q, const float *k, const float *v,
    size_t n, size_t m, size_t d, size_t c)
{
    const float scale = 1 / sqrtf((float)d);
    for (size_t i = 0; i < n; i++) {
        const float *a = weights + i * m;
        for (size_t j = 0; j < m; j++) {
            da[j] = ds[j] = 0;
            for (size_t l = 0; l < c; l++) {
                da[j] += dout[i * c + l] * v[j * c + l];
                dv[j * c + l] += dout[i * c + l] * a[j];
            }
        }
        softmax_backward_plain(ds, da, a, m);
        for (size_t j = 0; j < m; j++)
            for (size_t l = 0; l < d; l++) {
                dq[i * d + l] += scale * ds[j] * k[j * d + l];
                dk[j * d + l] += scale * ds[j] * q[i * d + l];
            }
    }
}

/* embedding_forward: row i of out (n, c) is row ids[i] of table (V, c).
 * embedding_backward: ADDS to dtable.  Checked: 0 <= ids[i] < V. */
static inline void embedding_forward(float *out, const float *table,
                                     const int32_t *ids, size_t n, size_t V,
                                     size_t c)
{
    for (size_t i = 0; i < n; i++) {
        REQUIRE(ids[i] >= 0 && (size_t)ids[i] < V);
        memcpy(out + i * c, table + (size_t)ids[i] * c, c * sizeof *out);
    }
}

static inline void embedding_backward(float *dtable, const float *dout,
                                      const int32_t *ids, size_t n, size_t V,
                                      size_t c)
{
    for (size_t i = 0; i < n; i++) {
        REQUIRE(ids[i] >= 0 && (size_t)ids[i] < V);
        add_to(dtable + (size_t)ids[i] * c, dout + i * c, c);
    }
}

/* layernorm_forward_plain: one row.  x, out (n)   gain, bias (n)
 *   ->   hat (n), for backward; returns r.  Ba et al. 2016, eq. 4. */
static inline float layernorm_forward_plain(float *out, float *hat,
    const float *x, const float *gain, const float *bias, size_t n, float eps)
{
    double mean = 0, variance = 0;
    for (size_t j = 0; j < n; j++)
        mean += (double)x[j] / (double)n;
    for (size_t j = 0; j < n; j++)
        variance += (x[j] - mean) * (x[j] - mean) / (double)n;
    float r = (float)(1 / sqrt(variance + (double)eps));
    for (size_t j = 0; j < n; j++) {
        hat[j] = r * (float)(x[j] - mean);
        out[j] = gain[j] * hat[j] + bias[j];
    }
    return r;
}

/* layernorm_backward_plain: ADDS to dx, dgain and dbias, all (n), from dout
 * and what forward left, hat (n) and r. */
static inline void layernorm_backward_plain(float *dx, float *dgain,
    float *dbias, const float *dout, const float *hat, float r,
    const float *gain, size_t n)
{
    float flat = 0, along = 0;
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
static inline void add_to(float *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += x[i];
}

/* product_backward: the backward pass of c = op(a) op(b), with the m, n, k
 * and how of product.  dc (m, n).  ADDS to da and db, which are stored as a
 * and b are; either may be NULL. */
static inline void product_backward(float *da, float *db, const float *dc,
                                    const float *a, const float *b,
                                    size_t m, size_t n, size_t k,
                                    unsigned how)
{
    const bool ta = how & TRANSPOSE_A, tb = how & TRANSPOSE_B;
    if (da && !ta)
        product(da, dc, b, m, k, n, PRODUCT_ADD | (tb ? 0 : TRANSPOSE_B));
    if (da && ta)
        product(da, b, dc, k, m, n,
                PRODUCT_ADD | TRANSPOSE_B | (tb ? TRANSPOSE_A : 0));
    if (db && !tb)
        product(db, a, dc, k, n, m, PRODUCT_ADD | (ta ? 0 : TRANSPOSE_A));
    if (db && tb)
        product(db, dc, a, n, k, m,
                PRODUCT_ADD | TRANSPOSE_A | (ta ? TRANSPOSE_B : 0));
}

/* multiply_forward: out[i] = x[i] y[i]. */
static inline void multiply_forward(float *out, const float *x,
                                    const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * y[i];
}
/* scale_add: out[i] += factor x[i], the backward pass of a factor. */
static inline void scale_add(float *out, const float *x, float factor,
                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += factor * x[i];
}

/* sum_forward: the sum of x (n).  sum_backward: ADDS dout to each dx[i].
 * The mean is the sum times 1 / n, forward and back. */
static inline float sum_forward(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return (float)sum;
}

static inline void sum_backward(float *dx, float dout, size_t n)
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dout;
}

/* sigmoid_forward and its like: number by number, x (n) -> out (n).
 * row_tanh (chapter "score") is the forward pass of tanh.
 * Errors: at most 1e-6 of the largest of 1 and |x|. */
static inline void sigmoid_forward(float *out, const float *x, size_t n)
{
    row_map(out, x, n, lanes_sigmoid);
}

static inline lanes gelu_gate(lanes x)
{
    return lanes_sigmoid(1.595769122f * x * (1.0f + 0.044715f * x * x));
}

static inline lanes gelu_of(lanes x)
{
    return x * gelu_gate(x);
}

/* gelu_forward: the tanh form of Hendrycks and Gimpel 2016;
 * gelu_exact_forward: x Phi(x). */
static inline void gelu_forward(float *out, const float *x, size_t n)
{
    row_map(out, x, n, gelu_of);
}
static inline lanes gelu_slope(lanes x)
{
    lanes s = gelu_gate(x);
    lanes twice = 1.595769122f * (1.0f + 0.134145f * x * x);
    return s + x * s * (1.0f - s) * twice;
}

static inline void gelu_backward(float *dx, const float *dout,
                                 const float *x, size_t n)
{
    row_map_backward(dx, dout, x, n, gelu_slope);
}

static inline lanes gelu_exact_of(lanes x)
{
    return x * lanes_normal(x);
}

static inline lanes gelu_exact_slope(lanes x)
{
    return lanes_normal(x) + x * lanes_density(x);
}

static inline void gelu_exact_forward(float *out, const float *x, size_t n)
{
    row_map(out, x, n, gelu_exact_of);
}

static inline void gelu_exact_backward(float *dx, const float *dout,
                                       const float *x, size_t n)
{
    row_map_backward(dx, dout, x, n, gelu_exact_slope);
}

/* log_softmax_rows: log_softmax of every row of x (rows, n). */
static inline void log_softmax_rows(float *out, const float *x,
                                    size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        log_softmax(out + r * n, x + r * n, n);
}
static inline void log_softmax_rows_backward(float *dx, const float *dout,
                                             const float *out,
                                             size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        log_softmax_backward(dx + r * n, dout + r * n, out + r * n, n);
}

static inline size_t count_targets(const int32_t *targets, size_t rows,
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

static inline size_t keys_seen(const struct tiled *t, size_t b, size_t i)
{
    size_t seen = t->lengths ? t->lengths[b] : t->keys;
    size_t reach = i + t->keys + 1;  /* plus queries, to stay above 0 */
    REQUIRE(seen <= t->keys);
    if (t->causal && reach < seen + t->queries)
        seen = reach > t->queries ? reach - t->queries : 0;
    return seen;
}

static inline float attend_scale(const struct tiled *t)
{
    REQUIRE(t->width > 0 && t->keys > 0);
    return t->scale != 0 ? t->scale : 1 / sqrtf((float)t->width);
}

static inline void mask_scores(float *scores, const struct tiled *t, size_t b)
{
    for (size_t i = 0; i < t->queries; i++) {
        float *row = scores + i * t->keys;
        size_t seen = keys_seen(t, b, i);
        for (size_t j = 0; j < t->keys; j++)
            row[j] = j < seen ? attend_scale(t) * row[j] : -INFINITY;
    }
}

/* attend_forward: softmax(scale q k^T) v for every head.
 *   q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->   out (B, H, Tq, dv)   weights (B, H, Tq, Tk)
 * A query that sees no key gets zero weights and a zero output.
 * Vaswani et al. 2017, eq. 1.  Checked: width and keys > 0, no length is
 * more than keys. */
static inline void attend_forward(float *out, float *weights, const float *q,
                                  const float *k, const float *v,
                                  const struct tiled *t)
{
    const size_t n = t->queries, m = t->keys, d = t->width;
    const size_t c = t->value_width;
    for (size_t h = 0; h < t->batch * t->heads; h++) {
        float *w = weights + h * n * m;
        REQUIRE(d > 0 && m > 0);
        if (short_fits(t)) {
            short_forward(out + h * n * c, w, NULL, q + h * n * d,
                          k + h * m * d, v + h * m * c, tile_keys_of(t, h),
                          t);
            continue;
        }
        product(w, q + h * n * d, k + h * m * d, n, m, d, TRANSPOSE_B);
        mask_scores(w, t, h / t->heads);
        softmax_rows(w, w, n, m);
        product(out + h * n * c, w, v + h * m * c, n, c, m, 0);
    }
}

/* attend_backward: ADDS to dq, dk and dv, each of which may be NULL.
 * scratch (2, Tq, Tk) may hold anything before, and does after. */
static inline void attend_backward(float *dq, float *dk, float *dv,
                                   float *scratch, const float *dout,
                                   const float *weights, const float *q,
                                   const float *k, const float *v,
                                   const struct tiled *t)
{
    const size_t n = t->queries, m = t->keys, d = t->width;
    const size_t c = t->value_width;
    float *dw = scratch, *ds = scratch + n * m;
    for (size_t h = 0; h < t->batch * t->heads; h++) {
        const float *w = weights + h * n * m, *g = dout + h * n * c;
        if (short_fits(t)) {
            struct tile_head head = {
                dq ? dq + h * n * d : NULL, dk ? dk + h * m * d : NULL,
                dv ? dv + h * m * c : NULL, g, q + h * n * d,
                k + h * m * d, v + h * m * c, NULL, NULL };
            short_backward(&head, w, tile_keys_of(t, h), t);
            continue;
        }
        product(dw, g, v + h * m * c, n, m, c, TRANSPOSE_B);
        memset(ds, 0, n * m * sizeof *ds);
        softmax_rows_backward(ds, dw, w, n, m);
        for (size_t i = 0; i < n * m; i++)
            ds[i] *= attend_scale(t);
        product_backward(dq ? dq + h * n * d : NULL,
                         dk ? dk + h * m * d : NULL, ds, q + h * n * d,
                         k + h * m * d, n, m, d, TRANSPOSE_B);
        if (dv)
            product(dv + h * m * c, w, g, m, c, n, TRANSPOSE_A | PRODUCT_ADD);
    }
}

static inline struct score additive_pair(const struct additive *x,
                                         const struct score *size, size_t b)
{
    struct score s = x->pair;
    s.q += b * size->n * size->dq;
    s.k += b * size->m * size->dk;
    s.qa += b * size->n * size->a;
    s.ka += b * size->m * size->a;
    return s;
}

/* additive_forward: out (B, n, c) = softmax(scores) v; sets x->weights,
 * pair.qa and pair.ka.  Checked: lengths <= m. */
static inline void additive_forward(float *out, struct additive *x)
{
    const size_t n = x->pair.n, m = x->pair.m, c = x->c;
    for (size_t b = 0; b < x->batch; b++) {
        struct score s = additive_pair(x, &x->pair, b);
        float *w = x->weights + b * n * m;
        score_forward(w, &s);
        REQUIRE(!x->lengths || x->lengths[b] <= m);
        for (size_t i = 0; x->lengths && i < n; i++)
            for (size_t j = x->lengths[b]; j < m; j++)
                w[i * m + j] = -INFINITY;
        softmax_rows(w, w, n, m);
        product(out + b * n * c, w, x->v + b * m * c, n, c, m, 0);
    }
}

/* additive_backward: ADDS to the arrays of d, given those of x; clear all of
 * them before.  d->weights (2, n, m) is scratch. */
static inline void additive_backward(struct additive *d, const float *dout,
                                     const struct additive *x)
{
    const size_t n = x->pair.n, m = x->pair.m, c = x->c;
    float *dw = d->weights, *dscores = d->weights + n * m;
    for (size_t b = 0; b < x->batch; b++) {
        struct score s = additive_pair(x, &x->pair, b);
        struct score ds = additive_pair(d, &x->pair, b);
        const float *w = x->weights + b * n * m;
        memset(dw, 0, 2 * n * m * sizeof *dw);
        product_backward(dw, d->v + b * m * c, dout + b * n * c, w,
                         x->v + b * m * c, n, c, m, 0);
        softmax_rows_backward(dscores, dw, w, n, m);
        score_backward(&ds, dscores, &s);
    }
}

static inline void layernorm_far_row(float *out, float *mean, float *rstd,
                                     const float *x, const float *gain,
                                     const float *bias, size_t n, float eps);

/* layernorm_forward: out = gain * (x - mean) * rstd + bias, row by row;
 * rstd = 1 / sqrt(variance + eps).  Ba et al. 2016, eq. 4.
 *   x, out (rows, n)   gain, bias (n)   ->   mean, rstd (rows)
 * Any finite x; backward wants |x| below 1e36. */
static inline void layernorm_forward(float *out, float *mean, float *rstd,
                                     const float *x, const float *gain,
                                     const float *bias, size_t rows,
                                     size_t n, float eps)
{
    REQUIRE(n > 0);
    for (size_t r = 0; r < rows; r++, x += n, out += n) {
        float mu = row_sum(x, n) / n, off;
        float variance = row_distance(&off, x, mu, n) / n;
        off /= n, variance -= off * off;
        if (!isfinite(variance)) {
            layernorm_far_row(out, mean + r, rstd + r, x, gain, bias, n, eps);
            continue;
        }
        mean[r] = mu + off;
        rstd[r] = 1 / sqrtf((variance > 0 ? variance : 0) + eps);
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (x[j] - mu - off) * rstd[r] + bias[j];
    }
}

static inline void layernorm_far_row(float *out, float *mean, float *rstd,
                                     const float *x, const float *gain,
                                     const float *bias, size_t n, float eps)
{
    double mu = 0, squares = 0;
    for (size_t j = 0; j < n; j++)
        mu += (double)x[j] / (double)n;
    for (size_t j = 0; j < n; j++)
        squares += (x[j] - mu) * (x[j] - mu) / (double)n;
    double r = 1 / sqrt(squares + (double)eps);
    for (size_t j = 0; j < n; j++)
        out[j] = gain[j] * (float)((x[j] - mu) * r) + bias[j];
    *mean = (float)mu, *rstd = (float)r;
}

static inline void layernorm_row_backward(float *dx, const float *dout,
                                          const float *x, const float *gain,
                                          float mean, float rstd, size_t n);

/* layernorm_backward: ADDS to dx (rows, n), dgain and dbias (n), each of
 * which may be NULL. */
static inline void layernorm_backward(float *dx, float *dgain, float *dbias,
                                      const float *dout, const float *x,
                                      const float *gain, const float *mean,
                                      const float *rstd, size_t rows,
                                      size_t n)
{
    for (size_t r = 0; r < rows; r++, x += n, dout += n) {
        for (size_t j = 0; dgain && j < n; j++)
            dgain[j] += dout[j] * (x[j] - mean[r]) * rstd[r];
        if (dbias)
            add_to(dbias, dout, n);
        if (dx)
            layernorm_row_backward(dx + r * n, dout, x, gain, mean[r],
                                   rstd[r], n);
    }
}

static inline void layernorm_row_backward(float *dx, const float *dout,
                                          const float *x, const float *gain,
                                          float mean, float rstd, size_t n)
{
    float flat = row_dot(dout, gain, n) / n;
    float along = rstd * row_dot_shifted(dout, gain, x, mean, n) / n;
    for (size_t j = 0; j < n; j++) {
        float hat = (x[j] - mean) * rstd;
        dx[j] += rstd * (dout[j] * gain[j] - flat - hat * along);
    }
}

/* swap_add: out (a, k, c, i, e) += x (a, i, c, k, e), the axes i and k
 * exchanged; n holds a, i, c, k, e. */
static inline void swap_add(float *out, const float *x, const size_t n[5])
{
    for (size_t a = 0; a < n[0]; a++)
        for (size_t i = 0; i < n[1]; i++)
            for (size_t c = 0; c < n[2]; c++)
                for (size_t k = 0; k < n[3]; k++, x += n[4]) {
                    size_t row = ((a * n[3] + k) * n[2] + c) * n[1] + i;
                    add_to(out + row * n[4], x, n[4]);
                }
}
#endif
