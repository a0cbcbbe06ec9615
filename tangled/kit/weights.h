/* weights.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: weights_embedded, embedded_text, weights_finite, weights_save,
 * weights_heads, outputs_overflow, outputs_finite, weights_load,
 * half_narrow, weights_save_halves */

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
    const unsigned exponent = bits >> 10 & 31, fraction = bits & 1023;
    REQUIRE(exponent < 31);               /* neither infinite nor NaN */
    float size = exponent ? ldexpf((float)(1024 + fraction),
                                   (int)exponent - 25)
                          : ldexpf((float)fraction, -24);
    return bits >> 15 ? -size : size;
}

static inline size_t weight_embedded(struct tensor *p,
                                     const unsigned char *data, size_t at,
                                     const char *header, bool half)
{
    char want[512];
    size_t bytes = size_product(p->count, half ? 2 : sizeof(float));
    int n = snprintf(want, 256, "\"%.100s\":{\"dtype\":\"%s\",\"shape\":[",
                     p->name, half ? "F16" : "F32");
    for (size_t i = 0; i < p->rank; i++)
        n += snprintf(want + n, 32, i ? ",%zu" : "%zu", p->shape[i]);
    snprintf(want + n, 80, "],\"data_offsets\":[%zu,%zu]}", at, at + bytes);
    REQUIRE(strstr(header, want));
    if (!half)
        memcpy(p->data, data + at, bytes);
    for (size_t i = 0; half && i < p->count; i++)
        p->data[i] = half_widen(data + at + 2 * i);
    return bytes;
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
 * F32 or all F16.  Checked: each tensor is where the tape wants it. */
static inline void weights_embedded(struct tape *tape, const void *file)
{
    size_t length, at = 0;
    char *header = embedded_header(file, &length);
    const unsigned char *data = (const unsigned char *)file + 8 + length;
    const bool half = strstr(header, "\"dtype\":\"F16\"");
    for (size_t i = 0; i < tape->count; i++)
        at += weight_embedded(tape->parameters[i], data, at, header, half);
    free(header);
}

/* embedded_text: the text under a key of such a file, to be freed.  Checked:
 * it is there, and its only escapes are those of a line feed, a quote and a
 * backslash. */
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
            REQUIRE(at[1] && strchr("n\"\\", at[1]));
            text[n] = *++at == 'n' ? '\n' : *at;
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

/* half_narrow: x as a half, the nearest, of two the even one.  Checked: x is
 * from -HALF_MOST to HALF_MOST. */
static inline uint16_t half_narrow(float x)
{
    int exponent;
    REQUIRE(fabsf(x) <= HALF_MOST);
    frexpf(x, &exponent);                /* x: 0.5 to 1 times 2^exponent */
    exponent = exponent < -13 ? -13 : exponent;
    const unsigned whole = (unsigned)rintf(ldexpf(fabsf(x), 11 - exponent));
    const unsigned bits = whole < 1024 ? whole
        : whole - 1024 + ((unsigned)(exponent + 14) << 10);
    return (uint16_t)(bits | (signbit(x) ? 0x8000u : 0));
}

/* weights_save_halves: the parameters of the tape as halves, which
 * weights_load and weights_embedded also read.  texts: keys and values by
 * turns and a NULL.  Fails if a parameter is larger than HALF_MOST. */
static inline void weights_save_halves(const char *path,
                                       const struct tape *tape,
                                       const char *const *texts)
{
    struct stored *list = allocate(tape->count, sizeof *list);
    uint16_t *halves = allocate(tape->size, sizeof *halves);
    for (size_t i = 0, at = 0; i < tape->count; i++) {
        const struct tensor *p = tape->parameters[i];
        list[i] = stored_new(p->name, STORED_F16, halves + at, p->rank,
                             p->shape);
        weights_finite(path, p->name, p->data, p->count, -HALF_MOST,
                       HALF_MOST);
        for (size_t j = 0; j < p->count; j++)
            halves[at++] = half_narrow(p->data[j]);
    }
    safetensors_write(path, list, tape->count, texts);
    free(list), free(halves);
}
#endif
#endif
