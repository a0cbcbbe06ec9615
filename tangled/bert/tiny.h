/* tiny.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: tiny_loss */

#ifndef TINY_BERT_H
#define TINY_BERT_H
#include "bert/bert.h"

enum { TINY_B = 3, TINY_T = 6, TINY_V = 13, TINY_P = 8, TINY_S = 2,
       TINY_C = 12, TINY_H = 3, TINY_L = 2, TINY_F = 10, TINY_K = 5,
       TINY_ASKED = 4, TINY_ROWS = TINY_B * TINY_T * TINY_C };
static const int32_t tiny_ids[TINY_B * TINY_T] = { 2, 7, 11, 4, 5, 3,
    2, 6, 4, 3, 0, 0,  2, 12, 1, 8, 3, 0 };
static const int32_t tiny_types[TINY_B * TINY_T] = { 0, 0, 0, 1, 1, 1,
    0, 0, 0, 0, 0, 0,  0, 0, 1, 1, 1, 0 };
static const size_t tiny_lengths[TINY_B] = { 6, 4, 5 };
static const int32_t tiny_places[TINY_ASKED] = { 3, 8, 13, 15 };
static const int32_t tiny_want[TINY_ASKED] = { 9, 10, 12, 5 };
static const int32_t tiny_kinds[TINY_B] = { 3, 0, 4 };

static inline struct bert_kind tiny_kind(bool causal, float drop)
{
    return (struct bert_kind){ TINY_V, TINY_P, TINY_S, TINY_C, TINY_H, TINY_L,
        TINY_F, .fills = true, .pools = true, .kinds = TINY_K,
        .causal = causal, .drop = drop };
}

static inline struct bert_input tiny_input(void)
{
    return (struct bert_input){ TINY_B, TINY_T, tiny_ids, tiny_types,
                                tiny_lengths, 5 };
}

/* tiny_loss: of both tasks at once, so that each parameter has a gradient.
 * Begins the tape. */
static inline struct tensor *tiny_loss(struct tape *on, struct bert *b)
{
    const struct bert_input in = tiny_input();
    tape_reset(on);
    struct tensor *z = bert_forward(on, b, &in);
    struct tensor *fill = tape_cross_entropy(on, bert_fill(on, b, z,
        tiny_places, TINY_ASKED), tiny_want, 0, -1);
    struct tensor *sort = tape_cross_entropy(on, bert_classify(on, b, &in),
                                             tiny_kinds, 0, -1);
    return tape_add(on, fill, sort);
}
#endif
