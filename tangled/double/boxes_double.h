/* boxes_double.h -- generated from boxes.h by the build. Do not edit. */
/* It is vision/boxes.h of chapters/19-vision.nw in double. The book
 * has its names without _double. */


/* boxes.h -- how well two boxes agree, and the slope of it. */
#ifndef BOXES_H_double
#define BOXES_H_double
#include "double/tape_double.h"

/* Of two boxes: what their sides share (0, if the boxes do not meet) and how
 * far they reach together, in both directions; and the areas. */
struct overlap_double { double shared[2], hull[2], both, either, around; };

#define BOX_L1_double 5.
#define BOX_GIOU_double 2.
/* box_overlap: of two boxes (4), each x, y of the middle, width, height. */
static inline struct overlap_double box_overlap_double(const double *a, const double *b)
{
    struct overlap_double o;
    for (int k = 0; k < 2; k++) {
        const double low = a[k] - a[2 + k] / 2, high = low + a[2 + k];
        const double low_b = b[k] - b[2 + k] / 2, high_b = low_b + b[2 + k];
        o.shared[k] = fmin(high, high_b) - fmax(low, low_b);
        o.hull[k] = fmax(high, high_b) - fmin(low, low_b);
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
static inline double box_iou_double(const double *a, const double *b)
{
    const struct overlap_double o = box_overlap_double(a, b);
    return o.either > 0 ? o.both / o.either : 0;
}

static inline double box_giou_double(const double *a, const double *b)
{
    const struct overlap_double o = box_overlap_double(a, b);
    return o.either > 0 ? o.both / o.either + o.either / o.around - 1 : -1;
}

/* box_giou_backward: ADDS to da (4), given dout, the gradient of
 * box_giou(a, b).  Where two edges meet it is one of the two slopes. */
static inline void box_giou_backward_double(double *da, double dout, const double *a,
                                     const double *b)
{
    const struct overlap_double o = box_overlap_double(a, b);
    if (!(o.either > 0))
        return;
    const double by_either = 1 / o.around - o.both / (o.either * o.either);
    const double by_both = 1 / o.either - by_either;
    const double by_around = -o.either / (o.around * o.around);
    for (int k = 0; k < 2; k++) {
        const double low = a[k] - a[2 + k] / 2, high = low + a[2 + k];
        const double low_b = b[k] - b[2 + k] / 2, high_b = low_b + b[2 + k];
        const double area = by_either * a[2 + !k];       /* in any case */
        const double inside = by_both * o.shared[!k];
        const double outside = by_around * o.hull[!k];
        const double up = area + (high < high_b ? inside : 0)
                       + (high > high_b ? outside : 0);
        const double down = area + (low > low_b ? inside : 0)
                         + (low < low_b ? outside : 0);
        da[k] += dout * (up - down);
        da[2 + k] += dout * (up + down) / 2;
    }
}

/* box_loss: how far box a (4) is from b: 5 |a - b| + 2 (1 - GIoU).  Carion
 * et al. 2020, section 3.1.  box_loss_backward: ADDS to da. */
static inline double box_loss_double(const double *a, const double *b)
{
    double distance = 0;
    for (int k = 0; k < 4; k++)
        distance += fabs(a[k] - b[k]);
    return BOX_L1_double * distance + BOX_GIOU_double * (1 - box_giou_double(a, b));
}

static inline void box_loss_backward_double(double *da, double dout, const double *a,
                                     const double *b)
{
    for (int k = 0; k < 4; k++)
        da[k] += dout * BOX_L1_double * (double)((a[k] > b[k]) - (a[k] < b[k]));
    box_giou_backward_double(da, -BOX_GIOU_double * dout, a, b);
}
struct boxes_saved_double { const double *to, *share; };

static inline void boxes_node_double(struct node_double *s)
{
    const struct boxes_saved_double *saved = s->saved;
    const struct tensor_double *x = s->in[0];
    for (size_t i = 0; i < tensor_rows_double(x); i++)
        if (saved->share[i] > 0)
            box_loss_backward_double(x->grad + 4 * i,
                              s->out->grad[0] * saved->share[i],
                              x->data + 4 * i, saved->to + 4 * i);
}

/* tape_boxes: the sum of share times box_loss over the rows of x (..., 4)
 * whose share is above 0.  to (..., 4) and share (...) must stay until
 * tape_backward.  Checked: the last axis. */
static inline struct tensor_double *tape_boxes_double(struct tape_double *tape_double, struct tensor_double *x,
                                        const double *to, const double *share)
{
    TENSORS_FIT_double(tensor_axis_double(x, 1) == 4, "boxes", x, x);
    struct node_double *s = tape_node_double(tape_double, "boxes", SCALAR_double, INPUTS_double(x), boxes_node_double);
    struct boxes_saved_double *saved = s->saved = tape_take_double(tape_double, 1, sizeof *saved);
    double sum = 0;
    for (size_t i = 0; i < tensor_rows_double(x); i++)
        if (share[i] > 0)
            sum += share[i] * box_loss_double(x->data + 4 * i, to + 4 * i);
    *saved = (struct boxes_saved_double){ to, share };
    s->out->data[0] = sum;
    return s->out;
}
#endif

