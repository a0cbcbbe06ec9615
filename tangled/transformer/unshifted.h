/* unshifted.h -- generated from chapters/17-transformer.nw. Do not edit. */
/* Offers: struct copying, batch_unshift, copying_new, copying_free,
 * copying_batch, copying_step, copying_right */

#ifndef UNSHIFTED_H
#define UNSHIFTED_H
#include "kit/training.h"
#include "transformer/transformer_kind.h"

enum { COPY_LETTERS = 5, COPY_MOST = 5, COPY_BATCH = 32, COPY_STEPS = 300 };

struct copying {
    struct translator t;
    struct training run;
    struct random random;
    bool unshifted;
};
/* batch_unshift: the bug: the decoder reads what it is to say. */
static inline void batch_unshift(struct batch *b)
{
    for (size_t i = 0; i < b->n * b->targets; i++)
        b->before[i] = b->want[i] == IGNORED ? VOCABULARY_END : b->want[i];
}

/* copying_new: a model that will learn with the shift or without.  See
 * copying_free. */
static inline struct copying copying_new(uint64_t seed, bool unshifted)
{
    struct copying c = { .random = random_new(seed, 5),
                         .unshifted = unshifted };
    struct translator *t = &c.t;
    const struct transformer copier = { .layers = 1, .heads = 2, .width = 24,
                                        .hidden = 48, .order = BLOCK_PRE };
    *t = translator_of(&transformer_kind, &copier);
    const char *wrong = vocabulary_parse(&t->vocabulary,
                                         "</s>\n<s>\na\nb\nc\nd\ne");
    for (size_t i = 0; i < 2; i++)
        wrong = wrong ? wrong : units_parse(&t->units[i], "char");
    REQUIRE(!wrong);
    translator_new(t);
    transformer_start(t->model, seed);
    c.run = training_new(t->tape, COPY_STEPS, seed);
    c.run.how = (struct adam){ 0, .9, .98, 1e-3, 0, false };
    c.run.rate = 5e-3, c.run.warmup = 40;
    return c;
}

static inline void copying_free(struct copying *c)
{
    training_free(&c->run), translator_free(&c->t);
}

/* copying_batch: n random words, at most 2 COPY_BATCH. */
static inline struct batch copying_batch(struct copying *c, size_t n)
{
    struct example e[2 * COPY_BATCH];
    uint32_t which[2 * COPY_BATCH];
    int32_t ids[2 * COPY_BATCH][COPY_MOST];
    for (uint32_t i = 0; i < n; i++) {
        const size_t length = 2 + random_below(&c->random, COPY_MOST - 1);
        for (size_t j = 0; j < length; j++)
            ids[i][j] = VOCABULARY_UNITS
                      + (int32_t)random_below(&c->random, COPY_LETTERS);
        e[i] = (struct example){ length, length, ids[i], ids[i] };
        which[i] = i;
    }
    return batch_new(e, which, n);
}

/* copying_step: one step of training; returns the loss. */
static inline double copying_step(struct copying *c)
{
    struct batch b = copying_batch(c, COPY_BATCH);
    if (c->unshifted)
        batch_unshift(&b);
    struct lesson l = { &c->t, &b, 0, c->run.step };
    training_step(&c->run, batch_loss(c->t.tape, &l, 0, 1));
    batch_free(&b);
    return c->run.loss;
}

/* copying_right: the share of random words that are copied right. */
static inline double copying_right(struct copying *c)
{
    enum { ASKED = 2 * COPY_BATCH };
    struct hypothesis said[ASKED];
    struct batch b = copying_batch(c, ASKED);
    size_t right = 0;
    translate(said, &c->t, &b, 1, 0);
    for (size_t i = 0; i < ASKED; i++)
        right += said[i].n == b.lengths[i]
              && !memcmp(said[i].ids, b.source + i * b.sources,
                         said[i].n * sizeof *said[i].ids);
    batch_free(&b);
    return (double)right / ASKED;
}
#endif
