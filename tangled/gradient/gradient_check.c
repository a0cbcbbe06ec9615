/* gradient_check.c -- generated from chapters/04-gradient.nw. Do not edit. */
#include "kit/conforms.h"
#include "gradient/optimizer.h"
#include "gradient/sequences.h"
#include "gradient/shards.h"

static void wrong_node(struct node_double *s)
{
    for (size_t i = 0; i < s->out->count; i++)
        s->in[0]->grad[i] += 3.00003 * s->out->grad[i];
}

static struct tensor_double *wrong_scale(struct tape_double *tape,
                                         struct tensor_double *x)
{
    struct tensor_double *y = tape_scale_double(tape, x, 3);
    if (!tape->no_grad)
        tape->last->backward = wrong_node;
    return y;
}

static void wrong_axis_node(struct node_double *s)
{
    const double *g = s->out->grad, *p = s->out->data;
    size_t rows = tensor_rows_double(s->out), n = s->out->count / rows;
    for (size_t j = 0; j < n; j++) {
        double mean = 0;
        for (size_t r = 0; r < rows; r++)
            mean += g[r * n + j] * p[r * n + j];
        for (size_t i = j; i < s->out->count; i += n)
            s->in[0]->grad[i] += p[i] * (g[i] - mean);
    }
}

static struct tensor_double *wrong_axis(struct tape_double *tape,
                                        struct tensor_double *x)
{
    struct tensor_double *y = tape_softmax_double(tape, x);
    if (!tape->no_grad)
        tape->last->backward = wrong_axis_node;
    return y;
}

static void forgetful_node(struct node_double *s)
{
    for (size_t i = 0; i < s->out->count; i++)
        s->in[0]->grad[i] = 2 * s->out->grad[i];
}

static struct tensor_double *forgetful(struct tape_double *tape,
                                       struct tensor_double *x)
{
    struct tensor_double *y = tape_scale_double(tape, x, 2);
    if (!tape->no_grad)
        tape->last->backward = forgetful_node;
    return y;
}

static struct tensor_double *forgetful_twice(struct tape_double *tape,
                                             struct tensor_double *x)
{
    struct tensor_double *first = forgetful(tape, x);
    return tape_multiply_double(tape, first, tape_tanh_double(tape, x));
}

static void check_ignored(const float *x, int32_t ignore)
{
    const int32_t targets[] = { ignore, 1, ignore };
    float log_p[9], dx[9] = { 0 }, want = logf(4);
    float loss = cross_entropy_forward(log_p, x, targets, 3, 3, 0, ignore);
    CHECK_CLOSE(&loss, &want, 1, 1e-6, 0);
    cross_entropy_backward(dx, 1, log_p, targets, 3, 3, 0, ignore);
    CHECK_CLOSE(dx, ((float[]){ 0, 0, 0, .125f, -.75f, .625f, 0, 0, 0 }), 9,
                1e-6, 0);
}

static const float *count_down(void *model, const int32_t *ids, size_t step)
{
    static float logits[2 * 9];
    memset(logits, 0, sizeof logits);
    for (int b = 0; b < 2; b++)
        logits[b * 9 + (ids[b] > 1 + b ? ids[b] - 1 - b : 0)] = 1;
    *(size_t *)model = step + 1;
    return logits;
}

struct shared { struct tensor *table, *gain, *bias; };

static const int32_t shared_words[] = { 3, 1, 4, 1, 0, 2, 2, 3, 0, 4, 1, 1 };
static const int32_t shared_next[] = { 1, 4, 1, 0, 2, 2, 3, 0, 4, 1, 1, 3 };

static struct tensor *shared_loss(struct tape *on, void *what, size_t shard,
                                  size_t shards)
{
    const struct shared *m = what;
    const size_t n = 12 / shards, from = shard * n;
    struct tensor *table = tape_reshape(on, m->table, SHAPE(5, 4));
    struct tensor *x = tape_embedding(on, table, shared_words + from,
                                      SHAPE(n));
    x = tape_layernorm(on, x, m->gain, m->bias);
    x = tape_product(on, x, table, TRANSPOSE_B);
    x = tape_cross_entropy(on, x, shared_next + from, 0, -1);
    return tape_scale(on, x, 1 / (float)shards);
}

static void undefined_node(struct node_double *s)
{
    for (size_t i = 0; i < s->out->count; i++)
        s->in[0]->grad[i] += i ? 3 * s->out->grad[i] : (double)NAN;
}

static struct tensor_double *undefined(struct tape_double *tape,
                                       struct tensor_double *x)
{
    struct tensor_double *y = tape_scale_double(tape, x, 3);
    if (!tape->no_grad)
        tape->last->backward = undefined_node;
    return y;
}

TEST(sizes_that_overflow_are_refused)
{
    const size_t side = (size_t)1 << 33;
    struct tape *t = tape_new();
    struct tensor *w = tape_input(t, NULL, SHAPE(1, 1));
    struct tensor *x = tape_input(t, NULL, SHAPE(1, side, 1));
    struct tensor *v = tape_input(t, NULL, SHAPE(1, side, 0));
    CHECK_PRINTS(DIES_FAIL, "too large", tape_zeros(t, SIZE_MAX / 4 + 2));
    CHECK_PRINTS(DIES_FAIL, "too large", tape_leaf(t, SHAPE(side, side)));
    CHECK_PRINTS(DIES_FAIL, "too large",
                    tape_attention(t, x, x, v, false, NULL));
    CHECK_PRINTS(DIES_FAIL, "too large",
                    tape_additive_attention(t, x, x, v, w, w, w, NULL));
    tape_free(t);
}
TEST(product_backward_by_hand)
{
    const float x[] = { 1, 2 }, w[] = { 3, 1, -1, 2 }, dy[] = { -1, 1 };
    const float want_dx[] = { 8, 13 }, want_dw[] = { 9, 11, 8, 12 };
    for (int fast = 0; fast < 2; fast++) {
        float dx[] = { 10, 10 }, dw[] = { 10, 10, 10, 10 };
        if (fast)
            product_backward(dx, dw, dy, x, w, 1, 2, 2, 0);
        else
            matmul_backward_plain(dx, dw, dy, x, w, 1, 2, 2);
        CHECK_CLOSE(dx, want_dx, 2, 0, 0);
        CHECK_CLOSE(dw, want_dw, 4, 0, 0);
    }
}

TEST(product_is_three_loops)
{
    enum { M = 7, N = 37, K = 19 };
    static float a[M * K], b[K * N], dc[M * N], c[2][M * N];
    static float da[2][M * K], db[2][K * N];
    struct random random = random_new(4, 10);
    random_normals(a, M * K, 1, &random);
    random_normals(b, K * N, 1, &random);
    random_normals(dc, M * N, 1, &random);
    matmul_plain(c[0], a, b, M, N, K);
    matmul_backward_plain(da[0], db[0], dc, a, b, M, N, K);
    product(c[1], a, b, M, N, K, 0);
    product_backward(da[1], db[1], dc, a, b, M, N, K, 0);
    CHECK_CLOSE(c[1], c[0], M * N, 1e-5, 1e-5);
    CHECK_CLOSE(da[1], da[0], M * K, 1e-5, 1e-5);
    CHECK_CLOSE(db[1], db[0], K * N, 1e-5, 1e-5);
}

TEST(bias_by_hand)
{
    const float x[] = { 1, 2, 3, 4 }, b[] = { 10, 20 }, g[] = { 1, 1, 0, 2 };
    float out[4], dx[4] = { 0 }, db[2] = { 0 };
    bias_forward(out, x, b, 2, 2);
    CHECK_CLOSE(out, ((float[]){ 11, 22, 13, 24 }), 4, 0, 0);
    bias_backward(dx, db, g, 2, 2);
    CHECK_CLOSE(dx, g, 4, 0, 0);
    CHECK_CLOSE(db, ((float[]){ 1, 3 }), 2, 0, 0);
}

TEST(activations_by_hand)
{
    const float x = 1, g = 2;
    float out[5], dx[5] = { 0 };
    row_tanh(out, &x, 1), tanh_backward(dx, &g, out, 1);
    sigmoid_forward(out + 1, &x, 1), sigmoid_backward(dx + 1, &g, out + 1, 1);
    relu_forward(out + 2, &x, 1), relu_backward(dx + 2, &g, out + 2, 1);
    gelu_forward(out + 3, &x, 1), gelu_backward(dx + 3, &g, &x, 1);
    gelu_exact_forward(out + 4, &x, 1);
    gelu_exact_backward(dx + 4, &g, &x, 1);
    const float want[] = { .761594f, .731059f, 1, .841192f, .841345f };
    const float slope[] = { .839949f, .393224f, 2, 2.165929f, 2.166631f };
    CHECK_CLOSE(out, want, 5, 1e-6, 0);
    CHECK_CLOSE(dx, slope, 5, 2e-6, 0);
}

TEST(rows_of_a_softmax_gradient_sum_to_zero)
{
    float x[12], g[12], dx[12] = { 0 }, none[3] = { 0 }, sums[3];
    struct random random = random_new(4, 5);
    random_normals(x, 12, 1, &random), random_normals(g, 12, 1, &random);
    softmax_rows(x, x, 3, 4);
    softmax_rows_backward(dx, g, x, 3, 4);
    for (size_t r = 0; r < 3; r++)
        sums[r] = sum_forward(dx + r * 4, 4);
    CHECK_CLOSE(sums, none, 3, 1e-6, 0);
}

static const float logits[] = { 0, .6931472f, 1.6094379f };

TEST(smoothed_cross_entropy_by_hand)
{
    const float want = 1.363980f, want_dx[] = { .025f, -.55f, .525f };
    float log_p[3], dx[3] = { 0 };
    float loss = cross_entropy_forward(log_p, logits, (int32_t[]){ 1 },
                                       1, 3, .3f, -1);
    cross_entropy_backward(dx, 1, log_p, (int32_t[]){ 1 }, 1, 3, .3f, -1);
    CHECK_CLOSE(&loss, &want, 1, 1e-6, 0);
    CHECK_CLOSE(dx, want_dx, 3, 1e-6, 0);
}

TEST(attention_by_hand)
{
    const float q[] = { 0 }, k[] = { 1, -1 }, v[] = { 10, 20 }, g[] = { 1 };
    const struct tiled t = { 1, 1, 1, 2, 1, 1, false, NULL, 0 };
    float out[1], w[2], scratch[4], none[2] = { 0 };
    attend_forward(out, w, q, k, v, &t);
    CHECK_CLOSE(out, ((float[]){ 15 }), 1, 0, 0);
    for (int fast = 0; fast < 2; fast++) {
        float dq[1] = { 0 }, dk[2] = { 0 }, dv[2] = { 0 };
        if (fast)
            attend_backward(dq, dk, dv, scratch, g, w, q, k, v, &t);
        else
            attention_backward_plain(dq, dk, dv, scratch, scratch + 2, g, w,
                                     q, k, v, 1, 2, 1, 1);
        CHECK_CLOSE(dq, ((float[]){ -5 }), 1, 0, 1e-6);
        CHECK_CLOSE(dk, none, 2, 0, 0);
        CHECK_CLOSE(dv, w, 2, 0, 0);
    }
}

TEST(layernorm_by_hand)
{
    const float x[] = { 1, 1, 3, 3 }, ones[] = { 1, 1, 1, 1 };
    const float none[4] = { 0 }, g[] = { 1, 0, 0, 0 };
    float out[4], mean, rstd, dx[4] = { 0 }, dgain[4] = { 0 };
    layernorm_forward(out, &mean, &rstd, x, ones, none, 1, 4, 0);
    CHECK_CLOSE(out, ((float[]){ -1, -1, 1, 1 }), 4, 0, 0);
    layernorm_backward(dx, dgain, NULL, g, x, ones, &mean, &rstd, 1, 4);
    CHECK_CLOSE(dx, ((float[]){ .5f, -.5f, 0, 0 }), 4, 0, 0);
    CHECK_CLOSE(dgain, ((float[]){ -1, 0, 0, 0 }), 4, 0, 0);
}

TEST(layernorm_ignores_offset_and_scale)
{
    const float x[] = { .3f, -1, 2, .5f, 4 }, gain[] = { 1, 2, 3, 4, 5 };
    float moved[5], mean, rstd, want[5], got[5];
    for (int j = 0; j < 5; j++)
        moved[j] = 7 * x[j] + 20;
    layernorm_forward(want, &mean, &rstd, x, gain, x, 1, 5, 0);
    layernorm_forward(got, &mean, &rstd, moved, gain, x, 1, 5, 0);
    CHECK_CLOSE(got, want, 5, 1e-5, 0);
}

TEST(one_layer_by_hand)
{
    const float points[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    const float want = logf(3), want_b[] = { 1 / 12.f, 1 / 12.f, -1 / 6.f };
    const int32_t colors[] = { 0, 2, 2, 1 };
    struct tape *tape = tape_new();
    struct tensor *w = tape_parameter(tape, "w", SHAPE(2, 3));
    struct tensor *b = tape_parameter(tape, "b", SHAPE(3));
    /* go through one layer, and back */
    tape_reset(tape);
    struct tensor *x = tape_input(tape, points, SHAPE(4, 2));
    struct tensor *y = tape_bias(tape, tape_matmul(tape, x, w), b);
    struct tensor *loss = tape_cross_entropy(tape, y, colors, 0, -1);
    tape_backward(tape, loss);
    CHECK_CLOSE(loss->data, &want, 1, 1e-6, 0);
    CHECK_CLOSE(b->grad, want_b, 3, 1e-6, 0);
    tape_free(tape);
}

CONFORMS(operations, .golden = "gradient")

TEST(a_small_error_is_seen)
{
    static const struct operation_double wrong[] = {
        { "wrong", .one = wrong_scale,
          .inputs = { { "x", "2 3" } } },
        { .name = NULL }
    };
    double error = differences_table(NULL, wrong);
    assert_true(error > .9e-5 && error < 1.1e-5);
}

TEST(wrong_axis_is_caught)
{
    static const struct operation_double wrong[] = {
        { "wrong axis", .one = wrong_axis,
          .inputs = { { "x", "3 4" } } },
        { .name = NULL }
    };
    assert_true(differences_table(NULL, wrong) > .1);
}

TEST(forgotten_sum_is_caught_by_a_second_use)
{
    static const struct operation_double wrong[] = {
        { "once", .one = forgetful, .inputs = { { "x", "5" } } },
        { "twice", .one = forgetful_twice,
          .inputs = { { "x", "5" } } }
    };
    assert_true(differences_error(&wrong[0], 0, NULL) < 1e-6);
    assert_true(differences_error(&wrong[1], 0, NULL) > .1);
}

TEST(momentum_by_hand)
{
    const struct sgd how = {.lr = 0.1, .momentum = 0.9};
    const float want[3] = {0.9f, 0.72f, 0.486f};
    float w[2] = {1, 1}, velocity[2] = {0};
    for (size_t t = 0; t < 3; t++) {
        float dw[2] = {w[0], w[1]};
        sgd_step_plain(&w[0], &velocity[0], &dw[0], 1, &how);
        sgd_step(&w[1], &velocity[1], &dw[1], 1, &how);
        CHECK_CLOSE(w, ((float[]){want[t], want[t]}), 2, 0, 1e-6);
    }
}

TEST(adam_by_hand)
{
    const struct adam how = {0.3, 0.5, 0.75, 0, 0, false};
    const float dw[2] = {4, -4}, want[2] = {0.7f, 0.8f};
    float w[2] = {1, 1}, m[2] = {0}, v[2] = {0};
    for (size_t t = 0; t < 2; t++) {
        adam_step_plain(&w[0], &m[0], &v[0], &dw[t], 1, &how, t + 1);
        adam_step(&w[1], &m[1], &v[1], &dw[t], 1, &how, t + 1);
        CHECK_CLOSE(w, ((float[]){want[t], want[t]}), 2, 0, 1e-6);
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

static const float hand_a[] = { 1, 2, 3, 4 }, hand_b[] = { 5, 6, 7, 8 };

TEST(product_by_hand)
{
    const float want[] = { 19, 22, 43, 50 };
    float c[4];
    product(c, hand_a, hand_b, 2, 2, 2, 0);
    CHECK_CLOSE(c, want, 4, 0, 0);
}

TEST(a_long_sum_loses_nothing)
{
    enum { MANY = 1 << 25 };
    float *x = allocate(MANY, sizeof *x), sum, want = MANY;
    for (size_t i = 0; i < MANY; i++)
        x[i] = 1;
    sum = sum_forward(x, MANY);
    free(x);
    CHECK_CLOSE(&sum, &want, 1, 0, 0);
}

TEST(activations_are_close_enough)
{
    static float x[4001], ones[4001], got[4][4001], want[4][4001];
    for (int i = 0; i < 4001; i++) {
        x[i] = (float)(i - 2000) / 128;
        ones[i] = 1;
        double y = (double)x[i];
        want[0][i] = (float)sigmoid_plain_double(y);
        want[1][i] = (float)gelu_plain_double(y);
        want[2][i] = (float)gelu_exact_plain_double(y);
        want[3][i] = (float)gelu_slope_plain_double(y);
    }
    sigmoid_forward(got[0], x, 4001);
    gelu_forward(got[1], x, 4001);
    gelu_exact_forward(got[2], x, 4001);
    gelu_backward(got[3], ones, x, 4001);
    for (int i = 0; i < 4; i++)
        CHECK_CLOSE(got[i], want[i], 4001, 1e-6, 1e-6);
}

TEST(activations_are_tame_far_out)
{
    const float x[] = { -1e4f, -60, 60, 1e4f }, ones[] = { 1, 1, 1, 1 };
    const float want[] = { 0, 0, 1, 1 }, want_gelu[] = { 0, 0, 60, 1e4f };
    float out[4], dx[4] = { 0 };
    sigmoid_forward(out, x, 4);
    CHECK_CLOSE(out, want, 4, 1e-12, 0);
    gelu_forward(out, x, 4);
    CHECK_CLOSE(out, want_gelu, 4, 1e-12, 0);
    gelu_backward(dx, ones, x, 4);
    CHECK_CLOSE(dx, want, 4, 1e-12, 0);
}

TEST(two_forms_of_gelu_are_close)
{
    float x[2001], tanh_form[2001], exact[2001], apart = 0;
    for (int i = 0; i < 2001; i++)
        x[i] = .01f * (float)(i - 1000);
    gelu_forward(tanh_form, x, 2001);
    gelu_exact_forward(exact, x, 2001);
    for (int i = 0; i < 2001; i++)
        apart = fmaxf(apart, fabsf(tanh_form[i] - exact[i]));
    assert_true(apart > 4e-4f && apart < 5e-4f);
}

TEST(ignored_targets_cost_nothing)
{
    float x[9];
    for (int i = 0; i < 9; i++)
        x[i] = logits[i % 3] + (i < 3 ? 50 : 0);
    check_ignored(x, -1);
    check_ignored(x, 0);
    check_ignored(x, 2);
}

TEST(nothing_but_ignored_targets_is_zero)
{
    const int32_t targets[] = { 7 };
    float log_p[3], dx[3] = { 0 }, none[3] = { 0 };
    float loss = cross_entropy_forward(log_p, logits, targets, 1, 3, .1f, 7);
    cross_entropy_backward(dx, 1, log_p, targets, 1, 3, .1f, 7);
    assert_true(loss == 0);
    CHECK_CLOSE(dx, none, 3, 0, 0);
}

TEST(targets_are_looked_at)
{
    float log_p[3];
    CHECK_DIES(DIES_REQUIRE, cross_entropy_forward(log_p, logits,
               (int32_t[]){ 3 }, 1, 3, 0, -1));
    CHECK_DIES(DIES_REQUIRE, cross_entropy_forward(log_p, logits,
               (int32_t[]){ -2 }, 1, 3, 0, -1));
}

TEST(smoothing_is_a_share)
{
    static const float wrong[] = { -.25f, 1.25f, NAN };
    const int32_t target[] = { 1 };
    float log_p[3] = { -1, -1, -1 }, dx[3];
    for (size_t i = 0; i < 3; i++) {
        CHECK_DIES(DIES_REQUIRE, cross_entropy_forward(log_p, logits, target,
                                                       1, 3, wrong[i], -1));
        CHECK_DIES(DIES_REQUIRE, cross_entropy_backward(dx, 1, log_p, target,
                                                        1, 3, wrong[i], -1));
    }
}

TEST(who_sees_nothing_learns_nothing)
{
    const float q[] = { 1 }, k[] = { 2 }, v[] = { 3 }, g[] = { 4 };
    const struct tiled t = { 1, 1, 1, 1, 1, 1, false, (size_t[]){ 0 }, 0 };
    float out[1], w[1], d[3] = { 0 }, scratch[2], none[3] = { 0 };
    attend_forward(out, w, q, k, v, &t);
    attend_backward(d, d + 1, d + 2, scratch, g, w, q, k, v, &t);
    CHECK_CLOSE(out, none, 1, 0, 0);
    CHECK_CLOSE(d, none, 3, 0, 0);
}

TEST(attention_needs_keys_and_a_width)
{
    const float zeros[6] = { 0 };
    struct tape *t = tape_new();
    struct tensor *flat = tape_input(t, zeros, SHAPE(1, 3, 0));
    struct tensor *none = tape_input(t, zeros, SHAPE(1, 0, 2));
    struct tensor *x = tape_input(t, zeros, SHAPE(1, 3, 2));
    CHECK_PRINTS(DIES_REQUIRE, "do not fit",
               tape_attention(t, flat, flat, x, false, NULL));
    CHECK_PRINTS(DIES_REQUIRE, "do not fit",
               tape_attention_tiled(t, flat, flat, x, false, NULL));
    CHECK_PRINTS(DIES_REQUIRE, "do not fit",
               tape_attention(t, x, none, none, false, NULL));
    tape_free(t);
}

TEST(lengths_are_looked_at)
{
    const float zeros[6] = { 0 };
    const size_t lengths[] = { 4 };
    struct tape *t = tape_new();
    struct tensor *x = tape_input(t, zeros, SHAPE(1, 3, 2));
    struct tensor *w = tape_input(t, zeros, SHAPE(2, 1));
    struct tensor *a = tape_input(t, zeros, SHAPE(1));
    CHECK_DIES(DIES_REQUIRE, tape_attention(t, x, x, x, true, lengths));
    CHECK_DIES(DIES_REQUIRE, tape_attention_tiled(t, x, x, x, 1, lengths));
    CHECK_DIES(DIES_REQUIRE, tape_additive_attention(t, x, x, x, w, w, a,
                                                     lengths));
    tape_free(t);
}

TEST(words_outside_the_table_are_refused)
{
    float table[2] = { 0 }, out[1];
    CHECK_DIES(DIES_REQUIRE,
               embedding_forward(out, table, (int32_t[]){ 2 }, 1, 2, 1));
    CHECK_DIES(DIES_REQUIRE,
               embedding_forward(out, table, (int32_t[]){ -1 }, 1, 2, 1));
}

TEST(attention_backward_is_plain_loops)
{
    enum { N = 7, M = 11, D = 5, C = 3, SIZE = N * D + M * D + M * C };
    static float x[SIZE], g[N * C], out[N * C], w[N * M], d[3][SIZE];
    static float scratch[2 * N * M], log_sum[N];
    const float *q = x, *k = q + N * D, *v = k + M * D;
    const struct tiled t = { 1, 1, N, M, D, C, false, NULL, 0 };
    struct random random = random_new(4, 11);
    random_normals(x, SIZE, 1, &random), random_normals(g, N * C, 1, &random);
    attention_forward(out, w, q, k, v, N, M, D, C);
    attention_backward_plain(d[0], d[0] + N * D, d[0] + N * D + M * D,
                             scratch, scratch + M, g, w, q, k, v,
                             N, M, D, C);
    attend_backward(d[1], d[1] + N * D, d[1] + N * D + M * D, scratch, g, w,
                    q, k, v, &t);
    tiled_forward(out, log_sum, q, k, v, &t);
    tiled_backward(d[2], d[2] + N * D, d[2] + N * D + M * D, g, q, k, v, out,
                   log_sum, &t);
    CHECK_CLOSE(d[1], d[0], SIZE, 2e-6, 2e-6);
    CHECK_CLOSE(d[2], d[0], SIZE, 2e-6, 2e-6);
}

TEST(softmax_backward_is_plain_loops)
{
    enum { N = 37 };
    float p[N], g[N], dx[2][N] = { { 0 } };
    struct random random = random_new(4, 12);
    random_normals(p, N, 1, &random), random_normals(g, N, 1, &random);
    softmax(p, p, N);
    softmax_backward_plain(dx[0], g, p, N);
    softmax_backward(dx[1], g, p, N);
    CHECK_CLOSE(dx[1], dx[0], N, 1e-6, 1e-6);
}

TEST(layernorm_is_plain_loops)
{
    enum { N = 37 };
    float x[N], g[N], gain[N], bias[N], hat[N], out[2][N], mean, rstd;
    float d[2][3 * N] = { { 0 } };
    struct random random = random_new(4, 13);
    random_normals(x, N, 1, &random), random_normals(g, N, 1, &random);
    random_normals(gain, N, 1, &random), random_normals(bias, N, 1, &random);
    float r = layernorm_forward_plain(out[0], hat, x, gain, bias, N, 1e-5f);
    layernorm_backward_plain(d[0], d[0] + N, d[0] + 2 * N, g, hat, r, gain,
                             N);
    layernorm_forward(out[1], &mean, &rstd, x, gain, bias, 1, N, 1e-5f);
    layernorm_backward(d[1], d[1] + N, d[1] + 2 * N, g, x, gain, &mean, &rstd,
                       1, N);
    CHECK_CLOSE(out[1], out[0], N, 2e-6, 2e-6);
    CHECK_CLOSE(d[1], d[0], 3 * N, 2e-6, 2e-6);
}

TEST(layernorm_of_hard_rows)
{
    enum { N = 128 };
    float x[N], gain[N], bias[N] = { 0 }, hat[N], out[N], plain[N], mean, r;
    double exact[3][N], ones[N], none[N] = { 0 }, want[N], mean_d, r_d;
    struct random random = random_new(4, 15);
    for (size_t j = 0; j < N; j++) {
        double normal = (double)random_normal(&random);
        exact[0][j] = 1e21 * normal, exact[1][j] = 1e8 / 3;
        exact[2][j] = 1000 + .015 * normal, gain[j] = 1, ones[j] = 1;
    }
    for (size_t row = 0; row < 3; row++) {
        for (size_t j = 0; j < N; j++)
            exact[row][j] = (double)(x[j] = (float)exact[row][j]);
        layernorm_forward_double(want, &mean_d, &r_d, exact[row], ones, none,
                                 1, N, 1e-5);
        layernorm_forward(out, &mean, &r, x, gain, bias, 1, N, 1e-5f);
        layernorm_forward_plain(plain, hat, x, gain, bias, N, 1e-5f);
        for (size_t j = 0; j < N; j++) {
            assert_true(fabs((double)out[j] - want[j]) < 1e-5);
            assert_true(fabs((double)plain[j] - want[j]) < 1e-5);
        }
    }
}

TEST(optimizers_are_plain_loops)
{
    enum { N = 37 };
    const struct sgd sgd = { .1, .9 };
    float w[2][N], m[2][N] = { { 0 } }, v[2][N] = { { 0 } }, dw[N];
    struct random random = random_new(4, 14);
    random_normals(w[0], N, 1, &random);
    memcpy(w[1], w[0], sizeof w[0]);
    for (size_t t = 1; t <= 5; t++) {
        struct adam adam = { .01, .9, .99, 1e-8, .1, t % 2 };
        random_normals(dw, N, 1, &random);
        sgd_step_plain(w[0], m[0], dw, N, &sgd);
        sgd_step(w[1], m[1], dw, N, &sgd);
        adam_step_plain(w[0], m[0], v[0], dw, N, &adam, t);
        adam_step(w[1], m[1], v[1], dw, N, &adam, t);
        CHECK_CLOSE(w[1], w[0], N, 1e-5, 1e-5);
    }
}

TEST(errors_show_both_shapes)
{
    struct tape *tape = tape_new();
    struct tensor *w = tape_parameter(tape, "w", SHAPE(4, 5));
    struct tensor *x = tape_parameter(tape, "x", SHAPE(2, 3));
    CHECK_PRINTS(DIES_REQUIRE, "x (2, 3) and w (4, 5) do not fit",
               tape_matmul(tape, x, w));
    CHECK_PRINTS(DIES_REQUIRE, "w (4, 5) and x (2, 3) do not fit",
               tape_add(tape, w, x));
    tape_free(tape);
}

TEST(names_are_copied_and_none_comes_twice)
{
    struct tape *tape = tape_new();
    char name[] = "w1";
    struct tensor *w = tape_parameter(tape, name, SHAPE(4, 5));
    name[1] = '2';
    tape_parameter(tape, name, SHAPE(5));
    assert_string_equal(w->name, "w1");
    CHECK_PRINTS(DIES_REQUIRE, "w1 (4, 5)",
                 tape_parameter(tape, "w1", SHAPE(3)));
    tape_free(tape);
}

TEST(parameters_lie_one_behind_the_other)
{
    struct tape *tape = tape_new();
    struct tensor *a = tape_parameter(tape, "a", SHAPE(3, 5));
    a->data[14] = 7;
    struct tensor *b = tape_parameter(tape, "b", SHAPE(41, 43));
    struct tensor *c = tape_parameter(tape, "c", SHAPE(2));
    assert_true(a->data == tape->values && a->data[14] == 7);
    assert_true(b->data == a->data + 15 && c->grad == b->grad + 41 * 43);
    assert_true(tape->size == 15 + 41 * 43 + 2 && tape->count == 3);
    tape_free(tape);
}

TEST(a_step_goes_back_once)
{
    struct tape *tape = tape_new();
    struct tensor *w = tape_parameter(tape, "w", SHAPE(2, 3));
    struct tensor *loss = tape_sum(tape, w);
    tape_backward(tape, loss);
    CHECK_DIES(DIES_REQUIRE, tape_backward(tape, loss));
    tape_reset(tape);
    tape_backward(tape, tape_sum(tape, w));
    assert_true(w->grad[5] == 2);
    tape_free(tape);
}

TEST(a_step_makes_no_parameters)
{
    struct tape *tape = tape_new();
    struct tensor *w = tape_parameter(tape, "w", SHAPE(2, 3));
    tape_reshape(tape, w, SHAPE(3, 2));
    CHECK_DIES(DIES_REQUIRE, tape_parameter(tape, "b", SHAPE(3)));
    tape_reset(tape);
    assert_true(tape_parameter(tape, "b", SHAPE(3))->data == w->data + 6);
    tape_free(tape);
}

TEST(later_steps_allocate_nothing)
{
    struct tape *tape = tape_new();
    size_t after[5];
    struct tensor *w = tape_parameter(tape, "w", SHAPE(300, 200));
    for (int step = 0; step < 5; step++) {
        tape_reset(tape);
        struct tensor *x = tape_leaf(tape, SHAPE(3, 50, 300));
        struct tensor *y = tape_gelu(tape, tape_matmul(tape, x, w));
        y = tape_attention(tape, y, y, y, true, NULL);
        tape_backward(tape, tape_mean(tape, y));
        after[step] = tape->allocations;
    }
    assert_true(after[0] > 2 && after[4] == after[1]);
    tape_free(tape);
}

TEST(reserved_memory_and_kept_tensors)
{
    struct tape *tape = tape_new(), *other = tape_new();
    struct tensor *kept = NULL;
    tape_reserve(tape, 3 << 20);
    size_t before = tape->allocations;
    for (int step = 0; step < 2; step++) {
        tape_reset(tape);
        struct tensor *x = tape_leaf(tape, SHAPE(2, 3, 50000));
        x->data[299999] = 5;
        assert_true(tape_used(tape) >= 600000 * sizeof(float));
        if (kept)
            x = tape_add(tape, x, kept);
        kept = kept ? x : tape_keep(other, x);
    }
    assert_true(kept->data[299999] == 10 && kept->data[0] == 0);
    assert_true(kept->grad && tape->allocations == before + 1);
    tape_free(tape), tape_free(other);
}

TEST(no_grad_tapes_note_nothing)
{
    struct tape *tape = tape_new();
    struct tensor *w = tape_parameter(tape, "w", SHAPE(2, 3));
    tape->no_grad = true;
    struct tensor *y = tape_tanh(tape, w);
    assert_true(!y->grad && !tape->last);
    tape->no_grad = false;
    y = tape_tanh(tape, tape_input(tape, w->data, SHAPE(3, 2)));
    assert_true(!y->grad && !tape->last);
    y = tape_tanh(tape, w);
    assert_true(y->grad && tape->last);
    tape_free(tape);
}

TEST(edits_by_hand)
{
    const int32_t kitten[] = { 'k', 'i', 't', 't', 'e', 'n' };
    const int32_t sitting[] = { 's', 'i', 't', 't', 'i', 'n', 'g' };
    assert_int_equal(edit_distance(kitten, 6, sitting, 7), 3);
    assert_int_equal(edit_distance(sitting, 7, kitten, 6), 3);
    assert_int_equal(edit_distance(kitten, 0, sitting, 4), 4);
    assert_int_equal(edit_distance(sitting, 7, sitting, 7), 0);
    assert_int_equal(edit_distance(kitten, 2, kitten + 1, 2), 2);
}

TEST(greedy_decoding_counts_down)
{
    int32_t out[2 * 9];
    size_t lengths[2], steps;
    greedy_decode(out, lengths, 2, 9, 9, 6, 0, count_down, &steps);
    assert_true(lengths[0] == 5 && lengths[1] == 2 && steps == 6);
    assert_memory_equal(out, ((int32_t[]){ 5, 4, 3, 2, 1, 0, 0, 0, 0,
                                           4, 2, 0, 0, 0, 0, 0, 0, 0 }),
                        sizeof out);
    greedy_decode(out, lengths, 2, 2, 9, 6, 0, count_down, &steps);
    assert_true(lengths[0] == 2 && lengths[1] == 2 && steps == 2);
}

TEST(batches_have_all_sequences_and_few_tokens)
{
    enum { N = 500, TOKENS = 64 };
    size_t lengths[N], seen[N] = { 0 }, padded = 0, all = 0;
    struct random random = random_new(8, 0);
    for (size_t i = 0; i < N; i++)
        all += lengths[i] = i ? 1 + random_below(&random, 20) : 2 * TOKENS;
    struct batches b = batches_by_tokens(lengths, N, TOKENS, 1);
    for (size_t i = 0; i < b.count; i++) {
        size_t longest = 0, n = b.first[i + 1] - b.first[i];
        for (size_t j = b.first[i]; j < b.first[i + 1]; j++) {
            size_t length = lengths[b.which[j]];
            longest = length > longest ? length : longest;
            seen[b.which[j]]++;
        }
        assert_true(n * longest <= TOKENS || n == 1);
        padded += n * longest;
    }
    for (size_t i = 0; i < N; i++)
        assert_int_equal(seen[i], 1);
    assert_true(padded < all + all / 50);
    struct batches same = batches_by_tokens(lengths, N, TOKENS, 1);
    struct batches other = batches_by_tokens(lengths, N, TOKENS, 2);
    assert_memory_equal(same.which, b.which, sizeof(uint32_t[N]));
    assert_memory_not_equal(other.which, b.which, sizeof(uint32_t[N]));
    batches_free(&b), batches_free(&same), batches_free(&other);
}

TEST(shards_are_the_whole)
{
    struct tape *t = tape_new();
    struct shared m = { .table = tape_parameter(t, "table", SHAPE(20)) };
    m.gain = tape_parameter(t, "gain", SHAPE(4));
    m.bias = tape_parameter(t, "bias", SHAPE(4));
    float whole[28], first[28];
    struct random random = random_new(4, 9);
    random_normals(t->values, t->size, 1, &random);
    double loss = tape_shards(t, 1, shared_loss, &m);
    memcpy(whole, t->grads, sizeof whole);
    for (int threads = 1; threads <= 5; threads++) {
#ifdef _OPENMP
        omp_set_num_threads(threads);
#endif
        tape_zero(t);
        assert_true(fabs(tape_shards(t, 4, shared_loss, &m) - loss) < 1e-6);
        CHECK_CLOSE(t->grads, whole, 28, 1e-6, 1e-6);
        if (threads == 1)
            memcpy(first, t->grads, sizeof first);
        assert_memory_equal(t->grads, first, sizeof first);
    }
    tape_shards(t, 4, shared_loss, &m);
    t->no_grad = true;
    tape_shards(t, 4, shared_loss, &m);
    for (size_t i = 0; i < 28; i++)
        whole[i] *= 2;
    CHECK_CLOSE(t->grads, whole, 28, 1e-6, 1e-6);
    tape_free(t);
}

TEST(a_nan_is_the_worst_error)
{
    static const struct operation_double list[] = {
        { "undefined", .one = undefined,
          .inputs = { { "x", "2 3" } } },
        { "tanh", .one = tape_tanh_double,
          .inputs = { { "x", "2 3" } } },
        { .name = NULL }
    };
    assert_true(isnan(differences_error(&list[0], 0, NULL)));
    assert_true(isnan(differences_table(NULL, list)));
}

TEST(adam_refuses_what_makes_no_average)
{
    const struct adam wrong[] = {{.1, 1, .9, 0, 0, 0}, {.1, .9, 1, 0, 0, 0},
        {.1, -.1, .9, 0, 0, 0}, {.1, .9, NAN, 0, 0, 0},
        {.1, .9, .9, -1, 0, 0}, {.1, .9, .9, NAN, 0, 0}};
    float w = 1, m = 0, v = 0, dw = 1;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_DIES(DIES_REQUIRE, adam_step(&w, &m, &v, &dw, 1, &wrong[i], 1));
}

TEST(blocks_are_separate)
{
    enum { MANY = 40 * OPTIMIZER_BLOCK + 3 };
    static float w[2][MANY], m[2][MANY], v[2][MANY], dw[MANY];
    const struct adam adam = {0.01, 0.9, 0.99, 1e-8, 0.1, true};
    const struct sgd sgd = {0.1, 0.9};
    struct random random = random_new(4, 1);
    for (size_t i = 0; i < MANY; i++) {
        w[0][i] = w[1][i] = random_normal(&random);
        dw[i] = random_normal(&random);
    }
#ifdef _OPENMP
    omp_set_num_threads(3);
#endif
    adam_step(w[0], m[0], v[0], dw, MANY, &adam, 3);
    sgd_step(w[0], m[0], dw, MANY, &sgd);
    for (size_t i = 0, piece = 8 * OPTIMIZER_BLOCK; i < MANY; i += piece) {
        size_t n = MANY - i < piece ? MANY - i : piece;
        adam_step(w[1] + i, m[1] + i, v[1] + i, dw + i, n, &adam, 3);
        sgd_step(w[1] + i, m[1] + i, dw + i, n, &sgd);
    }
    assert_memory_equal(w[0], w[1], sizeof w[0]);
}

TEST(a_gradient_that_is_none_is_left_alone)
{
    float dw[3] = {1, NAN, 2};
    assert_true(isnan(clip_by_norm(dw, 3, 1)));
    assert_true(dw[0] == 1 && dw[2] == 2);
    CHECK_DIES(DIES_REQUIRE, clip_by_norm(dw, 3, 0));
}

TEST(large_gradients_are_clipped_too)
{
    float dw[2] = {3e19f, 4e19f}, none[2] = {INFINITY, 1};
    assert_true(fabs(clip_by_norm(dw, 2, 1) / 5e19 - 1) < 1e-6);
    CHECK_CLOSE(dw, ((float[2]){0.6f, 0.8f}), 2, 0, 1e-6);
    assert_true(isinf(clip_by_norm(none, 2, 1)) && none[1] == 1);
}

TEST(long_norms_are_exact)
{
    enum { MANY = 3 * OPTIMIZER_BLOCK + 17 };
    static float x[MANY];
    for (size_t i = 0; i < MANY; i++)
        x[i] = 0.5f;
    assert_true(fabs(norm_of(x, MANY) - 0.5 * sqrt(MANY)) < 1e-6);
}

TEST(schedules_have_ends)
{
    assert_true(schedule_constant(1, 0) == 1);
    assert_true(schedule_constant(7, 7) == 1);
    assert_true(schedule_cosine(7, 7, 7, 0.25) == 0.25);
    assert_true(schedule_cosine(900, 0, 10, 0.25) == 0.25);
    assert_true(schedule_cosine(1, 5, 3, 0) == 0.2);
}

static void check_steps(const char *name, const struct sgd *sgd,
                        const struct adam *adam)
{
    enum { N = 13, STEPS = 7 };
    struct array w = check_golden("optimizer-w.npy"),
                 dw = check_golden("optimizer-dw.npy"),
                 want = check_golden(name);
    float m[N] = { 0 }, v[N] = { 0 };
    for (size_t t = 0; t < STEPS; t++) {
        if (sgd)
            sgd_step(w.data, m, dw.data + t * N, N, sgd);
        else
            adam_step(w.data, m, v, dw.data + t * N, N, adam, t + 1);
        CHECK_CLOSE(w.data, want.data + t * N, N, 1e-6, 1e-6);
    }
    array_free(&w), array_free(&dw), array_free(&want);
}

TEST(sgd_agrees_with_pytorch)
{
    check_steps("optimizer-sgd.npy", &(struct sgd){ 0.1, 0 }, NULL);
    check_steps("optimizer-momentum.npy", &(struct sgd){ 0.1, 0.9 }, NULL);
}

TEST(adam_agrees_with_pytorch)
{
    struct adam how = {0.01, 0.9, 0.99, 1e-8, 0, false};
    check_steps("optimizer-adam.npy", NULL, &how);
    how.eps = 0.1;
    check_steps("optimizer-adam-eps.npy", NULL, &how);
    how.eps = 1e-8, how.weight_decay = 0.1;
    check_steps("optimizer-adam-decay.npy", NULL, &how);
    how.decoupled = true;
    check_steps("optimizer-adamw.npy", NULL, &how);
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
    array_free(&cosine);
    array_free(&inverse);
}

CHECK_MAIN()
