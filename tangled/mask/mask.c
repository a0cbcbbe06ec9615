/* mask.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "mask/dates.h"
#include "mask/wrong_masks.h"

static const char *const wrong_names[WAYS] = {
    "leave out", "-inf, bare", "add -1e9", "add -1e4", "exp first"
};
EMBED(mask_weights, EMBED_FILE("data/weights/mask.safetensors"));
enum { DATE_WIDTH = 48 };

static struct date_model model_embedded(void)
{
    struct date_model x = date_model_new(DATE_WIDTH, 1);
    weights_embedded(x.tape, mask_weights);
    return x;
}

static bool all_finite(const float *x, size_t n)
{
    while (n > 0 && isfinite(x[n - 1]))
        n--;
    return n == 0;
}

/* read_date: the answer for one text, and the weights (10, width); NULL if
 * they or the scores of the answer overflow. */
static const float *read_date(char iso[11], struct date_model *x,
                              struct dates *one, const char *text,
                              size_t width)
{
    struct tensor *map;
    dates_put(one, 0, text, -1);
    dates_close(one, width);
    date_answers((char (*)[11])iso, x, one);
    tape_reset(x->tape);
    const float *scores = date_scores(x, one, &map)->data;
    return all_finite(scores, DATE_PLACES * DATE_CLASSES)
        && all_finite(map->attention, DATE_PLACES * one->width)
        ? map->attention : NULL;
}
#ifndef __wasm__
/* asking for dates in company */
enum company { TOGETHER, ALONE, WIDE, COMPANIES };
static const char *const company_names[COMPANIES] = {
    "together", "alone", "wide"
};

static void ask_dates(char (*iso)[11], const struct date_model *x,
                      const struct date_text *texts, size_t n,
                      enum company company)
{
    struct dates d = dates_new(company == ALONE ? 1 : 100);
    REQUIRE(n % d.batch == 0);
    for (size_t i = 0; i < n; i += d.batch) {
        for (size_t b = 0; b < d.batch; b++)
            dates_put(&d, b, texts[i + b].text, texts[i + b].day);
        dates_close(&d, company == WIDE ? DATE_LONGEST : 0);
        date_answers(iso + i, x, &d);
    }
    dates_free(&d);
}

static double dates_right(const struct date_text *texts, char (*iso)[11],
                          size_t n)
{
    size_t right = 0;
    for (size_t i = 0; i < n; i++) {
        char want[11];
        date_iso(want, texts[i].day);
        right += strcmp(want, iso[i]) == 0;
    }
    return (double)right / (double)n;
}
enum { SAMPLES = 2000 };
static struct sample {
    struct date_text text[SAMPLES];
    char iso[COMPANIES][SAMPLES][11];
} sample;

/* sample_right: the share of held-out dates that come out right. */
static double sample_right(const struct date_model *x, enum company c)
{
    struct random random = random_new(2, 9);
    for (size_t i = 0; i < SAMPLES; i++)
        sample.text[i] = date_draw(&random, true);
    ask_dates(sample.iso[c], x, sample.text, SAMPLES, c);
    return dates_right(sample.text, sample.iso[c], SAMPLES);
}

static double reader_score(void *model, void *data)
{
    (void)data;
    return sample_right(&((struct reader *)model)->model, TOGETHER);
}

static struct how how = { DATE_WIDTH, 64, false };
static struct learner reader = { .name = "mask", .measure = "right",
    .make = reader_make, .forget = reader_forget, .loss = reader_loss,
    .score = reader_score, .how = &how, .steps = 2500, .rate = 4e-3,
    .seed = 1 };

static int run_train(void)
{
    char kind[64];
    snprintf(kind, sizeof kind, "batch %zu, %s mask", how.batch,
             how.unmasked ? "no" : "with");
    reader.kind = kind;
    return learner_main(&reader);
}
static struct { const char *text; size_t pad; } given;

static void require_text(const char *text)
{
    int32_t signs[DATE_LONGEST];
    const char *end = date_signs(signs, text);
    if (!*text)
        fail("--date: the text is empty");
    if (end - text == DATE_LONGEST && *end)
        fail("--date: the text has %zu letters, and the model reads %d",
             strlen(text), DATE_LONGEST);
    if (*end)
        fail("--date: letter %zu, byte %d, is not printable ASCII",
             (size_t)(end - text) + 1, (unsigned char)*end);
    if (given.pad && given.pad < strlen(text))
        fail("--pad: %zu is less than the %zu letters of the text",
             given.pad, strlen(text));
}

static void print_map(const char *text, size_t width, const char *iso,
                      const float *weights)
{
    printf("  ");
    for (size_t j = 0; j < width; j++)
        printf(" %c", j < strlen(text) ? text[j] : '_');
    for (size_t p = 0; p < DATE_PLACES * width; p++) {
        if (p % width == 0)
            printf("\n%c ", iso[p / width]);
        float tenths = 10 * fminf(fmaxf(weights[p], 0), 1);
        printf(" %c", ".123456789#"[lroundf(tenths)]);
    }
    printf("\n");
}

static int run_date(void)
{
    require_text(given.text);
    struct date_model x = model_embedded();
    struct dates one = dates_new(1);
    char iso[11];
    if (reader.load)
        weights_load(reader.load, x.tape);
    x.unmasked = how.unmasked;
    const float *weights = read_date(iso, &x, &one, given.text, given.pad);
    if (!weights)
        outputs_overflow(reader.load);
    puts(iso);
    if (command_given("map"))
        print_map(given.text, one.width, iso, weights);
    dates_free(&one), date_model_free(&x);
    return 0;
}
enum { SCORES, Q, K, V, LENGTHS, MASK, WEIGHTS, OUT };
static struct port ports[] = {
    { "scores", "B? n m", "to mask", .range = "-inf.." },
    { "q", "B? n d", "queries" }, { "k", "B? m d", "keys" },
    { "v", "B? m c", "values" },
    { "lengths", "B", "hide keys from there on", PORT_WHOLE, "1..m" },
    { "mask", "A? n m", "1 visible, 0 hidden; A is 1 or B", PORT_WHOLE,
      "0..1" },
    { "weights", "B? n m", "the weights", PORT_OUT },
    { "out", "B? n c", "the output", PORT_OUT }, { 0 }
};
static struct { size_t window; bool causal; } hide;

/* mask_given: each option hides more. */
static struct mask mask_given(void)
{
    const bool *seen = port_bools(MASK);
    if (seen && axis("A") > 1)
        axis_set("A", axis("B"), "the examples");
    struct mask mask = mask_new(axis("B"), axis("n"), axis("m"));
    if (hide.causal)
        mask_causal(&mask);
    if (hide.window)
        mask_window(&mask, hide.window);
    if (port_given(LENGTHS))
        mask_padding(&mask, port_sizes(LENGTHS));
    for (size_t p = 0; seen && p < mask.batch * mask.n * mask.m; p++)
        mask.visible[p] &= seen[p % ports[MASK].count];
    return mask;
}

static int run_scores(void)
{
    struct mask mask = mask_given();
    float *weights = allocate(ports[SCORES].count, sizeof *weights);
    masked_softmax(weights, port_floats(SCORES), &mask, mask.batch);
    port_give_floats(WEIGHTS, weights);
    mask_free(&mask), free(weights);
    return 0;
}

static int run_attention(void)
{
    struct mask mask = mask_given();
    struct masked t = { mask.batch, mask.n, mask.m, axis("d"), axis("c"),
                        &mask, 0 };
    size_t rows = size_product(t.batch, t.n);
    float *out = allocate(size_product(rows, t.c), sizeof *out);
    float *weights = allocate(size_product(rows, t.m), sizeof *weights);
    masked_forward(out, weights, port_floats(Q), port_floats(K),
                   port_floats(V), &t);
    port_give_floats(WEIGHTS, weights), port_give_floats(OUT, out);
    mask_free(&mask), free(out), free(weights);
    return 0;
}
/* sample_ask: asks the model, and prints NAME.together = ... and so on;
 * returns the share of answers that are others when a text is alone. */
static double sample_ask(const struct date_model *x, const char *name)
{
    double differ = 0;
    for (enum company c = 0; c < COMPANIES; c++)
        printf("mask.%s.%s = %.4f\n", name, company_names[c],
               sample_right(x, c));
    for (size_t i = 0; i < SAMPLES; i++)
        differ += strcmp(sample.iso[TOGETHER][i], sample.iso[ALONE][i]) != 0;
    return differ / SAMPLES;
}

static int run_study(void)
{
    static const char *const names[] = { "study.masked", "study.unmasked" };
    const char *file = "data/weights/mask.safetensors";
    output_try(file);
    for (int i = 0; i < 2; i++) {
        double start = seconds_now();
        struct learned m = learner_fit(&reader, &(const struct how){
            how.width, how.batch, i }, reader.seed, reader.steps);
        if (i == 0) {
            printf("mask.study.parameters = %zu\nmask.study.steps = %zu\n"
                   "mask.study.time.train = %.1f\n", m.tape->size,
                   m.training.step, seconds_now() - start);
            if (!command_given("steps"))
                weights_save(file, m.tape);
        }
        struct date_model *x = &((struct reader *)m.model)->model;
        double differ = sample_ask(x, names[i]);
        printf("mask.study.differ.%s = %.4f\n", names[i] + 6, differ);
        x->unmasked = true;
        if (i == 0)
            sample_ask(x, "study.opened");
        learned_free(&m);
    }
    return 0;
}

/* look: adds, for the month [0] and the year [1], the mean weight that its
 * digits have on its letters [0] and the share of these letters [1]; false:
 * the text has no month's name. */
static bool look(double total[2][2], struct date_model *x, struct dates *one,
                 const struct date_text *t)
{
    const struct date d = date_of(t->day);
    const char *name = date_months[d.month - 1];
    char year[16], brief[4] = { name[0], name[1], name[2] }, iso[11];
    snprintf(year, sizeof year, "%d", d.year);
    const char *part[] = { strstr(t->text, brief), strstr(t->text, year) };
    if (!part[0])
        return false;
    const size_t length[] = { strstr(t->text, name) ? strlen(name) : 3, 4 };
    const size_t width = strlen(t->text);
    const size_t first[] = { 5, 0 }, rows[] = { 2, 4 };
    const float *weights = read_date(iso, x, one, t->text, 0);
    for (int i = 0; i < 2; i++) {
        size_t from = (size_t)(part[i] - t->text), end = from + length[i];
        from -= from > 0, end += end < width;
        for (size_t row = first[i]; row < first[i] + rows[i]; row++)
            for (size_t j = from; j < end; j++)
                total[i][0] += (double)weights[row * width + j]
                             / (double)rows[i];
        total[i][1] += (double)(end - from) / (double)width;
    }
    return true;
}

static int run_results(void)
{
    double total[2][2] = { 0 }, count = 0;
    struct dates one = dates_new(1);
    struct date_model x = model_embedded();
    sample_ask(&x, "committed");
    for (size_t i = 0; i < SAMPLES; i++)
        count += look(total, &x, &one, &sample.text[i]);
    for (int i = 0; i < 2; i++)
        printf("mask.look.%s = %.3f\nmask.chance.%s = %.3f\n",
               i ? "year" : "month", total[i][0] / count,
               i ? "year" : "month", total[i][1] / count);
    dates_free(&one), date_model_free(&x);
    return 0;
}
#endif
#include "kit/chart.h"

/* figure date */
static struct {
    char text[DATE_LONGEST + 1], read[DATE_LONGEST + 1], iso[11];
    const char *columns[DATE_LONGEST], *rows[DATE_PLACES];
    float pad;
    bool masked, ready;
    struct date_model model;
    struct dates one;
} asked = { .text = "Thursday, 5 March 1987", .pad = 28, .masked = true };
static struct chart date_chart;

static void asked_letters(const char *label[], const char *text, size_t n)
{
    static char letter[128][2];
    for (size_t i = 0; i < n; i++)
        label[i] = memcpy(letter[text[i] & 127], text + i, 1);
}

static void asked_compute(void)
{
    struct panel *map = &date_chart.panel[1];
    size_t n = 0;
    if (!asked.ready)
        asked.model = model_embedded(), asked.one = dates_new(1);
    asked.ready = true;
    for (const char *c = asked.text; *c; c++)
        if (*c >= ' ' && *c <= '~')
            asked.read[n++] = *c;
    if (n == 0)
        asked.read[n++] = ' ';
    asked.read[n] = '\0';
    date_chart.control[1].lo = (float)n;
    asked.pad = fmaxf(asked.pad, (float)n);
    asked.model.unmasked = !asked.masked;
    map->map = read_date(asked.iso, &asked.model, &asked.one, asked.read,
                         (size_t)asked.pad);
    map->cols = asked.one.width;
    memset(asked.read + n, '_', DATE_LONGEST - n);
    asked_letters(asked.columns, asked.read, map->cols);
    asked_letters(asked.rows, asked.iso, DATE_PLACES);
}
static void asked_say(struct frame *f, struct rect r)
{
    struct panel *map = &date_chart.panel[1];
    float leak = 0;
    map->look.no_bar = f->narrow;
    for (size_t p = 0; p < DATE_PLACES * map->cols; p++)
        leak += p % map->cols < asked.one.lengths[0] ? 0 : map->map[p];
    float w = draw_text(f, r.x, r.y + 22, 22, TEXT_BOLD, paint(f, INK), "%s",
                        asked.iso);
    draw_text(f, r.x + w + 16, r.y + 20, TEXT_SIZE, ALIGN_LEFT,
              paint(f, leak > 0 ? WARN : MUTED), "%.0f %% %son padding",
              100 * (double)leak / DATE_PLACES,
              f->narrow ? "" : "of the weight is ");
}

static struct chart date_chart = {
    .control = { { FIELD(NULL, asked.text) },
                 { SLIDER("padded to", &asked.pad, 1, DATE_LONGEST, "%.0f"),
                   .step = 1 },
                 { TOGGLE("mask", &asked.masked) } },
    .compute = asked_compute,
    .panel = { { .draw = asked_say, .high = .08f },
        { .below = true, .rows = DATE_PLACES, .hi = 1, .format = "%.3f",
          .look = { .row_labels = asked.rows,
                    .col_labels = asked.columns } } },
};
CHART(date)
/* figure finite */
enum { FINITE_KEYS = 6 };
static struct {
    int how;
    float size, weights[2][FINITE_KEYS];
    char note[2][32];
} wrong_now = { .how = ADD_TEN_THOUSAND, .size = 10000 };
static struct chart finite_chart;

static void finite_compute(void)
{
    static const float scores[] = { -.7f, -.9f, -.5f, -.8f, .9f, .6f };
    const uint8_t visible[2][FINITE_KEYS] = { { 1, 1, 1, 1, 0, 0 }, { 0 } };
    for (int all = 0; all < 2; all++) {
        float *w = wrong_now.weights[all], sized[FINITE_KEYS], leak = 0;
        for (int j = 0; j < FINITE_KEYS; j++)
            sized[j] = scores[j] * wrong_now.size;
        wrong_softmax(w, sized, visible[all], FINITE_KEYS,
                      (enum wrong)wrong_now.how);
        for (int j = 0; j < FINITE_KEYS; j++)
            leak += visible[all][j] ? 0 : w[j];
        snprintf(wrong_now.note[all], sizeof wrong_now.note[all],
                 isnan(leak) ? "every weight is NaN"
                             : "%.3g %% on hidden keys", 100 * (double)leak);
        finite_chart.panel[all].note_ink = leak <= 0 ? MUTED : WARN;
    }
}
#define FINITE(which, ...) .note = wrong_now.note[which], .y = "weight", \
    .y1 = 1, .n_names = FINITE_KEYS, .names = (const char *const[]){ \
        __VA_ARGS__, "(4)", "(5)" }
static struct chart finite_chart = {
    .control = { { .kind = CONTROL_CHOICE, .index = &wrong_now.how,
                   .names = wrong_names, .n = WAYS },
                 { SLIDER("size of scores", &wrong_now.size, 1, 1e5f, "%.0f"),
                   .log = true } },
    .compute = finite_compute,
    .panel = {
        { FINITE(0, "0", "1", "2", "3"), .title = "two hidden", .series = {
            { "visible", SERIES_1, MARK_BARS, 4, .y = wrong_now.weights[0] },
            { "hidden", WARN, MARK_BARS, 2, (const float[]){ 4, 5 },
              wrong_now.weights[0] + 4 } } },
        { FINITE(1, "(0)", "(1)", "(2)", "(3)"), .title = "all hidden",
          .series = { { "hidden", WARN, MARK_BARS, FINITE_KEYS,
                        .y = wrong_now.weights[1] } } } },
};
CHART(finite)
/* figure paint */
enum { WORDS = 7, WORD = 8, SQUARE = WORDS * WORDS, MOST_LAYERS = 3 };
static const char *const painted_words[WORDS] = {
    "the", "cat", "sat", "on", "the", "mat", "."
};
static struct {
    uint8_t seen[SQUARE];
    float weights[SQUARE], flow[WORDS], layers, word;
    int preset, filled, cell;
    bool color;
    char title[96];
} painted = { .preset = 1, .filled = -1, .word = 4, .layers = 1 };
static struct chart paint_chart;

static void painted_preset(void)
{
    static const size_t lengths[] = { WORDS, WORDS, WORDS, 5, 0 };
    struct mask mask = mask_over(painted.seen, 1, WORDS, WORDS);
    mask_padding(&mask, &lengths[painted.preset]);
    if (painted.preset == 1)
        mask_causal(&mask);
    if (painted.preset == 2)
        mask_window(&mask, 2);
}
static void add_exchanged(float *out, const float *x)
{
    for (int i = 0; i < WORDS * WORD; i++)
        out[i] += x[i ^ WORD / 2];
}
static void painted_run(size_t layers, size_t word)
{
    static float x[MOST_LAYERS + 1][WORDS * WORD], q[WORDS * WORD];
    static float d[MOST_LAYERS + 1][WORDS * WORD], dq[WORDS * WORD];
    static float a[MOST_LAYERS][SQUARE], scratch[2 * WORDS];
    const struct mask mask = { 1, WORDS, WORDS, painted.seen };
    const struct masked t = { 1, WORDS, WORDS, WORD, WORD, &mask, .8f };
    struct random random = random_new(3, 0);
    memset(d, 0, sizeof d);
    random_normals(x[0], WORDS * WORD, 1, &random);
    for (size_t l = 0; l < layers; l++) {
        memset(q, 0, sizeof q);
        add_exchanged(q, x[l]);
        masked_forward(x[l + 1], a[l], q, x[l], x[l], &t);
    }
    random_normals(d[layers] + word * WORD, WORD, 1, &random);
    for (size_t l = layers; l-- > 0; ) {
        memset(q, 0, sizeof q), memset(dq, 0, sizeof dq);
        add_exchanged(q, x[l]);
        masked_backward(dq, d[l], d[l], scratch, d[l + 1], a[l], q, x[l],
                        x[l], &t);
        add_exchanged(d[l], dq);
    }
    memcpy(painted.weights, a[0], sizeof a[0]);
    for (size_t j = 0; j < WORDS; j++)
        painted.flow[j] = sqrtf(row_dot(d[0] + j * WORD, d[0] + j * WORD,
                                        WORD));
}
static void painted_compute(void)
{
    const int word = (int)painted.word;
    if (painted.filled != painted.preset)
        painted_preset();
    painted.filled = painted.preset;
    painted_run((size_t)painted.layers, (size_t)word);
    snprintf(painted.title, sizeof painted.title,
             "gradient from the output of \"%s\" (%d)",
             painted_words[word], word);
}
static void painted_edit(struct frame *f, struct widget w, struct rect r)
{
    const bool space = w.focused && f->key == KEY_SPACE;
    const bool down = w.held && f->pointer.down
                   && inside(r, f->pointer.x, f->pointer.y);
    const int move = w.focused ? arrow_x(f) + WORDS * arrow_y(f) : 0;
    if (down) {
        int row = (int)((f->pointer.y - r.y) / r.h * WORDS);
        int col = (int)((f->pointer.x - r.x) / r.w * WORDS);
        painted.cell = clamp_int(row, 0, WORDS - 1) * WORDS
                     + clamp_int(col, 0, WORDS - 1);
    }
    painted.cell = (painted.cell + move + SQUARE) % SQUARE;
    uint8_t *cell = &painted.seen[painted.cell];
    if (space || (down && f->pointer.pressed))
        painted.color = !*cell;
    if (space || down)
        *cell = painted.color;
    if (space || down || move) {
        painted.word = (float)(painted.cell / WORDS);
        chart_touch(f);
    }
}
static void painted_draw(struct frame *f, struct rect r)
{
    bool turned;
    struct rect a = heat_area(r, WORDS, WORDS, &paint_chart.panel[1].look,
                              &turned);
    struct widget w = widget(f, a, CURSOR_GRAB);
    painted_edit(f, w, a);
    heat_row_labels(f, a, WORDS, painted_words);
    heat_col_labels(f, a, WORDS, painted_words, turned);
    for (size_t p = 0; p < SQUARE; p++) {
        struct rect cell = inset(grid_cell(f, a, WORDS, WORDS, p / WORDS,
                                           p % WORDS), 1.5f);
        if (painted.seen[p])
            draw_round(f, cell, 3, paint(f, SERIES_1));
        else
            draw_frame(f, cell, 3, 1, paint(f, GRID));
        if (w.focused && f->keyboard && p == (size_t)painted.cell)
            draw_frame(f, cell, 3, 2.5f, paint(f, WARN));
    }
    float high = a.h / WORDS;
    draw_frame(f, (struct rect){ a.x, a.y + painted.word * high, a.w, high },
               4, 2, paint(f, INK));
    focus_ring(f, w, a, 3);
    say(f, w, "mask", painted.seen[painted.cell] ? "visible" : "hidden");
}
static void painted_print(FILE *out)
{
    fprintf(out, "query\tkey\tvisible\tweight\tgradient from word %.0f\n",
            (double)painted.word);
    for (int p = 0; p < SQUARE; p++)
        fprintf(out, "%d %s\t%d %s\t%d\t%.3f\t%.3f\n", p / WORDS,
                painted_words[p / WORDS], p % WORDS,
                painted_words[p % WORDS], painted.seen[p],
                (double)painted.weights[p],
                (double)painted.flow[p % WORDS]);
}

static struct chart paint_chart = {
    .control = { { CHOICE(&painted.preset, "all", "causal", "window",
                          "padding", "none") },
                 { SLIDER("layers", &painted.layers, 1, MOST_LAYERS, "%.0f"),
                   .step = 1 },
                 { SLIDER("word", &painted.word, 0, WORDS - 1, "%.0f"),
                   .step = 1 } },
    .compute = painted_compute, .table = painted_print,
    .panel = { { .title = "who may see whom", .draw = painted_draw,
                 .high = 2.1f, .tall = 2.2f },
        { .title = "weights, first layer", .map = painted.weights,
          .rows = WORDS, .cols = WORDS, .hi = 1, .tall = 2.2f,
          .look = { .no_bar = true, .row_labels = painted_words,
                    .col_labels = painted_words, .show_numbers = true } },
        { .title = painted.title, .below = true, .y = "size",
          .names = painted_words, .n_names = WORDS, .series = {
              { "size", SERIES_2, MARK_BARS, WORDS, .y = painted.flow,
                .size = .6f } } } },
};
CHART(paint)

static const struct figure figures[] = {
    { "date", 720, 400, 480,
      "A text field with a date, the answer of the model, and a map with a "
      "row for each letter of the answer and a column for each letter of the "
      "text. The year's digits have their weight on the year, the month's on "
      "the name of the month, the day's on the day.",
      date_frame, date_table },
    { "finite", 720, 330, 520,
      "Two bar charts of weights. Minus ten thousand was added to the scores "
      "of two hidden keys out of six, and one of the two has all the weight, "
      "in red. Where all six are hidden, one of them still has all the "
      "weight.",
      finite_frame, finite_table },
    { "paint", 720, 540, 860,
      "Left a grid of seven by seven cells, filled below and on the "
      "diagonal: a causal mask. Right the weights, which are zero above the "
      "diagonal. Below a bar for each word, the gradient from the output of "
      "the fifth word: the first five words have one, the last two have "
      "none.",
      paint_frame, paint_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static const struct command_option options[] = {
    { "causal", OPTION_FLAG, &hide.causal, NULL, "hide keys j > i + m - n" },
    { "sliding-window", OPTION_SIZE, &hide.window, "W",
      "hide keys that are W or more places away", "1.." },
    { "date", OPTION_TEXT, &given.text, "TEXT", "rewrite this date" },
    { "map", OPTION_FLAG, .help = "and where each letter looked" },
    { "pad", OPTION_SIZE, &given.pad, "N", "pad to N letters", "0..48" },
    { "no-mask", OPTION_FLAG, &how.unmasked, NULL, "show the model padding" },
    { "train", OPTION_FLAG, .help = "train the model of dates" },
    { "steps", OPTION_SIZE, &reader.steps, "N", "of the whole run", "1.." },
    { "batch", OPTION_SIZE, &how.batch, "N", "dates in a step", "1..4096" },
    { "seed", OPTION_SEED, &reader.seed, "S", "of weights and dates" },
    { "save", OPTION_WRITES, &reader.save, "F.safetensors", "write the run" },
    { "load", OPTION_READS, &reader.load, "F.safetensors",
      "go on with a run, or use its weights for --date" },
    { "results", OPTION_FLAG, .help =
      "print the numbers that the chapter quotes" },
    { "study", OPTION_FLAG, .help =
      "train all that the chapter compares; writes data/weights" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, run_results, "print the book's numbers" },
    { "study", NULL, "steps", run_study, "train what the chapter compares" },
    { "train load", NULL, "steps batch no-mask save", run_train,
      "go on with a run" },
    { "train", NULL, "steps batch seed no-mask save", run_train,
      "train the model of dates" },
    { "date", NULL, "map pad no-mask load", run_date,
      "print this date as YYYY-MM-DD" },
    { "scores", NULL, "causal lengths sliding-window mask weights",
      run_scores, "mask scores" },
    { NULL, "q k v", "causal lengths sliding-window mask weights out",
      run_attention, "attend with a mask" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "mask",
        "attention with masks, and a model that reads dates",
        "mask --date \"Thursday, 5 March 1987\" --map",
        options, ports, modes }, argc, argv);
}
#endif
