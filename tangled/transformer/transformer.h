/* transformer.h -- generated from chapters/17-transformer.nw. Do not edit. */
/* Offers: struct transformer, struct pass, transformer_embed,
 * transformer_encode, transformer_states, transformer_decode,
 * batch_logits, transformer_new, transformer_free, transformer_start */

#ifndef TRANSFORMER_H
#define TRANSFORMER_H
#include "block/block.h"
#include "kit/batch.h"
#include "position/position.h"

enum { LAYERS_MOST = 16 };

/* A Transformer: V units in one table for source, target and logits. */
struct transformer {
    size_t vocabulary, layers, heads, width, hidden;   /* V, N, H, C, F */
    enum block_order order;
    float drop;                       /* the rate of dropout */
    struct tensor *shared;            /* (V, C) */
    struct tensor *norm[4];           /* gain and bias at both ends, if the
                                         order is pre-norm, else NULL */
    struct block_tensors encoder[LAYERS_MOST], decoder[LAYERS_MOST];
    float *waves;                     /* (SEQUENCE_MOST, C): sinusoids */
};

struct pass {
    struct tape *on;
    const struct transformer *model;
    const size_t *lengths;            /* (B): of the sources */
    uint64_t seed;                    /* of dropout: another at each step */
    struct decoder_cache *caches;     /* (N), or NULL: all rows at once */
    const float **attention;          /* (N), or NULL: gets weights (B, H,
                                         T, S) of the decoder's layers */
};
static inline struct block transformer_layer(const struct pass *p,
                                             size_t layer)
{
    const struct transformer *m = p->model;
    return (struct block){ .heads = m->heads, .lengths = p->lengths,
        .order = m->order, .act = FEED_RELU,
        .store_attention = p->attention != NULL,
        .drop = { m->drop, mix_bits(p->seed, layer) } };
}

static inline struct tensor *transformer_norm(const struct pass *p,
    struct tensor *x, struct tensor *const norm[2])
{
    return norm[0] ? tape_layernorm(p->on, x, norm[0], norm[1]) : x;
}
/* transformer_embed: ids (B, T), at places from first on  ->  (B, T, C).
 * Vaswani et al. 2017, sections 3.4 and 3.5. */
static inline struct tensor *transformer_embed(const struct pass *p,
    const int32_t *ids, size_t batch, size_t length, size_t first)
{
    const struct transformer *m = p->model;
    struct tensor *waves = tape_input(p->on, m->waves,
                                       SHAPE(SEQUENCE_MOST, m->width));
    struct tensor *x = tape_embedding(p->on, m->shared, ids,
                                      SHAPE(batch, length));
    x = tape_scale(p->on, x, sqrtf((float)m->width));
    x = tape_add_rows(p->on, x, waves, first);
    return tape_dropout(p->on, x, &(struct dropout){ m->drop, p->seed });
}

/* transformer_encode: source (B, S)  ->  memory (B, S, C). */
static inline struct tensor *transformer_encode(const struct pass *p,
    const int32_t *source, size_t batch, size_t length)
{
    const struct transformer *m = p->model;
    struct tensor *x = transformer_embed(p, source, batch, length, 0);
    for (size_t i = 0; i < m->layers; i++) {
        const struct block layer = transformer_layer(p, i);
        x = tape_block(p->on, x, m->encoder[i].at, &layer);
    }
    return transformer_norm(p, x, m->norm);
}

/* transformer_states: memory (B, S, C), before (B, T): the units before
 * those that are asked for, from place first on  ->  (B, T, C).
 * With caches the tape has no_grad, and first is how many rows they have. */
static inline struct tensor *transformer_states(const struct pass *p,
    struct tensor *memory, const int32_t *before, size_t length, size_t first)
{
    const struct transformer *m = p->model;
    const size_t batch = memory->shape[0];
    struct tensor *x = transformer_embed(p, before, batch, length, first);
    for (size_t i = 0; i < m->layers; i++) {
        const struct block layer = transformer_layer(p, m->layers + i);
        x = tape_decoder(p->on, x, memory, m->decoder[i].at, &layer,
                         p->caches ? p->caches + i : NULL);
        if (p->attention)
            p->attention[i] = x->attention;
    }
    return transformer_norm(p, x, m->norm + 2);
}

/* transformer_decode: the logits (B, T, V) of transformer_states. */
static inline struct tensor *transformer_decode(const struct pass *p,
    struct tensor *memory, const int32_t *before, size_t length, size_t first)
{
    struct tensor *x = transformer_states(p, memory, before, length, first);
    return tape_product(p->on, x, p->model->shared, TRANSPOSE_B);
}

/* batch_logits: teacher forcing: all of a batch at once, (B, T, V). */
static inline struct tensor *batch_logits(const struct pass *p,
                                          const struct batch *b)
{
    struct pass pass = *p;
    pass.lengths = b->lengths;
    struct tensor *memory = transformer_encode(&pass, b->source, b->n,
                                               b->sources);
    pass.seed = mix_bits(p->seed, LAYERS_MOST);
    return transformer_decode(&pass, memory, b->before, b->targets, 0);
}

/* transformer_new: the parameters on a tape, all zeros; m has the sizes, the
 * order and the rate of dropout.  Checked: the sizes. */
static inline void transformer_new(struct transformer *m, struct tape *tape)
{
    const bool pre = m->order == BLOCK_PRE;
    char name[40];
    REQUIRE(m->vocabulary > 2 && m->layers > 0 && m->layers <= LAYERS_MOST);
    REQUIRE(m->heads > 0 && m->width > 0 && m->width % m->heads == 0);
    m->shared = tape_parameter(tape, "shared.weight",
                               SHAPE(m->vocabulary, m->width));
    for (size_t side = 0; side < 2; side++) {
        const char *part = side ? "decoder" : "encoder";
        for (size_t i = 0; i < m->layers; i++) {
            snprintf(name, sizeof name, "%s.layers.%zu.", part, i);
            (side ? decoder_new : block_new)(
                side ? &m->decoder[i] : &m->encoder[i], tape, name, m->width,
                m->hidden);
        }
        for (size_t i = 0; i < 2; i++) {
            snprintf(name, sizeof name, "%s.layer_norm.%s", part,
                     i ? "bias" : "weight");
            m->norm[2 * side + i] = pre
                ? tape_parameter(tape, name, SHAPE(m->width)) : NULL;
        }
    }
    m->waves = allocate(SEQUENCE_MOST * m->width, sizeof *m->waves);
    sinusoidal_table(m->waves, 0, SEQUENCE_MOST, m->width);
}

/* transformer_free: all but the tape. */
static inline void transformer_free(struct transformer *m)
{
    free(m->waves);
    m->waves = NULL;
}

/* transformer_start: random weights.  The last weights of all branches are
 * smaller in pre-norm, by sqrt(2.5 N): a layer has 2.5 branches in the mean.
 * So the sum over all of them does not grow with the layers. */
static inline void transformer_start(struct transformer *m, uint64_t seed)
{
    struct random random = random_new(seed, 17);
    const float spread = m->order == BLOCK_PRE
        ? 1 / sqrtf(2.5f * (float)m->layers) : 1;
    for (size_t i = 0; i < m->shared->count; i++)
        m->shared->data[i] = random_normal(&random) / sqrtf((float)m->width);
    for (size_t i = 0; i < m->layers; i++)
        block_start(&m->encoder[i], &random, spread);
    for (size_t i = 0; i < m->layers; i++)
        block_start(&m->decoder[i], &random, spread);
    for (size_t i = 0; i < 4; i += 2)
        for (size_t j = 0; m->norm[i] && j < m->width; j++)
            m->norm[i]->data[j] = 1;
}
#endif
