/* selfattention_exercise.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "kit/check.h"
#include "selfattention/selfattention.h"
#ifndef ANSWERS
#define ANSWERS "selfattention_exercise.h"
#endif
#include ANSWERS

TEST(a_set_has_no_order)
{
    const float out[] = { 1, 3, 2, 2, 6, 1 }, other[] = { 6, 1, 1, 3, 2, 2 };
    float mean[2] = { 0 }, again[2] = { 0 }, d[] = { 1, 1, 1, 1, 1, 1 };
    set_forward(mean, out, 3, 2);
    set_forward(again, other, 3, 2);
    CHECK_CLOSE(mean, ((float[]){ 3, 2 }), 2, 1e-6, 0);
    CHECK_CLOSE(again, mean, 2, 1e-6, 0);
    set_backward(d, (float[]){ 3, 6 }, 3, 2);
    CHECK_CLOSE(d, ((float[]){ 2, 3, 2, 3, 2, 3 }), 6, 1e-6, 0);
}

TEST(words_without_themselves)
{
    const float q[] = { 0, 1, 1, 0, 1, 1 }, k[] = { 1, 0, 0, 1, 1, 1 },
                v[] = { 2, 0, 0, 4, 2, 4 };
    const float want[] = { 1, 4, 2, 2, 1, 2 };
    float out[6] = { 0 }, weights[9] = { 0 };
    others_forward(out, weights, q, k, v, 3, 2, 2);
    CHECK_CLOSE(out, want, 6, 1e-6, 0);
    assert_true(weights[0] == 0 && weights[4] == 0 && weights[8] == 0);
    others_forward(out, weights, q, k, v + 4, 1, 2, 2);
    assert_true(out[0] == 0 && out[1] == 0 && weights[0] == 0);
}

TEST(others_are_weighed_by_score)
{
    const float q[] = { 2, 0, 0 }, k[] = { 9, 0, .5f }, v[] = { 0, 1, 0 };
    float out[3] = { 0 }, weights[9] = { 0 }, want = 1 / (1 + expf(1));
    others_forward(out, weights, q, k, v, 3, 1, 1);
    CHECK_CLOSE(out, &want, 1, 1e-6, 0);
}
CHECK_MAIN()
