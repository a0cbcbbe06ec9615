/* training.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum schedule, struct training, training_new, training_free,
 * training_backward, training_clip, training_move, training_step,
 * training_pick, training_random, struct training_number, training_save,
 * training_load, struct training_task, training_steps, training_run */

#ifndef TRAINING_H
#define TRAINING_H
#include <inttypes.h>
#include "gradient/optimizer.h"
#include "kit/weights.h"

enum schedule { SCHEDULE_COSINE, SCHEDULE_CONSTANT, SCHEDULE_INVERSE_ROOT };
#define SCHEDULES "cosine|constant|inverse-root"

struct training {
    struct tape *tape;             /* its parameters are what learns */
    float *m, *v;                  /* (tape->size): Adam's averages */
    size_t step, steps, warmup;    /* step: how many are done */
    double rate, floor, clip;      /* floor: part of the rate at the end */
    enum schedule schedule;
    struct adam how;               /* its lr is set at each step */
    const char *spares;            /* see training_move */
    void (*move)(struct training *t);  /* another optimizer; NULL: Adam */
    uint64_t seed;
    const char *kind;              /* what else a run depends on, or NULL */
    const char *const *texts;      /* for its file, too: keys and values by
                                      turns, at most TRAINING_TEXTS, NULL */
    double loss, norm;             /* of this step */
    size_t lost;                   /* steps in a row that were not finite */
    uint32_t *order;               /* (examples) of this epoch */
    size_t examples, epoch;
};
/* training_new: after the last tape_parameter.  Rate 1e-3, warm-up a
 * twentieth of steps, cosine, clip 1, AdamW with 0.9, 0.999, 1e-8, decay
 * 0.01 of every parameter; change what should be otherwise. */
static inline struct training training_new(struct tape *tape, size_t steps,
                                           uint64_t seed)
{
    return (struct training){
        .tape = tape, .steps = steps, .warmup = steps / 20, .seed = seed,
        .rate = 1e-3, .clip = 1,
        .how = { 0, 0.9, 0.999, 1e-8, 0.01, .decoupled = true },
        .m = allocate(tape->size, sizeof(float)),
        .v = allocate(tape->size, sizeof(float)),
    };
}

/* training_free: all but the tape. */
static inline void training_free(struct training *t)
{
    free(t->m), free(t->v), free(t->order);
    t->m = t->v = NULL, t->order = NULL;
}

/* training_backward: ADDS to the gradients, from the scalar loss, and begins
 * a new step of the tape; t->loss is the loss. */
static inline void training_backward(struct training *t, struct tensor *loss)
{
    t->loss = (double)loss->data[0];
    tape_backward(t->tape, loss);
    tape_reset(t->tape);
}

/* training_clip: scales the gradients to a norm of at most t->clip; t->norm
 * is what it was, NaN if the loss is not finite. */
static inline void training_clip(struct training *t)
{
    double norm = clip_by_norm(t->tape->grads, t->tape->size, t->clip);
    t->norm = isfinite(t->loss) ? norm : (double)NAN;
}

static inline void training_adam(struct training *t)
{
    struct tape *p = t->tape;
    if (!t->spares)
        adam_step(p->values, t->m, t->v, p->grads, p->size, &t->how, t->step);
    for (size_t i = 0, at = 0; t->spares && i < p->count; i++) {
        const struct tensor *w = p->parameters[i];
        struct adam how = t->how;
        if (w->rank == 1 || word_among(t->spares, w->name))
            how.weight_decay = 0;
        adam_step(w->data, t->m + at, t->v + at, w->grad, w->count, &how,
                  t->step);
        at += w->count;
    }
}

/* training_move: a step of the optimizer at the rate of the schedule, and
 * the gradients are zero again.  Decay spares nothing if t->spares is NULL,
 * else what has one axis and the parameters among its words.  If t->norm is
 * not finite, the weights stay as they are. */
static inline void training_move(struct training *t)
{
    const size_t warmup = t->warmup, step = ++t->step;
    t->lost = isfinite(t->norm) ? 0 : t->lost + 1;
    t->how.lr = t->rate
        * (t->schedule == SCHEDULE_CONSTANT ? schedule_constant(step, warmup)
           : t->schedule == SCHEDULE_INVERSE_ROOT
               ? schedule_inverse_square_root(step, warmup ? warmup : 1)
               : schedule_cosine(step, warmup, t->steps, t->floor));
    if (!t->lost)
        (t->move ? t->move : training_adam)(t);
    tape_zero(t->tape);
}

/* training_step: all three.  Returns the norm of the gradient. */
static inline double training_step(struct training *t, struct tensor *loss)
{
    training_backward(t, loss);
    training_clip(t);
    training_move(t);
    return t->norm;
}

/* training_pick: which (B) of count examples come next; in an epoch all come
 * once.  Depends only on seed and step.  Checked: count > 0. */
static inline void training_pick(struct training *t, uint32_t *which,
                                 size_t batch, size_t count)
{
    REQUIRE(count > 0);
    for (size_t b = 0; b < batch; b++) {
        size_t at = t->step * batch + b;
        if (t->examples != count || t->epoch != at / count) {
            free(t->order);
            t->order = allocate(count, sizeof *t->order);
            t->examples = count, t->epoch = at / count;
            struct random random = random_new(t->seed, 2 * t->epoch);
            random_permutation(t->order, &random, count);
        }
        which[b] = t->order[at % count];
    }
}

/* training_random: random numbers for this step, the same for the same seed
 * and step. */
static inline struct random training_random(const struct training *t)
{
    return random_new(t->seed, 2 * t->step + 1);
}
#ifndef __wasm__
enum { TRAINING_NUMBERS = 8, TRAINING_FIRST = 4, TRAINING_TEXTS = 32 };
struct training_number {
    const char *key;
    size_t *whole;
    double *real, least, most;
};

static inline void training_numbers(struct training_number *n,
                                    struct training *t, size_t *schedule)
{
    const struct training_number all[TRAINING_NUMBERS] = {
        { "step", &t->step, NULL, 0, 0x1p53 },
        { "steps", &t->steps, NULL, 1, 0x1p53 },
        { "warmup", &t->warmup, NULL, 0, 0x1p53 },
        { "rate", NULL, &t->rate, 1e-30, 1e6 },
        { "floor", NULL, &t->floor, 0, 1 },
        { "clip", NULL, &t->clip, 1e-30, INFINITY },
        { "decay", NULL, &t->how.weight_decay, 0, 1e6 },
        { "schedule", schedule, NULL, 0, SCHEDULE_INVERSE_ROOT } };
    memcpy(n, all, sizeof all);
}

/* training_save: the weights, and what a run needs to go on as if it had
 * never stopped.  Fails, and writes nothing, if they are not finite. */
static inline void training_save(const char *path, struct training *t)
{
    struct training_number number[TRAINING_NUMBERS];
    char text[TRAINING_NUMBERS][40], seed[24], where[40];
    const char *texts[2 * TRAINING_NUMBERS + TRAINING_TEXTS + 7] = {
        "format", "pt", "seed", seed, "kind", t->kind ? t->kind : "" };
    size_t n = t->tape->count, schedule = t->schedule, more = 0;
    struct stored *list = weights_list(t->tape, 2);
    list[n] = stored_floats("optimizer.first", t->m, 1, &t->tape->size);
    list[n + 1] = stored_floats("optimizer.second", t->v, 1, &t->tape->size);
    snprintf(where, sizeof where, "step %zu", t->step);
    for (size_t i = 0; i < n + 2; i++) {
        float most = i < n ? WEIGHTS_MOST : FLT_MAX;
        weights_finite(where, list[i].name, list[i].data, list[i].count,
                       -most, most);
    }
    snprintf(seed, sizeof seed, "%" PRIu64, t->seed);
    training_numbers(number, t, &schedule);
    for (size_t i = 0; i < TRAINING_NUMBERS; i++) {
        texts[2 * i + 6] = number[i].key, texts[2 * i + 7] = text[i];
        if (number[i].whole)
            snprintf(text[i], sizeof *text, "%zu", *number[i].whole);
        else
            snprintf(text[i], sizeof *text, "%.17g", *number[i].real);
    }
    for (; t->texts && t->texts[more]; more++) {
        REQUIRE(more < TRAINING_TEXTS);
        texts[2 * TRAINING_NUMBERS + 6 + more] = t->texts[more];
    }
    safetensors_write(path, list, n + 2, texts);
    free(list);
}

static inline const char *training_text(const struct safetensors *file,
                                        const char *key)
{
    const char *text = safetensors_text(file, key);
    if (!text)
        fail("%s: has no '%s': weights, but not a run to go on with",
             file->path, key);
    return text;
}

static inline void training_read(const struct safetensors *file,
                                 const struct training_number *n, bool must)
{
    const char *text = must ? training_text(file, n->key)
                            : safetensors_text(file, n->key);
    if (!text)
        return;
    bool good = n->whole ? parse_size(n->whole, text)
                         : parse_double(n->real, text);
    double value = n->whole ? (double)*n->whole : *n->real;
    if (!good || !(value >= n->least && value <= n->most))
        fail("%s: its '%s' is %.40s, which no run can have", file->path,
             n->key, text);
}

/* training_load: a run that training_save wrote.  All but the moments of
 * Adam and its eps come from the file.  Fails if the kinds differ. */
static inline void training_load(const char *path, struct training *t)
{
    struct safetensors file = safetensors_read(path);
    struct training_number number[TRAINING_NUMBERS];
    size_t schedule = t->schedule, *size = &t->tape->size;
    training_numbers(number, t, &schedule);
    for (size_t i = 0; i < TRAINING_NUMBERS; i++)
        training_read(&file, &number[i], i < TRAINING_FIRST);
    t->schedule = (enum schedule)schedule;
    const char *kind = training_text(&file, "kind");
    if (!parse_seed(&t->seed, training_text(&file, "seed")))
        fail("%s: its 'seed' is no whole number", path);
    if (strcmp(kind, t->kind ? t->kind : "") != 0)
        fail("%s: is a run of another kind: \"%.80s\", not \"%s\"", path,
             kind, t->kind ? t->kind : "");
    weights_take(t->tape, &file);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "optimizer.second" : "optimizer.first";
        const float *x = safetensors_require(&file, name, 1, size);
        weights_finite(path, name, x, *size, i ? 0 : -FLT_MAX, FLT_MAX);
        memcpy(i ? t->v : t->m, x, *size * sizeof *x);
    }
    safetensors_free(&file);
}

/* A run of --train.  step: one training_step on the model; returns its loss.
 * report: prints a line, given the mean loss since the last line. */
struct training_task {
    const char *load, *save;      /* files, or NULL */
    size_t steps, pause;          /* the last step, and where to stop before;
                                     0: as in load; not before */
    double seconds;               /* 0: no clock, the steps count */
    size_t every;                 /* steps between reports; 0: a tenth */
    void *model;                  /* what step and report need */
    float (*step)(struct training *t, void *model);
    void (*report)(const struct training *t, void *model, double loss);
    void (*loaded)(struct training *t, void *model);   /* after load; NULL:
                                     the file is right in all */
};

static inline void training_report(struct training *t,
    const struct training_task *task, double loss)
{
    fputs(progress_showing ? "\r\033[K" : "", stderr);
    if (task->report)
        task->report(t, task->model, loss);
    fflush(stdout);
    if (task->save && !t->lost)
        training_save(task->save, t);
}

/* training_steps: up to the step last or the end of its time, true; or to
 * Ctrl-C, false.  Fails if ten steps in a row are not finite. */
static inline bool training_steps(struct training *t,
    const struct training_task *task, size_t last)
{
    struct progress progress = progress_start(t->step, last);
    const size_t part = task->every ? task->every
        : t->steps < 10 ? 1 : t->steps / 10, first = t->step;
    const bool timed = task->seconds > 0 && !task->every;
    const double limit = task->seconds > 0 ? task->seconds : INFINITY;
    double sum = 0, spent = 0, due = limit / 10;
    for (size_t since = 1; t->step < last && spent < limit; since++) {
        if (interrupted)
            return progress_end(&progress), false;
        const double start = seconds_now();
        const double loss = (double)task->step(t, task->model);
        sum += loss, spent += seconds_now() - start;
        if (t->lost >= 10)
            fail("step %zu: the gradient is no longer finite", t->step);
        if (task->seconds > 0)
            progress.last = t->steps = t->step + (size_t)((double)(t->step
                - first) * fmax(0, limit - spent) / fmax(spent, 1e-6));
        progress_step(&progress, t->step, "loss %.4f", loss);
        if (timed ? spent >= fmin(due, limit) : t->step % part == 0
            || t->step == last || spent >= limit) {
            training_report(t, task, sum / (double)since);
            sum = 0, since = 0, due += limit / 10;
        }
    }
    return progress_end(&progress), true;
}

static inline size_t training_begin(struct training *t,
    const struct training_task *task)
{
    const char *load = task->load ? task->load : program_name;
    if (task->load)
        training_load(task->load, t);
    if (task->load && task->loaded)
        task->loaded(t, task->model);
    if (task->steps)
        t->steps = task->steps;
    if (task->seconds > 0)
        return SIZE_MAX;
    if (t->step >= t->steps)
        fail("%s: all %zu steps are done: say --steps with more", load,
             t->steps);
    if (task->pause > t->steps)
        fail("--pause %zu comes after the last of %zu steps", task->pause,
             t->steps);
    if (task->pause && t->step >= task->pause)
        fail("%s: has done %zu steps, and --pause %zu does not come after"
             " them", load, t->step, task->pause);
    return task->pause ? task->pause : t->steps;
}

/* training_run: the whole run.  Returns what main returns: 0, or 128 plus
 * the number of the signal.  Fails if load has no step left, save cannot be
 * written, or the last steps were not finite. */
static inline int training_run(struct training *t,
                               const struct training_task *task)
{
    size_t last = training_begin(t, task);
    if (task->save)
        output_try(task->save);
    catch_interrupt();
    bool ended = training_steps(t, task, last);
    if (t->lost)
        fail("step %zu: the loss or its gradient is not finite", t->step);
    if (task->save)
        training_save(task->save, t);
    if (ended)
        return 0;
    fprintf(stderr, "%s: stopped after step %zu; %s%s%s\n", program_name,
            t->step, task->save ? "--load " : "without --save ",
            task->save ? task->save : "nothing is kept",
            task->save ? " goes on" : "");
    return 128 + interrupted;
}
#endif
#endif
