/* files.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: struct filler, filler_kinds, filler_embedded, bytes_escaped,
 * struct filler_texts, filler_texts, filler_save, filler_heads,
 * wordpiece_read, filler_read, filler_load */

#ifndef BERT_FILES_H
#define BERT_FILES_H
#include "bert/published.h"
#include "bert/wordpiece.h"
#include "kit/weights.h"

/* A BERT with all that is needed for a text of the reader. */
struct filler {
    struct tape *tape;
    struct bert bert;
    struct wordpiece words;           /* count 0: nobody knows */
    struct unit *kinds;               /* (K): the names of the categories */
    char *kinds_text;
};

static const struct published bert_published = { "bert.encoder.layer.", {
    { "attention.self.query", C_ATTN_WEIGHT, 0, 3 },
    { "attention.self.key", C_ATTN_WEIGHT, 1, 3 },
    { "attention.self.value", C_ATTN_WEIGHT, 2, 3 },
    { "attention.output.dense", ATTN_PROJ_WEIGHT, 0, 1 },
    { "attention.output.LayerNorm", LN_1_WEIGHT, 0, 1 },
    { "intermediate.dense", C_FC_WEIGHT, 0, 1 },
    { "output.dense", MLP_PROJ_WEIGHT, 0, 1 },
    { "output.LayerNorm", LN_2_WEIGHT, 0, 1 } } };

static inline struct tape *bert_tape(const struct tape *own,
                                     const struct bert *b)
{
    return published_tape(&bert_published, own, b->layer, b->is.layers);
}

static inline void bert_move(struct tape *own, struct bert *b,
                             struct tape *theirs, bool out)
{
    published_move(&bert_published, own, b->layer, b->is.layers, theirs, out);
}
static inline void filler_free(struct filler *f)
{
    tape_free(f->tape), wordpiece_free(&f->words);
    free(f->kinds), free(f->kinds_text);
    *f = (struct filler){ .tape = NULL };
}

/* filler_kinds: the names of categories, a line each; a copy.  Returns how
 * many there are. */
static inline size_t filler_kinds(struct filler *f, const char *text)
{
    size_t n = 0;
    free(f->kinds), free(f->kinds_text);
    f->kinds_text = strdup(text);
    REQUIRE(f->kinds_text);
    f->kinds = allocate(strlen(text) + 1, sizeof *f->kinds);
    const char *at = f->kinds_text, *end = at + strlen(at);
    while (at < end)
        f->kinds[n++] = unit_next(&at, end, '\n');
    return n;
}

/* filler_embedded: a model from the bytes of a file that filler_save wrote;
 * its tape has no_grad set.  Checked: all of it, but not politely. */
static inline struct filler filler_embedded(const void *bytes)
{
    struct filler f = { .tape = tape_new() };
    struct bert_kind is = { .drop = 0 };
    int fills, pools, causal;
    char *sizes = embedded_text(bytes, "sizes");
    char *words = embedded_text(bytes, "vocabulary");
    char *kinds = embedded_text(bytes, "categories");
    REQUIRE(sscanf(sizes, "%zu %zu %zu %zu %zu %zu %zu %d %d %zu %d",
                   &is.tokens, &is.context, &is.types, &is.width, &is.heads,
                   &is.layers, &is.hidden, &fills, &pools, &is.kinds,
                   &causal) == 11);
    is.fills = fills, is.pools = pools, is.causal = causal;
    REQUIRE(!wordpiece_parse(&f.words, words, strlen(words)));
    REQUIRE(f.words.count == is.tokens);
    REQUIRE(filler_kinds(&f, kinds) == is.kinds);
    f.bert = bert_new(f.tape, &is);
    struct tape *theirs = bert_tape(f.tape, &f.bert);
    weights_embedded(theirs, bytes);
    bert_move(f.tape, &f.bert, theirs, false);
    tape_free(theirs), free(sizes), free(words), free(kinds);
    f.tape->no_grad = true;
    return f;
}
#ifndef __wasm__
enum { FILLER_TEXTS = 10, FILLER_WORDS = 900000 };

/* bytes_escaped: of a text between quotes in the header, where a line feed, a
 * quote and a backslash have two. */
static inline size_t bytes_escaped(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += strchr("\n\"\\", *text) ? 2 : 1;
    return n;
}

/* The texts of a file: keys and values. */
struct filler_texts {
    char heads[24], sizes[200];
    const char *list[FILLER_TEXTS + 1];
};

/* filler_texts: they point into f.  Fails if vocabulary and categories are
 * too long. */
static inline void filler_texts(struct filler_texts *x,
                                const struct filler *f)
{
    const struct bert_kind *is = &f->bert.is;
    const char *words = f->words.count ? f->words.text : "";
    const char *kinds = f->kinds_text ? f->kinds_text : "";
    if (bytes_escaped(words) + bytes_escaped(kinds) > FILLER_WORDS)
        fail("%zu tokens and %zu categories are too long for the header of "
             "a file", f->words.count, is->kinds);
    snprintf(x->heads, sizeof x->heads, "%zu", is->heads);
    snprintf(x->sizes, sizeof x->sizes, "%zu %zu %zu %zu %zu %zu %zu %d %d "
             "%zu %d", is->tokens, is->context, is->types, is->width,
             is->heads, is->layers, is->hidden, is->fills, is->pools,
             is->kinds, is->causal);
    const char *const list[FILLER_TEXTS + 1] = { "architecture", is->causal
        ? "bert, causal" : "bert", "heads", x->heads, "sizes", x->sizes,
        "vocabulary", words, "categories", kinds, NULL };
    memcpy(x->list, list, sizeof list);
}

/* filler_save: the weights under Hugging Face's names, without a run; in 16
 * bits, if half.  Fails if a weight is not finite, or too large for them. */
static inline void filler_save(const char *path, struct filler *f, bool half)
{
    struct filler_texts x;
    const char *texts[FILLER_TEXTS + 3] = { "format", "pt" };
    struct tape *theirs = bert_tape(f->tape, &f->bert);
    filler_texts(&x, f);
    memcpy(texts + 2, x.list, sizeof x.list);
    bert_move(f->tape, &f->bert, theirs, true);
    if (half)
        weights_save_halves(path, theirs, texts);
    else {
        struct stored *list = weights_list(theirs, 0);
        for (size_t i = 0; i < theirs->count; i++)
            weights_finite(path, list[i].name, list[i].data, list[i].count,
                           -WEIGHTS_MOST, WEIGHTS_MOST);
        safetensors_write(path, list, theirs->count, texts);
        free(list);
    }
    tape_free(theirs);
}

static inline void filler_rename(struct safetensors *file)
{
    static const char *const bare[] = { "embeddings.", "encoder.",
                                        "pooler." };
    static const char *const old[][2] = { { ".gamma", ".weight" },
                                          { ".beta", ".bias" } };
    for (size_t i = 0; i < file->count; i++) {
        char *name = (char *)(uintptr_t)file->tensors[i].name;
        const size_t n = strlen(name);
        char *new = allocate(n + 16, 1);
        bool prefix = false;
        for (size_t k = 0; k < 3; k++)
            prefix |= !strncmp(name, bare[k], strlen(bare[k]));
        sprintf(new, "%s%s", prefix ? "bert." : "", name);
        for (size_t k = 0; k < 2; k++) {
            const size_t end = strlen(old[k][0]), m = strlen(new);
            if (m > end && !strcmp(new + m - end, old[k][0]))
                strcpy(new + m - end, old[k][1]);
        }
        free(name);
        file->tensors[i].name = new;
    }
}

/* A matrix that must be there, and its shape. */
static inline const size_t *filler_matrix(const struct safetensors *file,
                                          const char *name)
{
    const struct stored *t = safetensors_find(file, name);
    if (!t)
        fail("%s: has no tensor \"%s\": not a model of BERT's architecture",
             file->path, name);
    if (t->rank != 2 || t->shape[0] < 1 || t->shape[1] < 1)
        fail("%s: its \"%s\" is no matrix", file->path, name);
    return t->shape;
}

static inline bool filler_has(const struct safetensors *file,
                              const char *name)
{
    return safetensors_find(file, name) != NULL;
}

/* The names of the matrix that shows F, and of the queries': published, and
 * in a run of ours. */
static const char *const filler_hidden[2] = {
    "bert.encoder.layer.%zu.intermediate.dense.weight",
    "bert.encoder.layer.%zu.mlp.c_fc.weight" };
static const char *const filler_query[2] = {
    "bert.encoder.layer.%zu.attention.self.query.weight",
    "bert.encoder.layer.%zu.attn.c_attn.weight" };

static inline void filler_layers(struct bert_kind *is,
                                 const struct safetensors *file, bool run)
{
    const size_t C = is->width, square[] = { C, C };
    const size_t three[] = { C, size_product(3, C) };
    char name[80];
    for (is->layers = 0; ; is->layers++) {
        snprintf(name, sizeof name, filler_hidden[run], is->layers);
        if (!filler_has(file, name))
            break;
        if (is->layers == BERT_LAYERS)
            fail("%s: has more than %d layers", file->path, BERT_LAYERS);
        if (is->layers == 0)
            is->hidden = filler_matrix(file, name)[run];
        const size_t F = is->hidden, up[] = { run ? C : F, run ? F : C };
        safetensors_require(file, name, 2, up);
        snprintf(name, sizeof name, filler_query[run], is->layers);
        safetensors_require(file, name, 2, run ? three : square);
    }
    if (is->layers == 0)
        fail("%s: has no layers", file->path);
}

/* filler_heads: see weights_heads; says so if it has to assume. */
static inline size_t filler_heads(const struct safetensors *file,
                                  size_t width, size_t heads)
{
    const size_t n = weights_heads(file, width, heads);
    if (!heads && !safetensors_text(file, "heads"))
        fprintf(stderr, "%s: %s does not say how many heads it has; %zu are "
                "assumed, one for 64 columns\n", program_name, file->path,
                n);
    return n;
}

static inline void filler_tied(const struct safetensors *file)
{
    static const char *const two[] = { "cls.predictions.decoder.weight",
        "bert.embeddings.word_embeddings.weight" };
    const struct stored *again = safetensors_find(file, two[0]);
    if (!again)
        return;
    const float *a = safetensors_require(file, two[0], again->rank,
                                         again->shape);
    const float *b = safetensors_require(file, two[1], again->rank,
                                         again->shape);
    if (memcmp(a, b, again->count * sizeof *a) != 0)
        fail("%s: its \"%s\" is not the table of words", file->path,
             two[0]);
}

/* The rows of a matrix that must be there, with C columns. */
static inline size_t filler_rows(const struct safetensors *file,
                                 const char *name, size_t C)
{
    const size_t shape[] = { filler_matrix(file, name)[0], C };
    safetensors_require(file, name, 2, shape);
    return shape[0];
}

static inline struct bert_kind filler_kind(const struct safetensors *file,
                                           size_t heads, bool run)
{
    static const char *const tables[] = {
        "bert.embeddings.word_embeddings.weight",
        "bert.embeddings.position_embeddings.weight",
        "bert.embeddings.token_type_embeddings.weight" };
    const size_t C = filler_matrix(file, tables[0])[1];
    const char *is_text = safetensors_text(file, "architecture");
    struct bert_kind is = { filler_rows(file, tables[0], C),
        filler_rows(file, tables[1], C), filler_rows(file, tables[2], C), C,
        filler_heads(file, C, heads), .drop = 0 };
    if (is.context < BERT_CONTEXT)
        fail("%s: has %zu places, and no text is so short", file->path,
             is.context);
    if (is_text && strcmp(is_text, "bert") && strcmp(is_text, "bert, causal"))
        fail("%s: its 'architecture' is %.40s, not bert", file->path,
             is_text);
    is.causal = is_text && is_text[4];
    is.fills = filler_has(file, "cls.predictions.bias");
    is.pools = filler_has(file, "bert.pooler.dense.weight");
    if (filler_has(file, "classifier.weight") && is.pools)
        is.kinds = filler_rows(file, "classifier.weight", C);
    filler_layers(&is, file, run);
    filler_tied(file);
    return is;
}

/* wordpiece_read: a vocabulary of a file, or fails. */
static inline struct wordpiece wordpiece_read(const char *path)
{
    struct wordpiece v;
    size_t n;
    char *text = text_read(path, &n);
    const char *wrong = wordpiece_parse(&v, text, n);
    if (wrong)
        fail("%s: %s", path, wrong);
    free(text);
    return v;
}

static inline void filler_words(struct filler *f,
                                const struct safetensors *file,
                                const char *vocab)
{
    const char *text = safetensors_text(file, "vocabulary");
    const char *wrong = NULL, *path = vocab ? vocab : file->path;
    const size_t V = f->bert.is.tokens;
    if (vocab)
        f->words = wordpiece_read(vocab);
    else if (text && *text)
        wrong = wordpiece_parse(&f->words, text, strlen(text));
    if (wrong)
        fail("%s: its 'vocabulary' %s", path, wrong);
    if (f->words.count && f->words.count != V)
        fail("%s: has %zu tokens, but %s embeddings of %zu", path,
             f->words.count, vocab ? file->path : "has", V);
}

static inline void filler_categories(struct filler *f,
                                     const struct safetensors *file)
{
    const char *text = safetensors_text(file, "categories");
    const size_t K = f->bert.is.kinds;
    char *numbers = allocate(size_product(K + 1, 24), 1), *to = numbers;
    for (size_t i = 0; i < K; i++)
        to += sprintf(to, "%s%zu", i ? "\n" : "", i);
    if (filler_kinds(f, text && *text ? text : numbers) != K)
        fail("%s: its 'categories' are not %zu, as its classifier has",
             file->path, K);
    for (size_t i = 0; i < K; i++) {
        const char *wrong = text_wrong(f->kinds[i].at, f->kinds[i].n);
        if (wrong)
            fail("%s: its category %zu %s", file->path, i + 1, wrong);
    }
    free(numbers);
}

/* filler_read: a model from an open file.  See filler_load. */
static inline struct filler filler_read(struct safetensors *file,
                                        size_t heads, const char *vocab)
{
    struct filler f = { .tape = tape_new() };
    char name[80];
    filler_rename(file);
    snprintf(name, sizeof name, filler_hidden[1], (size_t)0);
    const bool run = filler_has(file, name);
    const struct bert_kind is = filler_kind(file, heads, run);
    f.bert = bert_new(f.tape, &is);
    if (run)
        weights_take(f.tape, file);
    else {
        struct tape *theirs = bert_tape(f.tape, &f.bert);
        weights_take(theirs, file);
        bert_move(f.tape, &f.bert, theirs, false);
        tape_free(theirs);
    }
    filler_words(&f, file, vocab);
    filler_categories(&f, file);
    return f;
}

/* filler_load: a model from a file of this program, or with Hugging Face's
 * names; heads: 0, or how many there are; vocab: NULL, or the path of its
 * vocabulary.  Fails if it is of another architecture. */
static inline struct filler filler_load(const char *path, size_t heads,
                                        const char *vocab)
{
    struct safetensors file = safetensors_read(path);
    struct filler f = filler_read(&file, heads, vocab);
    safetensors_free(&file);
    return f;
}
#endif
#endif
