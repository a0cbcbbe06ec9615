/* gpt.c -- generated from chapters/16-gpt.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "kit/study.h"
#include "gpt/bench.h"
#include "gpt/heads.h"
#include "gpt/run.h"
#include "gpt/sample.h"

EMBED(gpt2_merges, EMBED_FILE("data/gpt2/vocab.bpe"));

static struct {
    const char *tokens, *text, *load, *save, *prompt, *out;
    bool decode, pieces, json, half;
    int only;                         /* STUDY_ALL ... */
    struct gpt_kind kind;
    size_t batch, accumulate, steps, pause, warmup, every, count;
    double seconds, rate, least, decay, clip, held, repeat;
    uint64_t seed;
    struct sampling sampling;
    int format;
} chosen = { .kind = { 65, .context = 64, .width = 128, .heads = 4,
                       .layers = 4 },
    .batch = 12, .accumulate = 1, .steps = 2000, .warmup = 100, .every = 250,
    .count = 200, .rate = 1e-3, .least = 1e-4, .decay = .1, .clip = 1,
    .held = .1, .seed = 1, .sampling = { 1, 0, 1, 1 } };

static struct port ports[] = { { "ids", "B? T", "tokens", PORT_WHOLE },
                               { 0 } };

static const char *published(void)
{
    return (const char *)gpt2_merges;
}
enum { CUTS = 3, CUT_TEXT = 81 };
static struct {
    char text[CUT_TEXT], title[CUTS][64];
    float merges;
    struct bpe bpe;
    size_t n[CUTS];
    struct unit piece[CUTS][CUT_TEXT];
    int32_t id[CUT_TEXT];
} cut = { .text = "The cat sat on a hat. Untokenizable numbers: 3.14159, "
          "31415. Na\xc3\xafve, isn't it?", .merges = 50000 };

static void cut_units(int row, const char *text, size_t n)
{
    cut.n[row] = 0;
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = row == 0 ? 1 : utf8_bytes(text + at, n - at);
        bytes = bytes ? bytes : 1;
        cut.piece[row][cut.n[row]++] = (struct unit){ text + at, bytes };
    }
}

static void cut_tokens(const struct bpe *b, const char *text, size_t n)
{
    cut.n[2] = 0;
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = split_next(text + at, n - at);
        cut.n[2] += bpe_piece(cut.id + cut.n[2], b, text + at, bytes);
    }
    for (size_t i = 0; i < cut.n[2]; i++)
        cut.piece[2][i] = b->tokens[cut.id[i]];
}

static void cut_compute(void)
{
    static const char *const names[] = { "byte", "character", "token" };
    const size_t n = strlen(cut.text);
    if (!cut.bpe.count)
        REQUIRE(!bpe_parse(&cut.bpe, published()));
    struct bpe some = cut.bpe;
    some.count = 256 + (size_t)cut.merges;
    cut_units(0, cut.text, n), cut_units(1, cut.text, n);
    cut_tokens(&some, cut.text, n);
    for (int i = 0; i < CUTS; i++)
        snprintf(cut.title[i], sizeof cut.title[i], "%zu %s%s", cut.n[i],
                 names[i], cut.n[i] == 1 ? "" : "s");
}

static void cut_name(char out[64], struct unit u, bool hex)
{
    *out = 0;
    for (size_t at = 0, bytes; at < u.n; at += bytes) {
        const unsigned char c = (unsigned char)u.at[at];
        bytes = utf8_bytes(u.at + at, u.n - at);
        if (!hex && c == '\n')
            text_add(out, 64, "\xe2\x8f\x8e");
        else if (hex || !bytes || c < ' ' || c == 127)
            text_add(out, 64, "%02x", c), bytes = 1;
        else if (c == ' ')
            text_add(out, 64, "_");
        else
            text_add(out, 64, "%.*s", (int)bytes, u.at + at);
    }
}

static float cut_boxes(struct frame *f, struct rect r, int row)
{
    static const enum ink inks[] = { SERIES_1, SERIES_2, SERIES_3, SERIES_4 };
    const bool ids = row == 2;
    const float high = ids ? 38 : 22, gap = ids ? 4 : 2, pad = ids ? 5 : 3;
    float x = r.x, y = r.y;
    for (size_t i = 0; i < cut.n[row]; i++) {
        char name[64], id[16] = "";
        cut_name(name, cut.piece[row][i], row == 0);
        if (ids)
            snprintf(id, sizeof id, "%d", cut.id[i]);
        const float size = ids ? TEXT_SIZE : TEXT_SMALL;
        const float w = 2 * pad + fmaxf(text_run(name, size, false),
                                        text_run(id, TEXT_SMALL, false));
        if (x > r.x && x + w > r.x + r.w)
            x = r.x, y += high + gap;
        if (y + high > r.y + r.h)
            return r.h;
        const struct rect box = { x, y, w, high };
        draw_round(f, box, 4, fade(paint(f, inks[i % 4]), .25f));
        draw_text(f, x + w / 2, y + (ids ? 12 : high / 2), size,
                  ALIGN_CENTER | ALIGN_MIDDLE, paint(f, INK), "%s", name);
        if (ids)
            draw_text(f, x + w / 2, y + 28, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED), "%s", id);
        if (hovering(f, box))
            readout(f, ids ? "token %zu of %zu: id %s, %zu byte%s"
                    : "%zu of %zu%.0s: %zu byte%s", i + 1, cut.n[row], id,
                    cut.piece[row][i].n, cut.piece[row][i].n > 1 ? "s" : "");
        x += w + gap;
    }
    return y + high - r.y;
}

static void cut_draw(struct frame *f, struct rect r)
{
    const float end = r.y + r.h;
    float y = r.y + 4;
    for (int row = 0; row < CUTS; row++) {
        draw_text(f, r.x, y + 8, TEXT_SIZE, ALIGN_MIDDLE | TEXT_BOLD,
                  paint(f, INK), "%s", cut.title[row]);
        y += 22;
        y += 14 + cut_boxes(f, (struct rect){ r.x, y, r.w, end - y }, row);
    }
}

static void cut_print(FILE *out)
{
    fprintf(out, "token\tid\tbytes\n");
    for (size_t i = 0; i < cut.n[2]; i++) {
        char name[64];
        cut_name(name, cut.piece[2][i], false);
        fprintf(out, "%s\t%d\t%zu\n", name, cut.id[i], cut.piece[2][i].n);
    }
}

static struct chart tokens_chart = {
    .control = { { FIELD(NULL, cut.text) },
                 { SLIDER("merges", &cut.merges, 1, 50000, "%.0f"),
                   .step = 1, .log = true } },
    .compute = cut_compute, .table = cut_print,
    .panel = { { .draw = cut_draw } }
};
CHART(tokens)
EMBED(gpt_weights, EMBED_FILE("data/weights/gpt.safetensors"));

#define NOTED_TEXT "Bildad and Peleg, said Bildad and"
enum { PAGE_HEADS = 36, PAGE_TOKENS = 512 };
static struct {
    struct writer w;
    float *kept;                      /* the weights, with all heads */
    size_t layers, heads;
} page;

static struct gpt *page_gpt(void)
{
    struct gpt *g = &page.w.gpt;
    if (!page.kept) {
        writer_embedded(&page.w, gpt_weights);
        page.layers = g->is.layers, page.heads = g->is.heads;
        REQUIRE(page.layers * page.heads <= PAGE_HEADS
                && g->is.tokens == PAGE_TOKENS);
        page.kept = allocate(page.w.tape->size, sizeof *page.kept);
        memcpy(page.kept, page.w.tape->values,
               page.w.tape->size * sizeof *page.kept);
    }
    return g;
}

/* page_heads: without those that are off (layers heads); NULL: all. */
static struct gpt *page_heads(const bool *off)
{
    struct gpt *g = page_gpt();
    memcpy(page.w.tape->values, page.kept,
           page.w.tape->size * sizeof *page.kept);
    for (size_t i = 0; off && i < page.layers * page.heads; i++)
        if (off[i])
            head_off(g, i / page.heads, i % page.heads);
    return g;
}

#define LINE_END "\xe2\x8f\x8e"
enum { READ_MOST = 64 };
struct reading {
    size_t n, all;                    /* tokens, and with those left out */
    int32_t ids[READ_MOST];
    char names[READ_MOST][64];
    const char *labels[READ_MOST];
};

static void reading_of(struct reading *r, const struct tokens *tokens,
                       const char *text, size_t most)
{
    char plain[512];
    size_t n = 0;
    int32_t *ids;
    while (*text && n + 1 < sizeof plain) {
        const bool ends = !strncmp(text, LINE_END, 3);
        plain[n++] = ends ? '\n' : *text;
        text += ends ? 3 : 1;
    }
    if (n == 0)
        plain[n++] = '\n';
    REQUIRE(!tokens_encode(&ids, &r->all, tokens, plain, n));
    r->n = r->all < most ? r->all : most;
    for (size_t i = 0; i < r->n; i++) {
        r->ids[i] = ids[r->all - r->n + i];
        cut_name(r->names[i], tokens->list[r->ids[i]], false);
        r->labels[i] = r->names[i];
    }
    free(ids);
}

static struct rect heads_cell(const struct frame *f, struct rect r, size_t i)
{
    const struct rect a = { r.x + 20, r.y + 20, r.w - 20, r.h - 20 };
    return inset(grid_cell(f, a, page.layers, page.heads, i / page.heads,
                           i % page.heads), 4);
}

static void heads_names(struct frame *f, struct rect r)
{
    for (size_t i = 0; i < page.layers * page.heads; i++) {
        const struct rect c = heads_cell(f, r, i);
        if (i < page.heads)
            draw_text(f, c.x + c.w / 2, r.y + 10, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED),
                      c.w < 60 ? "%zu" : "head %zu", i + 1);
        if (i % page.heads == 0)
            draw_text(f, r.x + 6, c.y + c.h / 2, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE | (c.h < 50 ? 0 : TEXT_UP),
                      paint(f, MUTED), c.h < 50 ? "%zu" : "layer %zu",
                      i / page.heads + 1);
    }
}

/* heads_pick: true if a head was clicked, or Enter pressed; *head may have
 * changed in any case. */
static bool heads_pick(struct frame *f, struct rect r, int *head)
{
    const struct rect a = { r.x + 20, r.y + 20, r.w - 20, r.h - 20 };
    const int layers = (int)page.layers, heads = (int)page.heads;
    struct widget w = widget(f, a, CURSOR_HAND);
    char name[48];
    if (w.focused)
        *head = clamp_int(*head / heads + arrow_y(f), 0, layers - 1) * heads
              + clamp_int(*head % heads + arrow_x(f), 0, heads - 1);
    if (w.held && w.clicked)
        *head = grid_at(f, a, page.layers, page.heads);
    snprintf(name, sizeof name, "layer %d, head %d", 1 + *head / heads,
             1 + *head % heads);
    say(f, w, "chosen:", name);
    focus_ring(f, w, inset(a, -2), 4);
    return w.clicked;
}

static bool heads_maps(struct frame *f, struct rect r, const float *maps,
                       size_t n, int *head)
{
    const int was = *head;
    heads_pick(f, r, head);
    heads_names(f, r);
    for (size_t i = 0; i < page.layers * page.heads; i++) {
        const struct rect c = heads_cell(f, r, i);
        const bool is = i == (size_t)*head;
        heat_cells(f, c, maps + i * n * n, n, n, 0, 1, false);
        draw_frame(f, inset(c, -2), 2, is ? 2.5f : 1,
                   paint(f, is ? WARN : GRID));
        if (hovering(f, c))
            readout(f, "layer %zu, head %zu", 1 + i / page.heads,
                    1 + i % page.heads);
    }
    return *head != was;
}

enum { SEEN_MOST = 18, SEEN_WIDTH = 64 };
static struct {
    char text[81], title[64], note[64], pair[120], read[81];
    struct reading r;
    float *maps, *q, *k;              /* (L H, n, n)  (L H, n, d) */
    float large[SEEN_MOST * SEEN_MOST];
    float terms[3][SEEN_WIDTH];       /* of the pair: q, k, products */
    float score[SEEN_MOST], weight[SEEN_MOST];
    int head, query, key;
} seen = { .text = NOTED_TEXT, .head = 7 };

static void seen_pass(struct gpt *g)
{
    struct tape *tape = page.w.tape;
    const size_t n = seen.r.n, H = g->is.heads, C = g->is.width;
    size_t layer = g->is.layers;
    if (!seen.maps) {
        const size_t all = layer * SEEN_MOST;
        REQUIRE(C / H <= SEEN_WIDTH);
        seen.maps = allocate(all * H * SEEN_MOST, sizeof *seen.maps);
        seen.q = allocate(all * C, sizeof *seen.q);
        seen.k = allocate(all * C, sizeof *seen.k);
    }
    tape_reset(tape);
    tape->no_grad = false, g->looks = true;
    gpt_forward(tape, g, seen.r.ids, 1, n, 0);
    for (struct node *s = tape->last; s; s = s->before) {
        if (s->backward != block_node)
            continue;
        const struct block_on_tape *b = s->saved;
        const struct block_saved saved = block_saved_new(b->memory,
            tape_workspace(tape, block_workspace(&b->task)), &b->task);
        layer--;
        memcpy(seen.maps + layer * H * n * n, saved.heads.weights,
               H * n * n * sizeof(float));
        memcpy(seen.q + layer * n * C, saved.heads.q, n * C * sizeof(float));
        memcpy(seen.k + layer * n * C, saved.heads.k, n * C * sizeof(float));
    }
    REQUIRE(layer == 0);
    tape->no_grad = true, g->looks = false;
}

static void seen_steps(const struct gpt *g)
{
    const size_t d = g->is.width / g->is.heads, n = seen.r.n;
    const size_t first = (size_t)seen.head * n, i = (size_t)seen.query;
    const float *q = seen.q + (first + i) * d;
    const float *k = seen.k + (first + (size_t)seen.key) * d;
    float sum = 0;
    double total = 0;
    for (size_t c = 0; c < d; c++) {
        seen.terms[0][c] = q[c], seen.terms[1][c] = k[c];
        sum += seen.terms[2][c] = q[c] * k[c];
    }
    for (size_t j = 0; j < n; j++) {
        seen.score[j] = seen.weight[j] = NAN;
        if (j > i)
            continue;
        seen.score[j] = 0;
        for (size_t c = 0; c < d; c++)
            seen.score[j] += q[c] * seen.k[(first + j) * d + c];
        seen.score[j] /= sqrtf((float)d);
        seen.weight[j] = seen.maps[(first + i) * n + j];
        total += exp((double)seen.score[j]);
    }
    const double score = (double)seen.score[seen.key];
    snprintf(seen.note, sizeof seen.note, "they sum to %.2f; / \xe2\x88\x9a"
             "%zu = %.2f", (double)sum, d, score);
    snprintf(seen.pair, sizeof seen.pair, "exp(%.2f) = %.3g, of %.3g in all"
             ": %.1f %%", score, exp(score), total,
             100 * (double)seen.weight[seen.key]);
}

static void seen_compute(void)
{
    struct gpt *g = page_gpt();
    const bool new = !seen.maps || strcmp(seen.text, seen.read);
    if (new) {
        reading_of(&seen.r, &page.w.tokens, seen.text, SEEN_MOST);
        strcpy(seen.read, seen.text);
        seen_pass(g);
        seen.query = (int)seen.r.n - 1;
    }
    const size_t n = seen.r.n;
    const float *map = seen.maps + (size_t)seen.head * n * n;
    if (new)
        seen.key = (int)argmax(map + (n - 1) * n, n);
    seen.key = seen.key > seen.query ? seen.query : seen.key;
    for (size_t i = 0; i < n * n; i++)
        seen.large[i] = i % n > i / n ? NAN : 100 * map[i];
    seen_steps(g);
    const int heads = (int)page.heads;
    snprintf(seen.title, sizeof seen.title,
             "layer %d, head %d, in percent", 1 + seen.head / heads,
             1 + seen.head % heads);
}

static bool seen_fits(float w)
{
    for (size_t i = 0; i < seen.r.n; i++)
        w -= text_run(seen.r.labels[i], TEXT_SIZE, false) + 12;
    return w >= 0;
}

static int seen_tokens(struct frame *f, struct rect r, float *at)
{
    const struct reading *t = &seen.r;
    const float each = fminf(30, r.w / (float)t->n);
    int under = -1;
    if (seen_fits(r.w))
        return token_row(f, r, t->labels, t->n, at, seen.query);
    for (size_t i = 0; i < t->n; i++) {
        const struct rect box = { r.x + each * (float)i, r.y, each - 2, r.h };
        const bool on = (int)i == seen.query, hot = hovering(f, box);
        draw_round(f, box, 4, paint(f, on ? ACCENT : hot ? GRID : PANEL));
        draw_text(f, box.x + box.w / 2, r.y + r.h - 5, TEXT_SMALL,
                  ALIGN_LEFT | ALIGN_MIDDLE | TEXT_UP,
                  paint(f, on ? PAPER : INK), "%s", t->labels[i]);
        at[i] = box.x + box.w / 2;
        under = hot ? (int)i : under;
    }
    return under;
}

static void seen_row(struct frame *f, struct rect r)
{
    const float low = seen_fits(r.w) ? 26 : 62;
    const struct rect row = { r.x, r.y + r.h - low, r.w, low };
    const size_t n = seen.r.n;
    float at[SEEN_MOST];
    struct widget w = widget(f, row, CURSOR_HAND);
    const int was = seen.query, under = seen_tokens(f, row, at);
    if (w.focused)
        seen.query = clamp_int(seen.query + arrow_x(f), 0, (int)n - 1);
    for (size_t i = 0; w.held && w.clicked && i < n; i++)
        if (fabsf(at[i] - f->pointer.x)
            < fabsf(at[seen.query] - f->pointer.x))
            seen.query = (int)i;
    if (seen.query != was)
        chart_touch(f);
    token_arcs(f, row.y - 3, (r.h - low - 6), at, seen.weight,
               (size_t)seen.query + 1, seen.query);
    if (under >= 0 && under <= seen.query)
        readout(f, "%s looks at %s: %.1f %%", seen.r.labels[seen.query],
                seen.r.labels[under], 100 * (double)seen.weight[under]);
    say(f, w, "looks:", seen.r.labels[seen.query]);
    focus_ring(f, w, inset(row, -2), 5);
}

static void seen_grid(struct frame *f, struct rect r)
{
    if (heads_maps(f, r, seen.maps, seen.r.n, &seen.head))
        chart_touch(f);
}

static void seen_numbers(struct frame *f, struct rect a)
{
    const size_t n = seen.r.n;
    char text[16];
    for (size_t i = 0; i < n * n; i++) {
        const struct rect c = grid_cell(f, a, n, n, i / n, i % n);
        snprintf(text, sizeof text, "%.0f", (double)seen.large[i]);
        const float size = TEXT_SMALL
            * fminf(1, (c.w - 2) / text_run(text, TEXT_SMALL, false));
        if (i % n <= i / n && size >= 8 && c.h >= 12)
            draw_text(f, c.x + c.w / 2, c.y + c.h / 2, size,
                      ALIGN_CENTER | ALIGN_MIDDLE,
                      ink_on(map_sequential(seen.large[i] / 100)), "%s",
                      text);
    }
}

static void seen_map(struct frame *f, struct rect r)
{
    const size_t n = seen.r.n;
    const struct heatmap look = { .row_labels = seen.r.labels,
        .col_labels = seen.r.labels, .format = "%.1f %%", .no_bar = true };
    bool turned;
    const struct rect a = heat_area(r, n, n, &look, &turned);
    struct widget w = widget(f, a, CURSOR_HAND);
    const int last = (int)n - 1, query = seen.query, key = seen.key;
    if (w.focused) {
        seen.query = clamp_int(query + arrow_y(f), 0, last);
        seen.key = clamp_int(key + arrow_x(f), 0, seen.query);
    }
    heatmap(f, r, seen.large, n, n, 0, 100, &look);
    if (w.held && w.clicked) {
        const int cell = grid_at(f, a, n, n);
        seen.query = cell / (int)n;
        seen.key = clamp_int(cell % (int)n, 0, seen.query);
    }
    if (seen.query != query || seen.key != key)
        chart_touch(f);
    seen_numbers(f, a);
    draw_frame(f, inset(grid_cell(f, a, n, n, (size_t)seen.query,
                                  (size_t)seen.key), -1.5f), 3, 2,
               paint(f, WARN));
    say(f, w, seen.pair, "");
    focus_ring(f, w, inset(a, -2), 4);
}

static void seen_strip(struct frame *f, struct rect r, const char *name,
                       const float *v, size_t n, bool weights)
{
    struct rect a = { r.x + 56, r.y, r.w - 56, r.h };
    struct heatmap look = { .format = weights ? "%.2f" : "%.1f" };
    float most = 1e-6f;
    char text[32];
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, isnan(v[i]) ? 0 : fabsf(v[i]));
    draw_text(f, r.x, r.y + r.h / 2, TEXT_SMALL, ALIGN_MIDDLE, paint(f, INK),
              "%s", name);
    heat_cells(f, a, v, 1, n, weights ? 0 : -most, weights ? 1 : most,
               !weights);
    for (size_t i = 0; i < n; i++) {
        const struct rect c = grid_cell(f, a, 1, n, 0, i);
        const struct color on = heat_color(f, v[i], weights ? 0 : -most,
                                           weights ? 1 : most, !weights);
        heat_text(text, &look, v[i]);
        const float size = TEXT_SMALL
            * fminf(1, (c.w - 2) / text_run(text, TEXT_SMALL, false));
        if (!isnan(v[i]) && size >= 9.5f)
            draw_text(f, c.x + c.w / 2, c.y + c.h / 2, size,
                      ALIGN_CENTER | ALIGN_MIDDLE, ink_on(on), "%s", text);
        if (hovering(f, c) && !isnan(v[i]))
            readout(f, "%s, %zu of %zu\n%.3f", name, i + 1, n, (double)v[i]);
    }
}

static void seen_pair(struct frame *f, struct rect r)
{
    static const char *const names[] = { "query", "key", "product" };
    const size_t d = page.w.gpt.is.width / page.heads, n = seen.r.n;
    const struct color ink = paint(f, INK);
    struct rect a = { r.x, r.y + 24, r.w, 22 };
    draw_text(f, r.x, r.y + 10, TEXT_SIZE, ALIGN_MIDDLE | TEXT_BOLD, ink,
              "%s asks %s", seen.r.labels[seen.query],
              seen.r.labels[seen.key]);
    for (int i = 0; i < 3; i++, a.y += 24)
        seen_strip(f, a, names[i], seen.terms[i], d, false);
    draw_text(f, a.x + 56, a.y + 10, TEXT_SIZE, ALIGN_MIDDLE, ink, "%s",
              seen.note);
    a.y += 26;
    seen_strip(f, a, "scores", seen.score, n, false), a.y += 24;
    seen_strip(f, a, "weights", seen.weight, n, true), a.y += 24;
    draw_frame(f, inset(grid_cell(f, (struct rect){ a.x + 56, a.y - 48,
                                                    a.w - 56, 46 }, 1, n, 0,
                                  (size_t)seen.key), -1), 3, 2,
               paint(f, WARN));
    draw_text(f, a.x + 56, a.y + 10, TEXT_SIZE, ALIGN_MIDDLE, ink, "%s",
              seen.pair);
}

static void seen_print(FILE *out)
{
    const size_t n = seen.r.n;
    fprintf(out, "%s: token\tlooks at\tpercent\n", seen.title);
    for (size_t i = 0; i < n * n; i++)
        if (i % n <= i / n)
            fprintf(out, "%s\t%s\t%.2f\n", seen.r.labels[i / n],
                    seen.r.labels[i % n], (double)seen.large[i]);
}

static struct chart explorer_chart = {
    .control = { { FIELD(NULL, seen.text) } },
    .compute = seen_compute, .table = seen_print,
    .panel = {
        { .draw = seen_row, .high = .42f, .tall = .42f },
        { .title = "all layers and heads", .below = true, .draw = seen_grid },
        { .title = seen.title, .draw = seen_map, .tall = 1.05f },
        { .below = true, .draw = seen_pair, .high = .52f, .tall = .58f } }
};
CHART(explorer)

enum { NEXT_BARS = 10 };
static struct {
    char text[300], title[96], read[300];
    float temperature, top_k, top_p;
    bool off[PAGE_HEADS], were[PAGE_HEADS];
    struct reading r;
    float *logits[2], *p[2];          /* (V): all heads, those that are on */
    int32_t order[NEXT_BARS], chosen, asked; /* chosen -1: the likeliest */
    float grads[READ_MOST];
    int head;
    struct random random;
} next = { .text = NOTED_TEXT, .temperature = 1, .top_k = PAGE_TOKENS,
           .top_p = 1, .chosen = -1, .off = { [7] = true }, .head = 7 };

static void next_logits(float *out, struct gpt *g)
{
    struct tape *tape = page.w.tape;
    const size_t V = g->is.tokens, n = next.r.n;
    tape_reset(tape);
    const struct tensor *x = gpt_forward(tape, g, next.r.ids, 1, n, 0);
    memcpy(out, x->data + (n - 1) * V, V * sizeof *out);
}

static void next_gradient(struct gpt *g, int32_t token)
{
    struct tape *tape = page.w.tape;
    const size_t V = g->is.tokens, n = next.r.n, C = g->is.width;
    float *one = allocate(n * V, sizeof *one);
    one[(n - 1) * V + (size_t)token] = 1;
    tape_reset(tape);
    tape->no_grad = false;
    struct tensor *logits = gpt_forward(tape, g, next.r.ids, 1, n, 0);
    struct tensor *pick = tape_input(tape, one, tensor_axes(logits));
    tape_backward(tape, tape_sum(tape, tape_multiply(tape, logits, pick)));
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t c = 0; c < C; c++)
            sum += pow((double)g->embedded->grad[i * C + c], 2);
        next.grads[i] = (float)sqrt(sum);
    }
    tape_reset(tape), tape_zero(tape);
    tape->no_grad = true;
    free(one);
}

static void next_order(size_t V)
{
    bool *taken = allocate(V, sizeof *taken);
    softmax(next.p[0], next.logits[0], V);
    softmax(next.p[1], next.logits[1], V);
    for (int i = 0; i < NEXT_BARS; i++) {
        float most = -1;
        for (size_t j = 0; j < V; j++) {
            const float p = fmaxf(next.p[0][j], next.p[1][j]);
            if (!taken[j] && p > most)
                most = p, next.order[i] = (int32_t)j;
        }
        taken[next.order[i]] = true;
    }
    free(taken);
}

static void next_model(void)
{
    struct gpt *g = page_heads(NULL);
    const size_t V = g->is.tokens;
    if (!next.p[0]) {
        next.random = random_new(16, 0);
        for (int i = 0; i < 2; i++)
            next.p[i] = allocate(V, sizeof(float)),
            next.logits[i] = allocate(V, sizeof(float));
    }
    if (strcmp(next.text, next.read))
        next.chosen = -1;
    reading_of(&next.r, &page.w.tokens, next.text, READ_MOST);
    next_logits(next.logits[0], g);
    g = page_heads(next.off);
    next_logits(next.logits[1], g);
    next_order(V);
    next.asked = next.chosen < 0 ? (int32_t)argmax(next.logits[1], V)
                                 : next.chosen;
    next_gradient(g, next.asked);
    strcpy(next.read, next.text);
    memcpy(next.were, next.off, sizeof next.off);
}

static void next_compute(void)
{
    char name[64];
    if (!next.p[0] || strcmp(next.text, next.read)
        || memcmp(next.were, next.off, sizeof next.off)
        || (next.chosen >= 0 && next.chosen != next.asked))
        next_model();
    const struct sampling how = { (double)next.temperature,
        (size_t)next.top_k, (double)next.top_p, 1 };
    for (int i = 0; i < 2; i++)
        sample_probabilities(next.p[i], next.logits[i],
                             page.w.tokens.count, &how, NULL, 0);
    cut_name(name, page.w.tokens.list[next.asked], false);
    snprintf(next.title, sizeof next.title, "what moves the logit of %s",
             name);
}

static void next_add(struct unit u)
{
    char more[200];
    size_t n = 0, m = strlen(next.text), out = 0;
    for (size_t i = 0; i < u.n && n + 4 < sizeof more; i++)
        if (u.at[i] == '\n')
            memcpy(more + n, LINE_END, 3), n += 3;
        else
            more[n++] = u.at[i];
    while (m - out + n >= sizeof next.text
           || (out && ((unsigned char)next.text[out] & 0xc0) == 0x80))
        out++;
    memmove(next.text, next.text + out, m - out);
    memcpy(next.text + m - out, more, n);
    next.text[m - out + n] = 0;
}

static void next_sample(void)
{
    const size_t V = page.w.tokens.count;
    next_add(page.w.tokens.list[sample_pick(next.p[1], V, &next.random)]);
}

static void next_all(void)
{
    memset(next.off, 0, sizeof next.off);
}

static void next_place(struct rect *box, float wide, const char *name)
{
    const float w = 8 + text_run(name, TEXT_SIZE, false);
    box->x += box->w + 3;
    if (box->x + w > wide)
        box->x = 0, box->y += 29;
    box->w = w;
}

static void next_tokens(struct frame *f, struct rect r)
{
    struct rect end = { -3, 0, 0, 25 }, box = end;
    float most = 1e-9f;
    for (size_t i = 0; i < next.r.n; i++) {
        next_place(&end, r.w, next.r.labels[i]);
        most = fmaxf(most, next.grads[i]);
    }
    const float lines = floorf((r.h + 4) / 29);
    const float up = fmaxf(0, end.y - 29 * (lines - 1));
    for (size_t i = 0; i < next.r.n; i++) {
        next_place(&box, r.w, next.r.labels[i]);
        const struct rect b = { r.x + box.x, r.y + box.y - up, box.w, box.h };
        const struct color c = map_sequential(next.grads[i] / most);
        if (b.y < r.y - 1)
            continue;
        draw_round(f, b, 4, c);
        draw_text(f, b.x + b.w / 2, b.y + b.h / 2, TEXT_SIZE,
                  ALIGN_CENTER | ALIGN_MIDDLE, ink_on(c), "%s",
                  next.r.labels[i]);
        if (hovering(f, b))
            readout(f, "%s\nnorm of the gradient %.3g", next.r.labels[i],
                    (double)next.grads[i]);
    }
}

static void next_bar(struct frame *f, struct rect r, int i, float most)
{
    const int32_t id = next.order[i];
    const float left = 84, full = r.w - left - 58, y = r.y + r.h / 2;
    const float was = next.p[0][id], is = next.p[1][id];
    const bool asked = id == next.asked;
    const struct color c = paint(f, SERIES_1);
    char name[64];
    cut_name(name, page.w.tokens.list[id], false);
    draw_text(f, r.x + left - 8, y, TEXT_SIZE,
              ALIGN_RIGHT | ALIGN_MIDDLE | (asked ? TEXT_BOLD : 0),
              paint(f, asked ? WARN : INK), "%s", name);
    draw_round(f, (struct rect){ r.x + left, r.y + 3, full * was / most,
                                 r.h - 6 }, 3, fade(c, .3f));
    draw_round(f, (struct rect){ r.x + left, r.y + 6, full * is / most,
                                 r.h - 12 }, 2, c);
    draw_text(f, r.x + r.w, y, TEXT_SIZE, ALIGN_RIGHT | ALIGN_MIDDLE,
              paint(f, INK), "%.1f %%", 100 * (double)is);
    if (hovering(f, r))
        readout(f, "%s: %.2f %%\nwith all heads %.2f %%", name,
                100 * (double)is, 100 * (double)was);
}

static void next_bars(struct frame *f, struct rect r)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    const float each = r.h / NEXT_BARS;
    float most = 1e-6f;
    int at = -1;
    for (int i = 0; i < NEXT_BARS; i++) {
        const int32_t id = next.order[i];
        most = fmaxf(most, fmaxf(next.p[0][id], next.p[1][id]));
        at = id == next.asked ? i : at;
    }
    const int was = at;
    if (w.focused)
        at = clamp_int(at + arrow_y(f), 0, NEXT_BARS - 1);
    if (w.held && w.clicked)
        at = clamp_int((int)((f->pointer.y - r.y) / each), 0, NEXT_BARS - 1);
    for (int i = 0; i < NEXT_BARS; i++)
        next_bar(f, (struct rect){ r.x, r.y + each * (float)i, r.w, each },
                 i, most);
    if (at != was)
        next.chosen = next.order[at], chart_touch(f);
    say(f, w, next.title, "");
    focus_ring(f, w, inset(r, -2), 4);
}

static void next_heads(struct frame *f, struct rect r)
{
    const bool clicked = heads_pick(f, r, &next.head);
    if (clicked) {
        next.off[next.head] = !next.off[next.head];
        chart_touch(f);
    }
    heads_names(f, r);
    for (size_t i = 0; i < page.layers * page.heads; i++) {
        const struct rect c = heads_cell(f, r, i);
        const bool off = next.off[i], at = i == (size_t)next.head;
        draw_round(f, c, 5, paint(f, off ? PANEL : SERIES_1));
        if (f->keyboard && at)
            draw_frame(f, inset(c, -2), 6, 2, paint(f, WARN));
        draw_text(f, c.x + c.w / 2, c.y + c.h / 2, TEXT_SIZE,
                  ALIGN_CENTER | ALIGN_MIDDLE, paint(f, off ? MUTED : PAPER),
                  off ? "off" : "on");
        if (hovering(f, c))
            readout(f, "layer %zu, head %zu: %s", 1 + i / page.heads,
                    1 + i % page.heads, off ? "off" : "on");
    }
}

static void next_print(FILE *out)
{
    char name[64];
    fprintf(out, "of\tat\tvalue\n");
    for (int i = 0; i < NEXT_BARS; i++) {
        const int32_t id = next.order[i];
        cut_name(name, page.w.tokens.list[id], false);
        fprintf(out, "probability, all heads\t%s\t%.5f\n", name,
                (double)next.p[0][id]);
        fprintf(out, "probability\t%s\t%.5f\n", name,
                (double)next.p[1][id]);
    }
    for (size_t i = 0; i < next.r.n; i++)
        fprintf(out, "norm of the gradient\t%s\t%.4f\n", next.r.labels[i],
                (double)next.grads[i]);
}

static struct chart next_chart = {
    .control = { { FIELD(NULL, next.text) },
                 { BUTTON("sample the next token", next_sample) },
                 { BUTTON("switch all heads on", next_all) },
                 { SLIDER("temperature", &next.temperature, .1f, 3,
                          "%.2f"), .log = true },
                 { SLIDER("top-k", &next.top_k, 1, PAGE_TOKENS, "%.0f"),
                   .step = 1, .log = true },
                 { SLIDER("top-p", &next.top_p, .01f, 1, "%.2f") } },
    .compute = next_compute, .table = next_print,
    .panel = {
        { .title = next.title, .draw = next_tokens, .high = .3f,
          .tall = .34f },
        { .title = "the next token", .below = true, .draw = next_bars,
          .wide = 1.4f },
        { .title = "heads", .draw = next_heads, .tall = .8f } }
};
CHART(next)

enum { TWICE = 24, TWICE_ROWS = 4 };
static struct {
    float score[PAGE_HEADS], map[4 * TWICE * TWICE];
    float place[2 * TWICE], loss[2][2 * TWICE];
    char title[64], note[48];
    int head;
    uint64_t seed, was;
} induced = { .head = 7, .seed = 1 };

/* twice_ids: n random tokens, all merged ones, two times: (rows, 2 n). */
static void twice_ids(int32_t *ids, size_t rows, size_t n, size_t V,
                      struct random *random)
{
    for (size_t i = 0; i < rows * 2 * n; i++)
        ids[i] = i / n % 2 ? ids[i - n]
               : 256 + (int32_t)random_below(random, (uint32_t)V - 256);
}

/* twice_losses: loss (rows, 2 n - 1) of each token after the first. */
static void twice_losses(float *loss, struct tape *tape, struct gpt *g,
                         const int32_t *ids, size_t rows, size_t n)
{
    const size_t V = g->is.tokens, T = 2 * n;
    tape_reset(tape);
    const struct tensor *p = tape_log_softmax(tape,
        gpt_forward(tape, g, ids, rows, T, 0));
    for (size_t i = 0; i < rows; i++)
        for (size_t t = 1; t < T; t++)
            loss[i * (T - 1) + t - 1]
                = -p->data[(i * T + t - 1) * V + (size_t)ids[i * T + t]];
}

static void induced_losses(int which, struct gpt *g, const int32_t *ids)
{
    float each[TWICE_ROWS * (2 * TWICE - 1)];
    twice_losses(each, page.w.tape, g, ids, TWICE_ROWS, TWICE);
    for (size_t t = 0; t < 2 * TWICE; t++) {
        float sum = 0;
        for (size_t i = 0; t > 0 && i < TWICE_ROWS; i++)
            sum += each[i * (2 * TWICE - 1) + t - 1];
        induced.place[t] = (float)(t + 1);
        induced.loss[which][t] = t ? sum / TWICE_ROWS : NAN;
    }
}

/* twice_scores: of all heads (layers heads). The maps are in g->seen until
 * the tape begins anew. */
static void twice_scores(float *score, struct tape *tape, struct gpt *g,
                         const int32_t *ids, size_t rows, size_t n)
{
    const size_t heads = g->is.heads, cells = 4 * n * n;
    tape_reset(tape);
    g->looks = true;
    gpt_forward(tape, g, ids, rows, 2 * n, 0);
    g->looks = false;
    for (size_t h = 0; h < g->is.layers * heads; h++) {
        score[h] = 0;
        for (size_t i = 0; i < rows; i++)
            score[h] += induction_score(g->seen[h / heads] + (i * heads
                + h % heads) * cells, n) / (float)rows;
    }
}

static void induced_compute(void)
{
    int32_t ids[TWICE_ROWS * 2 * TWICE];
    bool off[PAGE_HEADS] = { false };
    struct gpt *g = page_heads(NULL);
    struct random random = random_new(induced.seed, 0);
    const size_t heads = page.heads, h = (size_t)induced.head;
    twice_ids(ids, TWICE_ROWS, TWICE, g->is.tokens, &random);
    twice_scores(induced.score, page.w.tape, g, ids, TWICE_ROWS, TWICE);
    memcpy(induced.map, g->seen[h / heads] + h % heads * 4 * TWICE * TWICE,
           sizeof induced.map);
    induced_losses(0, g, ids);
    off[h] = true;
    induced_losses(1, page_heads(off), ids);
    page_heads(NULL);
    snprintf(induced.title, sizeof induced.title, "layer %zu, head %zu",
             1 + h / heads, 1 + h % heads);
    snprintf(induced.note, sizeof induced.note, "score %.2f",
             (double)induced.score[h]);
}

static void induced_again(void)
{
    induced.seed++;
}

static void induced_grid(struct frame *f, struct rect r)
{
    const int was = induced.head;
    heads_pick(f, r, &induced.head);
    heads_names(f, r);
    for (size_t i = 0; i < page.layers * page.heads; i++) {
        const struct rect c = heads_cell(f, r, i);
        const struct color on = map_sequential(induced.score[i]);
        draw_round(f, c, 4, on);
        if (i == (size_t)induced.head)
            draw_frame(f, inset(c, -3), 5, 2.5f, paint(f, WARN));
        draw_text(f, c.x + c.w / 2, c.y + c.h / 2, TEXT_SIZE,
                  ALIGN_CENTER | ALIGN_MIDDLE, ink_on(on), "%.2f",
                  (double)induced.score[i]);
    }
    if (induced.head != was)
        chart_touch(f);
}

static struct chart induction_chart = {
    .control = { { BUTTON("other tokens", induced_again) } },
    .compute = induced_compute,
    .panel = {
        { .title = "induction score", .draw = induced_grid },
        { .title = induced.title, .note = induced.note, .map = induced.map,
          .rows = 2 * TWICE, .cols = 2 * TWICE, .hi = 1, .format = "%.3f",
          .x = "place looked at", .y = "place that looks",
          .look = { .no_bar = true } },
        { .x = "place", .y = "nats", .below = true, .high = .8f,
          .format = "%.2f", .y0 = 0, .series = {
            { "all heads", SERIES_1, MARK_LINE, 2 * TWICE, induced.place,
              induced.loss[0] },
            { "without this head", WARN, MARK_LINE, 2 * TWICE, induced.place,
              induced.loss[1] },
            { NULL, MUTED, MARK_X, 1, (float[]){ TWICE + .5f },
              (float[]){ 0 } } } } }
};
CHART(induction)

#define STUDY_REPEAT .5
enum { NOTES = 36, NOTED = 18, CURVES = 3, STUDY_STEPS = 12000 };

/* note_step: of NOTES steps the one with number i; the last is steps. */
static size_t note_step(size_t i, size_t steps)
{
    const double part = (double)i / (NOTES - 1);
    const size_t at = (size_t)(pow((double)steps, part) + .5);
    return at > i ? at : i + 1;
}

/* What is noted, on a tape of its own. */
struct notes {
    struct tape *tape;
    struct tensor *maps, *scores;     /* (NOTES, L H, T, T)  (NOTES, L H) */
    struct tensor *curves;            /* (NOTES, CURVES + L): loss, val, and
                                         norms: of all, of each layer */
};

static struct notes notes_new(size_t layers, size_t heads, size_t length)
{
    struct notes n = { .tape = tape_new() };
    n.maps = tape_parameter(n.tape, "maps", SHAPE(NOTES, layers * heads,
                                                  length, length));
    n.scores = tape_parameter(n.tape, "scores", SHAPE(NOTES,
                                                      layers * heads));
    n.curves = tape_parameter(n.tape, "curves", SHAPE(NOTES,
                                                      CURVES + layers));
    return n;
}

EMBED(gpt_run, EMBED_FILE("data/weights/gpt-run.safetensors"));

static struct {
    struct notes notes;
    struct reading r;
    float at, step[NOTES], now, curve[CURVES + GPT_LAYERS][NOTES];
    float score[NOTES], best[NOTES], large[NOTED * NOTED];
    char title[64], moment[64], *said;
    int head, what;
} told = { .at = 31, .head = 7, .what = 1 };
static struct chart training_chart;

static void told_start(void)
{
    struct gpt *g = page_gpt();
    size_t steps;
    reading_of(&told.r, &page.w.tokens, NOTED_TEXT, NOTED);
    told.notes = notes_new(page.layers, page.heads, told.r.n);
    weights_embedded(told.notes.tape, gpt_run);
    char *text = embedded_text(gpt_run, "steps");
    REQUIRE(parse_size(&steps, text));
    free(text);
    const size_t heads = page.layers * page.heads, n = CURVES + page.layers;
    for (size_t i = 0; i < NOTES; i++) {
        told.step[i] = (float)note_step(i, steps);
        for (size_t j = 0; j < n; j++)
            told.curve[j][i] = told.notes.curves->data[i * n + j];
        for (size_t h = 0; h < heads; h++)
            told.best[i] = fmaxf(told.best[i],
                                 told.notes.scores->data[i * heads + h]);
    }
    for (size_t j = 0; j < g->is.layers; j++)
        training_chart.panel[1].series[j + 1].y = told.curve[CURVES + j];
}

static void told_compute(void)
{
    struct panel *large = &training_chart.panel[3];
    char key[32];
    if (!told.notes.tape)
        told_start();
    const size_t heads = page.layers * page.heads, i = (size_t)told.at;
    const size_t n = told.r.n, h = (size_t)told.head;
    told.now = told.step[i];
    for (size_t j = 0; j < NOTES; j++)
        told.score[j] = told.notes.scores->data[j * heads + h];
    memcpy(told.large, told.notes.maps->data + (i * heads + h) * n * n,
           n * n * sizeof *told.large);
    large->rows = large->cols = n;
    snprintf(told.title, sizeof told.title, "layer %zu, head %zu",
             1 + h / page.heads, 1 + h % page.heads);
    snprintf(told.moment, sizeof told.moment, "after step %.0f",
             (double)told.now);
    snprintf(key, sizeof key, "said%zu", i);
    free(told.said);
    told.said = embedded_text(gpt_run, key);
}

static void told_text(struct frame *f, struct rect r)
{
    float x = r.x, y = r.y + 12;
    for (struct words w = words_of(told.said, " "); words_next(&w); ) {
        char word[96];
        snprintf(word, sizeof word, "%.*s ", (int)w.n, w.at);
        const float wide = text_run(word, TEXT_SIZE, false);
        if (x > r.x && x + wide > r.x + r.w)
            x = r.x, y += 20;
        if (y > r.y + r.h)
            return;
        draw_text(f, x, y, TEXT_SIZE, ALIGN_MIDDLE, paint(f, INK), "%s",
                  word);
        x += wide;
    }
}

static void told_grid(struct frame *f, struct rect r)
{
    const size_t n = told.r.n, heads = page.layers * page.heads;
    if (heads_maps(f, r, told.notes.maps->data + (size_t)told.at * heads * n
                   * n, n, &told.head))
        chart_touch(f);
    training_chart.panel[3].look.no_bar = f->narrow;
}

static void told_print(FILE *out)
{
    fprintf(out, "step\tloss\tvalidation\tnorm of the gradient\tinduction "
            "score of the best head\n");
    for (size_t i = 0; i < NOTES; i++)
        fprintf(out, "%.0f\t%.3f\t%.3f\t%.3f\t%.3f\n", (double)told.step[i],
                (double)told.curve[0][i], (double)told.curve[1][i],
                (double)told.curve[2][i], (double)told.best[i]);
}

static void told_lines(void)
{
    struct panel *p = &training_chart.panel[1];
    for (int i = 0; i < 7; i++) {
        const bool norm = i < 5, there = i == 0 || i > 4
                                      || (size_t)i <= page.layers;
        p->series[i].marks = there && norm == !told.what ? MARK_LINE
                                                         : MARK_NONE;
    }
    p->title = told.what ? "induction score" : "norm of the gradient";
    p->y1 = told.what ? 1 : 0;
}

static void told_all(void)
{
    told_compute();
    told_lines();
}

#define TOLD(title, ink, values) \
    { title, ink, MARK_LINE, NOTES, told.step, values }
#define TOLD_NOW { NULL, MUTED, MARK_X, 1, &told.now, &told.now }
static struct chart training_chart = {
    .control = { { SLIDER("moment", &told.at, 0, NOTES - 1, "%.0f"),
                   .step = 1 },
                 { CHOICE(&told.what, "gradients", "induction") } },
    .compute = told_all, .table = told_print,
    .panel = {
        { .title = "loss", .note = told.moment, .x = "step", .log_x = true,
          .format = "%.3f", .tall = .8f, .series = {
              TOLD("training", SERIES_1, told.curve[0]),
              TOLD("validation", SERIES_2, told.curve[1]), TOLD_NOW } },
        { .x = "step", .log_x = true, .format = "%.3f", .tall = .8f,
          .series = { TOLD("all", INK, told.curve[2]),
              TOLD("layer 1", SERIES_1, told.curve[3]),
              TOLD("2", SERIES_2, told.curve[4]),
              TOLD("3", SERIES_3, told.curve[5]),
              TOLD("4", SERIES_4, told.curve[6]),
              TOLD("best head", MUTED, told.best),
              TOLD("chosen head", SERIES_1, told.score), TOLD_NOW } },
        { .title = "all layers and heads", .below = true, .high = 1.3f,
          .draw = told_grid },
        { .title = told.title, .map = told.large, .hi = 1, .format = "%.2f",
          .look = { .row_labels = told.r.labels,
                    .col_labels = told.r.labels } },
        { .title = "what it writes", .below = true, .draw = told_text,
          .high = .34f, .tall = .4f } }
};
CHART(training)
static const struct figure figures[] = {
    { "tokens", 720, 450, 860,
      "A text field, a slider for the number of merges, and the text three "
      "times as rows of colored boxes: its bytes in hexadecimal, its "
      "characters, and its tokens, each with its id.", tokens_frame,
      tokens_table },
    { "explorer", 720, 780, 1130,
      "A text field; the tokens of the text in a row, with arcs from one of "
      "them to those that it looks at; a grid of small maps, by layer and "
      "head; the map of one head with its numbers in percent; and for one "
      "pair of tokens the query, the key, their products, the scores of the "
      "row and its weights.", explorer_frame, explorer_table },
    { "next", 720, 560, 1010,
      "A text field, a button that samples a token, sliders for temperature, "
      "top-k and top-p; the tokens that were read, colored by the gradient "
      "of a logit; bars with the ten most likely next tokens, a pale bar "
      "behind each for the model with all heads; and a switch for each "
      "head.", next_frame, next_table },
    { "training", 720, 760, 1290,
      "Two plots over the steps of training, with a line at the chosen "
      "moment: the loss on the text and on held-out text, and the norms of "
      "the gradients. Below, the maps of all heads at that moment, one of "
      "them large, and what the model writes.",
      training_frame, training_table },
    { "induction", 720, 640, 1010,
      "A grid with the induction score of each head; the map of one head "
      "over a random sequence that comes twice; and the loss by place, with "
      "all heads and without this one. With all heads the loss falls where "
      "the sequence begins anew.", induction_frame, induction_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static void tokens_learned(struct tokens *t, const char *how)
{
    char *text = NULL;
    size_t n = 0;
    const bool learns = !strcmp(how, "char") || !strncmp(how, "bpe:", 4);
    if (learns && !chosen.text)
        fail("--tokens %.40s learns from a text: --text FILE is missing",
             how);
    if (!learns && chosen.text)
        fail("--text goes with --tokens char and --tokens bpe:N only");
    if (chosen.text)
        text = text_read(chosen.text, &n);
    const char *wrong = tokens_new(t, how, text, n, published());
    if (wrong && !strcmp(how, "char"))
        fail("%s: %s", chosen.text, wrong);
    if (wrong)
        fail("--tokens %.40s: %s", how, wrong);
    if (!strncmp(how, "bpe:", 4) && strtoull(how + 4, NULL, 10) > t->count)
        fprintf(stderr, "gpt: %s: has no more than %zu tokens: no other "
                "pair occurs twice\n", chosen.text, t->count);
    free(text);
}

static void tokens_chosen(struct tokens *t)
{
    if (chosen.load) {
        size_t n;
        char *text = text_read(chosen.load, &n);
        while (n > 0 && text[n - 1] == '\n' && text[0] != '#')
            text[--n] = 0;
        const char *wrong = strlen(text) != n ? "has a zero byte"
            : tokens_parse(t, text, published());
        if (wrong)
            fail("%s: %s", chosen.load, wrong);
        free(text);
    } else
        tokens_learned(t, chosen.tokens ? chosen.tokens : "gpt2");
    if (chosen.save) {
        struct output *out = output_open(chosen.save);
        char *text = tokens_text(t);
        output_bytes(out, text, strlen(text));
        if (t->kind != TOKENS_BPE)
            output_bytes(out, "\n", 1);
        output_commit(out), free(text);
    }
}

static char *stdin_read(size_t *n)
{
    size_t room = 1 << 16;
    char *text = allocate(room, 1);
    *n = 0;
    for (size_t got = 1; got > 0; *n += got) {
        if (*n + 1 == room)
            text = enlarge(text, *n, size_product(2, room), 1), room *= 2;
        got = fread(text + *n, 1, room - 1 - *n, stdin);
    }
    if (ferror(stdin))
        fail("stdin: %s", strerror(errno));
    return text;
}

static void ids_print(const int32_t *ids, size_t n)
{
    char out[12 * 1024], digits[12], *to = out;
    for (size_t i = 0; i < n; i++) {
        int count = 0;
        for (int32_t id = ids[i]; id > 0 || count == 0; id /= 10)
            digits[count++] = (char)('0' + id % 10);
        while (count > 0)
            *to++ = digits[--count];
        *to++ = i + 1 < n ? ' ' : '\n';
        if (to - out > (ptrdiff_t)sizeof out - 12 || i + 1 == n)
            fwrite(out, 1, (size_t)(to - out), stdout), to = out;
    }
}

static void unit_print(struct unit u)
{
    for (size_t at = 0, bytes; at < u.n; at += bytes) {
        const unsigned char c = (unsigned char)u.at[at];
        bytes = utf8_bytes(u.at + at, u.n - at);
        if (c == '\n')
            fputs("\\n", stdout);
        else if (c == '\\' || c == '"')
            printf("\\%c", c);
        else if (!bytes || c < ' ' || c == 127)
            printf("\\x%02x", c), bytes = 1;
        else
            fwrite(u.at + at, 1, bytes, stdout);
    }
}

static void ids_decode(const struct tokens *t, const char *text, size_t n)
{
    size_t count = 0, line = 1, id, bytes;
    int32_t *ids = allocate(n / 2 + 1, sizeof *ids);
    const char *end = text + n;
    while (text < end) {
        if (isspace((unsigned char)*text)) {
            line += *text++ == '\n';
            continue;
        }
        char word[24] = "";
        size_t length = 0;
        for (; text < end && !isspace((unsigned char)*text); text++)
            if (length + 1 < sizeof word)
                word[length++] = *text;
        if (!parse_size(&id, word) || id >= t->count)
            fail("stdin:%zu: \"%s\" is no id from 0 to %zu", line, word,
                 t->count - 1);
        ids[count++] = (int32_t)id;
    }
    char *out = tokens_decode(&bytes, t, ids, count);
    fwrite(out, 1, bytes, stdout);
    free(out), free(ids);
}

static int run_tokens(void)
{
    struct tokens t;
    size_t n, count;
    int32_t *ids;
    if (chosen.decode && chosen.pieces)
        fail("--decode does not go with --pieces");
    tokens_chosen(&t);
    char *text = stdin_read(&n);
    if (chosen.decode)
        ids_decode(&t, text, n);
    else {
        const char *wrong = tokens_encode(&ids, &count, &t, text, n);
        if (wrong)
            fail("stdin: the text %s", wrong);
        for (size_t i = 0; chosen.pieces && i < count; i++) {
            printf("%d\t\"", ids[i]);
            unit_print(t.list[ids[i]]);
            puts("\"");
        }
        if (!chosen.pieces)
            ids_print(ids, count);
        free(ids);
    }
    free(text), tokens_free(&t);
    const char *lost = stream_lost(stdout);
    if (lost)
        fail("stdout: %s", lost);
    return 0;
}
/* Tokens for a text of n bytes: merges do not look at the held-out part, but
 * all characters are known. */
static struct tokens train_tokens(const char *text, size_t n)
{
    const char *how = chosen.tokens ? chosen.tokens : "char";
    const bool merges = !strncmp(how, "bpe:", 4);
    struct tokens t;
    const char *wrong = tokens_new(&t, how, text, merges
        ? text_held(text, n, chosen.held) : n, published());
    if (wrong && !strcmp(how, "char"))
        fail("%s: %s", chosen.text, wrong);
    if (wrong)
        fail("--tokens %.40s: %s", how, wrong);
    return t;
}

static void train_make(struct run *r, const char *text, size_t n)
{
    const struct gpt_kind *is = &chosen.kind;
    if (is->width % is->heads)
        fail("--heads %zu: do not divide --embed %zu", is->heads, is->width);
    const struct tokens tokens = train_tokens(text, n);
    *r = (struct run){ writer_new(is, &tokens), .held = chosen.held,
        .repeat = chosen.repeat, .accumulate = chosen.accumulate,
        .windows = windows_new(chosen.batch, is->context) };
    gpt_start(&r->writer.gpt, chosen.seed);
}

/* Does the file say what the option says, if it was given? */
static void train_agrees(const char *option, double wanted, double is)
{
    if (command_given(option) && fabs(wanted - is) > 1e-9 * fabs(wanted))
        fail("--%s %.9g: %s has %.9g, and goes on with that", option, wanted,
             shown(chosen.load), is);
}

static void train_loaded(struct training *t, void *model)
{
    const struct run *r = model;
    const struct gpt_kind *is = &r->writer.gpt.is, *own = &chosen.kind;
    static const char *const kinds[] = { "byte", "char", "bpe:", "gpt2" };
    const char *tokens = kinds[r->writer.tokens.kind];
    const struct { const char *option; double wanted, is; } all[] = {
        { "layers", (double)own->layers, (double)is->layers },
        { "heads", (double)own->heads, (double)is->heads },
        { "embed", (double)own->width, (double)is->width },
        { "context", (double)own->context, (double)is->context },
        { "batch", (double)chosen.batch, (double)r->windows.n },
        { "accumulate", (double)chosen.accumulate, (double)r->accumulate },
        { "dropout", (double)own->drop, (double)is->drop },
        { "val", chosen.held, r->held },
        { "repeat", chosen.repeat, r->repeat },
        { "lr", chosen.rate, t->rate },
        { "min-lr", chosen.least, t->floor * t->rate },
        { "warmup", (double)chosen.warmup, (double)t->warmup },
        { "weight-decay", chosen.decay, t->how.weight_decay },
        { "grad-clip", chosen.clip, t->clip },
        { "seed", (double)chosen.seed, (double)t->seed } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        train_agrees(all[i].option, all[i].wanted, all[i].is);
    if (chosen.tokens && strncmp(chosen.tokens, tokens, 4))
        fail("--tokens %.40s: %s has %s", chosen.tokens, shown(chosen.load),
             strcmp(tokens, "bpe:") ? tokens : "merges");
}

/* train: as was chosen; the exit status. */
static int train(struct run *r, float (*step)(struct training *, void *),
    void (*report)(const struct training *, void *, double))
{
    struct run_texts texts;
    size_t n;
    char *text = text_read(chosen.text, &n);
    if (chosen.least > chosen.rate)
        fail("--min-lr %g: is more than --lr %g", chosen.least, chosen.rate);
    if (chosen.load)
        run_load(r, chosen.load, published());
    else
        train_make(r, text, n);
    run_read(r, text, n, chosen.text);
    free(text);
    struct training t = run_training(r, &texts, chosen.steps, chosen.seed);
    t.rate = chosen.rate, t.warmup = chosen.warmup;
    t.floor = chosen.least / chosen.rate, t.clip = chosen.clip;
    t.how.weight_decay = chosen.decay;
    const int status = training_run(&t, &(struct training_task){
        .load = chosen.load, .save = chosen.save, .pause = chosen.pause,
        .steps = !chosen.load || command_given("steps") ? chosen.steps : 0,
        .seconds = chosen.seconds, .every = chosen.every, .model = r,
        .step = step, .report = report, .loaded = train_loaded });
    writer_texts_free(&texts.model);
    training_free(&t);
    return status;
}

static int run_train(void)
{
    struct run r;
    const int status = train(&r, run_step, run_report);
    run_free(&r);
    return status;
}

static struct writer reader_load(void)
{
    struct writer w;
    writer_load(&w, chosen.load, 0, published());
    if (!w.tokens.count)
        fail("%s: has a vocabulary of %zu, which is not GPT-2's, and does "
             "not say what its tokens are", chosen.load, w.gpt.is.tokens);
    w.tape->no_grad = true;
    return w;
}

static int32_t *encode(size_t *count, const struct writer *w,
                       const char *text, size_t n, const char *where)
{
    int32_t *ids;
    const char *wrong = tokens_encode(&ids, count, &w->tokens, text, n);
    if (wrong)
        fail("%s: %s", where, wrong);
    return ids;
}

static int run_score(void)
{
    struct writer w = reader_load();
    size_t bytes, n;
    char *text = text_read(chosen.text, &bytes);
    const size_t from = command_given("val")
        ? text_held(text, bytes, chosen.held) : 0;
    int32_t *ids = encode(&n, &w, text + from, bytes - from, chosen.text);
    if (n < 2)
        fail("%s: has %zu token%s, and the first one is not scored",
             chosen.text, n, n == 1 ? "" : "s");
    const double nats = windows_score(w.tape, &w.gpt, ids, n)
                      / (double)(n - 1);
    const double bits = nats / log(2) * (double)n / (double)(bytes - from);
    if (!isfinite(nats))
        fail("%s: gives some token no probability at all", chosen.load);
    if (chosen.json)
        printf("{\"nats_per_token\": %.6f, \"bits_per_byte\": %.6f, "
               "\"tokens\": %zu}\n", nats, bits, n);
    else
        printf("%.4f nats per token   %.4f bits per byte   of %zu tokens\n",
               nats, bits, n);
    free(ids), free(text), writer_free(&w);
    return 0;
}

static int run_logits(void)
{
    struct writer w;
    writer_load(&w, chosen.load, command_given("heads") ? chosen.kind.heads
                : 0, published());
    const struct port *p = &ports[0];
    const int32_t *ids = port_integers(0);
    const size_t V = w.gpt.is.tokens, T = p->shape[p->rank - 1];
    if (T > w.gpt.is.context)
        fail("--ids %s: rows of %zu tokens, and the context is %zu",
             shown(p->path), T, w.gpt.is.context);
    for (size_t i = 0; i < p->count; i++)
        if ((size_t)ids[i] >= V)
            fail("--ids %s: element %zu is %d, and the model has %zu tokens",
                 shown(p->path), i, ids[i], V);
    size_t shape[3] = { p->shape[0], T, V };
    if (p->rank == 1)
        shape[0] = T, shape[1] = V;
    struct array out = array_new(p->rank + 1, shape);
    w.tape->no_grad = true;
    for (size_t b = 0; b < p->count / T; b++) {
        tape_reset(w.tape);
        const struct tensor *x = gpt_forward(w.tape, &w.gpt, ids + b * T, 1,
                                             T, 0);
        memcpy(out.data + b * T * V, x->data, T * V * sizeof *x->data);
    }
    npy_write(chosen.out, &out);
    array_free(&out), writer_free(&w);
    return 0;
}

static int run_attend(void)
{
    struct writer w = reader_load();
    const struct gpt_kind *is = &w.gpt.is;
    size_t n;
    int32_t *ids = encode(&n, &w, chosen.prompt, strlen(chosen.prompt),
                          "--prompt");
    if (n == 0)
        fail("--prompt: is empty");
    if (n > is->context)
        fail("--prompt: has %zu tokens, and the context is %zu", n,
             is->context);
    const size_t each = is->heads * n * n;
    struct array out = array_new(4, (size_t[]){ is->layers, is->heads, n,
                                                n });
    w.gpt.looks = true;
    gpt_forward(w.tape, &w.gpt, ids, 1, n, 0);
    for (size_t i = 0; i < is->layers; i++)
        memcpy(out.data + i * each, w.gpt.seen[i], each * sizeof *out.data);
    npy_write(chosen.out, &out);
    array_free(&out), free(ids), writer_free(&w);
    return 0;
}

static int32_t *prompt_ids(size_t *n, const struct writer *w)
{
    int32_t *ids;
    if (chosen.prompt && *chosen.prompt)
        return encode(n, w, chosen.prompt, strlen(chosen.prompt),
                      "--prompt");
    if (w->tokens.kind == TOKENS_GPT2
        || tokens_encode(&ids, n, &w->tokens, "\n", 1)) {
        ids = allocate(1, sizeof *ids);
        *n = 1, *ids = w->tokens.kind == TOKENS_GPT2 ? 50256 : 0;
    }
    return ids;
}

/* The logits of what comes after ids (n), of which those from *first on may
 * have been read, all but the last. */
static const float *sample_logits(struct decode *d, const struct gpt *g,
                                  size_t *first, const int32_t *ids, size_t n)
{
    const size_t from = window_first(n, d->is.context);
    if (from != *first)
        decode_reset(d), *first = from;
    return d->place ? decode_step(d, ids[n - 1])
                    : decode_read(d, g, ids + from, n - from);
}

static int run_sample(void)
{
    struct writer w = reader_load();
    struct decode *d = decode_new(&w.gpt, (enum decode_format)chosen.format);
    struct random random = random_new(chosen.seed, 16);
    const size_t V = w.tokens.count, context = w.gpt.is.context;
    size_t n, first = 0;
    int32_t *ids = prompt_ids(&n, &w);
    float *p = allocate(V, sizeof *p);
    if (n > context)
        fprintf(stderr, "gpt: the prompt has %zu tokens, and the context is "
                "%zu: the last %zu are read\n", n, context,
                n - window_first(n, context));
    ids = enlarge(ids, n, size_sum(n, chosen.count), sizeof *ids);
    fputs(chosen.prompt ? chosen.prompt : "", stdout);
    for (size_t i = 0; i < chosen.count; i++) {
        sample_probabilities(p, sample_logits(d, &w.gpt, &first, ids, n), V,
                             &chosen.sampling, ids, n);
        const int32_t id = sample_pick(p, V, &random);
        if (w.tokens.kind == TOKENS_GPT2 && id == 50256)
            break;
        fwrite(w.tokens.list[id].at, 1, w.tokens.list[id].n, stdout);
        fflush(stdout);
        ids[n++] = id;
    }
    puts("");
    const char *lost = stream_lost(stdout);
    if (lost)
        fail("stdout: %s", lost);
    free(p), free(ids), decode_free(d), writer_free(&w);
    return 0;
}

static int run_convert(void)
{
    struct writer w;
    writer_load(&w, chosen.load, command_given("heads") ? chosen.kind.heads
                : 0, published());
    writer_save(chosen.save, &w, chosen.half);
    writer_free(&w);
    return 0;
}
static size_t bench_size(const char *option, size_t given, size_t otherwise)
{
    return command_given(option) ? given : otherwise;
}

static void bench_print(const struct bench *b)
{
    const double tokens = (double)(b->batch * b->is.context) / b->seconds;
    const double rate = 6 * (double)b->parameters * tokens;
    printf("%zu parameters\n", b->parameters);
    printf("training  %8.2f ms a step, %.0f tokens/s, %.1f GFLOP/s, %.1f %% "
           "of the peak of %.1f\n", 1e3 * b->seconds, tokens, 1e-9 * rate,
           100 * rate / b->peak, 1e-9 * b->peak);
    for (size_t f = 0; f < DECODE_FORMATS; f++)
        printf("writing   %-4s %8.1f MB, %.1f tokens/s, %.1f %% of the "
               "bandwidth of %.1f GB/s\n", decode_names[f],
               1e-6 * b->format[f].bytes, b->format[f].tokens,
               100 * b->format[f].share, 1e-9 * b->bandwidth);
}

static void bench_json(const struct bench *b)
{
    const double tokens = (double)(b->batch * b->is.context) / b->seconds;
    const double rate = 6 * (double)b->parameters * tokens;
    printf("{\"parameters\": %zu, \"ms_per_step\": %.4f, \"tokens_per_s\": "
           "%.1f, \"gflops\": %.2f, \"peak_gflops\": %.2f, "
           "\"share_of_peak\": %.4f, \"bandwidth_gbs\": %.2f",
           b->parameters, 1e3 * b->seconds, tokens, 1e-9 * rate,
           1e-9 * b->peak, rate / b->peak, 1e-9 * b->bandwidth);
    for (size_t f = 0; f < DECODE_FORMATS; f++) {
        char tail[8] = "";
        if (f != DECODE_F32)
            snprintf(tail, sizeof tail, "_%s", decode_names[f]);
        printf(", \"decode_tokens_per_s%s\": %.2f, "
               "\"decode_share_of_bandwidth%s\": %.4f", tail,
               b->format[f].tokens, tail, b->format[f].share);
    }
    puts("}");
}

static int run_bench(void)
{
    const struct gpt_kind *given = &chosen.kind;
    const struct gpt_kind is = {
        .tokens = given->tokens,
        .context = bench_size("context", given->context, 256),
        .width = bench_size("embed", given->width, 384),
        .heads = bench_size("heads", given->heads, 6),
        .layers = bench_size("layers", given->layers, 6) };
    if (is.width % is.heads)
        fail("--heads %zu: do not divide --embed %zu", is.heads, is.width);
    const struct bench b = bench_run(&is, bench_size("batch", chosen.batch,
                                                     4), 4);
    (chosen.json ? bench_json : bench_print)(&b);
    return 0;
}
static void study_speed(void)
{
    static const struct { const char *key; struct gpt_kind is; size_t batch; }
        all[] = { { "recipe", { 65, 64, 128, 4, 4, 0 }, 12 },
                  { "large", { 65, 256, 384, 6, 6, 0 }, 4 },
                  { "gpt2", { 50257, 64, 768, 12, 12, 0 }, 4 } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct bench b = bench_run(&all[i].is, all[i].batch, 10);
        const double tokens = (double)(b.batch * b.is.context) / b.seconds;
        const char *key = all[i].key;
        printf("gpt.bench.%s.parameters = %zu\n", key, b.parameters);
        printf("gpt.bench.%s.ms = %.3f\n", key, 1e3 * b.seconds);
        printf("gpt.bench.%s.tokens = %.1f\n", key, tokens);
        printf("gpt.bench.%s.share = %.4f\n", key,
               6 * (double)b.parameters * tokens / b.peak);
        if (i < 2)
            continue;
        printf("gpt.decode.bandwidth = %.2f\n", 1e-9 * b.bandwidth);
        for (size_t f = 0; f < DECODE_FORMATS; f++) {
            const char *format = decode_names[f];
            printf("gpt.decode.%s.megabytes = %.2f\n", format,
                   1e-6 * b.format[f].bytes);
            printf("gpt.decode.%s.tokens = %.2f\n", format,
                   b.format[f].tokens);
            printf("gpt.decode.%s.share = %.4f\n", format,
                   b.format[f].share);
        }
    }
}

static void study_prompt(void)
{
    static const struct { const char *key; struct gpt_kind is; size_t n; }
        all[] = { { "gpt2", { 50257, 256, 768, 12, 12, 0 }, 200 },
                  { "page", { 512, 64, 96, 4, 3, 0 }, 60 } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        double seconds[2];
        struct tape *tape = tape_new();
        struct gpt g = gpt_new(tape, &all[i].is);
        gpt_start(&g, 1);
        bench_prompt(seconds, &g, all[i].n);
        printf("gpt.prompt.%s.tokens = %zu\n", all[i].key, all[i].n);
        printf("gpt.prompt.%s.ratio = %.2f\n", all[i].key,
               seconds[1] / seconds[0]);
        tape_free(tape);
    }
}

static double decode_loss(const struct gpt *g, enum decode_format format,
                          const struct passage *p)
{
    struct decode *d = decode_new(g, format);
    const size_t V = g->is.tokens;
    float *log_p = allocate(V, sizeof *log_p);
    double loss = 0;
    for (size_t i = 0; i + 1 < p->n; i++) {
        if (d->place == d->is.context)
            decode_reset(d);
        log_softmax_rows(log_p, decode_step(d, p->ids[i]), 1, V);
        loss -= (double)log_p[p->ids[i + 1]];
    }
    free(log_p), decode_free(d);
    return loss / (double)(p->n - 1);
}

static void study_formats(void)
{
    enum { STEPS = 3000 };
    struct run r;
    struct run_texts texts;
    double loss[DECODE_FORMATS];
    size_t n;
    const char *path = "data/moby-dick/moby-dick.txt";
    char *text = text_read(path, &n);
    chosen.tokens = "char", chosen.batch = 12, chosen.repeat = 0;
    chosen.kind = (struct gpt_kind){ 0, 128, 128, 4, 4, 0 };
    train_make(&r, text, n);
    run_read(&r, text, n, path);
    struct training t = run_training(&r, &texts, STEPS, 1);
    while (t.step < STEPS && !t.lost)
        run_step(&t, &r);
    printf("gpt.decode.parameters = %zu\n", r.writer.tape->size);
    printf("gpt.decode.read = %zu\n", r.val.n - 1);
    for (size_t f = 0; f < DECODE_FORMATS; f++) {
        loss[f] = decode_loss(&r.writer.gpt, (enum decode_format)f, &r.val);
        printf("gpt.decode.%s.loss = %.5f\n", decode_names[f], loss[f]);
        printf("gpt.decode.%s.worse = %.6f\n", decode_names[f],
               loss[f] - loss[0]);
    }
    writer_texts_free(&texts.model), training_free(&t), run_free(&r);
    free(text);
}

static void study_decoding(void)
{
    study_formats();
    fflush(stdout);
    study_speed();
    study_prompt();
}

static void minutes_run(const size_t *level, uint64_t seed, double *bits)
{
    static const struct { const char *path; double held; float drop; }
        texts[] = { { "data/austen/pride-and-prejudice.txt", .1, .2f },
                    { "build/data/austen/austen.txt", .017, 0 } };
    const size_t which = command_given("steps") ? 0 : *level;
    struct run r;
    chosen.text = texts[which].path, chosen.held = texts[which].held;
    chosen.kind.drop = texts[which].drop, chosen.seed = seed;
    if (train(&r, run_step, NULL) != 0)
        exit(128 + interrupted);
    r.writer.tape->no_grad = true;
    *bits = windows_score(r.writer.tape, &r.writer.gpt, r.val.ids, r.val.n)
          / log(2) / (double)r.val.bytes;
    run_free(&r);
}

static void study_minutes(void)
{
    chosen.kind = (struct gpt_kind){ .context = 128, .width = 128, .heads = 4,
                                     .layers = 4 };
    chosen.tokens = "bpe:1024", chosen.batch = 8, chosen.warmup = 200;
    chosen.seconds = command_given("steps") ? 0 : 120, chosen.repeat = 0;
    chosen.rate = 3e-3, chosen.least = 1e-4;
    study_print(&(struct study){ .key = "gpt.minutes",
        .factors = { "one six" }, .seeds = 3, .run = minutes_run,
        .alone = true, .lines = STUDY_MEAN | STUDY_RANGE });
}

static struct {
    struct notes notes;
    struct reading r;
    char key[NOTES][16], *said[NOTES];
    size_t next, since;
    double loss;
} noted;

static struct gpt *noted_gpt;

static bool noted_now(const struct training *t)
{
    return t->step == note_step(noted.next, t->steps);
}

static void noted_move(struct training *t)
{
    const size_t n = CURVES + noted_gpt->is.layers;
    const double scale = fmax(1, t->norm / t->clip);
    float *to = noted.notes.curves->data + noted.next * n;
    to[2] = (float)t->norm;
    for (size_t i = 0; noted_now(t) && i + CURVES < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < BLOCK_PARAMETERS; k++) {
            const struct tensor *p = noted_gpt->layer[i].at[k];
            for (size_t j = 0; j < p->count; j++)
                sum += pow((double)p->grad[j], 2);
        }
        to[CURVES + i] = (float)(scale * sqrt(sum));
    }
    training_adam(t);
}

static char *noted_said(struct writer *w)
{
    enum { START = 16, MORE = 44 };
    const struct sampling how = { .8, 0, .95, 1 };
    struct random random = random_new(16, 3);
    const size_t V = w->tokens.count;
    int32_t ids[START + MORE], *some;
    size_t n, bytes, first = 0;
    struct decode *d = decode_new(&w->gpt, DECODE_F32);
    REQUIRE(!tokens_encode(&some, &n, &w->tokens, "The whale", 9));
    memcpy(ids, some, n * sizeof *ids);
    free(some);
    float *p = allocate(V, sizeof *p);
    for (size_t i = 0; i < MORE; i++) {
        sample_probabilities(p, sample_logits(d, &w->gpt, &first, ids, n), V,
                             &how, ids, n);
        ids[n++] = sample_pick(p, V, &random);
    }
    char *text = tokens_decode(&bytes, &w->tokens, ids, n);
    for (size_t at = 0, more; at < bytes; at += more) {
        more = utf8_bytes(text + at, bytes - at);
        if (text[at] == '\n')
            text[at] = ' ';
        if (!more || (unsigned char)text[at] < ' ')
            text[at] = '?', more = 1;
    }
    free(p), decode_free(d);
    return text;
}

static void study_save(struct run *r)
{
    const char *texts[2 * NOTES + 6] = { "format", "pt", "steps" };
    char steps[24];
    if (command_given("steps"))
        return;
    snprintf(steps, sizeof steps, "%zu", chosen.steps);
    texts[3] = steps;
    for (size_t i = 0; i < NOTES; i++) {
        snprintf(noted.key[i], sizeof *noted.key, "said%zu", i);
        texts[4 + 2 * i] = noted.key[i];
        texts[5 + 2 * i] = noted.said[i] ? noted.said[i] : "";
    }
    writer_save("data/weights/gpt.safetensors", &r->writer, true);
    weights_save_halves("data/weights/gpt-run.safetensors", noted.notes.tape,
                        texts);
}

static void noted_look(struct run *r, const struct training *t)
{
    struct writer *w = &r->writer;
    struct gpt *g = &w->gpt;
    const size_t i = noted.next, n = noted.r.n, heads = g->is.heads;
    const size_t each = heads * n * n, all = g->is.layers * heads;
    float *to = noted.notes.curves->data + i * (CURVES + g->is.layers);
    int32_t ids[TWICE_ROWS * 2 * TWICE];
    struct random random = random_new(1, 0);
    to[0] = (float)(noted.loss / (double)noted.since);
    to[1] = (float)run_validate(r);
    w->tape->no_grad = g->looks = true;
    tape_reset(w->tape);
    gpt_forward(w->tape, g, noted.r.ids, 1, n, 0);
    for (size_t j = 0; j < g->is.layers; j++)
        memcpy(noted.notes.maps->data + i * all * n * n + j * each,
               g->seen[j], each * sizeof(float));
    twice_ids(ids, TWICE_ROWS, TWICE, g->is.tokens, &random);
    twice_scores(noted.notes.scores->data + i * all, w->tape, g, ids,
                 TWICE_ROWS, TWICE);
    noted.said[i] = noted_said(w);
    tape_reset(w->tape);
    w->tape->no_grad = g->looks = false;
    study_save(r);
    fprintf(stderr, "step %zu: loss %.3f, validation %.3f: %s\n", t->step,
            (double)to[0], (double)to[1], noted.said[i]);
}

static float noted_step(struct training *t, void *model)
{
    struct run *r = model;
    const struct gpt_kind *is = &r->writer.gpt.is;
    if (!noted.notes.tape) {
        reading_of(&noted.r, &r->writer.tokens, NOTED_TEXT, NOTED);
        noted.notes = notes_new(is->layers, is->heads, noted.r.n);
    }
    noted_gpt = &r->writer.gpt;
    t->move = noted_move;
    const float loss = run_step(t, model);
    noted.loss += (double)loss, noted.since++;
    if (noted_now(t)) {
        noted_look(r, t);
        noted.next++, noted.loss = 0, noted.since = 0;
    }
    return loss;
}

static void study_choose(double repeat)
{
    chosen.text = "data/moby-dick/moby-dick.txt", chosen.tokens = "bpe:512";
    chosen.kind = (struct gpt_kind){ .context = 64, .width = 96, .heads = 4,
                                     .layers = 3 };
    chosen.steps = command_given("steps") ? chosen.steps : STUDY_STEPS;
    chosen.batch = 16, chosen.warmup = 200;
    chosen.rate = 4e-3, chosen.least = 4e-4, chosen.repeat = repeat;
}

static void study_say(const char *key, struct run *r)
{
    float score[PAGE_HEADS];
    int32_t ids[TWICE_ROWS * 2 * TWICE];
    struct gpt *g = &r->writer.gpt;
    const size_t heads = g->is.layers * g->is.heads;
    struct random random = random_new(1, 0);
    const double val = run_validate(r);
    twice_ids(ids, TWICE_ROWS, TWICE, g->is.tokens, &random);
    r->writer.tape->no_grad = true;
    twice_scores(score, r->writer.tape, g, ids, TWICE_ROWS, TWICE);
    r->writer.tape->no_grad = false;
    printf("%s.val = %.4f\n", key, val);
    printf("%s.bits = %.4f\n", key, val / log(2) * (double)r->val.n
                                    / (double)r->val.bytes);
    printf("%s.score = %.4f\n", key, (double)score[argmax(score, heads)]);
}

enum { STUDY_ALL, STUDY_FIRST, STUDY_PLAIN, STUDY_MINUTES, STUDY_DECODING,
       STUDY_PROMPT };

static int run_study(void)
{
    static const char *const keys[] = { "gpt.study", "gpt.study.plain" };
    for (int i = 0; i < 2; i++) {
        struct run r;
        if (chosen.only && chosen.only != STUDY_FIRST + i)
            continue;
        study_choose(i ? 0 : STUDY_REPEAT);
        const int status = train(&r, i ? run_step : noted_step, NULL);
        if (status)
            return status;
        study_say(keys[i], &r);
        run_free(&r);
    }
    if (chosen.only == STUDY_ALL || chosen.only == STUDY_MINUTES)
        study_minutes();
    if (chosen.only == STUDY_ALL || chosen.only == STUDY_DECODING)
        study_decoding();
    if (chosen.only == STUDY_PROMPT)
        study_prompt();
    return 0;
}

static void twice_halves(double half[2], struct gpt *g, const int32_t *ids,
                         size_t rows, size_t n)
{
    float *each = allocate(rows * 2 * n, sizeof *each);
    twice_losses(each, page.w.tape, g, ids, rows, n);
    half[0] = half[1] = 0;
    for (size_t i = 0; i < rows * (2 * n - 1); i++) {
        const bool second = i % (2 * n - 1) >= n - 1;
        half[second] += (double)each[i]
                      / (double)(rows * (second ? n : n - 1));
    }
    free(each);
}

static void results_induction(void)
{
    enum { ROWS = 32, HALF = 32 };
    int32_t *ids = allocate(ROWS * 2 * HALF, sizeof *ids);
    struct gpt *g = page_heads(NULL);
    struct random random = random_new(16, 1);
    float score[PAGE_HEADS];
    double half[2];
    twice_ids(ids, ROWS, HALF, g->is.tokens, &random);
    twice_scores(score, page.w.tape, g, ids, ROWS, HALF);
    const size_t H = page.heads, best = argmax(score, page.layers * H);
    size_t other = best / H * H;
    for (size_t h = other; h < best / H * H + H; h++)
        other = score[h] < score[other] ? h : other;
    printf("gpt.induction.layer = %zu\n", 1 + best / H);
    printf("gpt.induction.head = %zu\n", 1 + best % H);
    printf("gpt.induction.other = %zu\n", 1 + other % H);
    printf("gpt.induction.score = %.4f\n", (double)score[best]);

    static const char *const keys[] = { "all", "off", "otheroff" };
    float p[PAGE_TOKENS];
    size_t likely = 0;
    for (size_t i = 0; i < 3; i++) {
        bool off[PAGE_HEADS] = { false };
        if (i)
            off[i == 1 ? best : other] = true;
        g = page_heads(off);
        twice_halves(half, g, ids, ROWS, HALF);
        printf("gpt.induction.%s.first = %.4f\n", keys[i], half[0]);
        printf("gpt.induction.%s.second = %.4f\n", keys[i], half[1]);
        reading_of(&next.r, &page.w.tokens, NOTED_TEXT, READ_MOST);
        next_logits(p, g);
        likely = i ? likely : argmax(p, PAGE_TOKENS);
        softmax(p, p, PAGE_TOKENS);
        printf("gpt.induction.%s.next = %.4f\n", keys[i],
               (double)p[likely]);
    }
    page_heads(NULL);
    free(ids);
}
static size_t tokens_held(const struct tokens *t, const char *text, size_t n)
{
    int32_t *ids;
    size_t count;
    const char *wrong = tokens_encode(&ids, &count, t, text, n);
    if (wrong)
        fail("%s: %s", "data/glosses/glosses.tsv", wrong);
    free(ids);
    return count;
}

static int run_results(void)
{
    static const char *const runs[][2] = { { "byte", "byte" },
        { "char", "char" }, { "bpe512", "bpe:512" },
        { "bpe4096", "bpe:4096" }, { "gpt2", "gpt2" } };
    struct pairs p = pairs_read("data/glosses/glosses.tsv");
    size_t all = 0, used[3] = { 0 };
    for (size_t i = 0; i < p.count; i++)
        all += strlen(p.list[i].output) + 1;
    char *text[3] = { allocate(all, 1), allocate(all, 1), allocate(all, 1) };
    for (size_t i = 0; i < p.count; i++)
        for (size_t j = 0; j < 3; j++)
            if (j == 2 || j == (i % 10 == 0))
                used[j] += (size_t)sprintf(text[j] + used[j], "%s\n",
                                           p.list[i].output);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct tokens t;
        const size_t from = i == 1 ? 2 : 0;
        const char *wrong = tokens_new(&t, runs[i][1], text[from],
                                       used[from], published());
        if (wrong)
            fail("%s: %s", p.path, wrong);
        printf("gpt.tokens.%s.count = %zu\n", runs[i][0], t.count);
        printf("gpt.tokens.%s.bytes = %.4f\n", runs[i][0], (double)used[1]
               / (double)tokens_held(&t, text[1], used[1]));
        tokens_free(&t);
    }
    for (size_t i = 0; i < 3; i++)
        free(text[i]);
    pairs_free(&p);
    results_induction();
    return 0;
}
#endif
static const struct command_option options[] = {
    { "train", OPTION_FLAG, .help = "train a model on a text" },
    { "sample", OPTION_FLAG, .help = "let a model go on with a text" },
    { "score", OPTION_FLAG, .help = "how well a model foretells a text" },
    { "logits", OPTION_FLAG, .help = "the logits for rows of ids" },
    { "attend", OPTION_FLAG,
      .help = "the weights of attention, (L, H, T, T)" },
    { "convert", OPTION_FLAG, .help = "write a model without its run" },
    { "bench", OPTION_FLAG, .help = "how fast a model learns and writes" },
    { "cut", OPTION_FLAG, .help = "cut a text into tokens, print their ids" },
    { "tokens", OPTION_TEXT, &chosen.tokens, "KIND",
      "byte, char, gpt2, or bpe:N with N tokens in all; char is taken for "
      "training, gpt2 for cutting" },
    { "text", OPTION_READS, &chosen.text, "FILE",
      "to train on, to score, or that char and bpe:N learn from" },

    { "layers", OPTION_SIZE, &chosen.kind.layers, "N", "of blocks", "1..48" },
    { "heads", OPTION_SIZE, &chosen.kind.heads, "H", "of each block; of a "
      "file that does not say it, one for 64 columns", "1.." },
    { "embed", OPTION_SIZE, &chosen.kind.width, "C", "numbers of a token",
      "1..16384" },
    { "context", OPTION_SIZE, &chosen.kind.context, "T", "tokens at once",
      "1..1048576" },
    { "vocab", OPTION_SIZE, &chosen.kind.tokens, "V", "kinds of tokens",
      "1..1048576" },
    { "dropout", OPTION_FLOAT, &chosen.kind.drop, "P", "part that is dropped",
      "0..<1" },
    { "batch", OPTION_SIZE, &chosen.batch, "B", "windows at once",
      "1..1000000" },
    { "accumulate", OPTION_SIZE, &chosen.accumulate, "N",
      "batches in a step", "1..1000000" },

    { "steps", OPTION_SIZE, &chosen.steps, "N", "steps of training", "1.." },
    { "seconds", OPTION_DOUBLE, &chosen.seconds, "S",
      "train as long instead; 0: by steps", "0..1e6" },
    { "pause", OPTION_SIZE, &chosen.pause, "N", "stop after it; 0: go on" },
    { "lr", OPTION_DOUBLE, &chosen.rate, "R", "learning rate", "0<.." },
    { "min-lr", OPTION_DOUBLE, &chosen.least, "R", "the last one", "0.." },
    { "warmup", OPTION_SIZE, &chosen.warmup, "N", "steps up to it" },
    { "weight-decay", OPTION_DOUBLE, &chosen.decay, "D", "of matrices",
      "0..1e6" },
    { "grad-clip", OPTION_DOUBLE, &chosen.clip, "N",
      "the largest norm of a gradient", "0<.." },
    { "eval-every", OPTION_SIZE, &chosen.every, "N",
      "steps between two reports, which also save", "1.." },
    { "val", OPTION_DOUBLE, &chosen.held, "V", "the last part of the text, "
      "for validation; with score: score only this part", "0..<1" },
    { "repeat", OPTION_DOUBLE, &chosen.repeat, "P",
      "part of the windows in which all comes twice; at the last step a "
      "quarter of it", "0..1" },
    { "seed", OPTION_SEED, &chosen.seed, "S", "of all that is random" },
    { "prompt", OPTION_TEXT, &chosen.prompt, "TEXT",
      "to go on from; if it is longer than the context, its end" },
    { "count", OPTION_SIZE, &chosen.count, "N", "tokens to write; when the "
      "context is full, its last half is read again" },
    { "temperature", OPTION_DOUBLE, &chosen.sampling.temperature, "T",
      "0: always the most likely token", "0..1e6" },
    { "top-k", OPTION_SIZE, &chosen.sampling.top_k, "K",
      "choose among so many; 0: all" },
    { "top-p", OPTION_DOUBLE, &chosen.sampling.top_p, "P",
      "choose among the fewest that have this share", "0..1" },
    { "weights", OPTION_CHOICE, &chosen.format, "f32|f16|q8",
      "bits of the weights that are read" },
    { "penalty", OPTION_DOUBLE, &chosen.sampling.penalty, "R",
      "of tokens that were there; 1: none", "1..1e6" },

    { "json", OPTION_FLAG, &chosen.json, .help = "for programs" },
    { "half", OPTION_FLAG, &chosen.half, .help = "16 bits a number" },
    { "decode", OPTION_FLAG, &chosen.decode,
      .help = "read ids, write the text" },
    { "pieces", OPTION_FLAG, &chosen.pieces,
      .help = "a line for each token: its id, and what it says" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "study", OPTION_FLAG, .help = "train the models, time them" },
    { "only", OPTION_CHOICE, &chosen.only,
      "all|repeat|plain|minutes|decoding|prompt", "this part of it" },
    { "out", OPTION_WRITES, &chosen.out, "FILE.npy", "the result" },
    { "save", OPTION_WRITES, &chosen.save, "FILE",
      "write the run, the model or the tokens" },
    { "load", OPTION_READS, &chosen.load, "FILE",
      "a model, also GPT-2's; with train, go on with its run; with cut, "
      "tokens that were saved" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "steps only", NATIVE(run_study),
      "train the book's models, and time them" },
    { "train", "text", "load tokens layers heads embed context dropout batch "
      "accumulate steps seconds pause lr min-lr warmup weight-decay "
      "grad-clip eval-every val repeat seed save", NATIVE(run_train),
      "train a model on a text" },
    { "sample", "load", "prompt count temperature top-k top-p penalty seed "
      "weights",
      NATIVE(run_sample), "let it go on with a text" },
    { "score", "load text", "val json", NATIVE(run_score),
      "how well it foretells a text" },
    { "logits", "load ids out", "heads", NATIVE(run_logits),
      "its logits for rows of ids" },
    { "attend", "load prompt out", NULL, NATIVE(run_attend),
      "its weights of attention" },
    { "convert", "load save", "heads half", NATIVE(run_convert),
      "write it without its run" },
    { "bench", NULL, "layers heads embed context batch vocab json",
      NATIVE(run_bench), "how fast such a model learns and writes" },
    { "cut load", NULL, "decode pieces", NATIVE(run_tokens),
      "the same with tokens of a file" },
    { "cut", NULL, "tokens text save decode pieces", NATIVE(run_tokens),
      "cut standard input into tokens" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "gpt",
        "trains a GPT on a text, and writes with it",
        "gpt train --text data/moby-dick/moby-dick.txt --save m.safetensors",
        options, ports, modes,
        "train sample score logits attend convert bench tokens=cut" }, argc,
        argv);
}
