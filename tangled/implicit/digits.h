/* digits.h -- generated from chapters/05-implicit.nw. Do not edit. */
/* Offers: struct digits, digits_read, struct digit_sets, digit_sets_read,
 * digit_sets_free, digits_batch, digits_patches */

#ifndef DIGITS_H
#define DIGITS_H
#include "kit/idx.h"

/* Handwritten digits of MNIST (LeCun et al. 1998). */
enum { DIGIT_SIDE = 28, DIGIT_PIXELS = 784, DIGIT_KINDS = 10,
       DIGIT_PATCH = 7, DIGIT_PATCHES = 16, DIGIT_PATCH_PIXELS = 49,
       DIGIT_SHIFT = 2 };

struct digits {
    size_t count;
    uint8_t *images, *labels;    /* (count, 28, 28)  (count) */
};
static inline struct bytes_array digits_file(const char *folder,
    const char *set, const char *rest, size_t rank)
{
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s-%s-ubyte", folder, set, rest);
    if (n < 0 || n >= (int)sizeof path)
        fail("%.200s...: the path is too long", folder);
    struct bytes_array a = idx_read(path);
    if (a.rank != rank || a.count == 0 || (rank == 3
        && (a.shape[1] != DIGIT_SIDE || a.shape[2] != DIGIT_SIDE)))
        fail("%s: is not an array of %s", path,
             rank == 3 ? "pictures, (n, 28, 28)" : "labels, (n)");
    for (size_t i = 0; rank == 1 && i < a.count; i++)
        if (a.data[i] >= DIGIT_KINDS)
            fail("%s: label %zu is %d, not a digit", path, i + 1, a.data[i]);
    return a;
}

/* digits_read: the files FOLDER/SET-images-idx3-ubyte and -labels-idx1-,
 * where set is "train" or "t10k".  Fails, naming the file, if they are not
 * pictures of 28 by 28 with as many labels from 0 to 9. */
static inline struct digits digits_read(const char *folder, const char *set)
{
    struct bytes_array images = digits_file(folder, set, "images-idx3", 3);
    struct bytes_array labels = digits_file(folder, set, "labels-idx1", 1);
    if (labels.count != images.shape[0])
        fail("%s/%s-labels-idx1-ubyte: %zu labels for %zu pictures", folder,
             set, labels.count, images.shape[0]);
    return (struct digits){ images.shape[0], images.data, labels.data };
}

/* digit_sets_read: both sets of a folder; release with digit_sets_free. */
struct digit_sets { struct digits train, test; };

static inline void *digit_sets_read(const char *folder)
{
    struct digit_sets *sets = allocate(1, sizeof *sets);
    sets->train = digits_read(folder, "train");
    sets->test = digits_read(folder, "t10k");
    return sets;
}

static inline void digit_sets_free(void *sets)
{
    struct digit_sets *both = sets;
    free(both->train.images), free(both->train.labels);
    free(both->test.images), free(both->test.labels), free(both);
}

/* digits_batch: x (B, 28, 28), from 0 for paper to 1 for ink, and target (B)
 * of the digits which (B); NULL: the first. With shift, each is moved by up
 * to DIGIT_SHIFT pixels in both directions. Checked: which < count. */
static inline void digits_batch(float *x, int32_t *target,
                                const struct digits *digits,
                                const uint32_t *which, size_t batch,
                                struct random *shift)
{
    for (size_t b = 0; b < batch; b++) {
        const size_t at = which ? which[b] : b;
        REQUIRE(at < digits->count);
        const uint8_t *image = digits->images + at * DIGIT_PIXELS;
        int move[2] = { 0 };
        for (int i = 0; shift && i < 2; i++)
            move[i] = (int)random_below(shift, 2 * DIGIT_SHIFT + 1)
                      - DIGIT_SHIFT;
        for (int i = 0; i < DIGIT_PIXELS; i++) {
            int row = i / DIGIT_SIDE - move[0];
            int column = i % DIGIT_SIDE - move[1];
            bool there = row >= 0 && row < DIGIT_SIDE && column >= 0
                         && column < DIGIT_SIDE;
            *x++ = there ? (float)image[row * DIGIT_SIDE + column] / 255 : 0;
        }
        target[b] = digits->labels[at];
    }
}

/* digits_patches: patches (B, 16, 49) of x (B, 28, 28). */
static inline void digits_patches(float *patches, const float *x,
                                  size_t batch)
{
    enum { ACROSS = DIGIT_SIDE / DIGIT_PATCH };
    for (size_t b = 0; b < batch; b++, x += DIGIT_PIXELS)
        for (int p = 0; p < DIGIT_PATCHES; p++) {
            const float *corner = x + p / ACROSS * DIGIT_PATCH * DIGIT_SIDE
                                    + p % ACROSS * DIGIT_PATCH;
            for (int row = 0; row < DIGIT_PATCH; row++) {
                memcpy(patches, corner + row * DIGIT_SIDE,
                       DIGIT_PATCH * sizeof *patches);
                patches += DIGIT_PATCH;
            }
        }
}
#endif

