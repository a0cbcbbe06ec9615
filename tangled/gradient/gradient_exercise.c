/* gradient_exercise.c -- generated from chapters/04-gradient.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "gradient_exercise.h"
#endif
#include ANSWERS

TEST(nesterov_agrees_with_pytorch)
{
    struct array w = check_golden("optimizer-w.npy"),
                 dw = check_golden("optimizer-dw.npy"),
                 want = check_golden("optimizer-nesterov.npy");
    const struct sgd how = {0.1, 0.9};
    size_t n = w.count;
    float *velocity = allocate(n, sizeof(float));
    for (size_t t = 0; t < 7; t++) {
        nesterov_step(w.data, velocity, dw.data + t * n, n, &how);
        CHECK_CLOSE(w.data, want.data + t * n, n, 1e-6, 1e-6);
    }
    free(velocity);
    array_free(&w), array_free(&dw), array_free(&want);
}

static const float side[5] = {0.5f, -1, 2, 0.25f, -0.75f};
static const float pull[5] = {1, 0.5f, -1, 2, -0.3f};

static double pull_of_unit(const double *x, void *unused)
{
    double square = 0, sum = 0;
    for (size_t i = 0; i < 5; i++) {
        square += x[i] * x[i];
        sum += (double)pull[i] * x[i];
    }
    return (void)unused, sum / sqrt(square);
}

TEST(units_have_norm_one)
{
    float y[2] = {0}, norm = unit_forward(y, (float[2]){3, 4}, 2);
    assert_true(norm == 5);
    CHECK_CLOSE(y, ((float[2]){0.6f, 0.8f}), 2, 0, 1e-6);
}

TEST(units_have_a_gradient)
{
    float y[5] = {0}, dx[5] = {0};
    float norm = unit_forward(y, side, 5);
    unit_backward(dx, pull, y, norm, 5);
    check_gradient(dx, pull_of_unit, side, 5, NULL, 1e-6, 1e-5);
    /* a second backward pass must add to the first */
    float twice[5];
    memcpy(twice, dx, sizeof twice);
    unit_backward(twice, pull, y, norm, 5);
    for (size_t i = 0; i < 5; i++)
        dx[i] *= 2;
    CHECK_CLOSE(twice, dx, 5, 1e-6, 1e-6);
}
CHECK_MAIN()

