/* idx.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Offers: struct bytes_array, idx_read, bytes_free */

#ifndef IDX_H
#define IDX_H
#include "kit/workshop.h"

/* idx.h -- arrays of bytes in the IDX files of MNIST.
 *
 * data (shape[0], ..., shape[rank - 1]), the last index running fastest; rank
 * 1 to 4; count is the product of the sizes. */
enum { IDX_RANK = 4 };
struct bytes_array { uint8_t *data; size_t rank, shape[IDX_RANK], count; };

/* idx_read: unsigned bytes; a file or a pipe. All else, and a file that is
 * not just as long as its header says, is refused: "PATH: what is wrong". */
static inline struct bytes_array idx_read(const char *path)
{
    struct input input = input_open(path);
    uint8_t head[4];
    input_bytes(head, &input, sizeof head);
    /* refuse a file that is not of bytes */
    if (head[0] == 0x1f && head[1] == 0x8b)
        fail("%s: is compressed; gunzip it first", path);
    if (head[0] || head[1] || head[3] < 1 || head[3] > IDX_RANK)
        fail("%s: is not an IDX file of rank 1 to %d", path, IDX_RANK);
    if (head[2] != 0x08)
        fail("%s: holds type 0x%02x; only bytes (0x08) are read", path, head[2]);

    struct bytes_array array = { .rank = head[3], .count = 1 };
    for (size_t i = 0; i < array.rank; i++) {
        uint8_t b[4];
        input_bytes(b, &input, sizeof b);
        array.shape[i] = (size_t)b[0] << 24 | (size_t)b[1] << 16
                       | (size_t)b[2] << 8 | b[3];
        if (__builtin_mul_overflow(array.count, array.shape[i], &array.count))
            fail("%s: its shape is too large", path);
    }
    array.data = input_data(&input, array.count);
    input_end(&input);
    return array;
}

/* bytes_free: releases the data. */
static inline void bytes_free(struct bytes_array *array)
{
    free(array->data);
    *array = (struct bytes_array){ 0 };
}

#endif

