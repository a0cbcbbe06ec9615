/* selfattention_double.h -- generated from selfattention.h by the build. Do not edit. */
/* It is selfattention/selfattention.h of chapters/09-selfattention.nw in double. The book
 * has its names without _double. */


#ifndef SELFATTENTION_H_double
#define SELFATTENTION_H_double
#include "double/gradient_double.h"
#include "double/tape_double.h"

struct self_attention_double {
    size_t n, d, dk, dv;
    bool causal;                  /* row i sees rows 0 to i only */
    const double *wq, *wk, *wv;    /* (d, dk)  (d, dk)  (d, dv) */
};

struct self_attention_saved_double {
    double *q, *k, *v;             /* (B, n, dk)  (B, n, dk)  (B, n, dv) */
    double *weights;               /* (B, n, n) */
};

struct self_gradients_double {
    double *dx, *dwq, *dwk, *dwv;  /* each as its own x, wq ...; or NULL */
};
/* self_attention_plain_forward: out (n, dv) from one sequence x (n, d); fills
 * in saved.  Vaswani et al. 2017, eq. 1, with projections of the same x.
 * Checked: sizes > 0.  Unchecked: overlap. */
static inline void self_attention_plain_forward_double(double *out,
    const struct self_attention_saved_double *saved, const double *x,
    const struct self_attention_double *s)
{
    const size_t n = s->n;
    const double scale = 1 / sqrt((double)s->dk);
    REQUIRE(n && s->d && s->dk && s->dv);
    product_double(saved->q, x, s->wq, n, s->dk, s->d, 0);
    product_double(saved->k, x, s->wk, n, s->dk, s->d, 0);
    product_double(saved->v, x, s->wv, n, s->dv, s->d, 0);
    dot_rows_double(saved->weights, saved->q, saved->k, n, n, s->dk);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double *score_double = saved->weights + i * n + j;
            *score_double = s->causal && j > i ? -INFINITY : scale * *score_double;
        }
    softmax_rows_double(saved->weights, saved->weights, n, n);
    average_forward_double(out, saved->weights, saved->v, n, n, s->dv);
}

/* self_attention_plain_backward: ADDS to the gradients.  dout (n, dv); x (n,
 * d) and saved as forward had and left them; workspace: n (2 dk + dv + 2 n)
 * floats, with anything in it. */
static inline void self_attention_plain_backward_double(
    const struct self_gradients_double *to, double *workspace, const double *dout,
    const struct self_attention_saved_double *saved, const double *x,
    const struct self_attention_double *s)
{
    const size_t n = s->n;
    double *dq = workspace, *dk = dq + n * s->dk, *dv = dk + n * s->dk;
    double *dweights = dv + n * s->dv, *dscores = dweights + n * n;
    memset(workspace, 0, (n * (2 * s->dk + s->dv + 2 * n)) * sizeof *dq);
    average_backward_double(dweights, dv, dout, saved->weights, saved->v, n, n,
                     s->dv);
    softmax_rows_backward_double(dscores, dweights, saved->weights, n, n);
    dot_rows_backward_double(dq, dk, dscores, saved->q, saved->k, n, n, s->dk,
                      1 / sqrt((double)s->dk));
    product_backward_double(to->dx, to->dwq, dq, x, s->wq, n, s->dk, s->d, 0);
    product_backward_double(to->dx, to->dwk, dk, x, s->wk, n, s->dk, s->d, 0);
    product_backward_double(to->dx, to->dwv, dv, x, s->wv, n, s->dv, s->d, 0);
}
/* tape_self_attention: x (B, n, d), wq and wk (d, dk), wv (d, dv)
 *   -> (B, n, dv), with its weights (B, n, n). */
static inline struct tensor_double *tape_self_attention_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *wq, struct tensor_double *wk,
    struct tensor_double *wv, bool causal)
{
    struct tensor_double *q = tape_matmul_double(tape_double, x, wq);
    struct tensor_double *k = tape_matmul_double(tape_double, x, wk);
    struct tensor_double *v = tape_matmul_double(tape_double, x, wv);
    return tape_attention_double(tape_double, q, k, v, causal, NULL);
}

static inline void append_node_double(struct node_double *s)
{
    struct tensor_double *x = s->in[0], *y = s->in[1];
    const size_t a = tensor_axis_double(x, 1), b = tensor_axis_double(y, 1);
    const double *dout = s->out->grad;
    for (size_t row = 0; row < tensor_rows_double(x); row++, dout += a + b) {
        if (x->grad)
            add_to_double(x->grad + row * a, dout, a);
        if (y->grad)
            add_to_double(y->grad + row % y->shape[0] * b, dout + a, b);
    }
}

/* tape_concat_rows: y (n, b) behind the rows of each x (B, n, a).
 * Backward ADDS; what it adds to dy comes from every sequence. */
static inline struct tensor_double *tape_concat_rows_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *y)
{
    TENSORS_FIT_double(x->rank == 3 && y->rank == 2, "concat_rows", x, y);
    TENSORS_FIT_double(x->shape[1] == y->shape[0], "concat_rows", x, y);
    const size_t n = x->shape[1], a = x->shape[2], b = y->shape[1];
    struct node_double *s = tape_node_double(tape_double, "concat_rows",
                               SHAPE_double(x->shape[0], n, a + b),
                               INPUTS_double(x, y), append_node_double);
    double *out = s->out->data;
    for (size_t row = 0; row < tensor_rows_double(x); row++, out += a + b) {
        memcpy(out, x->data + row * a, a * sizeof *out);
        memcpy(out + a, y->data + row % n * b, b * sizeof *out);
    }
    return s->out;
}
#endif
