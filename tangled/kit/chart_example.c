/* chart_example.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/modes.h"
#include "kit/chart.h"

static float power = 2;

static float curve(float x) { return powf(x, power); }
static float slope(float x) { return power * powf(x, power - 1); }

static struct chart example_chart = {
    .control = { { SLIDER("power", &power, 1, 4, "%.1f") } },
    .panel = { { .x = "x", .y = "height", .x1 = 2, .y1 = 4, .series = {
        { "x to the power", SERIES_1, MARK_LINE, .of = curve },
        { "its slope", SERIES_2, MARK_LINE, .of = slope } } } },
};
CHART(example)
static const struct figure figures[] = {
    { "example", 680, 340, 360, "Two curves below a slider for the power: a "
      "parabola, and its slope, a line.", example_frame, example_table },
    { 0 }
};
FIGURES(figures)

int main(int argc, char **argv)
{
    static const struct command_option options[] = { FIGURE_OPTIONS, { 0 } };
    static const struct mode modes[] = { FIGURE_MODES(""), { 0 } };
    return program_run(&(struct program){ "chart_example",
        "a curve and its slope", "chart_example --figure FILE.png",
        options, NULL, modes }, argc, argv);
}
