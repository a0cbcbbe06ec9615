/* pointer_model_double.h -- generated from pointer_model.h by the build. Do not edit. */
/* It is translation/pointer_model.h of chapters/18-translation.nw in double. The book
 * has its names without _double. */


#ifndef POINTER_MODEL_H_double
#define POINTER_MODEL_H_double
#include "double/transformer_double.h"
#include "double/pointer_double.h"

struct pointer_model_double {
    struct transformer_double base;          /* stands first */
    struct tensor_double *query;             /* (C, C) */
    struct tensor_double *gate, *bias;       /* (C, 1)  (1) */
};

/* pointer_model_of: the model of a pass, whose transformer it begins with. */
static inline const struct pointer_model_double *pointer_model_of_double(
    const struct pass_double *p)
{
    return (const void *)p->model;
}

/* pointer_decode: as transformer_decode, but log p, with weights (B, T, S);
 * gate, if not NULL, gets the gate (B, T, 1) before its sigmoid. */
static inline struct tensor_double *pointer_decode_double(const struct pass_double *p,
    struct tensor_double *memory, const int32_t *source, const int32_t *before,
    size_t length, size_t first, struct tensor_double **gate)
{
    const struct pointer_model_double *m = pointer_model_of_double(p);
    struct tensor_double *x = transformer_states_double(p, memory, before, length, first);
    struct tensor_double *logits = tape_product_double(p->on, x, m->base.shared,
                                         TRANSPOSE_B_double);
    struct tensor_double *q = tape_matmul_double(p->on, x, m->query);
    q = tape_scale_double(p->on, q, 1 / sqrt((double)m->base.width));
    struct tensor_double *scores = tape_product_double(p->on, q, memory, TRANSPOSE_B_double);
    struct tensor_double *open = tape_bias_double(p->on, tape_matmul_double(p->on, x, m->gate),
                                    m->bias);
    if (gate)
        *gate = open;
    return tape_pointer_double(p->on, logits, scores, open, source, p->lengths);
}

/* pointer_batch: as batch_logits. */
static inline struct tensor_double *pointer_batch_double(const struct pass_double *p,
    const struct batch *b, struct tensor_double **gate)
{
    struct pass_double pass_double = *p;
    pass_double.lengths = b->lengths;
    struct tensor_double *memory = transformer_encode_double(&pass_double, b->source, b->n,
                                               b->sources);
    pass_double.seed = mix_bits_double(p->seed, LAYERS_MOST_double);
    return pointer_decode_double(&pass_double, memory, b->source, b->before, b->targets, 0,
                          gate);
}

/* pointer_new: the parameters on a tape, all zeros; see transformer_new. */
static inline void pointer_new_double(struct pointer_model_double *m, struct tape_double *tape_double)
{
    const size_t width = m->base.width;
    transformer_new_double(&m->base, tape_double);
    m->query = tape_parameter_double(tape_double, "pointer.query.weight",
                              SHAPE_double(width, width));
    m->gate = tape_parameter_double(tape_double, "pointer.gate.weight", SHAPE_double(width, 1));
    m->bias = tape_parameter_double(tape_double, "pointer.gate.bias", SHAPE_double(1));
}

/* pointer_start: random weights.  The gate begins at a half. */
static inline void pointer_start_double(struct pointer_model_double *m, uint64_t seed)
{
    struct random random = random_new(seed, 18);
    transformer_start_double(&m->base, seed);
    for (size_t i = 0; i < m->query->count; i++)
        m->query->data[i] = random_normal(&random)
                          / sqrt((double)m->base.width);
}
#endif

