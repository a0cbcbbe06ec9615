/* bench.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct bench_format, struct bench, struct bench_rounds,
 * bench_train, median, bench_tokens, bench_decode, bench_run */

/* bench.h -- how fast a GPT learns and writes, and the machine's limits. */
#ifndef BENCH_H
#define BENCH_H
#include "gpt/decode.h"
#include "gpt/windows.h"
#include "gradient/peak.h"
#include "kit/training.h"

#ifndef __wasm__
struct bench_format { double bytes, tokens, share; };

struct bench {
    struct gpt_kind is;
    size_t batch, parameters;
    double seconds, peak;             /* of a step; operations a second */
    double bandwidth;                 /* bytes a second */
    struct bench_format format[DECODE_FORMATS];
};

static const char *const decode_names[DECODE_FORMATS] = { "f32", "f16",
                                                          "q8" };

enum { BENCH_ROUNDS = 21, BENCH_ARRAY = 1 << 26 };   /* floats */

struct bench_rounds {
    size_t n;
    double bandwidth[BENCH_ROUNDS], ratio[DECODE_FORMATS][BENCH_ROUNDS],
           tokens[DECODE_FORMATS][BENCH_ROUNDS];
};
static inline void bench_step(struct training *t, struct lesson *l)
{
    t->loss = tape_shards(t->tape, l->windows->n > 1 ? 2 : 1, windows_loss,
                          l);
    tape_reset(t->tape);
    training_clip(t);
    training_move(t);
}

/* bench_train: b->seconds and b->peak, in about so many seconds. */
static inline void bench_train(struct bench *b, struct tape *tape,
                               const struct gpt *g, double limit)
{
    enum { LEAST = 4, MOST = 1000 };
    struct windows w = windows_new(b->batch, b->is.context);
    struct lesson l = { g, &w, 1, 0 };
    struct training t = training_new(tape, MOST, 1);
    struct random random = random_new(1, 1);
    const double start = seconds_now();
    b->seconds = INFINITY;
    for (size_t i = 0; i < w.n * w.length; i++) {
        w.ids[i] = (int32_t)random_below(&random, (uint32_t)b->is.tokens);
        w.want[i] = (int32_t)random_below(&random, (uint32_t)b->is.tokens);
    }
    for (size_t i = 0; i < MOST && !interrupted; i++) {
        const double before = seconds_now();
        if (i >= LEAST && before - start > limit)
            break;
        bench_step(&t, &l);
        b->seconds = fmin(b->seconds, seconds_now() - before);
        b->peak = fmax(b->peak, measure_peak(command_threads(0)));
    }
    windows_free(&w), training_free(&t);
}

static inline int double_order(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* median: of x (n), which it sorts. */
static inline double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, double_order);
    return (x[(n - 1) / 2] + x[n / 2]) / 2;
}

/* bench_tokens: the seconds of a token, the best of four short times. */
static inline double bench_tokens(struct decode *d)
{
    double best = INFINITY;
    for (int try = 0; try < 4; try++) {
        const double start = seconds_now();
        double now = start;
        size_t n = 0;
        for (; n == 0 || now - start < .005; n++, now = seconds_now()) {
            if (d->place == d->is.context || d->place == 32)
                decode_reset(d);
            decode_step(d, (int32_t)(n % d->is.tokens));
        }
        best = fmin(best, (now - start) / (double)n);
    }
    return best;
}

/* bench_decode: the rest of b, of a model. */
static inline void bench_decode(struct bench *b, const struct gpt *g)
{
    struct decode *d[DECODE_FORMATS];
    struct bench_rounds *r = allocate(1, sizeof *r);
    float *array = allocate(BENCH_ARRAY, sizeof *array);
    for (size_t i = 0; i < BENCH_ARRAY; i++)
        array[i] = (float)(i % 7);
    for (enum decode_format f = 0; f < DECODE_FORMATS; f++) {
        d[f] = decode_new(g, f);
        b->format[f].bytes = (double)decode_bytes(d[f]);
    }
    for (; r->n < BENCH_ROUNDS && !interrupted; r->n++)
        for (size_t i = 0; i < DECODE_FORMATS; i++) {
            const size_t f = (i + r->n) % DECODE_FORMATS;
            const double reads = measure_bandwidth(array, BENCH_ARRAY,
                                                   command_threads(0));
            const double tokens = 1 / bench_tokens(d[f]);
            r->bandwidth[r->n] = reads, r->tokens[f][r->n] = tokens;
            r->ratio[f][r->n] = tokens * b->format[f].bytes / reads;
        }
    b->bandwidth = median(r->bandwidth, r->n);
    for (size_t f = 0; f < DECODE_FORMATS; f++) {
        b->format[f].tokens = median(r->tokens[f], r->n);
        b->format[f].share = median(r->ratio[f], r->n);
        decode_free(d[f]);
    }
    free(array), free(r);
}

/* bench_run: measures a model of these sizes, for about so many seconds;
 * 0: it does not learn. */
static inline struct bench bench_run(const struct gpt_kind *is, size_t batch,
                                     double seconds)
{
    struct bench b = { .is = *is, .batch = batch };
    struct tape *tape = tape_new();
    struct gpt g = gpt_new(tape, is);
    gpt_start(&g, 1);
    b.parameters = tape->size;
    catch_interrupt();
    if (seconds > 0)
        bench_train(&b, tape, &g, seconds);
    if (!interrupted)
        bench_decode(&b, &g);
    tape_free(tape);
    if (interrupted)
        exit(128 + interrupted);
    return b;
}
#endif
#endif
