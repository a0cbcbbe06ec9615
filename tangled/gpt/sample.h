/* sample.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct sampling, struct chance, sample_cut,
 * sample_probabilities, sample_pick */

/* sample.h -- how the next token is chosen. */
#ifndef SAMPLE_H
#define SAMPLE_H
#include "softmax/softmax.h"

/* How a token is chosen. temperature 0: the most likely one. top_k 0: any.
 * top_p 1, penalty 1: do nothing. */
struct sampling {
    double temperature;
    size_t top_k;
    double top_p, penalty;
};
struct chance { float p; size_t id; };

static inline int chance_compare(const void *a, const void *b)
{
    const struct chance *x = a, *y = b;
    if (x->p != y->p)
        return x->p > y->p ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}
/* sample_cut: all but the top_k most likely, and of these all but the fewest
 * that have a share of top_p, get p = 0. p (V) sums to 1; may sum to less
 * afterwards. One token always stays. Holtzman et al. 2020, eq. 2. */
static inline void sample_cut(float *p, size_t V, size_t top_k, double top_p)
{
    struct chance *by_p = allocate(V, sizeof *by_p);
    double all = 0, sum = 0;
    for (size_t i = 0; i < V; i++)
        by_p[i] = (struct chance){ p[i], i };
    qsort(by_p, V, sizeof *by_p, chance_compare);
    if (top_k == 0 || top_k > V)
        top_k = V;
    for (size_t i = 0; i < top_k; i++)
        all += (double)by_p[i].p;
    for (size_t i = 0; i < V; i++) {
        const bool stays = i < top_k && (i == 0 || sum < top_p * all);
        sum += (double)by_p[i].p;
        if (!stays)
            p[by_p[i].id] = 0;
    }
    free(by_p);
}

/* sample_probabilities: p (V), how often each token is to be chosen after
 * ids (n), from the logits (V) of the model. */
static inline void sample_probabilities(float *p, const float *logits,
    size_t V, const struct sampling *how, const int32_t *ids, size_t n)
{
    double sum = 0;
    memcpy(p, logits, V * sizeof *p);
    for (size_t i = 0; i < n; i++) {
        const float x = logits[ids[i]], by = (float)how->penalty;
        p[ids[i]] = x > 0 ? x / by : x * by;
    }
    const float temperature = (float)how->temperature;
    if (temperature == 0) {
        const size_t best = argmax(p, V);
        for (size_t i = 0; i < V; i++)
            p[i] = i == best;
        return;
    }
    softmax_temperature(p, p, temperature, V);
    if (how->top_k > 0 || how->top_p < 1)
        sample_cut(p, V, how->top_k, how->top_p);
    for (size_t i = 0; i < V; i++)
        sum += (double)p[i];
    for (size_t i = 0; i < V; i++)
        p[i] = (float)((double)p[i] / sum);
}

/* sample_pick: a token, by p (V). One with p = 0 is never chosen. */
static inline int32_t sample_pick(const float *p, size_t V,
                                  struct random *random)
{
    double left = (double)random_uniform(random);
    size_t last = 0;
    for (size_t i = 0; i < V; i++)
        if (p[i] > 0) {
            last = i;
            left -= (double)p[i];
            if (left < 0)
                break;
        }
    return (int32_t)last;
}
#endif
