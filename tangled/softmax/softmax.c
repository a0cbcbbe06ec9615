/* softmax.c -- generated from chapters/01-softmax.nw. Do not edit. */
#include "kit/figure.h"
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
static float dragged[3] = {0, 0.6931472f, 1.6094379f}, warmth = 1;
static const char *const places[3] = {"first", "second", "third"};
static const enum ink hues[3] = {SERIES_1, SERIES_2, SERIES_3};
static struct color soft(struct frame *f, enum ink ink)
{
    return mix(paint(f, ink), paint(f, PAPER), 0.2f);
}

static void draw_bar(struct plot *p, int i, float value, const char *format)
{
    struct frame *f = p->frame;
    float x = (float)i, away = value < 0 ? 24 : -12;
    char text[16];
    plot_bars(p, &x, &value, 1, 0.7f, soft(f, hues[i]));
    snprintf(text, sizeof text, format, value);
    draw_text(f, plot_x(p, x), plot_y(p, value) + away, TEXT_SIZE,
              ALIGN_CENTER | TEXT_BOLD, paint(f, INK), "%s", text);
}
static bool weights_frame(struct frame *f)
{
    float p[3];
    /* place the panels for scores and weights */
    float wide = f->narrow ? f->width - 8 : f->width / 2 - 8;
    float high = (f->height - 60 - 96) / (f->narrow ? 2 : 1);
    struct rect left = {8, 60, wide, high}, right = left;
    if (f->narrow)
        right.y += high;
    else
        right.x += wide;
    float reset = 118, space = f->width - reset - 48;
    slider_log(f, (struct rect){16, 8, space, 44}, "temperature T",
               &warmth, 0.05f, 20, "%.2f");
    if (button(f, (struct rect){space + 32, 14, reset, 34},
               "ln 1, ln 2, ln 5")) {
        memcpy(dragged, hand_scores, sizeof dragged);
        warmth = 1;
    }
    /* draw the scores, to be dragged */
    struct plot s = plot_new(f, left, -0.6f, 2.6f, -3, 3);
    float top = plot_y(&s, 2.2f), tall = plot_y(&s, -2.2f) - top;
    plot_axes_names(&s, places, 3, "score: drag");
    for (int i = 0; i < 3; i++) {
        float x = plot_x(&s, (float)i), half = plot_x(&s, 0.35f) - plot_x(&s, 0);
        struct rect column = {x - half, top, 2 * half, tall};
        drag_y(f, i, column, &dragged[i], -2.2f, 2.2f);
        draw_bar(&s, i, dragged[i], "%.2f");
        float y = plot_y(&s, dragged[i]);
        draw_disc(f, x, y, 7, paint(f, hues[i]));
        draw_ring(f, x, y, 7, 2, paint(f, PAPER));
    }
    softmax_temperature(p, dragged, warmth, 3);
    struct plot w = plot_new(f, right, -0.6f, 2.6f, 0, 1.1f);
    plot_axes_names(&w, places, 3, "weight");
    for (int i = 0; i < 3; i++)
        draw_bar(&w, i, p[i], "%.3f");
    /* draw the weights as shares of one strip, and the entropy */
    float x = 16, y = f->height - 84;
    for (int i = 0; i < 3; i++) {
        struct rect share = {x, y, p[i] * (f->width - 32), 30};
        draw_rect(f, share, paint(f, hues[i]));
        /* write the place into its share, if there is room */
        if (share.w > 60)
            draw_text(f, x + share.w / 2, y + 15, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD,
                      ink_on(paint(f, hues[i])), "%s", places[i]);
        x += share.w;
    }
    float h = entropy(p, 3);
    draw_text(f, 16, y + 58, TEXT_SIZE, ALIGN_LEFT, paint(f, INK),
              f->narrow ? "entropy %.3f: %.2f places of 3"
                        : "entropy %.3f: as spread out as %.2f equal places of 3",
              h, expf(h));
    return false;
}
static void weights_table(FILE *out)
{
    float p[3];
    softmax_temperature(p, dragged, warmth, 3);
    fprintf(out, "place\tscore\tweight at T = %g\n", warmth);
    for (int i = 0; i < 3; i++)
        fprintf(out, "%s\t%.4f\t%.4f\n", places[i], dragged[i], p[i]);
}
/* the figure overflow */
static float added = 88;
/* draw one table of the steps of softmax */
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

static void draw_steps(struct frame *f, struct rect r, const char *title,
                       const float *x, float shift,
                       void (*make)(float *, const float *, size_t))
{
    const float ends[3] = {r.w * 0.28f, r.w * 0.62f, r.w - 12};
    float p[3];
    make(p, x, 3);
    /* draw the panel of the table, its title and heads */
    const char *const first = shift == 0 ? "score" : "shifted";
    const char *const heads[3] = {first, "exp", "weight"};
    draw_round(f, r, 6, paint(f, PANEL));
    draw_text(f, r.x + 12, r.y + 22, TEXT_SIZE, ALIGN_LEFT | TEXT_BOLD,
              paint(f, INK), "%s", title);
    for (int i = 0; i < 3; i++)
        draw_text(f, r.x + ends[i], r.y + 46, TEXT_SMALL, ALIGN_RIGHT,
                  paint(f, MUTED), "%s", heads[i]);
    for (int i = 0; i < 3; i++) {
        /* write one line of the table */
        float y = r.y + 70 + 24 * (float)i;
        draw_disc(f, r.x + 17, y - 5, 5, paint(f, hues[i]));
        draw_number(f, r.x + ends[0], y, x[i] - shift, "%.2f");
        draw_number(f, r.x + ends[1], y, expf(x[i] - shift), "%.3g");
        draw_number(f, r.x + ends[2], y, p[i], "%.4f");
    }
}

static bool overflow_frame(struct frame *f)
{
    float x[3];
    slider(f, (struct rect){16, 8, f->width - 32, 44},
           "added to every score", &added, -120, 120, "%.1f");
    for (int i = 0; i < 3; i++)
        x[i] = hand_scores[i] + added;
    /* place two tables and a plot */
    float wide = f->narrow ? f->width - 32 : (f->width - 56) / 2;
    struct rect left = {16, 64, wide, 136}, right = left;
    if (f->narrow)
        right.y += 148;
    else
        right.x += wide + 24;
    float below = right.y + 148;
    struct rect bottom = {0, below, f->width, f->height - below};
    draw_steps(f, left, "as the formula stands", x, 0, softmax_naive);
    draw_steps(f, right, "shifted by the largest", x, x[2], softmax);
    /* plot the weights of the formula against what is added */
    static float xs[481], ys[3][481];
    float good[2] = {120, -120};
    struct plot p = plot_new(f, bottom, -120, 120, 0, 1);
    plot_axes(&p, "added to every score", "weight");
    for (int k = 0; k < 481; k++) {
        float q[3];
        xs[k] = 0.5f * (float)(k - 240);
        for (int i = 0; i < 3; i++)
            q[i] = hand_scores[i] + xs[k];
        softmax_naive(q, q, 3);
        /* keep the weights q if they sum to one */
        bool sums = fabsf(q[0] + q[1] + q[2] - 1) < 1e-3f;
        for (int i = 0; i < 3; i++)
            ys[i][k] = sums ? q[i] : NAN;
        good[0] = sums ? fminf(good[0], xs[k]) : good[0];
        good[1] = sums ? fmaxf(good[1], xs[k]) : good[1];
    }
    for (int end = 0; end < 2; end++) {
        const float x2[2] = {end ? good[1] : -120, end ? 120 : good[0]};
        const float top[2] = {1, 1};
        plot_area(&p, x2, NULL, top, 2, fade(paint(f, WARN), 0.18f));
    }
    for (int i = 0; i < 3; i++)
        plot_line(&p, xs, ys[i], 481, paint(f, hues[i]), 2);
    plot_vline(&p, added, paint(f, INK));
    return false;
}
static void overflow_table(FILE *out)
{
    fprintf(out, "added\tscore\tweight, formula\tweight, shifted\n");
    for (int c = -120; c <= 120; c += 40) {
        float x[3], p[3], q[3];
        for (int i = 0; i < 3; i++)
            x[i] = hand_scores[i] + (float)c;
        /* write the weights p and q of x */
        softmax_naive(p, x, 3);
        softmax(q, x, 3);
        for (int i = 0; i < 3; i++)
            fprintf(out, "%d\t%.2f\t%.4f\t%.4f\n", c, x[i], p[i], q[i]);
    }
}
/* the figure stream */
enum { ARRIVALS = 12 };
static float arrivals[ARRIVALS] = {0.5f, 0, 1, 0.4f, 2.5f, 1.8f,
                                   0.2f, 2, 1, 3.4f, 0.8f, 2.2f};
static float seen = 5;
/* write out the last step */
static void stream_step(struct frame *f, const struct softmax_stream *states,
                        size_t now)
{
    char text[96] = "no score yet: s = 0";
    if (now == 1)
        snprintf(text, sizeof text, "the first score: s = 1");
    if (now > 1) {
        struct softmax_stream was = states[now - 1], is = states[now];
        if (is.max > was.max)
            snprintf(text, sizeof text, "a new largest: s = %.2f exp(%.2f"
                     " - %.2f) + 1 = %.2f", was.sum, was.max, is.max, is.sum);
        else
            snprintf(text, sizeof text, "s = %.2f + exp(%.2f - %.2f) = %.2f",
                     was.sum, arrivals[now - 1], is.max, is.sum);
    }
    draw_text(f, f->width / 2, f->height - 14, TEXT_SIZE,
              ALIGN_CENTER | TEXT_BOLD, paint(f, INK), "%s", text);
}

static bool stream_frame(struct frame *f)
{
    struct softmax_stream states[ARRIVALS + 1];
    size_t now = (size_t)lroundf(seen);
    slider(f, (struct rect){16, 8, f->width - 32, 44}, "scores seen",
           &seen, 0, ARRIVALS, "%.0f");
    /* let states be the stream after each score */
    states[0] = softmax_stream_new();
    for (size_t t = 0; t < ARRIVALS; t++) {
        states[t + 1] = states[t];
        softmax_stream_push(&states[t + 1], arrivals[t]);
    }
    /* draw the scores, and the largest so far */
    float half = (f->height - 60 - 44) / 2, at = 0.35f;
    struct plot s = plot_new(f, (struct rect){0, 60, f->width, half},
                             -0.6f, ARRIVALS - 0.4f, 0, 4);
    plot_axes(&s, "", "score");
    for (size_t t = 0; t < ARRIVALS; t++) {
        float x = (float)t, px = plot_x(&s, x - at);
        struct rect column = {px, s.area.y, plot_x(&s, x + at) - px, s.area.h};
        drag_y(f, (int)t, column, &arrivals[t], 0, 4);
        /* draw the bar of one score */
        plot_bars(&s, &x, &arrivals[t], 1, 2 * at,
                  mix(paint(f, SERIES_3), paint(f, PAPER), t < now ? 0 : 0.8f));
        float y = plot_y(&s, states[t + 1].max);
        if (t < now)
            draw_line(f, px, y, px + column.w, y, 3, paint(f, INK));
    }
    plot_legend(&s, (const char *[]){"largest so far"}, (enum ink[]){INK}, 1);
    /* draw the sum after each score */
    float top = 4;
    for (size_t t = 1; t <= now; t++)
        top = fmaxf(top, states[t].sum);
    struct plot q = plot_new(f, (struct rect){0, 60 + half, f->width, half},
                             -0.6f, ARRIVALS - 0.4f, 0, top);
    plot_axes(&q, "", "sum");
    for (size_t t = 0; t < now; t++) {
        /* draw the two parts of one sum */
        float x = (float)t, saved = 0;
        if (t > 0)
            saved = states[t].sum * expf(states[t].max - states[t + 1].max);
        plot_bars(&q, &x, &states[t].sum, 1, 2 * at, paint(f, GRID));
        plot_bars(&q, &x, &states[t + 1].sum, 1, 2 * at, paint(f, SERIES_2));
        plot_bars(&q, &x, &saved, 1, 2 * at, paint(f, SERIES_1));
    }
    const char *const parts[3] = {"old sum", "rescaled", "newcomer"};
    const enum ink inks[3] = {GRID, SERIES_1, SERIES_2};
    plot_legend(&q, parts, inks, 3);
    stream_step(f, states, now);
    return false;
}
static void stream_table(FILE *out)
{
    struct softmax_stream s = softmax_stream_new();
    fprintf(out, "score\tlargest so far\tsum so far\n");
    for (size_t t = 0; t < ARRIVALS; t++) {
        softmax_stream_push(&s, arrivals[t]);
        fprintf(out, "%.1f\t%.1f\t%.4f\n", arrivals[t], s.max, s.sum);
    }
}
/* the figure axis */
enum { ASKING = 3, ANSWERING = 5 };
static const float asked[ASKING * ANSWERING] = {
    2, 0, 1, -1, 0.5f,   0, 3, 0.2f, 1, -2,   1, 1, 0, 2.5f, 2};
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
static void draw_weights(struct frame *f, struct rect r, const char *title,
                         const float *weights)
{
    struct heatmap look = {.title = title, .show_numbers = true,
                           .no_bar = true};
    struct rect map = {r.x, r.y, r.w - 56, r.h};
    heatmap(f, map, weights, ASKING, ANSWERING, 0, 1, &look);
    draw_text(f, r.x + r.w - 8, r.y + 16, TEXT_SMALL, ALIGN_RIGHT,
              paint(f, MUTED), "sum");
    for (int i = 0; i < ASKING; i++) {
        float sum = 0, y = r.y + 24 + ((float)i + 0.5f) * (r.h - 27) / ASKING;
        for (int k = 0; k < ANSWERING; k++)
            sum += weights[i * ANSWERING + k];
        /* write the sum of a row, in red if it is not 1 */
        bool bad = fabsf(sum - 1) > 1e-3f;
        draw_text(f, r.x + r.w - 8, y, TEXT_SIZE,
                  ALIGN_RIGHT | ALIGN_MIDDLE | TEXT_BOLD,
                  paint(f, bad ? WARN : INK), "%.2f", sum);
    }
}
static bool axis_frame(struct frame *f)
{
    float rows[ASKING * ANSWERING], columns[ASKING * ANSWERING];
    softmax_rows(rows, asked, ASKING, ANSWERING);
    softmax_columns(columns, asked, ASKING, ANSWERING);
    /* place two heat maps */
    float wide = f->narrow ? f->width - 16 : (f->width - 40) / 2;
    float high = f->narrow ? f->height / 2 - 12 : f->height - 16;
    struct rect left = {8, 8, wide, high}, right = left;
    if (f->narrow)
        right.y += high + 8;
    else
        right.x += wide + 24;
    draw_weights(f, left, "along the rows", rows);
    draw_weights(f, right, "down the columns", columns);
    return false;
}
static void axis_table(FILE *out)
{
    float rows[ASKING * ANSWERING], columns[ASKING * ANSWERING];
    softmax_rows(rows, asked, ASKING, ANSWERING);
    softmax_columns(columns, asked, ASKING, ANSWERING);
    fprintf(out, "row\tcolumn\tscore\talong the rows\tdown the columns\n");
    for (int i = 0; i < ASKING * ANSWERING; i++)
        fprintf(out, "%d\t%d\t%.1f\t%.4f\t%.4f\n", i / ANSWERING,
                i % ANSWERING, asked[i], rows[i], columns[i]);
}

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
