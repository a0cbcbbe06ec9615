/* aligner_double.h -- generated from aligner.h by the build. Do not edit. */
/* It is alignment/aligner.h of chapters/08-alignment.nw in double. The book
 * has its names without _double. */


#ifndef ALIGNER_H_double
#define ALIGNER_H_double
#include "double/alignment_double.h"
#include "double/dropout_double.h"
#include "double/seq2seq_double.h"
#include "kit/batch.h"

enum align_kind_double { ALIGN_ADDITIVE_double, ALIGN_DOT_double, ALIGN_GENERAL_double, ALIGN_CONCAT_double,
                  ALIGN_LINEAR_double };

/* An encoder that reads from both ends, and a decoder that looks at it. */
struct aligner_double {
    size_t vocabulary, layers, embed, width;    /* V, N, E, C: even */
    int kind;                         /* of score: enum align_kind */
    double drop;                       /* the rate of dropout */
    struct tensor_double *table;             /* (V, E) */
    struct recurrent_layer_double reader[2][RECURRENT_LAYERS_double],
                           writer[RECURRENT_LAYERS_double];
    struct tensor_double *match[2], *va;     /* see aligner_matrix; (A) */
    struct tensor_double *mix;               /* (2 C, C) */
    struct tensor_double *out, *bias;        /* (V, C), (V) */
};

/* A pass of it: on a tape; the lengths of the sources; seed of dropout. */
struct aligner_pass_double {
    struct tape_double *on;
    const struct aligner_double *model;
    const size_t *lengths;            /* (B) */
    uint64_t seed;
    double *maps;                      /* (T, B, S): gets weights; or NULL */
};

/* Between two steps: NULL is zeros. */
struct aligner_state_double {
    struct recurrent_state_double layer[RECURRENT_LAYERS_double];   /* each (B, C) */
    struct tensor_double *context;                           /* (B, C) */
};
/* aligner_drop: dropout at one of the places of a pass. */
static inline struct tensor_double *aligner_drop_double(const struct aligner_pass_double *p,
                                          struct tensor_double *x, size_t place)
{
    const struct dropout_double drop = { p->model->drop, mix_bits_double(p->seed, place) };
    return tape_dropout_double(p->on, x, &drop);
}

/* aligner_embed: ids (B, T)  ->  (T, B, E). */
static inline struct tensor_double *aligner_embed_double(const struct aligner_pass_double *p,
    const int32_t *ids, size_t batch, size_t length)
{
    struct tensor_double *x = tape_embedding_double(p->on, p->model->table,
        ids_by_time_double(p->on, ids, batch, length), SHAPE_double(length, batch));
    return aligner_drop_double(p, x, 0);
}
/* aligner_matrix: what queries (0) or keys (1) are multiplied by, or NULL. */
static inline struct tensor_double *aligner_matrix_double(const struct aligner_pass_double *p,
                                            size_t which)
{
    const struct aligner_double *m = p->model;
    const size_t half = m->width * (m->width / 2);
    if (m->kind != ALIGN_CONCAT_double)
        return m->match[which];
    return tape_part_double(p->on, m->match[0], which * half,
                     SHAPE_double(m->width, m->width / 2));
}

/* aligner_look: h (B, C)  ->  context (B, C); memory (B, S, C), keys
 * (B, S, A) as aligner_keys makes them. */
static inline struct tensor_double *aligner_look_double(const struct aligner_pass_double *p,
    struct tensor_double *h, struct tensor_double *memory, struct tensor_double *keys)
{
    const struct aligner_double *m = p->model;
    struct tensor_double *w = aligner_matrix_double(p, 0);
    const struct align_how_double how = { p->lengths, m->kind == ALIGN_LINEAR_double };
    struct tensor_double *q = w ? tape_matmul_double(p->on, h, w) : h;
    return tape_align_double(p->on, q, keys, memory, m->va, &how);
}

/* aligner_keys: of memory (B, S, C). */
static inline struct tensor_double *aligner_keys_double(const struct aligner_pass_double *p,
                                          struct tensor_double *memory)
{
    struct tensor_double *w = aligner_matrix_double(p, 1);
    return w ? tape_matmul_double(p->on, memory, w) : memory;
}

/* aligner_read: source (B, S)  ->  memory (B, S, C). */
static inline struct tensor_double *aligner_read_double(const struct aligner_pass_double *p,
    const int32_t *source, size_t batch, size_t length)
{
    const struct aligner_double *m = p->model;
    struct tensor_double *way[2], *x = aligner_embed_double(p, source, batch, length);
    for (size_t i = 0; i < m->layers; i++) {
        x = i ? aligner_drop_double(p, x, i) : x;
        for (size_t back = 0; back < 2; back++) {
            const struct recurrent_how_double how = { .cell = CELL_LSTM_double,
                .lengths = p->lengths, .backwards = back == 1 };
            way[back] = recurrence_states_double(p->on, tape_recurrence_double(p->on, x,
                &m->reader[back][i], (struct recurrent_state_double){ NULL, NULL },
                &how), &how);
        }
        x = tape_join_double(p->on, way[0], way[1]);
    }
    return tape_swap_double(p->on, x, 0, 1);
}

/* aligner_step: x (B, E): the unit before; at: of the step before, becomes
 * that of this one. */
static inline void aligner_step_double(const struct aligner_pass_double *p,
    struct aligner_state_double *at, struct tensor_double *x, struct tensor_double *memory,
    struct tensor_double *keys, size_t t)
{
    const struct aligner_double *m = p->model;
    const struct recurrent_how_double how = { .cell = CELL_LSTM_double };
    const size_t B = x->shape[0];
    if (!at->context)
        at->context = tape_input_double(p->on, tape_zeros_double(p->on, B * m->width),
                                 SHAPE_double(B, m->width));
    x = tape_join_double(p->on, x, at->context);
    for (size_t i = 0; i < m->layers; i++) {
        x = i ? aligner_drop_double(p, x, (t + 1) * RECURRENT_LAYERS_double + i) : x;
        x = tape_reshape_double(p->on, x, SHAPE_double(1, B, x->shape[1]));
        x = tape_recurrence_double(p->on, x, &m->writer[i], at->layer[i], &how);
        at->layer[i] = recurrence_last_double(p->on, x, &how);
        x = at->layer[i].h;
    }
    at->context = aligner_look_double(p, x, memory, keys);
    if (p->maps)
        memcpy(p->maps + t * memory->shape[0] * memory->shape[1],
               at->context->attention,
               memory->shape[0] * memory->shape[1] * sizeof(double));
}

/* aligner_write: before (B, T), memory and keys  ->  logits (B, T, V); at as
 * in aligner_step.  Checked: T <= SEQUENCE_MOST. */
static inline struct tensor_double *aligner_write_double(const struct aligner_pass_double *p,
    struct aligner_state_double *at, struct tensor_double *memory, struct tensor_double *keys,
    const int32_t *before, size_t length)
{
    const struct aligner_double *m = p->model;
    const size_t B = memory->shape[0], row = B * m->embed;
    struct tensor_double *h[SEQUENCE_MOST], *c[SEQUENCE_MOST];
    struct tensor_double *x = aligner_embed_double(p, before, B, length);
    REQUIRE(length <= SEQUENCE_MOST);
    for (size_t t = 0; t < length; t++) {
        aligner_step_double(p, at, tape_part_double(p->on, x, t * row, SHAPE_double(B, m->embed)),
                     memory, keys, t);
        h[t] = at->layer[m->layers - 1].h, c[t] = at->context;
    }
    x = tape_join_double(p->on, tape_stack_double(p->on, h, length),
                  tape_stack_double(p->on, c, length));
    x = tape_tanh_double(p->on, tape_matmul_double(p->on, x, m->mix));
    x = tape_swap_double(p->on, aligner_drop_double(p, x, RECURRENT_LAYERS_double), 0, 1);
    x = tape_product_double(p->on, x, m->out, TRANSPOSE_B_double);
    return tape_bias_double(p->on, x, m->bias);
}

static inline void aligner_score_new_double(struct aligner_double *m, struct tape_double *tape_double)
{
    const size_t C = m->width, A = C / 2;
    const bool two = m->kind == ALIGN_ADDITIVE_double || m->kind == ALIGN_LINEAR_double;
    m->match[0] = m->match[1] = m->va = NULL;
    if (two)
        m->match[0] = tape_parameter_double(tape_double, "attention.query", SHAPE_double(C, A));
    if (two)
        m->match[1] = tape_parameter_double(tape_double, "attention.key", SHAPE_double(C, A));
    if (m->kind == ALIGN_GENERAL_double)
        m->match[1] = tape_parameter_double(tape_double, "attention.key", SHAPE_double(C, C));
    if (m->kind == ALIGN_CONCAT_double)
        m->match[0] = tape_parameter_double(tape_double, "attention.weight",
                                     SHAPE_double(2 * C, A));
    if (two || m->kind == ALIGN_CONCAT_double)
        m->va = tape_parameter_double(tape_double, "attention.v", SHAPE_double(A));
}

/* aligner_new: the parameters on a tape, all zeros; m has the sizes. */
static inline void aligner_new_double(struct aligner_double *m, struct tape_double *tape_double)
{
    const size_t C = m->width;
    REQUIRE(m->vocabulary > 2 && m->embed > 0 && C > 0 && C % 2 == 0);
    REQUIRE(m->layers > 0 && m->layers <= RECURRENT_LAYERS_double);
    m->table = tape_parameter_double(tape_double, "embedding.weight",
                              SHAPE_double(m->vocabulary, m->embed));
    for (size_t i = 0; i < m->layers; i++)
        for (size_t back = 0; back < 2; back++)
            recurrent_layer_new_double(&m->reader[back][i], tape_double,
                                back ? "encoder.backward" : "encoder.forward",
                                i, i ? C : m->embed, C / 2, CELL_LSTM_double);
    for (size_t i = 0; i < m->layers; i++)
        recurrent_layer_new_double(&m->writer[i], tape_double, "decoder", i,
                            i ? C : m->embed + C, C, CELL_LSTM_double);
    aligner_score_new_double(m, tape_double);
    m->mix = tape_parameter_double(tape_double, "mix.weight", SHAPE_double(2 * C, C));
    m->out = tape_parameter_double(tape_double, "output.weight", SHAPE_double(m->vocabulary, C));
    m->bias = tape_parameter_double(tape_double, "output.bias", SHAPE_double(m->vocabulary));
}

/* aligner_start: random weights. */
static inline void aligner_start_double(struct aligner_double *m, uint64_t seed)
{
    struct random random = random_new(seed, 8);
    normals_double(m->table, 1, &random);
    for (size_t i = 0; i < m->layers; i++) {
        recurrent_layer_start_double(&m->reader[0][i], &random, CELL_LSTM_double);
        recurrent_layer_start_double(&m->reader[1][i], &random, CELL_LSTM_double);
        recurrent_layer_start_double(&m->writer[i], &random, CELL_LSTM_double);
    }
    struct tensor_double *const more[] = { m->match[0], m->match[1], m->mix };
    for (size_t i = 0; i < 3; i++)
        if (more[i])
            normals_double(more[i], 1 / sqrt((double)more[i]->shape[0]), &random);
    if (m->va)
        normals_double(m->va, 1 / sqrt((double)m->va->count), &random);
    normals_double(m->out, 1 / sqrt((double)m->width), &random);
}
#endif
