/* implicit_cases_double.h -- generated from implicit_cases.h by the build. Do not edit. */
/* It is implicit/implicit_cases.h of chapters/05-implicit.nw in double. The book
 * has its names without _double. */

#ifndef IMPLICIT_CASES_H_double
#define IMPLICIT_CASES_H_double
#include "double/convolution_double.h"
#include "double/operations_double.h"

static inline void plain_node_double(struct node_double *s)
{
    const struct convolution_double *k = s->saved;
    struct tensor_double *const *in = s->in;
    convolution_plain_backward_double(in[0]->grad, in[1]->grad, in[2]->grad,
                               s->out->grad, in[0]->data, in[1]->data, k);
}

static inline struct tensor_double *plain_convolution_double(struct tape_double *t,
                                               struct tensor_double **in)
{
    struct convolution_double *k = tape_take_double(t, 1, sizeof *k);
    *k = convolution_sizes_double(in[0], in[1], in[2]);
    struct node_double *s = tape_node_double(t, "plain",
                               SHAPE_double(k->batch, k->height, k->width, k->out),
                               INPUTS_double(in[0], in[1], in[2]), plain_node_double);
    s->saved = k;
    convolution_plain_forward_double(s->out->data, in[0]->data, in[1]->data,
                              in[2]->data, k);
    return s->out;
}

static inline struct tensor_double *apply_convolution_double(struct tape_double *t,
                                               struct tensor_double **in)
{
    return tape_convolution_double(t, in[0], in[1], in[2]);
}

static inline struct tensor_double *apply_max_pool_double(struct tape_double *t, struct tensor_double *x)
{
    return tape_max_pool_double(t, x, 2);
}

static inline struct tensor_double *apply_mean_pool_double(struct tape_double *t, struct tensor_double *x)
{
    return tape_mean_pool_double(t, x, 2);
}
static const struct operation_double implicit_cases_double[] = {
    { "convolution", .apply = apply_convolution_double, .plain = plain_convolution_double,
      .sizes = "B=2 H=4 W=6 C=7 K=3 L=5 O=8", .out = "B H W O",
      .large = "B=7 H=28 W=29 C=8 K=5 L=3 O=24", .places = "B C O",
      .spread = .5,
      .inputs = { { "x", "B H W C" }, { "w", "K L C O" }, { "bias", "O" } } },
    { "max pool", .one = apply_max_pool_double, .sizes = "B=2 H=3 W=4 C=5",
      .out = "B H W C", .places = "B C",
      .inputs = { { "x", "B 2*H 2*W C" } } },
    { "mean pool", .one = apply_mean_pool_double, .sizes = "B=2 H=3 W=4 C=5",
      .out = "B H W C", .places = "B C",
      .inputs = { { "x", "B 2*H 2*W C" } } },
    { .name = NULL }
};
#endif

