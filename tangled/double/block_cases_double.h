/* block_cases_double.h -- generated from block_cases.h by the build. Do not edit. */
/* It is block/block_cases.h of chapters/13-block.nw in double. The book
 * has its names without _double. */

#ifndef BLOCK_CASES_H_double
#define BLOCK_CASES_H_double
#include "double/block_double.h"
#include "double/operations_double.h"

enum { PRE_double, POST_double, PRE_CAUSAL_double, POST_CAUSAL_double, SHORT_double, RELU_double, EXACT_double, RMS_double, NONE_double,
       RMS_POST_double, NONE_POST_double, CUT_double, DROPPED_double, DROPPED_POST_double, DECODE_double, DECODE_POST_double,
       DECODE_BOTH_double };

/* KIND: the function OF_KIND(which), a block of this kind; KIND_BY: others.
 * The double of a name that the build knows has another function. */
#define OF_KIND_double(which) apply_##which
#define KIND_BY_double(layer, which, ...) \
    static inline struct tensor_double *apply_##which(struct tape_double *tape_double, \
                                               struct tensor_double **in) \
    { \
        return layer(tape_double, in, &(struct block_double){ .heads = 3, __VA_ARGS__ }); \
    }
#define KIND_double(...) KIND_BY_double(apply_block_double, __VA_ARGS__)
static inline struct tensor_double *apply_block_double(struct tape_double *tape_double,
    struct tensor_double **in, const struct block_double *how)
{
    return tape_block_double(tape_double, in[0], in + 1, how);
}

static const size_t block_lengths_double[] = { 5, 3 };

KIND_double(PRE_double, .store_attention = true)
KIND_double(POST_double, .order = BLOCK_POST_double)
KIND_double(PRE_CAUSAL_double, .causal = true, .store_attention = true)
KIND_double(POST_CAUSAL_double, .order = BLOCK_POST_double, .causal = true)
KIND_double(SHORT_double, .lengths = block_lengths_double)
KIND_double(RELU_double, .order = BLOCK_POST_double, .act = FEED_RELU_double)
KIND_double(EXACT_double, .order = BLOCK_POST_double, .act = FEED_GELU_EXACT_double, .eps = 1e-12)
KIND_double(RMS_double, .norm = NORM_RMS_double)
KIND_double(NONE_double, .norm = NORM_NONE_double)
KIND_double(RMS_POST_double, .norm = NORM_RMS_double, .order = BLOCK_POST_double, .causal = true)
KIND_double(NONE_POST_double, .norm = NORM_NONE_double, .order = BLOCK_POST_double, .causal = true)
KIND_double(CUT_double, .norm = NORM_NONE_double, .cut = true, .causal = true,
     .store_attention = true)
KIND_double(DROPPED_double, .norm = NORM_RMS_double, .causal = true, .drop = { .25, 3 })
KIND_double(DROPPED_POST_double, .order = BLOCK_POST_double, .causal = true, .act = FEED_RELU_double,
     .drop = { .25, 4 })

static inline struct tensor_double *apply_decoder_double(struct tape_double *tape_double,
    struct tensor_double **in, const struct block_double *how)
{
    static const size_t which[DECODER_PARAMETERS_double] = {
        2, 3, 4, 5, 6, 7, 2, 3, 8, 9, 10, 11, 2, 3, 4, 5, 6, 7 };
    struct tensor_double *p[DECODER_PARAMETERS_double];
    for (size_t i = 0; i < DECODER_PARAMETERS_double; i++)
        p[i] = in[which[i]];
    return tape_decoder_double(tape_double, in[0], in[1], p, how, NULL);
}

static const size_t memory_lengths_double[] = { 4, 3 };
KIND_BY_double(apply_decoder_double, DECODE_double, .lengths = memory_lengths_double, .drop = { .25, 5 })
KIND_BY_double(apply_decoder_double, DECODE_POST_double, .lengths = memory_lengths_double,
        .order = BLOCK_POST_double, .store_attention = true)
KIND_BY_double(apply_decoder_double, DECODE_BOTH_double, .lengths = memory_lengths_double,
        .both_ways = true)

static inline struct tensor_double *apply_dropout_double(struct tape_double *tape_double,
                                           struct tensor_double *x)
{
    return tape_dropout_double(tape_double, x, &(struct dropout_double){ .5, 8 });
}

#define BY_US_double(kind) .golden = "", BY_PYTORCH_double(kind)
#define BY_PYTORCH_double(kind) .apply = OF_KIND_double(kind), \
    .sizes = "B=2 T=5 C=12 H=3 F=7", \
    .out = "B T C", .spread = .4, .inputs = { { "x", "B T C" }, \
        { "ln_1.weight", "C" }, { "ln_1.bias", "C" }, \
        { "c_attn.w", "C 3*C" }, { "c_attn.b", "3*C" }, \
        { "attn.w", "C C" }, { "attn.b", "C" }, { "ln_2.weight", "C" }, \
        { "ln_2.bias", "C" }, { "c_fc.w", "C F" }, { "c_fc.b", "F" }, \
        { "mlp.w", "F C" }, { "mlp.b", "C" } }
#define OF_DECODER_double(memory) .golden = "", .out = "B T C", .spread = .4, \
    .sizes = "B=2 T=5 S=4 M=4 C=12 H=3 F=7", .inputs = { \
        { "x", "B T C" }, { "memory", memory }, { "ln.weight", "C" }, \
        { "ln.bias", "C" }, { "c_attn.w", "C 3*C" }, { "c_attn.b", "3*C" }, \
        { "attn.w", "C C" }, { "attn.b", "C" }, { "c_fc.w", "C F" }, \
        { "c_fc.b", "F" }, { "mlp.w", "F C" }, { "mlp.b", "C" } }
#define MANY_TOKENS_double .large = "B=2 T=280 C=120 H=3 F=7"
static const struct operation_double block_cases_double[] = {
    { "pre", .places = "T", .weights = "B H T T", BY_PYTORCH_double(PRE_double) },
    { "post", .places = "T", BY_PYTORCH_double(POST_double) },
    { "pre causal", .causal = true, .weights = "B H T T",
      BY_PYTORCH_double(PRE_CAUSAL_double) },
    { "post causal", .causal = true, BY_PYTORCH_double(POST_CAUSAL_double) },
    { "pre lengths", .lengths = block_lengths_double, .places = "T",
      BY_PYTORCH_double(SHORT_double) },
    { "post relu", .places = "T", BY_PYTORCH_double(RELU_double) },
    { "post exact", .places = "T", BY_PYTORCH_double(EXACT_double) },
    { "pre rms", .places = "T", BY_PYTORCH_double(RMS_double) },
    { "pre none", .places = "T", BY_PYTORCH_double(NONE_double) },
    { "post rms", .causal = true, BY_US_double(RMS_POST_double) },
    { "post none", .causal = true, BY_US_double(NONE_POST_double) },
    { "cut", .causal = true, .weights = "B H T T", BY_US_double(CUT_double) },
    { "dropout, rms", .causal = true, MANY_TOKENS_double, BY_US_double(DROPPED_double) },
    { "dropout, post", .causal = true, MANY_TOKENS_double, BY_US_double(DROPPED_POST_double) },
    { "decoder", .apply = OF_KIND_double(DECODE_double), .lengths = memory_lengths_double,
      OF_DECODER_double("B S C") },
    { "decoder, post", .apply = OF_KIND_double(DECODE_POST_double), .weights = "B H T S",
      .lengths = memory_lengths_double, OF_DECODER_double("B S C") },
    { "decoder, both ways", .apply = OF_KIND_double(DECODE_BOTH_double), .places = "T",
      .lengths = memory_lengths_double, OF_DECODER_double("B S C") },
    { "decoder future", .apply = OF_KIND_double(DECODE_double), .causal = true,
      OF_DECODER_double("B M C") },
    { "decoder future, post", .apply = OF_KIND_double(DECODE_POST_double), .causal = true,
      OF_DECODER_double("B M C") },
    { "RMSNorm", .two = tape_rmsnorm_double, .golden = "", .out = "B T C",
      .sizes = "B=2 T=3 C=7", .places = "B T",
      .inputs = { { "x", "B T C" }, { "gain", "C" } } },
    { "dropout", .one = apply_dropout_double, .golden = "", .sizes = "B=3 C=7",
      .large = "B=300 C=400", .out = "B C", .inputs = { { "x", "B C" } } },
    { .name = NULL }
};
#endif

