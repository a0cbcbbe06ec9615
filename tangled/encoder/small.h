/* small.h -- generated from chapters/14-encoder.nw. Do not edit. */
/* Offers: enum small_kind, struct small */

#ifndef SMALL_ENCODER_H
#define SMALL_ENCODER_H
#include "encoder/encoder.h"

enum small_kind { SMALL_PLAIN, SMALL_CAUSAL, SMALL_UNPLACED, SMALL_KINDS };
enum { SMALL_B = 3, SMALL_T = 5, SMALL_V = 11, SMALL_C = 8, SMALL_H = 4,
       SMALL_L = 2, SMALL_F = 6, SMALL_K = 7,
       SMALL_ROWS = SMALL_B * SMALL_T * SMALL_C };

struct small {
    struct tape *on;
    struct encoder e;
    int32_t ids[SMALL_B * SMALL_T], kinds[SMALL_B];
    size_t lengths[SMALL_B];
};

static inline struct small small_encoder(int kind)
{
    struct random random = random_new(3, 14);
    const struct encoder_kind is = { SMALL_V, SMALL_C, SMALL_H, SMALL_L,
        SMALL_F, SMALL_K, .causal = kind == SMALL_CAUSAL,
        .unplaced = kind == SMALL_UNPLACED, .drop = .25f };
    struct small s = { .on = tape_new(), .kinds = { 4, 0, 6 },
                       .lengths = { SMALL_T, 3, 4 } };
    s.e = encoder_new(s.on, &is);
    encoder_start(&s.e, &random);
    for (size_t i = 0; i < s.on->size; i++)
        s.on->values[i] += .2f * random_normal(&random);
    for (size_t i = 0; i < SMALL_B * SMALL_T; i++)
        s.ids[i] = (int32_t)random_below(&random, SMALL_V);
    return s;
}

static inline struct encoder_input small_input(const struct small *s)
{
    return (struct encoder_input){ SMALL_B, SMALL_T, s->ids, s->lengths, 5 };
}

static inline struct tensor *small_rows(struct small *s)
{
    const struct encoder_input b = small_input(s);
    tape_reset(s->on);
    return encoder_forward(s->on, &s->e, &b);
}

static inline struct tensor *small_logits(struct small *s)
{
    const struct encoder_input b = small_input(s);
    tape_reset(s->on);
    return encoder_pooled(s->on, &s->e, &b);
}

static inline struct tensor *small_loss(struct small *s)
{
    return tape_cross_entropy(s->on, small_logits(s), s->kinds, 0, -1);
}

static inline void small_free(struct small *s)
{
    tape_free(s->on);
}
#endif
