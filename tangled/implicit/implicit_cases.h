/* implicit_cases.h -- generated from chapters/05-implicit.nw. Do not edit. */
#ifndef IMPLICIT_CASES_H
#define IMPLICIT_CASES_H
#include "implicit/convolution.h"
#include "gradient/operations.h"

static inline void plain_node(struct node *s)
{
    const struct convolution *k = s->saved;
    struct tensor *const *in = s->in;
    convolution_plain_backward(in[0]->grad, in[1]->grad, in[2]->grad,
                               s->out->grad, in[0]->data, in[1]->data, k);
}

static inline struct tensor *plain_convolution(struct tape *t,
                                               struct tensor **in)
{
    struct convolution *k = tape_take(t, 1, sizeof *k);
    *k = convolution_sizes(in[0], in[1], in[2]);
    struct node *s = tape_node(t, "plain",
                               SHAPE(k->batch, k->height, k->width, k->out),
                               INPUTS(in[0], in[1], in[2]), plain_node);
    s->saved = k;
    convolution_plain_forward(s->out->data, in[0]->data, in[1]->data,
                              in[2]->data, k);
    return s->out;
}

static inline struct tensor *apply_convolution(struct tape *t,
                                               struct tensor **in)
{
    return tape_convolution(t, in[0], in[1], in[2]);
}

static inline struct tensor *apply_max_pool(struct tape *t, struct tensor *x)
{
    return tape_max_pool(t, x, 2);
}

static inline struct tensor *apply_mean_pool(struct tape *t, struct tensor *x)
{
    return tape_mean_pool(t, x, 2);
}
static const struct operation implicit_cases[] = {
    { "convolution", .apply = apply_convolution, .plain = plain_convolution,
      .sizes = "B=2 H=4 W=6 C=7 K=3 L=5 O=8", .out = "B H W O",
      .large = "B=7 H=28 W=29 C=8 K=5 L=3 O=24", .places = "B C O",
      .spread = .5f,
      .inputs = { { "x", "B H W C" }, { "w", "K L C O" }, { "bias", "O" } } },
    { "max pool", .one = apply_max_pool, .sizes = "B=2 H=3 W=4 C=5",
      .out = "B H W C", .places = "B C",
      .inputs = { { "x", "B 2*H 2*W C" } } },
    { "mean pool", .one = apply_mean_pool, .sizes = "B=2 H=3 W=4 C=5",
      .out = "B H W C", .places = "B C",
      .inputs = { { "x", "B 2*H 2*W C" } } },
    { .name = NULL }
};
#endif

