/* translation_exercise.h -- generated from chapters/18-translation.nw. Edit a copy. */
/* Complete these. translation_exercise.c checks them. */
#include <stdbool.h>
#include <stddef.h>

/* contract of clipped_matches */
/* clipped_matches: how many of the words said (n) count.  references (count):
 * lists of words, lengths (count) how long they are.  Words are numbers.  A
 * word counts at most as often as in the reference that has most of it. */
static inline size_t clipped_matches(const int *said, size_t n,
    const int *const *references, const size_t *lengths, size_t count)

{
    (void)said, (void)n, (void)references, (void)lengths, (void)count;
    return 0;
}

/* contract of links_both */
/* links_both: there (m): the word of n to which each of m words is linked,
 * or none; back (n): the other way, of m.  Afterward there has only those
 * links that back has too; none in the place of the others. */
static inline void links_both(size_t *there, const size_t *back, size_t m,
                              size_t n, size_t none)
{
    (void)back, (void)n, (void)there, (void)m, (void)none;
}

