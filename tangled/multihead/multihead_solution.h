/* multihead_solution.h -- generated from chapters/10-multihead.nw. Do not edit. */
#include "multihead/multihead.h"

/* contract of shared_forward */
/* out (B, H, Tq, dv), weights (B, H, Tq, Tk): q (B, H, Tq, d) attends to
 * k (B, Tk, d) and v (B, Tk, dv), the same for all heads.  s has B, H and
 * the sizes, no mask and no lengths, as for attend_forward. */
static void shared_forward(float *out, float *weights, const float *q,
                           const float *k, const float *v,
                           const struct tiled *s)

{
    struct tiled one = *s;
    one.heads = 1, one.queries = s->heads * s->queries;
    attend_forward(out, weights, q, k, v, &one);
}

/* contract of fold */
/* folded (H, Cc, out) = for each head, the product of its columns of wv and
 * its rows of wo; m without stride. */
static void fold(float *folded, const struct multihead *m)

{
    const size_t d = m->value_width, n = m->context_width;
    for (size_t h = 0; h < m->heads; h++)
        for (size_t c = 0; c < n; c++)
            average_forward(folded + (h * n + c) * m->out_width,
                            m->wv + (c * m->heads + h) * d,
                            m->wo + h * d * m->out_width, 1, d, m->out_width);
}
