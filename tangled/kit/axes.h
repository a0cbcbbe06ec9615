/* axes.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum port_kind, struct port, struct axis, axis_find,
 * struct term, port_source, port_fit, axis_set, axis_there, axis,
 * axes_reason, axes_text, port_refuse */

/* axes.h -- arrays whose axes have names, held against each other. For
 * ports.h, which includes it. */
#ifndef AXES_H
#define AXES_H
#include "kit/npy.h"

/* PORT_NUMBERS: of any type of NumPy but complex ones. PORT_WHOLE: the same,
 * but each is a whole number. PORT_OUT: is written, as float32. */
enum port_kind { PORT_NUMBERS, PORT_WHOLE, PORT_OUT };

/* An array in or out; a table of them ends with a name of NULL. It is read
 * and written by the option --NAME FILE.npy. */
struct port {
    const char *name, *axes, *help;  /* "wk", "D H*dk", "makes keys" */
    enum port_kind kind;
    const char *range;      /* NULL: finite, or for PORT_WHOLE from 0 */
    const char *instead;    /* the port that serves if this is not given */
    /* The rest is for ports.h; a program may look at shape and count. */
    const char *path;
    char *label;            /* for messages: "--wk k.npy" */
    size_t rank, shape[ARRAY_RANK], count;
    double *values;
    const float *stored;    /* of a tensor: its numbers in the file */
    void *as[4];            /* the values in other types, when asked for */
    struct output *output;
    bool taken, wanted;     /* by the mode; is the output written, printed */
};

/* ---- implementation ---------------------------------------------------- */

enum { PORTS_MOST = 256, AXES_MOST = 48 };

struct axis {
    char name[24];
    size_t size;              /* 0: not known */
    int there;                /* "B?": 1 there, -1 missing, 0 not known */
    const struct port *port;  /* whose array set the size; or else: */
    char option[104];         /* "--heads" */
};

static struct {
    struct port *table;                       /* of the program */
    struct port *all[PORTS_MOST];             /* (count): given inputs */
    size_t count;
    struct axis axes[AXES_MOST];
    size_t fixed;          /* of axes; these were set by axis_set */
} ports_state;

/* axis_find: the axis of that name; one that is new is not known. */
static inline struct axis *axis_find(const char *word, size_t n)
{
    struct axis *a = ports_state.axes;
    while (a->name[0] && (strlen(a->name) != n || strncmp(a->name, word, n)))
        a++;
    REQUIRE(a < ports_state.axes + AXES_MOST - 1 && n < sizeof a->name);
    memcpy(a->name, word, n);
    return a;
}

/* What a word says: known is the sum of its known products; times the open
 * axis, if opens is 1, is the rest. */
struct term { size_t known, times, opens; struct axis *open; };

static inline size_t size_times(size_t a, size_t b)
{
    return __builtin_mul_overflow(a, b, &a) ? SIZE_MAX : a;
}

static inline struct term term_of(struct words word)
{
    struct term t = { 0 };
    for (struct words w = words_in(word.at, word.n, "+?"); words_next(&w); ) {
        size_t product = 1, opens = 0;
        for (struct words f = words_in(w.at, w.n, "*"); words_next(&f); ) {
            size_t number = isdigit((unsigned char)*f.at)
                ? strtoul(f.at, NULL, 10) : axis_find(f.at, f.n)->size;
            if (number)
                product = size_times(product, number);
            else
                t.open = axis_find(f.at, f.n), opens++;
        }
        t.opens += opens;
        if (opens)
            t.times = product;
        else if (__builtin_add_overflow(t.known, product, &t.known))
            t.known = SIZE_MAX;
    }
    return t;
}

/* port_source: the port whose array serves for p; NULL: none. */
static inline struct port *port_source(struct port *p)
{
    if (p->path || p->stored || !p->instead)
        return p->path || p->stored ? p : NULL;
    for (struct port *other = ports_state.table; other->name; other++)
        if (!strcmp(other->name, p->instead))
            return port_source(other);
    REQUIRE(!"the port that serves instead is in the table");
    return NULL;
}

static inline bool axis_settle(struct words word, bool there,
                               const struct port *from);
_Noreturn static inline void port_misfit(const struct port *p,
    const struct port *from, const struct words *word);

/* port_fit: learns sizes from an array; true if one is new. Fails if the
 * array does not fit what is known. An optional axis counts as there or
 * missing by the number of axes that the array has. */
static inline bool port_fit(struct port *p)
{
    const struct port *from = port_source(p);
    size_t n = 0, may_miss = 0, at = 0;
    for (struct words w = words_of(p->axes, " "); words_next(&w); n++)
        may_miss += w.at[w.n - 1] == '?';
    if (from->rank > n || from->rank + may_miss < n)
        port_misfit(p, from, NULL);
    size_t missing = n - from->rank;
    bool news = false;
    for (struct words w = words_of(p->axes, " "); words_next(&w); ) {
        bool optional = w.at[w.n - 1] == '?', there = !optional || !missing;
        if (optional && !axis_settle(w, there, from))
            port_misfit(p, from, &w);
        missing -= !there;
        size_t size = there ? from->shape[at++] : 1;
        struct term t = term_of(w);
        size_t rest = size - t.known;
        if (t.opens == 0 ? size != t.known
            : t.opens == 1 && (size <= t.known || rest % t.times))
            port_misfit(p, from, &w);
        if (t.opens == 1)
            t.open->size = rest / t.times, t.open->port = from, news = true;
    }
    return news;
}

static inline void ports_fit(void)
{
    memset(ports_state.axes + ports_state.fixed, 0,
           (AXES_MOST - ports_state.fixed) * sizeof *ports_state.axes);
    for (size_t i = 0; i < ports_state.fixed; i++)
        ports_state.axes[i].there = 0;
    for (bool news = true; news; ) {
        news = false;
        for (size_t i = 0; i < ports_state.count; i++)
            news |= port_fit(ports_state.all[i]);
    }
}

static inline bool axis_settle(struct words word, bool there,
                               const struct port *from)
{
    struct axis *a = axis_find(word.at, word.n - 1);
    if (a->there)
        return (a->there > 0) == there;
    a->there = there ? 1 : -1;
    if (!a->size && !there)
        a->size = 1, a->port = from;
    return true;
}

/* axis_set: the axis has this size, which option said: "--heads", or
 * "--load run.safetensors". Fails if the arrays do not fit it. */
static inline void axis_set(const char *name, size_t size, const char *option)
{
    struct axis a = { .size = size };
    REQUIRE(size > 0 && strlen(name) < sizeof a.name);
    REQUIRE(ports_state.fixed < AXES_MOST / 2);
    strcpy(a.name, name);
    strcpy(a.option, shown(option));
    ports_state.axes[ports_state.fixed++] = a;
    ports_fit();
}

/* axis_there: an output has the optional axis of that name. */
static inline void axis_there(const char *name)
{
    axis_find(name, strlen(name))->there = 1;
}

/* axis: the size of an axis. It must be known; size_t n = axis("n"). */
static inline size_t axis(const char *name)
{
    size_t size = axis_find(name, strlen(name))->size;
    REQUIRE(size > 0);
    return size;
}

/* axes_reason: ": H is 3 by --heads; ..." for the axes in a word or range
 * that another array or an option set. */
static inline void axes_reason(char out[512], struct words text,
                               const struct port *except)
{
    char shape[ARRAY_TEXT], is[32];
    size_t used = 0;
    text = words_in(text.at, text.n, "*+?-.<");
    while (words_next(&text) && used < 300) {
        const struct axis *a = axis_find(text.at, text.n);
        if (!a->size || (!*a->option && (!a->port || a->port == except)))
            continue;
        used += (size_t)snprintf(out + used, 40, "%s%s is ",
                                 used ? "; " : ": ", a->name);
        snprintf(is, sizeof is, a->there < 0 ? "missing in" : "%zu by",
                 a->size);
        used += (size_t)snprintf(out + used, 512 - used, "%s %s%s%s", is,
            *a->option ? a->option : a->port->label,
            *a->option ? "" : ", ", *a->option ? "" : array_shape_text(shape,
            a->port->rank, a->port->shape));
    }
}

/* axes_text: the axes as a shape: "(B?, n, C)"; without the question mark,
 * or without the axis, if it is known whether it is there. */
static inline const char *axes_text(char out[128], const char *axes)
{
    size_t n = 0, at = (size_t)snprintf(out, 128, "(");
    for (struct words w = words_of(axes, " "); words_next(&w) && at < 96; ) {
        bool optional = w.at[w.n - 1] == '?';
        int there = optional ? axis_find(w.at, w.n - 1)->there : 0;
        if (there >= 0)
            at += (size_t)snprintf(out + at, 128 - at, "%s%.*s",
                n++ ? ", " : "", (int)w.n - there, w.at);
    }
    snprintf(out + at, 128 - at, n == 1 ? ",)" : ")");
    return out;
}

_Noreturn static inline void port_misfit(const struct port *p,
    const struct port *from, const struct words *word)
{
    char found[ARRAY_TEXT], wanted[128], reason[512] = "";
    if (word)
        axes_reason(reason, *word, from);
    fail("%s: the shape %s is not %s%s", from->label,
         array_shape_text(found, from->rank, from->shape),
         axes_text(wanted, p->axes), reason);
}

/* port_refuse: fails with "--NAME FILE: " and the message. */
__attribute__((format(printf, 2, 3))) _Noreturn static inline void
port_refuse(size_t i, const char *format, ...)
{
    char message[512];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    fail("%s: %s", ports_state.table[i].label, message);
}

#endif

