/* batch.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct example, struct batch, batch_new, batch_free, batch_part */

/* batch.h -- pairs of sequences of ids, in batches that are padded. */
#ifndef BATCH_H
#define BATCH_H
#include "gradient/sequences.h"
#include "kit/vocabulary.h"

enum { SEQUENCE_MOST = 256,
       IGNORED = -1 };                /* in want: padding */

/* A pair of sequences, of at most SEQUENCE_MOST - 1 units each; the source
 * has one at least. */
struct example {
    size_t sources, targets;
    int32_t *source, *target;
};

/* B examples, padded to the longest. */
struct batch {
    size_t n, sources, targets;       /* B, S, T */
    size_t counted;                   /* units in want */
    size_t *lengths;                  /* (B): of the sources */
    int32_t *source;                  /* (B, S) */
    int32_t *before, *want;           /* (B, T) */
};
static inline void batch_fill(struct batch *b, size_t i,
                              const struct example *e)
{
    int32_t *before = b->before + i * b->targets;
    int32_t *want = b->want + i * b->targets;
    b->lengths[i] = e->sources;
    memcpy(b->source + i * b->sources, e->source,
           e->sources * sizeof *b->source);
    for (size_t t = 0; t < b->targets; t++) {
        want[t] = t < e->targets ? e->target[t]
                : t == e->targets ? VOCABULARY_END : IGNORED;
        before[t] = t == 0 ? VOCABULARY_START
                  : t <= e->targets ? e->target[t - 1] : VOCABULARY_END;
    }
}
/* batch_new: the examples which (n) as a batch.  See batch_free. */
static inline struct batch batch_new(const struct example *examples,
                                     const uint32_t *which, size_t n)
{
    struct batch b = { .n = n };
    for (size_t i = 0; i < n; i++) {
        const struct example *e = &examples[which[i]];
        REQUIRE(e->sources > 0 && e->sources < SEQUENCE_MOST);
        REQUIRE(e->targets < SEQUENCE_MOST);
        b.sources = e->sources > b.sources ? e->sources : b.sources;
        b.targets = e->targets + 1 > b.targets ? e->targets + 1 : b.targets;
        b.counted += e->targets + 1;
    }
    b.lengths = allocate(n, sizeof *b.lengths);
    b.source = allocate(size_product(n, b.sources), sizeof *b.source);
    b.before = allocate(size_product(n, b.targets), sizeof *b.before);
    b.want = allocate(size_product(n, b.targets), sizeof *b.want);
    for (size_t i = 0; i < n; i++)
        batch_fill(&b, i, &examples[which[i]]);
    return b;
}

static inline void batch_free(struct batch *b)
{
    free(b->lengths), free(b->source), free(b->before), free(b->want);
    *b = (struct batch){ 0 };
}

/* batch_part: shard number shard of shards, in the memory of b. */
static inline struct batch batch_part(const struct batch *b, size_t shard,
                                      size_t shards)
{
    const size_t first = b->n * shard / shards;
    struct batch part = { b->n * (shard + 1) / shards - first, b->sources,
        b->targets, 0, b->lengths + first, b->source + first * b->sources,
        b->before + first * b->targets, b->want + first * b->targets };
    for (size_t i = 0; i < part.n * part.targets; i++)
        part.counted += part.want[i] != IGNORED;
    return part;
}
#endif
