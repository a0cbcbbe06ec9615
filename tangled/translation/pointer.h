/* pointer.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct mixture, struct mixture_gradients, log_add,
 * pointer_forward, pointer_backward, tape_pointer */

#ifndef POINTER_H
#define POINTER_H
#include "gradient/tape.h"

/* What a pointer-generator mixes. */
struct mixture {
    size_t batch, targets, sources, vocabulary;   /* B, T, S, V */
    const float *logits, *scores;     /* (B, T, V)  (B, T, S) */
    const float *gate;                /* (B, T), before its sigmoid */
    const int32_t *source;            /* (B, S) */
    const size_t *lengths;            /* (B): of the sources, 1 to S */
};

/* Where gradients are added. */
struct mixture_gradients { float *logits, *scores, *gate; };

/* log_add: log(exp(a) + exp(b)); one of them is finite. */
static inline float log_add(float a, float b)
{
    return (a > b ? a : b) + log1pf(expf(-fabsf(a - b)));
}

/* pointer_forward: out (B, T, V): the log of eq. "translation-pointer", and
 * weights (B, T, S), zero for padding.  See, Liu and Manning 2017, eq. 9.
 * Checked: lengths are 1 to S.  Unchecked: source is below V. */
static inline void pointer_forward(float *out, float *weights,
                                   const struct mixture *p)
{
    const size_t S = p->sources, V = p->vocabulary;
    memset(weights, 0, p->batch * p->targets * S * sizeof *weights);
    for (size_t r = 0; r < p->batch * p->targets; r++) {
        const size_t b = r / p->targets, n = p->lengths[b];
        const float *x = p->logits + r * V, *e = p->scores + r * S;
        const int32_t *w = p->source + b * S;
        REQUIRE(n > 0 && n <= S);
        const float write = -log_add(0, -p->gate[r]) - log_sum_exp(x, V);
        const float copy = -log_add(0, p->gate[r]) - log_sum_exp(e, n);
        float *row = out + r * V;
        softmax(weights + r * S, e, n);
        for (size_t v = 0; v < V; v++)
            row[v] = x[v] + write;
        for (size_t s = 0; s < n; s++)
            row[w[s]] = log_add(row[w[s]], e[s] + copy);
    }
}

/* pointer_backward: ADDS to d, given dout (B, T, V) and what pointer_forward
 * has made; scratch (V). */
static inline void pointer_backward(const struct mixture_gradients *d,
    float *scratch, const float *dout, const float *out, const float *weights,
    const struct mixture *p)
{
    const size_t S = p->sources, V = p->vocabulary;
    for (size_t r = 0; r < p->batch * p->targets; r++) {
        const size_t b = r / p->targets, n = p->lengths[b];
        const float *G = dout + r * V, *e = p->scores + r * S;
        const float *a = weights + r * S, *row = out + r * V;
        const int32_t *w = p->source + b * S;
        const float copy = -log_add(0, p->gate[r]) - log_sum_exp(e, n);
        float *dx = d->logits + r * V, *de = d->scores + r * S;
        float A = row_sum(G, V), H = 0;
        for (size_t s = 0; s < n; s++) {
            const float part = expf(e[s] + copy - row[w[s]]) * G[w[s]];
            dx[w[s]] -= part, de[s] += part, H += part;
        }
        for (size_t s = 0; s < n; s++)
            de[s] -= H * a[s];
        softmax(scratch, p->logits + r * V, V);
        for (size_t v = 0; v < V; v++)
            dx[v] += G[v] - (A - H) * scratch[v];
        d->gate[r] += A - H - sigmoid_plain(p->gate[r]) * A;
    }
}
static inline void pointer_node(struct node *s)
{
    const struct mixture *p = s->saved;
    float *to[NODE_INPUTS] = { NULL };
    float *scratch = node_grads(to, s, p->vocabulary);
    pointer_backward(&(struct mixture_gradients){ to[0], to[1], to[2] },
                     scratch, s->out->grad, s->out->data, s->out->attention,
                     p);
}

/* tape_pointer: logits (B, T, V), scores (B, T, S), gate (B, T, 1)
 * ->  log p (B, T, V), with weights (B, T, S).  source (B, S) and lengths (B)
 * must stay until tape_backward.  Checked: the ids are from 0 to V - 1. */
static inline struct tensor *tape_pointer(struct tape *tape,
    struct tensor *logits, struct tensor *scores, struct tensor *gate,
    const int32_t *source, const size_t *lengths)
{
    TENSORS_FIT(logits->rank == 3 && scores->rank == 3
                && logits->shape[0] == scores->shape[0]
                && logits->shape[1] == scores->shape[1], "pointer", logits,
                scores);
    TENSORS_FIT(gate->rank == 3 && gate->shape[0] == logits->shape[0]
                && gate->shape[1] == logits->shape[1] && gate->shape[2] == 1,
                "pointer", logits, gate);
    struct mixture *p = tape_take(tape, 1, sizeof *p);
    *p = (struct mixture){ logits->shape[0], logits->shape[1],
        scores->shape[2], logits->shape[2], logits->data, scores->data,
        gate->data, source, lengths };
    for (size_t i = 0; i < p->batch * p->sources; i++)
        REQUIRE(source[i] >= 0 && (size_t)source[i] < p->vocabulary);
    struct node *s = tape_node(tape, "pointer", tensor_axes(logits),
                               INPUTS(logits, scores, gate), pointer_node);
    float *weights = tape_take(tape, scores->count, sizeof *weights);
    s->saved = p, s->out->attention = weights;
    pointer_forward(s->out->data, weights, p);
    return s->out;
}
#endif
