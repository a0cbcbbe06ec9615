/* translator_check.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/check.h"
#include "kit/inference.h"
#include "kit/tried_translator.h"

struct bigram {
    size_t width;
    int order;
    float drop;
    struct tensor *table;             /* (V, V): logits of what follows */
};

static void bigram_make(void *model, size_t units, struct tape *tape)
{
    struct bigram *m = model;
    m->table = tape_parameter(tape, "table", SHAPE(units, units));
}

static void bigram_start(void *model, uint64_t seed)
{
    struct bigram *m = model;
    struct random random = random_new(seed, 5);
    random_normals(m->table->data, m->table->count, 2, &random);
}

static struct tensor *bigram_logits(struct tape *on, const void *model,
                                    const struct batch *b, uint64_t seed)
{
    const struct bigram *m = model;
    (void)seed;
    return tape_embedding(on, m->table, b->before, SHAPE(b->n, b->targets));
}

struct bigrams { size_t rows; float *count; };

static void *bigram_begin(struct translator *t, const struct batch *b,
                          size_t width)
{
    struct bigrams *s = tape_take(t->keep, 1, sizeof *s);
    s->rows = b->n * width;
    s->count = tape_take(t->keep, s->rows, sizeof *s->count);
    for (size_t i = 0; i < s->rows; i++)
        s->count[i] = 0;
    return s;
}

static const float *bigram_next(struct translator *t, void *state,
    const int32_t *ids, const uint32_t *parents, size_t step)
{
    const struct bigram *m = t->model;
    struct bigrams *s = state;
    if (parents)
        rows_follow(s->count, parents, s->rows, 1,
                    tape_scratch(t->tape, s->rows));
    for (size_t i = 0; i < s->rows; i++)
        assert_true(s->count[i]++ == (float)step);
    return tape_embedding(t->tape, m->table, ids, SHAPE(s->rows))->data;
}

static void bigram_fits(const struct safetensors *file, const void *model,
                        size_t units)
{
    (void)model;
    safetensors_require(file, "table", 2, (size_t[]){ units, units });
}

static const struct translator_field bigram_fields[] = {
    { "width", offsetof(struct bigram, width), 9 },
    { "order", offsetof(struct bigram, order), 0, "first|second" }, { 0 } };
static const struct translator_kind bigram_kind = {
    .name = "bigram", .size = sizeof(struct bigram),
    .drop = offsetof(struct bigram, drop), .fields = bigram_fields,
    .make = bigram_make, .start = bigram_start, .fits = bigram_fits,
    .logits = bigram_logits, .begin = bigram_begin, .next = bigram_next };

static struct bigram bigram_sizes = { .width = 7, .order = 1, .drop = .5f };
static struct spelling chosen = { .kind = &bigram_kind,
    .sizes = &bigram_sizes, SPELLING_DEFAULTS };

static struct translator bigram(uint64_t seed)
{
    struct translator t = translator_of(&bigram_kind, &bigram_sizes);
    assert_null(vocabulary_parse(&t.vocabulary, "</s>\n<s>\na\nb\nc"));
    for (int i = 0; i < 2; i++)
        assert_null(units_parse(&t.units[i], "char"));
    translator_new(&t);
    t.kind->start(t.model, seed);
    return t;
}
TEST(a_file_gives_the_translator_back)
{
    char *path = check_path("bigram.safetensors");
    struct translator t = bigram(1), again, page;
    translator_save(path, &t, false);
    translator_load(&again, &bigram_kind, path);
    struct input input = input_open(path);
    unsigned char *bytes = (void *)input_data(&input, input.left);
    translator_embedded(&page, &bigram_kind, bytes);
    free(bytes), input_end(&input);
    struct translator *const read[] = { &again, &page };
    for (size_t i = 0; i < 2; i++) {
        const struct bigram *m = read[i]->model;
        assert_true(m->width == 7 && m->order == 1);
        assert_string_equal(read[i]->vocabulary.text, t.vocabulary.text);
        assert_memory_equal(m->table->data, t.tape->values,
                            t.tape->size * sizeof(float));
        translator_free(read[i]);
    }
    struct translator_kind other = bigram_kind;
    other.name = "trigram";
    CHECK_PRINTS(DIES_FAIL, "'model' is bigram, not trigram",
                 translator_load(&again, &other, path));
    translator_free(&t);
}

TEST(fields_are_refused)
{
    const struct { const char *text; bool good[2]; } is[] = {
        { "1", { true } }, { "9", { true } }, { "10", { false } },
        { "0", { false } }, { "first", { false, true } },
        { "second", { false, true } }, { "third", { false } },
        { "", { false } }, { "fir", { false } }, { "x", { false } } };
    struct bigram m;
    for (size_t i = 0; i < sizeof is / sizeof *is; i++)
        for (size_t f = 0; f < 2; f++) {
            char back[24];
            assert_int_equal(field_set(&m, &bigram_fields[f], is[i].text),
                             is[i].good[f]);
            if (!is[i].good[f])
                continue;
            field_text(back, sizeof back, &bigram_fields[f], &m);
            assert_string_equal(back, is[i].text);
        }
}

TEST(a_beam_has_the_score_of_the_table)
{
    enum { N = 3 };
    int32_t ids[] = { 2, 3, 4 };
    struct example e[N] = { { 1, 0, ids, NULL }, { 3, 0, ids, NULL },
                            { 2, 0, ids, NULL } };
    struct translator t = bigram(2), other = bigram(3);
    const float *const tables[] = { t.tape->values, other.tape->values };
    for (size_t models = 1; models <= 2; models++) {
        struct hypothesis greedy[N];
        struct batch b = batch_new(e, (uint32_t[]){ 0, 1, 2 }, N);
        if (models == 2)
            translator_join(&t, &other);
        tried_beams(&t, e, N, 4);
        translate(greedy, &t, &b, 1, 0);
        batch_free(&b);
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < greedy[i].n; j++) {
                float mean[5] = { 0 }, p[5];
                for (size_t m = 0; m < models; m++) {
                    softmax(p, tables[m] + 5 * (j ? greedy[i].ids[j - 1]
                                                  : VOCABULARY_START), 5);
                    add_to(mean, p, 5);
                }
                assert_int_equal(greedy[i].ids[j], argmax(mean, 5));
            }
    }
    translator_free(&t);
}

static const struct command_option bigram_options[] = {
    SPELLING_VERBS, SPELLING_TRAINING, SPELLING_FILES("long"),
    { "dropout", OPTION_FLOAT, &bigram_sizes.drop, "P", "ignored", "0..<1" },
    { 0 } };
static const struct mode bigram_modes[] = { SPELLING_MODES(""), { 0 } };

/* Words of a command line, with blanks between; status 0 is wanted. */
static void bigram_run(const char *line)
{
    char text[1024], *words[40] = { "bigram" };
    int n = 1;
    snprintf(text, sizeof text, "%s", line);
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " "))
        words[n++] = at;
    CHECK_DIES(0, _exit(program_run(&(struct program){ "bigram", "learns",
        "bigram", bigram_options, NULL, bigram_modes, SPELLING_WORDS }, n,
        words)));
}

TEST(a_table_is_learned)
{
    char line[1024], *pairs = check_path("abc.tsv");
    char *whole = check_path("whole.safetensors");
    char *half = check_path("half.safetensors");
    FILE *file = fopen(pairs, "w");
    assert_non_null(file);
    for (int i = 0; i < 13; i++)
        fputs("x\ta b c\ny\tb c\nz\tc\n", file);
    fclose(file);
    for (int i = 0; i < 3; i++) {
        const int n = snprintf(line, sizeof line, "train --pairs %s --save "
                               "%s ", pairs, i ? half : whole);
        snprintf(line + n, sizeof line - (size_t)n, "%s%s",
                 i < 2 ? "--steps 200 --rate .1 --smoothing 0 "
                         "--batch-tokens 64 " : "--load ",
                 i == 0 ? "" : i == 1 ? "--pause 100" : half);
        bigram_run(line);
    }
    struct translator t, same;
    translator_load(&t, &bigram_kind, whole);
    translator_load(&same, &bigram_kind, half);
    assert_memory_equal(t.tape->values, same.tape->values,
                        t.tape->size * sizeof(float));
    struct pairs p = pairs_read(pairs);
    struct corpus c = corpus_of(&p, &t);
    const struct grade g = speller_grade(&t, &c, 1, 1, 0);
    assert_true(g.count == 3 && g.exact == 1);
    pairs_free(&p), corpus_free(&c);
    translator_free(&t), translator_free(&same);
}

CHECK_MAIN()

