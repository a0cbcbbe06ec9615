/* weights.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: weights_embedded, weights_finite, weights_save, weights_load */

#ifndef WEIGHTS_H
#define WEIGHTS_H
#include <float.h>
#include "gradient/tape.h"
#ifndef __wasm__
#include "kit/safetensors.h"
#endif

static inline size_t weight_embedded(struct tensor *p,
                                     const unsigned char *data, size_t at,
                                     const char *header)
{
    char want[512];
    size_t bytes = p->count * sizeof(float);
    int n = snprintf(want, 256, "\"%.100s\":{\"dtype\":\"F32\",\"shape\":[",
                     p->name);
    for (size_t i = 0; i < p->rank; i++)
        n += snprintf(want + n, 32, i ? ",%zu" : "%zu", p->shape[i]);
    snprintf(want + n, 80, "],\"data_offsets\":[%zu,%zu]}", at, at + bytes);
    REQUIRE(strstr(header, want));
    memcpy(p->data, data + at, bytes);
    return bytes;
}

/* weights_embedded: the same as weights_load, from the bytes of a file.
 * Checked: each tensor is where the tape wants it. */
static inline void weights_embedded(struct tape *tape, const void *file)
{
    const unsigned char *bytes = file;
    size_t length = 0, at = 0;
    for (int i = 8; i-- > 0; )
        length = length << 8 | bytes[i];
    REQUIRE(length < 1u << 20);
    char *header = allocate(size_sum(length, 1), 1);
    memcpy(header, bytes + 8, length);
    for (size_t i = 0; i < tape->count; i++)
        at += weight_embedded(tape->parameters[i], bytes + 8 + length, at,
                              header);
    free(header);
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
#endif
#endif
