/* recurrence_double.h -- generated from recurrence.h by the build. Do not edit. */
/* It is recurrence/recurrence.h of chapters/07-recurrence.nw in double. The book
 * has its names without _double. */


#ifndef RECURRENCE_H_double
#define RECURRENCE_H_double
#include "double/tape_double.h"

enum cell_kind_double { CELL_LINEAR_double, CELL_RNN_double, CELL_LSTM_double };

struct recurrent_double {
    enum cell_kind_double cell;
    size_t steps, batch, in, width;   /* T, B, I, C */
    const double *x;                   /* (T, B, I) */
    const double *w, *u, *b;           /* (G C, I), (G C, C), (G C) */
    const size_t *lengths;            /* (B), or NULL: all steps count */
    bool backwards;                   /* the last step is read first */
    bool plain;                       /* by loops, to compare with */
};

/* Where gradients are added: of x, w, u and b. */
struct recurrent_gradients_double { double *x, *w, *u, *b; };

/* The parameters of a layer, and its states: c is NULL if it has none. */
struct recurrent_layer_double { struct tensor_double *w, *u, *b; };
struct recurrent_state_double { struct tensor_double *h, *c; };

struct recurrent_how_double {
    enum cell_kind_double cell;
    const size_t *lengths;            /* (B), or NULL */
    bool backwards, plain;
};
struct recurrent_saved_double { struct recurrent_double s; double *gates; };
/* Step t goes from one of the T + 1 states to another. */
struct step_place_double { size_t t, from, to; };

static inline struct step_place_double step_place_of_double(const struct recurrent_double *s,
                                              size_t n)
{
    const size_t t = s->backwards ? s->steps - 1 - n : n;
    return (struct step_place_double){ t, t + s->backwards, t + !s->backwards };
}

static inline bool step_counts_double(const struct recurrent_double *s, size_t t, size_t b)
{
    return !s->lengths || t < s->lengths[b];
}

/* gate_sum: row j of W x + U h + b; x (I), h (C). */
static inline double gate_sum_double(const struct recurrent_double *s, size_t j,
                             const double *x, const double *h)
{
    double sum = s->b[j];
    for (size_t i = 0; i < s->in; i++)
        sum += s->w[j * s->in + i] * x[i];
    for (size_t k = 0; k < s->width; k++)
        sum += s->u[j * s->width + k] * h[k];
    return sum;
}

/* gate_sum_backward: ADDS to the gradients, given a, that of the sum, whose
 * input is row `row` of x, and whose state before is h (C); dh (C): its. */
static inline void gate_sum_backward_double(const struct recurrent_gradients_double *d,
    double *dh, double a, const struct recurrent_double *s, size_t j, size_t row,
    const double *h)
{
    const double *x = s->x + row * s->in;
    d->b[j] += a;
    for (size_t i = 0; i < s->in; i++) {
        d->w[j * s->in + i] += a * x[i];
        d->x[row * s->in + i] += a * s->w[j * s->in + i];
    }
    for (size_t k = 0; k < s->width; k++) {
        d->u[j * s->width + k] += a * h[k];
        dh[k] += a * s->u[j * s->width + k];
    }
}

/* rnn_forward_plain: h (T + 1, B, C), of which the first state is given, or
 * the last, if s->backwards.  Elman 1990. */
static inline void rnn_forward_plain_double(double *h, const struct recurrent_double *s)
{
    const size_t C = s->width;
    for (size_t n = 0; n < s->steps; n++)
        for (size_t b = 0; b < s->batch; b++) {
            const struct step_place_double p = step_place_of_double(s, n);
            const size_t row = p.t * s->batch + b;
            const double *from = h + (p.from * s->batch + b) * C;
            double *to = h + (p.to * s->batch + b) * C;
            for (size_t j = 0; j < C; j++) {
                double sum = gate_sum_double(s, j, s->x + row * s->in, from);
                to[j] = !step_counts_double(s, p.t, b) ? from[j]
                      : s->cell == CELL_RNN_double ? tanh(sum) : sum;
            }
        }
}

/* rnn_backward_plain: ADDS to d.  dh (T + 1, B, C): in: the gradients of the
 * states from outside; out: all of it.  Werbos 1990. */
static inline void rnn_backward_plain_double(const struct recurrent_gradients_double *d,
    double *dh, const double *h, const struct recurrent_double *s)
{
    const size_t C = s->width;
    for (size_t n = s->steps; n-- > 0; )
        for (size_t b = 0; b < s->batch; b++) {
            const struct step_place_double p = step_place_of_double(s, n);
            const size_t from = (p.from * s->batch + b) * C;
            const size_t to = (p.to * s->batch + b) * C;
            if (!step_counts_double(s, p.t, b)) {
                add_to_double(dh + from, dh + to, C);
                continue;
            }
            for (size_t j = 0; j < C; j++) {
                double a = dh[to + j];
                if (s->cell == CELL_RNN_double)
                    a *= 1 - h[to + j] * h[to + j];
                gate_sum_backward_double(d, dh + from, a, s, j,
                                  p.t * s->batch + b, h + from);
            }
        }
}

/* lstm_forward_plain: h, c (T + 1, B, C), of which the first states are
 * given, or the last, if s->backwards; gates (T, B, 4 C): i, f, g and o.
 * Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000. */
static inline void lstm_forward_plain_double(double *h, double *c, double *gates,
                                      const struct recurrent_double *s)
{
    const size_t C = s->width;
    for (size_t n = 0; n < s->steps; n++)
        for (size_t b = 0; b < s->batch; b++) {
            const struct step_place_double p = step_place_of_double(s, n);
            const size_t row = p.t * s->batch + b;
            const size_t from = (p.from * s->batch + b) * C;
            const size_t to = (p.to * s->batch + b) * C;
            const double *x = s->x + row * s->in;
            double *i = gates + row * 4 * C;
            double *f = i + C, *g = f + C, *o = g + C;
            for (size_t j = 0; j < C; j++) {
                i[j] = sigmoid_plain_double(gate_sum_double(s, j, x, h + from));
                f[j] = sigmoid_plain_double(gate_sum_double(s, C + j, x, h + from));
                g[j] = tanh(gate_sum_double(s, 2 * C + j, x, h + from));
                o[j] = sigmoid_plain_double(gate_sum_double(s, 3 * C + j, x, h + from));
                c[to + j] = f[j] * c[from + j] + i[j] * g[j];
                h[to + j] = o[j] * tanh(c[to + j]);
                if (!step_counts_double(s, p.t, b))
                    c[to + j] = c[from + j], h[to + j] = h[from + j];
            }
        }
}

/* lstm_backward_plain: ADDS to d.  dh, dc (T + 1, B, C): in: the gradients
 * of h and c from outside; out: all of them.  gates (T, B, 4 C). */
static inline void lstm_backward_plain_double(const struct recurrent_gradients_double *d,
    double *dh, double *dc, const double *gates, const double *h, const double *c,
    const struct recurrent_double *s)
{
    const size_t C = s->width;
    for (size_t n = s->steps * s->batch; n-- > 0; ) {
        const struct step_place_double p = step_place_of_double(s, n / s->batch);
        const size_t b = n % s->batch, row = p.t * s->batch + b;
        const size_t from = (p.from * s->batch + b) * C;
        const size_t to = (p.to * s->batch + b) * C;
        for (size_t j = 0; j < C; j++) {
            const double *gate = gates + row * 4 * C + j;
            const double i = gate[0], f = gate[C], g = gate[2 * C];
            const double o = gate[3 * C], shown = tanh(c[to + j]);
            if (!step_counts_double(s, p.t, b)) {
                dh[from + j] += dh[to + j], dc[from + j] += dc[to + j];
                continue;
            }
            dc[to + j] += dh[to + j] * o * (1 - shown * shown);
            dc[from + j] += dc[to + j] * f;
            const double a[] = { dc[to + j] * g * i * (1 - i),
                                dc[to + j] * c[from + j] * f * (1 - f),
                                dc[to + j] * i * (1 - g * g),
                                dh[to + j] * shown * o * (1 - o) };
            for (size_t k = 0; k < 4; k++)
                gate_sum_backward_double(d, dh + from, a[k], s, k * C + j, row,
                                  h + from);
        }
    }
}

static inline size_t recurrent_gates_double(const struct recurrent_double *s)
{
    return s->cell == CELL_LSTM_double ? 4 * s->width : s->width;
}

/* A row of the LSTM: gates (4 C) hold sums, and become gates. */
static inline void lstm_row_double(double *h, double *c, double *gates,
                            const double *c_from, size_t C)
{
    for (size_t j = 0; j < C; j += LANES_double) {
        const size_t n = C - j < LANES_double ? C - j : LANES_double;
        double *at = gates + j;
        lanes_double i = lanes_sigmoid_double(lanes_take_double(at, n));
        lanes_double f = lanes_sigmoid_double(lanes_take_double(at + C, n));
        lanes_double g = lanes_tanh_double(lanes_take_double(at + 2 * C, n));
        lanes_double o = lanes_sigmoid_double(lanes_take_double(at + 3 * C, n));
        lanes_double cell = f * lanes_take_double(c_from + j, n) + i * g;
        lanes_put_double(at, i, n), lanes_put_double(at + C, f, n);
        lanes_put_double(at + 2 * C, g, n), lanes_put_double(at + 3 * C, o, n);
        lanes_put_double(c + j, cell, n);
        lanes_put_double(h + j, o * lanes_tanh_double(cell), n);
    }
}

/* Back: gates (4 C) become the gradients of their sums; ADDS to dc_from. */
static inline void lstm_row_backward_double(double *gates, double *dc_from,
    const double *dh, double *dc, const double *c, const double *c_from, size_t C)
{
    for (size_t j = 0; j < C; j += LANES_double) {
        const size_t n = C - j < LANES_double ? C - j : LANES_double;
        double *at = gates + j;
        lanes_double i = lanes_take_double(at, n), f = lanes_take_double(at + C, n);
        lanes_double g = lanes_take_double(at + 2 * C, n), o = lanes_take_double(at + 3 * C, n);
        lanes_double shown = lanes_tanh_double(lanes_take_double(c + j, n));
        lanes_double down = lanes_take_double(dh + j, n);
        lanes_double cell = lanes_take_double(dc + j, n)
                   + down * o * (1.0 - shown * shown);
        lanes_double from = lanes_take_double(dc_from + j, n) + cell * f;
        lanes_put_double(dc + j, cell, n), lanes_put_double(dc_from + j, from, n);
        lanes_put_double(at, cell * g * i * (1.0 - i), n);
        lanes_put_double(at + C, cell * lanes_take_double(c_from + j, n) * f * (1.0 - f),
                  n);
        lanes_put_double(at + 2 * C, cell * i * (1.0 - g * g), n);
        lanes_put_double(at + 3 * C, down * shown * o * (1.0 - o), n);
    }
}

static inline void rnn_row_backward_double(double *gates, const double *dh,
                                    const double *h, size_t C, bool linear)
{
    for (size_t j = 0; j < C; j++)
        gates[j] = linear ? dh[j] : dh[j] * (1 - h[j] * h[j]);
}

static inline void recurrent_step_double(double *h, double *c, double *gates,
    struct step_place_double p, const struct recurrent_double *s)
{
    const size_t C = s->width, G = recurrent_gates_double(s);
    for (size_t b = 0; b < s->batch; b++) {
        const size_t from = (p.from * s->batch + b) * C;
        const size_t to = (p.to * s->batch + b) * C;
        double *gate = gates + (p.t * s->batch + b) * G;
        if (!step_counts_double(s, p.t, b)) {
            memcpy(h + to, h + from, C * sizeof *h);
            if (c)
                memcpy(c + to, c + from, C * sizeof *c);
        } else if (s->cell == CELL_LSTM_double)
            lstm_row_double(h + to, c + to, gate, c + from, C);
        else if (s->cell == CELL_RNN_double)
            row_map_double(h + to, gate, C, lanes_tanh_double);
        else
            memcpy(h + to, gate, C * sizeof *h);
    }
}

static inline void recurrent_step_backward_double(double *dh, double *dc, double *gates,
    const double *h, const double *c, struct step_place_double p,
    const struct recurrent_double *s)
{
    const size_t C = s->width, G = recurrent_gates_double(s);
    for (size_t b = 0; b < s->batch; b++) {
        const size_t from = (p.from * s->batch + b) * C;
        const size_t to = (p.to * s->batch + b) * C;
        double *gate = gates + (p.t * s->batch + b) * G;
        if (!step_counts_double(s, p.t, b)) {
            memset(gate, 0, G * sizeof *gate);
            add_to_double(dh + from, dh + to, C);
            if (dc)
                add_to_double(dc + from, dc + to, C);
        } else if (s->cell == CELL_LSTM_double)
            lstm_row_backward_double(gate, dc + from, dh + to, dc + to, c + to,
                              c + from, C);
        else
            rnn_row_backward_double(gate, dh + to, h + to, C,
                             s->cell == CELL_LINEAR_double);
    }
}

/* recurrent_forward: all steps of a cell: h and, of an LSTM, c (T + 1, B, C),
 * of which the first states are given, or the last if s->backwards; gates
 * (T, B, G C) for the way back.  c may be NULL if there is none. */
static inline void recurrent_forward_double(double *h, double *c, double *gates,
                                     const struct recurrent_double *s)
{
    const size_t C = s->width, G = recurrent_gates_double(s), B = s->batch;
    const size_t rows = s->steps * B;
    if (s->plain) {
        if (s->cell == CELL_LSTM_double)
            lstm_forward_plain_double(h, c, gates, s);
        else
            rnn_forward_plain_double(h, s);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        memcpy(gates + r * G, s->b, G * sizeof *gates);
    product_double(gates, s->x, s->w, rows, G, s->in, TRANSPOSE_B_double | PRODUCT_ADD_double);
    for (size_t n = 0; n < s->steps; n++) {
        const struct step_place_double p = step_place_of_double(s, n);
        product_double(gates + p.t * B * G, h + p.from * B * C, s->u, B, G, C,
                TRANSPOSE_B_double | PRODUCT_ADD_double);
        recurrent_step_double(h, c, gates, p, s);
    }
}

/* recurrent_backward: ADDS to d, whose arrays may be NULL, unless s->plain.
 * dh, dc (T + 1, B, C): in: what comes from outside; out: all that comes to
 * each state.  gates (T, B, G C): of recurrent_forward; overwritten. */
static inline void recurrent_backward_double(const struct recurrent_gradients_double *d,
    double *dh, double *dc, double *gates, const double *h, const double *c,
    const struct recurrent_double *s)
{
    const size_t C = s->width, G = recurrent_gates_double(s), B = s->batch;
    const size_t rows = s->steps * B;
    if (s->plain) {
        if (s->cell == CELL_LSTM_double)
            lstm_backward_plain_double(d, dh, dc, gates, h, c, s);
        else
            rnn_backward_plain_double(d, dh, h, s);
        return;
    }
    for (size_t n = s->steps; n-- > 0; ) {
        const struct step_place_double p = step_place_of_double(s, n);
        recurrent_step_backward_double(dh, dc, gates, h, c, p, s);
        product_double(dh + p.from * B * C, gates + p.t * B * G, s->u, B, C, G,
                PRODUCT_ADD_double);
    }
    if (d->u)
        product_double(d->u, gates, h + (s->backwards ? B * C : 0), G, C, rows,
                TRANSPOSE_A_double | PRODUCT_ADD_double);
    if (d->w)
        product_double(d->w, gates, s->x, G, s->in, rows, TRANSPOSE_A_double | PRODUCT_ADD_double);
    if (d->x)
        product_double(d->x, gates, s->w, rows, s->in, G, PRODUCT_ADD_double);
    if (d->b)
        bias_backward_double(NULL, d->b, gates, rows, G);
}
static inline void recurrence_node_double(struct node_double *node_double)
{
    const struct recurrent_saved_double *saved = node_double->saved;
    const struct recurrent_double *s = &saved->s;
    const size_t row = s->batch * s->width, all = (s->steps + 1) * row;
    const size_t first = s->backwards ? s->steps * row : 0;
    const bool cells = s->cell == CELL_LSTM_double;
    struct tensor_double *const *in = node_double->in;
    double *dh = node_double->out->grad, *dc = cells ? dh + all : NULL;
    const double *h = node_double->out->data, *c = cells ? h + all : NULL;
    struct recurrent_gradients_double d = { in[0]->grad, in[1]->grad, in[2]->grad,
                                     in[3]->grad };
    if (s->plain) {
        double *to[NODE_INPUTS_double];
        node_grads_double(to, node_double, 0);
        d = (struct recurrent_gradients_double){ to[0], to[1], to[2], to[3] };
    }
    recurrent_backward_double(&d, dh, dc, saved->gates, h, c, s);
    for (size_t i = 0; i < (cells ? 2 : 1); i++)
        if (in[4 + i] && in[4 + i]->grad)
            add_to_double(in[4 + i]->grad, (i ? dc : dh) + first, row);
}

static inline struct recurrent_double recurrence_task_double(const struct tensor_double *x,
    const struct recurrent_layer_double *p, struct recurrent_state_double start,
    const struct recurrent_how_double *how)
{
    const size_t C = p->u->shape[1];
    const size_t G = (how->cell == CELL_LSTM_double ? 4 : 1) * C;
    TENSORS_FIT_double(x->rank == 3 && p->w->rank == 2
                && x->shape[2] == p->w->shape[1], "recurrence", x, p->w);
    TENSORS_FIT_double(p->u->rank == 2 && p->u->shape[0] == G
                && p->w->shape[0] == G, "recurrence", p->w, p->u);
    TENSORS_FIT_double(p->b->count == G, "recurrence", p->u, p->b);
    const struct tensor_double *const first[] = { start.h, start.c };
    for (size_t i = 0; i < 2; i++)
        if (first[i])
            TENSORS_FIT_double(first[i]->rank == 2 && first[i]->shape[0]
                        == x->shape[1] && first[i]->shape[1] == C,
                        "recurrence", x, first[i]);
    for (size_t b = 0; how->lengths && b < x->shape[1]; b++)
        REQUIRE(how->lengths[b] <= x->shape[0]);
    REQUIRE(!start.c || how->cell == CELL_LSTM_double);
    return (struct recurrent_double){ how->cell, x->shape[0], x->shape[1],
        x->shape[2], C, x->data, p->w->data, p->u->data, p->b->data,
        how->lengths, how->backwards, how->plain };
}

/* tape_recurrence: x (T, B, I), start: (B, C), or NULL: zeros  ->  all
 * states (1 or 2, T + 1, B, C); the first is at 0, or at T, if backwards.
 * how->lengths must stay until tape_backward.  Checked: shapes, lengths <= T,
 * a first cell only for an LSTM. */
static inline struct tensor_double *tape_recurrence_double(struct tape_double *tape_double,
    struct tensor_double *x, const struct recurrent_layer_double *p,
    struct recurrent_state_double start, const struct recurrent_how_double *how)
{
    struct recurrent_saved_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    *saved = (struct recurrent_saved_double){ recurrence_task_double(x, p, start, how),
                                       NULL };
    const struct recurrent_double *s = &saved->s;
    const bool cells = s->cell == CELL_LSTM_double;
    struct node_double *node_double = tape_node_double(tape_double, "recurrence",
        SHAPE_double(1 + cells, s->steps + 1, s->batch, s->width),
        INPUTS_double(x, p->w, p->u, p->b, start.h, start.c), recurrence_node_double);
    const size_t row = s->batch * s->width, all = (s->steps + 1) * row;
    const size_t first = s->backwards ? s->steps * row : 0;
    double *h = node_double->out->data, *c = cells ? h + all : NULL;
    saved->gates = tape_take_double(tape_double, size_product(s->steps * s->batch,
                             recurrent_gates_double(s)), sizeof *saved->gates);
    node_double->saved = saved;
    memset(h + first, 0, row * sizeof *h);
    if (cells)
        memset(c + first, 0, row * sizeof *c);
    if (start.h)
        memcpy(h + first, start.h->data, row * sizeof *h);
    if (start.c && cells)
        memcpy(c + first, start.c->data, row * sizeof *c);
    recurrent_forward_double(h, c, saved->gates, s);
    return node_double->out;
}

/* tape_part: numbers first and on of x, in a shape of their own; numbers and
 * gradients are those of x, also in a shard of a parameter. */
static inline struct tensor_double *tape_part_double(struct tape_double *tape_double, struct tensor_double *x,
                                       size_t first, struct axes_double axes_double)
{
    struct tensor_double *y = tape_tensor_double(tape_double, "part", axes_double);
    REQUIRE(first <= x->count && y->count <= x->count - first);
    y->data = x->data + first;
    y->grad = x->grad ? x->grad + first : NULL;
    return y;
}

/* recurrence_states: h after each step, (T, B, C), of all states. */
static inline struct tensor_double *recurrence_states_double(struct tape_double *tape_double,
    struct tensor_double *all, const struct recurrent_how_double *how)
{
    const size_t T = all->shape[1] - 1, B = all->shape[2], C = all->shape[3];
    return tape_part_double(tape_double, all, how->backwards ? 0 : B * C, SHAPE_double(T, B, C));
}

/* recurrence_last: state and cell after the last step, each (B, C). */
static inline struct recurrent_state_double recurrence_last_double(struct tape_double *tape_double,
    struct tensor_double *all, const struct recurrent_how_double *how)
{
    const size_t T = all->shape[1] - 1, B = all->shape[2], C = all->shape[3];
    const size_t at = how->backwards ? 0 : T * B * C;
    struct recurrent_state_double s = { tape_part_double(tape_double, all, at, SHAPE_double(B, C)) };
    if (all->shape[0] == 2)
        s.c = tape_part_double(tape_double, all, (T + 1) * B * C + at, SHAPE_double(B, C));
    return s;
}

/* recurrent_layer_new: parameters PREFIX.weight_ih_l0 and so on. */
static inline void recurrent_layer_new_double(struct recurrent_layer_double *p,
    struct tape_double *tape_double, const char *prefix, size_t layer, size_t in,
    size_t width, enum cell_kind_double cell)
{
    const size_t G = (cell == CELL_LSTM_double ? 4 : 1) * width;
    char name[80];
    snprintf(name, sizeof name, "%s.weight_ih_l%zu", prefix, layer);
    p->w = tape_parameter_double(tape_double, name, SHAPE_double(G, in));
    snprintf(name, sizeof name, "%s.weight_hh_l%zu", prefix, layer);
    p->u = tape_parameter_double(tape_double, name, SHAPE_double(G, width));
    snprintf(name, sizeof name, "%s.bias_ih_l%zu", prefix, layer);
    p->b = tape_parameter_double(tape_double, name, SHAPE_double(G));
}

/* normals: x becomes random numbers of this size. */
static inline void normals_double(const struct tensor_double *x, double scale,
                           struct random *random)
{
    for (size_t i = 0; i < x->count; i++)
        x->data[i] = scale * random_normal(random);
}

/* recurrent_layer_start: random weights; the bias of an LSTM's forget gate
 * is 1, the others are 0. */
static inline void recurrent_layer_start_double(const struct recurrent_layer_double *p,
                                         struct random *random,
                                         enum cell_kind_double cell)
{
    const size_t in = p->w->shape[1], C = p->u->shape[1];
    normals_double(p->w, 1 / sqrt((double)in), random);
    normals_double(p->u, 1 / sqrt((double)C), random);
    for (size_t j = 0; j < p->b->count; j++)
        p->b->data[j] = cell == CELL_LSTM_double && j / C == 1;
}
#endif

