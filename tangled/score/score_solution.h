/* score_solution.h -- generated from chapters/03-score.nw. Do not edit. */
#include "score/score.h"

/* contract of score_cosine */
/* scores (n, m): the cosine of the angle between q (n, d) and k (m, d);
 * 0 where either is all zero. */
static void score_cosine(float *scores, const float *q, const float *k,
                         size_t n, size_t m, size_t d)

{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            const float *a = q + i * d, *b = k + j * d;
            float lengths = sqrtf(row_dot(a, a, d)) * sqrtf(row_dot(b, b, d));
            scores[i * m + j] = lengths > 0 ? row_dot(a, b, d) / lengths : 0;
        }
}

/* contract of attention_backward */
/* Adds to dq (n, d), dk (m, d), dv (m, c), and on the way to dweights and
 * dscores (n, m), given dout (n, c) and the weights of attention_forward. */
static void attention_backward(float *dq, float *dk, float *dv,
                               float *dweights, float *dscores,
                               const float *dout, const float *weights,
                               const float *q, const float *k,
                               const float *v, size_t n, size_t m,
                               size_t d, size_t c)

{
    average_backward(dweights, dv, dout, weights, v, n, m, c);
    softmax_rows_backward(dscores, dweights, weights, n, m);
    dot_rows_backward(dq, dk, dscores, q, k, n, m, d, 1 / sqrtf((float)d));
}
