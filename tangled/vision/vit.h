/* vit.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct vit_kind, struct vit, vit_patches, class_rows,
 * patches_cut, vit_embed, vit_forward, vit_new, vit_start */

/* vit.h -- the Vision Transformer. */
#ifndef VIT_H
#define VIT_H
#include "alignment/alignment.h"
#include "bert/bert.h"

enum { VIT_LAYERS = 48 };                /* at most */
#define VIT_EPS 1e-12f                   /* of all its norms */

struct vit_kind {
    size_t side, channels, patch;        /* S, D, P: P divides S */
    size_t width, heads, layers, hidden; /* C, H, L, F */
    size_t kinds;                        /* K */
    bool unplaced;                       /* without positions: to compare */
    float drop;                          /* rate of dropout */
};

struct vit {
    struct vit_kind is;
    struct tensor *first, *places;       /* (1, 1, C)  (1, N + 1, C) */
    struct tensor *patch, *patch_bias;   /* (C, D, P, P)  (C) */
    struct block_tensors layer[VIT_LAYERS];
    struct affine norm, classifier;      /* (C) (C)  (K, C) (K) */
    bool store_attention;    /* the next pass keeps its weights: */
    const float *attention[VIT_LAYERS];  /* (B, H, N + 1, N + 1) of each */
};
/* vit_patches: N. */
static inline size_t vit_patches(const struct vit_kind *is)
{
    return (is->side / is->patch) * (is->side / is->patch);
}

/* class_rows: where the class tokens of a batch are among all its rows. */
static inline const int32_t *class_rows(struct tape *on, const struct vit *v,
                                        size_t batch)
{
    int32_t *rows = tape_take(on, batch, sizeof *rows);
    for (size_t b = 0; b < batch; b++)
        rows[b] = (int32_t)(b * (vit_patches(&v->is) + 1));
    return rows;
}
/* patches_cut: patches (B, N, D P P) of x (B, D, S, S). */
static inline void patches_cut(float *patches, const float *x, size_t batch,
                               const struct vit_kind *is)
{
    const size_t S = is->side, P = is->patch, across = S / P;
    for (size_t b = 0; b < batch; b++, x += is->channels * S * S)
        for (size_t n = 0; n < across * across; n++)
            for (size_t d = 0; d < is->channels; d++)
                for (size_t r = 0; r < P; r++, patches += P)
                    memcpy(patches, x + (d * S + n / across * P + r) * S
                           + n % across * P, P * sizeof *patches);
}

/* vit_embed: rows (B, N + 1, C) of pictures x (B, D, S, S), the first line
 * of equation "vision-vit". */
static inline struct tensor *vit_embed(struct tape *on, const struct vit *v,
                                       const float *x, size_t batch)
{
    const size_t N = vit_patches(&v->is), C = v->is.width;
    const size_t pixels = v->patch->count / C;
    float *cut = tape_take(on, batch * N * pixels, sizeof *cut);
    int32_t *none = tape_take(on, batch, sizeof *none);
    memset(none, 0, batch * sizeof *none);
    patches_cut(cut, x, batch, &v->is);
    const struct affine e = { tape_reshape(on, v->patch, SHAPE(C, pixels)),
                              v->patch_bias };
    struct tensor *z = tape_input(on, cut, SHAPE(batch, N, pixels));
    z = tape_reshape(on, tape_affine(on, z, &e), SHAPE(batch, N * C));
    z = tape_join(on, tape_embedding(on,
        tape_reshape(on, v->first, SHAPE(1, C)), none, SHAPE(batch)), z);
    z = tape_reshape(on, z, SHAPE(batch, N + 1, C));
    return v->is.unplaced ? z : tape_add_rows(on, z,
        tape_reshape(on, v->places, SHAPE(N + 1, C)), 0);
}

/* vit_forward: logits (B, K) of x (B, D, S, S); seed: of dropout.
 * Dosovitskiy et al. 2021, equations 1 to 4. */
static inline struct tensor *vit_forward(struct tape *on, struct vit *v,
    const float *x, size_t batch, uint64_t seed)
{
    const struct vit_kind *is = &v->is;
    const struct dropout first = { is->drop, mix_bits(seed, is->layers) };
    struct tensor *z = tape_dropout(on, vit_embed(on, v, x, batch), &first);
    for (size_t i = 0; i < is->layers; i++) {
        const struct block how = { .heads = is->heads, .eps = VIT_EPS,
            .order = BLOCK_PRE, .act = FEED_GELU_EXACT,
            .store_attention = v->store_attention,
            .drop = { is->drop, mix_bits(seed, i) } };
        z = tape_block(on, z, v->layer[i].at, &how);
        v->attention[i] = z->attention;
    }
    z = tape_rows(on, z, class_rows(on, v, batch), batch);
    z = tape_layernorm_by(on, z, v->norm.weight, v->norm.bias, VIT_EPS);
    return tape_affine(on, z, &v->classifier);
}
/* vit_new: all parameters on the tape, zeros at first. */
static inline struct vit vit_new(struct tape *tape, const struct vit_kind *is)
{
    struct vit v = { .is = *is };
    const size_t P = is->patch, C = is->width;
    char prefix[48];
    REQUIRE(is->layers <= VIT_LAYERS && P && is->side % P == 0);
    v.first = tape_parameter(tape, "vit.embeddings.cls_token",
                             SHAPE(1, 1, C));
    v.places = tape_parameter(tape, "vit.embeddings.position_embeddings",
                              SHAPE(1, vit_patches(is) + 1, C));
    v.patch = tape_parameter(tape, "vit.embeddings.patch_embeddings."
                             "projection.weight",
                             SHAPE(C, is->channels, P, P));
    v.patch_bias = tape_parameter(tape, "vit.embeddings.patch_embeddings."
                                  "projection.bias", SHAPE(C));
    for (size_t i = 0; i < is->layers; i++) {
        snprintf(prefix, sizeof prefix, "vit.encoder.layer.%zu.", i);
        block_new(&v.layer[i], tape, prefix, C, is->hidden);
    }
    v.norm = affine_new(tape, "vit.layernorm", C, 0);
    v.classifier = affine_new(tape, "classifier", is->kinds, C);
    return v;
}

/* vit_start: random weights. */
static inline void vit_start(struct vit *v, struct random *random)
{
    const struct vit_kind *is = &v->is;
    const size_t pixels = v->patch->count / is->width;
    random_normals(v->patch->data, v->patch->count,
                   1 / sqrtf((float)pixels), random);
    random_normals(v->places->data, v->places->count, .5f, random);
    random_normals(v->first->data, v->first->count, .5f, random);
    for (size_t i = 0; i < is->layers; i++)
        block_start(&v->layer[i], random, 1 / sqrtf(2 * (float)is->layers));
    for (size_t i = 0; i < is->width; i++)
        v->norm.weight->data[i] = 1;
    random_normals(v->classifier.weight->data, v->classifier.weight->count,
                   .1f / sqrtf((float)is->width), random);
}
#endif

