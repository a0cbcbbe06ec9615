/* product_double.h -- generated from product.h by the build. Do not edit. */
/* It is gradient/product.h of chapters/04-gradient.nw in double. The book
 * has its names without _double. */


#ifndef PRODUCT_H_double
#define PRODUCT_H_double
#include "double/lanes_double.h"
#include "kit/workshop.h"

enum { TRANSPOSE_A_double = 1, TRANSPOSE_B_double = 2, PRODUCT_ADD_double = 4 };

/* product_strided: product for matrices inside larger ones, where the rows
 * of c, a and b have the strides ldc, lda and ldb, in floats. */
static inline void product_strided_double(double *c, size_t ldc, const double *a,
                                   size_t lda, const double *b, size_t ldb,
                                   size_t m, size_t n, size_t k,
                                   unsigned how);
/* matmul_plain: c = a b, what the fast product has to equal.
 *   a (m, k)   b (k, n)   ->   c (m, n) */
static inline void matmul_plain_double(double *c, const double *a, const double *b,
                                size_t m, size_t n, size_t k)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            c[i * n + j] = 0;
            for (size_t l = 0; l < k; l++)
                c[i * n + j] += a[i * k + l] * b[l * n + j];
        }
}

/* matmul_backward_plain: ADDS to da (m, k) and db (k, n), from dc (m, n). */
static inline void matmul_backward_plain_double(double *da, double *db,
                                         const double *dc, const double *a,
                                         const double *b, size_t m, size_t n,
                                         size_t k)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t l = 0; l < k; l++) {
                da[i * k + l] += dc[i * n + j] * b[l * n + j];
                db[l * n + j] += dc[i * n + j] * a[i * k + l];
            }
}

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
    double *c; /* the first number of the tile; its rows have stride ldc */
    size_t ldc, rows, cols;
    bool add;
};

static inline void product_soon_double(const double *x, size_t at);

/* product_tile: c = or += a (high, depth) b (depth, wide * LANES), its sums
 * in registers.  high, wide: constants; depth > 0. */
PRODUCT_INLINE_double void
product_tile_double(struct product_corner_double to, const double *a, size_t ai, size_t al,
             const double *b, size_t bl, size_t depth,
             size_t high, size_t wide)
{
    lanes_double sum[PRODUCT_HIGH_double][PRODUCT_LANES_double], row[PRODUCT_LANES_double];
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
    for (size_t l = 1; l < depth; l++, a += al) {
        /* add a times the row to the sums */
        PRODUCT_UNROLL_double
        for (size_t i = 0; i < high; i++)
            PRODUCT_UNROLL_double
            for (size_t j = 0; j < wide; j++)
                sum[i][j] += a[i * ai] * row[j];
        b += bl;
        /* load the row of b */
        PRODUCT_UNROLL_double
        for (size_t j = 0; j < wide; j++)
            row[j] = lanes_load_double(b + j * LANES_double);
    }
    /* add a times the row to the sums */
    PRODUCT_UNROLL_double
    for (size_t i = 0; i < high; i++)
        PRODUCT_UNROLL_double
        for (size_t j = 0; j < wide; j++)
            sum[i][j] += a[i * ai] * row[j];
    /* store the tile, or that part of it which is wanted */
    if (to.rows == high && to.cols == wide * LANES_double) {
        PRODUCT_UNROLL_double
        for (size_t i = 0; i < high; i++)
            PRODUCT_UNROLL_double
            for (size_t j = 0; j < wide; j++) {
                double *c = to.c + i * to.ldc + j * LANES_double;
                lanes_double old = to.add ? lanes_load_double(c) : lanes_all_double(0);
                lanes_store_double(c, old + sum[i][j]);
            }
    } else {
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
/* product_any_tile: from packed panels, the tile of height h and width w. */
static inline void product_any_tile_double(struct product_corner_double to, const double *a,
                                    const double *b, size_t depth,
                                    size_t h, size_t w)
{
    if (h == PRODUCT_HIGH_double && w == PRODUCT_WIDE_double)
        product_tile_double(to, a, 1, PRODUCT_HIGH_double, b, PRODUCT_WIDE_double, depth,
                     PRODUCT_HIGH_double, PRODUCT_LANES_double);
    else if (h == PRODUCT_HIGH_double)
        product_tile_double(to, a, 1, PRODUCT_HIGH_double, b, LANES_double, depth,
                     PRODUCT_HIGH_double, 1);
    else if (w == PRODUCT_WIDE_double)
        product_tile_double(to, a, 1, PRODUCT_LOW_double, b, PRODUCT_WIDE_double, depth,
                     PRODUCT_LOW_double, PRODUCT_LANES_double);
    else
        product_tile_double(to, a, 1, PRODUCT_LOW_double, b, LANES_double, depth, PRODUCT_LOW_double, 1);
}

/* product_soon: x[at] will be wanted, if there is such a number. */
static inline void product_soon_double(const double *x, size_t at)
{
    __builtin_prefetch((const void *)((uintptr_t)x + at * sizeof *x));
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

/* product_panel: as product_panel_plain; width is a constant. */
PRODUCT_INLINE_double void
product_panel_double(double *to, const double *x, size_t step, size_t along,
              size_t have, size_t depth, size_t width)
{
    size_t done = 0;
    if (step == 1 && have == width) {
        for (size_t l = 0; l < depth; l++) {
            for (size_t i = 0; i < width; i += 16)
                product_soon_double(x, (l + 8) * along + i);
            memcpy(to + l * width, x + l * along, width * sizeof *x);
        }
        return;
    }
    if (along == 1)
        for (; done + 4 <= have; done += 4)
            product_turn_double(to + done, width, x + done * step, step, depth);
    for (size_t l = 0; l < depth; l++)
        for (size_t i = done; i < width; i++)
            to[l * width + i] = i < have ? x[i * step + l * along] : 0;
}
/* product_panel_plain: to[l * width + i] = x[i * step + l * along] for
 * i < have <= width and l < depth; 0 for the rest of the width. */
static inline void
product_panel_plain_double(double *to, const double *x, size_t step, size_t along,
                    size_t have, size_t depth, size_t width)
{
    for (size_t l = 0; l < depth; l++)
        for (size_t i = 0; i < width; i++)
            to[l * width + i] = i < have ? x[i * step + l * along] : 0;
}

/* product_pack: count numbers across, cut into panels of width, the rest
 * into panels of the width small; both constants. */
PRODUCT_INLINE_double void
product_pack_double(double *to, const double *x, size_t step, size_t along,
             size_t count, size_t depth, size_t width, size_t small)
{
    const size_t strip = step == 1 ? 16 : depth;
    for (size_t l = 0, some; l < depth; l += some) {
        some = depth - l < strip ? depth - l : strip;
        for (size_t i = 0, wide; i < count; i += wide) {
            wide = count - i < width ? small : width;
            const double *from = x + i * step + l * along;
            double *at = to + i * depth + l * wide;
            if (count - i >= width)
                product_panel_double(at, from, step, along, width, some, width);
            else
                product_panel_double(at, from, step, along,
                              count - i < small ? count - i : small, some,
                              small);
        }
    }
}

struct product_workspace_double {
    size_t rows, depth, cols; /* of a block of a or b, at most */
    double *a, *b;             /* (rows, depth) and (depth, cols) */
};

static inline struct product_workspace_double *product_workspace_double(void);

/* product_block: c (rows, cols) from the packed blocks. */
static inline void product_block_double(double *c, size_t ldc, size_t rows,
                                 size_t cols, size_t depth, bool add)
{
    const struct product_workspace_double *workspace = product_workspace_double();
    for (size_t j = 0, w; j < cols; j += w) {
        w = cols - j < PRODUCT_WIDE_double ? LANES_double : PRODUCT_WIDE_double;
        for (size_t i = 0, h; i < rows; i += h) {
            h = rows - i < PRODUCT_HIGH_double ? PRODUCT_LOW_double : PRODUCT_HIGH_double;
            struct product_corner_double to = {
                c + i * ldc + j, ldc, rows - i < h ? rows - i : h,
                cols - j < w ? cols - j : w, add};
            product_any_tile_double(to, workspace->a + i * depth,
                             workspace->b + j * depth, depth, h, w);
        }
    }
}

static inline void
product_thin_double(double *c, size_t ldc, const double *a, size_t ai, size_t al,
             const double *b, size_t bl, size_t m, size_t cols,
             size_t depth, bool add);
static inline size_t
product_narrow_double(double *c, size_t ldc, const double *a, size_t ai, size_t al,
               size_t m, size_t n, size_t depth, bool add);

/* product_part: c (m, n) = or += a (m, k) b (k, n) on one thread, whatever
 * the strides. */
static inline void
product_part_double(double *c, size_t ldc, const double *a, size_t ai, size_t al,
             const double *b, size_t bl, size_t bj,
             size_t m, size_t n, size_t k, bool add)
{
    struct product_workspace_double *workspace = product_workspace_double();
    for (size_t j = 0, cols; j < n; j += cols) {
        cols = n - j < workspace->cols ? n - j : workspace->cols;
        for (size_t l = 0, depth; l < k; l += depth) {
            depth = k - l < workspace->depth ? k - l : workspace->depth;
            if (m <= PRODUCT_LOW_double && bj == 1) {
                product_thin_double(c + j, ldc, a + l * al, ai, al,
                             b + l * bl + j, bl, m, cols, depth,
                             add || l > 0);
                continue;
            }
            product_pack_double(workspace->b, b + l * bl + j * bj, bj, bl, cols,
                         depth, PRODUCT_WIDE_double, LANES_double);
            size_t i = product_narrow_double(c + j, ldc, a + l * al, ai, al, m, n,
                                      depth, add || l > 0);
            for (size_t rows; i < m; i += rows) {
                rows = m - i < workspace->rows ? m - i : workspace->rows;
                product_pack_double(workspace->a, a + i * ai + l * al, ai, al,
                             rows, depth, PRODUCT_HIGH_double, PRODUCT_LOW_double);
                product_block_double(c + i * ldc + j, ldc, rows, cols, depth,
                              add || l > 0);
            }
        }
    }
}

/* product_down: into how many parts to cut the rows, so that the parts of
 * c (m, n), one for each thread, have the shortest sides. */
static inline size_t product_down_double(size_t m, size_t n, size_t threads)
{
    size_t down = 1;
    for (size_t d = 2; d <= threads; d++)
        if (threads % d == 0
            && m / d + n / (threads / d) < m / down + n / (threads / down))
            down = d;
    return down;
}

/* product_cut: where part r of so many begins, in whole units. */
static inline size_t product_cut_double(size_t n, size_t unit, size_t r, size_t of)
{
    size_t at = (n + unit - 1) / unit * r / of * unit;
    return at < n ? at : n;
}

#ifndef __wasm__
/* product_cache: bytes of the cache of level 2 or 3, as the system has it;
 * otherwise, if it does not say. */
static inline size_t product_cache_double(int level, size_t otherwise)
{
    char path[64];
    size_t kib = 0;
    long said = 0;
    snprintf(path, sizeof path,
             "/sys/devices/system/cpu/cpu0/cache/index%d/size", level);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%zuK", &kib) == 1)
        otherwise = 1024 * kib;
    if (file)
        fclose(file);
#ifdef _SC_LEVEL3_CACHE_SIZE
    said = sysconf(level == 2 ? _SC_LEVEL2_CACHE_SIZE
                   : _SC_LEVEL3_CACHE_SIZE);
#endif
    return kib == 0 && said > 0 ? (size_t)said : otherwise;
}
#endif

/* product_sizes: those of the blocks; no memory yet. */
static inline struct product_workspace_double product_sizes_double(void)
{
    struct product_workspace_double w = {48, 128, 192, NULL, NULL};
#ifndef __wasm__
    const size_t mib = 1 << 20, row = 256 * sizeof(double);
    size_t near = product_cache_double(2, mib / 2), far = product_cache_double(3, 8 * mib);
    size_t a = near / 4 < mib ? near / 4 : mib;
    size_t b = near < 2 * mib ? far / 16 : near / 2;
    b = b < 2 * mib ? b : 2 * mib;
    w.depth = 256;
    w.rows = (a / row / PRODUCT_HIGH_double + 1) * PRODUCT_HIGH_double;
    w.cols = (b / row / PRODUCT_WIDE_double + 1) * PRODUCT_WIDE_double;
    /* take the sizes of blocks that the environment names */
    const char *said = getenv("PRODUCT_BLOCKS");
    if (said && (sscanf(said, "%zu,%zu,%zu", &w.rows, &w.depth, &w.cols) != 3
                 || w.rows - 1 >= mib || w.depth - 1 >= mib
                 || w.cols - 1 >= mib))
        fail("PRODUCT_BLOCKS: \"%.60s\" is not \"rows,depth,columns\"", said);
#endif
    return w;
}

/* product_workspace: that of the thread, the same in every call. */
static inline struct product_workspace_double *product_workspace_double(void)
{
    static _Thread_local struct product_workspace_double *workspace;
    if (!workspace) {
        struct product_workspace_double w = product_sizes_double();
        size_t a = (w.rows + PRODUCT_LOW_double) * w.depth + PRODUCT_LOW_double * w.cols;
        size_t b = (w.cols + LANES_double) * w.depth;
        w.a = allocate_for_thread(size_product(a, sizeof *w.a));
        w.b = allocate_for_thread(size_product(b, sizeof *w.b));
        workspace = allocate_for_thread(sizeof w);
        *workspace = w;
    }
    return workspace;
}

/* product_add_rows: sum (cols) += count numbers of a times rows of b. */
PRODUCT_INLINE_double void
product_add_rows_double(double *sum, size_t cols, const double *a, size_t al,
                 const double *b, size_t bl, size_t count)
{
    size_t j = 0;
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
    size_t l = 0;
    for (; l + 4 <= depth; l += 4)
        for (size_t i = 0; i < m; i++)
            product_add_rows_double(sum + i * cols, cols, a + i * ai + l * al, al,
                             b + l * bl, bl, 4);
    for (; l < depth; l++)
        for (size_t i = 0; i < m; i++)
            product_add_rows_double(sum + i * cols, cols, a + i * ai + l * al, al,
                             b + l * bl, bl, 1);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < cols; j++) {
            double *to = c + i * ldc + j;
            *to = (add ? *to : 0) + sum[i * cols + j];
        }
}

/* product_narrow: the first rows of c (m, n), if n is two tiles at most,
 * from the packed b and from a itself.  Returns how many rows are done. */
static inline size_t
product_narrow_double(double *c, size_t ldc, const double *a, size_t ai, size_t al,
               size_t m, size_t n, size_t depth, bool add)
{
    const double *b = product_workspace_double()->b;
    const size_t cols = product_workspace_double()->cols;
    size_t i = 0;
    if (n > 2 * PRODUCT_WIDE_double || n > cols)
        return 0;
    for (; i + PRODUCT_HIGH_double <= m; i += PRODUCT_HIGH_double)
        for (size_t j = 0, w; j < n; j += w) {
            w = n - j < PRODUCT_WIDE_double ? LANES_double : PRODUCT_WIDE_double;
            struct product_corner_double to = { c + i * ldc + j, ldc, PRODUCT_HIGH_double,
                                         n - j < w ? n - j : w, add };
            if (w == PRODUCT_WIDE_double)
                product_tile_double(to, a + i * ai, ai, al, b + j * depth, w, depth,
                             PRODUCT_HIGH_double, PRODUCT_LANES_double);
            else
                product_tile_double(to, a + i * ai, ai, al, b + j * depth, w, depth,
                             PRODUCT_HIGH_double, 1);
        }
    return i;
}

#ifdef USE_CBLAS
#include <cblas.h>
#define PRODUCT_GEMM_double(gemm) \
    gemm(CblasRowMajor, ta, tb, (int)m, (int)n, (int)k, 1, \
         (const void *)a, (int)lda, (const void *)b, (int)ldb, \
         how & PRODUCT_ADD_double ? 1 : 0, (void *)c, (int)ldc)

/* product_cblas: product_strided by a library.  Unchecked: sizes fit int. */
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

/* product_threads: how many share a product of so many FMAs. */
static inline size_t product_threads_double(size_t fmas)
{
    size_t threads = 1;
#ifdef _OPENMP
    if (!omp_in_parallel() && fmas >= 1000000)
        threads = (size_t)omp_get_max_threads();
#endif
    (void)fmas;
    return threads;
}
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

/* product_strided: a part of c for each thread.  The strides of rows are
 * ldc, lda and ldb; what else is promised stands above product. */
static inline void product_strided_double(double *c, size_t ldc, const double *a,
                                   size_t lda, const double *b, size_t ldb,
                                   size_t m, size_t n, size_t k,
                                   unsigned how)
{
    size_t ai = how & TRANSPOSE_A_double ? 1 : lda, al = how & TRANSPOSE_A_double ? lda : 1;
    size_t bl = how & TRANSPOSE_B_double ? 1 : ldb, bj = how & TRANSPOSE_B_double ? ldb : 1;
    size_t threads = product_threads_double(m * n * k);
    size_t down = product_down_double(m, n, threads), across = threads / down;
    /* do what takes no tiles */
    if (k == 0 && !(how & PRODUCT_ADD_double))
        for (size_t i = 0; i < m; i++)
            memset(c + i * ldc, 0, n * sizeof *c);
    #ifdef USE_CBLAS
    if (m > 0 && n > 0 && k > 0)
        product_cblas_double(c, ldc, a, lda, b, ldb, m, n, k, how);
    return;
    #endif
    if (threads == 1) {
        product_part_double(c, ldc, a, ai, al, b, bl, bj, m, n, k, how & PRODUCT_ADD_double);
        return;
    }
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
    for (size_t part = 0; part < threads; part++) {
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
