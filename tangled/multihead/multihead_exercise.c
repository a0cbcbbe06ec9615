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
    random_normals(x, n, 1, &random);
}

TEST(heads_share_keys)
{
    float q[B * H * TQ * DK], k[B * TK * DK], v[B * TK * DV];
    float out[B * H * TQ * DV] = { 0 }, want[TQ * DV];
    float weights[B * H * TQ * TK] = { 0 }, want_weights[TQ * TK];
    const struct tiled s = { B, H, TQ, TK, DK, DV, false, NULL, 0 };
    const struct tiled one = { 1, 1, TQ, TK, DK, DV, false, NULL, 0 };
    fill(q, B * H * TQ * DK, 1);
    fill(k, B * TK * DK, 2), fill(v, B * TK * DV, 3);
    shared_forward(out, weights, q, k, v, &s);
    for (size_t i = 0; i < B * H; i++) {
        attend_forward(want, want_weights, q + i * TQ * DK,
                       k + i / H * TK * DK, v + i / H * TK * DV, &one);
        CHECK_CLOSE(out + i * TQ * DV, want, TQ * DV, 1e-6, 1e-5);
        CHECK_CLOSE(weights + i * TQ * TK, want_weights, TQ * TK, 1e-6, 1e-5);
    }
}

TEST(values_and_outputs_fold)
{
    struct { float x[TQ * C], c[TK * CC], wq[C * H * DK], wk[CC * H * DK],
                   wv[CC * H * DV], wo[H * DV * OUT]; } a;
    float folded[H * CC * OUT] = { 0 }, out[TQ * OUT], got[TQ * OUT] = { 0 };
    float memory[512], workspace[1024];
    const struct multihead m = { 1, H, TQ, TK, C, CC, DK, DV, OUT,
        .wq = a.wq, .wk = a.wk, .wv = a.wv, .wo = a.wo };
    struct multihead_saved saved = multihead_saved_new(memory, workspace, &m,
                                                       true);
    REQUIRE(multihead_size(&m, true) <= 512);
    REQUIRE(multihead_workspace(&m, true) <= 1024);
    fill((float *)&a, sizeof a / sizeof(float), 4);
    multihead_plain_forward(out, &saved, a.x, a.c, &m);
    fold(folded, &m);
    for (size_t h = 0; h < H; h++) {
        float values[TK * OUT], part[TQ * OUT];
        average_forward(values, a.c, folded + h * CC * OUT, TK, CC, OUT);
        average_forward(part, saved.weights + h * TQ * TK, values, TQ, TK,
                        OUT);
        add_to(got, part, TQ * OUT);
    }
    CHECK_CLOSE(got, out, TQ * OUT, 1e-4, 1e-5);
}
CHECK_MAIN()
