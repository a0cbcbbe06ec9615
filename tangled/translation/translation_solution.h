/* translation_solution.h -- generated from chapters/18-translation.nw. Do not edit. */
#include <stdbool.h>
#include <stddef.h>

static size_t times(int word, const int *list, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += list[i] == word;
    return count;
}

/* contract of clipped_matches */
/* clipped_matches: how many of the words said (n) count.  references (count):
 * lists of words, lengths (count) how long they are.  Words are numbers.  A
 * word counts at most as often as in the reference that has most of it. */
static inline size_t clipped_matches(const int *said, size_t n,
    const int *const *references, const size_t *lengths, size_t count)

{
    size_t matches = 0;
    for (size_t i = 0; i < n; i++) {
        size_t most = 0;
        for (size_t r = 0; r < count; r++) {
            const size_t has = times(said[i], references[r], lengths[r]);
            most = has > most ? has : most;
        }
        matches += times(said[i], said, i) < most;
    }
    return matches;
}

/* contract of links_both */
/* links_both: there (m): the word of n to which each of m words is linked,
 * or none; back (n): the other way, of m.  Afterward there has only those
 * links that back has too; none in the place of the others. */
static inline void links_both(size_t *there, const size_t *back, size_t m,
                              size_t n, size_t none)
{
    for (size_t j = 0; j < m; j++)
        if (there[j] != none && (there[j] >= n || back[there[j]] != j))
            there[j] = none;
}
