/* speller.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct speller, speller_batch, speller_step, speller_clock,
 * model_done, weights_mean, struct speller_texts, speller_texts,
 * speller_load, speller_resumed, speller_free */

/* speller.h -- a translator that is trained on pairs. */
#ifndef SPELLER_H
#define SPELLER_H
#include "gradient/dropout.h"
#include "kit/corpus.h"
#include "kit/training.h"

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
    size_t join;                      /* words written together, at most, */
    uint64_t seed;                    /* and with which seed */
};
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
    struct lesson lesson = { &s->t, &b, (float)s->smoothing,
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
    if (!s->clock)
        return;
    struct output *output = output_open(s->clock);
    fprintf(output->file, "%.1f\n", s->seconds);
    output_commit(output);
}

/* model_done: has the run in a file, if there is one, come to its end? */
static inline bool model_done(const char *path, bool *exists)
{
    *exists = access(path, F_OK) == 0;
    if (!*exists)
        return false;
    struct safetensors file = safetensors_read(path);
    size_t step = 0, steps = 0;
    const bool good = parse_size(&step, training_text(&file, "step"))
                   && parse_size(&steps, training_text(&file, "steps"));
    safetensors_free(&file);
    return good && step >= steps;
}

static inline double clock_read(const char *path)
{
    double seconds = NAN;
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%lf", &seconds) != 1)
        seconds = (double)NAN;
    if (file)
        fclose(file);
    return seconds;
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
    char number[5][32], kind[80];
    const char *list[TRANSLATOR_TEXTS + 11];
};

/* speller_texts: for the file of a run. */
static inline void speller_texts(struct speller_texts *x,
                                 const struct speller *s)
{
    static const char *const keys[] = { "dropout", "smoothing",
                                        "batch_tokens", "average", "join" };
    translator_texts(&x->model, &s->t);
    const char **more = x->list + x->model.count;
    memcpy(x->list, x->model.list, sizeof x->model.list);
    const double drop = (double)*translator_drop(&s->t);
    snprintf(x->number[0], sizeof *x->number, "%.9g", drop);
    snprintf(x->number[1], sizeof *x->number, "%.17g", s->smoothing);
    snprintf(x->number[2], sizeof *x->number, "%zu", s->tokens);
    snprintf(x->number[3], sizeof *x->number, "%zu", s->average);
    snprintf(x->number[4], sizeof *x->number, "%zu",
             s->join ? s->join : 1);
    for (size_t i = 0; i < 5; i++) {
        *more++ = keys[i];
        *more++ = x->number[i];
    }
    *more = NULL;
}

static inline double speller_number(const struct safetensors *file,
                                    const char *key, double most)
{
    const char *text = training_text(file, key);
    double x;
    if (!parse_double(&x, text) || !(x >= 0 && x <= most))
        fail("%s: its '%s' is %.40s, which no run can have", file->path, key,
             text);
    return x;
}

static inline size_t speller_size(const struct safetensors *file,
                                  const char *key, size_t most)
{
    const char *text = training_text(file, key);
    size_t n;
    if (!parse_size(&n, text) || n < 1 || n > most)
        fail("%s: its '%s' is %.40s, which no run can have", file->path, key,
             text);
    return n;
}

/* speller_load: the model of a run, and what it depends on. */
static inline void speller_load(struct speller *s,
    const struct translator_kind *kind, const char *path)
{
    struct safetensors file = safetensors_read(path);
    translator_read(&s->t, kind, &file);
    *translator_drop(&s->t) = (float)speller_number(&file, "dropout",
                                              (double)nextafterf(1, 0));
    s->smoothing = speller_number(&file, "smoothing", 1);
    s->tokens = speller_size(&file, "batch_tokens", 1000000);
    s->average = speller_size(&file, "average", 50);
    s->join = speller_size(&file, "join", JOINED_MOST);
    if (!parse_seed(&s->seed, training_text(&file, "seed")))
        fail("%s: its 'seed' is none", path);
    safetensors_free(&file);
}

static inline void speller_kind(char kind[80], const struct speller *s)
{
    const struct corpus *c = &s->train;
    uint64_t hash = 0;
    for (size_t i = 0; i < c->count; i++) {
        const struct example *e = &c->examples[i];
        hash = mix_bits(hash ^ e->sources, e->targets);
        for (size_t j = 0; j < e->sources; j++)
            hash = mix_bits(hash, (uint64_t)e->source[j]);
        for (size_t j = 0; j < e->targets; j++)
            hash = mix_bits(hash, (uint64_t)e->target[j]);
    }
    snprintf(kind, 80, "%s, %zu pairs %016" PRIx64, s->t.kind->name,
             c->count, hash);
}

static inline struct training speller_training(struct speller *s,
    struct speller_texts *x, size_t steps, uint64_t seed)
{
    struct training t = training_new(s->t.tape, steps, seed);
    t.how = (struct adam){ 0, .9, .98, 1e-9, 0, false };
    speller_texts(x, s);
    speller_kind(x->kind, s);
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
