/* score.h -- generated from chapters/03-score.nw. Do not edit. */
/* Offers: enum score_kind, struct score, pair_dot, pair_general,
 * pair_additive, pair_concat, pair_scaled, score_plain, score_forward,
 * attention_forward, score_backward, dot_rows_backward, row_tanh */

#ifndef SCORE_H
#define SCORE_H
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include "average/average.h"
#include "softmax/softmax.h"
#include "kit/workshop.h"

enum score_kind {
    SCORE_ADDITIVE, SCORE_DOT, SCORE_GENERAL, SCORE_CONCAT, SCORE_SCALED,
    SCORE_KINDS
};

struct score {
    enum score_kind kind;
    size_t n, m, dq, dk, a;  /* dot and scaled: dq == dk */
    float *q, *k;            /* (n, dq)  (m, dk) */
    float *w;                /* general (dq, dk); concat (dq + dk, a) */
    float *wq, *wk;          /* additive (dq, a)  (dk, a) */
    float *va;               /* additive and concat (a) */
    float *qa, *ka;          /* saved: general (n, dk); else (n, a)  (m, a) */
    float *t;                /* (a): workspace, one pair's hidden numbers */
    bool linear;             /* leave out the tanh, to see what happens */
};

/* pair_dot: q . k, of vectors q (d) and k (d).  Luong et al. 2015. */
static inline float pair_dot(const float *q, const float *k, size_t d)
{
    float s = 0;
    for (size_t l = 0; l < d; l++)
        s += q[l] * k[l];
    return s;
}

/* pair_general: q W . k, of q (dq), k (dk) and w (dq, dk).
 * Luong et al. 2015. */
static inline float pair_general(const float *q, const float *k,
                                 const float *w, size_t dq, size_t dk)
{
    float s = 0;
    for (size_t r = 0; r < dk; r++) {
        float turned = 0;
        for (size_t l = 0; l < dq; l++)
            turned += q[l] * w[l * dk + r];
        s += turned * k[r];
    }
    return s;
}

/* pair_additive: va . tanh(q wq + k wk), of q (dq), k (dk), wq (dq, a),
 * wk (dk, a) and va (a).  Bahdanau et al. 2015. */
static inline float pair_additive(const float *q, const float *k,
                                  const float *wq, const float *wk,
                                  const float *va,
                                  size_t dq, size_t dk, size_t a)
{
    float s = 0;
    for (size_t r = 0; r < a; r++) {
        float h = 0;
        for (size_t l = 0; l < dq; l++)
            h += q[l] * wq[l * a + r];
        for (size_t l = 0; l < dk; l++)
            h += k[l] * wk[l * a + r];
        s += va[r] * tanhf(h);
    }
    return s;
}

/* pair_concat: va . tanh([q; k] w), of q (dq), k (dk), w (dq + dk, a) and
 * va (a).  Luong et al. 2015. */
static inline float pair_concat(const float *q, const float *k,
                                const float *w, const float *va,
                                size_t dq, size_t dk, size_t a)
{
    float s = 0;
    for (size_t r = 0; r < a; r++) {
        float h = 0;
        for (size_t l = 0; l < dq + dk; l++)
            h += (l < dq ? q[l] : k[l - dq]) * w[l * a + r];
        s += va[r] * tanhf(h);
    }
    return s;
}

/* pair_scaled: q . k / sqrt(d), of q (d) and k (d).
 * Vaswani et al. 2017, section 3.2.1. */
static inline float pair_scaled(const float *q, const float *k, size_t d)
{
    return pair_dot(q, k, d) / sqrtf((float)d);
}

/* score_plain: the score of query i and key j, straight from the formula;
 * what score_forward is checked against.  It looks at neither x->linear
 * nor the arrays that score_forward writes.  Unchecked: i < n, j < m. */
static inline float score_plain(const struct score *x, size_t i, size_t j)
{
    const float *q = x->q + i * x->dq, *k = x->k + j * x->dk;
    size_t dq = x->dq, dk = x->dk, a = x->a;
    switch (x->kind) {
    case SCORE_DOT:      return pair_dot(q, k, dk);
    case SCORE_SCALED:   return pair_scaled(q, k, dk);
    case SCORE_GENERAL:  return pair_general(q, k, x->w, dq, dk);
    case SCORE_ADDITIVE: return pair_additive(q, k, x->wq, x->wk, x->va,
                                              dq, dk, a);
    default:             return pair_concat(q, k, x->w, x->va, dq, dk, a);
    }
}

static inline void score_dot(float *scores, const struct score *x);
static inline void score_scaled(float *scores, const struct score *x);
static inline void score_general(float *scores, struct score *x);
static inline void score_additive(float *scores, struct score *x);
static inline void score_concat(float *scores, struct score *x);
static inline void score_require(const struct score *x);

/* score_forward: scores (n, m) = s(q[i], k[j]) for every query and key.
 * Sets x->qa and x->ka, if the kind has them. Checked: sizes, and that the
 * arrays of the kind are there. Unchecked: overlap of scores with inputs. */
static inline void score_forward(float *scores, struct score *x)
{
    score_require(x);
    switch (x->kind) {
    case SCORE_DOT:      score_dot(scores, x); break;
    case SCORE_SCALED:   score_scaled(scores, x); break;
    case SCORE_GENERAL:  score_general(scores, x); break;
    case SCORE_ADDITIVE: score_additive(scores, x); break;
    default:             score_concat(scores, x); break;
    }
}

static inline void score_dot(float *scores, const struct score *x)
{
    dot_rows(scores, x->q, x->k, x->n, x->m, x->dk);
}

static inline void score_scaled(float *scores, const struct score *x)
{
    score_dot(scores, x);
    for (size_t i = 0; i < x->n * x->m; i++)
        scores[i] /= sqrtf((float)x->dk);
}

static inline void score_general(float *scores, struct score *x)
{
    average_forward(x->qa, x->q, x->w, x->n, x->dq, x->dk);
    dot_rows(scores, x->qa, x->k, x->n, x->m, x->dk);
}

static inline void row_tanh(float *out, const float *x, size_t n);

static inline void score_hidden(const struct score *x, size_t i, size_t j)
{
    const float *qa = x->qa + i * x->a, *ka = x->ka + j * x->a;
    for (size_t r = 0; r < x->a; r++)
        x->t[r] = qa[r] + ka[r];
    if (!x->linear)
        row_tanh(x->t, x->t, x->a);
}

static inline void score_additive(float *scores, struct score *x)
{
    average_forward(x->qa, x->q, x->wq, x->n, x->dq, x->a);
    average_forward(x->ka, x->k, x->wk, x->m, x->dk, x->a);
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < x->m; j++) {
            score_hidden(x, i, j);
            scores[i * x->m + j] = row_dot(x->va, x->t, x->a);
        }
}

static inline struct score concat_as_additive(const struct score *x)
{
    struct score y = *x;
    y.wq = x->w, y.wk = x->w + x->dq * x->a;
    return y;
}

static inline void score_concat(float *scores, struct score *x)
{
    struct score y = concat_as_additive(x);
    score_additive(scores, &y);
}

/* attention_forward: out = softmax(q k^T / sqrt(d)) v, row by row.
 *   q (n, d)   k (m, d)   v (m, c)   ->   out (n, c), weights (n, m)
 * Vaswani et al. 2017, eq. 1.  Checked: n, m, d, c > 0.
 * Unchecked: out and weights must not overlap q, k or v. */
static inline void attention_forward(float *out, float *weights,
                                     const float *q, const float *k,
                                     const float *v, size_t n, size_t m,
                                     size_t d, size_t c)
{
    REQUIRE(n > 0 && m > 0 && d > 0 && c > 0);
    dot_rows(weights, q, k, n, m, d);
    for (size_t i = 0; i < n * m; i++)
        weights[i] /= sqrtf((float)d);
    softmax_rows(weights, weights, n, m);
    average_forward(out, weights, v, n, m, c);
}

static inline void score_dot_backward(struct score *d, const float *g,
                                      const struct score *x, float scale);
static inline void score_general_backward(struct score *d, const float *g,
                                          const struct score *x);
static inline void score_additive_backward(struct score *d, const float *g,
                                           const struct score *x);
static inline void score_concat_backward(struct score *d, const float *g,
                                         const struct score *x);

/* score_backward: ADDS to the arrays of d the gradients of the arrays of x,
 * given g = dloss/dscores (n, m) and what score_forward left in x->qa and
 * x->ka.  The caller clears d->q, d->k, d->w ... and d->qa, d->ka before.
 * Checked: as forward, and that x is not linear. */
static inline void score_backward(struct score *d, const float *g,
                                  const struct score *x)
{
    score_require(x);
    REQUIRE(!x->linear);
    float root = 1 / sqrtf((float)x->dk);
    switch (x->kind) {
    case SCORE_DOT:      score_dot_backward(d, g, x, 1); break;
    case SCORE_SCALED:   score_dot_backward(d, g, x, root); break;
    case SCORE_GENERAL:  score_general_backward(d, g, x); break;
    case SCORE_ADDITIVE: score_additive_backward(d, g, x); break;
    default:             score_concat_backward(d, g, x); break;
    }
}

/* dot_rows_backward: ADDS to dq (n, d) and dk (m, d), given the gradient
 * g (n, m) of scores = scale * dot_rows of q (n, d) and k (m, d). */
static inline void dot_rows_backward(float *dq, float *dk, const float *g,
                                     const float *q, const float *k,
                                     size_t n, size_t m, size_t d,
                                     float scale)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            for (size_t l = 0; l < d; l++) {
                dq[i * d + l] += scale * g[i * m + j] * k[j * d + l];
                dk[j * d + l] += scale * g[i * m + j] * q[i * d + l];
            }
}

static inline void score_dot_backward(struct score *d, const float *g,
                                      const struct score *x, float scale)
{
    dot_rows_backward(d->q, d->k, g, x->q, x->k, x->n, x->m, x->dk, scale);
}

static inline void score_general_backward(struct score *d, const float *g,
                                          const struct score *x)
{
    dot_rows_backward(d->qa, d->k, g, x->qa, x->k, x->n, x->m, x->dk, 1);
    average_backward(d->q, d->w, d->qa, x->q, x->w, x->n, x->dq, x->dk);
}

static inline void score_additive_backward(struct score *d, const float *g,
                                           const struct score *x)
{
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < x->m; j++) {
            float share = g[i * x->m + j];
            score_hidden(x, i, j);
            for (size_t r = 0; r < x->a; r++) {
                float t = x->t[r], dh = share * x->va[r] * (1 - t * t);
                d->va[r] += share * t;
                d->qa[i * x->a + r] += dh;
                d->ka[j * x->a + r] += dh;
            }
        }
    average_backward(d->q, d->wq, d->qa, x->q, x->wq, x->n, x->dq, x->a);
    average_backward(d->k, d->wk, d->ka, x->k, x->wk, x->m, x->dk, x->a);
}

static inline void score_concat_backward(struct score *d, const float *g,
                                         const struct score *x)
{
    struct score y = concat_as_additive(x), z = *d;
    z.wq = d->w, z.wk = d->w + x->dq * x->a;
    score_additive_backward(&z, g, &y);
}

static inline void score_require_network(const struct score *x)
{
    REQUIRE(x->a > 0 && x->va && x->qa && x->ka && x->t);
}

static inline void score_require(const struct score *x)
{
    REQUIRE(x->n > 0 && x->m > 0 && x->dq > 0 && x->dk > 0);
    REQUIRE(x->q && x->k);
    switch (x->kind) {
    case SCORE_DOT: case SCORE_SCALED: REQUIRE(x->dq == x->dk); break;
    case SCORE_GENERAL:  REQUIRE(x->w && x->qa); break;
    case SCORE_ADDITIVE:
        REQUIRE(x->wq && x->wk);
        score_require_network(x);
        break;
    default:
        REQUIRE(x->w);
        score_require_network(x);
        break;
    }
}

/* row_tanh: out[i] = tanh(x[i]), off by 2e-7 at most; x (n) -> out (n), which
 * may be x. */
static inline void row_tanh(float *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = 2 * x[i];
    row_exp(out, out, 0, n);
    for (size_t i = 0; i < n; i++)
        out[i] = 1 - 2 / (out[i] + 1);
}
#endif
