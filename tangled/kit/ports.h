/* ports.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: port_bad, ports_read, ports_read_tensors, port_values,
 * port_narrow, port_as, port_doubles, port_floats, port_sizes,
 * port_integers, port_bools, port_given, port_shape, port_give,
 * port_give_floats, port_lacks, ports_commit, ports_free */

/* ports.h -- the arrays of a program: their axes are named in a table, and
 * what does not fit is refused. Include safetensors.h before for tensors. */
#ifndef PORTS_H
#define PORTS_H
#include "kit/axes.h"

static inline void port_read(struct port *p)
{
    struct numbers n = npy_read_numbers(p->path);
    p->rank = n.rank, p->count = n.count, p->values = n.data;
    memcpy(p->shape, n.shape, sizeof p->shape);
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

/* port_bad: fails, as element i is x, not what it should be; bounds: the
 * range that it is not in, or NULL. */
_Noreturn static inline void port_bad(const struct port *p, size_t i,
    double x, const char *wanted, const char *bounds)
{
    char reason[512] = "", number[32];
    snprintf(number, sizeof number, "%g", x);
    if (strtod(number, NULL) != x)
        snprintf(number, sizeof number, "%.17g", x);
    struct words range = words_of(bounds, "");
    if (words_next(&range))
        axes_reason(reason, range, NULL);
    fail("%s: element %zu is %s, not %s%s", p->label, i, number,
         wanted, reason);
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
            port_bad(p, i, x, range_words(words, text), text);
        if (whole && x != floor(x))
            port_bad(p, i, x, "a whole number", NULL);
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
            port_bad(p, i, x, types[type].name, NULL);
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
    struct output *all[PORTS_MOST];
    size_t n = 0;
    for (struct port *p = ports_state.table; p && p->name; p++) {
        REQUIRE(p->kind != PORT_OUT || !p->path || p->output);
        if (p->output)
            all[n++] = p->output, p->output = NULL;
    }
    outputs_commit(all, n);
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

