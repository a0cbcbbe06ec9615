/* average_exercise.h -- generated from chapters/02-average.nw. Edit a copy. */
/* Complete these functions until average_exercise.c passes. */
#include "average/average.h"

/* contract of moving_average_normalized */
/* The normalized moving average of v (n), in one pass. v (n) -> out (n) */
static void moving_average_normalized(float *out, const float *v,
                                      float alpha, size_t n)

{
    for (size_t t = 0; t < n; t++)
        out[t] = 0 * alpha * v[t];   /* to do */
}

/* contract of leave_one_out */
/* The mean squared error when each v[j] is predicted from the others by a
 * Gauss kernel.  k (m), v (m); scratch (m, m) and one row more. */
static float leave_one_out(float *scratch, const float *k, const float *v,
                           size_t m, float bandwidth)

{
    (void)scratch, (void)k, (void)v, (void)m, (void)bandwidth;
    return 0;   /* to do */
}

/* contract of normalize_rows_backward */
/* Adds to dx (rows, n), given dout, out and x of normalize_rows. */
static void normalize_rows_backward(float *dx, const float *dout,
                                    const float *out, const float *x,
                                    size_t rows, size_t n)

{
    (void)dx, (void)dout, (void)out, (void)x, (void)rows, (void)n;
    /* to do */
}

