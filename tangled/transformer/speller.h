/* speller.h -- generated from chapters/17-transformer.nw. Do not edit. */
/* Offers: struct question, struct corpus, struct grade, struct speller,
 * grade_exact, grade_rate, grade_answer, speller_grade, corpus_of,
 * speller_batch, speller_step, speller_clock, weights_mean,
 * struct speller_texts, speller_texts, speller_load, speller_resumed,
 * speller_free */

#ifndef SPELLER_H
#define SPELLER_H
#include "kit/lexicon.h"
#include "kit/training.h"
#include "transformer/translator.h"

struct question { struct example *answers; size_t count; };

struct corpus {
    size_t count, asked;
    struct example *examples;         /* (count) */
    struct question *questions;       /* (asked) */
};

struct grade { size_t count, exact, errors, tokens; };

struct speller {
    struct translator t;
    struct corpus train, dev;
    double smoothing;
    size_t tokens, average;           /* units a batch; checkpoints */
    const char *save;
    struct batches batches;           /* of this epoch, which begins at 1 */
    size_t epoch, kept;
    bool begun;                       /* is kept known? */
    double seconds;                   /* of all steps */
    const char *clock;                /* a file for them, or NULL */
    FILE *log;                        /* for reports; NULL: stdout */
};
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

/* speller_grade: asks the translator every step-th question. */
static inline struct grade speller_grade(struct translator *t,
    const struct corpus *c, size_t every, size_t width, double alpha)
{
    struct grade g = { 0 };
    const size_t n = (c->asked + every - 1) / every;
    if (n == 0)
        return g;
    size_t *lengths = allocate(n, sizeof *lengths);
    struct example *asked = allocate(n, sizeof *asked);
    for (size_t i = 0; i < n; i++) {
        asked[i] = *c->questions[i * every].answers;
        lengths[i] = asked[i].sources;
    }
    struct batches all = batches_by_tokens(lengths, n, ASKED_UNITS, 1);
    for (size_t i = 0; i < all.count; i++) {
        const uint32_t *which = all.which + all.first[i];
        const size_t some = all.first[i + 1] - all.first[i];
        struct batch b = batch_new(asked, which, some);
        struct hypothesis *said = allocate(some * width, sizeof *said);
        translate(said, t, &b, width, alpha);
        for (size_t j = 0; j < some; j++)
            grade_answer(&g, &c->questions[which[j] * every],
                         said[j * width].ids, said[j * width].n);
        free(said), batch_free(&b);
    }
    batches_free(&all), free(lengths), free(asked);
    return g;
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
#ifndef __wasm__
/* speller_batch: the examples of step number step, from 0 on. */
static inline struct batch speller_batch(struct speller *s, size_t step,
                                         uint64_t seed)
{
    if (s->epoch == 0 || step / s->batches.count + 1 != s->epoch) {
        size_t *lengths = allocate(s->train.count, sizeof *lengths);
        for (size_t i = 0; i < s->train.count; i++) {
            const struct example *e = &s->train.examples[i];
            lengths[i] = e->sources > e->targets + 1 ? e->sources
                                                     : e->targets + 1;
        }
        s->epoch = s->epoch ? step / s->batches.count + 1 : 1;
        batches_free(&s->batches);
        s->batches = batches_by_tokens(lengths, s->train.count, s->tokens,
                                       mix_bits(seed, s->epoch));
        free(lengths);
        return speller_batch(s, step, seed);
    }
    const size_t i = step % s->batches.count, first = s->batches.first[i];
    return batch_new(s->train.examples, s->batches.which + first,
                     s->batches.first[i + 1] - first);
}

static inline void speller_keep(struct speller *s, const struct training *t);

/* speller_step: one step of training, in two shards: the same bits for any
 * number of threads.  Returns the loss. */
static inline float speller_step(struct training *t, void *model)
{
    struct speller *s = model;
    const double start = seconds_now();
    struct batch b = speller_batch(s, t->step, t->seed);
    struct lesson lesson = { &s->t.model, &b, (float)s->smoothing,
                             mix_bits(t->seed, t->step) };
    t->loss = tape_shards(t->tape, b.n > 1 ? 2 : 1, batch_loss, &lesson);
    tape_reset(t->tape);
    training_clip(t);
    training_move(t);
    batch_free(&b);
    s->seconds += seconds_now() - start;
    if (s->average > 1 && s->save)
        speller_keep(s, t);
    return (float)t->loss;
}

static inline void speller_clock(const struct speller *s);

static inline void speller_report(const struct training *t, void *model,
                                  double loss)
{
    struct speller *s = model;
    FILE *to = s->log ? s->log : stdout;
    fprintf(to, "step %6zu   loss %.4f", t->step, loss);
    if (s->dev.asked) {
        const size_t every = 1 + (s->dev.asked - 1) / 1000;
        struct grade g = speller_grade(&s->t, &s->dev, every, 1, 0);
        fprintf(to, "   dev: wrong %.2f %% of %zu   units %.2f %%",
                100 - 100 * grade_exact(g), g.count, 100 * grade_rate(g));
    }
    fputs("\n", to);
    speller_clock(s);
}

/* speller_clock: writes the seconds to their file, if there is one. */
static inline void speller_clock(const struct speller *s)
{
    FILE *file = s->clock ? fopen(s->clock, "w") : NULL;
    if (!s->clock)
        return;
    if (!file || fprintf(file, "%.1f\n", s->seconds) < 0 || fclose(file))
        fail("%s: %s", s->clock, strerror(errno));
}

static inline void checkpoint_path(char *out, size_t size,
                                   const struct speller *s, size_t i)
{
    if ((size_t)snprintf(out, size, "%s.%zu", s->save, i) >= size)
        fail("%s: is too long a name", s->save);
}

/* How many checkpoints should have been written after step of steps? */
static inline size_t checkpoints_due(const struct speller *s, double part)
{
    size_t due = 0;
    while (due + 1 < s->average
           && part >= 1 - (double)(s->average - 1 - due) / 50)
        due++;
    return due;
}

static inline void speller_kept(struct speller *s, const struct training *t)
{
    char path[4096];
    s->kept = checkpoints_due(s, (double)(t->step - 1) / (double)t->steps);
    for (size_t i = 1; i <= s->kept; i++) {
        checkpoint_path(path, sizeof path, s, i);
        if (access(path, R_OK) != 0)
            fail("%s: %s; the checkpoints of a run lie beside --save", path,
                 strerror(errno));
    }
    s->begun = true;
}

static inline void speller_keep(struct speller *s, const struct training *t)
{
    char path[4096];
    const double part = (double)t->step / (double)t->steps;
    if (!s->begun)
        speller_kept(s, t);
    while (s->kept < checkpoints_due(s, part)) {
        checkpoint_path(path, sizeof path, s, ++s->kept);
        weights_save(path, t->tape);
    }
}

/* weights_mean: the weights of tape become the mean of themselves and of
 * those in n files. */
static inline void weights_mean(struct tape *tape, char *const *paths,
                                size_t n)
{
    double *sum = allocate(tape->size, sizeof *sum);
    for (size_t i = 0; i <= n; i++) {
        if (i)
            weights_load(paths[i - 1], tape);
        for (size_t j = 0; j < tape->size; j++)
            sum[j] += (double)tape->values[j];
    }
    for (size_t j = 0; j < tape->size; j++)
        tape->values[j] = (float)(sum[j] / (double)(n + 1));
    free(sum);
}

static inline void speller_average(struct speller *s, struct training *t)
{
    char text[64][4096], *paths[64];
    REQUIRE(s->kept < 64);
    for (size_t i = 0; i < s->kept; i++) {
        paths[i] = text[i];
        checkpoint_path(text[i], sizeof *text, s, i + 1);
    }
    weights_mean(t->tape, paths, s->kept);
    training_save(s->save, t);
    for (size_t i = 0; i < s->kept; i++)
        remove(paths[i]);
}

struct speller_texts {
    struct translator_texts model;
    char number[4][32], kind[64];
    const char *list[TRANSLATOR_TEXTS + 9];
};

/* speller_texts: for the file of a run. */
static inline void speller_texts(struct speller_texts *x,
                                 const struct speller *s)
{
    static const char *const keys[] = { "dropout", "smoothing",
                                        "batch_tokens", "average" };
    translator_texts(&x->model, &s->t);
    memcpy(x->list, x->model.list, sizeof x->model.list);
    const double drop = (double)s->t.model.drop;
    snprintf(x->number[0], sizeof *x->number, "%.9g", drop);
    snprintf(x->number[1], sizeof *x->number, "%.17g", s->smoothing);
    snprintf(x->number[2], sizeof *x->number, "%zu", s->tokens);
    snprintf(x->number[3], sizeof *x->number, "%zu", s->average);
    for (size_t i = 0; i < 4; i++) {
        x->list[TRANSLATOR_TEXTS + 2 * i] = keys[i];
        x->list[TRANSLATOR_TEXTS + 2 * i + 1] = x->number[i];
    }
    x->list[TRANSLATOR_TEXTS + 8] = NULL;
}

static inline double speller_number(const struct safetensors *file,
                                    const char *key, double low, double high)
{
    const char *text = training_text(file, key);
    double x;
    if (!parse_double(&x, text) || !(x >= low && x <= high))
        fail("%s: its '%s' is %.40s, which no run can have", file->path, key,
             text);
    return x;
}

/* speller_load: the model of a run, and what it depends on. */
static inline void speller_load(struct speller *s, const char *path)
{
    struct safetensors file = safetensors_read(path);
    s->t = (struct translator){ 0 };
    translator_read(&s->t, &file);
    s->t.model.drop = (float)speller_number(&file, "dropout", 0, .99);
    s->smoothing = speller_number(&file, "smoothing", 0, 1);
    s->tokens = (size_t)speller_number(&file, "batch_tokens", 1, 1e9);
    s->average = (size_t)speller_number(&file, "average", 1, 50);
    safetensors_free(&file);
}

static inline void speller_kind(char kind[64], const struct corpus *c)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct example *e = &c->examples[i];
        hash = mix_bits(hash ^ e->sources, e->targets);
        for (size_t j = 0; j < e->sources; j++)
            hash = mix_bits(hash, (uint64_t)e->source[j]);
        for (size_t j = 0; j < e->targets; j++)
            hash = mix_bits(hash, (uint64_t)e->target[j]);
    }
    snprintf(kind, 64, "transformer, %zu pairs %016" PRIx64, c->count, hash);
}

static inline struct training speller_training(struct speller *s,
    struct speller_texts *x, size_t steps, uint64_t seed)
{
    struct training t = training_new(s->t.tape, steps, seed);
    t.how = (struct adam){ 0, .9, .98, 1e-9, 0, false };
    speller_texts(x, s);
    speller_kind(x->kind, &s->train);
    t.kind = x->kind, t.texts = x->list;
    return t;
}

/* speller_resumed: for struct training_task.  The run may have another seed
 * than the one that the first batches came from. */
static inline void speller_resumed(struct training *t, void *model)
{
    struct speller *s = model;
    REQUIRE(t->steps > 0);
    s->epoch = 0, s->begun = false;
}

/* speller_free: all of it. */
static inline void speller_free(struct speller *s)
{
    corpus_free(&s->train), corpus_free(&s->dev);
    batches_free(&s->batches), translator_free(&s->t);
}
#endif
#endif
