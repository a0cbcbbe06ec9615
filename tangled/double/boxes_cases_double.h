/* boxes_cases_double.h -- generated from boxes_cases.h by the build. Do not edit. */
/* It is vision/boxes_cases.h of chapters/19-vision.nw in double. The book
 * has its names without _double. */

#ifndef BOXES_CASES_H_double
#define BOXES_CASES_H_double
#include "double/boxes_double.h"
#include "double/operations_double.h"

static const double some_boxes_double[] = { .5, .5, .4, .6,  .2, .7, .3, .2,
    .9, .1, .2, .2,  .5, .5, 1, 1,  .4, .6, .1, .1 };
static const double some_shares_double[] = { 1, .5, .25, 2, 0 };

static inline struct tensor_double *apply_boxes_double(struct tape_double *t, struct tensor_double **in)
{
    return tape_boxes_double(t, tape_sigmoid_double(t, in[0]), some_boxes_double, some_shares_double);
}

static const struct operation_double boxes_cases_double[] = {
    { "boxes", .apply = apply_boxes_double, .sizes = "B=5 K=4", .out = "",
      .inputs = { { "x", "B K" } } },
    { .name = NULL }
};
#endif
