/* train.h -- generated from chapters/09-selfattention.nw. Do not edit. */
/* Offers: struct training, training_new, training_free, training_step,
 * training_pick, training_random, weights_embedded, weights_save,
 * weights_load, training_save, training_load, struct training_task,
 * training_steps, training_run */

#ifndef TRAIN_H
#define TRAIN_H
#include "gradient/optimizer.h"
#include "gradient/tape.h"
#ifndef __wasm__
#include "kit/safetensors.h"
#endif

struct training {
    struct tape *tape;             /* its parameters are what learns */
    float *m, *v;                  /* (tape->size): Adam's averages */
    size_t step, steps, warmup;    /* step: how many are done */
    double rate, floor, clip;      /* floor: part of the rate at the end */
    struct adam how;               /* its lr is set at each step */
    uint64_t seed;
    const char *kind;              /* what else a run depends on, or NULL */
    size_t lost;                   /* steps in a row without a finite norm */
    uint32_t *order;               /* (examples) of this epoch */
    size_t examples, epoch;
};
/* training_new: after the last tape_parameter.  Rate 1e-3, warm-up a
 * twentieth of steps, clip 1, AdamW with 0.9, 0.999, 1e-8, decay 0.01;
 * change what should be otherwise. */
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
    free(t->m);
    free(t->v);
    free(t->order);
    *t = (struct training){ 0 };
}

/* training_step: goes back from the scalar loss, clips, moves the weights,
 * clears the gradients; a new step of the tape may begin.  Returns the norm
 * of the gradient.  If that is not finite, the weights stay as they are. */
static inline double training_step(struct training *t, struct tensor *loss)
{
    struct tape *tape = t->tape;
    tape_backward(tape, loss);
    double norm = clip_by_norm(tape->grads, tape->size, t->clip);
    t->step++;
    t->lost = isfinite(norm) ? 0 : t->lost + 1;
    if (!t->lost) {
        t->how.lr = t->rate * schedule_cosine(t->step, t->warmup, t->steps,
                                              t->floor);
        adam_step(tape->values, t->m, t->v, tape->grads, tape->size, &t->how,
                  t->step);
    }
    tape_zero(tape);
    tape_begin(tape);
    return norm;
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
            /* shuffle the examples for the epoch of at */
            if (t->examples != count) {
                free(t->order);
                t->order = allocate(count, sizeof *t->order);
            }
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

static inline size_t weight_embedded(struct tensor *p,
                                     const unsigned char *data, size_t at,
                                     const char *header)
{
    char want[512];
    size_t bytes = p->count * sizeof(float);
    /* let want be what the header says of p */
    int n = snprintf(want, 256, "\"%.100s\":{\"dtype\":\"F32\",\"shape\":[",
                     p->name);
    for (size_t i = 0; i < p->rank; i++)
        n += snprintf(want + n, 32, i ? ",%zu" : "%zu", p->shape[i]);
    snprintf(want + n, 80, "],\"data_offsets\":[%zu,%zu]}", at, at + bytes);
    REQUIRE(strstr(header, want));
    memcpy(p->data, data + at, bytes);
    return bytes;
}

/* weights_embedded: the same as weights_load, from the bytes of a file.
 * Checked: each tensor is where the tape wants it. */
static inline void weights_embedded(struct tape *tape,
                                    const unsigned char *file)
{
    size_t length = 0, at = 0;
    for (int i = 8; i-- > 0; )
        length = length << 8 | file[i];
    REQUIRE(length < 1u << 20);
    char *header = allocate(size_sum(length, 1), 1);
    memcpy(header, file + 8, length);
    for (size_t i = 0; i < tape->count; i++)
        at += weight_embedded(tape->parameters[i], file + 8 + length, at,
                              header);
    free(header);
}
#ifndef __wasm__
static inline struct stored *weights_list(const struct tape *tape,
                                          size_t more)
{
    struct stored *list = allocate(tape->count + more, sizeof *list);
    for (size_t i = 0; i < tape->count; i++) {
        const struct tensor *p = tape->parameters[i];
        list[i] = stored_floats(p->name, p->data, p->rank, p->shape);
    }
    return list;
}

/* weights_save: the parameters of the tape, under their names. */
static inline void weights_save(const char *path, const struct tape *tape)
{
    struct stored *list = weights_list(tape, 0);
    const char *const texts[] = { "format", "pt", NULL };
    safetensors_write(path, list, tape->count, texts);
    free(list);
}

static inline void weights_take(struct tape *tape,
                                const struct safetensors *file)
{
    for (size_t i = 0; i < tape->count; i++) {
        struct tensor *p = tape->parameters[i];
        const float *data = safetensors_require(file, p->name, p->rank,
                                                p->shape);
        for (size_t j = 0; j < p->count; j++)
            if (!isfinite(data[j]))
                fail("%s: element %zu of '%s' is %g", file->path, j, p->name,
                     (double)data[j]);
        memcpy(p->data, data, p->count * sizeof *data);
    }
}

/* weights_load: the parameters of the tape from a file that weights_save or
 * training_save wrote.  Whatever else the file has is passed over.  Fails
 * with the names of file and tensor, and both shapes, if one is missing or
 * does not fit. */
static inline void weights_load(const char *path, struct tape *tape)
{
    struct safetensors file = safetensors_read(path);
    weights_take(tape, &file);
    safetensors_free(&file);
}

/* training_save: the weights, and what a run needs to go on as if it had
 * never stopped. */
static inline void training_save(const char *path, const struct training *t)
{
    char step[24], steps[24], seed[24], warmup[24], rate[40];
    struct stored *list = weights_list(t->tape, 2);
    size_t n = t->tape->count;
    const char *const texts[] = { "format", "pt", "step", step, "steps",
        steps, "seed", seed, "warmup", warmup, "rate", rate,
        "kind", t->kind ? t->kind : "", NULL };
    snprintf(step, sizeof step, "%zu", t->step);
    snprintf(steps, sizeof steps, "%zu", t->steps);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)t->seed);
    snprintf(warmup, sizeof warmup, "%zu", t->warmup);
    snprintf(rate, sizeof rate, "%.17g", t->rate);
    list[n] = stored_floats("optimizer.first", t->m, 1, &t->tape->size);
    list[n + 1] = stored_floats("optimizer.second", t->v, 1, &t->tape->size);
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

/* training_load: a run that training_save wrote.  step, steps, warmup, seed
 * and rate come from the file, clip and decay from the program.  Fails if
 * the kinds differ. */
static inline void training_load(const char *path, struct training *t)
{
    struct safetensors file = safetensors_read(path);
    if (!parse_size(&t->step, training_text(&file, "step"))
        || !parse_size(&t->steps, training_text(&file, "steps"))
        || !parse_size(&t->warmup, training_text(&file, "warmup"))
        || !parse_seed(&t->seed, training_text(&file, "seed"))
        || !parse_double(&t->rate, training_text(&file, "rate")))
        fail("%s: its step, steps, warmup, seed or rate is not a number",
             path);
    const char *kind = training_text(&file, "kind");
    if (strcmp(kind, t->kind ? t->kind : "") != 0)
        fail("%s: is a run of another kind: \"%.80s\", not \"%s\"", path,
             kind, t->kind ? t->kind : "");
    weights_take(t->tape, &file);
    const size_t *size = &t->tape->size, all = *size * sizeof(float);
    memcpy(t->m, safetensors_require(&file, "optimizer.first", 1, size), all);
    memcpy(t->v, safetensors_require(&file, "optimizer.second", 1, size),
           all);
    safetensors_free(&file);
}

/* A run of --train.  step: one training_step on the model; returns its loss.
 * report: prints a line, given the mean loss since the last line. */
struct training_task {
    const char *load, *save;      /* files, or NULL */
    size_t steps, pause;          /* the last step, and where to stop before;
                                     0: as in load; not before */
    void *model;                  /* what step and report need */
    float (*step)(struct training *t, void *model);
    void (*report)(const struct training *t, void *model, double loss);
};

/* training_steps: up to the step last, or to Ctrl-C.  Fails if the gradient
 * is not finite ten times in a row. */
static inline void training_steps(struct training *t,
    const struct training_task *task, size_t last)
{
    struct progress progress = progress_start(t->step, last);
    size_t part = t->steps < 10 ? 1 : t->steps / 10, since = 0;
    double sum = 0;
    while (t->step < last && !interrupted) {
        double loss = (double)task->step(t, task->model);
        sum += loss, since++;
        if (t->lost >= 10)
            fail("step %zu: the gradient is no longer finite", t->step);
        progress_step(&progress, t->step, "loss %.4f", loss);
        if (task->report && (t->step % part == 0 || t->step == last)) {
            if (progress_showing)
                fputs("\r\033[K", stderr);
            task->report(t, task->model, sum / (double)since);
            fflush(stdout);
            sum = 0, since = 0;
        }
    }
    progress_end(&progress);
}

/* training_run: the whole run.  Returns what main returns: 0, or 128 plus
 * the number of the signal; an interrupted run is saved in any case.  Fails
 * if load has no step left, or save cannot be written. */
static inline int training_run(struct training *t,
                               const struct training_task *task)
{
    if (task->load)
        training_load(task->load, t);
    if (task->steps)
        t->steps = task->steps;
    if (t->step >= t->steps)
        fail("all %zu steps are done: say --steps with more", t->steps);
    bool pauses = task->pause && task->pause < t->steps;
    if (task->save)
        output_try(task->save);
    catch_interrupt();
    training_steps(t, task, pauses ? task->pause : t->steps);
    /* save, and say where an interrupted run is */
    char name[80];
    snprintf(name, sizeof name, "%.60s.safetensors", program_name);
    const char *save = task->save ? task->save : interrupted ? name : NULL;
    if (save)
        training_save(save, t);
    if (interrupted)
        fprintf(stderr,
                "%s: stopped after step %zu; --train --load %s goes on\n",
                program_name, t->step, save);
    return interrupted ? 128 + interrupted : 0;
}
#endif
#endif
