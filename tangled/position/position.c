/* position.c -- generated from chapters/12-position.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "position/position_model.h"

static const char *const kind_names[KINDS] = {
    "sinusoidal", "rotary", "alibi", "none", "beside", "learned", "relative"
};
enum { X, OUT };
static struct port ports[] = {
    { "x", "B? H? n 2*half", "rows to turn by rotary" },
    { "out", "B? H? n 2*half", "they, turned; or a table. sinusoidal (N, D): "
      "sine, cosine, sine ...; rotary (2, N, D/2): cosines, then sines; "
      "alibi (H, N, N): -slope |i - j|", PORT_OUT },
    { 0 }
};

static struct {
    int kind, task;
    size_t length, dim, heads, first, steps;
    uint64_t seed;
    bool causal;
} given = { .heads = 8, .seed = 1, .task = RECALL };
enum { SEEDS = 3, PAIRS = 64, BLOCK = 8, BLOCKS = LONGEST / BLOCK };

static void study_text(const size_t *level, uint64_t seed, double *part)
{
    enum task task = level[0] ? COPY : RECALL;
    struct marks m = run_marked(task, (enum kind)level[1], true,
                                given.steps, seed, PAIRS);
    *part++ = marks_part(&m, 0, 32);
    *part++ = marks_part(&m, 32, 64);
    *part++ = marks_part(&m, 96, 128);
    for (size_t at = 0; at < LONGEST; at += BLOCK)
        *part++ = marks_part(&m, at, at + BLOCK);
}

static void study_order(const size_t *level, uint64_t seed, double *part)
{
    bool causal = level[1] == KINDS;
    struct marks m = run_marked(ORDER, causal ? NONE : (enum kind)level[1],
                                causal, given.steps, seed, PAIRS);
    *part = marks_part(&m, 0, LONGEST);
}

#define KIND_WORDS "sinusoidal rotary alibi none beside learned relative"
static const struct study studies[] = {
    { "position.study", { "recall copy", KIND_WORDS }, SEEDS,
      "trained twice four 0 8 16 24 32 40 48 56 64 72 80 88 96 104 112 120",
      study_text, .lines = STUDY_MEAN | STUDY_RANGE },
    { "position.study", { "order", KIND_WORDS " causal" }, SEEDS, NULL,
      study_order, .lines = STUDY_MEAN | STUDY_RANGE },
};

static int run_study(void)
{
    double start = seconds_now();
    study_print(&studies[0]), study_print(&studies[1]);
    printf("position.study.time.seconds = %.0f\n", seconds_now() - start);
    return 0;
}
/* results of positions */
static double recall_before(void)
{
    struct random random = random_new(1, 4);
    size_t asked = 0, before = 0, trained = about[RECALL].length;
    for (size_t i = 0; i < 3000; i++) {
        int32_t ids[LONGEST], target[LONGEST];
        ask_recall(ids, target, 2 * trained, &random);
        /* count the questions behind, and the answers before */
        for (size_t t = trained, last; t < 2 * trained; t++)
            if (target[t] != IGNORED) {
                for (last = t; ids[--last] != ids[t]; )
                    ;
                asked++, before += last + 1 < trained;
            }
    }
    return (double)before / (double)asked;
}

static int run_results(void)
{
    for (size_t by = 1; by <= 1000; by *= 10)
        printf("position.shift.%zu.sinusoidal = %.4f\n", by,
               shift_change(SINUSOIDAL, by));
    printf("position.speed.shift.rotary = %.1e\n",
           shift_change(ROTARY, 1000));
    printf("position.recall.before = %.4f\n", recall_before());
    printf("position.wrong.values = %.4f\n", (double)head_moved(true));
    return 0;
}
#ifndef __wasm__
static int run_table(void)
{
    const size_t n = given.length, d = given.dim, most = 1 << 29;
    const bool alibi = given.kind == ALIBI, rotary = given.kind == ROTARY;
    const size_t a = alibi ? given.heads : rotary ? 2 : 1;
    const size_t b = alibi ? n : rotary ? d / 2 : d;
    if (rotary && d % 2)
        fail("--dim %zu: rotary turns pairs, and this is odd", d);
    if ((double)a * (double)n * (double)b > (double)most)
        fail("a table of shape (%zu, %zu, %zu) is too large: %zu numbers at "
             "most", a, n, b, most);
    ports[OUT].name = kind_names[given.kind];
    ports[OUT].axes = given.kind == SINUSOIDAL ? "N D" : "H N D";
    axis_set("H", a, "--heads"), axis_set("N", n, "--length");
    axis_set("D", b, "--dim");
    float *table = allocate(a * n * b, sizeof *table);
    if (alibi)
        alibi_bias(table, a, n, n);
    else if (rotary)
        rotary_table(table, table + n * b, given.first, n, d);
    else
        sinusoidal_table(table, given.first, n, d);
    port_give_floats(OUT, table);
    free(table);
    return 0;
}

static int run_turn(void)
{
    const size_t n = axis("n"), half = axis("half"), d = 2 * half;
    const size_t heads = axis("B") * axis("H");
    float *turns = allocate(size_product(n, d), sizeof *turns);
    float *turned = allocate(heads * n * d, sizeof *turned);
    rotary_table(turns, turns + n * half, given.first, n, d);
    rotary_forward(turned, port_floats(X), turns, turns + n * half, heads, n,
                   d);
    port_give_floats(OUT, turned);
    free(turns), free(turned);
    return 0;
}
static float task_step(struct training *t, void *model)
{
    (void)t;
    return run_step(model);
}

static int run_train(void)
{
    const struct about *a = &about[given.task];
    struct run run = run_new((enum task)given.task, (enum kind)given.kind,
                             a->causal || given.causal, given.steps,
                             given.seed);
    const struct training_task task = { .model = &run, .step = task_step };
    catch_interrupt();
    training_steps(&run.training, &task, run.training.steps);
    struct marks marks = run_marks(&run, PAIRS);
    size_t part = given.task == ORDER ? a->longest : a->longest / 4;
    printf("%s, %s, %zu parameters, %zu steps\n", a->name,
           kind_names[given.kind], run.model.tape->size, run.training.step);
    for (size_t from = 0; from < a->longest; from += part)
        printf("places %3zu to %3zu: %.3f right\n", from, from + part - 1,
               marks_part(&marks, from, from + part));
    run_free(&run);
    return interrupted ? 128 + interrupted : 0;
}
#endif
/* figure waves */
enum { WAVES = 48, WAVES_WIDE = 64 };

static struct {
    float width, place, other;             /* as sliders have them */
    float table[WAVES * WAVES_WIDE], dot[WAVES * WAVES], at;
    char note[64];
} waves = { .width = 32, .place = 12, .other = 20 };
static struct chart waves_chart;

static void waves_compute(void)
{
    size_t d = (size_t)waves.width, p = (size_t)waves.place;
    size_t s = (size_t)waves.other;
    sinusoidal_table(waves.table, 0, WAVES, d);
    for (size_t i = 0; i < WAVES * WAVES; i++)
        waves.dot[i] = row_dot(waves.table + i / WAVES * d,
                               waves.table + i % WAVES * d, d)
                     / (waves.width / 2);
    waves.at = waves.dot[p * WAVES + s];
    waves_chart.panel[2].series[0].y = waves.dot + p * WAVES;
    snprintf(waves.note, sizeof waves.note, "%zu and %zu, distance %zu: %.3f",
             p, s, p > s ? p - s : s - p, (double)waves.at);
}
static void waves_map(struct frame *f, struct rect r, bool dots)
{
    bool turned;
    size_t n = dots ? (size_t)WAVES : (size_t)waves.width;
    const struct heatmap o = { .diverging = true, .no_bar = true,
        .row_title = "position",
        .col_title = dots ? "other position" : "which number of its row" };
    int cell = heatmap(f, r, dots ? waves.dot : waves.table, WAVES, n, -1, 1,
                       &o);
    if (cell >= 0) {
        waves.place = (float)((size_t)cell / n);
        waves.other = dots ? (float)((size_t)cell % n) : waves.other;
        waves_compute();
    }
    struct rect a = heat_area(r, WAVES, n, &o, &turned);
    float h = a.h / WAVES, w = a.w / WAVES;
    const struct rect marks[] = {
        { a.x, a.y + waves.place * h, a.w, h },
        { a.x + waves.other * w, a.y, w, a.h } };
    for (int i = 0; i < 1 + dots; i++)
        draw_frame(f, inset(marks[i], -1), 0, 1.5f, paint(f, WARN));
}

static void waves_left(struct frame *f, struct rect r)
{
    waves_map(f, r, false);
}

static void waves_right(struct frame *f, struct rect r)
{
    waves_map(f, r, true);
}

static struct chart waves_chart = {
    .control = { { SLIDER("position", &waves.place, 0, WAVES - 1, "%.0f"),
                   .step = 1 },
                 { SLIDER("other position", &waves.other, 0, WAVES - 1,
                          "%.0f"), .step = 1 },
                 { SLIDER("numbers in a row", &waves.width, 4, WAVES_WIDE,
                          "%.0f"), .step = 2 } },
    .compute = waves_compute,
    .panel = { { .draw = waves_left, .high = 1.9f, .tall = 1.3f },
        { .draw = waves_right, .tall = 1.3f },
        { .below = true, .x = "other position", .y = "dot product / (D / 2)",
          .note = waves.note, .y1 = 1.1f, .format = "%.3f", .series = {
              { "dot product / (D / 2)", SERIES_1, MARK_LINE, WAVES },
              { NULL, WARN, MARK_X, 1, .x = &waves.place },
              { NULL, SERIES_1, MARK_POINTS, 1, &waves.other, &waves.at } } }
    }
};
CHART(waves)
/* figure arrows */
enum { ARROWS_FAR = 12 };

static struct {
    float place[2], distance, dot;         /* of query and key */
    int pair;
    char note[16];
} arrows = { .place = { 2, 1 } };
static const float arrow_unturned[2][2] = { { 1, 0 }, { 0, 1 } };

static float arrows_angle(void)
{
    return arrows.pair ? .1f : 1;
}

static void arrow_turn(float out[2], int which, float place)
{
    float c = cosf(place * arrows_angle()), s = sinf(place * arrows_angle());
    rotary_forward(out, arrow_unturned[which], &c, &s, 1, 1, 2);
}

static float arrows_dot(float distance)
{
    float q[2];
    arrow_turn(q, 0, distance);
    return row_dot(q, arrow_unturned[1], 2);
}

static void arrows_compute(void)
{
    float q[2], k[2];
    arrow_turn(q, 0, arrows.place[0]), arrow_turn(k, 1, arrows.place[1]);
    arrows.dot = row_dot(q, k, 2);
    arrows.distance = arrows.place[0] - arrows.place[1];
    snprintf(arrows.note, sizeof arrows.note, "%.4f", (double)arrows.dot);
}

static void arrows_both(void)
{
    float one = fminf(1, ARROWS_FAR
                         - fmaxf(arrows.place[0], arrows.place[1]));
    arrows.place[0] += one, arrows.place[1] += one;
}
static void arrow_draw(struct frame *f, struct rect r, int which)
{
    enum { REACHES = 120 };                /* percent of an arrow */
    const float size = r.w / 2 / (REACHES / 100.f);
    const float x = r.x + r.w / 2, y = r.y + r.h / 2, end = REACHES / 100.f;
    const float *a = arrow_unturned[which];
    const struct color c = paint(f, which ? SERIES_2 : SERIES_1);
    float b[2], to[2], *place = &arrows.place[which];
    arrow_turn(b, which, *place);
    memcpy(to, b, sizeof to);
    if (drag_point(f, which, r, to, to + 1, -end, end, -end, end)) {
        float turn = remainderf(atan2f(to[1], to[0]) - atan2f(b[1], b[0]),
                                6.2831853f);
        *place = fminf(fmaxf(*place + turn / arrows_angle(), 0), ARROWS_FAR);
        arrow_turn(b, which, *place);
        chart_touch(f);
    }
    draw_arrow(f, x, y, x + size * a[0], y - size * a[1], 1.5f,
               fade(c, .35f));
    draw_arrow(f, x, y, x + size * b[0], y - size * b[1], 4, c);
    draw_text(f, x + 1.13f * size * b[0], y - 1.13f * size * b[1], TEXT_SIZE,
              ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD, c, which ? "k" : "q");
}

static void arrows_circle(struct frame *f, struct rect r)
{
    float side = fminf(r.w, r.h);
    struct rect s = { r.x + (r.w - side) / 2, r.y + (r.h - side) / 2, side,
                      side };
    draw_ring(f, r.x + r.w / 2, r.y + r.h / 2, side / 2.4f, 1,
              paint(f, GRID));
    for (int i = 0; i < 2; i++)
        arrow_draw(f, s, i);
}
static void arrows_print(FILE *out)
{
    fprintf(out, "m\tn\tdot product\n");
    for (int m = 0; m < 4; m++)
        for (int n = 0; n < 4; n++)
            fprintf(out, "%d\t%d\t%.4f\n", m, n,
                    (double)arrows_dot((float)(m - n)));
}

static struct chart arrows_chart = {
    .control = { { SLIDER("query, m", &arrows.place[0], 0, ARROWS_FAR,
                          "%.1f") },
                 { SLIDER("key, n", &arrows.place[1], 0, ARROWS_FAR,
                          "%.1f") },
                 { BUTTON("move both on by 1", arrows_both) },
                 { CHOICE(&arrows.pair, "\u03b8 = 1", "\u03b8 = 0.1") } },
    .compute = arrows_compute, .table = arrows_print,
    .panel = { { .draw = arrows_circle, .tall = 1.4f },
        { .x = "place of q less place of k", .y = "dot product",
          .x0 = -ARROWS_FAR, .x1 = ARROWS_FAR, .y0 = -1.2f, .y1 = 1.2f,
          .note = arrows.note, .format = "%.4f", .series = {
              { "dot product", MUTED, MARK_LINE, .of = arrows_dot },
              { NULL, ACCENT, MARK_POINTS, 1, &arrows.distance, &arrows.dot,
                .size = 6 } } } }
};
CHART(arrows)
/* figure lengths */
EMBED(position_text, EMBED_FILE("data/results/position.txt")
                     EMBED_FILE("data/results/position-study.txt"));

enum { TRAINED = 32, BREAK = TRAINED / BLOCK, POINTS = BLOCKS + 1 };
static struct {
    int task;
    bool hidden[KINDS];
    float x[POINTS], mean[KINDS][POINTS], low[KINDS][POINTS],
          high[KINDS][POINTS];
} lengths;

static float measured(int task, int kind, int place, const char *measure)
{
    return result(position_text, "position.study.%s.%s.%d.%s",
                  about[task].name, kind_names[kind], place, measure);
}

static void lengths_compute(void)
{
    for (int i = 0; i < POINTS; i++) {
        int place = (i - (i > BREAK)) * BLOCK;
        bool gap = i == BREAK;
        lengths.x[i] = gap ? TRAINED - .5f
                           : (float)place + (BLOCK - 1) / 2.f;
        for (int k = 0, task = lengths.task + COPY; k < KINDS; k++) {
            lengths.mean[k][i] = gap ? NAN : measured(task, k, place, "mean");
            lengths.low[k][i] = gap ? NAN : measured(task, k, place, "low");
            lengths.high[k][i] = gap ? NAN : measured(task, k, place, "high");
        }
    }
}
static void lengths_print(FILE *out)
{
    fprintf(out, "task\tplace");
    for (int k = 0; k < KINDS; k++)
        fprintf(out, "\t%s", kind_names[k]);
    for (int row = 0; row < 2 * BLOCKS; row++) {
        int task = row / BLOCKS + COPY, place = row % BLOCKS * BLOCK;
        fprintf(out, "\n%s\t%d", about[task].name, place);
        for (int k = 0; k < KINDS; k++)
            fprintf(out, "\t%.3f", (double)measured(task, k, place, "mean"));
    }
    fprintf(out, "\n");
}

static void lengths_over(struct plot *p)
{
    plot_vline(p, TRAINED, paint(p->frame, INK));
    draw_text(p->frame, plot_x(p, TRAINED) + 5, p->area.y + p->area.h - 5,
              TEXT_SMALL, ALIGN_LEFT, paint(p->frame, INK),
              "not trained here");
}
#define OF_KIND(kind, name, ink, width) { name, ink, MARK_LINE | MARK_AREA, \
    POINTS, lengths.x, lengths.mean[kind], lengths.low[kind], \
    lengths.high[kind], .size = width, .hidden = &lengths.hidden[kind] }
static struct chart lengths_chart = {
    .control = { { CHOICE(&lengths.task, "copy", "recall") } },
    .compute = lengths_compute, .table = lengths_print,
    .panel = { { .x = "place in the text", .y = "right answers",
        .x1 = LONGEST, .y1 = 1, .format = "%.3f", .over = lengths_over,
        .series = { OF_KIND(SINUSOIDAL, "sinusoidal", SERIES_2, 2.5f),
                    OF_KIND(ROTARY, "rotary", SERIES_1, 2.5f),
                    OF_KIND(ALIBI, "ALiBi", INK, 2.5f),
                    OF_KIND(NONE, "none", MUTED, 1.2f),
                    OF_KIND(BESIDE, "beside", SERIES_5, 2.5f),
                    OF_KIND(LEARNED, "learned", SERIES_4, 2.5f),
                    OF_KIND(RELATIVE, "relative", SERIES_3, 2.5f) } } }
};
CHART(lengths)
/* figure forgotten */
static struct {
    float word, off[STEPS];
    int wrong;
    struct head_run whole, words;
    char note[32];
} forgotten = { .word = STEPS - 1, .wrong = 1 };
static struct chart forgotten_chart;

static void forgotten_compute(void)
{
    float most = .5f, top = 0;
    struct head_run *runs[] = { &forgotten.whole, &forgotten.words };
    struct panel *p = forgotten_chart.panel;
    head_start(runs[0], 1), head_whole(runs[0], 0, false);
    head_start(runs[1], 1), head_by_words(runs[1], forgotten.wrong);
    for (size_t t = 0; t < STEPS; t++) {
        forgotten.off[t] = outputs_differ(runs[0], runs[1], t);
        top = fmaxf(top, forgotten.off[t]);
    }
    for (size_t i = 0; i < 2 * STEPS; i++)
        most = fmaxf(most, runs[i / STEPS]->weights[
                     (size_t)forgotten.word * STEPS + i % STEPS]);
    for (int i = 0; i < 2; i++) {
        p[i].series[0].y = runs[i]->weights + (size_t)forgotten.word * STEPS;
        p[i].y1 = most;
    }
    p[1].series[0].ink = forgotten.wrong ? SERIES_2 : SERIES_1;
    p[2].y1 = fmaxf(1, 1.1f * top);
    forgotten.note[0] = 0;
    if (top < 1e-4f)
        snprintf(forgotten.note, sizeof forgotten.note, "at most %.0e",
                 (double)top);
}

#define WORDS_AXIS .x = "word", .x0 = -.6f, .x1 = STEPS - .4f, \
    .format = "%.4f"
static struct chart forgotten_chart = {
    .control = { { CHOICE(&forgotten.wrong, "place kept",
                          "place forgotten") },
                 { SLIDER("word that asks", &forgotten.word, 0, STEPS - 1,
                          "%.0f"), .step = 1 } },
    .compute = forgotten_compute,
    .panel = {
        { WORDS_AXIS, .y = "weight", .series = {
            { "all at once", SERIES_1, MARK_BARS, STEPS } } },
        { WORDS_AXIS, .y = "weight", .series = {
            { "word by word", SERIES_2, MARK_BARS, STEPS } } },
        { WORDS_AXIS, .y = "how far off its output is", .below = true,
          .note = forgotten.note, .series = {
              { "off", WARN, MARK_BARS, STEPS, .y = forgotten.off },
              { NULL, MUTED, MARK_X, 1, .x = &forgotten.word } } } }
};
CHART(forgotten)

static const struct figure figures[] = {
    { "waves", 720, 560, 830,
      "Left, a map of 48 positions by 32 numbers: stripes that are narrow "
      "in the first columns and wide in the last. Right, the dot products "
      "of all pairs of positions, alike along each diagonal. Below, one "
      "row of them: a hill with its top at the position itself.",
      waves_frame, waves_table },
    { "arrows", 720, 400, 640,
      "Two arrows in a circle, a query turned by two places and a key "
      "turned by one, with their unturned shadows. Beside them the dot "
      "product against the distance, a sine, with a point at distance 1 "
      "and 0.8415.",
      arrows_frame, arrows_table },
    { "lengths", 720, 440, 460,
      "Right answers against the place in the text, for seven kinds, "
      "trained on the first 32 of 128 places, in the task of copying what "
      "stood four places back. Up to place 32 five kinds answer "
      "everything; behind it only relative goes on so; the others fall to "
      "chance at once or soon, and one of them, waves beside the words, "
      "rises once more around place 90.",
      lengths_frame, lengths_table },
    { "forgotten", 720, 420, 620,
      "The weights of the last of twelve words, taken in all at once and "
      "word by word with the place forgotten: they differ. Below them, "
      "how far each word's output is off: nothing for the first word, much "
      "for the others.",
      forgotten_frame, forgotten_table },
    { 0 }
};
FIGURES(figures)
static const struct command_option options[] = {
    { "kind", OPTION_CHOICE, &given.kind,
      "sinusoidal|rotary|alibi|none|beside|learned|relative",
      "the first three have tables" },
    { "length", OPTION_SIZE, &given.length, "N", "how many positions",
      "1..1000000000" },
    { "dim", OPTION_SIZE, &given.dim, "D",
      "sinusoidal: width of a word; rotary: width of a head, even",
      "1..1000000000" },
    { "heads", OPTION_SIZE, &given.heads, "H",
      "of alibi; for the others all heads are alike", "1..65536" },
    { "first", OPTION_SIZE, &given.first, "P", "position of the first row",
      "0..1000000000" },
    { "train", OPTION_FLAG, .help = "train a small model" },
    { "task", OPTION_CHOICE, &given.task, "order|copy|recall", "on what" },
    { "causal", OPTION_FLAG, &given.causal, NULL,
      "let order have a causal mask; the others always have one" },
    { "steps", OPTION_SIZE, &given.steps, "N",
      "of training; 0: as the study" },
    { "seed", OPTION_SEED, &given.seed, "S", "of weights and texts" },
    { "study", OPTION_FLAG, .help =
      "train all kinds on all tasks, and print how they do" },
    { "results", OPTION_FLAG, .help =
      "print the other numbers that the chapter quotes" },
    FIGURE_OPTIONS,
    { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "study", NULL, "steps", run_study, "train all models" },
    { "results", NULL, NULL, run_results, "print the book's numbers" },
    { "train", NULL, "kind task causal steps seed", NATIVE(run_train),
      "train a small model" },
    { "x", "kind=rotary", "first out", NATIVE(run_turn), "turn an array" },
    { "kind=alibi", "length", "dim heads out", NATIVE(run_table),
      "a table of biases" },
    { "kind=rotary", "length dim", "first out", NATIVE(run_table),
      "a table of cosines and sines" },
    { "kind=sinusoidal", "length dim", "first out", NATIVE(run_table),
      "a table of waves" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){
        "position", "tables of positions, and models that know them",
        "position --kind rotary --length 1024 --dim 64 --out p.npy", options,
        ports, modes }, argc, argv);
}
