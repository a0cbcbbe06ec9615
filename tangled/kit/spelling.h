/* spelling.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct spelling, task_words, units_share, spelling_train */

/* spelling.h -- what is chosen, and training: what programs that turn one
 * text into another have in common. */
#ifndef SPELLING_H
#define SPELLING_H
#include "kit/modes.h"
#include "kit/speller.h"
#ifndef __wasm__
#include "kit/merges.h"
#endif

/* What is chosen on the command line. */
struct spelling {
    const struct translator_kind *kind;
    void *sizes;                      /* a model of this kind, as the options
                                         of the program state it */
    void (*check)(void);              /* fails if sizes do not fit; or NULL */
    struct pairs (*read)(const char *path);   /* NULL: pairs_read */
    bool shared;                      /* one set of units for both sides */
    const char *pairs, *source, *target, *save, *load, *beside;
    int task, part, schedule, only;
    bool verb[4], split, json, half, bytes, vectors, quiet, told;
    size_t steps, pause, warmup, beam, join;
    double seconds, rate, alpha;
    uint64_t seed;
    struct speller speller;
};
static struct spelling chosen;        /* the program defines it */

#define SPELLING_DEFAULTS \
    .pairs = "data/cmudict/cmudict.tsv", .source = "char", .target = "word", \
    .steps = 2000, .warmup = 200, .rate = 2e-3, .beam = 1, .alpha = .6, \
    .join = 1, \
    .seed = 1, .speller = { .smoothing = .1, .tokens = 2048, .average = 1 }

enum { TASK_NONE, TASK_COPY, TASK_REVERSE, TASK_PAIRS = 4000,
       TASK_LONGEST = 12, TASK_LETTERS = 10 };
#ifndef __wasm__
/* task_words: count pairs of random words of low to high letters. */
static inline struct pairs task_words(int task, size_t count, size_t low,
                                      size_t high, uint64_t seed)
{
    struct pairs p = { .path = task == TASK_COPY ? "copy" : "reverse",
                       .count = count };
    struct random random = random_new(seed, seed);
    char *text = p.text = allocate(size_product(2, count), high + 1);
    p.list = allocate(p.count, sizeof *p.list);
    for (size_t i = 0; i < p.count; i++) {
        const size_t n = low + random_below(&random,
                                            (uint32_t)(high - low + 1));
        char *in = text, *out = text + n + 1;
        for (size_t j = 0; j < n; j++) {
            in[j] = (char)('a' + random_below(&random, TASK_LETTERS));
            out[task == TASK_COPY ? j : n - 1 - j] = in[j];
        }
        p.list[i] = (struct pair){ in, out, i + 1, i + 1, NULL };
        text += 2 * (n + 1);
    }
    pairs_sort(&p);
    return p;
}

static inline struct pairs chosen_pairs(void)
{
    if (chosen.task && command_given("pairs"))
        fail("--task makes its own pairs: it does not go with --pairs");
    if (chosen.task && chosen.join > 1)
        fail("--task makes its own pairs: --join does not go with it");
    return chosen.task ? task_words(chosen.task, TASK_PAIRS, 3, TASK_LONGEST,
                                    17)
        : chosen.read ? chosen.read(chosen.pairs) : pairs_read(chosen.pairs);
}

static inline void units_choose(struct units *u, const char *option,
                         const char *text, const struct pairs *p, bool target)
{
    const char *wrong = units_parse(u, text);
    if (wrong)
        fail("--%s %.40s: %s", option, text, wrong);
    units_train(u, p, target);
}

/* units_share: units that are learned from both sides of pairs. */
static inline void units_share(struct units sides[2], const char *text,
                               const struct pairs *p)
{
    struct pairs both = { .path = p->path, .count = 2 * p->count };
    both.list = allocate(both.count + 1, sizeof *both.list);
    for (size_t i = 0; i < p->count; i++) {
        both.list[2 * i] = p->list[i];
        both.list[2 * i + 1].input = p->list[i].output;
    }
    units_choose(&sides[SOURCE], "source-unit", text, &both, false);
    REQUIRE(!units_parse(&sides[TARGET], sides[SOURCE].text));
    free(both.list);
}

static inline void speller_make(struct speller *s, const struct pairs *p)
{
    struct translator *t = &s->t;
    if (chosen.check)
        chosen.check();
    *t = translator_of(chosen.kind, chosen.sizes);
    struct pairs train = { 0 };
    if (chosen.split)
        train = pairs_part(p, PART_TRAIN);
    const struct pairs *from = chosen.split ? &train : p;
    if (chosen.shared)
        units_share(t->units, chosen.source, from);
    else {
        units_choose(&t->units[SOURCE], "source-unit", chosen.source, from,
                     false);
        units_choose(&t->units[TARGET], "target-unit",
                     chosen.task && !command_given("target-unit")
                     ? "char" : chosen.target, from, true);
    }
    pairs_free(&train);
    t->vocabulary = vocabulary_new(p, &t->units[SOURCE], &t->units[TARGET]);
    translator_new(t);
    t->kind->start(t->model, chosen.seed);
}

static inline struct corpus corpus_joined(const struct speller *s,
                                          const struct pairs *p)
{
    if (s->join <= 1)
        return corpus_of(p, &s->t);
    if (s->t.units[SOURCE].kind == UNIT_WORD
        || s->t.units[TARGET].kind != UNIT_WORD)
        fail("--join: the units of the source are words, or those of the "
             "target are not");
    struct pairs joined = pairs_joined(p, 1, s->join,
        2 * p->count / (s->join + 1), s->seed);
    struct corpus c = corpus_of(&joined, &s->t);
    pairs_free(&joined);
    return c;
}

static inline void corpora(struct speller *s, const struct pairs *p)
{
    const bool split = chosen.split || chosen.task;
    struct pairs train = { 0 }, dev = { 0 };
    if (split)
        train = pairs_part(p, PART_TRAIN), dev = pairs_part(p, PART_DEV);
    if (split && train.count == 0)
        fail("%s: has no pair for training, after --split", p->path);
    s->train = corpus_joined(s, split ? &train : p);
    if (s->train.count == 0)
        fail("%s: has too few words to join", p->path);
    if (split)
        s->dev = corpus_joined(s, &dev);
    pairs_free(&train), pairs_free(&dev);
}

static inline float train_step(struct training *t, void *model)
{
    struct speller *s = model;
    const float loss = speller_step(t, model);
    if (!chosen.told && !chosen.quiet)
        fprintf(s->log ? s->log : stdout, "%zu parameters, %zu units, %zu "
                "pairs, %zu batches an epoch\n", t->tape->size,
                s->t.vocabulary.count, s->train.count, s->batches.count);
    chosen.told = true;
    return loss;
}

/* spelling_train: all that was chosen; the exit status.  See speller_free. */
static inline int spelling_train(struct speller *s)
{
    struct speller_texts texts;
    struct pairs p = chosen_pairs();
    s->save = chosen.save, chosen.told = false;
    s->seed = chosen.seed, s->join = chosen.join;
    if (chosen.load)
        speller_load(s, chosen.kind, chosen.load);
    else
        speller_make(s, &p);
    if (chosen.load && command_given("dropout"))
        memcpy(translator_drop(&s->t), (char *)chosen.sizes
               + chosen.kind->drop, sizeof(float));
    corpora(s, &p), pairs_free(&p);
    struct training t = speller_training(s, &texts, chosen.steps,
                                         chosen.seed);
    t.rate = chosen.rate, t.warmup = chosen.warmup;
    t.schedule = (enum schedule)chosen.schedule;
    int status = training_run(&t, &(struct training_task){
        .load = chosen.load, .save = chosen.save, .pause = chosen.pause,
        .steps = !chosen.load || command_given("steps") ? chosen.steps : 0,
        .seconds = chosen.seconds, .model = s, .step = train_step,
        .report = chosen.quiet ? NULL : speller_report,
        .loaded = speller_resumed });
    if (status == 0 && s->kept && t.step >= t.steps) {
        speller_average(s, &t);
        speller_report(&t, s, t.loss);
    }
    speller_clock(s);
    training_free(&t);
    return status;
}

static inline int run_train(void)
{
    if (command_given("average") && chosen.speller.average > 1
        && !chosen.save)
        fail("--average keeps checkpoints beside a file: say --save");
    if (chosen.seconds > 0 && chosen.pause > 0)
        fail("--pause counts steps: it does not go with --seconds");
    const int status = spelling_train(&chosen.speller);
    speller_free(&chosen.speller);
    return status;
}
#endif
#define SPELLING_VERBS \
    { "train", OPTION_FLAG, chosen.verb, .help = "train a model" }, \
    { "apply", OPTION_FLAG, chosen.verb + 1, \
      .help = "read inputs, a line each, and write outputs" }, \
    { "score", OPTION_FLAG, chosen.verb + 2, .help = "count errors" }, \
    { "mean", OPTION_FLAG, chosen.verb + 3, .help = "the mean of models" }, \
    { "pairs", OPTION_READS, &chosen.pairs, "FILE.tsv", \
      "lines of input, tab, output" }, \
    { "task", OPTION_CHOICE, &chosen.task, "none|copy|reverse", \
      "pairs that are made up" }, \
    { "join", OPTION_SIZE, &chosen.join, "N", \
      "up to N words written together; with score, N", "1..3" }, \
    { "split", OPTION_FLAG, &chosen.split, .help = \
      "keep the development and the test words out, and report the first" }, \
    { "part", OPTION_CHOICE, &chosen.part, "all|train|dev|test", \
      "score only these" }, \
    { "source-unit", OPTION_TEXT, &chosen.source, "UNIT", \
      "char, word or bpe:N" }, \
    { "target-unit", OPTION_TEXT, &chosen.target, "UNIT", "the same" }

#define SPELLING_TRAINING \
    { "smoothing", OPTION_DOUBLE, &chosen.speller.smoothing, "E", \
      "of the labels", "0..1" }, \
    { "batch-tokens", OPTION_SIZE, &chosen.speller.tokens, "N", \
      "units in a batch, padding included", "64..1000000" }, \
    { "average", OPTION_SIZE, &chosen.speller.average, "K", \
      "the mean of the last K checkpoints", "1..50" }, \
    { "steps", OPTION_SIZE, &chosen.steps, "N", "steps of training", \
      "1.." }, \
    { "seconds", OPTION_DOUBLE, &chosen.seconds, "S", \
      "train as long instead; 0: by steps", "0..1e6" }, \
    { "pause", OPTION_SIZE, &chosen.pause, "N", "stop after it; 0: go on" }, \
    { "rate", OPTION_DOUBLE, &chosen.rate, "R", "learning rate", \
      "1e-30..1e6" }, \
    { "warmup", OPTION_SIZE, &chosen.warmup, "N", "steps up to it" }, \
    { "schedule", OPTION_CHOICE, &chosen.schedule, SCHEDULES, \
      "how the rate goes on" }, \
    { "seed", OPTION_SEED, &chosen.seed, "S", "of weights and batches" }

#define SPELLING_FILES(runs) \
    { "beam", OPTION_SIZE, &chosen.beam, "K", "hypotheses; 1: greedy", \
      "1..32" }, \
    { "penalty", OPTION_DOUBLE, &chosen.alpha, "A", "of length, in a beam", \
      "0..10" }, \
    { "json", OPTION_FLAG, &chosen.json, .help = "for programs" }, \
    { "study", OPTION_FLAG, .help = "train the models of the book" }, \
    { "only", OPTION_CHOICE, &chosen.only, "all|" runs, \
      "this one of them" }, \
    { "results", OPTION_FLAG, .help = "print the book's numbers" }, \
    { "half", OPTION_FLAG, &chosen.half, \
      .help = "write 16 bits a number" }, \
    { "bytes", OPTION_FLAG, &chosen.bytes, \
      .help = "write 8 bits a number of a matrix" }, \
    { "vectors", OPTION_FLAG, &chosen.vectors, .help = "of vectors, too" }, \
    { "save", OPTION_WRITES, &chosen.save, "FILE.safetensors", \
      "write the run, or the model" }, \
    { "load", OPTION_READS, &chosen.load, "FILE.safetensors", \
      "a model; with train, go on with its run" }, \
    { "beside", OPTION_READS, &chosen.beside, "FILE.safetensors", \
      "another model, to write together; more of them may follow" }

/* SPELLING_MODES: sizes: the words of the options of the model. */
#define SPELLING_MODES(sizes) \
    { "train load", NULL, "pairs task split dropout steps seconds pause " \
      "save", NATIVE(run_train), "go on with a run" }, \
    { "train", NULL, "pairs task join split source-unit target-unit " sizes \
      " dropout smoothing batch-tokens average steps seconds pause rate " \
      "warmup schedule seed save", NATIVE(run_train), "train a model" }, \
    { "apply", "load", "beside beam penalty", NATIVE(run_apply), \
      "read inputs, write outputs", "[FILE.safetensors ...]" }, \
    { "score", "load", "beside pairs part join beam penalty json", \
      NATIVE(run_score), "count errors", "[FILE.safetensors ...]" }, \
    { "mean", "save", "half bytes vectors", NATIVE(run_average), \
      "the mean of models", "FILE.safetensors ..." }

/* The words that call these modes. */
#define SPELLING_WORDS "train apply score average=mean"
#endif

