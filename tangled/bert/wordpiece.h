/* wordpiece.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: enum special, struct wordpiece, struct numbered, wordpiece_sort,
 * special_next, struct pieces, wordpiece_word, wordpiece_find,
 * wordpiece_parse, wordpiece_encode, wordpiece_decode, wordpiece_special */

#ifndef WORDPIECE_H
#define WORDPIECE_H
#include "bert/basic.h"

/* The tokens that are no pieces of text. */
enum special { SPECIAL_PAD, SPECIAL_UNKNOWN, SPECIAL_FIRST, SPECIAL_LAST,
               SPECIAL_MASK, SPECIALS };
static const char *const special_names[SPECIALS] = { "[PAD]", "[UNK]",
    "[CLS]", "[SEP]", "[MASK]" };

/* Pieces of words.  Those that do not begin a word have ## before them. */
struct wordpiece {
    size_t count;                     /* V */
    struct unit *pieces;              /* (V): id to piece */
    int32_t special[SPECIALS];        /* their ids */
    struct unit *sorted[2];           /* (of[]): those that begin a word, and
                                         the others, without ## */
    int32_t *ids[2];                  /* (of[]): of the sorted ones */
    size_t of[2], longest;            /* longest: bytes of a piece */
    char *text;                       /* for the metadata of a model */
};
enum { WORD_MOST = 100, WORDPIECE_MOST = 1 << 24 };
/* A piece and its number, to be sorted. */
struct numbered { struct unit unit; int32_t id; };

static inline int numbered_compare(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    const int order = unit_compare(x->unit, y->unit);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static inline bool piece_goes_on(struct unit piece)
{
    return piece.n > 2 && piece.at[0] == '#' && piece.at[1] == '#';
}

static inline void wordpiece_free(struct wordpiece *v)
{
    for (size_t i = 0; i < 2; i++)
        free(v->sorted[i]), free(v->ids[i]);
    free(v->pieces), free(v->text);
    *v = (struct wordpiece){ 0 };
}

/* wordpiece_sort: fills in how pieces are found; or says what is wrong. */
static inline const char *wordpiece_sort(struct wordpiece *v)
{
    static char wrong[200];
    struct numbered *list = allocate(v->count, sizeof *list);
    const char *why = NULL;
    for (size_t i = 0; i < v->count; i++)
        list[i] = (struct numbered){ v->pieces[i], (int32_t)i };
    qsort(list, v->count, sizeof *list, numbered_compare);
    for (size_t i = 1; i < v->count && !why; i++)
        if (unit_same(list[i].unit, list[i - 1].unit)) {
            snprintf(wrong, sizeof wrong, "has \"%.*s\" in line %d and in "
                     "line %d", (int)(list[i].unit.n < 80 ? list[i].unit.n
                     : 80), list[i].unit.at, list[i - 1].id + 1,
                     list[i].id + 1);
            why = wrong;
        }
    for (size_t more = 0; more < 2; more++) {
        v->sorted[more] = allocate(v->count, sizeof **v->sorted);
        v->ids[more] = allocate(v->count, sizeof **v->ids);
    }
    for (size_t i = 0; i < v->count; i++) {
        const size_t more = piece_goes_on(list[i].unit), cut = 2 * more;
        const struct unit u = { list[i].unit.at + cut,
                                list[i].unit.n - cut };
        v->sorted[more][v->of[more]] = u;
        v->ids[more][v->of[more]++] = list[i].id;
        v->longest = u.n > v->longest ? u.n : v->longest;
    }
    free(list);
    return why;
}

static inline const char *wordpiece_check(const struct wordpiece *v)
{
    static char wrong[160];
    for (size_t i = 0; i < v->count; i++) {
        const struct unit u = v->pieces[i];
        const char *why = u.n ? text_wrong(u.at, u.n) : "is empty";
        for (size_t j = 0; !why && *u.at != '[' && j < u.n; j++)
            if (u.at[j] >= 'A' && u.at[j] <= 'Z')
                why = "has a capital letter, and texts become small letters";
        if (why) {
            snprintf(wrong, sizeof wrong, "line %zu %s", i + 1, why);
            return wrong;
        }
    }
    for (size_t i = 0; i < SPECIALS; i++)
        if (v->special[i] < 0) {
            snprintf(wrong, sizeof wrong, "has no token %s",
                     special_names[i]);
            return wrong;
        }
    return NULL;
}

/* special_next: the first special token in a text of n bytes: its place, or n
 * if there is none, and which. */
static inline size_t special_next(const char *text, size_t n, size_t *which)
{
    for (size_t at = 0; at < n; at++) {
        const char *found = memchr(text + at, '[', n - at);
        if (!found)
            break;
        at = (size_t)(found - text);
        for (*which = 0; *which < SPECIALS; ++*which) {
            const size_t bytes = strlen(special_names[*which]);
            if (bytes <= n - at && !memcmp(found, special_names[*which],
                                           bytes))
                return at;
        }
    }
    return n;
}

/* Ids as they come. */
struct pieces { int32_t *ids; size_t n, capacity; };

static inline void pieces_room(struct pieces *p, size_t more)
{
    if (more <= p->capacity - p->n)
        return;
    p->capacity = size_product(2, size_sum(p->capacity, more));
    p->ids = enlarge(p->ids, p->n, p->capacity, sizeof *p->ids);
}

static inline size_t wordpiece_word(int32_t *ids, const struct wordpiece *v,
                                    struct unit word);

static inline void pieces_cut(struct pieces *p, const struct wordpiece *v,
                              const char *text, size_t n)
{
    size_t length;
    char *words = basic_text(&length, text, n);
    struct words w = words_in(words, length, " ");
    while (words_next(&w)) {
        pieces_room(p, w.n);
        p->n += wordpiece_word(p->ids + p->n, v, (struct unit){ w.at, w.n });
    }
    free(words);
}

static inline size_t word_characters(struct unit word)
{
    size_t n = 0;
    for (size_t i = 0; i < word.n; i++)
        n += (word.at[i] & 0xc0) != 0x80;
    return n;
}

static inline int32_t wordpiece_find(const struct wordpiece *v, bool more,
                                     struct unit piece);

/* wordpiece_word: ids (word.n) of the pieces of a word, from left to right
 * the longest that there is; or unknown, if a rest has none.  Returns how
 * many.  Wu et al. 2016, section 4.1. */
static inline size_t wordpiece_word(int32_t *ids, const struct wordpiece *v,
                                    struct unit word)
{
    size_t count = 0;
    for (size_t at = 0, n; at < word.n; at += n) {
        int32_t id = -1;
        n = word.n - at < v->longest ? word.n - at : v->longest;
        while (n > 0 && (id = wordpiece_find(v, at > 0, (struct unit){
                             word.at + at, n })) < 0)
            n--;
        if (id < 0 || word_characters(word) > WORD_MOST) {
            ids[0] = v->special[SPECIAL_UNKNOWN];
            return 1;
        }
        ids[count++] = id;
    }
    return count;
}

/* wordpiece_find: the number of a piece that begins a word, or that goes on
 * with one; -1: there is none. */
static inline int32_t wordpiece_find(const struct wordpiece *v, bool more,
                                     struct unit piece)
{
    const int32_t at = units_find(v->sorted[more], v->of[more], piece);
    return at < 0 ? -1 : v->ids[more][at];
}

/* wordpiece_parse: NULL, and the vocabulary of a text of n bytes; or what is
 * wrong with it, good until the next call. */
static inline const char *wordpiece_parse(struct wordpiece *v,
                                          const char *text, size_t n)
{
    size_t lines = n > 0 && text[n - 1] != '\n';
    *v = (struct wordpiece){ .text = allocate(size_sum(n, 1), 1) };
    memcpy(v->text, text, n);
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    v->pieces = allocate(lines, sizeof *v->pieces);
    const char *at = v->text, *end = at + n;
    while (v->count < lines)
        v->pieces[v->count++] = unit_next(&at, end, '\n');
    const char *wrong = lines == 0 ? "is empty"
        : lines > WORDPIECE_MOST ? "has too many lines" : wordpiece_sort(v);
    for (size_t i = 0; i < SPECIALS; i++)
        v->special[i] = wrong ? -1 : wordpiece_find(v, false, (struct unit){
            special_names[i], strlen(special_names[i]) });
    wrong = wrong ? wrong : wordpiece_check(v);
    if (wrong)
        wordpiece_free(v);
    return wrong;
}

/* wordpiece_encode: the ids (*count) of a text of n bytes, free them. */
static inline int32_t *wordpiece_encode(size_t *count,
    const struct wordpiece *v, const char *text, size_t n)
{
    struct pieces p = { .capacity = n / 3 + 16 };
    p.ids = allocate(p.capacity, sizeof *p.ids);
    while (n > 0) {
        size_t which = 0;
        const size_t before = special_next(text, n, &which);
        pieces_cut(&p, v, text, before);
        text += before, n -= before;
        if (n == 0)
            break;
        pieces_room(&p, 1);
        p.ids[p.n++] = v->special[which];
        text += strlen(special_names[which]);
        n -= strlen(special_names[which]);
    }
    *count = p.n;
    return p.ids;
}

/* wordpiece_decode: the text of ids (n), words with blanks between; free it.
 * Checked: 0 <= ids < V. */
static inline char *wordpiece_decode(const struct wordpiece *v,
                                     const int32_t *ids, size_t n)
{
    size_t bytes = 1;
    for (size_t i = 0; i < n; i++) {
        REQUIRE(ids[i] >= 0 && (size_t)ids[i] < v->count);
        bytes = size_sum(bytes, v->pieces[ids[i]].n + 1);
    }
    char *text = allocate(bytes, 1), *to = text;
    for (size_t i = 0; i < n; i++) {
        struct unit u = v->pieces[ids[i]];
        if (piece_goes_on(u) && i > 0)
            u.at += 2, u.n -= 2;
        else if (i > 0)
            *to++ = ' ';
        memcpy(to, u.at, u.n), to += u.n;
    }
    return text;
}

/* wordpiece_special: is it one of the tokens that are no pieces of text? */
static inline bool wordpiece_special(const struct wordpiece *v, int32_t id)
{
    for (size_t i = 0; i < SPECIALS; i++)
        if (v->special[i] == id)
            return true;
    return false;
}
#endif

