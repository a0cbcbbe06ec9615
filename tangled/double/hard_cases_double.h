/* hard_cases_double.h -- generated from hard_cases.h by the build. Do not edit. */
/* It is hard/hard_cases.h of chapters/06-hard.nw in double. The book
 * has its names without _double. */

#ifndef HARD_CASES_H_double
#define HARD_CASES_H_double
#include "double/hard_double.h"
#include "double/operations_double.h"

static const int32_t some_places_double[] = { 4, 0, 5, 4,  2, 1, 1, 3 };
static const int32_t some_draws_double[] = { 4, 0, 2 };
static const double some_advantages_double[] = { 1.5, -.75, .25 };

static inline struct tensor_double *apply_windows_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_windows_double(t, in[0], some_places_double, 4, 5, 3);
}

static inline struct tensor_double *apply_reinforce_double(struct tape_double *t,
                                             struct tensor_double **in)
{
    return tape_reinforce_double(t, in[0], some_draws_double, some_advantages_double);
}
static const struct operation_double hard_cases_double[] = {
    { "windows", .apply = apply_windows_double, .sizes = "B=2 H=6 W=9 N=4 P=25",
      .out = "B N P", .inputs = { { "x", "B H W" } } },
    { "reinforce", .apply = apply_reinforce_double, .sizes = "B=3 N=5", .out = "",
      .inputs = { { "z", "B N" } } },
    { .name = NULL }
};
#endif

