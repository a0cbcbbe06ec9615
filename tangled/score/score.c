/* score.c -- generated from chapters/03-score.nw. Do not edit. */
#include "kit/figure.h"
#include "kit/npy.h"
#include "score/score.h"

/* names of the kinds */
static const char *const kind_names[SCORE_KINDS] = {
    "additive", "dot", "general", "concat", "scaled"
};
/* the experiments of the chapter */
/* normal numbers for an array */
static void random_normals(float *x, size_t n, struct random *random)
{
    for (size_t i = 0; i < n; i++)
        x[i] = random_normal(random);
}

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
        random_normals(q, d, random);
        random_normals(k, m * d, random);
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
    random_normals(l->k, PLACES * DEPTH, &random);
    random_normals(l->q, LOOKERS * DEPTH, &random);
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

static void print_bench(void)
{
    float *block = allocate(9 * BENCH_ARRAY, sizeof *block);
    float *scores = allocate(BENCH * BENCH, sizeof *scores);
    struct random random = random_new(9, 0);
    random_normals(block, 6 * BENCH_ARRAY, &random);
    for (enum score_kind kind = 0; kind < SCORE_KINDS; kind++)
        print_cost(kind, block, scores);
    print_tanh(block + BENCH_ARRAY, block);
    free(block), free(scores);
}

enum { KEYS = 64, QUERIES = 1000, STEPS = 200 };

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
        lookers_step(&lookers, kind, .64f);
    printf("score.stuck.%s.mean = %.1f\n", kind_names[kind],
           (double)lookers_mean(&lookers));
}

static void print_results(void)
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
}
enum { KINDS_N = 6, KINDS_M = 8, KINDS_A = 16, KINDS_D = 64, KINDS = 4 };

static struct {
    float length;
    bool tanh;
    uint64_t seed;
    float weights[KINDS][KINDS_N * KINDS_M];
} kinds = { .length = 16, .tanh = true, .seed = 5 };

static void random_rows(float *x, size_t rows, size_t n, float size,
                        uint64_t seed, uint64_t stream)
{
    for (size_t i = 0; i < rows; i++) {
        struct random random = random_new(seed, stream + i);
        for (size_t l = 0; l < n; l++)
            x[i * n + l] = size * random_normal(&random);
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

static struct rect kinds_controls(struct frame *f, struct rect r)
{
    float w = f->narrow ? r.w : 250, below = f->narrow ? 94 : 60;
    struct rect t = { f->narrow ? r.x : r.x + w + 30,
                      f->narrow ? r.y + 50 : r.y + 6, 80, 30 };
    slider_log(f, (struct rect){ r.x, r.y, w, 44 }, "length of the vectors",
               &kinds.length, 1, KINDS_D, "%.0f");
    kinds.length = roundf(kinds.length);
    toggle(f, t, "tanh", &kinds.tanh);
    if (button(f, (struct rect){ t.x + 110, t.y, 120, 30 }, "draw again"))
        kinds.seed++;
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}

static void kinds_read_out(struct frame *f, float x, float y, int cell)
{
    if (cell < 0) {
        draw_text(f, x, y, TEXT_SMALL, ALIGN_LEFT, paint(f, MUTED),
                  "rows are queries, columns are keys");
        return;
    }
    draw_text(f, x, y, TEXT_SMALL, ALIGN_LEFT, paint(f, INK),
              f->narrow ? "query %d, key %d: %.2f, %.2f, %.2f, %.2f"
                        : "query %d, key %d: dot %.3f, scaled %.3f, "
                          "general %.3f, additive %.3f",
              cell / KINDS_M, cell % KINDS_M, (double)kinds.weights[0][cell],
              (double)kinds.weights[1][cell], (double)kinds.weights[2][cell],
              (double)kinds.weights[3][cell]);
}

static bool kinds_frame(struct frame *f)
{
    int cell = -1;
    struct rect r = kinds_controls(f, frame_inside(f));
    float gap = 18, w = (r.w - gap) / 2, h = (r.h - gap - 24) / 2;
    kinds_compute();
    for (int i = 0; i < KINDS; i++) {
        float x = (float)(i % 2) * (w + gap), y = (float)(i / 2) * (h + gap);
        struct rect map = { r.x + x, r.y + y, w, h };
        int hovered = kinds_map(f, map, i);
        cell = hovered >= 0 ? hovered : cell;
    }
    kinds_read_out(f, r.x, r.y + r.h, cell);
    return false;
}

static void kinds_table(FILE *out)
{
    kinds_compute();
    fprintf(out, "query\tkey\tdot\tscaled\tgeneral\tadditive\n");
    for (int c = 0; c < KINDS_N * KINDS_M; c++) {
        fprintf(out, "%d\t%d", c / KINDS_M, c % KINDS_M);
        for (int i = 0; i < KINDS; i++)
            fprintf(out, "\t%.4f", (double)kinds.weights[i][c]);
        fprintf(out, "\n");
    }
}

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
    random_normals(q, d, random);
    random_normals(dot, m, random);
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

static float variance_value(int scaled, int i)
{
    const struct spread *s = &variance.sum[scaled][i];
    double sum = variance.quantity == 0 ? s->entropy
               : variance.quantity == 1 ? s->largest : s->slope;
    return (float)(sum / variance.queries);
}

static void variance_dots(struct plot *p, int scaled)
{
    float xs[LENGTHS], ys[LENGTHS];
    struct color c = paint(p->frame, scaled ? SERIES_1 : SERIES_2);
    for (int i = 0; i < LENGTHS; i++) {
        xs[i] = (float)(1 << i);
        ys[i] = variance_value(scaled, i);
    }
    plot_line(p, xs, ys, LENGTHS, fade(c, .35f), 1.5f);
    plot_points(p, xs, ys, LENGTHS, c, 4);
}

enum { DASHES = 1200 };

static void variance_theory(struct plot *p, int scaled)
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

static const char *const quantities[] = {
    "entropy", "largest weight", "slope"
};

static void variance_plot(struct frame *f, struct rect r)
{
    float top = 1.05f * logf((float)variance_keys());
    top = variance.quantity ? 1 : top;
    struct plot p = plot_new(f, r, 1, LONGEST, 0, top);
    plot_axes_log(&p, "length d of the vectors",
                  quantities[variance.quantity], true, false);
    plot_vline(&p, variance.length, paint(f, MUTED));
    /* plot both kinds, and the formula under the entropy */
    for (int scaled = 0; scaled < 2; scaled++) {
        if (variance.quantity == 0)
            variance_theory(&p, scaled);
        variance_dots(&p, scaled);
    }
    plot_legend(&p, (const char *const[]){ "dot", "scaled" },
                (const enum ink[]){ SERIES_2, SERIES_1 }, 2);
}

static void variance_row(struct frame *f, struct rect r, int scaled,
                         const float *weights, float most)
{
    struct plot p = plot_new(f, r, -1, KEYS, 0, most);
    plot_axes(&p, "key", scaled ? "weight, scaled" : "weight, dot");
    plot_bars(&p, NULL, weights, KEYS, .7f,
              paint(f, scaled ? SERIES_1 : SERIES_2));
}

static void variance_rows(struct frame *f, struct rect r)
{
    static float weights[2 * KEYS];
    /* weigh the keys of one query in both ways */
    static float q[LONGEST], k[KEYS * LONGEST];
    size_t d = (size_t)variance.length;
    random_rows(q, 1, d, 1, (uint64_t)variance.queries, 1000);
    random_rows(k, KEYS, d, 1, (uint64_t)variance.queries, 1001);
    for (int scaled = 0; scaled < 2; scaled++)
        score_forward(weights + scaled * KEYS, &(struct score){
            .kind = scaled ? SCORE_SCALED : SCORE_DOT, .n = 1, .m = KEYS,
            .dq = d, .dk = d, .q = q, .k = k });
    softmax_rows(weights, weights, 2, KEYS);
    float most = 1.1f * largest_of(weights, 2 * KEYS);
    r.h = r.h / 2 - 6;
    variance_row(f, r, 0, weights, most);
    r.y += r.h + 6;
    variance_row(f, r, 1, weights + KEYS, most);
}

static struct rect variance_controls(struct frame *f, struct rect r)
{
    /* rectangles for the controls */
    struct rect s = { r.x, r.y, r.w - 498, 44 };
    struct rect c = { s.x + s.w + 12, r.y + 6, 272, 30 };
    struct rect m = { c.x + c.w + 12, r.y + 6, 124, 30 };
    const float below = f->narrow ? 138 : 60;
    if (f->narrow) {
        s.w = c.w = r.w, c.x = m.x = r.x;
        c.y = r.y + 50, m.y = r.y + 88;
    }
    struct rect b = { m.x + m.w + 12, m.y, 66, 30 };
    slider_log(f, s, "length d", &variance.length, 1, LONGEST, "%.0f");
    variance.length = roundf(variance.length);
    choice(f, c, quantities, 3, &variance.quantity);
    choice(f, m, (const char *const[]){ "64 keys", "4096" }, 2,
           &variance.many);
    if (button(f, b, "more") || variance.measured != variance.many)
        variance_more();
    r.y += below, r.h -= below;
    return r;
}

static bool variance_frame(struct frame *f)
{
    struct rect r = variance_controls(f, frame_inside(f));
    struct rect left = r, right = r;
    left.w = .58f * r.w;
    right.x += left.w + 16, right.w -= left.w + 16;
    /* put one above the other on a narrow page */
    if (f->narrow) {
        left = right = r;
        left.h = .5f * r.h, right.y += .52f * r.h, right.h = .48f * r.h;
    }
    variance_plot(f, left);
    variance_rows(f, right);
    return false;
}

static void variance_table(FILE *out)
{
    if (variance.measured != variance.many)
        variance_more();
    fprintf(out, "d\tentropy, dot\tscaled\n");
    for (int i = 0; i < LENGTHS; i++)
        fprintf(out, "%d\t%.3f\t%.3f\n", 1 << i,
                (double)variance_value(0, i), (double)variance_value(1, i));
}

static struct { int patch, pixels, root; } digit;

static const float *digit_now(void)
{
    static float weights[PATCHES * PATCHES];
    digit_weights(weights, digit.pixels ? 1 / 255.f : 1,
                  digit.root ? SCORE_SCALED : SCORE_DOT);
    return weights + digit.patch * PATCHES;
}

static struct rect patch_box(struct rect r, int p)
{
    float cell = r.w / ACROSS;
    return (struct rect){ r.x + (float)(p % ACROSS) * cell,
                          r.y + (float)(p / ACROSS) * cell, cell, cell };
}

static void patch_draw(struct frame *f, struct rect box, float weight);

static void digit_picture(struct frame *f, struct rect r)
{
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
    image_bytes(f, r, digit_five, SIDE, SIDE);
    for (int p = 0; p < PATCHES; p++)
        patch_draw(f, patch_box(r, p), digit_now()[p]);
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

static void digit_bars(struct frame *f, struct rect r)
{
    const float *weights = digit_now();
    draw_text(f, r.x, r.y + 12, TEXT_SIZE, ALIGN_LEFT, paint(f, INK),
              "largest weight %.5f", (double)largest_of(weights, PATCHES));
    draw_text(f, r.x, r.y + 32, TEXT_SIZE, ALIGN_LEFT, paint(f, MUTED),
              "entropy %.3f of %.3f", (double)entropy(weights, PATCHES),
              log(PATCHES));
    struct plot p = plot_new(f, (struct rect){ r.x, r.y + 44, r.w, r.h - 44 },
                             -.6f, PATCHES - .4f, 0, 1);
    plot_axes(&p, "patch", "weight");
    plot_bars(&p, NULL, weights, PATCHES, .7f, paint(f, SERIES_1));
}

static struct rect digit_controls(struct frame *f, struct rect r)
{
    static const char *const pixels[] = { "pixels 0 to 255", "0 to 1" };
    static const char *const root[] = { "no root", "divided by \u221ad" };
    float w = f->narrow ? r.w : 240, below = f->narrow ? 84 : 46;
    struct rect first = { r.x, r.y, w, 30 }, second = first;
    second.x += f->narrow ? 0 : w + 20;
    second.y += f->narrow ? 38 : 0;
    choice(f, first, pixels, 2, &digit.pixels);
    choice(f, second, root, 2, &digit.root);
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}

static bool digit_frame(struct frame *f)
{
    struct rect r = digit_controls(f, frame_inside(f)), bars = r;
    float side = fminf(r.w, r.h);
    bars.x += side + 28, bars.w -= side + 28;
    if (f->narrow)
        bars = (struct rect){ r.x, r.y + side + 16, r.w, r.h - side - 16 };
    digit_picture(f, (struct rect){ r.x, r.y, side, side });
    digit_bars(f, bars);
    return false;
}

static void digit_table(FILE *out)
{
    fprintf(out, "patch\tweight\n");
    for (int p = 0; p < PATCHES; p++)
        fprintf(out, "%d\t%.6f\n", p, (double)digit_now()[p]);
}

static struct {
    float rate, done;
    float mean[2][STEPS + 1];
} stuck = { .rate = .64f };

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

static void stuck_plot(struct frame *f, struct rect r)
{
    float steps[STEPS + 1];
    for (int step = 0; step <= STEPS; step++)
        steps[step] = (float)step;
    struct plot p = plot_new(f, r, 0, STEPS, 0, 1);
    plot_axes(&p, "step", f->narrow ? "weight on the right key"
                                    : "mean weight on the right key");
    for (int scaled = 0; scaled < 2; scaled++)
        plot_line(&p, steps, stuck.mean[scaled], STEPS + 1,
                  paint(f, scaled ? SERIES_1 : SERIES_2), 2.5f);
    plot_legend(&p, (const char *const[]){ "dot", "scaled" },
                (const enum ink[]){ SERIES_2, SERIES_1 }, 2);
}

static bool stuck_frame(struct frame *f)
{
    struct rect r = frame_inside(f);
    slider_log(f, (struct rect){ r.x, r.y, fminf(r.w, 300), 44 },
               "learning rate", &stuck.rate, .02f, 40, "%.2f");
    if (stuck.rate != stuck.done)
        stuck_learn(0), stuck_learn(1);
    r.y += 56, r.h -= 56;
    stuck_plot(f, r);
    return false;
}

static void stuck_table(FILE *out)
{
    stuck_learn(0), stuck_learn(1);
    fprintf(out, "step\tdot\tscaled\n");
    for (int step = 0; step <= STEPS; step += 20)
        fprintf(out, "%d\t%.4f\t%.4f\n", step, (double)stuck.mean[0][step],
                (double)stuck.mean[1][step]);
}

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
      "The mean weight on the right key over 200 steps of learning. With "
      "the square root it rises toward one; without it, it stays below one "
      "half.",
      stuck_frame, stuck_table },
    { 0 }
};
FIGURES(figures)
enum { Q, K, V, WQ, WK, VA, W, ARRAYS };
enum { ANY = 31, ADDITIVE = 1 << SCORE_ADDITIVE, CONCAT = 1 << SCORE_CONCAT,
       GENERAL = 1 << SCORE_GENERAL };

static const struct { const char *option; size_t rank; int kinds; }
    takes[ARRAYS] = {
    [Q] = { "q", 2, ANY }, [K] = { "k", 2, ANY }, [V] = { "v", 2, ANY },
    [WQ] = { "wq", 2, ADDITIVE }, [WK] = { "wk", 2, ADDITIVE },
    [VA] = { "va", 1, ADDITIVE | CONCAT }, [W] = { "w", 2, GENERAL | CONCAT },
};

static struct {
    const char *path[ARRAYS], *weights, *scores, *out;
    enum score_kind kind;
    bool linear, results, bench;
} given = { .kind = SCORE_SCALED };

static struct array arrays[ARRAYS];
static void array_check(int i);

static void array_take(int i)
{
    const char *kind = kind_names[given.kind], *option = takes[i].option;
    bool wanted = takes[i].kinds >> given.kind & 1;
    if (given.path[i] && !wanted)
        fail("--kind %s takes no --%s", kind, option);
    if (!given.path[i] && wanted && i != V)
        fail("--kind %s needs --%s FILE.npy", kind, option);
    if (given.path[i])
        arrays[i] = npy_read(given.path[i]), array_check(i);
}

static void array_check(int i)
{
    const struct array *x = &arrays[i];
    char text[ARRAY_TEXT];
    if (x->rank != takes[i].rank || x->count == 0)
        fail("%s: has the shape %s; --%s wants %s", given.path[i],
             array_text(text, x), takes[i].option,
             takes[i].rank == 1 ? "a list of numbers" : "rows and columns");
    for (size_t l = 0; l < x->count; l++)
        if (!isfinite(x->data[l]))
            fail("%s: element %zu is %g", given.path[i], l,
                 (double)x->data[l]);
}

static void array_fit(int i, size_t axis, const char *why, size_t size)
{
    const char *what = takes[i].rank == 1 ? "elements"
                     : axis ? "columns" : "rows";
    if (given.path[i] && arrays[i].shape[axis] != size)
        fail("%s: has %zu %s, and should have %zu, %s", given.path[i],
             arrays[i].shape[axis], what, size, why);
}

static void arrays_fit(const struct score *x)
{
    if (given.kind == SCORE_DOT || given.kind == SCORE_SCALED)
        array_fit(Q, 1, "as a key has", x->dk);
    array_fit(V, 0, "one for each key", x->m);
    array_fit(WQ, 0, "as a query has columns", x->dq);
    array_fit(WK, 0, "as a key has columns", x->dk);
    array_fit(WQ, 1, "as va has elements", x->a);
    array_fit(WK, 1, "as va has elements", x->a);
    /* fit w, whose shape depends on the kind */
    bool general = given.kind == SCORE_GENERAL;
    array_fit(W, 0, general ? "as a query has columns" : "for query and key",
              general ? x->dq : size_sum(x->dq, x->dk));
    array_fit(W, 1, general ? "as a key has columns" : "as va has elements",
              general ? x->dk : x->a);
}

static struct score read_score(void)
{
    for (int i = 0; i < ARRAYS; i++)
        array_take(i);
    struct score x = { .kind = given.kind, .linear = given.linear };
    /* take sizes and arrays over into x */
    x.n = arrays[Q].shape[0], x.dq = arrays[Q].shape[1];
    x.m = arrays[K].shape[0], x.dk = arrays[K].shape[1];
    x.a = arrays[VA].shape[0];
    x.q = arrays[Q].data, x.k = arrays[K].data, x.w = arrays[W].data;
    x.wq = arrays[WQ].data, x.wk = arrays[WK].data, x.va = arrays[VA].data;
    arrays_fit(&x);
    /* provide qa, ka and t */
    size_t width = given.kind == SCORE_GENERAL ? x.dk : x.a;
    x.qa = allocate(size_product(x.n, width), sizeof(float));
    x.ka = allocate(size_product(x.m, x.a), sizeof(float));
    x.t = allocate(x.a, sizeof(float));
    return x;
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

static struct output *deliver(const char *name, const struct array *array,
                              const char *path, bool print);

static void run_score(void)
{
    if (given.out && !given.path[V])
        fail("--out needs --v FILE.npy");
    bool print = !given.scores && !given.weights && !given.out;
    struct output *files[3] = { NULL };
    struct score x = read_score();
    struct array scores = take_scores(&x);
    files[0] = deliver("scores", &scores, given.scores, print);
    softmax_rows(scores.data, scores.data, x.n, x.m);
    files[1] = deliver("weights", &scores, given.weights, print);
    /* average the values, if there are any */
    size_t c = arrays[V].shape[1];
    struct array out = array_new(2, (size_t[]){ x.n, c });
    if (given.path[V]) {
        average_forward(out.data, scores.data, arrays[V].data, x.n, x.m, c);
        files[2] = deliver("out", &out, given.out, print);
    }
    for (int i = 0; i < 3; i++)
        if (files[i])
            output_commit(files[i]);
    /* release what run_score took */
    array_free(&scores), array_free(&out);
    free(x.qa), free(x.ka), free(x.t);
    for (int i = 0; i < ARRAYS; i++)
        array_free(&arrays[i]);
}

static struct output *deliver(const char *name, const struct array *array,
                              const char *path, bool print)
{
    char text[ARRAY_TEXT];
    if (print)
        printf("%s %s\n", name, array_text(text, array));
    for (size_t i = 0; print && i < array->count; i++)
        printf("%10.4f%s", (double)array->data[i],
               (i + 1) % array->shape[1] ? "" : "\n");
    return path ? npy_open(path, array) : NULL;
}
static const struct command_option options[] = {
    { "kind", OPTION_CHOICE, &given.kind,
      "additive|dot|general|concat|scaled", "how to score" },
    { "q", OPTION_TEXT, &given.path[Q], "Q.npy", "queries (n, dq)" },
    { "k", OPTION_TEXT, &given.path[K], "K.npy", "keys (m, dk)" },
    { "v", OPTION_TEXT, &given.path[V], "V.npy", "values (m, c)" },
    { "wq", OPTION_TEXT, &given.path[WQ], "WQ.npy", "additive (dq, a)" },
    { "wk", OPTION_TEXT, &given.path[WK], "WK.npy", "additive (dk, a)" },
    { "va", OPTION_TEXT, &given.path[VA], "VA.npy", "additive, concat (a)" },
    { "w", OPTION_TEXT, &given.path[W], "W.npy",
      "general (dq, dk), concat (dq + dk, a)" },
    { "linear", OPTION_FLAG, &given.linear, NULL, "leave out the tanh" },
    { "scores", OPTION_TEXT, &given.scores, "S.npy", "write scores (n, m)" },
    { "weights", OPTION_TEXT, &given.weights, "A.npy",
      "write weights (n, m)" },
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
    .usage =
        "score --kind dot|scaled --q Q.npy --k K.npy [--v V.npy] [...]\n"
        "score --kind general --q Q.npy --k K.npy --w W.npy [...]\n"
        "score --kind concat --q Q.npy --k K.npy --w W.npy --va VA.npy "
        "[...]\n"
        "score --kind additive --q Q.npy --k K.npy --wq WQ.npy "
        "--wk WK.npy \\\n"
        "      --va VA.npy [...]",
    .example = "score --kind scaled --q q.npy --k k.npy --v v.npy "
               "--out c.npy",
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
    command_alone("results", NULL);
    command_alone("bench", NULL);
    if (given.results)
        print_results();
    if (given.results || given.bench)
        print_bench();
    else
        run_score();
    return 0;
}

