/* selfattention.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "implicit/pen.h"
#include "selfattention/selfattention_model.h"
#include "kit/chart.h"
#include "kit/modes.h"
#include "double/selfattention_double.h"

/* figure of swapped words */
enum { WORDS = 3 };
static const char *const word_names[WORDS] = { "cats", "eat", "fish" };
static const float word_numbers[WORDS][2] = { { 1, 0 }, { 0, 1 }, { 1, 1 } };

static struct {
    int order[WORDS], chosen;        /* order: which word stands where */
    bool places;
    const char *names[WORDS];        /* as they stand */
    float was[2 * WORDS], out[2 * WORDS], weights[WORDS * WORDS];
    float columns[2 + WORDS][WORDS]; /* out and weights, of the table */
} swap = { { 2, 1, 0 }, -1, .places = false };

static void swap_run(float *out, const int *order)
{
    static const float wq[] = { 0, 1, 1, 0, 0, 0 },
                       wk[] = { 1, 0, 0, 1, 0, 0 },
                       wv[] = { 2, 0, 0, 4, 1, 0 };
    const struct self_attention s = { .n = WORDS, .d = 3, .dk = 2, .dv = 2,
                                      .wq = wq, .wk = wk, .wv = wv };
    float x[3 * WORDS], q[6], k[6], v[6];
    const struct self_attention_saved saved = { q, k, v, swap.weights };
    for (int i = 0; i < WORDS; i++) {
        memcpy(x + 3 * i, word_numbers[order[i]], sizeof *word_numbers);
        x[3 * i + 2] = swap.places ? (float)(i - 1) : 0;
    }
    self_attention_plain_forward(out, &saved, x, &s);
}

static void swap_compute(void)
{
    swap_run(swap.was, (const int[]){ 0, 1, 2 });
    swap_run(swap.out, swap.order);
    for (int i = 0; i < WORDS; i++) {
        swap.names[i] = word_names[swap.order[i]];
        for (int c = 0; c < 2 + WORDS; c++)
            swap.columns[c][i] = c < 2 ? swap.out[2 * i + c]
                                       : swap.weights[WORDS * i + c - 2];
    }
}
static void swap_click(int at)
{
    int old = swap.chosen, word = swap.order[at];
    swap.chosen = old < 0 ? at : -1;
    if (old >= 0)
        swap.order[at] = swap.order[old], swap.order[old] = word;
}

static void swap_reverse(void)
{
    swap.chosen = 0, swap_click(WORDS - 1);
}

static void swap_picture(struct frame *f, struct rect r)
{
    float centers[WORDS], third = r.w / WORDS, wide = fminf(110, third - 12);
    for (int i = 0; i < WORDS; i++)
        centers[i] = r.x + ((float)i + .5f) * third;
    token_links(f, r.y + 26, r.y + r.h - 62, centers, centers, swap.weights,
                WORDS, WORDS, -1);
    for (int i = 0; i < WORDS; i++) {
        const float *x = word_numbers[swap.order[i]], at = centers[i];
        struct rect box = { at - wide / 2, r.y + r.h - 56, wide, 32 };
        draw_text(f, at, r.y + 16, TEXT_SIZE, ALIGN_CENTER | TEXT_BOLD,
                  paint(f, INK), "(%.3f, %.3f)", (double)swap.out[2 * i],
                  (double)swap.out[2 * i + 1]);
        draw_text(f, at, r.y + r.h - 6, TEXT_SIZE, ALIGN_CENTER,
                  paint(f, MUTED), swap.places ? "(%g, %g, %d)" : "(%g, %g)",
                  (double)x[0], (double)x[1], i - 1);
        if (button(f, box, swap.names[i]))
            swap_click(i), chart_touch(f);
        if (swap.chosen == i)
            draw_frame(f, box, 6, 2.5f, paint(f, ACCENT));
    }
}
static void swap_lines(struct frame *f, struct rect r)
{
    static const char *const heads[] = { "in \"cats eat fish\"",
                                         "in this order" };
    r.y += f->narrow ? 0 : 66;
    for (int i = 0; i < 2 * WORDS; i++) {
        int now = i / WORDS, at = i % WORDS, word = swap.order[at];
        const float *a = swap.was + 2 * word, *b = swap.out + 2 * at;
        float x = r.x + (now ? 178 : 48), y = r.y + 40 + 24 * (float)word;
        bool other = now && (fabsf(a[0] - b[0]) >= 1e-4f
                             || fabsf(a[1] - b[1]) >= 1e-4f);
        b = now ? b : a;
        draw_text(f, x, r.y + 14, TEXT_SIZE, 0, paint(f, MUTED), "%s",
                  at ? "" : heads[now]);
        draw_text(f, r.x, y, TEXT_SIZE, TEXT_BOLD, paint(f, INK), "%s",
                  now ? swap.names[at] : "");
        draw_text(f, x, y, TEXT_SIZE, 0, paint(f, other ? WARN : INK),
                  "(%.3f, %.3f)%s", (double)b[0], (double)b[1],
                  other ? " *" : "");
    }
}

#define SWAP_COLUMN(name, i) \
    { name, INK, MARK_NONE, WORDS, .y = swap.columns[i] }
static struct chart swap_chart = {
    .control = { { TOGGLE("with places", &swap.places) },
                 { BUTTON("reverse", swap_reverse) } },
    .compute = swap_compute,
    .panel = {
        { .draw = swap_picture, .wide = 1.3f, .tall = 2, .x = "word",
          .names = swap.names, .n_names = WORDS, .format = "%.3f",
          .series = { SWAP_COLUMN("first number", 0),
                      SWAP_COLUMN("second", 1), SWAP_COLUMN("to 1", 2),
                      SWAP_COLUMN("to 2", 3), SWAP_COLUMN("to 3", 4) } },
        { .draw = swap_lines } }
};
CHART(swap)
/* figure own digit */
EMBED(selfattention_images,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 20 * 784));
enum { SHOWN_DIGITS = 20, GRID_SIDE = 56 };

static struct {
    struct learned net;
    struct pen pen;
    bool blank;                             /* nothing is drawn yet */
    float ink[GRID_SIDE * GRID_SIDE];       /* what the reader has drawn */
    float image[DIGIT_PIXELS];              /* what the network sees */
    float weights[DIGIT_PATCHES], chances[DIGIT_KINDS];
    int digit, patch;                       /* digit -1: the drawn one */
    char title[48], note[32];
} show = { .patch = 6, .digit = SHOWN_DIGITS - 1 };

static void show_next(void)
{
    show.digit = (show.digit + 1) % SHOWN_DIGITS, show.blank = false;
    for (int i = 0; i < DIGIT_PIXELS; i++)
        show.image[i] = selfattention_images[show.digit * DIGIT_PIXELS + i]
                        / 255.f;
    memset(show.ink, 0, sizeof show.ink);
}
static void show_compute(void)
{
    float patches[DIGIT_PIXELS];
    if (!show.net.tape)
        show.net = learner_trained(&reader), show_next();
    struct model *m = show.net.model;
    m->tape->no_grad = true;
    tape_reset(m->tape);
    digits_patches(patches, show.image, 1);
    softmax(show.chances, model_forward(m, patches, 1)->data, DIGIT_KINDS);
    memcpy(show.weights, m->attended->attention + show.patch * DIGIT_PATCHES,
           sizeof show.weights);
    size_t best = argmax(show.chances, DIGIT_KINDS);
    snprintf(show.note, sizeof show.note, "it reads %zu, %.3f", best,
             (double)show.chances[best]);
    snprintf(show.title, sizeof show.title,
             "where patch %d looks|patch %d looks at", show.patch,
             show.patch);
    if (show.blank)
        memset(show.chances, 0, sizeof show.chances), *show.note = 0;
}
static void show_drawn(void)
{
    show.digit = -1;
    show.blank = !pen_digit(show.image, show.ink, GRID_SIDE);
}

static void show_clear(void)
{
    memset(show.ink, 0, sizeof show.ink), show_drawn();
}
static void own_board(struct frame *f, struct rect r)
{
    if (pen_board(&show.pen, f, r, show.ink, GRID_SIDE, show.digit >= 0))
        show_drawn(), chart_touch(f);
}
static void look_board(struct frame *f, struct rect r)
{
    r = image_area(r, 1, 1);
    struct widget w = widget(f, r, CURSOR_HAND);
    say(f, w, "the patch that looks; arrow keys move it", "grid");
    if (patch_pick(f, w, r, &show.patch))
        chart_touch(f);
    image_gray(f, r, show.image, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
    f->readout[0] = 0;
    for (int p = 0; p < DIGIT_PATCHES; p++) {
        struct rect cell = patch_of(r, p);
        float x = cell.x + cell.w, y = cell.y + cell.h;
        draw_rect(f, cell, fade(paint(f, SERIES_1),
                                .85f * sqrtf(show.weights[p])));
        draw_frame(f, cell, 0, .5f, paint(f, GRID));
        draw_round(f, (struct rect){ x - 31, y - 18, 29, 16 }, 4,
                   fade(paint(f, PAPER), .8f));
        draw_text(f, x - 4, y - 6, TEXT_SMALL, ALIGN_RIGHT, paint(f, INK),
                  "%.2f", (double)show.weights[p]);
    }
    draw_frame(f, patch_of(r, show.patch), 0, 2.5f, paint(f, WARN));
    focus_ring(f, w, r, 2);
}
static const char *const digit_names[] = { "0", "1", "2", "3", "4", "5", "6",
                                           "7", "8", "9" };
static struct chart digit_chart = {
    .control = { { BUTTON("next test digit", show_next) },
                 { BUTTON("clear", show_clear) } },
    .compute = show_compute,
    .panel = {
        { .title = "your board", .title_ink = MUTED, .draw = own_board },
        { .title = show.title, .title_ink = MUTED, .draw = look_board,
          .beside = true, .series = {
              { show.title, SERIES_1, MARK_NONE, DIGIT_PATCHES,
                .y = show.weights } } },
        { .note = show.note, .names = digit_names, .n_names = DIGIT_KINDS,
          .y = "probability", .x = "digit", .y1 = 1, .format = "%.4f",
          .series = { { "probability", SERIES_1, MARK_BARS, DIGIT_KINDS,
                        .y = show.chances } } } }
};
CHART(digit)
/* figure of saturation */
enum { SAT_LENGTHS = 11 };               /* 1, 2, 4 ... 1024 */
static struct {
    float length, lengths[SAT_LENGTHS], median[2][SAT_LENGTHS];
    float left[SAT_ROWS], right[SAT_ROWS];   /* places of bars */
    struct saturation now[2];
} sat = { .length = 256 };

static void sat_compute(void)
{
    for (int i = 0; sat.lengths[SAT_LENGTHS - 1] == 0 && i < SAT_LENGTHS; i++)
        for (int scaled = 0; scaled < 2; scaled++) {
            sat.lengths[i] = (float)(1 << i);
            sat.median[scaled][i] = saturate((size_t)1 << i, scaled,
                                             1).median;
        }
    for (int i = 0; i < SAT_ROWS; i++)
        sat.left[i] = (float)i - .2f, sat.right[i] = (float)i + .2f;
    for (int scaled = 0; scaled < 2; scaled++)
        sat.now[scaled] = saturate((size_t)sat.length, scaled, 1);
}

#define SAT_BARS(what) { \
        { NULL, SERIES_2, MARK_BARS, SAT_ROWS, sat.left, sat.now[0].what, \
          .size = .38f }, \
        { NULL, SERIES_1, MARK_BARS, SAT_ROWS, sat.right, sat.now[1].what, \
          .size = .38f } }
static struct chart saturation_chart = {
    .control = { { SLIDER("length d", &sat.length, 1, SAT_LONGEST, "%.0f"),
                   .step = 1, .log = true } },
    .compute = sat_compute,
    .panel = {
        { .x = "length d of queries and keys", .y = "median gradient",
          .x0 = 1, .x1 = SAT_LONGEST, .y0 = 1e-4f, .y1 = 10, .log_x = true,
          .log_y = true, .format = "%.3g", .wide = 1.2f, .series = {
              { "without root", SERIES_2, MARK_LINE | MARK_POINTS,
                SAT_LENGTHS, sat.lengths, sat.median[0] },
              { "with root", SERIES_1, MARK_LINE | MARK_POINTS,
                SAT_LENGTHS, sat.lengths, sat.median[1] },
              { NULL, MUTED, MARK_X, 1, &sat.length } } },
        { .y = "weights of one query, by key|weights, by key", .y1 = 1,
          .silent = true, .series = SAT_BARS(weights) },
        { .y = "gradients, by query", .silent = true,
          .series = SAT_BARS(rows) } }
};
CHART(saturation)

static const struct figure figures[] = {
    { "swap", 720, 300, 410,
      "Three words in a row, fish, eat, cats, each with two numbers, and "
      "above each the vector that the layer makes of it, with lines as thick "
      "as the weights. Beside it what each word got in the first order and "
      "gets now.",
      swap_frame, swap_table },
    { "digit", 720, 320, 470,
      "A board to draw on, beside it a handwritten seven in 16 patches, "
      "shaded by how much the chosen patch looks at each, and ten bars: the "
      "probability of seven is nearly one.",
      digit_frame, digit_table },
    { "saturation", 720, 420, 760,
      "Left, the median gradient of a query against the length d: with the "
      "root it stays the same, without it falls by orders of magnitude. "
      "Right, the 16 weights of one query and the gradients of 16 queries "
      "for both.",
      saturation_frame, saturation_table },
    { 0 }
};
FIGURES(figures)
enum { X, WQ, WK, WV, OUT, WEIGHTS };
static struct port ports[] = {
    { "x", "B? n d", "the vectors" }, { "wq", "d dk", "makes queries" },
    { "wk", "d dk", "makes keys" }, { "wv", "d dv", "makes values" },
    { "out", "B? n dv", "what comes out", PORT_OUT },
    { "weights", "B? n n", "how much each looks at each", PORT_OUT },
    { 0 }
};
static bool no_scale, causal;

#ifndef __wasm__
static int run_layer(void)
{
    const size_t d = axis("d"), dk = axis("dk");
    struct tape_double *t = tape_new_double();
    struct tensor_double *in[] = {
        tape_input_double(t, port_doubles(X),
                          SHAPE_double(axis("B"), axis("n"), d)),
        tape_input_double(t, port_doubles(WQ), SHAPE_double(d, dk)),
        tape_input_double(t, port_doubles(WK), SHAPE_double(d, dk)),
        tape_input_double(t, port_doubles(WV), SHAPE_double(d, axis("dv"))) };
    t->no_grad = true;
    if (no_scale)
        in[1] = tape_scale_double(t, in[1], sqrt((double)dk));
    struct tensor_double *out = tape_self_attention_double(t, in[0], in[1],
        in[2], in[3], causal);
    port_give(OUT, out->data), port_give(WEIGHTS, out->attention);
    tape_free_double(t);
    return 0;
}
static const char *const book = "data/weights/selfattention.safetensors";

static void how_of(const char *load)
{
    static struct port sizes[] = { { "attention.wq", "59 dk" },
                                   { "attention.wv", "59 dv" }, { 0 } };
    struct safetensors file = safetensors_read(load);
    ports_read_tensors(sizes, &file, "");
    asked.dk = axis("dk"), asked.dv = axis("dv");
    safetensors_free(&file);
}

static int run_train(void)
{
    static const char *const kinds[][2] = {
        { "learned", "learned, unmoved" }, { "uniform", "uniform, unmoved" },
        { "own", "own, unmoved" }, { "unscaled", "unscaled, unmoved" },
        { "no-places", "no-places, unmoved" } };
    reader.kind = kinds[asked.attend][asked.unmoved];
    reader.how_of = how_of;
    return learner_main(&reader);
}

static int run_classify(void)
{
    if (!reader.load)
        reader.load = book;
    how_of(reader.load);
    struct learned m = learner_new(&reader, &asked, 1, 1);
    weights_load(reader.load, m.tape);
    double right = learner_score(&m);
    size_t count = ((struct digit_sets *)m.data)->test.count;
    printf("%.0f of %zu digits right, %.2f %%\n", right * (double)count,
           count, 100 * right);
    learned_free(&m), digit_sets_free(reader.loaded);
    return 0;
}
static const char study_names[] = "accuracy short.learned short.uniform "
    "short.own short.unscaled short.no-places long.scaled long.unscaled ten "
    "unmoved.learned thousand.learned unmoved.own thousand.own";
static const struct { struct how how; size_t steps; } study_hows[] = {
    { { 32, 48, LEARNED, 0 }, 24000 }, { { 32, 48, LEARNED, 0 }, 4000 },
    { { 32, 48, UNIFORM, 0 }, 4000 }, { { 32, 48, OWN, 0 }, 4000 },
    { { 32, 48, UNSCALED, 0 }, 4000 }, { { 32, 48, NO_PLACES, 0 }, 4000 },
    { { 256, 48, LEARNED, 0 }, 4000 }, { { 256, 48, UNSCALED, 0 }, 4000 },
    { { 10, 10, LEARNED, 0 }, 4000 }, { { 32, 48, LEARNED, 1 }, 4000 },
    { { 32, 48, LEARNED, 0 }, 1000 }, { { 32, 48, OWN, 1 }, 4000 },
    { { 32, 48, OWN, 0 }, 1000 } };

static void study_one(const size_t *level, uint64_t seed, double *right)
{
    double start = seconds_now();
    struct learned m = learner_fit(&reader, &study_hows[*level].how, seed,
                                   study_hows[*level].steps);
    *right = learner_score(&m);
    if (*level == 0 && !interrupted) {
        weights_save(book, m.tape);
        printf("selfattention.study.time.train = %.1f\n",
               seconds_now() - start);
    }
    learned_free(&m);
}

static int run_study(void)
{
    if (!command_given("data"))
        reader.folder = "build/data/digits";
    output_try(book);
    learner_data(&reader);
    study_print(&(struct study){ .key = "selfattention.study", .seeds = 1,
        .factors = { study_names }, .run = study_one, .alone = true });
    digit_sets_free(reader.loaded);
    return 0;
}

static void print_corner(struct model *m, const struct digits *test)
{
    float x[DIGIT_PIXELS], patches[DIGIT_PIXELS];
    int32_t target;
    size_t blank = test->count;
    digits_batch(x, &target, test, NULL, 1, NULL);
    digits_patches(patches, x, 1);
    for (int stroke = 0; stroke < 2; stroke++) {
        for (int i = 0; stroke && i < DIGIT_PATCH_PIXELS; i++)
            if (i % DIGIT_PATCH >= 2 && i % DIGIT_PATCH < 5)
                patches[i] = .9f;
        model_forward(m, patches, 1);
        printf("selfattention.corner.%s = %.4f\n",
               stroke ? "stroke" : "blank",
               (double)m->attended->attention[6 * DIGIT_PATCHES]);
        tape_reset(m->tape);
    }
    for (size_t i = 0; i < test->count; i++)
        for (int p = 0, ink = 0; p < DIGIT_PATCH_PIXELS && !ink; p++)
            blank -= ink = test->images[i * DIGIT_PIXELS
                + p / DIGIT_PATCH * DIGIT_SIDE + p % DIGIT_PATCH] > 0;
    printf("selfattention.corner.always = %.4f\n",
           (double)blank / (double)test->count);
}

static void print_looks(struct model *m, const struct digits *test)
{
    const size_t rows = TEST_BATCH * DIGIT_PATCHES;
    double most = 0, self = 0, largest = 0;
    int32_t *target;
    digits_read_by(m, &target, test, NULL, TEST_BATCH, NULL);
    for (size_t i = 0; i < rows; i++) {
        const float *w = m->attended->attention + i * DIGIT_PATCHES;
        most += (double)entropy(w, DIGIT_PATCHES) / (double)rows;
        self += (double)w[i % DIGIT_PATCHES] / (double)rows;
        largest += (double)w[argmax(w, DIGIT_PATCHES)] / (double)rows;
    }
    tape_reset(m->tape);
    printf("selfattention.entropy = %.4f\nselfattention.self = %.4f\n"
           "selfattention.largest = %.4f\n", most, self, largest);
}

static int run_results(void)
{
    struct learned m = learner_trained(&reader);
    struct model *model = m.model;
    printf("selfattention.parameters = %zu\n", m.tape->size);
    printf("selfattention.excerpt.accuracy = %.4f\n", learner_score(&m));
    model->how.attend = UNIFORM;
    printf("selfattention.excerpt.uniform = %.4f\n", learner_score(&m));
    model->how.attend = LEARNED, m.tape->no_grad = true;
    print_looks(model, &((struct digit_sets *)m.data)->test);
    print_corner(model, &((struct digit_sets *)m.data)->test);
    for (size_t d = 1; d <= SAT_LONGEST; d *= 4)
        for (int scaled = 0; scaled < 2; scaled++) {
            const char *kind = scaled ? "scaled" : "dot";
            struct saturation s = saturate(d, scaled, 1);
            printf("selfattention.%s.largest.%zu = %.4f\n", kind, d,
                   (double)s.largest);
            printf("selfattention.%s.median.%zu = %.3g\n", kind, d,
                   (double)s.median);
        }
    learned_free(&m), digit_sets_free(reader.loaded);
    return 0;
}
#endif
static const struct command_option options[] = {
    { "no-scale", OPTION_FLAG, &no_scale, NULL, "without 1/sqrt(dk)" },
    { "causal", OPTION_FLAG, &causal, NULL, "do not look ahead" },
    { "classify", OPTION_FLAG, .help = "read the test digits" },
    LEARNER_OPTIONS(reader),
    { "attend", OPTION_CHOICE, &asked.attend,
      "learned|uniform|own|unscaled|no-places", "what to change" },
    { "unmoved", OPTION_FLAG, &asked.unmoved, NULL, "without random shifts" },
    { "key-width", OPTION_SIZE, &asked.dk, "DK", "length of queries and keys",
      "1..4096" },
    { "value-width", OPTION_SIZE, &asked.dv, "DV", "length of values",
      "1..4096" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "study", OPTION_FLAG, .help = "train, and print more" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "data", NATIVE(run_study), "train all models" },
    { "train load", NULL, "data steps seconds pause save attend unmoved",
      NATIVE(run_train), "go on with a run" },
    { "train", NULL, "steps seconds rate warmup schedule seed pause data save"
      " attend unmoved key-width value-width", NATIVE(run_train), "learn" },
    { "classify", NULL, "data load attend", NATIVE(run_classify),
      "read the test digits" },
    { NULL, "x wq wk wv", "no-scale causal out weights", NATIVE(run_layer),
      "the layer on arrays" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "selfattention",
        "every vector of a sequence asks all of them",
        "selfattention --train --steps 2000 --save digits.safetensors",
        options, ports, modes }, argc, argv);
}
