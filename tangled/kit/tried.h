/* tried.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct conforms, struct conforms_test, struct tried,
 * struct leak, tried_new, tried_back, tried_want, conforms_close,
 * conforms_gradients */

#ifndef TRIED_H
#define TRIED_H
#include "kit/check.h"
#include "gradient/differences.h"
#include "gradient/operations.h"

struct conforms {
    const char *golden;        /* first part of the names of files */
    double results, gradients; /* tolerances of PyTorch; 0: 2e-6, 4e-6 */
    double plain;              /* of the plain form; 0: 1e-5 */
    const char *file;
    int line;
};

struct conforms_test {
    const struct operation *op;
    const struct operation_double *twin;
    const struct conforms *how;
    int property;
    bool is_plain;
    struct operation plain;
    struct operation_double plain_twin;
    char name[64];
};

#define PLAIN_FORM(op) \
    ((op).one = NULL, (op).two = NULL, (op).apply = (op).plain)

struct tried { struct test_case t; float *g; size_t n; };

#define CONFORMS_FAIL(c, ...) \
    check_fail((c)->how->file, (c)->how->line, __VA_ARGS__)

enum { CONFORMS_EXAMPLES, CONFORMS_FUTURE, CONFORMS_PADDING };
struct leak {
    int kind;
    size_t cut, shift;      /* the first that changes; S - T */
    const char *rows;       /* "S" if there is a context, or "T" */
    const size_t *lengths;
};

/* tried_new: a test case of op with random inputs and weights g (n) of its
 * results. */
static inline struct tried tried_new(const struct operation *op,
                                     const char *sizes)
{
    struct tried r = { .t = test_case_sized(op, sizes) };
    struct random random = random_new(4, 1);
    const float spread = op->spread > 0 ? op->spread : 1;
    random_normals(r.t.on->values, r.t.on->size, spread, &random);
    tape_reset(r.t.on);
    r.n = operation_apply(op, r.t.on, r.t.in)->count;
    r.g = allocate(r.n, sizeof *r.g);
    random_normals(r.g, r.n, 1, &random);
    return r;
}

/* tried_back: computes the results of r, and adds all gradients. */
static inline void tried_back(struct tried *r)
{
    tape_backward(r->t.on, test_case_loss(&r->t, r->g, r->n));
}

static inline void tried_free(struct tried *r)
{
    tape_free(r->t.on), free(r->g);
}

static inline struct axes weights_axes(const struct operation *op)
{
    return axes_sized(op->weights ? op->weights : "", op->sizes);
}

static inline size_t axes_count(struct axes axes)
{
    size_t n = 1;
    for (size_t a = 0; a < axes.rank; a++)
        n *= axes.n[a];
    return n;
}

/* tried_want: the gradient of input number which and no other; all, if
 * there is none of that number. */
static inline void tried_want(struct tried *r, size_t which)
{
    for (size_t i = 0; r->t.op->inputs[which].name && i < OPERANDS; i++)
        if (i != which && r->t.in[i])
            r->t.in[i]->grad = NULL;
}

/* conforms_close: got and want, of this shape, to atol + rtol |want|. */
static inline void conforms_close(const struct conforms_test *c,
    const char *what, const char *name, struct axes axes, const float *got,
    const float *want, double atol, double rtol)
{
    size_t bad = 0, first = 0, n = axes_count(axes);
    char place[64];
    for (size_t i = n; i-- > 0; )
        if (!check_near((double)got[i], (double)want[i], atol, rtol))
            bad++, first = i;
    place_told(place, axes, first);
    if (bad)
        CONFORMS_FAIL(c, "%s: %s %s, element %zu (%s): %.9g, not %.9g; %zu "
                      "of %zu are off", c->name, what, name, first, place,
                      (double)got[first], (double)want[first], bad, n);
}

static inline void threads_are(int n)
{
    (void)n;
#ifdef _OPENMP
    omp_set_num_threads(n);
#endif
}

/* conforms_gradients: those that both have. */
static inline void conforms_gradients(const struct conforms_test *c,
    const char *what, const struct tried *got, const struct tried *want,
    double near)
{
    for (size_t i = 0; c->op->inputs[i].name; i++)
        if (got->t.in[i]->grad && want->t.in[i]->grad)
            conforms_close(c, what, c->op->inputs[i].name,
                           tensor_axes(got->t.in[i]), got->t.in[i]->grad,
                           want->t.in[i]->grad, near, near);
}

static inline struct array conforms_file(const struct conforms_test *c,
                                         const char *what)
{
    char name[160];
    size_t at = (size_t)snprintf(name, 80, "%s-", c->how->golden);
    for (; *what && at < 150; what++)
        if (isalnum((unsigned char)*what))
            name[at++] = *what;
        else if (name[at - 1] != '-')
            name[at++] = '-';
    at -= name[at - 1] == '-';
    strcpy(name + at, ".npy");
    return check_golden_at(name, c->how->file, c->how->line);
}

static inline bool leak_moves(const struct leak *l, const struct tensor *x,
                              const char *shape, size_t element)
{
    const struct places_of b = places_along(x, shape, "B");
    const struct places_of t = places_along(x, shape, "T");
    const struct places_of s = places_along(x, shape, "S");
    const struct places_of rows = *l->rows == 'S' ? s : t;
    if (l->kind == CONFORMS_EXAMPLES)
        return b.size && place_of(b, element) == l->cut;
    if (l->kind == CONFORMS_PADDING)
        return b.size && rows.size && place_of(rows, element)
                                      >= l->lengths[place_of(b, element)];
    return (t.size && place_of(t, element) >= l->cut)
        || (s.size && place_of(s, element) >= l->cut + l->shift);
}

static inline struct leak leak_new(const struct operation *op, int kind)
{
    struct leak l = { kind, 0, 0, operation_has(op, "S") ? "S" : "T",
                      op->lengths };
    if (kind == CONFORMS_FUTURE && *l.rows == 'S')
        l.shift = axis_size("S", op->sizes) - axis_size("T", op->sizes);
    return l;
}

#endif

