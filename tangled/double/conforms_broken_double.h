/* conforms_broken_double.h -- generated from conforms_broken.h by the build. Do not edit. */
/* It is kit/conforms_broken.h of chapters/H-kit.nw in double. The book
 * has its names without _double. */

#ifndef CONFORMS_BROKEN_H_double
#define CONFORMS_BROKEN_H_double
#include "double/operations_double.h"

static inline struct tensor_double *exchanged_double(struct tape_double *tape_double, struct tensor_double *x,
                                       void (*backward)(struct node_double *))
{
    struct tensor_double *y = tape_scale_double(tape_double, x, 3);
    if (tape_double->last && tape_double->last->out == y)
        tape_double->last->backward = backward;
    return y;
}

static inline void sets_double(struct node_double *s)
{
    for (size_t i = 0; i < s->out->count; i++)
        s->in[0]->grad[i] = 3 * s->out->grad[i];
}

static inline void off_double(struct node_double *s)
{
    for (size_t i = 0; i < s->out->count; i++)
        s->in[0]->grad[i] += 3.00003 * s->out->grad[i];
}

static inline struct tensor_double *apply_sets_double(struct tape_double *tape_double,
                                        struct tensor_double **in)
{
    return exchanged_double(tape_double, in[0], sets_double);
}

static inline struct tensor_double *apply_off_double(struct tape_double *tape_double, struct tensor_double **in)
{
    return exchanged_double(tape_double, in[0], off_double);
}

static inline void lonely_double(struct node_double *s)
{
    const double alone = s->in[1]->grad ? 0 : 1e-3;
    for (size_t i = 0; i < s->out->count; i++) {
        if (s->in[0]->grad)
            s->in[0]->grad[i] += s->out->grad[i] * (1 + alone);
        if (s->in[1]->grad)
            s->in[1]->grad[i] += s->out->grad[i];
    }
}

static inline struct tensor_double *apply_lonely_double(struct tape_double *tape_double,
                                          struct tensor_double **in)
{
    struct tensor_double *y = tape_add_double(tape_double, in[0], in[1]);
    if (tape_double->last && tape_double->last->out == y)
        tape_double->last->backward = lonely_double;
    return y;
}
static const size_t broken_lengths_double[] = { 3, 5 };

static inline struct tensor_double *apply_mixed_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    struct tensor_double *x = tape_swap_double(tape_double, in[0], 0, 1);
    return tape_add_double(tape_double, in[0], tape_reshape_double(tape_double, x,
                                              tensor_axes_double(in[0])));
}

static inline struct tensor_double *apply_open_double(struct tape_double *tape_double,
                                        struct tensor_double **in)
{
    return tape_attention_double(tape_double, in[0], in[1], in[2], false, NULL);
}

static inline struct tensor_double *apply_ordered_double(struct tape_double *tape_double,
                                           struct tensor_double **in)
{
    return tape_attention_double(tape_double, in[0], in[1], in[2], true, NULL);
}

static inline struct tensor_double *apply_weightless_double(struct tape_double *tape_double,
                                              struct tensor_double **in)
{
    struct tensor_double *y = tape_attention_double(tape_double, in[0], in[1], in[2], false, NULL);
    y = tape_scale_double(tape_double, y, 1);
    y->attention = in[1]->data;
    return y;
}

static inline struct tensor_double *apply_counting_double(struct tape_double *tape_double,
                                            struct tensor_double **in)
{
    return tape_scale_double(tape_double, in[0], 1 + (double)command_threads(0) / 1024);
}

static inline struct tensor_double *apply_norm_double(struct tape_double *tape_double, struct tensor_double **in)
{
    return tape_layernorm_double(tape_double, in[0], in[1], in[2]);
}

static inline struct tensor_double *apply_exact_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    return tape_gelu_exact_double(tape_double, in[0]);
}

static inline struct tensor_double *apply_careless_double(struct tape_double *tape_double,
                                            struct tensor_double **in)
{
    struct tensor_double y = *in[1];
    y.shape[0] = in[0]->shape[0];
    struct tensor_double *copy = tape_take_double(tape_double, 1, sizeof *copy);
    *copy = y;
    return tape_add_double(tape_double, in[0], copy);
}
static const struct operation_double norms_double[] = {
    { "norm", .apply = apply_norm_double, .sizes = "B=2 T=3 C=7", .out = "B T C",
      .places = "B T C", .large = "B=40 T=50 C=60",
      .inputs = { { "x", "B T C" }, { "gain", "C" }, { "bias", "C" } } },
    { .name = NULL }
};
#define BROKEN_ONE_double .sizes = "B=3 C=7", .out = "B C", .golden = "", \
    .places = "C", .inputs = { { "x", "B C" } }
#define BROKEN_TWO_double .sizes = "B=3 C=7", .out = "B C", .golden = "", \
    .inputs = { { "x", "B C" }, { "y", "B C" } }
#define BROKEN_ATTENTION_double .sizes = "B=2 T=4 S=6 D=3 V=5", .out = "B T V", \
    .golden = "", \
    .inputs = { { "q", "B T D" }, { "k", "B S D" }, { "v", "B S V" } }

static const struct operation_double broken_double[] = {
    { "shape", .one = tape_tanh_double, .sizes = "R=3 C=7", .out = "C R",
      .golden = "", .inputs = { { "x", "R C" } } },
    { "shape", .one = tape_tanh_double, .sizes = "R=3 C=3", .out = "R C",
      .golden = "", .inputs = { { "x", "R C" } } },
    { "differences", .apply = apply_off_double, BROKEN_ONE_double },
    { "PyTorch", .one = tape_tanh_double, .sizes = "B=3 C=7", .out = "B C",
      .golden = "sigmoid", .inputs = { { "x", "B C" } } },
    { "adds", .apply = apply_sets_double, BROKEN_ONE_double },
    { "unwanted", .apply = apply_lonely_double, BROKEN_TWO_double },
    { "threads", .apply = apply_counting_double, BROKEN_ONE_double },
    { "plain", .one = tape_gelu_double, .plain = apply_exact_double, BROKEN_ONE_double },
    { "examples", .apply = apply_mixed_double, .sizes = "B=2 T=3 C=7",
      .out = "B T C", .golden = "", .inputs = { { "x", "B T C" } } },
    { "future", .apply = apply_open_double, .causal = true, BROKEN_ATTENTION_double },
    { "padding", .apply = apply_open_double, .lengths = broken_lengths_double,
      BROKEN_ATTENTION_double },
    { "places", .apply = apply_ordered_double, .places = "S", BROKEN_ATTENTION_double },
    { "nothing", .two = tape_add_double, .nothing = "y", BROKEN_TWO_double },
    { "weights", .apply = apply_weightless_double, .weights = "B T S",
      BROKEN_ATTENTION_double },
    { "misfits", .apply = apply_careless_double, BROKEN_TWO_double },
    { .name = NULL }
};
#endif
