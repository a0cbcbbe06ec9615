/* mask_exercise.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "kit/check.h"
#include "mask/mask.h"
#ifndef ANSWERS
#define ANSWERS "mask_exercise.h"
#endif
#include ANSWERS

/* masks as texts */
static void check_mask(const struct mask *mask, const char *want)
{
    char got[256];
    size_t n = mask->batch * mask->n * mask->m;
    REQUIRE(n < sizeof got);
    for (size_t p = 0; p <= n; p++)
        got[p] = p < n ? (char)('0' + mask->visible[p]) : '\0';
    assert_string_equal(got, want);
}

TEST(a_prefix_is_seen_by_all)
{
    struct mask mask = mask_new(1, 3, 5), open = mask_new(1, 3, 5);
    mask_prefix(&mask, 2), mask_prefix(&open, 4);
    check_mask(&mask, "11100" "11110" "11111");
    check_mask(&open, "11110" "11110" "11111");
    mask_free(&mask), mask_free(&open);
}

TEST(packed_texts_do_not_see_each_other)
{
    enum { PACKED = 5, WIDTH = 4 };
    const int segment[PACKED] = { 7, 7, 3, 3, 3 };
    const size_t first[PACKED] = { 0, 0, 2, 2, 2 };
    float x[PACKED * WIDTH], got[PACKED * WIDTH], want[PACKED * WIDTH];
    float weights[PACKED * PACKED];
    struct mask mask = mask_new(1, PACKED, PACKED);
    struct masked all = { 1, PACKED, PACKED, WIDTH, WIDTH, &mask, 0 };
    struct random random = random_new(12, 0);
    random_normals(x, PACKED * WIDTH, 1, &random);
    mask_causal(&mask), mask_segments(&mask, segment);
    masked_forward(got, weights, x, x, x, &all);
    for (size_t i = 0; i < PACKED; i++) {
        const float *text = x + first[i] * WIDTH;
        struct masked one = { 1, 1, i + 1 - first[i], WIDTH, WIDTH, NULL, 0 };
        masked_forward(want + i * WIDTH, weights, x + i * WIDTH, text, text,
                       &one);
    }
    assert_memory_equal(got, want, sizeof got);
    mask_free(&mask);
}
CHECK_MAIN()

