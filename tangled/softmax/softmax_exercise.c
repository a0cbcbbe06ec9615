/* softmax_exercise.c -- generated from chapters/01-softmax.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "softmax_exercise.h"
#endif
#include ANSWERS

TEST(sigmoid_is_exact_everywhere)
{
    const float x[9] = {0, -80, 80, 1000, -1000, INFINITY, -INFINITY,
                        -89, -100};
    const float want[9] = {0.5f, 1.80485139e-35f, 1, 1, 0, 1, 0,
                           2.22736356e-39f, 3.72007598e-44f};
    float got[9];
    for (size_t i = 0; i < 9; i++)
        got[i] = sigmoid(x[i]);
    CHECK_CLOSE(got, want, 9, 4.3e-45, 1e-6);
}

TEST(sigmoid_is_a_softmax)
{
    for (float x = -20; x <= 20; x += 0.37f) {
        float p[2] = {x, 0}, got = sigmoid(x);
        softmax(p, p, 2);
        CHECK_CLOSE(&got, p, 1, 0, 1e-6);
    }
}

static const float scores[6] = {1, -INFINITY, 3, 2.5f, 40, 38.5f};
static const float values[6] = {2, 1e9f, -1, 0.5f, 3, -4};

static struct average_stream pushed(size_t from, size_t to)
{
    struct average_stream s = {-INFINITY, 0, 0};
    for (size_t i = from; i < to; i++)
        average_stream_push(&s, scores[i], values[i]);
    return s;
}

static float average_of(size_t n)
{
    float p[6];
    softmax(p, scores, n);
    return row_dot(p, values, n);
}

TEST(average_streams)
{
    for (size_t n = 1; n <= 6; n++) {
        float got = average_stream_value(pushed(0, n));
        CHECK_CLOSE(&got, &(float){average_of(n)}, 1, 1e-6, 2e-6);
    }
}

TEST(average_streams_merge)
{
    for (size_t cut = 0; cut <= 6; cut++) {
        float got = average_stream_value(
            average_stream_merge(pushed(0, cut), pushed(cut, 6)));
        CHECK_CLOSE(&got, &(float){average_of(6)}, 1, 1e-6, 2e-6);
    }
}

TEST(average_of_masked_scores_is_zero)
{
    float nothing = average_stream_value(pushed(1, 2));
    assert_true(nothing == 0);
}

static const float g[5] = {0.4f, -1, 2, 0.1f, -0.7f};

static double loss_of_scores_and_temperature(const double *x, void *unused)
{
    (void)unused;
    double loss = 0, sum = 0;
    for (size_t i = 0; i < 5; i++) {
        sum += exp(x[i] / x[5]);
        loss += g[i] * exp(x[i] / x[5]);
    }
    return loss / sum;
}

TEST(temperature_has_a_gradient)
{
    const float x[6] = {1, -0.5f, 2, 0, 0.7f, 1.6f};
    float p[5], d[6] = {0};
    softmax_temperature(p, x, x[5], 5);
    softmax_temperature_backward(d, d + 5, g, p, x, x[5], 5);
    check_gradient(d, loss_of_scores_and_temperature, x, 6, NULL,
                   1e-6, 1e-5);
}

TEST(masked_scores_do_not_spoil_the_gradient)
{
    const float x[6] = {1, -0.5f, 2, 0, 0.7f, 1.6f};
    const float row[6] = {1, -0.5f, 2, 0, 0.7f, -INFINITY};
    const float dout[6] = {g[0], g[1], g[2], g[3], g[4], 3};
    float p[6], d[6] = {0}, dtemperature = 0;
    softmax_temperature(p, row, x[5], 6);
    softmax_temperature_backward(d, &dtemperature, dout, p, row, x[5], 6);
    assert_true(d[5] == 0);
    d[5] = dtemperature;
    check_gradient(d, loss_of_scores_and_temperature, x, 6, NULL,
                   1e-6, 1e-5);
}
CHECK_MAIN()
