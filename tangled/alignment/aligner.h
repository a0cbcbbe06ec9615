/* aligner.h -- generated from chapters/08-alignment.nw. Do not edit. */
/* Offers: enum align_kind, struct aligner, struct aligner_pass,
 * struct aligner_state, aligner_drop, aligner_embed, aligner_matrix,
 * aligner_look, aligner_keys, aligner_read, aligner_step, aligner_write,
 * aligner_new, aligner_start */

#ifndef ALIGNER_H
#define ALIGNER_H
#include "alignment/alignment.h"
#include "gradient/dropout.h"
#include "recurrence/seq2seq.h"
#include "kit/batch.h"

enum align_kind { ALIGN_ADDITIVE, ALIGN_DOT, ALIGN_GENERAL, ALIGN_CONCAT,
                  ALIGN_LINEAR };

/* An encoder that reads from both ends, and a decoder that looks at it. */
struct aligner {
    size_t vocabulary, layers, embed, width;    /* V, N, E, C: even */
    int kind;                         /* of score: enum align_kind */
    float drop;                       /* the rate of dropout */
    struct tensor *table;             /* (V, E) */
    struct recurrent_layer reader[2][RECURRENT_LAYERS],
                           writer[RECURRENT_LAYERS];
    struct tensor *match[2], *va;     /* see aligner_matrix; (A) */
    struct tensor *mix;               /* (2 C, C) */
    struct tensor *out, *bias;        /* (V, C), (V) */
};

/* A pass of it: on a tape; the lengths of the sources; seed of dropout. */
struct aligner_pass {
    struct tape *on;
    const struct aligner *model;
    const size_t *lengths;            /* (B) */
    uint64_t seed;
    float *maps;                      /* (T, B, S): gets weights; or NULL */
};

/* Between two steps: NULL is zeros. */
struct aligner_state {
    struct recurrent_state layer[RECURRENT_LAYERS];   /* each (B, C) */
    struct tensor *context;                           /* (B, C) */
};
/* aligner_drop: dropout at one of the places of a pass. */
static inline struct tensor *aligner_drop(const struct aligner_pass *p,
                                          struct tensor *x, size_t place)
{
    const struct dropout drop = { p->model->drop, mix_bits(p->seed, place) };
    return tape_dropout(p->on, x, &drop);
}

/* aligner_embed: ids (B, T)  ->  (T, B, E). */
static inline struct tensor *aligner_embed(const struct aligner_pass *p,
    const int32_t *ids, size_t batch, size_t length)
{
    struct tensor *x = tape_embedding(p->on, p->model->table,
        ids_by_time(p->on, ids, batch, length), SHAPE(length, batch));
    return aligner_drop(p, x, 0);
}
/* aligner_matrix: what queries (0) or keys (1) are multiplied by, or NULL. */
static inline struct tensor *aligner_matrix(const struct aligner_pass *p,
                                            size_t which)
{
    const struct aligner *m = p->model;
    const size_t half = m->width * (m->width / 2);
    if (m->kind != ALIGN_CONCAT)
        return m->match[which];
    return tape_part(p->on, m->match[0], which * half,
                     SHAPE(m->width, m->width / 2));
}

/* aligner_look: h (B, C)  ->  context (B, C); memory (B, S, C), keys
 * (B, S, A) as aligner_keys makes them. */
static inline struct tensor *aligner_look(const struct aligner_pass *p,
    struct tensor *h, struct tensor *memory, struct tensor *keys)
{
    const struct aligner *m = p->model;
    struct tensor *w = aligner_matrix(p, 0);
    const struct align_how how = { p->lengths, m->kind == ALIGN_LINEAR };
    struct tensor *q = w ? tape_matmul(p->on, h, w) : h;
    return tape_align(p->on, q, keys, memory, m->va, &how);
}

/* aligner_keys: of memory (B, S, C). */
static inline struct tensor *aligner_keys(const struct aligner_pass *p,
                                          struct tensor *memory)
{
    struct tensor *w = aligner_matrix(p, 1);
    return w ? tape_matmul(p->on, memory, w) : memory;
}

/* aligner_read: source (B, S)  ->  memory (B, S, C). */
static inline struct tensor *aligner_read(const struct aligner_pass *p,
    const int32_t *source, size_t batch, size_t length)
{
    const struct aligner *m = p->model;
    struct tensor *way[2], *x = aligner_embed(p, source, batch, length);
    for (size_t i = 0; i < m->layers; i++) {
        x = i ? aligner_drop(p, x, i) : x;
        for (size_t back = 0; back < 2; back++) {
            const struct recurrent_how how = { .cell = CELL_LSTM,
                .lengths = p->lengths, .backwards = back == 1 };
            way[back] = recurrence_states(p->on, tape_recurrence(p->on, x,
                &m->reader[back][i], (struct recurrent_state){ NULL, NULL },
                &how), &how);
        }
        x = tape_join(p->on, way[0], way[1]);
    }
    return tape_swap(p->on, x, 0, 1);
}

/* aligner_step: x (B, E): the unit before; at: of the step before, becomes
 * that of this one. */
static inline void aligner_step(const struct aligner_pass *p,
    struct aligner_state *at, struct tensor *x, struct tensor *memory,
    struct tensor *keys, size_t t)
{
    const struct aligner *m = p->model;
    const struct recurrent_how how = { .cell = CELL_LSTM };
    const size_t B = x->shape[0];
    if (!at->context)
        at->context = tape_input(p->on, tape_zeros(p->on, B * m->width),
                                 SHAPE(B, m->width));
    x = tape_join(p->on, x, at->context);
    for (size_t i = 0; i < m->layers; i++) {
        x = i ? aligner_drop(p, x, (t + 1) * RECURRENT_LAYERS + i) : x;
        x = tape_reshape(p->on, x, SHAPE(1, B, x->shape[1]));
        x = tape_recurrence(p->on, x, &m->writer[i], at->layer[i], &how);
        at->layer[i] = recurrence_last(p->on, x, &how);
        x = at->layer[i].h;
    }
    at->context = aligner_look(p, x, memory, keys);
    if (p->maps)
        memcpy(p->maps + t * memory->shape[0] * memory->shape[1],
               at->context->attention,
               memory->shape[0] * memory->shape[1] * sizeof(float));
}

/* aligner_write: before (B, T), memory and keys  ->  logits (B, T, V); at as
 * in aligner_step.  Checked: T <= SEQUENCE_MOST. */
static inline struct tensor *aligner_write(const struct aligner_pass *p,
    struct aligner_state *at, struct tensor *memory, struct tensor *keys,
    const int32_t *before, size_t length)
{
    const struct aligner *m = p->model;
    const size_t B = memory->shape[0], row = B * m->embed;
    struct tensor *h[SEQUENCE_MOST], *c[SEQUENCE_MOST];
    struct tensor *x = aligner_embed(p, before, B, length);
    REQUIRE(length <= SEQUENCE_MOST);
    for (size_t t = 0; t < length; t++) {
        aligner_step(p, at, tape_part(p->on, x, t * row, SHAPE(B, m->embed)),
                     memory, keys, t);
        h[t] = at->layer[m->layers - 1].h, c[t] = at->context;
    }
    x = tape_join(p->on, tape_stack(p->on, h, length),
                  tape_stack(p->on, c, length));
    x = tape_tanh(p->on, tape_matmul(p->on, x, m->mix));
    x = tape_swap(p->on, aligner_drop(p, x, RECURRENT_LAYERS), 0, 1);
    x = tape_product(p->on, x, m->out, TRANSPOSE_B);
    return tape_bias(p->on, x, m->bias);
}

static inline void aligner_score_new(struct aligner *m, struct tape *tape)
{
    const size_t C = m->width, A = C / 2;
    const bool two = m->kind == ALIGN_ADDITIVE || m->kind == ALIGN_LINEAR;
    m->match[0] = m->match[1] = m->va = NULL;
    if (two)
        m->match[0] = tape_parameter(tape, "attention.query", SHAPE(C, A));
    if (two)
        m->match[1] = tape_parameter(tape, "attention.key", SHAPE(C, A));
    if (m->kind == ALIGN_GENERAL)
        m->match[1] = tape_parameter(tape, "attention.key", SHAPE(C, C));
    if (m->kind == ALIGN_CONCAT)
        m->match[0] = tape_parameter(tape, "attention.weight",
                                     SHAPE(2 * C, A));
    if (two || m->kind == ALIGN_CONCAT)
        m->va = tape_parameter(tape, "attention.v", SHAPE(A));
}

/* aligner_new: the parameters on a tape, all zeros; m has the sizes. */
static inline void aligner_new(struct aligner *m, struct tape *tape)
{
    const size_t C = m->width;
    REQUIRE(m->vocabulary > 2 && m->embed > 0 && C > 0 && C % 2 == 0);
    REQUIRE(m->layers > 0 && m->layers <= RECURRENT_LAYERS);
    m->table = tape_parameter(tape, "embedding.weight",
                              SHAPE(m->vocabulary, m->embed));
    for (size_t i = 0; i < m->layers; i++)
        for (size_t back = 0; back < 2; back++)
            recurrent_layer_new(&m->reader[back][i], tape,
                                back ? "encoder.backward" : "encoder.forward",
                                i, i ? C : m->embed, C / 2, CELL_LSTM);
    for (size_t i = 0; i < m->layers; i++)
        recurrent_layer_new(&m->writer[i], tape, "decoder", i,
                            i ? C : m->embed + C, C, CELL_LSTM);
    aligner_score_new(m, tape);
    m->mix = tape_parameter(tape, "mix.weight", SHAPE(2 * C, C));
    m->out = tape_parameter(tape, "output.weight", SHAPE(m->vocabulary, C));
    m->bias = tape_parameter(tape, "output.bias", SHAPE(m->vocabulary));
}

/* aligner_start: random weights. */
static inline void aligner_start(struct aligner *m, uint64_t seed)
{
    struct random random = random_new(seed, 8);
    normals(m->table, 1, &random);
    for (size_t i = 0; i < m->layers; i++) {
        recurrent_layer_start(&m->reader[0][i], &random, CELL_LSTM);
        recurrent_layer_start(&m->reader[1][i], &random, CELL_LSTM);
        recurrent_layer_start(&m->writer[i], &random, CELL_LSTM);
    }
    struct tensor *const more[] = { m->match[0], m->match[1], m->mix };
    for (size_t i = 0; i < 3; i++)
        if (more[i])
            normals(more[i], 1 / sqrtf((float)more[i]->shape[0]), &random);
    if (m->va)
        normals(m->va, 1 / sqrtf((float)m->va->count), &random);
    normals(m->out, 1 / sqrtf((float)m->width), &random);
}
#endif
