/* fast_exercise.c -- generated from chapters/26-fast.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "fast_exercise.h"
#endif
#include ANSWERS

enum { SPACE = 200 * 200 };
static float x[SPACE], out[SPACE + 1], right[SPACE];

static void fill(size_t n)
{
    struct random random = random_new(1, 27);
    random_normals(x, n, 1, &random);
}

static void check_transpose(size_t rows, size_t cols)
{
    memset(out, 0, sizeof out);
    transpose(out, x, rows, cols);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++)
            assert_true(out[c * rows + r] == x[r * cols + c]);
    assert_true(out[rows * cols] == 0);
}

TEST(transpose_of_any_size)
{
    fill(SPACE);
    for (size_t rows = 1; rows < 20; rows++)
        for (size_t cols = 1; cols < 20; cols++)
            check_transpose(rows, cols);
    check_transpose(193, 64);
}

TEST(symmetric_product_has_the_same_bits)
{
    fill(SPACE);
    for (size_t n = 1; n < 190; n += 27) {
        memset(out, 0, sizeof out);
        product(right, x, x, n, n, 200, TRANSPOSE_B);
        product_symmetric(out, x, n, 200);
        assert_memory_equal(out, right, n * n * sizeof *out);
    }
}
CHECK_MAIN()
