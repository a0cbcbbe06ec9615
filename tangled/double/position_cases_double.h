/* position_cases_double.h -- generated from position_cases.h by the build. Do not edit. */
/* It is position/position_cases.h of chapters/12-position.nw in double. The book
 * has its names without _double. */

#ifndef POSITION_CASES_H_double
#define POSITION_CASES_H_double
#include "double/operations_double.h"
#include "double/position_double.h"

static inline struct tensor_double *apply_add_rows_double(struct tape_double *tape_double,
                                            struct tensor_double **in)
{
    return tape_add_rows_double(tape_double, in[0], in[1], 2);
}

static inline struct tensor_double *apply_beside_rows_double(struct tape_double *tape_double,
                                               struct tensor_double **in)
{
    return tape_concat_rows_from_double(tape_double, in[0], in[1], 1);
}

static inline struct tensor_double *apply_rotary_double(struct tape_double *tape_double,
                                          struct tensor_double **in)
{
    static double turns[2 * 9 * 3];
    rotary_table_double(turns, turns + 9 * 3, 0, 9, 6);
    return tape_rotary_double(tape_double, in[0], tape_input_double(tape_double, turns, SHAPE_double(2, 9, 3)),
                       4);
}

static inline struct tensor_double *apply_bias_double(struct tape_double *tape_double,
                                        struct tensor_double **in)
{
    return tape_attention_placed_double(tape_double, in[0], in[1], in[2],
                                 &(struct tape_places_double){ .bias = in[3] },
                                 true, NULL);
}

static const size_t placed_lengths_double[] = { 4, 6 };

static inline struct tensor_double *apply_relative_double(struct tape_double *tape_double,
                                            struct tensor_double **in)
{
    return tape_attention_placed_double(tape_double, in[0], in[1], in[2],
        &(struct tape_places_double){ .keys = in[3], .values = in[4] }, false,
        placed_lengths_double);
}

static inline struct tensor_double *apply_all_places_double(struct tape_double *tape_double,
                                              struct tensor_double **in)
{
    return tape_attention_placed_double(tape_double, in[0], in[1], in[2],
        &(struct tape_places_double){ in[3], in[4], in[5] }, true, NULL);
}

#define PLACED_SIZES_double "B=2 H=3 T=4 S=6 D=5 F=7 "
#define PLACED_double .out = "B H T V", .weights = "B H T S"
#define PLACED_INPUTS_double { "q", "B H T D" }, { "k", "B H S D" }, \
    { "v", "B H S V" }
static const struct operation_double position_operations_double[] = {
    { "add rows", .apply = apply_add_rows_double, .sizes = "B=3 T=4 C=5 N=7",
      .out = "B T C", .inputs = { { "x", "B T C" }, { "table", "N C" } } },
    { "rows beside", .apply = apply_beside_rows_double, .sizes = "B=3 T=4 C=5 D=2",
      .out = "B T C+D",
      .inputs = { { "x", "B T C" }, { "table", "C+D D" } } },
    { "rotary", .apply = apply_rotary_double, .sizes = "B=2 H=3 T=5 C=6",
      .out = "B H T C", .causal = true, .inputs = { { "x", "B H T C" } } },
    { "bias of scores", .apply = apply_bias_double, .sizes = PLACED_SIZES_double "V=7",
      PLACED_double, .causal = true,
      .inputs = { PLACED_INPUTS_double, { "bias", "H T S" } } },
    { "relative", .apply = apply_relative_double, .sizes = PLACED_SIZES_double "V=8",
      PLACED_double, .lengths = placed_lengths_double,
      .inputs = { PLACED_INPUTS_double, { "keys", "F D" }, { "values", "F V" } } },
    { "all at once", .apply = apply_all_places_double, .sizes = PLACED_SIZES_double "V=8",
      PLACED_double, .causal = true,
      .inputs = { PLACED_INPUTS_double, { "bias", "H T S" }, { "keys", "F D" },
                  { "values", "F V" } } },
    { .name = NULL }
};
#endif
