/* differences.h -- generated from chapters/04-gradient.nw. Do not edit. */
#ifndef DIFFERENCES_H
#define DIFFERENCES_H
#include <stdio.h>
#include "tape_double.h"

/* A step to be checked: apply makes a tensor from inputs in[0], in[1] ...
 * of the shapes given.  After the last input comes one without a name. */
enum { OPERANDS = 6 };
struct operand { const char *name; struct axes_double axes; };

struct operation {
    const char *name;
    struct tensor_double *(*apply)(struct tape_double *tape,
                                   struct tensor_double **in);
    struct operand inputs[OPERANDS + 1];
};

/* differences_error: how far the gradient in input number which is from
 * central differences, at worst over its elements: |got - want| divided by
 * |want|, or by a hundredth of the largest |want| where that is more. */
static inline double differences_error(const struct operation *op,
                                       size_t which, uint64_t seed);

/* differences_table: a line for each input of each operation of the list;
 * returns the worst error.  out may be NULL. */
static inline double differences_table(FILE *out,
                                       const struct operation *list);

struct trial {
    const struct operation *op;
    struct tape_double *tape;
    struct tensor_double *in[OPERANDS];
    uint64_t seed;
};

static inline struct trial trial_new(const struct operation *op,
                                     uint64_t seed)
{
    struct trial t = { .op = op, .tape = tape_new_double(), .seed = seed };
    for (size_t i = 0; i < OPERANDS && op->inputs[i].name; i++)
        t.in[i] = tape_parameter_double(t.tape, op->inputs[i].name,
                                        op->inputs[i].axes);
    struct random random = random_new(seed, 0);
    for (size_t i = 0; i < t.tape->size; i++)
        t.tape->values[i] = (double)random_normal(&random);
    return t;
}

static inline struct tensor_double *trial_loss(struct trial *t)
{
    struct random random = random_new(t->seed, 1);
    tape_begin_double(t->tape);
    struct tensor_double *out = t->op->apply(t->tape, t->in);
    struct tensor_double *g = tape_leaf_double(t->tape,
                                               tensor_axes_double(out));
    for (size_t i = 0; i < g->count; i++)
        g->data[i] = (double)random_normal(&random);
    return tape_sum_double(t->tape, tape_multiply_double(t->tape, out, g));
}

static inline double trial_slope(struct trial *t, double *x)
{
    double center = *x, step = 7e-6 * fmax(1, fabs(center));
    t->tape->still = true;
    double right = *x = center + step, above = trial_loss(t)->data[0];
    double left = *x = center - step, below = trial_loss(t)->data[0];
    t->tape->still = false;
    *x = center;
    return (above - below) / (right - left);
}

static inline double differences_error(const struct operation *op,
                                       size_t which, uint64_t seed)
{
    struct trial t = trial_new(op, seed);
    struct tensor_double *x = t.in[which];
    double worst = 0, largest = 0;
    tape_backward_double(t.tape, trial_loss(&t));
    for (size_t i = 0; i < x->count; i++)
        largest = fmax(largest, fabs(x->grad[i]));
    for (size_t i = 0; i < x->count; i++) {
        double want = trial_slope(&t, &x->data[i]);
        double size = fmax(fabs(want), largest / 100);
        /* let worst be at least the error of x->grad[i] */
        double error = fabs(x->grad[i] - want);
        error = error == 0 ? 0 : error / size;
        worst = error <= worst ? worst : error;

    }
    tape_free_double(t.tape);
    return worst;
}

static inline double differences_table(FILE *out,
                                       const struct operation *list)
{
    double worst = 0;
    if (out)
        fprintf(out, "%-19s %-6s %-13s %s\n", "operation", "input", "shape",
                "largest error");
    for (; list->name; list++)
        for (size_t i = 0; i < OPERANDS && list->inputs[i].name; i++) {
            double error = differences_error(list, i, 4);
            worst = error <= worst ? worst : error;
            /* write a line about error */
            char shape[64] = "";
            const struct axes_double *axes = &list->inputs[i].axes;
            for (size_t a = 0, at = 0; a < axes->rank; a++)
                at += (size_t)snprintf(shape + at, sizeof shape - at, "%s%zu",
                                       a ? ", " : "(", axes->n[a]);
            if (out)
                fprintf(out, "%-19s %-6s %-13s %8.1e\n", i ? "" : list->name,
                        list->inputs[i].name, strcat(shape, ")"), error);
        }
    return worst;
}

static struct tensor_double *apply_matmul(struct tape_double *tape,
                                          struct tensor_double **in)
{
    return tape_product_double(tape, in[0], in[1], 0);
}

static struct tensor_double *apply_matmul_ta(struct tape_double *tape,
                                             struct tensor_double **in)
{
    return tape_product_double(tape, in[0], in[1], TRANSPOSE_A_double);
}

static struct tensor_double *apply_matmul_tb(struct tape_double *tape,
                                             struct tensor_double **in)
{
    return tape_product_double(tape, in[0], in[1], TRANSPOSE_B_double);
}

static struct tensor_double *apply_matmul_both(struct tape_double *tape,
                                               struct tensor_double **in)
{
    return tape_product_double(tape, in[0], in[1],
                               TRANSPOSE_A_double | TRANSPOSE_B_double);
}

static struct tensor_double *apply_bias(struct tape_double *tape,
                                        struct tensor_double **in)
{
    return tape_bias_double(tape, in[0], in[1]);
}

static struct tensor_double *apply_add(struct tape_double *tape,
                                       struct tensor_double **in)
{
    return tape_add_double(tape, in[0], in[1]);
}

static struct tensor_double *apply_multiply(struct tape_double *tape,
                                            struct tensor_double **in)
{
    return tape_multiply_double(tape, in[0], in[1]);
}

static struct tensor_double *apply_scale(struct tape_double *tape,
                                         struct tensor_double **in)
{
    return tape_scale_double(tape, in[0], -1.7);
}

static struct tensor_double *apply_twice(struct tape_double *tape,
                                         struct tensor_double **in)
{
    struct tensor_double *y = tape_tanh_double(tape, in[0]);
    return tape_multiply_double(tape, y, tape_add_double(tape, y, in[0]));
}

static struct tensor_double *apply_sum(struct tape_double *tape,
                                       struct tensor_double **in)
{
    return tape_sum_double(tape, in[0]);
}

static struct tensor_double *apply_mean(struct tape_double *tape,
                                        struct tensor_double **in)
{
    return tape_mean_double(tape, in[0]);
}

#define APPLY(step) \
    static struct tensor_double *apply_##step(struct tape_double *tape, \
                                              struct tensor_double **in) \
    { return tape_##step##_double(tape, in[0]); }
APPLY(tanh)
APPLY(sigmoid)
APPLY(relu)
APPLY(gelu)
APPLY(gelu_exact)

APPLY(softmax)
APPLY(log_softmax)

static const int32_t some_targets[] = { 2, -1, 0, 4, 2, -1, 3 };

static struct tensor_double *apply_cross_entropy(struct tape_double *tape,
                                                 struct tensor_double **in)
{
    return tape_cross_entropy_double(tape, in[0], some_targets, 0, -1);
}

static struct tensor_double *apply_smoothed(struct tape_double *tape,
                                            struct tensor_double **in)
{
    return tape_cross_entropy_double(tape, in[0], some_targets, .2, -1);
}

static struct tensor_double *apply_attention(struct tape_double *tape,
                                             struct tensor_double **in)
{
    return tape_attention_double(tape, in[0], in[1], in[2], false, NULL);
}

static struct tensor_double *apply_causal(struct tape_double *tape,
                                          struct tensor_double **in)
{
    return tape_attention_double(tape, in[0], in[1], in[2], true, NULL);
}

static const size_t some_lengths[] = { 3, 5 };

static struct tensor_double *apply_lengths(struct tape_double *tape,
                                           struct tensor_double **in)
{
    return tape_attention_double(tape, in[0], in[1], in[2], true,
                                 some_lengths);
}

static struct tensor_double *apply_additive(struct tape_double *tape,
                                            struct tensor_double **in)
{
    return tape_additive_attention_double(tape, in[0], in[1], in[2], in[3],
                                          in[4], in[5], some_lengths);
}

static const int32_t some_words[] = { 4, 0, 4, 1, 2, 4 };

static struct tensor_double *apply_embedding(struct tape_double *tape,
                                             struct tensor_double **in)
{
    return tape_embedding_double(tape, in[0], some_words, SHAPE_double(2, 3));
}

static struct tensor_double *apply_layernorm(struct tape_double *tape,
                                             struct tensor_double **in)
{
    return tape_layernorm_double(tape, in[0], in[1], in[2]);
}

static struct tensor_double *apply_swap(struct tape_double *tape,
                                        struct tensor_double **in)
{
    return tape_swap_double(tape, in[0], 1, 2);
}

static struct tensor_double *apply_reshape(struct tape_double *tape,
                                           struct tensor_double **in)
{
    return tape_softmax_double(tape, tape_reshape_double(tape, in[0],
                                                         SHAPE_double(5, 6)));
}

static const struct operation operations[] = {
    { "a b", apply_matmul, { { "a", AXES_double(3, 5) },
                             { "b", AXES_double(5, 4) } } },
    { "a' b", apply_matmul_ta, { { "a", AXES_double(5, 3) },
                                 { "b", AXES_double(5, 4) } } },
    { "a b'", apply_matmul_tb, { { "a", AXES_double(3, 5) },
                                 { "b", AXES_double(4, 5) } } },
    { "a' b'", apply_matmul_both, { { "a", AXES_double(5, 3) },
                                    { "b", AXES_double(4, 5) } } },

    { "bias", apply_bias, { { "x", AXES_double(2, 3, 5) },
                            { "b", AXES_double(5) } } },

    { "add", apply_add, { { "x", AXES_double(3, 7) },
                          { "y", AXES_double(3, 7) } } },
    { "multiply", apply_multiply, { { "x", AXES_double(2, 5) },
                                    { "y", AXES_double(2, 5) } } },
    { "scale", apply_scale, { { "x", AXES_double(4, 3) } } },
    { "used twice", apply_twice, { { "x", AXES_double(2, 3) } } },

    { "sum", apply_sum, { { "x", AXES_double(3, 5) } } },
    { "mean", apply_mean, { { "x", AXES_double(3, 5) } } },

    { "tanh", apply_tanh, { { "x", AXES_double(3, 7) } } },
    { "sigmoid", apply_sigmoid, { { "x", AXES_double(3, 7) } } },
    { "ReLU", apply_relu, { { "x", AXES_double(3, 7) } } },
    { "GELU, tanh form", apply_gelu, { { "x", AXES_double(3, 25) } } },
    { "GELU, exact", apply_gelu_exact, { { "x", AXES_double(3, 7) } } },

    { "softmax", apply_softmax, { { "x", AXES_double(2, 3, 7) } } },
    { "log-softmax", apply_log_softmax, { { "x", AXES_double(3, 7) } } },

    { "cross-entropy", apply_cross_entropy, { { "x", AXES_double(7, 5) } } },
    { "smoothed", apply_smoothed, { { "x", AXES_double(7, 5) } } },

    { "attention", apply_attention, { { "q", AXES_double(2, 3, 4, 5) },
                                      { "k", AXES_double(2, 3, 6, 5) },
                                      { "v", AXES_double(2, 3, 6, 7) } } },
    { "attention, causal", apply_causal, { { "q", AXES_double(2, 3, 4, 5) },
                                           { "k", AXES_double(2, 3, 6, 5) },
                                           { "v", AXES_double(2, 3, 6, 7) } } },
    { "attention, lengths", apply_lengths, { { "q", AXES_double(2, 4, 3) },
                                             { "k", AXES_double(2, 6, 3) },
                                             { "v", AXES_double(2, 6, 5) } } },

    { "additive attention", apply_additive,
      { { "q", AXES_double(2, 3, 4) }, { "k", AXES_double(2, 6, 5) },
        { "v", AXES_double(2, 6, 8) }, { "wq", AXES_double(4, 7) },
        { "wk", AXES_double(5, 7) }, { "va", AXES_double(7) } } },

    { "embedding", apply_embedding, { { "table", AXES_double(5, 7) } } },

    { "layer norm", apply_layernorm, { { "x", AXES_double(2, 3, 7) },
                                       { "gain", AXES_double(7) },
                                       { "bias", AXES_double(7) } } },

    { "reshape, softmax", apply_reshape, { { "x", AXES_double(2, 3, 5) } } },
    { "swap", apply_swap, { { "x", AXES_double(2, 3, 4, 5) } } },
    { NULL, NULL, { { NULL, AXES_double(1) } } }
};

#endif

