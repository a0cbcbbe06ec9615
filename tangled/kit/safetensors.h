/* safetensors.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Offers: enum stored_type, struct stored, struct safetensors,
 * struct stored_kind, stored_new, stored_floats, safetensors_header,
 * safetensors_open, safetensors_write, stored_parse, stored_entry,
 * safetensors_read, safetensors_free, safetensors_find, safetensors_text,
 * safetensors_require */

#ifndef SAFETENSORS_H
#define SAFETENSORS_H
#include "kit/npy.h"
#include <jansson.h>

/* safetensors.h -- named arrays in .safetensors files. Link with -ljansson.
 *
 * The names of the types are those in the file; STORED_OTHER is for all that
 * have none here. */
enum stored_type { STORED_F32, STORED_I64, STORED_U8, STORED_F64, STORED_F16,
                   STORED_BF16, STORED_BOOL, STORED_I8, STORED_U16,
                   STORED_I16, STORED_U32, STORED_I32, STORED_U64, STORED_F8,
                   STORED_OTHER };

/* data (shape[0], ..., shape[rank - 1]) of this type; count of them, 1 for
 * rank 0. begin, end: its bytes in the file, after the header. dtype: the
 * name of the type there. */
struct stored {
    const char *name;
    char dtype[12];
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

struct stored_kind { const char *name; size_t size; const char *floats; };

static const struct stored_kind stored_types[STORED_OTHER + 1] = {
    [STORED_F32] = { "F32", 4, "<f4" }, [STORED_F64] = { "F64", 8, "<f8" },
    [STORED_F16] = { "F16", 2, "<f2" }, [STORED_BF16] = { "BF16", 2, "<B2" },
    [STORED_I64] = { "I64", 8, NULL }, [STORED_U64] = { "U64", 8, NULL },
    [STORED_I32] = { "I32", 4, NULL }, [STORED_U32] = { "U32", 4, NULL },
    [STORED_I16] = { "I16", 2, NULL }, [STORED_U16] = { "U16", 2, NULL },
    [STORED_I8] = { "I8", 1, NULL }, [STORED_U8] = { "U8", 1, NULL },
    [STORED_BOOL] = { "BOOL", 1, NULL },
    [STORED_F8] = { "F8_E4M3", 1, "<f1" }, [STORED_OTHER] = { "", 0, NULL }
};

enum { SAFETENSORS_HEADER = 1 << 20 };   /* bytes */

/* stored_new: data of this type and shape, as an entry of the list to be
 * written. Nothing is copied. */
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

/* stored_floats: the same for floats. */
static inline struct stored stored_floats(const char *name,
    const float *data, size_t rank, const size_t *shape)
{
    return stored_new(name, STORED_F32, data, rank, shape);
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
    REQUIRE(t->type != STORED_OTHER);
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
    output_bytes(output, &length, sizeof length);
    fprintf(output->file, "%-*s", (int)length, header);
    for (size_t i = 0; i < n; i++) {
        const struct stored *t = &tensors[order[i]];
        output_bytes(output, t->data, t->count * stored_types[t->type].size);
    }
    free(header);
    free(order);
    output_flush(output);
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
    snprintf(t->dtype, sizeof t->dtype, "%s", dtype);
    while (t->type < STORED_OTHER
           && strcmp(dtype, stored_types[t->type].name))
        t->type++;
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
    if (t->end < t->begin
        || (t->end - t->begin != bytes && t->type != STORED_OTHER))
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
/* safetensors_read: a file or a pipe, with tensors of any types. If it breaks
 * the format it is refused with one line, "PATH: what is wrong", and exit
 * status 2. */
static inline struct safetensors safetensors_read(const char *path)
{
    struct input input = input_open(path);
    struct safetensors file = safetensors_parse(&input);
    qsort(file.tensors, file.count, sizeof *file.tensors, stored_compare);
    require_no_gaps(&file, &input);
    for (size_t i = 0; i < file.count; i++)
        file.tensors[i].data = input_data(&input, file.tensors[i].end
                                                  - file.tensors[i].begin);
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

/* functions that safetensors_require calls */
static inline struct stored *stored_require(const struct safetensors *file,
    const char *name, size_t rank, const size_t *shape)
{
    const struct stored *is_there = safetensors_find(file, name);
    if (!is_there)
        fail("%s: has no tensor \"%.60s\"", file->path, name);
    struct stored *t = &file->tensors[is_there - file->tensors];
    char found[ARRAY_TEXT], wanted[ARRAY_TEXT];
    bool same = t->rank == rank;
    for (size_t k = 0; k < rank && same; k++)
        same = t->shape[k] == shape[k];
    if (!same)
        fail("%s: tensor \"%.60s\" has the shape %s, not %s", file->path,
             name, array_shape_text(found, t->rank, t->shape),
             array_shape_text(wanted, rank, shape));
    return t;
}
/* safetensors_require: the floats of a tensor that must be there with this
 * shape, all finite; F64, F16, BF16 and F8_E4M3 become F32. Fails otherwise,
 * and names file, tensor and what was found. */
static inline const float *safetensors_require(
    const struct safetensors *file, const char *name,
    size_t rank, const size_t *shape)
{
    struct stored *t = stored_require(file, name, rank, shape);
    const char *type = stored_types[t->type].floats;
    char label[400];
    if (!type)
        fail("%s: tensor \"%.60s\" is of type %s, not F32, F64, F16, BF16 "
             "or F8_E4M3",
             file->path, name, t->dtype);
    snprintf(label, sizeof label, "%.300s: tensor \"%.60s\"", file->path,
             name);
    const float *x = t->data = numbers_narrow(t->data, t->count, type, label);
    t->type = STORED_F32;
    for (size_t i = 0; i < t->count; i++)
        if (!isfinite(x[i]))
            fail("%s: element %zu is %g, and should be finite", label, i,
                 (double)x[i]);
    return x;
}

#endif
