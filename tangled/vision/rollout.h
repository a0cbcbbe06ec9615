/* rollout.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: rollout */

/* rollout.h -- what becomes of rows in many layers of attention. */
#ifndef ROLLOUT_H
#define ROLLOUT_H
#include "gradient/gradient.h"

/* rollout: share (T), what row number row of the last layer's output has from
 * each row of the first layer's input.  attention: L layers of (H, T, T).
 * Equation "vision-rollout"; Abnar and Zuidema 2020, equation 1. */
static inline void rollout(float *share, const float *const *attention,
                           size_t row, size_t layers, size_t heads, size_t T)
{
    float *next = allocate(T, sizeof *next);
    memset(share, 0, T * sizeof *share);
    share[row] = 1;
    for (size_t l = layers; l-- > 0; ) {
        for (size_t j = 0; j < T; j++)
            next[j] = share[j] / 2;
        for (size_t h = 0; h < heads; h++)
            for (size_t i = 0; i < T; i++)
                scale_add(next, attention[l] + (h * T + i) * T,
                          share[i] / 2 / (float)heads, T);
        memcpy(share, next, T * sizeof *share);
    }
    free(next);
}
#endif

