/* alignment_cases.h -- generated from chapters/08-alignment.nw. Do not edit. */
#ifndef ALIGNMENT_CASES_H
#define ALIGNMENT_CASES_H
#include "alignment/alignment.h"
#include "gradient/operations.h"

static const size_t align_lengths[] = { 3, 5 };

static inline struct tensor *apply_align(struct tape *tape,
                                         struct tensor **in)
{
    const struct align_how how = { NULL, false };
    return tape_align(tape, in[0], in[1], in[2], in[3], &how);
}

static inline struct tensor *apply_align_padded(struct tape *tape,
                                                struct tensor **in)
{
    const struct align_how how = { align_lengths, false };
    return tape_align(tape, in[0], in[1], in[2], in[3], &how);
}

static inline struct tensor *apply_align_dot(struct tape *tape,
                                             struct tensor **in)
{
    const struct align_how how = { align_lengths, false };
    return tape_align(tape, in[0], in[1], in[2], NULL, &how);
}

static inline struct tensor *apply_align_linear(struct tape *tape,
                                                struct tensor **in)
{
    const struct align_how how = { align_lengths, true };
    return tape_align(tape, in[0], in[1], in[2], in[3], &how);
}

static inline struct tensor *apply_join(struct tape *tape,
                                        struct tensor **in)
{
    return tape_join(tape, in[0], in[1]);
}

static inline struct tensor *apply_stack(struct tape *tape,
                                         struct tensor **in)
{
    return tape_stack(tape, in, 3);
}
#define ALIGNED .sizes = "B=2 S=6 A=5 C=7", .out = "B C", .weights = "B S"
#define ALIGNED_INPUTS { "q", "B A" }, { "k", "B S A" }, { "v", "B S C" }
static const struct operation alignment_cases[] = {
    { "additive", .apply = apply_align, ALIGNED, .places = "S A C",
      .inputs = { ALIGNED_INPUTS, { "va", "A" } } },
    { "additive padded", .apply = apply_align_padded, ALIGNED,
      .lengths = align_lengths, .places = "S A C",
      .inputs = { ALIGNED_INPUTS, { "va", "A" } } },
    { "dot", .apply = apply_align_dot, ALIGNED, .lengths = align_lengths,
      .places = "S A C", .inputs = { ALIGNED_INPUTS } },
    { "linear", .apply = apply_align_linear, ALIGNED,
      .lengths = align_lengths, .places = "S A C", .nothing = "q",
      .inputs = { ALIGNED_INPUTS, { "va", "A" } } },
    { "join", .apply = apply_join, .sizes = "B=3 T=4 C=5 D=2",
      .out = "B T C+D", .inputs = { { "x", "B T C" }, { "y", "B T D" } } },
    { "stack", .apply = apply_stack, .sizes = "B=2 C=5", .out = "3 B C",
      .inputs = { { "x", "B C" }, { "y", "B C" }, { "z", "B C" } } },
    { .name = NULL }
};
#endif

