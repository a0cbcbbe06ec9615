/* transformer_kind.h -- generated from chapters/17-transformer.nw. Do not edit. */
/* Offers: transformer_of, struct writing */

#ifndef TRANSFORMER_KIND_H
#define TRANSFORMER_KIND_H
#include "kit/translate.h"
#include "transformer/transformer.h"

/* transformer_of: the model of a translator of this kind. */
static inline struct transformer *transformer_of(const struct translator *t)
{
    return t->model;
}

static inline void transformer_make(void *model, size_t units,
                                    struct tape *tape)
{
    struct transformer *m = model;
    m->vocabulary = units;
    transformer_new(m, tape);
}

static inline void transformer_begun(void *model, uint64_t seed)
{
    transformer_start(model, seed);
}

static inline void transformer_freed(void *model)
{
    transformer_free(model);
}

static inline struct tensor *transformer_logits(struct tape *on,
    const void *model, const struct batch *b, uint64_t seed)
{
    return batch_logits(&(struct pass){ .on = on, .model = model,
                                        .seed = seed }, b);
}

/* What writing needs from step to step. */
struct writing {
    struct pass pass;
    struct tensor *memory;            /* (n width, S, C) */
    size_t *lengths;                  /* (n width) */
    struct decoder_cache caches[LAYERS_MOST];
};

static inline void *transformer_begin(struct translator *t,
    const struct batch *b, size_t width)
{
    const struct transformer *m = t->model;
    const size_t rows = b->n * width;
    struct writing *w = tape_take(t->keep, 1, sizeof *w);
    *w = (struct writing){ { .on = t->tape, .model = m,
                             .lengths = b->lengths } };
    const struct tensor *x = transformer_encode(&w->pass, b->source, b->n,
                                                b->sources);
    const size_t each = x->count / b->n;
    w->memory = tape_leaf(t->keep, SHAPE(rows, b->sources, m->width));
    w->lengths = tape_take(t->keep, rows, sizeof *w->lengths);
    for (size_t i = 0; i < rows; i++) {
        memcpy(w->memory->data + i * each, x->data + i / width * each,
               each * sizeof *x->data);
        w->lengths[i] = b->lengths[i / width];
    }
    w->pass.lengths = w->lengths, w->pass.caches = w->caches;
    for (size_t i = 0; i < m->layers; i++) {
        w->caches[i].self = (struct multihead_cache){ .keep = t->keep,
            .most = decoding_most(b->sources) };
        w->caches[i].cross = (struct multihead_cache){ .keep = t->keep,
            .most = b->sources };
    }
    return w;
}

static inline void writing_follow(struct writing *w, struct tape *tape,
                                  const uint32_t *parents)
{
    const size_t n = w->memory->shape[0];
    for (size_t i = 0; parents && i < w->pass.model->layers; i++) {
        const struct multihead_cache *c = &w->caches[i].self;
        const size_t size = c->most * w->pass.model->width;
        float *scratch = tape_scratch(tape, n * size);
        rows_follow(c->k, parents, n, size, scratch);
        rows_follow(c->v, parents, n, size, scratch);
    }
}

static inline const float *transformer_next(struct translator *t, void *state,
    const int32_t *ids, const uint32_t *parents, size_t step)
{
    struct writing *w = state;
    writing_follow(w, t->tape, parents);
    return transformer_decode(&w->pass, w->memory, ids, 1, step)->data;
}
#ifndef __wasm__
static inline void transformer_fits(const struct safetensors *file,
                                    const void *model, size_t units)
{
    const struct transformer *m = model;
    const size_t table[] = { units, m->width };
    const size_t shapes[2][2] = { { m->width, 3 * m->width },
                                  { m->width, m->hidden } };
    if (m->width % m->heads)
        fail("%s: %zu heads do not divide an 'embed' of %zu", file->path,
             m->heads, m->width);
    for (int i = 0; i < 4; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s.layers.%zu.%s",
                 i / 2 ? "decoder" : "encoder", m->layers - 1,
                 block_parts[i % 2 ? C_FC_WEIGHT : C_ATTN_WEIGHT][0]);
        safetensors_require(file, name, 2, shapes[i % 2]);
    }
    safetensors_require(file, "shared.weight", 2, table);
}
#endif

static const struct translator_field transformer_fields[] = {
    { "layers", offsetof(struct transformer, layers), LAYERS_MOST },
    { "heads", offsetof(struct transformer, heads), 1024 },
    { "embed", offsetof(struct transformer, width), 1 << 14 },
    { "ff", offsetof(struct transformer, hidden), 1 << 16 },
    { "order", offsetof(struct transformer, order), 0, "pre|post" }, { 0 }
};

static const struct translator_kind transformer_kind = {
    .name = "transformer", .size = sizeof(struct transformer),
    .drop = offsetof(struct transformer, drop), .fields = transformer_fields,
    .make = transformer_make, .start = transformer_begun,
    .free = transformer_freed,
#ifndef __wasm__
    .fits = transformer_fits,
#endif
    .logits = transformer_logits, .begin = transformer_begin,
    .next = transformer_next
};
/* TRANSFORMER_OPTIONS: entries for the sizes of m, a struct transformer. */
#define TRANSFORMER_OPTIONS(m) \
    { "layers", OPTION_SIZE, &(m).layers, "N", "of each side", "1..16" }, \
    { "heads", OPTION_SIZE, &(m).heads, "H", "of each attention", \
      "1..64" }, \
    { "embed", OPTION_SIZE, &(m).width, "C", "numbers of a unit", \
      "1..16384" }, \
    { "ff", OPTION_SIZE, &(m).hidden, "F", "hidden numbers", "1..65536" }, \
    { "order", OPTION_CHOICE, &(m).order, "pre|post", \
      "where the norms are" }, \
    { "dropout", OPTION_FLOAT, &(m).drop, "P", "part that is dropped", \
      "0..<1" }
#endif
