/* weights.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: weights_embedded, embedded_text, weights_finite, weights_save,
 * weights_heads, outputs_overflow, outputs_finite, weights_load,
 * float_narrow, half_narrow, byte_narrow, weights_save_narrow */

#ifndef WEIGHTS_H
#define WEIGHTS_H
#include <float.h>
#include "gradient/tape.h"
#ifndef __wasm__
#include "kit/safetensors.h"
#endif

static inline float half_widen(const unsigned char *two)
{
    const unsigned bits = two[0] | (unsigned)two[1] << 8;
    REQUIRE((bits >> 10 & 31) < 31);      /* neither infinite nor NaN */
    return float_widen(bits, 10, 15);
}

static inline float byte_widen(unsigned char bits)
{
    REQUIRE((bits & 127) < 127);          /* NaN */
    return float_widen(bits, 3, 7);
}

enum { NARROW_NO, NARROW_HALF, NARROW_BYTE, NARROW_ALL };

static inline void weight_embedded(struct tensor *p,
                                   const unsigned char *data,
                                   const char *header, int narrow)
{
    static const char *const names[] = { "F32", "F16", "F8_E4M3", "F8_E4M3" };
    static const size_t sizes[] = { 4, 2, 1, 1 };
    char want[512];
    narrow = narrow == NARROW_BYTE && p->rank < 2 ? NARROW_HALF : narrow;
    size_t bytes = size_product(p->count, sizes[narrow]);
    int n = snprintf(want, 256, "\"%.100s\":{\"dtype\":\"%s\",\"shape\":[",
                     p->name, names[narrow]);
    for (size_t i = 0; i < p->rank; i++)
        n += snprintf(want + n, 32, i ? ",%zu" : "%zu", p->shape[i]);
    snprintf(want + n, 80, "],\"data_offsets\":[");
    const char *place = strstr(header, want);
    REQUIRE(place);
    char *end;
    const size_t at = strtoul(place + strlen(want), &end, 10);
    REQUIRE(*end == ',' && strtoul(end + 1, NULL, 10) == at + bytes);
    if (narrow == NARROW_NO)
        memcpy(p->data, data + at, bytes);
    for (size_t i = 0; narrow && i < p->count; i++)
        p->data[i] = narrow == NARROW_HALF ? half_widen(data + at + 2 * i)
                                           : byte_widen(data[at + i]);
}

static inline char *embedded_header(const void *file, size_t *length)
{
    const unsigned char *bytes = file;
    *length = 0;
    for (int i = 8; i-- > 0; )
        *length = *length << 8 | bytes[i];
    REQUIRE(*length < 1u << 20);
    char *header = allocate(size_sum(*length, 1), 1);
    return memcpy(header, bytes + 8, *length);
}

/* weights_embedded: the same as weights_load, from the bytes of a file, all
 * F32, all F16, or as weights_save_narrow writes it.  Checked: each tensor is
 * there, of this type and shape. */
static inline void weights_embedded(struct tape *tape, const void *file)
{
    size_t length;
    char *header = embedded_header(file, &length);
    const unsigned char *data = (const unsigned char *)file + 8 + length;
    const bool halves = strstr(header, "\"dtype\":\"F16\"");
    const bool bytes = strstr(header, "\"dtype\":\"F8_E4M3\"");
    const int narrow = bytes ? halves ? NARROW_BYTE : NARROW_ALL
                     : halves ? NARROW_HALF : NARROW_NO;
    for (size_t i = 0; i < tape->count; i++)
        weight_embedded(tape->parameters[i], data, header, narrow);
    free(header);
}

/* embedded_text: the text under a key of such a file, to be freed.  Checked:
 * it is there, and its only escapes are those of a line feed, a tab, a quote
 * and a backslash. */
static inline char *embedded_text(const void *file, const char *key)
{
    size_t length, n = 0;
    char *header = embedded_header(file, &length), want[80];
    snprintf(want, sizeof want, "\"%.60s\":\"", key);
    const char *at = strstr(header, want);
    REQUIRE(at);
    char *text = allocate(length, 1);
    for (at += strlen(want); *at && *at != '"'; at++) {
        text[n] = *at;
        if (*at == '\\') {
            REQUIRE(at[1] && strchr("nt\"\\", at[1]));
            at++;
            text[n] = *at == 'n' ? '\n' : *at == 't' ? '\t' : *at;
        }
        n++;
    }
    text[n] = '\0';
    free(header);
    return text;
}
#ifndef __wasm__
enum { WEIGHTS_MOST = 1000000000 };

static inline struct stored *weights_list(const struct tape *tape,
                                          size_t more)
{
    struct stored *list = allocate(tape->count + more, sizeof *list);
    for (size_t i = 0; i < tape->count; i++) {
        const struct tensor *p = tape->parameters[i];
        list[i] = stored_floats(p->name, p->data, p->rank, p->shape);
    }
    return list;
}

/* weights_finite: fails if one of the values of a tensor, n floats, is not
 * from low to high.  where: the file. */
static inline void weights_finite(const char *where, const char *name,
                                  const float *x, size_t n, float low,
                                  float high)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] >= low && x[i] <= high))
            fail("%s: element %zu of '%s' is %g", where, i, name,
                 (double)x[i]);
}

/* weights_save: the parameters of the tape, under their names. */
static inline void weights_save(const char *path, const struct tape *tape)
{
    struct stored *list = weights_list(tape, 0);
    const char *const texts[] = { "format", "pt", NULL };
    safetensors_write(path, list, tape->count, texts);
    free(list);
}

static inline void weights_take(struct tape *tape,
                                const struct safetensors *file)
{
    for (size_t i = 0; i < tape->count; i++) {
        struct tensor *p = tape->parameters[i];
        const float *data = safetensors_require(file, p->name, p->rank,
                                                p->shape);
        weights_finite(file->path, p->name, data, p->count, -WEIGHTS_MOST,
                       WEIGHTS_MOST);
        memcpy(p->data, data, p->count * sizeof *data);
    }
}

/* weights_heads: of a model whose rows have width numbers: what the option
 * says, 0 for none, or the file's text "heads", or one for 64 columns.  Fails
 * if they differ, or do not divide the width. */
static inline size_t weights_heads(const struct safetensors *file,
                                   size_t width, size_t heads)
{
    const char *text = safetensors_text(file, "heads");
    size_t n = width / 64;
    if (text && (!parse_size(&n, text) || n < 1 || width % n))
        fail("%s: its 'heads' is %.40s, which no model of width %zu can "
             "have", file->path, text, width);
    if (text && heads && heads != n)
        fail("--heads %zu: %s has %zu", heads, file->path, n);
    if (heads && width % heads)
        fail("--heads %zu: do not divide the %zu columns of %s", heads,
             width, file->path);
    if (!text && !heads && (n == 0 || width % 64))
        fail("%s: does not say how many heads it has, and %zu columns are "
             "not a multiple of 64: say --heads", file->path, width);
    return heads ? heads : n;
}

/* outputs_overflow: fails: a model with the weights of a file, NULL for the
 * book's, has no answer. */
_Noreturn static inline void outputs_overflow(const char *path)
{
    fail("%s: weights so large that the model overflows",
         path ? shown(path) : "the book");
}

/* outputs_finite: fails so if one of the numbers x (n) that it gave is
 * none. */
static inline void outputs_finite(const char *path, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            outputs_overflow(path);
}

/* weights_load: the parameters of the tape from a file that weights_save or
 * training_save wrote.  Whatever else the file has is passed over.  Fails
 * with the names of file and tensor if one is missing, has another shape or
 * a value that is no weight. */
static inline void weights_load(const char *path, struct tape *tape)
{
    struct safetensors file = safetensors_read(path);
    weights_take(tape, &file);
    safetensors_free(&file);
}

#define HALF_MOST 65504.f
#define BYTE_MOST 448.f

/* float_narrow: the bits of the float nearest to x, of two the even one. */
static inline unsigned float_narrow(float x, int fractions, int bias)
{
    const unsigned one = 1u << fractions;
    int exponent;
    frexpf(x, &exponent);                /* x: 0.5 to 1 times 2^exponent */
    exponent = exponent < 2 - bias ? 2 - bias : exponent;
    const unsigned whole = (unsigned)rintf(ldexpf(fabsf(x), fractions + 1
                                                            - exponent));
    return whole < one ? whole
        : whole - one + ((unsigned)(exponent + bias - 1) << fractions);
}

/* half_narrow: x as a half.  Checked: x is from -HALF_MOST to HALF_MOST. */
static inline uint16_t half_narrow(float x)
{
    REQUIRE(fabsf(x) <= HALF_MOST);
    return (uint16_t)(float_narrow(x, 10, 15) | (signbit(x) ? 0x8000u : 0));
}

/* byte_narrow: x in 8 bits, E4M3.  Checked: x is from -BYTE_MOST to
 * BYTE_MOST. Micikevicius et al. 2022, table 1. */
static inline unsigned char byte_narrow(float x)
{
    REQUIRE(fabsf(x) <= BYTE_MOST);
    return (unsigned char)(float_narrow(x, 3, 7) | (signbit(x) ? 0x80u : 0));
}

/* weights_save_narrow: the parameters of the tape as halves, NARROW_HALF;
 * matrices as bytes and vectors as halves, NARROW_BYTE; or all as bytes,
 * NARROW_ALL.  weights_load and weights_embedded also read these.  texts:
 * keys and values by turns and a NULL.  Fails if a parameter is larger than
 * HALF_MOST, or BYTE_MOST. */
static inline void weights_save_narrow(const char *path,
    const struct tape *tape, const char *const *texts, int narrow)
{
    struct stored *list = allocate(tape->count, sizeof *list);
    uint16_t *halves = allocate(tape->size, sizeof *halves);
    for (size_t i = 0, at = 0; i < tape->count; i++) {
        const struct tensor *p = tape->parameters[i];
        const bool byte = narrow == NARROW_ALL
                          || (narrow == NARROW_BYTE && p->rank > 1);
        const float most = byte ? BYTE_MOST : HALF_MOST;
        unsigned char *to = (unsigned char *)(halves + at);
        list[i] = stored_new(p->name, byte ? STORED_F8 : STORED_F16, to,
                             p->rank, p->shape);
        weights_finite(path, p->name, p->data, p->count, -most, most);
        for (size_t j = 0; j < p->count; j++, at++)
            if (byte)
                to[j] = byte_narrow(p->data[j]);
            else
                halves[at] = half_narrow(p->data[j]);
    }
    safetensors_write(path, list, tape->count, texts);
    free(list), free(halves);
}

static inline void weights_save_halves(const char *path,
                                       const struct tape *tape,
                                       const char *const *texts)
{
    weights_save_narrow(path, tape, texts, NARROW_HALF);
}
#endif
#endif
