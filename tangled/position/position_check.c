/* position_check.c -- generated from chapters/12-position.nw. Do not edit. */
#include "kit/conforms.h"
#include "double/position_cases_double.h"
#include "position/position_cases.h"

static void check_table(const char *name, const float *got, size_t n)
{
    char file[80];
    snprintf(file, sizeof file, "position-%s.npy", name);
    struct array want = check_golden(file);
    assert_int_equal(want.count, n);
    CHECK_CLOSE(got, want.data, n, 2e-7, 1e-6);
    array_free(&want);
}

static void random_normal_fill(float *x, size_t n, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    random_normals(x, n, 1, &random);
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
        for (size_t c = 0; c < WIDTH; c += 2) {
            const float *at = table + p * WIDTH + c;
            float b = STEP * (float)position_frequency(c / 2, WIDTH);
            turned[c] = cosf(b) * at[0] + sinf(b) * at[1];
            turned[c + 1] = -sinf(b) * at[0] + cosf(b) * at[1];
        }
        CHECK_CLOSE(turned, table + (p + STEP) * WIDTH, WIDTH, 1e-6, 0);
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
        bool used = row >= 1 && row <= LENGTH;
        assert_true(table->grad[i] == (used ? BATCH : 0));
    }
    tape_free(tape);
}

TEST(rotary_by_hand)
{
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
        for (size_t j = 0; j < 3; j++) {
            size_t word = (size_t)order[s][j];
            k[j] = logf((float)word + 1);
            v[j] = values[word];
            bias[j] = -logf(2) * (float)(3 - j);
        }
        struct tiled t = { .batch = 1, .heads = 1, .queries = 1, .keys = 3,
                           .width = 1, .value_width = 1 };
        attend_placed_plain(&out, weights, &q, k, v, &t,
                            &(struct places){ .bias = NULL });
        CHECK_CLOSE(&out, &plain, 1, 0, 1e-6);
        attend_placed_plain(&out, weights, &q, k, v, &t,
                            &(struct places){ .bias = bias });
        CHECK_CLOSE(&out, &halved[s], 1, 0, 1e-6);
    }
}

TEST(distances_by_hand)
{
    const float q[3] = { 1, 1, 1 }, k[3] = { 0 }, v[3] = { 8, 16, 0 };
    const float a[3] = { 0, logf(2), logf(5) }, b[3] = { 0, 4, 8 };
    float out[3], weights[9];
    const float want[3] = { (2 * (8 + 4) + 5 * (16 + 8) + 5 * (0 + 8)) / 12.f,
                            11, (8 + 16 + 2 * 4) / 4.f };
    struct tiled t = { .batch = 1, .heads = 1, .queries = 3, .keys = 3,
                       .width = 1, .value_width = 1 };
    attend_placed_plain(out, weights, q, k, v, &t,
                        &(struct places){ .reach = 1, .keys = a,
                                          .values = b });
    CHECK_CLOSE(out, want, 3, 0, 1e-6);
}

CONFORMS(position_operations, .golden = "position")

TEST(products_are_the_plain_loops)
{
    enum { B = 2, H = 3, N = 4, M = 6, D = 5, C = 7, REACHED = 2,
           FAR = 2 * REACHED + 1 };
    float q[B * H * N * D], k[B * H * M * D], v[B * H * M * C];
    float bias[H * N * M], keys[FAR * D], values[FAR * C], rows[N * FAR];
    float out[2][B * H * N * C], weights[2][B * H * N * M];
    random_normal_fill(q, B * H * N * D, 1);
    random_normal_fill(k, B * H * M * D, 2);
    random_normal_fill(v, B * H * M * C, 3);
    random_normal_fill(bias, H * N * M, 4);
    random_normal_fill(keys, FAR * D, 5);
    random_normal_fill(values, FAR * C, 6);
    for (int given = 0; given < 8; given++) {
        const struct tiled t = { .batch = B, .heads = H, .queries = N,
                                 .keys = M, .width = D, .value_width = C,
                                 .causal = true,
                                 .lengths = (size_t[]){ 3, 6 } };
        const struct places p = { given & 1 ? bias : NULL, REACHED,
                                  given & 2 ? keys : NULL,
                                  given & 4 ? values : NULL };
        attend_placed_plain(out[0], weights[0], q, k, v, &t, &p);
        attend_placed_forward(out[1], weights[1], rows, q, k, v, &t, &p);
        CHECK_CLOSE(out[1], out[0], B * H * N * C, 2e-6, 2e-6);
        CHECK_CLOSE(weights[1], weights[0], B * H * N * M, 1e-6, 1e-6);
    }
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

TEST(waves_know_only_distances)
{
    enum { WIDTH = 14, LENGTH = 31 };
    float table[LENGTH * WIDTH];
    sinusoidal_table(table, 1000, LENGTH, WIDTH);
    for (size_t p = 0; p < LENGTH; p++)
        for (size_t s = 0; s < LENGTH; s++) {
            const float *a = table + p * WIDTH, *b = table + s * WIDTH;
            float got = row_dot(a, b, WIDTH), want = 0;
            for (size_t l = 0; l < WIDTH / 2; l++)
                want += (float)cos(((double)p - (double)s)
                                   * position_frequency(l, WIDTH));
            CHECK_CLOSE(&got, &want, 1, 2e-6, 1e-6);
        }
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
#include "position/position_model.h"
TEST(only_none_is_blind)
{
    int32_t ids[] = { 3, 1, 4, 1, 5, 9, 2, 6 };
    const size_t n = sizeof ids / sizeof *ids;
    for (enum kind kind = 0; kind < KINDS; kind++) {
        struct model m = model_new(kind, 2, false, 7);
        m.tape->no_grad = true;
        float before[WORDS], change = 0;
        memcpy(before, model_forward(&m, ids, 1, n)->data, sizeof before);
        int32_t last = ids[n - 1];
        ids[n - 1] = ids[2], ids[2] = last;
        const float *after = model_forward(&m, ids, 1, n)->data;
        for (size_t i = 0; i < WORDS; i++)
            change = fmaxf(change, fabsf(after[i] - before[i]));
        assert_true(kind == NONE ? change < 1e-5f : change > 1e-3f);
        model_free(&m);
    }
}

TEST(word_by_word_is_all_at_once)
{
    struct head_run whole, words, forgetful;
    head_start(&whole, 1), head_whole(&whole, 0, false);
    head_start(&words, 1), head_by_words(&words, false);
    head_start(&forgetful, 1), head_by_words(&forgetful, true);
    CHECK_CLOSE(words.out, whole.out, STEP_ROWS, 2e-6, 1e-5);
    for (size_t t = 1; t < STEPS; t++)
        assert_true(outputs_differ(&forgetful, &whole, t) > .01f);
}

TEST(order_is_learned_by_those_who_know_places)
{
    struct marks blind = run_marked(ORDER, NONE, false, 10, 1, 40);
    struct marks knows = run_marked(ORDER, ROTARY, false, 35, 1, 40);
    assert_true(marks_part(&blind, 0, LONGEST) <= .5 + 1. / 80);
    assert_true(marks_part(&knows, 0, LONGEST) > .9);
}

TEST(shifts_change_rotary_by_rounding_only)
{
    for (size_t by = 1; by < 1000000; by *= 10) {
        assert_true(shift_change(ROTARY, by) < 5e-7);
        assert_true(shift_change(SINUSOIDAL, by) > .1);
    }
}

TEST(outputs_do_not_move_with_the_text)
{
    assert_true(head_moved(true) > .1f && head_moved(false) < 1e-5f);
}

CHECK_MAIN()
