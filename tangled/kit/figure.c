/* figure.c -- generated from chapters/C-figure.nw. Do not edit. */
#include "kit/modes.h"
#include "kit/figure.h"

static float power = 2;

static void power_curve(float xs[101], float ys[101])
{
    for (int i = 0; i <= 100; i++) {
        xs[i] = (float)i / 100;
        ys[i] = powf(xs[i], power);
    }
}

static bool power_frame(struct frame *f)
{
    float xs[101], ys[101];
    struct rect below = { 8, 68, f->width - 16, f->height - 76 };
    slider(f, (struct rect){ 16, 12, fminf(300, f->width - 32), 44 },
           "power", &power, 0.2f, 5, "%.1f");
    power_curve(xs, ys);
    struct plot p = plot_new(f, below, 0, 1, 0, 1);
    plot_axes(&p, "x", "x to the power");
    plot_line(&p, xs, ys, 101, paint(f, SERIES_1), 2.5f);
    int i = plot_nearest(&p, xs, 101);
    if (i >= 0) {
        plot_points(&p, &xs[i], &ys[i], 1, paint(f, SERIES_1), 4);
        readout(f, "x = %.2f\n%.3f", (double)xs[i], (double)ys[i]);
    }
    return false;
}

static void power_table(FILE *out)
{
    float xs[101], ys[101];
    power_curve(xs, ys);
    fprintf(out, "x\tx to the power %.1f\n", (double)power);
    for (int i = 0; i <= 100; i += 10)
        fprintf(out, "%.1f\t%.3f\n", (double)xs[i], (double)ys[i]);
}

enum { LINES = 201 };
struct lines { float t[LINES], swing[LINES], dying[LINES], low[LINES],
               high[LINES]; };

static void lines_fill(struct lines *l)
{
    for (int i = 0; i < LINES; i++) {
        float t = l->t[i] = (float)i * 0.05f, shrink = expf(-t / 5);
        l->swing[i] = sinf(t);
        l->dying[i] = cosf(t) * shrink;
        l->low[i] = l->dying[i] - 0.2f * shrink;
        l->high[i] = l->dying[i] + 0.2f * shrink;
    }
}

static void lines_read(struct plot *p, const struct lines *l, int i)
{
    struct frame *f = p->frame;
    plot_vline(p, l->t[i], fade(paint(f, MUTED), 0.6f));
    plot_points(p, &l->t[i], &l->swing[i], 1, paint(f, SERIES_1), 4);
    plot_points(p, &l->t[i], &l->dying[i], 1, paint(f, SERIES_2), 4);
    readout(f, "%.2f s\nswing %.3f\ndying %.3f", (double)l->t[i],
            (double)l->swing[i], (double)l->dying[i]);
}

static bool lines_frame(struct frame *f)
{
    static struct lines l;
    lines_fill(&l);
    struct rect r = { 8, 10, f->width - 16, f->height - 20 };
    struct plot p = plot_new(f, r, 0, 10, -1.2f, 1.25f);
    plot_axes(&p, "time, seconds", "height");
    plot_area(&p, l.t, l.low, l.high, LINES, fade(paint(f, SERIES_2), 0.15f));
    plot_line(&p, l.t, l.swing, LINES, paint(f, SERIES_1), 2);
    plot_line(&p, l.t, l.dying, LINES, paint(f, SERIES_2), 2);
    plot_label(&p, 8.4f, 0.92f, paint(f, SERIES_1), "swing");
    plot_label(&p, 3, -0.75f, paint(f, SERIES_2), "dying");
    int i = plot_nearest(&p, l.t, LINES);
    if (i >= 0)
        lines_read(&p, &l, i);
    return false;
}

static void lines_table(FILE *out)
{
    static struct lines l;
    lines_fill(&l);
    fprintf(out, "time, seconds\tswing\tdying\n");
    for (int i = 0; i < LINES; i += 20)
        fprintf(out, "%.0f\t%.3f\t%.3f\n", (double)l.t[i],
                (double)l.swing[i], (double)l.dying[i]);
}

static const float decades[] = { 1, 10, 100, 1000 };

static void cost(float out[4], int degree)
{
    for (int i = 0; i < 4; i++)
        out[i] = powf(decades[i], (float)degree);
}

static bool decades_frame(struct frame *f)
{
    static const char *const names[] = { "n", "n\u00b2", "n\u00b3" };
    struct rect r = { 8, 10, f->width - 16, f->height - 20 };
    struct plot p = plot_new(f, r, 1, 1000, 1, 1e9f);
    plot_axes_log(&p, "n", "operations", true, true);
    for (int degree = 1; degree <= 3; degree++) {
        float ys[4];
        struct color c = paint(f, SERIES_1 + (enum ink)degree - 1);
        cost(ys, degree);
        plot_line(&p, decades, ys, 4, c, 2);
        plot_points(&p, decades, ys, 4, c, 3.5f);
        plot_label(&p, 500, powf(500, (float)degree) / 8, c, "%s",
                   names[degree - 1]);
    }
    float x, y;
    if (plot_hover(&p, &x, &y))
        readout(f, "n = %.0f\n%.3g operations", (double)x, (double)y);
    return false;
}

static void decades_table(FILE *out)
{
    float ys[3][4];
    fprintf(out, "n\tn\tn squared\tn cubed\n");
    for (int degree = 1; degree <= 3; degree++)
        cost(ys[degree - 1], degree);
    for (int i = 0; i < 4; i++)
        fprintf(out, "%.0f\t%.0f\t%.0f\t%.0f\n", (double)decades[i],
                (double)ys[0][i], (double)ys[1][i], (double)ys[2][i]);
}

static float bar_heights[5] = { 0.2f, 0.5f, 0.9f, 0.4f, 0.7f };
static float bar_scale = 1;
static const char *const bar_names[] = { "one", "two", "three", "four",
                                         "five" };

static void bars_drag(struct plot *p)
{
    for (int i = 0; i < 5; i++) {
        /* make the column of bar i a place to drag */
        float left = plot_x(p, (float)i - 0.35f);
        float right = plot_x(p, (float)i + 0.35f);
        struct rect column = { left, p->area.y, right - left, p->area.h };
        drag_y(p->frame, i, column, &bar_heights[i], 0, 1);
    }
}

static bool bars_frame(struct frame *f)
{
    struct rect r = { 8, 68, f->width - 16, f->height - 60 };
    slider(f, (struct rect){ 16, 12, fminf(300, f->width - 32), 44 },
           "scale", &bar_scale, 0, 1, "%.2f");
    struct plot p = plot_new(f, r, -0.6f, 4.6f, 0, 1);
    plot_axes_names(&p, bar_names, 5, "height");
    bars_drag(&p);
    for (int i = 0; i < 5; i++) {
        float x = (float)i, y = bar_heights[i] * bar_scale;
        plot_bars(&p, &x, &y, 1, 0.7f, paint(f, SERIES_1));
        draw_text(f, plot_x(&p, x), plot_y(&p, y) - 7, TEXT_SMALL,
                  ALIGN_CENTER | TEXT_BOLD, paint(f, INK), "%.2f", (double)y);
    }
    return false;
}

static void bars_table(FILE *out)
{
    fprintf(out, "bar\theight\n");
    for (int i = 0; i < 5; i++)
        fprintf(out, "%s\t%.2f\n", bar_names[i],
                (double)(bar_heights[i] * bar_scale));
}

static const char *const words[] = { "The", "cat", "did", "not", "cross",
                                     "it" };

static void matrix_fill(float weights[36], float scores[36])
{
    for (int i = 0; i < 36; i++) {
        weights[i] = expf(-0.5f * (float)abs(i / 6 - i % 6)) / 2;
        scores[i] = sinf((float)i);
    }
}

static bool matrix_frame(struct frame *f)
{
    float weights[36], scores[36];
    struct heatmap left = { .title = "weights", .row_labels = words,
                            .col_labels = words, .show_numbers = true };
    struct heatmap right = left;
    right.title = "scores";
    right.diverging = true;
    right.format = "%.1f";
    /* let a and b be side by side, or one below the other */
    float w = f->narrow ? f->width - 24 : (f->width - 48) / 2;
    float h = f->narrow ? (f->height - 44) / 2 : f->height - 24;
    struct rect a = { 12, 12, w, h }, b = { 12, 12, w, h };
    if (f->narrow)
        b.y += h + 20;
    else
        b.x += w + 24;
    matrix_fill(weights, scores);
    heatmap(f, a, weights, 6, 6, 0, 0.5f, &left);
    heatmap(f, b, scores, 6, 6, -1, 1, &right);
    return false;
}

static void matrix_table(FILE *out)
{
    float weights[36], scores[36];
    matrix_fill(weights, scores);
    fprintf(out, "row\tcolumn\tweight\tscore\n");
    for (int i = 0; i < 36; i++)
        fprintf(out, "%s\t%s\t%.3f\t%.3f\n", words[i / 6], words[i % 6],
                (double)weights[i], (double)scores[i]);
}

static float head_weight(int i)          /* (8 heads, 12, 12) */
{
    int head = i / 144, query = i / 12 % 12, key = i % 12;
    float d = (float)(query - key - head + 2);
    return expf(-d * d / (1 + 0.4f * (float)head)) * 0.9f;
}

static bool heads_frame(struct frame *f)
{
    static float weights[8 * 144];
    static int selected;
    for (int i = 0; i < 8 * 144; i++)
        weights[i] = head_weight(i);
    head_grid(f, (struct rect){ 16, 12, f->width - 32, f->height - 20 },
              weights, 8, 12, 12, &selected);
    return false;
}

static void heads_table(FILE *out)
{
    fprintf(out, "head\tweight of key 6 for query 6\n");
    for (int head = 0; head < 8; head++)
        fprintf(out, "%d\t%.3f\n", head + 1,
                (double)head_weight(head * 144 + 6 * 12 + 6));
}

static float word_weights[6][6];

static void words_fill(void)
{
    static const float last[6] = { 0.05f, 0.6f, 0.02f, 0.03f, 0.1f, 0.2f };
    float weights[36], scores[36];
    matrix_fill(weights, scores);
    memcpy(word_weights, weights, sizeof weights);
    memcpy(word_weights[5], last, sizeof last);
}

static bool words_frame(struct frame *f)
{
    static int query = 5;
    float centers[6], y = f->height - 60;
    words_fill();
    int hot = token_row(f, (struct rect){ 16, y, f->width - 32, 36 }, words,
                        6, centers, query);
    if (hot >= 0 && f->pointer.pressed)
        query = hot;
    token_arcs(f, y - 4, 150, centers, word_weights[query], 6, query);
    if (hot >= 0)
        readout(f, "%s to %s\n%.2f", words[query], words[hot],
                (double)word_weights[query][hot]);
    return false;
}

static void words_table(FILE *out)
{
    words_fill();
    fprintf(out, "from it to\tweight\n");
    for (int i = 0; i < 6; i++)
        fprintf(out, "%s\t%.2f\n", words[i], (double)word_weights[5][i]);
}

static struct {
    float linear, power, x, y;
    int chosen, presses;
    bool scaled;
    char text[64];
} set = { 0.5f, 10, 0.3f, 0.6f, 1, 0, true, "attention" };

static const char *const masks[] = { "none", "causal", "window" };

static void controls_left(struct frame *f, float w)
{
    struct rect press = { 16, 248, 180, 34 };
    slider(f, (struct rect){ 16, 12, w, 44 }, "linear", &set.linear, 0, 1,
           "%.2f");
    slider_log(f, (struct rect){ 16, 76, w, 44 }, "logarithmic", &set.power,
               1, 1000, "%.1f");
    choice(f, (struct rect){ 16, 148, w, 36 }, masks, 3, &set.chosen);
    toggle(f, (struct rect){ 16, 200, w, 32 }, "scaled", &set.scaled);
    char label[32];
    snprintf(label, sizeof label, "pressed %d times", set.presses);
    set.presses += button(f, press, label);
}

static bool controls_frame(struct frame *f)
{
    float w = f->narrow ? f->width - 32 : (f->width - 72) / 2;
    float x = f->narrow ? 16 : w + 56, y = f->narrow ? 298 : 12;
    struct rect r = { x, y + 52, w, f->height - y - 68 };
    controls_left(f, w);
    text_field(f, (struct rect){ x, y, w, 36 }, set.text, sizeof set.text);
    draw_round(f, r, 6, paint(f, PANEL));
    drag_point(f, 0, inset(r, 14), &set.x, &set.y, 0, 1, 0, 1);
    draw_text(f, r.x + 12, r.y + 22, TEXT_SMALL, 0, paint(f, MUTED),
              "%.2f, %.2f", (double)set.x, (double)set.y);
    return false;
}

static void controls_table(FILE *out)
{
    fprintf(out, "control\tvalue\n");
    fprintf(out, "linear\t%.2f\n", (double)set.linear);
    fprintf(out, "logarithmic\t%.1f\n", (double)set.power);
    fprintf(out, "choice\t%s\nscaled\t%s\ntext\t%s\n", masks[set.chosen],
            set.scaled ? "yes" : "no", set.text);
    fprintf(out, "point\t%.2f, %.2f\n", (double)set.x, (double)set.y);
}

static const char *const type_lines[] = {
    "Sphinx of black quartz, judge my vow. 0123456789",
    "\u00e0\u00e9\u00ee\u00f5\u00fc \u00f1 \u00e7 \u00df \u00d8 \u00e6 "
    "\u0153 \u00a3 \u00a7 \u00abquoted\u00bb \u2013 \u2014 \u2026 "
    "\u201cx\u201d",
    "\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03bb\u03bc\u03be"
    "\u03c0\u03c1\u03c3\u03c4\u03c6\u03c7\u03c8\u03c9 "
    "\u0393\u0394\u0398\u039b\u03a3\u03a6\u03a8\u03a9",
    "\u00b1 \u00d7 \u00f7 \u2264 \u2265 \u2248 \u2260 \u221e \u221a \u2211 "
    "\u222b \u2202 \u2207 \u2208 \u2200 \u211d \u2299 \u27e8x, y\u27e9",
    "x\u00b2 e\u207b\u00b9 k\u1d40 a\u2080 a\u2081 a\u1d62 \u2190 \u2191 "
    "\u2192 \u2193 \u21d2 \u21a6 \u25cf \u25cb \u25a0",
};

static bool type_frame(struct frame *f)
{
    float size = f->narrow ? 12 : TEXT_TITLE;
    for (int i = 0; i < 10; i++) {
        enum ink ink = i < 5 ? INK : SERIES_1 + (enum ink)i - 5;
        float y = 40 + 28 * (float)i + (i < 5 ? 0 : 16);
        draw_text(f, 16, y, size, i < 5 ? 0 : TEXT_BOLD, paint(f, ink), "%s",
                  type_lines[i % 5]);
    }
    return false;
}

static void type_table(FILE *out)
{
    fprintf(out, "line\ttext\n");
    for (int i = 0; i < 5; i++)
        fprintf(out, "%d\t%s\n", i + 1, type_lines[i]);
}
static const struct figure figures[] = {
    { "power", 680, 380, 380, "The curve of x to the power 2, from 0 to 1, "
      "below a slider for the power.", power_frame, power_table },
    { "lines", 680, 320, 300, "Two swings over ten seconds: one keeps its "
      "height, the other dies away within a shaded band.",
      lines_frame, lines_table },
    { "decades", 680, 300, 300, "Three straight lines of slopes 1, 2 and 3 "
      "on axes whose marks are powers of ten.", decades_frame,
      decades_table },
    { "bars", 680, 360, 380, "Five bars of different heights, below a slider "
      "that scales them.", bars_frame, bars_table },
    /* figures of matrices, words and controls */
    { "matrix", 680, 380, 640, "Two tables of six by six colored cells with "
      "numbers: weights from 0 to 0.5, and scores from -1 to 1.",
      matrix_frame, matrix_table },
    { "heads", 680, 400, 480, "Eight small pictures of weights, one a head; a "
      "diagonal moves down from head to head.", heads_frame, heads_table },

    { "words", 680, 240, 220, "A row of six words. Arcs lead from the last to "
      "the others, the thickest to the second.", words_frame, words_table },

    { "controls", 680, 296, 520, "Two sliders, a choice of three, a switch, a "
      "button, a text field, and a point in a square.", controls_frame,
      controls_table },

    { "type", 680, 350, 330, "Lines of letters, digits, Greek and mathematical "
      "signs, regular and bold.", type_frame, type_table },

    { 0 }
};
FIGURES(figures)
int main(int argc, char **argv)
{
    static const struct command_option options[] = { FIGURE_OPTIONS, { 0 } };
    static const struct mode modes[] = { FIGURE_MODES(""), { 0 } };
    return program_run(&(struct program){ "figure",
        "the elements of the figure kit", "figure --show bars --window",
        options, NULL, modes }, argc, argv);
}

