/* peak.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: run_chains, measure_peak, measure_bandwidth */

#ifndef PEAK_H
#define PEAK_H
#include "gradient/product.h"

enum { CHAINS = 12 };

/* run_chains: 12 chains of FMAs, in every lane; what they end with. */
static inline float run_chains(size_t steps, float start)
{
    lanes x[CHAINS], by = lanes_all(0.9999f), plus = lanes_all(start);
    PRODUCT_UNROLL
    for (size_t c = 0; c < CHAINS; c++)
        x[c] = lanes_all(start + (float)c);
    for (size_t s = 0; s < steps; s++)
        PRODUCT_UNROLL
        for (size_t c = 0; c < CHAINS; c++)
            x[c] = x[c] * by + plus;
    lanes sum = lanes_all(0);
    PRODUCT_UNROLL
    for (size_t c = 0; c < CHAINS; c++)
        sum += x[c];
    return lanes_sum(sum);
}

static volatile float unknown = 0.5f, sink; /* sink: to be ignored */

/* measure_peak: operations a second, of threads that do nothing else. */
static inline double measure_peak(size_t threads)
{
    enum { STEPS = 1000000, TRIES = 4 };
    double best = INFINITY;
    for (int try = 0; try < TRIES; try++) {
        double start = seconds_now();
        float sum = 0;
#ifdef _OPENMP
#pragma omp parallel for reduction(+: sum) num_threads((int)threads)
#endif
        for (size_t t = 0; t < threads; t++)
            sum += run_chains(STEPS, unknown);
        sink = sum;
        best = fmin(best, seconds_now() - start);
    }
    return 2.0 * CHAINS * LANES * STEPS * (double)threads / best;
}

static inline float add_up(const float *x, size_t n)
{
    lanes sum[8];
    for (size_t s = 0; s < 8; s++)
        sum[s] = lanes_all(0);
    for (size_t i = 0; i + 8 * LANES <= n; i += 8 * LANES)
        for (size_t s = 0; s < 8; s++)
            sum[s] += lanes_load(x + i + s * LANES);
    return lanes_sum(sum[0] + sum[1] + sum[2] + sum[3]
                     + sum[4] + sum[5] + sum[6] + sum[7]);
}

/* measure_bandwidth: bytes a second that threads can read from x (n). */
static inline double measure_bandwidth(const float *x, size_t n,
                                       size_t threads)
{
    double best = INFINITY;
    for (int try = 0; try < 4; try++) {
        double start = seconds_now();
        float sum = 0;
#ifdef _OPENMP
#pragma omp parallel for reduction(+: sum) num_threads((int)threads)
#endif
        for (size_t t = 0; t < threads; t++)
            sum += add_up(x + n / threads * t, n / threads);
        sink = sum;
        best = fmin(best, seconds_now() - start);
    }
    return (double)(n * sizeof *x) / best;
}
#endif
