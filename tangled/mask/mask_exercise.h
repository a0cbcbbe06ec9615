/* mask_exercise.h -- generated from chapters/11-mask.nw. Edit a copy. */
/* Complete these functions until mask_exercise.c passes. */
#include "mask/mask.h"

/* contract of mask_prefix */
/* Hides key j from query i if j >= prefix and j > i + m - n. */
static void mask_prefix(struct mask *mask, size_t prefix)

{
    (void)mask, (void)prefix;
    /* to do */
}

/* contract of mask_segments */
/* Hides key j from query i if segment[i] != segment[j].
 * segment (n); n and m must be the same. */
static void mask_segments(struct mask *mask, const int *segment)
{
    (void)mask, (void)segment;
    /* to do */
}

