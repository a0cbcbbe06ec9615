/* seq2seq.h -- generated from chapters/07-recurrence.nw. Do not edit. */
/* Offers: struct seq2seq, struct seq2seq_pass, ids_by_time, seq2seq_stack,
 * seq2seq_encode, seq2seq_decode, seq2seq_new, seq2seq_start */

#ifndef SEQ2SEQ_H
#define SEQ2SEQ_H
#include "gradient/dropout.h"
#include "recurrence/recurrence.h"

/* seq2seq.h: interface */
enum { RECURRENT_LAYERS = 8, READ_FORWARD = 0, READ_BACKWARD = 1 };

/* An encoder and a decoder: V units in one table. */
struct seq2seq {
    size_t vocabulary, layers, embed, width;      /* V, N, E, C */
    enum cell_kind cell;
    int reading;                      /* how the encoder reads */
    float drop;                       /* the rate of dropout */
    struct tensor *table;             /* (V, E) */
    struct recurrent_layer encoder[RECURRENT_LAYERS],
                           decoder[RECURRENT_LAYERS];
    struct tensor *out, *bias;        /* (V, C), (V) */
};

/* A pass of it: on a tape; the lengths of the sources; seed of dropout. */
struct seq2seq_pass {
    struct tape *on;
    const struct seq2seq *model;
    const size_t *lengths;            /* (B) */
    uint64_t seed;
};
/* seq2seq.h: helpers */
/* ids_by_time: ids (B, T)  ->  (T, B), in the memory of the tape. */
static inline const int32_t *ids_by_time(struct tape *tape,
    const int32_t *ids, size_t batch, size_t length)
{
    int32_t *turned = tape_take(tape, size_product(batch, length),
                                sizeof *turned);
    for (size_t b = 0; b < batch; b++)
        for (size_t t = 0; t < length; t++)
            turned[t * batch + b] = ids[b * length + t];
    return turned;
}
/* seq2seq.h: functions */
/* seq2seq_stack: ids (B, T)  ->  the states of the last layer, (T, B, C).
 * at (N): states to begin with, each (B, C), or NULL: zeros; becomes the
 * last ones. */
static inline struct tensor *seq2seq_stack(const struct seq2seq_pass *p,
    const struct recurrent_layer *layer, struct recurrent_state *at,
    const struct recurrent_how *how, const int32_t *ids, size_t batch,
    size_t length)
{
    const struct seq2seq *m = p->model;
    struct tensor *x = tape_embedding(p->on, m->table,
        ids_by_time(p->on, ids, batch, length), SHAPE(length, batch));
    for (size_t i = 0; i < m->layers; i++) {
        const struct dropout drop = { m->drop, mix_bits(p->seed, i) };
        x = tape_dropout(p->on, x, &drop);
        x = tape_recurrence(p->on, x, &layer[i], at[i], how);
        at[i] = recurrence_last(p->on, x, how);
        x = recurrence_states(p->on, x, how);
    }
    return x;
}

/* seq2seq_encode: source (B, S)  ->  at (N): what is left of it. */
static inline void seq2seq_encode(const struct seq2seq_pass *p,
    struct recurrent_state *at, const int32_t *source, size_t batch,
    size_t length)
{
    const struct recurrent_how how = { .cell = p->model->cell,
        .lengths = p->lengths,
        .backwards = p->model->reading == READ_BACKWARD };
    memset(at, 0, p->model->layers * sizeof *at);
    seq2seq_stack(p, p->model->encoder, at, &how, source, batch, length);
}

/* seq2seq_decode: before (B, T)  ->  logits (B, T, V); at as above. */
static inline struct tensor *seq2seq_decode(const struct seq2seq_pass *p,
    struct recurrent_state *at, const int32_t *before, size_t batch,
    size_t length)
{
    const struct seq2seq *m = p->model;
    const struct recurrent_how how = { .cell = m->cell };
    struct tensor *x = seq2seq_stack(p, m->decoder, at, &how, before, batch,
                                     length);
    x = tape_swap(p->on, x, 0, 1);
    x = tape_product(p->on, x, m->out, TRANSPOSE_B);
    return tape_bias(p->on, x, m->bias);
}

/* seq2seq_new: the parameters on a tape, all zeros; m has the sizes. */
static inline void seq2seq_new(struct seq2seq *m, struct tape *tape)
{
    REQUIRE(m->vocabulary > 2 && m->layers > 0
            && m->layers <= RECURRENT_LAYERS && m->embed > 0 && m->width > 0);
    m->table = tape_parameter(tape, "embedding.weight",
                              SHAPE(m->vocabulary, m->embed));
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < m->layers; i++)
            recurrent_layer_new((side ? m->decoder : m->encoder) + i, tape,
                                side ? "decoder" : "encoder", i,
                                i ? m->width : m->embed, m->width, m->cell);
    m->out = tape_parameter(tape, "output.weight",
                            SHAPE(m->vocabulary, m->width));
    m->bias = tape_parameter(tape, "output.bias", SHAPE(m->vocabulary));
}

/* seq2seq_start: random weights. */
static inline void seq2seq_start(struct seq2seq *m, uint64_t seed)
{
    struct random random = random_new(seed, 7);
    normals(m->table, 1, &random);
    for (size_t i = 0; i < 2 * m->layers; i++)
        recurrent_layer_start(i < m->layers ? &m->encoder[i]
                              : &m->decoder[i - m->layers], &random, m->cell);
    normals(m->out, 1 / sqrtf((float)m->width), &random);
}
#endif
