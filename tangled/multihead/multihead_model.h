/* multihead_model.h -- generated from chapters/10-multihead.nw. Do not edit. */
/* Offers: struct how, struct model, model_forward, patches_placed,
 * digits_read_by, test, enum ablation, ablate, struct loss */

#ifndef MULTIHEAD_MODEL_H
#define MULTIHEAD_MODEL_H
#include "multihead/pieces.h"
#include "implicit/digits.h"
#include "kit/learner.h"
enum { PLACE = 10, FEATURES = DIGIT_PATCH_PIXELS + PLACE, WIDTH = 50,
       OUTPUT = 10, HEADS = 5, JOINED = DIGIT_PATCHES * OUTPUT };

struct how { size_t heads; bool broken; }; /* see "What can go wrong" */

struct model {
    struct tape *tape;
    struct how how;
    struct tensor *wq, *wk, *wv, *wo, *bq, *bv, *bo, *classes, *bias;
    bool looks;            /* the next forward pass keeps its weights: */
    const float *weights;  /* (n, H, 16, 16) */
};

static inline struct tensor *patches_placed(struct tape *tape,
                                            const float *pictures, size_t n);

/* model_forward: logits (n, 10) of pictures (n, 28, 28). */
static inline struct tensor *model_forward(struct model *m,
                                           const float *pictures, size_t n)
{
    struct tensor *x = patches_placed(m->tape, pictures, n);
    const struct multihead_parameters p = { .wq = m->wq, .wk = m->wk,
        .wv = m->wv, .wo = m->wo, .bq = m->bq, .bv = m->bv, .bo = m->bo,
        .heads = m->how.heads, .store_attention = m->looks };
    struct tensor *y = m->how.broken ? pieces_multihead(m->tape, x, &p, true)
                                     : tape_multihead(m->tape, x, NULL, &p);
    m->weights = y->attention;
    y = tape_reshape(m->tape, y, SHAPE(n, JOINED));
    return tape_bias(m->tape, tape_matmul(m->tape, y, m->classes), m->bias);
}

static inline struct tensor *model_matrix(struct model *m, const char *name,
                                          size_t rows, size_t columns,
                                          struct random *random)
{
    struct tensor *w = tape_parameter(m->tape, name, SHAPE(rows, columns));
    float bound = 1 / sqrtf((float)rows);
    for (size_t i = 0; i < w->count; i++)
        w->data[i] = bound * (2 * random_uniform(random) - 1);
    return w;
}

static inline void *reader_make(struct tape *tape, const void *how,
    uint64_t seed)
{
    struct model *m = allocate(1, sizeof *m);
    struct random r = random_new(seed, 10);
    *m = (struct model){ .tape = tape, .how = *(const struct how *)how };
    m->wq = model_matrix(m, "attn.wq", FEATURES, WIDTH, &r);
    m->wk = model_matrix(m, "attn.wk", FEATURES, WIDTH, &r);
    m->wv = model_matrix(m, "attn.wv", FEATURES, WIDTH, &r);
    m->wo = model_matrix(m, "attn.wo", WIDTH, OUTPUT, &r);
    m->classes = model_matrix(m, "classifier.w", JOINED, DIGIT_KINDS, &r);
    m->bq = tape_parameter(tape, "attn.bq", SHAPE(WIDTH));
    m->bv = tape_parameter(tape, "attn.bv", SHAPE(WIDTH));
    m->bo = tape_parameter(tape, "attn.bo", SHAPE(OUTPUT));
    m->bias = tape_parameter(tape, "classifier.b", SHAPE(DIGIT_KINDS));
    return m;
}

/* patches_placed: (n, 16, FEATURES) of pictures (n, 28, 28). */
static inline struct tensor *patches_placed(struct tape *tape,
                                            const float *pictures, size_t n)
{
    const size_t all = n * DIGIT_PATCHES;
    float *ink = tape_take(tape, n * DIGIT_PIXELS, sizeof *ink);
    float *row = tape_take(tape, all * FEATURES, sizeof *row);
    struct tensor *x = tape_input(tape, row,
                                  SHAPE(n, DIGIT_PATCHES, FEATURES));
    digits_patches(ink, pictures, n);
    for (size_t p = 0; p < all; p++, ink += DIGIT_PATCH_PIXELS) {
        memcpy(row, ink, DIGIT_PATCH_PIXELS * sizeof *row);
        row += DIGIT_PATCH_PIXELS;
        for (size_t f = 0; f < PLACE; f += 2) {
            float angle = (float)(p % DIGIT_PATCHES)
                          / powf(10000, (float)f / PLACE);
            *row++ = sinf(angle), *row++ = cosf(angle);
        }
    }
    return x;
}

EMBED(trained_weights, EMBED_FILE("data/weights/multihead.safetensors"));
enum { BATCH = 64, TEST_BATCH = 200, BOOK_STEPS = 4000 };

/* digits_read_by: logits (n, 10) of the digits which (n), or NULL, the first
 * n; *target (n) is what they are. */
static inline struct tensor *digits_read_by(struct model *m, int32_t **target,
    const struct digits *digits, const uint32_t *which, size_t n,
    struct random *shift)
{
    float *x = tape_take(m->tape, n * DIGIT_PIXELS, sizeof *x);
    *target = tape_take(m->tape, n, sizeof **target);
    digits_batch(x, *target, digits, which, n, shift);
    return model_forward(m, x, n);
}

static inline struct tensor *reader_loss(void *model, struct training *t,
    void *data)
{
    const struct digits *all = &((struct digit_sets *)data)->train;
    struct random shift = training_random(t);
    uint32_t which[BATCH];
    int32_t *target;
    training_pick(t, which, BATCH, all->count);
    struct tensor *logits = digits_read_by(model, &target, all, which, BATCH,
                                           &shift);
    return tape_cross_entropy(t->tape, logits, target, 0, -1);
}

/* test: the accuracy on the digits; right (count), if not NULL, gets which
 * are recognized. */
static inline double test(struct model *m, const struct digits *all,
    bool *right)
{
    size_t sum = 0;
    int32_t *target;
    for (size_t at = 0, n; at < all->count; at += n) {
        n = all->count - at < TEST_BATCH ? all->count - at : TEST_BATCH;
        const struct digits part = { n, all->images + at * DIGIT_PIXELS,
                                     all->labels + at };
        tape_reset(m->tape);
        const float *logits = digits_read_by(m, &target, &part, NULL, n,
                                             NULL)->data;
        for (size_t i = 0; i < n; i++) {
            bool ok = argmax(logits + i * DIGIT_KINDS, DIGIT_KINDS)
                      == (size_t)target[i];
            sum += ok;
            if (right)
                right[at + i] = ok;
        }
    }
    return (double)sum / (double)all->count;
}

static inline double reader_score(void *model, void *data)
{
    return test(model, &((struct digit_sets *)data)->test, NULL);
}

static struct learner reader = { .name = "multihead", .measure = "right",
    .make = reader_make, .loss = reader_loss, .score = reader_score,
    .data = digit_sets_read, .data_free = digit_sets_free,
    .folder = "data/digits", .how = &(const struct how){ HEADS, false },
    .steps = BOOK_STEPS, .rate = 1e-2, .seed = 1,
    .weights = trained_weights };
enum ablation { WHOLE, SILENT, EVEN };

/* ablate: head becomes silent, or looks at everything alike. */
static inline void ablate(struct model *m, size_t head, enum ablation how)
{
    size_t d = WIDTH / m->how.heads;
    if (how == SILENT)
        memset(m->wo->data + head * d * OUTPUT, 0,
               d * OUTPUT * sizeof(float));
    for (size_t j = head * d; how == EVEN && j < (head + 1) * d; j++) {
        m->bq->data[j] = 0;
        for (size_t i = 0; i < FEATURES; i++)
            m->wq->data[i * WIDTH + j] = 0;
    }
}

struct loss { double lost, error; };

static inline struct loss loss_between(const bool *whole, const bool *ablated,
                                       size_t n)
{
    double only_whole = 0, only_ablated = 0;
    for (size_t i = 0; i < n; i++) {
        only_whole += whole[i] && !ablated[i];
        only_ablated += ablated[i] && !whole[i];
    }
    return (struct loss){ (only_whole - only_ablated) / (double)n,
                          sqrt(only_whole + only_ablated) / (double)n };
}
#endif
