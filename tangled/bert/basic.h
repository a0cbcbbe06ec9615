/* basic.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: struct code_run, run_of, basic_fold, basic_alone, basic_next,
 * basic_put, basic_text */

#ifndef BASIC_H
#define BASIC_H
#include "kit/study.h"
#include "kit/tokens.h"

EMBED(basic_numbers, EMBED_FILE("data/unicode/bert.txt"));

/* What a character is; and how a run of them changes. */
enum { BASIC_SIGN = 1, BASIC_GONE = 2, BASIC_CASED = 4, BASIC_PASSED = 8 };
enum { FOLD_AWAY, FOLD_MOVE, FOLD_ONE, FOLD_MANY };
enum { BASIC_CLASSES = 900, BASIC_FOLDS = 1900, BASIC_CODES = 200 };

struct code_run { uint32_t first, last; int how, step, to; };
static struct code_run basic_classes[BASIC_CLASSES];
static struct code_run basic_folds[BASIC_FOLDS];
static size_t basic_class_count, basic_fold_count;
static int32_t basic_codes[BASIC_CODES];      /* of FOLD_MANY: how many, and
                                                 which; to is the place */

static inline void basic_classes_read(const char **at)
{
    for (uint32_t code = 0; **at != '\n'; basic_class_count++) {
        REQUIRE(basic_class_count < BASIC_CLASSES);
        struct code_run *run = &basic_classes[basic_class_count];
        run->first = code + run_number(at);
        const uint32_t many = run_number(at);
        code = run->first + many / 16;
        run->last = code - 1, run->how = (int)(many % 16), run->step = 1;
    }
}

static inline void basic_folds_read(const char **at)
{
    int used = 0;
    for (uint32_t code = 0; **at != '\n'; basic_fold_count++) {
        REQUIRE(basic_fold_count < BASIC_FOLDS);
        struct code_run *run = &basic_folds[basic_fold_count];
        run->first = code + run_number(at);
        const uint32_t many = run_number(at);
        run->how = (int)(many / 2 % 4), run->step = 1 + (int)(many % 2);
        run->last = run->first + (many / 8 - 1) * (uint32_t)run->step;
        code = run->last + 1;
        if (run->how == FOLD_AWAY)
            continue;
        const int number = (int)run_number(at);
        run->to = run->how == FOLD_MOVE
            ? number % 2 ? -(number / 2) : number / 2 : number;
        if (run->how != FOLD_MANY)
            continue;
        REQUIRE(used + number < BASIC_CODES);
        run->to = used, basic_codes[used++] = number;
        for (int i = 0; i < number; i++)
            basic_codes[used++] = (int32_t)run_number(at);
    }
}

static inline void basic_start(void)
{
    const char *at = (const char *)basic_numbers;
    if (basic_fold_count)
        return;
    basic_classes_read(&at), at++;
    basic_folds_read(&at);
}

/* run_of: the run of the list (n) that a code point is in, or NULL. */
static inline const struct code_run *run_of(const struct code_run *list,
                                            size_t n, uint32_t code)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && list[low].first <= code
        && (code - list[low].first) % (uint32_t)list[low].step == 0
        ? &list[low] : NULL;
}

enum { FOLD_MOST = 4, HANGUL = 0xac00, HANGUL_END = 0xd7a4, HANGUL_L = 0x1100,
       HANGUL_V = 0x1161, HANGUL_T = 0x11a7 };

static inline int basic_class(uint32_t code)
{
    const struct code_run *run = run_of(basic_classes, basic_class_count,
                                        code);
    return run ? run->how : 0;
}

/* basic_fold: the code points that a character becomes: small, and without
 * its accents.  out: FOLD_MOST of them.  Returns how many. */
static inline size_t basic_fold(uint32_t *out, uint32_t code)
{
    if (code >= HANGUL && code < HANGUL_END) {
        const uint32_t i = code - HANGUL;
        out[0] = HANGUL_L + i / 588, out[1] = HANGUL_V + i % 588 / 28;
        out[2] = HANGUL_T + i % 28;
        return i % 28 ? 3 : 2;
    }
    const struct code_run *run = run_of(basic_folds, basic_fold_count, code);
    out[0] = code;
    if (!run)
        return 1;
    if (run->how == FOLD_MOVE)
        out[0] += (uint32_t)run->to;
    else if (run->how == FOLD_ONE)
        out[0] = (uint32_t)run->to;
    if (run->how != FOLD_MANY)
        return run->how != FOLD_AWAY;
    const int32_t *from = basic_codes + run->to;
    for (int32_t i = 0; i < from[0]; i++)
        out[i] = (uint32_t)from[i + 1];
    return (size_t)from[0];
}

/* basic_alone: characters of scripts without blanks (Devlin et al. 2019, the
 * released program). */
static inline bool basic_alone(uint32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf)
        || (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2ceaf)
        || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}
/* basic_next: the code point at *at, which goes on behind it; one that is
 * gone, for a byte that begins no character. */
static inline uint32_t basic_next(const char **at, const char *end)
{
    const size_t bytes = utf8_bytes(*at, (size_t)(end - *at));
    const uint32_t code = bytes ? code_point(*at, bytes) : 0xfffd;
    *at += bytes ? bytes : 1;
    return code;
}

/* Does a letter with a case follow? */
static inline bool basic_goes_on(const char *at, const char *end)
{
    while (at < end) {
        const int is = basic_class(basic_next(&at, end));
        if (!(is & (BASIC_GONE | BASIC_PASSED)))
            return is & BASIC_CASED;
    }
    return false;
}

/* basic_put: adds a code point, alone or to the word that there is. */
static inline char *basic_put(char *to, uint32_t code, bool alone)
{
    if (alone && to[-1] != ' ')
        *to++ = ' ';
    if (code < 0x80)
        *to++ = (char)code;
    else
        to += code_write(to, code);
    if (alone)
        *to++ = ' ';
    return to;
}

/* basic_text: the words of a text of n bytes, with a blank before the first
 * one and after each, and a zero; *length: the bytes of that.  Free it.
 * Bytes that are no UTF-8 are passed over.  As in the program that was
 * published with Devlin et al. 2019, and in its followers. */
static inline char *basic_text(size_t *length, const char *text, size_t n)
{
    const char *at = text, *end = text + n;
    char *out = allocate(size_sum(size_product(4, n), 8), 1), *to = out;
    bool cased = false;
    basic_start();
    *to++ = ' ';
    while (at < end) {
        uint32_t code = basic_next(&at, end), small[FOLD_MOST];
        const int is = basic_class(code);
        if (is & BASIC_GONE)
            continue;
        if (code_is_space(code)) {
            to += to[-1] != ' ', to[-1] = ' ', cased = false;
            continue;
        }
        const bool alone = basic_alone(code);
        size_t many = basic_fold(small, code);
        if (code == 0x3a3 && cased && !basic_goes_on(at, end))
            small[0] = 0x3c2;
        for (size_t i = 0; i < many; i++)
            to = basic_put(to, small[i], alone
                           || (basic_class(small[i]) & BASIC_SIGN));
        cased = is & BASIC_PASSED ? cased : is & BASIC_CASED;
    }
    to += to[-1] != ' ', to[-1] = ' ';
    *length = (size_t)(to - out);
    return out;
}
#endif
