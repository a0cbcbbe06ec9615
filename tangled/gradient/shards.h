/* shards.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: tape_shards */

#ifndef SHARDS_H
#define SHARDS_H
#include "gradient/tape.h"

static inline void shards_make(struct tape *tape, size_t n);
static inline void shards_gather(struct tape *tape, size_t n);

/* tape_shards: the sum of n losses.  loss is called for shard 0 .. n - 1, by
 * several threads at once; it makes its steps on the tape that it is given,
 * of the parameters of tape, and scales its loss by its share.  ADDS the
 * gradients of all, unless tape->no_grad; the same bits for any number of
 * threads.  Begins the tape. */
static inline double tape_shards(struct tape *tape, size_t n,
    struct tensor *(*loss)(struct tape *on, void *what, size_t shard,
                           size_t shards), void *what)
{
    double sum = 0, part[TAPE_SHARDS];
    shards_make(tape, n);
#ifdef _OPENMP
#pragma omp parallel for schedule(static, 1)
#endif
    for (size_t i = 0; i < n; i++) {
        struct tape *on = i ? tape->shards[i] : tape;
        tape_reset(on);
        struct tensor *x = loss(on, what, i, n);
        part[i] = (double)x->data[0];
        if (x->grad)
            tape_backward(on, x);
    }
    for (size_t i = 0; i < n; i++)
        sum += part[i];
    if (!tape->no_grad)
        shards_gather(tape, n);
    return sum;
}

static inline void shards_make(struct tape *tape, size_t n)
{
    REQUIRE(n > 0 && n <= TAPE_SHARDS && !tape->of);
    for (size_t i = 1; i < n; i++) {
        struct tape *shard = tape->shards[i];
        if (!shard)
            shard = tape->shards[i] = tape_new();
        shard->of = tape, shard->no_grad = tape->no_grad;
        if (shard->size != tape->size) {
            free(shard->grads);
            shard->size = tape->size;
            shard->grads = allocate(tape->size, sizeof *tape->grads);
        }
    }
}

static inline void shards_gather(struct tape *tape, size_t n)
{
    enum { BLOCK = 4096 };
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (tape->size > 16 * BLOCK)
#endif
    for (size_t first = 0; first < tape->size; first += BLOCK) {
        size_t rest = tape->size - first, count = rest < BLOCK ? rest : BLOCK;
        for (size_t i = 1; i < n; i++) {
            float *grads = tape->shards[i]->grads + first;
            add_to(tape->grads + first, grads, count);
            memset(grads, 0, count * sizeof *grads);
        }
    }
}
#endif

