/* tried_translator.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: tried_translator, tried_batch, tried_logits, struct tried_model,
 * tried_loss, tried_gradient, tried_steps, tried_padding, tried_beams */

/* tried_translator.h -- for the checks of kinds of translators: a small one,
 * a batch for it, and what each kind has to keep. */
#ifndef TRIED_TRANSLATOR_H
#define TRIED_TRANSLATOR_H
#include "kit/check.h"
#include "gradient/differences.h"
#include "kit/translate.h"

enum { TRIED_V = 11, TRIED_B = 2, TRIED_S = 4, TRIED_T = 5,
       TRIED_ROWS = TRIED_B * TRIED_T, TRIED_ALL = TRIED_ROWS * TRIED_V };
static int32_t tried_ids[4][4] = { { 5, 2, 9, 3 }, { 6, 2, 2, 8 },
                                   { 7, 10, 4 }, { 10, 3, 9 } };
static const struct example tried_pairs[TRIED_B] = {
    { 4, 4, tried_ids[0], tried_ids[1] },
    { 3, 3, tried_ids[2], tried_ids[3] } };
static const size_t tried_lengths[] = { 4, 3 };
static const int32_t tried_source[] = { 5, 2, 9, 3,  7, 10, 4, 0 };
static const int32_t tried_before[] = { 1, 6, 2, 2, 8,  1, 10, 3, 9, 0 };
static const int32_t tried_targets[] = { 6, 2, 2, 8, 0,  10, 3, 9, 0, -1 };
/* tried_translator: a model of a kind with these sizes and random weights. */
static inline struct translator tried_translator(
    const struct translator_kind *kind, const void *sizes, uint64_t seed,
    uint64_t stream, float spread)
{
    struct translator t = translator_of(kind, sizes);
    struct random random = random_new(seed, stream);
    assert_null(vocabulary_parse(&t.vocabulary,
                                 "</s>\n<s>\na\nb\nc\nd\ne\nf\ng\nh\ni"));
    for (int i = 0; i < 2; i++)
        assert_null(units_parse(&t.units[i], "char"));
    translator_new(&t);
    random_normals(t.tape->values, t.tape->size, spread, &random);
    return t;
}

/* tried_batch: of two pairs. */
static inline struct batch tried_batch(const struct example *pairs)
{
    return batch_new(pairs, (const uint32_t[]){ 0, 1 }, TRIED_B);
}

/* tried_logits: of a batch, without dropout. */
static inline const float *tried_logits(struct translator *t,
                                        const struct batch *b)
{
    t->tape->no_grad = true;
    tape_reset(t->tape);
    return t->kind->logits(t->tape, t->model, b, 0)->data;
}

/* A model in double: its logits for a batch, and the units that are right. */
struct tried_model {
    struct tensor_double *(*logits)(struct tape_double *t, const void *model);
    const void *model;
    const int32_t *want;              /* (B, T) */
};

/* tried_loss: of a model, smoothed; adds its gradients. */
static inline double tried_loss(struct tape_double *t,
                                const struct tried_model *m)
{
    tape_reset_double(t);
    struct tensor_double *x = tape_cross_entropy_double(t,
        m->logits(t, m->model), m->want, .1, -1);
    tape_backward_double(t, x);
    return x->data[0];
}

/* tried_gradient: fails if a parameter of t, at random values, has another
 * gradient than differences say, or none as large as least. */
static inline void tried_gradient(struct tape_double *t,
    const struct tried_model *m, uint64_t seed, double spread, double least)
{
    struct random random = random_new(seed, 3);
    for (size_t i = 0; i < t->size; i++)
        t->values[i] = spread * (double)random_normal(&random);
    assert_true(isfinite(tried_loss(t, m)));
    double *slopes = allocate(t->size, sizeof *slopes);
    memcpy(slopes, t->grads, t->size * sizeof *slopes);
    for (size_t i = 0; i < t->count; i++) {
        const struct tensor_double *p = t->parameters[i];
        const double *own = slopes + (p->data - t->values), step = 1e-5;
        double off = 0, largest = 0;
        for (size_t j = 0; j < p->count; j++) {
            const double center = p->data[j];
            p->data[j] = center + step;
            const double up = tried_loss(t, m);
            p->data[j] = center - step;
            const double slope = (up - tried_loss(t, m)) / (2 * step);
            p->data[j] = center;
            off = worse(off, fabs(slope - own[j]));
            largest = fmax(largest, fabs(own[j]));
        }
        if (!(off < 1e-8) || largest < least)
            fail_msg("%s: off by %g of %g", p->name, off, largest);
    }
    free(slopes);
}

/* tried_steps: fails if t decodes other logits than it has for a batch. */
static inline void tried_steps(struct translator *t,
                               const struct example *pairs)
{
    struct batch b = tried_batch(pairs);
    float all[TRIED_ALL];
    memcpy(all, tried_logits(t, &b), sizeof all);
    struct decoding d = decoding_new(t, &b, 1);
    for (size_t step = 0; step < TRIED_T; step++) {
        const int32_t ids[] = { b.before[step], b.before[TRIED_T + step] };
        const float *x = decoding_next(&d, ids, step);
        for (size_t i = 0; i < TRIED_B; i++)
            CHECK_CLOSE(x + i * TRIED_V, all + (i * TRIED_T + step) * TRIED_V,
                        TRIED_V, 5e-6, 5e-6);
    }
    batch_free(&b);
}

/* tried_padding: fails if the shorter pair has other logits alone. */
static inline void tried_padding(struct translator *t,
                                 const struct example *pairs)
{
    struct batch b = tried_batch(pairs);
    struct batch own = batch_new(pairs, (const uint32_t[]){ 1 }, 1);
    float both[(TRIED_T - 1) * TRIED_V];
    assert_int_equal(own.targets, TRIED_T - 1);
    memcpy(both, tried_logits(t, &b) + TRIED_T * TRIED_V, sizeof both);
    CHECK_CLOSE(tried_logits(t, &own), both, (TRIED_T - 1) * TRIED_V, 2e-6,
                2e-6);
    batch_free(&b), batch_free(&own);
}

/* tried_beams: how many of K hypotheses for each of n examples have ended.
 * Fails if they are not best first, or one has another score. */
static inline size_t tried_beams(struct translator *t,
    const struct example *e, size_t n, size_t width)
{
    struct hypothesis *said = allocate(n * width, sizeof *said);
    uint32_t *which = allocate(n, sizeof *which);
    size_t ended = 0;
    for (size_t i = 0; i < n; i++)
        which[i] = (uint32_t)i;
    struct batch b = batch_new(e, which, n);
    translate(said, t, &b, width, .6);
    batch_free(&b);
    for (size_t i = 0; i < n * width; i++) {
        struct example own = e[i / width];
        double log_p;
        if (i % width)
            assert_true(hypothesis_score(&said[i - 1], .6)
                        >= hypothesis_score(&said[i], .6));
        if (!said[i].ended)
            continue;
        own.target = said[i].ids, own.targets = said[i].n, ended++;
        b = batch_new(&own, (const uint32_t[]){ 0 }, 1);
        translator_log_p(&log_p, t, &b);
        assert_true(fabs(log_p - said[i].log_p) < 1e-4);
        batch_free(&b);
    }
    free(said), free(which);
    return ended;
}
#endif
