/* figure.h -- generated from chapters/C-figure.nw. Do not edit. */
/* Offers: struct figure_vertex, struct color, struct rect, struct canvas,
 * inset, struct glyph_slot, enum ink, struct figure, struct pointer,
 * enum event_type, struct event, struct frame, struct plot, struct span,
 * inside, hovering, struct heatmap, struct widget, arrow_x, arrow_y,
 * struct figure_request, draw_rect, path_move, draw_polygon, draw_disc,
 * draw_ring, draw_round, draw_frame, draw_line, struct stroke,
 * draw_polyline, draw_curve, draw_arrow, clip_to, clip_off, text_run,
 * draw_text, paint, fade, mix, map_sequential, map_diverging, ink_on,
 * frame_resize, frame_open, frame_close, frame_inside, frame_event,
 * frame_step, frame_draw, readout, plot_x, plot_y, plot_unx, plot_uny,
 * tick_step, number_text, text_fitting, span_sound, span_add, span_ends,
 * plot_new, plot_axes_log, plot_axes, plot_axes_names, plot_line,
 * plot_points, plot_bars, plot_area, plot_vline, plot_hline, plot_label,
 * plot_legend, plot_hover, plot_nearest, heatmap, image_gray, image_bytes,
 * head_grid, token_row, token_arcs, token_links, widget, focus_ring, say,
 * slider, slider_log, button, choice, toggle, text_field, drag_y, drag_x,
 * drag_point, figure_run, figure_settle, figure_play, figure_write,
 * struct window, figure_run */

#ifndef FIGURE_H
#define FIGURE_H

#include "kit/workshop.h"
#include "kit/figure_font.h"
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
/* include the writer of PNG files */
#ifndef __wasm__
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop
#endif
/* include SDL2, if there is to be a window */
#if !defined NO_WINDOW && !defined __wasm__
#define SDL_MAIN_HANDLED
#include <SDL2/SDL.h>
#endif
/* figure.h -- figures that live in a window, a file and a page.
 *
 * All lengths are logical pixels, x to the right and y downward, unless a
 * comment says otherwise. Colors are sRGB, alpha not premultiplied. */

struct frame;                            /* what a figure draws on */
struct color { uint8_t r, g, b, a; };
struct rect { float x, y, w, h; };       /* corner, size; logical px */

struct canvas {
    uint8_t *pixels;                     /* (height, width, 4), RGBA */
    int width, height;                   /* pixels of the canvas */
    float scale;                         /* of those to a logical px */
    int clip[4];                         /* left, top, right, bottom */
    /* buffers of the canvas */
    struct figure_vertex *path;
    int path_count, path_space;
    uint8_t *mask;
    size_t mask_space;
    struct glyph_slot *glyphs;
    size_t glyph_count, glyph_bytes;
};

/* ---- filled shapes ---- */

/* inset: r without d on every side; larger if d is negative. */
static inline struct rect inset(struct rect r, float d)
{
    return (struct rect){ r.x + d, r.y + d, r.w - 2 * d, r.h - 2 * d };
}

/* ---- lines: square ends; polylines: round, NAN leaves a gap ---- */

enum {
    ALIGN_LEFT = 0, ALIGN_CENTER = 1, ALIGN_RIGHT = 2,
    ALIGN_MIDDLE = 4,            /* y: middle of capitals, not baseline */
    TEXT_BOLD = 8,
    TEXT_UP = 16                 /* to be read from below */
};

/* ---- text: UTF-8; size in px to the em; returns the width set ---- */
#define TEXT_SMALL 12.f          /* labels */
#define TEXT_SIZE 13.f
#define TEXT_TITLE 15.f

struct glyph_slot {
    uint64_t key;                       /* 0: empty */
    int left, top, width, height;       /* of the mask, from the pen */
    uint8_t *mask;
};

/* ---- colors by office; the theme gives them ---- */
enum ink {
    PAPER, PANEL, INK, MUTED, GRID, ACCENT,
    SERIES_1, SERIES_2, SERIES_3, SERIES_4, SERIES_5, SERIES_6,
    WARN, INK_COUNT
};

/* map_sequential, map_diverging: values to colors; beyond the ends those
 * of the ends, NAN as 0. */
static inline struct color map_sequential(float t);         /* 0 to 1 */
static inline struct color map_diverging(const struct frame *f,
                                         float t);          /* -1 to 1 */

/* ---- a figure, and the frame it draws ---- */
struct figure {
    const char *name;
    int width, height, narrow_height;    /* logical px; 0: height */
    const char *alt;                     /* for those who cannot see it */
    bool (*frame)(struct frame *f);
    void (*table)(FILE *out);            /* fields between tabs, heads
                                            first; or NULL */
};

struct pointer {
    float x, y;                          /* logical px */
    bool inside, down;
    bool pressed, released;              /* in this frame */
    bool touch;                          /* a finger, not a mouse */
};

enum event_type {
    EVENT_MOVE, EVENT_DOWN, EVENT_UP, EVENT_LEAVE, EVENT_KEY, EVENT_TEXT,
    EVENT_FOCUS, EVENT_BLUR
};

struct event {
    enum event_type type;
    float x, y;                          /* logical px */
    int key;
    bool shift, touch;
    char text[8];
};

enum {
    KEY_BACKSPACE = 8, KEY_TAB = 9, KEY_ENTER = 13, KEY_SPACE = 32,
    KEY_DELETE = 127, KEY_LEFT = 256, KEY_RIGHT, KEY_UP, KEY_DOWN,
    KEY_HOME, KEY_END, KEY_PAGE_UP, KEY_PAGE_DOWN
};

struct frame {
    float width, height;                 /* logical px */
    bool dark, narrow;
    struct pointer pointer;
    int key;                             /* pressed in this frame, or 0 */
    bool shift;
    char text[8];                        /* typed in this frame, UTF-8 */
    double time;                         /* seconds since the start */
    struct canvas canvas;
    /* what the kit remembers from frame to frame */
    const struct figure *figure;
    struct event queue[64];
    int queue_count;
    double time_zero;
    bool computed;                       /* what the chart shows */
    int focus, active;
    int widgets, drawing;                /* how many there were, are so far */
    bool keyboard;                       /* keys are in use: show the focus */

    int cursor;                          /* how the pointer should look */
    struct rect grab[64];                /* where a finger drags up or down */
    int grabs;
    char spoken[160];                    /* the control with the focus */
    struct rect field;                   /* the text field with the focus */
    const char *field_text;
    char readout[256];
    float readout_x, readout_y;
};

static inline void draw_readout(struct frame *f);   /* the kit does it */

/* ---- plots ---- */
struct plot {
    struct frame *frame;
    struct rect area;                  /* where the data lie; logical px */
    float x0, x1, y0, y1;              /* data at its edges */
    bool log_x, log_y;
};
struct span { float lo, hi; };

/* inside: is (x, y) in r, left and upper edge included. */
static inline bool inside(struct rect r, float x, float y)
{
    return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

/* hovering: is the pointer over r, and nothing being dragged. */
static inline bool hovering(const struct frame *f, struct rect r)
{
    return f->pointer.inside && f->active == 0
        && inside(r, f->pointer.x, f->pointer.y);
}

/* ---- matrices: values (rows, cols); return the cell under the pointer,
 * row * cols + col, or -1 ---- */
struct heatmap {
    const char *title;
    const char *const *row_labels, *const *col_labels;
    const char *row_title, *col_title;   /* NULL: none of these */
    const char *format;                  /* of a number; NULL: "%.2f" */
    bool show_numbers;                   /* in the cells, where they fit */
    bool diverging;                      /* around zero, from -hi to hi */
    bool no_bar;                         /* without the color bar */
};

enum {
    CURSOR_ARROW, CURSOR_HAND, CURSOR_TEXT, CURSOR_X, CURSOR_Y, CURSOR_GRAB
};
struct widget {
    int id;
    bool hot, held, clicked, focused;
};

/* arrow_x, arrow_y: -1, 0 or 1 by the arrow key of this frame. */
static inline int arrow_x(const struct frame *f)
{
    return (f->key == KEY_RIGHT) - (f->key == KEY_LEFT);
}

static inline int arrow_y(const struct frame *f)
{
    return (f->key == KEY_DOWN) - (f->key == KEY_UP);
}

/* ---- controls: true in the frame in which the reader changes one ---- */

/* ---- the command line ---- */
#define FIGURE_OPTIONS \
    { "figure", OPTION_WRITES, &figure_request.file, "FILE.png", \
      "draw a figure into a file" }, \
    { "window", OPTION_FLAG, &figure_request.window, NULL, \
      "show the figure in a window" }, \
    { "show", OPTION_TEXT, &figure_request.show, "NAME", \
      "which figure; --list-figures names them" }, \
    { "theme", OPTION_CHOICE, &figure_request.theme, "light|dark", \
      "colors of the figure" }, \
    FIGURE_MORE_OPTIONS

#define FIGURE_MORE_OPTIONS \
    { "width", OPTION_SIZE, &figure_request.width, "PIXELS", \
      "logical width of the figure; 0: its own" }, \
    { "play", OPTION_TEXT, &figure_request.play, "EVENTS", \
      "first do this: \"hover 80 40; drag 10 20 90 20; key Tab; text a\"" }, \
    { "table", OPTION_FLAG, &figure_request.table, NULL, \
      "print the figure's data" }, \
    { "alt", OPTION_FLAG, &figure_request.alt, NULL, \
      "print the figure's description" }, \
    { "size", OPTION_FLAG, &figure_request.size, NULL, \
      "print the figure's width, its height, and that on narrow pages" }, \
    { "list-figures", OPTION_FLAG, &figure_request.list, NULL, \
      "print the figures' names" }

#define FIGURE_MODES(obeys) \
    { "figure|window", NULL, "show theme width play " obeys, figures_run, \
      "draw a figure, or open it in a window" }, \
    { "table", NULL, "show " obeys, figures_run }, \
    { "alt|size", NULL, "show", figures_run }, \
    { "list-figures", NULL, NULL, figures_run }

struct figure_request {
    const char *file, *show, *play;
    size_t width;
    int theme;                               /* 0 light, 1 dark */
    bool window, table, alt, list, size;
};
static struct figure_request figure_request;

#ifdef __wasm__
static const struct figure *figure_program;
#define FIGURES(figures) \
    __attribute__((constructor)) static void figure_register(void) \
    { \
        figure_program = figures; \
    } \
    FIGURES_RUN(figures)
#else
#define FIGURES(figures) FIGURES_RUN(figures)
#endif
#define FIGURES_RUN(figures) \
    __attribute__((unused)) static int figures_run(void) \
    { \
        return figure_run(figures); \
    }
static inline uint8_t mix_byte(int from, int to, int alpha)
{
    int t = (to - from) * alpha;
    return (uint8_t)(from + (t + (t < 0 ? -127 : 127)) / 255);
}

static inline void mix_pixel(uint8_t *pixel, struct color c, int coverage)
{
    int alpha = c.a == 255 ? coverage : (c.a * coverage + 127) / 255;
    pixel[0] = mix_byte(pixel[0], c.r, alpha);
    pixel[1] = mix_byte(pixel[1], c.g, alpha);
    pixel[2] = mix_byte(pixel[2], c.b, alpha);
}

static inline void mix_row(struct canvas *k, int x, int y,
                           const uint8_t *mask, int w, struct color c)
{
    size_t start = (size_t)y * (size_t)k->width + (size_t)x;
    for (int i = 0; i < w; i++)
        if (mask[i])
            mix_pixel(k->pixels + 4 * (start + (size_t)i), c, mask[i]);
}

static inline float overlap(float a, float b, int pixel)
{
    float low = fmaxf(a, (float)pixel), high = fminf(b, (float)pixel + 1);
    return fmaxf(0, high - low);
}

static inline int floor_pixel(float v, int low, int high)
{
    return (int)floorf(fminf(fmaxf(v, (float)low), (float)high));
}

static inline int clamp_int(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

static inline void mix_span(struct canvas *k, int y, int left, int right,
                            float x0, float x1, float cover, struct color c)
{
    uint8_t *row = k->pixels + 4 * (size_t)y * (size_t)k->width;
    bool solid = cover == 1 && c.a == 255;
    for (int x = left; x < right; x++) {
        /* mix or set the pixel at x */
        if (solid && (float)x >= x0 && (float)x + 1 <= x1)
            memcpy(row + 4 * x, &c, 4);
        else
            mix_pixel(row + 4 * x, c,
                      (int)(overlap(x0, x1, x) * cover * 255 + 0.5f));
    }
}

/* draw_rect: r filled with c. Edges between pixels are smoothed. */
static inline void draw_rect(struct frame *f, struct rect r, struct color c)
{
    struct canvas *k = &f->canvas;
    float s = k->scale, x0 = r.x * s, x1 = (r.x + r.w) * s;
    float y0 = r.y * s, y1 = (r.y + r.h) * s;
    /* let left to bottom be the pixels that it touches */
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
    /* make workspace for one more vertex */
    if (k->path_count == k->path_space) {
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

/* path_move, _line, _curve, _fill: a path of one's own. _curve is a cubic
 * from the last point by (x0, y0) and (x1, y1) to (x, y). _fill closes
 * every part, fills what is wound around (nonzero) and empties the path. */
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
    float s = f->canvas.scale;
    struct figure_vertex *v = path_vertex(f, STBTT_vcubic, x, y);
    v->cx = x0 * s, v->cy = y0 * s;
    v->cx1 = x1 * s, v->cy1 = y1 * s;
}

static inline bool path_box(const struct canvas *k, int box[4])
{
    float low[2] = { 1e9f, 1e9f }, high[2] = { -1e9f, -1e9f };
    for (int i = 0; i < k->path_count; i++) {
        /* widen the box by the points of vertex i */
        const struct figure_vertex *v = &k->path[i];
        const float points[] = { v->x, v->y, v->cx, v->cy, v->cx1, v->cy1 };
        int count = v->type == STBTT_vcubic ? 6 : v->type == STBTT_vcurve ? 4 : 2;
        for (int j = 0; j < count; j++) {
            low[j % 2] = fminf(low[j % 2], points[j]);
            high[j % 2] = fmaxf(high[j % 2], points[j]);
        }
    }
    /* round the box outward, within the clip */
    for (int j = 0; j < 2; j++) {
        box[j] = floor_pixel(low[j], k->clip[j], k->clip[j + 2]);
        box[j + 2] = floor_pixel(high[j] + 1, k->clip[j], k->clip[j + 2]);
    }
    return box[0] < box[2] && box[1] < box[3];
}

enum { FAR = 8192 };

static inline void path_cover(const struct canvas *k, const int box[4],
                              uint8_t *mask)
{
    int w = box[2] - box[0], h = box[3] - box[1];
    stbtt__bitmap bitmap = { w, h, w, mask };
    stbtt_Rasterize(&bitmap, 0.1f, k->path, k->path_count, 1, 1, FAR, FAR,
                    box[0] + FAR, box[1] + FAR, 0, NULL);
}

static inline void path_fill(struct frame *f, struct color c)
{
    struct canvas *k = &f->canvas;
    int box[4];
    if (path_box(k, box)) {
        int w = box[2] - box[0];
        /* make workspace for a mask as large as the box */
        size_t need = (size_t)w * (size_t)(box[3] - box[1]);
        if (k->mask_space < need) {
            free(k->mask);
            k->mask_space = 2 * need;
            k->mask = allocate(k->mask_space, 1);
        }
        path_cover(k, box, k->mask);
        for (int y = box[1]; y < box[3]; y++)
            mix_row(k, box[0], y, k->mask + (y - box[1]) * w, w, c);
    }
    k->path_count = 0;
}

/* draw_polygon: the filled polygon through xs, ys (n). */
static inline void draw_polygon(struct frame *f, const float *xs,
                                const float *ys, size_t n, struct color c)
{
    for (size_t i = 0; i < n; i++)
        (i ? path_line : path_move)(f, xs[i], ys[i]);
    path_fill(f, c);
}

#define ROUND 0.5522847f

static inline void path_ellipse(struct frame *f, float x, float y, float rx,
                                float ry)
{
    float kx = ROUND * rx, ky = ROUND * ry;
    path_move(f, x + rx, y);
    /* go round in four quarters */
    path_curve(f, x + rx, y + ky, x + kx, y + ry, x, y + ry);
    path_curve(f, x - kx, y + ry, x - rx, y + ky, x - rx, y);
    path_curve(f, x - rx, y - ky, x - kx, y - ry, x, y - ry);
    path_curve(f, x + kx, y - ry, x + rx, y - ky, x + rx, y);
}

/* draw_disc: a filled circle around (x, y). */
static inline void draw_disc(struct frame *f, float x, float y, float radius,
                             struct color c)
{
    path_ellipse(f, x, y, radius, radius);
    path_fill(f, c);
}

/* draw_ring: a circle's line, radius to its middle. */
static inline void draw_ring(struct frame *f, float x, float y, float radius,
                             float width, struct color c)
{
    float inner = radius - width / 2, outer = radius + width / 2;
    path_ellipse(f, x, y, outer, outer);
    path_ellipse(f, x, y, inner, -inner);
    path_fill(f, c);
}

static inline void path_round(struct frame *f, struct rect r, float radius)
{
    float q = fminf(radius, fminf(fabsf(r.w), fabsf(r.h)) / 2);
    float k = q * (1 - ROUND), x1 = r.x + r.w, y1 = r.y + r.h;
    path_move(f, r.x + q, r.y);
    /* go along the upper and the right side */
    path_line(f, x1 - q, r.y);
    path_curve(f, x1 - k, r.y, x1, r.y + k, x1, r.y + q);
    path_line(f, x1, y1 - q);
    path_curve(f, x1, y1 - k, x1 - k, y1, x1 - q, y1);
    /* go back along the lower and the left side */
    path_line(f, r.x + q, y1);
    path_curve(f, r.x + k, y1, r.x, y1 - k, r.x, y1 - q);
    path_line(f, r.x, r.y + q);
    path_curve(f, r.x, r.y + k, r.x + k, r.y, r.x + q, r.y);
}

/* draw_round: r with rounded corners, filled. */
static inline void draw_round(struct frame *f, struct rect r, float radius,
                              struct color c)
{
    path_round(f, r, radius);
    path_fill(f, c);
}

/* draw_frame: the line within the edge of draw_round. */
static inline void draw_frame(struct frame *f, struct rect r, float radius,
                              float width, struct color c)
{
    struct rect in = inset(r, width);
    path_round(f, r, radius);
    int first = f->canvas.path_count;
    path_round(f, in, fmaxf(0, radius - width));
    for (int i = first; i < f->canvas.path_count; i++) {
        /* mirror vertex i about the middle of in */
        struct figure_vertex *v = &f->canvas.path[i];
        float twice = (2 * in.x + in.w) * f->canvas.scale;
        v->x = twice - v->x;
        v->cx = twice - v->cx;
        v->cx1 = twice - v->cx1;
    }
    path_fill(f, c);
}

/* draw_line: straight, with square ends. */
static inline void draw_line(struct frame *f, float x0, float y0, float x1,
                             float y1, float width, struct color c)
{
    float dx = x1 - x0, dy = y1 - y0, length = sqrtf(dx * dx + dy * dy);
    float h = width / 2;
    /* draw an upright line as a rectangle */
    if (dx == 0 || dy == 0) {
        float x = fminf(x0, x1), y = fminf(y0, y1);
        draw_rect(f, dx == 0 ? (struct rect){ x - h, y, width, fabsf(dy) }
                             : (struct rect){ x, y - h, fabsf(dx), width }, c);
        return;
    }
    float nx = -dy / length * h, ny = dx / length * h;
    draw_polygon(f, (float[]){ x0 + nx, x1 + nx, x1 - nx, x0 - nx },
                 (float[]){ y0 + ny, y1 + ny, y1 - ny, y0 - ny }, 4, c);
}

struct stroke { float x, y, dx, dy, length; };

static inline float tame(float v)       /* the canvas clips the rest */
{
    return fminf(fmaxf(v, -9999), 9999);
}

static inline size_t stroke_run(struct stroke *s, const float *xs,
                                const float *ys, size_t n, size_t *count)
{
    size_t i = 0, m = 0;
    for (; i < n && !isnan(xs[i]) && !isnan(ys[i]); i++) {
        float x = tame(xs[i]), y = tame(ys[i]);
        /* turn the last point toward this one, or skip it if it is as near */
        if (m > 0) {
            struct stroke *p = &s[m - 1];
            float dx = x - p->x, dy = y - p->y, d = sqrtf(dx * dx + dy * dy);
            if (d < 0.05f)
                continue;
            p->length = d, p->dx = dx / d, p->dy = dy / d;
        }
        s[m++] = (struct stroke){ x, y, 0, 0, 0 };
    }
    *count = m;
    return i;
}

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
    float cross = ax * by - ay * bx, dot = ax * bx + ay * by;
    float t = h / (1 + dot), reach = fabsf(cross * t);
    bool outer = cross * h < 0, gentle = dot > 0.9f;
    bool fits = dot > -0.99f && reach < fminf(a->length, b->length);
    if (gentle || (!outer && fits)) {
        path_line(f, b->x + (ax + bx) * t, b->y + (ay + by) * t);
        return;
    }
    /* go round the outer side, or through the corner on the inner */
    path_line(f, b->x + ax * h, b->y + ay * h);
    if (outer) {
        path_round_join(f, b->x, b->y, ax, ay, bx, by, h, 4);
    } else {
        path_line(f, b->x, b->y);
        path_line(f, b->x + bx * h, b->y + by * h);
    }
}

static inline void path_cap(struct frame *f, float x, float y, float dx,
                            float dy, float h)
{
    path_line(f, x - dy * h, y + dx * h);
    path_round_join(f, x, y, -dy, dx, dx, dy, h, 4);
    path_round_join(f, x, y, dx, dy, dy, -dx, h, 4);
}

static inline void path_stroke(struct frame *f, const struct stroke *s,
                               size_t n, float h)
{
    path_move(f, s[0].x - s[0].dy * h, s[0].y + s[0].dx * h);
    for (size_t i = 1; i + 1 < n; i++)
        path_join(f, &s[i - 1], &s[i], h);
    path_cap(f, s[n - 1].x, s[n - 1].y, s[n - 2].dx, s[n - 2].dy, h);
    for (size_t i = n - 2; i > 0; i--) {
        struct stroke a = s[i], b = s[i - 1];
        b.x = a.x, b.y = a.y;
        a.dx = -a.dx, a.dy = -a.dy;
        b.dx = -b.dx, b.dy = -b.dy;
        path_join(f, &a, &b, h);
    }
    path_cap(f, s[0].x, s[0].y, -s[0].dx, -s[0].dy, h);
}

/* draw_polyline: through xs, ys (n), round at ends and corners. NAN leaves
 * a gap; a point by itself is a dot. */
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
    return u * u * (u * a + 3 * t * b) + t * t * (3 * u * c + t * d);
}

/* draw_curve: a cubic from point 0 to 3, drawn toward 1 and 2. */
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

/* draw_arrow: with its head at (x1, y1); nothing if under 1 px long. */
static inline void draw_arrow(struct frame *f, float x0, float y0, float x1,
                              float y1, float width, struct color c)
{
    float dx = x1 - x0, dy = y1 - y0, n = sqrtf(dx * dx + dy * dy);
    if (n < 1)
        return;
    float head = 4 + 2 * width, half = head * 0.45f;
    dx /= n, dy /= n;
    float bx = x1 - dx * head, by = y1 - dy * head;
    draw_line(f, x0, y0, bx, by, width, c);
    draw_polygon(f, (float[]){ x1, bx - dy * half, bx + dy * half },
                 (float[]){ y1, by + dx * half, by - dx * half }, 3, c);
}

/* clip_to, clip_off: draw only inside r; everywhere again. */
static inline void clip_to(struct frame *f, struct rect r)
{
    struct canvas *k = &f->canvas;
    float s = k->scale;
    /* round the clip outward, within the canvas */
    k->clip[0] = floor_pixel(r.x * s, 0, k->width);
    k->clip[1] = floor_pixel(r.y * s, 0, k->height);
    k->clip[2] = floor_pixel(ceilf((r.x + r.w) * s), 0, k->width);
    k->clip[3] = floor_pixel(ceilf((r.y + r.h) * s), 0, k->height);
}

static inline void clip_off(struct frame *f)
{
    clip_to(f, (struct rect){ 0, 0, f->width, f->height });
}

static inline int utf8_next(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    int more = s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc2 ? 1 : 0;
    int code = more ? s[0] & (0x3f >> more) : s[0];
    /* add six bits from each of the more bytes that follow */
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

static inline bool joins_words(int before)
{
    int lower = before | 32;
    return before > 0x7f || before == ')' || before == '-'
        || (before >= '0' && before <= '9') || (lower >= 'a' && lower <= 'z');
}

static inline int text_next(const char **text, int before)
{
    int code = utf8_next(text);
    bool number = **text >= '0' && **text <= '9';
    return code == '-' && number && !joins_words(before) ? 0x2212 : code;
}

static inline const struct font_glyph *font_find(int code, bool bold)
{
    const struct font_glyph *table = bold ? font_bold : font_regular;
    size_t size = bold ? sizeof font_bold : sizeof font_regular;
    size_t low = 0, high = size / sizeof *table - 1;
    while (low < high) {
        /* keep the half that has the code */
        size_t middle = (low + high) / 2;
        bool after = table[middle].code < code;
        low = after ? middle + 1 : low;
        high = after ? high : middle;
    }
    return table[low].code == code ? &table[low] : font_find('?', bold);
}

/* text_run: px that a text will take. */
static inline float text_run(const char *text, float size, bool bold)
{
    int units = 0, code = 0;
    while (*text) {
        code = text_next(&text, code);
        units += font_find(code, bold)->advance;
    }
    return (float)units * size / 1000;
}

static inline int outline_number(const char **s)
{
    int z = *(*s)++ - '#';
    /* append the digits that follow a leading one */
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
    float along = (float)pen[0] * em, rise = (float)pen[1] * em;
    *x = up ? -rise : along;
    *y = up ? -along : -rise;
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
        /* add a vertex at the last of these points */
        struct figure_vertex *v = path_vertex(f, type, 0, 0);
        v->x = px[n - 1] + x, v->y = py[n - 1] + y;
        v->cx = px[0] + x, v->cy = py[0] + y;
        v->cx1 = px[n > 1] + x, v->cy1 = py[n > 1] + y;
    }
}

enum { GLYPH_SLOTS = 4096 };

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

static inline void glyph_bake(struct canvas *k, struct glyph_slot *slot)
{
    int box[4], clip[4];
    memcpy(clip, k->clip, sizeof clip);
    memcpy(k->clip, (int[]){ -FAR, -FAR, FAR, FAR }, sizeof clip);
    if (path_box(k, box)) {
        /* fill the slot with the path's coverage */
        slot->left = box[0], slot->width = box[2] - box[0];
        slot->top = box[1], slot->height = box[3] - box[1];
        size_t bytes = (size_t)slot->width * (size_t)slot->height;
        slot->mask = allocate(bytes, 1);
        path_cover(k, box, slot->mask);
        k->glyph_bytes += bytes;
    }
    k->path_count = 0;
    memcpy(k->clip, clip, sizeof clip);
}

static inline void glyph_show(struct canvas *k, const struct glyph_slot *g,
                              int x, int y, struct color c)
{
    /* let x0 to y1 be the part of the mask inside the clip */
    int left = x + g->left, top = y + g->top;
    int x0 = clamp_int(left, k->clip[0], k->clip[2]);
    int x1 = clamp_int(left + g->width, k->clip[0], k->clip[2]);
    int y0 = clamp_int(top, k->clip[1], k->clip[3]);
    int y1 = clamp_int(top + g->height, k->clip[1], k->clip[3]);
    for (int row = y0; row < y1; row++)
        mix_row(k, x0, row, g->mask + (row - top) * g->width + x0 - left,
                x1 - x0, c);
}

static inline void draw_glyph(struct frame *f, const struct font_glyph *glyph,
                              float x, float y, float size, int style,
                              struct color c)
{
    struct canvas *k = &f->canvas;
    bool up = style & TEXT_UP;
    int quarters = (int)floorf(tame(up ? y : x) * 4 + 0.5f);
    int base = (int)floorf(tame(up ? x : y) + 0.5f), quarter = quarters & 3;
    int pen = (quarters - quarter) / 4;
    /* let slot be the mask, made now if it is new */
    float em = size * k->scale / 1000, part = (float)quarter / 4;
    uint64_t key = (uint64_t)glyph->code * 64 + (uint64_t)(style & 24)
                 + (uint64_t)quarter * 2 + 1;
    key = key * 65536 + (uint64_t)(size * k->scale * 32);
    struct glyph_slot *slot = glyph_find(k, key);
    if (slot->key == 0) {
        /* forget the masks when there are too many */
        if (k->glyph_count > GLYPH_SLOTS * 3 / 4 || k->glyph_bytes > 4000000) {
            glyphs_forget(k);
            slot = glyph_find(k, key);
        }
        slot->key = key;
        k->glyph_count++;
        glyph_path(f, glyph->outline, em, up, up ? 0 : part, up ? part : 0);
        glyph_bake(k, slot);
    }
    glyph_show(k, slot, up ? base : pen, up ? pen : base, c);
}

static inline void text_at(struct frame *f, float x, float y, float size,
                           int style, struct color c, const char *text)
{
    int code = 0;
    while (*text) {
        code = text_next(&text, code);
        const struct font_glyph *g = font_find(code, style & TEXT_BOLD);
        /* draw the glyph and move the pen on */
        float step = (float)g->advance * size * f->canvas.scale / 1000;
        if (g->outline[0])
            draw_glyph(f, g, x, y, size, style, c);
        x += style & TEXT_UP ? 0 : step;
        y -= style & TEXT_UP ? step : 0;
    }
}

/* draw_text: printed as by printf, at (x, y) on the baseline; align is a
 * sum of the flags above. Returns its width in px. Text over 511 bytes is
 * cut; a letter without outline is a box. */
static inline float draw_text(struct frame *f, float x, float y, float size,
                              int align, struct color c,
                              const char *format, ...)
{
    char text[512];
    /* print the arguments into text */
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    float s = f->canvas.scale;
    float width = text_run(text, size, align & TEXT_BOLD);
    /* set the text where align says */
    float back = width * (float)(align & 3) / 2;
    float drop = align & ALIGN_MIDDLE ? 0.36f * size : 0;
    if (align & TEXT_UP)
        text_at(f, (x + drop) * s, (y + back) * s, size, align, c, text);
    else
        text_at(f, (x - back) * s, (y + drop) * s, size, align, c, text);
    return width;
}

static const uint32_t figure_inks[2][INK_COUNT] = {
    { 0xfffdf9, 0xf6f3ec, 0x1f1c18, 0x6a6358, 0xe6e1d6, 0x0067a6,
      0x0067a6, 0xb84300, 0x00745a, 0xa33b7c, 0x866000, 0x555048,
      0xb3261e },
    { 0x16171a, 0x222529, 0xdddad3, 0xa29d93, 0x34373c, 0x63b8ee,
      0x63b8ee, 0xf59055, 0x35c29a, 0xe397c4, 0xe2b93d, 0xb9b4aa,
      0xff8a80 },
};

static inline struct color color_of(uint32_t rgb)
{
    return (struct color){ (uint8_t)(rgb / 65536),
                           (uint8_t)(rgb / 256 % 256),
                           (uint8_t)(rgb % 256), 255 };
}

/* paint: the color of an office in the frame's theme. */
static inline struct color paint(const struct frame *f, enum ink ink)
{
    return color_of(figure_inks[f->dark][ink]);
}

/* fade: c with its alpha times alpha, 0 to 1. */
static inline struct color fade(struct color c, float alpha)
{
    c.a = (uint8_t)(fminf(fmaxf(alpha, 0), 1) * (float)c.a + 0.5f);
    return c;
}

/* mix: opaque, from a at t = 0 to b at 1. */
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
    /* the coefficients of viridis */
    static const float red[7] = {
        0.27772733f, 0.10509304f, -0.33086183f, -4.6342305f, 6.2282699f,
        4.776385f, -5.4354559f };
    static const float green[7] = {
        0.0054073445f, 1.4046135f, 0.21484756f, -5.799101f, 14.179933f,
        -13.745145f, 4.6458526f };
    static const float blue[7] = {
        0.33409981f, 1.3845902f, 0.095095163f, -19.332441f, 56.690553f,
        -65.353033f, 26.312435f };
    t = isnan(t) ? 0 : fminf(fmaxf(t, 0), 1);
    return (struct color){ polynomial_byte(red, t), polynomial_byte(green, t),
                           polynomial_byte(blue, t), 255 };
}

static const uint32_t figure_ramps[2][2][4] = {    /* dark, above zero */
    { { 0xf7f7f7, 0xfddbc7, 0xd6604d, 0x67001f },
      { 0xf7f7f7, 0xd1e5f0, 0x4393c3, 0x053061 } },
    { { 0x2a3037, 0x6b3a34, 0xd6604d, 0xfddbc7 },
      { 0x2a3037, 0x2f4f6b, 0x4393c3, 0xd1e5f0 } },
};

static inline struct color map_diverging(const struct frame *f, float t)
{
    float place = isnan(t) ? 0 : fminf(fabsf(t), 1) * 3;
    int step = clamp_int((int)place, 0, 2);
    const uint32_t *ramp = &figure_ramps[f->dark][t > 0][step];
    return mix(color_of(ramp[0]), color_of(ramp[1]), place - (float)step);
}

static inline float linear_light(uint8_t byte)
{
    float v = (float)byte / 255;
    return v * (v * (v * 0.3053f + 0.6822f) + 0.0125f);
}

/* ink_on: black or white, whichever can be read on it. */
static inline struct color ink_on(struct color c)
{
    float y = 0.2126f * linear_light(c.r) + 0.7152f * linear_light(c.g)
            + 0.0722f * linear_light(c.b);
    return color_of(y > 0.179f ? 0 : 0xffffff);
}

static inline void canvas_resize(struct canvas *k, float width, float height,
                                 float scale)
{
    int w = (int)ceilf(width * scale), h = (int)ceilf(height * scale);
    if (k->scale != scale)
        glyphs_forget(k);
    k->scale = scale;
    /* allocate the pixels when the size has changed */
    if (w != k->width || h != k->height) {
        free(k->pixels);
        k->pixels = allocate((size_t)w * (size_t)h, 4);
        k->width = w, k->height = h;
    }
}

/* frame_resize: the same figure, in the state that it is in. */
static inline void frame_resize(struct frame *f, float width, float scale,
                                bool dark)
{
    const struct figure *g = f->figure;
    /* set the frame's size, narrow or not */
    f->width = fminf(fmaxf(width, 200), 2000);
    f->narrow = f->width < 480;
    int height = f->narrow && g->narrow_height ? g->narrow_height : g->height;
    f->height = (float)height;
    f->dark = dark;
    canvas_resize(&f->canvas, f->width, f->height, scale);
    clip_off(f);
}

/* frame_open: starts a figure; width 0 is its own, else cut to 200..2000;
 * scale is in pixels of the canvas to a px. */
static inline void frame_open(struct frame *f, const struct figure *figure,
                              float width, float scale, bool dark)
{
    memset(f, 0, sizeof *f);
    f->figure = figure;
    f->pointer.x = f->pointer.y = -1;
    f->time_zero = -1;
    frame_resize(f, width > 0 ? width : (float)figure->width, scale, dark);
}

/* frame_close: gives the canvas back. */
static inline void frame_close(struct frame *f)
{
    glyphs_forget(&f->canvas);
    free(f->canvas.path);
    free(f->canvas.mask);
    free(f->canvas.pixels);
    memset(f, 0, sizeof *f);
}

/* frame_inside: the figure without its margins. */
static inline struct rect frame_inside(const struct frame *f)
{
    return (struct rect){ 16, 8, f->width - 32, f->height - 16 };
}

/* frame_event: keeps an event for the next steps, 64 at most. */
static inline void frame_event(struct frame *f, struct event event)
{
    /* let n be where the event goes; a move replaces a move */
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
        p->x = isnan(e->x) ? -1 : tame(e->x);
        p->y = isnan(e->y) ? -1 : tame(e->y);
        p->touch = e->touch;
        p->inside = p->x >= 0 && p->y >= 0 && p->x < f->width
                    && p->y < f->height;
    }
    /* press, release or leave */
    if (e->type == EVENT_DOWN)
        p->down = p->pressed = true, f->keyboard = false;
    if (e->type == EVENT_UP)
        p->released = p->down, p->down = false;
    if (e->type == EVENT_LEAVE)
        p->inside = false;
    /* take the key, the text or the focus */
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

static inline void move_focus(struct frame *f)
{
    int n = f->widgets + 1;
    /* let Tab move the focus on, or back with Shift */
    if (f->key == KEY_TAB) {
        f->focus = (f->focus + (f->shift ? n - 1 : 1)) % n;
        f->key = 0;
    }
}

static inline bool frame_draw(struct frame *f);

/* frame_step: takes events up to one that needs a frame, and draws.
 * frame_draw: draws again. Both: true wants another frame. */
static inline bool frame_step(struct frame *f, double seconds)
{
    int taken = 0;
    f->pointer.pressed = f->pointer.released = f->shift = false;
    f->key = 0;
    memset(f->text, 0, sizeof f->text);
    while (taken < f->queue_count && !frame_take(f, &f->queue[taken++]))
        ;
    f->queue_count -= taken;
    memmove(f->queue, f->queue + taken,
            (size_t)f->queue_count * sizeof *f->queue);
    f->time_zero = f->time_zero < 0 ? seconds : f->time_zero;
    f->time = seconds - f->time_zero;
    move_focus(f);
    bool again = frame_draw(f);
    return again || f->queue_count > 0;
}

static inline bool frame_draw(struct frame *f)
{
    struct rect all = { 0, 0, f->width + 1, f->height + 1 };
    /* begin without controls and read-outs */
    f->drawing = f->cursor = f->grabs = 0;
    f->field = (struct rect){ 0 };
    f->field_text = NULL;
    f->readout[0] = f->spoken[0] = '\0';

    clip_off(f);
    draw_rect(f, all, paint(f, PAPER));
    bool again = f->figure->frame(f);
    clip_off(f);
    draw_readout(f);
    /* let go of what the frame is done with */
    f->widgets = f->drawing;
    if (!f->pointer.down)
        f->active = 0;
    if (f->pointer.released && f->pointer.touch)
        f->pointer.inside = false;
    return again;
}

static inline void readout_at(struct frame *f, float x, float y,
                              const char *format, ...)
{
    char text[sizeof f->readout];
    /* print the arguments into text */
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    memcpy(f->readout, text, sizeof text);
    f->readout_x = x;
    f->readout_y = y;
}

/* readout, readout_at: a label at the pointer, at (x, y), above everything,
 * until the frame's end; newlines begin lines. */
static inline void readout(struct frame *f, const char *format, ...)
{
    char text[sizeof f->readout];
    /* print the arguments into text */
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    readout_at(f, f->pointer.x, f->pointer.y, "%s", text);
}

static inline bool next_line(const char **text, char line[128])
{
    size_t n = strcspn(*text, "\n");
    if (**text == '\0')
        return false;
    snprintf(line, 128, "%.*s", (int)n, *text);
    *text += n + ((*text)[n] == '\n');
    return true;
}

static inline struct rect readout_box(const struct frame *f)
{
    const char *text = f->readout;
    char line[128];
    struct rect r = { f->readout_x + 12, f->readout_y - 20, 0, 10 };
    for (; next_line(&text, line); r.h += 17, r.y -= 17)
        r.w = fmaxf(r.w, text_run(line, TEXT_SMALL, false) + 18);
    /* keep the box inside the figure */
    if (r.x + r.w > f->width - 4)
        r.x = fmaxf(4, f->readout_x - r.w - 12);
    if (r.y < 4)
        r.y = fminf(f->readout_y + 18, f->height - r.h - 4);
    r.x = fminf(r.x, fmaxf(4, f->width - 4 - r.w));
    return r;
}

static inline void draw_readout(struct frame *f)
{
    const char *text = f->readout;
    char line[128];
    if (*text == '\0')
        return;
    struct rect r = readout_box(f);
    /* draw the box and its lines */
    draw_round(f, inset(r, -1), 6, paint(f, PAPER));
    draw_round(f, r, 5, paint(f, INK));
    for (float y = r.y + 13.5f; next_line(&text, line); y += 17)
        draw_text(f, r.x + 9, y, TEXT_SMALL, ALIGN_MIDDLE, paint(f, PAPER),
                  "%s", line);
}

static inline float plot_share(float v, float v0, float v1, bool logarithmic)
{
    double from = (double)v0, to = (double)v1;
    if (logarithmic)
        from = log(from), to = log(to);
    if (!isfinite(to - from) || to == from)
        return isnan(v) ? v : 0;
    if (!logarithmic)
        return (v - v0) / (v1 - v0);
    double share = (log((double)v) - from) / (to - from);
    return (float)(floor(share * 0x1p14 + 0.5) * 0x1p-14);
}

static inline float plot_value(float share, float v0, float v1,
                               bool logarithmic)
{
    if (logarithmic)
        return v0 * (float)pow((double)v1 / (double)v0, (double)share);
    return v0 + (v1 - v0) * share;
}

/* plot_x, plot_y: data to px; plot_unx, plot_uny: px to data. Places
 * outside of the area are fine. */
static inline float plot_x(const struct plot *p, float x)
{
    return p->area.x + p->area.w * plot_share(x, p->x0, p->x1, p->log_x);
}

static inline float plot_y(const struct plot *p, float y)
{
    float share = plot_share(y, p->y0, p->y1, p->log_y);
    return p->area.y + p->area.h * (1 - share);
}

static inline float plot_unx(const struct plot *p, float px)
{
    return plot_value((px - p->area.x) / p->area.w, p->x0, p->x1, p->log_x);
}

static inline float plot_uny(const struct plot *p, float py)
{
    float share = 1 - (py - p->area.y) / p->area.h;
    return plot_value(share, p->y0, p->y1, p->log_y);
}

/* tick_step: the least 1, 2 or 5 times a power of ten that divides range
 * in no more than most parts; 1 if there is none. */
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

/* number_text: value with the decimals that step needs; 48 bytes do. */
static inline void number_text(char *out, size_t size, float value,
                               float step)
{
    int decimals = 0;
    for (double s = (double)step; decimals < 6 && s < 0.999; s *= 10)
        decimals++;
    if (fabsf(value) < step * 1e-3f)
        value = 0;
    if (fabsf(value) >= 1e5f || step < 1e-6f)
        snprintf(out, size, "%.3g", (double)value);
    else
        snprintf(out, size, "%.*f", decimals, (double)value);
}

static inline int tick_most(float length, bool upright)
{
    return clamp_int((int)(length / (upright ? 44 : 72)), 2, 10);
}

static inline int tick_count(float v0, float v1, float step, double *first)
{
    *first = ceil((double)v0 / (double)step - 1e-3);
    double last = floor((double)v1 / (double)step + 1e-3);
    return last - *first >= 0 && last - *first < 100 ?
           (int)(last - *first) + 1 : 0;
}

static inline float widest_tick(float v0, float v1, float step)
{
    float widest = 0;
    double first;
    char text[48];
    for (int i = 0, n = tick_count(v0, v1, step, &first); i < n; i++) {
        number_text(text, sizeof text, (float)((first + i) * (double)step),
                    step);
        widest = fmaxf(widest, text_run(text, TEXT_SMALL, false));
    }
    return widest;
}

/* text_fitting: text, or the part of "long|short" that fits into width. */
static inline const char *text_fitting(char out[96], const char *text,
                                       float size, float width)
{
    const char *bar = text ? strchr(text, '|') : NULL;
    snprintf(out, 96, "%.*s", bar ? (int)(bar - text) : 95, text ? text : "");
    if (bar && text_run(out, size, false) > width)
        snprintf(out, 96, "%s", bar + 1);
    return out;
}

static inline float fitting_width(const char *text, float width)
{
    char out[96];
    return text_run(text_fitting(out, text, TEXT_SMALL, width), TEXT_SMALL,
                    false);
}

/* span_sound: s, or 0 to 1 if it is no interval of finite length. */
static inline struct span span_sound(struct span s)
{
    bool sound = s.lo < s.hi && isfinite(s.hi - s.lo);
    return sound ? s : (struct span){ 0, 1 };
}

/* span_add: widens s to the finite values of v (n; NULL: none); on a
 * logarithmic axis to those above zero. */
static inline void span_add(struct span *s, const float *v, size_t n,
                            bool log)
{
    for (size_t i = 0; v && i < n; i++)
        if (isfinite(v[i]) && (!log || v[i] > 0))
            s->lo = fminf(s->lo, v[i]), s->hi = fmaxf(s->hi, v[i]);
}

/* span_ends: from, to if from < to; else s with a margin, a share of it. */
static inline struct span span_ends(struct span s, float from, float to,
                                    bool log, bool zero, float margin)
{
    if (from < to)
        return (struct span){ from, to };
    if (!(s.lo <= s.hi))
        return log ? (struct span){ 1, 10 } : (struct span){ 0, 1 };
    if (log)
        return (struct span){ s.lo / 1.3f, s.hi * 1.3f };
    if (zero || (s.lo > 0 && s.lo < s.hi / 2))
        s.lo = fminf(s.lo, 0), s.hi = fmaxf(s.hi, 0);
    float d = s.lo < s.hi ? margin * (s.hi - s.lo) : fmaxf(.5f, fabsf(s.lo));
    return (struct span){ s.lo == 0 ? 0 : s.lo - d,
                          s.hi == 0 ? 0 : s.hi + d };
}

/* plot_new: axes from (x0, y0) to (x1, y1) within outer, with workspace for
 * numbers and names. An axis that is not finite has no numbers. */
static inline struct plot plot_new(struct frame *f, struct rect outer,
                                   float x0, float x1, float y0, float y1)
{
    /* let area leave workspace for numbers and names */
    const float above = 22, below = 40, right = 14;
    float step = tick_step(y1 - y0, tick_most(outer.h - above - below, true));
    float left = fmaxf(24, widest_tick(y0, y1, step) + 14);
    struct rect area = { outer.x + left, outer.y + above,
                         outer.w - left - right, outer.h - above - below };
    return (struct plot){ f, area, x0, x1, y0, y1, false, false };
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
    float py = snap(f, plot_y(p, y)), right = p->area.x + p->area.w;
    draw_line(f, p->area.x, py, right, py, 1, paint(f, GRID));
    draw_text(f, p->area.x - 8, py, TEXT_SMALL, ALIGN_RIGHT | ALIGN_MIDDLE,
              paint(f, MUTED), "%s", text);
}

static inline void plot_ticks(struct plot *p, bool upright)
{
    float v0 = upright ? p->y0 : p->x0, v1 = upright ? p->y1 : p->x1;
    float length = upright ? p->area.h : p->area.w;
    float step = tick_step(v1 - v0, tick_most(length, upright));
    double first;
    for (int i = 0, n = tick_count(v0, v1, step, &first); i < n; i++) {
        float v = (float)((first + i) * (double)step);
        char text[48];
        number_text(text, sizeof text, v, step);
        (upright ? plot_tick_y : plot_tick_x)(p, v, text);
    }
}

static inline void decade_text(char *out, size_t size, int decade, int digit)
{
    static const char *const raised[] = {
        "\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
        "\u2075", "\u2076", "\u2077", "\u2078", "\u2079" };
    static const char *const factor[] = { "", "", "2\u00b7", "", "",
                                          "5\u00b7" };
    int n = abs(decade) % 100;
    if (decade >= -2 && decade <= 3)
        snprintf(out, size, "%.*f", decade < 0 ? -decade : 0,
                 digit * pow(10, decade));
    else
        snprintf(out, size, "%s10%s%s%s", factor[digit],
                 decade < 0 ? "\u207b" : "", n >= 10 ? raised[n / 10] : "",
                 raised[n % 10]);
}

static inline void plot_ticks_log(struct plot *p, bool upright)
{
    double v0 = (double)(upright ? p->y0 : p->x0);
    double v1 = (double)(upright ? p->y1 : p->x1);
    if (!(v0 > 0 && v1 >= v0 && v1 < HUGE_VAL))
        return;
    /* let low to high be the decades, and digits what is marked */
    int low = (int)floor(log10(v0) + 1e-4), high = (int)ceil(log10(v1) - 1e-4);
    int every = 1 + (high - low) / 8, digits = v1 / v0 > 99 ? 1 : 5;
    for (int decade = low; decade <= high; decade += every)
        for (int digit = 1; digit <= digits; digit = digit * 5 / 2) {
            /* mark digit times the power of ten, if it is in the range */
            double v = digit * pow(10, decade);
            char text[48];
            if (v < v0 * 0.999 || v > v1 * 1.001)
                continue;
            decade_text(text, sizeof text, decade, digit);
            (upright ? plot_tick_y : plot_tick_x)(p, (float)v, text);
        }
}

static inline void plot_titles(struct plot *p, const char *x_label,
                               const char *y_label)
{
    struct frame *f = p->frame;
    struct rect a = p->area;
    if (y_label)
        draw_text(f, a.x, a.y - 9, TEXT_SMALL, ALIGN_LEFT, paint(f, INK),
                  "%s", y_label);
    if (x_label)
        draw_text(f, a.x + a.w, a.y + a.h + 35, TEXT_SMALL, ALIGN_RIGHT,
                  paint(f, INK), "%s", x_label);
}

static inline float plot_zero(const struct plot *p)
{
    return p->log_y ? p->y0 : fminf(fmaxf(0, p->y0), p->y1);
}

static inline void plot_baseline(struct plot *p)
{
    struct frame *f = p->frame;
    float y = snap(f, plot_y(p, plot_zero(p)));
    draw_line(f, p->area.x, y, p->area.x + p->area.w, y, 1,
              mix(paint(f, GRID), paint(f, MUTED), 0.6f));
}

/* plot_axes_log: either axis logarithmic; its ends must be positive. From
 * here on the plot maps accordingly. */
static inline void plot_axes_log(struct plot *p, const char *x_label,
                                 const char *y_label, bool log_x, bool log_y)
{
    p->log_x = log_x;
    p->log_y = log_y;
    /* draw both axes and their names */
    (log_x ? plot_ticks_log : plot_ticks)(p, false);
    (log_y ? plot_ticks_log : plot_ticks)(p, true);
    plot_titles(p, x_label, y_label);
    plot_baseline(p);
}

/* plot_axes: grid, numbers and names; a name may be NULL. */
static inline void plot_axes(struct plot *p, const char *x_label,
                             const char *y_label)
{
    plot_axes_log(p, x_label, y_label, false, false);
}

static inline float widest_name(const char *const *names, size_t n);

/* plot_axes_names: names (n) at x = 0, 1, ... in place of numbers; every
 * second or third where they would meet. */
static inline void plot_axes_names(struct plot *p, const char *const *names,
                                   size_t n, const char *y_label)
{
    struct frame *f = p->frame;
    float cell = plot_x(p, 1) - plot_x(p, 0);
    size_t every = 1;
    while (every < n && widest_name(names, n) + 4 > cell * (float)every)
        every++;
    plot_ticks(p, true);
    for (size_t i = 0; i < n; i += every)
        draw_text(f, plot_x(p, (float)i), p->area.y + p->area.h + 17,
                  TEXT_SMALL, ALIGN_CENTER, paint(f, MUTED), "%s", names[i]);
    plot_titles(p, NULL, y_label);
    plot_baseline(p);
}

/* plot_line: through xs, ys (n), in units of the axes; width in px. NAN
 * leaves a gap. */
static inline void plot_line(struct plot *p, const float *xs, const float *ys,
                             size_t n, struct color c, float width)
{
    float *px = allocate(size_product(2, n) + 1, sizeof *px), *py = px + n;
    for (size_t i = 0; i < n; i++) {
        px[i] = plot_x(p, xs[i]);
        py[i] = plot_y(p, ys[i]);
    }
    clip_to(p->frame, inset(p->area, -width));
    draw_polyline(p->frame, px, py, n, width, c);
    clip_off(p->frame);
    free(px);
}

/* plot_points: a disc at each, radius in px; NAN is left out. */
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
    float q = fminf(3, fminf(w / 2, fabsf(end - base))), k = q * (1 - ROUND);
    /* go up to the end, round its corners, and come down */
    path_move(f, x, base);
    path_line(f, x, end - up * q);
    path_curve(f, x, end - up * k, x + k, end, x + q, end);
    path_line(f, x + w - q, end);
    path_curve(f, x + w - k, end, x + w, end - up * k, x + w, end - up * q);
    path_line(f, x + w, base);
}

/* plot_bars: from zero to ys (n), bar wide in units of x; xs NULL: at 0,
 * 1, ... NAN is left out. */
static inline void plot_bars(struct plot *p, const float *xs, const float *ys,
                             size_t n, float bar, struct color c)
{
    float base = snap(p->frame, plot_y(p, plot_zero(p)));
    clip_to(p->frame, p->area);
    for (size_t i = 0; i < n; i++) {
        float x = xs ? xs[i] : (float)i;
        if (isnan(x) || isnan(ys[i]))
            continue;
        /* draw the bar at x */
        float left = snap(p->frame, plot_x(p, x - bar / 2));
        float right = snap(p->frame, plot_x(p, x + bar / 2));
        path_bar(p->frame, tame(left), tame(right) - tame(left), base,
                 tame(plot_y(p, ys[i])));
        path_fill(p->frame, c);
    }
    clip_off(p->frame);
}

/* plot_area: between low and high (n); low NULL: from zero. No NAN. */
static inline void plot_area(struct plot *p, const float *xs,
                             const float *low, const float *high, size_t n,
                             struct color c)
{
    struct frame *f = p->frame;
    float zero = plot_zero(p);
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

/* plot_vline, plot_hline: across the area at x, at y. */
static inline void plot_vline(struct plot *p, float x, struct color c)
{
    float px = snap(p->frame, plot_x(p, x)), bottom = p->area.y + p->area.h;
    if (px >= p->area.x && px <= p->area.x + p->area.w)
        draw_line(p->frame, px, p->area.y, px, bottom, 1, c);
}

static inline void plot_hline(struct plot *p, float y, struct color c)
{
    float py = snap(p->frame, plot_y(p, y)), right = p->area.x + p->area.w;
    if (py >= p->area.y && py <= p->area.y + p->area.h)
        draw_line(p->frame, p->area.x, py, right, py, 1, c);
}

/* plot_label: text right of (x, y), in data, or left of it if it would
 * leave the figure; 255 bytes at most. */
static inline void plot_label(struct plot *p, float x, float y,
                              struct color c, const char *format, ...)
{
    char text[256];
    /* print the arguments into text */
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

/* plot_legend: names (n) and their inks (n), over the plot. */
static inline void plot_legend(struct plot *p, const char *const *names,
                               const enum ink *inks, size_t n)
{
    struct frame *f = p->frame;
    float x = p->area.x + p->area.w, y = p->area.y - 9;
    for (size_t i = n; i-- > 0; x -= 32) {
        x -= draw_text(f, x, y, TEXT_SMALL, ALIGN_RIGHT, paint(f, INK), "%s",
                       names[i]);
        draw_round(f, (struct rect){ x - 16, y - 8, 10, 8 }, 2,
                   paint(f, inks[i]));
    }
}

/* plot_hover: is the pointer over the area; then *x, *y are its data. */
static inline bool plot_hover(struct plot *p, float *x, float *y)
{
    struct frame *f = p->frame;
    if (!hovering(f, p->area))
        return false;
    *x = plot_unx(p, f->pointer.x);
    *y = plot_uny(p, f->pointer.y);
    plot_vline(p, *x, fade(paint(f, MUTED), 0.6f));
    return true;
}

/* plot_nearest: the index of the point of xs (n; NULL: 0, 1, ...) nearest
 * to the pointer, or -1 if that is not over the area. */
static inline int plot_nearest(struct plot *p, const float *xs, size_t n)
{
    int best = -1;
    float least = INFINITY;
    for (size_t i = 0; i < n && hovering(p->frame, p->area); i++) {
        float px = plot_x(p, xs ? xs[i] : (float)i);
        float d = fabsf(px - p->frame->pointer.x);
        if (d < least)
            least = d, best = (int)i;
    }
    return best;
}

static inline void value_range(const float *v, size_t n, float *lo, float *hi)
{
    if (*lo < *hi)
        return;
    /* take the range of the finite values */
    *lo = INFINITY, *hi = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i]))
            *lo = fminf(*lo, v[i]), *hi = fmaxf(*hi, v[i]);
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
    /* find the sides of the cell, on whole pixels */
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
    bool large = r.w / (float)cols > 14 && r.h / (float)rows > 14;
    for (size_t i = 0; i < rows * cols; i++) {
        struct rect cell = grid_cell(f, r, rows, cols, i / cols, i % cols);
        struct color c = heat_color(f, v[i], lo, hi, diverging);
        /* draw the cell, a little apart if it is large */
        cell.w -= large, cell.h -= large;
        if (large)
            draw_round(f, cell, 2, c);
        else
            draw_rect(f, cell, c);
    }
}

static inline int grid_at(const struct frame *f, struct rect r,
                          size_t rows, size_t cols)
{
    const int i = (int)((f->pointer.y - r.y) / r.h * (float)rows);
    const int j = (int)((f->pointer.x - r.x) / r.w * (float)cols);
    return clamp_int(i, 0, (int)rows - 1) * (int)cols
         + clamp_int(j, 0, (int)cols - 1);
}

static inline int grid_hover(const struct frame *f, struct rect r,
                             size_t rows, size_t cols)
{
    return hovering(f, r) ? grid_at(f, r, rows, cols) : -1;
}

static inline float bar_step(float lo, float hi)
{
    double middle = ((double)lo + (double)hi) / 2, step = 1;
    double enough = fabs((double)hi - (double)lo) * 2e-3;
    while (step > 1e-6
           && fabs(middle - step * floor(middle / step + 0.5)) > enough)
        step /= 10;
    return (float)step;
}

static inline void color_bar(struct frame *f, struct rect r, float lo,
                             float hi, bool diverging)
{
    int steps = (int)(r.h * f->canvas.scale);
    float top = snap(f, r.y), pixel = 1 / f->canvas.scale;
    for (int i = 0; i < steps; i++) {
        float t = 1 - ((float)i + 0.5f) / (float)steps;
        draw_rect(f, (struct rect){ r.x, top + pixel * (float)i, r.w, pixel },
                  heat_color(f, lo + (hi - lo) * t, lo, hi, diverging));
    }
    /* write three numbers beside the bar */
    for (int i = 0; i <= 2; i++) {
        char text[48];
        float share = (float)i / 2;
        number_text(text, sizeof text, lo + (hi - lo) * share, bar_step(lo, hi));
        draw_text(f, r.x + r.w + 6, r.y + r.h * (1 - share), TEXT_SMALL,
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
    float names = widest_name(o->col_labels, cols);
    float left = o->row_labels ? widest_name(o->row_labels, rows) + 8 : 0;
    float right = o->no_bar ? 0 : 54;
    float top = (o->title ? 24.f : 0) + (o->col_title ? 20.f : 0);
    left += o->row_title ? 20 : 0;
    *turned = names + 4 > (r.w - left - right) / (float)cols;
    top += o->col_labels ? (*turned ? names + 12 : 20) : 0;
    return (struct rect){ r.x + left, r.y + top, r.w - left - right,
                          r.h - top - 2 };
}

static inline void heat_row_labels(struct frame *f, struct rect a,
                                   size_t rows, const char *const *labels)
{
    float step = a.h / (float)rows;
    for (size_t i = 0; labels && i < rows; i++)
        draw_text(f, a.x - 8, a.y + step * ((float)i + 0.5f), TEXT_SMALL,
                  ALIGN_RIGHT | ALIGN_MIDDLE, paint(f, MUTED), "%s",
                  labels[i]);
}

static inline void heat_col_labels(struct frame *f, struct rect a,
                                   size_t cols, const char *const *labels,
                                   bool turned)
{
    int align = turned ? ALIGN_LEFT | ALIGN_MIDDLE | TEXT_UP : ALIGN_CENTER;
    float step = a.w / (float)cols;
    for (size_t j = 0; labels && j < cols; j++)
        draw_text(f, a.x + step * ((float)j + 0.5f), a.y - 7, TEXT_SMALL,
                  align, paint(f, MUTED), "%s", labels[j]);
}

static inline void heat_titles(struct frame *f, struct rect r, struct rect a,
                               const struct heatmap *o)
{
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

static inline void heat_text(char text[32], const struct heatmap *o, float v)
{
    snprintf(text, 32, o->format ? o->format : "%.2f", (double)v);
    if (text[0] == '-' && text[strspn(text, "-0.")] == '\0')
        memmove(text, text + 1, strlen(text));
}

static inline void heat_numbers(struct frame *f, struct rect a,
                                const float *v, size_t rows, size_t cols,
                                float lo, float hi, const struct heatmap *o)
{
    char text[32];
    for (size_t i = 0; i < rows * cols; i++) {
        struct rect cell = grid_cell(f, a, rows, cols, i / cols, i % cols);
        struct color c = heat_color(f, v[i], lo, hi, o->diverging);
        heat_text(text, o, v[i]);
        if (text_run(text, TEXT_SMALL, false) + 4 <= cell.w && cell.h >= 14)
            draw_text(f, cell.x + cell.w / 2, cell.y + cell.h / 2, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE, ink_on(c), "%s", text);
    }
}

static inline void heat_readout(struct frame *f, struct rect a, float value,
                                size_t rows, size_t cols, size_t cell,
                                const struct heatmap *o)
{
    char row[32], col[32], number[32];
    size_t i = cell / cols, j = cell % cols;
    struct rect r = grid_cell(f, a, rows, cols, i, j);
    snprintf(row, sizeof row, "row %zu", i);
    snprintf(col, sizeof col, "column %zu", j);
    heat_text(number, o, value);
    draw_frame(f, inset(r, -1.5f), 3, 2, paint(f, INK));
    readout(f, "%s, %s\n%s", o->row_labels ? o->row_labels[i] : row,
            o->col_labels ? o->col_labels[j] : col, number);
}

/* heatmap: lo >= hi takes the range of the values; NAN is gray.
 * options may be NULL. The cell under the pointer is read out. */
static inline int heatmap(struct frame *f, struct rect r, const float *values,
                          size_t rows, size_t cols, float lo, float hi,
                          const struct heatmap *options)
{
    static const struct heatmap plain = { .format = "%.3g" };
    const struct heatmap *o = options ? options : &plain;
    bool turned;
    struct rect a = heat_area(r, rows, cols, o, &turned);
    value_range(values, rows * cols, &lo, &hi);
    if (o->diverging)
        hi = fmaxf(fabsf(lo), fabsf(hi)), lo = -hi;
    /* draw the cells, their labels and the bar */
    heat_cells(f, a, values, rows, cols, lo, hi, o->diverging);
    heat_row_labels(f, a, rows, o->row_labels);
    heat_col_labels(f, a, cols, o->col_labels, turned);
    heat_titles(f, r, a, o);
    if (o->show_numbers)
        heat_numbers(f, a, values, rows, cols, lo, hi, o);
    if (!o->no_bar)
        color_bar(f, (struct rect){ a.x + a.w + 12, a.y, 10, a.h }, lo, hi,
                  o->diverging);
    int cell = grid_hover(f, a, rows, cols);
    if (cell >= 0)
        heat_readout(f, a, values[cell], rows, cols, (size_t)cell, o);
    return cell;
}

static inline struct rect image_area(struct rect r, size_t rows, size_t cols)
{
    float side = fminf(r.w / (float)cols, r.h / (float)rows);
    float w = side * (float)cols, h = side * (float)rows;
    return (struct rect){ r.x + (r.w - w) / 2, r.y + (r.h - h) / 2, w, h };
}

/* image_gray: from paper at lo to ink at hi, square cells, in the middle
 * of r; lo >= hi takes the range of the values. */
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

/* image_bytes: the same from 0 to 255. */
static inline int image_bytes(struct frame *f, struct rect r,
                              const uint8_t *bytes, size_t rows, size_t cols)
{
    float *values = allocate(size_product(rows, cols), sizeof *values);
    for (size_t i = 0; i < rows * cols; i++)
        values[i] = (float)bytes[i];
    int cell = image_gray(f, r, values, rows, cols, 0, 255);
    free(values);
    return cell;
}

static inline size_t head_columns(struct rect r, size_t heads, size_t n,
                                  size_t m)
{
    size_t best = 1;
    float most = 0;
    for (size_t c = 1; c <= heads; c++) {
        float rows = (float)((heads + c - 1) / c);
        float w = (r.w + 10) / (float)c - 10, h = r.h / rows - 28;
        float side = fminf(w / (float)m, h / (float)n);
        if (side > most)
            most = side, best = c;
    }
    return best;
}

static inline struct rect head_cell(struct rect r, size_t heads,
                                    size_t columns, size_t i)
{
    size_t rows = (heads + columns - 1) / columns;
    float w = (r.w + 10) / (float)columns, h = r.h / (float)rows;
    return (struct rect){ r.x + (float)(i % columns) * w,
                          r.y + (float)(i / columns) * h, w - 10, h - 8 };
}

static inline void head_picture(struct frame *f, struct rect cell,
                                const float *weights, size_t n, size_t m,
                                size_t head, bool chosen)
{
    struct rect a = { cell.x, cell.y + 20, cell.w, cell.h - 20 };
    float side = fminf(a.w / (float)m, a.h / (float)n);
    a.w = side * (float)m, a.h = side * (float)n;
    /* draw the head's name and weights, and a frame if it is chosen */
    draw_text(f, a.x, cell.y + 13, TEXT_SMALL, chosen ? TEXT_BOLD : 0,
              paint(f, chosen ? ACCENT : MUTED), "head %zu", head + 1);
    heat_cells(f, a, weights, n, m, 0, 1, false);
    if (chosen)
        draw_frame(f, inset(a, -3), 4, 2, paint(f, ACCENT));
    /* read out the weight under the pointer */
    int i = grid_hover(f, a, n, m);
    if (i >= 0)
        readout(f, "head %zu, %zu to %zu\n%.3f", head + 1, (size_t)i / m,
                (size_t)i % m, (double)weights[i]);
}

static inline struct widget widget(struct frame *f, struct rect r, int cursor);
static inline void focus_ring(struct frame *f, struct widget w, struct rect r,
                              float radius);

/* head_grid: weights (heads, n, m); true when *selected has changed. */
static inline bool head_grid(struct frame *f, struct rect r,
                             const float *weights, size_t heads, size_t n,
                             size_t m, int *selected)
{
    size_t columns = head_columns(r, heads, n, m);
    int before = *selected;
    struct widget w = widget(f, r, CURSOR_HAND);
    if (w.focused)
        *selected += arrow_x(f) + arrow_y(f) * (int)columns;
    *selected = clamp_int(*selected, 0, (int)heads - 1);
    for (size_t i = 0; i < heads; i++) {
        struct rect cell = head_cell(r, heads, columns, i);
        if (w.held && w.clicked && inside(cell, f->pointer.x, f->pointer.y))
            *selected = (int)i;
    }
    for (size_t i = 0; i < heads; i++)
        head_picture(f, head_cell(r, heads, columns, i), weights + i * n * m,
                     n, m, i, (int)i == *selected);
    focus_ring(f, w, inset(r, -4), 6);
    return *selected != before;
}

static inline void token_box(struct frame *f, struct rect box,
                             const char *token, float size, bool on, bool hot)
{
    draw_round(f, box, 5, paint(f, on ? ACCENT : hot ? GRID : PANEL));
    draw_text(f, box.x + box.w / 2, box.y + box.h / 2, size,
              ALIGN_CENTER | ALIGN_MIDDLE, paint(f, on ? PAPER : INK), "%s",
              token);
}

/* token_row: words in boxes, centered in r; centers (n) gets their middles,
 * px; returns the word under the pointer, or -1. */
static inline int token_row(struct frame *f, struct rect r,
                            const char *const *tokens, size_t n,
                            float *centers, int selected)
{
    int under = -1;
    /* choose size and padding so that the row fits */
    float total = 0, gap = 6, size = TEXT_SIZE, count = (float)n;
    for (size_t i = 0; i < n; i++)
        total += text_run(tokens[i], size, false);
    float space = r.w - total - gap * (count - 1);
    float pad = fminf(10, fmaxf(2, space / (2 * count)));
    if (space < 4 * count)
        size = fmaxf(8, size * (r.w - (gap + 4) * count) / total);
    float x = r.x + fmaxf(0, (space - 2 * pad * count) / 2);
    for (size_t i = 0; i < n; i++) {
        /* place and draw word i */
        float w = text_run(tokens[i], size, false) + 2 * pad;
        struct rect box = { x, r.y, w, r.h };
        bool hot = hovering(f, inset(box, -gap / 2));
        token_box(f, box, tokens[i], size, (int)i == selected, hot);
        centers[i] = x + w / 2;
        under = hot ? (int)i : under;
        x += w + gap;
    }
    return under;
}

/* token_arcs: from word query to all, as strong as weights (n), 0 to 1;
 * bend px above y, or below if negative. query is one of the n words. */
static inline void token_arcs(struct frame *f, float y, float bend,
                              const float *centers, const float *weights,
                              size_t n, int query)
{
    for (size_t i = 0; i < n; i++) {
        float a = centers[query], b = centers[i], w = weights[i];
        float rise = bend * fminf(1.3f, 0.35f + fabsf(a - b) / 400);
        float loop = (int)i == query ? 22 : 0;
        rise = loop > 0 ? 0.6f * bend : rise;
        if (w >= 0.005f)
            draw_curve(f, a, y, a - loop, y - rise, b + loop, y - rise, b, y,
                       1 + 7 * w, fade(paint(f, ACCENT), 0.2f + 0.8f * w));
    }
}

/* token_links: from words at from (n) to words at to (m), by weights (n,
 * m), 0 to 1; query -1: those of all. */
static inline void token_links(struct frame *f, float y_from, float y_to,
                               const float *from, const float *to,
                               const float *weights, size_t n, size_t m,
                               int query)
{
    float half = (y_from + y_to) / 2;
    for (size_t i = 0; i < n * m; i++) {
        /* link i / m to i % m */
        float a = from[i / m], b = to[i % m], w = weights[i];
        bool shown = query < 0 || (int)(i / m) == query;
        if (shown && w >= 0.01f)
            draw_curve(f, a, y_from, a, half, b, half, b, y_to, 1 + 6 * w,
                       fade(paint(f, ACCENT), 0.15f + 0.8f * w));
    }
}

static inline struct rect reach(struct rect r)
{
    float w = fmaxf(r.w, 32), h = fmaxf(r.h, 32);
    return (struct rect){ r.x - (w - r.w) / 2, r.y - (h - r.h) / 2, w, h };
}

/* widget: what happens to a control on r in this frame. Controls are known
 * by their order, which must not change while one is held. */
static inline struct widget widget(struct frame *f, struct rect r, int cursor)
{
    const struct pointer *p = &f->pointer;
    int id = ++f->drawing;
    bool over = p->inside && inside(reach(r), p->x, p->y);
    if (over && p->pressed && f->active == 0)
        f->active = f->focus = id;
    struct widget w = { id, false, f->active == id, false, f->focus == id };
    w.hot = over && (f->active == 0 || w.held);
    w.clicked = w.held && p->released && over;
    if (w.focused && (f->key == KEY_ENTER || f->key == KEY_SPACE))
        w.clicked = true;
    /* tell the page about cursor and finger */
    if (w.hot || w.held)
        f->cursor = cursor;
    if ((cursor == CURSOR_Y || cursor == CURSOR_GRAB) && f->grabs < 64)
        f->grab[f->grabs++] = reach(r);
    return w;
}

/* focus_ring: around r, if w has the focus. */
static inline void focus_ring(struct frame *f, struct widget w, struct rect r,
                              float radius)
{
    if (w.focused && f->keyboard)
        draw_frame(f, r, radius, 2, paint(f, ACCENT));
}

/* say: what screen readers hear of w, when it has the focus. */
static inline void say(struct frame *f, struct widget w, const char *label,
                       const char *value)
{
    if (w.focused)
        snprintf(f->spoken, sizeof f->spoken, "%s %s", label, value);
}

static inline float key_share(const struct frame *f, float share)
{
    int page = (f->key == KEY_PAGE_UP) - (f->key == KEY_PAGE_DOWN);
    /* move share by the key */
    share += (f->shift ? 0.1f : 0.01f) * (float)(arrow_x(f) - arrow_y(f));
    share += 0.1f * (float)page;
    if (f->key == KEY_HOME || f->key == KEY_END)
        share = f->key == KEY_END;
    return fminf(fmaxf(share, 0), 1);
}

static inline bool slide(struct frame *f, struct widget w, float *value,
                         float lo, float hi, float pointed, bool logarithmic)
{
    float share = plot_share(*value, lo, hi, logarithmic), wanted = share;
    if (!(lo < hi)) {
        bool moved = *value != lo && isfinite(lo);
        *value = moved ? lo : *value;
        return moved;
    }
    if (w.held && f->pointer.down)
        wanted = fminf(fmaxf(pointed, 0), 1);
    else if (w.focused && f->key)
        wanted = key_share(f, share);
    if (wanted == share)
        return false;
    *value = plot_value(wanted, lo, hi, logarithmic);
    return true;
}

static inline void slider_knob(struct frame *f, struct widget w,
                               struct rect track, float share)
{
    float y = track.y + track.h / 2, x = track.x + track.w * share;
    float radius = w.hot || w.held ? 8 : 7;
    draw_round(f, track, 2, paint(f, GRID));
    track.w *= share;
    draw_round(f, track, 2, paint(f, ACCENT));
    /* draw the knob */
    draw_disc(f, x, y, radius + 1, paint(f, PAPER));
    draw_ring(f, x, y, radius, 2, paint(f, ACCENT));
    if (w.held)
        draw_disc(f, x, y, 4, paint(f, ACCENT));
    focus_ring(f, w, (struct rect){ x - 13, y - 13, 26, 26 }, 13);
}

static inline bool slider_any(struct frame *f, struct rect r,
                              const char *label, float *value, float lo,
                              float hi, const char *format, bool logarithmic)
{
    struct rect track = { r.x + 8, r.y + r.h - 14, r.w - 16, 4 };
    struct rect hit = { r.x, track.y - 14, r.w, 32 };
    struct widget w = widget(f, hit, CURSOR_X);
    bool changed = slide(f, w, value, lo, hi,
                         (f->pointer.x - track.x) / track.w, logarithmic);
    float share = plot_share(*value, lo, hi, logarithmic);
    /* write the name and the value */
    char text[64];
    snprintf(text, sizeof text, format, (double)*value);
    say(f, w, label, text);
    draw_text(f, r.x, r.y + 12, TEXT_SIZE, ALIGN_LEFT, paint(f, INK), "%s",
              label);
    draw_text(f, r.x + r.w, r.y + 12, TEXT_SIZE, ALIGN_RIGHT | TEXT_BOLD,
              paint(f, INK), "%s", text);
    slider_knob(f, w, track, fminf(fmaxf(share, 0), 1));
    return changed;
}

/* slider: *value, lo to hi; format is printf's, for one double. A value
 * outside stays until the reader moves it. */
static inline bool slider(struct frame *f, struct rect r, const char *label,
                          float *value, float lo, float hi,
                          const char *format)
{
    return slider_any(f, r, label, value, lo, hi, format, false);
}

/* slider_log: the same with lo, hi > 0, by ratios. */
static inline bool slider_log(struct frame *f, struct rect r,
                              const char *label, float *value, float lo,
                              float hi, const char *format)
{
    return slider_any(f, r, label, value, lo, hi, format, true);
}

/* button: true when clicked. */
static inline bool button(struct frame *f, struct rect r, const char *label)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    say(f, w, label, "button");
    /* draw the button */
    draw_round(f, r, 6, paint(f, w.held || w.hot ? GRID : PANEL));
    draw_frame(f, r, 6, 1, paint(f, w.held ? MUTED : GRID));
    draw_text(f, r.x + r.w / 2, r.y + r.h / 2, TEXT_SIZE,
              ALIGN_CENTER | ALIGN_MIDDLE, paint(f, INK), "%s", label);
    focus_ring(f, w, inset(r, -3), 8);
    return w.clicked;
}

/* choice: *index of n names in equal cells. */
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
    say(f, w, names[*index], "chosen");
    /* draw the names, and a frame around the chosen one */
    struct rect on = { r.x + each * (float)*index, r.y, each, r.h };
    draw_round(f, r, 7, paint(f, PANEL));
    draw_round(f, inset(on, 2), 5, paint(f, PAPER));
    draw_frame(f, inset(on, 2), 5, 1.5f, paint(f, ACCENT));
    for (int i = 0; i < (int)n; i++) {
        float wide = text_run(names[i], TEXT_SMALL, i == *index) + 6;
        draw_text(f, r.x + each * ((float)i + 0.5f), r.y + r.h / 2,
                  TEXT_SMALL * fminf(1, each / wide),
                  ALIGN_CENTER | ALIGN_MIDDLE | (i == *index ? TEXT_BOLD : 0),
                  paint(f, i == *index ? INK : MUTED), "%s", names[i]);
    }
    focus_ring(f, w, inset(r, -3), 9);
    return *index != before;
}

/* toggle: on and off, with label at its right. */
static inline bool toggle(struct frame *f, struct rect r, const char *label,
                          bool *value)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    struct rect s = { r.x, r.y + r.h / 2 - 9, 32, 18 };
    *value = *value != w.clicked;
    say(f, w, label, *value ? "on" : "off");
    /* draw the switch and its name */
    draw_round(f, s, 9, paint(f, *value ? ACCENT : MUTED));
    draw_disc(f, s.x + (*value ? 23 : 9), s.y + 9, 7, paint(f, PAPER));
    draw_text(f, r.x + 42, r.y + r.h / 2, TEXT_SIZE, ALIGN_MIDDLE,
              paint(f, INK), "%s", label);
    focus_ring(f, w, inset(s, -3), 12);
    return w.clicked;
}

static inline bool field_edit(struct frame *f, char *buffer, size_t size)
{
    size_t n = strlen(buffer), more = strlen(f->text);
    if (more > 0 && n + more < size) {
        memcpy(buffer + n, f->text, more + 1);
        return true;
    }
    if (f->key != KEY_BACKSPACE || n == 0)
        return false;
    /* take the last character away, all of its bytes */
    do
        n--;
    while (n > 0 && ((unsigned char)buffer[n] & 0xc0) == 0x80);
    buffer[n] = '\0';
    return true;
}

/* text_field: edits buffer in place: UTF-8 of at most size bytes with its
 * end. */
static inline bool text_field(struct frame *f, struct rect r, char *buffer,
                              size_t size)
{
    struct widget w = widget(f, r, CURSOR_TEXT);
    bool changed = w.focused && field_edit(f, buffer, size);
    float width = text_run(buffer, TEXT_SIZE, false), y = r.y + r.h / 2;
    float x = r.x + 10 - fmaxf(0, width - r.w + 24);
    draw_round(f, r, 6, paint(f, PAPER));
    draw_frame(f, r, 6, w.focused ? 2 : 1, paint(f, w.focused ? ACCENT
                                                              : MUTED));
    clip_to(f, inset(r, 4));
    draw_text(f, x, y, TEXT_SIZE, ALIGN_MIDDLE, paint(f, INK), "%s", buffer);
    if (w.focused) {
        /* draw the caret, and tell the page where the field is */
        draw_rect(f, (struct rect){ x + width + 1, y - 9, 1.5f, 18 },
                  paint(f, ACCENT));
        f->field = r;
        f->field_text = buffer;
        say(f, w, "text", buffer);
    }
    clip_off(f);
    return changed;
}

static inline bool drag_any(struct frame *f, struct rect r, int cursor,
                            float pointed, float *value, float lo, float hi)
{
    struct widget w = widget(f, r, cursor);
    if (w.hot || w.held)
        draw_round(f, r, 5, fade(paint(f, GRID), 0.5f));
    bool changed = slide(f, w, value, lo, hi, pointed, false);
    char text[48];
    snprintf(text, sizeof text, "%.3g", (double)*value);
    say(f, w, "value", text);
    focus_ring(f, w, inset(r, -2), 5);
    return changed;
}

/* drag_y, drag_x: r spans lo (bottom, left) to hi, and is shaded under the
 * pointer; what is dragged is yours to draw. id is for who reads the code. */
static inline bool drag_y(struct frame *f, int id, struct rect r,
                          float *value, float lo, float hi)
{
    (void)id;
    return drag_any(f, r, CURSOR_Y, 1 - (f->pointer.y - r.y) / r.h, value, lo,
                    hi);
}

static inline bool drag_x(struct frame *f, int id, struct rect r,
                          float *value, float lo, float hi)
{
    (void)id;
    return drag_any(f, r, CURSOR_X, (f->pointer.x - r.x) / r.w, value, lo,
                    hi);
}

/* drag_point: a point in x0..x1, y0..y1 over r, which it draws. */
static inline bool drag_point(struct frame *f, int id, struct rect r,
                              float *x, float *y, float x0, float x1,
                              float y0, float y1)
{
    (void)id;
    float px = r.x + r.w * plot_share(*x, x0, x1, false);
    float py = r.y + r.h * (1 - plot_share(*y, y0, y1, false));
    float was_x = *x, was_y = *y;
    struct widget w = widget(f, (struct rect){ px - 16, py - 16, 32, 32 },
                             CURSOR_GRAB);
    /* move the point, by the pointer or by a hundredth */
    bool held = w.held && f->pointer.down;
    int right = w.focused ? arrow_x(f) : 0, down = w.focused ? arrow_y(f) : 0;
    if (held)
        px = f->pointer.x, py = f->pointer.y;
    px = fminf(fmaxf(px + r.w * 0.01f * (float)right, r.x), r.x + r.w);
    py = fminf(fmaxf(py + r.h * 0.01f * (float)down, r.y), r.y + r.h);
    if (held || right || down) {
        *x = plot_value((px - r.x) / r.w, x0, x1, false);
        *y = plot_value(1 - (py - r.y) / r.h, y0, y1, false);
    }
    /* draw the point, and say where it is */
    float radius = w.hot || w.held ? 8 : 6;
    char text[48];
    snprintf(text, sizeof text, "%.3g, %.3g", (double)*x, (double)*y);
    say(f, w, "point", text);
    draw_disc(f, px, py, radius + 1.5f, paint(f, PAPER));
    draw_disc(f, px, py, radius, paint(f, ACCENT));
    focus_ring(f, w, (struct rect){ px - 13, py - 13, 26, 26 }, 13);
    return *x != was_x || *y != was_y;
}

static inline const struct figure *figure_find(const struct figure *figures,
                                               const char *name)
{
    for (const struct figure *g = figures; g->name; g++)
        if (name == NULL || strcmp(g->name, name) == 0)
            return g;
    fail("no figure is called \"%s\" (try --list-figures)", name ? name : "");
}

#ifdef __wasm__
static inline int figure_run(const struct figure *figures);

/* figure_run: does what the options ask; 0, or fails. figures: up to {0}. */
static inline int figure_run(const struct figure *figures)
{
    return figures == NULL;
}
#else
/* play a figure */
/* figure_settle: steps until no frame is wanted, 64 at most. figure_play:
 * does what --play says. */
static inline void figure_settle(struct frame *f)
{
    int frames = 1;
    while (frame_step(f, 0) && frames < 64)
        frames++;
}

static inline void play_pointer(struct frame *f, enum event_type type,
                                float x, float y)
{
    frame_event(f, (struct event){ .type = type, .x = x, .y = y });
    figure_settle(f);
}
static inline int key_code(const char *name)
{
    static const char *const names[] = { "Backspace", "Tab", "Enter",
        "Space", "Delete", "Left", "Right", "Up", "Down", "Home", "End",
        "PageUp", "PageDown" };
    static const int codes[] = { KEY_BACKSPACE, KEY_TAB, KEY_ENTER,
        KEY_SPACE, KEY_DELETE, KEY_LEFT, KEY_RIGHT, KEY_UP, KEY_DOWN,
        KEY_HOME, KEY_END, KEY_PAGE_UP, KEY_PAGE_DOWN };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(name, names[i]) == 0)
            return codes[i];
    fail("--play: no key is called \"%s\"", name);
}
static inline void play_key(struct frame *f, const char *name, bool shift)
{
    frame_event(f, (struct event){ .type = EVENT_KEY, .key = key_code(name),
                                   .shift = shift });
    figure_settle(f);
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
static inline void play_drag(struct frame *f, float x0, float y0, float x1,
                             float y1)
{
    play_pointer(f, EVENT_DOWN, x0, y0);
    play_pointer(f, EVENT_MOVE, x1, y1);
    play_pointer(f, EVENT_UP, x1, y1);
}
static inline void play_step(struct frame *f, const char *step)
{
    char word[16] = "", key[16] = "";
    float x0, y0, x1, y1;
    int start = 0;
    sscanf(step, " %15s %n%15s", word, &start, key);
    int n = sscanf(step + start, "%f %f %f %f", &x0, &y0, &x1, &y1);
    /* do the step that word names */
    if (strcmp(word, "hover") == 0 && n == 2)
        play_pointer(f, EVENT_MOVE, x0, y0);
    else if (strcmp(word, "click") == 0 && n == 2)
        play_drag(f, x0, y0, x0, y0);
    else if (strcmp(word, "drag") == 0 && n == 4)
        play_drag(f, x0, y0, x1, y1);
    else if (strcmp(word, "key") == 0 || strcmp(word, "shift") == 0)
        play_key(f, key, word[0] == 's');
    else if (strcmp(word, "text") == 0)
        play_text(f, step + start);
    else
        fail("--play: \"%s\" is not understood", step);
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
/* write a figure as PNG */
static inline void png_bytes(void *file, void *data, int size)
{
    fwrite(data, 1, (size_t)size, file);
}

/* figure_write: the frame as a PNG, whole or not at all. */
static inline void figure_write(const struct frame *f, const char *path)
{
    struct output *out = output_open(path);
    const struct canvas *k = &f->canvas;
    stbi_write_png_to_func(png_bytes, out->file, k->width, k->height, 4,
                           k->pixels, 4 * k->width);
    output_commit(out);
}
#ifdef NO_WINDOW
static inline void figure_window(const struct figure *figure);

_Noreturn static inline void figure_window(const struct figure *figure)
{
    (void)figure;
    fail("--window: this program was built without SDL2");
}
#else
/* what a window is */
struct window {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    SDL_Cursor *cursors[6];
    struct frame frame;
    bool open;
};
/* open the window of a figure */
static inline void window_fit(struct window *w)
{
    int wide, high, pixels, rows;
    struct frame *f = &w->frame;
    SDL_GetWindowSize(w->window, &wide, &high);
    SDL_GetRendererOutputSize(w->renderer, &pixels, &rows);
    frame_resize(f, (float)wide, (float)pixels / (float)wide, f->dark);
    if (high < (int)f->height)
        SDL_SetWindowSize(w->window, wide, (int)f->height);
    /* make a texture as large as the canvas */
    if (w->texture)
        SDL_DestroyTexture(w->texture);
    w->texture = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_ABGR8888,
                                   SDL_TEXTUREACCESS_STREAMING,
                                   f->canvas.width, f->canvas.height);
    if (w->texture == NULL)
        fail("--window: %s", SDL_GetError());
}
static inline void window_open(struct window *w, const struct figure *figure)
{
    const int middle = SDL_WINDOWPOS_CENTERED;
    /* start SDL where there is a display */
    SDL_SetMainReady();
    #ifdef __linux__
    bool wayland = getenv("WAYLAND_DISPLAY");
    if (!wayland && !getenv("DISPLAY") && !getenv("SDL_VIDEODRIVER"))
        fail("--window: there is no display");
    SDL_SetHint(SDL_HINT_VIDEODRIVER, wayland ? "wayland,x11" : "x11");
    #endif
    if (SDL_Init(SDL_INIT_VIDEO) != 0)
        fail("--window: %s", SDL_GetError());
    frame_open(&w->frame, figure, (float)figure_request.width, 1,
               figure_request.theme);
    w->window = SDL_CreateWindow(figure->name, middle, middle,
        (int)w->frame.width, (int)w->frame.height,
        SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    w->renderer = w->window ? SDL_CreateRenderer(w->window, -1, 0) : NULL;
    if (w->renderer == NULL)
        fail("--window: %s", SDL_GetError());
    window_fit(w);
    w->open = true;
}
/* pass on what happens in the window */
static inline int window_key(SDL_Keycode key)
{
    static const SDL_Keycode from[] = { SDLK_LEFT, SDLK_RIGHT, SDLK_UP,
        SDLK_DOWN, SDLK_HOME, SDLK_END, SDLK_PAGEUP, SDLK_PAGEDOWN };
    for (int i = 0; i < 8; i++)
        if (key == from[i])
            return KEY_LEFT + i;
    if (key == SDLK_KP_ENTER)
        return KEY_ENTER;
    return key == SDLK_BACKSPACE || key == SDLK_TAB || key == SDLK_RETURN
        || key == SDLK_SPACE || key == SDLK_DELETE ? (int)key : 0;
}
static inline void window_typed(struct window *w, const SDL_Keysym *k)
{
    bool typing = w->frame.field_text != NULL;
    int key = window_key(k->sym);
    if (k->sym == SDLK_ESCAPE || (k->sym == SDLK_q && !typing))
        w->open = false;
    if (key && !(typing && key == KEY_SPACE))
        frame_event(&w->frame,
                    (struct event){ .type = EVENT_KEY, .key = key,
                                    .shift = k->mod & KMOD_SHIFT });
}

static inline void window_pointer(struct window *w, enum event_type type,
                                  int x, int y)
{
    frame_event(&w->frame, (struct event){ .type = type, .x = (float)x,
                                           .y = (float)y });
}
static inline void window_event(struct window *w, const SDL_Event *e)
{
    switch (e->type) {
    case SDL_QUIT: w->open = false; break;
    case SDL_KEYDOWN: window_typed(w, &e->key.keysym); break;
    case SDL_TEXTINPUT: play_text(&w->frame, e->text.text); break;
    /* pass on the mouse */
    case SDL_MOUSEMOTION:
        window_pointer(w, EVENT_MOVE, e->motion.x, e->motion.y);
        break;
    case SDL_MOUSEBUTTONDOWN: case SDL_MOUSEBUTTONUP:
        if (e->button.button == SDL_BUTTON_LEFT)
            window_pointer(w, e->type == SDL_MOUSEBUTTONDOWN ? EVENT_DOWN
                              : EVENT_UP, e->button.x, e->button.y);
        break;
    case SDL_WINDOWEVENT:
        if (e->window.event == SDL_WINDOWEVENT_SIZE_CHANGED)
            window_fit(w);
        if (e->window.event == SDL_WINDOWEVENT_LEAVE)
            window_pointer(w, EVENT_LEAVE, -1, -1);
    }
}
/* put the figure's pixels into the window */
static inline void window_show(struct window *w)
{
    const struct canvas *k = &w->frame.canvas;
    struct color paper = paint(&w->frame, PAPER);
    SDL_Rect place = { 0, 0, k->width, k->height };
    SDL_UpdateTexture(w->texture, NULL, k->pixels, 4 * k->width);
    SDL_SetRenderDrawColor(w->renderer, paper.r, paper.g, paper.b, 255);
    SDL_RenderClear(w->renderer);
    SDL_RenderCopy(w->renderer, w->texture, NULL, &place);
    SDL_RenderPresent(w->renderer);
}
static inline void window_cursor(struct window *w)
{
    static const SDL_SystemCursor shapes[] = {
        SDL_SYSTEM_CURSOR_ARROW, SDL_SYSTEM_CURSOR_HAND,
        SDL_SYSTEM_CURSOR_IBEAM, SDL_SYSTEM_CURSOR_SIZEWE,
        SDL_SYSTEM_CURSOR_SIZENS, SDL_SYSTEM_CURSOR_HAND };
    SDL_Cursor **c = &w->cursors[w->frame.cursor];
    if (*c == NULL)
        *c = SDL_CreateSystemCursor(shapes[w->frame.cursor]);
    if (*c && SDL_GetCursor() != *c)
        SDL_SetCursor(*c);
}
/* run the window of a figure */
static inline void window_turn(struct window *w, bool *again)
{
    SDL_Event e;
    if (SDL_WaitEventTimeout(&e, *again ? 15 : 500)) {
        do
            window_event(w, &e);
        while (SDL_PollEvent(&e));
        *again = true;
    }
    if (*again) {
        *again = frame_step(&w->frame, (double)SDL_GetTicks64() / 1000);
        window_cursor(w);
        window_show(w);
    }
}

static inline void figure_window(const struct figure *figure)
{
    struct window w = { 0 };
    bool again = true;
    window_open(&w, figure);
    while (w.open)
        window_turn(&w, &again);
    /* close the window */
    for (int i = 0; i < 6; i++)
        if (w.cursors[i])
            SDL_FreeCursor(w.cursors[i]);
    frame_close(&w.frame);
    SDL_DestroyTexture(w.texture);
    SDL_DestroyRenderer(w.renderer);
    SDL_DestroyWindow(w.window);
    SDL_Quit();
}
#endif
/* do what the command line asks for */
static inline void figure_print(const struct figure *figures,
                                const struct figure *g)
{
    if (figure_request.list)
        for (g = figures; g->name; g++)
            puts(g->name);
    else if (figure_request.alt)
        puts(g->alt ? g->alt : "");
    else if (figure_request.size)
        printf("%d %d %d\n", g->width, g->height,
               g->narrow_height ? g->narrow_height : g->height);
    else if (g->table)
        g->table(stdout);
}
static inline void figure_check_name(const char *path)
{
    size_t length = strlen(path);
    bool png = length > 4 && !strcasecmp(path + length - 4, ".png");
    if (!png && strncmp(path, "/dev/", 5))
        fail("--figure: \"%s\" does not end in .png", path);
}
static inline void figure_draw(const struct figure *g)
{
    const struct figure_request *q = &figure_request;
    struct frame f;
    figure_check_name(q->file);
    frame_open(&f, g, (float)q->width, 2, q->theme);
    figure_settle(&f);
    figure_play(&f, q->play ? q->play : "");
    figure_write(&f, q->file);
    frame_close(&f);
}
static inline int figure_run(const struct figure *figures)
{
    const struct figure_request *q = &figure_request;
    const struct figure *g = figure_find(figures, q->show);
    if (q->width && (q->width < 200 || q->width > 2000))
        fail("--width: %zu is not between 200 and 2000", q->width);
    if (q->list || q->alt || q->table || q->size)
        figure_print(figures, g);
    else if (q->window)
        figure_window(g);
    else
        figure_draw(g);
    return 0;
}
#endif

#ifdef __wasm__
#define PAGE(name) __attribute__((export_name(#name))) name
static struct frame page_frame;
static char page_buffer[256];

/* functions that the page calls */
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

int PAGE(fig_step)(double seconds)
{
    return frame_step(&page_frame, seconds);
}

uint8_t *PAGE(fig_pixels)(void)
{
    return page_frame.canvas.pixels;
}
void PAGE(fig_event)(int type, float x, float y, int key, int flags)
{
    struct event e = { (enum event_type)type, x, y, key, flags & 1,
                       flags & 2, "" };
    memcpy(e.text, page_buffer, type == EVENT_TEXT ? sizeof e.text - 1 : 0);
    frame_event(&page_frame, e);
}
int PAGE(fig_get)(int what)
{
    const struct frame *f = &page_frame;
    const int values[] = {
        f->canvas.width, f->canvas.height, f->cursor, f->focus, f->widgets,
        f->field_text != NULL, (int)f->field.x, (int)f->field.y,
        (int)f->field.w, (int)f->field.h
    };
    return values[what];
}
const char *PAGE(fig_field)(void)        /* the text in the field */
{
    return page_frame.field_text ? page_frame.field_text : "";
}

const char *PAGE(fig_spoken)(void)
{
    return page_frame.spoken;
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

