/* bert_double.h -- generated from bert.h by the build. Do not edit. */
/* It is bert/bert.h of chapters/15-bert.nw in double. The book
 * has its names without _double. */


#ifndef BERT_H_double
#define BERT_H_double
#include "double/block_double.h"
#include "double/position_double.h"

enum { BERT_LAYERS_double = 48, BERT_CONTEXT_double = 8 };    /* at most; at least */
#define BERT_EPS_double 1e-12                 /* of all its norms */

struct bert_kind_double {
    size_t tokens, context, types;          /* V, P, S */
    size_t width, heads, layers, hidden;    /* C, H, L, F */
    bool fills, pools;        /* has a head that fills in; has a pooler */
    size_t kinds;             /* K, what it sorts texts into; or 0 */
    bool causal;              /* sees only what is before: to compare */
    double drop;               /* rate of dropout */
};

/* x weight^T + bias; or the gain and the bias of a norm. */
struct affine_double { struct tensor_double *weight, *bias; };

struct bert_double {
    struct bert_kind_double is;
    struct tensor_double *words, *positions, *types;  /* (V, C) (P, C) (S, C) */
    struct affine_double norm;                     /* (C)  (C) */
    struct block_tensors_double layer[BERT_LAYERS_double];
    struct affine_double dense, dense_norm;        /* (C, C) (C)  (C) (C) */
    struct tensor_double *word_bias;               /* (V) */
    struct affine_double pooler, classifier;           /* (C, C) (C)  (K, C) (K) */
    bool store_attention;     /* the next pass keeps its weights: */
    const double *attention[BERT_LAYERS_double];    /* (B, H, T, T) of each layer */
};

/* Texts side by side. */
struct bert_input_double {
    size_t batch, length;     /* B, T */
    const int32_t *ids;       /* (B, T) */
    const int32_t *types;     /* (B, T), or NULL: all 0 */
    const size_t *lengths;    /* (B), or NULL: all T are there */
    uint64_t seed;            /* of dropout */
};
/* tape_affine: x (..., n) -> x weight^T + bias (..., m), with weight (m, n),
 * as PyTorch has it, and bias (m). */
static inline struct tensor_double *tape_affine_double(struct tape_double *on, struct tensor_double *x,
                                         const struct affine_double *a)
{
    return tape_bias_double(on, tape_product_double(on, x, a->weight, TRANSPOSE_B_double),
                     a->bias);
}

static inline const int32_t *bert_types_double(struct tape_double *on,
                                        const struct bert_input_double *in)
{
    const size_t n = in->batch * in->length;
    if (in->types)
        return in->types;
    int32_t *zeros = tape_take_double(on, n, sizeof *zeros);
    return memset(zeros, 0, n * sizeof *zeros);
}

static inline struct affine_double affine_new_double(struct tape_double *tape_double, const char *name,
                                       size_t out, size_t in)
{
    struct affine_double a;
    char full[96];
    snprintf(full, sizeof full, "%s.weight", name);
    a.weight = tape_parameter_double(tape_double, full, in ? SHAPE_double(out, in) : SHAPE_double(out));
    snprintf(full, sizeof full, "%s.bias", name);
    a.bias = tape_parameter_double(tape_double, full, SHAPE_double(out));
    return a;
}

static inline void bert_heads_new_double(struct bert_double *b, struct tape_double *tape_double)
{
    const struct bert_kind_double *is = &b->is;
    if (is->pools)
        b->pooler = affine_new_double(tape_double, "bert.pooler.dense", is->width,
                               is->width);
    if (is->fills) {
        b->dense = affine_new_double(tape_double, "cls.predictions.transform.dense",
                              is->width, is->width);
        b->dense_norm = affine_new_double(tape_double, "cls.predictions.transform."
                                   "LayerNorm", is->width, 0);
        b->word_bias = tape_parameter_double(tape_double, "cls.predictions.bias",
                                      SHAPE_double(is->tokens));
    }
    if (is->kinds)
        b->classifier = affine_new_double(tape_double, "classifier", is->kinds, is->width);
}
/* bert_forward: z (B, T, C) of the texts.  The input's arrays must stay until
 * tape_backward.  Devlin et al. 2019, section 3 and figure 2.
 * Checked: T <= P, lengths <= T.  Unchecked: 0 <= ids < V, 0 <= types < S. */
static inline struct tensor_double *bert_forward_double(struct tape_double *on, struct bert_double *b,
                                          const struct bert_input_double *in)
{
    const struct bert_kind_double *is = &b->is;
    const struct axes_double axes_double = SHAPE_double(in->batch, in->length);
    const struct dropout_double first = { is->drop, mix_bits_double(in->seed, is->layers) };
    struct tensor_double *x = tape_embedding_double(on, b->words, in->ids, axes_double);
    x = tape_add_double(on, x, tape_embedding_double(on, b->types, bert_types_double(on, in),
                                       axes_double));
    x = tape_add_rows_double(on, x, b->positions, 0);
    x = tape_layernorm_by_double(on, x, b->norm.weight, b->norm.bias, BERT_EPS_double);
    x = tape_dropout_double(on, x, &first);
    for (size_t i = 0; i < is->layers; i++) {
        const struct block_double how = { .heads = is->heads, .order = BLOCK_POST_double,
            .act = FEED_GELU_EXACT_double, .eps = BERT_EPS_double, .causal = is->causal,
            .lengths = in->lengths, .store_attention = b->store_attention,
            .drop = { is->drop, mix_bits_double(in->seed, i) } };
        x = tape_block_double(on, x, b->layer[i].at, &how);
        b->attention[i] = x->attention;
    }
    return x;
}

/* tape_rows: rows which (n) of x (..., C), counted over all axes but the
 * last  ->  (n, C).  which must stay until tape_backward. */
static inline struct tensor_double *tape_rows_double(struct tape_double *on, struct tensor_double *x,
                                       const int32_t *which, size_t n)
{
    const size_t width = tensor_axis_double(x, 1);
    x = tape_reshape_double(on, x, SHAPE_double(tensor_rows_double(x), width));
    return tape_embedding_double(on, x, which, SHAPE_double(n));
}

/* bert_fill: logits (n, V) of what may stand in the places which (n), rows of
 * all B T, from z.  Devlin et al. 2019, section 3.1, task 1. */
static inline struct tensor_double *bert_fill_double(struct tape_double *on, struct bert_double *b,
                                       struct tensor_double *z,
                                       const int32_t *which, size_t n)
{
    struct tensor_double *x = tape_rows_double(on, z, which, n);
    x = tape_gelu_exact_double(on, tape_affine_double(on, x, &b->dense));
    x = tape_layernorm_by_double(on, x, b->dense_norm.weight, b->dense_norm.bias,
                          BERT_EPS_double);
    x = tape_product_double(on, x, b->words, TRANSPOSE_B_double);
    return tape_bias_double(on, x, b->word_bias);
}

/* bert_pool: (B, C) of z (B, T, C), from the first row of each text. */
static inline struct tensor_double *bert_pool_double(struct tape_double *on, struct bert_double *b,
                                       struct tensor_double *z)
{
    const size_t batch = z->shape[0], length = z->shape[1];
    int32_t *first = tape_take_double(on, batch, sizeof *first);
    for (size_t i = 0; i < batch; i++)
        first[i] = (int32_t)(i * length);
    struct tensor_double *x = tape_rows_double(on, z, first, batch);
    return tape_tanh_double(on, tape_affine_double(on, x, &b->pooler));
}

/* bert_classify: logits (B, K) of the texts' categories. */
static inline struct tensor_double *bert_classify_double(struct tape_double *on, struct bert_double *b,
                                           const struct bert_input_double *in)
{
    const struct dropout_double last = { b->is.drop,
                                  mix_bits_double(in->seed, b->is.layers + 1) };
    struct tensor_double *x = bert_pool_double(on, b, bert_forward_double(on, b, in));
    return tape_affine_double(on, tape_dropout_double(on, x, &last), &b->classifier);
}

/* bert_new: all parameters on the tape, zeros at first. */
static inline struct bert_double bert_new_double(struct tape_double *tape_double,
                                   const struct bert_kind_double *is)
{
    struct bert_double b = { .is = *is };
    const size_t width = is->width;
    char prefix[48];
    REQUIRE(is->layers <= BERT_LAYERS_double && (is->pools || !is->kinds));
    b.words = tape_parameter_double(tape_double, "bert.embeddings.word_embeddings.weight",
                             SHAPE_double(is->tokens, width));
    b.positions = tape_parameter_double(tape_double, "bert.embeddings.position_embeddings."
                              "weight", SHAPE_double(is->context, width));
    b.types = tape_parameter_double(tape_double, "bert.embeddings.token_type_embeddings."
                             "weight", SHAPE_double(is->types, width));
    b.norm = affine_new_double(tape_double, "bert.embeddings.LayerNorm", width, 0);
    for (size_t i = 0; i < is->layers; i++) {
        snprintf(prefix, sizeof prefix, "bert.encoder.layer.%zu.", i);
        block_new_double(&b.layer[i], tape_double, prefix, width, is->hidden);
    }
    bert_heads_new_double(&b, tape_double);
    return b;
}
#endif

