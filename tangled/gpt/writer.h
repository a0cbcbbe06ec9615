/* writer.h -- generated from chapters/16-gpt.nw. Do not edit. */
/* Offers: struct writer, writer_new, writer_free, writer_embedded,
 * struct writer_texts, writer_texts, writer_texts_free, writer_save,
 * writer_read, writer_load */

/* writer.h -- a GPT and its tokens, and their files. */
#ifndef WRITER_H
#define WRITER_H
#include "gpt/gpt.h"
#include "kit/tokens.h"
#include "kit/weights.h"

struct writer {
    struct tape *tape;
    struct gpt gpt;
    struct tokens tokens;         /* count 0: nobody knows */
};
/* writer_new: a model of the sizes in is, but with as many tokens as there
 * are; zeros at first. It takes the tokens over. */
static inline struct writer writer_new(const struct gpt_kind *is,
                                       const struct tokens *tokens)
{
    struct writer w = { .tape = tape_new(), .tokens = *tokens };
    struct gpt_kind kind = *is;
    if (tokens->count)
        kind.tokens = tokens->count;
    w.gpt = gpt_new(w.tape, &kind);
    return w;
}

/* writer_free: all of it. */
static inline void writer_free(struct writer *w)
{
    tape_free(w->tape), tokens_free(&w->tokens);
    *w = (struct writer){ 0 };
}

/* The two axes of a matrix in the header of an embedded file. */
static inline void embedded_shape(size_t shape[2], const char *header,
                                  const char *name)
{
    char want[80];
    snprintf(want, sizeof want, "\"%s\":{\"dtype\":\"", name);
    const char *at = strstr(header, want);
    REQUIRE(at);
    at = strchr(at, '[');
    REQUIRE(at && sscanf(at, "[%zu,%zu]", &shape[0], &shape[1]) == 2);
}

/* writer_embedded: a model from the bytes of a file that writer_save wrote;
 * its tape has no_grad set. Checked: all of it, but not politely. */
static inline void writer_embedded(struct writer *w, const void *bytes)
{
    size_t length, embed[2], places[2], heads, layers = 0;
    char *header = embedded_header(bytes, &length), name[40];
    embedded_shape(embed, header, "wte.weight");
    embedded_shape(places, header, "wpe.weight");
    do
        snprintf(name, sizeof name, "\"h.%zu.ln_1.weight\"", layers);
    while (strstr(header, name) && ++layers);
    char *text = embedded_text(bytes, "heads");
    REQUIRE(parse_size(&heads, text) && heads > 0 && embed[1] % heads == 0);
    free(text), text = embedded_text(bytes, "tokens");
    struct tokens tokens;
    REQUIRE(!tokens_parse(&tokens, text, NULL) && tokens.count == embed[0]);
    *w = writer_new(&(struct gpt_kind){ .context = places[0],
        .width = embed[1], .heads = heads, .layers = layers }, &tokens);
    weights_embedded(w->tape, bytes);
    w->tape->no_grad = true;
    free(text), free(header);
}

#ifndef __wasm__
enum { WRITER_TEXTS = 6, WRITER_TOKENS = 900000 };

/* The texts of a file: keys and values. */
struct writer_texts {
    char heads[24], *tokens;
    const char *list[WRITER_TEXTS + 1];
};

/* writer_texts: see writer_texts_free. Fails if the tokens are too many for
 * the header of a file. */
static inline void writer_texts(struct writer_texts *x,
                                const struct writer *w)
{
    x->tokens = w->tokens.count ? tokens_text(&w->tokens) : NULL;
    if (x->tokens && strlen(x->tokens) > WRITER_TOKENS)
        fail("%zu tokens are too many for the header of a file",
             w->tokens.count);
    snprintf(x->heads, sizeof x->heads, "%zu", w->gpt.is.heads);
    const char *const list[WRITER_TEXTS + 1] = { "architecture", "gpt",
        "heads", x->heads, x->tokens ? "tokens" : NULL, x->tokens };
    memcpy(x->list, list, sizeof list);
}

static inline void writer_texts_free(struct writer_texts *x)
{
    free(x->tokens);
}

/* writer_save: the weights, without a run; in 16 bits, if half. */
static inline void writer_save(const char *path, const struct writer *w,
                               bool half)
{
    struct writer_texts x;
    const char *texts[WRITER_TEXTS + 3] = { "format", "pt" };
    writer_texts(&x, w);
    memcpy(texts + 2, x.list, sizeof x.list);
    if (half)
        weights_save_halves(path, w->tape, texts);
    else {
        struct stored *list = weights_list(w->tape, 0);
        for (size_t i = 0; i < w->tape->count; i++)
            weights_finite(path, list[i].name, list[i].data, list[i].count,
                           -WEIGHTS_MOST, WEIGHTS_MOST);
        safetensors_write(path, list, w->tape->count, texts);
        free(list);
    }
    writer_texts_free(&x);
}

static inline void writer_rename(struct safetensors *file)
{
    static const char prefix[] = "transformer.";
    for (size_t i = 0; i < file->count; i++) {
        char *name = (char *)(uintptr_t)file->tensors[i].name;
        if (!strncmp(name, prefix, sizeof prefix - 1))
            memmove(name, name + sizeof prefix - 1,
                    strlen(name + sizeof prefix - 1) + 1);
    }
}

/* A matrix that GPT-2 has: its rows, and its columns, which are C. */
static inline const size_t *writer_matrix(const struct safetensors *file,
                                          const char *name)
{
    const struct stored *t = safetensors_find(file, name);
    if (!t)
        fail("%s: has no tensor \"%s\": not a model of GPT-2's architecture",
             file->path, name);
    if (t->rank != 2 || t->shape[0] < 1 || t->shape[1] < 1)
        fail("%s: its \"%s\" is no matrix", file->path, name);
    return t->shape;
}

static inline size_t writer_layers(const struct safetensors *file,
                                   size_t width)
{
    const size_t three[] = { width, size_product(3, width) };
    const size_t four[] = { width, size_product(4, width) };
    char name[40];
    size_t n = 0;
    for (;; n++) {
        snprintf(name, sizeof name, "h.%zu.ln_1.weight", n);
        if (!safetensors_find(file, name))
            break;
        if (n == GPT_LAYERS)
            fail("%s: has more than %d layers", file->path, GPT_LAYERS);
        snprintf(name, sizeof name, "h.%zu.attn.c_attn.weight", n);
        safetensors_require(file, name, 2, three);
        snprintf(name, sizeof name, "h.%zu.mlp.c_fc.weight", n);
        safetensors_require(file, name, 2, four);
    }
    if (n == 0)
        fail("%s: has no layers", file->path);
    return n;
}

static inline struct tokens writer_tokens(const struct safetensors *file,
                                          size_t count,
                                          const char *published)
{
    struct tokens t = { .count = 0 };
    const char *text = safetensors_text(file, "tokens");
    if (!text && (count != 50257 || !published))
        return t;
    const char *wrong = tokens_parse(&t, text ? text : "gpt2", published);
    if (wrong)
        fail("%s: its 'tokens' %s", file->path, wrong);
    if (t.count != count)
        fail("%s: has %zu tokens, but embeddings of %zu", file->path,
             t.count, count);
    return t;
}

/* writer_read: a model from an open file.  See writer_load. */
static inline void writer_read(struct writer *w, struct safetensors *file,
                               size_t heads, const char *published)
{
    const char *is = safetensors_text(file, "architecture");
    if (is && strcmp(is, "gpt"))
        fail("%s: its 'architecture' is %.40s, not gpt", file->path, is);
    writer_rename(file);
    const size_t *embed = writer_matrix(file, "wte.weight");
    const size_t *places = writer_matrix(file, "wpe.weight");
    const struct gpt_kind kind = { embed[0], places[0], embed[1],
        weights_heads(file, embed[1], heads), writer_layers(file, embed[1]),
        0 };
    const struct tokens tokens = writer_tokens(file, kind.tokens, published);
    *w = writer_new(&kind, &tokens);
    weights_take(w->tape, file);
}

/* writer_load: a model from a file of this program, or of GPT-2.  heads: 0,
 * or how many there are; published: GPT-2's merges, or NULL.  Fails if it is
 * of another architecture. */
static inline void writer_load(struct writer *w, const char *path,
                               size_t heads, const char *published)
{
    struct safetensors file = safetensors_read(path);
    writer_read(w, &file, heads, published);
    safetensors_free(&file);
}
#endif
#endif
