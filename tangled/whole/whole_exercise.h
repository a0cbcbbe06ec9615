/* whole_exercise.h -- generated from chapters/00-whole.nw. Edit a copy. */
/* Complete these. whole_exercise.c checks them. */
#include <math.h>

/* contract of log_probability */
/* log_probability: the sum over the rows of logits (n, v) of the logarithm
 * of row i's softmax at chosen[i]. */
static inline float log_probability(const float *logits, const int *chosen,
                                    int n, int v)

{
    (void)logits, (void)chosen, (void)n, (void)v;
    return 0;
}

/* contract of to_bytes */
/* to_bytes: q (n), from -127 to 127, and the scale that is returned are such
 * that scale q[i] is x[i] to within half of scale. A row of zeros: all 0. */
static inline float to_bytes(signed char *q, const float *x, int n)
{
    (void)q, (void)x, (void)n;
    return 0;
}

