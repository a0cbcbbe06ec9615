/* average_solution.h -- generated from chapters/02-average.nw. Do not edit. */
#include "average/average.h"

/* contract of moving_average_normalized */
/* The normalized moving average of v (n), in one pass. v (n) -> out (n) */
static void moving_average_normalized(float *out, const float *v,
                                      float alpha, size_t n)

{
    float sum = 0, weights = 0;
    for (size_t t = 0; t < n; t++) {
        sum = v[t] + (1 - alpha) * sum;
        weights = 1 + (1 - alpha) * weights;
        out[t] = sum / weights;
    }
}

/* contract of leave_one_out */
/* The mean squared error when each v[j] is predicted from the others by a
 * Gauss kernel.  k (m), v (m); scratch (m, m) and one row more. */
static float leave_one_out(float *scratch, const float *k, const float *v,
                           size_t m, float bandwidth)

{
    float *predicted = scratch + m * m, error = 0;
    kernel_align(scratch, k, k, m, m, 1, KERNEL_GAUSS, bandwidth);
    for (size_t j = 0; j < m; j++)
        scratch[j * m + j] = -INFINITY;
    kernel_weigh(scratch, scratch, m, m, KERNEL_GAUSS);
    average_forward(predicted, scratch, v, m, m, 1);
    for (size_t j = 0; j < m; j++)
        error += (v[j] - predicted[j]) * (v[j] - predicted[j]);
    return error / m;
}

/* contract of normalize_rows_backward */
/* Adds to dx (rows, n), given dout, out and x of normalize_rows. */
static void normalize_rows_backward(float *dx, const float *dout,
                                    const float *out, const float *x,
                                    size_t rows, size_t n)

{
    for (size_t i = 0; i < rows; i++) {
        const float *row = x + i * n;
        /* let S be the sum of the row and mean the mean of dout */
        float S = 0, mean = 0;
        for (size_t j = 0; j < n; j++) {
            S += row[j];
            mean += dout[i * n + j] * out[i * n + j];
        }
        for (size_t j = 0; S > 0 && j < n; j++)
            dx[i * n + j] += (dout[i * n + j] - mean) / S;
    }
}
