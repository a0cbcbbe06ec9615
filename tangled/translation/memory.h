/* memory.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: common_words, memory_find */

/* memory.h -- a translation memory. */
#ifndef MEMORY_H
#define MEMORY_H
#include "translation/bleu.h"

/* common_words: of the longest common subsequence of a (n) and b (m). */
static inline size_t common_words(const struct unit *a, size_t n,
                                  const struct unit *b, size_t m)
{
    size_t row[BLEU_WORDS + 1] = { 0 };
    REQUIRE(m <= BLEU_WORDS);
    for (size_t i = 0; i < n; i++) {
        size_t corner = 0;        /* the row above, one column to the left */
        for (size_t j = 0; j < m; j++) {
            const size_t above = row[j + 1];
            if (unit_same(a[i], b[j]))
                row[j + 1] = corner + 1;
            else if (row[j] > above)
                row[j + 1] = row[j];
            corner = above;
        }
    }
    return row[m];
}

/* memory_find: the pair of a memory whose input is nearest to a text, and how
 * near it is, from 0 to 1; of equal ones the first. */
static inline const struct pair *memory_find(double *near,
    const struct pairs *memory, const char *text)
{
    struct unit a[BLEU_WORDS], b[BLEU_WORDS];
    const size_t n = words_split(a, text);
    const struct pair *best = memory->list;
    *near = -1;
    for (size_t i = 0; i < memory->count; i++) {
        const size_t m = words_split(b, memory->list[i].input);
        const double is = n + m == 0 ? 0
            : 2 * (double)common_words(a, n, b, m) / (double)(n + m);
        if (is > *near)
            *near = is, best = &memory->list[i];
    }
    return best;
}
#endif
