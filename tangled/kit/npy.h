/* npy.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Offers: struct array, struct numbers, array_new, array_free, doubles_of,
 * array_rounded, array_shape_text, array_text, array_shape_count,
 * npy_open, npy_write, struct npy_header, npy_shape, number_at,
 * npy_read_numbers, npy_read, npy_read_whole */

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

/* The numbers of a file, shaped as in an array. type: "<i8", "|b1", ">f4", as
 * NumPy writes it; whole: it is a type of whole numbers or of bool. */
struct numbers {
    double *data;
    size_t rank, shape[ARRAY_RANK], count;
    char type[4];
    bool whole;
};

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
    output_bytes(output, header, size);
    output_bytes(output, array->data, array->count * sizeof(float));
    output_flush(output);
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

/* functions that read a file's numbers */
/* functions that npy_bytes calls */
struct npy_header {
    const char *path, *at;    /* the place that the parser has come to */
    bool has_descr, has_order, has_shape;
    char type[4];             /* "<f4" */
    struct array array;       /* all but its data */
};

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
    header->at += strspn(header->at, " \t\r\n\f");
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
/* Goes past the next token if it is a text, which goes to word, cut to 23. */
static inline bool npy_word(char word[24], struct npy_header *header)
{
    npy_takes(header, "");
    const char *begin = header->at + (*header->at == 'u');
    const char *end = *begin == '\'' || *begin == '"'
        ? strchr(begin + 1, *begin) : NULL;
    if (!end)
        return false;
    snprintf(word, 24, "%.*s", (int)(end - begin - 1), begin + 1);
    header->at = end + 1;
    return true;
}
/* functions that npy_parse calls */
static inline void npy_descr(struct npy_header *header)
{
    char word[24] = "";
    npy_wants(header, ":");
    npy_takes(header, "");
    const char *begin = header->at;
    header->has_descr = npy_word(word, header);
    const char *type = word + (*word && strchr("<>=|", *word));
    type = strcmp(type, "?") ? type : "b1";
    if (strlen(type) == 2 && isalpha((unsigned char)*type)
        && strstr("b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8", type)) {
        snprintf(header->type, 4, "%c%.2s", *word == '>' ? '>' : '<', type);
        return;
    }
    const char *what = "numbers of another type";
    if (*begin == '[')
        what = "records";
    else if (*type == 'O')
        what = "objects, perhaps rows of different lengths";
    else if (*type == 'U' || *type == 'S')
        what = "texts";
    fail("%s: holds %s, %.*s; save x.astype('float32') instead",
         header->path, what, (int)strcspn(begin, ","), begin);
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
    header->at += *header->at == 'L';
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
        char key[24] = "";
        const char *begin = header->at;
        npy_word(key, header);
        if (!strcmp(key, "descr"))
            npy_descr(header);
        else if (!strcmp(key, "fortran_order"))
            npy_order(header);
        else if (!strcmp(key, "shape"))
            npy_shape(header);
        else {
            header->at = begin;
            npy_bad(header, "descr, fortran_order or shape");
        }
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
static inline struct npy_header npy_header_read(struct input *input)
{
    size_t length = npy_header_length(input);
    char *text = input_data(input, length);
    struct npy_header header = { .path = input->path, .at = text };
    if (strlen(text) != length)
        fail("%s: bad header: it holds a zero byte", input->path);
    npy_parse(&header);
    free(text);
    return header;
}
static inline void *npy_bytes(struct npy_header *header, const char *path)
{
    struct input input = input_open(path);
    *header = npy_header_read(&input);
    size_t item = (size_t)(header->type[2] - '0'), bytes;
    if (__builtin_mul_overflow(header->array.count, item, &bytes))
        fail("%s: its shape is too large", path);
    void *data = input_data(&input, bytes);
    input_end(&input);
    return data;
}
/* functions that number_at calls */
static inline double half_of_bits(unsigned bits)
{
    const double sign = bits >> 15 ? -1 : 1;
    if ((bits >> 10 & 31) == 31)
        return sign * (bits & 1023 ? (double)NAN : INFINITY);
    return (double)float_widen(bits, 10, 15);
}

static inline double byte_of_bits(unsigned bits)
{
    return (bits & 127) == 127 ? (double)NAN
                               : (double)float_widen(bits, 3, 7);
}

static inline double float_of_bits(uint64_t bits, size_t size)
{
    uint32_t low = (uint32_t)bits;
    float narrow;
    double wide;
    memcpy(&narrow, &low, sizeof narrow);
    memcpy(&wide, &bits, sizeof wide);
    return size == 1 ? byte_of_bits(low) : size == 2 ? half_of_bits(low)
         : size == 4 ? (double)narrow : wide;
}
static inline double number_at(const void *data, size_t i, const char *type,
                               const char *name)
{
    const size_t size = (size_t)(type[2] - '0');
    const unsigned char *p = (const unsigned char *)data + i * size;
    uint64_t bits = 0;
    for (size_t k = 0; k < size; k++)
        bits |= (uint64_t)p[type[0] == '>' ? size - 1 - k : k] << 8 * k;
    switch (type[1]) {
    case 'b':
        return bits != 0;
    case 'f':
        return float_of_bits(bits, size);
    case 'B':   /* bfloat16: the upper half of a float */
        return float_of_bits(bits << 16, 4);
    }
    const size_t unused = 64 - 8 * size;
    int64_t number = (int64_t)(bits << unused);
    bool below = type[1] == 'i' && number < 0;
    bits = below ? -(uint64_t)(number >> unused) : bits;
    if (bits > (uint64_t)1 << 53)
        fail("%s: element %zu is beyond 2^53 and may not be exact", name, i);
    return below ? -(double)bits : (double)bits;
}
/* Frees bytes, or returns them. */
static inline float *numbers_narrow(void *bytes, size_t n, const char *type,
                                    const char *name)
{
    if (!strcmp(type, "<f4"))
        return bytes;
    float *narrow = allocate(n, sizeof *narrow);
    for (size_t i = 0; i < n; i++) {
        double wide = number_at(bytes, i, type, name);
        narrow[i] = (float)wide;
        if (isinf(narrow[i]) && !isinf(wide))
            fail("%s: element %zu is %g, too large for a float", name, i,
                 wide);
    }
    free(bytes);
    return narrow;
}
/* npy_read_numbers: bool, integers of 1 to 8 bytes and floats of 2, 4 and 8,
 * signed or not, of either byte order, but no whole number beyond 2^53; C
 * order, header of version 1 to 3; a file or a pipe. All else is refused with
 * one line, "PATH: what is wrong", and exit status 2. Free the data. */
static inline struct numbers npy_read_numbers(const char *path)
{
    struct npy_header header;
    void *bytes = npy_bytes(&header, path);
    struct numbers n = { .rank = header.array.rank,
                         .count = header.array.count,
                         .whole = header.type[1] != 'f' };
    memcpy(n.shape, header.array.shape, sizeof n.shape);
    memcpy(n.type, header.type, sizeof n.type);
    n.data = allocate(n.count, sizeof *n.data);
    for (size_t i = 0; i < n.count; i++)
        n.data[i] = number_at(bytes, i, n.type, path);
    free(bytes);
    return n;
}

/* npy_read: the same, rounded to floats (beyond float: an error). */
static inline struct array npy_read(const char *path)
{
    struct npy_header header;
    void *bytes = npy_bytes(&header, path);
    header.array.data = numbers_narrow(bytes, header.array.count, header.type,
                                       path);
    return header.array;
}

/* npy_read_whole: the same for whole numbers, such as lengths. Fails if one
 * is none, or is not a float. */
static inline struct array npy_read_whole(const char *path)
{
    struct numbers n = npy_read_numbers(path);
    struct array array = array_new(n.rank, n.shape);
    for (size_t i = 0; i < n.count; i++) {
        double x = n.data[i];
        array.data[i] = (float)x;
        if ((double)array.data[i] != x || isinf(x) || x != floor(x))
            fail("%s: element %zu is %.17g, not a whole number that fits",
                 path, i, x);
    }
    free(n.data);
    return array;
}

#endif

