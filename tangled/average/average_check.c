/* average_check.c -- generated from chapters/02-average.nw. Do not edit. */
#include "kit/check.h"
#include "average/average.h"

/* the prices */
enum { YEARS = 10 };
static const float prices[2][YEARS] = {
    {20, 22, 21, 26, 20, 26, 22, 20, 27, 30},
    {20, 22, 23, 26, 25, 26, 30, 28, 30, 27},
};

/* the cars */
enum { MODEL = 2, MODEL_AND_COLOR = 4 };
static const char models[2][YEARS + 1] = {"AAABABAABB", "AAAAAABBAB"};
static const char colors[2][YEARS + 1] = {"rrrrrbrbbb", "rrrbrbrbrb"};

/* prices in company */
static void car_compare(float *similar /* (YEARS, YEARS) */, int period,
                        size_t d)
{
    float cars[YEARS * MODEL_AND_COLOR];
    for (size_t t = 0; t < YEARS; t++) {
        char model = models[period][t], color = colors[period][t];
        const bool hot[] = {model == 'A', model == 'B',
                            color == 'r', color == 'b'};
        for (size_t l = 0; l < d; l++)
            cars[t * d + l] = hot[l];
    }
    dot_rows(similar, cars, cars, YEARS, YEARS, d);
}

static void car_average(float *out, float *weights /* (YEARS, YEARS) */,
                        int period, size_t d)
{
    car_compare(weights, period, d);
    normalize_rows(weights, weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
}
/* the wrong axis */
static void normalize_columns(float *x /* (rows, n) */, size_t rows, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += x[i * n + j];
        for (size_t i = 0; sum > 0 && i < rows; i++)
            x[i * n + j] /= sum;
    }
}

static void wrong_average(float *out, float *sums, int period, size_t d)
{
    const float ones[YEARS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    float weights[YEARS * YEARS];
    car_compare(weights, period, d);
    normalize_columns(weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
    average_forward(sums, weights, ones, YEARS, YEARS, 1);
}
enum { N = 5, M = 7, D = 3, C = 2 };
enum { Q = 0, K = N * D, V = K + M * D, PACKED = V + M * C };

struct problem {
    float x[PACKED];                    /* q at Q, k at K, v at V */
    float out[N * C], weights[N * M];
};

static struct problem problem_random(uint64_t seed)
{
    struct problem p;
    struct random random = random_new(seed, 0);
    random_normals(p.x, PACKED, 1, &random);
    return p;
}

static void problem_solve(struct problem *p, enum kernel kernel, float h)
{
    kernel_attention(p->out, p->weights, p->x + Q, p->x + K, p->x + V,
                     N, M, D, C, kernel, h);
}
static const char *const golden_names[] = {"gauss-", "boxcar-",
                                           "epanechnikov-", "dot-"};

static void golden(float *x, const char *kernel, const char *what, size_t n)
{
    char path[80];
    snprintf(path, sizeof path, "average-%s%s.npy", kernel, what);
    struct array array = check_golden(path);
    assert_int_equal(array.count, n);
    memcpy(x, array.data, n * sizeof *x);
    array_free(&array);
}

static struct problem problem_golden(void)
{
    struct problem p;
    golden(p.x + Q, "", "q", N * D);
    golden(p.x + K, "", "k", M * D);
    golden(p.x + V, "", "v", M * C);
    return p;
}
struct loss {
    enum kernel kernel;
    float dout[N * C];
};

static double similarity(const double *q, const double *k, enum kernel kernel)
{
    double dot = 0, distance = 0;
    for (size_t l = 0; l < D; l++) {
        dot += q[l] * k[l];
        distance += (q[l] - k[l]) * (q[l] - k[l]);
    }
    return exp(kernel == KERNEL_DOT ? dot / 1.7
                                    : -distance / (2 * 1.7 * 1.7));
}

static double loss_double(const double *x /* (PACKED) */, void *context)
{
    const struct loss *loss = context;
    double total = 0;
    for (size_t i = 0; i < N; i++) {
        double row = 0, sum = 0;
        for (size_t j = 0; j < M; j++) {
            double a = similarity(x + Q + i * D, x + K + j * D, loss->kernel);
            sum += a;
            for (size_t l = 0; l < C; l++)
                row += a * x[V + j * C + l] * loss->dout[i * C + l];
        }
        total += row / sum;
    }
    return total;
}
static const float three[] = {20, 22, 23};

TEST(three_prices)
{
    float out[1], weights[] = {.5f, .25f, .25f}, want[] = {21.25f};
    average_forward(out, weights, three, 1, 3, 1);
    CHECK_CLOSE(out, want, 1, 0, 0);
}

TEST(recursion_by_hand)
{
    float out[3], want[] = {20, 21, 22};
    moving_average(out, three, .5f, 3);
    CHECK_CLOSE(out, want, 3, 0, 0);
}

TEST(normalized_by_hand)
{
    const float rows[] = {1, 0, 0,
                          1 / 3.f, 2 / 3.f, 0,
                          1 / 7.f, 2 / 7.f, 4 / 7.f};
    float out[3], weights[9], want[] = {20, 64 / 3.f, 156 / 7.f};
    moving_weights(weights, .5f, 3);
    CHECK_CLOSE(weights, rows, 9, 0, 1e-6);
    average_forward(out, weights, three, 3, 3, 1);
    CHECK_CLOSE(out, want, 3, 0, 1e-6);
}

TEST(cars_by_hand)
{
    const float A1 = 125 / 6.f, B1 = 109 / 4.f;
    const float A2 = 172 / 7.f, B2 = 85 / 3.f;
    const float Ar = 322 / 13.f, Ab = 279 / 11.f;
    const float Br = 235 / 9.f, Bb = 192 / 7.f;
    const float want[3][YEARS] = {
        {A1, A1, A1, B1, A1, B1, A1, A1, B1, B1},
        {A2, A2, A2, A2, A2, A2, B2, B2, A2, B2},
        {Ar, Ar, Ar, Ab, Ar, Ab, Br, Bb, Ar, Bb}};
    float out[YEARS], weights[YEARS * YEARS];
    car_average(out, weights, 0, MODEL);
    CHECK_CLOSE(out, want[0], YEARS, 0, 1e-6);
    car_average(out, weights, 1, MODEL);
    CHECK_CLOSE(out, want[1], YEARS, 0, 1e-6);
    car_average(out, weights, 1, MODEL_AND_COLOR);
    CHECK_CLOSE(out, want[2], YEARS, 0, 1e-6);
}

TEST(the_wrong_axis_shows_only_in_irregular_data)
{
    float out[YEARS], right[YEARS], weights[YEARS * YEARS], sums[YEARS];
    wrong_average(out, sums, 1, MODEL);
    car_average(right, weights, 1, MODEL);
    CHECK_CLOSE(out, right, YEARS, 0, 1e-6);
    wrong_average(out, sums, 1, MODEL_AND_COLOR);
    assert_true(fabsf(sums[0] - 1) > .05f && fabsf(sums[7] - 1) > .05f);
    assert_true(out[7] < 26);
}

static const float years[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

TEST(boxcar_by_hand)
{
    float out[1], weights[YEARS], q[] = {4.5f}, want[] = {25.5f};
    kernel_attention(out, weights, q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_BOXCAR, 1);
    CHECK_CLOSE(out, want, 1, 0, 1e-6);
}

TEST(epanechnikov_by_hand)
{
    float out[1], weights[YEARS], q[] = {4.5f}, want[] = {1108 / 44.f};
    kernel_attention(out, weights, q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_EPANECHNIKOV, 2);
    CHECK_CLOSE(out, want, 1, 0, 1e-6);
}

TEST(three_by_two)
{
    const float ln2 = logf(2), ln3 = logf(3);
    const float q[] = {ln2, ln3, ln2, 0, 0, 0};
    const float k[] = {1, 0, 0, 1, 1, 1}, v[] = {11, 0, 0, 11, 11, 22};
    const float s[] = {ln2, ln3, ln2 + ln3, ln2, 0, ln2, 0, 0, 0};
    const float a[] = {2 / 11.f, 3 / 11.f, 6 / 11.f, .4f, .2f, .4f,
                       1 / 3.f, 1 / 3.f, 1 / 3.f};
    const float o[] = {8, 15, 8.8f, 11, 22 / 3.f, 11};
    float scores[9], weights[9], out[6];
    kernel_align(scores, q, k, 3, 3, 2, KERNEL_DOT, 1);
    CHECK_CLOSE(scores, s, 9, 0, 1e-6);
    kernel_attention(out, weights, q, k, v, 3, 3, 2, 2, KERNEL_DOT, 1);
    CHECK_CLOSE(weights, a, 9, 0, 1e-6);
    CHECK_CLOSE(out, o, 6, 0, 1e-6);
}

static void turn_rows(float *x, size_t rows, size_t n)
{
    float turned[M * D];
    for (size_t i = 0; i < rows * n; i++)
        turned[(i + 2 * n) % (rows * n)] = x[i];
    memcpy(x, turned, rows * n * sizeof *x);
}

TEST(order_does_not_matter)
{
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel++) {
        struct problem p = problem_random(30 + kernel), turned = p;
        problem_solve(&p, kernel, 4);
        turn_rows(turned.x + K, M, D);
        turn_rows(turned.x + V, M, C);
        problem_solve(&turned, kernel, 4);
        CHECK_CLOSE(turned.out, p.out, N * C, 1e-6, 1e-5);
        turn_rows(turned.x + Q, N, D);
        turn_rows(p.out, N, C);
        problem_solve(&turned, kernel, 4);
        CHECK_CLOSE(turned.out, p.out, N * C, 1e-6, 1e-5);
    }
}

TEST(backward_by_hand)
{
    const float weights[] = {.5f, .25f, .25f}, dout[] = {2};
    float dweights[3] = {1, 1, 1}, dv[3] = {1, 1, 1};
    average_backward(dweights, dv, dout, weights, three, 1, 3, 1);
    const float want_dweights[] = {41, 45, 47};
    const float want_dv[] = {2, 1.5f, 1.5f};
    CHECK_CLOSE(dweights, want_dweights, 3, 0, 0);
    CHECK_CLOSE(dv, want_dv, 3, 0, 0);
}

static void problem_backward(float *dx /* (PACKED) */, struct problem *p,
                             const float *dout, enum kernel kernel)
{
    float dweights[N * M] = {0}, dscores[N * M] = {0};
    problem_solve(p, kernel, 1.7f);
    kernel_attention_backward(dx + Q, dx + K, dx + V, dweights, dscores,
                              dout, p->weights, p->x + Q, p->x + K, p->x + V,
                              N, M, D, C, kernel, 1.7f);
}

TEST(backward_by_differences)
{
    const enum kernel kernels[2] = {KERNEL_GAUSS, KERNEL_DOT};
    for (int i = 0; i < 2; i++) {
        float dx[PACKED] = {0};
        struct problem p = problem_random(40 + i), g = problem_random(50 + i);
        struct loss loss = {.kernel = kernels[i]};
        memcpy(loss.dout, g.x, sizeof loss.dout);
        problem_backward(dx, &p, loss.dout, kernels[i]);
        check_gradient(dx, loss_double, p.x, PACKED, &loss, 1e-5, 1e-4);
    }
}

TEST(one_quarter)
{
    float out[9], want[] = {20, 20.5f, 21.125f};
    moving_average(out, three, .25f, 3);
    CHECK_CLOSE(out, want, 3, 0, 0);
    const float last[] = {9 / 37.f, 12 / 37.f, 16 / 37.f};
    moving_weights(out, .25f, 3);
    CHECK_CLOSE(out + 6, last, 3, 0, 1e-6);
}

static void dot_rows_plain(float *out, const float *q, const float *k,
                           size_t n, size_t m, size_t d)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            out[i * m + j] = 0;
            for (size_t l = 0; l < d; l++)
                out[i * m + j] += q[i * d + l] * k[j * d + l];
        }
}

TEST(dot_rows_agrees_with_plain)
{
    struct random random = random_new(3, 0);
    for (size_t d = 1; d <= 40; d++) {
        float q[3 * 40], k[4 * 40], got[3 * 4], want[3 * 4];
        random_normals(q, 3 * d, 1, &random);
        random_normals(k, 4 * d, 1, &random);
        dot_rows(got, q, k, 3, 4, d);
        dot_rows_plain(want, q, k, 3, 4, d);
        CHECK_CLOSE(got, want, 3 * 4, 1e-5, 1e-5);
    }
}

TEST(nobody_near)
{
    const float k[] = {9, 10}, v[] = {30, 27}, q[] = {100};
    const float zero[] = {0, 0}, last[] = {0, 1};
    float out[1], weights[2];
    kernel_attention(out, weights, q, k, v, 1, 2, 1, 1, KERNEL_BOXCAR, 1);
    CHECK_CLOSE(weights, zero, 2, 0, 0);
    CHECK_CLOSE(out, zero, 1, 0, 0);
    kernel_attention(out, weights, q, k, v, 1, 2, 1, 1, KERNEL_GAUSS, 1);
    CHECK_CLOSE(weights, last, 2, 1e-30, 0);
    CHECK_CLOSE(out, v + 1, 1, 0, 0);
}

TEST(gauss_is_dot_on_a_circle)
{
    float q[5 * 2], k[7 * 2], gauss[5 * 7], dot[5 * 7];
    struct random random = random_new(2, 0);
    random_normals(q, 5 * 2, 1, &random);
    for (size_t j = 0; j < 7; j++) {
        float angle = 6.2831853f * random_uniform(&random);
        k[j * 2] = cosf(angle);
        k[j * 2 + 1] = sinf(angle);
    }
    kernel_align(gauss, q, k, 5, 7, 2, KERNEL_GAUSS, .6f);
    kernel_weigh(gauss, gauss, 5, 7, KERNEL_GAUSS);
    kernel_align(dot, q, k, 5, 7, 2, KERNEL_DOT, .6f * .6f);
    kernel_weigh(dot, dot, 5, 7, KERNEL_DOT);
    CHECK_CLOSE(gauss, dot, 5 * 7, 1e-6, 1e-5);
}

static void check_row(const float *weights /* (M) */)
{
    float sum = 0, one = 1;
    for (size_t j = 0; j < M; j++) {
        assert_true(weights[j] >= 0 && weights[j] <= 1);
        sum += weights[j];
    }
    CHECK_CLOSE(&sum, &one, 1, 1e-6, 0);
}

TEST(weights_are_soft)
{
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel++) {
        struct problem p = problem_random(10 + kernel);
        problem_solve(&p, kernel, 4);
        for (size_t i = 0; i < N; i++)
            check_row(p.weights + i * M);
    }
}

static void check_hull(const struct problem *p, const float *u /* (C) */)
{
    float farthest = -INFINITY;
    for (size_t j = 0; j < M; j++)
        farthest = fmaxf(farthest, row_dot(u, p->x + V + j * C, C));
    for (size_t i = 0; i < N; i++)
        assert_true(row_dot(u, p->out + i * C, C) <= farthest + 1e-6f);
}

TEST(output_is_in_the_hull)
{
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel++) {
        struct problem p = problem_random(20 + kernel);
        problem_solve(&p, kernel, 4);
        for (int turn = 0; turn < 24; turn++) {
            float angle = .2618f * turn, u[C] = {cosf(angle), sinf(angle)};
            check_hull(&p, u);
        }
    }
}

TEST(bandwidth_has_two_limits)
{
    const float q[] = {4.2f}, k[] = {4, 5, 7}, v[] = {26, 25, 30};
    float out[1], weights[3], mean[] = {27};
    kernel_attention(out, weights, q, k, v, 1, 3, 1, 1, KERNEL_GAUSS, .01f);
    CHECK_CLOSE(out, v, 1, 0, 0);
    kernel_attention(out, weights, q, k, v, 1, 3, 1, 1, KERNEL_GAUSS, 1e4f);
    CHECK_CLOSE(out, mean, 1, 0, 1e-6);
}

TEST(broken_contracts_stop)
{
    float x[] = {2, -1}, out[4];
    CHECK_DIES(DIES_REQUIRE, normalize_rows(out, x, 1, 2));
    CHECK_DIES(DIES_REQUIRE, moving_average(out, x, 0, 2));
    CHECK_DIES(DIES_REQUIRE, moving_weights(out, 1.5f, 2));
    CHECK_DIES(DIES_REQUIRE, kernel_align(out, x, x, 2, 2, 1, KERNEL_DOT, 0));
}

TEST(kernels_against_pytorch)
{
    struct problem p = problem_golden();
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel++) {
        float weights[N * M], out[N * C];
        golden(weights, golden_names[kernel], "weights", N * M);
        golden(out, golden_names[kernel], "out", N * C);
        problem_solve(&p, kernel, 1.7f);
        CHECK_CLOSE(p.weights, weights, N * M, 1e-6, 1e-5);
        CHECK_CLOSE(p.out, out, N * C, 1e-6, 1e-5);
    }
}

TEST(backward_against_pytorch)
{
    struct problem p = problem_golden();
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel += KERNEL_DOT) {
        float dout[N * C], want[PACKED], dx[PACKED] = {0};
        golden(dout, "", "dout", N * C);
        golden(want + Q, golden_names[kernel], "dq", N * D);
        golden(want + K, golden_names[kernel], "dk", M * D);
        golden(want + V, golden_names[kernel], "dv", M * C);
        problem_backward(dx, &p, dout, kernel);
        CHECK_CLOSE(dx, want, PACKED, 1e-6, 1e-4);
    }
}
CHECK_MAIN()
