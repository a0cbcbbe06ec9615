/* bert_exercise.c -- generated from chapters/15-bert.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "bert_exercise.h"
#endif
#include ANSWERS

TEST(words_are_hidden_whole)
{
    /* [CLS] un ##aff ##able the cat ##s [SEP] */
    const bool goes_on[] = { 0, 0, 1, 1, 0, 0, 1, 0 };
    static const struct { int asked, want; } cases[] = {
        { 0, 0 }, { 1 << 2, 7 << 1 }, { 1 << 3, 7 << 1 }, { 1 << 1, 7 << 1 },
        { 1 << 4, 1 << 4 }, { 1 << 6, 3 << 5 }, { 1 << 5 | 1 << 3,
        3 << 5 | 7 << 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool asked[8];
        for (int j = 0; j < 8; j++)
            asked[j] = cases[i].asked >> j & 1;
        whole_words(asked, goes_on, 8);
        for (int j = 0; j < 8; j++)
            assert_int_equal(asked[j], cases[i].want >> j & 1);
    }
}

TEST(each_copy_has_one_blank)
{
    const int32_t ids[] = { 2, 7, 8, 7, 3 };
    const int32_t want[] = { 2, 4, 8, 7, 3,  2, 7, 4, 7, 3,  2, 7, 8, 4, 3 };
    int32_t got[15] = { 0 };
    one_blank_each(got, ids, 5, 4);
    assert_memory_equal(got, want, sizeof want);
}

TEST(a_text_has_its_likelihood)
{
    const float ln2 = logf(2);
    const float logits[] = { 0, ln2, 0, 500, 500 + ln2, 500 };
    const int32_t ids[] = { 0, 1, 2, 0 };
    assert_true(fabs(pseudo_log_likelihood(logits, ids, 4, 3) + log(8))
                < 1e-4);
    assert_true(pseudo_log_likelihood(logits, ids, 2, 3) == 0);
}
CHECK_MAIN()

