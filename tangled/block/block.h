/* block.h -- generated from chapters/13-block.nw. Do not edit. */
/* Offers: enum feed_activation, struct feed, enum block_order,
 * enum norm_kind, struct block, struct block_saved, struct feed_gradients,
 * struct block_gradients, struct block_pass, struct block_tensors,
 * struct decoder_cache, linear_backward, block_shape, block_uses,
 * block_require, struct block_on_tape, struct feed_on_tape,
 * layernorm_rows_plain, rmsnorm_rows_plain, norm_backward_plain,
 * linear_forward, feed_forward, feed_backward, block_forward,
 * block_backward, rmsnorm_forward, rmsnorm_backward, block_size,
 * block_saved_new, block_workspace, tape_block, block_new, decoder_new,
 * block_start, tape_rmsnorm, tape_decoder, tape_feed */

#ifndef BLOCK_H
#define BLOCK_H
#include "gradient/gradient.h"
#include "multihead/multihead.h"
#include "gradient/dropout.h"
#include "gradient/tape.h"
#include "kit/workshop.h"

#define BLOCK_EPS 1e-5f

/* A feed-forward network: activation(x w1 + b1) w2 + b2 for every row. */
enum feed_activation { FEED_GELU, FEED_RELU, FEED_GELU_EXACT };

struct feed {
    size_t rows, width, hidden;   /* B T, C and F */
    enum feed_activation act;
    const float *w1, *b1;         /* (C, F)  (F) */
    const float *w2, *b2;         /* (F, C)  (C) */
};

enum block_order { BLOCK_PRE, BLOCK_POST };
enum norm_kind { NORM_LAYER, NORM_RMS, NORM_NONE };

/* The parameters, in the order and with the names of GPT-2's files. */
enum {
    LN_1_WEIGHT, LN_1_BIAS, C_ATTN_WEIGHT, C_ATTN_BIAS, ATTN_PROJ_WEIGHT,
    ATTN_PROJ_BIAS, LN_2_WEIGHT, LN_2_BIAS, C_FC_WEIGHT, C_FC_BIAS,
    MLP_PROJ_WEIGHT, MLP_PROJ_BIAS, BLOCK_PARAMETERS
};

struct block {
    size_t batch, length, width;      /* B, T, C */
    size_t heads, hidden;             /* H, F */
    bool causal;                      /* see only what came before */
    bool both_ways;                   /* a decoder's rows see later ones */
    const size_t *lengths;            /* (B), or NULL: all T are there */
    enum block_order order;
    enum norm_kind norm;
    enum feed_activation act;
    float eps;                        /* of the norms; 0: BLOCK_EPS */
    struct dropout drop;              /* of the outputs of both branches */
    bool cut;                         /* leave the residual out */
    bool store_attention;             /* store attention's weights: slower */
    const float *weight[BLOCK_PARAMETERS];
};

struct block_saved {
    float *a, *middle, *c;            /* (B T, C) */
    float *mean[2], *rstd[2];         /* (B T): of both norms */
    float *before, *after;            /* (B T, F): around the activation */
    struct multihead_saved heads;
    float *workspace;                 /* holds nothing between calls */
};

struct feed_gradients { float *x, *w1, *b1, *w2, *b2; };
struct block_gradients { float *x, *weight[BLOCK_PARAMETERS]; };

/* What a backward pass works with; da, dmiddle, dc and dbranch are (B T, C);
 * the first three begin at zero. */
struct block_pass {
    const struct block *of;
    const struct block_gradients *d;
    const struct block_saved *saved;
    float *da, *dmiddle, *dc, *dbranch;
    float *rest;                      /* scratch for one sublayer */
};

/* What a decoder's block has besides, with the names of GPT-2 with
 * cross-attention; queries, keys and values are in one matrix (C, 3 C). */
enum {
    LN_CROSS_WEIGHT = BLOCK_PARAMETERS, LN_CROSS_BIAS, CROSS_ATTN_WEIGHT,
    CROSS_ATTN_BIAS, CROSS_PROJ_WEIGHT, CROSS_PROJ_BIAS, DECODER_PARAMETERS
};

/* The parameters of one block on a tape; the last six may be NULL. */
struct block_tensors { struct tensor *at[DECODER_PARAMETERS]; };

/* What a decoder's block keeps of earlier rows and of the memory. */
struct decoder_cache { struct multihead_cache self, cross; };

static inline struct dropout block_drop(const struct block *b,
                                        size_t sublayer);

static inline void block_add(float *out, const float *x, const float *branch,
                             size_t sublayer, const struct block *b)
{
    const size_t n = b->batch * b->length * b->width;
    const struct dropout drop = block_drop(b, sublayer);
    if (drop.rate > 0)
        dropout_forward(out, branch, n, &drop);
    else
        memcpy(out, branch, n * sizeof *out);
    if (!b->cut)
        add_to(out, x, n);
}

static inline void block_add_backward(float *dx, struct block_pass *w,
                                      const float *dout, size_t sublayer)
{
    const struct block *b = w->of;
    const size_t n = b->batch * b->length * b->width;
    const struct dropout drop = block_drop(b, sublayer);
    if (drop.rate > 0) {
        memset(w->dbranch, 0, n * sizeof *dout);
        dropout_backward(w->dbranch, dout, n, &drop);
    } else
        memcpy(w->dbranch, dout, n * sizeof *dout);
    if (dx && !b->cut)
        add_to(dx, dout, n);
}

/* linear_backward: ADDS to dx, dw and db; each may be NULL. */
static inline void linear_backward(float *dx, float *dw, float *db,
                                   const float *dout, const float *x,
                                   const float *w, size_t rows, size_t n,
                                   size_t m)
{
    product_backward(dx, dw, dout, x, w, rows, m, n, 0);
    if (db)
        columns_add(db, dout, rows, m, m);
}

static const char *const block_parts[DECODER_PARAMETERS][2] = {
    { "ln_1.weight", "C" }, { "ln_1.bias", "C" },
    { "attn.c_attn.weight", "C 3*C" }, { "attn.c_attn.bias", "3*C" },
    { "attn.c_proj.weight", "C C" }, { "attn.c_proj.bias", "C" },
    { "ln_2.weight", "C" }, { "ln_2.bias", "C" },
    { "mlp.c_fc.weight", "C F" }, { "mlp.c_fc.bias", "F" },
    { "mlp.c_proj.weight", "F C" }, { "mlp.c_proj.bias", "C" },
    { "ln_cross_attn.weight", "C" }, { "ln_cross_attn.bias", "C" },
    { "crossattention.c_attn.weight", "C 3*C" },
    { "crossattention.c_attn.bias", "3*C" },
    { "crossattention.c_proj.weight", "C C" },
    { "crossattention.c_proj.bias", "C" } };

/* block_shape: writes the shape of a parameter, 1 or 2 sizes, and returns how
 * many. */
static inline size_t block_shape(size_t shape[2], size_t which, size_t width,
                                 size_t hidden)
{
    size_t rank = 0, times = 1;
    for (const char *at = block_parts[which][1]; *at; at++)
        if (*at == '3')
            times = 3;
        else if (isupper((unsigned char)*at))
            shape[rank++] = size_product(times, *at == 'F' ? hidden : width);
    return rank;
}

/* block_uses: does it need parameter which?  RMSNorm has gains only. */
static inline bool block_uses(const struct block *b, size_t which)
{
    const bool gain = which == LN_1_WEIGHT || which == LN_2_WEIGHT;
    const bool bias = which == LN_1_BIAS || which == LN_2_BIAS;
    return gain ? b->norm != NORM_NONE : !bias || b->norm == NORM_LAYER;
}

/* block_require: what a block asks of its caller: sizes, heads that divide C,
 * and the parameters that it uses. */
static inline void block_require(const struct block *b)
{
    REQUIRE(b->batch > 0 && b->length > 0 && b->width > 0 && b->hidden > 0);
    REQUIRE(b->heads > 0 && b->width % b->heads == 0);
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        REQUIRE(b->weight[i] || !block_uses(b, i));
}

static inline void rmsnorm_forward(float *out, float *r, const float *x,
                                   const float *gain, size_t rows, size_t n,
                                   float eps);

static inline void block_norm(float *out, struct block_saved *saved,
                              const float *x, size_t sublayer,
                              const struct block *b)
{
    const size_t rows = b->batch * b->length, n = b->width;
    const float *gain = b->weight[sublayer ? LN_2_WEIGHT : LN_1_WEIGHT];
    const float *bias = b->weight[sublayer ? LN_2_BIAS : LN_1_BIAS];
    const float eps = b->eps > 0 ? b->eps : BLOCK_EPS;
    float *mean = saved->mean[sublayer], *rstd = saved->rstd[sublayer];
    switch (b->norm) {
    case NORM_LAYER:
        layernorm_forward(out, mean, rstd, x, gain, bias, rows, n, eps);
        break;
    case NORM_RMS:
        rmsnorm_forward(out, rstd, x, gain, rows, n, eps);
        break;
    default:
        memcpy(out, x, rows * n * sizeof *out);
    }
}

static inline struct feed feed_of(const struct block *b)
{
    return (struct feed){
        b->batch * b->length, b->width, b->hidden, b->act,
        b->weight[C_FC_WEIGHT], b->weight[C_FC_BIAS],
        b->weight[MLP_PROJ_WEIGHT], b->weight[MLP_PROJ_BIAS]
    };
}

static inline void feed_forward(float *out, float *before, float *after,
                                const float *x, const struct feed *f);

static inline void block_feed(float *out, struct block_saved *saved,
                              const float *x, const struct block *b)
{
    const struct feed f = feed_of(b);
    feed_forward(out, saved->before, saved->after, x, &f);
}

static inline struct dropout block_drop(const struct block *b,
                                        size_t sublayer)
{
    return (struct dropout){ b->drop.rate, mix_bits(b->drop.seed, sublayer) };
}

static inline struct multihead block_heads(const struct block *b)
{
    const size_t n = b->width;
    const float *w = b->weight[C_ATTN_WEIGHT], *bias = b->weight[C_ATTN_BIAS];
    return (struct multihead){
        .batch = b->batch, .heads = b->heads, .queries = b->length,
        .keys = b->length, .width = n, .context_width = n, .out_width = n,
        .head_width = n / b->heads, .value_width = n / b->heads,
        .causal = b->causal, .lengths = b->lengths,
        .stride = 3 * n, .wq = w, .wk = w + n, .wv = w + 2 * n,
        .bq = bias, .bk = bias + n, .bv = bias + 2 * n,
        .wo = b->weight[ATTN_PROJ_WEIGHT], .bo = b->weight[ATTN_PROJ_BIAS],
    };
}

static inline void block_attend(float *out, struct block_saved *saved,
                                const float *x, const struct block *b)
{
    const struct multihead heads = block_heads(b);
    multihead_forward(out, &saved->heads, x, NULL, &heads);
}

static inline void rmsnorm_backward(float *dx, float *dgain,
                                    const float *dout, const float *x,
                                    const float *gain, const float *r,
                                    size_t rows, size_t n);

static inline void block_norm_backward(float *dx, struct block_pass *w,
                                       const float *dout, const float *x,
                                       size_t sublayer)
{
    const struct block *b = w->of;
    const size_t rows = b->batch * b->length, n = b->width;
    const size_t which = sublayer ? LN_2_WEIGHT : LN_1_WEIGHT;
    const float *gain = b->weight[which], *mean = w->saved->mean[sublayer];
    const float *rstd = w->saved->rstd[sublayer];
    float *dgain = w->d->weight[which], *dbias = w->d->weight[which + 1];
    if (b->norm == NORM_LAYER)
        layernorm_backward(dx, dgain, dbias, dout, x, gain, mean, rstd, rows,
                           n);
    else if (b->norm == NORM_RMS)
        rmsnorm_backward(dx, dgain, dout, x, gain, rstd, rows, n);
    else if (dx)
        add_to(dx, dout, rows * n);
}

static inline void feed_backward(const struct feed_gradients *d,
                                 float *scratch, const float *dout,
                                 const float *before, const float *after,
                                 const float *x, const struct feed *f);

static inline void block_feed_backward(float *dx, struct block_pass *w,
                                       const float *x)
{
    const struct feed f = feed_of(w->of);
    float *const *dw = w->d->weight;
    const struct feed_gradients d = {
        dx, dw[C_FC_WEIGHT], dw[C_FC_BIAS],
        dw[MLP_PROJ_WEIGHT], dw[MLP_PROJ_BIAS]
    };
    feed_backward(&d, w->rest, w->dbranch, w->saved->before,
                  w->saved->after, x, &f);
}

static inline void block_attend_backward(float *dx, struct block_pass *w,
                                         const float *x)
{
    const struct multihead heads = block_heads(w->of);
    const size_t n = w->of->width;
    float *const *to = w->d->weight, *dw = to[C_ATTN_WEIGHT];
    float *db = to[C_ATTN_BIAS];
    const struct multihead_gradients d = { .dx = dx,
        .dwq = dw, .dwk = part_from(dw, n), .dwv = part_from(dw, 2 * n),
        .dbq = db, .dbk = part_from(db, n), .dbv = part_from(db, 2 * n),
        .dwo = to[ATTN_PROJ_WEIGHT], .dbo = to[ATTN_PROJ_BIAS] };
    multihead_backward(&d, w->dbranch, &w->saved->heads, x, NULL, &heads);
}

static inline bool block_weights(const struct block *b)
{
    return b->store_attention || b->width / b->heads > TILE_WIDTH;
}

static inline float *block_piece(float **memory, size_t n)
{
    float *piece = *memory;
    *memory += n;
    return piece;
}

static inline struct block_pass
block_pass_new(const struct block_gradients *d,
               const struct block_saved *saved, const struct block *b)
{
    const size_t n = b->batch * b->length * b->width;
    float *at = saved->workspace;
    memset(at, 0, 3 * n * sizeof *at);
    return (struct block_pass){ b, d, saved, at, at + n, at + 2 * n,
                                at + 3 * n, at + 4 * n };
}

struct block_on_tape { struct block task; float *memory; };

static inline void block_backward(const struct block_gradients *d,
                                  const float *dout,
                                  const struct block_saved *saved,
                                  const float *x, const struct block *b);
static inline struct block_saved
block_saved_new(float *memory, float *workspace, const struct block *b);
static inline size_t block_workspace(const struct block *b);

static inline void block_node(struct node *s)
{
    const struct block_on_tape *saved = s->saved;
    const struct block *b = &saved->task;
    struct block_saved arrays = block_saved_new(saved->memory,
        tape_workspace(s->on, block_workspace(b)), b);
    struct block_gradients d = { .x = s->in[0]->grad };
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        d.weight[i] = s->in[i + 1] ? s->in[i + 1]->grad : NULL;
    block_backward(&d, s->out->grad, &arrays, s->in[0]->data, b);
}

static inline struct block block_task(const struct tensor *x,
    struct tensor *const parameters[BLOCK_PARAMETERS],
    const struct block *how)
{
    struct block b = *how;
    const struct tensor *fc = parameters[C_FC_BIAS];
    REQUIRE(fc);
    TENSORS_FIT(x->rank == 3, "block", x, fc);
    b.batch = x->shape[0], b.length = x->shape[1], b.width = x->shape[2];
    b.hidden = fc->count;
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        const struct tensor *p = parameters[i];
        size_t shape[2], rank = block_shape(shape, i, b.width, b.hidden);
        if (p)
            TENSORS_FIT(p->rank == rank && p->shape[0] == shape[0]
                        && p->shape[rank - 1] == shape[rank - 1], "block",
                        x, p);
        b.weight[i] = p ? p->data : NULL;
    }
    block_require(&b);
    return b;
}

static inline void block_parameters(struct block_tensors *t,
                                    struct tape *tape, const char *prefix,
                                    size_t width, size_t hidden, size_t count)
{
    *t = (struct block_tensors){ { NULL } };
    for (size_t i = 0; i < count; i++) {
        size_t shape[2], rank = block_shape(shape, i, width, hidden);
        char name[80];
        int n = snprintf(name, sizeof name, "%s%s", prefix,
                         block_parts[i][0]);
        REQUIRE(n < (int)sizeof name);
        t->at[i] = tape_parameter(tape, name, (struct axes){
            rank, { shape[0], shape[rank - 1] } });
    }
}

static inline void rmsnorm_node(struct node *s)
{
    const struct tensor *x = s->in[0], *gain = s->in[1];
    rmsnorm_backward(x->grad, gain->grad, s->out->grad, x->data, gain->data,
                     s->saved, tensor_rows(x), gain->count);
}

struct feed_on_tape { struct feed task; float *before, *after; };

static inline void feed_node(struct node *s)
{
    const struct feed_on_tape *saved = s->saved;
    const struct feed *f = &saved->task;
    const struct feed_gradients d = {
        s->in[0]->grad, s->in[1]->grad, s->in[2]->grad, s->in[3]->grad,
        s->in[4]->grad };
    feed_backward(&d, tape_workspace(s->on, 2 * f->rows * f->hidden),
                  s->out->grad, saved->before, saved->after, s->in[0]->data,
                  f);
}

static inline struct tensor *tape_feed(struct tape *tape, struct tensor *x,
                                       struct tensor *const p[4],
                                       enum feed_activation act);

static inline struct tensor *decoder_sublayer(struct tape *tape,
    struct tensor *x, struct tensor *memory, size_t sublayer,
    struct tensor *const *p, const struct block *how,
    struct decoder_cache *cache)
{
    if (sublayer == 2)
        return tape_feed(tape, x, p + C_FC_WEIGHT, how->act);
    const bool cross = sublayer == 1;
    struct tensor *const *at = p + (cross ? CROSS_ATTN_WEIGHT
                                          : C_ATTN_WEIGHT);
    const struct multihead_parameters m = {
        .wqkv = at[0], .bqkv = at[1], .wo = at[2], .bo = at[3],
        .heads = how->heads, .causal = !cross && !how->both_ways,
        .store_attention = cross && how->store_attention,
        .lengths = cross ? how->lengths : NULL };
    if (!cache)
        return tape_multihead(tape, x, cross ? memory : NULL, &m);
    if (!cross)
        return tape_multihead_cached(tape, x, x, &m, &cache->self);
    memory = cache->cross.rows ? NULL : memory;
    return tape_multihead_cached(tape, x, memory, &m, &cache->cross);
}

static inline struct tensor *tape_rmsnorm(struct tape *tape, struct tensor *x,
                                          struct tensor *gain);

static inline struct tensor *tape_norm(struct tape *tape, struct tensor *x,
                                       struct tensor *const *p,
                                       enum norm_kind kind)
{
    return kind == NORM_LAYER ? tape_layernorm(tape, x, p[0], p[1])
         : kind == NORM_RMS ? tape_rmsnorm(tape, x, p[0]) : x;
}
/* layernorm_rows_plain: what layernorm_forward computes, in plain loops.
 *   x, out (rows, n)   gain, bias (n)   ->   mean, r (rows) */
static inline void layernorm_rows_plain(float *out, float *mean, float *r,
                                        const float *x, const float *gain,
                                        const float *bias, size_t rows,
                                        size_t n, float eps)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        double sum = 0, squares = 0;
        for (size_t j = 0; j < n; j++)
            sum += x[j];
        const double mu = sum / n;
        for (size_t j = 0; j < n; j++)
            squares += (x[j] - mu) * (x[j] - mu);
        mean[i] = (float)mu, r[i] = (float)(1 / sqrt(squares / n + eps));
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (float)(x[j] - mu) * r[i] + bias[j];
    }
}

/* rmsnorm_rows_plain: what rmsnorm_forward computes, in plain loops.
 *   x, out (rows, n)   gain (n)   ->   r (rows) */
static inline void rmsnorm_rows_plain(float *out, float *r, const float *x,
                                      const float *gain, size_t rows,
                                      size_t n, float eps)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        double squares = 0;
        for (size_t j = 0; j < n; j++)
            squares += (double)x[j] * (double)x[j];
        r[i] = (float)(1 / sqrt(squares / n + eps));
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (x[j] * r[i]);
    }
}

/* norm_backward_plain: ADDS to dx (rows, n), dgain and dbias (n).  With
 * mean and dbias NULL it goes back through rmsnorm_rows_plain, else through
 * layernorm_rows_plain. */
static inline void norm_backward_plain(float *dx, float *dgain, float *dbias,
    const float *dout, const float *x, const float *gain, const float *mean,
    const float *r, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, x += n, dout += n, dx += n) {
        const float mu = mean ? mean[i] : 0;
        float flat = 0, along = 0;        /* the two means */
        for (size_t j = 0; j < n; j++) {
            const float hat = (x[j] - mu) * r[i];
            dgain[j] += dout[j] * hat;
            along += dout[j] * gain[j] * hat / n;
            if (mean) {
                dbias[j] += dout[j];
                flat += dout[j] * gain[j] / n;
            }
        }
        for (size_t j = 0; j < n; j++) {
            const float hat = (x[j] - mu) * r[i];
            dx[j] += r[i] * (dout[j] * gain[j] - flat - hat * along);
        }
    }
}

/* linear_forward: out = x w + b.  x (rows, n)   w (n, m)   b (m) */
static inline void linear_forward(float *out, const float *x, const float *w,
                                  const float *b, size_t rows, size_t n,
                                  size_t m)
{
    for (size_t r = 0; r < rows; r++)
        memcpy(out + r * m, b, m * sizeof *out);
    product(out, x, w, rows, m, n, PRODUCT_ADD);
}

/* feed_forward: x, out (rows, C).  Saves before and after, (rows, F), the
 * hidden numbers on both sides of the activation function.
 * Vaswani et al. 2017, eq. 2. */
static inline void feed_forward(float *out, float *before, float *after,
                                const float *x, const struct feed *f)
{
    linear_forward(before, x, f->w1, f->b1, f->rows, f->width, f->hidden);
    if (f->act == FEED_RELU)
        relu_forward(after, before, f->rows * f->hidden);
    else if (f->act == FEED_GELU_EXACT)
        gelu_exact_forward(after, before, f->rows * f->hidden);
    else
        gelu_forward(after, before, f->rows * f->hidden);
    linear_forward(out, after, f->w2, f->b2, f->rows, f->hidden, f->width);
}

/* feed_backward: ADDS to the five gradients in d, each of which may be NULL:
 * of x, w1, b1, w2 and b2.  scratch (2, rows, F) may hold anything. */
static inline void feed_backward(const struct feed_gradients *d,
                                 float *scratch, const float *dout,
                                 const float *before, const float *after,
                                 const float *x, const struct feed *f)
{
    const size_t n = f->rows * f->hidden;
    float *dafter = scratch, *dbefore = scratch + n;
    product(dafter, dout, f->w2, f->rows, f->hidden, f->width, TRANSPOSE_B);
    linear_backward(NULL, d->w2, d->b2, dout, after, f->w2, f->rows,
                    f->hidden, f->width);
    memset(dbefore, 0, n * sizeof *dbefore);
    if (f->act == FEED_RELU)
        relu_backward(dbefore, dafter, after, n);
    else if (f->act == FEED_GELU_EXACT)
        gelu_exact_backward(dbefore, dafter, before, n);
    else
        gelu_backward(dbefore, dafter, before, n);
    linear_backward(d->x, d->w1, d->b1, dbefore, x, f->w1, f->rows,
                    f->width, f->hidden);
}

/* block_forward: out = the block applied to x, both (B, T, C).
 * Vaswani et al. 2017, section 3.1; Radford et al. 2019 (pre-norm).
 * Checked: sizes, that the heads divide C, and that weights are there.
 * Unchecked: out must not overlap x. */
static inline void block_forward(float *out, struct block_saved *saved,
                                 const float *x, const struct block *b)
{
    float *a = saved->a, *middle = saved->middle, *c = saved->c;
    float *branch = saved->workspace;
    block_require(b);
    if (b->order == BLOCK_PRE) {
        block_norm(a, saved, x, 0, b);
        block_attend(branch, saved, a, b);
        block_add(middle, x, branch, 0, b);
        block_norm(c, saved, middle, 1, b);
        block_feed(branch, saved, c, b);
        block_add(out, middle, branch, 1, b);
    } else {
        block_attend(branch, saved, x, b);
        block_add(a, x, branch, 0, b);
        block_norm(middle, saved, a, 0, b);
        block_feed(branch, saved, middle, b);
        block_add(c, middle, branch, 1, b);
        block_norm(out, saved, c, 1, b);
    }
}

/* block_backward: ADDS to the gradients in d, each of which may be NULL.
 * dout, x (B, T, C), and saved as block_forward has left it. */
static inline void block_backward(const struct block_gradients *d,
                                  const float *dout,
                                  const struct block_saved *saved,
                                  const float *x, const struct block *b)
{
    block_require(b);
    struct block_pass w = block_pass_new(d, saved, b);
    if (b->order == BLOCK_PRE) {
        block_add_backward(w.dmiddle, &w, dout, 1);
        block_feed_backward(w.dc, &w, saved->c);
        block_norm_backward(w.dmiddle, &w, w.dc, saved->middle, 1);
        block_add_backward(d->x, &w, w.dmiddle, 0);
        block_attend_backward(w.da, &w, saved->a);
        block_norm_backward(d->x, &w, w.da, x, 0);
    } else {
        block_norm_backward(w.dc, &w, dout, saved->c, 1);
        block_add_backward(w.dmiddle, &w, w.dc, 1);
        block_feed_backward(w.dmiddle, &w, saved->middle);
        block_norm_backward(w.da, &w, w.dmiddle, saved->a, 0);
        block_add_backward(d->x, &w, w.da, 0);
        block_attend_backward(d->x, &w, x);
    }
}

/* rmsnorm_forward: out = gain x r, row by row; r = 1 / sqrt(mean square
 * + eps).  Zhang and Sennrich 2019, eq. 4.  Checked: n > 0.
 *   x, out (rows, n)   gain (n)   ->   r (rows) */
static inline void rmsnorm_forward(float *out, float *r, const float *x,
                                   const float *gain, size_t rows, size_t n,
                                   float eps)
{
    REQUIRE(n > 0);
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        double squares = (double)row_dot(x, x, n);
        if (!isfinite(squares)) {
            squares = 0;
            for (size_t j = 0; j < n; j++)
                squares += (double)x[j] * (double)x[j];
        }
        r[i] = (float)(1 / sqrt(squares / (double)n + (double)eps));
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (x[j] * r[i]);
    }
}

/* rmsnorm_backward: ADDS to dx (rows, n) and dgain (n), each of which may
 * be NULL. */
static inline void rmsnorm_backward(float *dx, float *dgain,
                                    const float *dout, const float *x,
                                    const float *gain, const float *r,
                                    size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, x += n, dout += n) {
        for (size_t j = 0; dgain && j < n; j++)
            dgain[j] += dout[j] * x[j] * r[i];
        float along = r[i] * row_dot_shifted(dout, gain, x, 0, n) / n;
        for (size_t j = 0; dx && j < n; j++)
            dx[i * n + j] += r[i] * (dout[j] * gain[j] - x[j] * r[i] * along);
    }
}

/* block_size: how many floats all that is saved takes, but the workspace.
 * Checked, as in all of these: sizes, heads, weights. */
static inline size_t block_size(const struct block *b)
{
    block_require(b);
    const struct multihead heads = block_heads(b);
    const size_t rows = size_product(b->batch, b->length);
    size_t each = size_sum(size_product(3, b->width),
                           size_sum(size_product(2, b->hidden), 4));
    return size_sum(size_product(rows, each),
                    multihead_size(&heads, block_weights(b)));
}

/* block_saved_new: divides memory and workspace among the arrays. */
static inline struct block_saved
block_saved_new(float *memory, float *workspace, const struct block *b)
{
    const size_t rows = b->batch * b->length, n = rows * b->width;
    const struct multihead heads = block_heads(b);
    struct block_saved saved = { .workspace = workspace };
    saved.a = block_piece(&memory, n), saved.c = block_piece(&memory, n);
    saved.middle = block_piece(&memory, n);
    saved.before = block_piece(&memory, rows * b->hidden);
    saved.after = block_piece(&memory, rows * b->hidden);
    for (size_t i = 0; i < 2; i++) {
        saved.mean[i] = block_piece(&memory, rows);
        saved.rstd[i] = block_piece(&memory, rows);
    }
    saved.heads = multihead_saved_new(memory, workspace + 4 * n, &heads,
                                      block_weights(b));
    return saved;
}

/* block_workspace: how many floats the workspace takes. */
static inline size_t block_workspace(const struct block *b)
{
    block_require(b);
    const struct multihead heads = block_heads(b);
    const size_t rows = size_product(b->batch, b->length);
    size_t attention = multihead_workspace(&heads, block_weights(b));
    size_t network = size_product(rows, size_product(2, b->hidden));
    return size_sum(size_product(rows, size_product(4, b->width)),
                    attention > network ? attention : network);
}

/* tape_block: x (B, T, C) through a block.  how has all but the sizes, which
 * come from x and the parameters, and the weights; how->lengths must stay
 * until tape_backward.  Parameters of norms that are not used may be NULL.
 * With no_grad nothing is dropped. */
static inline struct tensor *tape_block(struct tape *tape, struct tensor *x,
    struct tensor *const parameters[BLOCK_PARAMETERS],
    const struct block *how)
{
    struct tensor *in[NODE_INPUTS] = { x };
    struct block_on_tape *saved = tape_take(tape, 1, sizeof *saved);
    saved->task = block_task(x, parameters, how);
    if (tape->no_grad)
        saved->task.drop.rate = 0;
    memcpy(in + 1, parameters, BLOCK_PARAMETERS * sizeof *in);
    struct node *s = tape_node(tape, "block", tensor_axes(x), in,
                               block_node);
    s->saved = saved;
    saved->memory = tape_take(tape, block_size(&saved->task), sizeof(float));
    struct block_saved arrays = block_saved_new(saved->memory,
        tape_workspace(tape, block_workspace(&saved->task)), &saved->task);
    block_forward(s->out->data, &arrays, x->data, &saved->task);
    s->out->attention = arrays.heads.weights;
    return s->out;
}

/* block_new, decoder_new: names begin with prefix; all zeros. */
static inline void block_new(struct block_tensors *t, struct tape *tape,
                             const char *prefix, size_t width,
                             size_t hidden)
{
    block_parameters(t, tape, prefix, width, hidden, BLOCK_PARAMETERS);
}

static inline void decoder_new(struct block_tensors *t, struct tape *tape,
                               const char *prefix, size_t width,
                               size_t hidden)
{
    block_parameters(t, tape, prefix, width, hidden, DECODER_PARAMETERS);
}

/* block_start: random weights, gains of 1.  spread: what the last weights of
 * all branches are multiplied by; at 1 the outputs are somewhat smaller than
 * what came in. */
static inline void block_start(struct block_tensors *t,
                               struct random *random, float spread)
{
    for (size_t i = 0; i < DECODER_PARAMETERS && t->at[i]; i++) {
        struct tensor *p = t->at[i];
        const bool last = i == ATTN_PROJ_WEIGHT || i == MLP_PROJ_WEIGHT
                       || i == CROSS_PROJ_WEIGHT;
        const float size = (last ? spread : 1) / sqrtf((float)p->shape[0]);
        const bool gain = i == LN_1_WEIGHT || i == LN_2_WEIGHT
                       || i == LN_CROSS_WEIGHT;
        for (size_t j = 0; j < p->count; j++)
            p->data[j] = p->rank == 2 ? size * random_normal(random) : gain;
    }
}

/* tape_rmsnorm: over the last axis, with gain (n), eps 1e-5. */
static inline struct tensor *tape_rmsnorm(struct tape *tape, struct tensor *x,
                                          struct tensor *gain)
{
    TENSORS_FIT(gain->rank == 1 && tensor_axis(x, 1) == gain->count,
                "rmsnorm", x, gain);
    struct node *s = tape_node(tape, "rmsnorm", tensor_axes(x),
                               INPUTS(x, gain), rmsnorm_node);
    const size_t rows = tensor_rows(x);
    float *r = s->saved = tape_take(tape, rows, sizeof *r);
    rmsnorm_forward(s->out->data, r, x->data, gain->data, rows, gain->count,
                    BLOCK_EPS);
    return s->out;
}

/* tape_decoder: x (B, T, C) through a decoder's block, with the memory
 * (B, S, C).  how: as for tape_block, but lengths (B) are those of the
 * memory, and the weights are of the attention to it.  cache: NULL; or with
 * no_grad, x are the rows behind those of the calls before, and the memory is
 * read by the first call only.  Vaswani et al. 2017, section 3.1. */
static inline struct tensor *tape_decoder(struct tape *tape,
    struct tensor *x, struct tensor *memory,
    struct tensor *const parameters[DECODER_PARAMETERS],
    const struct block *how, struct decoder_cache *cache)
{
    static const size_t norms[] = { LN_1_WEIGHT, LN_CROSS_WEIGHT,
                                    LN_2_WEIGHT };
    const float *weights = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct tensor *const *norm = parameters + norms[i], *y = x;
        const struct dropout drop = block_drop(how, i);
        if (how->order == BLOCK_PRE)
            y = tape_norm(tape, x, norm, how->norm);
        y = decoder_sublayer(tape, y, memory, i, parameters, how, cache);
        weights = i == 1 ? y->attention : weights;
        y = tape_dropout(tape, y, &drop);
        x = how->cut ? y : tape_add(tape, x, y);
        if (how->order == BLOCK_POST)
            x = tape_norm(tape, x, norm, how->norm);
    }
    x->attention = weights;
    return x;
}

/* tape_feed: x (..., C) through a feed-forward network; p: w1 (C, F), b1 (F),
 * w2 (F, C) and b2 (C). */
static inline struct tensor *tape_feed(struct tape *tape, struct tensor *x,
                                       struct tensor *const p[4],
                                       enum feed_activation act)
{
    const size_t n = tensor_axis(x, 1), hidden = p[1]->count;
    const size_t shape[4][2] = { { n, hidden }, { hidden }, { hidden, n },
                                 { n } };
    for (size_t i = 0; i < 4; i++)
        TENSORS_FIT(p[i]->rank == 2 - i % 2 && p[i]->shape[0] == shape[i][0]
                    && (i % 2 || p[i]->shape[1] == shape[i][1]), "feed", x,
                    p[i]);
    struct feed_on_tape *saved = tape_take(tape, 1, sizeof *saved);
    saved->task = (struct feed){ tensor_rows(x), n, hidden, act, p[0]->data,
                                 p[1]->data, p[2]->data, p[3]->data };
    size_t size = size_product(tensor_rows(x), hidden);
    saved->before = tape_take(tape, size, sizeof(float));
    saved->after = tape_take(tape, size, sizeof(float));
    struct node *s = tape_node(tape, "feed", tensor_axes(x),
                               INPUTS(x, p[0], p[1], p[2], p[3]), feed_node);
    s->saved = saved;
    feed_forward(s->out->data, saved->before, saved->after, x->data,
                 &saved->task);
    return s->out;
}

#endif

