/* rouge.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct rouge, rouge_of */

#ifndef ROUGE_H
#define ROUGE_H
#include "translation/memory.h"

/* F of words, of pairs, and of the longest common subsequence. */
struct rouge { double one, two, longest; };

static inline double rouge_f(double match, double said, double right)
{
    return match > 0 ? 2 * match / (said + right) : 0;
}

/* rouge_of: words as they stand, of BLEU_WORDS at most. Lin 2004. */
static inline struct rouge rouge_of(const char *candidate,
                                    const char *reference)
{
    struct unit a[BLEU_WORDS], b[BLEU_WORDS];
    struct bleu rows = { .said = 0 };
    const size_t n = words_split(a, candidate);
    const size_t m = words_split(b, reference);
    bleu_add(&rows, candidate, reference);
    return (struct rouge){
        rouge_f((double)rows.match[0], (double)n, (double)m),
        rouge_f((double)rows.match[1], (double)n - 1, (double)m - 1),
        rouge_f((double)common_words(a, n, b, m), (double)n, (double)m) };
}
#endif

