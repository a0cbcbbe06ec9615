/* gpt_check.c -- generated from chapters/16-gpt.nw. Do not edit. */
#include "kit/check.h"
#include "gradient/differences.h"
#include "double/gpt_double.h"
#include "gpt/decode.h"
#include "gpt/heads.h"
#include "gpt/run.h"
#include "gpt/sample.h"

static char *merges_published(void)
{
    size_t n;
    return text_read("data/gpt2/vocab.bpe", &n);
}

static struct tokens tokens_gpt2(void)
{
    struct tokens t;
    char *text = merges_published();
    assert_null(tokens_parse(&t, "gpt2", text));
    free(text);
    return t;
}

/* Random text: letters that repeat, blanks, signs, and any bytes. */
static char *random_text(size_t n, int letters, struct random *random)
{
    char *text = allocate(n + 1, 1);
    for (size_t i = 0; i < n; i++) {
        uint32_t what = random_below(random, 40);
        text[i] = (char)(what == 0 ? random_below(random, 256)
            : what < 6 ? ' ' : what == 6 ? '\n' : what == 7 ? '\''
            : 'a' + random_below(random, (uint32_t)letters));
    }
    return text;
}

/* A line of the file: words between tabs. */
struct asked { char *text; size_t n, count; int32_t ids[4096]; };

static size_t hex_read(char *out, struct unit hex)
{
    for (size_t i = 0; i < hex.n / 2; i++) {
        char two[3] = { hex.at[2 * i], hex.at[2 * i + 1], 0 };
        out[i] = (char)strtoul(two, NULL, 16);
    }
    return hex.n / 2;
}

/* asked_next: the next line of this kind; its text is to be freed. */
static bool asked_next(struct asked *a, const char **at, const char *kind)
{
    while (**at) {
        const char *end = *at + strcspn(*at, "\n");
        struct unit word = unit_next(at, end, '\t');
        struct unit hex = unit_next(at, end, '\t');
        const char *ids = *at;
        *at = *end ? end + 1 : end;
        if (word.n != strlen(kind) || memcmp(word.at, kind, word.n))
            continue;
        a->text = allocate(hex.n + 1, 1);
        a->n = hex_read(a->text, hex), a->count = 0;
        while (ids < end) {
            char *after;
            assert_true(a->count < 4096);
            a->ids[a->count++] = (int32_t)strtol(ids, &after, 10);
            ids = after + (*after == ' ');
        }
        return true;
    }
    return false;
}

/* The hash, and before it the count, of a line "long NAME COUNT HASH". */
static uint64_t hash_wanted(const char *line, size_t *count)
{
    size_t n;
    char *file = text_read("tests/golden/gpt-tokens.tsv", &n);
    const char *at = strstr(file, line);
    assert_non_null(at);
    at += strlen(line);
    if (count) {
        char *end;
        *count = strtoull(at, &end, 10);
        at = end + 1;
    }
    const uint64_t hash = strtoull(at, NULL, 16);
    free(file);
    return hash;
}

/* The random numbers of tests/golden/gpt.mjs. */
static uint32_t lehmer;
static uint32_t lehmer_below(uint32_t n)
{
    lehmer = lehmer * 1664525 + 1013904223;
    return (lehmer >> 8) % n;
}

enum { SMALL_V = 11, SMALL_P = 7, SMALL_C = 6, SMALL_B = 4, SMALL_T = 5 };
static const int32_t small_ids[] = { 5, 2, 9, 3, 10,  7, 10, 4, 0, 0,
                                     1, 1, 8, 6, 2,  3, 0, 10, 9, 5 };
static const int32_t small_want[] = { 2, 9, 3, 10, 1,  10, 4, 0, 0, 6,
                                      1, 8, 6, 2, 7,  0, 10, 9, 5, 4 };
static const struct gpt_kind small_kind = { SMALL_V, SMALL_P, SMALL_C, 3, 2,
                                            0 };

/* A model of random weights, for eleven letters. */
static struct writer small_writer(uint64_t seed)
{
    struct tokens t;
    struct random random = random_new(seed, 16);
    assert_null(tokens_new(&t, "char", "abcdefghijk", 11, NULL));
    struct writer w = writer_new(&small_kind, &t);
    random_normals(w.tape->values, w.tape->size, .4f, &random);
    return w;
}

static const float *small_logits(struct writer *w, const int32_t *ids,
                                 size_t n, size_t length)
{
    tape_reset(w->tape);
    return gpt_forward(w->tape, &w->gpt, ids, n, length, 0)->data;
}

static struct windows small_windows(void)
{
    struct windows w = windows_new(SMALL_B, SMALL_T);
    memcpy(w.ids, small_ids, sizeof small_ids);
    memcpy(w.want, small_want, sizeof small_want);
    return w;
}

enum { DEEP_V = 61, DEEP_B = 2, DEEP_T = 19 };
static const struct gpt_kind deep_kind = { DEEP_V, 23, 48, 4, 12, 0 };

/* As formula of tests/golden/gpt.py. */
static uint32_t deep_bits(size_t i)
{
    const uint32_t x = (uint32_t)i * 2654435761u;
    return (x ^ x >> 15) * 2246822519u;
}

static struct gpt deep_new(struct tape *tape)
{
    struct gpt g = gpt_new(tape, &deep_kind);
    for (size_t i = 0; i < tape->size; i++)
        tape->values[i] = (float)((int)(deep_bits(i) >> 20) - 2048) / 8192;
    for (size_t i = 0; i < tape->count; i++) {
        struct tensor *p = tape->parameters[i];
        const bool gain = strstr(p->name, "ln_") && strstr(p->name, "weight");
        for (size_t j = 0; gain && j < p->count; j++)
            p->data[j] += 1;
    }
    return g;
}

static double gpt_loss_double(struct tape_double *t, struct gpt_double *g,
                              bool backward)
{
    tape_reset_double(t);
    struct tensor_double *x = gpt_forward_double(t, g, small_ids, SMALL_B,
                                                 SMALL_T, 5);
    x = tape_cross_entropy_double(t, x, small_want, 0, -1);
    if (backward)
        tape_backward_double(t, x);
    return x->data[0];
}

static const char round_text[] = "the cat sat on the mat and the cat sat on "
    "the mat and the cat sat on the mat and the cat sat on the mat and the ";

static struct run small_run(float drop)
{
    const struct gpt_kind is = { 0, 8, 12, 3, 2, drop };
    struct tokens t;
    const size_t n = strlen(round_text);
    assert_null(tokens_new(&t, "char", round_text, n, NULL));
    struct run r = { writer_new(&is, &t), .accumulate = 2, .held = .2,
                     .windows = windows_new(5, 8) };
    gpt_start(&r.writer.gpt, 4);
    run_read(&r, round_text, n, "round");
    return r;
}

static double small_trained(float *out, size_t *n, const char *load,
                            const char *save, size_t pause)
{
    struct run_texts texts;
    struct run r = small_run(.1f);
    if (load) {
        run_free(&r), run_load(&r, load, NULL);
        run_read(&r, round_text, strlen(round_text), "round");
    }
    struct training t = run_training(&r, &texts, 12, 9);
    t.rate = .01, t.warmup = 3;
    assert_int_equal(training_run(&t, &(struct training_task){ .load = load,
        .save = save, .steps = 12, .pause = pause, .model = &r,
        .step = run_step }), 0);
    *n = t.tape->size;
    memcpy(out, t.tape->values, *n * sizeof *out);
    const double loss = t.loss;
    writer_texts_free(&texts.model), training_free(&t), run_free(&r);
    return loss;
}

/* A file like one of Hugging Face. type: of the matrices. */
static void face_save(const char *path, const struct tape *tape,
                      const char *prefix, enum stored_type type,
                      const char *table)
{
    static char names[40][64];
    const size_t n = tape->count, one[] = { 1, 1, SMALL_P, SMALL_P };
    static float mask[SMALL_P * SMALL_P];
    struct stored list[40];
    uint16_t *small = allocate(tape->size, sizeof *small);
    REQUIRE(n + 4 <= 40);
    for (size_t i = 0, at = 0; i < n; i++) {
        const struct tensor *p = tape->parameters[i];
        const bool is = type != STORED_F32 && p->rank == 2;
        snprintf(names[i], sizeof *names, "%s%s", prefix, p->name);
        for (size_t j = 0; j < p->count; j++) {
            uint32_t bits;
            memcpy(&bits, &p->data[j], 4);
            small[at + j] = type == STORED_F16 ? half_narrow(p->data[j])
                          : (uint16_t)(bits >> 16);
        }
        list[i] = stored_new(names[i], is ? type : STORED_F32,
                             is ? (const void *)(small + at) : p->data,
                             p->rank, p->shape);
        at += p->count;
    }
    for (size_t i = 0; i < 3; i++) {
        snprintf(names[n + i], sizeof *names, i < 2 ? "%sh.%zu.attn.bias"
                 : "%sh.%zu.attn.masked_bias", prefix, i % 2);
        list[n + i] = stored_floats(names[n + i], mask, i < 2 ? 4 : 0, one);
    }
    list[n + 3] = list[0], list[n + 3].name = table;
    safetensors_write(path, list, n + 4, NULL);
    free(small);
}

enum { READER_V = 37, READER_T = 21 };

static const struct gpt_kind reader_kind = { READER_V, READER_T, 30, 5, 3,
                                             0 };

static struct gpt reader_new(struct tape *tape, const struct gpt_kind *is)
{
    struct random random = random_new(16, 5);
    struct gpt g = gpt_new(tape, is);
    gpt_start(&g, 5);
    for (size_t i = 0; i < tape->size; i++)
        tape->values[i] += .1f * random_normal(&random);
    tape->no_grad = true;
    return g;
}

static void reader_ids(int32_t *ids, size_t n, size_t tokens)
{
    struct random random = random_new(16, 6);
    for (size_t i = 0; i < n; i++)
        ids[i] = (int32_t)random_below(&random, (uint32_t)tokens);
}
static const char hats[] = "that hat, that cat";

TEST(three_merges_by_hand)
{
    static const char *const tokens[] = { "at", "hat", "that" };
    int32_t chat[4], dog[3], want[2];
    struct bpe b = bpe_train_plain(hats, strlen(hats), 1000);
    assert_int_equal(b.merges, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct unit t = b.tokens[256 + i];
        assert_int_equal(t.n, strlen(tokens[i]));
        assert_memory_equal(t.at, tokens[i], t.n);
    }
    want[0] = b.of_byte['c'], want[1] = 257;
    for (size_t i = 0; i < 4; i++)
        chat[i] = b.of_byte[(unsigned char)"chat"[i]];
    for (size_t i = 0; i < 3; i++)
        dog[i] = b.of_byte[(unsigned char)"dog"[i]];
    assert_int_equal(bpe_merge_plain(chat, 4, &b), 2);
    assert_memory_equal(chat, want, sizeof want);
    assert_int_equal(bpe_merge_plain(dog, 3, &b), 3);
    bpe_free(&b);
}

TEST(choices_by_hand)
{
    static const struct { struct sampling how; float parts[4]; } by_hand[] = {
        { { 1, 0, 1, 1 }, { 8, 4, 2, 2 } },
        { { .5, 0, 1, 1 }, { 64, 16, 4, 4 } },
        { { 0, 0, 1, 1 }, { 1, 0, 0, 0 } },
        { { 1, 2, 1, 1 }, { 8, 4, 0, 0 } },
        { { 1, 0, .8, 1 }, { 8, 4, 2, 0 } } };
    const float logits[] = { logf(8), logf(4), logf(2), logf(2) };
    const int32_t written[] = { 0, 3, 0 };
    float p[4], sum;
    for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++) {
        sample_probabilities(p, logits, 4, &by_hand[i].how, written, 0);
        sum = row_sum(by_hand[i].parts, 4);
        for (size_t j = 0; j < 4; j++)
            assert_true(fabsf(p[j] - by_hand[i].parts[j] / sum) < 1e-6f);
    }
    sample_probabilities(p, logits, 4, &(struct sampling){ 1, 0, 1, 3 },
                         written, 3);
    sum = 2 + 4 + 2 + cbrtf(2);
    assert_true(fabsf(p[0] - 2 / sum) < 1e-6f);
    assert_true(fabsf(p[3] - cbrtf(2) / sum) < 1e-6f);
}

TEST(an_induction_head_by_hand)
{
    float is[100] = { 0 }, even[100] = { 0 };
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j <= i; j++) {
            is[i * 10 + j] = i < 5 ? 1 / (float)(i + 1) : j == i - 4;
            even[i * 10 + j] = 1 / (float)(i + 1);
        }
    assert_float_equal(induction_score(is, 5), 1, 1e-6f);
    assert_float_equal(induction_score(even, 5),
                       (1 / 6.f + 1 / 7.f + 1 / 8.f + 1 / 9.f + .1f) / 5,
                       1e-6f);
}

static void agrees(const char *kind, size_t least)
{
    size_t n, lines = 0, count;
    struct tokens t = tokens_gpt2();
    char *file = text_read("tests/golden/gpt-tokens.tsv", &n);
    const char *at = file;
    static struct asked a;
    for (; asked_next(&a, &at, kind); lines++) {
        int32_t *ids;
        assert_null(tokens_encode(&ids, &count, &t, a.text, a.n));
        if (count != a.count || memcmp(ids, a.ids, count * sizeof *ids))
            fail_msg("line %zu of kind %s differs: \"%s\"", lines + 1, kind,
                     shown(a.text));
        char *back = tokens_decode(&n, &t, ids, count);
        assert_int_equal(n, a.n);
        assert_memory_equal(back, a.text, n);
        free(back), free(ids), free(a.text);
    }
    assert_true(lines >= least);
    free(file), tokens_free(&t);
}

TEST(ids_are_those_of_two_other_programs)
{
    agrees("text", 200);
}

TEST(bytes_that_are_no_text_are_signs_with_bytes_of_their_own)
{
    agrees("bytes", 40);
}

TEST(classes_of_all_code_points)
{
    char *all = allocate(0x110000, 1);
    size_t bytes;
    char_class("a", 1, &bytes);
    for (uint32_t c = 0; c < 0x110000; c++)
        all[c] = c >= 0xd800 && c < 0xe000 ? 0 : (char)class_of(c);
    assert_true(fnv1a64(all, 0x110000) == hash_wanted("classes\t", NULL));
    free(all);
}

TEST(a_megabyte_without_a_blank)
{
    static const char *const names[] = { "letters", "one", "same line",
                                         "characters" };
    struct tokens t = tokens_gpt2();
    char *text = allocate(1000008, 1), line[40];
    for (int kind = 0; kind < 4; kind++) {
        size_t n = 0, count, wanted;
        lehmer = 1;
        while (n < 1000000)
            n += kind == 3 ? code_write(text + n,
                                        0x4e00 + lehmer_below(0x5000))
               : (text[n] = (char)(kind == 0 ? 'a' + lehmer_below(26)
                                   : kind == 1 ? 'a' : '\n'), (size_t)1);
        snprintf(line, sizeof line, "long\t%s\t", names[kind]);
        const uint64_t hash = hash_wanted(line, &wanted);
        int32_t *ids;
        assert_null(tokens_encode(&ids, &count, &t, text, n));
        assert_int_equal(count, wanted);
        assert_true(fnv1a64((char *)ids, 4 * count) == hash);
        free(ids);
    }
    free(text), tokens_free(&t);
}

static void bpe_same(const struct bpe *a, const struct bpe *b)
{
    assert_int_equal(a->merges, b->merges);
    assert_memory_equal(a->pairs, b->pairs, a->merges * sizeof *a->pairs);
}

TEST(the_quick_trainer_finds_the_same_merges)
{
    struct random random = random_new(16, 1);
    size_t merges = 0;
    for (int i = 0; i < 30; i++) {
        const size_t n = 1 + random_below(&random, i < 20 ? 300 : 4000);
        char *text = random_text(n, 1 + i % 7, &random);
        struct bpe plain = bpe_train_plain(text, n, 256 + 20 * (size_t)i);
        struct bpe quick = bpe_train(text, n, 256 + 20 * (size_t)i);
        bpe_same(&plain, &quick);
        merges += plain.merges;
        bpe_free(&plain), bpe_free(&quick), free(text);
    }
    assert_true(merges > 1000);
}

TEST(the_heap_merges_as_the_loop_does)
{
    struct random random = random_new(16, 2);
    for (int i = 0; i < 40; i++) {
        const size_t n = 1 + random_below(&random, 600);
        int32_t plain[600], heap[600];
        char *text = random_text(4000, 1 + i % 5, &random);
        struct bpe b = bpe_train(text, 4000, 256 + 300);
        for (size_t j = 0; j < n; j++)
            plain[j] = heap[j] = b.of_byte[(unsigned char)text[j]];
        const size_t count = bpe_merge_plain(plain, n, &b);
        assert_int_equal(bpe_merge_heap(heap, n, &b), count);
        assert_memory_equal(plain, heap, count * sizeof *plain);
        bpe_free(&b), free(text);
    }
}

TEST(any_bytes_come_back)
{
    struct random random = random_new(16, 3);
    char *some = random_text(3000, 20, &random);
    struct tokens kinds[3] = { tokens_gpt2() };
    assert_null(tokens_new(&kinds[1], "byte", NULL, 0, NULL));
    assert_null(tokens_new(&kinds[2], "bpe:400", some, 3000, NULL));
    for (int i = 0; i < 120; i++) {
        size_t n = i < 3 ? 0 : random_below(&random, 3000), count, back_n;
        char *text = allocate(n + 1, 1);
        int32_t *ids;
        for (size_t j = 0; j < n; j++)
            text[j] = (char)random_below(&random, i % 2 ? 256 : 130);
        const struct tokens *t = &kinds[i % 3];
        assert_null(tokens_encode(&ids, &count, t, text, n));
        char *back = tokens_decode(&back_n, t, ids, count);
        assert_int_equal(back_n, n);
        assert_memory_equal(back, text, n);
        free(back), free(text), free(ids);
    }
    assert_int_equal(kinds[0].count, 50257);
    assert_int_equal(kinds[1].count, 256);
    assert_memory_equal(kinds[0].list[50256].at, "<|endoftext|>", 13);
    for (int i = 0; i < 3; i++)
        tokens_free(&kinds[i]);
    free(some);
}

TEST(the_cache_tells_pieces_apart)
{
    enum { WORDS = 3000, LENGTH = 16 };
    struct random random = random_new(16, 4);
    struct tokens t = tokens_gpt2();
    char *text = allocate(WORDS * LENGTH, 1);
    int32_t *ids, *alone;
    size_t n, count, at = 0;
    for (size_t i = 0; i < WORDS * LENGTH; i++)
        text[i] = i % LENGTH < 8 ? " tokeniz"[i % LENGTH]
            : (char)('a' + random_below(&random, 3));
    assert_null(tokens_encode(&ids, &n, &t, text, WORDS * LENGTH));
    for (size_t i = 0; i < WORDS; i++, at += count) {
        assert_null(tokens_encode(&alone, &count, &t, text + i * LENGTH,
                                  LENGTH));
        assert_true(at + count <= n);
        assert_memory_equal(ids + at, alone, count * sizeof *ids);
        free(alone);
    }
    assert_int_equal(at, n);
    free(ids), free(text), tokens_free(&t);
}

TEST(what_is_saved_is_read_again)
{
    static const char text[] = "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x98\x80\n"
                               "that hat\tthat cat\n";
    static const char *const hows[] = { "byte", "char", "bpe:300", "gpt2" };
    char *published = merges_published();
    for (int i = 0; i < 4; i++) {
        struct tokens a, b;
        int32_t *x, *y;
        size_t n, m;
        assert_null(tokens_new(&a, hows[i], text, strlen(text), published));
        char *saved = tokens_text(&a);
        assert_null(tokens_parse(&b, saved, published));
        assert_int_equal(a.count, b.count);
        assert_null(tokens_encode(&x, &n, &a, text, strlen(text)));
        assert_null(tokens_encode(&y, &m, &b, text, strlen(text)));
        assert_int_equal(n, m);
        assert_memory_equal(x, y, n * sizeof *x);
        char *again = tokens_text(&b), *back = tokens_decode(&m, &b, y, n);
        assert_string_equal(saved, again);
        assert_string_equal(back, text);
        free(saved), free(again), free(back), free(x), free(y);
        tokens_free(&a), tokens_free(&b);
    }
    struct bpe b;
    assert_null(bpe_parse(&b, published));
    char *whole = bpe_text(&b);
    assert_string_equal(strchr(whole, '\n'), strchr(published, '\n'));
    free(whole), bpe_free(&b), free(published);
}

TEST(hostile_files_are_refused)
{
    static const char *const wrong[][2] = {
        { "", "is none of" }, { "bytes", "is none of" },
        { "gpt2", "is none of" },
        { "char ", "code points" }, { "char 97 97", "code points" },
        { "char 98 97", "code points" }, { "char 55296", "code points" },
        { "char 1114112", "code points" }, { "char -1", "code points" },
        { "char 99999999999999999999", "code points" },
        { "char 1x", "code points" },
        { "#version: 0.2\n\n", "line 2 is not two tokens" },
        { "#version: 0.2\na", "line 2 is not two tokens" },
        { "#version: 0.2\na ", "line 2 is not two tokens" },
        { "#version: 0.2\n a", "line 2 is not two tokens" },
        { "#version: 0.2\na b c", "line 2 is not two tokens" },
        { "#version: 0.2\na b\r\n", "line 2 is not two tokens" },
        { "#version: 0.2\na \xff", "line 2 is not two tokens" },
        { "#version: 0.2\na \xe2\x82\xac", "line 2 is not two tokens" },
        { "#version: 0.2\nab c", "line 2 names a token that no line" },
        { "#version: 0.2\na bc\nb c", "line 2 names a token that no line" },
        { "#version: 0.2\na b\na b", "line 3 makes a token that is there" },
        { "#version: 0.2\na b\nb c\nab c\na bc",
          "line 5 makes a token that is there" } };

    struct tokens t;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *said = tokens_parse(&t, wrong[i][0], NULL);
        if (!said || !strstr(said, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][0], said ? said : "is taken");
    }
    static const char *const hows[] = { "", "bpe:", "bpe:255", "bpe:1048577",
        "bpe:-1", "bpe:300x", "bpe", "word", "bytes" };
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++)
        assert_non_null(tokens_new(&t, hows[i], "ab ab", 5, NULL));
    assert_non_null(strstr(tokens_new(&t, "char", "a\xff", 2, NULL),
                           "is not UTF-8 at byte 2"));
    assert_non_null(tokens_new(&t, "char", "", 0, NULL));
    CHECK_DIES(DIES_REQUIRE, {
        size_t n;
        assert_null(tokens_new(&t, "byte", NULL, 0, NULL));
        tokens_decode(&n, &t, (int32_t[]){ 256 }, 1);
    });
}

TEST(characters_that_were_not_seen_are_refused)
{
    struct tokens t;
    int32_t *ids;
    size_t n;
    assert_null(tokens_new(&t, "char", "b\xc3\xa9""a\n", 5, NULL));
    assert_int_equal(t.count, 4);
    assert_null(tokens_encode(&ids, &n, &t, "\xc3\xa9\n", 3));
    assert_int_equal(n, 2);
    assert_true(ids[0] == 3 && ids[1] == 0);
    free(ids);
    assert_non_null(strstr(tokens_encode(&ids, &n, &t, "ac", 2),
                           "U+0063 at byte 2"));
    assert_non_null(strstr(tokens_encode(&ids, &n, &t, "a\x80", 2),
                           "not UTF-8 at byte 2"));
    tokens_free(&t);
}

TEST(five_quarters_of_a_bit_by_hand)
{
    static const int32_t text[] = { 0, 1, 2, 0, 1 };
    const float l2 = logf(2), l4 = logf(4);
    const float rows[] = { -l4, -l2, -l4,  -l4, -l4, -l2,
                           -l4, -l2, -l4,  -l4, -l2, -l4 };
    struct windows w = windows_new(1, 4);
    struct random random = random_new(1, 0);
    struct tape *tape = tape_new();
    windows_cut(&w, text, 5, &random);
    assert_memory_equal(w.ids, text, 4 * sizeof *text);
    assert_memory_equal(w.want, text + 1, 4 * sizeof *text);
    struct tensor *x = tape_input(tape, rows, SHAPE(1, 4, 3));
    x = tape_cross_entropy(tape, x, w.want, 0, -1);
    assert_true(fabs((double)x->data[0] - 1.25 * log(2)) < 1e-6);
    tape_free(tape), windows_free(&w);
}

TEST(windows_come_from_everywhere)
{
    static const int32_t text[] = { 0, 1, 2, 3, 4, 5 };
    struct windows w = windows_new(300, 3);
    struct random random = random_new(1, 0);
    size_t seen[3] = { 0 };
    windows_cut(&w, text, 6, &random);
    for (size_t b = 0; b < 300; b++) {
        const int32_t at = w.ids[3 * b];
        seen[at]++;
        assert_memory_equal(w.ids + 3 * b, text + at, 3 * sizeof *text);
        assert_memory_equal(w.want + 3 * b, text + at + 1, 3 * sizeof *text);
    }
    assert_true(seen[0] > 60 && seen[1] > 60 && seen[2] > 60);
    CHECK_DIES(DIES_REQUIRE, windows_cut(&w, text, 3, &random));
    windows_free(&w);
}

TEST(the_model_agrees_with_pytorch)
{
    enum { LOGITS = SMALL_B * SMALL_T * SMALL_V };
    struct array want = check_golden("gpt-model.npy");
    struct writer w = small_writer(1);
    struct tape *tape = w.tape;
    const size_t n = tape->size;
    struct windows windows = small_windows();
    struct lesson lesson = { &w.gpt, &windows, 1, 0 };
    assert_int_equal(want.count, 2 * n + LOGITS + 1);
    memcpy(tape->values, want.data, n * sizeof *want.data);
    CHECK_CLOSE(small_logits(&w, small_ids, SMALL_B, SMALL_T),
                want.data + n, LOGITS, 1e-5, 1e-5);
    for (size_t shards = 1; shards <= 2; shards++) {
        float loss = (float)tape_shards(tape, shards, windows_loss, &lesson);
        CHECK_CLOSE(&loss, want.data + n + LOGITS, 1, 1e-6, 1e-6);
        CHECK_CLOSE(tape->grads, want.data + n + LOGITS + 1, n, 1e-6, 1e-4);
        tape_reset(tape), tape_zero(tape);
    }
    array_free(&want), windows_free(&windows), writer_free(&w);
}

TEST(twelve_layers_agree_with_pytorch)
{
    enum { V = DEEP_V, B = DEEP_B, T = DEEP_T, LOGITS = B * T * V };
    struct array want = check_golden("gpt-deep.npy");
    struct tape *tape = tape_new();
    struct gpt g = deep_new(tape);
    struct windows w = windows_new(B, T);
    struct lesson lesson = { &g, &w, 1, 0 };
    const float *norm = want.data + LOGITS + 1;
    assert_int_equal(want.count, LOGITS + 1 + tape->count);
    for (size_t i = 0; i < B * T; i++) {
        const size_t at = tape->size + i / T * (T + 1) + i % T;
        w.ids[i] = (int32_t)(deep_bits(at) % V);
        w.want[i] = (int32_t)(deep_bits(at + 1) % V);
    }
    float loss = (float)tape_shards(tape, 2, windows_loss, &lesson);
    CHECK_CLOSE(&loss, want.data + LOGITS, 1, 1e-5, 1e-5);
    for (size_t i = 0; i < tape->count; i++) {
        const struct tensor *p = tape->parameters[i];
        const float is = sqrtf(row_dot(p->grad, p->grad, p->count));
        CHECK_CLOSE(&is, norm + i, 1, 0, 1e-4);
    }
    tape_reset(tape), tape->no_grad = true;
    CHECK_CLOSE(gpt_forward(tape, &g, w.ids, B, T, 0)->data, want.data,
                LOGITS, 1e-5, 0);
    struct decode *d = decode_new(&g, DECODE_F32);
    struct kept k = kept_new(&deep_kind);
    for (size_t t = 0; t < T; t++) {
        const float *row = want.data + t * V;
        CHECK_CLOSE(decode_step(d, w.ids[t]), row, V, 1e-5, 0);
        CHECK_CLOSE(step_plain(&k, &g, w.ids[t]), row, V, 1e-5, 0);
    }
    kept_free(&k), decode_free(d), windows_free(&w), tape_free(tape);
    array_free(&want);
}

TEST(the_first_loss_is_that_of_a_guess)
{
    struct writer w = small_writer(1);
    struct windows windows = small_windows();
    struct lesson lesson = { &w.gpt, &windows, 1, 0 };
    const double guess = log(SMALL_V);
    memset(w.tape->values, 0, w.tape->size * sizeof *w.tape->values);
    assert_true(fabs(tape_shards(w.tape, 2, windows_loss, &lesson) - guess)
                < 1e-6);
    tape_reset(w.tape);
    gpt_start(&w.gpt, 3);
    const double loss = tape_shards(w.tape, 2, windows_loss, &lesson);
    assert_true(fabs(loss - guess) < .1 && loss != guess);
    windows_free(&windows), writer_free(&w);
}

TEST(later_tokens_do_not_leak)
{
    enum { ROW = SMALL_V };
    struct writer w = small_writer(2);
    float first[SMALL_B * SMALL_T * ROW];
    int32_t ids[SMALL_B * SMALL_T];
    w.tape->no_grad = true;
    memcpy(first, small_logits(&w, small_ids, SMALL_B, SMALL_T),
           sizeof first);
    for (size_t at = 0; at < SMALL_T; at++) {
        memcpy(ids, small_ids, sizeof ids);
        ids[at] = 8;
        const float *x = small_logits(&w, ids, SMALL_B, SMALL_T);
        for (size_t r = 0; r < SMALL_B * SMALL_T; r++)
            assert_int_equal(!memcmp(x + r * ROW, first + r * ROW,
                                     ROW * sizeof *x),
                             r < at || r >= SMALL_T);
    }
    for (size_t n = 1; n < SMALL_T; n++)
        CHECK_CLOSE(small_logits(&w, small_ids, 1, n), first, n * ROW, 2e-6,
                    2e-6);
    CHECK_DIES(DIES_REQUIRE, small_logits(&w, (int32_t[8]){ 0 }, 1, 8));
    writer_free(&w);
}

TEST(the_gradient_of_the_whole_model)
{
    const struct gpt_kind_double is = { SMALL_V, SMALL_P, SMALL_C, 3, 2,
                                        .25 };
    struct tape_double *t = tape_new_double();
    struct gpt_double g = gpt_new_double(t, &is);
    struct random random = random_new(16, 5);
    double worst = 0, slope = 0;
    for (size_t i = 0; i < t->size; i++)
        t->values[i] = .4 * (double)random_normal(&random);
    gpt_loss_double(t, &g, true);
    for (size_t i = 0; i < t->size; i++) {
        const double center = t->values[i], step = 1e-5;
        t->values[i] = center + step;
        const double up = gpt_loss_double(t, &g, false);
        t->values[i] = center - step;
        const double down = gpt_loss_double(t, &g, false);
        t->values[i] = center;
        worst = worse(worst, fabs((up - down) / (2 * step) - t->grads[i]));
        slope = fmax(slope, fabs(t->grads[i]));
    }
    assert_true(slope > .1 && worst < 1e-8);
    tape_free_double(t);
}

TEST(threads_and_pauses_change_no_bit)
{
    static float at[4][6000];
    size_t n;
    char *save = check_path("half.safetensors");
    for (size_t i = 0; i < 3; i++) {
        command_threads(i + 1);
        small_trained(at[i], &n, NULL, i ? NULL : save, i ? 0 : 5);
    }
    small_trained(at[0], &n, save, NULL, 0);
    command_threads(2);
    struct run start = small_run(0);
    assert_true(n < 6000 && n == start.writer.tape->size);
    assert_true(memcmp(start.writer.tape->values, at[0], n * 4) != 0);
    for (size_t i = 1; i < 3; i++)
        assert_memory_equal(at[0], at[i], n * sizeof **at);
    run_free(&start);
}

TEST(a_text_that_goes_round_is_learned)
{
    struct run_texts texts;
    struct run r = small_run(0);
    struct training t = run_training(&r, &texts, 250, 9);
    t.rate = .02, t.warmup = 10;
    assert_true(run_validate(&r) > 2);
    while (t.step < t.steps)
        run_step(&t, &r);
    assert_true(t.loss < .35 && run_validate(&r) < .35);
    writer_texts_free(&texts.model), training_free(&t), run_free(&r);
}

TEST(the_held_out_part_is_what_is_validated)
{
    struct run r = small_run(0);
    struct windows w = windows_new(1, 8);
    struct lesson l = { &r.writer.gpt, &w, 1, 0 };
    r.val.n = 9;
    memcpy(w.ids, r.val.ids, 8 * sizeof *w.ids);
    memcpy(w.want, r.val.ids + 1, 8 * sizeof *w.want);
    const double one = tape_shards(r.writer.tape, 1, windows_loss, &l);
    tape_reset(r.writer.tape);
    assert_true(fabs(run_validate(&r) - one) < 1e-5);
    r.val.ids[8] ^= 1;
    assert_true(fabs(run_validate(&r) - one) > 1e-4);
    r.val.n = 0;
    assert_true(isnan(run_validate(&r)) && !r.writer.tape->no_grad);
    windows_free(&w), run_free(&r);
}

TEST(only_matrices_decay)
{
    struct run_texts texts;
    struct run r = small_run(0);
    struct training t = run_training(&r, &texts, 10, 9);
    const struct tape *tape = r.writer.tape;
    t.schedule = SCHEDULE_CONSTANT, t.warmup = 0, t.rate = .5, t.norm = 1;
    for (size_t i = 0; i < tape->size; i++)
        tape->values[i] = 1;
    training_move(&t);
    for (size_t i = 0; i < tape->count; i++) {
        const struct tensor *p = tape->parameters[i];
        const float want = p->rank == 2 ? .95f : 1;
        for (size_t j = 0; j < p->count; j++)
            assert_true(fabsf(p->data[j] - want) < 1e-6f);
    }
    writer_texts_free(&texts.model), training_free(&t), run_free(&r);
}

TEST(accumulated_gradients_are_those_of_one_batch)
{
    struct writer w = small_writer(3);
    struct windows all = small_windows(), half[2];
    static float whole[3000];
    struct lesson lesson = { &w.gpt, &all, 1, 0 };
    const size_t n = w.tape->size, part = SMALL_B / 2 * SMALL_T;
    assert_true(n <= 3000);
    const double loss = tape_shards(w.tape, 2, windows_loss, &lesson);
    double sum = 0;
    memcpy(whole, w.tape->grads, n * sizeof *whole);
    tape_reset(w.tape), tape_zero(w.tape);
    for (size_t i = 0; i < 2; i++) {
        half[i] = (struct windows){ SMALL_B / 2, SMALL_T, all.ids + i * part,
                                    all.want + i * part };
        lesson.windows = &half[i], lesson.share = .5f;
        sum += tape_shards(w.tape, 2, windows_loss, &lesson);
    }
    assert_true(fabs(sum - loss) < 1e-6);
    CHECK_CLOSE(w.tape->grads, whole, n, 1e-6, 1e-5);
    windows_free(&all), writer_free(&w);
}

TEST(parts_of_a_text)
{
    static const char text[] = "abcdef\xe2\x82\xac";
    assert_int_equal(text_held(text, 9, 0), 9);
    assert_int_equal(text_held(text, 9, .5), 5);
    assert_int_equal(text_held(text, 9, .34), 6);
    assert_int_equal(text_held(text, 9, .23), 9);
    struct run r = small_run(0);
    assert_int_equal(r.train.bytes + r.val.bytes, strlen(round_text));
    run_free(&r);
}

TEST(a_score_is_the_sum_of_its_tokens)
{
    enum { LONGEST = 100 };
    struct writer w = small_writer(4);
    struct random random = random_new(16, 6);
    int32_t ids[LONGEST];
    for (size_t i = 0; i < LONGEST; i++)
        ids[i] = (int32_t)random_below(&random, SMALL_V);
    w.tape->no_grad = true;
    double sum = 0;
    for (size_t n = 1; n < LONGEST; n++) {
        const size_t first = window_first(n, SMALL_P);
        assert_true(n - first <= SMALL_P);
        assert_true(n - first >= (n < SMALL_P ? n : SMALL_P / 2 + 1));
        const float *x = small_logits(&w, ids + first, 1, n - first)
                       + (n - first - 1) * SMALL_V;
        sum += (double)(log_sum_exp(x, SMALL_V) - x[ids[n]]);
        const double score = windows_score(w.tape, &w.gpt, ids, n + 1);
        assert_true(fabs(score - sum) < 1e-5 * (double)n);
    }
    writer_free(&w);
}

TEST(half_a_context_is_read_again)
{
    static const size_t first[] = { 0, 0, 0, 0, 0, 0, 3, 3, 3, 6, 6 };
    for (size_t n = 0; n < sizeof first / sizeof *first; n++)
        assert_int_equal(window_first(n, 5), first[n]);
    assert_int_equal(window_first(4, 1), 3);
    assert_int_equal(window_first(1024, 1024), 0);
    assert_int_equal(window_first(1025, 1024), 512);
}

TEST(edges_of_the_cuts)
{
    static const struct { size_t k; double p; float want[4]; } all[] = {
        { 0, 0, { .5f, 0, 0, 0 } }, { 0, .5, { .5f, 0, 0, 0 } },
        { 0, .5000001, { .5f, .25f, 0, 0 } },
        { 0, .75, { .5f, .25f, 0, 0 } },
        { 0, .8, { .5f, .25f, .125f, 0 } },
        { 0, 1, { .5f, .25f, .125f, .125f } },
        { 1, 1, { .5f, 0, 0, 0 } }, { 3, 1, { .5f, .25f, .125f, 0 } },
        { 4, 1, { .5f, .25f, .125f, .125f } },
        { 9, 1, { .5f, .25f, .125f, .125f } },
        { 2, .6, { .5f, 0, 0, 0 } }, { 2, .7, { .5f, .25f, 0, 0 } } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        float p[4] = { .5f, .25f, .125f, .125f };
        sample_cut(p, 4, all[i].k, all[i].p);
        assert_memory_equal(p, all[i].want, sizeof p);
    }
    float same[] = { .25f, .25f, .25f, .25f };
    sample_cut(same, 4, 2, 1);
    assert_true(same[0] > 0 && same[1] > 0 && same[2] == 0 && same[3] == 0);
}

TEST(tokens_are_drawn_by_their_probability)
{
    enum { DRAWS = 40000 };
    const float p[] = { 0, .5f, 0, .2f, .3f, 0 };
    const float nearly[] = { .3f, .3f, .3f, 0 };
    struct random random = random_new(16, 7);
    size_t count[6] = { 0 }, last = 0;
    for (size_t i = 0; i < DRAWS; i++)
        count[sample_pick(p, 6, &random)]++;
    for (size_t i = 0; i < 6; i++)
        assert_true(fabs((double)count[i] / DRAWS - (double)p[i]) < .01
                    && (p[i] > 0 || count[i] == 0));
    for (size_t i = 0; i < DRAWS; i++) {
        const int32_t id = sample_pick(nearly, 4, &random);
        assert_true(id < 3);
        last += id == 2;
    }
    assert_true(last > DRAWS / 3);
}

TEST(temperatures_and_penalties)
{
    const float x[] = { 1, 3, -2, 3, -INFINITY };
    struct sampling how = { 1e-300, 0, 1, 1 };
    float p[5], q[5];
    const int32_t written[] = { 2, 3 };
    sample_probabilities(p, x, 5, &how, NULL, 0);
    assert_true(p[1] == 1 && p[3] == 0);
    how.temperature = 1e-6;
    sample_probabilities(p, x, 5, &how, NULL, 0);
    assert_true(p[1] == .5f && p[3] == .5f && p[0] == 0);
    how.temperature = 1e6;
    sample_probabilities(p, x, 5, &how, NULL, 0);
    assert_true(fabsf(p[0] - .25f) < 1e-5f && p[4] == 0);
    how = (struct sampling){ 1, 0, 1, 1 };
    sample_probabilities(p, x, 5, &how, written, 2);
    how.penalty = 1.5;
    sample_probabilities(q, x, 5, &how, written, 2);
    assert_true(q[2] < p[2] && q[3] < p[3] && q[0] > p[0]);
    assert_true(fabsf(q[3] / q[1] - expf(2 - 3)) < 1e-6f);
    assert_true(fabsf(q[2] / q[0] - expf(-3 - 1)) < 1e-6f);
}

TEST(a_file_gives_the_model_back)
{
    char *path = check_path("model.safetensors");
    for (int half = 0; half < 2; half++) {
        struct writer w = small_writer(5), again, page;
        writer_save(path, &w, half);
        writer_load(&again, path, 0, NULL);
        struct input input = input_open(path);
        char *bytes = input_data(&input, input.left);
        writer_embedded(&page, bytes);
        const struct gpt_kind *a = &again.gpt.is, *p = &page.gpt.is;
        assert_true(a->tokens == SMALL_V && a->context == SMALL_P
                    && a->width == SMALL_C && a->heads == 3
                    && a->layers == 2);
        assert_true(p->tokens == a->tokens && p->context == a->context
                    && p->width == a->width && p->heads == a->heads
                    && p->layers == a->layers);
        assert_int_equal(again.tokens.count, SMALL_V);
        assert_int_equal(page.tokens.kind, TOKENS_CHAR);
        const size_t n = w.tape->size;
        for (size_t i = 0; half && i < n; i++) {
            const uint16_t two = half_narrow(w.tape->values[i]);
            w.tape->values[i] = half_widen((unsigned char[]){ two & 255,
                                                              two >> 8 });
        }
        CHECK_CLOSE(again.tape->values, w.tape->values, n, 0, 0);
        CHECK_CLOSE(page.tape->values, w.tape->values, n, 0, 0);
        free(bytes), input_end(&input);
        writer_free(&w), writer_free(&again), writer_free(&page);
    }
}

TEST(files_of_others_are_read)
{
    static const enum stored_type types[] = { STORED_F32, STORED_F16,
                                              STORED_BF16 };
    enum { LOGITS = SMALL_B * SMALL_T * SMALL_V };
    char *path = check_path("face.safetensors");
    struct writer w = small_writer(6), again;
    float want[LOGITS];
    for (size_t i = 0; i < w.tape->size; i++)
        w.tape->values[i] = rintf(32 * w.tape->values[i]) / 32;
    memcpy(want, small_logits(&w, small_ids, SMALL_B, SMALL_T), sizeof want);
    tape_reset(w.tape);
    for (size_t i = 0; i < 6; i++) {
        face_save(path, w.tape, i % 2 ? "transformer." : "", types[i / 2],
                  "lm_head.weight");
        writer_load(&again, path, 3, NULL);
        const float *x = small_logits(&again, small_ids, SMALL_B, SMALL_T);
        assert_memory_equal(x, want, sizeof want);
        assert_int_equal(again.tokens.count, 0);
        writer_free(&again);
    }
    writer_free(&w);
}

TEST(the_cache_by_hand)
{
    const float keys[] = { 0, logf(2), logf(3), logf(6) };
    const float values[] = { 6, 3, 2, 4 }, one = 1;
    float out, weights[4];
    kept_attend(&out, weights, &one, keys, values, 3, 1, 1);
    assert_true(fabsf(out - 3) < 1e-6f);
    kept_attend(&out, weights, &one, keys, values, 4, 1, 1);
    assert_true(fabsf(out - 3.5f) < 1e-6f);
}

TEST(steps_say_what_the_full_pass_says)
{
    enum { V = READER_V, T = READER_T };
    int32_t ids[T];
    struct tape *tape = tape_new();
    struct gpt g = reader_new(tape, &reader_kind);
    struct kept k = kept_new(&reader_kind);
    struct decode *d = decode_new(&g, DECODE_F32);
    reader_ids(ids, T, V);
    const float *all = gpt_forward(tape, &g, ids, 1, T, 0)->data;
    for (size_t t = 0; t < T; t++) {
        CHECK_CLOSE(step_plain(&k, &g, ids[t]), all + t * V, V, 1e-5, 1e-5);
        CHECK_CLOSE(decode_step(d, ids[t]), all + t * V, V, 1e-5, 1e-5);
    }
    assert_int_equal(d->place, T);
    for (size_t from = T; from-- > 0; from /= 2) {
        decode_keep(d, from);
        for (size_t t = from; t < T; t++)
            CHECK_CLOSE(decode_step(d, ids[t]), all + t * V, V, 1e-5, 1e-5);
    }
    CHECK_DIES(DIES_REQUIRE, decode_step(d, 0););
    CHECK_DIES(DIES_REQUIRE, step_plain(&k, &g, 0););
    decode_reset(d);
    CHECK_DIES(DIES_REQUIRE, decode_step(d, V););
    CHECK_DIES(DIES_REQUIRE, decode_step(d, -1););
    CHECK_DIES(DIES_REQUIRE, decode_keep(d, 1););
    decode_free(d), kept_free(&k), tape_free(tape);
}

TEST(a_prompt_at_once_keeps_what_steps_keep)
{
    enum { V = READER_V, T = READER_T, SIZE = 6 };
    int32_t ids[T];
    struct tape *tape = tape_new();
    struct gpt g = reader_new(tape, &reader_kind);
    struct decode *one = decode_new(&g, DECODE_F32);
    struct decode *all = decode_new(&g, DECODE_F32);
    reader_ids(ids, T, V);
    for (size_t n = 1; n <= T; n += n < 3 ? 1 : 6) {
        decode_reset(all), decode_reset(one);
        for (size_t t = 0; t + 1 < n; t++)
            decode_step(one, ids[t]);
        CHECK_CLOSE(decode_read(all, &g, ids, n),
                    decode_step(one, ids[n - 1]), V, 1e-5, 1e-5);
        assert_int_equal(all->place, n);
        for (size_t i = 0; i < 3 * 5; i++) {
            const size_t at = i % 5 * T * SIZE;
            const struct decode_layer *a = &all->layer[i / 5];
            const struct decode_layer *b = &one->layer[i / 5];
            CHECK_CLOSE(a->keys + at, b->keys + at, n * SIZE, 1e-5, 1e-5);
            CHECK_CLOSE(a->values + at, b->values + at, n * SIZE, 1e-5, 1e-5);
        }
        for (size_t t = n; t < T; t++)
            CHECK_CLOSE(decode_step(all, ids[t]), decode_step(one, ids[t]),
                        V, 1e-5, 1e-5);
    }
    CHECK_DIES(DIES_REQUIRE, decode_read(all, &g, ids, 1););
    decode_reset(all), ids[1] = V;
    CHECK_DIES(DIES_REQUIRE, decode_read(all, &g, ids, 2););
    CHECK_DIES(DIES_REQUIRE, decode_read(all, &g, ids, 0););
    CHECK_DIES(DIES_REQUIRE, decode_read(all, &g, ids, T + 1););
    decode_free(one), decode_free(all), tape_free(tape);
}

TEST(a_group_by_hand)
{
    const float x[] = { 0.254f, -1.27f, 0.018f, 0.871f }, zeros[4] = { 0 };
    const int8_t want[] = { 25, -127, 2, 87 };
    int8_t q[4];
    const float step = group_round(q, x, 4);
    assert_true(step >= 0.01f && step < 0.01f * (1 + 1 / 128.f));
    assert_memory_equal(q, want, 4);
    assert_true(group_round(q, zeros, 4) == 0);
    assert_memory_equal(q, zeros, 4);
}
static double half_step(enum decode_format format, const float *x, size_t j,
                        size_t n, double most)
{
    double group = 0;
    for (size_t i = j / 32 * 32; i < n && i < j / 32 * 32 + 32; i++)
        group = fmax(group, fabs((double)x[i]));
    return format == DECODE_F32 ? 0
        : format == DECODE_F16 ? fmax(fabs((double)x[j]) / 2048,
                                      most * 0x1p-28)
        : group / 254 * (1 + 1 / 128.);
}

TEST(packed_numbers_are_wrong_by_half_a_step)
{
    enum { R = 7, N = 150 };
    static float x[R * N], turned[N * R], out[N];
    struct random random = random_new(16, 7);
    double most = 0;
    for (size_t i = 0; i < R * N; i++) {
        x[i] = ldexpf(random_normal(&random), i % 40 < 35 ? 0
                      : (int)random_below(&random, 60) - 40);
        turned[i % N * R + i / N] = x[i];
        most = fmax(most, fabs((double)x[i]));
    }
    for (enum decode_format f = 0; f < DECODE_FORMATS; f++) {
        struct arena arena = arena_new(2 * packed_need(f, R, N));
        struct packed a = packed_new(&arena, f, x, R, N, N, 1);
        struct packed b = packed_new(&arena, f, turned, R, N, 1, R);
        assert_memory_equal(a.numbers, b.numbers, R * 3 * PACK
                            * pack_bytes(f));
        for (size_t r = 0; r < R; r++) {
            packed_row(out, &a, r);
            for (size_t j = 0; j < N; j++)
                assert_true(fabs((double)out[j] - (double)x[r * N + j])
                            <= half_step(f, x + r * N, j, N, most));
        }
        arena_free(&arena);
    }
}

TEST(halves_are_those_of_the_kit)
{
    struct random random = random_new(16, 8);
    for (int i = 0; i < 100000; i++) {
        const float x = ldexpf(random_uniform(&random) - .5f,
                               (int)random_below(&random, 28) - 12);
        const uint16_t half = half_of(x);
        if (fabsf(x) < 0x1p-14f) {
            assert_true(half % 0x8000 == 0 || half % 0x8000 == 0x400);
            continue;
        }
        const unsigned char two[] = { half & 255,
                                      (unsigned char)(half >> 8) };
        assert_int_equal(half, half_narrow(x));
        assert_true(float_of_half(half) == half_widen(two));
    }
}

TEST(packed_products_are_those_of_the_unpacked_rows)
{
    enum { R = 9, N = 150, ROOM = 192 };
    static float w[R * N], x[ROOM], row[N], out[R], want[R];
    struct random random = random_new(16, 9);
    random_normals(w, R * N, 1, &random);
    random_normals(x, N, 1, &random);
    for (enum decode_format f = 0; f < DECODE_FORMATS; f++) {
        struct arena arena = arena_new(packed_need(f, R, N));
        struct packed a = packed_new(&arena, f, w, R, N, N, 1);
        for (size_t r = 0; r < R; r++) {
            double sum = 0;
            packed_row(row, &a, r);
            for (size_t j = 0; j < N; j++)
                sum += (double)row[j] * (double)x[j];
            want[r] = (float)sum, out[r] = -1;
        }
        packed_product(out, &a, x, 2, R);
        assert_true(out[0] == -1 && out[1] == -1);
        packed_product(out, &a, x, 0, 2);
        CHECK_CLOSE(out, want, R, 2e-5, 1e-5);
        arena_free(&arena);
    }
}

#ifdef _OPENMP
TEST(decoding_has_the_same_bits_for_any_number_of_threads)
{
    enum { V = 1001, T = 4 };
    static float once[T * V];
    const struct gpt_kind is = { V, T, 256, 4, 5, 0 };
    const int threads[] = { 1, 2, 5 }, most = omp_get_max_threads();
    int32_t ids[T];
    struct tape *tape = tape_new();
    struct gpt g = reader_new(tape, &is);
    reader_ids(ids, T, V);
    for (enum decode_format f = 0; f < DECODE_FORMATS; f++) {
        struct decode *d = decode_new(&g, f);
        assert_true(decode_bytes(d) >= DECODE_ALONE);
        for (size_t i = 0; i < 3; i++) {
            omp_set_num_threads(threads[i]), decode_reset(d);
            for (size_t t = 0; t < T; t++) {
                const float *x = decode_step(d, ids[t]);
                if (i == 0)
                    memcpy(once + t * V, x, V * sizeof *x);
                assert_memory_equal(x, once + t * V, V * sizeof *x);
            }
        }
        decode_free(d);
    }
    omp_set_num_threads(most), tape_free(tape);
}
#endif

static void off_logits(float *out, struct tape *tape, struct gpt *g)
{
    static const int32_t ids[] = { 1, 4, 2, 0, 3 };
    tape_reset(tape);
    const struct tensor *x = gpt_forward(tape, g, ids, 1, 5, 0);
    memcpy(out, x->data, x->count * sizeof *out);
}

TEST(a_head_that_is_off_gives_nothing)
{
    enum { LAYER = 1, HEAD = 2, N = 25 };
    struct tape *tape = tape_new();
    struct gpt g = gpt_new(tape, &(struct gpt_kind){ 5, 6, 12, 3, 2, 0 });
    float before[N], after[N];
    gpt_start(&g, 1);
    for (int off = 0; off < 2; off++) {
        if (off)
            head_off(&g, LAYER, HEAD);
        off_logits(before, tape, &g);
        for (size_t i = 0; i < 12; i++)
            g.layer[LAYER].at[C_ATTN_WEIGHT]->data[i * 36 + 24 + 4 * HEAD]
                += 1;
        off_logits(after, tape, &g);
        assert_int_equal(!memcmp(before, after, sizeof before), off);
    }
    g.layer[LAYER].at[C_ATTN_WEIGHT]->data[24 + 4 * HEAD - 1] += 1;
    off_logits(after, tape, &g);
    assert_true(memcmp(before, after, sizeof before) != 0);
    CHECK_DIES(DIES_REQUIRE, head_off(&g, 2, 0));
    tape_free(tape);
}

TEST(passages_come_twice)
{
    enum { B = 40, T = 33 };
    struct windows w = windows_new(B, T);
    struct random random = random_new(16, 9);
    int32_t text[100];
    size_t twice = 0;
    for (int32_t i = 0; i < 100; i++)
        text[i] = i;
    windows_cut(&w, text, 100, &random);
    windows_repeat(&w, text, 100, .5, &random);
    for (size_t b = 0; b < B; b++) {
        const int32_t *ids = w.ids + b * T, *want = w.want + b * T;
        size_t breaks = 0, times[100] = { 0 };
        for (size_t i = 0; i < T; i++) {
            const int32_t follows = i + 1 < T ? ids[i + 1] : want[i];
            breaks += follows != ids[i] + 1;
            times[ids[i]]++;
            assert_int_equal(want[i], follows);
            assert_true(times[ids[i]] <= 2);
        }
        twice += breaks > 0;
        assert_true(breaks == 0 || (breaks > 1 && breaks <= T / (T / 8)));
        for (size_t i = 0; breaks && i < T / 4; i++)
            assert_int_equal(times[ids[i]], 2);
    }
    assert_true(twice > B / 4 && twice < 3 * B / 4);
    windows_repeat(&w, text, 100, 0, &random);
    CHECK_DIES(DIES_REQUIRE, {
        w.length = 7;
        windows_repeat(&w, text, 100, .5, &random);
    });
    w.length = T;
    windows_free(&w);
}

TEST(the_model_of_the_page_has_an_induction_head)
{
    enum { N = 24, ROWS = 8 };
    struct writer w;
    struct random random = random_new(16, 11);
    int32_t ids[ROWS * 2 * N];
    float best = 0, mean = 0;
    writer_load(&w, "data/weights/gpt.safetensors", 0, NULL);
    const size_t H = w.gpt.is.heads, all = w.gpt.is.layers * H;
    for (size_t i = 0; i < ROWS * 2 * N; i++)
        ids[i] = i / N % 2 ? ids[i - N]
               : 256 + (int32_t)random_below(&random, 256);
    w.tape->no_grad = w.gpt.looks = true;
    gpt_forward(w.tape, &w.gpt, ids, ROWS, 2 * N, 0);
    for (size_t h = 0; h < all; h++) {
        float score = 0;
        for (size_t i = 0; i < ROWS; i++)
            score += induction_score(w.gpt.seen[h / H] + (i * H + h % H)
                                     * 4 * N * N, N) / ROWS;
        best = score > best ? score : best, mean += score / (float)all;
    }
    assert_true(best > .2f && mean < .15f);
    writer_free(&w);
}

CHECK_MAIN()
