/* bert.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: struct bert_kind, struct affine, struct bert, struct bert_input,
 * tape_affine, bert_forward, tape_rows, bert_fill, bert_pool,
 * bert_classify, bert_new */

#ifndef BERT_H
#define BERT_H
#include "block/block.h"
#include "position/position.h"

enum { BERT_LAYERS = 48, BERT_CONTEXT = 8 };    /* at most; at least */
#define BERT_EPS 1e-12f                 /* of all its norms */

struct bert_kind {
    size_t tokens, context, types;          /* V, P, S */
    size_t width, heads, layers, hidden;    /* C, H, L, F */
    bool fills, pools;        /* has a head that fills in; has a pooler */
    size_t kinds;             /* K, what it sorts texts into; or 0 */
    bool causal;              /* sees only what is before: to compare */
    float drop;               /* rate of dropout */
};

/* x weight^T + bias; or the gain and the bias of a norm. */
struct affine { struct tensor *weight, *bias; };

struct bert {
    struct bert_kind is;
    struct tensor *words, *positions, *types;  /* (V, C) (P, C) (S, C) */
    struct affine norm;                     /* (C)  (C) */
    struct block_tensors layer[BERT_LAYERS];
    struct affine dense, dense_norm;        /* (C, C) (C)  (C) (C) */
    struct tensor *word_bias;               /* (V) */
    struct affine pooler, classifier;           /* (C, C) (C)  (K, C) (K) */
    bool store_attention;     /* the next pass keeps its weights: */
    const float *attention[BERT_LAYERS];    /* (B, H, T, T) of each layer */
};

/* Texts side by side. */
struct bert_input {
    size_t batch, length;     /* B, T */
    const int32_t *ids;       /* (B, T) */
    const int32_t *types;     /* (B, T), or NULL: all 0 */
    const size_t *lengths;    /* (B), or NULL: all T are there */
    uint64_t seed;            /* of dropout */
};
/* tape_affine: x (..., n) -> x weight^T + bias (..., m), with weight (m, n),
 * as PyTorch has it, and bias (m). */
static inline struct tensor *tape_affine(struct tape *on, struct tensor *x,
                                         const struct affine *a)
{
    return tape_bias(on, tape_product(on, x, a->weight, TRANSPOSE_B),
                     a->bias);
}

static inline const int32_t *bert_types(struct tape *on,
                                        const struct bert_input *in)
{
    const size_t n = in->batch * in->length;
    if (in->types)
        return in->types;
    int32_t *zeros = tape_take(on, n, sizeof *zeros);
    return memset(zeros, 0, n * sizeof *zeros);
}

static inline struct affine affine_new(struct tape *tape, const char *name,
                                       size_t out, size_t in)
{
    struct affine a;
    char full[96];
    snprintf(full, sizeof full, "%s.weight", name);
    a.weight = tape_parameter(tape, full, in ? SHAPE(out, in) : SHAPE(out));
    snprintf(full, sizeof full, "%s.bias", name);
    a.bias = tape_parameter(tape, full, SHAPE(out));
    return a;
}

static inline void bert_heads_new(struct bert *b, struct tape *tape)
{
    const struct bert_kind *is = &b->is;
    if (is->pools)
        b->pooler = affine_new(tape, "bert.pooler.dense", is->width,
                               is->width);
    if (is->fills) {
        b->dense = affine_new(tape, "cls.predictions.transform.dense",
                              is->width, is->width);
        b->dense_norm = affine_new(tape, "cls.predictions.transform."
                                   "LayerNorm", is->width, 0);
        b->word_bias = tape_parameter(tape, "cls.predictions.bias",
                                      SHAPE(is->tokens));
    }
    if (is->kinds)
        b->classifier = affine_new(tape, "classifier", is->kinds, is->width);
}
/* bert_forward: z (B, T, C) of the texts.  The input's arrays must stay until
 * tape_backward.  Devlin et al. 2019, section 3 and figure 2.
 * Checked: T <= P, lengths <= T.  Unchecked: 0 <= ids < V, 0 <= types < S. */
static inline struct tensor *bert_forward(struct tape *on, struct bert *b,
                                          const struct bert_input *in)
{
    const struct bert_kind *is = &b->is;
    const struct axes axes = SHAPE(in->batch, in->length);
    const struct dropout first = { is->drop, mix_bits(in->seed, is->layers) };
    struct tensor *x = tape_embedding(on, b->words, in->ids, axes);
    x = tape_add(on, x, tape_embedding(on, b->types, bert_types(on, in),
                                       axes));
    x = tape_add_rows(on, x, b->positions, 0);
    x = tape_layernorm_by(on, x, b->norm.weight, b->norm.bias, BERT_EPS);
    x = tape_dropout(on, x, &first);
    for (size_t i = 0; i < is->layers; i++) {
        const struct block how = { .heads = is->heads, .order = BLOCK_POST,
            .act = FEED_GELU_EXACT, .eps = BERT_EPS, .causal = is->causal,
            .lengths = in->lengths, .store_attention = b->store_attention,
            .drop = { is->drop, mix_bits(in->seed, i) } };
        x = tape_block(on, x, b->layer[i].at, &how);
        b->attention[i] = x->attention;
    }
    return x;
}

/* tape_rows: rows which (n) of x (..., C), counted over all axes but the
 * last  ->  (n, C).  which must stay until tape_backward. */
static inline struct tensor *tape_rows(struct tape *on, struct tensor *x,
                                       const int32_t *which, size_t n)
{
    const size_t width = tensor_axis(x, 1);
    x = tape_reshape(on, x, SHAPE(tensor_rows(x), width));
    return tape_embedding(on, x, which, SHAPE(n));
}

/* bert_fill: logits (n, V) of what may stand in the places which (n), rows of
 * all B T, from z.  Devlin et al. 2019, section 3.1, task 1. */
static inline struct tensor *bert_fill(struct tape *on, struct bert *b,
                                       struct tensor *z,
                                       const int32_t *which, size_t n)
{
    struct tensor *x = tape_rows(on, z, which, n);
    x = tape_gelu_exact(on, tape_affine(on, x, &b->dense));
    x = tape_layernorm_by(on, x, b->dense_norm.weight, b->dense_norm.bias,
                          BERT_EPS);
    x = tape_product(on, x, b->words, TRANSPOSE_B);
    return tape_bias(on, x, b->word_bias);
}

/* bert_pool: (B, C) of z (B, T, C), from the first row of each text. */
static inline struct tensor *bert_pool(struct tape *on, struct bert *b,
                                       struct tensor *z)
{
    const size_t batch = z->shape[0], length = z->shape[1];
    int32_t *first = tape_take(on, batch, sizeof *first);
    for (size_t i = 0; i < batch; i++)
        first[i] = (int32_t)(i * length);
    struct tensor *x = tape_rows(on, z, first, batch);
    return tape_tanh(on, tape_affine(on, x, &b->pooler));
}

/* bert_classify: logits (B, K) of the texts' categories. */
static inline struct tensor *bert_classify(struct tape *on, struct bert *b,
                                           const struct bert_input *in)
{
    const struct dropout last = { b->is.drop,
                                  mix_bits(in->seed, b->is.layers + 1) };
    struct tensor *x = bert_pool(on, b, bert_forward(on, b, in));
    return tape_affine(on, tape_dropout(on, x, &last), &b->classifier);
}

/* bert_new: all parameters on the tape, zeros at first. */
static inline struct bert bert_new(struct tape *tape,
                                   const struct bert_kind *is)
{
    struct bert b = { .is = *is };
    const size_t width = is->width;
    char prefix[48];
    REQUIRE(is->layers <= BERT_LAYERS && (is->pools || !is->kinds));
    b.words = tape_parameter(tape, "bert.embeddings.word_embeddings.weight",
                             SHAPE(is->tokens, width));
    b.positions = tape_parameter(tape, "bert.embeddings.position_embeddings."
                              "weight", SHAPE(is->context, width));
    b.types = tape_parameter(tape, "bert.embeddings.token_type_embeddings."
                             "weight", SHAPE(is->types, width));
    b.norm = affine_new(tape, "bert.embeddings.LayerNorm", width, 0);
    for (size_t i = 0; i < is->layers; i++) {
        snprintf(prefix, sizeof prefix, "bert.encoder.layer.%zu.", i);
        block_new(&b.layer[i], tape, prefix, width, is->hidden);
    }
    bert_heads_new(&b, tape);
    return b;
}
#endif

