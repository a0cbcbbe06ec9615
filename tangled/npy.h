#ifndef NPY_H
#define NPY_H
#include "workshop.h"

/* npy.h -- arrays of floats, in memory and in NumPy's .npy files.
 *
 * struct array: data (shape[0], ..., shape[rank - 1]), row-major, at a multiple
 *   of 64; count is the product, 1 for rank 0. Shapes with a zero are allowed.
 * array_new: zeros. array_text: the shape as "(2, 3)", for messages.
 * npy_read: float32 or float64 (rounded to float; too large: an error), little
 *   endian, C order, header version 1 to 3. A file or a pipe. Any other content
 *   is refused with one line: "PATH: what is wrong", exit status 2.
 * npy_write: float32, version 1, whole or not at all (see output_open).
 * Format: numpy.lib.format. */
enum { ARRAY_RANK = 8, ARRAY_TEXT = 24 * ARRAY_RANK };
struct array { float *data; size_t rank, shape[ARRAY_RANK], count; };

static inline struct array array_new(size_t rank, const size_t *shape);
static inline void array_free(struct array *array);
static inline const char *array_text(char text[ARRAY_TEXT],
                                     const struct array *array);
static inline struct array npy_read(const char *path);
static inline void npy_write(const char *path, const struct array *array);


static inline struct array array_new(size_t rank, const size_t *shape)
{
    REQUIRE(rank <= ARRAY_RANK);
    struct array array = { .rank = rank, .count = 1 };
    for (size_t i = 0; i < rank; i++) {
        array.shape[i] = shape[i];
        array.count = size_product(array.count, shape[i]);
    }
    array.data = allocate(array.count, sizeof(float));
    return array;
}

static inline void array_free(struct array *array)
{
    free(array->data);
    *array = (struct array){ 0 };
}

static inline const char *array_text(char text[ARRAY_TEXT],
                                     const struct array *array)
{
    int n = sprintf(text, "(");
    for (size_t i = 0; i < array->rank; i++)
        n += sprintf(text + n, i ? ", %zu" : "%zu", array->shape[i]);
    sprintf(text + n, array->rank == 1 ? ",)" : ")");
    return text;
}

enum { NPY_HEADER = 65535 };   /* the longest header that we read */


static inline void npy_narrow(float *data, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++) {
        double wide;
        memcpy(&wide, (char *)data + i * sizeof wide, sizeof wide);
        float narrow = (float)wide;
        if (isinf(narrow) && !isinf(wide))
            fail("%s: element %zu is %g, too large for a float",
                 path, i, wide);
        memcpy((char *)data + i * sizeof narrow, &narrow, sizeof narrow);
    }
}

struct npy_header {
    const char *path, *at;   /* at: what is still to be parsed */
    bool is_double, has_descr, has_order, has_shape;
    struct array array;
};

static inline size_t npy_header_length(struct input *input)
{
    unsigned char head[8], size[4] = { 0 };
    input_bytes(head, input, sizeof head);
    if (memcmp(head, "\x93NUMPY", 6) != 0)
        fail("%s: is not a .npy file", input->path);
    if (head[6] < 1 || head[6] > 3)
        fail("%s: .npy version %d is unknown", input->path, head[6]);
    input_bytes(size, input, head[6] == 1 ? 2 : 4);
    size_t length = size[0] | size[1] << 8 | (size_t)size[2] << 16
                  | (size_t)size[3] << 24;
    if (length > NPY_HEADER)
        fail("%s: its header claims %zu bytes", input->path, length);
    return length;
}

_Noreturn static inline void npy_bad(const struct npy_header *header,
                                     const char *wanted)
{
    fail("%s: bad header: expected %s at \"%.20s\"", header->path, wanted,
         header->at);
}

static inline bool npy_takes(struct npy_header *header, const char *token)
{
    header->at += strspn(header->at, " \n");
    size_t length = strlen(token);
    if (strncmp(header->at, token, length) != 0)
        return false;
    header->at += length;
    return true;
}

static inline void npy_wants(struct npy_header *header, const char *token)
{
    if (!npy_takes(header, token))
        npy_bad(header, token);
}

static inline void npy_descr(struct npy_header *header)
{
    npy_wants(header, ":");
    if (npy_takes(header, "'<f8'"))
        header->is_double = true;
    else if (!npy_takes(header, "'<f4'"))
        {
            const char *why = strncmp(header->at, "'>", 2) == 0 ? "big-endian"
                : strncmp(header->at, "'|O", 3) == 0 ? "objects, or ragged rows"
                : *header->at == '[' ? "records" : "not floats";
            fail("%s: holds %s (type %.*s); only <f4 and <f8 are read", header->path,
                 why, (int)strcspn(header->at + 1, "',") + 2, header->at);
        }

    header->has_descr = true;
}

static inline void npy_order(struct npy_header *header)
{
    npy_wants(header, ":");
    if (npy_takes(header, "True"))
        fail("%s: is in Fortran order; save numpy.ascontiguousarray(x)",
             header->path);
    npy_wants(header, "False");
    header->has_order = true;
}

static inline size_t npy_size(struct npy_header *header)
{
    header->at += strspn(header->at, " ");
    size_t size = 0, digits = strspn(header->at, "0123456789");
    if (digits == 0)
        npy_bad(header, "a size");
    for (; digits > 0; digits--)
        if (__builtin_mul_overflow(size, 10, &size)
            || __builtin_add_overflow(size, *header->at++ - '0', &size))
            fail("%s: its shape is too large", header->path);
    return size;
}

static inline void npy_shape(struct npy_header *header)
{
    struct array *array = &header->array;
    *array = (struct array){ .count = 1 };
    npy_wants(header, ":");
    npy_wants(header, "(");
    while (!npy_takes(header, ")")) {
        if (array->rank == ARRAY_RANK)
            fail("%s: has more than %d axes", header->path, ARRAY_RANK);
        array->shape[array->rank++] = npy_size(header);
        if (!npy_takes(header, ",") && (*header->at != ')' || array->rank < 2))
            npy_bad(header, ",");
    }
    bool some_zero = false;
    for (size_t i = 0; i < array->rank; i++) {
        some_zero |= array->shape[i] == 0;
        size_t n = array->shape[i] ? array->shape[i] : 1;
        if (__builtin_mul_overflow(array->count, n, &array->count))
            fail("%s: its shape is too large", header->path);
    }
    if (some_zero)
        array->count = 0;

    header->has_shape = true;
}


static inline void npy_parse(struct npy_header *header)
{
    npy_wants(header, "{");
    while (!npy_takes(header, "}")) {
        if (npy_takes(header, "'descr'"))
            npy_descr(header);
        else if (npy_takes(header, "'fortran_order'"))
            npy_order(header);
        else if (npy_takes(header, "'shape'"))
            npy_shape(header);
        else
            npy_bad(header, "descr, fortran_order or shape");
        if (!npy_takes(header, ",") && header->at[0] != '}')
            npy_bad(header, ", or }");
    }
    header->at += strspn(header->at, " \n");
    if (*header->at || !header->has_descr || !header->has_order
        || !header->has_shape)
        npy_bad(header, "descr, fortran_order and shape, and no more,");
}


static inline struct array npy_read(const char *path)
{
    struct input input = input_open(path);
    size_t length = npy_header_length(&input);
    char *text = allocate(length + 1, 1);
    input_bytes(text, &input, length);
    struct npy_header header = { .path = path, .at = text };
    npy_parse(&header);
    free(text);
    size_t item = header.is_double ? sizeof(double) : sizeof(float);
    size_t count = header.array.count;
    if (count > SIZE_MAX / item)
        fail("%s: its shape is too large", path);
    header.array.data = input_data(&input, count * item);
    if (header.is_double)
        npy_narrow(header.array.data, count, path);

    input_end(&input);
    return header.array;
}

static inline void npy_write(const char *path, const struct array *array)
{
    char text[ARRAY_TEXT], header[128 + ARRAY_TEXT] = "\x93NUMPY\1";
    size_t length = 10 + (size_t)sprintf(header + 10,
        "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }",
        array_text(text, array));
    size_t padded = length / 64 * 64 + 64;
    memset(header + length, ' ', padded - length);
    header[padded - 1] = '\n';
    header[8] = (char)((padded - 10) & 255);
    header[9] = (char)((padded - 10) >> 8);
    struct output *output = output_open(path);
    fwrite(header, 1, padded, output->file);
    fwrite(array->data, sizeof(float), array->count, output->file);
    output_commit(output);
}
#endif

