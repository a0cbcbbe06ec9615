/* heads.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: head_off, induction_score */

/* heads.h -- what a head of a GPT does, and a GPT without it. */
#ifndef HEADS_H
#define HEADS_H
#include "gpt/gpt.h"

/* head_off: a head of a layer, both from 0 on, gives nothing any more. */
static inline void head_off(struct gpt *g, size_t layer, size_t head)
{
    const size_t n = g->is.width, rows = n / g->is.heads;
    REQUIRE(layer < g->is.layers && head < g->is.heads);
    memset(g->layer[layer].at[ATTN_PROJ_WEIGHT]->data + head * rows * n, 0,
           rows * n * sizeof(float));
}

/* induction_score: how much the second n of 2 n places look at what stood
 * behind their token in the first n.  weights (2 n, 2 n) of one head. */
static inline float induction_score(const float *weights, size_t n)
{
    double sum = 0;
    for (size_t i = n; i < 2 * n; i++)
        sum += (double)weights[i * 2 * n + i - n + 1];
    return (float)(sum / (double)n);
}
#endif
