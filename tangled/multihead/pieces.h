/* pieces.h -- generated from chapters/10-multihead.nw. Do not edit. */
/* Offers: cut_pieces, pieces_multihead */

#ifndef PIECES_H
#define PIECES_H
#include "multihead/multihead.h"

/* cut_pieces: x W + b as (B, H, T, d); wrong: only called so. */
static inline struct tensor *cut_pieces(struct tape *tape,
    struct tensor *x, struct tensor *w, struct tensor *b, size_t heads,
    bool wrong)
{
    size_t d = w->shape[1] / heads, n = x->shape[0], rows = x->shape[1];
    struct tensor *y = tape_matmul(tape, x, w);
    y = b ? tape_bias(tape, y, b) : y;
    if (wrong)
        return tape_reshape(tape, y, SHAPE(n, heads, rows, d));
    y = tape_reshape(tape, y, SHAPE(n, rows, heads, d));
    return tape_swap(tape, y, 1, 2);
}

/* pieces_multihead: tape_multihead from smaller steps; wrong: wrongly cut. */
static inline struct tensor *pieces_multihead(struct tape *tape,
    struct tensor *x, const struct multihead_parameters *p, bool wrong)
{
    struct tensor *q = cut_pieces(tape, x, p->wq, p->bq, p->heads, wrong);
    struct tensor *k = cut_pieces(tape, x, p->wk, p->bk, p->heads, wrong);
    struct tensor *v = cut_pieces(tape, x, p->wv, p->bv, p->heads, wrong);
    struct tensor *y = tape_attention(tape, q, k, v, p->causal, p->lengths);
    const float *weights = y->attention;
    if (!wrong)
        y = tape_swap(tape, y, 1, 2);
    y = tape_reshape(tape, y, SHAPE(x->shape[0], x->shape[1],
                                    p->wo->shape[0]));
    y = tape_matmul(tape, y, p->wo);
    y = p->bo ? tape_bias(tape, y, p->bo) : y;
    y->attention = weights;
    return y;
}
#endif
