/* mask_double.h -- generated from mask.h by the build. Do not edit. */
/* It is mask/mask.h of chapters/11-mask.nw in double. The book
 * has its names without _double. */


#ifndef MASK_H_double
#define MASK_H_double
#include <stdint.h>
#include <string.h>
#include "double/tape_double.h"

/* A mask says which query may look at which key: visible (batch, n, m), a
 * byte a pair, 1 or 0.  With batch 1 it serves every example alike. */
struct mask_double { size_t batch, n, m; uint8_t *visible; };

/* The sizes of an attention with a mask.  seen (batch or 1, n, m). */
struct masked_double {
    size_t batch, n, m, d, c;
    const struct mask_double *seen;   /* which keys are; NULL: all */
    double scale;               /* of the scores; 0: 1 / sqrt(d) */
};

/* Cross-attention with one head.  The arrays of a pass, or their gradients:
 *   x (batch, n, cx)  context (batch, m, cz)  wq (cx, d)  wk (cz, d)
 *   wv (cz, c)  wo (c, co), and what forward saves for backward. */
struct cross_double {
    struct masked_double t;           /* sizes, mask and scale */
    size_t cx, cz, co;
    double *x, *context, *wq, *wk, *wv, *wo;
    double *q, *k, *v;          /* (batch, n, d) (batch, m, d) (batch, m, c) */
    double *weights, *mixed;    /* (batch, n, m) (batch, n, c) */
};
/* mask_row: what query i of example b may see (m). */
static inline const uint8_t *mask_row_double(const struct mask_double *mask_double, size_t b,
                                      size_t i)
{
    size_t example = mask_double->batch == 1 ? 0 : b;
    return mask_double->visible + (example * mask_double->n + i) * mask_double->m;
}

/* mask_causal: hides key j from query i if j > i + m - n. */
static inline void mask_causal_double(struct mask_double *x)
{
    for (size_t b = 0; b < x->batch; b++)
        for (size_t i = 0; i < x->n; i++)
            for (size_t j = 0; j < x->m; j++)
                if (j + x->n > i + x->m)
                    x->visible[(b * x->n + i) * x->m + j] = 0;
}

/* mask_window: hides the keys that are window or more places from
 * i + m - n, on either side.  Checked: window > 0. */
static inline void mask_window_double(struct mask_double *x, size_t window)
{
    REQUIRE(window > 0);
    for (size_t b = 0; b < x->batch; b++)
        for (size_t i = 0; i < x->n; i++)
            for (size_t j = 0; j < x->m; j++) {
                size_t key = j + x->n, place = i + x->m;
                if ((key > place ? key - place : place - key) >= window)
                    x->visible[(b * x->n + i) * x->m + j] = 0;
            }
}

/* mask_padding: hides key j from all queries of example b if
 * j >= lengths[b].  lengths (batch of the mask).  Checked: at most m. */
static inline void mask_padding_double(struct mask_double *x, const size_t *lengths)
{
    for (size_t b = 0; b < x->batch; b++) {
        REQUIRE(lengths[b] <= x->m);
        for (size_t i = 0; i < x->n; i++)
            for (size_t j = lengths[b]; j < x->m; j++)
                x->visible[(b * x->n + i) * x->m + j] = 0;
    }
}

/* mask_apply: out = scores where visible, -INFINITY where hidden.  scores,
 * out (batch, n, m); out may be scores.  A hidden score is not read. */
static inline void mask_apply_double(double *out, const double *scores,
                              const struct mask_double *mask_double, size_t batch)
{
    REQUIRE(mask_double->batch == 1 || mask_double->batch == batch);
    for (size_t r = 0; r < batch * mask_double->n; r++) {
        const uint8_t *visible = mask_row_double(mask_double, r / mask_double->n, r % mask_double->n);
        for (size_t j = 0, p = r * mask_double->m; j < mask_double->m; j++, p++)
            out[p] = visible[j] ? scores[p] : -INFINITY;
    }
}

/* masked_softmax: the softmax of each row's visible scores; 0 where hidden,
 * and in a row with all hidden.  Shapes as in mask_apply. */
static inline void masked_softmax_double(double *out, const double *scores,
                                  const struct mask_double *mask_double, size_t batch)
{
    mask_apply_double(out, scores, mask_double, batch);
    softmax_rows_double(out, out, batch * mask_double->n, mask_double->m);
}

static inline void masked_require_double(const struct masked_double *t);
static inline double masked_scale_double(const struct masked_double *t);
static inline const uint8_t *masked_row_double(const struct masked_double *t, size_t b,
                                        size_t i);
static inline bool mask_shows_double(const uint8_t *visible, size_t j);

/* masked_forward: attention over the visible keys.  q (batch, n, d)
 * k (batch, m, d)  v (batch, m, c)  ->  out (batch, n, c)
 * weights (batch, n, m).  A query that sees nothing gets zeros.  Keys and
 * values that nobody sees are not read.  Checked: sizes.  Unchecked: overlap.
 * Vaswani et al. 2017, eq. 1 and section 3.2.3. */
static inline void masked_forward_double(double *out, double *weights, const double *q,
                                  const double *k, const double *v,
                                  const struct masked_double *t)
{
    masked_require_double(t);
    const double scale = masked_scale_double(t);
    for (size_t r = 0; r < t->batch * t->n; r++) {
        const size_t b = r / t->n, i = r % t->n, first = b * t->m;
        const uint8_t *visible = masked_row_double(t, b, i);
        const double *query = q + r * t->d;
        double *a = weights + r * t->m, *o = out + r * t->c;
        for (size_t j = 0; j < t->m; j++)
            a[j] = mask_shows_double(visible, j)
                 ? scale * row_dot_double(query, k + (first + j) * t->d, t->d)
                 : -INFINITY;
        softmax_double(a, a, t->m);            /* zeros, if all are hidden */
        memset(o, 0, t->c * sizeof *o);
        for (size_t j = 0; j < t->m; j++)
            if (mask_shows_double(visible, j))
                scale_add_double(o, v + (first + j) * t->c, a[j], t->c);
    }
}

/* masked_row_backward: ADDS to dscores (m) where visible.  out (m): the
 * weights; dout (m): their gradient, not read where hidden.  visible NULL:
 * all are. */
static inline void masked_row_backward_double(double *dscores, const double *dout,
                                       const double *out,
                                       const uint8_t *visible, size_t m)
{
    double mean = 0;
    for (size_t j = 0; j < m; j++)
        if (mask_shows_double(visible, j))
            mean += dout[j] * out[j];
    for (size_t j = 0; j < m; j++)
        if (mask_shows_double(visible, j))
            dscores[j] += out[j] * (dout[j] - mean);
}

/* masked_softmax_backward: masked_row_backward of every row. */
static inline void masked_softmax_backward_double(double *dscores, const double *dout,
                                           const double *out,
                                           const struct mask_double *mask_double,
                                           size_t batch)
{
    REQUIRE(mask_double->batch == 1 || mask_double->batch == batch);
    for (size_t r = 0; r < batch * mask_double->n; r++)
        masked_row_backward_double(dscores + r * mask_double->m, dout + r * mask_double->m,
                            out + r * mask_double->m,
                            mask_row_double(mask_double, r / mask_double->n, r % mask_double->n),
                            mask_double->m);
}

/* masked_backward: ADDS to dq, dk and dv, each of which may be NULL, given
 * dout and the weights of masked_forward.  scratch (2, m) may hold anything
 * before, and does after. */
static inline void masked_backward_double(double *dq, double *dk, double *dv,
                                   double *scratch, const double *dout,
                                   const double *weights, const double *q,
                                   const double *k, const double *v,
                                   const struct masked_double *t)
{
    masked_require_double(t);
    const double scale = masked_scale_double(t);
    double *g = scratch, *ds = scratch + t->m;
    for (size_t r = 0; r < t->batch * t->n; r++) {
        const size_t b = r / t->n, i = r % t->n, first = b * t->m;
        const uint8_t *visible = masked_row_double(t, b, i);
        const double *a = weights + r * t->m, *h = dout + r * t->c;
        for (size_t j = 0; j < t->m; j++)
            if (mask_shows_double(visible, j)) {
                g[j] = row_dot_double(h, v + (first + j) * t->c, t->c);
                if (dv)
                    scale_add_double(dv + (first + j) * t->c, h, a[j], t->c);
            }
        memset(ds, 0, t->m * sizeof *ds);
        masked_row_backward_double(ds, g, a, visible, t->m);
        for (size_t j = 0; j < t->m; j++)
            if (mask_shows_double(visible, j)) {
                const double s = scale * ds[j];
                if (dq)
                    scale_add_double(dq + r * t->d, k + (first + j) * t->d, s, t->d);
                if (dk)
                    scale_add_double(dk + (first + j) * t->d, q + r * t->d, s, t->d);
            }
    }
}

/* cross_forward: out (batch, n, co); sets q, k, v, weights and mixed. */
static inline void cross_forward_double(double *out, struct cross_double *x)
{
    const struct masked_double *t = &x->t;
    const size_t queries = t->batch * t->n, keys = t->batch * t->m;
    product_double(x->q, x->x, x->wq, queries, t->d, x->cx, 0);
    product_double(x->k, x->context, x->wk, keys, t->d, x->cz, 0);
    product_double(x->v, x->context, x->wv, keys, t->c, x->cz, 0);
    masked_forward_double(x->mixed, x->weights, x->q, x->k, x->v, t);
    product_double(out, x->mixed, x->wo, queries, x->co, t->c, 0);
}

/* cross_backward: ADDS to the arrays of d, given dout and the arrays of x.
 * d->q, d->k, d->v and d->mixed must be zeros before; d->weights (2, m) is
 * scratch. */
static inline void cross_backward_double(struct cross_double *d, const double *dout,
                                  const struct cross_double *x)
{
    const struct masked_double *t = &x->t;
    const size_t queries = t->batch * t->n, keys = t->batch * t->m;
    product_backward_double(d->mixed, d->wo, dout, x->mixed, x->wo, queries, x->co,
                     t->c, 0);
    masked_backward_double(d->q, d->k, d->v, d->weights, d->mixed, x->weights,
                    x->q, x->k, x->v, t);
    product_backward_double(d->context, d->wv, d->v, x->context, x->wv, keys, t->c,
                     x->cz, 0);
    product_backward_double(d->context, d->wk, d->k, x->context, x->wk, keys, t->d,
                     x->cz, 0);
    product_backward_double(d->x, d->wq, d->q, x->x, x->wq, queries, t->d, x->cx, 0);
}

/* mask_over: everything is visible, in batch * n * m bytes of the caller. */
static inline struct mask_double mask_over_double(uint8_t *visible, size_t batch, size_t n,
                                    size_t m)
{
    REQUIRE(batch > 0 && n > 0 && m > 0);
    memset(visible, 1, size_product(batch, size_product(n, m)));
    return (struct mask_double){ batch, n, m, visible };
}

/* mask_new: everything is visible, in memory of its own; mask_free it. */
static inline struct mask_double mask_new_double(size_t batch, size_t n, size_t m)
{
    size_t count = size_product(batch, size_product(n, m));
    return mask_over_double(allocate(count, 1), batch, n, m);
}

static inline void mask_free_double(struct mask_double *mask_double)
{
    free(mask_double->visible);
    mask_double->visible = NULL;
}

static inline void masked_require_double(const struct masked_double *t)
{
    const struct mask_double *mask_double = t->seen;
    REQUIRE(t->n > 0 && t->m > 0 && t->d > 0 && t->c > 0);
    REQUIRE(!mask_double || (mask_double->n == t->n && mask_double->m == t->m));
    REQUIRE(!mask_double || mask_double->batch == 1 || mask_double->batch == t->batch);
}

static inline double masked_scale_double(const struct masked_double *t)
{
    return t->scale != 0 ? t->scale : 1 / sqrt((double)t->d);
}

static inline const uint8_t *masked_row_double(const struct masked_double *t, size_t b,
                                        size_t i)
{
    return t->seen ? mask_row_double(t->seen, b, i) : NULL;
}

static inline bool mask_shows_double(const uint8_t *visible, size_t j)
{
    return !visible || visible[j];
}

static inline struct masked_double masked_task_double(const struct tensor_double *q,
    const struct tensor_double *k, const struct tensor_double *v, const struct mask_double *mask_double)
{
    TENSORS_FIT_double(q->rank == 3 && k->rank == 3, "masked_attention", q, k);
    TENSORS_FIT_double(q->shape[0] == k->shape[0], "masked_attention", q, k);
    TENSORS_FIT_double(q->shape[2] == k->shape[2], "masked_attention", q, k);
    TENSORS_FIT_double(v->rank == 3 && k->shape[0] == v->shape[0]
                && k->shape[1] == v->shape[1], "masked_attention", k, v);
    struct masked_double t = { q->shape[0], q->shape[1], k->shape[1], q->shape[2],
                        v->shape[2], mask_double, 0 };
    masked_require_double(&t);
    return t;
}

static inline void masked_node_double(struct node_double *s)
{
    const struct masked_double *t = s->saved;
    struct tensor_double *const *in = s->in;
    masked_backward_double(in[0]->grad, in[1]->grad, in[2]->grad,
                    tape_workspace_double(s->on, 2 * t->m), s->out->grad,
                    s->out->attention, in[0]->data, in[1]->data, in[2]->data,
                    t);
}

/* tape_masked_attention: q (B, n, d), k (B, m, d), v (B, m, c)  ->
 * (B, n, c), with weights (B, n, m).  mask: (B or 1, n, m), or NULL; it must
 * stay until tape_backward. */
static inline struct tensor_double *tape_masked_attention_double(struct tape_double *tape_double,
    struct tensor_double *q, struct tensor_double *k, struct tensor_double *v,
    const struct mask_double *mask_double)
{
    struct masked_double *t = tape_take_double(tape_double, 1, sizeof *t);
    *t = masked_task_double(q, k, v, mask_double);
    struct node_double *s = tape_node_double(tape_double, "masked_attention",
                               SHAPE_double(t->batch, t->n, t->c), INPUTS_double(q, k, v),
                               masked_node_double);
    size_t pairs = size_product(t->batch, size_product(t->n, t->m));
    double *weights = tape_take_double(tape_double, pairs, sizeof *weights);
    s->saved = t;
    s->out->attention = weights;
    masked_forward_double(s->out->data, weights, q->data, k->data, v->data, t);
    return s->out;
}

/* tape_mask: all visible, (batch, n, m), valid until tape_reset. */
static inline struct mask_double *tape_mask_double(struct tape_double *tape_double, size_t batch,
                                     size_t n, size_t m)
{
    size_t count = size_product(batch, size_product(n, m));
    struct mask_double *mask_double = tape_take_double(tape_double, 1, sizeof *mask_double);
    *mask_double = mask_over_double(tape_take_double(tape_double, count, 1), batch, n, m);
    return mask_double;
}
#endif
