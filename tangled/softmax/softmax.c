/* softmax.c -- generated from chapters/01-softmax.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "softmax/softmax.h"

struct how {
    float temperature;
    bool log, streaming, naive, allow_nan;
};

static void weigh_stream(float *out, const float *x, size_t n, bool log)
{
    struct softmax_stream s = softmax_stream_new();
    for (size_t i = 0; i < n; i++)
        softmax_stream_push(&s, x[i]);
    if (!log) {
        softmax_stream_finish(out, x, s, n);
        return;
    }
    float shift = softmax_shift(s.max);
    float log_sum = s.sum == 0 ? 0 : logf(s.sum);
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] - shift - log_sum;
}

static void weigh(float *out, const float *x, size_t n,
                  const struct how *how)
{
    if (how->temperature != 1) {
        temper(out, x, how->temperature, n);
        x = out;
    }
    if (how->naive)
        softmax_naive(out, x, n);
    else if (how->streaming)
        weigh_stream(out, x, n, how->log);
    else
        (how->log ? log_softmax : softmax)(out, x, n);
}

static void require_scores(const float *x, size_t n, const char *source)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]) || x[i] == INFINITY)
            fail("%s: score %zu of %zu is %s (--allow-nan lets it pass)",
                 source, i + 1, n, isnan(x[i]) ? "nan" : "inf");
}

static float read_score(const char *word, const char *source)
{
    float x;
    if (!parse_float(&x, word))
        fail("%s: '%s' is not a number that a float can hold%s", source,
             word, strchr(word, ',') ? "; put spaces between numbers" : "");
    return x;
}

static size_t read_scores(float **x)
{
    char word[64], source[64];
    size_t n = 0, capacity = 0, length = 0, line = 1;
    for (int c = ' '; c != EOF; line += c == '\n') {
        c = getchar();
        if (c != EOF && !isspace(c)) {
            if (c == 0 || length + 1 == sizeof word)
                fail("standard input:%zu: this is no text with numbers",
                     line);
            word[length++] = (char)c;
            continue;
        }
        if (length == 0)
            continue;
        if (n == capacity) {
            capacity = size_product(capacity + 8, 2);
            *x = realloc(*x, size_product(capacity, sizeof(float)));
            if (!*x)
                fail("standard input: out of memory after %zu scores", n);
        }
        snprintf(source, sizeof source, "standard input:%zu", line);
        word[length] = 0;
        (*x)[n++] = read_score(word, source);
        length = 0;
    }
    if (ferror(stdin))
        fail("standard input: %s", strerror(errno));
    return n;
}

static void print_number(float value)
{
    char text[32] = "nan";
    for (int digits = 6; digits <= 9 && !isnan(value); digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtof(text, NULL) == value)
            break;
    }
    puts(text);
}

static void weigh_words(char **words, size_t n, const struct how *how)
{
    const char *source = n ? "arguments" : "standard input";
    float *x = n ? allocate(n, sizeof(float)) : NULL;
    for (size_t i = 0; i < n; i++)
        x[i] = read_score(words[i], source);
    if (n == 0 && is_terminal(stdin))
        fputs("Type scores; end with Ctrl-D.\n", stderr);
    if (n == 0)
        n = read_scores(&x);
    if (n == 0)
        fail("%s: no scores", source);
    if (!how->allow_nan)
        require_scores(x, n, source);
    weigh(x, x, n, how);
    for (size_t i = 0; i < n; i++)
        print_number(x[i]);
    free(x);
}

static void weigh_rows(float *x, size_t rows, size_t n,
                       const struct how *how)
{
    /* share the rows among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (rows * n > 65536)
    #endif
    for (size_t r = 0; r < rows; r++)
        weigh(x + r * n, x + r * n, n, how);
}
static void copy_rows(float *out, const float *x, size_t rows, size_t n)
{
    enum { SHARES = 64 };
    /* share the rows among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (rows * n > 65536)
    #endif
    for (size_t t = 0; t < SHARES; t++) {
        size_t first = rows * t / SHARES, end = rows * (t + 1) / SHARES;
        memcpy(out + first * n, x + first * n, (end - first) * n * sizeof *x);
    }
}

static void plain_rows(float *out, const float *x, size_t rows, size_t n)
{
    /* share the rows among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(static) if (rows * n > 65536)
    #endif
    for (size_t r = 0; r < rows; r++)
        softmax_plain(out + r * n, x + r * n, n);
}

enum { SIDE = 4096, RUNS = 15, CONTESTANTS = 3 };

struct contestant {
    const char *name;
    void (*work)(float *out, const float *x, size_t rows, size_t n);
    double seconds[RUNS];
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void race(struct contestant *contest, float *out, const float *x)
{
    for (size_t run = 0; run < RUNS; run++)
        for (size_t c = 0; c < CONTESTANTS; c++) {
            double start = seconds_now();
            contest[c].work(out, x, SIDE, SIDE);
            contest[c].seconds[run] = seconds_now() - start;
        }
    for (size_t c = 0; c < CONTESTANTS; c++)
        qsort(contest[c].seconds, RUNS, sizeof(double), by_size);
}

static void run_contest(struct contestant *contest)
{
    struct random random = random_new(1, 1);
    float *x = allocate(SIDE * SIDE, sizeof(float));
    float *out = allocate(SIDE * SIDE, sizeof(float));
    for (size_t i = 0; i < SIDE * SIDE; i++)
        x[i] = 20 * random_uniform(&random) - 10;
    contest[0] = (struct contestant){"copy", copy_rows, {0}};
    contest[1] = (struct contestant){"softmax", softmax_rows, {0}};
    contest[2] = (struct contestant){"plain", plain_rows, {0}};
    race(contest, out, x);
    free(x);
    free(out);
}

static int print_bench(void)
{
    struct contestant contest[CONTESTANTS];
    run_contest(contest);
    puts("          min ms  median ms  median / copy");
    for (size_t c = 0; c < CONTESTANTS; c++) {
        const double *seconds = contest[c].seconds;
        printf("%-8s %7.2f %10.2f %14.2f\n", contest[c].name,
               1e3 * seconds[0], 1e3 * seconds[RUNS / 2],
               seconds[RUNS / 2] / contest[0].seconds[RUNS / 2]);
    }
    return 0;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void measure_exp(double *worst, float *worst_x,
                        uint32_t end, uint32_t sign)
{
    float x[LANES], y[LANES];
    for (uint32_t bits = 0; bits <= end; bits += LANES) {
        for (uint32_t i = 0; i < LANES; i++)
            x[i] = float_of((bits + i) | sign);
        lanes_store(y, lanes_exp(lanes_load(x)));
        for (uint32_t i = 0; i < LANES && bits + i <= end; i++) {
            /* compare y[i] with the exponential of x[i] */
            double want = fabsf(x[i]) < 0x1p-26f ? 1.0 + x[i] : exp(x[i]);
            double ulp = float_of(bits_of((float)want) & 0x7f800000) * 0x1p-23;
            ulp = fmax(ulp, 0x1p-149);
            double error = fabs(y[i] - want) / ulp;
            if (error > *worst) {
                *worst = error;
                *worst_x = x[i];
            }
        }
    }
}

static double stream_error(void)
{
    float x[500], p[500], q[500];
    double worst = 0;
    for (size_t i = 0; i < 500; i++)
        x[i] = 0.001f * (float)i;
    softmax(p, x, 500);
    weigh_stream(q, x, 500, false);
    for (size_t i = 0; i < 500; i++)
        worst = fmax(worst, fabs(q[i] - p[i]) / p[i]);
    return worst;
}

static int print_results(void)
{
    float p[3], hand[3] = {0, logf(2), logf(5)};
    softmax(p, hand, 3);
    printf("softmax.hand.entropy = %.6f\n", entropy(p, 3));
    printf("softmax.hand.places = %.6f\n", expf(entropy(p, 3)));
    double worst = 0;
    float worst_x = 0;
    measure_exp(&worst, &worst_x, bits_of(88.7228317f), 0);
    measure_exp(&worst, &worst_x, bits_of(104), 0x80000000);
    printf("softmax.speed.exp.ulp = %.4f\n", worst);
    printf("softmax.speed.exp.worst = %.9g\n", worst_x);
    printf("softmax.speed.stream.error = %.2g\n", stream_error());
    struct contestant contest[CONTESTANTS];
    run_contest(contest);
    printf("softmax.speed.lanes = %d\n", LANES);
    for (size_t c = 0; c < CONTESTANTS; c++)
        printf("softmax.time.%s = %.3f\n", contest[c].name,
               1e3 * contest[c].seconds[RUNS / 2]);
    return 0;
}
/* the figure weights */
static const float hand_scores[3] = {0, 0.6931472f, 1.6094379f};
static const char *const places[3] = {"first", "second", "third"};
static const enum ink hues[3] = {SERIES_1, SERIES_2, SERIES_3};
static struct {
    float score[3], temperature, weight[3];
    char name[32], note[64];
} hand = {.score = {0, 0.6931472f, 1.6094379f}, .temperature = 1};

static void hand_again(void)
{
    memcpy(hand.score, hand_scores, sizeof hand_scores);
    hand.temperature = 1;
}

static void weights_compute(void)
{
    softmax_temperature(hand.weight, hand.score, hand.temperature, 3);
    float h = entropy(hand.weight, 3);
    snprintf(hand.name, sizeof hand.name, "weight at T = %.2f|weight",
             hand.temperature);
    snprintf(hand.note, sizeof hand.note,
             "entropy %.3f: like %.2f equal places of 3", h, expf(h));
}
static void draw_bars(struct plot *p, const float *values, bool knobs)
{
    struct frame *f = p->frame;
    for (int i = 0; i < 3; i++) {
        float at = (float)i, x = plot_x(p, at), y = plot_y(p, values[i]);
        bool under = (values[i] < 0) != (fabsf(values[i]) > 2.4f);
        struct color c = paint(f, hues[i]);
        plot_bars(p, &at, &values[i], 1, 0.7f, mix(c, paint(f, PAPER), 0.2f));
        draw_text(f, x, y + (under ? 24 : -12), TEXT_SIZE,
                  ALIGN_CENTER | TEXT_BOLD, paint(f, INK),
                  knobs ? "%.2f" : "%.3f", values[i]);
        if (knobs) {
            draw_disc(f, x, y, 7, c);
            draw_ring(f, x, y, 7, 2, paint(f, PAPER));
        }
    }
}

static void scores_over(struct plot *p) { draw_bars(p, hand.score, true); }

static void weights_over(struct plot *p) { draw_bars(p, hand.weight, false); }

static void weights_strip(struct frame *f, struct rect r)
{
    for (int i = 0; i < 3; i++) {
        struct rect share = {r.x, r.y, hand.weight[i] * r.w, fminf(r.h, 30)};
        draw_rect(f, share, paint(f, hues[i]));
        if (share.w > 60)
            draw_text(f, r.x + share.w / 2, r.y + share.h / 2, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD,
                      ink_on(paint(f, hues[i])), "%s", places[i]);
        r.x += share.w;
    }
}

#define PLACES(title, low, high) .y = title, .y0 = low, .y1 = high, \
    .x = "place", .names = places, .n_names = 3, .format = "%.4f"
static struct chart weights_chart = {
    .control = {{SLIDER("temperature T", &hand.temperature, 0.05f, 20,
                        "%.2f"), .log = true},
                {BUTTON("ln 1, ln 2, ln 5", hand_again)}},
    .compute = weights_compute,
    .panel = {
        {PLACES("score: drag", -3, 3), .over = scores_over, .series = {
            {"score", INK, MARK_NONE, 3, .y = hand.score,
             .drag = hand.score}}},
        {PLACES(hand.name, 0, 1.1f), .over = weights_over, .series = {
            {hand.name, INK, MARK_NONE, 3, .y = hand.weight}}},
        {.title = "shares of the whole", .note = hand.note,
         .draw = weights_strip, .below = true, .high = 0.2f, .tall = 0.34f}},
};
CHART(weights)
/* the figure overflow */
enum {SHIFTS = 481};
static struct {
    float added, at[SHIFTS], weight[3][SHIFTS], bad[SHIFTS];
} overflow = {.added = 88};

static void overflow_weigh(float p[3], float added, float x[3],
                           void (*make)(float *, const float *, size_t))
{
    for (int i = 0; i < 3; i++)
        x[i] = hand_scores[i] + added;
    make(p, x, 3);
}

static void overflow_compute(void)
{
    for (int k = 0; k < SHIFTS; k++) {
        float x[3], p[3];
        overflow.at[k] = 0.5f * (float)(k - SHIFTS / 2);
        overflow_weigh(p, overflow.at[k], x, softmax_naive);
        overflow.bad[k] = !(fabsf(p[0] + p[1] + p[2] - 1) < 1e-3f);
        for (int i = 0; i < 3; i++)
            overflow.weight[i][k] = overflow.bad[k] != 0 ? NAN : p[i];
    }
}
static void draw_number(struct frame *f, float x, float y, float value,
                        const char *format)
{
    bool bad = !isfinite(value);
    char text[16] = "NaN";
    if (!isnan(value))
        snprintf(text, sizeof text, format, value);
    if (bad)
        draw_round(f, (struct rect){x - 36, y - 15, 42, 21}, 4,
                   paint(f, WARN));
    draw_text(f, x, y, TEXT_SIZE, ALIGN_RIGHT | (bad ? TEXT_BOLD : 0),
              bad ? ink_on(paint(f, WARN)) : paint(f, INK), "%s", text);
}

static void steps(struct frame *f, struct rect r, bool shifted)
{
    const float ends[3] = {r.w * 0.28f, r.w * 0.62f, r.w - 12};
    const char *const heads[3] = {shifted ? "shifted" : "score", "exp",
                                  "weight"};
    float x[3], p[3];
    overflow_weigh(p, overflow.added, x, shifted ? softmax : softmax_naive);
    draw_round(f, r, 6, paint(f, PANEL));
    for (int i = 0; i < 3; i++) {
        float y = r.y + 44 + 24 * (float)i, s = x[i] - (shifted ? x[2] : 0);
        draw_text(f, r.x + ends[i], r.y + 20, TEXT_SMALL, ALIGN_RIGHT,
                  paint(f, MUTED), "%s", heads[i]);
        draw_disc(f, r.x + 17, y - 5, 5, paint(f, hues[i]));
        draw_number(f, r.x + ends[0], y, s, "%.2f");
        draw_number(f, r.x + ends[1], y, expf(s), "%.3g");
        draw_number(f, r.x + ends[2], y, p[i], "%.4f");
    }
}

static void steps_plain(struct frame *f, struct rect r) { steps(f, r, 0); }

static void steps_shifted(struct frame *f, struct rect r) { steps(f, r, 1); }
static void overflow_print(FILE *out)
{
    float x[3], p[3], q[3];
    fprintf(out, "added\tscore\tweight, formula\tweight, shifted\n");
    for (int c = -120; c <= 120; c += 40) {
        overflow_weigh(p, (float)c, x, softmax_naive);
        overflow_weigh(q, (float)c, x, softmax);
        for (int i = 0; i < 3; i++)
            fprintf(out, "%d\t%.2f\t%.4f\t%.4f\n", c, x[i], p[i], q[i]);
    }
}

#define LINE_OF(name, ink, i) \
    {name, ink, MARK_LINE, SHIFTS, overflow.at, overflow.weight[i]}
static struct chart overflow_chart = {
    .control = {{SLIDER("added to every score", &overflow.added, -120, 120,
                        "%.1f")}},
    .compute = overflow_compute, .table = overflow_print,
    .panel = {
        {.title = "as the formula stands", .draw = steps_plain,
         .high = 0.62f, .tall = 0.62f},
        {.title = "shifted by the largest", .draw = steps_shifted,
         .tall = 0.62f},
        {.x = "added to every score|added", .y = "weight", .y1 = 1,
         .x0 = -120, .x1 = 120, .format = "%.4f", .below = true, .series = {
            LINE_OF("first", SERIES_1, 0), LINE_OF("second", SERIES_2, 1),
            LINE_OF("third", SERIES_3, 2),
            {NULL, WARN, MARK_AREA, SHIFTS, overflow.at, .high = overflow.bad,
             .alpha = 0.18f},
            {NULL, INK, MARK_X, 1, .x = &overflow.added}}}},
};
CHART(overflow)
/* the figure stream */
enum {ARRIVALS = 12};
static struct {
    float seen, score[ARRIVALS];
    float largest[ARRIVALS], old[ARRIVALS], rescaled[ARRIVALS], sum[ARRIVALS];
    size_t now;
    char step[96];
} stream = {.seen = 5, .score = {0.5f, 0, 1, 0.4f, 2.5f, 1.8f, 0.2f, 2, 1,
                                 3.4f, 0.8f, 2.2f}};
static struct chart stream_chart;

static void stream_step(struct softmax_stream was, struct softmax_stream is,
                        float score);

static void stream_compute(void)
{
    struct softmax_stream s = softmax_stream_new(), was = s;
    struct panel *panel = stream_chart.panel;
    stream.now = (size_t)lroundf(stream.seen);
    strcpy(stream.step, "no score yet: s = 0");
    for (size_t t = 0; t < ARRIVALS; t++, was = s) {
        softmax_stream_push(&s, stream.score[t]);
        stream.largest[t] = s.max;
        stream.old[t] = was.sum;
        stream.rescaled[t] = was.sum * expf(was.max - s.max);
        stream.sum[t] = s.sum;
        if (t + 1 == stream.now)
            stream_step(was, s, stream.score[t]);
    }
    panel[1].y1 = fmaxf(4, row_max(stream.sum, ARRIVALS));
    panel[0].series[1].n = stream.now;
    for (int i = 0; i < 3; i++)
        panel[1].series[i].n = stream.now;
}
static void stream_step(struct softmax_stream was, struct softmax_stream is,
                        float score)
{
    const size_t size = sizeof stream.step;
    if (was.sum == 0)
        snprintf(stream.step, size, "the first score: s = 1");
    else if (is.max > was.max)
        snprintf(stream.step, size, "new largest: s = %.2f exp(%.2f - %.2f)"
                 " + 1 = %.2f", was.sum, was.max, is.max, is.sum);
    else
        snprintf(stream.step, size, "s = %.2f + exp(%.2f - %.2f) = %.2f",
                 was.sum, score, is.max, is.sum);
}
static void stream_over(struct plot *p)
{
    for (size_t t = 0; t < stream.now; t++) {
        float x = (float)t, y = plot_y(p, stream.largest[t]);
        draw_line(p->frame, plot_x(p, x - 0.35f), y, plot_x(p, x + 0.35f), y,
                  3, paint(p->frame, INK));
    }
    plot_legend(p, (const char *[]){"largest so far"}, (enum ink[]){INK}, 1);
}

static void stream_print(FILE *out)
{
    fprintf(out, "score\tlargest so far\tsum so far\n");
    for (size_t t = 0; t < ARRIVALS; t++)
        fprintf(out, "%.1f\t%.1f\t%.4f\n", stream.score[t],
                stream.largest[t], stream.sum[t]);
}

#define STREAM_AXIS .x = "arrival", .x0 = -0.6f, .x1 = ARRIVALS - 0.4f, \
    .y1 = 4, .format = "%.2f"
#define STREAM_BARS(name, ink, values) \
    {name, ink, MARK_BARS, ARRIVALS, .y = values}
static struct chart stream_chart = {
    .control = {{SLIDER("scores seen", &stream.seen, 0, ARRIVALS, "%.0f")}},
    .compute = stream_compute, .table = stream_print,
    .panel = {
        {STREAM_AXIS, .y = "score", .over = stream_over, .series = {
            {"score", SERIES_3, MARK_BARS, ARRIVALS, .y = stream.score,
             .drag = stream.score, .alpha = 0.2f},
            STREAM_BARS(NULL, SERIES_3, stream.score),
            {"largest so far", INK, MARK_NONE, ARRIVALS,
             .y = stream.largest}}},
        {STREAM_AXIS, .y = "sum", .title = stream.step, .below = true,
         .high = 1.13f, .tall = 1.3f, .series = {
            STREAM_BARS("old sum", GRID, stream.old),
            STREAM_BARS("with the newcomer", SERIES_2, stream.sum),
            STREAM_BARS("rescaled", SERIES_1, stream.rescaled)}}},
};
CHART(stream)
/* the figure axis */
enum {ASKING = 3, ANSWERING = 5};
static const float asked[ASKING * ANSWERING] = {
    2, 0, 1, -1, 0.5f,   0, 3, 0.2f, 1, -2,   1, 1, 0, 2.5f, 2};
static float axis_weights[2][ASKING * ANSWERING];
/* the softmax of each column */
static void softmax_columns(float *out, const float *x,
                            size_t rows, size_t n)
{
    for (size_t c = 0; c < n; c++) {
        float sum = 0;
        for (size_t r = 0; r < rows; r++)
            sum += out[r * n + c] = expf(x[r * n + c]);
        for (size_t r = 0; r < rows; r++)
            out[r * n + c] /= sum;
    }
}
static void axis_compute(void)
{
    softmax_rows(axis_weights[0], asked, ASKING, ANSWERING);
    softmax_columns(axis_weights[1], asked, ASKING, ANSWERING);
}

static void sums(struct frame *f, struct rect r, int which)
{
    const float *weights = axis_weights[which], high = (r.h - 2) / ASKING;
    heatmap(f, (struct rect){r.x, r.y, r.w - 48, r.h}, weights, ASKING,
            ANSWERING, 0, 1,
            &(struct heatmap){.show_numbers = true, .no_bar = true});
    for (int i = 0; i < ASKING; i++) {
        float sum = 0;
        for (int k = 0; k < ANSWERING; k++)
            sum += weights[i * ANSWERING + k];
        draw_text(f, r.x + r.w, r.y + ((float)i + 0.5f) * high, TEXT_SIZE,
                  ALIGN_RIGHT | ALIGN_MIDDLE | TEXT_BOLD,
                  paint(f, fabsf(sum - 1) > 1e-3f ? WARN : INK), "%.2f", sum);
    }
}

static void sums_left(struct frame *f, struct rect r) { sums(f, r, 0); }

static void sums_right(struct frame *f, struct rect r) { sums(f, r, 1); }
static void axis_print(FILE *out)
{
    fprintf(out, "row\tcolumn\tscore\talong the rows\tdown the columns\n");
    for (int i = 0; i < ASKING * ANSWERING; i++)
        fprintf(out, "%d\t%d\t%.1f\t%.4f\t%.4f\n", i / ANSWERING,
                i % ANSWERING, asked[i], axis_weights[0][i],
                axis_weights[1][i]);
}

#define SUMS .note = "sum", .note_ink = MUTED
static struct chart axis_chart = {
    .compute = axis_compute, .table = axis_print,
    .panel = {{.title = "along the rows", SUMS, .draw = sums_left},
              {.title = "down the columns", SUMS, .draw = sums_right}},
};
CHART(axis)

static const struct figure figures[] = {
{"weights", 700, 420, 620,
 "Left, three bars for the scores ln 1, ln 2 and ln 5. Right, three bars "
 "for their weights 0.125, 0.25 and 0.625. Below, a strip that the weights "
 "share, and the entropy. A slider sets the temperature.",
 weights_frame, weights_table},
{"overflow", 700, 420, 560,
 "A slider adds a constant to three scores. At 88, the table of the formula "
 "as it stands shows inf for the largest exponential and NaN for its weight; "
 "the table of the shifted form shows 0.125, 0.25 and 0.625. A plot of the "
 "formula's weights against the constant is level in the middle and breaks "
 "off at both ends.",
 overflow_frame, overflow_table},
{"stream", 700, 420, 460,
 "Above, twelve bars for scores that arrive one after the other, and a line "
 "for the largest so far, which rises in steps. Below, a bar for the sum "
 "after each score: the old sum, made smaller whenever the largest has "
 "risen, and the newcomer on top of it.",
 stream_frame, stream_table},
{"axis", 700, 260, 440,
 "Two heat maps of weights, three rows by five columns, from the same "
 "scores. On the left every row sums to 1. On the right the columns do, and "
 "the rows sum to anything.",
 axis_frame, axis_table},
{0}
};
FIGURES(figures)
enum { NPY, OUT };
static struct port ports[] = {
    {"npy", "A? B? C? D? E? F? G? n?", "scores, along the last axis",
     PORT_NUMBERS, "any"},
    {"out", "A? B? C? D? E? F? G? n?", "their weights", PORT_OUT, "any"},
    {0}
};

static struct how how = {.temperature = 1};

static void how_fits(void)
{
    if (how.naive && (how.log || how.streaming || how.temperature != 1))
        fail("--naive goes with no other option about the weights");
}

static int run_words(void)
{
    size_t n;
    char **words = command_words(&n);
    how_fits();
    weigh_words(words, n, &how);
    return 0;
}

static int run_file(void)
{
    size_t count = ports[NPY].count, n = axis("n");
    float *x = allocate(count, sizeof *x);
    how_fits();
    memcpy(x, port_floats(NPY), count * sizeof *x);
    if (!how.allow_nan)
        require_scores(x, count, ports[NPY].path);
    weigh_rows(x, count / n, n, &how);
    port_give_floats(OUT, x);
    free(x);
    return 0;
}

#define WEIGHTS "temperature log streaming naive allow-nan"

static const struct command_option options[] = {
    {"temperature", OPTION_FLOAT, &how.temperature, "T", "soft or hard",
     "0<.."},
    {"log", OPTION_FLAG, &how.log, NULL, "print logarithms"},
    {"streaming", OPTION_FLAG, &how.streaming, NULL, "one at a time"},
    {"naive", OPTION_FLAG, &how.naive, NULL, "without the shift"},
    {"allow-nan", OPTION_FLAG, &how.allow_nan, NULL, "let NaN pass"},
    {"bench", OPTION_FLAG, .help = "measure the speed"},
    {"results", OPTION_FLAG, .help = "print the book's numbers"},
    FIGURE_OPTIONS,
    {0}
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    {"results", NULL, NULL, print_results, "print the book's numbers"},
    {"bench", NULL, NULL, print_bench, "measure the speed"},
    {"npy", "out", WEIGHTS, run_file, "weigh the rows of an array"},
    {NULL, NULL, WEIGHTS, run_words, "weigh scores, also from a pipe",
     "SCORE..."},
    {0}
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){
        "softmax", "turns scores into weights that sum to one",
        "softmax --temperature 0.5 1 2 3", options, ports, modes
    }, argc, argv);
}
