/* small_double.h -- generated from small.h by the build. Do not edit. */
/* It is encoder/small.h of chapters/14-encoder.nw in double. The book
 * has its names without _double. */


#ifndef SMALL_ENCODER_H_double
#define SMALL_ENCODER_H_double
#include "double/encoder_double.h"

enum small_kind_double { SMALL_PLAIN_double, SMALL_CAUSAL_double, SMALL_UNPLACED_double, SMALL_KINDS_double };
enum { SMALL_B_double = 3, SMALL_T_double = 5, SMALL_V_double = 11, SMALL_C_double = 8, SMALL_H_double = 4,
       SMALL_L_double = 2, SMALL_F_double = 6, SMALL_K_double = 7,
       SMALL_ROWS_double = SMALL_B_double * SMALL_T_double * SMALL_C_double };

struct small_double {
    struct tape_double *on;
    struct encoder_double e;
    int32_t ids[SMALL_B_double * SMALL_T_double], kinds[SMALL_B_double];
    size_t lengths[SMALL_B_double];
};

static inline struct small_double small_encoder_double(int kind)
{
    struct random random = random_new(3, 14);
    const struct encoder_kind_double is = { SMALL_V_double, SMALL_C_double, SMALL_H_double, SMALL_L_double,
        SMALL_F_double, SMALL_K_double, .causal = kind == SMALL_CAUSAL_double,
        .unplaced = kind == SMALL_UNPLACED_double, .drop = .25 };
    struct small_double s = { .on = tape_new_double(), .kinds = { 4, 0, 6 },
                       .lengths = { SMALL_T_double, 3, 4 } };
    s.e = encoder_new_double(s.on, &is);
    encoder_start_double(&s.e, &random);
    for (size_t i = 0; i < s.on->size; i++)
        s.on->values[i] += .2 * random_normal(&random);
    for (size_t i = 0; i < SMALL_B_double * SMALL_T_double; i++)
        s.ids[i] = (int32_t)random_below(&random, SMALL_V_double);
    return s;
}

static inline struct encoder_input_double small_input_double(const struct small_double *s)
{
    return (struct encoder_input_double){ SMALL_B_double, SMALL_T_double, s->ids, s->lengths, 5 };
}

static inline struct tensor_double *small_rows_double(struct small_double *s)
{
    const struct encoder_input_double b = small_input_double(s);
    tape_reset_double(s->on);
    return encoder_forward_double(s->on, &s->e, &b);
}

static inline struct tensor_double *small_logits_double(struct small_double *s)
{
    const struct encoder_input_double b = small_input_double(s);
    tape_reset_double(s->on);
    return encoder_pooled_double(s->on, &s->e, &b);
}

static inline struct tensor_double *small_loss_double(struct small_double *s)
{
    return tape_cross_entropy_double(s->on, small_logits_double(s), s->kinds, 0, -1);
}

static inline void small_free_double(struct small_double *s)
{
    tape_free_double(s->on);
}
#endif
