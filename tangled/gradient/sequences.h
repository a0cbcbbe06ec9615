/* sequences.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct batches, batches_by_tokens, batches_free, greedy_decode,
 * edit_distance */

/* sequences.h -- batches of sequences, greedy decoding, and how many edits
 * lie between two (chapter "gradient"). */
#ifndef SEQUENCES_H
#define SEQUENCES_H
#include "softmax/softmax.h"
#include "kit/workshop.h"

/* Batch i has the sequences which[first[i]] to which[first[i + 1] - 1]. */
struct batches { size_t count, *first; uint32_t *which; };

static inline int keys_compare(const void *x, const void *y)
{
    const uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

/* batches_by_tokens: n sequences in batches whose sequences times the longest
 * are at most tokens, or that have a single one.  The same for the same seed.
 * Vaswani et al. 2017, section 5.1.  Checked: n > 0.  See batches_free. */
static inline struct batches batches_by_tokens(const size_t *lengths,
                                               size_t n, size_t tokens,
                                               uint64_t seed)
{
    REQUIRE(n > 0 && n < UINT32_MAX);
    struct random random = random_new(seed, 0);
    struct batches b = { .which = allocate(n, sizeof *b.which) };
    uint32_t *order = allocate(n, sizeof *order);
    uint64_t *keys = allocate(n, sizeof *keys);
    size_t *first = allocate(n + 1, sizeof *first);
    random_permutation(order, &random, n);
    for (size_t i = 0; i < n; i++) {
        REQUIRE(lengths[order[i]] < UINT32_MAX);
        keys[i] = (uint64_t)lengths[order[i]] << 32 | i;
    }
    qsort(keys, n, sizeof *keys, keys_compare);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || (i + 1 - first[b.count - 1]) * (keys[i] >> 32) > tokens)
            first[b.count++] = i;
    first[b.count] = n;
    b.first = allocate(b.count + 1, sizeof *b.first);
    uint32_t *shuffled = allocate(b.count, sizeof *shuffled);
    random_permutation(shuffled, &random, b.count);
    for (size_t i = 0, at = 0; i < b.count; i++) {
        for (size_t j = first[shuffled[i]]; j < first[shuffled[i] + 1]; j++)
            b.which[at++] = order[(uint32_t)keys[j]];
        b.first[i + 1] = at;
    }
    free(order), free(keys), free(first), free(shuffled);
    return b;
}

static inline void batches_free(struct batches *b)
{
    free(b->first), free(b->which);
    *b = (struct batches){ 0 };
}

/* greedy_decode: out (B, most), the most likely token after those before it,
 * up to end; lengths (B): how many, without end; behind it out has end.
 * next: gives the logits (B, kinds) of what follows ids (B), which are start
 * in step 0.  They are read before the next call. */
static inline void greedy_decode(int32_t *out, size_t *lengths, size_t batch,
    size_t most, size_t kinds, int32_t start, int32_t end,
    const float *(*next)(void *model, const int32_t *ids, size_t step),
    void *model)
{
    int32_t *ids = allocate(batch, sizeof *ids);
    size_t open = batch;
    for (size_t b = 0; b < batch; b++)
        ids[b] = start, lengths[b] = most;
    for (size_t i = 0; i < batch * most; i++)
        out[i] = end;
    for (size_t step = 0; step < most && open > 0; step++) {
        const float *logits = next(model, ids, step);
        for (size_t b = 0; b < batch; b++) {
            if (lengths[b] < most)
                continue;
            ids[b] = (int32_t)argmax(logits + b * kinds, kinds);
            out[b * most + step] = ids[b];
            if (ids[b] == end)
                lengths[b] = step, open--;
        }
    }
    free(ids);
}

/* edit_distance: the fewest edits from a (n) to b (m).
 * Levenshtein 1966; Wagner and Fischer 1974, section 3. */
static inline size_t edit_distance(const int32_t *a, size_t n,
                                   const int32_t *b, size_t m)
{
    size_t *row = allocate(size_sum(m, 1), sizeof *row);
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 0; i < n; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < m; j++) {
            size_t best = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j + 1] = diagonal + 1 < best ? diagonal + 1 : best;
        }
    }
    size_t edits = row[m];
    free(row);
    return edits;
}
#endif
