/* multihead_exercise.c -- generated from chapters/10-multihead.nw. Do not edit. */
#include "kit/check.h"
#include "multihead/multihead.h"
#ifndef ANSWERS
#define ANSWERS "multihead_exercise.h"
#endif
#include ANSWERS

enum { B = 2, H = 3, TQ = 4, TK = 5, DK = 6, DV = 7, C = 8, CC = 3, OUT = 2 };

static void fill(float *x, size_t n, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = random_normal(&random);
}

TEST(heads_share_keys)
{
    float q[B * H * TQ * DK], k[B * TK * DK], v[B * TK * DV];
    float many_k[B * H * TK * DK], many_v[B * H * TK * DV];
    float out[B * H * TQ * DV] = { 0 }, want[B * H * TQ * DV];
    float weights[B * H * TQ * TK] = { 0 }, want_weights[B * H * TQ * TK];
    const struct tiled s = { B, H, TQ, TK, DK, DV, false, NULL, 0 };
    fill(q, B * H * TQ * DK, 1);
    fill(k, B * TK * DK, 2), fill(v, B * TK * DV, 3);
    for (size_t i = 0; i < B * H; i++) {
        memcpy(many_k + i * TK * DK, k + i / H * TK * DK,
               TK * DK * sizeof *k);
        memcpy(many_v + i * TK * DV, v + i / H * TK * DV,
               TK * DV * sizeof *v);
    }
    attend_forward(want, want_weights, q, many_k, many_v, &s);
    shared_forward(out, weights, q, k, v, &s);
    CHECK_CLOSE(out, want, B * H * TQ * DV, 1e-6, 1e-5);
    CHECK_CLOSE(weights, want_weights, B * H * TQ * TK, 1e-6, 1e-5);
}

TEST(values_and_outputs_fold)
{
    float x[TQ * C], c[TK * CC], wq[C * H * DK], wk[CC * H * DK];
    float wv[CC * H * DV], wo[H * DV * OUT], folded[H * CC * OUT] = { 0 };
    float out[TQ * OUT], got[TQ * OUT] = { 0 }, memory[512], workspace[1024];
    const struct multihead m = { .batch = 1, .heads = H, .queries = TQ,
        .keys = TK, .width = C, .context_width = CC, .head_width = DK,
        .value_width = DV, .out_width = OUT, .wq = wq, .wk = wk, .wv = wv,
        .wo = wo };
    struct multihead_saved saved = multihead_saved_new(memory, workspace, &m,
                                                       true);
    REQUIRE(multihead_size(&m, true) <= 512);
    REQUIRE(multihead_workspace(&m, true) <= 1024);
    fill(x, TQ * C, 4), fill(c, TK * CC, 5), fill(wq, C * H * DK, 6);
    fill(wk, CC * H * DK, 7), fill(wv, CC * H * DV, 8);
    fill(wo, H * DV * OUT, 9);
    multihead_plain_forward(out, &saved, x, c, &m);
    fold(folded, &m);
    for (size_t h = 0; h < H; h++) {
        float values[TK * OUT], part[TQ * OUT];
        average_forward(values, c, folded + h * CC * OUT, TK, CC, OUT);
        average_forward(part, saved.weights + h * TQ * TK, values, TQ, TK,
                        OUT);
        add_to(got, part, TQ * OUT);
    }
    CHECK_CLOSE(got, out, TQ * OUT, 1e-4, 1e-5);
}
CHECK_MAIN()
