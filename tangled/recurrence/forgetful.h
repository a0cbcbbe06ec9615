/* forgetful.h -- generated from chapters/07-recurrence.nw. Do not edit. */
/* Offers: rnn_backward_forgetful */

#ifndef FORGETFUL_H
#define FORGETFUL_H
#include "recurrence/recurrence.h"

/* rnn_backward_forgetful: the bug: what came to a state from outside is
 * lost, except at the last. */
static inline void rnn_backward_forgetful(
    const struct recurrent_gradients *d, float *dh, const float *h,
    const struct recurrent *s)
{
    memset(dh, 0, s->steps * s->batch * s->width * sizeof *dh);
    rnn_backward_plain(d, dh, h, s);
}
#endif

