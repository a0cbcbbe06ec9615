/* bpe.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct bpe, byte_letter, letter_byte, bpe_find, bpe_name,
 * bpe_pair, struct heap, piece_of, bpe_pieces, struct counted,
 * struct trainer, trainer_before, trainer_more, trainer_merge,
 * bpe_merge_plain, bpe_train_plain, bpe_new, bpe_free, bpe_add, bpe_text,
 * letters_read, bpe_parse, bpe_merge_heap, bpe_piece, bpe_train */

/* bpe.h -- byte pair encoding: its tokens, how they are found, and how a
 * piece of a text is cut into them. */
#ifndef BPE_H
#define BPE_H
#include "kit/split.h"
#include "kit/merges.h"

enum { BPE_MOST = 1 << 20 };

/* Byte pair encoding: tokens that are bytes, and those merged from two. */
struct bpe {
    size_t count, merges;         /* V, M; pairs of ids >= V are not merged */
    struct unit *tokens;          /* (V): their bytes */
    int32_t (*pairs)[2];          /* (M) */
    struct tallies ranks;         /* pair to id, in place of a count */
    int32_t of_byte[256];         /* byte to id */
    struct tallies names;         /* hash of the bytes to id */
    char *bytes;                  /* of all tokens, one behind the other */
    size_t room, used, spare;     /* place for tokens and bytes */
};
static inline bool byte_shows(unsigned byte)
{
    return (byte > 32 && byte < 127) || (byte > 160 && byte != 173);
}

/* byte_letter: the character, U+0021 to U+0143, that stands for a byte. */
static inline uint32_t byte_letter(unsigned byte)
{
    return byte_shows(byte) ? byte : byte <= 32 ? 256 + byte
         : byte <= 160 ? 256 + 33 + byte - 127 : 256 + 67;
}

/* letter_byte: the byte that a character stands for; -1: none. */
static inline int letter_byte(uint32_t letter)
{
    if (letter < 256)
        return byte_shows(letter) ? (int)letter : -1;
    letter -= 256;
    return letter <= 32 ? (int)letter : letter < 67 ? (int)letter - 33 + 127
         : letter == 67 ? 173 : -1;
}

static inline bool same_bytes(struct unit a, struct unit b)
{
    return a.n == b.n && !memcmp(a.at, b.at, a.n);
}

/* bpe_find: the token with these bytes; -1: there is none. */
static inline int32_t bpe_find(const struct bpe *b, struct unit name)
{
    uint64_t key = fnv1a64(name.at, name.n);
    for (;; key++) {
        const struct tally *t = tally_slot(&b->names, key);
        if (!t->count)
            return -1;
        if (same_bytes(b->tokens[t->count - 1], name))
            return (int32_t)t->count - 1;
    }
}

static inline void *bpe_grow(void *old, size_t used, size_t count,
                             size_t size)
{
    return old ? enlarge(old, used, count, size) : allocate(count, size);
}

static inline void bpe_make_room(struct bpe *b, size_t bytes)
{
    if (b->count == b->room) {
        b->room = 2 * b->room + 512;
        b->tokens = bpe_grow(b->tokens, b->count, b->room,
                             sizeof *b->tokens);
        b->pairs = bpe_grow(b->pairs, b->merges, b->room, sizeof *b->pairs);
    }
    if (bytes <= b->spare)
        return;
    const size_t all = size_product(2, size_sum(b->used, bytes));
    char *new = allocate(all, 1);
    memcpy(new, b->bytes ? b->bytes : "", b->used);
    for (size_t i = 0, at = 0; i < b->count; at += b->tokens[i++].n)
        b->tokens[i].at = new + at;
    free(b->bytes);
    b->bytes = new, b->spare = all - b->used;
}

/* bpe_name: a token with the bytes of two units, which no other has. */
static inline int32_t bpe_name(struct bpe *b, struct unit left,
                               struct unit right)
{
    const size_t n = size_sum(left.n, right.n);
    char *copy = allocate(n, 1);
    memcpy(copy, left.at, left.n);
    memcpy(copy + left.n, right.at, right.n);
    bpe_make_room(b, n);
    memcpy(b->bytes + b->used, copy, n);
    free(copy);
    struct unit name = { b->bytes + b->used, n };
    b->used += n, b->spare -= n;
    uint64_t key = fnv1a64(name.at, n);
    while (tally_slot(&b->names, key)->count)
        key++;
    tally_find(&b->names, key)->count = b->count + 1;
    b->tokens[b->count] = name;
    return (int32_t)b->count++;
}

/* bpe_pair: the token that two become; 0: none. */
static inline int32_t bpe_pair(const struct bpe *b, int32_t left,
                               int32_t right)
{
    const size_t id = tally_slot(&b->ranks, (uint64_t)(uint32_t)left << 32
                                 | (uint32_t)right)->count;
    return id < b->count ? (int32_t)id : 0;
}

struct heap { uint64_t *at; size_t n, room; };

static inline void heap_push(struct heap *h, uint64_t value)
{
    if (h->n == h->room) {
        h->room = 2 * h->room + 64;
        h->at = bpe_grow(h->at, h->n, h->room, sizeof *h->at);
    }
    size_t i = h->n++;
    for (; i > 0 && h->at[(i - 1) / 2] > value; i = (i - 1) / 2)
        h->at[i] = h->at[(i - 1) / 2];
    h->at[i] = value;
}

static inline uint64_t heap_pop(struct heap *h)
{
    const uint64_t least = h->at[0], last = h->at[--h->n];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
        child += child + 1 < h->n && h->at[child + 1] < h->at[child];
        if (h->at[child] >= last)
            break;
        h->at[i] = h->at[child];
    }
    h->at[i] = last;
    return least;
}

static inline void heap_pair(struct heap *h, const struct bpe *b,
                             const int32_t *ids, size_t left, size_t right)
{
    const int32_t id = bpe_pair(b, ids[left], ids[right]);
    if (id)
        heap_push(h, (uint64_t)id << 32 | left);
}

/* piece_of: the piece of m that has these bytes, found by a hash of them. */
static inline struct piece *piece_of(struct merging *m, size_t *room,
                                     struct tallies *index, struct unit text)
{
    uint64_t key = fnv1a64(text.at, text.n);
    for (size_t at; (at = tally_slot(index, key)->count) > 0; key++)
        if (unit_same(m->pieces[at - 1].text, text))
            return &m->pieces[at - 1];
    if (m->count == *room) {
        *room = 2 * *room + 256;
        m->pieces = bpe_grow(m->pieces, m->count, *room, sizeof *m->pieces);
    }
    tally_find(index, key)->count = ++m->count;
    m->pieces[m->count - 1].text = text;
    m->bytes += text.n;
    return &m->pieces[m->count - 1];
}

/* bpe_pieces: the pieces of a text, each once, for merging. */
static inline struct merging bpe_pieces(const struct bpe *b, const char *text,
                                        size_t n)
{
    struct merging m = { .symbols = b->tokens, .known = b->count };
    struct tallies index = { 0 };
    size_t room = 0;
    tally_find(&index, 0), tally_find(&m.tallies, 0);
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = split_next(text + at, n - at);
        piece_of(&m, &room, &index,
                 (struct unit){ text + at, bytes })->count++;
    }
    free(index.slots);
    uint32_t *to = m.room = allocate(m.bytes, sizeof *m.room);
    for (struct piece *p = m.pieces; p < m.pieces + m.count; p++) {
        const unsigned char *c = (const unsigned char *)p->text.at;
        p->symbols = to, p->n = p->text.n, to += p->n;
        for (size_t j = 0; j < p->n; j++)
            p->symbols[j] = (uint32_t)b->of_byte[c[j]];
    }
    return m;
}

static inline void bpe_pieces_free(struct merging *m)
{
    free(m->pieces), free(m->room), free(m->tallies.slots);
}

/* A pair of tokens, how often it occurs, and pieces that have it. */
struct counted { uint64_t pair; size_t count, n, room; uint32_t *pieces; };

struct trainer {
    struct merging *m;
    struct tallies index;              /* pair to 1 + its place in list */
    struct counted *list;
    size_t n, room;
    struct ranked { size_t count, at; } *heap;
    size_t waiting, place;
};

static inline struct counted *trainer_pair(struct trainer *t, uint32_t left,
                                           uint32_t right)
{
    const uint64_t pair = (uint64_t)left << 32 | right;
    struct tally *found = tally_find(&t->index, pair);
    if (!found->count) {
        if (t->n == t->room) {
            t->room = 2 * t->room + 1024;
            t->list = bpe_grow(t->list, t->n, t->room, sizeof *t->list);
        }
        t->list[t->n++].pair = pair;
        found->count = t->n;
    }
    return &t->list[found->count - 1];
}

/* trainer_before: does a stand above b? More often, then by the bytes. */
static inline bool trainer_before(const struct trainer *t, struct ranked a,
                                  struct ranked b)
{
    return a.count != b.count ? a.count > b.count
        : merge_compare(t->m, t->list[a.at].pair, t->list[b.at].pair) < 0;
}

static inline void trainer_push(struct trainer *t, struct ranked new)
{
    if (t->waiting == t->place) {
        t->place = 2 * t->place + 1024;
        t->heap = bpe_grow(t->heap, t->waiting, t->place, sizeof *t->heap);
    }
    size_t i = t->waiting++;
    for (; i > 0 && trainer_before(t, new, t->heap[(i - 1) / 2]);
         i = (i - 1) / 2)
        t->heap[i] = t->heap[(i - 1) / 2];
    t->heap[i] = new;
}

static inline struct ranked trainer_pop(struct trainer *t)
{
    const struct ranked first = t->heap[0], last = t->heap[--t->waiting];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < t->waiting; i = child) {
        child += child + 1 < t->waiting
              && trainer_before(t, t->heap[child + 1], t->heap[child]);
        if (!trainer_before(t, t->heap[child], last))
            break;
        t->heap[i] = t->heap[child];
    }
    t->heap[i] = last;
    return first;
}

/* trainer_more: the pair occurs more often, in this piece. */
static inline void trainer_more(struct trainer *t, uint32_t left,
                                uint32_t right, size_t piece, bool push)
{
    struct counted *c = trainer_pair(t, left, right);
    c->count += t->m->pieces[piece].count;
    if (!c->n || c->pieces[c->n - 1] != piece) {
        if (c->n == c->room) {
            c->room = 2 * c->room + 2;
            uint32_t *more = realloc(c->pieces,
                                     size_product(c->room, sizeof *more));
            REQUIRE(more);
            c->pieces = more;
        }
        c->pieces[c->n++] = (uint32_t)piece;
    }
    if (push)
        trainer_push(t, (struct ranked){ c->count,
                                         (size_t)(c - t->list) });
}

/* trainer_merge: merges a pair in one piece. */
static inline void trainer_merge(struct trainer *t, size_t piece,
                                 uint64_t pair, uint32_t new)
{
    const uint32_t left = (uint32_t)(pair >> 32), right = (uint32_t)pair;
    struct piece *p = &t->m->pieces[piece];
    uint32_t *s = p->symbols;
    size_t kept = 0;
    for (size_t i = 0; i < p->n; i++, kept++) {
        if (i + 1 == p->n || s[i] != left || s[i + 1] != right) {
            s[kept] = s[i];
            continue;
        }
        trainer_pair(t, left, right)->count -= p->count;
        if (kept > 0) {
            trainer_pair(t, s[kept - 1], left)->count -= p->count;
            trainer_more(t, s[kept - 1], new, piece, true);
        }
        if (i + 2 < p->n) {
            trainer_pair(t, right, s[i + 2])->count -= p->count;
            trainer_more(t, new, s[i + 2], piece, true);
        }
        s[kept] = new, i++;
    }
    p->n = kept;
}

/* bpe_merge_plain: ids (n) of the bytes of a piece become those of its
 * tokens. Returns how many.  Sennrich et al. 2016, algorithm 1. */
static inline size_t bpe_merge_plain(int32_t *ids, size_t n,
                                     const struct bpe *b)
{
    for (;;) {
        int32_t best = INT32_MAX;
        for (size_t i = 0; i + 1 < n; i++) {
            int32_t id = bpe_pair(b, ids[i], ids[i + 1]);
            best = id && id < best ? id : best;
        }
        if (best == INT32_MAX)
            return n;
        const int32_t *pair = b->pairs[best - 256];
        size_t kept = 0;
        for (size_t i = 0; i < n; i++, kept++) {
            bool here = i + 1 < n && ids[i] == pair[0]
                     && ids[i + 1] == pair[1];
            ids[kept] = here ? best : ids[i];
            i += here;
        }
        n = kept;
    }
}

static inline struct bpe bpe_new(void);
static inline int32_t bpe_add(struct bpe *b, int32_t left, int32_t right);

/* bpe_train_plain: merges found in a text, until there are so many tokens,
 * or until no pair occurs twice. */
static inline struct bpe bpe_train_plain(const char *text, size_t n,
                                         size_t tokens)
{
    struct bpe b = bpe_new();
    struct merging m = bpe_pieces(&b, text, n);
    uint64_t pair;
    while (b.count < tokens && merging_best(&pair, &m)) {
        int32_t id = bpe_add(&b, (int32_t)(pair >> 32),
                             (int32_t)(uint32_t)pair);
        m.symbols = b.tokens, m.known = b.count;
        merging_apply(&m, pair, (uint32_t)id);
    }
    bpe_pieces_free(&m);
    return b;
}

/* bpe_new: the 256 bytes in the order of GPT-2, and no merges. */
static inline struct bpe bpe_new(void)
{
    struct bpe b = { 0 };
    tally_find(&b.ranks, 0), tally_find(&b.names, 0);
    for (int shows = 1; shows >= 0; shows--)
        for (unsigned byte = 0; byte < 256; byte++)
            if (byte_shows(byte) == shows) {
                const char c = (char)byte;
                b.of_byte[byte] = bpe_name(&b, (struct unit){ &c, 1 },
                                           (struct unit){ &c, 0 });
            }
    return b;
}

/* bpe_free: all of it. */
static inline void bpe_free(struct bpe *b)
{
    free(b->tokens), free(b->pairs), free(b->ranks.slots);
    free(b->names.slots), free(b->bytes);
    *b = (struct bpe){ 0 };
}

/* bpe_add: merges two tokens; the new one's id. Checked: both are there, and
 * no token has those bytes. */
static inline int32_t bpe_add(struct bpe *b, int32_t left, int32_t right)
{
    REQUIRE((size_t)left < b->count && (size_t)right < b->count);
    REQUIRE(b->count == 256 + b->merges && b->count < BPE_MOST);
    const int32_t id = bpe_name(b, b->tokens[left], b->tokens[right]);
    REQUIRE(bpe_find(b, b->tokens[id]) == id);
    b->pairs[b->merges][0] = left, b->pairs[b->merges++][1] = right;
    tally_find(&b->ranks, (uint64_t)(uint32_t)left << 32
               | (uint32_t)right)->count = (size_t)id;
    return id;
}

/* bpe_text: the merges, in the form of GPT-2's vocab.bpe; free it. */
static inline char *bpe_text(const struct bpe *b)
{
    size_t bytes = 32;
    for (size_t i = 0; i < 256 + b->merges; i++)
        bytes = size_sum(bytes, 4 * b->tokens[i].n + 2);
    char *text = allocate(bytes, 1), *at = text;
    at += sprintf(at, "#version: 0.2\n");
    for (size_t i = 0; i < b->merges; i++)
        for (size_t side = 0; side < 2; side++) {
            const struct unit t = b->tokens[b->pairs[i][side]];
            for (size_t j = 0; j < t.n; j++) {
                uint32_t c = byte_letter((unsigned char)t.at[j]);
                if (c >= 128)
                    *at++ = (char)(0xc0 | c >> 6), c = 0x80 | (c & 0x3f);
                *at++ = (char)c;
            }
            *at++ = side ? '\n' : ' ';
        }
    *at = 0;
    return text;
}

/* letters_read: the bytes that the letters of a line stand for, to out;
 * returns how many, or 0 if there are none or one stands for nothing. */
static inline size_t letters_read(char *out, struct unit line)
{
    size_t n = 0;
    for (size_t at = 0, bytes; at < line.n; at += bytes) {
        bytes = utf8_bytes(line.at + at, line.n - at);
        int byte = bytes ? letter_byte(code_point(line.at + at, bytes)) : -1;
        if (byte < 0)
            return 0;
        out[n++] = (char)byte;
    }
    return n;
}

static inline const char *bpe_line(struct bpe *b, struct unit line)
{
    struct unit word[2], all;
    int32_t id[2];
    const char *wrong = NULL, *end = line.at + line.n;
    char *bytes = allocate(line.n, 1), *to = bytes;
    all.at = bytes;
    for (int i = 0; i < 2 && !wrong; i++) {
        word[i] = i ? (struct unit){ line.at, (size_t)(end - line.at) }
                    : unit_next(&line.at, end, ' ');
        word[i].n = letters_read(to, word[i]), word[i].at = to;
        to += word[i].n;
        id[i] = word[i].n ? bpe_find(b, word[i]) : -1;
        if (id[i] < 0)
            wrong = word[i].n ? "names a token that no line before it makes"
                              : "is not two tokens with a blank between them";
    }
    all.n = (size_t)(to - bytes);
    if (!wrong && bpe_find(b, all) >= 0)
        wrong = "makes a token that is there already";
    if (!wrong)
        bpe_add(b, id[0], id[1]);
    free(bytes);
    return wrong;
}

/* bpe_parse: NULL, and the merges of a text; or what is wrong with it, which
 * is good until the next call. */
static inline const char *bpe_parse(struct bpe *b, const char *text)
{
    static char fault[80];
    const char *end = text + strlen(text), *wrong = NULL;
    *b = bpe_new();
    for (size_t line = 1; text < end && !wrong; line++) {
        struct unit u = unit_next(&text, end, '\n');
        if (line == 1 && u.n >= 8 && !memcmp(u.at, "#version", 8))
            continue;
        wrong = b->count == BPE_MOST ? "is one too many" : bpe_line(b, u);
        if (wrong)
            snprintf(fault, sizeof fault, "line %zu %s", line, wrong);
    }
    if (wrong)
        bpe_free(b);
    return wrong ? fault : NULL;
}

/* bpe_merge_heap: the same as bpe_merge_plain in n log n steps. n < 2^31. */
static inline size_t bpe_merge_heap(int32_t *ids, size_t n,
                                    const struct bpe *b)
{
    struct heap h = { 0 };
    uint32_t *next = allocate(n, sizeof *next);
    uint32_t *before = allocate(n, sizeof *before);
    size_t kept = 0;
    REQUIRE(n < (size_t)1 << 31);
    for (size_t i = 0; i < n; i++) {
        next[i] = (uint32_t)i + 1, before[i] = (uint32_t)i - 1;
        if (i + 1 < n)
            heap_pair(&h, b, ids, i, i + 1);
    }
    while (h.n > 0) {
        const uint64_t least = heap_pop(&h);
        const size_t i = (uint32_t)least, j = next[i];
        if (ids[i] < 0 || j >= n
            || bpe_pair(b, ids[i], ids[j]) != (int32_t)(least >> 32))
            continue;
        ids[i] = (int32_t)(least >> 32), ids[j] = -1;
        next[i] = next[j];
        if (next[i] < n)
            before[next[i]] = (uint32_t)i, heap_pair(&h, b, ids, i, next[i]);
        if (i > 0)
            heap_pair(&h, b, ids, before[i], i);
    }
    for (size_t i = 0; i < n; i = next[i])
        ids[kept++] = ids[i];
    free(h.at), free(next), free(before);
    return kept;
}

/* bpe_piece: the tokens of one piece (n) to ids, with place for n. Returns
 * how many. */
static inline size_t bpe_piece(int32_t *ids, const struct bpe *b,
                               const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ids[i] = b->of_byte[(unsigned char)text[i]];
    return (n < 48 ? bpe_merge_plain : bpe_merge_heap)(ids, n, b);
}

/* bpe_train: the same merges as bpe_train_plain, sooner. */
static inline struct bpe bpe_train(const char *text, size_t n, size_t tokens)
{
    struct bpe b = bpe_new();
    struct merging m = bpe_pieces(&b, text, n);
    struct trainer t = { .m = &m };
    for (size_t i = 0; i < m.count; i++)
        for (size_t j = 0; j + 1 < m.pieces[i].n; j++)
            trainer_more(&t, m.pieces[i].symbols[j],
                         m.pieces[i].symbols[j + 1], i, false);
    for (size_t i = 0; i < t.n; i++)
        trainer_push(&t, (struct ranked){ t.list[i].count, i });

    while (b.count < tokens && t.waiting > 0) {
        const struct ranked best = trainer_pop(&t);
        struct counted *c = &t.list[best.at];
        if (c->count != best.count) {
            if (c->count < best.count && c->count > 1)
                trainer_push(&t, (struct ranked){ c->count, best.at });
            continue;
        }
        if (c->count < 2)
            break;
        const uint64_t pair = c->pair;
        const int32_t id = bpe_add(&b, (int32_t)(pair >> 32),
                                   (int32_t)(uint32_t)pair);
        m.symbols = b.tokens, m.known = b.count;
        for (size_t i = 0; i < t.list[best.at].n; i++)
            trainer_merge(&t, t.list[best.at].pieces[i], pair, (uint32_t)id);
    }
    for (size_t i = 0; i < t.n; i++)
        free(t.list[i].pieces);
    free(t.list), free(t.heap), free(t.index.slots);
    bpe_pieces_free(&m);
    return b;
}
#endif
