/* vision_solution.h -- generated from chapters/19-vision.nw. Do not edit. */
#include "gradient/gradient.h"

/* contract of places_resized */
/* out (1 + to to, C) of places (1 + from from, C), to > 1, from > 1, width:
 * C.  The first row is that of the class token and stays.  The corners stay
 * corners; in between, rows go straight from one to the next. */
static void places_resized(float *out, size_t to, const float *places,
                           size_t from, size_t width)

{
    const float step = (float)(from - 1) / (float)(to - 1);
    memcpy(out, places, width * sizeof *out);
    for (size_t i = 0; i < to * to; i++) {
        const float y = (float)(i / to) * step, x = (float)(i % to) * step;
        const size_t r = y < (float)(from - 2) ? (size_t)y : from - 2;
        const size_t c = x < (float)(from - 2) ? (size_t)x : from - 2;
        const float *at = places + (1 + r * from + c) * width;
        const float dy = y - (float)r, dx = x - (float)c;
        for (size_t j = 0; j < width; j++)
            out[(1 + i) * width + j]
                = (1 - dy) * ((1 - dx) * at[j] + dx * at[width + j])
                + dy * ((1 - dx) * at[from * width + j]
                        + dx * at[(from + 1) * width + j]);
    }
}
