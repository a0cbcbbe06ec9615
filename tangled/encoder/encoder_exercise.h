/* encoder_exercise.h -- generated from chapters/14-encoder.nw. Edit a copy. */
/* Complete these. encoder_exercise.c checks them. */
#include "softmax/softmax.h"

/* contract of mean_shares */
/* mean_shares: shares (batch, length) of a mean over the first rows of each
 * text, as many as lengths (batch) says, and 0 for its padding.
 * Checked: lengths > 0. */
static inline void mean_shares(float *shares, const size_t *lengths,
                               size_t batch, size_t length)

{
    (void)shares, (void)lengths, (void)batch, (void)length;
}

/* contract of occlude */
/* occlude: out (n, n), n times the ids (n); in text i > 0, unknown stands in
 * place of token i.  Text 0 is the whole one, for its first token stays. */
static inline void occlude(int32_t *out, const int32_t *ids, size_t n,
                           int32_t unknown)

{
    (void)out, (void)ids, (void)n, (void)unknown;
}

/* contract of occlusion */
/* occlusion: out (n), how much larger the logarithm of the chance of kind is
 * for the logits whole (kinds) than for without (n, kinds), row by row. */
static inline void occlusion(float *out, const float *whole,
                             const float *without, size_t n, size_t kinds,
                             size_t kind)
{
    (void)out, (void)whole, (void)without, (void)n, (void)kinds, (void)kind;
}

