/* boxes_cases.h -- generated from chapters/19-vision.nw. Do not edit. */
#ifndef BOXES_CASES_H
#define BOXES_CASES_H
#include "vision/boxes.h"
#include "gradient/operations.h"

static const float some_boxes[] = { .5f, .5f, .4f, .6f,  .2f, .7f, .3f, .2f,
    .9f, .1f, .2f, .2f,  .5f, .5f, 1, 1,  .4f, .6f, .1f, .1f };
static const float some_shares[] = { 1, .5f, .25f, 2, 0 };

static inline struct tensor *apply_boxes(struct tape *t, struct tensor **in)
{
    return tape_boxes(t, tape_sigmoid(t, in[0]), some_boxes, some_shares);
}

static const struct operation boxes_cases[] = {
    { "boxes", .apply = apply_boxes, .sizes = "B=5 K=4", .out = "",
      .inputs = { { "x", "B K" } } },
    { .name = NULL }
};
#endif
