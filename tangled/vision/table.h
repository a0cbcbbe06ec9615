/* table.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct table_run, seer_reinforce, table_rest, seer_read,
 * table_right */

/* table.h -- how the seven models of models.h learn, and are tested. */
#ifndef TABLE_H
#define TABLE_H
#include "gradient/shards.h"
#include "implicit/digits.h"
#include "kit/learner.h"
#include "vision/models.h"

enum { TABLE_BATCH = 100, TABLE_SHARDS = 10 };
struct table_run {
    struct seer seer;
    uint64_t seed;                /* of this step's draws */
    float x[TABLE_BATCH * DIGIT_PIXELS];
    int32_t target[TABLE_BATCH];
};

/* seer_reinforce: what the hard model adds to the loss of a batch. */
static inline struct tensor *seer_reinforce(struct tape *on,
    const struct seen *seen, const float *logits, const int32_t *target,
    size_t batch)
{
    float *minus = tape_take(on, batch, 2 * sizeof *minus);
    float *advantage = minus + batch;
    for (size_t b = 0; b < batch; b++) {
        minus[b] = -(float)(argmax(logits + b * WAY_CLASSES, WAY_CLASSES)
                            == (size_t)target[b]);
        advantage[b] = -minus[b] - seen->guess->data[b];
    }
    struct tensor *off = tape_reshape(on, seen->guess, SHAPE(batch));
    off = tape_add(on, off, tape_input(on, minus, SHAPE(batch)));
    struct tensor *loss = tape_scale(on,
        tape_mean(on, tape_multiply(on, off, off)), .5f);
    for (size_t t = 0; t < WAY_DRAWS; t++)
        loss = tape_add(on, loss, tape_reinforce(on, seen->z[t], seen->at[t],
                                                 advantage));
    return loss;
}

static inline struct tensor *seer_logits(const struct seer *m,
    struct tape *on, const float *x, size_t n, struct seen *seen)
{
    struct tensor *in = tape_input(on, x, SHAPE(n, DIGIT_SIDE, DIGIT_SIDE,
                                                1));
    return seer_answer(m, on, seer_places(m, on, in), seen);
}

static inline struct tensor *table_shard(struct tape *on, void *what,
                                         size_t shard, size_t shards)
{
    const struct table_run *r = what;
    const size_t n = TABLE_BATCH / shards, at = shard * n;
    const int32_t *target = r->target + at;
    struct random random = random_new(r->seed, shard);
    struct seen seen = { .random = &random };
    struct tensor *z = seer_logits(&r->seer, on, r->x + at * DIGIT_PIXELS, n,
                                   &seen);
    struct tensor *loss = tape_cross_entropy(on, z, target, 0, -1);
    if (r->seer.way == WAY_HARD)
        loss = tape_add(on, loss, seer_reinforce(on, &seen, z->data, target,
                                                 n));
    return tape_scale(on, loss, 1 / (float)shards);
}

/* table_rest: how many pictures of the training set are learned from. */
static inline size_t table_rest(const struct digits *train)
{
    return train->count - train->count / 12;
}

static inline struct tensor *table_loss(void *model, struct training *t,
                                        void *data)
{
    struct table_run *r = model;
    const struct digits *all = &((struct digit_sets *)data)->train;
    struct random random = training_random(t);
    uint32_t which[TABLE_BATCH];
    r->seed = mix_bits(t->seed, t->step);
    training_pick(t, which, TABLE_BATCH, table_rest(all));
    digits_batch(r->x, r->target, all, which, TABLE_BATCH, &random);
    const double loss = tape_shards(t->tape, TABLE_SHARDS, table_shard, r);
    tape_reset(t->tape);
    struct tensor *sum = tape_leaf(t->tape, SCALAR);
    sum->data[0] = (float)loss;
    return sum;
}
/* seer_read: logits (n, 10) of x (n, 28, 28), without gradients, until the
 * next step of the model's tape. */
static inline const float *seer_read(const struct seer *m, const float *x,
                                     size_t n, struct seen *seen)
{
    const bool no_grad = m->tape->no_grad;
    tape_reset(m->tape);
    m->tape->no_grad = true;
    const float *z = seer_logits(m, m->tape, x, n, seen)->data;
    m->tape->no_grad = no_grad;
    return z;
}

/* table_right: the share of d that is read correctly. */
static inline double table_right(struct table_run *r, const struct digits *d)
{
    struct seen seen = { 0 };
    size_t right = 0;
    for (size_t at = 0, n; at < d->count; at += n) {
        n = d->count - at < TABLE_BATCH ? d->count - at : TABLE_BATCH;
        const struct digits part = { n, d->images + at * DIGIT_PIXELS,
                                     d->labels + at };
        digits_batch(r->x, r->target, &part, NULL, n, NULL);
        const float *z = seer_read(&r->seer, r->x, n, &seen);
        for (size_t i = 0; i < n; i++)
            right += argmax(z + i * WAY_CLASSES, WAY_CLASSES)
                     == (size_t)r->target[i];
    }
    return (double)right / (double)d->count;
}

static inline void *table_make(struct tape *tape, const void *how,
                               uint64_t seed)
{
    struct table_run *r = allocate(1, sizeof *r);
    seer_start(&r->seer, tape, *(const enum way *)how, seed);
    return r;
}

static inline double table_score(void *model, void *data)
{
    return table_right(model, &((struct digit_sets *)data)->test);
}

static enum way table_way = WAY_MULTIHEAD;
static struct learner table_learner = { .name = "vision",
    .measure = "right", .make = table_make, .loss = table_loss,
    .score = table_score, .data = digit_sets_read,
    .data_free = digit_sets_free, .kind = "multihead",
    .folder = "data/digits", .how = &table_way, .steps = 1000, .seed = 1,
    .warmup = 50, .rate = .008 };
#endif

