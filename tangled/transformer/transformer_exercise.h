/* transformer_exercise.h -- generated from chapters/17-transformer.nw. Edit a copy. */
/* Complete these functions until transformer_exercise.c passes. */
#include "kit/batch.h"

/* contract of shift_right */
/* What the decoder reads where it should say want (n), which is units, an
 * end, and IGNORED behind it.  Behind the end it reads ends. */
static void shift_right(int32_t *before, const int32_t *want, size_t n)

{
    (void)before, (void)want, (void)n;
    /* to do */
}

/* contract of beam_step */
/* A continuation: its log probability, of which hypothesis, by which unit. */
struct way { double log_p; size_t from; int32_t unit; };

/* The best width of all width * kinds ways to go on, best first.  log_p
 * (width): of the hypotheses; logits (width, kinds): what follows each. */
static void beam_step(struct way *best, const double *log_p,
                      const float *logits, size_t width, size_t kinds)
{
    (void)best, (void)log_p, (void)logits, (void)width, (void)kinds;
    /* to do */
}

