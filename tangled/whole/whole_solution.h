/* whole_solution.h -- generated from chapters/00-whole.nw. Do not edit. */
#include <math.h>

/* contract of log_probability */
/* log_probability: the sum over the rows of logits (n, v) of the logarithm
 * of row i's softmax at chosen[i]. */
static inline float log_probability(const float *logits, const int *chosen,
                                    int n, int v)

{
    float total = 0;
    for (int t = 0; t < n; t++, logits += v) {
        float most = logits[0], sum = 0;
        for (int i = 1; i < v; i++)
            most = fmaxf(most, logits[i]);
        for (int i = 0; i < v; i++)
            sum += expf(logits[i] - most);
        total += logits[chosen[t]] - most - logf(sum);
    }
    return total;
}

/* contract of to_bytes */
/* to_bytes: q (n), from -127 to 127, and the scale that is returned are such
 * that scale q[i] is x[i] to within half of scale. A row of zeros: all 0. */
static inline float to_bytes(signed char *q, const float *x, int n)
{
    float most = 0;
    for (int i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    const float scale = most / 127;
    for (int i = 0; i < n; i++)
        q[i] = scale > 0 ? (signed char)lrintf(x[i] / scale) : 0;
    return scale;
}
