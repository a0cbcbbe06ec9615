/* operations.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: struct operand, struct operation, struct test_case,
 * test_case_loss, axis_size, axes_sized, struct places_of, places_along,
 * test_case_sized, test_case_new, struct arrays, tape_arrays */

#ifndef OPERATIONS_H
#define OPERATIONS_H
#include "gradient/tape.h"

/* An operation of the tape and inputs to try it on.  After the last input
 * comes one without a name.  One of one, two and apply is set.  In shapes
 * the axis B means examples, T rows of the result, S rows of a context. */
enum { OPERANDS = 13 };
struct operand { const char *name, *shape; };

struct operation {
    const char *name;
    struct tensor *(*one)(struct tape *, struct tensor *x);
    struct tensor *(*two)(struct tape *, struct tensor *x, struct tensor *y);
    struct tensor *(*apply)(struct tape *, struct tensor **in);
    struct tensor *(*plain)(struct tape *, struct tensor **in);
    const char *sizes;      /* of the axes: "B=2 T=4" */
    const char *large;      /* other sizes, worth several threads */
    const char *out;        /* shape of the result; NULL: not said */
    const char *weights;    /* shape of its weights; NULL: none */
    const char *places;     /* axes whose places may be exchanged: "T S" */
    const char *nothing;    /* inputs that change nothing: "bk" */
    const char *golden;     /* file, if not named so; "": there is none */
    const size_t *lengths;  /* (B): rows S, or T without S, that count */
    bool causal;            /* row T sees no later one; S ends with T */
    float spread;           /* of random numbers; 0: 1 */
    struct operand inputs[OPERANDS + 1];
};

/* A test case is an operation with a tape and inputs; test_case_loss is
 * its weighted sum, with the weights g of up to n results. */
struct test_case {
    const struct operation *op;
    struct tape *on;
    struct tensor *in[OPERANDS];
    struct tensor *out;
};

static inline struct tensor *operation_apply(const struct operation *op,
                                             struct tape *tape,
                                             struct tensor **in);

static inline struct tensor *test_case_loss(struct test_case *t,
                                            const float *g, size_t n)
{
    tape_reset(t->on);
    t->out = operation_apply(t->op, t->on, t->in);
    REQUIRE(t->out->count <= n);
    struct tensor *weights = tape_input(t->on, g, tensor_axes(t->out));
    return tape_sum(t->on, tape_multiply(t->on, t->out, weights));
}

static inline struct tensor *apply_ta(struct tape *t, struct tensor **in)
{
    return tape_product(t, in[0], in[1], TRANSPOSE_A);
}

static inline struct tensor *apply_tb(struct tape *t, struct tensor **in)
{
    return tape_product(t, in[0], in[1], TRANSPOSE_B);
}

static inline struct tensor *apply_both(struct tape *t, struct tensor **in)
{
    return tape_product(t, in[0], in[1], TRANSPOSE_A | TRANSPOSE_B);
}

static inline struct tensor *apply_scale(struct tape *t, struct tensor **in)
{
    return tape_scale(t, in[0], -1.75f);
}

static inline struct tensor *apply_twice(struct tape *t, struct tensor **in)
{
    struct tensor *y = tape_tanh(t, in[0]);
    return tape_multiply(t, y, tape_add(t, y, in[0]));
}

static const int32_t some_targets[] = { 2, -1, 0, 4, 2, -1, 3 };

static inline struct tensor *apply_entropy(struct tape *t, struct tensor **in)
{
    return tape_cross_entropy(t, in[0], some_targets, 0, -1);
}

static inline struct tensor *apply_smooth(struct tape *t, struct tensor **in)
{
    return tape_cross_entropy(t, in[0], some_targets, .25f, -1);
}

static inline struct tensor *apply_attend(struct tape *t, struct tensor **in)
{
    return tape_attention(t, in[0], in[1], in[2], false, NULL);
}

static inline struct tensor *apply_causal(struct tape *t, struct tensor **in)
{
    return tape_attention(t, in[0], in[1], in[2], true, NULL);
}

static const size_t some_lengths[] = { 3, 5 };

static inline struct tensor *apply_lengths(struct tape *t, struct tensor **in)
{
    return tape_attention(t, in[0], in[1], in[2], true, some_lengths);
}

static inline struct tensor *apply_scored(struct tape *t, struct tensor **in)
{
    return tape_additive_attention(t, in[0], in[1], in[2], in[3], in[4],
                                   in[5], some_lengths);
}

static const int32_t some_words[] = { 4, 0, 4, 1, 2, 4 };

static inline struct tensor *apply_embed(struct tape *t, struct tensor **in)
{
    return tape_embedding(t, in[0], some_words, SHAPE(2, 3));
}

static inline struct tensor *apply_lnorm(struct tape *t, struct tensor **in)
{
    return tape_layernorm(t, in[0], in[1], in[2]);
}

static inline struct tensor *apply_swap(struct tape *t, struct tensor **in)
{
    return tape_swap(t, in[0], 1, 2);
}

static inline struct tensor *apply_reshape(struct tape *t, struct tensor **in)
{
    return tape_softmax(t, tape_reshape(t, in[0], SHAPE(5, 6)));
}

static inline struct tensor *apply_tiled(struct tape *t, struct tensor **in)
{
    return tape_attention_tiled(t, in[0], in[1], in[2], true,
                                some_lengths);
}

static inline size_t axis_named(const char *name, size_t letters,
                                const char *sizes)
{
    for (const char *s = sizes ? sizes : ""; *s; s += strspn(s, " ")) {
        if (strncmp(s, name, letters) == 0 && s[letters] == '=')
            return strtoull(s + letters + 1, NULL, 10);
        s += strcspn(s, " ");
    }
    fail("the axis %.*s has no size in \"%s\"", (int)letters, name,
         sizes ? sizes : "");
}

/* axis_size: of an axis such as T, 3 or 3*C+1, which ends with a space or
 * with the text, for sizes such as "T=4 C=7". */
static inline size_t axis_size(const char *axis, const char *sizes)
{
    size_t sum = 0, product = 1;
    for (;; axis++) {
        size_t letters = strcspn(axis, "*+ ");
        product *= *axis >= '0' && *axis <= '9' ? strtoull(axis, NULL, 10)
                   : axis_named(axis, letters, sizes);
        axis += letters;
        if (*axis != '*')
            sum += product, product = 1;
        if (*axis != '*' && *axis != '+')
            return sum;
    }
}

/* axes_sized: the axes of a shape such as "B T 3*C". */
static inline struct axes axes_sized(const char *shape, const char *sizes)
{
    struct axes axes = { 0, { 0 } };
    for (; *shape; shape += strspn(shape, " ")) {
        REQUIRE(axes.rank < TENSOR_RANK);
        axes.n[axes.rank++] = axis_size(shape, sizes);
        shape += strcspn(shape, " ");
    }
    return axes;
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

struct places_of { size_t size, stride; };

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

static inline bool operation_has(const struct operation *op, const char *axis)
{
    for (size_t i = 0; op->inputs[i].name; i++)
        if (words_have(op->inputs[i].shape, axis))
            return true;
    return false;
}

static inline void place_told(char text[64], struct axes axes, size_t element)
{
    size_t at = 0, stride = 1, a;
    for (a = 0; a < axes.rank; a++)
        stride *= axes.n[a];
    for (a = 0, *text = '\0'; a < axes.rank && at < 40; a++) {
        stride /= axes.n[a];
        at += (size_t)snprintf(text + at, 64 - at, "%s%zu", a ? ", " : "",
                               element / stride % axes.n[a]);
    }
}

static inline struct tensor *operation_apply(const struct operation *op,
                                             struct tape *tape,
                                             struct tensor **in)
{
    if (op->one)
        return op->one(tape, in[0]);
    if (op->two)
        return op->two(tape, in[0], in[1]);
    return op->apply(tape, in);
}

/* test_case_new: with op->sizes.  test_case_sized: with others. */
static inline struct test_case test_case_sized(const struct operation *op,
                                               const char *sizes)
{
    struct test_case t = { .op = op, .on = tape_new() };
    for (size_t i = 0; op->inputs[i].name; i++)
        t.in[i] = tape_parameter(t.on, op->inputs[i].name,
                                 axes_sized(op->inputs[i].shape, sizes));
    return t;
}

static inline struct test_case test_case_new(const struct operation *op)
{
    return test_case_sized(op, op->sizes);
}

/* run fills out; if g, the gradient of out, is not NULL, it adds those of
 * in[i] to d[i] where that is not NULL. */
struct arrays {
    void (*run)(float *out, float *const *d, const float *g,
                float *const *in);
};

static inline void arrays_run(struct node *s)
{
    float *in[NODE_INPUTS] = { NULL }, *d[NODE_INPUTS] = { NULL };
    for (size_t i = 0; i < NODE_INPUTS && s->in[i]; i++)
        in[i] = s->in[i]->data, d[i] = s->in[i]->grad;
    const struct arrays *arrays = s->saved;
    arrays->run(s->out->data, d, s->out->grad, in);
}

/* tape_arrays: the result, of shape out, of a function on plain arrays;
 * arrays must stay. */
static inline struct tensor *tape_arrays(struct tape *tape, struct axes out,
    struct tensor *const *in, struct arrays *arrays)
{
    struct node *s = tape_node(tape, "arrays", out, in, arrays_run);
    float *grad = s->out->grad;
    s->saved = arrays, s->out->grad = NULL;
    arrays_run(s);
    s->out->grad = grad;
    return s->out;
}
static const struct operation operations[] = {
    { "product", .two = tape_matmul, .sizes = "M=3 K=5 N=4", .out = "M N",
      .inputs = { { "a", "M K" }, { "b", "K N" } } },

    { "product a'", .apply = apply_ta, .sizes = "M=3 K=5 N=4", .out = "M N",
      .inputs = { { "a", "K M" }, { "b", "K N" } } },
    { "product b'", .apply = apply_tb, .sizes = "M=3 K=5 N=4", .out = "M N",
      .inputs = { { "a", "M K" }, { "b", "N K" } } },
    { "product a' b'", .apply = apply_both, .sizes = "M=3 K=5 N=4",
      .out = "M N", .inputs = { { "a", "K M" }, { "b", "N K" } } },
    { "product, batch", .two = tape_matmul, .sizes = "B=2 M=3 K=5 N=4",
      .out = "B M N", .inputs = { { "a", "B M K" }, { "b", "B K N" } } },

    { "bias", .two = tape_bias, .sizes = "B=2 T=3 C=5", .out = "B T C",
      .places = "B T", .inputs = { { "x", "B T C" }, { "b", "C" } } },

    { "add", .two = tape_add, .sizes = "B=3 C=7", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" }, { "y", "B C" } } },
    { "multiply", .two = tape_multiply, .sizes = "B=2 C=5", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" }, { "y", "B C" } } },
    { "scale", .apply = apply_scale, .sizes = "B=4 C=3", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" } } },
    { "used twice", .apply = apply_twice, .sizes = "B=2 C=3", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" } } },

    { "sum", .one = tape_sum, .sizes = "T=3 C=5", .out = "",
      .places = "T C", .inputs = { { "x", "T C" } } },
    { "mean", .one = tape_mean, .sizes = "T=3 C=5", .out = "",
      .places = "T C", .inputs = { { "x", "T C" } } },

    { "tanh", .one = tape_tanh, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                .inputs = { { "x", "B C" } } },
    { "sigmoid", .one = tape_sigmoid, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                      .inputs = { { "x", "B C" } } },
    { "ReLU", .one = tape_relu, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                .inputs = { { "x", "B C" } } },
    { "GELU, tanh form", .one = tape_gelu, .sizes = "B=3 C=25", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" } } },
    { "GELU, exact", .one = tape_gelu_exact, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                             .inputs = { { "x", "B C" } } },

    { "softmax", .one = tape_softmax, .sizes = "B=2 T=3 C=7",
      .out = "B T C", .places = "B T C", .inputs = { { "x", "B T C" } } },
    { "log-softmax", .one = tape_log_softmax, .sizes = "B=3 C=7",
      .out = "B C", .places = "B C", .inputs = { { "x", "B C" } } },

    { "cross-entropy", .apply = apply_entropy, .sizes = "T=7 K=5",
      .out = "", .inputs = { { "x", "T K" } } },
    { "smoothed", .apply = apply_smooth, .sizes = "T=7 K=5",
      .out = "", .inputs = { { "x", "T K" } } },

    { "attention", .apply = apply_attend,
      .sizes = "B=2 H=3 T=4 S=6 D=5 V=7", .out = "B H T V",
      .inputs = { { "q", "B H T D" }, { "k", "B H S D" }, { "v", "B H S V" } }, .weights = "B H T S", .places = "B H T S" },
    { "attention, causal", .apply = apply_causal, .causal = true,
      .sizes = "B=2 H=3 T=4 S=6 D=5 V=7", .out = "B H T V",
      .inputs = { { "q", "B H T D" }, { "k", "B H S D" }, { "v", "B H S V" } }, .weights = "B H T S" },
    { "attention, lengths", .apply = apply_lengths, .causal = true,
      .lengths = some_lengths, .sizes = "B=2 T=4 S=6 D=3 V=5",
      .out = "B T V", .weights = "B T S", .inputs = {
          { "q", "B T D" }, { "k", "B S D" }, { "v", "B S V" } } },

    { "additive attention", .apply = apply_scored,
      .sizes = "B=2 T=3 S=6 D=4 E=5 V=8 A=7", .out = "B T V",
      .lengths = some_lengths, .places = "T S A", .inputs = {
          { "q", "B T D" }, { "k", "B S E" }, { "v", "B S V" },
          { "wq", "D A" }, { "wk", "E A" }, { "va", "A" } } },

    { "embedding", .apply = apply_embed, .sizes = "K=5 C=7",
      .out = "2 3 C", .places = "C", .inputs = { { "table", "K C" } } },

    { "layer norm", .apply = apply_lnorm, .sizes = "B=2 T=3 C=7",
      .out = "B T C", .places = "B T C",
      .inputs = { { "x", "B T C" }, { "gain", "C" }, { "bias", "C" } } },

    { "reshape, softmax", .apply = apply_reshape, .out = "5 6",
      .inputs = { { "x", "2 3 5" } } },
    { "swap", .apply = apply_swap, .sizes = "B=2 T=3 H=4 D=5",
      .out = "B H T D", .places = "B T H D",
      .inputs = { { "x", "B T H D" } } },
    { "attention, tiles", .apply = apply_tiled, .plain = apply_lengths,
      .causal = true, .lengths = some_lengths,
      .sizes = "B=2 H=3 T=4 S=6 D=5 V=7", .out = "B H T V",
      .inputs = { { "q", "B H T D" }, { "k", "B H S D" }, { "v", "B H S V" } } },
    { .name = NULL }
};
#endif

