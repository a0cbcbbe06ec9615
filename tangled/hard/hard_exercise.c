/* hard_exercise.c -- generated from chapters/06-hard.nw. Do not edit. */
#include "kit/check.h"
#include "hard/hard.h"
#ifndef ANSWERS
#define ANSWERS "hard_exercise.h"
#endif
#include ANSWERS

TEST(the_others_are_the_baseline)
{
    const float reward[] = { 1, 0, 0, 1, 1 }, same[] = { 7, 7, 7 };
    float advantage[5] = { 0 }, sum = 0;
    against_others(advantage, reward, 5);
    CHECK_CLOSE(advantage, ((float[]){ .5f, -.75f, -.75f, .5f, .5f }), 5,
                1e-6, 0);
    against_others(advantage, (float[]){ 10, 12, 8, 3 }, 4);
    for (int i = 0; i < 4; i++)
        sum += advantage[i];
    assert_true(fabsf(sum) < 1e-5f && fabsf(advantage[1] - 5) < 1e-5f);
    against_others(advantage, same, 3);
    CHECK_CLOSE(advantage, ((float[]){ 0, 0, 0 }), 3, 1e-6, 0);
}

static double gaussian_loss(const double *x, void *advantage)
{
    const double off = (x[0] - x[1]) / x[2];
    return *(double *)advantage * (log(x[2]) + off * off / 2);
}

TEST(the_slope_of_a_normal_density)
{
    const float x[][3] = { { 1.5f, 1, .5f }, { -2, .25f, 2 }, { 1, 1, 1 } };
    for (size_t i = 0; i < 3; i++) {
        double advantage = 1.5 - (double)i;
        float d[3] = { 0, 1, 1 };
        gaussian_backward(&d[1], &d[2], x[i][0], x[i][1], x[i][2],
                          (float)advantage);
        d[1] -= 1, d[2] -= 1;
        d[0] = -d[1];             /* the density depends on l - mu */
        check_gradient(d, gaussian_loss, x[i], 3, &advantage, 1e-5, 1e-4);
    }
}
CHECK_MAIN()
