/* position_exercise.h -- generated from chapters/12-position.nw. Edit a copy. */
/* Complete these functions until position_exercise.c passes. */
#include "position/position.h"

/* contract of rotary_halves */
/* out = x turned as rotary_forward does, but the pairs are
 * (x[l], x[l + width / 2]).  out is not x. */
static void rotary_halves(float *out, const float *x, const float *cosines,
                          const float *sines, size_t heads, size_t length,
                          size_t width)

{
    (void)out, (void)x, (void)cosines, (void)sines;
    (void)heads, (void)length, (void)width;
    /* to do */
}

/* contract of distance_bucket */
/* The bucket, 0 to n - 1, of a distance. With h = n / 2: the distance
 * itself if it is below h; else h + floor(h ln(distance / h) /
 * ln(most / h)), but n - 1 at most. */
static size_t distance_bucket(size_t distance, size_t n, size_t most)
{
    (void)distance, (void)n, (void)most;
    return 0;   /* to do */
}
