/* convolution.h -- generated from chapters/05-implicit.nw. Do not edit. */
/* Offers: struct convolution, padded_line, padded_first, padded_place,
 * padded_windows, padded_size, struct pool, pool_pixel, window_pixel,
 * convolution_plain_forward, convolution_product,
 * convolution_plain_backward, max_pool_forward, max_pool_backward,
 * padded_make, convolution_forward, kernel_turned, convolution_workspace,
 * convolution_backward, mean_pool_forward, mean_pool_backward,
 * struct convolution_saved, tape_convolution, struct pool_saved,
 * tape_max_pool, tape_mean_pool */

#ifndef CONVOLUTION_H
#define CONVOLUTION_H
#include "gradient/gradient.h"
#include "gradient/tape.h"

/* Sizes of a convolution, all positive.  high and wide are odd. */
struct convolution {
    size_t batch, height, width, in;     /* x (B, H, W, C) */
    size_t high, wide, out;              /* w (h, w, C, O) */
};

/* Where things lie in padded pictures.  padded_line: from a line to the
 * next; padded_first: where the first pixel is; padded_place: the window at
 * the first pixel of line r of picture b; padded_windows: how many there
 * are, with those that nobody wants; padded_size: pixels and zeros. */
static inline size_t padded_line(const struct convolution *k)
{
    return k->width + k->wide / 2;
}

static inline size_t padded_first(const struct convolution *k)
{
    return k->high / 2 * padded_line(k) + k->wide / 2;
}

static inline size_t padded_place(const struct convolution *k, size_t b,
                                  size_t r)
{
    return (b * (k->height + k->high / 2) + r) * padded_line(k);
}

static inline size_t padded_windows(const struct convolution *k)
{
    return padded_place(k, k->batch, 0) - padded_first(k);
}

static inline size_t padded_size(const struct convolution *k)
{
    return padded_windows(k) + 2 * padded_first(k);
}

struct pool { size_t batch, height, width, channels, side; };  /* side > 0 */

static inline size_t pool_squares(const struct pool *p)
{
    return p->batch * (p->height / p->side) * (p->width / p->side);
}

/* pool_pixel: pixel t of square i, in x (B, H, W, C). */
static inline const float *pool_pixel(const float *x, size_t i, size_t t,
                                      const struct pool *p)
{
    const size_t across = p->width / p->side;
    const size_t line = i / across * p->side + t / p->side;
    const size_t column = i % across * p->side + t % p->side;
    return x + (line * p->width + column) * p->channels;
}
/* window_pixel: the pixel of one picture x (H, W, c) under weight (i, j) of
 * the kernel at line r, column s; NULL: there is none. */
static inline const float *window_pixel(const float *x, size_t r, size_t s,
                                        size_t i, size_t j, size_t c,
                                        const struct convolution *k)
{
    const size_t line = r + i - k->high / 2, column = s + j - k->wide / 2;
    return line < k->height && column < k->width     /* below 0: very large */
        ? x + (line * k->width + column) * c : NULL;
}

/* convolution_plain_forward: x (B, H, W, C), w (h, w, C, O), bias (O)
 *   ->   out (B, H, W, O).  Equation "implicit-convolution". */
static inline void convolution_plain_forward(float *out, const float *x,
    const float *w, const float *bias, const struct convolution *k)
{
    const size_t picture = k->height * k->width;
    for (size_t p = 0; p < k->batch * picture; p++)
        for (size_t o = 0; o < k->out; o++) {
            float sum = bias[o];
            for (size_t t = 0; t < k->high * k->wide; t++) {
                const float *pixel = window_pixel(
                    x + p / picture * picture * k->in,
                    p % picture / k->width, p % k->width,
                    t / k->wide, t % k->wide, k->in, k);
                for (size_t c = 0; pixel && c < k->in; c++)
                    sum += pixel[c] * w[(t * k->in + c) * k->out + o];
            }
            out[p * k->out + o] = sum;
        }
}

/* convolution_product: rows (padded_windows, out) from the windows at all
 * places of padded (padded_size, in) and the kernels w (h, w, in, out). */
static inline void convolution_product(float *rows, const float *padded,
    const float *w, const struct convolution *k, size_t in, size_t out)
{
    for (size_t i = 0; i < k->high; i++)
        product_strided(rows, out, padded + i * padded_line(k) * in, in,
                        w + i * k->wide * in * out, out, padded_windows(k),
                        out, k->wide * in, i > 0 ? PRODUCT_ADD : 0);
}

/* convolution_plain_backward: ADDS to dx, dw and db (as x, w and bias, or
 * NULL), from dout (B, H, W, O).  Equation "implicit-backward". */
static inline void convolution_plain_backward(float *dx, float *dw, float *db,
    const float *dout, const float *x, const float *w,
    const struct convolution *k)
{
    const size_t picture = k->height * k->width;
    for (size_t p = 0; p < k->batch * picture; p++)
        for (size_t o = 0; o < k->out; o++) {
            const float d = dout[p * k->out + o];
            if (db)
                db[o] += d;
            for (size_t t = 0; t < k->high * k->wide; t++) {
                const float *pixel = window_pixel(
                    x + p / picture * picture * k->in,
                    p % picture / k->width, p % k->width,
                    t / k->wide, t % k->wide, k->in, k);
                for (size_t c = 0; pixel && c < k->in; c++) {
                    const size_t at = (t * k->in + c) * k->out + o;
                    if (dw)
                        dw[at] += d * pixel[c];
                    if (dx)
                        dx[(size_t)(pixel - x) + c] += d * w[at];
                }
            }
        }
}

/* max_pool_forward: out (B, H / side, W / side, C), the largest numbers in
 * squares of x (B, H, W, C); which (as out): where in its square, from 0. */
static inline void max_pool_forward(float *out, int32_t *which,
                                    const float *x, const struct pool *p)
{
    const size_t c = p->channels;
    for (size_t i = 0; i < pool_squares(p); i++, out += c, which += c) {
        memcpy(out, pool_pixel(x, i, 0, p), c * sizeof *out);
        memset(which, 0, c * sizeof *which);
        for (size_t t = 1; t < p->side * p->side; t++) {
            const float *pixel = pool_pixel(x, i, t, p);
            for (size_t j = 0; j < c; j++) {
                const bool more = pixel[j] > out[j];
                out[j] = more ? pixel[j] : out[j];
                which[j] = more ? (int32_t)t : which[j];
            }
        }
    }
}

/* max_pool_backward: ADDS to dx (B, H, W, C), from dout and which. */
static inline void max_pool_backward(float *dx, const float *dout,
                                     const int32_t *which,
                                     const struct pool *p)
{
    const size_t c = p->channels;
    for (size_t i = 0; i < pool_squares(p); i++, dout += c, which += c)
        for (size_t t = 0; t < p->side * p->side; t++) {
            float *pixel = (float *)pool_pixel(dx, i, t, p);
            for (size_t j = 0; j < c; j++)
                pixel[j] += which[j] == (int32_t)t ? dout[j] : 0;
        }
}

/* padded_make: to (padded_size, c) from x (B, H, W, c). */
static inline void padded_make(float *to, const float *x,
                               const struct convolution *k, size_t c)
{
    const size_t n = k->width * c;
    float *done = to;
    for (size_t b = 0; b < k->batch; b++)
        for (size_t r = 0; r < k->height; r++, x += n) {
            float *line = to + (padded_first(k) + padded_place(k, b, r)) * c;
            memset(done, 0, (size_t)(line - done) * sizeof *to);
            memcpy(line, x, n * sizeof *to);
            done = line + n;
        }
    memset(done, 0, (size_t)(to + padded_size(k) * c - done) * sizeof *to);
}

/* convolution_forward: as convolution_plain_forward.  padded (padded_size,
 * C) is for the backward pass; rows (padded_windows, O) is scratch. */
static inline void convolution_forward(float *out, float *padded, float *rows,
    const float *x, const float *w, const float *bias,
    const struct convolution *k)
{
    padded_make(padded, x, k, k->in);
    convolution_product(rows, padded, w, k, k->in, k->out);
    for (size_t b = 0; b < k->batch; b++)
        for (size_t r = 0; r < k->height; r++, out += k->width * k->out)
            bias_forward(out, rows + padded_place(k, b, r) * k->out, bias,
                         k->width, k->out);
}

/* kernel_turned: to (h, w, O, C) from w (h, w, C, O). */
static inline void kernel_turned(float *to, const float *w,
                                 const struct convolution *k)
{
    const size_t taps = k->high * k->wide, n = k->in * k->out;
    for (size_t t = 0; t < taps; t++)
        for (size_t c = 0; c < k->in; c++)
            for (size_t o = 0; o < k->out; o++)
                to[t * n + o * k->in + c] = w[(taps - 1 - t) * n
                                              + c * k->out + o];
}

/* convolution_workspace: floats for convolution_backward. */
static inline size_t convolution_workspace(const struct convolution *k)
{
    return size_sum(size_product(padded_size(k), size_sum(k->in, k->out)),
                    k->high * k->wide * k->in * k->out);
}

/* convolution_backward: ADDS to dx, dw and db as convolution_plain_backward;
 * each may be NULL.  padded: of the forward pass.  workspace: as many floats
 * as convolution_workspace says. */
static inline void convolution_backward(float *dx, float *dw, float *db,
    float *workspace, const float *dout, const float *padded, const float *w,
    const struct convolution *k)
{
    const size_t wide = k->wide * k->in, n = k->width * k->in;
    float *dpadded = workspace, *rows = dpadded + padded_size(k) * k->out;
    float *turned = rows + padded_size(k) * k->in;
    padded_make(dpadded, dout, k, k->out);
    for (size_t i = 0; dw && i < k->high; i++)
        product_strided(dw + i * wide * k->out, k->out,
                        padded + i * padded_line(k) * k->in, k->in,
                        dpadded + padded_first(k) * k->out, k->out, wide,
                        k->out, padded_windows(k), TRANSPOSE_A | PRODUCT_ADD);
    bias_backward(NULL, db, dout, k->batch * k->height * k->width, k->out);
    if (!dx)
        return;
    kernel_turned(turned, w, k);
    convolution_product(rows, dpadded, turned, k, k->out, k->in);
    for (size_t b = 0; b < k->batch; b++)
        for (size_t r = 0; r < k->height; r++, dx += n)
            add_to(dx, rows + padded_place(k, b, r) * k->in, n);
}

/* mean_pool_forward: out (B, H / side, W / side, C), the means of squares of
 * x (B, H, W, C).  mean_pool_backward: ADDS to dx, from dout. */
static inline void mean_pool_forward(float *out, const float *x,
                                     const struct pool *p)
{
    const size_t c = p->channels, all = p->side * p->side;
    for (size_t i = 0; i < pool_squares(p); i++, out += c) {
        memset(out, 0, c * sizeof *out);
        for (size_t t = 0; t < all; t++)
            scale_add(out, pool_pixel(x, i, t, p), 1 / (float)all, c);
    }
}

static inline void mean_pool_backward(float *dx, const float *dout,
                                      const struct pool *p)
{
    const size_t c = p->channels, all = p->side * p->side;
    for (size_t i = 0; i < pool_squares(p); i++, dout += c)
        for (size_t t = 0; t < all; t++)
            scale_add((float *)pool_pixel(dx, i, t, p), dout, 1 / (float)all,
                      c);
}

struct convolution_saved { struct convolution sizes; float *padded; };

static inline void convolution_node(struct node *s)
{
    const struct convolution_saved *saved = s->saved;
    const struct convolution *k = &saved->sizes;
    convolution_backward(s->in[0]->grad, s->in[1]->grad, s->in[2]->grad,
                         tape_workspace(s->on, convolution_workspace(k)),
                         s->out->grad, saved->padded, s->in[1]->data, k);
}

static inline struct convolution convolution_sizes(const struct tensor *x,
    const struct tensor *w, const struct tensor *bias)
{
    TENSORS_FIT(x->rank == 4 && w->rank == 4, "convolution", x, w);
    TENSORS_FIT(x->shape[3] == w->shape[2], "convolution", x, w);
    TENSORS_FIT(w->shape[0] % 2 && w->shape[1] % 2, "convolution", x, w);
    TENSORS_FIT(bias->rank == 1 && bias->count == w->shape[3], "convolution",
                w, bias);
    REQUIRE(x->count > 0 && w->count > 0);
    /* padded_size is within this, so only here it can overflow */
    (void)size_product(size_product(x->shape[0] + 1,
                                    size_sum(x->shape[1], w->shape[0])),
                       size_sum(x->shape[2], w->shape[1]));
    return (struct convolution){ x->shape[0], x->shape[1], x->shape[2],
        x->shape[3], w->shape[0], w->shape[1], w->shape[3] };
}

/* tape_convolution: x (B, H, W, C), w (h, w, C, O) with odd h and w,
 * bias (O)  ->  (B, H, W, O); zeros around the pictures.  Checked: all of
 * that, and no size is 0. */
static inline struct tensor *tape_convolution(struct tape *tape,
    struct tensor *x, struct tensor *w, struct tensor *bias)
{
    struct convolution_saved *saved = tape_take(tape, 1, sizeof *saved);
    const struct convolution k = convolution_sizes(x, w, bias);
    struct node *s = tape_node(tape, "convolution",
                               SHAPE(k.batch, k.height, k.width, k.out),
                               INPUTS(x, w, bias), convolution_node);
    const size_t size = size_product(padded_size(&k), k.in);
    saved->sizes = k;
    saved->padded = tape_take(tape, size, sizeof(float));
    s->saved = saved;
    convolution_forward(s->out->data, saved->padded,
        tape_workspace(tape, size_product(padded_size(&k), k.out)), x->data,
        w->data, bias->data, &k);
    return s->out;
}

struct pool_saved { struct pool sizes; int32_t *which; };

static inline void pool_node(struct node *s)
{
    const struct pool_saved *saved = s->saved;
    if (saved->which)
        max_pool_backward(s->in[0]->grad, s->out->grad, saved->which,
                          &saved->sizes);
    else
        mean_pool_backward(s->in[0]->grad, s->out->grad, &saved->sizes);
}

static inline struct tensor *pool_step(struct tape *tape, struct tensor *x,
                                       size_t side, bool largest)
{
    struct pool_saved *saved = tape_take(tape, 1, sizeof *saved);
    TENSORS_FIT(x->rank == 4 && side > 0, "pool", x, x);
    TENSORS_FIT(x->shape[1] % side == 0 && x->shape[2] % side == 0, "pool", x,
                x);
    struct node *s = tape_node(tape, "pool", SHAPE(x->shape[0],
        x->shape[1] / side, x->shape[2] / side, x->shape[3]), INPUTS(x),
        pool_node);
    saved->sizes = (struct pool){ x->shape[0], x->shape[1], x->shape[2],
                                  x->shape[3], side };
    saved->which = largest ? tape_take(tape, s->out->count, sizeof(int32_t))
                           : NULL;
    s->saved = saved;
    if (largest)
        max_pool_forward(s->out->data, saved->which, x->data, &saved->sizes);
    else
        mean_pool_forward(s->out->data, x->data, &saved->sizes);
    return s->out;
}

/* tape_max_pool, tape_mean_pool: x (B, H, W, C) -> (B, H / side, W / side,
 * C).  Checked: side divides H and W. */
static inline struct tensor *tape_max_pool(struct tape *tape,
                                           struct tensor *x, size_t side)
{
    return pool_step(tape, x, side, true);
}

static inline struct tensor *tape_mean_pool(struct tape *tape,
                                            struct tensor *x, size_t side)
{
    return pool_step(tape, x, side, false);
}
#endif

