/* position_solution.h -- generated from chapters/12-position.nw. Do not edit. */
#include "position/position.h"

/* contract of rotary_halves */
/* out = x turned as rotary_forward does, but the pairs are
 * (x[l], x[l + width / 2]).  out is not x. */
static void rotary_halves(float *out, const float *x, const float *cosines,
                          const float *sines, size_t heads, size_t length,
                          size_t width)

{
    const size_t half = width / 2;
    for (size_t r = 0; r < heads * length; r++)
        for (size_t l = 0; l < half; l++) {
            const size_t at = r % length * half + l, i = r * width + l;
            float a = x[i], b = x[i + half], c = cosines[at], s = sines[at];
            out[i] = c * a - s * b;
            out[i + half] = s * a + c * b;
        }
}

/* contract of distance_bucket */
/* The bucket, 0 to n - 1, of a distance. With h = n / 2: the distance
 * itself if it is below h; else h + floor(h ln(distance / h) /
 * ln(most / h)), but n - 1 at most. */
static size_t distance_bucket(size_t distance, size_t n, size_t most)
{
    size_t half = n / 2;
    if (distance < half)
        return distance;
    double ratio = log((double)distance / (double)half)
                 / log((double)most / (double)half);
    size_t bucket = half + (size_t)((double)half * ratio + 1e-9);
    return bucket < n ? bucket : n - 1;
}
