/* multihead_cases_double.h -- generated from multihead_cases.h by the build. Do not edit. */
/* It is multihead/multihead_cases.h of chapters/10-multihead.nw in double. The book
 * has its names without _double. */

#ifndef MULTIHEAD_CASES_H_double
#define MULTIHEAD_CASES_H_double
#include "double/pieces_double.h"
#include "double/operations_double.h"

static const size_t multihead_lengths_double[] = { 3, 4 };
enum { WEIGHED_double = 1, CAUSAL_double = 2, PLAINLY_double = 4 };

static inline struct tensor_double *apply_cross_double(struct tape_double *tape_double,
                                         struct tensor_double **in, int how)
{
    return tape_multihead_double(tape_double, in[0], in[1], &(struct multihead_parameters_double){
        .wq = in[2], .wk = in[3], .wv = in[4], .wo = in[5], .bq = in[6],
        .bk = in[7], .bv = in[8], .bo = in[9], .heads = 3,
        .plain = how & PLAINLY_double, .store_attention = how & (WEIGHED_double | PLAINLY_double),
        .causal = how & CAUSAL_double, .lengths = multihead_lengths_double });
}

static inline struct tensor_double *apply_open_double(struct tape_double *t, struct tensor_double **in)
{
    return apply_cross_double(t, in, 0);
}

static inline struct tensor_double *apply_weighed_double(struct tape_double *t, struct tensor_double **in)
{
    return apply_cross_double(t, in, WEIGHED_double);
}

static inline struct tensor_double *apply_plain_double(struct tape_double *t, struct tensor_double **in)
{
    return apply_cross_double(t, in, PLAINLY_double);
}

static inline struct tensor_double *apply_later_double(struct tape_double *t, struct tensor_double **in)
{
    return apply_cross_double(t, in, CAUSAL_double);
}

static inline struct tensor_double *apply_hidden_double(struct tape_double *t, struct tensor_double **in)
{
    return apply_cross_double(t, in, CAUSAL_double | WEIGHED_double);
}

static inline struct tensor_double *apply_masked_double(struct tape_double *t, struct tensor_double **in)
{
    return apply_cross_double(t, in, CAUSAL_double | PLAINLY_double);
}

static inline struct tensor_double *apply_fused_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_multihead_double(t, in[0], NULL, &(struct multihead_parameters_double){
        .wqkv = in[1], .bqkv = in[2], .wo = in[3], .bo = in[4], .heads = 3,
        .causal = true, .lengths = multihead_lengths_double });
}

static inline struct multihead_parameters_double apart_double(struct tensor_double **in, int how)
{
    return (struct multihead_parameters_double){ .wq = in[1], .wk = in[2],
        .wv = in[3], .wo = in[4], .bq = in[5], .bk = in[6], .bv = in[7],
        .bo = in[8], .heads = how & WEIGHED_double ? 2 : 3,
        .store_attention = how, .plain = how & PLAINLY_double };
}

static inline struct tensor_double *apply_apart_double(struct tape_double *t, struct tensor_double **in)
{
    const struct multihead_parameters_double p = apart_double(in, WEIGHED_double);
    return tape_multihead_double(t, in[0], NULL, &p);
}

static inline struct tensor_double *apply_pieces_double(struct tape_double *t, struct tensor_double **in)
{
    const struct multihead_parameters_double p = apart_double(in, WEIGHED_double);
    return pieces_multihead_double(t, in[0], &p, false);
}

static inline struct tensor_double *apply_many_double(struct tape_double *t, struct tensor_double **in)
{
    const struct multihead_parameters_double p = apart_double(in, 0);
    return tape_multihead_double(t, in[0], NULL, &p);
}

static inline struct tensor_double *apply_slow_double(struct tape_double *t, struct tensor_double **in)
{
    const struct multihead_parameters_double p = apart_double(in, PLAINLY_double);
    return tape_multihead_double(t, in[0], NULL, &p);
}

#define CROSS_double(t, s) \
    .sizes = "B=2 T=" #t " S=" #s " C=7 D=6 H=3 k=8 v=9 O=10", \
    .out = "B T O", .nothing = "bk", .lengths = multihead_lengths_double, \
    .spread = .5, .inputs = { \
        { "x", "B T C" }, { "context", "B S D" }, { "wq", "C H*k" }, \
        { "wk", "D H*k" }, { "wv", "D H*v" }, { "wo", "H*v O" }, \
        { "bq", "H*k" }, { "bk", "H*k" }, { "bv", "H*v" }, { "bo", "O" } }

static const struct operation_double multihead_cases_double[] = {
{ "fused", .apply = apply_fused_double, .causal = true,
  .lengths = multihead_lengths_double, .spread = .5,
  .sizes = "B=2 T=5 C=12 O=10", .out = "B T O", .inputs = {
      { "x", "B T C" }, { "wqkv", "C 3*C" }, { "bqkv", "3*C" },
      { "wo", "C O" }, { "bo", "O" } } },

{ "cross", .apply = apply_open_double, .plain = apply_plain_double, .places = "T S",
  CROSS_double(4, 5) },
{ "cross weights", .apply = apply_weighed_double, .golden = "cross",
  .plain = apply_plain_double, .places = "T S", .weights = "B H T S", CROSS_double(4, 5) },
{ "causal", .apply = apply_later_double, .causal = true, .golden = "",
  .plain = apply_masked_double, CROSS_double(4, 5) },
{ "causal weights", .apply = apply_hidden_double, .causal = true,
  .plain = apply_masked_double, .golden = "", .weights = "B H T S", CROSS_double(4, 5) },
{ "blind rows", .apply = apply_later_double, .causal = true, .golden = "",
  .plain = apply_masked_double, CROSS_double(11, 4) },
{ "separate", .apply = apply_apart_double, .plain = apply_pieces_double,
  .sizes = "B=3 T=5 C=7 H=2 k=4 v=6 O=9", .out = "B T O", .spread = .5,
  .weights = "B H T T", .places = "T", .inputs = {
      { "x", "B T C" }, { "wq", "C H*k" }, { "wk", "C H*k" },
      { "wv", "C H*v" }, { "wo", "H*v O" } } },
{ "many", .apply = apply_many_double, .plain = apply_slow_double, .golden = "",
  .places = "T",
  .sizes = "B=2 T=5 C=7 H=3 k=4 v=2 O=10", .spread = .5,
  .large = "B=22 T=100 C=48 H=3 k=16 v=24 O=70", .out = "B T O",
  .nothing = "bk", .inputs = { { "x", "B T C" }, { "wq", "C H*k" },
      { "wk", "C H*k" }, { "wv", "C H*v" }, { "wo", "H*v O" },
      { "bq", "H*k" }, { "bk", "H*k" }, { "bv", "H*v" }, { "bo", "O" } } },
{ .name = NULL }
};

#endif
