/* scoring.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct scores, scores_add, hypothesis_text, texts_translated,
 * scores_of */

/* scoring.h -- what a translator makes of pairs, and how good that is. */
#ifndef SCORING_H
#define SCORING_H
#include "kit/corpus.h"
#include "translation/bleu.h"

/* Scores of a set: count inputs, of which exact are right to the letter. */
struct scores {
    struct bleu bleu;
    struct chrf chrf;
    size_t count, exact;
};

/* scores_add: adds what was said for input number i of pairs.  If there are
 * several references, it is measured by the one that it is, or the first. */
static inline void scores_add(struct scores *s, const struct pairs *p,
                              size_t i, const char *said)
{
    const char *reference = p->list[p->first[i]].output;
    bool exact = false;
    for (size_t j = p->first[i]; j < p->first[i + 1]; j++)
        if (!strcmp(p->list[j].output, said))
            reference = said, exact = true;
    char *words = words_13a(said), *right = words_13a(reference);
    bleu_add(&s->bleu, words, right);
    chrf_add(&s->chrf, words, right);
    s->count++, s->exact += exact;
    free(words), free(right);
}

static inline double scores_exact(const struct scores *s)
{
    return s->count ? (double)s->exact / (double)s->count : 0;
}

/* hypothesis_text: what was written, as a text; free it. */
static inline char *hypothesis_text(const struct translator *t,
                                    const struct hypothesis *h)
{
    char none[1];
    const size_t size = 1 + vocabulary_decode(none, 1, &t->vocabulary,
        &t->units[TARGET], h->ids, h->n);
    char *text = allocate(size, 1);
    vocabulary_decode(text, size, &t->vocabulary, &t->units[TARGET], h->ids,
                      h->n);
    return text;
}

/* texts_translated: what t writes for each input of p, (p->inputs); free
 * each and the list. */
static inline char **texts_translated(struct translator *t,
    const struct pairs *p, size_t width, double alpha)
{
    struct corpus c = corpus_of(p, t);
    struct example *asked = allocate(c.asked + 1, sizeof *asked);
    char **said = allocate(c.asked + 1, sizeof *said);
    for (size_t i = 0; i < c.asked; i++)
        asked[i] = *c.questions[i].answers;
    struct hypothesis *h = examples_translated(t, asked, c.asked,
                                               ASKED_UNITS, width, alpha);
    for (size_t i = 0; i < c.asked; i++)
        said[i] = hypothesis_text(t, &h[i]);
    free(h), free(asked), corpus_free(&c);
    return said;
}

/* scores_of: of what was said for all inputs of p, (p->inputs). */
static inline struct scores scores_of(const struct pairs *p, char **said)
{
    struct scores s = { .count = 0 };
    for (size_t i = 0; i < p->inputs; i++)
        scores_add(&s, p, i, said[i]);
    return s;
}

static inline void said_free(char **said, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(said[i]);
    free(said);
}
#endif

