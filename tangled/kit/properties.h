/* properties.h -- generated from chapters/H-kit.nw. Do not edit. */
#ifndef PROPERTIES_H
#define PROPERTIES_H
#include "kit/tried.h"

static inline void conforms_differ(const struct conforms_test *c,
                                   const char *a, const char *b)
{
    const char *sizes = c->op->sizes;
    for (; *a; a = word_next(a))
        for (const char *w = b; *w; w = word_next(w))
            if (!words_equal(a, w)
                && axis_size(a, sizes) == axis_size(w, sizes))
                CONFORMS_FAIL(c, "%s: in %s, %s two axes are of one size",
                              c->name, a, w);
}

static inline void conforms_shape(const struct conforms_test *c)
{
    const struct operation *op = c->op;
    const char *shapes[OPERANDS + 2] = { op->out ? op->out : "",
                                         op->weights ? op->weights : "" };
    for (size_t i = 0; op->inputs[i].name; i++)
        shapes[i + 2] = op->inputs[i].shape;
    for (size_t i = 0; i < OPERANDS + 2 && shapes[i]; i++)
        for (size_t j = 0; j <= i; j++)
            conforms_differ(c, shapes[i], shapes[j]);
    struct tried r = tried_new(op, op->sizes);
    tried_back(&r);
    struct axes got = tensor_axes(r.t.out);
    struct axes want = axes_sized(shapes[0], op->sizes);
    if (op->out && memcmp(&got, &want, sizeof got) != 0)
        CONFORMS_FAIL(c, "%s: the result is not of shape %s", c->name,
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
            char said[160];
            struct tensor *x = r.t.in[i];
            snprintf(said, sizeof said, "%s: axis %zu of %s one too short",
                     c->name, a, x->name);
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
    for (size_t i = 0, at = 0; c->op->inputs[i].name; i++, at = 0) {
        if (words_have(c->op->nothing, c->op->inputs[i].name))
            continue;
        double error = differences_error(c->twin, i, &at);
        char place[64];
        place_told(place, axes_sized(c->op->inputs[i].shape, c->op->sizes),
                   at);
        if (!(error <= 1e-6))
            CONFORMS_FAIL(c, "%s: the gradient of %s, element %zu (%s), is "
                          "off by %g of what the differences give", c->name,
                          c->op->inputs[i].name, at, place, error);
    }
}

static inline void conforms_golden(const struct conforms_test *c)
{
    const double results = c->how->results > 0 ? c->how->results : 2e-6;
    const double near = c->how->gradients > 0 ? c->how->gradients : 4e-6;
    struct array numbers = conforms_file(c, "numbers");
    struct array want = conforms_file(c, c->op->golden ? c->op->golden
                                                       : c->op->name);
    struct tried r = tried_new(c->op, c->op->sizes);
    const size_t size = r.t.on->size, rest = want.count - r.n - size;
    REQUIRE(size + r.n <= numbers.count);
    memcpy(r.t.on->values, numbers.data, size * sizeof *r.g);
    memcpy(r.g, numbers.data + numbers.count - r.n, r.n * sizeof *r.g);
    tried_back(&r);
    /* hold r against want */
    const size_t weights = axes_count(weights_axes(c->op));
    if (want.count < r.n + size
        || (rest && !(r.t.out->attention && rest == weights)))
        CONFORMS_FAIL(c, "%s: the golden file has %zu numbers, not %zu",
                      c->name, want.count, r.n + size);
    conforms_close(c, "the result", "", tensor_axes(r.t.out), r.t.out->data,
                   want.data, results, results);
    if (rest)
        conforms_close(c, "the weights", "", weights_axes(c->op),
                       r.t.out->attention, want.data + r.n, results, results);
    for (size_t i = 0, at = r.n + rest; c->op->inputs[i].name; i++) {
        const struct tensor *x = r.t.in[i];
        conforms_close(c, "the gradient of", x->name, tensor_axes(x), x->grad,
                       want.data + at, near, near);
        at += x->count;
    }
    tried_free(&r);
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
                              "gets one", c->name, x->name);
        tried_free(&all), tried_free(&one);
    }
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
    struct operation op = *c->op;
    const double near = c->how->plain > 0 ? c->how->plain : 1e-5;
    PLAIN_FORM(op);
    struct tried fast = tried_new(c->op, op.sizes);
    struct tried plain = tried_new(&op, op.sizes);
    tried_back(&fast), tried_back(&plain);
    const struct tensor *got = fast.t.out, *want = plain.t.out;
    conforms_close(c, "the result", "", tensor_axes(want), got->data,
                   want->data, near, near);
    if (op.weights && got->attention && want->attention)
        conforms_close(c, "the weights", "", weights_axes(&op),
                       got->attention, want->attention, 1e-6, 1e-6);
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
    for (size_t i = 0; i < is.n; i++) {
        const float *a = was.t.out->data + i, *b = is.t.out->data + i;
        char place[64];
        place_told(place, tensor_axes(is.t.out), i);
        if (leak_moves(l, is.t.out, c->op->out, i))
            moved |= memcmp(a, b, sizeof *a) != 0;
        else if (memcmp(a, b, sizeof *a) != 0)
            CONFORMS_FAIL(c, "%s: the result, element %zu (%s), sees the %s "
                          "%zu: %.9g, not %.9g", c->name, i, place,
                          what[l->kind], l->cut, (double)*b, (double)*a);
    }
    if (!moved)
        CONFORMS_FAIL(c, "%s: no result sees the %s %zu, not even its own",
                      c->name, what[l->kind], l->cut);
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
            CONFORMS_FAIL(c, "%s: no two places of %s", c->name, word);
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
    struct axes axes = weights_axes(c->op);
    size_t n = axes.n[axes.rank - 1], rows = axes_count(axes) / n;
    tried_back(&r);
    if (!r.t.out->attention)
        CONFORMS_FAIL(c, "%s: the result has no weights", c->name);
    for (size_t i = 0; i < rows; i++) {
        const float *w = r.t.out->attention + i * n;
        double sum = 0, least = 0;
        for (size_t j = 0; j < n; j++)
            sum += (double)w[j], least = fmin(least, (double)w[j]);
        if (!(least == 0 && (sum == 0 || fabs(sum - 1) <= 1e-6)))
            CONFORMS_FAIL(c, "%s: row %zu of the weights sums to %.9g, and "
                          "the least is %.9g", c->name, i, sum, least);
    }
    tried_free(&r);
}
#endif

