/* tokens.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum tokens_kind, struct tokens, codes_parse, struct cached,
 * struct encoding, tokens_free, tokens_parse, tokens_text, tokens_chars,
 * tokens_new, tokens_encode, tokens_decode */

/* tokens.h -- cuts any bytes into tokens and puts them together again. */
#ifndef TOKENS_H
#define TOKENS_H
#include "kit/bpe.h"

enum tokens_kind { TOKENS_BYTE, TOKENS_CHAR, TOKENS_BPE, TOKENS_GPT2 };

/* How texts are cut, and how many tokens there are. */
struct tokens {
    enum tokens_kind kind;
    size_t count;                 /* V */
    const struct unit *list;      /* (V): the bytes of each */
    struct bpe bpe;               /* of all kinds but characters */
    struct unit *chars;           /* (V): characters, by code point */
    char *text;                   /* their bytes */
};

static const struct unit tokens_end = { "<|endoftext|>", 13 };
static inline size_t code_write(char *out, uint32_t code)
{
    size_t bytes = code < 0x80 ? 1 : code < 0x800 ? 2
                 : code < 0x10000 ? 3 : 4;
    for (size_t i = bytes; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(bytes == 1 ? code : code | (0xf00u >> bytes & 0xff));
    return bytes;
}

/* codes_parse: characters from "32 97 98", which has to be in order. */
static inline bool codes_parse(struct tokens *t, const char *text)
{
    size_t n = 0, code, last = 0;
    t->chars = allocate(strlen(text), sizeof *t->chars);
    t->text = allocate(strlen(text), 4);
    char *to = t->text;
    for (struct words w = words_of(text, " "); words_next(&w); n++) {
        char word[8] = "";
        if (w.n >= sizeof word)
            return false;
        memcpy(word, w.at, w.n);
        if (!parse_size(&code, word) || (n && code <= last) || code > 0x10ffff
            || (code >= 0xd800 && code < 0xe000))
            return false;
        t->chars[n].at = to;
        t->chars[n].n = code_write(to, (uint32_t)code);
        to += t->chars[n].n, last = code;
    }
    t->count = n;
    return n > 0;
}

enum { CACHE_MOST = 1 << 15, CACHE_IDS = 11, CACHE_BYTES = 16 };
struct cached {
    uint64_t text[2];
    uint16_t bytes, n;
    int32_t ids[CACHE_IDS];
};

/* Ids as they come, and the cache. */
struct encoding {
    int32_t *ids;
    size_t n, room, slots;
    struct cached *cache;
};

static inline void encoding_room(struct encoding *e, size_t more)
{
    if (more <= e->room - e->n)
        return;
    e->room = size_product(2, size_sum(e->room, more));
    e->ids = enlarge(e->ids, e->n, e->room, sizeof *e->ids);
}

static inline void encode_piece(struct encoding *e, const struct bpe *b,
                                const char *text, size_t n)
{
    uint64_t word[2] = { 0 };
    encoding_room(e, n);
    if (n > CACHE_BYTES) {
        e->n += bpe_piece(e->ids + e->n, b, text, n);
        return;
    }
    memcpy(word, text, n);
    const uint64_t mixed = (word[0] ^ word[1] * 0x9e3779b97f4a7c15u ^ n)
                         * 0xff51afd7ed558ccdu;
    struct cached *c = &e->cache[mixed >> 40 & (e->slots - 1)];
    if (c->bytes == n && c->text[0] == word[0] && c->text[1] == word[1]) {
        memcpy(e->ids + e->n, c->ids, c->n * sizeof *c->ids);
        e->n += c->n;
        return;
    }
    const size_t got = bpe_piece(e->ids + e->n, b, text, n);
    if (got <= CACHE_IDS) {
        *c = (struct cached){ { word[0], word[1] }, (uint16_t)n,
                              (uint16_t)got, { 0 } };
        memcpy(c->ids, e->ids + e->n, got * sizeof *c->ids);
    }
    e->n += got;
}

static inline const char *encode_chars(struct encoding *e,
                                       const struct tokens *t,
                                       const char *text, size_t n)
{
    static char fault[96];
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = utf8_bytes(text + at, n - at);
        const int32_t id = bytes
            ? units_find(t->chars, t->count,
                         (struct unit){ text + at, bytes }) : -1;
        if (id < 0) {
            if (bytes)
                snprintf(fault, sizeof fault, "has the character U+%04X at "
                         "byte %zu, which the training text has not",
                         (unsigned)code_point(text + at, bytes), at + 1);
            else
                snprintf(fault, sizeof fault, "is not UTF-8 at byte %zu",
                         at + 1);
            return fault;
        }
        encoding_room(e, 1);
        e->ids[e->n++] = id;
    }
    return NULL;
}

/* tokens_free: all of it. */
static inline void tokens_free(struct tokens *t)
{
    bpe_free(&t->bpe), free(t->chars), free(t->text);
    *t = (struct tokens){ 0 };
}

static inline void tokens_bytes(struct tokens *t)
{
    t->bpe = bpe_new();
    for (int byte = 0; byte < 256; byte++) {
        t->bpe.of_byte[byte] = byte;
        t->bpe.bytes[byte] = (char)byte;
    }
}

static inline void tokens_done(struct tokens *t, enum tokens_kind kind)
{
    t->kind = kind;
    if (kind == TOKENS_GPT2)
        bpe_name(&t->bpe, tokens_end, (struct unit){ "", 0 });
    if (kind != TOKENS_CHAR)
        t->list = t->bpe.tokens, t->count = t->bpe.count;
    else
        t->list = t->chars;
}

/* tokens_parse: NULL, and the tokens that a text describes; or what is wrong
 * with it, good until the next call. published: GPT-2's merges, or NULL. */
static inline const char *tokens_parse(struct tokens *t, const char *text,
                                       const char *published)
{
    const char *wrong = NULL;
    enum tokens_kind kind = TOKENS_BYTE;
    *t = (struct tokens){ 0 };
    if (!strcmp(text, "byte"))
        tokens_bytes(t);
    else if (!strncmp(text, "char ", 5)) {
        kind = TOKENS_CHAR;
        wrong = codes_parse(t, text + 5) ? NULL
            : "has characters that are not code points in order";
    } else if (!strncmp(text, "#version", 8)) {
        kind = TOKENS_BPE;
        wrong = bpe_parse(&t->bpe, text);
    } else if (!strcmp(text, "gpt2") && published) {
        kind = TOKENS_GPT2;
        wrong = bpe_parse(&t->bpe, published);
    } else
        wrong = "is none of byte, char, gpt2, and merges after \"#version\"";
    if (wrong)
        tokens_free(t);
    else
        tokens_done(t, kind);
    return wrong;
}

/* tokens_text: what tokens_parse reads; free it. */
static inline char *tokens_text(const struct tokens *t)
{
    if (t->kind == TOKENS_BPE)
        return bpe_text(&t->bpe);
    char *text = allocate(t->kind == TOKENS_CHAR ? 8 * t->count + 8 : 8, 1);
    char *at = text;
    at += sprintf(at, "%s", t->kind == TOKENS_CHAR ? "char"
                  : t->kind == TOKENS_GPT2 ? "gpt2" : "byte");
    for (size_t i = 0; t->kind == TOKENS_CHAR && i < t->count; i++)
        at += sprintf(at, " %u", (unsigned)code_point(t->chars[i].at,
                                                      t->chars[i].n));
    return text;
}

/* tokens_chars: the characters of a text become tokens; NULL, or what is
 * wrong with the text. */
static inline const char *tokens_chars(struct tokens *t, const char *text,
                                       size_t n)
{
    static char fault[64];
    unsigned char *seen = allocate(0x110000, 1);
    size_t count = 0, at = 0;
    for (size_t bytes; at < n; at += bytes) {
        bytes = utf8_bytes(text + at, n - at);
        if (!bytes)
            break;
        unsigned char *is = seen + code_point(text + at, bytes);
        count += !*is, *is = 1;
    }
    char *list = allocate(8 * count + 8, 1), *to = list;
    to += sprintf(to, "char");
    for (unsigned c = 0; c < 0x110000; c++)
        if (seen[c])
            to += sprintf(to, " %u", c);
    free(seen);
    snprintf(fault, sizeof fault, "is not UTF-8 at byte %zu", at + 1);
    const char *wrong = at < n ? fault : !n ? "is empty"
        : tokens_parse(t, list, NULL);
    free(list);
    return wrong;
}

/* tokens_new: NULL, and tokens as how says, "byte", "char", "bpe:N" with N
 * tokens in all, or "gpt2"; or what is wrong. char and bpe learn from text;
 * bpe finds fewer if no pair occurs twice. */
static inline const char *tokens_new(struct tokens *t, const char *how,
                                     const char *text, size_t n,
                                     const char *published)
{
    size_t tokens = 0;
    if (!strcmp(how, "char"))
        return tokens_chars(t, text, n);
    if (strncmp(how, "bpe:", 4) && strcmp(how, "byte") && strcmp(how, "gpt2"))
        return "is none of byte, char, bpe:N and gpt2";
    if (strncmp(how, "bpe:", 4))
        return tokens_parse(t, how, published);
    if (!parse_size(&tokens, how + 4) || tokens < 256 || tokens > BPE_MOST)
        return "has to have from 256 to 1048576 tokens";
    if (n >= (size_t)1 << 31)
        return "cannot learn from more than 2 GB";
    *t = (struct tokens){ .bpe = bpe_train(text, n, tokens) };
    tokens_done(t, TOKENS_BPE);
    return NULL;
}

/* tokens_encode: NULL, and the ids (*count) of a text of n bytes; free them.
 * Or what is wrong with it, good until the next call; with bytes and merges
 * only that it has 2^31 bytes. */
static inline const char *tokens_encode(int32_t **ids, size_t *count,
    const struct tokens *t, const char *text, size_t n)
{
    struct encoding e = { .room = n / 3 + 16, .slots = 16 };
    const char *wrong = NULL;
    *ids = NULL, *count = 0;
    if (n >= (size_t)1 << 31)
        return "has 2 GB or more";
    e.ids = allocate(e.room, sizeof *e.ids);
    if (t->kind == TOKENS_CHAR)
        wrong = encode_chars(&e, t, text, n);
    else if (t->kind == TOKENS_BYTE) {
        encoding_room(&e, n);
        while (e.n < n)
            e.ids[e.n] = (unsigned char)text[e.n], e.n++;
    } else {
        while (e.slots < n / 16 && e.slots < CACHE_MOST)
            e.slots *= 2;
        e.cache = allocate(e.slots, sizeof *e.cache);
        for (size_t at = 0, bytes; at < n; at += bytes) {
            bytes = split_next(text + at, n - at);
            encode_piece(&e, &t->bpe, text + at, bytes);
        }
        free(e.cache);
    }
    if (wrong)
        free(e.ids);
    else
        *ids = e.ids, *count = e.n;
    return wrong;
}

/* tokens_decode: the bytes (*n) of ids (count), and a zero; free them.
 * Checked: 0 <= ids < V. */
static inline char *tokens_decode(size_t *n, const struct tokens *t,
                                  const int32_t *ids, size_t count)
{
    size_t bytes = 1;
    for (size_t i = 0; i < count; i++) {
        REQUIRE(ids[i] >= 0 && (size_t)ids[i] < t->count);
        bytes = size_sum(bytes, t->list[ids[i]].n);
    }
    char *text = allocate(bytes, 1), *to = text;
    for (size_t i = 0; i < count; i++) {
        memcpy(to, t->list[ids[i]].at, t->list[ids[i]].n);
        to += t->list[ids[i]].n;
    }
    *n = bytes - 1;
    return text;
}
#endif
