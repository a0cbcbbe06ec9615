/* chart.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum control_kind, struct control, struct chart, chart_controls,
 * chart_frame, table_place, chart_lists, chart_table */

#ifndef CHART_H
#define CHART_H

#include "kit/panel.h"

/* chart.h -- a figure as a record of controls and panels. Lists end at the
 * first empty entry. "A long text|short" is short where the room is. A chart
 * is no constant: compute may set whatever it shows. */

enum control_kind { CONTROL_SLIDER = 1, CONTROL_CHOICE, CONTROL_TOGGLE,
                    CONTROL_BUTTON, CONTROL_FIELD };
struct control {
    enum control_kind kind;
    const char *label;
    float *number, lo, hi, step;       /* a slider; step 0: every value */
    bool log;
    const char *format;                /* of its number */
    const char *const *names;          /* a choice of n */
    size_t n;
    int *index;
    bool *on;                          /* a toggle */
    void (*press)(void);               /* a button */
    char *text;                        /* a field for size - 1 bytes */
    size_t size;
};

#define SLIDER(name, value, from, to, print) .kind = CONTROL_SLIDER, \
    .label = name, .number = value, .lo = from, .hi = to, .format = print
#define CHOICE(value, ...) .kind = CONTROL_CHOICE, .index = value, \
    .names = (const char *const[]){ __VA_ARGS__ }, \
    .n = sizeof (const char *const[]){ __VA_ARGS__ } / sizeof(char *)
#define TOGGLE(name, value) .kind = CONTROL_TOGGLE, .label = name, .on = value
#define BUTTON(name, action) \
    .kind = CONTROL_BUTTON, .label = name, .press = action
#define FIELD(name, buffer) .kind = CONTROL_FIELD, .label = name, \
    .text = buffer, .size = sizeof buffer

enum { MOST_CONTROLS = 8, MOST_PANELS = 6 };
struct chart {
    struct control control[MOST_CONTROLS + 1];
    void (*compute)(void);             /* first, and after every change */
    struct panel panel[MOST_PANELS + 1];
    void (*table)(FILE *out);          /* NULL: made from the panels */
};

/* CHART: NAME_frame and NAME_table of the record NAME_chart, for the
 * program's list of figures. */
#define CHART(name) \
    static bool name##_frame(struct frame *f) \
    { \
        return chart_frame(f, &name##_chart); \
    } \
    static void name##_table(FILE *out) \
    { \
        chart_table(&name##_chart, out); \
    }
static inline float control_width(const struct control *c, float most)
{
    char text[96] = "";
    float label = c->label ? text_run(c->label, TEXT_SIZE, false) : 0;
    float name = 0;
    switch (c->kind) {
    case CONTROL_SLIDER:
        snprintf(text, sizeof text, c->format, (double)c->hi);
        label = fmaxf(140, label + text_run(text, TEXT_SIZE, true) + 16);
        break;
    case CONTROL_CHOICE:
        for (size_t i = 0; i < c->n; i++)
            name = fmaxf(name, text_run(c->names[i], TEXT_SMALL, true));
        label += (label > 0 ? 10 : 0) + (name + 20) * (float)c->n;
        break;
    case CONTROL_TOGGLE: label += 46; break;
    case CONTROL_BUTTON: label = fmaxf(54, label + 24); break;
    default: label = 200;
    }
    return fminf(label, most);
}

static inline bool control_slide(struct frame *f, struct rect r,
                                 const struct control *c)
{
    const float was = *c->number;
    const bool by_key = f->key != 0;
    (c->log ? slider_log : slider)(f, r, c->label, c->number, c->lo, c->hi,
                                   c->format);
    const float to = *c->number;
    float v = c->step > 0 ? c->step * roundf(to / c->step) : to;
    if (by_key && v == was && to != was)
        v += copysignf(c->step, to - was);   /* one step at least */
    *c->number = fmaxf(fminf(v, c->hi), c->lo);
    return *c->number != was;
}

static inline bool control_draw(struct frame *f, struct rect r,
                                const struct control *c)
{
    float label = c->label ? text_run(c->label, TEXT_SIZE, false) + 10 : 0;
    switch (c->kind) {
    case CONTROL_SLIDER: return control_slide(f, r, c);
    case CONTROL_TOGGLE: return toggle(f, r, c->label, c->on);
    case CONTROL_FIELD: return text_field(f, r, c->text, c->size);
    case CONTROL_BUTTON:
        if (!button(f, r, c->label))
            return false;
        c->press();
        return true;
    default:
        if (c->label)
            draw_text(f, r.x, r.y + r.h / 2, TEXT_SIZE, ALIGN_MIDDLE,
                      paint(f, INK), "%s", c->label);
        r.x += label, r.w -= label;
        return choice(f, r, c->names, c->n, c->index);
    }
}

static inline bool control_grows(const struct frame *f,
                                 const struct control *c)
{
    return c->kind == CONTROL_SLIDER || c->kind == CONTROL_FIELD
        || (f->narrow && c->kind == CONTROL_CHOICE);
}

/* chart_controls: true if one was changed; *r becomes what is below. */
static inline bool chart_controls(struct frame *f, struct rect *r,
                                  const struct control *c)
{
    const float gap = f->narrow ? 10 : 16;
    bool changed = false;
    for (int n; c->kind; c += n) {
        /* take as many as fit into a row */
        float used = 0, grows = 0, high = 30;
        for (n = 0; c[n].kind; n++) {
            float w = control_width(&c[n], r->w);
            if (n > 0 && used + w > r->w)
                break;
            used += w + gap, grows += control_grows(f, &c[n]);
            high = c[n].kind == CONTROL_SLIDER ? 44 : high;
        }
        float x = r->x, more = fmaxf(0, r->w + gap - used) / fmaxf(grows, 1);
        for (int i = 0; i < n; i++) {
            float h = c[i].kind == CONTROL_SLIDER ? 44 : 30;
            float w = control_width(&c[i], r->w);
            if (control_grows(f, &c[i]))
                w += c[i].kind == CONTROL_FIELD ? more : fminf(more, 160);
            struct rect at = { x, r->y + (high - h) / 2, w, h };
            changed |= control_draw(f, at, &c[i]);
            x += w + gap;
        }
        r->y += high + 10, r->h -= high + 10;
    }
    return changed;
}

static inline bool panel_exists(const struct panel *p)
{
    return p->map || p->draw || p->series->marks || p->handle->x || p->over;
}

static inline float row_share(const struct frame *f, const struct panel *p)
{
    return share_of(f->narrow && p->tall > 0 ? p->tall : p->high);
}

static inline bool row_begins(const struct frame *f, const struct panel *p)
{
    return p->below || (f->narrow && !p->beside);
}

static inline void chart_panels(struct frame *f, struct rect r,
                                struct panel *panel)
{
    const float gap = f->narrow ? 12 : 24;
    float all = 0, rows = 0, wide, y = r.y;
    struct panel *p = panel, *q;
    for (; panel_exists(p); p++)
        if (p == panel || row_begins(f, p))
            all += row_share(f, p), rows++;
    for (p = panel; panel_exists(p); p = q) {
        float x = r.x, n = 0, h = (r.h - 12 * (rows - 1)) * row_share(f, p)
                                  / all;
        wide = 0, q = p;
        do
            wide += share_of(q->wide), n++, q++;
        while (panel_exists(q) && !row_begins(f, q));
        for (; p < q; p++) {
            float w = (r.w - gap * (n - 1)) * share_of(p->wide) / wide;
            panel_draw(f, (struct rect){ x, y, w, h }, p);
            x += w + gap;
        }
        y += h + 12;
    }
}

static inline void chart_compute(const struct chart *c)
{
    if (c->compute)
        c->compute();
}

/* chart_frame: draws the chart; true wants another frame. */
static inline bool chart_frame(struct frame *f, struct chart *c)
{
    struct rect r = frame_inside(f);
    if (!f->computed)
        chart_compute(c);
    f->computed = true;
    if (chart_controls(f, &r, c->control))
        chart_compute(c);
    chart_panels(f, r, c->panel);
    return !f->computed;
}

static inline void table_number(FILE *out, const char *format, float v)
{
    fputc('\t', out);
    fprintf(out, format, (double)v);
}

/* table_place: place x of a panel, by its name if it has one. */
static inline void table_place(FILE *out, const struct panel *p, float x)
{
    if (p->names && x >= 0 && x < (float)p->n_names)
        fputs(p->names[(size_t)x], out);
    else
        fprintf(out, "%.4g", (double)x);
}

static inline bool table_wide(const struct panel *panel)
{
    const struct series *first = NULL;
    for (const struct panel *p = panel; panel_exists(p); p++) {
        if (p->map)
            return false;
        for (const struct series *s = p->series; s->marks; s++) {
            if (!s->name)
                continue;
            first = first ? first : s;
            if (s->n != first->n || s->x != first->x || !s->of != !first->of)
                return false;
        }
    }
    return first != NULL;
}

/* chart_lists: the table of a figure of words with weights (n), and of names
 * with chances (m). */
static inline void chart_lists(FILE *out, const char *const *words,
    const float *weights, size_t n, const char *const *names,
    const float *chances, size_t m)
{
    fprintf(out, "of\tat\tvalue\n");
    for (size_t i = 0; i < n + m; i++)
        fprintf(out, "%s\t%s\t%.3f\n", i < n ? "weight" : "chance",
                i < n ? words[i] : names[i - n],
                (double)(i < n ? weights[i] : chances[i - n]));
}

static inline void table_columns(FILE *out, const struct panel *panel)
{
    struct span x = { 0, 1 }, y;
    char name[96];
    size_t n = 0;
    fputs(panel->x ? text_fitting(name, panel->x, 1, 999) : "x", out);
    for (const struct panel *p = panel; panel_exists(p); p++)
        for (const struct series *s = p->series; s->marks; s++)
            if (s->name)
                fprintf(out, "\t%s", text_fitting(name, s->name, 1, 999)),
                n = series_count(s, 11);
    panel_spans(panel, &x, &y);
    for (size_t i = 0; i < n; i++) {
        int column = 0;
        fputc('\n', out);
        for (const struct panel *p = panel; panel_exists(p); p++)
            for (const struct series *s = p->series; s->marks; s++) {
                if (!s->name)
                    continue;
                float *data = series_data(p, s, x.lo, x.hi, n);
                if (column++ == 0)
                    table_place(out, p, data[i]);
                table_number(out, format_of(p, s), data[n + i]);
                free(data);
            }
    }
    fputc('\n', out);
}

static inline void table_map(FILE *out, const struct panel *p)
{
    const char *const *rows = p->look.row_labels, *const *cols
        = p->look.col_labels;
    for (size_t i = 0; i < p->rows * p->cols; i++) {
        size_t row = i / p->cols, col = i % p->cols;
        fprintf(out, "%s%s", p->title ? p->title : "", p->title ? ", " : "");
        rows ? fprintf(out, "%s\t", rows[row])
             : fprintf(out, "row %zu\t", row);
        cols ? fprintf(out, "%s", cols[col]) : fprintf(out, "%zu", col);
        table_number(out, format_of(p, NULL), p->map[i]);
        fputc('\n', out);
    }
}

static inline void table_series(FILE *out, const struct panel *p,
                                const struct series *s)
{
    const size_t n = s->name ? series_count(s, 11) : 0;
    char name[96];
    struct span x, y;
    panel_spans(p, &x, &y);
    float *data = series_data(p, s, x.lo, x.hi, n);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s\t", text_fitting(name, s->name, 1, 999));
        table_place(out, p, data[i]);
        table_number(out, format_of(p, s), data[n + i]);
        fputc('\n', out);
    }
    free(data);
}

/* chart_table: the numbers of the chart, fields between tabs. */
static inline void chart_table(struct chart *c, FILE *out)
{
    chart_compute(c);
    if (c->table) {
        c->table(out);
        return;
    }
    if (table_wide(c->panel)) {
        table_columns(out, c->panel);
        return;
    }
    fputs("of\tat\tvalue\n", out);
    for (const struct panel *p = c->panel; panel_exists(p); p++) {
        if (p->map)
            table_map(out, p);
        for (const struct series *s = p->series; s->marks; s++)
            table_series(out, p, s);
    }
}
#endif
