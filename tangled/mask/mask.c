/* mask.c -- generated from chapters/11-mask.nw. Do not edit. */
#include "kit/figure.h"
#include "kit/npy.h"
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
#ifdef __wasm__
#define WEIGHTS_SECTION ".section .rodata.mask_weights,\"\",@\n"
#else
#define WEIGHTS_SECTION ".section .rodata.mask_weights,\"a\",%progbits\n"
#endif
__asm__(WEIGHTS_SECTION ".globl mask_weights\n" "mask_weights:\n"
    ".incbin \"data/weights/mask.safetensors\"\n"
    ".size mask_weights, . - mask_weights\n" ".text\n");
extern const unsigned char mask_weights[];

enum { DATE_WIDTH = 48 };

static struct date_model model_embedded(void)
{
    struct date_model x = date_model_new(DATE_WIDTH, 1);
    weights_embedded(x.tape, mask_weights);
    return x;
}

/* read_date: the answer for one text, and the weights (10, width). */
static const float *read_date(char iso[11], struct date_model *x,
                              struct dates *one, const char *text,
                              size_t width)
{
    struct tensor *map;
    dates_put(one, 0, text, -1);
    dates_close(one, width);
    date_answers((char (*)[11])iso, x, one);
    tape_begin(x->tape);
    date_scores(x, one, &map);
    return map->weights;
}

#ifndef __wasm__
/* a step of training on dates */
static float train_step(struct training *t, struct date_model *x,
                        struct dates *d)
{
    struct random random = training_random(t);
    dates_draw(d, &random, false);
    tape_begin(x->tape);
    struct tensor *scores = date_scores(x, d, NULL);
    struct tensor *loss = tape_cross_entropy(x->tape, scores, d->target, 0,
                                             -1);
    float value = loss->data[0];
    training_step(t, loss);
    return value;
}

static struct {
    const char *scores, *q, *k, *v, *lengths, *mask, *weights, *out;
    const char *date, *save, *load;
    size_t window, pad, steps, batch, threads;
    uint64_t seed;
    bool causal, map, no_mask, train, results, study;
} given = { .steps = 2500, .batch = 64, .seed = 1 };

struct run { struct date_model *model; struct dates dates; };

static float run_step(struct training *t, void *model)
{
    struct run *run = model;
    return train_step(t, run->model, &run->dates);
}

static double held_out_right(const struct date_model *x, size_t n)
{
    struct random random = random_new(given.seed, 7);
    struct date_text *texts = allocate(n, sizeof *texts);
    char (*iso)[11] = allocate(n, sizeof *iso);
    for (size_t i = 0; i < n; i++)
        texts[i] = date_draw(&random, true);
    ask_dates(iso, x, texts, n, TOGETHER);
    double right = dates_right(texts, iso, n);
    free(texts), free(iso);
    return right;
}

static struct training date_training(struct date_model *x)
{
    struct training t = training_new(x->tape, given.steps, given.seed);
    t.rate = 4e-3;
    return t;
}

static int run_train(void)
{
    struct date_model x = date_model_new(DATE_WIDTH, given.seed);
    struct training t = date_training(&x);
    char kind[64];
    x.unmasked = given.no_mask;
    snprintf(kind, sizeof kind, "batch %zu, %s mask", given.batch,
             given.no_mask ? "no" : "with");
    t.kind = kind;
    if (given.load && command_given("seed"))
        fail("--seed: the run in %s has its own", given.load);
    struct run run = { &x, dates_new(given.batch) };
    int status = training_run(&t, &(struct training_task){
        .load = given.load, .save = given.save, .model = &run,
        .step = run_step,
        .steps = command_given("steps") ? given.steps : 0 });
    dates_free(&run.dates);
    printf("step %zu of %zu: %.2f %% of 1000 held-out dates are right\n",
           t.step, t.steps, 100 * held_out_right(&x, 1000));
    training_free(&t), date_model_free(&x);
    return status;
}
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
    if (given.pad > DATE_LONGEST)
        fail("--pad: the model reads %d letters at most", DATE_LONGEST);
}

static void print_map(const char *text, size_t width, const char *iso,
                      const float *weights)
{
    printf("  ");
    for (size_t j = 0; j < width; j++)
        printf(" %c", j < strlen(text) ? text[j] : '_');
    for (size_t i = 0; i < DATE_PLACES; i++) {
        printf("\n%c ", iso[i]);
        for (size_t j = 0; j < width; j++)
            printf(" %c", ".123456789#"[lroundf(10 * weights[i * width
                                                             + j])]);
    }
    printf("\n");
}

static void model_load(struct date_model *x)
{
    if (given.load)
        weights_load(given.load, x->tape);
    x->unmasked = given.no_mask;
}

static void run_date(void)
{
    require_text(given.date);
    struct date_model x = model_embedded();
    struct dates one = dates_new(1);
    char iso[11];
    model_load(&x);
    const float *weights = read_date(iso, &x, &one, given.date, given.pad);
    printf("%s\n", iso);
    if (given.map)
        print_map(given.date, one.width, iso, weights);
    dates_free(&one), date_model_free(&x);
}
static struct array read_array(const char *path, bool infinite)
{
    char text[ARRAY_TEXT];
    struct array x = npy_read(path);
    if (x.rank < 2 || x.rank > 3 || x.count == 0)
        fail("%s: has the shape %s; wanted are (rows, columns) or (B, rows, "
             "columns)", path, array_text(text, &x));
    for (size_t i = 0; i < x.count; i++)
        if (!isfinite(x.data[i]) && !(infinite && x.data[i] == -INFINITY))
            fail("%s: element %zu is %g", path, i, (double)x.data[i]);
    return x;
}

static size_t array_batch(const struct array *x)
{
    return x->rank == 3 ? x->shape[0] : 1;
}

static size_t array_rows(const struct array *x)
{
    return x->shape[x->rank - 2];
}

static size_t array_columns(const struct array *x)
{
    return x->shape[x->rank - 1];
}

static void require_fit(bool fits, const char *path, const struct array *x,
                        const char *why, const char *other,
                        const struct array *y)
{
    char mine[ARRAY_TEXT], theirs[ARRAY_TEXT];
    if (!fits)
        fail("%s: has the shape %s, which does not fit %s of %s, %s", path,
             array_text(mine, x), array_text(theirs, y), other, why);
}
static void hide_lengths(struct mask *mask, const char *path)
{
    struct array a = npy_read_whole(given.lengths);
    size_t *lengths = allocate(mask->batch, sizeof *lengths);
    char text[ARRAY_TEXT];
    if (a.rank != 1 || a.count != mask->batch)
        fail("%s: has the shape %s; wanted is (%zu,), a length for each "
             "example of %s", given.lengths, array_text(text, &a),
             mask->batch, path);
    for (size_t b = 0; b < a.count; b++) {
        float length = a.data[b];
        if (!(length >= 1 && length <= (float)mask->m)
            || length != floorf(length))
            fail("%s: length %zu is %g, and should be a whole number from 1 "
                 "to %zu, the keys of %s", given.lengths, b, (double)length,
                 mask->m, path);
        lengths[b] = (size_t)length;
    }
    mask_padding(mask, lengths);
    free(lengths), array_free(&a);
}

static void hide_painted(struct mask *mask)
{
    struct array a = npy_read(given.mask);
    size_t one = mask->n * mask->m;
    bool fits = a.rank >= 2 && a.rank <= 3
        && array_rows(&a) == mask->n && array_columns(&a) == mask->m
        && (array_batch(&a) == 1 || array_batch(&a) == mask->batch);
    char text[ARRAY_TEXT];
    if (!fits)
        fail("%s: has the shape %s; wanted is (%zu, %zu) or (%zu, %zu, %zu), "
             "a number for each query and key", given.mask,
             array_text(text, &a), mask->n, mask->m, mask->batch, mask->n,
             mask->m);
    for (size_t p = 0; p < mask->batch * one; p++) {
        float seen = a.data[a.count == one ? p % one : p];
        if (seen != 0 && seen != 1)
            fail("%s: element %zu is %g, and not 0 or 1", given.mask,
                 a.count == one ? p % one : p, (double)seen);
        mask->visible[p] = seen != 0 && mask->visible[p];
    }
    array_free(&a);
}

static struct array like(const struct array *x, size_t rows, size_t columns)
{
    size_t shape[3] = { array_batch(x), rows, columns };
    return array_new(x->rank, shape + 3 - x->rank);
}
static struct mask build_mask(const char *path, size_t batch, size_t n,
                              size_t m)
{
    struct mask mask = mask_new(batch, n, m);
    if (given.causal)
        mask_causal(&mask);
    if (given.window)
        mask_window(&mask, given.window);
    if (given.lengths)
        hide_lengths(&mask, path);
    if (given.mask)
        hide_painted(&mask);
    return mask;
}

static struct output *deliver(const char *name, const struct array *x,
                              const char *path)
{
    char text[ARRAY_TEXT];
    if (!given.weights && !given.out) {
        printf("%s %s\n", name, array_text(text, x));
        for (size_t i = 0; i < x->count; i++)
            printf("%8.4f%s", (double)x->data[i],
                   (i + 1) % array_columns(x) ? "" : "\n");
    }
    return path ? npy_open(path, x) : NULL;
}

static void run_scores(void)
{
    struct array x = read_array(given.scores, true);
    struct mask mask = build_mask(given.scores, array_batch(&x),
                                  array_rows(&x), array_columns(&x));
    masked_softmax(x.data, x.data, &mask, mask.batch);
    struct output *file = deliver("weights", &x, given.weights);
    if (file)
        output_commit(file);
    mask_free(&mask), array_free(&x);
}

static struct masked arrays_task(const struct array *q,
                                 const struct array *k,
                                 const struct array *v)
{
    require_fit(k->rank == q->rank && array_batch(k) == array_batch(q),
                given.k, k, "examples", given.q, q);
    require_fit(array_columns(k) == array_columns(q), given.k, k, "columns",
                given.q, q);
    require_fit(v->rank == k->rank && array_batch(v) == array_batch(k),
                given.v, v, "examples", given.k, k);
    require_fit(array_rows(v) == array_rows(k), given.v, v, "rows", given.k,
                k);
    return (struct masked){ array_batch(q), array_rows(q), array_rows(k),
                            array_columns(q), array_columns(v), NULL, 0 };
}

static void run_attention(void)
{
    struct array q = read_array(given.q, false);
    struct array k = read_array(given.k, false);
    struct array v = read_array(given.v, false);
    struct masked t = arrays_task(&q, &k, &v);
    struct mask mask = build_mask(given.k, t.batch, t.n, t.m);
    struct array out = like(&q, t.n, t.c), weights = like(&q, t.n, t.m);
    t.seen = &mask;
    masked_forward(out.data, weights.data, q.data, k.data, v.data, &t);
    /* refuse what has become too large */
    for (size_t i = 0; i < out.count; i++)
        if (!isfinite(out.data[i]))
            fail("%s and %s: query %zu has scores that are too large for a "
                 "float", given.q, given.k, i / t.c);
    /* deliver weights and output together */
    struct output *files[2] = {
        deliver("weights", &weights, given.weights),
        deliver("out", &out, given.out),
    };
    for (int i = 0; i < 2; i++)
        if (files[i])
            output_commit(files[i]);
    array_free(&q), array_free(&k), array_free(&v);
    array_free(&out), array_free(&weights), mask_free(&mask);
}
enum { SAMPLES = 2000 };

struct sample {
    struct date_text text[SAMPLES];
    char iso[COMPANIES][SAMPLES][11];
};

static struct sample *sample_new(void)
{
    struct sample *s = allocate(1, sizeof *s);
    struct random random = random_new(2, 9);
    for (size_t i = 0; i < SAMPLES; i++)
        s->text[i] = date_draw(&random, true);
    return s;
}

/* sample_ask: asks the model, and prints NAME.together = ... and so on. */
static void sample_ask(struct sample *s, const struct date_model *x,
                       const char *name)
{
    for (enum company c = 0; c < COMPANIES; c++) {
        ask_dates(s->iso[c], x, s->text, SAMPLES, c);
        printf("mask.%s.%s = %.4f\n", name, company_names[c],
               dates_right(s->text, s->iso[c], SAMPLES));
    }
}

static double sample_differs(const struct sample *s)
{
    double differ = 0;
    for (size_t i = 0; i < SAMPLES; i++)
        differ += strcmp(s->iso[TOGETHER][i], s->iso[ALONE][i]) != 0;
    return differ / SAMPLES;
}

/* look_at: the mean weight that places first to last of the answer have on
 * letters from - 1 to end, in total [0]; the share of these letters [1]. */
static void look_at(double total[2], const float *weights, size_t width,
                    size_t first, size_t last, const char *text,
                    const char *part, size_t length)
{
    size_t from = (size_t)(part - text), end = from + length;
    from -= from > 0;
    end += end < width;
    /* add the weights on these letters */
    for (size_t i = first; i <= last; i++)
        for (size_t j = from; j < end; j++)
            total[0] += (double)weights[i * width + j]
                      / (double)(last - first + 1);
    total[1] += (double)(end - from) / (double)width;
}

static bool look(double month[2], double year[2], struct date_model *x,
                 struct dates *one, const struct date_text *t)
{
    struct date d = date_of(t->day);
    const char *name = date_months[d.month - 1];
    char digits[16], brief[4] = { name[0], name[1], name[2] }, iso[11];
    snprintf(digits, sizeof digits, "%d", d.year);
    const char *part = strstr(t->text, brief), *at = strstr(t->text, digits);
    size_t width = strlen(t->text);
    size_t length = strstr(t->text, name) ? strlen(name) : 3;
    if (!part)
        return false;
    const float *weights = read_date(iso, x, one, t->text, 0);
    look_at(month, weights, width, 5, 6, t->text, part, length);
    look_at(year, weights, width, 0, 3, t->text, at, 4);
    return true;
}

static void print_look(struct date_model *x, const struct sample *s)
{
    double month[2] = { 0 }, year[2] = { 0 }, count = 0;
    struct dates one = dates_new(1);
    for (size_t i = 0; i < SAMPLES; i++)
        count += look(month, year, x, &one, &s->text[i]);
    printf("mask.look.month = %.3f\nmask.chance.month = %.3f\n"
           "mask.look.year = %.3f\nmask.chance.year = %.3f\n",
           month[0] / count, month[1] / count, year[0] / count,
           year[1] / count);
    dates_free(&one);
}

static struct date_model study_train(bool unmasked)
{
    struct date_model x = date_model_new(DATE_WIDTH, given.seed);
    struct training t = date_training(&x);
    double start = seconds_now();
    x.unmasked = unmasked;
    struct run run = { &x, dates_new(given.batch) };
    training_steps(&t, &(struct training_task){
                       .model = &run, .step = run_step }, t.steps);
    dates_free(&run.dates);
    if (!unmasked)
        printf("mask.study.parameters = %zu\nmask.study.steps = %zu\n"
               "mask.study.time.train = %.1f\n", x.tape->size, t.step,
               seconds_now() - start);
    training_free(&t);
    return x;
}

static void print_study(void)
{
    struct sample *s = sample_new();
    struct date_model x = study_train(false), y = study_train(true);
    weights_save("data/weights/mask.safetensors", x.tape);
    sample_ask(s, &x, "study.masked");
    printf("mask.study.differ.masked = %.4f\n", sample_differs(s));
    x.unmasked = true;
    sample_ask(s, &x, "study.opened");
    sample_ask(s, &y, "study.unmasked");
    printf("mask.study.differ.unmasked = %.4f\n", sample_differs(s));
    date_model_free(&x), date_model_free(&y), free(s);
}

static void print_results(void)
{
    struct sample *s = sample_new();
    struct date_model x = date_model_new(DATE_WIDTH, 1);
    weights_load("data/weights/mask.safetensors", x.tape);
    sample_ask(s, &x, "committed");
    print_look(&x, s);
    date_model_free(&x), free(s);
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
    for (size_t i = 0; i < WORDS * WORD; i++)
        x[0][i] = random_normal(&random);
    for (size_t l = 0; l < layers; l++) {
        memset(q, 0, sizeof q);
        add_exchanged(q, x[l]);
        masked_forward(x[l + 1], a[l], q, x[l], x[l], &t);
    }
    for (size_t i = 0; i < WORD; i++)
        d[layers][word * WORD + i] = random_normal(&random);
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
    { "scores", OPTION_TEXT, &given.scores, "S.npy", "(n, m) or (B, n, m)" },
    { "q", OPTION_TEXT, &given.q, "Q.npy", "queries (n, d) or (B, n, d)" },
    { "k", OPTION_TEXT, &given.k, "K.npy", "keys (m, d) or (B, m, d)" },
    { "v", OPTION_TEXT, &given.v, "V.npy", "values (m, c) or (B, m, c)" },
    { "weights", OPTION_TEXT, &given.weights, "A.npy", "write the weights" },
    { "out", OPTION_TEXT, &given.out, "O.npy", "write the output" },
    { "causal", OPTION_FLAG, &given.causal, NULL, "hide keys j > i + m - n" },
    { "lengths", OPTION_TEXT, &given.lengths, "L.npy",
      "(B): hide keys from there on" },
    { "sliding-window", OPTION_SIZE, &given.window, "W",
      "hide keys that are W or more places away" },
    { "mask", OPTION_TEXT, &given.mask, "M.npy",
      "(n, m) or (B, n, m): 1 visible, 0 hidden" },
    /* options for dates */
    { "date", OPTION_TEXT, &given.date, "TEXT", "print this date as YYYY-MM-DD" },
    { "map", OPTION_FLAG, &given.map, NULL, "and where each letter looked" },
    { "pad", OPTION_SIZE, &given.pad, "N", "pad the text to N letters" },
    { "no-mask", OPTION_FLAG, &given.no_mask, NULL, "show the model padding" },
    { "train", OPTION_FLAG, &given.train, NULL, "train the model of dates" },
    { "steps", OPTION_SIZE, &given.steps, "N", "of the whole run" },
    { "batch", OPTION_SIZE, &given.batch, "N", "dates in a step" },
    { "save", OPTION_TEXT, &given.save, "F.safetensors", "write the run" },
    { "load", OPTION_TEXT, &given.load, "F.safetensors",
      "go on with a run, or use its weights for --date" },
    { "seed", OPTION_SEED, &given.seed, "S", "of weights and dates" },
    { "threads", OPTION_SIZE, &given.threads, "N", "0: one for each core" },
    { "results", OPTION_FLAG, &given.results, NULL,
      "print the numbers that the chapter quotes" },
    { "study", OPTION_FLAG, &given.study, NULL,
      "train all that the chapter compares; writes data/weights" },
    FIGURE_OPTIONS,
    { 0 }
};

static const struct command command = {
    .name = "mask",
    .summary = "attention with masks, and a model that reads dates",
    .usage =
        /* usage of mask */
        "mask --scores S.npy [--causal] [--lengths L.npy] [--mask M.npy] \\\n"
        "     [--sliding-window W] [--weights A.npy]\n"
        "mask --q Q.npy --k K.npy --v V.npy [...] [--out O.npy]\n"
        "mask --date TEXT [--map] [--pad N] [--no-mask] [--load F.safetensors]\n"
        "mask --train [--steps N] [--batch N] [--no-mask] [--seed S] \\\n"
        "     [--save F.safetensors] [--load F.safetensors]",
    .example = "mask --date \"Thursday, 5 March 1987\" --map",
    .options = options,
};

static void require_request(void)
{
    const bool arrays = given.q || given.k || given.v;
    if (!!given.scores + arrays + !!given.date + given.train != 1)
        fail("one of --scores, --q, --date and --train is wanted");
    if (arrays && !(given.q && given.k && given.v))
        fail("--q, --k and --v are needed together");
    command_alone("scores",
                  "causal lengths sliding-window mask weights threads");
    command_alone("q", "k v causal lengths sliding-window mask weights out"
                       " threads");
    command_alone("date", "map pad no-mask load threads");
    command_alone("train", "steps batch save load seed no-mask threads");
    if (given.batch < 1 || given.batch > 4096)
        fail("--batch: %zu is not between 1 and 4096", given.batch);
    if (given.steps < 1)
        fail("--steps: there are none");
    if (command_given("sliding-window") && given.window == 0)
        fail("--sliding-window: 0 places would hide everything");
}

int main(int argc, char **argv)
{
    if (argc == 1)
        command_usage(&command);
    if (command_parse(&command, argc, argv) > 0)
        fail("\"%s\" is not an option (try --help)", argv[1]);
    command_threads(given.threads);
    if (figure_requested())
        return figure_run(figures);
    command_alone("results", "threads");
    command_alone("study", "threads");
    if (given.results)
        return print_results(), 0;
    if (given.study)
        return print_study(), 0;
    require_request();
    if (given.train)
        return run_train();
    given.scores ? run_scores() : given.date ? run_date() : run_attention();
    return 0;
}
#endif

