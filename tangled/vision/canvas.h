/* canvas.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct objects, struct inked, struct place, ink_of, ink_between,
 * canvas_lay, place_sized, canvas_make, canvas_test */

/* canvas.h -- several digits on a canvas, and where they are. */
#ifndef CANVAS_H
#define CANVAS_H
#include "implicit/digits.h"
#include "vision/boxes.h"

enum { CANVAS = 64, CANVAS_PIXELS = CANVAS * CANVAS, OBJECTS_MOST = 6,
       OBJECTS = 3, SIDE_LEAST = 14, SIDE_MOST = 28, INK_LEAST = 50 };

/* What is on a canvas; boxes as in boxes.h, in parts of the canvas. */
struct objects {
    size_t count;
    int32_t kind[OBJECTS_MOST];
    float box[OBJECTS_MOST][4];
};

struct inked { size_t row, column, high, wide; };
struct place { long row, column, high, wide; };
#define MEETING .05f                  /* the IoU of two digits, at most */
/* ink_of: the part of an image (28, 28) that has ink; all, if none has. */
static inline struct inked ink_of(const uint8_t *image)
{
    size_t top = DIGIT_SIDE, left = DIGIT_SIDE, bottom = 0, right = 0;
    for (size_t i = 0; i < DIGIT_PIXELS; i++) {
        const size_t r = i / DIGIT_SIDE, c = i % DIGIT_SIDE;
        if (image[i] < INK_LEAST)
            continue;
        top = r < top ? r : top, bottom = r > bottom ? r : bottom;
        left = c < left ? c : left, right = c > right ? c : right;
    }
    if (top > bottom)
        return (struct inked){ 0, 0, DIGIT_SIDE, DIGIT_SIDE };
    return (struct inked){ top, left, bottom - top + 1, right - left + 1 };
}

/* ink_between: of an image (28, 28), between its pixels; 0 outside. */
static inline float ink_between(const uint8_t *image, float r, float c)
{
    const int top = (int)floorf(r), left = (int)floorf(c);
    float sum = 0;
    for (int k = 0; k < 4; k++) {
        const int i = top + k / 2, j = left + k % 2;
        if (i >= 0 && j >= 0 && i < DIGIT_SIDE && j < DIGIT_SIDE)
            sum += (1 - fabsf(r - (float)i)) * (1 - fabsf(c - (float)j))
                 * (float)image[i * DIGIT_SIDE + j] / 255;
    }
    return sum;
}

/* canvas_lay: the ink of an image, scaled to the place p of x (64, 64).  What
 * would be outside is left out. */
static inline void canvas_lay(float *x, const uint8_t *image, struct place p)
{
    const struct inked ink = ink_of(image);
    for (long i = 0; i < p.high; i++)
        for (long j = 0; j < p.wide; j++) {
            const float r = (float)ink.row - .5f + ((float)i + .5f)
                          * (float)ink.high / (float)p.high;
            const float c = (float)ink.column - .5f + ((float)j + .5f)
                          * (float)ink.wide / (float)p.wide;
            const long row = p.row + i, column = p.column + j;
            float *to = x + row * CANVAS + column;
            if (row >= 0 && row < CANVAS && column >= 0 && column < CANVAS)
                *to = fmaxf(*to, ink_between(image, r, c));
        }
}

/* place_sized: at row and column 0, the longer side with side pixels. */
static inline struct place place_sized(const uint8_t *image, size_t side)
{
    const struct inked ink = ink_of(image);
    const size_t most = ink.high > ink.wide ? ink.high : ink.wide;
    const size_t high = (ink.high * side + most / 2) / most;
    const size_t wide = (ink.wide * side + most / 2) / most;
    return (struct place){ 0, 0, high ? (long)high : 1,
                           wide ? (long)wide : 1 };
}

static inline void place_box(float *box, struct place p)
{
    box[0] = ((float)p.column + (float)p.wide / 2) / CANVAS;
    box[1] = ((float)p.row + (float)p.high / 2) / CANVAS;
    box[2] = (float)p.wide / CANVAS, box[3] = (float)p.high / CANVAS;
}

static inline bool box_is_free(const struct objects *o, const float *box)
{
    for (size_t k = 0; k < o->count; k++)
        if (box_iou(box, o->box[k]) > MEETING)
            return false;
    return true;
}

/* canvas_make: x (64, 64) with n digits of d, and what they are. */
static inline void canvas_make(float *x, struct objects *o,
    const struct digits *d, size_t n, struct random *random)
{
    REQUIRE(n <= OBJECTS_MOST && d->count > 0);
    memset(x, 0, CANVAS_PIXELS * sizeof *x);
    for (o->count = 0; o->count < n; o->count++) {
        const size_t which = random_below(random, (uint32_t)d->count);
        const uint8_t *image = d->images + which * DIGIT_PIXELS;
        float *box = o->box[o->count];
        struct place p;
        int tries = 0;
        do {
            p = place_sized(image, SIDE_LEAST
                + random_below(random, SIDE_MOST - SIDE_LEAST + 1));
            p.row = random_below(random, (uint32_t)(CANVAS - p.high + 1));
            p.column = random_below(random, (uint32_t)(CANVAS - p.wide + 1));
            place_box(box, p);
        } while (!box_is_free(o, box) && ++tries < 100);
        o->kind[o->count] = d->labels[which];
        canvas_lay(x, image, p);
    }
}

/* canvas_test: canvas number which of a test set: three digits. */
static inline void canvas_test(float *x, struct objects *o,
                               const struct digits *d, size_t which)
{
    struct random random = random_new(19, which);
    canvas_make(x, o, d, OBJECTS, &random);
}
#endif

