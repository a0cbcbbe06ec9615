/* learner.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct learner, struct learned, learner_data, learner_new,
 * learner_score, learner_fit, learner_trained, learner_main */

#ifndef LEARNER_H
#define LEARNER_H
#include "kit/study.h"
#include "kit/training.h"

/* What is trained.  All but make and loss may be missing. */
struct learner {
    const char *name, *measure;   /* "multihead"; the score: "right" */
    void *(*make)(struct tape *tape, const void *how, uint64_t seed);
    void (*forget)(void *model);  /* NULL: free */
    struct tensor *(*loss)(void *model, struct training *t, void *data);
    double (*score)(void *model, void *data);
    void *(*data)(const char *folder);
    void (*data_free)(void *data);
    const void *how;              /* of the model that --train makes */
    void (*how_of)(const char *load);   /* sets how from the file of a run */
    void (*tune)(struct training *t, const void *how);
    void (*done)(void *model, void *data);   /* prints, after the last step */
    const char *kind;             /* what a file must agree with */
    const void *weights;          /* a file that is EMBEDded */
    size_t steps, warmup, pause;  /* from here on: what options set */
    double rate, seconds;
    uint64_t seed;
    int schedule;
    const char *folder, *save, *load;
    void *loaded;                 /* by learner_data */
};

/* LEARNER_OPTIONS: entries for the options of a program with the learner l.
 * LEARNER_MODES: the modes of --train; run calls learner_main; more: " a b".
 */
#define LEARNER_OPTIONS(l) \
    { "train", OPTION_FLAG, .help = "train the model" }, \
    { "steps", OPTION_SIZE, &(l).steps, "N", "steps of training", "1.." }, \
    { "seconds", OPTION_DOUBLE, &(l).seconds, "S", \
      "train as long instead; 0: by steps", "0..1e6" }, \
    { "rate", OPTION_DOUBLE, &(l).rate, "R", "learning rate", "0<.." }, \
    { "warmup", OPTION_SIZE, &(l).warmup, "N", \
      "steps up to it; without it, a twentieth of all" }, \
    { "schedule", OPTION_CHOICE, &(l).schedule, SCHEDULES, \
      "how the rate goes on" }, \
    { "seed", OPTION_SEED, &(l).seed, "S", "of weights and batches" }, \
    { "pause", OPTION_SIZE, &(l).pause, "N", "stop after it; 0: go on" }, \
    { "data", OPTION_TEXT, &(l).folder, "FOLDER", "what it learns from" }, \
    { "save", OPTION_WRITES, &(l).save, "FILE.safetensors", \
      "write the run" }, \
    { "load", OPTION_READS, &(l).load, "FILE.safetensors", \
      "its weights; with --train, go on with the run" }
#define LEARNER_MODES(run, more) \
    { "train load", NULL, "steps seconds pause data save" more, NATIVE(run), \
      "go on with a run" }, \
    { "train", NULL, "steps seconds rate warmup schedule seed pause data " \
      "save" more, NATIVE(run), "train the model" }

struct learned {
    struct learner *by;
    struct tape *tape;
    void *model, *data;
    struct training training;
    double first, last;   /* the loss of step 1, and of the last tenth */
};

/* learner_data: the data, read when first asked for, and then kept. */
static inline void *learner_data(struct learner *l)
{
#ifdef _OPENMP
#pragma omp critical (learner)
#endif
    if (!l->loaded && l->data)
        l->loaded = l->data(l->folder);
    return l->loaded;
}

/* learner_new: a model before its first step. */
static inline struct learned learner_new(struct learner *l, const void *how,
                                         uint64_t seed, size_t steps)
{
    struct learned m = { .by = l, .tape = tape_new() };
    m.model = l->make(m.tape, how, seed);
    m.training = training_new(m.tape, steps, seed);
    m.training.rate = l->rate > 0 ? l->rate : m.training.rate;
    m.training.schedule = (enum schedule)l->schedule;
    m.training.kind = l->kind;
    if (l->warmup)
        m.training.warmup = l->warmup;
    if (l->tune)
        l->tune(&m.training, how);
    return m;
}

static inline void learned_free(struct learned *m)
{
    training_free(&m->training);
    (m->by->forget ? m->by->forget : free)(m->model);
    tape_free(m->tape);
}

static inline double learner_step(struct learned *m)
{
    training_step(&m->training,
                  m->by->loss(m->model, &m->training, m->data));
    return m->training.loss;
}

/* learner_score: without gradients; a new step of the tape may begin. */
static inline double learner_score(struct learned *m)
{
    bool no_grad = m->tape->no_grad;
    m->data = learner_data(m->by);
    tape_reset(m->tape);
    m->tape->no_grad = true;
    double score = m->by->score(m->model, m->data);
    m->tape->no_grad = no_grad;
    tape_reset(m->tape);
    return score;
}

/* learner_fit: trains silently, for studies; from several threads if loss
 * and make allow it. */
static inline struct learned learner_fit(struct learner *l, const void *how,
                                         uint64_t seed, size_t steps)
{
    struct learned m = learner_new(l, how, seed, steps);
    const size_t tenth = steps < 10 ? 1 : steps / 10;
    m.data = learner_data(l);
    while (m.training.step < steps && !interrupted) {
        double loss = learner_step(&m);
        m.first = m.training.step == 1 ? loss : m.first;
        m.last += m.training.step + tenth > steps ? loss / (double)tenth : 0;
    }
    return m;
}

/* learner_trained: the model with the weights that are embedded. */
static inline struct learned learner_trained(struct learner *l)
{
    struct learned m = learner_new(l, l->how, 1, 1);
    weights_embedded(m.tape, l->weights);
    return m;
}

#ifndef __wasm__
static inline float learner_task_step(struct training *t, void *model)
{
    (void)t;
    return (float)learner_step(model);
}

static inline void learner_report(const struct training *t, void *model,
                                  double loss)
{
    struct learned *m = model;
    printf("step %6zu   loss %.4f", t->step, loss);
    if (m->by->score)
        printf("   %s %.4f", m->by->measure, learner_score(m));
    puts("");
}

static inline bool learner_given(const char *name)
{
    const struct command_option *o = parsed.command ? parsed.command->options
                                                    : NULL;
    for (size_t i = 0; o && o[i].name; i++)
        if (strcmp(o[i].name, name) == 0)
            return parsed.given[i] != NULL;
    return false;
}

/* learner_main: all of --train.  Returns what main returns. */
static inline int learner_main(struct learner *l)
{
    static const char *const own[] = { "rate", "warmup", "schedule", "seed" };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (l->load && learner_given(own[i]))
            fail("--%s: the run in %s has its own", own[i], l->load);
    if (l->seconds > 0 && (learner_given("steps") || l->pause))
        fail("--seconds does not go with --steps or --pause");
    if (l->load && l->how_of)
        l->how_of(l->load);
    struct learned m = learner_new(l, l->how, l->seed, l->steps);
    if (learner_given("warmup"))
        m.training.warmup = l->warmup;
    m.data = learner_data(l);
    int status = training_run(&m.training, &(struct training_task){
        .load = l->load, .save = l->save, .pause = l->pause, .model = &m,
        .steps = learner_given("steps") ? l->steps : 0,
        .seconds = l->seconds, .step = learner_task_step,
        .report = learner_report });
    m.tape->no_grad = true;
    if (status == 0 && l->done)
        l->done(m.model, m.data);
    learned_free(&m);
    if (l->data_free)
        l->data_free(l->loaded);
    l->loaded = NULL;
    return status;
}
#endif
#ifdef CHECK_H
/* CHECK_LEARNS: after so many steps the loss is below factor times the first.
 * CHECK_GOES_ON: a run that stops half way goes on to the same bits.
 * CHECK_EMBEDDED: learner_trained has the weights of the file. */
#define CHECK_LEARNS(l, steps, factor) do { \
        struct learned m_ = learner_fit(l, (l)->how, 1, steps); \
        if (!(m_.last < (factor) * m_.first)) \
            fail_msg("%s: loss %g at first, and then %g", (l)->name, \
                     m_.first, m_.last); \
        learned_free(&m_); \
    } while (0)
#define CHECK_GOES_ON(l, steps) \
    assert_true(learner_goes_on(l, steps, check_path("run")))
#define CHECK_EMBEDDED(l, path) assert_true(learner_embeds(l, path))

static inline bool learned_same(struct learned *a, struct learned *b)
{
    bool same = memcmp(a->tape->values, b->tape->values,
                       a->tape->size * sizeof(float)) == 0;
    learned_free(a), learned_free(b);
    return same;
}

static inline bool learner_goes_on(struct learner *l, size_t steps,
                                   const char *path)
{
    struct learned a = learner_new(l, l->how, 1, steps);
    struct learned b = learner_new(l, l->how, 2, steps);
    a.data = b.data = learner_data(l);
    while (a.training.step < steps / 2)
        learner_step(&a);
    training_save(path, &a.training);
    while (a.training.step < steps)
        learner_step(&a);
    training_load(path, &b.training);
    while (b.training.step < steps)
        learner_step(&b);
    return learned_same(&a, &b);
}

static inline bool learner_embeds(struct learner *l, const char *path)
{
    struct learned a = learner_trained(l), b = learner_new(l, l->how, 2, 1);
    weights_load(path, b.tape);
    return learned_same(&a, &b);
}
#endif
#endif
