/* alignment.c -- generated from chapters/08-alignment.nw. Do not edit. */
#include "alignment/alignment_kind.h"
#include "kit/chart.h"
#include "kit/study.h"
#include "kit/inference.h"
#include "kit/trials.h"
#include "recurrence/recurrence_kind.h"

#define STUDY_RUNS \
    "additive|dot|general|concat|linear|vector|plain|joined"

/* A model as the options state it. */
static struct aligner sizes = { .layers = 1, .embed = 64, .width = 192,
                                .kind = ALIGN_ADDITIVE, .drop = .2f };

static void sizes_check(void)
{
    if (sizes.width % 2)
        fail("--hidden %zu: is odd, and half of it reads from each end",
             sizes.width);
}

static struct spelling chosen = { .kind = &aligner_kind, .sizes = &sizes,
                                  .check = sizes_check, SPELLING_DEFAULTS };
static struct {
    float line, far, map[4];
} hand = { .far = 5 };

static void hand_compute(void)
{
    const float k = logf(2);
    for (size_t i = 0; i < 2; i++) {
        float *w = hand.map + 2 * i;
        for (size_t s = 0; s < 2; s++) {
            w[s] = 0;
            for (size_t r = 0; r < 2; r++) {
                const float sum = (r == s ? k : -k) - (r == i ? 0 : hand.far);
                w[s] += k * 5 / 3 * ((1 - hand.line) * tanhf(sum)
                                     + hand.line * sum);
            }
        }
        softmax(w, w, 2);
    }
}

static const char *const hand_sounds[] = { "N", "OW" };
static const char *const hand_letters[] = { "n", "o" };
static struct chart hand_chart = {
    .control = {
        { SLIDER("straight line", &hand.line, 0, 1, "%.2f"), .step = .05f },
        { SLIDER("query", &hand.far, 0, 8, "-%.1f"), .step = .5f } },
    .compute = hand_compute,
    .panel = { { .title = "weights", .map = hand.map, .rows = 2, .cols = 2,
                 .hi = 1, .format = "%.3f",
                 .look = { .row_labels = hand_sounds,
                           .col_labels = hand_letters } } }
};
CHART(hand)
EMBED(alignment_weights, EMBED_FILE("data/weights/alignment.safetensors"));

enum { MAP_LETTERS = 20 };
static struct {
    char text[MAP_LETTERS + 1], note[200];
    const char **names;                   /* of units */
    const char *letters[SEQUENCE_MOST], *sounds[SEQUENCE_MOST];
    struct translator t;
    float map[SEQUENCE_MOST * SEQUENCE_MOST];
    bool refused;
} seen = { .text = "through" };
static struct chart map_chart;

static void map_start(struct translator *t)
{
    translator_embedded(t, &aligner_kind, alignment_weights);
    seen.names = vocabulary_names(&t->vocabulary);
}

static void map_compute(void)
{
    struct translator *t = &seen.t;
    struct panel *map = &map_chart.panel[1];
    int32_t ids[SEQUENCE_MOST];
    struct example e = { .source = ids };
    struct hypothesis h;
    if (!t->tape)
        map_start(t);
    const char *wrong = vocabulary_encode(ids, &e.sources, MAP_LETTERS,
        &t->vocabulary, &t->units[SOURCE], seen.text);
    seen.refused = wrong != NULL;
    if (wrong) {
        snprintf(seen.note, sizeof seen.note, "this word %s", wrong);
        return;
    }
    alignment_map(seen.map, &h, t, &e);
    vocabulary_decode(seen.note, sizeof seen.note, &t->vocabulary,
                      &t->units[TARGET], h.ids, h.n);
    for (size_t i = 0; i < e.sources; i++)
        seen.letters[i] = seen.names[ids[i]];
    for (size_t i = 0; i < h.n + h.ended; i++)
        seen.sounds[i] = seen.names[i < h.n ? h.ids[i] : VOCABULARY_END];
    map->rows = h.n + h.ended, map->cols = e.sources;
}

static void map_say(struct frame *f, struct rect r)
{
    draw_text(f, r.x, r.y + 20, seen.refused ? TEXT_SIZE : 22, TEXT_BOLD,
              paint(f, seen.refused ? WARN : INK), "%s", seen.note);
    map_chart.panel[1].look.no_bar = f->narrow;
}

static struct chart map_chart = {
    .control = { { FIELD(NULL, seen.text) } },
    .compute = map_compute,
    .panel = {
        { .draw = map_say, .high = .11f, .tall = .1f },
        { .title = "weights: sounds by letters", .below = true,
          .map = seen.map, .hi = 1, .format = "%.3f",
          .look = { .row_labels = seen.sounds,
                    .col_labels = seen.letters } } }
};
CHART(map)
EMBED(alignment_text, EMBED_FILE("data/results/alignment-study.txt"));
enum { LENGTHS = 12, CURVES = 5 };
/* A curve of the study: names of its run, its first length and the step. */
static const struct curve { const char *run; size_t n, first, step; }
curve_of[CURVES] = { { "vector", 12, 3, 1 }, { "linear", 12, 3, 1 },
                     { "additive", 12, 3, 1 }, { "joined.vector", 9, 4, 3 },
                     { "joined.additive", 9, 4, 3 } };
static struct { float at[CURVES][LENGTHS], wrong[CURVES][LENGTHS],
                      low[CURVES][LENGTHS], high[CURVES][LENGTHS]; } curves;

static void length_compute(void)
{
    static const char *const what[] = { "mean", "low", "high" };
    for (size_t i = 0; i < CURVES; i++)
        for (size_t n = 0; n < curve_of[i].n; n++) {
            const size_t at = curve_of[i].first + n * curve_of[i].step;
            float *const to[] = { curves.wrong[i], curves.low[i],
                                  curves.high[i] };
            curves.at[i][n] = (float)at;
            for (size_t k = 0; k < 3; k++)
                to[k][n] = 100 * result(alignment_text,
                    "alignment.study.%s.letters%zu.%s", curve_of[i].run, at,
                    what[k]);
        }
}

#define CURVE(name, ink, i, n) \
    { name, ink, MARK_LINE | MARK_AREA, n, curves.at[i], curves.wrong[i], \
      curves.low[i], curves.high[i] }
static struct chart length_chart = {
    .compute = length_compute,
    .panel = { { .title = "words that come out wrong, %", .x = "letters",
                 .x0 = 3, .x1 = 14, .y0 = 0, .y1 = 70, .format = "%.1f",
                 .series = {
        CURVE("one vector", SERIES_2, 0, 12),
        CURVE("no tanh", SERIES_3, 1, 12),
        CURVE("additive", SERIES_1, 2, 12) } },
               { .title = "words together: sounds wrong, %",
                 .x = "letters", .x0 = 4, .x1 = 28, .y0 = 0, .y1 = 40,
                 .format = "%.1f", .series = {
        CURVE("one vector, joined", SERIES_2, 3, 9),
        CURVE("additive, joined", SERIES_1, 4, 9) } } }
};
CHART(length)

static const struct figure figures[] = {
    { "hand", 720, 300, 420,
      "A map of two sounds and two letters. With the tanh, the first sound "
      "looks at the first letter and the second at the second; without it "
      "all four weights are one half.",
      hand_frame, hand_table },
    { "map", 720, 480, 560,
      "A text field with a word, the sounds that the model writes, and a map "
      "with a row for each sound and a column for each letter. Bright cells "
      "go down from left to right.",
      map_frame, map_table },
    { "length", 720, 380, 760,
      "Two panels of lines over the number of letters: the share of wrong "
      "words, from three to fourteen letters; and the share of wrong sounds "
      "in words that are written together, up to twenty-eight letters, "
      "through one vector and with attention.",
      length_frame, length_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static void show_map(const struct translator *t, const struct example *e,
                     const struct hypothesis *h, const float *maps)
{
    const struct unit *units = t->vocabulary.units;
    printf("%8s", "");
    for (size_t s = 0; s < e->sources; s++)
        printf(" %5.*s", (int)units[e->source[s]].n, units[e->source[s]].at);
    putchar('\n');
    for (size_t i = 0; i < h->n + h->ended; i++) {
        const int32_t id = i < h->n ? h->ids[i] : VOCABULARY_END;
        printf("%8.*s", (int)units[id].n, units[id].at);
        for (size_t s = 0; s < e->sources; s++) {
            const float percent = 100 * maps[i * e->sources + s];
            if (percent < .5f)
                printf(" %5s", ".");
            else
                printf(" %5.0f", (double)percent);
        }
        putchar('\n');
    }
}

static int run_show(void)
{
    static float maps[SEQUENCE_MOST * SEQUENCE_MOST];
    struct translator *t = &chosen.speller.t;
    struct example e = { 0 };
    struct hypothesis h;
    int32_t ids[SEQUENCE_MOST];
    translator_load(t, &aligner_kind, chosen.load);
    const char *wrong = vocabulary_encode(ids, &e.sources, SEQUENCE_MOST - 1,
        &t->vocabulary, &t->units[SOURCE], figure_request.show);
    if (wrong)
        fail("--show: the input %s", wrong);
    e.source = ids;
    alignment_map(maps, &h, t, &e);
    show_map(t, &e, &h, maps);
    translator_free(t);
    return 0;
}
enum { STUDY_VECTOR = ALIGN_LINEAR + 1, STUDY_PLAIN, STUDY_JOINED };
static const struct study_run { const char *name, *file; size_t width; }
study_runs[] = {                          /* in the order of the kinds */
    { "additive", "alignment-additive", 192 },
    { "dot", "alignment-dot", 200 }, { "general", "alignment-general", 192 },
    { "concat", "alignment-concat", 192 },
    { "linear", "alignment-linear", 192 },
    { "vector", "alignment-vector", 240 },
    { "plain", "alignment-plain", 504 } };
static struct pairs study_pairs;
static double study_seconds = TRIAL_SECONDS;

struct study_model { struct aligner looks; struct seq2seq vector; };

static struct trial study_trial(struct study_model *m, size_t run,
                                uint64_t seed)
{
    m->looks = (struct aligner){ .layers = 1, .embed = 64,
        .width = study_runs[run].width, .kind = (int)run };
    m->vector = (struct seq2seq){ .layers = 1, .embed = 64,
        .width = study_runs[run].width, .reading = READ_BACKWARD,
        .cell = run == STUDY_PLAIN ? CELL_RNN : CELL_LSTM };
    return (struct trial){ .name = study_runs[run].file, .warmup = 200,
        .kind = run >= STUDY_VECTOR ? &seq2seq_kind : &aligner_kind,
        .sizes = run >= STUDY_VECTOR ? (void *)&m->vector : &m->looks,
        .average = 1, .seconds = study_seconds, .threads = 1,
        .rate = run == STUDY_PLAIN ? 1e-3 : 4e-3, .smoothing = .1,
        .seed = seed };
}

static void study_one(const size_t *level, uint64_t seed, double *measures)
{
    struct study_model m;
    const struct trial r = study_trial(&m, chosen.only
        ? (size_t)chosen.only - 1 : level[0], seed);
    trial_train(&r);
    trial_measure(measures, &r, &study_pairs);
}

static void study_joined(const size_t *level, uint64_t seed, double *measures)
{
    struct study_model m;
    struct trial r = study_trial(&m, level[0] ? STUDY_VECTOR : ALIGN_ADDITIVE,
                                 seed);
    r.name = level[0] ? "alignment-vector-joined" : "alignment-joined";
    r.join = JOINED_MOST;
    trial_train(&r);
    trial_joined(measures, &r, &study_pairs);
}

static int run_study(void)
{
    const bool joined = chosen.only == STUDY_JOINED + 1;
    if (!command_given("pairs"))
        chosen.pairs = "build/data/cmudict/cmudict.tsv";
    if (chosen.seconds > 0)
        study_seconds = chosen.seconds;
    study_pairs = pairs_read(chosen.pairs);
    printf("alignment.study.budget = %.0f\n", study_seconds);
    printf("alignment.study.seeds = %d\n", TRIAL_SEEDS);
    if (!joined)
        study_print(&(struct study){ .key = "alignment.study",
            .factors = { chosen.only ? study_runs[chosen.only - 1].name
                         : "additive dot general concat linear vector "
                           "plain" },
            .seeds = TRIAL_SEEDS, .measures = TRIAL_MEASURES,
            .run = study_one, .alone = true });
    if (joined || !chosen.only)
        study_print(&(struct study){ .key = "alignment.study.joined",
            .factors = { "additive vector" }, .seeds = TRIAL_SEEDS,
            .measures = TRIAL_JOINED, .run = study_joined, .alone = true });
    pairs_free(&study_pairs);
    return 0;
}
static void count_back(size_t *steps, size_t *back, const float *maps,
                       size_t sounds, size_t letters)
{
    for (size_t i = 1; i < sounds; i++) {
        const size_t was = argmax(maps + (i - 1) * letters, letters);
        *back += argmax(maps + i * letters, letters) < was;
        ++*steps;
    }
}

static int run_results(void)
{
    static float maps[SEQUENCE_MOST * SEQUENCE_MOST];
    struct translator t;
    size_t steps = 0, back = 0;
    translator_load(&t, &aligner_kind, chosen.load ? chosen.load
                    : "data/weights/alignment.safetensors");
    struct pairs p = pairs_read(chosen.pairs);
    struct pairs test = pairs_part(&p, PART_TEST);
    struct corpus asked = corpus_of(&test, &t);
    const struct grade g = speller_grade(&t, &asked, 1, 1, 0);
    for (size_t i = 0; i < asked.asked; i++) {
        const struct example *e = asked.questions[i].answers;
        struct hypothesis h;
        alignment_map(maps, &h, &t, e);
        count_back(&steps, &back, maps, h.n, e->sources);
    }
    printf("alignment.parameters = %zu\n", t.tape->size);
    printf("alignment.excerpt.words = %zu\n", g.count);
    printf("alignment.excerpt.wer = %.4f\n", 1 - grade_exact(g));
    printf("alignment.excerpt.ter = %.4f\n", grade_rate(g));
    printf("alignment.excerpt.steps = %zu\n", steps);
    printf("alignment.excerpt.back = %.4f\n", (double)back / (double)steps);
    corpus_free(&asked), pairs_free(&test), pairs_free(&p);
    translator_free(&t);
    return 0;
}
#endif
static const struct command_option options[] = {
    SPELLING_VERBS,
    { "attention", OPTION_CHOICE, &sizes.kind,
      "additive|dot|general|concat|linear", "how letters are scored" },
    { "layers", OPTION_SIZE, &sizes.layers, "N", "of each side", "1..8" },
    { "embed", OPTION_SIZE, &sizes.embed, "E", "numbers of a unit",
      "1..16384" },
    { "hidden", OPTION_SIZE, &sizes.width, "C", "numbers of a state",
      "2..16384" },
    { "dropout", OPTION_FLOAT, &sizes.drop, "P", "part that is dropped",
      "0..<1" },
    SPELLING_TRAINING, SPELLING_FILES(STUDY_RUNS),
    { "figure", OPTION_WRITES, &figure_request.file, "FILE.png",
      "draw a figure into a file" },
    { "window", OPTION_FLAG, &figure_request.window, NULL,
      "show the figure in a window" },
    { "show", OPTION_TEXT, &figure_request.show, "NAME",
      "which figure; --list-figures names them; with --apply, a word" },
    { "theme", OPTION_CHOICE, &figure_request.theme, "light|dark",
      "colors of the figure" },
    FIGURE_MORE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, "load pairs", NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "pairs only seconds", NATIVE(run_study),
      "train the models of the book" },
    { "apply show", "load", "", NATIVE(run_show),
      "print the alignment of a word" },
    SPELLING_MODES("attention layers embed hidden"), { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "alignment",
        "learns to turn one sequence into another, and where to look",
        "alignment train --pairs data/cmudict/cmudict.tsv --split "
        "--save m.safetensors", options, NULL, modes, SPELLING_WORDS },
        argc, argv);
}

