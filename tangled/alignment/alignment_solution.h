/* alignment_solution.h -- generated from chapters/08-alignment.nw. Do not edit. */
#include <math.h>
#include "softmax/softmax.h"

/* contract of local_weights */
/* w (n): the softmax of those scores (n) that lie at most reach from place p,
 * which need not be whole, times exp(-(s - p)^2 / (2 (reach / 2)^2)); 0
 * beyond, and everywhere if no place is near.  They need not sum to 1.
 * Scores may be large. */
static void local_weights(float *w, const float *scores, size_t n, float p,
                          float reach)

{
    const float sigma = reach / 2;
    for (size_t s = 0; s < n; s++)
        w[s] = fabsf((float)s - p) <= reach ? scores[s] : -INFINITY;
    softmax(w, w, n);
    for (size_t s = 0; s < n; s++) {
        const float far = ((float)s - p) / sigma;
        w[s] *= expf(-far * far / 2);
    }
}

/* contract of monotone_path */
/* path (sounds): the letter of each sound, none before that of the sound
 * before, such that the sum of w (sounds, letters) along it is the largest;
 * returns the sum.  sounds and letters are at least 1. */
static double monotone_path(size_t *path, const float *w, size_t sounds,
                            size_t letters)
{
    double *best = allocate(sounds * letters, sizeof *best);
    for (size_t i = 0; i < sounds; i++) {
        double most = i ? best[(i - 1) * letters] : 0;
        for (size_t s = 0; s < letters; s++) {
            if (i && best[(i - 1) * letters + s] > most)
                most = best[(i - 1) * letters + s];
            best[i * letters + s] = most + (double)w[i * letters + s];
        }
    }
    size_t end = letters;
    for (size_t i = sounds; i-- > 0; end = path[i] + 1) {
        path[i] = 0;
        for (size_t s = 1; s < end; s++)
            if (best[i * letters + s] > best[i * letters + path[i]])
                path[i] = s;
    }
    const double sum = best[(sounds - 1) * letters + path[sounds - 1]];
    free(best);
    return sum;
}
