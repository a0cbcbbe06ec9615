/* position_check.c -- generated from chapters/12-position.nw. Do not edit. */
#include "check.h"
#include "position.h"
#include "differences.h"
#include "position_trials_double.h"
#include "position_trials.h"

static void random_normal_fill(float *x, size_t n, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = random_normal(&random);
}

static struct array golden_position(const char *operation)
{
    char name[80];
    snprintf(name, sizeof name, "position-%s.npy", operation);
    for (char *c = name; *c; c++)
        *c = *c == ' ' ? '-' : *c;
    return check_golden(name);
}

static void check_table(const char *name, const float *got, size_t n)
{
    struct array want = golden_position(name);
    assert_int_equal(want.count, n);
    CHECK_CLOSE(got, want.data, n, 2e-7, 1e-6);
    array_free(&want);
}
TEST(waves_by_hand)
{
    float got[4 * 4];
    const float want[4 * 4] = {
        0, 1, 0, 1,                 .8415f, .5403f, .01f, .99995f,
        .9093f, -.4161f, .02f, .9998f, .1411f, -.99f, .03f, .99955f,
    };
    sinusoidal_table(got, 0, 4, 4);
    CHECK_CLOSE(got, want, 16, 6e-5, 0);
}

TEST(a_step_is_a_turn)
{
    enum { WIDTH = 14, LENGTH = 31, STEP = 5 };
    float table[LENGTH * WIDTH], turned[WIDTH];
    sinusoidal_table(table, 0, LENGTH, WIDTH);
    for (size_t p = 0; p + STEP < LENGTH; p++) {
        /* turn row p by STEP places */
        for (size_t c = 0; c < WIDTH; c += 2) {
            const float *at = table + p * WIDTH + c;
            float b = STEP * (float)position_frequency(c / 2, WIDTH);
            turned[c] = cosf(b) * at[0] + sinf(b) * at[1];
            turned[c + 1] = -sinf(b) * at[0] + cosf(b) * at[1];
        }

        CHECK_CLOSE(turned, table + (p + STEP) * WIDTH, WIDTH, 1e-6, 0);
    }
}

TEST(waves_know_only_distances)
{
    enum { WIDTH = 14, LENGTH = 31 };
    float table[LENGTH * WIDTH];
    sinusoidal_table(table, 1000, LENGTH, WIDTH);
    for (size_t p = 0; p < LENGTH; p++)
        for (size_t s = 0; s < LENGTH; s++) {
            /* compare the dot product of rows p and s with the sum */
            float got = row_dot(table + p * WIDTH, table + s * WIDTH, WIDTH), want = 0;
            for (size_t l = 0; l < WIDTH / 2; l++)
                want += (float)cos(((double)p - (double)s)
                                   * position_frequency(l, WIDTH));
            CHECK_CLOSE(&got, &want, 1, 2e-6, 1e-6);
        }
}

TEST(untouched_rows_get_no_gradient)
{
    enum { ROWS = 9, LENGTH = 4, BATCH = 2, WIDTH = 3 };
    struct tape *tape = tape_new();
    struct tensor *table = tape_parameter(tape, "wpe", SHAPE(ROWS, WIDTH));
    struct tensor *x = tape_leaf(tape, SHAPE(BATCH, LENGTH, WIDTH));
    tape_backward(tape, tape_sum(tape, tape_add_rows(tape, x, table, 1)));
    for (size_t i = 0; i < ROWS * WIDTH; i++) {
        size_t row = i / WIDTH;
        assert_true(table->grad[i] == (row >= 1 && row <= LENGTH ? BATCH : 0));
    }
    tape_free(tape);
}

TEST(rotary_by_hand)
{
    /* turn a query at 2 and a key at 1, and both one on */
    float cosines[4], sines[4], q[4] = { 1, 0, 1, 0 }, k[4] = { 0, 1, 0, 1 };
    rotary_table(cosines, sines, 0, 4, 2);
    rotary_forward(q, q, cosines + 2, sines + 2, 1, 2, 2);
    rotary_forward(k, k, cosines + 1, sines + 1, 1, 2, 2);
    for (size_t i = 0; i < 2; i++) {
        float got = row_dot(q + 2 * i, k + 2 * i, 2), want = .8415f;
        CHECK_CLOSE(&got, &want, 1, 5e-5, 0);
    }
    CHECK_CLOSE(q, ((float[]){ -.4161f, .9093f }), 2, 5e-5, 0);
    CHECK_CLOSE(k, ((float[]){ -.8415f, .5403f }), 2, 5e-5, 0);
}

TEST(rotary_keeps_lengths)
{
    enum { HEADS = 3, LENGTH = 7, WIDTH = 10 };
    float x[HEADS * LENGTH * WIDTH], y[HEADS * LENGTH * WIDTH];
    float cosines[LENGTH * WIDTH / 2], sines[LENGTH * WIDTH / 2];
    random_normal_fill(x, HEADS * LENGTH * WIDTH, 1);
    rotary_table(cosines, sines, 12345, LENGTH, WIDTH);
    rotary_forward(y, x, cosines, sines, HEADS, LENGTH, WIDTH);
    for (size_t r = 0; r < HEADS * LENGTH; r++) {
        float got = row_dot(y + r * WIDTH, y + r * WIDTH, WIDTH);
        float want = row_dot(x + r * WIDTH, x + r * WIDTH, WIDTH);
        CHECK_CLOSE(&got, &want, 1, 0, 2e-6);
    }
}

TEST(backward_turns_back)
{
    enum { HEADS = 3, LENGTH = 5, WIDTH = 8, ALL = HEADS * LENGTH * WIDTH };
    float x[ALL], y[ALL], back[ALL] = { 0 };
    float cosines[LENGTH * WIDTH / 2], sines[LENGTH * WIDTH / 2];
    random_normal_fill(x, ALL, 2);
    rotary_table(cosines, sines, 3, LENGTH, WIDTH);
    rotary_forward(y, x, cosines, sines, HEADS, LENGTH, WIDTH);
    rotary_backward(back, y, cosines, sines, HEADS, LENGTH, WIDTH);
    CHECK_CLOSE(back, x, ALL, 1e-6, 0);
}

TEST(slopes_as_published)
{
    const float eight[] = { 1/2.f, 1/4.f, 1/8.f, 1/16.f, 1/32.f, 1/64.f,
                            1/128.f, 1/256.f };
    const float three[] = { 1/16.f, 1/256.f, 1/4.f };
    for (size_t h = 0; h < 8; h++)
        assert_true(alibi_slope(h, 8) == eight[h]);
    for (size_t h = 0; h < 3; h++)
        assert_true(alibi_slope(h, 3) == three[h]);
    CHECK_DIES(DIES_REQUIRE, alibi_slope(3, 3));
}

TEST(bias_by_hand)
{
    float bias[2 * 2 * 3];
    const float m = 1/16.f, n = 1/256.f;
    const float want[] = { -m, 0, -m, -2 * m, -m, 0,
                           -n, 0, -n, -2 * n, -n, 0 };
    alibi_bias(bias, 2, 2, 3);
    CHECK_CLOSE(bias, want, 12, 0, 0);
}

TEST(order_by_hand)
{
    const float q = 1, order[2][3] = { { 0, 1, 2 }, { 2, 1, 0 } };
    const float values[] = { 6, 0, 12 };
    const float plain = 7, halved[] = { 150 / 17.f, 60 / 11.f };
    for (size_t s = 0; s < 2; s++) {
        float k[3], v[3], out, weights[3], bias[3];
        /* set keys, values and bias of sentence s */
        for (size_t j = 0; j < 3; j++) {
            size_t word = (size_t)order[s][j];
            k[j] = logf((float)word + 1);
            v[j] = values[word];
            bias[j] = -logf(2) * (float)(3 - j);
        }

        struct tiled t = { .batch = 1, .heads = 1, .queries = 1, .keys = 3,
                           .width = 1, .value_width = 1 };
        attend_placed_forward(&out, weights, NULL, &q, k, v, &t,
                              &(struct places){ .bias = NULL });
        CHECK_CLOSE(&out, &plain, 1, 0, 1e-6);
        attend_placed_forward(&out, weights, NULL, &q, k, v, &t,
                              &(struct places){ .bias = bias });
        CHECK_CLOSE(&out, &halved[s], 1, 0, 1e-6);
    }
}

TEST(distances_by_hand)
{
    const float q[3] = { 1, 1, 1 }, k[3] = { 0 }, v[3] = { 8, 16, 0 };
    const float a[3] = { 0, logf(2), logf(5) }, b[3] = { 0, 4, 8 };
    float out[3], weights[9], rows[9];
    const float want[3] = { (2 * (8 + 4) + 5 * (16 + 8) + 5 * (0 + 8)) / 12.f,
                            11, (8 + 16 + 2 * 4) / 4.f };
    struct tiled t = { .batch = 1, .heads = 1, .queries = 3, .keys = 3,
                       .width = 1, .value_width = 1 };
    attend_placed_forward(out, weights, rows, q, k, v, &t,
                          &(struct places){ .reach = 1, .keys = a,
                                            .values = b });
    CHECK_CLOSE(out, want, 3, 0, 1e-6);
}

TEST(gradients_against_differences)
{
    double worst = differences_table(NULL, position_operations_double);
    if (!(worst < 1e-6))
        fail_msg("the worst gradient is off by %g", worst);
}

TEST(operations_against_pytorch)
{
    struct array numbers = check_golden("position-numbers.npy");
    for (const struct operation *op = position_operations; op->name; op++) {
        struct array want = golden_position(op->name);
        struct trial t = trial_new(op);
        /* run operation op on the golden numbers */
        memcpy(t.on->values, numbers.data, t.on->size * sizeof(float));
        tape_begin(t.on);
        size_t results = operation_apply(op, t.on, t.in)->count;
        const float *g = numbers.data + numbers.count - results;
        tape_backward(t.on, trial_loss(&t, g, results));
        struct tensor *out = operation_apply(op, t.on, t.in);

        assert_int_equal(want.count, results + t.on->size);
        CHECK_CLOSE(out->data, want.data, results, 2e-6, 2e-5);
        CHECK_CLOSE(t.on->grads, want.data + results, t.on->size, 4e-6, 2e-5);
        tape_free(t.on);
        array_free(&want);
    }
    array_free(&numbers);
}

TEST(tables_against_pytorch)
{
    enum { FAR = 99990, LENGTH = 11, WIDTH = 10, ODD = 7, HALF = WIDTH / 2 };
    float waves[LENGTH * ODD], turns[2 * LENGTH * HALF];
    float bias[6 * 5 * LENGTH];
    sinusoidal_table(waves, FAR, LENGTH, ODD);
    rotary_table(turns, turns + LENGTH * HALF, FAR, LENGTH, WIDTH);
    alibi_bias(bias, 6, 5, LENGTH);
    check_table("waves", waves, sizeof waves / sizeof *waves);
    check_table("turns", turns, sizeof turns / sizeof *turns);
    check_table("alibi", bias, sizeof bias / sizeof *bias);
}

CHECK_MAIN()
