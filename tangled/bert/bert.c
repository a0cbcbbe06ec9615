/* bert.c -- generated from chapters/15-bert.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "bert/tuning.h"
#include "bert/trainer.h"

static struct {
    const char *text, *lines, *vocab, *load, *save;
    bool decode, pieces, half, causal;
    size_t layers, heads, width, hidden, context, tokens, batch, labels;
    size_t steps, pause, warmup, every, top;
    double seconds, rate, clip, decay, held, share;
    float drop;
    uint64_t seed;
} chosen = { .layers = 3, .heads = 4, .width = 96, .hidden = 384,
    .context = 64, .tokens = 1500, .batch = 16, .steps = 20000, .every = 500,
    .rate = 2e-3, .clip = 1, .decay = .01, .held = .1, .share = .3,
    .labels = 1000, .top = 5, .seed = 1 };

enum { PORT_IDS, PORT_TYPES, PORT_LENGTHS, PORT_HIDDEN };
static struct port ports[] = {
    [PORT_IDS] = { "ids", "B? T", "tokens", PORT_WHOLE },
    [PORT_TYPES] = { "types", "B? T", "0 or 1: of the first or the second "
                     "text", PORT_WHOLE },
    [PORT_LENGTHS] = { "lengths", "B", "tokens that each text has",
                       PORT_WHOLE, "1..T" },
    [PORT_HIDDEN] = { "out", "B? T C", "what the encoder makes of them",
                      PORT_OUT },
    { 0 } };
EMBED(bert_weights, EMBED_FILE("data/weights/bert.safetensors"));
EMBED(bert_results, EMBED_FILE("data/results/bert-study.txt"));
/* figure fill */
enum { FILL_MOST = 26, FILL_BEST = 8 };
static struct {
    char text[160], shown[24];
    int layer, head, blank;
    struct filler f;
    int32_t ids[FILL_MOST];
    size_t n;
    char word[FILL_MOST][24], best[FILL_BEST][24], title[64];
    const char *words[FILL_MOST], *bests[FILL_BEST];
    float weight[FILL_MOST], chance[FILL_BEST];
} filled = { .text = "the captain of the ship looked at the sea.",
             .layer = 0, .blank = 5 };
static struct chart fill_chart;

static void fill_word(char out[24], const struct wordpiece *v, int32_t id)
{
    const struct unit u = v->pieces[id];
    size_t n = u.n < 23 ? u.n : 20;
    while (n > 0 && n < u.n && (u.at[n] & 0xc0) == 0x80)
        n--;
    snprintf(out, 24, "%.*s", (int)n, u.at);
}
static void fill_read(void)
{
    const struct wordpiece *v = &filled.f.words;
    size_t n;
    int32_t *ids = wordpiece_encode(&n, v, filled.text, strlen(filled.text));
    n = n < FILL_MOST - 2 ? n : FILL_MOST - 2;
    memcpy(filled.ids + 1, ids, n * sizeof *ids);
    filled.ids[1] = n ? filled.ids[1] : v->special[SPECIAL_MASK];
    filled.n = (n ? n : 1) + 2;
    filled.ids[0] = v->special[SPECIAL_FIRST];
    filled.ids[filled.n - 1] = v->special[SPECIAL_LAST];
    free(ids);
    const int last = (int)filled.n - 2;
    filled.blank = filled.blank < 1 ? 1 : filled.blank > last ? last
                 : filled.blank;
    for (size_t i = 0; i < filled.n; i++) {
        fill_word(filled.word[i], v, filled.ids[i]);
        filled.words[i] = filled.word[i];
    }
    snprintf(filled.title, sizeof filled.title, "in place of \"%s\"",
             filled.word[filled.blank]);
    filled.words[filled.blank] = "[MASK]";
}
static void fill_look(void)
{
    const struct bert *b = &filled.f.bert;
    const size_t n = filled.n, layer = (size_t)filled.layer % b->is.layers;
    const float *seen = b->attention[layer] + (size_t)filled.blank * n;
    memset(filled.weight, 0, sizeof filled.weight);
    for (size_t h = 0; h < b->is.heads; h++, seen += n * n)
        for (size_t j = 0; j < n; j++)
            if (filled.head == 0 || h + 1 == (size_t)filled.head)
                filled.weight[j] += filled.head ? seen[j]
                    : seen[j] / (float)b->is.heads;
}
static void fill_compute(void)
{
    struct filler *f = &filled.f;
    if (!f->tape)
        *f = filler_embedded(bert_weights);
    fill_read();
    int32_t ids[FILL_MOST], place = filled.blank;
    memcpy(ids, filled.ids, sizeof ids);
    ids[place] = f->words.special[SPECIAL_MASK];
    const struct bert_input in = { 1, filled.n, ids, .seed = 0 };
    const size_t V = f->bert.is.tokens;
    tape_reset(f->tape);
    f->bert.store_attention = true;
    struct tensor *z = bert_forward(f->tape, &f->bert, &in);
    fill_look();
    float *p = bert_fill(f->tape, &f->bert, z, &place, 1)->data;
    softmax(p, p, V);
    for (size_t i = 0; i < FILL_BEST; i++) {
        const size_t best = argmax(p, V);
        fill_word(filled.best[i], &f->words, (int32_t)best);
        filled.bests[i] = filled.best[i];
        filled.chance[i] = p[best], p[best] = -1;
    }
}
static struct rect fill_row(struct rect r, size_t n, size_t i)
{
    const float high = fminf(28, (r.h - 30) / (float)n);
    return (struct rect){ r.x, r.y + 30 + (float)i * high, r.w, high };
}

static void fill_rows(struct frame *f, struct rect r, const char *title,
                      const char *const *names, const float *share, size_t n,
                      int chosen_row)
{
    const float names_end = r.x + fminf(120, .4f * r.w);
    const float wide = (r.x + r.w - 50 - names_end)
                     / fmaxf(.3f, share[argmax(share, n)]);
    draw_text(f, r.x, r.y + 16, TEXT_SIZE, TEXT_BOLD, paint(f, INK), "%s",
              title);
    for (size_t i = 0; i < n; i++) {
        const struct rect row = fill_row(r, n, i);
        const float w = fmaxf(1, wide * share[i]), middle = row.y + row.h / 2;
        const float size = row.h < 15 ? TEXT_SMALL : TEXT_SIZE;
        const bool on = (int)i == chosen_row;
        draw_text(f, names_end - 8, middle, size, ALIGN_RIGHT | ALIGN_MIDDLE,
                  paint(f, on ? ACCENT : INK), "%s", names[i]);
        draw_round(f, (struct rect){ names_end, row.y + 2, w, row.h - 4 }, 3,
                   paint(f, chosen_row < 0 ? SERIES_2 : SERIES_1));
        draw_text(f, names_end + w + 6, middle, size, ALIGN_MIDDLE,
                  paint(f, MUTED), "%.0f %%", 100 * (double)share[i]);
    }
}
static void fill_left(struct frame *f, struct rect r)
{
    const size_t n = filled.n;
    const struct rect first = fill_row(r, n, 0);
    const struct rect all = { r.x, first.y, r.w, first.h * (float)n };
    struct widget w = widget(f, all, CURSOR_HAND);
    const int was = filled.blank, last = (int)n - 2;
    if (w.held && w.clicked)
        filled.blank = (int)((f->pointer.y - all.y) / first.h);
    if (w.focused)
        filled.blank += arrow_y(f) < 0 ? 1 : arrow_y(f) > 0 ? -1 : 0;
    filled.blank = filled.blank < 1 ? 1 : filled.blank > last ? last
                 : filled.blank;
    if (filled.blank != was)
        chart_touch(f);
    fill_rows(f, r, "what the blank looks at; click to hide another",
              filled.words, filled.weight, n, filled.blank);
    say(f, w, "hidden:", filled.word[filled.blank]);
    focus_ring(f, w, inset(all, -2), 5);
}

static void fill_right(struct frame *f, struct rect r)
{
    fill_rows(f, r, filled.title, filled.bests, filled.chance, FILL_BEST,
              -1);
}
static void fill_print(FILE *out)
{
    chart_lists(out, filled.words, filled.weight, filled.n, filled.bests,
                filled.chance, FILL_BEST);
}

static struct chart fill_chart = {
    .control = { { FIELD("text", filled.text) },
        { .label = "layer", CHOICE(&filled.layer, "1", "2", "3") },
        { .label = "head", CHOICE(&filled.head, "all", "1", "2", "3",
                                  "4") } },
    .compute = fill_compute, .table = fill_print,
    .panel = { { .draw = fill_left, .wide = 1.2f, .tall = 1.8f },
               { .draw = fill_right } }
};
CHART(fill)
/* figure shown */
#define measured(...) result(bert_results, __VA_ARGS__)
enum { SHOWN_COUNTS = 6, SHOWN_LINES = 4 };
static const char *const shown_names[SHOWN_COUNTS] = { "1", "2", "4", "8",
                                                       "16", "30" };
static const char *const shown_models[] = { "both sides", "causal" };
static float shown_y[SHOWN_LINES][SHOWN_COUNTS];
static float shown_right[2], shown_low[2], shown_high[2];
static struct chart shown_chart;

static void shown_compute(void)
{
    static const char *const keys[SHOWN_LINES] = { "both.b", "both.l",
        "both.r", "causal.l" };
    static const char *const models[] = { "both", "causal" };
    for (size_t i = 0; i < SHOWN_LINES; i++)
        for (size_t j = 0; j < SHOWN_COUNTS; j++)
            shown_y[i][j] = 100 * measured("bert.study.%s%s.mean", keys[i],
                                           shown_names[j]);
    for (size_t i = 0; i < 2; i++) {
        shown_right[i] = 100 * measured("bert.study.%s.right.mean",
                                        models[i]);
        shown_low[i] = 100 * measured("bert.study.%s.right.low", models[i]);
        shown_high[i] = 100 * measured("bert.study.%s.right.high",
                                       models[i]);
    }
}
#define SHOWN_LINE(i, name, ink) { name, ink, MARK_LINE | MARK_POINTS, \
    SHOWN_COUNTS, .y = shown_y[i] }
static struct chart shown_chart = {
    .compute = shown_compute,
    .panel = {
        { .x = "tokens shown", .y = "% right", .y0 = 0, .y1 = 50,
          .format = "%.1f", .names = shown_names, .n_names = SHOWN_COUNTS,
          .wide = 1.8f, .tall = 1.4f, .series = {
              SHOWN_LINE(0, "each side", SERIES_1),
              SHOWN_LINE(1, "left", SERIES_2),
              SHOWN_LINE(2, "right", SERIES_3),
              SHOWN_LINE(3, "causal, left", SERIES_4) } },
        { .y = "% right", .y0 = 0, .y1 = 50, .format = "%.1f",
          .names = shown_models, .n_names = 2, .series = {
              { "three seeds", SERIES_1, MARK_POINTS | MARK_ERRORS, 2,
                .y = shown_right, .low = shown_low,
                .high = shown_high } } } }
};
CHART(shown)

/* figure labels */
enum { LABELS = 3 };
static const char *const labels_names[LABELS] = { "100", "300", "1,000" };
static float labels_y[2][LABELS], labels_low[2][LABELS];
static float labels_high[2][LABELS];
static struct chart labels_chart;

static void labels_compute(void)
{
    static const char *const models[] = { "tuned", "scratch" };
    static const char *const counts[] = { "100", "300", "1000" };
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < LABELS; j++) {
            labels_y[i][j] = 100 * measured("bert.study.%s.%s.right.mean",
                                            models[i], counts[j]);
            labels_low[i][j] = 100 * measured("bert.study.%s.%s.right.low",
                                              models[i], counts[j]);
            labels_high[i][j] = 100 * measured("bert.study.%s.%s.right.high",
                                               models[i], counts[j]);
        }
}

#define LABELS_LINE(i, name, ink) { name, ink, \
    MARK_LINE | MARK_POINTS | MARK_ERRORS, LABELS, .y = labels_y[i], \
    .low = labels_low[i], .high = labels_high[i] }
static struct chart labels_chart = {
    .compute = labels_compute,
    .panel = {
        { .x = "labels", .y = "% right", .y0 = 0, .y1 = 70,
          .format = "%.1f", .names = labels_names, .n_names = LABELS,
          .series = { LABELS_LINE(0, "has read before", SERIES_1),
                      LABELS_LINE(1, "from scratch", SERIES_2) } } }
};
CHART(labels)

static const struct figure figures[] = {
    /* the figures of bert */
    { "fill", 720, 520, 900,
      "A text field with a sentence. Left, its tokens one below the other, one "
      "of them hidden, and for each a bar: how much the hidden token's place "
      "looks at it. Right, the eight most likely tokens for that place, with "
      "their chances.",
      fill_frame, fill_table },
    { "shown", 720, 380, 760,
      "Left, the percentage of blanks that are filled in rightly, against the "
      "number of tokens that are shown: left of the blank, right of it, or on "
      "both sides; and a causal model's, which sees the left. The line for both "
      "sides is far above the others. Right, a point for each of the two "
      "models.",
      shown_frame, shown_table },
    { "labels", 720, 320, 420,
      "The percentage of definitions that are sorted rightly, against the number "
      "of labels: a line for the model that has read before, and a lower one for "
      "the one that has not.",
      labels_frame, labels_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static struct wordpiece words_chosen(void)
{
    if (!chosen.load)
        return wordpiece_read(chosen.vocab);
    struct safetensors file = safetensors_read(chosen.load);
    const char *text = safetensors_text(&file, "vocabulary");
    struct wordpiece v;
    if (!text || !*text)
        fail("%s: has no 'vocabulary'", chosen.load);
    const char *wrong = wordpiece_parse(&v, text, strlen(text));
    if (wrong)
        fail("%s: its 'vocabulary' %s", chosen.load, wrong);
    safetensors_free(&file);
    return v;
}

static void ids_decode(const struct wordpiece *v, const char *text, size_t n)
{
    int32_t *ids = allocate(n / 2 + 1, sizeof *ids);
    size_t count = 0, line = 1, id;
    const char *end = text + n;
    while (text < end) {
        if (isspace((unsigned char)*text)) {
            line += *text++ == '\n';
            continue;
        }
        char word[24] = "";
        size_t length = 0;
        for (; text < end && !isspace((unsigned char)*text); text++, length++)
            if (length + 1 < sizeof word)
                word[length] = *text ? *text : '?';
        if (length >= sizeof word || !parse_size(&id, word) || id >= v->count)
            fail("stdin:%zu: \"%s\" is no id from 0 to %zu", line, word,
                 v->count - 1);
        ids[count++] = (int32_t)id;
    }
    char *out = wordpiece_decode(v, ids, count);
    puts(out);
    free(out), free(ids);
}

static int run_tokens(void)
{
    size_t n, count;
    if (chosen.decode && chosen.pieces)
        fail("--decode does not go with --pieces");
    struct wordpiece v = words_chosen();
    char *text = text_read("/dev/stdin", &n);
    if (chosen.decode)
        ids_decode(&v, text, n);
    else {
        int32_t *ids = wordpiece_encode(&count, &v, text, n);
        for (size_t i = 0; i < count; i++)
            if (chosen.pieces)
                printf("%d\t%.*s\n", ids[i], (int)v.pieces[ids[i]].n,
                       v.pieces[ids[i]].at);
            else
                printf("%d%c", ids[i], i + 1 < count ? ' ' : '\n');
        free(ids);
    }
    free(text), wordpiece_free(&v);
    return 0;
}

/* words_new: a vocabulary from a text of n bytes, as chosen. */
static struct wordpiece words_new(const char *text, size_t n,
                                  const char *path)
{
    struct wordpiece v;
    char *list = wordpiece_train(text, n, chosen.tokens);
    const char *wrong = wordpiece_parse(&v, list, strlen(list));
    if (wrong)
        fail("%s: its vocabulary %s", path, wrong);
    if (v.count > chosen.tokens)
        fail("--tokens %zu: %s has so many characters that it takes %zu",
             chosen.tokens, path, v.count);
    if (v.count <= SPECIALS)
        fail("%s: has no words", path);
    free(list);
    return v;
}

static int run_vocab(void)
{
    size_t n;
    char *text = text_read(chosen.text, &n);
    struct wordpiece v = words_new(text, n, chosen.text);
    struct output *out = output_open(chosen.save);
    output_bytes(out, v.text, strlen(v.text));
    output_commit(out);
    free(text), wordpiece_free(&v);
    return 0;
}
/* lines_text: the texts of lines that are for training, a line each; free
 * it. */
static char *lines_text(const char *path)
{
    struct pairs all = pairs_read(path), texts = pairs_turned(&all);
    struct pairs part = pairs_part(&texts, PART_TRAIN);
    size_t bytes = 1;
    for (size_t i = 0; i < part.count; i++)
        bytes += strlen(part.list[i].input) + 1;
    char *text = allocate(bytes, 1), *to = text;
    for (size_t i = 0; i < part.count; i++)
        to += sprintf(to, "%s\n", part.list[i].input);
    pairs_free(&part), pairs_free(&texts), pairs_free(&all);
    return text;
}

/* train_words: the vocabulary of the file that was chosen, or one found in
 * the part that is trained on and in more. */
static struct wordpiece train_words(const char *text, size_t n,
                                    const char *more)
{
    if (chosen.vocab)
        return wordpiece_read(chosen.vocab);
    const size_t held = text_held(text, n, chosen.held);
    const size_t rest = more ? strlen(more) : 0;
    char *all = allocate(size_sum(size_sum(held, rest), 2), 1);
    memcpy(all, text, held);
    all[held] = '\n';
    memcpy(all + held + 1, more ? more : "", rest);
    struct wordpiece v = words_new(all, held + 1 + rest, chosen.text);
    free(all);
    return v;
}

static struct filling train_make(const char *text, size_t n,
                                 const char *more)
{
    if (chosen.width % chosen.heads)
        fail("--heads %zu: do not divide --embed %zu", chosen.heads,
             chosen.width);
    struct filling f = { .filler = { .tape = tape_new(),
                                     .words = train_words(text, n, more) },
        .context = chosen.context, .batch = chosen.batch,
        .held = chosen.held, .share = (float)chosen.share };
    const struct bert_kind is = { f.filler.words.count, chosen.context, 2,
        chosen.width, chosen.heads, chosen.layers, chosen.hidden,
        .fills = true, .causal = chosen.causal, .drop = chosen.drop };
    f.filler.bert = bert_new(f.filler.tape, &is);
    f.blanks = blanks_new(size_product(f.batch, f.context));
    bert_start(&f.filler.bert, chosen.seed);
    return f;
}

static void train_agrees(const char *option, double wanted, double is)
{
    const double near = wanted == floor(wanted) ? 0 : 1e-6 * fabs(wanted);
    if (command_given(option) && fabs(wanted - is) > near)
        fail("--%s %.9g: %s has %.9g, and goes on with that", option, wanted,
             shown(chosen.load), is);
}

static void train_loaded(struct training *t, void *model)
{
    const struct filling *f = model;
    const struct bert_kind *is = &f->filler.bert.is;
    const struct { const char *option; double wanted, is; } all[] = {
        { "layers", (double)chosen.layers, (double)is->layers },
        { "heads", (double)chosen.heads, (double)is->heads },
        { "embed", (double)chosen.width, (double)is->width },
        { "ff", (double)chosen.hidden, (double)is->hidden },
        { "tokens", (double)chosen.tokens, (double)is->tokens },
        { "context", (double)chosen.context, (double)is->context },
        { "causal", (double)chosen.causal, (double)is->causal },
        { "batch", (double)chosen.batch, (double)f->batch },
        { "dropout", (double)chosen.drop, (double)is->drop },
        { "val", chosen.held, f->held },
        { "share", chosen.share, (double)f->share },
        { "lr", chosen.rate, t->rate },
        { "warmup", (double)chosen.warmup, (double)t->warmup },
        { "weight-decay", chosen.decay, t->how.weight_decay },
        { "grad-clip", chosen.clip, t->clip },
        { "seed", (double)chosen.seed, (double)t->seed } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        train_agrees(all[i].option, all[i].wanted, all[i].is);
}

static void train_chosen(struct training *t)
{
    t->rate = chosen.rate, t->clip = chosen.clip;
    t->how.weight_decay = chosen.decay;
    if (command_given("warmup"))
        t->warmup = chosen.warmup;
}

static int run_train(void)
{
    struct filling_texts texts;
    size_t n;
    char *text = text_read(chosen.text, &n), *more = NULL;
    if (chosen.lines)
        more = lines_text(chosen.lines);
    if (chosen.load && chosen.vocab)
        fail("--vocab %s: the run in %s has its own", chosen.vocab,
             shown(chosen.load));
    if (chosen.vocab && command_given("tokens"))
        fail("--tokens does not go with --vocab");
    if (chosen.seconds > 0 && (command_given("steps") || chosen.pause))
        fail("--seconds does not go with --steps or --pause");
    struct filling f = chosen.load ? filling_load(chosen.load)
                                   : train_make(text, n, more);
    filling_read(&f, text, n, more, chosen.text);
    free(text), free(more);
    struct training t = filling_training(&f, &texts, chosen.steps,
                                         chosen.seed);
    train_chosen(&t);
    const int status = training_run(&t, &(struct training_task){
        .load = chosen.load, .save = chosen.save, .pause = chosen.pause,
        .steps = !chosen.load || command_given("steps") ? chosen.steps : 0,
        .seconds = chosen.seconds, .every = chosen.every, .model = &f,
        .step = filling_step, .report = filling_report,
        .loaded = train_loaded });
    training_free(&t), filling_free(&f);
    return status;
}
/* model_load: what was chosen, for texts. */
static struct filler model_load(void)
{
    struct filler f = filler_load(chosen.load, command_given("heads")
                                  ? chosen.heads : 0, chosen.vocab);
    if (!f.words.count)
        fail("%s: does not say what its tokens are: say --vocab",
             chosen.load);
    f.tape->no_grad = true;
    return f;
}

/* cut_said: says what is not read of a text that is too long. */
static void cut_said(const char *where, size_t all, size_t n)
{
    if (all > n)
        fprintf(stderr, "%s: %s has %zu tokens, and the last %zu before the "
                "end are cut\n", program_name, where, all, all - n);
}

/* best_print: the most likely tokens by logits (V), a line each. */
static void best_print(const struct filler *f, const float *logits)
{
    const size_t V = f->bert.is.tokens;
    float *p = allocate(V, sizeof *p);
    softmax(p, logits, V);
    for (size_t i = 0; i < chosen.top && i < V; i++) {
        const size_t best = argmax(p, V);
        printf("%.*s\t%.3f\n", (int)f->words.pieces[best].n,
               f->words.pieces[best].at, (double)p[best]);
        p[best] = -1;
    }
    free(p);
}

static int run_fill(void)
{
    size_t words, n, all, blanks = 0;
    const char *text = *command_words(&words);
    if (words != 1)
        fail("wants one text, in quotes, with [MASK] where a word is "
             "missing");
    struct filler f = model_load();
    if (!f.bert.is.fills)
        fail("%s: has no head that fills in", chosen.load);
    int32_t *ids = text_ids(&n, &all, &f.words, text, strlen(text),
                            f.bert.is.context);
    int32_t *places = allocate(n, sizeof *places);
    for (size_t i = 1; i + 1 < n; i++)
        if (ids[i] == f.words.special[SPECIAL_MASK])
            places[blanks++] = (int32_t)i - f.bert.is.causal;
    if (blanks == 0)
        fail("there is no [MASK] in the text%s", all > n
             ? " before it is cut" : "");
    cut_said("the text", all, n);
    const struct bert_input in = { 1, n, ids, .seed = 0 };
    const float *x = bert_fill(f.tape, &f.bert, bert_forward(f.tape, &f.bert,
                               &in), places, blanks)->data;
    outputs_finite(chosen.load, x, blanks * f.bert.is.tokens);
    for (size_t i = 0; i < blanks; i++) {
        fputs(i ? "\n" : "", stdout);
        best_print(&f, x + i * f.bert.is.tokens);
    }
    free(ids), free(places), filler_free(&f);
    return 0;
}

static void hidden_require(const struct bert_kind *is, size_t T)
{
    const int32_t *ids = port_integers(PORT_IDS);
    const int32_t *types = port_integers(PORT_TYPES);
    if (T > is->context)
        port_refuse(PORT_IDS, "rows of %zu tokens, and the model has %zu "
                    "places", T, is->context);
    for (size_t i = 0; i < ports[PORT_IDS].count; i++) {
        if ((size_t)ids[i] >= is->tokens)
            port_refuse(PORT_IDS, "element %zu is %d, and the model has %zu "
                        "tokens", i, ids[i], is->tokens);
        if (types && (size_t)types[i] >= is->types)
            port_refuse(PORT_TYPES, "element %zu is %d, and the model has "
                        "%zu types", i, types[i], is->types);
    }
}

static int run_hidden(void)
{
    struct filler f = filler_load(chosen.load, command_given("heads")
                                  ? chosen.heads : 0, NULL);
    const size_t T = axis("T"), C = f.bert.is.width;
    const size_t B = ports[PORT_IDS].count / T;
    const int32_t *ids = port_integers(PORT_IDS);
    const int32_t *types = port_integers(PORT_TYPES);
    const size_t *lengths = port_sizes(PORT_LENGTHS);
    hidden_require(&f.bert.is, T);
    axis_set("C", C, "--load");
    float *out = allocate(size_product(size_product(B, T), C), sizeof *out);
    f.tape->no_grad = true;
    for (size_t b = 0; b < B; b++) {
        const struct bert_input in = { 1, T, ids + b * T,
            types ? types + b * T : NULL, lengths ? lengths + b : NULL, 0 };
        tape_reset(f.tape);
        memcpy(out + b * T * C, bert_forward(f.tape, &f.bert, &in)->data,
               T * C * sizeof *out);
    }
    outputs_finite(chosen.load, out, B * T * C);
    port_give_floats(PORT_HIDDEN, out);
    free(out), filler_free(&f);
    return 0;
}

static int run_convert(void)
{
    if (same_file(chosen.load, chosen.save))
        fail("--save %s: is the file of --load, whose run would be lost",
             chosen.save);
    struct filler f = filler_load(chosen.load, command_given("heads")
                                  ? chosen.heads : 0, chosen.vocab);
    filler_save(chosen.save, &f, chosen.half ? NARROW_HALF : NARROW_NO);
    filler_free(&f);
    return 0;
}

static void score_text(struct filler *f)
{
    size_t n;
    char *text = text_read(chosen.text, &n);
    const size_t from = command_given("val") ? text_held(text, n, chosen.held)
                                             : 0;
    struct passage p = passage_of(&f->words, text, from, n);
    const size_t widest = f->bert.is.context < 512 ? f->bert.is.context : 512;
    const size_t half = widest / 2 - 2;
    if (!f->bert.is.fills)
        fail("%s: has no head that fills in", chosen.load);
    if (p.n < widest)
        fail("%s: has %zu tokens, and a context of %zu takes as many",
             chosen.text, p.n, widest);
    const size_t many = p.n < 2000 ? p.n : 2000;
    const float right = (float)blanks_right(f, &p, widest, half, half, many);
    outputs_finite(chosen.load, &right, 1);
    printf("right %.4f   of %zu blanks\n", (double)right, many);
    free(p.ids), free(text);
}

static void score_lines(struct filler *f)
{
    struct pairs all = pairs_read(chosen.lines), texts = pairs_turned(&all);
    struct pairs test = pairs_part(&texts, PART_TEST);
    if (!f->bert.is.kinds)
        fail("%s: has no categories", chosen.load);
    struct labeled_texts t = labeled_texts_of(f, &test, SIZE_MAX);
    if (t.count == 0)
        fail("%s: has no text for testing", chosen.lines);
    const float right = (float)labeled_right(f, &t);
    outputs_finite(chosen.load, &right, 1);
    printf("right %.4f   of %zu texts\n", (double)right, t.count);
    labeled_texts_free(&t);
    pairs_free(&test), pairs_free(&texts), pairs_free(&all);
}

static int run_score(void)
{
    struct filler f = model_load();
    if (chosen.text)
        score_text(&f);
    else
        score_lines(&f);
    filler_free(&f);
    return 0;
}
static void tune_loaded(struct training *t, void *model)
{
    const struct tuning *s = model;
    train_agrees("batch", (double)chosen.batch, (double)s->batch);
    train_agrees("dropout", (double)chosen.drop,
                 (double)s->filler.bert.is.drop);
    train_agrees("labels", (double)chosen.labels,
                 (double)s->part[PART_TRAIN].count);
    train_agrees("lr", chosen.rate, t->rate);
    train_agrees("seed", (double)chosen.seed, (double)t->seed);
}

/* tune_begin: the model of the file; a new one for these categories, if the
 * file is no run of tuning.  Returns whether it is one. */
static bool tune_begin(struct tuning *s, size_t *most,
                       const struct pairs *pairs)
{
    const bool run = tuning_load(s, most, chosen.load,
        command_given("heads") ? chosen.heads : 0, chosen.vocab);
    if (s->batch > 256)
        fail("--batch %zu: at most 256 texts at once", s->batch);
    if (run)
        return true;
    if (chosen.save && same_file(chosen.load, chosen.save))
        fail("--save %s: is the file of --load, which would be lost",
             chosen.save);
    char *kinds = pairs_kinds(pairs);
    struct filler new = filler_classifier(&s->filler, kinds,
        command_given("dropout") ? chosen.drop : .1f, chosen.seed);
    filler_free(&s->filler);
    s->filler = new;
    free(kinds);
    return false;
}

static int run_tune(void)
{
    struct tuning_texts texts;
    struct tuning s = { .batch = command_given("batch") ? chosen.batch
                                                         : 32 };
    struct pairs pairs = pairs_read(chosen.lines);
    size_t most = chosen.labels;
    const bool run = tune_begin(&s, &most, &pairs);
    tuning_read(&s, &pairs, most);
    const size_t steps = command_given("steps") ? chosen.steps : 600;
    struct training t = tuning_training(&s, &texts, steps, chosen.seed);
    t.rate = command_given("lr") ? chosen.rate : 1e-3;
    const int status = training_run(&t, &(struct training_task){
        .load = run ? chosen.load : NULL, .save = chosen.save,
        .pause = chosen.pause,
        .steps = !run || command_given("steps") ? steps : 0,
        .every = chosen.every, .model = &s, .step = tuning_step,
        .report = tuning_report, .loaded = tune_loaded });
    if (status == 0 && s.part[PART_TEST].count)
        printf("test   right %.4f\n", labeled_right(&s.filler,
                                                    &s.part[PART_TEST]));
    training_free(&t), tuning_free(&s), pairs_free(&pairs);
    return status;
}

struct answer { size_t kind; float chance; };

static struct answer line_answer(struct filler *f, const char *text,
                                 size_t bytes, size_t line)
{
    char where[40];
    size_t n, all;
    const size_t K = f->bert.is.kinds;
    int32_t *ids = text_ids(&n, &all, &f->words, text, bytes,
                            f->bert.is.context);
    snprintf(where, sizeof where, "stdin:%zu", line);
    cut_said(where, all, n);
    const struct bert_input in = { 1, n, ids, .seed = 0 };
    float *p = allocate(K, sizeof *p);
    tape_reset(f->tape);
    softmax(p, bert_classify(f->tape, &f->bert, &in)->data, K);
    const size_t best = argmax(p, K);
    outputs_finite(chosen.load, p, K);
    const struct answer answer = { best, p[best] };
    free(p), free(ids);
    return answer;
}

static int run_classify(void)
{
    struct filler f = model_load();
    size_t n, lines = 0;
    if (!f.bert.is.kinds)
        fail("%s: has no categories: tune makes a model that has",
             chosen.load);
    char *text = text_read("/dev/stdin", &n);
    size_t *ends = allocate(n + 1, sizeof *ends), count;
    for (size_t at = 0; at < n; at = ends[lines++] + 1) {
        const char *end = memchr(text + at, '\n', n - at);
        ends[lines] = end ? (size_t)(end - text) : n;
        const char *why = text_wrong(text + at, ends[lines] - at);
        if (!why) {
            free(basic_text(&count, text + at, ends[lines] - at));
            why = count > 1 ? NULL : "has no word";
        }
        if (why)
            fail("stdin:%zu: %s", lines + 1, why);
    }
    struct answer *answers = allocate(lines + 1, sizeof *answers);
    for (size_t i = 0, at = 0; i < lines; at = ends[i++] + 1)
        answers[i] = line_answer(&f, text + at, ends[i] - at, i + 1);
    for (size_t i = 0; i < lines; i++) {
        const struct unit kind = f.kinds[answers[i].kind];
        printf("%.*s\t%.3f\n", (int)kind.n, kind.at,
               (double)answers[i].chance);
    }
    free(answers), free(text), free(ends), filler_free(&f);
    return 0;
}
#define STUDY_CAUSAL_SHARE .85
enum { STUDY_SEEDS = 3, STUDY_BLANKS = 2000, SHOWN = 6, STUDY_TUNE = 600 };
enum { STUDY_BOTH, STUDY_CAUSAL, STUDY_OPEN };
static const char *const study_file = "data/weights/bert.safetensors";
static const char *const study_text = "data/moby-dick/moby-dick.txt";
static const char *const study_lines = "data/glosses/glosses.tsv";
static const size_t shown_counts[SHOWN] = { 1, 2, 4, 8, 16, 30 };
#define STUDY_SHOWN "l1 l2 l4 l8 l16 l30 r1 r2 r4 r8 r16 r30 b1 b2 b4 b8 " \
    "b16 b30"

static struct {
    struct wordpiece words;
    struct passage train, val;
    struct pairs lines;
} studied;

static void study_read(void)
{
    size_t n;
    char *text = text_read(study_text, &n), *more = lines_text(study_lines);
    studied.words = train_words(text, n, more);
    struct filling f = { .context = chosen.context, .held = chosen.held,
                         .filler = { .words = studied.words } };
    filling_read(&f, text, n, more, study_text);
    studied.train = f.train, studied.val = f.val;
    studied.lines = pairs_read(study_lines);
    free(text), free(more);
}

static struct filling study_filling(int which, uint64_t seed)
{
    struct filling f = { .filler = { .tape = tape_new(),
                                     .words = studied.words },
        .train = studied.train, .val = studied.val, .batch = chosen.batch,
        .context = chosen.context, .share = (float)chosen.share,
        .open = which == STUDY_OPEN };
    const struct bert_kind is = { studied.words.count, chosen.context, 2,
        chosen.width, chosen.heads, chosen.layers, chosen.hidden,
        .fills = true, .causal = which == STUDY_CAUSAL };
    f.filler.bert = bert_new(f.filler.tape, &is);
    f.blanks = blanks_new(size_product(f.batch, f.context));
    bert_start(&f.filler.bert, seed);
    return f;
}

static size_t study_steps(int which)
{
    static const double share[] = { 1, STUDY_CAUSAL_SHARE, .25 };
    const double steps = share[which] * (double)chosen.steps;
    return steps < 1 ? 1 : (size_t)steps;
}

static double seconds_of_thread(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double study_shown(struct filling *f, size_t left, size_t right)
{
    return blanks_right(&f->filler, &f->val, f->context, left, right,
                        STUDY_BLANKS);
}

/* The measures: right seconds loss, and those of STUDY_SHOWN. */
static void fill_run(const size_t *level, uint64_t seed, double *out)
{
    const int which = (int)level[0];
    struct filling f = study_filling(which, seed);
    struct filling_texts texts;
    const size_t steps = study_steps(which), half = chosen.context / 2 - 2;
    struct training t = filling_training(&f, &texts, steps, seed);
    const double start = seconds_of_thread();
    t.rate = chosen.rate;
    while (t.step < steps && !interrupted) {
        const double loss = (double)filling_step(&t, &f);
        if (10 * t.step > 9 * steps)
            out[2] += loss / (double)(steps - 9 * steps / 10);
    }
    out[1] = seconds_of_thread() - start;
    if (seed == 1 && which == STUDY_BOTH && !command_given("steps")
        && !interrupted)
        filler_save(study_file, &f.filler, NARROW_BYTE);
    out[0] = study_shown(&f, half, half);
    for (size_t i = 0; i < SHOWN && !interrupted; i++) {
        const size_t n = shown_counts[i];
        out[3 + i] = study_shown(&f, n, 0);
        out[3 + SHOWN + i] = study_shown(&f, 0, n);
        out[3 + 2 * SHOWN + i] = study_shown(&f, n, n);
    }
    if (!is_terminal(stderr))
        fprintf(stderr, "model %d, seed %" PRIu64 ": right %.4f, loss %.3f, "
                "%.0f seconds\n", which, seed, out[0], out[2], out[1]);
    training_free(&t), blanks_free(&f.blanks), tape_free(f.filler.tape);
}

static const size_t label_counts[] = { 100, 300, 1000 };

static struct filler study_model(bool scratch, uint64_t seed)
{
    struct filler f = filler_load(study_file, 0, NULL);
    if (scratch)
        bert_start(&f.bert, seed);
    return f;
}

static void tune_run(const size_t *level, uint64_t seed, double *out)
{
    struct tuning s = { .batch = 32 };
    struct tuning_texts texts;
    struct filler from = study_model(level[0] == 1, seed);
    char *kinds = pairs_kinds(&studied.lines);
    const double start = seconds_of_thread();
    s.filler = filler_classifier(&from, kinds, .1f, seed);
    tuning_read(&s, &studied.lines, label_counts[level[1]]);
    const size_t steps = command_given("steps") ? chosen.steps : STUDY_TUNE;
    struct training t = tuning_training(&s, &texts, steps, seed);
    while (t.step < steps && !interrupted)
        tuning_step(&t, &s);
    out[1] = seconds_of_thread() - start;
    out[0] = labeled_right(&s.filler, &s.part[PART_TEST]);
    if (!is_terminal(stderr))
        fprintf(stderr, "%s, %zu labels, seed %" PRIu64 ": right %.4f, %.0f "
                "seconds\n", level[0] ? "scratch" : "tuned",
                label_counts[level[1]], seed, out[0], out[1]);
    free(kinds), filler_free(&from), training_free(&t), tuning_free(&s);
}

static void print_common(void)
{
    struct filling f = study_filling(STUDY_BOTH, 1);
    printf("bert.study.parameters = %zu\nbert.study.tokens = %zu\n"
           "bert.study.text = %zu\nbert.study.held = %zu\n"
           "bert.study.steps = %zu\nbert.study.seeds = %d\n"
           "bert.study.blanks = %d\nbert.study.tune.steps = %d\n",
           f.filler.tape->size, studied.words.count, studied.train.n,
           studied.val.n, chosen.steps, STUDY_SEEDS, STUDY_BLANKS,
           STUDY_TUNE);
    blanks_free(&f.blanks), tape_free(f.filler.tape);
}

static int run_study(void)
{
    study_read();
    print_common();
    study_print(&(struct study){ .key = "bert.study",
        .factors = { "both causal open" }, .seeds = STUDY_SEEDS,
        .measures = "right seconds loss " STUDY_SHOWN, .run = fill_run,
        .lines = STUDY_MEAN | STUDY_RANGE });
    study_print(&(struct study){ .key = "bert.study",
        .factors = { "tuned scratch", "100 300 1000" },
        .seeds = STUDY_SEEDS, .measures = "right seconds", .run = tune_run,
        .lines = STUDY_MEAN | STUDY_RANGE });
    free(studied.train.ids), free(studied.val.ids);
    wordpiece_free(&studied.words), pairs_free(&studied.lines);
    return 0;
}

static int run_results(void)
{
    struct filler f = filler_load(study_file, 0, NULL);
    size_t n;
    char *text = text_read(study_text, &n);
    struct passage p = passage_of(&f.words, text, text_held(text, n,
                                  chosen.held), n);
    const size_t T = f.bert.is.context, half = T / 2 - 2;
    printf("bert.book.right = %.4f\n", blanks_right(&f, &p, T, half, half,
                                                    STUDY_BLANKS));
    free(p.ids), free(text), filler_free(&f);
    return 0;
}
#endif
static const struct command_option options[] = {
/* options of bert */
    { "train", OPTION_FLAG, .help = "train a model on a text" },
    { "fill", OPTION_FLAG, .help = "fill in [MASK] in a text" },
    { "tune", OPTION_FLAG, .help = "train a model to sort texts" },
    { "classify", OPTION_FLAG, .help = "sort lines of text" },
    { "hidden", OPTION_FLAG, .help = "the rows of the encoder for ids" },
    { "score", OPTION_FLAG, .help = "how much a model gets right" },
    { "convert", OPTION_FLAG, .help = "write a model without its run" },
    { "cut", OPTION_FLAG, .help = "cut a text into tokens" },
    { "learn", OPTION_FLAG, .help = "find the tokens of a text" },
    { "text", OPTION_READS, &chosen.text, "FILE",
      "to train on, to score, or to find tokens in" },
    { "lines", OPTION_READS, &chosen.lines, "FILE.tsv",
      "category, tab, text; which are for testing, a text says itself" },
    { "vocab", OPTION_READS, &chosen.vocab, "FILE", "a token a line" },
    { "layers", OPTION_SIZE, &chosen.layers, "L", "blocks", "1..48" },
    { "heads", OPTION_SIZE, &chosen.heads, "H", "of each block; of a file "
      "that does not say it, one for 64 columns", "1.." },
    { "embed", OPTION_SIZE, &chosen.width, "C", "numbers of a token",
      "2..16384" },
    { "ff", OPTION_SIZE, &chosen.hidden, "F", "hidden numbers", "1..65536" },
    { "context", OPTION_SIZE, &chosen.context, "T", "tokens at once",
      "8..512" },
    { "tokens", OPTION_SIZE, &chosen.tokens, "N", "of the vocabulary",
      "6..1048576" },
    { "causal", OPTION_FLAG, &chosen.causal, NULL,
      "see only what is before, and foretell" },
    { "dropout", OPTION_FLOAT, &chosen.drop, "P", "part that is dropped; "
      "with tune .1 if it is not said", "0..<1" },
    { "share", OPTION_DOUBLE, &chosen.share, "P",
      "part of the tokens that is asked for", "0.001..1" },
    { "batch", OPTION_SIZE, &chosen.batch, "B", "windows at once; with tune "
      "texts, and 32 if it is not said", "1..100000" },
    { "steps", OPTION_SIZE, &chosen.steps, "N", "steps of training; with "
      "tune 600 if it is not said", "1.." },
    { "seconds", OPTION_DOUBLE, &chosen.seconds, "S",
      "train as long instead; 0: by steps", "0..1e6" },
    { "pause", OPTION_SIZE, &chosen.pause, "N", "stop after it; 0: go on" },
    { "lr", OPTION_DOUBLE, &chosen.rate, "R", "learning rate; with tune 1e-3 "
      "if it is not said", "0<.." },
    { "warmup", OPTION_SIZE, &chosen.warmup, "N",
      "steps up to it; without it, a tenth of all" },
    { "weight-decay", OPTION_DOUBLE, &chosen.decay, "D", "of matrices",
      "0..1e6" },
    { "grad-clip", OPTION_DOUBLE, &chosen.clip, "N",
      "the largest norm of a gradient", "0<.." },
    { "eval-every", OPTION_SIZE, &chosen.every, "N",
      "steps between two reports, which also save", "1.." },
    { "val", OPTION_DOUBLE, &chosen.held, "V", "the last part of the text, "
      "for validation; with score: only this part", "0..<1" },
    { "labels", OPTION_SIZE, &chosen.labels, "N",
      "lines to train on, at most", "1.." },
    { "seed", OPTION_SEED, &chosen.seed, "S", "of all that is random" },
    { "top", OPTION_SIZE, &chosen.top, "N", "tokens to print", "1.." },
    { "half", OPTION_FLAG, &chosen.half, .help = "16 bits a number" },
    { "decode", OPTION_FLAG, &chosen.decode,
      .help = "read ids, write the text" },
    { "pieces", OPTION_FLAG, &chosen.pieces,
      .help = "a line for each token: its id, and what it is" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "study", OPTION_FLAG, .help =
      "train all that the chapter compares; writes data/weights" },
    { "save", OPTION_WRITES, &chosen.save, "FILE",
      "write the run, the model or the vocabulary" },
    { "load", OPTION_READS, &chosen.load, "FILE.safetensors", "a model, also "
      "with Hugging Face's names; with train or tune, go on with its run" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "steps", NATIVE(run_study),
      "train what the chapter compares" },
    { "train", "text", "load lines vocab tokens layers heads embed ff "
      "context causal dropout share batch steps seconds pause lr warmup "
      "weight-decay grad-clip eval-every val seed save", NATIVE(run_train),
      "train a model on a text" },
    { "fill", "load", "vocab heads top", NATIVE(run_fill),
      "fill in what is missing", "TEXT" },
    { "tune", "load lines", "vocab heads labels dropout batch steps pause lr "
      "eval-every seed save", NATIVE(run_tune), "teach it categories" },
    { "classify", "load", "vocab heads", NATIVE(run_classify),
      "sort lines of text into them" },
    { "score text", "load", "vocab heads val", NATIVE(run_score),
      "how many blanks of a text it fills in rightly" },
    { "score", "load lines", "vocab heads", NATIVE(run_score),
      "how many lines it sorts rightly, of those for testing" },
    { "hidden", "load ids", "types lengths out heads", NATIVE(run_hidden),
      "what its encoder makes of ids" },
    { "convert", "load save", "vocab heads half", NATIVE(run_convert),
      "write it with Hugging Face's names" },
    { "cut load", NULL, "decode pieces", NATIVE(run_tokens),
      "the same with the tokens of a model" },
    { "cut", "vocab", "decode pieces", NATIVE(run_tokens),
      "cut standard input into tokens" },
    { "learn", "text save", "tokens", NATIVE(run_vocab),
      "find the tokens of a text" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "bert",
        "fills in words that are missing, and learns categories from few "
        "examples",
        "bert fill --load data/weights/bert.safetensors 'the [MASK] of the "
        "ship'", options, ports, modes, "train fill tune classify hidden "
        "score convert tokens=cut vocab=learn" }, argc, argv);
}
