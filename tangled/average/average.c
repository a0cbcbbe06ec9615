/* average.c -- generated from chapters/02-average.nw. Do not edit. */
#include "average/average.h"
#include "kit/figure.h"
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
enum { EDGE = 14, MARGIN = EDGE + 34, STRIP = 100, YEAR_ROW = 30 };

static struct rect control(const struct frame *f, int i, int n)
{
    float w = (f->width - 2 * EDGE - 28.f * (float)(n - 1)) / (float)n;
    if (f->narrow)
        return (struct rect){ EDGE, 10 + 48.f * (float)i,
                              f->width - 2 * EDGE, 40 };
    return (struct rect){ EDGE + (w + 28) * (float)i, 10, w, 40 };
}

static struct rect lower(struct rect r)
{
    return (struct rect){ r.x, r.y + 8, r.w, 30 };
}

static struct plot year_plot(struct frame *f, float y, float h,
                             float y0, float y1)
{
    struct rect area = { MARGIN, y, f->width - MARGIN - EDGE, h };
    struct plot p = plot_new(f, area, -.5f, YEARS - .5f, y0, y1);
    p.area = area;
    return p;
}

static struct plot price_plot(struct frame *f, int controls)
{
    float top = (f->narrow ? 48.f * (float)controls : 48) + 38;
    float h = f->height - top - YEAR_ROW - 34 - STRIP - EDGE;
    return year_plot(f, top, h, 18.5f, 31.5f);
}

static struct plot weight_plot(struct frame *f, float highest)
{
    return year_plot(f, f->height - STRIP - EDGE, STRIP, 0, highest);
}

static void choose_year(struct frame *f, struct plot *p, int *year)
{
    struct rect a = p->area, row = { a.x, a.y + a.h + 4, a.w, YEAR_ROW - 4 };
    int near = plot_nearest(p, NULL, YEARS);
    *year = near >= 0 ? near : *year;
    float wide = a.w / YEARS, x = a.x + wide * (float)*year;
    draw_rect(f, (struct rect){ x, a.y, wide, a.h }, paint(f, PANEL));
    draw_rect(f, (struct rect){ x, f->height - STRIP - EDGE, wide, STRIP },
              paint(f, PANEL));
    draw_text(f, EDGE, row.y + row.h / 2, TEXT_SMALL, ALIGN_MIDDLE,
              paint(f, INK), "year");
    choice(f, row, year_names, YEARS, year);
}

static float moving_alpha = .25f;
static int moving_year = 4;

static void recursion_weights(float *row, float alpha, int t)
{
    for (int s = 0; s < YEARS; s++)
        row[s] = s > t ? 0 : alpha * powf(1 - alpha, (float)(t - s));
    row[0] = powf(1 - alpha, (float)t);
}

struct moving {
    float recursion[YEARS], normalized[YEARS];
    float weights[YEARS * YEARS], row[YEARS];   /* row: of the recursion */
};

static void moving_compute(struct moving *m)
{
    moving_average(m->recursion, prices[1], moving_alpha, YEARS);
    moving_weights(m->weights, moving_alpha, YEARS);
    average_forward(m->normalized, m->weights, prices[1], YEARS, YEARS, 1);
    recursion_weights(m->row, moving_alpha, moving_year);
}

static const float year_x[YEARS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void moving_bars(struct frame *f, struct plot *w,
                        const struct moving *m)
{
    plot_axes_names(w, year_names, 0, NULL);
    draw_text(f, MARGIN, w->area.y - 9, TEXT_SMALL, ALIGN_LEFT, paint(f, INK),
              "weights behind %.2f and %.2f",
              (double)m->recursion[moving_year],
              (double)m->normalized[moving_year]);
    for (int s = 0; s <= moving_year; s++) {
        float left = year_x[s] - .19f, right = year_x[s] + .19f;
        const float *a = m->weights + YEARS * moving_year + s;
        plot_bars(w, &left, m->row + s, 1, .34f, paint(f, SERIES_2));
        plot_bars(w, &right, a, 1, .34f, paint(f, SERIES_1));
    }
}

static bool moving_frame(struct frame *f)
{
    slider(f, control(f, 0, 1), "\u03b1, the share of the newest price",
           &moving_alpha, .02f, 1, "%.2f");
    struct plot p = price_plot(f, 1), w = weight_plot(f, 1);
    choose_year(f, &p, &moving_year);
    struct moving m;
    moving_compute(&m);
    static const char *const names[] = { "price", "recursion", "normalized" };
    static const enum ink inks[] = { MUTED, SERIES_2, SERIES_1 };
    plot_axes_names(&p, year_names, 0, f->narrow ? NULL : "price");
    plot_legend(&p, names, inks, 3);
    plot_line(&p, year_x, m.recursion, YEARS, paint(f, SERIES_2), 2.5f);
    plot_line(&p, year_x, m.normalized, YEARS, paint(f, SERIES_1), 2.5f);
    plot_points(&p, year_x, prices[1], YEARS, paint(f, MUTED), 4);
    plot_points(&p, year_x + moving_year, m.recursion + moving_year, 1,
                paint(f, SERIES_2), 5);
    plot_points(&p, year_x + moving_year, m.normalized + moving_year, 1,
                paint(f, SERIES_1), 5);
    moving_bars(f, &w, &m);
    return false;
}

static void moving_table(FILE *out)
{
    struct moving m;
    moving_compute(&m);
    fprintf(out, "year\tprice\trecursion\tnormalized\tweight, recursion"
            "\tweight, normalized\n");
    for (int t = 0; t < YEARS; t++)
        fprintf(out, "%d\t%.0f\t%.3f\t%.3f\t%.4f\t%.4f\n", t + 1,
                (double)prices[1][t], (double)m.recursion[t],
                (double)m.normalized[t], (double)m.row[t],
                (double)m.weights[YEARS * moving_year + t]);
}

static int cars_period = 1, cars_know = 2, cars_year = 3;
static const char *const period_names[] = { "period 1", "period 2" };
static const char *const know_names[] = { "all alike", "by model",
                                          "model and color" };

static void cars_average(float *out, float *weights)
{
    if (cars_know > 0) {
        car_average(out, weights, cars_period, 2 * (size_t)cars_know);
        return;
    }
    for (int i = 0; i < YEARS * YEARS; i++)
        weights[i] = 1.f / YEARS;
    average_forward(out, weights, prices[cars_period], YEARS, YEARS, 1);
}

static const char *color_name(int period, int t)
{
    return colors[period][t] == 'r' ? "red" : "blue";
}

static struct color car_color(const struct frame *f, int t)
{
    return paint(f, colors[cars_period][t] == 'r' ? SERIES_2 : SERIES_1);
}

static void draw_car(struct frame *f, struct plot *p, int t, float price)
{
    struct color c = car_color(f, t);
    float x = plot_x(p, (float)t), after = plot_y(p, price);
    float before = plot_y(p, prices[cars_period][t]);
    draw_line(f, x, before, x, after, 2, fade(c, .45f));
    draw_disc(f, x, before, 5, paint(f, PAPER));
    draw_ring(f, x, before, 5, 2, c);
    draw_disc(f, x, after, 10, c);
    draw_text(f, x, after, TEXT_SMALL,
              ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD, ink_on(c), "%c",
              models[cars_period][t]);
}

static void draw_car_weights(struct frame *f, struct plot *w,
                             const float *row /* (YEARS) */, float price)
{
    plot_axes_names(w, year_names, 0, NULL);
    draw_text(f, MARGIN, w->area.y - 9, TEXT_SMALL, ALIGN_LEFT, paint(f, INK),
              f->narrow ? "%s %c of year %d:  %.0f becomes %.3f"
              : "weights of the %s %c of year %d:  %.0f becomes %.3f",
              color_name(cars_period, cars_year),
              models[cars_period][cars_year], cars_year + 1,
              (double)prices[cars_period][cars_year], (double)price);
    for (int t = 0; t < YEARS; t++) {
        plot_bars(w, year_x + t, row + t, 1, .5f, car_color(f, t));
        if (row[t] > 0)
            draw_text(f, plot_x(w, year_x[t]), plot_y(w, row[t]) - 5,
                      TEXT_SMALL, ALIGN_CENTER, paint(f, MUTED),
                      f->narrow ? "%.2f" : "%.3f", (double)row[t]);
    }
}

static bool cars_frame(struct frame *f)
{
    float out[YEARS], weights[YEARS * YEARS];
    choice(f, lower(control(f, 0, 2)), period_names, 2, &cars_period);
    choice(f, lower(control(f, 1, 2)), know_names, 3, &cars_know);
    struct plot p = price_plot(f, 2), w = weight_plot(f, .5f);
    choose_year(f, &p, &cars_year);
    cars_average(out, weights);
    struct color ink = paint(f, INK);
    plot_axes_names(&p, year_names, 0, NULL);
    draw_text(f, MARGIN, p.area.y - 9, TEXT_SMALL, ALIGN_LEFT, ink, "price:");
    draw_ring(f, MARGIN + 46, p.area.y - 13, 4, 2, ink);
    draw_text(f, MARGIN + 56, p.area.y - 9, TEXT_SMALL, ALIGN_LEFT, ink,
              "before");
    draw_disc(f, MARGIN + 110, p.area.y - 13, 6, ink);
    draw_text(f, MARGIN + 122, p.area.y - 9, TEXT_SMALL, ALIGN_LEFT, ink,
              "in company");
    for (int t = 0; t < YEARS; t++)
        draw_car(f, &p, t, out[t]);
    draw_car_weights(f, &w, weights + YEARS * cars_year, out[cars_year]);
    return false;
}

static void cars_table(FILE *out)
{
    float average[YEARS], weights[YEARS * YEARS];
    cars_average(average, weights);
    fprintf(out, "year\tcar\tprice\tin company\tweight for year %d\n",
            cars_year + 1);
    for (int t = 0; t < YEARS; t++)
        fprintf(out, "%d\t%s %c\t%.0f\t%.3f\t%.4f\n", t + 1,
                color_name(cars_period, t), models[cars_period][t],
                (double)prices[cars_period][t], (double)average[t],
                (double)weights[YEARS * cars_year + t]);
}

enum { CURVE = 201 };
static int kernel_chosen = KERNEL_GAUSS;
static float kernel_h = .7f, kernel_query = 4.5f;
static float kernel_k[YEARS] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static float kernel_v[YEARS] = { 20, 22, 23, 26, 25, 26, 30, 28, 30, 27 };
static const char *const kernel_names[] = { "gauss", "boxcar",
                                            "epanechnikov" };

static bool nobody_near(const float *weights /* (YEARS) */)
{
    float sum = 0;
    for (int j = 0; j < YEARS; j++)
        sum += weights[j];
    return sum == 0;
}

static void kernel_answer(float *out, float *weights, const float *q,
                          size_t n)
{
    kernel_attention(out, weights, q, kernel_k, kernel_v, n, YEARS, 1, 1,
                     (enum kernel)kernel_chosen, kernel_h);
}

static void kernel_shape(float *shape, const float *xs /* (CURVE) */)
{
    float scores[YEARS];
    enum kernel kernel = (enum kernel)kernel_chosen;
    kernel_align(scores, &kernel_query, kernel_k, 1, YEARS, 1, kernel,
                 kernel_h);
    kernel_align(shape, &kernel_query, xs, 1, CURVE, 1, kernel, kernel_h);
    float max = row_max(scores, YEARS), sum = 0;
    bool gauss = kernel == KERNEL_GAUSS;
    for (int j = 0; j < YEARS; j++)
        sum += gauss ? expf(scores[j] - max) : scores[j];
    for (int i = 0; i < CURVE; i++) {
        float similarity = gauss ? expf(shape[i] - max) : shape[i];
        shape[i] = fminf(similarity / (sum > 0 ? sum : 1), 2);
    }
}

static void draw_kernel(struct frame *f, struct plot *w, const float *xs,
                        const float *weights)
{
    static float shape[CURVE];
    kernel_shape(shape, xs);
    plot_axes_names(w, year_names, 0, NULL);
    draw_text(f, MARGIN, w->area.y - 9, TEXT_SMALL, ALIGN_LEFT, paint(f, INK),
              "weights; drag here to move the query");
    plot_area(w, xs, NULL, shape, CURVE, fade(paint(f, SERIES_2), .25f));
    plot_bars(w, kernel_k, weights, YEARS, .14f, paint(f, SERIES_2));
    plot_vline(w, kernel_query, paint(f, SERIES_2));
}

static void draw_regression(struct frame *f, struct plot *p, float *xs)
{
    static float ys[CURVE], all[CURVE * YEARS];
    for (int i = 0; i < CURVE; i++)
        xs[i] = p->x0 + (p->x1 - p->x0) * (float)i / (CURVE - 1);
    kernel_answer(ys, all, xs, CURVE);
    for (int i = 0; i < CURVE; i++)
        if (nobody_near(all + i * YEARS))
            ys[i] = NAN;
    plot_axes(p, NULL, "price");
    draw_text(f, EDGE, p->area.y + p->area.h + 17, TEXT_SMALL, ALIGN_LEFT,
              paint(f, INK), "year");
    plot_line(p, xs, ys, CURVE, paint(f, SERIES_1), 2.5f);
}

static bool kernel_frame(struct frame *f)
{
    static float xs[CURVE];
    choice(f, lower(control(f, 0, 2)), kernel_names, 3, &kernel_chosen);
    slider_log(f, control(f, 1, 2), "bandwidth h", &kernel_h, .1f, 10,
               "%.2f");
    struct plot p = price_plot(f, 2), w = weight_plot(f, 1);
    p.x0 = w.x0 = .25f, p.x1 = w.x1 = 10.75f;
    drag_x(f, 0, w.area, &kernel_query, w.x0, w.x1);
    float estimate, weights[YEARS];
    kernel_answer(&estimate, weights, &kernel_query, 1);
    draw_regression(f, &p, xs);
    for (int j = 0; j < YEARS; j++)
        draw_disc(f, plot_x(&p, kernel_k[j]), plot_y(&p, kernel_v[j]),
                  36 * sqrtf(weights[j]), fade(paint(f, SERIES_2), .25f));
    for (int j = 0; j < YEARS; j++)
        drag_point(f, j, p.area, kernel_k + j, kernel_v + j,
                   p.x0, p.x1, p.y0, p.y1);
    bool nobody = nobody_near(weights);
    plot_vline(&p, kernel_query, paint(f, SERIES_2));
    if (!nobody)
        plot_points(&p, &kernel_query, &estimate, 1, paint(f, SERIES_2), 6);
    draw_text(f, f->width - EDGE, p.area.y - 9, TEXT_SMALL,
              ALIGN_RIGHT | TEXT_BOLD, paint(f, SERIES_2),
              nobody ? "query %.2f: nobody near" : "query %.2f: %.2f",
              (double)kernel_query, (double)estimate);
    draw_kernel(f, &w, xs, weights);
    return false;
}

static void kernel_table(FILE *out)
{
    float estimate, weights[YEARS];
    kernel_answer(&estimate, weights, &kernel_query, 1);
    fprintf(out, "key\tvalue\tweight for the query %.2f\n",
            (double)kernel_query);
    for (int j = 0; j < YEARS; j++)
        fprintf(out, "%.2f\t%.2f\t%.4f\n", (double)kernel_k[j],
                (double)kernel_v[j], (double)weights[j]);
    fprintf(out, "average\t%.3f\t\n", (double)estimate);
}

static int axis_columns = 1, axis_color = 1;
static const char *const axis_names[] = { "rows sum to 1", "columns do" };
static const char *const axis_know[] = { "by model", "model and color" };

static void axis_compute(float *average, float *sums, float *weights)
{
    const float ones[YEARS] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    car_compare(weights, 1, axis_color ? MODEL_AND_COLOR : MODEL);
    if (axis_columns)
        normalize_columns(weights, YEARS, YEARS);
    else
        normalize_rows(weights, weights, YEARS, YEARS);
    average_forward(average, weights, prices[1], YEARS, YEARS, 1);
    average_forward(sums, weights, ones, YEARS, YEARS, 1);
}

static void draw_sum(struct frame *f, struct rect r, int t, float sum,
                     float average)
{
    float scale = (r.w - 78) / 1.25f, y = r.y + r.h / 2;
    bool good = fabsf(sum - 1) < 1e-4f;
    struct rect bar = { r.x, y - r.h * .3f, scale * sum, r.h * .6f };
    draw_round(f, bar, 2, fade(paint(f, good ? SERIES_3 : WARN), .3f));
    draw_line(f, r.x + scale, r.y, r.x + scale, r.y + r.h, 1,
              paint(f, MUTED));
    draw_text(f, r.x + 6, y, TEXT_SMALL,
              ALIGN_MIDDLE | (good ? 0 : TEXT_BOLD),
              paint(f, good ? INK : WARN), "%.3f", (double)sum);
    draw_text(f, EDGE + 46, y, TEXT_SMALL, ALIGN_RIGHT | ALIGN_MIDDLE,
              paint(f, MUTED), "%s %c", color_name(1, t), models[1][t]);
    draw_text(f, f->width - EDGE, y, TEXT_SMALL, ALIGN_RIGHT | ALIGN_MIDDLE,
              paint(f, INK), "%.2f", (double)average);
}

static bool axis_frame(struct frame *f)
{
    choice(f, lower(control(f, 0, 2)), axis_names, 2, &axis_columns);
    choice(f, lower(control(f, 1, 2)), axis_know, 2, &axis_color);
    float average[YEARS], sums[YEARS], weights[YEARS * YEARS];
    axis_compute(average, sums, weights);
    float top = (f->narrow ? 96 : 48) + 38, names = EDGE + 54;
    float right = f->narrow ? 132 : 230;
    struct rect cells = { names, top, f->width - names - right,
                          f->height - top - EDGE };
    float x = cells.x + cells.w + 10, high = (cells.h - 2) / YEARS;
    struct color ink = paint(f, INK);
    draw_text(f, cells.x, top - 9, TEXT_SMALL, ALIGN_LEFT, ink, "weights");
    draw_text(f, x, top - 9, TEXT_SMALL, ALIGN_LEFT, ink, "sum");
    draw_text(f, f->width - EDGE, top - 9, TEXT_SMALL, ALIGN_RIGHT, ink,
              "price");
    heatmap(f, cells, weights, YEARS, YEARS, 0, .5f, &(struct heatmap){
        .no_bar = true, .show_numbers = !f->narrow });
    for (int t = 0; t < YEARS; t++)
        draw_sum(f, (struct rect){ x, top + high * (float)t, right, high }, t,
                 sums[t], average[t]);
    return false;
}

static void axis_table(FILE *out)
{
    float average[YEARS], sums[YEARS], weights[YEARS * YEARS];
    axis_compute(average, sums, weights);
    fprintf(out, "year\tcar\tsum of the row\tprice\n");
    for (int t = 0; t < YEARS; t++)
        fprintf(out, "%d\t%s %c\t%.3f\t%.3f\n", t + 1, color_name(1, t),
                models[1][t], (double)sums[t], (double)average[t]);
}
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
