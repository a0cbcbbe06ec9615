/* decode.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: enum decode_format, struct packed, struct decode_layer,
 * struct decode, pack_place, half_of, float_of_half, pack_scale,
 * packed_product, struct decode_share, decode_wait, share_linear,
 * decode_head, share_branch, decode_fill, packed_new, packed_row,
 * decode_new, decode_free, decode_keep, decode_reset, decode_bytes,
 * decode_step, decode_read */

/* decode.h -- a GPT reads one token at a time, from packed weights. */
#ifndef DECODE_H
#define DECODE_H
#include "gpt/step.h"
#ifdef _OPENMP
#include <sched.h>
#endif

enum decode_format { DECODE_F32, DECODE_F16, DECODE_Q8, DECODE_FORMATS };
enum { PACK = 64, PACK_GROUP = 32, PACK_BLOCK = 16 };

/* A matrix, for the product with a row of cols numbers. */
struct packed {
    enum decode_format format;
    size_t rows, cols, chunks;        /* chunks: of 64 numbers in a row */
    void *numbers;                    /* (rows, chunks, 64) */
    uint16_t *steps;                  /* (rows, chunks, 2): of DECODE_Q8 */
    float scale;                      /* of what a product sums up */
};

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
/* pack_place: where number e of a chunk is. */
static inline size_t pack_place(enum decode_format format, size_t e)
{
    return format == DECODE_F16 ? e % 32 * 2 + e / 32
         : format == DECODE_Q8 ? e % 16 * 4 + e / 16 : e;
}

static inline size_t pack_bytes(enum decode_format format)
{
    return format == DECODE_F32 ? 4 : format == DECODE_F16 ? 2 : 1;
}

static inline size_t pack_chunks(size_t cols)
{
    return (size_sum(cols, PACK - 1)) / PACK;
}

/* half_of: |x| < 2^15 as the nearest half, of two the even one; below 2^-14
 * as zero. */
static inline uint16_t half_of(float x)
{
    uint32_t bits, size;
    memcpy(&bits, &x, sizeof bits);
    size = bits & 0x7fffffff;
    size += 0xfff + (size >> 13 & 1);
    size = size < 0x38800000 ? 0 : (size - 0x38000000) >> 13;
    return (uint16_t)(size | (bits >> 16 & 0x8000));
}

/* float_of_half: the same back, of halves that half_of makes. */
static inline float float_of_half(uint16_t half)
{
    uint32_t bits = (uint32_t)(half & 0x7fff) << 13;
    float size;
    memcpy(&size, &bits, sizeof size);
    size *= 0x1p112f;
    return half & 0x8000 ? -size : size;
}

static inline float float_of_step(uint16_t upper)
{
    uint32_t bits = (uint32_t)upper << 16;
    float step;
    memcpy(&step, &bits, sizeof step);
    return step;
}

static inline void pack_chunk(struct packed *w, size_t at, const float *x)
{
    int8_t q[PACK];
    float *floats = w->numbers;
    uint16_t *halves = w->numbers;
    int8_t *bytes = w->numbers;
    for (size_t g = 0; w->format == DECODE_Q8 && g < 2; g++) {
        uint32_t bits;
        const float step = group_round(q + g * PACK_GROUP,
                                       x + g * PACK_GROUP, PACK_GROUP);
        memcpy(&bits, &step, sizeof bits);
        w->steps[2 * at + g] = (uint16_t)(bits >> 16);
    }
    for (size_t e = 0; e < PACK; e++) {
        const size_t to = at * PACK + pack_place(w->format, e);
        if (w->format == DECODE_F32)
            floats[to] = x[e];
        else if (w->format == DECODE_F16)
            halves[to] = half_of(x[e] / w->scale);
        else
            bytes[to] = q[e];
    }
}

static inline size_t packed_need(enum decode_format format, size_t rows,
                                 size_t cols)
{
    const size_t all = size_product(rows, pack_chunks(cols));
    size_t need = arena_need(size_product(all, PACK), pack_bytes(format));
    if (format == DECODE_Q8)
        need = size_sum(need, arena_need(size_sum(all, PACK_BLOCK),
                                         2 * sizeof(uint16_t)));
    return need;
}

/* pack_scale: a power of two; what it divides is below 2^15. */
static inline float pack_scale(const float *x, size_t n)
{
    float most = 0;
    int exponent;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    frexpf(most, &exponent);
    return ldexpf(1, (exponent < -80 ? -80 : exponent) - 15);
}

LANES_INLINE lane_masks words_load(const char *at)
{
    lane_masks words;
    memcpy(&words, at, sizeof words);
    return words;
}

LANES_INLINE lanes floats_times(const char *at, const float *x)
{
    lanes sum = lanes_all(0), w;
    for (size_t i = 0; i < PACK; i += LANES) {
        memcpy(&w, at + i * sizeof *x, sizeof w);
        sum += w * lanes_load(x + i);
    }
    return sum;
}

/* lanes_of_halves: those in the upper half of each word. */
LANES_INLINE lanes lanes_of_halves(lane_masks words)
{
    return (lanes)(words >> 3 & (int32_t)0x8fffe000) * 0x1p112f;
}

LANES_INLINE lanes halves_times(const char *at, const float *x)
{
    lanes sum = lanes_all(0);
    for (size_t i = 0; i < 32; i += LANES) {
        const lane_masks words = words_load(at + 4 * i);
        const lane_masks low = (lane_masks)((lane_bits)words << 16);
        sum += lanes_of_halves(low) * lanes_load(x + i);
        sum += lanes_of_halves(words) * lanes_load(x + 32 + i);
    }
    return sum;
}

/* lanes_of_bytes: those that are so many bits below the top of each word,
 * times 2^24. */
LANES_INLINE lanes lanes_of_bytes(lane_masks words, int below)
{
    const lane_masks top = (lane_masks)((lane_bits)words << below);
    return __builtin_convertvector(top & (int32_t)0xff000000, lanes);
}

LANES_INLINE lanes bytes_times(const char *at, const float *steps,
                               const float *x)
{
    lanes one = lanes_all(0), two = lanes_all(0);
    for (size_t i = 0; i < 16; i += LANES) {
        const lane_masks words = words_load(at + 4 * i);
        one += lanes_of_bytes(words, 24) * lanes_load(x + i);
        one += lanes_of_bytes(words, 16) * lanes_load(x + 16 + i);
        two += lanes_of_bytes(words, 8) * lanes_load(x + 32 + i);
        two += lanes_of_bytes(words, 0) * lanes_load(x + 48 + i);
    }
    return steps[0] * one + steps[1] * two;
}

/* steps_widen: of PACK_BLOCK chunks. */
LANES_INLINE void steps_widen(float *steps, const uint16_t *upper)
{
    for (size_t i = 0; i < 2 * PACK_BLOCK; i++)
        steps[i] = float_of_step(upper[i]);
}

enum { PACK_AHEAD = 8192 };

LANES_INLINE void packed_soon(const char *at, size_t bytes)
{
    for (size_t line = 0; line < bytes; line += 64)
        __builtin_prefetch((const void *)((uintptr_t)at + PACK_AHEAD + line));
}

LANES_INLINE void packed_rows(float *out, const struct packed *w,
                              const float *x, size_t first, size_t last,
                              enum decode_format format)
{
    const size_t bytes = PACK * pack_bytes(format), chunks = w->chunks;
    const char *at = (const char *)w->numbers + first * chunks * bytes;
    float steps[2 * PACK_BLOCK];
    for (size_t r = first; r < last; r++) {
        lanes sum = lanes_all(0);
        const float *with = x;
        for (size_t c = 0, n; c < chunks; c += n) {
            n = chunks - c < PACK_BLOCK ? chunks - c : PACK_BLOCK;
            if (format == DECODE_Q8)
                steps_widen(steps, w->steps + 2 * (r * chunks + c));
            for (size_t i = 0; i < n; i++, at += bytes, with += PACK) {
                packed_soon(at, bytes);
                sum += format == DECODE_F32 ? floats_times(at, with)
                     : format == DECODE_F16 ? halves_times(at, with)
                                : bytes_times(at, steps + 2 * i, with);
            }
        }
        out[r] = lanes_sum(sum) * w->scale;
    }
}

/* packed_product: out[first] to out[last - 1], of w (rows, cols) times x,
 * whose 64 chunks numbers end with zeros; out (rows). */
static inline void packed_product(float *out, const struct packed *w,
                                  const float *x, size_t first, size_t last)
{
    if (w->format == DECODE_F32)
        packed_rows(out, w, x, first, last, DECODE_F32);
    else if (w->format == DECODE_F16)
        packed_rows(out, w, x, first, last, DECODE_F16);
    else
        packed_rows(out, w, x, first, last, DECODE_Q8);
}

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

static inline struct packed packed_new(struct arena *arena,
    enum decode_format format, const float *x, size_t rows, size_t cols,
    size_t row, size_t step);

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
/* packed_new: row r, column j is x[r * row + j * step]. */
static inline struct packed packed_new(struct arena *arena,
    enum decode_format format, const float *x, size_t rows, size_t cols,
    size_t row, size_t step)
{
    struct packed w = { format, rows, cols, pack_chunks(cols), .scale = 1 };
    const size_t all = rows * w.chunks;
    w.numbers = arena_take(arena, all * PACK, pack_bytes(format));
    if (format == DECODE_Q8)
        w.steps = arena_take(arena, all + PACK_BLOCK, 2 * sizeof *w.steps);
    if (format != DECODE_F32)
        w.scale = format == DECODE_Q8 ? 0x1p-24f
                                      : pack_scale(x, rows * cols);
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (all > 1000)
#endif
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < w.chunks; c++) {
            float chunk[PACK];
            for (size_t e = 0, j = c * PACK; e < PACK; e++, j++)
                chunk[e] = j < cols ? x[r * row + j * step] : 0;
            pack_chunk(&w, r * w.chunks + c, chunk);
        }
    return w;
}

static inline size_t packed_bytes(const struct packed *w)
{
    return w->rows * w->chunks * (PACK * pack_bytes(w->format)
        + (w->format == DECODE_Q8 ? 2 * sizeof *w->steps : 0));
}

/* packed_row: row r as floats again, out (cols). */
static inline void packed_row(float *out, const struct packed *w, size_t r)
{
    for (size_t j = 0; j < w->cols; j++) {
        const size_t at = r * w->chunks + j / PACK, e = j % PACK;
        const size_t i = at * PACK + pack_place(w->format, e);
        out[j] = w->format == DECODE_F32 ? ((const float *)w->numbers)[i]
            : w->format == DECODE_F16
            ? float_of_half(((const uint16_t *)w->numbers)[i]) * w->scale
            : (float)((const int8_t *)w->numbers)[i]
              * float_of_step(w->steps[2 * at + e / PACK_GROUP]);
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
