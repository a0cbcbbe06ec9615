/* multihead.c -- generated from chapters/10-multihead.nw. Do not edit. */
#include "implicit/pen.h"
#include "kit/chart.h"
#include "kit/modes.h"
#include "multihead/pieces.h"
#include "multihead/multihead_model.h"
#include "double/multihead_double.h"
#include "gradient/peak.h"

enum { X, CONTEXT, MQ, MK, MV, MO, BQ, BK, BV, BO, LENGTHS, CLASSIFY, OUT,
       WEIGHTS };
static struct port ports[] = {
    { "x", "B? n C", "rows that ask" },
    { "context", "B? m D", "rows that are asked; without it, x",
      .instead = "x" },
    { "wq", "C H*dk", "makes queries" }, { "wk", "D H*dk", "makes keys" },
    { "wv", "D H*dv", "makes values" }, { "wo", "H*dv O", "mixes heads" },
    { "bq", "H*dk", "added to queries" }, { "bk", "H*dk", "to keys" },
    { "bv", "H*dv", "to values" }, { "bo", "O", "to the output" },
    { "lengths", "B", "keys that each example has", PORT_WHOLE, "1..m" },
    { "classify", "n? 28 28", "pictures, ink 1, paper 0",
      .range = "0..1" },
    { "out", "B? n O", "the output, or the probabilities", PORT_OUT },
    { "weights", "B H n m", "weights of all heads", PORT_OUT },
    { 0 }
};

static struct { size_t heads; bool causal; } given;
enum { BENCH_B = 8, BENCH_T = 256, BENCH_C = 384, BENCH_ROUNDS = 12,
       BENCH_SIZES = 7 };
static const size_t bench_heads[BENCH_SIZES] = { 2, 3, 6, 12, 24, 48, 96 };

enum { SEEDS = 3 };
static const char *const taken_away[] = { "silent", "even" };

static int falling(const void *a, const void *b)
{
    const struct loss *x = a, *y = b;
    return (x->lost < y->lost) - (x->lost > y->lost);
}

enum { MAP = DIGIT_PATCHES * DIGIT_PATCHES };

/* mean_maps: maps (HEADS, 16, 16) of the first n digits. */
static void mean_maps(float *maps, struct model *m,
                      const struct digits *digits, size_t n)
{
    int32_t *target;
    m->looks = m->tape->no_grad = true;
    tape_reset(m->tape);
    digits_read_by(m, &target, digits, NULL, n, NULL);
    memset(maps, 0, HEADS * MAP * sizeof *maps);
    for (size_t i = 0; i < n; i++)
        scale_add(maps, m->weights + i * HEADS * MAP, 1 / (float)n,
                  HEADS * MAP);
}
#ifndef __wasm__
static struct multihead_double layer_given(void)
{
    return (struct multihead_double){
        .batch = axis("B"), .heads = axis("H"), .queries = axis("n"),
        .keys = axis("m"), .width = axis("C"), .context_width = axis("D"),
        .head_width = axis("dk"), .value_width = axis("dv"),
        .out_width = axis("O"), .causal = given.causal,
        .lengths = port_sizes(LENGTHS),
        .wq = port_doubles(MQ), .wk = port_doubles(MK),
        .wv = port_doubles(MV), .wo = port_doubles(MO),
        .bq = port_doubles(BQ), .bk = port_doubles(BK),
        .bv = port_doubles(BV), .bo = port_doubles(BO) };
}

static int run_layer(void)
{
    const struct multihead_double m = layer_given();
    bool weights = port_given(WEIGHTS) || m.head_width > TILE_WIDTH
                   || m.value_width > TILE_WIDTH;
    size_t rows = size_product(m.batch, m.queries);
    size_t size = multihead_workspace_double(&m, weights);
    double *out = allocate(size_product(rows, m.out_width), sizeof *out);
    double *memory = allocate(multihead_size_double(&m, weights),
                              sizeof *out);
    double *workspace = allocate(size, sizeof *out);
    struct multihead_saved_double saved = multihead_saved_new_double(memory,
        workspace, &m, weights);
    multihead_forward_double(out, &saved, port_doubles(X),
        port_given(CONTEXT) ? port_doubles(CONTEXT) : NULL, &m);
    port_give(OUT, out);
    if (weights)
        port_give(WEIGHTS, saved.weights);
    free(out), free(memory), free(workspace);
    return 0;
}
static int run_train(void)
{
    return learner_main(&reader);
}

static int run_classify(void)
{
    const float *x = port_floats(CLASSIFY);
    struct learned m = learner_trained(&reader);
    if (reader.load)
        weights_load(reader.load, m.tape);
    axis_set("O", DIGIT_KINDS, "the classifier");
    size_t n = axis("n");
    float *p = allocate(n * DIGIT_KINDS, sizeof *p);
    m.tape->no_grad = true;
    for (size_t i = 0; i < n; i++, tape_reset(m.tape))
        softmax(p + i * DIGIT_KINDS,
                model_forward(m.model, x + i * DIGIT_PIXELS, 1)->data,
                DIGIT_KINDS);
    port_give_floats(OUT, p);
    free(p), learned_free(&m);
    return 0;
}
struct bench {
    struct multihead m;
    struct multihead_gradients to;
    struct multihead_saved saved;
    float *x, *out, *dx;
};

static struct bench bench_new(size_t heads)
{
    enum { C = BENCH_C, ROWS = BENCH_B * BENCH_T * C, MATRIX = C * C,
           PARAMETERS = 4 * MATRIX + 4 * C };
    struct bench b = { .m = { BENCH_B, heads, BENCH_T, BENCH_T, C, C,
        C / heads, C / heads, C, .stride = 3 * C } };
    size_t saved = multihead_size(&b.m, false);
    size_t all = saved + multihead_workspace(&b.m, false);
    b.x = allocate(all + 3 * ROWS + 2 * PARAMETERS, sizeof *b.x);
    b.out = b.x + ROWS, b.dx = b.out + ROWS;
    float *w = b.dx + ROWS, *bias = w + 4 * MATRIX, *d = w + PARAMETERS;
    float *dbias = bias + PARAMETERS, *memory = d + PARAMETERS;
    struct random random = random_new(10, 0);
    random_normals(b.x, ROWS, 1, &random);
    random_normals(w, PARAMETERS, .05f, &random);
    b.m.wq = w, b.m.wk = w + C, b.m.wv = w + 2 * C, b.m.wo = w + 3 * MATRIX;
    b.m.bq = bias, b.m.bk = bias + C, b.m.bv = bias + 2 * C;
    b.m.bo = bias + 3 * C;
    b.to = (struct multihead_gradients){ b.dx, NULL, d, d + C, d + 2 * C,
        d + 3 * MATRIX, dbias, dbias + C, dbias + 2 * C, dbias + 3 * C };
    b.saved = multihead_saved_new(memory, memory + saved, &b.m, false);
    return b;
}

struct speed { double forward, backward, both; };

static void bench_round(struct bench *b, struct speed *best)
{
    double start = seconds_now();
    multihead_forward(b->out, &b->saved, b->x, NULL, &b->m);
    double middle = seconds_now();
    multihead_backward(&b->to, b->x, &b->saved, b->x, NULL, &b->m);
    best->forward = fmin(best->forward, middle - start);
    best->backward = fmin(best->backward, seconds_now() - middle);
}

/* bench_measure: what the layer reaches with each number of heads, in percent
 * of the peak, which is returned. */
static double bench_measure(struct speed best[BENCH_SIZES])
{
    const double rows = BENCH_B * BENCH_T, c = BENCH_C;
    const double operations = 8 * rows * c * c + 4 * rows * BENCH_T * c;
    struct bench benches[BENCH_SIZES];
    double peak = 0;
    for (size_t i = 0; i < BENCH_SIZES; i++) {
        benches[i] = bench_new(bench_heads[i]);
        best[i] = (struct speed){ INFINITY, INFINITY, 0 };
    }
    struct progress progress = progress_start(0, BENCH_ROUNDS);
    for (size_t round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t i = 0; i < BENCH_SIZES; i++) {
            peak = fmax(peak, measure_peak(command_threads(0)));
            bench_round(&benches[i], &best[i]);
        }
        progress_step(&progress, round + 1, "rounds");
    }
    progress_end(&progress);
    for (size_t i = 0; i < BENCH_SIZES; i++) {
        const double of = 100 * operations / peak;
        const struct speed s = best[i];
        best[i] = (struct speed){ of / s.forward, 2 * of / s.backward,
                                  3 * of / (s.forward + s.backward) };
        free(benches[i].x);
    }
    return peak;
}

static int run_bench(void)
{
    struct speed best[BENCH_SIZES];
    double peak = bench_measure(best);
    printf("B %d, T %d, C %d; peak of %zu threads %.0f GFLOP/s\n", BENCH_B,
           BENCH_T, BENCH_C, command_threads(0), 1e-9 * peak);
    printf("%5s %5s %13s %9s %10s %6s\n", "heads", "width", "exponentials",
           "forward", "backward", "both");
    for (size_t i = 0; i < BENCH_SIZES; i++) {
        size_t h = bench_heads[i];
        printf("%5zu %5zu %13zu %8.1f%% %9.1f%% %5.1f%%\n", h, BENCH_C / h,
               h * BENCH_B * BENCH_T * BENCH_T, best[i].forward,
               best[i].backward, best[i].both);
    }
    return 0;
}
/* ablation_losses: what the digits lose with each of the heads ablated. */
static void ablation_losses(struct loss losses[HEADS], struct model *m,
                            enum ablation how, const struct digits *digits)
{
    struct tape *tape = m->tape;
    float *saved = allocate(tape->size, sizeof *saved);
    bool *whole = allocate(digits->count, 2), *right = whole + digits->count;
    tape->no_grad = true;
    memcpy(saved, tape->values, tape->size * sizeof *saved);
    test(m, digits, whole);
    for (size_t h = 0; h < HEADS; h++) {
        ablate(m, h, how);
        test(m, digits, right);
        memcpy(tape->values, saved, tape->size * sizeof *saved);
        losses[h] = loss_between(whole, right, digits->count);
    }
    free(saved), free(whole);
}
static const struct how study_hows[] = { { 1, false }, { 2, false },
    { HEADS, false }, { 10, false }, { HEADS, true } };

static struct loss study_losses[SEEDS][2][HEADS];

static void study_reader(const size_t *level, uint64_t seed, double *right)
{
    const struct how *how = &study_hows[*level];
    struct learned m = learner_fit(&reader, how, seed, reader.steps);
    *right = learner_score(&m);
    if (how->heads == HEADS && !how->broken) {
        for (int i = 0; i < 2; i++) {
            struct loss *losses = study_losses[seed - 1][i];
            ablation_losses(losses, m.model, SILENT + i,
                            &((struct digit_sets *)m.data)->test);
            qsort(losses, HEADS, sizeof *losses, falling);
        }
        if (seed == 1 && reader.steps == BOOK_STEPS)
            weights_save("data/weights/multihead.safetensors", m.tape);
    }
    learned_free(&m);
}

static int run_study(void)
{
    const struct digit_sets *sets = learner_data(&reader);
    printf("multihead.study.steps = %zu\nmultihead.study.seeds = %d\n"
           "multihead.study.learned = %zu\nmultihead.study.tested = %zu\n",
           reader.steps, SEEDS, sets->train.count, sets->test.count);
    study_print(&(struct study){ .key = "multihead.study", .seeds = SEEDS,
        .factors = { "h1 h2 h5 h10 wrong" }, .run = study_reader,
        .lines = STUDY_EACH | STUDY_MEAN });
    for (size_t i = 0; i < SEEDS * 2 * HEADS; i++)
        printf("multihead.study.s%zu.rank%zu.%s = %.4f\n",
               i / (2 * HEADS) + 1, i % HEADS + 1, taken_away[i / HEADS % 2],
               (&study_losses[0][0][0])[i].lost);
    digit_sets_free(reader.loaded);
    return 0;
}
static void results_spread(struct model *m, const struct digits *digits)
{
    const float share = 1.f / (TEST_BATCH * DIGIT_PATCHES);
    float maps[HEADS * MAP];
    mean_maps(maps, m, digits, TEST_BATCH);
    for (size_t h = 0; h < HEADS; h++) {
        float to[DIGIT_PATCHES] = { 0 }, spread = 0, self = 0;
        for (size_t i = 0; i < TEST_BATCH * DIGIT_PATCHES; i++) {
            size_t p = i % DIGIT_PATCHES, digit = i / DIGIT_PATCHES;
            const float *row = m->weights
                + (digit * HEADS + h) * MAP + p * DIGIT_PATCHES;
            spread += share * entropy(row, DIGIT_PATCHES);
            self += share * row[p];
        }
        for (size_t p = 0; p < DIGIT_PATCHES; p++)
            scale_add(to, maps + h * MAP + p * DIGIT_PATCHES,
                      1.f / DIGIT_PATCHES, DIGIT_PATCHES);
        printf("multihead.head%zu.entropy = %.4f\n"
               "multihead.head%zu.self = %.4f\n"
               "multihead.head%zu.most = %.4f\n", h + 1, (double)spread,
               h + 1, (double)self, h + 1,
               (double)to[argmax(to, DIGIT_PATCHES)]);
    }
}

static int run_results(void)
{
    struct learned m = learner_trained(&reader);
    const struct digit_sets *sets = learner_data(&reader);
    struct loss losses[2][HEADS];
    struct speed best[BENCH_SIZES];
    printf("multihead.accuracy = %.4f\nmultihead.parameters = %zu\n",
           learner_score(&m), m.tape->size);
    for (int how = 0; how < 2; how++)
        ablation_losses(losses[how], m.model, SILENT + how, &sets->test);
    for (size_t i = 0; i < 2 * HEADS; i++) {
        const struct loss *loss = &losses[i % 2][i / 2];
        printf("multihead.head%zu.%s = %.4f\n"
               "multihead.head%zu.%s.error = %.4f\n", i / 2 + 1,
               taken_away[i % 2], loss->lost, i / 2 + 1, taken_away[i % 2],
               loss->error);
    }
    results_spread(m.model, &sets->test);
    bench_measure(best);
    for (size_t i = 0; i < BENCH_SIZES; i++)
        printf("multihead.speed.h%zu.forward = %.1f\n"
               "multihead.speed.h%zu.backward = %.1f\n"
               "multihead.speed.h%zu.both = %.1f\n", bench_heads[i],
               best[i].forward, bench_heads[i], best[i].backward,
               bench_heads[i], best[i].both);
    printf("multihead.speed.threads = %zu\n", command_threads(0));
    digit_sets_free(reader.loaded), learned_free(&m);
    return 0;
}
#endif
/* numbers that were measured */
EMBED(multihead_text, EMBED_FILE("data/results/multihead.txt")
                      EMBED_FILE("data/results/multihead-study.txt"));
#define measured(...) result(multihead_text, __VA_ARGS__)
/* figure two */
enum { LEFT, RIGHT, WANTED, THINGS };
static struct {
    float x[THINGS], y[THINGS], first, second;
    float color[2], size[2], off[2];         /* by one head, by two */
    float low[2], high[2];
    char text[2][80];
} two = { .x = { 8, 2, 8 }, .y = { 4, 6, 6 }, .first = .75f, .second = .25f };

static void two_compute(void)
{
    static const char *const names[] = { "one head", "two heads" };
    for (int i = 0; i < 2; i++) {
        float a = two.first, b = i ? two.second : two.first;
        two.color[i] = a * two.x[LEFT] + (1 - a) * two.x[RIGHT];
        two.size[i] = b * two.y[LEFT] + (1 - b) * two.y[RIGHT];
        two.off[i] = hypotf(two.color[i] - two.x[WANTED],
                            two.size[i] - two.y[WANTED]);
        two.low[i] = two.y[LEFT], two.high[i] = two.y[RIGHT];
        snprintf(two.text[i], sizeof two.text[i],
                 "%s: (%.2f, %.2f), off by %.2f", names[i],
                 (double)two.color[i], (double)two.size[i],
                 (double)two.off[i]);
    }
}

static void two_print(FILE *out)
{
    fprintf(out, "heads\tcolor\tsize\toff by\n");
    for (int i = 0; i < 2; i++)
        fprintf(out, "%s\t%.2f\t%.2f\t%.2f\n", i ? "two" : "one",
                (double)two.color[i], (double)two.size[i],
                (double)two.off[i]);
}
static struct chart two_chart = {
    .control = {
        { SLIDER("first head, weight on the left", &two.first, 0, 1,
                 "%.2f") },
        { SLIDER("second head, weight on the left", &two.second, 0, 1,
                 "%.2f") } },
    .compute = two_compute, .table = two_print,
    .panel = { { .x = "color", .y = "size", .x1 = 10, .y1 = 10,
        .silent = true, .series = {
            { NULL, SERIES_1, MARK_AREA, 2, two.x, .low = two.low,
              .high = two.high },
            { NULL, SERIES_2, MARK_LINE, 2, two.x, two.y, .size = 3 },
            { two.text[0], SERIES_2, MARK_POINTS, 1, &two.color[0],
              &two.size[0], .size = 6 },
            { two.text[1], SERIES_1, MARK_POINTS, 1, &two.color[1],
              &two.size[1], .size = 6 } },
        .handle = { { "left", INK, &two.x[LEFT], &two.y[LEFT] },
                    { "right", INK, &two.x[RIGHT], &two.y[RIGHT] },
                    { "wanted", WARN, &two.x[WANTED], &two.y[WANTED] } } } }
};
CHART(two)
/* figure heads */
enum { SHOWN = 100 };
EMBED(shown_images,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 78400));
EMBED(shown_labels, EMBED_PART("data/digits/t10k-labels-idx1-ubyte", 8, 100));
static const struct digits shown_digits = {
    SHOWN, (uint8_t *)shown_images, (uint8_t *)shown_labels };

static struct {
    struct model *model;
    struct pen pen;
    float x[DIGIT_PIXELS], mean[HEADS * MAP];
    float p[DIGIT_KINDS], all[DIGIT_KINDS]; /* with these heads, with all */
    uint32_t digit;
    int patch, what, click;
    bool on[HEADS];
} look = { .digit = 3, .patch = 9 };

static void look_next(void)
{
    int32_t target;
    look.digit = (look.digit + 1) % SHOWN;
    digits_batch(look.x, &target, &shown_digits, &look.digit, 1, NULL);
}
static void look_start(void);

static void look_compute(void)
{
    if (!look.model)
        look_start();
    weights_embedded(look.model->tape, trained_weights);
    tape_reset(look.model->tape);
    softmax(look.all, model_forward(look.model, look.x, 1)->data,
            DIGIT_KINDS);
    for (size_t h = 0; h < HEADS; h++)
        if (!look.on[h])
            ablate(look.model, h, SILENT);
    softmax(look.p, model_forward(look.model, look.x, 1)->data, DIGIT_KINDS);
}

static void look_start(void)
{
    static struct learned net;   /* as long as the program */
    net = learner_trained(&reader), look.model = net.model;
    for (size_t h = 0; h < HEADS; h++)
        look.on[h] = true;
    mean_maps(look.mean, look.model, &shown_digits, SHOWN);
    look_next();
}
static void look_digit(struct frame *f, struct rect r)
{
    r = image_area(r, 1, 1);
    struct widget w = widget(f, r, look.click ? CURSOR_GRAB : CURSOR_HAND);
    if (look.click
        && pen_draw(&look.pen, f, w, r, look.x, DIGIT_SIDE, 1.8f))
        chart_touch(f);
    w.held = w.held && !look.click;
    patch_pick(f, w, r, &look.patch);
    image_gray(f, r, look.x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
    draw_frame(f, r, 0, 1, paint(f, GRID));
    draw_frame(f, patch_of(r, look.patch), 0, 2.5f, paint(f, WARN));
    focus_ring(f, w, r, 2);
    char value[32];
    snprintf(value, sizeof value, "row %d, column %d",
             look.patch / 4 + 1, look.patch % 4 + 1);
    say(f, w, "the patch that asks", value);
}
static void look_head(struct frame *f, struct rect r, int h)
{
    const float *weights = (look.what ? look.mean : look.model->weights)
                           + h * MAP + look.patch * DIGIT_PATCHES;
    if (!look.what)
        image_gray(f, r, look.x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
    for (int p = 0; p < DIGIT_PATCHES; p++) {
        struct rect box = patch_of(r, p);
        draw_rect(f, box, fade(paint(f, SERIES_1),
                               .9f * sqrtf(weights[p])));
        draw_frame(f, box, 0, .5f, paint(f, GRID));
        if (hovering(f, box))
            readout(f, "head %d gives this patch %.3f", h + 1,
                    (double)weights[p]);
    }
    draw_frame(f, patch_of(r, look.patch), 0, 2, paint(f, WARN));
    if (!look.on[h])
        draw_rect(f, r, fade(paint(f, PAPER), .75f));
}
static void look_heads(struct frame *f, struct rect r)
{
    int columns = f->narrow ? 3 : HEADS;
    float gap = 12, side = (r.w - gap * (float)(columns - 1))
                           / (float)columns;
    for (int h = 0; h < HEADS; h++) {
        char name[24];
        struct rect box = { r.x + (float)(h % columns) * (side + gap),
                            r.y + (float)(h / columns) * (side + 40), side,
                            side };
        snprintf(name, sizeof name, "head %d", h + 1);
        look_head(f, box, h);
        if (toggle(f, (struct rect){ box.x, box.y + side + 4, side, 26 },
                   name, &look.on[h]))
            chart_touch(f);
    }
}

static void look_clear(void)
{
    memset(look.x, 0, sizeof look.x);
}
static void heads_print(FILE *out)
{
    fprintf(out, "patch");
    for (int h = 0; h < HEADS; h++)
        fprintf(out, "\thead %d", h + 1);
    for (int p = 0; p < DIGIT_PATCHES; p++) {
        fprintf(out, "\n%d", p + 1);
        for (int h = 0; h < HEADS; h++)
            fprintf(out, "\t%.3f", (double)look.model->weights[h * MAP
                        + look.patch * DIGIT_PATCHES + p]);
    }
    fprintf(out, "\n");
}

static const char *const digit_names[] = { "0", "1", "2", "3", "4", "5", "6",
                                           "7", "8", "9" };
static struct chart heads_chart = {
    .control = { { CHOICE(&look.click, "pick a patch", "draw") },
                 { CHOICE(&look.what, "this digit", "mean of 100") },
                 { BUTTON("clear", look_clear) },
                 { BUTTON("next", look_next) } },
    .compute = look_compute, .table = heads_print,
    .panel = {
        { .draw = look_digit, .wide = .5f, .high = 1.3f, .tall = .9f },
        { .names = digit_names, .n_names = DIGIT_KINDS, .y = "probability",
          .x = "digit", .y1 = 1, .tall = .9f, .series = {
              { "all heads", MUTED, MARK_BARS, DIGIT_KINDS, .y = look.all,
                .size = .8f, .alpha = .35f },
              { "these heads", SERIES_1, MARK_BARS, DIGIT_KINDS,
                .y = look.p, .size = .5f } } },
        { .below = true, .draw = look_heads, .tall = 1.5f } }
};
CHART(heads)
/* figure ablation */
static struct {
    int how;
    float rank[HEADS], lost[SEEDS][HEADS], low[HEADS], high[HEADS];
} ablation;
static struct chart ablation_chart;

static void ablation_compute(void)
{
    const char *how = taken_away[ablation.how];
    struct loss book[HEADS];
    float most = 0;
    for (int h = 0; h < HEADS; h++)
        book[h] = (struct loss){ measured("head%d.%s", h + 1, how),
                                 measured("head%d.%s.error", h + 1, how) };
    qsort(book, HEADS, sizeof *book, falling);
    for (int i = 0; i < HEADS; i++) {
        ablation.rank[i] = (float)i + 1;
        for (int seed = 0; seed < SEEDS; seed++)
            ablation.lost[seed][i] = 100 * measured("study.s%d.rank%d.%s",
                                                    seed + 1, i + 1, how);
        ablation.low[i] = 100 * (float)(book[i].lost - 2 * book[i].error);
        ablation.high[i] = 100 * (float)(book[i].lost + 2 * book[i].error);
    }
    for (int seed = 1; seed <= SEEDS; seed++)
        for (int i = 0; i < 2; i++)
            most = fmaxf(most, measured("study.s%d.rank1.%s", seed,
                                        taken_away[i]));
    ablation_chart.panel[0].y1 = 115 * most + 1;
}

static void ablation_print(FILE *out)
{
    fprintf(out, "rank\tmodel\tsilent\teven\n");
    for (int rank = 1; rank <= HEADS; rank++)
        for (int seed = 1; seed <= SEEDS; seed++)
            fprintf(out, "%d\t%d\t%.4f\t%.4f\n", rank, seed,
                    (double)measured("study.s%d.rank%d.silent", seed, rank),
                    (double)measured("study.s%d.rank%d.even", seed, rank));
}
#define OF_SEED(seed, name, marks) { name, SERIES_1 + seed, marks, HEADS, \
    ablation.rank, ablation.lost[seed], .shift = 14 * (seed - 1) }
static struct chart ablation_chart = {
    .control = { { CHOICE(&ablation.how, "silent", "looks at all alike") } },
    .compute = ablation_compute, .table = ablation_print,
    .panel = { { .x = "heads, the most needed first",
        .y = "accuracy lost, percent|lost, %", .x0 = .5f, .x1 = HEADS + .5f,
        .format = "%.2f", .series = {
            { NULL, SERIES_1, MARK_ERRORS, HEADS, ablation.rank,
              ablation.lost[0], ablation.low, ablation.high, .shift = -14 },
            OF_SEED(0, "book's model|book", MARK_POINTS),
            OF_SEED(1, "seed 2", MARK_POINTS),
            OF_SEED(2, "seed 3", MARK_POINTS) } } }
};
CHART(ablation)
/* figure cost */
static struct {
    int what;
    float heads[BENCH_SIZES], width[BENCH_SIZES], exponentials[BENCH_SIZES],
          cost[BENCH_SIZES];
} cost;

static struct chart cost_chart;

static void cost_compute(void)
{
    struct panel *p = cost_chart.panel;
    for (size_t i = 0; i < BENCH_SIZES; i++) {
        float h = (float)bench_heads[i];
        float share = measured("speed.h%zu.both", bench_heads[i]);
        float first = measured("speed.h%zu.both", bench_heads[0]);
        cost.heads[i] = h, cost.width[i] = BENCH_C / h;
        cost.exponentials[i] = h * BENCH_B * BENCH_T * BENCH_T;
        cost.cost[i] = cost.what ? share > 0 ? first / share : NAN : share;
    }
    p->y = cost.what ? "time, that of 2 heads is 1" : "percent of the peak";
    p->y1 = cost.what ? 0 : 100;
    p->series[0].name = cost.what ? "time" : "percent of the peak";
    p->series[3].marks = cost.what ? MARK_Y : MARK_NONE;
}
static struct chart cost_chart = {
    .control = { { CHOICE(&cost.what, "share of the peak", "time") } },
    .compute = cost_compute,
    .panel = { { .x = "heads", .log_x = true, .x0 = 1.8f, .x1 = 110,
        .series = {
            { "", SERIES_1, MARK_LINE | MARK_POINTS, BENCH_SIZES, cost.heads,
              cost.cost, .format = "%.3g" },
            { "width", INK, MARK_NONE, BENCH_SIZES, cost.heads, cost.width },
            { "exponentials", INK, MARK_NONE, BENCH_SIZES, cost.heads,
              cost.exponentials, .format = "%.0f" },
            { NULL, MUTED, MARK_NONE, 1, .y = (float[]){ 1 } } } } }
};
CHART(cost)
/* figure cut */
enum { CUT_ROWS = 8, CUT_WIDTH = 12 };
static const size_t cut_sizes[] = { 1, 2, 3, 4, 6 };
static struct {
    int index;
    float sees[2][CUT_ROWS * CUT_ROWS]; /* right, wrong */
} cut = { .index = 2 };
static void cut_compute(void)
{
    enum { SIZE = CUT_ROWS * CUT_WIDTH };
    struct tape *tape = tape_new();
    struct random random = random_new(12, 0);
    struct tensor *w[4];
    for (int i = 0; i < 4; i++)
        w[i] = tape_parameter(tape, (const char *[]){ "wq", "wk", "wv",
            "wo" }[i], SHAPE(CUT_WIDTH, CUT_WIDTH));
    random_normals(tape->values, tape->size, .25f, &random);
    struct tensor *x = tape_leaf(tape, SHAPE(1 + CUT_ROWS, CUT_ROWS,
                                             CUT_WIDTH));
    for (size_t i = 0; i < SIZE; i++)
        for (size_t j = 0; j <= CUT_ROWS; j++)
            x->data[j * SIZE + i] = j ? x->data[i] : random_normal(&random);
    for (size_t j = 0; j < CUT_ROWS; j++)
        x->data[(j + 1) * SIZE + j * CUT_WIDTH] += 1;
    tape->no_grad = true;
    for (int wrong = 0; wrong < 2; wrong++) {
        const float *y = pieces_multihead(tape, x,
            &(struct multihead_parameters){ .wq = w[0], .wk = w[1],
                .wv = w[2], .wo = w[3], .heads = cut_sizes[cut.index] },
            wrong)->data;
        for (size_t i = 0; i < CUT_ROWS * CUT_ROWS; i++) {
            const float *row = y + i / CUT_ROWS * CUT_WIDTH;
            float other = row[(1 + i % CUT_ROWS) * SIZE];
            cut.sees[wrong][i] = fabsf(*row - other) > 1e-5f;
        }
    }
    tape_free(tape);
}
static void cut_array(struct frame *f, struct rect r, bool wrong)
{
    size_t heads = cut_sizes[cut.index], d = CUT_WIDTH / heads;
    size_t rows = heads * CUT_ROWS;
    float gap = 6, h = (r.h - gap * (float)(heads - 1)) / (float)rows;
    float w = fminf(r.w / (float)d, 18);
    for (size_t i = 0; i < rows * d; i++) {
        size_t head = i / d / CUT_ROWS, row = i / d % CUT_ROWS;
        size_t from = wrong ? i / CUT_WIDTH : row;
        struct rect cell = { r.x + (float)(i % d) * w,
            r.y + (float)(i / d) * h + gap * (float)head, w - 1, h - 1 };
        draw_rect(f, cell, map_sequential(((float)from + .5f) / CUT_ROWS));
    }
}
static void cut_rightly(struct frame *f, struct rect r)
{
    cut_array(f, r, false);
}

static void cut_wrongly(struct frame *f, struct rect r)
{
    cut_array(f, r, true);
}

static void cut_print(FILE *out)
{
    fprintf(out, "output\tsees, cut\tsees, only called so\n");
    for (int i = 0; i < CUT_ROWS; i++) {
        int seen[2] = { 0, 0 };
        for (int j = 0; j < CUT_ROWS; j++)
            for (int w = 0; w < 2; w++)
                seen[w] += cut.sees[w][i * CUT_ROWS + j] > 0;
        fprintf(out, "%d\t%d rows\t%d rows\n", i + 1, seen[0], seen[1]);
    }
}
#define CUT_MAP(seen) .title = "who sees whom", .map = seen, \
    .rows = CUT_ROWS, .cols = CUT_ROWS, .hi = 1, .format = "%.0f", \
    .x = "row of x", .y = "output", .look = { .no_bar = true }, \
    .beside = true
static struct chart cut_chart = {
    .control = { { CHOICE(&cut.index, "1", "2", "3", "4", "6"),
                   .label = "heads" } },
    .compute = cut_compute, .table = cut_print,
    .panel = { { .title = "cut into heads", .draw = cut_rightly,
                 .wide = .7f },
               { CUT_MAP(cut.sees[0]) },
               { .title = "only called (H, T, d)", .title_ink = WARN,
                 .draw = cut_wrongly, .wide = .7f },
               { CUT_MAP(cut.sees[1]) } }
};
CHART(cut)

static const struct figure figures[] = {
    /* the figures of multihead */
    { "two", 720, 400, 520,
      "A plane of color and size with two things and a wanted point. What one "
      "head can reach is the segment between the things; two heads reach the "
      "whole rectangle around it, where the wanted point is a corner.",
      two_frame, two_table },
    { "heads", 720, 446, 750,
      "A handwritten digit, the ten probabilities that the model gives it, and "
      "five small copies of it, one for each head. In each copy the patches that "
      "the head looks at are blue; not all heads look at the same places.",
      heads_frame, heads_table },
    { "ablation", 720, 360, 400,
      "The accuracy that three models of five heads lose when one head is taken "
      "away, from the most needed head to the least. Each head that is taken "
      "away costs something: the first of a model more than twice as much as "
      "the last, and the last of the book's model hardly more than chance.",
      ablation_frame, ablation_table },
    { "cost", 720, 340, 380,
      "The share of the peak that the layer reaches against its number of "
      "heads, forward and backward. It is highest for a few wide heads and "
      "falls as the heads become many and narrow.",
      cost_frame, cost_table },
    { "cut", 720, 330, 560,
      "Left, an array of eight rows cut into three heads: each head has numbers "
      "of all rows, and each output sees every row. Right, the array only called "
      "so: each head has numbers of three rows, and outputs see only these.",
      cut_frame, cut_table },
    { 0 }
};
FIGURES(figures)
static const struct command_option options[] = {
    { "heads", OPTION_SIZE, &given.heads, "H", "how many heads",
      "1..", .axis = "H" },
    { "causal", OPTION_FLAG, &given.causal, NULL,
      "no row sees a later one; the last row sees all keys" },
    { "bench", OPTION_FLAG, .help =
      "measure the layer against the peak of this machine" },
    { "results", OPTION_FLAG, .help =
      "print the numbers that the chapter quotes" },
    { "study", OPTION_FLAG, .help =
      "train the chapter's models; takes minutes" },
    LEARNER_OPTIONS(reader),
    FIGURE_OPTIONS,
    { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, "data", NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "data steps", NATIVE(run_study), "train all models" },
    { "bench", NULL, NULL, NATIVE(run_bench), "measure the speed" },
    LEARNER_MODES(run_train, ""),
    { "classify", "out", "load", NATIVE(run_classify),
      "classify pictures" },
    { NULL, "heads x wq wk wv wo",
      "context bq bk bv bo causal lengths out weights", NATIVE(run_layer),
      "apply a layer to arrays" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){
        "multihead", "attention with several heads, and a classifier of "
        "digits", "multihead --heads 8 --x x.npy --wq wq.npy --wk wk.npy "
        "--wv wv.npy --wo wo.npy --out o.npy", options, ports, modes },
        argc, argv);
}
