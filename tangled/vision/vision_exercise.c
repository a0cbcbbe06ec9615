/* vision_exercise.c -- generated from chapters/19-vision.nw. Do not edit. */
#include "kit/check.h"
#include "vision/precision.h"
#ifndef ANSWERS
#define ANSWERS "vision_exercise.h"
#endif
#include ANSWERS

TEST(positions_on_a_slope_stay_on_it)
{
    float places[10 * 2], out[26 * 2] = { 0 };
    for (int i = 0; i < 9; i++) {
        places[2 * i + 2] = (float)(i / 3) * 4;
        places[2 * i + 3] = (float)(i % 3) * 2 - (float)(i / 3);
    }
    places[0] = 7, places[1] = 8;
    places_resized(out, 3, places, 3, 2);
    CHECK_CLOSE(out, places, 20, 1e-6, 1e-6);
    places_resized(out, 5, places, 3, 2);
    assert_true(out[0] == 7 && out[1] == 8);
    for (int i = 0; i < 25; i++) {
        const float r = (float)(i / 5) / 2, c = (float)(i % 5) / 2;
        assert_true(fabsf(out[2 * i + 2] - 4 * r) < 1e-5f);
        assert_true(fabsf(out[2 * i + 3] - 2 * c + r) < 1e-5f);
    }
}

TEST(pairs_are_counted)
{
    const double a[] = { .99, .97, .98 }, b[] = { .96, .95, .965 };
    const double c[] = { .975, .98 };
    assert_true(pairs_won(a, b, 3, 3) == 1);
    assert_true(pairs_won(b, a, 3, 3) == 0);
    assert_true(pairs_won(a, a, 3, 3) == .5);
    assert_true(fabs(pairs_won(a, c, 3, 2) - 3.5 / 6) < 1e-12);
}

TEST(copies_are_suppressed)
{
    struct found f[] = {
        { 0, 3, .9f, { .30f, .5f, .2f, .2f } },
        { 0, 3, .8f, { .36f, .5f, .2f, .2f } },
        { 0, 3, .7f, { .42f, .5f, .2f, .2f } },
        { 0, 5, .6f, { .30f, .5f, .2f, .2f } },
        { 0, 5, .5f, { .30f, .5f, .2f, .2f } } };
    assert_int_equal(suppress(f, 5, .5f), 3);
    assert_true(f[0].score == .9f && f[1].score == .7f
                && f[2].score == .6f);
    assert_int_equal(suppress(f, 3, .5f), 3);
    assert_int_equal(suppress(f, 3, .2f), 2);
    assert_int_equal(suppress(f, 0, .5f), 0);
}
CHECK_MAIN()
