/* encoder.h -- generated from chapters/14-encoder.nw. Do not edit. */
/* Offers: struct encoder_kind, struct encoder, struct encoder_input,
 * encoder_forward, tape_pool, encoder_pooled, encoder_logits, encoder_new,
 * encoder_start */

#ifndef ENCODER_H
#define ENCODER_H
#include "block/block.h"
#include "position/position.h"

enum { ENCODER_LAYERS = 8 };            /* at most */

struct encoder_kind {
    size_t words, width, heads, layers, hidden, kinds;  /* V C H L F K */
    bool causal, unplaced;    /* see what is before only; no positions */
    float drop;               /* rate of dropout */
};

struct encoder {
    struct encoder_kind is;
    struct tensor *words, *gain, *bias, *out, *out_bias;
    struct block_tensors layer[ENCODER_LAYERS];
    bool looks;               /* the next forward pass keeps its weights: */
    const float *seen[ENCODER_LAYERS];   /* (B, H, T, T) of each layer */
};

/* Texts side by side.  The shorter ones are padded with any ids. */
struct encoder_input {
    size_t batch, length;     /* B, T */
    const int32_t *ids;       /* (B, T) */
    const size_t *lengths;    /* (B), or NULL: all T are there */
    uint64_t seed;            /* of dropout */
};
static inline struct tensor *encoder_waves(struct tape *on, size_t length,
                                           size_t width)
{
    float *waves = tape_take(on, size_product(length, width), sizeof *waves);
    sinusoidal_table(waves, 0, length, width);
    return tape_input(on, waves, SHAPE(length, width));
}

/* encoder_forward: z (B, T, C) of the texts.  The input's arrays must stay
 * until tape_backward.  Vaswani et al. 2017, sections 3.1 and 3.4. */
static inline struct tensor *encoder_forward(struct tape *on,
    struct encoder *e, const struct encoder_input *b)
{
    const struct encoder_kind *is = &e->is;
    const struct dropout first = { is->drop, mix_bits(b->seed, is->layers) };
    struct tensor *x = tape_embedding(on, e->words, b->ids,
                                      SHAPE(b->batch, b->length));
    x = tape_scale(on, x, sqrtf((float)is->width));
    if (!is->unplaced)
        x = tape_add_rows(on, x, encoder_waves(on, b->length, is->width), 0);
    x = tape_dropout(on, x, &first);
    for (size_t i = 0; i < is->layers; i++) {
        const struct block how = { .heads = is->heads, .causal = is->causal,
            .lengths = b->lengths, .store_attention = e->looks,
            .drop = { is->drop, mix_bits(b->seed, i) } };
        x = tape_block(on, x, e->layer[i].at, &how);
        e->seen[i] = x->attention;
    }
    return tape_layernorm(on, x, e->gain, e->bias);
}

/* tape_pool: the sums of the rows of x (B, T, C), with shares (B, T), which
 * must stay until tape_backward  ->  (B, C). */
static inline struct tensor *tape_pool(struct tape *on, struct tensor *x,
                                       const float *shares)
{
    const size_t batch = x->shape[0], length = x->shape[1];
    struct tensor *w = tape_input(on, shares, SHAPE(batch, 1, length));
    return tape_reshape(on, tape_matmul(on, w, x),
                        SHAPE(batch, x->shape[2]));
}

static inline struct tensor *encoder_logits(struct tape *on,
                                            struct encoder *e,
                                            struct tensor *z);

/* encoder_pooled: logits (B, K) from the first row of each text. */
static inline struct tensor *encoder_pooled(struct tape *on,
    struct encoder *e, const struct encoder_input *b)
{
    float *first = tape_take(on, b->batch * b->length, sizeof *first);
    memset(first, 0, b->batch * b->length * sizeof *first);
    for (size_t i = 0; i < b->batch; i++)
        first[i * b->length] = 1;
    return encoder_logits(on, e, tape_pool(on, encoder_forward(on, e, b),
                                           first));
}

/* encoder_logits: (..., K) of rows z (..., C). */
static inline struct tensor *encoder_logits(struct tape *on,
                                            struct encoder *e,
                                            struct tensor *z)
{
    return tape_bias(on, tape_matmul(on, z, e->out), e->out_bias);
}

/* encoder_new: all parameters on the tape, zeros at first. */
static inline struct encoder encoder_new(struct tape *tape,
                                         const struct encoder_kind *is)
{
    struct encoder e = { .is = *is };
    char prefix[32];
    REQUIRE(is->layers <= ENCODER_LAYERS);
    e.words = tape_parameter(tape, "wte.weight",
                             SHAPE(is->words, is->width));
    for (size_t i = 0; i < is->layers; i++) {
        snprintf(prefix, sizeof prefix, "h.%zu.", i);
        block_new(&e.layer[i], tape, prefix, is->width, is->hidden);
    }
    e.gain = tape_parameter(tape, "ln_f.weight", SHAPE(is->width));
    e.bias = tape_parameter(tape, "ln_f.bias", SHAPE(is->width));
    e.out = tape_parameter(tape, "head.weight", SHAPE(is->width, is->kinds));
    e.out_bias = tape_parameter(tape, "head.bias", SHAPE(is->kinds));
    return e;
}

/* encoder_start: random weights.  The branches of the blocks begin small
 * enough that their sum is about as large as what comes in, as GPT-2's. */
static inline void encoder_start(struct encoder *e, struct random *random)
{
    const float scale = 1 / sqrtf((float)e->is.width);
    const size_t branches = e->is.layers ? 2 * e->is.layers : 1;
    for (size_t i = 0; i < e->words->count; i++)
        e->words->data[i] = scale * random_normal(random);
    for (size_t i = 0; i < e->is.layers; i++)
        block_start(&e->layer[i], random, 1 / sqrtf((float)branches));
    for (size_t i = 0; i < e->is.width; i++)
        e->gain->data[i] = 1;
    for (size_t i = 0; i < e->out->count; i++)
        e->out->data[i] = .1f * scale * random_normal(random);
}
#endif

