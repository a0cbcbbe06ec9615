/* vision.c -- generated from chapters/19-vision.nw. Do not edit. */
#include "implicit/pen.h"
#include "kit/chart.h"
#include "kit/modes.h"
#include "vision/reader.h"
#include "vision/rollout.h"

EMBED(vision_digits,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 40 * 784));
EMBED(vision_digit_kinds,
      EMBED_PART("data/digits/t10k-labels-idx1-ubyte", 8, 40));
EMBED(vision_clothes,
      EMBED_PART("data/clothes/t10k-images-idx3-ubyte", 16, 40 * 784));
EMBED(vision_clothes_kinds,
      EMBED_PART("data/clothes/t10k-labels-idx1-ubyte", 8, 40));
enum { GRID_SIDE = 56, SHOWN = 40, LINE_TEXT = 64, PATCHES = 49, ACROSS = 7,
       ROWS = 50, LAYERS = 6, HEADS = 4, MAPS = LAYERS * HEADS };

static const char *const kind_names[2][DIGIT_KINDS] = {
    { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" },
    { "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt",
      "sneaker", "bag", "boot" } };

static int shown_kind(int set, int i)
{
    return (set ? vision_clothes_kinds : vision_digit_kinds)[i];
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
    { 0 }
};
FIGURES(figures)
enum { CLASSIFY, OUT };
static struct port ports[] = {
    { "classify", "B D? S S", "pictures to classify" },
    { "out", "B K", "probabilities", PORT_OUT },
    { 0 }
};
static int model, only;
static size_t seeds = 3;
static const char *publish;

#ifndef __wasm__
/* sizes_of: sets what --load says of a Vision Transformer. */
static void sizes_of(const char *path)
{
    const float drop = reader_how.vit.drop;
    if (reader_how.network != NET_VIT)
        return;
    struct safetensors file = safetensors_read(path);
    reader_how.vit = vit_kind_of(&file, command_given("heads")
                                 ? reader_how.vit.heads : 0);
    reader_how.vit.drop = drop;
    safetensors_free(&file);
}

/* loaded: the model of --load, or the book's. */
static struct learned loaded(void)
{
    struct learner *l = &reader_learner;
    reader_how.network = (enum network)model;
    if (!l->load && reader_how.network != NET_VIT)
        fail("--load FILE is missing: the book has weights of --model vit");
    if (!l->load)
        return learner_trained(l);
    sizes_of(l->load);
    struct learned m = learner_new(l, l->how, 1, 1);
    struct reader *r = m.model;
    struct safetensors file = safetensors_read(l->load);
    if (reader_how.network == NET_VIT)
        vit_take(m.tape, &r->vit, &file);
    else
        weights_take(m.tape, &file);
    safetensors_free(&file);
    return m;
}

/* reads_small: fails unless the model reads the pictures of the sets. */
static void reads_small(void)
{
    const struct vit_kind *is = &reader_how.vit;
    if (reader_how.network == NET_VIT && (is->side != DIGIT_SIDE
        || is->channels != 1 || is->kinds != DIGIT_KINDS))
        fail("%s: reads pictures of %zu by %zu pixels in %zu colors and "
             "knows %zu kinds; the sets have 28 by 28, 1 and 10",
             shown(reader_learner.load), is->side, is->side, is->channels,
             is->kinds);
}

static void vit_possible(const struct vit_kind *is)
{
    if (is->side % is->patch)
        fail("--patch %zu: does not divide the %zu pixels of a side",
             is->patch, is->side);
    if (is->width % is->heads)
        fail("--heads %zu: do not divide --embed %zu", is->heads, is->width);
}

static int run_train(void)
{
    reader_how.network = (enum network)model;
    reader_learner.kind = network_names[model];
    vit_possible(&reader_how.vit);
    if (reader_learner.load)
        sizes_of(reader_learner.load), reads_small();
    return learner_main(&reader_learner);
}

static int run_test(void)
{
    struct learned m = loaded();
    reads_small();
    const double right = learner_score(&m);
    const struct digits *test = &((struct digit_sets *)m.data)->test;
    outputs_finite(reader_learner.load, reader_read(m.model, test, 0, 1),
                   DIGIT_KINDS);
    printf("%.0f of %zu pictures right, %.2f %%\n",
           right * (double)test->count, test->count, 100 * right);
    digit_sets_free(m.data), learned_free(&m);
    return 0;
}

static int run_classify(void)
{
    struct learned m = loaded();
    struct reader *r = m.model;
    const struct port *in = &ports[CLASSIFY];
    const struct vit_kind *is = &r->how.vit;
    const bool vit = r->how.network == NET_VIT;
    const size_t side = vit ? is->side : DIGIT_SIDE;
    const size_t colors = vit ? is->channels : 1;
    const size_t K = vit ? is->kinds : DIGIT_KINDS;
    const size_t has = in->rank == 4 ? in->shape[1] : 1;
    const size_t each = colors * side * side, n = in->shape[0];
    if (in->shape[in->rank - 1] != side || has != colors)
        fail("%s: pictures of %zu by %zu pixels in %zu colors; the model "
             "reads %zu by %zu in %zu", in->label,
             in->shape[in->rank - 1], in->shape[in->rank - 1], has, side,
             side, colors);
    const float *x = port_floats(CLASSIFY);
    float *p = allocate(size_product(n, K), sizeof *p);
    m.tape->no_grad = true;
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < TEST_BATCH ? n - at : TEST_BATCH;
        tape_reset(m.tape);
        softmax_rows(p + at * K, reader_logits(m.tape, r, x + at * each,
                     part, 0)->data, part, K);
    }
    outputs_finite(reader_learner.load, p, n * K);
    axis_set("K", K, "the model");
    port_give_floats(OUT, p);
    free(p), learned_free(&m);
    return 0;
}

static int run_publish(void)
{
    struct learned m = loaded();
    struct reader *r = m.model;
    vit_publish(publish, m.tape, &r->vit);
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

static int run_study(void)
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
    return 0;
}

static int run_results(void)
{
    struct learned m = learner_trained(&reader_learner);
    printf("vision.parameters = %zu\nvision.excerpt.right = %.4f\n",
           m.tape->size, learner_score(&m));
    digit_sets_free(m.data), learned_free(&m);
    return 0;
}
#endif
static const struct command_option options[] = {
    { "test", OPTION_FLAG, .help = "read the test pictures" },
    { "publish", OPTION_WRITES, &publish, "FILE.safetensors",
      "write a Vision Transformer under Hugging Face's names" },
    { "model", OPTION_CHOICE, &model, NETWORKS, "what reads the pictures" },
    { "change", OPTION_CHOICE, &reader_how.change, CHANGES,
      "what training does to pictures" },
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
    { "only", OPTION_CHOICE, &only, "all|minutes|long|shuffle",
      "a part of the study" },
    { "seeds", OPTION_SIZE, &seeds, "N", "runs of the study", "1..100" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "only seeds steps", NATIVE(run_study),
      "train all models" },
    LEARNER_MODES(run_train, " model change patch layers heads embed ff "
                  "dropout"),
    { "test", NULL, "model data load heads", NATIVE(run_test),
      "read the test pictures" },
    { "classify", NULL, "out model load heads", NATIVE(run_classify),
      "how probable each kind is" },
    { "publish", NULL, "load heads", NATIVE(run_publish),
      "for other programs" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "vision",
        "reads pictures, patch by patch",
        "vision --train --steps 600 --save patches.safetensors",
        options, ports, modes }, argc, argv);
}

