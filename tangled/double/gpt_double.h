/* gpt_double.h -- generated from gpt.h by the build. Do not edit. */
/* It is gpt/gpt.h of chapters/16-gpt.nw in double. The book
 * has its names without _double. */


/* gpt.h -- a GPT on the tape. */
#ifndef GPT_H_double
#define GPT_H_double
#include "double/block_double.h"
#include "double/position_double.h"

enum { GPT_LAYERS_double = 48 };               /* at most: gpt2-xl has them */

struct gpt_kind_double {
    size_t tokens, context, width, heads, layers;   /* V, T, C, H, L */
    double drop;                                     /* rate of dropout */
};

struct gpt_double {
    struct gpt_kind_double is;
    struct tensor_double *wte, *wpe;         /* (V, C)  (context, C) */
    struct tensor_double *gain, *bias;       /* (C): of the last norm */
    struct block_tensors_double layer[GPT_LAYERS_double];
    bool looks;                       /* the next pass stores its weights: */
    const double *seen[GPT_LAYERS_double];    /* (B, H, T, T) of each layer */
    struct tensor_double *embedded;          /* (B, T, C): z of the last pass */
};
/* gpt_forward: ids (B, T), T at most the context  ->  logits (B, T, V).
 * seed: of dropout. ids must stay until tape_backward.
 * Radford et al. 2019, section 2.3. */
static inline struct tensor_double *gpt_forward_double(struct tape_double *on, struct gpt_double *g,
    const int32_t *ids, size_t batch, size_t length, uint64_t seed)
{
    const struct gpt_kind_double *is = &g->is;
    const struct dropout_double first = { is->drop, mix_bits_double(seed, is->layers) };
    struct tensor_double *x = tape_embedding_double(on, g->wte, ids, SHAPE_double(batch, length));
    x = tape_add_rows_double(on, x, g->wpe, 0);
    g->embedded = x;
    x = tape_dropout_double(on, x, &first);
    for (size_t i = 0; i < is->layers; i++) {
        const struct block_double how = { .heads = is->heads, .causal = true,
            .store_attention = g->looks,
            .drop = { is->drop, mix_bits_double(seed, i) } };
        x = tape_block_double(on, x, g->layer[i].at, &how);
        g->seen[i] = x->attention;
    }
    x = tape_layernorm_double(on, x, g->gain, g->bias);
    return tape_product_double(on, x, g->wte, TRANSPOSE_B_double);
}

/* gpt_new: all parameters on the tape, zeros at first. The hidden layers
 * have 4 C numbers. */
static inline struct gpt_double gpt_new_double(struct tape_double *tape_double,
                                 const struct gpt_kind_double *is)
{
    struct gpt_double g = { .is = *is };
    char prefix[32];
    REQUIRE(is->layers <= GPT_LAYERS_double);
    g.wte = tape_parameter_double(tape_double, "wte.weight", SHAPE_double(is->tokens, is->width));
    g.wpe = tape_parameter_double(tape_double, "wpe.weight",
                           SHAPE_double(is->context, is->width));
    for (size_t i = 0; i < is->layers; i++) {
        snprintf(prefix, sizeof prefix, "h.%zu.", i);
        block_new_double(&g.layer[i], tape_double, prefix, is->width, 4 * is->width);
    }
    g.gain = tape_parameter_double(tape_double, "ln_f.weight", SHAPE_double(is->width));
    g.bias = tape_parameter_double(tape_double, "ln_f.bias", SHAPE_double(is->width));
    return g;
}

static inline void normal_fill_double(struct tensor_double *x, double deviation,
                               struct random *random)
{
    for (size_t i = 0; i < x->count; i++)
        x->data[i] = deviation * random_normal(random);
}

/* gpt_start: random weights. Radford et al. 2019, section 2.3. */
static inline void gpt_start_double(struct gpt_double *g, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    const double last = .02 / sqrt(2 * (double)g->is.layers);
    normal_fill_double(g->wte, .02, &random);
    normal_fill_double(g->wpe, .02, &random);
    for (size_t i = 0; i < g->is.layers; i++)
        for (size_t k = 0; k < BLOCK_PARAMETERS_double; k++) {
            struct tensor_double *p = g->layer[i].at[k];
            if (p->rank == 2)
                normal_fill_double(p, k == ATTN_PROJ_WEIGHT_double || k == MLP_PROJ_WEIGHT_double
                               ? last : .02, &random);
            else
                for (size_t j = 0; j < p->count; j++)
                    p->data[j] = k == LN_1_WEIGHT_double || k == LN_2_WEIGHT_double;
        }
    for (size_t j = 0; j < g->gain->count; j++)
        g->gain->data[j] = 1;
}
#endif
