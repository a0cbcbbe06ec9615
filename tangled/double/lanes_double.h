/* lanes_double.h -- generated from chapters/26-fast.nw. Do not edit. */
#ifndef LANES_DOUBLE_H
#define LANES_DOUBLE_H
#include "softmax/lanes.h"

enum { LANES_double = LANES / 2 };
#define LANES_OF_double \
    __attribute__((vector_size(LANES_double * sizeof(double))))
typedef double lanes_double LANES_OF_double;
typedef int64_t lane_masks_double LANES_OF_double;

static inline lanes_double lanes_all_double(double value)
{
    return (lanes_double){0} + value;
}

static inline lanes_double lanes_load_double(const double *x)
{

    lanes_double v;
    memcpy(&v, x, sizeof v);
    return v;
}

static inline void lanes_store_double(double *x, lanes_double v)
{
    memcpy(x, &v, sizeof v);
}

static inline lanes_double
lanes_load_part_double(const double *x, size_t n, double fill)
{
    lanes_double v = lanes_all_double(fill);
    memcpy(&v, x, n * sizeof(double));
    return v;
}

static inline void
lanes_store_part_double(double *x, lanes_double v, size_t n)
{
    memcpy(x, &v, n * sizeof(double));
}

static inline lanes_double
lanes_where_double(lane_masks_double mask, lanes_double yes,
                   lanes_double no)
{
    return (lanes_double)((mask & (lane_masks_double)yes)
                          | (~mask & (lane_masks_double)no));
}

static inline double lanes_sum_double(lanes_double v)
{
    double sum = 0;
    for (size_t i = 0; i < LANES_double; i++)
        sum += v[i];
    return sum;

}

#define LANES_DOUBLE_BY_LOOP(name, of_one) \
    static inline lanes_double name(lanes_double x) \
    { \
        for (size_t i = 0; i < LANES_double; i++) \
            x[i] = of_one(x[i]); \
        return x; \
    }
LANES_DOUBLE_BY_LOOP(lanes_exp_double, exp)
LANES_DOUBLE_BY_LOOP(lanes_exp2_double, exp2)

static inline double normal_below(double x)
{
    return 0.5 * erfc(-x * 0.70710678118654752440);
}

static inline double normal_density(double x)
{
    return 0.39894228040143267794 * exp(-0.5 * x * x);
}

static inline double sigmoid_of(double x)
{
    return 1 / (1 + exp(-x));
}
LANES_DOUBLE_BY_LOOP(lanes_sigmoid_double, sigmoid_of)
LANES_DOUBLE_BY_LOOP(lanes_tanh_double, tanh)

LANES_DOUBLE_BY_LOOP(lanes_density_double, normal_density)
LANES_DOUBLE_BY_LOOP(lanes_normal_double, normal_below)
LANES_DOUBLE_BY_LOOP(lanes_sqrt_double, sqrt)

static inline lanes_double lanes_take_double(const double *x, size_t n)
{
    size_t some = n < LANES_double ? n : LANES_double;
    return lanes_load_part_double(x, some, 0);
}

static inline void lanes_put_double(double *x, lanes_double v, size_t n)
{
    lanes_store_part_double(x, v, n < LANES_double ? n : LANES_double);
}

LANES_INLINE void row_map_double(double *out, const double *x, size_t n,
                                 lanes_double (*of)(lanes_double))
{
    for (size_t i = 0; i < n; i++)
        out[i] = of(lanes_all_double(x[i]))[0];
}

LANES_INLINE void row_map_backward_double(
    double *dx, const double *dout, const double *x, size_t n,
    lanes_double (*slope)(lanes_double))
{
    for (size_t i = 0; i < n; i++)
        dx[i] += dout[i] * slope(lanes_all_double(x[i]))[0];
}

static inline double row_sum_double(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

static inline double row_distance_double(double *sum, const double *x,
                                         double from, size_t n)
{
    double squares = *sum = 0;
    for (size_t i = 0; i < n; i++)
        *sum += x[i] - from, squares += (x[i] - from) * (x[i] - from);
    return squares;
}

static inline double
row_dot_shifted_double(const double *a, const double *b, const double *x,
                       double shift, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i] * (x[i] - shift);
    return sum;
}

static inline void row_add_exp_double(double *out, double share, double less,
                                      const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] += share * (exp(x[i]) - less);
}
#endif
