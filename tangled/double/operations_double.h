/* operations_double.h -- generated from operations.h by the build. Do not edit. */
/* It is gradient/operations.h of chapters/04-gradient.nw in double. The book
 * has its names without _double. */


#ifndef OPERATIONS_H_double
#define OPERATIONS_H_double
#include "double/tape_double.h"

/* An operation of the tape and inputs to try it on.  After the last input
 * comes one without a name.  One of one, two and apply is set. */
enum { OPERANDS_double = 13 };
struct operand_double { const char *name; struct axes_double shape; };

struct operation_double {
    const char *name;
    struct tensor_double *(*one)(struct tape_double *, struct tensor_double *x);
    struct tensor_double *(*two)(struct tape_double *, struct tensor_double *x, struct tensor_double *y);
    struct tensor_double *(*apply)(struct tape_double *, struct tensor_double **in);
    struct operand_double inputs[OPERANDS_double + 1];
};

/* A test case is an operation with a tape and inputs; test_case_loss is
 * its weighted sum, with the weights g of up to n results. */
struct test_case_double {
    const struct operation_double *op;
    struct tape_double *on;
    struct tensor_double *in[OPERANDS_double];
};

static inline struct tensor_double *operation_apply_double(const struct operation_double *op,
                                             struct tape_double *tape_double,
                                             struct tensor_double **in);

static inline struct tensor_double *test_case_loss_double(struct test_case_double *t,
                                            const double *g, size_t n)
{
    tape_begin_double(t->on);
    struct tensor_double *out = operation_apply_double(t->op, t->on, t->in);
    REQUIRE(out->count <= n);
    struct tensor_double *weights = tape_input_double(t->on, g, tensor_axes_double(out));
    return tape_sum_double(t->on, tape_multiply_double(t->on, out, weights));
}

static inline struct tensor_double *apply_ta_double(struct tape_double *tape_double,
                                      struct tensor_double **in)
{
    return tape_product_double(tape_double, in[0], in[1], TRANSPOSE_A_double);
}

static inline struct tensor_double *apply_tb_double(struct tape_double *tape_double,
                                      struct tensor_double **in)
{
    return tape_product_double(tape_double, in[0], in[1], TRANSPOSE_B_double);
}

static inline struct tensor_double *apply_both_double(struct tape_double *tape_double,
                                        struct tensor_double **in)
{
    return tape_product_double(tape_double, in[0], in[1], TRANSPOSE_A_double | TRANSPOSE_B_double);
}

static inline struct tensor_double *apply_scale_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    return tape_scale_double(tape_double, in[0], -1.75);
}

static inline struct tensor_double *apply_twice_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    struct tensor_double *y = tape_tanh_double(tape_double, in[0]);
    return tape_multiply_double(tape_double, y, tape_add_double(tape_double, y, in[0]));
}

static const int32_t some_targets_double[] = { 2, -1, 0, 4, 2, -1, 3 };

static inline struct tensor_double *apply_cross_entropy_double(struct tape_double *tape_double,
                                                 struct tensor_double **in)
{
    return tape_cross_entropy_double(tape_double, in[0], some_targets_double, 0, -1);
}

static inline struct tensor_double *apply_smoothed_double(struct tape_double *tape_double,
                                            struct tensor_double **in)
{
    return tape_cross_entropy_double(tape_double, in[0], some_targets_double, .25, -1);
}

static inline struct tensor_double *apply_attention_double(struct tape_double *tape_double,
                                             struct tensor_double **in)
{
    return tape_attention_double(tape_double, in[0], in[1], in[2], false, NULL);
}

static inline struct tensor_double *apply_causal_double(struct tape_double *tape_double,
                                          struct tensor_double **in)
{
    return tape_attention_double(tape_double, in[0], in[1], in[2], true, NULL);
}

static const size_t some_lengths_double[] = { 3, 5 };

static inline struct tensor_double *apply_lengths_double(struct tape_double *tape_double,
                                           struct tensor_double **in)
{
    return tape_attention_double(tape_double, in[0], in[1], in[2], true, some_lengths_double);
}

static inline struct tensor_double *apply_additive_double(struct tape_double *tape_double,
                                            struct tensor_double **in)
{
    return tape_additive_attention_double(tape_double, in[0], in[1], in[2], in[3], in[4],
                                   in[5], some_lengths_double);
}

static const int32_t some_words_double[] = { 4, 0, 4, 1, 2, 4 };

static inline struct tensor_double *apply_embedding_double(struct tape_double *tape_double,
                                             struct tensor_double **in)
{
    return tape_embedding_double(tape_double, in[0], some_words_double, SHAPE_double(2, 3));
}

static inline struct tensor_double *apply_layernorm_double(struct tape_double *tape_double,
                                             struct tensor_double **in)
{
    return tape_layernorm_double(tape_double, in[0], in[1], in[2]);
}

static inline struct tensor_double *apply_swap_double(struct tape_double *tape_double,
                                        struct tensor_double **in)
{
    return tape_swap_double(tape_double, in[0], 1, 2);
}

static inline struct tensor_double *apply_reshape_double(struct tape_double *tape_double,
                                           struct tensor_double **in)
{
    return tape_softmax_double(tape_double, tape_reshape_double(tape_double, in[0], SHAPE_double(5, 6)));
}

static inline struct tensor_double *apply_tiled_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    return tape_attention_tiled_double(tape_double, in[0], in[1], in[2], true,
                                some_lengths_double);
}

static inline struct tensor_double *operation_apply_double(const struct operation_double *op,
                                             struct tape_double *tape_double,
                                             struct tensor_double **in)
{
    if (op->one)
        return op->one(tape_double, in[0]);
    if (op->two)
        return op->two(tape_double, in[0], in[1]);
    return op->apply(tape_double, in);
}

static inline struct test_case_double test_case_new_double(const struct operation_double *op)
{
    struct test_case_double t = { .op = op, .on = tape_new_double() };
    for (size_t i = 0; op->inputs[i].name; i++)
        t.in[i] = tape_parameter_double(t.on, op->inputs[i].name,
                                 op->inputs[i].shape);
    return t;
}
static const struct operation_double operations_double[] = {
    { "product", .two = tape_matmul_double,
      .inputs = { { "a", AXES_double(3, 5) }, { "b", AXES_double(5, 4) } } },

    { "product a'", .apply = apply_ta_double,
      .inputs = { { "a", AXES_double(5, 3) }, { "b", AXES_double(5, 4) } } },
    { "product b'", .apply = apply_tb_double,
      .inputs = { { "a", AXES_double(3, 5) }, { "b", AXES_double(4, 5) } } },
    { "product a' b'", .apply = apply_both_double,
      .inputs = { { "a", AXES_double(5, 3) }, { "b", AXES_double(4, 5) } } },
    { "product, batch", .two = tape_matmul_double,
      .inputs = { { "a", AXES_double(2, 3, 5) }, { "b", AXES_double(2, 5, 4) } } },

    { "bias", .two = tape_bias_double,
      .inputs = { { "x", AXES_double(2, 3, 5) }, { "b", AXES_double(5) } } },

    { "add", .two = tape_add_double,
      .inputs = { { "x", AXES_double(3, 7) }, { "y", AXES_double(3, 7) } } },
    { "multiply", .two = tape_multiply_double,
      .inputs = { { "x", AXES_double(2, 5) }, { "y", AXES_double(2, 5) } } },
    { "scale", .apply = apply_scale_double, .inputs = { { "x", AXES_double(4, 3) } } },
    { "used twice", .apply = apply_twice_double, .inputs = { { "x", AXES_double(2, 3) } } },

    { "sum", .one = tape_sum_double, .inputs = { { "x", AXES_double(3, 5) } } },
    { "mean", .one = tape_mean_double, .inputs = { { "x", AXES_double(3, 5) } } },

    { "tanh", .one = tape_tanh_double, .inputs = { { "x", AXES_double(3, 7) } } },
    { "sigmoid", .one = tape_sigmoid_double, .inputs = { { "x", AXES_double(3, 7) } } },
    { "ReLU", .one = tape_relu_double, .inputs = { { "x", AXES_double(3, 7) } } },
    { "GELU, tanh form", .one = tape_gelu_double,
      .inputs = { { "x", AXES_double(3, 25) } } },
    { "GELU, exact", .one = tape_gelu_exact_double,
      .inputs = { { "x", AXES_double(3, 7) } } },

    { "softmax", .one = tape_softmax_double, .inputs = { { "x", AXES_double(2, 3, 7) } } },
    { "log-softmax", .one = tape_log_softmax_double,
      .inputs = { { "x", AXES_double(3, 7) } } },

    { "cross-entropy", .apply = apply_cross_entropy_double,
      .inputs = { { "x", AXES_double(7, 5) } } },
    { "smoothed", .apply = apply_smoothed_double,
      .inputs = { { "x", AXES_double(7, 5) } } },

    { "attention", .apply = apply_attention_double,
      .inputs = { { "q", AXES_double(2, 3, 4, 5) }, { "k", AXES_double(2, 3, 6, 5) },
                  { "v", AXES_double(2, 3, 6, 7) } } },
    { "attention, causal", .apply = apply_causal_double,
      .inputs = { { "q", AXES_double(2, 3, 4, 5) }, { "k", AXES_double(2, 3, 6, 5) },
                  { "v", AXES_double(2, 3, 6, 7) } } },
    { "attention, lengths", .apply = apply_lengths_double,
      .inputs = { { "q", AXES_double(2, 4, 3) }, { "k", AXES_double(2, 6, 3) },
                  { "v", AXES_double(2, 6, 5) } } },

    { "additive attention", .apply = apply_additive_double,
      .inputs = { { "q", AXES_double(2, 3, 4) }, { "k", AXES_double(2, 6, 5) },
                  { "v", AXES_double(2, 6, 8) }, { "wq", AXES_double(4, 7) },
                  { "wk", AXES_double(5, 7) }, { "va", AXES_double(7) } } },

    { "embedding", .apply = apply_embedding_double,
      .inputs = { { "table", AXES_double(5, 7) } } },

    { "layer norm", .apply = apply_layernorm_double,
      .inputs = { { "x", AXES_double(2, 3, 7) }, { "gain", AXES_double(7) },
                  { "bias", AXES_double(7) } } },

    { "reshape, softmax", .apply = apply_reshape_double,
      .inputs = { { "x", AXES_double(2, 3, 5) } } },
    { "swap", .apply = apply_swap_double, .inputs = { { "x", AXES_double(2, 3, 4, 5) } } },
    { "attention, tiles", .apply = apply_tiled_double,
      .inputs = { { "q", AXES_double(2, 3, 4, 5) }, { "k", AXES_double(2, 3, 6, 5) },
                  { "v", AXES_double(2, 3, 6, 7) } } },
    { .name = NULL }
};
#endif

