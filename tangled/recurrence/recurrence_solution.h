/* recurrence_solution.h -- generated from chapters/07-recurrence.nw. Do not edit. */
#include <math.h>
#include "kit/workshop.h"

/* Row j of w x + u h, the numbers of h times those of by, if there are. */
static float row_of(size_t j, const float *w, const float *x, size_t in,
                    const float *u, const float *h, const float *by,
                    size_t width)
{
    float sum = 0;
    for (size_t i = 0; i < in; i++)
        sum += w[j * in + i] * x[i];
    for (size_t k = 0; k < width; k++)
        sum += u[j * width + k] * h[k] * (by ? by[k] : 1);
    return sum;
}

/* contract of gru_step */
/* One step of a gated recurrent unit: out (C) from x (I) and h (C).
 * wz, wr and w: (C, I); uz, ur and u: (C, C). */
static void gru_step(float *out, const float *x, const float *h,
                     const float *wz, const float *uz, const float *wr,
                     const float *ur, const float *w, const float *u,
                     size_t in, size_t width)

{
    float *r = allocate(width, sizeof *r);
    for (size_t j = 0; j < width; j++)
        r[j] = 1 / (1 + expf(-row_of(j, wr, x, in, ur, h, NULL, width)));
    for (size_t j = 0; j < width; j++) {
        float z = 1 / (1 + expf(-row_of(j, wz, x, in, uz, h, NULL, width)));
        float new = tanhf(row_of(j, w, x, in, u, h, r, width));
        out[j] = (1 - z) * h[j] + z * new;
    }
    free(r);
}

/* contract of truncated */
/* The gradient of u, for states h (T + 1) of the cell h[t] = u h[t - 1] +
 * x[t], and a loss whose slope in h[T] is given.  The walk back takes the
 * last K steps, or all if there are fewer. */
static double truncated(const double *h, double slope, double u, size_t T,
                        size_t K)
{
    double sum = 0;
    for (size_t t = T; t > 0 && T - t < K; t--) {
        sum += slope * h[t - 1];
        slope *= u;
    }
    return sum;
}
