/* scene.h -- generated from chapters/06-hard.nw. Do not edit. */
/* Offers: scene_lay, scene_make, scene_test */

/* scene.h -- a digit somewhere among scraps of others. */
#ifndef SCENE_H
#define SCENE_H
#include "implicit/digits.h"

enum { SCENE = 56, SCRAPS = 4, SCRAP = 8 };

/* scene_lay: a square of side pixels of a digit, from (r0, c0) on, laid into
 * x (56, 56) at row, column. */
static inline void scene_lay(float *x, const uint8_t *image, size_t r0,
                             size_t c0, size_t side, size_t row,
                             size_t column)
{
    for (size_t i = 0; i < side * side; i++) {
        const size_t r = i / side, c = i % side;
        float *to = x + (row + r) * SCENE + column + c;
        *to = fmaxf(*to, (float)image[(r0 + r) * DIGIT_SIDE + c0 + c] / 255);
    }
}

/* scene_make: x (56, 56), digit number which of d somewhere in it, and
 * scraps of SCRAP by SCRAP pixels from the middles of others. */
static inline void scene_make(float *x, const struct digits *d, size_t which,
                              struct random *random)
{
    enum { FREE = SCENE - DIGIT_SIDE + 1, INNER = 13 };
    REQUIRE(which < d->count);
    memset(x, 0, SCENE * SCENE * sizeof *x);
    const size_t row = random_below(random, FREE);
    scene_lay(x, d->images + which * DIGIT_PIXELS, 0, 0, DIGIT_SIDE, row,
              random_below(random, FREE));
    for (int i = 0; i < SCRAPS; i++) {
        const size_t other = random_below(random, (uint32_t)d->count);
        const size_t r0 = 4 + random_below(random, INNER);
        const size_t c0 = 4 + random_below(random, INNER);
        const size_t to = random_below(random, SCENE - SCRAP + 1);
        scene_lay(x, d->images + other * DIGIT_PIXELS, r0, c0, SCRAP, to,
                  random_below(random, SCENE - SCRAP + 1));
    }
}

/* scene_test: picture number which of a test set. */
static inline void scene_test(float *x, const struct digits *d, size_t which)
{
    struct random random = random_new(6, which);
    scene_make(x, d, which, &random);
}
#endif

