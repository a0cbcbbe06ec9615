/* alignment_exercise.c -- generated from chapters/08-alignment.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "alignment_exercise.h"
#endif
#include ANSWERS

TEST(a_window_and_a_bell)
{
    const float scores[] = { 0, logf(3), 0, 0, 5, 900 };
    float w[6] = { 9, 9, 9, 9, 9, 9 };
    /* p = 1, reach 2: places 0 to 3; the bell has sigma 1 */
    local_weights(w, scores, 6, 1, 2);
    const float want[] = { expf(-.5f) / 6, .5f, expf(-.5f) / 6,
                           expf(-2) / 6, 0, 0 };
    CHECK_CLOSE(w, want, 6, 1e-6, 0);
    assert_true(w[4] == 0 && w[5] == 0);
    /* between two places, near the end, with a score of 900 */
    local_weights(w, scores, 6, 4.5f, 1);
    assert_true(w[3] == 0 && fabsf(w[5] - expf(-.5f)) < 1e-6f);
    /* beyond the word */
    local_weights(w, scores, 6, -3, 2);
    for (size_t i = 0; i < 6; i++)
        assert_true(w[i] == 0);
}

/* The best sum of all paths from sound i on, at letter s or later. */
static double best_of_all(const float *w, size_t i, size_t s, size_t sounds,
                          size_t letters)
{
    double best = -1;
    if (i == sounds)
        return 0;
    for (; s < letters; s++)
        best = fmax(best, (double)w[i * letters + s]
                    + best_of_all(w, i + 1, s, sounds, letters));
    return best;
}

static void path_is_best(const float *w, size_t sounds, size_t letters,
                       double want)
{
    size_t path[64] = { 0 };
    double sum = 0;
    const double said = monotone_path(path, w, sounds, letters);
    for (size_t i = 0; i < sounds; i++) {
        assert_true(path[i] < letters && (i == 0 || path[i] >= path[i - 1]));
        sum += (double)w[i * letters + path[i]];
    }
    assert_true(fabs(said - want) < 1e-5 && fabs(sum - want) < 1e-5);
}

TEST(a_path_never_goes_back)
{
    const float back[] = { .1f, .9f, .8f, .2f };
    float w[64 * 50];
    struct random random = random_new(5, 5);
    path_is_best(back, 2, 2, 1.1);          /* 1 then 1, not 1 then 0 */
    for (size_t sounds = 1; sounds <= 5; sounds++)
        for (size_t letters = 1; letters <= 6; letters++) {
            for (size_t i = 0; i < sounds * letters; i++)
                w[i] = random_uniform(&random);
            path_is_best(w, sounds, letters,
                       best_of_all(w, 0, 0, sounds, letters));
        }
    for (size_t i = 0; i < 64 * 50; i++)
        w[i] = i / 50 * 50 / 64 == i % 50;
    path_is_best(w, 64, 50, 64);            /* all paths: not in a lifetime */
}
CHECK_MAIN()

