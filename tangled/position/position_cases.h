/* position_cases.h -- generated from chapters/12-position.nw. Do not edit. */
#ifndef POSITION_CASES_H
#define POSITION_CASES_H
#include "gradient/operations.h"
#include "position/position.h"

static inline struct tensor *apply_add_rows(struct tape *tape,
                                            struct tensor **in)
{
    return tape_add_rows(tape, in[0], in[1], 2);
}

static inline struct tensor *apply_beside_rows(struct tape *tape,
                                               struct tensor **in)
{
    return tape_concat_rows_from(tape, in[0], in[1], 1);
}

static inline struct tensor *apply_rotary(struct tape *tape,
                                          struct tensor **in)
{
    static float turns[2 * 9 * 3];
    rotary_table(turns, turns + 9 * 3, 0, 9, 6);
    return tape_rotary(tape, in[0], tape_input(tape, turns, SHAPE(2, 9, 3)),
                       4);
}

static inline struct tensor *apply_bias(struct tape *tape,
                                        struct tensor **in)
{
    return tape_attention_placed(tape, in[0], in[1], in[2],
                                 &(struct tape_places){ .bias = in[3] },
                                 true, NULL);
}

static const size_t placed_lengths[] = { 4, 6 };

static inline struct tensor *apply_relative(struct tape *tape,
                                            struct tensor **in)
{
    return tape_attention_placed(tape, in[0], in[1], in[2],
        &(struct tape_places){ .keys = in[3], .values = in[4] }, false,
        placed_lengths);
}

static inline struct tensor *apply_all_places(struct tape *tape,
                                              struct tensor **in)
{
    return tape_attention_placed(tape, in[0], in[1], in[2],
        &(struct tape_places){ in[3], in[4], in[5] }, true, NULL);
}

#define PLACED_SIZES "B=2 H=3 T=4 S=6 D=5 F=7 "
#define PLACED .out = "B H T V", .weights = "B H T S"
#define PLACED_INPUTS { "q", "B H T D" }, { "k", "B H S D" }, \
    { "v", "B H S V" }
static const struct operation position_operations[] = {
    { "add rows", .apply = apply_add_rows, .sizes = "B=3 T=4 C=5 N=7",
      .out = "B T C", .inputs = { { "x", "B T C" }, { "table", "N C" } } },
    { "rows beside", .apply = apply_beside_rows, .sizes = "B=3 T=4 C=5 D=2",
      .out = "B T C+D",
      .inputs = { { "x", "B T C" }, { "table", "C+D D" } } },
    { "rotary", .apply = apply_rotary, .sizes = "B=2 H=3 T=5 C=6",
      .out = "B H T C", .causal = true, .inputs = { { "x", "B H T C" } } },
    { "bias of scores", .apply = apply_bias, .sizes = PLACED_SIZES "V=7",
      PLACED, .causal = true,
      .inputs = { PLACED_INPUTS, { "bias", "H T S" } } },
    { "relative", .apply = apply_relative, .sizes = PLACED_SIZES "V=8",
      PLACED, .lengths = placed_lengths,
      .inputs = { PLACED_INPUTS, { "keys", "F D" }, { "values", "F V" } } },
    { "all at once", .apply = apply_all_places, .sizes = PLACED_SIZES "V=8",
      PLACED, .causal = true,
      .inputs = { PLACED_INPUTS, { "bias", "H T S" }, { "keys", "F D" },
                  { "values", "F V" } } },
    { .name = NULL }
};
#endif
