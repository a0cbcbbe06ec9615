/* wrong_pointers.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: pointer_mixed, pointer_last */

#ifndef WRONG_POINTERS_H
#define WRONG_POINTERS_H
#include "translation/pointer.h"

enum { POINTER_RIGHT, POINTER_MIXED, POINTER_LAST };

/* pointer_mixed: logits are mixed, not chances. */
static inline void pointer_mixed(float *out, float *weights,
                                 const struct mixture *p)
{
    const size_t S = p->sources, V = p->vocabulary;
    pointer_forward(out, weights, p);
    for (size_t r = 0; r < p->batch * p->targets; r++) {
        const float g = sigmoid_plain(p->gate[r]), *a = weights + r * S;
        for (size_t v = 0; v < V; v++)
            out[r * V + v] = g * p->logits[r * V + v];
        for (size_t s = 0; s < S; s++)
            out[r * V + (size_t)p->source[r / p->targets * S + s]]
                += (1 - g) * a[s];
    }
    log_softmax_rows(out, out, p->batch * p->targets, V);
}

/* pointer_last: a place writes its weight where it should add it. */
static inline void pointer_last(float *out, float *weights,
                                const struct mixture *p)
{
    const size_t S = p->sources, V = p->vocabulary;
    pointer_forward(out, weights, p);
    for (size_t r = 0; r < p->batch * p->targets; r++) {
        const size_t b = r / p->targets;
        const float g = sigmoid_plain(p->gate[r]);
        const float *x = p->logits + r * V, all = log_sum_exp(x, V);
        for (size_t s = 0; s < p->lengths[b]; s++) {
            const size_t v = (size_t)p->source[b * S + s];
            out[r * V + v] = logf(g * expf(x[v] - all)
                                  + (1 - g) * weights[r * S + s]);
        }
    }
}
#endif

