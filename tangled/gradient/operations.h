/* operations.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct operand, struct operation, struct test_case,
 * test_case_loss */

#ifndef OPERATIONS_H
#define OPERATIONS_H
#include "gradient/tape.h"

/* An operation of the tape and inputs to try it on.  After the last input
 * comes one without a name.  One of one, two and apply is set. */
enum { OPERANDS = 13 };
struct operand { const char *name; struct axes shape; };

struct operation {
    const char *name;
    struct tensor *(*one)(struct tape *, struct tensor *x);
    struct tensor *(*two)(struct tape *, struct tensor *x, struct tensor *y);
    struct tensor *(*apply)(struct tape *, struct tensor **in);
    struct operand inputs[OPERANDS + 1];
};

/* A test case is an operation with a tape and inputs; test_case_loss is
 * its weighted sum, with the weights g of up to n results. */
struct test_case {
    const struct operation *op;
    struct tape *on;
    struct tensor *in[OPERANDS];
};

static inline struct tensor *operation_apply(const struct operation *op,
                                             struct tape *tape,
                                             struct tensor **in);

static inline struct tensor *test_case_loss(struct test_case *t,
                                            const float *g, size_t n)
{
    tape_begin(t->on);
    struct tensor *out = operation_apply(t->op, t->on, t->in);
    REQUIRE(out->count <= n);
    struct tensor *weights = tape_input(t->on, g, tensor_axes(out));
    return tape_sum(t->on, tape_multiply(t->on, out, weights));
}

static inline struct tensor *apply_ta(struct tape *tape,
                                      struct tensor **in)
{
    return tape_product(tape, in[0], in[1], TRANSPOSE_A);
}

static inline struct tensor *apply_tb(struct tape *tape,
                                      struct tensor **in)
{
    return tape_product(tape, in[0], in[1], TRANSPOSE_B);
}

static inline struct tensor *apply_both(struct tape *tape,
                                        struct tensor **in)
{
    return tape_product(tape, in[0], in[1], TRANSPOSE_A | TRANSPOSE_B);
}

static inline struct tensor *apply_scale(struct tape *tape,
                                         struct tensor **in)
{
    return tape_scale(tape, in[0], -1.75f);
}

static inline struct tensor *apply_twice(struct tape *tape,
                                         struct tensor **in)
{
    struct tensor *y = tape_tanh(tape, in[0]);
    return tape_multiply(tape, y, tape_add(tape, y, in[0]));
}

static const int32_t some_targets[] = { 2, -1, 0, 4, 2, -1, 3 };

static inline struct tensor *apply_cross_entropy(struct tape *tape,
                                                 struct tensor **in)
{
    return tape_cross_entropy(tape, in[0], some_targets, 0, -1);
}

static inline struct tensor *apply_smoothed(struct tape *tape,
                                            struct tensor **in)
{
    return tape_cross_entropy(tape, in[0], some_targets, .25f, -1);
}

static inline struct tensor *apply_attention(struct tape *tape,
                                             struct tensor **in)
{
    return tape_attention(tape, in[0], in[1], in[2], false, NULL);
}

static inline struct tensor *apply_causal(struct tape *tape,
                                          struct tensor **in)
{
    return tape_attention(tape, in[0], in[1], in[2], true, NULL);
}

static const size_t some_lengths[] = { 3, 5 };

static inline struct tensor *apply_lengths(struct tape *tape,
                                           struct tensor **in)
{
    return tape_attention(tape, in[0], in[1], in[2], true, some_lengths);
}

static inline struct tensor *apply_additive(struct tape *tape,
                                            struct tensor **in)
{
    return tape_additive_attention(tape, in[0], in[1], in[2], in[3], in[4],
                                   in[5], some_lengths);
}

static const int32_t some_words[] = { 4, 0, 4, 1, 2, 4 };

static inline struct tensor *apply_embedding(struct tape *tape,
                                             struct tensor **in)
{
    return tape_embedding(tape, in[0], some_words, SHAPE(2, 3));
}

static inline struct tensor *apply_layernorm(struct tape *tape,
                                             struct tensor **in)
{
    return tape_layernorm(tape, in[0], in[1], in[2]);
}

static inline struct tensor *apply_swap(struct tape *tape,
                                        struct tensor **in)
{
    return tape_swap(tape, in[0], 1, 2);
}

static inline struct tensor *apply_reshape(struct tape *tape,
                                           struct tensor **in)
{
    return tape_softmax(tape, tape_reshape(tape, in[0], SHAPE(5, 6)));
}

static inline struct tensor *apply_tiled(struct tape *tape,
                                         struct tensor **in)
{
    return tape_attention_tiled(tape, in[0], in[1], in[2], true,
                                some_lengths);
}

static inline struct tensor *operation_apply(const struct operation *op,
                                             struct tape *tape,
                                             struct tensor **in)
{
    if (op->one)
        return op->one(tape, in[0]);
    if (op->two)
        return op->two(tape, in[0], in[1]);
    return op->apply(tape, in);
}

static inline struct test_case test_case_new(const struct operation *op)
{
    struct test_case t = { .op = op, .on = tape_new() };
    for (size_t i = 0; op->inputs[i].name; i++)
        t.in[i] = tape_parameter(t.on, op->inputs[i].name,
                                 op->inputs[i].shape);
    return t;
}
static const struct operation operations[] = {
    { "product", .two = tape_matmul,
      .inputs = { { "a", AXES(3, 5) }, { "b", AXES(5, 4) } } },

    { "product a'", .apply = apply_ta,
      .inputs = { { "a", AXES(5, 3) }, { "b", AXES(5, 4) } } },
    { "product b'", .apply = apply_tb,
      .inputs = { { "a", AXES(3, 5) }, { "b", AXES(4, 5) } } },
    { "product a' b'", .apply = apply_both,
      .inputs = { { "a", AXES(5, 3) }, { "b", AXES(4, 5) } } },
    { "product, batch", .two = tape_matmul,
      .inputs = { { "a", AXES(2, 3, 5) }, { "b", AXES(2, 5, 4) } } },

    { "bias", .two = tape_bias,
      .inputs = { { "x", AXES(2, 3, 5) }, { "b", AXES(5) } } },

    { "add", .two = tape_add,
      .inputs = { { "x", AXES(3, 7) }, { "y", AXES(3, 7) } } },
    { "multiply", .two = tape_multiply,
      .inputs = { { "x", AXES(2, 5) }, { "y", AXES(2, 5) } } },
    { "scale", .apply = apply_scale, .inputs = { { "x", AXES(4, 3) } } },
    { "used twice", .apply = apply_twice, .inputs = { { "x", AXES(2, 3) } } },

    { "sum", .one = tape_sum, .inputs = { { "x", AXES(3, 5) } } },
    { "mean", .one = tape_mean, .inputs = { { "x", AXES(3, 5) } } },

    { "tanh", .one = tape_tanh, .inputs = { { "x", AXES(3, 7) } } },
    { "sigmoid", .one = tape_sigmoid, .inputs = { { "x", AXES(3, 7) } } },
    { "ReLU", .one = tape_relu, .inputs = { { "x", AXES(3, 7) } } },
    { "GELU, tanh form", .one = tape_gelu,
      .inputs = { { "x", AXES(3, 25) } } },
    { "GELU, exact", .one = tape_gelu_exact,
      .inputs = { { "x", AXES(3, 7) } } },

    { "softmax", .one = tape_softmax, .inputs = { { "x", AXES(2, 3, 7) } } },
    { "log-softmax", .one = tape_log_softmax,
      .inputs = { { "x", AXES(3, 7) } } },

    { "cross-entropy", .apply = apply_cross_entropy,
      .inputs = { { "x", AXES(7, 5) } } },
    { "smoothed", .apply = apply_smoothed,
      .inputs = { { "x", AXES(7, 5) } } },

    { "attention", .apply = apply_attention,
      .inputs = { { "q", AXES(2, 3, 4, 5) }, { "k", AXES(2, 3, 6, 5) },
                  { "v", AXES(2, 3, 6, 7) } } },
    { "attention, causal", .apply = apply_causal,
      .inputs = { { "q", AXES(2, 3, 4, 5) }, { "k", AXES(2, 3, 6, 5) },
                  { "v", AXES(2, 3, 6, 7) } } },
    { "attention, lengths", .apply = apply_lengths,
      .inputs = { { "q", AXES(2, 4, 3) }, { "k", AXES(2, 6, 3) },
                  { "v", AXES(2, 6, 5) } } },

    { "additive attention", .apply = apply_additive,
      .inputs = { { "q", AXES(2, 3, 4) }, { "k", AXES(2, 6, 5) },
                  { "v", AXES(2, 6, 8) }, { "wq", AXES(4, 7) },
                  { "wk", AXES(5, 7) }, { "va", AXES(7) } } },

    { "embedding", .apply = apply_embedding,
      .inputs = { { "table", AXES(5, 7) } } },

    { "layer norm", .apply = apply_layernorm,
      .inputs = { { "x", AXES(2, 3, 7) }, { "gain", AXES(7) },
                  { "bias", AXES(7) } } },

    { "reshape, softmax", .apply = apply_reshape,
      .inputs = { { "x", AXES(2, 3, 5) } } },
    { "swap", .apply = apply_swap, .inputs = { { "x", AXES(2, 3, 4, 5) } } },
    { "attention, tiles", .apply = apply_tiled,
      .inputs = { { "q", AXES(2, 3, 4, 5) }, { "k", AXES(2, 3, 6, 5) },
                  { "v", AXES(2, 3, 6, 7) } } },
    { .name = NULL }
};
#endif

