/* tape.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct tensor, struct axes, struct node, struct tape,
 * struct product_sizes, struct entropy_saved, struct activation,
 * struct tiled_saved, tape_node, tape_backward, tape_bias, tape_product,
 * tape_matmul, tape_cross_entropy, tape_add, tape_multiply, tape_scale,
 * tape_sum, tape_mean, tape_tanh, tape_softmax, tape_log_softmax,
 * tape_attention, tape_attention_tiled, tape_additive_attention,
 * tape_embedding, tape_layernorm_by, tape_layernorm, tape_reshape,
 * tape_swap, tape_used, tape_reset, tape_zero, tape_reserve,
 * tape_workspace, tape_scratch, tape_new, tape_free, tape_parameter,
 * tape_own, tape_input, tape_leaf, tape_keep, tensor_axes, tensor_axis,
 * tensor_rows */

#ifndef TAPE_H
#define TAPE_H
#include <stdio.h>
#include "gradient/gradient.h"

enum { TENSOR_RANK = 4 };

struct tensor {
    const char *name;                  /* what it is called in errors */
    size_t rank, shape[TENSOR_RANK], count;
    float *data, *grad;                /* (count); grad NULL: not wanted */
    const float *attention;            /* of attention: (..., Tq, Tk) */
};

struct axes { size_t rank, n[TENSOR_RANK]; };
#define AXES(...) { \
    sizeof (size_t[]){ __VA_ARGS__ } / sizeof(size_t), { __VA_ARGS__ } }
#define SHAPE(...) ((struct axes)AXES(__VA_ARGS__))
#define SCALAR ((struct axes){ 0, { 0 } })

enum { NODE_INPUTS = 13 };       /* at most: a block has 12 parameters */

struct node {
    struct node *before;
    struct tensor *out, *in[NODE_INPUTS];
    void (*backward)(struct node *s);
    void *saved;                 /* what backward needs besides */
    struct tape *on;
};

/* INPUTS(x, y ...): the inputs of a node. */
#define INPUTS(...) (struct tensor *[NODE_INPUTS]){ __VA_ARGS__ }

enum { TAPE_BLOCKS = 40, TAPE_FIRST_BLOCK = 1 << 16, TAPE_SHARDS = 16 };

struct tape {
    float *values, *grads;      /* of all parameters, one after the other */
    size_t size, workspace;     /* floats in use, and floats allocated */
    struct tensor **parameters; /* (count), in the order of their making */
    size_t count;
    bool no_grad;               /* set it to evaluate: without gradients,
                                   and without dropout */
    struct node *last;          /* the chain of nodes begins at its end */
    bool begun, walked;         /* has made a tensor; has gone back */
    struct arena blocks[TAPE_BLOCKS], scratch;
    size_t n_blocks;
    size_t allocations;         /* how often memory was asked for */
    struct tape *of, *shards[TAPE_SHARDS]; /* see shards.h */
};

struct product_sizes { size_t batch, m, n, k; unsigned how; };

/* A step that gets shapes which do not fit says so, with both, and aborts. */
#define TENSORS_FIT(condition, step, x, y) ((condition) ? (void)0 \
    : tensors_misfit(step, #condition, x, y))

static inline size_t tensor_rows(const struct tensor *x);

static inline void bias_node(struct node *s)
{
    bias_backward(s->in[0]->grad, s->in[1]->grad, s->out->grad,
                  tensor_rows(s->out), s->in[1]->count);
}

static inline void product_node(struct node *s)
{
    const struct product_sizes *p = s->saved;
    const struct tensor *a = s->in[0], *b = s->in[1];
    for (size_t i = 0; i < p->batch; i++)
        product_backward(a->grad ? a->grad + i * p->m * p->k : NULL,
                         b->grad ? b->grad + i * p->k * p->n : NULL,
                         s->out->grad + i * p->m * p->n,
                         a->data + i * p->m * p->k,
                         b->data + i * p->k * p->n,
                         p->m, p->n, p->k, p->how);
}

struct entropy_saved {
    float *log_p, smoothing;
    const int32_t *targets;
    int32_t ignore;
};

static inline size_t tensor_axis(const struct tensor *x, size_t from_end);

static inline void entropy_node(struct node *s)
{
    const struct entropy_saved *e = s->saved;
    const struct tensor *x = s->in[0];
    cross_entropy_backward(x->grad, s->out->grad[0], e->log_p, e->targets,
                           tensor_rows(x), tensor_axis(x, 1), e->smoothing,
                           e->ignore);
}

static inline void add_node(struct node *s)
{
    for (size_t i = 0; i < 2; i++)
        if (s->in[i]->grad)
            add_to(s->in[i]->grad, s->out->grad, s->out->count);
}

static inline void multiply_node(struct node *s)
{
    multiply_backward(s->in[0]->grad, s->in[1]->grad, s->out->grad,
                      s->in[0]->data, s->in[1]->data, s->out->count);
}

static inline void scale_node(struct node *s)
{
    scale_add(s->in[0]->grad, s->out->grad, *(float *)s->saved,
              s->out->count);
}

static inline void sum_node(struct node *s)
{
    sum_backward(s->in[0]->grad, s->out->grad[0], s->in[0]->count);
}

struct activation {
    const char *name;
    void (*forward)(float *out, const float *x, size_t n);
    void (*backward)(float *dx, const float *dout, const float *y, size_t n);
    bool wants_input;
};

static inline void activation_node(struct node *s)
{
    const struct activation *activation = s->saved;
    const struct tensor *y = activation->wants_input ? s->in[0] : s->out;
    activation->backward(s->in[0]->grad, s->out->grad, y->data,
                         s->out->count);
}

static inline struct node *tape_node(struct tape *tape, const char *name,
    struct axes axes, struct tensor *const in[NODE_INPUTS],
    void (*backward)(struct node *));
static inline void *tape_take(struct tape *tape, size_t count, size_t size);
static inline struct axes tensor_axes(const struct tensor *x);

static inline struct tensor *tape_activation(struct tape *tape,
                                             struct tensor *x,
                                             struct activation activation)
{
    struct node *s = tape_node(tape, activation.name, tensor_axes(x),
                               INPUTS(x), activation_node);
    struct activation *saved = s->saved = tape_take(tape, 1, sizeof *saved);
    *saved = activation;
    activation.forward(s->out->data, x->data, x->count);
    return s->out;
}

static inline void softmax_node(struct node *s)
{
    softmax_rows_backward(s->in[0]->grad, s->out->grad, s->out->data,
                          tensor_rows(s->out), tensor_axis(s->out, 1));
}

static inline void log_softmax_node(struct node *s)
{
    log_softmax_rows_backward(s->in[0]->grad, s->out->grad, s->out->data,
                              tensor_rows(s->out), tensor_axis(s->out, 1));
}

_Noreturn static inline void tensors_misfit(const char *step,
    const char *condition, const struct tensor *x, const struct tensor *y);

static inline struct tiled attention_task(const struct tensor *q,
    const struct tensor *k, const struct tensor *v, bool causal,
    const size_t *lengths)
{
    struct tiled t = { .batch = q->shape[0], .causal = causal,
                       .lengths = lengths };
    TENSORS_FIT(q->rank >= 3 && q->rank == k->rank, "attention", q, k);
    TENSORS_FIT(k->rank == v->rank, "attention", k, v);
    for (size_t i = 0; i + 2 < q->rank; i++) {
        TENSORS_FIT(q->shape[i] == k->shape[i], "attention", q, k);
        TENSORS_FIT(k->shape[i] == v->shape[i], "attention", k, v);
    }
    TENSORS_FIT(tensor_axis(q, 1) == tensor_axis(k, 1), "attention", q, k);
    TENSORS_FIT(tensor_axis(k, 2) == tensor_axis(v, 2), "attention", k, v);
    t.heads = q->rank == 4 ? q->shape[1] : 1;
    t.queries = tensor_axis(q, 2), t.keys = tensor_axis(k, 2);
    t.width = tensor_axis(q, 1), t.value_width = tensor_axis(v, 1);
    TENSORS_FIT(t.width > 0 && t.keys > 0, "attention", q, k);
    for (size_t b = 0; lengths && b < t.batch; b++)
        REQUIRE(lengths[b] <= t.keys);
    return t;
}

static inline float *tape_scratch(struct tape *tape, size_t n);

static inline void attention_node(struct node *s)
{
    const struct tiled *t = s->saved;
    struct tensor *const *in = s->in;
    size_t scores = size_product(t->queries, t->keys);
    attend_backward(in[0]->grad, in[1]->grad, in[2]->grad,
                    tape_scratch(s->on, size_product(2, scores)),
                    s->out->grad, s->out->attention, in[0]->data, in[1]->data,
                    in[2]->data, t);
}

struct tiled_saved { struct tiled task; float *log_sum; };

static inline float *node_grads(float *to[NODE_INPUTS], struct node *s,
                                size_t more);

static inline void tiled_node(struct node *s)
{
    const struct tiled_saved *saved = s->saved;
    float *to[NODE_INPUTS];
    node_grads(to, s, 0);
    tiled_backward(to[0], to[1], to[2], s->out->grad, s->in[0]->data,
                   s->in[1]->data, s->in[2]->data, s->out->data,
                   saved->log_sum, &saved->task);
}

static inline float *node_grads(float *to[NODE_INPUTS], struct node *s,
                                size_t more)
{
    for (size_t i = 0; i < NODE_INPUTS && s->in[i]; i++)
        more = size_sum(more, s->in[i]->grad ? 0 : s->in[i]->count);
    float *scratch = tape_scratch(s->on, more);
    for (size_t i = 0; i < NODE_INPUTS && s->in[i]; i++) {
        to[i] = s->in[i]->grad ? s->in[i]->grad : scratch;
        scratch += s->in[i]->grad ? 0 : s->in[i]->count;
    }
    return scratch;
}

static inline struct additive additive_task(struct tensor *const in[6])
{
    const struct tensor *q = in[0], *k = in[1], *v = in[2];
    TENSORS_FIT(q->rank == 3 && k->rank == 3, "additive_attention", q, k);
    TENSORS_FIT(q->shape[0] == k->shape[0], "additive_attention", q, k);
    TENSORS_FIT(v->rank == 3 && k->shape[0] == v->shape[0]
                && k->shape[1] == v->shape[1], "additive_attention", k, v);
    const struct tensor *wq = in[3], *wk = in[4], *va = in[5];
    TENSORS_FIT(wq->rank == 2 && wq->shape[0] == q->shape[2],
                "additive_attention", q, wq);
    TENSORS_FIT(wk->rank == 2 && wk->shape[0] == k->shape[2],
                "additive_attention", k, wk);
    TENSORS_FIT(wq->shape[1] == wk->shape[1], "additive_attention", wq, wk);
    TENSORS_FIT(va->count == wk->shape[1], "additive_attention", wk, va);
    return (struct additive){
        .batch = q->shape[0], .c = v->shape[2], .v = v->data,
        .pair = { .kind = SCORE_ADDITIVE, .n = q->shape[1], .m = k->shape[1],
                  .dq = q->shape[2], .dk = k->shape[2], .a = va->count,
                  .q = q->data, .k = k->data, .wq = wq->data, .wk = wk->data,
                  .va = va->data },
    };
}

static inline void additive_node(struct node *s)
{
    const struct additive *x = s->saved;
    const struct score *p = &x->pair;
    size_t qa = x->batch * p->n * p->a, ka = x->batch * p->m * p->a;
    size_t scores = size_product(2, size_product(p->n, p->m));
    float *to[NODE_INPUTS];
    float *workspace = node_grads(to, s, size_sum(size_sum(qa, ka), scores));
    struct additive d = {
        .v = to[2], .weights = workspace + qa + ka,
        .pair = { .q = to[0], .k = to[1], .wq = to[3], .wk = to[4],
                  .va = to[5], .qa = workspace, .ka = workspace + qa },
    };
    additive_backward(&d, s->out->grad, x);
}

static inline void embedding_node(struct node *s)
{
    const struct tensor *table = s->in[0];
    embedding_backward(table->grad, s->out->grad, *(const int32_t **)s->saved,
                       tensor_rows(s->out), table->shape[0],
                       table->shape[1]);
}

static inline void layernorm_node(struct node *s)
{
    const struct tensor *x = s->in[0], *gain = s->in[1];
    const float *mean = s->saved;
    size_t rows = tensor_rows(x);
    layernorm_backward(x->grad, gain->grad, s->in[2]->grad, s->out->grad,
                       x->data, gain->data, mean, mean + rows, rows,
                       gain->count);
}

static inline void swap_node(struct node *s)
{
    const size_t *n = s->saved;
    const size_t back[5] = { n[0], n[3], n[2], n[1], n[4] };
    swap_add(s->in[0]->grad, s->out->grad, back);
}

static inline float *tape_zeros(struct tape *tape, size_t count);
static inline struct tensor *tape_own(struct tape *tape, struct tensor *x);
static inline struct tensor *tape_tensor(struct tape *tape, const char *name,
                                         struct axes axes);

/* tape_node: a node with its result, of shape axes; the data is not set, the
 * grad is zeros, or NULL if no input has one.  in: INPUTS(x, y ...). */
static inline struct node *tape_node(struct tape *tape, const char *name,
    struct axes axes, struct tensor *const in[NODE_INPUTS],
    void (*backward)(struct node *))
{
    struct node *s = tape_take(tape, 1, sizeof *s);
    *s = (struct node){ tape->last, NULL, { NULL }, backward, NULL, tape };
    s->out = tape_tensor(tape, name, axes);
    s->out->data = tape_take(tape, s->out->count, sizeof(float));
    bool wanted = false;
    for (size_t i = 0; i < NODE_INPUTS; i++) {
        s->in[i] = tape_own(tape, in[i]);
        wanted = wanted || (in[i] && in[i]->grad && !tape->no_grad);
    }
    if (wanted) {
        s->out->grad = tape_zeros(tape, s->out->count);
        tape->last = s;
    }
    return s;
}

/* tape_backward: adds dloss/dx to the grad of everything that the scalar
 * loss was made of.  Checked: only once between two tape_reset. */
static inline void tape_backward(struct tape *tape, struct tensor *loss)
{
    REQUIRE(loss->count == 1 && loss->grad && !tape->walked);
    tape->walked = true;
    loss->grad[0] += 1;
    for (struct node *s = tape->last; s; s = s->before)
        s->backward(s);
}

/* tape_bias: b (n) added to every row of x (..., n). */
static inline struct tensor *tape_bias(struct tape *tape, struct tensor *x,
                                       struct tensor *b)
{
    TENSORS_FIT(x->rank >= 1 && b->rank == 1 && tensor_axis(x, 1) == b->count,
                "bias", x, b);
    struct node *s = tape_node(tape, "bias", tensor_axes(x), INPUTS(x, b),
                               bias_node);
    bias_forward(s->out->data, x->data, b->data, tensor_rows(x), b->count);
    return s->out;
}

static inline struct product_sizes product_sizes_of(const struct tensor *a,
    const struct tensor *b, unsigned how);

/* tape_product: op(a) op(b) as in product.h.  If b is a matrix, all axes of
 * a but the last are rows (TRANSPOSE_A needs a matrix then).  Otherwise the
 * axes before the last two are a batch, the same for both.
 * tape_matmul: without transposition. */
static inline struct tensor *tape_product(struct tape *tape, struct tensor *a,
                                          struct tensor *b, unsigned how)
{
    struct product_sizes *p = tape_take(tape, 1, sizeof *p);
    *p = product_sizes_of(a, b, how & ~(unsigned)PRODUCT_ADD);
    struct axes axes = tensor_axes(a);
    axes.n[a->rank - 1] = p->n;
    if (how & TRANSPOSE_A)
        axes.n[a->rank - 2] = p->m;
    struct node *s = tape_node(tape, "matmul", axes, INPUTS(a, b),
                               product_node);
    s->saved = p;
    for (size_t i = 0; i < p->batch; i++)
        product(s->out->data + i * p->m * p->n, a->data + i * p->m * p->k,
                b->data + i * p->k * p->n, p->m, p->n, p->k, p->how);
    return s->out;
}

static inline struct tensor *tape_matmul(struct tape *tape, struct tensor *a,
                                         struct tensor *b)
{
    return tape_product(tape, a, b, 0);
}

/* tape_cross_entropy: the mean over the rows of x (..., n) whose target is
 * not ignore.  targets (rows) must stay until tape_backward. */
static inline struct tensor *tape_cross_entropy(struct tape *tape,
    struct tensor *x, const int32_t *targets, float smoothing, int32_t ignore)
{
    struct node *s = tape_node(tape, "cross_entropy", SCALAR, INPUTS(x),
                               entropy_node);
    struct entropy_saved *e = s->saved = tape_take(tape, 1, sizeof *e);
    float *log_p = tape_take(tape, x->count, sizeof *log_p);
    *e = (struct entropy_saved){ log_p, smoothing, targets, ignore };
    s->out->data[0] = cross_entropy_forward(log_p, x->data, targets,
        tensor_rows(x), tensor_axis(x, 1), smoothing, ignore);
    return s->out;
}

static inline struct product_sizes product_sizes_of(const struct tensor *a,
    const struct tensor *b, unsigned how)
{
    const bool ta = how & TRANSPOSE_A, tb = how & TRANSPOSE_B;
    struct product_sizes p = { .batch = 1, .how = how };
    TENSORS_FIT(a->rank >= 1 && b->rank >= 2, "matmul", a, b);
    p.k = tensor_axis(a, ta ? 2 : 1);
    p.m = tensor_axis(a, ta ? 1 : 2);
    p.n = tensor_axis(b, tb ? 2 : 1);
    TENSORS_FIT(p.k == tensor_axis(b, tb ? 1 : 2), "matmul", a, b);
    if (b->rank == 2) {
        TENSORS_FIT(a->rank == 2 || !ta, "matmul", a, b);
        p.m = ta ? p.m : tensor_rows(a);
        return p;
    }
    TENSORS_FIT(a->rank == b->rank, "matmul", a, b);
    for (size_t i = 0; i + 2 < a->rank; i++) {
        TENSORS_FIT(a->shape[i] == b->shape[i], "matmul", a, b);
        p.batch *= a->shape[i];
    }
    return p;
}

static inline bool tensors_alike(const struct tensor *x,
                                 const struct tensor *y)
{
    return x->rank == y->rank
        && memcmp(x->shape, y->shape, x->rank * sizeof *x->shape) == 0;
}

/* tape_add, tape_multiply: of the same shape.  tape_scale: factor x. */
static inline struct tensor *tape_add(struct tape *tape, struct tensor *x,
                                      struct tensor *y)
{
    TENSORS_FIT(tensors_alike(x, y), "add", x, y);
    struct node *s = tape_node(tape, "add", tensor_axes(x), INPUTS(x, y),
                               add_node);
    memcpy(s->out->data, x->data, x->count * sizeof *x->data);
    add_to(s->out->data, y->data, y->count);
    return s->out;
}

static inline struct tensor *tape_multiply(struct tape *tape,
                                           struct tensor *x,
                                           struct tensor *y)
{
    TENSORS_FIT(tensors_alike(x, y), "multiply", x, y);
    struct node *s = tape_node(tape, "multiply", tensor_axes(x),
                               INPUTS(x, y), multiply_node);
    multiply_forward(s->out->data, x->data, y->data, x->count);
    return s->out;
}

static inline struct tensor *tape_scale(struct tape *tape, struct tensor *x,
                                        float factor)
{
    struct node *s = tape_node(tape, "scale", tensor_axes(x), INPUTS(x),
                               scale_node);
    float *saved = s->saved = tape_take(tape, 1, sizeof *saved);
    *saved = factor;
    for (size_t i = 0; i < x->count; i++)
        s->out->data[i] = factor * x->data[i];
    return s->out;
}

/* tape_sum, tape_mean: of all numbers of x, a scalar. */
static inline struct tensor *tape_sum(struct tape *tape, struct tensor *x)
{
    struct node *s = tape_node(tape, "sum", SCALAR, INPUTS(x), sum_node);
    s->out->data[0] = sum_forward(x->data, x->count);
    return s->out;
}

static inline struct tensor *tape_mean(struct tape *tape, struct tensor *x)
{
    REQUIRE(x->count > 0);
    return tape_scale(tape, tape_sum(tape, x), 1 / (float)x->count);
}

/* tape_tanh and its like: the same for every number. */
static inline struct tensor *tape_tanh(struct tape *tape, struct tensor *x)
{
    return tape_activation(tape, x, (struct activation){
        "tanh", row_tanh, tanh_backward, false });
}

static inline struct tensor *tape_sigmoid(struct tape *tape, struct tensor *x)
{
    return tape_activation(tape, x, (struct activation){
        "sigmoid", sigmoid_forward, sigmoid_backward, false });
}

static inline struct tensor *tape_relu(struct tape *tape, struct tensor *x)
{
    return tape_activation(tape, x, (struct activation){
        "relu", relu_forward, relu_backward, false });
}

static inline struct tensor *tape_gelu(struct tape *tape, struct tensor *x)
{
    return tape_activation(tape, x, (struct activation){
        "gelu", gelu_forward, gelu_backward, true });
}

static inline struct tensor *tape_gelu_exact(struct tape *tape,
                                             struct tensor *x)
{
    return tape_activation(tape, x, (struct activation){
        "gelu_exact", gelu_exact_forward, gelu_exact_backward, true });
}

/* tape_softmax, tape_log_softmax: of every row of the last axis. */
static inline struct tensor *tape_softmax(struct tape *tape, struct tensor *x)
{
    struct node *s = tape_node(tape, "softmax", tensor_axes(x), INPUTS(x),
                               softmax_node);
    softmax_rows(s->out->data, x->data, tensor_rows(x), tensor_axis(x, 1));
    return s->out;
}

static inline struct tensor *tape_log_softmax(struct tape *tape,
                                              struct tensor *x)
{
    struct node *s = tape_node(tape, "log_softmax", tensor_axes(x), INPUTS(x),
                               log_softmax_node);
    log_softmax_rows(s->out->data, x->data, tensor_rows(x),
                     tensor_axis(x, 1));
    return s->out;
}

/* tape_attention: q (B, H, Tq, d), k (B, H, Tk, d), v (B, H, Tk, dv), or all
 * without H.  lengths (B), none more than Tk, or NULL.  They must stay until
 * tape_backward.  The result has its weights; tape_attention_tiled is faster
 * and takes less memory. */
static inline struct tensor *tape_attention(struct tape *tape,
    struct tensor *q, struct tensor *k, struct tensor *v, bool causal,
    const size_t *lengths)
{
    struct tiled *t = tape_take(tape, 1, sizeof *t);
    *t = attention_task(q, k, v, causal, lengths);
    struct axes axes = tensor_axes(q);
    axes.n[q->rank - 1] = t->value_width;
    struct node *s = tape_node(tape, "attention", axes, INPUTS(q, k, v),
                               attention_node);
    s->saved = t;
    size_t scores = size_product(t->batch * t->heads,
                                 size_product(t->queries, t->keys));
    float *weights = tape_take(tape, scores, sizeof *weights);
    attend_forward(s->out->data, weights, q->data, k->data, v->data, t);
    s->out->attention = weights;
    return s->out;
}

/* tape_attention_tiled: tape_attention without the weights. */
static inline struct tensor *tape_attention_tiled(struct tape *tape,
    struct tensor *q, struct tensor *k, struct tensor *v, bool causal,
    const size_t *lengths)
{
    struct tiled_saved *saved = tape_take(tape, 1, sizeof *saved);
    saved->task = attention_task(q, k, v, causal, lengths);
    struct axes axes = tensor_axes(q);
    axes.n[q->rank - 1] = saved->task.value_width;
    struct node *s = tape_node(tape, "attention_tiled", axes,
                               INPUTS(q, k, v), tiled_node);
    s->saved = saved;
    size_t queries = q->count / saved->task.width;
    saved->log_sum = tape_take(tape, queries, sizeof *saved->log_sum);
    tiled_forward(s->out->data, saved->log_sum, q->data, k->data, v->data,
                  &saved->task);
    return s->out;
}

/* tape_additive_attention: q (B, n, dq), k (B, m, dk), v (B, m, c),
 * wq (dq, a), wk (dk, a), va (a)  ->  (B, n, c), with weights (B, n, m).
 * lengths (B), none more than m, or NULL. */
static inline struct tensor *tape_additive_attention(struct tape *tape,
    struct tensor *q, struct tensor *k, struct tensor *v, struct tensor *wq,
    struct tensor *wk, struct tensor *va, const size_t *lengths)
{
    struct tensor **in = INPUTS(q, k, v, wq, wk, va);
    struct additive *x = tape_take(tape, 1, sizeof *x);
    *x = additive_task(in);
    x->lengths = lengths;
    const size_t queries = x->batch * x->pair.n, keys = x->batch * x->pair.m;
    const size_t a = x->pair.a, m = x->pair.m;
    x->weights = tape_take(tape, size_product(queries, m), sizeof(float));
    x->pair.qa = tape_take(tape, size_product(queries, a), sizeof(float));
    x->pair.ka = tape_take(tape, size_product(keys, a), sizeof(float));
    x->pair.t = tape_take(tape, a, sizeof(float));
    struct node *s = tape_node(tape, "additive_attention",
                               SHAPE(x->batch, x->pair.n, x->c), in,
                               additive_node);
    s->saved = x;
    s->out->attention = x->weights;
    additive_forward(s->out->data, x);
    return s->out;
}

/* tape_embedding: table (V, c), ids of shape axes  ->  (axes..., c).  ids
 * must stay until tape_backward.  At most three axes. */
static inline struct tensor *tape_embedding(struct tape *tape,
    struct tensor *table, const int32_t *ids, struct axes axes)
{
    REQUIRE(table->rank == 2 && axes.rank < TENSOR_RANK);
    axes.n[axes.rank++] = table->shape[1];
    struct node *s = tape_node(tape, "embedding", axes, INPUTS(table),
                               embedding_node);
    const int32_t **saved = s->saved = tape_take(tape, 1, sizeof *saved);
    *saved = ids;
    embedding_forward(s->out->data, table->data, ids, tensor_rows(s->out),
                      table->shape[0], table->shape[1]);
    return s->out;
}

/* tape_layernorm_by: over the last axis, with gain and bias (n). */
static inline struct tensor *tape_layernorm_by(struct tape *tape,
    struct tensor *x, struct tensor *gain, struct tensor *bias, float eps)
{
    TENSORS_FIT(gain->count == tensor_axis(x, 1), "layernorm", x, gain);
    TENSORS_FIT(bias->count == tensor_axis(x, 1), "layernorm", x, bias);
    struct node *s = tape_node(tape, "layernorm", tensor_axes(x),
                               INPUTS(x, gain, bias), layernorm_node);
    size_t rows = tensor_rows(x);
    float *mean = s->saved = tape_take(tape, size_product(2, rows),
                                        sizeof *mean);
    layernorm_forward(s->out->data, mean, mean + rows, x->data, gain->data,
                      bias->data, rows, gain->count, eps);
    return s->out;
}

/* tape_layernorm: the same with an eps of 1e-5. */
static inline struct tensor *tape_layernorm(struct tape *tape,
    struct tensor *x, struct tensor *gain, struct tensor *bias)
{
    return tape_layernorm_by(tape, x, gain, bias, 1e-5f);
}

/* tape_reshape: the same numbers and gradients, in another shape. */
static inline struct tensor *tape_reshape(struct tape *tape, struct tensor *x,
                                          struct axes axes)
{
    struct tensor *y = tape_tensor(tape, "reshape", axes);
    TENSORS_FIT(x->count == y->count, "reshape", x, y);
    y->data = x->data, y->grad = x->grad;
    return y;
}

/* tape_swap: axes i < j, counted from 0, change places. */
static inline struct tensor *tape_swap(struct tape *tape, struct tensor *x,
                                       size_t i, size_t j)
{
    REQUIRE(i < j && j < x->rank);
    struct axes axes = tensor_axes(x);
    axes.n[i] = x->shape[j], axes.n[j] = x->shape[i];
    struct node *s = tape_node(tape, "swap", axes, INPUTS(x), swap_node);
    size_t *n = s->saved = tape_take(tape, 5, sizeof *n);
    n[0] = n[2] = n[4] = 1;
    n[1] = x->shape[i], n[3] = x->shape[j];
    for (size_t axis = 0; axis < x->rank; axis++)
        if (axis != i && axis != j)
            n[axis < i ? 0 : axis < j ? 2 : 4] *= x->shape[axis];
    memset(s->out->data, 0, x->count * sizeof *x->data);
    swap_add(s->out->data, x->data, n);
    return s->out;
}

static inline void *tape_take(struct tape *tape, size_t count, size_t size)
{
    struct arena *block = &tape->blocks[tape->n_blocks - 1];
    size_t need = arena_need(count, size);
    if (need > block->size - block->used) {
        REQUIRE(tape->n_blocks < TAPE_BLOCKS);
        size_t twice = size_product(2, block->size);
        block = &tape->blocks[tape->n_blocks++];
        *block = arena_new(need > twice ? need : twice);
        tape->allocations++;
    }
    return arena_take(block, count, size);
}

static inline float *tape_zeros(struct tape *tape, size_t count)
{
    size_t bytes = size_product(count, sizeof(float));
    return memset(tape_take(tape, count, sizeof(float)), 0, bytes);
}

/* tape_used: how many bytes the tensors of this step take. */
static inline size_t tape_used(const struct tape *tape)
{
    size_t used = 0;
    for (size_t i = 0; i < tape->n_blocks; i++)
        used += tape->blocks[i].used;
    return used;
}

/* tape_reset forgets the last step: all tensors but the parameters.
 * tape_zero clears the gradients of the parameters. */
static inline void tape_reset(struct tape *tape)
{
    size_t used = tape_used(tape);
    if (tape->n_blocks > 1) {
        while (tape->n_blocks > 0)
            arena_free(&tape->blocks[--tape->n_blocks]);
        tape->blocks[tape->n_blocks++] = arena_new(used);
        tape->allocations++;
    }
    arena_reset(&tape->blocks[0], 0);
    tape->last = NULL;
    tape->begun = tape->walked = false;
}

static inline void tape_zero(struct tape *tape)
{
    if (tape->size)
        memset(tape->grads, 0, tape->size * sizeof *tape->grads);
}

/* tape_reserve: so many bytes for the steps to come.  Begins a step. */
static inline void tape_reserve(struct tape *tape, size_t bytes)
{
    tape_reset(tape);
    if (bytes > tape->blocks[0].size) {
        arena_free(&tape->blocks[0]);
        tape->blocks[0] = arena_new(bytes);
        tape->allocations++;
    }
}

/* tape_workspace: memory for n numbers, valid until the next call of it or
 * of tape_scratch, which is the same with zeros. */
static inline float *tape_workspace(struct tape *tape, size_t n)
{
    size_t need = arena_need(size_sum(n, 1), sizeof(float));
    if (need > tape->scratch.size) {
        arena_free(&tape->scratch);
        tape->scratch = arena_new(need);
        tape->allocations++;
    }
    arena_reset(&tape->scratch, 0);
    return arena_take(&tape->scratch, n + 1, sizeof(float));
}
static inline float *tape_scratch(struct tape *tape, size_t n)
{
    return memset(tape_workspace(tape, n), 0, n * sizeof(float));
}

/* tape_new, tape_free: a tape, and with it all its tensors. */
static inline struct tape *tape_new(void)
{
    struct tape *tape = allocate(1, sizeof *tape);
    tape->blocks[0] = arena_new(TAPE_FIRST_BLOCK);
    tape->n_blocks = 1;
    return tape;
}

static inline void tape_free(struct tape *tape)
{
    for (size_t i = 0; i < tape->n_blocks; i++)
        arena_free(&tape->blocks[i]);
    for (size_t i = 0; i < tape->count; i++)
        free(tape->parameters[i]);
    arena_free(&tape->scratch);
    for (size_t i = 0; i < TAPE_SHARDS; i++)
        if (tape->shards[i])
            tape_free(tape->shards[i]);
    free(tape->parameters);
    free(tape->values);
    free(tape->grads);
    free(tape);
}

static inline void tape_make_workspace(struct tape *tape, size_t size);
static inline void tensor_shape(struct tensor *x, const char *name,
                                struct axes axes);

/* tape_parameter: zeros at first; fill in its data.  The name is copied.  The
 * data moves when another parameter is made, so go through p->data each time.
 * Checked: no other has this name; not within a step, which lasts from its
 * first tensor to tape_reset. */
static inline struct tensor *tape_parameter(struct tape *tape,
                                            const char *name,
                                            struct axes axes)
{
    REQUIRE(!tape->begun);
    for (size_t i = 0; i < tape->count; i++)
        if (strcmp(tape->parameters[i]->name, name) == 0)
            tensors_misfit("parameter", "each has a name of its own",
                           tape->parameters[i], tape->parameters[i]);
    size_t bytes = strlen(name) + 1;
    struct tensor *p = allocate(size_sum(sizeof *p, bytes), 1);
    tensor_shape(p, memcpy(p + 1, name, bytes), axes);
    tape_make_workspace(tape, size_sum(tape->size, p->count));
    tape->parameters[tape->count++] = p;
    tape->size += p->count;
    for (size_t i = 0, at = 0; i < tape->count; i++) {
        tape->parameters[i]->data = tape->values + at;
        tape->parameters[i]->grad = tape->grads + at;
        at += tape->parameters[i]->count;
    }
    return p;
}

static inline void *tape_grown(void *old, size_t bytes, size_t workspace);

static inline void tape_make_workspace(struct tape *tape, size_t size)
{
    size_t old = tape->size * sizeof(float), workspace = tape->workspace;
    while (workspace < size)
        workspace = workspace ? size_product(2, workspace) : 1024;
    if (workspace > tape->workspace) {
        size_t bytes = size_product(workspace, sizeof(float));
        tape->values = tape_grown(tape->values, old, bytes);
        tape->grads = tape_grown(tape->grads, old, bytes);
        tape->workspace = workspace;
    }
    size_t list = tape->count * sizeof *tape->parameters;
    if ((tape->count & (tape->count - 1)) == 0)
        tape->parameters = tape_grown(tape->parameters, list,
                                      2 * list + sizeof *tape->parameters);
}

static inline void *tape_grown(void *old, size_t bytes, size_t workspace)
{
    void *new = allocate(workspace, 1);
    if (bytes)
        memcpy(new, old, bytes);
    free(old);
    return new;
}

/* tape_own: x, or for a parameter of the tape whose shard this is, one with
 * its data and this tape's gradient.  NULL stays NULL. */
static inline struct tensor *tape_own(struct tape *tape, struct tensor *x)
{
    const struct tape *of = tape->of;
    if (!of || !x || !x->grad || x->grad < of->grads
        || x->grad >= of->grads + of->size)
        return x;
    struct tensor *own = tape_take(tape, 1, sizeof *own);
    *own = *x;
    own->grad = tape->grads + (x->grad - of->grads);
    return own;
}

static inline void tensor_shape(struct tensor *x, const char *name,
                                struct axes axes)
{
    *x = (struct tensor){ .name = name, .rank = axes.rank, .count = 1 };
    REQUIRE(axes.rank <= TENSOR_RANK);
    memcpy(x->shape, axes.n, sizeof x->shape);
    for (size_t i = 0; i < axes.rank; i++)
        x->count = size_product(x->count, axes.n[i]);
}

static inline struct tensor *tape_tensor(struct tape *tape, const char *name,
                                         struct axes axes)
{
    struct tensor *x = tape_take(tape, 1, sizeof *x);
    tensor_shape(x, name, axes);
    tape->begun = true;
    return x;
}

/* tape_input: a tensor over numbers of the caller; no gradient is wanted.
 * tape_leaf: workspace for an input whose gradient is wanted, all zeros. */
static inline struct tensor *tape_input(struct tape *tape, const float *data,
                                        struct axes axes)
{
    struct tensor *x = tape_tensor(tape, "input", axes);
    x->data = (float *)data;
    return x;
}

static inline struct tensor *tape_leaf(struct tape *tape, struct axes axes)
{
    struct tensor *x = tape_tensor(tape, "leaf", axes);
    x->data = tape_zeros(tape, x->count);
    x->grad = tape_zeros(tape, x->count);
    return x;
}

/* tape_keep: a copy of x on another tape; no gradient goes back through. */
static inline struct tensor *tape_keep(struct tape *to,
                                       const struct tensor *x)
{
    struct tensor *y = tape_tensor(to, "keep", tensor_axes(x));
    y->data = tape_take(to, x->count, sizeof *y->data);
    memcpy(y->data, x->data, x->count * sizeof *y->data);
    return y;
}

/* tensor_axes: the shape.  tensor_axis: the size of an axis, counted from
 * the end: 1 is the last; 1 where there is none.
 * tensor_rows: count / last axis. */
static inline struct axes tensor_axes(const struct tensor *x)
{
    struct axes axes = { .rank = x->rank };
    memcpy(axes.n, x->shape, sizeof axes.n);
    return axes;
}

static inline size_t tensor_axis(const struct tensor *x, size_t from_end)
{
    return from_end <= x->rank ? x->shape[x->rank - from_end] : 1;
}

static inline size_t tensor_rows(const struct tensor *x)
{
    size_t rows = 1;
    for (size_t i = 0; i + 1 < x->rank; i++)
        rows *= x->shape[i];
    return rows;
}

static inline void tensor_print_shape(const struct tensor *x);

_Noreturn static inline void tensors_misfit(const char *step,
    const char *condition, const struct tensor *x, const struct tensor *y)
{
    fflush(stdout);
    fprintf(stderr, "tape_%s: %s ", step, x->name);
    tensor_print_shape(x);
    fprintf(stderr, " and %s ", y->name);
    tensor_print_shape(y);
    fprintf(stderr, " do not fit: contract broken: %s\n", condition);
    abort();
}

static inline void tensor_print_shape(const struct tensor *x)
{
    fputc('(', stderr);
    for (size_t i = 0; i < x->rank; i++)
        fprintf(stderr, "%s%zu", i ? ", " : "", x->shape[i]);
    fputc(')', stderr);
}

#endif
