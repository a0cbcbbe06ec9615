/* recurrence_cases_double.h -- generated from recurrence_cases.h by the build. Do not edit. */
/* It is recurrence/recurrence_cases.h of chapters/07-recurrence.nw in double. The book
 * has its names without _double. */

#ifndef RECURRENCE_CASES_H_double
#define RECURRENCE_CASES_H_double
#include "double/operations_double.h"
#include "double/recurrence_double.h"

static const size_t recurrence_lengths_double[] = { 4, 2 };

static inline struct tensor_double *recurrence_try_double(struct tape_double *tape_double,
    struct tensor_double **in, struct recurrent_how_double how, bool cells)
{
    const bool lstm = how.cell == CELL_LSTM_double;
    const struct recurrent_layer_double p = { in[1], in[2], in[3] };
    struct tensor_double *all = tape_recurrence_double(tape_double, in[0], &p,
        (struct recurrent_state_double){ in[4], lstm ? in[5] : NULL }, &how);
    const size_t T = all->shape[1] - 1, B = all->shape[2], C = all->shape[3];
    if (!cells)
        return recurrence_states_double(tape_double, all, &how);
    return tape_part_double(tape_double, all, (T + 1) * B * C + (how.backwards ? 0 : B * C),
                     SHAPE_double(T, B, C));
}

/* TRIED: the functions tried_WHICH and loops_WHICH.  The double of a name
 * that the build knows has others. */
enum { LINEAR_double, RNN_double, RNN_BACK_double, LSTM_double, LSTM_CELLS_double, LSTM_SHORT_double, LSTM_BACK_double };
#define TRIED_BY_double(name, plain, cells, ...) \
    static inline struct tensor_double *name(struct tape_double *tape_double, struct tensor_double **in) \
    { \
        return recurrence_try_double(tape_double, in, \
                              (struct recurrent_how_double){ __VA_ARGS__, plain }, \
                              cells); \
    }
#define TRIED_double(which, cells, ...) \
    TRIED_BY_double(tried_##which, false, cells, __VA_ARGS__) \
    TRIED_BY_double(loops_##which, true, cells, __VA_ARGS__)
TRIED_double(LINEAR_double, false, CELL_LINEAR_double, NULL, false)
TRIED_double(RNN_double, false, CELL_RNN_double, NULL, false)
TRIED_double(RNN_BACK_double, false, CELL_RNN_double, recurrence_lengths_double, true)
TRIED_double(LSTM_double, false, CELL_LSTM_double, NULL, false)
TRIED_double(LSTM_CELLS_double, true, CELL_LSTM_double, NULL, false)
TRIED_double(LSTM_SHORT_double, false, CELL_LSTM_double, recurrence_lengths_double, false)
TRIED_double(LSTM_BACK_double, true, CELL_LSTM_double, recurrence_lengths_double, true)
#define OF_TRIED_double(which) .apply = tried_##which, .plain = loops_##which, \
    .out = "T B C", .spread = .5, .sizes = "B=2 T=4 I=3 C=5"
#define BY_ONE_double .inputs = { { "x", "T B I" }, { "w", "C I" }, \
    { "u", "C C" }, { "b", "C" }, { "h", "B C" } }
#define BY_FOUR_double .inputs = { { "x", "T B I" }, { "w", "4*C I" }, \
    { "u", "4*C C" }, { "b", "4*C" }, { "h", "B C" }, { "c", "B C" } }
static const struct operation_double recurrence_cases_double[] = {
    { "linear", OF_TRIED_double(LINEAR_double), .causal = true, .golden = "", BY_ONE_double },
    { "rnn", OF_TRIED_double(RNN_double), .causal = true, BY_ONE_double },
    { "rnn back", OF_TRIED_double(RNN_BACK_double), .lengths = recurrence_lengths_double,
      BY_ONE_double },
    { "lstm", OF_TRIED_double(LSTM_double), .causal = true,
      .large = "B=64 T=5 I=130 C=140", BY_FOUR_double },
    { "lstm cells", OF_TRIED_double(LSTM_CELLS_double), .causal = true, BY_FOUR_double },
    { "lstm short", OF_TRIED_double(LSTM_SHORT_double), .lengths = recurrence_lengths_double,
      BY_FOUR_double },
    { "lstm back", OF_TRIED_double(LSTM_BACK_double), .lengths = recurrence_lengths_double,
      BY_FOUR_double },
    { .name = NULL }
};
#endif

