/* encoder_exercise.c -- generated from chapters/14-encoder.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "encoder_exercise.h"
#endif
#include ANSWERS

TEST(shares_are_of_a_mean_without_padding)
{
    const size_t lengths[] = { 4, 1, 2 };
    const float want[] = { .25f, .25f, .25f, .25f, 1, 0, 0, 0,
                           .5f, .5f, 0, 0 };
    float got[12];
    for (size_t i = 0; i < 12; i++)
        got[i] = 7;
    mean_shares(got, lengths, 3, 4);
    CHECK_CLOSE(got, want, 12, 1e-7, 0);
}

TEST(each_text_lacks_its_token)
{
    const int32_t ids[] = { 1, 8, 5, 8 };
    const int32_t want[] = { 1, 8, 5, 8,  1, 0, 5, 8,  1, 8, 0, 8,
                             1, 8, 5, 0 };
    int32_t got[16] = { 0 };
    occlude(got, ids, 4, 0);
    assert_memory_equal(got, want, sizeof want);
}

TEST(a_chance_falls_without_a_word)
{
    const float whole[] = { 0, logf(3) };
    const float without[] = { 0, logf(3), 5, 5, 200, 200 + logf(3),
                              logf(3), 0 };
    const float second[] = { 0, logf(1.5f), 0, logf(3) };
    const float first[] = { 0, -logf(2), 0, -logf(3) };
    float got[4] = { 0 };
    occlusion(got, whole, without, 4, 2, 1);
    CHECK_CLOSE(got, second, 4, 2e-5, 0);
    occlusion(got, whole, without, 4, 2, 0);
    CHECK_CLOSE(got, first, 4, 2e-5, 0);
}
CHECK_MAIN()

