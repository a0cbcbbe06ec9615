/* merges.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct piece, struct tally, struct tallies, struct merging,
 * tally_find, pieces_of, merging_count, merging_best, merging_apply,
 * merging_symbol, units_train */

/* merges.h -- finds the merges of byte pair encoding. */
#ifndef MERGES_H
#define MERGES_H
#include "kit/units.h"

struct piece { struct unit text; size_t count, n; uint32_t *symbols; };
struct tally { uint64_t key; size_t count; };        /* count 0: is free */

/* Counts by key; so many slots, a power of two, and how many are used. */
struct tallies { struct tally *slots; size_t size, used; };

struct merging {
    struct piece *pieces;         /* (count) */
    size_t count, bytes;          /* of all pieces */
    uint32_t *room;               /* for the symbols of all pieces */
    struct unit *symbols;         /* (known): the bytes of each */
    size_t known;
    struct tallies tallies;
};

static inline struct tally *tally_slot(const struct tallies *t, uint64_t key)
{
    uint64_t at = (key * 0x9e3779b97f4a7c15u) >> 20;
    while (t->slots[at & (t->size - 1)].count
           && t->slots[at & (t->size - 1)].key != key)
        at++;
    return &t->slots[at & (t->size - 1)];
}

/* tally_find: the slot of the key; a new one is made, with count 0. */
static inline struct tally *tally_find(struct tallies *t, uint64_t key)
{
    if (2 * t->used >= t->size) {
        struct tallies larger = { .size = t->size ? 2 * t->size : 4096 };
        larger.slots = allocate(larger.size, sizeof *larger.slots);
        for (size_t i = 0; i < t->size; i++)
            if (t->slots[i].count)
                *tally_slot(&larger, t->slots[i].key) = t->slots[i];
        larger.used = t->used;
        free(t->slots);
        *t = larger;
    }
    struct tally *slot = tally_slot(t, key);
    t->used += slot->count == 0;
    slot->key = key;
    return slot;
}

/* pieces_of: the pieces of a text go to out, which may be NULL. Returns how
 * many. */
static inline size_t pieces_of(struct unit *out, const char *text)
{
    size_t count = 0;
    while (*text) {
        size_t n = 1 + strcspn(text + 1, " ");
        if (out)
            out[count] = (struct unit){ text, n };
        count++, text += n;
    }
    return count;
}

/* merging_count: the pieces, each once, of all (n), which is sorted. */
static inline void merging_count(struct merging *m, struct unit *all,
                                 size_t n)
{
    qsort(all, n, sizeof *all, units_by_bytes);
    m->pieces = allocate(n, sizeof *m->pieces);
    for (size_t i = 0; i < n; i++) {
        if (!i || !unit_same(all[i], all[i - 1])) {
            m->pieces[m->count++].text = all[i];
            m->bytes += all[i].n;
        }
        m->pieces[m->count - 1].count++;
    }
    m->room = allocate(m->bytes, sizeof *m->room);
}

static inline void merging_pieces(struct merging *m,
                                  const struct pairs *pairs, bool outputs)
{
    size_t n = 0;
    struct unit *all = NULL;
    for (int fill = 0; fill < 2; fill++) {
        if (fill)
            all = allocate(n, sizeof *all);
        n = 0;
        for (size_t i = 0; i < pairs->count; i++)
            n += pieces_of(fill ? all + n : NULL, outputs
                           ? pairs->list[i].output : pairs->list[i].input);
    }
    merging_count(m, all, n);
    free(all);
}

static inline void merging_characters(struct merging *m, size_t merges)
{
    static const struct units chars = { UNIT_CHAR };
    struct tallies numbers = { 0 };
    uint32_t *at = m->room;
    size_t most = 0;
    for (size_t i = 0; i < m->count; i++)
        most = m->pieces[i].text.n > most ? m->pieces[i].text.n : most;
    struct unit *cut = allocate(most, sizeof *cut);
    m->symbols = allocate(size_sum(m->bytes, merges), sizeof *m->symbols);
    for (size_t i = 0; i < m->count; i++) {
        struct piece *p = &m->pieces[i];
        p->n = units_cut(cut, &chars, p->text.at, p->text.n);
        p->symbols = at, at += p->n;
        for (size_t j = 0; j < p->n; j++) {
            uint64_t key = 0;
            memcpy(&key, cut[j].at, cut[j].n);
            struct tally *number = tally_find(&numbers, key);
            if (!number->count) {
                m->symbols[m->known++] = cut[j];
                number->count = m->known;
            }
            p->symbols[j] = (uint32_t)number->count - 1;
        }
    }
    free(cut), free(numbers.slots);
}

static inline int merge_compare(const struct merging *m, uint64_t a,
                                uint64_t b)
{
    int order = unit_compare(m->symbols[a >> 32], m->symbols[b >> 32]);
    return order ? order : unit_compare(m->symbols[(uint32_t)a],
                                        m->symbols[(uint32_t)b]);
}

/* merging_best: the most frequent pair, that occurs at least twice. */
static inline bool merging_best(uint64_t *best, struct merging *m)
{
    size_t count = 1;
    struct tallies *t = &m->tallies;
    *best = 0;
    memset(t->slots, 0, t->size * sizeof *t->slots), t->used = 0;
    for (size_t i = 0; i < m->count; i++)
        for (size_t j = 0; j + 1 < m->pieces[i].n; j++) {
            const uint32_t *s = m->pieces[i].symbols + j;
            tally_find(t, (uint64_t)s[0] << 32 | s[1])->count
                += m->pieces[i].count;
        }
    for (size_t i = 0; i < t->size; i++) {
        const struct tally *s = &t->slots[i];
        if (s->count > count || (s->count == count && count > 1
                                 && merge_compare(m, s->key, *best) < 0))
            count = s->count, *best = s->key;
    }
    return count > 1;
}

/* merging_apply: the pair becomes the symbol with the number new. */
static inline void merging_apply(struct merging *m, uint64_t pair,
                                 uint32_t new)
{
    for (size_t i = 0; i < m->count; i++) {
        struct piece *p = &m->pieces[i];
        size_t kept = 0;
        for (size_t j = 0; j < p->n; j++, kept++) {
            bool here = j + 1 < p->n && p->symbols[j] == pair >> 32
                && p->symbols[j + 1] == (uint32_t)pair;
            p->symbols[kept] = here ? new : p->symbols[j];
            j += here;
        }
        p->n = kept;
    }
}

/* merging_symbol: the number of the symbol that the pair becomes. text: where
 * its bytes are written if it is new. */
static inline uint32_t merging_symbol(struct merging *m, uint64_t pair,
                                      char *text)
{
    struct unit left = m->symbols[pair >> 32];
    struct unit right = m->symbols[(uint32_t)pair];
    struct unit whole = { text, left.n + right.n };
    memcpy(text, left.at, left.n);
    memcpy(text + left.n, right.at, right.n);
    for (size_t i = 0; i < m->known; i++)
        if (unit_same(m->symbols[i], whole))
            return (uint32_t)i;
    m->symbols[m->known++] = whole;
    return (uint32_t)m->known - 1;
}

/* units_train: finds the merges that how wants in the inputs, or outputs, of
 * pairs. Fewer are found if no pair of units occurs twice. */
static inline void units_train(struct units *how, const struct pairs *pairs,
                               bool outputs)
{
    if (how->count == how->wanted)
        return;
    struct merging m = { 0 };
    uint64_t *merges = allocate(how->wanted, sizeof *merges), pair;
    char **texts = allocate(how->wanted, sizeof *texts);
    size_t n = 0, bytes = 32;
    merging_pieces(&m, pairs, outputs);
    merging_characters(&m, how->wanted);
    tally_find(&m.tallies, 0);
    for (; n < how->wanted && merging_best(&pair, &m); n++) {
        size_t length = m.symbols[pair >> 32].n
            + m.symbols[(uint32_t)pair].n;
        texts[n] = allocate(length, 1);
        merging_apply(&m, pair, merging_symbol(&m, pair, texts[n]));
        merges[n] = pair, bytes += length + 2;
    }
    char *text = allocate(bytes, 1), *at = text;
    at += sprintf(at, "bpe:%zu", n);
    for (size_t i = 0; i < n; i++) {
        struct unit l = m.symbols[merges[i] >> 32];
        struct unit r = m.symbols[(uint32_t)merges[i]];
        at += sprintf(at, "\n%.*s\t%.*s", (int)l.n, l.at, (int)r.n, r.at);
    }
    units_free(how);
    REQUIRE(!units_parse(how, text));
    while (n > 0)
        free(texts[--n]);
    free(texts), free(merges), free(text), free(m.pieces), free(m.room);
    free(m.symbols), free(m.tallies.slots);
}

#endif

