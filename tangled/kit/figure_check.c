/* figure_check.c -- generated from chapters/C-figure.nw. Do not edit. */
#define NO_WINDOW
#include "kit/workshop.h"
#include "kit/figure.h"
#include "kit/check.h"
/* include the reader of PNG files */
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

static struct frame frame;
static bool (*draw)(struct frame *);
static const struct color black = { 0, 0, 0, 255 };
static const struct color white = { 255, 255, 255, 255 };

static bool draw_it(struct frame *f)
{
    return draw ? draw(f) : false;
}

static const struct figure board = {
    "board", 300, 200, 0, "A board.", draw_it, NULL
};

static struct frame *blank(void)
{
    draw = NULL;
    frame_close(&frame);
    frame_open(&frame, &board, 300, 1, false);
    draw_rect(&frame, (struct rect){ 0, 0, 300, 200 }, black);
    return &frame;
}

static float covered(void)
{
    double sum = 0;
    for (int i = 0; i < 300 * 200; i++)
        sum += frame.canvas.pixels[4 * i];
    return (float)(sum / 255);
}

#define CHECK_AREA(want, slack) \
    CHECK_CLOSE((float[]){ covered() }, (float[]){ (float)(want) }, 1, \
                (float)(slack), 0)
TEST(a_rectangle_covers_its_area)
{
    draw_rect(blank(), (struct rect){ 10.25f, 20.5f, 3.5f, 2.25f }, white);
    CHECK_AREA(7.875, 0.03);
}

TEST(a_rectangle_over_the_edge_is_cut)
{
    draw_rect(blank(), (struct rect){ -5, -5, 10, 10 }, white);
    CHECK_AREA(25, 0);
    draw_rect(blank(), (struct rect){ 290, 190, 1e9f, 1e9f }, white);
    CHECK_AREA(100, 0);
}

TEST(a_triangle_covers_half_a_rectangle)
{
    const float xs[] = { 10, 90, 10 }, ys[] = { 10, 10, 70 };
    draw_polygon(blank(), xs, ys, 3, white);
    CHECK_AREA(80 * 60 / 2, 0.5);
}

TEST(a_disc_covers_its_area)
{
    draw_disc(blank(), 100, 100, 50, white);
    CHECK_AREA(3.14159 * 2500, 8);
}

TEST(rings_and_frames_cover_their_areas)
{
    draw_ring(blank(), 100, 100, 50, 4, white);
    CHECK_AREA(3.14159 * (52 * 52 - 48 * 48), 8);
    draw_frame(blank(), (struct rect){ 20, 20, 100, 60 }, 0, 2, white);
    CHECK_AREA(100 * 60 - 96 * 56, 0.5);
}

TEST(a_line_covers_length_times_width)
{
    draw_line(blank(), 10, 10, 70, 90, 3, white);
    CHECK_AREA(3 * 100, 0.5);
}

TEST(ends_and_corners_are_round)
{
    const float xs[] = { 20, 120, 120 }, ys[] = { 20, 20, 120 };
    draw_polyline(blank(), xs, ys, 2, 8, white);
    CHECK_AREA(8 * 100 + 3.14159 * 16, 1);
    draw_polyline(blank(), xs, ys, 3, 8, white);
    CHECK_AREA(8 * 200 + 3.14159 * 16 * 1.25 - 16, 1.5);
}

TEST(a_gap_divides_a_line)
{
    const float xs[] = { 20, 60, NAN, 100, 140 };
    const float ys[] = { 20, 20, 20, 20, 20 };
    draw_polyline(blank(), xs, ys, 5, 4, white);
    CHECK_AREA(2 * (4 * 40 + 3.14159 * 4), 1);
}

TEST(nothing_leaves_the_clip)
{
    clip_to(blank(), (struct rect){ 50, 50, 20, 20 });
    draw_disc(&frame, 60, 60, 100, white);
    draw_text(&frame, 0, 60, 40, 0, white, "across the board");
    CHECK_AREA(20 * 20, 0);
}

TEST(a_clip_off_the_board_shows_nothing)
{
    clip_to(blank(), (struct rect){ 350, 50, 20, 20 });
    draw_disc(&frame, 60, 60, 500, white);
    CHECK_AREA(0, 0);
}

TEST(utf8_is_read_and_broken_bytes_survive)
{
    const char *s = "a\u00e9\u2202\xff\xc3";
    const int want[] = { 'a', 0xe9, 0x2202, 0xff, 0xc3, 0 };
    for (int i = 0; want[i]; i++)
        assert_int_equal(utf8_next(&s), want[i]);
    assert_int_equal(*s, 0);
}

TEST(a_hyphen_before_a_number_is_a_minus)
{
    float minus = text_run("\u2212", 10, false);
    float one = text_run("1", 10, false);
    assert_true(text_run("-1", 10, false) == minus + one);
    assert_true(text_run("1-1", 10, false) < 2 * one + minus);
    assert_true(text_run("x-1", 10, false) < text_run("x -1", 10, false));
}

TEST(digits_are_tabular)
{
    float zero = text_run("0", 10, false);
    for (char digit[] = "1"; digit[0] <= '9'; digit[0]++)
        assert_true(text_run(digit, 10, false) == zero);
}

TEST(widths_add_up)
{
    float zero = text_run("0", 10, false);
    assert_true(text_run("0000", 20, false) == 8 * zero);
    assert_true(text_run("word", 10, true) > text_run("word", 10, false));
    assert_true(draw_text(blank(), 0, 50, 10, 0, white, "%d", 12)
                == 2 * zero);
}

static void read_table(const struct font_glyph *g)
{
    for (; g->outline; g++) {
        /* check one glyph, and read it */
        assert_true(g[1].outline == NULL || g[1].code > g->code);
        assert_true(g->advance < 3000);
        glyph_path(&frame, g->outline, 0.02f, false, 0, 0);
        frame.canvas.path_count = 0;
    }
}

TEST(every_glyph_is_in_order_and_can_be_read)
{
    blank();
    read_table(font_regular);
    read_table(font_bold);
}

TEST(text_stands_where_it_should)
{
    draw_text(blank(), 100, 50, 20, ALIGN_RIGHT, white, "HH");
    assert_true(covered() > 50);
    draw_rect(&frame, (struct rect){ 60, 30, 40, 21 }, black);
    CHECK_AREA(0, 0);
}

static double light(int v)
{
    double s = v / 255.;
    return s <= 0.04045 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
}

static double luminance(struct color c)
{
    return 0.2126 * light(c.r) + 0.7152 * light(c.g) + 0.0722 * light(c.b);
}

static double contrast(struct color a, struct color b)
{
    double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

TEST(inks_stand_out_from_the_paper)
{
    struct frame *f = blank();
    for (int dark = 0; dark < 2; dark++) {
        f->dark = dark;
        for (enum ink ink = INK; ink < INK_COUNT; ink++)
            if (ink != GRID) {
                assert_true(contrast(paint(f, ink), paint(f, PAPER)) >= 4.5);
                assert_true(contrast(paint(f, ink), paint(f, PANEL)) >= 4.5);
            }
    }
}

TEST(the_sequential_map_is_viridis)
{
    const int want[3][3] = { { 68, 1, 84 }, { 33, 145, 140 },
                             { 253, 231, 37 } };
    for (int i = 0; i < 3; i++) {
        struct color c = map_sequential((float)i / 2);
        assert_in_range(c.r - want[i][0] + 4, 0, 8);
        assert_in_range(c.g - want[i][1] + 4, 0, 8);
        assert_in_range(c.b - want[i][2] + 4, 0, 8);
    }
}

TEST(the_sequential_map_grows_lighter)
{
    for (int i = 1; i <= 50; i++)
        assert_true(luminance(map_sequential((float)i / 50))
                    > luminance(map_sequential((float)(i - 1) / 50)));
}

TEST(numbers_in_cells_can_be_read)
{
    for (int i = 0; i <= 100; i++) {
        /* check the ink on both maps at i */
        struct color c = map_sequential((float)i / 100);
        assert_true(contrast(c, ink_on(c)) >= 4.5);
        c = map_diverging(&frame, (float)i / 50 - 1);
        assert_true(contrast(c, ink_on(c)) >= 4.5);
    }
}

static int presses;

static bool press_me(struct frame *f)
{
    presses += button(f, (struct rect){ 0, 60, 60, 32 }, "press");
    return false;
}

TEST(a_fast_click_is_not_lost)
{
    draw = (blank(), press_me);
    presses = 0;
    /* press and release within one poll */
    frame_event(&frame, (struct event){ .type = EVENT_DOWN, .x = 30, .y = 75 });
    frame_event(&frame, (struct event){ .type = EVENT_UP, .x = 30, .y = 75 });
    assert_true(frame_step(&frame, 0) && presses == 0);
    assert_true(!frame_step(&frame, 0) && presses == 1);
}

TEST(axes_map_there_and_back)
{
    struct plot p = plot_new(blank(), (struct rect){ 0, 0, 300, 200 }, 1, 100,
                             -3, 5);
    for (int i = 0; i < 24; i++) {
        float x = 1 + 9 * (float)(i / 2);
        p.log_x = i % 2;
        float back = plot_unx(&p, plot_x(&p, x));
        CHECK_CLOSE(&back, &x, 1, 0, 1e-3f);
    }
    assert_true(plot_x(&p, 1) == p.area.x && plot_y(&p, 5) == p.area.y);
    assert_true(plot_y(&p, -3) == p.area.y + p.area.h);
}

TEST(ticks_are_round_numbers)
{
    const float range[] = { 1, 1, 10, 10, 7, 0.03f, 250, 100 };
    const int most[] = { 5, 10, 10, 4, 7, 5, 6, 3 };
    const float want[] = { 0.2f, 0.1f, 1, 5, 1, 0.01f, 50, 50 };
    for (int i = 0; i < 8; i++)
        CHECK_CLOSE((float[]){ tick_step(range[i], most[i]) }, &want[i], 1, 0,
                    1e-6f);
    assert_true(tick_step(0, 5) == 1 && tick_step(NAN, 5) == 1);
}

TEST(numbers_have_the_decimals_of_their_step)
{
    const float value[] = { 0.30000001f, -0.25f, -1e-9f, 20, 2e6f };
    const float step[] = { 0.1f, 0.05f, 0.5f, 5, 1e6f };
    const char *const want[] = { "0.3", "-0.25", "0.0", "20", "2e+06" };
    char text[48];
    for (int i = 0; i < 5; i++) {
        number_text(text, sizeof text, value[i], step[i]);
        assert_string_equal(text, want[i]);
    }
}

TEST(no_axis_has_ticks_without_end)
{
    double first;
    assert_true(tick_count(-1, 1, 0.5f, &first) == 5 && first == -2);
    assert_true(tick_count(1e9f, 1e9f + 128, 20, &first) == 7);
    const float v0[] = { 0, -INFINITY, -INFINITY, NAN, 0, 1, -2e38f };
    const float v1[] = { INFINITY, 0, INFINITY, 1, NAN, 0, 2e38f };
    for (int i = 0; i < 7; i++) {
        float step = tick_step(v1[i] - v0[i], 5);
        assert_int_equal(tick_count(v0[i], v1[i], step, &first), 0);
    }
}

TEST(decades_are_written_as_powers)
{
    const int decade[] = { 0, -2, 3, 5, -12 }, digit[] = { 1, 2, 5, 1, 2 };
    const char *const want[] = { "1", "0.02", "5000", "10\u2075",
                                 "2\u00b710\u207b\u00b9\u00b2" };
    char text[48];
    for (int i = 0; i < 5; i++) {
        decade_text(text, sizeof text, decade[i], digit[i]);
        assert_string_equal(text, want[i]);
    }
}

TEST(wild_numbers_do_no_harm)
{
    const float wild[] = { 0, INFINITY, -INFINITY, NAN, 1e30f, -1e30f, 5 };
    struct plot p = plot_new(blank(), (struct rect){ 0, 0, 300, 200 }, 0, 1,
                             -1e30f, 1e30f);
    plot_axes(&p, "x", "y");
    plot_line(&p, wild, wild, 7, white, 2);
    plot_area(&p, wild, NULL, wild, 7, white);
    plot_bars(&p, NULL, wild, 7, 1, white);
    plot_points(&p, wild, wild, 7, white, 3);
    heatmap(&frame, (struct rect){ 0, 0, 300, 200 }, wild, 1, 7, 0, 0, NULL);
}

static const float six[] = { 0, 0.2f, 0.4f, 0.6f, 0.8f, 1 };
static int cell_under;

static bool six_cells(struct frame *f)
{
    const struct heatmap plain = { .no_bar = true };
    cell_under = heatmap(f, (struct rect){ 0, 0, 30, 22 }, six, 2, 3, 0, 1,
                         &plain);
    return false;
}

TEST(a_heatmap_shows_and_knows_its_cells)
{
    draw = (blank(), six_cells);
    figure_settle(&frame);
    assert_int_equal(cell_under, -1);
    struct color want = map_sequential(0.8f);
    const uint8_t *pixel = frame.canvas.pixels + 4 * (16 * 300 + 15);
    assert_true(pixel[0] == want.r && pixel[1] == want.g);
    figure_play(&frame, "hover 15 16");
    assert_int_equal(cell_under, 4);
    assert_string_equal(frame.readout, "row 1, column 1\n0.80");
}

TEST(a_small_target_can_be_hit_by_a_finger)
{
    struct rect r = reach((struct rect){ 100, 100, 10, 8 });
    assert_true(r.w == 32 && r.h == 32 && r.x == 89 && r.y == 88);
}

static float level, share, high;
static bool flag;
static int picked, changes;
static char typed[8];

static bool controls(struct frame *f)
{
    static const char *const names[] = { "a", "b", "c" };
    struct rect right = { 200, 50, 96, 44 };
    changes += slider(f, (struct rect){ 0, 0, 116, 44 }, "level", &level, 0,
                      1, "%.2f");
    press_me(f);
    changes += choice(f, (struct rect){ 0, 100, 90, 32 }, names, 3, &picked);
    changes += toggle(f, (struct rect){ 0, 140, 90, 32 }, "flag", &flag);
    changes += text_field(f, (struct rect){ 150, 0, 100, 32 }, typed, 8);
    changes += drag_y(f, 0, (struct rect){ 150, 50, 40, 100 }, &high, 0, 2);
    changes += slider_log(f, right, "share", &share, 1, 100, "%.0f");
    return false;
}

static void play(const char *events)
{
    draw = (blank(), controls);
    level = 0.5f, high = 1, share = 10, flag = false;
    picked = presses = changes = 0;
    typed[0] = '\0';
    figure_settle(&frame);
    assert_int_equal(changes, 0);
    figure_play(&frame, events);
}

TEST(a_slider_follows_the_pointer)
{
    play("drag 58 30 83 30");
    CHECK_CLOSE(&level, (float[]){ 0.75f }, 1, 1e-6f, 0);
    play("drag 58 30 900 300");
    assert_true(level == 1);
}

TEST(a_drag_that_begins_elsewhere_moves_nothing)
{
    play("drag 58 70 100 30");
    assert_true(level == 0.5f);
}

TEST(a_logarithmic_slider_follows_the_pointer)
{
    play("drag 248 80 212 80");
    CHECK_CLOSE(&share, (float[]){ 1.2589f }, 1, 1e-3f, 0);
}

TEST(keys_move_a_slider)
{
    play("key Tab; key Right; key Right");
    CHECK_CLOSE(&level, (float[]){ 0.52f }, 1, 1e-6f, 0);
}

TEST(keys_go_to_the_ends_of_a_slider)
{
    play("key Tab; key Home");
    assert_true(level == 0);
    play("key Tab; key End; key PageDown");
    CHECK_CLOSE(&level, (float[]){ 0.9f }, 1, 1e-6f, 0);
}

TEST(tab_visits_every_control_and_returns)
{
    play("");
    for (int i = 1; i <= 8; i++) {
        figure_play(&frame, "key Tab");
        assert_int_equal(frame.focus, i % 8);
    }
    assert_string_equal(frame.spoken, "");
    figure_play(&frame, "shift Tab");
    assert_string_equal(frame.spoken, "share 10");
}

TEST(a_button_wants_a_release_over_it)
{
    play("click 30 75; click 30 75");
    assert_int_equal(presses, 2);
    play("drag 30 75 200 180");
    assert_int_equal(presses, 0);
}

TEST(keys_press_a_button)
{
    play("key Tab; key Tab; key Enter; key Space");
    assert_int_equal(presses, 2);
}

TEST(choices_and_toggles_change)
{
    play("click 75 116; click 10 156");
    assert_true(picked == 2 && flag && changes == 2);
    play("key Tab; key Tab; key Tab; key Right; key Tab; key Space");
    assert_true(picked == 1 && flag && changes == 2);
}

TEST(a_text_field_takes_whole_characters)
{
    play("click 200 16; text a\u00e9\u2202; text xyz");
    assert_string_equal(typed, "a\u00e9\u2202x");
}

TEST(backspace_takes_whole_characters_away)
{
    play("click 200 16; text a\u00e9\u2202; text xyz");
    figure_play(&frame, "key Backspace; key Backspace");
    assert_string_equal(typed, "a\u00e9");
    figure_play(&frame, "key Backspace; key Backspace; key Backspace");
    assert_string_equal(typed, "");
}

TEST(a_bar_is_dragged_up_and_down)
{
    play("drag 170 100 170 75");
    CHECK_CLOSE(&high, (float[]){ 1.5f }, 1, 1e-6f, 0);
    play("drag 170 100 170 400");
    assert_true(high == 0);
    assert_true(frame.grabs == 1 && inside(frame.grab[0], 170, 100));
}

TEST(a_picture_is_written_whole)
{
    int w, h, n;
    const char *file = check_path("board.png");
    play("");
    figure_write(&frame, file);
    uint8_t *pixels = stbi_load(file, &w, &h, &n, 4);
    assert_true(pixels && w == 300 && h == 200);
    assert_memory_equal(pixels, frame.canvas.pixels, 4 * 300 * 200);
    free(pixels);
}

TEST(pixels_depend_on_the_state_only)
{
    size_t n = 4 * 300 * 200;
    uint8_t *first = allocate(n, 1);
    play("");
    memcpy(first, frame.canvas.pixels, n);
    frame_resize(&frame, 250, 2, true);
    figure_settle(&frame);
    frame_resize(&frame, 300, 1, false);
    figure_settle(&frame);
    assert_memory_equal(first, frame.canvas.pixels, n);
    free(first);
}

TEST(mistakes_are_named)
{
    play("");
    CHECK_PRINTS(2, "no/such/folder",
               figure_write(&frame, "no/such/folder/a.png"));
    CHECK_PRINTS(2, "without SDL2", figure_window(&board));
}

TEST(mistakes_in_a_play_are_named)
{
    play("");
    CHECK_PRINTS(2, "hop 3", figure_play(&frame, "hop 3"));
    CHECK_PRINTS(2, "hover 3", figure_play(&frame, "hover 3"));
    CHECK_PRINTS(2, "Meta", figure_play(&frame, "key Meta"));
}
CHECK_MAIN()
