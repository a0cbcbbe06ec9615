/* trainer.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: struct finder, finder_gain, finder_symbol, finder_characters,
 * finder_best, finder_new, wordpiece_train */

#ifndef TRAINER_H
#define TRAINER_H
#include "bert/wordpiece.h"
#include "kit/merges.h"

/* The words of a text, and how often each symbol occurs. */
struct finder {
    struct merging words;             /* its texts are symbols' pieces */
    size_t *counts, all;              /* (known): of each symbol; of all */
    char *text, *bytes;               /* of the words, and of the symbols */
};

static inline double times_log(size_t n);

/* finder_gain: how much the logarithm of the words' chance grows if n pairs
 * of the symbols, which occur a and b times of all, become one. */
static inline double finder_gain(size_t n, size_t a, size_t b, bool same,
                                 size_t all)
{
    const size_t left = same ? a - 2 * n : a - n;
    double gain = times_log(n) + times_log(left) - times_log(a)
                + times_log(all) - times_log(all - n);
    return same ? gain : gain + times_log(b - n) - times_log(b);
}

static inline void finder_words(struct finder *f, size_t length)
{
    struct merging *m = &f->words;
    size_t n = 0;
    struct words w = words_in(f->text, length, " ");
    while (words_next(&w))
        n++;
    struct unit *all = allocate(n, sizeof *all);
    w = words_in(f->text, length, " "), n = 0;
    while (words_next(&w))
        all[n++] = (struct unit){ w.at, w.n };
    merging_count(m, all, n);
    free(all);
}

/* finder_symbol: the number of a piece; a new one is written to f->bytes. */
static inline uint32_t finder_symbol(struct finder *f, struct tallies *names,
                                     const char *piece, size_t n)
{
    struct merging *m = &f->words;
    struct tally *t = tally_find(names, fnv1a64(piece, n));
    if (!t->count) {
        memcpy(f->bytes, piece, n);
        m->symbols[m->known] = (struct unit){ f->bytes, n };
        f->bytes += n, t->count = ++m->known;
    }
    const uint32_t id = (uint32_t)t->count - 1;
    REQUIRE(unit_same(m->symbols[id], (struct unit){ piece, n }));
    return id;
}

/* finder_characters: words as symbols of one character each. */
static inline void finder_characters(struct finder *f, struct tallies *names)
{
    struct merging *m = &f->words;
    uint32_t *to = m->room;
    for (size_t i = 0; i < m->count; i++) {
        struct piece *p = &m->pieces[i];
        p->symbols = to;
        for (size_t at = 0, bytes; at < p->text.n; at += bytes) {
            char piece[8] = "##";
            bytes = utf8_bytes(p->text.at + at, p->text.n - at);
            memcpy(piece + 2, p->text.at + at, bytes);
            *to++ = at ? finder_symbol(f, names, piece, bytes + 2)
                       : finder_symbol(f, names, piece + 2, bytes);
        }
        p->n = (size_t)(to - p->symbols);
    }
}

static inline void finder_count(struct finder *f)
{
    const struct merging *m = &f->words;
    memset(f->counts, 0, m->known * sizeof *f->counts), f->all = 0;
    for (size_t i = 0; i < m->count; i++)
        for (size_t j = 0; j < m->pieces[i].n; j++)
            f->counts[m->pieces[i].symbols[j]] += m->pieces[i].count,
            f->all += m->pieces[i].count;
}

static inline void finder_merge(struct finder *f, uint64_t pair)
{
    struct merging *m = &f->words;
    const struct unit a = m->symbols[pair >> 32];
    const struct unit b = m->symbols[(uint32_t)pair];
    char *text = allocate(a.n + b.n - 2, 1);
    memcpy(text, a.at, a.n);
    memcpy(text + a.n, b.at + 2, b.n - 2);
    m->symbols[m->known] = (struct unit){ text, a.n + b.n - 2 };
    merging_apply(m, pair, (uint32_t)m->known++);
}

static inline double times_log(size_t n)
{
    return n ? (double)n * log((double)n) : 0;
}

/* finder_best: the pair with the largest gain, of those that occur twice at
 * least; of equal ones the first by its bytes.  false: there is none. */
static inline bool finder_best(uint64_t *best, struct finder *f)
{
    struct merging *m = &f->words;
    struct tallies *t = &m->tallies;
    double most = -INFINITY;
    finder_count(f);
    memset(t->slots, 0, t->size * sizeof *t->slots), t->used = 0;
    for (size_t i = 0; i < m->count; i++)
        for (size_t j = 0; j + 1 < m->pieces[i].n; j++) {
            const uint32_t *s = m->pieces[i].symbols + j;
            tally_find(t, (uint64_t)s[0] << 32 | s[1])->count
                += m->pieces[i].count;
            /* of three that are alike, only two can merge */
            j += s[0] == s[1] && j + 2 < m->pieces[i].n && s[2] == s[1];
        }
    for (size_t i = 0; i < t->size; i++) {
        const uint64_t pair = t->slots[i].key;
        const size_t a = f->counts[pair >> 32], n = t->slots[i].count;
        const size_t b = f->counts[(uint32_t)pair];
        const bool same = pair >> 32 == (uint32_t)pair;
        if (n < 2)
            continue;
        const double gain = finder_gain(n, a, b, same, f->all);
        if (gain > most
            || (gain == most && merge_compare(m, pair, *best) < 0))
            most = gain, *best = pair;
    }
    return most > -INFINITY;
}
/* finder_new: the words of a text of n bytes, for up to so many symbols. */
static inline struct finder finder_new(const char *text, size_t n,
                                       size_t tokens)
{
    struct finder f = { .words = { .count = 0 } };
    struct tallies names = { 0 };
    size_t length;
    f.text = basic_text(&length, text, n);
    finder_words(&f, length);
    const size_t most = size_sum(f.words.bytes, tokens);
    f.bytes = allocate(size_product(4, f.words.bytes) + 1, 1);
    f.words.symbols = allocate(most + 1, sizeof *f.words.symbols);
    f.counts = allocate(most + 1, sizeof *f.counts);
    char *bytes = f.bytes;
    finder_characters(&f, &names);
    f.bytes = bytes;                      /* its block, to be freed */
    tally_find(&f.words.tallies, 0);
    free(names.slots);
    return f;
}

static inline void finder_free(struct finder *f)
{
    free(f->words.pieces), free(f->words.room), free(f->words.symbols);
    free(f->words.tallies.slots), free(f->counts), free(f->text);
    free(f->bytes);
    *f = (struct finder){ .all = 0 };
}

/* wordpiece_train: a vocabulary of so many tokens, from a text of n bytes;
 * fewer, if no pair occurs twice, or more, if there are so many characters;
 * free it.  Schuster and Nakajima 2012, section 3. */
static inline char *wordpiece_train(const char *text, size_t n,
                                    size_t tokens)
{
    struct finder f = finder_new(text, n, tokens);
    struct merging *m = &f.words;
    const size_t first = m->known;
    struct unit *sorted = allocate(first + 1, sizeof *sorted);
    size_t bytes = 64;
    uint64_t pair = 0;
    memcpy(sorted, m->symbols, first * sizeof *sorted);
    qsort(sorted, first, sizeof *sorted, units_by_bytes);
    while (m->known + SPECIALS < tokens && finder_best(&pair, &f))
        finder_merge(&f, pair);
    for (size_t i = 0; i < m->known; i++)
        bytes = size_sum(bytes, m->symbols[i].n + 1);
    char *out = allocate(bytes, 1), *to = out;
    for (size_t i = 0; i < SPECIALS; i++)
        to += sprintf(to, "%s\n", special_names[i]);
    for (size_t i = 0; i < m->known; i++) {
        const struct unit u = i < first ? sorted[i] : m->symbols[i];
        to += sprintf(to, "%.*s\n", (int)u.n, u.at);
    }
    for (size_t i = first; i < m->known; i++)
        free((char *)(uintptr_t)m->symbols[i].at);
    free(sorted), finder_free(&f);
    return out;
}

#endif

