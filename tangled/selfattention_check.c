/* selfattention_check.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "check.h"
#include "digits.h"
#include "train.h"

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
        h = tape_tanh(tape, tape_bias(tape, tape_matmul(tape, h, p[0]), p[1]));
        training_step(t, tape_sum(tape, tape_matmul(tape, h, p[2])));
    }
}

static void small_free(struct training *t)
{
    tape_free(t->tape);
    training_free(t);
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
    double norm = training_step(&t, tape_sum(tape, tape_multiply(tape, w, w)));
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

CHECK_MAIN()
