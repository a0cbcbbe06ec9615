/* implicit_check.c -- generated from chapters/05-implicit.nw. Do not edit. */
#include "kit/conforms.h"
#include "implicit/implicit_cases.h"
#include "implicit/pen.h"
#include "implicit/viewer.h"
#include "double/implicit_cases_double.h"

static void random_of_seed(float *x, size_t n, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    random_normals(x, n, 1, &random);
}

static bool maps_agree(struct viewer *v)
{
    static float x[DIGIT_PIXELS], j[2][CNN_CLASSES * DIGIT_PIXELS];
    const struct classifier c = viewer_asked(v);
    struct digit_sets *sets = digit_sets_read("data/digits");
    int32_t target;
    digits_batch(x, &target, &sets->test, NULL, 1, NULL);
    for (int i = 0; i < 2; i++)
        jacobian(j[i], &c, v->tape, x);
    digit_sets_free(sets);
    return memcmp(j[0], j[1], sizeof *j) == 0;
}

static struct tensor *enough_ink(void *model, struct tape *tape,
                                 struct tensor *x)
{
    static const float less[] = { -1, -1 }, one[] = { 1 };
    struct tensor *bias = tape_input(tape, one, SHAPE(1));
    (void)model;
    x = tape_matmul(tape, x, tape_input(tape, less, SHAPE(2, 1)));
    x = tape_relu(tape, tape_bias(tape, x, bias));
    return tape_bias(tape, tape_scale(tape, x, -1), bias);
}
TEST(the_jacobian_of_a_linear_map_is_its_matrix)
{
    float x[DIGIT_PIXELS], j[2 * DIGIT_PIXELS];
    struct tape *tape = tape_new();
    struct viewer *v = viewer_make(tape, &(struct how){ VIEW_LINEAR, 0 }, 1);
    struct classifier c = viewer_asked(v);
    random_of_seed(v->weight->data, v->weight->count, 2);
    random_of_seed(x, DIGIT_PIXELS, 3);
    jacobian(j, &c, tape, x);
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        for (size_t k = 0; k < 2; k++)
            assert_true(j[k * DIGIT_PIXELS + i]
                        == v->weight->data[2 * i + k]);
    free(v), tape_free(tape);
}

TEST(a_line_by_hand)
{
    const float x[] = { 0, 0, 1, 1, 0 }, w[] = { -1, 0, 1 }, bias[] = { 0 };
    const struct convolution line = { 1, 1, 5, 1, 1, 3, 1 };
    float out[5], dx[5] = { 0 }, dw[3] = { 0 }, db[1] = { 0 };
    convolution_plain_forward(out, x, w, bias, &line);
    CHECK_CLOSE(out, ((float[]){ 0, 1, 1, -1, -1 }), 5, 0, 0);
    const float dout[] = { 1, 0, 0, 0, 2 };
    convolution_plain_backward(dx, dw, db, dout, x, w, &line);
    CHECK_CLOSE(dx, ((float[]){ 0, 1, 0, -2, 0 }), 5, 0, 0);
    CHECK_CLOSE(dw, ((float[]){ 2, 0, 0 }), 3, 0, 0);
    CHECK_CLOSE(db, ((float[]){ 3 }), 1, 0, 0);
}

TEST(two_thirds_and_one_third)
{
    const float x[] = { 2, 1 };
    struct tape *tape = tape_new();
    const struct classifier c = { enough_ink, NULL, 1, SHAPE(2), false };
    float j[2], g[2];
    jacobian(j, &c, tape, x);
    assert_true(j[0] == 0 && j[1] == 0);
    integrated(g, &c, tape, x, 0, 300);
    CHECK_CLOSE(g, ((float[]){ 2 / 3.f, 1 / 3.f }), 2, 1e-5, 0);
    tape_free(tape);
}

TEST(asked_twice_the_map_is_the_same)
{
    struct learned m = learner_trained(&reader);
    struct viewer *v = m.model;
    assert_true(maps_agree(v));
    v->drop = &(struct dropout){ .25f, 7 };      /* left on, by mistake */
    assert_false(maps_agree(v));
    learned_free(&m);
}

TEST(what_is_moved_comes_out_moved)
{
    enum { SIDE = 12, C = 3, O = 4, DOWN = 2, RIGHT = 1 };
    static float x[2 * SIDE * SIDE * C];
    float w[3 * 3 * C * O], bias[O], *moved = x + SIDE * SIDE * C;
    struct tape *tape = tape_new();
    random_of_seed(w, 3 * 3 * C * O, 1), random_of_seed(bias, O, 2);
    /* one picture within the edges, and the same further down and right */
    for (size_t i = 3 * SIDE; i < 8 * SIDE; i++)
        if (i % SIDE > 2 && i % SIDE < 8)
            for (size_t c = 0; c < C; c++)
                moved[(i + DOWN * SIDE + RIGHT) * C + c] = x[i * C + c]
                    = (float)(i * 5 % 7) - 2 * (float)c;
    struct tensor *y = tape_convolution(tape,
        tape_input(tape, x, SHAPE(2, SIDE, SIDE, C)),
        tape_input(tape, w, SHAPE(3, 3, C, O)),
        tape_input(tape, bias, SHAPE(O)));
    for (size_t i = SIDE; i < 9 * SIDE; i++)
        if (i % SIDE > 0 && i % SIDE < 10)
            CHECK_CLOSE(y->data + (SIDE * SIDE + i + DOWN * SIDE + RIGHT) * O,
                        y->data + i * O, O, 1e-6, 1e-6);
    tape_free(tape);
}

TEST(pools_by_hand)
{
    const float x[] = { 1, 7, 3, 3,  5, -1, 3, 3 }, dout[] = { 10, 20 };
    const struct pool two = { 1, 2, 4, 1, 2 };
    float out[2], dx[8] = { 0 };
    int32_t which[2];
    max_pool_forward(out, which, x, &two);
    CHECK_CLOSE(out, ((float[]){ 7, 3 }), 2, 0, 0);
    max_pool_backward(dx, dout, which, &two);
    CHECK_CLOSE(dx, ((float[]){ 0, 10, 20, 0, 0, 0, 0, 0 }), 8, 0, 0);
    mean_pool_forward(out, x, &two);
    CHECK_CLOSE(out, ((float[]){ 3, 3 }), 2, 1e-6, 0);
    memset(dx, 0, sizeof dx);
    mean_pool_backward(dx, dout, &two);
    CHECK_CLOSE(dx, ((float[]){ 2.5f, 2.5f, 5, 5, 2.5f, 2.5f, 5, 5 }), 8, 0,
                0);
}

TEST(ranks_by_hand)
{
    const float x[] = { 10, 30, 20, 20 }, y[] = { 1, 9, 8, 2 };
    const float up[] = { 1, 300, 20, 20 }, flat[] = { 5, 5, 5, 5 };
    double rank[4];
    ranks_of(rank, x, 4);
    assert_true(rank[0] == -1.5 && rank[1] == 1.5 && rank[2] == 0
                && rank[3] == 0);
    assert_true(fabs(rank_correlation(x, up, 4) - 1) < 1e-12);
    assert_true(fabs(rank_correlation(x, y, 4) - 4.5 / sqrt(4.5 * 5))
                < 1e-12);
    assert_true(rank_correlation(x, flat, 4) == 0);
}

TEST(both_classifiers_learn)
{
    CHECK_LEARNS(&reader, 20, .8);
    struct learned m = learner_fit(&linear_reader, &linear_how, 1, 200);
    assert_true(learner_score(&m) > .9);
    learned_free(&m);
    CHECK_GOES_ON(&reader, 2);
    CHECK_EMBEDDED(&reader, "data/weights/implicit.safetensors");
    CHECK_EMBEDDED(&linear_reader,
                   "data/weights/implicit-linear.safetensors");
    digit_sets_free(reader.loaded), digit_sets_free(linear_reader.loaded);
    reader.loaded = linear_reader.loaded = NULL;
}

TEST(maps_of_the_network)
{
    struct learned m = learner_trained(&reader);
    struct digit_sets *sets = learner_data(&reader);
    struct viewer *v = m.model;
    struct classifier c = viewer_asked(v);
    float x[DIGIT_PIXELS], g[DIGIT_PIXELS];
    int32_t target;
    digits_batch(x, &target, &sets->test, NULL, 1, NULL);
    assert_true(jacobian_error(v, x, 13) < 1e-5);
    const float *logits = viewer_read(v, &sets->test, 0, 1);
    const size_t k = argmax(logits, CNN_CLASSES);
    double gain = (double)logits[k], sum = 0;
    struct tensor *blank = tape_leaf(m.tape, SHAPE(1, 28, 28, 1));
    gain -= (double)viewer_logits(v, m.tape, blank)->data[k];
    integrated(g, &c, m.tape, x, k, 64);
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        sum += (double)g[i];
    assert_true(gain > 5 && fabs(sum - gain) < .02 * gain);
    learned_free(&m), digit_sets_free(reader.loaded), reader.loaded = NULL;
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

TEST(a_drawn_digit_is_centered)
{
    enum { SIDE = 56 };
    static float ink[SIDE * SIDE], image[DIGIT_PIXELS];
    assert_false(pen_digit(image, ink, SIDE));
    for (int row = 5; row < 33; row++)
        ink[row * SIDE + 40] = ink[row * SIDE + 41] = 1;
    assert_true(pen_digit(image, ink, SIDE));
    float sum = 0, x = 0, y = 0;
    for (int i = 0; i < DIGIT_PIXELS; i++) {
        sum += image[i];
        x += image[i] * (float)(i % DIGIT_SIDE);
        y += image[i] * (float)(i / DIGIT_SIDE);
        int row = i / DIGIT_SIDE;
        assert_true(image[i] == 0 || (row >= 3 && row < 25));
    }
    assert_true(sum > 15 && fabsf(x / sum - 13.5f) < .3f
                && fabsf(y / sum - 13.5f) < .3f);
    float middle = image[14 * DIGIT_SIDE + 13] + image[14 * DIGIT_SIDE + 14];
    assert_true(middle > .9f && image[5 * DIGIT_SIDE + 13]
                                + image[5 * DIGIT_SIDE + 14] > .5f);
}
CONFORMS(implicit_cases, .golden = "implicit")
CHECK_MAIN()
