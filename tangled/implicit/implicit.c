/* implicit.c -- generated from chapters/05-implicit.nw. Do not edit. */
#include "implicit/pen.h"
#include "implicit/viewer.h"
#include "kit/chart.h"
#include "kit/modes.h"
#ifndef __wasm__
#include "gradient/peak.h"
#endif

EMBED(implicit_images,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 40 * 784));
EMBED(implicit_labels,
      EMBED_PART("data/digits/t10k-labels-idx1-ubyte", 8, 40));
enum { SHOWN = 40, LINE_TEXT = 64 };

static void shown_digit(float *x, int digit)
{
    for (int i = 0; i < DIGIT_PIXELS; i++)
        x[i] = implicit_images[digit * DIGIT_PIXELS + i] / 255.f;
}

static float largest_size(const float *x, size_t n)
{
    float most = 1e-20f;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(x[i]));
    return most;
}

/* figure of linear weights */
static struct {
    struct learned net;
    int digit;
    float x[DIGIT_PIXELS], map[DIGIT_PIXELS], shares[DIGIT_PIXELS];
    char note[LINE_TEXT], total[LINE_TEXT];
} straight;

static void straight_next(void)
{
    do
        straight.digit = (straight.digit + 1) % SHOWN;
    while (implicit_labels[straight.digit] != 7
           && implicit_labels[straight.digit] != 9);
}

static void straight_compute(void)
{
    if (!straight.net.tape)
        straight.net = learner_trained(&linear_reader);
    const struct viewer *v = straight.net.model;
    const float *w = v->weight->data, *b = v->bias->data;
    double sum = 0, rest = (double)b[1] - (double)b[0];
    shown_digit(straight.x, straight.digit);
    for (int i = 0; i < DIGIT_PIXELS; i++) {
        straight.map[i] = w[2 * i + 1] - w[2 * i];
        straight.shares[i] = straight.map[i] * straight.x[i];
        sum += (double)straight.shares[i];
    }
    snprintf(straight.total, sizeof straight.total, "sum %+.2f", sum);
    snprintf(straight.note, sizeof straight.note, "a nine: %.3f",
             1 / (1 + exp(-sum - rest)));
}

static void straight_picture(struct frame *f, struct rect r)
{
    image_gray(f, r, straight.x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
}

static void straight_map(struct frame *f, struct rect r, const float *map)
{
    struct heatmap look = { .format = "%.3f", .diverging = true };
    struct rect a = image_area((struct rect){ r.x, r.y, r.w - 54, r.h },
                               DIGIT_SIDE, DIGIT_SIDE);
    heatmap(f, (struct rect){ a.x, a.y, a.w + 54, a.h + 2 }, map, DIGIT_SIDE,
            DIGIT_SIDE, 0, 0, &look);
}

static void straight_weights(struct frame *f, struct rect r)
{
    straight_map(f, r, straight.map);
}

static void straight_shares(struct frame *f, struct rect r)
{
    straight_map(f, r, straight.shares);
}

static void straight_table(FILE *out)
{
    fputs("line", out);
    for (int i = 0; i < DIGIT_SIDE; i++)
        fprintf(out, "\tcolumn %d", i);
    for (int i = 0; i < DIGIT_PIXELS; i++) {
        if (i % DIGIT_SIDE == 0)
            fprintf(out, "\n%d", i / DIGIT_SIDE);
        fprintf(out, "\t%.3f", (double)straight.map[i]);
    }
    fputc('\n', out);
}

static struct chart weights_chart = {
    .control = { { BUTTON("next digit", straight_next) } },
    .compute = straight_compute, .table = straight_table,
    .panel = {
        { .title = "a test digit", .note = straight.note,
          .draw = straight_picture },
        { .title = "weights, nine less seven|weights, 9 - 7",
          .draw = straight_weights, .wide = 1.25f },
        { .title = "weights times ink", .note = straight.total,
          .draw = straight_shares, .wide = 1.25f } }
};
CHART(weights)
/* figure of filters */
static struct { struct learned trained, random; } nets;

static struct viewer *the_network(bool random)
{
    if (!nets.trained.tape) {
        nets.trained = learner_trained(&reader);
        nets.random = learner_new(&reader, &cnn_how, 9, 1);
    }
    return random ? nets.random.model : nets.trained.model;
}

enum { TAPS = CNN_KERNEL * CNN_KERNEL };
static struct {
    int digit, kernel;
    float x[DIGIT_PIXELS], made[DIGIT_PIXELS], left[DIGIT_PIXELS / 4];
    float kernels[CNN_FIRST * TAPS];
    char note[LINE_TEXT];
} filters = { .kernel = 3 };

static void filters_next(void)
{
    filters.digit = (filters.digit + 1) % SHOWN;
}

static void filters_compute(void)
{
    struct viewer *v = the_network(false);
    struct tape *t = v->tape;
    const size_t k = (size_t)filters.kernel;
    shown_digit(filters.x, filters.digit);
    tape_reset(t);
    struct tensor *x = tape_input(t, filters.x, SHAPE(1, 28, 28, 1));
    x = tape_convolution(t, x, v->cnn.w1, v->cnn.b1);
    struct tensor *y = tape_mean_pool(t, tape_relu(t, x), 2);
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        filters.made[i] = x->data[i * CNN_FIRST + k];
    for (size_t i = 0; i < DIGIT_PIXELS / 4; i++)
        filters.left[i] = y->data[i * CNN_FIRST + k];
    for (size_t i = 0; i < CNN_FIRST * TAPS; i++)
        filters.kernels[i] = v->cnn.w1->data[i % TAPS * CNN_FIRST + i / TAPS];
    snprintf(filters.note, sizeof filters.note, "kernel %zu", k);
}

static void filters_picture(struct frame *f, struct rect r)
{
    image_gray(f, r, filters.x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
}

static void filters_made(struct frame *f, struct rect r)
{
    const struct heatmap look = { .format = "%.2f", .diverging = true,
                                  .no_bar = true };
    heatmap(f, image_area(r, 1, 1), filters.made, DIGIT_SIDE, DIGIT_SIDE, 0,
            0, &look);
}

static void filters_left(struct frame *f, struct rect r)
{
    image_gray(f, r, filters.left, DIGIT_SIDE / 2, DIGIT_SIDE / 2, 0,
               largest_size(filters.left, DIGIT_PIXELS / 4));
}
static void filters_kernels(struct frame *f, struct rect r)
{
    char told[LINE_TEXT];
    const int was = filters.kernel;
    r = image_area(r, 1, 1);
    struct widget w = widget(f, r, CURSOR_HAND);
    const float most = largest_size(filters.kernels, CNN_FIRST * TAPS);
    for (int i = 0; i < CNN_FIRST; i++) {
        const float x = r.x + r.w / 4 * (float)(i % 4);
        const float y = r.y + r.h / 4 * (float)(i / 4);
        struct rect cell = inset((struct rect){ x, y, r.w / 4, r.h / 4 }, 3);
        if (w.held && inside(cell, f->pointer.x, f->pointer.y))
            filters.kernel = i;
        heat_cells(f, cell, filters.kernels + i * TAPS, CNN_KERNEL,
                   CNN_KERNEL, -most, most, true);
        if (i == filters.kernel)
            draw_frame(f, inset(cell, -2), 2, 2.5f, paint(f, WARN));
    }
    if (w.focused)
        filters.kernel = (filters.kernel + arrow_x(f) + 4 * arrow_y(f)
                          + CNN_FIRST) % CNN_FIRST;
    if (filters.kernel != was)
        chart_touch(f);
    snprintf(told, sizeof told, "kernel %d", filters.kernel);
    say(f, w, told, "grid, arrow keys choose another");
    focus_ring(f, w, inset(r, -3), 2);
}

static void filters_columns(FILE *out)
{
    fputs("kernel\tline\tcolumn 0\tcolumn 1\tcolumn 2\tcolumn 3\tcolumn 4",
          out);
    for (int i = 0; i < CNN_FIRST * TAPS; i++) {
        if (i % CNN_KERNEL == 0)
            fprintf(out, "\n%d\t%d", i / TAPS, i % TAPS / CNN_KERNEL);
        fprintf(out, "\t%.3f", (double)filters.kernels[i]);
    }
    fputc('\n', out);
}

static struct chart filters_chart = {
    .control = { { BUTTON("next digit", filters_next) } },
    .compute = filters_compute, .table = filters_columns,
    .panel = {
        { .title = "a test digit", .draw = filters_picture },
        { .title = "kernels", .draw = filters_kernels, .beside = true },
        { .title = filters.note, .draw = filters_made },
        { .title = "ReLU and mean", .draw = filters_left, .beside = true } }
};
CHART(filters)
/* figure of ten maps */
enum { PAIR = 2 };
static struct {
    int first;
    bool random;
    float x[PAIR][DIGIT_PIXELS], logits[PAIR][CNN_CLASSES];
    float j[PAIR][CNN_CLASSES * DIGIT_PIXELS];
} ten = { .first = 1 };

static void ten_next(void)
{
    ten.first = (ten.first + PAIR) % (SHOWN - 1);
}

static void ten_compute(void)
{
    struct viewer *v = the_network(ten.random);
    const struct classifier c = viewer_asked(v);
    for (int i = 0; i < PAIR; i++) {
        shown_digit(ten.x[i], ten.first + i);
        jacobian(ten.j[i], &c, v->tape, ten.x[i]);
        tape_reset(v->tape);
        struct tensor *z = viewer_logits(v, v->tape,
            tape_input(v->tape, ten.x[i], SHAPE(1, 28, 28, 1)));
        memcpy(ten.logits[i], z->data, sizeof ten.logits[i]);
    }
}

/* A map over a digit in the square r: the ink in gray, slopes in color. */
static void map_over(struct frame *f, struct rect r, const float *x,
                     const float *map, float most)
{
    for (size_t i = 0; i < DIGIT_PIXELS; i++) {
        struct rect cell = grid_cell(f, r, DIGIT_SIDE, DIGIT_SIDE,
                                     i / DIGIT_SIDE, i % DIGIT_SIDE);
        const float share = 1.5f * map[i] / most;
        draw_rect(f, cell, mix(paint(f, PANEL), paint(f, INK), .35f * x[i]));
        draw_rect(f, cell, fade(map_diverging(f, share),
                                sqrtf(fabsf(share))));
    }
}

static void ten_cell(struct frame *f, struct rect r, int i, int k)
{
    struct rect a = image_area((struct rect){ r.x, r.y + 16, r.w, r.h - 16 },
                               1, 1);
    const float *map = ten.j[i] + (k < 0 ? 0 : k) * DIGIT_PIXELS;
    const bool best = k == (int)argmax(ten.logits[i], CNN_CLASSES);
    if (k < 0) {
        image_gray(f, a, ten.x[i], DIGIT_SIDE, DIGIT_SIDE, 0, 1);
        return;
    }
    draw_text(f, a.x + a.w / 2, a.y - 4, TEXT_SMALL,
              ALIGN_CENTER | (best ? TEXT_BOLD : 0),
              paint(f, best ? WARN : MUTED), "%d", k);
    map_over(f, a, ten.x[i], map,
             largest_size(ten.j[i], CNN_CLASSES * DIGIT_PIXELS));
    const int at = grid_hover(f, a, DIGIT_SIDE, DIGIT_SIDE);
    if (at >= 0)
        readout(f, "logit of %d: %.2f\nslope %.3f", k,
                (double)ten.logits[i][k], (double)map[at]);
}

static void ten_draw(struct frame *f, struct rect r)
{
    const int across = f->narrow ? 4 : 6;
    const int down = (CNN_CLASSES + across) / across;
    const float w = r.w / (float)across, h = r.h / (float)(PAIR * down);
    for (int i = 0; i < PAIR; i++)
        for (int k = -1; k < CNN_CLASSES; k++) {
            struct rect cell = { r.x + w * (float)((k + 1) % across),
                r.y + h * (float)(i * down + (k + 1) / across), w, h };
            ten_cell(f, inset(cell, 2), i, k);
        }
}

static void ten_table(FILE *out)
{
    fputs("class", out);
    for (int i = 0; i < PAIR; i++)
        fprintf(out, "\tlogit of the %s\tnorm of its slopes",
                i ? "second" : "first");
    for (int k = 0; k < CNN_CLASSES; k++) {
        fprintf(out, "\n%d", k);
        for (int i = 0; i < PAIR; i++)
            fprintf(out, "\t%.3f\t%.3f", (double)ten.logits[i][k],
                    (double)norm_of(ten.j[i] + k * DIGIT_PIXELS,
                                    DIGIT_PIXELS));
    }
    fputc('\n', out);
}

static struct chart maps_chart = {
    .control = { { BUTTON("next digits", ten_next) },
                 { TOGGLE("random weights", &ten.random) } },
    .compute = ten_compute, .table = ten_table,
    .panel = { { .draw = ten_draw } }
};
CHART(maps)
/* figure of a drawn digit */
enum { GRID_SIDE = 56 };
static struct {
    struct pen pen;
    int digit, class, kind;        /* digit -1: drawn; from SHOWN on: none */
    bool probabilities, left_on, blank;
    struct dropout drop;
    float ink[GRID_SIDE * GRID_SIDE], x[DIGIT_PIXELS], map[DIGIT_PIXELS];
    float chances[CNN_CLASSES];
    char title[LINE_TEXT], note[LINE_TEXT];
} ask = { .digit = 2 * SHOWN - 1, .class = -1, .drop = { .25f, 1 } };

static void ask_next(void)
{
    ask.digit = (ask.digit + 1) % SHOWN, ask.class = -1, ask.blank = false;
    shown_digit(ask.x, ask.digit);
    memset(ask.ink, 0, sizeof ask.ink);
}

static void ask_clear(void)
{
    memset(ask.ink, 0, sizeof ask.ink);
    memset(ask.x, 0, sizeof ask.x);
    ask.digit = -1, ask.class = -1, ask.blank = true;
}

static void ask_again(void)
{
    /* any control computes the map again, and dropout draws another mask */
}

static void ask_compute(void)
{
    struct viewer *v = the_network(false);
    if (ask.digit >= SHOWN)
        ask_next();
    v->drop = ask.left_on ? &ask.drop : NULL;
    struct classifier c = viewer_asked(v);
    tape_reset(v->tape);
    struct tensor *z = viewer_logits(v, v->tape,
        tape_input(v->tape, ask.x, SHAPE(1, 28, 28, 1)));
    softmax(ask.chances, z->data, CNN_CLASSES);
    const size_t best = argmax(ask.chances, CNN_CLASSES);
    const size_t k = ask.class < 0 ? best : (size_t)ask.class;
    c.probabilities = ask.probabilities;
    map_of(ask.map, (enum map_kind)ask.kind, &c, v->tape, ask.x, k);
    v->drop = NULL;
    snprintf(ask.title, sizeof ask.title, "%s of %zu, up to %.2g",
             ask.probabilities ? "probability" : "logit", k,
             (double)largest_size(ask.map, DIGIT_PIXELS));
    snprintf(ask.note, sizeof ask.note, "it reads %zu, %.3f", best,
             (double)ask.chances[best]);
    if (ask.blank) {
        memset(ask.chances, 0, sizeof ask.chances);
        memset(ask.map, 0, sizeof ask.map), *ask.note = *ask.title = 0;
    }
}

static void ask_board(struct frame *f, struct rect r)
{
    if (!pen_board(&ask.pen, f, r, ask.ink, GRID_SIDE, ask.digit >= 0))
        return;
    ask.blank = !pen_digit(ask.x, ask.ink, GRID_SIDE);
    ask.digit = -1, ask.class = -1;
    chart_touch(f);
}

static void ask_map(struct frame *f, struct rect r)
{
    r = image_area(r, 1, 1);
    map_over(f, r, ask.x, ask.map, largest_size(ask.map, DIGIT_PIXELS));
    draw_frame(f, r, 0, 1, paint(f, GRID));
    const int at = grid_hover(f, r, DIGIT_SIDE, DIGIT_SIDE);
    if (at >= 0)
        readout(f, "ink %.2f\nmap %.3g", (double)ask.x[at],
                (double)ask.map[at]);
}
static void ask_choose(struct plot *p)
{
    struct frame *f = p->frame;
    char told[LINE_TEXT];
    const int best = (int)argmax(ask.chances, CNN_CLASSES);
    const int was = ask.class < 0 ? best : ask.class;
    struct widget w = widget(f, p->area, CURSOR_HAND);
    int now = was;
    if (w.held)
        now = (int)lroundf(plot_unx(p, f->pointer.x));
    else if (w.focused)
        now = was + arrow_x(f);
    now = now < 0 ? 0 : now >= CNN_CLASSES ? CNN_CLASSES - 1 : now;
    if (now != was)
        ask.class = now, chart_touch(f);
    const float left = plot_x(p, (float)now - .45f);
    draw_frame(f, (struct rect){ left, p->area.y,
                   plot_x(p, (float)now + .45f) - left, p->area.h }, 3, 2,
               paint(f, WARN));
    snprintf(told, sizeof told, "class %d", now);
    say(f, w, told, "arrow keys choose another");
    focus_ring(f, w, p->area, 2);
}

static const char *const class_names[] = { "0", "1", "2", "3", "4", "5", "6",
                                           "7", "8", "9" };
static struct chart ask_chart = {
    .control = { { CHOICE(&ask.kind, "slopes", "times ink", "integrated") },
                 { TOGGLE("probability", &ask.probabilities) },
                 { TOGGLE("dropout left on", &ask.left_on) },
                 { BUTTON("ask again", ask_again) },
                 { BUTTON("next test digit", ask_next) },
                 { BUTTON("clear", ask_clear) } },
    .compute = ask_compute,
    .panel = {
        { .title = "your board", .title_ink = MUTED, .draw = ask_board },
        { .title = ask.title, .title_ink = MUTED, .draw = ask_map,
          .beside = true },
        { .note = ask.note, .names = class_names, .n_names = CNN_CLASSES,
          .y = "probability", .x = "digit", .y1 = 1, .format = "%.4f",
          .over = ask_choose, .series = {
              { "probability", SERIES_1, MARK_BARS, CNN_CLASSES,
                .y = ask.chances } } } }
};
CHART(ask)

static const struct figure figures[] = {
    { "weights", 720, 280, 820,
      "A handwritten seven, a map of weights in red and blue, and the same "
      "map where the seven has ink. The map of weights is strong at the "
      "edges of the picture; what the ink meets is not.",
      weights_frame, weights_table },
    { "filters", 720, 250, 700,
      "A handwritten digit, sixteen small squares of red and blue cells, "
      "which are the kernels, and two gray pictures: what the chosen kernel "
      "makes of the digit, and that at half the size.",
      filters_frame, filters_table },
    { "maps", 720, 580, 880,
      "Two handwritten digits, each with ten maps in blue and red, one for "
      "each class. Most of the color lies beside the strokes, where ink is "
      "missing or would disturb.",
      maps_frame, maps_table },
    { "draw", 720, 340, 540,
      "A board to draw on, beside it a digit with a map laid over it in red "
      "and blue, and ten bars for the probabilities of the classes.",
      ask_frame, ask_table },
    { 0 }
};
FIGURES(figures)
enum { CLASSIFY, JACOBIAN, INTEGRATED, OUT, PORT_MAPS };
static struct port ports[] = {
    { "classify", "B? 28 28", "pictures to classify", .range = "0..1" },
    { "jacobian", "B? 28 28", "pictures to map", .range = "0..1" },
    { "integrated", "B? 28 28", "pictures to map", .range = "0..1" },
    { "out", "B? 10", "probabilities", PORT_OUT },
    { "maps", "B? 10 28 28", "slopes, or what made the logits", PORT_OUT },
    { 0 }
};
static int model, asked_of, only;
static float drop_rate = .25f;
static size_t points = MAP_POINTS, seeds = 3;
#ifndef __wasm__
/* The learner that --model names, with what the options say. */
static struct learner *chosen(void)
{
    if (model == VIEW_CNN)
        return &reader;
    struct learner *l = &linear_reader;
    l->seconds = reader.seconds, l->warmup = reader.warmup;
    l->schedule = reader.schedule, l->pause = reader.pause;
    l->save = reader.save, l->load = reader.load, l->seed = reader.seed;
    l->folder = reader.folder;
    l->steps = command_given("steps") ? reader.steps : l->steps;
    l->rate = command_given("rate") ? reader.rate : l->rate;
    return l;
}

static struct learned loaded(void)
{
    struct learner *l = chosen();
    if (!l->load)
        return learner_trained(l);
    struct learned m = learner_new(l, l->how, 1, 1);
    weights_load(l->load, m.tape);
    return m;
}

static int run_train(void)
{
    if (model == VIEW_LINEAR && command_given("dropout"))
        fail("--dropout does not go with --model linear");
    cnn_how.rate = drop_rate;
    return learner_main(chosen());
}

/* The energy of the linear map in the center and in the border. */
static struct map_energy linear_energy(const struct viewer *v)
{
    float map[DIGIT_PIXELS];
    struct map_energy e = { 0, 0, 0 };
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        map[i] = v->weight->data[2 * i + 1] - v->weight->data[2 * i];
    energy_add(&e, map, DIGIT_SIDE);
    return e;
}

static int run_test(void)
{
    struct learned m = loaded();
    const double right = learner_score(&m);
    const size_t count = ((struct digit_sets *)m.data)->test.count;
    outputs_finite(reader.load, viewer_read(m.model,
        &((struct digit_sets *)m.data)->test, 0, 1),
        viewer_asked(m.model).classes);
    printf("%.0f of %zu %s right, %.2f %%\n", right * (double)count, count,
           model == VIEW_CNN ? "digits" : "sevens and nines", 100 * right);
    if (model == VIEW_LINEAR) {
        const struct map_energy e = linear_energy(m.model);
        printf("energy: center %.1f %%, border %.1f %%\n",
               100 * e.center / e.all, 100 * e.border / e.all);
    }
    m.by->data_free(m.by->loaded), learned_free(&m);
    return 0;
}

static int run_classify(void)
{
    struct learned m = loaded();
    const size_t count = ports[CLASSIFY].count / DIGIT_PIXELS;
    const float *x = port_floats(CLASSIFY);
    float *p = allocate(size_product(count, CNN_CLASSES), sizeof *p);
    m.tape->no_grad = true;
    for (size_t at = 0, n; at < count; at += n) {
        n = count - at < TEST_BATCH ? count - at : TEST_BATCH;
        tape_reset(m.tape);
        struct tensor *z = tape_input(m.tape, x + at * DIGIT_PIXELS,
                                      SHAPE(n, DIGIT_SIDE, DIGIT_SIDE, 1));
        z = tape_softmax(m.tape, viewer_logits(m.model, m.tape, z));
        memcpy(p + at * CNN_CLASSES, z->data, z->count * sizeof *p);
    }
    outputs_finite(reader.load, p, count * CNN_CLASSES);
    port_give_floats(OUT, p);
    free(p), learned_free(&m);
    return 0;
}

static int run_maps(void)
{
    const bool path = command_given("integrated");
    struct learned m = loaded();
    struct classifier c = viewer_asked(m.model);
    const size_t in = path ? INTEGRATED : JACOBIAN;
    const size_t count = ports[in].count / DIGIT_PIXELS;
    const size_t all = CNN_CLASSES * DIGIT_PIXELS;
    const float *x = port_floats(in);
    float *maps = allocate(size_product(count, all), sizeof *maps);
    c.probabilities = asked_of;
    for (size_t b = 0; b < count; b++, x += DIGIT_PIXELS)
        for (size_t k = 0; k < (path ? CNN_CLASSES : 1); k++)
            if (path)
                integrated(maps + b * all + k * DIGIT_PIXELS, &c, m.tape, x,
                           k, points);
            else
                jacobian(maps + b * all, &c, m.tape, x);
    outputs_finite(reader.load, maps, count * all);
    port_give_floats(PORT_MAPS, maps);
    free(maps), learned_free(&m);
    return 0;
}
static double step_operations(void)
{
    const double first = 784. * 25 * CNN_FIRST;
    const double second = 196. * 25 * CNN_FIRST * CNN_SECOND;
    return 2. * BATCH * (2 * first + 3 * second + 3. * CNN_LAST * 10);
}

/* The second convolution in plain loops: operations a second. */
static double plain_speed(void)
{
    const struct convolution k = { 1, 14, 14, CNN_FIRST, 5, 5, CNN_SECOND };
    float *x = allocate(196 * CNN_FIRST, sizeof *x);
    float *w = allocate(25 * CNN_FIRST * CNN_SECOND, sizeof *w);
    float *out = allocate(196 * CNN_SECOND, sizeof *out), bias[CNN_SECOND];
    double best = INFINITY;
    for (size_t i = 0; i < CNN_SECOND; i++)
        bias[i] = (float)i;
    for (int try = 0; try < 5; try++) {
        const double start = seconds_now();
        convolution_plain_forward(out, x, w, bias, &k);
        best = fmin(best, seconds_now() - start);
    }
    free(x), free(w), free(out);
    return 2 * 196. * 25 * CNN_FIRST * CNN_SECOND / best;
}

static void bench_threads(int threads)
{
    enum { STEPS = 60 };
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
    struct learned m = learner_new(&reader, &cnn_how, 1, STEPS);
    double best = INFINITY, peak = 0;
    m.data = learner_data(&reader);
    for (size_t i = 0; i < STEPS && !interrupted; i++) {
        const double start = seconds_now();
        learner_step(&m);
        best = fmin(best, seconds_now() - start);
        peak = fmax(peak, measure_peak((size_t)threads));
    }
    const double speed = step_operations() / best;
    printf("implicit.speed.%d.step = %.3f\nimplicit.speed.%d.gflops = %.1f\n"
           "implicit.speed.%d.share = %.4f\n", threads, best * 1e3, threads,
           speed * 1e-9, threads, speed / peak);
    if (threads == 1)
        printf("implicit.speed.plain.share = %.5f\n", plain_speed() / peak);
    learned_free(&m);
}

static int run_bench(void)
{
    catch_interrupt();
    for (int threads = 1; threads <= 2; threads++)
        bench_threads(threads);
    digit_sets_free(reader.loaded), reader.loaded = NULL;
    return interrupted ? 128 + interrupted : 0;
}

static const struct study_part {
    const char *name, *folder;
    struct learner *by;
    size_t steps;
} study_parts[] = {
    { "linear", "build/data/digits", &linear_reader, 2000 },
    { "excerpt", "data/digits", &reader, 1000 },
    { "full", "build/data/digits", &reader, 1800 },
    { "long", "build/data/digits", &reader, 9000 },
};
enum { STUDY_PARTS = sizeof study_parts / sizeof *study_parts };
static const char *const books[] = {
    "data/weights/implicit.safetensors",
    "data/weights/implicit-linear.safetensors" };
static size_t study_part;

static void study_save(const char *path, const struct tape *tape)
{
    const char *const texts[] = { "format", "pt", NULL };
    weights_save_halves(path, tape, texts);
}

static void study_one(const size_t *level, uint64_t seed, double *out)
{
    const struct study_part *p = &study_parts[study_part];
    const clock_t start = clock();
    (void)level;
    const bool trial = command_given("steps");
    struct learned m = learner_fit(p->by, p->by->how, seed,
                                   trial ? reader.steps : p->steps);
    out[1] = (double)(clock() - start) / CLOCKS_PER_SEC;
    out[0] = learner_score(&m);
    if (p->by == &linear_reader) {
        const struct map_energy e = linear_energy(m.model);
        out[2] = e.center / e.all, out[3] = e.border / e.all;
    }
    if (seed == 1 && !interrupted && !trial
        && (study_part == 0 || study_part == 3))
        study_save(books[study_part == 0], m.tape);
    learned_free(&m);
}

static int run_study(void)
{
#ifdef _OPENMP
    omp_set_num_threads(1);
#endif
    output_try(books[0]), output_try(books[1]);
    printf("implicit.study.seeds = %zu\n", seeds);
    for (study_part = 0; study_part < STUDY_PARTS; study_part++) {
        const struct study_part *p = &study_parts[study_part];
        char key[64];
        if (only && (size_t)only != study_part + 1)
            continue;
        const bool given = command_given("data") || command_given("steps");
        p->by->folder = given ? reader.folder : p->folder;
        p->by->loaded = NULL;
        struct digit_sets *sets = learner_data(p->by);
        snprintf(key, sizeof key, "implicit.study.%s", p->name);
        printf("%s.steps = %zu\n%s.tested = %zu\n%s.seeds = %zu\n", key,
               command_given("steps") ? reader.steps : p->steps, key,
               sets->test.count, key, seeds);
        study_print(&(struct study){ .key = key, .seeds = seeds,
            .measures = study_part ? "right time"
                                   : "right time center border",
            .run = study_one, .alone = true,
            .lines = STUDY_EACH | STUDY_MEAN | STUDY_RANGE });
        fflush(stdout);
        digit_sets_free(p->by->loaded), p->by->loaded = NULL;
    }
    return only ? 0 : run_bench();
}

enum { ASKED = 100 };                  /* digits whose maps are measured */

static void print_energy(const char *what, struct map_energy e)
{
    printf("implicit.energy.%s.center = %.4f\nimplicit.energy.%s.border = "
           "%.4f\n", what, e.center / e.all, what, e.border / e.all);
}

static void linear_results(void)
{
    struct learned m = learner_trained(&linear_reader);
    struct digit_sets *sets = learner_data(&linear_reader);
    struct viewer *v = m.model;
    struct map_energy area = { 0, 0, 0 }, shares = { 0, 0, 0 };
    float map[DIGIT_PIXELS], x[DIGIT_PIXELS];
    int32_t target;
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        map[i] = 1;
    energy_add(&area, map, DIGIT_SIDE);
    for (size_t b = 0; b < sets->test.count; b++) {
        digits_batch(x, &target, &sets->test, &(uint32_t){ (uint32_t)b }, 1,
                     NULL);
        for (size_t i = 0; i < DIGIT_PIXELS; i++)
            map[i] = x[i] * (v->weight->data[2 * i + 1]
                             - v->weight->data[2 * i]);
        energy_add(&shares, map, DIGIT_SIDE);
    }
    printf("implicit.linear.parameters = %zu\nimplicit.linear.accuracy = "
           "%.4f\n", m.tape->size, learner_score(&m));
    print_energy("area", area);
    print_energy("linear", linear_energy(v));
    print_energy("shares", shares);
    learned_free(&m), digit_sets_free(linear_reader.loaded);
    linear_reader.loaded = NULL;
}

static const char *const map_names[MAPS] = { "jacobian", "times",
                                             "integrated" };

struct map_totals {
    struct map_energy energy[MAPS + 1];     /* the last: of the ink */
    double all[MAPS], ink[MAPS];            /* correlations of ranks */
    double cosine, complete[2];
    float slope[2][ASKED];                  /* norms: logits, probabilities */
};

static void share_add(struct map_energy *to, const float *map)
{
    struct map_energy e = { 0, 0, 0 };
    energy_add(&e, map, DIGIT_SIDE);
    to->center += e.center / e.all, to->border += e.border / e.all;
    to->all += 1;
}

/* The sizes of a and b are compared, first all, then those with ink. */
static void random_add(struct map_totals *t, size_t kind, float *a, float *b,
                       const float *x)
{
    size_t n = 0;
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        a[i] = fabsf(a[i]), b[i] = fabsf(b[i]);
    t->all[kind] += rank_correlation(a, b, DIGIT_PIXELS) / ASKED;
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        if (x[i] > 0)
            a[n] = a[i], b[n++] = b[i];
    t->ink[kind] += rank_correlation(a, b, n) / ASKED;
}

/* How far the sum of integrated gradients is from what the logit gained. */
static double incomplete(struct viewer *v, const struct classifier *c,
                         const float *x, size_t k, size_t n)
{
    float g[DIGIT_PIXELS];
    double sum = 0, gain = 0;
    integrated(g, c, v->tape, x, k, n);
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        sum += (double)g[i];
    struct tensor *two = tape_leaf(v->tape, SHAPE(2, 28, 28, 1));
    memcpy(two->data, x, DIGIT_PIXELS * sizeof *x);
    const float *z = viewer_logits(v, v->tape, two)->data;
    gain = (double)z[k] - (double)z[CNN_CLASSES + k];
    tape_reset(v->tape);
    return fabs(sum - gain) / fabs(gain);
}

static void digit_measured(struct map_totals *t, struct viewer *v,
                           struct viewer *random, const struct digits *test,
                           size_t b)
{
    static float maps[2][DIGIT_PIXELS];
    struct dropout left_on = { cnn_how.rate, mix_bits(1, b) };
    struct classifier c = viewer_asked(v), r = viewer_asked(random);
    const float *logits = viewer_read(v, test, b, 1);
    const size_t k = argmax(logits, CNN_CLASSES);
    float x[DIGIT_PIXELS];
    memcpy(x, v->x, sizeof x);
    share_add(&t->energy[MAPS], x);
    for (size_t kind = 0; kind < MAPS; kind++) {
        map_of(maps[0], (enum map_kind)kind, &c, v->tape, x, k);
        map_of(maps[1], (enum map_kind)kind, &r, random->tape, x, k);
        share_add(&t->energy[kind], maps[0]);
        random_add(t, kind, maps[0], maps[1], x);
    }
    t->complete[0] += incomplete(v, &c, x, k, 8) / ASKED;
    t->complete[1] += incomplete(v, &c, x, k, 64) / ASKED;
    v->drop = &left_on;
    for (int i = 0; i < 2; i++)
        map_of(maps[i], MAP_JACOBIAN, &c, v->tape, x, k);
    v->drop = NULL;
    t->cosine += cosine(maps[0], maps[1], DIGIT_PIXELS) / ASKED;
    for (int i = 0; i < 2; i++) {
        c.probabilities = i;
        map_of(maps[0], MAP_JACOBIAN, &c, v->tape, x, k);
        t->slope[i][b] = (float)norm_of(maps[0], DIGIT_PIXELS);
    }
}

static float median(const float *x, size_t n)
{
    struct ranked *order = allocate(n, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i].value = x[i];
    qsort(order, n, sizeof *order, ranked_compare);
    const float middle = order[n / 2].value;
    free(order);
    return middle;
}

static void totals_print(struct map_totals *t)
{
    for (size_t kind = 0; kind < MAPS; kind++) {
        print_energy(map_names[kind], t->energy[kind]);
        printf("implicit.random.%s.all = %.3f\nimplicit.random.%s.ink = "
               "%.3f\n", map_names[kind], t->all[kind], map_names[kind],
               t->ink[kind]);
    }
    print_energy("ink", t->energy[MAPS]);
    printf("implicit.complete.8 = %.4f\nimplicit.complete.64 = %.5f\n",
           t->complete[0], t->complete[1]);
    printf("implicit.dropout.cosine = %.3f\n", t->cosine);
    printf("implicit.saturated.logits = %.3f\n"
           "implicit.saturated.probabilities = %.3g\n",
           (double)median(t->slope[0], ASKED),
           (double)median(t->slope[1], ASKED));
}

static int run_results(void)
{
    static struct map_totals totals;
    struct learned m = learner_trained(&reader);
    struct learned other = learner_new(&reader, &cnn_how, 9, 1);
    const struct digit_sets *sets = learner_data(&reader);
    double worst = 0;
    linear_results();
    printf("implicit.parameters = %zu\nimplicit.excerpt.accuracy = %.4f\n",
           m.tape->size, learner_score(&m));
    for (size_t b = 0; b < 3; b++) {
        float x[DIGIT_PIXELS];
        viewer_read(m.model, &sets->test, b, 1);
        memcpy(x, ((struct viewer *)m.model)->x, sizeof x);
        worst = fmax(worst, jacobian_error(m.model, x, 1));
    }
    printf("implicit.differences.time.worst = %.1e\n", worst);
    for (size_t b = 0; b < ASKED; b++)
        digit_measured(&totals, m.model, other.model, &sets->test, b);
    totals_print(&totals);
    learned_free(&m), learned_free(&other);
    digit_sets_free(reader.loaded), reader.loaded = NULL;
    return 0;
}
#endif
static const struct command_option options[] = {
    { "test", OPTION_FLAG, .help = "read the test digits" },
    { "model", OPTION_CHOICE, &model, "cnn|linear",
      "the network for ten digits, or the map for 7 and 9" },
    { "of", OPTION_CHOICE, &asked_of, "logits|probabilities",
      "what the maps ask about" },
    { "points", OPTION_SIZE, &points, "N", "on the way from blank paper",
      "1..4096" },
    LEARNER_OPTIONS(reader),
    { "dropout", OPTION_FLOAT, &drop_rate, "P", "what training drops",
      "0..0.9" },
    { "bench", OPTION_FLAG, .help = "measure a step of training" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "study", OPTION_FLAG, .help = "train, and print more" },
    { "only", OPTION_CHOICE, &only, "all|linear|excerpt|full|long",
      "a part of the study" },
    { "seeds", OPTION_SIZE, &seeds, "N", "runs of the study", "1..100" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "bench", NULL, NULL, NATIVE(run_bench), "measure a step of training" },
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "data only seeds steps", NATIVE(run_study),
      "train all models" },
    LEARNER_MODES(run_train, " model dropout"),
    { "test", NULL, "model data load", NATIVE(run_test),
      "read the test digits" },
    { "classify", NULL, "out load", NATIVE(run_classify),
      "how probable each digit is" },
    { "jacobian", NULL, "maps of load", NATIVE(run_maps),
      "slopes of all classes" },
    { "integrated", NULL, "maps of points load", NATIVE(run_maps),
      "integrated gradients of all classes" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "implicit",
        "which pixels an answer depends on",
        "implicit --train --steps 600 --save digits.safetensors",
        options, ports, modes }, argc, argv);
}

