/* pointer_model.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct pointer_model, pointer_model_of, pointer_decode,
 * pointer_batch, pointer_new, pointer_start */

#ifndef POINTER_MODEL_H
#define POINTER_MODEL_H
#include "transformer/transformer.h"
#include "translation/pointer.h"

struct pointer_model {
    struct transformer base;          /* stands first */
    struct tensor *query;             /* (C, C) */
    struct tensor *gate, *bias;       /* (C, 1)  (1) */
};

/* pointer_model_of: the model of a pass, whose transformer it begins with. */
static inline const struct pointer_model *pointer_model_of(
    const struct pass *p)
{
    return (const void *)p->model;
}

/* pointer_decode: as transformer_decode, but log p, with weights (B, T, S);
 * gate, if not NULL, gets the gate (B, T, 1) before its sigmoid. */
static inline struct tensor *pointer_decode(const struct pass *p,
    struct tensor *memory, const int32_t *source, const int32_t *before,
    size_t length, size_t first, struct tensor **gate)
{
    const struct pointer_model *m = pointer_model_of(p);
    struct tensor *x = transformer_states(p, memory, before, length, first);
    struct tensor *logits = tape_product(p->on, x, m->base.shared,
                                         TRANSPOSE_B);
    struct tensor *q = tape_matmul(p->on, x, m->query);
    q = tape_scale(p->on, q, 1 / sqrtf((float)m->base.width));
    struct tensor *scores = tape_product(p->on, q, memory, TRANSPOSE_B);
    struct tensor *open = tape_bias(p->on, tape_matmul(p->on, x, m->gate),
                                    m->bias);
    if (gate)
        *gate = open;
    return tape_pointer(p->on, logits, scores, open, source, p->lengths);
}

/* pointer_batch: as batch_logits. */
static inline struct tensor *pointer_batch(const struct pass *p,
    const struct batch *b, struct tensor **gate)
{
    struct pass pass = *p;
    pass.lengths = b->lengths;
    struct tensor *memory = transformer_encode(&pass, b->source, b->n,
                                               b->sources);
    pass.seed = mix_bits(p->seed, LAYERS_MOST);
    return pointer_decode(&pass, memory, b->source, b->before, b->targets, 0,
                          gate);
}

/* pointer_new: the parameters on a tape, all zeros; see transformer_new. */
static inline void pointer_new(struct pointer_model *m, struct tape *tape)
{
    const size_t width = m->base.width;
    transformer_new(&m->base, tape);
    m->query = tape_parameter(tape, "pointer.query.weight",
                              SHAPE(width, width));
    m->gate = tape_parameter(tape, "pointer.gate.weight", SHAPE(width, 1));
    m->bias = tape_parameter(tape, "pointer.gate.bias", SHAPE(1));
}

/* pointer_start: random weights.  The gate begins at a half. */
static inline void pointer_start(struct pointer_model *m, uint64_t seed)
{
    struct random random = random_new(seed, 18);
    transformer_start(&m->base, seed);
    for (size_t i = 0; i < m->query->count; i++)
        m->query->data[i] = random_normal(&random)
                          / sqrtf((float)m->base.width);
}
#endif

