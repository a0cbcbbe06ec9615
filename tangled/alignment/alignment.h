/* alignment.h -- generated from chapters/08-alignment.nw. Do not edit. */
/* Offers: struct align, struct align_gradients, struct align_how,
 * align_hidden, align_forward, align_backward, tape_align, tape_join,
 * struct stacked, tape_stack */

#ifndef ALIGNMENT_H
#define ALIGNMENT_H
#include "recurrence/recurrence.h"

/* One query for each example meets the keys of that example. */
struct align {
    size_t batch, keys, width, values;    /* B, S, A, C */
    const float *q, *k, *v;               /* (B, A)  (B, S, A)  (B, S, C) */
    const float *va;                      /* (A); NULL: the score is q . k */
    const size_t *lengths;                /* (B): keys in use; NULL: all */
    bool linear;                          /* leave out the tanh */
};

/* Where gradients are added. */
struct align_gradients { float *q, *k, *v, *va; };

struct align_how {
    const size_t *lengths;            /* (B), or NULL; until tape_backward */
    bool linear;
};
static inline size_t align_keys(const struct align *x, size_t b)
{
    return x->lengths ? x->lengths[b] : x->keys;
}

/* align_hidden: t (A) = tanh(q + k), of example b and key s. */
static inline void align_hidden(float *t, const struct align *x, size_t b,
                                size_t s)
{
    const float *q = x->q + b * x->width;
    const float *k = x->k + (b * x->keys + s) * x->width;
    for (size_t r = 0; r < x->width; r++)
        t[r] = q[r] + k[r];
    if (!x->linear)
        row_tanh(t, t, x->width);
}

static inline float align_score(float *t, const struct align *x, size_t b,
                                size_t s)
{
    const float *k = x->k + (b * x->keys + s) * x->width;
    if (!x->va)
        return row_dot(x->q + b * x->width, k, x->width);
    align_hidden(t, x, b, s);
    return row_dot(x->va, t, x->width);
}

/* align_forward: out (B, C) = sum over s of weights v, where weights (B, S) =
 * softmax(score(q, k)); t (A) is scratch.  Bahdanau et al. 2015, section 3.1.
 * An example without keys gets zeros.  Checked: lengths <= S. */
static inline void align_forward(float *out, float *weights, float *t,
                                 const struct align *x)
{
    const size_t S = x->keys, C = x->values;
    memset(out, 0, x->batch * C * sizeof *out);
    for (size_t b = 0; b < x->batch; b++) {
        float *w = weights + b * S;
        REQUIRE(align_keys(x, b) <= S);
        for (size_t s = 0; s < S; s++)
            w[s] = s < align_keys(x, b) ? align_score(t, x, b, s) : -INFINITY;
        softmax(w, w, S);
        for (size_t s = 0; s < align_keys(x, b); s++)
            scale_add(out + b * C, x->v + (b * S + s) * C, w[s], C);
    }
}

/* The way back of one score, whose gradient is g; t (A) is scratch. */
static inline void align_score_backward(const struct align_gradients *d,
    float *t, float g, const struct align *x, size_t b, size_t s)
{
    const size_t A = x->width, at = (b * x->keys + s) * A;
    if (!x->va) {
        scale_add(d->q + b * A, x->k + at, g, A);
        scale_add(d->k + at, x->q + b * A, g, A);
        return;
    }
    align_hidden(t, x, b, s);
    scale_add(d->va, t, g, A);
    for (size_t r = 0; r < A; r++)
        t[r] = g * x->va[r] * (x->linear ? 1 : 1 - t[r] * t[r]);
    add_to(d->q + b * A, t, A);
    add_to(d->k + at, t, A);
}

/* align_backward: ADDS to d, given dout (B, C) and the weights of
 * align_forward; scratch (S + A). */
static inline void align_backward(const struct align_gradients *d,
    float *scratch, const float *dout, const float *weights,
    const struct align *x)
{
    const size_t S = x->keys, C = x->values;
    float *dw = scratch, *t = scratch + S;
    for (size_t b = 0; b < x->batch; b++) {
        const float *w = weights + b * S, *g = dout + b * C;
        float mean = 0;
        for (size_t s = 0; s < align_keys(x, b); s++) {
            const size_t at = (b * S + s) * C;
            dw[s] = row_dot(g, x->v + at, C);
            mean += w[s] * dw[s];
            scale_add(d->v + at, g, w[s], C);
        }
        for (size_t s = 0; s < align_keys(x, b); s++)
            align_score_backward(d, t, w[s] * (dw[s] - mean), x, b, s);
    }
}
static inline void align_node(struct node *s)
{
    const struct align *x = s->saved;
    float *to[NODE_INPUTS] = { NULL };
    float *scratch = node_grads(to, s, x->keys + x->width);
    const struct align_gradients d = { to[0], to[1], to[2], to[3] };
    align_backward(&d, scratch, s->out->grad, s->out->attention, x);
}

static inline struct align align_task(const struct tensor *q,
    const struct tensor *k, const struct tensor *v, const struct tensor *va,
    const struct align_how *how)
{
    TENSORS_FIT(q->rank == 2 && k->rank == 3 && q->shape[0] == k->shape[0]
                && q->shape[1] == k->shape[2], "align", q, k);
    TENSORS_FIT(v->rank == 3 && v->shape[0] == k->shape[0]
                && v->shape[1] == k->shape[1], "align", k, v);
    if (va)
        TENSORS_FIT(va->count == k->shape[2], "align", k, va);
    return (struct align){ .batch = k->shape[0], .keys = k->shape[1],
        .width = k->shape[2], .values = v->shape[2], .q = q->data,
        .k = k->data, .v = v->data, .va = va ? va->data : NULL,
        .lengths = how->lengths, .linear = how->linear };
}

/* tape_align: q (B, A), k (B, S, A), v (B, S, C), va (A) or NULL: a dot
 * product  ->  (B, C), with weights (B, S). */
static inline struct tensor *tape_align(struct tape *tape, struct tensor *q,
    struct tensor *k, struct tensor *v, struct tensor *va,
    const struct align_how *how)
{
    struct align *x = tape_take(tape, 1, sizeof *x);
    *x = align_task(q, k, v, va, how);
    struct node *s = tape_node(tape, "align", SHAPE(x->batch, x->values),
                               INPUTS(q, k, v, va), align_node);
    float *weights = tape_take(tape, size_product(x->batch, x->keys),
                               sizeof *weights);
    s->saved = x, s->out->attention = weights;
    align_forward(s->out->data, weights, tape_workspace(tape, x->width), x);
    return s->out;
}

static inline void join_node(struct node *s)
{
    const size_t n[] = { tensor_axis(s->in[0], 1), tensor_axis(s->in[1], 1) };
    for (size_t i = 0; i < 2; i++)
        for (size_t r = 0; s->in[i]->grad && r < tensor_rows(s->out); r++)
            add_to(s->in[i]->grad + r * n[i],
                   s->out->grad + r * (n[0] + n[1]) + i * n[0], n[i]);
}

/* tape_join: x (..., n) and y (..., m) side by side: (..., n + m). */
static inline struct tensor *tape_join(struct tape *tape, struct tensor *x,
                                       struct tensor *y)
{
    const size_t n = tensor_axis(x, 1), m = tensor_axis(y, 1);
    struct axes axes = tensor_axes(x);
    TENSORS_FIT(x->rank > 0 && x->rank == y->rank, "join", x, y);
    for (size_t i = 0; i + 1 < x->rank; i++)
        TENSORS_FIT(x->shape[i] == y->shape[i], "join", x, y);
    axes.n[x->rank - 1] = size_sum(n, m);
    struct node *s = tape_node(tape, "join", axes, INPUTS(x, y), join_node);
    for (size_t r = 0; r < tensor_rows(x); r++) {
        float *to = s->out->data + r * (n + m);
        memcpy(to, x->data + r * n, n * sizeof *to);
        memcpy(to + n, y->data + r * m, m * sizeof *to);
    }
    return s->out;
}

struct stacked { size_t n; struct tensor **x; };

static inline void stack_node(struct node *s)
{
    const struct stacked *saved = s->saved;
    for (size_t i = 0; i < saved->n; i++)
        if (saved->x[i]->grad)
            add_to(saved->x[i]->grad,
                   s->out->grad + i * saved->x[i]->count,
                   saved->x[i]->count);
}

/* tape_stack: x (n), all of one shape  ->  (n, ...).  Checked: n > 0. */
static inline struct tensor *tape_stack(struct tape *tape,
                                        struct tensor *const *x, size_t n)
{
    struct stacked *saved = tape_take(tape, 1, sizeof *saved);
    REQUIRE(n > 0 && x[0]->rank < TENSOR_RANK);
    struct axes axes = { x[0]->rank + 1, { n } };
    size_t wanted = 0;
    *saved = (struct stacked){ n, tape_take(tape, n, sizeof *saved->x) };
    for (size_t i = 0; i < n; i++) {
        TENSORS_FIT(tensors_alike(x[0], x[i]), "stack", x[0], x[i]);
        saved->x[i] = tape_own(tape, x[i]);
        wanted = x[i]->grad ? i : wanted;
    }
    memcpy(axes.n + 1, x[0]->shape, x[0]->rank * sizeof *axes.n);
    struct node *s = tape_node(tape, "stack", axes, INPUTS(x[wanted]),
                               stack_node);
    s->saved = saved;
    for (size_t i = 0; i < n; i++)
        memcpy(s->out->data + i * x[0]->count, x[i]->data,
               x[0]->count * sizeof *x[0]->data);
    return s->out;
}
#endif

