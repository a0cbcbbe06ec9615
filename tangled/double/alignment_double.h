/* alignment_double.h -- generated from alignment.h by the build. Do not edit. */
/* It is alignment/alignment.h of chapters/08-alignment.nw in double. The book
 * has its names without _double. */


#ifndef ALIGNMENT_H_double
#define ALIGNMENT_H_double
#include "double/recurrence_double.h"

/* One query for each example meets the keys of that example. */
struct align_double {
    size_t batch, keys, width, values;    /* B, S, A, C */
    const double *q, *k, *v;               /* (B, A)  (B, S, A)  (B, S, C) */
    const double *va;                      /* (A); NULL: the score is q . k */
    const size_t *lengths;                /* (B): keys in use; NULL: all */
    bool linear;                          /* leave out the tanh */
};

/* Where gradients are added. */
struct align_gradients_double { double *q, *k, *v, *va; };

struct align_how_double {
    const size_t *lengths;            /* (B), or NULL; until tape_backward */
    bool linear;
};
static inline size_t align_keys_double(const struct align_double *x, size_t b)
{
    return x->lengths ? x->lengths[b] : x->keys;
}

/* align_hidden: t (A) = tanh(q + k), of example b and key s. */
static inline void align_hidden_double(double *t, const struct align_double *x, size_t b,
                                size_t s)
{
    const double *q = x->q + b * x->width;
    const double *k = x->k + (b * x->keys + s) * x->width;
    for (size_t r = 0; r < x->width; r++)
        t[r] = q[r] + k[r];
    if (!x->linear)
        row_tanh_double(t, t, x->width);
}

static inline double align_score_double(double *t, const struct align_double *x, size_t b,
                                size_t s)
{
    const double *k = x->k + (b * x->keys + s) * x->width;
    if (!x->va)
        return row_dot_double(x->q + b * x->width, k, x->width);
    align_hidden_double(t, x, b, s);
    return row_dot_double(x->va, t, x->width);
}

/* align_forward: out (B, C) = sum over s of weights v, where weights (B, S) =
 * softmax(score(q, k)); t (A) is scratch.  Bahdanau et al. 2015, section 3.1.
 * An example without keys gets zeros.  Checked: lengths <= S. */
static inline void align_forward_double(double *out, double *weights, double *t,
                                 const struct align_double *x)
{
    const size_t S = x->keys, C = x->values;
    memset(out, 0, x->batch * C * sizeof *out);
    for (size_t b = 0; b < x->batch; b++) {
        double *w = weights + b * S;
        REQUIRE(align_keys_double(x, b) <= S);
        for (size_t s = 0; s < S; s++)
            w[s] = s < align_keys_double(x, b) ? align_score_double(t, x, b, s) : -INFINITY;
        softmax_double(w, w, S);
        for (size_t s = 0; s < align_keys_double(x, b); s++)
            scale_add_double(out + b * C, x->v + (b * S + s) * C, w[s], C);
    }
}

/* The way back of one score, whose gradient is g; t (A) is scratch. */
static inline void align_score_backward_double(const struct align_gradients_double *d,
    double *t, double g, const struct align_double *x, size_t b, size_t s)
{
    const size_t A = x->width, at = (b * x->keys + s) * A;
    if (!x->va) {
        scale_add_double(d->q + b * A, x->k + at, g, A);
        scale_add_double(d->k + at, x->q + b * A, g, A);
        return;
    }
    align_hidden_double(t, x, b, s);
    scale_add_double(d->va, t, g, A);
    for (size_t r = 0; r < A; r++)
        t[r] = g * x->va[r] * (x->linear ? 1 : 1 - t[r] * t[r]);
    add_to_double(d->q + b * A, t, A);
    add_to_double(d->k + at, t, A);
}

/* align_backward: ADDS to d, given dout (B, C) and the weights of
 * align_forward; scratch (S + A). */
static inline void align_backward_double(const struct align_gradients_double *d,
    double *scratch, const double *dout, const double *weights,
    const struct align_double *x)
{
    const size_t S = x->keys, C = x->values;
    double *dw = scratch, *t = scratch + S;
    for (size_t b = 0; b < x->batch; b++) {
        const double *w = weights + b * S, *g = dout + b * C;
        double mean = 0;
        for (size_t s = 0; s < align_keys_double(x, b); s++) {
            const size_t at = (b * S + s) * C;
            dw[s] = row_dot_double(g, x->v + at, C);
            mean += w[s] * dw[s];
            scale_add_double(d->v + at, g, w[s], C);
        }
        for (size_t s = 0; s < align_keys_double(x, b); s++)
            align_score_backward_double(d, t, w[s] * (dw[s] - mean), x, b, s);
    }
}
static inline void align_node_double(struct node_double *s)
{
    const struct align_double *x = s->saved;
    double *to[NODE_INPUTS_double] = { NULL };
    double *scratch = node_grads_double(to, s, x->keys + x->width);
    const struct align_gradients_double d = { to[0], to[1], to[2], to[3] };
    align_backward_double(&d, scratch, s->out->grad, s->out->attention, x);
}

static inline struct align_double align_task_double(const struct tensor_double *q,
    const struct tensor_double *k, const struct tensor_double *v, const struct tensor_double *va,
    const struct align_how_double *how)
{
    TENSORS_FIT_double(q->rank == 2 && k->rank == 3 && q->shape[0] == k->shape[0]
                && q->shape[1] == k->shape[2], "align", q, k);
    TENSORS_FIT_double(v->rank == 3 && v->shape[0] == k->shape[0]
                && v->shape[1] == k->shape[1], "align", k, v);
    if (va)
        TENSORS_FIT_double(va->count == k->shape[2], "align", k, va);
    return (struct align_double){ .batch = k->shape[0], .keys = k->shape[1],
        .width = k->shape[2], .values = v->shape[2], .q = q->data,
        .k = k->data, .v = v->data, .va = va ? va->data : NULL,
        .lengths = how->lengths, .linear = how->linear };
}

/* tape_align: q (B, A), k (B, S, A), v (B, S, C), va (A) or NULL: a dot
 * product  ->  (B, C), with weights (B, S). */
static inline struct tensor_double *tape_align_double(struct tape_double *tape_double, struct tensor_double *q,
    struct tensor_double *k, struct tensor_double *v, struct tensor_double *va,
    const struct align_how_double *how)
{
    struct align_double *x = tape_take_double(tape_double, 1, sizeof *x);
    *x = align_task_double(q, k, v, va, how);
    struct node_double *s = tape_node_double(tape_double, "align", SHAPE_double(x->batch, x->values),
                               INPUTS_double(q, k, v, va), align_node_double);
    double *weights = tape_take_double(tape_double, size_product(x->batch, x->keys),
                               sizeof *weights);
    s->saved = x, s->out->attention = weights;
    align_forward_double(s->out->data, weights, tape_workspace_double(tape_double, x->width), x);
    return s->out;
}

static inline void join_node_double(struct node_double *s)
{
    const size_t n[] = { tensor_axis_double(s->in[0], 1), tensor_axis_double(s->in[1], 1) };
    for (size_t i = 0; i < 2; i++)
        for (size_t r = 0; s->in[i]->grad && r < tensor_rows_double(s->out); r++)
            add_to_double(s->in[i]->grad + r * n[i],
                   s->out->grad + r * (n[0] + n[1]) + i * n[0], n[i]);
}

/* tape_join: x (..., n) and y (..., m) side by side: (..., n + m). */
static inline struct tensor_double *tape_join_double(struct tape_double *tape_double, struct tensor_double *x,
                                       struct tensor_double *y)
{
    const size_t n = tensor_axis_double(x, 1), m = tensor_axis_double(y, 1);
    struct axes_double axes_double = tensor_axes_double(x);
    TENSORS_FIT_double(x->rank > 0 && x->rank == y->rank, "join", x, y);
    for (size_t i = 0; i + 1 < x->rank; i++)
        TENSORS_FIT_double(x->shape[i] == y->shape[i], "join", x, y);
    axes_double.n[x->rank - 1] = size_sum(n, m);
    struct node_double *s = tape_node_double(tape_double, "join", axes_double, INPUTS_double(x, y), join_node_double);
    for (size_t r = 0; r < tensor_rows_double(x); r++) {
        double *to = s->out->data + r * (n + m);
        memcpy(to, x->data + r * n, n * sizeof *to);
        memcpy(to + n, y->data + r * m, m * sizeof *to);
    }
    return s->out;
}

struct stacked_double { size_t n; struct tensor_double **x; };

static inline void stack_node_double(struct node_double *s)
{
    const struct stacked_double *saved = s->saved;
    for (size_t i = 0; i < saved->n; i++)
        if (saved->x[i]->grad)
            add_to_double(saved->x[i]->grad,
                   s->out->grad + i * saved->x[i]->count,
                   saved->x[i]->count);
}

/* tape_stack: x (n), all of one shape  ->  (n, ...).  Checked: n > 0. */
static inline struct tensor_double *tape_stack_double(struct tape_double *tape_double,
                                        struct tensor_double *const *x, size_t n)
{
    struct stacked_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    REQUIRE(n > 0 && x[0]->rank < TENSOR_RANK_double);
    struct axes_double axes_double = { x[0]->rank + 1, { n } };
    size_t wanted = 0;
    *saved = (struct stacked_double){ n, tape_take_double(tape_double, n, sizeof *saved->x) };
    for (size_t i = 0; i < n; i++) {
        TENSORS_FIT_double(tensors_alike_double(x[0], x[i]), "stack", x[0], x[i]);
        saved->x[i] = tape_own_double(tape_double, x[i]);
        wanted = x[i]->grad ? i : wanted;
    }
    memcpy(axes_double.n + 1, x[0]->shape, x[0]->rank * sizeof *axes_double.n);
    struct node_double *s = tape_node_double(tape_double, "stack", axes_double, INPUTS_double(x[wanted]),
                               stack_node_double);
    s->saved = saved;
    for (size_t i = 0; i < n; i++)
        memcpy(s->out->data + i * x[0]->count, x[i]->data,
               x[0]->count * sizeof *x[0]->data);
    return s->out;
}
#endif

