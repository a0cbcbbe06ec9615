/* precision.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct found, found_order, found_right, average_precision,
 * mean_precision, canvases_read */

/* precision.h -- average precision of a detector. */
#ifndef PRECISION_H
#define PRECISION_H
#include "vision/canvas.h"

/* An answer: on which canvas, what, how sure, and where. */
struct found { size_t canvas; int32_t kind; float score, box[4]; };

/* found_order: for qsort: the best score first. */
static inline int found_order(const void *x, const void *y)
{
    const struct found *a = x, *b = y;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return a->canvas != b->canvas ? (a->canvas > b->canvas ? 1 : -1)
         : (a->kind > b->kind) - (a->kind < b->kind);
}

/* found_right: right (n), whether each of f (n), best score first, is right,
 * given what is on the canvases; least: the least IoU. */
static inline void found_right(bool *right, const struct found *f, size_t n,
    const struct objects *truth, size_t canvases, float least)
{
    bool *taken = allocate(size_product(canvases, OBJECTS_MOST), 1);
    for (size_t i = 0; i < n; i++) {
        const struct objects *o = &truth[f[i].canvas];
        bool *of = taken + f[i].canvas * OBJECTS_MOST;
        size_t best = 0;
        float most = -1;
        REQUIRE(f[i].canvas < canvases);
        for (size_t k = 0; k < o->count; k++) {
            const float iou = box_iou(f[i].box, o->box[k]);
            if (o->kind[k] == f[i].kind && iou > most)
                most = iou, best = k;
        }
        right[i] = most >= least && !of[best];
        of[best] = of[best] || right[i];
    }
    free(taken);
}
/* average_precision: of right (n), best score first, and so many objects
 * that were to be found: all-point interpolation.  precision and recall (n),
 * or NULL, get the curve. */
static inline double average_precision(const bool *right, size_t n,
    size_t objects, float *precision, float *recall)
{
    double ap = 0, best = 0;
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += right[i];
    for (size_t i = n; i-- > 0; found -= right[i]) {
        const double p = (double)found / (double)(i + 1);
        best = p > best ? p : best;
        ap += right[i] ? best / (double)objects : 0;
        if (precision)
            precision[i] = (float)best;
        if (recall)
            recall[i] = (float)found / (float)objects;
    }
    return ap;
}

/* mean_precision: the mean over the classes that occur; each (10), or NULL:
 * that of each class, NAN if it does not occur. */
static inline double mean_precision(double *each, const struct found *f,
    size_t n, const struct objects *truth, size_t canvases, float least)
{
    bool *right = allocate(2 * n + 1, 1), *of = right + n;
    double sum = 0;
    size_t classes = 0;
    found_right(right, f, n, truth, canvases, least);
    for (int32_t kind = 0; kind < DIGIT_KINDS; kind++) {
        size_t objects = 0, answers = 0;
        for (size_t b = 0; b < canvases; b++)
            for (size_t k = 0; k < truth[b].count; k++)
                objects += truth[b].kind[k] == kind;
        for (size_t i = 0; i < n; i++)
            if (f[i].kind == kind)
                of[answers++] = right[i];
        const double ap = objects == 0 ? (double)NAN
            : average_precision(of, answers, objects, NULL, NULL);
        sum += objects ? ap : 0, classes += objects > 0;
        if (each)
            each[kind] = ap;
    }
    free(right);
    return classes ? sum / (double)classes : 0;
}

/* canvases_read: on how many all objects, and nothing else, are found with a
 * score of at least sure, and right (n) of f (n). */
static inline size_t canvases_read(const struct found *f, const bool *right,
    size_t n, const struct objects *truth, size_t canvases, float sure)
{
    size_t *hits = allocate(canvases, 2 * sizeof *hits), count = 0;
    size_t *claims = hits + canvases;
    for (size_t i = 0; i < n; i++)
        if (f[i].score >= sure)
            claims[f[i].canvas]++, hits[f[i].canvas] += right[i];
    for (size_t b = 0; b < canvases; b++)
        count += claims[b] == truth[b].count && hits[b] == truth[b].count;
    free(hits);
    return count;
}
#endif

