/* tuning.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: struct labeled_texts, struct tuning, struct labeled_batch,
 * struct labeled_lesson, text_ids, kind_of, labeled_batch_of,
 * labeled_loss, tuning_step, labeled_right, filler_classifier,
 * labeled_texts_of, pairs_kinds, tuning_read, struct tuning_texts,
 * tuning_load, tuning_training */

#ifndef TUNING_H
#define TUNING_H
#include "bert/filling.h"
#include "kit/vocabulary.h"

/* Texts whose categories are known. */
struct labeled_texts {
    size_t count, *lengths;           /* (count): tokens, with both ends */
    int32_t *kinds, **ids;            /* (count) */
};

struct tuning {
    struct filler filler;
    struct labeled_texts part[3];      /* by enum part */
    size_t batch;
};

/* A batch of texts, the shorter ones padded. */
struct labeled_batch {
    size_t n, length;                 /* B, T */
    int32_t *ids, *kinds;             /* (B, T)  (B) */
    size_t *lengths;                  /* (B) */
};

/* A step: what labeled_loss needs. */
struct labeled_lesson {
    const struct bert *bert;
    const struct labeled_texts *texts;
    const uint32_t *which;            /* (n) */
    size_t n;
    int32_t pad;
    uint64_t seed;
};
/* text_ids: the ids of a text with the tokens at both ends, at most `most` in
 * all; of a longer one the end is cut.  *all: how many it has; free them.
 * Checked: most > 2. */
static inline int32_t *text_ids(size_t *n, size_t *all,
                                const struct wordpiece *v, const char *text,
                                size_t bytes, size_t most)
{
    int32_t *words = wordpiece_encode(all, v, text, bytes);
    REQUIRE(most > 2);
    *all += 2;
    *n = *all < most ? *all : most;
    int32_t *ids = allocate(*n, sizeof *ids);
    memcpy(ids + 1, words, (*n - 2) * sizeof *ids);
    ids[0] = v->special[SPECIAL_FIRST];
    ids[*n - 1] = v->special[SPECIAL_LAST];
    free(words);
    return ids;
}

static inline void labeled_texts_free(struct labeled_texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->ids[i]);
    free(t->lengths), free(t->kinds), free(t->ids);
    *t = (struct labeled_texts){ 0 };
}

static inline void tuning_free(struct tuning *s)
{
    for (size_t i = 0; i < 3; i++)
        labeled_texts_free(&s->part[i]);
    filler_free(&s->filler);
}

/* kind_of: the number of a category of the model; -1: it has none. */
static inline int32_t kind_of(const struct filler *f, const char *name)
{
    for (size_t i = 0; i < f->bert.is.kinds; i++)
        if (unit_same(f->kinds[i], (struct unit){ name, strlen(name) }))
            return (int32_t)i;
    return -1;
}
/* labeled_batch_of: texts which (n), in memory of the tape, for this step. */
static inline struct labeled_batch labeled_batch_of(struct tape *tape,
    const struct labeled_texts *texts, const uint32_t *which, size_t n,
    int32_t pad)
{
    struct labeled_batch b = { .n = n };
    for (size_t i = 0; i < n; i++)
        b.length = texts->lengths[which[i]] > b.length
            ? texts->lengths[which[i]] : b.length;
    b.ids = tape_take(tape, n * b.length, sizeof *b.ids);
    b.kinds = tape_take(tape, n, sizeof *b.kinds);
    b.lengths = tape_take(tape, n, sizeof *b.lengths);
    for (size_t i = 0; i < n; i++) {
        int32_t *to = b.ids + i * b.length;
        b.kinds[i] = texts->kinds[which[i]];
        b.lengths[i] = texts->lengths[which[i]];
        memcpy(to, texts->ids[which[i]], b.lengths[i] * sizeof *to);
        for (size_t j = b.lengths[i]; j < b.length; j++)
            to[j] = pad;
    }
    return b;
}

/* labeled_loss: the part of the loss that is of one shard, for
 * tape_shards. */
static inline struct tensor *labeled_loss(struct tape *on, void *what,
                                          size_t shard, size_t shards)
{
    const struct labeled_lesson *l = what;
    const size_t first = l->n * shard / shards;
    const size_t n = l->n * (shard + 1) / shards - first;
    const struct labeled_batch x = labeled_batch_of(on, l->texts,
        l->which + first, n, l->pad);
    struct bert b = *l->bert;         /* a pass writes into it */
    const struct bert_input in = { n, x.length, x.ids, .lengths = x.lengths,
                                   .seed = mix_bits(l->seed, shard) };
    struct tensor *z = tape_cross_entropy(on, bert_classify(on, &b, &in),
                                          x.kinds, 0, -1);
    return tape_scale(on, z, (float)n / (float)l->n);
}

/* tuning_step: one step of training.  Returns the loss.  The same bits for
 * any number of threads. */
static inline float tuning_step(struct training *t, void *model)
{
    struct tuning *s = model;
    const struct labeled_texts *texts = &s->part[PART_TRAIN];
    uint32_t which[256];
    REQUIRE(s->batch > 0 && s->batch <= 256);
    training_pick(t, which, s->batch, texts->count);
    struct labeled_lesson l = { &s->filler.bert, texts, which, s->batch,
        s->filler.words.special[SPECIAL_PAD], mix_bits(t->seed, t->step) };
    t->loss = tape_shards(t->tape, s->batch > 1 ? 2 : 1, labeled_loss, &l);
    tape_reset(t->tape);
    training_clip(t);
    training_move(t);
    return (float)t->loss;
}

/* labeled_right: the share of the texts that are sorted rightly. */
static inline double labeled_right(struct filler *f,
                                   const struct labeled_texts *texts)
{
    enum { BATCH = 32 };
    const bool no_grad = f->tape->no_grad;
    const size_t K = f->bert.is.kinds;
    double right = 0;
    f->tape->no_grad = true;
    for (size_t at = 0; at < texts->count; at += BATCH) {
        uint32_t which[BATCH];
        const size_t left = texts->count - at, n = left < BATCH ? left
                                                               : BATCH;
        for (size_t i = 0; i < n; i++)
            which[i] = (uint32_t)(at + i);
        tape_reset(f->tape);
        const struct labeled_batch x = labeled_batch_of(f->tape, texts, which,
            n, f->words.special[SPECIAL_PAD]);
        const struct bert_input in = { n, x.length, x.ids,
                                       .lengths = x.lengths };
        const float *logits = bert_classify(f->tape, &f->bert, &in)->data;
        for (size_t i = 0; i < n; i++, logits += K)
            right += isfinite(logits[argmax(logits, K)])
                ? argmax(logits, K) == (size_t)x.kinds[i] : NAN;
    }
    tape_reset(f->tape);
    f->tape->no_grad = no_grad;
    return texts->count ? right / (double)texts->count : 0;
}

/* filler_classifier: a model for the categories kinds, lines of text, with
 * all that it has in common with f.  drop: rate of dropout. */
static inline struct filler filler_classifier(const struct filler *f,
                                              const char *kinds, float drop,
                                              uint64_t seed)
{
    struct filler g = { .tape = tape_new() };
    struct bert_kind is = f->bert.is;
    is.kinds = filler_kinds(&g, kinds);
    is.fills = false, is.pools = true, is.drop = drop;
    g.bert = bert_new(g.tape, &is);
    bert_start(&g.bert, mix_bits(seed, 1));
    for (size_t i = 0; i < g.tape->count; i++) {
        struct tensor *to = g.tape->parameters[i];
        for (size_t k = 0; k < f->tape->count; k++) {
            const struct tensor *p = f->tape->parameters[k];
            if (!strcmp(p->name, to->name) && p->count == to->count
                && strncmp(p->name, "classifier", 10))
                memcpy(to->data, p->data, p->count * sizeof *p->data);
        }
    }
    REQUIRE(!wordpiece_parse(&g.words, f->words.text,
                             strlen(f->words.text)));
    return g;
}
#ifndef __wasm__
static inline int pairs_by_hash(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    const uint64_t i = mix_bits(fnv1a64(x->input, strlen(x->input)), 0);
    const uint64_t k = mix_bits(fnv1a64(y->input, strlen(y->input)), 0);
    return i != k ? (i > k) - (i < k) : (x->line > y->line)
                                      - (x->line < y->line);
}

/* labeled_texts_of: the texts of pairs, text and category, at most so
 * many. */
static inline struct labeled_texts labeled_texts_of(const struct filler *f,
    struct pairs *pairs, size_t most)
{
    struct labeled_texts t = { .count = pairs->count < most ? pairs->count
                                                           : most };
    size_t all;
    qsort(pairs->list, pairs->count, sizeof *pairs->list, pairs_by_hash);
    t.lengths = allocate(t.count + 1, sizeof *t.lengths);
    t.kinds = allocate(t.count + 1, sizeof *t.kinds);
    t.ids = allocate(t.count + 1, sizeof *t.ids);
    for (size_t i = 0; i < t.count; i++) {
        const struct pair *p = &pairs->list[i];
        t.kinds[i] = kind_of(f, p->output);
        if (t.kinds[i] < 0)
            fail("%s:%zu: the model has no category \"%.80s\"", pairs->path,
                 p->line, p->output);
        t.ids[i] = text_ids(&t.lengths[i], &all, &f->words, p->input,
                            strlen(p->input), f->bert.is.context);
        if (all == 2)
            fail("%s:%zu: has no word", pairs->path, p->line);
    }
    return t;
}

/* pairs_kinds: the categories of a file's pairs, in order, a line each; free
 * it. */
static inline char *pairs_kinds(const struct pairs *pairs)
{
    struct unit *list = allocate(pairs->count, sizeof *list);
    size_t bytes = 1;
    for (size_t i = 0; i < pairs->count; i++)
        list[i] = (struct unit){ pairs->list[i].input,
                                 strlen(pairs->list[i].input) };
    const size_t n = units_once(list, pairs->count);
    for (size_t i = 0; i < n; i++)
        bytes += list[i].n + 1;
    char *text = allocate(bytes, 1), *to = text;
    for (size_t i = 0; i < n; i++)
        to += sprintf(to, "%s%.*s", i ? "\n" : "", (int)list[i].n,
                      list[i].at);
    free(list);
    return text;
}

/* tuning_read: the parts of a file's pairs, category and text; most: of the
 * texts to train on. */
static inline void tuning_read(struct tuning *s, const struct pairs *pairs,
                               size_t most)
{
    struct pairs texts = pairs_turned(pairs);
    for (enum part p = 0; p < 3; p++) {
        struct pairs part = pairs_part(&texts, p);
        s->part[p] = labeled_texts_of(&s->filler, &part,
                                      p == PART_TRAIN ? most : SIZE_MAX);
        pairs_free(&part);
    }
    pairs_free(&texts);
    if (s->part[PART_TRAIN].count == 0)
        fail("%s: has no text for training", pairs->path);
}

enum { TUNING_NUMBERS = 3 };
struct tuning_texts {
    struct filler_texts model;
    char number[TUNING_NUMBERS][32], kind[64];
    const char *list[FILLER_TEXTS + 2 * TUNING_NUMBERS + 1];
};
static const char *const tuning_keys[TUNING_NUMBERS] = { "batch",
    "dropout", "labels" };

static inline void tuning_texts(struct tuning_texts *x,
                                const struct tuning *s)
{
    const struct labeled_texts *train = &s->part[PART_TRAIN];
    const double numbers[TUNING_NUMBERS] = { (double)s->batch,
        (double)s->filler.bert.is.drop, (double)train->count };
    uint64_t hash = 0;
    filler_texts(&x->model, &s->filler);
    memcpy(x->list, x->model.list, sizeof x->model.list);
    for (size_t i = 0; i < TUNING_NUMBERS; i++) {
        snprintf(x->number[i], sizeof *x->number, "%.9g", numbers[i]);
        x->list[FILLER_TEXTS + 2 * i] = tuning_keys[i];
        x->list[FILLER_TEXTS + 2 * i + 1] = x->number[i];
    }
    x->list[FILLER_TEXTS + 2 * TUNING_NUMBERS] = NULL;
    for (size_t i = 0; i < train->count; i++)
        hash = mix_bits(hash, ids_hash(train->ids[i], train->lengths[i])
                        + (uint64_t)train->kinds[i]);
    snprintf(x->kind, sizeof x->kind, "bert tune, %zu texts %016" PRIx64,
             train->count, hash);
}

/* tuning_load: the model of a file, and true if it is a run of sorting; the
 * texts are not read yet.  *most: how many it learns from. */
static inline bool tuning_load(struct tuning *s, size_t *most,
                               const char *path, size_t heads,
                               const char *vocab)
{
    struct safetensors file = safetensors_read(path);
    const char *kind = safetensors_text(&file, "kind");
    const bool run = kind && !strncmp(kind, "bert tune", 9);
    for (size_t i = 0; run && i < TUNING_NUMBERS; i++) {
        const char *text = training_text(&file, tuning_keys[i]);
        double x;
        if (!parse_double(&x, text) || !(x >= 0 && x <= 1e9)
            || (i == 1 ? (float)x >= 1 : x < 1 || x != floor(x))
            || (i == 0 && x > 256))
            fail("%s: its '%s' is %.40s, which no run can have", path,
                 tuning_keys[i], text);
        if (i == 0)
            s->batch = (size_t)x;
        else if (i == 2)
            *most = (size_t)x;
    }
    s->filler = filler_read(&file, heads, vocab);
    if (run)
        parse_float(&s->filler.bert.is.drop,
                    safetensors_text(&file, "dropout"));
    if (!s->filler.words.count)
        fail("%s: does not say what its tokens are: say --vocab", path);
    safetensors_free(&file);
    return run;
}

/* tuning_training: after tuning_read; x must stay. */
static inline struct training tuning_training(const struct tuning *s,
    struct tuning_texts *x, size_t steps, uint64_t seed)
{
    struct training t = training_new(s->filler.tape, steps, seed);
    tuning_texts(x, s);
    t.spares = "", t.warmup = steps / 10;
    t.kind = x->kind, t.texts = x->list;
    return t;
}

static inline void tuning_report(const struct training *t, void *model,
                                 double loss)
{
    struct tuning *s = model;
    printf("step %6zu   loss %.4f", t->step, loss);
    if (s->part[PART_DEV].count)
        printf("   dev %.4f", labeled_right(&s->filler, &s->part[PART_DEV]));
    puts("");
}
#endif
#endif

