/* npy.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Offers: struct array, array_new, array_free, doubles_of, array_rounded,
 * array_shape_text, array_text, array_shape_count, npy_open, npy_write,
 * struct npy_header, npy_shape, npy_read, npy_read_whole */

#ifndef NPY_H
#define NPY_H
#include "kit/workshop.h"

/* npy.h -- an array of floats, in memory and in NumPy's .npy files.
 *
 * data (shape[0], ..., shape[rank - 1]), the last index running fastest, at a
 * multiple of 64. count is the product of the sizes: 1 for rank 0, and 0 if a
 * size is 0, which is allowed. */
enum { ARRAY_RANK = 8 };
struct array { float *data; size_t rank, shape[ARRAY_RANK], count; };

enum { ARRAY_TEXT = 24 * ARRAY_RANK };   /* bytes for a shape as text */

/* ---- implementation ---------------------------------------------------- */

/* array_new: all zero. */
static inline struct array array_new(size_t rank, const size_t *shape)
{
    REQUIRE(rank <= ARRAY_RANK);
    struct array array = { .rank = rank, .count = 1 };
    for (size_t i = 0; i < rank; i++)
        array.count = size_product(array.count, array.shape[i] = shape[i]);
    array.data = allocate(array.count, sizeof(float));
    return array;
}

/* array_free: releases the data. */
static inline void array_free(struct array *array)
{
    free(array->data);
    *array = (struct array){ 0 };
}

/* doubles_of: x (n) in double; release with free. */
static inline double *doubles_of(const float *x, size_t n)
{
    double *wide = allocate(n, sizeof *wide);
    for (size_t i = 0; i < n; i++)
        wide[i] = (double)x[i];
    return wide;
}

/* array_rounded: an array of the numbers x; fails with "NAME: element I is
 * ..." if one is no finite float. */
static inline struct array array_rounded(const char *name, const double *x,
                                         size_t rank, const size_t *shape)
{
    struct array array = array_new(rank, shape);
    for (size_t i = 0; i < array.count; i++) {
        array.data[i] = (float)x[i];
        if (!isfinite(array.data[i]))
            fail("%s: element %zu is %g, not a finite float", name, i, x[i]);
    }
    return array;
}

/* array_shape_text: writes shape (rank) into text, as "(2, 3)"; returns text.
 */
static inline const char *array_shape_text(char text[ARRAY_TEXT],
    size_t rank, const size_t *shape)
{
    int n = sprintf(text, "(");
    for (size_t i = 0; i < rank; i++)
        n += sprintf(text + n, i ? ", %zu" : "%zu", shape[i]);
    sprintf(text + n, rank == 1 ? ",)" : ")");
    return text;
}

/* array_text: the same for the shape of an array. */
static inline const char *array_text(char text[ARRAY_TEXT],
                                     const struct array *array)
{
    return array_shape_text(text, array->rank, array->shape);
}

/* array_shape_count: false if the product of the sizes (0 taken for 1)
 * overflows; else *count is the product. */
static inline bool array_shape_count(size_t *count, size_t rank,
                                     const size_t *shape)
{
    bool some_zero = false;
    size_t product = 1;
    for (size_t i = 0; i < rank; i++) {
        some_zero |= shape[i] == 0;
        size_t size = shape[i] ? shape[i] : 1;
        if (__builtin_mul_overflow(product, size, &product))
            return false;
    }
    *count = some_zero ? 0 : product;
    return true;
}

/* npy_open: like npy_write, but the file appears only at output_commit. */
static inline struct output *npy_open(const char *path,
                                      const struct array *array)
{
    char header[128 + ARRAY_TEXT] = "\x93NUMPY\1", text[ARRAY_TEXT];
    size_t used = 10 + (size_t)sprintf(header + 10,
        "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }",
        array_text(text, array));
    /* fill the header up with spaces to size, a multiple of 64 */
    size_t size = used / 64 * 64 + 64;
    memset(header + used, ' ', size - used);
    header[size - 1] = '\n';
    header[8] = (char)((size - 10) & 255);
    header[9] = (char)((size - 10) >> 8);
    struct output *output = output_open(path);
    fwrite(header, 1, size, output->file);
    fwrite(array->data, sizeof(float), array->count, output->file);
    if (fflush(output->file) != 0 || ferror(output->file))
        fail("%s: %s", path, strerror(errno));
    return output;
}

/* npy_write: float32, whole or not at all (see output_open). */
static inline void npy_write(const char *path, const struct array *array)
{
    output_commit(npy_open(path, array));
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "npy.h is written for little-endian machines"
#endif

/* functions that npy_read calls */
struct npy_header {
    const char *path, *at;    /* the place that the parser has come to */
    bool has_descr, has_order, has_shape, whole;
    char type[3];             /* "f4", "f8"; if whole, also "i4", "i8" */
    struct array array;       /* all but its data */
};

static inline double npy_number(const void *data, size_t i,
                                const char *type)
{
    int32_t four;
    int64_t eight;
    double wide;
    memcpy(&four, (const char *)data + i * sizeof four, sizeof four);
    if (type[1] == '4')
        return four;
    memcpy(&eight, (const char *)data + i * sizeof eight, sizeof eight);
    memcpy(&wide, &eight, sizeof wide);
    return type[0] == 'f' ? wide : (double)eight;
}

static inline void npy_narrow(float *data, size_t n, const char *type,
                              const char *path)
{
    for (size_t i = 0; i < n && strcmp(type, "f4"); i++) {
        double wide = npy_number(data, i, type);
        float narrow = (float)wide;
        /* refuse a number beyond the floats */
        if (isinf(narrow) && !isinf(wide))
            fail("%s: element %zu is %g, too large for a float", path, i, wide);
        memcpy((char *)data + i * sizeof narrow, &narrow, sizeof narrow);
    }
}
static inline size_t npy_header_length(struct input *input)
{
    unsigned char head[8], size[4] = { 0 };
    input_bytes(head, input, sizeof head);
    if (memcmp(head, "\x93NUMPY", 6) != 0)
        fail("%s: is not a .npy file", input->path);
    if (head[6] < 1 || head[6] > 3)
        fail("%s: version %d of .npy is not known", input->path, head[6]);
    input_bytes(size, input, head[6] == 1 ? 2 : 4);
    if (size[2] || size[3])
        fail("%s: its header claims to be longer than 65535", input->path);
    return size[0] | (size_t)size[1] << 8;
}
/* functions that npy_header_read calls */
_Noreturn static inline void npy_bad(const struct npy_header *header,
                                     const char *wanted)
{
    fail("%s: bad header: %s expected at \"%.20s\"", header->path, wanted,
         header->at);
}

static inline bool npy_takes(struct npy_header *header, const char *token)
{
    header->at += strspn(header->at, " \n");
    size_t length = strlen(token);
    bool is_next = !strncmp(header->at, token, length);
    header->at += is_next ? length : 0;
    return is_next;
}

static inline void npy_wants(struct npy_header *header, const char *token)
{
    if (!npy_takes(header, token))
        npy_bad(header, token);
}
/* functions that npy_parse calls */
static inline void npy_descr(struct npy_header *header)
{
    npy_wants(header, ":");
    header->has_descr = true;
    const char *const types[] = { "'<f4'", "'<f8'", "'<i4'", "'<i8'" };
    for (int i = 0; i < (header->whole ? 4 : 2); i++) {
        if (npy_takes(header, types[i])) {
            memcpy(header->type, types[i] + 2, 2);
            return;
        }
    }
    const char *what = "numbers of another type";
    if (*header->at == '[')
        what = "records";
    else if (!strncmp(header->at, "'>", 2))
        what = "big-endian numbers";
    else if (!strncmp(header->at, "'|O", 3))
        what = "objects, perhaps rows of different lengths";
    fail("%s: holds %s, %.*s; save x.astype('<f4') instead", header->path,
         what, (int)strcspn(header->at, ","), header->at);
}
static inline void npy_order(struct npy_header *header)
{
    npy_wants(header, ":");
    if (npy_takes(header, "True"))
        fail("%s: is in Fortran order; save numpy.ascontiguousarray(x) "
             "instead", header->path);
    npy_wants(header, "False");
    header->has_order = true;
}
/* functions that npy_shape calls */
static inline size_t npy_size(struct npy_header *header)
{
    size_t size = 0;
    npy_takes(header, "");
    if (!isdigit((unsigned char)*header->at))
        npy_bad(header, "a size");
    for (; isdigit((unsigned char)*header->at); header->at++)
        if (__builtin_mul_overflow(size, 10, &size)
            || __builtin_add_overflow(size, *header->at - '0', &size))
            fail("%s: its shape is too large", header->path);
    return size;
}
static inline void npy_shape(struct npy_header *header)
{
    struct array *array = &header->array;
    array->rank = 0;
    npy_wants(header, ":");
    npy_wants(header, "(");
    while (!npy_takes(header, ")")) {
        if (array->rank == ARRAY_RANK)
            fail("%s: has more than %d axes", header->path, ARRAY_RANK);
        array->shape[array->rank++] = npy_size(header);
        if (!npy_takes(header, ",")
            && (*header->at != ')' || array->rank < 2))
            npy_bad(header, ",");
    }
    if (!array_shape_count(&array->count, array->rank, array->shape))
        fail("%s: its shape is too large", header->path);
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
        if (!npy_takes(header, ",") && *header->at != '}')
            npy_bad(header, ", or }");
    }
    /* see that nothing is missing and nothing follows */
    if (!header->has_descr || !header->has_order || !header->has_shape)
        fail("%s: bad header: descr, fortran_order or shape is missing",
             header->path);
    npy_takes(header, "");
    if (*header->at)
        npy_bad(header, "the end");
}
static inline struct npy_header npy_header_read(struct input *input,
                                                bool whole)
{
    size_t length = npy_header_length(input);
    char *text = input_data(input, length);
    struct npy_header header = { .path = input->path, .at = text,
                                 .whole = whole };
    if (strlen(text) != length)
        fail("%s: bad header: it holds a zero byte", input->path);
    npy_parse(&header);
    free(text);
    return header;
}
static inline struct array npy_read_as(const char *path, bool whole)
{
    struct input input = input_open(path);
    struct npy_header header = npy_header_read(&input, whole);
    struct array array = header.array;
    size_t item = (size_t)(header.type[1] - '0'), bytes;
    if (__builtin_mul_overflow(array.count, item, &bytes))
        fail("%s: its shape is too large", path);
    array.data = input_data(&input, bytes);
    input_end(&input);
    npy_narrow(array.data, array.count, header.type, path);
    return array;
}

/* npy_read: float32, or float64, which is rounded (beyond float: an error);
 * little-endian, C order, header of version 1 to 3; a file or a pipe. All
 * else is refused with one line, "PATH: what is wrong", and exit status 2. */
static inline struct array npy_read(const char *path)
{
    return npy_read_as(path, false);
}

/* npy_read_whole: the same for whole numbers, such as lengths, which may also
 * be int32 or int64. Others than whole ones are the caller's to refuse. */
static inline struct array npy_read_whole(const char *path)
{
    return npy_read_as(path, true);
}

#endif

