/* pointer_cases_double.h -- generated from pointer_cases.h by the build. Do not edit. */
/* It is translation/pointer_cases.h of chapters/18-translation.nw in double. The book
 * has its names without _double. */

#ifndef POINTER_CASES_H_double
#define POINTER_CASES_H_double
#include "double/operations_double.h"
#include "double/pointer_double.h"

static const size_t pointer_lengths_double[] = { 5, 3 };
static const int32_t pointer_source_double[] = { 6, 2, 6, 0, 2,  3, 3, 5, 1, 1 };

static inline struct tensor_double *apply_pointer_double(struct tape_double *tape_double,
                                           struct tensor_double **in)
{
    return tape_pointer_double(tape_double, in[0], in[1], in[2], pointer_source_double,
                        pointer_lengths_double);
}

static const struct operation_double pointer_cases_double[] = {
    { "pointer", .apply = apply_pointer_double, .sizes = "B=2 T=3 S=5 V=7",
      .out = "B T V", .weights = "B T S", .lengths = pointer_lengths_double,
      .inputs = { { "logits", "B T V" }, { "scores", "B T S" },
                  { "gate", "B T 1" } } },
    { .name = NULL }
};
#endif
