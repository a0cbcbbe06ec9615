/* mask_exercise.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "kit/check.h"
#include "mask/mask.h"
#ifndef ANSWERS
#define ANSWERS "mask_exercise.h"
#endif
#include ANSWERS

TEST(a_prefix_is_seen_by_all)
{
    const uint8_t want[] = { 1, 1, 1, 0, 0,  1, 1, 1, 1, 0,
                             1, 1, 1, 1, 1 };
    const uint8_t whole[] = { 1, 1, 1, 1, 0,  1, 1, 1, 1, 0,
                              1, 1, 1, 1, 1 };
    struct mask mask = mask_new(1, 3, 5), open = mask_new(1, 3, 5);
    mask_prefix(&mask, 2), mask_prefix(&open, 4);
    assert_memory_equal(mask.visible, want, sizeof want);
    assert_memory_equal(open.visible, whole, sizeof whole);
    mask_free(&mask), mask_free(&open);
}

enum { PACKED = 5, FIRST = 2, WIDTH = 4 };

static void attend_to(float *out, const float *x, size_t n,
                      const int *segment)
{
    float weights[PACKED * PACKED];
    struct mask mask = mask_new(1, n, n);
    mask_causal(&mask);
    if (segment)
        mask_segments(&mask, segment);
    struct masked t = { 1, n, n, WIDTH, WIDTH, &mask, 0 };
    masked_forward(out, weights, x, x, x, &t);
    mask_free(&mask);
}

TEST(packed_texts_do_not_see_each_other)
{
    const int segment[PACKED] = { 7, 7, 3, 3, 3 };
    float x[PACKED * WIDTH], got[PACKED * WIDTH], want[PACKED * WIDTH];
    struct random random = random_new(12, 0);
    for (size_t i = 0; i < PACKED * WIDTH; i++)
        x[i] = random_normal(&random);
    attend_to(got, x, PACKED, segment);
    attend_to(want, x, FIRST, NULL);
    attend_to(want + FIRST * WIDTH, x + FIRST * WIDTH, PACKED - FIRST, NULL);
    assert_memory_equal(got, want, sizeof got);
}
CHECK_MAIN()

