/* average_exercise.c -- generated from chapters/02-average.nw. Do not edit. */
#include "kit/check.h"
#include "average/average.h"

#ifndef ANSWERS
#define ANSWERS "average_exercise.h"
#endif
#include ANSWERS

/* the prices */
enum { YEARS = 10 };
static const float prices[2][YEARS] = {
    {20, 22, 21, 26, 20, 26, 22, 20, 27, 30},
    {20, 22, 23, 26, 25, 26, 30, 28, 30, 27},
};

TEST(one_pass_equals_the_table)
{
    float weights[YEARS * YEARS], want[YEARS], out[YEARS];
    for (float alpha = .1f; alpha <= 1; alpha += .3f) {
        moving_weights(weights, alpha, YEARS);
        average_forward(want, weights, prices[1], YEARS, YEARS, 1);
        moving_average_normalized(out, prices[1], alpha, YEARS);
        CHECK_CLOSE(out, want, YEARS, 0, 1e-5);
    }
}

TEST(each_is_predicted_by_the_others)
{
    const float k[] = { 1, 2, 3 }, pair[] = { 20, 22 }, three[] = { 0, 3, 6 };
    const float four[] = { 4 }, wide[] = { 13.5f };
    float scratch[12], got = leave_one_out(scratch, k, pair, 2, 1);
    CHECK_CLOSE(&got, four, 1, 0, 1e-6);
    got = leave_one_out(scratch, k, three, 3, 1e4f);
    CHECK_CLOSE(&got, wide, 1, 0, 1e-6);
}

TEST(the_best_bandwidth_is_between_1_and_2)
{
    float k[YEARS], scratch[YEARS * YEARS + YEARS];
    for (int t = 0; t < YEARS; t++)
        k[t] = t;
    float best = leave_one_out(scratch, k, prices[1], YEARS, 1.4f);
    assert_true(best < leave_one_out(scratch, k, prices[1], YEARS, 1));
    assert_true(best < leave_one_out(scratch, k, prices[1], YEARS, 2));
}

TEST(normalizing_goes_backward)
{
    const float x[] = { 1, 1, 2, 0, 0, 0 }, dout[] = { 4, 0, 0, 1, 2, 3 };
    const float want[] = { 1.75f, .75f, .75f, 1, 1, 1 };
    float out[6], dx[] = { 1, 1, 1, 1, 1, 1 };
    normalize_rows(out, x, 2, 3);
    normalize_rows_backward(dx, dout, out, x, 2, 3);
    CHECK_CLOSE(dx, want, 6, 0, 1e-6);
}
CHECK_MAIN()
