/* softmax_check.c -- generated from chapters/01-softmax.nw. Do not edit. */
#include "check.h"
#include "softmax.h"

static void softmax_double(double *p, const double *x, size_t n)
{
    double max = x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        max = fmax(max, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += p[i] = exp(x[i] - max);
    for (size_t i = 0; i < n; i++)
        p[i] /= sum;
}

static const float slopes[7] = {0.3f, -1, 2, 0.7f, -0.2f, 1.5f, -2};

static double weighted_loss(const double *x, void *unused)
{
    (void)unused;
    double p[7], loss = 0;
    softmax_double(p, x, 7);
    for (size_t i = 0; i < 7; i++)
        loss += slopes[i] * p[i];
    return loss;
}

static double log_loss(const double *x, void *unused)
{
    (void)unused;
    double p[7], loss = 0;
    softmax_double(p, x, 7);
    for (size_t i = 0; i < 7; i++)
        loss += slopes[i] * log(p[i]);
    return loss;
}

static float exp_one(float x)
{
    return lanes_exp(lanes_all(x))[0];
}

static double exp_error(float x) /* in ulps */
{
    double want = exp(x);
    int exponent;
    frexp(want, &exponent);
    return fabs(exp_one(x) - want) / ldexp(1, exponent - 24);
}

static void check_golden_rows(const float *got, const char *name)
{
    struct array want = check_golden(name);
    CHECK_CLOSE(got, want.data, want.count, 3e-7, 2e-6);
    array_free(&want);
}

/* the softmax of each column */
static void softmax_columns(float *out, const float *x,
                            size_t rows, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        float sum = 0;
        for (size_t r = 0; r < rows; r++)
            sum += out[r * n + c] = expf(x[r * n + c]);
        for (size_t r = 0; r < rows; r++)
            out[r * n + c] /= sum;
    }
}

static const float hand_x[3] = {0, 0.69314718f, 1.60943791f};
static const float hand_p[3] = {1 / 8.0f, 2 / 8.0f, 5 / 8.0f};

TEST(naive_by_hand)
{
    float p[3];
    softmax_naive(p, hand_x, 3);
    CHECK_CLOSE(p, hand_p, 3, 0, 3e-7);
}

TEST(by_hand)
{
    float p[3];
    softmax(p, hand_x, 3);
    CHECK_CLOSE(p, hand_p, 3, 0, 3e-7);
}

TEST(shift_changes_nothing)
{
    const float x[5] = {3, -1, 0, 2, 2};
    const float far[5] = {1003, 999, 1000, 1002, 1002};
    float p[5], q[5];
    softmax(p, x, 5);
    softmax(q, far, 5);
    CHECK_CLOSE(q, p, 5, 0, 0);
}

TEST(weights_sum_to_one)
{
    struct random random = random_new(1, 1);
    for (size_t n = 1; n <= 70; n++) {
        float x[70], sum = 0;
        for (size_t i = 0; i < n; i++)
            x[i] = 300 * random_normal(&random);
        softmax(x, x, n);
        /* check that no weight in x is negative, and add up sum */
        for (size_t i = 0; i < n; i++) {
            assert_true(x[i] >= 0);
            sum += x[i];
        }
        CHECK_CLOSE(&sum, &(float){1}, 1, 1e-6, 0);
    }
}

TEST(masked_scores_get_zero)
{
    const float x[5] = {0, -INFINITY, 0.69314718f, 1.60943791f, -INFINITY};
    const float want[5] = {0.125f, 0, 0.25f, 0.625f, 0};
    float p[5];
    softmax(p, x, 5);
    CHECK_CLOSE(p, want, 5, 0, 3e-7);
    assert_true(p[1] == 0 && p[4] == 0);
}

TEST(masked_rows_are_zero)
{
    for (size_t n = 1; n <= 70; n++) {
        float p[70];
        for (size_t i = 0; i < n; i++)
            p[i] = -INFINITY;
        softmax(p, p, n);
        for (size_t i = 0; i < n; i++)
            assert_true(p[i] == 0);
    }
}

TEST(nan_is_not_hidden)
{
    float p[3] = {-INFINITY, NAN, -INFINITY}, q[3] = {1, 2, NAN};
    softmax(p, p, 3);
    softmax(q, q, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(isnan(p[i]) && isnan(q[i]));
}

TEST(empty_rows_are_refused)
{
    float p[1] = {0};
    CHECK_DIES(DIES_REQUIRE, softmax(p, p, 0));
}

TEST(logs_by_hand)
{
    const float want[3] = {-2.07944154f, -1.38629436f, -0.47000363f};
    float out[3], total = log_sum_exp(hand_x, 3);
    log_softmax(out, hand_x, 3);
    CHECK_CLOSE(out, want, 3, 0, 3e-7);
    CHECK_CLOSE(&total, &(float){2.07944154f}, 1, 0, 3e-7);
}

TEST(logs_survive_where_weights_vanish)
{
    const float x[3] = {1000, 800, -INFINITY};
    const float want[3] = {0, -200, -INFINITY};
    float out[3];
    log_softmax(out, x, 3);
    CHECK_CLOSE(out, want, 3, 0, 0);
}

TEST(logs_of_masked_rows)
{
    float x[2] = {-INFINITY, -INFINITY};
    assert_true(log_sum_exp(x, 2) == -INFINITY);
    log_softmax(x, x, 2);
    assert_true(x[0] == -INFINITY && x[1] == -INFINITY);
}

TEST(temperature_by_hand)
{
    const float want[3] = {1 / 30.0f, 4 / 30.0f, 25 / 30.0f};
    float p[3];
    softmax_temperature(p, hand_x, 0.5f, 3);
    CHECK_CLOSE(p, want, 3, 0, 1e-6);
}

TEST(temperature_limits)
{
    const float x[5] = {1, 3, -INFINITY, 3, 2};
    const float cold[5] = {0, 0.5f, 0, 0.5f, 0};
    const float hot[5] = {0.25f, 0.25f, 0, 0.25f, 0.25f};
    float p[5], hard[5];
    softmax_temperature(p, x, 1e-3f, 5);
    hardmax(hard, x, 5);
    CHECK_CLOSE(p, cold, 5, 0, 0);
    CHECK_CLOSE(hard, cold, 5, 0, 0);
    softmax_temperature(p, x, 1e8f, 5);
    CHECK_CLOSE(p, hot, 5, 1e-7, 0);
}

TEST(temperature_must_be_positive)
{
    float p[2] = {0, 1};
    CHECK_DIES(DIES_REQUIRE, softmax_temperature(p, p, 0, 2));
    CHECK_DIES(DIES_REQUIRE, softmax_temperature(p, p, -1, 2));
}

TEST(argmax_takes_the_first)
{
    const float x[4] = {1, 3, 3, -INFINITY};
    float none[2] = {-INFINITY, -INFINITY};
    assert_int_equal(argmax(x, 4), 1);
    hardmax(none, none, 2);
    assert_true(none[0] == 0 && none[1] == 0);
    float place = soft_argmax(hand_p, 3);
    CHECK_CLOSE(&place, &(float){1.5f}, 1, 0, 0);
}

TEST(entropy_by_hand)
{
    const float one[3] = {0, 1, 0}, none[3] = {0};
    const float even[4] = {0.25f, 0.25f, 0.25f, 0.25f};
    const float got[4] = {entropy(one, 3), entropy(none, 3),
                          entropy(even, 4), entropy(hand_p, 3)};
    const float want[4] = {0, 0, 1.38629436f, 0.90025605f};
    CHECK_CLOSE(got, want, 4, 0, 3e-7);
}

TEST(jacobian_by_hand)
{
    const float want[9] = {7 / 64.0f, -2 / 64.0f, -5 / 64.0f,
                           -2 / 64.0f, 12 / 64.0f, -10 / 64.0f,
                           -5 / 64.0f, -10 / 64.0f, 15 / 64.0f};
    float j[9];
    softmax_jacobian(j, hand_p, 3);
    CHECK_CLOSE(j, want, 9, 0, 0);
}

static const float seven[7] = {0.5f, -1, 2, 0, 1.5f, -3, 1};

TEST(backward_agrees_with_differences)
{
    float p[7], dx[7] = {0};
    softmax(p, seven, 7);
    softmax_backward(dx, slopes, p, 7);
    check_gradient(dx, weighted_loss, seven, 7, NULL, 1e-7, 1e-5);
}

TEST(backward_is_jacobian_and_adds)
{
    float p[7], j[49], want[7] = {0}, dx[7] = {0};
    softmax(p, seven, 7);
    softmax_jacobian(j, p, 7);
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 7; k++)
            want[k] += 2 * slopes[i] * j[i * 7 + k];
    softmax_backward(dx, slopes, p, 7);
    softmax_backward(dx, slopes, p, 7);
    CHECK_CLOSE(dx, want, 7, 3e-7, 1e-6);
}

TEST(log_backward_agrees_with_differences)
{
    float out[7], dx[7] = {0};
    log_softmax(out, seven, 7);
    log_softmax_backward(dx, slopes, out, 7);
    check_gradient(dx, log_loss, seven, 7, NULL, 1e-6, 1e-5);
}

TEST(usual_loss_by_hand)
{
    const float dout[3] = {0, -1, 0};
    const float want[3] = {0.125f, 0.25f - 1, 0.625f};
    float out[3], dx[3] = {0};
    log_softmax(out, hand_x, 3);
    log_softmax_backward(dx, dout, out, 3);
    CHECK_CLOSE(dx, want, 3, 0, 1e-6);
}

static void check_stream(const float *x, size_t n)
{
    float want[500], got[500];
    struct softmax_stream s = softmax_stream_new();
    for (size_t i = 0; i < n; i++)
        softmax_stream_push(&s, x[i]);
    softmax_stream_finish(got, x, s, n);
    softmax(want, x, n);
    CHECK_CLOSE(got, want, n, 1e-9, 2e-5);
}

TEST(stream_equals_softmax)
{
    struct random random = random_new(1, 2);
    float x[500];
    for (size_t i = 0; i < 500; i++)
        x[i] = 0.1f * (float)i;
    check_stream(x, 500);
    for (size_t i = 0; i < 500; i++)
        x[i] = i % 7 == 0 ? -INFINITY : 5 * random_normal(&random);
    check_stream(x, 500);
    check_stream(x, 1);
}

static void check_same_stream(struct softmax_stream a,
                              struct softmax_stream b)
{
    assert_true(a.max == b.max);
    CHECK_CLOSE(&a.sum, &b.sum, 1, 0, 1e-6);
}

TEST(merging_is_associative)
{
    const float x[9] = {1, -2, 30, 0, -INFINITY, 4, 31, 29, 2};
    struct softmax_stream a = softmax_stream_row(x, 2),
                          b = softmax_stream_row(x + 2, 3),
                          c = softmax_stream_row(x + 5, 4),
                          ab = softmax_stream_merge(a, b),
                          bc = softmax_stream_merge(b, c),
                          whole = softmax_stream_row(x, 9);
    check_same_stream(softmax_stream_merge(ab, c), whole);
    check_same_stream(softmax_stream_merge(a, bc), whole);
    check_same_stream(softmax_stream_merge(c, ab), whole);
}

TEST(empty_stream_is_neutral)
{
    struct softmax_stream none = softmax_stream_new(),
                          some = softmax_stream_row(hand_x, 3);
    softmax_stream_push(&none, -INFINITY);
    assert_true(none.max == -INFINITY && none.sum == 0);
    check_same_stream(softmax_stream_merge(none, some), some);
    check_same_stream(softmax_stream_merge(some, none), some);
    check_same_stream(softmax_stream_merge(none, none), none);
}

TEST(rows_are_separate)
{
    struct random random = random_new(1, 3);
    float x[15], got[15], want[15];
    for (size_t i = 0; i < 15; i++)
        x[i] = random_normal(&random);
    softmax_rows(got, x, 3, 5);
    for (size_t r = 0; r < 3; r++)
        softmax(want + r * 5, x + r * 5, 5);
    CHECK_CLOSE(got, want, 15, 0, 0);
}

TEST(exp_is_accurate)
{
    struct random random = random_new(1, 4);
    for (size_t i = 0; i < 200000; i++) {
        float x = -87.3f + 176 * random_uniform(&random);
        assert_true(exp_error(x) < 2);
        assert_true(exp_error(x / 200) < 2);
    }
}

TEST(exp_at_the_ends)
{
    const float x[7] = {0, -0.0f, 88.7228317f, -87.3365402f,
                        89, -88, -INFINITY};
    const float want[7] = {1, 1, 3.40279851e38f, 1.17549968e-38f,
                           INFINITY, 0, 0};
    float got[7];
    for (size_t i = 0; i < 7; i++)
        got[i] = exp_one(x[i]);
    CHECK_CLOSE(got, want, 7, 0, 3e-7);
    assert_true(exp_one(INFINITY) == INFINITY && isnan(exp_one(NAN)));
}

TEST(row_helpers_agree_with_plain_loops)
{
    struct random random = random_new(1, 5);
    float x[150], e[150];
    for (size_t n = 1; n <= 150; n++) {
        double max = -INFINITY, sum = 0, dot = 0;
        for (size_t i = 0; i < n; i++)
            x[i] = random_normal(&random);
        float got[2] = {row_exp(e, x, 0, n), row_dot(x, x, n)};
        for (size_t i = 0; i < n; i++) {
            max = fmax(max, x[i]);
            sum += exp(x[i]);
            dot += x[i] * x[i];
        }
        CHECK_CLOSE(got, ((float[2]){(float)sum, (float)dot}), 2, 0, 1e-6);
        assert_true(row_max(x, n) == (float)max);
    }
}

TEST(values_agree_with_pytorch)
{
    struct array x = check_golden("softmax-x.npy");
    float out[3 * 5 * 7], log[3 * 5 * 7], warm[3 * 5 * 7], lse[3 * 5];
    REQUIRE(x.count == 3 * 5 * 7);
    softmax_rows(out, x.data, 3 * 5, 7);
    for (size_t r = 0; r < 3 * 5; r++) {
        log_softmax(log + 7 * r, x.data + 7 * r, 7);
        softmax_temperature(warm + 7 * r, x.data + 7 * r, 0.7f, 7);
        lse[r] = log_sum_exp(x.data + 7 * r, 7);
    }
    check_golden_rows(out, "softmax-out.npy");
    check_golden_rows(log, "softmax-log.npy");
    check_golden_rows(warm, "softmax-temperature.npy");
    check_golden_rows(lse, "softmax-lse.npy");
    array_free(&x);
}

TEST(gradients_agree_with_pytorch)
{
    struct array x = check_golden("softmax-x.npy");
    struct array dout = check_golden("softmax-dout.npy");
    struct array dlog = check_golden("softmax-dlog.npy");
    float p[7], dx[3 * 5 * 7] = {0}, dxlog[3 * 5 * 7] = {0};
    for (size_t i = 0; i < x.count; i += 7) {
        softmax(p, x.data + i, 7);
        softmax_backward(dx + i, dout.data + i, p, 7);
        log_softmax(p, x.data + i, 7);
        log_softmax_backward(dxlog + i, dlog.data + i, p, 7);
    }
    check_golden_rows(dx, "softmax-dx.npy");
    check_golden_rows(dxlog, "softmax-dxlog.npy");
    array_free(&x);
    array_free(&dout);
    array_free(&dlog);
}

TEST(wrong_axis_is_noticed)
{
    struct random random = random_new(1, 6);
    float x[15], p[15];
    for (size_t i = 0; i < 15; i++)
        x[i] = random_normal(&random);
    softmax_columns(p, x, 3, 5);
    for (size_t r = 0; r < 3; r++) {
        float sum = 0;
        for (size_t i = 0; i < 5; i++)
            sum += p[r * 5 + i];
        assert_true(fabsf(sum - 1) > 0.1f);
    }
}

CHECK_MAIN()
