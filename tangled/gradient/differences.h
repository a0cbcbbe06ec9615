/* differences.h -- generated from chapters/04-gradient.nw. Do not edit. */
/* Offers: test_case_slope, differences_error, worse, differences_table */

#ifndef DIFFERENCES_H
#define DIFFERENCES_H
#include "double/operations_double.h"
#include "kit/npy.h"

enum { RESULTS = 1024 };

/* test_case_slope: of the loss in one element x of an input. */
static inline double test_case_slope(struct test_case_double *t,
                                     const double *g, double *x)
{
    double center = *x, step = 7e-6 * fmax(1, fabs(center)), loss[2];
    double at[2] = { center - step, center + step };
    for (int side = 0; side < 2; side++) {
        *x = at[side];
        loss[side] = test_case_loss_double(t, g, RESULTS)->data[0];
    }
    *x = center;
    return (loss[1] - loss[0]) / (at[1] - at[0]);
}

static inline struct test_case_double test_case_random(
    const struct operation_double *op, double *g);
static inline double worse(double a, double b);

/* differences_error: how far the gradient in input number which is from
 * central differences, at worst over its elements: |got - want| divided by
 * |want|, or by a hundredth of the largest |want| where that is more.  at,
 * if not NULL, gets which element that is. */
static inline double differences_error(const struct operation_double *op,
                                       size_t which, size_t *at)
{
    double g[RESULTS];
    struct test_case_double t = test_case_random(op, g);
    struct tensor_double *x = t.in[which];
    double worst = 0, largest = 0;
    tape_backward_double(t.on, test_case_loss_double(&t, g, RESULTS));
    for (size_t i = 0; i < x->count; i++)
        largest = fmax(largest, fabs(x->grad[i]));
    for (size_t i = 0; i < x->count; i++) {
        double want = test_case_slope(&t, g, &x->data[i]);
        double size = fmax(fabs(want), largest / 100);
        double error = fabs(x->grad[i] - want);
        error = error == 0 ? 0 : error / size;
        if (at && !isnan(worst) && !(error <= worst))
            *at = i;
        worst = worse(worst, error);
    }
    tape_free_double(t.on);
    return worst;
}

static inline struct test_case_double test_case_random(
    const struct operation_double *op, double *g)
{
    struct test_case_double t = test_case_new_double(op);
    struct random random = random_new(4, 0);
    for (size_t i = 0; i < t.on->size; i++)
        t.on->values[i] = (op->spread > 0 ? op->spread : 1)
                          * (double)random_normal(&random);
    for (size_t i = 0; i < RESULTS; i++)
        g[i] = (double)random_normal(&random);
    return t;
}

/* worse: the larger of two errors; nothing is larger than a NaN. */
static inline double worse(double a, double b)
{
    return isnan(a) || b <= a ? a : b;
}

/* differences_table: a line for each input of each operation of the list;
 * returns the worst error.  out may be NULL. */
static inline double differences_table(FILE *out,
                                       const struct operation_double *list)
{
    double worst = 0;
    if (out)
        fprintf(out, "%-19s %-6s %-13s %s\n", "operation", "input", "shape",
                "largest error");
    for (; list->name; list++)
        for (size_t i = 0; list->inputs[i].name; i++) {
            double error = differences_error(list, i, NULL);
            worst = worse(worst, error);
            char shape[ARRAY_TEXT];
            const struct axes_double axes = axes_sized_double(
                list->inputs[i].shape, list->sizes);
            array_shape_text(shape, axes.rank, axes.n);
            if (out)
                fprintf(out, "%-19s %-6s %-13s %8.1e\n", i ? "" : list->name,
                        list->inputs[i].name, shape, error);
        }
    return worst;
}
#endif
