/* block_check.c -- generated from chapters/13-block.nw. Do not edit. */
#include "kit/conforms.h"
#include "block/block_cases.h"
#include "double/block_cases_double.h"
#include "block/stack.h"

enum { B = 2, T = 5, S = 4, C = 12, H = 3, F = 7, NX = B * T * C };
#define SMALL(kind) tried_new(&block_cases[kind], block_cases[kind].sizes)

static void back_from(struct tape *tape, struct tensor *out, const float *g)
{
    struct tensor *weights = tape_input(tape, g, SHAPE(B, T, C));
    tape_backward(tape, tape_sum(tape, tape_multiply(tape, out, weights)));
}

/* zero_branches: lets the outputs of both residual branches be zero. */
static void zero_branches(struct tensor **p)
{
    const size_t last[] = { ATTN_PROJ_WEIGHT, ATTN_PROJ_BIAS,
                            MLP_PROJ_WEIGHT, MLP_PROJ_BIAS };
    for (size_t i = 0; i < 4; i++)
        memset(p[last[i]]->data, 0, p[last[i]]->count * sizeof(float));
}

static const float *run_block(struct tried *b, struct block how)
{
    return tape_block(b->t.on, b->t.in[0], b->t.in + 1, &how)->data;
}

TEST(norms_by_hand)
{
    const float x[] = { 1, 7, 1, 7 }, gain[] = { 1, 1, 1, 1 };
    const float none[4] = { 0 };
    float out[4], mean, r;
    layernorm_rows_plain(out, &mean, &r, x, gain, none, 1, 4, 0);
    CHECK_CLOSE(out, ((float[]){ -1, 1, -1, 1 }), 4, 0, 1e-6);
    rmsnorm_rows_plain(out, &r, x, gain, 1, 4, 0);
    CHECK_CLOSE(out, ((float[]){ .2f, 1.4f, .2f, 1.4f }), 4, 0, 1e-6);
}

TEST(norms_ignore_what_they_should)
{
    const float x[] = { .3f, -1, 2, .5f, 4 }, gain[] = { 1, 2, 3, 4, 5 };
    float moved[5], mean, r, want[5], got[5];
    /* a row seven times as large has the same norm */
    for (int j = 0; j < 5; j++)
        moved[j] = 7 * x[j];
    rmsnorm_rows_plain(want, &r, x, gain, 1, 5, 0);
    rmsnorm_rows_plain(got, &r, moved, gain, 1, 5, 0);
    CHECK_CLOSE(got, want, 5, 1e-6, 1e-6);
    /* an offset changes the root mean square, but not the layer norm */
    for (int j = 0; j < 5; j++)
        moved[j] = x[j] + 20;
    rmsnorm_rows_plain(got, &r, moved, gain, 1, 5, 0);
    assert_true(fabsf(got[1] - want[1]) > 1);
    layernorm_rows_plain(want, &mean, &r, x, gain, x, 1, 5, 0);
    layernorm_rows_plain(got, &mean, &r, moved, gain, x, 1, 5, 0);
    CHECK_CLOSE(got, want, 5, 1e-5, 0);
}

TEST(norms_backward_by_hand)
{
    const float x[] = { 1, 7, 1, 7 }, ones[] = { 1, 1, 1, 1 };
    const float g[] = { 1, 0, 0, 0 }, r[] = { .2f, 1 / 3.f }, mean[] = { 4 };
    float dx[2][4] = {{ 0 }}, dgain[2][4] = {{ 0 }}, dbias[4] = { 0 };
    norm_backward_plain(dx[0], dgain[0], NULL, g, x, ones, NULL, r, 1, 4);
    CHECK_CLOSE(dx[0], ((float[]){ .198f, -.014f, -.002f, -.014f }), 4, 0,
                1e-6);
    CHECK_CLOSE(dgain[0], ((float[]){ .2f, 0, 0, 0 }), 4, 0, 1e-6);
    /* and of the layer norm of the same row */
    norm_backward_plain(dx[1], dgain[1], dbias, g, x, ones, mean, r + 1, 1,
                        4);
    CHECK_CLOSE(dx[1], ((float[]){ 1 / 6.f, 0, -1 / 6.f, 0 }), 4, 1e-7, 1e-6);
    CHECK_CLOSE(dgain[1], ((float[]){ -1, 0, 0, 0 }), 4, 0, 1e-6);
    CHECK_CLOSE(dbias, g, 4, 0, 0);
}

TEST(feed_forward_by_hand)
{
    const float w1[] = { 1, 0, 2, 2, -1, 1 }, w2[] = { 2, 1, 3, 1, 4, 0 };
    const float b1[3] = { 0 }, b2[2] = { 0 }, x[] = { -1, 1 };
    float before[3], after[3], out[2];
    struct feed f = { 1, 2, 3, FEED_RELU, w1, b1, w2, b2 };
    feed_forward(out, before, after, x, &f);
    CHECK_CLOSE(before, ((float[]){ 1, -1, -1 }), 3, 0, 0);
    CHECK_CLOSE(out, ((float[]){ 2, 1 }), 2, 0, 0);
    f.act = FEED_GELU;
    feed_forward(out, before, after, x, &f);
    CHECK_CLOSE(after, ((float[]){ .84f, -.16f, -.16f }), 3, .005, 0);
    CHECK_CLOSE(out, ((float[]){ .57f, .68f }), 2, .005, 0);
}

TEST(dropout_keeps_its_share_and_its_mean)
{
    enum { MANY = 40000 };
    static float x[MANY], out[MANY];
    size_t stayed = 0;
    for (size_t i = 0; i < MANY; i++)
        x[i] = out[i] = 3;
    dropout_forward(out, out, MANY, &(struct dropout){ .25f, 7 });
    for (size_t i = 0; i < MANY; i++)
        stayed += out[i] != 0;
    float share = (float)stayed / MANY, mean = sum_forward(out, MANY) / MANY;
    CHECK_CLOSE(&share, &(float){ .75f }, 1, .011, 0);
    CHECK_CLOSE(&mean, &(float){ 3 }, 1, .044, 0);
    /* at rate 0 nothing happens */
    dropout_forward(out, x, MANY, &(struct dropout){ 0, 7 });
    CHECK_CLOSE(out, x, MANY, 0, 0);
}

TEST(a_silent_block_changes_nothing)
{
    struct tried b = SMALL(PRE);
    zero_branches(b.t.in + 1);
    tried_back(&b);
    CHECK_CLOSE(b.t.out->data, b.t.in[0]->data, NX, 0, 0);
    CHECK_CLOSE(b.t.in[0]->grad, b.g, NX, 0, 0);
    tried_free(&b);
}

TEST(a_residual_from_behind_the_norm_is_seen)
{
    struct tried b = SMALL(PRE);
    float off = 0;
    zero_branches(b.t.in + 1);
    struct tensor *out = wrong_block(b.t.on, b.t.in[0], b.t.in + 1);
    for (size_t i = 0; i < NX; i++)
        off = fmaxf(off, fabsf(out->data[i] - b.t.in[0]->data[i]));
    assert_true(off > .1f);
    tried_free(&b);
}

CONFORMS(block_cases, .golden = "block", .gradients = 1e-5)

enum { ROWS = 3, LONGEST = 40, MOST = ROWS * LONGEST };
struct normed {
    float out[MOST], dx[MOST], mean[ROWS], r[ROWS];
    float dgain[LONGEST], dbias[LONGEST];
};

/* norm_run: in has x, the gradient of the result, gain and bias. */
static struct normed norm_run(bool rms, bool fast, float (*in)[MOST],
                              size_t n)
{
    struct normed t = { .dx = { 2, -1, 3 }, .dgain = { -1, 2 },
                        .dbias = { 3 } };
    const float *x = in[0], *g = in[1], *gain = in[2];
    if (rms)
        (fast ? rmsnorm_forward : rmsnorm_rows_plain)(t.out, t.r, x, gain,
            ROWS, n, BLOCK_EPS);
    else
        (fast ? layernorm_forward : layernorm_rows_plain)(t.out, t.mean, t.r,
            x, gain, in[3], ROWS, n, BLOCK_EPS);
    if (!fast)
        norm_backward_plain(t.dx, t.dgain, rms ? NULL : t.dbias, g, x, gain,
                            rms ? NULL : t.mean, t.r, ROWS, n);
    else if (rms)
        rmsnorm_backward(t.dx, t.dgain, g, x, gain, t.r, ROWS, n);
    else
        layernorm_backward(t.dx, t.dgain, t.dbias, g, x, gain, t.mean, t.r,
                           ROWS, n);
    return t;
}

TEST(fast_norms_agree_with_plain_loops)
{
    float in[4][MOST];
    struct random random = random_new(13, 11);
    for (size_t i = 0; i < 4 * MOST; i++)
        in[i / MOST][i % MOST] = random_normal(&random) + (i < MOST);
    for (size_t n = 1; n <= LONGEST; n++)
        for (int rms = 0; rms < 2; rms++) {
            struct normed a = norm_run(rms, true, in, n);
            struct normed b = norm_run(rms, false, in, n);
            CHECK_CLOSE(a.out, b.out, ROWS * n, 2e-6, 2e-6);
            CHECK_CLOSE(a.r, b.r, ROWS, 0, 2e-6);
            CHECK_CLOSE(a.dx, b.dx, ROWS * n, 2e-5, 2e-5);
            CHECK_CLOSE(a.dgain, b.dgain, n, 2e-6, 2e-6);
            CHECK_CLOSE(a.dbias, b.dbias, n, 2e-6, 2e-6);
        }
}

TEST(norms_of_large_rows)
{
    const float x[] = { 1e21f, 7e21f, 1e21f, 7e21f }, ones[] = { 1, 1, 1, 1 };
    const float want[2][4] = { { -1, 1, -1, 1 }, { .2f, 1.4f, .2f, 1.4f } };
    const float none[4] = { 0 };
    float out[4], mean, r;
    for (int i = 0; i < 2; i++) {
        (i ? layernorm_forward : layernorm_rows_plain)(out, &mean, &r, x,
            ones, none, 1, 4, BLOCK_EPS);
        CHECK_CLOSE(out, want[0], 4, 0, 1e-6);
        (i ? rmsnorm_forward : rmsnorm_rows_plain)(out, &r, x, ones, 1, 4,
                                                   BLOCK_EPS);
        CHECK_CLOSE(out, want[1], 4, 0, 1e-6);
    }
}

TEST(mixed_bits_are_those_of_splitmix64)
{
    const uint64_t want[] = { 6457827717110365317u, 3203168211198807973u,
                              9817491932198370423u, 4593380528125082431u };
    for (uint64_t i = 0; i < 4; i++)
        assert_true(mix_bits(1234567, i) == want[i]);
}

TEST(a_square_matrix_the_wrong_way_round_is_seen)
{
    struct array numbers = check_golden("block-numbers.npy");
    struct array want = check_golden("block-pre.npy");
    struct tried b = SMALL(PRE);
    const size_t size = b.t.on->size * sizeof(float);
    const float *right = numbers.data + (b.t.in[1 + ATTN_PROJ_WEIGHT]->data
                                         - b.t.on->values);
    float off = 0;
    memcpy(b.t.on->values, numbers.data, size);
    for (size_t i = 0; i < C * C; i++)
        b.t.in[1 + ATTN_PROJ_WEIGHT]->data[i] = right[i % C * C + i / C];
    tried_back(&b);
    for (size_t i = 0; i < NX; i++)
        off = fmaxf(off, fabsf(b.t.out->data[i] - want.data[i]));
    assert_true(off > .1f && off < 100);
    tried_free(&b), array_free(&numbers), array_free(&want);
}

TEST(decoders_agree_with_pytorch_row_by_row)
{
    static const size_t lengths[] = { S, 3 };
    struct array inputs = check_golden("block-decoder-inputs.npy");
    struct array numbers = check_golden("block-numbers.npy");
    for (int order = 0; order < 2; order++) {
        struct array want = check_golden(order == BLOCK_PRE
            ? "block-decoder-pre.npy" : "block-decoder-post.npy");
        struct tape *tape = tape_new(), *keep = tape_new();
        struct tensor *x = tape_parameter(tape, "x", SHAPE(B, T, C));
        struct tensor *memory = tape_parameter(tape, "m", SHAPE(B, S, C));
        struct block how = { .heads = H, .order = order, .lengths = lengths };
        struct block_tensors p;
        decoder_new(&p, tape, "", C, F);
        assert_int_equal(inputs.count, tape->size);
        assert_int_equal(want.count, NX + tape->size);
        memcpy(tape->values, inputs.data, tape->size * sizeof(float));
        tape_reset(tape);
        struct tensor *out = tape_decoder(tape, x, memory, p.at, &how, NULL);
        CHECK_CLOSE(out->data, want.data, NX, 2e-6, 2e-6);
        back_from(tape, out, numbers.data + numbers.count - NX);
        CHECK_CLOSE(tape->grads, want.data + NX, tape->size, 1e-5, 1e-5);
        /* compare row by row with want */
        struct decoder_cache cache = { { .keep = keep, .most = T },
                                       { .keep = keep, .most = S } };
        tape->no_grad = true, how.drop.rate = .25f;
        for (size_t t = 0; t < T; t++) {
            float row[B * C];
            for (size_t b = 0; b < B; b++)
                memcpy(row + b * C, x->data + (b * T + t) * C, C * sizeof *row);
            tape_reset(tape);
            out = tape_decoder(tape, tape_input(tape, row, SHAPE(B, 1, C)), memory,
                               p.at, &how, &cache);
            for (size_t b = 0; b < B; b++)
                CHECK_CLOSE(out->data + b * C, want.data + (b * T + t) * C, C, 2e-6,
                            2e-6);
        }
        array_free(&want), tape_free(tape), tape_free(keep);
    }
    array_free(&inputs), array_free(&numbers);
}

TEST(post_norm_ends_in_a_norm)
{
    struct tried b = SMALL(POST);
    for (size_t i = 0; i < C; i++) {
        b.t.in[1 + LN_2_WEIGHT]->data[i] = 1;
        b.t.in[1 + LN_2_BIAS]->data[i] = 0;
    }
    tried_back(&b);
    for (const float *out = b.t.out->data, *end = out + NX; out < end;
         out += C) {
        float got[] = { sum_forward(out, C) / C, row_dot(out, out, C) / C };
        CHECK_CLOSE(got, ((float[]){ 0, 1 }), 2, 1e-3, 0);
    }
    tried_free(&b);
}

TEST(a_norm_over_the_wrong_axis_leaks)
{
    struct tried b = SMALL(PRE);
    struct tape *on = b.t.on;
    struct tensor *gain = tape_input(on, (float[]){ 1, 1, 1, 1, 1 },
                                     SHAPE(T));
    struct tensor *bias = tape_leaf(on, SHAPE(T)), *x = b.t.in[0];
    float first[2];
    for (int i = 0; i < 2; i++) {
        first[i] = tape_layernorm(on, tape_swap(on, x, 1, 2), gain,
                                  bias)->data[0];
        x->data[(T - 1) * C] += 1;
    }
    assert_true(fabsf(first[1] - first[0]) > .01f);
    tried_free(&b);
}

TEST(the_seed_matters_only_to_dropout)
{
    struct tried b = SMALL(PRE);
    const float *out[4];
    for (unsigned i = 0; i < 4; i++)
        out[i] = run_block(&b, (struct block){ .heads = H,
            .drop = { i < 2 ? .25f : 0, 9 + i % 2 } });
    CHECK_CLOSE(out[2], out[3], NX, 0, 0);
    assert_true(memcmp(out[0], out[1], NX * sizeof(float)) != 0);
    assert_true(memcmp(out[0], out[2], NX * sizeof(float)) != 0);
    tried_free(&b);
}

TEST(blocks_have_contracts)
{
    struct tried b = SMALL(PRE);
    struct tensor **p = b.t.in + 1;
    struct block bad[] = { { .heads = 5 }, { .heads = 0 },
        { .heads = H, .drop = { 1, 0 } }, { .heads = H },
        { .heads = H, .norm = NORM_RMS }, { .heads = H, .norm = NORM_NONE } };
    const size_t missing[] = { LN_1_BIAS, LN_2_WEIGHT, C_FC_BIAS };
    for (size_t i = 0; i < 6; i++) {
        if (i >= 3)
            p[missing[i - 3]] = NULL;
        CHECK_DIES(DIES_REQUIRE, run_block(&b, bad[i]));
        if (i == 3)
            run_block(&b, bad[4]);      /* RMSNorm needs no bias */
    }
    tried_free(&b);
}

TEST(a_small_stack_learns)
{
    struct learner l = stacks;
    l.rate = 5e-3, l.warmup = 5;
    l.how = &(struct stack_kind){ { .drop = { .125f, 0 } }, .depth = 2 };
    CHECK_GOES_ON(&l, 4);
    struct learned m = learner_new(&l, l.how, 1, 40);
    size_t asked = 0;
    double test[2];
    m.data = learner_data(&l);
    while (m.training.step < 40) {
        learner_step(&m);
        asked = m.training.step == 2 ? m.tape->allocations : asked;
    }
    assert_int_equal(m.tape->allocations, asked);
    m.tape->no_grad = true;
    stack_test(test, m.model, m.data);
    assert_true(test[0] < 1.6);
    learned_free(&m), digit_sets_free(l.loaded);
}

CHECK_MAIN()
