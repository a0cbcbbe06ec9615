/* tiled.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct tiled, tiled_plain_row, struct tile_panel,
 * struct tile_scratch, tile_weigh, struct tile_factor, tile_forward,
 * tiled_plain_row_backward, tile_product, tile_whole, tile_panel_size,
 * tile_panels, tile_visible, tile_keys_of, tile_turn, tile_turn_back,
 * tile_scale, tile_panel_start, tile_scores, tile_largest,
 * tile_exponentials, tile_scale_lanes, tile_finish, tile_forward_block,
 * tiled_forward, struct tile_head, tile_backward, tile_widen,
 * tile_backward_sums, tile_backward_start, tile_backward_block,
 * tiled_backward, short_fits, short_turn, short_rows, short_softmax,
 * short_forward, short_weights, short_scores, short_backward */

#ifndef TILED_H
#define TILED_H
#include <stdbool.h>
#include <stddef.h>
#include "gradient/product.h"
#include "softmax/softmax.h"
#include "kit/workshop.h"

/* Attention of batch * heads independent heads.  d is width, the value's
 * width may be another. */
struct tiled {
    size_t batch, heads, queries, keys, width, value_width;
    bool causal;            /* key j only if j <= i + keys - queries */
    const size_t *lengths;  /* (batch): keys in use, <= keys; NULL: all */
    float scale;            /* of the scores; 0: 1 / sqrt(width) */
};

/* tiled_forward: out = softmax(scale q k^T) v for every head, without the
 * array of weights.  q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->  out (B, H, Tq, dv)   log_sum (B, H, Tq): the natural logarithm of
 *   the sum of exp(score), what backward needs.  A fully masked row gets
 *   zeros, and -INFINITY there.  Dao et al. 2022, algorithm 1.
 * Checked: widths from 1 to TILE_WIDTH, lengths at most keys. */
static inline void tiled_forward(float *out, float *log_sum, const float *q,
                                 const float *k, const float *v,
                                 const struct tiled *shape);

/* tiled_backward: ADDS to dq, dk and dv; none may be NULL.  out and
 * log_sum as tiled_forward made them.  Dao et al. 2022, algorithm 4. */
static inline void tiled_backward(float *dq, float *dk, float *dv,
                                  const float *dout, const float *q,
                                  const float *k, const float *v,
                                  const float *out, const float *log_sum,
                                  const struct tiled *shape);
static inline float tile_scale(const struct tiled *t);

/* tiled_plain_row: attention of one query, the keys one by one.
 *   q (d)   k (seen, d)   v (seen, dv)  ->  out (dv); returns the logarithm
 * of the sum of exp(score), -INFINITY if no key is seen; out is 0 then. */
static inline float tiled_plain_row(float *out, const float *q,
                                    const float *k, const float *v,
                                    size_t seen, const struct tiled *t)
{
    size_t d = t->width, dv = t->value_width;
    float max = -INFINITY, sum = 0;
    memset(out, 0, dv * sizeof *out);
    for (size_t j = 0; j < seen; j++) {
        float x = 0;
        for (size_t c = 0; c < d; c++)
            x += tile_scale(t) * q[c] * k[j * d + c];
        float larger = x > max ? x : max;
        float keep = expf(max - larger), e = expf(x - larger);
        max = larger;
        sum = sum * keep + e;
        for (size_t c = 0; c < dv; c++)
            out[c] = out[c] * keep + e * v[j * dv + c];
    }
    for (size_t c = 0; c < dv; c++)
        out[c] = sum > 0 ? out[c] / sum : 0;
    return sum > 0 ? max + logf(sum) : -INFINITY;
}

enum {
    TILE_VECTORS = 3,                   /* registers across a panel */
    TILE_PANEL = TILE_VECTORS * LANES,  /* queries in a panel */
    TILE_BLOCK = 192,                   /* queries in a block of panels */
    TILE_KEYS = 96,                     /* keys in a tile */
    TILE_WIDTH = 256                    /* largest width of a head */
};

struct tile_panel {
    size_t first, count;  /* queries first .. first + count - 1 */
    size_t keys;          /* that its last query sees */
    float *query;         /* (d, TILE_PANEL): queries, turned and scaled */
    float *out;           /* (dv, TILE_PANEL): outputs, turned */
    lanes max[TILE_VECTORS], sum[TILE_VECTORS];
    /* what the panel keeps going backward */
    float *dquery;      /* (d, TILE_PANEL): gradient of the queries, turned */
    float *dout;        /* (dv, TILE_PANEL): gradient of the outputs, turned */
    float *query_rows;  /* (count, d): queries, scaled */
    float *dout_rows;   /* (count, dv): gradient of the outputs */
    lanes log_sum[TILE_VECTORS], delta[TILE_VECTORS];
};

struct tile_scratch {
    float panels[TILE_BLOCK * 5 * 64]; /* 5 arrays, for heads of width 64 */
    float scores[TILE_KEYS * TILE_PANEL], dscores[TILE_KEYS * TILE_PANEL];
};

static inline void tile_largest(lanes *max, const float *scores, size_t count);
static inline void tile_exponentials(float *scores, lanes *sum,
                                     const lanes *shift, size_t count);

/* tile_weigh: a tile's scores (count, TILE_PANEL) into weights.  keep: by
 * what to multiply all that was summed before. */
static inline void tile_weigh(float *scores, lanes *keep,
                              struct tile_panel *p, size_t count)
{
    lanes old[TILE_VECTORS], shift[TILE_VECTORS];
    memcpy(old, p->max, sizeof old);
    tile_largest(p->max, scores, count);
    for (size_t u = 0; u < TILE_VECTORS; u++) {
        lanes max = p->max[u];
        shift[u] = lanes_where(max == -INFINITY, lanes_all(0), max);
        keep[u] = lanes_exp2(old[u] - shift[u]);
        p->sum[u] *= keep[u];
    }
    tile_exponentials(scores, p->sum, shift, count);
}

/* tile_factor: a matrix whose element (i, p) is at[i * row + p * step]. */
struct tile_factor {
    const float *at;
    size_t row, step;
};

static inline void tile_product(float *c, size_t ldc, size_t rows,
                                size_t columns, struct tile_factor a,
                                const float *b, size_t ldb, size_t steps,
                                bool add);
static inline struct tile_scratch *tile_scratch(void);
static inline void tile_scores(float *scores, const struct tile_panel *p,
                               const float *k, size_t from, size_t count,
                               const struct tiled *t);
static inline void tile_scale_lanes(float *x, const lanes *by, size_t rows);

/* tile_forward: the keys from .. from + count - 1, added to the panel. */
static inline void tile_forward(struct tile_panel *p, const float *k,
                                const float *v, size_t from, size_t count,
                                const struct tiled *t)
{
    float *scores = tile_scratch()->scores;
    size_t dv = t->value_width;
    struct tile_factor values = {v + from * dv, 1, dv};
    lanes keep[TILE_VECTORS];
    tile_scores(scores, p, k, from, count, t);
    tile_weigh(scores, keep, p, count);
    tile_scale_lanes(p->out, keep, dv);
    tile_product(p->out, TILE_PANEL, dv, TILE_PANEL, values,
                 scores, TILE_PANEL, count, true);
}

/* tiled_plain_row_backward: ADDS to dq (d), dk (seen, d) and dv (seen, e), e
 * the width of a value.  out and log_sum as tiled_plain_row made them. */
static inline void
tiled_plain_row_backward(float *dq, float *dk, float *dv, const float *dout,
                         const float *q, const float *k, const float *v,
                         const float *out, float log_sum, size_t seen,
                         const struct tiled *t)
{
    size_t d = t->width, e = t->value_width;
    float scale = tile_scale(t), delta = 0;
    for (size_t c = 0; c < e; c++)
        delta += dout[c] * out[c];
    for (size_t j = 0; j < seen; j++) {
        float x = 0, g = 0;
        for (size_t c = 0; c < d; c++)
            x += scale * q[c] * k[j * d + c];
        float p = expf(x - log_sum);
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
enum { TILE_ROWS = 8, TILE_WIDE = 4, TILE_WIDE_ROWS = 6 };
#else
enum { TILE_ROWS = 4, TILE_WIDE = 3, TILE_WIDE_ROWS = 4 };
#endif
#define TILE_INLINE static inline __attribute__((always_inline))

/* tile_kernel: c (rows, vectors * LANES) = or += a (rows, steps) b, of the
 * last register only last lanes.  rows, vectors: constants. */
TILE_INLINE void tile_kernel(float *c, size_t ldc, struct tile_factor a,
                             const float *b, size_t ldb, size_t steps,
                             size_t last, bool add,
                             size_t rows, size_t vectors)
{
    lanes sum[8][4];
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < vectors; v++)
            sum[i][v] = lanes_all(0);
    for (size_t p = 0; p < steps; p++, a.at += a.step, b += ldb) {
        /* add a column of a times a row of b */
        lanes right[4];
        for (size_t v = 0; v < vectors; v++)
            right[v] = lanes_load(b + v * LANES);
        for (size_t i = 0; i < rows; i++)
            for (size_t v = 0; v < vectors; v++)
                sum[i][v] += a.at[i * a.row] * right[v];
    }
    /* store the sums in c, or add them to it */
    for (size_t i = 0; i < rows; i++)
        for (size_t v = 0; v < vectors; v++) {
            float *to = c + i * ldc + v * LANES;
            size_t n = v + 1 < vectors ? (size_t)LANES : last;
            if (n == LANES)
                lanes_store(to, add ? lanes_load(to) + sum[i][v] : sum[i][v]);
            else if (add)
                lanes_store_part(to, lanes_load_part(to, n, 0) + sum[i][v], n);
            else
                lanes_store_part(to, sum[i][v], n);
        }
}

/* tile_strip: tile_kernel for any number of rows, at most so many at a
 * time. */
TILE_INLINE void tile_strip(float *c, size_t ldc, size_t rows,
                            struct tile_factor a, const float *b, size_t ldb,
                            size_t steps, size_t last, bool add,
                            size_t vectors, size_t most)
{
    size_t i = 0;
    for (; i + most <= rows; i += most, a.at += most * a.row)
        tile_kernel(c + i * ldc, ldc, a, b, ldb, steps, last, add, most,
                    vectors);
    for (; i + 4 <= rows; i += 4, a.at += 4 * a.row)
        tile_kernel(c + i * ldc, ldc, a, b, ldb, steps, last, add, 4,
                    vectors);
    for (; i < rows; i++, a.at += a.row)
        tile_kernel(c + i * ldc, ldc, a, b, ldb, steps, last, add, 1,
                    vectors);
}

/* tile_product: c (rows, columns) = or += a (rows, steps) b (steps, columns).
 * The rows of b are read up to a whole number of registers. */
static inline void tile_product(float *c, size_t ldc, size_t rows,
                                size_t columns, struct tile_factor a,
                                const float *b, size_t ldb, size_t steps,
                                bool add)
{
    while (columns > 0) {
        size_t vectors = (columns + LANES - 1) / LANES;
        if (vectors > TILE_WIDE)
            vectors = columns % TILE_PANEL ? TILE_WIDE : TILE_VECTORS;
        size_t n = vectors * LANES < columns ? vectors * LANES : columns;
        size_t last = n - (vectors - 1) * LANES;
        if (vectors == 1)
            tile_strip(c, ldc, rows, a, b, ldb, steps, last, add, 1, 8);
        else if (vectors == 2)
            tile_strip(c, ldc, rows, a, b, ldb, steps, last, add, 2,
                       TILE_ROWS);
        else if (vectors == 3)
            tile_strip(c, ldc, rows, a, b, ldb, steps, last, add, 3,
                       TILE_ROWS);
        else
            tile_strip(c, ldc, rows, a, b, ldb, steps, last, add, TILE_WIDE,
                       TILE_WIDE_ROWS);
        b += n, c += n, columns -= n;
    }
}

static inline struct tile_scratch *tile_scratch(void)
{
    static _Thread_local struct tile_scratch *scratch;
    if (!scratch)
        scratch = allocate_for_thread(sizeof *scratch);
    return scratch;
}

/* tile_whole: n, filled up to whole registers. */
static inline size_t tile_whole(size_t n)
{
    return (n + LANES - 1) / LANES * LANES;
}

/* tile_panel_size: floats in the arrays of a panel, forward or backward. */
static inline size_t tile_panel_size(const struct tiled *t)
{
    size_t d = tile_whole(t->width), dv = tile_whole(t->value_width);
    return TILE_PANEL * (3 * d + 2 * dv);
}

/* tile_panels: panels in a block. */
static inline size_t tile_panels(const struct tiled *t)
{
    REQUIRE(t->width > 0 && t->width <= TILE_WIDTH);
    REQUIRE(t->value_width > 0 && t->value_width <= TILE_WIDTH);
    size_t workspace = sizeof tile_scratch()->panels / sizeof(float);
    size_t n = workspace / tile_panel_size(t);
    return n < TILE_BLOCK / TILE_PANEL ? n : TILE_BLOCK / TILE_PANEL;
}

/* tile_visible: of the first keys, those that the query sees. */
static inline size_t tile_visible(const struct tiled *t, size_t keys,
                                  size_t query)
{
    if (!t->causal)
        return keys;
    size_t end = query + 1 + t->keys;
    size_t n = end > t->queries ? end - t->queries : 0;
    return n < keys ? n : keys;
}

/* tile_keys_of: the keys of a head without its padding. */
static inline size_t tile_keys_of(const struct tiled *t, size_t head)
{
    size_t n = t->lengths ? t->lengths[head / t->heads] : t->keys;
    REQUIRE(n <= t->keys);
    return n;
}

/* tile_turn: to (columns, TILE_PANEL) = scale from (rows, columns). */
static inline void tile_turn(float *to, const float *from, float scale,
                             size_t rows, size_t columns)
{
    size_t done = 0;
    for (; done + 4 <= rows; done += 4)
        product_turn(to + done, TILE_PANEL, from + done * columns, columns,
                     columns);
    for (size_t p = 0; p < columns; p++)
        for (size_t i = done; i < TILE_PANEL; i++)
            to[p * TILE_PANEL + i] = i < rows ? from[i * columns + p] : 0;
    for (size_t i = 0; i < columns * TILE_PANEL; i++)
        to[i] *= scale;
}

/* tile_turn_back: to (rows, columns) = from (columns, TILE_PANEL), turned. */
static inline void tile_turn_back(float *to, const float *from, size_t rows,
                                  size_t columns)
{
    size_t c = 0;
    for (; c + 4 <= columns; c += 4)
        product_turn(to + c, columns, from + c * TILE_PANEL, TILE_PANEL,
                     rows);
    for (; c < columns; c++)
        for (size_t i = 0; i < rows; i++)
            to[i * columns + c] = from[c * TILE_PANEL + i];
}

static const float tile_log2_e = 1.44269504088896341f;
static const float tile_ln2 = 0.693147180559945309f;

/* tile_scale: by what the scores are multiplied. */
static inline float tile_scale(const struct tiled *t)
{
    return t->scale != 0 ? t->scale : 1 / sqrtf((float)t->width);
}

/* tile_panel_start: the panel whose first query is given, its queries
 * turned and scaled in workspace. */
static inline void tile_panel_start(struct tile_panel *p, float *workspace,
                                    const float *q, size_t first,
                                    size_t keys, const struct tiled *t)
{
    size_t rest = t->queries - first;
    p->first = first;
    p->count = rest < TILE_PANEL ? rest : TILE_PANEL;
    p->keys = tile_visible(t, keys, first + p->count - 1);
    p->query = workspace;
    tile_turn(p->query, q + first * t->width, tile_scale(t) * tile_log2_e,
              p->count, t->width);
}

/* tile_scores: scores (count, TILE_PANEL) of the keys from .. , masked. */
static inline void tile_scores(float *scores, const struct tile_panel *p,
                               const float *k, size_t from, size_t count,
                               const struct tiled *t)
{
    struct tile_factor keys = {k + from * t->width, t->width, 1};
    tile_product(scores, TILE_PANEL, count, TILE_PANEL, keys,
                 p->query, TILE_PANEL, t->width, false);
    if (from + count <= tile_visible(t, t->keys, p->first))
        return;
    for (size_t i = 0; i < TILE_PANEL; i++)
        for (size_t j = tile_visible(t, from + count, p->first + i);
             j < from + count; j++)
            if (j >= from)
                scores[(j - from) * TILE_PANEL + i] = -INFINITY;
}

/* tile_largest: max becomes the largest of itself and the scores. */
static inline void tile_largest(lanes *max, const float *scores, size_t count)
{
    lanes best[TILE_VECTORS];
    memcpy(best, max, sizeof best);
    for (size_t j = 0; j < count; j++)
        for (size_t u = 0; u < TILE_VECTORS; u++) {
            lanes x = lanes_load(scores + j * TILE_PANEL + u * LANES);
            best[u] = lanes_where(x > best[u], x, best[u]);
        }
    memcpy(max, best, sizeof best);
}

/* tile_exponentials: scores (count, TILE_PANEL) into 2^(scores - shift);
 * ADDS them to sum. */
static inline void tile_exponentials(float *scores, lanes *sum,
                                     const lanes *shift, size_t count)
{
    lanes total[TILE_VECTORS];
    memcpy(total, sum, sizeof total);
    for (size_t j = 0; j < count; j++)
        for (size_t u = 0; u < TILE_VECTORS; u++) {
            float *x = scores + j * TILE_PANEL + u * LANES;
            lanes e = lanes_exp2(lanes_load(x) - shift[u]);
            lanes_store(x, e);
            total[u] += e;
        }
    memcpy(sum, total, sizeof total);
}

/* tile_scale_lanes: x (rows, TILE_PANEL) times by, lane by lane. */
static inline void tile_scale_lanes(float *x, const lanes *by, size_t rows)
{
    for (size_t c = 0; c < rows; c++)
        for (size_t u = 0; u < TILE_VECTORS; u++, x += LANES)
            lanes_store(x, lanes_load(x) * by[u]);
}

/* tile_finish: the outputs out (count, dv) of the panel and the logarithms
 * of their sums (count). */
static inline void tile_finish(float *out, float *log_sum,
                               struct tile_panel *p, size_t dv)
{
    lanes inverse[TILE_VECTORS];
    for (size_t i = 0; i < p->count; i++) {
        float max = p->max[i / LANES][i % LANES];
        float sum = p->sum[i / LANES][i % LANES];
        log_sum[i] = sum == 0 ? -INFINITY : max * tile_ln2 + logf(sum);
    }
    for (size_t u = 0; u < TILE_VECTORS; u++)
        inverse[u] = lanes_where(p->sum[u] == 0, lanes_all(0),
                                 1.0f / p->sum[u]);
    tile_scale_lanes(p->out, inverse, dv);
    tile_turn_back(out, p->out, p->count, dv);
}

/* tile_forward_block: a block of panels from the query first on. */
static inline void tile_forward_block(float *out, float *log_sum,
                                      const float *q, const float *k,
                                      const float *v, size_t first,
                                      size_t keys, const struct tiled *t)
{
    struct tile_panel panels[TILE_BLOCK / TILE_PANEL];
    size_t n = 0, most = tile_panels(t), end = 0, dv = t->value_width;
    for (; n < most && first < t->queries; n++, first += TILE_PANEL) {
        struct tile_panel *p = &panels[n];
        float *workspace = tile_scratch()->panels + n * tile_panel_size(t);
        tile_panel_start(p, workspace, q, first, keys, t);
        end = p->keys;
        p->out = workspace + TILE_PANEL * t->width;
        memset(p->out, 0, sizeof(float) * TILE_PANEL * dv);
        for (size_t u = 0; u < TILE_VECTORS; u++) {
            p->max[u] = lanes_all(-INFINITY);
            p->sum[u] = lanes_all(0);
        }
    }
    for (size_t from = 0; from < end; from += TILE_KEYS)
        for (size_t i = 0; i < n; i++) {
            /* let count be the keys of the tile that panel i sees */
            size_t count = panels[i].keys > from ? panels[i].keys - from : 0;
            count = count < TILE_KEYS ? count : TILE_KEYS;
            if (count > 0)
                tile_forward(&panels[i], k, v, from, count, t);
        }
    for (size_t i = 0; i < n; i++)
        tile_finish(out + panels[i].first * dv, log_sum + panels[i].first,
                    &panels[i], dv);
}

static inline bool short_fits(const struct tiled *t);
static inline void short_forward(float *out, float *weights, float *log_sum,
                                 const float *q, const float *k,
                                 const float *v, size_t keys,
                                 const struct tiled *t);

/* tiled_forward: by blocks of queries, which threads share.  Its contract
 * is in chapter "gradient". */
static inline void tiled_forward(float *out, float *log_sum, const float *q,
                                 const float *k, const float *v,
                                 const struct tiled *t)
{
    size_t d = t->width, dv = t->value_width, m = t->keys;
    size_t block = tile_panels(t) * TILE_PANEL;
    size_t blocks = (t->queries + block - 1) / block;
    size_t tasks = t->batch * t->heads * blocks;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, short_fits(t) ? 16 : 1)
#endif
    for (size_t task = 0; task < tasks; task++) {
        size_t h = task / blocks;
        size_t first = (blocks - 1 - task % blocks) * block;
        size_t row = h * t->queries;
        if (short_fits(t))
            short_forward(out + row * dv, NULL, log_sum + row, q + row * d,
                          k + h * m * d, v + h * m * dv, tile_keys_of(t, h),
                          t);
        else
            tile_forward_block(out + row * dv, log_sum + row, q + row * d,
                               k + h * m * d, v + h * m * dv, first,
                               tile_keys_of(t, h), t);
    }
}

struct tile_head {
    float *dq, *dk, *dv;
    const float *dout, *q, *k, *v, *out, *log_sum;
};

/* tile_backward: ADDS what the keys from .. from + count - 1 give to dq (in
 * the panel), dk and dv. */
static inline void tile_backward(struct tile_panel *p,
                                 const struct tile_head *h, size_t from,
                                 size_t count, const struct tiled *t)
{
    float *weights = tile_scratch()->scores;
    float *dscores = tile_scratch()->dscores;
    size_t d = t->width, dv = t->value_width;
    struct tile_factor values = {h->v + from * dv, dv, 1};
    tile_scores(weights, p, h->k, from, count, t);
    tile_product(dscores, TILE_PANEL, count, TILE_PANEL, values,
                 p->dout, TILE_PANEL, dv, false);
    for (size_t j = 0; j < count; j++)
        for (size_t u = 0; u < TILE_VECTORS; u++) {
            float *x = weights + j * TILE_PANEL + u * LANES;
            float *dx = dscores + j * TILE_PANEL + u * LANES;
            lanes_store(x, lanes_exp2(lanes_load(x) - p->log_sum[u]));
            lanes_store(dx, lanes_load(x) * (lanes_load(dx) - p->delta[u]));
        }
    tile_product(h->dv + from * dv, dv, count, dv,
                 (struct tile_factor){weights, TILE_PANEL, 1},
                 p->dout_rows, tile_whole(dv), p->count, true);
    tile_product(h->dk + from * d, d, count, d,
                 (struct tile_factor){dscores, TILE_PANEL, 1},
                 p->query_rows, tile_whole(d), p->count, true);
    tile_product(p->dquery, TILE_PANEL, d, TILE_PANEL,
                 (struct tile_factor){h->k + from * d, 1, d},
                 dscores, TILE_PANEL, count, true);
}

/* tile_widen: to (rows, whole registers) = scale from (rows, columns). */
static inline void tile_widen(float *to, const float *from, float scale,
                              size_t rows, size_t columns)
{
    for (size_t i = 0; i < rows; i++, to += tile_whole(columns))
        for (size_t c = 0; c < columns; c++)
            to[c] = scale * from[i * columns + c];
}

/* tile_backward_sums: the logarithms of the sums, and delta. */
static inline void tile_backward_sums(struct tile_panel *p,
                                      const struct tile_head *h, size_t dv)
{
    for (size_t i = 0; i < TILE_PANEL; i++) {
        size_t row = p->first + i;
        float log_sum = i < p->count ? h->log_sum[row] : -INFINITY;
        p->log_sum[i / LANES][i % LANES] =
            log_sum == -INFINITY ? INFINITY : log_sum * tile_log2_e;
        p->delta[i / LANES][i % LANES] = i < p->count
            ? row_dot(h->dout + row * dv, h->out + row * dv, dv) : 0;
    }
}

/* tile_backward_start: the arrays of the panel after its queries. */
static inline void tile_backward_start(struct tile_panel *p,
                                       const struct tile_head *h,
                                       const struct tiled *t)
{
    size_t d = t->width, dv = t->value_width;
    const float *q = h->q + p->first * d, *dout = h->dout + p->first * dv;
    p->dquery = p->query + TILE_PANEL * d;
    p->dout = p->dquery + TILE_PANEL * d;
    p->query_rows = p->dout + TILE_PANEL * dv;
    p->dout_rows = p->query_rows + TILE_PANEL * tile_whole(d);
    memset(p->dquery, 0, sizeof(float) * TILE_PANEL * d);
    tile_turn(p->dout, dout, 1, p->count, dv);
    tile_widen(p->query_rows, q, tile_scale(t), p->count, d);
    tile_widen(p->dout_rows, dout, 1, p->count, dv);
    tile_backward_sums(p, h, dv);
}

/* tile_backward_block: ADDS what a block of queries gives. */
static inline void tile_backward_block(const struct tile_head *h,
                                       size_t first, size_t keys,
                                       const struct tiled *t)
{
    struct tile_panel panels[TILE_BLOCK / TILE_PANEL];
    size_t n = 0, most = tile_panels(t), end = 0;
    for (; n < most && first < t->queries; n++, first += TILE_PANEL) {
        float *workspace = tile_scratch()->panels + n * tile_panel_size(t);
        tile_panel_start(&panels[n], workspace, h->q, first, keys, t);
        tile_backward_start(&panels[n], h, t);
        end = panels[n].keys;
    }
    for (size_t from = 0; from < end; from += TILE_KEYS)
        for (size_t i = 0; i < n; i++) {
            /* let count be the keys of the tile that panel i sees */
            size_t count = panels[i].keys > from ? panels[i].keys - from : 0;
            count = count < TILE_KEYS ? count : TILE_KEYS;
            if (count > 0)
                tile_backward(&panels[i], h, from, count, t);
        }
    for (size_t i = 0; i < n; i++) {
        size_t size = panels[i].count * t->width;
        float *dq = h->dq + panels[i].first * t->width, scale = tile_scale(t);
        float *turned = panels[i].query_rows; /* is not needed anymore */
        tile_turn_back(turned, panels[i].dquery, panels[i].count, t->width);
        for (size_t j = 0; j < size; j++)
            dq[j] += scale * turned[j];
    }
}

static inline void short_backward(const struct tile_head *h,
                                  const float *weights, size_t keys,
                                  const struct tiled *t);

/* tiled_backward: by heads, which threads share.  Its contract is in
 * chapter "gradient". */
static inline void tiled_backward(float *dq, float *dk, float *dv,
                                  const float *dout, const float *q,
                                  const float *k, const float *v,
                                  const float *out, const float *log_sum,
                                  const struct tiled *t)
{
    size_t block = tile_panels(t) * TILE_PANEL;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, short_fits(t) ? 16 : 1)
#endif
    for (size_t i = 0; i < t->batch * t->heads; i++) {
        size_t row = i * t->queries, key = i * t->keys;
        size_t d = t->width, e = t->value_width;
        struct tile_head head = {
            dq + row * d, dk + key * d, dv + key * e, dout + row * e,
            q + row * d, k + key * d, v + key * e, out + row * e,
            log_sum + row};
        if (short_fits(t))
            short_backward(&head, NULL, tile_keys_of(t, i), t);
        else for (size_t first = 0; first < t->queries; first += block)
            tile_backward_block(&head, first, tile_keys_of(t, i), t);
    }
}

enum { SHORT_MOST = 32 };

/* short_fits: are queries and keys so few that a head is one tile? */
static inline bool short_fits(const struct tiled *t)
{
    return t->queries <= SHORT_MOST && t->keys <= SHORT_MOST
        && t->width <= TILE_WIDTH && t->value_width <= TILE_WIDTH;
}

/* short_turn: to (columns, wide) = from (rows, columns), turned, zeros in
 * the rest of the rows. */
static inline void short_turn(float *to, size_t wide, const float *from,
                              size_t rows, size_t columns)
{
    size_t done = 0;
    for (; done + 4 <= rows; done += 4)
        product_turn(to + done, wide, from + done * columns, columns,
                     columns);
    for (size_t c = 0; c < columns && done < wide; c++)
        for (size_t i = done; i < wide; i++)
            to[c * wide + i] = i < rows ? from[i * columns + c] : 0;
}

/* short_rows: from (rows, columns) with rows of whole registers, which is
 * from itself or a copy in to. */
static inline const float *short_rows(float *to, const float *from,
                                      size_t rows, size_t columns)
{
    if (columns % LANES == 0)
        return from;
    tile_widen(to, from, 1, rows, columns);
    return to;
}

static const float short_order[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
                                       12, 13, 14, 15 };

/* short_softmax: scores (wide) into weights, of the first seen; scale: of
 * the scores, times log2 e.  Returns the logarithm of the sum. */
static inline float short_softmax(float *row, float scale, size_t seen,
                                  size_t wide)
{
    lanes order = lanes_load(short_order), best = lanes_all(-INFINITY);
    lanes sum = lanes_all(0);
    for (size_t j = 0; j < wide; j += LANES) {
        lanes x = scale * lanes_load(row + j);
        x = lanes_where(order + (float)j < (float)seen, x,
                        lanes_all(-INFINITY));
        lanes_store(row + j, x);
        best = lanes_where(x > best, x, best);
    }
    float max = -INFINITY;
    for (size_t l = 0; l < LANES; l++)
        max = best[l] > max ? best[l] : max;
    float shift = max == -INFINITY ? 0 : max;
    for (size_t j = 0; j < wide; j += LANES) {
        lanes e = lanes_exp2(lanes_load(row + j) - shift);
        lanes_store(row + j, e);
        sum += e;
    }
    float total = lanes_sum(sum), share = total == 0 ? 0 : 1 / total;
    for (size_t j = 0; j < wide; j += LANES)
        lanes_store(row + j, share * lanes_load(row + j));
    return total == 0 ? -INFINITY : max * tile_ln2 + logf(total);
}

/* short_forward: a head with few queries and keys; weights (Tq, Tk) and
 * log_sum (Tq) may be NULL. */
static inline void short_forward(float *out, float *weights, float *log_sum,
                                 const float *q, const float *k,
                                 const float *v, size_t keys,
                                 const struct tiled *t)
{
    size_t n = t->queries, m = t->keys, d = t->width, dv = t->value_width;
    size_t wide = tile_whole(m);
    float *turned = tile_scratch()->panels, *w = tile_scratch()->scores;
    float *rows = turned + TILE_WIDTH * SHORT_MOST;
    short_turn(turned, wide, k, m, d);
    tile_product(w, wide, n, wide, (struct tile_factor){q, d, 1},
                 turned, wide, d, false);
    for (size_t i = 0; i < n; i++) {
        float *row = w + i * wide;
        float sum = short_softmax(row, tile_scale(t) * tile_log2_e,
                                  tile_visible(t, keys, i), wide);
        if (log_sum)
            log_sum[i] = sum;
        if (weights)
            memcpy(weights + i * m, row, m * sizeof *row);
    }
    tile_product(out, dv, n, dv, (struct tile_factor){w, wide, 1},
                 short_rows(rows, v, keys, dv), tile_whole(dv), keys, false);
}

/* short_weights: those of a head again, (Tq, wide), from log_sum. */
static inline void short_weights(float *w, const struct tile_head *h,
                                 size_t keys, const struct tiled *t)
{
    size_t wide = tile_whole(t->keys);
    float *turned = tile_scratch()->panels, scale = tile_scale(t);
    lanes order = lanes_load(short_order);
    short_turn(turned, wide, h->k, t->keys, t->width);
    tile_product(w, wide, t->queries, wide,
                 (struct tile_factor){h->q, t->width, 1}, turned, wide,
                 t->width, false);
    for (size_t i = 0; i < t->queries; i++) {
        float seen = (float)tile_visible(t, keys, i);
        float shift = h->log_sum[i] * tile_log2_e;
        for (size_t j = 0; j < wide; j += LANES) {
            float *x = w + i * wide + j;
            lanes e = scale * tile_log2_e * lanes_load(x) - shift;
            e = lanes_where(order + (float)j < seen, e,
                            lanes_all(-INFINITY));
            lanes_store(x, lanes_exp2(e));
        }
    }
}

/* short_scores: dw (Tq, wide), gradients of the weights w, into those of the
 * scores. */
static inline void short_scores(float *dw, const float *w, float scale,
                                size_t rows, size_t wide)
{
    for (; rows > 0; rows--, dw += wide, w += wide) {
        lanes sum = lanes_all(0);
        for (size_t j = 0; j < wide; j += LANES)
            sum += lanes_load(w + j) * lanes_load(dw + j);
        float mean = lanes_sum(sum);
        for (size_t j = 0; j < wide; j += LANES)
            lanes_store(dw + j, scale * lanes_load(w + j)
                                * (lanes_load(dw + j) - mean));
    }
}

/* short_backward: ADDS to the gradients of a head, each of which may be
 * NULL.  weights (Tq, Tk); if NULL, they come from log_sum. */
static inline void short_backward(const struct tile_head *h,
                                  const float *weights, size_t keys,
                                  const struct tiled *t)
{
    size_t n = t->queries, m = t->keys, d = t->width, dv = t->value_width;
    size_t wide = tile_whole(m);
    float *turned = tile_scratch()->panels, *w = tile_scratch()->scores;
    float *dw = tile_scratch()->dscores;
    float *rows = turned + TILE_WIDTH * SHORT_MOST;
    if (weights) {
        memset(w, 0, n * wide * sizeof *w);
        for (size_t i = 0; i < n; i++)
            memcpy(w + i * wide, weights + i * m, m * sizeof *w);
    } else
        short_weights(w, h, keys, t);
    short_turn(turned, wide, h->v, m, dv);
    tile_product(dw, wide, n, wide, (struct tile_factor){h->dout, dv, 1},
                 turned, wide, dv, false);
    short_scores(dw, w, tile_scale(t), n, wide);
    if (h->dq)
        tile_product(h->dq, d, n, d, (struct tile_factor){dw, wide, 1},
                     short_rows(rows, h->k, m, d), tile_whole(d), keys,
                     true);
    if (h->dk)
        tile_product(h->dk, d, keys, d, (struct tile_factor){dw, 1, wide},
                     short_rows(rows, h->q, n, d), tile_whole(d), n, true);
    if (h->dv)
        tile_product(h->dv, dv, keys, dv, (struct tile_factor){w, 1, wide},
                     short_rows(rows, h->dout, n, dv), tile_whole(dv), n,
                     true);
}
#endif
