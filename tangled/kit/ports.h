/* ports.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: enum port_kind, struct port, struct words, struct axis,
 * axis_find, struct term, port_source, port_fit, axis_set, axis,
 * axis_there, axes_reason, axes_text, port_refuse, ports_read,
 * ports_read_tensors, port_values, port_narrow, port_as, port_doubles,
 * port_floats, port_sizes, port_integers, port_bools, port_given,
 * port_shape, port_give, port_give_floats, port_lacks, ports_commit,
 * ports_free */

/* ports.h -- the arrays of a program: their axes are named in a table, and
 * what does not fit is refused. Include safetensors.h before for tensors. */
#ifndef PORTS_H
#define PORTS_H
#include "kit/npy.h"

/* PORT_NUMBERS: float32 or float64. PORT_WHOLE: also bool and integers; each
 * value is a whole number. PORT_OUT: is written, as float32. */
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

/* The words of a text: for (struct words w = words_of(text, " "); words_next
 * (&w); ) visits each; it is at w.at and w.n long. NULL has none. */
struct words { const char *at, *end, *stops; size_t n; };

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

static inline struct words words_in(const char *text, size_t n,
                                    const char *stops)
{
    return (struct words){ text, text + n, stops, 0 };
}

static inline struct words words_of(const char *text, const char *stops)
{
    return words_in(text ? text : "", text ? strlen(text) : 0, stops);
}

static inline bool words_next(struct words *w)
{
    w->at += w->n, w->n = 0;
    while (w->at < w->end && strchr(w->stops, *w->at))
        w->at++;
    while (w->at + w->n < w->end && !strchr(w->stops, w->at[w->n]))
        w->n++;
    return w->n > 0;
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

/* axis: the size of an axis. It must be known; size_t n = axis("n"). */
static inline size_t axis(const char *name)
{
    size_t size = axis_find(name, strlen(name))->size;
    REQUIRE(size > 0);
    return size;
}

/* axis_there: is the optional axis there, as in an array (B, n, C)? */
static inline bool axis_there(const char *name)
{
    return axis_find(name, strlen(name))->there > 0;
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

static inline void port_read(struct port *p)
{
    struct input input = input_open(p->path);
    struct npy_header header = npy_header_read(&input,
                                               p->kind == PORT_WHOLE);
    const struct array *a = &header.array;
    size_t item = (size_t)(header.type[1] - '0'), bytes;
    if (__builtin_mul_overflow(a->count, item, &bytes))
        fail("%s: its shape is too large", p->label);
    char *data = input_data(&input, bytes);
    input_end(&input);
    p->rank = a->rank, p->count = a->count;
    memcpy(p->shape, a->shape, sizeof p->shape);
    p->values = allocate(p->count, sizeof *p->values);
    bool floats = header.type[0] == 'f' && item == sizeof(float);
    for (size_t i = 0; i < p->count; i++) {
        float narrow;
        memcpy(&narrow, data + (floats ? i * item : 0), floats ? item : 0);
        p->values[i] = floats ? (double)narrow
                              : npy_number(data, i, header.type);
    }
    free(data);
}

static inline void port_add(struct port *p, const char *label)
{
    char text[ARRAY_TEXT];
    REQUIRE(ports_state.count < PORTS_MOST);
    free(p->label);
    p->label = strdup(label);
    REQUIRE(p->label);
    if (p->path && p->kind != PORT_OUT)
        port_read(p);
    if (p->kind != PORT_OUT && p->count == 0)
        fail("%s: the shape %s has no elements", p->label,
             array_shape_text(text, p->rank, p->shape));
    ports_state.all[ports_state.count++] = p;
}

static inline double axis_bound(const char *word)
{
    size_t n = strcspn(word, "-"), less = 0;
    if (word[n])
        REQUIRE(parse_size(&less, word + n + 1));
    return (double)axis_find(word, n)->size - (double)less;
}

_Noreturn static inline void port_bad(const struct port *p, size_t i,
                                      double x, const char *why)
{
    char reason[512] = "", number[32];
    snprintf(number, sizeof number, "%g", x);
    if (strtod(number, NULL) != x)
        snprintf(number, sizeof number, "%.17g", x);
    if (p->range)
        axes_reason(reason, words_of(p->range, ""), NULL);
    fail("%s: element %zu is %s, not %s%s", p->label, i, number, why, reason);
}

static inline double port_value(const struct port *p, size_t i)
{
    return p->values ? p->values[i] : (double)p->stored[i];
}

static inline void port_check(const struct port *p)
{
    char words[96];
    bool whole = p->kind == PORT_WHOLE;
    const char *text = p->range ? p->range : whole ? "0.." : "..";
    if (!strcmp(text, "any"))
        return;
    const struct range range = range_of(text, axis_bound);
    for (size_t i = 0; i < p->count; i++) {
        double x = port_value(p, i);
        if (!range_holds(&range, x))
            port_bad(p, i, x, range_words(words, text));
        if (whole && x != floor(x))
            port_bad(p, i, x, "a whole number");
    }
}

/* ports_read: reads the arrays of a table that were given, fits and checks
 * them. Arrays of tables before stay. */
static inline void ports_read(struct port *table)
{
    char label[256];
    ports_state.table = table;
    for (struct port *p = table; p && p->name; p++) {
        snprintf(label, sizeof label, p->path ? "--%s %s" : "--%s", p->name,
                 p->path ? shown(p->path) : "");
        if (p->path && p->kind != PORT_OUT)
            port_add(p, label);
        else
            free(p->label), p->label = strdup(label);
    }
    for (struct port *p = table; p && p->name; p++)
        if (p->kind != PORT_OUT && !p->path && port_source(p))
            ports_state.all[ports_state.count++] = p;
    ports_fit();
    for (struct port *p = table; p && p->name; p++)
        if (p->kind != PORT_OUT && p->path)
            port_check(p);
}

#ifdef SAFETENSORS_H
/* ports_read_tensors: finds the tensors PREFIX NAME in a file that stays
 * open as long as they are used, fits them among all arrays and checks
 * them. port_values(&table[i]) has their numbers. */
static inline void ports_read_tensors(struct port *table,
    const struct safetensors *file, const char *prefix)
{
    char name[256], label[512];
    for (struct port *p = table; p->name; p++) {
        snprintf(name, sizeof name, "%s%s", prefix, p->name);
        const struct stored *t = safetensors_find(file, name);
        if (!t)
            fail("%s: has no tensor \"%s\"", shown(file->path), name);
        p->stored = safetensors_require(file, name, t->rank, t->shape);
        p->rank = t->rank, p->count = t->count;
        memcpy(p->shape, t->shape, sizeof p->shape);
        snprintf(label, sizeof label, "%s: tensor \"%s\"",
                 shown(file->path), name);
        port_add(p, label);
    }
    ports_fit();
    for (struct port *p = table; p->name; p++)
        port_check(p);
}
#endif

/* port_values, port_narrow: the numbers of a port, such as a tensor, that is
 * not in the program's table, as doubles or as floats. */
static inline const double *port_values(struct port *p)
{
    if (!p->values && p->stored)
        p->values = doubles_of(p->stored, p->count);
    return p->values;
}

static inline const void *port_as(struct port *p, int type);

static inline const float *port_narrow(struct port *p)
{
    return p->stored ? p->stored : port_as(p, 0);
}

/* port_as: the values as float (0), size_t (1), int32_t (2) or bool (3). */
static inline const void *port_as(struct port *p, int type)
{
    static const struct { double low, high; size_t bytes; const char *name; }
        types[] = { { -3.4028235677973366e38, 3.4028235677973366e38,
                      sizeof(float), "in the range of a float" },
                    { 0, 9007199254740992, sizeof(size_t), "a size" },
                    { INT32_MIN, INT32_MAX, 4, "a number of 32 bits" },
                    { 0, 1, sizeof(bool), "0 or 1" } };
    if (!p || p->as[type])
        return p ? p->as[type] : NULL;
    void *out = p->as[type] = allocate(p->count, types[type].bytes);
    for (size_t i = 0; i < p->count; i++) {
        double x = p->values[i];
        if (isfinite(x) && !(x > types[type].low - 1 && x >= types[type].low
                             && x <= types[type].high))
            port_bad(p, i, x, types[type].name);
        switch (type) {
        case 0: ((float *)out)[i] = (float)x; break;
        case 1: ((size_t *)out)[i] = (size_t)x; break;
        case 2: ((int32_t *)out)[i] = (int32_t)x; break;
        default: ((bool *)out)[i] = x != 0;
        }
    }
    return out;
}

static inline struct port *port_at(size_t i)
{
    return port_source(&ports_state.table[i]);
}

/* port_doubles: the numbers of port i, or of the one that serves instead;
 * NULL: there are none. They are good until the program ends. */
static inline const double *port_doubles(size_t i)
{
    return port_at(i) ? port_values(port_at(i)) : NULL;
}

/* port_floats: the same as floats; port_sizes, port_integers, port_bools: as
 * whole numbers. */
static inline const float *port_floats(size_t i)
{
    return port_at(i) ? port_narrow(port_at(i)) : NULL;
}

static inline const size_t *port_sizes(size_t i)
{
    return port_as(port_at(i), 1);
}

static inline const int32_t *port_integers(size_t i)
{
    return port_as(port_at(i), 2);
}

static inline const bool *port_bools(size_t i)
{
    return port_as(port_at(i), 3);
}

/* port_given: was the array given? Of an output: is it wanted, because it
 * was named, or because none was named and all are printed? */
static inline bool port_given(size_t i)
{
    const struct port *p = &ports_state.table[i];
    return p->kind == PORT_OUT ? p->wanted : p->path != NULL;
}

/* port_shape: sets the shape of an output. Returns an axis of it that is not
 * known, or NULL. */
static inline const struct axis *port_shape(struct port *p)
{
    p->rank = 0;
    for (struct words w = words_of(p->axes, " "); words_next(&w); ) {
        struct term t = term_of(w);
        if (w.at[w.n - 1] == '?' && axis_find(w.at, w.n - 1)->there <= 0)
            continue;
        if (t.opens)
            return t.open;
        REQUIRE(p->rank < ARRAY_RANK);
        p->shape[p->rank++] = t.known;
    }
    return NULL;
}

static inline void print_array(const char *name, const struct array *a)
{
    char text[ARRAY_TEXT];
    size_t n = a->rank ? a->shape[a->rank - 1] : 1;
    printf("%s %s\n", name, array_text(text, a));
    for (size_t i = 0; i < a->count; i++)
        printf("%10.4f%s", (double)a->data[i], (i + 1) % n ? "" : "\n");
}

/* port_give: the result x has the shape of output i. It is printed, or goes
 * to the file that was named. Fails if it is not finite, unless the port's
 * range is "any". Does nothing if the output is not wanted. */
static inline void port_give(size_t i, const double *x)
{
    struct port *p = &ports_state.table[i];
    REQUIRE(p->kind == PORT_OUT && !port_shape(p));
    if (!port_given(i))
        return;
    struct array a;
    if (p->range) {
        a = array_new(p->rank, p->shape);
        for (size_t l = 0; l < a.count; l++)
            a.data[l] = (float)x[l];
    } else {
        a = array_rounded(p->label, x, p->rank, p->shape);
    }
    if (p->path)
        p->output = npy_open(p->path, &a);
    else
        print_array(p->name, &a);
    array_free(&a);
}

/* port_give_floats: the same for floats. */
static inline void port_give_floats(size_t i, const float *x)
{
    struct port *p = &ports_state.table[i];
    REQUIRE(p->kind == PORT_OUT && !port_shape(p));
    size_t count = 1;
    for (size_t l = 0; l < p->rank; l++)
        count = size_product(count, p->shape[l]);
    double *wide = doubles_of(x, count);
    port_give(i, wide);
    free(wide);
}

static inline bool axes_have(const char *axes, const char *name)
{
    for (struct words w = words_of(axes, " *+?"); words_next(&w); )
        if (w.n == strlen(name) && !strncmp(w.at, name, w.n))
            return true;
    return false;
}

/* port_lacks: the input that the shape of this output waits for, or NULL. */
static inline const struct port *port_lacks(struct port *out)
{
    const struct axis *open = port_shape(out);
    for (struct port *p = ports_state.table; open && p->name; p++)
        if (p->kind != PORT_OUT && p->taken && !port_source(p)
            && axes_have(p->axes, open->name))
            return p;
    return NULL;
}

/* ports_commit: the outputs get their names. */
static inline void ports_commit(void)
{
    for (struct port *p = ports_state.table; p && p->name; p++) {
        REQUIRE(p->kind != PORT_OUT || !p->path || p->output);
        if (p->output)
            output_commit(p->output);
        p->output = NULL;
    }
}

static inline void port_free(struct port *p)
{
    free(p->label), free(p->values);
    for (size_t i = 0; i < sizeof p->as / sizeof *p->as; i++)
        free(p->as[i]), p->as[i] = NULL;
    p->label = NULL, p->values = NULL, p->stored = NULL;
}

/* ports_free: forgets all arrays and axes. */
static inline void ports_free(void)
{
    for (size_t i = 0; i < ports_state.count; i++)
        port_free(ports_state.all[i]);
    for (struct port *p = ports_state.table; p && p->name; p++)
        port_free(p);
    memset(&ports_state, 0, sizeof ports_state);
}

#endif

