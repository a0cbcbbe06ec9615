/* transformer.c -- generated from chapters/17-transformer.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/study.h"
#include "kit/inference.h"
#include "kit/trials.h"
#include "transformer/transformer_kind.h"

#define STUDY_RUNS \
    "pre|post|nodrop|nosmooth|quarter|long|second|third|short|together"

/* A model as the options state it. */
static struct transformer sizes = { .layers = 3, .heads = 4, .width = 128,
    .hidden = 512, .order = BLOCK_PRE, .drop = .1f };

static void sizes_check(void)
{
    if (sizes.width % sizes.heads)
        fail("--embed %zu: is no multiple of --heads %zu", sizes.width,
             sizes.heads);
}

static struct spelling chosen = { .kind = &transformer_kind, .sizes = &sizes,
    .check = sizes_check, SPELLING_DEFAULTS };
#include "transformer/unshifted.h"

/* figure of the missing shift */
enum { SHIFT_EVERY = 10, SHIFT_NOTES = COPY_STEPS / SHIFT_EVERY + 1 };
static struct {
    char text[12], said[2][64];
    float steps[SHIFT_NOTES], loss[2][SHIFT_NOTES], right[2][SHIFT_NOTES];
    struct copying model[2];
    uint64_t seed, trained;
} shift = { .text = "added", .seed = 1 };

static void shift_train(void)
{
    for (int i = 0; i < 2; i++) {
        struct copying *c = &shift.model[i];
        if (shift.trained)
            copying_free(c);
        *c = copying_new(shift.seed, i);
        for (size_t n = 0; n < SHIFT_NOTES; n++) {
            double sum = 0;
            for (int j = 0; j < SHIFT_EVERY && n > 0; j++)
                sum += copying_step(c) / SHIFT_EVERY;
            shift.steps[n] = (float)(n * SHIFT_EVERY);
            shift.loss[i][n] = n ? (float)sum : NAN;
            shift.right[i][n] = (float)copying_right(c);
        }
    }
    shift.trained = shift.seed;
}

static void shift_again(void)
{
    shift.seed++;
}
static void shift_say(char said[64], struct translator *t)
{
    int32_t ids[SEQUENCE_MOST];
    struct example e = { .source = ids };
    struct hypothesis h;
    const char *wrong = vocabulary_encode(ids, &e.sources, 16, &t->vocabulary,
                                          &t->units[SOURCE], shift.text);
    if (wrong) {
        snprintf(said, 64, "%s", "only letters from a to e");
        return;
    }
    struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
    translate(&h, t, &b, 1, 0);
    vocabulary_decode(said, 64, &t->vocabulary, &t->units[TARGET], h.ids,
                      h.n);
    batch_free(&b);
}

static void shift_compute(void)
{
    if (shift.trained != shift.seed)
        shift_train();
    for (int i = 0; i < 2; i++)
        shift_say(shift.said[i], &shift.model[i].t);
}

static void shift_words(struct frame *f, struct rect r)
{
    static const char *const names[] = { "shifted", "not shifted" };
    for (int i = 0; i < 2; i++) {
        const float y = r.y + 14 + 26 * (float)i;
        draw_text(f, r.x, y, TEXT_SIZE, ALIGN_MIDDLE,
                  paint(f, i ? WARN : SERIES_1), "%s writes", names[i]);
        draw_text(f, r.x + 150, y, TEXT_SIZE, ALIGN_MIDDLE | TEXT_BOLD,
                  paint(f, INK), "%s", *shift.said[i] ? shift.said[i]
                                                      : "nothing");
    }
}
#define SHIFT_SERIES(what) .series = { \
    { "shifted", SERIES_1, MARK_LINE, SHIFT_NOTES, shift.steps, \
      shift.what[0] }, \
    { "not shifted", WARN, MARK_LINE, SHIFT_NOTES, shift.steps, \
      shift.what[1] } }
static struct chart shift_chart = {
    .control = { { FIELD(NULL, shift.text) },
                 { BUTTON("train anew", shift_again) } },
    .compute = shift_compute,
    .panel = {
        { .title = "loss in training", .x = "step", .format = "%.3f",
          SHIFT_SERIES(loss) },
        { .title = "words written right", .x = "step", .y1 = 1,
          .format = "%.2f", SHIFT_SERIES(right) },
        { .below = true, .draw = shift_words, .high = .25f, .tall = .3f } }
};
CHART(shift)
/* figure rates */
enum { RATES = 161 };
static struct {
    float warmup, steps, at[RATES], root[RATES], cosine[RATES];
} rates = { 400, 6000 };

/* The peak is one of the points. */
static void rates_compute(void)
{
    for (size_t i = 0; i < RATES; i++) {
        const float part = (float)(i > 0 ? i - 1 : 0) / (RATES - 2);
        const size_t step = i == 0 ? 0 : (size_t)(rates.warmup
            + part * fmaxf(0, rates.steps - rates.warmup));
        const size_t warmup = (size_t)rates.warmup;
        rates.at[i] = (float)step;
        rates.root[i] = (float)schedule_inverse_square_root(step, warmup);
        rates.cosine[i] = (float)schedule_cosine(step, warmup,
                                                 (size_t)rates.steps, 0);
    }
}

static struct chart rates_chart = {
    .control = { { SLIDER("warm-up", &rates.warmup, 1, 4000, "%.0f"),
                   .step = 1, .log = true },
                 { SLIDER("steps", &rates.steps, 5000, 100000, "%.0f"),
                   .step = 100, .log = true } },
    .compute = rates_compute,
    .panel = { { .x = "step", .y = "part of the peak", .y1 = 1,
                 .format = "%.3f", .series = {
        { "inverse root", SERIES_2, MARK_LINE, RATES, rates.at, rates.root },
        { "cosine", SERIES_1, MARK_LINE, RATES, rates.at,
          rates.cosine } } } }
};
CHART(rates)
/* figure attention */
EMBED(transformer_weights,
      EMBED_FILE("data/weights/transformer.safetensors"));
enum { SPOKEN_LETTERS = 20, SPOKEN_UNITS = 1024 };
static struct {
    char text[SPOKEN_LETTERS + 1], note[200], title[48];
    char names[SPOKEN_UNITS][12];         /* of units */
    const char *letters[SEQUENCE_MOST], *sounds[SEQUENCE_MOST];
    struct translator t;
    size_t n, said;                       /* letters; sounds and the end */
    float *maps;                          /* (N H, T, S) */
    float large[SEQUENCE_MOST * SEQUENCE_MOST];
    int head, what;
    bool refused;
} spoken = { .text = "thoughtful", .head = 10 };
static struct chart attention_chart;

static void spoken_start(struct translator *t)
{
    translator_embedded(t, &transformer_kind, transformer_weights);
    const struct transformer *m = t->model;
    REQUIRE(t->vocabulary.count <= SPOKEN_UNITS);
    for (size_t i = 0; i < t->vocabulary.count; i++) {
        const struct unit u = t->vocabulary.units[i];
        snprintf(spoken.names[i], sizeof *spoken.names, "%.*s", (int)u.n,
                 u.at);
    }
    strcpy(spoken.names[VOCABULARY_END], "end");
    spoken.maps = allocate(size_product(m->layers * m->heads,
        SEQUENCE_MOST * SEQUENCE_MOST), sizeof *spoken.maps);
}

static void spoken_ask(struct translator *t, struct example e)
{
    const struct transformer *m = t->model;
    const size_t heads = m->heads;
    const float *weights[LAYERS_MOST];
    struct hypothesis h;
    struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
    translate(&h, t, &b, 1, 0);
    batch_free(&b);
    e.targets = h.n, e.target = h.ids;
    b = batch_new(&e, (uint32_t[]){ 0 }, 1);
    spoken.n = e.sources, spoken.said = h.n + 1;
    tape_reset(t->tape);
    batch_logits(&(struct pass){ .on = t->tape, .model = m,
                                 .attention = weights }, &b);
    const size_t each = heads * spoken.said * spoken.n;
    for (size_t i = 0; i < m->layers; i++)
        memcpy(spoken.maps + i * each, weights[i], each * sizeof(float));
    for (size_t i = 0; i < spoken.n; i++)
        spoken.letters[i] = spoken.names[e.source[i]];
    for (size_t i = 0; i < spoken.said; i++)
        spoken.sounds[i] = spoken.names[b.want[i]];
    vocabulary_decode(spoken.note, sizeof spoken.note, &t->vocabulary,
                      &t->units[TARGET], h.ids, h.n);
    batch_free(&b);
}
static void spoken_large(const struct transformer *m)
{
    static const char *const means[] = { "", "mean of layer %d",
                                         "mean of all layers and heads" };
    const size_t heads = m->heads, cells = spoken.said * spoken.n;
    const size_t head = (size_t)spoken.head;
    size_t first = head, last = head + 1;
    if (spoken.what == 1)
        first = head / heads * heads, last = first + heads;
    if (spoken.what == 2)
        first = 0, last = m->layers * heads;
    memset(spoken.large, 0, sizeof spoken.large);
    for (size_t i = first; i < last; i++)
        for (size_t j = 0; j < cells; j++)
            spoken.large[j] += spoken.maps[i * cells + j]
                             / (float)(last - first);
    if (spoken.what)
        snprintf(spoken.title, sizeof spoken.title, means[spoken.what],
                 1 + spoken.head / (int)heads);
    else
        snprintf(spoken.title, sizeof spoken.title, "layer %zu, head %zu",
                 1 + head / heads, 1 + head % heads);
}

static void spoken_compute(void)
{
    struct translator *t = &spoken.t;
    struct panel *large = &attention_chart.panel[2];
    int32_t ids[SEQUENCE_MOST];
    struct example e = { .source = ids };
    if (!t->tape)
        spoken_start(t);
    const char *wrong = vocabulary_encode(ids, &e.sources, SPOKEN_LETTERS,
        &t->vocabulary, &t->units[SOURCE], spoken.text);
    spoken.refused = wrong != NULL;
    if (wrong)
        snprintf(spoken.note, sizeof spoken.note, "this word %s", wrong);
    else
        spoken_ask(t, e);
    spoken_large(t->model);
    large->rows = spoken.said, large->cols = spoken.n;
}
static void spoken_say(struct frame *f, struct rect r)
{
    draw_text(f, r.x, r.y + 20, spoken.refused ? TEXT_SIZE : 22, TEXT_BOLD,
              paint(f, spoken.refused ? WARN : INK), "%s", spoken.note);
    attention_chart.panel[2].look.no_bar = f->narrow;
}

static void spoken_pick(struct frame *f, struct widget w, struct rect r)
{
    const struct transformer *m = spoken.t.model;
    const int heads = (int)m->heads, layers = (int)m->layers;
    const int was = spoken.head;
    if (w.focused) {
        const int x = spoken.head % heads + arrow_x(f);
        const int y = spoken.head / heads + arrow_y(f);
        spoken.head = clamp_int(y, 0, layers - 1) * heads
                    + clamp_int(x, 0, heads - 1);
    }
    if (w.held && w.clicked)
        spoken.head = grid_at(f, r, (size_t)layers, (size_t)heads);
    if (spoken.head == was && !(w.held && w.clicked))
        return;
    spoken.what = spoken.what == 2 ? 0 : spoken.what;
    chart_touch(f);
}

static void spoken_grid(struct frame *f, struct rect r)
{
    const struct transformer *m = spoken.t.model;
    const size_t cells = spoken.said * spoken.n;
    struct rect a = { r.x + 20, r.y + 20, r.w - 20, r.h - 20 };
    struct widget w = widget(f, a, CURSOR_HAND);
    spoken_pick(f, w, a);
    for (size_t i = 0; i < m->layers * m->heads; i++) {
        struct rect box = inset(grid_cell(f, a, m->layers, m->heads,
                                          i / m->heads, i % m->heads), 4);
        const bool is = i == (size_t)spoken.head;
        heat_cells(f, box, spoken.maps + i * cells, spoken.said, spoken.n, 0,
                   1, false);
        draw_frame(f, inset(box, -2), 2, is ? 2.5f : 1,
                   paint(f, is ? WARN : GRID));
        if (i < m->heads)
            draw_text(f, box.x + box.w / 2, r.y + 10, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED),
                      f->narrow ? "%zu" : "head %zu", i + 1);
        if (i % m->heads == 0)
            draw_text(f, r.x + 6, box.y + box.h / 2, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED), "%zu",
                      i / m->heads + 1);
        if (hovering(f, box))
            readout(f, "layer %zu, head %zu", 1 + i / m->heads,
                    1 + i % m->heads);
    }
    focus_ring(f, w, inset(a, -2), 4);
    say(f, w, "map", spoken.title);
}
static struct chart attention_chart = {
    .control = { { FIELD(NULL, spoken.text) },
                 { CHOICE(&spoken.what, "one head", "its layer", "all") } },
    .compute = spoken_compute,
    .panel = {
        { .draw = spoken_say, .high = .09f, .tall = .08f },
        { .title = "layer by layer", .below = true, .draw = spoken_grid,
          .tall = .95f },
        { .title = spoken.title, .map = spoken.large, .hi = 1,
          .format = "%.3f", .look = { .row_labels = spoken.sounds,
                                      .col_labels = spoken.letters } } }
};
CHART(attention)

static const struct figure figures[] = {
    { "shift", 720, 400, 640,
      "Two plots over the steps of training. Left the loss: without the "
      "shift it falls to zero at once, with it more slowly. Right the share "
      "of words that are copied right: with the shift it rises to one, "
      "without it stays at zero. Below, a word and what both models write.",
      shift_frame, shift_table },
    { "rates", 720, 330, 420,
      "Two curves that rise together in a straight line. Then one falls "
      "with the root of the step, first fast and then slowly, and the other "
      "along half a cosine to zero at the last step.",
      rates_frame, rates_table },
    { "attention", 720, 480, 860,
      "A text field with a word, the sounds that the model writes, a grid of "
      "sixteen small maps, by layer and head, and a large map with a row "
      "for each sound and a column for each letter. Weight lies along the "
      "diagonal.",
      attention_frame, attention_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static const struct study_run {
    const char *name, *file;
    size_t steps;
    double seconds;
    enum block_order order;
    float drop;
    double smoothing;
    bool tests, together;             /* are the test words asked? */
    uint64_t seed;
} study_runs[] = {
    { "pre", "transformer-pre", 1200, 0, BLOCK_PRE, .1f, .1, 0, 0, 1 },
    { "post", "transformer-post", 1200, 0, BLOCK_POST, .1f, .1, 0, 0, 1 },
    { "nodrop", "transformer-nodrop", 1200, 0, BLOCK_PRE, 0, .1, 0, 0, 1 },
    { "nosmooth", "transformer-nosmooth", 1200, 0, BLOCK_PRE, .1f, 0, 0, 0,
      1 },
    { "quarter", "transformer-quarter", 0, 900, BLOCK_PRE, .05f, .1, 1, 0,
      1 },
    { "long", "transformer-long", 54000, 0, BLOCK_PRE, .1f, .1, 1, 1, 1 },
    { "second", "transformer-long", 60000, 0, BLOCK_PRE, .1f, .1, 1, 1, 2 },
    { "third", "transformer-long", 60000, 0, BLOCK_PRE, .1f, .1, 1, 1, 3 },
};
enum { STUDIES = sizeof study_runs / sizeof *study_runs,
       STUDY_SHORT = STUDIES + 1,       /* of --only, which counts from 1 */
       STUDY_TOGETHER };
static struct pairs study_pairs;

static struct trial study_trial(const struct study_run *r,
                                struct transformer *is)
{
    *is = (struct transformer){ .layers = 4, .heads = 4, .width = 128,
        .hidden = 512, .order = r->order, .drop = r->drop };
    return (struct trial){ .name = r->file, .kind = &transformer_kind,
        .sizes = is, .steps = r->steps, .seconds = r->seconds,
        .warmup = r->steps > 10000 ? 1500 : 500, .average = 8,
        .rate = 2e-3, .smoothing = r->smoothing, .seed = r->seed };
}

static void grade_print(const char *key, const char *run, const char *after,
                        struct grade g)
{
    printf("%s.%s.wer%s = %.4f\n", key, run, after,
           1 - grade_exact(g));
    printf("%s.%s.ter%s = %.4f\n", key, run, after, grade_rate(g));
}

static struct grade part_grade(struct translator *t, const struct pairs *p,
                               enum part which, size_t width, double alpha)
{
    struct pairs part = pairs_part(p, which);
    struct corpus asked = corpus_of(&part, t);
    struct grade g = speller_grade(t, &asked, which == PART_TRAIN ? 18 : 1,
                                   width, alpha);
    corpus_free(&asked), pairs_free(&part);
    return g;
}

static void dev_print(const char *key, const char *run, struct translator *t,
                      const struct pairs *p, bool all)
{
    static const char *const names[] = { "", ".ter", ".short",
        ".short.ter", ".long", ".long.ter" };
    double grades[6 + TRIAL_LAST - TRIAL_FIRST + 1];
    trial_grades(grades, t, p);
    for (size_t i = 0; i < (all ? 6 : 1); i++)
        printf("%s.%s.dev%s = %.4f\n", key, run, names[i], grades[i]);
}

static void study_grade(const char *name, struct translator *t,
                        const struct pairs *p, bool tests)
{
    static const char key[] = "transformer.study";
    size_t parameters = 0;
    for (const struct translator *one = t; one; one = one->beside)
        parameters += one->tape->size;
    printf("%s.%s.parameters = %zu\n", key, name, parameters);
    printf("%s.%s.train = %.4f\n", key, name,
           1 - grade_exact(part_grade(t, p, PART_TRAIN, 1, 0)));
    dev_print(key, name, t, p, tests);
    if (tests) {
        grade_print(key, name, "", part_grade(t, p, PART_TEST, 1, 0));
        grade_print(key, name, ".beam", part_grade(t, p, PART_TEST, 4, .6));
    }
    fflush(stdout);
}

static void study_one(const struct study_run *r, const char *path,
                      double seconds)
{
    struct translator t;
    const size_t steps = run_steps(path);
    if (steps)
        printf("transformer.study.%s.steps = %zu\n", r->name, steps);
    if (isfinite(seconds))
        printf("transformer.study.%s.time.seconds = %.0f\n", r->name,
               seconds);
    translator_load(&t, &transformer_kind, path);
    study_grade(r->name, &t, &study_pairs, r->tests);
    translator_free(&t);
}

static void together_load(struct translator *t)
{
    static struct trial_files first;
    for (size_t i = 0; i < STUDIES; i++) {
        const struct study_run *r = &study_runs[i];
        struct transformer is;
        const struct trial trial = study_trial(r, &is);
        const struct trial_files f = trial_files(&trial);
        bool exists;
        if (!r->together)
            continue;
        if (!model_done(f.model, &exists))
            fail("%s: %s; train it with --study --only %s", f.model,
                 exists ? "is not done" : "is not there", r->name);
        if (!*first.model)
            translator_load(t, &transformer_kind, (first = f).model);
        else
            translator_beside(t, first.model, f.model);
    }
}

static void study_runs_all(const char *load)
{
    for (size_t i = 0; i < STUDIES; i++) {
        const struct study_run *r = &study_runs[i];
        struct transformer is;
        const struct trial trial = study_trial(r, &is);
        const struct trial_files f = trial_files(&trial);
        char clock[4096];
        if (chosen.only && (size_t)chosen.only - 1 != i)
            continue;
        if (!load)
            trial_train(&trial);
        snprintf(clock, sizeof clock, "%s.seconds", load ? load : f.model);
        study_one(r, load ? load : f.model, clock_read(clock));
    }
}

static double short_seconds = TRIAL_SECONDS;

static void short_one(const size_t *level, uint64_t seed, double *measures)
{
    struct transformer is = { .layers = 3, .heads = 4, .width = 80,
        .hidden = 368, .order = BLOCK_PRE, .drop = .1f };
    const struct trial r = { .name = "transformer-short",
        .kind = &transformer_kind, .sizes = &is, .warmup = 200,
        .average = 1, .seconds = short_seconds, .threads = 1,
        .rate = 2e-3, .smoothing = .1, .seed = seed };
    (void)level;
    trial_train(&r);
    trial_measure(measures, &r, &study_pairs);
}

static void study_short(void)
{
    study_print(&(struct study){ .key = "transformer.study",
        .factors = { "short" }, .seeds = TRIAL_SEEDS,
        .measures = TRIAL_MEASURES, .run = short_one, .alone = true });
}

static void study_counts(const struct pairs *p);

static int run_study(void)
{
    const char *load = chosen.load;
    if (!command_given("pairs"))
        chosen.pairs = "build/data/cmudict/cmudict.tsv";
    if (load && !chosen.only)
        fail("--load %s: of which run? say --only", load);
    if (chosen.seconds > 0)
        short_seconds = chosen.seconds;
    size_t n;
    char **more = command_words(&n);
    if ((chosen.beside || n > 0) && chosen.only != STUDY_TOGETHER)
        fail("%s: several models go with --only together",
             shown(chosen.beside ? chosen.beside : *more));
    struct translator all = { 0 };
    if (chosen.only == STUDY_TOGETHER && load)
        chosen_load(&all);
    else if (chosen.only == STUDY_TOGETHER)
        together_load(&all);
    study_pairs = pairs_read(chosen.pairs);
    study_counts(&study_pairs);
    study_runs_all(load);
    if (!chosen.only || chosen.only == STUDY_SHORT)
        study_short();
    if (!chosen.only)
        together_load(&all);
    if (all.tape) {
        study_grade("together", &all, &study_pairs, true);
        translator_free(&all);
    }
    pairs_free(&study_pairs);
    return 0;
}

static void study_counts(const struct pairs *p)
{
    static const char *const names[] = { "train", "dev", "test" };
    for (int i = 0; i < 3; i++) {
        struct pairs part = pairs_part(p, (enum part)i);
        printf("transformer.study.words.%s = %zu\n", names[i], part.inputs);
        if (i == PART_TRAIN)
            printf("transformer.study.pairs = %zu\n", part.count);
        pairs_free(&part);
    }
    fflush(stdout);
}
static void task_result(int task, const char *name, size_t steps)
{
    struct speller *s = &chosen.speller;
    struct transformer is = { .layers = 2, .heads = 4, .width = 32,
                              .hidden = 64, .order = BLOCK_PRE };
    trial_choose(&(struct trial){ .kind = &transformer_kind, .sizes = &is,
        .steps = steps, .warmup = 100, .average = 1, .rate = 2e-3,
        .smoothing = .1, .seed = 1 });
    chosen.task = task, chosen.quiet = true;
    if (spelling_train(s) != 0)
        exit(128 + interrupted);
    struct grade g = speller_grade(&s->t, &s->dev, 1, 1, 0);
    printf("transformer.%s.exact = %.4f\n", name, grade_exact(g));
    printf("transformer.%s.steps = %zu\n", name, steps);
    speller_free(s);
}

static int run_results(void)
{
    struct translator t;
    translator_load(&t, &transformer_kind, chosen.load ? chosen.load
                    : "data/weights/transformer.safetensors");
    struct pairs p = pairs_read(chosen.pairs);
    struct pairs test = pairs_part(&p, PART_TEST);
    struct corpus asked = corpus_of(&test, &t);
    printf("transformer.parameters = %zu\n", t.tape->size);
    printf("transformer.units = %zu\n", t.vocabulary.count);
    printf("transformer.excerpt.words = %zu\n", asked.asked);
    grade_print("transformer", "excerpt", "",
                speller_grade(&t, &asked, 1, 1, 0));
    grade_print("transformer", "excerpt", ".beam",
                speller_grade(&t, &asked, 1, 4, .6));
    corpus_free(&asked), pairs_free(&test), pairs_free(&p);
    translator_free(&t);
    task_result(TASK_COPY, "copy", 800);
    task_result(TASK_REVERSE, "reverse", 1500);
    return 0;
}
#endif
static const struct command_option options[] = {
    SPELLING_VERBS,
    TRANSFORMER_OPTIONS(sizes), SPELLING_TRAINING,
    SPELLING_FILES(STUDY_RUNS), FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, "load", NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "pairs only seconds load beside", NATIVE(run_study),
      "train the models of the book", "[FILE.safetensors ...]" },
    SPELLING_MODES("layers heads embed ff order"), { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "transformer",
        "learns to turn one sequence into another, and does it",
        "transformer train --pairs data/cmudict/cmudict.tsv --split "
        "--save m.safetensors", options, NULL, modes, SPELLING_WORDS },
        argc, argv);
}
