/* pen.h -- generated from chapters/09-selfattention.nw. Do not edit. */
/* Offers: struct pen, pen_draw, patch_of, patch_pick */

/* pen.h -- a digit that the reader draws, and the patches of one. */
#ifndef PEN_H
#define PEN_H
#include "kit/figure.h"

struct pen { float x, y; bool down; };

/* pen_draw: on the widget w of the square r: ink (side, side), from 0 to 1,
 * where the pointer has gone. True if there was some. */
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
