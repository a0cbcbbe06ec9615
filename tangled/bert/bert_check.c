/* bert_check.c -- generated from chapters/15-bert.nw. Do not edit. */
#include "kit/check.h"
#include "bert/tuning.h"
#include "bert/trainer.h"
#include "bert/tiny.h"
#include "double/tiny_double.h"
#include "kit/npy.h"
#ifdef _OPENMP
#include <omp.h>
#endif

static float formula(size_t parameter, size_t i, bool gain)
{
    return (float)(.3 * sin(1 + .7 * (double)parameter + 1.3 * (double)i)
                   + gain);
}

/* The tiny model with the numbers of the formula. */
struct tiny { struct tape *on, *theirs; struct bert b; };

static struct tiny tiny_new(bool causal, float drop)
{
    const struct bert_kind is = tiny_kind(causal, drop);
    struct tiny t = { .on = tape_new() };
    t.b = bert_new(t.on, &is);
    t.theirs = bert_tape(t.on, &t.b);
    for (size_t k = 0; k < t.theirs->count; k++) {
        struct tensor *p = t.theirs->parameters[k];
        const bool gain = strstr(p->name, "LayerNorm.weight") != NULL;
        for (size_t i = 0; i < p->count; i++)
            p->data[i] = formula(k, i, gain);
    }
    bert_move(t.on, &t.b, t.theirs, false);
    return t;
}

static void tiny_free(struct tiny *t)
{
    tape_free(t->theirs), tape_free(t->on);
}

static const float *tiny_rows(struct tiny *t, const struct bert_input *in)
{
    tape_reset(t->on);
    return bert_forward(t->on, &t->b, in)->data;
}

#define SPECIAL_LINES "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"

static struct wordpiece words_of_lines(const char *lines)
{
    struct wordpiece v;
    char text[2000];
    snprintf(text, sizeof text, SPECIAL_LINES "%s", lines);
    const char *wrong = wordpiece_parse(&v, text, strlen(text));
    if (wrong)
        fail_msg("%s", wrong);
    return v;
}

/* Are these the ids of the text? */
static bool cuts_to(const struct wordpiece *v, const char *text,
                    const char *ids)
{
    char said[8192] = "";
    size_t n;
    int32_t *got = wordpiece_encode(&n, v, text, strlen(text));
    for (size_t i = 0; i < n; i++)
        snprintf(said + strlen(said), sizeof said - strlen(said), "%s%d",
                 i ? " " : "", got[i]);
    free(got);
    if (strcmp(said, ids))
        print_message("\"%s\": %s, not %s\n", text, said, ids);
    return !strcmp(said, ids);
}

static struct wordpiece words_golden(void)
{
    return wordpiece_read("tests/golden/bert-vocab.txt");
}

static size_t hex_read(char *out, struct unit hex)
{
    for (size_t i = 0; i < hex.n / 2; i++) {
        char two[3] = { hex.at[2 * i], hex.at[2 * i + 1], 0 };
        out[i] = (char)strtoul(two, NULL, 16);
    }
    return hex.n / 2;
}

/* The hash of the words of before X behind, for all characters X. */
static uint64_t words_hash(const char *before, const char *behind)
{
    uint64_t hash = fnv1a64("", 0);
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[32];
        size_t n = strlen(before), length;
        if (c >= 0xd800 && c < 0xe000)
            continue;
        memcpy(text, before, n);
        n += code_write(text + n, c);
        memcpy(text + n, behind, strlen(behind));
        char *words = basic_text(&length, text, n + strlen(behind));
        for (size_t i = 1; i < length; i++)
            hash = fnv1a64_add(hash, words[i]);
        hash = fnv1a64_add(hash, '\n');
        free(words);
    }
    return hash;
}

static double words_chance(struct finder *f)
{
    double sum = 0;
    finder_count(f);
    for (size_t i = 0; i < f->words.known; i++)
        if (f->counts[i])
            sum += (double)f->counts[i]
                 * log((double)f->counts[i] / (double)f->all);
    return sum;
}

#define ROUND "the cat sat on the mat and the dog sat on the rug; "
static const char round_text[] = ROUND ROUND ROUND ROUND ROUND ROUND ROUND
    ROUND;

static struct filling round_filling(bool causal, float drop)
{
    struct filling f = { .context = 12, .batch = 6, .share = .2f,
                         .held = .25, .filler = { .tape = tape_new() } };
    char *list = wordpiece_train(round_text, strlen(round_text), 60);
    assert_null(wordpiece_parse(&f.filler.words, list, strlen(list)));
    const struct bert_kind is = { f.filler.words.count, 12, 2, 32, 4, 2, 64,
        .fills = true, .causal = causal, .drop = drop };
    f.filler.bert = bert_new(f.filler.tape, &is);
    f.blanks = blanks_new(f.batch * f.context);
    bert_start(&f.filler.bert, 3);
    free(list);
    return f;
}

/* round_train: so many steps of 12, saved; weights (*n); the last loss. */
static double round_train(float *out, size_t *n, const char *load,
                          const char *save, size_t pause, size_t steps)
{
    struct filling_texts texts;
    struct filling f = load ? filling_load(load) : round_filling(false, .1f);
    filling_read(&f, round_text, strlen(round_text), NULL, "round");
    struct training t = filling_training(&f, &texts, steps, 9);
    t.rate = .01;
    assert_int_equal(training_run(&t, &(struct training_task){ .load = load,
        .save = save, .steps = steps, .pause = pause, .model = &f,
        .step = filling_step }), 0);
    *n = t.tape->size;
    assert_true(*n < 40000);
    memcpy(out, t.tape->values, *n * sizeof *out);
    const double loss = t.loss;
    training_free(&t), filling_free(&f);
    return loss;
}

static const char *put(const char *name, const char *text)
{
    const char *path = check_path(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static const char *round_lines(void)
{
    static char text[12000];
    *text = 0;
    for (int i = 0; i < 120; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "%s\tthe %s sat on number %d\n", i % 2 ? "feline" : "canine",
                 i % 2 ? "cat" : "dog", i);
    return put("lines.tsv", text);
}

static double round_tune(float *out, size_t *n, const char *load,
                         const char *save, size_t pause)
{
    struct tuning_texts texts;
    struct tuning s = { .batch = 5 };
    size_t most = 70;
    struct pairs pairs = pairs_read(round_lines());
    const bool run = tuning_load(&s, &most, load, 0, NULL);
    if (!run) {
        struct filler new = filler_classifier(&s.filler, "canine\nfeline",
                                              .1f, 3);
        filler_free(&s.filler), s.filler = new;
    }
    tuning_read(&s, &pairs, most);
    assert_int_equal(s.part[PART_TRAIN].count, 70);
    struct training t = tuning_training(&s, &texts, 40, 4);
    t.rate = 5e-3;
    assert_int_equal(training_run(&t, &(struct training_task){
        .load = run ? load : NULL, .save = save, .steps = 40, .pause = pause,
        .model = &s, .step = tuning_step }), 0);
    *n = t.tape->size;
    assert_true(*n < 40000);
    memcpy(out, t.tape->values, *n * sizeof *out);
    const double right = labeled_right(&s.filler, &s.part[PART_TEST]);
    training_free(&t), tuning_free(&s), pairs_free(&pairs);
    return right;
}

EMBED(bert_book, EMBED_FILE("data/weights/bert.safetensors"));

TEST(both_sides_are_seen)
{
    for (int causal = 0; causal < 2; causal++) {
        struct tiny t = tiny_new(causal, 0);
        struct bert_input in = tiny_input();
        float before[TINY_ROWS];
        int32_t ids[TINY_B * TINY_T];
        memcpy(before, tiny_rows(&t, &in), sizeof before);
        memcpy(ids, tiny_ids, sizeof ids);
        in.ids = ids;
        for (size_t at = 0; at < TINY_T; at++) {
            ids[at] = 8;
            const float *after = tiny_rows(&t, &in);
            for (size_t r = 0; r < TINY_B * TINY_T; r++)
                assert_int_equal(!memcmp(after + r * TINY_C, before
                    + r * TINY_C, TINY_C * sizeof *after),
                    r >= TINY_T || (causal && r < at));
            ids[at] = tiny_ids[at];
        }
        tiny_free(&t);
    }
}

TEST(the_longest_piece_is_taken)
{
    struct wordpiece v = words_of_lines("un\n##able\n##a\n##b\nable\na\n"
                                        "##unable\n,\n");
    assert_true(cuts_to(&v, "unable", "5 6"));
    assert_true(cuts_to(&v, "able un ABLE", "9 5 9"));
    assert_true(cuts_to(&v, "unab, aunable", "5 7 8 12 10 11"));
    assert_true(cuts_to(&v, "unables able", "1 9"));
    assert_true(cuts_to(&v, "", "") && cuts_to(&v, " \n\t", ""));
    assert_true(cuts_to(&v, "un[MASK]able[SEP]", "5 4 9 3"));
    char *text = wordpiece_decode(&v, (const int32_t[]){ 2, 5, 6, 12, 4 }, 5);
    assert_string_equal(text, "[CLS] unable , [MASK]");
    free(text), wordpiece_free(&v);
}

TEST(a_rare_pair_may_be_worth_more)
{
    static const char text[] = "ness less sees quay quit";
    struct finder f = finder_new(text, strlen(text), 100);
    uint64_t pair;
    assert_true(fabs(finder_gain(2, 2, 2, false, 20) - 6.502) < 1e-3);
    assert_true(fabs(finder_gain(3, 4, 5, false, 20) - 2.840) < 1e-3);
    assert_true(finder_best(&pair, &f));
    assert_true(unit_same(f.words.symbols[pair >> 32],
                          (struct unit){ "q", 1 }));
    assert_true(merging_best(&pair, &f.words));
    assert_true(unit_same(f.words.symbols[pair >> 32],
                          (struct unit){ "##e", 3 }));
    finder_free(&f);
}

TEST(what_is_hidden_is_gone)
{
    enum { T = 30 };
    struct wordpiece v = words_of_lines("a\nb\nc\nd\ne\n");
    for (int open = 0; open < 2; open++) {
        struct blanks x = blanks_new(T), y = blanks_new(T);
        struct random random = random_new(15, 1), again = random;
        x.batch = y.batch = 1, x.length = y.length = T;
        for (size_t i = 0; i < T; i++)
            x.ids[i] = 5, y.ids[i] = 6;
        blanks_make(&x, 0, .9f, &v, &random);
        blanks_make(&y, 0, .9f, &v, &again);
        size_t shows = 0, masks = 0;
        for (size_t i = 0; i < x.count; i++) {
            const int32_t at = x.places[i], mask = v.special[SPECIAL_MASK];
            if (open)           /* the mistake: the token stays */
                x.ids[at] = x.want[i], y.ids[at] = y.want[i];
            assert_true(x.want[i] == 5 && y.want[i] == 6);
            assert_true((x.ids[at] == mask) == (y.ids[at] == mask));
            masks += x.ids[at] == mask;
            shows += x.ids[at] != y.ids[at];
        }
        assert_true(open ? shows == x.count : masks > 15 && shows < 9);
        blanks_free(&x), blanks_free(&y);
    }
    wordpiece_free(&v);
}

TEST(the_model_agrees_with_pytorch)
{
    enum { FILL = TINY_ASKED * TINY_V, SORT = TINY_B * TINY_K };
    struct array want = check_golden("bert.npy");
    struct tiny t = tiny_new(false, 0);
    const struct bert_input in = tiny_input();
    const size_t n = t.on->size;
    const float *at = want.data;
    assert_int_equal(want.count, TINY_ROWS + FILL + SORT + 1 + n);
    CHECK_CLOSE(tiny_rows(&t, &in), at, TINY_ROWS, 1e-5, 1e-5);
    struct tensor *z = bert_forward(t.on, &t.b, &in);
    CHECK_CLOSE(bert_fill(t.on, &t.b, z, tiny_places, TINY_ASKED)->data,
                at += TINY_ROWS, FILL, 1e-5, 1e-5);
    CHECK_CLOSE(bert_classify(t.on, &t.b, &in)->data, at += FILL, SORT, 1e-5,
                1e-5);
    struct tensor *loss = tiny_loss(t.on, &t.b);
    CHECK_CLOSE(loss->data, at += SORT, 1, 1e-6, 1e-6);
    tape_backward(t.on, loss);
    memcpy(t.on->values, t.on->grads, n * sizeof *t.on->grads);
    bert_move(t.on, &t.b, t.theirs, true);
    CHECK_CLOSE(t.theirs->values, at + 1, n, 1e-6, 1e-4);
    tiny_free(&t), array_free(&want);
}

TEST(the_gradient_of_the_whole_model)
{
    const struct bert_kind_double is = tiny_kind_double(false, .25);
    struct tape_double *t = tape_new_double();
    struct bert_double b = bert_new_double(t, &is);
    struct random random = random_new(15, 5);
    double worst = 0, slope = 0;
    for (size_t i = 0; i < t->size; i++)
        t->values[i] = .4 * (double)random_normal(&random);
    tape_backward_double(t, tiny_loss_double(t, &b));
    for (size_t i = 0; i < t->size; i++) {
        const double center = t->values[i], step = 1e-5;
        t->values[i] = center + step;
        const double up = tiny_loss_double(t, &b)->data[0];
        t->values[i] = center - step;
        const double down = tiny_loss_double(t, &b)->data[0];
        t->values[i] = center;
        worst = fmax(worst, fabs((up - down) / (2 * step) - t->grads[i]));
        slope = fmax(slope, fabs(t->grads[i]));
    }
    assert_true(slope > .1 && worst < 1e-7);
    tape_free_double(t);
}

TEST(company_changes_nothing)
{
    struct tiny t = tiny_new(false, 0);
    struct bert_input in = tiny_input();
    float all[TINY_ROWS], off = 0;
    int32_t ids[TINY_B * TINY_T];
    memcpy(ids, tiny_ids, sizeof ids);
    for (size_t i = 0; i < TINY_B * TINY_T; i++)
        if (i % TINY_T >= tiny_lengths[i / TINY_T])
            ids[i] = (int32_t)i % TINY_V;
    in.ids = ids;
    memcpy(all, tiny_rows(&t, &in), sizeof all);
    for (size_t b = 0; b < TINY_B; b++) {
        const size_t n = tiny_lengths[b];
        const struct bert_input one = { 1, n, tiny_ids + b * TINY_T,
                                        tiny_types + b * TINY_T, NULL, 0 };
        CHECK_CLOSE(tiny_rows(&t, &one), all + b * TINY_T * TINY_C,
                    n * TINY_C, 2e-6, 2e-6);
    }
    in.ids = tiny_ids;
    const float *again = tiny_rows(&t, &in);
    for (size_t i = 0; i < TINY_B * TINY_T; i++)
        if (i % TINY_T < tiny_lengths[i / TINY_T])
            CHECK_CLOSE(again + i * TINY_C, all + i * TINY_C, TINY_C, 0, 0);
    /* the mistake: nobody says how long the texts are */
    in.lengths = NULL;
    again = tiny_rows(&t, &in);
    for (size_t i = 0; i < TINY_C; i++)
        off = fmaxf(off, fabsf(again[TINY_T * TINY_C + i]
                               - all[TINY_T * TINY_C + i]));
    assert_true(off > .01f);
    tiny_free(&t);
}

TEST(heads_begin_at_their_neighbors)
{
    enum { T = 40, H = 4 };
    const struct bert_kind is = { 50, T, 2, 96, H, 1, 24, .fills = true };
    static const int away[H] = { -1, 1, -2, 2 };
    struct tape *on = tape_new();
    struct bert b = bert_new(on, &is);
    int32_t ids[T];
    bert_start(&b, 1);
    for (int i = 0; i < T; i++)
        ids[i] = 7 * i % 50;
    b.store_attention = true;
    bert_forward(on, &b, &(struct bert_input){ 1, T, ids, NULL, NULL, 0 });
    for (size_t h = 0; h < H; h++)
        for (int t = 2; t < T - 2; t++) {
            const float *row = b.attention[0] + (h * T + (size_t)t) * T;
            assert_int_equal(argmax(row, T), t + away[h]);
        }
    tape_free(on);
}

TEST(vocabularies_that_are_none_are_refused)
{
    static const char *const bad[][2] = {
        { "", "is empty" }, { "a\nb\n", "has no token [PAD]" },
        { "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n", "has no token [MASK]" },
        { SPECIAL_LINES "[MASK]\n", "has \"[MASK]\" in line 5 and in line "
          "6" },
        { SPECIAL_LINES "a\nb\na", "has \"a\" in line 6 and in line 8" },
        { SPECIAL_LINES "a\n\nb\n", "line 7 is empty" },
        { SPECIAL_LINES "a\n\xc3\n", "line 7 is not UTF-8 at byte 1" },
        { SPECIAL_LINES "a\r\n", "line 6 has a control character at byte "
          "2" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct wordpiece v;
        const char *wrong = wordpiece_parse(&v, bad[i][0],
                                            strlen(bad[i][0]));
        assert_non_null(wrong);
        assert_string_equal(wrong, bad[i][1]);
    }
}

TEST(tokens_are_those_of_another_program)
{
    struct wordpiece v = words_golden();
    size_t n, lines = 0;
    char *table = text_read("tests/golden/bert-tokens.tsv", &n);
    const char *at = table, *end = table + n;
    while (at < end) {
        struct unit line = unit_next(&at, end, '\n');
        const char *stop = line.at + line.n, *field = line.at;
        const struct unit kind = unit_next(&field, stop, '\t');
        const struct unit text = unit_next(&field, stop, '\t');
        if (unit_same(kind, (struct unit){ "all", 3 }))
            assert_true(strtoull(text.at, NULL, 16) == words_hash("a", "a"));
        else if (unit_same(kind, (struct unit){ "sigma", 5 }))
            assert_true(strtoull(text.at, NULL, 16)
                        == words_hash("\u0391\u03a3", "\u0392"));
        else {
            char bytes[4096], ids[8192];
            size_t count;
            const size_t length = hex_read(bytes, text);
            int32_t *got = wordpiece_encode(&count, &v, bytes, length);
            *ids = '\0';
            for (size_t i = 0; i < count; i++)
                snprintf(ids + strlen(ids), 16, "%s%d", i ? " " : "",
                         got[i]);
            if (strlen(ids) != (size_t)(stop - field)
                || strncmp(ids, field, strlen(ids)))
                fail_msg("%.*s: %s, not %.*s", (int)text.n, text.at, ids,
                         (int)(stop - field), field);
            free(got), lines++;
        }
    }
    assert_true(lines > 300);
    free(table), wordpiece_free(&v);
}

TEST(words_do_not_look_over_blanks)
{
    struct random random = random_new(15, 3);
    static const char *const parts[] = { "a", "\u0391\u03a3", "'", ".",
        "\u0301", "\u00c9", "\u4e2d", "\xff", "\u00ad", "7" };
    for (int round = 0; round < 300; round++) {
        char text[2][80] = { "", "" }, whole[200];
        size_t n[3];
        for (size_t i = 0; i < 2; i++)
            for (uint32_t k = random_below(&random, 10); k > 0; k--)
                strcat(text[i], parts[random_below(&random, 10)]);
        snprintf(whole, sizeof whole, "%s %s", text[0], text[1]);
        char *a = basic_text(&n[0], text[0], strlen(text[0]));
        char *b = basic_text(&n[1], text[1], strlen(text[1]));
        char *c = basic_text(&n[2], whole, strlen(whole));
        assert_int_equal(n[2], n[0] + n[1] - 1);
        assert_memory_equal(c, a, n[0]);
        assert_memory_equal(c + n[0] - 1, b, n[1]);
        free(a), free(b), free(c);
    }
}

TEST(a_gain_is_what_it_says)
{
    static const char text[] = "that hat, that cat; banana bandana BANANA "
        "aaaa aaa abab baba that hat";
    struct finder f = finder_new(text, strlen(text), 200);
    uint64_t pair;
    size_t merges = 0;
    while (merges < 12 && finder_best(&pair, &f)) {
        const bool same = pair >> 32 == (uint32_t)pair;
        const size_t a = f.counts[pair >> 32], all = f.all;
        const size_t b = f.counts[(uint32_t)pair];
        const double before = words_chance(&f);
        finder_merge(&f, pair);
        const double after = words_chance(&f);
        const size_t n = f.counts[f.words.known - 1];
        const double gain = finder_gain(n, a, b, same, all);
        assert_true(fabs(after - before - gain) < 1e-9);
        merges++;
    }
    assert_true(merges > 8);
    while (f.words.known > 0 && merges-- > 0)
        free((char *)(uintptr_t)f.words.symbols[--f.words.known].at);
    finder_free(&f);
}

TEST(a_vocabulary_is_found)
{
    static const char text[] = "low lower lowest, low lower new newest";
    char *list = wordpiece_train(text, strlen(text), 30), *again;
    struct wordpiece v;
    assert_null(wordpiece_parse(&v, list, strlen(list)));
    assert_true(v.count > 5 + 8 && v.count <= 30);
    assert_true(wordpiece_find(&v, false, (struct unit){ "low", 3 }) > 0);
    for (size_t i = 0; i < v.count; i++)
        assert_true(!strstr(v.text, "####"));
    size_t n;
    int32_t *ids = wordpiece_encode(&n, &v, text, strlen(text));
    for (size_t i = 0; i < n; i++)
        assert_true(ids[i] != v.special[SPECIAL_UNKNOWN]);
    assert_true(n < strlen(text) / 2);
    again = wordpiece_train(text, strlen(text), 30);
    assert_string_equal(again, list);
    free(ids), free(list), free(again), wordpiece_free(&v);
}

TEST(blanks_have_their_shares)
{
    enum { T = 50, MANY = 4000 };
    struct wordpiece v = words_of_lines("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"
        "k\nl\nm\nn\no\np\nq\nr\ns\nt\n");
    struct blanks x = blanks_new(T);
    struct random random = random_new(15, 4);
    double asked = 0, masked = 0, same = 0;
    x.length = T, x.batch = 1;
    for (int i = 0; i < MANY; i++) {
        for (size_t j = 0; j < T; j++)
            x.ids[j] = (int32_t)(5 + j % 20);
        x.count = 0;
        blanks_make(&x, 0, .15f, &v, &random);
        assert_true(x.count > 0);
        for (size_t j = 0; j < x.count; j++) {
            const int32_t at = x.places[j];
            assert_true(at > 0 && at < T - 1
                        && (j == 0 || at > x.places[j - 1]));
            assert_int_equal(x.want[j], 5 + at % 20);
            masked += x.ids[at] == 4, same += x.ids[at] == x.want[j];
        }
        for (size_t j = 0, k = 0; j < T; j++)
            if (k < x.count && x.places[k] == (int32_t)j)
                k++;
            else
                assert_int_equal(x.ids[j], 5 + j % 20);
        asked += (double)x.count;
    }
    const double n = MANY * (T - 2);
    assert_true(fabs(asked / n - .15) < 4 * sqrt(.15 * .85 / n) + 1e-4);
    assert_true(fabs(masked / asked - (.8 + .1 / 25))
                < 4 * sqrt(.8 * .2 / asked));
    assert_true(fabs(same / asked - (.1 + .1 / 25))
                < 4 * sqrt(.1 * .9 / asked));
    blanks_free(&x), wordpiece_free(&v);
}

TEST(a_run_goes_on_to_the_same_bits)
{
    static float one[40000], two[40000];
    size_t n, m;
    round_train(one, &n, NULL, check_path("a"), 0, 12);
    round_train(two, &m, NULL, check_path("b"), 5, 12);
    assert_true(n == m && memcmp(one, two, n * sizeof *one) != 0);
    round_train(two, &m, check_path("b"), check_path("b"), 0, 12);
    assert_memory_equal(one, two, n * sizeof *one);
#ifdef _OPENMP
    const int threads = omp_get_max_threads();
    for (int k = 1; k <= 3; k++) {
        omp_set_num_threads(k);
        round_train(two, &m, NULL, check_path("b"), 0, 12);
        assert_memory_equal(one, two, n * sizeof *one);
    }
    omp_set_num_threads(threads);
#endif
}

TEST(a_round_text_is_learned)
{
    for (int causal = 0; causal < 2; causal++) {
        struct filling_texts texts;
        struct filling f = round_filling(causal, 0);
        filling_read(&f, round_text, strlen(round_text), NULL, "round");
        struct training t = filling_training(&f, &texts, 600, 2);
        t.rate = .003;
        const double before = blanks_right(&f.filler, &f.val, 12, 4, 4, 40);
        while (t.step < t.steps)
            filling_step(&t, &f);
        const double after = blanks_right(&f.filler, &f.val, 12, 4, 4, 40);
        if (before > .3 || after < (causal ? .5 : .8))
            fail_msg("causal %d: right %g before, %g after", causal,
                     before, after);
        training_free(&t), filling_free(&f);
    }
}

TEST(tuning_learns_and_goes_on)
{
    static float one[40000], two[40000];
    size_t n, m;
    round_train(one, &n, NULL, check_path("model"), 0, 12);
    const double right = round_tune(one, &n, check_path("model"),
                                    check_path("a"), 0);
    assert_true(right > .9);
    round_tune(two, &m, check_path("model"), check_path("b"), 17);
    assert_true(n == m && memcmp(one, two, n * sizeof *one) != 0);
    round_tune(two, &m, check_path("b"), check_path("b"), 0);
    assert_memory_equal(one, two, n * sizeof *one);
}

TEST(names_go_both_ways)
{
    struct tiny t = tiny_new(false, 0);
    struct filler f = { .tape = t.on, .bert = t.b,
        .words = words_of_lines("a\nb\nc\nd\ne\nf\ng\nh\n") };
    filler_kinds(&f, "one\ntwo\nthree\nfour\nfive");
    filler_save(check_path("m"), &f, false);
    struct filler g = filler_load(check_path("m"), 0, NULL);
    assert_int_equal(g.tape->size, t.on->size);
    assert_memory_equal(g.tape->values, t.on->values,
                        t.on->size * sizeof(float));
    assert_true(g.bert.is.heads == TINY_H && g.words.count == TINY_V
                && g.bert.is.kinds == TINY_K && kind_of(&g, "three") == 2);
    struct safetensors file = safetensors_read(check_path("m"));
    const struct stored *key = safetensors_find(&file, "bert.encoder.layer."
        "1.attention.self.key.weight");
    const float *w = t.b.layer[1].at[C_ATTN_WEIGHT]->data;
    assert_true(key && key->shape[0] == TINY_C && key->shape[1] == TINY_C);
    assert_true(((const float *)key->data)[3 * TINY_C + 5]
                == w[5 * 3 * TINY_C + TINY_C + 3]);
    /* write the file again under older names */
    static char names[64][96];
    struct stored list[64];
    size_t n = 0;
    for (size_t i = 0; i < file.count; i++) {
        const struct stored *s = &file.tensors[i];
        char *end;
        if (strncmp(s->name, "bert.", 5))
            continue;
        snprintf(names[n], sizeof *names, "%s", s->name + 5);
        if ((end = strstr(names[n], "LayerNorm.weight")))
            strcpy(end, "LayerNorm.gamma");
        if ((end = strstr(names[n], "LayerNorm.bias")))
            strcpy(end, "LayerNorm.beta");
        list[n] = *s, list[n].name = names[n], n++;
    }
    safetensors_write(check_path("old"), list, n, NULL);
    struct filler h = filler_load(check_path("old"), TINY_H, NULL);
    assert_true(!h.bert.is.fills && h.bert.is.pools && !h.words.count);
    const struct bert_input in = tiny_input();
    h.tape->no_grad = true;
    CHECK_CLOSE(bert_forward(h.tape, &h.bert, &in)->data, tiny_rows(&t, &in),
                TINY_ROWS, 0, 0);
    safetensors_free(&file), filler_free(&g), filler_free(&h);
    wordpiece_free(&f.words), free(f.kinds), free(f.kinds_text);
    tiny_free(&t);
}

TEST(the_model_of_the_book_fills_in)
{
    struct filler f = filler_embedded(bert_book);
    struct filler g = filler_load("data/weights/bert.safetensors", 0, NULL);
    assert_int_equal(f.tape->size, g.tape->size);
    assert_memory_equal(f.tape->values, g.tape->values,
                        f.tape->size * sizeof(float));
    size_t n;
    char *text = text_read("data/moby-dick/moby-dick.txt", &n);
    struct passage p = passage_of(&f.words, text, text_held(text, n, .1), n);
    const size_t T = f.bert.is.context, half = T / 2 - 2;
    const double both = blanks_right(&f, &p, T, half, half, 300);
    const double left = blanks_right(&f, &p, T, half, 0, 300);
    assert_true(both > .25 && both > left + .05);
    free(p.ids), free(text), filler_free(&f), filler_free(&g);
}

CHECK_MAIN()
