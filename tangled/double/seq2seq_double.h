/* seq2seq_double.h -- generated from seq2seq.h by the build. Do not edit. */
/* It is recurrence/seq2seq.h of chapters/07-recurrence.nw in double. The book
 * has its names without _double. */


#ifndef SEQ2SEQ_H_double
#define SEQ2SEQ_H_double
#include "double/dropout_double.h"
#include "double/recurrence_double.h"

/* seq2seq.h: interface */
enum { RECURRENT_LAYERS_double = 8, READ_FORWARD_double = 0, READ_BACKWARD_double = 1 };

/* An encoder and a decoder: V units in one table. */
struct seq2seq_double {
    size_t vocabulary, layers, embed, width;      /* V, N, E, C */
    enum cell_kind_double cell;
    int reading;                      /* how the encoder reads */
    double drop;                       /* the rate of dropout */
    struct tensor_double *table;             /* (V, E) */
    struct recurrent_layer_double encoder[RECURRENT_LAYERS_double],
                           decoder[RECURRENT_LAYERS_double];
    struct tensor_double *out, *bias;        /* (V, C), (V) */
};

/* A pass of it: on a tape; the lengths of the sources; seed of dropout. */
struct seq2seq_pass_double {
    struct tape_double *on;
    const struct seq2seq_double *model;
    const size_t *lengths;            /* (B) */
    uint64_t seed;
};
/* seq2seq.h: helpers */
/* ids_by_time: ids (B, T)  ->  (T, B), in the memory of the tape. */
static inline const int32_t *ids_by_time_double(struct tape_double *tape_double,
    const int32_t *ids, size_t batch, size_t length)
{
    int32_t *turned = tape_take_double(tape_double, size_product(batch, length),
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
static inline struct tensor_double *seq2seq_stack_double(const struct seq2seq_pass_double *p,
    const struct recurrent_layer_double *layer, struct recurrent_state_double *at,
    const struct recurrent_how_double *how, const int32_t *ids, size_t batch,
    size_t length)
{
    const struct seq2seq_double *m = p->model;
    struct tensor_double *x = tape_embedding_double(p->on, m->table,
        ids_by_time_double(p->on, ids, batch, length), SHAPE_double(length, batch));
    for (size_t i = 0; i < m->layers; i++) {
        const struct dropout_double drop = { m->drop, mix_bits_double(p->seed, i) };
        x = tape_dropout_double(p->on, x, &drop);
        x = tape_recurrence_double(p->on, x, &layer[i], at[i], how);
        at[i] = recurrence_last_double(p->on, x, how);
        x = recurrence_states_double(p->on, x, how);
    }
    return x;
}

/* seq2seq_encode: source (B, S)  ->  at (N): what is left of it. */
static inline void seq2seq_encode_double(const struct seq2seq_pass_double *p,
    struct recurrent_state_double *at, const int32_t *source, size_t batch,
    size_t length)
{
    const struct recurrent_how_double how = { .cell = p->model->cell,
        .lengths = p->lengths,
        .backwards = p->model->reading == READ_BACKWARD_double };
    memset(at, 0, p->model->layers * sizeof *at);
    seq2seq_stack_double(p, p->model->encoder, at, &how, source, batch, length);
}

/* seq2seq_decode: before (B, T)  ->  logits (B, T, V); at as above. */
static inline struct tensor_double *seq2seq_decode_double(const struct seq2seq_pass_double *p,
    struct recurrent_state_double *at, const int32_t *before, size_t batch,
    size_t length)
{
    const struct seq2seq_double *m = p->model;
    const struct recurrent_how_double how = { .cell = m->cell };
    struct tensor_double *x = seq2seq_stack_double(p, m->decoder, at, &how, before, batch,
                                     length);
    x = tape_swap_double(p->on, x, 0, 1);
    x = tape_product_double(p->on, x, m->out, TRANSPOSE_B_double);
    return tape_bias_double(p->on, x, m->bias);
}

/* seq2seq_new: the parameters on a tape, all zeros; m has the sizes. */
static inline void seq2seq_new_double(struct seq2seq_double *m, struct tape_double *tape_double)
{
    REQUIRE(m->vocabulary > 2 && m->layers > 0
            && m->layers <= RECURRENT_LAYERS_double && m->embed > 0 && m->width > 0);
    m->table = tape_parameter_double(tape_double, "embedding.weight",
                              SHAPE_double(m->vocabulary, m->embed));
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < m->layers; i++)
            recurrent_layer_new_double((side ? m->decoder : m->encoder) + i, tape_double,
                                side ? "decoder" : "encoder", i,
                                i ? m->width : m->embed, m->width, m->cell);
    m->out = tape_parameter_double(tape_double, "output.weight",
                            SHAPE_double(m->vocabulary, m->width));
    m->bias = tape_parameter_double(tape_double, "output.bias", SHAPE_double(m->vocabulary));
}

/* seq2seq_start: random weights. */
static inline void seq2seq_start_double(struct seq2seq_double *m, uint64_t seed)
{
    struct random random = random_new(seed, 7);
    normals_double(m->table, 1, &random);
    for (size_t i = 0; i < 2 * m->layers; i++)
        recurrent_layer_start_double(i < m->layers ? &m->encoder[i]
                              : &m->decoder[i - m->layers], &random, m->cell);
    normals_double(m->out, 1 / sqrt((double)m->width), &random);
}
#endif
