/* alignment_exercise.h -- generated from chapters/08-alignment.nw. Edit a copy. */
/* Complete these functions until alignment_exercise.c passes. */
#include <math.h>
#include "kit/workshop.h"

/* contract of local_weights */
/* w (n): the softmax of those scores (n) that lie at most reach from place p,
 * which need not be whole, times exp(-(s - p)^2 / (2 (reach / 2)^2)); 0
 * beyond, and everywhere if no place is near.  They need not sum to 1.
 * Scores may be large. */
static void local_weights(float *w, const float *scores, size_t n, float p,
                          float reach)

{
    (void)w, (void)scores, (void)n, (void)p, (void)reach;
    /* to do */
}

/* contract of monotone_path */
/* path (sounds): the letter of each sound, none before that of the sound
 * before, such that the sum of w (sounds, letters) along it is the largest;
 * returns the sum.  sounds and letters are at least 1. */
static double monotone_path(size_t *path, const float *w, size_t sounds,
                            size_t letters)
{
    (void)path, (void)w, (void)sounds, (void)letters;
    /* to do */
    return 0;
}

