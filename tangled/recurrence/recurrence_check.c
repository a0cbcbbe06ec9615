/* recurrence_check.c -- generated from chapters/07-recurrence.nw. Do not edit. */
#include "kit/conforms.h"
#include "double/recurrence_cases_double.h"
#include "double/seq2seq_double.h"
#include "kit/speller.h"
#include "kit/tried_translator.h"
#include "recurrence/distance.h"
#include "recurrence/forgetful.h"
#include "recurrence/recurrence_cases.h"
#include "recurrence/recurrence_kind.h"

#define SMALL(kind) { .vocabulary = TRIED_V, .layers = 2, \
    .embed = 5, .width = 6, .cell = kind, .drop = .25f, \
    .reading = READ_BACKWARD }

static struct translator small_translator(enum cell_kind cell, uint64_t seed)
{
    const struct seq2seq sizes = SMALL(cell);
    return tried_translator(&seq2seq_kind, &sizes, seed, 21, .6f);
}

static struct tensor_double *small_logits(struct tape_double *t,
                                          const void *model)
{
    struct recurrent_state_double at[RECURRENT_LAYERS];
    struct seq2seq_pass_double p = { t, model, tried_lengths, 5 };
    seq2seq_encode_double(&p, at, tried_source, TRIED_B, TRIED_S);
    p.seed = 6;
    return seq2seq_decode_double(&p, at, tried_before, TRIED_B, TRIED_T);
}

TEST(through_time_by_hand)
{
    const float x[] = { 1, 0, 1 }, w = 1, u = .5f, none = 0;
    const float states[] = { 0, 1, .5f, 1.25f };
    const float slopes[] = { .03125f, .0625f, .125f, .25f };
    const struct recurrent s = { .cell = CELL_LINEAR, .steps = 3, .batch = 1,
        .in = 1, .width = 1, .x = x, .w = &w, .u = &u, .b = &none };
    for (int plain = 0; plain < 2; plain++) {
        struct recurrent how = s;
        float h[4] = { 0 }, dh[4] = { 0 }, dx[3] = { 0 }, gates[3];
        float dw = 0, du = 0, db = 0;
        const struct recurrent_gradients d = { dx, &dw, &du, &db };
        how.plain = plain;
        recurrent_forward(h, NULL, gates, &how);
        CHECK_CLOSE(h, states, 4, 0, 0);
        dh[3] = h[3] - 1;
        recurrent_backward(&d, dh, NULL, gates, h, NULL, &how);
        CHECK_CLOSE(dh, slopes, 4, 0, 0);
        CHECK_CLOSE(&du, &(float){ .25f }, 1, 0, 0);
        CHECK_CLOSE(&db, &(float){ .4375f }, 1, 0, 0);
    }
}

TEST(the_linear_cell_goes_by_the_radius)
{
    enum { C = 2, T = 40 };
    const float u[] = { .6f, -.6f, .6f, .6f }, w[C] = { 0 }, x[T] = { 0 };
    const double radius = spectral_radius(u, C), want = .6 * sqrt(2);
    float norm[T + 1];
    const struct recurrent s = { .cell = CELL_LINEAR, .steps = T, .batch = 1,
        .in = 1, .width = C, .x = x, .w = w, .u = u, .b = w };
    assert_true(fabs(radius - want) < 1e-5);
    distances(norm, &s, 1);
    for (size_t k = 0; k <= T; k++)
        assert_true(fabs((double)(norm[k] / norm[0]) / pow(want, (double)k)
                         - 1) < 1e-4);
}

TEST(a_cell_is_kept_by_hand)
{
    const float b[] = { 0, logf(3), 0, 0 }, none[4] = { 0 }, x[2] = { 0 };
    float h[3] = { 0 }, c[3] = { 1 }, gates[8];
    const float cells[] = { 1, .75f, .5625f };
    const float gate[] = { .5f, .75f, 0, .5f };
    const struct recurrent s = { .cell = CELL_LSTM, .steps = 2, .batch = 1,
        .in = 1, .width = 1, .x = x, .w = none, .u = none, .b = b };
    recurrent_forward(h, c, gates, &s);
    CHECK_CLOSE(c, cells, 3, 1e-6, 0);
    CHECK_CLOSE(gates, gate, 4, 1e-6, 0);
    CHECK_CLOSE(h + 1, &(float){ .5f * tanhf(.75f) }, 1, 1e-6, 0);
}

CONFORMS(recurrence_cases, .golden = "recurrence")

TEST(an_lstm_near_zero_goes_by_its_own_radius)
{
    enum { C = 2, T = 40 };
    const float x[T] = { 0 }, w[4 * C] = { 0 }, b[] = { 0, 0, logf(3),
                                                       logf(3), 0, 0, 0, 0 };
    float u[4 * C * C], norm[T + 1];
    const struct recurrent s = { .cell = CELL_LSTM, .steps = T, .batch = 1,
        .in = 1, .width = C, .x = x, .w = w, .u = u, .b = b };
    for (size_t gate = 0; gate < 4; gate++)
        memcpy(u + gate * C * C, (float[]){ .6f, -.6f, .6f, .6f },
               C * C * sizeof *u);
    distances(norm, &s, 1);
    for (size_t k = 1; k < T; k++)    /* no step has made state 0 */
        assert_true(fabs((double)(norm[k] / norm[1])
                         / pow(.8325, ((double)k - 1) / 2) - 1) < 1e-4);
}

TEST(a_loss_in_every_state_tells)
{
    const float x[] = { 1, 0, 1 }, w = 1, u = .5f, none = 0;
    const struct recurrent s = { .cell = CELL_LINEAR, .steps = 3, .batch = 1,
        .in = 1, .width = 1, .x = x, .w = &w, .u = &u, .b = &none };
    for (int all = 0; all < 2; all++) {
        float h[4] = { 0 }, dx[3] = { 0 }, dw = 0, db = 0, du[2] = { 0 };
        rnn_forward_plain(h, &s);
        for (int bug = 0; bug < 2; bug++) {
            const struct recurrent_gradients d = { dx, &dw, &du[bug], &db };
            float dh[] = { 0, (float)all, (float)all, 1 };
            (bug ? rnn_backward_forgetful : rnn_backward_plain)(&d, dh, h,
                                                                &s);
        }
        assert_int_equal(du[0] == du[1], !all);
    }
}

TEST(a_radius_is_that_of_the_largest_eigenvalue)
{
    const float u[][4] = { { .5f, 0, 0, -.9f }, { .9f, 5, 0, .8f },
                           { 0, 1, 0, 0 } };
    const double want[] = { .9, .9, 0 };
    for (size_t i = 0; i < 3; i++)
        assert_true(fabs(spectral_radius(u[i], 2) - want[i]) < 1e-4);
}

TEST(the_gradient_of_the_whole_model)
{
    for (int cell = 0; cell < 3; cell++) {
        struct tape_double *t = tape_new_double();
        struct seq2seq_double m = SMALL((enum cell_kind_double)cell);
        seq2seq_new_double(&m, t);
        tried_gradient(t, &(struct tried_model){ small_logits, &m,
                                                 tried_targets },
                       17, .3, 1e-6);
        tape_free_double(t);
    }
}

TEST(steps_are_the_whole)
{
    for (int cell = 0; cell < 3; cell++) {
        struct translator t = small_translator((enum cell_kind)cell, 5);
        tried_steps(&t, tried_pairs), translator_free(&t);
    }
}

TEST(padding_changes_nothing)
{
    for (int cell = 0; cell < 3; cell++) {
        struct translator t = small_translator((enum cell_kind)cell, 2);
        tried_padding(&t, tried_pairs), translator_free(&t);
    }
}

TEST(states_follow_the_beam)
{
    size_t ended = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct translator t = small_translator((enum cell_kind)(seed % 3),
                                               seed);
        ended += tried_beams(&t, tried_pairs, TRIED_B, 5);
        translator_free(&t);
    }
    assert_true(ended > 20);
}

TEST(it_learns_six_words)
{
    char *save = check_path("words.safetensors");
    struct pairs p = pairs_read(check_put("words.tsv", "ab\tb a\nba\ta b\n"
        "abc\tc b a\ncab\tb a c\naabb\tb b a a\nccc\tc\n"));
    for (int cell = CELL_RNN; cell <= CELL_LSTM; cell++) {
        struct speller_texts texts;
        const struct seq2seq sizes = { .layers = 1, .embed = 8, .width = 16,
                                       .cell = (enum cell_kind)cell };
        struct speller s = { .t = translator_of(&seq2seq_kind, &sizes),
                             .tokens = 64, .average = 1 };
        units_parse(&s.t.units[SOURCE], "char");
        units_parse(&s.t.units[TARGET], "word");
        s.t.vocabulary = vocabulary_new(&p, &s.t.units[0], &s.t.units[1]);
        translator_new(&s.t);
        s.t.kind->start(s.t.model, 1);
        s.train = corpus_of(&p, &s.t);
        struct training t = speller_training(&s, &texts, 300, 1);
        t.rate = .02, t.warmup = 20;
        while (t.step < t.steps)
            speller_step(&t, &s);
        assert_int_equal(speller_grade(&s.t, &s.train, 1, 1, 0).exact, 6);
        struct translator again;
        translator_save(save, &s.t, false);
        translator_load(&again, &seq2seq_kind, save);
        assert_memory_equal(again.tape->values, s.t.tape->values,
                            s.t.tape->size * sizeof(float));
        translator_free(&again), training_free(&t), speller_free(&s);
    }
    pairs_free(&p);
}

CHECK_MAIN()
