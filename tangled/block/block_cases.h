/* block_cases.h -- generated from chapters/13-block.nw. Do not edit. */
#ifndef BLOCK_CASES_H
#define BLOCK_CASES_H
#include "block/block.h"
#include "gradient/operations.h"

enum { PRE, POST, PRE_CAUSAL, POST_CAUSAL, SHORT, RELU, EXACT, RMS, NONE,
       RMS_POST, NONE_POST, CUT, DROPPED, DROPPED_POST, DECODE, DECODE_POST,
       DECODE_BOTH };

/* KIND: the function OF_KIND(which), a block of this kind; KIND_BY: others.
 * The double of a name that the build knows has another function. */
#define OF_KIND(which) apply_##which
#define KIND_BY(layer, which, ...) \
    static inline struct tensor *apply_##which(struct tape *tape, \
                                               struct tensor **in) \
    { \
        return layer(tape, in, &(struct block){ .heads = 3, __VA_ARGS__ }); \
    }
#define KIND(...) KIND_BY(apply_block, __VA_ARGS__)
static inline struct tensor *apply_block(struct tape *tape,
    struct tensor **in, const struct block *how)
{
    return tape_block(tape, in[0], in + 1, how);
}

static const size_t block_lengths[] = { 5, 3 };

KIND(PRE, .store_attention = true)
KIND(POST, .order = BLOCK_POST)
KIND(PRE_CAUSAL, .causal = true, .store_attention = true)
KIND(POST_CAUSAL, .order = BLOCK_POST, .causal = true)
KIND(SHORT, .lengths = block_lengths)
KIND(RELU, .order = BLOCK_POST, .act = FEED_RELU)
KIND(EXACT, .order = BLOCK_POST, .act = FEED_GELU_EXACT, .eps = 1e-12f)
KIND(RMS, .norm = NORM_RMS)
KIND(NONE, .norm = NORM_NONE)
KIND(RMS_POST, .norm = NORM_RMS, .order = BLOCK_POST, .causal = true)
KIND(NONE_POST, .norm = NORM_NONE, .order = BLOCK_POST, .causal = true)
KIND(CUT, .norm = NORM_NONE, .cut = true, .causal = true,
     .store_attention = true)
KIND(DROPPED, .norm = NORM_RMS, .causal = true, .drop = { .25f, 3 })
KIND(DROPPED_POST, .order = BLOCK_POST, .causal = true, .act = FEED_RELU,
     .drop = { .25f, 4 })

static inline struct tensor *apply_decoder(struct tape *tape,
    struct tensor **in, const struct block *how)
{
    static const size_t which[DECODER_PARAMETERS] = {
        2, 3, 4, 5, 6, 7, 2, 3, 8, 9, 10, 11, 2, 3, 4, 5, 6, 7 };
    struct tensor *p[DECODER_PARAMETERS];
    for (size_t i = 0; i < DECODER_PARAMETERS; i++)
        p[i] = in[which[i]];
    return tape_decoder(tape, in[0], in[1], p, how, NULL);
}

static const size_t memory_lengths[] = { 4, 3 };
KIND_BY(apply_decoder, DECODE, .lengths = memory_lengths, .drop = { .25f, 5 })
KIND_BY(apply_decoder, DECODE_POST, .lengths = memory_lengths,
        .order = BLOCK_POST, .store_attention = true)
KIND_BY(apply_decoder, DECODE_BOTH, .lengths = memory_lengths,
        .both_ways = true)

static inline struct tensor *apply_dropout(struct tape *tape,
                                           struct tensor *x)
{
    return tape_dropout(tape, x, &(struct dropout){ .5f, 8 });
}

#define BY_US(kind) .golden = "", BY_PYTORCH(kind)
#define BY_PYTORCH(kind) .apply = OF_KIND(kind), \
    .sizes = "B=2 T=5 C=12 H=3 F=7", \
    .out = "B T C", .spread = .4f, .inputs = { { "x", "B T C" }, \
        { "ln_1.weight", "C" }, { "ln_1.bias", "C" }, \
        { "c_attn.w", "C 3*C" }, { "c_attn.b", "3*C" }, \
        { "attn.w", "C C" }, { "attn.b", "C" }, { "ln_2.weight", "C" }, \
        { "ln_2.bias", "C" }, { "c_fc.w", "C F" }, { "c_fc.b", "F" }, \
        { "mlp.w", "F C" }, { "mlp.b", "C" } }
#define OF_DECODER(memory) .golden = "", .out = "B T C", .spread = .4f, \
    .sizes = "B=2 T=5 S=4 M=4 C=12 H=3 F=7", .inputs = { \
        { "x", "B T C" }, { "memory", memory }, { "ln.weight", "C" }, \
        { "ln.bias", "C" }, { "c_attn.w", "C 3*C" }, { "c_attn.b", "3*C" }, \
        { "attn.w", "C C" }, { "attn.b", "C" }, { "c_fc.w", "C F" }, \
        { "c_fc.b", "F" }, { "mlp.w", "F C" }, { "mlp.b", "C" } }
#define MANY_TOKENS .large = "B=2 T=280 C=120 H=3 F=7"
static const struct operation block_cases[] = {
    { "pre", .places = "T", .weights = "B H T T", BY_PYTORCH(PRE) },
    { "post", .places = "T", BY_PYTORCH(POST) },
    { "pre causal", .causal = true, .weights = "B H T T",
      BY_PYTORCH(PRE_CAUSAL) },
    { "post causal", .causal = true, BY_PYTORCH(POST_CAUSAL) },
    { "pre lengths", .lengths = block_lengths, .places = "T",
      BY_PYTORCH(SHORT) },
    { "post relu", .places = "T", BY_PYTORCH(RELU) },
    { "post exact", .places = "T", BY_PYTORCH(EXACT) },
    { "pre rms", .places = "T", BY_PYTORCH(RMS) },
    { "pre none", .places = "T", BY_PYTORCH(NONE) },
    { "post rms", .causal = true, BY_US(RMS_POST) },
    { "post none", .causal = true, BY_US(NONE_POST) },
    { "cut", .causal = true, .weights = "B H T T", BY_US(CUT) },
    { "dropout, rms", .causal = true, MANY_TOKENS, BY_US(DROPPED) },
    { "dropout, post", .causal = true, MANY_TOKENS, BY_US(DROPPED_POST) },
    { "decoder", .apply = OF_KIND(DECODE), .lengths = memory_lengths,
      OF_DECODER("B S C") },
    { "decoder, post", .apply = OF_KIND(DECODE_POST), .weights = "B H T S",
      .lengths = memory_lengths, OF_DECODER("B S C") },
    { "decoder, both ways", .apply = OF_KIND(DECODE_BOTH), .places = "T",
      .lengths = memory_lengths, OF_DECODER("B S C") },
    { "decoder future", .apply = OF_KIND(DECODE), .causal = true,
      OF_DECODER("B M C") },
    { "decoder future, post", .apply = OF_KIND(DECODE_POST), .causal = true,
      OF_DECODER("B M C") },
    { "RMSNorm", .two = tape_rmsnorm, .golden = "", .out = "B T C",
      .sizes = "B=2 T=3 C=7", .places = "B T",
      .inputs = { { "x", "B T C" }, { "gain", "C" } } },
    { "dropout", .one = apply_dropout, .golden = "", .sizes = "B=3 C=7",
      .large = "B=300 C=400", .out = "B C", .inputs = { { "x", "B C" } } },
    { .name = NULL }
};
#endif

