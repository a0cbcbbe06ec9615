/* tape_double.h -- generated from tape.h by the build. Do not edit. */
/* It is gradient/tape.h of chapters/04-gradient.nw in double. The book
 * has its names without _double. */


#ifndef TAPE_H_double
#define TAPE_H_double
#include <stdio.h>
#include "double/gradient_double.h"

enum { TENSOR_RANK_double = 4 };

struct tensor_double {
    const char *name;                  /* what it is called in errors */
    size_t rank, shape[TENSOR_RANK_double], count;
    double *data, *grad;                /* (count); grad NULL: not wanted */
    const double *attention;            /* of attention: (..., Tq, Tk) */
};

struct axes_double { size_t rank, n[TENSOR_RANK_double]; };
#define AXES_double(...) { \
    sizeof (size_t[]){ __VA_ARGS__ } / sizeof(size_t), { __VA_ARGS__ } }
#define SHAPE_double(...) ((struct axes_double)AXES_double(__VA_ARGS__))
#define SCALAR_double ((struct axes_double){ 0, { 0 } })

enum { NODE_INPUTS_double = 13 };       /* at most: a block has 12 parameters */

struct node_double {
    struct node_double *before;
    struct tensor_double *out, *in[NODE_INPUTS_double];
    void (*backward)(struct node_double *s);
    void *saved;                 /* what backward needs besides */
    struct tape_double *on;
};

/* INPUTS(x, y ...): the inputs of a node. */
#define INPUTS_double(...) (struct tensor_double *[NODE_INPUTS_double]){ __VA_ARGS__ }

enum { TAPE_BLOCKS_double = 40, TAPE_FIRST_BLOCK_double = 1 << 16, TAPE_SHARDS_double = 16 };

struct tape_double {
    double *values, *grads;      /* of all parameters, one after the other */
    size_t size, workspace;     /* floats in use, and floats allocated */
    struct tensor_double **parameters; /* (count), in the order of their making */
    size_t count;
    bool no_grad;               /* set it to evaluate: without gradients,
                                   and without dropout */
    struct node_double *last;          /* the chain of nodes begins at its end */
    bool begun, walked;         /* has made a tensor; has gone back */
    struct arena blocks[TAPE_BLOCKS_double], scratch;
    size_t n_blocks;
    size_t allocations;         /* how often memory was asked for */
    struct tape_double *of, *shards[TAPE_SHARDS_double]; /* see shards.h */
};

struct product_sizes_double { size_t batch, m, n, k; unsigned how; };

/* A step that gets shapes which do not fit says so, with both, and aborts. */
#define TENSORS_FIT_double(condition, step, x, y) ((condition) ? (void)0 \
    : tensors_misfit_double(step, #condition, x, y))

static inline size_t tensor_rows_double(const struct tensor_double *x);

static inline void bias_node_double(struct node_double *s)
{
    bias_backward_double(s->in[0]->grad, s->in[1]->grad, s->out->grad,
                  tensor_rows_double(s->out), s->in[1]->count);
}

static inline void product_node_double(struct node_double *s)
{
    const struct product_sizes_double *p = s->saved;
    const struct tensor_double *a = s->in[0], *b = s->in[1];
    for (size_t i = 0; i < p->batch; i++)
        product_backward_double(a->grad ? a->grad + i * p->m * p->k : NULL,
                         b->grad ? b->grad + i * p->k * p->n : NULL,
                         s->out->grad + i * p->m * p->n,
                         a->data + i * p->m * p->k,
                         b->data + i * p->k * p->n,
                         p->m, p->n, p->k, p->how);
}

struct entropy_saved_double {
    double *log_p, smoothing;
    const int32_t *targets;
    int32_t ignore;
};

static inline size_t tensor_axis_double(const struct tensor_double *x, size_t from_end);

static inline void entropy_node_double(struct node_double *s)
{
    const struct entropy_saved_double *e = s->saved;
    const struct tensor_double *x = s->in[0];
    cross_entropy_backward_double(x->grad, s->out->grad[0], e->log_p, e->targets,
                           tensor_rows_double(x), tensor_axis_double(x, 1), e->smoothing,
                           e->ignore);
}

static inline void add_node_double(struct node_double *s)
{
    for (size_t i = 0; i < 2; i++)
        if (s->in[i]->grad)
            add_to_double(s->in[i]->grad, s->out->grad, s->out->count);
}

static inline void multiply_node_double(struct node_double *s)
{
    multiply_backward_double(s->in[0]->grad, s->in[1]->grad, s->out->grad,
                      s->in[0]->data, s->in[1]->data, s->out->count);
}

static inline void scale_node_double(struct node_double *s)
{
    scale_add_double(s->in[0]->grad, s->out->grad, *(double *)s->saved,
              s->out->count);
}

static inline void sum_node_double(struct node_double *s)
{
    sum_backward_double(s->in[0]->grad, s->out->grad[0], s->in[0]->count);
}

struct activation_double {
    const char *name;
    void (*forward)(double *out, const double *x, size_t n);
    void (*backward)(double *dx, const double *dout, const double *y, size_t n);
    bool wants_input;
};

static inline void activation_node_double(struct node_double *s)
{
    const struct activation_double *activation_double = s->saved;
    const struct tensor_double *y = activation_double->wants_input ? s->in[0] : s->out;
    activation_double->backward(s->in[0]->grad, s->out->grad, y->data,
                         s->out->count);
}

static inline struct node_double *tape_node_double(struct tape_double *tape_double, const char *name,
    struct axes_double axes_double, struct tensor_double *const in[NODE_INPUTS_double],
    void (*backward)(struct node_double *));
static inline void *tape_take_double(struct tape_double *tape_double, size_t count, size_t size);
static inline struct axes_double tensor_axes_double(const struct tensor_double *x);

static inline struct tensor_double *tape_activation_double(struct tape_double *tape_double,
                                             struct tensor_double *x,
                                             struct activation_double activation_double)
{
    struct node_double *s = tape_node_double(tape_double, activation_double.name, tensor_axes_double(x),
                               INPUTS_double(x), activation_node_double);
    struct activation_double *saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    *saved = activation_double;
    activation_double.forward(s->out->data, x->data, x->count);
    return s->out;
}

static inline void softmax_node_double(struct node_double *s)
{
    softmax_rows_backward_double(s->in[0]->grad, s->out->grad, s->out->data,
                          tensor_rows_double(s->out), tensor_axis_double(s->out, 1));
}

static inline void log_softmax_node_double(struct node_double *s)
{
    log_softmax_rows_backward_double(s->in[0]->grad, s->out->grad, s->out->data,
                              tensor_rows_double(s->out), tensor_axis_double(s->out, 1));
}

_Noreturn static inline void tensors_misfit_double(const char *step,
    const char *condition, const struct tensor_double *x, const struct tensor_double *y);

static inline struct tiled_double attention_task_double(const struct tensor_double *q,
    const struct tensor_double *k, const struct tensor_double *v, bool causal,
    const size_t *lengths)
{
    struct tiled_double t = { .batch = q->shape[0], .causal = causal,
                       .lengths = lengths };
    TENSORS_FIT_double(q->rank >= 3 && q->rank == k->rank, "attention", q, k);
    TENSORS_FIT_double(k->rank == v->rank, "attention", k, v);
    for (size_t i = 0; i + 2 < q->rank; i++) {
        TENSORS_FIT_double(q->shape[i] == k->shape[i], "attention", q, k);
        TENSORS_FIT_double(k->shape[i] == v->shape[i], "attention", k, v);
    }
    TENSORS_FIT_double(tensor_axis_double(q, 1) == tensor_axis_double(k, 1), "attention", q, k);
    TENSORS_FIT_double(tensor_axis_double(k, 2) == tensor_axis_double(v, 2), "attention", k, v);
    t.heads = q->rank == 4 ? q->shape[1] : 1;
    t.queries = tensor_axis_double(q, 2), t.keys = tensor_axis_double(k, 2);
    t.width = tensor_axis_double(q, 1), t.value_width = tensor_axis_double(v, 1);
    TENSORS_FIT_double(t.width > 0 && t.keys > 0, "attention", q, k);
    for (size_t b = 0; lengths && b < t.batch; b++)
        REQUIRE(lengths[b] <= t.keys);
    return t;
}

static inline double *tape_scratch_double(struct tape_double *tape_double, size_t n);

static inline void attention_node_double(struct node_double *s)
{
    const struct tiled_double *t = s->saved;
    struct tensor_double *const *in = s->in;
    size_t scores = size_product(t->queries, t->keys);
    attend_backward_double(in[0]->grad, in[1]->grad, in[2]->grad,
                    tape_scratch_double(s->on, size_product(2, scores)),
                    s->out->grad, s->out->attention, in[0]->data, in[1]->data,
                    in[2]->data, t);
}

struct tiled_saved_double { struct tiled_double task; double *log_sum; };

static inline double *node_grads_double(double *to[NODE_INPUTS_double], struct node_double *s,
                                size_t more);

static inline void tiled_node_double(struct node_double *s)
{
    const struct tiled_saved_double *saved = s->saved;
    double *to[NODE_INPUTS_double];
    node_grads_double(to, s, 0);
    tiled_backward_double(to[0], to[1], to[2], s->out->grad, s->in[0]->data,
                   s->in[1]->data, s->in[2]->data, s->out->data,
                   saved->log_sum, &saved->task);
}

static inline double *node_grads_double(double *to[NODE_INPUTS_double], struct node_double *s,
                                size_t more)
{
    for (size_t i = 0; i < NODE_INPUTS_double && s->in[i]; i++)
        more = size_sum(more, s->in[i]->grad ? 0 : s->in[i]->count);
    double *scratch = tape_scratch_double(s->on, more);
    for (size_t i = 0; i < NODE_INPUTS_double && s->in[i]; i++) {
        to[i] = s->in[i]->grad ? s->in[i]->grad : scratch;
        scratch += s->in[i]->grad ? 0 : s->in[i]->count;
    }
    return scratch;
}

static inline struct additive_double additive_task_double(struct tensor_double *const in[6])
{
    const struct tensor_double *q = in[0], *k = in[1], *v = in[2];
    TENSORS_FIT_double(q->rank == 3 && k->rank == 3, "additive_attention", q, k);
    TENSORS_FIT_double(q->shape[0] == k->shape[0], "additive_attention", q, k);
    TENSORS_FIT_double(v->rank == 3 && k->shape[0] == v->shape[0]
                && k->shape[1] == v->shape[1], "additive_attention", k, v);
    const struct tensor_double *wq = in[3], *wk = in[4], *va = in[5];
    TENSORS_FIT_double(wq->rank == 2 && wq->shape[0] == q->shape[2],
                "additive_attention", q, wq);
    TENSORS_FIT_double(wk->rank == 2 && wk->shape[0] == k->shape[2],
                "additive_attention", k, wk);
    TENSORS_FIT_double(wq->shape[1] == wk->shape[1], "additive_attention", wq, wk);
    TENSORS_FIT_double(va->count == wk->shape[1], "additive_attention", wk, va);
    return (struct additive_double){
        .batch = q->shape[0], .c = v->shape[2], .v = v->data,
        .pair = { .kind = SCORE_ADDITIVE_double, .n = q->shape[1], .m = k->shape[1],
                  .dq = q->shape[2], .dk = k->shape[2], .a = va->count,
                  .q = q->data, .k = k->data, .wq = wq->data, .wk = wk->data,
                  .va = va->data },
    };
}

static inline void additive_node_double(struct node_double *s)
{
    const struct additive_double *x = s->saved;
    const struct score_double *p = &x->pair;
    size_t qa = x->batch * p->n * p->a, ka = x->batch * p->m * p->a;
    size_t scores = size_product(2, size_product(p->n, p->m));
    double *to[NODE_INPUTS_double];
    double *workspace = node_grads_double(to, s, size_sum(size_sum(qa, ka), scores));
    struct additive_double d = {
        .v = to[2], .weights = workspace + qa + ka,
        .pair = { .q = to[0], .k = to[1], .wq = to[3], .wk = to[4],
                  .va = to[5], .qa = workspace, .ka = workspace + qa },
    };
    additive_backward_double(&d, s->out->grad, x);
}

static inline void embedding_node_double(struct node_double *s)
{
    const struct tensor_double *table = s->in[0];
    embedding_backward_double(table->grad, s->out->grad, *(const int32_t **)s->saved,
                       tensor_rows_double(s->out), table->shape[0],
                       table->shape[1]);
}

static inline void layernorm_node_double(struct node_double *s)
{
    const struct tensor_double *x = s->in[0], *gain = s->in[1];
    const double *mean = s->saved;
    size_t rows = tensor_rows_double(x);
    layernorm_backward_double(x->grad, gain->grad, s->in[2]->grad, s->out->grad,
                       x->data, gain->data, mean, mean + rows, rows,
                       gain->count);
}

static inline void swap_node_double(struct node_double *s)
{
    const size_t *n = s->saved;
    const size_t back[5] = { n[0], n[3], n[2], n[1], n[4] };
    swap_add_double(s->in[0]->grad, s->out->grad, back);
}

static inline double *tape_zeros_double(struct tape_double *tape_double, size_t count);
static inline struct tensor_double *tape_own_double(struct tape_double *tape_double, struct tensor_double *x);
static inline struct tensor_double *tape_tensor_double(struct tape_double *tape_double, const char *name,
                                         struct axes_double axes_double);

/* tape_node: a node with its result, of shape axes; the data is not set, the
 * grad is zeros, or NULL if no input has one.  in: INPUTS(x, y ...). */
static inline struct node_double *tape_node_double(struct tape_double *tape_double, const char *name,
    struct axes_double axes_double, struct tensor_double *const in[NODE_INPUTS_double],
    void (*backward)(struct node_double *))
{
    struct node_double *s = tape_take_double(tape_double, 1, sizeof *s);
    *s = (struct node_double){ tape_double->last, NULL, { NULL }, backward, NULL, tape_double };
    s->out = tape_tensor_double(tape_double, name, axes_double);
    s->out->data = tape_take_double(tape_double, s->out->count, sizeof(double));
    bool wanted = false;
    for (size_t i = 0; i < NODE_INPUTS_double; i++) {
        s->in[i] = tape_own_double(tape_double, in[i]);
        wanted = wanted || (in[i] && in[i]->grad && !tape_double->no_grad);
    }
    if (wanted) {
        s->out->grad = tape_zeros_double(tape_double, s->out->count);
        tape_double->last = s;
    }
    return s;
}

/* tape_backward: adds dloss/dx to the grad of everything that the scalar
 * loss was made of.  Checked: only once between two tape_reset. */
static inline void tape_backward_double(struct tape_double *tape_double, struct tensor_double *loss)
{
    REQUIRE(loss->count == 1 && loss->grad && !tape_double->walked);
    tape_double->walked = true;
    loss->grad[0] += 1;
    for (struct node_double *s = tape_double->last; s; s = s->before)
        s->backward(s);
}

/* tape_bias: b (n) added to every row of x (..., n). */
static inline struct tensor_double *tape_bias_double(struct tape_double *tape_double, struct tensor_double *x,
                                       struct tensor_double *b)
{
    TENSORS_FIT_double(x->rank >= 1 && b->rank == 1 && tensor_axis_double(x, 1) == b->count,
                "bias", x, b);
    struct node_double *s = tape_node_double(tape_double, "bias", tensor_axes_double(x), INPUTS_double(x, b),
                               bias_node_double);
    bias_forward_double(s->out->data, x->data, b->data, tensor_rows_double(x), b->count);
    return s->out;
}

static inline struct product_sizes_double product_sizes_of_double(const struct tensor_double *a,
    const struct tensor_double *b, unsigned how);

/* tape_product: op(a) op(b) as in product.h.  If b is a matrix, all axes of
 * a but the last are rows (TRANSPOSE_A needs a matrix then).  Otherwise the
 * axes before the last two are a batch, the same for both.
 * tape_matmul: without transposition. */
static inline struct tensor_double *tape_product_double(struct tape_double *tape_double, struct tensor_double *a,
                                          struct tensor_double *b, unsigned how)
{
    struct product_sizes_double *p = tape_take_double(tape_double, 1, sizeof *p);
    *p = product_sizes_of_double(a, b, how & ~(unsigned)PRODUCT_ADD_double);
    struct axes_double axes_double = tensor_axes_double(a);
    axes_double.n[a->rank - 1] = p->n;
    if (how & TRANSPOSE_A_double)
        axes_double.n[a->rank - 2] = p->m;
    struct node_double *s = tape_node_double(tape_double, "matmul", axes_double, INPUTS_double(a, b),
                               product_node_double);
    s->saved = p;
    for (size_t i = 0; i < p->batch; i++)
        product_double(s->out->data + i * p->m * p->n, a->data + i * p->m * p->k,
                b->data + i * p->k * p->n, p->m, p->n, p->k, p->how);
    return s->out;
}

static inline struct tensor_double *tape_matmul_double(struct tape_double *tape_double, struct tensor_double *a,
                                         struct tensor_double *b)
{
    return tape_product_double(tape_double, a, b, 0);
}

/* tape_cross_entropy: the mean over the rows of x (..., n) whose target is
 * not ignore.  targets (rows) must stay until tape_backward. */
static inline struct tensor_double *tape_cross_entropy_double(struct tape_double *tape_double,
    struct tensor_double *x, const int32_t *targets, double smoothing, int32_t ignore)
{
    struct node_double *s = tape_node_double(tape_double, "cross_entropy", SCALAR_double, INPUTS_double(x),
                               entropy_node_double);
    struct entropy_saved_double *e = s->saved = tape_take_double(tape_double, 1, sizeof *e);
    double *log_p = tape_take_double(tape_double, x->count, sizeof *log_p);
    *e = (struct entropy_saved_double){ log_p, smoothing, targets, ignore };
    s->out->data[0] = cross_entropy_forward_double(log_p, x->data, targets,
        tensor_rows_double(x), tensor_axis_double(x, 1), smoothing, ignore);
    return s->out;
}

static inline struct product_sizes_double product_sizes_of_double(const struct tensor_double *a,
    const struct tensor_double *b, unsigned how)
{
    const bool ta = how & TRANSPOSE_A_double, tb = how & TRANSPOSE_B_double;
    struct product_sizes_double p = { .batch = 1, .how = how };
    TENSORS_FIT_double(a->rank >= 1 && b->rank >= 2, "matmul", a, b);
    p.k = tensor_axis_double(a, ta ? 2 : 1);
    p.m = tensor_axis_double(a, ta ? 1 : 2);
    p.n = tensor_axis_double(b, tb ? 2 : 1);
    TENSORS_FIT_double(p.k == tensor_axis_double(b, tb ? 1 : 2), "matmul", a, b);
    if (b->rank == 2) {
        TENSORS_FIT_double(a->rank == 2 || !ta, "matmul", a, b);
        p.m = ta ? p.m : tensor_rows_double(a);
        return p;
    }
    TENSORS_FIT_double(a->rank == b->rank, "matmul", a, b);
    for (size_t i = 0; i + 2 < a->rank; i++) {
        TENSORS_FIT_double(a->shape[i] == b->shape[i], "matmul", a, b);
        p.batch *= a->shape[i];
    }
    return p;
}

static inline bool tensors_alike_double(const struct tensor_double *x,
                                 const struct tensor_double *y)
{
    return x->rank == y->rank
        && memcmp(x->shape, y->shape, x->rank * sizeof *x->shape) == 0;
}

/* tape_add, tape_multiply: of the same shape.  tape_scale: factor x. */
static inline struct tensor_double *tape_add_double(struct tape_double *tape_double, struct tensor_double *x,
                                      struct tensor_double *y)
{
    TENSORS_FIT_double(tensors_alike_double(x, y), "add", x, y);
    struct node_double *s = tape_node_double(tape_double, "add", tensor_axes_double(x), INPUTS_double(x, y),
                               add_node_double);
    memcpy(s->out->data, x->data, x->count * sizeof *x->data);
    add_to_double(s->out->data, y->data, y->count);
    return s->out;
}

static inline struct tensor_double *tape_multiply_double(struct tape_double *tape_double,
                                           struct tensor_double *x,
                                           struct tensor_double *y)
{
    TENSORS_FIT_double(tensors_alike_double(x, y), "multiply", x, y);
    struct node_double *s = tape_node_double(tape_double, "multiply", tensor_axes_double(x),
                               INPUTS_double(x, y), multiply_node_double);
    multiply_forward_double(s->out->data, x->data, y->data, x->count);
    return s->out;
}

static inline struct tensor_double *tape_scale_double(struct tape_double *tape_double, struct tensor_double *x,
                                        double factor)
{
    struct node_double *s = tape_node_double(tape_double, "scale", tensor_axes_double(x), INPUTS_double(x),
                               scale_node_double);
    double *saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    *saved = factor;
    for (size_t i = 0; i < x->count; i++)
        s->out->data[i] = factor * x->data[i];
    return s->out;
}

/* tape_sum, tape_mean: of all numbers of x, a scalar. */
static inline struct tensor_double *tape_sum_double(struct tape_double *tape_double, struct tensor_double *x)
{
    struct node_double *s = tape_node_double(tape_double, "sum", SCALAR_double, INPUTS_double(x), sum_node_double);
    s->out->data[0] = sum_forward_double(x->data, x->count);
    return s->out;
}

static inline struct tensor_double *tape_mean_double(struct tape_double *tape_double, struct tensor_double *x)
{
    REQUIRE(x->count > 0);
    return tape_scale_double(tape_double, tape_sum_double(tape_double, x), 1 / (double)x->count);
}

/* tape_tanh and its like: the same for every number. */
static inline struct tensor_double *tape_tanh_double(struct tape_double *tape_double, struct tensor_double *x)
{
    return tape_activation_double(tape_double, x, (struct activation_double){
        "tanh", row_tanh_double, tanh_backward_double, false });
}

static inline struct tensor_double *tape_sigmoid_double(struct tape_double *tape_double, struct tensor_double *x)
{
    return tape_activation_double(tape_double, x, (struct activation_double){
        "sigmoid", sigmoid_forward_double, sigmoid_backward_double, false });
}

static inline struct tensor_double *tape_relu_double(struct tape_double *tape_double, struct tensor_double *x)
{
    return tape_activation_double(tape_double, x, (struct activation_double){
        "relu", relu_forward_double, relu_backward_double, false });
}

static inline struct tensor_double *tape_gelu_double(struct tape_double *tape_double, struct tensor_double *x)
{
    return tape_activation_double(tape_double, x, (struct activation_double){
        "gelu", gelu_forward_double, gelu_backward_double, true });
}

static inline struct tensor_double *tape_gelu_exact_double(struct tape_double *tape_double,
                                             struct tensor_double *x)
{
    return tape_activation_double(tape_double, x, (struct activation_double){
        "gelu_exact", gelu_exact_forward_double, gelu_exact_backward_double, true });
}

/* tape_softmax, tape_log_softmax: of every row of the last axis. */
static inline struct tensor_double *tape_softmax_double(struct tape_double *tape_double, struct tensor_double *x)
{
    struct node_double *s = tape_node_double(tape_double, "softmax", tensor_axes_double(x), INPUTS_double(x),
                               softmax_node_double);
    softmax_rows_double(s->out->data, x->data, tensor_rows_double(x), tensor_axis_double(x, 1));
    return s->out;
}

static inline struct tensor_double *tape_log_softmax_double(struct tape_double *tape_double,
                                              struct tensor_double *x)
{
    struct node_double *s = tape_node_double(tape_double, "log_softmax", tensor_axes_double(x), INPUTS_double(x),
                               log_softmax_node_double);
    log_softmax_rows_double(s->out->data, x->data, tensor_rows_double(x),
                     tensor_axis_double(x, 1));
    return s->out;
}

/* tape_attention: q (B, H, Tq, d), k (B, H, Tk, d), v (B, H, Tk, dv), or all
 * without H.  lengths (B), none more than Tk, or NULL.  They must stay until
 * tape_backward.  The result has its weights; tape_attention_tiled is faster
 * and takes less memory. */
static inline struct tensor_double *tape_attention_double(struct tape_double *tape_double,
    struct tensor_double *q, struct tensor_double *k, struct tensor_double *v, bool causal,
    const size_t *lengths)
{
    struct tiled_double *t = tape_take_double(tape_double, 1, sizeof *t);
    *t = attention_task_double(q, k, v, causal, lengths);
    struct axes_double axes_double = tensor_axes_double(q);
    axes_double.n[q->rank - 1] = t->value_width;
    struct node_double *s = tape_node_double(tape_double, "attention", axes_double, INPUTS_double(q, k, v),
                               attention_node_double);
    s->saved = t;
    size_t scores = size_product(t->batch * t->heads,
                                 size_product(t->queries, t->keys));
    double *weights = tape_take_double(tape_double, scores, sizeof *weights);
    attend_forward_double(s->out->data, weights, q->data, k->data, v->data, t);
    s->out->attention = weights;
    return s->out;
}

/* tape_attention_tiled: tape_attention without the weights. */
static inline struct tensor_double *tape_attention_tiled_double(struct tape_double *tape_double,
    struct tensor_double *q, struct tensor_double *k, struct tensor_double *v, bool causal,
    const size_t *lengths)
{
    struct tiled_saved_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    saved->task = attention_task_double(q, k, v, causal, lengths);
    struct axes_double axes_double = tensor_axes_double(q);
    axes_double.n[q->rank - 1] = saved->task.value_width;
    struct node_double *s = tape_node_double(tape_double, "attention_tiled", axes_double,
                               INPUTS_double(q, k, v), tiled_node_double);
    s->saved = saved;
    size_t queries = q->count / saved->task.width;
    saved->log_sum = tape_take_double(tape_double, queries, sizeof *saved->log_sum);
    tiled_forward_double(s->out->data, saved->log_sum, q->data, k->data, v->data,
                  &saved->task);
    return s->out;
}

/* tape_additive_attention: q (B, n, dq), k (B, m, dk), v (B, m, c),
 * wq (dq, a), wk (dk, a), va (a)  ->  (B, n, c), with weights (B, n, m).
 * lengths (B), none more than m, or NULL. */
static inline struct tensor_double *tape_additive_attention_double(struct tape_double *tape_double,
    struct tensor_double *q, struct tensor_double *k, struct tensor_double *v, struct tensor_double *wq,
    struct tensor_double *wk, struct tensor_double *va, const size_t *lengths)
{
    struct tensor_double **in = INPUTS_double(q, k, v, wq, wk, va);
    struct additive_double *x = tape_take_double(tape_double, 1, sizeof *x);
    *x = additive_task_double(in);
    x->lengths = lengths;
    const size_t queries = x->batch * x->pair.n, keys = x->batch * x->pair.m;
    const size_t a = x->pair.a, m = x->pair.m;
    x->weights = tape_take_double(tape_double, size_product(queries, m), sizeof(double));
    x->pair.qa = tape_take_double(tape_double, size_product(queries, a), sizeof(double));
    x->pair.ka = tape_take_double(tape_double, size_product(keys, a), sizeof(double));
    x->pair.t = tape_take_double(tape_double, a, sizeof(double));
    struct node_double *s = tape_node_double(tape_double, "additive_attention",
                               SHAPE_double(x->batch, x->pair.n, x->c), in,
                               additive_node_double);
    s->saved = x;
    s->out->attention = x->weights;
    additive_forward_double(s->out->data, x);
    return s->out;
}

/* tape_embedding: table (V, c), ids of shape axes  ->  (axes..., c).  ids
 * must stay until tape_backward.  At most three axes. */
static inline struct tensor_double *tape_embedding_double(struct tape_double *tape_double,
    struct tensor_double *table, const int32_t *ids, struct axes_double axes_double)
{
    REQUIRE(table->rank == 2 && axes_double.rank < TENSOR_RANK_double);
    axes_double.n[axes_double.rank++] = table->shape[1];
    struct node_double *s = tape_node_double(tape_double, "embedding", axes_double, INPUTS_double(table),
                               embedding_node_double);
    const int32_t **saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    *saved = ids;
    embedding_forward_double(s->out->data, table->data, ids, tensor_rows_double(s->out),
                      table->shape[0], table->shape[1]);
    return s->out;
}

/* tape_layernorm_by: over the last axis, with gain and bias (n). */
static inline struct tensor_double *tape_layernorm_by_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *gain, struct tensor_double *bias, double eps)
{
    TENSORS_FIT_double(gain->count == tensor_axis_double(x, 1), "layernorm", x, gain);
    TENSORS_FIT_double(bias->count == tensor_axis_double(x, 1), "layernorm", x, bias);
    struct node_double *s = tape_node_double(tape_double, "layernorm", tensor_axes_double(x),
                               INPUTS_double(x, gain, bias), layernorm_node_double);
    size_t rows = tensor_rows_double(x);
    double *mean = s->saved = tape_take_double(tape_double, size_product(2, rows),
                                        sizeof *mean);
    layernorm_forward_double(s->out->data, mean, mean + rows, x->data, gain->data,
                      bias->data, rows, gain->count, eps);
    return s->out;
}

/* tape_layernorm: the same with an eps of 1e-5. */
static inline struct tensor_double *tape_layernorm_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *gain, struct tensor_double *bias)
{
    return tape_layernorm_by_double(tape_double, x, gain, bias, 1e-5);
}

/* tape_reshape: the same numbers and gradients, in another shape. */
static inline struct tensor_double *tape_reshape_double(struct tape_double *tape_double, struct tensor_double *x,
                                          struct axes_double axes_double)
{
    struct tensor_double *y = tape_tensor_double(tape_double, "reshape", axes_double);
    TENSORS_FIT_double(x->count == y->count, "reshape", x, y);
    y->data = x->data, y->grad = x->grad;
    return y;
}

/* tape_swap: axes i < j, counted from 0, change places. */
static inline struct tensor_double *tape_swap_double(struct tape_double *tape_double, struct tensor_double *x,
                                       size_t i, size_t j)
{
    REQUIRE(i < j && j < x->rank);
    struct axes_double axes_double = tensor_axes_double(x);
    axes_double.n[i] = x->shape[j], axes_double.n[j] = x->shape[i];
    struct node_double *s = tape_node_double(tape_double, "swap", axes_double, INPUTS_double(x), swap_node_double);
    size_t *n = s->saved = tape_take_double(tape_double, 5, sizeof *n);
    n[0] = n[2] = n[4] = 1;
    n[1] = x->shape[i], n[3] = x->shape[j];
    for (size_t axis = 0; axis < x->rank; axis++)
        if (axis != i && axis != j)
            n[axis < i ? 0 : axis < j ? 2 : 4] *= x->shape[axis];
    memset(s->out->data, 0, x->count * sizeof *x->data);
    swap_add_double(s->out->data, x->data, n);
    return s->out;
}

static inline void *tape_take_double(struct tape_double *tape_double, size_t count, size_t size)
{
    struct arena *block = &tape_double->blocks[tape_double->n_blocks - 1];
    size_t need = arena_need(count, size);
    if (need > block->size - block->used) {
        REQUIRE(tape_double->n_blocks < TAPE_BLOCKS_double);
        size_t twice = size_product(2, block->size);
        block = &tape_double->blocks[tape_double->n_blocks++];
        *block = arena_new(need > twice ? need : twice);
        tape_double->allocations++;
    }
    return arena_take(block, count, size);
}

static inline double *tape_zeros_double(struct tape_double *tape_double, size_t count)
{
    size_t bytes = size_product(count, sizeof(double));
    return memset(tape_take_double(tape_double, count, sizeof(double)), 0, bytes);
}

/* tape_used: how many bytes the tensors of this step take. */
static inline size_t tape_used_double(const struct tape_double *tape_double)
{
    size_t used = 0;
    for (size_t i = 0; i < tape_double->n_blocks; i++)
        used += tape_double->blocks[i].used;
    return used;
}

/* tape_reset forgets the last step: all tensors but the parameters.
 * tape_zero clears the gradients of the parameters. */
static inline void tape_reset_double(struct tape_double *tape_double)
{
    size_t used = tape_used_double(tape_double);
    if (tape_double->n_blocks > 1) {
        while (tape_double->n_blocks > 0)
            arena_free(&tape_double->blocks[--tape_double->n_blocks]);
        tape_double->blocks[tape_double->n_blocks++] = arena_new(used);
        tape_double->allocations++;
    }
    arena_reset(&tape_double->blocks[0], 0);
    tape_double->last = NULL;
    tape_double->begun = tape_double->walked = false;
}

static inline void tape_zero_double(struct tape_double *tape_double)
{
    if (tape_double->size)
        memset(tape_double->grads, 0, tape_double->size * sizeof *tape_double->grads);
}

/* tape_reserve: so many bytes for the steps to come.  Begins a step. */
static inline void tape_reserve_double(struct tape_double *tape_double, size_t bytes)
{
    tape_reset_double(tape_double);
    if (bytes > tape_double->blocks[0].size) {
        arena_free(&tape_double->blocks[0]);
        tape_double->blocks[0] = arena_new(bytes);
        tape_double->allocations++;
    }
}

/* tape_workspace: memory for n numbers, valid until the next call of it or
 * of tape_scratch, which is the same with zeros. */
static inline double *tape_workspace_double(struct tape_double *tape_double, size_t n)
{
    size_t need = arena_need(size_sum(n, 1), sizeof(double));
    if (need > tape_double->scratch.size) {
        arena_free(&tape_double->scratch);
        tape_double->scratch = arena_new(need);
        tape_double->allocations++;
    }
    arena_reset(&tape_double->scratch, 0);
    return arena_take(&tape_double->scratch, n + 1, sizeof(double));
}
static inline double *tape_scratch_double(struct tape_double *tape_double, size_t n)
{
    return memset(tape_workspace_double(tape_double, n), 0, n * sizeof(double));
}

/* tape_new, tape_free: a tape, and with it all its tensors. */
static inline struct tape_double *tape_new_double(void)
{
    struct tape_double *tape_double = allocate(1, sizeof *tape_double);
    tape_double->blocks[0] = arena_new(TAPE_FIRST_BLOCK_double);
    tape_double->n_blocks = 1;
    return tape_double;
}

static inline void tape_free_double(struct tape_double *tape_double)
{
    for (size_t i = 0; i < tape_double->n_blocks; i++)
        arena_free(&tape_double->blocks[i]);
    for (size_t i = 0; i < tape_double->count; i++)
        free(tape_double->parameters[i]);
    arena_free(&tape_double->scratch);
    for (size_t i = 0; i < TAPE_SHARDS_double; i++)
        if (tape_double->shards[i])
            tape_free_double(tape_double->shards[i]);
    free(tape_double->parameters);
    free(tape_double->values);
    free(tape_double->grads);
    free(tape_double);
}

static inline void tape_make_workspace_double(struct tape_double *tape_double, size_t size);
static inline void tensor_shape_double(struct tensor_double *x, const char *name,
                                struct axes_double axes_double);

/* tape_parameter: zeros at first; fill in its data.  The name is copied.  The
 * data moves when another parameter is made, so go through p->data each time.
 * Checked: no other has this name; not within a step, which lasts from its
 * first tensor to tape_reset. */
static inline struct tensor_double *tape_parameter_double(struct tape_double *tape_double,
                                            const char *name,
                                            struct axes_double axes_double)
{
    REQUIRE(!tape_double->begun);
    for (size_t i = 0; i < tape_double->count; i++)
        if (strcmp(tape_double->parameters[i]->name, name) == 0)
            tensors_misfit_double("parameter", "each has a name of its own",
                           tape_double->parameters[i], tape_double->parameters[i]);
    size_t bytes = strlen(name) + 1;
    struct tensor_double *p = allocate(size_sum(sizeof *p, bytes), 1);
    tensor_shape_double(p, memcpy(p + 1, name, bytes), axes_double);
    tape_make_workspace_double(tape_double, size_sum(tape_double->size, p->count));
    tape_double->parameters[tape_double->count++] = p;
    tape_double->size += p->count;
    for (size_t i = 0, at = 0; i < tape_double->count; i++) {
        tape_double->parameters[i]->data = tape_double->values + at;
        tape_double->parameters[i]->grad = tape_double->grads + at;
        at += tape_double->parameters[i]->count;
    }
    return p;
}

static inline void *tape_grown_double(void *old, size_t bytes, size_t workspace);

static inline void tape_make_workspace_double(struct tape_double *tape_double, size_t size)
{
    size_t old = tape_double->size * sizeof(double), workspace = tape_double->workspace;
    while (workspace < size)
        workspace = workspace ? size_product(2, workspace) : 1024;
    if (workspace > tape_double->workspace) {
        size_t bytes = size_product(workspace, sizeof(double));
        tape_double->values = tape_grown_double(tape_double->values, old, bytes);
        tape_double->grads = tape_grown_double(tape_double->grads, old, bytes);
        tape_double->workspace = workspace;
    }
    size_t list = tape_double->count * sizeof *tape_double->parameters;
    if ((tape_double->count & (tape_double->count - 1)) == 0)
        tape_double->parameters = tape_grown_double(tape_double->parameters, list,
                                      2 * list + sizeof *tape_double->parameters);
}

static inline void *tape_grown_double(void *old, size_t bytes, size_t workspace)
{
    void *new = allocate(workspace, 1);
    if (bytes)
        memcpy(new, old, bytes);
    free(old);
    return new;
}

/* tape_own: x, or for a parameter of the tape whose shard this is, one with
 * its data and this tape's gradient.  NULL stays NULL. */
static inline struct tensor_double *tape_own_double(struct tape_double *tape_double, struct tensor_double *x)
{
    const struct tape_double *of = tape_double->of;
    if (!of || !x || !x->grad || x->grad < of->grads
        || x->grad >= of->grads + of->size)
        return x;
    struct tensor_double *own = tape_take_double(tape_double, 1, sizeof *own);
    *own = *x;
    own->grad = tape_double->grads + (x->grad - of->grads);
    return own;
}

static inline void tensor_shape_double(struct tensor_double *x, const char *name,
                                struct axes_double axes_double)
{
    *x = (struct tensor_double){ .name = name, .rank = axes_double.rank, .count = 1 };
    REQUIRE(axes_double.rank <= TENSOR_RANK_double);
    memcpy(x->shape, axes_double.n, sizeof x->shape);
    for (size_t i = 0; i < axes_double.rank; i++)
        x->count = size_product(x->count, axes_double.n[i]);
}

static inline struct tensor_double *tape_tensor_double(struct tape_double *tape_double, const char *name,
                                         struct axes_double axes_double)
{
    struct tensor_double *x = tape_take_double(tape_double, 1, sizeof *x);
    tensor_shape_double(x, name, axes_double);
    tape_double->begun = true;
    return x;
}

/* tape_input: a tensor over numbers of the caller; no gradient is wanted.
 * tape_leaf: workspace for an input whose gradient is wanted, all zeros. */
static inline struct tensor_double *tape_input_double(struct tape_double *tape_double, const double *data,
                                        struct axes_double axes_double)
{
    struct tensor_double *x = tape_tensor_double(tape_double, "input", axes_double);
    x->data = (double *)data;
    return x;
}

static inline struct tensor_double *tape_leaf_double(struct tape_double *tape_double, struct axes_double axes_double)
{
    struct tensor_double *x = tape_tensor_double(tape_double, "leaf", axes_double);
    x->data = tape_zeros_double(tape_double, x->count);
    x->grad = tape_zeros_double(tape_double, x->count);
    return x;
}

/* tape_keep: a copy of x on another tape; no gradient goes back through. */
static inline struct tensor_double *tape_keep_double(struct tape_double *to,
                                       const struct tensor_double *x)
{
    struct tensor_double *y = tape_tensor_double(to, "keep", tensor_axes_double(x));
    y->data = tape_take_double(to, x->count, sizeof *y->data);
    memcpy(y->data, x->data, x->count * sizeof *y->data);
    return y;
}

/* tensor_axes: the shape.  tensor_axis: the size of an axis, counted from
 * the end: 1 is the last; 1 where there is none.
 * tensor_rows: count / last axis. */
static inline struct axes_double tensor_axes_double(const struct tensor_double *x)
{
    struct axes_double axes_double = { .rank = x->rank };
    memcpy(axes_double.n, x->shape, sizeof axes_double.n);
    return axes_double;
}

static inline size_t tensor_axis_double(const struct tensor_double *x, size_t from_end)
{
    return from_end <= x->rank ? x->shape[x->rank - from_end] : 1;
}

static inline size_t tensor_rows_double(const struct tensor_double *x)
{
    size_t rows = 1;
    for (size_t i = 0; i + 1 < x->rank; i++)
        rows *= x->shape[i];
    return rows;
}

static inline void tensor_print_shape_double(const struct tensor_double *x);

_Noreturn static inline void tensors_misfit_double(const char *step,
    const char *condition, const struct tensor_double *x, const struct tensor_double *y)
{
    fflush(stdout);
    fprintf(stderr, "tape_%s: %s ", step, x->name);
    tensor_print_shape_double(x);
    fprintf(stderr, " and %s ", y->name);
    tensor_print_shape_double(y);
    fprintf(stderr, " do not fit: contract broken: %s\n", condition);
    abort();
}

static inline void tensor_print_shape_double(const struct tensor_double *x)
{
    fputc('(', stderr);
    for (size_t i = 0; i < x->rank; i++)
        fprintf(stderr, "%s%zu", i ? ", " : "", x->shape[i]);
    fputc(')', stderr);
}

#endif
