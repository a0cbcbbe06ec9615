/* optimizer.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct sgd, struct adam, sgd_step_plain, adam_step_plain,
 * clip_by_norm, sgd_step, adam_step, norm_of, scale_blocks,
 * schedule_constant, schedule_cosine, schedule_inverse_square_root */

/* optimizer.h -- from gradients to steps (chapter "gradient").
 * Weights w, gradients dw and whatever an optimizer remembers are
 * plain arrays of n floats, which must not overlap. */
#ifndef OPTIMIZER_H
#define OPTIMIZER_H
#include "softmax/softmax.h"

/* How sgd_step goes. Doubles, so that 0.9 is 0.9 to all digits. */
struct sgd {
    double lr, momentum;
};

/* How adam_step goes. decoupled: AdamW. */
struct adam {
    double lr, beta1, beta2, eps, weight_decay;
    bool decoupled;
};
/* sgd_step_plain: velocity = momentum velocity + dw, w -= lr velocity, for
 * n weights.  Start with a velocity of zeros.  Polyak 1964, if lr stays. */
static inline void sgd_step_plain(float *w, float *velocity, const float *dw,
                                  size_t n, const struct sgd *how)
{
    float lr = (float)how->lr, momentum = (float)how->momentum;
    for (size_t i = 0; i < n; i++) {
        velocity[i] = momentum * velocity[i] + dw[i];
        w[i] -= lr * velocity[i];
    }
}

/* adam_step_plain: step number step (1, 2, ...) of Adam or, if decoupled,
 * AdamW, for n weights.  m and v start as zeros.  Kingma and Ba 2015,
 * algorithm 1. */
static inline void adam_step_plain(float *w, float *m, float *v,
                                   const float *dw, size_t n,
                                   const struct adam *how, size_t step)
{
    const double b1 = how->beta1, b2 = how->beta2, decay = how->weight_decay;
    const double share1 = 1 - pow(b1, (double)step);
    const double share2 = 1 - pow(b2, (double)step);
    for (size_t i = 0; i < n; i++) {
        double old = (double)w[i], g = (double)dw[i];
        if (how->decoupled)
            old *= 1 - how->lr * decay;
        else
            g += decay * old;
        m[i] = (float)(b1 * (double)m[i] + (1 - b1) * g);
        v[i] = (float)(b2 * (double)v[i] + (1 - b2) * g * g);
        double pace = sqrt((double)v[i] / share2) + how->eps;
        w[i] = (float)(old - how->lr * (double)m[i] / share1 / pace);
    }
}

static inline double norm_of(const float *x, size_t n);
static inline void scale_blocks(float *x, size_t n, float factor);

/* clip_by_norm: scales dw so that its norm is at most max; returns the
 * norm that it had. If that is not finite, dw is left alone: look!
 * Checked: max > 0. Pascanu et al. 2013, algorithm 1. */
static inline double clip_by_norm(float *dw, size_t n, double max)
{
    REQUIRE(max > 0);
    double norm = norm_of(dw, n);
    float scale = (float)(max / norm);
    if (isfinite(norm) && norm > max)
        scale_blocks(dw, n, scale);
    return norm;
}

enum { OPTIMIZER_BLOCK = 4096 };

/* sgd_step: sgd_step_plain, by blocks that threads share. */
static inline void sgd_step(float *w, float *velocity, const float *dw,
                            size_t n, const struct sgd *how)
{
    /* share the blocks of weights among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 16 * OPTIMIZER_BLOCK)
    #endif

    for (size_t first = 0; first < n; first += OPTIMIZER_BLOCK) {
        /* let end be the end of the block */
        size_t end = n - first < OPTIMIZER_BLOCK ? n : first + OPTIMIZER_BLOCK;
        sgd_step_plain(w + first, velocity + first, dw + first, end - first,
                       how);
    }
}

/* adam_step: adam_step_plain, in lanes.
 * Checked: step > 0, 0 <= beta1, beta2 < 1, eps >= 0.  Unchecked: if eps
 * is 0, a weight whose gradients were all 0 becomes NaN. */
static inline void adam_step(float *w, float *m, float *v, const float *dw,
                             size_t n, const struct adam *how, size_t step)
{
    REQUIRE(step > 0 && how->eps >= 0);
    REQUIRE(how->beta1 >= 0 && how->beta1 < 1);
    REQUIRE(how->beta2 >= 0 && how->beta2 < 1);
    float rate = (float)(how->lr / (1 - pow(how->beta1, (double)step)));
    float scale = (float)(1 / sqrt(1 - pow(how->beta2, (double)step)));
    float new1 = (float)(1 - how->beta1), new2 = (float)(1 - how->beta2);
    float old1 = (float)how->beta1, old2 = (float)how->beta2;
    double decay = how->weight_decay;
    float keep = how->decoupled ? (float)(1 - how->lr * decay) : 1;
    float pull = how->decoupled ? 0 : (float)decay;
    float eps = (float)how->eps;
    /* share the blocks of weights among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 16 * OPTIMIZER_BLOCK)
    #endif

    for (size_t first = 0; first < n; first += OPTIMIZER_BLOCK) {
        /* let end be the end of the block */
        size_t end = n - first < OPTIMIZER_BLOCK ? n : first + OPTIMIZER_BLOCK;
        for (size_t i = first; i < end; i += LANES) {
            size_t some = end - i;
            lanes a = lanes_take(m + i, some), b = lanes_take(v + i, some);
            lanes old = lanes_take(w + i, some);
            lanes g = lanes_take(dw + i, some) + pull * old;
            a = old1 * a + new1 * g;
            b = old2 * b + new2 * g * g;
            lanes root = lanes_sqrt(b) * scale + eps;
            lanes_put(m + i, a, some);
            lanes_put(v + i, b, some);
            lanes_put(w + i, keep * old - rate * a / root, some);
        }
    }
}

/* norm_of: the root of the sum of the squares of x. */
static inline double norm_of(const float *x, size_t n)
{
    enum { PARTS = 64 };
    double sum = 0, part[PARTS] = { 0 };
    /* share the blocks of weights among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 16 * OPTIMIZER_BLOCK)
    #endif

    for (size_t p = 0; p < PARTS; p++)
        for (size_t first = p * OPTIMIZER_BLOCK; first < n;
             first += PARTS * OPTIMIZER_BLOCK) {
            /* let end be the end of the block */
            size_t end = n - first < OPTIMIZER_BLOCK ? n : first + OPTIMIZER_BLOCK;
            double more = (double)row_dot(x + first, x + first, end - first);
            if (!isfinite(more)) {
                more = 0;
                for (size_t i = first; i < end; i++)
                    more += (double)x[i] * (double)x[i];
            }
            part[p] += more;
        }
    for (size_t p = 0; p < PARTS; p++)
        sum += part[p];
    return sqrt(sum);
}

/* scale_blocks: x (n) times factor. */
static inline void scale_blocks(float *x, size_t n, float factor)
{
    /* share the blocks of weights among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (n > 16 * OPTIMIZER_BLOCK)
    #endif

    for (size_t first = 0; first < n; first += OPTIMIZER_BLOCK) {
        /* let end be the end of the block */
        size_t end = n - first < OPTIMIZER_BLOCK ? n : first + OPTIMIZER_BLOCK;
        for (size_t i = first; i < end; i++)
            x[i] *= factor;
    }
}

/* schedule_constant: the factor for step 1, 2, ...: it rises evenly to
 * 1 at step number warmup, and stays. */
static inline double schedule_constant(size_t step, size_t warmup)
{
    return step < warmup ? (double)step / (double)warmup : 1;
}

/* schedule_cosine: as above up to warmup, then down half a cosine to
 * floor at step number steps, and floor from there on.
 * Loshchilov and Hutter 2017, eq. 5, without restarts. */
static inline double schedule_cosine(size_t step, size_t warmup,
                                     size_t steps, double floor)
{
    const double pi = 3.14159265358979324;
    if (step < warmup)
        return schedule_constant(step, warmup);
    if (step >= steps)
        return floor;
    double part = (double)(step - warmup) / (double)(steps - warmup);
    return floor + (1 - floor) * 0.5 * (1 + cos(pi * part));
}

/* schedule_inverse_square_root: up to 1 at step number warmup, then
 * down with one over the root of step. Vaswani et al. 2017, eq. 3,
 * divided by its largest value. Checked: warmup > 0. */
static inline double schedule_inverse_square_root(size_t step,
                                                  size_t warmup)
{
    REQUIRE(warmup > 0);
    return step < warmup ? schedule_constant(step, warmup)
                         : sqrt((double)warmup / (double)step);
}

#endif
