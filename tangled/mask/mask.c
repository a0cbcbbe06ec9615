/* mask.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "mask/dates.h"

/* the wrong ways to mask */
enum wrong { RIGHT_WAY, BARE_INFINITY, ADD_BILLION, ADD_TEN_THOUSAND,
             MASK_AFTER, WAYS };

static void wrong_softmax(float *out, const float *scores,
                          const uint8_t *visible, size_t m, enum wrong how)
{
    const float hide[WAYS] = { -INFINITY, -INFINITY, -1e9f, -1e4f, 0 };
    float sum = 0;
    for (size_t j = 0; j < m; j++)
        out[j] = scores[j] + (visible[j] ? 0 : hide[how]);
    if (how == RIGHT_WAY) {
        softmax(out, out, m);
        return;
    }
    const float max = row_max(out, m);
    for (size_t j = 0; j < m; j++) {
        out[j] = expf(out[j] - max);
        if (how == MASK_AFTER && !visible[j])
            out[j] = 0;
        sum += out[j];
    }
    for (size_t j = 0; j < m; j++)
        out[j] /= sum;
}
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
    tape_begin(x->tape);
    const float *scores = date_scores(x, one, &map)->data;
    return all_finite(scores, DATE_PLACES * DATE_CLASSES)
        && all_finite(map->weights, DATE_PLACES * one->width)
        ? map->weights : NULL;
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
/* a step of training on dates */
struct how { size_t width, batch; bool unmasked; };
struct reader { struct date_model model; struct dates dates; };

static void *reader_make(struct tape *tape, const void *how, uint64_t seed)
{
    const struct how *h = how;
    struct reader *r = allocate(1, sizeof *r);
    *r = (struct reader){ date_model_new(h->width, seed),
                          dates_new(h->batch) };
    struct tape empty = *tape;
    *tape = *r->model.tape, *r->model.tape = empty;
    tape_free(r->model.tape);
    r->model.tape = tape, r->model.unmasked = h->unmasked;
    return r;
}

static void reader_forget(void *model)
{
    dates_free(&((struct reader *)model)->dates);
    free(model);
}
static struct tensor *reader_loss(void *model, struct training *t, void *data)
{
    struct reader *r = model;
    struct random random = training_random(t);
    REQUIRE(r && !data);
    dates_draw(&r->dates, &random, false);
    tape_begin(t->tape);
    return tape_cross_entropy(t->tape, date_scores(&r->model, &r->dates,
                              NULL), r->dates.target, 0, -1);
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
        fail("--load %s: weights so large that the model overflows",
             shown(reader.load));
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
/* the figure of a date */
static struct {
    char text[DATE_LONGEST + 1], iso[11];
    float pad, weights[DATE_PLACES * DATE_LONGEST];
    bool masked, ready;
    size_t width;
    struct date_model model;
    struct dates one;
} asked = { .text = "Thursday, 5 March 1987", .pad = 28, .masked = true };

static void asked_answer(void)
{
    if (!asked.ready) {
        asked.model = model_embedded();
        asked.one = dates_new(1);
        asked.ready = true;
    }
    /* drop what has no sign, and let a blank stand for no text */
    char text[DATE_LONGEST + 1] = " ";
    size_t length = 0;
    for (const char *c = asked.text; *c; c++)
        if (*c >= ' ' && *c <= '~')
            text[length++] = *c;
    if (length > 0)
        text[length] = '\0';
    size_t pad = (size_t)asked.pad;
    asked.model.unmasked = !asked.masked;
    const float *weights = read_date(asked.iso, &asked.model, &asked.one,
                                     text, pad);
    asked.width = asked.one.width;
    memcpy(asked.weights, weights,
           DATE_PLACES * asked.width * sizeof *weights);
}
static void asked_map(struct frame *f, struct rect r)
{
    static char letters[DATE_LONGEST][2], places[DATE_PLACES][2];
    const char *columns[DATE_LONGEST], *rows[DATE_PLACES];
    const size_t length = strlen(asked.text);
    /* label rows and columns with single letters */
    for (size_t j = 0; j < asked.width; j++) {
        letters[j][0] = j < length ? asked.text[j] : '_';
        columns[j] = letters[j];
    }
    for (size_t i = 0; i < DATE_PLACES; i++) {
        places[i][0] = asked.iso[i];
        rows[i] = places[i];
    }
    const struct heatmap look = { .no_bar = f->narrow, .row_labels = rows,
        .col_labels = columns, .format = "%.3f" };
    heatmap(f, r, asked.weights, DATE_PLACES, asked.width, 0, 1, &look);
}
static void asked_say(struct frame *f, float x, float y)
{
    const size_t length = strlen(asked.text);
    float leak = 0;
    for (size_t p = 0; p < DATE_PLACES * asked.width; p++)
        leak += p % asked.width >= length ? asked.weights[p] : 0;
    float w = draw_text(f, x, y, 22, ALIGN_LEFT | TEXT_BOLD, paint(f, INK),
                        "%s", asked.iso);
    draw_text(f, x + w + 16, y - 2, TEXT_SIZE, ALIGN_LEFT,
              paint(f, leak > 0 ? WARN : MUTED), "%.0f %% %son padding",
              100 * (double)leak / DATE_PLACES,
              f->narrow ? "" : "of the weight is ");
}

static struct rect asked_controls(struct frame *f, struct rect r)
{
    const float length = (float)strlen(asked.text);
    /* rectangles for text, padding and mask */
    struct rect field = { r.x, r.y + 6, r.w - 290, 34 };
    struct rect pad = { field.x + field.w + 16, r.y, 170, 44 };
    const float below = f->narrow ? 100 : 54;
    if (f->narrow) {
        field.w = r.w;
        pad = (struct rect){ r.x, r.y + 48, r.w - 106, 44 };
    }
    struct rect mask = { pad.x + pad.w + 18, pad.y + 8, 80, 30 };
    text_field(f, field, asked.text, sizeof asked.text);
    float least = fmaxf(length, 1);
    asked.pad = asked.pad < least ? least : asked.pad;
    slider(f, pad, "padded to", &asked.pad, least, DATE_LONGEST, "%.0f");
    asked.pad = roundf(asked.pad);
    toggle(f, mask, "mask", &asked.masked);
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}
static bool asked_frame(struct frame *f)
{
    struct rect r = { 16, 8, f->width - 32, f->height - 16 };
    r = asked_controls(f, r);
    asked_answer();
    asked_say(f, r.x, r.y + 22);
    r.y += 36, r.h -= 36;
    asked_map(f, r);
    return false;
}

static void asked_table(FILE *out)
{
    const size_t length = strlen(asked.text);
    asked_answer();
    fprintf(out, "answer");
    for (size_t j = 0; j < length; j++)
        fprintf(out, "\t%c", asked.text[j] == ' ' ? '_' : asked.text[j]);
    for (size_t j = length; j < asked.width; j++)
        fputs("\tpadding", out);
    for (size_t i = 0; i < DATE_PLACES; i++) {
        fprintf(out, "\n%c", asked.iso[i]);
        for (size_t j = 0; j < asked.width; j++)
            fprintf(out, "\t%.2f",
                    (double)asked.weights[i * asked.width + j]);
    }
    fprintf(out, "\n");
}
/* the figure of finite masks */
enum { FINITE_KEYS = 6 };
static struct { int how; float size; }
    wrong_now = { ADD_TEN_THOUSAND, 10000 };

static void finite_weights(float *out, int all)
{
    static const float scores[FINITE_KEYS] = { -.7f, -.9f, -.5f, -.8f, .9f,
                                               .6f };
    const uint8_t visible[2][FINITE_KEYS] = { { 1, 1, 1, 1, 0, 0 }, { 0 } };
    float sized[FINITE_KEYS];
    for (int j = 0; j < FINITE_KEYS; j++)
        sized[j] = scores[j] * wrong_now.size;
    wrong_softmax(out, sized, visible[all], FINITE_KEYS,
                  (enum wrong)wrong_now.how);
}
static void finite_row(struct frame *f, struct rect r, int all)
{
    float weights[FINITE_KEYS], leak = 0;
    finite_weights(weights, all);
    struct plot p = plot_new(f, (struct rect){ r.x, r.y + 24, r.w, r.h - 24 },
                             -.6f, FINITE_KEYS - .4f, 0, 1);
    /* draw axes whose names tell what is hidden */
    static const char *const names[2][FINITE_KEYS] = {
        { "0", "1", "2", "3", "(4)", "(5)" },
        { "(0)", "(1)", "(2)", "(3)", "(4)", "(5)" }
    };
    plot_axes_names(&p, names[all], FINITE_KEYS, "weight");
    for (int j = 0; j < FINITE_KEYS; j++) {
        bool hidden = all || j >= 4;
        float x = (float)j;
        leak += hidden ? weights[j] : 0;
        plot_bars(&p, &x, &weights[j], 1, .7f,
                  paint(f, hidden ? WARN : SERIES_1));
    }
    /* say what the row has come to */
    const char *title = all ? "all hidden" : "two hidden";
    float w = draw_text(f, r.x, r.y + 14, TEXT_SIZE, TEXT_BOLD, paint(f, INK),
                        "%s", title);
    if (isnan(weights[0]))
        draw_text(f, r.x + w + 14, r.y + 14, TEXT_SIZE, ALIGN_LEFT,
                  paint(f, WARN), "every weight is NaN");
    else
        draw_text(f, r.x + w + 14, r.y + 14, TEXT_SIZE, ALIGN_LEFT,
                  paint(f, leak > 0 ? WARN : MUTED), "%.3g %% on hidden keys",
                  100 * (double)leak);
}
static bool finite_frame(struct frame *f)
{
    struct rect r = { 16, 8, f->width - 32, f->height - 16 };
    struct rect ways = { r.x, r.y + 4, f->narrow ? r.w : 440, 32 };
    struct rect size = { r.x + 460, r.y, r.w - 460, 44 };
    float below = f->narrow ? 104 : 58;
    if (f->narrow)
        size = (struct rect){ r.x, r.y + 48, r.w, 44 };
    choice(f, ways, wrong_names, WAYS, &wrong_now.how);
    slider_log(f, size, "size of scores", &wrong_now.size, 1, 1e5f, "%.0f");
    r.y += below, r.h -= below;
    struct rect left = r, right = r;
    left.w = right.w = r.w / 2 - 12, right.x += r.w / 2 + 12;
    if (f->narrow) {
        left = right = r;
        left.h = right.h = r.h / 2 - 6, right.y += r.h / 2 + 6;
    }
    finite_row(f, left, 0);
    finite_row(f, right, 1);
    return false;
}

static void finite_table(FILE *out)
{
    const int was = wrong_now.how;
    fprintf(out, "way\thidden\t0\t1\t2\t3\t4\t5\n");
    for (int row = 0; row < 2 * WAYS; row++) {
        float weights[FINITE_KEYS];
        wrong_now.how = row / 2;
        finite_weights(weights, row % 2);
        fprintf(out, "%s\t%s", wrong_names[row / 2],
                row % 2 ? "all" : "4, 5");
        for (int j = 0; j < FINITE_KEYS; j++)
            fprintf(out, "\t%.4f", (double)fabsf(weights[j]));
        fprintf(out, "\n");
    }
    wrong_now.how = was;
}
/* the figure to paint */
enum { WORDS = 7, WORD = 8, SQUARE = WORDS * WORDS, MOST_LAYERS = 3 };
static const char *const painted_words[WORDS] = {
    "the", "cat", "sat", "on", "the", "mat", "."
};
static struct {
    uint8_t seen[SQUARE];
    float weights[SQUARE], flow[WORDS], layers;
    int preset, word, cell, color;
    bool begun;
} painted = { .preset = 1, .word = 4, .layers = 1, .color = -1 };

static void painted_preset(void)
{
    struct mask mask = mask_over(painted.seen, 1, WORDS, WORDS);
    const size_t length = 5;
    if (painted.preset == 1)
        mask_causal(&mask);
    if (painted.preset == 2)
        mask_window(&mask, 2);
    if (painted.preset == 3)
        mask_padding(&mask, &length);
    if (painted.preset == 4)
        memset(painted.seen, 0, SQUARE);
}
static void add_exchanged(float *out, const float *x)
{
    for (int i = 0; i < WORDS * WORD; i++)
        out[i] += x[i ^ WORD / 2];
}
static void painted_compute(void)
{
    static float x[MOST_LAYERS + 1][WORDS * WORD], q[WORDS * WORD];
    static float d[MOST_LAYERS + 1][WORDS * WORD], dq[WORDS * WORD];
    static float a[MOST_LAYERS][SQUARE];
    const struct mask mask = { 1, WORDS, WORDS, painted.seen };
    const struct masked t = { 1, WORDS, WORDS, WORD, WORD, &mask, .8f };
    const int layers = (int)painted.layers;
    struct random random = random_new(3, 0);
    memset(d, 0, sizeof d);
    for (int i = 0; i < WORDS * WORD; i++)
        x[0][i] = random_normal(&random);
    for (int l = 0; l < layers; l++) {
        memset(q, 0, sizeof q);
        add_exchanged(q, x[l]);
        masked_forward(x[l + 1], a[l], q, x[l], x[l], &t);
    }
    /* go back from the output of the chosen word */
    float scratch[2 * WORDS];
    for (int i = 0; i < WORD; i++)
        d[layers][painted.word * WORD + i] = random_normal(&random);
    for (int l = layers; l-- > 0; ) {
        memset(q, 0, sizeof q), memset(dq, 0, sizeof dq);
        add_exchanged(q, x[l]);
        masked_backward(dq, d[l], d[l], scratch, d[l + 1], a[l], q, x[l], x[l],
                        &t);
        add_exchanged(d[l], dq);
    }
    memcpy(painted.weights, a[0], sizeof a[0]);
    for (int j = 0; j < WORDS; j++)
        painted.flow[j] = sqrtf(row_dot(d[0] + j * WORD, d[0] + j * WORD,
                                        WORD));
}
static void painted_cell(struct frame *f, struct rect r, int p, bool keys)
{
    r = inset(r, 1.5f);
    if (painted.seen[p])
        draw_round(f, r, 3, paint(f, SERIES_1));
    else
        draw_frame(f, r, 3, 1, paint(f, GRID));
    if (keys && p == painted.cell)
        draw_frame(f, r, 3, 2.5f, paint(f, WARN));
}

static void painted_grid(struct frame *f, struct rect r)
{
    struct widget w = widget(f, r, CURSOR_GRAB);
    const float across = r.w / WORDS, high = r.h / WORDS;
    int col = (int)((f->pointer.x - r.x) / across);
    int row = (int)((f->pointer.y - r.y) / high);
    bool over = inside(r, f->pointer.x, f->pointer.y);
    /* paint by the pointer, or by keys */
    if (w.held && f->pointer.pressed && over)
        painted.color = !painted.seen[row * WORDS + col];
    if (w.held && f->pointer.down && over && painted.color >= 0) {
        painted.cell = row * WORDS + col, painted.word = row;
        painted.seen[painted.cell] = (uint8_t)painted.color;
    }
    if (w.focused && (arrow_x(f) || arrow_y(f)))
        painted.cell = (painted.cell + arrow_x(f) + WORDS * arrow_y(f) + SQUARE)
                     % SQUARE, painted.word = painted.cell / WORDS;
    if (w.focused && f->key == KEY_SPACE)
        painted.seen[painted.cell] = !painted.seen[painted.cell];
    for (int p = 0; p < SQUARE; p++)
        painted_cell(f, (struct rect){ r.x + (float)(p % WORDS) * across,
            r.y + (float)(p / WORDS) * high, across, high }, p,
            w.focused && f->keyboard);
    focus_ring(f, w, r, 3);
    say(f, w, "mask", painted.seen[painted.cell] ? "visible" : "hidden");
}
static void painted_left(struct frame *f, struct rect r)
{
    struct rect grid = { r.x + 34, r.y + 44, r.w - 34, r.h - 50 };
    draw_text(f, r.x, r.y + 12, TEXT_SIZE, TEXT_BOLD, paint(f, INK),
              "who may see whom");
    for (int i = 0; i < WORDS; i++) {
        float share = ((float)i + .5f) / WORDS;
        bool chosen = i == painted.word;
        draw_text(f, grid.x - 6, grid.y + share * grid.h, TEXT_SMALL,
                  ALIGN_RIGHT | ALIGN_MIDDLE | (chosen ? TEXT_BOLD : 0),
                  paint(f, chosen ? INK : MUTED), "%s", painted_words[i]);
        draw_text(f, grid.x + share * grid.w, grid.y - 6, TEXT_SMALL,
                  ALIGN_CENTER, paint(f, MUTED), "%s", painted_words[i]);
    }
    painted_grid(f, grid);
}

static void painted_right(struct frame *f, struct rect r)
{
    const struct heatmap look = { .title = "weights, first layer",
        .no_bar = true, .row_labels = painted_words,
        .col_labels = painted_words, .show_numbers = !f->narrow };
    heatmap(f, r, painted.weights, WORDS, WORDS, 0, 1, &look);
}
static void painted_flow(struct frame *f, struct rect r)
{
    float most = 1e-6f, xs[WORDS];
    for (int j = 0; j < WORDS; j++)
        most = fmaxf(most, painted.flow[j]), xs[j] = (float)j;
    struct plot p = plot_new(f, (struct rect){ r.x, r.y + 18, r.w, r.h - 18 },
                             -.6f, WORDS - .4f, 0, 1.1f * most);
    draw_text(f, r.x, r.y + 12, TEXT_SIZE, TEXT_BOLD, paint(f, INK),
              f->narrow ? "gradient from \"%s\" (%d)"
              : "gradient that the output of \"%s\" (word %d) sends back",
              painted_words[painted.word], painted.word);
    plot_axes_names(&p, painted_words, WORDS, "size");
    plot_bars(&p, xs, painted.flow, WORDS, .6f, paint(f, SERIES_2));
}

static struct rect painted_controls(struct frame *f, struct rect r)
{
    static const char *const presets[5] = { "all", "causal", "window",
                                            "padding", "none" };
    struct rect c = { r.x, r.y + 6, f->narrow ? r.w : 340, 32 };
    struct rect s = { r.x + 360, r.y, 130, 44 }, w = { r.x + 510, r.y,
                                                      r.w - 510, 44 };
    /* put the sliders below on a narrow page */
    if (f->narrow) {
        s = (struct rect){ r.x, r.y + 50, r.w / 2 - 10, 44 };
        w = (struct rect){ r.x + r.w / 2 + 10, r.y + 50, r.w / 2 - 10, 44 };
    }
    if (choice(f, c, presets, 5, &painted.preset) || !painted.begun)
        painted_preset();
    painted.begun = true;
    slider(f, s, "layers", &painted.layers, 1, MOST_LAYERS, "%.0f");
    painted.layers = roundf(painted.layers);
    float word = (float)painted.word;
    slider(f, w, "word", &word, 0, WORDS - 1, "%.0f");
    painted.word = (int)roundf(word);
    float below = f->narrow ? 100 : 56;
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}
static bool painted_frame(struct frame *f)
{
    struct rect r = { 16, 8, f->width - 32, f->height - 16 };
    r = painted_controls(f, r);
    float high = f->narrow ? 130 : 150, half = r.w / 2 - 10;
    struct rect left = { r.x, r.y, half, r.h - high }, right = left;
    right.x += half + 20;
    if (f->narrow) {
        left.w = right.w = r.w, right.x = r.x;
        left.h = right.h = (r.h - high) / 2, right.y += left.h;
    }
    painted_left(f, left);
    painted_compute();
    painted_right(f, right);
    painted_flow(f, (struct rect){ r.x, r.y + r.h - high + 8, r.w,
                                   high - 8 });
    return false;
}

static void painted_table(FILE *out)
{
    if (!painted.begun)
        painted_preset();
    painted_compute();
    fprintf(out, "query\tkey\tvisible\tweight\tgradient from word %d\n",
            painted.word);
    for (int p = 0; p < SQUARE; p++)
        fprintf(out, "%d %s\t%d %s\t%d\t%.3f\t%.3f\n", p / WORDS,
                painted_words[p / WORDS], p % WORDS,
                painted_words[p % WORDS], painted.seen[p],
                (double)painted.weights[p],
                (double)painted.flow[p % WORDS]);
}
static const struct figure figures[] = {
    /* the figures of mask */
    { "date", 720, 400, 480,
      "A text field with a date, the answer of the model, and a map with a row "
      "for each letter of the answer and a column for each letter of the text. "
      "The year's digits have their weight on the year, the month's on the "
      "name of the month, the day's on the day.",
      asked_frame, asked_table },
    { "finite", 720, 330, 520,
      "Two bar charts of weights. Minus ten thousand was added to the scores of "
      "two hidden keys out of six, and one of the two has all the weight, in "
      "red. Where all six are hidden, one of them still has all the weight.",
      finite_frame, finite_table },
    { "paint", 720, 540, 860,
      "Left a grid of seven by seven cells, filled below and on the diagonal: a "
      "causal mask. Right the weights, which are zero above the diagonal. Below "
      "a bar for each word, the gradient from the output of the fifth word: the "
      "first five words have one, the last two have none.",
      painted_frame, painted_table },
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
    { "study", NULL, NULL, run_study, "train what the chapter compares" },
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
