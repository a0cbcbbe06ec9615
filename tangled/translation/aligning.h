/* aligning.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct link, struct links, struct aligned, links_of,
 * aligned_add, aligned_error, links_parse, pieces_words,
 * struct aligned_all, heads_align */

/* aligning.h -- which word belongs to which: links and their errors. */
#ifndef ALIGNING_H
#define ALIGNING_H
#include "transformer/transformer_kind.h"
#include "translation/model1.h"

enum { LINKS_MOST = 256 };

/* A word read, e, belongs to a word written, f; both from 0. */
struct link { size_t e, f; };
struct links { size_t count; struct link list[LINKS_MOST]; };

/* Of words with a link in gold: how many there are, how many were linked, and
 * how many as in gold. */
struct aligned { size_t gold, said, hits; };

/* links_of: link (m): for each word written the word read, of n, in which it
 * has the most weight.
 *   weights (T, S): of one head    e (S), f (T): the word of each piece
 *   behind: 0: of the row that writes a piece; 1: of the one that reads it
 * The last row writes the end, so that a row stands behind each piece.
 * Garg et al. 2019, section 4.1. */
static inline void links_of(size_t *link, const float *weights,
    const size_t *e, size_t S, size_t n, const size_t *f, size_t T, size_t m,
    size_t behind)
{
    float *sum = allocate(size_product(m, n), sizeof *sum);
    for (size_t t = 0; t + 1 < T; t++)
        for (size_t s = 0; s < S; s++)
            sum[f[t] * n + e[s]] += weights[(t + behind) * S + s];
    for (size_t j = 0; j < m; j++) {
        link[j] = 0;
        for (size_t i = 1; i < n; i++)
            if (sum[j * n + i] > sum[j * n + link[j]])
                link[j] = i;
    }
    free(sum);
}

/* aligned_add: counts the links of a pair, link (m), NO_LINK for none, where
 * gold has a word written.  Och and Ney 2003, section 2.2.2. */
static inline void aligned_add(struct aligned *a, const size_t *link,
                               size_t m, const struct links *gold)
{
    for (size_t j = 0; j < m; j++) {
        bool asked = false, hit = false;
        for (size_t k = 0; k < gold->count; k++)
            if (gold->list[k].f == j)
                asked = true, hit |= gold->list[k].e == link[j];
        a->gold += asked, a->hits += hit;
        a->said += asked && link[j] != NO_LINK;
    }
}

/* aligned_error: from 0 to 1; eq. "translation-aer". */
static inline double aligned_error(const struct aligned *a)
{
    return 1 - 2 * (double)a->hits / (double)(a->said + a->gold);
}
/* links_parse: NULL, and the links of "2-2 5-3"; or what is wrong with it. */
static inline const char *links_parse(struct links *links, const char *text,
                                      size_t n, size_t m)
{
    links->count = 0;
    for (struct words w = words_of(text, " "); words_next(&w); ) {
        char pair[32] = "", *dash;
        struct link *l = &links->list[links->count++];
        if (links->count == LINKS_MOST)
            return "has too many links";
        if (w.n < sizeof pair)
            memcpy(pair, w.at, w.n);
        dash = strchr(pair, '-');
        if (dash)
            *dash = 0;
        if (!dash || !parse_size(&l->e, pair) || !parse_size(&l->f, dash + 1)
            || l->e >= n || l->f >= m)
            return "has a link that is no two words";
    }
    return NULL;
}

/* pieces_words: word (n): to which word each of n pieces belongs; returns how
 * many words there are. */
static inline size_t pieces_words(size_t *word, const struct translator *t,
                                  const int32_t *ids, size_t n)
{
    size_t words = 0;
    for (size_t i = 0; i < n; i++) {
        words += i == 0 || *t->vocabulary.units[ids[i]].at == ' ';
        word[i] = words - 1;
    }
    return words;
}

enum { ALIGNED_HEADS = 64 };      /* of all layers, and a mean of each */

/* What every head of every layer gets, by the row that writes and by that
 * behind; the place behind the heads is their mean. */
struct aligned_all {
    size_t layers, heads;
    struct aligned at[2][LAYERS_MOST * ALIGNED_HEADS];
    struct aligned diagonal;
};

static inline struct aligned *aligned_at(struct aligned_all *a, size_t behind,
                                         size_t layer, size_t head)
{
    return &a->at[behind][layer * (a->heads + 1) + head];
}

/* heads_align: adds what all heads make of a pair of S pieces read, T - 1
 * written. */
static inline void heads_align(struct aligned_all *a, struct translator *t,
    const struct example *x, const struct links *gold)
{
    const struct transformer *m = t->model;
    const size_t S = x->sources, T = x->targets + 1, H = m->heads;
    const float *weights[LAYERS_MOST];
    size_t e[SEQUENCE_MOST], f[SEQUENCE_MOST], link[SEQUENCE_MOST];
    const size_t n = pieces_words(e, t, x->source, S);
    const size_t words = pieces_words(f, t, x->target, T - 1);
    float *mean = allocate(T * S, sizeof *mean);
    pair_attention(weights, t, *x);
    for (size_t l = 0; l < m->layers; l++) {
        maps_mean(mean, weights[l], 0, H, T * S);
        for (size_t h = 0; h <= H; h++) {
            const float *own = h < H ? weights[l] + h * T * S : mean;
            for (size_t behind = 0; behind < 2; behind++) {
                links_of(link, own, e, S, n, f, T, words, behind);
                aligned_add(aligned_at(a, behind, l, h), link, words, gold);
            }
        }
    }
    for (size_t j = 0; j < words; j++)
        link[j] = (2 * j + 1) * n / (2 * words);
    aligned_add(&a->diagonal, link, words, gold);
    free(mean);
}
#endif
