/* figure_check.c -- generated from chapters/C-figure.nw. Do not edit. */
#define NO_WINDOW
#include "workshop.h"
#include "figure.h"
#include "check.h"
#define STB_IMAGE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

static struct frame frame;
static bool (*draw)(struct frame *);

static bool draw_it(struct frame *f)
{
    return draw ? draw(f) : false;
}

static const struct figure board = {
    "board", 300, 200, 0, "A board.", draw_it, NULL
};
static const struct color black = { 0, 0, 0, 255 };
static const struct color white = { 255, 255, 255, 255 };

static struct frame *blank(void)
{
    draw = NULL;
    frame_close(&frame);
    frame_open(&frame, &board, 300, 1, false);
    draw_rect(&frame, (struct rect){ 0, 0, 300, 200 }, black);
    return &frame;
}

static double covered(void)             /* white on the board, in pixels */
{
    double sum = 0;
    for (int i = 0; i < 300 * 200; i++)
        sum += frame.canvas.pixels[4 * i];
    return sum / 255;
}

#define CHECK_AREA(want, slack) \
    CHECK_CLOSE((float[]){ (float)covered() }, (float[]){ (float)(want) }, \
                1, (float)(slack), 0)

TEST(a_rectangle_covers_its_area)
{
    draw_rect(blank(), (struct rect){ 10.25f, 20.5f, 3.5f, 2.25f }, white);
    CHECK_AREA(7.875, 0.03);
    draw_rect(blank(), (struct rect){ -5, -5, 10, 10 }, white);
    CHECK_AREA(25, 0);
    draw_rect(blank(), (struct rect){ 290, 190, 1e9f, 1e9f }, white);
    CHECK_AREA(100, 0);
}

TEST(a_triangle_covers_half_a_rectangle)
{
    draw_polygon(blank(), (float[]){ 10, 90, 10 }, (float[]){ 10, 10, 70 }, 3,
                 white);
    CHECK_AREA(2400, 0.5);
}

TEST(discs_and_rings_cover_their_areas)
{
    draw_disc(blank(), 100, 100, 50, white);
    CHECK_AREA(3.14159 * 2500, 16);
    draw_ring(blank(), 100, 100, 50, 4, white);
    CHECK_AREA(3.14159 * (52 * 52 - 48 * 48), 16);
    draw_frame(blank(), (struct rect){ 20, 20, 100, 60 }, 0, 2, white);
    CHECK_AREA(100 * 60 - 96 * 56, 0.5);
}

TEST(lines_cover_length_times_width)
{
    draw_line(blank(), 10, 10, 110, 10, 2, white);
    CHECK_AREA(200, 0.5);
    draw_line(blank(), 10, 10, 70, 90, 3, white);
    CHECK_AREA(300, 0.5);
    draw_polyline(blank(), (float[]){ 20, 120 }, (float[]){ 20, 20 }, 2, 8,
                  white);
    CHECK_AREA(800 + 3.14159 * 16, 1);
    draw_polyline(blank(), (float[]){ 20, 120, 120 },
                  (float[]){ 20, 20, 120 }, 3, 8, white);
    CHECK_AREA(1600 + 3.14159 * 16 * 1.25 - 16, 1.5);
}

TEST(a_gap_divides_a_line)
{
    const float xs[] = { 20, 60, NAN, 100, 140 };
    const float ys[] = { 20, 20, 20, 20, 20 };
    draw_polyline(blank(), xs, ys, 5, 4, white);
    CHECK_AREA(2 * (160 + 3.14159 * 4), 1);
}

TEST(nothing_leaves_the_clip)
{
    struct frame *f = blank();
    clip_to(f, (struct rect){ 50, 50, 20, 20 });
    draw_disc(f, 60, 60, 100, white);
    draw_text(f, 0, 60, 40, 0, white, "across the board");
    CHECK_AREA(400, 0);
    clip_to(blank(), (struct rect){ 350, 50, 20, 20 });
    draw_disc(&frame, 60, 60, 500, white);
    CHECK_AREA(0, 0);
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

TEST(every_glyph_is_in_order_and_can_be_drawn)
{
    const struct font_glyph *tables[] = { font_regular, font_bold };
    for (int t = 0; t < 2; t++)
        for (const struct font_glyph *g = tables[t]; g->outline; g++) {
            assert_true(g[1].outline == NULL || g[1].code > g->code);
            assert_true(g->advance < 3000);
            glyph_path(&frame, g->outline, 0.02f, false, 0, 0);
            frame.canvas.path_count = 0;
        }
}

TEST(digits_are_tabular_and_widths_add_up)
{
    const struct frame *f = blank();
    float zero = text_width(f, 10, "0");
    for (char digit[] = "1"; digit[0] <= '9'; digit[0]++)
        assert_true(text_width(f, 10, digit) == zero);
    assert_true(text_width(f, 20, "0000") == 8 * zero);
    assert_true(text_width_bold(f, 10, "word") > text_width(f, 10, "word"));
    assert_true(draw_text(blank(), 0, 50, 10, 0, white, "%d", 12) == 2 * zero);
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
    const struct frame *f = blank();
    float minus = text_width(f, 10, "\u2212"), one = text_width(f, 10, "1");
    assert_true(text_width(f, 10, "-1") == minus + one);
    assert_true(text_width(f, 10, "1-1") < 2 * one + minus);
    assert_true(text_width(f, 10, "(-1)") > text_width(f, 10, "(1)") + minus
                                          - 0.01f);
}

TEST(text_stands_where_it_should)
{
    struct frame *f = blank();
    draw_text(f, 100, 50, 20, ALIGN_RIGHT, white, "HH");
    double left = covered();
    draw_rect(f, (struct rect){ 0, 0, 100, 51 }, black);
    assert_true(left > 50);
    CHECK_AREA(0, 0);
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
    char text[48];
    number_text(text, sizeof text, 0.30000001f, 0.1f);
    assert_string_equal(text, "0.3");
    number_text(text, sizeof text, -0.25f, 0.05f);
    assert_string_equal(text, "\u22120.25");
    number_text(text, sizeof text, -1e-9f, 0.5f);
    assert_string_equal(text, "0.0");
    number_text(text, sizeof text, 20, 5);
    assert_string_equal(text, "20");
}

TEST(axes_map_there_and_back)
{
    struct plot p = plot_new(blank(), (struct rect){ 0, 0, 300, 200 }, 1, 100,
                             -3, 5);
    for (int logarithmic = 0; logarithmic < 2; logarithmic++) {
        p.log_x = logarithmic;
        for (float x = 1; x <= 100; x += 9) {
            float back = plot_unx(&p, plot_x(&p, x));
            CHECK_CLOSE(&back, &x, 1, 0, 1e-3f);
        }
    }
    assert_true(plot_x(&p, 1) == p.area.x);
    assert_true(plot_y(&p, -3) == p.area.y + p.area.h);
    assert_true(plot_y(&p, 5) == p.area.y);
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

TEST(the_sequential_map_is_viridis)
{
    const int want[3][3] = { { 68, 1, 84 }, { 33, 145, 140 },
                             { 253, 231, 37 } };
    for (int i = 0; i < 3; i++) {
        struct color c = map_sequential((float)i / 2);
        const int got[3] = { c.r, c.g, c.b };
        for (int k = 0; k < 3; k++)
            assert_in_range(got[k] - want[i][k] + 4, 0, 8);
    }
    for (int i = 1; i <= 50; i++)
        assert_true(luminance(map_sequential((float)i / 50))
                    > luminance(map_sequential((float)(i - 1) / 50)));
}

static double contrast(struct color a, struct color b)
{
    double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

TEST(inks_stand_out_from_the_paper)
{
    static const enum ink inks[] = { INK, MUTED, ACCENT, SERIES_1, SERIES_2,
                                     SERIES_3, SERIES_4, SERIES_5, SERIES_6,
                                     WARN };
    for (frame.dark = false; ; frame.dark = true) {
        for (size_t i = 0; i < sizeof inks / sizeof *inks; i++)
            for (enum ink back = PAPER; back <= PANEL; back++)
                assert_true(contrast(paint(&frame, inks[i]),
                                     paint(&frame, back)) >= 4.5);
        if (frame.dark)
            break;
    }
    frame.dark = false;
}

TEST(numbers_in_cells_can_be_read)
{
    for (int i = 0; i <= 100; i++) {
        struct color c = map_sequential((float)i / 100);
        assert_true(contrast(c, ink_on(c)) >= 4.5);
        c = map_diverging(&frame, (float)i / 50 - 1);
        assert_true(contrast(c, ink_on(c)) >= 4.5);
    }
}

static float level, share, high;
static bool flag;
static int picked, pressed, changes;
static char typed[8];

static bool controls(struct frame *f)
{
    static const char *const names[] = { "a", "b", "c" };
    changes += slider(f, (struct rect){ 0, 0, 116, 44 }, "level", &level, 0, 1,
                      "%.2f");
    pressed += button(f, (struct rect){ 0, 60, 60, 32 }, "press");
    changes += choice(f, (struct rect){ 0, 100, 90, 32 }, names, 3, &picked);
    changes += toggle(f, (struct rect){ 0, 140, 90, 32 }, "flag", &flag);
    changes += text_field(f, (struct rect){ 150, 0, 100, 32 }, typed, 8);
    changes += drag_y(f, 0, (struct rect){ 150, 50, 40, 100 }, &high, 0, 2);
    changes += slider_log(f, (struct rect){ 200, 50, 96, 44 }, "share", &share,
                          1, 100, "%.0f");
    return false;
}

static void play(const char *events)
{
    blank();
    draw = controls;
    level = 0.5f, high = 1, share = 10, flag = false;
    picked = pressed = changes = 0;
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
    play("drag 58 70 100 30");
    assert_true(level == 0.5f);
    play("drag 248 80 212 80");
    assert_true(share < 2.5f && share >= 1);
}

TEST(keys_move_a_slider)
{
    play("key Tab; key Right; key Right");
    CHECK_CLOSE(&level, (float[]){ 0.52f }, 1, 1e-6f, 0);
    play("key Tab; key Home");
    assert_true(level == 0);
    play("key Tab; key End; key PageDown");
    CHECK_CLOSE(&level, (float[]){ 0.9f }, 1, 1e-6f, 0);
}

TEST(tab_visits_every_control_and_returns)
{
    play("");
    for (int i = 1; i <= 7; i++) {
        figure_play(&frame, "key Tab");
        assert_int_equal(frame.focus, i);
    }
    figure_play(&frame, "key Tab");
    assert_int_equal(frame.focus, 0);
    figure_play(&frame, "shift Tab");
    assert_int_equal(frame.focus, 7);
}

TEST(a_button_wants_a_release_over_it)
{
    play("click 30 75; click 30 75");
    assert_int_equal(pressed, 2);
    play("drag 30 75 200 180");
    assert_int_equal(pressed, 0);
    play("key Tab; key Tab; key Enter; key Space");
    assert_int_equal(pressed, 2);
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

TEST(a_fast_click_is_not_lost)
{
    play("");
    frame_event(&frame, (struct event){ .type = EVENT_DOWN, .x = 30, .y = 75 });
    frame_event(&frame, (struct event){ .type = EVENT_UP, .x = 30, .y = 75 });
    assert_true(frame_step(&frame, 0));
    assert_int_equal(pressed, 0);
    assert_false(frame_step(&frame, 0));
    assert_int_equal(pressed, 1);
}

TEST(a_small_target_can_be_hit_by_a_finger)
{
    struct rect r = reach((struct rect){ 100, 100, 10, 8 });
    assert_true(r.w == 32 && r.h == 32 && r.x == 89 && r.y == 88);
}

TEST(pixels_depend_on_the_state_only)
{
    play("");
    size_t n = 4 * 300 * 200;
    uint8_t *first = allocate(n, 1);
    memcpy(first, frame.canvas.pixels, n);
    frame_resize(&frame, 250, 2, true);
    figure_settle(&frame);
    frame_resize(&frame, 300, 1, false);
    figure_settle(&frame);
    assert_memory_equal(first, frame.canvas.pixels, n);
    free(first);
}

TEST(a_picture_is_written_whole)
{
    int w, h, n;
    char path[] = "/tmp/figure-check-XXXXXX";
    assert_true(mkdtemp(path) != NULL);
    char file[64];
    snprintf(file, sizeof file, "%s/board.png", path);
    play("");
    figure_write(&frame, file);
    uint8_t *pixels = stbi_load(file, &w, &h, &n, 4);
    assert_true(pixels && w == 300 && h == 200);
    assert_memory_equal(pixels, frame.canvas.pixels, 4 * 300 * 200);
    stbi_image_free(pixels);
    assert_int_equal(remove(file), 0);
    assert_int_equal(rmdir(path), 0);
}

TEST(mistakes_are_named)
{
    play("");
    CHECK_SAYS(2, "no/such/folder", figure_write(&frame,
                                                 "no/such/folder/a.png"));
    CHECK_SAYS(2, "hop 3", figure_play(&frame, "hop 3"));
    CHECK_SAYS(2, "Meta", figure_play(&frame, "key Meta"));
    CHECK_SAYS(2, "without SDL2", figure_window(&board));
}

CHECK_MAIN()
