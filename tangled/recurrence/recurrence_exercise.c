/* recurrence_exercise.c -- generated from chapters/07-recurrence.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "recurrence_exercise.h"
#endif
#include ANSWERS

TEST(a_unit_keeps_and_forgets)
{
    const float none[4] = { 0 }, x[] = { 1, 2 }, h[] = { .3f, -.7f };
    const float shut[] = { -90, 0, -90, 0 }, open[] = { 90, 0, 90, 0 };
    const float w[] = { .5f, 0, 0, .25f }, u[] = { 0, 2, 2, 0 };
    float out[2] = { 0 };
    gru_step(out, x, h, shut, none, none, none, w, u, 2, 2);
    CHECK_CLOSE(out, h, 2, 1e-6, 0);
    /* z = 1, r = 0: what is new does not know of h */
    const float fresh[] = { tanhf(.5f), tanhf(.5f) };
    gru_step(out, x, h, open, none, shut, none, w, u, 2, 2);
    CHECK_CLOSE(out, fresh, 2, 1e-6, 0);
    /* z = 1, r = 1: w x + u h = (.5 - 1.4, .5 + .6) */
    const float both[] = { tanhf(-.9f), tanhf(1.1f) };
    gru_step(out, x, h, open, none, open, none, w, u, 2, 2);
    CHECK_CLOSE(out, both, 2, 1e-6, 0);
    /* z = 1/2, r = 1/2: w x + u (h / 2) = (.5 - .7, .5 + .3) */
    const float half[] = { .5f * (.3f + tanhf(-.2f)),
                           .5f * (-.7f + tanhf(.8f)) };
    gru_step(out, x, h, none, none, none, none, w, u, 2, 2);
    CHECK_CLOSE(out, half, 2, 1e-6, 0);
}

TEST(the_gates_read_the_state)
{
    enum { I = 1, C = 2 };
    const float none[4] = { 0 }, x[] = { 0 }, h[] = { 1, -1 };
    const float uz[] = { 0, 90, 0, 90 };  /* both gates read h[1] = -1 */
    float out[C] = { 0 };
    gru_step(out, x, h, none, uz, none, none, none, none, I, C);
    CHECK_CLOSE(out, h, C, 1e-6, 0);
    const float ur[] = { 90, 0, 90, 0 };  /* both read h[0] = 1: open */
    const float u[] = { 1, 1, 0, 1 };
    const float want[] = { .5f * (1 + tanhf(0)), .5f * (-1 + tanhf(-1)) };
    gru_step(out, x, h, none, none, none, ur, none, u, I, C);
    CHECK_CLOSE(out, want, C, 1e-6, 0);
}

TEST(the_walk_is_cut)
{
    enum { T = 30 };
    const double hand[] = { 0, 1, .5, 1.25 };
    const double want[] = { 0, .125, .25, .25, .25 };
    for (size_t K = 0; K < 5; K++)
        assert_true(fabs(truncated(hand, .25, .5, 3, K) - want[K]) < 1e-12);
    /* with u = 1, and all inputs 1, h[t] = t: a sum of the last K */
    double h[T + 1];
    for (size_t t = 0; t <= T; t++)
        h[t] = (double)t;
    for (size_t K = 0; K <= T; K++) {
        double sum = 0;
        for (size_t k = 0; k < K; k++)
            sum += (double)(T - 1 - k);
        assert_true(fabs(truncated(h, 1, 1, T, K) - sum) < 1e-9);
    }
}
CHECK_MAIN()

