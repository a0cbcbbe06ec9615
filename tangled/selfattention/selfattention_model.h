/* selfattention_model.h -- generated from chapters/09-selfattention.nw. Do not edit. */
/* Offers: enum attend, struct how, struct model, model_forward,
 * digits_read_by, struct saturation */

#ifndef SELFATTENTION_MODEL_H
#define SELFATTENTION_MODEL_H
#include "implicit/digits.h"
#include "selfattention/selfattention.h"
#include "kit/learner.h"

EMBED(selfattention_weights,
      EMBED_FILE("data/weights/selfattention.safetensors"));
enum { PLACE = 10, FEATURES = DIGIT_PATCH_PIXELS + PLACE };
enum attend { LEARNED, UNIFORM, OWN, UNSCALED, NO_PLACES };

struct how {
    size_t dk, dv;
    enum attend attend;              /* what an experiment changes */
    bool unmoved;                    /* train on pictures as they are */
};

struct model {
    struct how how;
    struct tape *tape;
    struct tensor *place;            /* (16, 10) */
    struct tensor *wq, *wk, *wv;     /* (59, dk)  (59, dk)  (59, dv) */
    struct tensor *weight, *bias;    /* (16 dv, 10)  (10) */
    struct tensor *attended;         /* the last output of the attention */
};

static inline struct tensor *attend(struct model *m, struct tensor *x);
static inline struct tensor *places_of(struct model *m);

/* model_forward: patches (B, 16, 49) -> logits (B, 10); m->attended has
 * its weights as attention (B, 16, 16). */
static inline struct tensor *model_forward(struct model *m,
                                           const float *patches, size_t batch)
{
    struct tape *tape = m->tape;
    struct tensor *x = tape_input(tape, patches,
        SHAPE(batch, DIGIT_PATCHES, DIGIT_PATCH_PIXELS));
    x = m->attended = attend(m, tape_concat_rows(tape, x, places_of(m)));
    x = tape_reshape(tape, x, SHAPE(batch, x->count / batch));
    return tape_bias(tape, tape_matmul(tape, x, m->weight), m->bias);
}

static inline struct tensor *attend(struct model *m, struct tensor *x)
{
    struct tensor *wq = m->wq;
    if (m->how.attend == OWN)
        return tape_matmul(m->tape, x, m->wv);
    if (m->how.attend == UNIFORM || m->how.attend == UNSCALED)
        wq = tape_scale(m->tape, wq, m->how.attend == UNIFORM
                                     ? 0 : sqrtf((float)m->how.dk));
    return tape_self_attention(m->tape, x, wq, m->wk, m->wv, false);
}

static inline struct tensor *places_of(struct model *m)
{
    static const float zeros[DIGIT_PATCHES * PLACE];
    return m->how.attend == NO_PLACES
        ? tape_input(m->tape, zeros, SHAPE(DIGIT_PATCHES, PLACE)) : m->place;
}

static inline struct tensor *random_parameter(struct tape *tape,
    const char *name, struct axes axes, float variance, struct random *random)
{
    struct tensor *p = tape_parameter(tape, name, axes);
    random_normals(p->data, p->count, sqrtf(variance), random);
    return p;
}

static inline void *reader_make(struct tape *t, const void *how,
                                uint64_t seed)
{
    struct random random = random_new(seed, 1u << 31), *r = &random;
    struct model *m = allocate(1, sizeof *m);
    *m = (struct model){ *(const struct how *)how, t };
    const size_t dk = m->how.dk, dv = m->how.dv, wide = DIGIT_PATCHES * dv;
    const float v = 1.f / 15;
    m->place = random_parameter(t, "place", SHAPE(DIGIT_PATCHES, PLACE), 1,
                                r);
    m->wq = random_parameter(t, "attention.wq", SHAPE(FEATURES, dk), v, r);
    m->wk = random_parameter(t, "attention.wk", SHAPE(FEATURES, dk), v, r);
    m->wv = random_parameter(t, "attention.wv", SHAPE(FEATURES, dv), v, r);
    m->weight = random_parameter(t, "classifier.weight",
        SHAPE(wide, DIGIT_KINDS), 1 / (float)wide, r);
    m->bias = tape_parameter(t, "classifier.bias", SHAPE(DIGIT_KINDS));
    return m;
}

enum { BATCH = 100, TEST_BATCH = 500 };

static inline struct tensor *digits_read_by(struct model *m, int32_t **target,
    const struct digits *digits, const uint32_t *which, size_t n,
    struct random *shift);

static inline struct tensor *reader_loss(void *model, struct training *t,
                                         void *data)
{
    struct model *m = model;
    const struct digit_sets *sets = data;
    struct random random = training_random(t);
    uint32_t which[BATCH];
    int32_t *target;
    training_pick(t, which, BATCH, sets->train.count);
    struct tensor *logits = digits_read_by(m, &target, &sets->train, which,
        BATCH, m->how.unmoved ? NULL : &random);
    return tape_cross_entropy(t->tape, logits, target, 0, -1);
}

/* digits_read_by: logits (n, 10) of the digits which (n), or NULL, the first
 * n; *target (n) is what they are. */
static inline struct tensor *digits_read_by(struct model *m, int32_t **target,
    const struct digits *digits, const uint32_t *which, size_t n,
    struct random *shift)
{
    float *x = tape_take(m->tape, n * DIGIT_PIXELS, sizeof *x);
    float *patches = tape_take(m->tape, n * DIGIT_PIXELS, sizeof *x);
    *target = tape_take(m->tape, n, sizeof **target);
    digits_batch(x, *target, digits, which, n, shift);
    digits_patches(patches, x, n);
    return model_forward(m, patches, n);
}

static inline double reader_score(void *model, void *data)
{
    const struct digits *all = &((struct digit_sets *)data)->test;
    struct model *m = model;
    size_t right = 0;
    for (size_t at = 0, n; at < all->count; at += n, tape_reset(m->tape)) {
        n = all->count - at < TEST_BATCH ? all->count - at : TEST_BATCH;
        const struct digits part = { n, all->images + at * DIGIT_PIXELS,
                                     all->labels + at };
        int32_t *target;
        const float *logits = digits_read_by(m, &target, &part, NULL, n,
                                             NULL)->data;
        for (size_t i = 0; i < n; i++)
            right += argmax(logits + i * DIGIT_KINDS, DIGIT_KINDS)
                     == (size_t)target[i];
    }
    return (double)right / (double)all->count;
}
static struct how asked = { 32, 48, LEARNED, false };
static struct learner reader = { .name = "selfattention", .measure = "right",
    .make = reader_make, .loss = reader_loss, .score = reader_score,
    .data = digit_sets_read, .data_free = digit_sets_free,
    .folder = "data/digits", .how = &asked, .steps = 24000, .rate = .01,
    .seed = 1, .weights = selfattention_weights };
enum { SAT_ROWS = 16, SAT_BATCH = 8, SAT_ALL = SAT_ROWS * SAT_BATCH,
       SAT_WIDTH = 16, SAT_VALUES = 8, SAT_LONGEST = 1024 };

struct saturation {
    float largest;                 /* mean of the largest weights */
    float median;                  /* of the gradients of the queries */
    float rows[SAT_ROWS];          /* of the first sequence: their norms */
    float weights[SAT_ROWS];       /* of its first query */
};

static inline int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static inline struct saturation saturate(size_t d, bool scaled, uint64_t seed)
{
    struct tape *t = tape_new();
    struct random random = random_new(seed, d), *r = &random;
    const float one = 1.f / SAT_WIDTH;
    struct tensor *x = random_parameter(t, "x",
        SHAPE(SAT_BATCH, SAT_ROWS, SAT_WIDTH), 1, r);
    struct tensor *dout = random_parameter(t, "dout",
        SHAPE(SAT_BATCH, SAT_ROWS, SAT_VALUES), 1, r);
    struct tensor *q = random_parameter(t, "wq", SHAPE(SAT_WIDTH, d), one, r);
    struct tensor *k = random_parameter(t, "wk", SHAPE(SAT_WIDTH, d), one, r);
    struct tensor *v = random_parameter(t, "wv",
        SHAPE(SAT_WIDTH, SAT_VALUES), one, r);
    q = tape_matmul(t, x, q), k = tape_matmul(t, x, k);
    v = tape_matmul(t, x, v);
    struct tensor *longer = tape_scale(t, q, scaled ? 1 : sqrtf((float)d));
    struct tensor *out = tape_attention(t, longer, k, v, false, NULL);
    tape_backward(t, tape_sum(t, tape_multiply(t, out, dout)));
    struct saturation result = { 0 };
    float norms[SAT_ALL];
    /* measure gradients and weights of all queries */
    for (size_t i = 0; i < SAT_ALL; i++) {
        const float *w = out->attention + i * SAT_ROWS;
        norms[i] = (float)norm_of(q->grad + i * d, d);
        result.largest += w[argmax(w, SAT_ROWS)] / SAT_ALL;
    }
    memcpy(result.rows, norms, sizeof result.rows);
    memcpy(result.weights, out->attention, sizeof result.weights);
    qsort(norms, SAT_ALL, sizeof *norms, compare_floats);
    result.median = (norms[SAT_ALL / 2 - 1] + norms[SAT_ALL / 2]) / 2;
    tape_free(t);
    return result;
}
#endif
