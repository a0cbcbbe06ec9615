/* transformer_check.c -- generated from chapters/17-transformer.nw. Do not edit. */
#include "kit/check.h"
#include "gradient/differences.h"
#include "double/transformer_double.h"
#include "transformer/batch.h"
#include "transformer/beam.h"

/* Sizes that are all different, for checks. */
enum { SMALL_V = 11, SMALL_C = 6, SMALL_F = 7 };
static const size_t small_lengths[] = { 4, 3 };
static const int32_t small_source[] = { 5, 2, 9, 3,  7, 10, 4, 0 };
static const int32_t small_before[] = { 1, 6, 2, 2, 8,  1, 10, 3, 9, 0 };
static const int32_t small_want[] = { 6, 2, 2, 8, 0,  10, 3, 9, 0, -1 };

#define SMALL(kind) { .vocabulary = SMALL_V, .layers = 2, .heads = 3, \
    .width = SMALL_C, .hidden = SMALL_F, .order = kind, .drop = .25f }

static double small_loss(struct tape_double *t,
                         const struct transformer_double *m)
{
    const struct pass_double p = { .on = t, .model = m,
                                   .lengths = small_lengths, .seed = 5 };
    tape_reset_double(t);
    struct tensor_double *x = transformer_encode_double(&p, small_source, 2,
                                                        4);
    x = transformer_decode_double(&p, x, small_before, 5, 0);
    x = tape_cross_entropy_double(t, x, small_want, .1, -1);
    if (x->grad && !t->no_grad)
        tape_backward_double(t, x);
    return x->data[0];
}
TEST(the_gradient_of_the_whole_model)
{
    for (int order = 0; order < 2; order++) {
        struct tape_double *t = tape_new_double();
        struct transformer_double m = SMALL((enum block_order_double)order);
        struct random random = random_new(17, 3);
        transformer_new_double(&m, t);
        for (size_t i = 0; i < t->size; i++)
            t->values[i] = .4 * (double)random_normal(&random);
        double loss = small_loss(t, &m), worst = 0;
        assert_true(isfinite(loss));
        double *slopes = allocate(t->size, sizeof *slopes);
        memcpy(slopes, t->grads, t->size * sizeof *slopes);
        for (size_t i = 0; i < t->size; i += 3) {
            const double center = t->values[i], step = 1e-5;
            t->values[i] = center + step;
            double up = small_loss(t, &m);
            t->values[i] = center - step;
            double slope = (up - small_loss(t, &m)) / (2 * step);
            t->values[i] = center;
            worst = fmax(worst, fabs(slope - slopes[i]));
        }
        printf("# %zu parameters, worst %g\n", t->size, worst);
        assert_true(worst < 1e-7);
        free(slopes), transformer_free_double(&m), tape_free_double(t);
    }
}

CHECK_MAIN()
