/* position_exercise.c -- generated from chapters/12-position.nw. Do not edit. */
#include "kit/check.h"
#include "position/position.h"
#ifndef ANSWERS
#define ANSWERS "position_exercise.h"
#endif
#include ANSWERS

TEST(halves_are_pairs_in_another_order)
{
    enum { ROWS = 5, D = 6, TURNED = ROWS * D };
    float x[TURNED], pairs[TURNED], halves[TURNED], want[TURNED];
    float got[TURNED] = { 0 };
    float cosines[ROWS * D / 2], sines[ROWS * D / 2];
    struct random random = random_new(1, 0);
    random_normals(x, TURNED, 1, &random);
    rotary_table(cosines, sines, 2, ROWS, D);
    rotary_forward(pairs, x, cosines, sines, 1, ROWS, D);
    /* put even columns first, in x and in pairs */
    for (size_t i = 0; i < TURNED; i++) {
        size_t column = i % D, half = column % 2 * (D / 2);
        size_t to = i - column + column / 2 + half;
        halves[to] = x[i], want[to] = pairs[i];
    }
    rotary_halves(got, halves, cosines, sines, 1, ROWS, D);
    CHECK_CLOSE(got, want, TURNED, 1e-6, 1e-6);
}

TEST(buckets_grow)
{
    const size_t distance[] = { 0, 1, 7, 8, 10, 11, 15, 16, 31, 32, 127, 128,
                                9999 };
    const size_t bucket[] = { 0, 1, 7, 8, 8, 8, 9, 10, 11, 12, 15, 15, 15 };
    for (size_t i = 0; i < sizeof distance / sizeof *distance; i++)
        assert_int_equal(distance_bucket(distance[i], 16, 128), bucket[i]);
}
CHECK_MAIN()
