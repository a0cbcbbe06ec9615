/* beam.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct hypothesis, struct beam, length_penalty,
 * hypothesis_score, struct candidate, candidate_offer, beam_candidates,
 * beam_grow, mean_logits, beam_search */

/* beam.h -- the best outputs of a model that a search finds. */
#ifndef BEAM_H
#define BEAM_H
#include "softmax/softmax.h"
#include "kit/workshop.h"

enum { BEAM_WIDEST = 32, BEAM_LONGEST = 256 };

/* Some units, and how likely they are. */
struct hypothesis {
    double log_p;                     /* of all of them, and the end */
    size_t n;                         /* how many, without the end */
    bool ended;
    int32_t ids[BEAM_LONGEST];
};

struct beam {
    size_t width, kinds;              /* K, V */
    int32_t start, end;
    double alpha;                     /* 0: no penalty */
};
/* length_penalty: what the log probability of n units, the end among them, is
 * divided by.  Wu et al. 2016, eq. 14. */
static inline double length_penalty(size_t n, double alpha)
{
    return pow((5 + (double)n) / 6, alpha);
}

/* hypothesis_score: by which hypotheses are compared. */
static inline double hypothesis_score(const struct hypothesis *h,
                                      double alpha)
{
    return h->log_p / length_penalty(h->n + h->ended, alpha);
}

/* A hypothesis, and what it goes on with; unit -1: with nothing. */
struct candidate { double score, log_p; size_t from; int32_t unit; };

/* candidate_offer: puts new into its place in best (count, at most width),
 * which is sorted; then the worst may fall out. */
static inline void candidate_offer(struct candidate *best, size_t *count,
                                   size_t width, struct candidate new)
{
    size_t at = *count;
    while (at > 0 && new.score > best[at - 1].score)
        at--;
    if (at == width)
        return;
    *count += *count < width;
    memmove(best + at + 1, best + at, (*count - 1 - at) * sizeof *best);
    best[at] = new;
}

/* beam_candidates: the K best ways to go on from K hypotheses, best first;
 * logits (K, V).  Returns how many there are. */
static inline size_t beam_candidates(struct candidate *best,
    const struct hypothesis *old, const float *logits, size_t most,
    const struct beam *how)
{
    size_t count = 0;
    for (size_t k = 0; k < how->width; k++, logits += how->kinds) {
        if (old[k].log_p == -(double)INFINITY)
            continue;
        struct candidate c = { hypothesis_score(&old[k], how->alpha),
                               old[k].log_p, k, -1 };
        if (old[k].ended || old[k].n == most) {
            candidate_offer(best, &count, how->width, c);
            continue;
        }
        const double all = (double)log_sum_exp(logits, how->kinds);
        const double penalty = length_penalty(old[k].n + 1, how->alpha);
        for (size_t v = 0; v < how->kinds; v++) {
            c.unit = (int32_t)v;
            c.log_p = old[k].log_p + ((double)logits[v] - all);
            c.score = c.log_p / penalty;
            candidate_offer(best, &count, how->width, c);
        }
    }
    return count;
}

/* beam_grow: the K hypotheses of one input become the K best with one unit
 * more; parents (K): where each came from.  True if one is still open. */
static inline bool beam_grow(struct hypothesis *h, uint32_t *parents,
    const float *logits, size_t most, const struct beam *how)
{
    struct candidate best[BEAM_WIDEST];
    struct hypothesis old[BEAM_WIDEST];
    bool open = false;
    memcpy(old, h, how->width * sizeof *h);
    size_t count = beam_candidates(best, old, logits, most, how);
    for (size_t k = 0; k < how->width; k++) {
        const struct candidate c = best[k < count ? k : 0];
        h[k] = old[c.from];
        parents[k] = (uint32_t)c.from;
        h[k].log_p = k < count ? c.log_p : -(double)INFINITY;
        if (c.unit >= 0) {
            h[k].ended = c.unit == how->end;
            if (!h[k].ended)
                h[k].ids[h[k].n++] = c.unit;
        }
        open |= k < count && !h[k].ended && h[k].n < most;
    }
    return open;
}

/* mean_logits: the log of the mean of the probabilities that M models give:
 * logits (M), each (n, V)  ->  out (n, V). */
static inline void mean_logits(float *out, const float *const *logits,
                               size_t models, size_t n, size_t kinds)
{
    memset(out, 0, n * kinds * sizeof *out);
    for (size_t m = 0; m < models; m++)
        for (size_t i = 0; i < n * kinds; i += kinds) {
            const float all = log_sum_exp(logits[m] + i, kinds);
            for (size_t v = i; v < i + kinds; v++)
                out[v] += expf(logits[m][v] - all) / (float)models;
        }
    for (size_t i = 0; i < n * kinds; i++)
        out[i] = logf(out[i]);
}

/* beam_search: out (B, K): the K best that were found for each of B inputs,
 * best first; of at most most (B) units.  next: gives the logits (B, K, V) of
 * what follows ids (B, K), which are start in step 0; parents (B, K): which
 * hypothesis of the step before each goes on from, of all B K.  Checked: K is
 * at most BEAM_WIDEST, and most BEAM_LONGEST. */
static inline void beam_search(struct hypothesis *out, size_t batch,
    const size_t *most, const struct beam *how,
    const float *(*next)(void *model, const int32_t *ids,
                         const uint32_t *parents, size_t step), void *model)
{
    const size_t width = how->width, all = size_product(batch, width);
    REQUIRE(width > 0 && width <= BEAM_WIDEST);
    int32_t *ids = allocate(all, sizeof *ids);
    uint32_t *parents = allocate(all, sizeof *parents);
    bool open = true;
    for (size_t i = 0; i < all; i++) {
        REQUIRE(most[i / width] > 0 && most[i / width] <= BEAM_LONGEST);
        out[i] = (struct hypothesis){ i % width ? -(double)INFINITY : 0 };
        ids[i] = how->start, parents[i] = (uint32_t)i;
    }
    for (size_t step = 0; open; step++) {
        const float *logits = next(model, ids, parents, step);
        open = false;
        for (size_t b = 0; b < batch; b++) {
            uint32_t from[BEAM_WIDEST];
            open |= beam_grow(out + b * width, from, logits + b * width
                              * how->kinds, most[b], how);
            for (size_t k = 0; k < width; k++) {
                const struct hypothesis *h = &out[b * width + k];
                parents[b * width + k] = (uint32_t)(b * width) + from[k];
                ids[b * width + k] = h->n ? h->ids[h->n - 1] : how->start;
            }
        }
    }
    free(ids), free(parents);
}
#endif
