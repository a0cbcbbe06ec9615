/* bench.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct bench_format, struct bench, bench_train, bench_token,
 * bench_decode, bench_prompt, bench_run */

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

/* bench_token: the seconds of a token, the best of a few. */
static inline double bench_token(struct decode *d)
{
    const size_t most = d->is.context < 32 ? d->is.context : 32;
    const double start = seconds_now();
    double best = INFINITY, now = start;
    for (size_t n = 0; n < 4 || now - start < .03; n++) {
        if (d->place == most)
            decode_keep(d, most / 2);
        const double before = now;
        decode_step(d, (int32_t)(n % d->is.tokens));
        now = seconds_now();
        best = fmin(best, now - before);
    }
    return best;
}

/* bench_decode: the rest of b, of a model. */
static inline void bench_decode(struct bench *b, const struct gpt *g)
{
    enum { ROUNDS = 21, ARRAY = 1 << 26 };
    struct decode *d[DECODE_FORMATS];
    float *array = allocate(ARRAY, sizeof *array);
    for (size_t i = 0; i < ARRAY; i++)
        array[i] = (float)(i % 7);
    for (size_t f = 0; f < DECODE_FORMATS; f++) {
        d[f] = decode_new(g, (enum decode_format)f);
        b->format[f].bytes = (double)decode_bytes(d[f]);
    }
    for (size_t i = 0; i < ROUNDS && !interrupted; i++)
        for (size_t f = 0; f < DECODE_FORMATS; f++) {
            double *tokens = &b->format[f].tokens;
            const double reads = measure_bandwidth(array, ARRAY,
                                                   command_threads(0));
            b->bandwidth = fmax(b->bandwidth, reads);
            *tokens = fmax(*tokens, 1 / bench_token(d[f]));
        }
    for (size_t f = 0; f < DECODE_FORMATS; f++) {
        b->format[f].share = b->format[f].tokens * b->format[f].bytes
                           / b->bandwidth;
        decode_free(d[f]);
    }
    free(array);
}

/* bench_prompt: the seconds that n tokens take at once and in steps; of a
 * few turns the best. */
static inline void bench_prompt(double seconds[2], const struct gpt *g,
                                size_t n)
{
    enum { TURNS = 7 };
    struct decode *d = decode_new(g, DECODE_F32);
    int32_t *ids = allocate(n, sizeof *ids);
    for (size_t t = 0; t < n; t++)
        ids[t] = (int32_t)(t * 7 % g->is.tokens);
    seconds[0] = seconds[1] = INFINITY;
    for (size_t i = 0; i < 2 * TURNS; i++) {
        decode_reset(d);
        const double before = seconds_now();
        if (i % 2 == 0)
            decode_read(d, g, ids, n);
        for (size_t t = 0; i % 2 && t < n; t++)
            decode_step(d, ids[t]);
        seconds[i % 2] = fmin(seconds[i % 2], seconds_now() - before);
    }
    decode_free(d), free(ids);
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
