/* translation_check.c -- generated from chapters/18-translation.nw. Do not edit. */
#include "kit/check.h"
#include "translation/aligning.h"
#include "translation/rouge.h"
#include "translation/texts.h"

TEST(bleu_by_hand)
{
    struct bleu b = { 0 };
    bleu_add(&b, "une nouvelle ligne une", "Insérer une nouvelle ligne");
    assert_true(b.match[0] == 3 && b.all[0] == 4 && b.match[1] == 2
                && b.all[1] == 3 && b.match[2] == 1 && b.all[2] == 2
                && b.match[3] == 0 && b.all[3] == 1);
    /* the fourth order counts as half a match */
    assert_true(fabs(bleu_score(&b) - 100 * pow(3. / 4 * 2 / 3 / 2 / 2, .25))
                < 1e-9);
    struct bleu short_one = { 0 };
    bleu_add(&short_one, "a b c d", "a b c d e f");
    assert_true(fabs(bleu_score(&short_one) - 100 * exp(1 - 6. / 4)) < 1e-9);
}

TEST(words_are_those_of_13a)
{
    static const char *const cases[][2] = {
        { "Hello, world!", "Hello , world !" },
        { "It's 3.14, or 1,000.", "It's 3.14 , or 1,000 ." },
        { "a-b 3-4 (x) [y] {z}", "a-b 3 - 4 ( x ) [ y ] { z }" },
        { "&quot;A&quot; &amp; B &lt;C&gt;", "\" A \" & B < C >" },
        { "  fin.  ", "fin ." }, { "", "" }, { "...", ". . ." },
        { "« Ça va ? »", "« Ça va ? »" }, { "a.b,c", "a . b , c" },
        { "50% / $3", "50 % / $ 3" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *words = words_13a(cases[i][0]);
        assert_string_equal(words, cases[i][1]);
        free(words);
    }
}

TEST(bleu_is_that_of_another_program)
{
    struct pairs pairs = pairs_read("tests/golden/bleu.tsv");
    struct bleu b = { 0 };
    double want = 0;
    for (size_t i = 0; i < pairs.count; i++)
        if (!strcmp(pairs.list[i].input, "bleu"))
            want = atof(pairs.list[i].output);
        else
            bleu_add(&b, pairs.list[i].input, pairs.list[i].output);
    assert_true(pairs.count > 80 && want > 50);
    assert_true(fabs(bleu_score(&b) - want) < 1e-8);
    pairs_free(&pairs);
}

TEST(chrf_by_hand)
{
    struct chrf c = { 0 };
    chrf_add(&c, "ab c", "a bd");
    assert_true(fabs(chrf_score(&c) - 100 * (2. / 3 + 1. / 2) / 3) < 1e-9);
    struct chrf half = { 0 };
    chrf_add(&half, "\u00e9\u00e8", "\u00e9\u00e8\u00e9\u00e8");
    /* P 1 and 1, R 2 of 4 and 1 of 3: 5 P R / (4 P + R) */
    const double R = (.5 + 1. / 3) / 2;
    assert_true(fabs(chrf_score(&half) - 100 * 5 * R / (4 + R)) < 1e-9);
}

TEST(near_duplicates_have_one_key)
{
    static const char *const cases[][2] = {
        { "Line 1", "line" }, { "line 2!", "line" }, { "10.5", "10.5" },
        { "\u00c9t\u00e9 a b", "\u00c9t\u00e9ab" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char key[40];
        assert_int_equal(text_key(key, cases[i][0]),
                         strlen(cases[i][1]) + 1);
        assert_string_equal(key, cases[i][1]);
    }
}

TEST(a_memory_finds_the_nearest)
{
    struct pair list[] = { { .input = "Close the file", .output = "a" },
                           { .input = "Insert row", .output = "b" },
                           { .input = "row Insert", .output = "c" } };
    const struct pairs memory = { .count = 3, .list = list };
    double near;
    assert_string_equal(memory_find(&near, &memory, "Insert a new row")
                        ->output, "b");
    assert_true(fabs(near - 2. / 3) < 1e-12);
    memory_find(&near, &memory, "Bold");
    assert_true(near == 0);
}

TEST(model1_by_hand)
{
    /* 0 null, 1 the, 2 house, 3 book, 4 a; la, maison, le, livre, un */
    static const int32_t e[3][2] = { { 1, 2 }, { 1, 3 }, { 4, 3 } };
    static const int32_t f[3][2] = { { 0, 1 }, { 2, 3 }, { 4, 3 } };
    struct bitext_pair list[3];
    for (size_t i = 0; i < 3; i++)
        list[i] = (struct bitext_pair){ 2, 2, e[i], f[i] };
    const struct bitext texts = { 3, list };
    struct model1 m = model1_new(&texts);
    double before = -INFINITY;
    model1_round(&m, &texts);
    assert_true(fabs(m.chance[model1_find(&m, 3, 3)] - .5) < 1e-12);
    assert_true(fabs(m.chance[model1_find(&m, 3, 2)] - .25) < 1e-12);
    assert_true(fabs(m.chance[model1_find(&m, 1, 3)] - .25) < 1e-12);
    for (int round = 0; round < 30; round++) {
        const double now = model1_round(&m, &texts);
        assert_true(now >= before - 1e-12);
        before = now;
    }
    size_t link[2];
    model1_align(link, &m, &list[1]);
    assert_true(link[0] == 0 && link[1] == 1);      /* le the, livre book */
    assert_true(m.chance[model1_find(&m, 3, 3)] > .99);
    assert_true(model1_find(&m, 2, 3) == m.known);
    model1_free(&m);
}

TEST(links_by_hand)
{
    static const float weights[] = { .6f, .1f, .3f,  .5f, .2f, .3f,
                                     .1f, .3f, .6f,  .1f, .7f, .2f };
    static const size_t own[] = { 0, 1, 2 }, two[] = { 0, 1, 1 };
    size_t link[3];
    links_of(link, weights, own, 3, 3, own, 4, 3, 0);
    assert_true(link[0] == 0 && link[1] == 0 && link[2] == 2);
    links_of(link, weights, own, 3, 3, own, 4, 3, 1);
    assert_true(link[0] == 0 && link[1] == 2 && link[2] == 1);
    /* red house is one word: .1 + .3, .2 + .3, .3 + .6 */
    links_of(link, weights, two, 3, 2, own, 4, 3, 0);
    assert_true(link[0] == 0 && link[1] == 0 && link[2] == 1);
    /* casa roja is one word, in rows 2 and 3: .2, 1 and .8 */
    links_of(link, weights, own, 3, 3, two, 4, 2, 1);
    assert_true(link[0] == 0 && link[1] == 1);
}

TEST(rouge_by_hand)
{
    const struct rouge r = rouge_of("the cat is on a mat",
                                    "the cat sat on the mat");
    assert_true(fabs(r.longest - 2. / 3) < 1e-12);
    assert_true(fabs(r.one - 4. / 6) < 1e-12);      /* the cat on mat */
    assert_true(fabs(r.two - 1. / 5) < 1e-12);      /* the cat */
    const struct rouge s = rouge_of("b a", "a b c d");
    assert_true(fabs(s.longest - 2. * .5 * .25 / .75) < 1e-12);
    assert_true(fabs(s.one - 2. * 1 * .5 / 1.5) < 1e-12 && s.two == 0);
    const struct rouge none = rouge_of("", "a");
    assert_true(none.one == 0 && none.two == 0 && none.longest == 0);
}
CHECK_MAIN()
