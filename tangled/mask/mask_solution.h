/* mask_solution.h -- generated from chapters/11-mask.nw. Do not edit. */
#include "mask/mask.h"

/* contract of mask_prefix */
/* Hides key j from query i if j >= prefix and j > i + m - n. */
static void mask_prefix(struct mask *mask, size_t prefix)

{
    for (size_t p = 0; p < mask->batch * mask->n * mask->m; p++) {
        size_t i = p / mask->m % mask->n, j = p % mask->m;
        if (j >= prefix && j + mask->n > i + mask->m)
            mask->visible[p] = 0;
    }
}

/* contract of mask_segments */
/* Hides key j from query i if segment[i] != segment[j].
 * segment (n); n and m must be the same. */
static void mask_segments(struct mask *mask, const int *segment)
{
    REQUIRE(mask->n == mask->m);
    for (size_t p = 0; p < mask->batch * mask->n * mask->m; p++)
        if (segment[p / mask->m % mask->n] != segment[p % mask->m])
            mask->visible[p] = 0;
}
