/* gpt.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct gpt_kind, struct gpt, gpt_forward, gpt_new, gpt_start */

/* gpt.h -- a GPT on the tape. */
#ifndef GPT_H
#define GPT_H
#include "block/block.h"
#include "position/position.h"

enum { GPT_LAYERS = 48 };               /* at most: gpt2-xl has them */

struct gpt_kind {
    size_t tokens, context, width, heads, layers;   /* V, T, C, H, L */
    float drop;                                     /* rate of dropout */
};

struct gpt {
    struct gpt_kind is;
    struct tensor *wte, *wpe;         /* (V, C)  (context, C) */
    struct tensor *gain, *bias;       /* (C): of the last norm */
    struct block_tensors layer[GPT_LAYERS];
    bool looks;                       /* the next pass stores its weights: */
    const float *seen[GPT_LAYERS];    /* (B, H, T, T) of each layer */
    struct tensor *embedded;          /* (B, T, C): z of the last pass */
};
/* gpt_forward: ids (B, T), T at most the context  ->  logits (B, T, V).
 * seed: of dropout. ids must stay until tape_backward.
 * Radford et al. 2019, section 2.3. */
static inline struct tensor *gpt_forward(struct tape *on, struct gpt *g,
    const int32_t *ids, size_t batch, size_t length, uint64_t seed)
{
    const struct gpt_kind *is = &g->is;
    const struct dropout first = { is->drop, mix_bits(seed, is->layers) };
    struct tensor *x = tape_embedding(on, g->wte, ids, SHAPE(batch, length));
    x = tape_add_rows(on, x, g->wpe, 0);
    g->embedded = x;
    x = tape_dropout(on, x, &first);
    for (size_t i = 0; i < is->layers; i++) {
        const struct block how = { .heads = is->heads, .causal = true,
            .store_attention = g->looks,
            .drop = { is->drop, mix_bits(seed, i) } };
        x = tape_block(on, x, g->layer[i].at, &how);
        g->seen[i] = x->attention;
    }
    x = tape_layernorm(on, x, g->gain, g->bias);
    return tape_product(on, x, g->wte, TRANSPOSE_B);
}

/* gpt_new: all parameters on the tape, zeros at first. The hidden layers
 * have 4 C numbers. */
static inline struct gpt gpt_new(struct tape *tape,
                                 const struct gpt_kind *is)
{
    struct gpt g = { .is = *is };
    char prefix[32];
    REQUIRE(is->layers <= GPT_LAYERS);
    g.wte = tape_parameter(tape, "wte.weight", SHAPE(is->tokens, is->width));
    g.wpe = tape_parameter(tape, "wpe.weight",
                           SHAPE(is->context, is->width));
    for (size_t i = 0; i < is->layers; i++) {
        snprintf(prefix, sizeof prefix, "h.%zu.", i);
        block_new(&g.layer[i], tape, prefix, is->width, 4 * is->width);
    }
    g.gain = tape_parameter(tape, "ln_f.weight", SHAPE(is->width));
    g.bias = tape_parameter(tape, "ln_f.bias", SHAPE(is->width));
    return g;
}

static inline void normal_fill(struct tensor *x, float deviation,
                               struct random *random)
{
    for (size_t i = 0; i < x->count; i++)
        x->data[i] = deviation * random_normal(random);
}

/* gpt_start: random weights. Radford et al. 2019, section 2.3. */
static inline void gpt_start(struct gpt *g, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    const float last = .02f / sqrtf(2 * (float)g->is.layers);
    normal_fill(g->wte, .02f, &random);
    normal_fill(g->wpe, .02f, &random);
    for (size_t i = 0; i < g->is.layers; i++)
        for (size_t k = 0; k < BLOCK_PARAMETERS; k++) {
            struct tensor *p = g->layer[i].at[k];
            if (p->rank == 2)
                normal_fill(p, k == ATTN_PROJ_WEIGHT || k == MLP_PROJ_WEIGHT
                               ? last : .02f, &random);
            else
                for (size_t j = 0; j < p->count; j++)
                    p->data[j] = k == LN_1_WEIGHT || k == LN_2_WEIGHT;
        }
    for (size_t j = 0; j < g->gain->count; j++)
        g->gain->data[j] = 1;
}
#endif
