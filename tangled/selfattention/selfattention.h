/* selfattention.h -- generated from chapters/09-selfattention.nw. Do not edit. */
/* Offers: struct self_attention, struct self_attention_saved,
 * struct self_gradients, self_attention_plain_forward,
 * self_attention_plain_backward, tape_self_attention, tape_concat_rows */

#ifndef SELFATTENTION_H
#define SELFATTENTION_H
#include "gradient/gradient.h"
#include "gradient/tape.h"

struct self_attention {
    size_t n, d, dk, dv;
    bool causal;                  /* row i sees rows 0 to i only */
    const float *wq, *wk, *wv;    /* (d, dk)  (d, dk)  (d, dv) */
};

struct self_attention_saved {
    float *q, *k, *v;             /* (B, n, dk)  (B, n, dk)  (B, n, dv) */
    float *weights;               /* (B, n, n) */
};

struct self_gradients {
    float *dx, *dwq, *dwk, *dwv;  /* each as its own x, wq ...; or NULL */
};
/* self_attention_plain_forward: out (n, dv) from one sequence x (n, d); fills
 * in saved.  Vaswani et al. 2017, eq. 1, with projections of the same x.
 * Checked: sizes > 0.  Unchecked: overlap. */
static inline void self_attention_plain_forward(float *out,
    const struct self_attention_saved *saved, const float *x,
    const struct self_attention *s)
{
    const size_t n = s->n;
    const float scale = 1 / sqrtf((float)s->dk);
    REQUIRE(n && s->d && s->dk && s->dv);
    product(saved->q, x, s->wq, n, s->dk, s->d, 0);
    product(saved->k, x, s->wk, n, s->dk, s->d, 0);
    product(saved->v, x, s->wv, n, s->dv, s->d, 0);
    dot_rows(saved->weights, saved->q, saved->k, n, n, s->dk);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            float *score = saved->weights + i * n + j;
            *score = s->causal && j > i ? -INFINITY : scale * *score;
        }
    softmax_rows(saved->weights, saved->weights, n, n);
    average_forward(out, saved->weights, saved->v, n, n, s->dv);
}

/* self_attention_plain_backward: ADDS to the gradients.  dout (n, dv); x (n,
 * d) and saved as forward had and left them; workspace: n (2 dk + dv + 2 n)
 * floats, with anything in it. */
static inline void self_attention_plain_backward(
    const struct self_gradients *to, float *workspace, const float *dout,
    const struct self_attention_saved *saved, const float *x,
    const struct self_attention *s)
{
    const size_t n = s->n;
    float *dq = workspace, *dk = dq + n * s->dk, *dv = dk + n * s->dk;
    float *dweights = dv + n * s->dv, *dscores = dweights + n * n;
    memset(workspace, 0, (n * (2 * s->dk + s->dv + 2 * n)) * sizeof *dq);
    average_backward(dweights, dv, dout, saved->weights, saved->v, n, n,
                     s->dv);
    softmax_rows_backward(dscores, dweights, saved->weights, n, n);
    dot_rows_backward(dq, dk, dscores, saved->q, saved->k, n, n, s->dk,
                      1 / sqrtf((float)s->dk));
    product_backward(to->dx, to->dwq, dq, x, s->wq, n, s->dk, s->d, 0);
    product_backward(to->dx, to->dwk, dk, x, s->wk, n, s->dk, s->d, 0);
    product_backward(to->dx, to->dwv, dv, x, s->wv, n, s->dv, s->d, 0);
}
/* tape_self_attention: x (B, n, d), wq and wk (d, dk), wv (d, dv)
 *   -> (B, n, dv), with its weights (B, n, n). */
static inline struct tensor *tape_self_attention(struct tape *tape,
    struct tensor *x, struct tensor *wq, struct tensor *wk,
    struct tensor *wv, bool causal)
{
    struct tensor *q = tape_matmul(tape, x, wq);
    struct tensor *k = tape_matmul(tape, x, wk);
    struct tensor *v = tape_matmul(tape, x, wv);
    return tape_attention(tape, q, k, v, causal, NULL);
}

static inline void append_node(struct node *s)
{
    struct tensor *x = s->in[0], *y = s->in[1];
    const size_t a = tensor_axis(x, 1), b = tensor_axis(y, 1);
    const float *dout = s->out->grad;
    for (size_t row = 0; row < tensor_rows(x); row++, dout += a + b) {
        if (x->grad)
            add_to(x->grad + row * a, dout, a);
        if (y->grad)
            add_to(y->grad + row % y->shape[0] * b, dout + a, b);
    }
}

/* tape_concat_rows: y (n, b) behind the rows of each x (B, n, a).
 * Backward ADDS; what it adds to dy comes from every sequence. */
static inline struct tensor *tape_concat_rows(struct tape *tape,
    struct tensor *x, struct tensor *y)
{
    TENSORS_FIT(x->rank == 3 && y->rank == 2, "concat_rows", x, y);
    TENSORS_FIT(x->shape[1] == y->shape[0], "concat_rows", x, y);
    const size_t n = x->shape[1], a = x->shape[2], b = y->shape[1];
    struct node *s = tape_node(tape, "concat_rows",
                               SHAPE(x->shape[0], n, a + b),
                               INPUTS(x, y), append_node);
    float *out = s->out->data;
    for (size_t row = 0; row < tensor_rows(x); row++, out += a + b) {
        memcpy(out, x->data + row * a, a * sizeof *out);
        memcpy(out + a, y->data + row % n * b, b * sizeof *out);
    }
    return s->out;
}
#endif
