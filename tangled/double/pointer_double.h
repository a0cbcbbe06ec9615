/* pointer_double.h -- generated from pointer.h by the build. Do not edit. */
/* It is translation/pointer.h of chapters/18-translation.nw in double. The book
 * has its names without _double. */


#ifndef POINTER_H_double
#define POINTER_H_double
#include "double/tape_double.h"

/* What a pointer-generator mixes. */
struct mixture_double {
    size_t batch, targets, sources, vocabulary;   /* B, T, S, V */
    const double *logits, *scores;     /* (B, T, V)  (B, T, S) */
    const double *gate;                /* (B, T), before its sigmoid */
    const int32_t *source;            /* (B, S) */
    const size_t *lengths;            /* (B): of the sources, 1 to S */
};

/* Where gradients are added. */
struct mixture_gradients_double { double *logits, *scores, *gate; };

/* log_add: log(exp(a) + exp(b)); one of them is finite. */
static inline double log_add_double(double a, double b)
{
    return (a > b ? a : b) + log1p(exp(-fabs(a - b)));
}

/* pointer_forward: out (B, T, V): the log of eq. "translation-pointer", and
 * weights (B, T, S), zero for padding.  See, Liu and Manning 2017, eq. 9.
 * Checked: lengths are 1 to S.  Unchecked: source is below V. */
static inline void pointer_forward_double(double *out, double *weights,
                                   const struct mixture_double *p)
{
    const size_t S = p->sources, V = p->vocabulary;
    memset(weights, 0, p->batch * p->targets * S * sizeof *weights);
    for (size_t r = 0; r < p->batch * p->targets; r++) {
        const size_t b = r / p->targets, n = p->lengths[b];
        const double *x = p->logits + r * V, *e = p->scores + r * S;
        const int32_t *w = p->source + b * S;
        REQUIRE(n > 0 && n <= S);
        const double write = -log_add_double(0, -p->gate[r]) - log_sum_exp_double(x, V);
        const double copy = -log_add_double(0, p->gate[r]) - log_sum_exp_double(e, n);
        double *row = out + r * V;
        softmax_double(weights + r * S, e, n);
        for (size_t v = 0; v < V; v++)
            row[v] = x[v] + write;
        for (size_t s = 0; s < n; s++)
            row[w[s]] = log_add_double(row[w[s]], e[s] + copy);
    }
}

/* pointer_backward: ADDS to d, given dout (B, T, V) and what pointer_forward
 * has made; scratch (V). */
static inline void pointer_backward_double(const struct mixture_gradients_double *d,
    double *scratch, const double *dout, const double *out, const double *weights,
    const struct mixture_double *p)
{
    const size_t S = p->sources, V = p->vocabulary;
    for (size_t r = 0; r < p->batch * p->targets; r++) {
        const size_t b = r / p->targets, n = p->lengths[b];
        const double *G = dout + r * V, *e = p->scores + r * S;
        const double *a = weights + r * S, *row = out + r * V;
        const int32_t *w = p->source + b * S;
        const double copy = -log_add_double(0, p->gate[r]) - log_sum_exp_double(e, n);
        double *dx = d->logits + r * V, *de = d->scores + r * S;
        double A = row_sum_double(G, V), H = 0;
        for (size_t s = 0; s < n; s++) {
            const double part = exp(e[s] + copy - row[w[s]]) * G[w[s]];
            dx[w[s]] -= part, de[s] += part, H += part;
        }
        for (size_t s = 0; s < n; s++)
            de[s] -= H * a[s];
        softmax_double(scratch, p->logits + r * V, V);
        for (size_t v = 0; v < V; v++)
            dx[v] += G[v] - (A - H) * scratch[v];
        d->gate[r] += A - H - sigmoid_plain_double(p->gate[r]) * A;
    }
}
static inline void pointer_node_double(struct node_double *s)
{
    const struct mixture_double *p = s->saved;
    double *to[NODE_INPUTS_double] = { NULL };
    double *scratch = node_grads_double(to, s, p->vocabulary);
    pointer_backward_double(&(struct mixture_gradients_double){ to[0], to[1], to[2] },
                     scratch, s->out->grad, s->out->data, s->out->attention,
                     p);
}

/* tape_pointer: logits (B, T, V), scores (B, T, S), gate (B, T, 1)
 * ->  log p (B, T, V), with weights (B, T, S).  source (B, S) and lengths (B)
 * must stay until tape_backward.  Checked: the ids are from 0 to V - 1. */
static inline struct tensor_double *tape_pointer_double(struct tape_double *tape_double,
    struct tensor_double *logits, struct tensor_double *scores, struct tensor_double *gate,
    const int32_t *source, const size_t *lengths)
{
    TENSORS_FIT_double(logits->rank == 3 && scores->rank == 3
                && logits->shape[0] == scores->shape[0]
                && logits->shape[1] == scores->shape[1], "pointer", logits,
                scores);
    TENSORS_FIT_double(gate->rank == 3 && gate->shape[0] == logits->shape[0]
                && gate->shape[1] == logits->shape[1] && gate->shape[2] == 1,
                "pointer", logits, gate);
    struct mixture_double *p = tape_take_double(tape_double, 1, sizeof *p);
    *p = (struct mixture_double){ logits->shape[0], logits->shape[1],
        scores->shape[2], logits->shape[2], logits->data, scores->data,
        gate->data, source, lengths };
    for (size_t i = 0; i < p->batch * p->sources; i++)
        REQUIRE(source[i] >= 0 && (size_t)source[i] < p->vocabulary);
    struct node_double *s = tape_node_double(tape_double, "pointer", tensor_axes_double(logits),
                               INPUTS_double(logits, scores, gate), pointer_node_double);
    double *weights = tape_take_double(tape_double, scores->count, sizeof *weights);
    s->saved = p, s->out->attention = weights;
    pointer_forward_double(s->out->data, weights, p);
    return s->out;
}
#endif
