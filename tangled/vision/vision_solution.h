/* vision_solution.h -- generated from chapters/19-vision.nw. Do not edit. */
#include "vision/precision.h"

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

/* contract of pairs_won */
/* The share of the n m pairs with a[i] > b[j]; equal ones count half. */
static double pairs_won(const double *a, const double *b, size_t n, size_t m)

{
    double won = 0;
    for (size_t i = 0; i < n * m; i++)
        won += a[i / m] > b[i % m] ? 1 : a[i / m] == b[i % m] ? .5 : 0;
    return won / (double)(n * m);
}

/* contract of suppress */
/* Keeps those of f (n), boxes of one canvas, best score first, that have an
 * IoU of at most limit with every box kept before them that has the same
 * kind.  They move to the front, in their order.  Returns how many. */
static size_t suppress(struct found *f, size_t n, float limit)

{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool copy = false;
        for (size_t k = 0; k < kept && !copy; k++)
            copy = f[k].kind == f[i].kind
                && box_iou(f[k].box, f[i].box) > limit;
        if (!copy)
            f[kept++] = f[i];
    }
    return kept;
}
