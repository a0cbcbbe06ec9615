/* product_double.h -- generated from product.h by the build. Do not edit. */

#ifndef PRODUCT_H_double
#define PRODUCT_H_double
#include "double/lanes_double.h"
#include "kit/workshop.h"

enum { TRANSPOSE_A_double = 1, TRANSPOSE_B_double = 2, PRODUCT_ADD_double = 4 };

/* product_strided: the same for matrices inside larger ones: rows of c, a
 * and b stand ldc, lda and ldb floats apart. */
static inline void product_strided_double(double *c, size_t ldc, const double *a,
                                   size_t lda, const double *b, size_t ldb,
                                   size_t m, size_t n, size_t k,
                                   unsigned how);
/* product_plain: product_strided as three loops, to compare with. */
static inline void product_plain_double(double *c, size_t ldc, const double *a,
                                 size_t lda, const double *b, size_t ldb,
                                 size_t m, size_t n, size_t k, unsigned how)
{
    /* let ai, al, bl and bj be the steps along the axes */
    size_t ai = how & TRANSPOSE_A_double ? 1 : lda, al = how & TRANSPOSE_A_double ? lda : 1;
    size_t bl = how & TRANSPOSE_B_double ? 1 : ldb, bj = how & TRANSPOSE_B_double ? ldb : 1;

    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            double sum = how & PRODUCT_ADD_double ? c[i * ldc + j] : 0;
            for (size_t l = 0; l < k; l++)
                sum += a[i * ai + l * al] * b[l * bl + j * bj];
            c[i * ldc + j] = sum;
        }
}
#if defined __AVX512F__ || defined __aarch64__ /* 32 registers */
enum { PRODUCT_HIGH_double = 12, PRODUCT_LANES_double = 2 };
#elif defined __FMA__ /* 16 */
enum { PRODUCT_HIGH_double = 4, PRODUCT_LANES_double = 3 };
#else /* 16 or fewer, and no FMA */
enum { PRODUCT_HIGH_double = 4, PRODUCT_LANES_double = 2 };
#endif
enum { PRODUCT_LOW_double = 4, PRODUCT_WIDE_double = PRODUCT_LANES_double * LANES_double };

#ifdef __clang__
#define PRODUCT_UNROLL_double _Pragma("clang loop unroll(full)")
#else
#define PRODUCT_UNROLL_double _Pragma("GCC unroll 32")
#endif
#define PRODUCT_INLINE_double static inline __attribute__((always_inline))

struct product_corner_double {
    double *c; /* the first number of the tile; rows ldc apart */
    size_t ldc, rows, cols;
    bool add;
};

/* product_soon: x[at] will be wanted, if there is such a number. */
PRODUCT_INLINE_double void product_soon_double(const double *x, size_t at)
{
    __builtin_prefetch((const void *)((uintptr_t)x + at * sizeof *x));
}

PRODUCT_INLINE_double void
product_tile_double(struct product_corner_double to, const double *a, size_t ai, size_t al,
             const double *b, size_t bl, size_t depth,
             size_t high, size_t wide)
{
    lanes_double sum[PRODUCT_HIGH_double][PRODUCT_LANES_double], row[PRODUCT_LANES_double];
    /* let sum be zero */
    PRODUCT_UNROLL_double
    for (size_t i = 0; i < high; i++)
        PRODUCT_UNROLL_double
        for (size_t j = 0; j < wide; j++)
            sum[i][j] = lanes_all_double(0);
    for (size_t i = 0; i < to.rows; i++)
        for (size_t j = 0; j < wide; j++)
            product_soon_double(to.c, i * to.ldc + j * LANES_double);
    /* load the row of b */
    PRODUCT_UNROLL_double
    for (size_t j = 0; j < wide; j++)
        row[j] = lanes_load_double(b + j * LANES_double);
    for (size_t l = 1; l <= depth; l++, a += al) {
        /* add a column of a times the row of b */
        PRODUCT_UNROLL_double
        for (size_t i = 0; i < high; i++)
            PRODUCT_UNROLL_double
            for (size_t j = 0; j < wide; j++)
                sum[i][j] += a[i * ai] * row[j];
        b += l < depth ? bl : 0;
        /* load the row of b */
        PRODUCT_UNROLL_double
        for (size_t j = 0; j < wide; j++)
            row[j] = lanes_load_double(b + j * LANES_double);
    }
    /* store sum */
    if (to.rows == high && to.cols == wide * LANES_double) {
        /* store a whole tile */
        PRODUCT_UNROLL_double
        for (size_t i = 0; i < high; i++)
            PRODUCT_UNROLL_double
            for (size_t j = 0; j < wide; j++) {
                double *c = to.c + i * to.ldc + j * LANES_double;
                lanes_double old = to.add ? lanes_load_double(c) : lanes_all_double(0);
                lanes_store_double(c, old + sum[i][j]);
            }
    } else {
        /* store a part of a tile */
        double whole[PRODUCT_HIGH_double * PRODUCT_WIDE_double];
        PRODUCT_UNROLL_double
        for (size_t i = 0; i < high; i++)
            PRODUCT_UNROLL_double
            for (size_t j = 0; j < wide; j++)
                lanes_store_double(whole + (i * wide + j) * LANES_double, sum[i][j]);
        for (size_t i = 0; i < to.rows; i++)
            for (size_t j = 0; j < to.cols; j++) {
                double *c = to.c + i * to.ldc + j;
                *c = (to.add ? *c : 0) + whole[i * wide * LANES_double + j];
            }
    }
}

typedef double product_four_double __attribute__((vector_size(4 * sizeof(double))));
#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define PRODUCT_PICK_double __builtin_shufflevector
#endif
#endif

/* product_turn: to[l * width + i] = x[i * step + l], i < 4, l < depth. */
PRODUCT_INLINE_double void product_turn_double(double *to, size_t width, const double *x,
                                 size_t step, size_t depth)
{
    size_t l = 0;
    /* turn squares of four by four */
#ifdef PRODUCT_PICK_double
    for (; l + 4 <= depth; l += 4) {
        product_four_double r[4];
        PRODUCT_UNROLL_double
        for (size_t i = 0; i < 4; i++)
            memcpy(&r[i], x + i * step + l, sizeof r[i]);
        for (size_t i = 4; i < 8; i++)
            product_soon_double(x, i * step + l);
        /* exchange the rows and columns of r */
        product_four_double ab = PRODUCT_PICK_double(r[0], r[1], 0, 4, 1, 5);
        product_four_double cd = PRODUCT_PICK_double(r[2], r[3], 0, 4, 1, 5);
        product_four_double AB = PRODUCT_PICK_double(r[0], r[1], 2, 6, 3, 7);
        product_four_double CD = PRODUCT_PICK_double(r[2], r[3], 2, 6, 3, 7);
        r[0] = PRODUCT_PICK_double(ab, cd, 0, 1, 4, 5);
        r[1] = PRODUCT_PICK_double(ab, cd, 2, 3, 6, 7);
        r[2] = PRODUCT_PICK_double(AB, CD, 0, 1, 4, 5);
        r[3] = PRODUCT_PICK_double(AB, CD, 2, 3, 6, 7);
        PRODUCT_UNROLL_double
        for (size_t i = 0; i < 4; i++)
            memcpy(to + (l + i) * width, &r[i], sizeof r[i]);
    }
#endif
    for (; l < depth; l++)
        for (size_t i = 0; i < 4; i++)
            to[l * width + i] = x[i * step + l];
}
#ifdef __wasm__
enum { PRODUCT_ROWS_double = 48, PRODUCT_DEPTH_double = 128, PRODUCT_COLS_double = 192 };
#else
enum { PRODUCT_ROWS_double = 192, PRODUCT_DEPTH_double = 256, PRODUCT_COLS_double = 2304 };
#endif

struct product_workspace_double {
    double a[PRODUCT_ROWS_double * PRODUCT_DEPTH_double], b[PRODUCT_DEPTH_double * PRODUCT_COLS_double];
};

_Static_assert(PRODUCT_LOW_double * PRODUCT_COLS_double <= PRODUCT_ROWS_double * PRODUCT_DEPTH_double,
               "the sums of a few rows fit into workspace->a");

static inline struct product_workspace_double *product_workspace_double(void)
{
    static _Thread_local struct product_workspace_double *workspace;
    if (!workspace)
        workspace = allocate_for_thread(sizeof *workspace);
    return workspace;
}

/* product_panel: have <= width numbers, step apart, at each of depth
 * places, along apart; the rest of the width is filled with zeros. */
PRODUCT_INLINE_double void
product_panel_double(double *to, const double *x, size_t step, size_t along,
              size_t have, size_t depth, size_t width)
{
    if (step == 1 && have == width) {
        /* copy the rows of a panel */
        for (size_t l = 0; l < depth; l++) {
            for (size_t i = 0; i < width; i += 16)
                product_soon_double(x, (l + 8) * along + i);
            memcpy(to + l * width, x + l * along, width * sizeof *x);
        }
    } else {
        /* pack a panel across the rows */
        size_t done = 0;
        if (along == 1)
            for (; done + 4 <= have; done += 4)
                product_turn_double(to + done, width, x + done * step, step, depth);
        for (size_t l = 0; l < depth; l++)
            for (size_t i = done; i < width; i++)
                to[l * width + i] = i < have ? x[i * step + l * along] : 0;
    }
}

PRODUCT_INLINE_double void
product_pack_double(double *to, const double *x, size_t step, size_t along,
             size_t count, size_t depth, size_t width, size_t small)
{
    for (; count >= width; count -= width) {
        product_panel_double(to, x, step, along, width, depth, width);
        to += width * depth;
        x += width * step;
    }
    /* pack the rest in panels that are small */
    for (size_t have; count > 0; count -= have) {
        have = count < small ? count : small;
        product_panel_double(to, x, step, along, have, depth, small);
        to += small * depth;
        x += small * step;
    }
}

/* product_block: c (rows, cols) from the packed blocks. */
static inline void product_block_double(double *c, size_t ldc, size_t rows,
                                 size_t cols, size_t depth, bool add)
{
    const struct product_workspace_double *workspace = product_workspace_double();
    for (size_t j = 0, w; j < cols; j += w) {
        w = cols - j < PRODUCT_WIDE_double ? LANES_double : PRODUCT_WIDE_double;
        for (size_t i = 0, h; i < rows; i += h) {
            h = rows - i < PRODUCT_HIGH_double ? PRODUCT_LOW_double : PRODUCT_HIGH_double;
            /* compute the tile at row i and column j */
            struct product_corner_double to = {
                c + i * ldc + j, ldc, rows - i < h ? rows - i : h,
                cols - j < w ? cols - j : w, add};
            const double *a = workspace->a + i * depth, *b = workspace->b + j * depth;
            /* choose the tile by h and w */
            if (h == PRODUCT_HIGH_double && w == PRODUCT_WIDE_double)
                product_tile_double(to, a, 1, PRODUCT_HIGH_double, b, PRODUCT_WIDE_double, depth,
                             PRODUCT_HIGH_double, PRODUCT_LANES_double);
            else if (h == PRODUCT_HIGH_double)
                product_tile_double(to, a, 1, PRODUCT_HIGH_double, b, LANES_double, depth,
                             PRODUCT_HIGH_double, 1);
            else
                /* choose a low tile by w */
                if (w == PRODUCT_WIDE_double)
                    product_tile_double(to, a, 1, PRODUCT_LOW_double, b, PRODUCT_WIDE_double, depth,
                                 PRODUCT_LOW_double, PRODUCT_LANES_double);
                else
                    product_tile_double(to, a, 1, PRODUCT_LOW_double, b, LANES_double, depth, PRODUCT_LOW_double, 1);
        }
    }
}

/* product_add_rows: sum (cols) += count numbers of a times rows of b. */
PRODUCT_INLINE_double void
product_add_rows_double(double *sum, size_t cols, const double *a, size_t al,
                 const double *b, size_t bl, size_t count)
{
    size_t j = 0;
    /* add the rows of b, all lanes at once */
    for (; j + LANES_double <= cols; j += LANES_double) {
        lanes_double v = lanes_load_double(sum + j);
        PRODUCT_UNROLL_double
        for (size_t r = 0; r < count; r++)
            v += a[r * al] * lanes_load_double(b + r * bl + j);
        lanes_store_double(sum + j, v);
    }

    for (; j < cols; j++)
        PRODUCT_UNROLL_double
        for (size_t r = 0; r < count; r++)
            sum[j] += a[r * al] * b[r * bl + j];
}

/* product_thin: c (m, cols) for m <= PRODUCT_LOW, b not packed. */
static inline void
product_thin_double(double *c, size_t ldc, const double *a, size_t ai, size_t al,
             const double *b, size_t bl, size_t m, size_t cols,
             size_t depth, bool add)
{
    double *sum = product_workspace_double()->a; /* (m, cols) */
    memset(sum, 0, m * cols * sizeof *sum);
    /* add all rows of b to sum */
    size_t l = 0;
    for (; l + 4 <= depth; l += 4)
        for (size_t i = 0; i < m; i++)
            product_add_rows_double(sum + i * cols, cols, a + i * ai + l * al, al,
                             b + l * bl, bl, 4);
    for (; l < depth; l++)
        for (size_t i = 0; i < m; i++)
            product_add_rows_double(sum + i * cols, cols, a + i * ai + l * al, al,
                             b + l * bl, bl, 1);
    /* add sum to c, or put it there */
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < cols; j++) {
            double *to = c + i * ldc + j;
            *to = (add ? *to : 0) + sum[i * cols + j];
        }
}
static inline void
product_part_double(double *c, size_t ldc, const double *a, size_t ai, size_t al,
             const double *b, size_t bl, size_t bj,
             size_t m, size_t n, size_t k, bool add)
{
    struct product_workspace_double *workspace = product_workspace_double();
    for (size_t j = 0, cols; j < n; j += cols) {
        cols = n - j < PRODUCT_COLS_double ? n - j : PRODUCT_COLS_double;
        for (size_t l = 0, depth; l < k; l += depth) {
            depth = k - l < PRODUCT_DEPTH_double ? k - l : PRODUCT_DEPTH_double;
            /* if there are only a few rows, go without panels */
            if (m <= PRODUCT_LOW_double && bj == 1) {
                product_thin_double(c + j, ldc, a + l * al, ai, al, b + l * bl + j, bl,
                             m, cols, depth, add || l > 0);
                continue;
            }
            /* pack the block of b */
            product_pack_double(workspace->b, b + l * bl + j * bj, bj, bl, cols, depth,
                         PRODUCT_WIDE_double, LANES_double);

            /* multiply all blocks of a by it */
            for (size_t i = 0, rows; i < m; i += rows) {
                rows = m - i < PRODUCT_ROWS_double ? m - i : PRODUCT_ROWS_double;
                product_pack_double(workspace->a, a + i * ai + l * al, ai, al, rows, depth,
                             PRODUCT_HIGH_double, PRODUCT_LOW_double);
                product_block_double(c + i * ldc + j, ldc, rows, cols, depth,
                              add || l > 0);
            }
        }
    }
}

/* product_cut: where part r of so many begins, in whole units. */
static inline size_t product_cut_double(size_t n, size_t unit, size_t r, size_t of)
{
    size_t at = (n + unit - 1) / unit * r / of * unit;
    return at < n ? at : n;
}

#ifdef USE_CBLAS
#include <cblas.h>
/* hand the product to the library */
#define PRODUCT_GEMM_double(gemm) \
    gemm(CblasRowMajor, ta, tb, (int)m, (int)n, (int)k, 1, \
         (const void *)a, (int)lda, (const void *)b, (int)ldb, \
         how & PRODUCT_ADD_double ? 1 : 0, (void *)c, (int)ldc)

static inline void product_cblas_double(double *c, size_t ldc, const double *a,
                                 size_t lda, const double *b, size_t ldb,
                                 size_t m, size_t n, size_t k, unsigned how)
{
    enum CBLAS_TRANSPOSE ta = how & TRANSPOSE_A_double ? CblasTrans : CblasNoTrans;
    enum CBLAS_TRANSPOSE tb = how & TRANSPOSE_B_double ? CblasTrans : CblasNoTrans;
    if (sizeof *c == 4)
        PRODUCT_GEMM_double(cblas_dgemm);
    else
        PRODUCT_GEMM_double(cblas_dgemm);
}
#endif
/* product: c = op(a) op(b), or c += with PRODUCT_ADD.
 * c (m, n), op(a) (m, k), op(b) (k, n); with TRANSPOSE_A, a is (k, m); with
 * TRANSPOSE_B, b is (n, k).  k == 0 sets c to 0, or leaves it with
 * PRODUCT_ADD.  The same bits for any number of threads.
 * Unchecked: c must not overlap a or b. */
static inline void product_double(double *c, const double *a, const double *b,
                           size_t m, size_t n, size_t k, unsigned how)
{
    product_strided_double(c, n, a, how & TRANSPOSE_A_double ? m : k,
                    b, how & TRANSPOSE_B_double ? k : n, m, n, k, how);
}

static inline void product_strided_double(double *c, size_t ldc, const double *a,
                                   size_t lda, const double *b, size_t ldb,
                                   size_t m, size_t n, size_t k,
                                   unsigned how)
{
    /* let ai, al, bl and bj be the steps along the axes */
    size_t ai = how & TRANSPOSE_A_double ? 1 : lda, al = how & TRANSPOSE_A_double ? lda : 1;
    size_t bl = how & TRANSPOSE_B_double ? 1 : ldb, bj = how & TRANSPOSE_B_double ? ldb : 1;

    if (k == 0 && !(how & PRODUCT_ADD_double))
        for (size_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, n * sizeof *c);
    /* let a library do it, if the compiler was told to */
#ifdef USE_CBLAS
    if (m > 0 && n > 0 && k > 0)
        product_cblas_double(c, ldc, a, lda, b, ldb, m, n, k, how);
    return;
#endif
    size_t down = 1, across = 1;
    /* cut c into down times across parts */
    #ifdef _OPENMP
    size_t threads = (size_t)omp_get_max_threads();
    if (omp_in_parallel() || m * n * k < 1000000)
        threads = 1;
    across = threads;

    for (size_t d = 1; d <= threads; d++)
        if (threads % d == 0
            && m / d + n / (threads / d) < m / down + n / across) {
            down = d;
            across = threads / d;
        }
    #pragma omp parallel for schedule(static) if (down * across > 1)
    #endif
    for (size_t part = 0; part < down * across; part++) {
        /* let the part begin at i and j and end at i1 and j1 */
        size_t r = part / across, s = part % across;
        size_t i = product_cut_double(m, PRODUCT_HIGH_double, r, down);
        size_t i1 = product_cut_double(m, PRODUCT_HIGH_double, r + 1, down);
        size_t j = product_cut_double(n, PRODUCT_WIDE_double, s, across);
        size_t j1 = product_cut_double(n, PRODUCT_WIDE_double, s + 1, across);
        product_part_double(c + i * ldc + j, ldc, a + i * ai, ai, al,
                     b + j * bj, bl, bj, i1 - i, j1 - j, k,
                     how & PRODUCT_ADD_double);
    }
}
#endif

