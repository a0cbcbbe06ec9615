/* corpus.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct question, struct corpus, struct grade, grade_exact,
 * grade_rate, grade_answer, examples_translated, speller_grade,
 * corpus_between, grade_add, corpus_of */

/* corpus.h -- pairs as numbers, and what a translator makes of them. */
#ifndef CORPUS_H
#define CORPUS_H
#include "kit/lexicon.h"
#include "kit/translate.h"

struct question { struct example *answers; size_t count; };

struct corpus {
    size_t count, asked;
    struct example *examples;         /* (count) */
    struct question *questions;       /* (asked) */
};

struct grade { size_t count, exact, errors, tokens; };
static inline void corpus_free(struct corpus *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->examples[i].source), free(c->examples[i].target);
    free(c->examples), free(c->questions);
    *c = (struct corpus){ 0 };
}

/* grade_exact: the share of the inputs whose output is right. */
static inline double grade_exact(struct grade g)
{
    return (double)g.exact / (double)g.count;
}

/* grade_rate: units that are wrong, as a share of all that are wanted. */
static inline double grade_rate(struct grade g)
{
    return (double)g.errors / (double)g.tokens;
}

/* grade_answer: adds one answer to a grade.  The answer that is nearest
 * counts. */
static inline void grade_answer(struct grade *g, const struct question *q,
                                const int32_t *said, size_t n)
{
    size_t best = SIZE_MAX, length = 0;
    for (size_t i = 0; i < q->count; i++) {
        const struct example *e = &q->answers[i];
        size_t edits = edit_distance(said, n, e->target, e->targets);
        if (edits < best)
            best = edits, length = e->targets;
    }
    g->count++, g->exact += best == 0;
    g->errors += best, g->tokens += length;
}

enum { ASKED_UNITS = 768 };

/* examples_translated: what t writes for each source of e (n), the best of a
 * beam, (n); free it.  Batches have so many units, padding included, and
 * sources of similar lengths. */
static inline struct hypothesis *examples_translated(struct translator *t,
    const struct example *e, size_t n, size_t units, size_t width,
    double alpha)
{
    struct hypothesis *best = allocate(n + 1, sizeof *best);
    size_t *lengths = allocate(n + 1, sizeof *lengths);
    for (size_t i = 0; i < n; i++)
        lengths[i] = e[i].sources;
    struct batches all = n ? batches_by_tokens(lengths, n, units, 1)
                           : (struct batches){ 0 };
    for (size_t i = 0; i < all.count; i++) {
        const uint32_t *which = all.which + all.first[i];
        const size_t some = all.first[i + 1] - all.first[i];
        struct batch b = batch_new(e, which, some);
        struct hypothesis *said = allocate(some * width, sizeof *said);
        translate(said, t, &b, width, alpha);
        for (size_t j = 0; j < some; j++)
            best[which[j]] = said[j * width];
        free(said), batch_free(&b);
    }
    batches_free(&all), free(lengths);
    return best;
}

/* speller_grade: asks the translator every `every`-th question. */
static inline struct grade speller_grade(struct translator *t,
    const struct corpus *c, size_t every, size_t width, double alpha)
{
    struct grade g = { 0 };
    const size_t n = (c->asked + every - 1) / every;
    if (n == 0)
        return g;
    struct example *asked = allocate(n, sizeof *asked);
    for (size_t i = 0; i < n; i++)
        asked[i] = *c->questions[i * every].answers;
    struct hypothesis *said = examples_translated(t, asked, n, ASKED_UNITS,
                                                  width, alpha);
    for (size_t i = 0; i < n; i++)
        grade_answer(&g, &c->questions[i * every], said[i].ids, said[i].n);
    free(said), free(asked);
    return g;
}

/* corpus_between: the questions of c with low to high units; to be freed
 * before c. */
static inline struct corpus corpus_between(const struct corpus *c, size_t low,
                                           size_t high)
{
    struct corpus part = { .questions = allocate(c->asked + 1,
                                                 sizeof *part.questions) };
    for (size_t i = 0; i < c->asked; i++) {
        const size_t n = c->questions[i].answers->sources;
        if (n >= low && n <= high)
            part.questions[part.asked++] = c->questions[i];
    }
    return part;
}

/* grade_add: ADDS one grade to another. */
static inline void grade_add(struct grade *sum, struct grade g)
{
    sum->count += g.count, sum->exact += g.exact;
    sum->errors += g.errors, sum->tokens += g.tokens;
}

static inline int32_t *speller_ids(const struct translator *t, int side,
    const char *text, size_t *n, const char *path, size_t line)
{
    int32_t ids[SEQUENCE_MOST];
    const char *wrong = vocabulary_encode(ids, n, SEQUENCE_MOST - 1,
                                          &t->vocabulary, &t->units[side],
                                          text);
    if (wrong)
        fail("%s:%zu: the %s %s", path, line,
             side == SOURCE ? "input" : "output", wrong);
    int32_t *own = allocate(*n, sizeof *own);
    memcpy(own, ids, *n * sizeof *own);
    return own;
}

/* corpus_of: pairs as numbers.  Fails if the model does not know a unit, or
 * a text is too long, and says in which line. */
static inline struct corpus corpus_of(const struct pairs *p,
                                      const struct translator *t)
{
    struct corpus c = { .count = p->count, .asked = p->inputs };
    c.examples = allocate(c.count, sizeof *c.examples);
    c.questions = allocate(c.asked, sizeof *c.questions);
    for (size_t i = 0; i < c.count; i++) {
        struct example *e = &c.examples[i];
        e->source = speller_ids(t, SOURCE, p->list[i].input, &e->sources,
                                p->path, p->list[i].line);
        e->target = speller_ids(t, TARGET, p->list[i].output, &e->targets,
                                p->path, p->list[i].line);
    }
    for (size_t i = 0; i < c.asked; i++)
        c.questions[i] = (struct question){ c.examples + p->first[i],
            p->first[i + 1] - p->first[i] };
    return c;
}
#endif
