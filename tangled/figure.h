/* figure.h -- generated from chapters/C-figure.nw. Do not edit. */
#ifndef FIGURE_H
#define FIGURE_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "workshop.h"
#include "figure_font.h"
/* include the rasterizer */
struct figure_vertex {
    float x, y, cx, cy, cx1, cy1;
    unsigned char type, padding;
};
#define stbtt_vertex_type float
#define stbtt_vertex struct figure_vertex
#define STBTT_STATIC
#define STBTT_assert(x) ((void)(x))
#define STB_TRUETYPE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_truetype.h>
#pragma GCC diagnostic pop

#ifndef __wasm__
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop
#endif

#if !defined NO_WINDOW && !defined __wasm__
#define SDL_MAIN_HANDLED
#include <SDL2/SDL.h>
#endif

struct frame;                               /* what a figure draws on */
struct color { uint8_t r, g, b, a; };
struct rect { float x, y, w, h; };          /* corner, size; logical px */

struct canvas {
    uint8_t *pixels;                        /* (height, width, 4), RGBA */
    int width, height;                      /* pixels of the canvas */
    float scale;                            /* of those to a logical px */
    int clip[4];                            /* left, top, right, bottom */
    /* buffers of the canvas */
    struct figure_vertex *path;
    int path_count, path_space;
    uint8_t *mask;
    size_t mask_space;
    struct glyph_slot *glyphs;
    size_t glyph_bytes;
    size_t glyph_count;
};

static inline void draw_rect(struct frame *f, struct rect r, struct color c);
static inline void draw_round(struct frame *f, struct rect r, float radius, struct color c);
static inline void draw_polygon(struct frame *f, const float *xs, const float *ys, size_t n,
                  struct color c);
static inline void draw_disc(struct frame *f, float x, float y, float radius,
               struct color c);
static inline void draw_ring(struct frame *f, float x, float y, float radius, float width,
               struct color c);
static inline void draw_frame(struct frame *f, struct rect r, float radius, float width,
                struct color c);           /* outline inside a rectangle */

static inline void draw_line(struct frame *f, float x0, float y0, float x1, float y1,
               float width, struct color c);
static inline void draw_polyline(struct frame *f, const float *xs, const float *ys,
                   size_t n, float width, struct color c);  /* NAN: a gap */
static inline void draw_curve(struct frame *f, float x0, float y0, float x1, float y1,
                float x2, float y2, float x3, float y3, float width,
                struct color c);           /* one cubic curve */
static inline void draw_arc(struct frame *f, float x, float y, float radius, float from,
              float to, float width, struct color c);       /* radians */
static inline void draw_arrow(struct frame *f, float x0, float y0, float x1, float y1,
                float width, struct color c);

enum {
    ALIGN_LEFT = 0, ALIGN_CENTER = 1, ALIGN_RIGHT = 2,
    ALIGN_MIDDLE = 4,                  /* y is the middle, not the baseline */
    TEXT_BOLD = 8,
    TEXT_UP = 16                       /* turned a quarter to the left */
};
#define TEXT_SMALL 12.f                /* sizes, logical px to the em */
#define TEXT_SIZE 13.f
#define TEXT_TITLE 15.f

static inline float draw_text(struct frame *f, float x, float y, float size, int align,
                struct color c, const char *format, ...)
                __attribute__((format(printf, 7, 8)));  /* -> its width */
static inline float text_width(const struct frame *f, float size, const char *text);
static inline float text_width_bold(const struct frame *f, float size, const char *text);
static inline float draw_paragraph(struct frame *f, struct rect r, float size,
                     struct color c, const char *text); /* -> its height */

struct glyph_slot {
    uint64_t key;                      /* 0: empty */
    int left, top, width, height;      /* of the mask, from the pen */
    uint8_t *mask;
};

enum ink {
    PAPER, PANEL, INK, MUTED, GRID, ACCENT,
    SERIES_1, SERIES_2, SERIES_3, SERIES_4, SERIES_5, SERIES_6,
    WARN, INK_COUNT
};
static inline struct color paint(const struct frame *f, enum ink ink);
static inline struct color fade(struct color c, float alpha);            /* 0 to 1 */
static inline struct color mix(struct color a, struct color b, float t); /* a to b */
static inline struct color map_sequential(float t);                      /* 0 to 1 */
static inline struct color map_diverging(const struct frame *f, float t);   /* -1 to 1 */
static inline struct color ink_on(struct color background);      /* legible on it */

struct figure {
    const char *name;
    int width, height, narrow_height;       /* logical px; 0: height */
    const char *alt;                        /* what it shows, for readers
                                               who cannot see it */
    bool (*frame)(struct frame *f);
    void (*table)(FILE *out);               /* rows of tab-separated fields,
                                               the heads first; or NULL */
};

enum {
    KEY_BACKSPACE = 8, KEY_TAB = 9, KEY_ENTER = 13, KEY_ESCAPE = 27,
    KEY_SPACE = 32, KEY_DELETE = 127, KEY_LEFT = 256, KEY_RIGHT, KEY_UP,
    KEY_DOWN, KEY_HOME, KEY_END, KEY_PAGE_UP, KEY_PAGE_DOWN
};
enum event_type {
    EVENT_MOVE, EVENT_DOWN, EVENT_UP, EVENT_LEAVE, EVENT_KEY, EVENT_TEXT,
    EVENT_FOCUS, EVENT_BLUR
};
struct event {
    enum event_type type;
    float x, y;                             /* logical px */
    int key;
    bool shift, touch;
    char text[8];
};

struct pointer {
    float x, y;                             /* logical px */
    bool inside, down, pressed, released;   /* edges last one frame */
    bool touch;                             /* a finger, not a mouse */
};

struct frame {
    float width, height;                    /* logical px */
    bool dark, narrow;                      /* narrow: width < 480 */
    struct pointer pointer;
    int key;                                /* pressed now, or 0 */
    bool shift;
    char text[8];                           /* typed now, UTF-8, or "" */
    double time;                            /* seconds since the start */
    struct canvas canvas;
    /* what the kit remembers from frame to frame */
    const struct figure *figure;
    struct event queue[64];
    int queue_count;
    double time_zero;
    int focus, active;                  /* widget with the keys, the pointer */
    int widgets, drawing;               /* how many there are, have been drawn */
    bool keyboard;                      /* the focus ring shows */
    char readout[256];
    float readout_x, readout_y;
    int cursor;                          /* what the pointer should look like */
    struct rect grab[64];                /* where a finger drags up and down */
    int grabs;
    struct rect field;                   /* the text field with the focus */
    const char *field_text;
};

static inline void frame_open(struct frame *f, const struct figure *figure, float width,
                float scale, bool dark);
static inline void frame_resize(struct frame *f, float width, float scale, bool dark);
static inline void frame_event(struct frame *f, struct event event);
static inline bool frame_step(struct frame *f, double time);    /* true: call me again */
static inline void frame_close(struct frame *f);

static inline void clip_to(struct frame *f, struct rect r);   /* draw only inside r */
static inline void clip_off(struct frame *f);

static inline void readout(struct frame *f, const char *format, ...)
             __attribute__((format(printf, 2, 3)));    /* at the pointer */
static inline void readout_at(struct frame *f, float x, float y, const char *format, ...)
                __attribute__((format(printf, 4, 5)));

struct plot {
    struct frame *frame;
    struct rect area;                  /* where the data lie; logical px */
    float x0, x1, y0, y1;              /* data at its edges */
    bool log_x, log_y;
};
static inline struct plot plot_new(struct frame *f, struct rect r, float x0, float x1,
                     float y0, float y1);
static inline void plot_axes(struct plot *p, const char *x_label, const char *y_label);
static inline void plot_axes_log(struct plot *p, const char *x_label, const char *y_label,
                   bool log_x, bool log_y);
static inline void plot_axes_names(struct plot *p, const char *const *names, size_t n,
                     const char *y_label);    /* names at x = 0, 1 ... */
static inline float plot_x(const struct plot *p, float x);  /* data to logical px */
static inline float plot_y(const struct plot *p, float y);
static inline float plot_unx(const struct plot *p, float px);  /* and back */
static inline float plot_uny(const struct plot *p, float py);

static inline void plot_line(struct plot *p, const float *xs, const float *ys, size_t n,
               struct color c, float width);
static inline void plot_points(struct plot *p, const float *xs, const float *ys, size_t n,
                 struct color c, float radius);
static inline void plot_bars(struct plot *p, const float *xs, const float *ys, size_t n,
               float bar, struct color c);  /* xs NULL: 0, 1 ...; bar: data */
static inline void plot_area(struct plot *p, const float *xs, const float *low,
               const float *high, size_t n, struct color c);  /* low NULL: 0 */
static inline void plot_vline(struct plot *p, float x, struct color c);
static inline void plot_hline(struct plot *p, float y, struct color c);
static inline void plot_label(struct plot *p, float x, float y, struct color c,
                const char *format, ...) __attribute__((format(printf, 5, 6)));
static inline void plot_legend(struct plot *p, const char *const *names,
                 const enum ink *inks, size_t n);
static inline bool plot_hover(struct plot *p, float *x, float *y);   /* data under it */
static inline int plot_nearest(struct plot *p, const float *xs, size_t n); /* -1: none */

static inline float tick_step(float range, int most);
static inline void number_text(char *out, size_t size, float value, float step);

struct heatmap {
    const char *title;
    const char *const *row_labels, *const *col_labels;   /* or NULL */
    const char *row_title, *col_title;                   /* or NULL */
    const char *format;                /* of a number; NULL: "%.2f" */
    bool show_numbers;                 /* in the cells, where they fit */
    bool diverging;                    /* around zero; range is -hi..hi */
    bool no_bar;                       /* leave the color bar out */
};
static inline int heatmap(struct frame *f, struct rect r, const float *values, size_t rows,
            size_t cols, float lo, float hi, const struct heatmap *options);
    /* values (rows, cols); lo == hi: the range of the values. Returns the
       cell under the pointer, row * cols + col, or -1; reads it out. */
static inline int image_gray(struct frame *f, struct rect r, const float *values,
               size_t rows, size_t cols, float lo, float hi);
static inline int image_bytes(struct frame *f, struct rect r, const uint8_t *bytes,
                size_t rows, size_t cols);
    /* lo is the paper, hi the ink; squares, in the middle of r. */
static inline bool head_grid(struct frame *f, struct rect r, const float *weights,
               size_t heads, size_t n, size_t m, int *selected);
    /* weights (heads, n, m), one small picture a head; click or arrow keys
       select one; true when the selection changed. */
static inline int token_row(struct frame *f, struct rect r, const char *const *tokens,
              size_t n, float *centers, int selected);
    /* words in boxes; centers (n) gets their middles, logical px; returns
       the token under the pointer, or -1. */
static inline void token_arcs(struct frame *f, float y, float bend, const float *centers,
                const float *weights, size_t n, int query);
    /* weights (n) of one query: arcs from its token, width and shade by
       weight; bend > 0 bends upward, px. */
static inline void token_links(struct frame *f, float y_from, float y_to,
                 const float *from, const float *to, const float *weights,
                 size_t n, size_t m, int query);
    /* two rows: weights (n, m); query -1: all */

static inline bool slider(struct frame *f, struct rect r, const char *label, float *value,
            float lo, float hi, const char *format);    /* r.h: 40 or more */
static inline bool slider_log(struct frame *f, struct rect r, const char *label,
                float *value, float lo, float hi, const char *format);
static inline bool button(struct frame *f, struct rect r, const char *label);
static inline bool choice(struct frame *f, struct rect r, const char *const *names,
            size_t n, int *index);
static inline bool toggle(struct frame *f, struct rect r, const char *label, bool *value);
static inline bool text_field(struct frame *f, struct rect r, char *buffer, size_t size);
static inline bool drag_y(struct frame *f, int id, struct rect r, float *value, float lo,
            float hi);    /* r spans lo (bottom) to hi (top); id: unused */
static inline bool drag_x(struct frame *f, int id, struct rect r, float *value, float lo,
            float hi);    /* r spans lo (left) to hi (right) */
static inline bool drag_point(struct frame *f, int id, struct rect r, float *x, float *y,
                float x0, float x1, float y0, float y1);
    /* a handle that moves inside r; draws it */

enum { CURSOR_ARROW, CURSOR_HAND, CURSOR_TEXT, CURSOR_X, CURSOR_Y,
       CURSOR_GRAB };
struct widget { int id; bool hot, held, clicked, focused; };
static inline struct widget widget(struct frame *f, struct rect r, int cursor);
static inline void focus_ring(struct frame *f, struct widget w, struct rect r, float radius);
static inline int arrow_x(const struct frame *f);         /* -1, 0, 1 by the arrow keys */
static inline int arrow_y(const struct frame *f);         /* 1: down */

#define FIGURE_OPTIONS \
    { "figure", OPTION_TEXT, &figure_request.file, "FILE.png", \
      "draw a figure into a file" }, \
    { "show", OPTION_TEXT, &figure_request.show, "NAME", \
      "which figure; see --list-figures" }, \
    { "window", OPTION_FLAG, &figure_request.window, NULL, \
      "show the figure in a window" }, \
    { "theme", OPTION_CHOICE, &figure_request.theme, "light|dark", \
      "colors of the figure" }, \
    { "width", OPTION_SIZE, &figure_request.width, "PIXELS", \
      "logical width of the figure" }, \
    { "play", OPTION_TEXT, &figure_request.play, "EVENTS", \
      "first do this: \"hover 80 40; drag 10 20 90 20; key Tab; text a\"" }, \
    { "table", OPTION_FLAG, &figure_request.table, NULL, \
      "print the figure's data" }, \
    { "alt", OPTION_FLAG, &figure_request.alt, NULL, \
      "print the figure's description" }, \
    { "list-figures", OPTION_FLAG, &figure_request.list, NULL, \
      "print the figures' names" }

struct figure_request {
    const char *file, *show, *play;
    size_t width;                            /* 0: the figure's own */
    int theme;                               /* 0 light, 1 dark */
    bool window, table, alt, list;
};
static struct figure_request figure_request;

static inline bool figure_requested(void);                 /* one of those was given */
static inline int figure_run(const struct figure *figures);   /* do it; -> exit status */
static inline bool figure_write(struct frame *f, const char *path);      /* PNG */

#ifdef __wasm__
static const struct figure *figure_program;
#define FIGURES(figures) \
    __attribute__((constructor)) static void figure_register(void) \
    { \
        figure_program = figures; \
    }
#else
#define FIGURES(figures)
#endif

static inline int figure_window(const struct figure *figure);

#if !defined NO_WINDOW && !defined __wasm__
struct window;
static inline void window_typed(struct window *w, const SDL_Keysym *k);
#endif

static inline uint8_t mix_byte(int from, int to, int alpha)
{
    int t = (to - from) * alpha;
    return (uint8_t)(from + (t + (t < 0 ? -127 : 127)) / 255);
}

static inline void mix_pixel(uint8_t *pixel, struct color c, int coverage)
{
    int alpha = c.a == 255 ? coverage : (c.a * coverage + 127) / 255;
    if (alpha == 255) {
        memcpy(pixel, &(struct color){ c.r, c.g, c.b, 255 }, 4);
        return;
    }
    pixel[0] = mix_byte(pixel[0], c.r, alpha);
    pixel[1] = mix_byte(pixel[1], c.g, alpha);
    pixel[2] = mix_byte(pixel[2], c.b, alpha);
}

static inline float overlap(float a, float b, int pixel)
{
    float low = fmaxf(a, (float)pixel), high = fminf(b, (float)pixel + 1);
    return fmaxf(0, high - low);
}

static inline int clamp_int(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

static inline int floor_pixel(float v, int low, int high)
{
    return (int)floorf(fminf(fmaxf(v, (float)low), (float)high));
}

static inline void mix_span(struct canvas *k, int y, int left, int right,
                            float x0, float x1, float cover, struct color c)
{
    uint8_t *row = k->pixels + 4 * (size_t)y * (size_t)k->width;
    bool solid = cover == 1 && c.a == 255;
    for (int x = left; x < right; x++) {
        if (solid && (float)x >= x0 && (float)x + 1 <= x1)
            memcpy(row + 4 * x, &c, 4);
        else
            mix_pixel(row + 4 * x, c,
                      (int)(overlap(x0, x1, x) * cover * 255 + 0.5f));
    }
}

static inline void draw_rect(struct frame *f, struct rect r, struct color c)
{
    struct canvas *k = &f->canvas;
    float s = k->scale, x0 = r.x * s, x1 = (r.x + r.w) * s;
    float y0 = r.y * s, y1 = (r.y + r.h) * s;
    int left = floor_pixel(x0, k->clip[0], k->clip[2]);
    int right = floor_pixel(ceilf(x1), k->clip[0], k->clip[2]);
    int top = floor_pixel(y0, k->clip[1], k->clip[3]);
    int bottom = floor_pixel(ceilf(y1), k->clip[1], k->clip[3]);
    for (int y = top; y < bottom; y++)
        mix_span(k, y, left, right, x0, x1, overlap(y0, y1, y), c);
}

static inline struct figure_vertex *path_vertex(struct frame *f, int type,
                                                float x, float y)
{
    struct canvas *k = &f->canvas;
    if (k->path_count == k->path_space) {
        /* double the space of the path */
        k->path_space = k->path_space ? 2 * k->path_space : 256;
        k->path = realloc(k->path, sizeof *k->path * (size_t)k->path_space);
        if (k->path == NULL)
            fail("out of memory");
    }
    struct figure_vertex *v = &k->path[k->path_count++];
    v->type = (unsigned char)type;
    v->x = x * k->scale;
    v->y = y * k->scale;
    return v;
}

static inline void path_move(struct frame *f, float x, float y)
{
    path_vertex(f, STBTT_vmove, x, y);
}

static inline void path_line(struct frame *f, float x, float y)
{
    path_vertex(f, STBTT_vline, x, y);
}

static inline void path_curve(struct frame *f, float x0, float y0, float x1,
                              float y1, float x, float y)
{
    struct figure_vertex *v = path_vertex(f, STBTT_vcubic, x, y);
    v->cx = x0 * f->canvas.scale;
    v->cy = y0 * f->canvas.scale;
    v->cx1 = x1 * f->canvas.scale;
    v->cy1 = y1 * f->canvas.scale;
}

static inline bool path_box(const struct canvas *k, int box[4])
{
    float low[2] = { 1e9f, 1e9f }, high[2] = { -1e9f, -1e9f };
    for (int i = 0; i < k->path_count; i++) {
        const struct figure_vertex *v = &k->path[i];
        /* widen the box by the points of v */
        low[0] = fminf(low[0], v->x);
        low[1] = fminf(low[1], v->y);
        high[0] = fmaxf(high[0], v->x);
        high[1] = fmaxf(high[1], v->y);
        if (v->type == STBTT_vcubic) {
            low[0] = fminf(low[0], fminf(v->cx, v->cx1));
            low[1] = fminf(low[1], fminf(v->cy, v->cy1));
            high[0] = fmaxf(high[0], fmaxf(v->cx, v->cx1));
            high[1] = fmaxf(high[1], fmaxf(v->cy, v->cy1));
        }
    }
    box[0] = floor_pixel(low[0], k->clip[0], k->clip[2]);
    box[1] = floor_pixel(low[1], k->clip[1], k->clip[3]);
    box[2] = floor_pixel(high[0] + 1, k->clip[0], k->clip[2]);
    box[3] = floor_pixel(high[1] + 1, k->clip[1], k->clip[3]);
    return box[0] < box[2] && box[1] < box[3];
}

static inline void mix_row(struct canvas *k, int x, int y,
                           const uint8_t *mask, int w, struct color c)
{
    uint8_t *pixel = k->pixels + 4 * ((size_t)y * (size_t)k->width + (size_t)x);
    for (int i = 0; i < w; i++)
        if (mask[i])
            mix_pixel(pixel + 4 * i, c, mask[i]);
}

static inline void path_fill(struct frame *f, struct color c)
{
    struct canvas *k = &f->canvas;
    int box[4];
    if (path_box(k, box)) {
        int w = box[2] - box[0], h = box[3] - box[1];
        /* make room for a mask of w by h */
        if (k->mask_space < (size_t)w * (size_t)h) {
            k->mask_space = (size_t)w * (size_t)h * 2;
            free(k->mask);
            k->mask = allocate(k->mask_space, 1);
        }
        stbtt__bitmap bitmap = { w, h, w, k->mask };
        stbtt_Rasterize(&bitmap, 0.35f, k->path, k->path_count, 1, 1, 0, 1,
                        box[0], box[1] + 1, 0, NULL);
        for (int y = 0; y < h; y++)
            mix_row(k, box[0], box[1] + y, k->mask + (size_t)y * (size_t)w,
                    w, c);
    }
    k->path_count = 0;
}

static inline void path_ellipse(struct frame *f, float x, float y, float rx,
                                float ry)
{
    float kx = 0.5522847f * rx, ky = 0.5522847f * ry;
    path_move(f, x + rx, y);
    path_curve(f, x + rx, y + ky, x + kx, y + ry, x, y + ry);
    path_curve(f, x - kx, y + ry, x - rx, y + ky, x - rx, y);
    path_curve(f, x - rx, y - ky, x - kx, y - ry, x, y - ry);
    path_curve(f, x + kx, y - ry, x + rx, y - ky, x + rx, y);
}

static inline void draw_disc(struct frame *f, float x, float y, float radius,
                             struct color c)
{
    path_ellipse(f, x, y, radius, radius);
    path_fill(f, c);
}

static inline void draw_ring(struct frame *f, float x, float y, float radius,
                             float width, struct color c)
{
    float inner = radius - width / 2;
    path_ellipse(f, x, y, radius + width / 2, radius + width / 2);
    path_ellipse(f, x, y, inner, -inner);
    path_fill(f, c);
}

static inline void path_round(struct frame *f, struct rect r, float radius)
{
    float q = fminf(radius, fminf(fabsf(r.w), fabsf(r.h)) / 2);
    float k = q * (1 - 0.5522847f);
    float x1 = r.x + r.w, y1 = r.y + r.h;
    path_move(f, r.x + q, r.y);
    path_line(f, x1 - q, r.y);
    path_curve(f, x1 - k, r.y, x1, r.y + k, x1, r.y + q);
    path_line(f, x1, y1 - q);
    path_curve(f, x1, y1 - k, x1 - k, y1, x1 - q, y1);
    path_line(f, r.x + q, y1);
    path_curve(f, r.x + k, y1, r.x, y1 - k, r.x, y1 - q);
    path_line(f, r.x, r.y + q);
    path_curve(f, r.x, r.y + k, r.x + k, r.y, r.x + q, r.y);
}

static inline void draw_round(struct frame *f, struct rect r, float radius,
                              struct color c)
{
    path_round(f, r, radius);
    path_fill(f, c);
}

static inline struct rect inset(struct rect r, float d)
{
    return (struct rect){ r.x + d, r.y + d, r.w - 2 * d, r.h - 2 * d };
}

static inline void draw_frame(struct frame *f, struct rect r, float radius,
                              float width, struct color c)
{
    struct rect in = inset(r, width);
    path_round(f, r, radius);
    int first = f->canvas.path_count;
    path_round(f, in, fmaxf(0, radius - width));
    for (int i = first; i < f->canvas.path_count; i++) {
        /* mirror the vertex left to right about the middle of in */
        struct figure_vertex *v = &f->canvas.path[i];
        float twice = (2 * in.x + in.w) * f->canvas.scale;
        v->x = twice - v->x;
        v->cx = twice - v->cx;
        v->cx1 = twice - v->cx1;
    }
    path_fill(f, c);
}

static inline void draw_polygon(struct frame *f, const float *xs,
                                const float *ys, size_t n, struct color c)
{
    for (size_t i = 0; i < n; i++)
        if (i == 0)
            path_move(f, xs[i], ys[i]);
        else
            path_line(f, xs[i], ys[i]);
    path_fill(f, c);
}

static inline void draw_line(struct frame *f, float x0, float y0, float x1,
                             float y1, float width, struct color c)
{
    float dx = x1 - x0, dy = y1 - y0, length = sqrtf(dx * dx + dy * dy);
    float h = width / 2;
    if (dx == 0 || dy == 0) {
        struct rect r = { fminf(x0, x1), fminf(y0, y1), fabsf(dx), fabsf(dy) };
        draw_rect(f, dx == 0 ? (struct rect){ r.x - h, r.y, width, r.h }
                             : (struct rect){ r.x, r.y - h, r.w, width }, c);
        return;
    }
    float nx = -dy / length * h, ny = dx / length * h;
    draw_polygon(f, (float[]){ x0 + nx, x1 + nx, x1 - nx, x0 - nx },
                 (float[]){ y0 + ny, y1 + ny, y1 - ny, y0 - ny }, 4, c);
}

struct stroke { float x, y, dx, dy, length; };  /* to the next point */

static inline void path_round_join(struct frame *f, float x, float y,
                                   float ax, float ay, float bx, float by,
                                   float h, int depth)
{
    float mx = ax + bx, my = ay + by, m = sqrtf(mx * mx + my * my);
    if (depth == 0 || m > 1.99f || m < 1e-3f) {
        path_line(f, x + bx * h, y + by * h);
        return;
    }
    path_round_join(f, x, y, ax, ay, mx / m, my / m, h, depth - 1);
    path_round_join(f, x, y, mx / m, my / m, bx, by, h, depth - 1);
}

static inline void path_join(struct frame *f, const struct stroke *a,
                             const struct stroke *b, float h)
{
    float ax = -a->dy, ay = a->dx, bx = -b->dy, by = b->dx;
    float cross = a->dx * b->dy - a->dy * b->dx;
    float dot = a->dx * b->dx + a->dy * b->dy;
    float t = h / (1 + dot), reach = fabsf(h * cross) / (1 + dot);
    bool outer = cross * h < 0;
    if (dot > 0.9f || (!outer && dot > -0.99f
                       && reach < fminf(a->length, b->length))) {
        path_line(f, b->x + (ax + bx) * t, b->y + (ay + by) * t);
    } else if (outer) {
        path_line(f, b->x + ax * h, b->y + ay * h);
        path_round_join(f, b->x, b->y, ax, ay, bx, by, h, 4);
    } else {
        path_line(f, b->x + ax * h, b->y + ay * h);
        path_line(f, b->x, b->y);
        path_line(f, b->x + bx * h, b->y + by * h);
    }
}

static inline void path_cap(struct frame *f, float x, float y, float nx,
                            float ny, float dx, float dy, float h)
{
    path_line(f, x + nx * h, y + ny * h);
    path_round_join(f, x, y, nx, ny, dx, dy, h, 4);
    path_round_join(f, x, y, dx, dy, -nx, -ny, h, 4);
}

static inline void path_stroke(struct frame *f, struct stroke *s, size_t n,
                               float h)
{
    const struct stroke *last = &s[n - 2];
    path_move(f, s[0].x - s[0].dy * h, s[0].y + s[0].dx * h);
    for (size_t i = 1; i + 1 < n; i++)
        path_join(f, &s[i - 1], &s[i], h);
    path_cap(f, s[n - 1].x, s[n - 1].y, -last->dy, last->dx, last->dx,
             last->dy, h);
    for (size_t i = n - 2; i > 0; i--) {
        struct stroke back = s[i - 1], ahead = s[i];
        back.dx = -back.dx, back.dy = -back.dy;
        ahead.dx = -ahead.dx, ahead.dy = -ahead.dy;
        back.x = s[i].x, back.y = s[i].y;
        path_join(f, &ahead, &back, h);
    }
    path_cap(f, s[0].x, s[0].y, s[0].dy, -s[0].dx, -s[0].dx, -s[0].dy, h);
}

static inline float tame(float v)
{
    return fminf(fmaxf(v, -9999), 9999);
}

static inline size_t stroke_run(struct stroke *s, const float *xs,
                                const float *ys, size_t n, size_t *count)
{
    size_t i = 0, m = 0;
    for (; i < n && !isnan(xs[i]) && !isnan(ys[i]); i++) {
        float x = tame(xs[i]), y = tame(ys[i]);
        if (m > 0) {
            struct stroke *p = &s[m - 1];
            float dx = x - p->x, dy = y - p->y;
            p->length = sqrtf(dx * dx + dy * dy);
            if (p->length < 0.05f)
                continue;
            p->dx = dx / p->length;
            p->dy = dy / p->length;
        }
        s[m++] = (struct stroke){ x, y, 0, 0, 0 };
    }
    *count = m;
    return i;
}

static inline void draw_polyline(struct frame *f, const float *xs,
                                 const float *ys, size_t n, float width,
                                 struct color c)
{
    struct stroke *s = allocate(n + 1, sizeof *s);
    for (size_t i = 0, m; i < n; i++) {
        i += stroke_run(s, xs + i, ys + i, n - i, &m);
        if (m > 1)
            path_stroke(f, s, m, width / 2);
        else if (m == 1)
            path_ellipse(f, s[0].x, s[0].y, width / 2, width / 2);
    }
    path_fill(f, c);
    free(s);
}

static inline float cubic(float a, float b, float c, float d, float t)
{
    float u = 1 - t;
    return u * u * u * a + 3 * u * u * t * b + 3 * u * t * t * c + t * t * t * d;
}

static inline void draw_curve(struct frame *f, float x0, float y0, float x1,
                              float y1, float x2, float y2, float x3,
                              float y3, float width, struct color c)
{
    float xs[33], ys[33];
    for (int i = 0; i <= 32; i++) {
        xs[i] = cubic(x0, x1, x2, x3, (float)i / 32);
        ys[i] = cubic(y0, y1, y2, y3, (float)i / 32);
    }
    draw_polyline(f, xs, ys, 33, width, c);
}

static inline float steady(double v)
{
    return (float)(floor(v * 256 + 0.5) / 256);
}

static inline void draw_arc(struct frame *f, float x, float y, float radius,
                            float from, float to, float width, struct color c)
{
    float xs[65], ys[65];
    for (int i = 0; i <= 64; i++) {
        double angle = from + (double)(to - from) * i / 64;
        xs[i] = steady(x + radius * cos(angle));
        ys[i] = steady(y + radius * sin(angle));
    }
    draw_polyline(f, xs, ys, 65, width, c);
}

static inline void draw_arrow(struct frame *f, float x0, float y0, float x1,
                              float y1, float width, struct color c)
{
    float dx = x1 - x0, dy = y1 - y0, n = sqrtf(dx * dx + dy * dy);
    if (n < 1)
        return;
    dx /= n, dy /= n;
    float head = 4 + 2 * width, bx = x1 - dx * head, by = y1 - dy * head;
    float half = head * 0.45f;
    draw_line(f, x0, y0, bx, by, width, c);
    draw_polygon(f, (float[]){ x1, bx - dy * half, bx + dy * half },
                 (float[]){ y1, by + dx * half, by - dx * half }, 3, c);
}

static inline int utf8_next(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc2 ? 1 : 0;
    int code = more ? s[0] & (0x3f >> more) : s[0];
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            *text += 1;
            return s[0];
        }
        code = code * 64 + (s[i] & 0x3f);
    }
    *text += 1 + more;
    return code;
}

static inline int text_next(const char **text, int before)
{
    int code = utf8_next(text);
    bool number = **text >= '0' && **text <= '9';
    bool joins = before > 0x7f || before == ')' || before == '-'
              || (before >= '0' && before <= '9')
              || ((before | 32) >= 'a' && (before | 32) <= 'z');
    return code == '-' && number && !joins ? 0x2212 : code;
}

static inline const struct font_glyph *font_find(int code, bool bold)
{
    const struct font_glyph *table = bold ? font_bold : font_regular;
    size_t low = 0, high = (bold ? sizeof font_bold : sizeof font_regular)
                         / sizeof *table - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (table[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return table[low].code == code ? &table[low] : font_find('?', bold);
}

static inline int outline_number(const char **s)
{
    int z = *(*s)++ - '#';
    if (z >= 90) {
        z = ((*s)[0] - '#') * 91 + (*s)[1] - '#';
        *s += 2;
    } else if (z >= 71) {
        z = 71 + (z - 71) * 91 + *(*s)++ - '#';
    }
    return z % 2 ? -(z + 1) / 2 : z / 2;
}

static inline void glyph_point(const char **s, int pen[2], float em, bool up,
                               float *x, float *y)
{
    pen[0] += outline_number(s);
    pen[1] += outline_number(s);
    float across = (float)pen[0] * em, rise = (float)pen[1] * em;
    *x = up ? -rise : across;
    *y = up ? -across : -rise;
}

static inline void glyph_path(struct frame *f, const char *s, float em,
                              bool up, float x, float y)
{
    int pen[2] = { 0, 0 };
    while (*s) {
        int type = *s++ - '#' + STBTT_vmove;
        float px[3], py[3];
        int n = type == STBTT_vcubic ? 3 : type == STBTT_vcurve ? 2 : 1;
        for (int i = 0; i < n; i++)
            glyph_point(&s, pen, em, up, &px[i], &py[i]);
        struct figure_vertex *v = path_vertex(f, type, 0, 0);
        v->x = px[n - 1] + x, v->y = py[n - 1] + y;
        v->cx = px[0] + x, v->cy = py[0] + y;
        v->cx1 = px[n > 1] + x, v->cy1 = py[n > 1] + y;
    }
}

#define GLYPH_SLOTS 4096

static inline struct glyph_slot *glyph_find(struct canvas *k, uint64_t key)
{
    if (k->glyphs == NULL)
        k->glyphs = allocate(GLYPH_SLOTS, sizeof *k->glyphs);
    size_t i = (size_t)((key * 0x9e3779b97f4a7c15u) >> 52);
    while (k->glyphs[i].key && k->glyphs[i].key != key)
        i = (i + 1) % GLYPH_SLOTS;
    return &k->glyphs[i];
}

static inline void glyphs_forget(struct canvas *k)
{
    for (size_t i = 0; k->glyphs && i < GLYPH_SLOTS; i++)
        free(k->glyphs[i].mask);
    free(k->glyphs);
    k->glyphs = NULL;
    k->glyph_bytes = k->glyph_count = 0;
}

static inline void glyph_bake(struct frame *f, struct glyph_slot *slot,
                              const struct font_glyph *glyph, float em,
                              bool up, float fraction)
{
    struct canvas *k = &f->canvas;
    int box[4], clip[4];
    memcpy(clip, k->clip, sizeof clip);
    memcpy(k->clip, (int[]){ -8192, -8192, 8192, 8192 }, sizeof clip);
    glyph_path(f, glyph->outline, em, up, up ? 0 : fraction,
               up ? fraction : 0);
    if (path_box(k, box)) {
        int w = box[2] - box[0], h = box[3] - box[1];
        slot->left = box[0], slot->top = box[1];
        slot->width = w, slot->height = h;
        slot->mask = allocate((size_t)w * (size_t)h, 1);
        stbtt__bitmap bitmap = { w, h, w, slot->mask };
        stbtt_Rasterize(&bitmap, 0.35f, k->path, k->path_count, 1, 1,
                        8192, 8192, box[0] + 8192, box[1] + 8192, 0, NULL);
        k->glyph_bytes += (size_t)w * (size_t)h;
    }
    k->path_count = 0;
    memcpy(k->clip, clip, sizeof clip);
}

static inline void glyph_blit(struct canvas *k, const struct glyph_slot *g,
                              int x, int y, struct color c)
{
    int left = x + g->left, top = y + g->top;
    int x0 = clamp_int(left, k->clip[0], k->clip[2]);
    int x1 = clamp_int(left + g->width, k->clip[0], k->clip[2]);
    int y0 = clamp_int(top, k->clip[1], k->clip[3]);
    int y1 = clamp_int(top + g->height, k->clip[1], k->clip[3]);
    for (int j = y0; j < y1; j++)
        mix_row(k, x0, j, g->mask + (size_t)(j - top) * (size_t)g->width
                          + (x0 - left), x1 - x0, c);
}

static inline void draw_glyph(struct frame *f, const struct font_glyph *glyph,
                              float x, float y, float size, int style,
                              struct color c)
{
    struct canvas *k = &f->canvas;
    bool up = style & TEXT_UP, bold = style & TEXT_BOLD;
    float along = up ? y : x, whole = floorf(along * 4 + 0.5f) / 4;
    int quarter = (int)((whole - floorf(whole)) * 4);
    uint64_t key = (uint64_t)glyph->code * 2 + bold;
    key = (key * 8 + (uint64_t)quarter * 2 + up) * 65536 + 1
        + (uint64_t)(size * k->scale * 32);
    struct glyph_slot *slot = glyph_find(k, key);
    if (slot->key == 0) {
        /* forget the masks when there are too many */
        if (k->glyph_count > GLYPH_SLOTS * 3 / 4 || k->glyph_bytes > 4000000) {
            glyphs_forget(k);
            slot = glyph_find(k, key);
        }
        slot->key = key;
        k->glyph_count++;
        glyph_bake(f, slot, glyph, size * k->scale / 1000, up,
                   (float)quarter / 4);
    }
    int pen = (int)floorf(whole), base = (int)floorf((up ? x : y) + 0.5f);
    glyph_blit(k, slot, up ? base : pen, up ? pen : base, c);
}

static inline float text_run(const char *text, float size, bool bold)
{
    float width = 0;
    int code = 0;
    while (*text) {
        code = text_next(&text, code);
        width += (float)font_find(code, bold)->advance;
    }
    return width * size / 1000;
}

static inline float text_width(const struct frame *f, float size,
                               const char *text)
{
    (void)f;
    return text_run(text, size, false);
}

static inline float text_width_bold(const struct frame *f, float size,
                                    const char *text)
{
    (void)f;
    return text_run(text, size, true);
}

static inline void text_at(struct frame *f, float x, float y, float size,
                           int style, struct color c, const char *text)
{
    float s = f->canvas.scale;
    int code = 0;
    x *= s, y *= s;
    while (*text) {
        code = text_next(&text, code);
        const struct font_glyph *g = font_find(code, style & TEXT_BOLD);
        if (g->outline[0])
            draw_glyph(f, g, x, y, size, style, c);
        float step = (float)g->advance * size * s / 1000;
        x += style & TEXT_UP ? 0 : step;
        y -= style & TEXT_UP ? step : 0;
    }
}

static inline float draw_text(struct frame *f, float x, float y, float size,
                              int align, struct color c,
                              const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    float width = text_run(text, size, align & TEXT_BOLD);
    float back = (align & 3) == ALIGN_LEFT ? 0
               : (align & 3) == ALIGN_CENTER ? width / 2 : width;
    float drop = align & ALIGN_MIDDLE ? 0.36f * size : 0;
    if (align & TEXT_UP)
        text_at(f, x + drop, y + back, size, align, c, text);
    else
        text_at(f, x - back, y + drop, size, align, c, text);
    return width;
}

static inline float draw_paragraph(struct frame *f, struct rect r, float size,
                                   struct color c, const char *text)
{
    float y = r.y + size, leading = size * 1.45f;
    while (*text) {
        char line[256] = "";
        size_t fits = 0;
        /* let fits be the bytes of the words that fit on a line */
        for (size_t i = 0; i < sizeof line - 1; i++) {
            if (text[i] == ' ' || text[i] == '\0') {
                line[i] = '\0';
                if (fits > 0 && text_run(line, size, false) > r.w)
                    break;
                fits = i;
            }
            if (text[i] == '\0')
                break;
            line[i] = text[i];
        }
        if (fits == 0)
            fits = strlen(line);
        memcpy(line, text, fits);
        line[fits] = '\0';
        draw_text(f, r.x, y, size, ALIGN_LEFT, c, "%s", line);
        y += leading;
        text += fits;
        while (*text == ' ')
            text++;
    }
    return y - leading + size * 0.4f - r.y;
}

static const uint32_t figure_inks[2][INK_COUNT] = {
    { 0xfffdf9, 0xf6f3ec, 0x1f1c18, 0x6a6358, 0xe6e1d6, 0x0067a6,
      0x0067a6, 0xb84300, 0x00745a, 0xa33b7c, 0x866000, 0x555048,
      0xb3261e },
    { 0x16171a, 0x222529, 0xdddad3, 0xa29d93, 0x34373c, 0x63b8ee,
      0x63b8ee, 0xf59055, 0x35c29a, 0xe397c4, 0xe2b93d, 0xb9b4aa,
      0xff8a80 },
};

static inline struct color paint(const struct frame *f, enum ink ink)
{
    uint32_t v = figure_inks[f->dark][ink];
    return (struct color){ (uint8_t)(v / 65536), (uint8_t)(v / 256 % 256),
                           (uint8_t)(v % 256), 255 };
}

static inline struct color fade(struct color c, float alpha)
{
    c.a = (uint8_t)(fminf(fmaxf(alpha, 0), 1) * (float)c.a + 0.5f);
    return c;
}

static inline struct color mix(struct color a, struct color b, float t)
{
    int alpha = (int)(fminf(fmaxf(t, 0), 1) * 255 + 0.5f);
    return (struct color){ mix_byte(a.r, b.r, alpha),
                           mix_byte(a.g, b.g, alpha),
                           mix_byte(a.b, b.b, alpha), 255 };
}

static inline uint8_t polynomial_byte(const float c[7], float t)
{
    float v = c[6];
    for (int i = 5; i >= 0; i--)
        v = v * t + c[i];
    return (uint8_t)(fminf(fmaxf(v, 0), 1) * 255 + 0.5f);
}

static inline struct color map_sequential(float t)
{
    static const float red[7] = { 0.27772733f, 0.10509304f, -0.33086183f,
                                  -4.6342305f, 6.2282699f, 4.776385f,
                                  -5.4354559f };
    static const float green[7] = { 0.0054073445f, 1.4046135f, 0.21484756f,
                                    -5.799101f, 14.179933f, -13.745145f,
                                    4.6458526f };
    static const float blue[7] = { 0.33409981f, 1.3845902f, 0.095095163f,
                                   -19.332441f, 56.690553f, -65.353033f,
                                   26.312435f };
    t = isnan(t) ? 0 : fminf(fmaxf(t, 0), 1);
    return (struct color){ polynomial_byte(red, t), polynomial_byte(green, t),
                           polynomial_byte(blue, t), 255 };
}

static inline struct color map_diverging(const struct frame *f, float t)
{
    static const uint32_t ramps[2][2][4] = {
        { { 0xf7f7f7, 0xfddbc7, 0xd6604d, 0x67001f },
          { 0xf7f7f7, 0xd1e5f0, 0x4393c3, 0x053061 } },
        { { 0x2a3037, 0x6b3a34, 0xd6604d, 0xfddbc7 },
          { 0x2a3037, 0x2f4f6b, 0x4393c3, 0xd1e5f0 } },
    };
    float place = isnan(t) ? 0 : fminf(fabsf(t), 1) * 3;
    int step = clamp_int((int)place, 0, 2);
    const uint32_t *ramp = &ramps[f->dark][t > 0][step];
    struct color end[2];
    for (int i = 0; i < 2; i++)
        end[i] = (struct color){ (uint8_t)(ramp[i] / 65536),
                                 (uint8_t)(ramp[i] / 256 % 256),
                                 (uint8_t)(ramp[i] % 256), 255 };
    return mix(end[0], end[1], place - (float)step);
}

static inline float linear_light(uint8_t byte)
{
    float v = (float)byte / 255;
    return v * (v * (v * 0.3053f + 0.6822f) + 0.0125f);
}

static inline struct color ink_on(struct color c)
{
    float luminance = 0.2126f * linear_light(c.r) + 0.7152f * linear_light(c.g)
                    + 0.0722f * linear_light(c.b);
    uint8_t v = luminance > 0.179f ? 0 : 255;
    return (struct color){ v, v, v, 255 };
}

static inline void clip_to(struct frame *f, struct rect r)
{
    struct canvas *k = &f->canvas;
    k->clip[0] = floor_pixel(r.x * k->scale, 0, k->width);
    k->clip[1] = floor_pixel(r.y * k->scale, 0, k->height);
    k->clip[2] = floor_pixel(ceilf((r.x + r.w) * k->scale), 0, k->width);
    k->clip[3] = floor_pixel(ceilf((r.y + r.h) * k->scale), 0, k->height);
}

static inline void clip_off(struct frame *f)
{
    clip_to(f, (struct rect){ 0, 0, f->width, f->height });
}

static inline void frame_resize(struct frame *f, float width, float scale,
                                bool dark)
{
    struct canvas *k = &f->canvas;
    const struct figure *g = f->figure;
    f->width = fminf(fmaxf(width, 200), 2000);
    f->narrow = f->width < 480;
    f->height = (float)(f->narrow && g->narrow_height ? g->narrow_height
                                                      : g->height);
    f->dark = dark;
    if (k->scale != scale)
        glyphs_forget(k);
    k->scale = scale;
    int w = (int)ceilf(f->width * scale), h = (int)ceilf(f->height * scale);
    if (w != k->width || h != k->height) {
        free(k->pixels);
        k->pixels = allocate((size_t)w * (size_t)h, 4);
        k->width = w, k->height = h;
    }
    clip_off(f);
}

static inline void frame_open(struct frame *f, const struct figure *figure,
                              float width, float scale, bool dark)
{
    memset(f, 0, sizeof *f);
    f->figure = figure;
    f->pointer.x = f->pointer.y = -1;
    f->time_zero = -1;
    frame_resize(f, width > 0 ? width : (float)figure->width, scale, dark);
}

static inline void frame_close(struct frame *f)
{
    glyphs_forget(&f->canvas);
    free(f->canvas.path);
    free(f->canvas.mask);
    free(f->canvas.pixels);
    memset(f, 0, sizeof *f);
}

static inline void frame_event(struct frame *f, struct event event)
{
    int n = f->queue_count;
    if (n > 0 && event.type == EVENT_MOVE
        && f->queue[n - 1].type == EVENT_MOVE)
        n--;
    if (n < 64) {
        f->queue[n] = event;
        f->queue_count = n + 1;
    }
}

static inline bool frame_take(struct frame *f, const struct event *e)
{
    struct pointer *p = &f->pointer;
    if (e->type <= EVENT_UP) {
        p->x = e->x, p->y = e->y;
        p->touch = e->touch;
        p->inside = e->x >= 0 && e->y >= 0 && e->x < f->width
                 && e->y < f->height;
    }
    /* act on the kind of event */
    if (e->type == EVENT_DOWN)
        p->down = p->pressed = true, f->keyboard = false;
    if (e->type == EVENT_UP)
        p->released = p->down, p->down = false;
    if (e->type == EVENT_LEAVE || (e->type == EVENT_UP && e->touch))
        p->inside = false;
    if (e->type == EVENT_KEY)
        f->key = e->key, f->shift = e->shift, f->keyboard = true;
    if (e->type == EVENT_TEXT)
        memcpy(f->text, e->text, sizeof f->text);
    if (e->type == EVENT_FOCUS)
        f->focus = e->shift ? f->widgets : 1, f->keyboard = true;
    if (e->type == EVENT_BLUR)
        f->focus = 0;
    return e->type != EVENT_MOVE && e->type != EVENT_LEAVE;
}

static inline void readout_at(struct frame *f, float x, float y,
                              const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(f->readout, sizeof f->readout, format, list);
    va_end(list);
    f->readout_x = x;
    f->readout_y = y;
}

static inline void readout(struct frame *f, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(f->readout, sizeof f->readout, format, list);
    va_end(list);
    f->readout_x = f->pointer.x;
    f->readout_y = f->pointer.y;
}

static inline void draw_readout(struct frame *f)
{
    if (f->readout[0] == '\0')
        return;
    float w = 0, h = 10, line = 17;
    char *save = NULL, text[sizeof f->readout];
    memcpy(text, f->readout, sizeof text);
    for (char *s = strtok_r(text, "\n", &save); s;
         s = strtok_r(NULL, "\n", &save), h += line)
        w = fmaxf(w, text_run(s, TEXT_SMALL, false));
    struct rect r = { f->readout_x + 12, f->readout_y - h - 10, w + 18, h };
    /* keep the read-out inside the figure */
    if (r.x + r.w > f->width - 4)
        r.x = fmaxf(4, f->readout_x - r.w - 12);
    if (r.y < 4)
        r.y = fminf(f->readout_y + 18, f->height - r.h - 4);
    if (r.x + r.w > f->width - 4)
        r.x = fmaxf(4, f->width - 4 - r.w);
    draw_round(f, inset((struct rect){ r.x, r.y + 1, r.w, r.h }, -2), 7,
               fade(paint(f, INK), 0.08f));
    draw_round(f, r, 5, f->dark ? paint(f, INK) : paint(f, INK));
    memcpy(text, f->readout, sizeof text);
    float y = r.y + 5 + line / 2;
    for (char *s = strtok_r(text, "\n", &save); s;
         s = strtok_r(NULL, "\n", &save), y += line)
        draw_text(f, r.x + 9, y, TEXT_SMALL, ALIGN_MIDDLE, paint(f, PAPER),
                  "%s", s);
}

static inline bool frame_draw(struct frame *f)
{
    f->drawing = f->cursor = f->grabs = 0;
    f->field = (struct rect){ 0 };
    f->field_text = NULL;
    f->readout[0] = '\0';
    clip_off(f);
    draw_rect(f, (struct rect){ 0, 0, f->width + 1, f->height + 1 },
              paint(f, PAPER));
    bool again = f->figure->frame(f);
    clip_off(f);
    draw_readout(f);
    f->widgets = f->drawing;
    if (!f->pointer.down)
        f->active = 0;
    return again;
}

static inline void move_focus(struct frame *f)
{
    if (f->key != KEY_TAB)
        return;
    int n = f->widgets + 1;
    f->focus = (f->focus + (f->shift ? n - 1 : 1)) % n;
    f->key = 0;
}

static inline bool frame_step(struct frame *f, double time)
{
    int taken = 0;
    f->pointer.pressed = f->pointer.released = f->shift = false;
    f->key = 0;
    memset(f->text, 0, sizeof f->text);
    while (taken < f->queue_count)
        if (frame_take(f, &f->queue[taken++]))
            break;
    f->queue_count -= taken;
    memmove(f->queue, f->queue + taken,
            (size_t)f->queue_count * sizeof *f->queue);
    f->time_zero = f->time_zero < 0 ? time : f->time_zero;
    f->time = time - f->time_zero;
    move_focus(f);
    bool again = frame_draw(f);
    return again || f->queue_count > 0;
}

static inline float tick_step(float range, int most)
{
    double step = 1, want = fabs((double)range) / (most > 0 ? most : 1);
    if (!(want > 1e-30 && want < 1e30))
        return 1;
    while (step > want)
        step /= 10;
    while (step * 10 < want)
        step *= 10;
    return (float)(step >= want ? step : step * 2 >= want ? step * 2
                   : step * 5 >= want ? step * 5 : step * 10);
}

static inline void number_text(char *out, size_t size, float value, float step)
{
    int decimals = 0;
    char digits[24];
    for (double s = step; decimals < 6 && s < 0.999; s *= 10)
        decimals++;
    if (fabsf(value) < step * 1e-3f)
        value = 0;
    if (fabsf(value) >= 1e5f || step < 1e-6f)
        snprintf(digits, sizeof digits, "%.3g", (double)fabsf(value));
    else
        snprintf(digits, sizeof digits, "%.*f", decimals,
                 (double)fabsf(value));
    snprintf(out, size, "%s%s", value < 0 ? "\xe2\x88\x92" : "", digits);
}

static inline float plot_share(float v, float v0, float v1, bool logarithmic)
{
    if (!logarithmic)
        return (v - v0) / (v1 - v0);
    double from = log((double)v0), to = log((double)v1);
    return steady((log((double)v) - from) / (to - from) * 64) / 64;
}

static inline float plot_x(const struct plot *p, float x)
{
    return p->area.x + p->area.w * plot_share(x, p->x0, p->x1, p->log_x);
}

static inline float plot_y(const struct plot *p, float y)
{
    return p->area.y + p->area.h * (1 - plot_share(y, p->y0, p->y1, p->log_y));
}

static inline float plot_value(float share, float v0, float v1,
                               bool logarithmic)
{
    if (logarithmic)
        return v0 * (float)pow((double)v1 / (double)v0, (double)share);
    return v0 + (v1 - v0) * share;
}

static inline float plot_unx(const struct plot *p, float px)
{
    return plot_value((px - p->area.x) / p->area.w, p->x0, p->x1, p->log_x);
}

static inline float plot_uny(const struct plot *p, float py)
{
    return plot_value(1 - (py - p->area.y) / p->area.h, p->y0, p->y1,
                      p->log_y);
}

static inline int tick_most(float length, bool upright)
{
    return clamp_int((int)(length / (upright ? 44 : 72)), 2, 10);
}

static inline float widest_tick(float y0, float y1, float step)
{
    float widest = 0;
    char text[48];
    for (float v = ceilf(y0 / step - 1e-3f) * step; v <= y1 + step * 1e-3f;
         v += step) {
        number_text(text, sizeof text, v, step);
        widest = fmaxf(widest, text_run(text, TEXT_SMALL, false));
    }
    return widest;
}

static inline struct plot plot_new(struct frame *f, struct rect r, float x0,
                                   float x1, float y0, float y1)
{
    struct plot p = { f, r, x0, x1, y0, y1, false, false };
    float step = tick_step(y1 - y0, tick_most(r.h - 62, true));
    float left = fmaxf(24, widest_tick(y0, y1, step) + 14);
    p.area = (struct rect){ r.x + left, r.y + 22, r.w - left - 14,
                            r.h - 22 - 40 };
    return p;
}

static inline float snap(const struct frame *f, float v)
{
    return floorf(v * f->canvas.scale + 0.5f) / f->canvas.scale;
}

static inline void plot_tick_x(struct plot *p, float x, const char *text)
{
    struct frame *f = p->frame;
    float px = snap(f, plot_x(p, x)), bottom = p->area.y + p->area.h;
    draw_line(f, px, p->area.y, px, bottom, 1, paint(f, GRID));
    draw_text(f, px, bottom + 17, TEXT_SMALL, ALIGN_CENTER, paint(f, MUTED),
              "%s", text);
}

static inline void plot_tick_y(struct plot *p, float y, const char *text)
{
    struct frame *f = p->frame;
    float py = snap(f, plot_y(p, y));
    draw_line(f, p->area.x, py, p->area.x + p->area.w, py, 1, paint(f, GRID));
    draw_text(f, p->area.x - 8, py, TEXT_SMALL, ALIGN_RIGHT | ALIGN_MIDDLE,
              paint(f, MUTED), "%s", text);
}

static inline void plot_ticks(struct plot *p, bool upright)
{
    float v0 = upright ? p->y0 : p->x0, v1 = upright ? p->y1 : p->x1;
    float step = tick_step(v1 - v0, tick_most(upright ? p->area.h : p->area.w,
                                              upright));
    char text[48];
    float first = ceilf(v0 / step - 1e-3f);
    for (int i = 0; (first + (float)i) * step <= v1 + step * 1e-3f; i++) {
        float v = (first + (float)i) * step;
        number_text(text, sizeof text, v, step);
        if (upright)
            plot_tick_y(p, v, text);
        else
            plot_tick_x(p, v, text);
    }
}

static inline void decade_text(char *out, size_t size, int decade, int digit)
{
    static const char *const raised[10] = { "\u2070", "\u00b9", "\u00b2",
        "\u00b3", "\u2074", "\u2075", "\u2076", "\u2077", "\u2078", "\u2079" };
    if (decade >= -3 && decade <= 4) {
        snprintf(out, size, "%.*f", decade < 0 ? -decade : 0,
                 digit * pow(10, decade));
        return;
    }
    int n = abs(decade);
    snprintf(out, size, "%s10%s%s%s", digit == 1 ? "" : digit == 2 ? "2\u00b7"
             : "5\u00b7", decade < 0 ? "\u207b" : "",
             n >= 10 ? raised[n / 10 % 10] : "", raised[n % 10]);
}

static inline void plot_ticks_log(struct plot *p, bool upright)
{
    double v0 = upright ? p->y0 : p->x0, v1 = upright ? p->y1 : p->x1;
    int low = (int)floor(log10(v0) + 1e-4), high = (int)ceil(log10(v1) - 1e-4);
    int every = 1 + (high - low) / 8;
    char text[48];
    for (int d = low; d <= high; d += every)
        for (int digit = 1; digit <= 5; digit = digit == 1 ? 2 : digit + 3) {
            double v = digit * pow(10, d);
            if (v < v0 * 0.999 || v > v1 * 1.001
                || (digit > 1 && v1 / v0 > 99))
                continue;
            decade_text(text, sizeof text, d, digit);
            if (upright)
                plot_tick_y(p, (float)v, text);
            else
                plot_tick_x(p, (float)v, text);
        }
}

static inline void plot_axis_names(struct plot *p, const char *x_label,
                                   const char *y_label)
{
    struct frame *f = p->frame;
    float left = p->area.x, right = left + p->area.w;
    if (y_label)
        draw_text(f, left, p->area.y - 9, TEXT_SMALL, ALIGN_LEFT,
                  paint(f, INK), "%s", y_label);
    if (x_label)
        draw_text(f, right, p->area.y + p->area.h + 35, TEXT_SMALL,
                  ALIGN_RIGHT, paint(f, INK), "%s", x_label);
}

static inline void plot_axes(struct plot *p, const char *x_label,
                             const char *y_label)
{
    plot_axes_log(p, x_label, y_label, false, false);
}

static inline void plot_baseline(struct plot *p)
{
    struct frame *f = p->frame;
    float zero = !p->log_y && p->y0 < 0 && p->y1 > 0 ? 0 : p->y0;
    float y = snap(f, plot_y(p, zero));
    draw_line(f, p->area.x, y, p->area.x + p->area.w, y, 1,
              mix(paint(f, GRID), paint(f, MUTED), 0.6f));
}

static inline void plot_axes_log(struct plot *p, const char *x_label,
                                 const char *y_label, bool log_x, bool log_y)
{
    p->log_x = log_x;
    p->log_y = log_y;
    (log_x ? plot_ticks_log : plot_ticks)(p, false);
    (log_y ? plot_ticks_log : plot_ticks)(p, true);
    plot_axis_names(p, x_label, y_label);
    plot_baseline(p);
}

static inline void plot_axes_names(struct plot *p, const char *const *names,
                                   size_t n, const char *y_label)
{
    struct frame *f = p->frame;
    plot_ticks(p, true);
    for (size_t i = 0; i < n; i++)
        draw_text(f, plot_x(p, (float)i), p->area.y + p->area.h + 17,
                  TEXT_SMALL, ALIGN_CENTER, paint(f, MUTED), "%s", names[i]);
    plot_axis_names(p, NULL, y_label);
    plot_baseline(p);
}

static inline void plot_line(struct plot *p, const float *xs, const float *ys,
                             size_t n, struct color c, float width)
{
    float *px = allocate(2 * n + 1, sizeof *px), *py = px + n;
    for (size_t i = 0; i < n; i++) {
        px[i] = plot_x(p, xs[i]);
        py[i] = plot_y(p, ys[i]);
    }
    clip_to(p->frame, inset(p->area, -width));
    draw_polyline(p->frame, px, py, n, width, c);
    clip_off(p->frame);
    free(px);
}

static inline void plot_points(struct plot *p, const float *xs,
                               const float *ys, size_t n, struct color c,
                               float radius)
{
    clip_to(p->frame, inset(p->area, -radius));
    for (size_t i = 0; i < n; i++)
        if (!isnan(xs[i]) && !isnan(ys[i]))
            draw_disc(p->frame, tame(plot_x(p, xs[i])),
                      tame(plot_y(p, ys[i])), radius, c);
    clip_off(p->frame);
}

static inline void path_bar(struct frame *f, float x, float w, float base,
                            float end)
{
    float up = end < base ? -1 : 1;
    float q = fminf(3, fminf(w / 2, fabsf(end - base)));
    float k = q * (1 - 0.5522847f);
    path_move(f, x, base);
    path_line(f, x, end - up * q);
    path_curve(f, x, end - up * k, x + k, end, x + q, end);
    path_line(f, x + w - q, end);
    path_curve(f, x + w - k, end, x + w, end - up * k, x + w, end - up * q);
    path_line(f, x + w, base);
}

static inline void plot_bars(struct plot *p, const float *xs, const float *ys,
                             size_t n, float bar, struct color c)
{
    float zero = p->log_y ? p->y0 : fminf(fmaxf(0, p->y0), p->y1);
    float base = snap(p->frame, plot_y(p, zero));
    clip_to(p->frame, p->area);
    for (size_t i = 0; i < n; i++) {
        float x = xs ? xs[i] : (float)i;
        float left = snap(p->frame, plot_x(p, x - bar / 2));
        float right = snap(p->frame, plot_x(p, x + bar / 2));
        if (!isnan(ys[i])) {
            path_bar(p->frame, left, right - left, base,
                     tame(plot_y(p, ys[i])));
            path_fill(p->frame, c);
        }
    }
    clip_off(p->frame);
}

static inline void plot_area(struct plot *p, const float *xs,
                             const float *low, const float *high, size_t n,
                             struct color c)
{
    struct frame *f = p->frame;
    float zero = p->log_y ? p->y0 : fminf(fmaxf(0, p->y0), p->y1);
    for (size_t i = 0; i < n; i++)
        (i ? path_line : path_move)(f, tame(plot_x(p, xs[i])),
                                    tame(plot_y(p, high[i])));
    for (size_t i = n; i-- > 0;)
        path_line(f, tame(plot_x(p, xs[i])),
                  tame(plot_y(p, low ? low[i] : zero)));
    clip_to(f, p->area);
    path_fill(f, c);
    clip_off(f);
}

static inline void plot_vline(struct plot *p, float x, struct color c)
{
    float px = snap(p->frame, plot_x(p, x));
    if (x >= p->x0 && x <= p->x1)
        draw_line(p->frame, px, p->area.y, px, p->area.y + p->area.h, 1, c);
}

static inline void plot_hline(struct plot *p, float y, struct color c)
{
    float py = snap(p->frame, plot_y(p, y));
    if (y >= p->y0 && y <= p->y1)
        draw_line(p->frame, p->area.x, py, p->area.x + p->area.w, py, 1, c);
}

static inline void plot_label(struct plot *p, float x, float y,
                              struct color c, const char *format, ...)
{
    char text[256];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    struct frame *f = p->frame;
    float px = plot_x(p, x) + 8, py = plot_y(p, y);
    float width = text_run(text, TEXT_SMALL, true);
    if (px + width > f->width - 4)
        px -= width + 16;
    draw_round(f, (struct rect){ px - 3, py - 8, width + 6, 16 }, 4,
               fade(paint(f, PAPER), 0.8f));
    draw_text(f, px, py, TEXT_SMALL, ALIGN_MIDDLE | TEXT_BOLD, c, "%s", text);
}

static inline void plot_legend(struct plot *p, const char *const *names,
                               const enum ink *inks, size_t n)
{
    struct frame *f = p->frame;
    float x = p->area.x + p->area.w, y = p->area.y - 9;
    for (size_t i = n; i-- > 0;) {
        x -= draw_text(f, x, y, TEXT_SMALL, ALIGN_RIGHT, paint(f, INK), "%s",
                       names[i]);
        draw_round(f, (struct rect){ x - 16, y - 8, 10, 8 }, 2,
                   paint(f, inks[i]));
        x -= 32;
    }
}

static inline bool inside(struct rect r, float x, float y)
{
    return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

static inline bool hovering(const struct frame *f, struct rect r)
{
    return f->pointer.inside && f->active == 0
        && inside(r, f->pointer.x, f->pointer.y);
}

static inline bool plot_hover(struct plot *p, float *x, float *y)
{
    struct frame *f = p->frame;
    if (!hovering(f, p->area))
        return false;
    *x = plot_unx(p, f->pointer.x);
    *y = plot_uny(p, f->pointer.y);
    float px = snap(f, f->pointer.x);
    draw_line(f, px, p->area.y, px, p->area.y + p->area.h, 1,
              fade(paint(f, MUTED), 0.6f));
    return true;
}

static inline int plot_nearest(struct plot *p, const float *xs, size_t n)
{
    int best = -1;
    float least = 1e30f;
    if (!hovering(p->frame, p->area))
        return -1;
    for (size_t i = 0; i < n; i++) {
        float d = fabsf(plot_x(p, xs ? xs[i] : (float)i)
                        - p->frame->pointer.x);
        if (d < least)
            least = d, best = (int)i;
    }
    return best;
}

static inline void value_range(const float *v, size_t n, float *lo, float *hi)
{
    if (*lo < *hi)
        return;
    *lo = INFINITY, *hi = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i])) {
            *lo = fminf(*lo, v[i]);
            *hi = fmaxf(*hi, v[i]);
        }
    if (!(*lo < *hi))
        *lo = isfinite(*lo) ? *lo - 0.5f : 0, *hi = *lo + 1;
}

static inline struct color heat_color(const struct frame *f, float v,
                                      float lo, float hi, bool diverging)
{
    if (isnan(v))
        return paint(f, GRID);
    return diverging ? map_diverging(f, v / fmaxf(fabsf(lo), fabsf(hi)))
                     : map_sequential((v - lo) / (hi - lo));
}

static inline struct rect grid_cell(const struct frame *f, struct rect r,
                                    size_t rows, size_t cols, size_t i,
                                    size_t j)
{
    float x0 = snap(f, r.x + r.w * (float)j / (float)cols);
    float x1 = snap(f, r.x + r.w * (float)(j + 1) / (float)cols);
    float y0 = snap(f, r.y + r.h * (float)i / (float)rows);
    float y1 = snap(f, r.y + r.h * (float)(i + 1) / (float)rows);
    return (struct rect){ x0, y0, x1 - x0, y1 - y0 };
}

static inline void heat_cells(struct frame *f, struct rect r, const float *v,
                              size_t rows, size_t cols, float lo, float hi,
                              bool diverging)
{
    float gap = r.w / (float)cols > 14 && r.h / (float)rows > 14 ? 1 : 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            struct rect cell = grid_cell(f, r, rows, cols, i, j);
            struct color c = heat_color(f, v[i * cols + j], lo, hi, diverging);
            cell.w -= gap, cell.h -= gap;
            if (gap > 0)
                draw_round(f, cell, 2, c);
            else
                draw_rect(f, cell, c);
        }
}

static inline int grid_hover(const struct frame *f, struct rect r,
                             size_t rows, size_t cols)
{
    if (!hovering(f, r))
        return -1;
    size_t i = (size_t)((f->pointer.y - r.y) / r.h * (float)rows);
    size_t j = (size_t)((f->pointer.x - r.x) / r.w * (float)cols);
    i = i < rows ? i : rows - 1;
    return (int)(i * cols + (j < cols ? j : cols - 1));
}

static inline float bar_step(float lo, float hi)
{
    double middle = ((double)lo + (double)hi) / 2, step = 1;
    double enough = fabs((double)hi - (double)lo) * 2e-3;
    while (step > 1e-6 && fabs(middle / step - floor(middle / step + 0.5))
                          * step > enough)
        step /= 10;
    return (float)step;
}

static inline void color_bar(struct frame *f, struct rect r, float lo,
                             float hi, bool diverging)
{
    int steps = (int)(r.h * f->canvas.scale);
    float top = snap(f, r.y), pixel = 1 / f->canvas.scale;
    char text[48];
    for (int i = 0; i < steps; i++) {
        float t = 1 - ((float)i + 0.5f) / (float)steps;
        draw_rect(f, (struct rect){ r.x, top + pixel * (float)i, r.w, pixel },
                  heat_color(f, lo + (hi - lo) * t, lo, hi, diverging));
    }
    for (int i = 0; i <= 2; i++) {
        float v = lo + (hi - lo) * (float)i / 2;
        number_text(text, sizeof text, v, bar_step(lo, hi));
        draw_text(f, r.x + r.w + 6, r.y + r.h * (1 - (float)i / 2), TEXT_SMALL,
                  ALIGN_MIDDLE, paint(f, MUTED), "%s", text);
    }
}

static inline float widest_name(const char *const *names, size_t n)
{
    float w = 0;
    for (size_t i = 0; names && i < n; i++)
        w = fmaxf(w, text_run(names[i], TEXT_SMALL, false));
    return w;
}

static inline struct rect heat_area(struct rect r, size_t rows, size_t cols,
                                    const struct heatmap *o, bool *turned)
{
    float left = o->row_labels ? widest_name(o->row_labels, rows) + 8 : 0;
    float right = o->no_bar ? 0 : 54;
    float top = o->title ? 24 : 0;
    float names = widest_name(o->col_labels, cols);
    left += o->row_title ? 20 : 0;
    top += o->col_title ? 20 : 0;
    *turned = names + 4 > (r.w - left - right) / (float)cols;
    top += o->col_labels ? (*turned ? names + 8 : 20) : 0;
    return (struct rect){ r.x + left, r.y + top, r.w - left - right,
                          r.h - top - 2 };
}

static inline void heat_names(struct frame *f, struct rect r, struct rect a,
                              size_t rows, size_t cols,
                              const struct heatmap *o, bool turned)
{
    struct color c = paint(f, MUTED);
    for (size_t i = 0; o->row_labels && i < rows; i++)
        draw_text(f, a.x - 8, a.y + a.h * ((float)i + .5f) / (float)rows,
                  TEXT_SMALL, ALIGN_RIGHT | ALIGN_MIDDLE, c, "%s",
                  o->row_labels[i]);
    for (size_t j = 0; o->col_labels && j < cols; j++) {
        float x = a.x + a.w * ((float)j + .5f) / (float)cols;
        if (turned)
            draw_text(f, x, a.y - 8 - text_run(o->col_labels[j], TEXT_SMALL,
                                               false) / 2, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE | TEXT_UP, c, "%s",
                      o->col_labels[j]);
        else
            draw_text(f, x, a.y - 7, TEXT_SMALL, ALIGN_CENTER, c, "%s",
                      o->col_labels[j]);
    }
    if (o->title)
        draw_text(f, r.x, r.y + 13, TEXT_SIZE, TEXT_BOLD, paint(f, INK), "%s",
                  o->title);
    if (o->col_title)
        draw_text(f, a.x + a.w / 2, r.y + (o->title ? 36 : 12), TEXT_SMALL,
                  ALIGN_CENTER, paint(f, INK), "%s", o->col_title);
    if (o->row_title)
        draw_text(f, r.x + 8, a.y + a.h / 2, TEXT_SMALL,
                  ALIGN_CENTER | ALIGN_MIDDLE | TEXT_UP, paint(f, INK), "%s",
                  o->row_title);
}

static inline void heat_numbers(struct frame *f, struct rect a, const float *v,
                                size_t rows, size_t cols, float lo, float hi,
                                const struct heatmap *o)
{
    const char *format = o->format ? o->format : "%.2f";
    char text[32];
    for (size_t i = 0; i < rows * cols; i++) {
        struct rect cell = grid_cell(f, a, rows, cols, i / cols, i % cols);
        snprintf(text, sizeof text, format, (double)v[i]);
        if (text_run(text, TEXT_SMALL, false) + 4 > cell.w || cell.h < 14)
            continue;
        draw_text(f, cell.x + cell.w / 2, cell.y + cell.h / 2, TEXT_SMALL,
                  ALIGN_CENTER | ALIGN_MIDDLE,
                  ink_on(heat_color(f, v[i], lo, hi, o->diverging)), "%s",
                  text);
    }
}

static inline void heat_readout(struct frame *f, struct rect a,
                                const float *values, size_t rows, size_t cols,
                                int cell, const struct heatmap *o)
{
    char row[32], col[32], number[32];
    size_t i = (size_t)cell / cols, j = (size_t)cell % cols;
    snprintf(row, sizeof row, "row %zu", i);
    snprintf(col, sizeof col, "column %zu", j);
    snprintf(number, sizeof number, o->format ? o->format : "%.3f",
             (double)values[cell]);
    struct rect r = grid_cell(f, a, rows, cols, i, j);
    draw_frame(f, inset(r, -1.5f), 3, 2, paint(f, INK));
    readout(f, "%s, %s\n%s", o->row_labels ? o->row_labels[i] : row,
            o->col_labels ? o->col_labels[j] : col, number);
}

static inline int heatmap(struct frame *f, struct rect r, const float *values,
                          size_t rows, size_t cols, float lo, float hi,
                          const struct heatmap *options)
{
    static const struct heatmap plain = { 0 };
    const struct heatmap *o = options ? options : &plain;
    bool turned;
    struct rect a = heat_area(r, rows, cols, o, &turned);
    value_range(values, rows * cols, &lo, &hi);
    if (o->diverging)
        hi = fmaxf(fabsf(lo), fabsf(hi)), lo = -hi;
    heat_cells(f, a, values, rows, cols, lo, hi, o->diverging);
    heat_names(f, r, a, rows, cols, o, turned);
    if (o->show_numbers)
        heat_numbers(f, a, values, rows, cols, lo, hi, o);
    if (!o->no_bar)
        color_bar(f, (struct rect){ a.x + a.w + 12, a.y, 10, a.h }, lo, hi,
                  o->diverging);
    int cell = grid_hover(f, a, rows, cols);
    if (cell >= 0)
        heat_readout(f, a, values, rows, cols, cell, o);
    return cell;
}

static inline struct rect image_area(struct rect r, size_t rows, size_t cols)
{
    float side = fminf(r.w / (float)cols, r.h / (float)rows);
    float w = side * (float)cols, h = side * (float)rows;
    return (struct rect){ r.x + (r.w - w) / 2, r.y + (r.h - h) / 2, w, h };
}

static inline int image_gray(struct frame *f, struct rect r,
                             const float *values, size_t rows, size_t cols,
                             float lo, float hi)
{
    struct rect a = image_area(r, rows, cols);
    struct color paper = paint(f, PANEL), ink = paint(f, INK);
    value_range(values, rows * cols, &lo, &hi);
    for (size_t i = 0; i < rows * cols; i++)
        draw_rect(f, grid_cell(f, a, rows, cols, i / cols, i % cols),
                  mix(paper, ink, (values[i] - lo) / (hi - lo)));
    int cell = grid_hover(f, a, rows, cols);
    if (cell >= 0)
        readout(f, "row %zu, column %zu\n%.3g", (size_t)cell / cols,
                (size_t)cell % cols, (double)values[cell]);
    return cell;
}

static inline int image_bytes(struct frame *f, struct rect r,
                              const uint8_t *bytes, size_t rows, size_t cols)
{
    float *values = allocate(rows * cols, sizeof *values);
    for (size_t i = 0; i < rows * cols; i++)
        values[i] = (float)bytes[i];
    int cell = image_gray(f, r, values, rows, cols, 0, 255);
    free(values);
    return cell;
}

static inline struct rect head_cell(struct rect r, size_t heads, size_t n,
                                    size_t m, size_t i, size_t *per_row)
{
    size_t best = 1;
    float most = 0;
    for (size_t c = 1; c <= heads; c++) {
        size_t rows = (heads + c - 1) / c;
        float w = (r.w - 10 * (float)(c - 1)) / (float)c / (float)m;
        float h = (r.h / (float)rows - 28) / (float)n;
        if (fminf(w, h) > most)
            most = fminf(w, h), best = c;
    }
    *per_row = best;
    size_t rows = (heads + best - 1) / best;
    float w = (r.w + 10) / (float)best, h = r.h / (float)rows;
    return (struct rect){ r.x + (float)(i % best) * w,
                          r.y + (float)(i / best) * h, w - 10, h - 8 };
}

static inline void head_picture(struct frame *f, struct rect cell,
                                const float *weights, size_t n, size_t m,
                                size_t head, bool chosen)
{
    struct rect a = { cell.x, cell.y + 20, cell.w, cell.h - 20 };
    float side = fminf(a.w / (float)m, a.h / (float)n);
    a.w = side * (float)m, a.h = side * (float)n;
    draw_text(f, a.x, cell.y + 13, TEXT_SMALL, chosen ? TEXT_BOLD : 0,
              paint(f, chosen ? ACCENT : MUTED), "head %zu", head + 1);
    heat_cells(f, a, weights, n, m, 0, 1, false);
    if (chosen)
        draw_frame(f, inset(a, -3), 4, 2, paint(f, ACCENT));
    int i = grid_hover(f, a, n, m);
    if (i >= 0)
        readout(f, "head %zu, %zu to %zu\n%.3f", head + 1, (size_t)i / m,
                (size_t)i % m, (double)weights[i]);
}

static inline bool head_grid(struct frame *f, struct rect r,
                             const float *weights, size_t heads, size_t n,
                             size_t m, int *selected)
{
    size_t per_row;
    int before = *selected;
    struct widget w = widget(f, r, CURSOR_HAND);
    for (size_t i = 0; i < heads; i++) {
        struct rect cell = head_cell(r, heads, n, m, i, &per_row);
        if (w.clicked && inside(cell, f->pointer.x, f->pointer.y))
            *selected = (int)i;
    }
    head_cell(r, heads, n, m, 0, &per_row);
    if (w.focused)
        *selected = clamp_int(*selected + arrow_x(f)
                              + arrow_y(f) * (int)per_row, 0, (int)heads - 1);
    for (size_t i = 0; i < heads; i++)
        head_picture(f, head_cell(r, heads, n, m, i, &per_row),
                     weights + i * n * m, n, m, i, (int)i == *selected);
    focus_ring(f, w, inset(r, -4), 6);
    return *selected != before;
}

static inline int token_row(struct frame *f, struct rect r,
                            const char *const *tokens, size_t n,
                            float *centers, int selected)
{
    float total = 0, pad, gap = 6, x = r.x, size = TEXT_SIZE;
    int under = -1;
    for (size_t i = 0; i < n; i++)
        total += text_run(tokens[i], size, false);
    float space = r.w - total - gap * (float)(n - 1);
    pad = fminf(10, fmaxf(2, space / (2 * (float)n)));
    if (space < 4 * (float)n)
        size = fmaxf(8, size * (r.w - (gap + 4) * (float)n) / total);
    x += fmaxf(0, (space - 2 * pad * (float)n) / 2);
    for (size_t i = 0; i < n; i++) {
        float w = text_run(tokens[i], size, false) + 2 * pad;
        struct rect box = { x, r.y, w, r.h };
        bool on = (int)i == selected, hot = hovering(f, inset(box, -gap / 2));
        draw_round(f, box, 5, paint(f, on ? ACCENT : hot ? GRID : PANEL));
        draw_text(f, x + w / 2, r.y + r.h / 2, size,
                  ALIGN_CENTER | ALIGN_MIDDLE, paint(f, on ? PAPER : INK),
                  "%s", tokens[i]);
        centers[i] = x + w / 2;
        under = hot ? (int)i : under;
        x += w + gap;
    }
    return under;
}

static inline void token_arcs(struct frame *f, float y, float bend,
                              const float *centers, const float *weights,
                              size_t n, int query)
{
    for (size_t i = 0; i < n; i++) {
        float a = centers[query], b = centers[i], w = weights[i];
        if (w < 0.005f)
            continue;
        float reach = fabsf(a - b);
        float up = y - bend * fminf(1.3f, 0.35f + reach / 400);
        struct color c = fade(paint(f, ACCENT), 0.2f + 0.8f * w);
        if ((int)i == query)
            draw_curve(f, a, y, a - 22, y - bend * 0.6f, a + 22,
                       y - bend * 0.6f, a, y, 1 + 7 * w, c);
        else
            draw_curve(f, a, y, a, up, b, up, b, y, 1 + 7 * w, c);
    }
}

static inline void token_links(struct frame *f, float y_from, float y_to,
                               const float *from, const float *to,
                               const float *weights, size_t n, size_t m,
                               int query)
{
    float half = (y_from + y_to) / 2;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            float w = weights[i * m + j];
            if (w < 0.01f || (query >= 0 && (int)i != query))
                continue;
            draw_curve(f, from[i], y_from, from[i], half, to[j], half, to[j],
                       y_to, 1 + 6 * w,
                       fade(paint(f, ACCENT), 0.15f + 0.8f * w));
        }
}

static inline struct rect reach(struct rect r)
{
    float w = fmaxf(r.w, 32), h = fmaxf(r.h, 32);
    return (struct rect){ r.x - (w - r.w) / 2, r.y - (h - r.h) / 2, w, h };
}

static inline struct widget widget(struct frame *f, struct rect r, int cursor)
{
    struct pointer *p = &f->pointer;
    int id = ++f->drawing;
    bool over = p->inside && inside(reach(r), p->x, p->y);
    if (over && p->pressed && f->active == 0)
        f->active = f->focus = id;
    struct widget w = { id, over && (f->active == 0 || f->active == id),
                        f->active == id, false, f->focus == id };
    w.clicked = (w.held && p->released && over)
             || (w.focused && (f->key == KEY_ENTER || f->key == KEY_SPACE));
    if (w.hot || w.held)
        f->cursor = cursor;
    if ((cursor == CURSOR_Y || cursor == CURSOR_GRAB) && f->grabs < 64)
        f->grab[f->grabs++] = reach(r);
    return w;
}

static inline void focus_ring(struct frame *f, struct widget w, struct rect r,
                              float radius)
{
    if (w.focused && f->keyboard)
        draw_frame(f, r, radius, 2, paint(f, ACCENT));
}

static inline int arrow_x(const struct frame *f)
{
    return (f->key == KEY_RIGHT) - (f->key == KEY_LEFT);
}

static inline int arrow_y(const struct frame *f)
{
    return (f->key == KEY_DOWN) - (f->key == KEY_UP);
}

static inline float key_share(const struct frame *f, float share)
{
    float step = f->shift ? 0.1f : 0.01f;
    share += step * (float)(arrow_x(f) - arrow_y(f));
    share += 0.1f * (float)((f->key == KEY_PAGE_UP)
                            - (f->key == KEY_PAGE_DOWN));
    if (f->key == KEY_HOME)
        share = 0;
    if (f->key == KEY_END)
        share = 1;
    return fminf(fmaxf(share, 0), 1);
}

static inline bool slide(struct frame *f, struct widget w, float *value,
                         float lo, float hi, float pointed, bool logarithmic)
{
    float share = plot_share(*value, lo, hi, logarithmic);
    float wanted = w.held && f->pointer.down ? fminf(fmaxf(pointed, 0), 1)
                 : w.focused && f->key ? key_share(f, share) : share;
    if (wanted == share)
        return false;
    *value = plot_value(wanted, lo, hi, logarithmic);
    return true;
}

static inline void slider_knob(struct frame *f, struct widget w,
                               struct rect track, float share)
{
    float y = track.y + track.h / 2, x = track.x + track.w * share;
    draw_round(f, track, 2, paint(f, GRID));
    track.w *= share;
    draw_round(f, track, 2, paint(f, ACCENT));
    draw_disc(f, x, y, w.hot || w.held ? 9 : 8, paint(f, PAPER));
    draw_ring(f, x, y, w.hot || w.held ? 8 : 7, 2, paint(f, ACCENT));
    if (w.held)
        draw_disc(f, x, y, 4, paint(f, ACCENT));
    focus_ring(f, w, (struct rect){ x - 13, y - 13, 26, 26 }, 13);
}

static inline bool slider_any(struct frame *f, struct rect r,
                              const char *label, float *value, float lo,
                              float hi, const char *format, bool logarithmic)
{
    char text[64];
    struct rect track = { r.x + 8, r.y + r.h - 14, r.w - 16, 4 };
    struct rect hit = { r.x, track.y - 14, r.w, 32 };
    struct widget w = widget(f, hit, CURSOR_X);
    bool changed = slide(f, w, value, lo, hi,
                         (f->pointer.x - track.x) / track.w, logarithmic);
    snprintf(text, sizeof text, format, (double)*value);
    draw_text(f, r.x, r.y + 12, TEXT_SIZE, ALIGN_LEFT, paint(f, INK), "%s",
              label);
    draw_text(f, r.x + r.w, r.y + 12, TEXT_SIZE, ALIGN_RIGHT | TEXT_BOLD,
              paint(f, INK), "%s", text);
    slider_knob(f, w, track, fminf(fmaxf(plot_share(*value, lo, hi,
                                                    logarithmic), 0), 1));
    return changed;
}

static inline bool slider(struct frame *f, struct rect r, const char *label,
                          float *value, float lo, float hi,
                          const char *format)
{
    return slider_any(f, r, label, value, lo, hi, format, false);
}

static inline bool slider_log(struct frame *f, struct rect r,
                              const char *label, float *value, float lo,
                              float hi, const char *format)
{
    return slider_any(f, r, label, value, lo, hi, format, true);
}

static inline bool button(struct frame *f, struct rect r, const char *label)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    struct color back = paint(f, w.held || w.hot ? GRID : PANEL);
    draw_round(f, r, 6, back);
    draw_frame(f, r, 6, 1, paint(f, GRID));
    draw_text(f, r.x + r.w / 2, r.y + r.h / 2 + (w.held ? 1 : 0), TEXT_SIZE,
              ALIGN_CENTER | ALIGN_MIDDLE, paint(f, INK), "%s", label);
    focus_ring(f, w, inset(r, -3), 8);
    return w.clicked;
}

static inline bool choice(struct frame *f, struct rect r,
                          const char *const *names, size_t n, int *index)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    int before = *index;
    float each = r.w / (float)n;
    if (w.held && w.clicked)
        *index = (int)((f->pointer.x - r.x) / each);
    if (w.focused)
        *index += arrow_x(f) + arrow_y(f);
    *index = clamp_int(*index, 0, (int)n - 1);
    draw_round(f, r, 7, paint(f, PANEL));
    struct rect on = { r.x + each * (float)*index, r.y, each, r.h };
    draw_round(f, inset(on, 2), 5, paint(f, PAPER));
    draw_frame(f, inset(on, 2), 5, 1.5f, paint(f, ACCENT));
    for (size_t i = 0; i < n; i++)
        draw_text(f, r.x + each * ((float)i + 0.5f), r.y + r.h / 2, TEXT_SMALL,
                  ALIGN_CENTER | ALIGN_MIDDLE
                  | ((int)i == *index ? TEXT_BOLD : 0),
                  paint(f, (int)i == *index ? INK : MUTED), "%s", names[i]);
    focus_ring(f, w, inset(r, -3), 9);
    return *index != before;
}

static inline bool toggle(struct frame *f, struct rect r, const char *label,
                          bool *value)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    if (w.clicked)
        *value = !*value;
    struct rect s = { r.x, r.y + r.h / 2 - 9, 32, 18 };
    draw_round(f, s, 9, *value ? paint(f, ACCENT)
                               : mix(paint(f, GRID), paint(f, MUTED), 0.5f));
    draw_disc(f, s.x + (*value ? 23 : 9), s.y + 9, 7, paint(f, PAPER));
    draw_text(f, r.x + 42, r.y + r.h / 2, TEXT_SIZE, ALIGN_MIDDLE,
              paint(f, INK), "%s", label);
    focus_ring(f, w, inset(s, -3), 12);
    return w.clicked;
}

static inline bool field_edit(struct frame *f, char *buffer, size_t size)
{
    size_t n = strlen(buffer), m = strlen(f->text);
    if (m > 0 && n + m < size) {
        memcpy(buffer + n, f->text, m + 1);
        return true;
    }
    if (f->key == KEY_BACKSPACE && n > 0) {
        do
            n--;
        while (n > 0 && ((unsigned char)buffer[n] & 0xc0) == 0x80);
        buffer[n] = '\0';
        return true;
    }
    return false;
}

static inline bool text_field(struct frame *f, struct rect r, char *buffer,
                              size_t size)
{
    struct widget w = widget(f, r, CURSOR_TEXT);
    bool changed = w.focused && field_edit(f, buffer, size);
    float width = text_run(buffer, TEXT_SIZE, false);
    float x = r.x + 10 - fmaxf(0, width - r.w + 24);
    draw_round(f, r, 6, paint(f, PAPER));
    draw_frame(f, r, 6, w.focused ? 2 : 1, paint(f, w.focused ? ACCENT
                                                              : MUTED));
    clip_to(f, inset(r, 4));
    draw_text(f, x, r.y + r.h / 2, TEXT_SIZE, ALIGN_MIDDLE, paint(f, INK),
              "%s", buffer);
    if (w.focused) {
        f->field = r;
        f->field_text = buffer;
        draw_rect(f, (struct rect){ x + width + 1, r.y + r.h / 2 - 9, 1.5f,
                                    18 }, paint(f, ACCENT));
    }
    clip_off(f);
    return changed;
}

static inline bool drag_y(struct frame *f, int id, struct rect r,
                          float *value, float lo, float hi)
{
    (void)id;
    struct widget w = widget(f, r, CURSOR_Y);
    if (w.hot || w.held)
        draw_round(f, r, 5, fade(paint(f, GRID), 0.5f));
    bool changed = slide(f, w, value, lo, hi,
                         1 - (f->pointer.y - r.y) / r.h, false);
    focus_ring(f, w, inset(r, -2), 5);
    return changed;
}

static inline bool drag_x(struct frame *f, int id, struct rect r,
                          float *value, float lo, float hi)
{
    (void)id;
    struct widget w = widget(f, r, CURSOR_X);
    if (w.hot || w.held)
        draw_round(f, r, 5, fade(paint(f, GRID), 0.5f));
    bool changed = slide(f, w, value, lo, hi,
                         (f->pointer.x - r.x) / r.w, false);
    focus_ring(f, w, inset(r, -2), 5);
    return changed;
}

static inline float point_value(float share, float v0, float v1)
{
    return plot_value(fminf(fmaxf(share, 0), 1), v0, v1, false);
}

static inline bool drag_point(struct frame *f, int id, struct rect r,
                              float *x, float *y, float x0, float x1,
                              float y0, float y1)
{
    (void)id;
    float px = r.x + r.w * plot_share(*x, x0, x1, false);
    float py = r.y + r.h * (1 - plot_share(*y, y0, y1, false));
    struct widget w = widget(f, (struct rect){ px - 16, py - 16, 32, 32 },
                             CURSOR_GRAB);
    float was_x = *x, was_y = *y;
    if (w.held && f->pointer.down) {
        *x = point_value((f->pointer.x - r.x) / r.w, x0, x1);
        *y = point_value(1 - (f->pointer.y - r.y) / r.h, y0, y1);
    } else if (w.focused && (arrow_x(f) || arrow_y(f))) {
        *x = point_value((px - r.x) / r.w + 0.01f * (float)arrow_x(f), x0, x1);
        *y = point_value(1 - (py - r.y) / r.h - 0.01f * (float)arrow_y(f),
                         y0, y1);
    }
    px = r.x + r.w * plot_share(*x, x0, x1, false);
    py = r.y + r.h * (1 - plot_share(*y, y0, y1, false));
    draw_disc(f, px, py, w.hot || w.held ? 9 : 7, paint(f, PAPER));
    draw_disc(f, px, py, w.hot || w.held ? 7.5f : 5.5f, paint(f, ACCENT));
    focus_ring(f, w, (struct rect){ px - 13, py - 13, 26, 26 }, 13);
    return *x != was_x || *y != was_y;
}

static inline bool figure_requested(void)
{
    const struct figure_request *q = &figure_request;
    return q->file || q->show || q->play || q->window || q->table || q->alt
        || q->list;
}

static inline const struct figure *figure_find(const struct figure *figures,
                                               const char *name)
{
    for (const struct figure *g = figures; g->name; g++)
        if (name == NULL || strcmp(g->name, name) == 0)
            return g;
    fail("no figure is called \"%s\" (try --list-figures)", name ? name : "");
}

#ifndef __wasm__
static inline void png_bytes(void *file, void *data, int size)
{
    fwrite(data, 1, (size_t)size, file);
}

static inline bool figure_write(struct frame *f, const char *path)
{
    struct output *out = output_open(path);
    const struct canvas *k = &f->canvas;
    stbi_write_png_to_func(png_bytes, out->file, k->width, k->height, 4,
                           k->pixels, 4 * k->width);
    output_commit(out);
    return true;
}
#endif

static inline void figure_settle(struct frame *f)
{
    for (int i = 0; i < 64 && (frame_step(f, 0) || i == 0); i++)
        ;
}

static inline int key_code(const char *name)
{
    static const char *const names[] = { "Left", "Right", "Up", "Down",
        "Home", "End", "PageUp", "PageDown", NULL };
    static const char *const low[] = { "Backspace", "Tab", "Enter", "Escape",
        "Space", "Delete", NULL };
    static const int codes[] = { 8, 9, 13, 27, 32, 127 };
    for (int i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return KEY_LEFT + i;
    for (int i = 0; low[i]; i++)
        if (strcmp(name, low[i]) == 0)
            return codes[i];
    return 0;
}

static inline void play_key(struct frame *f, const char *name, bool shift)
{
    int key = key_code(name);
    if (key == 0)
        fail("--play: no key is called \"%s\"", name);
    frame_event(f, (struct event){ .type = EVENT_KEY, .key = key,
                                   .shift = shift });
}

static inline void play_drag(struct frame *f, const float at[4])
{
    frame_event(f, (struct event){ .type = EVENT_DOWN, .x = at[0],
                                   .y = at[1] });
    figure_settle(f);
    frame_event(f, (struct event){ .type = EVENT_MOVE, .x = at[2],
                                   .y = at[3] });
    figure_settle(f);
    frame_event(f, (struct event){ .type = EVENT_UP, .x = at[2],
                                   .y = at[3] });
}

static inline void play_text(struct frame *f, const char *text)
{
    while (*text) {
        struct event e = { .type = EVENT_TEXT };
        const char *from = text;
        utf8_next(&text);
        memcpy(e.text, from, (size_t)(text - from));
        frame_event(f, e);
        figure_settle(f);
    }
}

static inline void play_step(struct frame *f, const char *step)
{
    float at[4];
    char word[16] = "", key[16] = "";
    sscanf(step, " %15s %15s", word, key);
    int n = sscanf(step, " %*s %f %f %f %f", &at[0], &at[1], &at[2], &at[3]);
    if (strcmp(word, "hover") == 0 && n == 2)
        frame_event(f, (struct event){ .type = EVENT_MOVE, .x = at[0],
                                       .y = at[1] });
    else if (strcmp(word, "click") == 0 && n == 2)
        play_drag(f, (float[4]){ at[0], at[1], at[0], at[1] });
    else if (strcmp(word, "drag") == 0 && n == 4)
        play_drag(f, at);
    else if (strcmp(word, "key") == 0)
        play_key(f, key, false);
    else if (strcmp(word, "shift") == 0)
        play_key(f, key, true);
    else if (strcmp(word, "text") == 0)
        play_text(f, strstr(step, "text ") ? strstr(step, "text ") + 5 : "");
    else
        fail("--play: \"%s\" is not understood", step);
    figure_settle(f);
}

static inline void figure_play(struct frame *f, const char *events)
{
    char step[128];
    while (*events) {
        size_t n = strcspn(events, ";");
        snprintf(step, sizeof step, "%.*s", (int)n, events);
        if (step[strspn(step, " ")])
            play_step(f, step);
        events += n + (events[n] == ';');
    }
}

#ifndef __wasm__
static inline int figure_print(const struct figure *figures,
                               const struct figure *g)
{
    if (figure_request.list)
        for (g = figures; g->name; g++)
            printf("%s\n", g->name);
    else if (figure_request.alt)
        printf("%s\n", g->alt ? g->alt : "");
    else if (figure_request.table && g->table)
        g->table(stdout);
    return 0;
}

static inline int figure_run(const struct figure *figures)
{
    struct figure_request *q = &figure_request;
    const struct figure *g = figure_find(figures, q->show);
    struct frame f;
    if (q->list || q->alt || q->table)
        return figure_print(figures, g);
    if (q->window)
        return figure_window(g);
    if (q->file == NULL)
        fail("a figure needs --figure FILE.png or --window");
    if (q->width && (q->width < 200 || q->width > 2000))
        fail("--width: %zu is not between 200 and 2000", q->width);
    frame_open(&f, g, (float)q->width, 2, q->theme);
    figure_settle(&f);
    figure_play(&f, q->play ? q->play : "");
    figure_write(&f, q->file);
    frame_close(&f);
    return 0;
}
#else
static inline int figure_run(const struct figure *figures)
{
    (void)figures;
    return 0;
}
#endif

#ifdef NO_WINDOW
static inline int figure_window(const struct figure *figure)
{
    (void)figure;
    fail("--window: this program was built without SDL2");
}
#endif

#if !defined NO_WINDOW && !defined __wasm__
struct window {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    struct frame frame;
    float scale;                        /* canvas pixels to a window's */
    bool open;
};

static inline int window_key(const SDL_Keysym *k)
{
    switch (k->sym) {
    case SDLK_LEFT: return KEY_LEFT;
    case SDLK_RIGHT: return KEY_RIGHT;
    case SDLK_UP: return KEY_UP;
    case SDLK_DOWN: return KEY_DOWN;
    case SDLK_HOME: return KEY_HOME;
    case SDLK_END: return KEY_END;
    case SDLK_PAGEUP: return KEY_PAGE_UP;
    case SDLK_PAGEDOWN: return KEY_PAGE_DOWN;
    case SDLK_KP_ENTER: return KEY_ENTER;
    case SDLK_BACKSPACE: case SDLK_TAB: case SDLK_RETURN: case SDLK_SPACE:
    case SDLK_DELETE: return (int)k->sym;
    default: return 0;
    }
}

static inline void window_fit(struct window *w)
{
    int ww, wh, pw, ph;
    SDL_GetWindowSize(w->window, &ww, &wh);
    SDL_GetRendererOutputSize(w->renderer, &pw, &ph);
    w->scale = ww > 0 ? (float)pw / (float)ww : 1;
    frame_resize(&w->frame, (float)ww, w->scale, w->frame.dark);
    const struct canvas *k = &w->frame.canvas;
    if (w->texture)
        SDL_DestroyTexture(w->texture);
    w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_ABGR8888,
                                   SDL_TEXTUREACCESS_STREAMING, k->width,
                                   k->height);
    if (w->texture == NULL)
        fail("--window: %s", SDL_GetError());
}

static inline void window_open(struct window *w, const struct figure *figure)
{
    memset(w, 0, sizeof *w);
    SDL_SetMainReady();
    if (SDL_Init(SDL_INIT_VIDEO) != 0)
        fail("--window: %s", SDL_GetError());
    frame_open(&w->frame, figure, (float)figure_request.width, 1,
               figure_request.theme);
    w->window = SDL_CreateWindow(figure->name, SDL_WINDOWPOS_CENTERED,
                                 SDL_WINDOWPOS_CENTERED,
                                 (int)w->frame.width, (int)w->frame.height,
                                 SDL_WINDOW_RESIZABLE
                                 | SDL_WINDOW_ALLOW_HIGHDPI);
    w->renderer = w->window ? SDL_CreateRenderer(w->window, -1, 0) : NULL;
    if (w->renderer == NULL)
        fail("--window: %s", SDL_GetError());
    window_fit(w);
    w->open = true;
}

static inline void window_pointer(struct window *w, enum event_type type,
                                  int x, int y)
{
    frame_event(&w->frame, (struct event){ .type = type, .x = (float)x,
                                           .y = (float)y });
}

static inline void window_event(struct window *w, const SDL_Event *e)
{
    if (e->type == SDL_QUIT)
        w->open = false;
    else if (e->type == SDL_MOUSEMOTION)
        window_pointer(w, EVENT_MOVE, e->motion.x, e->motion.y);
    else if (e->type == SDL_MOUSEBUTTONDOWN && e->button.button == 1)
        window_pointer(w, EVENT_DOWN, e->button.x, e->button.y);
    else if (e->type == SDL_MOUSEBUTTONUP && e->button.button == 1)
        window_pointer(w, EVENT_UP, e->button.x, e->button.y);
    else if (e->type == SDL_WINDOWEVENT
             && e->window.event == SDL_WINDOWEVENT_SIZE_CHANGED)
        window_fit(w);
    else if (e->type == SDL_WINDOWEVENT
             && e->window.event == SDL_WINDOWEVENT_LEAVE)
        window_pointer(w, EVENT_LEAVE, -1, -1);
    else if (e->type == SDL_KEYDOWN)
        window_typed(w, &e->key.keysym);
    else if (e->type == SDL_TEXTINPUT)
        play_text(&w->frame, e->text.text);
}

static inline void window_typed(struct window *w, const SDL_Keysym *k)
{
    bool typing = w->frame.field.w > 0;
    if (k->sym == SDLK_ESCAPE || (k->sym == SDLK_q && !typing))
        w->open = false;
    int key = window_key(k);
    if (key && !(typing && key == KEY_SPACE))
        frame_event(&w->frame, (struct event){ .type = EVENT_KEY, .key = key,
                                 .shift = k->mod & KMOD_SHIFT });
}

static inline void window_show(struct window *w)
{
    const struct canvas *k = &w->frame.canvas;
    SDL_UpdateTexture(w->texture, NULL, k->pixels, 4 * k->width);
    SDL_SetRenderDrawColor(w->renderer, paint(&w->frame, PAPER).r,
                           paint(&w->frame, PAPER).g,
                           paint(&w->frame, PAPER).b, 255);
    SDL_RenderClear(w->renderer);
    SDL_RenderCopy(w->renderer, w->texture, NULL,
                   &(SDL_Rect){ 0, 0, k->width, k->height });
    SDL_RenderPresent(w->renderer);
}

static inline void window_cursor(const struct window *w)
{
    static const SDL_SystemCursor shapes[] = {
        SDL_SYSTEM_CURSOR_ARROW, SDL_SYSTEM_CURSOR_HAND,
        SDL_SYSTEM_CURSOR_IBEAM, SDL_SYSTEM_CURSOR_SIZEWE,
        SDL_SYSTEM_CURSOR_SIZENS, SDL_SYSTEM_CURSOR_HAND };
    static SDL_Cursor *cursors[6];
    SDL_Cursor **c = &cursors[w->frame.cursor];
    if (*c == NULL)
        *c = SDL_CreateSystemCursor(shapes[w->frame.cursor]);
    if (*c && SDL_GetCursor() != *c)
        SDL_SetCursor(*c);
}

static inline int figure_window(const struct figure *figure)
{
    struct window w;
    SDL_Event e;
    bool again = true;
    window_open(&w, figure);
    while (w.open) {
        if (SDL_WaitEventTimeout(&e, again ? 15 : 250)) {
            do
                window_event(&w, &e);
            while (SDL_PollEvent(&e));
            again = true;
        }
        if (again) {
            again = frame_step(&w.frame, (double)SDL_GetTicks64() / 1000);
            window_cursor(&w);
            window_show(&w);
        }
    }
    frame_close(&w.frame);
    SDL_DestroyTexture(w.texture);
    SDL_DestroyRenderer(w.renderer);
    SDL_DestroyWindow(w.window);
    SDL_Quit();
    return 0;
}
#endif

#ifdef __wasm__
#define PAGE(name) __attribute__((export_name(#name))) name
static struct frame page_frame;
static char page_buffer[256];           /* a string from the page */

char *PAGE(fig_buffer)(void)
{
    return page_buffer;
}

int PAGE(fig_open)(float width, float scale, int dark)
{
    const struct figure *g = figure_program;
    while (g && g->name && strcmp(g->name, page_buffer) != 0)
        g++;
    if (g == NULL || g->name == NULL)
        return 0;
    frame_open(&page_frame, g, width, scale, dark);
    return 1;
}

void PAGE(fig_resize)(float width, float scale, int dark)
{
    frame_resize(&page_frame, width, scale, dark);
}

void PAGE(fig_event)(int type, float x, float y, int key, int flags)
{
    struct event e = { (enum event_type)type, x, y, key, flags & 1,
                       flags & 2, "" };
    memcpy(e.text, page_buffer, type == EVENT_TEXT ? 7 : 0);
    frame_event(&page_frame, e);
}

int PAGE(fig_step)(double time)
{
    return frame_step(&page_frame, time);
}

uint8_t *PAGE(fig_pixels)(void)
{
    return page_frame.canvas.pixels;
}

int PAGE(fig_get)(int what)
{
    const struct frame *f = &page_frame;
    const int values[] = { f->canvas.width, f->canvas.height, f->cursor,
                           f->focus, f->widgets, f->field.w > 0,
                           (int)f->field.x, (int)f->field.y,
                           (int)f->field.w, (int)f->field.h };
    return values[what];
}

const char *PAGE(fig_field)(void)        /* what the field holds */
{
    return page_frame.field_text ? page_frame.field_text : "";
}

int PAGE(fig_grabs)(float x, float y)    /* does a finger drag here? */
{
    for (int i = 0; i < page_frame.grabs; i++)
        if (inside(page_frame.grab[i], x, y))
            return 1;
    return 0;
}
#endif

#endif
