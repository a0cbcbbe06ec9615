/* fast_solution.h -- generated from chapters/26-fast.nw. Do not edit. */
#include "gradient/product.h"

static inline void transpose(float *out, const float *x, size_t rows,
                             size_t cols)
{
    size_t r = 0;
    for (; r + 4 <= rows; r += 4)
        product_turn(out + r, rows, x + r * cols, cols, cols);
    for (; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            out[c * rows + r] = x[r * cols + c];
}

static inline void product_symmetric(float *c, const float *a, size_t n,
                                     size_t k)
{
    for (size_t i = 0, rows; i < n; i += rows) {
        rows = n - i < 48 ? n - i : 48;
        product_strided(c + i * n, n, a + i * k, k, a, k, rows, i + rows,
                        k, TRANSPOSE_B);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            c[j * n + i] = c[i * n + j];
}
