/* multihead_solution.h -- generated from chapters/10-multihead.nw. Do not edit. */
#include "multihead/multihead.h"

/* contract of shared_forward */
/* out (B, H, Tq, dv), log_sum (B, H, Tq): q (B, H, Tq, d) attends to k (B,
 * Tk, d) and v (B, Tk, dv), the same for all heads; s has B, H and the
 * sizes, no mask and no lengths. */
static void shared_forward(float *out, float *log_sum, const float *q,
                           const float *k, const float *v,
                           const struct tiled *s)

{
    struct tiled one = *s;
    one.heads = 1, one.queries = s->heads * s->queries;
    tiled_forward(out, log_sum, q, k, v, &one);
}

/* contract of fold */
/* folded (H, Cc, out) = the product of each head's columns of wv and its
 * rows of wo; m without stride. */
static void fold(float *folded, const struct multihead *m)

{
    const size_t all = m->heads * m->value_width, d = m->value_width;
    const size_t size = m->context_width * m->out_width;
    for (size_t h = 0; h < m->heads; h++)
        product_strided(folded + h * size, m->out_width, m->wv + h * d, all,
                        m->wo + h * d * m->out_width, m->out_width,
                        m->context_width, m->out_width, d, 0);
}
