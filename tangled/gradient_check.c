/* gradient_check.c -- generated from chapters/04-gradient.nw. Do not edit. */
#include "check.h"
#include "product.h"

TEST(product_by_hand)
{
    const float a[] = { 1, 2, 3, 4 }, b[] = { 5, 6, 7, 8 };
    const float want[] = { 19, 22, 43, 50 };
    float c[4];
    product(c, a, b, 2, 2, 2, 0);
    CHECK_CLOSE(c, want, 4, 0, 0);
}

CHECK_MAIN()

