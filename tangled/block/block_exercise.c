/* block_exercise.c -- generated from chapters/13-block.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "block_exercise.h"
#endif
#include ANSWERS

static const float gate[] = { .5f, -1, 2, 0, -.25f };
static const float value[] = { 1, .5f, -1, 2, -.3f };
static const float pull[] = { 2, -1, .5f, 1, 3 };

static double gated(const double *a, void *with)
{
    const float *b = with;
    double sum = 0;
    for (size_t i = 0; i < 5; i++)
        sum += (double)pull[i] * (double)b[i] * a[i] / (1 + exp(-a[i]));
    return sum;
}

TEST(swiglu_has_its_values)
{
    float out[5] = { 0 };
    swiglu_forward(out, gate, value, 5);
    /* compare each number with the formula */
    for (size_t i = 0; i < 5; i++) {
        float want = value[i] * gate[i] / (1 + expf(-gate[i]));
        CHECK_CLOSE(out + i, &want, 1, 1e-6, 1e-6);
    }
}

TEST(swiglu_has_its_gradients)
{
    float da[5], db[5], want[5], copy[5];
    memcpy(copy, value, sizeof copy);
    for (size_t i = 0; i < 5; i++)
        da[i] = 3, db[i] = -2;
    swiglu_backward(da, db, pull, gate, value, 5);
    for (size_t i = 0; i < 5; i++) {
        da[i] -= 3, db[i] += 2;
        want[i] = pull[i] * gate[i] / (1 + expf(-gate[i]));
    }
    check_gradient(da, gated, gate, 5, copy, 1e-5, 1e-5);
    CHECK_CLOSE(db, want, 5, 2e-6, 1e-6);
}

TEST(tokens_are_dropped_whole)
{
    enum { MANY = 200 };
    const struct dropout drop = { .25f, 5 };
    float x[2 * MANY], out[2 * MANY] = { 0 }, want[MANY];
    /* drop numbers and tokens by the same bits */
    for (size_t i = 0; i < 2 * MANY; i++)
        x[i] = 1;
    dropout_forward(want, x, MANY, &drop);
    dropout_tokens(out, x, MANY, 2, &drop);
    for (size_t i = 0; i < MANY; i++)
        assert_true(out[2 * i] == want[i] && out[2 * i + 1] == want[i]);
}
CHECK_MAIN()

