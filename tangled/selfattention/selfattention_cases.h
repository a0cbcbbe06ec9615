/* selfattention_cases.h -- generated from chapters/09-selfattention.nw. Do not edit. */
/* Offers: struct plain_case */

#ifndef SELFATTENTION_CASES_H
#define SELFATTENTION_CASES_H
#include "selfattention/selfattention.h"
#include "gradient/operations.h"

struct plain_case { struct self_attention layer; float *memory, *weights; };

static inline void plain_run(struct node *s)
{
    const struct plain_case *p = s->saved;
    const struct self_attention *l = &p->layer;
    const size_t n = l->n, wide = n * (2 * l->dk + l->dv);
    float *q = p->memory, *k = q + n * l->dk, *v = k + n * l->dk;
    float *dx = s->in[0]->grad, *workspace = p->memory + wide;
    for (size_t b = 0; b < s->out->shape[0]; b++) {
        const struct self_attention_saved saved = {
            q, k, v, p->weights + b * n * n };
        const float *x = s->in[0]->data + b * n * l->d;
        const struct self_gradients to = { dx ? dx + b * n * l->d : NULL,
            s->in[1]->grad, s->in[2]->grad, s->in[3]->grad };
        self_attention_plain_forward(s->out->data + b * n * l->dv, &saved, x,
                                     l);
        memset(workspace, 0xff, (wide + 2 * n * n) * sizeof *workspace);
        if (s->out->grad)
            self_attention_plain_backward(&to, workspace,
                s->out->grad + b * n * l->dv, &saved, x, l);
    }
}

static inline struct tensor *plain_case(struct tape *tape, struct tensor **in,
                                        bool causal)
{
    const size_t batch = in[0]->shape[0], n = in[0]->shape[1];
    const size_t dk = in[1]->shape[1], dv = in[3]->shape[1];
    struct plain_case *p = tape_take(tape, 1, sizeof *p);
    struct node *s = tape_node(tape, "plain", SHAPE(batch, n, dv),
        INPUTS(in[0], in[1], in[2], in[3]), plain_run);
    p->layer = (struct self_attention){ n, in[0]->shape[2], dk, dv,
        causal, in[1]->data, in[2]->data, in[3]->data };
    p->memory = tape_take(tape, n * (4 * dk + 2 * dv + 2 * n), sizeof(float));
    p->weights = tape_take(tape, batch * n * n, sizeof(float));
    s->out->attention = p->weights, s->saved = p;
    plain_run(s);
    return s->out;
}

static inline struct tensor *plain_self(struct tape *t, struct tensor **in)
{
    return plain_case(t, in, false);
}

static inline struct tensor *plain_causal(struct tape *t, struct tensor **in)
{
    return plain_case(t, in, true);
}

static inline struct tensor *layer_self(struct tape *t, struct tensor **in)
{
    return tape_self_attention(t, in[0], in[1], in[2], in[3], false);
}

static inline struct tensor *layer_causal(struct tape *t, struct tensor **in)
{
    return tape_self_attention(t, in[0], in[1], in[2], in[3], true);
}

static inline struct tensor *layer_unscaled(struct tape *t,
                                            struct tensor **in)
{
    struct tensor *wq = tape_scale(t, in[1], sqrtf((float)in[1]->shape[1]));
    return tape_self_attention(t, in[0], wq, in[2], in[3], false);
}
#define SELF_SIZES .sizes = "B=2 T=5 C=7 k=3 v=4", .out = "B T v", \
    .large = "B=20 T=50 C=30 k=16 v=20", .weights = "B T T", .spread = .7f, \
    .inputs = { { "x", "B T C" }, { "wq", "C k" }, { "wk", "C k" }, \
                { "wv", "C v" } }

static const struct operation selfattention_cases[] = {
    { "plain", .apply = layer_self, .plain = plain_self, .places = "T",
      SELF_SIZES },
    { "causal", .apply = layer_causal, .plain = plain_causal, .causal = true,
      SELF_SIZES },
    { "unscaled", .apply = layer_unscaled, .places = "T", SELF_SIZES },
    { "append", .two = tape_concat_rows, .places = "T", .golden = "",
      .sizes = "B=2 T=3 C=5 D=4", .out = "B T C+D",
      .inputs = { { "x", "B T C" }, { "y", "T D" } } },
    { .name = NULL }
};
#endif
