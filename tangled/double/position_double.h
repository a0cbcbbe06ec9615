/* position_double.h -- generated from position.h by the build. Do not edit. */
/* It is position/position.h of chapters/12-position.nw in double. The book
 * has its names without _double. */


#ifndef POSITION_H_double
#define POSITION_H_double
#include <math.h>
#include <stddef.h>
#include "double/gradient_double.h"
#include "double/tape_double.h"

/* What attention is told about places. Any of the arrays may be NULL. */
struct places_double {
    const double *bias;      /* (H, Tq, Tk): added to the scaled scores */
    size_t reach;           /* farther away is taken for this distance */
    const double *keys;      /* (2 reach + 1, d): for j - i = -reach ... */
    const double *values;    /* (2 reach + 1, dv) */
};

/* Where the gradients of places go. Any may be NULL. */
struct place_gradients_double { double *bias, *keys, *values; };

/* Places as tensors, each of which may be NULL: bias (H, Tq, Tk),
 * keys (2 reach + 1, d), values (2 reach + 1, dv). */
struct tape_places_double { struct tensor_double *bias, *keys, *values; };

/* position_frequency: by which angle pair l of a row of width numbers turns
 * from one position to the next: 10000^(-2 l / width). */
static inline double position_frequency_double(size_t l, size_t width)
{
    return pow(10000, -2 * (double)l / (double)width);
}

/* sinusoidal_table: row t holds position first + t: the sine and the cosine
 * of pair 0, of pair 1 ...   table (length, width).
 * Vaswani et al. 2017, section 3.5.   Checked: width > 0. */
static inline void sinusoidal_table_double(double *table, size_t first,
                                    size_t length, size_t width)
{
    REQUIRE(width > 0);
    for (size_t c = 0; c < width; c++) {
        double frequency = position_frequency_double(c / 2, width);
        for (size_t t = 0; t < length; t++) {
            double angle = (double)(first + t) * frequency;
            table[t * width + c] = (double)(c % 2 ? cos(angle) : sin(angle));
        }
    }
}

/* rows_add_forward: out = x + table, for every example.
 *   x, out (B, T, C)   table (T, C) */
static inline void rows_add_forward_double(double *out, const double *x,
                                    const double *table, size_t batch,
                                    size_t length, size_t width)
{
    bias_forward_double(out, x, table, batch, size_product(length, width));
}

/* rows_beside_forward: out = [x; table], for every example.
 *   x (B, T, C)   table (T, D)   ->   out (B, T, C + D) */
static inline void rows_beside_forward_double(double *out, const double *x,
                                       const double *table, size_t batch,
                                       size_t length, size_t width,
                                       size_t places_double)
{
    for (size_t r = 0; r < batch * length; r++) {
        double *row = out + r * (width + places_double);
        memcpy(row, x + r * width, width * sizeof *row);
        memcpy(row + width, table + r % length * places_double,
               places_double * sizeof *row);
    }
}

/* rotary_table: cosines and sines of the angles of positions first + t, for
 * pair l < width / 2.   cosines, sines (length, width / 2).
 * Checked: width even and > 0. */
static inline void rotary_table_double(double *cosines, double *sines, size_t first,
                                size_t length, size_t width)
{
    REQUIRE(width > 0 && width % 2 == 0);
    for (size_t l = 0, half = width / 2; l < half; l++) {
        double frequency = position_frequency_double(l, width);
        for (size_t t = 0; t < length; t++) {
            double angle = (double)(first + t) * frequency;
            cosines[t * half + l] = (double)cos(angle);
            sines[t * half + l] = (double)sin(angle);
        }
    }
}

/* rotary_forward: turns the pairs (x[2 l], x[2 l + 1]) of every row.
 *   x, out (heads, length, width)   cosines, sines (length, width / 2)
 * out may be x.  Su et al. 2021, eq. 34.  Checked: width is even. */
static inline void rotary_forward_double(double *out, const double *x,
                                  const double *cosines, const double *sines,
                                  size_t heads, size_t length, size_t width)
{
    REQUIRE(width % 2 == 0);
    for (size_t r = 0, half = width / 2; r < heads * length; r++)
        for (size_t l = 0; l < half; l++) {
            const size_t i = r * width + 2 * l, at = r % length * half + l;
            double a = x[i], b = x[i + 1], c = cosines[at], s = sines[at];
            out[i] = c * a - s * b;
            out[i + 1] = s * a + c * b;
        }
}

/* rotary_backward: ADDS to dx what comes back: dout, turned the other way.
 * Shapes as rotary_forward.   Checked: width is even. */
static inline void rotary_backward_double(double *dx, const double *dout,
                                   const double *cosines, const double *sines,
                                   size_t heads, size_t length, size_t width)
{
    REQUIRE(width % 2 == 0);
    for (size_t r = 0, half = width / 2; r < heads * length; r++)
        for (size_t l = 0; l < half; l++) {
            const size_t i = r * width + 2 * l, at = r % length * half + l;
            double a = dout[i], b = dout[i + 1];
            double c = cosines[at], s = sines[at];
            dx[i] += c * a + s * b;
            dx[i + 1] += c * b - s * a;
        }
}

/* alibi_slope: of head h = 0, 1, ... of heads, as Press et al. 2022 publish
 * them, also if heads is no power of two.   Checked: h < heads. */
static inline double alibi_slope_double(size_t h, size_t heads)
{
    size_t power = 1;
    REQUIRE(h < heads);
    while (power <= heads / 2)
        power *= 2;
    double part = h < power
        ? (double)(h + 1) / (double)power
        : (double)(2 * (h - power) + 1) / (double)(2 * power);
    return (double)exp2(-8 * part);
}

/* place_distance: |i + Tk - Tq - j|, how far query i is from key j. */
static inline size_t place_distance_double(size_t i, size_t j, size_t queries,
                                    size_t keys)
{
    size_t query = i + keys, key = j + queries;
    return query > key ? query - key : key - query;
}

/* alibi_bias: -slope |i + Tk - Tq - j|, to be added to the scaled scores.
 *   bias (heads, queries, keys) */
static inline void alibi_bias_double(double *bias, size_t heads, size_t queries,
                              size_t keys)
{
    for (size_t h = 0; h < heads; h++) {
        double slope = alibi_slope_double(h, heads);
        for (size_t i = 0; i < queries; i++)
            for (size_t j = 0; j < keys; j++)
                *bias++ = 0 - slope * (double)place_distance_double(i, j, queries,
                                                            keys);
    }
}

/* place_index: which row of (2 reach + 1) is for query i and key j. */
static inline size_t place_index_double(size_t i, size_t j, const struct tiled_double *t,
                                 size_t reach)
{
    size_t query = i + t->keys, key = j + t->queries;
    if (key > query)
        return reach + (key - query < reach ? key - query : reach);
    return query - key < reach ? reach - (query - key) : 0;
}

/* attend_placed_plain: attention with places, in loops.
 *   q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->   out (B, H, Tq, dv)   weights (B, H, Tq, Tk)
 * The bias must not be +INFINITY.  Shaw et al. 2018, eqs. 3 and 4; Press
 * et al. 2022, section 3.  Checked: width and keys > 0. */
static inline void attend_placed_plain_double(double *out, double *weights,
                                       const double *q, const double *k,
                                       const double *v, const struct tiled_double *t,
                                       const struct places_double *p)
{
    const size_t n = t->queries, m = t->keys, d = t->width;
    const size_t c = t->value_width, heads = t->heads;
    for (size_t r = 0; r < t->batch * heads * n; r++) {
        const size_t i = r % n, h = r / n;
        const double *qi = q + r * d, *kh = k + h * m * d, *vh = v + h * m * c;
        double *w = weights + r * m, *o = out + r * c;
        for (size_t j = 0; j < m; j++) {
            size_t at = place_index_double(i, j, t, p->reach);
            double score_double = row_dot_double(qi, kh + j * d, d);
            if (p->keys)
                score_double += row_dot_double(qi, p->keys + at * d, d);
            w[j] = attend_scale_double(t) * score_double;
            if (p->bias)
                w[j] += p->bias[(h % heads * n + i) * m + j];
        }
        for (size_t j = keys_seen_double(t, h / heads, i); j < m; j++)
            w[j] = -INFINITY;
        softmax_double(w, w, m);
        memset(o, 0, c * sizeof *o);
        for (size_t j = 0; j < m; j++) {
            size_t at = place_index_double(i, j, t, p->reach);
            scale_add_double(o, vh + j * c, w[j], c);
            if (p->values)
                scale_add_double(o, p->values + at * c, w[j], c);
        }
    }
}

/* rows_add_backward: ADDS dout to dx (B, T, C), and its sum over the examples
 * to dtable (T, C); either may be NULL. */
static inline void rows_add_backward_double(double *dx, double *dtable,
                                     const double *dout, size_t batch,
                                     size_t length, size_t width)
{
    bias_backward_double(dx, dtable, dout, batch, size_product(length, width));
}

/* rows_beside_backward: ADDS the first C numbers of each row of dout
 * (B, T, C + D) to dx, the others to dtable (T, D); either may be NULL. */
static inline void rows_beside_backward_double(double *dx, double *dtable,
                                        const double *dout, size_t batch,
                                        size_t length, size_t width,
                                        size_t places_double)
{
    for (size_t r = 0; r < batch * length; r++) {
        const double *row = dout + r * (width + places_double);
        if (dx)
            add_to_double(dx + r * width, row, width);
        if (dtable)
            add_to_double(dtable + r % length * places_double, row + width, places_double);
    }
}

/* places_spread: scores (Tq, Tk) += the number of rows (Tq, 2 reach + 1) that
 * belongs to the distance. */
static inline void places_spread_double(double *scores, const double *rows,
                                 const struct tiled_double *t, size_t reach)
{
    for (size_t i = 0; i < t->queries; i++, rows += 2 * reach + 1)
        for (size_t j = 0; j < t->keys; j++)
            *scores++ += rows[place_index_double(i, j, t, reach)];
}

/* places_gather: rows (Tq, 2 reach + 1) = the sums of the weights (Tq, Tk) at
 * each distance.   Checked: rows is not NULL. */
static inline void places_gather_double(double *rows, const double *weights,
                                 const struct tiled_double *t, size_t reach)
{
    REQUIRE(rows);
    memset(rows, 0, t->queries * (2 * reach + 1) * sizeof *rows);
    for (size_t i = 0; i < t->queries; i++, rows += 2 * reach + 1)
        for (size_t j = 0; j < t->keys; j++)
            rows[place_index_double(i, j, t, reach)] += *weights++;
}

/* attend_placed_forward: as attend_placed_plain, in matrix products.
 * rows (Tq, 2 reach + 1) is a workspace; NULL will do where neither keys nor
 * values of places are given.   Checked: as attend_forward. */
static inline void attend_placed_forward_double(double *out, double *weights,
                                         double *rows, const double *q,
                                         const double *k, const double *v,
                                         const struct tiled_double *t,
                                         const struct places_double *p)
{
    const size_t n = t->queries, m = t->keys, d = t->width;
    const size_t c = t->value_width, far = 2 * p->reach + 1;
    for (size_t h = 0; h < t->batch * t->heads; h++) {
        double *w = weights + h * n * m, *to = out + h * n * c;
        product_double(w, q + h * n * d, k + h * m * d, n, m, d, TRANSPOSE_B_double);
        /* the second product of each score */
        if (p->keys) {
            product_double(rows, q + h * n * d, p->keys, n, far, d, TRANSPOSE_B_double);
            places_spread_double(w, rows, t, p->reach);
        }
        mask_scores_double(w, t, h / t->heads);
        if (p->bias)
            add_to_double(w, p->bias + h % t->heads * n * m, n * m);
        softmax_rows_double(w, w, n, m);
        product_double(to, w, v + h * m * c, n, c, m, 0);
        /* the second product of each output */
        if (p->values) {
            places_gather_double(rows, w, t, p->reach);
            product_double(to, rows, p->values, n, c, far, PRODUCT_ADD_double);
        }
    }
}

/* attend_placed_backward: ADDS to dq, dk, dv and the arrays of d, each of
 * which may be NULL.  Workspace: rows (Tq, 2 reach + 1) and
 * pairs (2, Tq, Tk). */
static inline void attend_placed_backward_double(
    double *dq, double *dk, double *dv, const struct place_gradients_double *d,
    double *rows, double *pairs, const double *dout, const double *weights,
    const double *q, const double *k, const double *v, const struct tiled_double *t,
    const struct places_double *p)
{
    const size_t n = t->queries, m = t->keys, c = t->value_width;
    const size_t nm = n * m, nd = n * t->width, md = m * t->width;
    const size_t far = 2 * p->reach + 1;
    double *dw = pairs, *ds = pairs + nm;
    for (size_t h = 0; h < t->batch * t->heads; h++) {
        const double *w = weights + h * nm, *g = dout + h * n * c;
        product_double(dw, g, v + h * m * c, n, m, c, TRANSPOSE_B_double);
        if (p->values) {
            product_double(rows, g, p->values, n, far, c, TRANSPOSE_B_double);
            places_spread_double(dw, rows, t, p->reach);
        }
        if (d->values) {
            places_gather_double(rows, w, t, p->reach);
            product_double(d->values, rows, g, far, c, n, TRANSPOSE_A_double | PRODUCT_ADD_double);
        }
        memset(ds, 0, nm * sizeof *ds);
        softmax_rows_backward_double(ds, dw, w, n, m);
        if (d->bias)
            add_to_double(d->bias + h % t->heads * nm, ds, nm);
        for (size_t i = 0; i < nm; i++)
            ds[i] *= attend_scale_double(t);
        /* add what head h passes to queries, keys, values and vectors */
        double *dqh = dq ? dq + h * nd : NULL;
        product_backward_double(dqh, dk ? dk + h * md : NULL, ds, q + h * nd, k + h * md,
                         n, m, t->width, TRANSPOSE_B_double);
        if (p->keys) {
            places_gather_double(rows, ds, t, p->reach);
            product_backward_double(dqh, d->keys, rows, q + h * nd, p->keys, n, far,
                             t->width, TRANSPOSE_B_double);
        }
        if (dv)
            product_double(dv + h * m * c, w, g, m, c, n, TRANSPOSE_A_double | PRODUCT_ADD_double);
    }
}
/* require_place_rows: x has no more rows than table from row first on; axis
 * says which of the table's axes, from the last, its rows are. */
static inline void require_place_rows_double(const char *step,
                                      const struct tensor_double *x,
                                      const struct tensor_double *table, size_t axis,
                                      size_t first)
{
    TENSORS_FIT_double(first <= tensor_axis_double(table, axis), step, table, x);
    TENSORS_FIT_double(tensor_axis_double(x, 2) <= tensor_axis_double(table, axis) - first, step,
                table, x);
}

static inline void add_rows_node_double(struct node_double *s)
{
    struct tensor_double *x = s->in[0], *table = s->in[1];
    size_t offset = *(size_t *)s->saved * tensor_axis_double(x, 1);
    rows_add_backward_double(x->grad, table->grad ? table->grad + offset : NULL,
                      s->out->grad, x->shape[0], x->shape[1], x->shape[2]);
}

/* tape_add_rows: x (B, T, C) plus rows first to first + T of table (N, C). */
static inline struct tensor_double *tape_add_rows_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *table, size_t first)
{
    TENSORS_FIT_double(x->rank == 3 && table->rank == 2, "add_rows", table, x);
    TENSORS_FIT_double(tensor_axis_double(table, 1) == tensor_axis_double(x, 1), "add_rows", table,
                x);
    require_place_rows_double("add_rows", x, table, 2, first);
    struct node_double *s = tape_node_double(tape_double, "add_rows", tensor_axes_double(x),
                               INPUTS_double(x, table), add_rows_node_double);
    size_t *saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    *saved = first;
    rows_add_forward_double(s->out->data, x->data,
                     table->data + first * table->shape[1], x->shape[0],
                     x->shape[1], x->shape[2]);
    return s->out;
}

static inline void beside_rows_node_double(struct node_double *s)
{
    struct tensor_double *x = s->in[0], *table = s->in[1];
    size_t offset = *(size_t *)s->saved * tensor_axis_double(table, 1);
    rows_beside_backward_double(x->grad, table->grad ? table->grad + offset : NULL,
                         s->out->grad, x->shape[0], x->shape[1],
                         x->shape[2], table->shape[1]);
}

/* tape_concat_rows_from: rows first to first + T of table (N, D), behind
 * those of x (B, T, C): (B, T, C + D). */
static inline struct tensor_double *tape_concat_rows_from_double(struct tape_double *tape_double,
    struct tensor_double *x, struct tensor_double *table, size_t first)
{
    TENSORS_FIT_double(x->rank == 3 && table->rank == 2, "concat_rows", table, x);
    require_place_rows_double("concat_rows", x, table, 2, first);
    struct axes_double axes_double = tensor_axes_double(x);
    axes_double.n[2] = size_sum(axes_double.n[2], table->shape[1]);
    struct node_double *s = tape_node_double(tape_double, "concat_rows", axes_double, INPUTS_double(x, table),
                               beside_rows_node_double);
    size_t *saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    *saved = first;
    rows_beside_forward_double(s->out->data, x->data,
                        table->data + first * table->shape[1], x->shape[0],
                        x->shape[1], x->shape[2], table->shape[1]);
    return s->out;
}

struct rotary_turns_double { const double *cosines, *sines; };

static inline void rotary_node_double(struct node_double *s)
{
    const struct rotary_turns_double *turns = s->saved;
    const struct tensor_double *x = s->in[0];
    size_t length = tensor_axis_double(x, 2), width = tensor_axis_double(x, 1);
    rotary_backward_double(x->grad, s->out->grad, turns->cosines, turns->sines,
                    tensor_rows_double(x) / length, length, width);
}

/* tape_rotary: x (B, H, T, d), turned by positions first to first + T of
 * turns (2, N, d / 2): cosines and sines as rotary_table makes them. */
static inline struct tensor_double *tape_rotary_double(struct tape_double *tape_double,
    struct tensor_double *x, const struct tensor_double *turns, size_t first)
{
    size_t length = tensor_axis_double(x, 2), width = tensor_axis_double(x, 1);
    TENSORS_FIT_double(x->rank >= 2 && x->count > 0, "rotary", turns, x);
    TENSORS_FIT_double(turns->rank == 3 && turns->shape[0] == 2, "rotary", turns, x);
    TENSORS_FIT_double(width == 2 * tensor_axis_double(turns, 1), "rotary", turns, x);
    require_place_rows_double("rotary", x, turns, 2, first);
    struct node_double *s = tape_node_double(tape_double, "rotary", tensor_axes_double(x), INPUTS_double(x),
                               rotary_node_double);
    struct rotary_turns_double *saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    saved->cosines = turns->data + first * (width / 2);
    saved->sines = saved->cosines + turns->count / 2;
    rotary_forward_double(s->out->data, x->data, saved->cosines, saved->sines,
                   tensor_rows_double(x) / length, length, width);
    return s->out;
}

struct placed_saved_double { struct tiled_double task; struct places_double where; };

static inline double *place_gradient_double(const struct tensor_double *x)
{
    return x ? x->grad : NULL;
}

static inline void attention_placed_node_double(struct node_double *s)
{
    const struct placed_saved_double *saved = s->saved;
    struct tensor_double *const *in = s->in;
    size_t count = size_product(saved->task.queries, saved->task.keys);
    size_t rows = size_product(saved->task.queries,
                               2 * saved->where.reach + 1);
    double *pairs = tape_workspace_double(s->on, size_sum(size_product(2, count),
                                                  rows));
    struct place_gradients_double d = { place_gradient_double(in[3]), place_gradient_double(in[4]),
                                 place_gradient_double(in[5]) };
    attend_placed_backward_double(in[0]->grad, in[1]->grad, in[2]->grad, &d,
                           pairs + 2 * count, pairs, s->out->grad,
                           s->out->attention, in[0]->data, in[1]->data,
                           in[2]->data, &saved->task, &saved->where);
}

/* require_places: the tensors of x fit queries, keys and values. */
static inline void require_places_double(const struct tape_places_double *x,
                                  const struct tiled_double *t,
                                  const struct tensor_double *q,
                                  const struct tensor_double *v)
{
    const struct tensor_double *b = x->bias, *k = x->keys, *a = x->values;
    if (b)
        TENSORS_FIT_double(b->rank == 3 && b->shape[0] == t->heads
                    && b->shape[1] == t->queries && b->shape[2] == t->keys,
                    "attention_placed", b, q);
    if (k)
        TENSORS_FIT_double(k->rank == 2 && k->shape[0] % 2 == 1
                    && k->shape[1] == t->width, "attention_placed", k, q);
    if (a)
        TENSORS_FIT_double(a->rank == 2 && a->shape[0] % 2 == 1
                    && a->shape[1] == t->value_width, "attention_placed", a,
                    v);
    if (k && a)
        TENSORS_FIT_double(k->shape[0] == a->shape[0], "attention_placed", k, a);
}

static inline struct places_double tape_places_of_double(const struct tape_places_double *x)
{
    const struct tensor_double *far = x->keys ? x->keys : x->values;
    return (struct places_double){
        .bias = x->bias ? x->bias->data : NULL,
        .reach = far ? far->shape[0] / 2 : 0,
        .keys = x->keys ? x->keys->data : NULL,
        .values = x->values ? x->values->data : NULL,
    };
}

/* tape_attention_placed: tape_attention with places.
 *   q (B, H, Tq, d)   k (B, H, Tk, d)   v (B, H, Tk, dv)
 *   ->   (B, H, Tq, dv) */
static inline struct tensor_double *tape_attention_placed_double(struct tape_double *tape_double,
    struct tensor_double *q, struct tensor_double *k, struct tensor_double *v,
    const struct tape_places_double *places_double, bool causal, const size_t *lengths)
{
    struct placed_saved_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    struct tiled_double *t = &saved->task;
    *t = attention_task_double(q, k, v, causal, lengths);
    require_places_double(places_double, t, q, v);
    saved->where = tape_places_of_double(places_double);
    struct axes_double axes_double = tensor_axes_double(q);
    axes_double.n[q->rank - 1] = t->value_width;
    struct node_double *s = tape_node_double(tape_double, "attention_placed", axes_double,
        INPUTS_double(q, k, v, places_double->bias, places_double->keys, places_double->values),
        attention_placed_node_double);
    size_t heads = size_product(t->batch, t->heads);
    size_t pairs = size_product(t->queries, t->keys);
    double *weights = tape_take_double(tape_double, size_product(heads, pairs),
                               sizeof *weights);
    size_t far = 2 * saved->where.reach + 1;     /* the rows of a tensor */
    double *rows = tape_workspace_double(tape_double, size_product(t->queries, far));
    attend_placed_forward_double(s->out->data, weights, rows, q->data, k->data,
                          v->data, t, &saved->where);
    s->out->attention = weights, s->saved = saved;
    return s->out;
}
#endif
