/* summaries.h -- generated from chapters/18-translation.nw. Do not edit. */
/* Offers: struct summary_grade, rouge_words, text_begins, summary_add,
 * summary_error, summaries_lead, lead_best, struct pointed, pointer_look,
 * summaries_grade */

#ifndef SUMMARIES_H
#define SUMMARIES_H
#include "kit/corpus.h"
#include "translation/descriptions.h"
#include "translation/pointer_kind.h"
#include "translation/rouge.h"
#include "translation/scoring.h"

enum { LEAD_MOST = 20 };

/* Sums over summaries: of ROUGE, of the square of ROUGE-L; of their words,
 * and of those that stand in the paragraph; of units, and of those that were
 * copied. */
struct summary_grade {
    double one, two, longest, square;
    size_t count, words, own, units, copied;
};

/* rouge_words: the words of a text as Lin's program cuts them: rows of small
 * letters and digits, with one space between; free it.  What is not ASCII
 * stays.  Departure: no word loses its ending. */
static inline char *rouge_words(const char *text)
{
    char *out = allocate(strlen(text) + 1, 1), *to = out;
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c >= 0x80 || isalnum(c))
            *to++ = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        else if (to > out && to[-1] != ' ')
            *to++ = ' ';
    }
    to -= to > out && to[-1] == ' ';
    *to = 0;
    return out;
}

/* text_begins: out (bytes of text + 1): the first n words of text. */
static inline void text_begins(char *out, const char *text, size_t n)
{
    struct words w = words_of(text, " ");
    size_t end = 0;
    while (n-- > 0 && words_next(&w))
        end = (size_t)(w.at + w.n - text);
    memcpy(out, text, end), out[end] = 0;
}

/* summary_add: ADDS the scores of what was said of a pair. */
static inline void summary_add(struct summary_grade *g, const char *said,
                               const struct pair *p)
{
    char *a = rouge_words(said), *b = rouge_words(p->output);
    char *all = rouge_words(p->input);
    const struct rouge r = rouge_of(a, b);
    struct unit words[BLEU_WORDS], from[BLEU_WORDS];
    const size_t n = words_split(words, a), m = words_split(from, all);
    for (size_t i = 0; i < n; i++) {
        bool own = false;
        for (size_t j = 0; j < m && !own; j++)
            own = unit_same(words[i], from[j]);
        g->own += own;
    }
    g->one += r.one, g->two += r.two, g->longest += r.longest;
    g->square += r.longest * r.longest, g->words += n, g->count++;
    free(a), free(b), free(all);
}

/* summary_error: the standard error of the mean of ROUGE-L. */
static inline double summary_error(const struct summary_grade *g)
{
    const double n = (double)g->count, mean = g->longest / n;
    return n > 1 ? sqrt(fmax(0, g->square / n - mean * mean) / (n - 1)) : 0;
}

/* summaries_lead: the grade of the first words of each paragraph; or of the
 * synopses themselves, if words is 0. */
static inline struct summary_grade summaries_lead(const struct pairs *p,
                                                  size_t words)
{
    struct summary_grade g = { .count = 0 };
    for (size_t i = 0; i < p->count; i++) {
        const struct pair *own = &p->list[i];
        char *said = allocate(strlen(own->input) + 1, 1);
        text_begins(said, own->input, words);
        summary_add(&g, words ? said : own->output, own);
        free(said);
    }
    return g;
}

/* lead_best: how many words are best, by ROUGE-L of every eighth pair. */
static inline size_t lead_best(const struct pairs *p)
{
    struct pairs some = { .count = 0 };
    size_t best = 0;
    double most = -1;
    some.list = allocate(p->count + 1, sizeof *some.list);
    for (size_t i = 0; i < p->count; i += 8)
        some.list[some.count++] = p->list[i];
    for (size_t n = 1; n <= LEAD_MOST; n++) {
        const struct summary_grade g = summaries_lead(&some, n);
        if (g.longest > most)
            most = g.longest, best = n;
    }
    free(some.list);
    return best;
}

/* What a pointer-generator thought: n places of the source, and said units,
 * the end among them. */
struct pointed {
    size_t n, said;
    float weights[BEAM_LONGEST * SEQUENCE_MOST];      /* (said, n) */
    float gate[BEAM_LONGEST + 1], share[BEAM_LONGEST + 1];   /* (said) */
};

/* pointer_look: at the target of e; resets the tapes of t.  Checked: it has
 * less than BEAM_LONGEST units. */
static inline void pointer_look(struct pointed *to, struct translator *t,
                                const struct example *e)
{
    const bool no_grad = t->tape->no_grad;
    const size_t V = t->vocabulary.count, S = e->sources;
    struct batch b = batch_new(e, (const uint32_t[]){ 0 }, 1);
    struct tensor *gate;
    REQUIRE(e->targets < BEAM_LONGEST);
    tape_reset(t->tape), t->tape->no_grad = true;
    const struct tensor *x = pointer_batch(&(struct pass){ .on = t->tape,
        .model = t->model }, &b, &gate);
    to->n = S, to->said = b.targets;
    memcpy(to->weights, x->attention, b.targets * S * sizeof(float));
    for (size_t i = 0; i < to->said; i++) {
        const float g = sigmoid_plain(gate->data[i]);
        float all = 0;
        for (size_t s = 0; s < S; s++)
            if (b.source[s] == b.want[i])
                all += x->attention[i * S + s];
        to->gate[i] = g;
        to->share[i] = (1 - g) * all
                     / expf(x->data[i * V + (size_t)b.want[i]]);
    }
    batch_free(&b), tape_reset(t->tape), t->tape->no_grad = no_grad;
}

static inline void summary_copied(struct summary_grade *g,
                                  struct translator *t, struct example e,
                                  struct hypothesis *h)
{
    struct pointed *to = allocate(1, sizeof *to);
    e.targets = h->n < BEAM_LONGEST ? h->n : BEAM_LONGEST - 1;
    e.target = h->ids;
    pointer_look(to, t, &e);
    for (size_t i = 0; i < e.targets; i++)
        g->copied += to->share[i] > .5f;
    g->units += e.targets;
    free(to);
}

enum { SUMMARY_UNITS = 2048 };      /* in a batch */

/* summaries_grade: the grade of what t writes for each pair.  Of a
 * pointer-generator it also counts what was copied. */
static inline struct summary_grade summaries_grade(struct translator *t,
    const struct pairs *p, size_t width, double alpha)
{
    struct summary_grade g = { .count = 0 };
    struct corpus c = corpus_of(p, t);
    struct hypothesis *said = examples_translated(t, c.examples, c.count,
        SUMMARY_UNITS, width, alpha);
    for (size_t i = 0; i < c.count; i++) {
        char *text = hypothesis_text(t, &said[i]);
        summary_add(&g, text, &p->list[i]), free(text);
        if (t->kind == &pointer_kind)
            summary_copied(&g, t, c.examples[i], &said[i]);
    }
    free(said), corpus_free(&c);
    return g;
}
#endif

