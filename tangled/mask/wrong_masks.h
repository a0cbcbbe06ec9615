/* wrong_masks.h -- generated from chapters/11-mask.nw. Do not edit. */
/* Offers: enum wrong */

#ifndef WRONG_MASKS_H
#define WRONG_MASKS_H
#include "mask/mask.h"
/* the wrong ways to mask */
enum wrong { RIGHT_WAY, BARE_INFINITY, ADD_BILLION, ADD_TEN_THOUSAND,
             MASK_AFTER, WAYS };

static inline void wrong_softmax(float *out, const float *scores,
    const uint8_t *visible, size_t m, enum wrong how)
{
    const float hide[WAYS] = { -INFINITY, -INFINITY, -1e9f, -1e4f, 0 };
    float sum = 0;
    for (size_t j = 0; j < m; j++)
        out[j] = scores[j] + (visible[j] ? 0 : hide[how]);
    if (how == RIGHT_WAY) {
        softmax(out, out, m);
        return;
    }
    const float max = row_max(out, m);
    for (size_t j = 0; j < m; j++) {
        out[j] = expf(out[j] - max);
        if (how == MASK_AFTER && !visible[j])
            out[j] = 0;
        sum += out[j];
    }
    for (size_t j = 0; j < m; j++)
        out[j] /= sum;
}
#endif
