/* softmax_check.c -- generated from chapters/01-softmax.nw. Do not edit. */
#include "kit/check.h"
#include "softmax/softmax.h"

static const float seven[7] = {0.5f, -1, 2, 0, 1.5f, -3, 1};
static const float g[7] = {0.3f, -1, 2, 0.7f, -0.2f, 1.5f, -2};

static void softmax_double(double *p, const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += p[i] = exp(x[i]);
    for (size_t i = 0; i < n; i++)
        p[i] /= sum;
}

static double weighted_loss(const double *x, void *unused)
{
    double p[7], loss = 0;
    softmax_double(p, x, 7);
    for (size_t i = 0; i < 7; i++)
        loss += g[i] * p[i];
    return (void)unused, loss;
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

static void check_against(const char *name, const float *got)
{
    struct array want = check_golden(name);
    CHECK_CLOSE(got, want.data, want.count, 3e-7, 2e-6);
    array_free(&want);
}

static const float hand_x[3] = {0, 0.69314718f, 1.60943791f};
static const float hand_p[3] = {1 / 8.0f, 2 / 8.0f, 5 / 8.0f};

TEST(naive_by_hand)
{
    float p[3];
    softmax_naive(p, hand_x, 3);
    CHECK_CLOSE(p, hand_p, 3, 0, 3e-7);
}

TEST(softmax_agrees_with_plain)
{
    struct random random = random_new(1, 8);
    for (size_t n = 1; n <= 70; n++)
        for (float middle = -200; middle <= 200; middle += 200) {
            float x[70], want[70];
            random_normals(x, n, 10, &random);
            for (size_t i = 0; i < n; i++)
                x[i] += middle;
            if (n % 3 == 0)
                x[n / 2] = -INFINITY;
            softmax_plain(want, x, n);
            softmax(x, x, n);
            CHECK_CLOSE(x, want, n, 1e-40, 2e-6);
        }
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

TEST(masked_rows_are_zero)
{
    const float none[3] = {-INFINITY, -INFINITY, -INFINITY};
    float p[3], q[3];
    softmax(p, none, 3);
    softmax_plain(q, none, 3);
    CHECK_CLOSE(p, ((float[3]){0, 0, 0}), 3, 0, 0);
    CHECK_CLOSE(q, ((float[3]){0, 0, 0}), 3, 0, 0);
}

static const float tied[5] = {1, 3, -INFINITY, 3, 2};
static const float cold[5] = {0, 0.5f, 0, 0.5f, 0};

TEST(cold_is_hardmax)
{
    float p[5];
    hardmax(p, tied, 5);
    CHECK_CLOSE(p, cold, 5, 0, 0);
    softmax_temperature(p, tied, 1e-3f, 5);
    CHECK_CLOSE(p, cold, 5, 0, 0);
    softmax_temperature(p, tied, 1e-39f, 5);
    CHECK_CLOSE(p, cold, 5, 0, 0);
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
    float out[3];
    log_softmax(out, x, 3);
    CHECK_CLOSE(out, ((float[3]){0, -200, -INFINITY}), 3, 0, 0);
}

TEST(backward_agrees_with_differences)
{
    float p[7], dx[7] = {0};
    softmax(p, seven, 7);
    softmax_backward(dx, g, p, 7);
    check_gradient(dx, weighted_loss, seven, 7, NULL, 1e-7, 1e-5);
}

static void check_stream(const float *x, size_t n)
{
    float want[500], got[500];
    struct softmax_stream s = softmax_stream_new();
    for (size_t i = 0; i < n; i++)
        softmax_stream_push(&s, x[i]);
    softmax_stream_finish(got, x, s, n);
    softmax(want, x, n);
    CHECK_CLOSE(got, want, n, 1e-9, 1e-5);
}

TEST(rising_stream_equals_softmax)
{
    float x[500];
    for (size_t i = 0; i < 500; i++)
        x[i] = 0.001f * (float)i;
    check_stream(x, 500);
}

TEST(wrong_axis_is_noticed)
{
    struct random random = random_new(1, 6);
    float x[15], p[15], ones[5] = {1, 1, 1, 1, 1};
    random_normals(x, 15, 1, &random);
    softmax_columns(p, x, 3, 5);
    for (size_t r = 0; r < 3; r++)
        assert_true(fabsf(row_dot(p + r * 5, ones, 5) - 1) > 0.1f);
}

TEST(by_hand)
{
    float p[3], q[3];
    softmax(p, hand_x, 3);
    softmax_plain(q, hand_x, 3);
    CHECK_CLOSE(p, hand_p, 3, 0, 3e-7);
    CHECK_CLOSE(q, hand_p, 3, 0, 3e-7);
}

TEST(weights_sum_to_one)
{
    struct random random = random_new(1, 1);
    for (size_t n = 1; n <= 70; n++) {
        float x[70], sum = 0;
        random_normals(x, n, 300, &random);
        softmax(x, x, n);
        for (size_t i = 0; i < n; i++) {
            assert_true(x[i] >= 0);
            sum += x[i];
        }
        CHECK_CLOSE(&sum, &(float){1}, 1, 1e-6, 0);
    }
}

TEST(masked_scores_get_zero)
{
    const float x[5] = {hand_x[0], -INFINITY, hand_x[1], hand_x[2],
                        -INFINITY};
    const float want[5] = {hand_p[0], 0, hand_p[1], hand_p[2], 0};
    float p[5];
    softmax(p, x, 5);
    CHECK_CLOSE(p, want, 5, 0, 3e-7);
}

static void check_all_nan(const float *p)
{
    for (size_t i = 0; i < 3; i++)
        assert_true(isnan(p[i]));
}

TEST(nan_is_not_hidden)
{
    const float bad[4][3] = {{-INFINITY, NAN, -INFINITY}, {1, 2, NAN},
                             {NAN, 0, 1}, {1, INFINITY, 3}};
    float p[3];
    for (size_t i = 0; i < 4; i++) {
        softmax(p, bad[i], 3);
        check_all_nan(p);
        softmax_plain(p, bad[i], 3);
        check_all_nan(p);
        log_softmax(p, bad[i], 3);
        check_all_nan(p);
        softmax_temperature(p, bad[i], 2, 3);
        check_all_nan(p);
    }
    temper(p, (const float[3]){1, NAN, 3}, 2, 3);
    assert_true(p[0] == -1 && isnan(p[1]) && p[2] == 0);
}

TEST(empty_rows_are_refused)
{
    float p[1] = {0};
    CHECK_DIES(DIES_REQUIRE, softmax(p, p, 0));
    CHECK_DIES(DIES_REQUIRE, softmax_plain(p, p, 0));
}

TEST(temperature_must_be_positive)
{
    float p[2] = {0, 1};
    CHECK_DIES(DIES_REQUIRE, softmax_temperature(p, p, 0, 2));
    CHECK_DIES(DIES_REQUIRE, softmax_temperature(p, p, -1, 2));
}

TEST(temperature_by_hand)
{
    const float want[3] = {1 / 30.0f, 4 / 30.0f, 25 / 30.0f};
    float p[3];
    softmax_temperature(p, hand_x, 0.5f, 3);
    CHECK_CLOSE(p, want, 3, 0, 1e-6);
}

TEST(hot_is_equal)
{
    const float hot[5] = {0.25f, 0.25f, 0, 0.25f, 0.25f};
    float p[5];
    softmax_temperature(p, tied, 1e8f, 5);
    CHECK_CLOSE(p, hot, 5, 1e-7, 0);
}

TEST(argmax_hard_and_soft)
{
    float place = soft_argmax(hand_p, 3), none[2] = {-INFINITY, -INFINITY};
    assert_int_equal(argmax(tied, 5), 1);
    CHECK_CLOSE(&place, &(float){1.5f}, 1, 0, 0);
    hardmax(none, none, 2);
    assert_true(none[0] == 0 && none[1] == 0);
}

TEST(entropy_by_hand)
{
    const float one[3] = {0, 1, 0}, none[3] = {0}, even[2] = {0.5f, 0.5f};
    const float got[4] = {entropy(one, 3), entropy(none, 3),
                          entropy(even, 2), entropy(hand_p, 3)};
    const float want[4] = {0, 0, 0.69314718f, 0.90025605f};
    CHECK_CLOSE(got, want, 4, 0, 3e-7);
}

TEST(logs_of_masked_rows)
{
    float x[2] = {-INFINITY, -INFINITY};
    assert_true(log_sum_exp(x, 2) == -INFINITY);
    log_softmax(x, x, 2);
    assert_true(x[0] == -INFINITY && x[1] == -INFINITY);
}

TEST(jacobian_by_hand)
{
    const float want[9] = {7, -2, -5, -2, 12, -10, -5, -10, 15};
    float j[9];
    softmax_jacobian(j, hand_p, 3);
    for (size_t i = 0; i < 9; i++)
        j[i] *= 64;
    CHECK_CLOSE(j, want, 9, 0, 0);
}

TEST(backward_is_jacobian_and_adds)
{
    float p[7], want[7] = {0}, dx[7] = {0}, j[7 * 7];
    softmax(p, seven, 7);
    softmax_jacobian(j, p, 7);
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 7; k++)
            want[k] += 2 * g[i] * j[i * 7 + k];
    softmax_backward(dx, g, p, 7);
    softmax_backward(dx, g, p, 7);
    CHECK_CLOSE(dx, want, 7, 3e-7, 1e-6);
}

static double log_loss(const double *x, void *unused)
{
    double p[7], loss = 0;
    softmax_double(p, x, 7);
    for (size_t i = 0; i < 7; i++)
        loss += g[i] * log(p[i]);
    return (void)unused, loss;
}

TEST(log_backward_agrees_with_differences)
{
    float out[7], dx[7] = {0};
    log_softmax(out, seven, 7);
    log_softmax_backward(dx, g, out, 7);
    check_gradient(dx, log_loss, seven, 7, NULL, 1e-6, 1e-5);
}

TEST(usual_loss_by_hand)
{
    const float dout[3] = {0, -1, 0}, want[3] = {0.125f, 0.25f - 1, 0.625f};
    float out[3], dx[3] = {0};
    log_softmax(out, hand_x, 3);
    log_softmax_backward(dx, dout, out, 3);
    CHECK_CLOSE(dx, want, 3, 0, 1e-6);
}

TEST(masked_stream_equals_softmax)
{
    struct random random = random_new(1, 2);
    float x[500];
    random_normals(x, 500, 5, &random);
    for (size_t i = 0; i < 500; i += 7)
        x[i] = -INFINITY;
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
                          bc = softmax_stream_merge(b, c);
    struct softmax_stream whole = softmax_stream_row(x, 9);
    check_same_stream(softmax_stream_merge(ab, c), whole);
    check_same_stream(softmax_stream_merge(a, bc), whole);
    check_same_stream(softmax_stream_merge(c, ab), whole);
}

TEST(empty_stream_is_neutral)
{
    struct softmax_stream none = softmax_stream_new(),
                          some = softmax_stream_row(hand_x, 3);
    softmax_stream_push(&none, -INFINITY);
    check_same_stream(none, softmax_stream_new());
    check_same_stream(softmax_stream_merge(none, some), some);
    check_same_stream(softmax_stream_merge(some, none), some);
    check_same_stream(softmax_stream_merge(none, none), none);
}

TEST(rows_are_separate)
{
    struct random random = random_new(1, 3);
    float x[15], got[15], want[15];
    random_normals(x, 15, 1, &random);
    softmax_rows(got, x, 3, 5);
    for (size_t r = 0; r < 3; r++)
        softmax(want + r * 5, x + r * 5, 5);
    CHECK_CLOSE(got, want, 15, 0, 0);
}

TEST(backward_rows_are_separate)
{
    struct random random = random_new(1, 7);
    float p[15], dout[15], got[15] = {0}, want[15] = {0};
    random_normals(dout, 15, 1, &random);
    softmax_rows(p, dout, 3, 5);
    softmax_rows_backward(got, dout, p, 3, 5);
    for (size_t r = 0; r < 3; r++)
        softmax_backward(want + r * 5, dout + r * 5, p + r * 5, 5);
    CHECK_CLOSE(got, want, 15, 0, 0);
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
    int last = exponent - 24 > -149 ? exponent - 24 : -149;
    return fabs(exp_one(x) - want) / ldexp(1, last);
}

TEST(exp_is_accurate)
{
    struct random random = random_new(1, 4);
    for (size_t i = 0; i < 200000; i++) {
        float x = -105 + 193.7f * random_uniform(&random);
        assert_true(exp_error(x) < 2 && exp_error(x / 200) < 2);
    }
}

TEST(exp_inside_the_range)
{
    const float want[4] = {1, 1, 3.40279851e38f, 1.17549968e-38f};
    const float got[4] = {exp_one(0), exp_one(-0.0f), exp_one(88.7228317f),
                          exp_one(-87.3365402f)};
    CHECK_CLOSE(got, want, 4, 0, 3e-7);
    assert_true(exp_one(-103.97f) == 0x1p-149f);
}

TEST(exp_outside_the_range)
{
    assert_true(exp_one(88.73f) == INFINITY && exp_one(-103.98f) == 0);
    assert_true(exp_one(INFINITY) == INFINITY && exp_one(-INFINITY) == 0);
    assert_true(isnan(exp_one(NAN)));
}

TEST(row_helpers_agree_with_plain_loops)
{
    struct random random = random_new(1, 5);
    float x[150], e[150];
    for (size_t n = 1; n <= 150; n++) {
        random_normals(x, n, 1, &random);
        double max = -INFINITY, sum = 0, dot = 0;
        for (size_t i = 0; i < n; i++) {
            max = fmax(max, x[i]);
            sum += exp(x[i]);
            dot += x[i] * x[i];
        }
        const float want[3] = {(float)max, (float)sum, (float)dot};
        const float got[3] = {row_max(x, n), row_exp(e, x, 0, n),
                              row_dot(x, x, n)};
        CHECK_CLOSE(got, want, 3, 0, 1e-6);
    }
}

enum { ROWS = 3 * 5, WIDE = 7, ALL = ROWS * WIDE };

TEST(softmax_agrees_with_pytorch)
{
    struct array x = check_golden("softmax-x.npy");
    float out[ALL];
    softmax_rows(out, x.data, ROWS, WIDE);
    check_against("softmax-out.npy", out);
    array_free(&x);
}

TEST(others_agree_with_pytorch)
{
    struct array x = check_golden("softmax-x.npy");
    float log[ALL], warm[ALL], lse[ROWS];
    for (size_t r = 0; r < ROWS; r++) {
        const float *row = x.data + r * WIDE;
        log_softmax(log + r * WIDE, row, WIDE);
        softmax_temperature(warm + r * WIDE, row, 0.7f, WIDE);
        lse[r] = log_sum_exp(row, WIDE);
    }
    check_against("softmax-log.npy", log);
    check_against("softmax-temperature.npy", warm);
    check_against("softmax-lse.npy", lse);
    array_free(&x);
}

TEST(gradients_agree_with_pytorch)
{
    struct array out = check_golden("softmax-out.npy");
    struct array dout = check_golden("softmax-dout.npy");
    float dx[ALL] = {0};
    softmax_rows_backward(dx, dout.data, out.data, ROWS, WIDE);
    check_against("softmax-dx.npy", dx);
    array_free(&out);
    array_free(&dout);
}

TEST(log_gradients_agree_with_pytorch)
{
    struct array out = check_golden("softmax-log.npy");
    struct array dout = check_golden("softmax-dlog.npy");
    float dx[ALL] = {0};
    for (size_t i = 0; i < ALL; i += WIDE)
        log_softmax_backward(dx + i, dout.data + i, out.data + i, WIDE);
    check_against("softmax-dxlog.npy", dx);
    array_free(&out);
    array_free(&dout);
}
CHECK_MAIN()
