/* packed.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: enum decode_format, struct packed, pack_place, half_of,
 * float_of_half, pack_scale, packed_new, packed_row, packed_product */

/* packed.h -- matrices in 32, 16 or 8 bits, for products with one row. */
#ifndef PACKED_H
#define PACKED_H
#include "gpt/step.h"

enum decode_format { DECODE_F32, DECODE_F16, DECODE_Q8, DECODE_FORMATS };
enum { PACK = 64, PACK_GROUP = 32, PACK_BLOCK = 16 };

/* A matrix, for the product with a row of cols numbers. */
struct packed {
    enum decode_format format;
    size_t rows, cols, chunks;        /* chunks: of 64 numbers in a row */
    void *numbers;                    /* (rows, chunks, 64) */
    uint16_t *steps;                  /* (rows, chunks, 2): of DECODE_Q8 */
    float scale;                      /* of what a product sums up */
};
/* pack_place: where number e of a chunk is. */
static inline size_t pack_place(enum decode_format format, size_t e)
{
    return format == DECODE_F16 ? e % 32 * 2 + e / 32
         : format == DECODE_Q8 ? e % 16 * 4 + e / 16 : e;
}

static inline size_t pack_bytes(enum decode_format format)
{
    return format == DECODE_F32 ? 4 : format == DECODE_F16 ? 2 : 1;
}

static inline size_t pack_chunks(size_t cols)
{
    return (size_sum(cols, PACK - 1)) / PACK;
}

/* half_of: |x| < 2^15 as the nearest half, of two the even one; below 2^-14
 * as zero. */
static inline uint16_t half_of(float x)
{
    uint32_t bits, size;
    memcpy(&bits, &x, sizeof bits);
    size = bits & 0x7fffffff;
    size += 0xfff + (size >> 13 & 1);
    size = size < 0x38800000 ? 0 : (size - 0x38000000) >> 13;
    return (uint16_t)(size | (bits >> 16 & 0x8000));
}

/* float_of_half: the same back, of halves that half_of makes. */
static inline float float_of_half(uint16_t half)
{
    uint32_t bits = (uint32_t)(half & 0x7fff) << 13;
    float size;
    memcpy(&size, &bits, sizeof size);
    size *= 0x1p112f;
    return half & 0x8000 ? -size : size;
}

static inline float float_of_step(uint16_t upper)
{
    uint32_t bits = (uint32_t)upper << 16;
    float step;
    memcpy(&step, &bits, sizeof step);
    return step;
}

static inline void pack_chunk(struct packed *w, size_t at, const float *x)
{
    int8_t q[PACK];
    float *floats = w->numbers;
    uint16_t *halves = w->numbers;
    int8_t *bytes = w->numbers;
    for (size_t g = 0; w->format == DECODE_Q8 && g < 2; g++) {
        uint32_t bits;
        const float step = group_round(q + g * PACK_GROUP,
                                       x + g * PACK_GROUP, PACK_GROUP);
        memcpy(&bits, &step, sizeof bits);
        w->steps[2 * at + g] = (uint16_t)(bits >> 16);
    }
    for (size_t e = 0; e < PACK; e++) {
        const size_t to = at * PACK + pack_place(w->format, e);
        if (w->format == DECODE_F32)
            floats[to] = x[e];
        else if (w->format == DECODE_F16)
            halves[to] = half_of(x[e] / w->scale);
        else
            bytes[to] = q[e];
    }
}

static inline size_t packed_need(enum decode_format format, size_t rows,
                                 size_t cols)
{
    const size_t all = size_product(rows, pack_chunks(cols));
    size_t need = arena_need(size_product(all, PACK), pack_bytes(format));
    if (format == DECODE_Q8)
        need = size_sum(need, arena_need(size_sum(all, PACK_BLOCK),
                                         2 * sizeof(uint16_t)));
    return need;
}

/* pack_scale: a power of two; what it divides is below 2^15. */
static inline float pack_scale(const float *x, size_t n)
{
    float most = 0;
    int exponent;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    frexpf(most, &exponent);
    return ldexpf(1, (exponent < -80 ? -80 : exponent) - 15);
}

/* packed_new: row r, column j is x[r * row + j * step]. */
static inline struct packed packed_new(struct arena *arena,
    enum decode_format format, const float *x, size_t rows, size_t cols,
    size_t row, size_t step)
{
    struct packed w = { format, rows, cols, pack_chunks(cols), .scale = 1 };
    const size_t all = rows * w.chunks;
    w.numbers = arena_take(arena, all * PACK, pack_bytes(format));
    if (format == DECODE_Q8)
        w.steps = arena_take(arena, all + PACK_BLOCK, 2 * sizeof *w.steps);
    if (format != DECODE_F32)
        w.scale = format == DECODE_Q8 ? 0x1p-24f
                                      : pack_scale(x, rows * cols);
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (all > 1000)
#endif
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < w.chunks; c++) {
            float chunk[PACK];
            for (size_t e = 0, j = c * PACK; e < PACK; e++, j++)
                chunk[e] = j < cols ? x[r * row + j * step] : 0;
            pack_chunk(&w, r * w.chunks + c, chunk);
        }
    return w;
}

static inline size_t packed_bytes(const struct packed *w)
{
    return w->rows * w->chunks * (PACK * pack_bytes(w->format)
        + (w->format == DECODE_Q8 ? 2 * sizeof *w->steps : 0));
}

/* packed_row: row r as floats again, out (cols). */
static inline void packed_row(float *out, const struct packed *w, size_t r)
{
    for (size_t j = 0; j < w->cols; j++) {
        const size_t at = r * w->chunks + j / PACK, e = j % PACK;
        const size_t i = at * PACK + pack_place(w->format, e);
        out[j] = w->format == DECODE_F32 ? ((const float *)w->numbers)[i]
            : w->format == DECODE_F16
            ? float_of_half(((const uint16_t *)w->numbers)[i]) * w->scale
            : (float)((const int8_t *)w->numbers)[i]
              * float_of_step(w->steps[2 * at + e / PACK_GROUP]);
    }
}

LANES_INLINE lane_masks words_load(const char *at)
{
    lane_masks words;
    memcpy(&words, at, sizeof words);
    return words;
}

LANES_INLINE lanes floats_times(const char *at, const float *x)
{
    lanes sum = lanes_all(0), w;
    for (size_t i = 0; i < PACK; i += LANES) {
        memcpy(&w, at + i * sizeof *x, sizeof w);
        sum += w * lanes_load(x + i);
    }
    return sum;
}

/* lanes_of_halves: those in the upper half of each word. */
LANES_INLINE lanes lanes_of_halves(lane_masks words)
{
    return (lanes)(words >> 3 & (int32_t)0x8fffe000) * 0x1p112f;
}

LANES_INLINE lanes halves_times(const char *at, const float *x)
{
    lanes sum = lanes_all(0);
    for (size_t i = 0; i < 32; i += LANES) {
        const lane_masks words = words_load(at + 4 * i);
        const lane_masks low = (lane_masks)((lane_bits)words << 16);
        sum += lanes_of_halves(low) * lanes_load(x + i);
        sum += lanes_of_halves(words) * lanes_load(x + 32 + i);
    }
    return sum;
}

/* lanes_of_bytes: those that are so many bits below the top of each word,
 * times 2^24. */
LANES_INLINE lanes lanes_of_bytes(lane_masks words, int below)
{
    const lane_masks top = (lane_masks)((lane_bits)words << below);
    return __builtin_convertvector(top & (int32_t)0xff000000, lanes);
}

LANES_INLINE lanes bytes_times(const char *at, const float *steps,
                               const float *x)
{
    lanes one = lanes_all(0), two = lanes_all(0);
    for (size_t i = 0; i < 16; i += LANES) {
        const lane_masks words = words_load(at + 4 * i);
        one += lanes_of_bytes(words, 24) * lanes_load(x + i);
        one += lanes_of_bytes(words, 16) * lanes_load(x + 16 + i);
        two += lanes_of_bytes(words, 8) * lanes_load(x + 32 + i);
        two += lanes_of_bytes(words, 0) * lanes_load(x + 48 + i);
    }
    return steps[0] * one + steps[1] * two;
}

/* steps_widen: of PACK_BLOCK chunks. */
LANES_INLINE void steps_widen(float *steps, const uint16_t *upper)
{
    for (size_t i = 0; i < 2 * PACK_BLOCK; i++)
        steps[i] = float_of_step(upper[i]);
}

enum { PACK_AHEAD = 8192 };

LANES_INLINE void packed_soon(const char *at, size_t bytes)
{
    for (size_t line = 0; line < bytes; line += 64)
        __builtin_prefetch((const void *)((uintptr_t)at + PACK_AHEAD + line));
}

LANES_INLINE void packed_rows(float *out, const struct packed *w,
                              const float *x, size_t first, size_t last,
                              enum decode_format format)
{
    const size_t bytes = PACK * pack_bytes(format), chunks = w->chunks;
    const char *at = (const char *)w->numbers + first * chunks * bytes;
    float steps[2 * PACK_BLOCK];
    for (size_t r = first; r < last; r++) {
        lanes sum = lanes_all(0);
        const float *with = x;
        for (size_t c = 0, n; c < chunks; c += n) {
            n = chunks - c < PACK_BLOCK ? chunks - c : PACK_BLOCK;
            if (format == DECODE_Q8)
                steps_widen(steps, w->steps + 2 * (r * chunks + c));
            for (size_t i = 0; i < n; i++, at += bytes, with += PACK) {
                packed_soon(at, bytes);
                sum += format == DECODE_F32 ? floats_times(at, with)
                     : format == DECODE_F16 ? halves_times(at, with)
                                : bytes_times(at, steps + 2 * i, with);
            }
        }
        out[r] = lanes_sum(sum) * w->scale;
    }
}

/* packed_product: out[first] to out[last - 1], of w (rows, cols) times x,
 * whose 64 chunks numbers end with zeros; out (rows). */
static inline void packed_product(float *out, const struct packed *w,
                                  const float *x, size_t first, size_t last)
{
    if (w->format == DECODE_F32)
        packed_rows(out, w, x, first, last, DECODE_F32);
    else if (w->format == DECODE_F16)
        packed_rows(out, w, x, first, last, DECODE_F16);
    else
        packed_rows(out, w, x, first, last, DECODE_Q8);
}
#endif

