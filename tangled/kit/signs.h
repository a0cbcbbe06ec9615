/* signs.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct signs */

/* signs.h -- a learner to try. */
#ifndef SIGNS_H
#define SIGNS_H
#include "kit/learner.h"

struct signs {
    size_t hidden;
    bool straight;                /* no tanh */
    struct tape *tape;
    struct tensor *w, *b, *v;     /* (2, hidden)  (hidden)  (hidden, 2) */
};

static inline void *signs_make(struct tape *tape, const void *how,
                               uint64_t seed)
{
    struct signs *s = allocate(1, sizeof *s);
    struct random random = random_new(seed, 1);
    *s = *(const struct signs *)how;
    s->tape = tape;
    s->w = tape_parameter(tape, "w", SHAPE(2, s->hidden));
    s->b = tape_parameter(tape, "b", SHAPE(s->hidden));
    s->v = tape_parameter(tape, "v", SHAPE(s->hidden, 2));
    random_normals(tape->values, tape->size, 1, &random);
    return s;
}

static inline struct tensor *signs_logits(struct signs *s, int32_t *same,
                                          struct random *random, size_t n)
{
    struct tape *tape = s->tape;
    float *x = tape_take(tape, 2 * n, sizeof *x);
    random_normals(x, 2 * n, 1, random);
    for (size_t i = 0; i < n; i++)
        same[i] = x[2 * i] * x[2 * i + 1] > 0;
    struct tensor *h = tape_matmul(tape, tape_input(tape, x, SHAPE(n, 2)),
                                   s->w);
    h = tape_bias(tape, h, s->b);
    return tape_matmul(tape, s->straight ? h : tape_tanh(tape, h), s->v);
}

static inline struct tensor *signs_loss(void *model, struct training *t,
                                        void *data)
{
    int32_t *same = tape_take(t->tape, 32, sizeof *same);
    struct random random = training_random(t);
    (void)data;
    struct tensor *y = signs_logits(model, same, &random, 32);
    return tape_cross_entropy(t->tape, y, same, 0, -1);
}

static inline double signs_score(void *model, void *data)
{
    int32_t same[500];
    struct random random = random_new(1, 2);
    const float *y = signs_logits(model, same, &random, 500)->data;
    size_t right = 0;
    (void)data;
    for (size_t i = 0; i < 500; i++)
        right += (y[2 * i + 1] > y[2 * i]) == same[i];
    return (double)right / 500;
}

static struct learner signs = { .name = "signs", .measure = "right",
    .make = signs_make, .loss = signs_loss, .score = signs_score,
    .how = &(const struct signs){ .hidden = 8 }, .steps = 300, .rate = .05,
    .seed = 1 };
#endif
