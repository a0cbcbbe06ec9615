/* multihead_exercise.c -- generated from chapters/10-multihead.nw. Do not edit. */
#include "kit/check.h"
#include "multihead/multihead.h"
#ifndef ANSWERS
#define ANSWERS "multihead_exercise.h"
#endif
#include ANSWERS

enum { B = 2, H = 3, TQ = 4, TK = 5, DK = 6, DV = 7, CC = 3, OUT = 2 };

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
    float sums[B * H * TQ], want_sums[B * H * TQ];
    const struct tiled s = { B, H, TQ, TK, DK, DV, false, NULL, 0 };
    fill(q, B * H * TQ * DK, 1);
    fill(k, B * TK * DK, 2), fill(v, B * TK * DV, 3);
    /* copy keys and values for each head */
    for (size_t i = 0; i < B * H; i++) {
        memcpy(many_k + i * TK * DK, k + i / H * TK * DK, TK * DK * sizeof *k);
        memcpy(many_v + i * TK * DV, v + i / H * TK * DV, TK * DV * sizeof *v);
    }
    tiled_forward(want, want_sums, q, many_k, many_v, &s);
    shared_forward(out, sums, q, k, v, &s);
    CHECK_CLOSE(out, want, B * H * TQ * DV, 1e-6, 1e-5);
}

TEST(values_and_outputs_fold)
{
    float wv[CC * H * DV], wo[H * DV * OUT], folded[H * CC * OUT] = { 0 };
    const struct multihead m = { .heads = H, .context_width = CC,
        .value_width = DV, .out_width = OUT, .wv = wv, .wo = wo };
    fill(wv, CC * H * DV, 4), fill(wo, H * DV * OUT, 5);
    fold(folded, &m);
    for (size_t i = 0; i < H * CC * OUT; i++) {
        size_t h = i / (CC * OUT), c = i / OUT % CC, o = i % OUT;
        float want = 0;
        for (size_t j = h * DV; j < (h + 1) * DV; j++)
            want += wv[c * H * DV + j] * wo[j * OUT + o];
        CHECK_CLOSE(&folded[i], &want, 1, 1e-5, 1e-5);
    }
}
CHECK_MAIN()
