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
    return tape_beside_rows(tape, in[0], in[1], 1);
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

static const struct operation position_operations[] = {
    { "add rows", .apply = apply_add_rows,
      .inputs = { { "x", "3 4 5" }, { "table", "7 5" } } },
    { "rows beside", .apply = apply_beside_rows,
      .inputs = { { "x", "3 4 5" }, { "table", "7 2" } } },
    { "rotary", .apply = apply_rotary,
      .inputs = { { "x", "2 3 5 6" } } },
    { "bias of scores", .apply = apply_bias,
      .inputs = { { "q", "2 3 4 5" }, { "k", "2 3 6 5" },
                  { "v", "2 3 6 7" }, { "bias", "3 4 6" } } },
    { "relative", .apply = apply_relative,
      .inputs = { { "q", "2 3 4 5" }, { "k", "2 3 6 5" },
                  { "v", "2 3 6 8" }, { "keys", "7 5" },
                  { "values", "7 8" } } },
    { "all at once", .apply = apply_all_places,
      .inputs = { { "q", "2 3 4 5" }, { "k", "2 3 6 5" },
                  { "v", "2 3 6 8" }, { "bias", "3 4 6" },
                  { "keys", "7 5" }, { "values", "7 8" } } },
    { .name = NULL }
};
#endif
