/* vocabulary.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct vocabulary, vocabulary_free, vocabulary_parse,
 * vocabulary_of, merges_add, vocabulary_new, vocabulary_id, ids_of,
 * vocabulary_encode, vocabulary_decode, vocabulary_names */

/* vocabulary.h -- numbers for the units of texts. */
#ifndef VOCABULARY_H
#define VOCABULARY_H
#include "kit/units.h"

enum { VOCABULARY_END, VOCABULARY_START, VOCABULARY_UNITS,
       VOCABULARY_MOST = 1 << 24 };

struct vocabulary {
    size_t count;
    struct unit *units;      /* (count): id to unit; they point into text */
    char *text;              /* for the metadata of a model */
};

/* vocabulary_free: releases what the functions below have allocated. */
static inline void vocabulary_free(struct vocabulary *v)
{
    free(v->units), free(v->text);
    *v = (struct vocabulary){ 0 };
}

static const struct unit unit_marks[] = { { "</s>", 4 }, { "<s>", 3 } };

static inline bool unit_is_mark(struct unit u)
{
    return unit_same(u, unit_marks[0]) || unit_same(u, unit_marks[1]);
}

static inline const char *vocabulary_check(const struct vocabulary *v)
{
    if (v->count < 2 || !unit_same(v->units[0], unit_marks[0])
        || !unit_same(v->units[1], unit_marks[1]))
        return "does not begin with </s> and <s>";
    for (size_t i = VOCABULARY_UNITS; i < v->count; i++) {
        struct unit u = v->units[i];
        if (!u.n || text_wrong(u.at, u.n))
            return "has a unit that is no text";
        if (i > VOCABULARY_UNITS && unit_compare(v->units[i - 1], u) >= 0)
            return "has units out of order";
        if (unit_is_mark(u))
            return "has </s> or <s> twice";
    }
    return NULL;
}

/* vocabulary_parse: NULL, and the vocabulary of a text, its units by id with
 * line feeds between; or what is wrong with it. */
static inline const char *vocabulary_parse(struct vocabulary *v,
                                           const char *text)
{
    size_t lines = 1;
    *v = (struct vocabulary){ .text = strdup(text) };
    REQUIRE(v->text);
    for (const char *c = v->text; *c; c++)
        lines += *c == '\n';
    v->units = allocate(lines, sizeof *v->units);
    const char *at = v->text, *end = at + strlen(at);
    while (v->count < lines)
        v->units[v->count++] = unit_next(&at, end, '\n');
    const char *wrong = lines > VOCABULARY_MOST ? "has too many units"
        : vocabulary_check(v);
    if (wrong)
        vocabulary_free(v);
    return wrong;
}

static inline size_t units_once(struct unit *list, size_t n)
{
    size_t kept = 0;
    qsort(list, n, sizeof *list, units_by_bytes);
    for (size_t i = 0; i < n; i++)
        if (!i || !unit_same(list[i], list[kept - 1]))
            list[kept++] = list[i];
    return kept;
}

/* vocabulary_of: the vocabulary of n units, in any order and number of
 * copies; sorts the list. Fails if </s> or <s> is among them. */
static inline struct vocabulary vocabulary_of(struct unit *list, size_t n)
{
    struct vocabulary v;
    size_t bytes = 16;
    n = units_once(list, n);
    for (size_t i = 0; i < n; i++)
        bytes = size_sum(bytes, list[i].n + 1);
    char *text = allocate(bytes, 1), *at = text + sprintf(text, "</s>\n<s>");
    for (size_t i = 0; i < n; i++) {
        *at++ = '\n';
        memcpy(at, list[i].at, list[i].n), at += list[i].n;
    }
    const char *wrong = vocabulary_parse(&v, text);
    if (wrong)
        fail("the vocabulary %s", wrong);
    free(text);
    return v;
}

/* merges_add: the units that merges make go to list, how->count of them.
 * Returns their bytes, to be freed. */
static inline char *merges_add(struct unit *list, const struct units *how)
{
    size_t bytes = 0;
    for (size_t i = 0; i < how->count; i++)
        bytes += how->merges[i].left.n + how->merges[i].right.n;
    char *text = allocate(bytes + 1, 1), *to = text;
    for (size_t i = 0; i < how->count; i++) {
        const struct merge *m = &how->merges[i];
        list[i] = (struct unit){ to, m->left.n + m->right.n };
        memcpy(to, m->left.at, m->left.n), to += m->left.n;
        memcpy(to, m->right.at, m->right.n), to += m->right.n;
    }
    return text;
}

/* vocabulary_new: the units of all inputs and outputs, and those that merges
 * may make of other texts. */
static inline struct vocabulary vocabulary_new(const struct pairs *pairs,
                                               const struct units *source,
                                               const struct units *target)
{
    size_t capacity = 1024 + source->count + target->count;
    struct unit *list = allocate(capacity, sizeof *list);
    char *made[2] = { merges_add(list, source),
                      merges_add(list + source->count, target) };
    size_t n = source->count + target->count;
    for (size_t i = 0; i < 2 * pairs->count; i++) {
        const struct pair *p = &pairs->list[i / 2];
        const char *side = i % 2 ? p->output : p->input;
        size_t length = strlen(side);
        if (n + length > capacity) {
            n = units_once(list, n);
            if (n + length > capacity / 2) {
                capacity = size_product(2, size_sum(capacity, length));
                list = enlarge(list, n, capacity, sizeof *list);
            }
        }
        size_t more = units_cut(list + n, i % 2 ? target : source, side,
                                length);
        for (size_t end = n + more; n < end; n++)
            if (unit_is_mark(list[n])) {
                const struct unit mark = list[n];
                free(list), free(made[0]), free(made[1]);
                fail("%s:%zu: has the unit %.*s, which has another meaning",
                     pairs->path, p->line, (int)mark.n, mark.at);
            }
    }
    struct vocabulary v = vocabulary_of(list, n);
    free(list), free(made[0]), free(made[1]);
    return v;
}

/* vocabulary_id: the number of a unit; -1: it has none. */
static inline int32_t vocabulary_id(const struct vocabulary *v,
                                    struct unit unit)
{
    const int32_t at = units_find(v->units + VOCABULARY_UNITS,
                                  v->count - VOCABULARY_UNITS, unit);
    return at < 0 ? -1 : at + VOCABULARY_UNITS;
}

static inline void text_case(char *out, const char *text, size_t n, int how)
{
    for (size_t i = 0; i < n; i++) {
        char large = capital(text[i]);
        bool letter = large >= 'A' && large <= 'Z';
        out[i] = how == 1 ? large : how == 2 && letter
            ? (char)(large - 'A' + 'a') : text[i];
    }
}

static inline int32_t unit_id_any(const struct vocabulary *v,
                                  struct unit unit)
{
    char *copy = allocate(unit.n, 1);
    int32_t id = -1;
    for (int how = 0; how < 3 && id < 0; how++) {
        text_case(copy, unit.at, unit.n, how);
        id = vocabulary_id(v, (struct unit){ copy, unit.n });
    }
    free(copy);
    return id;
}

/* ids_of: the ids of units (n). Returns how many are known, up to the first
 * that is not. any: in large or small letters. */
static inline size_t ids_of(int32_t *ids, const struct vocabulary *v,
                            const struct unit *units, size_t n, bool any)
{
    for (size_t i = 0; i < n; i++)
        if ((ids[i] = any ? unit_id_any(v, units[i])
             : vocabulary_id(v, units[i])) < 0)
            return i;
    return n;
}

/* vocabulary_encode: NULL, and the numbers of the units of text in ids, space
 * for most, and how many in *n; or what is wrong: "has 70 units, and at most
 * 64 are possible", which is good until the next call. */
static inline const char *vocabulary_encode(int32_t *ids, size_t *n,
    size_t most, const struct vocabulary *v, const struct units *how,
    const char *text)
{
    static char fault[160];
    size_t length = strlen(text), known = *n = 0;
    const char *wrong = text_lacks(text, length);
    if (wrong)
        return wrong;
    char *copy = allocate(length, 1);
    struct unit *cut = allocate(length, sizeof *cut);
    for (int i = 0; i < 4 && known < 1 + *n; i++) {
        text_case(copy, text, length, i);
        *n = units_cut(cut, how, copy, length);
        if (*n <= most)
            known = 1 + ids_of(ids, v, cut, *n, i == 3);
    }
    if (*n > most)
        snprintf(fault, sizeof fault, "has %zu units, and at most %zu are "
                 "possible", *n, most);
    else if (known < 1 + *n)
        snprintf(fault, sizeof fault, "has \"%.*s\", which the model does "
                 "not know",
                 (int)(cut[known - 1].n < 80 ? cut[known - 1].n : 80),
                 cut[known - 1].at);
    wrong = *n > most || known < 1 + *n ? fault : NULL;
    free(cut), free(copy);
    return wrong;
}

/* vocabulary_decode: the text of ids (n), up to VOCABULARY_END; without
 * VOCABULARY_START. As much as out has place for, size > 0 bytes; returns the
 * bytes that all of it has. Checked: ids are below v->count. */
static inline size_t vocabulary_decode(char *out, size_t size,
    const struct vocabulary *v, const struct units *how, const int32_t *ids,
    size_t n)
{
    struct unit *units = allocate(n, sizeof *units);
    size_t count = 0;
    for (size_t i = 0; i < n && ids[i] != VOCABULARY_END; i++) {
        REQUIRE(ids[i] > 0 && (size_t)ids[i] < v->count);
        if (ids[i] != VOCABULARY_START)
            units[count++] = v->units[ids[i]];
    }
    size_t length = units_join(out, size, how, units, count);
    free(units);
    return length;
}

/* vocabulary_names: what each unit is called, for figures: its text, and
 * "end" for the end. */
static inline const char **vocabulary_names(const struct vocabulary *v)
{
    size_t bytes = sizeof "end";
    for (size_t i = 0; i < v->count; i++)
        bytes += v->units[i].n + 1;
    const char **names = allocate(v->count, sizeof *names);
    char *to = allocate(bytes, 1);
    for (size_t i = 0; i < v->count; i++) {
        const struct unit u = v->units[i];
        names[i] = to;
        to += 1 + (i == VOCABULARY_END ? sprintf(to, "end")
                   : sprintf(to, "%.*s", (int)u.n, u.at));
    }
    return names;
}

#endif

