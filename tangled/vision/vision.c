/* vision.c -- generated from chapters/19-vision.nw. Do not edit. */
#include "implicit/pen.h"
#include "kit/chart.h"
#include "kit/modes.h"
#include "vision/detector.h"
#include "vision/reader.h"
#include "vision/rollout.h"
#include "vision/table.h"

EMBED(vision_digits,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 60 * 784));
EMBED(vision_digit_labels,
      EMBED_PART("data/digits/t10k-labels-idx1-ubyte", 8, 60));
EMBED(vision_clothes,
      EMBED_PART("data/clothes/t10k-images-idx3-ubyte", 16, 60 * 784));
EMBED(vision_clothes_kinds,
      EMBED_PART("data/clothes/t10k-labels-idx1-ubyte", 8, 60));
enum { GRID_SIDE = 56, SHOWN = 60, LINE_TEXT = 64, PATCHES = 49, ACROSS = 7,
       ROWS = 50, LAYERS = 6, HEADS = 4, MAPS = LAYERS * HEADS };

static const char *const kind_names[2][DIGIT_KINDS] = {
    { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" },
    { "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt",
      "sneaker", "bag", "boot" } };

static int shown_kind(int set, int i)
{
    return (set ? vision_clothes_kinds : vision_digit_labels)[i];
}

static void shown_picture(float *x, int set, int i)
{
    const unsigned char *from = set ? vision_clothes : vision_digits;
    for (int p = 0; p < DIGIT_PIXELS; p++)
        x[p] = from[i * DIGIT_PIXELS + p] / 255.f;
}

/* the_reader: of digits (0) or of clothes (1). */
static struct reader *the_reader(int set)
{
    static struct learned nets[2];
    if (!nets[set].tape) {
        nets[set] = learner_trained(&reader_learner);
        if (set)
            weights_embedded(nets[1].tape, vision_clothes_weights);
        struct reader *r = nets[set].model;
        nets[set].tape->no_grad = r->vit.store_attention = true;
    }
    return nets[set].model;
}

/* seen: what the reader of a set sees in x: its probabilities (10), and its
 * weights of the class token (L, H, 49); and, if shares, rollout's. */
static void seen(float *chances, float *maps, float *shares, int set,
                 const float *x)
{
    struct reader *r = the_reader(set);
    tape_reset(r->tape);
    softmax(chances, reader_logits(r->tape, r, x, 1, 0)->data, DIGIT_KINDS);
    for (size_t i = 0; maps && i < MAPS; i++)
        memcpy(maps + i * PATCHES, r->vit.attention[i / HEADS]
               + i % HEADS * ROWS * ROWS + 1, PATCHES * sizeof *maps);
    if (shares)
        rollout(shares, r->vit.attention, 0, LAYERS, HEADS, ROWS);
}

/* patches_over: the numbers v (7, 7), up to most, over the picture x. */
static void patches_over(struct frame *f, struct rect r, const float *x,
                         const float *v, float most)
{
    for (size_t i = 0; i < DIGIT_PIXELS; i++) {
        const float t = v[i / DIGIT_SIDE / 4 * ACROSS + i % DIGIT_SIDE / 4]
                      / most;
        draw_rect(f, grid_cell(f, r, DIGIT_SIDE, DIGIT_SIDE, i / DIGIT_SIDE,
                               i % DIGIT_SIDE),
                  mix(map_sequential(t), paint(f, INK), .55f * x[i]));
    }
    draw_frame(f, r, 0, 1, paint(f, GRID));
    const int at = grid_hover(f, r, ACROSS, ACROSS);
    if (at >= 0)
        readout(f, "line %d, column %d\nweight %.3f", at / ACROSS + 1,
                at % ACROSS + 1, (double)v[at]);
}

static float largest(const float *x, size_t n)
{
    return fmaxf(x[argmax(x, n)], 1e-9f);
}

/* figure of shuffled pictures */
static struct {
    int which;
    float x[DIGIT_PIXELS], y[DIGIT_PIXELS];
} mixed = { .which = 18 };

static void mixed_next(void)
{
    mixed.which = (mixed.which + 1) % SHOWN;
}

static void mixed_compute(void)
{
    shown_picture(mixed.x, 0, mixed.which);
    memcpy(mixed.y, mixed.x, sizeof mixed.x);
    picture_shuffle(mixed.y);
}
static void mixed_draw(struct frame *f, struct rect r, const float *x)
{
    r = image_area(r, 1, 1);
    image_gray(f, r, x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
    for (int i = 0; i <= ACROSS; i++) {
        const float at = (float)i / ACROSS;
        draw_rect(f, (struct rect){ r.x, r.y + at * r.h - .5f, r.w, 1 },
                  paint(f, GRID));
        draw_rect(f, (struct rect){ r.x + at * r.w - .5f, r.y, 1, r.h },
                  paint(f, GRID));
    }
}

static void mixed_plain(struct frame *f, struct rect r)
{
    mixed_draw(f, r, mixed.x);
}

static void mixed_shuffled(struct frame *f, struct rect r)
{
    mixed_draw(f, r, mixed.y);
}
static void mixed_table(FILE *out)
{
    fputs("picture\tline", out);
    for (int i = 0; i < DIGIT_SIDE; i++)
        fprintf(out, "\tcolumn %d", i);
    for (int i = 0; i < 2 * DIGIT_PIXELS; i++) {
        if (i % DIGIT_SIDE == 0)
            fprintf(out, "\n%s\t%d", i < DIGIT_PIXELS ? "in order"
                    : "shuffled", i / DIGIT_SIDE % DIGIT_SIDE);
        fprintf(out, "\t%.2f", (double)(i < DIGIT_PIXELS ? mixed.x[i]
                                        : mixed.y[i - DIGIT_PIXELS]));
    }
    fputc('\n', out);
}

static struct chart shuffle_chart = {
    .control = { { BUTTON("next digit", mixed_next) } },
    .compute = mixed_compute, .table = mixed_table,
    .panel = { { .title = "a test digit", .draw = mixed_plain },
               { .title = "shuffled", .draw = mixed_shuffled,
                 .beside = true } }
};
CHART(shuffle)
/* figure of positions */
static struct { int set, patch; float alike[PATCHES]; char note[LINE_TEXT]; }
    places = { .patch = 24 };

static void places_compute(void)
{
    const float *p = the_reader(places.set)->vit.places->data;
    const size_t C = reader_how.vit.width;
    const float *mine = p + (size_t)(places.patch + 1) * C;
    for (size_t i = 0; i < PATCHES; i++) {
        const float *other = p + (i + 1) * C;
        double ab = 0, aa = 0, bb = 0;
        for (size_t j = 0; j < C; j++) {
            ab += (double)mine[j] * (double)other[j];
            aa += (double)mine[j] * (double)mine[j];
            bb += (double)other[j] * (double)other[j];
        }
        places.alike[i] = (float)(ab / sqrt(aa * bb));
    }
    snprintf(places.note, sizeof places.note, "line %d, column %d",
             places.patch / ACROSS + 1, places.patch % ACROSS + 1);
}
static void places_map(struct frame *f, struct rect r)
{
    struct rect a = image_area((struct rect){ r.x, r.y, r.w - 54, r.h }, 1,
                               1);
    const struct heatmap look = { .format = "%.2f", .diverging = true };
    struct widget w = widget(f, a, CURSOR_HAND);
    const int was = places.patch;
    const int at = grid_hover(f, a, ACROSS, ACROSS);
    if (w.held && at >= 0)
        places.patch = at;
    if (w.focused)
        places.patch = (places.patch + arrow_x(f) + ACROSS * arrow_y(f)
                        + PATCHES) % PATCHES;
    if (places.patch != was)
        chart_touch(f);
    heatmap(f, (struct rect){ a.x, a.y, a.w + 54, a.h + 2 }, places.alike,
            ACROSS, ACROSS, 0, 0, &look);
    draw_frame(f, grid_cell(f, a, ACROSS, ACROSS,
                            (size_t)places.patch / ACROSS,
                            (size_t)places.patch % ACROSS), 0, 2.5f,
               paint(f, WARN));
    say(f, w, places.note, "grid, arrow keys choose another patch");
    focus_ring(f, w, inset(a, -3), 2);
}
static void grid_table(FILE *out, const float *v, const char *format)
{
    fputs("line", out);
    for (int i = 0; i < ACROSS; i++)
        fprintf(out, "\tcolumn %d", i + 1);
    for (int i = 0; i < PATCHES; i++) {
        if (i % ACROSS == 0)
            fprintf(out, "\n%d", i / ACROSS + 1);
        fputc('\t', out);
        fprintf(out, format, (double)v[i]);
    }
    fputc('\n', out);
}

static void places_lines(FILE *out)
{
    grid_table(out, places.alike, "%.3f");
}

static struct chart places_chart = {
    .control = { { CHOICE(&places.set, "digits", "clothes") } },
    .compute = places_compute, .table = places_lines,
    .panel = { { .title = "cosine with the position of",
                 .note = places.note, .draw = places_map } }
};
CHART(places)
/* figure of heads */
static struct {
    int set, which, map;
    float x[DIGIT_PIXELS], chances[DIGIT_KINDS], maps[MAPS * PATCHES];
    char title[LINE_TEXT], chosen[LINE_TEXT];
} looks = { .which = 18, .map = MAPS - HEADS };

static void looks_next(void)
{
    looks.which = (looks.which + 1) % SHOWN;
}

static void looks_compute(void)
{
    shown_picture(looks.x, looks.set, looks.which);
    seen(looks.chances, looks.maps, NULL, looks.set, looks.x);
    const size_t best = argmax(looks.chances, DIGIT_KINDS);
    snprintf(looks.title, sizeof looks.title, "%s, read as %s",
             kind_names[looks.set][shown_kind(looks.set, looks.which)],
             kind_names[looks.set][best]);
    snprintf(looks.chosen, sizeof looks.chosen, "layer %d, head %d",
             looks.map / HEADS + 1, looks.map % HEADS + 1);
}
static void looks_picture(struct frame *f, struct rect r)
{
    image_gray(f, r, looks.x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
}

static void looks_one(struct frame *f, struct rect r)
{
    const float *map = looks.maps + looks.map * PATCHES;
    patches_over(f, image_area(r, 1, 1), looks.x, map,
                 largest(map, PATCHES));
}
static void looks_all(struct frame *f, struct rect r)
{
    const float h = r.h / LAYERS, w = fminf(r.w / HEADS, h);
    const float left = r.x + (r.w - HEADS * w) / 2;
    struct widget all = widget(f, (struct rect){ left, r.y, HEADS * w, r.h },
                               CURSOR_HAND);
    const int was = looks.map;
    for (int i = 0; i < MAPS; i++) {
        const float *map = looks.maps + i * PATCHES;
        struct rect cell = image_area(inset((struct rect){
            left + w * (float)(i % HEADS), r.y + h * (float)(i / HEADS), w,
            h }, 3), 1, 1);
        if (all.held && inside(cell, f->pointer.x, f->pointer.y))
            looks.map = i;
        heat_cells(f, cell, map, ACROSS, ACROSS, 0, largest(map, PATCHES),
                   false);
        if (i == looks.map)
            draw_frame(f, inset(cell, -2), 2, 2.5f, paint(f, WARN));
    }
    if (all.focused)
        looks.map = (looks.map + arrow_x(f) + HEADS * arrow_y(f) + MAPS)
                  % MAPS;
    if (looks.map != was)
        chart_touch(f);
    say(f, all, looks.chosen, "grid, arrow keys choose another");
    focus_ring(f, all, inset(r, -3), 2);
}
static void looks_table(FILE *out)
{
    fputs("layer\thead", out);
    for (int i = 0; i < PATCHES; i++)
        fprintf(out, "\tpatch %d", i + 1);
    for (int i = 0; i < MAPS * PATCHES; i++) {
        if (i % PATCHES == 0)
            fprintf(out, "\n%d\t%d", i / PATCHES / HEADS + 1,
                    i / PATCHES % HEADS + 1);
        fprintf(out, "\t%.3f", (double)looks.maps[i]);
    }
    fputc('\n', out);
}

static struct chart heads_chart = {
    .control = { { CHOICE(&looks.set, "digits", "clothes") },
                 { BUTTON("next picture", looks_next) } },
    .compute = looks_compute, .table = looks_table,
    .panel = {
        { .title = looks.title, .draw = looks_picture },
        { .title = "layers down, heads across", .draw = looks_all,
          .tall = 1.4f },
        { .title = looks.chosen, .draw = looks_one } }
};
CHART(heads)
/* figure of a drawn picture */
static struct {
    int set, which;
    bool blank;
    struct pen pen;
    float ink[GRID_SIDE * GRID_SIDE], x[DIGIT_PIXELS];
    float chances[DIGIT_KINDS], maps[MAPS * PATCHES], shares[ROWS];
    float last[PATCHES];
    char note[LINE_TEXT], title[LINE_TEXT];
} drawn = { .which = SHOWN };

static void drawn_next(void)
{
    drawn.which = (drawn.which + 1) % SHOWN, drawn.blank = false;
    shown_picture(drawn.x, drawn.set, drawn.which);
    memset(drawn.ink, 0, sizeof drawn.ink);
}

static void drawn_clear(void)
{
    memset(drawn.ink, 0, sizeof drawn.ink);
    memset(drawn.x, 0, sizeof drawn.x);
    drawn.which = -1, drawn.blank = true;
}
static void drawn_compute(void)
{
    static int was;
    if (drawn.which >= SHOWN || (drawn.which >= 0 && was != drawn.set))
        drawn_next();
    was = drawn.set;
    seen(drawn.chances, drawn.maps, drawn.shares, drawn.set, drawn.x);
    memset(drawn.last, 0, sizeof drawn.last);
    for (size_t h = 0; h < HEADS; h++)
        add_to(drawn.last, drawn.maps + (MAPS - HEADS + h) * PATCHES,
               PATCHES);
    const char *best = kind_names[drawn.set][argmax(drawn.chances,
                                                    DIGIT_KINDS)];
    if (drawn.blank)
        snprintf(drawn.note, sizeof drawn.note, "draw something");
    else
        snprintf(drawn.note, sizeof drawn.note, "it reads: %s", best);
}
static void drawn_board(struct frame *f, struct rect r)
{
    if (!pen_board(&drawn.pen, f, r, drawn.ink, GRID_SIDE,
                   drawn.which >= 0))
        return;
    drawn.blank = !pen_digit(drawn.x, drawn.ink, GRID_SIDE);
    drawn.which = -1;
    chart_touch(f);
}

static void drawn_rollout(struct frame *f, struct rect r)
{
    patches_over(f, image_area(r, 1, 1), drawn.x, drawn.shares + 1,
                 largest(drawn.shares + 1, PATCHES));
}

static void drawn_last(struct frame *f, struct rect r)
{
    patches_over(f, image_area(r, 1, 1), drawn.x, drawn.last,
                 largest(drawn.last, PATCHES));
}

static void drawn_table(FILE *out)
{
    grid_table(out, drawn.shares + 1, "%.4f");
}
static struct chart board_chart = {
    .control = { { CHOICE(&drawn.set, "digits", "clothes") },
                 { BUTTON("next test picture", drawn_next) },
                 { BUTTON("clear", drawn_clear) } },
    .compute = drawn_compute, .table = drawn_table,
    .panel = {
        { .title = "your board", .title_ink = MUTED, .draw = drawn_board },
        { .title = "last layer", .title_ink = MUTED, .draw = drawn_last,
          .beside = true },
        { .title = "rollout", .title_ink = MUTED, .draw = drawn_rollout,
          .beside = true },
        { .note = drawn.note, .names = kind_names[0],
          .n_names = DIGIT_KINDS, .y = "probability", .y1 = 1,
          .format = "%.4f", .below = true, .high = .6f, .series = {
              { "probability", SERIES_1, MARK_BARS, DIGIT_KINDS,
                .y = drawn.chances } } } }
};
CHART(board)
EMBED(table_soft, EMBED_FILE("data/weights/vision-soft.safetensors"));
EMBED(table_hard, EMBED_FILE("data/weights/vision-hard.safetensors"));
EMBED(table_self, EMBED_FILE("data/weights/vision-self.safetensors"));
EMBED(table_multihead,
      EMBED_FILE("data/weights/vision-multihead.safetensors"));
EMBED(table_cross, EMBED_FILE("data/weights/vision-cross.safetensors"));
EMBED(table_causal, EMBED_FILE("data/weights/vision-causal.safetensors"));
EMBED(table_text, EMBED_FILE("data/results/vision-study.txt"));
EMBED(table_images,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 40 * 784));
static const unsigned char *const table_weights[WAYS] = { NULL, table_soft,
    table_hard, table_self, table_multihead, table_cross, table_causal };
enum { TABLE_SHOWN = 40, TABLE_LINE = 48 };

/* figure of the table */
static struct { float y[2][WAYS], low[2][WAYS], high[2][WAYS]; } points;

static void table_compute(void)
{
    static const char *const sets[] = { "digits", "clothes" };
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < WAYS; i++) {
            const char *way = way_sizes[i].name;
            points.y[s][i] = 100 * result(table_text,
                "table.%s.%s.right.mean", way, sets[s]);
            points.low[s][i] = 100 * result(table_text,
                "table.%s.%s.right.low", way, sets[s]);
            points.high[s][i] = 100 * result(table_text,
                "table.%s.%s.right.high", way, sets[s]);
        }
}

static void table_columns_print(FILE *out)
{
    fputs("way\tdigits\tlow\thigh\tclothes\tlow\thigh\n", out);
    for (int i = 0; i < WAYS; i++) {
        fputs(way_sizes[i].name, out);
        for (int s = 0; s < 2; s++)
            fprintf(out, "\t%.2f\t%.2f\t%.2f", (double)points.y[s][i],
                    (double)points.low[s][i], (double)points.high[s][i]);
        fputc('\n', out);
    }
}

static const char *const table_names[] = { "CNN", "soft", "hard", "self",
                                           "heads", "cross", "causal" };
#define TABLE_PANEL(what, ink, s) { .title = what, \
    .names = table_names, .n_names = WAYS, .format = "%.2f", .series = { \
        { NULL, ink, MARK_POINTS | MARK_ERRORS, WAYS, .y = points.y[s], \
          .low = points.low[s], .high = points.high[s] } } }
static struct chart table_chart = {
    .compute = table_compute, .table = table_columns_print,
    .panel = { TABLE_PANEL("MNIST, % right", SERIES_1, 0),
               TABLE_PANEL("Fashion-MNIST, % right", SERIES_2, 1) }
};
CHART(table)
/* figure of seven maps */
enum { SEEN_SIDE = 56 };
static struct {
    struct pen pen;
    struct learned net[WAYS];
    int digit, head;               /* digit -1: drawn; head 0: all */
    float class;                   /* whose query; -1: of the answer */
    bool blank;
    float ink[SEEN_SIDE * SEEN_SIDE], x[DIGIT_PIXELS];
    float map[WAYS][WAY_PLACES];
    int read[WAYS];
    char title[WAYS][TABLE_LINE];
} six = { .class = -1, .digit = -2 };

static void six_next(void)
{
    six.digit = six.digit < 0 ? 0 : (six.digit + 1) % TABLE_SHOWN;
    six.blank = false, six.class = -1;
    for (int i = 0; i < DIGIT_PIXELS; i++)
        six.x[i] = table_images[six.digit * DIGIT_PIXELS + i] / 255.f;
    memset(six.ink, 0, sizeof six.ink);
}

static void six_clear(void)
{
    memset(six.ink, 0, sizeof six.ink);
    memset(six.x, 0, sizeof six.x);
    six.digit = -1, six.blank = true;
}

static void six_map(enum way way, const struct seen *seen)
{
    const struct way_sizes *s = &way_sizes[way];
    const size_t heads = s->heads ? s->heads : 1;
    const size_t asked = (size_t)lroundf(six.class);
    float *map = six.map[way], sum = 0;
    memset(map, 0, sizeof six.map[way]);
    for (size_t i = 0; i < heads * s->queries * WAY_PLACES; i++) {
        const size_t head = i / WAY_PLACES / s->queries;
        const size_t query = i / WAY_PLACES % s->queries;
        if ((way == WAY_CROSS && query != asked)
            || (heads > 1 && six.head && head + 1 != (size_t)six.head))
            continue;
        map[i % WAY_PLACES] += seen->weights[i], sum += seen->weights[i];
    }
    for (size_t k = 0; k < WAY_PLACES; k++)
        map[k] /= sum > 0 ? sum : 1;
}

static void six_one(enum way way)
{
    struct learned *net = &six.net[way];
    struct seen seen = { .store = true };
    if (!net->tape) {
        *net = learner_new(&table_learner, &way, 1, 1);
        weights_embedded(net->tape, table_weights[way]);
    }
    const struct table_run *r = net->model;
    const float *z = seer_read(&r->seer, six.x, 1, &seen);
    six.read[way] = (int)argmax(z, WAY_CLASSES);
    if (way == WAY_CROSS && six.class < 0)
        six.class = (float)six.read[way];
    six_map(way, &seen);
    if (six.blank)
        memset(six.map[way], 0, sizeof six.map[way]);
    snprintf(six.title[way], TABLE_LINE, six.blank ? "%s" : "%s: %d",
             way_sizes[way].name, six.read[way]);
}

static void six_compute(void)
{
    if (six.digit == -2)
        six_next();
    for (int way = WAY_SOFT; way < WAYS; way++)
        six_one((enum way)way);
}

static void six_board(struct frame *f, struct rect r)
{
    if (six.digit >= 0)
        image_gray(f, image_area(r, 1, 1), six.x, DIGIT_SIDE, DIGIT_SIDE, 0,
                   1);
    if (six.digit < 0
        && pen_board(&six.pen, f, r, six.ink, SEEN_SIDE, six.blank)) {
        six.blank = !pen_digit(six.x, six.ink, SEEN_SIDE);
        six.class = -1, chart_touch(f);
    }
}

static void six_cells(struct frame *f, struct rect r, int way)
{
    const float *map = six.map[way];
    const float most = fmaxf(map[argmax(map, WAY_PLACES)], 1e-6f);
    draw_text(f, r.x + r.w / 2, r.y + 10, TEXT_SMALL,
              ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED), "%s",
              six.title[way]);
    r = image_area((struct rect){ r.x, r.y + 20, r.w, r.h - 20 }, 1, 1);
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        draw_rect(f, grid_cell(f, r, DIGIT_SIDE, DIGIT_SIDE, i / DIGIT_SIDE,
                               i % DIGIT_SIDE),
                  mix(paint(f, PANEL), paint(f, INK), .8f * six.x[i]));
    for (size_t i = 0; i < WAY_PLACES; i++)
        draw_rect(f, grid_cell(f, r, WAY_ACROSS, WAY_ACROSS, i / WAY_ACROSS,
                               i % WAY_ACROSS),
                  fade(map_sequential(.15f + .85f * map[i] / most),
                       .08f + .6f * map[i] / most));
    draw_frame(f, r, 0, 1, paint(f, GRID));
    const int at = grid_hover(f, r, WAY_ACROSS, WAY_ACROSS);
    if (at >= 0)
        readout(f, "line %d, column %d\nweight %.3f", at / WAY_ACROSS,
                at % WAY_ACROSS, (double)map[at]);
}

static void six_maps(struct frame *f, struct rect r)
{
    const int across = f->narrow ? 2 : 3, down = 6 / across;
    const float w = r.w / (float)across, h = r.h / (float)down;
    for (int i = 0; i < WAYS - 1; i++)
        six_cells(f, inset((struct rect){ r.x + w * (float)(i % across),
            r.y + h * (float)(i / across), w, h }, 4), i + 1);
}

static void six_table(FILE *out)
{
    fputs("line\tcolumn\tsoft\thard\tself\tmultihead\tcross\tcausal", out);
    for (int k = 0; k < WAY_PLACES; k++) {
        fprintf(out, "\n%d\t%d", k / WAY_ACROSS, k % WAY_ACROSS);
        for (int way = WAY_SOFT; way < WAYS; way++)
            fprintf(out, "\t%.4f", (double)six.map[way][k]);
    }
    fputc('\n', out);
}

static struct chart seven_chart = {
    .control = { { CHOICE(&six.head, "all", "1", "2", "3", "4"),
                   .label = "head" },
                 { SLIDER("query of cross", &six.class, 0, 9, "%.0f"),
                   .step = 1 },
                 { BUTTON("next test digit", six_next) },
                 { BUTTON("draw a digit", six_clear) } },
    .compute = six_compute, .table = six_table,
    .panel = { { .title = "the picture", .draw = six_board, .tall = .5f },
               { .draw = six_maps, .wide = 2.4f, .tall = 1.5f } }
};
CHART(seven)
EMBED(vision_results, EMBED_FILE("data/results/vision.txt"));
enum { NOTE_TEXT = 80 };

static struct digits shown_digits(void)
{
    return (struct digits){ SHOWN, (uint8_t *)(uintptr_t)vision_digits,
                            (uint8_t *)(uintptr_t)vision_digit_labels };
}

static struct detector *shown_detector(void)
{
    static struct learned m;
    if (!m.tape)
        m = learner_trained(&detector_learner);
    return m.model;
}

/* figure of the matching */
enum { TRUTHS = 3, ASKED = 5 };
static const char *const truth_names[] = { "A", "B", "C" };
static struct {
    float at[TRUTHS][2], cost[TRUTHS * ASKED];
    size_t best[TRUTHS], greedy[TRUTHS];
    char note[NOTE_TEXT];
} matched = { .at = { { .5f, .5f }, { .24f, .5f }, { .7f, .78f } } };
static const float truth_size[TRUTHS][2] = {
    { .2f, .26f }, { .2f, .22f }, { .22f, .2f } };
static const float asked_boxes[ASKED][4] = {
    { .4f, .5f, .18f, .24f }, { .66f, .48f, .2f, .24f },
    { .76f, .8f, .2f, .2f }, { .18f, .18f, .22f, .2f },
    { .6f, .16f, .24f, .18f } };

static void truth_box(float *box, int i)
{
    memcpy(box, matched.at[i], sizeof matched.at[i]);
    memcpy(box + 2, truth_size[i], sizeof truth_size[i]);
}
static float greedy_match(size_t *to, const float *cost)
{
    unsigned rows = 0, columns = 0;
    float sum = 0;
    for (int k = 0; k < TRUTHS; k++) {
        size_t best = TRUTHS * ASKED;
        for (size_t c = 0; c < TRUTHS * ASKED; c++)
            if (!(rows >> c / ASKED & 1) && !(columns >> c % ASKED & 1)
                && (best == TRUTHS * ASKED || cost[c] < cost[best]))
                best = c;
        rows |= 1u << best / ASKED, columns |= 1u << best % ASKED;
        to[best / ASKED] = best % ASKED, sum += cost[best];
    }
    return sum;
}

static void matching_compute(void)
{
    double sum = 0;
    for (int i = 0; i < TRUTHS; i++)
        for (int j = 0; j < ASKED; j++) {
            float box[4];
            truth_box(box, i);
            matched.cost[i * ASKED + j] = box_loss(asked_boxes[j], box);
        }
    const struct matching t = match(matched.cost, TRUTHS, ASKED);
    for (size_t i = 0; i < TRUTHS; i++) {
        matched.best[i] = (size_t)t.column[i];
        sum += (double)matched.cost[i * ASKED + matched.best[i]];
    }
    snprintf(matched.note, sizeof matched.note, "best %.2f, greedy %.2f",
             sum, (double)greedy_match(matched.greedy, matched.cost));
}

static struct rect plot_box(struct plot *p, const float *box)
{
    const float x0 = plot_x(p, box[0] - box[2] / 2);
    const float y0 = plot_y(p, box[1] + box[3] / 2);
    return (struct rect){ x0, y0, plot_x(p, box[0] + box[2] / 2) - x0,
                          plot_y(p, box[1] - box[3] / 2) - y0 };
}

static void matching_boxes(struct plot *p)
{
    struct frame *f = p->frame;
    for (int j = 0; j < ASKED; j++) {
        const struct rect r = plot_box(p, asked_boxes[j]);
        draw_frame(f, r, 0, 1.5f, paint(f, SERIES_2));
        draw_text(f, r.x + r.w - 4, r.y + 13, TEXT_SMALL,
                  ALIGN_RIGHT | TEXT_BOLD, paint(f, SERIES_2), "%d", j + 1);
    }
    for (int i = 0; i < TRUTHS; i++) {
        float box[4];
        truth_box(box, i);
        const struct rect r = plot_box(p, box);
        const float *to = asked_boxes[matched.best[i]];
        draw_frame(f, r, 0, 3, paint(f, SERIES_1));
        draw_line(f, plot_x(p, box[0]), plot_y(p, box[1]), plot_x(p, to[0]),
                  plot_y(p, to[1]), 1.5f, paint(f, INK));
    }
}
static void matching_costs(struct frame *f, struct rect r)
{
    const struct rect grid = { r.x + 24, r.y + 24, r.w - 30,
                               fminf(r.h - 60, 60 * TRUTHS) };
    for (size_t j = 0; j < ASKED; j++) {
        const struct rect c = grid_cell(f, grid, TRUTHS, ASKED, 0, j);
        draw_text(f, c.x + c.w / 2, r.y + 16, TEXT_SIZE,
                  ALIGN_CENTER | TEXT_BOLD, paint(f, SERIES_2), "%zu", j + 1);
    }
    for (size_t i = 0; i < TRUTHS; i++)
        for (size_t j = 0; j < ASKED; j++) {
            const struct rect c = grid_cell(f, grid, TRUTHS, ASKED, i, j);
            draw_frame(f, c, 0, 1, paint(f, GRID));
            draw_text(f, c.x + c.w / 2, c.y + c.h / 2, TEXT_SIZE,
                      ALIGN_CENTER | ALIGN_MIDDLE, paint(f, INK), "%.2f",
                      (double)matched.cost[i * ASKED + j]);
            if (matched.best[i] == j)
                draw_frame(f, inset(c, 2), 3, 2.5f, paint(f, ACCENT));
            if (matched.greedy[i] == j)
                draw_disc(f, c.x + c.w - 9, c.y + 10, 3.5f, paint(f, WARN));
            if (j == 0)
                draw_text(f, r.x + 10, c.y + c.h / 2, TEXT_SIZE,
                          ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD,
                          paint(f, SERIES_1), "%s", truth_names[i]);
        }
    draw_text(f, grid.x, grid.y + grid.h + 24, TEXT_SMALL, 0,
              paint(f, MUTED), "frame: best assignment; dot: greedy");
}

static void matching_print(FILE *out)
{
    fputs("object\tquery\tcost\tbest\tgreedy\n", out);
    for (size_t c = 0; c < TRUTHS * ASKED; c++)
        fprintf(out, "%s\t%zu\t%.3f\t%d\t%d\n", truth_names[c / ASKED],
                c % ASKED + 1, (double)matched.cost[c],
                matched.best[c / ASKED] == c % ASKED,
                matched.greedy[c / ASKED] == c % ASKED);
}

static struct chart matching_chart = {
    .compute = matching_compute, .table = matching_print,
    .panel = {
        { .title = "objects and queries: drag A, B, C", .x1 = 1, .y1 = 1,
          .over = matching_boxes, .silent = true, .tall = 1.2f,
          .series = { { NULL, SERIES_1, MARK_NONE, 1, matched.at[0],
                        matched.at[0] + 1 } },
          .handle = {
              { "A", SERIES_1, &matched.at[0][0], &matched.at[0][1] },
              { "B", SERIES_1, &matched.at[1][0], &matched.at[1][1] },
              { "C", SERIES_1, &matched.at[2][0], &matched.at[2][1] } } },
        { .title = "costs", .note = matched.note, .draw = matching_costs } }
};
CHART(matching)
/* figure of a detector */
enum { PUT_MOST = 6, CELLS = CANVAS / DETR_POOLED };
static struct {
    struct { size_t which; float x, y, side; } put[PUT_MOST];
    size_t n, next;
    int held;                          /* which is dragged, or -1 */
    float side, query, x[CANVAS_PIXELS], map[CELLS * CELLS];
    struct found found[DETECT_BATCH];
    char title[NOTE_TEXT];
} live = { .put = { { 2, 16, 18, 22 }, { 0, 47, 20, 24 },
                    { 11, 30, 48, 18 } },
           .n = 3, .next = 3, .held = -1, .side = 22, .query = 0 };

static void live_clear(void)
{
    live.n = 0;
}

static void live_draw_canvas(void)
{
    const struct digits d = shown_digits();
    memset(live.x, 0, sizeof live.x);
    for (size_t i = 0; i < live.n; i++) {
        const uint8_t *image = d.images + live.put[i].which * DIGIT_PIXELS;
        struct place p = place_sized(image, (size_t)live.put[i].side);
        p.row = lroundf(live.put[i].y) - p.high / 2;
        p.column = lroundf(live.put[i].x) - p.wide / 2;
        canvas_lay(live.x, image, p);
    }
}
static void live_compute(void)
{
    struct detector *m = shown_detector();
    const size_t Q = m->net.is.queries, H = m->net.is.heads;
    struct answer a;
    size_t best = 0;
    live_draw_canvas();
    detector_read(m, live.found, &a, live.x, 1, 0, m->net.is.decoders - 1);
    for (size_t q = 0; q < Q; q++)
        best = live.found[q].score > live.found[best].score ? q : best;
    if (live.query >= 1)
        best = (size_t)live.query - 1;
    memset(live.map, 0, sizeof live.map);
    for (size_t h = 0; h < H; h++)
        scale_add(live.map, a.attention + (h * Q + best) * CELLS * CELLS,
                  1 / (float)H, CELLS * CELLS);
    const struct found *f = &live.found[best];
    snprintf(live.title, sizeof live.title, "query %zu: %s%d, %.2f",
             best + 1, f->score < CONFIDENT ? "nothing, or " : "", f->kind,
             (double)f->score);
}
static void live_press(float x, float y)
{
    live.held = -1;
    for (size_t i = 0; i < live.n; i++)
        if (fabsf(x - live.put[i].x) < live.put[i].side / 2
            && fabsf(y - live.put[i].y) < live.put[i].side / 2)
            live.held = (int)i;
    if (live.held < 0 && live.n < PUT_MOST) {
        live.held = (int)live.n++;
        live.put[live.held].which = live.next++ % SHOWN;
        live.put[live.held].side = roundf(live.side);
    }
}

static void live_drag(struct frame *f, struct rect r)
{
    const struct widget w = widget(f, r, CURSOR_GRAB);
    const float x = (f->pointer.x - r.x) / r.w * CANVAS;
    const float y = (f->pointer.y - r.y) / r.h * CANVAS;
    say(f, w, "a canvas to put digits on with the pointer", "canvas");
    focus_ring(f, w, r, 2);
    if (w.held && f->pointer.pressed)
        live_press(x, y);
    if (w.held && f->pointer.down && live.held >= 0) {
        live.put[live.held].x = fminf(fmaxf(x, 0), CANVAS);
        live.put[live.held].y = fminf(fmaxf(y, 0), CANVAS);
        chart_touch(f);
    } else
        live.held = -1;
}
static struct rect canvas_rect(struct rect r, const float *box)
{
    return (struct rect){ r.x + r.w * (box[0] - box[2] / 2),
                          r.y + r.h * (box[1] - box[3] / 2),
                          r.w * box[2], r.h * box[3] };
}

static void live_canvas(struct frame *f, struct rect r)
{
    r = image_area(inset(r, 8), 1, 1);
    image_gray(f, r, live.x, CANVAS, CANVAS, 0, 1);
    f->readout[0] = 0;
    draw_frame(f, r, 0, 1, paint(f, MUTED));
    live_drag(f, r);
    for (size_t q = 0; q < shown_detector()->net.is.queries; q++) {
        const struct found *g = &live.found[q];
        const enum ink ink = SERIES_1 + (enum ink)(q % 6);
        const struct rect b = canvas_rect(r, g->box);
        if (g->score < CONFIDENT)
            continue;
        draw_frame(f, b, 0, 2.5f, paint(f, ink));
        const bool above = (q % 2 || b.y + b.h > r.y + r.h - 18)
                        && b.y - r.y > 18;
        const float y = above ? b.y - 5 : b.y + b.h + 14;
        draw_text(f, fminf(b.x, r.x + r.w - 52), y, TEXT_SIZE, TEXT_BOLD,
                  paint(f, ink), "%d  %.2f", g->kind, (double)g->score);
    }
}

static void live_attention(struct frame *f, struct rect r)
{
    r = image_area(inset(r, 8), 1, 1);
    const float most = live.map[argmax(live.map, CELLS * CELLS)];
    for (size_t i = 0; i < CANVAS_PIXELS; i++)
        if (live.x[i] > .05f)
            draw_rect(f, grid_cell(f, r, CANVAS, CANVAS, i / CANVAS,
                                   i % CANVAS),
                      mix(paint(f, PANEL), paint(f, INK), live.x[i]));
    for (size_t i = 0; i < CELLS * CELLS; i++)
        draw_rect(f, grid_cell(f, r, CELLS, CELLS, i / CELLS, i % CELLS),
                  fade(map_sequential(.15f + .85f * live.map[i] / most),
                       .1f + .6f * live.map[i] / most));
    draw_frame(f, r, 0, 1, paint(f, GRID));
    const int at = grid_hover(f, r, CELLS, CELLS);
    if (at >= 0)
        readout(f, "line %d, column %d\nweight %.3f", at / CELLS, at % CELLS,
                (double)live.map[at]);
}
static void live_print(FILE *out)
{
    fputs("query\tclass\tscore\tleft\ttop\tright\tbottom\n", out);
    for (size_t q = 0; q < shown_detector()->net.is.queries; q++) {
        const struct found *f = &live.found[q];
        fprintf(out, "%zu\t%d\t%.3f", q + 1, f->kind, (double)f->score);
        for (int k = 0; k < 4; k++)
            fprintf(out, "\t%.1f", (double)(CANVAS * (f->box[k % 2]
                    + (k < 2 ? -.5f : .5f) * f->box[2 + k % 2])));
        fputc('\n', out);
    }
}

static struct chart detect_chart = {
    .control = { { SLIDER("next digit's size", &live.side, 10, 34, "%.0f"),
                   .step = 1 },
                 { SLIDER("query; 0: the surest", &live.query, 0, 8, "%.0f"),
                   .step = 1 },
                 { BUTTON("clear", live_clear) } },
    .compute = live_compute, .table = live_print,
    .panel = {
        { .title = "click to put a digit, drag to move it",
          .draw = live_canvas },
        { .title = live.title, .draw = live_attention } }
};
CHART(detect)
/* figure of precision */
enum { RECALLS = 21 };
static struct { float recall[RECALLS], y[3][RECALLS]; } curves;

static void precision_compute(void)
{
    static const char *const names[] = { "half", "strict", "exact" };
    for (int k = 0; k < RECALLS; k++) {
        curves.recall[k] = (float)k / (RECALLS - 1);
        for (int i = 0; i < 3; i++) {
            const float p = result(vision_results, "curve.%s.r%d", names[i],
                                   k);
            curves.y[i][k] = p > 0 ? p : NAN;      /* never found so many */
        }
    }
}
#define PRECISION_LINE(name, ink, i) { name, ink, MARK_LINE | MARK_POINTS, \
    RECALLS, curves.recall, curves.y[i] }

static struct chart precision_chart = {
    .compute = precision_compute,
    .panel = { { .title = "all classes together", .x = "recall",
                 .y = "precision", .x1 = 1, .y1 = 1, .format = "%.3f",
                 .series = { PRECISION_LINE("IoU .5", SERIES_1, 0),
                             PRECISION_LINE("IoU .75", SERIES_2, 1),
                             PRECISION_LINE("IoU .9", SERIES_3, 2) } } }
};
CHART(precision)
/* figure of queries */
enum { WATCHED = 100, ASKING = 8 };
static struct {
    struct found found[WATCHED * ASKING];
    bool known;
} asking;

static void queries_compute(void)
{
    static float x[DETECT_BATCH * CANVAS_PIXELS];
    const struct digits d = shown_digits();
    struct detector *m = shown_detector();
    for (size_t at = 0; !asking.known && at < WATCHED; at += DETECT_BATCH) {
        struct objects o;
        struct answer a;
        for (size_t b = 0; b < DETECT_BATCH; b++)
            canvas_test(x + b * CANVAS_PIXELS, &o, &d, at + b);
        detector_read(m, asking.found + at * ASKING, &a, x, DETECT_BATCH, at,
                      m->net.is.decoders - 1);
    }
    asking.known = true;
}
static void queries_squares(struct frame *f, struct rect r)
{
    const size_t across = f->narrow ? 2 : 4, down = ASKING / across;
    for (size_t q = 0; q < ASKING; q++) {
        const struct rect cell = { r.x + (float)(q % across) * r.w
            / (float)across, r.y + (float)(q / across) * r.h / (float)down,
            r.w / (float)across, r.h / (float)down };
        struct rect a = { cell.x + 6, cell.y + 22, cell.w - 12,
                          cell.h - 28 };
        size_t n = 0;
        a = image_area(a, 1, 1);
        draw_frame(f, a, 0, 1, paint(f, GRID));
        for (size_t b = 0; b < WATCHED; b++) {
            const struct found *g = &asking.found[b * ASKING + q];
            if (g->score < CONFIDENT)
                continue;
            draw_disc(f, a.x + a.w * g->box[0], a.y + a.h * g->box[1],
                      1.5f + 6 * fmaxf(g->box[2], g->box[3]),
                      fade(paint(f, SERIES_1), .6f));
            n++;
        }
        draw_text(f, a.x, a.y - 6, TEXT_SMALL, 0, paint(f, INK),
                  "query %zu: %zu", q + 1, n);
    }
}

static void queries_print(FILE *out)
{
    fputs("query\tdigits\tmean x\tmean y\tmean of longer side\n", out);
    for (size_t q = 0; q < ASKING; q++) {
        double n = 0, sum[3] = { 0 };
        for (size_t b = 0; b < WATCHED; b++) {
            const struct found *g = &asking.found[b * ASKING + q];
            if (g->score < CONFIDENT)
                continue;
            n++, sum[0] += (double)g->box[0], sum[1] += (double)g->box[1];
            sum[2] += (double)fmaxf(g->box[2], g->box[3]);
        }
        const double least = n > 0 ? n : 1;
        fprintf(out, "%zu\t%.0f\t%.3f\t%.3f\t%.3f\n", q + 1, n,
                sum[0] / least, sum[1] / least, sum[2] / least);
    }
}

static struct chart queries_chart = {
    .compute = queries_compute, .table = queries_print,
    .panel = { { .title = "middles of the boxes of each query",
                 .draw = queries_squares } }
};
CHART(queries)
static const struct figure figures[] = {
    { "shuffle", 720, 380, 400,
      "A handwritten digit, cut into 49 squares by thin lines, and the same "
      "squares in another order, in which nothing can be read.",
      shuffle_frame, shuffle_table },
    { "places", 720, 420, 420,
      "A grid of seven by seven colored squares, one of them framed. The "
      "squares near it, and those in its line and its column, are closest "
      "to it in color.",
      places_frame, places_table },
    { "heads", 720, 460, 900,
      "A test picture, 24 small maps of seven by seven patches in six lines "
      "and four columns, and one of them, laid large over the picture.",
      heads_frame, heads_table },
    { "draw", 720, 480, 900,
      "A board to draw on, two maps over the picture, and ten bars for the "
      "probabilities of the kinds.",
      board_frame, board_table },

    { "table", 720, 330, 640,
      "Two plots, for digits and for clothes, with seven points each and a "
      "vertical line from the lowest to the highest of three seeds.",
      table_frame, table_table },
    { "seven", 720, 440, 860,
      "A handwritten digit, and the same digit six times under a grid of 49 "
      "cells that are bright where a model reads: soft, hard, self, "
      "multi-head, cross and causal attention.",
      seven_frame, seven_table },

    { "matching", 720, 400, 760,
      "Three thick boxes with handles, A to C, and five thin boxes, 1 to 5. "
      "Beside them a table of costs, three rows and five columns, with the "
      "cells of the best assignment framed and those of the greedy one "
      "marked by a dot.",
      matching_frame, matching_table },
    { "detect", 720, 420, 800,
      "A canvas with handwritten digits of different sizes, a box with class "
      "and score around each; beside it the same canvas under a grid of "
      "eight by eight cells, bright where the chosen query looks.",
      detect_frame, detect_table },
    { "precision", 720, 360, 380,
      "Three curves of precision over recall. At an IoU of .5 it stays near "
      "1 and falls late, at .75 earlier, at .9 it is low.",
      precision_frame, precision_table },
    { "queries", 720, 430, 820,
      "Eight small squares, one for each query, with dots where the middles "
      "of its boxes were.",
      queries_frame, queries_table },
    { 0 }
};
FIGURES(figures)
enum { CLASSIFY, DETECT, OUT, CANVASES, TRUTH };
static struct port ports[] = {
    { "classify", "B D? S S", "pictures to classify" },
    { "detect", "B 64 64", "canvases to find digits on", .range = "0..1" },
    { "out", "B Q? K", "probabilities; or class, score, left, top, right, "
      "bottom in pixels, of each query", PORT_OUT },
    { "canvases", "M 64 64", "test canvases that are made", PORT_OUT },
    { "truth", "M 3 5", "class, left, top, right, bottom of each digit",
      PORT_OUT },
    { 0 }
};
enum { MODEL_VIT, MODEL_LINEAR, MODEL_WAYS,
       MODEL_DETECTOR = MODEL_WAYS + WAYS };
#define MODELS "vit|linear|" WAY_NAMES "|detector"
enum { ONLY_MINUTES = 1, ONLY_LONG, ONLY_SHUFFLE, ONLY_TABLE, ONLY_TUNE,
       ONLY_DETECTION, ONLY_FIXED };
#define ONLY_NAMES "all|minutes|long|shuffle|table|tune|detection|fixed"
static int model, only;
static size_t count = 10, seeds = 3;
static const char *publish;
#ifndef __wasm__
/* chosen: the learner of --model, with what the options say. */
static struct learner *chosen(void)
{
    struct learner *own = &reader_learner, *l = own;
    if (model == MODEL_DETECTOR)
        l = &detector_learner;
    else if (model >= MODEL_WAYS) {
        l = &table_learner, table_way = (enum way)(model - MODEL_WAYS);
        l->kind = way_sizes[table_way].name;
    } else {
        reader_how.network = model == MODEL_VIT ? NET_VIT : NET_LINEAR;
        l->kind = network_names[reader_how.network];
    }
    l->seconds = own->seconds, l->schedule = own->schedule;
    l->pause = own->pause, l->seed = own->seed, l->folder = own->folder;
    l->save = own->save, l->load = own->load;
    l->steps = command_given("steps") ? own->steps : l->steps;
    l->warmup = command_given("warmup") ? own->warmup : l->warmup;
    l->rate = command_given("rate") ? own->rate : l->rate;
    return l;
}

/* only_of_vit: fails if an option is given that the model has no use for. */
static void only_of_vit(void)
{
    static const char *const names[] = { "patch", "layers", "heads", "embed",
                                         "ff", "dropout", "change" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (model != MODEL_VIT && command_given(names[i]))
            fail("--%s goes with --model vit", names[i]);
}

/* sizes_of: sets what a file says of a Vision Transformer. */
static void sizes_of(const char *path)
{
    const float drop = reader_how.vit.drop;
    struct safetensors file = safetensors_read(path);
    reader_how.vit = vit_kind_of(&file, command_given("heads")
                                 ? reader_how.vit.heads : 0);
    reader_how.vit.drop = drop;
    safetensors_free(&file);
}

/* loaded: the model of --load, or the book's. */
static struct learned loaded(void)
{
    struct learner *l = chosen();
    only_of_vit();
    if (!l->load && (model == MODEL_LINEAR || model == MODEL_WAYS + WAY_CNN))
        fail("--load FILE is missing: the book has no weights of --model %s",
             l->kind);
    if (l->load && model == MODEL_VIT)
        sizes_of(l->load);
    struct learned m = learner_new(l, l->how, 1, 1);
    if (!l->load) {
        weights_embedded(m.tape, l == &table_learner
                         ? table_weights[table_way] : l->weights);
        return m;
    }
    struct safetensors file = safetensors_read(l->load);
    if (model == MODEL_VIT)
        vit_take(m.tape, &((struct reader *)m.model)->vit, &file);
    else
        weights_take(m.tape, &file);
    safetensors_free(&file);
    return m;
}

/* reads_small: fails unless the model reads the pictures of the sets. */
static void reads_small(void)
{
    const struct vit_kind *is = &reader_how.vit;
    if (model == MODEL_VIT && (is->side != DIGIT_SIDE || is->channels != 1
                               || is->kinds != DIGIT_KINDS))
        fail("%s: reads pictures of %zu by %zu pixels in %zu colors and "
             "knows %zu kinds; the sets have 28 by 28, 1 and 10",
             shown(reader_learner.load), is->side, is->side, is->channels,
             is->kinds);
}

static int run_train(void)
{
    const struct vit_kind *is = &reader_how.vit;
    struct learner *l = chosen();
    only_of_vit();
    if (is->side % is->patch)
        fail("--patch %zu: does not divide the %zu pixels of a side",
             is->patch, is->side);
    if (is->width % is->heads)
        fail("--heads %zu: do not divide --embed %zu", is->heads, is->width);
    if (l->load && model == MODEL_VIT)
        sizes_of(l->load), reads_small();
    return learner_main(l);
}

/* logits_of: (n, K) of pictures x, until the next step of the tape. */
static const float *logits_of(struct learned *m, const float *x, size_t n)
{
    static struct seen unused;
    m->tape->no_grad = true;
    if (model >= MODEL_WAYS)
        return seer_read(&((struct table_run *)m->model)->seer, x, n,
                         &unused);
    tape_reset(m->tape);
    return reader_logits(m->tape, m->model, x, n, 0)->data;
}

static int run_classify(void)
{
    struct learned m = loaded();
    if (model == MODEL_DETECTOR)
        fail("--classify goes with other models; with --model detector, "
             "--detect");
    const struct port *in = &ports[CLASSIFY];
    const struct vit_kind *is = &reader_how.vit;
    const size_t has = in->rank == 4 ? in->shape[1] : 1;
    const size_t side = in->shape[in->rank - 1], n = in->shape[0];
    const size_t K = model == MODEL_VIT ? is->kinds : DIGIT_KINDS;
    if (side != is->side || has != is->channels)
        fail("%s: pictures of %zu by %zu pixels in %zu colors; the model "
             "reads %zu by %zu in %zu", in->label, side, side, has, is->side,
             is->side, is->channels);
    const float *x = port_floats(CLASSIFY);
    float *p = allocate(size_product(n, K), sizeof *p);
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < TEST_BATCH ? n - at : TEST_BATCH;
        softmax_rows(p + at * K, logits_of(&m, x + at * has * side * side,
                                           part), part, K);
    }
    outputs_finite(m.by->load, p, n * K);
    axis_set("K", K, "the model");
    port_give_floats(OUT, p);
    free(p), learned_free(&m);
    return 0;
}

static int run_publish(void)
{
    struct learned m = loaded();
    if (model != MODEL_VIT)
        fail("--publish goes with --model vit");
    vit_publish(publish, m.tape, &((struct reader *)m.model)->vit);
    learned_free(&m);
    return 0;
}
static void box_pixels(float *to, const float *box)
{
    for (int k = 0; k < 4; k++)
        to[k] = CANVAS * (box[k % 2] + (k < 2 ? -.5f : .5f)
                                      * box[2 + k % 2]);
}

/* A query that sees nothing has a row as well, with a score below a half. */
static int run_detect(void)
{
    model = MODEL_DETECTOR;
    struct learned m = loaded();
    const size_t n = ports[DETECT].count / CANVAS_PIXELS;
    const size_t Q = detector_how.is.queries;
    const float *x = port_floats(DETECT);
    struct found *found = allocate(DETECT_BATCH * Q, sizeof *found);
    float *out = allocate(size_product(n, 6 * Q), sizeof *out);
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < DETECT_BATCH ? n - at : DETECT_BATCH;
        detector_read(m.model, found, NULL, x + at * CANVAS_PIXELS, part, at,
                      detector_how.is.decoders - 1);
        for (size_t i = 0; i < part * Q; i++) {
            float *row = out + (at * Q + i) * 6;
            row[0] = (float)found[i].kind, row[1] = found[i].score;
            box_pixels(row + 2, found[i].box);
        }
    }
    outputs_finite(detector_learner.load, out, n * Q * 6);
    axis_set("Q", Q, "the model"), axis_set("K", 6, "a box");
    axis_there("Q");
    port_give_floats(OUT, out);
    free(found), free(out), learned_free(&m);
    return 0;
}

static int run_canvases(void)
{
    detector_learner.folder = reader_learner.folder;
    struct digit_sets *sets = learner_data(&detector_learner);
    float *x = allocate(size_product(count, CANVAS_PIXELS), sizeof *x);
    float *truth = allocate(size_product(count, OBJECTS * 5), sizeof *truth);
    for (size_t i = 0; i < count; i++) {
        struct objects o;
        canvas_test(x + i * CANVAS_PIXELS, &o, &sets->test, i);
        for (size_t k = 0; k < OBJECTS; k++) {
            float *row = truth + (i * OBJECTS + k) * 5;
            row[0] = (float)o.kind[k];
            box_pixels(row + 1, o.box[k]);
        }
    }
    port_give_floats(CANVASES, x);
    port_give_floats(TRUTH, truth);
    free(x), free(truth), digit_sets_free(sets);
    detector_learner.loaded = NULL;
    return 0;
}
static void print_detected(struct learned *m)
{
    const struct digit_sets *sets = learner_data(&detector_learner);
    struct detector_test t = detector_test(m->model, &sets->test,
        DETECT_TESTS, detector_how.is.decoders - 1);
    for (size_t i = 0; i < t.n; i++)
        outputs_finite(detector_learner.load, &t.found[i].score, 1);
    printf("%d canvases of %d digits: AP %.3f, of the classes", DETECT_TESTS,
           OBJECTS, t.ap);
    for (int k = 0; k < DIGIT_KINDS; k++)
        printf(" %d: %.3f", k, t.each[k]);
    printf("\nAP %.3f at an IoU of .75; %.1f %% of the canvases without "
           "any mistake\n", t.strict, 100 * t.read);
    detector_test_free(&t);
}

static int run_test(void)
{
    struct learned m = loaded();
    reads_small();
    if (model == MODEL_DETECTOR) {
        print_detected(&m);
    } else {
        const double right = learner_score(&m);
        const struct digits *d = &((struct digit_sets *)m.data)->test;
        float x[DIGIT_PIXELS];
        int32_t target;
        digits_batch(x, &target, d, NULL, 1, NULL);
        outputs_finite(m.by->load, logits_of(&m, x, 1), DIGIT_KINDS);
        printf("%.0f of %zu pictures right, %.2f %%\n",
               right * (double)d->count, d->count, 100 * right);
    }
    digit_sets_free(m.by->loaded), m.by->loaded = NULL;
    learned_free(&m);
    return 0;
}
static double thread_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

enum { DATA_SETS = 2 };
static struct learner studied[DATA_SETS];
static const char *const folders[DATA_SETS] = { "build/data/digits",
                                                "build/data/clothes" };
static const char *const books[DATA_SETS] = {
    "data/weights/vision.safetensors",
    "data/weights/vision-clothes.safetensors" };
enum { MINUTES_STEPS = 2400, LONG_STEPS = 30000, LINEAR_STEPS = 6000,
       CNN_STEPS = 12000, SHUFFLE_STEPS = 2000 };

static size_t steps_of(size_t steps)
{
    return command_given("steps") ? reader_learner.steps : steps;
}

static struct learned study_fit(const struct reader_how *how, size_t data,
                                uint64_t seed, size_t steps, double *out)
{
    const double start = thread_seconds();
    struct learned m = learner_fit(&studied[data], how, seed,
                                   steps_of(steps));
    out[1] = thread_seconds() - start;
    out[0] = learner_score(&m);
    return m;
}

static struct reader_how long_how(size_t network, size_t data)
{
    struct reader_how how = reader_how;
    how.network = (enum network)network;
    how.change = data ? CHANGE_MIRROR : CHANGE_SHIFT;
    return how;
}

static void long_one(const size_t *level, uint64_t seed, double *out)
{
    static const size_t steps[] = { LONG_STEPS, CNN_STEPS, LINEAR_STEPS };
    const struct reader_how how = long_how(level[0], level[1]);
    struct learned m = study_fit(&how, level[1], seed, steps[level[0]], out);
    out[1] /= 60, out[2] = (double)m.tape->size;
    if (level[0] == NET_VIT && seed == 1 && !interrupted
        && !command_given("steps"))
        reader_save(books[level[1]], &m);
    learned_free(&m);
}

static void minutes_one(const size_t *level, uint64_t seed, double *out)
{
    const double start = seconds_now();
    (void)level;
    struct learned m = study_fit(&reader_how, 0, seed, MINUTES_STEPS, out);
    out[1] = seconds_now() - start;
    learned_free(&m);
}

static void shuffle_one(const size_t *level, uint64_t seed, double *out)
{
    struct reader_how how = reader_how;
    how.network = level[0] == 1 ? NET_CNN : NET_VIT;
    how.vit.unplaced = level[0] == 2, how.shuffle = level[1];
    struct learned m = study_fit(&how, 0, seed, SHUFFLE_STEPS, out);
    learned_free(&m);
}

static void reader_study(void)
{
    const unsigned lines = STUDY_EACH | STUDY_MEAN | STUDY_RANGE;
    struct study parts[] = {
        { .key = "vision.minutes", .seeds = seeds, .run = minutes_one,
          .measures = "right seconds", .alone = true },
        { .key = "vision.long", .seeds = seeds, .run = long_one,
          .factors = { "vit cnn linear", "digits clothes" },
          .measures = "right minutes parameters" },
        { .key = "vision.shuffle", .seeds = seeds, .run = shuffle_one,
          .factors = { "vit cnn unplaced", "plain shuffled" },
          .measures = "right seconds" },
    };
    for (size_t i = 0; i < DATA_SETS; i++) {
        output_try(books[i]);
        studied[i] = reader_learner, studied[i].folder = folders[i];
    }
    printf("vision.study.seeds = %zu\nvision.shuffle.steps = %zu\n"
           "vision.layers = %zu\n", seeds, steps_of(SHUFFLE_STEPS),
           reader_how.vit.layers);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i].lines = lines;
        if (!only || (size_t)only == i + 1)
            study_print(&parts[i]), fflush(stdout);
    }
    for (size_t i = 0; i < DATA_SETS; i++)
        if (studied[i].loaded)
            digit_sets_free(studied[i].loaded);
}

static void reader_results(void)
{
    struct learned m = learner_trained(&reader_learner);
    printf("vision.parameters = %zu\nvision.excerpt.right = %.4f\n",
           m.tape->size, learner_score(&m));
    digit_sets_free(m.data), learned_free(&m);
    reader_learner.loaded = NULL;
}
enum { TABLE_SETS = 2, TABLE_TRIED = 3 };
static const char *const table_folders[TABLE_SETS] = { "build/data/digits",
                                                       "build/data/clothes" };
static const double tried_rates[TABLE_TRIED] = { .004, .008, .016 };
static struct digit_sets *table_sets[TABLE_SETS];
static double table_seconds = 60;

/* table_fit: trains one model for so many seconds, or for --steps. */
static struct learned table_fit(enum way way, size_t set, uint64_t seed,
                                double rate, double seconds, double *spent)
{
    const size_t last = command_given("steps") ? table_learner.steps
                                               : SIZE_MAX;
    struct learned m = learner_new(&table_learner, &way, seed,
                                   table_learner.steps);
    struct training *t = &m.training;
    const clock_t start = clock();
    m.data = table_sets[set];
    t->rate = rate > 0 ? rate : t->rate;
    for (*spent = 0; t->step < last && !interrupted; ) {
        learner_step(&m);
        *spent = (double)(clock() - start) / CLOCKS_PER_SEC;
        if (last < SIZE_MAX)
            continue;
        if (*spent >= seconds)
            break;
        t->steps = t->step + 1 + (size_t)((double)t->step
                   * (seconds - *spent) / fmax(*spent, 1e-6));
    }
    return m;
}

static void table_save(const struct learned *m, enum way way)
{
    const char *const texts[] = { "format", "pt", "kind",
                                  way_sizes[way].name, NULL };
    char path[64];
    snprintf(path, sizeof path, "data/weights/vision-%s.safetensors",
             way_sizes[way].name);
    if (way != WAY_CNN && !interrupted)
        weights_save_narrow(path, m->tape, texts, true);
}

static struct digits table_kept(const struct digits *train)
{
    const size_t rest = table_rest(train);
    return (struct digits){ train->count - rest,
        train->images + rest * DIGIT_PIXELS, train->labels + rest };
}

static void table_one(const size_t *level, uint64_t seed, double *out)
{
    const enum way way = (enum way)level[0];
    struct digit_sets *sets = table_sets[level[1]];
    struct learned m = table_fit(way, level[1], seed, 0,
                                table_seconds, &out[2]);
    const struct digits kept = table_kept(&sets->train);
    out[0] = table_right(m.model, &sets->test);
    out[1] = table_right(m.model, &kept);
    out[3] = (double)m.training.step;
    if (seed == 1 && level[1] == 0 && !command_given("steps")
        && !command_given("seconds") && !command_given("data"))
        table_save(&m, way);
    learned_free(&m);
}

static void tune_one(const size_t *level, uint64_t seed, double *out)
{
    double spent;
    struct learned m = table_fit((enum way)level[0], level[1], seed,
                                 tried_rates[level[2]], table_seconds / 2,
                                 &spent);
    const struct digits kept = table_kept(&table_sets[level[1]]->train);
    out[0] = table_right(m.model, &kept);
    learned_free(&m);
}

#define TABLE_WAYS "cnn soft hard self multihead cross causal"
static void table_studies(size_t sets)
{
    const char *const names = sets == 1 ? "digits" : "digits clothes";
    const struct study table = { .key = "vision.table", .seeds = seeds,
        .factors = { TABLE_WAYS, names }, .run = table_one, .alone = true,
        .measures = "right kept time steps",
        .lines = STUDY_EACH | STUDY_MEAN | STUDY_RANGE };
    const struct study tune = { .key = "vision.tune", .seeds = 1,
        .factors = { TABLE_WAYS, names, "r4 r8 r16" }, .run = tune_one,
        .alone = true, .lines = STUDY_BARE };
    if (only != ONLY_TABLE)
        study_print(&tune), fflush(stdout);
    if (only != ONLY_TUNE)
        study_print(&table);
}

static void table_study(void)
{
    const bool given = command_given("data");
    const size_t sets = given ? 1 : TABLE_SETS;
#ifdef _OPENMP
    omp_set_num_threads(1);
#endif
    if (table_learner.seconds > 0)
        table_seconds = table_learner.seconds;
    for (size_t i = 0; i < sets; i++)
        table_sets[i] = digit_sets_read(given ? table_learner.folder
                                              : table_folders[i]);
    printf("vision.table.seeds = %zu\nvision.table.seconds = %g\n", seeds,
           table_seconds);
    table_studies(sets);
    for (size_t i = 0; i < sets; i++)
        digit_sets_free(table_sets[i]), table_sets[i] = NULL;
}

static void table_results(void)
{
    for (int i = 0; i < WAYS; i++) {
        const enum way way = (enum way)i;
        struct learned m = learner_new(&table_learner, &way, 1, 1);
        printf("vision.table.parameters.%s = %zu\n", way_sizes[i].name,
               m.tape->size);
        if (way != WAY_CNN) {
            weights_embedded(m.tape, table_weights[i]);
            printf("vision.table.excerpt.%s = %.4f\n", way_sizes[i].name,
                   learner_score(&m));
        }
        learned_free(&m);
    }
    digit_sets_free(table_learner.loaded), table_learner.loaded = NULL;
}
enum { DETECT_STEPS = 5000 };
static const char detect_book[] =
    "data/weights/vision-detector.safetensors";

static void detect_one(const struct detector_how *how, uint64_t seed,
                       double *out)
{
    const size_t steps = command_given("steps") ? detector_learner.steps
                                                : DETECT_STEPS;
    const clock_t start = clock();
    struct learned m = learner_fit(&detector_learner, how, seed, steps);
    const struct digits *test = &((struct digit_sets *)m.data)->test;
    out[0] = (double)(clock() - start) / CLOCKS_PER_SEC;
    for (size_t i = 0; i < how->is.decoders; i++) {
        struct detector_test t = detector_test(m.model, test, DETECT_TESTS,
                                               i);
        out[1] = t.ap, out[2] = t.strict, out[3] = t.read, out[4 + i] = t.ap;
        detector_test_free(&t);
    }
    if (seed == 1 && !how->fixed && !interrupted && !command_given("steps"))
        weights_save_narrow(detect_book, m.tape,
                            (const char *const[]){ "format", "pt", NULL },
                            true);
    learned_free(&m);
}

static void detect_matched(const size_t *level, uint64_t seed, double *out)
{
    (void)level;
    detect_one(&detector_how, seed, out);
}

static void detect_fixed(const size_t *level, uint64_t seed, double *out)
{
    (void)level;
    detect_one(&detector_fixed, seed, out);
}

static void detect_study(void)
{
    struct study parts[] = {
        { .key = "vision.detect", .run = detect_matched,
          .measures = "time ap strict read block1 block2 block3" },
        { .key = "vision.detect.fixed", .run = detect_fixed,
          .measures = "time ap strict read block1 block2 block3" } };
#ifdef _OPENMP
    omp_set_num_threads(1);
#endif
    if (!command_given("data") && !command_given("steps"))
        detector_learner.folder = "build/data/digits";
    output_try(detect_book);
    printf("vision.detect.seeds = %zu\nvision.detect.steps = %d\n", seeds,
           DETECT_STEPS);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i].alone = true, parts[i].seeds = seeds;
        parts[i].lines = STUDY_EACH | STUDY_MEAN | STUDY_RANGE;
        if (!only || (size_t)only == i + ONLY_DETECTION)
            study_print(&parts[i]), fflush(stdout);
    }
    digit_sets_free(detector_learner.loaded), detector_learner.loaded = NULL;
}

static void curve_results(const struct detector_test *t, const char *name,
                          float least)
{
    bool *right = allocate(t->n, 1);
    float *p = allocate(t->n, 2 * sizeof *p), *r = p + t->n;
    found_right(right, t->found, t->n, t->truth, t->canvases, least);
    printf("vision.curve.%s.ap = %.4f\n", name, average_precision(right,
           t->n, t->canvases * OBJECTS, p, r));
    for (int k = 0; k <= 20; k++) {
        size_t i = 0;
        while (i < t->n && r[i] < (float)k / 20 - 1e-6f)
            i++;
        printf("vision.curve.%s.r%d = %.4f\n", name, k,
               i < t->n ? (double)p[i] : 0);
    }
    free(right), free(p);
}

static void detect_results(void)
{
    struct learned m = learner_trained(&detector_learner);
    const struct digit_sets *sets = learner_data(&detector_learner);
    struct detector_test t = detector_test(m.model, &sets->test,
        DETECT_TESTS, detector_how.is.decoders - 1);
    printf("vision.detect.parameters = %zu\nvision.detect.tests = %d\n"
           "vision.detect.book.ap = %.4f\nvision.detect.book.strict = %.4f\n"
           "vision.detect.book.read = %.4f\n", m.tape->size, DETECT_TESTS,
           t.ap, t.strict, t.read);
    curve_results(&t, "half", .5f);
    curve_results(&t, "strict", .75f);
    curve_results(&t, "exact", .9f);
    detector_test_free(&t), learned_free(&m);
    digit_sets_free(detector_learner.loaded), detector_learner.loaded = NULL;
}
static int run_study(void)
{
    if (only <= ONLY_SHUFFLE)
        reader_study();
    if (!only || only == ONLY_TABLE || only == ONLY_TUNE)
        table_study();
    if (!only || only >= ONLY_DETECTION)
        detect_study();
    return 0;
}

static int run_results(void)
{
    reader_results();
    table_results();
    detect_results();
    return 0;
}
#endif
static const struct command_option options[] = {
    { "test", OPTION_FLAG, .help = "read the test pictures" },
    { "publish", OPTION_WRITES, &publish, "FILE.safetensors",
      "write a Vision Transformer under Hugging Face's names" },
    { "model", OPTION_CHOICE, &model, MODELS, "what reads the pictures" },
    { "change", OPTION_CHOICE, &reader_how.change, CHANGES,
      "what training does to pictures" },
    { "count", OPTION_SIZE, &count, "N", "canvases to make", "1..1000000",
      .axis = "M" },
    LEARNER_OPTIONS(reader_learner),
    { "patch", OPTION_SIZE, &reader_how.vit.patch, "P",
      "pixels of a patch's side", "1..28" },
    { "layers", OPTION_SIZE, &reader_how.vit.layers, "N", "blocks",
      "1..48" },
    { "heads", OPTION_SIZE, &reader_how.vit.heads, "H",
      "of each block; of a file that does not say it", "1.." },
    { "embed", OPTION_SIZE, &reader_how.vit.width, "C",
      "numbers of a patch", "1..16384" },
    { "ff", OPTION_SIZE, &reader_how.vit.hidden, "F", "hidden numbers",
      "1..65536" },
    { "dropout", OPTION_FLOAT, &reader_how.vit.drop, "P",
      "what training drops", "0..0.9" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "study", OPTION_FLAG, .help = "train, and print more" },
    { "only", OPTION_CHOICE, &only, ONLY_NAMES, "a part of the study" },
    { "seeds", OPTION_SIZE, &seeds, "N", "runs of the study", "1..100" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "data only seeds seconds steps", NATIVE(run_study),
      "train all models" },
    LEARNER_MODES(run_train, " model change patch layers heads embed ff "
                  "dropout"),
    { "test", NULL, "model data load heads", NATIVE(run_test),
      "read the test pictures, or find the digits of test canvases" },
    { "classify", NULL, "out model load heads", NATIVE(run_classify),
      "how probable each kind is" },
    { "detect", NULL, "out load", NATIVE(run_detect),
      "find the digits of canvases" },
    { "canvases", NULL, "truth count data", NATIVE(run_canvases),
      "make test canvases" },
    { "publish", NULL, "model load heads", NATIVE(run_publish),
      "for other programs" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "vision",
        "reads pictures, and finds what is on them",
        "vision --train --steps 600 --save patches.safetensors",
        options, ports, modes }, argc, argv);
}

