/* pointer_kind.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct pointing */

#ifndef POINTER_KIND_H
#define POINTER_KIND_H
#include "transformer/transformer_kind.h"
#include "translation/pointer_model.h"

static inline void pointer_make(void *model, size_t units, struct tape *tape)
{
    struct pointer_model *m = model;
    m->base.vocabulary = units;
    pointer_new(m, tape);
}

static inline void pointer_begun(void *model, uint64_t seed)
{
    pointer_start(model, seed);
}

static inline struct tensor *pointer_logits(struct tape *on,
    const void *model, const struct batch *b, uint64_t seed)
{
    return pointer_batch(&(struct pass){ .on = on, .model = model,
                                         .seed = seed }, b, NULL);
}

/* What writing needs from step to step. */
struct pointing {
    struct writing *writing;
    int32_t *source;                  /* (n width, S) */
};

static inline void *pointer_begin(struct translator *t,
    const struct batch *b, size_t width)
{
    struct pointing *p = tape_take(t->keep, 1, sizeof *p);
    const size_t rows = b->n * width, S = b->sources;
    p->writing = transformer_begin(t, b, width);
    p->source = tape_take(t->keep, size_product(rows, S), sizeof *p->source);
    for (size_t i = 0; i < rows; i++)
        memcpy(p->source + i * S, b->source + i / width * S,
               S * sizeof *p->source);
    return p;
}

static inline const float *pointer_next(struct translator *t, void *state,
    const int32_t *ids, const uint32_t *parents, size_t step)
{
    struct pointing *p = state;
    struct writing *w = p->writing;
    writing_follow(w, t->tape, parents);
    return pointer_decode(&w->pass, w->memory, p->source, ids, 1, step,
                          NULL)->data;
}
#ifndef __wasm__
static inline void pointer_fits(const struct safetensors *file,
                                const void *model, size_t units)
{
    const struct transformer *m = model;
    const size_t square[] = { m->width, m->width };
    transformer_fits(file, model, units);
    safetensors_require(file, "pointer.query.weight", 2, square);
}
#endif

static const struct translator_kind pointer_kind = {
    .name = "pointer-generator", .size = sizeof(struct pointer_model),
    .drop = offsetof(struct transformer, drop), .fields = transformer_fields,
    .make = pointer_make, .start = pointer_begun, .free = transformer_freed,
#ifndef __wasm__
    .fits = pointer_fits,
#endif
    .logits = pointer_logits, .begin = pointer_begin, .next = pointer_next
};
#endif

