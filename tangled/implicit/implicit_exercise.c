/* implicit_exercise.c -- generated from chapters/05-implicit.nw. Do not edit. */
#include "kit/check.h"
#include "implicit/convolution.h"
#ifndef ANSWERS
#define ANSWERS "implicit_exercise.h"
#endif
#include ANSWERS

static float weighted(const float *x, void *weights)
{
    const float *w = weights;
    float sum = 1;
    for (int i = 0; i < 16; i++)
        sum += w[i] * x[i];
    return sum;
}

static float largest(const float *x, void *unused)
{
    float most = 0;
    (void)unused;
    for (int i = 0; i < 16; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

TEST(what_a_square_is_worth)
{
    float x[16] = { 1, 2, 0, 0,  3, 4, 0, 9,  0, 0, 5, 0,  0, 9, 0, 1 };
    float w[16] = { 1, 1, 7, 7,  1, 1, 7, 2,  3, 3, 1, 1,  3, -1, 1, 1 };
    float map[4] = { -1, -1, -1, -1 }, before[16];
    memcpy(before, x, sizeof x);
    cover_squares(map, x, 4, 2, weighted, w);
    CHECK_CLOSE(map, ((float[]){ 10, 18, -9, 6 }), 4, 1e-5, 0);
    assert_memory_equal(x, before, sizeof x);
    cover_squares(map, x, 4, 2, largest, NULL);
    CHECK_CLOSE(map, ((float[]){ 0, 0, 0, 0 }), 4, 0, 0);
    x[13] = 2;
    cover_squares(map, x, 4, 2, largest, NULL);
    CHECK_CLOSE(map, ((float[]){ 0, 4, 0, 0 }), 4, 1e-6, 0);
    cover_squares(map, x, 4, 4, largest, NULL);
    CHECK_CLOSE(map, ((float[]){ 9 }), 1, 1e-6, 0);
}

TEST(every_other_window)
{
    const float x[] = { 1, 2, 0, -1, 3, 5, 4 }, w[] = { 1, 10, 100 };
    const float dout[] = { 1, 2, -1 };
    float out[3] = { 0 }, dx[7], dw[3];
    for (int i = 0; i < 7; i++)
        dx[i] = 1;
    for (int i = 0; i < 3; i++)
        dw[i] = 1;
    strided_forward(out, x, w, 7, 3, 2);
    CHECK_CLOSE(out, ((float[]){ 21, 290, 453 }), 3, 1e-4, 0);
    strided_backward(dx, dw, dout, x, w, 7, 3, 2);
    CHECK_CLOSE(dx, ((float[]){ 2, 11, 103, 21, 200, -9, -99 }), 7, 1e-4, 0);
    CHECK_CLOSE(dw, ((float[]){ -1, -4, 3 }), 3, 1e-5, 0);
    strided_forward(out, x, w, 6, 3, 2);
    CHECK_CLOSE(out, ((float[]){ 21, 290 }), 2, 1e-4, 0);
}

TEST(a_stride_longer_than_the_kernel)
{
    const float x[] = { 1, 2, 9, 3, 4, 9 }, w[] = { 2, 1 }, dout[] = { 1, 5 };
    float out[2] = { 0 }, dx[6] = { 0 }, dw[2] = { 0 };
    strided_forward(out, x, w, 6, 2, 3);
    CHECK_CLOSE(out, ((float[]){ 4, 10 }), 2, 1e-5, 0);
    strided_backward(dx, NULL, dout, x, w, 6, 2, 3);
    strided_backward(NULL, dw, dout, x, w, 6, 2, 3);
    CHECK_CLOSE(dx, ((float[]){ 2, 1, 0, 10, 5, 0 }), 6, 1e-5, 0);
    CHECK_CLOSE(dw, ((float[]){ 16, 22 }), 2, 1e-5, 0);
}
CHECK_MAIN()
