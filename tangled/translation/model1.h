/* model1.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct bitext_pair, struct bitext, struct model1, model1_find,
 * model1_divide, model1_new, model1_round, model1_align */

#ifndef MODEL1_H
#define MODEL1_H
#include "kit/workshop.h"
#include <math.h>

/* Texts in two languages as numbers of words; if e is to have a null word, it
 * stands there. */
struct bitext_pair { size_t n, m; const int32_t *e, *f; };    /* (n)  (m) */
struct bitext { size_t count; const struct bitext_pair *list; };

/* t(f | e) of the pairs of words that were seen. */
struct model1 {
    size_t known;
    uint64_t *keys;               /* (known): e in the upper half, f */
    double *chance, *counts;      /* (known) */
};

/* model1.h: helpers */
static inline uint64_t model1_key(int32_t e, int32_t f)
{
    return (uint64_t)(uint32_t)e << 32 | (uint32_t)f;
}

/* model1_find: the place of a pair of words; known, if it was never seen. */
static inline size_t model1_find(const struct model1 *m, int32_t e, int32_t f)
{
    const uint64_t key = model1_key(e, f);
    size_t low = 0, high = m->known;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (m->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->known && m->keys[low] == key ? low : m->known;
}

static inline int keys_compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* model1_divide: counts become chances, which are 1 for each word of e. */
static inline void model1_divide(struct model1 *m)
{
    for (size_t at = 0, end; at < m->known; at = end) {
        double all = 0;
        for (end = at; end < m->known
             && m->keys[end] >> 32 == m->keys[at] >> 32; end++)
            all += m->counts[end];
        for (size_t i = at; i < end; i++)
            m->chance[i] = all > 0 ? m->counts[i] / all : 0;
    }
}

static inline void model1_free(struct model1 *m)
{
    free(m->keys), free(m->chance), free(m->counts);
    *m = (struct model1){ 0 };
}

/* model1_new: for the words of these pairs. */
static inline struct model1 model1_new(const struct bitext *texts)
{
    struct model1 m = { 0 };
    size_t all = 0;
    for (size_t s = 0; s < texts->count; s++)
        all = size_sum(all, size_product(texts->list[s].n,
                                         texts->list[s].m));
    m.keys = allocate(all + 1, sizeof *m.keys), all = 0;
    for (size_t s = 0; s < texts->count; s++)
        for (size_t i = 0; i < texts->list[s].n; i++)
            for (size_t j = 0; j < texts->list[s].m; j++)
                m.keys[all++] = model1_key(texts->list[s].e[i],
                                           texts->list[s].f[j]);
    qsort(m.keys, all, sizeof *m.keys, keys_compare);
    for (size_t i = 0; i < all; i++)
        if (i == 0 || m.keys[i] != m.keys[m.known - 1])
            m.keys[m.known++] = m.keys[i];
    m.chance = allocate(m.known + 1, sizeof *m.chance);
    m.counts = allocate(m.known + 1, sizeof *m.counts);
    for (size_t i = 0; i < m.known; i++)
        m.chance[i] = 1;
    return m;
}
/* model1.h: functions */
/* model1_round: one round of expectation maximization over the pairs; returns
 * the logarithm of the texts' chance before it, without the factors that do
 * not change.  Brown et al. 1993, section 4.1. */
static inline double model1_round(struct model1 *m,
                                  const struct bitext *texts)
{
    double log_chance = 0;
    memset(m->counts, 0, m->known * sizeof *m->counts);
    for (size_t s = 0; s < texts->count; s++) {
        const struct bitext_pair *p = &texts->list[s];
        for (size_t j = 0; j < p->m; j++) {
            double all = 0;
            for (size_t i = 0; i < p->n; i++)
                all += m->chance[model1_find(m, p->e[i], p->f[j])];
            log_chance += log(all / (double)p->n);
            for (size_t i = 0; i < p->n; i++) {
                const size_t at = model1_find(m, p->e[i], p->f[j]);
                m->counts[at] += m->chance[at] / all;
            }
        }
    }
    model1_divide(m);
    return log_chance;
}

/* model1_align: link (m): for each word of f, the word of e that it most
 * likely comes from; 0, the null word, if from none. */
static inline void model1_align(size_t *link, const struct model1 *m,
                                const struct bitext_pair *p)
{
    for (size_t j = 0; j < p->m; j++) {
        double best = -1;
        for (size_t i = 0; i < p->n; i++) {
            const size_t at = model1_find(m, p->e[i], p->f[j]);
            const double chance = at < m->known ? m->chance[at] : 0;
            if (chance > best)
                best = chance, link[j] = i;
        }
    }
}
#endif

