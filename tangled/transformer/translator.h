/* translator.h -- generated from chapters/17-transformer.nw. Do not edit. */
/* Offers: struct translator, struct decoding, rows_follow, translator_new,
 * translator_join, translate, translator_log_p, struct translator_texts,
 * translator_read, translator_load, translators_agree, translator_beside,
 * translator_save */

#ifndef TRANSLATOR_H
#define TRANSLATOR_H
#include "kit/vocabulary.h"
#include "transformer/batch.h"
#include "transformer/beam.h"
#include "kit/weights.h"

enum { SOURCE, TARGET, TOGETHER_MOST = 8 };

struct translator {
    struct tape *tape, *keep;
    struct transformer model;
    struct vocabulary vocabulary;     /* of both sides */
    struct units units[2];            /* how SOURCE and TARGET are cut */
    struct translator *beside;        /* writes with it, or NULL */
};
/* A batch that is being decoded: of n inputs, each of them width times.
 * Several models decode the same batch, one beside the other. */
struct decoding {
    struct pass pass;
    struct tensor *memory;            /* (n width, S, C) */
    size_t *lengths;                  /* (n width) */
    struct decoder_cache caches[LAYERS_MOST];
    struct decoding *beside;          /* of the next model, or NULL */
    float *mean;                      /* (n width, V), if there is one */
};

static inline size_t decoding_most(size_t source)
{
    const size_t most = 2 * source + 10;
    return most < SEQUENCE_MOST ? most : SEQUENCE_MOST;
}

static inline struct decoding decoding_new(struct translator *t,
    const struct batch *b, size_t width)
{
    const size_t rows = b->n * width;
    struct decoding d = { { .on = t->tape, .model = &t->model,
                            .lengths = b->lengths } };
    tape_reset(t->tape), tape_reset(t->keep);
    const struct tensor *x = transformer_encode(&d.pass, b->source, b->n,
                                                b->sources);
    const size_t each = x->count / b->n;
    d.memory = tape_leaf(t->keep, SHAPE(rows, b->sources, t->model.width));
    d.lengths = tape_take(t->keep, rows, sizeof *d.lengths);
    for (size_t i = 0; i < rows; i++) {
        memcpy(d.memory->data + i * each, x->data + i / width * each,
               each * sizeof *x->data);
        d.lengths[i] = b->lengths[i / width];
    }
    d.pass.lengths = d.lengths;
    for (size_t i = 0; i < t->model.layers; i++) {
        d.caches[i].self = (struct multihead_cache){ .keep = t->keep,
            .most = decoding_most(b->sources) };
        d.caches[i].cross = (struct multihead_cache){ .keep = t->keep,
            .most = b->sources };
    }
    if (t->beside) {
        d.beside = tape_take(t->keep, 1, sizeof *d.beside);
        d.mean = tape_take(t->keep, size_product(rows, t->model.vocabulary),
                           sizeof *d.mean);
        *d.beside = decoding_new(t->beside, b, width);
    }
    return d;
}

static inline const float *decoding_next(void *what, const int32_t *ids,
                                         size_t step)
{
    const struct decoding *first = what;
    const float *logits[TOGETHER_MOST];
    size_t models = 0;
    for (struct decoding *d = what; d; d = d->beside) {
        d->pass.caches = d->caches;
        tape_reset(d->pass.on);
        logits[models++] = transformer_decode(&d->pass, d->memory, ids, 1,
                                              step)->data;
    }
    if (models == 1)
        return *logits;
    mean_logits(first->mean, logits, models, first->memory->shape[0],
                first->pass.model->vocabulary);
    return first->mean;
}

/* rows_follow: row i of x (n, size) becomes what row parents[i] was. */
static inline void rows_follow(float *x, const uint32_t *parents, size_t n,
                               size_t size, float *scratch)
{
    memcpy(scratch, x, n * size * sizeof *x);
    for (size_t i = 0; i < n; i++)
        if (parents[i] != i)
            memcpy(x + i * size, scratch + parents[i] * size,
                   size * sizeof *x);
}

static inline void decoding_follow(const struct decoding *d,
                                   const uint32_t *parents)
{
    const size_t n = d->memory->shape[0];
    bool moved = false;
    for (size_t i = 0; i < n; i++)
        moved |= parents[i] != i;
    for (size_t i = 0; moved && i < d->pass.model->layers; i++) {
        const struct multihead_cache *c = &d->caches[i].self;
        const size_t size = c->most * d->pass.model->width;
        float *scratch = tape_scratch(d->pass.on, n * size);
        rows_follow(c->k, parents, n, size, scratch);
        rows_follow(c->v, parents, n, size, scratch);
    }
}

static inline const float *decoding_next_beam(void *what, const int32_t *ids,
    const uint32_t *parents, size_t step)
{
    for (const struct decoding *d = what; d && step > 0; d = d->beside)
        decoding_follow(d, parents);
    return decoding_next(what, ids, step);
}

static inline void translate_greedily(struct hypothesis *out,
    struct decoding *d, const struct batch *b, const struct beam *how)
{
    const size_t most = decoding_most(b->sources);
    int32_t *ids = allocate(size_product(b->n, most), sizeof *ids);
    size_t *lengths = allocate(b->n, sizeof *lengths);
    greedy_decode(ids, lengths, b->n, most, how->kinds, how->start, how->end,
                  decoding_next, d);
    for (size_t i = 0; i < b->n; i++) {
        const size_t own = decoding_most(b->lengths[i]);
        const size_t n = lengths[i] < own ? lengths[i] : own;
        out[i] = (struct hypothesis){ .n = n, .ended = lengths[i] < own };
        memcpy(out[i].ids, ids + i * most, n * sizeof *ids);
    }
    free(ids), free(lengths);
}
/* translator_new: a model of the sizes in t->model, for its vocabulary. */
static inline void translator_new(struct translator *t)
{
    t->tape = tape_new(), t->keep = tape_new();
    t->model.vocabulary = t->vocabulary.count;
    transformer_new(&t->model, t->tape);
}

static inline void translator_free(struct translator *t)
{
    if (t->beside)
        translator_free(t->beside), free(t->beside);
    transformer_free(&t->model);
    vocabulary_free(&t->vocabulary);
    units_free(&t->units[SOURCE]), units_free(&t->units[TARGET]);
    tape_free(t->tape), tape_free(t->keep);
    *t = (struct translator){ 0 };
}

/* translator_join: from here on t writes together with other, and owns it.
 * Checked: as many units in both, and at most TOGETHER_MOST models.
 * Unchecked: that the units are the same. */
static inline void translator_join(struct translator *t,
                                   const struct translator *other)
{
    struct translator *own = allocate(1, sizeof *own);
    size_t models = 2;
    REQUIRE(other->model.vocabulary == t->model.vocabulary);
    REQUIRE(!other->beside);
    *own = *other;
    own->tape->no_grad = true;
    for (; t->beside; t = t->beside)
        models++;
    REQUIRE(models <= TOGETHER_MOST);
    t->beside = own;
}

/* translate: out (n, width): what the model makes of the sources of a batch
 * of n, and those beside it, best first.  Width 1 is greedy, and computes no
 * log_p. */
static inline void translate(struct hypothesis *out, struct translator *t,
    const struct batch *b, size_t width, double alpha)
{
    const bool no_grad = t->tape->no_grad;
    t->tape->no_grad = true;
    struct decoding d = decoding_new(t, b, width);
    const struct beam how = { width, t->model.vocabulary,
                              VOCABULARY_START, VOCABULARY_END, alpha };
    if (width == 1)
        translate_greedily(out, &d, b, &how);
    else {
        size_t *most = allocate(b->n, sizeof *most);
        for (size_t i = 0; i < b->n; i++)
            most[i] = decoding_most(b->lengths[i]);
        beam_search(out, b->n, most, &how, decoding_next_beam, &d);
        free(most);
    }
    tape_reset(t->tape);
    t->tape->no_grad = no_grad;
}

/* translator_log_p: how likely the targets of a batch are: out (n); to t
 * alone. */
static inline void translator_log_p(double *out, struct translator *t,
                                    const struct batch *b)
{
    const struct pass pass = { .on = t->tape, .model = &t->model };
    const bool no_grad = t->tape->no_grad;
    const size_t kinds = t->model.vocabulary;
    tape_reset(t->tape);
    t->tape->no_grad = true;
    const float *row = batch_logits(&pass, b)->data;
    for (size_t i = 0; i < b->n; i++) {
        out[i] = 0;
        for (size_t j = 0; j < b->targets; j++, row += kinds) {
            const int32_t want = b->want[i * b->targets + j];
            if (want != IGNORED)
                out[i] += (double)row[want]
                        - (double)log_sum_exp(row, kinds);
        }
    }
    tape_reset(t->tape);
    t->tape->no_grad = no_grad;
}
#ifndef __wasm__
enum { TRANSLATOR_TEXTS = 18, TRANSLATOR_SIZES = 8 };   /* from there on */

/* The texts of a file: keys and values. */
struct translator_texts {
    char number[4][24];
    const char *list[TRANSLATOR_TEXTS + 1];
};

static inline void translator_texts(struct translator_texts *x,
                                    const struct translator *t)
{
    const struct transformer *m = &t->model;
    const size_t sizes[] = { m->layers, m->heads, m->width, m->hidden };
    for (size_t i = 0; i < 4; i++)
        snprintf(x->number[i], sizeof *x->number, "%zu", sizes[i]);
    const char *const list[TRANSLATOR_TEXTS + 1] = {
        "model", "transformer", "source_unit", t->units[SOURCE].text,
        "target_unit", t->units[TARGET].text,
        "vocabulary", t->vocabulary.text, "layers", x->number[0],
        "heads", x->number[1], "embed", x->number[2], "ff", x->number[3],
        "order", m->order == BLOCK_PRE ? "pre" : "post", NULL };
    memcpy(x->list, list, sizeof list);
}

static inline const char *translator_text(const struct safetensors *file,
                                          const char *key)
{
    const char *text = safetensors_text(file, key);
    if (!text)
        fail("%s: has no '%s': not a model of this program", file->path, key);
    return text;
}

static inline size_t translator_size(const struct safetensors *file,
                                     const char *key, size_t most)
{
    const char *text = translator_text(file, key);
    size_t n;
    if (!parse_size(&n, text) || n < 1 || n > most)
        fail("%s: its '%s' is %.40s, not a number from 1 to %zu", file->path,
             key, text, most);
    return n;
}

static inline void translator_said(const struct safetensors *file,
                                   const char *key, const char *wrong)
{
    if (wrong)
        fail("%s: its '%s' %s", file->path, key, wrong);
}

/* Before memory is asked for: the last layers must be there. */
static inline void translator_fits(const struct safetensors *file,
                                   const struct transformer *m, size_t units)
{
    const size_t table[] = { units, m->width };
    const size_t shapes[2][2] = { { m->width, 3 * m->width },
                                  { m->width, m->hidden } };
    for (int i = 0; i < 4; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s.layers.%zu.%s",
                 i / 2 ? "decoder" : "encoder", m->layers - 1,
                 block_parts[i % 2 ? C_FC_WEIGHT : C_ATTN_WEIGHT][0]);
        safetensors_require(file, name, 2, shapes[i % 2]);
    }
    safetensors_require(file, "shared.weight", 2, table);
}

/* translator_read: a model from the texts and tensors of an open file. */
static inline void translator_read(struct translator *t,
                                   const struct safetensors *file)
{
    struct transformer *m = &t->model;
    const char *model = translator_text(file, "model");
    const char *order = translator_text(file, "order");
    if (strcmp(model, "transformer"))
        fail("%s: its 'model' is %.40s, not transformer", file->path, model);
    if (strcmp(order, "pre") && strcmp(order, "post"))
        fail("%s: its 'order' is %.40s, not pre or post", file->path, order);
    m->order = strcmp(order, "pre") ? BLOCK_POST : BLOCK_PRE;
    m->layers = translator_size(file, "layers", LAYERS_MOST);
    m->heads = translator_size(file, "heads", 1024);
    m->width = translator_size(file, "embed", 1 << 14);
    m->hidden = translator_size(file, "ff", 1 << 16);
    if (m->width % m->heads)
        fail("%s: %zu heads do not divide an 'embed' of %zu", file->path,
             m->heads, m->width);
    translator_said(file, "vocabulary", vocabulary_parse(&t->vocabulary,
        translator_text(file, "vocabulary")));
    translator_fits(file, m, t->vocabulary.count);
    for (int i = 0; i < 2; i++) {
        const char *key = i == SOURCE ? "source_unit" : "target_unit";
        const char *text = translator_text(file, key);
        translator_said(file, key, units_parse(&t->units[i], text));
        if (t->units[i].count < t->units[i].wanted)
            fail("%s: its '%s' lacks merges", file->path, key);
    }
    translator_new(t);
    weights_take(t->tape, file);
}

/* translator_load: a model from a file.  Fails if it is of another kind. */
static inline void translator_load(struct translator *t, const char *path)
{
    struct safetensors file = safetensors_read(path);
    *t = (struct translator){ 0 };
    translator_read(t, &file);
    safetensors_free(&file);
}

/* translators_agree: fails if the files, of which a and b are, differ in
 * their units; or in anything, if in_all. */
static inline void translators_agree(const struct translator *a,
    const struct translator *b, const char *a_path, const char *b_path,
    bool in_all)
{
    struct translator_texts x, y;
    translator_texts(&x, a), translator_texts(&y, b);
    for (size_t i = 0; x.list[i] && (in_all || i < TRANSLATOR_SIZES); i += 2)
        if (strcmp(x.list[i + 1], y.list[i + 1]))
            fail("%s: has another '%s' than %s", b_path, x.list[i], a_path);
}

/* translator_beside: t, which is from the file own, writes together with the
 * model in the file path.  Fails if that one has other units. */
static inline void translator_beside(struct translator *t, const char *own,
                                     const char *path)
{
    struct translator other;
    translator_load(&other, path);
    translators_agree(t, &other, own, path, false);
    translator_join(t, &other);
}

/* translator_save: the weights, without a run; in 16 bits, if half. */
static inline void translator_save(const char *path,
                                   const struct translator *t, bool half)
{
    struct translator_texts x;
    const char *texts[TRANSLATOR_TEXTS + 3] = { "format", "pt" };
    translator_texts(&x, t);
    memcpy(texts + 2, x.list, sizeof x.list);
    if (half) {
        weights_save_halves(path, t->tape, texts);
        return;
    }
    struct stored *list = weights_list(t->tape, 0);
    for (size_t i = 0; i < t->tape->count; i++)
        weights_finite(path, list[i].name, list[i].data, list[i].count,
                       -WEIGHTS_MOST, WEIGHTS_MOST);
    safetensors_write(path, list, t->tape->count, texts);
    free(list);
}
#endif
#endif
