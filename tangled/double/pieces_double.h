/* pieces_double.h -- generated from pieces.h by the build. Do not edit. */
/* It is multihead/pieces.h of chapters/10-multihead.nw in double. The book
 * has its names without _double. */


#ifndef PIECES_H_double
#define PIECES_H_double
#include "double/multihead_double.h"

/* cut_pieces: x W + b as (B, H, T, d); wrong: only called so. */
static inline struct tensor_double *cut_pieces_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *w, struct tensor_double *b, size_t heads,
    bool wrong)
{
    size_t d = w->shape[1] / heads, n = x->shape[0], rows = x->shape[1];
    struct tensor_double *y = tape_matmul_double(tape_double, x, w);
    y = b ? tape_bias_double(tape_double, y, b) : y;
    if (wrong)
        return tape_reshape_double(tape_double, y, SHAPE_double(n, heads, rows, d));
    y = tape_reshape_double(tape_double, y, SHAPE_double(n, rows, heads, d));
    return tape_swap_double(tape_double, y, 1, 2);
}

/* pieces_multihead: tape_multihead from smaller steps; wrong: wrongly cut. */
static inline struct tensor_double *pieces_multihead_double(struct tape_double *tape_double,
    struct tensor_double *x, const struct multihead_parameters_double *p, bool wrong)
{
    struct tensor_double *q = cut_pieces_double(tape_double, x, p->wq, p->bq, p->heads, wrong);
    struct tensor_double *k = cut_pieces_double(tape_double, x, p->wk, p->bk, p->heads, wrong);
    struct tensor_double *v = cut_pieces_double(tape_double, x, p->wv, p->bv, p->heads, wrong);
    struct tensor_double *y = tape_attention_double(tape_double, q, k, v, p->causal, p->lengths);
    const double *weights = y->attention;
    if (!wrong)
        y = tape_swap_double(tape_double, y, 1, 2);
    y = tape_reshape_double(tape_double, y, SHAPE_double(x->shape[0], x->shape[1],
                                    p->wo->shape[0]));
    y = tape_matmul_double(tape_double, y, p->wo);
    y = p->bo ? tape_bias_double(tape_double, y, p->bo) : y;
    y->attention = weights;
    return y;
}
#endif
