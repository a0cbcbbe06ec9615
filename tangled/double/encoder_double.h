/* encoder_double.h -- generated from encoder.h by the build. Do not edit. */
/* It is encoder/encoder.h of chapters/14-encoder.nw in double. The book
 * has its names without _double. */


#ifndef ENCODER_H_double
#define ENCODER_H_double
#include "double/block_double.h"
#include "double/position_double.h"

enum { ENCODER_LAYERS_double = 8 };            /* at most */

struct encoder_kind_double {
    size_t words, width, heads, layers, hidden, kinds;  /* V C H L F K */
    bool causal, unplaced;    /* see what is before only; no positions */
    double drop;               /* rate of dropout */
};

struct encoder_double {
    struct encoder_kind_double is;
    struct tensor_double *words, *gain, *bias, *out, *out_bias;
    struct block_tensors_double layer[ENCODER_LAYERS_double];
    bool looks;               /* the next forward pass keeps its weights: */
    const double *seen[ENCODER_LAYERS_double];   /* (B, H, T, T) of each layer */
};

/* Texts side by side.  The shorter ones are padded with any ids. */
struct encoder_input_double {
    size_t batch, length;     /* B, T */
    const int32_t *ids;       /* (B, T) */
    const size_t *lengths;    /* (B), or NULL: all T are there */
    uint64_t seed;            /* of dropout */
};
static inline struct tensor_double *encoder_waves_double(struct tape_double *on, size_t length,
                                           size_t width)
{
    double *waves = tape_take_double(on, size_product(length, width), sizeof *waves);
    sinusoidal_table_double(waves, 0, length, width);
    return tape_input_double(on, waves, SHAPE_double(length, width));
}

/* encoder_forward: z (B, T, C) of the texts.  The input's arrays must stay
 * until tape_backward.  Vaswani et al. 2017, sections 3.1 and 3.4. */
static inline struct tensor_double *encoder_forward_double(struct tape_double *on,
    struct encoder_double *e, const struct encoder_input_double *b)
{
    const struct encoder_kind_double *is = &e->is;
    const struct dropout_double first = { is->drop, mix_bits_double(b->seed, is->layers) };
    struct tensor_double *x = tape_embedding_double(on, e->words, b->ids,
                                      SHAPE_double(b->batch, b->length));
    x = tape_scale_double(on, x, sqrt((double)is->width));
    if (!is->unplaced)
        x = tape_add_rows_double(on, x, encoder_waves_double(on, b->length, is->width), 0);
    x = tape_dropout_double(on, x, &first);
    for (size_t i = 0; i < is->layers; i++) {
        const struct block_double how = { .heads = is->heads, .causal = is->causal,
            .lengths = b->lengths, .store_attention = e->looks,
            .drop = { is->drop, mix_bits_double(b->seed, i) } };
        x = tape_block_double(on, x, e->layer[i].at, &how);
        e->seen[i] = x->attention;
    }
    return tape_layernorm_double(on, x, e->gain, e->bias);
}

/* tape_pool: the sums of the rows of x (B, T, C), with shares (B, T), which
 * must stay until tape_backward  ->  (B, C). */
static inline struct tensor_double *tape_pool_double(struct tape_double *on, struct tensor_double *x,
                                       const double *shares)
{
    const size_t batch = x->shape[0], length = x->shape[1];
    struct tensor_double *w = tape_input_double(on, shares, SHAPE_double(batch, 1, length));
    return tape_reshape_double(on, tape_matmul_double(on, w, x),
                        SHAPE_double(batch, x->shape[2]));
}

static inline struct tensor_double *encoder_logits_double(struct tape_double *on,
                                            struct encoder_double *e,
                                            struct tensor_double *z);

/* encoder_pooled: logits (B, K) from the first row of each text. */
static inline struct tensor_double *encoder_pooled_double(struct tape_double *on,
    struct encoder_double *e, const struct encoder_input_double *b)
{
    double *first = tape_take_double(on, b->batch * b->length, sizeof *first);
    memset(first, 0, b->batch * b->length * sizeof *first);
    for (size_t i = 0; i < b->batch; i++)
        first[i * b->length] = 1;
    return encoder_logits_double(on, e, tape_pool_double(on, encoder_forward_double(on, e, b),
                                           first));
}

/* encoder_logits: (..., K) of rows z (..., C). */
static inline struct tensor_double *encoder_logits_double(struct tape_double *on,
                                            struct encoder_double *e,
                                            struct tensor_double *z)
{
    return tape_bias_double(on, tape_matmul_double(on, z, e->out), e->out_bias);
}

/* encoder_new: all parameters on the tape, zeros at first. */
static inline struct encoder_double encoder_new_double(struct tape_double *tape_double,
                                         const struct encoder_kind_double *is)
{
    struct encoder_double e = { .is = *is };
    char prefix[32];
    REQUIRE(is->layers <= ENCODER_LAYERS_double);
    e.words = tape_parameter_double(tape_double, "wte.weight",
                             SHAPE_double(is->words, is->width));
    for (size_t i = 0; i < is->layers; i++) {
        snprintf(prefix, sizeof prefix, "h.%zu.", i);
        block_new_double(&e.layer[i], tape_double, prefix, is->width, is->hidden);
    }
    e.gain = tape_parameter_double(tape_double, "ln_f.weight", SHAPE_double(is->width));
    e.bias = tape_parameter_double(tape_double, "ln_f.bias", SHAPE_double(is->width));
    e.out = tape_parameter_double(tape_double, "head.weight", SHAPE_double(is->width, is->kinds));
    e.out_bias = tape_parameter_double(tape_double, "head.bias", SHAPE_double(is->kinds));
    return e;
}

/* encoder_start: random weights.  The branches of the blocks begin small
 * enough that their sum is about as large as what comes in, as GPT-2's. */
static inline void encoder_start_double(struct encoder_double *e, struct random *random)
{
    const double scale = 1 / sqrt((double)e->is.width);
    const size_t branches = e->is.layers ? 2 * e->is.layers : 1;
    for (size_t i = 0; i < e->words->count; i++)
        e->words->data[i] = scale * random_normal(random);
    for (size_t i = 0; i < e->is.layers; i++)
        block_start_double(&e->layer[i], random, 1 / sqrt((double)branches));
    for (size_t i = 0; i < e->is.width; i++)
        e->gain->data[i] = 1;
    for (size_t i = 0; i < e->out->count; i++)
        e->out->data[i] = .1 * scale * random_normal(random);
}
#endif

