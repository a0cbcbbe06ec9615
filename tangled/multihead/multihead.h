/* multihead.h -- generated from chapters/10-multihead.nw. Do not edit. */
/* Offers: struct multihead, struct multihead_saved,
 * struct multihead_gradients, struct multihead_parameters,
 * struct multihead_cache, part_from, struct slice, slice_forward,
 * struct one_head, multihead_plain_forward, slice_backward,
 * multihead_plain_backward, struct multihead_rows, heads_cut, heads_join,
 * columns_add, struct projection, projection_run, struct multihead_sizes,
 * multihead_forward, multihead_size, multihead_workspace,
 * multihead_saved_new, multihead_backward, multihead_apart,
 * struct multihead_node, tape_multihead, tape_multihead_cached */

#ifndef MULTIHEAD_H
#define MULTIHEAD_H
#include "gradient/tape.h"

/* Attention with several heads; Vaswani et al. 2017, section 3.2.2.
 * y = x W + b everywhere.  stride: from one row of wq, wk and wv to the
 * next, in floats; 0: they lie without gaps.  GPT-2 has the three side by
 * side in one matrix (C, 3 C): wk = wq + C, wv = wq + 2 C, stride 3 C. */
struct multihead {
    size_t batch, heads, queries, keys;        /* B, H, Tq, Tk */
    size_t width, context_width;               /* C, Cc */
    size_t head_width, value_width, out_width; /* dk, dv, out */
    bool causal;           /* as in tiled.h: the last query sees all keys */
    const size_t *lengths; /* (B): keys in use; NULL: all */
    float scale;           /* of the scores; 0: 1 / sqrt(dk) */
    const float *wq, *wk;           /* (C, H dk)  (Cc, H dk) */
    const float *wv, *wo;           /* (Cc, H dv)  (H dv, out) */
    const float *bq, *bk, *bv, *bo; /* (H dk) (H dk) (H dv) (out), or NULL */
    size_t stride;
};

/* What the forward pass saves for the backward pass. */
struct multihead_saved {
    float *q, *k, *v;  /* (B, H, Tq, dk)  (B, H, Tk, dk)  (B, H, Tk, dv) */
    float *joined;     /* (B, Tq, H dv): the heads side by side */
    float *log_sum;    /* (B, H, Tq), where there are no weights */
    float *weights;    /* (B, H, Tq, Tk), or NULL: attention in tiles */
    float *workspace;  /* holds nothing between calls */
};

/* Gradients; NULL: not wanted.  dwq, dwk and dwv have the stride of wq. */
struct multihead_gradients {
    float *dx, *dcontext;           /* (B, Tq, C)  (B, Tk, Cc) */
    float *dwq, *dwk, *dwv, *dwo, *dbq, *dbk, *dbv, *dbo;
};

/* What tape_multihead takes: wqkv (C, H (2 dk + dv)) with dk == dv, or wq, wk
 * and wv; biases or NULL; lengths must stay until tape_backward. */
struct multihead_parameters {
    struct tensor *wqkv, *bqkv;                 /* or else: */
    struct tensor *wq, *wk, *wv, *bq, *bk, *bv;
    struct tensor *wo, *bo;
    size_t heads;
    bool causal;
    bool store_attention; /* store them (B, H, Tq, Tk): slower */
    bool plain;           /* a head at a time; needs weights, and no wqkv */
    const size_t *lengths;
};

/* Keys and values of one layer for later steps.  Set keep and most. */
struct multihead_cache {
    struct tape *keep;      /* has the memory, as long as it is not begun */
    size_t most, rows;      /* places, and how many are in use */
    size_t heads;           /* B H */
    float *k, *v;           /* (B, H, most, dk)  (B, H, most, dv) */
};

/* part_from: p + n; NULL stays NULL. */
static inline float *part_from(float *p, size_t n)
{
    return p ? p + n : NULL;
}

/* n columns of a matrix (width, columns), from column first on. */
struct slice { size_t width, columns, first, n; };

/* slice_forward: out (rows, n) = x (rows, width) times a slice of w, plus
 * the same columns of b, if b is not NULL. */
static inline void slice_forward(float *out, const float *x, const float *w,
                                 const float *b, size_t rows,
                                 const struct slice *s)
{
    for (size_t t = 0; t < rows; t++)
        for (size_t j = 0; j < s->n; j++) {
            float sum = b ? b[s->first + j] : 0;
            for (size_t i = 0; i < s->width; i++)
                sum += x[t * s->width + i] * w[i * s->columns + s->first + j];
            out[t * s->n + j] = sum;
        }
}

/* Head h of example b: its columns, its share of what is saved, its task. */
struct one_head {
    struct slice wq, wk, wv;
    float *q, *k, *v, *weights; /* (Tq, dk)  (Tk, dk)  (Tk, dv)  (Tq, Tk) */
    struct tiled task;
};

static inline struct one_head one_head(const struct multihead_saved *saved,
                                       size_t b, size_t h,
                                       const struct multihead *m)
{
    const size_t dk = m->head_width, dv = m->value_width;
    const size_t before = b * m->heads + h;
    return (struct one_head){
        .wq = { m->width, m->heads * dk, h * dk, dk },
        .wk = { m->context_width, m->heads * dk, h * dk, dk },
        .wv = { m->context_width, m->heads * dv, h * dv, dv },
        .q = saved->q + before * m->queries * dk,
        .k = saved->k + before * m->keys * dk,
        .v = saved->v + before * m->keys * dv,
        .weights = part_from(saved->weights,
                             before * m->queries * m->keys),
        .task = { 1, 1, m->queries, m->keys, dk, dv, m->causal,
                  m->lengths ? m->lengths + b : NULL, m->scale } };
}

static inline void multihead_plain_require(
    const struct multihead_saved *saved, const float *context,
    const struct multihead *m);

/* multihead_plain_forward: x (B, Tq, C), context (B, Tk, Cc)
 *   ->  out (B, Tq, out), and all of saved but log_sum.
 * context NULL: x itself.  Equation "multihead", a head at a time.
 * Checked: weights are saved, stride is 0, x fits as the context. */
static inline void multihead_plain_forward(float *out,
    struct multihead_saved *saved, const float *x, const float *context,
    const struct multihead *m)
{
    const size_t n = m->queries, d = m->value_width, wide = m->heads * d;
    const struct slice whole = { wide, m->out_width, 0, m->out_width };
    float *head = saved->workspace; /* (Tq, dv) */
    multihead_plain_require(saved, context, m);
    for (size_t b = 0; b < m->batch; b++) {
        const float *c = context ? context : x;
        const float *xb = x + b * n * m->width;
        const float *cb = c + b * m->keys * m->context_width;
        float *z = saved->joined + b * n * wide; /* (Tq, H dv) */
        for (size_t h = 0; h < m->heads; h++) {
            const struct one_head o = one_head(saved, b, h, m);
            slice_forward(o.q, xb, m->wq, m->bq, n, &o.wq);
            slice_forward(o.k, cb, m->wk, m->bk, m->keys, &o.wk);
            slice_forward(o.v, cb, m->wv, m->bv, m->keys, &o.wv);
            attend_forward(head, o.weights, o.q, o.k, o.v, &o.task);
            for (size_t t = 0; t < n; t++)
                memcpy(z + t * wide + h * d, head + t * d, d * sizeof *z);
        }
        slice_forward(out + b * n * m->out_width, z, m->wo, m->bo, n, &whole);
    }
}

/* slice_backward: ADDS to dx (rows, width), and to the slice of dw and db;
 * each may be NULL.  dout (rows, n); the rest as slice_forward had it. */
static inline void slice_backward(float *dx, float *dw, float *db,
                                  const float *dout, const float *x,
                                  const float *w, size_t rows,
                                  const struct slice *s)
{
    for (size_t t = 0; t < rows; t++)
        for (size_t j = 0; j < s->n; j++) {
            const size_t column = s->first + j;
            const float g = dout[t * s->n + j];
            if (db)
                db[column] += g;
            for (size_t i = 0; dw && i < s->width; i++)
                dw[i * s->columns + column] += x[t * s->width + i] * g;
            for (size_t i = 0; dx && i < s->width; i++)
                dx[t * s->width + i] += w[i * s->columns + column] * g;
        }
}

/* multihead_plain_backward: ADDS to the gradients, given dout (B, Tq, out)
 * and what the forward pass was given and saved.  context NULL: dx gets its
 * gradient as well.  Checked: as forward. */
static inline void multihead_plain_backward(
    const struct multihead_gradients *to, const float *dout,
    const struct multihead_saved *saved, const float *x,
    const float *context, const struct multihead *m)
{
    const size_t n = m->queries, d = m->value_width, wide = m->heads * d;
    const struct slice whole = { wide, m->out_width, 0, m->out_width };
    float *dz = saved->workspace, *dhead = dz + n * wide, *dq = dhead + n * d;
    float *dk = dq + n * m->head_width, *dv = dk + m->keys * m->head_width;
    float *scratch = dv + m->keys * d; /* (2, Tq, Tk) */
    multihead_plain_require(saved, context, m);
    for (size_t b = 0; b < m->batch; b++) {
        const size_t xs = b * n * m->width;
        const size_t cs = b * m->keys * m->context_width;
        const float *xb = x + xs, *cb = (context ? context : x) + cs;
        float *dx = part_from(to->dx, xs);
        float *dc = part_from(context ? to->dcontext : to->dx, cs);
        memset(dz, 0, n * wide * sizeof *dz);
        slice_backward(dz, to->dwo, to->dbo, dout + b * n * m->out_width,
                       saved->joined + b * n * wide, m->wo, n, &whole);
        for (size_t h = 0; h < m->heads; h++) {
            const struct one_head o = one_head(saved, b, h, m);
            for (size_t t = 0; t < n; t++)
                memcpy(dhead + t * d, dz + t * wide + h * d, d * sizeof *dz);
            memset(dq, 0, (size_t)(scratch - dq) * sizeof *dq);
            attend_backward(dq, dk, dv, scratch, dhead, o.weights, o.q, o.k,
                            o.v, &o.task);
            slice_backward(dx, to->dwq, to->dbq, dq, xb, m->wq, n, &o.wq);
            slice_backward(dc, to->dwk, to->dbk, dk, cb, m->wk, m->keys,
                           &o.wk);
            slice_backward(dc, to->dwv, to->dbv, dv, cb, m->wv, m->keys,
                           &o.wv);
        }
    }
}

static inline void multihead_plain_require(
    const struct multihead_saved *saved, const float *context,
    const struct multihead *m)
{
    REQUIRE(saved->weights && !m->stride && m->heads > 0);
    REQUIRE(context || (m->keys == m->queries
                        && m->context_width == m->width));
}
/* The rows of all heads: (B, T, H, n), each row stride floats behind the
 * last. */
struct multihead_rows { size_t batch, heads, rows, n, stride; };

/* heads_cut: out (B, H, T, n) = x (B, T, H, n) + bias (H, n) or NULL. */
static inline void heads_cut(float *out, const float *x, const float *bias,
                             const struct multihead_rows *r)
{
    /* share the heads among the threads */
    #ifdef _OPENMP
    size_t all = r->batch * r->heads * r->rows * r->n;
    #pragma omp parallel for schedule(static) if (all > 100000)
    #endif
    for (size_t bh = 0; bh < r->batch * r->heads; bh++) {
        size_t b = bh / r->heads, h = bh % r->heads;
        for (size_t t = 0; t < r->rows; t++) {
            float *to = out + (bh * r->rows + t) * r->n;
            const float *from = x + (b * r->rows + t) * r->stride + h * r->n;
            const float *plus = bias ? bias + h * r->n : NULL;
            for (size_t j = 0; j < r->n; j++)
                to[j] = from[j] + (plus ? plus[j] : 0);
        }
    }
}

/* heads_join: out (B, T, H, n) = x (B, H, T, n). */
static inline void heads_join(float *out, const float *x,
                              const struct multihead_rows *r)
{
    /* share the heads among the threads */
    #ifdef _OPENMP
    size_t all = r->batch * r->heads * r->rows * r->n;
    #pragma omp parallel for schedule(static) if (all > 100000)
    #endif
    for (size_t bh = 0; bh < r->batch * r->heads; bh++)
        for (size_t t = 0; t < r->rows; t++)
            memcpy(out + (bh / r->heads * r->rows + t) * r->stride
                       + bh % r->heads * r->n,
                   x + (bh * r->rows + t) * r->n, r->n * sizeof *x);
}

/* columns_add: out (n) += the sum of rows of n floats, each stride floats
 * behind the last. */
static inline void columns_add(float *out, const float *x, size_t rows,
                               size_t n, size_t stride)
{
    enum { SOME = 64 };
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (rows * n > 100000)
#endif
    for (size_t first = 0; first < n; first += SOME) {
        size_t end = n - first < SOME ? n : first + SOME;
        for (size_t r = 0; r < rows; r++)
            for (size_t j = first; j < end; j++)
                out[j] += x[r * stride + j];
    }
}
struct projection {
    const float *in, *w, *b; /* (B T, width)  (width, columns) */
    float *din, *dw, *db;
    float *heads;            /* (B, H, T, columns / H) */
    size_t rows, width, columns, stride;
};

static inline void multihead_projections(struct projection p[3],
    const float *x, const float *context, const struct multihead *m)
{
    const float *c = context ? context : x;
    const size_t dk = m->heads * m->head_width;
    const size_t dv = m->heads * m->value_width;
    REQUIRE(context || (m->keys == m->queries
                        && m->context_width == m->width));
    REQUIRE(!m->stride || (m->stride >= dk && m->stride >= dv));
    p[0] = (struct projection){ .in = x, .w = m->wq, .b = m->bq,
        .rows = m->queries, .width = m->width, .columns = dk };
    p[1] = (struct projection){ .in = c, .w = m->wk, .b = m->bk,
        .rows = m->keys, .width = m->context_width, .columns = dk };
    p[2] = (struct projection){ .in = c, .w = m->wv, .b = m->bv,
        .rows = m->keys, .width = m->context_width, .columns = dv };
    for (size_t i = 0; i < 3; i++)
        p[i].stride = m->stride ? m->stride : p[i].columns;
}

/* projection_run: how many from p[i] on share a product, and the columns. */
static inline size_t projection_run(size_t *columns,
                                    const struct projection *p, size_t i)
{
    size_t n = 1;
    for (*columns = p[i].columns; i + n < 3; n++) {
        const struct projection *next = &p[i + n];
        if (next->in != p[i].in || next->rows != p[i].rows
            || next->din != p[i].din || next->w != p[i].w + *columns)
            break;
        if (*columns + next->columns > p[i].stride)
            break;
        if (p[i].dw ? next->dw != p[i].dw + *columns : next->dw != NULL)
            break;
        *columns += next->columns;
    }
    return n;
}

static inline struct multihead_rows projection_rows(
    const struct projection *p, size_t stride, const struct multihead *m)
{
    return (struct multihead_rows){ m->batch, m->heads, p->rows,
                                    p->columns / m->heads, stride };
}

static inline void multihead_project(struct projection p[3], size_t count,
                                     float *workspace,
                                     const struct multihead *m)
{
    for (size_t i = 0, n, columns; i < count; i += n) {
        n = projection_run(&columns, p, i);
        product_strided(workspace, columns, p[i].in, p[i].width, p[i].w,
                        p[i].stride, m->batch * p[i].rows, columns,
                        p[i].width, 0);
        const float *from = workspace;
        for (size_t j = i; j < i + n; from += p[j++].columns) {
            const struct multihead_rows r = projection_rows(&p[j], columns,
                                                            m);
            heads_cut(p[j].heads, from, p[j].b, &r);
        }
    }
}
static inline struct tiled multihead_task(const struct multihead *m)
{
    /* require that no size is zero */
    REQUIRE(m->batch > 0 && m->heads > 0 && m->queries > 0 && m->keys > 0);
    REQUIRE(m->width > 0 && m->context_width > 0 && m->out_width > 0);
    REQUIRE(m->head_width > 0 && m->value_width > 0);
    return (struct tiled){ m->batch, m->heads, m->queries, m->keys,
        m->head_width, m->value_width, m->causal, m->lengths, m->scale };
}

static inline struct multihead_rows multihead_outputs(
    const struct multihead *m)
{
    return (struct multihead_rows){ m->batch, m->heads, m->queries,
        m->value_width, m->heads * m->value_width };
}

struct multihead_sizes { size_t q, k, v, out, sums, weights; };

static inline struct multihead_sizes multihead_sizes(
    const struct multihead *m, bool weights)
{
    /* require that no size is zero */
    REQUIRE(m->batch > 0 && m->heads > 0 && m->queries > 0 && m->keys > 0);
    REQUIRE(m->width > 0 && m->context_width > 0 && m->out_width > 0);
    REQUIRE(m->head_width > 0 && m->value_width > 0);
    const size_t all = size_product(m->batch, m->heads);
    size_t tops = size_product(all, m->queries);
    size_t keys = size_product(all, m->keys);
    return (struct multihead_sizes){
        size_product(tops, m->head_width), size_product(keys, m->head_width),
        size_product(keys, m->value_width),
        size_product(tops, m->value_width), weights ? 0 : tops,
        weights ? size_product(tops, m->keys) : 0 };
}
static inline void multihead_out_backward(
    const struct multihead_gradients *to, float *dheads, float *djoined,
    const float *dout, const struct multihead_saved *saved,
    const struct multihead *m)
{
    const struct multihead_rows all = multihead_outputs(m);
    const size_t rows = m->batch * m->queries, n = all.stride;
    if (to->dwo)
        product(to->dwo, saved->joined, dout, n, m->out_width, rows,
                TRANSPOSE_A | PRODUCT_ADD);
    if (to->dbo)
        columns_add(to->dbo, dout, rows, m->out_width, m->out_width);
    product(djoined, dout, m->wo, rows, n, m->out_width, TRANSPOSE_B);
    heads_cut(dheads, djoined, NULL, &all);
}

static inline void multihead_heads_backward(struct projection p[3],
    const float *dheads, float *spare, const struct multihead_saved *saved,
    const struct multihead *m)
{
    const struct tiled t = multihead_task(m);
    const struct multihead_rows all = multihead_outputs(m);
    float *dq = p[0].heads, *dk = p[1].heads, *dv = p[2].heads;
    if (saved->weights) {
        float *scratch = dv + all.batch * p[2].rows * p[2].columns;
        attend_backward(dq, dk, dv, scratch, dheads, saved->weights, saved->q,
                        saved->k, saved->v, &t);
        return;
    }
    heads_cut(spare, saved->joined, NULL, &all);
    tiled_backward(dq, dk, dv, dheads, saved->q, saved->k, saved->v, spare,
                   saved->log_sum, &t);
}

static inline void multihead_project_backward(struct projection p[3],
    float *joined, const struct multihead *m)
{
    for (size_t i = 0, n, columns; i < 3; i += n) {
        n = projection_run(&columns, p, i);
        const size_t rows = m->batch * p[i].rows;
        float *at = joined;
        for (size_t j = i; j < i + n; at += p[j++].columns) {
            const struct multihead_rows r = projection_rows(&p[j], columns,
                                                            m);
            heads_join(at, p[j].heads, &r);
            if (p[j].db)
                columns_add(p[j].db, at, rows, p[j].columns, columns);
        }
        if (p[i].dw)
            product_strided(p[i].dw, p[i].stride, p[i].in, p[i].width,
                            joined, columns, p[i].width, columns, rows,
                            TRANSPOSE_A | PRODUCT_ADD);
        if (p[i].din)
            product_strided(p[i].din, p[i].width, joined, columns, p[i].w,
                            p[i].stride, rows, p[i].width, columns,
                            TRANSPOSE_B | PRODUCT_ADD);
    }
}
static inline void multihead_attend(float *out,
                                    const struct multihead_saved *saved,
                                    const struct multihead *m);

/* multihead_forward: x (B, Tq, C), context (B, Tk, Cc)  ->  out (B, Tq, out).
 * context NULL: x itself.  With saved->weights NULL no array of Tq x Tk
 * numbers exists, and head_width and value_width are TILE_WIDTH at most.
 * A query that sees no key gets zeros from the heads, then wo and bo.
 * Checked: sizes > 0, stride >= H dk and H dv, lengths; without a context,
 * Tk == Tq and Cc == C.  Unchecked: overlap. */
static inline void multihead_forward(float *out,
    struct multihead_saved *saved, const float *x, const float *context,
    const struct multihead *m)
{
    struct projection p[3];
    multihead_projections(p, x, context, m);
    p[0].heads = saved->q, p[1].heads = saved->k, p[2].heads = saved->v;
    multihead_project(p, 3, saved->workspace, m);
    multihead_attend(out, saved, m);
}

static inline void multihead_attend(float *out,
                                    const struct multihead_saved *saved,
                                    const struct multihead *m)
{
    const struct tiled t = multihead_task(m);
    const struct multihead_rows all = multihead_outputs(m);
    const size_t rows = m->batch * m->queries, dv = m->heads * m->value_width;
    float *heads = saved->workspace; /* (B, H, Tq, dv) */
    if (saved->weights)
        attend_forward(heads, saved->weights, saved->q, saved->k, saved->v,
                       &t);
    else
        tiled_forward(heads, saved->log_sum, saved->q, saved->k, saved->v,
                      &t);
    heads_join(saved->joined, heads, &all);
    product(out, saved->joined, m->wo, rows, m->out_width, dv, 0);
    if (m->bo)
        bias_forward(out, out, m->bo, rows, m->out_width);
}

/* multihead_size: the floats of all that is saved but workspace.
 * multihead_workspace: those of workspace, for either pass, plain or fast:
 * twice q, k, v and the outputs, and with weights twice Tq Tk more.
 * multihead_saved_new: cuts memory of so many floats into arrays. */
static inline size_t multihead_size(const struct multihead *m, bool weights)
{
    struct multihead_sizes s = multihead_sizes(m, weights);
    return size_sum(size_sum(size_sum(s.q, s.k), size_sum(s.v, s.out)),
                    size_sum(s.sums, s.weights));
}

static inline size_t multihead_workspace(const struct multihead *m,
                                         bool weights)
{
    struct multihead_sizes s = multihead_sizes(m, weights);
    size_t scores = weights ? size_product(m->queries, m->keys) : 0;
    size_t once = size_sum(size_sum(s.q, s.k), size_sum(s.v, s.out));
    return size_product(2, size_sum(once, scores));
}

static inline struct multihead_saved multihead_saved_new(float *memory,
    float *workspace, const struct multihead *m, bool weights)
{
    struct multihead_sizes s = multihead_sizes(m, weights);
    struct multihead_saved saved = { .q = memory, .workspace = workspace };
    saved.k = saved.q + s.q, saved.v = saved.k + s.k;
    saved.joined = saved.v + s.v, saved.log_sum = saved.joined + s.out;
    saved.weights = weights ? saved.log_sum + s.sums : NULL;
    return saved;
}

/* multihead_backward: ADDS to the gradients, given dout (B, Tq, out) and
 * what forward was given and saved.  context NULL: dx gets all of it. */
static inline void multihead_backward(const struct multihead_gradients *to,
    const float *dout, const struct multihead_saved *saved, const float *x,
    const float *context, const struct multihead *m)
{
    struct multihead_sizes s = multihead_sizes(m, saved->weights != NULL);
    float *dheads = saved->workspace, *spare = dheads + s.out;
    float *dq = spare + s.out, *joined = dq + s.q + s.k + s.v;
    const struct multihead_gradients g = *to;
    struct projection p[3];
    multihead_projections(p, x, context, m);
    p[0].din = g.dx, p[0].dw = g.dwq, p[0].db = g.dbq, p[0].heads = dq;
    p[1].dw = g.dwk, p[1].db = g.dbk, p[1].heads = dq + s.q;
    p[2].dw = g.dwv, p[2].db = g.dbv, p[2].heads = dq + s.q + s.k;
    p[1].din = p[2].din = context ? g.dcontext : g.dx;
    multihead_out_backward(to, dheads, spare, dout, saved, m);
    memset(dq, 0, (s.q + s.k + s.v) * sizeof *dq);
    multihead_heads_backward(p, dheads, spare, saved, m);
    multihead_project_backward(p, joined, m);
}
/* multihead_apart: p with wq, wk, wv and their biases in either form. */
static inline struct multihead_parameters multihead_apart(
    const struct multihead_parameters *p)
{
    struct multihead_parameters a = *p;
    REQUIRE(p->heads > 0 && p->wo);
    if (p->wqkv) {
        REQUIRE(!p->wq && !p->wk && !p->wv && !p->bq && !p->bk && !p->bv);
        a.wq = a.wk = a.wv = p->wqkv, a.bq = a.bk = a.bv = p->bqkv;
    } else
        REQUIRE(p->wq && p->wk && p->wv && !p->bqkv);
    return a;
}

#define MULTIHEAD_FIT(condition, x, y) \
    TENSORS_FIT(condition, "multihead", x, y)

static inline void multihead_fit(const struct tensor *x,
                                 const struct tensor *c,
                                 const struct multihead_parameters *p)
{
    const struct tensor *const w[] = { p->wq, p->wk, p->wv, p->wo };
    const struct tensor *const b[] = { p->bq, p->bk, p->bv, p->bo };
    const size_t three = p->wqkv ? 3 : 1;
    const size_t parts = size_product(three, p->heads);
    MULTIHEAD_FIT(x->rank == 3 && c->rank == 3, x, c);
    MULTIHEAD_FIT(x->shape[0] == c->shape[0], x, c);
    for (size_t i = 0; i < 4; i++) {
        const struct tensor *in = i == 3 ? p->wv : i ? c : x;
        const size_t n = i == 3 ? p->wv->shape[1] / three : in->shape[2];
        MULTIHEAD_FIT(w[i]->rank == 2 && w[i]->shape[0] == n, in, w[i]);
        MULTIHEAD_FIT(i == 3 || (w[i]->shape[1] > 0
                                 && w[i]->shape[1] % parts == 0), in, w[i]);
        MULTIHEAD_FIT(!b[i] || b[i]->count == w[i]->shape[1], w[i],
                      b[i] ? b[i] : w[i]);
    }
    MULTIHEAD_FIT(p->wq->shape[1] == p->wk->shape[1], p->wq, p->wk);
}

static inline const float *data_of(const struct tensor *x, size_t from)
{
    return x ? x->data + from : NULL;
}

static inline struct multihead multihead_of(const struct tensor *x,
    const struct tensor *c, const struct multihead_parameters *p)
{
    const size_t n = p->wqkv ? p->wqkv->shape[1] / 3 : 0;
    const size_t parts = (p->wqkv ? 3 : 1) * p->heads;
    multihead_fit(x, c, p);
    return (struct multihead){
        .batch = x->shape[0], .heads = p->heads, .queries = x->shape[1],
        .keys = c->shape[1], .width = x->shape[2],
        .context_width = c->shape[2], .head_width = p->wq->shape[1] / parts,
        .value_width = p->wv->shape[1] / parts, .out_width = p->wo->shape[1],
        .causal = p->causal, .lengths = p->lengths, .stride = 3 * n,
        .wq = p->wq->data, .wk = p->wk->data + n, .wv = p->wv->data + 2 * n,
        .wo = p->wo->data, .bq = data_of(p->bq, 0), .bk = data_of(p->bk, n),
        .bv = data_of(p->bv, 2 * n), .bo = data_of(p->bo, 0) };
}

struct multihead_node {
    struct multihead task;
    struct multihead_saved saved;
    bool plain;
};

static inline float *grad_of(const struct tensor *x, size_t from)
{
    return x && x->grad ? x->grad + from : NULL;
}

static inline void multihead_node(struct node *s)
{
    struct multihead_node *k = s->saved;
    struct tensor *const *in = s->in;
    const size_t n = k->task.stride / 3;
    const struct multihead_gradients to = {
        grad_of(in[0], 0), grad_of(in[1], 0), grad_of(in[2], 0),
        grad_of(in[3], n), grad_of(in[4], 2 * n), grad_of(in[8], 0),
        grad_of(in[5], 0), grad_of(in[6], n), grad_of(in[7], 2 * n),
        grad_of(in[9], 0)
    };
    k->saved.workspace = tape_workspace(s->on,
        multihead_workspace(&k->task, k->saved.weights));
    (k->plain ? multihead_plain_backward : multihead_backward)(&to,
        s->out->grad, &k->saved, in[0]->data, data_of(in[1], 0), &k->task);
}

/* tape_multihead: x (B, Tq, C), context (B, Tk, Cc) or NULL: x itself
 *   ->  (B, Tq, out). */
static inline struct tensor *tape_multihead(struct tape *tape,
    struct tensor *x, struct tensor *context,
    const struct multihead_parameters *p)
{
    const struct multihead_parameters a = multihead_apart(p);
    struct multihead task = multihead_of(x, context ? context : x, &a);
    struct multihead_node *k = tape_take(tape, 1, sizeof *k);
    struct node *s = tape_node(tape, "multihead", SHAPE(task.batch,
        task.queries, task.out_width), INPUTS(x, context, a.wq, a.wk, a.wv,
        a.bq, a.bk, a.bv, a.wo, a.bo), multihead_node);
    float *memory = tape_take(tape, multihead_size(&task, p->store_attention),
                              sizeof *memory);
    *k = (struct multihead_node){ task, multihead_saved_new(memory,
        tape_workspace(tape,
            multihead_workspace(&task, p->store_attention)), &task,
        p->store_attention), p->plain };
    s->saved = k;
    (p->plain ? multihead_plain_forward : multihead_forward)(s->out->data,
        &k->saved, x->data, data_of(context, 0), &task);
    s->out->attention = k->saved.weights;
    return s->out;
}

static inline void cache_add(float **to, const float *x, size_t n, size_t d,
                             const struct multihead_cache *c)
{
    const size_t all = size_product(c->heads, c->most);
    if (c->rows == 0)
        *to = tape_zeros(c->keep, size_product(all, d));
    for (size_t h = 0; h < c->heads; h++)
        memcpy(*to + (h * c->most + c->rows) * d, x + h * n * d,
               n * d * sizeof *x);
}

static inline float *cache_rows(struct tape *tape, const float *x, size_t d,
                                const struct multihead_cache *c)
{
    const size_t n = c->rows * d;
    float *out = tape_take(tape, size_product(c->heads, n), sizeof *out);
    for (size_t h = 0; h < c->heads; h++)
        memcpy(out + h * n, x + h * c->most * d, n * sizeof *out);
    return out;
}

/* tape_multihead_cached: what tape_multihead gives for the rows x (B, n, C),
 * if the context is all rows that the cache has been given; context: those
 * that are new, or NULL.   Checked: no_grad, places for the new rows. */
static inline struct tensor *tape_multihead_cached(struct tape *tape,
    struct tensor *x, struct tensor *context,
    const struct multihead_parameters *p, struct multihead_cache *c)
{
    const struct tensor *from = context ? context : x;
    const struct multihead_parameters a = multihead_apart(p);
    struct multihead m = multihead_of(x, from, &a);
    struct multihead_saved saved = multihead_saved_new(
        tape_take(tape, multihead_size(&m, false), sizeof(float)),
        tape_workspace(tape, multihead_workspace(&m, false)), &m, false);
    struct projection parts[3];
    multihead_projections(parts, x->data, from->data, &m);
    parts[0].heads = saved.q, parts[1].heads = saved.k;
    parts[2].heads = saved.v;
    multihead_project(parts, context ? 3 : 1, saved.workspace, &m);
    c->heads = c->rows ? c->heads : m.batch * m.heads;
    REQUIRE(tape->no_grad && (context || c->rows > 0));
    REQUIRE(c->heads == m.batch * m.heads);
    if (context) {
        REQUIRE(m.keys <= c->most - c->rows);
        cache_add(&c->k, saved.k, m.keys, m.head_width, c);
        cache_add(&c->v, saved.v, m.keys, m.value_width, c);
        c->rows += m.keys;
    }
    m.keys = c->rows;
    saved.k = cache_rows(tape, c->k, m.head_width, c);
    saved.v = cache_rows(tape, c->v, m.value_width, c);
    size_t weights = size_product(c->heads, size_product(m.queries, m.keys));
    if (p->store_attention)
        saved.weights = tape_take(tape, weights, sizeof(float));
    struct tensor *out = tape_leaf(tape, SHAPE(m.batch, m.queries,
                                               m.out_width));
    out->attention = saved.weights;
    multihead_attend(out->data, &saved, &m);
    return out;
}
#endif
