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
    return tape_beside_rows_double(tape_double, in[0], in[1], 1);
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

static const struct operation_double position_operations_double[] = {
    { "add rows", .apply = apply_add_rows_double,
      .inputs = { { "x", "3 4 5" }, { "table", "7 5" } } },
    { "rows beside", .apply = apply_beside_rows_double,
      .inputs = { { "x", "3 4 5" }, { "table", "7 2" } } },
    { "rotary", .apply = apply_rotary_double,
      .inputs = { { "x", "2 3 5 6" } } },
    { "bias of scores", .apply = apply_bias_double,
      .inputs = { { "q", "2 3 4 5" }, { "k", "2 3 6 5" },
                  { "v", "2 3 6 7" }, { "bias", "3 4 6" } } },
    { "relative", .apply = apply_relative_double,
      .inputs = { { "q", "2 3 4 5" }, { "k", "2 3 6 5" },
                  { "v", "2 3 6 8" }, { "keys", "7 5" },
                  { "values", "7 8" } } },
    { "all at once", .apply = apply_all_places_double,
      .inputs = { { "q", "2 3 4 5" }, { "k", "2 3 6 5" },
                  { "v", "2 3 6 8" }, { "bias", "3 4 6" },
                  { "keys", "7 5" }, { "values", "7 8" } } },
    { .name = NULL }
};
#endif
