/* bert_solution.h -- generated from chapters/15-bert.nw. Do not edit. */
#include "softmax/softmax.h"

/* contract of whole_words */
/* whole_words: asked (n) says which tokens are asked for; afterward all
 * pieces of a word are asked for, if one of them was.  goes_on (n): is this
 * token a piece that goes on with the word before it? */
static inline void whole_words(bool *asked, const bool *goes_on, size_t n)

{
    for (size_t i = 0; i < n; ) {
        size_t end = i + 1;
        bool any = asked[i];
        for (; end < n && goes_on[end]; end++)
            any |= asked[end];
        for (; i < end; i++)
            asked[i] = any;
    }
}

/* contract of one_blank_each */
/* one_blank_each: out (n - 2, n), copies of ids (n); in copy i, token i + 1
 * is a mask.  The first and the last token stay. */
static inline void one_blank_each(int32_t *out, const int32_t *ids, size_t n,
                                  int32_t mask)

{
    for (size_t i = 0; i + 2 < n; i++)
        for (size_t j = 0; j < n; j++)
            out[i * n + j] = j == i + 1 ? mask : ids[j];
}

/* contract of pseudo_log_likelihood */
/* pseudo_log_likelihood: the sum of the logarithms of the chances of tokens 1
 * to n - 2 of ids (n).  logits (n - 2, V): row i is what a model says of
 * token i + 1, when that one is hidden. */
static inline double pseudo_log_likelihood(const float *logits,
                                           const int32_t *ids, size_t n,
                                           size_t V)
{
    double sum = 0;
    for (size_t i = 0; i + 2 < n; i++, logits += V)
        sum += (double)(logits[ids[i + 1]] - log_sum_exp(logits, V));
    return sum;
}
