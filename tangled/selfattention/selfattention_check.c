/* selfattention_check.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "kit/check.h"
#include "selfattention/digits.h"
#include "selfattention/selfattention.h"
#include "double/selfattention_double.h"
#include "kit/learner.h"

enum { B = 2, T = 5, D = 7, DK = 3, DV = 4 };
enum { X = B * T * D, WQ = D * DK, WV = D * DV, ALL = X + 2 * WQ + WV,
       OUT = B * T * DV, WEIGHTS = B * T * T };

struct problem {
    float x[ALL], dout[OUT];      /* x, and behind it wq, wk, wv */
    struct self_attention layer;
};

static struct self_attention layer_over(const float *x, bool causal,
                                        float scale)
{
    return (struct self_attention){
        B, T, D, DK, DV, causal, scale, x + X, x + X + WQ, x + X + 2 * WQ
    };
}

static void problem_fill(struct problem *p, uint64_t seed, bool causal,
                         float scale)
{
    struct random random = random_new(seed, 0);
    for (size_t i = 0; i < ALL; i++)
        p->x[i] = .7f * random_normal(&random);
    for (size_t i = 0; i < OUT; i++)
        p->dout[i] = random_normal(&random);
    p->layer = layer_over(p->x, causal, scale);
}
static void run_layer(float *out, float *weights, const float *x,
                      const struct self_attention *s)
{
    struct arena arena = arena_new(self_attention_bytes(s));
    struct self_attention_saved saved = self_attention_saved_new(&arena, s);
    const size_t n = s->n;
    for (size_t b = 0; b < s->batch; b++) {
        self_attention_plain_forward(out + b * n * s->dv, &saved,
                                     x + b * n * s->d, s);
        if (weights)
            memcpy(weights + b * n * n, saved.weights,
                   n * n * sizeof *weights);
    }
    arena_free(&arena);
}

static struct self_gradients divide(float *d, const struct self_attention *s)
{
    float *dwq = d + s->batch * s->n * s->d, *dwk = dwq + s->d * s->dk;
    return (struct self_gradients){ d, dwq, dwk, dwk + s->d * s->dk };
}

/* d: the gradients of x, wq, wk, wv, one behind the other */
static void run_backward(float *d, const float *x, const float *dout,
                         const struct self_attention *s)
{
    struct self_gradients to = divide(d, s);
    struct arena arena = arena_new(self_attention_bytes(s));
    struct self_attention_saved saved = self_attention_saved_new(&arena, s);
    const size_t n = s->n, most = self_attention_workspace(s);
    float *out = allocate(n * s->dv, sizeof *out);
    float *workspace = allocate(most, sizeof *workspace);
    memset(d, 0, (size_t)(to.dwv + s->d * s->dv - d) * sizeof *d);
    for (size_t b = 0; b < s->batch; b++) {
        memset(workspace, 0xff, most * sizeof *workspace);
        self_attention_plain_forward(out, &saved, x + b * n * s->d, s);
        self_attention_plain_backward(&to, workspace, dout + b * n * s->dv,
                                      &saved, x + b * n * s->d, s);
        to.dx += n * s->d;
    }
    free(out), free(workspace), arena_free(&arena);
}

static void run_batch(float *out, float *weights, float *d,
                      const struct problem *p)
{
    const struct self_attention *s = &p->layer;
    const size_t most = self_attention_workspace(s);
    struct self_gradients to = divide(d, s);
    struct arena arena = arena_new(self_attention_bytes(s));
    struct self_attention_saved saved = self_attention_saved_new(&arena, s);
    float *workspace = allocate(most, sizeof *workspace), more[ALL];
    memset(d, 0, ALL * sizeof *d);
    memset(workspace, 0xff, most * sizeof *workspace);
    self_attention_forward(out, &saved, p->x, s);
    self_attention_backward(&to, workspace, p->dout, &saved, p->x, s);
    memcpy(weights, saved.weights, WEIGHTS * sizeof *weights);
    /* go back once more, for wk only */
    memcpy(more, d, sizeof more);
    to = (struct self_gradients){ .dwk = more + X + WQ };
    self_attention_backward(&to, workspace, p->dout, &saved, p->x, s);
    for (size_t i = 0; i < ALL; i++)
        more[i] -= d[i];
    CHECK_CLOSE(more + X + WQ, d + X + WQ, WQ, 1e-5, 1e-5);
    memset(more + X + WQ, 0, WQ * sizeof *more);
    for (size_t i = 0; i < ALL; i++)
        assert_true(more[i] == 0);
    free(workspace), arena_free(&arena);
}

static void permute(float *out, const float *x, const size_t *to, size_t n)
{
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++)
            memcpy(out + (b * T + to[t]) * n, x + (b * T + t) * n,
                   n * sizeof *out);
}

static double layer_loss(const double *x, void *context)
{
    const struct problem *p = context;
    double q[T * DK], k[T * DK], v[T * DV], weights[T * T];
    double out[T * DV], loss = 0;
    const struct self_attention_saved_double saved = { q, k, v, weights };
    const struct self_attention_double s = {
        B, T, D, DK, DV, p->layer.causal, (double)p->layer.scale,
        x + X, x + X + WQ, x + X + 2 * WQ
    };
    for (size_t b = 0; b < B; b++) {
        self_attention_plain_forward_double(out, &saved, x + b * T * D, &s);
        for (size_t i = 0; i < T * DV; i++)
            loss += out[i] * (double)p->dout[b * T * DV + i];
    }
    return loss;
}

static void golden(float *out, const char *what, size_t n)
{
    char name[80];
    snprintf(name, sizeof name, "selfattention-%s.npy", what);
    struct array array = check_golden(name);
    assert_true(array.count == n);
    memcpy(out, array.data, n * sizeof *out);
    array_free(&array);
}
/* the classifier */
enum { PLACE = 10, FEATURES = DIGIT_PATCH_PIXELS + PLACE };
enum attend { LEARNED, UNIFORM, OWN, UNSCALED, NO_PLACES };

struct model {
    struct tape *tape;
    struct tensor *place;            /* (16, 10) */
    struct tensor *wq, *wk, *wv;     /* (59, dk)  (59, dk)  (59, dv) */
    struct tensor *weight, *bias;    /* (16 dv, 10)  (10) */
    enum attend attend;              /* what an experiment changes */
    bool unmoved;                    /* train on pictures as they are */
};
static struct tensor *attend(struct model *m, struct tensor *x);
static struct tensor *places_of(struct model *m);

/* patches (B, 16, 49) -> logits (B, 10); *attended: the attention's output,
 * which has the weights (B, 16, 16) */
static struct tensor *model_forward(struct model *m, struct tensor **attended,
                                    const float *patches, size_t batch)
{
    struct tape *tape = m->tape;
    struct tensor *x = tape_input(tape, patches,
        SHAPE(batch, DIGIT_PATCHES, DIGIT_PATCH_PIXELS));
    x = tape_append(tape, x, places_of(m));
    x = *attended = attend(m, x);
    x = tape_reshape(tape, x, SHAPE(batch, x->count / batch));
    return tape_bias(tape, tape_matmul(tape, x, m->weight), m->bias);
}
static struct tensor *attend(struct model *m, struct tensor *x)
{
    struct tape *tape = m->tape;
    if (m->attend == LEARNED || m->attend == NO_PLACES)
        return tape_self_attention(tape, x, m->wq, m->wk, m->wv, false);
    struct tensor *q = tape_matmul(tape, x, m->wq);
    struct tensor *k = tape_matmul(tape, x, m->wk);
    struct tensor *v = tape_matmul(tape, x, m->wv);
    if (m->attend == OWN)
        return v;
    q = tape_scale(tape, q, m->attend == UNIFORM
                            ? 0 : sqrtf((float)m->wq->shape[1]));
    return tape_attention(tape, q, k, v, false, NULL);
}

static struct tensor *places_of(struct model *m)
{
    static const float zeros[DIGIT_PATCHES * PLACE];
    return m->attend == NO_PLACES
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

static struct model model_new(size_t dk, size_t dv, uint64_t seed)
{
    struct random random = random_new(seed, 1u << 31), *r = &random;
    struct model m = { .tape = tape_new() };
    struct tape *t = m.tape;
    const size_t wide = DIGIT_PATCHES * dv;
    const float v = 1.f / 15;
    m.place = random_parameter(t, "place", SHAPE(DIGIT_PATCHES, PLACE), 1, r);
    m.wq = random_parameter(t, "attention.wq", SHAPE(FEATURES, dk), v, r);
    m.wk = random_parameter(t, "attention.wk", SHAPE(FEATURES, dk), v, r);
    m.wv = random_parameter(t, "attention.wv", SHAPE(FEATURES, dv), v, r);
    m.weight = random_parameter(t, "classifier.weight",
                                SHAPE(wide, DIGIT_KINDS), 1 / (float)wide, r);
    m.bias = tape_parameter(t, "classifier.bias", SHAPE(DIGIT_KINDS));
    return m;
}
/* learning and counting */
enum { BATCH = 100 };
static const double standard_rate = .01;

static float learn_step(struct model *m, struct training *t,
                        const struct digits *digits)
{
    static float x[BATCH * DIGIT_PIXELS], patches[BATCH * DIGIT_PIXELS];
    int32_t target[BATCH];
    uint32_t which[BATCH];
    struct tensor *attended;
    struct random random = training_random(t);
    training_pick(t, which, BATCH, digits->count);
    digits_batch(x, target, digits, which, BATCH,
                 m->unmoved ? NULL : &random);
    digits_patches(patches, x, BATCH);
    struct tensor *loss = tape_cross_entropy(m->tape,
        model_forward(m, &attended, patches, BATCH), target, 0, -1);
    float value = loss->data[0];
    training_step(t, loss);
    return value;
}
enum { TEST_BATCH = 500 };

static size_t batch_right(struct model *m, const struct digits *digits,
                          size_t first, size_t n)
{
    static float x[TEST_BATCH * DIGIT_PIXELS],
                 patches[TEST_BATCH * DIGIT_PIXELS];
    int32_t target[TEST_BATCH];
    uint32_t which[TEST_BATCH];
    struct tensor *attended;
    size_t right = 0;
    for (size_t i = 0; i < n; i++)
        which[i] = (uint32_t)(first + i);
    /* classify these digits, and count the right ones */
    digits_batch(x, target, digits, which, n, NULL);
    digits_patches(patches, x, n);
    struct tensor *logits = model_forward(m, &attended, patches, n);
    for (size_t i = 0; i < n; i++)
        right += argmax(logits->data + i * DIGIT_KINDS, DIGIT_KINDS)
                 == (size_t)target[i];
    tape_begin(m->tape);
    return right;
}

static size_t count_right(struct model *m, const struct digits *digits)
{
    size_t right = 0;
    m->tape->no_grad = true;
    for (size_t i = 0; i < digits->count; i += TEST_BATCH) {
        size_t left = digits->count - i;
        right += batch_right(m, digits, i,
                             left < TEST_BATCH ? left : TEST_BATCH);
    }
    m->tape->no_grad = false;
    return right;
}
/* measuring saturation */
enum { SAT_ROWS = 16, SAT_BATCH = 8, SAT_ALL = SAT_ROWS * SAT_BATCH,
       SAT_WIDTH = 16, SAT_VALUES = 8, SAT_LONGEST = 1024 };

struct saturation {
    float largest;                 /* mean of the largest weights */
    float median;                  /* of the gradients of the queries */
    float rows[SAT_ROWS];          /* of the first sequence: their norms */
    float weights[SAT_ROWS];       /* of its first query */
};

static float *sat_normals(struct arena *arena, size_t n, float scale,
                          struct random *random)
{
    float *x = arena_floats(arena, n);
    for (size_t i = 0; i < n; i++)
        x[i] = scale * random_normal(random);
    return x;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}
static struct saturation saturation_of(const float *dq, const float *weights,
                                       size_t d);

static struct saturation saturate(size_t d, bool scaled, uint64_t seed)
{
    struct arena arena = arena_new((size_t)4 << 20);
    struct random random = random_new(seed, d);
    const float one = 1 / sqrtf(SAT_WIDTH);
    struct self_attention s = { .batch = SAT_BATCH, .n = SAT_ROWS,
        .d = SAT_WIDTH, .dk = d, .dv = SAT_VALUES, .scale = scaled ? 0 : 1 };
    float *x = sat_normals(&arena, SAT_ALL * SAT_WIDTH, 1, &random);
    float *dout = sat_normals(&arena, SAT_ALL * SAT_VALUES, 1, &random);
    s.wq = sat_normals(&arena, SAT_WIDTH * d, one, &random);
    s.wk = sat_normals(&arena, SAT_WIDTH * d, one, &random);
    s.wv = sat_normals(&arena, SAT_WIDTH * SAT_VALUES, one, &random);
    struct self_attention_saved saved = self_attention_saved_new(&arena, &s);
    float *out = arena_floats(&arena, SAT_ALL * SAT_VALUES);
    float *dq = arena_floats(&arena, self_attention_workspace(&s));
    self_attention_forward(out, &saved, x, &s);
    self_attention_backward(&(struct self_gradients){ .dx = NULL }, dq, dout,
                            &saved, x, &s);
    struct saturation result = saturation_of(dq, saved.weights, d);
    arena_free(&arena);
    return result;
}

static struct saturation saturation_of(const float *dq, const float *weights,
                                       size_t d)
{
    struct saturation result = { 0 };
    float norms[SAT_ALL];
    for (size_t i = 0; i < SAT_ALL; i++) {
        const float *w = weights + i * SAT_ROWS;
        norms[i] = (float)norm_of(dq + i * d, d);
        result.largest += w[argmax(w, SAT_ROWS)] / SAT_ALL;
    }
    memcpy(result.rows, norms, sizeof result.rows);
    memcpy(result.weights, weights, sizeof result.weights);
    qsort(norms, SAT_ALL, sizeof *norms, compare_floats);
    result.median = (norms[SAT_ALL / 2 - 1] + norms[SAT_ALL / 2]) / 2;
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

TEST(without_places_order_does_not_count)
{
    static const size_t to[] = { 3, 0, 4, 1, 2 };
    struct problem p;
    problem_fill(&p, 1, false, 0);
    float moved[B * T * D], out[B * T * DV], other[B * T * DV];
    run_layer(out, NULL, p.x, &p.layer);
    permute(moved, p.x, to, D);
    run_layer(other, NULL, moved, &p.layer);
    permute(moved, out, to, DV);
    CHECK_CLOSE(other, moved, B * T * DV, 1e-5, 1e-5);
}

TEST(with_places_order_counts)
{
    const float cats_first[] = { 1, 0, -1,  0, 1, 0,  1, 1, 1 };
    const float fish_first[] = { 1, 1, -1,  0, 1, 0,  1, 0, 1 };
    const float wq[] = { 0, 1, 1, 0, 0, 0 }, wk[] = { 1, 0, 0, 1, 0, 0 },
                wv[] = { 2, 0, 0, 4, 1, 0 };
    const struct self_attention s = { .batch = 1, .n = 3, .d = 3, .dk = 2,
                                      .dv = 2, .wq = wq, .wk = wk, .wv = wv };
    float out[6], other[6], want[] = { 1.1978f + .2033f, 1.1978f - .2033f };
    run_layer(out, NULL, cats_first, &s);
    run_layer(other, NULL, fish_first, &s);
    CHECK_CLOSE(out, want, 1, 1e-4, 0);            /* cats in front */
    CHECK_CLOSE(other + 4, want + 1, 1, 1e-4, 0);  /* cats at the end */
}

TEST(two_words_by_hand)
{
    const float ln3 = logf(3), dout[] = { 1, 0 };
    const float x[] = { 1, 0, 0, 1 }, wq[] = { 1, 0 }, wk[] = { 0, ln3 },
                wv[] = { 0, 16 };
    const struct self_attention two = { .batch = 1, .n = 2, .d = 2, .dk = 1,
        .dv = 1, .wq = wq, .wk = wk, .wv = wv };
    float d[10];
    run_backward(d, x, dout, &two);
    CHECK_CLOSE(d, ((float[]){ 3.2958f, .7042f, 0, 15.2958f, 3.2958f, 0,
                               -3, 3, .25f, .75f }), 10, 1e-4, 0);
}

TEST(gradients_against_differences)
{
    for (int kind = 0; kind < 3; kind++) {
        struct problem p;
        float d[ALL];
        problem_fill(&p, 5, kind == 1, kind == 2 ? 1 : 0);
        run_backward(d, p.x, p.dout, &p.layer);
        check_gradient(d, layer_loss, p.x, ALL, &p, 1e-5, 1e-4);
    }
}

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
    struct digits train = digits_read("data/digits", "train");
    struct digits test = digits_read("data/digits", "t10k");
    struct model m = model_new(16, 16, 1);
    struct training t = training_new(m.tape, 150, 1);
    t.rate = standard_rate, test.count = 200;
    command_threads(1);
    while (t.step < t.steps)
        learn_step(&m, &t, &train);
    assert_true(count_right(&m, &test) > 155);
    training_free(&t), tape_free(m.tape);
    digits_free(&train), digits_free(&test);
}

TEST(the_fast_form_agrees_with_the_plain)
{
    for (int kind = 0; kind < 3; kind++) {
        struct problem p;
        float want[OUT + WEIGHTS + ALL], got[OUT + WEIGHTS + ALL];
        problem_fill(&p, 3, kind == 1, kind == 2 ? 1 : 0);
        run_layer(want, want + OUT, p.x, &p.layer);
        run_backward(want + OUT + WEIGHTS, p.x, p.dout, &p.layer);
        run_batch(got, got + OUT, got + OUT + WEIGHTS, &p);
        CHECK_CLOSE(got, want, OUT + WEIGHTS + ALL, 2e-6, 1e-5);
    }
}

TEST(values_and_gradients_against_pytorch)
{
    static const char *const names[] = { "plain", "causal", "unscaled" };
    struct problem p;
    float got[OUT + WEIGHTS + ALL], want[OUT + WEIGHTS + ALL];
    float inputs[ALL + OUT];
    golden(inputs, "inputs", ALL + OUT);
    memcpy(p.x, inputs, sizeof p.x);
    memcpy(p.dout, inputs + ALL, sizeof p.dout);
    for (int kind = 0; kind < 3; kind++) {
        golden(want, names[kind], OUT + WEIGHTS + ALL);
        p.layer = layer_over(p.x, kind == 1, kind == 2 ? 1 : 0);
        run_batch(got, got + OUT, got + OUT + WEIGHTS, &p);
        CHECK_CLOSE(got, want, OUT + WEIGHTS + ALL, 3e-6, 2e-5);
    }
}

TEST(the_tape_agrees)
{
    struct problem p;
    float d[ALL];
    problem_fill(&p, 7, true, 0);
    run_backward(d, p.x, p.dout, &p.layer);
    /* let the tape differentiate the same problem */
    struct tape *tape = tape_new();
    struct tensor *x = tape_parameter(tape, "x", SHAPE(B, T, D));
    struct tensor *wq = tape_parameter(tape, "wq", SHAPE(D, DK));
    struct tensor *wk = tape_parameter(tape, "wk", SHAPE(D, DK));
    struct tensor *wv = tape_parameter(tape, "wv", SHAPE(D, DV));
    memcpy(tape->values, p.x, sizeof p.x);
    struct tensor *out = tape_self_attention(tape, x, wq, wk, wv, true);
    struct tensor *g = tape_input(tape, p.dout, SHAPE(B, T, DV));
    tape_backward(tape, tape_sum(tape, tape_multiply(tape, out, g)));
    CHECK_CLOSE(tape->grads, d, ALL, 1e-5, 1e-5);
    tape_free(tape);
}

TEST(digits_are_read)
{
    const uint8_t test[] = { 7, 2, 1, 0, 4 }, train[] = { 5, 0, 4, 1, 9 };
    struct digits t10k = digits_read("data/digits", "t10k");
    struct digits more = digits_read("data/digits", "train");
    assert_memory_equal(t10k.labels, test, sizeof test);
    assert_memory_equal(more.labels, train, sizeof train);
    assert_true(t10k.count == 1000 && more.count == 5000);
    digits_free(&t10k), digits_free(&more);
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
        int at = 0;
        digits_batch(x, &target, &one, (uint32_t[]){ 0 }, 1, &random);
        while (at < DIGIT_PIXELS && x[at] == 0)
            at++;
        assert_true(at < DIGIT_PIXELS && x[at] == .2f && target == 3);
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
