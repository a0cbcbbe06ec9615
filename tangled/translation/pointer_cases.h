/* pointer_cases.h -- generated from chapters/18-translation.nw. Do not edit. */
#ifndef POINTER_CASES_H
#define POINTER_CASES_H
#include "gradient/operations.h"
#include "translation/pointer.h"

static const size_t pointer_lengths[] = { 5, 3 };
static const int32_t pointer_source[] = { 6, 2, 6, 0, 2,  3, 3, 5, 1, 1 };

static inline struct tensor *apply_pointer(struct tape *tape,
                                           struct tensor **in)
{
    return tape_pointer(tape, in[0], in[1], in[2], pointer_source,
                        pointer_lengths);
}

static const struct operation pointer_cases[] = {
    { "pointer", .apply = apply_pointer, .sizes = "B=2 T=3 S=5 V=7",
      .out = "B T V", .weights = "B T S", .lengths = pointer_lengths,
      .inputs = { { "logits", "B T V" }, { "scores", "B T S" },
                  { "gate", "B T 1" } } },
    { .name = NULL }
};
#endif
