/* softmax_solution.h -- generated from chapters/01-softmax.nw. Do not edit. */
#include "softmax/softmax.h"

static inline float sigmoid(float x)
{
    float e = expf(-fabsf(x));
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

struct average_stream {
    float max, sum, total;
};

static inline struct average_stream
average_stream_merge(struct average_stream a, struct average_stream b)
{
    float max = fmaxf(a.max, b.max), shift = max == -INFINITY ? 0 : max;
    float keep_a = expf(a.max - shift), keep_b = expf(b.max - shift);
    return (struct average_stream){
        max, keep_a * a.sum + keep_b * b.sum,
        keep_a * a.total + keep_b * b.total};
}

static inline void average_stream_push(struct average_stream *s,
                                       float score, float value)
{
    struct average_stream one = {score, 1, value};
    *s = average_stream_merge(*s, one);
}

static inline float average_stream_value(struct average_stream s)
{
    return s.sum == 0 ? 0 : s.total / s.sum;
}
static inline void softmax_temperature_backward(
    float *dx, float *dtemperature, const float *dout, const float *out,
    const float *x, float temperature, size_t n)
{
    float mean = row_dot(dout, out, n);
    for (size_t j = 0; j < n; j++) {
        float dy = out[j] * (dout[j] - mean);
        dx[j] += dy / temperature;
        if (out[j] != 0)
            *dtemperature -= dy * x[j] / (temperature * temperature);
    }
}
