/* glosses.h -- generated from chapters/14-encoder.nw. Do not edit. */
/* Offers: word_id, words_cut, gloss_ids, struct counted, counted_once,
 * endings_of, words_vocabulary, struct gloss_set, struct glosses,
 * gloss_kind, glosses_new, enum reader_kind, struct reader, reader_logits,
 * struct reader_how, reader_input, struct reader_texts,
 * reader_texts_parse, reader_learner, reader_lose, struct reader_test,
 * reader_tested, struct trained, trained_load, trained_save,
 * trained_embedded, gloss_wrong, trained_chances */

#ifndef GLOSSES_H
#define GLOSSES_H
#include "encoder/encoder.h"
#include "gradient/sequences.h"
#include "kit/learner.h"
#include "kit/vocabulary.h"

static inline bool word_sign(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
        || (unsigned char)c >= 128;
}

enum { WORD_UNKNOWN = VOCABULARY_END, WORD_ENDING = 5 };

/* word_id: the row of a word in small letters, or that of its longest ending
 * that has one, or WORD_UNKNOWN. */
static inline int32_t word_id(const struct vocabulary *v, struct unit word)
{
    int32_t id = vocabulary_id(v, word);
    char ending[WORD_ENDING + 1] = "-";
    size_t n = word.n - 1 < WORD_ENDING ? word.n - 1 : WORD_ENDING;
    for (; id < 0 && n > 0; n--) {
        memcpy(ending + 1, word.at + word.n - n, n);
        id = vocabulary_id(v, (struct unit){ ending, n + 1 });
    }
    return id < 0 ? WORD_UNKNOWN : id;
}

enum { GLOSS_MOST = 64 };

/* words_cut: the words of text: letters and digits, with ' and - inside.
 * Makes the text's capitals small.  out: room for most words.  Returns how
 * many there are, which may be more. */
static inline size_t words_cut(struct unit *out, size_t most, char *text)
{
    size_t n = 0;
    for (char *c = text; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
    for (char *at = text, *end; *at; at = end) {
        for (end = at; word_sign(*end) || (end > at && (*end == '\''
             || *end == '-') && word_sign(end[1])); end++)
            continue;
        if (end > at && n++ < most)
            out[n - 1] = (struct unit){ at, (size_t)(end - at) };
        end += end == at;
    }
    return n;
}

/* gloss_ids: the classification token and the words of text, at most
 * GLOSS_MOST in all  ->  ids; returns how many.  words: NULL, or gets the
 * words (GLOSS_MOST). */
static inline size_t gloss_ids(int32_t *ids, struct unit *words, char *text,
                               const struct vocabulary *v)
{
    struct unit cut[GLOSS_MOST];
    size_t n = words_cut(cut + 1, GLOSS_MOST - 1, text);
    n = n < GLOSS_MOST - 1 ? n + 1 : GLOSS_MOST;
    ids[0] = VOCABULARY_START;
    for (size_t i = 1; i < n; i++)
        ids[i] = word_id(v, cut[i]);
    if (words)
        memcpy(words + 1, cut + 1, (n - 1) * sizeof *words);
    return n;
}
struct counted { struct unit unit; size_t count; };

static inline int counted_by_unit(const void *a, const void *b)
{
    return unit_compare(((const struct counted *)a)->unit,
                        ((const struct counted *)b)->unit);
}

static inline int counted_by_count(const void *a, const void *b)
{
    const struct counted *x = a, *y = b;
    int order = (x->count < y->count) - (x->count > y->count);
    return order ? order : unit_compare(x->unit, y->unit);
}

/* counted_once: adds up the counts of equal units; the most frequent come
 * first.  Returns how many different ones there are. */
static inline size_t counted_once(struct counted *list, size_t n)
{
    size_t kept = 0;
    qsort(list, n, sizeof *list, counted_by_unit);
    for (size_t i = 0; i < n; i++)
        if (kept && unit_same(list[kept - 1].unit, list[i].unit))
            list[kept - 1].count += list[i].count;
        else
            list[kept++] = list[i];
    qsort(list, kept, sizeof *list, counted_by_count);
    return kept;
}

/* endings_of: the endings of n words, with "-" before them, into text and
 * list, which have room for WORD_ENDING of each word.  Returns how many. */
static inline size_t endings_of(struct counted *list, char *text,
                                const struct counted *words, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 1; k <= WORD_ENDING && k < words[i].unit.n; k++) {
            const char *end = words[i].unit.at + words[i].unit.n;
            if ((unsigned char)end[-(ptrdiff_t)k] >= 128)
                break;
            text[0] = '-';
            memcpy(text + 1, end - k, k);
            list[count++] = (struct counted){ { text, k + 1 },
                                              words[i].count };
            text += WORD_ENDING + 1;
        }
    return count;
}

/* words_vocabulary: the most frequent words of the inputs, at most so many,
 * and the most frequent endings of the others.  *different: how many words
 * there are, and how many of them *once. */
static inline struct vocabulary words_vocabulary(const struct pairs *texts,
    size_t words, size_t endings, size_t *different, size_t *once)
{
    size_t n = 0, bytes = 0;
    for (size_t i = 0; i < texts->count; i++)
        bytes += strlen(texts->list[i].input) + 1;
    char *copy = allocate(bytes, 1), *at = copy;
    const size_t most_words = bytes / 2 + 1;
    struct unit *cut = allocate(most_words, sizeof *cut);
    struct counted *list = allocate(most_words, sizeof *list);
    for (size_t i = 0; i < texts->count; i++) {
        strcpy(at, texts->list[i].input);
        const size_t length = strlen(at);
        const size_t more = words_cut(cut, most_words, at);
        for (size_t j = 0; j < more; j++)
            list[n++] = (struct counted){ cut[j], 1 };
        at += length + 1;
    }
    n = *different = counted_once(list, n);
    for (*once = 0; *once < n && list[n - 1 - *once].count == 1; ++*once)
        continue;
    const size_t kept = words < n ? words : n, rest = n - kept;
    const size_t most = size_product(rest, WORD_ENDING);
    struct counted *ends = allocate(most + 1, sizeof *ends);
    char *text = allocate(size_product(most, WORD_ENDING + 1) + 1, 1);
    size_t found = counted_once(ends, endings_of(ends, text, list + kept,
                                                 rest));
    found = found < endings ? found : endings;
    for (size_t i = 0; i < kept + found; i++)
        cut[i] = i < kept ? list[i].unit : ends[i - kept].unit;
    struct vocabulary v = vocabulary_of(cut, kept + found);
    free(copy), free(cut), free(list), free(ends), free(text);
    return v;
}
enum { GLOSS_WORDS = 5000, GLOSS_ALL = 25000, GLOSS_ENDINGS = 1000 };

struct gloss_set {
    size_t count;
    size_t *lengths;          /* (count): tokens */
    int32_t *kinds, **ids;    /* (count), and the tokens of each */
};

struct glosses {
    struct vocabulary words, kinds;      /* kinds: the categories */
    size_t different, once;              /* words of the training part */
    struct gloss_set part[3];            /* by enum part */
    int32_t *ids;
};

static inline size_t gloss_kinds(const struct vocabulary *kinds)
{
    return kinds->count - VOCABULARY_UNITS;
}

/* gloss_kind: the name of category number i, a unit. */
static inline struct unit gloss_kind(const struct vocabulary *kinds, size_t i)
{
    return kinds->units[VOCABULARY_UNITS + i];
}

static inline int32_t *gloss_set_fill(struct gloss_set *set,
    const struct pairs *pairs, const struct glosses *g, int32_t *ids)
{
    size_t room = 1;
    *set = (struct gloss_set){ .count = pairs->count };
    set->lengths = allocate(set->count + 1, sizeof *set->lengths);
    set->kinds = allocate(set->count + 1, sizeof *set->kinds);
    set->ids = allocate(set->count + 1, sizeof *set->ids);
    for (size_t i = 0; i < set->count; i++) {
        const size_t n = strlen(pairs->list[i].input) + 1;
        room = n > room ? n : room;
    }
    char *text = allocate(room, 1);
    for (size_t i = 0; i < set->count; i++) {
        const char *kind = pairs->list[i].output;
        strcpy(text, pairs->list[i].input);
        set->ids[i] = ids;
        set->lengths[i] = gloss_ids(ids, NULL, text, &g->words);
        const int32_t id = vocabulary_id(&g->kinds, (struct unit){
            kind, strlen(kind) });
        if (id < 0)
            fail("%s:%zu: the model has no category \"%.80s\"", pairs->path,
                 pairs->list[i].line, kind);
        set->kinds[i] = id - VOCABULARY_UNITS;
        ids += set->lengths[i];
    }
    free(text);
    return ids;
}

static inline void gloss_parts(struct pairs part[3],
                               const struct pairs *texts)
{
    static const char *const names[] = { "training", "development",
                                         "testing" };
    for (enum part p = 0; p < 3; p++) {
        part[p] = pairs_part(texts, p);
        if (part[p].count == 0)
            fail("%s: has no text for %s", texts->path, names[p]);
    }
}

static inline struct vocabulary gloss_categories(const struct pairs *all)
{
    struct unit *kinds = allocate(all->count, sizeof *kinds);
    for (size_t i = 0; i < all->count; i++)
        kinds[i] = (struct unit){ all->list[i].input,
                                  strlen(all->list[i].input) };
    struct vocabulary v = vocabulary_of(kinds, all->count);
    free(kinds);
    return v;
}

/* glosses_new: the glosses of a folder, with a vocabulary of so many words;
 * or, if they are not NULL, with these words and kinds, which are copied. */
static inline struct glosses *glosses_new(const char *folder, size_t words,
    const struct vocabulary *old_words, const struct vocabulary *old_kinds)
{
    char path[4096];
    struct glosses *g = allocate(1, sizeof *g);
    snprintf(path, sizeof path, "%s/glosses.tsv", folder);
    struct pairs all = pairs_read(path), texts = pairs_turned(&all), part[3];
    gloss_parts(part, &texts);
    if (old_words) {
        REQUIRE(!vocabulary_parse(&g->words, old_words->text));
        REQUIRE(!vocabulary_parse(&g->kinds, old_kinds->text));
    } else {
        g->kinds = gloss_categories(&all);
        g->words = words_vocabulary(&part[PART_TRAIN], words, GLOSS_ENDINGS,
                                    &g->different, &g->once);
    }
    int32_t *at = g->ids = allocate(size_product(all.count, GLOSS_MOST),
                                    sizeof *at);
    for (enum part p = 0; p < 3; p++) {
        at = gloss_set_fill(&g->part[p], &part[p], g, at);
        pairs_free(&part[p]);
    }
    pairs_free(&texts), pairs_free(&all);
    return g;
}

static inline void glosses_free(void *data)
{
    struct glosses *g = data;
    for (size_t p = 0; g && p < 3; p++)
        free(g->part[p].lengths), free(g->part[p].kinds),
        free(g->part[p].ids);
    if (g)
        vocabulary_free(&g->words), vocabulary_free(&g->kinds), free(g->ids);
    free(g);
}

static inline const char *glosses_folder(const char *folder)
{
    const char *whole = "build/data/glosses";
    return folder ? folder : access("build/data/glosses/glosses.tsv", R_OK)
        ? "data/glosses" : whole;
}

static inline void *glosses_read(const char *folder)
{
    return glosses_new(glosses_folder(folder), GLOSS_WORDS, NULL, NULL);
}

static inline void *glosses_read_all(const char *folder)
{
    return glosses_new(glosses_folder(folder), GLOSS_ALL, NULL, NULL);
}
enum reader_kind { READ_ENCODER, READ_UNPLACED, READ_MEAN, READ_BAG,
                   READ_PAIRS };
enum { READ_HASHES = 1 << 16 };

struct reader {
    struct tape *tape;
    enum reader_kind kind;
    struct encoder encoder;   /* a bag uses its words and out_bias only */
    struct batches batches;   /* of this epoch, which counts from 1 */
    uint64_t epoch;
};

/* reader_logits: (B, K).  A bag's table is (V, K). */
static inline struct tensor *reader_logits(struct reader *r,
                                           const struct encoder_input *b)
{
    struct encoder *e = &r->encoder;
    if (r->kind <= READ_UNPLACED)
        return encoder_pooled(r->tape, e, b);
    float *shares = tape_take(r->tape, b->batch * b->length, sizeof *shares);
    for (size_t i = 0; i < b->batch * b->length; i++) {
        const float n = (float)b->lengths[i / b->length];
        shares[i] = (float)(i % b->length) < n
            ? 1 / (r->kind == READ_MEAN ? n : sqrtf(n)) : 0;
    }
    struct tensor *x = tape_embedding(r->tape, e->words, b->ids,
                                      SHAPE(b->batch, b->length));
    x = tape_pool(r->tape, x, shares);
    return r->kind == READ_MEAN ? encoder_logits(r->tape, e, x)
                                : tape_bias(r->tape, x, e->out_bias);
}

enum { READ_TOKENS = 2048 };
struct reader_how {
    int kind;                 /* of enum reader_kind */
    size_t width, heads, layers, hidden;
    float drop;
};

/* reader_input: texts which (n) of the set; kinds, if not NULL, gets their
 * categories (n). */
static inline struct encoder_input reader_input(struct reader *r,
    int32_t *kinds, const struct gloss_set *set, const uint32_t *which,
    size_t n)
{
    const size_t skip = r->kind >= READ_MEAN, pairs = r->kind == READ_PAIRS;
    struct encoder_input b = { .batch = n };
    size_t *lengths = tape_take(r->tape, n, sizeof *lengths);
    for (size_t i = 0; i < n; i++) {
        const size_t words = set->lengths[which[i]] - skip;
        lengths[i] = pairs && words > 1 ? 2 * words - 1 : words;
        b.length = lengths[i] > b.length ? lengths[i] : b.length;
    }
    b.length = b.length ? b.length : 1;
    int32_t *ids = tape_take(r->tape, n * b.length, sizeof *ids);
    memset(ids, 0, n * b.length * sizeof *ids);
    for (size_t i = 0; i < n; i++) {
        const int32_t *from = set->ids[which[i]] + skip;
        const size_t words = set->lengths[which[i]] - skip;
        const size_t base = r->encoder.is.words - READ_HASHES;
        int32_t *to = ids + i * b.length;
        memcpy(to, from, words * sizeof *to);
        for (size_t j = words; j < lengths[i]; j++, from++)
            to[j] = (int32_t)(base + mix_bits((uint64_t)from[0],
                    (uint64_t)from[1]) % READ_HASHES);
        if (kinds)
            kinds[i] = set->kinds[which[i]];
    }
    b.ids = ids, b.lengths = lengths;
    return b;
}
enum { READER_KEYS = 9, READER_NUMBERS = 5 };
static const char *const reader_keys[READER_KEYS] = { "model", "reader",
    "categories", "vocabulary", "embed", "heads", "layers", "ff", "dropout" };
static const char *const reader_names[] = { "encoder", "unplaced", "mean",
                                            "bag", "pairs" };
struct reader_texts {
    char number[READER_NUMBERS][24];
    const char *at[2 * READER_KEYS + 1];    /* keys, texts; NULL */
};
static struct reader_texts reader_now;      /* of what is trained */

static inline void reader_texts_of(struct reader_texts *t,
    const struct reader_how *how, const struct vocabulary *words,
    const struct vocabulary *kinds)
{
    const double numbers[READER_NUMBERS] = { (double)how->width,
        (double)how->heads, (double)how->layers, (double)how->hidden,
        (double)how->drop };
    const char *texts[READER_KEYS] = { "encoder", reader_names[how->kind],
                                       kinds->text, words->text };
    for (size_t i = 0; i < READER_KEYS; i++) {
        if (i >= READER_KEYS - READER_NUMBERS) {
            char *text = t->number[i - READER_KEYS + READER_NUMBERS];
            snprintf(text, sizeof *t->number, "%.9g",
                     numbers[i - READER_KEYS + READER_NUMBERS]);
            texts[i] = text;
        }
        t->at[2 * i] = reader_keys[i], t->at[2 * i + 1] = texts[i];
    }
    t->at[2 * READER_KEYS] = NULL;
}

static inline const char *reader_sizes_parse(struct reader_how *how,
                                             const char *const *texts)
{
    static const size_t least[] = { 2, 1, 0, 1 };
    static const size_t most[] = { 1024, 64, ENCODER_LAYERS, 4096 };
    static char wrong[80];
    size_t *const to[] = { &how->width, &how->heads, &how->layers,
                           &how->hidden };
    double drop = 0;
    for (size_t i = 0; i < 4; i++) {
        snprintf(wrong, sizeof wrong, "no encoder can have the '%s' that it "
                 "has", reader_keys[4 + i]);
        if (!parse_size(to[i], texts[i]) || *to[i] < least[i]
            || *to[i] > most[i])
            return wrong;
    }
    if (!parse_double(&drop, texts[4]) || !(drop >= 0 && drop < 1))
        return "no encoder can have the 'dropout' that it has";
    how->drop = (float)drop;
    return how->width % how->heads || how->width % 2
        ? "its heads do not divide its numbers of a token" : NULL;
}

/* reader_texts_parse: NULL, and what texts (READER_KEYS) say; or why not. */
static inline const char *reader_texts_parse(struct reader_how *how,
    struct vocabulary *words, struct vocabulary *kinds,
    const char *const *texts)
{
    static char wrong[120];
    int kind = 0;
    for (size_t i = 0; i < READER_KEYS; i++) {
        snprintf(wrong, sizeof wrong, "has no '%s'", reader_keys[i]);
        if (!texts[i])
            return wrong;
    }
    if (strcmp(texts[0], "encoder"))
        return "is another model";
    while (kind <= READ_PAIRS && strcmp(texts[1], reader_names[kind]))
        kind++;
    how->kind = kind;
    if (kind > READ_PAIRS)
        return "has an unknown 'reader'";
    const char *why = reader_sizes_parse(how, texts + 4);
    if (why)
        return why;
    struct vocabulary *const to[] = { kinds, words };
    for (size_t i = 0; i < 2; i++) {
        why = vocabulary_parse(to[i], texts[2 + i]);
        snprintf(wrong, sizeof wrong, "its '%s' %s", reader_keys[2 + i],
                 why ? why : "");
        if (why)
            return wrong;
    }
    return kinds->count > VOCABULARY_UNITS ? NULL : "has no category";
}
static inline void *reader_new(struct tape *tape,
    const struct reader_how *how, size_t words, size_t kinds)
{
    struct reader *r = allocate(1, sizeof *r);
    const bool bag = how->kind >= READ_BAG, mean = how->kind >= READ_MEAN;
    const struct encoder_kind is = {
        words + (how->kind == READ_PAIRS ? READ_HASHES : 0),
        bag ? kinds : how->width, how->heads, mean ? 0 : how->layers,
        how->hidden, kinds, .unplaced = how->kind == READ_UNPLACED,
        .drop = how->drop };
    *r = (struct reader){ tape, how->kind, { .is = is } };
    if (!bag)
        r->encoder = encoder_new(tape, &is);
    else {
        r->encoder.words = tape_parameter(tape, "wte.weight",
                                          SHAPE(is.words, kinds));
        r->encoder.out_bias = tape_parameter(tape, "head.bias",
                                             SHAPE(kinds));
    }
    return r;
}

static inline void reader_forget(void *model)
{
    struct reader *r = model;
    batches_free(&r->batches);
    free(r);
}

static struct learner readers, counters;

/* reader_learner: which of the two trains a kind. */
static inline struct learner *reader_learner(int kind)
{
    return kind >= READ_MEAN ? &counters : &readers;
}

static inline void *reader_make(struct tape *tape, const void *how,
                                uint64_t seed)
{
    const struct reader_how *h = how;
    const struct glosses *g = learner_data(reader_learner(h->kind));
    struct random random = random_new(seed, 14);
    struct reader *r = reader_new(tape, h, g->words.count,
                                  gloss_kinds(&g->kinds));
    if (h->kind < READ_BAG)
        encoder_start(&r->encoder, &random);
    return r;
}

/* reader_lose: one word in ten becomes unknown, by the seed of the batch. */
static inline void reader_lose(struct encoder_input *b)
{
    struct random random = random_new(b->seed, 15);
    int32_t *ids = (int32_t *)b->ids;
    for (size_t i = 0; i < b->batch * b->length; i++)
        if (random_below(&random, 10) == 0 && ids[i] != VOCABULARY_START)
            ids[i] = WORD_UNKNOWN;
}

static inline struct tensor *reader_loss(void *model, struct training *t,
                                         void *data)
{
    struct reader *r = model;
    const struct gloss_set *set = &((struct glosses *)data)->part[PART_TRAIN];
    const size_t each = r->batches.count ? r->batches.count : SIZE_MAX;
    if (!r->epoch || r->epoch != t->step / each + 1) {
        const uint64_t epoch = r->epoch ? t->step / each : 0;
        batches_free(&r->batches);
        r->batches = batches_by_tokens(set->lengths, set->count, READ_TOKENS,
                                       mix_bits(t->seed, epoch));
        r->epoch = epoch + 1;
        if (t->step / r->batches.count != epoch)
            return reader_loss(model, t, data);
    }
    const size_t at = t->step % r->batches.count;
    const size_t first = r->batches.first[at];
    const size_t n = r->batches.first[at + 1] - first;
    int32_t *kinds = tape_take(t->tape, n, sizeof *kinds);
    struct encoder_input b = reader_input(r, kinds, set,
                                          r->batches.which + first, n);
    b.seed = mix_bits(t->seed, t->step);
    if (r->kind <= READ_UNPLACED)
        reader_lose(&b);
    return tape_cross_entropy(t->tape, reader_logits(r, &b), kinds, 0, -1);
}

/* What a reader gets right: of all, and of short, middle and long glosses. */
struct reader_test { double right, of[3]; };

static inline size_t gloss_group(size_t tokens)
{
    return tokens <= 7 ? 0 : tokens <= 13 ? 1 : 2;     /* with the first */
}

/* reader_tested: begins the tape, whose no_grad should be set. */
static inline struct reader_test reader_tested(struct reader *r,
                                               const struct gloss_set *set)
{
    struct reader_test test = { 0 };
    size_t right[3] = { 0 }, seen[3] = { 0 };
    struct batches all = batches_by_tokens(set->lengths, set->count,
                                           READ_TOKENS, 0);
    const size_t kinds = r->encoder.is.kinds;
    for (size_t i = 0; i < all.count; i++) {
        const uint32_t *which = all.which + all.first[i];
        const size_t n = all.first[i + 1] - all.first[i];
        tape_reset(r->tape);
        int32_t *want = tape_take(r->tape, n, sizeof *want);
        struct encoder_input b = reader_input(r, want, set, which, n);
        const float *logits = reader_logits(r, &b)->data;
        for (size_t j = 0; j < n; j++) {
            const size_t group = gloss_group(set->lengths[which[j]]);
            seen[group]++;
            right[group] += argmax(logits + j * kinds, kinds)
                         == (size_t)want[j];
        }
    }
    for (size_t i = 0; i < 3; i++) {
        test.right += (double)right[i] / (double)set->count;
        test.of[i] = (double)right[i] / (double)(seen[i] ? seen[i] : 1);
    }
    batches_free(&all);
    tape_reset(r->tape);
    return test;
}

static inline double reader_score(void *model, void *data)
{
    const struct glosses *g = data;
    return reader_tested(model, &g->part[PART_DEV]).right;
}

static inline void reader_done(void *model, void *data)
{
    const struct glosses *g = data;
    printf("test   right %.4f\n",
           reader_tested(model, &g->part[PART_TEST]).right);
}

#define READERS "encoder|unplaced|mean|bag|pairs"
static struct reader_how reader_how = { READ_ENCODER, 64, 4, 2, 256, .1f };

static inline void reader_tune(struct training *t, const void *how)
{
    if (((const struct reader_how *)how)->kind >= READ_BAG)
        t->rate *= 10 / 3.;
    t->texts = reader_now.at[0] ? reader_now.at : NULL;
}

#define READER_LEARNER(read) { .name = "encoder", .measure = "dev", \
    .make = reader_make, .forget = reader_forget, .loss = reader_loss, \
    .score = reader_score, .done = reader_done, .tune = reader_tune, \
    .data = read, .data_free = glosses_free, .how = &reader_how, \
    .steps = 6000, .rate = 3e-3, .seed = 1 }
static struct learner readers = READER_LEARNER(glosses_read);
static struct learner counters = READER_LEARNER(glosses_read_all);
struct trained {
    struct tape *tape;
    struct reader *reader;
    struct reader_how how;
    struct vocabulary words, kinds;
};

static inline void trained_make(struct trained *t)
{
    t->tape = tape_new();
    t->reader = reader_new(t->tape, &t->how, t->words.count,
                           t->kinds.count - VOCABULARY_UNITS);
    t->tape->no_grad = true;
}

static inline void trained_free(struct trained *t)
{
    reader_forget(t->reader), tape_free(t->tape);
    vocabulary_free(&t->words), vocabulary_free(&t->kinds);
}
#ifndef __wasm__

/* trained_load: from a run, or from what trained_save wrote. */
static inline struct trained trained_load(const char *path)
{
    struct trained t = { 0 };
    const char *texts[READER_KEYS];
    struct safetensors file = safetensors_read(path);
    for (size_t i = 0; i < READER_KEYS; i++)
        texts[i] = safetensors_text(&file, reader_keys[i]);
    const char *why = reader_texts_parse(&t.how, &t.words, &t.kinds, texts);
    if (why)
        fail("%s: %s", path, why);
    trained_make(&t);
    weights_take(t.tape, &file);
    safetensors_free(&file);
    return t;
}

/* trained_save: its weights, as weights_save_narrow writes them. */
static inline void trained_save(const char *path, const struct tape *tape,
    const struct reader_how *how, const struct vocabulary *words,
    const struct vocabulary *kinds, int narrow)
{
    struct reader_texts texts;
    reader_texts_of(&texts, how, words, kinds);
    weights_save_narrow(path, tape, texts.at, narrow);
}
#endif

/* trained_embedded: from the bytes of a file of trained_save. */
static inline struct trained trained_embedded(const void *file)
{
    struct trained t = { 0 };
    char *texts[READER_KEYS];
    for (size_t i = 0; i < READER_KEYS; i++)
        texts[i] = embedded_text(file, reader_keys[i]);
    REQUIRE(!reader_texts_parse(&t.how, &t.words, &t.kinds,
                                (const char *const *)texts));
    trained_make(&t);
    weights_embedded(t.tape, file);
    for (size_t i = 0; i < READER_KEYS; i++)
        free(texts[i]);
    return t;
}

/* gloss_wrong: NULL, or why a line of n bytes cannot be sorted; good until
 * the next call.  Makes its capitals small. */
static inline const char *gloss_wrong(char *text, size_t n)
{
    static char wrong[80];
    const char *why = text_wrong(text, n);
    struct unit none[1];
    if (why)
        return why;
    const size_t words = words_cut(none, 0, text);
    if (words == 0)
        return "has no word";
    snprintf(wrong, sizeof wrong, "has %zu words, and at most %d are "
             "possible", words, GLOSS_MOST - 1);
    return words < GLOSS_MOST ? NULL : wrong;
}

/* trained_chances: chances (kinds) of a text that gloss_wrong has not
 * refused; the model's encoder has seen it padded to length, if that is more
 * than its tokens, and with a mask or without.  false: the model overflows.
 * *tokens: how many. */
static inline bool trained_chances(float *chances, size_t *tokens,
    struct unit *words, struct trained *t, char *text, size_t length,
    bool masked)
{
    struct encoder *e = &t->reader->encoder;
    int32_t kind = 0, *ids;
    uint32_t which = 0;
    tape_reset(t->tape);
    ids = tape_take(t->tape, GLOSS_MOST, sizeof *ids);
    *tokens = gloss_ids(ids, words, text, &t->words);
    const struct gloss_set one = { 1, tokens, &kind, &ids };
    struct encoder_input b = reader_input(t->reader, NULL, &one, &which, 1);
    if (t->how.kind <= READ_UNPLACED && length > b.length) {
        int32_t *padded = tape_take(t->tape, length, sizeof *padded);
        memset(padded, 0, length * sizeof *padded);
        memcpy(padded, b.ids, b.length * sizeof *padded);
        b.ids = padded, b.length = length;
    }
    if (!masked && t->how.kind <= READ_UNPLACED)
        b.lengths = NULL;
    const float *logits = reader_logits(t->reader, &b)->data;
    softmax(chances, logits, e->is.kinds);
    float sum = 0;
    for (size_t i = 0; i < e->is.kinds; i++)
        sum += chances[i];
    return isfinite(sum);
}
#endif
