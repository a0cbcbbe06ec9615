/* boxes.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct overlap, box_overlap, box_iou, box_giou,
 * box_giou_backward, box_loss, box_loss_backward, struct boxes_saved,
 * tape_boxes */

/* boxes.h -- how well two boxes agree, and the slope of it. */
#ifndef BOXES_H
#define BOXES_H
#include "gradient/tape.h"

/* Of two boxes: what their sides share (0, if the boxes do not meet) and how
 * far they reach together, in both directions; and the areas. */
struct overlap { float shared[2], hull[2], both, either, around; };

#define BOX_L1 5.f
#define BOX_GIOU 2.f
/* box_overlap: of two boxes (4), each x, y of the middle, width, height. */
static inline struct overlap box_overlap(const float *a, const float *b)
{
    struct overlap o;
    for (int k = 0; k < 2; k++) {
        const float low = a[k] - a[2 + k] / 2, high = low + a[2 + k];
        const float low_b = b[k] - b[2 + k] / 2, high_b = low_b + b[2 + k];
        o.shared[k] = fminf(high, high_b) - fmaxf(low, low_b);
        o.hull[k] = fmaxf(high, high_b) - fminf(low, low_b);
    }
    if (!(o.shared[0] > 0 && o.shared[1] > 0))
        o.shared[0] = o.shared[1] = 0;
    o.both = o.shared[0] * o.shared[1];
    o.either = a[2] * a[3] + b[2] * b[3] - o.both;
    o.around = o.hull[0] * o.hull[1];
    return o;
}

/* box_iou: from 0 to 1.  box_giou: above -1, to 1; Rezatofighi et al. 2019,
 * algorithm 1.  Boxes without area have an IoU of 0, and a GIoU of -1. */
static inline float box_iou(const float *a, const float *b)
{
    const struct overlap o = box_overlap(a, b);
    return o.either > 0 ? o.both / o.either : 0;
}

static inline float box_giou(const float *a, const float *b)
{
    const struct overlap o = box_overlap(a, b);
    return o.either > 0 ? o.both / o.either + o.either / o.around - 1 : -1;
}

/* box_giou_backward: ADDS to da (4), given dout, the gradient of
 * box_giou(a, b).  Where two edges meet it is one of the two slopes. */
static inline void box_giou_backward(float *da, float dout, const float *a,
                                     const float *b)
{
    const struct overlap o = box_overlap(a, b);
    if (!(o.either > 0))
        return;
    const float by_either = 1 / o.around - o.both / (o.either * o.either);
    const float by_both = 1 / o.either - by_either;
    const float by_around = -o.either / (o.around * o.around);
    for (int k = 0; k < 2; k++) {
        const float low = a[k] - a[2 + k] / 2, high = low + a[2 + k];
        const float low_b = b[k] - b[2 + k] / 2, high_b = low_b + b[2 + k];
        const float area = by_either * a[2 + !k];       /* in any case */
        const float inside = by_both * o.shared[!k];
        const float outside = by_around * o.hull[!k];
        const float up = area + (high < high_b ? inside : 0)
                       + (high > high_b ? outside : 0);
        const float down = area + (low > low_b ? inside : 0)
                         + (low < low_b ? outside : 0);
        da[k] += dout * (up - down);
        da[2 + k] += dout * (up + down) / 2;
    }
}

/* box_loss: how far box a (4) is from b: 5 |a - b| + 2 (1 - GIoU).  Carion
 * et al. 2020, section 3.1.  box_loss_backward: ADDS to da. */
static inline float box_loss(const float *a, const float *b)
{
    float distance = 0;
    for (int k = 0; k < 4; k++)
        distance += fabsf(a[k] - b[k]);
    return BOX_L1 * distance + BOX_GIOU * (1 - box_giou(a, b));
}

static inline void box_loss_backward(float *da, float dout, const float *a,
                                     const float *b)
{
    for (int k = 0; k < 4; k++)
        da[k] += dout * BOX_L1 * (float)((a[k] > b[k]) - (a[k] < b[k]));
    box_giou_backward(da, -BOX_GIOU * dout, a, b);
}
struct boxes_saved { const float *to, *share; };

static inline void boxes_node(struct node *s)
{
    const struct boxes_saved *saved = s->saved;
    const struct tensor *x = s->in[0];
    for (size_t i = 0; i < tensor_rows(x); i++)
        if (saved->share[i] > 0)
            box_loss_backward(x->grad + 4 * i,
                              s->out->grad[0] * saved->share[i],
                              x->data + 4 * i, saved->to + 4 * i);
}

/* tape_boxes: the sum of share times box_loss over the rows of x (..., 4)
 * whose share is above 0.  to (..., 4) and share (...) must stay until
 * tape_backward.  Checked: the last axis. */
static inline struct tensor *tape_boxes(struct tape *tape, struct tensor *x,
                                        const float *to, const float *share)
{
    TENSORS_FIT(tensor_axis(x, 1) == 4, "boxes", x, x);
    struct node *s = tape_node(tape, "boxes", SCALAR, INPUTS(x), boxes_node);
    struct boxes_saved *saved = s->saved = tape_take(tape, 1, sizeof *saved);
    float sum = 0;
    for (size_t i = 0; i < tensor_rows(x); i++)
        if (share[i] > 0)
            sum += share[i] * box_loss(x->data + 4 * i, to + 4 * i);
    *saved = (struct boxes_saved){ to, share };
    s->out->data[0] = sum;
    return s->out;
}
#endif

