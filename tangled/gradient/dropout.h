/* dropout.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct dropout, dropout_forward, dropout_backward, mix_bits,
 * tape_dropout */

#ifndef DROPOUT_H
#define DROPOUT_H
#include "gradient/tape.h"

/* Dropout: rate 0 leaves it out, as when a model is used.  Another seed is
 * another mask: change it in every step, and for every place. */
struct dropout { float rate; uint64_t seed; };
static inline bool dropout_keeps(const struct dropout *drop, uint64_t limit,
                                 size_t i);
static inline uint64_t dropout_limit(const struct dropout *drop);

/* dropout_forward: out[i] = x[i] / (1 - rate), or 0 with a chance of rate;
 * out may be x.  The same bits for any number of threads.
 * Srivastava et al. 2014.  Checked: 0 <= rate < 1. */
static inline void dropout_forward(float *out, const float *x, size_t n,
                                   const struct dropout *drop)
{
    const uint64_t limit = dropout_limit(drop);
    const float scale = 1 / (1 - drop->rate);
    /* share the numbers among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 65536)
    #endif
    for (size_t i = 0; i < n; i++)
        out[i] = dropout_keeps(drop, limit, i) ? scale * x[i] : 0;
}

/* dropout_backward: ADDS to dx, with the mask of dropout_forward, which is
 * made again. */
static inline void dropout_backward(float *dx, const float *dout, size_t n,
                                    const struct dropout *drop)
{
    const uint64_t limit = dropout_limit(drop);
    const float scale = 1 / (1 - drop->rate);
    /* share the numbers among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 65536)
    #endif
    for (size_t i = 0; i < n; i++)
        dx[i] += dropout_keeps(drop, limit, i) ? scale * dout[i] : 0;
}

/* mix_bits: 64 random bits, number i of this seed: what SplitMix64 gives
 * after i others (Steele et al. 2014). */
static inline uint64_t mix_bits(uint64_t seed, uint64_t i)
{
    uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline bool dropout_keeps(const struct dropout *drop, uint64_t limit,
                                 size_t i)
{
    return mix_bits(drop->seed, i) >> 40 >= limit;
}

static inline uint64_t dropout_limit(const struct dropout *drop)
{
    REQUIRE(drop->rate >= 0 && drop->rate < 1);
    return (uint64_t)(drop->rate * 16777216);
}

static inline void dropout_node(struct node *s)
{
    dropout_backward(s->in[0]->grad, s->out->grad, s->out->count, s->saved);
}

/* tape_dropout: x itself if drop->rate is 0, or with no_grad. */
static inline struct tensor *tape_dropout(struct tape *tape, struct tensor *x,
                                          const struct dropout *drop)
{
    if (drop->rate == 0 || tape->no_grad)
        return x;
    struct node *s = tape_node(tape, "dropout", tensor_axes(x), INPUTS(x),
                               dropout_node);
    struct dropout *saved = s->saved = tape_take(tape, 1, sizeof *saved);
    *saved = *drop;
    dropout_forward(s->out->data, x->data, x->count, drop);
    return s->out;
}
#endif
