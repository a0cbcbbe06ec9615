/* tiled_double.h -- generated from tiled.h by the build. Do not edit. */
/* It is gradient/tiled.h of chapters/04-gradient.nw in double. The book
 * has its names without _double. */


#ifndef TILED_H_double
#define TILED_H_double
#include <stdbool.h>
#include <stddef.h>
#include "double/product_double.h"
#include "double/softmax_double.h"
#include "kit/workshop.h"

/* Attention of batch * heads independent heads.  d is width, the value's
 * width may be another. */
struct tiled_double {
    size_t batch, heads, queries, keys, width, value_width;
    bool causal;            /* key j only if j <= i + keys - queries */
    const size_t *lengths;  /* (batch): keys in use, <= keys; NULL: all */
    double scale;            /* of the scores; 0: 1 / sqrt(width) */
};

/* tiled_forward: out = softmax(scale q k^T) v for every head, without the
 * array of weights.  q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->  out (B, H, Tq, dv)   log_sum (B, H, Tq): the natural logarithm of
 *   the sum of exp(score), what backward needs.  A fully masked row gets
 *   zeros, and -INFINITY there.  Dao et al. 2022, algorithm 1.
 * Checked: widths from 1 to TILE_WIDTH, lengths at most keys. */
static inline void tiled_forward_double(double *out, double *log_sum, const double *q,
                                 const double *k, const double *v,
                                 const struct tiled_double *shape);

/* tiled_backward: ADDS to dq, dk and dv; none may be NULL.  out and
 * log_sum as tiled_forward made them.  Dao et al. 2022, algorithm 4. */
static inline void tiled_backward_double(double *dq, double *dk, double *dv,
                                  const double *dout, const double *q,
                                  const double *k, const double *v,
                                  const double *out, const double *log_sum,
                                  const struct tiled_double *shape);
static inline double tile_scale_double(const struct tiled_double *t);

/* tiled_plain_row: attention of one query, the keys one by one.
 *   q (d)   k (seen, d)   v (seen, dv)  ->  out (dv); returns the logarithm
 * of the sum of exp(score), -INFINITY if no key is seen; out is 0 then. */
static inline double tiled_plain_row_double(double *out, const double *q,
                                    const double *k, const double *v,
                                    size_t seen, const struct tiled_double *t)
{
    size_t d = t->width, dv = t->value_width;
    double max = -INFINITY, sum = 0;
    memset(out, 0, dv * sizeof *out);
    for (size_t j = 0; j < seen; j++) {
        double x = 0;
        for (size_t c = 0; c < d; c++)
            x += tile_scale_double(t) * q[c] * k[j * d + c];
        double larger = x > max ? x : max;
        double keep = exp(max - larger), e = exp(x - larger);
        max = larger;
        sum = sum * keep + e;
        for (size_t c = 0; c < dv; c++)
            out[c] = out[c] * keep + e * v[j * dv + c];
    }
    for (size_t c = 0; c < dv; c++)
        out[c] = sum > 0 ? out[c] / sum : 0;
    return sum > 0 ? max + log(sum) : -INFINITY;
}

enum {
    TILE_VECTORS_double = 3,                   /* registers across a panel */
    TILE_PANEL_double = TILE_VECTORS_double * LANES_double,  /* queries in a panel */
    TILE_BLOCK_double = 192,                   /* queries in a block of panels */
    TILE_KEYS_double = 96,                     /* keys in a tile */
    TILE_WIDTH_double = 256                    /* largest width of a head */
};

struct tile_panel_double {
    size_t first, count;  /* queries first .. first + count - 1 */
    size_t keys;          /* that its last query sees */
    double *query;         /* (d, TILE_PANEL): queries, turned and scaled */
    double *out;           /* (dv, TILE_PANEL): outputs, turned */
    lanes_double max[TILE_VECTORS_double], sum[TILE_VECTORS_double];
    /* what the panel keeps going backward */
    double *dquery;      /* (d, TILE_PANEL): gradient of the queries, turned */
    double *dout;        /* (dv, TILE_PANEL): gradient of the outputs, turned */
    double *query_rows;  /* (count, d): queries, scaled */
    double *dout_rows;   /* (count, dv): gradient of the outputs */
    lanes_double log_sum[TILE_VECTORS_double], delta[TILE_VECTORS_double];
};

struct tile_scratch_double {
    double panels[TILE_BLOCK_double * 5 * 64]; /* 5 arrays, for heads of width 64 */
    double scores[TILE_KEYS_double * TILE_PANEL_double], dscores[TILE_KEYS_double * TILE_PANEL_double];
};

static inline void tile_largest_double(lanes_double *max, const double *scores, size_t count);
static inline void tile_exponentials_double(double *scores, lanes_double *sum,
                                     const lanes_double *shift, size_t count);

/* tile_weigh: a tile's scores (count, TILE_PANEL) into weights.  keep: by
 * what to multiply all that was summed before. */
static inline void tile_weigh_double(double *scores, lanes_double *keep,
                              struct tile_panel_double *p, size_t count)
{
    lanes_double old[TILE_VECTORS_double], shift[TILE_VECTORS_double];
    memcpy(old, p->max, sizeof old);
    tile_largest_double(p->max, scores, count);
    for (size_t u = 0; u < TILE_VECTORS_double; u++) {
        lanes_double max = p->max[u];
        shift[u] = lanes_where_double(max == -INFINITY, lanes_all_double(0), max);
        keep[u] = lanes_exp2_double(old[u] - shift[u]);
        p->sum[u] *= keep[u];
    }
    tile_exponentials_double(scores, p->sum, shift, count);
}

/* tile_factor: a matrix whose element (i, p) is at[i * row + p * step]. */
struct tile_factor_double {
    const double *at;
    size_t row, step;
};

static inline void tile_product_double(double *c, size_t ldc, size_t rows,
                                size_t columns, struct tile_factor_double a,
                                const double *b, size_t ldb, size_t steps,
                                bool add);
static inline struct tile_scratch_double *tile_scratch_double(void);
static inline void tile_scores_double(double *scores, const struct tile_panel_double *p,
                               const double *k, size_t from, size_t count,
                               const struct tiled_double *t);
static inline void tile_scale_lanes_double(double *x, const lanes_double *by, size_t rows);

/* tile_forward: the keys from .. from + count - 1, added to the panel. */
static inline void tile_forward_double(struct tile_panel_double *p, const double *k,
                                const double *v, size_t from, size_t count,
                                const struct tiled_double *t)
{
    double *scores = tile_scratch_double()->scores;
    size_t dv = t->value_width;
    struct tile_factor_double values = {v + from * dv, 1, dv};
    lanes_double keep[TILE_VECTORS_double];
    tile_scores_double(scores, p, k, from, count, t);
    tile_weigh_double(scores, keep, p, count);
    tile_scale_lanes_double(p->out, keep, dv);
    tile_product_double(p->out, TILE_PANEL_double, dv, TILE_PANEL_double, values,
                 scores, TILE_PANEL_double, count, true);
}

/* tiled_plain_row_backward: ADDS to dq (d), dk (seen, d) and dv (seen, e), e
 * the width of a value.  out and log_sum as tiled_plain_row made them. */
static inline void
tiled_plain_row_backward_double(double *dq, double *dk, double *dv, const double *dout,
                         const double *q, const double *k, const double *v,
                         const double *out, double log_sum, size_t seen,
                         const struct tiled_double *t)
{
    size_t d = t->width, e = t->value_width;
    double scale = tile_scale_double(t), delta = 0;
    for (size_t c = 0; c < e; c++)
        delta += dout[c] * out[c];
    for (size_t j = 0; j < seen; j++) {
        double x = 0, g = 0;
        for (size_t c = 0; c < d; c++)
            x += scale * q[c] * k[j * d + c];
        double p = exp(x - log_sum);
        for (size_t c = 0; c < e; c++) {
            dv[j * e + c] += p * dout[c];
            g += dout[c] * v[j * e + c];
        }
        for (size_t c = 0; c < d; c++) {
            dq[c] += scale * p * (g - delta) * k[j * d + c];
            dk[j * d + c] += scale * p * (g - delta) * q[c];
        }
    }
}

#if defined __AVX512F__ || defined __aarch64__
enum { TILE_ROWS_double = 8, TILE_WIDE_double = 4, TILE_WIDE_ROWS_double = 6 };
#else
enum { TILE_ROWS_double = 4, TILE_WIDE_double = 3, TILE_WIDE_ROWS_double = 4 };
#endif
#define TILE_INLINE_double static inline __attribute__((always_inline))

/* tile_kernel: c (rows, vectors * LANES) = or += a (rows, steps) b, of the
 * last register only last lanes.  rows, vectors: constants. */
TILE_INLINE_double void tile_kernel_double(double *c, size_t ldc, struct tile_factor_double a,
                             const double *b, size_t ldb, size_t steps,
                             size_t last, bool add,
                             size_t rows, size_t vectors)
{
    lanes_double sum[8][4];
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < vectors; v++)
            sum[i][v] = lanes_all_double(0);
    for (size_t p = 0; p < steps; p++, a.at += a.step, b += ldb) {
        /* add a column of a times a row of b */
        lanes_double right[4];
        for (size_t v = 0; v < vectors; v++)
            right[v] = lanes_load_double(b + v * LANES_double);
        for (size_t i = 0; i < rows; i++)
            for (size_t v = 0; v < vectors; v++)
                sum[i][v] += a.at[i * a.row] * right[v];
    }
    /* store the sums in c, or add them to it */
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < vectors; v++) {
            double *to = c + i * ldc + v * LANES_double;
            size_t n = v + 1 < vectors ? (size_t)LANES_double : last;
            if (n == LANES_double)
                lanes_store_double(to, add ? lanes_load_double(to) + sum[i][v] : sum[i][v]);
            else if (add)
                lanes_store_part_double(to, lanes_load_part_double(to, n, 0) + sum[i][v], n);
            else
                lanes_store_part_double(to, sum[i][v], n);
        }
}

/* tile_strip: tile_kernel for any number of rows, at most so many at a
 * time. */
TILE_INLINE_double void tile_strip_double(double *c, size_t ldc, size_t rows,
                            struct tile_factor_double a, const double *b, size_t ldb,
                            size_t steps, size_t last, bool add,
                            size_t vectors, size_t most)
{
    size_t i = 0;
    for (; i + most <= rows; i += most, a.at += most * a.row)
        tile_kernel_double(c + i * ldc, ldc, a, b, ldb, steps, last, add, most,
                    vectors);
    for (; i + 4 <= rows; i += 4, a.at += 4 * a.row)
        tile_kernel_double(c + i * ldc, ldc, a, b, ldb, steps, last, add, 4,
                    vectors);
    for (; i < rows; i++, a.at += a.row)
        tile_kernel_double(c + i * ldc, ldc, a, b, ldb, steps, last, add, 1,
                    vectors);
}

/* tile_product: c (rows, columns) = or += a (rows, steps) b (steps, columns).
 * The rows of b are read up to a whole number of registers. */
static inline void tile_product_double(double *c, size_t ldc, size_t rows,
                                size_t columns, struct tile_factor_double a,
                                const double *b, size_t ldb, size_t steps,
                                bool add)
{
    while (columns > 0) {
        size_t vectors = (columns + LANES_double - 1) / LANES_double;
        if (vectors > TILE_WIDE_double)
            vectors = columns % TILE_PANEL_double ? TILE_WIDE_double : TILE_VECTORS_double;
        size_t n = vectors * LANES_double < columns ? vectors * LANES_double : columns;
        size_t last = n - (vectors - 1) * LANES_double;
        if (vectors == 1)
            tile_strip_double(c, ldc, rows, a, b, ldb, steps, last, add, 1, 8);
        else if (vectors == 2)
            tile_strip_double(c, ldc, rows, a, b, ldb, steps, last, add, 2,
                       TILE_ROWS_double);
        else if (vectors == 3)
            tile_strip_double(c, ldc, rows, a, b, ldb, steps, last, add, 3,
                       TILE_ROWS_double);
        else
            tile_strip_double(c, ldc, rows, a, b, ldb, steps, last, add, TILE_WIDE_double,
                       TILE_WIDE_ROWS_double);
        b += n, c += n, columns -= n;
    }
}

static inline struct tile_scratch_double *tile_scratch_double(void)
{
    static _Thread_local struct tile_scratch_double *scratch;
    if (!scratch)
        scratch = allocate_for_thread(sizeof *scratch);
    return scratch;
}

/* tile_whole: n, filled up to whole registers. */
static inline size_t tile_whole_double(size_t n)
{
    return (n + LANES_double - 1) / LANES_double * LANES_double;
}

/* tile_panel_size: floats in the arrays of a panel, forward or backward. */
static inline size_t tile_panel_size_double(const struct tiled_double *t)
{
    size_t d = tile_whole_double(t->width), dv = tile_whole_double(t->value_width);
    return TILE_PANEL_double * (3 * d + 2 * dv);
}

/* tile_panels: panels in a block. */
static inline size_t tile_panels_double(const struct tiled_double *t)
{
    REQUIRE(t->width > 0 && t->width <= TILE_WIDTH_double);
    REQUIRE(t->value_width > 0 && t->value_width <= TILE_WIDTH_double);
    size_t workspace = sizeof tile_scratch_double()->panels / sizeof(double);
    size_t n = workspace / tile_panel_size_double(t);
    return n < TILE_BLOCK_double / TILE_PANEL_double ? n : TILE_BLOCK_double / TILE_PANEL_double;
}

/* tile_visible: of the first keys, those that the query sees. */
static inline size_t tile_visible_double(const struct tiled_double *t, size_t keys,
                                  size_t query)
{
    if (!t->causal)
        return keys;
    size_t end = query + 1 + t->keys;
    size_t n = end > t->queries ? end - t->queries : 0;
    return n < keys ? n : keys;
}

/* tile_keys_of: the keys of a head without its padding. */
static inline size_t tile_keys_of_double(const struct tiled_double *t, size_t head)
{
    size_t n = t->lengths ? t->lengths[head / t->heads] : t->keys;
    REQUIRE(n <= t->keys);
    return n;
}

/* tile_turn: to (columns, TILE_PANEL) = scale from (rows, columns). */
static inline void tile_turn_double(double *to, const double *from, double scale,
                             size_t rows, size_t columns)
{
    size_t done = 0;
    for (; done + 4 <= rows; done += 4)
        product_turn_double(to + done, TILE_PANEL_double, from + done * columns, columns,
                     columns);
    for (size_t p = 0; p < columns; p++)
        for (size_t i = done; i < TILE_PANEL_double; i++)
            to[p * TILE_PANEL_double + i] = i < rows ? from[i * columns + p] : 0;
    for (size_t i = 0; i < columns * TILE_PANEL_double; i++)
        to[i] *= scale;
}

/* tile_turn_back: to (rows, columns) = from (columns, TILE_PANEL), turned. */
static inline void tile_turn_back_double(double *to, const double *from, size_t rows,
                                  size_t columns)
{
    size_t c = 0;
    for (; c + 4 <= columns; c += 4)
        product_turn_double(to + c, columns, from + c * TILE_PANEL_double, TILE_PANEL_double,
                     rows);
    for (; c < columns; c++)
        for (size_t i = 0; i < rows; i++)
            to[i * columns + c] = from[c * TILE_PANEL_double + i];
}

static const double tile_log2_e_double = 1.44269504088896341;
static const double tile_ln2_double = 0.693147180559945309;

/* tile_scale: by what the scores are multiplied. */
static inline double tile_scale_double(const struct tiled_double *t)
{
    return t->scale != 0 ? t->scale : 1 / sqrt((double)t->width);
}

/* tile_panel_start: the panel whose first query is given, its queries
 * turned and scaled in workspace. */
static inline void tile_panel_start_double(struct tile_panel_double *p, double *workspace,
                                    const double *q, size_t first,
                                    size_t keys, const struct tiled_double *t)
{
    size_t rest = t->queries - first;
    p->first = first;
    p->count = rest < TILE_PANEL_double ? rest : TILE_PANEL_double;
    p->keys = tile_visible_double(t, keys, first + p->count - 1);
    p->query = workspace;
    tile_turn_double(p->query, q + first * t->width, tile_scale_double(t) * tile_log2_e_double,
              p->count, t->width);
}

/* tile_scores: scores (count, TILE_PANEL) of the keys from .. , masked. */
static inline void tile_scores_double(double *scores, const struct tile_panel_double *p,
                               const double *k, size_t from, size_t count,
                               const struct tiled_double *t)
{
    struct tile_factor_double keys = {k + from * t->width, t->width, 1};
    tile_product_double(scores, TILE_PANEL_double, count, TILE_PANEL_double, keys,
                 p->query, TILE_PANEL_double, t->width, false);
    if (from + count <= tile_visible_double(t, t->keys, p->first))
        return;
    for (size_t i = 0; i < TILE_PANEL_double; i++)
        for (size_t j = tile_visible_double(t, from + count, p->first + i);
             j < from + count; j++)
            if (j >= from)
                scores[(j - from) * TILE_PANEL_double + i] = -INFINITY;
}

/* tile_largest: max becomes the largest of itself and the scores. */
static inline void tile_largest_double(lanes_double *max, const double *scores, size_t count)
{
    lanes_double best[TILE_VECTORS_double];
    memcpy(best, max, sizeof best);
    for (size_t j = 0; j < count; j++)
        for (size_t u = 0; u < TILE_VECTORS_double; u++) {
            lanes_double x = lanes_load_double(scores + j * TILE_PANEL_double + u * LANES_double);
            best[u] = lanes_where_double(x > best[u], x, best[u]);
        }
    memcpy(max, best, sizeof best);
}

/* tile_exponentials: scores (count, TILE_PANEL) into 2^(scores - shift);
 * ADDS them to sum. */
static inline void tile_exponentials_double(double *scores, lanes_double *sum,
                                     const lanes_double *shift, size_t count)
{
    lanes_double total[TILE_VECTORS_double];
    memcpy(total, sum, sizeof total);
    for (size_t j = 0; j < count; j++)
        for (size_t u = 0; u < TILE_VECTORS_double; u++) {
            double *x = scores + j * TILE_PANEL_double + u * LANES_double;
            lanes_double e = lanes_exp2_double(lanes_load_double(x) - shift[u]);
            lanes_store_double(x, e);
            total[u] += e;
        }
    memcpy(sum, total, sizeof total);
}

/* tile_scale_lanes: x (rows, TILE_PANEL) times by, lane by lane. */
static inline void tile_scale_lanes_double(double *x, const lanes_double *by, size_t rows)
{
    for (size_t c = 0; c < rows; c++)
        for (size_t u = 0; u < TILE_VECTORS_double; u++, x += LANES_double)
            lanes_store_double(x, lanes_load_double(x) * by[u]);
}

/* tile_finish: the outputs out (count, dv) of the panel and the logarithms
 * of their sums (count). */
static inline void tile_finish_double(double *out, double *log_sum,
                               struct tile_panel_double *p, size_t dv)
{
    lanes_double inverse[TILE_VECTORS_double];
    for (size_t i = 0; i < p->count; i++) {
        double max = p->max[i / LANES_double][i % LANES_double];
        double sum = p->sum[i / LANES_double][i % LANES_double];
        log_sum[i] = sum == 0 ? -INFINITY : max * tile_ln2_double + log(sum);
    }
    for (size_t u = 0; u < TILE_VECTORS_double; u++)
        inverse[u] = lanes_where_double(p->sum[u] == 0, lanes_all_double(0),
                                 1.0 / p->sum[u]);
    tile_scale_lanes_double(p->out, inverse, dv);
    tile_turn_back_double(out, p->out, p->count, dv);
}

/* tile_forward_block: a block of panels from the query first on. */
static inline void tile_forward_block_double(double *out, double *log_sum,
                                      const double *q, const double *k,
                                      const double *v, size_t first,
                                      size_t keys, const struct tiled_double *t)
{
    struct tile_panel_double panels[TILE_BLOCK_double / TILE_PANEL_double];
    size_t n = 0, most = tile_panels_double(t), end = 0, dv = t->value_width;
    for (; n < most && first < t->queries; n++, first += TILE_PANEL_double) {
        struct tile_panel_double *p = &panels[n];
        double *workspace = tile_scratch_double()->panels + n * tile_panel_size_double(t);
        tile_panel_start_double(p, workspace, q, first, keys, t);
        end = p->keys;
        p->out = workspace + TILE_PANEL_double * t->width;
        memset(p->out, 0, sizeof(double) * TILE_PANEL_double * dv);
        for (size_t u = 0; u < TILE_VECTORS_double; u++) {
            p->max[u] = lanes_all_double(-INFINITY);
            p->sum[u] = lanes_all_double(0);
        }
    }
    for (size_t from = 0; from < end; from += TILE_KEYS_double)
        for (size_t i = 0; i < n; i++) {
            /* let count be the keys of the tile that panel i sees */
            size_t count = panels[i].keys > from ? panels[i].keys - from : 0;
            count = count < TILE_KEYS_double ? count : TILE_KEYS_double;
            if (count > 0)
                tile_forward_double(&panels[i], k, v, from, count, t);
        }
    for (size_t i = 0; i < n; i++)
        tile_finish_double(out + panels[i].first * dv, log_sum + panels[i].first,
                    &panels[i], dv);
}

static inline bool short_fits_double(const struct tiled_double *t);
static inline void short_forward_double(double *out, double *weights, double *log_sum,
                                 const double *q, const double *k,
                                 const double *v, size_t keys,
                                 const struct tiled_double *t);

/* tiled_forward: by blocks of queries, which threads share.  Its contract
 * is in chapter "gradient". */
static inline void tiled_forward_double(double *out, double *log_sum, const double *q,
                                 const double *k, const double *v,
                                 const struct tiled_double *t)
{
    size_t d = t->width, dv = t->value_width, m = t->keys;
    size_t block = tile_panels_double(t) * TILE_PANEL_double;
    size_t blocks = (t->queries + block - 1) / block;
    size_t tasks = t->batch * t->heads * blocks;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, short_fits_double(t) ? 16 : 1)
#endif
    for (size_t task = 0; task < tasks; task++) {
        size_t h = task / blocks;
        size_t first = (blocks - 1 - task % blocks) * block;
        size_t row = h * t->queries;
        if (short_fits_double(t))
            short_forward_double(out + row * dv, NULL, log_sum + row, q + row * d,
                          k + h * m * d, v + h * m * dv, tile_keys_of_double(t, h),
                          t);
        else
            tile_forward_block_double(out + row * dv, log_sum + row, q + row * d,
                               k + h * m * d, v + h * m * dv, first,
                               tile_keys_of_double(t, h), t);
    }
}

struct tile_head_double {
    double *dq, *dk, *dv;
    const double *dout, *q, *k, *v, *out, *log_sum;
};

/* tile_backward: ADDS what the keys from .. from + count - 1 give to dq (in
 * the panel), dk and dv. */
static inline void tile_backward_double(struct tile_panel_double *p,
                                 const struct tile_head_double *h, size_t from,
                                 size_t count, const struct tiled_double *t)
{
    double *weights = tile_scratch_double()->scores;
    double *dscores = tile_scratch_double()->dscores;
    size_t d = t->width, dv = t->value_width;
    struct tile_factor_double values = {h->v + from * dv, dv, 1};
    tile_scores_double(weights, p, h->k, from, count, t);
    tile_product_double(dscores, TILE_PANEL_double, count, TILE_PANEL_double, values,
                 p->dout, TILE_PANEL_double, dv, false);
    for (size_t j = 0; j < count; j++)
        for (size_t u = 0; u < TILE_VECTORS_double; u++) {
            double *x = weights + j * TILE_PANEL_double + u * LANES_double;
            double *dx = dscores + j * TILE_PANEL_double + u * LANES_double;
            lanes_store_double(x, lanes_exp2_double(lanes_load_double(x) - p->log_sum[u]));
            lanes_store_double(dx, lanes_load_double(x) * (lanes_load_double(dx) - p->delta[u]));
        }
    tile_product_double(h->dv + from * dv, dv, count, dv,
                 (struct tile_factor_double){weights, TILE_PANEL_double, 1},
                 p->dout_rows, tile_whole_double(dv), p->count, true);
    tile_product_double(h->dk + from * d, d, count, d,
                 (struct tile_factor_double){dscores, TILE_PANEL_double, 1},
                 p->query_rows, tile_whole_double(d), p->count, true);
    tile_product_double(p->dquery, TILE_PANEL_double, d, TILE_PANEL_double,
                 (struct tile_factor_double){h->k + from * d, 1, d},
                 dscores, TILE_PANEL_double, count, true);
}

/* tile_widen: to (rows, whole registers) = scale from (rows, columns). */
static inline void tile_widen_double(double *to, const double *from, double scale,
                              size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++, to += tile_whole_double(columns))
        for (size_t c = 0; c < columns; c++)
            to[c] = scale * from[i * columns + c];
}

/* tile_backward_sums: the logarithms of the sums, and delta. */
static inline void tile_backward_sums_double(struct tile_panel_double *p,
                                      const struct tile_head_double *h, size_t dv)
{
    for (size_t i = 0; i < TILE_PANEL_double; i++) {
        size_t row = p->first + i;
        double log_sum = i < p->count ? h->log_sum[row] : -INFINITY;
        p->log_sum[i / LANES_double][i % LANES_double] =
            log_sum == -INFINITY ? INFINITY : log_sum * tile_log2_e_double;
        p->delta[i / LANES_double][i % LANES_double] = i < p->count
            ? row_dot_double(h->dout + row * dv, h->out + row * dv, dv) : 0;
    }
}

/* tile_backward_start: the arrays of the panel after its queries. */
static inline void tile_backward_start_double(struct tile_panel_double *p,
                                       const struct tile_head_double *h,
                                       const struct tiled_double *t)
{
    size_t d = t->width, dv = t->value_width;
    const double *q = h->q + p->first * d, *dout = h->dout + p->first * dv;
    p->dquery = p->query + TILE_PANEL_double * d;
    p->dout = p->dquery + TILE_PANEL_double * d;
    p->query_rows = p->dout + TILE_PANEL_double * dv;
    p->dout_rows = p->query_rows + TILE_PANEL_double * tile_whole_double(d);
    memset(p->dquery, 0, sizeof(double) * TILE_PANEL_double * d);
    tile_turn_double(p->dout, dout, 1, p->count, dv);
    tile_widen_double(p->query_rows, q, tile_scale_double(t), p->count, d);
    tile_widen_double(p->dout_rows, dout, 1, p->count, dv);
    tile_backward_sums_double(p, h, dv);
}

/* tile_backward_block: ADDS what a block of queries gives. */
static inline void tile_backward_block_double(const struct tile_head_double *h,
                                       size_t first, size_t keys,
                                       const struct tiled_double *t)
{
    struct tile_panel_double panels[TILE_BLOCK_double / TILE_PANEL_double];
    size_t n = 0, most = tile_panels_double(t), end = 0;
    for (; n < most && first < t->queries; n++, first += TILE_PANEL_double) {
        double *workspace = tile_scratch_double()->panels + n * tile_panel_size_double(t);
        tile_panel_start_double(&panels[n], workspace, h->q, first, keys, t);
        tile_backward_start_double(&panels[n], h, t);
        end = panels[n].keys;
    }
    for (size_t from = 0; from < end; from += TILE_KEYS_double)
        for (size_t i = 0; i < n; i++) {
            /* let count be the keys of the tile that panel i sees */
            size_t count = panels[i].keys > from ? panels[i].keys - from : 0;
            count = count < TILE_KEYS_double ? count : TILE_KEYS_double;
            if (count > 0)
                tile_backward_double(&panels[i], h, from, count, t);
        }
    for (size_t i = 0; i < n; i++) {
        size_t size = panels[i].count * t->width;
        double *dq = h->dq + panels[i].first * t->width, scale = tile_scale_double(t);
        double *turned = panels[i].query_rows; /* is not needed anymore */
        tile_turn_back_double(turned, panels[i].dquery, panels[i].count, t->width);
        for (size_t j = 0; j < size; j++)
            dq[j] += scale * turned[j];
    }
}

static inline void short_backward_double(const struct tile_head_double *h,
                                  const double *weights, size_t keys,
                                  const struct tiled_double *t);

/* tiled_backward: by heads, which threads share.  Its contract is in
 * chapter "gradient". */
static inline void tiled_backward_double(double *dq, double *dk, double *dv,
                                  const double *dout, const double *q,
                                  const double *k, const double *v,
                                  const double *out, const double *log_sum,
                                  const struct tiled_double *t)
{
    size_t block = tile_panels_double(t) * TILE_PANEL_double;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, short_fits_double(t) ? 16 : 1)
#endif
    for (size_t i = 0; i < t->batch * t->heads; i++) {
        size_t row = i * t->queries, key = i * t->keys;
        size_t d = t->width, e = t->value_width;
        struct tile_head_double head = {
            dq + row * d, dk + key * d, dv + key * e, dout + row * e,
            q + row * d, k + key * d, v + key * e, out + row * e,
            log_sum + row};
        if (short_fits_double(t))
            short_backward_double(&head, NULL, tile_keys_of_double(t, i), t);
        else for (size_t first = 0; first < t->queries; first += block)
            tile_backward_block_double(&head, first, tile_keys_of_double(t, i), t);
    }
}

enum { SHORT_MOST_double = 32 };

/* short_fits: are queries and keys so few that a head is one tile? */
static inline bool short_fits_double(const struct tiled_double *t)
{
    return t->queries <= SHORT_MOST_double && t->keys <= SHORT_MOST_double
        && t->width <= TILE_WIDTH_double && t->value_width <= TILE_WIDTH_double;
}

/* short_turn: to (columns, wide) = from (rows, columns), turned, zeros in
 * the rest of the rows. */
static inline void short_turn_double(double *to, size_t wide, const double *from,
                              size_t rows, size_t columns)
{
    size_t done = 0;
    for (; done + 4 <= rows; done += 4)
        product_turn_double(to + done, wide, from + done * columns, columns,
                     columns);
    for (size_t c = 0; c < columns && done < wide; c++)
        for (size_t i = done; i < wide; i++)
            to[c * wide + i] = i < rows ? from[i * columns + c] : 0;
}

/* short_rows: from (rows, columns) with rows of whole registers, which is
 * from itself or a copy in to. */
static inline const double *short_rows_double(double *to, const double *from,
                                      size_t rows, size_t columns)
{
    if (columns % LANES_double == 0)
        return from;
    tile_widen_double(to, from, 1, rows, columns);
    return to;
}

static const double short_order_double[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
                                       12, 13, 14, 15 };

/* short_softmax: scores (wide) into weights, of the first seen; scale: of
 * the scores, times log2 e.  Returns the logarithm of the sum. */
static inline double short_softmax_double(double *row, double scale, size_t seen,
                                  size_t wide)
{
    lanes_double order = lanes_load_double(short_order_double), best = lanes_all_double(-INFINITY);
    lanes_double sum = lanes_all_double(0);
    for (size_t j = 0; j < wide; j += LANES_double) {
        lanes_double x = scale * lanes_load_double(row + j);
        x = lanes_where_double(order + (double)j < (double)seen, x,
                        lanes_all_double(-INFINITY));
        lanes_store_double(row + j, x);
        best = lanes_where_double(x > best, x, best);
    }
    double max = -INFINITY;
    for (size_t l = 0; l < LANES_double; l++)
        max = best[l] > max ? best[l] : max;
    double shift = max == -INFINITY ? 0 : max;
    for (size_t j = 0; j < wide; j += LANES_double) {
        lanes_double e = lanes_exp2_double(lanes_load_double(row + j) - shift);
        lanes_store_double(row + j, e);
        sum += e;
    }
    double total = lanes_sum_double(sum), share = total == 0 ? 0 : 1 / total;
    for (size_t j = 0; j < wide; j += LANES_double)
        lanes_store_double(row + j, share * lanes_load_double(row + j));
    return total == 0 ? -INFINITY : max * tile_ln2_double + log(total);
}

/* short_forward: a head with few queries and keys; weights (Tq, Tk) and
 * log_sum (Tq) may be NULL. */
static inline void short_forward_double(double *out, double *weights, double *log_sum,
                                 const double *q, const double *k,
                                 const double *v, size_t keys,
                                 const struct tiled_double *t)
{
    size_t n = t->queries, m = t->keys, d = t->width, dv = t->value_width;
    size_t wide = tile_whole_double(m);
    double *turned = tile_scratch_double()->panels, *w = tile_scratch_double()->scores;
    double *rows = turned + TILE_WIDTH_double * SHORT_MOST_double;
    short_turn_double(turned, wide, k, m, d);
    tile_product_double(w, wide, n, wide, (struct tile_factor_double){q, d, 1},
                 turned, wide, d, false);
    for (size_t i = 0; i < n; i++) {
        double *row = w + i * wide;
        double sum = short_softmax_double(row, tile_scale_double(t) * tile_log2_e_double,
                                  tile_visible_double(t, keys, i), wide);
        if (log_sum)
            log_sum[i] = sum;
        if (weights)
            memcpy(weights + i * m, row, m * sizeof *row);
    }
    tile_product_double(out, dv, n, dv, (struct tile_factor_double){w, wide, 1},
                 short_rows_double(rows, v, keys, dv), tile_whole_double(dv), keys, false);
}

/* short_weights: those of a head again, (Tq, wide), from log_sum. */
static inline void short_weights_double(double *w, const struct tile_head_double *h,
                                 size_t keys, const struct tiled_double *t)
{
    size_t wide = tile_whole_double(t->keys);
    double *turned = tile_scratch_double()->panels, scale = tile_scale_double(t);
    lanes_double order = lanes_load_double(short_order_double);
    short_turn_double(turned, wide, h->k, t->keys, t->width);
    tile_product_double(w, wide, t->queries, wide,
                 (struct tile_factor_double){h->q, t->width, 1}, turned, wide,
                 t->width, false);
    for (size_t i = 0; i < t->queries; i++) {
        double seen = (double)tile_visible_double(t, keys, i);
        double shift = h->log_sum[i] * tile_log2_e_double;
        for (size_t j = 0; j < wide; j += LANES_double) {
            double *x = w + i * wide + j;
            lanes_double e = scale * tile_log2_e_double * lanes_load_double(x) - shift;
            e = lanes_where_double(order + (double)j < seen, e,
                            lanes_all_double(-INFINITY));
            lanes_store_double(x, lanes_exp2_double(e));
        }
    }
}

/* short_scores: dw (Tq, wide), gradients of the weights w, into those of the
 * scores. */
static inline void short_scores_double(double *dw, const double *w, double scale,
                                size_t rows, size_t wide)
{
    for (; rows > 0; rows--, dw += wide, w += wide) {
        lanes_double sum = lanes_all_double(0);
        for (size_t j = 0; j < wide; j += LANES_double)
            sum += lanes_load_double(w + j) * lanes_load_double(dw + j);
        double mean = lanes_sum_double(sum);
        for (size_t j = 0; j < wide; j += LANES_double)
            lanes_store_double(dw + j, scale * lanes_load_double(w + j)
                                * (lanes_load_double(dw + j) - mean));
    }
}

/* short_backward: ADDS to the gradients of a head, each of which may be
 * NULL.  weights (Tq, Tk); if NULL, they come from log_sum. */
static inline void short_backward_double(const struct tile_head_double *h,
                                  const double *weights, size_t keys,
                                  const struct tiled_double *t)
{
    size_t n = t->queries, m = t->keys, d = t->width, dv = t->value_width;
    size_t wide = tile_whole_double(m);
    double *turned = tile_scratch_double()->panels, *w = tile_scratch_double()->scores;
    double *dw = tile_scratch_double()->dscores;
    double *rows = turned + TILE_WIDTH_double * SHORT_MOST_double;
    if (weights) {
        memset(w, 0, n * wide * sizeof *w);
        for (size_t i = 0; i < n; i++)
            memcpy(w + i * wide, weights + i * m, m * sizeof *w);
    } else
        short_weights_double(w, h, keys, t);
    short_turn_double(turned, wide, h->v, m, dv);
    tile_product_double(dw, wide, n, wide, (struct tile_factor_double){h->dout, dv, 1},
                 turned, wide, dv, false);
    short_scores_double(dw, w, tile_scale_double(t), n, wide);
    if (h->dq)
        tile_product_double(h->dq, d, n, d, (struct tile_factor_double){dw, wide, 1},
                     short_rows_double(rows, h->k, m, d), tile_whole_double(d), keys,
                     true);
    if (h->dk)
        tile_product_double(h->dk, d, keys, d, (struct tile_factor_double){dw, 1, wide},
                     short_rows_double(rows, h->q, n, d), tile_whole_double(d), n, true);
    if (h->dv)
        tile_product_double(h->dv, dv, keys, dv, (struct tile_factor_double){w, 1, wide},
                     short_rows_double(rows, h->dout, n, dv), tile_whole_double(dv), n,
                     true);
}
#endif
