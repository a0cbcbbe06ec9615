/* conforms_broken.h -- generated from chapters/H-kit.nw. Do not edit. */
#ifndef CONFORMS_BROKEN_H
#define CONFORMS_BROKEN_H
#include "gradient/operations.h"

static inline struct tensor *exchanged(struct tape *tape, struct tensor *x,
                                       void (*backward)(struct node *))
{
    struct tensor *y = tape_scale(tape, x, 3);
    if (tape->last && tape->last->out == y)
        tape->last->backward = backward;
    return y;
}

static inline void sets(struct node *s)
{
    for (size_t i = 0; i < s->out->count; i++)
        s->in[0]->grad[i] = 3 * s->out->grad[i];
}

static inline void off(struct node *s)
{
    for (size_t i = 0; i < s->out->count; i++)
        s->in[0]->grad[i] += 3.00003f * s->out->grad[i];
}

static inline struct tensor *apply_sets(struct tape *tape,
                                        struct tensor **in)
{
    return exchanged(tape, in[0], sets);
}

static inline struct tensor *apply_off(struct tape *tape, struct tensor **in)
{
    return exchanged(tape, in[0], off);
}

static inline void lonely(struct node *s)
{
    const float alone = s->in[1]->grad ? 0 : 1e-3f;
    for (size_t i = 0; i < s->out->count; i++) {
        if (s->in[0]->grad)
            s->in[0]->grad[i] += s->out->grad[i] * (1 + alone);
        if (s->in[1]->grad)
            s->in[1]->grad[i] += s->out->grad[i];
    }
}

static inline struct tensor *apply_lonely(struct tape *tape,
                                          struct tensor **in)
{
    struct tensor *y = tape_add(tape, in[0], in[1]);
    if (tape->last && tape->last->out == y)
        tape->last->backward = lonely;
    return y;
}
static const size_t broken_lengths[] = { 3, 5 };

static inline struct tensor *apply_mixed(struct tape *tape,
                                         struct tensor **in)
{
    struct tensor *x = tape_swap(tape, in[0], 0, 1);
    return tape_add(tape, in[0], tape_reshape(tape, x,
                                              tensor_axes(in[0])));
}

static inline struct tensor *apply_open(struct tape *tape,
                                        struct tensor **in)
{
    return tape_attention(tape, in[0], in[1], in[2], false, NULL);
}

static inline struct tensor *apply_ordered(struct tape *tape,
                                           struct tensor **in)
{
    return tape_attention(tape, in[0], in[1], in[2], true, NULL);
}

static inline struct tensor *apply_weightless(struct tape *tape,
                                              struct tensor **in)
{
    struct tensor *y = tape_attention(tape, in[0], in[1], in[2], false, NULL);
    y = tape_scale(tape, y, 1);
    y->attention = in[1]->data;
    return y;
}

static inline struct tensor *apply_counting(struct tape *tape,
                                            struct tensor **in)
{
    return tape_scale(tape, in[0], 1 + (float)command_threads(0) / 1024);
}

static inline struct tensor *apply_norm(struct tape *tape, struct tensor **in)
{
    return tape_layernorm(tape, in[0], in[1], in[2]);
}

static inline struct tensor *apply_exact(struct tape *tape,
                                         struct tensor **in)
{
    return tape_gelu_exact(tape, in[0]);
}

static inline struct tensor *apply_careless(struct tape *tape,
                                            struct tensor **in)
{
    struct tensor y = *in[1];
    y.shape[0] = in[0]->shape[0];
    struct tensor *copy = tape_take(tape, 1, sizeof *copy);
    *copy = y;
    return tape_add(tape, in[0], copy);
}
static const struct operation norms[] = {
    { "norm", .apply = apply_norm, .sizes = "B=2 T=3 C=7", .out = "B T C",
      .places = "B T C", .large = "B=40 T=50 C=60",
      .inputs = { { "x", "B T C" }, { "gain", "C" }, { "bias", "C" } } },
    { .name = NULL }
};
#define BROKEN_ONE .sizes = "B=3 C=7", .out = "B C", .golden = "", \
    .places = "C", .inputs = { { "x", "B C" } }
#define BROKEN_TWO .sizes = "B=3 C=7", .out = "B C", .golden = "", \
    .inputs = { { "x", "B C" }, { "y", "B C" } }
#define BROKEN_ATTENTION .sizes = "B=2 T=4 S=6 D=3 V=5", .out = "B T V", \
    .golden = "", \
    .inputs = { { "q", "B T D" }, { "k", "B S D" }, { "v", "B S V" } }

static const struct operation broken[] = {
    { "shape", .one = tape_tanh, .sizes = "R=3 C=7", .out = "C R",
      .golden = "", .inputs = { { "x", "R C" } } },
    { "shape", .one = tape_tanh, .sizes = "R=3 C=3", .out = "R C",
      .golden = "", .inputs = { { "x", "R C" } } },
    { "differences", .apply = apply_off, BROKEN_ONE },
    { "PyTorch", .one = tape_tanh, .sizes = "B=3 C=7", .out = "B C",
      .golden = "sigmoid", .inputs = { { "x", "B C" } } },
    { "adds", .apply = apply_sets, BROKEN_ONE },
    { "unwanted", .apply = apply_lonely, BROKEN_TWO },
    { "threads", .apply = apply_counting, BROKEN_ONE },
    { "plain", .one = tape_gelu, .plain = apply_exact, BROKEN_ONE },
    { "examples", .apply = apply_mixed, .sizes = "B=2 T=3 C=7",
      .out = "B T C", .golden = "", .inputs = { { "x", "B T C" } } },
    { "future", .apply = apply_open, .causal = true, BROKEN_ATTENTION },
    { "padding", .apply = apply_open, .lengths = broken_lengths,
      BROKEN_ATTENTION },
    { "places", .apply = apply_ordered, .places = "S", BROKEN_ATTENTION },
    { "nothing", .two = tape_add, .nothing = "y", BROKEN_TWO },
    { "weights", .apply = apply_weightless, .weights = "B T S",
      BROKEN_ATTENTION },
    { "misfits", .apply = apply_careless, BROKEN_TWO },
    { .name = NULL }
};
#endif
