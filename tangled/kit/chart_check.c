/* chart_check.c -- generated from chapters/H-kit.nw. Do not edit. */
#define NO_WINDOW
#define main example_main
#include "kit/chart_example.c"
#undef main
#include "kit/check.h"

static char *table_of(struct chart *c)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    REQUIRE(out);
    chart_table(c, out);
    fclose(out);
    return text;
}

TEST(the_table_has_the_numbers_by_hand)
{
    char *text = table_of(&example_chart);
    assert_non_null(strstr(text, "x\tx to the power\tits slope\n0\t0\t0\n"));
    assert_non_null(strstr(text, "\n1.4\t1.96\t2.8\n"));
    assert_non_null(strstr(text, "\n2\t4\t4\n"));
    free(text);
}

static struct {
    float a, b, own, xs[3], ys[3], map[2], x, y;
    bool hidden;
    int computed, picked;
    struct rect put;
    char text[6];
} all;

static void all_compute(void)
{
    all.computed++;
}

static void all_pick(size_t cell)
{
    all.picked = (int)cell;
}

static void all_draw(struct frame *f, struct rect r)
{
    all.put = r;
    slider(f, (struct rect){ r.x, r.y, r.w, 44 }, "own", &all.own, 3, 3,
           "%.0f");
}

static const struct chart all_new = {
    .control = { { SLIDER("first", &all.a, 0, 1, "%.1f") },
                 { SLIDER("second", &all.b, 3, 3, "%.1f"), .step = 1 },
                 { FIELD("text", all.text) } },
    .compute = all_compute,
    .panel = {
        { .x = "place", .y = "value", .series = {
              { "one", SERIES_1, MARK_LINE | MARK_POINTS, 3, all.xs, all.ys,
                .hidden = &all.hidden },
              { "two", SERIES_2, MARK_BARS, 3, all.xs, all.ys } },
          .handle = { { "here", INK, &all.x, &all.y } } },
        { .title = "matrix", .map = all.map, .rows = 1, .cols = 2,
          .pick = all_pick },
        { .draw = all_draw } }
};
static struct chart all_chart;
CHART(all)
static const struct figure all_figure = { "all", 720, 300, 700, "Everything.",
                                          all_frame, all_table };
static struct frame frame;

static void all_open(float width)
{
    frame_close(&frame);
    memset(&all, 0, sizeof all);
    memcpy(all.xs, (float[]){ 0, 1, 2 }, sizeof all.xs);
    memcpy(all.ys, (float[]){ 1, 2, 4 }, sizeof all.ys);
    all.map[1] = 1, all.x = all.y = 1;
    all_chart = all_new;
    frame_open(&frame, &all_figure, width, 1, false);
    figure_settle(&frame);
}

TEST(panels_stand_side_by_side_or_in_a_column)
{
    all_open(720);
    const float wide[] = { all.put.x, all.put.y, all.put.w, all.put.h };
    CHECK_CLOSE(wide, ((float[]){ 490.667f, 62, 213.333f, 230 }), 4, 1e-2, 0);
    all_open(360);
    const float rest = 700 - 16 - 54 - 40, h = (rest - 24) / 3;
    const float tall[] = { all.put.x, all.put.y, all.put.w, all.put.h };
    CHECK_CLOSE(tall, ((float[]){ 16, 692 - h, 328, h }), 4, 1e-2, 0);
}

TEST(controls_keep_to_their_ends)
{
    all_open(720);
    figure_play(&frame, "drag 30 42 9999 42; drag 260 42 9999 42; key Right");
    assert_true(all.a == 1 && all.b == 3);
    int before = all.computed;
    figure_play(&frame, "drag 30 42 nan nan; drag 60 42 -inf inf");
    assert_true(all.a >= 0 && all.a <= 1 && all.own == 3);
    assert_true(all.computed > before);
    assert_true(isfinite(frame.pointer.x) && isfinite(frame.pointer.y));
    figure_play(&frame, "click 560 32; text abcdefghijk; key Backspace");
    assert_string_equal(all.text, "abcd");
}

TEST(a_key_moves_a_slider_by_one_step_at_least)
{
    all_open(720);
    all_chart.control[0].hi = 20, all_chart.control[0].step = 1;
    figure_play(&frame, "key Tab; key Right; key Right; key Right; key Left");
    assert_true(all.a == 2);
}

TEST(panels_of_several_kinds_make_a_list)
{
    all_open(720);
    char *text = table_of(&all_chart);
    assert_non_null(strstr(text, "of\tat\tvalue\none\t0\t1\none\t1\t2\n"));
    assert_non_null(strstr(text, "\nmatrix, row 0\t1\t1\n"));
    free(text);
}

TEST(limits_are_numbers_whatever_the_data)
{
    static const float wild[][3] = { { NAN, NAN, NAN }, { 7, 7, 7 },
        { INFINITY, 1, -INFINITY }, { 3e38f, -3e38f, 0 }, { 0, 0, 0 } };
    struct span x, y;
    all_open(720);
    panel_spans(all_chart.panel, &x, &y);
    const float got[] = { x.lo, x.hi, y.lo, y.hi };
    CHECK_CLOSE(got, ((float[]){ -.6f, 2.6f, 0, 4.24f }), 4, 1e-5, 0);
    for (int i = 0; i < 5; i++)
        for (int log = 0; log < 4; log++) {
            struct panel *p = all_chart.panel;
            memcpy(all.xs, wild[i], sizeof all.xs);
            memcpy(all.ys, wild[i], sizeof all.ys);
            p->log_x = log & 1, p->log_y = log & 2;
            panel_spans(p, &x, &y);
            assert_true(x.lo < x.hi && y.lo < y.hi);
            frame.computed = false;
            figure_play(&frame, "hover 120 160; drag 80 180 300 -50");
        }
}

TEST(the_pointer_is_understood)
{
    all_open(720);
    figure_play(&frame, "hover 130 150");
    assert_string_equal(frame.readout, "place 1\none 2\ntwo 2");
    figure_play(&frame, "hover 380 200");
    assert_int_equal(all.picked, 1);
    figure_play(&frame, "click 140 71");
    assert_true(all.hidden);
    figure_play(&frame, "hover 130 150");
    assert_string_equal(frame.readout, "place 1\ntwo 2");
}
CHECK_MAIN()

