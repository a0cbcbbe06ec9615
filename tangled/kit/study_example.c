/* study_example.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/signs.h"

static void run(const size_t *level, uint64_t seed, double *right)
{
    const struct signs how = { .hidden = level[1] ? 8 : 2,
                               .straight = level[0] };
    struct learned m = learner_fit(&signs, &how, seed, 200);
    *right = learner_score(&m);
    learned_free(&m);
}

int main(void)
{
    study_print(&(struct study){ .key = "signs",
        .factors = { "tanh straight", "two eight" }, .seeds = 3,
        .run = run });
    return 0;
}
