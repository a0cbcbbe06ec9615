/* mask_check.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "kit/check.h"
#include "mask/mask.h"
#include "double/mask_double.h"
#include "mask/dates.h"
#include "gradient/tiled.h"
#include "multihead/multihead.h"

/* the wrong ways to mask */
enum wrong { RIGHT_WAY, BARE_INFINITY, ADD_BILLION, ADD_TEN_THOUSAND,
             MASK_AFTER, WAYS };

static void wrong_softmax(float *out, const float *scores,
                          const uint8_t *visible, size_t m, enum wrong how)
{
    const float hide[WAYS] = { -INFINITY, -INFINITY, -1e9f, -1e4f, 0 };
    float sum = 0;
    for (size_t j = 0; j < m; j++)
        out[j] = scores[j] + (visible[j] ? 0 : hide[how]);
    if (how == RIGHT_WAY) {
        softmax(out, out, m);
        return;
    }
    const float max = row_max(out, m);
    for (size_t j = 0; j < m; j++) {
        out[j] = expf(out[j] - max);
        if (how == MASK_AFTER && !visible[j])
            out[j] = 0;
        sum += out[j];
    }
    for (size_t j = 0; j < m; j++)
        out[j] /= sum;
}
/* a step of training on dates */
struct how { size_t width, batch; bool unmasked; };
struct reader { struct date_model model; struct dates dates; };

static void *reader_make(struct tape *tape, const void *how, uint64_t seed)
{
    const struct how *h = how;
    struct reader *r = allocate(1, sizeof *r);
    *r = (struct reader){ date_model_new(h->width, seed),
                          dates_new(h->batch) };
    struct tape empty = *tape;
    *tape = *r->model.tape, *r->model.tape = empty;
    tape_free(r->model.tape);
    r->model.tape = tape, r->model.unmasked = h->unmasked;
    return r;
}

static void reader_forget(void *model)
{
    dates_free(&((struct reader *)model)->dates);
    free(model);
}
static struct tensor *reader_loss(void *model, struct training *t, void *data)
{
    struct reader *r = model;
    struct random random = training_random(t);
    REQUIRE(r && !data);
    dates_draw(&r->dates, &random, false);
    tape_begin(t->tape);
    return tape_cross_entropy(t->tape, date_scores(&r->model, &r->dates,
                              NULL), r->dates.target, 0, -1);
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

static void check_mask(const struct mask *mask, const char *want)
{
    char got[256];
    size_t n = mask->batch * mask->n * mask->m;
    REQUIRE(n < sizeof got);
    for (size_t p = 0; p <= n; p++)
        got[p] = p < n ? (char)('0' + mask->visible[p]) : '\0';
    assert_string_equal(got, want);
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

static void normals(float *x, size_t n, uint64_t stream)
{
    struct random random = random_new(11, stream);
    for (size_t i = 0; i < n; i++)
        x[i] = random_normal(&random);
}

static struct problem problem_new(void)
{
    struct problem p;
    normals(p.q, QS, 1), normals(p.k, KS, 2);
    normals(p.v, VS, 3), normals(p.dout, OS, 4);
    return p;
}

static struct result problem_run(const struct problem *p,
                                 const struct mask *mask)
{
    struct result y = { 0 };
    struct masked t = { B, N, M, D, C, mask, 0 };
    float scratch[2 * M];
    for (size_t i = 0; i < OS + WS; i++)
        *(i < OS ? &y.out[i] : &y.weights[i - OS]) = NAN;
    masked_forward(y.out, y.weights, p->q, p->k, p->v, &t);
    masked_backward(y.dq, y.dk, y.dv, scratch, p->dout, y.weights, p->q,
                    p->k, p->v, &t);
    return y;
}

enum { OPEN, CAUSAL, PADDING, WINDOW, BOTH, PAINTED, KINDS };
static const char *const kind_names[KINDS] = {
    "open", "causal", "padding", "window", "both", "painted"
};

static void kind_hide(struct mask *mask, int kind)
{
    const size_t lengths[B] = { 5, 2 };
    if (kind == CAUSAL || kind == BOTH)
        mask_causal(mask);
    if (kind == PADDING || kind == BOTH)
        mask_padding(mask, lengths);
    if (kind == WINDOW || kind == BOTH)
        mask_window(mask, 2);
    for (size_t p = 0; kind == PAINTED && p < mask->batch * N * M; p++)
        if (p * p % 7 % 3 == 1 || p / M == 5)
            mask->visible[p] = 0;
}

enum { CX = 7, CZ = 8, CO = 9 };
enum { X = 0, Z = X + B * N * CX, WQ = Z + B * M * CZ, WK = WQ + CX * D,
       WV = WK + CZ * D, WO = WV + CZ * C, INPUTS_ALL = WO + C * CO,
       AQ = INPUTS_ALL, AK = AQ + QS, AV = AK + KS, AW = AV + VS,
       AM = AW + WS, ALL = AM + OS, YS = B * N * CO };

static struct cross cross_of(float *all, const struct mask *mask)
{
    return (struct cross){
        .t = { B, N, M, D, C, mask, 0 }, .cx = CX, .cz = CZ, .co = CO,
        /* the arrays of a cross-attention, in all */
        .x = all + X, .context = all + Z, .wq = all + WQ, .wk = all + WK,
        .wv = all + WV, .wo = all + WO, .q = all + AQ, .k = all + AK,
        .v = all + AV, .weights = all + AW, .mixed = all + AM,
    };
}

static struct cross_double cross_over(double *all,
                                      const struct mask_double *mask)
{
    return (struct cross_double){
        .t = { B, N, M, D, C, mask, 0 }, .cx = CX, .cz = CZ, .co = CO,
        /* the arrays of a cross-attention, in all */
        .x = all + X, .context = all + Z, .wq = all + WQ, .wk = all + WK,
        .wv = all + WV, .wo = all + WO, .q = all + AQ, .k = all + AK,
        .v = all + AV, .weights = all + AW, .mixed = all + AM,
    };
}

struct test_case { double all[ALL], g[YS]; struct mask_double seen; };

static struct test_case test_case_new(const struct mask *mask)
{
    struct test_case t = { .seen = { B, N, M, mask->visible } };
    float numbers[ALL];
    normals(numbers, ALL, 5);
    for (size_t i = 0; i < ALL; i++)
        t.all[i] = .5 * (double)numbers[i];
    for (size_t i = 0; i < YS; i++)
        t.g[i] = cos((double)i);
    return t;
}

static double test_case_loss(struct test_case *t)
{
    double out[YS], loss = 0;
    struct cross_double x = cross_over(t->all, &t->seen);
    cross_forward_double(out, &x);
    for (size_t i = 0; i < YS; i++)
        loss += out[i] * t->g[i];
    return loss;
}

static double test_case_slope(struct test_case *t, size_t i)
{
    const double was = t->all[i], h = 7e-6 * fmax(1, fabs(was));
    t->all[i] = was + h;
    double above = test_case_loss(t);
    t->all[i] = was - h;
    double below = test_case_loss(t);
    t->all[i] = was;
    return (above - below) / (2 * h);
}

static void test_case_backward(double *d, struct test_case *t)
{
    double out[YS];
    struct cross_double x = cross_over(t->all, &t->seen);
    struct cross_double dx = cross_over(d, NULL);
    cross_forward_double(out, &x);
    cross_backward_double(&dx, t->g, &x);
}

static void check_doubled(const float *twice, float *once, size_t n)
{
    for (size_t i = 0; i < n; i++)
        once[i] *= 2;
    CHECK_CLOSE(twice, once, n, 1e-6, 1e-6);
}

static void compare_with_pytorch(const struct mask *mask, int kind,
                                 const float *numbers)
{
    float all[ALL], d[ALL] = { 0 }, out[YS];
    char name[64];
    memcpy(all, numbers, INPUTS_ALL * sizeof *all);
    struct cross x = cross_of(all, mask), dx = cross_of(d, NULL);
    cross_forward(out, &x);
    cross_backward(&dx, numbers + INPUTS_ALL, &x);
    snprintf(name, sizeof name, "mask-%s.npy", kind_names[kind]);
    struct array want = check_golden(name);
    assert_int_equal(want.count, YS + WS + INPUTS_ALL);
    CHECK_CLOSE(out, want.data, YS, 2e-6, 2e-5);
    CHECK_CLOSE(x.weights, want.data + YS, WS, 2e-6, 2e-5);
    CHECK_CLOSE(d, want.data + YS + WS, INPUTS_ALL, 1e-5, 2e-5);
    array_free(&want);
}

enum { LONG_B = 3, LONG_N = 101, LONG_M = 130, LONG_D = 11, LONG_C = 13 };
struct long_problem {
    float q[LONG_B * LONG_N * LONG_D], k[LONG_B * LONG_M * LONG_D];
    float v[LONG_B * LONG_M * LONG_C], dout[LONG_B * LONG_N * LONG_C];
};
struct long_result {
    float out[LONG_B * LONG_N * LONG_C], dq[LONG_B * LONG_N * LONG_D];
    float dk[LONG_B * LONG_M * LONG_D], dv[LONG_B * LONG_M * LONG_C];
};

static void long_plain(struct long_result *y, const struct long_problem *p,
                       bool causal, const size_t *lengths)
{
    struct mask mask = mask_new(LONG_B, LONG_N, LONG_M);
    struct masked t = { LONG_B, LONG_N, LONG_M, LONG_D, LONG_C, &mask, 0 };
    float *weights = allocate(LONG_B * LONG_N * LONG_M, sizeof *weights);
    float scratch[2 * LONG_M];
    if (causal)
        mask_causal(&mask);
    if (lengths)
        mask_padding(&mask, lengths);
    masked_forward(y->out, weights, p->q, p->k, p->v, &t);
    masked_backward(y->dq, y->dk, y->dv, scratch, p->dout, weights, p->q,
                    p->k, p->v, &t);
    free(weights), mask_free(&mask);
}

static void long_tiled(struct long_result *y, const struct long_problem *p,
                       bool causal, const size_t *lengths)
{
    struct tiled t = { LONG_B, 1, LONG_N, LONG_M, LONG_D, LONG_C, causal,
                       lengths, 0 };
    float log_sum[LONG_B * LONG_N];
    tiled_forward(y->out, log_sum, p->q, p->k, p->v, &t);
    tiled_backward(y->dq, y->dk, y->dv, p->dout, p->q, p->k, p->v, y->out,
                   log_sum, &t);
}

static void cross_by_multihead(float *y, float *d, const float *g, float *all,
                               const size_t *lengths)
{
    struct multihead h = { .batch = B, .heads = 1, .queries = N, .keys = M,
        .width = CX, .context_width = CZ, .head_width = D, .value_width = C,
        .out_width = CO, .causal = true, .lengths = lengths,
        .wq = all + WQ, .wk = all + WK, .wv = all + WV, .wo = all + WO };
    struct multihead_gradients to = { .dx = d + X, .dcontext = d + Z,
        .dwq = d + WQ, .dwk = d + WK, .dwv = d + WV, .dwo = d + WO };
    float *memory = allocate(multihead_size(&h, false), sizeof *memory);
    float *workspace = allocate(multihead_workspace(&h, false),
                                sizeof *workspace);
    struct multihead_saved saved = multihead_saved_new(memory, workspace, &h,
                                                       false);
    multihead_forward(y, &saved, all + X, all + Z, &h);
    multihead_backward(&to, g, &saved, all + X, all + Z, &h);
    free(memory), free(workspace);
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

TEST(backward_by_differences)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct mask mask = mask_new(B, N, M);
        kind_hide(&mask, kind);
        struct test_case t = test_case_new(&mask);
        double d[ALL] = { 0 };
        test_case_backward(d, &t);
        for (size_t i = 0; i < INPUTS_ALL; i++)
            if (fabs(d[i] - test_case_slope(&t, i)) > 2e-9)
                fail_msg("%s mask, number %zu: %.12g, not %.12g",
                         kind_names[kind], i, d[i], test_case_slope(&t, i));
        mask_free(&mask);
    }
}

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
    tape_begin(x.tape);
    assert_memory_equal(date_scores(&x, &all, NULL)->data, want, sizeof want);
    for (size_t b = 0; b < 3; b++) {
        dates_put(&one, 0, texts[b], -1);
        dates_close(&one, 0);
        tape_begin(x.tape);
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

TEST(alone_is_as_in_the_batch)
{
    const size_t lengths[B] = { 5, 2 };
    struct problem p = problem_new();
    struct mask mask = mask_new(B, N, M);
    mask_padding(&mask, lengths);
    struct result batch = problem_run(&p, &mask);
    float out[N * C], weights[N * M];
    for (size_t b = 0; b < B; b++) {
        struct masked t = { 1, N, lengths[b], D, C, NULL, 0 };
        masked_forward(out, weights, p.q + b * N * D, p.k + b * M * D,
                       p.v + b * M * C, &t);
        assert_memory_equal(out, batch.out + b * N * C, sizeof out);
    }
    mask_free(&mask);
}

TEST(rows_sum_to_one_or_zero)
{
    struct mask mask = mask_new(B, N, M);
    kind_hide(&mask, PAINTED);
    struct problem p = problem_new();
    struct result y = problem_run(&p, &mask);
    for (size_t r = 0; r < B * N; r++) {
        float sum = 0, want = r == 5 ? 0 : 1;
        for (size_t j = 0; j < M; j++)
            sum += y.weights[r * M + j];
        CHECK_CLOSE(&sum, &want, 1, 1e-6, 0);
    }
    mask_free(&mask);
}

TEST(a_query_that_sees_nothing_gets_zeros)
{
    struct mask mask = mask_new(B, N, M);
    const float zeros[D] = { 0 };
    kind_hide(&mask, PAINTED);
    struct problem p = problem_new();
    struct result y = problem_run(&p, &mask);
    assert_memory_equal(y.out + 5 * C, zeros, C * sizeof *zeros);
    assert_memory_equal(y.dq + 5 * D, zeros, D * sizeof *zeros);
    mask_free(&mask);
}

TEST(backward_adds)
{
    struct mask mask = mask_new(B, N, M);
    kind_hide(&mask, BOTH);
    struct problem p = problem_new();
    struct result y = problem_run(&p, &mask), once = y;
    struct masked t = { B, N, M, D, C, &mask, 0 };
    float scratch[2 * M];
    for (int only = 0; only < 3; only++)
        masked_backward(only == 0 ? y.dq : NULL, only == 1 ? y.dk : NULL,
                        only == 2 ? y.dv : NULL, scratch, p.dout, y.weights,
                        p.q, p.k, p.v, &t);
    check_doubled(y.dq, once.dq, QS);
    check_doubled(y.dk, once.dk, KS);
    check_doubled(y.dv, once.dv, VS);
    mask_free(&mask);
}

TEST(softmax_and_cross_add)
{
    float all[ALL], d[ALL] = { 0 }, g[YS], out[YS], once[ALL], ds[WS] = { 0 };
    struct mask mask = mask_new(B, N, M);
    kind_hide(&mask, PAINTED);
    normals(all, ALL, 6), normals(g, YS, 7);
    struct cross x = cross_of(all, &mask), dx = cross_of(d, NULL);
    cross_forward(out, &x);
    masked_softmax_backward(ds, all, x.weights, &mask, B);
    memcpy(once, ds, sizeof ds);
    masked_softmax_backward(ds, all, x.weights, &mask, B);
    check_doubled(ds, once, WS);
    cross_backward(&dx, g, &x);
    memcpy(once, d, sizeof d);
    memset(d + AQ, 0, (ALL - AQ) * sizeof *d);
    cross_backward(&dx, g, &x);
    check_doubled(d, once, INPUTS_ALL);
    mask_free(&mask);
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

TEST(cross_attention_agrees_with_pytorch)
{
    struct array numbers = check_golden("mask-numbers.npy");
    struct array visible = check_golden("mask-visible.npy");
    assert_int_equal(numbers.count, INPUTS_ALL + YS);
    assert_int_equal(visible.count, KINDS * WS);
    for (int kind = 0; kind < KINDS; kind++) {
        struct mask mask = mask_new(B, N, M);
        kind_hide(&mask, kind);
        for (size_t p = 0; p < WS; p++)
            assert_true(mask.visible[p]
                        == visible.data[(size_t)kind * WS + p]);
        compare_with_pytorch(&mask, kind, numbers.data);
        mask_free(&mask);
    }
    array_free(&numbers), array_free(&visible);
}

TEST(tiles_agree_with_the_plain_loops)
{
    const size_t lengths[LONG_B] = { 119, 57, 0 };
    struct long_problem *p = allocate(1, sizeof *p);
    normals((float *)p, sizeof *p / sizeof(float), 8);
    for (int kind = 0; kind < 4; kind++) {
        struct long_result *plain = allocate(1, sizeof *plain);
        struct long_result *tiles = allocate(1, sizeof *tiles);
        long_plain(plain, p, kind & 1, kind & 2 ? lengths : NULL);
        long_tiled(tiles, p, kind & 1, kind & 2 ? lengths : NULL);
        CHECK_CLOSE((float *)tiles, (float *)plain,
                    sizeof *plain / sizeof(float), 1e-5, 1e-5);
        free(plain), free(tiles);
    }
    free(p);
}

TEST(one_head_of_multihead_agrees)
{
    const size_t lengths[B] = { 5, 2 };
    float all[ALL], d[ALL] = { 0 }, want[ALL] = { 0 }, g[YS], out[YS], y[YS];
    struct mask mask = mask_new(B, N, M);
    mask_causal(&mask), mask_padding(&mask, lengths);
    normals(all, ALL, 6), normals(g, YS, 7);
    struct cross x = cross_of(all, &mask), dx = cross_of(d, NULL);
    cross_forward(out, &x);
    cross_backward(&dx, g, &x);
    cross_by_multihead(y, want, g, all, lengths);
    CHECK_CLOSE(out, y, YS, 1e-5, 1e-5);
    CHECK_CLOSE(d, want, INPUTS_ALL, 1e-5, 1e-5);
    mask_free(&mask);
}

TEST(the_tape_does_the_same)
{
    struct problem p = problem_new();
    struct tape *tape = tape_new();
    struct tensor *q = tape_leaf(tape, SHAPE(B, N, D));
    struct tensor *k = tape_leaf(tape, SHAPE(B, M, D));
    struct tensor *v = tape_leaf(tape, SHAPE(B, M, C));
    struct mask *mask = tape_mask(tape, B, N, M);
    mask_padding(mask, (size_t[]){ 5, 2 });
    struct result want = problem_run(&p, mask);
    memcpy(q->data, p.q, sizeof p.q), memcpy(k->data, p.k, sizeof p.k);
    memcpy(v->data, p.v, sizeof p.v);
    struct tensor *out = tape_masked_attention(tape, q, k, v, mask);
    struct tensor *g = tape_input(tape, p.dout, SHAPE(B, N, C));
    tape_backward(tape, tape_sum(tape, tape_multiply(tape, out, g)));
    assert_memory_equal(out->data, want.out, sizeof want.out);
    assert_memory_equal(q->grad, want.dq, sizeof want.dq);
    assert_memory_equal(k->grad, want.dk, sizeof want.dk);
    assert_memory_equal(v->grad, want.dv, sizeof want.dv);
    tape_free(tape);
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
