/* selfattention_check.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "check.h"
#include "digits.h"
#include "selfattention.h"
#include "selfattention_double.h"
#include "train.h"

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

static void problem_fill(struct problem *p, uint64_t seed,
                                    bool causal, float scale)
{
    struct random random = random_new(seed, 0);
    for (size_t i = 0; i < ALL; i++)
        p->x[i] = .7f * random_normal(&random);
    for (size_t i = 0; i < OUT; i++)
        p->dout[i] = random_normal(&random);
    p->layer = layer_over(p->x, causal, scale);
}
static const float words_x[] = { 1, 0,  0, 1,  1, 1 };
static const float words_wq[] = { 0, 1, 1, 0 }, words_wk[] = { 1, 0, 0, 1 },
                   words_wv[] = { 2, 0, 0, 4 };
static const float words_out[] = { 1.1978f, 3.2089f, 1.6044f, 2.3956f,
                                   1.5035f, 3.0070f };

static const struct self_attention words = {
    .batch = 1, .n = 3, .d = 2, .dk = 2, .dv = 2,
    .wq = words_wq, .wk = words_wk, .wv = words_wv
};

static void run_layer(float *out, float *weights, const float *x,
                      const struct self_attention *s)
{
    struct arena arena = arena_new(self_attention_bytes(s));
    struct self_kept kept = self_attention_keep(&arena, s);
    self_attention_forward(out, &kept, x, s);
    if (weights)
        memcpy(weights, kept.weights, s->batch * s->n * s->n * sizeof(float));
    arena_free(&arena);
}

static void permute(float *out, const float *x, const size_t *to, size_t n)
{
    for (size_t b = 0; b < B; b++)
        for (size_t t = 0; t < T; t++)
            memcpy(out + (b * T + to[t]) * n, x + (b * T + t) * n,
                   n * sizeof *out);
}

/* d: the gradients of x, wq, wk, wv, one behind the other */
static void run_backward(float *d, const float *x, const float *dout,
                         const struct self_attention *s)
{
    size_t nx = s->batch * s->n * s->d, nq = s->d * s->dk;
    size_t size = nx + 2 * nq + s->d * s->dv;
    const struct self_gradients to = { d, d + nx, d + nx + nq,
                                       d + nx + 2 * nq };
    memset(d, 0, size * sizeof *d);
    /* go forward and back with memory of our own */
    struct arena arena = arena_new(self_attention_bytes(s));
    struct self_kept kept = self_attention_keep(&arena, s);
    float *out = allocate(s->batch * s->n * s->dv, sizeof *out);
    float *room = allocate(self_attention_room(s), sizeof *room);
    self_attention_forward(out, &kept, x, s);
    self_attention_backward(&to, room, dout, &kept, x, s);
    free(out), free(room), arena_free(&arena);
}

static double layer_loss(const double *x, void *context)
{
    const struct problem *p = context;
    /* make the layer of p in double */
    double q[B * T * DK], k[B * T * DK], v[B * T * DV], weights[WEIGHTS];
    const struct self_kept_double kept = { q, k, v, weights };
    const struct self_attention_double s = {
        B, T, D, DK, DV, p->layer.causal, (double)p->layer.scale,
        x + X, x + X + WQ, x + X + 2 * WQ
    };
    double out[OUT], loss = 0;
    self_attention_forward_double(out, &kept, x, &s);
    for (size_t i = 0; i < OUT; i++)
        loss += out[i] * (double)p->dout[i];
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

static size_t count_of(uint32_t what, const uint32_t *list, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += list[i] == what;
    return count;
}

static struct training small_run(size_t hidden)
{
    struct tape *tape = tape_new();
    tape_parameter(tape, "first.weight", SHAPE(3, hidden));
    tape_parameter(tape, "first.bias", SHAPE(hidden));
    tape_parameter(tape, "second.weight", SHAPE(hidden, 1));
    for (size_t i = 0; i < tape->size; i++)
        tape->values[i] = sinf((float)i);
    return training_new(tape, 5, 9);
}

static void small_steps(struct training *t, size_t last)
{
    static const float x[] = { 1, 0, 2, -1, 1, 0 };
    struct tape *tape = t->tape;
    struct tensor **p = tape->parameters;
    while (t->step < last) {
        struct tensor *h = tape_input(tape, x, SHAPE(2, 3));
        h = tape_bias(tape, tape_matmul(tape, h, p[0]), p[1]);
        h = tape_tanh(tape, h);
        training_step(t, tape_sum(tape, tape_matmul(tape, h, p[2])));
    }
}

static void small_free(struct training *t)
{
    tape_free(t->tape);
    training_free(t);
}

static float mean_largest(size_t dk, float scale)
{
    enum { N = 16, WIDE = 9 };
    struct random random = random_new(2, 0);
    float *x = allocate(N * WIDE + 2 * WIDE * dk, sizeof *x), mean = 0;
    float out[N * WIDE], weights[N * N];
    /* fill x and two matrices with random numbers */
    for (size_t i = 0; i < N * WIDE + 2 * WIDE * dk; i++)
        x[i] = (i < N * WIDE ? 1 : 1 / 3.f) * random_normal(&random);

    const struct self_attention s = { .batch = 1, .n = N, .d = WIDE,
        .dk = dk, .dv = 1, .scale = scale, .wq = x + N * WIDE,
        .wk = x + N * WIDE + WIDE * dk, .wv = x };
    run_layer(out, weights, x, &s);
    /* let mean be the mean of the largest weights */
    for (size_t i = 0; i < N; i++) {
        float largest = 0;
        for (size_t j = 0; j < N; j++)
            largest = fmaxf(largest, weights[i * N + j]);
        mean += largest / N;
    }

    free(x);
    return mean;
}

TEST(three_words_by_hand)
{
    float out[6], weights[9];
    const float want[] = { .1978f, .4011f, .4011f, .4011f, .1978f, .4011f,
                           .2483f, .2483f, .5035f };
    run_layer(out, weights, words_x, &words);
    CHECK_CLOSE(weights, want, 9, 5e-5, 0);
    CHECK_CLOSE(out, words_out, 6, 1e-4, 0);
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
    const float x[] = { 1, 0, -1,  0, 1, 0,  1, 1, 1 };
    const float y[] = { 1, 1, -1,  0, 1, 0,  1, 0, 1 };
    /* a layer for words with places */
    const float wq[] = { 0, 1, 1, 0, 0, 0 }, wk[] = { 1, 0, 0, 1, 0, 0 },
                wv[] = { 2, 0, 0, 4, 1, 0 };
    const struct self_attention s = { .batch = 1, .n = 3, .d = 3, .dk = 2,
                                      .dv = 2, .wq = wq, .wk = wk, .wv = wv };
    float out[6], other[6], want[] = { 1.1978f + .2033f, 1.1978f - .2033f };
    run_layer(out, NULL, x, &s);
    run_layer(other, NULL, y, &s);
    CHECK_CLOSE(out, want, 1, 1e-4, 0);
    CHECK_CLOSE(other + 4, want + 1, 1, 1e-4, 0);
}

TEST(one_word_by_hand)
{
    const float dout[] = { 3, 5 };
    struct self_attention alone = words;
    float d[14];
    alone.n = 1;
    run_backward(d, words_x, dout, &alone);
    CHECK_CLOSE(d, ((float[14]){ 6, 20, [10] = 3, 5 }), 14, 0, 0);
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

TEST(values_and_gradients_against_pytorch)
{
    static const char *const names[] = { "plain", "causal", "unscaled" };
    struct problem p;
    float got[OUT + WEIGHTS + ALL];
    float inputs[ALL + OUT];
    golden(inputs, "inputs", ALL + OUT);
    memcpy(p.x, inputs, sizeof p.x);
    memcpy(p.dout, inputs + ALL, sizeof p.dout);
    for (int kind = 0; kind < 3; kind++) {
        /* compare this kind with PyTorch */
        float want[OUT + WEIGHTS + ALL];
        golden(want, names[kind], OUT + WEIGHTS + ALL);
        p.layer = layer_over(p.x, kind == 1, kind == 2 ? 1 : 0);
        run_layer(got, got + OUT, p.x, &p.layer);
        run_backward(got + OUT + WEIGHTS, p.x, p.dout, &p.layer);
        CHECK_CLOSE(got, want, OUT + WEIGHTS + ALL, 3e-6, 2e-5);

    }
}

TEST(causal_rows_do_not_see_the_future)
{
    struct problem p;
    float out[OUT], other[OUT];
    problem_fill(&p, 6, true, 0);
    run_layer(out, NULL, p.x, &p.layer);
    p.x[3 * D + 2] = 100;
    run_layer(other, NULL, p.x, &p.layer);
    assert_memory_equal(out, other, 3 * DV * sizeof *out);
    assert_memory_equal(out + T * DV, other + T * DV, T * DV * sizeof *out);
    assert_true(memcmp(out + 3 * DV, other + 3 * DV, DV * sizeof *out));
}

TEST(the_tape_agrees)
{
    struct problem p;
    float d[ALL];
    problem_fill(&p, 7, true, 0);
    run_backward(d, p.x, p.dout, &p.layer);
    struct tape *tape = tape_new();
    /* let the tape differentiate the problem */
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
    const float *sixth = patches + 6 * DIGIT_PATCH_PIXELS;
    assert_true(sixth[0] == 210 && sixth[6] == 216 && sixth[7] == 238);
    assert_true(sixth[DIGIT_PIXELS + 48] == 784 + 13 * 28 + 20);
}

TEST(training_by_hand)
{
    struct tape *tape = tape_new();
    struct tensor *w = tape_parameter(tape, "w", SHAPE(1));
    struct training t = training_new(tape, 1000000, 1);
    t.rate = .1, t.warmup = 0, w->data[0] = 3;
    struct tensor *square = tape_multiply(tape, w, w);
    double norm = training_step(&t, tape_sum(tape, square));
    CHECK_CLOSE(w->data, (float[]){ 2.897f }, 1, 0, 1e-6);
    assert_true(norm == 6 && w->grad[0] == 0 && t.step == 1);
    training_free(&t);
    tape_free(tape);
}

TEST(training_takes_each_example_once)
{
    struct tape *tape = tape_new();
    struct training t = training_new(tape, 10, 7);
    uint32_t which[12];
    for (t.step = 0; t.step < 3; t.step++)
        training_pick(&t, which + 4 * t.step, 4, 6);
    for (uint32_t i = 0; i < 6; i++)
        assert_true(count_of(i, which, 6) == 1
                    && count_of(i, which + 6, 6) == 1);
    assert_true(memcmp(which, which + 6, 6 * sizeof *which));
    training_free(&t);
    tape_free(tape);
}

TEST(training_goes_on_from_a_file)
{
    char path[] = "/tmp/selfattention-check-XXXXXX";
    struct training a = small_run(4), b = small_run(4), c = small_run(5);
    close(mkstemp(path));
    small_steps(&a, 3);
    training_save(path, &a);
    small_steps(&a, 5);
    /* let b go on from the file, and compare */
    training_load(path, &b);
    assert_true(b.step == 3 && b.steps == 5 && b.seed == 9);
    small_steps(&b, 5);
    assert_memory_equal(a.tape->values, b.tape->values,
                        a.tape->size * sizeof(float));

    /* compare embedded with loaded weights */
    struct input input = input_open(path);
    unsigned char *bytes = input_data(&input, input.left);
    input_end(&input);
    weights_load(path, a.tape);
    weights_embedded(b.tape, bytes);
    assert_memory_equal(a.tape->values, b.tape->values,
                        a.tape->size * sizeof(float));
    CHECK_SAYS(DIES_FAIL, "first.weight", weights_load(path, c.tape));
    CHECK_DIES(DIES_REQUIRE, weights_embedded(c.tape, bytes));
    unlink(path), free(bytes);
    small_free(&a), small_free(&b), small_free(&c);
}

TEST(append_by_hand)
{
    struct tape *tape = tape_new();
    struct tensor *x = tape_parameter(tape, "x", SHAPE(2, 2, 1));
    struct tensor *y = tape_parameter(tape, "y", SHAPE(2, 1));
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

TEST(length_does_not_sharpen_the_weights)
{
    float shorter = mean_largest(16, 0), longer = mean_largest(1024, 0);
    assert_true(fabsf(longer - shorter) < .1f);
    assert_true(mean_largest(1024, 1) > mean_largest(16, 1) + .3f);
}

CHECK_MAIN()
