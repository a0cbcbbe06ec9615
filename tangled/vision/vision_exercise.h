/* vision_exercise.h -- generated from chapters/19-vision.nw. Edit a copy. */
/* Complete these until vision_exercise.c passes. */
#include "vision/precision.h"

/* contract of places_resized */
/* out (1 + to to, C) of places (1 + from from, C), to > 1, from > 1, width:
 * C.  The first row is that of the class token and stays.  The corners stay
 * corners; in between, rows go straight from one to the next. */
static void places_resized(float *out, size_t to, const float *places,
                           size_t from, size_t width)

{
    (void)out, (void)to, (void)places, (void)from, (void)width; /* to do */
}

/* contract of pairs_won */
/* The share of the n m pairs with a[i] > b[j]; equal ones count half. */
static double pairs_won(const double *a, const double *b, size_t n, size_t m)

{
    (void)a, (void)b, (void)n, (void)m;    /* to do */
    return 0;
}

/* contract of suppress */
/* Keeps those of f (n), boxes of one canvas, best score first, that have an
 * IoU of at most limit with every box kept before them that has the same
 * kind.  They move to the front, in their order.  Returns how many. */
static size_t suppress(struct found *f, size_t n, float limit)

{
    (void)f, (void)n, (void)limit;    /* to do */
    return 0;
}

