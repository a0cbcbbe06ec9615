/* hard_solution.h -- generated from chapters/06-hard.nw. Do not edit. */
#include "hard/hard.h"

/* contract of against_others */
/* advantage (n): each reward less the mean of the other n - 1.  n > 1. */
static void against_others(float *advantage, const float *reward, size_t n)

{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += reward[i];
    for (size_t i = 0; i < n; i++)
        advantage[i] = reward[i] - (sum - reward[i]) / (float)(n - 1);
}

/* contract of gaussian_backward */
/* ADDS to *dmu and *dsigma the gradient of -advantage * ln p(l), where p is
 * the normal density around mu with the spread sigma > 0. */
static void gaussian_backward(float *dmu, float *dsigma, float l, float mu,
                              float sigma, float advantage)

{
    const float off = (l - mu) / sigma;
    *dmu -= advantage * off / sigma;
    *dsigma -= advantage * (off * off - 1) / sigma;
}
