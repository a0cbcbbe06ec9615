/* score_check.c -- generated from chapters/03-score.nw. Do not edit. */
#include "kit/check.h"
#include "score/score.h"

/* names of the kinds */
static const char *const kind_names[SCORE_KINDS] = {
    "additive", "dot", "general", "concat", "scaled"
};
/* the experiments of the chapter */

struct spread { double variance, entropy, largest, slope; };

static double sum_of_squares(const float *x, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += (double)x[j] * (double)x[j];
    return sum;
}

static float largest_of(const float *x, size_t n)
{
    float largest = x[0];
    for (size_t j = 1; j < n; j++)
        largest = fmaxf(largest, x[j]);
    return largest;
}

static void spread_add(struct spread *mean, float *scores, size_t m,
                       double share)
{
    double squares = sum_of_squares(scores, m);
    softmax(scores, scores, m);
    mean->variance += share * squares / (double)m;
    mean->entropy += share * (double)entropy(scores, m);
    mean->largest += share * (double)largest_of(scores, m);
    mean->slope += share * (1 - sum_of_squares(scores, m));
}
static struct spread spread_measure(enum score_kind kind, size_t d, size_t m,
                                    size_t queries, struct random *random)
{
    struct spread mean = { 0 };
    float *q = allocate(d, sizeof *q), *scores = allocate(m, sizeof *scores);
    float *k = allocate(size_product(m, d), sizeof *k);
    struct score x = { .kind = kind, .n = 1, .m = m, .dq = d, .dk = d,
                       .q = q, .k = k };
    for (size_t i = 0; i < queries; i++) {
        random_normals(q, d, 1, random);
        random_normals(k, m * d, 1, random);
        score_forward(scores, &x);
        spread_add(&mean, scores, m, 1. / (double)queries);
    }
    free(q), free(k), free(scores);
    return mean;
}

/* learning to look */
enum { LOOKERS = 64, PLACES = 16, DEPTH = 64 };

struct lookers {
    float q[LOOKERS * DEPTH], k[PLACES * DEPTH], weights[LOOKERS * PLACES];
    float dq[LOOKERS * DEPTH], dk[PLACES * DEPTH];
    float dscores[LOOKERS * PLACES];
};

static void lookers_step(struct lookers *l, enum score_kind kind, float rate)
{
    struct score x = { .kind = kind, .n = LOOKERS, .m = PLACES, .dq = DEPTH,
                       .dk = DEPTH, .q = l->q, .k = l->k };
    score_forward(l->weights, &x);
    softmax_rows(l->weights, l->weights, LOOKERS, PLACES);
    float dweights[LOOKERS * PLACES];
    for (size_t i = 0; i < LOOKERS * PLACES; i++)
        dweights[i] = l->weights[i] - (i % PLACES == i / PLACES % PLACES);
    memset(l->dscores, 0, sizeof l->dscores);
    softmax_rows_backward(l->dscores, dweights, l->weights, LOOKERS, PLACES);
    memset(l->dq, 0, sizeof l->dq);
    memset(l->dk, 0, sizeof l->dk);
    score_backward(&(struct score){ .q = l->dq, .k = l->dk }, l->dscores, &x);
    for (size_t i = 0; i < LOOKERS * DEPTH; i++)
        l->q[i] -= rate * l->dq[i];
}
static void lookers_start(struct lookers *l, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    random_normals(l->k, PLACES * DEPTH, 1, &random);
    random_normals(l->q, LOOKERS * DEPTH, 1, &random);
}

static float lookers_mean(const struct lookers *l)
{
    float sum = 0;
    for (size_t i = 0; i < LOOKERS; i++)
        sum += l->weights[i * PLACES + i % PLACES];
    return sum / LOOKERS;
}
/* the digit */
enum { SIDE = 28, PATCH = 7, ACROSS = 4, PATCHES = 16, PIXELS = 49,
       PLACE = 10, FEATURES = PIXELS + PLACE, LENGTH = 10 };

#ifdef __wasm__
#define DIGIT_SECTION ".section .rodata.digit_five,\"\",@\n"
#else
#define DIGIT_SECTION ".section .rodata.digit_five,\"a\",%progbits\n"
#endif
__asm__(DIGIT_SECTION ".globl digit_five\n" "digit_five:\n"
    ".incbin \"data/digits/t10k-images-idx3-ubyte\", 16 + 165 * 784, 784\n"
    ".size digit_five, 784\n" ".text\n");
extern const unsigned char digit_five[SIDE * SIDE];
static void digit_patches(float *x /* (PATCHES, FEATURES) */, float scale)
{
    for (size_t p = 0; p < PATCHES; p++) {
        float *row = x + p * FEATURES;
        /* copy the pixels of patch p */
        const unsigned char *corner =
            digit_five + p / ACROSS * PATCH * SIDE + p % ACROSS * PATCH;
        for (size_t i = 0; i < PIXELS; i++)
            row[i] = scale * (float)corner[i / PATCH * SIDE + i % PATCH];
        /* append the place of patch p */
        for (size_t f = 0; f < PLACE / 2; f++) {
            float angle = (float)p / powf(10000, 2.f * (float)f / PLACE);
            row[PIXELS + 2 * f] = sinf(angle);
            row[PIXELS + 2 * f + 1] = cosf(angle);
        }
    }
}
static void digit_matrix(float *w, struct random *random)
{
    const float bound = 1 / sqrtf(FEATURES);
    for (size_t i = 0; i < FEATURES * LENGTH; i++)
        w[i] = bound * (2 * random_uniform(random) - 1);
}

static void digit_scores(float *scores /* (PATCHES, PATCHES) */,
                         float pixel_scale, enum score_kind kind)
{
    float x[PATCHES * FEATURES], q[PATCHES * LENGTH], k[PATCHES * LENGTH];
    struct score score = { .kind = kind, .n = PATCHES, .m = PATCHES,
                           .dq = LENGTH, .dk = LENGTH, .q = q, .k = k };
    digit_patches(x, pixel_scale);
    /* project the patches to queries and keys */
    struct random random = random_new(1, 0);
    float w[FEATURES * LENGTH];
    digit_matrix(w, &random);
    average_forward(q, x, w, PATCHES, FEATURES, LENGTH);
    digit_matrix(w, &random);
    average_forward(k, x, w, PATCHES, FEATURES, LENGTH);
    score_forward(scores, &score);
}

static void digit_weights(float *weights, float pixel_scale,
                          enum score_kind kind)
{
    digit_scores(weights, pixel_scale, kind);
    softmax_rows(weights, weights, PATCHES, PATCHES);
}
enum { N = 3, M = 5, DQ = 4, DK = 6, A = 7, C = 2 };
enum {
    Q = 0, K = Q + N * DK, W = K + M * DK, WQ = W + (DQ + DK) * A,
    WK = WQ + DQ * A, VA = WK + DK * A, PARAMETERS = VA + A,
    QA = PARAMETERS, KA = QA + N * A, T = KA + M * A, ALL = T + A
};

static struct score score_over(enum score_kind kind, float *all)
{
    bool one_length = kind == SCORE_DOT || kind == SCORE_SCALED;
    return (struct score){
        .kind = kind, .n = N, .m = M, .dq = one_length ? DK : DQ,
        .dk = DK, .a = A,
        .q = all + Q, .k = all + K, .w = all + W,
        .wq = all + WQ, .wk = all + WK, .va = all + VA,
        .qa = all + QA, .ka = all + KA, .t = all + T,
    };
}

struct problem { struct score x; float *all, *v, scores[N * M]; };

static struct problem problem_random(enum score_kind kind, uint64_t seed)
{
    static float all[ALL], v[M * C];
    struct random random = random_new(seed, 0);
    random_normals(all, ALL, 1, &random);
    random_normals(v, M * C, 1, &random);
    return (struct problem){ .x = score_over(kind, all), .all = all, .v = v };
}

static void problem_weigh(struct problem *p)
{
    score_forward(p->scores, &p->x);
    softmax_rows(p->scores, p->scores, N, M);
}

static void exchange(float *a, float *b, size_t n)
{
    for (size_t l = 0; l < n; l++) {
        float c = a[l];
        a[l] = b[l];
        b[l] = c;
    }
}

static double score_of(const double *x, enum score_kind kind,
                       size_t i, size_t j)
{
    const double *q = x + Q + i * DQ, *k = x + K + j * DK;
    const double *wq = x + (kind == SCORE_CONCAT ? W : WQ);
    const double *wk = x + (kind == SCORE_CONCAT ? W + DQ * A : WK);
    double sum = 0;
    if (kind == SCORE_DOT || kind == SCORE_SCALED) {
        for (size_t l = 0; l < DK; l++)
            sum += x[Q + i * DK + l] * k[l];
        return kind == SCORE_SCALED ? sum / sqrt(DK) : sum;
    }
    if (kind == SCORE_GENERAL) {
        for (size_t l = 0; l < DQ; l++)
            for (size_t r = 0; r < DK; r++)
                sum += q[l] * x[W + l * DK + r] * k[r];
        return sum;
    }
    for (size_t r = 0; r < A; r++) {
        double h = 0;
        for (size_t l = 0; l < DQ; l++)
            h += q[l] * wq[l * A + r];
        for (size_t l = 0; l < DK; l++)
            h += k[l] * wk[l * A + r];
        sum += x[VA + r] * tanh(h);
    }
    return sum;
}

struct loss { enum score_kind kind; float g[N * M]; };

static double loss_of(const double *x, void *context)
{
    const struct loss *loss = context;
    double sum = 0;
    for (size_t ij = 0; ij < N * M; ij++)
        sum += (double)loss->g[ij] * score_of(x, loss->kind, ij / M, ij % M);
    return sum;
}

static void golden(float *out, const char *kind, const char *what, size_t n)
{
    char name[80];
    snprintf(name, sizeof name, "score-%s%s.npy", kind, what);
    struct array array = check_golden(name);
    assert_true(array.count == n);
    memcpy(out, array.data, n * sizeof *out);
    array_free(&array);
}
static float hand_q[] = { .1f, .2f, .3f }, hand_k[] = { .4f, .5f, .6f };

TEST(dot_by_hand)
{
    float want = .32f, got = pair_dot(hand_q, hand_k, 3);
    CHECK_CLOSE(&got, &want, 1, 0, 1e-6);
}

TEST(general_by_hand)
{
    float w[] = { 0, 0, 1, 0, 1, 0, 1, 0, 0 }, want = .28f;
    float got = pair_general(hand_q, hand_k, w, 3, 3);
    CHECK_CLOSE(&got, &want, 1, 0, 1e-6);
}

TEST(additive_by_hand)
{
    float wq[] = { .1f, .2f, .3f, .4f, .5f, .6f };
    float wk[] = { .2f, .3f, .4f, .5f, .6f, .7f }, va[] = { .1f, .2f };
    float got = pair_additive(hand_q, hand_k, wq, wk, va, 3, 3, 2);
    float want = .2275f;
    CHECK_CLOSE(&got, &want, 1, 5e-5, 0);
}

TEST(scaled_by_hand)
{
    float want = .1848f, got = pair_scaled(hand_q, hand_k, 3);
    CHECK_CLOSE(&got, &want, 1, 5e-5, 0);
}

TEST(all_pairs_agree_with_plain)
{
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++) {
        struct problem p = problem_random(kind, 50 + kind);
        float want[N * M];
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < M; j++)
                want[i * M + j] = score_plain(&p.x, i, j);
        score_forward(p.scores, &p.x);
        CHECK_CLOSE(p.scores, want, N * M, 2e-6, 1e-5);
    }
}

TEST(without_tanh_the_query_cancels)
{
    struct problem p = problem_random(SCORE_ADDITIVE, 3);
    p.x.linear = true;
    problem_weigh(&p);
    for (size_t i = 1; i < N; i++)
        CHECK_CLOSE(p.scores + i * M, p.scores, M, 1e-6, 1e-5);
}

TEST(with_tanh_the_query_counts)
{
    struct problem p = problem_random(SCORE_ADDITIVE, 3);
    problem_weigh(&p);
    assert_true(fabsf(p.scores[M] - p.scores[0]) > .01f);
}

TEST(variance_is_d_and_one)
{
    struct random random = random_new(6, 0);
    for (size_t d = 3; d < 100; d *= 4) {
        float want[] = { (float)d, 1 }, got[2];
        got[0] = (float)spread_measure(SCORE_DOT, d, 30, 400,
                                       &random).variance;
        got[1] = (float)spread_measure(SCORE_SCALED, d, 30, 400,
                                       &random).variance;
        CHECK_CLOSE(got, want, 2, 0, .08);
    }
}

TEST(attention_by_hand)
{
    const float k[] = { .4f, .5f, .6f, 2, -1, 0, -1, 0, 2 };
    const float v[] = { 10, 0, 0, 10, 5, 5 }, want[] = { 5.29f, 4.71f };
    float out[2], weights[3];
    attention_forward(out, weights, hand_q, k, v, 1, 3, 3, 2);
    CHECK_CLOSE(out, want, 2, 5e-3, 0);
}

TEST(attention_is_the_dot_kernel)
{
    struct problem p = problem_random(SCORE_SCALED, 7);
    float out[N * C], weights[N * M], want[N * C], want_weights[N * M];
    attention_forward(out, weights, p.x.q, p.x.k, p.v, N, M, DK, C);
    kernel_attention(want, want_weights, p.x.q, p.x.k, p.v, N, M, DK, C,
                     KERNEL_DOT, sqrtf(DK));
    CHECK_CLOSE(weights, want_weights, N * M, 1e-6, 1e-5);
    CHECK_CLOSE(out, want, N * C, 1e-6, 1e-5);
}

TEST(attention_averages_a_set_of_pairs)
{
    struct problem p = problem_random(SCORE_SCALED, 8);
    float out[N * C], want[N * C], weights[N * M];
    attention_forward(want, weights, p.x.q, p.x.k, p.v, N, M, DK, C);
    exchange(p.x.k + DK, p.x.k + 3 * DK, DK);
    exchange(p.v + C, p.v + 3 * C, C);
    attention_forward(out, weights, p.x.q, p.x.k, p.v, N, M, DK, C);
    CHECK_CLOSE(out, want, N * C, 1e-6, 1e-5);
    for (size_t i = 0; i < N * C; i++) {
        float low = INFINITY, high = -INFINITY;
        for (size_t j = 0; j < M; j++) {
            low = fminf(low, p.v[j * C + i % C]);
            high = fmaxf(high, p.v[j * C + i % C]);
        }
        assert_true(out[i] >= low && out[i] <= high);
    }
}

TEST(without_the_root_queries_get_stuck)
{
    static struct lookers dot, scaled;
    lookers_start(&dot, 5), lookers_start(&scaled, 5);
    for (size_t step = 0; step < 400; step++) {
        lookers_step(&dot, SCORE_DOT, .25f);
        lookers_step(&scaled, SCORE_SCALED, .25f);
    }
    assert_true(lookers_mean(&dot) < .6f);
    assert_true(lookers_mean(&scaled) > .8f);
}

TEST(raw_pixels_saturate)
{
    float raw[PATCHES * PATCHES], scaled[PATCHES * PATCHES];
    digit_weights(raw, 1, SCORE_DOT);
    digit_weights(scaled, 1 / 255.f, SCORE_SCALED);
    assert_true(largest_of(raw, PATCHES) > .9999f);
    assert_true(largest_of(scaled, PATCHES) < .1f);
}

TEST(backward_by_hand)
{
    float dq[3] = { 0 }, dk[3] = { 0 }, g = 2;
    const float want_dq[] = { .8f, 1, 1.2f }, want_dk[] = { .2f, .4f, .6f };
    struct score x = { .kind = SCORE_DOT, .n = 1, .m = 1, .dq = 3, .dk = 3,
                       .q = hand_q, .k = hand_k };
    score_backward(&(struct score){ .q = dq, .k = dk }, &g, &x);
    CHECK_CLOSE(dq, want_dq, 3, 0, 1e-6);
    CHECK_CLOSE(dk, want_dk, 3, 0, 1e-6);
}

TEST(backward_by_differences)
{
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++) {
        struct problem p = problem_random(kind, 20 + kind);
        struct loss loss = { .kind = kind };
        float gradient[ALL] = { 0 };
        struct random random = random_new(30 + kind, 0);
        struct score d = score_over(kind, gradient);
        random_normals(loss.g, N * M, 1, &random);
        score_forward(p.scores, &p.x);
        score_backward(&d, loss.g, &p.x);
        check_gradient(gradient, loss_of, p.all, PARAMETERS, &loss,
                       2e-5, 1e-4);
    }
}

TEST(contracts_are_required)
{
    struct problem p = problem_random(SCORE_DOT, 11);
    p.x.dq = DQ;
    CHECK_DIES(DIES_REQUIRE, score_forward(p.scores, &p.x));
    p = problem_random(SCORE_ADDITIVE, 11);
    p.x.va = NULL;
    CHECK_DIES(DIES_REQUIRE, score_forward(p.scores, &p.x));
}

TEST(tanh_is_close_enough)
{
    float x[403] = { -1e9f, 1e9f }, got[403], want[403];
    for (int i = 2; i < 403; i++)
        x[i] = (float)(i - 202) / 16;
    for (int i = 0; i < 403; i++)
        want[i] = (float)tanh((double)x[i]);
    row_tanh(got, x, 403);
    CHECK_CLOSE(got, want, 403, 2e-7, 0);
}

TEST(general_with_identity_is_dot)
{
    struct problem p = problem_random(SCORE_DOT, 8);
    float want[N * M], one[DK * DK] = { 0 };
    score_forward(want, &p.x);
    for (size_t l = 0; l < DK; l++)
        one[l * DK + l] = 1;
    p.x.kind = SCORE_GENERAL, p.x.w = one;
    score_forward(p.scores, &p.x);
    CHECK_CLOSE(p.scores, want, N * M, 1e-6, 1e-6);
}

TEST(additive_is_concat_of_stacked_matrices)
{
    struct problem p = problem_random(SCORE_ADDITIVE, 5);
    float want[N * M], stacked[(DQ + DK) * A];
    score_forward(want, &p.x);
    memcpy(stacked, p.x.wq, DQ * A * sizeof *stacked);
    memcpy(stacked + DQ * A, p.x.wk, DK * A * sizeof *stacked);
    p.x.kind = SCORE_CONCAT, p.x.w = stacked;
    score_forward(p.scores, &p.x);
    CHECK_CLOSE(p.scores, want, N * M, 0, 0);
}

TEST(keys_keep_their_scores)
{
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++) {
        struct problem p = problem_random(kind, 10 + kind);
        float want[N * M];
        score_forward(want, &p.x);
        exchange(p.x.k + DK, p.x.k + 3 * DK, DK);
        for (size_t i = 0; i < N; i++)
            exchange(&want[i * M + 1], &want[i * M + 3], 1);
        score_forward(p.scores, &p.x);
        CHECK_CLOSE(p.scores, want, N * M, 0, 0);
    }
}

TEST(additive_is_bounded)
{
    struct problem p = problem_random(SCORE_ADDITIVE, 9);
    float bound = 0;
    for (size_t r = 0; r < A; r++)
        bound += fabsf(p.x.va[r]);
    for (size_t l = 0; l < N * DQ; l++)
        p.x.q[l] *= 1000;
    score_forward(p.scores, &p.x);
    for (size_t ij = 0; ij < N * M; ij++)
        assert_true(fabsf(p.scores[ij]) <= bound * 1.0001f);
}

TEST(backward_adds)
{
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++) {
        struct problem p = problem_random(kind, 40 + kind);
        float once[ALL] = { 0 }, twice[ALL] = { 0 };
        struct score d = score_over(kind, once), e = score_over(kind, twice);
        score_forward(p.scores, &p.x);
        score_backward(&d, p.scores, &p.x);
        score_backward(&e, p.scores, &p.x);
        memset(twice + PARAMETERS, 0, (ALL - PARAMETERS) * sizeof *twice);
        score_backward(&e, p.scores, &p.x);
        for (size_t l = 0; l < PARAMETERS; l++)
            once[l] *= 2;
        CHECK_CLOSE(twice, once, PARAMETERS, 1e-5, 1e-5);
    }
}

TEST(scores_against_pytorch)
{
    float all[ALL], g[N * M], scores[N * M], gradient[PARAMETERS];
    golden(all, "parameters", "", PARAMETERS);
    golden(g, "g", "", N * M);
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++) {
        float got[N * M], d[ALL] = { 0 };
        struct score x = score_over(kind, all), dx = score_over(kind, d);
        golden(scores, kind_names[kind], "-scores", N * M);
        golden(gradient, kind_names[kind], "-gradient", PARAMETERS);
        score_forward(got, &x);
        score_backward(&dx, g, &x);
        CHECK_CLOSE(got, scores, N * M, 2e-6, 1e-5);
        CHECK_CLOSE(d, gradient, PARAMETERS, 1e-5, 1e-5);
    }
}

TEST(attention_against_pytorch)
{
    float out[N * C], weights[N * M];
    float all[ALL], v[M * C], want[N * C], want_weights[N * M];
    golden(all, "parameters", "", PARAMETERS);
    golden(v, "v", "", M * C);
    golden(want, "attention", "-out", N * C);
    golden(want_weights, "attention", "-weights", N * M);
    attention_forward(out, weights, all + Q, all + K, v, N, M, DK, C);
    CHECK_CLOSE(out, want, N * C, 1e-6, 1e-5);
    CHECK_CLOSE(weights, want_weights, N * M, 1e-6, 1e-5);
}

CHECK_MAIN()
