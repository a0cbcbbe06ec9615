/* operations_double.h -- generated from operations.h by the build. Do not edit. */
/* It is gradient/operations.h of chapters/04-gradient.nw in double. The book
 * has its names without _double. */


#ifndef OPERATIONS_H_double
#define OPERATIONS_H_double
#include "double/tape_double.h"

/* An operation of the tape and inputs to try it on.  After the last input
 * comes one without a name.  One of one, two and apply is set.  In shapes
 * the axis B means examples, T rows of the result, S rows of a context. */
enum { OPERANDS_double = 13 };
struct operand_double { const char *name, *shape; };

struct operation_double {
    const char *name;
    struct tensor_double *(*one)(struct tape_double *, struct tensor_double *x);
    struct tensor_double *(*two)(struct tape_double *, struct tensor_double *x, struct tensor_double *y);
    struct tensor_double *(*apply)(struct tape_double *, struct tensor_double **in);
    struct tensor_double *(*plain)(struct tape_double *, struct tensor_double **in);
    const char *sizes;      /* of the axes: "B=2 T=4" */
    const char *large;      /* other sizes, worth several threads */
    const char *out;        /* shape of the result; NULL: not said */
    const char *weights;    /* shape of its weights; NULL: none */
    const char *places;     /* axes whose places may be exchanged: "T S" */
    const char *nothing;    /* inputs that change nothing: "bk" */
    const char *golden;     /* file, if not named so; "": there is none */
    const size_t *lengths;  /* (B): rows S, or T without S, that count */
    bool causal;            /* row T sees no later one; S ends with T */
    double spread;           /* of random numbers; 0: 1 */
    struct operand_double inputs[OPERANDS_double + 1];
};

/* A test case is an operation with a tape and inputs; test_case_loss is
 * its weighted sum, with the weights g of up to n results. */
struct test_case_double {
    const struct operation_double *op;
    struct tape_double *on;
    struct tensor_double *in[OPERANDS_double];
    struct tensor_double *out;
};

static inline struct tensor_double *operation_apply_double(const struct operation_double *op,
                                             struct tape_double *tape_double,
                                             struct tensor_double **in);

static inline struct tensor_double *test_case_loss_double(struct test_case_double *t,
                                            const double *g, size_t n)
{
    tape_reset_double(t->on);
    t->out = operation_apply_double(t->op, t->on, t->in);
    REQUIRE(t->out->count <= n);
    struct tensor_double *weights = tape_input_double(t->on, g, tensor_axes_double(t->out));
    return tape_sum_double(t->on, tape_multiply_double(t->on, t->out, weights));
}

static inline struct tensor_double *apply_ta_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_product_double(t, in[0], in[1], TRANSPOSE_A_double);
}

static inline struct tensor_double *apply_tb_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_product_double(t, in[0], in[1], TRANSPOSE_B_double);
}

static inline struct tensor_double *apply_both_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_product_double(t, in[0], in[1], TRANSPOSE_A_double | TRANSPOSE_B_double);
}

static inline struct tensor_double *apply_scale_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_scale_double(t, in[0], -1.75);
}

static inline struct tensor_double *apply_twice_double(struct tape_double *t, struct tensor_double **in)
{
    struct tensor_double *y = tape_tanh_double(t, in[0]);
    return tape_multiply_double(t, y, tape_add_double(t, y, in[0]));
}

static const int32_t some_targets_double[] = { 2, -1, 0, 4, 2, -1, 3 };

static inline struct tensor_double *apply_entropy_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_cross_entropy_double(t, in[0], some_targets_double, 0, -1);
}

static inline struct tensor_double *apply_smooth_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_cross_entropy_double(t, in[0], some_targets_double, .25, -1);
}

static inline struct tensor_double *apply_attend_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_attention_double(t, in[0], in[1], in[2], false, NULL);
}

static inline struct tensor_double *apply_causal_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_attention_double(t, in[0], in[1], in[2], true, NULL);
}

static const size_t some_lengths_double[] = { 3, 5 };

static inline struct tensor_double *apply_lengths_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_attention_double(t, in[0], in[1], in[2], true, some_lengths_double);
}

static inline struct tensor_double *apply_scored_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_additive_attention_double(t, in[0], in[1], in[2], in[3], in[4],
                                   in[5], some_lengths_double);
}

static const int32_t some_words_double[] = { 4, 0, 4, 1, 2, 4 };

static inline struct tensor_double *apply_embed_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_embedding_double(t, in[0], some_words_double, SHAPE_double(2, 3));
}

static inline struct tensor_double *apply_lnorm_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_layernorm_double(t, in[0], in[1], in[2]);
}

static inline struct tensor_double *apply_swap_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_swap_double(t, in[0], 1, 2);
}

static inline struct tensor_double *apply_reshape_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_softmax_double(t, tape_reshape_double(t, in[0], SHAPE_double(5, 6)));
}

static inline struct tensor_double *apply_tiled_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_attention_tiled_double(t, in[0], in[1], in[2], true,
                                some_lengths_double);
}

static inline size_t axis_named_double(const char *name, size_t letters,
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
static inline size_t axis_size_double(const char *axis, const char *sizes)
{
    size_t sum = 0, product_double = 1;
    for (;; axis++) {
        size_t letters = strcspn(axis, "*+ ");
        product_double *= *axis >= '0' && *axis <= '9' ? strtoull(axis, NULL, 10)
                   : axis_named_double(axis, letters, sizes);
        axis += letters;
        if (*axis != '*')
            sum += product_double, product_double = 1;
        if (*axis != '*' && *axis != '+')
            return sum;
    }
}

/* axes_sized: the axes of a shape such as "B T 3*C". */
static inline struct axes_double axes_sized_double(const char *shape, const char *sizes)
{
    struct axes_double axes_double = { 0, { 0 } };
    for (; *shape; shape += strspn(shape, " ")) {
        REQUIRE(axes_double.rank < TENSOR_RANK_double);
        axes_double.n[axes_double.rank++] = axis_size_double(shape, sizes);
        shape += strcspn(shape, " ");
    }
    return axes_double;
}

static inline size_t word_length_double(const char *word)
{
    return strcspn(word, " ");
}

static inline bool words_equal_double(const char *a, const char *b)
{
    const size_t n = word_length_double(a);
    return n == word_length_double(b) && memcmp(a, b, n) == 0;
}

static inline const char *word_next_double(const char *word)
{
    word += word_length_double(word);
    return word + strspn(word, " ");
}

static inline bool words_have_double(const char *list, const char *word)
{
    for (; list && *list; list = word_next_double(list))
        if (words_equal_double(list, word))
            return true;
    return false;
}

struct places_of_double { size_t size, stride; };

/* places_along: the axis called word of x, or size 0 if it has none. */
static inline struct places_of_double places_along_double(const struct tensor_double *x,
                                            const char *shape,
                                            const char *word)
{
    struct places_of_double p = { 0, 1 };
    for (size_t a = 0; shape && *shape; a++, shape = word_next_double(shape)) {
        p.stride = p.size ? p.stride * x->shape[a] : 1;
        if (!p.size && words_equal_double(shape, word))
            p.size = x->shape[a];
    }
    return p;
}

static inline size_t place_of_double(struct places_of_double p, size_t element)
{
    return element / p.stride % p.size;
}

static inline bool operation_has_double(const struct operation_double *op, const char *axis)
{
    for (size_t i = 0; op->inputs[i].name; i++)
        if (words_have_double(op->inputs[i].shape, axis))
            return true;
    return false;
}

static inline void place_told_double(char text[64], struct axes_double axes_double, size_t element)
{
    size_t at = 0, stride = 1, a;
    for (a = 0; a < axes_double.rank; a++)
        stride *= axes_double.n[a];
    for (a = 0, *text = '\0'; a < axes_double.rank && at < 40; a++) {
        stride /= axes_double.n[a];
        at += (size_t)snprintf(text + at, 64 - at, "%s%zu", a ? ", " : "",
                               element / stride % axes_double.n[a]);
    }
}

static inline struct tensor_double *operation_apply_double(const struct operation_double *op,
                                             struct tape_double *tape_double,
                                             struct tensor_double **in)
{
    if (op->one)
        return op->one(tape_double, in[0]);
    if (op->two)
        return op->two(tape_double, in[0], in[1]);
    return op->apply(tape_double, in);
}

/* test_case_new: with op->sizes.  test_case_sized: with others. */
static inline struct test_case_double test_case_sized_double(const struct operation_double *op,
                                               const char *sizes)
{
    struct test_case_double t = { .op = op, .on = tape_new_double() };
    for (size_t i = 0; op->inputs[i].name; i++)
        t.in[i] = tape_parameter_double(t.on, op->inputs[i].name,
                                 axes_sized_double(op->inputs[i].shape, sizes));
    return t;
}

static inline struct test_case_double test_case_new_double(const struct operation_double *op)
{
    return test_case_sized_double(op, op->sizes);
}

/* run fills out; if g, the gradient of out, is not NULL, it adds those of
 * in[i] to d[i] where that is not NULL. */
struct arrays_double {
    void (*run)(double *out, double *const *d, const double *g,
                double *const *in);
};

static inline void arrays_run_double(struct node_double *s)
{
    double *in[NODE_INPUTS_double] = { NULL }, *d[NODE_INPUTS_double] = { NULL };
    for (size_t i = 0; i < NODE_INPUTS_double && s->in[i]; i++)
        in[i] = s->in[i]->data, d[i] = s->in[i]->grad;
    const struct arrays_double *arrays_double = s->saved;
    arrays_double->run(s->out->data, d, s->out->grad, in);
}

/* tape_arrays: the result, of shape out, of a function on plain arrays;
 * arrays must stay. */
static inline struct tensor_double *tape_arrays_double(struct tape_double *tape_double, struct axes_double out,
    struct tensor_double *const *in, struct arrays_double *arrays_double)
{
    struct node_double *s = tape_node_double(tape_double, "arrays", out, in, arrays_run_double);
    double *grad = s->out->grad;
    s->saved = arrays_double, s->out->grad = NULL;
    arrays_run_double(s);
    s->out->grad = grad;
    return s->out;
}
static const struct operation_double operations_double[] = {
    { "product", .two = tape_matmul_double, .sizes = "M=3 K=5 N=4", .out = "M N",
      .inputs = { { "a", "M K" }, { "b", "K N" } } },

    { "product a'", .apply = apply_ta_double, .sizes = "M=3 K=5 N=4", .out = "M N",
      .inputs = { { "a", "K M" }, { "b", "K N" } } },
    { "product b'", .apply = apply_tb_double, .sizes = "M=3 K=5 N=4", .out = "M N",
      .inputs = { { "a", "M K" }, { "b", "N K" } } },
    { "product a' b'", .apply = apply_both_double, .sizes = "M=3 K=5 N=4",
      .out = "M N", .inputs = { { "a", "K M" }, { "b", "N K" } } },
    { "product, batch", .two = tape_matmul_double, .sizes = "B=2 M=3 K=5 N=4",
      .out = "B M N", .inputs = { { "a", "B M K" }, { "b", "B K N" } } },

    { "bias", .two = tape_bias_double, .sizes = "B=2 T=3 C=5", .out = "B T C",
      .places = "B T", .inputs = { { "x", "B T C" }, { "b", "C" } } },

    { "add", .two = tape_add_double, .sizes = "B=3 C=7", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" }, { "y", "B C" } } },
    { "multiply", .two = tape_multiply_double, .sizes = "B=2 C=5", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" }, { "y", "B C" } } },
    { "scale", .apply = apply_scale_double, .sizes = "B=4 C=3", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" } } },
    { "used twice", .apply = apply_twice_double, .sizes = "B=2 C=3", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" } } },

    { "sum", .one = tape_sum_double, .sizes = "T=3 C=5", .out = "",
      .places = "T C", .inputs = { { "x", "T C" } } },
    { "mean", .one = tape_mean_double, .sizes = "T=3 C=5", .out = "",
      .places = "T C", .inputs = { { "x", "T C" } } },

    { "tanh", .one = tape_tanh_double, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                .inputs = { { "x", "B C" } } },
    { "sigmoid", .one = tape_sigmoid_double, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                      .inputs = { { "x", "B C" } } },
    { "ReLU", .one = tape_relu_double, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                .inputs = { { "x", "B C" } } },
    { "GELU, tanh form", .one = tape_gelu_double, .sizes = "B=3 C=25", .out = "B C",
      .places = "B C", .inputs = { { "x", "B C" } } },
    { "GELU, exact", .one = tape_gelu_exact_double, .sizes = "B=3 C=7", .out = "B C", .places = "B C",
                                             .inputs = { { "x", "B C" } } },

    { "softmax", .one = tape_softmax_double, .sizes = "B=2 T=3 C=7",
      .out = "B T C", .places = "B T C", .inputs = { { "x", "B T C" } } },
    { "log-softmax", .one = tape_log_softmax_double, .sizes = "B=3 C=7",
      .out = "B C", .places = "B C", .inputs = { { "x", "B C" } } },

    { "cross-entropy", .apply = apply_entropy_double, .sizes = "T=7 K=5",
      .out = "", .inputs = { { "x", "T K" } } },
    { "smoothed", .apply = apply_smooth_double, .sizes = "T=7 K=5",
      .out = "", .inputs = { { "x", "T K" } } },

    { "attention", .apply = apply_attend_double,
      .sizes = "B=2 H=3 T=4 S=6 D=5 V=7", .out = "B H T V",
      .inputs = { { "q", "B H T D" }, { "k", "B H S D" }, { "v", "B H S V" } }, .weights = "B H T S", .places = "B H T S" },
    { "attention, causal", .apply = apply_causal_double, .causal = true,
      .sizes = "B=2 H=3 T=4 S=6 D=5 V=7", .out = "B H T V",
      .inputs = { { "q", "B H T D" }, { "k", "B H S D" }, { "v", "B H S V" } }, .weights = "B H T S" },
    { "attention, lengths", .apply = apply_lengths_double, .causal = true,
      .lengths = some_lengths_double, .sizes = "B=2 T=4 S=6 D=3 V=5",
      .out = "B T V", .weights = "B T S", .inputs = {
          { "q", "B T D" }, { "k", "B S D" }, { "v", "B S V" } } },

    { "additive attention", .apply = apply_scored_double,
      .sizes = "B=2 T=3 S=6 D=4 E=5 V=8 A=7", .out = "B T V",
      .lengths = some_lengths_double, .places = "T S A", .inputs = {
          { "q", "B T D" }, { "k", "B S E" }, { "v", "B S V" },
          { "wq", "D A" }, { "wk", "E A" }, { "va", "A" } } },

    { "embedding", .apply = apply_embed_double, .sizes = "K=5 C=7",
      .out = "2 3 C", .places = "C", .inputs = { { "table", "K C" } } },

    { "layer norm", .apply = apply_lnorm_double, .sizes = "B=2 T=3 C=7",
      .out = "B T C", .places = "B T C",
      .inputs = { { "x", "B T C" }, { "gain", "C" }, { "bias", "C" } } },

    { "reshape, softmax", .apply = apply_reshape_double, .out = "5 6",
      .inputs = { { "x", "2 3 5" } } },
    { "swap", .apply = apply_swap_double, .sizes = "B=2 T=3 H=4 D=5",
      .out = "B H T D", .places = "B T H D",
      .inputs = { { "x", "B T H D" } } },
    { "attention, tiles", .apply = apply_tiled_double, .plain = apply_lengths_double,
      .causal = true, .lengths = some_lengths_double,
      .sizes = "B=2 H=3 T=4 S=6 D=5 V=7", .out = "B H T V",
      .inputs = { { "q", "B H T D" }, { "k", "B H S D" }, { "v", "B H S V" } } },
    { .name = NULL }
};
#endif

