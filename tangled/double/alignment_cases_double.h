/* alignment_cases_double.h -- generated from alignment_cases.h by the build. Do not edit. */
/* It is alignment/alignment_cases.h of chapters/08-alignment.nw in double. The book
 * has its names without _double. */

#ifndef ALIGNMENT_CASES_H_double
#define ALIGNMENT_CASES_H_double
#include "double/alignment_double.h"
#include "double/operations_double.h"

static const size_t align_lengths_double[] = { 3, 5 };

static inline struct tensor_double *apply_align_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    const struct align_how_double how = { NULL, false };
    return tape_align_double(tape_double, in[0], in[1], in[2], in[3], &how);
}

static inline struct tensor_double *apply_align_padded_double(struct tape_double *tape_double,
                                                struct tensor_double **in)
{
    const struct align_how_double how = { align_lengths_double, false };
    return tape_align_double(tape_double, in[0], in[1], in[2], in[3], &how);
}

static inline struct tensor_double *apply_align_dot_double(struct tape_double *tape_double,
                                             struct tensor_double **in)
{
    const struct align_how_double how = { align_lengths_double, false };
    return tape_align_double(tape_double, in[0], in[1], in[2], NULL, &how);
}

static inline struct tensor_double *apply_align_linear_double(struct tape_double *tape_double,
                                                struct tensor_double **in)
{
    const struct align_how_double how = { align_lengths_double, true };
    return tape_align_double(tape_double, in[0], in[1], in[2], in[3], &how);
}

static inline struct tensor_double *apply_join_double(struct tape_double *tape_double,
                                        struct tensor_double **in)
{
    return tape_join_double(tape_double, in[0], in[1]);
}

static inline struct tensor_double *apply_stack_double(struct tape_double *tape_double,
                                         struct tensor_double **in)
{
    return tape_stack_double(tape_double, in, 3);
}
#define ALIGNED_double .sizes = "B=2 S=6 A=5 C=7", .out = "B C", .weights = "B S"
#define ALIGNED_INPUTS_double { "q", "B A" }, { "k", "B S A" }, { "v", "B S C" }
static const struct operation_double alignment_cases_double[] = {
    { "additive", .apply = apply_align_double, ALIGNED_double, .places = "S A C",
      .inputs = { ALIGNED_INPUTS_double, { "va", "A" } } },
    { "additive padded", .apply = apply_align_padded_double, ALIGNED_double,
      .lengths = align_lengths_double, .places = "S A C",
      .inputs = { ALIGNED_INPUTS_double, { "va", "A" } } },
    { "dot", .apply = apply_align_dot_double, ALIGNED_double, .lengths = align_lengths_double,
      .places = "S A C", .inputs = { ALIGNED_INPUTS_double } },
    { "linear", .apply = apply_align_linear_double, ALIGNED_double,
      .lengths = align_lengths_double, .places = "S A C", .nothing = "q",
      .inputs = { ALIGNED_INPUTS_double, { "va", "A" } } },
    { "join", .apply = apply_join_double, .sizes = "B=3 T=4 C=5 D=2",
      .out = "B T C+D", .inputs = { { "x", "B T C" }, { "y", "B T D" } } },
    { "stack", .apply = apply_stack_double, .sizes = "B=2 C=5", .out = "3 B C",
      .inputs = { { "x", "B C" }, { "y", "B C" }, { "z", "B C" } } },
    { .name = NULL }
};
#endif

