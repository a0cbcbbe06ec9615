/* descriptions.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: paragraph_cut, descriptions_read */

#ifndef DESCRIPTIONS_H
#define DESCRIPTIONS_H
#include "translation/texts.h"

enum { PARAGRAPH_BYTES = 320 };

/* paragraph_cut: ends a text behind the last word within PARAGRAPH_BYTES, or
 * the last character if that is one word.  True if it was longer. */
static inline bool paragraph_cut(char *text)
{
    size_t n = PARAGRAPH_BYTES;
    if (strlen(text) <= n)
        return false;
    while (n > 0 && text[n] != ' ')
        n--;
    if (n == 0)
        for (n = PARAGRAPH_BYTES; ((unsigned char)text[n] & 0xc0) == 0x80; )
            n--;
    text[n] = 0;
    return true;
}

/* descriptions_read: the pairs of a file, as texts_read reads them, with a
 * space before each text; says on stderr how many paragraphs were cut.  Fails
 * if they have no key. */
static inline struct pairs descriptions_read(const char *path)
{
    struct pairs p = texts_pairs(path);
    size_t cut = 0, bytes = 0;
    if (p.keys)
        fail("%s: has no source packages before the paragraphs", path);
    for (size_t i = 0; i < p.count; i++)
        bytes = size_sum(bytes, strlen(p.list[i].input)
                         + strlen(p.list[i].output) + 4);
    char *to = p.keys = allocate(bytes + 1, 1);
    for (size_t i = 0; i < p.count; i++)
        for (int side = 0; side < 2; side++) {
            const char **text = side ? &p.list[i].output : &p.list[i].input;
            char *own = to;
            to += sprintf(to, " %s", *text) + 1, *text = own;
            cut += side == 0 && paragraph_cut(own);
        }
    if (cut)
        fprintf(stderr, "%s: %zu of %zu paragraphs are cut after %d bytes\n",
                path, cut, p.count, PARAGRAPH_BYTES);
    free(p.first), pairs_sort(&p);
    return p;
}
#endif

