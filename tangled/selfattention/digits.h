/* digits.h -- generated from chapters/09-selfattention.nw. Do not edit. */
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
static inline struct bytes_array digits_file(char path[4096],
    const char *folder, const char *set, const char *rest)
{
    int n = snprintf(path, 4096, "%s/%s-%s-ubyte", folder, set, rest);
    if (n < 0 || n >= 4096)
        fail("%.200s...: the path is too long", folder);
    return idx_read(path);
}

/* digits_read: the files FOLDER/SET-images-idx3-ubyte and -labels-idx1-,
 * where set is "train" or "t10k".  Fails, naming the file, if they are not
 * pictures of 28 by 28 with as many labels from 0 to 9. */
static inline struct digits digits_read(const char *folder, const char *set)
{
    char path[4096], labels_path[4096];
    struct bytes_array images = digits_file(path, folder, set, "images-idx3");
    struct bytes_array labels = digits_file(labels_path, folder, set,
                                            "labels-idx1");
    if (images.rank != 3 || images.shape[0] == 0
        || images.shape[1] != DIGIT_SIDE || images.shape[2] != DIGIT_SIDE)
        fail("%s: is not an array of pictures, (n, 28, 28)", path);
    /* refuse labels that do not belong to the pictures */
    if (labels.rank != 1 || labels.count != images.shape[0])
        fail("%s: %zu labels for the %zu pictures of %s", labels_path,
             labels.rank == 1 ? labels.count : 0, images.shape[0], path);
    for (size_t i = 0; i < labels.count; i++)
        if (labels.data[i] >= DIGIT_KINDS)
            fail("%s: label %zu is %d, not a digit", labels_path, i + 1,
                 labels.data[i]);
    return (struct digits){ images.shape[0], images.data, labels.data };
}

static inline void digits_free(struct digits *digits)
{
    free(digits->images);
    free(digits->labels);
    *digits = (struct digits){ 0 };
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
    digits_free(&both->train), digits_free(&both->test);
    free(both);
}

static inline float digit_pixel(const uint8_t *image, int y, int x)
{
    bool there = y >= 0 && y < DIGIT_SIDE && x >= 0 && x < DIGIT_SIDE;
    return there ? (float)image[y * DIGIT_SIDE + x] / 255 : 0;
}

static inline int digit_move(struct random *shift)
{
    return shift ? (int)random_below(shift, 2 * DIGIT_SHIFT + 1) - DIGIT_SHIFT
                 : 0;
}

/* digits_batch: x (B, 28, 28), from 0 for paper to 1 for ink, and target (B)
 * of the digits which (B).  With shift, each is moved by up to DIGIT_SHIFT
 * pixels up or down and left or right. Checked: which < count. */
static inline void digits_batch(float *x, int32_t *target,
                                const struct digits *digits,
                                const uint32_t *which, size_t batch,
                                struct random *shift)
{
    for (size_t b = 0; b < batch; b++) {
        REQUIRE(which[b] < digits->count);
        const uint8_t *image = digits->images + which[b] * DIGIT_PIXELS;
        int down = digit_move(shift), right = digit_move(shift);
        for (int i = 0; i < DIGIT_PIXELS; i++)
            *x++ = digit_pixel(image, i / DIGIT_SIDE - down,
                               i % DIGIT_SIDE - right);
        target[b] = digits->labels[which[b]];
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

