/* multihead_cases.h -- generated from chapters/10-multihead.nw. Do not edit. */
#ifndef MULTIHEAD_CASES_H
#define MULTIHEAD_CASES_H
#include "multihead/pieces.h"
#include "gradient/operations.h"

static const size_t multihead_lengths[] = { 3, 4 };
enum { WEIGHED = 1, CAUSAL = 2, PLAINLY = 4 };

static inline struct tensor *apply_cross(struct tape *tape,
                                         struct tensor **in, int how)
{
    return tape_multihead(tape, in[0], in[1], &(struct multihead_parameters){
        .wq = in[2], .wk = in[3], .wv = in[4], .wo = in[5], .bq = in[6],
        .bk = in[7], .bv = in[8], .bo = in[9], .heads = 3,
        .plain = how & PLAINLY, .store_attention = how & (WEIGHED | PLAINLY),
        .causal = how & CAUSAL, .lengths = multihead_lengths });
}

static inline struct tensor *apply_open(struct tape *t, struct tensor **in)
{
    return apply_cross(t, in, 0);
}

static inline struct tensor *apply_weighed(struct tape *t, struct tensor **in)
{
    return apply_cross(t, in, WEIGHED);
}

static inline struct tensor *apply_plain(struct tape *t, struct tensor **in)
{
    return apply_cross(t, in, PLAINLY);
}

static inline struct tensor *apply_later(struct tape *t, struct tensor **in)
{
    return apply_cross(t, in, CAUSAL);
}

static inline struct tensor *apply_hidden(struct tape *t, struct tensor **in)
{
    return apply_cross(t, in, CAUSAL | WEIGHED);
}

static inline struct tensor *apply_masked(struct tape *t, struct tensor **in)
{
    return apply_cross(t, in, CAUSAL | PLAINLY);
}

static inline struct tensor *apply_fused(struct tape *t, struct tensor **in)
{
    return tape_multihead(t, in[0], NULL, &(struct multihead_parameters){
        .wqkv = in[1], .bqkv = in[2], .wo = in[3], .bo = in[4], .heads = 3,
        .causal = true, .lengths = multihead_lengths });
}

static inline struct multihead_parameters apart(struct tensor **in, int how)
{
    return (struct multihead_parameters){ .wq = in[1], .wk = in[2],
        .wv = in[3], .wo = in[4], .bq = in[5], .bk = in[6], .bv = in[7],
        .bo = in[8], .heads = how & WEIGHED ? 2 : 3,
        .store_attention = how, .plain = how & PLAINLY };
}

static inline struct tensor *apply_apart(struct tape *t, struct tensor **in)
{
    const struct multihead_parameters p = apart(in, WEIGHED);
    return tape_multihead(t, in[0], NULL, &p);
}

static inline struct tensor *apply_pieces(struct tape *t, struct tensor **in)
{
    const struct multihead_parameters p = apart(in, WEIGHED);
    return pieces_multihead(t, in[0], &p, false);
}

static inline struct tensor *apply_many(struct tape *t, struct tensor **in)
{
    const struct multihead_parameters p = apart(in, 0);
    return tape_multihead(t, in[0], NULL, &p);
}

static inline struct tensor *apply_slow(struct tape *t, struct tensor **in)
{
    const struct multihead_parameters p = apart(in, PLAINLY);
    return tape_multihead(t, in[0], NULL, &p);
}

#define CROSS(t, s) \
    .sizes = "B=2 T=" #t " S=" #s " C=7 D=6 H=3 k=8 v=9 O=10", \
    .out = "B T O", .nothing = "bk", .lengths = multihead_lengths, \
    .spread = .5f, .inputs = { \
        { "x", "B T C" }, { "context", "B S D" }, { "wq", "C H*k" }, \
        { "wk", "D H*k" }, { "wv", "D H*v" }, { "wo", "H*v O" }, \
        { "bq", "H*k" }, { "bk", "H*k" }, { "bv", "H*v" }, { "bo", "O" } }

static const struct operation multihead_cases[] = {
{ "fused", .apply = apply_fused, .causal = true,
  .lengths = multihead_lengths, .spread = .5f,
  .sizes = "B=2 T=5 C=12 O=10", .out = "B T O", .inputs = {
      { "x", "B T C" }, { "wqkv", "C 3*C" }, { "bqkv", "3*C" },
      { "wo", "C O" }, { "bo", "O" } } },

{ "cross", .apply = apply_open, .plain = apply_plain, .places = "T S",
  CROSS(4, 5) },
{ "cross weights", .apply = apply_weighed, .golden = "cross",
  .plain = apply_plain, .places = "T S", .weights = "B H T S", CROSS(4, 5) },
{ "causal", .apply = apply_later, .causal = true, .golden = "",
  .plain = apply_masked, CROSS(4, 5) },
{ "causal weights", .apply = apply_hidden, .causal = true,
  .plain = apply_masked, .golden = "", .weights = "B H T S", CROSS(4, 5) },
{ "blind rows", .apply = apply_later, .causal = true, .golden = "",
  .plain = apply_masked, CROSS(11, 4) },
{ "separate", .apply = apply_apart, .plain = apply_pieces,
  .sizes = "B=3 T=5 C=7 H=2 k=4 v=6 O=9", .out = "B T O", .spread = .5f,
  .weights = "B H T T", .places = "T", .inputs = {
      { "x", "B T C" }, { "wq", "C H*k" }, { "wk", "C H*k" },
      { "wv", "C H*v" }, { "wo", "H*v O" } } },
{ "many", .apply = apply_many, .plain = apply_slow, .golden = "",
  .places = "T",
  .sizes = "B=2 T=5 C=7 H=3 k=4 v=2 O=10", .spread = .5f,
  .large = "B=22 T=100 C=48 H=3 k=16 v=24 O=70", .out = "B T O",
  .nothing = "bk", .inputs = { { "x", "B T C" }, { "wq", "C H*k" },
      { "wk", "C H*k" }, { "wv", "C H*v" }, { "wo", "H*v O" },
      { "bq", "H*k" }, { "bk", "H*k" }, { "bv", "H*v" }, { "bo", "O" } } },
{ .name = NULL }
};

#endif
