/* gpt_exercise.c -- generated from chapters/16-gpt.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "gpt_exercise.h"
#endif
#include ANSWERS

TEST(nothing_is_said_twice)
{
    const int32_t ids[] = { 0, 1, 2, 0, 1, 3, 0, 1 };
    const struct { size_t count, n; bool not[5]; } is[] = {
        { 8, 3, { 0, 0, 1, 1, 0 } },      /* 0 1 2 and 0 1 3 were there */
        { 7, 2, { 0, 1, 0, 0, 0 } }, { 5, 2, { 0, 0, 1, 0, 0 } },
        { 8, 1, { 1, 1, 1, 1, 0 } }, { 2, 3, { 0, 0, 0, 0, 0 } },
        { 0, 1, { 0, 0, 0, 0, 0 } } };
    for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
        float x[] = { 1, 2, 3, 4, 5 };
        no_repeat(x, 5, ids, is[i].count, is[i].n);
        for (size_t v = 0; v < 5; v++)
            assert_true(x[v] == (is[i].not[v] ? -INFINITY
                                              : (float)(v + 1)));
    }
}

static bool stands_twice(const int32_t *ids, size_t count, size_t n)
{
    bool twice = false;
    for (size_t at = 0; at + n < count; at++)
        twice |= !memcmp(ids + at, ids + count - n, n * sizeof *ids);
    return twice;
}

TEST(only_repetitions_are_forbidden)
{
    struct random random = random_new(5, 6);
    for (size_t times = 0; times < 300; times++) {
        int32_t ids[25];
        float x[3] = { 0 };
        const size_t count = random_below(&random, 24), n = 1 + times % 4;
        for (size_t i = 0; i < count; i++)
            ids[i] = (int32_t)random_below(&random, 3);
        no_repeat(x, 3, ids, count, n);
        for (int32_t v = 0; v < 3; v++) {
            ids[count] = v;
            const bool not = count >= n && stands_twice(ids, count + 1, n);
            assert_true(x[v] == (not ? -INFINITY : 0));
        }
    }
}

TEST(nibbles_by_hand)
{
    const float x[] = { -1, 2, .1f, .3f };
    float low = 0, step = 0, back[4] = { 0 };
    uint8_t q[2] = { 0 };
    nibbles_pack(q, &low, &step, x, 4);
    assert_true(low == -1 && fabsf(step - .2f) < 1e-6f);
    assert_true(q[0] == 0xf0 && (q[1] == 0x65 || q[1] == 0x66));
    nibbles_unpack(back, (uint8_t[]){ 0xf0, 0x65 }, -1, .5f, 4);
    CHECK_CLOSE(back, ((float[]){ -1, 6.5f, 1.5f, 2 }), 4, 1e-6, 0);
}

TEST(nibbles_are_wrong_by_half_a_step)
{
    struct random random = random_new(7, 8);
    for (size_t times = 0; times < 100; times++) {
        enum { N = 32 };
        float x[N], back[N] = { 0 }, low = 0, step = 0;
        uint8_t q[N / 2] = { 0 };
        for (size_t i = 0; i < N; i++)
            x[i] = .1f * (float)times * (random_normal(&random) + 3);
        nibbles_pack(q, &low, &step, x, N);
        nibbles_unpack(back, q, low, step, N);
        for (size_t i = 0; i < N; i++)
            if (!(fabsf(back[i] - x[i]) <= .501f * step + 1e-5f))
                fail_msg("%g became %g, and a step is %g", (double)x[i],
                         (double)back[i], (double)step);
        assert_true(times == 0 || step > 0);
    }
}
CHECK_MAIN()

