/* safetensors.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Offers: enum stored_type, struct stored, struct safetensors,
 * struct stored_kind, stored_floats, stored_integers, stored_bytes,
 * safetensors_header, safetensors_open, safetensors_write, stored_parse,
 * stored_entry, safetensors_read, safetensors_free, safetensors_find,
 * safetensors_text, safetensors_require_as, safetensors_require */

#ifndef SAFETENSORS_H
#define SAFETENSORS_H
#include "kit/npy.h"
#include <jansson.h>

/* safetensors.h -- named arrays in .safetensors files. Link with -ljansson.
 *
 * The names of the types are those in the file. F64 is read, becomes F32, and
 * is not written. */
enum stored_type { STORED_F32, STORED_I64, STORED_U8, STORED_F64 };

/* data (shape[0], ..., shape[rank - 1]): float, int64_t or uint8_t; count of
 * them, 1 for rank 0. begin, end: its bytes in the file, after the header. */
struct stored {
    const char *name;
    enum stored_type type;
    size_t rank, shape[ARRAY_RANK], count;
    void *data;
    size_t begin, end;
};

struct safetensors {
    char *path;
    struct stored *tensors;   /* (count) */
    size_t count;
    char **texts;             /* keys and values by turns, and a NULL */
};

/* ---- implementation ---------------------------------------------------- */

enum { STORED_TYPES = STORED_F64 + 1 };
struct stored_kind { const char *name; size_t size; };

static const struct stored_kind stored_types[STORED_TYPES] = {
    [STORED_F32] = { "F32", 4 }, [STORED_I64] = { "I64", 8 },
    [STORED_U8] = { "U8", 1 }, [STORED_F64] = { "F64", 8 }
};

enum { SAFETENSORS_HEADER = 1 << 20 };   /* bytes */

static inline struct stored stored_new(const char *name,
    enum stored_type type, const void *data, size_t rank, const size_t *shape)
{
    REQUIRE(rank <= ARRAY_RANK);
    struct stored t = { .name = name, .type = type, .rank = rank,
                        .data = (void *)(uintptr_t)data };
    for (size_t i = 0; i < rank; i++)
        t.shape[i] = shape[i];
    if (!array_shape_count(&t.count, rank, shape))
        fail("%s: its shape is too large", name);
    return t;
}

/* stored_floats: data, floats of this shape, as an entry of the list to be
 * written. Nothing is copied. */
static inline struct stored stored_floats(const char *name,
    const float *data, size_t rank, const size_t *shape)
{
    return stored_new(name, STORED_F32, data, rank, shape);
}

/* stored_integers: data (n), likewise. */
static inline struct stored stored_integers(const char *name,
    const int64_t *data, size_t n)
{
    return stored_new(name, STORED_I64, data, 1, &n);
}

/* stored_bytes: data (n bytes), likewise. */
static inline struct stored stored_bytes(const char *name,
    const void *data, size_t n)
{
    return stored_new(name, STORED_U8, data, 1, &n);
}

/* functions that safetensors_open calls */
static inline size_t *stored_order(const struct stored *tensors, size_t n)
{
    size_t *order = allocate(n, sizeof *order), placed = 0;
    for (size_t size = 8; size > 0; size /= 2)
        for (size_t i = 0; i < n; i++)
            if (stored_types[tensors[i].type].size == size)
                order[placed++] = i;
    return order;
}
/* functions that safetensors_header calls */
static inline void json_put(json_t *object, const char *key, json_t *value)
{
    REQUIRE(!json_object_get(object, key));
    int refused = json_object_set_new(object, key, value);
    REQUIRE(!refused);
}

static inline json_t *texts_tree(const char *const *texts)
{
    json_t *tree = json_object();
    for (; texts[0]; texts += 2)
        json_put(tree, texts[0], json_string(texts[1]));
    return tree;
}
static inline json_t *stored_tree(const struct stored *t, size_t *end)
{
    json_t *shape = json_array(), *span = json_array(), *tree = json_object();
    for (size_t i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
    json_array_append_new(span, json_integer((json_int_t)*end));
    *end += t->count * stored_types[t->type].size;
    json_array_append_new(span, json_integer((json_int_t)*end));
    REQUIRE(t->type != STORED_F64);
    json_put(tree, "dtype", json_string(stored_types[t->type].name));
    json_put(tree, "shape", shape);
    json_put(tree, "data_offsets", span);
    return tree;
}
static inline char *safetensors_header(const struct stored *tensors,
    const size_t *order, size_t n, const char *const *texts)
{
    json_t *tree = json_object();
    size_t end = 0;
    if (texts)
        json_put(tree, "__metadata__", texts_tree(texts));
    for (size_t i = 0; i < n; i++)
        json_put(tree, tensors[order[i]].name,
                 stored_tree(&tensors[order[i]], &end));
    char *header = json_dumps(tree, JSON_COMPACT);
    REQUIRE(header);
    json_decref(tree);
    return header;
}
/* safetensors_open: like safetensors_write, but the file appears only at
 * output_commit. */
static inline struct output *safetensors_open(const char *path,
    const struct stored *tensors, size_t n, const char *const *texts)
{
    size_t *order = stored_order(tensors, n);
    char *header = safetensors_header(tensors, order, n, texts);
    struct output *output = output_open(path);
    /* write the length, the header and the spaces */
    size_t used = strlen(header);
    uint64_t length = (used + 7) / 8 * 8;
    REQUIRE(length <= SAFETENSORS_HEADER);
    fwrite(&length, sizeof length, 1, output->file);
    fprintf(output->file, "%-*s", (int)length, header);
    for (size_t i = 0; i < n; i++) {
        const struct stored *t = &tensors[order[i]];
        fwrite(t->data, stored_types[t->type].size, t->count, output->file);
    }
    free(header);
    free(order);
    if (fflush(output->file) != 0 || ferror(output->file))
        fail("%s: %s", path, strerror(errno));
    return output;
}

/* safetensors_write: tensors (n), with different names, in UTF-8. texts is
 * NULL, or keys and values by turns and a NULL. Whole or not at all (see
 * output_open). */
static inline void safetensors_write(const char *path,
    const struct stored *tensors, size_t n, const char *const *texts)
{
    output_commit(safetensors_open(path, tensors, n, texts));
}

/* functions that safetensors_read calls */
static inline int stored_compare(const void *a, const void *b)
{
    const struct stored *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}
static inline void require_no_gaps(const struct safetensors *file,
                                   const struct input *input)
{
    size_t n = 0;   /* the bytes of the tensors so far */
    for (size_t i = 0; i < file->count; i++) {
        const struct stored *t = &file->tensors[i];
        if (t->begin < n)
            fail("%s: tensor \"%.60s\" overlaps another", file->path,
                 t->name);
        if (t->begin > n)
            fail("%s: before tensor \"%.60s\" there is a gap", file->path,
                 t->name);
        n = t->end;
    }
    /* compare n with what is left of the file */
    if (input->sized && n > input->left)
        fail("%s: truncated: its header promises %zu bytes, %zu follow",
             input->path, n, input->left);
}
static inline void stored_fill(struct stored *t, struct input *input)
{
    char label[4200];
    t->data = input_data(input, t->end - t->begin);
    if (t->type != STORED_F64)
        return;
    snprintf(label, sizeof label, "%.4000s: tensor \"%.60s\"", input->path,
             t->name);
    npy_narrow(t->data, t->count, "f8", label);
    t->type = STORED_F32;
}
/* functions that safetensors_parse calls */
/* functions that safetensors_list calls */
static inline char **texts_list(json_t *tree, const char *path)
{
    size_t n = 0;
    const char *key;
    json_t *value;
    char **texts = allocate(2 * json_object_size(tree) + 1, sizeof *texts);
    if (tree && !json_is_object(tree))
        fail("%s: bad header: __metadata__ is no object", path);
    json_object_foreach(tree, key, value)
        /* append key and value to texts */
        {
            if (!json_is_string(value))
                fail("%s: bad header: __metadata__ has no text under \"%.60s\"",
                     path, key);
            texts[n++] = strdup(key);
            texts[n++] = strdup(json_string_value(value));
        }
    return texts;
}
/* functions that stored_entry calls */
/* functions that stored_parse calls */
static inline bool json_size(size_t *out, const json_t *number)
{
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return false;
    *out = (size_t)json_integer_value(number);
    return (json_int_t)*out == json_integer_value(number);
}
static inline const char *stored_parse(struct stored *t, json_t *entry)
{
    const char *dtype = json_string_value(json_object_get(entry, "dtype"));
    json_t *shape = json_object_get(entry, "shape");
    json_t *span = json_object_get(entry, "data_offsets");
    if (!dtype || !json_is_array(shape) || json_object_size(entry) != 3)
        return "its entry is not of dtype, shape and data_offsets";
    /* find its type */
    size_t type = 0;
    while (type < STORED_TYPES && strcmp(dtype, stored_types[type].name))
        type++;
    if (type == STORED_TYPES)
        return "is not of type F32, F64, I64 or U8";
    t->type = (enum stored_type)type;
    t->rank = json_array_size(shape);
    if (t->rank > ARRAY_RANK)
        return "has too many axes";
    for (size_t i = 0; i < t->rank; i++)
        if (!json_size(&t->shape[i], json_array_get(shape, i)))
            return "its shape is not of whole numbers";
    size_t bytes, size = stored_types[t->type].size;
    if (!array_shape_count(&t->count, t->rank, t->shape)
        || __builtin_mul_overflow(t->count, size, &bytes))
        return "its shape is too large";
    if (json_array_size(span) != 2
        || !json_size(&t->begin, json_array_get(span, 0))
        || !json_size(&t->end, json_array_get(span, 1)))
        return "its data_offsets are not two whole numbers";
    if (t->end < t->begin || t->end - t->begin != bytes)
        return "its shape needs more or fewer bytes than it has";
    return NULL;
}
static inline struct stored stored_entry(const char *name, json_t *entry,
                                         const char *path)
{
    struct stored t = { .name = strdup(name) };
    const char *wrong = stored_parse(&t, entry);
    if (wrong)
        fail("%s: tensor \"%.60s\": %s", path, name, wrong);
    return t;
}
static inline struct safetensors safetensors_list(json_t *tree,
                                                  const char *path)
{
    struct safetensors file = { .path = strdup(path) };
    const char *name;
    json_t *entry;
    file.texts = texts_list(json_object_get(tree, "__metadata__"), path);
    file.tensors = allocate(json_object_size(tree), sizeof *file.tensors);
    json_object_foreach(tree, name, entry)
        if (strcmp(name, "__metadata__"))
            file.tensors[file.count++] = stored_entry(name, entry, path);
    return file;
}

static inline struct safetensors safetensors_parse(struct input *input)
{
    uint64_t length;
    input_bytes(&length, input, sizeof length);
    if (length > SAFETENSORS_HEADER)
        fail("%s: is not a .safetensors file, or its header is longer than "
             "%d bytes", input->path, SAFETENSORS_HEADER);
    char *text = input_data(input, (size_t)length);
    if (*text != '{')
        fail("%s: is not a .safetensors file", input->path);
    /* let tree be what stands in text */
    json_error_t error;
    json_t *tree = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES,
                              &error);
    free(text);
    if (!tree)
        fail("%s: bad header: %.200s", input->path, error.text);
    struct safetensors file = safetensors_list(tree, input->path);
    json_decref(tree);
    return file;
}
/* safetensors_read: a file or a pipe of F32, I64, U8, and F64, which is
 * rounded (beyond float: an error). All else is refused with one line, "PATH:
 * what is wrong", and exit status 2. */
static inline struct safetensors safetensors_read(const char *path)
{
    struct input input = input_open(path);
    struct safetensors file = safetensors_parse(&input);
    qsort(file.tensors, file.count, sizeof *file.tensors, stored_compare);
    require_no_gaps(&file, &input);
    for (size_t i = 0; i < file.count; i++)
        stored_fill(&file.tensors[i], &input);
    input_end(&input);
    return file;
}

/* safetensors_free: releases the tensors and the texts. */
static inline void safetensors_free(struct safetensors *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free((char *)(uintptr_t)file->tensors[i].name);
        free(file->tensors[i].data);
    }
    for (char **text = file->texts; text && *text; text++)
        free(*text);
    free(file->texts);
    free(file->tensors);
    free(file->path);
    *file = (struct safetensors){ 0 };
}

/* safetensors_find: the tensor of that name, or NULL. */
static inline const struct stored *safetensors_find(
    const struct safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (!strcmp(file->tensors[i].name, name))
            return &file->tensors[i];
    return NULL;
}

/* safetensors_text: the text under that key, or NULL. */
static inline const char *safetensors_text(
    const struct safetensors *file, const char *key)
{
    for (char **text = file->texts; text && *text; text += 2)
        if (!strcmp(text[0], key))
            return text[1];
    return NULL;
}

/* safetensors_require_as: the data of a tensor that must be there with this
 * type and shape; fails otherwise, and names what was found. */
static inline const void *safetensors_require_as(
    const struct safetensors *file, enum stored_type type, const char *name,
    size_t rank, const size_t *shape)
{
    const struct stored *t = safetensors_find(file, name);
    if (!t)
        fail("%s: has no tensor \"%s\"", file->path, name);
    if (t->type != type)
        fail("%s: tensor \"%s\" is of type %s, not %s", file->path, name,
             stored_types[t->type].name, stored_types[type].name);
    char found[ARRAY_TEXT], wanted[ARRAY_TEXT];
    bool same = t->rank == rank;
    for (size_t i = 0; i < rank && same; i++)
        same = t->shape[i] == shape[i];
    if (!same)
        fail("%s: tensor \"%s\" has the shape %s, not %s", file->path, name,
             array_shape_text(found, t->rank, t->shape),
             array_shape_text(wanted, rank, shape));
    return t->data;
}

/* safetensors_require: the same for floats. */
static inline const float *safetensors_require(
    const struct safetensors *file, const char *name,
    size_t rank, const size_t *shape)
{
    return safetensors_require_as(file, STORED_F32, name, rank, shape);
}

#endif
