/* selfattention.h -- generated from chapters/09-selfattention.nw. Do not edit. */
/* Offers: struct self_attention, struct self_attention_saved,
 * struct self_gradients, self_attention_plain_forward,
 * self_attention_plain_backward, self_attention_bytes,
 * self_attention_saved_new, self_attention_forward,
 * self_attention_workspace, self_attention_backward, tape_self_attention,
 * tape_append */

#ifndef SELFATTENTION_H
#define SELFATTENTION_H
#include "gradient/gradient.h"
#include "gradient/tape.h"

struct self_attention {
    size_t batch, n, d, dk, dv;
    bool causal;                  /* row i sees rows 0 to i only */
    float scale;                  /* of the scores; 0: 1 / sqrt(dk) */
    const float *wq, *wk, *wv;    /* (d, dk)  (d, dk)  (d, dv) */
};

struct self_attention_saved {
    float *q, *k, *v;             /* (B, n, dk)  (B, n, dk)  (B, n, dv) */
    float *weights;               /* (B, n, n) */
};

struct self_gradients {
    float *dx, *dwq, *dwk, *dwv;  /* each as its own x, wq ...; or NULL */
};
static inline float self_attention_scale(const struct self_attention *s)
{
    return s->scale != 0 ? s->scale : 1 / sqrtf((float)s->dk);
}

/* self_attention_plain_forward: out (n, dv) from one sequence x (n, d); fills
 * in saved.  Vaswani et al. 2017, eq. 1, with projections of the same x.
 * Checked: sizes > 0.  Unchecked: overlap.  Not used: s->batch. */
static inline void self_attention_plain_forward(float *out,
    const struct self_attention_saved *saved, const float *x,
    const struct self_attention *s)
{
    const size_t n = s->n;
    REQUIRE(n && s->d && s->dk && s->dv);
    product(saved->q, x, s->wq, n, s->dk, s->d, 0);
    product(saved->k, x, s->wk, n, s->dk, s->d, 0);
    product(saved->v, x, s->wv, n, s->dv, s->d, 0);
    dot_rows(saved->weights, saved->q, saved->k, n, n, s->dk);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            float *score = saved->weights + i * n + j;
            *score = s->causal && j > i ? -INFINITY
                                        : self_attention_scale(s) * *score;
        }
    softmax_rows(saved->weights, saved->weights, n, n);
    average_forward(out, saved->weights, saved->v, n, n, s->dv);
}

/* self_attention_plain_backward: ADDS to the gradients.  dout (n, dv); x (n,
 * d) and saved as forward had and left them; workspace:
 * self_attention_workspace floats, with anything in it. */
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
                      self_attention_scale(s));
    product_backward(to->dx, to->dwq, dq, x, s->wq, n, s->dk, s->d, 0);
    product_backward(to->dx, to->dwk, dk, x, s->wk, n, s->dk, s->d, 0);
    product_backward(to->dx, to->dwv, dv, x, s->wv, n, s->dv, s->d, 0);
}

/* self_attention_bytes: what the arrays of saved take of an arena.  Fails if
 * the sizes overflow; so ask it before anything else. */
static inline size_t self_attention_bytes(const struct self_attention *s)
{
    size_t rows = size_product(s->batch, s->n), one = sizeof(float);
    size_t keys = arena_need(size_product(rows, s->dk), one);
    size_t values = arena_need(size_product(rows, s->dv), one);
    size_t weights = arena_need(size_product(rows, s->n), one);
    return size_sum(size_product(2, keys), size_sum(values, weights));
}

/* self_attention_saved_new: memory for what forward saves for backward. */
static inline struct self_attention_saved
self_attention_saved_new(struct arena *arena, const struct self_attention *s)
{
    size_t rows = s->batch * s->n;
    struct self_attention_saved saved;
    saved.q = arena_take(arena, rows * s->dk, sizeof(float));
    saved.k = arena_take(arena, rows * s->dk, sizeof(float));
    saved.v = arena_take(arena, rows * s->dv, sizeof(float));
    saved.weights = arena_take(arena, rows * s->n, sizeof(float));
    return saved;
}

static inline struct tiled self_attention_task(const struct self_attention *s)
{
    REQUIRE(s->batch && s->n && s->d && s->dk && s->dv);
    return (struct tiled){
        .batch = s->batch, .heads = 1, .queries = s->n, .keys = s->n,
        .width = s->dk, .value_width = s->dv, .causal = s->causal,
        .scale = s->scale
    };
}

/* self_attention_forward: out (B, n, dv) from x (B, n, d); fills in saved.
 * Vaswani et al. 2017, eq. 1, with q, k and v projections of the same x.
 * Checked: all sizes > 0. Unchecked: overlap, and whether arrays fit. */
static inline void self_attention_forward(float *out,
    const struct self_attention_saved *saved, const float *x,
    const struct self_attention *s)
{
    const struct tiled task = self_attention_task(s);
    const size_t rows = s->batch * s->n;
    product(saved->q, x, s->wq, rows, s->dk, s->d, 0);
    product(saved->k, x, s->wk, rows, s->dk, s->d, 0);
    product(saved->v, x, s->wv, rows, s->dv, s->d, 0);
    attend_forward(out, saved->weights, saved->q, saved->k, saved->v, &task);
}

/* self_attention_workspace: how many floats the backward passes need. */
static inline size_t self_attention_workspace(const struct self_attention *s)
{
    size_t wide = size_sum(size_product(2, s->dk), s->dv);
    size_t rows = size_product(s->batch, s->n);
    return size_sum(size_product(rows, wide),
                    size_product(2, size_product(s->n, s->n)));
}

/* self_attention_backward: ADDS to the gradients.  dout (B, n, dv); x and
 * saved as forward had and left them.  workspace: self_attention_workspace
 * floats for the gradients of q, k and v, with anything in it. */
static inline void self_attention_backward(const struct self_gradients *to,
    float *workspace, const float *dout,
    const struct self_attention_saved *saved, const float *x,
    const struct self_attention *s)
{
    const struct tiled task = self_attention_task(s);
    const size_t rows = s->batch * s->n;
    float *dq = workspace, *dk = dq + rows * s->dk, *dv = dk + rows * s->dk;
    float *scratch = dv + rows * s->dv;
    memset(workspace, 0, (size_t)(scratch - workspace) * sizeof *workspace);
    attend_backward(dq, dk, dv, scratch, dout, saved->weights, saved->q,
                    saved->k, saved->v, &task);
    product_backward(to->dx, to->dwq, dq, x, s->wq, rows, s->dk, s->d, 0);
    product_backward(to->dx, to->dwk, dk, x, s->wk, rows, s->dk, s->d, 0);
    product_backward(to->dx, to->dwv, dv, x, s->wv, rows, s->dv, s->d, 0);
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

static inline void append_step(struct step *s)
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

/* tape_append: y (n, b) behind the rows of every x (B, n, a): (B, n, a + b).
 * Backward ADDS; what it adds to dy comes from every sequence. */
static inline struct tensor *tape_append(struct tape *tape,
                                         struct tensor *x, struct tensor *y)
{
    TENSORS_FIT(x->rank == 3 && y->rank == 2, "append", x, y);
    TENSORS_FIT(x->shape[1] == y->shape[0], "append", x, y);
    const size_t n = x->shape[1], a = x->shape[2], b = y->shape[1];
    struct step *s = tape_step(tape, "append", SHAPE(x->shape[0], n, a + b),
                               INPUTS(x, y), append_step);
    float *out = s->out->data;
    for (size_t row = 0; row < tensor_rows(x); row++, out += a + b) {
        memcpy(out, x->data + row * a, a * sizeof *out);
        memcpy(out + a, y->data + row % n * b, b * sizeof *out);
    }
    return s->out;
}
#endif
