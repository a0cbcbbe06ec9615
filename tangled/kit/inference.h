/* inference.h -- generated from chapters/H-kit.nw. Do not edit. */
/* inference.h -- apply, score and average: what such programs do with models
 * that are trained. */
#ifndef INFERENCE_H
#define INFERENCE_H
#include "kit/spelling.h"
#ifndef __wasm__
static inline void chosen_load(struct translator *t)
{
    size_t n;
    char **more = command_words(&n);
    if (n > 0 && !chosen.beside)
        fail("stray argument \"%s\": more models go with --beside",
             shown(*more));
    if (n + 2 > TOGETHER_MOST)
        fail("--beside: %zu models, and the most is %d", n + 2,
             TOGETHER_MOST);
    translator_load(t, chosen.kind, chosen.load);
    if (chosen.beside)
        translator_beside(t, chosen.load, chosen.beside);
    for (size_t i = 0; i < n; i++)
        translator_beside(t, chosen.load, more[i]);
}

static inline char *line_read(size_t *number)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n = getline(&line, &size, stdin);
    ++*number;
    if (n < 0 && ferror(stdin))
        fail("stdin:%zu: %s", *number, strerror(errno));
    if (n < 0) {
        free(line);
        return NULL;
    }
    if (n > 0 && line[n - 1] == '\n')
        line[--n] = 0;
    if (strlen(line) != (size_t)n)
        fail("stdin:%zu: the input has a control character", *number);
    return line;
}

static inline void apply_some(struct translator *t, const struct example *e,
                       size_t n)
{
    uint32_t which[64];
    for (uint32_t i = 0; i < 64; i++)
        which[i] = i;
    for (size_t at = 0; at < n; at += 64) {
        const size_t some = n - at < 64 ? n - at : 64;
        struct batch b = batch_new(e + at, which, some);
        struct hypothesis *said = allocate(some * chosen.beam, sizeof *said);
        translate(said, t, &b, chosen.beam, chosen.alpha);
        for (size_t i = 0; i < some; i++) {
            const struct hypothesis *h = &said[i * chosen.beam];
            const struct units *how = &t->units[TARGET];
            char none[1];
            const size_t size = 1 + vocabulary_decode(none, 1,
                &t->vocabulary, how, h->ids, h->n);
            char *text = allocate(size, 1);
            vocabulary_decode(text, size, &t->vocabulary, how, h->ids, h->n);
            puts(text), free(text);
        }
        free(said), batch_free(&b);
    }
    fflush(stdout);
}

static inline int run_apply(void)
{
    struct translator *t = &chosen.speller.t;
    const bool typed = is_terminal(stdin);
    size_t n = 0, capacity = 64, number = 0;
    struct example *list = allocate(capacity, sizeof *list);
    chosen_load(t);
    for (char *line; (line = line_read(&number)) != NULL; free(line)) {
        if (n == capacity) {
            capacity *= 2;
            list = enlarge(list, n, capacity, sizeof *list);
        }
        list[n] = (struct example){ 0 };
        list[n].source = speller_ids(t, SOURCE, line, &list[n].sources,
                                     "stdin", number);
        n++;
        if (typed)
            apply_some(t, list, n), free(list[--n].source);
    }
    apply_some(t, list, n);
    while (n > 0)
        free(list[--n].source);
    free(list), translator_free(t);
    return 0;
}

static inline int run_score(void)
{
    struct translator *t = &chosen.speller.t;
    chosen_load(t);
    struct pairs p = pairs_read(chosen.pairs), part = { 0 };
    if (chosen.part)
        part = pairs_part(&p, (enum part)(chosen.part - 1));
    if (chosen.part && part.count == 0)
        fail("%s: has no pair of this part", chosen.pairs);
    const struct pairs *asked = chosen.part ? &part : &p;
    struct corpus c = corpus_of(asked, t);
    if (chosen.join > 1) {
        struct pairs joined = pairs_joined(asked, chosen.join, chosen.join,
                                           asked->inputs / chosen.join, 1);
        if (joined.count == 0)
            fail("%s: has too few words to join", chosen.pairs);
        corpus_free(&c), c = corpus_of(&joined, t), pairs_free(&joined);
    }
    struct grade g = speller_grade(t, &c, 1, chosen.beam, chosen.alpha);
    const double exact = grade_exact(g), rate = grade_rate(g);
    if (chosen.json)
        printf("{\"exact\": %.6f, \"token_error_rate\": %.6f, "
               "\"count\": %zu}\n", exact, rate, g.count);
    else
        printf("exact %.2f %%   token error rate %.2f %%   of %zu\n",
               100 * exact, 100 * rate, g.count);
    corpus_free(&c), pairs_free(&part), pairs_free(&p), translator_free(t);
    return 0;
}

static inline int run_average(void)
{
    struct translator *t = &chosen.speller.t;
    size_t n;
    char **paths = command_words(&n);
    if (n == 0)
        fail("average: which files?");
    if (chosen.vectors && !chosen.bytes)
        fail("--vectors: goes with --bytes");
    translator_load(t, chosen.kind, paths[0]);
    for (size_t i = 1; i < n; i++) {
        struct translator other;
        translator_load(&other, chosen.kind, paths[i]);
        translators_agree(t, &other, paths[0], paths[i], true);
        translator_free(&other);
    }
    weights_mean(t->tape, paths + 1, n - 1);
    translator_save(chosen.save, t, chosen.vectors ? NARROW_ALL
        : chosen.bytes ? NARROW_BYTE : chosen.half ? NARROW_HALF : NARROW_NO);
    translator_free(t);
    return 0;
}
#endif
#endif

