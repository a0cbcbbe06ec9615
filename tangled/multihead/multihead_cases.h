/* multihead_cases.h -- generated from chapters/10-multihead.nw. Do not edit. */
#ifndef MULTIHEAD_CASES_H
#define MULTIHEAD_CASES_H
#include "multihead/multihead.h"
#include "gradient/operations.h"

static const size_t multihead_lengths[] = { 3, 4 };

static inline struct tensor *apply_cross(struct tape *tape,
                                         struct tensor **in, bool weights,
                                         bool plain)
{
    return tape_multihead(tape, in[0], in[1], &(struct multihead_parameters){
        .wq = in[2], .wk = in[3], .wv = in[4], .wo = in[5], .bq = in[6],
        .bk = in[7], .bv = in[8], .bo = in[9], .heads = 3, .plain = plain,
        .weights = weights, .lengths = multihead_lengths });
}

static inline struct tensor *apply_cross_tiled(struct tape *tape,
                                               struct tensor **in)
{
    return apply_cross(tape, in, false, false);
}

static inline struct tensor *apply_cross_weights(struct tape *tape,
                                                 struct tensor **in)
{
    return apply_cross(tape, in, true, false);
}

static inline struct tensor *apply_cross_plain(struct tape *tape,
                                               struct tensor **in)
{
    return apply_cross(tape, in, true, true);
}

static inline struct tensor *apply_fused(struct tape *tape,
                                         struct tensor **in)
{
    return tape_multihead(tape, in[0], NULL, &(struct multihead_parameters){
        .wqkv = in[1], .bqkv = in[2], .wo = in[3], .bo = in[4], .heads = 3,
        .causal = true, .lengths = multihead_lengths });
}

static inline struct tensor *apply_self(struct tape *tape,
                                        struct tensor **in, bool plain)
{
    return tape_multihead(tape, in[0], NULL, &(struct multihead_parameters){
        .wq = in[1], .wk = in[2], .wv = in[3], .wo = in[4], .heads = 2,
        .weights = true, .plain = plain });
}

static inline struct tensor *apply_separate(struct tape *tape,
                                            struct tensor **in)
{
    return apply_self(tape, in, false);
}

static inline struct tensor *apply_separate_plain(struct tape *tape,
                                                  struct tensor **in)
{
    return apply_self(tape, in, true);
}

static const struct operation multihead_cases[] = {
    { "cross", .apply = apply_cross_tiled, .inputs = {
        /* inputs of cross-attention */
        { "x", AXES(2, 4, 7) }, { "context", AXES(2, 5, 6) },
        { "wq", AXES(7, 24) }, { "wk", AXES(6, 24) }, { "wv", AXES(6, 27) },
        { "wo", AXES(27, 10) }, { "bq", AXES(24) }, { "bk", AXES(24) },
        { "bv", AXES(27) }, { "bo", AXES(10) }

    } },
    { "cross weights", .apply = apply_cross_weights, .inputs = {
        /* inputs of cross-attention */
        { "x", AXES(2, 4, 7) }, { "context", AXES(2, 5, 6) },
        { "wq", AXES(7, 24) }, { "wk", AXES(6, 24) }, { "wv", AXES(6, 27) },
        { "wo", AXES(27, 10) }, { "bq", AXES(24) }, { "bk", AXES(24) },
        { "bv", AXES(27) }, { "bo", AXES(10) }

    } },
    { "cross plain", .apply = apply_cross_plain, .inputs = {
        /* inputs of cross-attention */
        { "x", AXES(2, 4, 7) }, { "context", AXES(2, 5, 6) },
        { "wq", AXES(7, 24) }, { "wk", AXES(6, 24) }, { "wv", AXES(6, 27) },
        { "wo", AXES(27, 10) }, { "bq", AXES(24) }, { "bk", AXES(24) },
        { "bv", AXES(27) }, { "bo", AXES(10) }

    } },
    { "separate", .apply = apply_separate, .inputs = {
        /* inputs of self-attention */
        { "x", AXES(3, 5, 7) }, { "wq", AXES(7, 8) }, { "wk", AXES(7, 8) },
        { "wv", AXES(7, 12) }, { "wo", AXES(12, 9) }
    } },
    { "separate plain", .apply = apply_separate_plain, .inputs = {
        /* inputs of self-attention */
        { "x", AXES(3, 5, 7) }, { "wq", AXES(7, 8) }, { "wk", AXES(7, 8) },
        { "wv", AXES(7, 12) }, { "wo", AXES(12, 9) }
    } },
    { "fused", .apply = apply_fused, .inputs = {
        { "x", AXES(2, 5, 12) }, { "wqkv", AXES(12, 36) },
        { "bqkv", AXES(36) }, { "wo", AXES(12, 10) }, { "bo", AXES(10) } } },
    { .name = NULL }
};
#endif
