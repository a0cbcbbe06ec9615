/* transformer.c -- generated from chapters/17-transformer.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "kit/study.h"
#include "transformer/speller.h"
#ifndef __wasm__
#include "kit/merges.h"
#endif

#define STUDY_RUNS \
    "pre|post|nodrop|nosmooth|quarter|long|second|together"

static struct {
    const char *pairs, *source, *target, *save, *load, *beside;
    int task, part, schedule, only;
    bool split, json, half, quiet, told;
    size_t steps, pause, warmup, beam;
    double seconds, rate, alpha;
    uint64_t seed;
    struct speller speller;
} chosen = {
    .pairs = "data/cmudict/cmudict.tsv", .source = "char", .target = "word",
    .steps = 2000, .warmup = 200, .rate = 2e-3, .beam = 1, .alpha = .6,
    .seed = 1, .speller = { .smoothing = .1, .tokens = 2048, .average = 1,
        .t.model = { .layers = 3, .heads = 4, .width = 128, .hidden = 512,
                     .drop = .1f } }
};
#define MODEL chosen.speller.t.model
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

static void header_text(char *out, size_t size, const char *header,
                        const char *key)
{
    char look[64];
    size_t n = 0;
    snprintf(look, sizeof look, "\"%s\":\"", key);
    const char *at = strstr(header, look);
    REQUIRE(at);
    for (at += strlen(look); *at != '"' && n + 1 < size; at++) {
        out[n++] = *at;
        if (*at == '\\' && at[1] == 'n')
            out[n - 1] = '\n', at++;
    }
    REQUIRE(*at == '"');
    out[n] = 0;
}

static size_t header_size(const char *header, const char *key)
{
    char text[32];
    size_t n;
    header_text(text, sizeof text, header, key);
    REQUIRE(parse_size(&n, text));
    return n;
}
static float half_value(unsigned bits)
{
    const int e = bits >> 10 & 31, m = bits & 1023;
    const float size = ldexpf((float)(e ? 1024 + m : m), e ? e - 25 : -24);
    return bits >> 15 ? -size : size;
}

/* The next tensor of the file must be this one. */
static size_t weights_halves(struct tensor *p, const unsigned char *data,
                             const char *header, size_t at)
{
    char want[512];
    int n = snprintf(want, 256, "\"%.100s\":{\"dtype\":\"F16\",\"shape\":[",
                     p->name);
    for (size_t i = 0; i < p->rank; i++)
        n += snprintf(want + n, 32, i ? ",%zu" : "%zu", p->shape[i]);
    snprintf(want + n, 80, "],\"data_offsets\":[%zu,%zu]}", at,
             at + 2 * p->count);
    REQUIRE(strstr(header, want));
    for (size_t i = 0; i < p->count; i++)
        p->data[i] = half_value(data[at + 2 * i]
                                | (unsigned)data[at + 2 * i + 1] << 8);
    return at + 2 * p->count;
}
static void translator_embedded(struct translator *t,
                                const unsigned char *file)
{
    char text[4096];
    size_t length = 0, at = 0;
    struct transformer *m = &t->model;
    for (int i = 8; i-- > 0; )
        length = length << 8 | file[i];
    REQUIRE(length < 1 << 20);
    char *header = allocate(length + 1, 1);
    memcpy(header, file + 8, length);
    m->layers = header_size(header, "layers");
    m->heads = header_size(header, "heads");
    m->width = header_size(header, "embed");
    m->hidden = header_size(header, "ff");
    header_text(text, sizeof text, header, "order");
    m->order = strcmp(text, "pre") ? BLOCK_POST : BLOCK_PRE;
    header_text(text, sizeof text, header, "source_unit");
    const char *wrong = units_parse(&t->units[SOURCE], text);
    header_text(text, sizeof text, header, "target_unit");
    wrong = wrong ? wrong : units_parse(&t->units[TARGET], text);
    header_text(text, sizeof text, header, "vocabulary");
    wrong = wrong ? wrong : vocabulary_parse(&t->vocabulary, text);
    REQUIRE(!wrong);
    translator_new(t);
    for (size_t i = 0; i < t->tape->count; i++)
        at = weights_halves(t->tape->parameters[i], file + 8 + length, header,
                            at);
    t->tape->no_grad = true;
    free(header);
}
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
    translator_embedded(t, transformer_weights);
    REQUIRE(t->vocabulary.count <= SPOKEN_UNITS);
    for (size_t i = 0; i < t->vocabulary.count; i++) {
        const struct unit u = t->vocabulary.units[i];
        snprintf(spoken.names[i], sizeof *spoken.names, "%.*s", (int)u.n,
                 u.at);
    }
    strcpy(spoken.names[VOCABULARY_END], "end");
    spoken.maps = allocate(size_product(t->model.layers * t->model.heads,
        SEQUENCE_MOST * SEQUENCE_MOST), sizeof *spoken.maps);
}

static void spoken_ask(struct translator *t, struct example e)
{
    const size_t heads = t->model.heads;
    const float *weights[LAYERS_MOST];
    struct hypothesis h;
    struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
    translate(&h, t, &b, 1, 0);
    batch_free(&b);
    e.targets = h.n, e.target = h.ids;
    b = batch_new(&e, (uint32_t[]){ 0 }, 1);
    spoken.n = e.sources, spoken.said = h.n + 1;
    tape_reset(t->tape);
    batch_logits(&(struct pass){ .on = t->tape, .model = &t->model,
                                 .attention = weights }, &b);
    const size_t each = heads * spoken.said * spoken.n;
    for (size_t i = 0; i < t->model.layers; i++)
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
    spoken_large(&t->model);
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
    const int heads = (int)spoken.t.model.heads;
    const int layers = (int)spoken.t.model.layers, was = spoken.head;
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
    const struct transformer *m = &spoken.t.model;
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
enum { TASK_NONE, TASK_COPY, TASK_REVERSE, TASK_PAIRS = 4000,
       TASK_LONGEST = 12, TASK_LETTERS = 10 };

static struct pairs task_pairs(int task)
{
    struct pairs p = { .path = task == TASK_COPY ? "copy" : "reverse",
                       .count = TASK_PAIRS };
    struct random random = random_new(17, 17);
    char *text = p.text = allocate(2 * TASK_PAIRS, TASK_LONGEST + 1);
    p.list = allocate(p.count, sizeof *p.list);
    for (size_t i = 0; i < p.count; i++) {
        const size_t n = 3 + random_below(&random, TASK_LONGEST - 2);
        char *in = text, *out = text + n + 1;
        for (size_t j = 0; j < n; j++) {
            in[j] = (char)('a' + random_below(&random, TASK_LETTERS));
            out[task == TASK_COPY ? j : n - 1 - j] = in[j];
        }
        p.list[i] = (struct pair){ in, out, i + 1, i + 1 };
        text += 2 * (n + 1);
    }
    pairs_sort(&p);
    return p;
}

static struct pairs chosen_pairs(void)
{
    if (chosen.task && command_given("pairs"))
        fail("--task makes its own pairs: it does not go with --pairs");
    return chosen.task ? task_pairs(chosen.task) : pairs_read(chosen.pairs);
}

static void units_choose(struct units *u, const char *option,
                         const char *text, const struct pairs *p, bool target)
{
    const char *wrong = units_parse(u, text);
    if (wrong)
        fail("--%s %.40s: %s", option, text, wrong);
    units_train(u, p, target);
}

static void speller_make(struct speller *s, const struct pairs *p)
{
    struct translator *t = &s->t;
    const bool given = command_given("target-unit");
    if (t->model.width % t->model.heads)
        fail("--embed %zu: is no multiple of --heads %zu", t->model.width,
             t->model.heads);
    units_choose(&t->units[SOURCE], "source-unit", chosen.source, p, false);
    units_choose(&t->units[TARGET], "target-unit",
                 chosen.task && !given ? "char" : chosen.target, p, true);
    t->vocabulary = vocabulary_new(p, &t->units[SOURCE], &t->units[TARGET]);
    translator_new(t);
    transformer_start(&t->model, chosen.seed);
}

static void corpora(struct speller *s, const struct pairs *p)
{
    const bool split = chosen.split || chosen.task;
    struct pairs train = { 0 }, dev = { 0 };
    if (split)
        train = pairs_part(p, PART_TRAIN), dev = pairs_part(p, PART_DEV);
    if (split && train.count == 0)
        fail("%s: has no pair for training, after --split", p->path);
    s->train = corpus_of(split ? &train : p, &s->t);
    if (split)
        s->dev = corpus_of(&dev, &s->t);
    pairs_free(&train), pairs_free(&dev);
}

static float train_step(struct training *t, void *model)
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

/* train: all that was chosen; the exit status.  See speller_free. */
static int train(struct speller *s)
{
    struct speller_texts texts;
    struct pairs p = chosen_pairs();
    const float drop = MODEL.drop;
    s->save = chosen.save, chosen.told = false;
    if (chosen.load)
        speller_load(s, chosen.load);
    else
        speller_make(s, &p);
    if (chosen.load && command_given("dropout"))
        MODEL.drop = drop;
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

static int run_train(void)
{
    const int status = train(&chosen.speller);
    speller_free(&chosen.speller);
    return status;
}

static void chosen_load(struct translator *t)
{
    size_t n;
    char **more = command_words(&n);
    if (n > 0 && !chosen.beside)
        fail("stray argument \"%s\": more models go with --beside",
             shown(*more));
    if (n + 2 > TOGETHER_MOST)
        fail("--beside: %zu models, and the most is %d", n + 2,
             TOGETHER_MOST);
    translator_load(t, chosen.load);
    if (chosen.beside)
        translator_beside(t, chosen.load, chosen.beside);
    for (size_t i = 0; i < n; i++)
        translator_beside(t, chosen.load, more[i]);
}

static char *line_read(size_t *number)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n = getline(&line, &size, stdin);
    ++*number;
    if (n < 0 && ferror(stdin))
        fail("stdin:%zu: %s", *number, strerror(errno));
    if (n < 0) {
        free(line);
        return NULL;
    }
    if (n > 0 && line[n - 1] == '\n')
        line[--n] = 0;
    if (strlen(line) != (size_t)n)
        fail("stdin:%zu: the input has a control character", *number);
    return line;
}

static void apply_some(struct translator *t, const struct example *e,
                       size_t n)
{
    uint32_t which[64];
    for (uint32_t i = 0; i < 64; i++)
        which[i] = i;
    for (size_t at = 0; at < n; at += 64) {
        const size_t some = n - at < 64 ? n - at : 64;
        struct batch b = batch_new(e + at, which, some);
        struct hypothesis *said = allocate(some * chosen.beam, sizeof *said);
        translate(said, t, &b, chosen.beam, chosen.alpha);
        for (size_t i = 0; i < some; i++) {
            const struct hypothesis *h = &said[i * chosen.beam];
            char text[8192];
            vocabulary_decode(text, sizeof text, &t->vocabulary,
                              &t->units[TARGET], h->ids, h->n);
            puts(text);
        }
        free(said), batch_free(&b);
    }
    fflush(stdout);
}

static int run_apply(void)
{
    struct translator *t = &chosen.speller.t;
    const bool typed = is_terminal(stdin);
    size_t n = 0, room = 64, number = 0;
    struct example *list = allocate(room, sizeof *list);
    chosen_load(t);
    for (char *line; (line = line_read(&number)) != NULL; free(line)) {
        if (n == room) {
            room *= 2;
            list = enlarge(list, n, room, sizeof *list);
        }
        list[n] = (struct example){ 0 };
        list[n].source = speller_ids(t, SOURCE, line, &list[n].sources,
                                     "stdin", number);
        n++;
        if (typed)
            apply_some(t, list, n), free(list[--n].source);
    }
    apply_some(t, list, n);
    while (n > 0)
        free(list[--n].source);
    free(list), translator_free(t);
    return 0;
}

static int run_score(void)
{
    struct translator *t = &chosen.speller.t;
    chosen_load(t);
    struct pairs p = pairs_read(chosen.pairs), part = { 0 };
    if (chosen.part)
        part = pairs_part(&p, (enum part)(chosen.part - 1));
    if (chosen.part && part.count == 0)
        fail("%s: has no pair of this part", chosen.pairs);
    struct corpus c = corpus_of(chosen.part ? &part : &p, t);
    struct grade g = speller_grade(t, &c, 1, chosen.beam, chosen.alpha);
    const double exact = grade_exact(g), rate = grade_rate(g);
    if (chosen.json)
        printf("{\"exact\": %.6f, \"token_error_rate\": %.6f, "
               "\"count\": %zu}\n", exact, rate, g.count);
    else
        printf("exact %.2f %%   token error rate %.2f %%   of %zu\n",
               100 * exact, 100 * rate, g.count);
    corpus_free(&c), pairs_free(&part), pairs_free(&p), translator_free(t);
    return 0;
}

static int run_average(void)
{
    struct translator *t = &chosen.speller.t;
    size_t n;
    char **paths = command_words(&n);
    if (n == 0)
        fail("average: which files?");
    translator_load(t, paths[0]);
    for (size_t i = 1; i < n; i++) {
        struct translator other;
        translator_load(&other, paths[i]);
        translators_agree(t, &other, paths[0], paths[i], true);
        translator_free(&other);
    }
    weights_mean(t->tape, paths + 1, n - 1);
    translator_save(chosen.save, t, chosen.half);
    translator_free(t);
    return 0;
}
static const struct study_run {
    const char *name;
    size_t layers, steps;
    double seconds;
    enum block_order order;
    float drop;
    double smoothing;
    bool tests, together;             /* are the test words asked? */
    uint64_t seed;
} study_runs[] = {
    { "pre", 4, 1200, 0, BLOCK_PRE, .1f, .1, false, false, 1 },
    { "post", 4, 1200, 0, BLOCK_POST, .1f, .1, false, false, 1 },
    { "nodrop", 4, 1200, 0, BLOCK_PRE, 0, .1, false, false, 1 },
    { "nosmooth", 4, 1200, 0, BLOCK_PRE, .1f, 0, false, false, 1 },
    { "quarter", 4, 0, 900, BLOCK_PRE, .05f, .1, true, false, 1 },
    { "long", 4, 54000, 0, BLOCK_PRE, .1f, .1, true, true, 1 },
    { "second", 4, 60000, 0, BLOCK_PRE, .1f, .1, true, true, 2 },
};
enum { STUDIES = sizeof study_runs / sizeof *study_runs,
       STUDY_TOGETHER = STUDIES + 1 };  /* of --only, which counts from 1 */

static void study_choose(const struct study_run *r)
{
    chosen.split = true, chosen.task = TASK_NONE;
    chosen.steps = r->steps ? r->steps : 2000, chosen.seconds = r->seconds;
    chosen.rate = 2e-3, chosen.seed = r->seed, chosen.pause = 0;
    chosen.warmup = r->steps > 10000 ? 1500 : 500;
    chosen.schedule = SCHEDULE_COSINE;
    chosen.speller = (struct speller){ .smoothing = r->smoothing,
        .tokens = 1024, .average = 8, .log = stderr,
        .t.model = { .layers = r->layers, .heads = 4, .width = 128,
                     .hidden = 512, .order = r->order, .drop = r->drop } };
}

/* model_done: has the run in a file, if there is one, come to its end? */
static bool model_done(const char *path, bool *exists)
{
    *exists = access(path, F_OK) == 0;
    if (!*exists)
        return false;
    struct safetensors file = safetensors_read(path);
    size_t step = 0, steps = 0;
    const bool good = parse_size(&step, training_text(&file, "step"))
                   && parse_size(&steps, training_text(&file, "steps"));
    safetensors_free(&file);
    return good && step >= steps;
}

static double clock_read(const char *path)
{
    double seconds = NAN;
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%lf", &seconds) != 1)
        seconds = (double)NAN;
    if (file)
        fclose(file);
    return seconds;
}

static int study_train(const struct study_run *r, const char *path,
                       const char *clock)
{
    bool exists;
    if (model_done(path, &exists))
        return 0;
    study_choose(r);
    chosen.save = path, chosen.load = exists && r->steps ? path : NULL;
    chosen.speller.clock = clock;
    chosen.speller.seconds = chosen.load ? clock_read(clock) : 0;
    fprintf(stderr, "%s: %s\n", r->name, path);
    return run_train();
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
    printf("%s.%s.dev = %.4f\n", key, name,
           1 - grade_exact(part_grade(t, p, PART_DEV, 1, 0)));
    if (tests) {
        grade_print(key, name, "", part_grade(t, p, PART_TEST, 1, 0));
        grade_print(key, name, ".beam", part_grade(t, p, PART_TEST, 4, .6));
    }
    fflush(stdout);
}

static void study_one(const struct study_run *r, const char *path,
                      const struct pairs *p, double seconds)
{
    struct translator t;
    struct safetensors file = safetensors_read(path);
    printf("transformer.study.%s.steps = %s\n", r->name,
           training_text(&file, "step"));
    safetensors_free(&file);
    if (isfinite(seconds))
        printf("transformer.study.%s.time.seconds = %.0f\n", r->name,
               seconds);
    translator_load(&t, path);
    study_grade(r->name, &t, p, r->tests);
    translator_free(&t);
}

static void together_load(struct translator *t)
{
    bool first = true, exists;
    for (size_t i = 0; i < STUDIES; i++) {
        const struct study_run *r = &study_runs[i];
        static char own[64], path[64];
        if (!r->together)
            continue;
        snprintf(path, sizeof path, "build/transformer-%s.safetensors",
                 r->name);
        if (!model_done(path, &exists))
            fail("%s: %s; train it with --study --only %s", path,
                 exists ? "is not done" : "is not there", r->name);
        if (first)
            translator_load(t, path), strcpy(own, path);
        else
            translator_beside(t, own, path);
        first = false;
    }
}

static int study_runs_all(const char *load, const struct pairs *p)
{
    for (size_t i = 0; i < STUDIES; i++) {
        const struct study_run *r = &study_runs[i];
        char path[64], clock[4096];
        if (chosen.only && (size_t)chosen.only - 1 != i)
            continue;
        snprintf(path, sizeof path, "build/transformer-%s.safetensors",
                 r->name);
        snprintf(clock, sizeof clock, "%s.seconds", load ? load : path);
        int status = load ? 0 : study_train(r, path, clock);
        if (status)
            return status;
        study_one(r, load ? load : path, p, clock_read(clock));
    }
    return 0;
}

static void study_counts(const struct pairs *p);

static int run_study(void)
{
    const char *load = chosen.load;
    if (!command_given("pairs"))
        chosen.pairs = "build/data/cmudict/cmudict.tsv";
    if (load && !chosen.only)
        fail("--load %s: of which run? say --only", load);
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
    struct pairs p = pairs_read(chosen.pairs);
    study_counts(&p);
    const int status = study_runs_all(load, &p);
    if (status == 0 && !chosen.only)
        together_load(&all);
    if (all.tape) {
        study_grade("together", &all, &p, true);
        translator_free(&all);
    }
    pairs_free(&p);
    return status;
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
    study_choose(&study_runs[0]);
    chosen.task = task, chosen.steps = steps, chosen.warmup = 100;
    chosen.load = chosen.save = NULL, chosen.quiet = true;
    s->t.model.layers = 2, s->t.model.width = 32, s->t.model.hidden = 64;
    s->t.model.drop = 0, s->average = 1;
    if (train(s) != 0)
        exit(128 + interrupted);
    struct grade g = speller_grade(&s->t, &s->dev, 1, 1, 0);
    printf("transformer.%s.exact = %.4f\n", name, grade_exact(g));
    printf("transformer.%s.steps = %zu\n", name, steps);
    speller_free(s);
}

static int run_results(void)
{
    struct translator t;
    translator_load(&t, chosen.load ? chosen.load
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
static bool verb_train, verb_apply, verb_score, verb_average;
static const struct command_option options[] = {
    { "train", OPTION_FLAG, &verb_train, .help = "train a model" },
    { "apply", OPTION_FLAG, &verb_apply,
      .help = "read inputs, a line each, and write outputs" },
    { "score", OPTION_FLAG, &verb_score, .help = "count errors" },
    { "mean", OPTION_FLAG, &verb_average, .help = "the mean of models" },
    { "pairs", OPTION_READS, &chosen.pairs, "FILE.tsv",
      "lines of input, tab, output" },
    { "task", OPTION_CHOICE, &chosen.task, "none|copy|reverse",
      "pairs that are made up" },
    { "split", OPTION_FLAG, &chosen.split, .help =
      "keep the development and the test words out, and report the first" },
    { "part", OPTION_CHOICE, &chosen.part, "all|train|dev|test",
      "score only these" },
    { "source-unit", OPTION_TEXT, &chosen.source, "UNIT",
      "char, word or bpe:N" },
    { "target-unit", OPTION_TEXT, &chosen.target, "UNIT", "the same" },
    { "layers", OPTION_SIZE, &MODEL.layers, "N", "of each side", "1..16" },
    { "heads", OPTION_SIZE, &MODEL.heads, "H", "of each attention", "1.." },
    { "embed", OPTION_SIZE, &MODEL.width, "C", "numbers of a unit",
      "1..16384" },
    { "ff", OPTION_SIZE, &MODEL.hidden, "F", "hidden numbers", "1..65536" },
    { "order", OPTION_CHOICE, &MODEL.order, "pre|post",
      "where the norms are" },
    { "dropout", OPTION_FLOAT, &MODEL.drop, "P", "part that is dropped",
      "0..<1" },
    { "smoothing", OPTION_DOUBLE, &chosen.speller.smoothing, "E",
      "of the labels", "0..1" },
    { "batch-tokens", OPTION_SIZE, &chosen.speller.tokens, "N",
      "units in a batch, padding included", "64.." },
    { "average", OPTION_SIZE, &chosen.speller.average, "K",
      "the mean of the last K checkpoints", "1..50" },
    { "steps", OPTION_SIZE, &chosen.steps, "N", "steps of training", "1.." },
    { "seconds", OPTION_DOUBLE, &chosen.seconds, "S",
      "train as long instead; 0: by steps", "0..1e6" },
    { "pause", OPTION_SIZE, &chosen.pause, "N", "stop after it; 0: go on" },
    { "rate", OPTION_DOUBLE, &chosen.rate, "R", "learning rate", "0<.." },
    { "warmup", OPTION_SIZE, &chosen.warmup, "N", "steps up to it" },
    { "schedule", OPTION_CHOICE, &chosen.schedule, SCHEDULES,
      "how the rate goes on" },
    { "seed", OPTION_SEED, &chosen.seed, "S", "of weights and batches" },
    { "beam", OPTION_SIZE, &chosen.beam, "K", "hypotheses; 1: greedy",
      "1..32" },
    { "penalty", OPTION_DOUBLE, &chosen.alpha, "A", "of length, in a beam",
      "0..10" },
    { "json", OPTION_FLAG, &chosen.json, .help = "for programs" },
    { "study", OPTION_FLAG, .help = "train the models of the book" },
    { "only", OPTION_CHOICE, &chosen.only, "all|" STUDY_RUNS,
      "this one of them" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "half", OPTION_FLAG, &chosen.half, .help = "write 16 bits a number" },
    { "save", OPTION_WRITES, &chosen.save, "FILE.safetensors",
      "write the run, or the model" },
    { "load", OPTION_READS, &chosen.load, "FILE.safetensors",
      "a model; with train, go on with its run" },
    { "beside", OPTION_READS, &chosen.beside, "FILE.safetensors",
      "another model, to write together; more of them may follow" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, "load", NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "pairs only load beside", NATIVE(run_study),
      "train the models of the book", "[FILE.safetensors ...]" },
    { "train load", NULL, "pairs task split dropout steps seconds pause save",
      NATIVE(run_train), "go on with a run" },
    { "train", NULL, "pairs task split source-unit target-unit layers heads "
      "embed ff order dropout smoothing batch-tokens average steps seconds "
      "pause rate warmup schedule seed save", NATIVE(run_train),
      "train a model" },
    { "apply", "load", "beside beam penalty", NATIVE(run_apply),
      "read inputs, write outputs", "[FILE.safetensors ...]" },
    { "score", "load", "beside pairs part beam penalty json",
      NATIVE(run_score), "count errors", "[FILE.safetensors ...]" },
    { "mean", "save", "half", NATIVE(run_average), "the mean of models",
      "FILE.safetensors ..." },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "transformer",
        "learns to turn one sequence into another, and does it",
        "transformer train --pairs data/cmudict/cmudict.tsv --split "
        "--save m.safetensors", options, NULL, modes,
        "train apply score average=mean" }, argc, argv);
}
