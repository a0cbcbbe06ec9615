/* average_check.c -- generated from chapters/02-average.nw. Do not edit. */
#include "kit/check.h"
#include "average/average.h"

/* the prices */
enum { YEARS = 10 };
static const float prices[2][YEARS] = {
    { 20, 22, 21, 26, 20, 26, 22, 20, 27, 30 },
    { 20, 22, 23, 26, 25, 26, 30, 28, 30, 27 },
};

/* the cars */
enum { MODEL = 2, MODEL_AND_COLOR = 4 };
static const char models[2][YEARS + 1] = { "AAABABAABB", "AAAAAABBAB" };
static const char colors[2][YEARS + 1] = { "rrrrrbrbbb", "rrrbrbrbrb" };

/* prices in company */
static void car_describe(float *cars /* (YEARS, d) */, int period, size_t d)
{
    for (size_t t = 0; t < YEARS; t++) {
        /* describe car t of this period */
        char model = models[period][t], color = colors[period][t];
        const bool hot[] = { model == 'A', model == 'B',
                             color == 'r', color == 'b' };
        for (size_t l = 0; l < d; l++)
            cars[t * d + l] = hot[l];
    }
}
static void car_average(float *out, float *weights /* (YEARS, YEARS) */,
                        int period, size_t d)
{
    float cars[YEARS * MODEL_AND_COLOR];
    /* compare, normalize, average */
    car_describe(cars, period, d);
    dot_rows(weights, cars, cars, YEARS, YEARS, d);
    normalize_rows(weights, weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
}
/* the wrong axis */
static void normalize_columns(float *x /* (rows, n) */, size_t rows, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        /* divide column j by its sum */
        float sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += x[i * n + j];
        for (size_t i = 0; sum > 0 && i < rows; i++)
            x[i * n + j] /= sum;
    }
}

static void wrong_average(float *out, float *sums, int period, size_t d)
{
    float cars[YEARS * MODEL_AND_COLOR], weights[YEARS * YEARS];
    const float ones[YEARS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    /* compare, normalize the columns, average */
    car_describe(cars, period, d);
    dot_rows(weights, cars, cars, YEARS, YEARS, d);
    normalize_columns(weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
    average_forward(sums, weights, ones, YEARS, YEARS, 1);
}
enum { N = 5, M = 7, D = 3, C = 2 };
struct problem {
    float q[N * D], k[M * D], v[M * C], out[N * C], weights[N * M];
};

static struct problem problem_random(uint64_t seed)
{
    struct problem p;
    struct random random = random_new(seed, 0);
    /* fill q, k and v with normal numbers */
    for (size_t i = 0; i < N * D; i++)
        p.q[i] = random_normal(&random);
    for (size_t i = 0; i < M * D; i++)
        p.k[i] = random_normal(&random);
    for (size_t i = 0; i < M * C; i++)
        p.v[i] = random_normal(&random);
    return p;
}

static void problem_solve(struct problem *p, enum kernel kernel)
{
    kernel_attention(p->out, p->weights, p->q, p->k, p->v,
                     N, M, D, C, kernel, 4);
}

static void check_row(const float *weights /* (M) */)
{
    float sum = 0, one = 1;
    /* add up sum, and check that each weight lies between 0 and 1 */
    for (size_t j = 0; j < M; j++) {
        assert_true(weights[j] >= 0 && weights[j] <= 1);
        sum += weights[j];
    }
    CHECK_CLOSE(&sum, &one, 1, 1e-6, 0);
}

static const char *const golden_names[] = { "gauss-", "boxcar-",
                                            "epanechnikov-", "dot-" };
static void golden(float *x, const char *kernel, const char *what, size_t n)
{
    char path[80];
    /* read the array of this name into x */
    snprintf(path, sizeof path, "average-%s%s.npy", kernel, what);
    struct array array = check_golden(path);
    assert_int_equal(array.count, n);
    memcpy(x, array.data, n * sizeof *x);
    array_free(&array);
}

static struct problem problem_golden(void)
{
    struct problem p;
    golden(p.q, "", "q", N * D);
    golden(p.k, "", "k", M * D);
    golden(p.v, "", "v", M * C);
    return p;
}

struct pack {
    enum kernel kernel;
    float dout[N * C];
};

static double pack_score(const double *q, const double *k, enum kernel kernel)
{
    double dot = 0, distance = 0;
    /* add up the dot product and the squared distance */
    for (size_t l = 0; l < D; l++) {
        dot += q[l] * k[l];
        distance += (q[l] - k[l]) * (q[l] - k[l]);
    }
    return kernel == KERNEL_DOT ? dot / 1.7 : -distance / (2 * 1.7 * 1.7);
}

static double pack_row(const double *q, const double *k, const double *v,
                       size_t i, const struct pack *pack)
{
    double row = 0, sum = 0;
    for (size_t j = 0; j < M; j++) {
        /* add value j with its part of the loss */
        double e = exp(pack_score(q, k + j * D, pack->kernel));
        sum += e;
        for (size_t l = 0; l < C; l++)
            row += e * v[j * C + l] * pack->dout[i * C + l];
    }
    return row / sum;
}

static double pack_loss(const double *x, void *context)
{
    const double *q = x, *k = q + N * D, *v = k + M * D;
    double loss = 0;
    for (size_t i = 0; i < N; i++)
        loss += pack_row(q + i * D, k, v, i, context);
    return loss;
}
enum { DQ = 0, DK = N * D, DV = DK + M * D, PACKED = DV + M * C };

static void problem_backward(float *dx /* (PACKED) */, struct problem *p,
                             const float *dout, enum kernel kernel)
{
    float dweights[N * M] = { 0 }, dscores[N * M] = { 0 };
    /* go forward, and back into dx */
    kernel_attention(p->out, p->weights, p->q, p->k, p->v, N, M, D, C,
                     kernel, 1.7f);
    kernel_attention_backward(dx + DQ, dx + DK, dx + DV, dweights, dscores,
                              dout, p->weights, p->q, p->k, p->v, N, M, D, C,
                              kernel, 1.7f);
}

static void check_backward(enum kernel kernel)
{
    float x[PACKED], dx[PACKED] = { 0 };
    struct problem p = problem_random(40 + kernel);
    /* choose dout, and pack the problem into x */
    struct problem other = problem_random(50 + kernel);
    struct pack pack = { .kernel = kernel };
    memcpy(pack.dout, other.q, sizeof pack.dout);
    memcpy(x + DQ, p.q, sizeof p.q);
    memcpy(x + DK, p.k, sizeof p.k);
    memcpy(x + DV, p.v, sizeof p.v);
    problem_backward(dx, &p, pack.dout, kernel);
    check_gradient(dx, pack_loss, x, PACKED, &pack, 1e-5, 1e-4);
}

static const float three[] = { 20, 22, 23 };

TEST(three_prices)
{
    float out[1], weights[] = { .5f, .25f, .25f }, want[] = { 21.25f };
    average_forward(out, weights, three, 1, 3, 1);
    CHECK_CLOSE(out, want, 1, 0, 0);
}

TEST(recursion_by_hand)
{
    float out[3], want[] = { 20, 21, 22 };
    moving_average(out, three, .5f, 3);
    CHECK_CLOSE(out, want, 3, 0, 0);
}

TEST(normalized_by_hand)
{
    float out[3], weights[9], want[] = { 20, 64 / 3.f, 156 / 7.f };
    /* check the weights */
    const float rows[] = { 1, 0, 0, 1 / 3.f, 2 / 3.f, 0,
                           1 / 7.f, 2 / 7.f, 4 / 7.f };
    moving_weights(weights, .5f, 3);
    CHECK_CLOSE(weights, rows, 9, 0, 1e-6);
    average_forward(out, weights, three, 3, 3, 1);
    CHECK_CLOSE(out, want, 3, 0, 1e-6);
}

TEST(one_quarter)
{
    float out[9], want[] = { 20, 20.5f, 21.125f };
    moving_average(out, three, .25f, 3);
    CHECK_CLOSE(out, want, 3, 0, 0);
    const float last[] = { 9 / 37.f, 12 / 37.f, 16 / 37.f };
    moving_weights(out, .25f, 3);
    CHECK_CLOSE(out + 6, last, 3, 0, 1e-6);
}

TEST(cars_by_hand)
{
    float out[YEARS], weights[YEARS * YEARS];
    /* check period 1 by model */
    const float A1 = 125 / 6.f, B1 = 109 / 4.f;
    const float first[YEARS] = { A1, A1, A1, B1, A1, B1, A1, A1, B1, B1 };
    car_average(out, weights, 0, MODEL);
    CHECK_CLOSE(out, first, YEARS, 0, 1e-6);
    /* check period 2 by model */
    const float A2 = 172 / 7.f, B2 = 85 / 3.f;
    const float second[YEARS] = { A2, A2, A2, A2, A2, A2, B2, B2, A2, B2 };
    car_average(out, weights, 1, MODEL);
    CHECK_CLOSE(out, second, YEARS, 0, 1e-6);
    /* check period 2 by model and color */
    const float Ar = 322 / 13.f, Ab = 279 / 11.f, Br = 235 / 9.f, Bb = 192 / 7.f;
    const float both[YEARS] = { Ar, Ar, Ar, Ab, Ar, Ab, Br, Bb, Ar, Bb };
    car_average(out, weights, 1, MODEL_AND_COLOR);
    CHECK_CLOSE(out, both, YEARS, 0, 1e-6);
}

static const float years[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

TEST(boxcar_by_hand)
{
    float out[1], weights[YEARS], q[] = { 4.5f }, want[] = { 25.5f };
    kernel_attention(out, weights, q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_BOXCAR, 1);
    CHECK_CLOSE(out, want, 1, 0, 1e-6);
}

TEST(epanechnikov_by_hand)
{
    float out[1], weights[YEARS], q[] = { 4.5f }, want[] = { 1108 / 44.f };
    kernel_attention(out, weights, q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_EPANECHNIKOV, 2);
    CHECK_CLOSE(out, want, 1, 0, 1e-6);
}

TEST(nobody_near)
{
    float out[1], weights[2], q[] = { 100 };
    const float k[] = { 9, 10 }, v[] = { 30, 27 };
    /* check that the boxcar gives nothing */
    const float zero[] = { 0, 0 };
    kernel_attention(out, weights, q, k, v, 1, 2, 1, 1, KERNEL_BOXCAR, 1);
    CHECK_CLOSE(weights, zero, 2, 0, 0);
    CHECK_CLOSE(out, zero, 1, 0, 0);
    /* check that Gauss gives the last year */
    const float last[] = { 0, 1 };
    kernel_attention(out, weights, q, k, v, 1, 2, 1, 1, KERNEL_GAUSS, 1);
    CHECK_CLOSE(weights, last, 2, 1e-30, 0);
    CHECK_CLOSE(out, v + 1, 1, 0, 0);
}

TEST(gauss_is_dot_on_a_circle)
{
    float q[5 * 2], k[7 * 2], gauss[5 * 7], dot[5 * 7];
    /* put q anywhere, and k on a circle */
    struct random random = random_new(2, 0);
    for (size_t i = 0; i < 5 * 2; i++)
        q[i] = random_normal(&random);
    for (size_t j = 0; j < 7; j++) {
        float angle = 6.2831853f * random_uniform(&random);
        k[j * 2] = cosf(angle);
        k[j * 2 + 1] = sinf(angle);
    }
    /* let both kernels weigh */
    kernel_align(gauss, q, k, 5, 7, 2, KERNEL_GAUSS, .6f);
    kernel_weigh(gauss, gauss, 5, 7, KERNEL_GAUSS);
    kernel_align(dot, q, k, 5, 7, 2, KERNEL_DOT, .6f * .6f);
    kernel_weigh(dot, dot, 5, 7, KERNEL_DOT);
    CHECK_CLOSE(gauss, dot, 5 * 7, 1e-6, 1e-5);
}

TEST(three_by_two)
{
    const float ln2 = logf(2), ln3 = logf(3);
    const float q[] = { ln2, ln3, ln2, 0, 0, 0 };
    const float k[] = { 1, 0, 0, 1, 1, 1 }, v[] = { 11, 0, 0, 11, 11, 22 };
    /* check the alignment against the hand */
    const float s[] = { ln2, ln3, ln2 + ln3, ln2, 0, ln2, 0, 0, 0 };
    float scores[9];
    kernel_align(scores, q, k, 3, 3, 2, KERNEL_DOT, 1);
    CHECK_CLOSE(scores, s, 9, 0, 1e-6);
    /* check weights and context against the hand */
    const float a[] = { 2 / 11.f, 3 / 11.f, 6 / 11.f, .4f, .2f, .4f,
                        1 / 3.f, 1 / 3.f, 1 / 3.f };
    float out[6], weights[9], o[] = { 8, 15, 8.8f, 11, 22 / 3.f, 11 };
    kernel_attention(out, weights, q, k, v, 3, 3, 2, 2, KERNEL_DOT, 1);
    CHECK_CLOSE(weights, a, 9, 0, 1e-6);
    CHECK_CLOSE(out, o, 6, 0, 1e-6);
}

TEST(weights_are_soft)
{
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel++) {
        struct problem p = problem_random(10 + kernel);
        problem_solve(&p, kernel);
        for (size_t i = 0; i < N; i++)
            check_row(p.weights + i * M);
    }
}

TEST(output_is_in_the_hull)
{
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel++) {
        struct problem p = problem_random(20 + kernel);
        problem_solve(&p, kernel);
        /* check the hull in 24 directions */
        for (int turn = 0; turn < 24; turn++) {
            float angle = .2618f * turn, u[C] = { cosf(angle), sinf(angle) };
            /* check that no output is farther along u than every value */
            float farthest = -INFINITY;
            for (size_t j = 0; j < M; j++)
                farthest = fmaxf(farthest, row_dot(u, p.v + j * C, C));
            for (size_t i = 0; i < N; i++)
                assert_true(row_dot(u, p.out + i * C, C) <= farthest + 1e-6f);
        }
    }
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
        struct problem p = problem_random(30 + kernel), t = p;
        problem_solve(&p, kernel);
        /* check that turned keys and values give the same output */
        turn_rows(t.k, M, D);
        turn_rows(t.v, M, C);
        problem_solve(&t, kernel);
        CHECK_CLOSE(t.out, p.out, N * C, 1e-6, 1e-5);
        /* check that turned queries give a turned output */
        turn_rows(t.q, N, D);
        turn_rows(p.out, N, C);
        problem_solve(&t, kernel);
        CHECK_CLOSE(t.out, p.out, N * C, 1e-6, 1e-5);
    }
}

TEST(bandwidth_has_two_limits)
{
    const float q[] = { 4.2f }, k[] = { 4, 5, 7 }, v[] = { 26, 25, 30 };
    float out[1], weights[3], mean[] = { 27 };
    kernel_attention(out, weights, q, k, v, 1, 3, 1, 1, KERNEL_GAUSS, .01f);
    CHECK_CLOSE(out, v, 1, 0, 0);
    kernel_attention(out, weights, q, k, v, 1, 3, 1, 1, KERNEL_GAUSS, 1e4f);
    CHECK_CLOSE(out, mean, 1, 0, 1e-6);
}

TEST(broken_contracts_stop)
{
    float x[] = { 2, -1 }, out[4];
    CHECK_DIES(DIES_REQUIRE, normalize_rows(out, x, 1, 2));
    CHECK_DIES(DIES_REQUIRE, moving_average(out, x, 0, 2));
    CHECK_DIES(DIES_REQUIRE, moving_weights(out, 1.5f, 2));
    CHECK_DIES(DIES_REQUIRE, kernel_align(out, x, x, 2, 2, 1, KERNEL_DOT, 0));
}

TEST(kernels_against_pytorch)
{
    struct problem p = problem_golden();
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel++) {
        /* check one kernel against its golden arrays */
        float weights[N * M], out[N * C];
        golden(weights, golden_names[kernel], "weights", N * M);
        golden(out, golden_names[kernel], "out", N * C);
        kernel_attention(p.out, p.weights, p.q, p.k, p.v, N, M, D, C, kernel, 1.7f);
        CHECK_CLOSE(p.weights, weights, N * M, 1e-6, 1e-5);
        CHECK_CLOSE(p.out, out, N * C, 1e-6, 1e-5);
    }
}

TEST(backward_by_hand)
{
    const float weights[] = { .5f, .25f, .25f }, dout[] = { 2 };
    float dweights[3] = { 1, 1, 1 }, dv[3] = { 1, 1, 1 };
    average_backward(dweights, dv, dout, weights, three, 1, 3, 1);
    /* check both gradients */
    const float want_dweights[] = { 41, 45, 47 };
    const float want_dv[] = { 2, 1.5f, 1.5f };
    CHECK_CLOSE(dweights, want_dweights, 3, 0, 0);
    CHECK_CLOSE(dv, want_dv, 3, 0, 0);
}

TEST(backward_by_differences)
{
    check_backward(KERNEL_GAUSS);
    check_backward(KERNEL_DOT);
}

TEST(backward_against_pytorch)
{
    struct problem p = problem_golden();
    for (enum kernel kernel = 0; kernel <= KERNEL_DOT; kernel += KERNEL_DOT) {
        /* check the gradients of one kernel against its golden arrays */
        float dout[N * C], want[PACKED], dx[PACKED] = { 0 };
        golden(dout, "", "dout", N * C);
        golden(want + DQ, golden_names[kernel], "dq", N * D);
        golden(want + DK, golden_names[kernel], "dk", M * D);
        golden(want + DV, golden_names[kernel], "dv", M * C);
        problem_backward(dx, &p, dout, kernel);
        CHECK_CLOSE(dx, want, PACKED, 1e-6, 1e-4);
    }
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
CHECK_MAIN()
