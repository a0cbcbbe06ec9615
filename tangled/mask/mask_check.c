/* mask_check.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "kit/conforms.h"
#include "mask/mask_cases.h"
#include "double/mask_cases_double.h"
#include "mask/dates.h"
#include "mask/wrong_masks.h"

/* masks as texts */
static void check_mask(const struct mask *mask, const char *want)
{
    char got[256];
    size_t n = mask->batch * mask->n * mask->m;
    REQUIRE(n < sizeof got);
    for (size_t p = 0; p <= n; p++)
        got[p] = p < n ? (char)('0' + mask->visible[p]) : '\0';
    assert_string_equal(got, want);
}

static bool holds(enum wrong how, float size)
{
    const uint8_t some[5] = { 1, 1, 1, 0, 0 }, none[5] = { 0 };
    float scores[5] = { -.6f, -.5f, -.4f, .6f, .2f }, was[5], is[5];
    for (size_t j = 0; j < 5; j++)
        scores[j] *= size;
    wrong_softmax(was, scores, some, 5, how);
    scores[3] += size, scores[4] -= size;          /* both are hidden */
    wrong_softmax(is, scores, some, 5, how);
    if (memcmp(was, is, sizeof was) != 0)
        return false;
    wrong_softmax(is, scores, none, 5, how);
    return is[0] == 0 && is[3] == 0;
}

static void check_way(const float *got, const float *want)
{
    if (isnan(want[0]))
        assert_true(isnan(got[0]) && isnan(got[1]) && isnan(got[2]));
    else
        CHECK_CLOSE(got, want, 3, 1e-3, 0);
}

enum { B = 2, N = 4, M = 6, D = 5, C = 3,
       QS = B * N * D, KS = B * M * D, VS = B * M * C, WS = B * N * M,
       OS = B * N * C };
struct problem { float q[QS], k[KS], v[VS], dout[OS]; };
struct result { float out[OS], weights[WS], dq[QS], dk[KS], dv[VS]; };

static struct problem problem_new(void)
{
    struct problem p;
    struct random random = random_new(11, 1);
    random_normals((float *)&p, sizeof p / sizeof(float), 1, &random);
    return p;
}

static struct result problem_run(const struct problem *p,
                                 const struct mask *mask)
{
    struct result y = { 0 };
    struct masked t = { B, N, M, D, C, mask, 0 };
    float scratch[2 * M];
    for (size_t i = 0; i < OS + WS; i++)
        ((float *)&y)[i] = NAN;
    masked_forward(y.out, y.weights, p->q, p->k, p->v, &t);
    masked_backward(y.dq, y.dk, y.dv, scratch, p->dout, y.weights, p->q,
                    p->k, p->v, &t);
    return y;
}

static const size_t long_lengths[] = { 119, 57, 0 };
static int long_kind;

static struct tensor *long_loops(struct tape *t, struct tensor **in)
{
    struct mask *mask = tape_mask(t, 3, 101, 130);
    kind_hide(mask, long_kind, long_lengths);
    return tape_masked_attention(t, in[0], in[1], in[2], mask);
}

static struct tensor *long_tiles(struct tape *t, struct tensor **in)
{
    return tape_attention_tiled(t, in[0], in[1], in[2], long_kind & CAUSAL,
                                long_kind & PADDING ? long_lengths : NULL);
}

TEST(masks_by_hand)
{
    struct mask mask = mask_new(2, 3, 5);
    mask_causal(&mask);
    check_mask(&mask, "11100" "11110" "11111" "11100" "11110" "11111");
    mask_padding(&mask, (size_t[]){ 4, 2 });
    check_mask(&mask, "11100" "11110" "11110" "11000" "11000" "11000");
    mask_window(&mask, 3);
    check_mask(&mask, "11100" "01110" "00110" "11000" "01000" "00000");
    mask_free(&mask);
}

static const float hand_logs[9] = {
    0, .6931472f, 1.6094379f,  1.0986123f, 0, 1.3862944f,
    .6931472f, 1.0986123f, 1.6094379f
};

TEST(weights_by_hand)
{
    const float causal[] = { 1, 0, 0, .75f, .25f, 0, .2f, .3f, .5f };
    const float both[] = { 1, 0, 0, .75f, .25f, 0, .4f, .6f, 0 };
    struct mask mask = mask_new(1, 3, 3);
    float weights[9];
    mask_causal(&mask);
    masked_softmax(weights, hand_logs, &mask, 1);
    CHECK_CLOSE(weights, causal, 9, 1e-7, 1e-6);
    mask_padding(&mask, (size_t[]){ 2 });
    masked_softmax(weights, hand_logs, &mask, 1);
    CHECK_CLOSE(weights, both, 9, 1e-7, 1e-6);
    mask_free(&mask);
}

TEST(the_check_finds_the_wrong_masks)
{
    const float sizes[] = { 1, 100, 10000 };
    for (enum wrong how = 0; how < WAYS; how++) {
        bool all = true;
        for (size_t s = 0; s < 3; s++)
            all = holds(how, sizes[s]) && all;
        assert_true(all == (how == RIGHT_WAY));
    }
}

TEST(the_future_does_not_leak)
{
    struct mask mask = mask_new(1, N, M);
    mask_causal(&mask);
    struct problem p = problem_new();
    struct result was = problem_run(&p, &mask);
    for (size_t b = 0; b < B; b++)
        p.k[(b * M + 4) * D] += 1, p.v[(b * M + 4) * C] -= 1;
    struct result is = problem_run(&p, &mask);
    for (size_t r = 0; r < B * N; r++) {
        bool moved = memcmp(is.out + r * C, was.out + r * C,
                            C * sizeof(float)) != 0;
        assert_true(moved == (r % N >= 2));
    }
    mask_free(&mask);
}

TEST(one_by_one_is_all_at_once)
{
    struct problem p = problem_new();
    struct mask mask = mask_new(1, N, N);
    struct masked all = { 1, N, N, D, C, &mask, 0 };
    float want[N * C], weights[N * N], got[C];
    mask_causal(&mask);
    masked_forward(want, weights, p.q, p.k, p.v, &all);
    for (size_t i = 0; i < N; i++) {
        struct masked one = { 1, 1, i + 1, D, C, NULL, 0 };
        masked_forward(got, weights, p.q + i * D, p.k, p.v, &one);
        assert_memory_equal(got, want + i * C, sizeof got);
    }
    mask_free(&mask);
}

TEST(backward_by_hand)
{
    const float want[] = { 0, 0, 0, 0, 0, 0, .24f, -.24f, 0 };
    float dweights[9] = { 0, NAN, NAN, 0, 0, NAN, 1, 0, NAN };
    float weights[9], dscores[9] = { 0 };
    struct mask mask = mask_new(1, 3, 3);
    mask_causal(&mask), mask_padding(&mask, (size_t[]){ 2 });
    masked_softmax(weights, hand_logs, &mask, 1);
    masked_softmax_backward(dscores, dweights, weights, &mask, 1);
    CHECK_CLOSE(dscores, want, 9, 1e-7, 1e-6);
    for (size_t p = 0; p < 9; p++)
        if (!mask.visible[p])
            assert_true(weights[p] == 0 && dscores[p] == 0);
    mask_free(&mask);
}

TEST(padding_is_not_read)
{
    const size_t lengths[B] = { 5, 2 };
    struct mask mask = mask_new(B, N, M);
    mask_padding(&mask, lengths);
    struct problem p = problem_new();
    struct result was = problem_run(&p, &mask);
    for (size_t b = 0; b < B; b++) {
        for (size_t l = lengths[b] * D; l < M * D; l++)
            p.k[b * M * D + l] = NAN;
        for (size_t l = lengths[b] * C; l < M * C; l++)
            p.v[b * M * C + l] = NAN;
    }
    struct result is = problem_run(&p, &mask);
    assert_memory_equal(&is, &was, sizeof is);
    for (size_t b = 0; b < B; b++) {
        for (size_t l = lengths[b] * D; l < M * D; l++)
            assert_true(is.dk[b * M * D + l] == 0);
        for (size_t l = lengths[b] * C; l < M * C; l++)
            assert_true(is.dv[b * M * C + l] == 0);
    }
    mask_free(&mask);
}

TEST(cross_by_hand)
{
    float in[] = { 1, 1 }, z[] = { 1, 0 }, wq[] = { 1.0986123f, 0 };
    float wk = 1, wv = 8, wo = 1, q, k[2], v[2], weights[2], mixed, out;
    const float six = 6, zero = 0;
    struct mask mask = mask_new(1, 1, 2);
    struct cross x = { { 1, 1, 2, 1, 1, &mask, 0 }, 2, 1, 1, in, z, wq, &wk,
                       &wv, &wo, &q, k, v, weights, &mixed };
    cross_forward(&out, &x);
    CHECK_CLOSE(&out, &six, 1, 0, 1e-6);
    mask.visible[0] = 0;
    cross_forward(&out, &x);
    CHECK_CLOSE(&out, &zero, 1, 0, 0);
    mask_free(&mask);
}

CONFORMS(mask_cases, .golden = "mask")

TEST(a_date_does_not_know_its_company)
{
    enum { ONE = DATE_PLACES * DATE_CLASSES, WIDE = 35 };
    const char *const texts[] = { "5 March 1987", "12/31/1999",
                                  "Wednesday, 30 September 2026" };
    struct date_model x = date_model_new(12, 1);
    struct dates all = dates_new(3), one = dates_new(1);
    float want[3 * ONE];
    for (size_t b = 0; b < 3; b++)
        dates_put(&all, b, texts[b], -1);
    dates_close(&all, WIDE);
    memcpy(want, date_scores(&x, &all, NULL)->data, sizeof want);
    for (size_t b = 0; b < 3; b++)        /* another padding */
        all.signs[b * WIDE + WIDE - 1] = 77;
    tape_reset(x.tape);
    assert_memory_equal(date_scores(&x, &all, NULL)->data, want, sizeof want);
    for (size_t b = 0; b < 3; b++) {
        dates_put(&one, 0, texts[b], -1);
        dates_close(&one, 0);
        tape_reset(x.tape);
        const float *got = date_scores(&x, &one, NULL)->data;
        assert_memory_equal(got, want + b * ONE, ONE * sizeof *got);
    }
    date_model_free(&x), dates_free(&all), dates_free(&one);
}

TEST(more_queries_than_keys)
{
    struct mask mask = mask_new(1, 4, 2), window = mask_new(1, 4, 2);
    mask_causal(&mask);
    check_mask(&mask, "00" "00" "10" "11");
    mask_window(&window, 2);
    check_mask(&window, "00" "10" "11" "11");
    CHECK_DIES(DIES_REQUIRE, mask_padding(&mask, (size_t[]){ 3 }));
    mask_free(&mask), mask_free(&window);
}

TEST(five_ways_by_hand)
{
    const uint8_t none[3] = { 0 }, two[3] = { 1, 1, 0 };
    const float far[3] = { -6000, -6000, 6000 };
    const float all_hidden[WAYS][3] = { { 0, 0, 0 }, { NAN, NAN, NAN },
        { 1 / 3.f, 1 / 3.f, 1 / 3.f }, { .2f, .3f, .5f }, { NAN, NAN, NAN } };
    const float one_hidden[WAYS][3] = { { .5f, .5f, 0 }, { .5f, .5f, 0 },
        { .5f, .5f, 0 }, { 0, 0, 1 }, { NAN, NAN, NAN } };
    for (enum wrong how = 0; how < WAYS; how++) {
        float got[3];
        wrong_softmax(got, hand_logs + 6, none, 3, how);
        check_way(got, all_hidden[how]);
        wrong_softmax(got, far, two, 3, how);
        check_way(got, one_hidden[how]);
    }
}

TEST(a_query_that_sees_nothing_gets_zeros)
{
    struct mask mask = mask_new(B, N, M);
    const float zeros[D] = { 0 };
    kind_hide(&mask, PAINTED, NULL);
    struct problem p = problem_new();
    struct result y = problem_run(&p, &mask);
    assert_memory_equal(y.out + 5 * C, zeros, C * sizeof *zeros);
    assert_memory_equal(y.dq + 5 * D, zeros, D * sizeof *zeros);
    mask_free(&mask);
}

TEST(cross_adds_what_is_wanted)
{
    for (size_t i = 0; i < 6; i++) {
        struct operation op = mask_cases[i];
        PLAIN_FORM(op);
        const struct conforms_test c = { .op = &op, .how = &mask_cases_how,
                                         .name = "cross-attention" };
        conforms_adds(&c), conforms_unwanted(&c);
    }
}

TEST(contracts_are_required)
{
    struct problem p = problem_new();
    struct mask wide = mask_new(B, N, M + 1), many = mask_new(B + 1, N, M);
    float scores[WS] = { 0 };
    CHECK_DIES(DIES_REQUIRE, problem_run(&p, &wide));
    CHECK_DIES(DIES_REQUIRE, problem_run(&p, &many));
    CHECK_DIES(DIES_REQUIRE, masked_softmax(scores, scores, &many, B));
    CHECK_DIES(DIES_REQUIRE, mask_window(&wide, 0));
    CHECK_DIES(DIES_REQUIRE, mask_new(1, 0, 3));
    mask_free(&wide), mask_free(&many);
}

TEST(tiles_agree_with_the_plain_loops)
{
    const struct operation op = {
        "tiles", .apply = long_tiles, .plain = long_loops,
        .sizes = "B=3 T=101 S=130 k=11 v=13",
        .inputs = { { "q", "B T k" }, { "k", "B S k" }, { "v", "B S v" } } };
    for (long_kind = OPEN; long_kind <= ENDS; long_kind++)
        conforms_plain(&(struct conforms_test){
            .op = &op, .how = &mask_cases_how, .name = "tiles" });
}

TEST(dates_are_written)
{
    char text[DATE_LONGEST + 1];
    date_iso(text, 0);
    assert_string_equal(text, "1900-01-01");
    date_iso(text, DATE_DAYS - 1);
    assert_string_equal(text, "2099-12-31");
    date_write(text, 31839, DATE_FORMS);
    assert_string_equal(text, "Thursday, 5 March 1987");
    date_write(text, 31839 - 13, 7);
    assert_string_equal(text, "the 20th of February 1987");
}

TEST(dates_are_still_learned)
{
    const struct how how = { 24, 16, false };
    struct learner small = { .name = "dates", .make = reader_make,
        .forget = reader_forget, .loss = reader_loss, .how = &how,
        .rate = 1e-2 };
    struct learned m = learner_fit(&small, &how, 1, 220);
    if (!(m.last < 1))
        fail_msg("the loss is %.3f on average", m.last);
    learned_free(&m);
    CHECK_GOES_ON(&small, 4);
}

CHECK_MAIN()
