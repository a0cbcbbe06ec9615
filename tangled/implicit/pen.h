/* pen.h -- generated from chapters/05-implicit.nw. Do not edit. */
/* Offers: struct pen, pen_draw, pen_board, pen_digit, patch_of,
 * patch_pick */

/* pen.h -- a digit that the reader draws. */
#ifndef PEN_H
#define PEN_H
#include "implicit/digits.h"
#include "kit/figure.h"

struct pen { float x, y; bool down; };

/* pen_draw: on the widget w of the square r: ink (side, side), from 0 to 1,
 * where the pointer has gone; radius: of the spot, in pixels of the ink.
 * True if there was some. */
static inline bool pen_draw(struct pen *pen, struct frame *f, struct widget w,
                            struct rect r, float *ink, int side, float radius)
{
    const float x = (f->pointer.x - r.x) / r.w * (float)side;
    const float y = (f->pointer.y - r.y) / r.h * (float)side;
    const bool was = pen->down, down = w.held && f->pointer.down;
    const float dx = was ? x - pen->x : 0, dy = was ? y - pen->y : 0;
    const int steps = 1 + (int)fminf(hypotf(dx, dy), (float)side);
    *pen = (struct pen){ x, y, down };
    for (int i = 0; down && i < steps * side * side; i++) {
        float part = (float)(i / (side * side)) / (float)steps;
        int at = i % (side * side);
        float off = hypotf((float)(at % side) + .5f - x + part * dx,
                           (float)(at / side) + .5f - y + part * dy);
        ink[at] = fmaxf(ink[at], fminf(1, radius - off));
    }
    return down;
}

/* pen_board: a board in r with ink (side, side), to draw on; hint: say so as
 * long as nothing is drawn.  True if there was some ink. */
static inline bool pen_board(struct pen *pen, struct frame *f, struct rect r,
                             float *ink, int side, bool hint)
{
    r = image_area(r, 1, 1);
    struct widget w = widget(f, r, CURSOR_GRAB);
    say(f, w, "a board to draw a digit on with the pointer", "board");
    const bool drawn = pen_draw(pen, f, w, r, ink, side, 3.2f);
    image_gray(f, r, ink, (size_t)side, (size_t)side, 0, 1);
    f->readout[0] = 0;
    draw_frame(f, r, 0, 1, paint(f, MUTED));
    if (hint && !drawn)
        draw_text(f, r.x + r.w / 2, r.y + r.h / 2, TEXT_SIZE,
                  ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED),
                  "draw a digit");
    focus_ring(f, w, r, 2);
    return drawn;
}

static inline float pen_mean(const float *ink, int side, float x, float y,
                             float step)
{
    float sum = 0;
    for (int i = 0; i < 16; i++) {
        float at_x = x + ((float)(i % 4) - 1.5f) / 4 * step;
        float at_y = y + ((float)(i / 4) - 1.5f) / 4 * step;
        if (at_x >= 0 && at_y >= 0 && at_x < (float)side
            && at_y < (float)side)
            sum += ink[(int)at_y * side + (int)at_x];
    }
    return sum / 16;
}

/* pen_digit: image (28, 28) of ink (side, side), scaled and moved as MNIST
 * was.  False if there is no ink. */
static inline bool pen_digit(float *image, const float *ink, int side)
{
    struct span box[2] = { { (float)side, 0 }, { (float)side, 0 } };
    float sum = 1e-9f, x = 0, y = 0;
    bool blank = true;
    for (int i = 0; i < side * side; i++) {
        float at_x = (float)(i % side) + .5f, at_y = (float)(i / side) + .5f;
        sum += ink[i], x += ink[i] * at_x, y += ink[i] * at_y;
        blank &= ink[i] == 0;
        span_add(&box[0], &at_x, ink[i] > .3f, false);
        span_add(&box[1], &at_y, ink[i] > .3f, false);
    }
    float size = fmaxf(box[0].hi - box[0].lo, box[1].hi - box[1].lo) + 1;
    float step = fmaxf(size, (float)side / 4) / 20;
    for (int i = 0; i < DIGIT_PIXELS; i++)
        image[i] = pen_mean(ink, side,
            x / sum + ((float)(i % DIGIT_SIDE) - 13.5f) * step,
            y / sum + ((float)(i / DIGIT_SIDE) - 13.5f) * step, step);
    return !blank;
}

/* patch_of: patch p of four by four in the square r. */
static inline struct rect patch_of(struct rect r, int p)
{
    return (struct rect){ r.x + (float)(p % 4) * r.w / 4,
                          r.y + (float)(p / 4) * r.h / 4, r.w / 4, r.h / 4 };
}

/* patch_pick: lets the reader choose another patch of r, with the pointer or
 * with arrow keys. True if it is another one. */
static inline bool patch_pick(struct frame *f, struct widget w, struct rect r,
                              int *patch)
{
    int was = *patch;
    for (int p = 0; w.held && p < 16; p++)
        if (inside(patch_of(r, p), f->pointer.x, f->pointer.y))
            *patch = p;
    if (w.focused)
        *patch = (*patch + arrow_x(f) + 4 * arrow_y(f) + 16) % 16;
    return *patch != was;
}
#endif
