/* units.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum unit_kind, struct unit, struct merge, struct units,
 * unit_compare, units_find, units_free, merge_find, merges_sort,
 * units_parse, merge_apply, units_cut, units_join */

/* units.h -- cuts a text into characters, words or pieces of words, and joins
 * them again. */
#ifndef UNITS_H
#define UNITS_H
#include "kit/lexicon.h"

enum unit_kind { UNIT_CHAR, UNIT_WORD, UNIT_BPE };
enum { UNITS_MERGES = 100000 };

struct unit { const char *at; size_t n; };      /* n bytes of a text */
struct merge { struct unit left, right; };

/* How texts are cut. BPE with count < wanted is to be trained. */
struct units {
    enum unit_kind kind;
    size_t wanted, count;
    struct merge *merges;         /* (count): they point into text */
    uint32_t *sorted;             /* (count): which of them, by their units */
    char *text;                   /* "word"; for the metadata of a model */
};

/* unit_compare: less than, equal to or greater than 0, in byte order. */
static inline int unit_compare(struct unit a, struct unit b)
{
    int order = memcmp(a.at, b.at, a.n < b.n ? a.n : b.n);
    return order ? order : sizes_compare(a.n, b.n);
}

/* units_find: the place of unit in list (n), which is sorted; -1: it is not
 * there. */
static inline int32_t units_find(const struct unit *list, size_t n,
                                 struct unit unit)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = unit_compare(unit, list[middle]);
        if (order == 0)
            return (int32_t)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

static inline int units_by_bytes(const void *a, const void *b)
{
    return unit_compare(*(const struct unit *)a, *(const struct unit *)b);
}

static inline bool unit_same(struct unit a, struct unit b)
{
    return a.n == b.n && !memcmp(a.at, b.at, a.n);
}

static inline struct unit unit_next(const char **at, const char *end,
                                    char stop)
{
    const char *found = memchr(*at, stop, (size_t)(end - *at));
    struct unit unit = { *at, (size_t)((found ? found : end) - *at) };
    *at = found ? found + 1 : end;
    return unit;
}

/* units_free: releases what units_parse and units_train have allocated. */
static inline void units_free(struct units *how)
{
    free(how->merges), free(how->sorted), free(how->text);
    *how = (struct units){ 0 };
}

static inline int merge_order(struct merge a, struct merge b)
{
    const int order = unit_compare(a.left, b.left);
    return order ? order : unit_compare(a.right, b.right);
}

/* merge_find: the place among the merges of one that joins these units; or
 * their count. */
static inline size_t merge_find(const struct units *how, struct merge m)
{
    size_t low = 0, high = how->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (merge_order(how->merges[how->sorted[middle]], m) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low < how->count
        && merge_order(how->merges[how->sorted[low]], m) == 0;
    return found ? how->sorted[low] : how->count;
}

/* merges_sort: fills sorted; of equal merges the first stands first. */
static inline void merges_sort(struct units *how)
{
    const size_t n = how->count;
    uint32_t *from = allocate(n + 1, sizeof *from);
    uint32_t *to = allocate(n + 1, sizeof *to);
    for (uint32_t i = 0; i < n; i++)
        from[i] = i;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t at = 0; at < n; at += 2 * run) {
            const size_t middle = at + run < n ? at + run : n;
            const size_t end = at + 2 * run < n ? at + 2 * run : n;
            for (size_t i = at, a = at, b = middle; i < end; i++)
                to[i] = b == end || (a < middle && merge_order(
                    how->merges[from[a]], how->merges[from[b]]) <= 0)
                    ? from[a++] : from[b++];
        }
        uint32_t *swap = from;
        from = to, to = swap;
    }
    free(to);
    how->sorted = from;
}

static inline bool merges_parse(struct units *how, const char *at)
{
    const char *end = at + strlen(at);
    if (how->wanted > strlen(at))
        return false;
    how->merges = allocate(how->wanted, sizeof *how->merges);
    while (at < end && how->count < how->wanted) {
        struct unit line = unit_next(&at, end, '\n');
        const char *stop = line.at + line.n;
        struct merge *m = &how->merges[how->count++];
        m->left = unit_next(&line.at, stop, '\t');
        m->right = (struct unit){ line.at, (size_t)(stop - line.at) };
        if (!m->left.n || !m->right.n || text_wrong(m->left.at, m->left.n)
            || text_wrong(m->right.at, m->right.n))
            return false;
    }
    merges_sort(how);
    return at == end && how->count == how->wanted;
}

/* units_parse: NULL, and how the units of text; or what is wrong with it.
 * text: "char", "word", "bpe:N", or "bpe:N" and N lines of merges. */
static inline const char *units_parse(struct units *how, const char *text)
{
    size_t head = strcspn(text, "\n");
    char number[24] = "";
    *how = (struct units){ UNIT_BPE, .text = strdup(text) };
    REQUIRE(how->text);
    if (!strcmp(text, "char"))
        how->kind = UNIT_CHAR;
    if (!strcmp(text, "word"))
        how->kind = UNIT_WORD;
    if (how->kind != UNIT_BPE)
        return NULL;
    if (!strncmp(text, "bpe:", 4) && head < sizeof number)
        memcpy(number, text + 4, head - 4);
    bool good = parse_size(&how->wanted, number)
        && how->wanted <= UNITS_MERGES;
    bool merges = good && text[head];
    if (good && (!merges || merges_parse(how, how->text + head + 1)))
        return NULL;
    units_free(how);
    return merges ? "has a line that is no merge, or too few or many of them"
        : "is not char, word or bpe:N with N up to 100000";
}

static inline size_t merge_next(const struct units *how,
                                const struct unit *units, size_t left)
{
    return left < 2 ? how->count
                    : merge_find(how, (struct merge){ units[0], units[1] });
}

/* merge_apply: the merge first becomes one unit wherever it stands; next (n)
 * are the merges of each unit with the one behind it.  Returns how many units
 * are left. */
static inline size_t merge_apply(struct unit *units, size_t *next, size_t n,
                                 size_t first, const struct units *how)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++, kept++) {
        units[kept] = units[i], next[kept] = next[i];
        if (next[i] != first)
            continue;
        units[kept].n += units[++i].n, next[kept] = SIZE_MAX;
        if (kept > 0)
            next[kept - 1] = SIZE_MAX;
    }
    for (size_t i = 0; i < kept; i++)
        if (next[i] == SIZE_MAX)
            next[i] = merge_next(how, units + i, kept - i);
    return kept;
}

static inline size_t merges_apply(struct unit *units, size_t n,
                                  const struct units *how)
{
    size_t *next = allocate(n + 1, sizeof *next);
    for (size_t i = 0; i < n; i++)
        next[i] = merge_next(how, units + i, n - i);
    for (size_t done = 0, first = 0; first < how->count; done = first + 1) {
        first = how->count;
        for (size_t i = 0; i < n; i++)
            if (next[i] >= done && next[i] < first)
                first = next[i];
        if (first < how->count)
            n = merge_apply(units, next, n, first, how);
    }
    free(next);
    return n;
}

/* units_cut: the units of a text of n bytes, which text_wrong has not
 * refused. out: space for n. Returns how many. */
static inline size_t units_cut(struct unit *out, const struct units *how,
                               const char *text, size_t n)
{
    size_t count = 0;
    if (how->kind == UNIT_WORD) {
        struct words w = words_in(text, n, " ");
        while (words_next(&w))
            out[count++] = (struct unit){ w.at, w.n };
        return count;
    }
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = utf8_bytes(text + at, n - at);
        REQUIRE(bytes > 0);
        out[count++] = (struct unit){ text + at, bytes };
    }
    return how->count ? merges_apply(out, count, how) : count;
}

/* units_join: n units as one text: words with blanks between them, others
 * without. As much of it as out has place for, size > 0 bytes with the zero
 * at its end; returns the bytes that all of it has. */
static inline size_t units_join(char *out, size_t size,
                                const struct units *how,
                                const struct unit *units, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        size_t blank = how->kind == UNIT_WORD && i > 0;
        if (length + blank + units[i].n < size) {
            memcpy(out + length, " ", blank);
            memcpy(out + length + blank, units[i].at, units[i].n);
        } else if (length < size)
            out[length] = 0, size = length + 1;
        length += blank + units[i].n;
    }
    if (length < size)
        out[length] = 0;
    return length;
}

#endif

