/* alignment_kind.h -- generated from chapters/08-alignment.nw. Do not edit. */
/* Offers: aligner_forced, struct aligning, alignment_map */

#ifndef ALIGNMENT_KIND_H
#define ALIGNMENT_KIND_H
#include "alignment/aligner.h"
#include "kit/translate.h"

static inline void aligner_make(void *model, size_t units, struct tape *tape)
{
    struct aligner *m = model;
    m->vocabulary = units;
    aligner_new(m, tape);
}

static inline void aligner_begun(void *model, uint64_t seed)
{
    aligner_start(model, seed);
}

/* aligner_forced: teacher forcing, (B, T, V); maps (T, B, S), or NULL. */
static inline struct tensor *aligner_forced(struct tape *on,
    const struct aligner *m, const struct batch *b, uint64_t seed,
    float *maps)
{
    struct aligner_pass p = { on, m, b->lengths, mix_bits(seed, 0), maps };
    struct aligner_state at = { .context = NULL };
    struct tensor *memory = aligner_read(&p, b->source, b->n, b->sources);
    p.seed = mix_bits(seed, 1);
    return aligner_write(&p, &at, memory, aligner_keys(&p, memory),
                         b->before, b->targets);
}

static inline struct tensor *aligner_logits(struct tape *on,
    const void *model, const struct batch *b, uint64_t seed)
{
    return aligner_forced(on, model, b, seed, NULL);
}

/* What writing needs from step to step. */
struct aligning {
    size_t rows, *lengths;            /* (rows) */
    struct tensor *memory, *keys;     /* (rows, S, C)  (rows, S, A) */
    float *at[2 * RECURRENT_LAYERS + 1];  /* h and c of each layer, then the
                                             context: (rows, C); or NULL */
};

static inline struct tensor *rows_copied(struct tape *keep,
    const struct tensor *x, size_t rows, size_t width)
{
    const size_t each = x->count / x->shape[0];
    struct tensor *y = tape_tensor(keep, "kept", SHAPE(rows, x->shape[1],
                                                       x->shape[2]));
    y->data = tape_take(keep, y->count, sizeof *y->data);
    for (size_t i = 0; i < rows; i++)
        memcpy(y->data + i * each, x->data + i / width * each,
               each * sizeof *y->data);
    return y;
}

static inline void *aligner_begin(struct translator *t, const struct batch *b,
                                  size_t width)
{
    const struct aligner_pass p = { t->tape, t->model, b->lengths, 0, NULL };
    struct aligning *s = tape_take(t->keep, 1, sizeof *s);
    *s = (struct aligning){ .rows = b->n * width };
    s->lengths = tape_take(t->keep, s->rows, sizeof *s->lengths);
    for (size_t i = 0; i < s->rows; i++)
        s->lengths[i] = b->lengths[i / width];
    struct tensor *memory = aligner_read(&p, b->source, b->n, b->sources);
    s->memory = rows_copied(t->keep, memory, s->rows, width);
    s->keys = rows_copied(t->keep, aligner_keys(&p, memory), s->rows, width);
    return s;
}

static inline struct tensor **aligner_slot(struct aligner_state *at,
                                           const struct aligner *m, size_t i)
{
    struct recurrent_state *layer = &at->layer[i / 2];
    return i == 2 * m->layers ? &at->context : i % 2 ? &layer->c : &layer->h;
}

static inline const float *aligner_next(struct translator *t, void *state,
    const int32_t *ids, const uint32_t *parents, size_t step)
{
    const struct aligner *m = t->model;
    struct aligning *s = state;
    struct aligner_state at = { .context = NULL };
    const struct aligner_pass p = { t->tape, m, s->lengths, 0, NULL };
    const size_t size = s->rows * m->width;
    for (size_t i = 0; step > 0 && i <= 2 * m->layers; i++) {
        if (parents)
            rows_follow(s->at[i], parents, s->rows, m->width,
                        tape_scratch(t->tape, size));
        *aligner_slot(&at, m, i) = tape_input(t->tape, s->at[i],
                                              SHAPE(s->rows, m->width));
    }
    const float *logits = aligner_write(&p, &at, s->memory, s->keys, ids,
                                        1)->data;
    for (size_t i = 0; i <= 2 * m->layers; i++) {
        if (step == 0)
            s->at[i] = tape_take(t->keep, size, sizeof *s->at[i]);
        memcpy(s->at[i], (*aligner_slot(&at, m, i))->data,
               size * sizeof *s->at[i]);
    }
    return logits;
}
#ifndef __wasm__
static inline void aligner_fits(const struct safetensors *file,
                                const void *model, size_t units)
{
    const struct aligner *m = model;
    const size_t C = m->width;
    const char *const parts[] = { "encoder.forward", "encoder.backward",
                                  "decoder" };
    if (C % 2)
        fail("%s: its 'hidden' is %zu, which is odd", file->path, C);
    for (size_t i = 0; i < 3; i++) {
        const size_t own = i < 2 ? C / 2 : C;
        char name[80];
        snprintf(name, sizeof name, "%s.weight_hh_l%zu", parts[i],
                 m->layers - 1);
        safetensors_require(file, name, 2, (size_t[]){ 4 * own, own });
        snprintf(name, sizeof name, "%s.weight_ih_l0", parts[i]);
        safetensors_require(file, name, 2, (size_t[]){ 4 * own,
            i < 2 ? m->embed : m->embed + C });
    }
    safetensors_require(file, "embedding.weight", 2,
                        (size_t[]){ units, m->embed });
    safetensors_require(file, "output.weight", 2, (size_t[]){ units, C });
}
#endif

static const struct translator_field aligner_fields[] = {
    { "attention", offsetof(struct aligner, kind), 0,
      "additive|dot|general|concat|linear" },
    { "layers", offsetof(struct aligner, layers), RECURRENT_LAYERS },
    { "embed", offsetof(struct aligner, embed), 1 << 14 },
    { "hidden", offsetof(struct aligner, width), 1 << 14 }, { 0 } };

static const struct translator_kind aligner_kind = {
    .name = "alignment", .size = sizeof(struct aligner),
    .drop = offsetof(struct aligner, drop), .fields = aligner_fields,
    .make = aligner_make, .start = aligner_begun,
#ifndef __wasm__
    .fits = aligner_fits,
#endif
    .logits = aligner_logits, .begin = aligner_begin, .next = aligner_next };
/* alignment_map: h: what t writes for e; maps (T, S) where it looks, with a
 * row for each unit and one for the end, if it comes: T = h->n + h->ended.
 * maps has SEQUENCE_MOST squared numbers. */
static inline void alignment_map(float *maps, struct hypothesis *h,
    struct translator *t, const struct example *e)
{
    struct example read = *e;
    const bool no_grad = t->tape->no_grad;
    struct batch b = batch_new(&read, (uint32_t[]){ 0 }, 1);
    translate(h, t, &b, 1, 0);
    batch_free(&b);
    read.targets = h->n - !h->ended, read.target = h->ids;
    b = batch_new(&read, (uint32_t[]){ 0 }, 1);
    t->tape->no_grad = true;
    tape_reset(t->tape);
    aligner_forced(t->tape, t->model, &b, 0, maps);
    tape_reset(t->tape);
    t->tape->no_grad = no_grad;
    batch_free(&b);
}
#endif

