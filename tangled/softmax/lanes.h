/* lanes.h -- generated from chapters/01-softmax.nw. Do not edit. */
/* Offers: lanes_all, lanes_load, lanes_store, lanes_load_part,
 * lanes_store_part, lanes_where, lanes_sum, lanes_exp, lanes_exp2,
 * lanes_take, lanes_put, row_sum, row_distance, lanes_sqrt, lanes_sigmoid,
 * lanes_tanh, lanes_density, lanes_normal, row_dot_shifted, row_add_exp */

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

#define LANES_INLINE static inline __attribute__((always_inline))
/* lanes_all: value in every lane. */
static inline lanes lanes_all(float value)
{
    return (lanes){0} + value;
}

/* lanes_load: LANES floats from x. */
static inline lanes lanes_load(const float *x)
{
    lanes v;
    memcpy(&v, x, sizeof v);
    return v;
}

/* lanes_store: LANES floats to x. */
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

/* lanes_store_part: the first n lanes to x. */
static inline void lanes_store_part(float *x, lanes v, size_t n)
{
    memcpy(x, &v, n * sizeof(float));
}

/* lanes_where: in each lane, yes where the mask is set, else no. */
static inline lanes lanes_where(lane_masks mask, lanes yes, lanes no)
{
    return (lanes)((mask & (lane_masks)yes) | (~mask & (lane_masks)no));
}

/* lanes_sum: the sum of all lanes. */
static inline float lanes_sum(lanes v)
{
    typedef float four __attribute__((vector_size(4 * sizeof(float))));
    four sum = { 0 }, part;
    for (size_t i = 0; i < LANES; i += 4) {
        memcpy(&part, (const float *)&v + i, sizeof part);
        sum += part;
    }
    return sum[0] + sum[2] + (sum[1] + sum[3]);
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
    const float round = 0x1.8p23f + 127;
    lanes rounded = x + round;
    lanes power = (lanes)((lane_bits)rounded << 23);
    lanes r = x - (rounded - round);
    lanes y = r * 1.53458121e-4f + 1.33999312e-3f;
    y = y * r + 9.61848896e-3f;
    y = y * r + 5.55032878e-2f;
    y = y * r + 2.40226469e-1f;
    y = y * r + 6.93147206e-1f;
    y = y * r + 1.0f;
    return lanes_where(x < -127, lanes_all(0), y * power);
}

/* lanes_take: the first n floats at x, LANES at most; then zeros. */
static inline lanes lanes_take(const float *x, size_t n)
{
    return n >= LANES ? lanes_load(x) : lanes_load_part(x, n, 0);
}

/* lanes_put: back to where they were taken. */
static inline void lanes_put(float *x, lanes v, size_t n)
{
    if (n >= LANES)
        lanes_store(x, v);
    else
        lanes_store_part(x, v, n);
}

/* row_map: out (n) = of(x (n)), number by number; out may be x. */
LANES_INLINE void row_map(float *out, const float *x, size_t n,
                          lanes (*of)(lanes))
{
    for (size_t i = 0; i < n; i += LANES)
        lanes_put(out + i, of(lanes_take(x + i, n - i)), n - i);
}

/* row_sum: of x (n). */
static inline float row_sum(const float *x, size_t n)
{
    lanes sum[4] = {{0}, {0}, {0}, {0}};
    size_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES)
        for (size_t s = 0; s < 4; s++)
            sum[s] += lanes_load(x + i + s * LANES);
    for (; i < n; i += LANES)
        sum[0] += lanes_take(x + i, n - i);
    return lanes_sum(sum[0] + sum[1] + (sum[2] + sum[3]));
}

/* row_distance: the sum of (x[j] - from)^2 over x (n); into sum that of
 * x[j] - from. */
static inline float row_distance(float *sum, const float *x, float from,
                                 size_t n)
{
    lanes once = lanes_all(0), squares = lanes_all(0);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        lanes d = lanes_load(x + i) - from;
        once += d, squares += d * d;
    }
    lanes rest = lanes_load_part(x + i, n - i, from) - from;
    *sum = lanes_sum(once + rest);
    return lanes_sum(squares + rest * rest);
}

/* lanes_sqrt: square roots of x >= 0, within 2 units in the last place;
 * where x is no normal float, 0 or at most 1e-19. */
static inline lanes lanes_sqrt(lanes x)
{
    lanes y = (lanes)(0x5f3759df - ((lane_bits)x >> 1)), half = 0.5f * x;
    y = y * (1.5f - half * y * y);
    y = y * (1.5f - half * y * y);
    y = y * (1.5f - half * y * y);
    lanes root = x * y;
    root = root + 0.5f * y * (x - root * root);
    return lanes_where(x == INFINITY, x, root);
}

/* row_map_backward: ADDS dout * slope(x) to dx; all of them (n). */
LANES_INLINE void row_map_backward(float *dx, const float *dout,
                                   const float *x, size_t n,
                                   lanes (*slope)(lanes))
{
    for (size_t i = 0; i < n; i += LANES) {
        lanes d = slope(lanes_take(x + i, n - i));
        d *= lanes_take(dout + i, n - i);
        lanes_put(dx + i, lanes_take(dx + i, n - i) + d, n - i);
    }
}

/* lanes_sigmoid: 1 / (1 + exp(-x)). */
static inline lanes lanes_sigmoid(lanes x)
{
    return 1.0f / (1.0f + lanes_exp(-x));
}

/* lanes_tanh: tanh in every lane, within 2 units in the last place. */
static inline lanes lanes_tanh(lanes x)
{
    lane_bits sign = (lane_bits)x & 0x80000000;
    lanes size = (lanes)((lane_bits)x ^ sign);
    lanes far = 1.0f - 2.0f / (lanes_exp(2.0f * size) + 1.0f);
    lanes z = x * x;
    lanes near = z * -0.00570498713f + 0.0206390874f;
    near = near * z - 0.0537397151f;
    near = near * z + 0.133314422f;
    near = near * z - 0.333332819f;
    near = near * z * x + x;
    far = (lanes)((lane_bits)far | sign);
    return lanes_where(size < 0.625f, near, far);
}

/* lanes_density, lanes_normal: of a normal random number at x, the density
 * and the probability to lie below. */
static inline lanes lanes_density(lanes x)
{
    return 0.398942280f * lanes_exp(-0.5f * x * x);
}

static inline lanes lanes_normal(lanes x)
{
    lanes a = lanes_where(x < 0, -x, x);
    lanes t = 1.0f / (1.0f + 0.26f * a);
    lanes mills = t * 0.077162925f - 0.386494852f;
    mills = mills * t + 0.637479462f;
    mills = mills * t - 0.386537184f;
    mills = mills * t + 0.409132176f;
    mills = mills * t + 0.1254495f;
    mills = mills * t + 0.258898039f;
    mills = mills * t + 0.258133132f;
    mills = (mills * t + 0.260090912f) * t;
    lanes tail = lanes_density(x) * mills;
    return lanes_where(x < 0, tail, 1.0f - tail);
}

/* row_dot_shifted: the sum of a[j] b[j] (x[j] - shift); all (n). */
static inline float row_dot_shifted(const float *a, const float *b,
                                    const float *x, float shift, size_t n)
{
    lanes sum[2] = {{0}, {0}};
    for (size_t i = 0; i < n; i += LANES) {
        lanes product = lanes_take(a + i, n - i) * lanes_take(b + i, n - i);
        sum[i / LANES % 2] += product * (lanes_take(x + i, n - i) - shift);
    }
    return lanes_sum(sum[0] + sum[1]);
}

/* row_add_exp: ADDS share (exp(x) - less) to out; both (n). */
static inline void row_add_exp(float *out, float share, float less,
                               const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += LANES) {
        lanes p = lanes_exp(lanes_take(x + i, n - i)) - less;
        lanes_put(out + i, lanes_take(out + i, n - i) + share * p, n - i);
    }
}
#endif
