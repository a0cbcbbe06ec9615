/* softmax_exercise.h -- generated from chapters/01-softmax.nw. Edit a copy. */
/* Complete these. softmax_exercise.c checks them. */
#include "softmax/softmax.h"

/* sigmoid: 1 / (1 + exp(-x)), the first weight of the scores x, 0. */
static inline float sigmoid(float x)
{
    (void)x;
    return NAN;
}

/* The running average of values under the softmax of their scores.
 * average_stream_value: the average so far; 0 if all was masked. */
struct average_stream {
    float max, sum, total;
};

static inline void average_stream_push(struct average_stream *s,
                                       float score, float value)
{
    (void)s, (void)score, (void)value;
}

static inline struct average_stream
average_stream_merge(struct average_stream a, struct average_stream b)
{
    (void)b;
    return a;
}

static inline float average_stream_value(struct average_stream s)
{
    (void)s;
    return NAN;
}
/* softmax_temperature_backward: ADDS to dx (n) and to *dtemperature,
 * from dout (n), the weights out (n) and the scores x (n). */
static inline void softmax_temperature_backward(
    float *dx, float *dtemperature, const float *dout, const float *out,
    const float *x, float temperature, size_t n)
{
    (void)dx, (void)dtemperature, (void)dout, (void)out, (void)x;
    (void)temperature, (void)n;
}
