/* hard_cases.h -- generated from chapters/06-hard.nw. Do not edit. */
#ifndef HARD_CASES_H
#define HARD_CASES_H
#include "hard/hard.h"
#include "gradient/operations.h"

static const int32_t some_places[] = { 4, 0, 5, 4,  2, 1, 1, 3 };
static const int32_t some_draws[] = { 4, 0, 2 };
static const float some_advantages[] = { 1.5f, -.75f, .25f };

static inline struct tensor *apply_windows(struct tape *t, struct tensor **in)
{
    return tape_windows(t, in[0], some_places, 4, 5, 3);
}

static inline struct tensor *apply_reinforce(struct tape *t,
                                             struct tensor **in)
{
    return tape_reinforce(t, in[0], some_draws, some_advantages);
}
static const struct operation hard_cases[] = {
    { "windows", .apply = apply_windows, .sizes = "B=2 H=6 W=9 N=4 P=25",
      .out = "B N P", .inputs = { { "x", "B H W" } } },
    { "reinforce", .apply = apply_reinforce, .sizes = "B=3 N=5", .out = "",
      .inputs = { { "z", "B N" } } },
    { .name = NULL }
};
#endif

