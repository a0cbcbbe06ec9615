/* selfattention_check.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "kit/conforms.h"
#include "selfattention/digits.h"
#include "selfattention/selfattention_cases.h"
#include "double/selfattention_cases_double.h"
#include "kit/learner.h"

/* what program and checks share */
EMBED(selfattention_weights,
      EMBED_FILE("data/weights/selfattention.safetensors"));
/* the classifier */
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
static struct tensor *attend(struct model *m, struct tensor *x);
static struct tensor *places_of(struct model *m);

/* patches (B, 16, 49) -> logits (B, 10); m->attended->weights are those of
 * the attention (B, 16, 16) */
static struct tensor *model_forward(struct model *m, const float *patches,
                                    size_t batch)
{
    struct tape *tape = m->tape;
    struct tensor *x = tape_input(tape, patches,
        SHAPE(batch, DIGIT_PATCHES, DIGIT_PATCH_PIXELS));
    x = m->attended = attend(m, tape_append(tape, x, places_of(m)));
    x = tape_reshape(tape, x, SHAPE(batch, x->count / batch));
    return tape_bias(tape, tape_matmul(tape, x, m->weight), m->bias);
}
static struct tensor *attend(struct model *m, struct tensor *x)
{
    struct tensor *wq = m->wq;
    if (m->how.attend == OWN)
        return tape_matmul(m->tape, x, m->wv);
    if (m->how.attend == UNIFORM || m->how.attend == UNSCALED)
        wq = tape_scale(m->tape, wq, m->how.attend == UNIFORM
                                     ? 0 : sqrtf((float)m->how.dk));
    return tape_self_attention(m->tape, x, wq, m->wk, m->wv, false);
}

static struct tensor *places_of(struct model *m)
{
    static const float zeros[DIGIT_PATCHES * PLACE];
    return m->how.attend == NO_PLACES
        ? tape_input(m->tape, zeros, SHAPE(DIGIT_PATCHES, PLACE)) : m->place;
}
static struct tensor *random_parameter(struct tape *tape, const char *name,
    struct axes axes, float variance, struct random *random)
{
    struct tensor *p = tape_parameter(tape, name, axes);
    for (size_t i = 0; i < p->count; i++)
        p->data[i] = sqrtf(variance) * random_normal(random);
    return p;
}

static void *reader_make(struct tape *t, const void *how, uint64_t seed)
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

static struct tensor *digits_read_by(struct model *m, int32_t **target,
    const struct digits *digits, const uint32_t *which, size_t n,
    struct random *shift);

static struct tensor *reader_loss(void *model, struct training *t, void *data)
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
static struct tensor *digits_read_by(struct model *m, int32_t **target,
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
static double reader_score(void *model, void *data)
{
    const struct digits *all = &((struct digit_sets *)data)->test;
    struct model *m = model;
    size_t right = 0;
    for (size_t at = 0, n; at < all->count; at += n, tape_begin(m->tape)) {
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
/* the record of the classifier */
static struct how how = { 32, 48, LEARNED, false };
static struct learner reader = { .name = "selfattention", .measure = "right",
    .make = reader_make, .loss = reader_loss, .score = reader_score,
    .data = digit_sets_read, .data_free = digit_sets_free,
    .folder = "data/digits", .how = &how, .steps = 24000, .rate = .01,
    .seed = 1, .weights = selfattention_weights };
/* measuring saturation */
enum { SAT_ROWS = 16, SAT_BATCH = 8, SAT_ALL = SAT_ROWS * SAT_BATCH,
       SAT_WIDTH = 16, SAT_VALUES = 8, SAT_LONGEST = 1024 };

struct saturation {
    float largest;                 /* mean of the largest weights */
    float median;                  /* of the gradients of the queries */
    float rows[SAT_ROWS];          /* of the first sequence: their norms */
    float weights[SAT_ROWS];       /* of its first query */
};

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static struct saturation saturate(size_t d, bool scaled, uint64_t seed)
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
        const float *w = out->weights + i * SAT_ROWS;
        norms[i] = (float)norm_of(q->grad + i * d, d);
        result.largest += w[argmax(w, SAT_ROWS)] / SAT_ALL;
    }
    memcpy(result.rows, norms, sizeof result.rows);
    memcpy(result.weights, out->weights, sizeof result.weights);
    qsort(norms, SAT_ALL, sizeof *norms, compare_floats);
    result.median = (norms[SAT_ALL / 2 - 1] + norms[SAT_ALL / 2]) / 2;
    tape_free(t);
    return result;
}
TEST(three_words_by_hand)
{
    const float x[] = { 1, 0,  0, 1,  1, 1 }, wq[] = { 0, 1, 1, 0 },
                wk[] = { 1, 0, 0, 1 }, wv[] = { 2, 0, 0, 4 };
    const struct self_attention words = { .n = 3, .d = 2, .dk = 2, .dv = 2,
                                          .wq = wq, .wk = wk, .wv = wv };
    float q[6], k[6], v[6], weights[9], out[6];
    const struct self_attention_saved saved = { q, k, v, weights };
    self_attention_plain_forward(out, &saved, x, &words);
    CHECK_CLOSE(weights, ((float[]){ .1978f, .4011f, .4011f,
                                     .4011f, .1978f, .4011f,
                                     .2483f, .2483f, .5035f }), 9, 5e-5, 0);
    CHECK_CLOSE(out, ((float[]){ 1.1978f, 3.2089f, 1.6044f, 2.3956f,
                                 1.5035f, 3.0070f }), 6, 1e-4, 0);
}

TEST(with_places_order_counts)
{
    const float cats_first[] = { 1, 0, -1,  0, 1, 0,  1, 1, 1 };
    const float fish_first[] = { 1, 1, -1,  0, 1, 0,  1, 0, 1 };
    const float wq[] = { 0, 1, 1, 0, 0, 0 }, wk[] = { 1, 0, 0, 1, 0, 0 },
                wv[] = { 2, 0, 0, 4, 1, 0 };
    const struct self_attention s = { .n = 3, .d = 3, .dk = 2, .dv = 2,
                                      .wq = wq, .wk = wk, .wv = wv };
    float q[6], k[6], v[6], weights[9], out[6], other[6];
    const struct self_attention_saved saved = { q, k, v, weights };
    self_attention_plain_forward(out, &saved, cats_first, &s);
    self_attention_plain_forward(other, &saved, fish_first, &s);
    CHECK_CLOSE(out, &(float){ 1.1978f + .2033f }, 1, 1e-4, 0);
    CHECK_CLOSE(other + 4, &(float){ 1.1978f - .2033f }, 1, 1e-4, 0);
}

TEST(two_words_by_hand)
{
    const float ln3 = logf(3), dout[] = { 1, 0 };
    const float x[] = { 1, 0, 0, 1 }, wq[] = { 1, 0 }, wk[] = { 0, ln3 },
                wv[] = { 0, 16 };
    const struct self_attention two = { .n = 2, .d = 2, .dk = 1, .dv = 1,
                                        .wq = wq, .wk = wk, .wv = wv };
    float q[2], k[2], v[2], weights[4], out[2], work[14], d[10] = { 0 };
    const struct self_attention_saved saved = { q, k, v, weights };
    const struct self_gradients to = { d, d + 4, d + 6, d + 8 };
    self_attention_plain_forward(out, &saved, x, &two);
    self_attention_plain_backward(&to, work, dout, &saved, x, &two);
    CHECK_CLOSE(d, ((float[]){ 3.2958f, .7042f, 0, 15.2958f, 3.2958f, 0,
                               -3, 3, .25f, .75f }), 10, 1e-4, 0);
}

CONFORMS(selfattention_cases, .golden = "selfattention")

TEST(length_does_not_sharpen_the_weights)
{
    float shorter = saturate(16, true, 2).largest;
    float longer = saturate(1024, true, 2).largest;
    assert_true(fabsf(longer - shorter) < .1f);
    assert_true(saturate(1024, false, 2).largest > shorter + .5f);
}

TEST(append_by_hand)
{
    struct tape *tape = tape_new();
    struct tensor *x = tape_parameter(tape, "x", SHAPE(2, 2, 1));
    struct tensor *y = tape_parameter(tape, "y", SHAPE(2, 1));
    /* append places to some pixels */
    const float values[] = { 1, 2, 3, 4, 8, 9 };
    const float g[] = { 1, 10, 2, 20, 3, 30, 4, 40 };
    memcpy(tape->values, values, sizeof values);
    struct tensor *out = tape_append(tape, x, y);
    /* compare what is appended and what comes back */
    CHECK_CLOSE(out->data, ((float[]){ 1, 8, 2, 9, 3, 8, 4, 9 }), 8, 0, 0);
    out = tape_multiply(tape, out, tape_input(tape, g, SHAPE(2, 2, 2)));
    tape_backward(tape, tape_sum(tape, out));
    CHECK_CLOSE(tape->grads, ((float[]){ 1, 2, 3, 4, 40, 60 }), 6, 0, 0);
    tape_free(tape);
}

TEST(the_classifier_learns)
{
    struct how small = { 16, 16, LEARNED, false };
    struct learned m = learner_fit(&reader, &small, 1, 150);
    assert_true(learner_score(&m) > .775);
    learned_free(&m);
    CHECK_GOES_ON(&reader, 4);
    CHECK_EMBEDDED(&reader, "data/weights/selfattention.safetensors");
    digit_sets_free(reader.loaded);
}

TEST(digits_are_read)
{
    const uint8_t test[] = { 7, 2, 1, 0, 4 }, train[] = { 5, 0, 4, 1, 9 };
    struct digit_sets *sets = digit_sets_read("data/digits");
    assert_memory_equal(sets->test.labels, test, sizeof test);
    assert_memory_equal(sets->train.labels, train, sizeof train);
    assert_true(sets->test.count == 1000 && sets->train.count == 5000);
    digit_sets_free(sets);
}

TEST(digits_are_shifted)
{
    uint8_t image[DIGIT_PIXELS] = { 0 }, label = 3, seen[5][5] = { { 0 } };
    struct digits one = { 1, image, &label };
    struct random random = random_new(1, 0);
    image[10 * DIGIT_SIDE + 20] = 51;
    for (int i = 0; i < 400; i++) {
        /* find where the pixel is, and note it as seen */
        float x[DIGIT_PIXELS];
        int32_t target;
        digits_batch(x, &target, &one, NULL, 1, &random);
        int at = (int)argmax(x, DIGIT_PIXELS);
        assert_true(x[at] == .2f && target == 3);
        int down = at / DIGIT_SIDE - 8, right = at % DIGIT_SIDE - 18;
        assert_true(down >= 0 && down < 5 && right >= 0 && right < 5);
        seen[down][right] = 1;
    }
    for (int i = 0; i < 25; i++)
        assert_true(seen[i / 5][i % 5]);
}

TEST(digits_are_cut)
{
    float x[2 * DIGIT_PIXELS], patches[2 * DIGIT_PIXELS];
    for (int i = 0; i < 2 * DIGIT_PIXELS; i++)
        x[i] = (float)i;
    digits_patches(patches, x, 2);
    const float *patch = patches + 6 * DIGIT_PATCH_PIXELS;
    assert_true(patch[0] == 210 && patch[6] == 216 && patch[7] == 238);
    assert_true(patch[DIGIT_PIXELS + 48] == 784 + 13 * 28 + 20);
}
CHECK_MAIN()

