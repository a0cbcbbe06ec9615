/* dropout_double.h -- generated from dropout.h by the build. Do not edit. */
/* It is gradient/dropout.h of chapters/04-gradient.nw in double. The book
 * has its names without _double. */


#ifndef DROPOUT_H_double
#define DROPOUT_H_double
#include "double/tape_double.h"

/* Dropout: rate 0 leaves it out, as when a model is used.  Another seed is
 * another mask: change it in every step, and for every place. */
struct dropout_double { double rate; uint64_t seed; };
static inline bool dropout_keeps_double(const struct dropout_double *drop, uint64_t limit,
                                 size_t i);
static inline uint64_t dropout_limit_double(const struct dropout_double *drop);

/* dropout_forward: out[i] = x[i] / (1 - rate), or 0 with a chance of rate;
 * out may be x.  The same bits for any number of threads.
 * Srivastava et al. 2014.  Checked: 0 <= rate < 1. */
static inline void dropout_forward_double(double *out, const double *x, size_t n,
                                   const struct dropout_double *drop)
{
    const uint64_t limit = dropout_limit_double(drop);
    const double scale = 1 / (1 - drop->rate);
    /* share the numbers among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 65536)
    #endif
    for (size_t i = 0; i < n; i++)
        out[i] = dropout_keeps_double(drop, limit, i) ? scale * x[i] : 0;
}

/* dropout_backward: ADDS to dx, with the mask of dropout_forward, which is
 * made again. */
static inline void dropout_backward_double(double *dx, const double *dout, size_t n,
                                    const struct dropout_double *drop)
{
    const uint64_t limit = dropout_limit_double(drop);
    const double scale = 1 / (1 - drop->rate);
    /* share the numbers among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 65536)
    #endif
    for (size_t i = 0; i < n; i++)
        dx[i] += dropout_keeps_double(drop, limit, i) ? scale * dout[i] : 0;
}

/* mix_bits: 64 random bits, number i of this seed: what SplitMix64 gives
 * after i others (Steele et al. 2014). */
static inline uint64_t mix_bits_double(uint64_t seed, uint64_t i)
{
    uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline bool dropout_keeps_double(const struct dropout_double *drop, uint64_t limit,
                                 size_t i)
{
    return mix_bits_double(drop->seed, i) >> 40 >= limit;
}

static inline uint64_t dropout_limit_double(const struct dropout_double *drop)
{
    REQUIRE(drop->rate >= 0 && drop->rate < 1);
    return (uint64_t)(drop->rate * 16777216);
}

static inline void dropout_node_double(struct node_double *s)
{
    dropout_backward_double(s->in[0]->grad, s->out->grad, s->out->count, s->saved);
}

/* tape_dropout: x itself if drop->rate is 0, or with no_grad. */
static inline struct tensor_double *tape_dropout_double(struct tape_double *tape_double, struct tensor_double *x,
                                          const struct dropout_double *drop)
{
    if (drop->rate == 0 || tape_double->no_grad)
        return x;
    struct node_double *s = tape_node_double(tape_double, "dropout", tensor_axes_double(x), INPUTS_double(x),
                               dropout_node_double);
    struct dropout_double *saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    *saved = *drop;
    dropout_forward_double(s->out->data, x->data, x->count, drop);
    return s->out;
}
#endif
