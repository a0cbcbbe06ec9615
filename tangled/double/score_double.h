/* score_double.h -- generated from score.h by the build. Do not edit. */
/* It is score/score.h of chapters/03-score.nw in double. The book
 * has its names without _double. */


#ifndef SCORE_H_double
#define SCORE_H_double
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include "double/average_double.h"
#include "double/softmax_double.h"
#include "kit/workshop.h"

enum score_kind_double {
    SCORE_ADDITIVE_double, SCORE_DOT_double, SCORE_GENERAL_double, SCORE_CONCAT_double, SCORE_SCALED_double,
    SCORE_KINDS_double
};

struct score_double {
    enum score_kind_double kind;
    size_t n, m, dq, dk, a;  /* dot and scaled: dq == dk */
    double *q, *k;            /* (n, dq)  (m, dk) */
    double *w;                /* general (dq, dk); concat (dq + dk, a) */
    double *wq, *wk;          /* additive (dq, a)  (dk, a) */
    double *va;               /* additive and concat (a) */
    double *qa, *ka;          /* saved: general (n, dk); else (n, a)  (m, a) */
    double *t;                /* (a): workspace, one pair's hidden numbers */
    bool linear;             /* leave out the tanh, to see what happens */
};

/* pair_dot: q . k, of vectors q (d) and k (d).  Luong et al. 2015. */
static inline double pair_dot_double(const double *q, const double *k, size_t d)
{
    double s = 0;
    for (size_t l = 0; l < d; l++)
        s += q[l] * k[l];
    return s;
}

/* pair_general: q W . k, of q (dq), k (dk) and w (dq, dk).
 * Luong et al. 2015. */
static inline double pair_general_double(const double *q, const double *k,
                                 const double *w, size_t dq, size_t dk)
{
    double s = 0;
    for (size_t r = 0; r < dk; r++) {
        double turned = 0;
        for (size_t l = 0; l < dq; l++)
            turned += q[l] * w[l * dk + r];
        s += turned * k[r];
    }
    return s;
}

/* pair_additive: va . tanh(q wq + k wk), of q (dq), k (dk), wq (dq, a),
 * wk (dk, a) and va (a).  Bahdanau et al. 2015. */
static inline double pair_additive_double(const double *q, const double *k,
                                  const double *wq, const double *wk,
                                  const double *va,
                                  size_t dq, size_t dk, size_t a)
{
    double s = 0;
    for (size_t r = 0; r < a; r++) {
        double h = 0;
        for (size_t l = 0; l < dq; l++)
            h += q[l] * wq[l * a + r];
        for (size_t l = 0; l < dk; l++)
            h += k[l] * wk[l * a + r];
        s += va[r] * tanh(h);
    }
    return s;
}

/* pair_concat: va . tanh([q; k] w), of q (dq), k (dk), w (dq + dk, a) and
 * va (a).  Luong et al. 2015. */
static inline double pair_concat_double(const double *q, const double *k,
                                const double *w, const double *va,
                                size_t dq, size_t dk, size_t a)
{
    double s = 0;
    for (size_t r = 0; r < a; r++) {
        double h = 0;
        for (size_t l = 0; l < dq + dk; l++)
            h += (l < dq ? q[l] : k[l - dq]) * w[l * a + r];
        s += va[r] * tanh(h);
    }
    return s;
}

/* pair_scaled: q . k / sqrt(d), of q (d) and k (d).
 * Vaswani et al. 2017, section 3.2.1. */
static inline double pair_scaled_double(const double *q, const double *k, size_t d)
{
    return pair_dot_double(q, k, d) / sqrt((double)d);
}

/* score_plain: the score of query i and key j, straight from the formula;
 * what score_forward is checked against.  It looks at neither x->linear
 * nor the arrays that score_forward writes.  Unchecked: i < n, j < m. */
static inline double score_plain_double(const struct score_double *x, size_t i, size_t j)
{
    const double *q = x->q + i * x->dq, *k = x->k + j * x->dk;
    size_t dq = x->dq, dk = x->dk, a = x->a;
    switch (x->kind) {
    case SCORE_DOT_double:      return pair_dot_double(q, k, dk);
    case SCORE_SCALED_double:   return pair_scaled_double(q, k, dk);
    case SCORE_GENERAL_double:  return pair_general_double(q, k, x->w, dq, dk);
    case SCORE_ADDITIVE_double: return pair_additive_double(q, k, x->wq, x->wk, x->va,
                                              dq, dk, a);
    default:             return pair_concat_double(q, k, x->w, x->va, dq, dk, a);
    }
}

static inline void score_dot_double(double *scores, const struct score_double *x);
static inline void score_scaled_double(double *scores, const struct score_double *x);
static inline void score_general_double(double *scores, struct score_double *x);
static inline void score_additive_double(double *scores, struct score_double *x);
static inline void score_concat_double(double *scores, struct score_double *x);
static inline void score_require_double(const struct score_double *x);

/* score_forward: scores (n, m) = s(q[i], k[j]) for every query and key.
 * Sets x->qa and x->ka, if the kind has them. Checked: sizes, and that the
 * arrays of the kind are there. Unchecked: overlap of scores with inputs. */
static inline void score_forward_double(double *scores, struct score_double *x)
{
    score_require_double(x);
    switch (x->kind) {
    case SCORE_DOT_double:      score_dot_double(scores, x); break;
    case SCORE_SCALED_double:   score_scaled_double(scores, x); break;
    case SCORE_GENERAL_double:  score_general_double(scores, x); break;
    case SCORE_ADDITIVE_double: score_additive_double(scores, x); break;
    default:             score_concat_double(scores, x); break;
    }
}

static inline void score_dot_double(double *scores, const struct score_double *x)
{
    dot_rows_double(scores, x->q, x->k, x->n, x->m, x->dk);
}

static inline void score_scaled_double(double *scores, const struct score_double *x)
{
    score_dot_double(scores, x);
    for (size_t i = 0; i < x->n * x->m; i++)
        scores[i] /= sqrt((double)x->dk);
}

static inline void score_general_double(double *scores, struct score_double *x)
{
    average_forward_double(x->qa, x->q, x->w, x->n, x->dq, x->dk);
    dot_rows_double(scores, x->qa, x->k, x->n, x->m, x->dk);
}

static inline void row_tanh_double(double *out, const double *x, size_t n);

static inline void score_hidden_double(const struct score_double *x, size_t i, size_t j)
{
    const double *qa = x->qa + i * x->a, *ka = x->ka + j * x->a;
    for (size_t r = 0; r < x->a; r++)
        x->t[r] = qa[r] + ka[r];
    if (!x->linear)
        row_tanh_double(x->t, x->t, x->a);
}

static inline void score_additive_double(double *scores, struct score_double *x)
{
    average_forward_double(x->qa, x->q, x->wq, x->n, x->dq, x->a);
    average_forward_double(x->ka, x->k, x->wk, x->m, x->dk, x->a);
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < x->m; j++) {
            score_hidden_double(x, i, j);
            scores[i * x->m + j] = row_dot_double(x->va, x->t, x->a);
        }
}

static inline struct score_double concat_as_additive_double(const struct score_double *x)
{
    struct score_double y = *x;
    y.wq = x->w, y.wk = x->w + x->dq * x->a;
    return y;
}

static inline void score_concat_double(double *scores, struct score_double *x)
{
    struct score_double y = concat_as_additive_double(x);
    score_additive_double(scores, &y);
}

/* attention_forward: out = softmax(q k^T / sqrt(d)) v, row by row.
 *   q (n, d)   k (m, d)   v (m, c)   ->   out (n, c), weights (n, m)
 * Vaswani et al. 2017, eq. 1.  Checked: n, m, d, c > 0.
 * Unchecked: out and weights must not overlap q, k or v. */
static inline void attention_forward_double(double *out, double *weights,
                                     const double *q, const double *k,
                                     const double *v, size_t n, size_t m,
                                     size_t d, size_t c)
{
    REQUIRE(n > 0 && m > 0 && d > 0 && c > 0);
    dot_rows_double(weights, q, k, n, m, d);
    for (size_t i = 0; i < n * m; i++)
        weights[i] /= sqrt((double)d);
    softmax_rows_double(weights, weights, n, m);
    average_forward_double(out, weights, v, n, m, c);
}

static inline void score_dot_backward_double(struct score_double *d, const double *g,
                                      const struct score_double *x, double scale);
static inline void score_general_backward_double(struct score_double *d, const double *g,
                                          const struct score_double *x);
static inline void score_additive_backward_double(struct score_double *d, const double *g,
                                           const struct score_double *x);
static inline void score_concat_backward_double(struct score_double *d, const double *g,
                                         const struct score_double *x);

/* score_backward: ADDS to the arrays of d the gradients of the arrays of x,
 * given g = dloss/dscores (n, m) and what score_forward left in x->qa and
 * x->ka.  The caller clears d->q, d->k, d->w ... and d->qa, d->ka before.
 * Checked: as forward, and that x is not linear. */
static inline void score_backward_double(struct score_double *d, const double *g,
                                  const struct score_double *x)
{
    score_require_double(x);
    REQUIRE(!x->linear);
    double root = 1 / sqrt((double)x->dk);
    switch (x->kind) {
    case SCORE_DOT_double:      score_dot_backward_double(d, g, x, 1); break;
    case SCORE_SCALED_double:   score_dot_backward_double(d, g, x, root); break;
    case SCORE_GENERAL_double:  score_general_backward_double(d, g, x); break;
    case SCORE_ADDITIVE_double: score_additive_backward_double(d, g, x); break;
    default:             score_concat_backward_double(d, g, x); break;
    }
}

/* dot_rows_backward: ADDS to dq (n, d) and dk (m, d), given the gradient
 * g (n, m) of scores = scale * dot_rows of q (n, d) and k (m, d). */
static inline void dot_rows_backward_double(double *dq, double *dk, const double *g,
                                     const double *q, const double *k,
                                     size_t n, size_t m, size_t d,
                                     double scale)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            for (size_t l = 0; l < d; l++) {
                dq[i * d + l] += scale * g[i * m + j] * k[j * d + l];
                dk[j * d + l] += scale * g[i * m + j] * q[i * d + l];
            }
}

static inline void score_dot_backward_double(struct score_double *d, const double *g,
                                      const struct score_double *x, double scale)
{
    dot_rows_backward_double(d->q, d->k, g, x->q, x->k, x->n, x->m, x->dk, scale);
}

static inline void score_general_backward_double(struct score_double *d, const double *g,
                                          const struct score_double *x)
{
    dot_rows_backward_double(d->qa, d->k, g, x->qa, x->k, x->n, x->m, x->dk, 1);
    average_backward_double(d->q, d->w, d->qa, x->q, x->w, x->n, x->dq, x->dk);
}

static inline void score_additive_backward_double(struct score_double *d, const double *g,
                                           const struct score_double *x)
{
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < x->m; j++) {
            double share = g[i * x->m + j];
            score_hidden_double(x, i, j);
            for (size_t r = 0; r < x->a; r++) {
                double t = x->t[r], dh = share * x->va[r] * (1 - t * t);
                d->va[r] += share * t;
                d->qa[i * x->a + r] += dh;
                d->ka[j * x->a + r] += dh;
            }
        }
    average_backward_double(d->q, d->wq, d->qa, x->q, x->wq, x->n, x->dq, x->a);
    average_backward_double(d->k, d->wk, d->ka, x->k, x->wk, x->m, x->dk, x->a);
}

static inline void score_concat_backward_double(struct score_double *d, const double *g,
                                         const struct score_double *x)
{
    struct score_double y = concat_as_additive_double(x), z = *d;
    z.wq = d->w, z.wk = d->w + x->dq * x->a;
    score_additive_backward_double(&z, g, &y);
}

static inline void score_require_network_double(const struct score_double *x)
{
    REQUIRE(x->a > 0 && x->va && x->qa && x->ka && x->t);
}

static inline void score_require_double(const struct score_double *x)
{
    REQUIRE(x->n > 0 && x->m > 0 && x->dq > 0 && x->dk > 0);
    REQUIRE(x->q && x->k);
    switch (x->kind) {
    case SCORE_DOT_double: case SCORE_SCALED_double: REQUIRE(x->dq == x->dk); break;
    case SCORE_GENERAL_double:  REQUIRE(x->w && x->qa); break;
    case SCORE_ADDITIVE_double:
        REQUIRE(x->wq && x->wk);
        score_require_network_double(x);
        break;
    default:
        REQUIRE(x->w);
        score_require_network_double(x);
        break;
    }
}

/* row_tanh: out[i] = tanh(x[i]), off by 2e-7 at most; x (n) -> out (n), which
 * may be x. */
static inline void row_tanh_double(double *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = 2 * x[i];
    row_exp_double(out, out, 0, n);
    for (size_t i = 0; i < n; i++)
        out[i] = 1 - 2 / (out[i] + 1);
}
#endif
