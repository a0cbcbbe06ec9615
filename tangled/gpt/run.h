/* run.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct passage, struct run, run_step, run_validate, passage_of,
 * run_read, struct run_texts, run_load, run_training, run_report */

/* run.h -- training of a GPT on a text. */
#ifndef RUN_H
#define RUN_H
#include "kit/training.h"
#include "gpt/windows.h"
#include "gpt/writer.h"

#ifndef __wasm__
enum { RUN_TESTED = 256 };            /* windows of a validation, at least */

/* A text as tokens. */
struct passage { int32_t *ids; size_t n, bytes; };

/* A run: a model, the parts of a text, and how it learns. */
struct run {
    struct writer writer;
    struct passage train, val;        /* val: may be empty */
    struct windows windows;           /* a batch */
    size_t accumulate;
    double held;                      /* the part of the text in val */
    double repeat;                    /* see windows_repeat */
};
/* run_step: one step of training, of r->accumulate batches. Returns the
 * loss. The same bits for any number of threads. */
static inline float run_step(struct training *t, void *model)
{
    struct run *r = model;
    struct random random = training_random(t);
    struct lesson l = { &r->writer.gpt, &r->windows,
                        1 / (float)r->accumulate, 0 };
    const double left = 1 - .75 * (double)t->step / (double)t->steps;
    double loss = 0;
    for (size_t i = 0; i < r->accumulate; i++) {
        windows_cut(&r->windows, r->train.ids, r->train.n, &random);
        windows_repeat(&r->windows, r->train.ids, r->train.n,
                       r->repeat * left, &random);
        l.seed = mix_bits(mix_bits(t->seed, t->step), i);
        loss += tape_shards(t->tape, r->windows.n > 1 ? 2 : 1, windows_loss,
                            &l);
    }
    tape_reset(t->tape);
    t->loss = loss;
    training_clip(t);
    training_move(t);
    return (float)loss;
}

/* run_validate: the mean loss on the held-out part; NaN if there is none. */
static inline double run_validate(struct run *r)
{
    struct windows *w = &r->windows;
    const size_t batches = 1 + (RUN_TESTED - 1) / w->n;
    const size_t all = batches * w->n, last = r->val.n - w->length - 1;
    struct lesson l = { &r->writer.gpt, w, 1 / (float)batches, 0 };
    struct tape *tape = r->writer.tape;
    double loss = 0;
    if (r->val.n == 0)
        return (double)NAN;
    tape->no_grad = true;
    for (size_t i = 0; i < batches; i++) {
        for (size_t b = 0; b < w->n; b++) {
            const int32_t *at = r->val.ids + last * (i * w->n + b) / all;
            memcpy(w->ids + b * w->length, at, w->length * sizeof *at);
            memcpy(w->want + b * w->length, at + 1, w->length * sizeof *at);
        }
        loss += tape_shards(tape, w->n > 1 ? 2 : 1, windows_loss, &l);
    }
    tape_reset(tape);
    tape->no_grad = false;
    return loss;
}

/* passage_of: bytes from to end of a text, at path.  Fails if a character is
 * not known, or if fewer than least tokens are there. */
static inline struct passage passage_of(const struct tokens *tokens,
    const char *text, size_t from, size_t end, const char *path)
{
    struct passage p = { .bytes = end - from };
    const char *wrong = tokens_encode(&p.ids, &p.n, tokens, text + from,
                                      end - from);
    if (wrong && from)
        fail("%s: behind byte %zu it %s", path, from, wrong);
    if (wrong)
        fail("%s: %s", path, wrong);
    return p;
}

/* run_read: divides a text of n bytes, which is at path. */
static inline void run_read(struct run *r, const char *text, size_t n,
                            const char *path)
{
    const struct tokens *tokens = &r->writer.tokens;
    const size_t held = text_held(text, n, r->held);
    const size_t context = r->windows.length;
    r->train = passage_of(tokens, text, 0, held, path);
    if (held < n)
        r->val = passage_of(tokens, text, held, n, path);
    if (r->train.n <= context)
        fail("%s: has %zu tokens to train on, and a context of %zu takes %zu",
             path, r->train.n, context, context + 1);
    if (r->val.n > 0 && r->val.n <= context)
        fail("%s: has %zu tokens for validation, and a context of %zu takes "
             "%zu; --val 0 does without", path, r->val.n, context,
             context + 1);
}

static inline void run_free(struct run *r)
{
    free(r->train.ids), free(r->val.ids);
    windows_free(&r->windows), writer_free(&r->writer);
    *r = (struct run){ 0 };
}

enum { RUN_NUMBERS = 5 };
struct run_texts {
    struct writer_texts model;
    char number[RUN_NUMBERS][32], kind[64];
    const char *list[WRITER_TEXTS + 2 * RUN_NUMBERS + 1];
};

static const char *const run_keys[RUN_NUMBERS] = { "batch", "accumulate",
    "dropout", "val", "repeat" };

static inline void run_texts(struct run_texts *x, const struct run *r)
{
    const double numbers[RUN_NUMBERS] = { (double)r->windows.n,
        (double)r->accumulate, (double)r->writer.gpt.is.drop, r->held,
        r->repeat };
    uint64_t hash = 0;
    writer_texts(&x->model, &r->writer);
    memcpy(x->list, x->model.list, sizeof x->model.list);
    for (size_t i = 0; i < RUN_NUMBERS; i++) {
        snprintf(x->number[i], sizeof *x->number, "%.17g", numbers[i]);
        x->list[WRITER_TEXTS + 2 * i] = run_keys[i];
        x->list[WRITER_TEXTS + 2 * i + 1] = x->number[i];
    }
    x->list[WRITER_TEXTS + 2 * RUN_NUMBERS] = NULL;
    for (size_t i = 0; i < r->train.n; i++)
        hash = mix_bits(hash, (uint64_t)r->train.ids[i]);
    snprintf(x->kind, sizeof x->kind, "gpt, %zu tokens %016" PRIx64,
             r->train.n, hash);
}

/* run_load: the model of a run, and how it learns; text is not read yet. */
static inline void run_load(struct run *r, const char *path,
                            const char *published)
{
    static const double most[RUN_NUMBERS] = { 1e6, 1e6, .99, .99, 1 };
    struct safetensors file = safetensors_read(path);
    double number[RUN_NUMBERS];
    for (size_t i = 0; i < RUN_NUMBERS; i++) {
        const char *text = training_text(&file, run_keys[i]);
        const bool whole = i < 2;
        double *x = &number[i];
        if (!parse_double(x, text) || !(*x >= whole && *x <= most[i])
            || (whole && *x != floor(*x)))
            fail("%s: its '%s' is %.40s, which no run can have", path,
                 run_keys[i], text);
    }
    *r = (struct run){ .accumulate = (size_t)number[1], .held = number[3],
                       .repeat = number[4] };
    writer_read(&r->writer, &file, 0, published);
    if (!r->writer.tokens.count)
        fail("%s: does not say what its tokens are", path);
    r->writer.gpt.is.drop = (float)number[2];
    r->windows = windows_new((size_t)number[0], r->writer.gpt.is.context);
    safetensors_free(&file);
}

/* run_training: after run_read; x must stay. */
static inline struct training run_training(const struct run *r,
    struct run_texts *x, size_t steps, uint64_t seed)
{
    struct training t = training_new(r->writer.tape, steps, seed);
    run_texts(x, r);
    t.how.beta2 = .99, t.how.weight_decay = .1;
    t.floor = .1, t.spares = "";
    t.kind = x->kind, t.texts = x->list;
    return t;
}

/* run_report: a line for each report. */
static inline void run_report(const struct training *t, void *model,
                              double loss)
{
    struct run *r = model;
    printf("step %6zu   loss %.4f", t->step, loss);
    if (r->val.n)
        printf("   val %.4f", run_validate(r));
    puts("");
}
#endif
#endif
