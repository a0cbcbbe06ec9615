/* mask.h -- generated from chapters/11-mask.nw. Do not edit. */
/* Offers: struct mask, struct masked, struct cross, mask_row, mask_causal,
 * mask_window, mask_padding, mask_apply, masked_softmax, masked_forward,
 * masked_row_backward, masked_softmax_backward, masked_backward,
 * cross_forward, cross_backward, mask_over, mask_new, mask_free,
 * tape_masked_attention, tape_mask */

#ifndef MASK_H
#define MASK_H
#include <stdint.h>
#include <string.h>
#include "gradient/tape.h"

/* A mask says which query may look at which key: visible (batch, n, m), a
 * byte a pair, 1 or 0.  With batch 1 it serves every example alike. */
struct mask { size_t batch, n, m; uint8_t *visible; };

/* The sizes of an attention with a mask.  seen (batch or 1, n, m). */
struct masked {
    size_t batch, n, m, d, c;
    const struct mask *seen;   /* which keys are; NULL: all */
    float scale;               /* of the scores; 0: 1 / sqrt(d) */
};

/* Cross-attention with one head.  The arrays of a pass, or their gradients:
 *   x (batch, n, cx)  context (batch, m, cz)  wq (cx, d)  wk (cz, d)
 *   wv (cz, c)  wo (c, co), and what forward saves for backward. */
struct cross {
    struct masked t;           /* sizes, mask and scale */
    size_t cx, cz, co;
    float *x, *context, *wq, *wk, *wv, *wo;
    float *q, *k, *v;          /* (batch, n, d) (batch, m, d) (batch, m, c) */
    float *weights, *mixed;    /* (batch, n, m) (batch, n, c) */
};
/* mask_row: what query i of example b may see (m). */
static inline const uint8_t *mask_row(const struct mask *mask, size_t b,
                                      size_t i)
{
    size_t example = mask->batch == 1 ? 0 : b;
    return mask->visible + (example * mask->n + i) * mask->m;
}

/* mask_causal: hides key j from query i if j > i + m - n. */
static inline void mask_causal(struct mask *x)
{
    for (size_t b = 0; b < x->batch; b++)
        for (size_t i = 0; i < x->n; i++)
            for (size_t j = 0; j < x->m; j++)
                if (j + x->n > i + x->m)
                    x->visible[(b * x->n + i) * x->m + j] = 0;
}

/* mask_window: hides the keys that are window or more places from
 * i + m - n, on either side.  Checked: window > 0. */
static inline void mask_window(struct mask *x, size_t window)
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
static inline void mask_padding(struct mask *x, const size_t *lengths)
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
static inline void mask_apply(float *out, const float *scores,
                              const struct mask *mask, size_t batch)
{
    REQUIRE(mask->batch == 1 || mask->batch == batch);
    for (size_t r = 0; r < batch * mask->n; r++) {
        const uint8_t *visible = mask_row(mask, r / mask->n, r % mask->n);
        for (size_t j = 0, p = r * mask->m; j < mask->m; j++, p++)
            out[p] = visible[j] ? scores[p] : -INFINITY;
    }
}

/* masked_softmax: the softmax of each row's visible scores; 0 where hidden,
 * and in a row with all hidden.  Shapes as in mask_apply. */
static inline void masked_softmax(float *out, const float *scores,
                                  const struct mask *mask, size_t batch)
{
    mask_apply(out, scores, mask, batch);
    softmax_rows(out, out, batch * mask->n, mask->m);
}

static inline void masked_require(const struct masked *t);
static inline float masked_scale(const struct masked *t);
static inline const uint8_t *masked_row(const struct masked *t, size_t b,
                                        size_t i);
static inline bool mask_shows(const uint8_t *visible, size_t j);

/* masked_forward: attention over the visible keys.  q (batch, n, d)
 * k (batch, m, d)  v (batch, m, c)  ->  out (batch, n, c)
 * weights (batch, n, m).  A query that sees nothing gets zeros.  Keys and
 * values that nobody sees are not read.  Checked: sizes.  Unchecked: overlap.
 * Vaswani et al. 2017, eq. 1 and section 3.2.3. */
static inline void masked_forward(float *out, float *weights, const float *q,
                                  const float *k, const float *v,
                                  const struct masked *t)
{
    masked_require(t);
    const float scale = masked_scale(t);
    for (size_t r = 0; r < t->batch * t->n; r++) {
        const size_t b = r / t->n, i = r % t->n, first = b * t->m;
        const uint8_t *visible = masked_row(t, b, i);
        const float *query = q + r * t->d;
        float *a = weights + r * t->m, *o = out + r * t->c;
        for (size_t j = 0; j < t->m; j++)
            a[j] = mask_shows(visible, j)
                 ? scale * row_dot(query, k + (first + j) * t->d, t->d)
                 : -INFINITY;
        softmax(a, a, t->m);            /* zeros, if all are hidden */
        memset(o, 0, t->c * sizeof *o);
        for (size_t j = 0; j < t->m; j++)
            if (mask_shows(visible, j))
                scale_add(o, v + (first + j) * t->c, a[j], t->c);
    }
}

/* masked_row_backward: ADDS to dscores (m) where visible.  out (m): the
 * weights; dout (m): their gradient, not read where hidden.  visible NULL:
 * all are. */
static inline void masked_row_backward(float *dscores, const float *dout,
                                       const float *out,
                                       const uint8_t *visible, size_t m)
{
    float mean = 0;
    for (size_t j = 0; j < m; j++)
        if (mask_shows(visible, j))
            mean += dout[j] * out[j];
    for (size_t j = 0; j < m; j++)
        if (mask_shows(visible, j))
            dscores[j] += out[j] * (dout[j] - mean);
}

/* masked_softmax_backward: masked_row_backward of every row. */
static inline void masked_softmax_backward(float *dscores, const float *dout,
                                           const float *out,
                                           const struct mask *mask,
                                           size_t batch)
{
    REQUIRE(mask->batch == 1 || mask->batch == batch);
    for (size_t r = 0; r < batch * mask->n; r++)
        masked_row_backward(dscores + r * mask->m, dout + r * mask->m,
                            out + r * mask->m,
                            mask_row(mask, r / mask->n, r % mask->n),
                            mask->m);
}

/* masked_backward: ADDS to dq, dk and dv, each of which may be NULL, given
 * dout and the weights of masked_forward.  scratch (2, m) may hold anything
 * before, and does after. */
static inline void masked_backward(float *dq, float *dk, float *dv,
                                   float *scratch, const float *dout,
                                   const float *weights, const float *q,
                                   const float *k, const float *v,
                                   const struct masked *t)
{
    masked_require(t);
    const float scale = masked_scale(t);
    float *g = scratch, *ds = scratch + t->m;
    for (size_t r = 0; r < t->batch * t->n; r++) {
        const size_t b = r / t->n, i = r % t->n, first = b * t->m;
        const uint8_t *visible = masked_row(t, b, i);
        const float *a = weights + r * t->m, *h = dout + r * t->c;
        for (size_t j = 0; j < t->m; j++)
            if (mask_shows(visible, j)) {
                g[j] = row_dot(h, v + (first + j) * t->c, t->c);
                if (dv)
                    scale_add(dv + (first + j) * t->c, h, a[j], t->c);
            }
        memset(ds, 0, t->m * sizeof *ds);
        masked_row_backward(ds, g, a, visible, t->m);
        for (size_t j = 0; j < t->m; j++)
            if (mask_shows(visible, j)) {
                const float s = scale * ds[j];
                if (dq)
                    scale_add(dq + r * t->d, k + (first + j) * t->d, s, t->d);
                if (dk)
                    scale_add(dk + (first + j) * t->d, q + r * t->d, s, t->d);
            }
    }
}

/* cross_forward: out (batch, n, co); sets q, k, v, weights and mixed. */
static inline void cross_forward(float *out, struct cross *x)
{
    const struct masked *t = &x->t;
    const size_t queries = t->batch * t->n, keys = t->batch * t->m;
    product(x->q, x->x, x->wq, queries, t->d, x->cx, 0);
    product(x->k, x->context, x->wk, keys, t->d, x->cz, 0);
    product(x->v, x->context, x->wv, keys, t->c, x->cz, 0);
    masked_forward(x->mixed, x->weights, x->q, x->k, x->v, t);
    product(out, x->mixed, x->wo, queries, x->co, t->c, 0);
}

/* cross_backward: ADDS to the arrays of d, given dout and the arrays of x.
 * d->q, d->k, d->v and d->mixed must be zeros before; d->weights (2, m) is
 * scratch. */
static inline void cross_backward(struct cross *d, const float *dout,
                                  const struct cross *x)
{
    const struct masked *t = &x->t;
    const size_t queries = t->batch * t->n, keys = t->batch * t->m;
    product_backward(d->mixed, d->wo, dout, x->mixed, x->wo, queries, x->co,
                     t->c, 0);
    masked_backward(d->q, d->k, d->v, d->weights, d->mixed, x->weights,
                    x->q, x->k, x->v, t);
    product_backward(d->context, d->wv, d->v, x->context, x->wv, keys, t->c,
                     x->cz, 0);
    product_backward(d->context, d->wk, d->k, x->context, x->wk, keys, t->d,
                     x->cz, 0);
    product_backward(d->x, d->wq, d->q, x->x, x->wq, queries, t->d, x->cx, 0);
}

/* mask_over: everything is visible, in batch * n * m bytes of the caller. */
static inline struct mask mask_over(uint8_t *visible, size_t batch, size_t n,
                                    size_t m)
{
    REQUIRE(batch > 0 && n > 0 && m > 0);
    memset(visible, 1, size_product(batch, size_product(n, m)));
    return (struct mask){ batch, n, m, visible };
}

/* mask_new: everything is visible, in memory of its own; mask_free it. */
static inline struct mask mask_new(size_t batch, size_t n, size_t m)
{
    size_t count = size_product(batch, size_product(n, m));
    return mask_over(allocate(count, 1), batch, n, m);
}

static inline void mask_free(struct mask *mask)
{
    free(mask->visible);
    mask->visible = NULL;
}

static inline void masked_require(const struct masked *t)
{
    const struct mask *mask = t->seen;
    REQUIRE(t->n > 0 && t->m > 0 && t->d > 0 && t->c > 0);
    REQUIRE(!mask || (mask->n == t->n && mask->m == t->m));
    REQUIRE(!mask || mask->batch == 1 || mask->batch == t->batch);
}

static inline float masked_scale(const struct masked *t)
{
    return t->scale != 0 ? t->scale : 1 / sqrtf((float)t->d);
}

static inline const uint8_t *masked_row(const struct masked *t, size_t b,
                                        size_t i)
{
    return t->seen ? mask_row(t->seen, b, i) : NULL;
}

static inline bool mask_shows(const uint8_t *visible, size_t j)
{
    return !visible || visible[j];
}

static inline struct masked masked_task(const struct tensor *q,
    const struct tensor *k, const struct tensor *v, const struct mask *mask)
{
    TENSORS_FIT(q->rank == 3 && k->rank == 3, "masked_attention", q, k);
    TENSORS_FIT(q->shape[0] == k->shape[0], "masked_attention", q, k);
    TENSORS_FIT(q->shape[2] == k->shape[2], "masked_attention", q, k);
    TENSORS_FIT(v->rank == 3 && k->shape[0] == v->shape[0]
                && k->shape[1] == v->shape[1], "masked_attention", k, v);
    struct masked t = { q->shape[0], q->shape[1], k->shape[1], q->shape[2],
                        v->shape[2], mask, 0 };
    masked_require(&t);
    return t;
}

static inline void masked_node(struct node *s)
{
    const struct masked *t = s->saved;
    struct tensor *const *in = s->in;
    masked_backward(in[0]->grad, in[1]->grad, in[2]->grad,
                    tape_workspace(s->on, 2 * t->m), s->out->grad,
                    s->out->attention, in[0]->data, in[1]->data, in[2]->data,
                    t);
}

/* tape_masked_attention: q (B, n, d), k (B, m, d), v (B, m, c)  ->
 * (B, n, c), with weights (B, n, m).  mask: (B or 1, n, m), or NULL; it must
 * stay until tape_backward. */
static inline struct tensor *tape_masked_attention(struct tape *tape,
    struct tensor *q, struct tensor *k, struct tensor *v,
    const struct mask *mask)
{
    struct masked *t = tape_take(tape, 1, sizeof *t);
    *t = masked_task(q, k, v, mask);
    struct node *s = tape_node(tape, "masked_attention",
                               SHAPE(t->batch, t->n, t->c), INPUTS(q, k, v),
                               masked_node);
    size_t pairs = size_product(t->batch, size_product(t->n, t->m));
    float *weights = tape_take(tape, pairs, sizeof *weights);
    s->saved = t;
    s->out->attention = weights;
    masked_forward(s->out->data, weights, q->data, k->data, v->data, t);
    return s->out;
}

/* tape_mask: all visible, (batch, n, m), valid until tape_reset. */
static inline struct mask *tape_mask(struct tape *tape, size_t batch,
                                     size_t n, size_t m)
{
    size_t count = size_product(batch, size_product(n, m));
    struct mask *mask = tape_take(tape, 1, sizeof *mask);
    *mask = mask_over(tape_take(tape, count, 1), batch, n, m);
    return mask;
}
#endif
