/* vit_files.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: vit_layers, vit_is_run, vit_kind_of, vit_take, vit_publish */

/* vit_files.h -- Vision Transformers in files. */
#ifndef VIT_FILES_H
#define VIT_FILES_H
#include "bert/published.h"
#include "kit/weights.h"
#include "vision/vit.h"

static const struct published vit_published = { "vit.encoder.layer.", {
    { "attention.attention.query", C_ATTN_WEIGHT, 0, 3 },
    { "attention.attention.key", C_ATTN_WEIGHT, 1, 3 },
    { "attention.attention.value", C_ATTN_WEIGHT, 2, 3 },
    { "attention.output.dense", ATTN_PROJ_WEIGHT, 0, 1 },
    { "layernorm_before", LN_1_WEIGHT, 0, 1 },
    { "layernorm_after", LN_2_WEIGHT, 0, 1 },
    { "intermediate.dense", C_FC_WEIGHT, 0, 1 },
    { "output.dense", MLP_PROJ_WEIGHT, 0, 1 } } };

static inline struct tape *vit_tape(const struct tape *own,
                                    const struct vit *v)
{
    return published_tape(&vit_published, own, v->layer, v->is.layers);
}

static inline void vit_move(struct tape *own, struct vit *v,
                            struct tape *theirs, bool out)
{
    published_move(&vit_published, own, v->layer, v->is.layers, theirs, out);
}
#ifndef __wasm__
static const char vit_patch_name[] =
    "vit.embeddings.patch_embeddings.projection.weight";
/* The matrix that shows F: published, and in a run of ours. */
static const char *const vit_hidden[2] = {
    "vit.encoder.layer.%zu.intermediate.dense.weight",
    "vit.encoder.layer.%zu.mlp.c_fc.weight" };

static inline const struct stored *vit_stored(const struct safetensors *file,
                                              const char *name, size_t rank)
{
    const struct stored *t = safetensors_find(file, name);
    if (!t)
        fail("%s: has no tensor \"%s\": not a Vision Transformer",
             file->path, name);
    if (t->rank != rank || t->count == 0)
        fail("%s: its \"%s\" has %zu axes, not %zu", file->path, name,
             t->rank, rank);
    return t;
}

/* vit_layers: L and F of a file, to is. */
static inline void vit_layers(struct vit_kind *is,
                              const struct safetensors *file, bool run)
{
    char name[80];
    for (is->layers = 0; ; is->layers++) {
        snprintf(name, sizeof name, vit_hidden[run], is->layers);
        if (!safetensors_find(file, name))
            break;
        if (is->layers == VIT_LAYERS)
            fail("%s: has more than %d layers", file->path, VIT_LAYERS);
        is->hidden = vit_stored(file, name, 2)->shape[run];
    }
    if (is->layers == 0)
        fail("%s: has no layers", file->path);
}

/* vit_is_run: are the blocks under our own names? */
static inline bool vit_is_run(const struct safetensors *file)
{
    char name[80];
    snprintf(name, sizeof name, vit_hidden[1], (size_t)0);
    return safetensors_find(file, name) != NULL;
}

/* vit_kind_of: what the file's model is; heads: 0, or how many there are. */
static inline struct vit_kind vit_kind_of(const struct safetensors *file,
                                          size_t heads)
{
    const size_t *patch = vit_stored(file, vit_patch_name, 4)->shape;
    const size_t places = vit_stored(file,
        "vit.embeddings.position_embeddings", 3)->shape[1];
    struct vit_kind is = { .channels = patch[1], .patch = patch[2],
        .width = patch[0],
        .kinds = vit_stored(file, "classifier.weight", 2)->shape[0],
        .heads = weights_heads(file, patch[0], heads) };
    size_t across = 1;
    while (across * across + 1 < places)
        across++;
    if (across * across + 1 != places || patch[2] != patch[3])
        fail("%s: its pictures or patches are not square", file->path);
    is.side = size_product(across, is.patch);
    vit_layers(&is, file, vit_is_run(file));
    return is;
}

/* vit_take: the numbers of the file, into v on its tape. */
static inline void vit_take(struct tape *own, struct vit *v,
                            const struct safetensors *file)
{
    if (vit_is_run(file)) {
        weights_take(own, file);
        return;
    }
    struct tape *theirs = vit_tape(own, v);
    weights_take(theirs, file);
    vit_move(own, v, theirs, false);
    tape_free(theirs);
}

/* vit_publish: v, which is on the tape own, under Hugging Face's names. */
static inline void vit_publish(const char *path, struct tape *own,
                               struct vit *v)
{
    char heads[24];
    struct tape *theirs = vit_tape(own, v);
    snprintf(heads, sizeof heads, "%zu", v->is.heads);
    const char *const texts[] = { "format", "pt", "heads", heads, NULL };
    vit_move(own, v, theirs, true);
    struct stored *list = weights_list(theirs, 0);
    safetensors_write(path, list, theirs->count, texts);
    free(list), tape_free(theirs);
}
#endif
#endif

