/* step.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct kept, kept_attend, row_linear, step_block, step_plain,
 * group_round, kept_new, kept_free */

/* step.h -- a GPT reads one token at a time, in plain loops. */
#ifndef STEP_H
#define STEP_H
#include "gpt/gpt.h"

/* What is kept of the tokens so far, and rows for the next. */
struct kept {
    size_t place;                     /* tokens so far */
    float *keys, *values;             /* (L, context, C) */
    float *x, *a, *b;                 /* (C) */
    float *qkv, *hidden, *weights;    /* (3 C)  (4 C)  (context) */
    float *logits;                    /* (V) */
};
/* kept_attend: what a query (C) gets from n keys and values (n, C), by heads
 *   ->  out (C).  weights: scratch (n).
 * Vaswani et al. 2017, section 3.2.2. */
static inline void kept_attend(float *out, float *weights, const float *query,
                               const float *keys, const float *values,
                               size_t n, size_t heads, size_t width)
{
    const size_t size = width / heads;
    for (size_t h = 0; h < width; h += size) {
        for (size_t t = 0; t < n; t++) {
            weights[t] = 0;
            for (size_t j = h; j < h + size; j++)
                weights[t] += query[j] * keys[t * width + j];
            weights[t] /= sqrtf((float)size);
        }
        softmax_plain(weights, weights, n);
        for (size_t j = h; j < h + size; j++) {
            out[j] = 0;
            for (size_t t = 0; t < n; t++)
                out[j] += weights[t] * values[t * width + j];
        }
    }
}

/* row_linear: out (m) = x (n) w + b.  w (n, m)   b (m) */
static inline void row_linear(float *out, const float *x, const float *w,
                              const float *b, size_t n, size_t m)
{
    memcpy(out, b, m * sizeof *out);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            out[j] += x[i] * w[i * m + j];
}

/* step_block: the new row x (C) goes through a block; its key and its value
 * are kept. */
static inline void step_block(float *x, struct kept *k, size_t layer,
                              const struct gpt *g)
{
    const size_t n = g->is.width, rows = k->place + 1;
    float *keys = k->keys + layer * g->is.context * n;
    float *values = k->values + layer * g->is.context * n;
    const float *w[BLOCK_PARAMETERS];
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        w[i] = g->layer[layer].at[i]->data;
    layernorm_forward_plain(k->a, k->b, x, w[LN_1_WEIGHT], w[LN_1_BIAS], n,
                            BLOCK_EPS);
    row_linear(k->qkv, k->a, w[C_ATTN_WEIGHT], w[C_ATTN_BIAS], n, 3 * n);
    memcpy(keys + k->place * n, k->qkv + n, n * sizeof *x);
    memcpy(values + k->place * n, k->qkv + 2 * n, n * sizeof *x);
    kept_attend(k->a, k->weights, k->qkv, keys, values, rows, g->is.heads, n);
    row_linear(k->b, k->a, w[ATTN_PROJ_WEIGHT], w[ATTN_PROJ_BIAS], n, n);
    add_to(x, k->b, n);
    layernorm_forward_plain(k->a, k->b, x, w[LN_2_WEIGHT], w[LN_2_BIAS], n,
                            BLOCK_EPS);
    row_linear(k->hidden, k->a, w[C_FC_WEIGHT], w[C_FC_BIAS], n, 4 * n);
    for (size_t j = 0; j < 4 * n; j++)
        k->hidden[j] = gelu_plain(k->hidden[j]);
    row_linear(k->b, k->hidden, w[MLP_PROJ_WEIGHT], w[MLP_PROJ_BIAS], 4 * n,
               n);
    add_to(x, k->b, n);
}

/* step_plain: one more token  ->  the logits (V) of the token after it.
 * Checked: it is one, and there is a place for it. */
static inline const float *step_plain(struct kept *k, const struct gpt *g,
                                      int32_t id)
{
    const size_t n = g->is.width;
    REQUIRE(id >= 0 && (size_t)id < g->is.tokens);
    REQUIRE(k->place < g->is.context);
    for (size_t j = 0; j < n; j++)
        k->x[j] = g->wte->data[(size_t)id * n + j]
                + g->wpe->data[k->place * n + j];
    for (size_t layer = 0; layer < g->is.layers; layer++)
        step_block(k->x, k, layer, g);
    k->place++;
    layernorm_forward_plain(k->a, k->b, k->x, g->gain->data, g->bias->data,
                            n, BLOCK_EPS);
    for (size_t v = 0; v < g->is.tokens; v++) {
        k->logits[v] = 0;
        for (size_t j = 0; j < n; j++)
            k->logits[v] += k->a[j] * g->wte->data[v * n + j];
    }
    return k->logits;
}

/* group_round: numbers x (n) as whole numbers q (n) of a step, from -127 to
 * 127.  Returns the step, 16 bits of a float, rounded up. */
static inline float group_round(int8_t *q, const float *x, size_t n)
{
    float most = 0, step;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    uint32_t bits;
    most /= 127;
    memcpy(&bits, &most, sizeof bits);
    bits = (bits + 0xffff) & 0xffff0000;
    memcpy(&step, &bits, sizeof step);
    for (size_t i = 0; i < n; i++)
        q[i] = step > 0 ? (int8_t)rintf(x[i] / step) : 0;
    return step;
}

/* kept_new, kept_free: no token so far. */
static inline struct kept kept_new(const struct gpt_kind *is)
{
    const size_t n = is->width;
    const size_t all = size_product(is->layers, size_product(is->context, n));
    return (struct kept){
        .keys = allocate(all, sizeof(float)),
        .values = allocate(all, sizeof(float)),
        .x = allocate(n, sizeof(float)), .a = allocate(n, sizeof(float)),
        .b = allocate(n, sizeof(float)),
        .qkv = allocate(3 * n, sizeof(float)),
        .hidden = allocate(4 * n, sizeof(float)),
        .weights = allocate(is->context, sizeof(float)),
        .logits = allocate(is->tokens, sizeof(float)),
    };
}

static inline void kept_free(struct kept *k)
{
    free(k->keys), free(k->values), free(k->x), free(k->a), free(k->b);
    free(k->qkv), free(k->hidden), free(k->weights), free(k->logits);
    *k = (struct kept){ 0 };
}
#endif
