/* conforms.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct conforms, struct conforms_test, struct tried,
 * struct places_of, struct leak, tried_new, tried_back, tried_want,
 * conforms_close, conforms_gradients, places_along, conforms_form,
 * conforms_list */

#ifndef CONFORMS_H
#define CONFORMS_H
#include <ctype.h>
#include "kit/check.h"
#include "gradient/differences.h"
#include "gradient/operations.h"

/* CONFORMS(table, .golden = "topic", ...): makes the checks of a table of
 * operations and of table_double.  What follows is a struct conforms. */
#define CONFORMS(table, ...) \
    static const struct conforms table##_how = { \
        .file = __FILE__, .line = __LINE__, __VA_ARGS__ }; \
    __attribute__((constructor)) static void table##_conforms(void) \
    { conforms_list(table, table##_double, &table##_how); }

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
};

struct tried { struct test_case t; float *g; size_t n; };
struct places_of { size_t size, stride; };

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
    for (size_t i = 0; i < r.t.on->size; i++)
        r.t.on->values[i] = spread * random_normal(&random);
    tape_begin(r.t.on);
    r.n = operation_apply(op, r.t.on, r.t.in)->count;
    r.g = allocate(r.n, sizeof *r.g);
    for (size_t i = 0; i < r.n; i++)
        r.g[i] = random_normal(&random);
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

/* tried_want: the gradient of input number which and no other; all, if
 * there is none of that number. */
static inline void tried_want(struct tried *r, size_t which)
{
    for (size_t i = 0; r->t.op->inputs[which].name && i < OPERANDS; i++)
        if (i != which && r->t.in[i])
            r->t.in[i]->grad = NULL;
}

static inline void place_told(char text[64], const struct axes *axes,
                              size_t element)
{
    size_t at = 0, stride = 1, a;
    for (a = 0; a < axes->rank; a++)
        stride *= axes->n[a];
    for (a = 0, *text = '\0'; a < axes->rank && at < 40; a++) {
        stride /= axes->n[a];
        at += (size_t)snprintf(text + at, 64 - at, "%s%zu", a ? ", " : "",
                               element / stride % axes->n[a]);
    }
}

/* conforms_close: got and want, of this shape, to atol + rtol |want|. */
static inline void conforms_close(const struct conforms_test *c,
    const char *what, const char *name, struct axes axes, const float *got,
    const float *want, double atol, double rtol)
{
    size_t bad = 0, first = 0, n = 1;
    char place[64];
    for (size_t a = 0; a < axes.rank; a++)
        n *= axes.n[a];
    for (size_t i = n; i-- > 0; )
        if (!check_near((double)got[i], (double)want[i], atol, rtol))
            bad++, first = i;
    place_told(place, &axes, first);
    if (bad)
        CONFORMS_FAIL(c, "%s: %s %s, element %zu (%s): %.9g, not %.9g; %zu "
                      "of %zu are off", c->op->name, what, name, first, place,
                      (double)got[first], (double)want[first], bad, n);
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

static inline size_t word_length(const char *word)
{
    return strcspn(word, " ");
}

static inline bool words_equal(const char *a, const char *b)
{
    const size_t n = word_length(a);
    return n == word_length(b) && memcmp(a, b, n) == 0;
}

static inline const char *word_next(const char *word)
{
    word += word_length(word);
    return word + strspn(word, " ");
}

static inline bool words_have(const char *list, const char *word)
{
    for (; list && *list; list = word_next(list))
        if (words_equal(list, word))
            return true;
    return false;
}

/* places_along: the axis called word of x, or size 0 if it has none. */
static inline struct places_of places_along(const struct tensor *x,
                                            const char *shape,
                                            const char *word)
{
    struct places_of p = { 0, 1 };
    for (size_t a = 0; shape && *shape; a++, shape = word_next(shape)) {
        p.stride = p.size ? p.stride * x->shape[a] : 1;
        if (!p.size && words_equal(shape, word))
            p.size = x->shape[a];
    }
    return p;
}

static inline size_t place_of(struct places_of p, size_t element)
{
    return element / p.stride % p.size;
}

/* conforms_form: c, or its plain form as an entry of its own; false if it
 * has none. */
static inline bool conforms_form(struct conforms_test *form,
    struct operation *op, struct operation_double *twin,
    const struct conforms_test *c, bool plain)
{
    static char name[128];
    *form = *c, *op = *c->op, *twin = *c->twin;
    form->op = op, form->twin = twin;
    if (!plain)
        return true;
    snprintf(name, sizeof name, "%s, plain", c->op->name);
    op->one = NULL, op->two = NULL, op->apply = op->plain;
    twin->one = NULL, twin->two = NULL, twin->apply = twin->plain;
    op->name = twin->name = name;
    return op->plain != NULL;
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

static inline bool operation_has(const struct operation *op, const char *axis)
{
    for (size_t i = 0; op->inputs[i].name; i++)
        if (words_have(op->inputs[i].shape, axis))
            return true;
    return false;
}

static inline struct leak leak_new(const struct operation *op, int kind)
{
    struct leak l = { kind, 0, 0, operation_has(op, "S") ? "S" : "T",
                      op->lengths };
    if (kind == CONFORMS_FUTURE && *l.rows == 'S')
        l.shift = axis_size("S", op->sizes) - axis_size("T", op->sizes);
    return l;
}

static inline void conforms_shape(const struct conforms_test *c)
{
    const struct operation *op = c->op;
    const char *words[8 * OPERANDS], *shapes[OPERANDS + 2] = { NULL };
    size_t n = 0, s = 0;
    for (; op->inputs[s].name; s++)
        shapes[s] = op->inputs[s].shape;
    shapes[s] = op->out ? op->out : "", shapes[s + 1] = op->weights;
    for (s = 0; s < OPERANDS + 2 && shapes[s]; s++)
        for (const char *w = shapes[s]; *w; w = word_next(w))
            words[n++] = w;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (!words_equal(words[i], words[j]) && axis_size(
                    words[i], op->sizes) == axis_size(words[j], op->sizes))
                CONFORMS_FAIL(c, "%s: the axes %.*s and %.*s are of the same "
                              "size", op->name, (int)word_length(words[j]),
                              words[j], (int)word_length(words[i]), words[i]);
    if (!op->out)
        return;
    struct tried r = tried_new(op, op->sizes);
    tried_back(&r);
    struct axes got = tensor_axes(r.t.out);
    struct axes want = axes_sized(op->out, op->sizes);
    if (memcmp(&got, &want, sizeof got) != 0)
        CONFORMS_FAIL(c, "%s: the result is not of shape %s", op->name,
                      op->out);
    tried_free(&r);
}

static inline void conforms_misfits(const struct conforms_test *c)
{
    const struct operation *op = c->op;
    for (size_t i = 0; op->inputs[i].name; i++) {
        const char *word = op->inputs[i].shape;
        for (size_t a = 0; *word; a++, word = word_next(word)) {
            bool elsewhere = false;
            for (size_t j = 0; op->inputs[j].name; j++)
                elsewhere |= j != i && words_have(op->inputs[j].shape, word);
            if (!elsewhere)
                continue;
            struct tried r = tried_new(op, op->sizes);
            char said[80];
            snprintf(said, sizeof said, "%s: %s with %.*s too short",
                     op->name, op->inputs[i].name, (int)word_length(word),
                     word);
            struct tensor *x = r.t.in[i];
            x->count -= x->count / x->shape[a]--;
            /* let a child apply r, and break a contract */
            struct child child = child_start();
            if (child.process == 0) {
                operation_apply(op, r.t.on, r.t.in);
                _exit(0);
            }
            child_check(child, DIES_REQUIRE, "", said, c->how->file, c->how->line);
            tried_free(&r);
        }
    }
}

static inline void conforms_differences(const struct conforms_test *c)
{
    struct conforms_test form;
    struct operation op;
    struct operation_double twin;
    for (int p = 0; p < 2 && conforms_form(&form, &op, &twin, c, p); p++)
        for (size_t i = 0, at = 0; op.inputs[i].name; i++, at = 0) {
            if (words_have(op.nothing, op.inputs[i].name))
                continue;
            double error = differences_error(&twin, i, &at);
            struct axes axes = axes_sized(op.inputs[i].shape, op.sizes);
            char place[64];
            place_told(place, &axes, at);
            if (!(error <= 1e-6))
                CONFORMS_FAIL(c, "%s: the gradient of %s, element %zu (%s), "
                              "is off by %g of what the differences give",
                              op.name, op.inputs[i].name, at, place, error);
        }
}

static inline void conforms_golden(const struct conforms_test *c)
{
    struct conforms_test f;
    struct operation op;
    struct operation_double twin;
    const double results = c->how->results > 0 ? c->how->results : 2e-6;
    const double near = c->how->gradients > 0 ? c->how->gradients : 4e-6;
    struct array numbers = conforms_file(c, "numbers");
    struct array want = conforms_file(c, c->op->golden ? c->op->golden
                                                       : c->op->name);
    for (int p = 0; p < 2 && conforms_form(&f, &op, &twin, c, p); p++) {
        struct tried r = tried_new(&op, op.sizes);
        size_t size = r.t.on->size, rest = want.count - r.n - size;
        REQUIRE(size + r.n <= numbers.count);
        memcpy(r.t.on->values, numbers.data, size * sizeof *r.g);
        memcpy(r.g, numbers.data + numbers.count - r.n, r.n * sizeof *r.g);
        tried_back(&r);
        /* hold r against want */
        if (want.count < r.n + size || (rest && !(op.weights && r.t.out->weights)))
            CONFORMS_FAIL(c, "%s: the golden file has %zu numbers, not %zu",
                          op.name, want.count, r.n + size);
        conforms_close(&f, "the result", "", tensor_axes(r.t.out), r.t.out->data,
                       want.data, results, results);
        if (rest)
            conforms_close(&f, "the weights", "", axes_sized(op.weights, op.sizes),
                           r.t.out->weights, want.data + r.n, results, results);
        for (size_t i = 0, at = r.n + rest; op.inputs[i].name; i++) {
            conforms_close(&f, "the gradient of", op.inputs[i].name,
                           tensor_axes(r.t.in[i]), r.t.in[i]->grad, want.data + at,
                           near, near);
            at += r.t.in[i]->count;
        }
        tried_free(&r);
    }
    array_free(&numbers), array_free(&want);
}

static inline void conforms_adds(const struct conforms_test *c)
{
    for (size_t which = 0, all = 0; !all; which++) {
        struct tried zero = tried_new(c->op, c->op->sizes);
        struct tried one = tried_new(c->op, c->op->sizes);
        all = !c->op->inputs[which].name;
        tried_want(&zero, which), tried_want(&one, which);
        for (size_t i = 0; i < one.t.on->size; i++)
            one.t.on->grads[i] = 1;
        tried_back(&zero), tried_back(&one);
        for (size_t i = 0; i < one.t.on->size; i++)
            zero.t.on->grads[i] += 1;
        conforms_gradients(c, "added to 1, the gradient of", &one, &zero,
                           1e-5);
        tried_free(&zero), tried_free(&one);
    }
}

static inline void conforms_unwanted(const struct conforms_test *c)
{
    for (size_t which = 0; c->op->inputs[which].name; which++) {
        struct tried all = tried_new(c->op, c->op->sizes);
        struct tried one = tried_new(c->op, c->op->sizes);
        const struct tensor *x = one.t.in[which];
        tried_want(&one, which);
        tried_back(&all), tried_back(&one);
        conforms_gradients(c, "alone, the gradient of", &one, &all, 0);
        for (size_t i = 0; i < one.t.on->size; i++)
            if (one.t.on->grads + i == x->grad)
                i += x->count - 1;
            else if (one.t.on->grads[i] != 0)
                CONFORMS_FAIL(c, "%s: only %s wants a gradient, and another "
                              "gets one", c->op->name, x->name);
        tried_free(&all), tried_free(&one);
    }
}

static inline void threads_are(int n)
{
    (void)n;
#ifdef _OPENMP
    omp_set_num_threads(n);
#endif
}

static inline void conforms_threads(const struct conforms_test *c)
{
    const char *sizes = c->op->large ? c->op->large : c->op->sizes;
    struct tried one = tried_new(c->op, sizes), many;
    tried_back(&one);
    for (size_t n = 2; n <= 5; n++) {
        threads_are((int)n);
        many = tried_new(c->op, sizes);
        tried_back(&many);
        threads_are(1);
        char name[32];
        snprintf(name, sizeof name, "of %zu threads", n);
        conforms_close(c, "the result", name, tensor_axes(one.t.out),
                       many.t.out->data, one.t.out->data, 0, 0);
        snprintf(name, sizeof name, "%zu threads: the gradient of", n);
        conforms_gradients(c, name, &many, &one, 0);
        tried_free(&many);
    }
    tried_free(&one);
}

static inline void conforms_plain(const struct conforms_test *c)
{
    struct conforms_test form;
    struct operation op;
    struct operation_double twin;
    const double near = c->how->plain > 0 ? c->how->plain : 1e-5;
    conforms_form(&form, &op, &twin, c, true);
    struct tried fast = tried_new(c->op, op.sizes);
    struct tried plain = tried_new(&op, op.sizes);
    tried_back(&fast), tried_back(&plain);
    conforms_close(c, "the result", "", tensor_axes(plain.t.out),
                   fast.t.out->data, plain.t.out->data, near, near);
    if (op.weights && fast.t.out->weights && plain.t.out->weights)
        conforms_close(c, "the weights", "", axes_sized(op.weights, op.sizes),
                       fast.t.out->weights, plain.t.out->weights, 1e-6, 1e-6);
    conforms_gradients(c, "the gradient of", &fast, &plain, near);
    tried_free(&fast), tried_free(&plain);
}

static inline void conforms_leak(const struct conforms_test *c,
                                 const struct leak *l)
{
    static const char *const what[] = { "example", "rows from", "padding" };
    struct tried was = tried_new(c->op, c->op->sizes);
    struct tried is = tried_new(c->op, c->op->sizes);
    bool moved = l->kind == CONFORMS_PADDING;
    tried_back(&was);
    /* change the inputs of is as l says */
    for (size_t i = 0; c->op->inputs[i].name; i++) {
        struct tensor *x = is.t.in[i];
        for (size_t e = 0; e < x->count; e++)
            if (leak_moves(l, x, c->op->inputs[i].shape, e))
                x->data[e] = l->kind == CONFORMS_PADDING ? 1e6f
                                                         : 1 - 2 * x->data[e];
    }
    tried_back(&is);
    struct axes axes = tensor_axes(is.t.out);
    for (size_t i = 0; i < is.n; i++) {
        const float *a = was.t.out->data + i, *b = is.t.out->data + i;
        char place[64];
        place_told(place, &axes, i);
        if (leak_moves(l, is.t.out, c->op->out, i))
            moved |= memcmp(a, b, sizeof *a) != 0;
        else if (memcmp(a, b, sizeof *a) != 0)
            CONFORMS_FAIL(c, "%s: the result, element %zu (%s), sees the %s "
                          "%zu: %.9g, not %.9g", c->op->name, i, place,
                          what[l->kind], l->cut, (double)*b, (double)*a);
    }
    if (!moved)
        CONFORMS_FAIL(c, "%s: no result sees the %s %zu, not even its own",
                      c->op->name, what[l->kind], l->cut);
    /* compare the gradients with those before, for padding */
    for (size_t i = 0; i < is.n; i++)
        if (leak_moves(l, is.t.out, c->op->out, i))
            is.g[i] = was.g[i] = 0;
    memset(is.t.on->grads, 0, is.t.on->size * sizeof(float));
    memset(was.t.on->grads, 0, was.t.on->size * sizeof(float));
    tried_back(&is), tried_back(&was);
    if (l->kind == CONFORMS_PADDING)
        conforms_gradients(c, "beside padding, the gradient of", &is, &was, 0);
    tried_free(&was), tried_free(&is);
}

static inline void conforms_examples(const struct conforms_test *c)
{
    struct leak l = leak_new(c->op, CONFORMS_EXAMPLES);
    for (; l.cut < axis_size("B", c->op->sizes); l.cut++)
        conforms_leak(c, &l);
}

static inline void conforms_future(const struct conforms_test *c)
{
    struct leak l = leak_new(c->op, CONFORMS_FUTURE);
    for (l.cut = 1; l.cut < axis_size("T", c->op->sizes); l.cut++)
        conforms_leak(c, &l);
}

static inline void conforms_padding(const struct conforms_test *c)
{
    struct leak l = leak_new(c->op, CONFORMS_PADDING);
    conforms_leak(c, &l);
}

static inline void exchange_places(float *data, size_t count,
                                   struct places_of p, size_t other)
{
    for (size_t e = 0; p.size && e < count; e++)
        if (place_of(p, e) == 0) {
            float first = data[e];
            data[e] = data[e + other * p.stride];
            data[e + other * p.stride] = first;
        }
}

static inline void conforms_place(const struct conforms_test *c,
                                  const char *axis, size_t other)
{
    const struct operation *op = c->op;
    struct tried was = tried_new(op, op->sizes);
    struct tried is = tried_new(op, op->sizes);
    char what[32] = "of exchanged places ";
    strncat(what, axis, word_length(axis) < 8 ? word_length(axis) : 8);
    for (size_t i = 0; op->inputs[i].name; i++) {
        struct tensor *x = is.t.in[i];
        exchange_places(x->data, x->count,
            places_along(x, op->inputs[i].shape, axis), other);
    }
    tried_back(&was), tried_back(&is);
    exchange_places(is.t.out->data, is.n,
                    places_along(is.t.out, op->out, axis), other);
    conforms_close(c, "the result", what, tensor_axes(is.t.out),
                   is.t.out->data, was.t.out->data, 2e-6, 1e-5);
    tried_free(&was), tried_free(&is);
}

static inline void conforms_places(const struct conforms_test *c)
{
    const struct operation *op = c->op;
    const struct leak l = leak_new(op, CONFORMS_PADDING);
    for (const char *axis = op->places; *axis; axis = word_next(axis)) {
        size_t other = axis_size(axis, op->sizes) - 1;
        for (size_t b = 0; op->lengths && words_equal(axis, l.rows)
                           && b < axis_size("B", op->sizes); b++)
            if (op->lengths[b] <= other)
                other = op->lengths[b] - 1;
        char word[16] = "";
        strncat(word, axis, word_length(axis) < 15 ? word_length(axis) : 15);
        if (!operation_has(op, word) || other == 0)
            CONFORMS_FAIL(c, "%s: no two places of %s", op->name, word);
        conforms_place(c, word, other);
    }
}

static inline void conforms_nothing(const struct conforms_test *c)
{
    static const float none[1 << 12];
    for (size_t i = 0; c->op->inputs[i].name; i++) {
        if (!words_have(c->op->nothing, c->op->inputs[i].name))
            continue;
        struct tried was = tried_new(c->op, c->op->sizes);
        struct tried is = tried_new(c->op, c->op->sizes);
        struct tensor *x = is.t.in[i];
        REQUIRE(x->count <= sizeof none / sizeof *none);
        for (size_t e = 0; e < x->count; e++)
            x->data[e] += 1;
        tried_back(&was), tried_back(&is);
        conforms_close(c, "the result with another", x->name,
                       tensor_axes(is.t.out), is.t.out->data,
                       was.t.out->data, 5e-6, 1e-5);
        conforms_close(c, "the gradient of", x->name, tensor_axes(x), x->grad,
                       none, 2e-5, 0);
        tried_free(&was), tried_free(&is);
    }
}

static inline void conforms_weights(const struct conforms_test *c)
{
    struct tried r = tried_new(c->op, c->op->sizes);
    struct axes axes = axes_sized(c->op->weights, c->op->sizes);
    size_t n = axes.n[axes.rank - 1], rows = 1;
    for (size_t a = 0; a + 1 < axes.rank; a++)
        rows *= axes.n[a];
    tried_back(&r);
    if (!r.t.out->weights)
        CONFORMS_FAIL(c, "%s: the result has no weights", c->op->name);
    for (size_t i = 0; i < rows; i++) {
        const float *w = r.t.out->weights + i * n;
        double sum = 0, least = 0;
        for (size_t j = 0; j < n; j++)
            sum += (double)w[j], least = fmin(least, (double)w[j]);
        if (!(least == 0 && (sum == 0 || fabs(sum - 1) <= 1e-6)))
            CONFORMS_FAIL(c, "%s: row %zu of the weights sums to %.9g, and "
                          "the least is %.9g", c->op->name, i, sum, least);
    }
    tried_free(&r);
}
static const struct property {
    const char *name;
    void (*check)(const struct conforms_test *c);
} conforms_properties[] = {
    { "shape", conforms_shape }, { "differences", conforms_differences },
    { "PyTorch", conforms_golden }, { "adds", conforms_adds },
    { "unwanted", conforms_unwanted }, { "threads", conforms_threads },
    { "plain", conforms_plain }, { "examples", conforms_examples },
    { "future", conforms_future }, { "padding", conforms_padding },
    { "places", conforms_places }, { "nothing", conforms_nothing },
    { "weights", conforms_weights }, { "misfits", conforms_misfits },
};
enum { CONFORMS_PROPERTIES = 14 };

static inline bool conforms_concerns(const struct conforms_test *c)
{
    const struct operation *op = c->op;
    const bool concerned[CONFORMS_PROPERTIES] = {
        true, true, c->how->golden && !(op->golden && !*op->golden), true,
        true, true, op->plain, op->out && words_have(op->out, "B")
        && operation_has(op, "B"), op->causal, op->lengths, op->places,
        op->nothing, op->weights, true };
    return concerned[c->property];
}

static inline void conforms_run(void **state)
{
    const struct conforms_test *c = *state;
    threads_are(1);
    conforms_properties[c->property].check(c);
}

/* conforms_list: lists the checks of all entries. */
static inline void conforms_list(const struct operation *op,
                                 const struct operation_double *twin,
                                 const struct conforms *how)
{
    for (; op->name; op++, twin++)
        for (int p = 0; p < CONFORMS_PROPERTIES; p++) {
            static struct { struct conforms_test c; char name[48]; }
                tests[1023], *t = tests;
            REQUIRE(t < tests + 1023);
            t->c = (struct conforms_test){ op, twin, how, p };
            snprintf(t->name, sizeof t->name, "%s: %s", op->name,
                     conforms_properties[p].name);
            if (conforms_concerns(&t->c))
                check_list((struct CMUnitTest){ t->name, conforms_run, 0, 0,
                                                &t->c }), t++;
        }
}
#endif

