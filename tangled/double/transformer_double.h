/* transformer_double.h -- generated from transformer.h by the build. Do not edit. */
/* It is transformer/transformer.h of chapters/17-transformer.nw in double. The book
 * has its names without _double. */


#ifndef TRANSFORMER_H_double
#define TRANSFORMER_H_double
#include "double/block_double.h"
#include "kit/batch.h"
#include "double/position_double.h"

enum { LAYERS_MOST_double = 16 };

/* A Transformer: V units in one table for source, target and logits. */
struct transformer_double {
    size_t vocabulary, layers, heads, width, hidden;   /* V, N, H, C, F */
    enum block_order_double order;
    double drop;                       /* the rate of dropout */
    struct tensor_double *shared;            /* (V, C) */
    struct tensor_double *norm[4];           /* gain and bias at both ends, if the
                                         order is pre-norm, else NULL */
    struct block_tensors_double encoder[LAYERS_MOST_double], decoder[LAYERS_MOST_double];
    double *waves;                     /* (SEQUENCE_MOST, C): sinusoids */
};

struct pass_double {
    struct tape_double *on;
    const struct transformer_double *model;
    const size_t *lengths;            /* (B): of the sources */
    uint64_t seed;                    /* of dropout: another at each step */
    struct decoder_cache_double *caches;     /* (N), or NULL: all rows at once */
    const double **attention;          /* (N), or NULL: gets weights (B, H,
                                         T, S) of the decoder's layers */
};
static inline struct block_double transformer_layer_double(const struct pass_double *p,
                                             size_t layer)
{
    const struct transformer_double *m = p->model;
    return (struct block_double){ .heads = m->heads, .lengths = p->lengths,
        .order = m->order, .act = FEED_RELU_double,
        .store_attention = p->attention != NULL,
        .drop = { m->drop, mix_bits_double(p->seed, layer) } };
}

static inline struct tensor_double *transformer_norm_double(const struct pass_double *p,
    struct tensor_double *x, struct tensor_double *const norm[2])
{
    return norm[0] ? tape_layernorm_double(p->on, x, norm[0], norm[1]) : x;
}
/* transformer_embed: ids (B, T), at places from first on  ->  (B, T, C).
 * Vaswani et al. 2017, sections 3.4 and 3.5. */
static inline struct tensor_double *transformer_embed_double(const struct pass_double *p,
    const int32_t *ids, size_t batch, size_t length, size_t first)
{
    const struct transformer_double *m = p->model;
    struct tensor_double *waves = tape_input_double(p->on, m->waves,
                                       SHAPE_double(SEQUENCE_MOST, m->width));
    struct tensor_double *x = tape_embedding_double(p->on, m->shared, ids,
                                      SHAPE_double(batch, length));
    x = tape_scale_double(p->on, x, sqrt((double)m->width));
    x = tape_add_rows_double(p->on, x, waves, first);
    return tape_dropout_double(p->on, x, &(struct dropout_double){ m->drop, p->seed });
}

/* transformer_encode: source (B, S)  ->  memory (B, S, C). */
static inline struct tensor_double *transformer_encode_double(const struct pass_double *p,
    const int32_t *source, size_t batch, size_t length)
{
    const struct transformer_double *m = p->model;
    struct tensor_double *x = transformer_embed_double(p, source, batch, length, 0);
    for (size_t i = 0; i < m->layers; i++) {
        const struct block_double layer = transformer_layer_double(p, i);
        x = tape_block_double(p->on, x, m->encoder[i].at, &layer);
    }
    return transformer_norm_double(p, x, m->norm);
}

/* transformer_states: memory (B, S, C), before (B, T): the units before
 * those that are asked for, from place first on  ->  (B, T, C).
 * With caches the tape has no_grad, and first is how many rows they have. */
static inline struct tensor_double *transformer_states_double(const struct pass_double *p,
    struct tensor_double *memory, const int32_t *before, size_t length, size_t first)
{
    const struct transformer_double *m = p->model;
    const size_t batch = memory->shape[0];
    struct tensor_double *x = transformer_embed_double(p, before, batch, length, first);
    for (size_t i = 0; i < m->layers; i++) {
        const struct block_double layer = transformer_layer_double(p, m->layers + i);
        x = tape_decoder_double(p->on, x, memory, m->decoder[i].at, &layer,
                         p->caches ? p->caches + i : NULL);
        if (p->attention)
            p->attention[i] = x->attention;
    }
    return transformer_norm_double(p, x, m->norm + 2);
}

/* transformer_decode: the logits (B, T, V) of transformer_states. */
static inline struct tensor_double *transformer_decode_double(const struct pass_double *p,
    struct tensor_double *memory, const int32_t *before, size_t length, size_t first)
{
    struct tensor_double *x = transformer_states_double(p, memory, before, length, first);
    return tape_product_double(p->on, x, p->model->shared, TRANSPOSE_B_double);
}

/* batch_logits: teacher forcing: all of a batch at once, (B, T, V). */
static inline struct tensor_double *batch_logits_double(const struct pass_double *p,
                                          const struct batch *b)
{
    struct pass_double pass_double = *p;
    pass_double.lengths = b->lengths;
    struct tensor_double *memory = transformer_encode_double(&pass_double, b->source, b->n,
                                               b->sources);
    pass_double.seed = mix_bits_double(p->seed, LAYERS_MOST_double);
    return transformer_decode_double(&pass_double, memory, b->before, b->targets, 0);
}

/* transformer_new: the parameters on a tape, all zeros; m has the sizes, the
 * order and the rate of dropout.  Checked: the sizes. */
static inline void transformer_new_double(struct transformer_double *m, struct tape_double *tape_double)
{
    const bool pre = m->order == BLOCK_PRE_double;
    char name[40];
    REQUIRE(m->vocabulary > 2 && m->layers > 0 && m->layers <= LAYERS_MOST_double);
    REQUIRE(m->heads > 0 && m->width > 0 && m->width % m->heads == 0);
    m->shared = tape_parameter_double(tape_double, "shared.weight",
                               SHAPE_double(m->vocabulary, m->width));
    for (size_t side = 0; side < 2; side++) {
        const char *part = side ? "decoder" : "encoder";
        for (size_t i = 0; i < m->layers; i++) {
            snprintf(name, sizeof name, "%s.layers.%zu.", part, i);
            (side ? decoder_new_double : block_new_double)(
                side ? &m->decoder[i] : &m->encoder[i], tape_double, name, m->width,
                m->hidden);
        }
        for (size_t i = 0; i < 2; i++) {
            snprintf(name, sizeof name, "%s.layer_norm.%s", part,
                     i ? "bias" : "weight");
            m->norm[2 * side + i] = pre
                ? tape_parameter_double(tape_double, name, SHAPE_double(m->width)) : NULL;
        }
    }
    m->waves = allocate(SEQUENCE_MOST * m->width, sizeof *m->waves);
    sinusoidal_table_double(m->waves, 0, SEQUENCE_MOST, m->width);
}

/* transformer_free: all but the tape. */
static inline void transformer_free_double(struct transformer_double *m)
{
    free(m->waves);
    m->waves = NULL;
}

/* transformer_start: random weights.  The last weights of all branches are
 * smaller in pre-norm, by sqrt(2.5 N): a layer has 2.5 branches in the mean.
 * So the sum over all of them does not grow with the layers. */
static inline void transformer_start_double(struct transformer_double *m, uint64_t seed)
{
    struct random random = random_new(seed, 17);
    const double spread = m->order == BLOCK_PRE_double
        ? 1 / sqrt(2.5 * (double)m->layers) : 1;
    for (size_t i = 0; i < m->shared->count; i++)
        m->shared->data[i] = random_normal(&random) / sqrt((double)m->width);
    for (size_t i = 0; i < m->layers; i++)
        block_start_double(&m->encoder[i], &random, spread);
    for (size_t i = 0; i < m->layers; i++)
        block_start_double(&m->decoder[i], &random, spread);
    for (size_t i = 0; i < 4; i += 2)
        for (size_t j = 0; m->norm[i] && j < m->width; j++)
            m->norm[i]->data[j] = 1;
}
#endif
