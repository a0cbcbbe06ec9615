/* multihead_cases_double.h -- generated from multihead_cases.h by the build. Do not edit. */
/* It is multihead/multihead_cases.h of chapters/10-multihead.nw in double. The book
 * has its names without _double. */

#ifndef MULTIHEAD_CASES_H_double
#define MULTIHEAD_CASES_H_double
#include "double/multihead_double.h"
#include "double/operations_double.h"

static const size_t multihead_lengths_double[] = { 3, 4 };

static inline struct tensor_double *apply_cross_double(struct tape_double *tape_double,
                                         struct tensor_double **in, bool weights,
                                         bool plain)
{
    return tape_multihead_double(tape_double, in[0], in[1], &(struct multihead_parameters_double){
        .wq = in[2], .wk = in[3], .wv = in[4], .wo = in[5], .bq = in[6],
        .bk = in[7], .bv = in[8], .bo = in[9], .heads = 3, .plain = plain,
        .weights = weights, .lengths = multihead_lengths_double });
}

static inline struct tensor_double *apply_cross_tiled_double(struct tape_double *tape_double,
                                               struct tensor_double **in)
{
    return apply_cross_double(tape_double, in, false, false);
}

static inline struct tensor_double *apply_cross_weights_double(struct tape_double *tape_double,
                                                 struct tensor_double **in)
{
    return apply_cross_double(tape_double, in, true, false);
}

static inline struct tensor_double *apply_cross_plain_double(struct tape_double *tape_double,
                                               struct tensor_double **in)
{
    return apply_cross_double(tape_double, in, true, true);
}

static inline struct tensor_double *apply_fused_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    return tape_multihead_double(tape_double, in[0], NULL, &(struct multihead_parameters_double){
        .wqkv = in[1], .bqkv = in[2], .wo = in[3], .bo = in[4], .heads = 3,
        .causal = true, .lengths = multihead_lengths_double });
}

static inline struct tensor_double *apply_self_double(struct tape_double *tape_double,
                                        struct tensor_double **in, bool plain)
{
    return tape_multihead_double(tape_double, in[0], NULL, &(struct multihead_parameters_double){
        .wq = in[1], .wk = in[2], .wv = in[3], .wo = in[4], .heads = 2,
        .weights = true, .plain = plain });
}

static inline struct tensor_double *apply_separate_double(struct tape_double *tape_double,
                                            struct tensor_double **in)
{
    return apply_self_double(tape_double, in, false);
}

static inline struct tensor_double *apply_separate_plain_double(struct tape_double *tape_double,
                                                  struct tensor_double **in)
{
    return apply_self_double(tape_double, in, true);
}

static const struct operation_double multihead_cases_double[] = {
    { "cross", .apply = apply_cross_tiled_double, .inputs = {
        /* inputs of cross-attention */
        { "x", AXES_double(2, 4, 7) }, { "context", AXES_double(2, 5, 6) },
        { "wq", AXES_double(7, 24) }, { "wk", AXES_double(6, 24) }, { "wv", AXES_double(6, 27) },
        { "wo", AXES_double(27, 10) }, { "bq", AXES_double(24) }, { "bk", AXES_double(24) },
        { "bv", AXES_double(27) }, { "bo", AXES_double(10) }

    } },
    { "cross weights", .apply = apply_cross_weights_double, .inputs = {
        /* inputs of cross-attention */
        { "x", AXES_double(2, 4, 7) }, { "context", AXES_double(2, 5, 6) },
        { "wq", AXES_double(7, 24) }, { "wk", AXES_double(6, 24) }, { "wv", AXES_double(6, 27) },
        { "wo", AXES_double(27, 10) }, { "bq", AXES_double(24) }, { "bk", AXES_double(24) },
        { "bv", AXES_double(27) }, { "bo", AXES_double(10) }

    } },
    { "cross plain", .apply = apply_cross_plain_double, .inputs = {
        /* inputs of cross-attention */
        { "x", AXES_double(2, 4, 7) }, { "context", AXES_double(2, 5, 6) },
        { "wq", AXES_double(7, 24) }, { "wk", AXES_double(6, 24) }, { "wv", AXES_double(6, 27) },
        { "wo", AXES_double(27, 10) }, { "bq", AXES_double(24) }, { "bk", AXES_double(24) },
        { "bv", AXES_double(27) }, { "bo", AXES_double(10) }

    } },
    { "separate", .apply = apply_separate_double, .inputs = {
        /* inputs of self-attention */
        { "x", AXES_double(3, 5, 7) }, { "wq", AXES_double(7, 8) }, { "wk", AXES_double(7, 8) },
        { "wv", AXES_double(7, 12) }, { "wo", AXES_double(12, 9) }
    } },
    { "separate plain", .apply = apply_separate_plain_double, .inputs = {
        /* inputs of self-attention */
        { "x", AXES_double(3, 5, 7) }, { "wq", AXES_double(7, 8) }, { "wk", AXES_double(7, 8) },
        { "wv", AXES_double(7, 12) }, { "wo", AXES_double(12, 9) }
    } },
    { "fused", .apply = apply_fused_double, .inputs = {
        { "x", AXES_double(2, 5, 12) }, { "wqkv", AXES_double(12, 36) },
        { "bqkv", AXES_double(36) }, { "wo", AXES_double(12, 10) }, { "bo", AXES_double(10) } } },
    { .name = NULL }
};
#endif
