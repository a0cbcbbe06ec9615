/* transformer_solution.h -- generated from chapters/17-transformer.nw. Do not edit. */
#include "kit/batch.h"

/* contract of shift_right */
/* What the decoder reads where it should say want (n), which is units, an
 * end, and IGNORED behind it.  Behind the end it reads ends. */
static void shift_right(int32_t *before, const int32_t *want, size_t n)

{
    for (size_t t = 0; t < n; t++)
        before[t] = t == 0 ? VOCABULARY_START
                  : want[t - 1] == IGNORED ? VOCABULARY_END : want[t - 1];
}

/* contract of beam_step */
/* A continuation: its log probability, of which hypothesis, by which unit. */
struct way { double log_p; size_t from; int32_t unit; };

/* The best width of all width * kinds ways to go on, best first.  log_p
 * (width): of the hypotheses; logits (width, kinds): what follows each. */
static void beam_step(struct way *best, const double *log_p,
                      const float *logits, size_t width, size_t kinds)
{
    for (size_t k = 0; k < width; k++)
        best[k].log_p = -(double)INFINITY;
    for (size_t i = 0; i < width * kinds; i++) {
        const size_t from = i / kinds;
        const double p = log_p[from] + (double)logits[i]
            - (double)log_sum_exp(logits + from * kinds, kinds);
        size_t at = width;
        while (at > 0 && p > best[at - 1].log_p)
            at--;
        if (at == width)
            continue;
        memmove(best + at + 1, best + at, (width - 1 - at) * sizeof *best);
        best[at] = (struct way){ p, from, (int32_t)(i % kinds) };
    }
}
