/* vision_exercise.c -- generated from chapters/19-vision.nw. Do not edit. */
#include "kit/check.h"
#include "gradient/gradient.h"
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
CHECK_MAIN()
