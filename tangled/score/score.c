/* score.c -- generated from chapters/03-score.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "score/score.h"

/* names of the kinds */
static const char *const kind_names[SCORE_KINDS] = {
    "additive", "dot", "general", "concat", "scaled"
};
/* the experiments of the chapter */

struct spread { double variance, entropy, largest, slope; };

static double sum_of_squares(const float *x, size_t n)
{
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += (double)x[j] * (double)x[j];
    return sum;
}

static float largest_of(const float *x, size_t n)
{
    float largest = x[0];
    for (size_t j = 1; j < n; j++)
        largest = fmaxf(largest, x[j]);
    return largest;
}

static void spread_add(struct spread *mean, float *scores, size_t m,
                       double share)
{
    double squares = sum_of_squares(scores, m);
    softmax(scores, scores, m);
    mean->variance += share * squares / (double)m;
    mean->entropy += share * (double)entropy(scores, m);
    mean->largest += share * (double)largest_of(scores, m);
    mean->slope += share * (1 - sum_of_squares(scores, m));
}
static struct spread spread_measure(enum score_kind kind, size_t d, size_t m,
                                    size_t queries, struct random *random)
{
    struct spread mean = { 0 };
    float *q = allocate(d, sizeof *q), *scores = allocate(m, sizeof *scores);
    float *k = allocate(size_product(m, d), sizeof *k);
    struct score x = { .kind = kind, .n = 1, .m = m, .dq = d, .dk = d,
                       .q = q, .k = k };
    for (size_t i = 0; i < queries; i++) {
        random_normals(q, d, 1, random);
        random_normals(k, m * d, 1, random);
        score_forward(scores, &x);
        spread_add(&mean, scores, m, 1. / (double)queries);
    }
    free(q), free(k), free(scores);
    return mean;
}

/* learning to look */
enum { LOOKERS = 64, PLACES = 16, DEPTH = 64 };

struct lookers {
    float q[LOOKERS * DEPTH], k[PLACES * DEPTH], weights[LOOKERS * PLACES];
    float dq[LOOKERS * DEPTH], dk[PLACES * DEPTH];
    float dscores[LOOKERS * PLACES];
};

static void lookers_step(struct lookers *l, enum score_kind kind, float rate)
{
    struct score x = { .kind = kind, .n = LOOKERS, .m = PLACES, .dq = DEPTH,
                       .dk = DEPTH, .q = l->q, .k = l->k };
    score_forward(l->weights, &x);
    softmax_rows(l->weights, l->weights, LOOKERS, PLACES);
    float dweights[LOOKERS * PLACES];
    for (size_t i = 0; i < LOOKERS * PLACES; i++)
        dweights[i] = l->weights[i] - (i % PLACES == i / PLACES % PLACES);
    memset(l->dscores, 0, sizeof l->dscores);
    softmax_rows_backward(l->dscores, dweights, l->weights, LOOKERS, PLACES);
    memset(l->dq, 0, sizeof l->dq);
    memset(l->dk, 0, sizeof l->dk);
    score_backward(&(struct score){ .q = l->dq, .k = l->dk }, l->dscores, &x);
    for (size_t i = 0; i < LOOKERS * DEPTH; i++)
        l->q[i] -= rate * l->dq[i];
}
static void lookers_start(struct lookers *l, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    random_normals(l->k, PLACES * DEPTH, 1, &random);
    random_normals(l->q, LOOKERS * DEPTH, 1, &random);
}

static float lookers_mean(const struct lookers *l)
{
    float sum = 0;
    for (size_t i = 0; i < LOOKERS; i++)
        sum += l->weights[i * PLACES + i % PLACES];
    return sum / LOOKERS;
}
/* the digit */
enum { SIDE = 28, PATCH = 7, ACROSS = 4, PATCHES = 16, PIXELS = 49,
       PLACE = 10, FEATURES = PIXELS + PLACE, LENGTH = 10 };

#ifdef __wasm__
#define DIGIT_SECTION ".section .rodata.digit_five,\"\",@\n"
#else
#define DIGIT_SECTION ".section .rodata.digit_five,\"a\",%progbits\n"
#endif
__asm__(DIGIT_SECTION ".globl digit_five\n" "digit_five:\n"
    ".incbin \"data/digits/t10k-images-idx3-ubyte\", 16 + 165 * 784, 784\n"
    ".size digit_five, 784\n" ".text\n");
extern const unsigned char digit_five[SIDE * SIDE];
static void digit_patches(float *x /* (PATCHES, FEATURES) */, float scale)
{
    for (size_t p = 0; p < PATCHES; p++) {
        float *row = x + p * FEATURES;
        /* copy the pixels of patch p */
        const unsigned char *corner =
            digit_five + p / ACROSS * PATCH * SIDE + p % ACROSS * PATCH;
        for (size_t i = 0; i < PIXELS; i++)
            row[i] = scale * (float)corner[i / PATCH * SIDE + i % PATCH];
        /* append the place of patch p */
        for (size_t f = 0; f < PLACE / 2; f++) {
            float angle = (float)p / powf(10000, 2.f * (float)f / PLACE);
            row[PIXELS + 2 * f] = sinf(angle);
            row[PIXELS + 2 * f + 1] = cosf(angle);
        }
    }
}
static void digit_matrix(float *w, struct random *random)
{
    const float bound = 1 / sqrtf(FEATURES);
    for (size_t i = 0; i < FEATURES * LENGTH; i++)
        w[i] = bound * (2 * random_uniform(random) - 1);
}

static void digit_scores(float *scores /* (PATCHES, PATCHES) */,
                         float pixel_scale, enum score_kind kind)
{
    float x[PATCHES * FEATURES], q[PATCHES * LENGTH], k[PATCHES * LENGTH];
    struct score score = { .kind = kind, .n = PATCHES, .m = PATCHES,
                           .dq = LENGTH, .dk = LENGTH, .q = q, .k = k };
    digit_patches(x, pixel_scale);
    /* project the patches to queries and keys */
    struct random random = random_new(1, 0);
    float w[FEATURES * LENGTH];
    digit_matrix(w, &random);
    average_forward(q, x, w, PATCHES, FEATURES, LENGTH);
    digit_matrix(w, &random);
    average_forward(k, x, w, PATCHES, FEATURES, LENGTH);
    score_forward(scores, &score);
}

static void digit_weights(float *weights, float pixel_scale,
                          enum score_kind kind)
{
    digit_scores(weights, pixel_scale, kind);
    softmax_rows(weights, weights, PATCHES, PATCHES);
}
enum { BENCH = 256, BENCH_D = 64, BENCH_ARRAY = BENCH * BENCH_D,
       BENCH_RUNS = 7 };

static double multiplications(enum score_kind kind, double n, double m,
                              double d, double a)
{
    switch (kind) {
    case SCORE_DOT:     return n * m * d;
    case SCORE_SCALED:  return n * m * (d + 1);
    case SCORE_GENERAL: return n * d * d + n * m * d;
    default:            return (n + m) * d * a + n * m * a;
    }
}

static double seconds_of(struct score *x, float *scores)
{
    double best = INFINITY;
    for (int run = 0; run < BENCH_RUNS; run++) {
        double start = seconds_now();
        score_forward(scores, x);
        best = fmin(best, seconds_now() - start);
    }
    return best;
}

static struct score bench_score(enum score_kind kind, float *block)
{
    return (struct score){
        .kind = kind, .n = BENCH, .m = BENCH,
        .dq = BENCH_D, .dk = BENCH_D, .a = BENCH_D,
        .q = block, .k = block + BENCH_ARRAY, .w = block + 2 * BENCH_ARRAY,
        .wq = block + 3 * BENCH_ARRAY, .wk = block + 4 * BENCH_ARRAY,
        .va = block + 5 * BENCH_ARRAY, .qa = block + 6 * BENCH_ARRAY,
        .ka = block + 7 * BENCH_ARRAY, .t = block + 8 * BENCH_ARRAY,
    };
}

static void print_cost(enum score_kind kind, float *block, float *scores)
{
    const double pairs = BENCH * BENCH;
    struct score x = bench_score(kind, block);
    double count = multiplications(kind, BENCH, BENCH, BENCH_D, BENCH_D);
    printf("score.operations.%s = %.2f\nscore.time.%s = %.2f\n",
           kind_names[kind], count / pairs,
           kind_names[kind], 1e9 * seconds_of(&x, scores) / pairs);
}

static double seconds_of_tanh(float *out, const float *x, bool library)
{
    double best = INFINITY;
    for (int run = 0; run < BENCH_RUNS; run++) {
        double start = seconds_now();
        for (size_t i = 0; library && i < BENCH_ARRAY; i++)
            out[i] = tanhf(x[i]);
        for (size_t i = 0; !library && i < BENCH_ARRAY; i += BENCH_D)
            row_tanh(out + i, x + i, BENCH_D);
        best = fmin(best, seconds_now() - start);
    }
    return 1e9 * best / BENCH_ARRAY;
}

static void print_tanh(float *out, const float *x)
{
    printf("score.time.tanhf = %.3f\nscore.time.tanh = %.3f\n",
           seconds_of_tanh(out, x, true), seconds_of_tanh(out, x, false));
}

static int print_bench(void)
{
    float *block = allocate(9 * BENCH_ARRAY, sizeof *block);
    float *scores = allocate(BENCH * BENCH, sizeof *scores);
    struct random random = random_new(9, 0);
    random_normals(block, 6 * BENCH_ARRAY, 1, &random);
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++)
        print_cost(kind, block, scores);
    print_tanh(block + BENCH_ARRAY, block);
    free(block), free(scores);
    return 0;
}

enum { KEYS = 64, QUERIES = 1000, STEPS = 400 };

static void print_spread(enum score_kind kind, size_t d)
{
    struct random random = random_new(1, 0);
    struct spread s = spread_measure(kind, d, KEYS, QUERIES, &random);
    const char *name = kind_names[kind];
    printf("score.d%zu.%s.variance = %.5g\n", d, name, s.variance);
    printf("score.d%zu.%s.entropy = %.5g\n", d, name, s.entropy);
    printf("score.d%zu.%s.largest = %.5g\n", d, name, s.largest);
    printf("score.d%zu.%s.slope = %.5g\n", d, name, s.slope);
}

static void print_digit(const char *name, float scale, enum score_kind kind)
{
    float x[PATCHES * PATCHES], saturated = 0;
    digit_scores(x, scale, kind);
    float most = largest_of(x, PATCHES * PATCHES);
    softmax_rows(x, x, PATCHES, PATCHES);
    for (size_t p = 0; p < PATCHES; p++)
        saturated += largest_of(x + p * PATCHES, PATCHES) > .999f;
    printf("score.digit.%s.largest.score = %.5g\n", name, (double)most);
    printf("score.digit.%s.saturated = %g\n", name, (double)saturated);
    printf("score.digit.%s.corner = %.7g\n", name,
           (double)largest_of(x, PATCHES));
}

static void print_stuck(enum score_kind kind)
{
    static struct lookers lookers;
    lookers_start(&lookers, 5);
    for (size_t step = 0; step < STEPS; step++)
        lookers_step(&lookers, kind, .25f);
    printf("score.stuck.%s.mean = %.1f\n", kind_names[kind],
           (double)lookers_mean(&lookers));
}

static int print_results(void)
{
    printf("score.spread.keys = %d\nscore.spread.queries = %d\n"
           "score.stuck.steps = %d\n", KEYS, QUERIES, STEPS);
    for (size_t d = 1; d <= 1024; d *= 4)
        print_spread(SCORE_DOT, d), print_spread(SCORE_SCALED, d);
    print_digit("raw", 1, SCORE_DOT);
    print_digit("root", 1, SCORE_SCALED);
    print_digit("scaled", 1 / 255.f, SCORE_SCALED);
    print_stuck(SCORE_DOT);
    print_stuck(SCORE_SCALED);
    return print_bench();
}
enum { KINDS_N = 6, KINDS_M = 8, KINDS_A = 16, KINDS_D = 64, KINDS = 4 };

static struct {
    float length;
    bool tanh;
    uint64_t seed;
    char notes[KINDS][16];
    float weights[KINDS][KINDS_N * KINDS_M];
} kinds = { .length = 16, .tanh = true, .seed = 5 };

static struct chart kinds_chart;

static void random_rows(float *x, size_t rows, size_t n, float size,
                        uint64_t seed, uint64_t stream)
{
    for (size_t i = 0; i < rows; i++) {
        struct random random = random_new(seed, stream + i);
        random_normals(x + i * n, n, size, &random);
    }
}

static void kinds_compute(void)
{
    static float q[KINDS_N * KINDS_D], k[KINDS_M * KINDS_D], va[KINDS_A];
    static float w[KINDS_D * KINDS_D], wq[KINDS_D * KINDS_A];
    static float wk[KINDS_D * KINDS_A], t[KINDS_A];
    static float qa[KINDS_N * KINDS_D], ka[KINDS_M * KINDS_D];
    size_t d = (size_t)kinds.length;
    const float narrow = 1 / sqrtf((float)d);
    random_rows(q, KINDS_N, d, 1, kinds.seed, 0);
    random_rows(k, KINDS_M, d, 1, kinds.seed, 100);
    random_rows(w, d, d, narrow, kinds.seed, 200);
    random_rows(wq, d, KINDS_A, narrow, kinds.seed, 300);
    random_rows(wk, d, KINDS_A, narrow, kinds.seed, 400);
    random_rows(va, 1, KINDS_A, 1 / sqrtf(KINDS_A), kinds.seed, 500);
    for (int i = 0; i < KINDS; i++) {
        static const enum score_kind shown[KINDS] = {
            SCORE_DOT, SCORE_SCALED, SCORE_GENERAL, SCORE_ADDITIVE
        };
        struct score x = {
            .kind = shown[i], .linear = !kinds.tanh,
            .n = KINDS_N, .m = KINDS_M, .dq = d, .dk = d, .a = KINDS_A,
            .q = q, .k = k, .w = w, .wq = wq, .wk = wk, .va = va,
            .qa = qa, .ka = ka, .t = t,
        };
        score_forward(kinds.weights[i], &x);
        softmax_rows(kinds.weights[i], kinds.weights[i], KINDS_N, KINDS_M);
    }
    kinds_chart.panel[3].title = kinds.tanh ? "additive"
                                            : "additive, no tanh";
}

static void kinds_again(void) { kinds.seed++; }

static void kinds_pick(size_t cell)
{
    for (int i = 0; i < KINDS; i++) {
        snprintf(kinds.notes[i], sizeof *kinds.notes, "%.3f",
                 (double)kinds.weights[i][cell]);
        kinds_chart.panel[i].note = kinds.notes[i];
    }
}

#define KINDS_MAP(i, name) .title = name, .map = kinds.weights[i], \
    .rows = KINDS_N, .cols = KINDS_M, .hi = 1, .look = { .no_bar = true, \
    .show_numbers = true }, .format = "%.2f", .pick = kinds_pick, \
    .note_ink = MUTED
static struct chart kinds_chart = {
    .control = { { SLIDER("length of the vectors", &kinds.length, 1, KINDS_D,
                          "%.0f"), .step = 1, .log = true },
                 { TOGGLE("tanh", &kinds.tanh) },
                 { BUTTON("draw again", kinds_again) } },
    .compute = kinds_compute,
    .panel = { { KINDS_MAP(0, "dot"), .note = "rows: queries" },
               { KINDS_MAP(1, "scaled"), .note = "columns: keys",
                 .beside = true },
               { KINDS_MAP(2, "general"), .below = true },
               { KINDS_MAP(3, "additive"), .beside = true } },
};
CHART(kinds)

enum { LENGTHS = 10, LONGEST = 512, MANY = 4096 };

static struct {
    float length;                  /* at the slider */
    int quantity, many;            /* many: 0 for 64 keys, 1 for 4096 */
    int queries, measured;         /* so far, and for which many */
    struct spread sum[2][LENGTHS];
} variance = { .length = 64, .many = 1, .measured = -1 };

static size_t variance_keys(void)
{
    return variance.many ? MANY : KEYS;
}

static void variance_query(int i, struct random *random)
{
    static float dot[MANY], scaled[MANY], q[LONGEST];
    size_t d = (size_t)1 << i, m = variance_keys();
    random_normals(q, d, 1, random);
    random_normals(dot, m, 1, random);
    /* give dot and scaled their size */
    float length = (float)sqrt(sum_of_squares(q, d));
    for (size_t j = 0; j < m; j++) {
        dot[j] *= length;
        scaled[j] = dot[j] / sqrtf((float)d);
    }
    spread_add(&variance.sum[0][i], dot, m, 1);
    spread_add(&variance.sum[1][i], scaled, m, 1);
}

static void variance_more(void)
{
    const int more = variance.many ? 16 : 128;
    if (variance.measured != variance.many) {
        memset(variance.sum, 0, sizeof variance.sum);
        variance.queries = 0;
    }
    /* add more queries at each length */
    for (int i = 0; i < LENGTHS; i++) {
        struct random random = random_new((uint64_t)variance.queries,
                                          (uint64_t)i);
        for (int query = 0; query < more; query++)
            variance_query(i, &random);
    }
    variance.queries += more;
    variance.measured = variance.many;
}

static const char *const quantities[] = {
    "entropy", "largest weight", "slope"
};
static float variance_x[LENGTHS], variance_y[2][LENGTHS];
static float variance_weights[2][KEYS];
static struct chart variance_chart;

static void variance_weigh(void)
{
    static float q[LONGEST], k[KEYS * LONGEST];
    size_t d = (size_t)variance.length;
    random_rows(q, 1, d, 1, (uint64_t)variance.queries, 1000);
    random_rows(k, KEYS, d, 1, (uint64_t)variance.queries, 1001);
    for (int scaled = 0; scaled < 2; scaled++)
        score_forward(variance_weights[scaled], &(struct score){
            .kind = scaled ? SCORE_SCALED : SCORE_DOT, .n = 1, .m = KEYS,
            .dq = d, .dk = d, .q = q, .k = k });
    softmax_rows(*variance_weights, *variance_weights, 2, KEYS);
    struct panel *bars = &variance_chart.panel[1];
    bars[0].y1 = bars[1].y1 = 1.1f * largest_of(*variance_weights, 2 * KEYS);
}

static void variance_compute(void)
{
    if (variance.measured != variance.many)
        variance_more();
    for (int i = 0; i < 2 * LENGTHS; i++) {
        const struct spread *s = &variance.sum[i / LENGTHS][i % LENGTHS];
        const double sums[] = { s->entropy, s->largest, s->slope };
        variance_x[i % LENGTHS] = (float)(1 << i % LENGTHS);
        variance_y[i / LENGTHS][i % LENGTHS] =
            (float)(sums[variance.quantity] / variance.queries);
    }
    struct panel *p = variance_chart.panel;
    p->y = quantities[variance.quantity];
    p->y1 = variance.quantity ? 1 : 1.05f * logf((float)variance_keys());
    variance_weigh();
}

enum { DASHES = 1200 };

static void variance_dashes(struct plot *p, int scaled)
{
    float xs[DASHES], ys[DASHES], all = logf((float)variance_keys());
    float length = 0, last_x = 0, last_y = 0;
    for (int i = 0; i < DASHES; i++) {
        xs[i] = powf(LONGEST, (float)i / (DASHES - 1));
        ys[i] = all - (scaled ? 1 : xs[i]) / 2;
        /* make a gap where a dash has ended */
        float x = plot_x(p, xs[i]), y = plot_y(p, ys[i]);
        length += i ? hypotf(x - last_x, y - last_y) : 0;
        last_x = x, last_y = y;
        if (fmodf(length, 11) > 7 || ys[i] < 0)
            ys[i] = NAN;
    }
    plot_line(p, xs, ys, DASHES,
              paint(p->frame, scaled ? SERIES_1 : SERIES_2), 1.5f);
}

static void variance_theory(struct plot *p)
{
    if (variance.quantity == 0)
        variance_dashes(p, 0), variance_dashes(p, 1);
}

#define VARIANCE(scaled, kind, color, with) .name = kind, .ink = color, \
    .marks = with, .n = LENGTHS, .x = variance_x, .y = variance_y[scaled]
#define VARIANCE_BARS(scaled, color) .x = "key", .y1 = 1, .series = { \
    { NULL, color, MARK_BARS, KEYS, .y = variance_weights[scaled] } }
static struct chart variance_chart = {
    .control = { { SLIDER("length d", &variance.length, 1, LONGEST, "%.0f"),
                   .step = 1, .log = true },
                 { CHOICE(&variance.quantity, "entropy", "largest weight",
                          "slope") },
                 { CHOICE(&variance.many, "64 keys", "4096") },
                 { BUTTON("more", variance_more) } },
    .compute = variance_compute,
    .panel = {
        { .x = "length d of the vectors", .x0 = 1, .x1 = LONGEST, .y1 = 1,
          .log_x = true, .format = "%.3f", .over = variance_theory,
          .high = 1.4f, .series = {
              { VARIANCE(0, "dot", SERIES_2, MARK_POINTS) },
              { VARIANCE(1, "scaled", SERIES_1, MARK_POINTS) },
              { VARIANCE(0, NULL, SERIES_2, MARK_LINE), .alpha = .35f },
              { VARIANCE(1, NULL, SERIES_1, MARK_LINE), .alpha = .35f },
              { NULL, MUTED, MARK_X, 1, .x = &variance.length } } },
        { VARIANCE_BARS(0, SERIES_2), .y = "weight, dot", .below = true },
        { VARIANCE_BARS(1, SERIES_1), .y = "weight, scaled" } },
};
CHART(variance)

static struct {
    int patch, pixels, root;
    float weights[PATCHES * PATCHES];
    const float *now;
    char title[48], note[48];
} digit;

static struct rect patch_box(struct rect r, int p)
{
    float cell = r.w / ACROSS;
    return (struct rect){ r.x + (float)(p % ACROSS) * cell,
                          r.y + (float)(p / ACROSS) * cell, cell, cell };
}

static void patch_draw(struct frame *f, struct rect box, float weight);

static void digit_picture(struct frame *f, struct rect r)
{
    r.w = r.h = fminf(r.w, r.h);
    const int was = digit.patch;
    struct widget w = widget(f, r, CURSOR_HAND);
    /* choose the patch by pointer or arrow keys */
    for (int p = 0; w.hot && p < PATCHES; p++) {
        struct rect box = patch_box(r, p);
        float x = f->pointer.x - box.x, y = f->pointer.y - box.y;
        if (x >= 0 && x < box.w && y >= 0 && y < box.h)
            digit.patch = p;
    }
    if (w.focused)
        digit.patch += arrow_x(f) + ACROSS * arrow_y(f);
    digit.patch = (digit.patch + PATCHES) % PATCHES;
    if (digit.patch != was)
        chart_touch(f);
    image_bytes(f, r, digit_five, SIDE, SIDE);
    for (int p = 0; p < PATCHES; p++)
        patch_draw(f, patch_box(r, p), digit.now[p]);
    draw_frame(f, patch_box(r, digit.patch), 0, 2.5f, paint(f, WARN));
    focus_ring(f, w, r, 2);
}

static void patch_draw(struct frame *f, struct rect box, float weight)
{
    float x = box.x + box.w, y = box.y + box.h;
    draw_rect(f, box, fade(paint(f, SERIES_1), .85f * sqrtf(weight)));
    draw_frame(f, box, 0, .5f, paint(f, GRID));
    draw_round(f, (struct rect){ x - 41, y - 20, 38, 17 }, 4,
               fade(paint(f, PAPER), .8f));
    draw_text(f, x - 5, y - 7, TEXT_SMALL, ALIGN_RIGHT, paint(f, INK),
              "%.3f", (double)weight);
}

static struct chart digit_chart;

static void digit_compute(void)
{
    digit_weights(digit.weights, digit.pixels ? 1 / 255.f : 1,
                  digit.root ? SCORE_SCALED : SCORE_DOT);
    digit.now = digit.weights + digit.patch * PATCHES;
    snprintf(digit.title, sizeof digit.title, "largest weight %.5f",
             (double)largest_of(digit.now, PATCHES));
    snprintf(digit.note, sizeof digit.note, "entropy %.3f of %.3f",
             (double)entropy(digit.now, PATCHES), log(PATCHES));
    digit_chart.panel[1].series[0].y = digit.now;
}

static struct chart digit_chart = {
    .control = { { CHOICE(&digit.pixels, "pixels 0 to 255", "0 to 1") },
                 { CHOICE(&digit.root, "no root", "divided by \u221ad") } },
    .compute = digit_compute,
    .panel = {
        { .draw = digit_picture, .wide = 1.45f, .tall = 1.1f },
        { .title = digit.title, .note = digit.note, .note_ink = MUTED,
          .x = "patch", .y = "weight", .y1 = 1, .format = "%.6f", .series = {
              { "weight", SERIES_1, MARK_BARS, PATCHES } } } },
};
CHART(digit)

static struct {
    float rate, done;
    float mean[2][STEPS + 1];
} stuck = { .rate = .25f };

static void stuck_learn(int scaled)
{
    static struct lookers lookers;
    lookers_start(&lookers, 5);
    for (int step = 0; step <= STEPS; step++) {
        lookers_step(&lookers, scaled ? SCORE_SCALED : SCORE_DOT, stuck.rate);
        stuck.mean[scaled][step] = lookers_mean(&lookers);
    }
    stuck.done = stuck.rate;
}

static void stuck_compute(void)
{
    if (stuck.rate != stuck.done)
        stuck_learn(0), stuck_learn(1);
}

static struct chart stuck_chart = {
    .control = { { SLIDER("learning rate", &stuck.rate, .02f, 40, "%.2f"),
                   .log = true } },
    .compute = stuck_compute,
    .panel = { { .x = "step", .y = "mean weight on the right key|"
                 "weight on the right key", .y1 = 1, .format = "%.4f",
                 .series = {
        { "dot", SERIES_2, MARK_LINE, STEPS + 1, .y = stuck.mean[0],
          .size = 2.5f },
        { "scaled", SERIES_1, MARK_LINE, STEPS + 1, .y = stuck.mean[1],
          .size = 2.5f } } } },
};
CHART(stuck)

static const struct figure figures[] = {
    { "kinds", 720, 480, 560,
      "Four heat maps of attention weights for the same six queries and "
      "eight keys: dot, scaled, general and additive. Dot and general put "
      "nearly all weight of a row on one key, scaled spreads it, additive is "
      "almost even.",
      kinds_frame, kinds_table },
    { "variance", 720, 440, 770,
      "Entropy of the weights on 4096 keys against the length of the "
      "vectors. For the plain dot product it falls from 7.8 to almost zero, "
      "at first on a dashed theoretical line; for the scaled one it stays "
      "near 7.8.",
      variance_frame, variance_table },
    { "digit", 720, 440, 740,
      "A handwritten five divided into 16 patches. A blank corner patch "
      "asks, and nearly all of its weight lies on one other patch.",
      digit_frame, digit_table },
    { "stuck", 720, 360, 380,
      "The mean weight on the right key over 400 steps of learning. With "
      "the square root it rises toward one; without it, it stays below one "
      "half.",
      stuck_frame, stuck_table },
    { 0 }
};
FIGURES(figures)
enum { Q, K, V, WQ, WK, VA, W, SCORES, WEIGHTS, OUT };
static struct port ports[] = {
    { "q", "n dq", "queries" }, { "k", "m dk", "keys" },
    { "v", "m c", "values" }, { "wq", "dq a", "of additive" },
    { "wk", "dk a", "of additive" }, { "va", "a", "of additive, concat" },
    { "w", "rows columns", "of general (dq, dk), of concat (dq+dk, a)" },
    { "scores", "n m", "before the softmax", PORT_OUT },
    { "weights", "n m", "after it", PORT_OUT },
    { "out", "n c", "averages of the values", PORT_OUT },
    { 0 }
};

static struct { enum score_kind kind; bool linear; } given = {
    .kind = SCORE_SCALED
};
#ifndef __wasm__
static struct score score_given(void)
{
    if (given.kind == SCORE_DOT || given.kind == SCORE_SCALED)
        ports[Q].axes = "n dk";
    ports[W].axes = given.kind == SCORE_GENERAL ? "dq dk" : "dq+dk a";
    ports_fit();
    struct score x = { .kind = given.kind, .linear = given.linear,
        .n = axis("n"), .m = axis("m"), .dq = ports[Q].shape[1],
        .dk = axis("dk"), .a = port_given(VA) ? axis("a") : 0,
        .q = (float *)port_floats(Q), .k = (float *)port_floats(K),
        .w = (float *)port_floats(W), .wq = (float *)port_floats(WQ),
        .wk = (float *)port_floats(WK), .va = (float *)port_floats(VA) };
    /* provide qa, ka and t */
    size_t width = given.kind == SCORE_GENERAL ? x.dk : x.a;
    x.qa = allocate(size_product(x.n, width), sizeof(float));
    x.ka = allocate(size_product(x.m, x.a), sizeof(float));
    x.t = allocate(x.a, sizeof(float));
    return x;
}

static int run_score(void)
{
    struct score x = score_given();
    const size_t count = size_product(x.n, x.m);
    float *scores = allocate(count, sizeof *scores);
    score_forward(scores, &x);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(scores[i]))
            port_refuse(Q, "query %zu and key %zu have a score that is too "
                        "large for a float", i / x.m, i % x.m);
    port_give_floats(SCORES, scores);
    softmax_rows(scores, scores, x.n, x.m);
    port_give_floats(WEIGHTS, scores);
    if (port_given(OUT)) {
        float *out = allocate(size_product(x.n, axis("c")), sizeof *out);
        average_forward(out, scores, port_floats(V), x.n, x.m, axis("c"));
        port_give_floats(OUT, out);
        free(out);
    }
    free(scores), free(x.qa), free(x.ka), free(x.t);
    return 0;
}
#endif
static const struct command_option options[] = {
    { "kind", OPTION_CHOICE, &given.kind,
      "additive|dot|general|concat|scaled", "how to score" },
    { "linear", OPTION_FLAG, &given.linear, .help = "leave out the tanh" },
    { "results", OPTION_FLAG, .help =
      "print the numbers that the chapter quotes" },
    { "bench", OPTION_FLAG, .help =
      "count and time all kinds on this machine" },
    FIGURE_OPTIONS,
    { 0 }
};

#define SCORE_TAKES "kind v scores weights out"
static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, print_results, "print the book's numbers" },
    { "bench", NULL, NULL, print_bench, "count and time all kinds" },
    { "kind=additive", "q k wq wk va", SCORE_TAKES " linear",
      NATIVE(run_score), "a small network" },
    { "kind=concat", "q k w va", SCORE_TAKES " linear", NATIVE(run_score),
      "the same with one matrix" },
    { "kind=general", "q k w", SCORE_TAKES, NATIVE(run_score),
      "a matrix between query and key" },
    { NULL, "q k", SCORE_TAKES, NATIVE(run_score),
      "dot products, scaled or not" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "score",
        "attention scores, weights and averages of queries and keys",
        "score --kind scaled --q q.npy --k k.npy --v v.npy --out c.npy",
        options, ports, modes }, argc, argv);
}

