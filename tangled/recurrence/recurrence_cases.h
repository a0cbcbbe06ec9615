/* recurrence_cases.h -- generated from chapters/07-recurrence.nw. Do not edit. */
#ifndef RECURRENCE_CASES_H
#define RECURRENCE_CASES_H
#include "gradient/operations.h"
#include "recurrence/recurrence.h"

static const size_t recurrence_lengths[] = { 4, 2 };

static inline struct tensor *recurrence_try(struct tape *tape,
    struct tensor **in, struct recurrent_how how, bool cells)
{
    const bool lstm = how.cell == CELL_LSTM;
    const struct recurrent_layer p = { in[1], in[2], in[3] };
    struct tensor *all = tape_recurrence(tape, in[0], &p,
        (struct recurrent_state){ in[4], lstm ? in[5] : NULL }, &how);
    const size_t T = all->shape[1] - 1, B = all->shape[2], C = all->shape[3];
    if (!cells)
        return recurrence_states(tape, all, &how);
    return tape_part(tape, all, (T + 1) * B * C + (how.backwards ? 0 : B * C),
                     SHAPE(T, B, C));
}

/* TRIED: the functions tried_WHICH and loops_WHICH.  The double of a name
 * that the build knows has others. */
enum { LINEAR, RNN, RNN_BACK, LSTM, LSTM_CELLS, LSTM_SHORT, LSTM_BACK };
#define TRIED_BY(name, plain, cells, ...) \
    static inline struct tensor *name(struct tape *tape, struct tensor **in) \
    { \
        return recurrence_try(tape, in, \
                              (struct recurrent_how){ __VA_ARGS__, plain }, \
                              cells); \
    }
#define TRIED(which, cells, ...) \
    TRIED_BY(tried_##which, false, cells, __VA_ARGS__) \
    TRIED_BY(loops_##which, true, cells, __VA_ARGS__)
TRIED(LINEAR, false, CELL_LINEAR, NULL, false)
TRIED(RNN, false, CELL_RNN, NULL, false)
TRIED(RNN_BACK, false, CELL_RNN, recurrence_lengths, true)
TRIED(LSTM, false, CELL_LSTM, NULL, false)
TRIED(LSTM_CELLS, true, CELL_LSTM, NULL, false)
TRIED(LSTM_SHORT, false, CELL_LSTM, recurrence_lengths, false)
TRIED(LSTM_BACK, true, CELL_LSTM, recurrence_lengths, true)
#define OF_TRIED(which) .apply = tried_##which, .plain = loops_##which, \
    .out = "T B C", .spread = .5f, .sizes = "B=2 T=4 I=3 C=5"
#define BY_ONE .inputs = { { "x", "T B I" }, { "w", "C I" }, \
    { "u", "C C" }, { "b", "C" }, { "h", "B C" } }
#define BY_FOUR .inputs = { { "x", "T B I" }, { "w", "4*C I" }, \
    { "u", "4*C C" }, { "b", "4*C" }, { "h", "B C" }, { "c", "B C" } }
static const struct operation recurrence_cases[] = {
    { "linear", OF_TRIED(LINEAR), .causal = true, .golden = "", BY_ONE },
    { "rnn", OF_TRIED(RNN), .causal = true, BY_ONE },
    { "rnn back", OF_TRIED(RNN_BACK), .lengths = recurrence_lengths,
      BY_ONE },
    { "lstm", OF_TRIED(LSTM), .causal = true,
      .large = "B=64 T=5 I=130 C=140", BY_FOUR },
    { "lstm cells", OF_TRIED(LSTM_CELLS), .causal = true, BY_FOUR },
    { "lstm short", OF_TRIED(LSTM_SHORT), .lengths = recurrence_lengths,
      BY_FOUR },
    { "lstm back", OF_TRIED(LSTM_BACK), .lengths = recurrence_lengths,
      BY_FOUR },
    { .name = NULL }
};
#endif

