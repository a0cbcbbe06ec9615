/* mask_cases.h -- generated from chapters/11-mask.nw. Do not edit. */
#ifndef MASK_CASES_H
#define MASK_CASES_H
#include "gradient/operations.h"
#include "mask/mask.h"
#include "multihead/multihead.h"

enum { OPEN, CAUSAL, PADDING, ENDS, WINDOW, BOTH = 7, PAINTED };
static const size_t mask_lengths[] = { 5, 2 };

static inline void kind_hide(struct mask *mask, int kind,
                             const size_t *lengths)
{
    if (kind & CAUSAL)
        mask_causal(mask);
    if (kind & PADDING)
        mask_padding(mask, lengths);
    if (kind & WINDOW)
        mask_window(mask, 2);
    const size_t n = mask->batch * mask->n * mask->m;
    for (size_t p = 0; kind == PAINTED && p < n; p++)
        if (p * p % 7 % 3 == 1 || p / mask->m == 5)
            mask->visible[p] = 0;
}

static inline struct mask *kind_mask(struct tape *tape, struct tensor **in,
                                     int kind)
{
    struct mask *mask = tape_mask(tape, in[0]->shape[0], in[0]->shape[1],
                                  in[1]->shape[1]);
    kind_hide(mask, kind, mask_lengths);
    return mask;
}
static inline struct tensor *cross_pieces(struct tape *t, struct tensor **in,
                                          int kind)
{
    struct tensor *mixed = tape_masked_attention(t,
        tape_matmul(t, in[0], in[2]), tape_matmul(t, in[1], in[3]),
        tape_matmul(t, in[1], in[4]), kind_mask(t, in, kind));
    struct tensor *out = tape_matmul(t, mixed, in[5]);
    out->attention = mixed->attention;
    return out;
}

static inline struct cross cross_of(struct node *s, bool gradients,
                                    const struct mask *seen)
{
    struct tensor *const *in = s->in;
    const size_t b = in[0]->shape[0], n = in[0]->shape[1];
    const size_t m = in[1]->shape[1], d = in[2]->shape[1];
    const size_t c = in[4]->shape[1];
    float *a[6], *q = tape_zeros(s->on, b * (n + m) * (c + d) + b * n * m);
    float *k = q + b * n * d, *v = k + b * m * d, *weights = v + b * m * c;
    for (size_t i = 0; i < 6; i++)
        a[i] = gradients ? in[i]->grad : in[i]->data;
    return (struct cross){ { b, n, m, d, c, seen, 0 }, in[0]->shape[2],
        in[1]->shape[2], in[5]->shape[1], a[0], a[1], a[2], a[3], a[4], a[5],
        q, k, v, weights, weights + b * n * m };
}

static inline void cross_back(struct node *s)
{
    const struct cross *x = s->saved;
    struct cross d = cross_of(s, true, x->t.seen);
    cross_backward(&d, s->out->grad, x);
}

static inline struct tensor *cross_arrays(struct tape *t, struct tensor **in,
                                          int kind)
{
    struct cross *x = tape_take(t, 1, sizeof *x);
    struct node *s = tape_node(t, "cross", SHAPE(in[0]->shape[0],
        in[0]->shape[1], in[5]->shape[1]), in, cross_back);
    *x = cross_of(s, false, kind_mask(t, in, kind));
    s->saved = x, s->out->attention = x->weights;
    cross_forward(s->out->data, x);
    return s->out;
}

#define KIND(kind) \
    static inline struct tensor *pieces_##kind(struct tape *t, \
                                               struct tensor **in) \
    { return cross_pieces(t, in, kind); } \
    static inline struct tensor *arrays_##kind(struct tape *t, \
                                               struct tensor **in) \
    { return cross_arrays(t, in, kind); }
KIND(OPEN) KIND(CAUSAL) KIND(PADDING) KIND(WINDOW) KIND(BOTH) KIND(PAINTED)

#define CROSS_SIZES .sizes = "B=2 T=4 S=6 C=7 Z=8 k=5 v=3 O=9", \
    .out = "B T O", .weights = "B T S", .spread = .5f, .inputs = { \
        { "x", "B T C" }, { "context", "B S Z" }, { "wq", "C k" }, \
        { "wk", "Z k" }, { "wv", "Z v" }, { "wo", "v O" } }
#define CROSS(kind) \
    .apply = pieces_##kind, .plain = arrays_##kind, CROSS_SIZES

static inline struct tensor *pieces_ends(struct tape *t, struct tensor **in)
{
    return cross_pieces(t, in, ENDS);
}

static inline struct tensor *same_head(struct tape *t, struct tensor **in)
{
    return tape_multihead(t, in[0], in[1], &(struct multihead_parameters){
        .wq = in[2], .wk = in[3], .wv = in[4], .wo = in[5], .heads = 1,
        .causal = true, .lengths = mask_lengths });
}

static inline struct tensor *attend_ends(struct tape *t, struct tensor **in)
{
    return tape_masked_attention(t, in[0], in[1], in[2],
                                 kind_mask(t, in, ENDS));
}

static inline struct tensor *attend_fast(struct tape *t, struct tensor **in)
{
    return tape_attention(t, in[0], in[1], in[2], true, mask_lengths);
}

static inline void softmax_run(float *out, float *const *d, const float *g,
                               float *const *in)
{
    uint8_t visible[2 * 4 * 6];
    struct mask mask = mask_over(visible, 2, 4, 6);
    kind_hide(&mask, PAINTED, NULL);
    masked_softmax(out, in[0], &mask, 2);
    if (g && d[0])
        masked_softmax_backward(d[0], g, out, &mask, 2);
}

static inline struct tensor *softmax_case(struct tape *t, struct tensor *x)
{
    static struct arrays arrays = { softmax_run };
    return tape_arrays(t, tensor_axes(x), INPUTS(x), &arrays);
}

static const struct operation mask_cases[] = {
{ "open", CROSS(OPEN), .places = "T S" },
{ "causal", CROSS(CAUSAL), .causal = true },
{ "padding", CROSS(PADDING), .lengths = mask_lengths, .places = "T S" },
{ "window", CROSS(WINDOW) },
{ "both", CROSS(BOTH), .lengths = mask_lengths },
{ "painted", CROSS(PAINTED) },

{ "one head", .apply = pieces_ends, .plain = same_head, .golden = "",
  .causal = true, .lengths = mask_lengths, CROSS_SIZES },
{ "attention", .apply = attend_ends, .plain = attend_fast, .golden = "",
  .causal = true, .lengths = mask_lengths, .weights = "B T S",
  .sizes = "B=2 T=4 S=6 k=5 v=3", .out = "B T v",
  .inputs = { { "q", "B T k" }, { "k", "B S k" }, { "v", "B S v" } } },
{ "softmax", .one = softmax_case, .golden = "", .sizes = "B=2 T=4 S=6",
  .out = "B T S", .inputs = { { "scores", "B T S" } } },
    { .name = NULL }
};
#endif

