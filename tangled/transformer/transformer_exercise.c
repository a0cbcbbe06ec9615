/* transformer_exercise.c -- generated from chapters/17-transformer.nw. Do not edit. */
#include "kit/check.h"
#include "kit/batch.h"
#ifndef ANSWERS
#define ANSWERS "transformer_exercise.h"
#endif
#include ANSWERS

TEST(the_decoder_reads_what_came_before)
{
    const int32_t want[] = { 5, 7, 5, VOCABULARY_END, IGNORED, IGNORED };
    const int32_t hand[] = { VOCABULARY_START, 5, 7, 5, VOCABULARY_END,
                             VOCABULARY_END };
    int32_t before[6] = { 0 };
    shift_right(before, want, 6);
    assert_memory_equal(before, hand, sizeof hand);
    for (size_t t = 0; t < 3; t++) {      /* no place sees its own unit */
        int32_t other[6], moved[6] = { 0 };
        memcpy(other, want, sizeof want);
        other[t] = 9;
        shift_right(moved, other, 6);
        assert_memory_equal(moved, before, (t + 1) * sizeof *moved);
        assert_int_equal(moved[t + 1], 9);
    }
}

TEST(a_step_by_hand)
{
    /* what follows a, with 0.5, and b, with 0.4: a, b, the end */
    const float logits[] = { logf(.33f), logf(.33f), logf(.34f),
                             logf(.45f), logf(.05f), logf(.5f) };
    const double log_p[] = { log(.5), log(.4) };
    struct way best[2] = { { 0 } };
    beam_step(best, log_p, logits, 2, 3);
    assert_true(best[0].from == 1 && best[0].unit == 2);
    assert_true(best[1].from == 1 && best[1].unit == 0);
    assert_true(fabs(best[0].log_p - log(.2)) < 1e-6);
    assert_true(fabs(best[1].log_p - log(.18)) < 1e-6);
}

TEST(a_step_finds_the_best)
{
    enum { WIDTH = 4, KINDS = 9 };
    struct random random = random_new(3, 4);
    float logits[WIDTH * KINDS], log_sums[WIDTH];
    double log_p[WIDTH];
    struct way best[WIDTH] = { { 0 } };
    for (size_t i = 0; i < WIDTH * KINDS; i++)
        logits[i] = 3 * random_normal(&random) + 5 * (float)(i / KINDS);
    for (size_t k = 0; k < WIDTH; k++) {
        log_p[k] = -(double)k / 2;
        log_sums[k] = log_sum_exp(logits + k * KINDS, KINDS);
    }
    beam_step(best, log_p, logits, WIDTH, KINDS);
    for (size_t k = 0; k < WIDTH; k++) {
        size_t better = 0;                /* as many ways as stand before */
        for (size_t i = 0; i < WIDTH * KINDS; i++)
            better += log_p[i / KINDS] + (double)(logits[i]
                          - log_sums[i / KINDS]) > best[k].log_p + 1e-5;
        const size_t from = best[k].from;
        assert_true(from < WIDTH && (size_t)best[k].unit < KINDS);
        assert_int_equal(better, k);
        assert_true(fabs(log_p[from] + (double)(logits[from * KINDS
                    + (size_t)best[k].unit] - log_sums[from])
                    - best[k].log_p) < 1e-4);
    }
}
CHECK_MAIN()

