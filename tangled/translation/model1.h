/* model1.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct bitext_pair, struct bitext, struct model1, model1_place,
 * model1_find, model1_divide, model1_new, model1_round, model1_align,
 * struct counted_texts, words_number, counted_texts_of,
 * counted_texts_free, model1_links, model1_write */

#ifndef MODEL1_H
#define MODEL1_H
#include "translation/bleu.h"

#define NO_LINK SIZE_MAX

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

/* model1_place: the place of the first key that is at least this one. */
static inline size_t model1_place(const struct model1 *m, uint64_t key)
{
    size_t low = 0, high = m->known;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (m->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* model1_find: the place of a pair of words; known, if it was never seen. */
static inline size_t model1_find(const struct model1 *m, int32_t e, int32_t f)
{
    const uint64_t key = model1_key(e, f);
    const size_t at = model1_place(m, key);
    return at < m->known && m->keys[at] == key ? at : m->known;
}

static inline int pairs_by_key(const void *a, const void *b)
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
    qsort(m.keys, all, sizeof *m.keys, pairs_by_key);
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
/* model1.h: texts */
/* Texts and the words in them. */
struct counted_texts {
    struct unit *words[2];        /* sorted: English, French */
    size_t count[2];
    int32_t *ids;                 /* of all texts */
    struct bitext_pair *list;
    struct bitext texts;
};

/* words_number: ids of the words of a text, -1 for one that is not known;
 * with the null word, 0, before them, if the text is English. */
static inline size_t words_number(int32_t *ids, const struct counted_texts *c,
                                  int side, const char *text)
{
    size_t n = 0;
    if (side == 0)
        ids[n++] = 0;
    for (struct words w = words_of(text, " "); words_next(&w); ) {
        const int32_t id = units_find(c->words[side], c->count[side],
                                      (struct unit){ w.at, w.n });
        ids[n++] = id < 0 ? -1 : id + (side == 0);
    }
    return n;
}

static inline void words_once(struct counted_texts *c, int side,
                              const struct pairs *p, size_t most)
{
    size_t n = 0;
    c->words[side] = allocate(most + 1, sizeof **c->words);
    for (size_t i = 0; i < p->count; i++) {
        const char *text = side ? p->list[i].output : p->list[i].input;
        for (struct words w = words_of(text, " "); words_next(&w); )
            c->words[side][n++] = (struct unit){ w.at, w.n };
    }
    qsort(c->words[side], n, sizeof **c->words, units_by_bytes);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !unit_same(c->words[side][i],
                                 c->words[side][c->count[side] - 1]))
            c->words[side][c->count[side]++] = c->words[side][i];
}

/* counted_texts_of: p has to stay.  See counted_texts_free. */
static inline struct counted_texts counted_texts_of(const struct pairs *p)
{
    struct counted_texts c = { .texts = { .count = p->count } };
    size_t most[2] = { 0 };
    for (size_t i = 0; i < p->count; i++) {
        most[0] += words_counted(p->list[i].input);
        most[1] += words_counted(p->list[i].output);
    }
    words_once(&c, 0, p, most[0]), words_once(&c, 1, p, most[1]);
    int32_t *to = c.ids = allocate(most[0] + most[1] + p->count + 1,
                                   sizeof *c.ids);
    c.list = allocate(p->count + 1, sizeof *c.list);
    for (size_t i = 0; i < p->count; i++) {
        struct bitext_pair *b = &c.list[i];
        b->e = to, to += b->n = words_number(to, &c, 0, p->list[i].input);
        b->f = to, to += b->m = words_number(to, &c, 1, p->list[i].output);
    }
    c.texts.list = c.list;
    return c;
}

static inline void counted_texts_free(struct counted_texts *c)
{
    free(c->words[0]), free(c->words[1]), free(c->ids), free(c->list);
}

/* model1_links: link (m): the word of input for each of output, from 0; or
 * NO_LINK.  The words need not be known. */
static inline size_t model1_links(size_t *link, const struct model1 *m,
    const struct counted_texts *c, const char *input, const char *output)
{
    int32_t *e = allocate(words_counted(input) + 1, sizeof *e);
    int32_t *f = allocate(words_counted(output) + 1, sizeof *f);
    const struct bitext_pair p = { words_number(e, c, 0, input),
                                   words_number(f, c, 1, output), e, f };
    model1_align(link, m, &p);
    for (size_t j = 0; j < p.m; j++)
        link[j] = link[j] == 0 ? NO_LINK : link[j] - 1;
    free(e), free(f);
    return p.m;
}

/* model1_write: out, space for size bytes: a translation word by word. */
static inline void model1_write(char *out, size_t size,
    const struct model1 *m, const struct counted_texts *c, const char *input)
{
    size_t used = 0;
    *out = 0;
    for (struct words w = words_of(input, " "); words_next(&w); ) {
        struct unit best = { w.at, w.n };
        const int32_t e = units_find(c->words[0], c->count[0], best);
        double chance = 0;
        for (size_t i = e < 0 ? m->known
                              : model1_place(m, model1_key(e + 1, 0));
             i < m->known && m->keys[i] >> 32 == (uint64_t)e + 1; i++)
            if (m->chance[i] > chance)
                chance = m->chance[i],
                best = c->words[1][(uint32_t)m->keys[i]];
        if (used + best.n + 2 > size)
            return;
        used += (size_t)sprintf(out + used, "%s%.*s", used ? " " : "",
                                (int)best.n, best.at);
    }
}
#endif

