/* lexicon_check.c -- generated from chapters/H-kit.nw. Do not edit. */
/* Checks of lexicon.h, units.h, merges.h and vocabulary.h. */
#include "kit/check.h"
#include "kit/merges.h"
#include "kit/vocabulary.h"

static const char *words_path = "data/cmudict/cmudict.tsv";

/* file_of: a file with n bytes; for messages it is called f.tsv. */
static const char *file_of(const char *bytes, size_t n)
{
    const char *path = check_path("f.tsv");
    FILE *file = fopen(path, "wb");
    REQUIRE(file && fwrite(bytes, 1, n, file) == n && fclose(file) == 0);
    return path;
}

#define PAIRS_OF(text) pairs_read(file_of(text, sizeof text - 1))

TEST(the_hash_is_the_published_one)
{
    assert_true(fnv1a64("", 0) == 0xcbf29ce484222325u);
    assert_true(fnv1a64("a", 1) == 0xaf63dc4c8601ec8cu);
    assert_true(fnv1a64("foobar", 6) == 0x85944171f73967e8u);
}

TEST(a_word_decides_for_itself)
{
    assert_true(part_of("word", 4) == PART_TEST);
    assert_true(part_of("COLONEL", 7) == PART_DEV);
    assert_true(part_of("Colonel", 7) == PART_DEV);
    assert_true(part_of("through", 7) == PART_TRAIN);
    struct pairs all = pairs_read(words_path);
    size_t count = 0;
    for (enum part part = PART_TRAIN; part <= PART_TEST; part++) {
        struct pairs some = pairs_part(&all, part);
        double share = (double)some.inputs / (double)all.inputs;
        assert_true(fabs(share - (part == PART_TRAIN ? .9 : .05)) < .005);
        for (size_t i = 0; i < some.inputs; i++) {
            const char *word = some.list[some.first[i]].input;
            assert_true(part_of(word, strlen(word)) == part);
        }
        count += some.count;
        pairs_free(&some);
    }
    assert_int_equal(count, all.count);
    pairs_free(&all);
}

TEST(characters_are_those_of_utf8)
{
    for (unsigned code = 0; code < 0x120000; code++) {
        char c[4];
        size_t n = code < 0x80 ? 1 : code < 0x800 ? 2
            : code < 0x10000 ? 3 : 4;
        for (size_t i = n; i-- > 1; )
            c[i] = (char)(0x80 | (code >> 6 * (n - 1 - i) & 0x3f));
        unsigned top = code >> 6 * (n - 1);
        c[0] = (char)(n == 1 ? top : (0xf00 >> n & 0xf0) | top);
        bool valid = code < 0xd800 || (code > 0xdfff && code < 0x110000);
        assert_int_equal(utf8_bytes(c, n), valid ? n : 0);
        assert_int_equal(utf8_bytes(c, n - 1), 0);
    }
}

TEST(what_is_no_text_is_told)
{
    static const struct { const char *text, *wrong; } texts[] = {
        { "na\xc3\xafve caf\xc3\xa9", NULL }, { "\xf0\x9f\x98\x80", NULL },
        { "\x80", "is not UTF-8 at byte 1" },
        { "a\xc0\x80", "is not UTF-8 at byte 2" },
        { "\xc1\xbf", "is not UTF-8 at byte 1" },
        { "\xe0\x9f\xbf", "is not UTF-8 at byte 1" },
        { "\xf0\x8f\xbf\xbf", "is not UTF-8 at byte 1" },
        { "\xc3\xa9\xe2\x82", "is not UTF-8 at byte 3" },
        { "\xe2\x82 ", "is not UTF-8 at byte 1" },
        { "\xff", "is not UTF-8 at byte 1" },
        { "a\tb", "has a control character at byte 2" },
        { "\177", "has a control character at byte 1" } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *wrong = text_wrong(texts[i].text, strlen(texts[i].text));
        if (texts[i].wrong)
            assert_string_equal(wrong ? wrong : "", texts[i].wrong);
        else
            assert_null(wrong);
    }
    assert_string_equal(text_wrong("a\0b", 3),
                        "has a control character at byte 2");
    assert_true(text_blank("", 0) && text_blank("  ", 2));
    assert_false(text_blank(" a ", 3));
}

TEST(words_are_written_together)
{
    struct pairs all = PAIRS_OF("no\tN OW\nto\tT UW\nread\tR EH D\n"
                                "read\tR IY D\n");
    struct pairs three = pairs_joined(&all, 3, 3, 50, 1);
    struct pairs some = pairs_joined(&all, 1, 2, 50, 1);
    size_t longer = 0;
    assert_int_equal(three.count, 50);
    for (size_t i = 0; i < three.count; i++) {
        const char *in = three.list[i].input, *out = three.list[i].output;
        assert_int_equal(strlen(in), 6);
        for (size_t w = 0; w < 3; w++) {      /* no "read": it has two */
            const bool no = !strncmp(in + 2 * w, "no", 2);
            assert_true(no || !strncmp(in + 2 * w, "to", 2));
            assert_true(!strncmp(out + 5 * w, no ? "N OW" : "T UW", 4));
        }
        assert_int_equal(strlen(out), 14);
    }
    for (size_t i = 0; i < some.count; i++)
        longer += strlen(some.list[i].input) == 4;
    assert_true(longer > 10 && longer < 40);
    pairs_free(&three), pairs_free(&some), pairs_free(&all);
}

TEST(only_words_that_fit_are_written_together)
{
#define TWENTY "abcdefghijklmnopqrst"
    struct pairs all = PAIRS_OF(TWENTY "\tA\n" TWENTY "u\tB\n"
        "c\t" TWENTY TWENTY TWENTY "\nd\t" TWENTY TWENTY TWENTY "u\n"
        "e\tA A A A A A A A A A A A A A A A A A A A\n"
        "f\tA A A A A A A A A A A A A A A A A A A A A\n");
    const bool fits[] = { true, false, true, false, true, false };
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(joined_fits(&all, i), fits[i]);
    struct pairs once = pairs_joined(&all, 1, 3, 20, 4);
    struct pairs again = pairs_joined(&all, 1, 3, 20, 4);
    for (size_t i = 0; i < 20; i++)
        assert_string_equal(once.list[i].input, again.list[i].input);
    pairs_free(&once), pairs_free(&again), pairs_free(&all);
    all = PAIRS_OF("read\tR EH D\nread\tR IY D\n");
    once = pairs_joined(&all, 1, 3, 20, 4);
    assert_int_equal(once.count, 0);
    pairs_free(&once), pairs_free(&all);
}

TEST(pairs_of_one_input_stand_together)
{
    struct pairs all = PAIRS_OF("b\tB 1\na\tA\nb\tB 2\n\xc3\xa9\tE\na\tA");
    static const char *const want[] = { "B 1", "B 2", "A", "A", "E" };
    static const size_t lines[] = { 1, 3, 2, 5, 4 }, first[] = { 0, 2, 4, 5 };
    assert_true(all.count == 5 && all.inputs == 3);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(all.list[i].output, want[i]);
        assert_int_equal(all.list[i].line, lines[i]);
    }
    assert_memory_equal(all.first, first, sizeof first);
    struct pairs turned = pairs_turned(&all);
    assert_true(turned.count == 5 && turned.inputs == 4);
    assert_string_equal(turned.list[turned.first[1]].input, "A");
    assert_string_equal(turned.list[turned.first[1] + 1].output, "a");
    pairs_free(&turned), pairs_free(&all);
}

TEST(a_pipe_is_read_as_a_file_is)
{
    int ends[2];
    char path[32], text[200000];
    for (size_t i = 0; i < sizeof text; i += 4)
        memcpy(text + i, "x\ty\n", 4);
    assert_int_equal(pipe(ends), 0);
    pid_t writer = fork();
    if (writer == 0) {
        ssize_t n = write(ends[1], text, sizeof text);
        _exit(n != (ssize_t)sizeof text);
    }
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    struct pairs all = pairs_read(path);
    assert_true(all.count == sizeof text / 4 && all.inputs == 1);
    pairs_free(&all), close(ends[0]), waitpid(writer, NULL, 0);
}

#define REFUSED(message, text) \
    CHECK_PRINTS(DIES_FAIL, message, PAIRS_OF(text))

TEST(bad_pairs_are_refused)
{
    REFUSED("f.tsv:2: no tab between input and output", "a\tb\nc d\n");
    REFUSED("f.tsv:2: no tab between input and output", "a\tb\n\nc\td\n");
    REFUSED("f.tsv:1: more than one tab", "a\tb\tc\n");
    REFUSED("f.tsv:1: the input is empty", "\tb\n");
    REFUSED("f.tsv:3: the output is empty", "a\tb\na\tb\nc\t  \n");
    REFUSED("f.tsv:1: the input is not UTF-8 at byte 2", "a\xff\tb");
    REFUSED("f.tsv:1: the output is not UTF-8 at byte 1", "a\t\xed\xa0\x80");
    REFUSED("f.tsv:1: the output has a control character at byte 2",
            "a\tb\r\n");
    REFUSED("f.tsv:1: the input has a control character at byte 1", "\0\tb");
    REFUSED("f.tsv: is empty", "");
    CHECK_PRINTS(DIES_FAIL, "/dev/null: is empty", pairs_read("/dev/null"));
    CHECK_PRINTS(DIES_FAIL, "none.tsv: No such file",
                 pairs_read(check_path("none.tsv")));
}

static const char *cut_of(const char *how_text, const char *text)
{
    static char out[256];
    struct units how;
    struct unit cut[64];
    REQUIRE(!units_parse(&how, how_text));
    size_t n = units_cut(cut, &how, text, strlen(text));
    *out = 0;
    for (size_t i = 0; i < n; i++)
        text_add(out, sizeof out, "[%.*s]", (int)cut[i].n, cut[i].at);
    units_free(&how);
    return out;
}

TEST(texts_are_cut_as_they_should)
{
    assert_string_equal(cut_of("char", "a \xc3\xa9"), "[a][ ][\xc3\xa9]");
    assert_string_equal(cut_of("word", "  TH  R UW "), "[TH][R][UW]");
    assert_string_equal(cut_of("bpe:0", "ab"), "[a][b]");
    assert_string_equal(cut_of("bpe:2\na\ta\naa\ta", "aaaaaaa"),
                        "[aa][aa][aaa]");
    assert_string_equal(cut_of("bpe:2\na\ta\naa\tb", "baaab"),
                        "[b][aa][a][b]");
    assert_string_equal(cut_of("bpe:1\n \tn", "n n"), "[n][ n]");
}

TEST(units_are_joined_again)
{
    static const char *const hows[] = { "char", "word", "bpe:1\nR\tE" };
    struct pairs all = pairs_read(words_path);
    for (size_t i = 0; i < all.count; i++)
        for (size_t j = 0; j < 3; j++) {
            const struct pair *p = &all.list[i];
            const char *text = j == 1 ? p->output : p->input;
            struct unit cut[64];
            struct units how;
            char out[256];
            units_parse(&how, hows[j]);
            size_t n = units_cut(cut, &how, text, strlen(text));
            assert_int_equal(units_join(out, sizeof out, &how, cut, n),
                             strlen(text));
            assert_string_equal(out, text);
            units_free(&how);
        }
    pairs_free(&all);
}

TEST(joined_units_stay_in_their_place)
{
    static const struct unit cut[] = { { "TH", 2 }, { "\xc3\xa9", 2 },
                                       { "R", 1 } };
    static const struct units how = { UNIT_WORD };
    static const char *const want[] = { "", "", "TH", "TH", "TH",
        "TH \xc3\xa9", "TH \xc3\xa9", "TH \xc3\xa9 R" };
    for (size_t size = 1; size <= 8; size++) {
        char *out = malloc(size);        /* so that its end is watched */
        assert_int_equal(units_join(out, size, &how, cut, 3), 7);
        assert_string_equal(out, want[size - 1]);
        free(out);
    }
}

TEST(bad_units_are_refused)
{
    static const char *const bad[] = { "", "chars", "bpe", "bpe:", "bpe:-1",
        "bpe:1.5", "bpe:100001", "bpe:99999999999999999999", "char\n",
        "bpe:1x", "bpe:1\n", "bpe:1\nab", "bpe:1\na\t", "bpe:1\n\tb",
        "bpe:1\na\tb\tc", "bpe:2\na\tb", "bpe:1\na\tb\nc\td",
        "bpe:1\na\t\xff", "bpe:1\n\1\tb", "bpe:100000\na\tb", "word\nx",
        "bpe:0\na\tb" };
    struct units how;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!units_parse(&how, bad[i]))
            fail_msg("\"%s\" was taken", bad[i]);
    assert_string_equal(units_parse(&how, "letter"),
        "is not char, word or bpe:N with N up to 100000");
}

static struct units trained(const char *wanted, const struct pairs *pairs)
{
    struct units how;
    REQUIRE(!units_parse(&how, wanted));
    units_train(&how, pairs, false);
    return how;
}

TEST(merges_as_by_hand)
{
    static const struct { const char *text, *merges; } texts[] = {
        { "abab\t1\nabc\t1\n", "bpe:1\na\tb" },
        { "xy\t1\nab\t1\nxy z\t1\nab c\t1\n", "bpe:2\na\tb\nx\ty" },
        { "no no\t1\nno no no\t1\n", "bpe:2\nn\to\n \tno" },
        { "\xc3\xa9t\t1\n\xc3\xa9t\t1\n", "bpe:1\n\xc3\xa9\tt" },
        { "a\tbb\n", "bpe:0" } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct pairs pairs = pairs_read(file_of(texts[i].text,
                                                strlen(texts[i].text)));
        struct units how = trained("bpe:9", &pairs);
        assert_string_equal(how.text, texts[i].merges);
        units_free(&how), pairs_free(&pairs);
    }
}

struct neighbors { struct unit left, right; size_t count; };

static struct neighbors slow_best(const struct pairs *pairs,
                                  const struct units *how)
{
    static struct neighbors all[4096];
    struct neighbors best = { .count = 0 };
    size_t n = 0;
    for (size_t i = 0; i < pairs->count; i++) {
        struct unit cut[64];
        const char *text = pairs->list[i].input;
        size_t units = units_cut(cut, how, text, strlen(text));
        for (size_t j = 0, k; j + 1 < units; j++) {
            for (k = 0; k < n && !(unit_same(all[k].left, cut[j])
                                   && unit_same(all[k].right, cut[j + 1])); )
                k++;
            if (k == n)
                all[n++] = (struct neighbors){ cut[j], cut[j + 1], 0 };
            all[k].count++;
        }
    }
    for (size_t k = 0; k < n; k++) {
        int order = all[k].count < best.count ? 1
            : all[k].count > best.count ? -1
            : unit_compare(all[k].left, best.left);
        if (order == 0)
            order = unit_compare(all[k].right, best.right);
        if (order < 0)
            best = all[k];
    }
    return best;
}

TEST(each_merge_is_the_most_frequent_pair)
{
    struct pairs pairs = pairs_read(words_path);
    pairs.count = 600;
    struct units how = trained("bpe:60", &pairs);
    assert_int_equal(how.count, 60);
    for (how.count = 0; how.count < 60; how.count++) {
        free(how.sorted), merges_sort(&how);
        struct neighbors best = slow_best(&pairs, &how);
        const struct merge *m = &how.merges[how.count];
        assert_true(unit_same(best.left, m->left));
        assert_true(unit_same(best.right, m->right));
    }
    units_free(&how), pairs_free(&pairs);
}

static struct vocabulary vocabulary_from(const char *text,
                                         const struct units how[2])
{
    struct pairs pairs = pairs_read(file_of(text, strlen(text)));
    struct vocabulary v = vocabulary_new(&pairs, &how[0], &how[1]);
    pairs_free(&pairs);
    return v;
}

static const struct units letters_sounds[] = { { UNIT_CHAR }, { UNIT_WORD } };

TEST(units_have_ids)
{
    struct vocabulary v = vocabulary_from("THE\tDH AH\nHE\tHH IY\n",
                                          letters_sounds);
    int32_t ids[8] = { 0 };
    size_t n = 0;
    char out[32];
    assert_string_equal(v.text, "</s>\n<s>\nAH\nDH\nE\nH\nHH\nIY\nT");
    assert_int_equal(v.count, 9);
    for (int32_t i = 2; i < 9; i++)
        assert_int_equal(vocabulary_id(&v, v.units[i]), i);
    assert_null(vocabulary_encode(ids, &n, 3, &v, letters_sounds, "The"));
    assert_int_equal(n, 3);
    assert_memory_equal(ids, ((int32_t[]){ 8, 5, 4 }), 12);
    const int32_t said[] = { 1, 3, 2, 0, 7 };
    assert_int_equal(vocabulary_decode(out, sizeof out, &v,
                                       letters_sounds + 1, said, 5), 5);
    assert_string_equal(out, "DH AH");
    CHECK_DIES(DIES_REQUIRE, vocabulary_decode(out, sizeof out, &v,
               letters_sounds, (int32_t[]){ 9 }, 1));
    CHECK_DIES(DIES_REQUIRE, vocabulary_decode(out, sizeof out, &v,
               letters_sounds, (int32_t[]){ -1 }, 1));
    vocabulary_free(&v);
}

TEST(what_a_model_does_not_know_is_named)
{
    const struct units how[] = { { UNIT_WORD }, { UNIT_WORD } };
    struct vocabulary v = vocabulary_from("the dog\tIn London\n", how);
    static const struct { const char *text, *wrong; } texts[] = {
        { "The DOG", NULL }, { "the London", NULL },
        { "THE london", "has \"london\", which the model does not know" },
        { "The London dog", NULL },
        { "a \xff", "is not UTF-8 at byte 3" }, { "  ", "is empty" },
        { "", "is empty" },
        { "<s> the", "has \"<s>\", which the model does not know" },
        { "the the the the", "has 4 units, and at most 3 are possible" } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int32_t ids[3];
        size_t n;
        const char *wrong = vocabulary_encode(ids, &n, 3, &v, how,
                                              texts[i].text);
        if (texts[i].wrong)
            assert_string_equal(wrong ? wrong : "", texts[i].wrong);
        else
            assert_null(wrong);
    }
    vocabulary_free(&v);
    CHECK_PRINTS(DIES_FAIL, "f.tsv:2: has the unit </s>, which has another "
                 "meaning", vocabulary_from("a\tb\nc\td </s>\n", how));
}

TEST(all_words_come_back)
{
    struct pairs all = pairs_read(words_path);
    struct units how[2] = { { UNIT_CHAR }, trained("bpe:50", &all) };
    for (size_t k = 0; k < 2; k++) {
        struct vocabulary v = vocabulary_new(&all, &how[k],
                                             &letters_sounds[1]);
        for (size_t i = 0; i < all.count; i++) {
            int32_t ids[64];
            size_t n;
            char out[64], low[64];
            const char *word = all.list[i].input;
            text_case(low, word, strlen(word) + 1, 2);
            assert_null(vocabulary_encode(ids, &n, 64, &v, &how[k], low));
            vocabulary_decode(out, sizeof out, &v, &how[k], ids, n);
            assert_string_equal(out, word);
        }
        vocabulary_free(&v);
    }
    units_free(&how[1]), pairs_free(&all);
}

TEST(bad_vocabularies_are_refused)
{
    static const struct { const char *text, *wrong; } bad[] = {
        { "", "does not begin with </s> and <s>" },
        { "<s>\n</s>\na", "does not begin with </s> and <s>" },
        { "</s>", "does not begin with </s> and <s>" },
        { "</s>\n<s>\n", "has a unit that is no text" },
        { "</s>\n<s>\na\n\nb", "has a unit that is no text" },
        { "</s>\n<s>\na\n\xff", "has a unit that is no text" },
        { "</s>\n<s>\na\tb", "has a unit that is no text" },
        { "</s>\n<s>\nb\na", "has units out of order" },
        { "</s>\n<s>\na\na", "has units out of order" },
        { "</s>\n<s>\n<s>", "has </s> or <s> twice" } };
    struct vocabulary v;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *wrong = vocabulary_parse(&v, bad[i].text);
        assert_string_equal(wrong ? wrong : "", bad[i].wrong);
        assert_null(v.text);
    }
    assert_null(vocabulary_parse(&v, "</s>\n<s>"));
    assert_int_equal(v.count, 2);
    vocabulary_free(&v);
}
CHECK_MAIN()

