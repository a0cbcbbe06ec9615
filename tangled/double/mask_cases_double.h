/* mask_cases_double.h -- generated from mask_cases.h by the build. Do not edit. */
/* It is mask/mask_cases.h of chapters/11-mask.nw in double. The book
 * has its names without _double. */

#ifndef MASK_CASES_H_double
#define MASK_CASES_H_double
#include "double/operations_double.h"
#include "double/mask_double.h"
#include "double/multihead_double.h"

enum { OPEN_double, CAUSAL_double, PADDING_double, ENDS_double, WINDOW_double, BOTH_double = 7, PAINTED_double };
static const size_t mask_lengths_double[] = { 5, 2 };

static inline void kind_hide_double(struct mask_double *mask_double, int kind,
                             const size_t *lengths)
{
    if (kind & CAUSAL_double)
        mask_causal_double(mask_double);
    if (kind & PADDING_double)
        mask_padding_double(mask_double, lengths);
    if (kind & WINDOW_double)
        mask_window_double(mask_double, 2);
    const size_t n = mask_double->batch * mask_double->n * mask_double->m;
    for (size_t p = 0; kind == PAINTED_double && p < n; p++)
        if (p * p % 7 % 3 == 1 || p / mask_double->m == 5)
            mask_double->visible[p] = 0;
}

static inline struct mask_double *kind_mask_double(struct tape_double *tape_double, struct tensor_double **in,
                                     int kind)
{
    struct mask_double *mask_double = tape_mask_double(tape_double, in[0]->shape[0], in[0]->shape[1],
                                  in[1]->shape[1]);
    kind_hide_double(mask_double, kind, mask_lengths_double);
    return mask_double;
}
static inline struct tensor_double *cross_pieces_double(struct tape_double *t, struct tensor_double **in,
                                          int kind)
{
    struct tensor_double *mixed = tape_masked_attention_double(t,
        tape_matmul_double(t, in[0], in[2]), tape_matmul_double(t, in[1], in[3]),
        tape_matmul_double(t, in[1], in[4]), kind_mask_double(t, in, kind));
    struct tensor_double *out = tape_matmul_double(t, mixed, in[5]);
    out->attention = mixed->attention;
    return out;
}

static inline struct cross_double cross_of_double(struct node_double *s, bool gradients,
                                    const struct mask_double *seen)
{
    struct tensor_double *const *in = s->in;
    const size_t b = in[0]->shape[0], n = in[0]->shape[1];
    const size_t m = in[1]->shape[1], d = in[2]->shape[1];
    const size_t c = in[4]->shape[1];
    double *a[6], *q = tape_zeros_double(s->on, b * (n + m) * (c + d) + b * n * m);
    double *k = q + b * n * d, *v = k + b * m * d, *weights = v + b * m * c;
    for (size_t i = 0; i < 6; i++)
        a[i] = gradients ? in[i]->grad : in[i]->data;
    return (struct cross_double){ { b, n, m, d, c, seen, 0 }, in[0]->shape[2],
        in[1]->shape[2], in[5]->shape[1], a[0], a[1], a[2], a[3], a[4], a[5],
        q, k, v, weights, weights + b * n * m };
}

static inline void cross_back_double(struct node_double *s)
{
    const struct cross_double *x = s->saved;
    struct cross_double d = cross_of_double(s, true, x->t.seen);
    cross_backward_double(&d, s->out->grad, x);
}

static inline struct tensor_double *cross_arrays_double(struct tape_double *t, struct tensor_double **in,
                                          int kind)
{
    struct cross_double *x = tape_take_double(t, 1, sizeof *x);
    struct node_double *s = tape_node_double(t, "cross", SHAPE_double(in[0]->shape[0],
        in[0]->shape[1], in[5]->shape[1]), in, cross_back_double);
    *x = cross_of_double(s, false, kind_mask_double(t, in, kind));
    s->saved = x, s->out->attention = x->weights;
    cross_forward_double(s->out->data, x);
    return s->out;
}

#define KIND_double(kind) \
    static inline struct tensor_double *pieces_##kind(struct tape_double *t, \
                                               struct tensor_double **in) \
    { return cross_pieces_double(t, in, kind); } \
    static inline struct tensor_double *arrays_##kind(struct tape_double *t, \
                                               struct tensor_double **in) \
    { return cross_arrays_double(t, in, kind); }
KIND_double(OPEN_double) KIND_double(CAUSAL_double) KIND_double(PADDING_double) KIND_double(WINDOW_double) KIND_double(BOTH_double) KIND_double(PAINTED_double)

#define CROSS_SIZES_double .sizes = "B=2 T=4 S=6 C=7 Z=8 k=5 v=3 O=9", \
    .out = "B T O", .weights = "B T S", .spread = .5, .inputs = { \
        { "x", "B T C" }, { "context", "B S Z" }, { "wq", "C k" }, \
        { "wk", "Z k" }, { "wv", "Z v" }, { "wo", "v O" } }
#define CROSS_double(kind) \
    .apply = pieces_##kind, .plain = arrays_##kind, CROSS_SIZES_double

static inline struct tensor_double *pieces_ends_double(struct tape_double *t, struct tensor_double **in)
{
    return cross_pieces_double(t, in, ENDS_double);
}

static inline struct tensor_double *same_head_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_multihead_double(t, in[0], in[1], &(struct multihead_parameters_double){
        .wq = in[2], .wk = in[3], .wv = in[4], .wo = in[5], .heads = 1,
        .causal = true, .lengths = mask_lengths_double });
}

static inline struct tensor_double *attend_ends_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_masked_attention_double(t, in[0], in[1], in[2],
                                 kind_mask_double(t, in, ENDS_double));
}

static inline struct tensor_double *attend_fast_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_attention_double(t, in[0], in[1], in[2], true, mask_lengths_double);
}

static inline void softmax_run_double(double *out, double *const *d, const double *g,
                               double *const *in)
{
    uint8_t visible[2 * 4 * 6];
    struct mask_double mask_double = mask_over_double(visible, 2, 4, 6);
    kind_hide_double(&mask_double, PAINTED_double, NULL);
    masked_softmax_double(out, in[0], &mask_double, 2);
    if (g && d[0])
        masked_softmax_backward_double(d[0], g, out, &mask_double, 2);
}

static inline struct tensor_double *softmax_case_double(struct tape_double *t, struct tensor_double *x)
{
    static struct arrays_double arrays_double = { softmax_run_double };
    return tape_arrays_double(t, tensor_axes_double(x), INPUTS_double(x), &arrays_double);
}

static const struct operation_double mask_cases_double[] = {
{ "open", CROSS_double(OPEN_double), .places = "T S" },
{ "causal", CROSS_double(CAUSAL_double), .causal = true },
{ "padding", CROSS_double(PADDING_double), .lengths = mask_lengths_double, .places = "T S" },
{ "window", CROSS_double(WINDOW_double) },
{ "both", CROSS_double(BOTH_double), .lengths = mask_lengths_double },
{ "painted", CROSS_double(PAINTED_double) },

{ "one head", .apply = pieces_ends_double, .plain = same_head_double, .golden = "",
  .causal = true, .lengths = mask_lengths_double, CROSS_SIZES_double },
{ "attention", .apply = attend_ends_double, .plain = attend_fast_double, .golden = "",
  .causal = true, .lengths = mask_lengths_double, .weights = "B T S",
  .sizes = "B=2 T=4 S=6 k=5 v=3", .out = "B T v",
  .inputs = { { "q", "B T k" }, { "k", "B S k" }, { "v", "B S v" } } },
{ "softmax", .one = softmax_case_double, .golden = "", .sizes = "B=2 T=4 S=6",
  .out = "B T S", .inputs = { { "scores", "B T S" } } },
    { .name = NULL }
};
#endif

