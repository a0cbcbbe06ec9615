/* models.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: enum way, struct seer, struct seen, seer_places, seer_logits_of,
 * seer_mean, seer_scores, seer_draw, seer_heads, seer_rows, seer_answer,
 * seer_start */

/* models.h -- seven ways from the 49 places of a picture to ten logits. */
#ifndef MODELS_H
#define MODELS_H
#include "hard/hard.h"
#include "implicit/cnn.h"
#include "multihead/multihead.h"
#include "position/position.h"

enum way { WAY_CNN, WAY_SOFT, WAY_HARD, WAY_SELF, WAY_MULTIHEAD, WAY_CROSS,
           WAY_CAUSAL, WAYS };
#define WAY_NAMES "cnn|soft|hard|self|multihead|cross|causal"
enum { WAY_PLACES = 49, WAY_ACROSS = 7, WAY_CLASSES = 10, WAY_DRAWS = 3,
       WAY_SCORES = 64 };

/* Sizes that make the numbers of parameters agree. */
static const struct way_sizes {
    const char *name;
    size_t width, hidden, heads;     /* D; of the last layer; H, or 0 */
    size_t queries;                  /* Tq; 0: nobody asks */
} way_sizes[WAYS] = {
    { "cnn", CNN_SECOND, 16, 0, 0 }, { "soft", 142, 64, 0, 1 },
    { "hard", 141, 64, 0, 1 }, { "self", 64, 64, 1, WAY_PLACES },
    { "multihead", 64, 64, 4, WAY_PLACES },
    { "cross", 64, 64, 4, WAY_CLASSES }, { "causal", 64, 64, 4, WAY_PLACES },
};

struct seer {
    enum way way;
    struct tape *tape;
    struct tensor *conv[2], *conv_bias[2];  /* as those of struct cnn */
    struct tensor *place;                   /* (49, 32), not of cnn */
    struct tensor *embed, *embed_bias;      /* (32, D)  (D), not of cnn */
    struct tensor *key, *query, *score;     /* (D, 64)  (64)  (64, 1) */
    struct tensor *queries;                 /* (10, D) */
    struct multihead_parameters heads;      /* from D to D */
    struct tensor *gain, *shift;            /* (D) */
    struct tensor *hidden, *hidden_bias;    /* (D or 49 * 32, F)  (F) */
    struct tensor *out, *out_bias;          /* (F, 10)  (10); cross: 1 */
    struct tensor *guess, *guess_bias;      /* (D, 1)  (1): a baseline */
};

struct seen {
    struct random *random;       /* of hard; NULL: the most probable places */
    bool store;                  /* wanted: weights of the heads */
    const float *weights;        /* (B, H, Tq, 49), or (B, 49) */
    int32_t *at[WAY_DRAWS];      /* (B) */
    struct tensor *z[WAY_DRAWS]; /* (B, 49): scores before each draw */
    struct tensor *guess;        /* (B, 1) */
};
/* seer_places: (B, 49, 32) of pictures x (B, 28, 28, 1), with positions. */
static inline struct tensor *seer_places(const struct seer *m,
                                         struct tape *on, struct tensor *x)
{
    for (size_t i = 0; i < 2; i++) {
        x = tape_convolution(on, x, m->conv[i], m->conv_bias[i]);
        x = tape_mean_pool(on, tape_relu(on, x), 2);
    }
    x = tape_reshape(on, x, SHAPE(x->shape[0], WAY_PLACES, CNN_SECOND));
    return m->place ? tape_add_rows(on, x, m->place, 0) : x;
}

static inline struct tensor *seer_layer(struct tape *on, struct tensor *x,
                                        struct tensor *w, struct tensor *b)
{
    return tape_bias(on, tape_matmul(on, x, w), b);
}

/* seer_logits_of: (B, 10) of rows (B, 1, D), or of ten rows for cross. */
static inline struct tensor *seer_logits_of(const struct seer *m,
    struct tape *on, struct tensor *rows)
{
    const size_t batch = rows->shape[0];
    rows = tape_relu(on, seer_layer(on, rows, m->hidden, m->hidden_bias));
    rows = seer_layer(on, rows, m->out, m->out_bias);
    return tape_reshape(on, rows, SHAPE(batch, WAY_CLASSES));
}

/* seer_mean: (B, 1, D), the mean over the places of h (B, 49, D). */
static inline struct tensor *seer_mean(struct tape *on, struct tensor *h)
{
    const size_t batch = h->shape[0], d = h->shape[2];
    h = tape_reshape(on, h, SHAPE(batch, WAY_ACROSS, WAY_ACROSS, d));
    h = tape_mean_pool(on, h, WAY_ACROSS);
    return tape_reshape(on, h, SHAPE(batch, 1, d));
}
/* seer_scores: z (B, 49) of h (B, 49, D): score tanh(key h + query). */
static inline struct tensor *seer_scores(const struct seer *m,
                                         struct tape *on, struct tensor *h)
{
    struct tensor *z = tape_tanh(on, seer_layer(on, h, m->key, m->query));
    return tape_reshape(on, tape_matmul(on, z, m->score),
                        SHAPE(h->shape[0], WAY_PLACES));
}

/* seer_draw: weights (B, 49), a third at each of three places, from scores
 * z (B, 49). */
static inline struct tensor *seer_draw(struct tape *on, struct tensor *z,
                                       struct seen *seen)
{
    const size_t batch = z->shape[0], n = WAY_PLACES;
    float *y = tape_zeros(on, z->count), p[WAY_PLACES];
    for (size_t t = 0; t < WAY_DRAWS; t++) {
        float *taken = tape_zeros(on, z->count);
        int32_t *at = seen->at[t] = tape_take(on, batch, sizeof *at);
        seen->z[t] = z;
        for (size_t b = 0; b < batch; b++) {
            softmax(p, z->data + b * n, n);
            at[b] = (int32_t)(!seen->random ? argmax(p, n)
                : place_draw(p, n, random_uniform(seen->random)));
            y[b * n + (size_t)at[b]] = 1.f / WAY_DRAWS;
            taken[b * n + (size_t)at[b]] = -INFINITY;
        }
        z = tape_add(on, z, tape_input(on, taken, tensor_axes(z)));
    }
    return tape_input(on, y, tensor_axes(z));
}

static inline struct tensor *seer_queries(const struct seer *m,
                                          struct tape *on, size_t batch)
{
    int32_t *ids = tape_take(on, batch * WAY_CLASSES, sizeof *ids);
    for (size_t i = 0; i < batch * WAY_CLASSES; i++)
        ids[i] = (int32_t)(i % WAY_CLASSES);
    return tape_embedding(on, m->queries, ids, SHAPE(batch, WAY_CLASSES));
}

/* seer_heads: (B, Tq, D), q (B, Tq, D) plus what its heads find in h
 * (B, 49, D), normalized. */
static inline struct tensor *seer_heads(const struct seer *m,
    struct tape *on, struct tensor *q, struct tensor *h, struct seen *seen)
{
    struct multihead_parameters heads = m->heads;
    heads.store_attention = seen->store;
    struct tensor *y = tape_multihead(on, q, q == h ? NULL : h, &heads);
    seen->weights = y->attention;
    return tape_layernorm(on, tape_add(on, q, y), m->gain, m->shift);
}
/* seer_rows: the rows (B, 1, D) that the last layers read, or (B, 10, D) for
 * cross, of h (B, 49, D). */
static inline struct tensor *seer_rows(const struct seer *m, struct tape *on,
                                       struct tensor *h, struct seen *seen)
{
    const size_t batch = h->shape[0];
    struct tensor *w;
    switch (m->way) {
    case WAY_CNN:                 /* every place has weights of its own */
        return tape_reshape(on, h, SHAPE(batch, 1, h->count / batch));
    case WAY_SOFT:                /* one query, the same for all pictures */
    case WAY_HARD:                /* the same, but three places are drawn */
        w = seer_scores(m, on, h);
        w = m->way == WAY_SOFT ? tape_softmax(on, w) : seer_draw(on, w, seen);
        seen->weights = w->data;
        w = tape_reshape(on, w, SHAPE(batch, 1, WAY_PLACES));
        return tape_matmul(on, w, h);
    case WAY_CROSS:               /* ten queries ask 49 places */
        return seer_heads(m, on, seer_queries(m, on, batch), h, seen);
    case WAY_SELF:                /* every place asks all places: one head, */
    case WAY_MULTIHEAD:           /* four heads, */
    case WAY_CAUSAL:              /* only places before it in reading order */
    default:
        return seer_mean(on, seer_heads(m, on, h, h, seen));
    }
}

/* seer_answer: logits (B, 10) of places x (B, 49, 32). */
static inline struct tensor *seer_answer(const struct seer *m,
    struct tape *on, struct tensor *x, struct seen *seen)
{
    if (m->way != WAY_CNN)
        x = tape_relu(on, seer_layer(on, x, m->embed, m->embed_bias));
    if (m->way == WAY_HARD)
        seen->guess = seer_layer(on, seer_mean(on, tape_keep(on, x)),
                                 m->guess, m->guess_bias);
    return seer_logits_of(m, on, seer_rows(m, on, x, seen));
}
static inline void seer_attention_new(struct seer *m, struct tape *tape)
{
    const struct way_sizes *s = &way_sizes[m->way];
    const size_t d = s->width;
    struct tensor **const w[] = { &m->heads.wq, &m->heads.wk, &m->heads.wv,
                                  &m->heads.wo };
    struct tensor **const b[] = { &m->heads.bq, &m->heads.bk, &m->heads.bv,
                                  &m->heads.bo };
    if (s->queries == 1) {
        m->key = tape_parameter(tape, "key.weight", SHAPE(d, WAY_SCORES));
        m->query = tape_parameter(tape, "query", SHAPE(WAY_SCORES));
        m->score = tape_parameter(tape, "score.weight", SHAPE(WAY_SCORES, 1));
    }
    if (m->way == WAY_CROSS)
        m->queries = tape_parameter(tape, "queries", SHAPE(WAY_CLASSES, d));
    for (size_t i = 0; s->heads && i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "heads.%c.weight", "qkvo"[i]);
        *w[i] = tape_parameter(tape, name, SHAPE(d, d));
        snprintf(name, sizeof name, "heads.%c.bias", "qkvo"[i]);
        *b[i] = tape_parameter(tape, name, SHAPE(d));
    }
    if (s->heads) {
        m->gain = tape_parameter(tape, "norm.weight", SHAPE(d));
        m->shift = tape_parameter(tape, "norm.bias", SHAPE(d));
    }
    m->heads.heads = s->heads, m->heads.causal = m->way == WAY_CAUSAL;
}

static inline void seer_new(struct seer *m, struct tape *tape, enum way way)
{
    const struct way_sizes *s = &way_sizes[way];
    const size_t d = s->width, k = CNN_KERNEL;
    const bool cnn = way == WAY_CNN;
    const size_t n = way == WAY_CROSS ? 1 : WAY_CLASSES;
    *m = (struct seer){ .way = way, .tape = tape };
    m->conv[0] = tape_parameter(tape, "conv1.weight",
                                SHAPE(k, k, 1, CNN_FIRST));
    m->conv_bias[0] = tape_parameter(tape, "conv1.bias", SHAPE(CNN_FIRST));
    m->conv[1] = tape_parameter(tape, "conv2.weight",
                                SHAPE(k, k, CNN_FIRST, CNN_SECOND));
    m->conv_bias[1] = tape_parameter(tape, "conv2.bias", SHAPE(CNN_SECOND));
    if (!cnn) {
        m->place = tape_parameter(tape, "place.weight",
                                  SHAPE(WAY_PLACES, CNN_SECOND));
        m->embed = tape_parameter(tape, "embed.weight", SHAPE(CNN_SECOND, d));
        m->embed_bias = tape_parameter(tape, "embed.bias", SHAPE(d));
    }
    seer_attention_new(m, tape);
    m->hidden = tape_parameter(tape, "hidden.weight",
                               SHAPE(cnn ? CNN_LAST : d, s->hidden));
    m->hidden_bias = tape_parameter(tape, "hidden.bias", SHAPE(s->hidden));
    m->out = tape_parameter(tape, "out.weight", SHAPE(s->hidden, n));
    m->out_bias = tape_parameter(tape, "out.bias", SHAPE(n));
    if (way == WAY_HARD) {
        m->guess = tape_parameter(tape, "baseline.weight", SHAPE(d, 1));
        m->guess_bias = tape_parameter(tape, "baseline.bias", SHAPE(1));
    }
}

/* seer_start: a model with random weights. */
static inline void seer_start(struct seer *m, struct tape *tape, enum way way,
                              uint64_t seed)
{
    struct random random = random_new(seed, 1u << 31);
    seer_new(m, tape, way);
    for (size_t i = 0; i < tape->count; i++) {
        struct tensor *w = tape->parameters[i];
        const size_t in = w->count / w->shape[w->rank - 1];
        const bool relu = w->rank == 4 || w == m->embed || w == m->hidden;
        const float spread = w == m->place ? .1f : w == m->queries ? 1
            : w == m->guess ? 0 : sqrtf((relu ? 2 : 1) / (float)in);
        if (w->rank > 1)
            random_normals(w->data, w->count, spread, &random);
        for (size_t j = 0; w == m->gain && j < w->count; j++)
            w->data[j] = 1;
    }
}
#endif
