/* gradient_check.c -- generated from chapters/04-gradient.nw. Do not edit. */
#include "check.h"
#include "optimizer.h"
#include "product.h"

TEST(product_by_hand)
{
    const float a[] = { 1, 2, 3, 4 }, b[] = { 5, 6, 7, 8 };
    const float want[] = { 19, 22, 43, 50 };
    float c[4];
    product(c, a, b, 2, 2, 2, 0);
    CHECK_CLOSE(c, want, 4, 0, 0);
}

TEST(momentum_by_hand)
{
    const struct sgd how = {.lr = 0.1, .momentum = 0.9};
    const float want[3] = {0.9f, 0.72f, 0.486f};
    float w = 1, velocity = 0;
    for (size_t t = 0; t < 3; t++) {
        float dw = w;
        sgd_step(&w, &velocity, &dw, 1, &how);
        CHECK_CLOSE(&w, &want[t], 1, 0, 1e-6);
    }
}

TEST(adam_by_hand)
{
    const struct adam how = {0.3, 0.5, 0.75, 0, 0, false};
    const float dw[2] = {4, -4}, want[2] = {0.7f, 0.8f};
    float w = 1, m = 0, v = 0;
    for (size_t t = 0; t < 2; t++) {
        adam_step(&w, &m, &v, &dw[t], 1, &how, t + 1);
        CHECK_CLOSE(&w, &want[t], 1, 0, 1e-6);
    }
}

TEST(decay_by_hand)
{
    struct adam how = {0.01, 0.9, 0.999, 0, 0.1, false};
    const float none = 0, want[2] = {0.99f, 0.999f};
    for (int d = 0; d < 2; d++) {
        float w = 1, m = 0, v = 0;
        how.decoupled = d == 1;
        how.eps = d * 1e-8;
        adam_step(&w, &m, &v, &none, 1, &how, 1);
        CHECK_CLOSE(&w, &want[d], 1, 0, 1e-6);
    }
}

TEST(clipping_by_hand)
{
    float dw[2] = {3, 4};
    assert_true(clip_by_norm(dw, 2, 10) == 5);
    CHECK_CLOSE(dw, ((float[2]){3, 4}), 2, 0, 0);
    assert_true(clip_by_norm(dw, 2, 1) == 5);
    CHECK_CLOSE(dw, ((float[2]){0.6f, 0.8f}), 2, 0, 1e-6);
}

TEST(a_gradient_that_is_none_is_left_alone)
{
    float dw[3] = {1, NAN, 2};
    assert_true(isnan(clip_by_norm(dw, 3, 1)));
    assert_true(dw[0] == 1 && dw[2] == 2);
    CHECK_DIES(DIES_REQUIRE, clip_by_norm(dw, 3, 0));
}

TEST(long_norms_are_exact)
{
    enum { MANY = 3 * OPTIMIZER_BLOCK + 17 };
    static float x[MANY];
    for (size_t i = 0; i < MANY; i++)
        x[i] = 0.5f;
    assert_true(fabs(norm_of(x, MANY) - 0.5 * sqrt(MANY)) < 1e-6);
}

TEST(schedules_by_hand)
{
    const float want[6] = {0.5f, 1, 0.853553f, 0.5f, 0.146447f, 0};
    float got[6];
    for (size_t i = 0; i < 6; i++)
        got[i] = (float)schedule_cosine(i + 1, 2, 6, 0);
    CHECK_CLOSE(got, want, 6, 1e-6, 0);
    assert_true(schedule_inverse_square_root(1, 4) == 0.25);
    assert_true(schedule_inverse_square_root(16, 4) == 0.5);
    assert_true(schedule_inverse_square_root(64, 4) == 0.25);
}

TEST(schedules_have_ends)
{
    assert_true(schedule_constant(1, 0) == 1);
    assert_true(schedule_constant(7, 7) == 1);
    assert_true(schedule_cosine(7, 7, 7, 0.25) == 0.25);
    assert_true(schedule_cosine(900, 0, 10, 0.25) == 0.25);
    assert_true(schedule_cosine(1, 5, 3, 0) == 0.2);
}

enum { GOLDEN = 13, GOLDEN_STEPS = 7 };

static void check_sgd(const char *name, struct sgd how)
{
    struct array w = check_golden("optimizer-w.npy"),
                 dw = check_golden("optimizer-dw.npy"),
                 want = check_golden(name);
    float velocity[GOLDEN] = {0};
    for (size_t t = 0; t < GOLDEN_STEPS; t++) {
        sgd_step(w.data, velocity, dw.data + t * GOLDEN, GOLDEN, &how);
        CHECK_CLOSE(w.data, want.data + t * GOLDEN, GOLDEN, 1e-6, 1e-6);
    }
    /* free the golden arrays */
    array_free(&w);
    array_free(&dw);
    array_free(&want);
}

static void check_adam(const char *name, struct adam how)
{
    struct array w = check_golden("optimizer-w.npy"),
                 dw = check_golden("optimizer-dw.npy"),
                 want = check_golden(name);
    float m[GOLDEN] = {0}, v[GOLDEN] = {0};
    for (size_t t = 0; t < GOLDEN_STEPS; t++) {
        adam_step(w.data, m, v, dw.data + t * GOLDEN, GOLDEN, &how, t + 1);
        CHECK_CLOSE(w.data, want.data + t * GOLDEN, GOLDEN, 1e-6, 1e-6);
    }
    /* free the golden arrays */
    array_free(&w);
    array_free(&dw);
    array_free(&want);
}

TEST(sgd_agrees_with_pytorch)
{
    check_sgd("optimizer-sgd.npy", (struct sgd){0.1, 0});
    check_sgd("optimizer-momentum.npy", (struct sgd){0.1, 0.9});
}

TEST(adam_agrees_with_pytorch)
{
    struct adam how = {0.01, 0.9, 0.99, 1e-8, 0, false};
    check_adam("optimizer-adam.npy", how);
    how.weight_decay = 0.1;
    check_adam("optimizer-adam-decay.npy", how);
    how.decoupled = true;
    check_adam("optimizer-adamw.npy", how);
}

TEST(clipping_agrees_with_pytorch)
{
    struct array dw = check_golden("optimizer-dw.npy"),
                 want = check_golden("optimizer-clip.npy");
    clip_by_norm(dw.data, dw.count, 0.7);
    CHECK_CLOSE(dw.data, want.data, dw.count, 0, 2e-6);
    array_free(&dw);
    array_free(&want);
}

TEST(schedules_agree_with_pytorch)
{
    struct array cosine = check_golden("optimizer-cosine.npy"),
                 inverse = check_golden("optimizer-inverse.npy");
    for (size_t t = 1; t <= cosine.count; t++) {
        float c = (float)schedule_cosine(t, 8, cosine.count, 0.1);
        float r = (float)schedule_inverse_square_root(t, 8);
        CHECK_CLOSE(&c, cosine.data + t - 1, 1, 0, 1e-6);
        CHECK_CLOSE(&r, inverse.data + t - 1, 1, 0, 1e-6);
    }
    /* free the golden schedules */
    array_free(&cosine);
    array_free(&inverse);
}

TEST(blocks_are_separate)
{
    enum { MANY = 40 * OPTIMIZER_BLOCK + 3 };
    static float w[2][MANY], m[2][MANY], v[2][MANY], dw[MANY];
    const struct adam how = {0.01, 0.9, 0.99, 1e-8, 0.1, true};
    /* fill w and dw with random numbers */
    struct random random = random_new(4, 1);
    for (size_t i = 0; i < MANY; i++) {
        w[0][i] = w[1][i] = random_normal(&random);
        dw[i] = random_normal(&random);
    }
    adam_step(w[0], m[0], v[0], dw, MANY, &how, 3);
    for (size_t i = 0; i < MANY; i += 8 * OPTIMIZER_BLOCK) {
        size_t n = MANY - i < 8 * OPTIMIZER_BLOCK ? MANY - i
                                                  : 8 * OPTIMIZER_BLOCK;
        adam_step(w[1] + i, m[1] + i, v[1] + i, dw + i, n, &how, 3);
    }
    assert_memory_equal(w[0], w[1], sizeof w[0]);
}

CHECK_MAIN()

