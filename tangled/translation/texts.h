/* texts.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: text_key, struct columns, line_pair, texts_read */

/* texts.h -- pairs of texts, and which of them are for training. */
#ifndef TEXTS_H
#define TEXTS_H
#include "kit/lexicon.h"
#include <ctype.h>

/* text_key: the letters of a text, small ones, and all bytes above 127; or
 * all of the text, if it has none.  out: space for it and a zero; returns
 * the bytes in it with the zero. */
static inline size_t text_key(char *out, const char *text)
{
    size_t n = 0;
    for (const char *at = text; *at; at++)
        if (isalpha((unsigned char)*at) || (unsigned char)*at > 127)
            out[n++] = (char)tolower((unsigned char)*at);
    if (n == 0)
        n = strlen(strcpy(out, text));
    out[n] = 0;
    return n + 1;
}
enum { TEXTS_COLUMNS = 4 };

/* What a line has between its tabs; count columns of at most so many. */
struct columns { char *at[TEXTS_COLUMNS]; size_t count; };

static inline struct columns columns_of(const char *path, size_t line,
                                        char *text, size_t n)
{
    struct columns c = { { text }, 1 };
    char *end = text + n;
    for (char *tab; (tab = memchr(c.at[c.count - 1], '\t',
                    (size_t)(end - c.at[c.count - 1]))) != NULL; ) {
        if (c.count == TEXTS_COLUMNS)
            fail("%s:%zu: more than %d tabs", path, line, TEXTS_COLUMNS - 1);
        *tab = 0, c.at[c.count++] = tab + 1;
    }
    *end = 0;
    if (c.count == 1)
        fail("%s:%zu: no tab between input and output", path, line);
    return c;
}

/* line_pair: the pair of a line.  The links may be empty. */
static inline struct pair line_pair(const char *path, size_t line,
                                    const struct columns *c)
{
    static const char *const names[] = { "key", "input", "output" };
    const size_t first = c->count > 2;          /* is there a key? */
    for (size_t i = 0; i < 2 + first; i++) {
        const char *name = names[1 - first + i];
        side_check(path, line, name, c->at[i], strlen(c->at[i]));
    }
    return (struct pair){ c->at[first], c->at[first + 1], line, line,
                          first ? c->at[0] : NULL };
}

static inline void texts_keys(struct pairs *p)
{
    size_t bytes = 0;
    for (size_t i = 0; i < p->count; i++)
        bytes = size_sum(bytes, strlen(p->list[i].input) + 1);
    char *to = p->keys = allocate(bytes + 1, 1);
    for (size_t i = 0; i < p->count; i++) {
        p->list[i].key = to;
        to += text_key(to, p->list[i].input);
    }
}

/* texts_read: the pairs of a file; links, or NULL: gets the fourth columns,
 * by line from 1, which point into the pairs' text; free the list.  Fails
 * with "PATH:LINE: what is wrong". */
static inline struct pairs texts_read(const char *path, const char ***links)
{
    struct pairs p = { .path = path };
    size_t n, columns = 0;
    p.text = text_read(path, &n);
    for (size_t i = 0; i < n; i++)
        p.count += p.text[i] == '\n' || i + 1 == n;
    p.list = allocate(p.count, sizeof *p.list);
    if (links)
        *links = allocate(p.count + 1, sizeof **links);
    char *at = p.text;
    for (size_t i = 0; i < p.count; i++) {
        const size_t left = n - (size_t)(at - p.text);
        const char *end = memchr(at, '\n', left);
        const size_t length = end ? (size_t)(end - at) : left;
        const struct columns c = columns_of(path, i + 1, at, length);
        columns = columns ? columns : c.count;
        if (c.count != columns)
            fail("%s:%zu: has %zu columns, and the first line %zu", path,
                 i + 1, c.count, columns);
        p.list[i] = line_pair(path, i + 1, &c);
        if (links)
            (*links)[i + 1] = c.count > 3 ? c.at[3] : NULL;
        at += length + 1;
    }
    if (columns == 2)
        texts_keys(&p);
    pairs_sort(&p);
    return p;
}

static inline struct pairs texts_pairs(const char *path)
{
    return texts_read(path, NULL);
}
#endif
