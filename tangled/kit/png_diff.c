/* png_diff.c -- generated from chapters/C-figure.nw. Do not edit. */
#include "kit/workshop.h"
/* include the reader of PNG files */
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

struct picture { uint8_t *pixels; int width, height; };

static struct picture picture_read(const char *path)
{
    struct picture p;
    int channels;
    p.pixels = stbi_load(path, &p.width, &p.height, &channels, 4);
    if (p.pixels == NULL)
        fail("%s: %s", path, stbi_failure_reason());
    return p;
}
/* count the pixels that differ */
static bool pixel_differs(const uint8_t *a, const uint8_t *b, int levels)
{
    for (int k = 0; k < 4; k++)
        if (abs(a[k] - b[k]) > levels)
            return true;
    return false;
}
static size_t count_different(const struct picture *a,
                              const struct picture *b, int levels)
{
    size_t count = 0, n = (size_t)a->width * (size_t)a->height;
    for (size_t i = 0; i < 4 * n; i += 4)
        count += pixel_differs(a->pixels + i, b->pixels + i, levels);
    return count;
}

int main(int argc, char **argv)
{
    float levels = 3, share = 0.001f;
    /* read the arguments of png_diff */
    program_name = "png_diff";
    if (argc < 3 || argc > 5 || (argc > 3 && !parse_float(&levels, argv[3]))
        || (argc > 4 && !parse_float(&share, argv[4])))
        fail("usage: png_diff OLD.png NEW.png [LEVELS [SHARE]]");
    struct picture a = picture_read(argv[1]), b = picture_read(argv[2]);
    /* pictures of two sizes differ */
    if (a.width != b.width || a.height != b.height) {
        printf("%s: %d x %d, but %s: %d x %d\n", argv[1], a.width, a.height,
               argv[2], b.width, b.height);
        return 1;
    }
    size_t count = count_different(&a, &b, (int)levels);
    double part = (double)count / ((double)a.width * a.height);
    if (count > 0)
        printf("%s: %zu pixels (%.3f %%) differ by more than %d levels\n",
               argv[2], count, 100 * part, (int)levels);
    return part > (double)share;
}
