/* block_double.h -- generated from block.h by the build. Do not edit. */
/* It is block/block.h of chapters/13-block.nw in double. The book
 * has its names without _double. */


#ifndef BLOCK_H_double
#define BLOCK_H_double
#include "double/gradient_double.h"
#include "double/multihead_double.h"
#include "double/dropout_double.h"
#include "double/tape_double.h"
#include "kit/workshop.h"

#define BLOCK_EPS_double 1e-5

/* A feed-forward network: activation(x w1 + b1) w2 + b2 for every row. */
enum feed_activation_double { FEED_GELU_double, FEED_RELU_double, FEED_GELU_EXACT_double };

struct feed_double {
    size_t rows, width, hidden;   /* B T, C and F */
    enum feed_activation_double act;
    const double *w1, *b1;         /* (C, F)  (F) */
    const double *w2, *b2;         /* (F, C)  (C) */
};

enum block_order_double { BLOCK_PRE_double, BLOCK_POST_double };
enum norm_kind_double { NORM_LAYER_double, NORM_RMS_double, NORM_NONE_double };

/* The parameters, in the order and with the names of GPT-2's files. */
enum {
    LN_1_WEIGHT_double, LN_1_BIAS_double, C_ATTN_WEIGHT_double, C_ATTN_BIAS_double, ATTN_PROJ_WEIGHT_double,
    ATTN_PROJ_BIAS_double, LN_2_WEIGHT_double, LN_2_BIAS_double, C_FC_WEIGHT_double, C_FC_BIAS_double,
    MLP_PROJ_WEIGHT_double, MLP_PROJ_BIAS_double, BLOCK_PARAMETERS_double
};

struct block_double {
    size_t batch, length, width;      /* B, T, C */
    size_t heads, hidden;             /* H, F */
    bool causal;                      /* see only what came before */
    bool both_ways;                   /* a decoder's rows see later ones */
    const size_t *lengths;            /* (B), or NULL: all T are there */
    enum block_order_double order;
    enum norm_kind_double norm;
    enum feed_activation_double act;
    double eps;                        /* of the norms; 0: BLOCK_EPS */
    struct dropout_double drop;              /* of the outputs of both branches */
    bool cut;                         /* leave the residual out */
    bool store_attention;             /* store attention's weights: slower */
    const double *weight[BLOCK_PARAMETERS_double];
};

struct block_saved_double {
    double *a, *middle, *c;            /* (B T, C) */
    double *mean[2], *rstd[2];         /* (B T): of both norms */
    double *before, *after;            /* (B T, F): around the activation */
    struct multihead_saved_double heads;
    double *workspace;                 /* holds nothing between calls */
};

struct feed_gradients_double { double *x, *w1, *b1, *w2, *b2; };
struct block_gradients_double { double *x, *weight[BLOCK_PARAMETERS_double]; };

/* What a backward pass works with; da, dmiddle, dc and dbranch are (B T, C);
 * the first three begin at zero. */
struct block_pass_double {
    const struct block_double *of;
    const struct block_gradients_double *d;
    const struct block_saved_double *saved;
    double *da, *dmiddle, *dc, *dbranch;
    double *rest;                      /* scratch for one sublayer */
};

/* What a decoder's block has besides, with the names of GPT-2 with
 * cross-attention; queries, keys and values are in one matrix (C, 3 C). */
enum {
    LN_CROSS_WEIGHT_double = BLOCK_PARAMETERS_double, LN_CROSS_BIAS_double, CROSS_ATTN_WEIGHT_double,
    CROSS_ATTN_BIAS_double, CROSS_PROJ_WEIGHT_double, CROSS_PROJ_BIAS_double, DECODER_PARAMETERS_double
};

/* The parameters of one block on a tape; the last six may be NULL. */
struct block_tensors_double { struct tensor_double *at[DECODER_PARAMETERS_double]; };

/* What a decoder's block keeps of earlier rows and of the memory. */
struct decoder_cache_double { struct multihead_cache_double self, cross; };

static inline struct dropout_double block_drop_double(const struct block_double *b,
                                        size_t sublayer);

static inline void block_add_double(double *out, const double *x, const double *branch,
                             size_t sublayer, const struct block_double *b)
{
    const size_t n = b->batch * b->length * b->width;
    const struct dropout_double drop = block_drop_double(b, sublayer);
    if (drop.rate > 0)
        dropout_forward_double(out, branch, n, &drop);
    else
        memcpy(out, branch, n * sizeof *out);
    if (!b->cut)
        add_to_double(out, x, n);
}

static inline void block_add_backward_double(double *dx, struct block_pass_double *w,
                                      const double *dout, size_t sublayer)
{
    const struct block_double *b = w->of;
    const size_t n = b->batch * b->length * b->width;
    const struct dropout_double drop = block_drop_double(b, sublayer);
    if (drop.rate > 0) {
        memset(w->dbranch, 0, n * sizeof *dout);
        dropout_backward_double(w->dbranch, dout, n, &drop);
    } else
        memcpy(w->dbranch, dout, n * sizeof *dout);
    if (dx && !b->cut)
        add_to_double(dx, dout, n);
}

/* linear_backward: ADDS to dx, dw and db; each may be NULL. */
static inline void linear_backward_double(double *dx, double *dw, double *db,
                                   const double *dout, const double *x,
                                   const double *w, size_t rows, size_t n,
                                   size_t m)
{
    product_backward_double(dx, dw, dout, x, w, rows, m, n, 0);
    if (db)
        columns_add_double(db, dout, rows, m, m);
}

static const char *const block_parts_double[DECODER_PARAMETERS_double][2] = {
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
static inline size_t block_shape_double(size_t shape[2], size_t which, size_t width,
                                 size_t hidden)
{
    size_t rank = 0, times = 1;
    for (const char *at = block_parts_double[which][1]; *at; at++)
        if (*at == '3')
            times = 3;
        else if (isupper((unsigned char)*at))
            shape[rank++] = size_product(times, *at == 'F' ? hidden : width);
    return rank;
}

/* block_uses: does it need parameter which?  RMSNorm has gains only. */
static inline bool block_uses_double(const struct block_double *b, size_t which)
{
    const bool gain = which == LN_1_WEIGHT_double || which == LN_2_WEIGHT_double;
    const bool bias = which == LN_1_BIAS_double || which == LN_2_BIAS_double;
    return gain ? b->norm != NORM_NONE_double : !bias || b->norm == NORM_LAYER_double;
}

/* block_require: what a block asks of its caller: sizes, heads that divide C,
 * and the parameters that it uses. */
static inline void block_require_double(const struct block_double *b)
{
    REQUIRE(b->batch > 0 && b->length > 0 && b->width > 0 && b->hidden > 0);
    REQUIRE(b->heads > 0 && b->width % b->heads == 0);
    for (size_t i = 0; i < BLOCK_PARAMETERS_double; i++)
        REQUIRE(b->weight[i] || !block_uses_double(b, i));
}

static inline void rmsnorm_forward_double(double *out, double *r, const double *x,
                                   const double *gain, size_t rows, size_t n,
                                   double eps);

static inline void block_norm_double(double *out, struct block_saved_double *saved,
                              const double *x, size_t sublayer,
                              const struct block_double *b)
{
    const size_t rows = b->batch * b->length, n = b->width;
    const double *gain = b->weight[sublayer ? LN_2_WEIGHT_double : LN_1_WEIGHT_double];
    const double *bias = b->weight[sublayer ? LN_2_BIAS_double : LN_1_BIAS_double];
    const double eps = b->eps > 0 ? b->eps : BLOCK_EPS_double;
    double *mean = saved->mean[sublayer], *rstd = saved->rstd[sublayer];
    switch (b->norm) {
    case NORM_LAYER_double:
        layernorm_forward_double(out, mean, rstd, x, gain, bias, rows, n, eps);
        break;
    case NORM_RMS_double:
        rmsnorm_forward_double(out, rstd, x, gain, rows, n, eps);
        break;
    default:
        memcpy(out, x, rows * n * sizeof *out);
    }
}

static inline struct feed_double feed_of_double(const struct block_double *b)
{
    return (struct feed_double){
        b->batch * b->length, b->width, b->hidden, b->act,
        b->weight[C_FC_WEIGHT_double], b->weight[C_FC_BIAS_double],
        b->weight[MLP_PROJ_WEIGHT_double], b->weight[MLP_PROJ_BIAS_double]
    };
}

static inline void feed_forward_double(double *out, double *before, double *after,
                                const double *x, const struct feed_double *f);

static inline void block_feed_double(double *out, struct block_saved_double *saved,
                              const double *x, const struct block_double *b)
{
    const struct feed_double f = feed_of_double(b);
    feed_forward_double(out, saved->before, saved->after, x, &f);
}

static inline struct dropout_double block_drop_double(const struct block_double *b,
                                        size_t sublayer)
{
    return (struct dropout_double){ b->drop.rate, mix_bits_double(b->drop.seed, sublayer) };
}

static inline struct multihead_double block_heads_double(const struct block_double *b)
{
    const size_t n = b->width;
    const double *w = b->weight[C_ATTN_WEIGHT_double], *bias = b->weight[C_ATTN_BIAS_double];
    return (struct multihead_double){
        .batch = b->batch, .heads = b->heads, .queries = b->length,
        .keys = b->length, .width = n, .context_width = n, .out_width = n,
        .head_width = n / b->heads, .value_width = n / b->heads,
        .causal = b->causal, .lengths = b->lengths,
        .stride = 3 * n, .wq = w, .wk = w + n, .wv = w + 2 * n,
        .bq = bias, .bk = bias + n, .bv = bias + 2 * n,
        .wo = b->weight[ATTN_PROJ_WEIGHT_double], .bo = b->weight[ATTN_PROJ_BIAS_double],
    };
}

static inline void block_attend_double(double *out, struct block_saved_double *saved,
                                const double *x, const struct block_double *b)
{
    const struct multihead_double heads = block_heads_double(b);
    multihead_forward_double(out, &saved->heads, x, NULL, &heads);
}

static inline void rmsnorm_backward_double(double *dx, double *dgain,
                                    const double *dout, const double *x,
                                    const double *gain, const double *r,
                                    size_t rows, size_t n);

static inline void block_norm_backward_double(double *dx, struct block_pass_double *w,
                                       const double *dout, const double *x,
                                       size_t sublayer)
{
    const struct block_double *b = w->of;
    const size_t rows = b->batch * b->length, n = b->width;
    const size_t which = sublayer ? LN_2_WEIGHT_double : LN_1_WEIGHT_double;
    const double *gain = b->weight[which], *mean = w->saved->mean[sublayer];
    const double *rstd = w->saved->rstd[sublayer];
    double *dgain = w->d->weight[which], *dbias = w->d->weight[which + 1];
    if (b->norm == NORM_LAYER_double)
        layernorm_backward_double(dx, dgain, dbias, dout, x, gain, mean, rstd, rows,
                           n);
    else if (b->norm == NORM_RMS_double)
        rmsnorm_backward_double(dx, dgain, dout, x, gain, rstd, rows, n);
    else if (dx)
        add_to_double(dx, dout, rows * n);
}

static inline void feed_backward_double(const struct feed_gradients_double *d,
                                 double *scratch, const double *dout,
                                 const double *before, const double *after,
                                 const double *x, const struct feed_double *f);

static inline void block_feed_backward_double(double *dx, struct block_pass_double *w,
                                       const double *x)
{
    const struct feed_double f = feed_of_double(w->of);
    double *const *dw = w->d->weight;
    const struct feed_gradients_double d = {
        dx, dw[C_FC_WEIGHT_double], dw[C_FC_BIAS_double],
        dw[MLP_PROJ_WEIGHT_double], dw[MLP_PROJ_BIAS_double]
    };
    feed_backward_double(&d, w->rest, w->dbranch, w->saved->before,
                  w->saved->after, x, &f);
}

static inline void block_attend_backward_double(double *dx, struct block_pass_double *w,
                                         const double *x)
{
    const struct multihead_double heads = block_heads_double(w->of);
    const size_t n = w->of->width;
    double *const *to = w->d->weight, *dw = to[C_ATTN_WEIGHT_double];
    double *db = to[C_ATTN_BIAS_double];
    const struct multihead_gradients_double d = { .dx = dx,
        .dwq = dw, .dwk = part_from_double(dw, n), .dwv = part_from_double(dw, 2 * n),
        .dbq = db, .dbk = part_from_double(db, n), .dbv = part_from_double(db, 2 * n),
        .dwo = to[ATTN_PROJ_WEIGHT_double], .dbo = to[ATTN_PROJ_BIAS_double] };
    multihead_backward_double(&d, w->dbranch, &w->saved->heads, x, NULL, &heads);
}

static inline bool block_weights_double(const struct block_double *b)
{
    return b->store_attention || b->width / b->heads > TILE_WIDTH_double;
}

static inline double *block_piece_double(double **memory, size_t n)
{
    double *piece = *memory;
    *memory += n;
    return piece;
}

static inline struct block_pass_double
block_pass_new_double(const struct block_gradients_double *d,
               const struct block_saved_double *saved, const struct block_double *b)
{
    const size_t n = b->batch * b->length * b->width;
    double *at = saved->workspace;
    memset(at, 0, 3 * n * sizeof *at);
    return (struct block_pass_double){ b, d, saved, at, at + n, at + 2 * n,
                                at + 3 * n, at + 4 * n };
}

struct block_on_tape_double { struct block_double task; double *memory; };

static inline void block_backward_double(const struct block_gradients_double *d,
                                  const double *dout,
                                  const struct block_saved_double *saved,
                                  const double *x, const struct block_double *b);
static inline struct block_saved_double
block_saved_new_double(double *memory, double *workspace, const struct block_double *b);
static inline size_t block_workspace_double(const struct block_double *b);

static inline void block_node_double(struct node_double *s)
{
    const struct block_on_tape_double *saved = s->saved;
    const struct block_double *b = &saved->task;
    struct block_saved_double arrays = block_saved_new_double(saved->memory,
        tape_workspace_double(s->on, block_workspace_double(b)), b);
    struct block_gradients_double d = { .x = s->in[0]->grad };
    for (size_t i = 0; i < BLOCK_PARAMETERS_double; i++)
        d.weight[i] = s->in[i + 1] ? s->in[i + 1]->grad : NULL;
    block_backward_double(&d, s->out->grad, &arrays, s->in[0]->data, b);
}

static inline struct block_double block_task_double(const struct tensor_double *x,
    struct tensor_double *const parameters[BLOCK_PARAMETERS_double],
    const struct block_double *how)
{
    struct block_double b = *how;
    const struct tensor_double *fc = parameters[C_FC_BIAS_double];
    REQUIRE(fc);
    TENSORS_FIT_double(x->rank == 3, "block", x, fc);
    b.batch = x->shape[0], b.length = x->shape[1], b.width = x->shape[2];
    b.hidden = fc->count;
    for (size_t i = 0; i < BLOCK_PARAMETERS_double; i++) {
        const struct tensor_double *p = parameters[i];
        size_t shape[2], rank = block_shape_double(shape, i, b.width, b.hidden);
        if (p)
            TENSORS_FIT_double(p->rank == rank && p->shape[0] == shape[0]
                        && p->shape[rank - 1] == shape[rank - 1], "block",
                        x, p);
        b.weight[i] = p ? p->data : NULL;
    }
    block_require_double(&b);
    return b;
}

static inline void block_parameters_double(struct block_tensors_double *t,
                                    struct tape_double *tape_double, const char *prefix,
                                    size_t width, size_t hidden, size_t count)
{
    *t = (struct block_tensors_double){ { NULL } };
    for (size_t i = 0; i < count; i++) {
        size_t shape[2], rank = block_shape_double(shape, i, width, hidden);
        char name[80];
        int n = snprintf(name, sizeof name, "%s%s", prefix,
                         block_parts_double[i][0]);
        REQUIRE(n < (int)sizeof name);
        t->at[i] = tape_parameter_double(tape_double, name, (struct axes_double){
            rank, { shape[0], shape[rank - 1] } });
    }
}

static inline void rmsnorm_node_double(struct node_double *s)
{
    const struct tensor_double *x = s->in[0], *gain = s->in[1];
    rmsnorm_backward_double(x->grad, gain->grad, s->out->grad, x->data, gain->data,
                     s->saved, tensor_rows_double(x), gain->count);
}

struct feed_on_tape_double { struct feed_double task; double *before, *after; };

static inline void feed_node_double(struct node_double *s)
{
    const struct feed_on_tape_double *saved = s->saved;
    const struct feed_double *f = &saved->task;
    const struct feed_gradients_double d = {
        s->in[0]->grad, s->in[1]->grad, s->in[2]->grad, s->in[3]->grad,
        s->in[4]->grad };
    feed_backward_double(&d, tape_workspace_double(s->on, 2 * f->rows * f->hidden),
                  s->out->grad, saved->before, saved->after, s->in[0]->data,
                  f);
}

static inline struct tensor_double *tape_feed_double(struct tape_double *tape_double, struct tensor_double *x,
                                       struct tensor_double *const p[4],
                                       enum feed_activation_double act);

static inline struct tensor_double *decoder_sublayer_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *memory, size_t sublayer,
    struct tensor_double *const *p, const struct block_double *how,
    struct decoder_cache_double *cache)
{
    if (sublayer == 2)
        return tape_feed_double(tape_double, x, p + C_FC_WEIGHT_double, how->act);
    const bool cross = sublayer == 1;
    struct tensor_double *const *at = p + (cross ? CROSS_ATTN_WEIGHT_double
                                          : C_ATTN_WEIGHT_double);
    const struct multihead_parameters_double m = {
        .wqkv = at[0], .bqkv = at[1], .wo = at[2], .bo = at[3],
        .heads = how->heads, .causal = !cross && !how->both_ways,
        .store_attention = cross && how->store_attention,
        .lengths = cross ? how->lengths : NULL };
    if (!cache)
        return tape_multihead_double(tape_double, x, cross ? memory : NULL, &m);
    if (!cross)
        return tape_multihead_cached_double(tape_double, x, x, &m, &cache->self);
    memory = cache->cross.rows ? NULL : memory;
    return tape_multihead_cached_double(tape_double, x, memory, &m, &cache->cross);
}

static inline struct tensor_double *tape_rmsnorm_double(struct tape_double *tape_double, struct tensor_double *x,
                                          struct tensor_double *gain);

static inline struct tensor_double *tape_norm_double(struct tape_double *tape_double, struct tensor_double *x,
                                       struct tensor_double *const *p,
                                       enum norm_kind_double kind)
{
    return kind == NORM_LAYER_double ? tape_layernorm_double(tape_double, x, p[0], p[1])
         : kind == NORM_RMS_double ? tape_rmsnorm_double(tape_double, x, p[0]) : x;
}
/* layernorm_rows_plain: what layernorm_forward computes, in plain loops.
 *   x, out (rows, n)   gain, bias (n)   ->   mean, r (rows) */
static inline void layernorm_rows_plain_double(double *out, double *mean, double *r,
                                        const double *x, const double *gain,
                                        const double *bias, size_t rows,
                                        size_t n, double eps)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        double sum = 0, squares = 0;
        for (size_t j = 0; j < n; j++)
            sum += x[j];
        const double mu = sum / n;
        for (size_t j = 0; j < n; j++)
            squares += (x[j] - mu) * (x[j] - mu);
        mean[i] = (double)mu, r[i] = (double)(1 / sqrt(squares / n + eps));
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (double)(x[j] - mu) * r[i] + bias[j];
    }
}

/* rmsnorm_rows_plain: what rmsnorm_forward computes, in plain loops.
 *   x, out (rows, n)   gain (n)   ->   r (rows) */
static inline void rmsnorm_rows_plain_double(double *out, double *r, const double *x,
                                      const double *gain, size_t rows,
                                      size_t n, double eps)
{
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        double squares = 0;
        for (size_t j = 0; j < n; j++)
            squares += (double)x[j] * (double)x[j];
        r[i] = (double)(1 / sqrt(squares / n + eps));
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (x[j] * r[i]);
    }
}

/* norm_backward_plain: ADDS to dx (rows, n), dgain and dbias (n).  With
 * mean and dbias NULL it goes back through rmsnorm_rows_plain, else through
 * layernorm_rows_plain. */
static inline void norm_backward_plain_double(double *dx, double *dgain, double *dbias,
    const double *dout, const double *x, const double *gain, const double *mean,
    const double *r, size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, x += n, dout += n, dx += n) {
        const double mu = mean ? mean[i] : 0;
        double flat = 0, along = 0;        /* the two means */
        for (size_t j = 0; j < n; j++) {
            const double hat = (x[j] - mu) * r[i];
            dgain[j] += dout[j] * hat;
            along += dout[j] * gain[j] * hat / n;
            if (mean) {
                dbias[j] += dout[j];
                flat += dout[j] * gain[j] / n;
            }
        }
        for (size_t j = 0; j < n; j++) {
            const double hat = (x[j] - mu) * r[i];
            dx[j] += r[i] * (dout[j] * gain[j] - flat - hat * along);
        }
    }
}

/* linear_forward: out = x w + b.  x (rows, n)   w (n, m)   b (m) */
static inline void linear_forward_double(double *out, const double *x, const double *w,
                                  const double *b, size_t rows, size_t n,
                                  size_t m)
{
    for (size_t r = 0; r < rows; r++)
        memcpy(out + r * m, b, m * sizeof *out);
    product_double(out, x, w, rows, m, n, PRODUCT_ADD_double);
}

/* feed_forward: x, out (rows, C).  Saves before and after, (rows, F), the
 * hidden numbers on both sides of the activation function.
 * Vaswani et al. 2017, eq. 2. */
static inline void feed_forward_double(double *out, double *before, double *after,
                                const double *x, const struct feed_double *f)
{
    linear_forward_double(before, x, f->w1, f->b1, f->rows, f->width, f->hidden);
    if (f->act == FEED_RELU_double)
        relu_forward_double(after, before, f->rows * f->hidden);
    else if (f->act == FEED_GELU_EXACT_double)
        gelu_exact_forward_double(after, before, f->rows * f->hidden);
    else
        gelu_forward_double(after, before, f->rows * f->hidden);
    linear_forward_double(out, after, f->w2, f->b2, f->rows, f->hidden, f->width);
}

/* feed_backward: ADDS to the five gradients in d, each of which may be NULL:
 * of x, w1, b1, w2 and b2.  scratch (2, rows, F) may hold anything. */
static inline void feed_backward_double(const struct feed_gradients_double *d,
                                 double *scratch, const double *dout,
                                 const double *before, const double *after,
                                 const double *x, const struct feed_double *f)
{
    const size_t n = f->rows * f->hidden;
    double *dafter = scratch, *dbefore = scratch + n;
    product_double(dafter, dout, f->w2, f->rows, f->hidden, f->width, TRANSPOSE_B_double);
    linear_backward_double(NULL, d->w2, d->b2, dout, after, f->w2, f->rows,
                    f->hidden, f->width);
    memset(dbefore, 0, n * sizeof *dbefore);
    if (f->act == FEED_RELU_double)
        relu_backward_double(dbefore, dafter, after, n);
    else if (f->act == FEED_GELU_EXACT_double)
        gelu_exact_backward_double(dbefore, dafter, before, n);
    else
        gelu_backward_double(dbefore, dafter, before, n);
    linear_backward_double(d->x, d->w1, d->b1, dbefore, x, f->w1, f->rows,
                    f->width, f->hidden);
}

/* block_forward: out = the block applied to x, both (B, T, C).
 * Vaswani et al. 2017, section 3.1; Radford et al. 2019 (pre-norm).
 * Checked: sizes, that the heads divide C, and that weights are there.
 * Unchecked: out must not overlap x. */
static inline void block_forward_double(double *out, struct block_saved_double *saved,
                                 const double *x, const struct block_double *b)
{
    double *a = saved->a, *middle = saved->middle, *c = saved->c;
    double *branch = saved->workspace;
    block_require_double(b);
    if (b->order == BLOCK_PRE_double) {
        block_norm_double(a, saved, x, 0, b);
        block_attend_double(branch, saved, a, b);
        block_add_double(middle, x, branch, 0, b);
        block_norm_double(c, saved, middle, 1, b);
        block_feed_double(branch, saved, c, b);
        block_add_double(out, middle, branch, 1, b);
    } else {
        block_attend_double(branch, saved, x, b);
        block_add_double(a, x, branch, 0, b);
        block_norm_double(middle, saved, a, 0, b);
        block_feed_double(branch, saved, middle, b);
        block_add_double(c, middle, branch, 1, b);
        block_norm_double(out, saved, c, 1, b);
    }
}

/* block_backward: ADDS to the gradients in d, each of which may be NULL.
 * dout, x (B, T, C), and saved as block_forward has left it. */
static inline void block_backward_double(const struct block_gradients_double *d,
                                  const double *dout,
                                  const struct block_saved_double *saved,
                                  const double *x, const struct block_double *b)
{
    block_require_double(b);
    struct block_pass_double w = block_pass_new_double(d, saved, b);
    if (b->order == BLOCK_PRE_double) {
        block_add_backward_double(w.dmiddle, &w, dout, 1);
        block_feed_backward_double(w.dc, &w, saved->c);
        block_norm_backward_double(w.dmiddle, &w, w.dc, saved->middle, 1);
        block_add_backward_double(d->x, &w, w.dmiddle, 0);
        block_attend_backward_double(w.da, &w, saved->a);
        block_norm_backward_double(d->x, &w, w.da, x, 0);
    } else {
        block_norm_backward_double(w.dc, &w, dout, saved->c, 1);
        block_add_backward_double(w.dmiddle, &w, w.dc, 1);
        block_feed_backward_double(w.dmiddle, &w, saved->middle);
        block_norm_backward_double(w.da, &w, w.dmiddle, saved->a, 0);
        block_add_backward_double(d->x, &w, w.da, 0);
        block_attend_backward_double(d->x, &w, x);
    }
}

/* rmsnorm_forward: out = gain x r, row by row; r = 1 / sqrt(mean square
 * + eps).  Zhang and Sennrich 2019, eq. 4.  Checked: n > 0.
 *   x, out (rows, n)   gain (n)   ->   r (rows) */
static inline void rmsnorm_forward_double(double *out, double *r, const double *x,
                                   const double *gain, size_t rows, size_t n,
                                   double eps)
{
    REQUIRE(n > 0);
    for (size_t i = 0; i < rows; i++, x += n, out += n) {
        double squares = (double)row_dot_double(x, x, n);
        if (!isfinite(squares)) {
            squares = 0;
            for (size_t j = 0; j < n; j++)
                squares += (double)x[j] * (double)x[j];
        }
        r[i] = (double)(1 / sqrt(squares / (double)n + (double)eps));
        for (size_t j = 0; j < n; j++)
            out[j] = gain[j] * (x[j] * r[i]);
    }
}

/* rmsnorm_backward: ADDS to dx (rows, n) and dgain (n), each of which may
 * be NULL. */
static inline void rmsnorm_backward_double(double *dx, double *dgain,
                                    const double *dout, const double *x,
                                    const double *gain, const double *r,
                                    size_t rows, size_t n)
{
    for (size_t i = 0; i < rows; i++, x += n, dout += n) {
        for (size_t j = 0; dgain && j < n; j++)
            dgain[j] += dout[j] * x[j] * r[i];
        double along = r[i] * row_dot_shifted_double(dout, gain, x, 0, n) / n;
        for (size_t j = 0; dx && j < n; j++)
            dx[i * n + j] += r[i] * (dout[j] * gain[j] - x[j] * r[i] * along);
    }
}

/* block_size: how many floats all that is saved takes, but the workspace.
 * Checked, as in all of these: sizes, heads, weights. */
static inline size_t block_size_double(const struct block_double *b)
{
    block_require_double(b);
    const struct multihead_double heads = block_heads_double(b);
    const size_t rows = size_product(b->batch, b->length);
    size_t each = size_sum(size_product(3, b->width),
                           size_sum(size_product(2, b->hidden), 4));
    return size_sum(size_product(rows, each),
                    multihead_size_double(&heads, block_weights_double(b)));
}

/* block_saved_new: divides memory and workspace among the arrays. */
static inline struct block_saved_double
block_saved_new_double(double *memory, double *workspace, const struct block_double *b)
{
    const size_t rows = b->batch * b->length, n = rows * b->width;
    const struct multihead_double heads = block_heads_double(b);
    struct block_saved_double saved = { .workspace = workspace };
    saved.a = block_piece_double(&memory, n), saved.c = block_piece_double(&memory, n);
    saved.middle = block_piece_double(&memory, n);
    saved.before = block_piece_double(&memory, rows * b->hidden);
    saved.after = block_piece_double(&memory, rows * b->hidden);
    for (size_t i = 0; i < 2; i++) {
        saved.mean[i] = block_piece_double(&memory, rows);
        saved.rstd[i] = block_piece_double(&memory, rows);
    }
    saved.heads = multihead_saved_new_double(memory, workspace + 4 * n, &heads,
                                      block_weights_double(b));
    return saved;
}

/* block_workspace: how many floats the workspace takes. */
static inline size_t block_workspace_double(const struct block_double *b)
{
    block_require_double(b);
    const struct multihead_double heads = block_heads_double(b);
    const size_t rows = size_product(b->batch, b->length);
    size_t attention = multihead_workspace_double(&heads, block_weights_double(b));
    size_t network = size_product(rows, size_product(2, b->hidden));
    return size_sum(size_product(rows, size_product(4, b->width)),
                    attention > network ? attention : network);
}

/* tape_block: x (B, T, C) through a block.  how has all but the sizes, which
 * come from x and the parameters, and the weights; how->lengths must stay
 * until tape_backward.  Parameters of norms that are not used may be NULL.
 * With no_grad nothing is dropped. */
static inline struct tensor_double *tape_block_double(struct tape_double *tape_double, struct tensor_double *x,
    struct tensor_double *const parameters[BLOCK_PARAMETERS_double],
    const struct block_double *how)
{
    struct tensor_double *in[NODE_INPUTS_double] = { x };
    struct block_on_tape_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    saved->task = block_task_double(x, parameters, how);
    if (tape_double->no_grad)
        saved->task.drop.rate = 0;
    memcpy(in + 1, parameters, BLOCK_PARAMETERS_double * sizeof *in);
    struct node_double *s = tape_node_double(tape_double, "block", tensor_axes_double(x), in,
                               block_node_double);
    s->saved = saved;
    saved->memory = tape_take_double(tape_double, block_size_double(&saved->task), sizeof(double));
    struct block_saved_double arrays = block_saved_new_double(saved->memory,
        tape_workspace_double(tape_double, block_workspace_double(&saved->task)), &saved->task);
    block_forward_double(s->out->data, &arrays, x->data, &saved->task);
    s->out->attention = arrays.heads.weights;
    return s->out;
}

/* block_new, decoder_new: names begin with prefix; all zeros. */
static inline void block_new_double(struct block_tensors_double *t, struct tape_double *tape_double,
                             const char *prefix, size_t width,
                             size_t hidden)
{
    block_parameters_double(t, tape_double, prefix, width, hidden, BLOCK_PARAMETERS_double);
}

static inline void decoder_new_double(struct block_tensors_double *t, struct tape_double *tape_double,
                               const char *prefix, size_t width,
                               size_t hidden)
{
    block_parameters_double(t, tape_double, prefix, width, hidden, DECODER_PARAMETERS_double);
}

/* block_start: random weights, gains of 1.  spread: what the last weights of
 * all branches are multiplied by; at 1 the outputs are somewhat smaller than
 * what came in. */
static inline void block_start_double(struct block_tensors_double *t,
                               struct random *random, double spread)
{
    for (size_t i = 0; i < DECODER_PARAMETERS_double && t->at[i]; i++) {
        struct tensor_double *p = t->at[i];
        const bool last = i == ATTN_PROJ_WEIGHT_double || i == MLP_PROJ_WEIGHT_double
                       || i == CROSS_PROJ_WEIGHT_double;
        const double size = (last ? spread : 1) / sqrt((double)p->shape[0]);
        const bool gain = i == LN_1_WEIGHT_double || i == LN_2_WEIGHT_double
                       || i == LN_CROSS_WEIGHT_double;
        for (size_t j = 0; j < p->count; j++)
            p->data[j] = p->rank == 2 ? size * random_normal(random) : gain;
    }
}

/* tape_rmsnorm: over the last axis, with gain (n), eps 1e-5. */
static inline struct tensor_double *tape_rmsnorm_double(struct tape_double *tape_double, struct tensor_double *x,
                                          struct tensor_double *gain)
{
    TENSORS_FIT_double(gain->rank == 1 && tensor_axis_double(x, 1) == gain->count,
                "rmsnorm", x, gain);
    struct node_double *s = tape_node_double(tape_double, "rmsnorm", tensor_axes_double(x),
                               INPUTS_double(x, gain), rmsnorm_node_double);
    const size_t rows = tensor_rows_double(x);
    double *r = s->saved = tape_take_double(tape_double, rows, sizeof *r);
    rmsnorm_forward_double(s->out->data, r, x->data, gain->data, rows, gain->count,
                    BLOCK_EPS_double);
    return s->out;
}

/* tape_decoder: x (B, T, C) through a decoder's block, with the memory
 * (B, S, C).  how: as for tape_block, but lengths (B) are those of the
 * memory, and the weights are of the attention to it.  cache: NULL; or with
 * no_grad, x are the rows behind those of the calls before, and the memory is
 * read by the first call only.  Vaswani et al. 2017, section 3.1. */
static inline struct tensor_double *tape_decoder_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *memory,
    struct tensor_double *const parameters[DECODER_PARAMETERS_double],
    const struct block_double *how, struct decoder_cache_double *cache)
{
    static const size_t norms[] = { LN_1_WEIGHT_double, LN_CROSS_WEIGHT_double,
                                    LN_2_WEIGHT_double };
    const double *weights = NULL;
    for (size_t i = 0; i < 3; i++) {
        struct tensor_double *const *norm = parameters + norms[i], *y = x;
        const struct dropout_double drop = block_drop_double(how, i);
        if (how->order == BLOCK_PRE_double)
            y = tape_norm_double(tape_double, x, norm, how->norm);
        y = decoder_sublayer_double(tape_double, y, memory, i, parameters, how, cache);
        weights = i == 1 ? y->attention : weights;
        y = tape_dropout_double(tape_double, y, &drop);
        x = how->cut ? y : tape_add_double(tape_double, x, y);
        if (how->order == BLOCK_POST_double)
            x = tape_norm_double(tape_double, x, norm, how->norm);
    }
    x->attention = weights;
    return x;
}

/* tape_feed: x (..., C) through a feed-forward network; p: w1 (C, F), b1 (F),
 * w2 (F, C) and b2 (C). */
static inline struct tensor_double *tape_feed_double(struct tape_double *tape_double, struct tensor_double *x,
                                       struct tensor_double *const p[4],
                                       enum feed_activation_double act)
{
    const size_t n = tensor_axis_double(x, 1), hidden = p[1]->count;
    const size_t shape[4][2] = { { n, hidden }, { hidden }, { hidden, n },
                                 { n } };
    for (size_t i = 0; i < 4; i++)
        TENSORS_FIT_double(p[i]->rank == 2 - i % 2 && p[i]->shape[0] == shape[i][0]
                    && (i % 2 || p[i]->shape[1] == shape[i][1]), "feed", x,
                    p[i]);
    struct feed_on_tape_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    saved->task = (struct feed_double){ tensor_rows_double(x), n, hidden, act, p[0]->data,
                                 p[1]->data, p[2]->data, p[3]->data };
    size_t size = size_product(tensor_rows_double(x), hidden);
    saved->before = tape_take_double(tape_double, size, sizeof(double));
    saved->after = tape_take_double(tape_double, size, sizeof(double));
    struct node_double *s = tape_node_double(tape_double, "feed", tensor_axes_double(x),
                               INPUTS_double(x, p[0], p[1], p[2], p[3]), feed_node_double);
    s->saved = saved;
    feed_forward_double(s->out->data, saved->before, saved->after, x->data,
                 &saved->task);
    return s->out;
}

#endif

