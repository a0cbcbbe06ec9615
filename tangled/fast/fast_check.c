/* fast_check.c -- generated from chapters/26-fast.nw. Do not edit. */
#include "kit/check.h"
#include "double/lanes_double.h"
#include "gradient/optimizer.h"
#include "gradient/product.h"
#include "gradient/tiled.h"
#include "double/tiled_double.h"
#include <sys/resource.h>

enum { SPACE = 640 * 320 };
static float left[SPACE], right[SPACE], made[SPACE], wanted[SPACE];

static void fill_random(float *x, size_t n, uint64_t seed)
{
    struct random random = random_new(seed, 26);
    random_normals(x, n, 1, &random);
}
TEST(product_by_hand)
{
    const float a[6] = {1, 2, 3, 4, 5, 6}, b[6] = {1, 0, 2, 1, 0, 3};
    float c[4];
    product(c, a, b, 2, 2, 3, 0);
    CHECK_CLOSE(c, ((float[4]){5, 11, 14, 23}), 4, 0, 0);
    product(c, a, b, 2, 2, 3, PRODUCT_ADD);
    CHECK_CLOSE(c, ((float[4]){10, 22, 28, 46}), 4, 0, 0);
}

static void compare_with_loops(size_t m, size_t n, size_t k, unsigned how)
{
    size_t lda = (how & TRANSPOSE_A ? m : k) + 3, ldc = n + 2;
    size_t ldb = (how & TRANSPOSE_B ? k : n) + 1;
    for (size_t i = 0; i < m * ldc; i++)
        made[i] = wanted[i] = (float)(i % 7);
    product_plain(wanted, ldc, left, lda, right, ldb, m, n, k, how);
    product_strided(made, ldc, left, lda, right, ldb, m, n, k, how);
    CHECK_CLOSE(made, wanted, m * ldc, 1e-4, 0);
}

TEST(product_agrees_with_three_loops)
{
    const size_t ms[] = {1, 3, 4, 11, 12, 13, 17, 100, 193};
    const size_t ns[] = {1, 2, 5, 15, 16, 31, 33, 47, 49, 98};
    const size_t ks[] = {0, 1, 6, 7, 256, 257};
    fill_random(left, SPACE, 1);
    fill_random(right, SPACE, 2);
    for (size_t i = 0; i < sizeof ms / sizeof *ms; i++)
        for (size_t j = 0; j < sizeof ns / sizeof *ns; j++)
            for (size_t l = 0; l < sizeof ks / sizeof *ks; l++)
                for (unsigned how = 0; how < 8; how++)
                    compare_with_loops(ms[i], ns[j], ks[l], how);
}

TEST(a_row_does_not_depend_on_the_others)
{
    fill_random(left, SPACE, 1);
    fill_random(right, SPACE, 2);
    for (size_t n = 40; n <= 99; n += 59) {
        product(wanted, left, right, 50, n, 300, 0);
        for (size_t i = 0; i < 50; i++) {
            product(made, left + i * 300, right, 1, n, 300, 0);
            assert_memory_equal(made, wanted + i * n, n * sizeof *made);
        }
    }
}

static void compare_panels(size_t step, size_t along, size_t have,
                           size_t depth, size_t width)
{
    made[width * depth] = wanted[width * depth] = 7;
    product_panel(made, left, step, along, have, depth, width);
    product_panel_plain(wanted, left, step, along, have, depth, width);
    assert_memory_equal(made, wanted, (width * depth + 1) * sizeof *made);
}

TEST(panels_agree_with_the_plain_loops)
{
    fill_random(left, SPACE, 1);
    for (size_t width = 4; width <= 32; width *= 2)
        for (size_t have = 1; have <= width; have++)
            for (size_t depth = 0; depth < 12; depth++) {
                compare_panels(1, width + 3, have, depth, width);
                compare_panels(depth + 5, 1, have, depth, width);
            }
}

TEST(product_agrees_beyond_a_block)
{
    fill_random(left, SPACE, 1);
    fill_random(right, SPACE, 2);
    for (unsigned how = 0; how < 8; how++)
        compare_with_loops(13, 2 * product_workspace()->cols + 5, 7, how);
}

static void product_on(int threads, float *c, size_t m, size_t n, size_t k,
                       unsigned how)
{
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
    (void)threads;
    product(c, left, right, m, n, k, how);
}

TEST(threads_change_no_bit)
{
    fill_random(left, SPACE, 1);
    fill_random(right, SPACE, 2);
    for (size_t m = 100; m < 240; m += 37)
        for (unsigned how = 0; how < 4; how++)
            for (int threads = 2; threads <= 4; threads++) {
                product_on(1, wanted, m, 311, 257, how);
                product_on(threads, made, m, 311, 257, how);
                assert_memory_equal(made, wanted, m * 311 * sizeof *made);
            }
}
TEST(exp2_is_accurate)
{
    for (float x = -126; x < 126; x += 0.000917f) {
        float got = lanes_exp2(lanes_all(x))[0];
        assert_true(fabs(got / exp2(x) - 1) < 1.2e-7);
    }
}

TEST(exp2_at_the_edges)
{
    assert_true(lanes_exp2(lanes_all(0))[0] == 1);
    assert_true(lanes_exp2(lanes_all(-126))[0] == 0x1p-126f);
    assert_true(lanes_exp2(lanes_all(-127.5f))[0] == 0);
    assert_true(lanes_exp2(lanes_all(-INFINITY))[0] == 0);
    assert_true(isnan(lanes_exp2(lanes_all(NAN))[0]));
}

static void check_lanes(lanes (*of)(lanes), double (*truth)(double),
                        double ulps, double absolute)
{
    for (float x = -20; x < 20; x += 0.00173f) {
        double want = truth(x), got = of(lanes_all(x))[0];
        double allowed = ulps * 1.2e-7 * fabs(want) + absolute;
        assert_true(fabs(got - want) <= allowed);
    }
}

TEST(activations_are_accurate)
{
    check_lanes(lanes_exp, exp, 2, 0);
    check_lanes(lanes_tanh, tanh, 2, 0);
    check_lanes(lanes_sigmoid, sigmoid_of, 3, 0);
    check_lanes(lanes_normal, normal_below, 0, 4e-7);
    check_lanes(lanes_density, normal_density, 2, 1e-7);
}

TEST(activations_at_the_edges)
{
    assert_true(lanes_tanh(lanes_all(INFINITY))[0] == 1);
    assert_true(lanes_tanh(lanes_all(-INFINITY))[0] == -1);
    assert_true(isnan(lanes_tanh(lanes_all(NAN))[0]));
    assert_true(lanes_sigmoid(lanes_all(-INFINITY))[0] == 0);
    assert_true(lanes_normal(lanes_all(-INFINITY))[0] == 0);
    assert_true(lanes_normal(lanes_all(INFINITY))[0] == 1);
    assert_true(isnan(lanes_normal(lanes_all(NAN))[0]));
}

TEST(square_roots_are_accurate)
{
    for (float x = 2e-38f; x < 1e38f; x *= 1.0037f)
        assert_true(fabs(lanes_sqrt(lanes_all(x))[0] / sqrt(x) - 1) < 2e-7);
    assert_true(lanes_sqrt(lanes_all(0))[0] == 0);
    assert_true(lanes_sqrt(lanes_all(INFINITY))[0] == INFINITY);
    assert_true(isnan(lanes_sqrt(lanes_all(NAN))[0]));
}

TEST(maps_keep_to_their_row)
{
    float x[71], out[71], dx[71];
    for (size_t n = 0; n <= 70; n++) {
        for (size_t i = 0; i < 71; i++)
            x[i] = 0.1f * (float)i, out[i] = dx[i] = 7;
        row_map(out, x, n, lanes_tanh);
        row_map_backward(dx, x, x, n, lanes_tanh);
        for (size_t i = 0; i < 71; i++) {
            double want = i < n ? tanh(x[i]) : 7;
            assert_true(fabs(out[i] - want) < 1e-6);
            assert_true(fabs(dx[i] - (i < n ? 7 + x[i] * want : 7)) < 2e-6);
        }
    }
}

TEST(row_sums_agree_with_plain_loops)
{
    struct random random = random_new(26, 1);
    float a[200], b[200];
    for (size_t n = 0; n <= 200; n++) {
        double want[4] = {0, 0, 0, 0};
        for (size_t i = 0; i < n; i++) {
            a[i] = random_normal(&random);
            b[i] = random_normal(&random);
            want[0] += a[i];
            want[1] += (a[i] - 0.5) * (a[i] - 0.5);
            want[2] += (double)a[i] * b[i] * (b[i] - 0.5);
            want[3] += a[i] - 0.5;
        }
        float got[4] = {row_sum(a, n), 0,
                        row_dot_shifted(a, b, b, 0.5f, n), 0};
        got[1] = row_distance(&got[3], a, 0.5f, n);
        for (size_t s = 0; s < 4; s++)
            assert_true(fabs(got[s] - want[s]) < 1e-6 * (double)(n + 1));
    }
}

TEST(exponentials_are_added)
{
    float x[37], out[37], want[37];
    for (size_t i = 0; i < 37; i++) {
        x[i] = 0.25f * (float)i - 7;
        out[i] = (float)i;
        want[i] = (float)(i + 0.5 * (exp(x[i]) - 0.125));
    }
    row_add_exp(out, 0.5f, 0.125f, x, 37);
    CHECK_CLOSE(out, want, 37, 0, 3e-7);
}

TEST(adam_by_lanes_is_adam)
{
    enum { N = 37, STEPS = 5 };
    const struct adam how = {1e-2, 0.9, 0.999, 1e-8, 0.1, true};
    struct random random = random_new(26, 2);
    float w[N] = {0}, m[N] = {0}, v[N] = {0}, dw[N];
    double x[N] = {0}, a[N] = {0}, b[N] = {0};
    for (size_t t = 1; t <= STEPS; t++)
        for (size_t i = 0; i < N; i++) {
            dw[i] = random_normal(&random);
            a[i] += 0.1 * (dw[i] - a[i]);
            b[i] += 0.001 * ((double)dw[i] * dw[i] - b[i]);
            double up = a[i] / (1 - pow(0.9, (double)t));
            double down = sqrt(b[i] / (1 - pow(0.999, (double)t))) + 1e-8;
            x[i] = (1 - 1e-2 * 0.1) * x[i] - 1e-2 * up / down;
            if (i == N - 1)
                adam_step(w, m, v, dw, N, &how, t);
        }
    for (size_t i = 0; i < N; i++)
        assert_true(fabs(w[i] - x[i]) < 1e-7);
}
TEST(tiles_by_hand)
{
    const float q[1] = {1}, k[3] = {0, 0.693147181f, 1.60943791f};
    const float v[3] = {8, 4, 0}, dout[1] = {1};
    const struct tiled t = {1, 1, 1, 3, 1, 1, false, NULL, 1};
    float out[1], log_sum[1], dq[1] = {0}, dk[3] = {0}, dv[3] = {0};
    tiled_forward(out, log_sum, q, k, v, &t);
    tiled_backward(dq, dk, dv, dout, q, k, v, out, log_sum, &t);
    CHECK_CLOSE(out, ((float[]){2}), 1, 0, 1e-6);
    CHECK_CLOSE(log_sum, ((float[]){2.07944154f}), 1, 0, 1e-6);
    CHECK_CLOSE(dk, ((float[]){0.75f, 0.5f, -1.25f}), 3, 1e-6, 1e-6);
    CHECK_CLOSE(dv, ((float[]){0.125f, 0.25f, 0.625f}), 3, 0, 1e-6);
}

TEST(tiles_agree_with_key_by_key)
{
    enum { Q = 190, K = 210, D = 20, E = 28 };
    static float x[Q * D + K * D + K * E + Q * E], out[2][Q * E], sums[2][Q];
    static float dq[2][Q * D], dk[2][K * D], dv[2][K * E];
    const struct tiled t = {1, 1, Q, K, D, E, true, NULL, 0};
    const float *q = x, *k = q + Q * D, *v = k + K * D, *dout = v + K * E;
    fill_random(x, sizeof x / sizeof *x, 3);
    tiled_forward(out[0], sums[0], q, k, v, &t);
    tiled_backward(dq[0], dk[0], dv[0], dout, q, k, v, out[0], sums[0], &t);
    for (size_t i = 0, seen = 1 + K - Q; i < Q; i++, seen++) {
        sums[1][i] = tiled_plain_row(out[1] + i * E, q + i * D, k, v, seen,
                                     &t);
        tiled_plain_row_backward(dq[1] + i * D, dk[1], dv[1], dout + i * E,
                                 q + i * D, k, v, out[1] + i * E, sums[1][i],
                                 seen, &t);
    }
    CHECK_CLOSE(out[0], out[1], Q * E, 3e-6, 3e-6);
    CHECK_CLOSE(sums[0], sums[1], Q, 3e-6, 3e-6);
    CHECK_CLOSE(dq[0], dq[1], Q * D, 3e-5, 1e-5);
    CHECK_CLOSE(dk[0], dk[1], K * D, 3e-5, 1e-5);
    CHECK_CLOSE(dv[0], dv[1], K * E, 3e-5, 1e-5);
}

/* A head's or several heads' attention, everything in double. */
struct test_case {
    struct tiled_double t;
    size_t nq, nk, nv, no, rows;  /* floats in q, k, v, out; rows of out */
    double *q, *k, *v, *dout, *out, *log_sum, *dq, *dk, *dv;
};

static double *some_doubles(size_t n, struct random *random)
{
    double *x = allocate(n + 1, sizeof(double));
    for (size_t i = 0; random && i < n; i++)
        x[i] = (float)random_normal(random);
    return x;
}

static struct test_case test_case_new(struct tiled_double t, uint64_t seed)
{
    struct random random = random_new(seed, 26);
    size_t heads = t.batch * t.heads, rows = heads * t.queries;
    struct test_case r = {
        .t = t, .rows = rows, .nq = rows * t.width,
        .nk = heads * t.keys * t.width,
        .nv = heads * t.keys * t.value_width, .no = rows * t.value_width};
    r.q = some_doubles(r.nq, &random);
    r.k = some_doubles(r.nk, &random);
    r.v = some_doubles(r.nv, &random);
    r.dout = some_doubles(r.no, &random);
    r.out = some_doubles(r.no, NULL);
    r.log_sum = some_doubles(r.rows, NULL);
    r.dq = some_doubles(r.nq, NULL);
    r.dk = some_doubles(r.nk, NULL);
    r.dv = some_doubles(r.nv, NULL);
    return r;
}

static void test_case_free(struct test_case *r)
{
    double *all[] = {r->q, r->k, r->v, r->dout, r->out, r->log_sum,
                     r->dq, r->dk, r->dv};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static double plain_weights(double *p, const double *q, const double *k,
                            size_t seen, const struct tiled_double *t)
{
    double sum = 0, max = -INFINITY;
    double scale = t->scale != 0 ? t->scale : 1 / sqrt((double)t->width);
    for (size_t j = 0; j < seen; j++) {
        p[j] = 0;
        for (size_t c = 0; c < t->width; c++)
            p[j] += scale * q[c] * k[j * t->width + c];
        max = fmax(max, p[j]);
    }
    for (size_t j = 0; j < seen; j++)
        sum += p[j] = exp(p[j] - max);
    for (size_t j = 0; j < seen; j++)
        p[j] /= sum;
    return max + log(sum);
}

static void plain_row(struct test_case *r, size_t row, size_t head,
                      size_t seen, double *p)
{
    const struct tiled_double *t = &r->t;
    size_t d = t->width, e = t->value_width, key = head * t->keys;
    const double *q = r->q + row * d, *k = r->k + key * d;
    const double *v = r->v + key * e, *dout = r->dout + row * e;
    double scale = t->scale != 0 ? t->scale : 1 / sqrt((double)d);
    double g[512], delta = 0;
    r->log_sum[row] = plain_weights(p, q, k, seen, t);
    for (size_t j = 0; j < seen; j++) {
        g[j] = 0;
        for (size_t c = 0; c < e; c++) {
            r->out[row * e + c] += p[j] * v[j * e + c];
            r->dv[(key + j) * e + c] += p[j] * dout[c];
            g[j] += dout[c] * v[j * e + c];
        }
        delta += p[j] * g[j];
    }
    for (size_t j = 0; j < seen; j++)
        for (size_t c = 0; c < d; c++) {
            double dx = scale * p[j] * (g[j] - delta);
            r->dq[row * d + c] += dx * k[j * d + c];
            r->dk[(key + j) * d + c] += dx * q[c];
        }
}

static void plain_attention(struct test_case *r)
{
    const struct tiled_double *t = &r->t;
    double p[512];
    for (size_t row = 0; row < r->rows; row++) {
        size_t head = row / t->queries, i = row % t->queries;
        size_t seen = t->lengths ? t->lengths[head / t->heads] : t->keys;
        if (t->causal && i + 1 + t->keys < seen + t->queries)
            seen = i + 1 + t->keys > t->queries
                 ? i + 1 + t->keys - t->queries : 0;
        plain_row(r, row, head, seen, p);
    }
}

static float *to_float(const double *x, size_t n)
{
    float *y = allocate(n + 1, sizeof(float));
    for (size_t i = 0; i < n; i++)
        y[i] = (float)x[i];
    return y;
}

static struct tiled shape_of(const struct test_case *r)
{
    return (struct tiled){
        r->t.batch, r->t.heads, r->t.queries, r->t.keys, r->t.width,
        r->t.value_width, r->t.causal, r->t.lengths, (float)r->t.scale};
}

struct results { float *out, *log_sum, *dq, *dk, *dv; };

static struct results run_in_float(const struct test_case *r)
{
    float *q = to_float(r->q, r->nq), *k = to_float(r->k, r->nk);
    float *v = to_float(r->v, r->nv), *dout = to_float(r->dout, r->no);
    struct tiled t = shape_of(r);
    struct results f = {
        allocate(r->no, sizeof(float)), allocate(r->rows, sizeof(float)),
        allocate(r->nq, sizeof(float)), allocate(r->nk, sizeof(float)),
        allocate(r->nv, sizeof(float))};
    tiled_forward(f.out, f.log_sum, q, k, v, &t);
    tiled_backward(f.dq, f.dk, f.dv, dout, q, k, v, f.out, f.log_sum, &t);
    free(q), free(k), free(v), free(dout);
    return f;
}

static void results_free(struct results *f)
{
    free(f->out), free(f->log_sum), free(f->dq), free(f->dk), free(f->dv);
}

static double largest_error(const double *got, const double *want, size_t n)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double error = fabs(got[i] - want[i]) / (1 + fabs(want[i]));
        if (got[i] != want[i])
            worst = fmax(worst, isnan(error) ? INFINITY : error);
    }
    return worst;
}

static const size_t lengths[2] = {0, 90}, short_lengths[3] = {401, 1, 211};
static const struct tiled_double shapes[] = {
    {2, 3, 5, 7, 4, 6, false, NULL, 0},
    {1, 2, 301, 303, 33, 19, true, NULL, 0},
    {2, 3, 211, 103, 20, 37, true, lengths, 0},
    {3, 2, 101, 403, 16, 48, false, short_lengths, 0.3},
    {1, 4, 1, 300, 64, 65, true, NULL, 0},
    {1, 2, 290, 97, 128, 96, false, NULL, 0},
    {1, 1, 50, 60, 256, 250, true, NULL, 0},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

TEST(tiles_in_double_agree_with_plain_attention)
{
    for (size_t s = 0; s < SHAPES; s++) {
        struct test_case want = test_case_new(shapes[s], s);
        struct test_case got = test_case_new(shapes[s], s);
        plain_attention(&want);
        tiled_forward_double(got.out, got.log_sum, got.q, got.k, got.v,
                             &got.t);
        tiled_backward_double(got.dq, got.dk, got.dv, got.dout, got.q, got.k,
                              got.v, got.out, got.log_sum, &got.t);
        assert_true(largest_error(got.out, want.out, want.no) < 1e-12);
        assert_true(largest_error(got.log_sum, want.log_sum, want.rows)
                    < 1e-12);
        assert_true(largest_error(got.dq, want.dq, want.nq) < 1e-12);
        assert_true(largest_error(got.dk, want.dk, want.nk) < 1e-12);
        assert_true(largest_error(got.dv, want.dv, want.nv) < 1e-12);
        test_case_free(&want);
        test_case_free(&got);
    }
}

TEST(tiles_agree_with_plain_attention)
{
    for (size_t s = 0; s < SHAPES; s++) {
        struct test_case r = test_case_new(shapes[s], s);
        struct results f = run_in_float(&r);
        plain_attention(&r);
        float *out = to_float(r.out, r.no);
        float *log_sum = to_float(r.log_sum, r.rows);
        float *dq = to_float(r.dq, r.nq), *dk = to_float(r.dk, r.nk);
        float *dv = to_float(r.dv, r.nv);
        CHECK_CLOSE(f.out, out, r.no, 3e-6, 3e-6);
        CHECK_CLOSE(f.log_sum, log_sum, r.rows, 3e-6, 3e-6);
        CHECK_CLOSE(f.dq, dq, r.nq, 3e-5, 1e-5);
        CHECK_CLOSE(f.dk, dk, r.nk, 3e-5, 1e-5);
        CHECK_CLOSE(f.dv, dv, r.nv, 3e-5, 1e-5);
        free(out), free(log_sum), free(dq), free(dk), free(dv);
        results_free(&f);
        test_case_free(&r);
    }
}

TEST(key_by_key_agrees_with_plain_attention)
{
    struct test_case want = test_case_new(shapes[2], 6);
    struct test_case got = test_case_new(shapes[2], 6);
    const struct tiled_double *t = &got.t;
    plain_attention(&want);
    for (size_t row = 0; row < got.rows; row++) {
        size_t head = row / t->queries, d = t->width, e = t->value_width;
        size_t key = head * t->keys, seen = tile_visible_double(
            t, tile_keys_of_double(t, head), row % t->queries);
        const double *k = got.k + key * d, *v = got.v + key * e;
        got.log_sum[row] = tiled_plain_row_double(
            got.out + row * e, got.q + row * d, k, v, seen, t);
        tiled_plain_row_backward_double(
            got.dq + row * d, got.dk + key * d, got.dv + key * e,
            got.dout + row * e, got.q + row * d, k, v, got.out + row * e,
            got.log_sum[row], seen, t);
    }
    assert_true(largest_error(got.out, want.out, want.no) < 1e-12);
    assert_true(largest_error(got.log_sum, want.log_sum, want.rows) < 1e-12);
    assert_true(largest_error(got.dq, want.dq, want.nq) < 1e-12);
    assert_true(largest_error(got.dk, want.dk, want.nk) < 1e-12);
    assert_true(largest_error(got.dv, want.dv, want.nv) < 1e-12);
    test_case_free(&want);
    test_case_free(&got);
}

TEST(rows_that_see_nothing_are_zero)
{
    struct test_case r = test_case_new(shapes[2], 1);
    struct results f = run_in_float(&r);
    for (size_t row = 0; row < r.rows; row++)
        if (row / 211 < 3 || row % 211 < 108)
            for (size_t c = 0; c < 37; c++) {
                assert_true(f.out[row * 37 + c] == 0);
                assert_true(c >= 20 || f.dq[row * 20 + c] == 0);
            }
    results_free(&f);
    test_case_free(&r);
}

TEST(tiles_do_not_see_the_future)
{
    enum { ALL = 201, CUT = 130, WIDTH = 24, VALUES = 40 };
    struct test_case r = test_case_new((struct tiled_double){
        1, 1, ALL, ALL, WIDTH, VALUES, true, NULL, 0}, 3);
    struct results was = run_in_float(&r);
    for (size_t i = CUT * WIDTH; i < ALL * WIDTH; i++)
        r.q[i] = -r.q[i], r.k[i] = 3 * r.k[i] + 1;
    for (size_t i = CUT * VALUES; i < ALL * VALUES; i++)
        r.v[i] = r.v[i] - 2, r.dout[i] = -r.dout[i];
    struct results is = run_in_float(&r);
    assert_memory_equal(was.out, is.out, CUT * VALUES * sizeof(float));
    assert_memory_equal(was.dq, is.dq, CUT * WIDTH * sizeof(float));
    assert_true(was.out[CUT * VALUES] != is.out[CUT * VALUES]);
    results_free(&was);
    results_free(&is);
    test_case_free(&r);
}

TEST(tiles_do_not_read_the_padding)
{
    static const size_t length[1] = {140};
    struct test_case r = test_case_new((struct tiled_double){
        1, 1, 99, 203, 24, 40, false, length, 0}, 4);
    struct results was = run_in_float(&r);
    for (size_t i = 140 * 24; i < 203 * 24; i++)
        r.k[i] = NAN;
    for (size_t i = 140 * 40; i < 203 * 40; i++)
        r.v[i] = NAN;
    struct results is = run_in_float(&r);
    assert_memory_equal(was.out, is.out, r.no * sizeof(float));
    assert_memory_equal(was.dq, is.dq, r.nq * sizeof(float));
    assert_memory_equal(was.dk, is.dk, r.nk * sizeof(float));
    results_free(&was);
    results_free(&is);
    test_case_free(&r);
}

static long most_kib(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

TEST(tiles_need_little_memory)
{
    enum { T = 4096, D = 16, N = T * D };
    const struct tiled t = {1, 1, T, T, D, D, true, NULL, 0};
    float *x = allocate(9 * N, sizeof(float));
    for (size_t i = 0; i < 9 * N; i++)
        x[i] = (float)(i % 7) / 7;
    long before = most_kib();
    float *out = x + 4 * N, *dx = x + 5 * N;
    tiled_forward(out, x + 8 * N, x, x + N, x + 2 * N, &t);
    tiled_backward(dx, dx + N, dx + 2 * N, x + 3 * N, x, x + N, x + 2 * N,
                   out, x + 8 * N, &t);
    free(x);
    assert_true(most_kib() - before < 16 * 1024);
}

#ifdef _OPENMP
TEST(threads_do_not_change_the_tiles)
{
    struct test_case r = test_case_new(shapes[1], 5);
    omp_set_num_threads(1);
    struct results one = run_in_float(&r);
    omp_set_num_threads(2);
    struct results two = run_in_float(&r);
    assert_memory_equal(one.out, two.out, r.no * sizeof(float));
    assert_memory_equal(one.dq, two.dq, r.nq * sizeof(float));
    assert_memory_equal(one.dk, two.dk, r.nk * sizeof(float));
    assert_memory_equal(one.dv, two.dv, r.nv * sizeof(float));
    results_free(&one);
    results_free(&two);
    test_case_free(&r);
}
#endif

TEST(heads_too_wide_are_refused)
{
    const struct tiled t = {1, 1, 1, 1, 257, 4, false, NULL, 0};
    float x[300] = {0}, l[1];
    CHECK_DIES(DIES_REQUIRE, tiled_forward(x, l, x, x, x, &t));
}
CHECK_MAIN()
