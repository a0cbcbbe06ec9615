/* lanes.h -- generated from chapters/01-softmax.nw. Do not edit. */
#ifndef LANES_H
#define LANES_H
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* LANES: the floats that fit the widest vector register. */
#if defined __AVX512F__
enum { LANES = 16 };
#elif defined __AVX__
enum { LANES = 8 };
#else /* SSE, NEON, WebAssembly's simd128, or nothing of the kind */
enum { LANES = 4 };
#endif

#define LANES_OF __attribute__((vector_size(LANES * sizeof(float))))
typedef float lanes LANES_OF;
typedef int32_t lane_masks LANES_OF;
typedef uint32_t lane_bits LANES_OF;

static inline lanes lanes_all(float value)
{
    return (lanes){0} + value;
}

static inline lanes lanes_load(const float *x)
{
    lanes v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void lanes_store(float *x, lanes v)
{
    memcpy(x, &v, sizeof v);
}

/* lanes_load_part: n < LANES floats, the other lanes set to fill. */
static inline lanes lanes_load_part(const float *x, size_t n, float fill)
{
    lanes v = lanes_all(fill);
    memcpy(&v, x, n * sizeof(float));
    return v;
}

static inline void lanes_store_part(float *x, lanes v, size_t n)
{
    memcpy(x, &v, n * sizeof(float));
}

/* lanes_where: in each lane, yes where the mask is set, else no. */
static inline lanes lanes_where(lane_masks mask, lanes yes, lanes no)
{
    return (lanes)((mask & (lane_masks)yes) | (~mask & (lane_masks)no));
}

static inline float lanes_sum(lanes v)
{
    float sum = 0;
    for (size_t i = 0; i < LANES; i++)
        sum += v[i];
    return sum;
}

/* lanes_exp: exp in every lane, within 2 units in the last place
 * for every float; infinities and NaN as in expf. */
static inline lanes lanes_exp(lanes x)
{
    /* let k be x / ln 2 rounded to whole numbers */
    const float round = 0x1.8p23f + 254, inverse_ln2 = 1.44269504f;
    lanes rounded = x * inverse_ln2 + round;
    lanes k = rounded - round;
    /* let r be x - k ln 2 */
    const float ln2_high = 355.0f / 512, ln2_low = -2.12194440e-4f;
    lanes r = x - k * ln2_high;
    r = r - k * ln2_low;
    /* let y be the series of exp at r */
    lanes y = r * (1 / 5040.0f) + (1 / 720.0f);
    y = y * r + (1 / 120.0f);
    y = y * r + (1 / 24.0f);
    y = y * r + (1 / 6.0f);
    y = y * r + 0.5f;
    y = (y * r + 1.0f) * r + 1.0f;
    /* multiply y by 2 to the power of k */
    lane_bits whole = (lane_bits)rounded, half = whole >> 1;
    y = y * (lanes)(half << 23);
    y = y * (lanes)((whole - half) << 23);
    /* mend the lanes where the result is out of range */
    y = lanes_where(x > 89, lanes_all(INFINITY), y);
    y = lanes_where(x < -104, lanes_all(0), y);
    return y;
}

/* lanes_exp2: 2 to the power of x, for x < 127; where the result would be
 * no normal float, it may be 0. */
static inline lanes lanes_exp2(lanes x)
{
    /* let power be 2 to x rounded, and r what is left */
    const float round = 0x1.8p23f + 127;
    lanes rounded = x + round;
    lanes power = (lanes)((lane_bits)rounded << 23);
    lanes r = x - (rounded - round);
    /* let y be 2 to the power of r */
    lanes y = r * 1.53458121e-4f + 1.33999312e-3f;
    y = y * r + 9.61848896e-3f;
    y = y * r + 5.55032878e-2f;
    y = y * r + 2.40226469e-1f;
    y = y * r + 6.93147206e-1f;
    y = y * r + 1.0f;
    return lanes_where(x < -127, lanes_all(0), y * power);
}
#endif
