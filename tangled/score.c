#include "figure.h"
#include "npy.h"
#include "score.h"

static const char *const kind_names[SCORE_KINDS] = {
    "additive", "dot", "general", "concat", "scaled"
};

static void random_normals(float *x, size_t n, struct random *random)
{
    for (size_t i = 0; i < n; i++)
        x[i] = random_normal(random);
}
struct spread { double variance, entropy, largest, slope; };

static void spread_add(struct spread *mean, float *scores, size_t m,
                       double share)
{
    double squares = 0, agreement = 0;
    float largest = 0;
    for (size_t j = 0; j < m; j++)
        squares += (double)scores[j] * scores[j];
    softmax(scores, scores, m);
    for (size_t j = 0; j < m; j++) {
        largest = fmaxf(largest, scores[j]);
        agreement += (double)scores[j] * scores[j];
    }
    mean->variance += share * squares / (double)m;
    mean->entropy += share * (double)entropy(scores, m);
    mean->largest += share * (double)largest;
    mean->slope += share * (1 - agreement);
}

static struct spread spread_measure(enum score_kind kind, size_t d, size_t m,
                                    size_t queries, struct random *random)
{
    struct spread mean = { 0 };
    float *q = allocate(d, sizeof *q), *scores = allocate(m, sizeof *scores);
    float *k = allocate(size_product(m, d), sizeof *k);
    for (size_t i = 0; i < queries; i++) {
        random_normals(q, d, random);
        random_normals(k, m * d, random);
        struct score x = { .kind = kind, .n = 1, .m = m, .dq = d, .dk = d,
                           .q = q, .k = k };
        score_forward(scores, &x);

        spread_add(&mean, scores, m, 1. / (double)queries);
    }
    free(q), free(k), free(scores);
    return mean;
}

static float largest_of(const float *x, size_t n)
{
    float largest = x[0];
    for (size_t j = 1; j < n; j++)
        largest = fmaxf(largest, x[j]);
    return largest;
}
enum { SIDE = 28, PATCH = 7, ACROSS = 4, PATCHES = 16, PIXELS = 49,
       PLACE = 10, FEATURES = PIXELS + PLACE, LENGTH = 10 };
#ifdef __wasm__
#define SECTION ".section .rodata.digit_five,\"\",@\n"
#else
#define SECTION ".section .rodata.digit_five,\"a\",@progbits\n"
#endif
__asm__(SECTION ".globl digit_five\n" "digit_five:\n"
    ".incbin \"data/digits/images-idx3-ubyte\", 16 + 165 * 784, 784\n"
    ".size digit_five, 784\n" ".text\n");
extern const unsigned char digit_five[SIDE * SIDE];
static void digit_patches(float *x /* (PATCHES, FEATURES) */, float scale)
{
    for (size_t p = 0; p < PATCHES; p++) {
        float *row = x + p * FEATURES;
        size_t top = p / ACROSS * PATCH, left = p % ACROSS * PATCH;
        for (size_t i = 0; i < PIXELS; i++)
            row[i] = scale * (float)digit_five[(top + i / PATCH) * SIDE
                                               + left + i % PATCH];
        for (size_t f = 0; f < PLACE / 2; f++) {
            float angle = (float)p / powf(10000, 2.f * (float)f / PLACE);
            row[PIXELS + 2 * f] = sinf(angle);
            row[PIXELS + 2 * f + 1] = cosf(angle);
        }
    }
}

static void digit_scores(float *scores /* (PATCHES, PATCHES) */,
                         float pixel_scale, enum score_kind kind)
{
    float x[PATCHES * FEATURES], wq[FEATURES * LENGTH], wk[FEATURES * LENGTH];
    float q[PATCHES * LENGTH], k[PATCHES * LENGTH];
    struct random random = random_new(1, 0);
    const float bound = 1 / sqrtf(FEATURES);
    for (size_t i = 0; i < FEATURES * LENGTH; i++)
        wq[i] = bound * (2 * random_uniform(&random) - 1);
    for (size_t i = 0; i < FEATURES * LENGTH; i++)
        wk[i] = bound * (2 * random_uniform(&random) - 1);

    digit_patches(x, pixel_scale);
    average_forward(q, x, wq, PATCHES, FEATURES, LENGTH);
    average_forward(k, x, wk, PATCHES, FEATURES, LENGTH);
    score_forward(scores, &(struct score){
        .kind = kind, .n = PATCHES, .m = PATCHES, .dq = LENGTH, .dk = LENGTH,
        .q = q, .k = k });
}

static void digit_weights(float *weights, float pixel_scale,
                          enum score_kind kind)
{
    digit_scores(weights, pixel_scale, kind);
    softmax_rows(weights, weights, PATCHES, PATCHES);
}
enum { LOOKERS = 64, PLACES = 16, DEPTH = 64 };
struct lookers {
    float q[LOOKERS * DEPTH], k[PLACES * DEPTH], weights[LOOKERS * PLACES];
    float dq[LOOKERS * DEPTH], dk[PLACES * DEPTH];
    float dscores[LOOKERS * PLACES];
};

static void lookers_start(struct lookers *l, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    random_normals(l->k, PLACES * DEPTH, &random);
    random_normals(l->q, LOOKERS * DEPTH, &random);
}
static void lookers_step(struct lookers *l, enum score_kind kind, float rate)
{
    struct score x = { .kind = kind, .n = LOOKERS, .m = PLACES, .dq = DEPTH,
                       .dk = DEPTH, .q = l->q, .k = l->k };
    score_forward(l->weights, &x);
    softmax_rows(l->weights, l->weights, LOOKERS, PLACES);
    memset(l->dscores, 0, sizeof l->dscores);
    for (size_t i = 0; i < LOOKERS; i++) {
        float dweights[PLACES], *weights = l->weights + i * PLACES;
        for (size_t j = 0; j < PLACES; j++)
            dweights[j] = weights[j] - (j == i % PLACES);
        softmax_backward(l->dscores + i * PLACES, dweights, weights, PLACES);
    }
    memset(l->dq, 0, sizeof l->dq);
    score_backward(&(struct score){ .q = l->dq, .k = l->dk }, l->dscores, &x);
    for (size_t i = 0; i < LOOKERS * DEPTH; i++)
        l->q[i] -= rate * l->dq[i];
}

static float lookers_mean(const struct lookers *l)
{
    float sum = 0;
    for (size_t i = 0; i < LOOKERS; i++)
        sum += l->weights[i * PLACES + i % PLACES];
    return sum / LOOKERS;
}
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
enum { BENCH = 256, BENCH_D = 64, BENCH_RUNS = 7 };

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
    const size_t array = BENCH * BENCH_D;
    struct random random = random_new(9, 0);
    random_normals(block, 6 * array, &random);
    return (struct score){
        .kind = kind, .n = BENCH, .m = BENCH, .dq = BENCH_D, .dk = BENCH_D,
        .a = BENCH_D, .q = block, .k = block + array,
        .w = block + 2 * array, .wq = block + 3 * array,
        .wk = block + 4 * array, .va = block + 5 * array,
        .qa = block + 6 * array, .ka = block + 7 * array,
        .t = block + 8 * array,
    };
}

static double seconds_of_tanh(float *out, const float *x, bool library)
{
    double best = INFINITY;
    for (int run = 0; run < BENCH_RUNS; run++) {
        double start = seconds_now();
        for (size_t i = 0; library && i < BENCH * BENCH_D; i++)
            out[i] = tanhf(x[i]);
        for (size_t i = 0; !library && i < BENCH; i++)
            row_tanh(out + i * BENCH_D, x + i * BENCH_D, BENCH_D);
        best = fmin(best, seconds_now() - start);
    }
    return best;
}

static void print_tanh(float *block)
{
    const double count = BENCH * BENCH_D;
    float *out = block + BENCH * BENCH_D;
    printf("score.time.tanhf = %.3f\nscore.time.tanh = %.3f\n",
           1e9 * seconds_of_tanh(out, block, true) / count,
           1e9 * seconds_of_tanh(out, block, false) / count);
}

static void print_bench(void)
{
    float *block = allocate(9 * BENCH * BENCH_D, sizeof *block);
    float *scores = allocate(BENCH * BENCH, sizeof *scores);
    const double pairs = BENCH * BENCH;
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++) {
        struct score x = bench_score(kind, block);
        double count = multiplications(kind, BENCH, BENCH, BENCH_D, BENCH_D);
        printf("score.operations.%s = %.2f\n", kind_names[kind],
               count / pairs);
        printf("score.time.%s = %.2f\n", kind_names[kind],
               1e9 * seconds_of(&x, scores) / pairs);
    }
    print_tanh(block);
    free(block), free(scores);
}
enum { KEYS = 64, QUERIES = 1000, STEPS = 200 };
static void print_digit(const char *name, float scale, enum score_kind kind)
{
    float weights[PATCHES * PATCHES], saturated = 0;
    digit_scores(weights, scale, kind);
    printf("score.digit.%s.largest.score = %.5g\n", name,
           (double)largest_of(weights, PATCHES * PATCHES));
    softmax_rows(weights, weights, PATCHES, PATCHES);
    for (size_t p = 0; p < PATCHES; p++)
        saturated += largest_of(weights + p * PATCHES, PATCHES) > .999f;
    printf("score.digit.%s.saturated = %g\n", name, (double)saturated);
    printf("score.digit.%s.corner = %.7g\n", name,
           (double)largest_of(weights, PATCHES));
}
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

static void print_results(void)
{
    printf("score.spread.keys = %d\nscore.spread.queries = %d\n",
           KEYS, QUERIES);
    for (size_t d = 1; d <= 1024; d *= 4) {
        print_spread(SCORE_DOT, d);
        print_spread(SCORE_SCALED, d);
    }
    print_digit("raw", 1, SCORE_DOT);
    print_digit("root", 1, SCORE_SCALED);
    print_digit("scaled", 1 / 255.f, SCORE_SCALED);
    static struct lookers lookers;
    printf("score.stuck.steps = %d\n", STEPS);
    for (int scaled = 0; scaled < 2; scaled++) {
        enum score_kind kind = scaled ? SCORE_SCALED : SCORE_DOT;
        lookers_start(&lookers, 5);
        for (size_t step = 0; step < STEPS; step++)
            lookers_step(&lookers, kind, .64f);
        printf("score.stuck.%s.mean = %.5g\n", kind_names[kind],
               (double)lookers_mean(&lookers));
    }

}

static void random_scaled(float *x, size_t n, float size,
                          struct random *random)
{
    random_normals(x, n, random);
    for (size_t i = 0; i < n; i++)
        x[i] *= size;
}
enum { KINDS_N = 6, KINDS_M = 8, KINDS_A = 16, KINDS_D = 64 };
static struct {
    float length;
    bool tanh;
    uint64_t seed;
    float weights[4][KINDS_N * KINDS_M];
} kinds = { .length = 16, .tanh = true, .seed = 2 };

static const enum score_kind kinds_shown[] = {
    SCORE_DOT, SCORE_SCALED, SCORE_GENERAL, SCORE_ADDITIVE
};
static void kinds_compute(void)
{
    static float q[KINDS_N * KINDS_D], k[KINDS_M * KINDS_D];
    static float w[KINDS_D * KINDS_D], wq[KINDS_D * KINDS_A];
    static float wk[KINDS_D * KINDS_A], va[KINDS_A];
    static float qa[KINDS_N * KINDS_D], ka[KINDS_M * KINDS_D], t[KINDS_A];
    size_t d = (size_t)kinds.length;
    struct random random = random_new(kinds.seed, 0);
    random_scaled(q, KINDS_N * d, 1, &random);
    random_scaled(k, KINDS_M * d, 1, &random);
    random_scaled(w, d * d, 1 / sqrtf((float)d), &random);
    random_scaled(wq, d * KINDS_A, 1 / sqrtf((float)d), &random);
    random_scaled(wk, d * KINDS_A, 1 / sqrtf((float)d), &random);
    random_scaled(va, KINDS_A, 1 / sqrtf(KINDS_A), &random);

    for (int i = 0; i < 4; i++) {
        struct score x = {
            .kind = kinds_shown[i], .linear = !kinds.tanh, .n = KINDS_N,
            .m = KINDS_M, .dq = d, .dk = d, .a = KINDS_A, .q = q, .k = k, .w = w,
            .wq = wq, .wk = wk, .va = va, .qa = qa, .ka = ka, .t = t,
        };
        score_forward(kinds.weights[i], &x);
        softmax_rows(kinds.weights[i], kinds.weights[i], KINDS_N, KINDS_M);

    }
}

static int kinds_map(struct frame *f, struct rect r, int i)
{
    static const char *const titles[] = {
        "dot", "scaled", "general", "additive"
    };
    const struct heatmap options = {
        .title = i == 3 && !kinds.tanh ? "additive, no tanh" : titles[i],
        .no_bar = true, .show_numbers = !f->narrow,
    };
    return heatmap(f, r, kinds.weights[i], KINDS_N, KINDS_M, 0, 1, &options);
}
static float kinds_controls(struct frame *f)
{
    float w = f->narrow ? f->width : 260;
    struct rect s = { 0, 0, w, 44 };
    struct rect t = { f->narrow ? 0 : w + 30, f->narrow ? 50 : 8, 80, 30 };
    struct rect b = { t.x + 110, t.y, 120, 30 };
    slider_log(f, s, "length of the vectors", &kinds.length, 1, KINDS_D,
               "%.0f");
    kinds.length = roundf(kinds.length);
    toggle(f, t, "tanh", &kinds.tanh);
    if (button(f, b, "draw again"))
        kinds.seed++;
    kinds_compute();
    return f->narrow ? 92 : 58;
}
static bool kinds_frame(struct frame *f)
{
    int cell = -1;
    kinds_compute();
    float top = kinds_controls(f), gap = 18, line = 24;
    float w = (f->width - gap) / 2, h = (f->height - top - gap - line) / 2;
    for (int i = 0; i < 4; i++) {
        struct rect r = { i % 2 * (w + gap), top + i / 2 * (h + gap), w, h };
        int hovered = kinds_map(f, r, i);
        cell = hovered >= 0 ? hovered : cell;
    }
    float y = f->height - 6;
    if (cell < 0)
        draw_text(f, 0, y, TEXT_SMALL, ALIGN_LEFT, paint(f, MUTED),
                  f->narrow ? "rows are queries, columns are keys"
                            : "rows are queries, columns are keys; point at a "
                              "cell to compare the four kinds on one pair");
    else
        draw_text(f, 0, y, TEXT_SMALL, ALIGN_LEFT, paint(f, INK),
                  f->narrow ? "query %d, key %d: %.2f, %.2f, %.2f, %.2f"
                            : "query %d, key %d: dot %.3f, scaled %.3f, "
                              "general %.3f, additive %.3f", cell / KINDS_M, cell % KINDS_M,
                  (double)kinds.weights[0][cell], (double)kinds.weights[1][cell],
                  (double)kinds.weights[2][cell], (double)kinds.weights[3][cell]);
    return false;
}
static void kinds_table(FILE *out)
{
    kinds_compute();
    fprintf(out, "query\tkey\tdot\tscaled\tgeneral\tadditive\n");
    for (int c = 0; c < KINDS_N * KINDS_M; c++)
        fprintf(out, "%d\t%d\t%.4f\t%.4f\t%.4f\t%.4f\n", c / KINDS_M,
                c % KINDS_M, (double)kinds.weights[0][c],
                (double)kinds.weights[1][c], (double)kinds.weights[2][c],
                (double)kinds.weights[3][c]);
}
enum { LENGTHS = 10, LONGEST = 512, MANY = 4096 };
static struct {
    float length;
    int quantity, many;            /* many: 0 for 64 keys, 1 for 4096 */
    int measured;                  /* how many keys the sums are for */
    uint64_t batches;
    struct spread sum[2][LENGTHS];
} variance = { .length = 64, .many = 1 };

static size_t variance_keys(void)
{
    return variance.many ? MANY : KEYS;
}
static void variance_query(int i, struct random *random)
{
    static float scores[2][MANY];
    size_t d = (size_t)1 << i, m = variance_keys();
    double square = 0, share = variance.many ? 1 / 16. : 1 / 128.;
    for (size_t l = 0; l < d; l++)
        square += pow((double)random_normal(random), 2);
    for (size_t j = 0; j < m; j++) {
        scores[0][j] = (float)sqrt(square) * random_normal(random);
        scores[1][j] = scores[0][j] / sqrtf((float)d);
    }
    spread_add(&variance.sum[0][i], scores[0], m, share);
    spread_add(&variance.sum[1][i], scores[1], m, share);
}

static void variance_more(void)
{
    int queries = variance.many ? 16 : 128;
    if (variance.measured != variance.many + 1) {
        memset(variance.sum, 0, sizeof variance.sum);
        variance.batches = 0;
    }
    for (int i = 0; i < LENGTHS; i++) {
        struct random random = random_new(variance.batches, (uint64_t)i);
        for (int query = 0; query < queries; query++)
            variance_query(i, &random);
    }
    variance.batches++;
    variance.measured = variance.many + 1;
}
static const char *const quantities[] = {
    "entropy", "largest weight", "slope"
};

static float variance_value(int scaled, int i)
{
    const struct spread *s = &variance.sum[scaled][i];
    double sum = variance.quantity == 0 ? s->entropy
               : variance.quantity == 1 ? s->largest : s->slope;
    return (float)(sum / (double)variance.batches);
}
static void variance_theory(struct plot *p)
{
    enum { DASHES = 160 };
    float xs[DASHES], dot[DASHES], scaled[DASHES];
    float all = logf((float)variance_keys());
    for (int i = 0; i < DASHES; i++) {
        xs[i] = powf(LONGEST, (float)i / (DASHES - 1));
        float line = all - xs[i] / 2;
        dot[i] = i % 4 == 3 || line < 0 ? NAN : line;
        scaled[i] = i % 4 == 3 ? NAN : all - .5f;
    }
    plot_line(p, xs, dot, DASHES, paint(p->frame, SERIES_2), 1.5f);
    plot_line(p, xs, scaled, DASHES, paint(p->frame, SERIES_1), 1.5f);
}
static float variance_controls(struct frame *f)
{
    static const char *const many[] = { "64 keys", "4096" };
    bool narrow = f->narrow;
    struct rect s = { 0, 0, narrow ? f->width : 160, 44 };
    struct rect c = { narrow ? 0 : 176, narrow ? 50 : 8,
                      narrow ? f->width : 260, 30 };
    struct rect m = { narrow ? 0 : 452, narrow ? 88 : 8, 140, 30 };
    struct rect b = { m.x + 156, m.y, 112, 30 };
    slider_log(f, s, "length d", &variance.length, 1, LONGEST, "%.0f");
    variance.length = roundf(variance.length);
    choice(f, c, quantities, 3, &variance.quantity);
    choice(f, m, many, 2, &variance.many);
    if (button(f, b, "more queries"))
        variance_more();
    return narrow ? 136 : 60;
}
static void variance_plot(struct frame *f, struct rect r)
{
    float top = variance.quantity ? 1 : 1.05f * logf((float)variance_keys());
    struct plot p = plot_new(f, r, 1, LONGEST, 0, top);
    plot_axes_log(&p, "length d of the vectors",
                  quantities[variance.quantity], true, false);
    if (variance.quantity == 0)
        variance_theory(&p);
    plot_vline(&p, variance.length, paint(f, MUTED));
    for (int scaled = 0; scaled < 2; scaled++) {
        float xs[LENGTHS], ys[LENGTHS];
        struct color c = paint(f, scaled ? SERIES_1 : SERIES_2);
        for (int i = 0; i < LENGTHS; i++) {
            xs[i] = (float)(1 << i);
            ys[i] = variance_value(scaled, i);
        }
        plot_line(&p, xs, ys, LENGTHS, fade(c, .35f), 1.5f);
        plot_points(&p, xs, ys, LENGTHS, c, 4);
    }
    plot_legend(&p, (const char *const[]){ "dot", "scaled" },
                (const enum ink[]){ SERIES_2, SERIES_1 }, 2);
}

static void variance_row(struct frame *f, struct rect r, int scaled,
                         const float *weights, float most)
{
    float x[KEYS];
    for (size_t j = 0; j < KEYS; j++)
        x[j] = (float)j;
    struct plot p = plot_new(f, r, -1, KEYS, 0, most);
    plot_axes(&p, "key", scaled ? "weight, scaled" : "weight, dot");
    plot_bars(&p, x, weights, KEYS, .7f,
              paint(f, scaled ? SERIES_1 : SERIES_2));
}
static void variance_rows(struct frame *f, struct rect r)
{
    static float q[LONGEST], k[KEYS * LONGEST], weights[2][KEYS];
    size_t d = (size_t)variance.length;
    struct random random = random_new(variance.batches, 99);
    random_normals(q, LONGEST, &random);
    random_normals(k, KEYS * LONGEST, &random);
    for (int scaled = 0; scaled < 2; scaled++) {
        struct score s = { .kind = scaled ? SCORE_SCALED : SCORE_DOT, .n = 1,
                           .m = KEYS, .dq = d, .dk = d, .q = q, .k = k };
        score_forward(weights[scaled], &s);
        softmax(weights[scaled], weights[scaled], KEYS);
    }
    float most = 1.1f * largest_of(weights[0], 2 * KEYS), h = r.h / 2;
    for (int i = 0; i < 2; i++)
        variance_row(f, (struct rect){ r.x, r.y + (float)i * h, r.w, h - 6 },
                     i, weights[i], most);
}

static bool variance_frame(struct frame *f)
{
    float top = variance_controls(f), h = f->height - top;
    if (variance.measured != variance.many + 1)
        variance_more();
    struct rect left = { 0, top, .58f * f->width, h }, right = left;
    right.x = left.w + 16, right.w = f->width - right.x;
    if (f->narrow) {
        left.w = right.w = f->width, right.x = 0;
        left.h = .5f * h, right.y = top + .52f * h, right.h = .48f * h;
    }
    variance_plot(f, left);
    variance_rows(f, right);
    return false;
}
static void variance_table(FILE *out)
{
    if (variance.measured != variance.many + 1)
        variance_more();
    fprintf(out, "d\tentropy, dot\tscaled\tlargest, dot\tscaled\n");
    for (int i = 0; i < LENGTHS; i++) {
        double n = (double)variance.batches;
        const struct spread *a = &variance.sum[0][i], *b = &variance.sum[1][i];
        fprintf(out, "%d\t%.3f\t%.3f\t%.3f\t%.3f\n", 1 << i, a->entropy / n,
                b->entropy / n, a->largest / n, b->largest / n);
    }
}
static struct { int patch, pixels, root; } digit;

static const float *digit_now(void)
{
    static float weights[PATCHES * PATCHES];
    digit_weights(weights, digit.pixels ? 1 / 255.f : 1,
                  digit.root ? SCORE_SCALED : SCORE_DOT);
    return weights + digit.patch * PATCHES;
}
static void digit_picture(struct frame *f, struct rect r)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    float cell = r.w / ACROSS;
    if (w.hot && f->pointer.inside && (f->pointer.down || !f->pointer.touch)) {
        int across = (int)((f->pointer.x - r.x) / cell);
        int down = (int)((f->pointer.y - r.y) / cell);
        if (across >= 0 && across < ACROSS && down >= 0 && down < ACROSS)
            digit.patch = down * ACROSS + across;
    }
    if (w.focused)
        digit.patch = (digit.patch + arrow_x(f) + ACROSS * arrow_y(f) + PATCHES)
                      % PATCHES;

    const float *weights = digit_now();
    image_bytes(f, r, digit_five, SIDE, SIDE);
    for (int p = 0; p < PATCHES; p++) {
        struct rect box = { r.x + (float)(p % ACROSS) * cell,
                            r.y + (float)(p / ACROSS) * cell, cell, cell };
        draw_rect(f, box, fade(paint(f, SERIES_1), .85f * sqrtf(weights[p])));
        draw_frame(f, box, 0, .5f, paint(f, GRID));
        draw_round(f, (struct rect){ box.x + cell - 41, box.y + cell - 20, 38, 17 },
                   4, fade(paint(f, PAPER), .8f));
        draw_text(f, box.x + cell - 5, box.y + cell - 7, TEXT_SMALL, ALIGN_RIGHT,
                  paint(f, INK), "%.3f", (double)weights[p]);

    }
    struct rect asks = { r.x + (float)(digit.patch % ACROSS) * cell,
                         r.y + (float)(digit.patch / ACROSS) * cell, cell, cell };
    draw_frame(f, asks, 0, 2.5f, paint(f, WARN));
    focus_ring(f, w, r, 2);
}

static void digit_bars(struct frame *f, struct rect r)
{
    const float *weights = digit_now();
    float x[PATCHES];
    for (int p = 0; p < PATCHES; p++)
        x[p] = (float)p;
    draw_text(f, r.x, r.y + 12, TEXT_SIZE, ALIGN_LEFT, paint(f, INK),
              "patch %d asks: largest weight %.5f", digit.patch,
              (double)largest_of(weights, PATCHES));
    draw_text(f, r.x, r.y + 32, TEXT_SIZE, ALIGN_LEFT, paint(f, MUTED),
              "it looks at about %.1f patches of 16",
              (double)expf(entropy(weights, PATCHES)));
    struct plot p = plot_new(f, (struct rect){ r.x, r.y + 44, r.w, r.h - 44 },
                             -.6f, PATCHES - .4f, 0, 1);
    plot_axes(&p, "patch", "weight");
    plot_bars(&p, x, weights, PATCHES, .7f, paint(f, SERIES_1));
}
static bool digit_frame(struct frame *f)
{
    static const char *const pixels[] = { "pixels 0 to 255", "0 to 1" };
    static const char *const root[] = { "no root", "divided by \u221ad" };
    float w = f->narrow ? f->width : 240, y = f->narrow ? 38 : 0;
    choice(f, (struct rect){ 0, 0, w, 30 }, pixels, 2, &digit.pixels);
    choice(f, (struct rect){ f->narrow ? 0 : w + 20, y, w, 30 }, root, 2,
           &digit.root);
    float top = y + 46, side = f->narrow ? f->width : f->height - top;
    side = fminf(side, f->height - top);
    digit_picture(f, (struct rect){ 0, top, side, side });
    float x = f->narrow ? 0 : side + 28, below = f->narrow ? side + 16 : 0;
    digit_bars(f, (struct rect){ x, top + below, f->width - x,
                                 f->height - top - below });
    return false;
}
static void digit_table(FILE *out)
{
    const float *weights = digit_now();
    fprintf(out, "patch\tweight\n");
    for (int p = 0; p < PATCHES; p++)
        fprintf(out, "%d\t%.6f\n", p, (double)weights[p]);
}
static struct {
    float rate, done;
    float mean[2][STEPS + 1];
} stuck = { .rate = .64f };

static void stuck_learn(void)
{
    static struct lookers lookers;
    for (int scaled = 0; scaled < 2; scaled++) {
        lookers_start(&lookers, 5);
        for (int step = 0; step <= STEPS; step++) {
            lookers_step(&lookers, scaled ? SCORE_SCALED : SCORE_DOT,
                         stuck.rate);
            stuck.mean[scaled][step] = lookers_mean(&lookers);
        }
    }
    stuck.done = stuck.rate;
}
static bool stuck_frame(struct frame *f)
{
    float x[STEPS + 1];
    slider_log(f, (struct rect){ 0, 0, fminf(f->width, 300), 44 },
               "learning rate", &stuck.rate, .02f, 40, "%.2f");
    if (stuck.rate != stuck.done)
        stuck_learn();
    for (int step = 0; step <= STEPS; step++)
        x[step] = (float)step;
    struct plot p = plot_new(f, (struct rect){ 0, 56, f->width,
                                               f->height - 56 },
                             0, STEPS, 0, 1);
    plot_axes(&p, "step", "mean weight on the right key");
    plot_line(&p, x, stuck.mean[0], STEPS + 1, paint(f, SERIES_2), 2.5f);
    plot_line(&p, x, stuck.mean[1], STEPS + 1, paint(f, SERIES_1), 2.5f);
    plot_legend(&p, (const char *const[]){ "dot", "scaled" },
                (const enum ink[]){ SERIES_2, SERIES_1 }, 2);
    return false;
}

static void stuck_table(FILE *out)
{
    stuck_learn();
    fprintf(out, "step\tdot\tscaled\n");
    for (int step = 0; step <= STEPS; step += 20)
        fprintf(out, "%d\t%.4f\t%.4f\n", step, (double)stuck.mean[0][step],
                (double)stuck.mean[1][step]);
}

static const struct figure figures[] = {
    { "kinds", 720, 470, 560,
      "Four heat maps of attention weights for the same six queries and eight "
      "keys: dot, scaled, general and additive. Dot and general put nearly all "
      "weight of a row on one key, scaled spreads it, additive is almost even.",
      kinds_frame, kinds_table },
    { "variance", 720, 420, 760,
      "Entropy of the weights on 64 keys against the length of the vectors. For "
      "the plain dot product it falls from 3.8 to almost zero, at first along a "
      "dashed theoretical line; for the scaled one it stays near 3.7.",
      variance_frame, variance_table },
    { "digit", 720, 420, 740,
      "A handwritten five divided into 16 patches. A blank corner patch asks, and "
      "nearly all of its weight lies on one other patch.",
      digit_frame, digit_table },
    { "stuck", 720, 340, 360,
      "The mean weight on the right key over 200 steps of learning. With the "
      "square root it rises toward one; without it, it stays below one half.",
      stuck_frame, stuck_table },
    { 0 }
};
FIGURES(figures)

enum { ARRAY_Q, ARRAY_K, ARRAY_V, ARRAY_WQ, ARRAY_WK, ARRAY_VA, ARRAY_W,
       ARRAYS };
enum { ANY = 31, NETWORK = 1 << SCORE_ADDITIVE | 1 << SCORE_CONCAT,
       MATRIX = 1 << SCORE_GENERAL | 1 << SCORE_CONCAT };
static const struct { const char *option; size_t rank; int kinds; }
    takes[ARRAYS] = {
    [ARRAY_Q] = { "q", 2, ANY },
    [ARRAY_K] = { "k", 2, ANY },
    [ARRAY_V] = { "v", 2, ANY },
    [ARRAY_WQ] = { "wq", 2, 1 << SCORE_ADDITIVE },
    [ARRAY_WK] = { "wk", 2, 1 << SCORE_ADDITIVE },
    [ARRAY_VA] = { "va", 1, NETWORK },
    [ARRAY_W] = { "w", 2, MATRIX },
};
static struct {
    const char *path[ARRAYS], *weights, *scores, *out;
    enum score_kind kind;
    bool linear, results, bench;
} given = { .kind = SCORE_SCALED };
static struct array arrays[ARRAYS];
static void array_take(int i)
{
    bool wanted = takes[i].kinds >> given.kind & 1;
    if (given.path[i] && !wanted)
        fail("--kind %s takes no --%s", kind_names[given.kind],
             takes[i].option);
    if (!given.path[i] && wanted && i != ARRAY_V)
        fail("--kind %s needs --%s FILE.npy", kind_names[given.kind],
             takes[i].option);
    if (given.path[i])
        arrays[i] = npy_read(given.path[i]);
}

static void array_check(int i)
{
    const struct array *x = &arrays[i];
    char text[ARRAY_TEXT];
    if (!given.path[i])
        return;
    if (x->rank != takes[i].rank || x->count == 0)
        fail("%s: has the shape %s; --%s wants %s", given.path[i],
             array_text(text, x), takes[i].option,
             takes[i].rank == 1 ? "a list of numbers" : "rows and columns");
    for (size_t l = 0; l < x->count; l++)
        if (!isfinite(x->data[l]))
            fail("%s: element %zu is %g", given.path[i], l,
                 (double)x->data[l]);
}
static void array_fit(int i, size_t axis, const char *what, size_t size)
{
    if (given.path[i] && arrays[i].shape[axis] != size)
        fail("%s: has %zu %s, but %zu are needed (%s)", given.path[i],
             arrays[i].shape[axis],
             takes[i].rank == 1 ? "elements" : axis ? "columns" : "rows",
             size, what);
}

static void arrays_fit(const struct score *x)
{
    size_t d = x->dk, a = x->a;
    if (given.kind == SCORE_DOT || given.kind == SCORE_SCALED)
        array_fit(ARRAY_Q, 1, "as long as a key", d);
    array_fit(ARRAY_V, 0, "one value for each key", x->m);
    array_fit(ARRAY_WQ, 0, "as long as a query", x->dq);
    array_fit(ARRAY_WQ, 1, "as long as va", a);
    array_fit(ARRAY_WK, 0, "as long as a key", d);
    array_fit(ARRAY_WK, 1, "as long as va", a);
    if (given.kind == SCORE_GENERAL) {
        array_fit(ARRAY_W, 0, "as long as a query", x->dq);
        array_fit(ARRAY_W, 1, "as long as a key", d);
    } else {
        array_fit(ARRAY_W, 0, "a query and a key", size_sum(x->dq, d));
        array_fit(ARRAY_W, 1, "as long as va", a);
    }
}

static struct score read_score(void)
{
    for (int i = 0; i < ARRAYS; i++)
        array_take(i), array_check(i);
    struct score x = {
        .kind = given.kind, .linear = given.linear,
        .n = arrays[ARRAY_Q].shape[0], .dq = arrays[ARRAY_Q].shape[1],
        .m = arrays[ARRAY_K].shape[0], .dk = arrays[ARRAY_K].shape[1],
        .a = arrays[ARRAY_VA].shape[0],
        .q = arrays[ARRAY_Q].data, .k = arrays[ARRAY_K].data,
        .w = arrays[ARRAY_W].data, .wq = arrays[ARRAY_WQ].data,
        .wk = arrays[ARRAY_WK].data, .va = arrays[ARRAY_VA].data,
    };
    arrays_fit(&x);
    size_t width = given.kind == SCORE_GENERAL ? x.dk : x.a;
    x.qa = allocate(size_product(x.n, width), sizeof(float));
    x.ka = allocate(size_product(x.m, width), sizeof(float));
    x.t = allocate(x.a, sizeof(float));
    return x;
}

static void print_table(const char *name, const struct array *array)
{
    char text[ARRAY_TEXT];
    printf("%s %s\n", name, array_text(text, array));
    for (size_t i = 0; i < array->count; i++)
        printf("%10.4f%s", (double)array->data[i],
               (i + 1) % array->shape[1] ? "" : "\n");
}
static struct array take_scores(struct score *x)
{
    struct array scores = array_new(2, (size_t[]){ x->n, x->m });
    score_forward(scores.data, x);
    for (size_t i = 0; i < scores.count; i++)
        if (!isfinite(scores.data[i]))
            fail("query %zu and key %zu have a score that is too large for "
                 "a float", i / x->m, i % x->m);
    return scores;
}

static void run_score(void)
{
    if (given.out && !given.path[ARRAY_V])
        fail("--out needs --v FILE.npy: without values there is no average");
    struct score x = read_score();
    bool print = !given.scores && !given.weights && !given.out;
    struct array scores = take_scores(&x);
    if (given.scores)
        npy_write(given.scores, &scores);
    if (print)
        print_table("scores", &scores);
    softmax_rows(scores.data, scores.data, x.n, x.m);
    if (given.weights)
        npy_write(given.weights, &scores);
    if (print)
        print_table("weights", &scores);
    if (given.path[ARRAY_V]) {
        size_t c = arrays[ARRAY_V].shape[1];
        struct array out = array_new(2, (size_t[]){ x.n, c });
        average_forward(out.data, scores.data, arrays[ARRAY_V].data, x.n, x.m, c);
        if (given.out)
            npy_write(given.out, &out);
        if (print)
            print_table("out", &out);
        array_free(&out);
    }

    array_free(&scores);
    free(x.qa), free(x.ka), free(x.t);
    for (int i = 0; i < ARRAYS; i++)
        array_free(&arrays[i]);
}

static const struct command_option options[] = {
    { "kind", OPTION_CHOICE, &given.kind,
      "additive|dot|general|concat|scaled", "how to score" },
    { "q", OPTION_TEXT, &given.path[ARRAY_Q], "Q.npy", "queries (n, dq)" },
    { "k", OPTION_TEXT, &given.path[ARRAY_K], "K.npy", "keys (m, dk)" },
    { "v", OPTION_TEXT, &given.path[ARRAY_V], "V.npy", "values (m, c)" },
    { "wq", OPTION_TEXT, &given.path[ARRAY_WQ], "WQ.npy", "additive (dq, a)" },
    { "wk", OPTION_TEXT, &given.path[ARRAY_WK], "WK.npy", "additive (dk, a)" },
    { "va", OPTION_TEXT, &given.path[ARRAY_VA], "VA.npy",
      "additive and concat (a)" },
    { "w", OPTION_TEXT, &given.path[ARRAY_W], "W.npy",
      "general (dq, dk), concat (dq + dk, a)" },
    { "linear", OPTION_FLAG, &given.linear, NULL, "leave out the tanh" },
    { "scores", OPTION_TEXT, &given.scores, "S.npy", "write scores (n, m)" },
    { "weights", OPTION_TEXT, &given.weights, "A.npy", "write weights (n, m)" },
    { "out", OPTION_TEXT, &given.out, "C.npy",
      "write averages (n, c); without any of the three, print all" },
    { "results", OPTION_FLAG, &given.results, NULL,
      "print the numbers that the chapter quotes" },
    { "bench", OPTION_FLAG, &given.bench, NULL,
      "count and time all kinds on this machine" },
    FIGURE_OPTIONS,
    { 0 }
};

static const struct command command = {
    .name = "score",
    .summary = "attention scores, weights and averages of queries and keys",
    .usage = "score --kind dot|scaled --q Q.npy --k K.npy [--v V.npy]\n"
             "score --kind general --q Q.npy --k K.npy --w W.npy [...]\n"
             "score --kind concat --q Q.npy --k K.npy --w W.npy --va VA.npy "
             "[...]\n"
             "score --kind additive --q Q.npy --k K.npy --wq WQ.npy "
             "--wk WK.npy --va VA.npy [...]",
    .example = "score --kind scaled --q q.npy --k k.npy --v v.npy "
               "--out c.npy --weights w.npy",
    .options = options,
};

int main(int argc, char **argv)
{
    if (argc == 1)
        command_usage(&command);
    if (command_parse(&command, argc, argv) > 0)
        fail("\"%s\" is not an option (try --help)", argv[1]);
    if (figure_requested())
        return figure_run(figures);
    if (given.results)
        print_results();
    if (given.results || given.bench)
        print_bench();
    else
        run_score();
    return 0;
}
