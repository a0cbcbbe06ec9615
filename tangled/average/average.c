/* average.c -- generated from chapters/02-average.nw. Do not edit. */
#include "average/average.h"
#include "kit/chart.h"
#include "kit/modes.h"

/* the prices */
enum { YEARS = 10 };
static const float prices[2][YEARS] = {
    {20, 22, 21, 26, 20, 26, 22, 20, 27, 30},
    {20, 22, 23, 26, 25, 26, 30, 28, 30, 27},
};

/* the cars */
enum { MODEL = 2, MODEL_AND_COLOR = 4 };
static const char models[2][YEARS + 1] = {"AAABABAABB", "AAAAAABBAB"};
static const char colors[2][YEARS + 1] = {"rrrrrbrbbb", "rrrbrbrbrb"};

/* prices in company */
static void car_compare(float *similar /* (YEARS, YEARS) */, int period,
                        size_t d)
{
    float cars[YEARS * MODEL_AND_COLOR];
    for (size_t t = 0; t < YEARS; t++) {
        char model = models[period][t], color = colors[period][t];
        const bool hot[] = {model == 'A', model == 'B',
                            color == 'r', color == 'b'};
        for (size_t l = 0; l < d; l++)
            cars[t * d + l] = hot[l];
    }
    dot_rows(similar, cars, cars, YEARS, YEARS, d);
}

static void car_average(float *out, float *weights /* (YEARS, YEARS) */,
                        int period, size_t d)
{
    car_compare(weights, period, d);
    normalize_rows(weights, weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
}
/* the wrong axis */
static void normalize_columns(float *x /* (rows, n) */, size_t rows, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        float sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += x[i * n + j];
        for (size_t i = 0; sum > 0 && i < rows; i++)
            x[i * n + j] /= sum;
    }
}

static void wrong_average(float *out, float *sums, int period, size_t d)
{
    const float ones[YEARS] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    float weights[YEARS * YEARS];
    car_compare(weights, period, d);
    normalize_columns(weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
    average_forward(sums, weights, ones, YEARS, YEARS, 1);
}
static void print_period(int period)
{
    float recursion[YEARS], normalized[YEARS], model[YEARS], both[YEARS];
    float weights[YEARS * YEARS];
    moving_average(recursion, prices[period], .5f, YEARS);
    moving_weights(weights, .5f, YEARS);
    average_forward(normalized, weights, prices[period], YEARS, YEARS, 1);
    car_average(model, weights, period, MODEL);
    car_average(both, weights, period, MODEL_AND_COLOR);
    printf("period %d             moving average          in company\n"
           "year price  car     recursive normalized  by model  and color\n",
           period + 1);
    for (int t = 0; t < YEARS; t++)
        printf("%4d %5.0f  %s %c %11.3f %10.3f %9.3f %10.3f\n", t + 1,
               (double)prices[period][t],
               colors[period][t] == 'r' ? "red " : "blue", models[period][t],
               (double)recursion[t], (double)normalized[t],
               (double)model[t], (double)both[t]);
}

static int print_cars(void)
{
    print_period(0);
    printf("\n");
    print_period(1);
    return 0;
}
static int print_results(void)
{
    float weights[YEARS * YEARS], out[YEARS];
    /* print the results of the moving averages */
    average_forward(out, (float[]){ .5f, .25f, .25f }, prices[1], 1, 3, 1);
    printf("average.three = %.5f\n", (double)out[0]);
    moving_weights(weights, .5f, YEARS);
    average_forward(out, weights, prices[1], YEARS, YEARS, 1);
    printf("average.normalized.1 = %.5f\naverage.normalized.2 = %.5f\n",
           (double)out[1], (double)out[2]);
    /* print the results of the cars */
    for (int period = 0; period < 2; period++)
        for (size_t d = MODEL; d <= MODEL_AND_COLOR; d += 2) {
            car_average(out, weights, period, d);
            for (int t = 0; t < YEARS; t++)
                printf("average.cars.%d.%s.%d = %.5f\n", period + 1,
                       d == MODEL ? "model" : "both", t + 1, (double)out[t]);
        }
    /* print the results of the kernels */
    const float q = 4.5f, years[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
    kernel_attention(out, weights, &q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_BOXCAR, 1);
    printf("average.boxcar = %.5f\n", (double)out[0]);
    kernel_attention(out, weights, &q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_EPANECHNIKOV, 2);
    printf("average.epanechnikov = %.5f\n", (double)out[0]);
    /* print the results of the wrong axis */
    float sums[YEARS];
    wrong_average(out, sums, 1, MODEL_AND_COLOR);
    for (int t = 0; t < YEARS; t += 7)
        printf("average.wrong.sum.%d = %.5f\naverage.wrong.price.%d = %.5f\n",
               t + 1, (double)sums[t], t + 1, (double)out[t]);
    return 0;
}
static const char *const year_names[YEARS] = {
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"
};
#define YEAR_AXIS .names = year_names, .n_names = YEARS
#define PRICES .y0 = 18.5f, .y1 = 31.5f

static void year_band(struct plot *p, int year)
{
    float x = plot_x(p, (float)year - .5f), y = p->area.y;
    float w = plot_x(p, (float)year + .5f) - x;
    draw_rect(p->frame, (struct rect){ x, y, w, p->area.h },
              fade(paint(p->frame, MUTED), .1f));
}

static void year_choose(struct plot *p, int *year)
{
    struct frame *f = p->frame;
    const int was = *year;
    struct widget w = widget(f, p->area, CURSOR_HAND);
    if (w.hot)
        *year = (int)roundf(plot_unx(p, f->pointer.x));
    if (w.focused)
        *year += arrow_x(f);
    *year = clamp_int(*year, 0, YEARS - 1);
    if (*year != was)
        chart_touch(f);
    say(f, w, "year", year_names[*year]);
    focus_ring(f, w, p->area, 3);
    year_band(p, *year);
}

static struct {
    float alpha, recursion[YEARS], normalized[YEARS];
    float weights[YEARS * YEARS], row[YEARS];   /* row: of the recursion */
    int year;
    char label[48];
} moving = { .alpha = .25f, .year = 4 };
static struct chart moving_chart;

static void moving_compute(void)
{
    const float a = moving.alpha;
    const int t = moving.year;
    moving_average(moving.recursion, prices[1], a, YEARS);
    moving_weights(moving.weights, a, YEARS);
    average_forward(moving.normalized, moving.weights, prices[1], YEARS,
                    YEARS, 1);
    for (int s = 0; s < YEARS; s++)
        moving.row[s] = s > t ? 0 : (s ? a : 1) * powf(1 - a, (float)(t - s));
    moving_chart.panel[1].series[1].y = moving.weights + YEARS * t;
    snprintf(moving.label, sizeof moving.label,
             "weights behind %.2f and %.2f", (double)moving.recursion[t],
             (double)moving.normalized[t]);
}

static void moving_over(struct plot *p)
{
    struct series *s = moving_chart.panel[1].series;
    float at = (float)moving.year;
    year_choose(p, &moving.year);
    plot_points(p, &at, moving.recursion + moving.year, 1,
                paint(p->frame, SERIES_2), 5);
    plot_points(p, &at, moving.normalized + moving.year, 1,
                paint(p->frame, SERIES_1), 5);
    s[1].shift = .19f * (plot_x(p, 1) - plot_x(p, 0));
    s[0].shift = -s[1].shift;
}

static void moving_below(struct plot *p) { year_band(p, moving.year); }

static struct chart moving_chart = {
    .control = { { SLIDER("\u03b1, the share of the newest price",
                          &moving.alpha, .02f, 1, "%.2f") } },
    .compute = moving_compute,
    .panel = {
        { YEAR_AXIS, PRICES, .x = "year", .y = "price, thousands",
          .format = "%.3f", .over = moving_over, .high = 1.5f, .series = {
              { "price", MUTED, MARK_POINTS, YEARS, .y = prices[1],
                .format = "%.0f" },
              { "recursion", SERIES_2, MARK_LINE, YEARS,
                .y = moving.recursion, .size = 2.5f },
              { "normalized", SERIES_1, MARK_LINE, YEARS,
                .y = moving.normalized, .size = 2.5f } } },
        { YEAR_AXIS, .x = "year", .y = moving.label, .y1 = 1,
          .format = "%.4f", .over = moving_below, .below = true, .series = {
              { "weight, recursion", SERIES_2, MARK_BARS, YEARS,
                .y = moving.row, .size = .34f },
              { "weight, normalized", SERIES_1, MARK_BARS, YEARS,
                .size = .34f } } } }
};
CHART(moving)

static struct {
    int period, know, year;
    float average[YEARS], weights[YEARS * YEARS];
    const float *row;
    char label[64];
} cars = { .period = 1, .know = 2, .year = 3 };

static const char *car_name(int period, int t)
{
    static const char *const names[] = { "red A", "blue A", "red B",
                                         "blue B" };
    return names[2 * (models[period][t] == 'B')
                 + (colors[period][t] == 'b')];
}

static void cars_compute(void)
{
    const float *price = prices[cars.period];
    for (int i = 0; i < YEARS * YEARS; i++)
        cars.weights[i] = 1.f / YEARS;
    if (cars.know > 0)
        car_average(cars.average, cars.weights, cars.period,
                    2 * (size_t)cars.know);
    else
        average_forward(cars.average, cars.weights, price, YEARS, YEARS, 1);
    cars.row = cars.weights + YEARS * cars.year;
    snprintf(cars.label, sizeof cars.label,
             "weights of %s, year %d: %.0f becomes %.3f",
             car_name(cars.period, cars.year), cars.year + 1,
             (double)price[cars.year], (double)cars.average[cars.year]);
}

static struct color car_color(const struct frame *f, int t)
{
    return paint(f, colors[cars.period][t] == 'r' ? SERIES_2 : SERIES_1);
}

static void cars_over(struct plot *p)
{
    struct frame *f = p->frame;
    year_choose(p, &cars.year);
    for (int t = 0; t < YEARS; t++) {
        struct color c = car_color(f, t);
        float x = plot_x(p, (float)t), after = plot_y(p, cars.average[t]);
        float before = plot_y(p, prices[cars.period][t]);
        draw_line(f, x, before, x, after, 2, fade(c, .45f));
        draw_disc(f, x, before, 5, paint(f, PAPER));
        draw_ring(f, x, before, 5, 2, c);
        draw_disc(f, x, after, 10, c);
        draw_text(f, x, after, TEXT_SMALL,
                  ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD, ink_on(c), "%c",
                  models[cars.period][t]);
    }
}

static void cars_below(struct plot *p)
{
    struct frame *f = p->frame;
    year_band(p, cars.year);
    for (int t = 0; t < YEARS; t++) {
        float x = (float)t, w = cars.row[t];
        plot_bars(p, &x, &w, 1, .5f, car_color(f, t));
        if (w > 0)
            draw_text(f, plot_x(p, x), plot_y(p, w) - 5, TEXT_SMALL,
                      ALIGN_CENTER, paint(f, MUTED),
                      f->narrow ? "%.2f" : "%.3f", (double)w);
    }
}

static void cars_print(FILE *out)
{
    fprintf(out, "year\tcar\tprice\tin company\tweight for year %d\n",
            cars.year + 1);
    for (int t = 0; t < YEARS; t++)
        fprintf(out, "%d\t%s\t%.0f\t%.3f\t%.4f\n", t + 1,
                car_name(cars.period, t), (double)prices[cars.period][t],
                (double)cars.average[t], (double)cars.row[t]);
}

static struct chart cars_chart = {
    .control = { { CHOICE(&cars.period, "period 1", "period 2") },
                 { CHOICE(&cars.know, "all alike", "by model",
                          "model and color") } },
    .compute = cars_compute, .table = cars_print,
    .panel = {
        { YEAR_AXIS, PRICES, .x = "year: point at one",
          .y = "price: a ring before, a disc in company",
          .over = cars_over, .high = 1.4f },
        { YEAR_AXIS, .y = cars.label, .y1 = .5f, .over = cars_below,
          .below = true } }
};
CHART(cars)

static struct {
    int kernel;
    float h, query, average, k[YEARS], v[YEARS], weights[YEARS];
    char title[48];
} near = { KERNEL_GAUSS, .7f, 4.5f,
           .k = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 },
           .v = { 20, 22, 23, 26, 25, 26, 30, 28, 30, 27 } };

static float kernel_answer(float q, float weights[YEARS])
{
    float out, sum = 0;
    kernel_attention(&out, weights, &q, near.k, near.v, 1, YEARS, 1, 1,
                     (enum kernel)near.kernel, near.h);
    for (int j = 0; j < YEARS; j++)
        sum += weights[j];
    return sum > 0 ? out : NAN;
}

static float kernel_curve(float q)
{
    float weights[YEARS];
    return kernel_answer(q, weights);
}

static void kernel_compute(void)
{
    near.average = kernel_answer(near.query, near.weights);
    snprintf(near.title, sizeof near.title, isnan(near.average)
             ? "query %.2f: nobody near" : "query %.2f: %.2f",
             (double)near.query, (double)near.average);
}

static float kernel_edge(float x)
{
    float keys[YEARS + 1], s[YEARS + 1], sum = 0;
    memcpy(keys, near.k, sizeof near.k);
    keys[YEARS] = x;
    kernel_align(s, &near.query, keys, 1, YEARS + 1, 1,
                 (enum kernel)near.kernel, near.h);
    const float max = row_max(s, YEARS);
    for (int j = 0; j <= YEARS; j++) {
        s[j] = near.kernel == KERNEL_GAUSS ? expf(s[j] - max) : s[j];
        sum += j < YEARS ? s[j] : 0;
    }
    return fminf(s[YEARS] / (sum > 0 ? sum : 1), 2);
}

static void kernel_over(struct plot *p)
{
    struct color halo = fade(paint(p->frame, SERIES_2), .25f);
    bool moved = false;
    for (int j = 0; j < YEARS; j++)
        plot_points(p, near.k + j, near.v + j, 1, halo,
                    36 * sqrtf(near.weights[j]));
    for (int j = 0; j < YEARS; j++)
        moved |= drag_point(p->frame, j, p->area, near.k + j, near.v + j,
                            p->x0, p->x1, p->y0, p->y1);
    if (moved)
        chart_touch(p->frame);
}

static void kernel_below(struct plot *p)
{
    if (drag_x(p->frame, 0, p->area, &near.query, p->x0, p->x1))
        chart_touch(p->frame);
}

#define QUERY_AXIS .x = "year", .x0 = .25f, .x1 = 10.75f
static struct chart kernel_chart = {
    .control = { { CHOICE(&near.kernel, "gauss", "boxcar", "epanechnikov") },
                 { SLIDER("bandwidth h", &near.h, .1f, 10, "%.2f"),
                   .log = true } },
    .compute = kernel_compute,
    .panel = {
        { QUERY_AXIS, PRICES, .y = "price", .title = near.title,
          .title_ink = SERIES_2, .format = "%.3f", .over = kernel_over,
          .high = 1.7f, .series = {
              { "average", SERIES_1, MARK_LINE, .of = kernel_curve,
                .size = 2.5f },
              { "price", ACCENT, MARK_NONE, YEARS, near.k, near.v },
              { NULL, SERIES_2, MARK_X, 1, .x = &near.query },
              { "at the query", SERIES_2, MARK_POINTS, 1, &near.query,
                &near.average, .size = 6 } } },
        { QUERY_AXIS, .y = "weights; drag here to move the query|weight",
          .y1 = 1, .format = "%.4f", .over = kernel_below, .below = true,
          .series = {
              { NULL, SERIES_2, MARK_AREA, .of = kernel_edge, .alpha = .25f },
              { "weight", SERIES_2, MARK_BARS, YEARS, near.k, near.weights,
                .size = .14f },
              { NULL, SERIES_2, MARK_X, 1, .x = &near.query } } } }
};
CHART(kernel)

static struct {
    int columns, color;
    float average[YEARS], sums[YEARS], weights[YEARS * YEARS];
    const char *names[YEARS];
} wrong = { .columns = 1, .color = 1 };

static void axis_compute(void)
{
    const float ones[YEARS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    car_compare(wrong.weights, 1, wrong.color ? MODEL_AND_COLOR : MODEL);
    if (wrong.columns)
        normalize_columns(wrong.weights, YEARS, YEARS);
    else
        normalize_rows(wrong.weights, wrong.weights, YEARS, YEARS);
    average_forward(wrong.average, wrong.weights, prices[1], YEARS, YEARS, 1);
    average_forward(wrong.sums, wrong.weights, ones, YEARS, YEARS, 1);
    for (int t = 0; t < YEARS; t++)
        wrong.names[t] = car_name(1, t);
}

static void axis_sums(struct frame *f, struct rect r)
{
    const float one = (r.w - 48) / 1.25f, h = (r.h - 2) / YEARS;
    for (int t = 0; t < YEARS; t++) {
        float y = r.y + h * ((float)t + .5f);
        bool good = fabsf(wrong.sums[t] - 1) < 1e-4f;
        struct rect bar = { r.x, y - h * .3f, one * wrong.sums[t], h * .6f };
        draw_round(f, bar, 2, fade(paint(f, good ? SERIES_3 : WARN), .3f));
        draw_text(f, r.x + 6, y, TEXT_SMALL,
                  ALIGN_MIDDLE | (good ? 0 : TEXT_BOLD),
                  paint(f, good ? INK : WARN), "%.3f", (double)wrong.sums[t]);
        draw_text(f, r.x + r.w, y, TEXT_SMALL, ALIGN_RIGHT | ALIGN_MIDDLE,
                  paint(f, INK), "%.2f", (double)wrong.average[t]);
    }
    draw_line(f, r.x + one, r.y, r.x + one, r.y + r.h - 2, 1,
              paint(f, MUTED));
}

static void axis_print(FILE *out)
{
    fprintf(out, "year\tcar\tsum of the row\tprice\n");
    for (int t = 0; t < YEARS; t++)
        fprintf(out, "%d\t%s\t%.3f\t%.3f\n", t + 1, wrong.names[t],
                (double)wrong.sums[t], (double)wrong.average[t]);
}

static struct chart axis_chart = {
    .control = { { CHOICE(&wrong.columns, "rows sum to 1", "columns do") },
                 { CHOICE(&wrong.color, "by model", "model and color") } },
    .compute = axis_compute, .table = axis_print,
    .panel = {
        { .title = "weights", .map = wrong.weights, .rows = YEARS,
          .cols = YEARS, .hi = .5f, .wide = 1.8f, .look = { .no_bar = true,
              .show_numbers = true, .row_labels = wrong.names } },
        { .title = "sum", .note = "price", .draw = axis_sums,
          .beside = true } }
};
CHART(axis)
static const struct figure figures[] = {
    { "cars", 700, 450, 540,
      "Ten cars by year. A ring marks each price, a disc the price in "
      "company; cars of one kind end at one height. Below, the weights of "
      "one car.",
      cars_frame, cars_table },
    { "moving", 700, 430, 490,
      "Ten prices with two moving averages. The recursion starts at the "
      "first price and is slow to leave it; the normalized form follows the "
      "prices. Below, the weights of one year.",
      moving_frame, moving_table },
    { "kernel", 700, 470, 540,
      "Ten points, a smooth curve through them, and a query. Below, the "
      "kernel around the query, and the weights of the ten points as bars "
      "under it.",
      kernel_frame, kernel_table },
    { "axis", 700, 410, 480,
      "A matrix of weights, ten by ten, and the sums of its rows. They "
      "should be one and are not.",
      axis_frame, axis_table },
    { 0 }
};
FIGURES(figures)
enum { Q, K, V, SCORES, WEIGHTS, OUT };
static struct port ports[] = {
    { "q", "n d", "queries" }, { "k", "m d", "keys" },
    { "v", "m c", "values" },
    { "alignment", "n m", "before the weights", PORT_OUT },
    { "weights", "n m", "of all keys", PORT_OUT },
    { "out", "n c", "contexts; without an output, all are printed",
      PORT_OUT },
    { 0 }
};

static struct { enum kernel kernel; float bandwidth; } given = {
    .bandwidth = 1
};
#ifndef __wasm__
static int attend(void)
{
    size_t n = axis("n"), m = axis("m"), c = axis("c");
    float *weights = allocate(size_product(n, m), sizeof *weights);
    float *out = allocate(size_product(n, c), sizeof *out);
    kernel_align(weights, port_floats(Q), port_floats(K), n, m, axis("d"),
                 given.kernel, given.bandwidth);
    for (size_t i = 0; i < n * m; i++)
        if (!isfinite(weights[i]))
            port_refuse(Q, "query %zu and key %zu have a score too large for "
                        "a float; try a wider bandwidth", i / m, i % m);
    port_give_floats(SCORES, weights);
    kernel_weigh(weights, weights, n, m, given.kernel);
    port_give_floats(WEIGHTS, weights);
    average_forward(out, weights, port_floats(V), n, m, c);
    port_give_floats(OUT, out);
    free(weights), free(out);
    return 0;
}
#endif
static const struct command_option options[] = {
    { "kernel", OPTION_CHOICE, &given.kernel, "gauss|boxcar|epanechnikov|dot",
      "how a query and a key become a weight" },
    { "bandwidth", OPTION_FLOAT, &given.bandwidth, "H",
      "the width of the kernel; dot divides by it", "0<.." },
    { "cars", OPTION_FLAG, .help = "print the twenty cars" },
    { "results", OPTION_FLAG, .help =
      "print the numbers that the chapter quotes" },
    FIGURE_OPTIONS,
    { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, print_results, "print the book's numbers" },
    { "cars", NULL, NULL, print_cars, "print the cars" },
    { NULL, "q k v", "kernel bandwidth alignment weights out",
      NATIVE(attend), "values, weighted by how well keys answer queries" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "average", "weighted averages",
        "average --q q.npy --k k.npy --v v.npy --bandwidth 0.5 --out c.npy",
        options, ports, modes }, argc, argv);
}
