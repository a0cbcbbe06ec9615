/* encoder_check.c -- generated from chapters/14-encoder.nw. Do not edit. */
#include "kit/check.h"
#include "encoder/glosses.h"
#include "encoder/shift.h"
#include "encoder/small.h"
#include "double/small_double.h"
#include "kit/npy.h"

static const struct reader_how small_how = { READ_ENCODER, 8, 2, 1, 6, .1f };

/* small_glosses: two categories that a word tells; readers learn from it. */
static void small_glosses(void)
{
    static char text[8000];
    *text = 0;
    for (int i = 0; i < 160; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%s\tnumber %d of all %s\n", i % 2 ? "food" : "animal", i,
                 i % 2 ? "that we eat" : "dogs");
    check_put("glosses.tsv", text);
    readers.folder = counters.folder = check_folder;
    readers.how = counters.how = &small_how;
    readers.rate = counters.rate = .02;
}

static void small_glosses_free(void)
{
    glosses_free(readers.loaded), glosses_free(counters.loaded);
    readers.loaded = counters.loaded = NULL;
}

TEST(gradients_of_the_whole_encoder_are_its_differences)
{
    for (int kind = 0; kind < SMALL_KINDS; kind++) {
        struct small_double s = small_encoder_double(kind);
        struct tape_double *on = s.on;
        double worst = 0;
        tape_backward_double(on, small_loss_double(&s));
        double *grads = allocate(on->size, sizeof *grads);
        memcpy(grads, on->grads, on->size * sizeof *grads);
        for (size_t i = 0; i < on->size; i++) {
            const double at = on->values[i], step = 1e-5;
            on->values[i] = at + step;
            const double above = small_loss_double(&s)->data[0];
            on->values[i] = at - step;
            const double below = small_loss_double(&s)->data[0];
            on->values[i] = at;
            worst = fmax(worst, fabs((above - below) / (2 * step)
                                     - grads[i]));
        }
        assert_true(on->size > 400 && worst < 1e-8);
        free(grads), tape_free_double(on);
    }
}

TEST(a_causal_encoder_does_not_see_what_comes)
{
    struct small s = small_encoder(SMALL_CAUSAL);
    float before[SMALL_ROWS];
    memcpy(before, small_rows(&s)->data, sizeof before);
    for (size_t t = 1; t < SMALL_T; t++) {
        const int32_t id = s.ids[t];
        s.ids[t] = (id + 1) % SMALL_V;
        const float *after = small_rows(&s)->data;
        CHECK_CLOSE(after, before, t * SMALL_C, 0, 0);
        assert_true(memcmp(after + t * SMALL_C, before + t * SMALL_C,
                           SMALL_C * sizeof *after) != 0);
        s.ids[t] = id;
    }
    small_free(&s);
}

TEST(words_by_hand)
{
    struct vocabulary v;
    struct unit cut[8];
    char text[] = "A DOG, well-bred (and  '75 barking)...";
    assert_null(vocabulary_parse(&v, "</s>\n<s>\n-g\n-ing\ndog"));
    const char *const words[] = { "dog", "barking", "hog", "cat", "g" };
    const int32_t want[] = { 4, 3, 2, WORD_UNKNOWN, WORD_UNKNOWN };
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(word_id(&v, (struct unit){ words[i],
                                     strlen(words[i]) }), want[i]);
    assert_int_equal(words_cut(cut, 8, text), 6);
    const char *const found[] = { "a", "dog", "well-bred", "and", "75",
                                  "barking" };
    for (size_t i = 0; i < 6; i++)
        assert_true(cut[i].n == strlen(found[i])
                    && !memcmp(cut[i].at, found[i], cut[i].n));
    vocabulary_free(&v);
}

TEST(padding_changes_nothing)
{
    struct small s = small_encoder(SMALL_PLAIN);
    float before[SMALL_B * SMALL_K], off = 0;
    s.e.is.drop = 0;
    memcpy(before, small_logits(&s)->data, sizeof before);
    for (size_t i = 0; i < SMALL_B * SMALL_T; i++)
        if (i % SMALL_T >= s.lengths[i / SMALL_T])
            s.ids[i] = (s.ids[i] + 1) % SMALL_V;
    CHECK_CLOSE(small_logits(&s)->data, before, SMALL_B * SMALL_K, 0, 0);
    /* the mistake: nobody says how long the texts are */
    struct encoder_input wrong = small_input(&s);
    wrong.lengths = NULL;
    tape_reset(s.on);
    const float *after = encoder_pooled(s.on, &s.e, &wrong)->data;
    for (size_t i = 0; i < SMALL_B * SMALL_K; i++)
        off = fmaxf(off, fabsf(after[i] - before[i]));
    assert_true(off > .01f);
    small_free(&s);
}

TEST(encoders_agree_with_pytorch)
{
    static const char *const names[] = { "encoder-plain.npy",
        "encoder-causal.npy", "encoder-unplaced.npy" };
    enum { IDS = SMALL_B * SMALL_T, LOGITS = SMALL_B * SMALL_K };
    for (int kind = 0; kind < SMALL_KINDS; kind++) {
        struct array want = check_golden(names[kind]);
        struct small s = small_encoder(kind);
        const size_t n = s.on->size;
        const float *at = want.data + n;
        s.e.is.drop = 0;
        assert_int_equal(want.count, 2 * n + IDS + LOGITS + 1);
        memcpy(s.on->values, want.data, n * sizeof *want.data);
        for (size_t i = 0; i < IDS; i++)
            s.ids[i] = (int32_t)at[i];
        CHECK_CLOSE(small_logits(&s)->data, at + IDS, LOGITS, 1e-5, 1e-5);
        struct tensor *loss = small_loss(&s);
        CHECK_CLOSE(loss->data, at + IDS + LOGITS, 1, 1e-6, 1e-6);
        tape_backward(s.on, loss);
        CHECK_CLOSE(s.on->grads, at + IDS + LOGITS + 1, n, 1e-5, 1e-5);
        small_free(&s), array_free(&want);
    }
}

TEST(only_positions_know_the_order)
{
    for (int kind = 0; kind < SMALL_KINDS; kind += SMALL_UNPLACED) {
        struct small s = small_encoder(kind);
        float before[SMALL_B * SMALL_K], off = 0;
        s.e.is.drop = 0;
        memcpy(before, small_logits(&s)->data, sizeof before);
        for (size_t b = 0; b < SMALL_B; b++) {
            int32_t *ids = s.ids + b * SMALL_T, *end = ids + s.lengths[b] - 1;
            for (ids++; ids < end; ids++, end--) {
                const int32_t id = *ids;
                *ids = *end, *end = id;
            }
        }
        const float *after = small_logits(&s)->data;
        for (size_t i = 0; i < SMALL_B * SMALL_K; i++)
            off = fmaxf(off, fabsf(after[i] - before[i]));
        assert_true(kind == SMALL_UNPLACED ? off < 1e-5f : off > 1e-2f);
        small_free(&s);
    }
}

TEST(answers_are_texts_moved_left)
{
    enum { N = SHIFT_LENGTH, MANY = 50 };
    struct random random = random_new(1, 2);
    int32_t x[MANY * N], y[MANY * N];
    shift_draw(x, y, MANY, &random);
    for (size_t i = 0; i < MANY * N; i++) {
        assert_in_range(x[i], 1, SHIFT_TOKENS - 1);
        assert_int_equal(y[i], i % N == N - 1 ? 0 : x[i + 1]);
    }
}

TEST(a_short_run_learns_to_shift)
{
    shift_how.causal = false;
    CHECK_LEARNS(&shifter, 60, .9);
    CHECK_GOES_ON(&shifter, 4);
}

TEST(the_models_of_the_book_reach_their_floors)
{
    static const char *const files[] = {
        "data/weights/encoder-shift.safetensors",
        "data/weights/encoder-shift-causal.safetensors" };
    for (int causal = 0; causal < 2; causal++) {
        const struct shift_how how = { causal };
        struct learned m = learner_new(&shifter, &how, 1, 1);
        double best = 0;
        weights_load(files[causal], m.tape);
        const struct shift_test test = shift_tested(m.model, 300);
        for (size_t i = 0; i < 2 * 4; i++)
            best = fmax(best, test.super[i / 4][i % 4]);
        if (causal)
            assert_true(test.loss > SHIFT_FLOOR - 1e-3
                        && test.loss < SHIFT_FLOOR + 5e-3 && best == 0
                        && test.place[SHIFT_LENGTH - 1] < .01);
        else
            assert_true(test.loss < .01 && test.right > .9999 && best > .8);
        learned_free(&m);
    }
}

TEST(a_vocabulary_by_hand)
{
    struct pairs all = pairs_read(check_put("a.tsv",
        "x\tThe dog, the barking\nx\tthe hog; dog\n"));
    struct pairs texts = pairs_turned(&all);
    size_t different, once;
    struct vocabulary v = words_vocabulary(&texts, 2, 3, &different, &once);
    assert_string_equal(v.text, "</s>\n<s>\n-g\n-ing\n-king\ndog\nthe");
    assert_int_equal(different, 4);
    assert_int_equal(once, 2);
    vocabulary_free(&v), pairs_free(&texts), pairs_free(&all);
}

TEST(texts_that_are_none_are_refused)
{
    char many[2 * GLOSS_MOST + 1] = "", bad[] = "a \xc3(", none[] = " ,;- ";
    int32_t ids[GLOSS_MOST];
    struct vocabulary v;
    assert_null(vocabulary_parse(&v, "</s>\n<s>\na"));
    for (size_t i = 1; i < GLOSS_MOST; i++)
        strcat(many, "a ");
    assert_null(gloss_wrong(many, strlen(many)));
    strcat(many, "a");
    assert_string_equal(gloss_wrong(many, strlen(many)), "has 64 words, and "
                        "at most 63 are possible");
    assert_int_equal(gloss_ids(ids, NULL, many, &v), GLOSS_MOST);
    assert_true(ids[0] == VOCABULARY_START && ids[GLOSS_MOST - 1] == 2);
    assert_non_null(strstr(gloss_wrong(bad, strlen(bad)), "UTF-8"));
    assert_string_equal(gloss_wrong(none, strlen(none)), "has no word");
    vocabulary_free(&v);
}

TEST(a_bag_by_hand)
{
    static const float table[] = { 0, 0, 1, 1, 4, 1 };
    const int32_t ids[] = { 0, 1, 2, 2, 0, 1 };
    const size_t lengths[] = { 3, 3 };
    const struct reader_how how = { .kind = READ_BAG };
    const struct encoder_input b = { 2, 3, ids, lengths, 0 };
    struct tape *on = tape_new();
    struct reader *r = reader_new(on, &how, 3, 2);
    float logits[4], chances[2];
    memcpy(r->encoder.words->data, table, sizeof table);
    tape_reset(on);
    const float *x = reader_logits(r, &b)->data;
    for (size_t i = 0; i < 4; i++)
        logits[i] = x[i] * sqrtf(3);
    CHECK_CLOSE(logits, ((float[]){ 5, 2, 5, 2 }), 4, 0, 1e-6);
    softmax(chances, logits, 2);
    CHECK_CLOSE(chances, ((float[]){ .953f, .047f }), 2, 5e-4, 0);
    reader_forget(r), tape_free(on);
}

TEST(pairs_are_neighbors_in_order)
{
    int32_t texts[] = { 1, 5, 6, 7, 1, 6, 5, 1, 5, 6 }, kinds[] = { 1, 0, 1 };
    int32_t *ids[] = { texts, texts + 4, texts + 7 }, got[3];
    size_t lengths[] = { 4, 3, 3 };
    const struct gloss_set set = { 3, lengths, kinds, ids };
    const struct reader_how how = { .kind = READ_PAIRS };
    struct tape *on = tape_new();
    struct reader *r = reader_new(on, &how, 8, 2);
    const struct encoder_input b = reader_input(r, got, &set,
        (const uint32_t[]){ 0, 1, 2 }, 3);
    assert_true(b.length == 5 && b.lengths[0] == 5 && b.lengths[1] == 3);
    assert_memory_equal(b.ids, texts + 1, 3 * sizeof *texts);
    assert_memory_equal(got, kinds, sizeof kinds);
    const int32_t first = b.ids[3];
    assert_in_range(first, 8, 8 + READ_HASHES - 1);
    assert_true(b.ids[5 + 2] != first && b.ids[10 + 2] == first);
    reader_forget(r), tape_free(on);
}

TEST(all_readers_learn_and_go_on)
{
    small_glosses();
    for (int kind = 0; kind <= READ_PAIRS; kind++) {
        struct reader_how how = small_how;
        struct learner *l = reader_learner(kind);
        how.kind = kind, l->how = &how;
        CHECK_LEARNS(l, 60, .8);
        CHECK_GOES_ON(l, 6);
        l->how = &small_how;
    }
    small_glosses_free();
}

TEST(a_run_becomes_a_model)
{
    small_glosses();
    struct learned m = learner_fit(&readers, &small_how, 1, 60);
    const struct glosses *g = m.data;
    char text[] = "All of (the) dogs";
    float want[2], got[2];
    size_t n;
    reader_texts_of(&reader_now, &small_how, &g->words, &g->kinds);
    m.training.texts = reader_now.at;
    training_save(check_path("run"), &m.training);
    trained_save(check_path("half"), m.tape, &small_how, &g->words,
                 &g->kinds, NARROW_HALF);
    for (int i = 0; i < 3; i++) {
        char *file = NULL;
        if (i == 2)
            file = text_read(check_path("half"), &n);
        struct trained t = i == 2 ? trained_embedded(file)
            : trained_load(check_path(i ? "half" : "run"));
        assert_true(trained_chances(i ? got : want, &n, NULL, &t, text, 0,
                                    true));
        assert_true(n == 5 && want[0] > .6f);
        CHECK_CLOSE(i ? got : want, want, 2, 2e-3, 0);
        trained_free(&t), free(file);
    }
    learned_free(&m), small_glosses_free();
}

TEST(files_that_are_no_reader_are_refused)
{
    static const char *const good[READER_KEYS] = { "encoder", "encoder",
        "</s>\n<s>\nanimal", "</s>\n<s>\ndog", "8", "2", "1", "6", "0" };
    static const struct { size_t key; const char *text, *why; } bad[] = {
        { 0, "gpt", "is another model" }, { 1, "owl", "unknown 'reader'" },
        { 2, "</s>\n<s>", "no category" }, { 2, "dog", "its 'categories'" },
        { 3, "dog", "its 'vocabulary'" }, { 4, "9", "heads do not divide" },
        { 4, "1e3", "'embed'" }, { 4, "100000", "'embed'" },
        { 5, "0", "'heads'" }, { 5, "3", "heads do not divide" },
        { 6, "9", "'layers'" }, { 7, "-1", "'ff'" }, { 8, "1", "'dropout'" },
        { 8, "nan", "'dropout'" }, { 7, NULL, "has no 'ff'" } };
    for (size_t i = 0; i <= sizeof bad / sizeof *bad; i++) {
        const char *texts[READER_KEYS];
        struct vocabulary words = { 0 }, kinds = { 0 };
        struct reader_how how;
        memcpy(texts, good, sizeof texts);
        if (i < sizeof bad / sizeof *bad)
            texts[bad[i].key] = bad[i].text;
        const char *why = reader_texts_parse(&how, &words, &kinds, texts);
        if (i == sizeof bad / sizeof *bad)
            assert_true(!why && how.hidden == 6 && words.count == 3);
        else if (!why || !strstr(why, bad[i].why))
            fail_msg("%s: said %s", bad[i].why, why ? why : "nothing");
        vocabulary_free(&words), vocabulary_free(&kinds);
    }
}

TEST(the_reader_of_the_book_reads)
{
    struct trained t = trained_load("data/weights/encoder.safetensors");
    struct pairs all = pairs_read("data/glosses/glosses.tsv");
    struct pairs texts = pairs_turned(&all);
    struct pairs test = pairs_part(&texts, PART_TEST);
    const size_t kinds = t.reader->encoder.is.kinds, asked = 100;
    float alone[64], padded[64];
    size_t right = 0, n;
    assert_true(kinds <= 64 && test.count > asked);
    for (size_t i = 0; i < asked; i++) {
        char text[1000];
        snprintf(text, sizeof text, "%s", test.list[i].input);
        assert_true(trained_chances(alone, &n, NULL, &t, text, 0, true));
        assert_true(trained_chances(padded, &n, NULL, &t, text, GLOSS_MOST,
                                    true));
        CHECK_CLOSE(padded, alone, kinds, 1e-5, 1e-4);
        const struct unit kind = gloss_kind(&t.kinds, argmax(alone, kinds));
        right += unit_same(kind, (struct unit){ test.list[i].output,
                                         strlen(test.list[i].output) });
    }
    assert_true(right > 70);
    pairs_free(&test), pairs_free(&texts), pairs_free(&all);
    trained_free(&t);
}

CHECK_MAIN()
