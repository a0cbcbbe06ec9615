/* recurrence.c -- generated from chapters/07-recurrence.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/study.h"
#include "kit/inference.h"
#include "kit/trials.h"
#include "recurrence/distance.h"
#include "recurrence/forgetful.h"
#include "recurrence/recurrence_kind.h"
#ifndef __wasm__
#include "gradient/peak.h"
#endif

#define STUDY_RUNS "rnn|lstm|backward|copy"

static const char shipped[] = "data/weights/recurrence.safetensors";

/* A model as the options state it. */
static struct seq2seq sizes = { .layers = 1, .embed = 64, .width = 192,
                                .cell = CELL_LSTM, .drop = .1f };
static struct spelling chosen = { .kind = &seq2seq_kind, .sizes = &sizes,
                                  SPELLING_DEFAULTS };
enum { FAR_C = 48, FAR_I = 8, FAR_T = 60, FAR_B = 4 };
static struct {
    float radius, bias, at[FAR_T + 1], line[FAR_T + 1];
    float norm[3][FAR_T + 1];             /* of each kind of cell */
    uint64_t seed;
} distance = { .radius = .9f, .bias = 2, .seed = 1 };

static void distance_again(void)
{
    distance.seed++;
}

static void distance_compute(void)
{
    enum { ALL = 4 * FAR_C };
    static float x[FAR_T * FAR_B * FAR_I], w[ALL * FAR_I], u[ALL * FAR_C];
    float b[ALL] = { 0 };
    struct random random = random_new(distance.seed, 7);
    random_normals(x, FAR_T * FAR_B * FAR_I, 1, &random);
    random_normals(w, ALL * FAR_I, .1f, &random);
    random_normals(u, ALL * FAR_C, 1, &random);
    for (size_t gate = 0; gate < 4; gate++) {
        float *own = u + gate * FAR_C * FAR_C;
        const float is = (float)spectral_radius(own, FAR_C);
        for (size_t i = 0; i < FAR_C * FAR_C; i++)
            own[i] *= distance.radius / is;
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < FAR_C; j++)
            b[FAR_C + j] = i == CELL_LSTM ? distance.bias : 0;
        float *norm = distance.norm[i];
        distances(norm, &(struct recurrent){ .cell = (enum cell_kind)i,
            .steps = FAR_T, .batch = FAR_B, .in = FAR_I, .width = FAR_C,
            .x = x, .w = w, .u = u, .b = b }, distance.seed);
        for (size_t k = FAR_T + 1; k-- > 0; )
            norm[k] = fmaxf(norm[k] / norm[0], 1e-12f);
    }
    for (size_t k = 0; k <= FAR_T; k++) {
        distance.at[k] = (float)k;
        distance.line[k] = fmaxf(powf(distance.radius, (float)k), 1e-12f);
    }
}

#define FAR_SERIES(name, ink, y) \
    { name, ink, MARK_LINE, FAR_T + 1, distance.at, y }
static struct chart distance_chart = {
    .control = {
        { SLIDER("radius", &distance.radius, .1f, 1.5f, "%.2f"),
          .step = .05f },
        { SLIDER("forget bias", &distance.bias, 0, 6, "%.1f"), .step = .5f },
        { BUTTON("other matrices", distance_again) } },
    .compute = distance_compute,
    .panel = { { .title = "norm of the gradient", .x = "steps back",
                 .log_y = true, .format = "%.2g", .series = {
        FAR_SERIES("radius to the power", MUTED, distance.line),
        FAR_SERIES("linear", SERIES_3, distance.norm[0]),
        FAR_SERIES("tanh", SERIES_2, distance.norm[1]),
        FAR_SERIES("LSTM", SERIES_1, distance.norm[2]) } } }
};
CHART(distance)
enum { LOST_C = 24, LOST_T = 40 };
static struct {
    float radius, at[LOST_T];
    float norm[2][LOST_T];                /* steps back from the end */
} lost = { .radius = .9f };

static void lost_compute(void)
{
    enum { ALL = (LOST_T + 1) * LOST_C };
    static float x[LOST_T], w[LOST_C], b[LOST_C], u[LOST_C * LOST_C];
    static float h[ALL], own[ALL], dh[ALL], dx[LOST_T], dw[LOST_C];
    static float db[LOST_C], du[LOST_C * LOST_C];
    const struct recurrent_gradients d = { dx, dw, du, db };
    const struct recurrent s = { .cell = CELL_RNN, .steps = LOST_T,
        .batch = 1, .in = 1, .width = LOST_C, .x = x, .w = w, .u = u,
        .b = b };
    struct random random = random_new(1, 73);
    random_normals(x, LOST_T, .1f, &random);
    random_normals(w, LOST_C, 1, &random);
    random_normals(u, LOST_C * LOST_C, 1, &random);
    random_normals(own, ALL, 1 / sqrtf(LOST_C), &random);
    const float scale = lost.radius / (float)spectral_radius(u, LOST_C);
    for (size_t i = 0; i < LOST_C * LOST_C; i++)
        u[i] *= scale;
    rnn_forward_plain(h, &s);
    for (size_t bug = 0; bug < 2; bug++) {
        memcpy(dh, own, sizeof dh);
        (bug ? rnn_backward_forgetful : rnn_backward_plain)(&d, dh, h, &s);
        for (size_t k = 0; k < LOST_T; k++) {
            const float *at = dh + (LOST_T - k) * LOST_C;
            lost.at[k] = (float)k;
            lost.norm[bug][k] = fmaxf(sqrtf(row_dot(at, at, LOST_C)), 1e-6f);
        }
    }
}

static struct chart lost_chart = {
    .control = { { SLIDER("radius", &lost.radius, .5f, 1.2f, "%.2f"),
                   .step = .05f } },
    .compute = lost_compute,
    .panel = { { .title = "norm of the gradient in a state",
                 .x = "steps before the last", .log_y = true,
                 .format = "%.2g", .series = {
        { "added", SERIES_1, MARK_LINE, LOST_T, lost.at, lost.norm[0] },
        { "set", SERIES_2, MARK_LINE, LOST_T, lost.at, lost.norm[1] } } } }
};
CHART(lost)
EMBED(recurrence_text, EMBED_FILE("data/results/recurrence-study.txt"));
enum { COPIES = 12 };
static struct { float at[COPIES], right[3][COPIES], low[3][COPIES],
                      high[3][COPIES]; } copies;

static void copy_compute(void)
{
    static const char *const names[] = { "c16", "c32", "c64" };
    static const char *const what[] = { "mean", "low", "high" };
    for (size_t i = 0; i < 3; i++)
        for (size_t n = 0; n < COPIES; n++) {
            float *const to[] = { copies.right[i], copies.low[i],
                                  copies.high[i] };
            copies.at[n] = (float)(2 * n + 2);
            for (size_t k = 0; k < 3; k++)
                to[k][n] = 100 * result(recurrence_text,
                    "recurrence.copy.%s.right%zu.%s", names[i], 2 * n + 2,
                    what[k]);
        }
}

#define COPY_SERIES(name, ink, i) \
    { name, ink, MARK_LINE | MARK_AREA, COPIES, copies.at, \
      copies.right[i], copies.low[i], copies.high[i] }
static struct chart copy_chart = {
    .compute = copy_compute,
    .panel = { { .title = "words that are copied without an error, %",
                 .x = "letters", .x0 = 2, .x1 = 24, .y0 = 0, .y1 = 100,
                 .format = "%.1f", .series = {
        COPY_SERIES("16 numbers", SERIES_2, 0),
        COPY_SERIES("32", SERIES_1, 1),
        COPY_SERIES("64", SERIES_3, 2) } } }
};
CHART(copy)
EMBED(recurrence_weights,
      EMBED_FILE("data/weights/recurrence.safetensors"));

enum { GATES_LETTERS = 18, GATES_ROWS = 32 };
static struct {
    char text[GATES_LETTERS + 1], note[200];
    const char **names;                   /* of units */
    const char *letters[GATES_LETTERS], *rows[GATES_ROWS];
    char row_names[GATES_ROWS][8];
    struct translator t;
    float map[GATES_ROWS * GATES_LETTERS];
    int what;
    bool refused;
} gates = { .text = "thoughtful" };
static struct chart gates_chart;

static void gates_start(struct translator *t)
{
    translator_embedded(t, &seq2seq_kind, recurrence_weights);
    gates.names = vocabulary_names(&t->vocabulary);
    for (size_t i = 0; i < GATES_ROWS; i++) {
        snprintf(gates.row_names[i], sizeof *gates.row_names, "%zu", i + 1);
        gates.rows[i] = i % 4 == 3 ? gates.row_names[i] : "";
    }
}

static void gates_read(const struct seq2seq *m, const struct example *e)
{
    const size_t C = m->width, E = m->embed, T = e->sources;
    const size_t all = (T + 1) * C;
    const struct recurrent_layer *p = &m->encoder[0];
    float *h = allocate(2 * all + T * (4 * C + E), sizeof *h);
    float *c = h + all, *gate = c + all, *x = gate + T * 4 * C;
    for (size_t t = 0; t < T; t++)
        memcpy(x + t * E, m->table->data + (size_t)e->source[t] * E,
               E * sizeof *x);
    recurrent_forward(h, c, gate, &(struct recurrent){ .cell = m->cell,
        .steps = T, .batch = 1, .in = E, .width = C, .x = x,
        .w = p->w->data, .u = p->u->data, .b = p->b->data,
        .backwards = m->reading == READ_BACKWARD });
    for (size_t r = 0; r < GATES_ROWS && r < C; r++)
        for (size_t t = 0; t < T; t++)
            gates.map[r * T + t] = gates.what == 0
                ? tanhf(c[(t + (m->reading == READ_FORWARD)) * C + r])
                : gate[(t * 4 + (size_t)(gates.what - 1)) * C + r];
    free(h);
}

static void gates_compute(void)
{
    struct translator *t = &gates.t;
    struct panel *map = &gates_chart.panel[1];
    int32_t ids[SEQUENCE_MOST];
    struct example e = { .source = ids };
    struct hypothesis h;
    if (!t->tape)
        gates_start(t);
    const char *wrong = vocabulary_encode(ids, &e.sources, GATES_LETTERS,
        &t->vocabulary, &t->units[SOURCE], gates.text);
    gates.refused = wrong != NULL;
    if (wrong) {
        snprintf(gates.note, sizeof gates.note, "this word %s", wrong);
        return;
    }
    struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
    translate(&h, t, &b, 1, 0);
    batch_free(&b);
    vocabulary_decode(gates.note, sizeof gates.note, &t->vocabulary,
                      &t->units[TARGET], h.ids, h.n);
    gates_read(t->model, &e);
    for (size_t i = 0; i < e.sources; i++)
        gates.letters[i] = gates.names[e.source[i]];
    map->rows = GATES_ROWS, map->cols = e.sources;
    map->lo = gates.what == 0 || gates.what == 3 ? -1 : 0, map->hi = 1;
}

static void gates_say(struct frame *f, struct rect r)
{
    draw_text(f, r.x, r.y + 20, gates.refused ? TEXT_SIZE : 22, TEXT_BOLD,
              paint(f, gates.refused ? WARN : INK), "%s", gates.note);
    gates_chart.panel[1].look.no_bar = f->narrow;
}

static struct chart gates_chart = {
    .control = { { FIELD(NULL, gates.text) },
                 { CHOICE(&gates.what, "cell", "input", "forget", "new",
                          "output") } },
    .compute = gates_compute,
    .panel = {
        { .draw = gates_say, .high = .11f, .tall = .1f },
        { .title = "the first 32 numbers, letter by letter", .below = true,
          .map = gates.map, .lo = -1, .hi = 1, .format = "%.2f",
          .look = { .row_labels = gates.rows, .col_labels = gates.letters } }
    }
};
CHART(gates)
enum { LENGTHS = 12, LENGTHS_FIRST = 3 };
static struct { float at[LENGTHS], wrong[3][LENGTHS], low[3][LENGTHS],
                      high[3][LENGTHS]; } by_length;

static void length_compute(void)
{
    static const char *const names[] = { "rnn", "lstm", "backward" };
    for (size_t i = 0; i < 3; i++)
        for (size_t n = 0; n < LENGTHS; n++) {
            float *const to[] = { by_length.wrong[i], by_length.low[i],
                                  by_length.high[i] };
            static const char *const what[] = { "mean", "low", "high" };
            by_length.at[n] = (float)(n + LENGTHS_FIRST);
            for (size_t k = 0; k < 3; k++)
                to[k][n] = 100 * result(recurrence_text,
                    "recurrence.study.%s.letters%zu.%s", names[i],
                    n + LENGTHS_FIRST, what[k]);
        }
}

#define LENGTH_SERIES(name, ink, i) \
    { name, ink, MARK_LINE | MARK_AREA, LENGTHS, by_length.at, \
      by_length.wrong[i], by_length.low[i], by_length.high[i] }
static struct chart length_chart = {
    .compute = length_compute,
    .panel = { { .title = "words that come out wrong, %", .x = "letters",
                 .x0 = 3, .x1 = 14, .y0 = 0, .y1 = 100, .format = "%.1f",
                 .series = {
        LENGTH_SERIES("plain", SERIES_2, 0),
        LENGTH_SERIES("LSTM", SERIES_1, 1),
        LENGTH_SERIES("LSTM, from the end", SERIES_3, 2) } } }
};
CHART(length)

static const struct figure figures[] = {
    { "distance", 720, 400, 460,
      "Four curves over the distance in steps, on a logarithmic axis. The "
      "linear cell follows the straight line of the radius to the power of "
      "the distance, the tanh falls faster, and the LSTM, after a first "
      "step down, goes by its forget bias.",
      distance_frame, distance_table },
    { "lost", 720, 340, 400,
      "Two curves over the distance from the end, on a logarithmic axis. "
      "With the sum the gradient is about as large in all states; where "
      "it is set, it falls with the distance.",
      lost_frame, lost_table },
    { "copy", 720, 380, 440,
      "Three curves over the number of letters, from two to twenty-four. "
      "Short words are copied without an error. Each curve falls from near "
      "100 percent to near 0 within some eight letters, and the larger the "
      "state, the later.",
      copy_frame, copy_table },
    { "gates", 720, 480, 620,
      "A text field with a word, the sounds that the model writes, and a map "
      "with a column for each letter and a row for each number of the cell. "
      "Some rows keep a value from one letter on to the end.",
      gates_frame, gates_table },
    { "length", 720, 380, 460,
      "Three lines over the number of letters, from three to fourteen. The "
      "share of wrong words rises with the length for all cells.",
      length_frame, length_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static void bench_cell(enum cell_kind cell, const char *name, double peak)
{
    enum { T = 20, B = 64, C = 256, TRIES = 30 };
    struct tape *tape = tape_new();
    struct recurrent_layer p;
    struct random random = random_new(1, 1);
    double best[2] = { INFINITY, INFINITY };
    float *x = allocate(T * B * C, sizeof *x);
    random_normals(x, T * B * C, 1, &random);
    recurrent_layer_new(&p, tape, "cell", 0, C, C, cell);
    recurrent_layer_start(&p, &random, cell);
    for (int try = 0; try < TRIES; try++) {
        tape_reset(tape), tape_zero(tape);
        struct tensor *in = tape_leaf(tape, SHAPE(T, B, C));
        memcpy(in->data, x, T * B * C * sizeof *x);
        const double start = seconds_now();
        struct tensor *y = tape_recurrence(tape, in, &p,
            (struct recurrent_state){ NULL, NULL },
            &(struct recurrent_how){ cell, NULL, false, false });
        const double middle = seconds_now();
        tape_backward(tape, tape_sum(tape, y));
        best[0] = fmin(best[0], middle - start);
        best[1] = fmin(best[1], seconds_now() - middle);
    }
    const double work = 2. * T * B * 2 * C * C * (cell == CELL_LSTM ? 4 : 1);
    for (int i = 0; i < 2; i++)
        printf("recurrence.speed.%s.%s.peak = %.4f\n", name,
               i ? "backward" : "forward", (i + 1) * work / best[i] / peak);
    printf("recurrence.speed.%s.gflops = %.1f\n", name,
           3e-9 * work / (best[0] + best[1]));
    free(x), tape_free(tape);
}

static int run_bench(void)
{
    command_threads(1);
    const double peak = measure_peak(1);
    printf("recurrence.speed.peak.gflops = %.1f\n", 1e-9 * peak);
    bench_cell(CELL_RNN, "rnn", peak);
    bench_cell(CELL_LSTM, "lstm", peak);
    return 0;
}
enum { SHIPPED = 1, STUDY_STEPS = 6000, ONLY_COPY = 4 };
static const struct study_run {
    const char *name, *file;
    enum cell_kind cell;
    int reading;
    size_t width;
    double rate;
} study_runs[] = {
    { "rnn", "recurrence-rnn", CELL_RNN, READ_FORWARD, 472, 1e-3 },
    { "lstm", "recurrence-lstm", CELL_LSTM, READ_FORWARD, 224, 4e-3 },
    { "backward", "recurrence-backward", CELL_LSTM, READ_BACKWARD, 224,
      4e-3 },
};
static struct pairs study_pairs;

static size_t study_steps(void)
{
    return command_given("steps") ? chosen.steps : STUDY_STEPS;
}

static void study_one(const size_t *level, uint64_t seed, double *measures)
{
    const size_t run = chosen.only ? (size_t)chosen.only - 1 : level[0];
    const struct study_run *is = &study_runs[run];
    struct seq2seq m = { .layers = 1, .embed = 64, .width = is->width,
        .cell = is->cell, .reading = is->reading };
    const struct trial r = { .name = is->file, .kind = &seq2seq_kind,
        .sizes = &m, .steps = study_steps(), .warmup = study_steps() / 20,
        .average = 1, .rate = is->rate, .smoothing = .1, .seed = seed };
    trial_train(&r);
    trial_measure(measures, &r, &study_pairs);
    if (run == SHIPPED && seed == 1 && !command_given("steps")) {
        const struct trial_files f = trial_files(&r);
        struct translator t;
        translator_load(&t, &seq2seq_kind, f.model);
        translator_save(shipped, &t, NARROW_BYTE), translator_free(&t);
    }
}

enum { COPY_PAIRS = 60000, COPY_MOST = 16, COPY_ASKED = 300, COPY_LAST = 24 };
static const struct copy_run { size_t width, steps; int reading; }
copy_runs[] = { { 16, 4000, READ_BACKWARD }, { 32, 4000, READ_BACKWARD },
                { 64, 4000, READ_BACKWARD }, { 32, 16000, READ_BACKWARD },
                { 32, 4000, READ_FORWARD } };

static void copy_train(struct speller *s, const struct copy_run *r,
                       uint64_t seed)
{
    const struct seq2seq m = { .layers = 1, .embed = 16, .width = r->width,
                               .cell = CELL_LSTM, .reading = r->reading };
    struct speller_texts texts;
    struct pairs p = task_words(TASK_COPY, COPY_PAIRS, 1, COPY_MOST, 18);
    *s = (struct speller){ .t = translator_of(&seq2seq_kind, &m),
                           .tokens = 1024, .average = 1 };
    units_parse(&s->t.units[SOURCE], "char");
    units_parse(&s->t.units[TARGET], "char");
    s->t.vocabulary = vocabulary_new(&p, &s->t.units[0], &s->t.units[1]);
    translator_new(&s->t);
    s->t.kind->start(s->t.model, seed);
    s->train = corpus_of(&p, &s->t), pairs_free(&p);
    struct training t = speller_training(s, &texts, command_given("steps")
                                         ? chosen.steps : r->steps, seed);
    t.rate = 5e-3, t.warmup = t.steps / 20, t.schedule = SCHEDULE_COSINE;
    while (t.step < t.steps && !interrupted)
        speller_step(&t, s);
    training_free(&t);
}

#define COPY_MEASURES "right2 right4 right6 right8 right10 right12 right14 " \
    "right16 right18 right20 right22 right24"

static void copy_one(const size_t *level, uint64_t seed, double *measures)
{
    struct speller s;
    copy_train(&s, &copy_runs[level[0]], seed);
    for (size_t n = 2; n <= COPY_LAST; n += 2) {
        struct pairs p = task_words(TASK_COPY, COPY_ASKED, n, n, 18 + n);
        struct corpus asked = corpus_of(&p, &s.t);
        *measures++ = grade_exact(speller_grade(&s.t, &asked, 1, 1, 0));
        corpus_free(&asked), pairs_free(&p);
    }
    speller_free(&s);
}

static void copy_study(void)
{
    study_print(&(struct study){ .key = "recurrence.copy",
        .factors = { "c16 c32 c64 long forward" }, .seeds = TRIAL_SEEDS,
        .measures = COPY_MEASURES, .run = copy_one, .alone = true,
        .lines = STUDY_MEAN | STUDY_RANGE });
}

static int run_study(void)
{
    static const char *const names[] = { "rnn lstm backward", "rnn", "lstm",
                                         "backward" };
    if (chosen.only == ONLY_COPY) {
        if (command_given("pairs"))
            fail("--pairs %s: the words to copy are made", chosen.pairs);
        copy_study();
        return 0;
    }
    if (!command_given("pairs"))
        chosen.pairs = "build/data/cmudict/cmudict.tsv";
    study_pairs = pairs_read(chosen.pairs);
    printf("recurrence.study.steps = %zu\n", study_steps());
    printf("recurrence.study.seeds = %d\n", TRIAL_SEEDS);
    study_print(&(struct study){ .key = "recurrence.study",
        .factors = { names[chosen.only] }, .seeds = TRIAL_SEEDS,
        .measures = TRIAL_MEASURES, .run = study_one, .alone = true });
    pairs_free(&study_pairs);
    if (!chosen.only)
        copy_study();
    return 0;
}
static void distance_print(const char *name, enum cell_kind cell)
{
    for (size_t k = 20; k <= FAR_T; k += 20)
        printf("recurrence.distance.%s.%zu = %.4g\n", name, k,
               (double)distance.norm[cell][k]);
}

/* The curves of the figure, and of an LSTM with other biases. */
static void distance_results(void)
{
    static const char *const names[] = { "lstm0", "lstm2", "lstm6" };
    for (size_t i = 0; i < 3; i++) {
        distance.bias = (float[]){ 0, 2, 6 }[i];
        distance_compute();
        distance_print(names[i], CELL_LSTM);
    }
    distance_print("linear", CELL_LINEAR);
    distance_print("rnn", CELL_RNN);
}

static int run_results(void)
{
    struct translator t;
    translator_load(&t, &seq2seq_kind, chosen.load ? chosen.load : shipped);
    struct pairs p = pairs_read(chosen.pairs);
    distance_results();
    struct pairs test = pairs_part(&p, PART_TEST);
    struct corpus asked = corpus_of(&test, &t);
    const struct grade g = speller_grade(&t, &asked, 1, 1, 0);
    printf("recurrence.parameters = %zu\n", t.tape->size);
    printf("recurrence.excerpt.words = %zu\n", g.count);
    printf("recurrence.excerpt.wer = %.4f\n", 1 - grade_exact(g));
    printf("recurrence.excerpt.ter = %.4f\n", grade_rate(g));
    corpus_free(&asked), pairs_free(&test), pairs_free(&p);
    translator_free(&t);
    return run_bench();
}
#endif
static const struct command_option options[] = {
    SPELLING_VERBS,
    { "cell", OPTION_CHOICE, &sizes.cell, "linear|rnn|lstm",
      "of both sides" },
    { "reading", OPTION_CHOICE, &sizes.reading, "forward|backward",
      "how the encoder reads" },
    { "layers", OPTION_SIZE, &sizes.layers, "N", "of each side", "1..8" },
    { "embed", OPTION_SIZE, &sizes.embed, "E", "numbers of a unit",
      "1..16384" },
    { "hidden", OPTION_SIZE, &sizes.width, "C", "numbers of a state",
      "1..16384" },
    { "dropout", OPTION_FLOAT, &sizes.drop, "P", "part that is dropped",
      "0..<1" },
    SPELLING_TRAINING, SPELLING_FILES(STUDY_RUNS),
    { "bench", OPTION_FLAG, .help = "measure its speed" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "bench", NULL, "", NATIVE(run_bench), "measure its speed" },
    { "results", NULL, "load pairs", NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "pairs only steps", NATIVE(run_study),
      "train the models of the book" },
    SPELLING_MODES("cell reading layers embed hidden"), { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "recurrence",
        "learns to turn one sequence into another through one vector",
        "recurrence train --pairs data/cmudict/cmudict.tsv --split "
        "--save m.safetensors", options, NULL, modes, SPELLING_WORDS },
        argc, argv);
}

