/* translation_exercise.c -- generated from chapters/18-translation.nw. Do not edit. */
#include "kit/check.h"
#ifndef ANSWERS
#define ANSWERS "translation_exercise.h"
#endif
#include ANSWERS

TEST(words_are_clipped)
{
    const int said[] = { 1, 1, 1, 2, 3 };
    const int a[] = { 1, 2 }, b[] = { 4, 1, 5, 1 }, c[] = { 3, 3, 3 };
    const int *const references[] = { a, b, c };
    const size_t lengths[] = { 2, 4, 3 };
    assert_int_equal(clipped_matches(said, 5, references, lengths, 3), 4);
    assert_int_equal(clipped_matches(said, 5, references, lengths, 1), 2);
    assert_int_equal(clipped_matches(said, 4, references + 2, lengths + 2,
                                     1), 0);
    assert_int_equal(clipped_matches(said, 0, references, lengths, 3), 0);
}

TEST(links_are_of_both)
{
    enum { NONE = 99 };
    size_t there[] = { 0, 2, 2, NONE };
    const size_t back[] = { 0, 3, 2 };
    links_both(there, back, 4, 3, NONE);
    assert_true(there[0] == 0 && there[1] == NONE && there[2] == 2
                && there[3] == NONE);
}
CHECK_MAIN()

