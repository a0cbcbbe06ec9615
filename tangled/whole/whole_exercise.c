/* whole_exercise.c -- generated from chapters/00-whole.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "whole_exercise.h"
#endif
#include ANSWERS

TEST(probabilities_are_those_worked_out_by_hand)
{
    const float ln[] = { 0, .6931472f, 1.6094379f };
    const float logits[] = { 7, 7, -200,   ln[0], ln[1], ln[2] };
    const int chosen[] = { 0, 2 };
    float got = log_probability(logits, chosen, 1, 3), want = -ln[1];
    CHECK_CLOSE(&got, &want, 1, 1e-6, 1e-6);
    got = log_probability(logits, chosen, 2, 3);
    want = -ln[1] + logf(5 / 8.f);
    CHECK_CLOSE(&got, &want, 1, 1e-6, 1e-6);
}

TEST(large_logits_do_not_overflow)
{
    const float logits[] = { 1000, 1000, 0, -2000, -2000, -2000 };
    const int chosen[] = { 1, 2 };
    float got = log_probability(logits, chosen, 2, 3), want = -logf(6);
    CHECK_CLOSE(&got, &want, 1, 1e-6, 1e-6);
}

TEST(bytes_are_near_what_they_stand_for)
{
    const float x[] = { .3f, -2.54f, 1.27f, 0, -.011f, 2.1f };
    signed char q[6] = { 0 };
    const float scale = to_bytes(q, x, 6);
    assert_true(scale > 0);
    for (int i = 0; i < 6; i++)
        assert_true(fabsf(scale * q[i] - x[i]) <= .50001f * scale);
    assert_int_equal(q[1], -127);
    assert_int_equal(q[2], 64 - (q[2] == 63));
}

TEST(a_row_of_zeros_has_bytes_too)
{
    const float x[3] = { 0 };
    signed char q[3] = { 5, 5, 5 };
    const float scale = to_bytes(q, x, 3);
    for (int i = 0; i < 3; i++)
        assert_true(q[i] == 0 && isfinite(scale));
}

CHECK_MAIN()
