/* tables_test.c -- hostile command lines for all programs, from what they say
 * of themselves: PROGRAM --describe prints the tables of its modes, options
 * and ports. Each case is a command line that would do, but for one fault, and
 * must be refused by the rule of refused.h, in less than 500 bytes. The short
 * run takes a sample of the cases, the long one all. */
#include "lib/refused.h"
#include <ctype.h>

enum { MOST = 96, AXES = 40, TEXT = 400, LINE = 9000, SAMPLE = 23 };

/* --------------------------------------------------------- the tables -- */

struct mode { char when[TEXT], needs[TEXT], takes[TEXT], words[TEXT]; };
struct option {
    char name[64], kind[16], argument[96], range[64], axis[32], value[TEXT];
};
struct port {
    char name[64], kind[16], axes[128], range[64], instead[64];
};

static struct {
    char name[64];
    struct mode modes[MOST];
    struct option options[MOST];
    struct port ports[MOST];
    size_t n_modes, n_options, n_ports;
} program;

/* The fields of a line, between tabs, into texts of these sizes; - is "". */
static void fields(char *line, size_t n, char *const *texts,
                   const size_t *sizes)
{
    strsep(&line, "\t");
    for (size_t i = 0; i < n; i++) {
        const char *field = strsep(&line, "\t");
        EXPECT(field && strlen(field) < sizes[i], "a line of --describe");
        strcpy(texts[i], strcmp(field, "-") ? field : "");
    }
}

#define FIELDS(...) fields(line, sizeof((char *[]){ __VA_ARGS__ })          \
                           / sizeof(char *), (char *[]){ __VA_ARGS__ },     \
                           sizes)

static bool described(const char *name)
{
    memset(&program, 0, sizeof program);
    strcpy(program.name, name);
    struct outcome *outcome = run("%s --describe", name);
    if (outcome->status != 0)
        return false;
    char *rest = outcome->out, *line;
    while ((line = strsep(&rest, "\n")) && *line) {
        if (!strncmp(line, "mode\t", 5)) {
            struct mode *m = &program.modes[program.n_modes++];
            const size_t sizes[] = { TEXT, TEXT, TEXT, TEXT };
            FIELDS(m->when, m->needs, m->takes, m->words);
        } else if (!strncmp(line, "option\t", 7)) {
            struct option *o = &program.options[program.n_options++];
            const size_t sizes[] = { 64, 16, 96, 64, 32, TEXT };
            FIELDS(o->name, o->kind, o->argument, o->range, o->axis,
                   o->value);
        } else if (!strncmp(line, "port\t", 5)) {
            struct port *p = &program.ports[program.n_ports++];
            const size_t sizes[] = { 64, 16, 128, 64, 64 };
            FIELDS(p->name, p->kind, p->axes, p->range, p->instead);
        }
    }
    assert_true(program.n_modes < MOST && program.n_options < MOST
                && program.n_ports < MOST && program.n_modes > 0);
    return true;
}

/* The words of a text, one after the other: for (w = text; word(name, &w); )
 * gives each in name. */
static bool word(char name[64], const char **rest, const char *stops)
{
    *rest += strspn(*rest, stops);
    size_t n = strcspn(*rest, stops);
    assert_true(n < 64);
    snprintf(name, 64, "%.*s", (int)n, *rest);
    *rest += n;
    return n > 0;
}

static struct option *option(const char *name)
{
    size_t n = strcspn(name, "=");
    for (size_t i = 0; i < program.n_options; i++)
        if (strlen(program.options[i].name) == n
            && !strncmp(program.options[i].name, name, n))
            return &program.options[i];
    EXPECT(false, "%s has no option %s", program.name, name);
    return NULL;
}

static struct port *port(const char *name)
{
    for (size_t i = 0; i < program.n_ports; i++)
        if (!strcmp(program.ports[i].name, name))
            return &program.ports[i];
    return NULL;
}

static bool is(const struct option *o, const char *kind)
{
    return !strcmp(o->kind, kind);
}

/* --------------------------------------------- what a command line is -- */

/* The options of a command line, in order, and their values. */
struct line {
    const struct option *options[MOST];
    char values[MOST][TEXT];
    size_t n;
    char last[TEXT]; /* what follows them */
};

static size_t place(const struct line *l, const struct option *o)
{
    size_t i = 0;
    while (i < l->n && l->options[i] != o)
        i++;
    return i;
}

static void give(struct line *l, const struct option *o, const char *value)
{
    size_t i = place(l, o);
    l->n += i == l->n;
    assert_true(l->n < MOST);
    l->options[i] = o;
    snprintf(l->values[i], TEXT, "%s", value);
}

static void take_back(struct line *l, const struct option *o)
{
    size_t i = place(l, o);
    if (i == l->n)
        return;
    for (l->n--; i < l->n; i++) {
        l->options[i] = l->options[i + 1];
        strcpy(l->values[i], l->values[i + 1]);
    }
}

static void text_of(char out[LINE], const struct line *l)
{
    size_t at = (size_t)snprintf(out, LINE, "%s", program.name);
    for (size_t i = 0; i < l->n; i++) {
        at += (size_t)snprintf(out + at, LINE - at, " --%s",
                               l->options[i]->name);
        if (!is(l->options[i], "flag"))
            at += (size_t)snprintf(out + at, LINE - at, " '%s'",
                                   l->values[i]);
        assert_true(at < LINE - 2 * TEXT);
    }
    snprintf(out + at, LINE - at, " %s", l->last);
}

/* Does "kind=dot" or "kind" hold for a command line? */
static bool holds(const struct line *l, const char *name)
{
    const struct option *o = option(name);
    size_t i = place(l, o), n = strlen(o->name);
    if (!name[n])
        return i < l->n;
    return !strcmp(name + n + 1, i < l->n ? l->values[i] : o->value);
}

static bool among(const char *words, const struct option *o)
{
    char name[64];
    while (word(name, &words, " "))
        if (option(name) == o)
            return true;
    return false;
}

/* The alternative of when that holds, without the "|"; NULL: none. */
static const char *alternative(const struct line *l, const char *when)
{
    static char one[TEXT];
    char name[64];
    do {
        size_t n = strcspn(when, "|");
        snprintf(one, sizeof one, "%.*s", (int)n, when);
        bool all = true;
        for (const char *w = one; word(name, &w, " "); )
            all &= holds(l, name);
        if (all)
            return one;
        when += n + (when[n] == '|');
    } while (*when);
    return NULL;
}

/* Would the tables let these options pass? */
static bool may_pass(const struct line *l)
{
    const struct mode *m = program.modes, *end = m + program.n_modes;
    const char *one = NULL;
    char name[64];
    while (m < end && !(one = alternative(l, m->when)))
        m++;
    if (m == end)
        return false;
    for (size_t i = 0; i < l->n; i++)
        if (!among(one, l->options[i]) && !among(m->needs, l->options[i])
            && !among(m->takes, l->options[i])
            && strcmp(l->options[i]->name, "threads"))
            return false;
    for (const char *w = m->needs; word(name, &w, " "); )
        if (!holds(l, name))
            return false;
    return true;
}

/* ------------------------------------------------------- the sizes -- */

static struct { char name[64]; size_t size; } axes[AXES];

/* Each name gets a size of its own, from 2 on. */
static size_t axis_size(const char *name)
{
    size_t i = 0;
    if (isdigit((unsigned char)*name))
        return strtoul(name, NULL, 10);
    while (i < AXES && axes[i].size && strcmp(axes[i].name, name))
        i++;
    assert_true(i < AXES);
    if (!axes[i].size) {
        strcpy(axes[i].name, name);
        axes[i].size = i + 2;
    }
    return axes[i].size;
}

/* "B?", "H*dk", "dq+dk" */
static size_t word_size(const char *text)
{
    char sum[64], factor[64];
    size_t size = 0;
    while (word(sum, &text, "+?")) {
        size_t product = 1;
        for (const char *f = sum; word(factor, &f, "*"); )
            product *= axis_size(factor);
        size += product;
    }
    return size;
}

/* If a port is not given, another one serves for it, and their axes are the
 * same, name by name. */
static void serve(const struct line *l)
{
    for (size_t i = 0; i < program.n_ports; i++) {
        const struct port *p = &program.ports[i], *by = port(p->instead);
        if (!by || place(l, option(p->name)) < l->n)
            continue;
        char a[64], b[64];
        const char *x = p->axes, *y = by->axes;
        while (word(a, &x, " ?") && word(b, &y, " ?")) {
            size_t size = word_size(b);
            axis_size(a);
            for (size_t k = 0; k < AXES && !strpbrk(a, "*+"); k++)
                if (axes[k].size && !strcmp(axes[k].name, a))
                    axes[k].size = size;
        }
    }
}

static size_t port_shape(const struct port *p, size_t shape[16])
{
    size_t words = 0, rank = 0;
    char name[64];
    for (const char *w = p->axes; word(name, &w, " "); )
        words++;
    for (const char *w = p->axes; word(name, &w, " "); words--)
        if (words <= 4 || !strchr(name, '?'))   /* no more optional ones */
            shape[rank++] = word_size(name);
    return rank;
}

static double bound(const char *text, size_t n)
{
    char copy[64], *minus;
    snprintf(copy, sizeof copy, "%.*s", (int)n, text);
    char *end;
    double number = strtod(copy, &end);
    if (!*end)
        return number;
    minus = strchr(copy, '-');
    if (minus)
        *minus = 0;
    return (double)axis_size(copy) - (minus ? strtod(minus + 1, NULL) : 0);
}

/* The bounds of "1..m", "0<..", "-inf.."; whole numbers begin at 0. */
static void bounds(double *low, double *high, const char *range, bool whole)
{
    const char *dots = strstr(range, "..");
    *low = whole ? 0 : -INFINITY, *high = INFINITY;
    if (!dots)
        return;
    size_t n = (size_t)(dots - range);
    n -= n > 0 && range[n - 1] == '<';
    const char *end = dots + 2 + (dots[2] == '<');
    if (n)
        *low = bound(range, n);
    if (*end)
        *high = bound(end, strlen(end));
}

/* A number that the port takes. */
static double fitting(const struct port *p, size_t i)
{
    double low, high;
    bool whole = !strcmp(p->kind, "whole");
    bounds(&low, &high, p->range, whole);
    low = isfinite(low) ? low : 0;
    high = isfinite(high) ? high : low + 1;
    if (whole)
        return low + (double)(i % (size_t)(high - low + 1));
    return low + (high - low) * (.1 + .8 * (double)(i * 7 % 11) / 11);
}

static void write_port(const char *path, const struct port *p,
                       const char *type, size_t rank, const size_t *shape,
                       size_t place_of, double odd)
{
    static unsigned char bytes[8 * NPY_MOST];
    size_t count = shape_count(rank, shape), width = (size_t)(type[2] - '0');
    assert_true(count <= NPY_MOST);
    for (size_t i = 0; i < count; i++) {
        double v = i == place_of ? odd : fitting(p, i);
        float f = (float)v;
        int64_t whole = type[1] == 'f' ? 0 : (int64_t)v;
        memcpy(bytes + i * width, type[1] != 'f' ? (void *)&whole
               : width == 4 ? (void *)&f : (void *)&v, width);
    }
    char header[400];
    npy_header(header, sizeof header, type, rank, shape);
    npy_raw(path, header, bytes, count * width);
}

static void write_ports(const struct line *l)
{
    memset(axes, 0, sizeof axes);
    for (size_t i = 0; i < l->n; i++)
        if (*l->options[i]->axis)
            axis_size(l->options[i]->axis);
    for (size_t i = 0; i < program.n_ports; i++) {
        size_t shape[16];
        port_shape(&program.ports[i], shape);
    }
    for (int again = 0; again < 3; again++)
        serve(l);
    for (size_t i = 0; i < l->n; i++) {
        const struct port *p = port(l->options[i]->name);
        if (!p || !strcmp(p->kind, "out"))
            continue;
        size_t shape[16], rank = port_shape(p, shape);
        write_port(l->values[i], p, "<f8", rank, shape, SIZE_MAX, 0);
    }
}

/* ------------------------------------------------------- the cases -- */

static size_t cases, tried;

/* Is it the turn of this case? */
static bool turn(void)
{
    bool is_turn = whole_run() || cases % SAMPLE == 0;
    cases++;
    tried += is_turn;
    return is_turn;
}

/* A command line is refused, and the message has one of two names. */
static void hostile(const struct line *l, const char *name,
                    const char *other)
{
    char text[LINE];
    text_of(text, l);
    if (!turn())
        return;
    const struct outcome *outcome = bad_program(program.name, text);
    const char *said = outcome->err;
    if (outcome->err_length >= 500)
        COMPLAIN("%s\n  says %zu bytes", text, outcome->err_length);
    if (name && !strstr(said, name) && !(other && strstr(said, other)))
        COMPLAIN("%s\n  does not speak of %s: %s", text, name, said);
}

/* A value for an option, such that the mode goes on. */
static void fitting_value(char out[TEXT], const struct option *o)
{
    const char *ending = strchr(o->argument, '.');
    double low, high;
    bounds(&low, &high, o->range, false);
    if (is(o, "reads") || is(o, "writes"))
        snprintf(out, TEXT, is(o, "reads") ? "%s-in%s" : "%s-out%s",
                 o->name, ending ? ending : "");
    else if (*o->axis)
        snprintf(out, TEXT, "%zu", axis_size(o->axis));
    else if (is(o, "choice"))
        snprintf(out, TEXT, "%.*s", (int)strcspn(o->argument, "|"),
                 o->argument);
    else if (*o->value && strcmp(o->value, "0"))
        snprintf(out, TEXT, "%s", o->value);
    else
        snprintf(out, TEXT, "%g",
                 isfinite(low) ? low + fmin((high - low) / 2, 1) : 1);
}

static void give_fitting(struct line *l, const char *name)
{
    const struct option *o = option(name);
    char value[TEXT] = "";
    fitting_value(value, o);
    give(l, o, name[strlen(o->name)] ? name + strlen(o->name) + 1 : value);
}

static void bad_numbers(const struct line *base, const struct option *o)
{
    struct line l = *base;
    double low, high;
    char value[64];
    bounds(&low, &high, o->range, false);
    EACH(text, "x", "", "1x", "nan", "1e999", " ", "1,5") {
        give(&l, o, *text);
        hostile(&l, o->name, NULL);
    }
    if (is(o, "size") || is(o, "seed"))
        EACH(text, "-1", "1.5", "99999999999999999999999") {
            give(&l, o, *text);
            hostile(&l, o->name, NULL);
        }
    for (int end = 0; end < 2; end++) {
        double over = end ? high + 1 : low - 1;
        snprintf(value, sizeof value, "%.17g", over);
        give(&l, o, value);
        if (isfinite(over))
            hostile(&l, o->name, NULL);
    }
}

/* Files that a program is to read: not there, a folder, or nonsense. If it
 * has to read another one, too, which is not there, it may speak of that. */
static void bad_readings(const struct line *base, const struct option *o)
{
    struct line l = *base;
    bool alone = true;
    for (size_t i = 0; i < base->n; i++)
        alone &= !is(base->options[i], "reads") || base->options[i] == o
              || port(base->options[i]->name) != NULL;
    spill("nonsense", "1 2 3\n", 6);
    spill("empty", "", 0);
    EACH(path, "nowhere", "folder", "empty", "nonsense", "empty/x",
         "/dev/null", "") {
        give(&l, o, *path);
        hostile(&l, !alone ? NULL : **path ? *path : o->name, o->name);
    }
}

static void bad_writings(const struct line *base, const struct option *o,
                         bool quick)
{
    struct line l = *base;
    char path[TEXT], a[301];
    const char *ending = strchr(o->argument, '.');
    ending = ending ? ending : "";
    memset(a, 'a', 300), a[300] = 0;
    spill("empty", "", 0);
    EACH(form, "folder", "folder/", "missing/new", "/proc/new", "empty/new",
         "") {
        snprintf(path, sizeof path, "%s%s", *form, strstr(*form, "new")
                 ? ending : "");
        give(&l, o, path);
        hostile(&l, o->name, *path ? path : NULL);
    }
    snprintf(path, sizeof path, "%s%s", a, ending);
    give(&l, o, path);
    hostile(&l, o->name, "aaaa");
    if (quick) {
        give(&l, o, "/dev/full");
        hostile(&l, o->name, "/dev/full");
    }
    l = *base;
    for (size_t i = 0; i < base->n; i++) {
        bool reads = is(base->options[i], "reads");
        if (base->options[i] == o
            || !(reads || is(base->options[i], "writes"))
            || (!strcmp(o->name, "save")
                && !strcmp(base->options[i]->name, "load")))
            continue;
        give(&l, o, base->values[i]);
        hostile(&l, o->name, base->options[i]->name);
    }
}

/* Can another array tell that an axis of this one has another size? */
static bool axis_is_known(const struct line *l, const struct port *p,
                          const char *name)
{
    char other[64];
    if (isdigit((unsigned char)*name))
        return true;
    for (size_t i = 0; i < l->n; i++) {
        const struct port *q = port(l->options[i]->name);
        if (!strcmp(l->options[i]->axis, name))
            return true;
        if (!q || q == p || !strcmp(q->kind, "out"))
            continue;
        for (const char *w = q->axes; word(other, &w, " ?"); )
            if (!strcmp(other, name))
                return true;
    }
    return false;
}

static void put_bad(const struct port *p, size_t rank, const size_t *shape,
                    size_t at, double odd)
{
    write_port("bad.npy", p, "<f8", rank, shape, at, odd);
}

/* Arrays that do not fit a port, in the place of one that does. */
static void bad_shapes(const struct line *l, const struct port *p)
{
    size_t shape[16], rank = port_shape(p, shape), words = 0, i = 0;
    char name[64];
    for (const char *w = p->axes; word(name, &w, " "); )
        words++;
    shape[rank] = 2;
    put_bad(p, rank + 1, shape, SIZE_MAX, 0);
    if (words == rank)
        hostile(l, "bad.npy", NULL);
    for (const char *w = p->axes; word(name, &w, " ?"); ) {
        if (words-- > rank)   /* an optional one that was left out */
            continue;
        shape[i]++;
        put_bad(p, rank, shape, SIZE_MAX, 0);
        if (axis_is_known(l, p, name))
            hostile(l, "bad.npy", "-in.npy");
        const size_t was = shape[i] - 1;
        shape[i] = 0;
        put_bad(p, rank, shape, SIZE_MAX, 0);
        hostile(l, "bad.npy", NULL);
        shape[i++] = was;
    }
}

static void bad_values(const struct line *l, const struct port *p)
{
    size_t shape[16], rank = port_shape(p, shape);
    size_t at = shape_count(rank, shape) - 1;
    bool whole = !strcmp(p->kind, "whole"), any = !strcmp(p->range, "any");
    double low, high;
    bounds(&low, &high, p->range, whole);
    const struct { double value; bool refused; } odd[] = {
        { NAN, !any }, { INFINITY, !any },
        { -INFINITY, !any && !strstr(p->range, "-inf") },
        { fitting(p, at) + .5, whole }, { low - 1, isfinite(low) },
        { high + 1, isfinite(high) },
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        put_bad(p, rank, shape, at, odd[i].value);
        if (odd[i].refused)
            hostile(l, "bad.npy", NULL);
    }
}

/* All of what NumPy calls whole numbers is read by a port for such. */
static void whole_types(const struct line *l, const struct port *p)
{
    size_t shape[16], rank = port_shape(p, shape);
    char text[LINE];
    text_of(text, l);
    EACH(type, "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8") {
        write_port("bad.npy", p, *type, rank, shape, SIZE_MAX, 0);
        if (!turn())
            continue;
        struct outcome *outcome = run("%s", text);
        if (outcome->status != 0)
            COMPLAIN("%s\n  with %s: %s", text, *type, outcome->err);
    }
}

static void bad_port(const struct line *base, const struct port *p)
{
    struct line l = *base;
    char whole[4096];
    size_t shape[16], rank = port_shape(p, shape), length;
    bad_readings(base, option(p->name));
    give(&l, option(p->name), "bad.npy");
    put_bad(p, rank, shape, SIZE_MAX, 0);
    slurp(whole, sizeof whole, &length, "bad.npy");
    for (size_t cut = 1; cut < length && length < 4095; cut = cut * 3 + 1) {
        spill("bad.npy", whole, length - cut);
        hostile(&l, "bad.npy", NULL);
    }
    bad_shapes(&l, p);
    bad_values(&l, p);
    if (!strcmp(p->kind, "whole"))
        whole_types(&l, p);
    unlink("bad.npy");
}

/* ------------------------------------------------------- the modes -- */

/* Every option that the mode would ignore, beside it. */
static void ignored_options(const struct line *base)
{
    for (size_t i = 0; i < program.n_options; i++) {
        struct line l = *base;
        const struct option *o = &program.options[i];
        if (place(base, o) < base->n || !strcmp(o->name, "threads")
            || !strcmp(o->name, "describe"))
            continue;
        give_fitting(&l, o->name);
        if (!may_pass(&l))
            hostile(&l, "--", NULL);
    }
}

static void missing_options(const struct line *base)
{
    for (size_t i = 0; i < base->n; i++) {
        struct line l = *base;
        take_back(&l, base->options[i]);
        if (l.n > 0 && !may_pass(&l))
            hostile(&l, NULL, NULL);
    }
}

/* Every option of the mode with values that it does not take. */
static void bad_option(const struct line *base, const struct option *o,
                       bool quick)
{
    struct line l = *base;
    if (is(o, "flag")) {
        take_back(&l, o);
        snprintf(l.last, TEXT, "--%s=yes", o->name);
        hostile(&l, o->name, NULL);
        return;
    }
    give_fitting(&l, o->name);
    struct line missing = l;
    take_back(&missing, o);
    snprintf(missing.last, TEXT, "--%s", o->name);
    hostile(&missing, o->name, NULL);
    if (is(o, "choice"))
        EACH(text, "", "nonsense", " ") {
            give(&l, o, *text);
            hostile(&l, o->name, NULL);
        }
    else if (is(o, "writes"))
        bad_writings(&l, o, quick);
    else if (is(o, "reads") && !port(o->name))
        bad_readings(&l, o);
    else if (!is(o, "text") && !is(o, "reads"))
        bad_numbers(&l, o);
}

/* One alternative of a mode, with all that it needs. Modes that do something
 * with arrays are short, and their line must do. */
static void one_way(const struct mode *m, const char *one)
{
    struct line base = { .n = 0 };
    char name[64], text[LINE];
    bool quick = false;
    memset(axes, 0, sizeof axes);
    for (int part = 0; part < 2; part++)
        for (const char *w = part ? m->needs : one; word(name, &w, " "); ) {
            give_fitting(&base, name);
            quick |= port(name) != NULL;
        }
    write_ports(&base);
    for (size_t i = 0; i < base.n; i++)
        give_fitting(&base, base.options[i]->name);
    if (strstr(one, "="))
        for (const char *w = one; word(name, &w, " "); )
            give_fitting(&base, name);
    text_of(text, &base);
    if (quick) {
        struct outcome *outcome = run("%s", text);
        for (size_t i = 0; i < base.n; i++)
            if (is(base.options[i], "writes"))
                unlink(base.values[i]);
        if (outcome->status != 0)
            comment("left out, as it wants more than its tables say: %s: %s",
                    text, outcome->err);
        quick = outcome->status == 0;
    }
    ignored_options(&base);
    missing_options(&base);
    struct line stray = base;
    strcpy(stray.last, "nonsense");
    if (*m->words == 0 && base.n > 0)
        hostile(&stray, "nonsense", NULL);
    const char *const all[] = { one, m->needs, m->takes };
    for (size_t k = 0; k < 3; k++)
        for (const char *w = all[k]; word(name, &w, " "); ) {
            struct line l = base;
            give_fitting(&l, name);
            if (!may_pass(&l))
                continue;
            bad_option(&base, option(name), quick);
            const struct port *p = port(name);
            if (!p || !quick || !strcmp(p->kind, "out"))
                continue;
            write_ports(&l);
            text_of(text, &l);
            const struct outcome *outcome = run("%s", text);
            if (outcome->status == 0)
                bad_port(&l, p);
            else
                comment("left out: %s: %s", text, outcome->err);
            write_ports(&base);
        }
}

static void all_modes(const char *name)
{
    char one[TEXT];
    cases = tried = 0;
    EXPECT(described(name), "%s has no --describe", name);
    char data[4200];
    snprintf(data, sizeof data, "%s/data", root);
    assert_int_equal(symlink(data, "data"), 0);
    mkdir("folder", 0777);
    for (size_t i = 0; i < program.n_modes; i++) {
        const char *when = program.modes[i].when;
        do {
            size_t n = strcspn(when, "|");
            snprintf(one, sizeof one, "%.*s", (int)n, when);
            one_way(&program.modes[i], one);
            when += n + (when[n] == '|');
        } while (*when);
    }
    assert_int_equal(system("rm -rf -- *"), 0);
    comment("%s: %zu of %zu cases", name, tried, cases);
}

#define PROGRAM(name)                                                       \
    static void name##_refuses(void)                                        \
    {                                                                       \
        all_modes(#name);                                                   \
    }
PROGRAM(softmax)
PROGRAM(average)
PROGRAM(score)
PROGRAM(gradient)
PROGRAM(implicit)
PROGRAM(hard)
PROGRAM(recurrence)
PROGRAM(alignment)
PROGRAM(selfattention)
PROGRAM(multihead)
PROGRAM(mask)
PROGRAM(position)
PROGRAM(block)
PROGRAM(encoder)
PROGRAM(bert)
PROGRAM(gpt)
PROGRAM(transformer)
PROGRAM(translation)
PROGRAM(vision)
PROGRAM(fast)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(softmax_refuses), BOTH(average_refuses), BOTH(score_refuses),
        BOTH(gradient_refuses), BOTH(implicit_refuses),
        BOTH(hard_refuses), BOTH(recurrence_refuses),
        BOTH(alignment_refuses), BOTH(selfattention_refuses),
        BOTH(multihead_refuses), BOTH(mask_refuses), BOTH(position_refuses),
        BOTH(block_refuses), BOTH(encoder_refuses),
        BOTH(bert_refuses), BOTH(gpt_refuses), BOTH(transformer_refuses),
        BOTH(translation_refuses), BOTH(vision_refuses),
        BOTH(fast_refuses),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
