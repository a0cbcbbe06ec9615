/* detr.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct detr_kind, struct detr_linear, struct detr,
 * struct answer, detr_folded, detr_placed, detr_copies, detr_tokens,
 * detr_forward, detr_new, detr_start */

/* detr.h -- a small DETR: a set of boxes from a picture. */
#ifndef DETR_H
#define DETR_H
#include "block/block.h"
#include "implicit/convolution.h"
#include "position/position.h"

enum { DETR_LAYERS = 6, DETR_POOLED = 8 };

/* A DETR for canvases (side, side), side a multiple of 8, which it makes into
 * N = side / 8 times side / 8 tokens of C numbers. */
struct detr_kind {
    size_t side, width, heads, hidden;        /* C, H, F */
    size_t encoders, decoders, queries;       /* blocks; Q */
    size_t kinds, channels[2];                /* K, without nothing */
};

struct detr_linear { struct tensor *weight, *bias; };
struct detr {
    struct detr_kind is;
    struct detr_linear convolution[3];        /* (h, w, in, out)  (out) */
    struct tensor *rows, *columns;            /* (side / 8, C): positions */
    struct block_tensors encoder[DETR_LAYERS], decoder[DETR_LAYERS];
    struct tensor *norm[4];                   /* of memory and answers */
    struct tensor *queries;                   /* (Q, C) */
    struct detr_linear kind, hidden, box;     /* (C, K + 1) (C, C) (C, 4) */
};

/* What one decoder's block answers. */
struct answer {
    struct tensor *kinds, *boxes;             /* (B, Q, K + 1)  (B, Q, 4) */
    const float *attention;                   /* (B, H, Q, N), or NULL */
};
static inline struct tensor *detr_linear(struct tape *on, struct tensor *x,
                                         struct detr_linear l)
{
    return tape_bias(on, tape_matmul(on, x, l.weight), l.bias);
}

/* detr_folded: x (B, side, side) as (B, side / 2, side / 2, 4). */
static inline struct tensor *detr_folded(struct tape *on, const float *x,
                                         size_t batch, size_t side)
{
    const size_t half = side / 2;
    float *to = tape_take(on, batch * side * side, sizeof *to);
    for (size_t i = 0; i < batch * side * side; i++) {
        const size_t r = i / side, c = i % side;     /* r: of all pictures */
        to[(r / 2 * half + c / 2) * 4 + r % 2 * 2 + c % 2] = x[i];
    }
    return tape_input(on, to, SHAPE(batch, half, half, 4));
}

/* detr_placed: x (B, N, C) plus the rows of its lines and columns. */
static inline struct tensor *detr_placed(const struct detr *m,
                                         struct tape *on, struct tensor *x)
{
    const size_t batch = x->shape[0], n = m->rows->shape[0], all = n * n;
    int32_t *row = tape_take(on, batch * all, sizeof *row);
    int32_t *column = tape_take(on, batch * all, sizeof *column);
    for (size_t i = 0; i < batch * all; i++)
        row[i] = (int32_t)(i % all / n), column[i] = (int32_t)(i % n);
    x = tape_add(on, x, tape_embedding(on, m->rows, row, SHAPE(batch, all)));
    return tape_add(on, x, tape_embedding(on, m->columns, column,
                                          SHAPE(batch, all)));
}

/* detr_copies: the rows of table (Q, C), the same for each: (B, Q, C). */
static inline struct tensor *detr_copies(struct tape *on,
                                         struct tensor *table, size_t batch)
{
    const size_t n = table->shape[0];
    int32_t *which = tape_take(on, batch * n, sizeof *which);
    for (size_t i = 0; i < batch * n; i++)
        which[i] = (int32_t)(i % n);
    return tape_embedding(on, table, which, SHAPE(batch, n));
}

/* detr_tokens: (B, N, C) of canvases x (B, side, side), with positions. */
static inline struct tensor *detr_tokens(const struct detr *m,
    struct tape *on, const float *x, size_t batch)
{
    const size_t n = m->rows->shape[0];
    struct tensor *y = detr_folded(on, x, batch, m->is.side);
    for (size_t i = 0; i < 3; i++) {
        y = tape_convolution(on, y, m->convolution[i].weight,
                             m->convolution[i].bias);
        y = tape_relu(on, y);
        y = i < 2 ? tape_max_pool(on, y, 2) : y;
    }
    y = tape_reshape(on, y, SHAPE(batch, n * n, m->is.width));
    return detr_placed(m, on, y);
}
static inline struct answer detr_heads(const struct detr *m, struct tape *on,
                                       struct tensor *q)
{
    struct tensor *y = tape_layernorm(on, q, m->norm[2], m->norm[3]), *h;
    struct answer out = { .kinds = detr_linear(on, y, m->kind) };
    h = tape_relu(on, detr_linear(on, y, m->hidden));
    out.boxes = tape_sigmoid(on, detr_linear(on, h, m->box));
    return out;
}
/* detr_forward: answers (decoders), one after each decoder's block, to
 * canvases x (B, side, side), ink from 0 to 1.  Carion et al. 2020, fig. 2.
 * With no_grad, each has the weights of its cross-attention, too. */
static inline void detr_forward(const struct detr *m, struct tape *on,
                                struct answer *out, const float *x,
                                size_t batch)
{
    const struct block how = { .heads = m->is.heads, .act = FEED_RELU,
        .both_ways = true, .store_attention = on->no_grad };
    struct tensor *memory = detr_tokens(m, on, x, batch), *q;
    for (size_t i = 0; i < m->is.encoders; i++)
        memory = tape_block(on, memory, m->encoder[i].at, &how);
    memory = tape_layernorm(on, memory, m->norm[0], m->norm[1]);
    memory = detr_placed(m, on, memory);

    q = detr_copies(on, m->queries, batch);               /* (B, Q, C) */
    for (size_t i = 0; i < m->is.decoders; i++) {
        q = tape_decoder(on, q, memory, m->decoder[i].at, &how, NULL);
        out[i] = detr_heads(m, on, q);
        out[i].attention = q->attention;                  /* (B, H, Q, N) */
    }
}
static inline struct detr_linear detr_pair(struct tape *tape,
                                           const char *name, struct axes w)
{
    char text[96];
    struct detr_linear l;
    snprintf(text, sizeof text, "%s.weight", name);
    l.weight = tape_parameter(tape, text, w);
    snprintf(text, sizeof text, "%s.bias", name);
    l.bias = tape_parameter(tape, text, SHAPE(w.n[w.rank - 1]));
    return l;
}

/* detr_new: all parameters, zeros at first.  Checked: sizes. */
static inline struct detr detr_new(struct tape *t, const struct detr_kind *k)
{
    struct detr m = { .is = *k };
    const size_t c = k->width, n = k->side / DETR_POOLED;
    const size_t in[] = { 4, k->channels[0], k->channels[1], c };
    char name[64];
    REQUIRE(n > 0 && k->side % DETR_POOLED == 0);
    REQUIRE(k->encoders <= DETR_LAYERS && k->decoders <= DETR_LAYERS);
    for (size_t i = 0; i < 3; i++) {
        const size_t side = i ? 3 : 5;
        snprintf(name, sizeof name, "convolution.%zu", i);
        m.convolution[i] = detr_pair(t, name, SHAPE(side, side, in[i],
                                                    in[i + 1]));
    }
    m.rows = tape_parameter(t, "rows.weight", SHAPE(n, c));
    m.columns = tape_parameter(t, "columns.weight", SHAPE(n, c));
    for (size_t i = 0; i < k->encoders; i++) {
        snprintf(name, sizeof name, "encoder.%zu.", i);
        block_new(&m.encoder[i], t, name, c, k->hidden);
    }
    for (size_t i = 0; i < k->decoders; i++) {
        snprintf(name, sizeof name, "decoder.%zu.", i);
        decoder_new(&m.decoder[i], t, name, c, k->hidden);
    }
    static const char *const norms[] = { "memory.weight", "memory.bias",
                                         "answer.weight", "answer.bias" };
    for (size_t i = 0; i < 4; i++)
        m.norm[i] = tape_parameter(t, norms[i], SHAPE(c));
    m.queries = tape_parameter(t, "queries.weight", SHAPE(k->queries, c));
    m.kind = detr_pair(t, "kind", SHAPE(c, k->kinds + 1));
    m.hidden = detr_pair(t, "box.hidden", SHAPE(c, c));
    m.box = detr_pair(t, "box", SHAPE(c, 4));
    return m;
}

/* detr_start: random weights. */
static inline void detr_start(struct detr *m, uint64_t seed)
{
    struct random random = random_new(seed, 1u << 31);
    const float c = (float)m->is.width;
    const struct { struct tensor *w; float spread; } start[] = {
        { m->rows, .5f }, { m->columns, .5f }, { m->queries, 1 },
        { m->kind.weight, 1 / sqrtf(c) },
        { m->hidden.weight, sqrtf(2 / c) },
        { m->box.weight, .1f / sqrtf(c) } };
    for (size_t i = 0; i < 3; i++) {
        struct tensor *w = m->convolution[i].weight;
        random_normals(w->data, w->count, sqrtf(2 * (float)w->shape[3]
                       / (float)w->count), &random);
    }
    for (size_t i = 0; i < sizeof start / sizeof *start; i++)
        random_normals(start[i].w->data, start[i].w->count, start[i].spread,
                       &random);
    for (size_t i = 0; i < m->is.encoders; i++)
        block_start(&m->encoder[i], &random, .5f);
    for (size_t i = 0; i < m->is.decoders; i++)
        block_start(&m->decoder[i], &random, .5f);
    for (size_t i = 0; i < m->is.width; i++)
        m->norm[0]->data[i] = m->norm[2]->data[i] = 1;
    m->box.bias->data[2] = m->box.bias->data[3] = -1;
}
#endif

