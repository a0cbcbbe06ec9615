/* gpt_check.c -- generated from chapters/16-gpt.nw. Do not edit. */
#include "kit/check.h"
#include "gpt/heads.h"
#include "gpt/sample.h"
#include "gpt/tokens.h"
#include "gpt/windows.h"
#include "gpt/writer.h"

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

static void small_logits(float *out, struct tape *tape, struct gpt *g)
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
        small_logits(before, tape, &g);
        for (size_t i = 0; i < 12; i++)
            g.layer[LAYER].at[C_ATTN_WEIGHT]->data[i * 36 + 24 + 4 * HEAD]
                += 1;
        small_logits(after, tape, &g);
        assert_int_equal(!memcmp(before, after, sizeof before), off);
    }
    g.layer[LAYER].at[C_ATTN_WEIGHT]->data[24 + 4 * HEAD - 1] += 1;
    small_logits(after, tape, &g);
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

CHECK_MAIN()
