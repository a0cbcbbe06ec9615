/* reader.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: enum network, enum change, struct reader_how, struct reader,
 * reader_logits, picture_shuffle, reader_batch, reader_read, reader_save */

/* reader.h -- models that read small pictures, and how they learn. */
#ifndef READER_H
#define READER_H
#include "gradient/shards.h"
#include "implicit/cnn.h"
#include "implicit/digits.h"
#include "kit/learner.h"
#include "vision/vit_files.h"

EMBED(vision_weights, EMBED_FILE("data/weights/vision.safetensors"));
EMBED(vision_clothes_weights,
      EMBED_FILE("data/weights/vision-clothes.safetensors"));
enum { BATCH = 100, SHARDS = 10, TEST_BATCH = BATCH };
enum network { NET_VIT, NET_CNN, NET_LINEAR, NETS };
#define NETWORKS "vit|cnn|linear"
static const char *const network_names[NETS] = { "vit", "cnn", "linear" };

/* What training does to pictures; digits are shifted, clothes mirrored. */
enum change { CHANGE_SHIFT, CHANGE_MIRROR, CHANGE_NONE };
#define CHANGES "shift|mirror|none"

struct reader_how {
    enum network network;
    struct vit_kind vit;
    int change;
    bool shuffle;                        /* a cruel experiment */
};

struct reader {
    struct reader_how how;
    struct tape *tape;
    struct vit vit;
    struct cnn cnn;
    struct tensor *weight, *bias;        /* linear: (784, 10)  (10) */
    float x[BATCH * DIGIT_PIXELS];
    int32_t target[BATCH];
    uint64_t seed;                       /* of dropout */
};
static inline void cnn_start(struct cnn *m, struct random *random)
{
    struct tensor *const w[] = { m->w1, m->w2, m->weight };
    for (size_t i = 0; i < sizeof w / sizeof *w; i++) {
        const size_t in = w[i]->count / w[i]->shape[w[i]->rank - 1];
        random_normals(w[i]->data, w[i]->count, sqrtf(2 / (float)in),
                       random);
    }
}

static inline void *reader_make(struct tape *tape, const void *how,
                                uint64_t seed)
{
    struct reader *r = allocate(1, sizeof *r);
    struct random random = random_new(seed, 19);
    r->how = *(const struct reader_how *)how, r->tape = tape;
    switch (r->how.network) {
    case NET_VIT:
        r->vit = vit_new(tape, &r->how.vit);
        vit_start(&r->vit, &random);
        break;
    case NET_CNN:
        cnn_new(&r->cnn, tape);
        cnn_start(&r->cnn, &random);
        break;
    default:
        r->weight = tape_parameter(tape, "linear.weight",
                                   SHAPE(DIGIT_PIXELS, DIGIT_KINDS));
        r->bias = tape_parameter(tape, "linear.bias", SHAPE(DIGIT_KINDS));
        break;
    }
    return r;
}

/* reader_logits: (n, 10) of pictures x (n, 28, 28). */
static inline struct tensor *reader_logits(struct tape *on, struct reader *r,
                                           const float *x, size_t n,
                                           uint64_t seed)
{
    if (r->how.network == NET_VIT) {
        struct vit mine = r->vit;   /* threads share r */
        struct tensor *z = vit_forward(on, &mine, x, n, seed);
        if (on == r->tape)
            memcpy(r->vit.attention, mine.attention, sizeof mine.attention);
        return z;
    }
    if (r->how.network == NET_CNN) {
        const struct dropout drop = { on->no_grad ? 0 : .25f, seed };
        return cnn_forward(&r->cnn, on, tape_input(on, x,
            SHAPE(n, DIGIT_SIDE, DIGIT_SIDE, 1)), &drop);
    }
    struct tensor *z = tape_input(on, x, SHAPE(n, DIGIT_PIXELS));
    return tape_bias(on, tape_matmul(on, z, r->weight), r->bias);
}
static inline void picture_mirror(float *x)
{
    for (size_t i = 0; i < DIGIT_SIDE; i++, x += DIGIT_SIDE)
        for (size_t a = 0, b = DIGIT_SIDE - 1; a < b; a++, b--) {
            const float was = x[a];
            x[a] = x[b], x[b] = was;
        }
}

enum { SHUFFLE_SIDE = 4, SHUFFLE_PATCHES = 49 };

/* picture_shuffle: the patches of x (28, 28), in another order. */
static inline void picture_shuffle(float *x)
{
    const struct vit_kind cut = { .side = DIGIT_SIDE, .channels = 1,
                                  .patch = SHUFFLE_SIDE };
    float patches[DIGIT_PIXELS];
    uint32_t order[SHUFFLE_PATCHES];
    struct random random = random_new(19, 1);
    random_permutation(order, &random, SHUFFLE_PATCHES);
    patches_cut(patches, x, 1, &cut);
    for (size_t i = 0; i < DIGIT_PIXELS; i++) {
        const size_t row = i / DIGIT_SIDE, column = i % DIGIT_SIDE;
        const size_t to = row / SHUFFLE_SIDE * 7 + column / SHUFFLE_SIDE;
        x[i] = patches[order[to] * SHUFFLE_SIDE * SHUFFLE_SIDE
                       + row % SHUFFLE_SIDE * SHUFFLE_SIDE
                       + column % SHUFFLE_SIDE];
    }
}

/* reader_batch: n pictures of d, those of which (n), or the first; random:
 * NULL in tests. */
static inline void reader_batch(struct reader *r, const struct digits *d,
                                const uint32_t *which, size_t n,
                                struct random *random)
{
    const bool mirror = random && r->how.change == CHANGE_MIRROR;
    digits_batch(r->x, r->target, d, which, n,
                 r->how.change == CHANGE_SHIFT ? random : NULL);
    for (size_t b = 0; b < n; b++) {
        if (mirror && random_below(random, 2))
            picture_mirror(r->x + b * DIGIT_PIXELS);
        if (r->how.shuffle)
            picture_shuffle(r->x + b * DIGIT_PIXELS);
    }
}

static inline struct tensor *reader_shard(struct tape *on, void *what,
                                          size_t shard, size_t shards)
{
    struct reader *r = what;
    const size_t n = BATCH / shards, at = shard * n;
    struct tensor *z = reader_logits(on, r, r->x + at * DIGIT_PIXELS, n,
                                     mix_bits(r->seed, shard));
    return tape_scale(on, tape_cross_entropy(on, z, r->target + at, 0, -1),
                      1 / (float)shards);
}

static inline struct tensor *reader_loss(void *model, struct training *t,
                                         void *data)
{
    struct reader *r = model;
    const struct digits *all = &((struct digit_sets *)data)->train;
    struct random random = training_random(t);
    uint32_t which[BATCH];
    training_pick(t, which, BATCH, all->count);
    reader_batch(r, all, which, BATCH, &random);
    r->seed = mix_bits(t->seed, t->step);
    const double loss = tape_shards(t->tape, SHARDS, reader_shard, r);
    tape_reset(t->tape);
    struct tensor *sum = tape_leaf(t->tape, SCALAR);
    sum->data[0] = (float)loss;
    return sum;
}

/* reader_read: logits (n, 10) of n pictures of d from number first on.
 * Without gradients; until the next step of the tape. */
static inline const float *reader_read(struct reader *r,
                                       const struct digits *d, size_t first,
                                       size_t n)
{
    REQUIRE(n <= TEST_BATCH && first <= d->count && n <= d->count - first);
    const struct digits part = { n, d->images + first * DIGIT_PIXELS,
                                 d->labels + first };
    const bool no_grad = r->tape->no_grad;
    reader_batch(r, &part, NULL, n, NULL);
    tape_reset(r->tape);
    r->tape->no_grad = true;
    const float *z = reader_logits(r->tape, r, r->x, n, 0)->data;
    r->tape->no_grad = no_grad;
    return z;
}

static inline double reader_score(void *model, void *data)
{
    const struct digits *d = &((struct digit_sets *)data)->test;
    struct reader *r = model;
    size_t right = 0;
    for (size_t at = 0, n; at < d->count; at += n) {
        n = d->count - at < TEST_BATCH ? d->count - at : TEST_BATCH;
        const float *z = reader_read(r, d, at, n);
        for (size_t i = 0; i < n; i++)
            right += argmax(z + i * DIGIT_KINDS, DIGIT_KINDS)
                     == (size_t)r->target[i];
    }
    return (double)right / (double)d->count;
}

static inline void reader_tune(struct training *t, const void *how)
{
    (void)how;
    t->how.weight_decay = .05, t->spares = "";
}

static struct reader_how reader_how = { NET_VIT,
    { DIGIT_SIDE, 1, 4, 64, 4, 6, 128, DIGIT_KINDS, false, .1f },
    CHANGE_SHIFT, false };
static struct learner reader_learner = { .name = "vision",
    .measure = "right", .make = reader_make, .loss = reader_loss,
    .score = reader_score, .data = digit_sets_read, .tune = reader_tune,
    .data_free = digit_sets_free, .kind = "vit", .folder = "data/digits",
    .how = &reader_how, .steps = 3000, .rate = .002, .seed = 1,
    .weights = vision_weights };

/* reader_save: the weights of the book. */
#ifndef __wasm__
static inline void reader_save(const char *path, const struct learned *m)
{
    const struct reader *r = m->model;
    char heads[24];
    const char *const texts[] = { "format", "pt", "heads", heads, NULL };
    snprintf(heads, sizeof heads, "%zu", r->how.vit.heads);
    weights_save_halves(path, m->tape, texts);
}
#endif
#endif

