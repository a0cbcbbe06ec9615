/* translator.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct translator_field, struct translator_kind,
 * struct translator, field_set, struct lesson, batch_loss, translator_of,
 * translator_new, translator_free, translator_drop, translator_join,
 * translator_embedded, struct translator_texts, translator_read,
 * translator_load, translators_agree, translator_beside, translator_save */

/* translator.h -- a model that reads and writes texts: its kind, its units
 * and its file. */
#ifndef TRANSLATOR_H
#define TRANSLATOR_H
#include "gradient/dropout.h"
#include "gradient/shards.h"
#include "kit/batch.h"
#include "kit/weights.h"

/* A size or a choice of a model, which its file states. */
struct translator_field {
    const char *key;                  /* "layers"; NULL: no more */
    size_t at;                        /* offsetof a size_t, or an int */
    size_t most;                      /* of a size_t, which is 1 at least */
    const char *choices;              /* of an int: "pre|post" */
};

struct translator;
struct safetensors;

/* A kind of models.  A model is a struct with its sizes and tensors. */
struct translator_kind {
    const char *name;                 /* what its files have as 'model' */
    size_t size, drop;                /* of the struct; offsetof its rate of
                                         dropout, a float */
    const struct translator_field *fields;
    /* parameters for so many units, all zeros; random weights; and what is
     * to be freed besides the tape, or NULL */
    void (*make)(void *model, size_t units, struct tape *tape);
    void (*start)(void *model, uint64_t seed);
    void (*free)(void *model);
    /* fails if the largest tensors are not as the sizes say, before there
       is memory for any */
    void (*fits)(const struct safetensors *file, const void *model,
                 size_t units);
    /* teacher forcing: all of a batch at once, (B, T, V); seed: of dropout */
    struct tensor *(*logits)(struct tape *on, const void *model,
                             const struct batch *b, uint64_t seed);
    /* to write: reads a batch, each input width times; what it returns and
     * needs lies on t->keep */
    void *(*begin)(struct translator *t, const struct batch *b, size_t width);
    /* what follows ids (B width): logits (B width, V).  parents: which row of
     * the step before each row goes on from; NULL: its own */
    const float *(*next)(struct translator *t, void *state,
                         const int32_t *ids, const uint32_t *parents,
                         size_t step);
};

enum { SOURCE, TARGET, TOGETHER_MOST = 8 };

struct translator {
    const struct translator_kind *kind;
    void *model;                      /* a struct of this kind */
    struct tape *tape, *keep;
    struct vocabulary vocabulary;     /* of both sides */
    struct units units[2];            /* how SOURCE and TARGET are cut */
    struct translator *beside;        /* writes with it, or NULL */
};
static inline void field_text(char *out, size_t size,
                              const struct translator_field *f,
                              const void *model)
{
    const void *at = (const char *)model + f->at;
    if (!f->choices) {
        snprintf(out, size, "%zu", *(const size_t *)at);
        return;
    }
    struct words names = words_of(f->choices, "|");
    for (int i = 0; words_next(&names); i++)
        if (i == *(const int *)at)
            snprintf(out, size, "%.*s", (int)names.n, names.at);
}

/* field_set: what a text says of a model; false: nothing that it may. */
static inline bool field_set(void *model, const struct translator_field *f,
                             const char *text)
{
    void *at = (char *)model + f->at;
    size_t *number = at;
    if (!f->choices)
        return parse_size(number, text) && *number >= 1
               && *number <= f->most;
    struct words names = words_of(f->choices, "|");
    for (int i = 0; words_next(&names); i++)
        if (strlen(text) == names.n && !memcmp(text, names.at, names.n)) {
            *(int *)at = i;
            return true;
        }
    return false;
}
/* A step of training: what batch_loss needs. */
struct lesson {
    const struct translator *of;
    const struct batch *batch;
    float smoothing;
    uint64_t seed;
};

/* batch_loss: the share of the loss that is of one shard, for
 * tape_shards. */
static inline struct tensor *batch_loss(struct tape *on, void *what,
                                        size_t shard, size_t shards)
{
    const struct lesson *l = what;
    const struct batch part = batch_part(l->batch, shard, shards);
    const struct translator *t = l->of;
    struct tensor *x = t->kind->logits(on, t->model, &part,
                                       mix_bits(l->seed, shard));
    x = tape_cross_entropy(on, x, part.want, l->smoothing, IGNORED);
    return tape_scale(on, x, (float)part.counted / (float)l->batch->counted);
}

/* translator_of: a translator of a kind with the sizes of a model, or NULL:
 * zeros.  It still needs vocabulary, units and translator_new. */
static inline struct translator translator_of(
    const struct translator_kind *kind, const void *sizes)
{
    struct translator t = { .kind = kind };
    t.model = allocate(1, kind->size);
    if (sizes)
        memcpy(t.model, sizes, kind->size);
    return t;
}

/* translator_new: its parameters, all zeros, for its vocabulary.  See
 * translator_free. */
static inline void translator_new(struct translator *t)
{
    t->tape = tape_new(), t->keep = tape_new();
    t->kind->make(t->model, t->vocabulary.count, t->tape);
}

static inline void translator_free(struct translator *t)
{
    if (t->beside)
        translator_free(t->beside), free(t->beside);
    if (t->kind->free)
        t->kind->free(t->model);
    free(t->model);
    vocabulary_free(&t->vocabulary);
    units_free(&t->units[SOURCE]), units_free(&t->units[TARGET]);
    tape_free(t->tape), tape_free(t->keep);
    *t = (struct translator){ 0 };
}

/* translator_drop: its rate of dropout. */
static inline float *translator_drop(const struct translator *t)
{
    return (float *)(void *)((char *)t->model + t->kind->drop);
}

/* translator_join: from here on t writes together with other, and owns it.
 * Checked: as many units in both, and at most TOGETHER_MOST models.
 * Unchecked: that the units are the same. */
static inline void translator_join(struct translator *t,
                                   const struct translator *other)
{
    struct translator *own = allocate(1, sizeof *own);
    size_t models = 2;
    REQUIRE(other->vocabulary.count == t->vocabulary.count);
    REQUIRE(!other->beside);
    *own = *other;
    own->tape->no_grad = true;
    for (; t->beside; t = t->beside)
        models++;
    REQUIRE(models <= TOGETHER_MOST);
    t->beside = own;
}

/* translator_embedded: what translator_load does, from the bytes of a file
 * that is part of the program.  It writes only.  Checked: it is good. */
static inline void translator_embedded(struct translator *t,
    const struct translator_kind *kind, const unsigned char *file)
{
    static const char *const sides[] = { "source_unit", "target_unit" };
    *t = translator_of(kind, NULL);
    for (const struct translator_field *f = kind->fields; f->key; f++) {
        char *text = embedded_text(file, f->key);
        REQUIRE(field_set(t->model, f, text));
        free(text);
    }
    for (size_t i = 0; i < 3; i++) {
        char *text = embedded_text(file, i < 2 ? sides[i] : "vocabulary");
        const char *wrong = i < 2 ? units_parse(&t->units[i], text)
                                  : vocabulary_parse(&t->vocabulary, text);
        REQUIRE(!wrong);
        free(text);
    }
    translator_new(t);
    weights_embedded(t->tape, file);
    t->tape->no_grad = true;
}
#ifndef __wasm__
/* TRANSLATOR_SIZES: from there on the texts are the fields. */
enum { TRANSLATOR_FIELDS = 8, TRANSLATOR_SIZES = 8,
       TRANSLATOR_TEXTS = TRANSLATOR_SIZES + 2 * TRANSLATOR_FIELDS };

/* The texts of a file: keys and values. */
struct translator_texts {
    char value[TRANSLATOR_FIELDS][24];
    size_t count;                     /* of list, without the last NULL */
    const char *list[TRANSLATOR_TEXTS + 1];
};

static inline void translator_texts(struct translator_texts *x,
                                    const struct translator *t)
{
    const char *const list[TRANSLATOR_SIZES] = {
        "model", t->kind->name, "source_unit", t->units[SOURCE].text,
        "target_unit", t->units[TARGET].text,
        "vocabulary", t->vocabulary.text };
    memcpy(x->list, list, sizeof list);
    x->count = TRANSLATOR_SIZES;
    for (size_t i = 0; t->kind->fields[i].key; i++) {
        REQUIRE(i < TRANSLATOR_FIELDS);
        field_text(x->value[i], sizeof *x->value, &t->kind->fields[i],
                   t->model);
        x->list[x->count++] = t->kind->fields[i].key;
        x->list[x->count++] = x->value[i];
    }
    x->list[x->count] = NULL;
}

static inline const char *translator_text(const struct safetensors *file,
                                          const char *key)
{
    const char *text = safetensors_text(file, key);
    if (!text)
        fail("%s: has no '%s': not a model of this program", file->path, key);
    return text;
}

static inline void translator_field_read(void *model,
    const struct translator_field *f, const struct safetensors *file)
{
    const char *text = translator_text(file, f->key);
    if (field_set(model, f, text))
        return;
    if (f->choices)
        fail("%s: its '%s' is %.40s, not one of %s", file->path, f->key, text,
             f->choices);
    fail("%s: its '%s' is %.40s, not a number from 1 to %zu", file->path,
         f->key, text, f->most);
}

static inline void translator_said(const struct safetensors *file,
                                   const char *key, const char *wrong)
{
    if (wrong)
        fail("%s: its '%s' %s", file->path, key, wrong);
}

/* translator_read: a model of a kind from the texts and tensors of an open
 * file. */
static inline void translator_read(struct translator *t,
    const struct translator_kind *kind, const struct safetensors *file)
{
    const char *model = translator_text(file, "model");
    if (strcmp(model, kind->name))
        fail("%s: its 'model' is %.40s, not %s", file->path, model,
             kind->name);
    *t = translator_of(kind, NULL);
    for (const struct translator_field *f = kind->fields; f->key; f++)
        translator_field_read(t->model, f, file);
    translator_said(file, "vocabulary", vocabulary_parse(&t->vocabulary,
        translator_text(file, "vocabulary")));
    if (t->vocabulary.count <= VOCABULARY_UNITS)
        fail("%s: its 'vocabulary' has no units", file->path);
    kind->fits(file, t->model, t->vocabulary.count);
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
static inline void translator_load(struct translator *t,
    const struct translator_kind *kind, const char *path)
{
    struct safetensors file = safetensors_read(path);
    translator_read(t, kind, &file);
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
    translator_load(&other, t->kind, path);
    translators_agree(t, &other, own, path, false);
    translator_join(t, &other);
}

/* translator_save: the weights, without a run; narrow: as weights_embedded
 * knows it. */
static inline void translator_save(const char *path,
                                   const struct translator *t, int narrow)
{
    struct translator_texts x;
    const char *texts[TRANSLATOR_TEXTS + 3] = { "format", "pt" };
    translator_texts(&x, t);
    memcpy(texts + 2, x.list, (x.count + 1) * sizeof *x.list);
    if (narrow) {
        weights_save_narrow(path, t->tape, texts, narrow);
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
