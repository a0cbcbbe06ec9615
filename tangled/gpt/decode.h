/* decode.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct decode_layer, struct decode, struct decode_share,
 * decode_wait, share_linear, decode_head, share_branch, decode_fill,
 * decode_new, decode_free, decode_keep, decode_reset, decode_bytes,
 * decode_step, decode_read */

/* decode.h -- a GPT reads one token at a time, from packed weights. */
#ifndef DECODE_H
#define DECODE_H
#include "gpt/packed.h"
#ifdef _OPENMP
#include <sched.h>
#endif

enum { DECODE_TEAM = 16, DECODE_ALONE = 1 << 22 };   /* threads, bytes */

struct decode_layer {                 /* by the numbers of block.h: */
    struct packed matrix[BLOCK_PARAMETERS];     /* where they have 2 axes */
    float *vector[BLOCK_PARAMETERS];            /* where they have 1 */
    float *keys, *values;             /* (H, context, C / H) */
};

struct decode {
    struct gpt_kind is;
    enum decode_format format;
    size_t place;                     /* how many tokens are read */
    struct packed wte;                /* (V, C) */
    float *wpe, *gain, *shift;        /* (context, C)  (C)  (C) */
    struct decode_layer layer[GPT_LAYERS];
    float *x, *qkv, *mixed, *hidden;  /* (C)  (3 C)  (C)  (4 C) */
    float *normed;                    /* (DECODE_TEAM, C): each its own */
    float *weights, *logits;          /* (H, context)  (V) */
    struct arena memory;
    size_t arrived, round;            /* of threads that wait */
};
static inline size_t decode_floats(size_t n)
{
    return arena_need(size_product(pack_chunks(n), PACK), sizeof(float));
}

static inline size_t decode_need(const struct gpt *g,
                                 enum decode_format format)
{
    const struct gpt_kind *is = &g->is;
    const size_t n = is->width, t = is->context;
    size_t need = size_sum(packed_need(format, is->tokens, n),
                           decode_floats(size_product(t, n)));
    for (size_t i = 0; i < is->layers; i++) {
        for (size_t k = 0; k < BLOCK_PARAMETERS; k++) {
            const struct tensor *p = g->layer[i].at[k];
            need = size_sum(need, p->rank == 1 ? decode_floats(p->count)
                : packed_need(format, p->shape[1], p->shape[0]));
        }
        need = size_sum(need, 2 * decode_floats(size_product(t, n)));
    }
    need = size_sum(need, decode_floats(size_product(is->heads, t)));
    need = size_sum(need, decode_floats(is->tokens));
    return size_sum(need, 11 * decode_floats(n)
                          + DECODE_TEAM * decode_floats(n));
}

static inline float *decode_zeros(struct decode *d, size_t n)
{
    const size_t all = pack_chunks(n) * PACK;
    float *x = arena_take(&d->memory, all, sizeof *x);
    return memset(x, 0, all * sizeof *x);
}

static inline float *decode_copy(struct decode *d, const struct tensor *p)
{
    return memcpy(decode_zeros(d, p->count), p->data,
                  p->count * sizeof *p->data);
}

static inline void decode_layer_new(struct decode *d, size_t i,
                                    const struct gpt *g)
{
    struct decode_layer *layer = &d->layer[i];
    const size_t all = d->is.context * d->is.width;
    for (size_t k = 0; k < BLOCK_PARAMETERS; k++) {
        const struct tensor *p = g->layer[i].at[k];
        if (p->rank == 1)
            layer->vector[k] = decode_copy(d, p);
        else
            layer->matrix[k] = packed_new(&d->memory, d->format, p->data,
                p->shape[1], p->shape[0], 1, p->shape[1]);
    }
    layer->keys = decode_zeros(d, all);
    layer->values = decode_zeros(d, all);
}

/* One of the threads of a step, and what is its part. */
struct decode_share { struct decode *of; size_t i, n; float *normed; };

static inline size_t share_cut(const struct decode_share *s, size_t all,
                               size_t i)
{
    return all * i / s->n;
}

/* decode_wait: until all threads are here. */
static inline void decode_wait(const struct decode_share *s)
{
#ifdef _OPENMP
    struct decode *d = s->of;
    if (s->n == 1)
        return;
    const size_t round = __atomic_load_n(&d->round, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&d->arrived, 1, __ATOMIC_ACQ_REL) == s->n) {
        __atomic_store_n(&d->arrived, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&d->round, round + 1, __ATOMIC_RELEASE);
        return;
    }
    for (size_t turns = 0;
         __atomic_load_n(&d->round, __ATOMIC_ACQUIRE) == round; turns++)
        if (turns > 20000)
            sched_yield();
#else
    (void)s;
#endif
}

static inline void share_norm(const struct decode_share *s,
                              const float *gain, const float *shift)
{
    float mean, rstd;
    layernorm_forward(s->normed, &mean, &rstd, s->of->x, gain, shift, 1,
                      s->of->is.width, BLOCK_EPS);
}

/* share_linear: this thread's part of out (rows) = w x + bias. */
static inline void share_linear(const struct decode_share *s, float *out,
                                const struct packed *w, const float *bias,
                                const float *x)
{
    const size_t first = share_cut(s, w->rows, s->i);
    const size_t last = share_cut(s, w->rows, s->i + 1);
    packed_product(out, w, x, first, last);
    for (size_t r = first; bias && r < last; r++)
        out[r] += bias[r];
}

/* decode_head: as kept_attend, of one head. */
static inline void decode_head(struct decode *d, struct decode_layer *layer,
                               size_t h)
{
    const size_t c = d->is.width, size = c / d->is.heads, n = d->place + 1;
    float *keys = layer->keys + h * d->is.context * size;
    float *values = layer->values + h * d->is.context * size;
    float *weights = d->weights + h * d->is.context;
    float *out = d->mixed + h * size;
    const float *q = d->qkv + h * size, scale = 1 / sqrtf((float)size);
    memcpy(keys + d->place * size, q + c, size * sizeof *q);
    memcpy(values + d->place * size, q + 2 * c, size * sizeof *q);
    for (size_t t = 0; t < n; t++)
        weights[t] = scale * row_dot(q, keys + t * size, size);
    softmax(weights, weights, n);
    memset(out, 0, size * sizeof *out);
    for (size_t t = 0; t < n; t++)
        scale_add(out, values + t * size, weights[t], size);
}

/* share_branch: this thread's part of d->x += w x + bias. */
static inline void share_branch(const struct decode_share *s,
                                const struct packed *w, const float *bias,
                                const float *x)
{
    struct decode *d = s->of;
    const size_t first = share_cut(s, w->rows, s->i);
    const size_t last = share_cut(s, w->rows, s->i + 1);
    share_linear(s, d->qkv, w, bias, x);
    for (size_t r = first; r < last; r++)
        d->x[r] += d->qkv[r];
}

static inline void share_layer(const struct decode_share *s,
                               struct decode_layer *layer)
{
    struct decode *d = s->of;
    float *const *v = layer->vector;
    const struct packed *w = layer->matrix;
    const size_t h1 = share_cut(s, d->is.heads, s->i + 1);
    share_norm(s, v[LN_1_WEIGHT], v[LN_1_BIAS]);
    share_linear(s, d->qkv, &w[C_ATTN_WEIGHT], v[C_ATTN_BIAS], s->normed);
    decode_wait(s);
    for (size_t h = share_cut(s, d->is.heads, s->i); h < h1; h++)
        decode_head(d, layer, h);
    decode_wait(s);
    share_branch(s, &w[ATTN_PROJ_WEIGHT], v[ATTN_PROJ_BIAS], d->mixed);
    decode_wait(s);
    const struct packed *fc = &w[C_FC_WEIGHT];
    const size_t first = share_cut(s, fc->rows, s->i);
    const size_t last = share_cut(s, fc->rows, s->i + 1);
    share_norm(s, v[LN_2_WEIGHT], v[LN_2_BIAS]);
    share_linear(s, d->hidden, fc, v[C_FC_BIAS], s->normed);
    gelu_forward(d->hidden + first, d->hidden + first, last - first);
    decode_wait(s);
    share_branch(s, &w[MLP_PROJ_WEIGHT], v[MLP_PROJ_BIAS], d->hidden);
    decode_wait(s);
}

static inline void decode_part(struct decode *d, size_t i, size_t n)
{
    const struct decode_share s = { d, i, n, d->normed
        + i * pack_chunks(d->is.width) * PACK };
    for (size_t layer = 0; layer < d->is.layers; layer++)
        share_layer(&s, &d->layer[layer]);
    share_norm(&s, d->gain, d->shift);
    share_linear(&s, d->logits, &d->wte, NULL, s.normed);
}

static inline struct block decode_block(const struct gpt *g, size_t layer,
                                        size_t n)
{
    struct block b = { .batch = 1, .length = n, .width = g->is.width,
        .heads = g->is.heads, .hidden = 4 * g->is.width, .causal = true };
    for (size_t k = 0; k < BLOCK_PARAMETERS; k++)
        b.weight[k] = g->layer[layer].at[k]->data;
    return b;
}

/* decode_fill: the keys and values (H, n, C / H) of a pass are kept. */
static inline void decode_fill(struct decode_layer *layer,
    const struct multihead_saved *pass, size_t n, const struct gpt_kind *is)
{
    const size_t size = is->width / is->heads;
    for (size_t h = 0; h < is->heads; h++) {
        const size_t to = h * is->context * size, from = h * n * size;
        const size_t bytes = n * size * sizeof *pass->k;
        memcpy(layer->keys + to, pass->k + from, bytes);
        memcpy(layer->values + to, pass->v + from, bytes);
    }
}
/* decode_new: the weights of a model, packed; it is not needed any more. No
 * token is read. Free with decode_free. */
static inline struct decode *decode_new(const struct gpt *g,
                                        enum decode_format format)
{
    const size_t n = g->is.width;
    struct decode *d = allocate(1, sizeof *d);
    REQUIRE(n > 0 && g->is.heads > 0 && n % g->is.heads == 0);
    d->is = g->is, d->format = format;
    d->memory = arena_new(decode_need(g, format));
    for (size_t i = 0; i < g->is.layers; i++)
        decode_layer_new(d, i, g);
    d->wte = packed_new(&d->memory, format, g->wte->data, g->is.tokens, n, n,
                        1);
    d->wpe = decode_copy(d, g->wpe);
    d->gain = decode_copy(d, g->gain), d->shift = decode_copy(d, g->bias);
    d->x = decode_zeros(d, n), d->qkv = decode_zeros(d, 3 * n);
    d->mixed = decode_zeros(d, n), d->hidden = decode_zeros(d, 4 * n);
    d->normed = decode_zeros(d, DECODE_TEAM * pack_chunks(n) * PACK);
    d->weights = decode_zeros(d, g->is.heads * g->is.context);
    d->logits = decode_zeros(d, g->is.tokens);
    return d;
}

static inline void decode_free(struct decode *d)
{
    arena_free(&d->memory);
    free(d);
}

/* decode_keep: forgets all but the first n tokens. decode_reset: all. */
static inline void decode_keep(struct decode *d, size_t n)
{
    REQUIRE(n <= d->place);
    d->place = n;
}

static inline void decode_reset(struct decode *d)
{
    decode_keep(d, 0);
}

/* decode_bytes: of the packed weights, which each token reads once. */
static inline size_t decode_bytes(const struct decode *d)
{
    size_t bytes = packed_bytes(&d->wte);
    for (size_t i = 0; i < d->is.layers; i++)
        for (size_t k = 0; k < BLOCK_PARAMETERS; k++)
            bytes += packed_bytes(&d->layer[i].matrix[k]);
    return bytes;
}

/* decode_step: one more token  ->  the logits (V) of the token after it,
 * good until the next step. The same bits for any number of threads.
 * Checked: it is one, and there is a place for it. */
static inline const float *decode_step(struct decode *d, int32_t id)
{
    const size_t n = d->is.width;
    REQUIRE(id >= 0 && (size_t)id < d->is.tokens);
    REQUIRE(d->place < d->is.context);
    packed_row(d->x, &d->wte, (size_t)id);
    add_to(d->x, d->wpe + d->place * n, n);
#ifdef _OPENMP
    int threads = omp_get_max_threads();
    threads = threads < DECODE_TEAM ? threads : DECODE_TEAM;
    if (decode_bytes(d) < DECODE_ALONE || omp_in_parallel())
        threads = 1;
    if (threads > 1)
#pragma omp parallel num_threads(threads)
        decode_part(d, (size_t)omp_get_thread_num(),
                    (size_t)omp_get_num_threads());
    else
#endif
        decode_part(d, 0, 1);
    d->place++;
    return d->logits;
}

/* decode_read: ids (n) at once, as n steps from an empty cache  ->  the
 * logits (V) of the token after them.  g: the model of decode_new.
 * Checked: nothing was read, they are tokens, and there are places. */
static inline const float *decode_read(struct decode *d, const struct gpt *g,
                                       const int32_t *ids, size_t n)
{
    const struct gpt_kind *is = &d->is;
    const struct decode_share alone = { d, 0, 1, d->normed };
    REQUIRE(d->place == 0 && n > 0 && n <= is->context && is->layers > 0);
    struct block b = decode_block(g, 0, n);
    const size_t all = n * is->width, most = block_size(&b);
    float *rows = allocate(size_product(2, all), sizeof *rows);
    float *x = rows, *out = rows + all, *was;
    float *memory = allocate(size_sum(most, block_workspace(&b)),
                             sizeof *memory);
    struct block_saved saved = block_saved_new(memory, memory + most, &b);
    embedding_forward(x, g->wte->data, ids, n, is->tokens, is->width);
    add_to(x, d->wpe, all);
    for (size_t i = 0; i < is->layers; i++) {
        b = decode_block(g, i, n);
        block_forward(out, &saved, x, &b);
        decode_fill(&d->layer[i], &saved.heads, n, is);
        was = x, x = out, out = was;
    }
    memcpy(d->x, x + all - is->width, is->width * sizeof *x);
    free(rows), free(memory);
    share_norm(&alone, d->gain, d->shift);
    share_linear(&alone, d->logits, &d->wte, NULL, alone.normed);
    d->place = n;
    return d->logits;
}
#endif
