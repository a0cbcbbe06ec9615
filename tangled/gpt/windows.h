/* windows.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct windows, windows_cut, struct lesson, windows_loss,
 * windows_repeat, windows_new, windows_free, window_first, windows_score */

/* windows.h -- what a GPT learns from: windows of one long text. */
#ifndef WINDOWS_H
#define WINDOWS_H
#include "gpt/gpt.h"
#include "gradient/shards.h"

/* B windows of T tokens, and the tokens that come after each. */
struct windows {
    size_t n, length;             /* B, T */
    int32_t *ids, *want;          /* (B, T) */
};
/* windows_cut: windows at random places of a text of count tokens.
 * Checked: there is a place. */
static inline void windows_cut(struct windows *w, const int32_t *text,
                               size_t count, struct random *random)
{
    const size_t length = w->length;
    REQUIRE(count > length && count <= UINT32_MAX);
    for (size_t b = 0; b < w->n; b++) {
        const size_t at = random_below(random, (uint32_t)(count - length));
        memcpy(w->ids + b * length, text + at, length * sizeof *text);
        memcpy(w->want + b * length, text + at + 1, length * sizeof *text);
    }
}

/* A step of training: what windows_loss needs. */
struct lesson {
    const struct gpt *gpt;
    const struct windows *windows;
    float share;                  /* of this batch in the step */
    uint64_t seed;                /* of dropout */
};

/* windows_loss: the part of the loss that is of one shard, for
 * tape_shards. */
static inline struct tensor *windows_loss(struct tape *on, void *what,
                                          size_t shard, size_t shards)
{
    const struct lesson *l = what;
    const struct windows *w = l->windows;
    const size_t first = w->n * shard / shards;
    const size_t n = w->n * (shard + 1) / shards - first;
    struct gpt g = *l->gpt;       /* a pass writes into it */
    struct tensor *x = gpt_forward(on, &g, w->ids + first * w->length, n,
                                   w->length, mix_bits(l->seed, shard));
    x = tape_cross_entropy(on, x, w->want + first * w->length, 0, -1);
    return tape_scale(on, x, l->share * (float)n / (float)w->n);
}

/* windows_repeat: in this share of the windows all comes twice, in passages
 * of T / 8 to T / 4 tokens.  Checked: T >= 8. */
static inline void windows_repeat(struct windows *w, const int32_t *text,
                                  size_t count, double share,
                                  struct random *random)
{
    const size_t T = w->length;
    REQUIRE(share == 0 || T >= 8);
    for (size_t b = 0; share > 0 && b < w->n; b++) {
        if ((double)random_uniform(random) >= share)
            continue;
        const int32_t *from = text + random_below(random,
                                                  (uint32_t)(count - T));
        int32_t *ids = w->ids + b * T, *want = w->want + b * T;
        for (size_t at = 0, n; at <= T; at += 2 * n, from += n) {
            n = T / 8 + random_below(random, (uint32_t)T / 8 + 1);
            for (size_t j = 0; j < 2 * n && at + j <= T; j++) {
                if (at + j < T)
                    ids[at + j] = from[j % n];
                if (at + j > 0)
                    want[at + j - 1] = from[j % n];
            }
        }
    }
}

/* windows_new: memory for n windows.  See windows_free. */
static inline struct windows windows_new(size_t n, size_t length)
{
    const size_t all = size_product(n, length);
    return (struct windows){ n, length, allocate(all, sizeof(int32_t)),
                             allocate(all, sizeof(int32_t)) };
}

static inline void windows_free(struct windows *w)
{
    free(w->ids), free(w->want);
    *w = (struct windows){ 0 };
}

/* window_first: the first token that is read to foretell what comes after n
 * tokens. */
static inline size_t window_first(size_t n, size_t context)
{
    const size_t step = context - context / 2;
    return n <= context ? 0 : (n - context + step - 1) / step * step;
}

enum { SCORE_BATCH = 8 };

/* Sets window b of w to the one that begins at token at, with the rows that
 * count. Returns how many do. */
static inline size_t score_window(struct windows *w, size_t b,
                                  const int32_t *ids, size_t at,
                                  size_t context)
{
    const size_t from = at ? context / 2 : 0;
    int32_t *want = w->want + b * w->length;
    memcpy(w->ids + b * w->length, ids + at, w->length * sizeof *ids);
    memcpy(want, ids + at + 1, w->length * sizeof *ids);
    for (size_t i = 0; i < from; i++)
        want[i] = -1;
    return w->length - from;
}

/* windows_score: the sum of -ln p over ids[1 ...], n > 1 of them. The tape
 * must be that of the model. */
static inline double windows_score(struct tape *tape, const struct gpt *g,
                                   const int32_t *ids, size_t n)
{
    const size_t context = g->is.context, step = context - context / 2;
    const bool no_grad = tape->no_grad;
    double sum = 0;
    tape->no_grad = true;
    for (size_t at = 0, some; at == 0 || at + context / 2 < n - 1;
         at += some * step) {
        const size_t left = n - 1 - at;
        some = at == 0 || left < context ? 1
             : 1 + (left - context) / step;
        some = some < SCORE_BATCH ? some : SCORE_BATCH;
        struct windows w = windows_new(some, left < context ? left : context);
        size_t counted = 0;
        for (size_t b = 0; b < some; b++)
            counted += score_window(&w, b, ids, at + b * step, context);
        struct lesson l = { g, &w, (float)counted, 0 };
        sum += tape_shards(tape, some > 1 ? 2 : 1, windows_loss, &l);
        windows_free(&w);
    }
    tape_reset(tape);
    tape->no_grad = no_grad;
    return sum;
}
#endif
