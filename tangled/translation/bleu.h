/* bleu.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct bleu, struct chrf, words_split, letters_split, words_13a,
 * bleu_add, bleu_score, chrf_add, chrf_score */

#ifndef BLEU_H
#define BLEU_H
#include "kit/units.h"
#include <math.h>

enum { BLEU_ORDER = 4, BLEU_WORDS = 512 };

/* What a set of translations has: rows of words that match, and all, of each
 * order; its words, and those of the references. */
struct bleu { size_t match[BLEU_ORDER], all[BLEU_ORDER], said, right; };

/* The same of characters, for chrF. */
enum { CHRF_ORDER = 6 };
struct chrf {
    size_t match[CHRF_ORDER], said[CHRF_ORDER], right[CHRF_ORDER];
};

/* words_split: the words of a line, spaces between, BLEU_WORDS at most. */
static inline size_t words_split(struct unit out[BLEU_WORDS],
                                 const char *line)
{
    size_t count = 0;
    struct words w = words_in(line, strlen(line), " ");
    while (count < BLEU_WORDS && words_next(&w))
        out[count++] = (struct unit){ w.at, w.n };
    return count;
}

static inline size_t words_counted(const char *text)
{
    size_t n = 0;
    for (struct words w = words_of(text, " "); words_next(&w); n++)
        ;
    return n;
}

/* letters_split: the characters (*n) of a line but its spaces; free them. */
static inline struct unit *letters_split(size_t *n, const char *line)
{
    const size_t bytes = strlen(line);
    struct unit *out = allocate(bytes + 1, sizeof *out);
    *n = 0;
    for (size_t at = 0, length; at < bytes; at += length) {
        length = utf8_bytes(line + at, bytes - at);
        length = length ? length : 1;
        if (!isspace((unsigned char)line[at]))
            out[(*n)++] = (struct unit){ line + at, length };
    }
    return out;
}

static inline bool rows_same(const struct unit *a, const struct unit *b,
                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!unit_same(a[i], b[i]))
            return false;
    return true;
}

static inline char *line_signs(const char *line)
{
    static const struct { const char *name; char is; } entities[] = {
        { "&quot;", '"' }, { "&amp;", '&' }, { "&lt;", '<' },
        { "&gt;", '>' } };
    char *out = allocate(size_sum(size_product(3, strlen(line)), 3), 1);
    char *to = out;
    *to++ = ' ';
    while (*line) {
        char c = *line;
        size_t n = 1;
        for (size_t i = 0; i < 4; i++)
            if (!strncmp(line, entities[i].name, strlen(entities[i].name)))
                c = entities[i].is, n = strlen(entities[i].name);
        line += n;
        const bool sign = ispunct((unsigned char)c) && !strchr("',-.", c);
        if (sign)
            *to++ = ' ';
        *to++ = c;
        if (sign)
            *to++ = ' ';
    }
    *to++ = ' ', *to = 0;
    return out;
}

static inline bool is_point(char c)
{
    return c == '.' || c == ',';
}

static inline char *line_points(const char *line, bool before)
{
    char *out = allocate(size_sum(size_product(3, strlen(line)), 3), 1);
    char *to = out;
    while (*line) {
        const char c = line[0], next = line[1];
        const char other = before ? next : c, point = before ? c : next;
        if (next && is_point(point) && !isdigit((unsigned char)other)) {
            to += before ? sprintf(to, " %c %c", c, next)
                         : sprintf(to, "%c %c ", c, next);
            line += 2;
        } else
            *to++ = *line++;
    }
    *to = 0;
    return out;
}

static inline char *line_dashes(const char *line)
{
    char *out = allocate(size_sum(size_product(3, strlen(line)), 3), 1);
    char *to = out;
    for (char last = 0; *line; last = *line++) {
        const bool dash = *line == '-' && isdigit((unsigned char)last);
        to += dash ? sprintf(to, " - ") : sprintf(to, "%c", *line);
    }
    *to = 0;
    return out;
}
/* words_13a: the words of a line, with one space between; free it.
 * Post 2018, section 2; NIST's mteval-v13a. */
static inline char *words_13a(const char *line)
{
    char *one = line_signs(line), *two = line_points(one, false);
    char *three = line_points(two, true), *four = line_dashes(three);
    char *to = four;
    for (const char *at = four; *at; at++)
        if (!isspace((unsigned char)*at))
            *to++ = *at;
        else if (to > four && to[-1] != ' ')
            *to++ = ' ';
    to -= to > four && to[-1] == ' ';
    *to = 0;
    free(one), free(two), free(three);
    return four;
}

/* bleu_add: the words of a translation and of its reference, both as of
 * words_13a; what stands behind BLEU_WORDS words is left out.
 * Papineni et al. 2002, section 2.1. */
static inline void bleu_add(struct bleu *b, const char *candidate,
                            const char *reference)
{
    struct unit said[BLEU_WORDS], right[BLEU_WORDS];
    const size_t n = words_split(said, candidate);
    const size_t m = words_split(right, reference);
    b->said += n, b->right += m;
    for (size_t order = 1; order <= BLEU_ORDER; order++) {
        bool taken[BLEU_WORDS] = { false };
        for (size_t i = 0; i + order <= n; i++) {
            size_t j = 0;
            while (j + order <= m
                   && (taken[j] || !rows_same(said + i, right + j, order)))
                j++;
            b->all[order - 1]++;
            if (j + order <= m)
                b->match[order - 1]++, taken[j] = true;
        }
    }
}

/* bleu_score: from 0 to 100.  A set without one match of some order counts
 * as if it had half of one, then a quarter, as sacreBLEU does.
 * Papineni et al. 2002, section 2.3; eq. "translation-bleu". */
static inline double bleu_score(const struct bleu *b)
{
    double sum = 0, half = 1;
    if (b->said == 0)
        return 0;
    for (size_t i = 0; i < BLEU_ORDER; i++) {
        if (b->all[i] == 0)
            return 0;
        if (b->match[i] == 0)
            half /= 2;
        sum += log((b->match[i] ? (double)b->match[i] : half)
                   / (double)b->all[i]) / BLEU_ORDER;
    }
    const double penalty = 1 - (double)b->right / (double)b->said;
    return 100 * exp(sum + fmin(penalty, 0));
}

/* chrf_add: adds the rows of one to CHRF_ORDER characters, spaces left out,
 * of a translation and its reference.  Popovic 2015, section 2. */
static inline void chrf_add(struct chrf *c, const char *candidate,
                            const char *reference)
{
    size_t n, m;
    struct unit *said = letters_split(&n, candidate);
    struct unit *right = letters_split(&m, reference);
    bool *taken = allocate(m + 1, sizeof *taken);
    for (size_t order = 1; order <= CHRF_ORDER; order++) {
        memset(taken, 0, m * sizeof *taken);
        for (size_t i = 0; i + order <= n; i++) {
            size_t j = 0;
            while (j + order <= m
                   && (taken[j] || !rows_same(said + i, right + j, order)))
                j++;
            if (j + order <= m)
                c->match[order - 1]++, taken[j] = true;
        }
        c->said[order - 1] += n >= order ? n - order + 1 : 0;
        c->right[order - 1] += m >= order ? m - order + 1 : 0;
    }
    free(said), free(right), free(taken);
}

/* chrf_score: from 0 to 100; orders of which one side has no row are left
 * out, as sacreBLEU does. */
static inline double chrf_score(const struct chrf *c)
{
    double P = 0, R = 0, orders = 0;
    for (size_t i = 0; i < CHRF_ORDER; i++)
        if (c->said[i] && c->right[i]) {
            P += (double)c->match[i] / (double)c->said[i];
            R += (double)c->match[i] / (double)c->right[i];
            orders++;
        }
    return P + R > 0 ? 100 * 5 * P * R / (orders * (4 * P + R)) : 0;
}
#endif

