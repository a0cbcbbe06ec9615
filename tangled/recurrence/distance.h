/* distance.h -- generated from chapters/07-recurrence.nw. Do not edit. */
/* Offers: spectral_radius, distances */

#ifndef DISTANCE_H
#define DISTANCE_H
#include "recurrence/recurrence.h"

/* spectral_radius: of u (n, n), to about a thousandth: by how much it makes
 * a random vector longer, in the mean of many steps. */
static inline double spectral_radius(const float *u, size_t n)
{
    enum { FIRST = 200, STEPS = 2000 };
    float *x = allocate(2 * n, sizeof *x), *y = x + n;
    struct random random = random_new(1, 72);
    double growth = 0;
    random_normals(x, n, 1, &random);
    for (size_t step = 0; step < STEPS; step++) {
        product(y, u, x, n, 1, n, 0);
        const double norm = sqrt((double)row_dot(y, y, n));
        for (size_t i = 0; i < n; i++)
            x[i] = norm > 0 ? y[i] / (float)norm : 0;
        growth += step >= FIRST ? log(norm) : 0;
    }
    free(x);
    return exp(growth / (STEPS - FIRST));
}

/* distances: norm (T + 1): of the gradient in the state k steps before the
 * last, for a random direction of the last one, in the mean over a batch.
 * State and cell count together.  Checked: not plain, not backwards. */
static inline void distances(float *norm, const struct recurrent *s,
                             uint64_t seed)
{
    const size_t row = s->batch * s->width, all = (s->steps + 1) * row;
    const size_t gates = size_product(s->steps, 4 * row);
    float *h = allocate(4 * all + gates, sizeof *h);
    float *c = h + all, *dh = c + all, *dc = dh + all;
    struct random random = random_new(seed, 71);
    REQUIRE(!s->plain && !s->backwards);
    recurrent_forward(h, c, dc + all, s);
    random_normals(dh + s->steps * row, row, 1, &random);
    recurrent_backward(&(struct recurrent_gradients){ NULL }, dh, dc,
                       dc + all, h, c, s);
    for (size_t k = 0; k <= s->steps; k++) {
        const size_t at = (s->steps - k) * row;
        norm[k] = sqrtf((row_dot(dh + at, dh + at, row)
                         + row_dot(dc + at, dc + at, row))
                        / (float)s->batch);
    }
    free(h);
}
#endif

