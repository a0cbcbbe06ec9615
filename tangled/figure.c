/* figure.c -- generated from chapters/C-figure.nw. Do not edit. */
#include "workshop.h"
#include "figure.h"

static float lines_x[200], lines_y[2][200], lines_low[200], lines_high[200];

static void lines_fill(void)
{
    for (int i = 0; i < 200; i++) {
        float x = lines_x[i] = (float)i * 0.05f;
        lines_y[0][i] = sinf(x);
        lines_y[1][i] = cosf(x) * expf(-x / 6);
        lines_low[i] = lines_y[1][i] - 0.15f;
        lines_high[i] = lines_y[1][i] + 0.15f;
    }
}

static bool lines_frame(struct frame *f)
{
    lines_fill();
    struct plot p = plot_new(f, (struct rect){ 0, 8, f->width, f->height - 8 },
                             0, 10, -1.2f, 1.2f);
    plot_axes(&p, "time, seconds", "displacement");
    plot_area(&p, lines_x, lines_low, lines_high, 200,
              fade(paint(f, SERIES_2), 0.15f));
    plot_line(&p, lines_x, lines_y[0], 200, paint(f, SERIES_1), 2);
    plot_line(&p, lines_x, lines_y[1], 200, paint(f, SERIES_2), 2);
    plot_label(&p, 2, 1, paint(f, SERIES_1), "sin t");
    plot_label(&p, 6.4f, 0.5f, paint(f, SERIES_2), "damped");
    int i = plot_nearest(&p, lines_x, 200);
    if (i >= 0) {
        plot_vline(&p, lines_x[i], fade(paint(f, MUTED), 0.6f));
        for (int k = 0; k < 2; k++)
            plot_points(&p, &lines_x[i], &lines_y[k][i], 1,
                        paint(f, SERIES_1 + (enum ink)k), 4);
        readout(f, "t = %.2f\nsin t  %.3f\ndamped  %.3f", (double)lines_x[i],
                (double)lines_y[0][i], (double)lines_y[1][i]);
    }
    return false;
}

static void lines_table(FILE *out)
{
    lines_fill();
    fprintf(out, "t\tsin t\tdamped\n");
    for (int i = 0; i < 200; i += 20)
        fprintf(out, "%.1f\t%.3f\t%.3f\n", (double)lines_x[i],
                (double)lines_y[0][i], (double)lines_y[1][i]);
}

static float bars_value[5] = { 0.2f, 0.5f, 0.9f, 0.4f, 0.7f };
static float bars_scale = 1;

static bool bars_frame(struct frame *f)
{
    static const char *const names[] = { "one", "two", "three", "four",
                                         "five" };
    float shown[5];
    struct rect r = { 0, 56, f->width, f->height - 56 };
    slider(f, (struct rect){ 12, 8, fminf(320, f->width - 24), 44 }, "scale",
           &bars_scale, 0, 1, "%.2f");
    struct plot p = plot_new(f, r, -0.6f, 4.6f, 0, 1);
    plot_axes_names(&p, names, 5, "drag the bars");
    for (int i = 0; i < 5; i++) {
        float left = plot_x(&p, (float)i - 0.35f);
        struct rect column = { left, p.area.y, plot_x(&p, (float)i + 0.35f)
                               - left, p.area.h };
        drag_y(f, i, column, &bars_value[i], 0, 1);
        shown[i] = bars_value[i] * bars_scale;
    }
    plot_bars(&p, NULL, shown, 5, 0.7f, paint(f, SERIES_1));
    for (int i = 0; i < 5; i++)
        draw_text(f, plot_x(&p, (float)i), plot_y(&p, shown[i]) - 7,
                  TEXT_SMALL, ALIGN_CENTER | TEXT_BOLD, paint(f, INK), "%.2f",
                  (double)shown[i]);
    return false;
}

static void bars_table(FILE *out)
{
    fprintf(out, "bar\tvalue\n");
    for (int i = 0; i < 5; i++)
        fprintf(out, "%d\t%.2f\n", i + 1, (double)bars_value[i]);
}

static const char *const words[] = { "The", "animal", "did", "not", "cross",
                                     "it" };

static bool matrix_frame(struct frame *f)
{
    static float weights[36], signs[36];
    for (int i = 0; i < 36; i++) {
        weights[i] = expf(-0.5f * (float)abs(i / 6 - i % 6)) / 2;
        signs[i] = sinf((float)i);
    }
    struct heatmap one = { .title = "weights", .row_labels = words,
                           .col_labels = words, .show_numbers = true };
    struct heatmap two = { .title = "scores", .row_labels = words,
                           .col_labels = words, .diverging = true,
                           .show_numbers = true, .format = "%.1f" };
    float w = f->narrow ? f->width - 16 : (f->width - 40) / 2;
    float h = f->narrow ? f->height / 2 - 16 : f->height - 24;
    heatmap(f, (struct rect){ 8, 12, w, h }, weights, 6, 6, 0, 0.5f, &one);
    heatmap(f, f->narrow ? (struct rect){ 8, h + 24, w, h }
                         : (struct rect){ w + 28, 12, w, h },
            signs, 6, 6, -1, 1, &two);
    return false;
}

static bool heads_frame(struct frame *f)
{
    static float weights[8 * 12 * 12];
    static int selected;
    for (int i = 0; i < 8 * 144; i++) {
        int h = i / 144, q = i / 12 % 12, k = i % 12;
        float d = (float)(q - k - h + 2);
        weights[i] = expf(-d * d / (1 + 0.4f * (float)h)) * 0.9f;
    }
    head_grid(f, (struct rect){ 12, 12, f->width - 24, f->height - 24 },
              weights, 8, 12, 12, &selected);
    return false;
}

static bool tokens_frame(struct frame *f)
{
    static int query = 5;
    static float weights[6] = { 0.05f, 0.55f, 0.02f, 0.03f, 0.15f, 0.2f };
    float centers[6];
    int hot = token_row(f, (struct rect){ 12, f->height - 70, f->width - 24,
                                          36 }, words, 6, centers, query);
    if (hot >= 0 && f->pointer.pressed)
        query = hot;
    token_arcs(f, f->height - 74, 150, centers, weights, 6, query);
    if (hot >= 0)
        readout(f, "%s\n%.2f", words[hot], (double)weights[hot]);
    return false;
}

static bool controls_frame(struct frame *f)
{
    static float linear = 0.5f, power = 10, x = 0.3f, y = 0.6f;
    static const char *const names[] = { "none", "causal", "window" };
    static int chosen = 1, clicks;
    static bool on = true;
    static char text[64] = "attention";
    float w = f->narrow ? f->width - 32 : (f->width - 64) / 2;
    float x2 = f->narrow ? 16 : w + 48, y2 = f->narrow ? 276 : 16;
    slider(f, (struct rect){ 16, 16, w, 44 }, "linear", &linear, 0, 1, "%.2f");
    slider_log(f, (struct rect){ 16, 76, w, 44 }, "logarithmic", &power, 1,
               1000, "%.1f");
    choice(f, (struct rect){ 16, 140, w, 36 }, names, 3, &chosen);
    toggle(f, (struct rect){ 16, 190, w, 32 }, "scaled", &on);
    char label[32];
    snprintf(label, sizeof label, "pressed %d times", clicks);
    clicks += button(f, (struct rect){ 16, 234, 180, 34 }, label);
    text_field(f, (struct rect){ x2, y2, w, 36 }, text, sizeof text);
    struct rect r = { x2, y2 + 52, w, f->height - y2 - 76 };
    draw_round(f, r, 6, paint(f, PANEL));
    drag_point(f, 0, r, &x, &y, 0, 1, 0, 1);
    draw_text(f, r.x + 10, r.y + 20, TEXT_SMALL, 0, paint(f, MUTED),
              "%.2f, %.2f", (double)x, (double)y);
    return false;
}

static bool type_frame(struct frame *f)
{
    static const char *const lines[] = {
        "Sphinx of black quartz, judge my vow. 0123456789",
        "àéîõü ñ ç ß Ø æ œ £ § ¿ «quoted» – — … “ ” ‘ ’",
        "αβγδεζηθικλμνξοπρστυφχψω ΓΔΘΛΞΠΣΦΨΩ ϕ",
        "− ± × ÷ · ≤ ≥ ≈ ≠ ≪ ≫ ∞ √ ∑ ∏ ∫ ∂ ∇ ∈ ∉ ∀ ∃ ℝ ‖ ⊙ ⟨x, y⟩",
        "x⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿ kᵀ a₀₁₂₃₄₅₆₇₈₉ₙᵢⱼₖₜ ← ↑ → ↓ ↔ ⇒ ↦ ● ○ ■ ▲",
    };
    for (int i = 0; i < 5; i++)
        draw_text(f, 16, 40 + 28 * (float)i, f->narrow ? 11 : 15, 0,
                  paint(f, INK), "%s", lines[i]);
    for (int i = 0; i < 5; i++)
        draw_text(f, 16, 190 + 28 * (float)i, f->narrow ? 11 : 15, TEXT_BOLD,
                  paint(f, SERIES_1 + (enum ink)i), "%s", lines[i]);
    return false;
}

static const struct figure figures[] = {
    { "lines", 680, 340, 320,
      "Two curves, a band around one of them, and points on the other.",
      lines_frame, lines_table },
    { "bars", 680, 360, 400, "Five bars that can be dragged, and a slider.",
      bars_frame, bars_table },
    { "matrix", 680, 400, 620, "Two heatmaps with their color bars.",
      matrix_frame, NULL },
    { "heads", 680, 400, 460, "Eight heads of attention; one is selected.",
      heads_frame, NULL },
    { "tokens", 680, 300, 320, "A row of words, joined by arcs.",
      tokens_frame, NULL },
    { "controls", 680, 330, 520, "Every control.", controls_frame, NULL },
    { "type", 680, 380, 420, "Letters, digits, Greek and signs.",
      type_frame, NULL },
    { 0 }
};
FIGURES(figures)

int main(int argc, char **argv)
{
    struct command_option options[] = { FIGURE_OPTIONS, { 0 } };
    struct command command = {
        "figure", "the elements of the figure kit",
        "figure [--show NAME] --figure FILE.png\n"
        "figure [--show NAME] --window",
        "figure --show bars --window", options
    };
    command_parse(&command, argc, argv);
    if (!figure_requested())
        command_usage(&command);
    return figure_run(figures);
}
