/* gpt_exercise.c -- generated from chapters/16-gpt.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "gpt_exercise.h"
#endif
#include ANSWERS

TEST(a_nucleus_by_hand)
{
    static const struct { float share, want[5]; } is[] = {
        { .5f, { 0, 0, 1, 0, 0 } },
        { .7f, { 0, .375f, .625f, 0, 0 } },
        { .9f, { .1f / .9f, .3f / .9f, .5f / .9f, 0, 0 } },
        { 1, { .1f, .3f, .5f, .06f, .04f } },
        { 1e-6f, { 0, 0, 1, 0, 0 } } };
    for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
        float p[] = { .1f, .3f, .5f, .06f, .04f };
        nucleus(p, 5, is[i].share - (is[i].share < 1 ? 1e-4f * is[i].share
                                                     : -1e-4f));
        CHECK_CLOSE(p, is[i].want, 5, 1e-5, 0);
    }
}

TEST(of_equal_ones_the_first_stay)
{
    float p[] = { .25f, .25f, .25f, .25f };
    const float want[] = { .5f, .5f, 0, 0 };
    nucleus(p, 4, .4f);
    CHECK_CLOSE(p, want, 4, 1e-6, 0);
}

TEST(a_group_is_wrong_by_half_a_step)
{
    struct random random = random_new(5, 6);
    for (size_t times = 0; times < 100; times++) {
        enum { N = 32 };
        float x[N], back[N], most = 0;
        int8_t q[N] = { 0 };
        for (size_t i = 0; i < N; i++) {
            x[i] = .1f * (float)(times + 1) * random_normal(&random);
            most = fmaxf(most, fabsf(x[i]));
        }
        const float scale = group_pack(q, x, N);
        CHECK_CLOSE((&(float){ 127 * scale }), &most, 1, 0, 1e-5);
        memset(back, 0, sizeof back);
        group_unpack(back, q, scale, N);
        for (size_t i = 0; i < N; i++)
            if (!(fabsf(back[i] - x[i]) <= .501f * scale))
                fail_msg("%g became %g, and a step is %g", (double)x[i],
                         (double)back[i], (double)scale);
    }
}

TEST(nothing_is_nothing)
{
    const float x[4] = { 0 };
    float back[4] = { 1, 1, 1, 1 };
    int8_t q[4] = { 1, 1, 1, 1 };
    assert_true(group_pack(q, x, 4) == 0);
    group_unpack(back, q, 0, 4);
    assert_memory_equal(back, x, sizeof x);
}
CHECK_MAIN()

