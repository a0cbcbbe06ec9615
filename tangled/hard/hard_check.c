/* hard_check.c -- generated from chapters/06-hard.nw. Do not edit. */
#include "kit/conforms.h"
#include "hard/hard_cases.h"
#include "hard/looker.h"
#include "double/hard_cases_double.h"

/* book_model: the weights of the book, asked with another baseline. */
static struct learned book_model(enum baseline baseline, size_t glimpses)
{
    static struct looker_how how;
    how = (struct looker_how){ ROAD_HARD, baseline, glimpses, "hard" };
    struct learned m = learner_new(&hard_learner, &how, 1, 1);
    weights_embedded(m.tape, hard_weights);
    return m;
}
TEST(three_places_by_hand)
{
    const float z[] = { logf(2), 0, 0, logf(2), 0, 0, logf(2), 0, 0 };
    const float p[] = { .5f, .25f, .25f }, reward[] = { 10, 12, 8 };
    const int32_t at[] = { 0, 1, 2 };
    for (int b = 0; b <= 10; b += 10) {
        float advantage[3], log_p[9], dz[9] = { 0 }, slope[3] = { 0 };
        for (int a = 0; a < 3; a++)
            advantage[a] = 3 * p[a] * (reward[a] - (float)b);
        reinforce_forward(log_p, z, at, advantage, 3, 3);
        reinforce_backward(dz, -1, log_p, at, advantage, 3, 3);
        CHECK_CLOSE(dz, (b ? (float[]){ 0, 0, 0 }
                           : (float[]){ 2.5f, -1.25f, -1.25f }), 3, 1e-6, 0);
        for (int i = 0; i < 9; i++)
            slope[i % 3] += dz[i];
        CHECK_CLOSE(slope, ((float[]){ 0, .5f, -.5f }), 3, 1e-6, 0);
    }
}

TEST(the_mean_is_the_exact_gradient)
{
    const float p[] = { .5f, .25f, .25f }, reward[] = { 10, 12, 8 };
    const double exact[] = { 0, .5, -.5 };
    enum { NONE, TEN, TWENTY, PEEKS };
    for (int kind = NONE; kind <= PEEKS; kind++) {
        struct random random = random_new(1, 6);
        double mean[3], error[3], worst = 0;
        float advantage[3];
        for (int a = 0; a < 3; a++)
            advantage[a] = reward[a] - (kind == PEEKS ? .8f * reward[a] + 2
                                                      : 10.f * (float)kind);
        estimate_mean(mean, error, p, advantage, 3, 20000, &random);
        for (int i = 0; i < 3; i++)
            worst = fmax(worst, fabs(mean[i] - exact[i]) / error[i]);
        if (kind == PEEKS)
            assert_true(worst > 10);
        else
            assert_true(worst < 3);
    }
}

TEST(the_largest_with_gumbel_noise_is_a_draw)
{
    const float z[] = { logf(2), 0, 0 }, p[] = { .5f, .25f, .25f };
    enum { DRAWS = 20000 };
    struct random random = random_new(1, 5);
    float count[3] = { 0 }, x[3];
    for (int d = 0; d < DRAWS; d++) {
        gumbel_noise(x, 3, &random);
        add_to(x, z, 3);
        count[argmax(x, 3)] += 1;
    }
    for (int i = 0; i < 3; i++)
        assert_true(fabsf(count[i] - DRAWS * p[i])
                    < 3 * sqrtf(DRAWS * p[i] * (1 - p[i])));
}

TEST(straight_through_is_pytorchs)
{
    struct array numbers = check_golden("hard-numbers.npy");
    struct array want = check_golden("hard-straight.npy");
    struct tape *tape = tape_new();
    struct tensor *z = tape_parameter(tape, "z", SHAPE(3, 4));
    assert_int_equal(want.count, 36);
    memcpy(z->data, numbers.data, 12 * sizeof *z->data);
    struct tensor *y = tape_add(tape, z, tape_input(tape, want.data,
                                                    SHAPE(3, 4)));
    y = tape_straight(tape, tape_softmax(tape, tape_scale(tape, y, 2)));
    CHECK_CLOSE(y->data, want.data + 12, 12, 0, 0);
    y = tape_multiply(tape, y, tape_input(tape,
        numbers.data + numbers.count - 12, SHAPE(3, 4)));
    tape_backward(tape, tape_sum(tape, y));
    CHECK_CLOSE(z->grad, want.data + 24, 12, 1e-6, 1e-5);
    tape_free(tape), array_free(&numbers), array_free(&want);
}

TEST(windows_by_hand)
{
    const struct windows w = { 1, 4, 6, 3, 2 };
    const int32_t at[] = { 0, 5 };
    const float dout[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9,
                           1, 1, 1, 1, 1, 1, 1, 1, 1 };
    float x[24], out[18], dx[24] = { 0 };
    for (int i = 0; i < 24; i++)
        x[i] = (float)(i + 1);
    assert_int_equal(window_places(&w), 6);
    windows_forward(out, x, at, 2, &w);
    CHECK_CLOSE(out, ((float[]){ 1, 2, 3, 7, 8, 9, 13, 14, 15,
                                 17, 18, 0, 23, 24, 0, 0, 0, 0 }), 18, 0, 0);
    windows_backward(dx, dout, at, 2, &w);
    CHECK_CLOSE(dx, ((float[]){ 1, 2, 3, 0, 0, 0,  4, 5, 6, 0, 0, 0,
                                7, 8, 9, 0, 1, 1,  0, 0, 0, 0, 1, 1 }), 24,
                0, 0);
}

TEST(draws_by_hand)
{
    const float p[] = { 0, .25f, .5f, .2499f, 0 };
    assert_int_equal(place_draw(p, 5, 0), 1);
    assert_int_equal(place_draw(p, 5, .2499f), 1);
    assert_int_equal(place_draw(p, 5, .25f), 2);
    assert_int_equal(place_draw(p, 5, .7499f), 2);
    assert_int_equal(place_draw(p, 5, .75f), 3);
    assert_int_equal(place_draw(p, 5, .99999f), 3);
}

TEST(a_digit_is_somewhere)
{
    static uint8_t images[2 * DIGIT_PIXELS], labels[2] = { 3, 4 };
    static float x[SCENE * SCENE];
    const struct digits d = { 2, images, labels };
    size_t most = 0, least = SCENE;
    memset(images, 102, DIGIT_PIXELS);
    for (size_t n = 0; n < 200; n++) {
        struct random random = random_new(n, 0);
        size_t inked = 0, first = 0;
        scene_make(x, &d, 0, &random);
        for (size_t i = SCENE * SCENE; i-- > 0; )
            if (x[i] > 0)
                assert_true(x[i] == .4f), inked++, first = i;
        assert_true(inked >= DIGIT_PIXELS
                    && inked <= DIGIT_PIXELS + SCRAPS * SCRAP * SCRAP);
        most = first / SCENE > most ? first / SCENE : most;
        least = first / SCENE < least ? first / SCENE : least;
    }
    assert_true(least == 0 && most > 20);
}

TEST(it_learns_to_look)
{
    struct learned m = learner_fit(&hard_learner, &hard_how, 1, 200);
    assert_true(learner_score(&m) > .2);
    learned_free(&m);
    CHECK_GOES_ON(&hard_learner, 2);
    CHECK_EMBEDDED(&hard_learner, "data/weights/hard.safetensors");
    digit_sets_free(hard_learner.loaded), hard_learner.loaded = NULL;
}

TEST(paths_of_the_model_agree_with_all_paths)
{
    const struct digit_sets *sets = learner_data(&hard_learner);
    struct learned m = book_model(BASELINE_LEARNED, 2);
    float x[SCENE_PIXELS];
    scene_test(x, &sets->test, UNDECIDED);
    const int32_t target = sets->test.labels[UNDECIDED];
    const struct agreement a = looker_agrees(m.model, x, target, NAN, 50);
    assert_true(fabs(a.along - 1) < 3 * a.error && a.error < .2);
    assert_true(a.distance < 3);
    learned_free(&m), digit_sets_free(hard_learner.loaded);
    hard_learner.loaded = NULL;
}
CONFORMS(hard_cases, .golden = "hard")
CHECK_MAIN()
