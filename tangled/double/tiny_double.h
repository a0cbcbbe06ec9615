/* tiny_double.h -- generated from tiny.h by the build. Do not edit. */
/* It is bert/tiny.h of chapters/15-bert.nw in double. The book
 * has its names without _double. */


#ifndef TINY_BERT_H_double
#define TINY_BERT_H_double
#include "double/bert_double.h"

enum { TINY_B_double = 3, TINY_T_double = 6, TINY_V_double = 13, TINY_P_double = 8, TINY_S_double = 2,
       TINY_C_double = 12, TINY_H_double = 3, TINY_L_double = 2, TINY_F_double = 10, TINY_K_double = 5,
       TINY_ASKED_double = 4, TINY_ROWS_double = TINY_B_double * TINY_T_double * TINY_C_double };
static const int32_t tiny_ids_double[TINY_B_double * TINY_T_double] = { 2, 7, 11, 4, 5, 3,
    2, 6, 4, 3, 0, 0,  2, 12, 1, 8, 3, 0 };
static const int32_t tiny_types_double[TINY_B_double * TINY_T_double] = { 0, 0, 0, 1, 1, 1,
    0, 0, 0, 0, 0, 0,  0, 0, 1, 1, 1, 0 };
static const size_t tiny_lengths_double[TINY_B_double] = { 6, 4, 5 };
static const int32_t tiny_places_double[TINY_ASKED_double] = { 3, 8, 13, 15 };
static const int32_t tiny_want_double[TINY_ASKED_double] = { 9, 10, 12, 5 };
static const int32_t tiny_kinds_double[TINY_B_double] = { 3, 0, 4 };

static inline struct bert_kind_double tiny_kind_double(bool causal, double drop)
{
    return (struct bert_kind_double){ TINY_V_double, TINY_P_double, TINY_S_double, TINY_C_double, TINY_H_double, TINY_L_double,
        TINY_F_double, .fills = true, .pools = true, .kinds = TINY_K_double,
        .causal = causal, .drop = drop };
}

static inline struct bert_input_double tiny_input_double(void)
{
    return (struct bert_input_double){ TINY_B_double, TINY_T_double, tiny_ids_double, tiny_types_double,
                                tiny_lengths_double, 5 };
}

/* tiny_loss: of both tasks at once, so that each parameter has a gradient.
 * Begins the tape. */
static inline struct tensor_double *tiny_loss_double(struct tape_double *on, struct bert_double *b)
{
    const struct bert_input_double in = tiny_input_double();
    tape_reset_double(on);
    struct tensor_double *z = bert_forward_double(on, b, &in);
    struct tensor_double *fill = tape_cross_entropy_double(on, bert_fill_double(on, b, z,
        tiny_places_double, TINY_ASKED_double), tiny_want_double, 0, -1);
    struct tensor_double *sort = tape_cross_entropy_double(on, bert_classify_double(on, b, &in),
                                             tiny_kinds_double, 0, -1);
    return tape_add_double(on, fill, sort);
}
#endif
