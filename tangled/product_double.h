/* product_double.h -- generated from product.h by the build. Do not edit. */
#ifndef PRODUCT_H_double
#define PRODUCT_H_double
#include <stddef.h>
#include "workshop.h"

enum { TRANSPOSE_A_double = 1, TRANSPOSE_B_double = 2, PRODUCT_ADD_double = 4 };

/* product: c = op(a) op(b), or c += with PRODUCT_ADD.
 * c (m, n), op(a) (m, k), op(b) (k, n); with TRANSPOSE_A, a is (k, m); with
 * TRANSPOSE_B, b is (n, k).  k == 0 sets c to 0, or leaves it with
 * PRODUCT_ADD.  The same bits for any number of threads.
 * Unchecked: c must not overlap a or b. */
static inline void product_double(double *c, const double *a, const double *b,
                           size_t m, size_t n, size_t k, unsigned how);

/* product_strided: the same for matrices inside larger ones: rows of c, a
 * and b stand ldc, lda and ldb floats apart. */
static inline void product_strided_double(double *c, size_t ldc, const double *a,
                                   size_t lda, const double *b, size_t ldb,
                                   size_t m, size_t n, size_t k,
                                   unsigned how);

/* product_plain: product_strided as three loops, to compare with. */
static inline void product_plain_double(double *c, size_t ldc, const double *a,
                                 size_t lda, const double *b, size_t ldb,
                                 size_t m, size_t n, size_t k, unsigned how);

static inline void product_plain_double(double *c, size_t ldc, const double *a,
                                 size_t lda, const double *b, size_t ldb,
                                 size_t m, size_t n, size_t k, unsigned how)
{
    /* let ai, al, bl and bj be the steps along the axes */
    size_t ai = how & TRANSPOSE_A_double ? 1 : lda, al = how & TRANSPOSE_A_double ? lda : 1;
    size_t bl = how & TRANSPOSE_B_double ? 1 : ldb, bj = how & TRANSPOSE_B_double ? ldb : 1;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            /* let sum be number ij of the product */
            double sum = how & PRODUCT_ADD_double ? c[i * ldc + j] : 0;
            for (size_t l = 0; l < k; l++)
                sum += a[i * ai + l * al] * b[l * bl + j * bj];
            c[i * ldc + j] = sum;
        }
}

/* (helper product: your bodies replace these two chunks) */
static inline void product_strided_double(double *c, size_t ldc, const double *a,
                                   size_t lda, const double *b, size_t ldb,
                                   size_t m, size_t n, size_t k,
                                   unsigned how)
{
    product_plain_double(c, ldc, a, lda, b, ldb, m, n, k, how);
}

static inline void product_double(double *c, const double *a, const double *b,
                           size_t m, size_t n, size_t k, unsigned how)
{
    product_strided_double(c, n, a, how & TRANSPOSE_A_double ? m : k,
                    b, how & TRANSPOSE_B_double ? k : n, m, n, k, how);
}
#endif

