/* selfattention_cases_double.h -- generated from selfattention_cases.h by the build. Do not edit. */
/* It is selfattention/selfattention_cases.h of chapters/09-selfattention.nw in double. The book
 * has its names without _double. */


#ifndef SELFATTENTION_CASES_H_double
#define SELFATTENTION_CASES_H_double
#include "double/selfattention_double.h"
#include "double/operations_double.h"

struct plain_case_double { struct self_attention_double layer; double *memory, *weights; };

static inline void plain_run_double(struct node_double *s)
{
    const struct plain_case_double *p = s->saved;
    const struct self_attention_double *l = &p->layer;
    const size_t n = l->n, wide = n * (2 * l->dk + l->dv);
    double *q = p->memory, *k = q + n * l->dk, *v = k + n * l->dk;
    double *dx = s->in[0]->grad, *workspace = p->memory + wide;
    for (size_t b = 0; b < s->out->shape[0]; b++) {
        const struct self_attention_saved_double saved = {
            q, k, v, p->weights + b * n * n };
        const double *x = s->in[0]->data + b * n * l->d;
        const struct self_gradients_double to = { dx ? dx + b * n * l->d : NULL,
            s->in[1]->grad, s->in[2]->grad, s->in[3]->grad };
        self_attention_plain_forward_double(s->out->data + b * n * l->dv, &saved, x,
                                     l);
        memset(workspace, 0xff, (wide + 2 * n * n) * sizeof *workspace);
        if (s->out->grad)
            self_attention_plain_backward_double(&to, workspace,
                s->out->grad + b * n * l->dv, &saved, x, l);
    }
}

static inline struct tensor_double *plain_case_double(struct tape_double *tape_double, struct tensor_double **in,
                                        bool causal)
{
    const size_t batch = in[0]->shape[0], n = in[0]->shape[1];
    const size_t dk = in[1]->shape[1], dv = in[3]->shape[1];
    struct plain_case_double *p = tape_take_double(tape_double, 1, sizeof *p);
    struct node_double *s = tape_node_double(tape_double, "plain", SHAPE_double(batch, n, dv),
        INPUTS_double(in[0], in[1], in[2], in[3]), plain_run_double);
    p->layer = (struct self_attention_double){ n, in[0]->shape[2], dk, dv,
        causal, in[1]->data, in[2]->data, in[3]->data };
    p->memory = tape_take_double(tape_double, n * (4 * dk + 2 * dv + 2 * n), sizeof(double));
    p->weights = tape_take_double(tape_double, batch * n * n, sizeof(double));
    s->out->attention = p->weights, s->saved = p;
    plain_run_double(s);
    return s->out;
}

static inline struct tensor_double *plain_self_double(struct tape_double *t, struct tensor_double **in)
{
    return plain_case_double(t, in, false);
}

static inline struct tensor_double *plain_causal_double(struct tape_double *t, struct tensor_double **in)
{
    return plain_case_double(t, in, true);
}

static inline struct tensor_double *layer_self_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_self_attention_double(t, in[0], in[1], in[2], in[3], false);
}

static inline struct tensor_double *layer_causal_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_self_attention_double(t, in[0], in[1], in[2], in[3], true);
}

static inline struct tensor_double *layer_unscaled_double(struct tape_double *t,
                                            struct tensor_double **in)
{
    struct tensor_double *wq = tape_scale_double(t, in[1], sqrt((double)in[1]->shape[1]));
    return tape_self_attention_double(t, in[0], wq, in[2], in[3], false);
}
#define SELF_SIZES_double .sizes = "B=2 T=5 C=7 k=3 v=4", .out = "B T v", \
    .large = "B=20 T=50 C=30 k=16 v=20", .weights = "B T T", .spread = .7, \
    .inputs = { { "x", "B T C" }, { "wq", "C k" }, { "wk", "C k" }, \
                { "wv", "C v" } }

static const struct operation_double selfattention_cases_double[] = {
    { "plain", .apply = layer_self_double, .plain = plain_self_double, .places = "T",
      SELF_SIZES_double },
    { "causal", .apply = layer_causal_double, .plain = plain_causal_double, .causal = true,
      SELF_SIZES_double },
    { "unscaled", .apply = layer_unscaled_double, .places = "T", SELF_SIZES_double },
    { "append", .two = tape_concat_rows_double, .places = "T", .golden = "",
      .sizes = "B=2 T=3 C=5 D=4", .out = "B T C+D",
      .inputs = { { "x", "B T C" }, { "y", "T D" } } },
    { .name = NULL }
};
#endif
