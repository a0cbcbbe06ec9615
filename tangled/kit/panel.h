/* panel.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct series, struct handle, struct panel, chart_touch,
 * series_data, panel_spans, panel_legend, series_near */

#ifndef PANEL_H
#define PANEL_H

#include "kit/figure.h"

enum { MARK_LINE = 1, MARK_POINTS = 2, MARK_BARS = 4, MARK_AREA = 8,
       MARK_ERRORS = 16, MARK_X = 32, MARK_Y = 64, MARK_NONE = 128 };
struct series {
    const char *name;              /* in legend and table; NULL: in neither */
    enum ink ink;
    int marks;
    size_t n;
    const float *x, *y;            /* x NULL: 0, 1, ...; NAN is a gap */
    const float *low, *high;
    float (*of)(float x);          /* in place of n, x and y */
    float size;                    /* of a line or point, px; bar, data */
    float alpha;                   /* 0: 1, of an area .16 */
    float shift;                   /* px to the right, only for the eye */
    bool *hidden;                  /* a click on the name hides it */
    float *drag;                   /* (n) bars that the reader can drag */
    const char *format;            /* of y; NULL: the panel's */
};

struct handle {                    /* a point that can be dragged */
    const char *name;
    enum ink ink;
    float *x, *y;
};

enum { MOST_SERIES = 10, MOST_HANDLES = 4 };
struct panel {
    const char *title, *note;          /* note: at the right of the title */
    enum ink title_ink, note_ink;      /* 0: INK */
    const char *x, *y;                 /* names of the axes */
    float x0, x1, y0, y1;
    bool log_x, log_y;
    const char *const *names;          /* in place of numbers at 0, 1, ... */
    size_t n_names;
    const char *format;                /* of a value; NULL: "%.4g" */
    struct series series[MOST_SERIES + 1];
    struct handle handle[MOST_HANDLES + 1];
    void (*over)(struct plot *p);      /* draws more into the plot */
    const float *map;                  /* (rows, cols), from lo to hi */
    size_t rows, cols;
    float lo, hi;                      /* the same: from the values */
    struct heatmap look;               /* its title and axes are above */
    void (*pick)(size_t cell);         /* the pointer is over another cell */
    void (*draw)(struct frame *f, struct rect r);
    bool silent;                       /* without a read-out */
    bool below;                        /* begins another row of panels */
    bool beside;                       /* in its row on narrow pages, too */
    float wide, high, tall;            /* shares; tall on narrow pages */
    int cell;                          /* the kit's: 1 + that of pick */
};
/* chart_touch: what is shown has changed outside of controls and handles;
 * compute is called, and another frame drawn. */
static inline void chart_touch(struct frame *f)
{
    f->computed = false;
}

/* series_data: x (n) and y (n) behind it; free it. low, high: ends of x. */
static inline float *series_data(const struct panel *p,
                                 const struct series *s, float low,
                                 float high, size_t n)
{
    float *x = allocate(size_product(2, n) + 1, sizeof *x);
    for (size_t i = 0; i < n; i++) {
        float share = n > 1 ? (float)i / (float)(n - 1) : 0;
        x[i] = s->of ? plot_value(share, low, high, p->log_x)
             : s->x ? s->x[i] : (float)i;
        x[n + i] = s->of ? s->of(x[i]) : s->y ? s->y[i] : NAN;
    }
    return x;
}

static inline float share_of(float share)
{
    return share > 0 ? share : 1;
}

static inline const char *format_of(const struct panel *p,
                                    const struct series *s)
{
    return s && s->format ? s->format : p->format ? p->format : "%.4g";
}

static inline size_t series_count(const struct series *s, size_t points)
{
    return s->of ? points : s->n;
}

/* panel_spans: limits of both axes, given or from the data. */
static inline void panel_spans(const struct panel *p, struct span *x,
                               struct span *y)
{
    int marks = 0;
    const struct series *s;
    *x = *y = (struct span){ INFINITY, -INFINITY };
    for (s = p->series; s->marks; marks |= s++->marks)
        for (size_t i = 0; i < s->n && !(s->marks & MARK_Y); i++)
            span_add(x, s->x ? &s->x[i] : &(float){ (float)i }, 1, p->log_x);
    if (p->names)
        *x = (struct span){ 0, (float)p->n_names - 1 };
    if (!(p->x0 < p->x1) && (marks & MARK_BARS || p->names))
        *x = (struct span){ x->lo - .6f, x->hi + .6f };
    else
        *x = span_ends(*x, p->x0, p->x1, p->log_x, false,
                       marks & (MARK_LINE | MARK_AREA) ? 0 : .08f);
    *x = span_sound(*x);
    for (s = p->series; s->marks; s++) {
        size_t n = series_count(s, 101);
        float *data = series_data(p, s, x->lo, x->hi, n);
        if (!(s->marks & (MARK_X | MARK_NONE)))
            span_add(y, data + n, n, p->log_y);
        span_add(y, s->low, s->n, p->log_y);
        span_add(y, s->high, s->n, p->log_y);
        free(data);
    }
    *y = span_sound(span_ends(*y, p->y0, p->y1, p->log_y, marks & MARK_BARS,
                              .06f));
}

static inline void series_draw(struct plot plot, const struct panel *panel,
                               const struct series *s)
{
    struct plot *p = &plot;
    const size_t n = series_count(s, 201);
    float *x = series_data(panel, s, p->x0, p->x1, n), *y = x + n;
    const float *high = s->high ? s->high : y;
    struct color c = fade(paint(p->frame, s->ink), share_of(s->alpha));
    float area = s->alpha > 0 ? 1 : .16f;
    p->area.x += s->shift;
    if (s->marks & MARK_AREA)
        plot_area(p, x, s->low, high, n, fade(c, area));
    if (s->marks & MARK_BARS)
        plot_bars(p, x, y, n, s->size > 0 ? s->size : .7f, c);
    if (s->marks & MARK_LINE)
        plot_line(p, x, y, n, c, s->size > 0 ? s->size : 2);
    for (size_t i = 0; i < n; i++) {
        if (s->marks & MARK_X)
            plot_vline(p, x[i], c);
        if (s->marks & MARK_Y)
            plot_hline(p, y[i], c);
        if (s->marks & MARK_ERRORS)
            draw_line(p->frame, plot_x(p, x[i]), tame(plot_y(p, s->low[i])),
                      plot_x(p, x[i]), tame(plot_y(p, high[i])), 2, c);
    }
    if (s->marks & MARK_POINTS)
        plot_points(p, x, y, n, c, s->size > 3 ? s->size : 4.5f);
    free(x);
}

static inline bool legend_entry(struct frame *f, struct rect r,
                                const struct series *s, const char *name)
{
    bool off = s->hidden && *s->hidden;
    if (s->hidden) {
        struct widget w = widget(f, r, CURSOR_HAND);
        off = *s->hidden = *s->hidden != w.clicked;
        say(f, w, name, off ? "off" : "on");
        focus_ring(f, w, inset(r, -2), 4);
    }
    float y = r.y + r.h / 2;
    draw_round(f, (struct rect){ r.x, y - 4, 10, 8 }, 2,
               paint(f, off ? GRID : s->ink));
    draw_text(f, r.x + 16, y, TEXT_SMALL, ALIGN_MIDDLE,
              paint(f, off ? MUTED : INK), "%s", name);
    return off;
}

static inline bool in_legend(const struct panel *p, const struct series *s)
{
    return s->name && s->marks != MARK_NONE
        && !(p->y && strcmp(s->name, p->y) == 0);
}

/* panel_legend: what of r is left. */
static inline struct rect panel_legend(struct frame *f, struct rect r,
                                       const struct panel *p)
{
    char name[96];
    float all = 0, x, left = fitting_width(p->y, r.w / 2);
    for (const struct series *s = p->series; s->marks; s++)
        all += in_legend(p, s) ? 32 + fitting_width(s->name, 999) : 0;
    bool beside = left + all + 40 <= r.w;
    x = beside ? r.x + r.w - all + 2 : r.x;
    for (const struct series *s = p->series; s->marks; s++) {
        if (!in_legend(p, s))
            continue;
        text_fitting(name, s->name, TEXT_SMALL, beside ? 999 : r.w - 20);
        float w = text_run(name, TEXT_SMALL, false) + 16;
        if (!beside && x > r.x && x + w > r.x + r.w)
            x = r.x, r.y += 20, r.h -= 20;
        legend_entry(f, (struct rect){ x, r.y, w, 18 }, s, name);
        x += w + 16;
    }
    if (all > 0 && !beside)
        r.y += 20, r.h -= 20;
    return r;
}

static inline void panel_axes(struct plot *plot, const struct panel *p)
{
    char x[96], y[96];
    text_fitting(x, p->x, TEXT_SMALL, plot->area.w);
    text_fitting(y, p->y, TEXT_SMALL, plot->area.w);
    if (p->names) {
        plot_axes_names(plot, p->names, p->n_names, y);
        plot_titles(plot, x, NULL);
    } else
        plot_axes_log(plot, x, y, p->log_x, p->log_y);
}

/* series_near: its point nearest to the pointer; how many px away. */
static inline float series_near(struct plot *plot, const struct panel *p,
                                const struct series *s, float *x, float *y)
{
    const size_t n = series_count(s, 201);
    float *data = series_data(p, s, plot->x0, plot->x1, n);
    int i = s->marks & (MARK_X | MARK_Y) || (s->hidden && *s->hidden)
          ? -1 : plot_nearest(plot, data, n);
    *x = i < 0 ? NAN : data[i];
    *y = i < 0 ? NAN : data[n + (size_t)i];
    free(data);
    return i < 0 ? INFINITY
                 : fabsf(plot_x(plot, *x) - plot->frame->pointer.x);
}

static inline void panel_readout(struct plot *plot, const struct panel *p)
{
    char text[256] = "", name[96], value[48];
    float x, y, best = NAN, least = INFINITY;
    for (const struct series *s = p->series; s->marks; s++) {
        float off = series_near(plot, p, s, &x, &y);
        if (off < least)
            least = off, best = x;
    }
    if (!(least < INFINITY))
        return;
    plot_vline(plot, best, fade(paint(plot->frame, MUTED), .6f));
    bool named = p->names && best >= 0 && best < (float)p->n_names;
    text_add(text, sizeof text, "%s ",
             named ? p->names[(size_t)best] : text_fitting(name, p->x, 1, 0));
    if (!named)
        text_add(text, sizeof text, "%.4g", (double)best);
    for (const struct series *s = p->series; s->marks; s++) {
        series_near(plot, p, s, &x, &y);
        if (x != best || isnan(y) || !(s->name || s == p->series))
            continue;
        snprintf(value, sizeof value, format_of(p, s), (double)y);
        text_add(text, sizeof text, "\n%s %s",
                 text_fitting(name, s->name ? s->name : p->y, 1, 0), value);
        if (s->marks != MARK_NONE)
            plot_points(plot, &x, &y, 1, paint(plot->frame, s->ink), 4);
    }
    readout(plot->frame, "%s", text);
}

static inline bool panel_drags(struct plot *plot, const struct panel *p)
{
    struct frame *f = plot->frame;
    bool moved = false;
    for (const struct series *s = p->series; s->marks; s++)
        for (size_t i = 0; s->drag && i < s->n; i++) {
            float x = s->x ? s->x[i] : (float)i;
            float left = plot_x(plot, x - .45f);
            struct rect r = { left, plot->area.y,
                              plot_x(plot, x + .45f) - left, plot->area.h };
            moved |= drag_y(f, 0, r, &s->drag[i], plot->y0, plot->y1);
        }
    for (const struct handle *h = p->handle; h->x; h++) {
        moved |= drag_point(f, 0, plot->area, h->x, h->y, plot->x0,
                            plot->x1, plot->y0, plot->y1);
        float w = h->name ? text_run(h->name, TEXT_SIZE, true) : 0;
        float x = plot_x(plot, *h->x) + 10, y = plot_y(plot, *h->y);
        x -= x + w > plot->area.x + plot->area.w ? w + 20 : 0;
        draw_text(f, x, y < plot->area.y + 14 ? y + 20 : y - 8, TEXT_SIZE,
                  TEXT_BOLD, paint(f, h->ink ? h->ink : INK), "%s",
                  h->name ? h->name : "");
    }
    return moved;
}

static inline void panel_plot(struct frame *f, struct rect r,
                              const struct panel *p)
{
    struct span x, y;
    panel_spans(p, &x, &y);
    r = panel_legend(f, r, p);
    struct plot plot = plot_new(f, r, x.lo, x.hi, y.lo, y.hi);
    float more = p->log_y ? r.x + 48 - plot.area.x : 0;
    plot.area.x += more, plot.area.w -= more;
    panel_axes(&plot, p);
    for (const struct series *s = p->series; s->marks; s++)
        if (!s->hidden || !*s->hidden)
            series_draw(plot, p, s);
    if (p->over)
        p->over(&plot);
    if (panel_drags(&plot, p))
        chart_touch(f);
    if (!p->silent)
        panel_readout(&plot, p);
}

static inline void panel_map(struct frame *f, struct rect r, struct panel *p)
{
    struct heatmap look = p->look;
    char x[96], y[96];
    look.title = NULL;
    text_fitting(x, p->x, TEXT_SMALL, r.w - 80);
    text_fitting(y, p->y, TEXT_SMALL, r.h - 60);
    look.col_title = *x ? x : NULL;
    look.row_title = *y ? y : NULL;
    look.format = p->format ? p->format : look.format;
    int cell = 1 + heatmap(f, r, p->map, p->rows, p->cols, p->lo, p->hi,
                           &look);
    if (p->pick && cell > 0 && cell != p->cell) {
        p->pick((size_t)cell - 1);
        chart_touch(f);
    }
    p->cell = cell;
}

static inline void panel_draw(struct frame *f, struct rect r, struct panel *p)
{
    char title[96];
    const char *note = p->note ? p->note : "";
    text_fitting(title, p->title, TEXT_SIZE, r.w);
    float w = text_run(title, TEXT_SIZE, true);
    bool below = w > 0 && w + 12 + text_run(note, TEXT_SIZE, false) > r.w;
    draw_text(f, r.x, r.y + 13, TEXT_SIZE, TEXT_BOLD,
              paint(f, p->title_ink ? p->title_ink : INK), "%s", title);
    draw_text(f, r.x + (below ? 0 : r.w), r.y + (below ? 32 : 13), TEXT_SIZE,
              below ? 0 : ALIGN_RIGHT,
              paint(f, p->note_ink ? p->note_ink : INK), "%s", note);
    float head = *title || *note ? below ? 42 : 22 : 0;
    r.y += head, r.h -= head;
    if (p->map)
        panel_map(f, r, p);
    else if (p->draw)
        p->draw(f, r);
    else
        panel_plot(f, r, p);
}
#endif
