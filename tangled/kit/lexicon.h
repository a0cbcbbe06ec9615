/* lexicon.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum part, struct pair, struct pairs, capital, fnv1a64, part_of,
 * utf8_bytes, text_wrong, text_blank, text_lacks, text_held, text_read,
 * pairs_read, pairs_part, pairs_joined, pairs_turned, pairs_free */

/* lexicon.h -- pairs of texts from a file, and which are for testing. */
#ifndef LEXICON_H
#define LEXICON_H
#include "kit/workshop.h"

enum part { PART_TRAIN, PART_DEV, PART_TEST };
/* Words that are written together, and the bytes and units of each. */
enum { JOINED_MOST = 3, JOINED_INPUT = 20, JOINED_OUTPUT = 60,
       JOINED_UNITS = 20 };

struct pair {
    const char *input, *output;    /* end with a zero */
    size_t line;                   /* of the file, from 1 */
    size_t group;                  /* the first line with this input */
    const char *key;               /* by which it is for training or for
                                      testing; NULL: the input */
};

/* Pairs of a file. Those of one input stand together, inputs and the pairs
 * of each in the order of the file: input i has list[first[i]] up to, but
 * not with, list[first[i + 1]]. */
struct pairs {
    const char *path;
    struct pair *list;             /* (count) */
    size_t *first;                 /* (inputs + 1) */
    size_t count, inputs;
    char *text;                    /* the file; NULL: belongs to others */
    char *keys;                    /* what keys point into, or NULL */
};

/* capital: of a letter from a to z; all other bytes stay as they are. */
static inline char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static inline uint64_t fnv1a64_add(uint64_t hash, char c)
{
    return (hash ^ (unsigned char)c) * 1099511628211u;
}

/* fnv1a64: the hash of text, n bytes (Fowler, Noll and Vo). */
static inline uint64_t fnv1a64(const char *text, size_t n)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < n; i++)
        hash = fnv1a64_add(hash, text[i]);
    return hash;
}

/* part_of: the part that a text of n bytes belongs to. Its small letters a
 * to z count as capitals; hash modulo 100 from 0 to 4: test, to 9: dev. */
static inline enum part part_of(const char *text, size_t n)
{
    uint64_t hash = fnv1a64("", 0);
    for (size_t i = 0; i < n; i++)
        hash = fnv1a64_add(hash, capital(text[i]));
    return hash % 100 < 5 ? PART_TEST : hash % 100 < 10 ? PART_DEV
        : PART_TRAIN;
}

/* utf8_bytes: how many bytes the first character of text (n bytes) has, 1 to
 * 4; 0 if n is 0, or if it is none. */
static inline size_t utf8_bytes(const char *text, size_t n)
{
    const unsigned char *c = (const unsigned char *)text;
    if (n == 0)
        return 0;
    size_t bytes = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2
        : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;
    if (bytes > n)
        return 0;
    for (size_t i = 1; i < bytes; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    if (bytes > 2 && ((c[0] == 0xe0 && c[1] < 0xa0)
                      || (c[0] == 0xed && c[1] >= 0xa0)
                      || (c[0] == 0xf0 && c[1] < 0x90)
                      || (c[0] == 0xf4 && c[1] >= 0x90)))
        return 0;
    return bytes;
}

/* text_wrong: NULL, or why n bytes are no text: "is not UTF-8 at byte 3",
 * which is good until the next call. Bytes count from 1. */
static inline const char *text_wrong(const char *text, size_t n)
{
    static char wrong[80];
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = utf8_bytes(text + at, n - at);
        bool control = (unsigned char)text[at] < ' ' || text[at] == 127;
        if (bytes && !control)
            continue;
        snprintf(wrong, sizeof wrong, "%s at byte %zu", bytes
                 ? "has a control character" : "is not UTF-8", at + 1);
        return wrong;
    }
    return NULL;
}

/* text_blank: does a text have nothing but blanks, or nothing at all? */
static inline bool text_blank(const char *text, size_t n)
{
    while (n > 0 && text[n - 1] == ' ')
        n--;
    return n == 0;
}

/* text_lacks: what text_wrong says; or "is empty" of a blank text. */
static inline const char *text_lacks(const char *text, size_t n)
{
    const char *wrong = text_wrong(text, n);
    return !wrong && text_blank(text, n) ? "is empty" : wrong;
}

static inline int sizes_compare(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static inline int pairs_by_input(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = strcmp(x->input, y->input);
    return order ? order : sizes_compare(x->line, y->line);
}

static inline int pairs_by_group(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = sizes_compare(x->group, y->group);
    return order ? order : sizes_compare(x->line, y->line);
}

static inline void pairs_sort(struct pairs *pairs)
{
    struct pair *p = pairs->list;
    size_t n = pairs->count;
    qsort(p, n, sizeof *p, pairs_by_input);
    pairs->inputs = 0;
    for (size_t i = 0; i < n; i++) {
        bool same = i && !strcmp(p[i].input, p[i - 1].input);
        p[i].group = same ? p[i - 1].group : p[i].line;
        pairs->inputs += !same;
    }
    qsort(p, n, sizeof *p, pairs_by_group);
    pairs->first = allocate(pairs->inputs + 1, sizeof *pairs->first);
    for (size_t i = 0, at = 0; i < n; i++)
        if (!i || p[i].group != p[i - 1].group)
            pairs->first[at++] = i;
    pairs->first[pairs->inputs] = n;
}

/* text_held: the first byte of the last part of a text of n bytes. */
static inline size_t text_held(const char *text, size_t n, double part)
{
    size_t at = n - (size_t)(part * (double)n);
    while (at < n && (text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* text_read: all of a file or pipe, a zero after it, and its bytes in *n. To
 * be freed. Fails if there is nothing. */
static inline char *text_read(const char *path, size_t *n)
{
    struct input input = input_open(path);
    size_t capacity = input.sized ? size_sum(input.left, 2) : 65536;
    char *text = allocate(capacity, 1);
    *n = 0;
    for (size_t got = 1; got > 0; *n += got) {
        if (*n + 1 == capacity) {
            capacity = size_product(capacity, 2);
            text = enlarge(text, *n, capacity, 1);
        }
        got = fread(text + *n, 1, capacity - 1 - *n, input.file);
    }
    if (ferror(input.file))
        fail("%s: %s", path, strerror(errno));
    if (*n == 0)
        fail("%s: is empty", path);
    fclose(input.file);
    return text;
}

static inline void side_check(const char *path, size_t line, const char *name,
                              const char *text, size_t n)
{
    const char *wrong = text_lacks(text, n);
    if (wrong)
        fail("%s:%zu: the %s %s", path, line, name, wrong);
}

static inline struct pair pair_of(const char *path, size_t line, char *at,
                                  size_t n)
{
    char *tab = memchr(at, '\t', n), *end = at + n;
    if (!tab)
        fail("%s:%zu: no tab between input and output", path, line);
    if (memchr(tab + 1, '\t', (size_t)(end - tab) - 1))
        fail("%s:%zu: more than one tab", path, line);
    side_check(path, line, "input", at, (size_t)(tab - at));
    side_check(path, line, "output", tab + 1, (size_t)(end - tab) - 1);
    *tab = *end = 0;
    return (struct pair){ at, tab + 1, line, line, NULL };
}

/* pairs_read: the pairs of a file, a line each: input, tab, output. Both are
 * texts and not blank. Fails with "PATH:LINE: what is wrong". */
static inline struct pairs pairs_read(const char *path)
{
    struct pairs pairs = { .path = path };
    size_t n, line = 0;
    pairs.text = text_read(path, &n);
    for (size_t i = 0; i < n; i++)
        pairs.count += pairs.text[i] == '\n';
    pairs.count += pairs.text[n - 1] != '\n';
    pairs.list = allocate(pairs.count, sizeof *pairs.list);
    for (char *at = pairs.text; line < pairs.count; line++) {
        size_t left = n - (size_t)(at - pairs.text);
        char *end = memchr(at, '\n', left);
        size_t length = end ? (size_t)(end - at) : left;
        pairs.list[line] = pair_of(path, line + 1, at, length);
        at += length + 1;
    }
    pairs_sort(&pairs);
    return pairs;
}

/* pairs_part: those pairs whose key belongs to the part. To be freed before
 * the pairs that it is taken from. It may have none. */
static inline struct pairs pairs_part(const struct pairs *from,
                                      enum part part)
{
    struct pairs pairs = { .path = from->path };
    pairs.list = allocate(from->count, sizeof *pairs.list);
    for (size_t i = 0; i < from->count; i++) {
        const struct pair *p = &from->list[i];
        const char *key = p->key ? p->key : p->input;
        if (part_of(key, strlen(key)) == part)
            pairs.list[pairs.count++] = from->list[i];
    }
    pairs_sort(&pairs);
    return pairs;
}

/* Does the i-th input have one output, and do three such words fit? */
static inline bool joined_fits(const struct pairs *from, size_t i)
{
    const struct pair *p = &from->list[from->first[i]];
    size_t units = 1;
    for (const char *c = p->output; *c; c++)
        units += *c == ' ';
    return from->first[i + 1] == from->first[i] + 1
        && strlen(p->input) <= JOINED_INPUT
        && strlen(p->output) <= JOINED_OUTPUT && units <= JOINED_UNITS;
}

/* pairs_joined: count pairs, each of low to high random words written
 * together.  Words may come again.  They have one output, and at most
 * JOINED_INPUT and JOINED_OUTPUT bytes and JOINED_UNITS words of output; if
 * none is such, there are no pairs.  from may be freed first. */
static inline struct pairs pairs_joined(const struct pairs *from,
    size_t low, size_t high, size_t count, uint64_t seed)
{
    const size_t size = size_product(high, JOINED_OUTPUT + 1) + 1;
    struct pairs pairs = { .path = from->path };
    struct random random = random_new(seed, 8);
    size_t *word = allocate(from->inputs + 1, sizeof *word), words = 0;
    for (size_t i = 0; i < from->inputs; i++)
        if (joined_fits(from, i))
            word[words++] = from->first[i];
    pairs.count = words > 0 ? count : 0;
    pairs.list = allocate(count, sizeof *pairs.list);
    pairs.text = allocate(size_product(count, 2), size);
    for (size_t i = 0; i < pairs.count; i++) {
        char *in = pairs.text + 2 * i * size, *out = in + size;
        size_t n = low + random_below(&random, (uint32_t)(high - low + 1));
        for (*in = *out = 0; n > 0; n--) {
            const struct pair *p
                = &from->list[word[random_below(&random, (uint32_t)words)]];
            strcat(in, p->input);
            strcat(strcat(out, *out ? " " : ""), p->output);
        }
        pairs.list[i] = (struct pair){ in, out, i + 1, i + 1, NULL };
    }
    free(word), pairs_sort(&pairs);
    return pairs;
}

/* pairs_turned: the same pairs, input and output exchanged. To be freed
 * before the pairs that it is taken from. */
static inline struct pairs pairs_turned(const struct pairs *from)
{
    struct pairs pairs = { .path = from->path, .count = from->count };
    pairs.list = allocate(from->count, sizeof *pairs.list);
    for (size_t i = 0; i < from->count; i++) {
        struct pair p = from->list[i];
        pairs.list[i] = (struct pair){ p.output, p.input, p.line, p.line,
                                       p.key };
    }
    pairs_sort(&pairs);
    return pairs;
}

/* pairs_free: releases the lists, and the text if the file was read here. */
static inline void pairs_free(struct pairs *pairs)
{
    free(pairs->list), free(pairs->first);
    free(pairs->text), free(pairs->keys);
    *pairs = (struct pairs){ 0 };
}

#endif

