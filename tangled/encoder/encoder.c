/* encoder.c -- generated from chapters/14-encoder.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "encoder/glosses.h"
#include "encoder/shift.h"

EMBED(encoder_weights, EMBED_FILE("data/weights/encoder.safetensors"));
EMBED(shift_weights, EMBED_FILE("data/weights/encoder-shift.safetensors"));
EMBED(shift_causal_weights,
      EMBED_FILE("data/weights/encoder-shift-causal.safetensors"));

static struct trained *the_reader(void)
{
    static struct trained reader;
    if (!reader.tape)
        reader = trained_embedded(encoder_weights);
    return &reader;
}

static struct shift *the_shift(bool causal)
{
    static struct learned made[2];
    if (!made[causal].tape) {
        const struct shift_how how = { causal };
        struct learner l = shifter;
        l.how = &how, l.weights = causal ? shift_causal_weights
                                         : shift_weights;
        made[causal] = learner_trained(&l);
        made[causal].tape->no_grad = true;
    }
    return made[causal].model;
}
EMBED(encoder_text, EMBED_FILE("data/results/encoder-study.txt")
                    EMBED_FILE("data/results/encoder.txt"));
/* figure shift */
static struct {
    char text[SHIFT_LENGTH + 1];
    int causal, layer, head;
    char digits[SHIFT_LENGTH][2], says[SHIFT_LENGTH + 1];
    const char *labels[SHIFT_LENGTH];
    float map[SHIFT_LENGTH * SHIFT_LENGTH], loss[2][SHIFT_LENGTH];
    float floor;
    char note[40];
} shifts = { .text = "3141592653", .layer = 1 };
static struct chart shift_chart;
static void shifts_read(int causal, const int32_t *x)
{
    enum { N = SHIFT_LENGTH };
    struct shift *s = the_shift(causal);
    tape_reset(s->tape);
    s->e.looks = true;
    const float *logits = shift_logits(s, x, 1)->data;
    s->e.looks = false;
    for (size_t i = 0; i < N; i++, logits += SHIFT_TOKENS) {
        float logs[SHIFT_TOKENS];
        log_softmax(logs, logits, SHIFT_TOKENS);
        shifts.loss[causal][i] = -logs[i + 1 < N ? x[i + 1] : 0];
        if (causal == shifts.causal)
            shifts.says[i] = (char)('0' + (int)argmax(logits, SHIFT_TOKENS));
    }
    if (causal == shifts.causal)
        memcpy(shifts.map, s->e.seen[shifts.layer] + shifts.head * N * N,
               sizeof shifts.map);
}

static void shifts_compute(void)
{
    enum { N = SHIFT_LENGTH };
    int32_t x[N];
    size_t n = 0;
    for (const char *c = shifts.text; *c && n < N; c++)
        if (*c >= '1' && *c <= '9')
            x[n++] = *c - '0';
    for (; n < N; n++)
        x[n] = "3141592653"[n] - '0';
    for (size_t i = 0; i < N; i++) {
        shifts.digits[i][0] = (char)('0' + x[i]);
        shifts.labels[i] = shifts.digits[i];
    }
    shifts_read(0, x), shifts_read(1, x);
    snprintf(shifts.note, sizeof shifts.note, "says %s", shifts.says);
    shifts.floor = logf(9);
}
static struct chart shift_chart = {
    .control = { { FIELD("digits", shifts.text) },
        { CHOICE(&shifts.causal, "sees all", "causal") },
        { .label = "layer", CHOICE(&shifts.layer, "1", "2") },
        { .label = "head", CHOICE(&shifts.head, "1", "2", "3", "4") } },
    .compute = shifts_compute,
    .panel = {
        { .title = "weights of the head", .map = shifts.map,
          .rows = SHIFT_LENGTH, .cols = SHIFT_LENGTH, .hi = 1,
          .format = "%.3f", .tall = 1.5f,
          .look = { .row_labels = shifts.labels,
                    .col_labels = shifts.labels, .no_bar = true } },
        { .title = "loss at each place", .note = shifts.note,
          .note_ink = MUTED, .y0 = 0, .y1 = 3, .format = "%.3f",
          .names = shifts.labels, .n_names = SHIFT_LENGTH,
          .series = { { "sees all", SERIES_1, MARK_BARS, SHIFT_LENGTH,
                        .y = shifts.loss[0] },
                      { "causal", SERIES_2, MARK_BARS, SHIFT_LENGTH,
                        .y = shifts.loss[1] },
                      { "ln 9", WARN, MARK_Y, 1, .y = &shifts.floor } } } }
};
CHART(shift)
/* figure pooled */
enum { POOLED_KINDS = 6 };
static struct {
    char text[160], copy[160];
    int layer, head;
    float padded;
    bool masked;
    char word[GLOSS_MOST + 1][24], kind[POOLED_KINDS][24];
    const char *words[GLOSS_MOST + 1], *kinds[POOLED_KINDS];
    float weight[GLOSS_MOST + 1], chance[POOLED_KINDS];
    size_t n;
} pooled = { .text = "a furry animal that purrs and hunts mice",
             .layer = 1, .masked = true };
static struct chart pooled_chart;
static void pooled_words(struct trained *t, const struct unit *words,
                         size_t n, size_t length)
{
    const struct encoder *e = &t->reader->encoder;
    const float *seen = e->seen[(size_t)pooled.layer % e->is.layers];
    memset(pooled.weight, 0, sizeof pooled.weight);
    for (size_t h = 0; h < e->is.heads; h++, seen += length * length)
        for (size_t j = 0; j < length; j++)
            if (pooled.head == 0 || h + 1 == (size_t)pooled.head)
                pooled.weight[j < n ? j : n] += pooled.head ? seen[j]
                    : seen[j] / (float)e->is.heads;
    for (size_t j = 0; j <= n; j++) {
        int bytes = j && j < n && words[j].n < 20 ? (int)words[j].n : 18;
        snprintf(pooled.word[j], sizeof *pooled.word, "%.*s", bytes,
                 j == 0 ? "(class)" : j == n ? "(padding)" : words[j].at);
        pooled.words[j] = pooled.word[j];
    }
    pooled.n = length > n ? n + 1 : n;
}
static void pooled_compute(void)
{
    struct trained *t = the_reader();
    const size_t kinds = t->reader->encoder.is.kinds;
    struct unit words[GLOSS_MOST];
    float *chances = allocate(kinds, sizeof *chances);
    size_t n, length;
    strcpy(pooled.copy, pooled.text);
    if (gloss_wrong(pooled.copy, strlen(pooled.copy)))
        strcpy(pooled.copy, "nothing");
    length = (size_t)pooled.padded;
    t->reader->encoder.looks = true;
    trained_chances(chances, &n, words, t, pooled.copy, length,
                    pooled.masked);
    t->reader->encoder.looks = false;
    pooled_words(t, words, n, length > n ? length : n);
    for (size_t i = 0; i < POOLED_KINDS && i < kinds; i++) {
        const size_t best = argmax(chances, kinds);
        const struct unit kind = gloss_kind(&t->kinds, best);
        snprintf(pooled.kind[i], sizeof *pooled.kind, "%.*s", (int)kind.n,
                 kind.at);
        pooled.kinds[i] = pooled.kind[i];
        pooled.chance[i] = chances[best], chances[best] = -1;
    }
    free(chances);
}
static void pooled_rows(struct frame *f, struct rect r, const char *title,
                        const char *const *names, const float *share,
                        size_t n, enum ink ink)
{
    const float high = fminf(26, (r.h - 30) / (float)n);
    const float names_end = r.x + fminf(150, .45f * r.w);
    const float wide = (r.x + r.w - 50 - names_end)
                     / fmaxf(.4f, share[argmax(share, n)]);
    const float size = high < 15 ? TEXT_SMALL : TEXT_SIZE;
    draw_text(f, r.x, r.y + 16, TEXT_SIZE, TEXT_BOLD, paint(f, INK), "%s",
              title);
    for (size_t i = 0; i < n; i++) {
        const float y = r.y + 30 + (float)i * high;
        const float w = fmaxf(1, wide * share[i]);
        draw_text(f, names_end - 8, y + high / 2, size,
                  ALIGN_RIGHT | ALIGN_MIDDLE, paint(f, INK), "%s", names[i]);
        draw_round(f, (struct rect){ names_end, y + 2, w, high - 4 }, 3,
                   paint(f, ink));
        draw_text(f, names_end + w + 6, y + high / 2, size, ALIGN_MIDDLE,
                  paint(f, MUTED), "%.0f %%", 100 * (double)share[i]);
    }
}

static void pooled_left(struct frame *f, struct rect r)
{
    pooled_rows(f, r, "where the classification token looks", pooled.words,
                pooled.weight, pooled.n, SERIES_1);
}

static void pooled_right(struct frame *f, struct rect r)
{
    pooled_rows(f, r, "category", pooled.kinds, pooled.chance, POOLED_KINDS,
                SERIES_2);
}
static void pooled_print(FILE *out)
{
    chart_lists(out, pooled.words, pooled.weight, pooled.n, pooled.kinds,
                pooled.chance, POOLED_KINDS);
}

static struct chart pooled_chart = {
    .control = { { FIELD("text", pooled.text) },
        { .label = "layer", CHOICE(&pooled.layer, "1", "2") },
        { .label = "head", CHOICE(&pooled.head, "all", "1", "2", "3", "4") },
        { SLIDER("padded to", &pooled.padded, 0, GLOSS_MOST, "%.0f"),
          .step = 1 },
        { TOGGLE("mask", &pooled.masked) } },
    .compute = pooled_compute, .table = pooled_print,
    .panel = { { .draw = pooled_left, .wide = 1.2f, .tall = 1.8f },
               { .draw = pooled_right } }
};
CHART(pooled)
/* figure readers */
#define measured(...) result(encoder_text, __VA_ARGS__)
enum { KINDS = READ_PAIRS + 1 };
static const char *const readers_named[KINDS] = { "encoder", "no pos.",
    "mean", "bag", "pairs" };
static const char *const lengths_named[] = { "to 6", "7 to 12", "more" };
static float readers_y[KINDS], readers_low[KINDS], readers_high[KINDS];
static float readers_length[KINDS][3];
static struct chart readers_chart;

static void readers_compute(void)
{
    static const char *const of[] = { "short", "middle", "long" };
    for (int i = 0; i < KINDS; i++) {
        const char *name = reader_names[i];
        readers_y[i] = 100 * measured("encoder.study.%s.right.mean", name);
        readers_low[i] = 100 * measured("encoder.study.%s.right.low", name);
        readers_high[i] = 100 * measured("encoder.study.%s.right.high", name);
        for (int j = 0; j < 3; j++)
            readers_length[i][j] = 100 * measured("encoder.study.%s.%s.mean",
                                                  name, of[j]);
    }
}
static void readers_print(FILE *out)
{
    fprintf(out, "reader\tright\tlow\thigh\tto 6 words\t7 to 12\tmore\n");
    for (int i = 0; i < KINDS; i++)
        fprintf(out, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\n",
                reader_names[i], (double)readers_y[i],
                (double)readers_low[i], (double)readers_high[i],
                (double)readers_length[i][0], (double)readers_length[i][1],
                (double)readers_length[i][2]);
}

#define READERS_LINE(i, name, ink) { name, ink, MARK_LINE | MARK_POINTS, 3, \
    .y = readers_length[i] }
static struct chart readers_chart = {
    .compute = readers_compute, .table = readers_print,
    .panel = {
        { .y = "% right", .y0 = 65, .y1 = 85, .format = "%.1f",
          .names = readers_named, .n_names = KINDS, .series = {
              { NULL, SERIES_1, MARK_POINTS | MARK_ERRORS, KINDS,
                .y = readers_y, .low = readers_low,
                .high = readers_high } } },
        { .x = "words of the gloss", .y = "% right", .y0 = 65, .y1 = 85,
          .format = "%.1f",
          .names = lengths_named, .n_names = 3, .series = {
              READERS_LINE(0, "encoder", SERIES_1),
              READERS_LINE(1, "no positions", SERIES_2),
              READERS_LINE(2, "mean", SERIES_3),
              READERS_LINE(3, "bag", SERIES_4),
              READERS_LINE(4, "pairs", SERIES_5) } } }
};
CHART(readers)

static const struct figure figures[] = {
    /* the figures of encoder */
    { "shift", 720, 400, 760,
      "Left, a map of ten rows and ten columns, the weights of one head of the "
      "shift model for ten digits. Almost all weight lies one place right of the "
      "diagonal. Right, for each place the loss of the answer there: without the "
      "mask all are near zero; with it nine bars stand near a line at 2.197, "
      "and the tenth is near zero.",
      shift_frame, shift_table },
    { "pooled", 720, 470, 820,
      "A text field with a definition. Left, its words, each with a bar: the "
      "weight that the classification token gives it. The bars of the telling "
      "words are the longest. Right, the categories with the highest chances.",
      pooled_frame, pooled_table },
    { "readers", 720, 360, 720,
      "Left, a point for each of five readers: the percentage of test glosses "
      "that it sorts rightly, with the range of three seeds. The encoder's is "
      "the highest. Right, the same for short, middle and long glosses, a line "
      "for each reader.",
      readers_frame, readers_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static int task;

static void reader_settle(struct learner *l)
{
    static char kind[200];
    const struct reader_how *h = &reader_how;
    const struct glosses *g = learner_data(l);
    const char *words = g->words.text, *kinds = g->kinds.text;
    if (h->kind < READ_BAG && (h->width % h->heads || h->width % 2))
        fail("--embed %zu: %zu heads do not divide it", h->width, h->heads);
    snprintf(kind, sizeof kind, "%s, %zu numbers, %zu layers, dropout %g, "
             "words %016" PRIx64 ", categories %016" PRIx64,
             reader_names[h->kind], h->width, h->layers, (double)h->drop,
             fnv1a64(words, strlen(words)), fnv1a64(kinds, strlen(kinds)));
    l->kind = kind;
    reader_texts_of(&reader_now, h, &g->words, &g->kinds);
}

static int run_train(void)
{
    if (readers.load) {
        struct trained old = trained_load(readers.load);
        reader_how = old.how;
        trained_free(&old);
    }
    struct learner *l = reader_learner(reader_how.kind);
    if (l == &counters)
        counters.folder = readers.folder, counters.save = readers.save,
        counters.load = readers.load, counters.pause = readers.pause,
        counters.steps = readers.steps, counters.warmup = readers.warmup,
        counters.rate = readers.rate, counters.seconds = readers.seconds,
        counters.seed = readers.seed, counters.schedule = readers.schedule;
    reader_settle(l);
    return learner_main(l);
}

static int run_shift(void)
{
    struct learner l = shifter;
    l.save = readers.save, l.load = readers.load, l.pause = readers.pause;
    l.seconds = readers.seconds, l.seed = readers.seed;
    l.schedule = readers.schedule, l.warmup = readers.warmup;
    if (learner_given("steps"))
        l.steps = readers.steps;
    if (learner_given("rate"))
        l.rate = readers.rate;
    l.kind = shift_how.causal ? "shift, causal" : "shift";
    return learner_main(&l);
}

static int run_export(void)
{
    struct trained t = trained_load(readers.load);
    trained_save(readers.save, t.tape, &t.how, &t.words, &t.kinds,
                 NARROW_HALF);
    trained_free(&t);
    return 0;
}
static void print_kinds(char *text, const size_t *ends, size_t lines,
                        struct trained *t)
{
    float *chances = allocate(t->reader->encoder.is.kinds, sizeof *chances);
    size_t tokens;
    for (size_t i = 0, at = 0; i < lines; at = ends[i++] + 1) {
        if (!trained_chances(chances, &tokens, NULL, t, text + at, 0, true))
            outputs_overflow(readers.load);
        const size_t best = argmax(chances, t->reader->encoder.is.kinds);
        const struct unit kind = gloss_kind(&t->kinds, best);
        printf("%.*s\t%.3f\n", (int)kind.n, kind.at, (double)chances[best]);
    }
    free(chances);
}

static int run_classify(void)
{
    struct trained t = readers.load ? trained_load(readers.load)
                                    : trained_embedded(encoder_weights);
    size_t n, lines = 0;
    char *text = text_read("/dev/stdin", &n);
    size_t *ends = allocate(n + 1, sizeof *ends);
    for (size_t at = 0; at < n; at = ends[lines++] + 1) {
        const char *end = memchr(text + at, '\n', n - at);
        ends[lines] = end ? (size_t)(end - text) : n;
        text[ends[lines]] = '\0';
        const char *why = gloss_wrong(text + at, ends[lines] - at);
        if (why)
            fail("stdin:%zu: %s", lines + 1, why);
    }
    print_kinds(text, ends, lines, &t);
    free(text), free(ends), trained_free(&t);
    return 0;
}
static const char *const reader_file = "data/weights/encoder.safetensors";
enum { READER_SEEDS = 3 };
#define STUDIED "right seconds short middle long"

static void keep_reader(const struct learned *m, const struct reader_how *how)
{
    const struct glosses *g = m->data;
    if (!learner_given("steps"))
        trained_save(reader_file, m->tape, how, &g->words, &g->kinds,
                     NARROW_BYTE);
}

static void reader_run(const size_t *level, uint64_t seed, double *out)
{
    struct reader_how how = reader_how;
    how.kind = (int)level[0];
    struct learner *l = reader_learner(how.kind);
    const double start = seconds_now();
    struct learned m = learner_fit(l, &how, seed, readers.steps);
    out[1] = seconds_now() - start;
    m.tape->no_grad = true;
    if (seed == 1 && how.kind == READ_ENCODER && !interrupted)
        keep_reader(&m, &how);
    const struct glosses *g = m.data;
    const struct reader_test test = reader_tested(m.model,
                                                  &g->part[PART_TEST]);
    out[0] = test.right;
    memcpy(out + 2, test.of, sizeof test.of);
    if (!is_terminal(stderr))
        fprintf(stderr, "%s, seed %" PRIu64 ": %.4f right, %.0f seconds\n",
                reader_names[how.kind], seed, out[0], out[1]);
    learned_free(&m);
}

static void print_vocabulary(void)
{
    const struct glosses *g = learner_data(&readers);
    const struct gloss_set *set = &g->part[PART_TEST];
    double tokens = 0, unknown = 0, endings = 0;
    float share[1024] = { 0 };
    REQUIRE(gloss_kinds(&g->kinds) <= 1024);
    for (size_t i = 0; i < set->count; i++)
        share[set->kinds[i]] += 1 / (float)set->count;
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 1; j < set->lengths[i]; j++) {
            const int32_t id = set->ids[i][j];
            tokens++, unknown += id == WORD_UNKNOWN;
            endings += g->words.units[id].at[0] == '-';
        }
    printf("encoder.study.words.different = %zu\n"
           "encoder.study.words.once = %.4f\n"
           "encoder.study.words.kept = %d\nencoder.study.words.all = %d\n"
           "encoder.study.words.endings = %d\n"
           "encoder.study.words.unknown = %.4f\n"
           "encoder.study.words.lost = %.4f\n"
           "encoder.study.glosses = %zu\nencoder.study.tested = %zu\n"
           "encoder.study.largest = %.4f\n",
           g->different, (double)g->once / (double)g->different,
           GLOSS_WORDS, GLOSS_ALL, GLOSS_ENDINGS,
           (unknown + endings) / tokens, unknown / tokens,
           g->part[PART_TRAIN].count, set->count,
           (double)share[argmax(share, gloss_kinds(&g->kinds))]);
}

static void print_parameters(void)
{
    for (int kind = 0; kind <= READ_PAIRS; kind++) {
        struct reader_how how = reader_how;
        how.kind = kind;
        struct learned m = learner_new(reader_learner(kind), &how, 1, 1);
        printf("encoder.study.parameters.%s = %zu\n", reader_names[kind],
               m.tape->size);
        learned_free(&m);
    }
}

static const char *const shift_files[] = {
    "data/weights/encoder-shift.safetensors",
    "data/weights/encoder-shift-causal.safetensors" };

static void study_shift(void)
{
    for (int causal = 0; causal < 2; causal++) {
        const struct shift_how how = { causal };
        const char *const texts[] = { "model", "encoder, shift", NULL };
        struct learned m = learner_fit(&shifter, &how, 1, shifter.steps);
        if (!learner_given("steps") && !interrupted)
            weights_save_halves(shift_files[causal], m.tape, texts);
        learned_free(&m);
    }
    printf("encoder.study.shift.steps = %zu\n", shifter.steps);
}

static int run_study(void)
{
    counters.folder = readers.folder;
    learner_data(&readers), learner_data(&counters);
    study_shift();
    print_vocabulary(), print_parameters();
    printf("encoder.study.steps = %zu\nencoder.study.seeds = %d\n",
           readers.steps, READER_SEEDS);
    study_print(&(struct study){ .key = "encoder.study",
        .factors = { "encoder unplaced mean bag pairs" },
        .seeds = READER_SEEDS, .measures = STUDIED, .run = reader_run,
        .lines = STUDY_MEAN | STUDY_RANGE });
    glosses_free(readers.loaded), glosses_free(counters.loaded);
    return 0;
}

static void print_shift(void)
{
    static const char *const names[] = { "open", "causal" };
    double best = 0;
    size_t layer = 0, head = 0;
    printf("encoder.shift.floor = %.6f\n", SHIFT_FLOOR);
    for (int c = 0; c < 2; c++) {
        const struct shift_how how = { c };
        struct learned m = learner_new(&shifter, &how, 1, 1);
        weights_load(shift_files[c], m.tape);
        const struct shift_test test = shift_tested(m.model, SHIFT_TESTED);
        printf("encoder.shift.%s.loss = %.5f\nencoder.shift.%s.right = %.4f\n"
               "encoder.shift.%s.last = %.5f\nencoder.shift.%s.others = "
               "%.4f\n", names[c], test.loss, names[c], test.right, names[c],
               test.place[SHIFT_LENGTH - 1], names[c],
               (10 * test.loss - test.place[SHIFT_LENGTH - 1]) / 9);
        for (size_t i = 0; i < 2 * 4 && c == 0; i++)
            if (test.super[i / 4][i % 4] > best)
                best = test.super[i / 4][i % 4], layer = i / 4, head = i % 4;
        learned_free(&m);
    }
    printf("encoder.shift.open.layer = %zu\nencoder.shift.open.head = %zu\n"
           "encoder.shift.open.super = %.4f\n", layer + 1, head + 1, best);
}

static const char *const small_words[] = { "a", "an", "the", "of", "or", "to",
    "in", "and", "for", "with", "that", "is", "by", "from", "on", "as", "at",
    "used", "having", "which", "who", "be", "it", "its", "are", "not", "one",
    "into", "their", "other" };

static bool word_small(struct unit word)
{
    for (size_t i = 0; i < sizeof small_words / sizeof *small_words; i++)
        if (unit_same(word, (struct unit){ small_words[i],
                                           strlen(small_words[i]) }))
            return true;
    return false;
}

struct looked { double small, weight, self, texts, words; };

/* look: adds what the pooled token of the last layer looks at, on average
 * over the heads. */
static void look(struct looked *sum, const struct encoder *e,
                 const struct unit *words, size_t n, size_t length)
{
    const float *seen = e->seen[e->is.layers - 1];
    for (size_t h = 0; h < e->is.heads; h++, seen += length * length) {
        const double share = 1 / (double)e->is.heads;
        sum->self += share * (double)seen[0];
        for (size_t j = 1; j < n; j++)
            if (word_small(words[j]))
                sum->weight += share * (double)seen[j];
    }
    for (size_t j = 1; j < n; j++)
        sum->small += word_small(words[j]), sum->words++;
    sum->texts++;
}

static int run_results(void)
{
    struct trained book = trained_load(reader_file), *t = &book;
    char path[4096], line[4096];
    struct unit words[GLOSS_MOST];
    const size_t kinds = t->reader->encoder.is.kinds;
    float *chances = allocate(kinds, sizeof *chances);
    struct looked sum = { 0 };
    double right[3] = { 0 };
    snprintf(path, sizeof path, "%s/glosses.tsv",
             readers.folder ? readers.folder : "data/glosses");
    struct pairs all = pairs_read(path), texts = pairs_turned(&all);
    struct pairs test = pairs_part(&texts, PART_TEST);
    print_shift();
    for (size_t i = 0; i < test.count && i < 1000; i++) {
        const char *kind = test.list[i].output;
        const int32_t want = vocabulary_id(&t->kinds, (struct unit){ kind,
            strlen(kind) }) - VOCABULARY_UNITS;
        for (int how = 0; how < 3; how++) {
            size_t n;
            snprintf(line, sizeof line, "%s", test.list[i].input);
            t->reader->encoder.looks = how == 0;
            trained_chances(chances, &n, words, t, line,
                            how ? GLOSS_MOST : 0, how < 2);
            right[how] += (int32_t)argmax(chances, kinds) == want;
            if (how == 0)
                look(&sum, &t->reader->encoder, words, n, n);
        }
    }
    printf("encoder.padding.alone = %.4f\nencoder.padding.masked = %.4f\n"
           "encoder.padding.open = %.4f\n", right[0] / sum.texts,
           right[1] / sum.texts, right[2] / sum.texts);
    printf("encoder.look.small = %.4f\nencoder.look.share = %.4f\n"
           "encoder.look.self = %.4f\n", sum.weight / (sum.texts - sum.self),
           sum.small / sum.words, sum.self / sum.texts);
    pairs_free(&test), pairs_free(&texts), pairs_free(&all), free(chances);
    trained_free(t);
    return 0;
}
#endif
#ifdef __wasm__
static int task;
#endif
static const struct command_option options[] = {
    { "task", OPTION_CHOICE, &task, "glosses|shift", "what is learned" },
    { "causal", OPTION_FLAG, &shift_how.causal, NULL,
      "see only what is before" },
    { "reader", OPTION_CHOICE, &reader_how.kind, READERS,
      "who reads the glosses" },
    { "embed", OPTION_SIZE, &reader_how.width, "C", "numbers of a word",
      "4..1024" },
    { "layers", OPTION_SIZE, &reader_how.layers, "L", "blocks", "1..8" },
    { "dropout", OPTION_FLOAT, &reader_how.drop, "P", "part that is dropped",
      "0..<1" },
    { "classify", OPTION_FLAG, .help =
      "read lines of text, print category and chance of each" },
    { "study", OPTION_FLAG, .help =
      "train all that the chapter compares; writes data/weights" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    LEARNER_OPTIONS(readers), FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, "data", NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "data steps", NATIVE(run_study),
      "train what the chapter compares" },
    { "classify", NULL, "load", NATIVE(run_classify),
      "sort lines of text into categories" },
    { "train load task=shift", NULL, "steps seconds causal pause save",
      NATIVE(run_shift), "go on with it" },
    { "train task=shift", NULL, "causal steps seconds rate warmup schedule "
      "seed pause save", NATIVE(run_shift), "learn to shift" },
    { "train load", NULL, "task steps seconds pause data save",
      NATIVE(run_train), "go on with it" },
    { "train", NULL, "task reader embed layers dropout steps seconds rate "
      "warmup schedule seed pause data save", NATIVE(run_train),
      "learn to sort glosses" },
    { "load save", NULL, NULL, NATIVE(run_export),
      "write the weights of a run as halves" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "encoder",
        "sorts short texts into categories, with an encoder that it trains",
        "encoder --load data/weights/encoder.safetensors --classify "
        "< lines.txt", options, NULL, modes }, argc, argv);
}
