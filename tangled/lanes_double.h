/* lanes_double.h -- generated from chapters/26-fast.nw. Do not edit. */
#ifndef LANES_DOUBLE_H
#define LANES_DOUBLE_H
#include "lanes.h"

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

#endif
