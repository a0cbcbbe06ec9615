/* translation.c -- generated from chapters/18-translation.nw. Do not edit. */
#include "alignment/alignment_kind.h"
#include "kit/chart.h"
#include "kit/study.h"
#include "kit/inference.h"
#include "kit/trials.h"
#include "translation/aligning.h"
#include "translation/memory.h"
#include "translation/summaries.h"

#define STUDY_RUNS "strings|verses|summaries"

/* A model as the options state it. */
static struct transformer sizes = { .layers = 3, .heads = 4, .width = 128,
    .hidden = 512, .order = BLOCK_PRE, .drop = .2f };
static size_t tokens = 2000;
static bool of_summaries, summarizes, copies, means;
enum { BY_MODEL, BY_MEMORY, BY_MODEL1 };
static int by;
static const char *references;         /* a file */

static void sizes_check(void)
{
    static char units[32];
    if (sizes.width % sizes.heads)
        fail("--embed %zu: is no multiple of --heads %zu", sizes.width,
             sizes.heads);
    snprintf(units, sizeof units, "bpe:%zu", tokens);
    chosen.source = units;
}

static struct spelling chosen = { .kind = &transformer_kind, .sizes = &sizes,
    .check = sizes_check, .read = texts_pairs, .shared = true,
    .pairs = "data/libreoffice/strings.tsv", .steps = 4000, .warmup = 400,
    .rate = 2e-3, .beam = 1, .alpha = .6, .join = 1, .seed = 1,
    .speller = { .smoothing = .1, .tokens = 1024, .average = 1 } };

EMBED(translation_weights,
      EMBED_FILE("data/weights/translation.safetensors"));
enum { LIVE_BYTES = 48, LIVE_BEAMS = 5, LIVE_NAME = 24 };
static struct {
    char text[LIVE_BYTES + 1], note[200], title[64];
    struct translator t;
    struct hypothesis found[LIVE_BEAMS];
    char *said[LIVE_BEAMS], (*names)[LIVE_NAME];      /* of units */
    const char *reads[SEQUENCE_MOST], *writes[SEQUENCE_MOST];
    float map[SEQUENCE_MOST * SEQUENCE_MOST];         /* (T, S) */
    int32_t source[SEQUENCE_MOST];
    size_t read, written, picked;
    int layer, head;
    bool refused;
} live = { .text = "Insert a blank page", .layer = 2 };
static struct chart beams_chart;

static void live_start(struct translator *t)
{
    translator_embedded(t, &transformer_kind, translation_weights);
    live.names = allocate(t->vocabulary.count, sizeof *live.names);
    for (size_t i = 0; i < t->vocabulary.count; i++) {
        const struct unit u = t->vocabulary.units[i];
        snprintf(live.names[i], sizeof *live.names, "%.*s", (int)u.n, u.at);
    }
    strcpy(live.names[VOCABULARY_END], "end");
}

static void live_search(struct translator *t)
{
    struct example e = { .sources = live.read, .source = live.source };
    struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
    translate(live.found, t, &b, LIVE_BEAMS, .6);
    batch_free(&b);
    for (size_t i = 0; i < LIVE_BEAMS; i++) {
        free(live.said[i]);
        live.said[i] = hypothesis_text(t, &live.found[i]);
    }
    for (size_t i = 0; i < live.read; i++)
        live.reads[i] = live.names[live.source[i]];
}

static void live_look(struct translator *t)
{
    const struct transformer *m = t->model;
    struct hypothesis *h = &live.found[live.picked];
    struct example e = { live.read, h->n, live.source, h->ids };
    const float *weights[LAYERS_MOST];
    const size_t T = h->n + 1, S = live.read, cells = T * S;
    const size_t first = live.head > 0 ? (size_t)live.head - 1 : 0;
    const size_t last = live.head > 0 ? first + 1 : m->heads;
    pair_attention(weights, t, e);
    memset(live.map, 0, cells * sizeof *live.map);
    for (size_t i = first; i < last; i++)
        for (size_t j = 0; j < cells; j++)
            live.map[j] += weights[live.layer][i * cells + j]
                         / (float)(last - first);
    for (size_t i = 0; i < T; i++)
        live.writes[i] = live.names[i < h->n ? h->ids[i] : VOCABULARY_END];
    live.written = T;
    if (live.head > 0)
        snprintf(live.title, sizeof live.title, "layer %d, head %d",
                 live.layer + 1, live.head);
    else
        snprintf(live.title, sizeof live.title, "layer %d, mean of its heads",
                 live.layer + 1);
}

static void beams_compute(void)
{
    static char last[LIVE_BYTES + 1];
    struct translator *t = &live.t;
    struct panel *map = &beams_chart.panel[1];
    if (!t->tape)
        live_start(t);
    if (strcmp(last, live.text)) {
        size_t read;
        const char *wrong = vocabulary_encode(live.source, &read,
            LIVE_BYTES, &t->vocabulary, &t->units[SOURCE], live.text);
        live.refused = wrong != NULL, strcpy(last, live.text);
        if (wrong)       /* the map stays that of the text before */
            snprintf(live.note, sizeof live.note, "this text %s", wrong);
        else
            live.read = read, live.picked = 0, live_search(t);
    }
    if (!live.refused)
        live_look(t);
    map->rows = live.written, map->cols = live.read;
}

static void beams_pick(struct frame *f, struct widget w, struct rect r)
{
    const size_t was = live.picked;
    if (w.focused)
        live.picked = (size_t)clamp_int((int)live.picked + arrow_y(f), 0,
                                        LIVE_BEAMS - 1);
    if (w.held && w.clicked)
        live.picked = (size_t)grid_at(f, r, LIVE_BEAMS, 1);
    if (live.picked != was)
        chart_touch(f);
}

static void beams_list(struct frame *f, struct rect r)
{
    const float high = r.h / LIVE_BEAMS;
    struct widget w = widget(f, r, CURSOR_HAND);
    if (live.refused) {
        draw_text(f, r.x, r.y + 20, TEXT_SIZE, 0, paint(f, WARN), "%s",
                  live.note);
        return;
    }
    beams_pick(f, w, r);
    for (size_t i = 0; i < LIVE_BEAMS; i++) {
        const struct hypothesis *h = &live.found[i];
        const float y = r.y + high * ((float)i + .5f);
        const bool is = i == live.picked;
        draw_text(f, r.x + 4, y, TEXT_SMALL, ALIGN_MIDDLE, paint(f, MUTED),
                  "%.2f", hypothesis_score(h, .6));
        draw_text(f, r.x + 52, y, TEXT_SIZE,
                  ALIGN_MIDDLE | (is ? TEXT_BOLD : 0),
                  paint(f, is ? INK : MUTED), "%s", live.said[i]);
    }
    focus_ring(f, w, inset(r, -2), 4);
    say(f, w, "translations", live.said[live.picked]);
}

static struct chart beams_chart = {
    .control = { { FIELD(NULL, live.text) },
                 { CHOICE(&live.layer, "1", "2", "3"), .label = "layer" },
                 { CHOICE(&live.head, "all", "1", "2", "3", "4"),
                   .label = "head" } },
    .compute = beams_compute,
    .panel = {
        { .title = "translations, best first", .draw = beams_list,
          .high = .34f, .tall = .3f },
        { .title = live.title, .below = true, .map = live.map, .hi = 1,
          .format = "%.3f", .tall = .8f, .look = {
              .row_labels = live.writes, .col_labels = live.reads } } }
};
CHART(beams)
EMBED(translation_text, EMBED_FILE("data/results/translation-study.txt"));
#define measured(...) result(translation_text, __VA_ARGS__)
enum { SHOWN_NEARS = 4, SHOWN_SYSTEMS = 4 };
static float near_bleu[SHOWN_SYSTEMS][SHOWN_NEARS];
static float near_x[SHOWN_SYSTEMS][SHOWN_NEARS];

static void near_compute(void)
{
    static const char *const names[] = { "memory", "model1", "lstm",
                                         "transformer" };
    for (int i = 0; i < SHOWN_SYSTEMS; i++)
        for (int j = 0; j < SHOWN_NEARS; j++) {
            near_x[i][j] = (float)j + .2f * ((float)i - 1.5f);
            near_bleu[i][j] = measured("study.%s.near%d.mean", names[i],
                                       j + 1);
        }
}

#define NEAR_BARS(i, label, color) { .name = label, .ink = color, \
    .marks = MARK_BARS, .n = SHOWN_NEARS, .x = near_x[i], \
    .y = near_bleu[i], .size = .18f }
static struct chart near_chart = {
    .compute = near_compute,
    .panel = { { .y = "BLEU", .x0 = -.5f, .x1 = SHOWN_NEARS - .5f,
        .format = "%.1f", .tall = .8f, .x = "how near the memory's is",
        .names = (const char *const[]){ "below 0.4", "0.4 to 0.6",
                                        "0.6 to 0.8", "above 0.8" },
        .n_names = SHOWN_NEARS,
        .series = { NEAR_BARS(0, "memory", MUTED),
                    NEAR_BARS(1, "model 1", SERIES_3),
                    NEAR_BARS(2, "LSTM", SERIES_2),
                    NEAR_BARS(3, "Transformer", SERIES_1) } } }
};
CHART(near)
enum { ERRORS_COLUMNS = 5, ERRORS_CELLS = 3 * ERRORS_COLUMNS };
static float head_errors[2][ERRORS_CELLS];

static void errors_compute(void)
{
    static const char *const names[] = { "writes", "reads" };
    for (int behind = 0; behind < 2; behind++)
        for (int i = 0; i < ERRORS_CELLS; i++) {
            const int column = i % ERRORS_COLUMNS, layer = i / ERRORS_COLUMNS;
            head_errors[behind][i] = column < ERRORS_COLUMNS - 1
                ? measured("study.verses.%s%d%d.mean", names[behind],
                           layer + 1, column + 1)
                : measured("study.verses.%s%dmean.mean", names[behind],
                           layer + 1);
        }
}

#define ERRORS_PANEL(name, which) { .title = name, \
    .map = head_errors[which], \
    .rows = 3, .cols = ERRORS_COLUMNS, .lo = .2f, .hi = 1, \
    .format = "%.3f", .x = "head", .y = "layer", .look = { \
        .row_labels = (const char *[]){ "1", "2", "3" }, .col_labels = \
        (const char *[]){ "1", "2", "3", "4", "mean" } } }
static struct chart errors_chart = {
    .compute = errors_compute,
    .panel = { ERRORS_PANEL("of the row that writes a word", 0),
               ERRORS_PANEL("of the row that reads it", 1) }
};
CHART(errors)
EMBED(summary_weights,
      EMBED_FILE("data/weights/translation-copy.safetensors"));
enum { COPIED_NAME = 40 };
static const char *const copied_examples[] = {
    "Pure Haskell implementation of SplitMix, a splittable pseudorandom "
    "number generator that is quite fast.",
    "libb64 is a library of ANSI C routines for fast encoding/decoding data "
    "into and from a base64-encoded format.",
    "Rabbiter is a tool that collects tweets related to the talk and sends "
    "them to Rabbit as comments." };
static struct {
    char text[PARAGRAPH_BYTES], said[140];
    int example, shown;               /* shown: 1 + the example in text */
    struct translator t;
    struct pointed at;
    int32_t read[SEQUENCE_MOST], written[SEQUENCE_MOST];
    int unit;                         /* which of the written ones */
    bool refused;
} copied;

static void copied_name(char name[COPIED_NAME], int32_t id)
{
    const struct unit u = copied.t.vocabulary.units[id];
    const size_t blank = u.n > 1 && *u.at == ' ';
    snprintf(name, COPIED_NAME, "%.*s", (int)(u.n - blank), u.at + blank);
    if (id == VOCABULARY_END)
        strcpy(name, "end");
}

static void copied_ask(struct translator *t, struct example e)
{
    struct hypothesis h;
    struct batch b = batch_new(&e, (const uint32_t[]){ 0 }, 1);
    translate(&h, t, &b, 1, 0), batch_free(&b);
    e.target = h.ids;
    e.targets = h.n < SEQUENCE_MOST - 1 ? h.n : SEQUENCE_MOST - 2;
    pointer_look(&copied.at, t, &e);
    memcpy(copied.written, h.ids, e.targets * sizeof *h.ids);
    copied.written[e.targets] = VOCABULARY_END;
    vocabulary_decode(copied.said, sizeof copied.said, &t->vocabulary,
                      &t->units[TARGET], h.ids, e.targets);
}

static void copied_compute(void)
{
    struct translator *t = &copied.t;
    struct example e = { .source = copied.read };
    char text[PARAGRAPH_BYTES + 2];
    if (!t->tape)
        translator_embedded(t, &pointer_kind, summary_weights);
    if (copied.shown != copied.example + 1)
        snprintf(copied.text, sizeof copied.text, "%s",
                 copied_examples[copied.example]);
    copied.shown = copied.example + 1;
    snprintf(text, sizeof text, " %s", copied.text);
    const char *wrong = vocabulary_encode(copied.read, &e.sources,
        SEQUENCE_MOST - 1, &t->vocabulary, &t->units[SOURCE], text);
    copied.refused = wrong != NULL;
    if (wrong)
        snprintf(copied.said, sizeof copied.said, "this text %s", wrong);
    else
        copied_ask(t, e);
    copied.unit = clamp_int(copied.unit, 0, (int)copied.at.said - 1);
}

/* copied_units: in rows; weight: how dark (n), or NULL: the chosen one is.
 * The one under the pointer, or -1. */
static int copied_units(struct frame *f, struct rect r, const int32_t *ids,
                        size_t n, const float *weight)
{
    float x = r.x, y = r.y + 4;
    int under = -1;
    for (size_t i = 0; i < n; i++) {
        char name[COPIED_NAME];
        copied_name(name, ids[i]);
        const struct unit u = copied.t.vocabulary.units[ids[i]];
        const float w = text_run(name, TEXT_SIZE, false) + 8;
        const float much = weight ? sqrtf(weight[i])
                                  : (float)i == (float)copied.unit;
        const struct color c = mix(paint(f, PANEL), paint(f, ACCENT), much);
        x += *u.at == ' ' ? 5 : 1;
        if (x + w > r.x + r.w)
            x = r.x, y += 25;
        const struct rect box = { x, y, w, 22 };
        draw_round(f, box, 4, c);
        draw_text(f, x + w / 2, y + 11, TEXT_SIZE,
                  ALIGN_CENTER | ALIGN_MIDDLE, ink_on(c), "%s", name);
        if (hovering(f, box))
            under = (int)i;
        x += w;
    }
    return under;
}

static void copied_paragraph(struct frame *f, struct rect r)
{
    const float *w = copied.at.weights + (size_t)copied.unit * copied.at.n;
    const int at = copied.refused ? -1
        : copied_units(f, r, copied.read, copied.at.n, w);
    if (at >= 0)
        readout(f, "weight %.3f", (double)w[at]);
}

static void copied_synopsis(struct frame *f, struct rect r)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    if (copied.refused) {
        draw_text(f, r.x, r.y + 16, TEXT_SIZE, 0, paint(f, WARN), "%s",
                  copied.said);
        return;
    }
    if (w.focused)
        copied.unit += arrow_x(f) + arrow_y(f);
    copied.unit = clamp_int(copied.unit, 0, (int)copied.at.said - 1);
    const int under = copied_units(f, r, copied.written, copied.at.said,
                                   NULL);
    if (under >= 0 && w.held)
        copied.unit = under;
    focus_ring(f, w, inset(r, -4), 6);
    say(f, w, "synopsis", copied.said);
}

/* Two bars: the gate, and the share of the source in the chosen unit. */
static void copied_bars(struct frame *f, struct rect r)
{
    const size_t i = (size_t)copied.unit;
    const float part[] = { 1 - copied.at.gate[i], copied.at.share[i] };
    static const char *const names[] = { "the gate: copy", "copied" };
    const float left = 120, wide = r.w - left - 50;
    for (size_t j = 0; j < 2 && !copied.refused; j++) {
        const float y = r.y + 4 + 26 * (float)j;
        draw_text(f, r.x, y + 9, TEXT_SIZE, ALIGN_MIDDLE, paint(f, INK), "%s",
                  names[j]);
        draw_rect(f, (struct rect){ r.x + left, y, wide, 18 },
                  paint(f, GRID));
        draw_rect(f, (struct rect){ r.x + left, y, wide * part[j], 18 },
                  paint(f, ACCENT));
        draw_text(f, r.x + left + wide + 8, y + 9, TEXT_SIZE, ALIGN_MIDDLE,
                  paint(f, INK), "%.2f", (double)part[j]);
    }
}

static void copied_numbers(FILE *out)
{
    fputs("written\tgate, copy\tcopied\tlargest weight\ton\n", out);
    for (size_t i = 0; i < copied.at.said && !copied.refused; i++) {
        const float *w = copied.at.weights + i * copied.at.n;
        const size_t most = argmax(w, copied.at.n);
        char name[2][COPIED_NAME];
        copied_name(name[0], copied.written[i]);
        copied_name(name[1], copied.read[most]);
        fprintf(out, "%s\t%.3f\t%.3f\t%.3f\t%s\n", name[0],
                1 - (double)copied.at.gate[i], (double)copied.at.share[i],
                (double)w[most], name[1]);
    }
}

static struct chart copied_chart = {
    .control = { { FIELD(NULL, copied.text) },
                 { CHOICE(&copied.example, "splitmix", "libb64",
                          "rabbiter") } },
    .compute = copied_compute, .table = copied_numbers,
    .panel = {
        { .title = "the paragraph", .draw = copied_paragraph, .high = .52f,
          .tall = 1 },
        { .title = "the synopsis", .below = true, .draw = copied_synopsis,
          .high = .24f, .tall = .4f },
        { .title = "the chosen unit", .below = true, .draw = copied_bars,
          .high = .24f, .tall = .25f } }
};
CHART(copied)

static const struct figure figures[] = {
    { "beams", 720, 520, 680,
      "A text in a field; below it five translations with their scores, best "
      "first, one of them chosen; below them a map with a row for each "
      "piece of the chosen translation and a column for each piece of the "
      "text, which shows where a head looks.", beams_frame, beams_table },
    { "near", 640, 300, 360,
      "Bars in four groups, by how near the nearest string of the memory is. "
      "In each group four bars: the BLEU of the memory, of model 1, of the "
      "LSTM and of the Transformer.", near_frame, near_table },
    { "errors", 640, 250, 420,
      "Two maps, each with a row for each of three layers and a column for "
      "each of four heads and their mean: the alignment error rates.",
      errors_frame, errors_table },
    { "copied", 720, 430, 560,
      "A description of a package as units in boxes, some of them dark; "
      "below it the synopsis that the model wrote, one of its units chosen, "
      "and two bars: how far the gate is closed, and how much of the unit's "
      "chance was copied.", copied_frame, copied_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
enum { MODEL1_ROUNDS = 10, MODEL1_BYTES = 4096 };

static struct model1 model1_learned(const struct bitext *texts)
{
    struct model1 m = model1_new(texts);
    for (int i = 0; i < MODEL1_ROUNDS; i++)
        model1_round(&m, texts);
    return m;
}

static struct pairs asked_of(const struct pairs *p)
{
    struct pairs part = pairs_part(p, (enum part)(chosen.part - 1));
    if (part.count == 0)
        fail("%s: has no pair of this part", chosen.pairs);
    return part;
}

/* memory_said: what a memory says to each input, (asked->inputs); free each
 * and the list.  near (asked->inputs), or NULL: how near what it found is. */
static char **memory_said(double *near, const struct pairs *asked,
                          const struct pairs *memory)
{
    char **said = allocate(asked->inputs + 1, sizeof *said);
    for (size_t i = 0; i < asked->inputs; i++) {
        double is;
        const struct pair *found = memory_find(&is, memory,
            asked->list[asked->first[i]].input);
        said[i] = strdup(found->output);
        REQUIRE(said[i]);
        if (near)
            near[i] = is;
    }
    return said;
}

/* pairs_cut: the same pairs, words and signs apart; free as others. */
static struct pairs pairs_cut(const struct pairs *p)
{
    struct pairs q = { .path = p->path, .count = p->count };
    char **words = allocate(2 * p->count + 1, sizeof *words);
    size_t bytes = 0;
    for (size_t i = 0; i < 2 * p->count; i++) {
        const struct pair *own = &p->list[i / 2];
        words[i] = words_13a(i % 2 ? own->output : own->input);
        bytes += strlen(words[i]) + 1;
    }
    char *to = q.text = allocate(bytes + 1, 1);
    q.list = allocate(q.count + 1, sizeof *q.list);
    for (size_t i = 0; i < 2 * p->count; i++) {
        *(i % 2 ? &q.list[i / 2].output : &q.list[i / 2].input) = to;
        q.list[i / 2].line = p->list[i / 2].line;
        to = stpcpy(to, words[i]) + 1, free(words[i]);
    }
    free(words), pairs_sort(&q);
    return q;
}

/* model1_said: the same, word by word, of a model 1 of the pairs train. */
static char **model1_said(const struct pairs *asked,
                          const struct pairs *train)
{
    char **said = allocate(asked->inputs + 1, sizeof *said);
    struct pairs cut = pairs_cut(train);
    struct counted_texts c = counted_texts_of(&cut);
    struct model1 m = model1_learned(&c.texts);
    for (size_t i = 0; i < asked->inputs; i++) {
        char *words = words_13a(asked->list[asked->first[i]].input);
        said[i] = allocate(MODEL1_BYTES, 1);
        model1_write(said[i], MODEL1_BYTES, &m, &c, words), free(words);
    }
    model1_free(&m), counted_texts_free(&c), pairs_free(&cut);
    return said;
}

static void scores_print(const struct scores *s)
{
    const double bleu = bleu_score(&s->bleu), chrf = chrf_score(&s->chrf);
    const double exact = scores_exact(s);
    if (chosen.json)
        printf("{\"bleu\": %.4f, \"chrf\": %.4f, \"exact\": %.6f, "
               "\"count\": %zu}\n", bleu, chrf, exact, s->count);
    else
        printf("BLEU %.2f   chrF %.2f   exact %.2f %%   of %zu\n", bleu, chrf,
               100 * exact, s->count);
}

static int run_scores(void)
{
    struct translator *t = &chosen.speller.t;
    char **said;
    if (by != BY_MODEL && chosen.part < 2)
        fail("--by %s learns from the training part: it goes with --part dev "
             "or test", by == BY_MEMORY ? "memory" : "model1");
    if (chosen.load)
        chosen_load(t);
    struct pairs p = texts_pairs(chosen.pairs), part = { 0 }, train = { 0 };
    if (chosen.part)
        part = asked_of(&p);
    const struct pairs *asked = chosen.part ? &part : &p;
    if (by == BY_MODEL)
        said = texts_translated(t, asked, chosen.beam, chosen.alpha);
    else {
        train = pairs_part(&p, PART_TRAIN);
        if (train.count == 0)
            fail("%s: has no pair for training", chosen.pairs);
        said = by == BY_MEMORY ? memory_said(NULL, asked, &train)
                               : model1_said(asked, &train);
    }
    const struct scores s = scores_of(asked, said);
    scores_print(&s), said_free(said, asked->inputs);
    pairs_free(&train), pairs_free(&part), pairs_free(&p);
    if (chosen.load)
        translator_free(t);
    return 0;
}

static int run_bleu(void)
{
    struct scores s = { .count = 0 };
    size_t n, line = 0, number = 0;
    char *text = text_read(references, &n), *at = text, *end = text + n;
    for (char *said; (said = line_read(&number)) != NULL; free(said)) {
        char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (at >= end)
            fail("stdin:%zu: %s has only %zu lines", number, references,
                 line);
        if (stop)
            *stop = 0;
        struct pair one = { .input = "", .output = at };
        const struct pairs p = { .list = &one, .first = (size_t[]){ 0, 1 } };
        scores_add(&s, &p, 0, said);
        at = stop ? stop + 1 : end, line++;
    }
    if (at < end)
        fail("stdin: has %zu lines, and %s has more", line, references);
    scores_print(&s), free(text);
    return 0;
}
/* The links of a line of a file. */
static void gold_of(struct links *gold, const struct pair *p,
                    const char *const *links)
{
    const char *wrong = links_parse(gold, links[p->line],
        words_counted(p->input), words_counted(p->output));
    if (wrong)
        fail("%s:%zu: %s", chosen.pairs, p->line, wrong);
}

static void heads_align_all(struct aligned_all *all, struct translator *t,
                            const struct pairs *p, const char *const *links)
{
    const struct transformer *m = t->model;
    struct corpus c = corpus_of(p, t);
    struct links gold;
    all->layers = m->layers, all->heads = m->heads;
    for (size_t i = 0; i < p->count; i++) {
        gold_of(&gold, &p->list[i], links);
        heads_align(all, t, &c.examples[i], &gold);
    }
    corpus_free(&c);
}

static struct aligned model1_align_all(const struct pairs *p,
    const struct pairs *train, const char *const *links)
{
    struct counted_texts c = counted_texts_of(train);
    struct model1 m = model1_learned(&c.texts);
    struct aligned sum = { 0 };
    struct links gold;
    for (size_t i = 0; i < p->count; i++) {
        const struct pair *own = &p->list[i];
        size_t *link = allocate(words_counted(own->output) + 1,
                                sizeof *link);
        gold_of(&gold, own, links);
        aligned_add(&sum, link, model1_links(link, &m, &c, own->input,
                                             own->output), &gold);
        free(link);
    }
    model1_free(&m), counted_texts_free(&c);
    return sum;
}

static void aligned_print(struct aligned_all *all)
{
    printf("layer head   writes    reads\n");
    for (size_t l = 0; l < all->layers; l++)
        for (size_t h = 0; h <= all->heads; h++) {
            printf("%5zu ", l + 1);
            printf(h < all->heads ? "%4zu" : "mean", h + 1);
            printf("  %7.4f  %7.4f\n",
                   aligned_error(aligned_at(all, 0, l, h)),
                   aligned_error(aligned_at(all, 1, l, h)));
        }
    printf("diagonal %.4f\n", aligned_error(&all->diagonal));
}

static int run_align(void)
{
    struct translator *t = &chosen.speller.t;
    const char **links = NULL;
    chosen_load(t);
    struct pairs p = texts_read(chosen.pairs, &links);
    struct pairs train = pairs_part(&p, PART_TRAIN), part = { 0 };
    if (chosen.part)
        part = asked_of(&p);
    const struct pairs *asked = chosen.part ? &part : &p;
    if (!links[1])
        fail("%s: has no links", chosen.pairs);
    struct aligned_all *all = allocate(1, sizeof *all);
    heads_align_all(all, t, asked, links);
    const struct aligned m1 = model1_align_all(asked, &train, links);
    printf("%zu pairs, %zu links asked\n", asked->count, m1.gold);
    aligned_print(all);
    printf("model 1  %.4f\n", aligned_error(&m1));
    free(all), free(links), pairs_free(&train), pairs_free(&part);
    pairs_free(&p), translator_free(t);
    return 0;
}
/* kind_of: the kind of the model in a file. */
static const struct translator_kind *kind_of(const char *path)
{
    struct safetensors file = safetensors_read(path);
    const char *name = safetensors_text(&file, "model");
    const bool points = name && !strcmp(name, pointer_kind.name);
    safetensors_free(&file);
    return points ? &pointer_kind : &transformer_kind;
}

/* summary_write: prints the synopsis of a paragraph; says on stderr if it is
 * cut because it is too long. */
static void summary_write(struct translator *t, const char *text, size_t line)
{
    char *own = allocate(strlen(text) + 2, 1);
    struct hypothesis *said = allocate(chosen.beam, sizeof *said);
    sprintf(own, " %s", text);
    if (paragraph_cut(own))
        fprintf(stderr, "stdin:%zu: is cut after %zu bytes\n", line,
                strlen(own) - 1);
    struct example e = { .sources = 0 };
    e.source = speller_ids(t, SOURCE, own, &e.sources, "stdin", line);
    struct batch b = batch_new(&e, (const uint32_t[]){ 0 }, 1);
    translate(said, t, &b, chosen.beam, chosen.alpha);
    char *synopsis = hypothesis_text(t, said);
    puts(synopsis + (*synopsis == ' '));
    free(synopsis), batch_free(&b), free(e.source), free(said), free(own);
}

static int run_summarize(void)
{
    struct translator *t = &chosen.speller.t;
    size_t number = 0;
    chosen.kind = kind_of(chosen.load);
    chosen_load(t);
    for (char *line; (line = line_read(&number)) != NULL; free(line)) {
        summary_write(t, line, number);
        fflush(stdout);
    }
    translator_free(t);
    return 0;
}

static int run_mean(void)
{
    size_t n;
    char **paths = command_words(&n);
    if (n > 0)
        chosen.kind = kind_of(paths[0]);
    return run_average();
}

static void summary_print(const char *name, const struct summary_grade *g)
{
    const double n = (double)g->count;
    printf("%-10s ROUGE-1 %.4f   ROUGE-2 %.4f   ROUGE-L %.4f +- %.4f   words "
           "%.1f, of the paragraph %.1f %%", name, g->one / n, g->two / n,
           g->longest / n, summary_error(g), (double)g->words / n,
           100 * (double)g->own / (double)g->words);
    if (g->units)
        printf(", copied %.1f %%",
               100 * (double)g->copied / (double)g->units);
    printf("   of %zu\n", g->count);
}

static int run_summaries(void)
{
    struct translator *t = &chosen.speller.t;
    if (!command_given("pairs"))
        chosen.pairs = "data/descriptions/descriptions.tsv";
    struct pairs p = descriptions_read(chosen.pairs);
    struct pairs train = pairs_part(&p, PART_TRAIN), part = { 0 };
    if (train.count == 0)
        fail("%s: has no pair for training", chosen.pairs);
    if (chosen.part)
        part = asked_of(&p);
    const struct pairs *asked = chosen.part ? &part : &p;
    const struct summary_grade lead = summaries_lead(asked,
                                                     lead_best(&train));
    summary_print("lead", &lead);
    if (chosen.load) {
        chosen.kind = kind_of(chosen.load);
        chosen_load(t);
        const struct summary_grade g = summaries_grade(t, asked, chosen.beam,
                                                       chosen.alpha);
        summary_print("model", &g), translator_free(t);
    }
    pairs_free(&train), pairs_free(&part), pairs_free(&p);
    return 0;
}

static int run_train_summaries(void)
{
    static struct pointer_model copier;
    if (!command_given("pairs"))
        chosen.pairs = "data/descriptions/descriptions.tsv";
    chosen.read = descriptions_read;
    if (chosen.load)
        chosen.kind = kind_of(chosen.load);
    if (!copies && chosen.kind != &pointer_kind)
        return run_train();
    chosen.kind = &pointer_kind;
    copier.base = sizes, chosen.sizes = &copier;
    return run_train();
}

enum { SUMMARY_SEEDS = 3, SUMMARY_SECONDS = 900 };
static const char summary_measures[] = "parameters seconds steps one two "
    "longest error words own copied";
static const char descriptions[] = "build/data/descriptions/descriptions.tsv";
static struct pairs summary_test;
static double summary_seconds = SUMMARY_SECONDS, summary_longest[2];
static bool ships;                /* the study writes the book's weights */

static void summary_measure(double *out, const struct summary_grade *g)
{
    const double n = (double)g->count;
    const double all[] = { g->one / n, g->two / n, g->longest / n,
        summary_error(g), (double)g->words / n,
        (double)g->own / (double)g->words,
        g->units ? (double)g->copied / (double)g->units : 0 };
    memcpy(out, all, sizeof all);
}

static void summary_one(const size_t *level, uint64_t seed, double *measures)
{
    struct pointer_model is = { .base = { .layers = 3, .heads = 4,
        .width = 128, .hidden = 512, .order = BLOCK_PRE, .drop = .1f } };
    const struct trial r = { .name = level[0] ? "translation-copy"
                                              : "translation-plain",
        .kind = level[0] ? &pointer_kind : &transformer_kind, .sizes = &is,
        .warmup = 400, .average = 1, .tokens = 2048,
        .seconds = summary_seconds,
        .rate = 2e-3, .smoothing = .1, .seed = seed };
    const struct trial_files f = trial_files(&r);
    struct translator t;
    trial_train(&r);
    translator_load(&t, r.kind, f.model);
    const struct summary_grade g = summaries_grade(&t, &summary_test, 4,
                                                   .6);
    measures[0] = (double)t.tape->size, measures[1] = clock_read(f.clock);
    measures[2] = (double)run_steps(f.model);
    summary_longest[level[0]] += g.longest / (double)g.count / SUMMARY_SEEDS;
    summary_measure(measures + 3, &g);
    if (ships && level[0] && seed == 1)
        translator_save("data/weights/translation-copy.safetensors", &t,
                        NARROW_BYTE);
    translator_free(&t);
}

static void summary_keys(const char *key, const char *name,
                         const struct summary_grade *g)
{
    static const char *const of[] = { "mean", "low", "high" };
    struct words measures = word_at(summary_measures, 3);
    double all[7];
    summary_measure(all, g);
    for (size_t i = 0; i < 7; i++) {
        for (size_t j = 0; j < 3; j++)
            printf("%s.%s.%.*s.%s = %.4f\n", key, name, (int)measures.n,
                   measures.at, of[j], all[i]);
        words_next(&measures);
    }
}

static void summaries_study(void)
{
    static const char key[] = "translation.study.summary";
    static char units[] = "bpe:4000";
    const struct spelling before = chosen;
    struct pairs p = descriptions_read(descriptions);
    struct pairs train = pairs_part(&p, PART_TRAIN);
    const size_t words = lead_best(&train);
    summary_test = pairs_part(&p, PART_TEST);
    printf("%s.train = %zu\n%s.test = %zu\n%s.lead.n = %zu\n", key,
           train.count, key, summary_test.count, key, words);
    for (int i = 0; i < 2; i++) {
        const struct summary_grade g = summaries_lead(&summary_test,
                                                      i ? words : 0);
        summary_keys(key, i ? "lead" : "own", &g);
    }
    chosen.read = descriptions_read, chosen.shared = true;
    chosen.source = units, chosen.pairs = descriptions;
    study_print(&(struct study){ .key = key, .factors = { "plain copy" },
        .seeds = SUMMARY_SEEDS, .measures = summary_measures,
        .run = summary_one, .alone = true });
    printf("%s.gain = %.4f\n%s.minutes = %.1f\n", key, summary_longest[1]
           - summary_longest[0], key, summary_seconds / 60);
    pairs_free(&summary_test), pairs_free(&train), pairs_free(&p);
    chosen = before;
}
enum { NEARS = 4 };
#define STRINGS_MEASURES "bleu chrf exact near1 near2 near3 near4"
static const double near_edges[NEARS] = { .4, .6, .8, 1.01 };
static double strings_seconds = 480, verses_seconds = 300;
static struct {
    struct pairs all, asked, train;
    int *bin;                         /* (asked.inputs): how near, from 0 */
    struct scores nearest[NEARS];     /* of what the memory says */
} strings;

/* strings_measure: out: STRINGS_MEASURES of what was said. */
static void strings_measure(double *out, char **said)
{
    const struct scores all = scores_of(&strings.asked, said);
    struct scores bin[NEARS] = { 0 };
    for (size_t i = 0; i < strings.asked.inputs; i++)
        scores_add(&bin[strings.bin[i]], &strings.asked, i, said[i]);
    out[0] = bleu_score(&all.bleu), out[1] = chrf_score(&all.chrf);
    out[2] = 100 * scores_exact(&all);
    for (size_t i = 0; i < NEARS; i++)
        out[3 + i] = bleu_score(&bin[i].bleu);
}

static void strings_print(const char *name, char **said)
{
    double out[3 + NEARS];
    size_t i = 0;
    strings_measure(out, said);
    for (struct words w = words_of(STRINGS_MEASURES, " "); words_next(&w); )
        printf("translation.study.%s.%.*s.mean = %.4f\n", name, (int)w.n,
               w.at, out[i++]);
    said_free(said, strings.asked.inputs);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* strings_near: inputs that have a neighbor with the same letters. */
static size_t strings_near(const struct pairs *p)
{
    char **keys = allocate(p->inputs + 1, sizeof *keys);
    size_t near = 0;
    for (size_t i = 0; i < p->inputs; i++)
        keys[i] = (char *)p->list[p->first[i]].key;
    qsort(keys, p->inputs, sizeof *keys, by_text);
    for (size_t i = 0; i < p->inputs; i++)
        near += (i > 0 && !strcmp(keys[i], keys[i - 1]))
             || (i + 1 < p->inputs && !strcmp(keys[i], keys[i + 1]));
    free(keys);
    return near;
}

static void strings_open(void)
{
    strings.all = texts_pairs(chosen.pairs);
    strings.asked = pairs_part(&strings.all, PART_TEST);
    strings.train = pairs_part(&strings.all, PART_TRAIN);
    const size_t n = strings.asked.inputs;
    double *near = allocate(n + 1, sizeof *near);
    strings.bin = allocate(n + 1, sizeof *strings.bin);
    char **said = memory_said(near, &strings.asked, &strings.train);
    for (size_t i = 0; i < n; i++)
        while (near[i] >= near_edges[strings.bin[i]])
            strings.bin[i]++;
    strings_print("memory", said), free(near);
    strings_print("model1", model1_said(&strings.asked, &strings.train));
}

static struct trial strings_trial(size_t lstm, uint64_t seed)
{
    static struct transformer small = { .layers = 3, .heads = 4,
        .width = 128, .hidden = 512, .order = BLOCK_PRE, .drop = .2f };
    static struct aligner cells = { .layers = 1, .embed = 96, .width = 240,
        .kind = ALIGN_ADDITIVE, .drop = .2f };
    return (struct trial){ .name = lstm ? "translation-lstm"
                                        : "translation-transformer",
        .kind = lstm ? &aligner_kind : &transformer_kind,
        .sizes = lstm ? (void *)&cells : (void *)&small,
        .seconds = strings_seconds, .threads = 1, .warmup = 400,
        .average = 1, .tokens = 1024, .rate = 2e-3, .smoothing = .1,
        .seed = seed };
}

static void strings_one(const size_t *level, uint64_t seed, double *measures)
{
    const struct trial r = strings_trial(level[0], seed);
    const struct trial_files f = trial_files(&r);
    struct translator t;
    trial_train(&r);
    translator_load(&t, r.kind, f.model);
    measures[0] = (double)t.tape->size, measures[1] = clock_read(f.clock);
    measures[2] = (double)run_steps(f.model);
    char **said = texts_translated(&t, &strings.asked, 1, 0);
    const struct scores greedy = scores_of(&strings.asked, said);
    measures[3] = bleu_score(&greedy.bleu);
    said_free(said, strings.asked.inputs);
    said = texts_translated(&t, &strings.asked, 4, .6);
    strings_measure(measures + 4, said);
    if (ships && !level[0] && seed == 1)
        translator_save("data/weights/translation.safetensors", &t,
                        NARROW_BYTE);
    said_free(said, strings.asked.inputs), translator_free(&t);
}

static char two_thousand[] = "bpe:2000";

static void strings_study(void)
{
    const struct spelling before = chosen;
    chosen.source = two_thousand;
    strings_open();
    printf("translation.strings = %zu\ntranslation.strings.inputs = %zu\n"
           "translation.strings.train = %zu\ntranslation.strings.test = "
           "%zu\ntranslation.strings.near = %zu\n", strings.all.count,
           strings.all.inputs, strings.train.count, strings.asked.inputs,
           strings_near(&strings.all));
    study_print(&(struct study){ .key = "translation.study",
        .factors = { "transformer lstm" }, .seeds = TRIAL_SEEDS,
        .measures = "parameters seconds steps greedy " STRINGS_MEASURES,
        .run = strings_one, .alone = true });
    free(strings.bin), pairs_free(&strings.asked);
    pairs_free(&strings.train), pairs_free(&strings.all), chosen = before;
}

#define VERSES_WORDS(a) a "11 " a "12 " a "13 " a "14 " a "1mean " a "21 " \
    a "22 " a "23 " a "24 " a "2mean " a "31 " a "32 " a "33 " a "34 " \
    a "3mean "
enum { VERSES_LAYERS = 3, VERSES_HEADS = 4,
       VERSES_ALL = VERSES_LAYERS * (VERSES_HEADS + 1) };
static struct { struct pairs all, dev, asked, train; const char **links; }
    verses;

/* verses_measure: out (2, VERSES_ALL): the errors of all heads, and of their
 * mean, for these verses.  Returns that of the diagonal. */
static double verses_measure(double *out, struct translator *t,
                           const struct pairs *p)
{
    struct aligned_all *all = allocate(1, sizeof *all);
    heads_align_all(all, t, p, verses.links);
    for (size_t behind = 0; behind < 2; behind++)
        for (size_t i = 0; i < VERSES_ALL; i++)
            *out++ = aligned_error(&all->at[behind][i]);
    const double diagonal = aligned_error(&all->diagonal);
    free(all);
    return diagonal;
}

/* verses_best: of the heads, without their means, by dev (VERSES_ALL). */
static size_t verses_best(const double *dev)
{
    size_t best = 0;
    for (size_t i = 0; i < VERSES_ALL; i++)
        if (i % (VERSES_HEADS + 1) < VERSES_HEADS && dev[i] < dev[best])
            best = i;
    return best;
}

static void verses_one(const size_t *level, uint64_t seed, double *measures)
{
    static struct transformer small = { .layers = VERSES_LAYERS,
        .heads = VERSES_HEADS, .width = 128, .hidden = 512,
        .order = BLOCK_PRE, .drop = .1f };
    const struct trial r = { .name = "translation-verses",
        .kind = &transformer_kind, .sizes = &small,
        .seconds = verses_seconds, .threads = 1, .warmup = 400,
        .average = 1, .tokens = 1024, .rate = 2e-3, .smoothing = .1,
        .seed = seed };
    const struct trial_files f = trial_files(&r);
    struct translator t;
    double dev[2 * VERSES_ALL];
    (void)level, trial_train(&r);
    translator_load(&t, r.kind, f.model);
    verses_measure(dev, &t, &verses.dev);
    measures[3 + 2 * VERSES_ALL] = verses_measure(measures + 2, &t,
                                                  &verses.asked);
    for (size_t behind = 0; behind < 2; behind++)
        measures[behind] = measures[2 + behind * VERSES_ALL
            + verses_best(dev + behind * VERSES_ALL)];
    measures[2 + 2 * VERSES_ALL] = (double)run_steps(f.model);
    translator_free(&t);
}

static void verses_study(void)
{
    const struct spelling before = chosen;
    chosen.source = two_thousand;
    chosen.pairs = "build/data/verses/verses.tsv";
    verses.all = texts_read(chosen.pairs, &verses.links);
    verses.train = pairs_part(&verses.all, PART_TRAIN);
    verses.dev = pairs_part(&verses.all, PART_DEV);
    verses.asked = pairs_part(&verses.all, PART_TEST);
    const struct aligned m1 = model1_align_all(&verses.asked, &verses.train,
                                               verses.links);
    printf("translation.verses = %zu\ntranslation.verses.test = %zu\n"
           "translation.verses.links = %zu\n"
           "translation.study.verses.model1 = %.4f\n"
           "translation.study.verses.minutes = %.0f\n", verses.all.count,
           verses.asked.count, m1.gold, aligned_error(&m1),
           verses_seconds / 60);
    study_print(&(struct study){ .key = "translation.study.verses",
        .seeds = TRIAL_SEEDS, .run = verses_one, .alone = true,
        .measures = "writes reads " VERSES_WORDS("writes")
                    VERSES_WORDS("reads") "steps diagonal" });
    free(verses.links), pairs_free(&verses.dev), pairs_free(&verses.train);
    pairs_free(&verses.asked), pairs_free(&verses.all), chosen = before;
}

static int run_results(void)
{
    struct translator t;
    struct pairs p = texts_pairs("data/libreoffice/strings.tsv");
    struct pairs test = pairs_part(&p, PART_TEST);
    translator_load(&t, &transformer_kind,
                    "data/weights/translation.safetensors");
    char **said = texts_translated(&t, &test, 1, 0);
    const struct scores s = scores_of(&test, said);
    printf("translation.units = %zu\ntranslation.parameters = %zu\n"
           "translation.bleu = %.4f\ntranslation.exact = %.4f\n",
           t.vocabulary.count, t.tape->size, bleu_score(&s.bleu),
           scores_exact(&s));
    said_free(said, test.inputs), translator_free(&t);
    pairs_free(&test), pairs_free(&p);
    p = descriptions_read("data/descriptions/descriptions.tsv");
    test = pairs_part(&p, PART_TEST);
    translator_load(&t, &pointer_kind,
                    "data/weights/translation-copy.safetensors");
    const struct summary_grade g = summaries_grade(&t, &test, 1, 0);
    printf("translation.copy.longest = %.4f\n",
           g.longest / (double)g.count);
    translator_free(&t), pairs_free(&test), pairs_free(&p);
    return 0;
}

static int run_study(void)
{
    ships = !command_given("seconds");
    if (!ships)
        strings_seconds = verses_seconds = summary_seconds = chosen.seconds;
    if (chosen.only == 0 || chosen.only == 1)
        strings_study();
    if (chosen.only == 0 || chosen.only == 2)
        verses_study();
    if (chosen.only == 0 || chosen.only == 3)
        summaries_study();
    return 0;
}
#endif
static const struct command_option options[] = {
    { "train", OPTION_FLAG, chosen.verb, .help = "train a model" },
    { "apply", OPTION_FLAG, chosen.verb + 1,
      .help = "read texts, a line each, and write translations" },
    { "score", OPTION_FLAG, chosen.verb + 2,
      .help = "how good translations are" },
    { "align", OPTION_FLAG, chosen.verb + 3, .help = "link words" },
    { "summarize", OPTION_FLAG, &summarizes,
      .help = "read paragraphs, a line each, and write a line about each" },
    { "summaries", OPTION_FLAG, &of_summaries, .help =
      "of descriptions: source package, tab, paragraph, tab, synopsis" },
    { "mean", OPTION_FLAG, &means, .help = "the mean of models" },
    { "copy", OPTION_FLAG, &copies, .help = "with a pointer-generator" },
    { "to", OPTION_READS, &references, "FILE",
      "references, a line for each translation" },
    { "by", OPTION_CHOICE, &by, "model|memory|model1", "what translates" },
    { "pairs", OPTION_READS, &chosen.pairs, "FILE.tsv",
      "lines of text, tab, translation; or with a key before them, and links "
      "behind" },
    { "split", OPTION_FLAG, &chosen.split, .help =
      "keep the development and the test texts out, and report the first" },
    { "part", OPTION_CHOICE, &chosen.part, "all|train|dev|test",
      "only these" },
    { "tokens", OPTION_SIZE, &tokens, "N", "merges of byte pairs",
      "0..100000" },
    TRANSFORMER_OPTIONS(sizes), SPELLING_TRAINING,
    SPELLING_FILES(STUDY_RUNS), FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "train summaries load", NULL, "pairs split dropout steps seconds "
      "pause save", NATIVE(run_train_summaries), "go on with a run" },
    { "train summaries", NULL, "copy pairs split tokens layers heads embed "
      "ff order dropout smoothing batch-tokens average steps seconds pause "
      "rate warmup schedule seed save",
      NATIVE(run_train_summaries), "train a model of summaries" },
    { "score summaries", NULL, "load pairs part beam penalty",
      NATIVE(run_summaries), "how good summaries are" },
    { "summarize", "load", "beam penalty", NATIVE(run_summarize),
      "read paragraphs, write synopses" },
    { "study", NULL, "only seconds", NATIVE(run_study),
      "train the models of the book" },
    { "train load", NULL, "pairs split dropout steps seconds pause save",
      NATIVE(run_train), "go on with a run" },
    { "train", NULL, "pairs split tokens layers heads embed ff order dropout "
      "smoothing batch-tokens average steps seconds pause rate warmup "
      "schedule seed save", NATIVE(run_train), "train a model" },
    { "apply", "load", "beside beam penalty", NATIVE(run_apply),
      "read texts, write translations", "[FILE.safetensors ...]" },
    { "score by=memory|score by=model1", "part", "pairs json",
      NATIVE(run_scores), "how good those of a baseline are" },
    { "score", "load", "by beside pairs part beam penalty json",
      NATIVE(run_scores), "how good translations are",
      "[FILE.safetensors ...]" },
    { "align", "load", "pairs part", NATIVE(run_align), "link words" },
    { "to", NULL, "json", NATIVE(run_bleu), "score texts" },
    { "mean", "save", "half bytes", NATIVE(run_mean), "the mean of models",
      "FILE.safetensors ..." },
    { "results", NULL, "", NATIVE(run_results), "print the book's numbers" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "translation",
        "translates texts, and says which word belongs to which",
        "translation train --pairs data/libreoffice/strings.tsv --split "
        "--save m.safetensors", options, NULL, modes,
        "train apply score align bleu=to summarize average=mean" },
        argc, argv);
}
