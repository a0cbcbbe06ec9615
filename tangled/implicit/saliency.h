/* saliency.h -- generated from chapters/05-implicit.nw. Do not edit. */
/* Offers: struct classifier, classifier_axes, classifier_pixels,
 * struct ranked, ranks_of, rank_correlation, struct map_energy,
 * energy_add, classifier_slopes, jacobian, integrated */

#ifndef SALIENCY_H
#define SALIENCY_H
#include "gradient/tape.h"

/* What is asked: logits (B, K) of pictures x (B, ...), each row from its
 * own picture alone.  With probabilities set, their softmax is asked. */
struct classifier {
    struct tensor *(*logits)(void *model, struct tape *tape,
                             struct tensor *x);
    void *model;
    size_t classes;               /* K */
    struct axes picture;          /* of one x, without B */
    bool probabilities;
};

/* classifier_axes: of a batch.  classifier_pixels: numbers of a picture. */
static inline struct axes classifier_axes(const struct classifier *c,
                                          size_t batch)
{
    struct axes axes = { .rank = c->picture.rank + 1, .n = { batch } };
    REQUIRE(axes.rank <= TENSOR_RANK);
    memcpy(axes.n + 1, c->picture.n, c->picture.rank * sizeof *axes.n);
    return axes;
}

static inline size_t classifier_pixels(const struct classifier *c)
{
    size_t n = 1;
    for (size_t i = 0; i < c->picture.rank; i++)
        n = size_product(n, c->picture.n[i]);
    return n;
}

struct ranked { float value; uint32_t at; };

static inline int ranked_compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* ranks_of: rank (n) of x (n), less their mean.  Unchecked: no NaN,
 * and n fits a uint32_t. */
static inline void ranks_of(double *rank, const float *x, size_t n)
{
    struct ranked *order = allocate(n, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct ranked){ x[i], (uint32_t)i };
    qsort(order, n, sizeof *order, ranked_compare);
    for (size_t i = 0, end; i < n; i = end) {
        /* from i + 1: a NaN is not even equal to itself */
        for (end = i + 1; end < n && order[end].value == order[i].value; )
            end++;
        for (size_t j = i; j < end; j++)
            rank[order[j].at] = ((double)(i + end) - (double)n) / 2;
    }
    free(order);
}

/* rank_correlation: Spearman's, of x (n) and y (n), from -1 to 1; 0 if all
 * numbers of one are equal. */
static inline double rank_correlation(const float *x, const float *y,
                                      size_t n)
{
    double *a = allocate(n, 2 * sizeof *a), *b = a + n;
    double ab = 0, aa = 0, bb = 0;
    ranks_of(a, x, n), ranks_of(b, y, n);
    for (size_t i = 0; i < n; i++)
        ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
    free(a);
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : 0;
}

struct map_energy { double center, border, all; };

/* energy_add: that of a map (side, side).  The center is half as wide and
 * half as high; the border has a seventh of the side at each edge. */
static inline void energy_add(struct map_energy *e, const float *map,
                              size_t side)
{
    for (size_t i = 0; i < side * side; i++) {
        const double square = (double)map[i] * (double)map[i];
        const size_t r = i / side, c = i % side, b = side / 7, q = side / 4;
        e->all += square;
        if (r >= q && r < side - q && c >= q && c < side - q)
            e->center += square;
        if (r < b || r >= side - b || c < b || c >= side - b)
            e->border += square;
    }
}
/* classifier_slopes: out (B, n), the gradient of the sum of w (B, K) times
 * the answers to x (B, n).  Begins and ends a step of the tape, and clears
 * the gradients of its parameters.  Checked: the tape wants gradients. */
static inline void classifier_slopes(float *out, const struct classifier *c,
                                     struct tape *tape, const float *x,
                                     const float *w, size_t batch)
{
    REQUIRE(!tape->no_grad);
    tape_reset(tape);
    struct tensor *in = tape_leaf(tape, classifier_axes(c, batch));
    memcpy(in->data, x, in->count * sizeof *x);
    struct tensor *z = c->logits(c->model, tape, in);
    if (c->probabilities)
        z = tape_softmax(tape, z);
    z = tape_multiply(tape, z, tape_input(tape, w,
                                          SHAPE(batch, c->classes)));
    tape_backward(tape, tape_sum(tape, z));
    memcpy(out, in->grad, in->count * sizeof *out);
    tape_reset(tape), tape_zero(tape);
}

/* jacobian: j (K, n) at the picture x (n).  Equation "implicit-jacobian". */
static inline void jacobian(float *j, const struct classifier *c,
                            struct tape *tape, const float *x)
{
    const size_t k = c->classes, n = classifier_pixels(c);
    float *copies = allocate(size_product(k, n), sizeof *copies);
    float *identity = allocate(size_product(k, k), sizeof *identity);
    for (size_t i = 0; i < k; i++) {
        memcpy(copies + i * n, x, n * sizeof *x);
        identity[i * k + i] = 1;
    }
    classifier_slopes(j, c, tape, copies, identity, k);
    free(copies), free(identity);
}

/* integrated: g (n), the integrated gradients of class k from the blank
 * picture to x (n), by so many points, all of them on the tape at once.
 * Equation "implicit-integrated".  Checked: points > 0, k < K. */
static inline void integrated(float *g, const struct classifier *c,
                              struct tape *tape, const float *x, size_t k,
                              size_t points)
{
    REQUIRE(points > 0 && k < c->classes);
    const size_t n = classifier_pixels(c);
    float *way = allocate(size_product(points, n), 2 * sizeof *way);
    float *back = way + points * n;
    float *w = allocate(size_product(points, c->classes), sizeof *w);
    for (size_t p = 0; p < points; p++) {
        const float alpha = ((float)p + .5f) / (float)points;
        for (size_t i = 0; i < n; i++)
            way[p * n + i] = alpha * x[i];
        w[p * c->classes + k] = 1 / (float)points;
    }
    classifier_slopes(back, c, tape, way, w, points);
    memset(g, 0, n * sizeof *g);
    for (size_t i = 0; i < points * n; i++)
        g[i % n] += x[i % n] * back[i];
    free(way), free(w);
}
#endif
