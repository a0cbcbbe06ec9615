/* translate.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct decoding, rows_follow, translate, translator_log_p */

/* translate.h -- what a translator makes of its sources. */
#ifndef TRANSLATE_H
#define TRANSLATE_H
#include "kit/beam.h"
#include "kit/translator.h"

/* A batch that is being decoded: of n inputs, each of them width times.
 * Several models decode the same batch, one beside the other. */
struct decoding {
    struct translator *t;
    void *state;                      /* see begin of its kind */
    size_t rows;                      /* n width */
    struct decoding *beside;          /* of the next model, or NULL */
    float *mean;                      /* (n width, V), if there is one */
};

static inline size_t decoding_most(size_t source)
{
    _Static_assert((int)SEQUENCE_MOST <= (int)BEAM_LONGEST, "they fit");
    const size_t most = 2 * source + 10;
    return most < BEAM_LONGEST ? most : BEAM_LONGEST;
}

static inline struct decoding decoding_new(struct translator *t,
    const struct batch *b, size_t width)
{
    struct decoding d = { .t = t, .rows = size_product(b->n, width) };
    tape_reset(t->tape), tape_reset(t->keep);
    d.state = t->kind->begin(t, b, width);
    if (t->beside) {
        d.beside = tape_take(t->keep, 1, sizeof *d.beside);
        d.mean = tape_take(t->keep, size_product(d.rows, t->vocabulary.count),
                           sizeof *d.mean);
        *d.beside = decoding_new(t->beside, b, width);
    }
    return d;
}

static inline const float *decoding_next_beam(void *what, const int32_t *ids,
    const uint32_t *parents, size_t step)
{
    const struct decoding *first = what;
    const float *logits[TOGETHER_MOST];
    size_t models = 0;
    bool moved = false;
    for (size_t i = 0; parents && step > 0 && i < first->rows; i++)
        moved |= parents[i] != i;
    for (struct decoding *d = what; d; d = d->beside) {
        tape_reset(d->t->tape);
        logits[models++] = d->t->kind->next(d->t, d->state, ids,
                                            moved ? parents : NULL, step);
    }
    if (models == 1)
        return *logits;
    mean_logits(first->mean, logits, models, first->rows,
                first->t->vocabulary.count);
    return first->mean;
}

static inline const float *decoding_next(void *what, const int32_t *ids,
                                         size_t step)
{
    return decoding_next_beam(what, ids, NULL, step);
}

/* rows_follow: row i of x (n, size) becomes what row parents[i] was; scratch
 * has as much memory. */
static inline void rows_follow(float *x, const uint32_t *parents, size_t n,
                               size_t size, float *scratch)
{
    memcpy(scratch, x, n * size * sizeof *x);
    for (size_t i = 0; i < n; i++)
        if (parents[i] != i)
            memcpy(x + i * size, scratch + parents[i] * size,
                   size * sizeof *x);
}

static inline void translate_greedily(struct hypothesis *out,
    struct decoding *d, const struct batch *b, const struct beam *how)
{
    const size_t most = decoding_most(b->sources);
    int32_t *ids = allocate(size_product(b->n, most), sizeof *ids);
    size_t *lengths = allocate(b->n, sizeof *lengths);
    greedy_decode(ids, lengths, b->n, most, how->kinds, how->start, how->end,
                  decoding_next, d);
    for (size_t i = 0; i < b->n; i++) {
        const size_t own = decoding_most(b->lengths[i]);
        const size_t n = lengths[i] < own ? lengths[i] : own;
        out[i] = (struct hypothesis){ .n = n, .ended = lengths[i] < own };
        memcpy(out[i].ids, ids + i * most, n * sizeof *ids);
    }
    free(ids), free(lengths);
}
/* translate: out (n, width): what the model makes of the sources of a batch
 * of n, and those beside it, best first, of at most decoding_most units.
 * Width 1 is greedy, and computes no log_p.  Resets the tapes of t. */
static inline void translate(struct hypothesis *out, struct translator *t,
    const struct batch *b, size_t width, double alpha)
{
    const bool no_grad = t->tape->no_grad;
    t->tape->no_grad = true;
    struct decoding d = decoding_new(t, b, width);
    const struct beam how = { width, t->vocabulary.count,
                              VOCABULARY_START, VOCABULARY_END, alpha };
    if (width == 1)
        translate_greedily(out, &d, b, &how);
    else {
        size_t *most = allocate(b->n, sizeof *most);
        for (size_t i = 0; i < b->n; i++)
            most[i] = decoding_most(b->lengths[i]);
        beam_search(out, b->n, most, &how, decoding_next_beam, &d);
        free(most);
    }
    tape_reset(t->tape);
    t->tape->no_grad = no_grad;
}

/* translator_log_p: how likely the targets of a batch are: out (n); to t
 * alone. */
static inline void translator_log_p(double *out, struct translator *t,
                                    const struct batch *b)
{
    const bool no_grad = t->tape->no_grad;
    const size_t kinds = t->vocabulary.count;
    tape_reset(t->tape);
    t->tape->no_grad = true;
    const float *row = t->kind->logits(t->tape, t->model, b, 0)->data;
    for (size_t i = 0; i < b->n; i++) {
        out[i] = 0;
        for (size_t j = 0; j < b->targets; j++, row += kinds) {
            const int32_t want = b->want[i * b->targets + j];
            if (want != IGNORED)
                out[i] += (double)row[want]
                        - (double)log_sum_exp(row, kinds);
        }
    }
    tape_reset(t->tape);
    t->tape->no_grad = no_grad;
}
#endif
