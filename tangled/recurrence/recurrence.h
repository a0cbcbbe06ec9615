/* recurrence.h -- generated from chapters/07-recurrence.nw. Do not edit. */
/* Offers: enum cell_kind, struct recurrent, struct recurrent_gradients,
 * struct recurrent_layer, struct recurrent_state, struct recurrent_how,
 * struct recurrent_saved, struct step_place, gate_sum, gate_sum_backward,
 * rnn_forward_plain, rnn_backward_plain, lstm_forward_plain,
 * lstm_backward_plain, recurrent_forward, recurrent_backward,
 * tape_recurrence, tape_part, recurrence_states, recurrence_last,
 * recurrent_layer_new, normals, recurrent_layer_start */

#ifndef RECURRENCE_H
#define RECURRENCE_H
#include "gradient/tape.h"

enum cell_kind { CELL_LINEAR, CELL_RNN, CELL_LSTM };

struct recurrent {
    enum cell_kind cell;
    size_t steps, batch, in, width;   /* T, B, I, C */
    const float *x;                   /* (T, B, I) */
    const float *w, *u, *b;           /* (G C, I), (G C, C), (G C) */
    const size_t *lengths;            /* (B), or NULL: all steps count */
    bool backwards;                   /* the last step is read first */
    bool plain;                       /* by loops, to compare with */
};

/* Where gradients are added: of x, w, u and b. */
struct recurrent_gradients { float *x, *w, *u, *b; };

/* The parameters of a layer, and its states: c is NULL if it has none. */
struct recurrent_layer { struct tensor *w, *u, *b; };
struct recurrent_state { struct tensor *h, *c; };

struct recurrent_how {
    enum cell_kind cell;
    const size_t *lengths;            /* (B), or NULL */
    bool backwards, plain;
};
struct recurrent_saved { struct recurrent s; float *gates; };
/* Step t goes from one of the T + 1 states to another. */
struct step_place { size_t t, from, to; };

static inline struct step_place step_place_of(const struct recurrent *s,
                                              size_t n)
{
    const size_t t = s->backwards ? s->steps - 1 - n : n;
    return (struct step_place){ t, t + s->backwards, t + !s->backwards };
}

static inline bool step_counts(const struct recurrent *s, size_t t, size_t b)
{
    return !s->lengths || t < s->lengths[b];
}

/* gate_sum: row j of W x + U h + b; x (I), h (C). */
static inline float gate_sum(const struct recurrent *s, size_t j,
                             const float *x, const float *h)
{
    float sum = s->b[j];
    for (size_t i = 0; i < s->in; i++)
        sum += s->w[j * s->in + i] * x[i];
    for (size_t k = 0; k < s->width; k++)
        sum += s->u[j * s->width + k] * h[k];
    return sum;
}

/* gate_sum_backward: ADDS to the gradients, given a, that of the sum, whose
 * input is row `row` of x, and whose state before is h (C); dh (C): its. */
static inline void gate_sum_backward(const struct recurrent_gradients *d,
    float *dh, float a, const struct recurrent *s, size_t j, size_t row,
    const float *h)
{
    const float *x = s->x + row * s->in;
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
static inline void rnn_forward_plain(float *h, const struct recurrent *s)
{
    const size_t C = s->width;
    for (size_t n = 0; n < s->steps; n++)
        for (size_t b = 0; b < s->batch; b++) {
            const struct step_place p = step_place_of(s, n);
            const size_t row = p.t * s->batch + b;
            const float *from = h + (p.from * s->batch + b) * C;
            float *to = h + (p.to * s->batch + b) * C;
            for (size_t j = 0; j < C; j++) {
                float sum = gate_sum(s, j, s->x + row * s->in, from);
                to[j] = !step_counts(s, p.t, b) ? from[j]
                      : s->cell == CELL_RNN ? tanhf(sum) : sum;
            }
        }
}

/* rnn_backward_plain: ADDS to d.  dh (T + 1, B, C): in: the gradients of the
 * states from outside; out: all of it.  Werbos 1990. */
static inline void rnn_backward_plain(const struct recurrent_gradients *d,
    float *dh, const float *h, const struct recurrent *s)
{
    const size_t C = s->width;
    for (size_t n = s->steps; n-- > 0; )
        for (size_t b = 0; b < s->batch; b++) {
            const struct step_place p = step_place_of(s, n);
            const size_t from = (p.from * s->batch + b) * C;
            const size_t to = (p.to * s->batch + b) * C;
            if (!step_counts(s, p.t, b)) {
                add_to(dh + from, dh + to, C);
                continue;
            }
            for (size_t j = 0; j < C; j++) {
                float a = dh[to + j];
                if (s->cell == CELL_RNN)
                    a *= 1 - h[to + j] * h[to + j];
                gate_sum_backward(d, dh + from, a, s, j,
                                  p.t * s->batch + b, h + from);
            }
        }
}

/* lstm_forward_plain: h, c (T + 1, B, C), of which the first states are
 * given, or the last, if s->backwards; gates (T, B, 4 C): i, f, g and o.
 * Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000. */
static inline void lstm_forward_plain(float *h, float *c, float *gates,
                                      const struct recurrent *s)
{
    const size_t C = s->width;
    for (size_t n = 0; n < s->steps; n++)
        for (size_t b = 0; b < s->batch; b++) {
            const struct step_place p = step_place_of(s, n);
            const size_t row = p.t * s->batch + b;
            const size_t from = (p.from * s->batch + b) * C;
            const size_t to = (p.to * s->batch + b) * C;
            const float *x = s->x + row * s->in;
            float *i = gates + row * 4 * C;
            float *f = i + C, *g = f + C, *o = g + C;
            for (size_t j = 0; j < C; j++) {
                i[j] = sigmoid_plain(gate_sum(s, j, x, h + from));
                f[j] = sigmoid_plain(gate_sum(s, C + j, x, h + from));
                g[j] = tanhf(gate_sum(s, 2 * C + j, x, h + from));
                o[j] = sigmoid_plain(gate_sum(s, 3 * C + j, x, h + from));
                c[to + j] = f[j] * c[from + j] + i[j] * g[j];
                h[to + j] = o[j] * tanhf(c[to + j]);
                if (!step_counts(s, p.t, b))
                    c[to + j] = c[from + j], h[to + j] = h[from + j];
            }
        }
}

/* lstm_backward_plain: ADDS to d.  dh, dc (T + 1, B, C): in: the gradients
 * of h and c from outside; out: all of them.  gates (T, B, 4 C). */
static inline void lstm_backward_plain(const struct recurrent_gradients *d,
    float *dh, float *dc, const float *gates, const float *h, const float *c,
    const struct recurrent *s)
{
    const size_t C = s->width;
    for (size_t n = s->steps * s->batch; n-- > 0; ) {
        const struct step_place p = step_place_of(s, n / s->batch);
        const size_t b = n % s->batch, row = p.t * s->batch + b;
        const size_t from = (p.from * s->batch + b) * C;
        const size_t to = (p.to * s->batch + b) * C;
        for (size_t j = 0; j < C; j++) {
            const float *gate = gates + row * 4 * C + j;
            const float i = gate[0], f = gate[C], g = gate[2 * C];
            const float o = gate[3 * C], shown = tanhf(c[to + j]);
            if (!step_counts(s, p.t, b)) {
                dh[from + j] += dh[to + j], dc[from + j] += dc[to + j];
                continue;
            }
            dc[to + j] += dh[to + j] * o * (1 - shown * shown);
            dc[from + j] += dc[to + j] * f;
            const float a[] = { dc[to + j] * g * i * (1 - i),
                                dc[to + j] * c[from + j] * f * (1 - f),
                                dc[to + j] * i * (1 - g * g),
                                dh[to + j] * shown * o * (1 - o) };
            for (size_t k = 0; k < 4; k++)
                gate_sum_backward(d, dh + from, a[k], s, k * C + j, row,
                                  h + from);
        }
    }
}

static inline size_t recurrent_gates(const struct recurrent *s)
{
    return s->cell == CELL_LSTM ? 4 * s->width : s->width;
}

/* A row of the LSTM: gates (4 C) hold sums, and become gates. */
static inline void lstm_row(float *h, float *c, float *gates,
                            const float *c_from, size_t C)
{
    for (size_t j = 0; j < C; j += LANES) {
        const size_t n = C - j < LANES ? C - j : LANES;
        float *at = gates + j;
        lanes i = lanes_sigmoid(lanes_take(at, n));
        lanes f = lanes_sigmoid(lanes_take(at + C, n));
        lanes g = lanes_tanh(lanes_take(at + 2 * C, n));
        lanes o = lanes_sigmoid(lanes_take(at + 3 * C, n));
        lanes cell = f * lanes_take(c_from + j, n) + i * g;
        lanes_put(at, i, n), lanes_put(at + C, f, n);
        lanes_put(at + 2 * C, g, n), lanes_put(at + 3 * C, o, n);
        lanes_put(c + j, cell, n);
        lanes_put(h + j, o * lanes_tanh(cell), n);
    }
}

/* Back: gates (4 C) become the gradients of their sums; ADDS to dc_from. */
static inline void lstm_row_backward(float *gates, float *dc_from,
    const float *dh, float *dc, const float *c, const float *c_from, size_t C)
{
    for (size_t j = 0; j < C; j += LANES) {
        const size_t n = C - j < LANES ? C - j : LANES;
        float *at = gates + j;
        lanes i = lanes_take(at, n), f = lanes_take(at + C, n);
        lanes g = lanes_take(at + 2 * C, n), o = lanes_take(at + 3 * C, n);
        lanes shown = lanes_tanh(lanes_take(c + j, n));
        lanes down = lanes_take(dh + j, n);
        lanes cell = lanes_take(dc + j, n)
                   + down * o * (1.0f - shown * shown);
        lanes from = lanes_take(dc_from + j, n) + cell * f;
        lanes_put(dc + j, cell, n), lanes_put(dc_from + j, from, n);
        lanes_put(at, cell * g * i * (1.0f - i), n);
        lanes_put(at + C, cell * lanes_take(c_from + j, n) * f * (1.0f - f),
                  n);
        lanes_put(at + 2 * C, cell * i * (1.0f - g * g), n);
        lanes_put(at + 3 * C, down * shown * o * (1.0f - o), n);
    }
}

static inline void rnn_row_backward(float *gates, const float *dh,
                                    const float *h, size_t C, bool linear)
{
    for (size_t j = 0; j < C; j++)
        gates[j] = linear ? dh[j] : dh[j] * (1 - h[j] * h[j]);
}

static inline void recurrent_step(float *h, float *c, float *gates,
    struct step_place p, const struct recurrent *s)
{
    const size_t C = s->width, G = recurrent_gates(s);
    for (size_t b = 0; b < s->batch; b++) {
        const size_t from = (p.from * s->batch + b) * C;
        const size_t to = (p.to * s->batch + b) * C;
        float *gate = gates + (p.t * s->batch + b) * G;
        if (!step_counts(s, p.t, b)) {
            memcpy(h + to, h + from, C * sizeof *h);
            if (c)
                memcpy(c + to, c + from, C * sizeof *c);
        } else if (s->cell == CELL_LSTM)
            lstm_row(h + to, c + to, gate, c + from, C);
        else if (s->cell == CELL_RNN)
            row_map(h + to, gate, C, lanes_tanh);
        else
            memcpy(h + to, gate, C * sizeof *h);
    }
}

static inline void recurrent_step_backward(float *dh, float *dc, float *gates,
    const float *h, const float *c, struct step_place p,
    const struct recurrent *s)
{
    const size_t C = s->width, G = recurrent_gates(s);
    for (size_t b = 0; b < s->batch; b++) {
        const size_t from = (p.from * s->batch + b) * C;
        const size_t to = (p.to * s->batch + b) * C;
        float *gate = gates + (p.t * s->batch + b) * G;
        if (!step_counts(s, p.t, b)) {
            memset(gate, 0, G * sizeof *gate);
            add_to(dh + from, dh + to, C);
            if (dc)
                add_to(dc + from, dc + to, C);
        } else if (s->cell == CELL_LSTM)
            lstm_row_backward(gate, dc + from, dh + to, dc + to, c + to,
                              c + from, C);
        else
            rnn_row_backward(gate, dh + to, h + to, C,
                             s->cell == CELL_LINEAR);
    }
}

/* recurrent_forward: all steps of a cell: h and, of an LSTM, c (T + 1, B, C),
 * of which the first states are given, or the last if s->backwards; gates
 * (T, B, G C) for the way back.  c may be NULL if there is none. */
static inline void recurrent_forward(float *h, float *c, float *gates,
                                     const struct recurrent *s)
{
    const size_t C = s->width, G = recurrent_gates(s), B = s->batch;
    const size_t rows = s->steps * B;
    if (s->plain) {
        if (s->cell == CELL_LSTM)
            lstm_forward_plain(h, c, gates, s);
        else
            rnn_forward_plain(h, s);
        return;
    }
    for (size_t r = 0; r < rows; r++)
        memcpy(gates + r * G, s->b, G * sizeof *gates);
    product(gates, s->x, s->w, rows, G, s->in, TRANSPOSE_B | PRODUCT_ADD);
    for (size_t n = 0; n < s->steps; n++) {
        const struct step_place p = step_place_of(s, n);
        product(gates + p.t * B * G, h + p.from * B * C, s->u, B, G, C,
                TRANSPOSE_B | PRODUCT_ADD);
        recurrent_step(h, c, gates, p, s);
    }
}

/* recurrent_backward: ADDS to d, whose arrays may be NULL, unless s->plain.
 * dh, dc (T + 1, B, C): in: what comes from outside; out: all that comes to
 * each state.  gates (T, B, G C): of recurrent_forward; overwritten. */
static inline void recurrent_backward(const struct recurrent_gradients *d,
    float *dh, float *dc, float *gates, const float *h, const float *c,
    const struct recurrent *s)
{
    const size_t C = s->width, G = recurrent_gates(s), B = s->batch;
    const size_t rows = s->steps * B;
    if (s->plain) {
        if (s->cell == CELL_LSTM)
            lstm_backward_plain(d, dh, dc, gates, h, c, s);
        else
            rnn_backward_plain(d, dh, h, s);
        return;
    }
    for (size_t n = s->steps; n-- > 0; ) {
        const struct step_place p = step_place_of(s, n);
        recurrent_step_backward(dh, dc, gates, h, c, p, s);
        product(dh + p.from * B * C, gates + p.t * B * G, s->u, B, C, G,
                PRODUCT_ADD);
    }
    if (d->u)
        product(d->u, gates, h + (s->backwards ? B * C : 0), G, C, rows,
                TRANSPOSE_A | PRODUCT_ADD);
    if (d->w)
        product(d->w, gates, s->x, G, s->in, rows, TRANSPOSE_A | PRODUCT_ADD);
    if (d->x)
        product(d->x, gates, s->w, rows, s->in, G, PRODUCT_ADD);
    if (d->b)
        bias_backward(NULL, d->b, gates, rows, G);
}
static inline void recurrence_node(struct node *node)
{
    const struct recurrent_saved *saved = node->saved;
    const struct recurrent *s = &saved->s;
    const size_t row = s->batch * s->width, all = (s->steps + 1) * row;
    const size_t first = s->backwards ? s->steps * row : 0;
    const bool cells = s->cell == CELL_LSTM;
    struct tensor *const *in = node->in;
    float *dh = node->out->grad, *dc = cells ? dh + all : NULL;
    const float *h = node->out->data, *c = cells ? h + all : NULL;
    struct recurrent_gradients d = { in[0]->grad, in[1]->grad, in[2]->grad,
                                     in[3]->grad };
    if (s->plain) {
        float *to[NODE_INPUTS];
        node_grads(to, node, 0);
        d = (struct recurrent_gradients){ to[0], to[1], to[2], to[3] };
    }
    recurrent_backward(&d, dh, dc, saved->gates, h, c, s);
    for (size_t i = 0; i < (cells ? 2 : 1); i++)
        if (in[4 + i] && in[4 + i]->grad)
            add_to(in[4 + i]->grad, (i ? dc : dh) + first, row);
}

static inline struct recurrent recurrence_task(const struct tensor *x,
    const struct recurrent_layer *p, struct recurrent_state start,
    const struct recurrent_how *how)
{
    const size_t C = p->u->shape[1];
    const size_t G = (how->cell == CELL_LSTM ? 4 : 1) * C;
    TENSORS_FIT(x->rank == 3 && p->w->rank == 2
                && x->shape[2] == p->w->shape[1], "recurrence", x, p->w);
    TENSORS_FIT(p->u->rank == 2 && p->u->shape[0] == G
                && p->w->shape[0] == G, "recurrence", p->w, p->u);
    TENSORS_FIT(p->b->count == G, "recurrence", p->u, p->b);
    const struct tensor *const first[] = { start.h, start.c };
    for (size_t i = 0; i < 2; i++)
        if (first[i])
            TENSORS_FIT(first[i]->rank == 2 && first[i]->shape[0]
                        == x->shape[1] && first[i]->shape[1] == C,
                        "recurrence", x, first[i]);
    for (size_t b = 0; how->lengths && b < x->shape[1]; b++)
        REQUIRE(how->lengths[b] <= x->shape[0]);
    REQUIRE(!start.c || how->cell == CELL_LSTM);
    return (struct recurrent){ how->cell, x->shape[0], x->shape[1],
        x->shape[2], C, x->data, p->w->data, p->u->data, p->b->data,
        how->lengths, how->backwards, how->plain };
}

/* tape_recurrence: x (T, B, I), start: (B, C), or NULL: zeros  ->  all
 * states (1 or 2, T + 1, B, C); the first is at 0, or at T, if backwards.
 * how->lengths must stay until tape_backward.  Checked: shapes, lengths <= T,
 * a first cell only for an LSTM. */
static inline struct tensor *tape_recurrence(struct tape *tape,
    struct tensor *x, const struct recurrent_layer *p,
    struct recurrent_state start, const struct recurrent_how *how)
{
    struct recurrent_saved *saved = tape_take(tape, 1, sizeof *saved);
    *saved = (struct recurrent_saved){ recurrence_task(x, p, start, how),
                                       NULL };
    const struct recurrent *s = &saved->s;
    const bool cells = s->cell == CELL_LSTM;
    struct node *node = tape_node(tape, "recurrence",
        SHAPE(1 + cells, s->steps + 1, s->batch, s->width),
        INPUTS(x, p->w, p->u, p->b, start.h, start.c), recurrence_node);
    const size_t row = s->batch * s->width, all = (s->steps + 1) * row;
    const size_t first = s->backwards ? s->steps * row : 0;
    float *h = node->out->data, *c = cells ? h + all : NULL;
    saved->gates = tape_take(tape, size_product(s->steps * s->batch,
                             recurrent_gates(s)), sizeof *saved->gates);
    node->saved = saved;
    memset(h + first, 0, row * sizeof *h);
    if (cells)
        memset(c + first, 0, row * sizeof *c);
    if (start.h)
        memcpy(h + first, start.h->data, row * sizeof *h);
    if (start.c && cells)
        memcpy(c + first, start.c->data, row * sizeof *c);
    recurrent_forward(h, c, saved->gates, s);
    return node->out;
}

/* tape_part: numbers first and on of x, in a shape of their own; numbers and
 * gradients are those of x, also in a shard of a parameter. */
static inline struct tensor *tape_part(struct tape *tape, struct tensor *x,
                                       size_t first, struct axes axes)
{
    struct tensor *y = tape_tensor(tape, "part", axes);
    REQUIRE(first <= x->count && y->count <= x->count - first);
    y->data = x->data + first;
    y->grad = x->grad ? x->grad + first : NULL;
    return y;
}

/* recurrence_states: h after each step, (T, B, C), of all states. */
static inline struct tensor *recurrence_states(struct tape *tape,
    struct tensor *all, const struct recurrent_how *how)
{
    const size_t T = all->shape[1] - 1, B = all->shape[2], C = all->shape[3];
    return tape_part(tape, all, how->backwards ? 0 : B * C, SHAPE(T, B, C));
}

/* recurrence_last: state and cell after the last step, each (B, C). */
static inline struct recurrent_state recurrence_last(struct tape *tape,
    struct tensor *all, const struct recurrent_how *how)
{
    const size_t T = all->shape[1] - 1, B = all->shape[2], C = all->shape[3];
    const size_t at = how->backwards ? 0 : T * B * C;
    struct recurrent_state s = { tape_part(tape, all, at, SHAPE(B, C)) };
    if (all->shape[0] == 2)
        s.c = tape_part(tape, all, (T + 1) * B * C + at, SHAPE(B, C));
    return s;
}

/* recurrent_layer_new: parameters PREFIX.weight_ih_l0 and so on. */
static inline void recurrent_layer_new(struct recurrent_layer *p,
    struct tape *tape, const char *prefix, size_t layer, size_t in,
    size_t width, enum cell_kind cell)
{
    const size_t G = (cell == CELL_LSTM ? 4 : 1) * width;
    char name[80];
    snprintf(name, sizeof name, "%s.weight_ih_l%zu", prefix, layer);
    p->w = tape_parameter(tape, name, SHAPE(G, in));
    snprintf(name, sizeof name, "%s.weight_hh_l%zu", prefix, layer);
    p->u = tape_parameter(tape, name, SHAPE(G, width));
    snprintf(name, sizeof name, "%s.bias_ih_l%zu", prefix, layer);
    p->b = tape_parameter(tape, name, SHAPE(G));
}

/* normals: x becomes random numbers of this size. */
static inline void normals(const struct tensor *x, float scale,
                           struct random *random)
{
    for (size_t i = 0; i < x->count; i++)
        x->data[i] = scale * random_normal(random);
}

/* recurrent_layer_start: random weights; the bias of an LSTM's forget gate
 * is 1, the others are 0. */
static inline void recurrent_layer_start(const struct recurrent_layer *p,
                                         struct random *random,
                                         enum cell_kind cell)
{
    const size_t in = p->w->shape[1], C = p->u->shape[1];
    normals(p->w, 1 / sqrtf((float)in), random);
    normals(p->u, 1 / sqrtf((float)C), random);
    for (size_t j = 0; j < p->b->count; j++)
        p->b->data[j] = cell == CELL_LSTM && j / C == 1;
}
#endif

