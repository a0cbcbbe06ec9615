/* trials.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct trial, struct trial_files, trial_choose, run_steps,
 * trial_train, trial_grades, trial_measure, trial_joined */

/* trials.h -- models that learn to spell, trained and asked for a study. */
#ifndef TRIALS_H
#define TRIALS_H
#include "kit/spelling.h"
#ifndef __wasm__

/* A model, and how it learns. */
struct trial {
    const char *name;                 /* build/NAME-SEED.safetensors */
    const struct translator_kind *kind;
    void *sizes;                      /* a model of this kind */
    size_t steps, warmup, average;
    size_t tokens;                    /* units a batch; 0: 1024 */
    double seconds;                   /* above 0: they count, not the steps */
    size_t threads;                   /* 0: as many as the program has */
    double rate, smoothing;
    size_t join;                      /* above 1: so many words together */
    uint64_t seed;
};

enum { TRIAL_SEEDS = 3, TRIAL_SECONDS = 200,
       TRIAL_FIRST = 3, TRIAL_LAST = 14,              /* letters */
       TRIAL_ASKED = 2000, TRIAL_LENGTHS = 9 };

/* What trial_measure measures. */
#define TRIAL_MEASURES "parameters seconds steps wer ter short short.ter " \
    "long long.ter letters3 letters4 letters5 letters6 letters7 letters8 " \
    "letters9 letters10 letters11 letters12 letters13 letters14"

/* What trial_joined measures. */
#define TRIAL_JOINED "steps wrong1 ter1 wrong2 ter2 wrong3 ter3 letters4 " \
    "letters7 letters10 letters13 letters16 letters19 letters22 letters25 " \
    "letters28"
struct trial_files { char model[96], clock[112]; };

static inline struct trial_files trial_files(const struct trial *r)
{
    struct trial_files f;
    snprintf(f.model, sizeof f.model, "build/%s-%zu.safetensors", r->name,
             (size_t)r->seed);
    snprintf(f.clock, sizeof f.clock, "%s.seconds", f.model);
    return f;
}

/* trial_choose: what the trial states, and the same for all. */
static inline void trial_choose(const struct trial *r)
{
    chosen.kind = r->kind, chosen.sizes = r->sizes, chosen.check = NULL;
    chosen.split = true, chosen.task = TASK_NONE;
    chosen.steps = r->steps ? r->steps : 2000, chosen.seconds = r->seconds;
    chosen.warmup = r->warmup, chosen.rate = r->rate;
    chosen.schedule = SCHEDULE_COSINE;
    chosen.join = r->join > 1 ? r->join : 1;
    chosen.seed = r->seed, chosen.pause = 0;
    chosen.load = chosen.save = NULL;
    chosen.speller = (struct speller){ .smoothing = r->smoothing,
        .tokens = r->tokens ? r->tokens : 1024, .average = r->average,
        .log = stderr };
}

/* run_steps: of the run in a file; 0 if the file has weights and no run. */
static inline size_t run_steps(const char *path)
{
    struct safetensors file = safetensors_read(path);
    const char *text = safetensors_text(&file, "step");
    size_t step = 0;
    if (text)
        parse_size(&step, text);
    safetensors_free(&file);
    return step;
}

/* Is what is done as large as the trial says, and as long? */
static inline void trial_agrees(const struct trial *r,
                                const struct trial_files *f)
{
    struct translator t;
    bool same = r->seconds > 0 ? clock_read(f->clock) >= .9 * r->seconds
              : run_steps(f->model) == r->steps;
    translator_load(&t, r->kind, f->model);
    for (const struct translator_field *d = r->kind->fields; d->key; d++)
        same &= !memcmp((char *)t.model + d->at, (char *)r->sizes + d->at,
                        d->choices ? sizeof(int) : sizeof(size_t));
    translator_free(&t);
    if (!same)
        fail("%s: is of another trial; remove it", f->model);
}

/* trial_train: begins, or goes on, unless it is done.  Ends the program if
 * that is interrupted, and fails if the file is of another trial. */
static inline void trial_train(const struct trial *r)
{
    const struct trial_files f = trial_files(r);
    const struct spelling before = chosen;
    bool exists;
    if (model_done(f.model, &exists)) {
        trial_agrees(r, &f);
        return;
    }
    trial_choose(r);
    chosen.save = f.model, chosen.load = exists ? f.model : NULL;
    chosen.speller.clock = f.clock;
    chosen.speller.seconds = exists ? clock_read(f.clock) : 0;
    if (!isfinite(chosen.speller.seconds))
        fail("%s: is not there, or says no seconds", f.clock);
    if (r->seconds > 0)
        chosen.seconds = fmax(1, r->seconds - chosen.speller.seconds);
    fprintf(stderr, "training %s\n", f.model);
    const size_t threads = command_threads(0);
    command_threads(r->threads);
    const int status = run_train();
    command_threads(threads), chosen = before;
    if (status)
        exit(status);
}

/* trial_grades: of the development words of p: out (6 + 12): the share of
 * wrong words and of wrong sounds, of all, of short and of long words; and
 * of wrong words for each length from TRIAL_FIRST to TRIAL_LAST. */
static inline void trial_grades(double *out, struct translator *t,
                                const struct pairs *p)
{
    struct pairs part = pairs_part(p, PART_DEV);
    struct corpus all = corpus_of(&part, t);
    struct grade sum[3] = { { 0 } };      /* of all, short and long words */
    for (size_t n = 1; n < SEQUENCE_MOST; n++) {
        struct corpus some = corpus_between(&all, n, n);
        const struct grade g = speller_grade(t, &some, 1, 1, 0);
        grade_add(&sum[0], g);
        if (n <= 4 || n >= 12)
            grade_add(&sum[n <= 4 ? 1 : 2], g);
        if (n >= TRIAL_FIRST && n <= TRIAL_LAST)
            out[6 + n - TRIAL_FIRST] = 1 - grade_exact(g);
        corpus_free(&some);
    }
    for (size_t i = 0; i < 3; i++) {
        out[2 * i] = 1 - grade_exact(sum[i]);
        out[2 * i + 1] = grade_rate(sum[i]);
    }
    corpus_free(&all), pairs_free(&part);
}

/* trial_measure: out: TRIAL_MEASURES of a trial that is done. */
static inline void trial_measure(double *out, const struct trial *r,
                                 const struct pairs *p)
{
    const struct trial_files f = trial_files(r);
    struct translator t;
    translator_load(&t, r->kind, f.model);
    out[0] = (double)t.tape->size, out[1] = clock_read(f.clock);
    out[2] = (double)run_steps(f.model);
    trial_grades(out + 3, &t, p);
    translator_free(&t);
}

/* trial_joined: out: TRIAL_JOINED of a trial that is done. */
static inline void trial_joined(double *out, const struct trial *r,
                                const struct pairs *p)
{
    const struct trial_files f = trial_files(r);
    struct pairs part = pairs_part(p, PART_DEV);
    struct translator t;
    translator_load(&t, r->kind, f.model);
    out[0] = (double)run_steps(f.model);
    for (size_t n = 1; n <= JOINED_MOST; n++) {
        struct pairs joined = pairs_joined(&part, n, n, TRIAL_ASKED, 1);
        struct corpus asked = corpus_of(&joined, &t);
        const struct grade g = speller_grade(&t, &asked, 1, 1, 0);
        out[2 * n - 1] = 1 - grade_exact(g), out[2 * n] = grade_rate(g);
        corpus_free(&asked), pairs_free(&joined);
    }
    struct pairs joined = pairs_joined(&part, 1, JOINED_MOST,
                                       JOINED_MOST * TRIAL_ASKED, 2);
    struct corpus asked = corpus_of(&joined, &t);
    for (size_t i = 0; i < TRIAL_LENGTHS; i++) {
        const size_t letters = TRIAL_FIRST + 1 + 3 * i;
        struct corpus some = corpus_between(&asked, letters - 1, letters + 1);
        out[1 + 2 * JOINED_MOST + i]
            = grade_rate(speller_grade(&t, &some, 1, 1, 0));
        corpus_free(&some);
    }
    corpus_free(&asked), pairs_free(&joined);
    translator_free(&t), pairs_free(&part);
}
#endif
#endif

