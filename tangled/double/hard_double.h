/* hard_double.h -- generated from hard.h by the build. Do not edit. */
/* It is hard/hard.h of chapters/06-hard.nw in double. The book
 * has its names without _double. */


/* hard.h -- places that are drawn, and gradients through the draw. */
#ifndef HARD_H_double
#define HARD_H_double
#include "double/tape_double.h"

/* Windows of side by side pixels in pictures (B, H, W): one place for each
 * square of step by step pixels, the window around the middle of it. */
struct windows_double { size_t batch, height, width, side, step; };

static inline size_t window_places_double(const struct windows_double *w)
{
    return (w->height / w->step) * (w->width / w->step);
}
/* place_draw: a place with the probabilities p (n), for u from 0 to 1. */
static inline size_t place_draw_double(const double *p, size_t n, double u)
{
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] <= 0)
            continue;
        last = i;
        u -= p[i];
        if (u < 0)
            break;
    }
    return last;
}

/* reinforce_forward: the mean over the rows of -advantage log p[at], and
 * log_p (rows, n), from scores z (rows, n).
 * reinforce_backward: ADDS to dz, given dout, the gradient of that mean.
 * Equation "hard-reinforce"; Williams 1992. */
static inline double reinforce_forward_double(double *log_p, const double *z,
    const int32_t *at, const double *advantage, size_t rows, size_t n)
{
    double sum = 0;
    log_softmax_rows_double(log_p, z, rows, n);
    for (size_t b = 0; b < rows; b++)
        sum -= advantage[b] * log_p[b * n + (size_t)at[b]];
    return sum / (double)rows;
}

static inline void reinforce_backward_double(double *dz, double dout,
    const double *log_p, const int32_t *at, const double *advantage,
    size_t rows, size_t n)
{
    for (size_t b = 0; b < rows; b++)
        for (size_t i = 0; i < n; i++)
            dz[b * n + i] += dout * advantage[b] / (double)rows
                * (exp(log_p[b * n + i]) - (i == (size_t)at[b]));
}

/* estimate_mean: mean (n) of so many estimates, and error (n), its standard
 * error.  p (n); advantage (n): of each place, if it is drawn. */
static inline void estimate_mean_double(double *mean, double *error, const double *p,
    const double *advantage, size_t n, size_t draws, struct random *random)
{
    memset(mean, 0, n * sizeof *mean);
    memset(error, 0, n * sizeof *error);
    for (size_t d = 0; d < draws; d++) {
        const size_t at = place_draw_double(p, n, random_uniform(random));
        for (size_t i = 0; i < n; i++) {
            const double g = (double)(advantage[at] * ((i == at) - p[i]));
            mean[i] += g, error[i] += g * g;
        }
    }
    for (size_t i = 0; i < n; i++) {
        mean[i] /= (double)draws;
        error[i] = error[i] / (double)draws - mean[i] * mean[i];
        error[i] = sqrt(fmax(error[i], 0) / (double)draws);
    }
}

/* estimate_variance: of one estimate, summed over the n scores. */
static inline double estimate_variance_double(const double *p, const double *advantage,
                                       size_t n)
{
    double square = 0, of_mean = 0;
    for (size_t i = 0; i < n; i++) {
        double mean = 0;
        for (size_t a = 0; a < n; a++) {
            const double g = (double)(advantage[a] * ((i == a) - p[i]));
            square += (double)p[a] * g * g, mean += (double)p[a] * g;
        }
        of_mean += mean * mean;
    }
    return square - of_mean;
}

/* window_pixel_at: pixel t of the window at place a in a picture (H, W), or
 * -1: beyond the edge. */
static inline long window_pixel_at_double(const struct windows_double *w, size_t a,
                                   size_t t)
{
    const size_t across = w->width / w->step, half = w->step / 2;
    const size_t row = a / across * w->step + half + t / w->side;
    const size_t column = a % across * w->step + half + t % w->side;
    const size_t r = row - w->side / 2, c = column - w->side / 2;
    return r < w->height && c < w->width ? (long)(r * w->width + c) : -1;
}

/* windows_forward: out (B, n, side side), cut from x (B, H, W) at the places
 * at (B, n).  windows_backward: ADDS to dx. */
static inline void windows_forward_double(double *out, const double *x,
    const int32_t *at, size_t n, const struct windows_double *w)
{
    const size_t size = w->side * w->side;
    for (size_t i = 0; i < w->batch * n; i++)
        for (size_t t = 0; t < size; t++) {
            const long from = window_pixel_at_double(w, (size_t)at[i], t);
            out[i * size + t] = from < 0 ? 0
                : x[i / n * w->height * w->width + (size_t)from];
        }
}

static inline void windows_backward_double(double *dx, const double *dout,
    const int32_t *at, size_t n, const struct windows_double *w)
{
    const size_t size = w->side * w->side;
    for (size_t i = 0; i < w->batch * n; i++)
        for (size_t t = 0; t < size; t++) {
            const long to = window_pixel_at_double(w, (size_t)at[i], t);
            if (to >= 0)
                dx[i / n * w->height * w->width + (size_t)to]
                    += dout[i * size + t];
        }
}

/* gumbel_noise: x (n), independent: -log(-log(u)). */
static inline void gumbel_noise_double(double *x, size_t n, struct random *random)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t bits = random_bits(random) >> 9;     /* 0 < u < 1 */
        x[i] = -log(-log(((double)bits + .5) * 0x1p-23));
    }
}

/* straight_forward: out (rows, n): 1 at the largest of each row of y, else
 * 0.  Backward it is taken for y itself. */
static inline void straight_forward_double(double *out, const double *y, size_t rows,
                                    size_t n)
{
    memset(out, 0, rows * n * sizeof *out);
    for (size_t b = 0; b < rows; b++)
        out[b * n + argmax_double(y + b * n, n)] = 1;
}
struct windows_saved_double { struct windows_double w; const int32_t *at; size_t n; };

static inline void windows_node_double(struct node_double *s)
{
    const struct windows_saved_double *saved = s->saved;
    windows_backward_double(s->in[0]->grad, s->out->grad, saved->at, saved->n,
                     &saved->w);
}

/* tape_windows: x (B, H, W), at (B, n)  ->  (B, n, side side).  at must stay
 * until tape_backward.  Checked: step divides H and W; at < places. */
static inline struct tensor_double *tape_windows_double(struct tape_double *tape_double,
    struct tensor_double *x, const int32_t *at, size_t n, size_t side, size_t step)
{
    TENSORS_FIT_double(x->rank == 3, "windows", x, x);
    TENSORS_FIT_double(x->shape[1] % step == 0 && x->shape[2] % step == 0,
                "windows", x, x);
    const struct windows_double w = { x->shape[0], x->shape[1], x->shape[2], side,
                               step };
    struct windows_saved_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    struct node_double *s = tape_node_double(tape_double, "windows", SHAPE_double(w.batch, n,
                               side * side), INPUTS_double(x), windows_node_double);
    *saved = (struct windows_saved_double){ w, at, n };
    s->saved = saved;
    for (size_t i = 0; i < w.batch * n; i++)
        REQUIRE((size_t)at[i] < window_places_double(&w));
    windows_forward_double(s->out->data, x->data, at, n, &w);
    return s->out;
}

struct reinforce_saved_double { const int32_t *at; const double *advantage, *log_p; };

static inline void reinforce_node_double(struct node_double *s)
{
    const struct reinforce_saved_double *r = s->saved;
    reinforce_backward_double(s->in[0]->grad, s->out->grad[0], r->log_p, r->at,
                       r->advantage, tensor_rows_double(s->in[0]),
                       tensor_axis_double(s->in[0], 1));
}

/* tape_reinforce: a scalar, from scores z (B, N); at (B) and advantage (B)
 * must stay until tape_backward.  Checked: at < N. */
static inline struct tensor_double *tape_reinforce_double(struct tape_double *tape_double,
    struct tensor_double *z, const int32_t *at, const double *advantage)
{
    const size_t rows = tensor_rows_double(z), n = tensor_axis_double(z, 1);
    struct node_double *s = tape_node_double(tape_double, "reinforce", SCALAR_double, INPUTS_double(z),
                               reinforce_node_double);
    struct reinforce_saved_double *saved = tape_take_double(tape_double, 1, sizeof *saved);
    double *log_p = tape_take_double(tape_double, z->count, sizeof *log_p);
    for (size_t b = 0; b < rows; b++)
        REQUIRE((size_t)at[b] < n);
    s->out->data[0] = reinforce_forward_double(log_p, z->data, at, advantage, rows,
                                        n);
    *saved = (struct reinforce_saved_double){ at, advantage, log_p };
    s->saved = saved;
    return s->out;
}

static inline void straight_node_double(struct node_double *s)
{
    add_to_double(s->in[0]->grad, s->out->grad, s->out->count);
}

/* tape_straight: rows of y (B, N) made one-hot, and back as if they were
 * not. */
static inline struct tensor_double *tape_straight_double(struct tape_double *tape_double,
                                           struct tensor_double *y)
{
    struct node_double *s = tape_node_double(tape_double, "straight", tensor_axes_double(y), INPUTS_double(y),
                               straight_node_double);
    straight_forward_double(s->out->data, y->data, tensor_rows_double(y),
                     tensor_axis_double(y, 1));
    return s->out;
}
#endif

