/* filling.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: struct blanks, struct passage, struct filling, struct lesson,
 * blanks_loss, words_start, places_start, bert_start, passage_of,
 * blank_make, blanks_make, filling_step, head_start, blanks_next,
 * blanks_draw, blank_window, blanks_right, filling_read,
 * struct filling_texts, filling_load, filling_training, filling_report */

#ifndef FILLING_H
#define FILLING_H
#include "bert/files.h"
#include "gradient/shards.h"
#include "kit/training.h"

/* Texts with blanks.  Which tokens are asked for, and what stood there. */
struct blanks {
    size_t batch, length, count;      /* B, T; of those */
    int32_t *ids;                     /* (B, T) */
    int32_t *places, *want;           /* (count): rows of all B T; ids */
    size_t capacity;                  /* in tokens */
};

/* A text as tokens. */
struct passage { int32_t *ids; size_t n; };

enum { CONTEXT_MOST = 512 };          /* of a run */

/* A run: a model, the parts of a text, and how it learns. */
struct filling {
    struct filler filler;
    struct passage train, val;        /* val: may be empty */
    struct blanks blanks;             /* a batch */
    size_t context, batch;            /* tokens of a window; windows */
    float share;                      /* of the tokens that are asked for */
    double held;                      /* the part of the text in val */
    bool open;                        /* the mistake: nothing is hidden */
};

/* A step of training: what blanks_loss needs. */
struct lesson {
    const struct bert *bert;
    const struct blanks *blanks;
    uint64_t seed;                    /* of dropout */
};

/* blanks_loss: the part of the loss that is of one shard, for tape_shards. */
static inline struct tensor *blanks_loss(struct tape *on, void *what,
                                         size_t shard, size_t shards)
{
    const struct lesson *l = what;
    const struct blanks *x = l->blanks;
    const size_t first = x->batch * shard / shards;
    const size_t n = x->batch * (shard + 1) / shards - first;
    const int32_t from = (int32_t)(first * x->length);
    const int32_t to = from + (int32_t)(n * x->length);
    size_t at = 0, many = 0;
    int32_t *places = tape_take(on, x->count, sizeof *places);
    while (x->places[at] < from)
        at++;
    for (; at + many < x->count && x->places[at + many] < to; many++)
        places[many] = x->places[at + many] - from;
    struct bert b = *l->bert;         /* a pass writes into it */
    const struct bert_input in = { n, x->length, x->ids + from,
                                   .seed = mix_bits(l->seed, shard) };
    struct tensor *z = bert_forward(on, &b, &in);
    z = tape_cross_entropy(on, bert_fill(on, &b, z, places, many),
                           x->want + at, 0, -1);
    return tape_scale(on, z, (float)many / (float)x->count);
}

/* words_start: the first D numbers of each word are zeros, for its place. The
 * others have mean 0, and together the length that random ones of variance
 * 1 / C have. */
static inline void words_start(struct bert *b, size_t D)
{
    const size_t n = b->is.width - D;
    for (size_t i = 0; i < b->is.tokens; i++) {
        float *x = b->words->data + i * b->is.width, mean = 0, square = 0;
        memset(x, 0, D * sizeof *x), x += D;
        for (size_t j = 0; j < n; j++)
            mean += x[j] / (float)n;
        for (size_t j = 0; j < n; j++)
            x[j] -= mean, square += x[j] * x[j];
        for (size_t j = 0; j < n; j++)
            x[j] *= sqrtf((float)n / (float)b->is.width / square);
    }
}

static inline void head_start(float *w, size_t C, size_t D, double away);

/* places_start: the first C / H numbers of a place are waves (an even number,
 * and at most half of all), and the heads of the first layer look at
 * neighbors. */
static inline void places_start(struct bert *b)
{
    const size_t C = b->is.width, H = b->is.heads;
    const size_t D = (H > 1 ? C / H : C / 2) / 2 * 2;
    if (D == 0)
        return;
    float *waves = allocate(size_product(b->is.context, D), sizeof *waves);
    struct tensor *p = b->positions, *w = b->layer[0].at[C_ATTN_WEIGHT];
    sinusoidal_table(waves, 0, b->is.context, D);
    memset(p->data, 0, p->count * sizeof *p->data);
    for (size_t i = 0; i < b->is.context * D; i++)
        p->data[i / D * C + i % D] = .2f * waves[i];
    for (size_t row = 0; row < C; row++)
        memset(w->data + row * 3 * C, 0, 2 * C * sizeof *waves);
    for (size_t h = 0; h < H; h++)
        head_start(w->data + h * (C / H), C, D,
                   (h % 2 ? 1 : -1) * (double)(h / 2 + 1));
    words_start(b, D), free(waves);
}

static inline struct blanks blanks_new(size_t capacity)
{
    return (struct blanks){ .capacity = capacity,
        .ids = allocate(capacity, sizeof(int32_t)),
        .places = allocate(capacity, sizeof(int32_t)),
        .want = allocate(capacity, sizeof(int32_t)) };
}

static inline void blanks_free(struct blanks *x)
{
    free(x->ids), free(x->places), free(x->want);
    *x = (struct blanks){ 0 };
}

/* bert_start: random weights.  Each matrix leaves rows about as large as it
 * gets them. */
static inline void bert_start(struct bert *b, uint64_t seed)
{
    struct random random = random_new(seed, 15);
    const float scale = 1 / sqrtf((float)b->is.width);
    struct affine *const norms[] = { &b->norm, &b->dense_norm };
    struct tensor *const rest[] = { b->words, b->dense.weight,
                                    b->pooler.weight, b->classifier.weight };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (rest[i])
            random_normals(rest[i]->data, rest[i]->count, scale, &random);
    for (size_t i = 0; i < b->is.layers; i++)
        block_start(&b->layer[i], &random, 1);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; norms[i]->weight && j < b->is.width; j++)
            norms[i]->weight->data[j] = 1;
    places_start(b);
}

/* passage_of: bytes from to end of a text. */
static inline struct passage passage_of(const struct wordpiece *v,
                                        const char *text, size_t from,
                                        size_t end)
{
    struct passage p;
    p.ids = wordpiece_encode(&p.n, v, text + from, end - from);
    return p;
}

static inline void filling_free(struct filling *f)
{
    free(f->train.ids), free(f->val.ids);
    blanks_free(&f->blanks), filler_free(&f->filler);
    *f = (struct filling){ .batch = 0 };
}
/* blank_make: the token at a place is asked for: in 80 of 100 cases a mask
 * stands there, in 10 another token, in 10 itself. */
static inline void blank_make(struct blanks *x, size_t place,
                              const struct wordpiece *v,
                              struct random *random)
{
    const float chance = random_uniform(random);
    x->places[x->count] = (int32_t)place;
    x->want[x->count++] = x->ids[place];
    if (chance < .8f)
        x->ids[place] = v->special[SPECIAL_MASK];
    else if (chance < .9f)
        x->ids[place] = (int32_t)random_below(random, (uint32_t)v->count);
}

/* blanks_make: each token of text b, but the first and the last, is asked for
 * with a chance of share; if none is, all are drawn again.
 * Devlin et al. 2019, section 3.1 and appendix A. */
static inline void blanks_make(struct blanks *x, size_t b, float share,
                               const struct wordpiece *v,
                               struct random *random)
{
    const size_t first = b * x->length, before = x->count;
    REQUIRE(share > 0 && x->length > 2);
    while (x->count == before)
        for (size_t i = 1; i + 1 < x->length; i++)
            if (random_uniform(random) < share)
                blank_make(x, first + i, v, random);
}

static inline void blanks_draw(struct blanks *x, const struct passage *p,
                               size_t most, const struct filling *how,
                               struct random *random);

/* filling_step: one step of training, in the first three quarters with short
 * windows.  Returns the loss.  The same bits for any number of threads. */
static inline float filling_step(struct training *t, void *model)
{
    struct filling *f = model;
    struct random random = training_random(t);
    const bool early = 4 * t->step < 3 * t->steps;
    blanks_draw(&f->blanks, &f->train, f->context / (early ? 2 : 1), f,
                &random);
    struct lesson l = { &f->filler.bert, &f->blanks,
                        mix_bits(t->seed, t->step) };
    t->loss = tape_shards(t->tape, f->blanks.batch > 1 ? 2 : 1, blanks_loss,
                          &l);
    tape_reset(t->tape);
    training_clip(t);
    training_move(t);
    return (float)t->loss;
}

/* head_start: of a block's matrix c_attn, w (C, 3 C) from the head's first
 * column on, so that its queries (D) look away places to the right. */
static inline void head_start(float *w, size_t C, size_t D, double away)
{
    const float g = 2.5f;
    for (size_t i = 0; i < D; i += 2) {
        const double angle = away * pow(10000, -(double)i / (double)D);
        const float c = g * (float)cos(angle), s = g * (float)sin(angle);
        float *sine = w + i * 3 * C + i, *cosine = sine + 3 * C;
        sine[0] = cosine[1] = g;                  /* q: the wave at t */
        sine[C] = cosine[C + 1] = c;              /* k: that at s - away */
        cosine[C] = -s, sine[C + 1] = s;
    }
}

/* blanks_next: row i of text b is asked for token i + 1, but not for the
 * last. */
static inline void blanks_next(struct blanks *x, size_t b)
{
    const size_t first = b * x->length;
    for (size_t i = first; i + 2 < first + x->length; i++) {
        x->places[x->count] = (int32_t)i;
        x->want[x->count++] = x->ids[i + 1];
    }
}

/* blanks_draw: windows of a text, of up to most tokens and about as many in
 * all as there is place for; in one of four batches they are shorter. */
static inline void blanks_draw(struct blanks *x, const struct passage *p,
                               size_t most, const struct filling *how,
                               struct random *random)
{
    const struct wordpiece *v = &how->filler.words;
    const size_t least = most < 8 ? most : 8;
    x->length = random_below(random, 4) ? most
        : least + random_below(random, (uint32_t)(most - least + 1));
    x->batch = x->capacity / x->length, x->count = 0;
    for (size_t b = 0; b < x->batch; b++) {
        int32_t *ids = x->ids + b * x->length;
        const size_t words = x->length - 2;
        REQUIRE(p->n >= words && p->n < UINT32_MAX);
        memcpy(ids + 1, p->ids + random_below(random,
               (uint32_t)(p->n - words + 1)), words * sizeof *ids);
        ids[0] = v->special[SPECIAL_FIRST];
        ids[words + 1] = v->special[SPECIAL_LAST];
        if (how->filler.bert.is.causal)
            blanks_next(x, b);
        else
            blanks_make(x, b, how->share, v, random);
    }
    for (size_t i = 0; how->open && i < x->count; i++)
        x->ids[x->places[i]] = x->want[i];
}

/* blank_window: a window of T tokens, with both ends, in which the one behind
 * the first left is a mask.  Returns what stood there. */
static inline int32_t blank_window(int32_t *to, const int32_t *from,
                                   size_t T, size_t left,
                                   const struct wordpiece *v)
{
    memcpy(to + 1, from, (T - 2) * sizeof *to);
    const int32_t want = to[1 + left];
    to[0] = v->special[SPECIAL_FIRST];
    to[1 + left] = v->special[SPECIAL_MASK];
    to[T - 1] = v->special[SPECIAL_LAST];
    return want;
}

/* The rows that are asked of a window with so many tokens left of its blank:
 * that of the blank, or, in a causal model, the one before. */
static inline size_t blank_row(const struct bert *b, size_t left)
{
    return left + !b->is.causal;
}

/* blanks_right: of many blanks in windows of the text, the share that is
 * filled in rightly if left tokens before them are shown, and right tokens
 * behind; NaN if the model overflows.  widest: of the windows, whose middle
 * is the blank.  Checked: the text has one, and it has what is shown. */
static inline double blanks_right(struct filler *f, const struct passage *p,
                                  size_t widest, size_t left, size_t right,
                                  size_t many)
{
    enum { BATCH = 16, TOKENS = 1024 };
    struct bert b = f->bert;
    const size_t T = left + right + 3, V = b.is.tokens;
    const size_t most = TOKENS / T < BATCH ? TOKENS / T : BATCH;
    const bool no_grad = f->tape->no_grad;
    double good = 0;
    REQUIRE(T <= CONTEXT_MOST && p->n >= widest);
    REQUIRE(left <= widest / 2 && right < widest - widest / 2);
    f->tape->no_grad = true;
    for (size_t first = 0; first < many; first += most) {
        const size_t n = many - first < most ? many - first : most;
        int32_t ids[TOKENS], places[BATCH], want[BATCH];
        for (size_t i = 0; i < n; i++) {
            const size_t at = (size_t)((double)(p->n - widest)
                * (double)(first + i) / (double)many) + widest / 2;
            want[i] = blank_window(ids + i * T, p->ids + at - left, T, left,
                                   &f->words);
            places[i] = (int32_t)(i * T + blank_row(&b, left));
        }
        tape_reset(f->tape);
        const struct bert_input in = { n, T, ids, .seed = 0 };
        const float *x = bert_fill(f->tape, &b, bert_forward(f->tape, &b,
                                   &in), places, n)->data;
        for (size_t i = 0; i < n; i++, x += V)
            good += isfinite(x[argmax(x, V)])
                ? argmax(x, V) == (size_t)want[i] : NAN;
    }
    tape_reset(f->tape);
    f->tape->no_grad = no_grad;
    return good / (double)many;
}
#ifndef __wasm__
/* filling_read: the parts of a text of n bytes, which is at path; and more, a
 * text that is only trained on, or NULL. */
static inline void filling_read(struct filling *f, const char *text,
                                size_t n, const char *more, const char *path)
{
    const struct wordpiece *v = &f->filler.words;
    const size_t held = text_held(text, n, f->held), least = f->context;
    f->train = passage_of(v, text, 0, held);
    f->val = passage_of(v, text, held, n);
    if (more) {
        struct passage p = passage_of(v, more, 0, strlen(more));
        f->train.ids = enlarge(f->train.ids, f->train.n,
                               size_sum(f->train.n, p.n),
                               sizeof *p.ids);
        memcpy(f->train.ids + f->train.n, p.ids, p.n * sizeof *p.ids);
        f->train.n += p.n, free(p.ids);
    }
    if (f->train.n < least)
        fail("%s: has %zu tokens to train on, and a context of %zu takes as "
             "many", path, f->train.n, least);
    if (f->held > 0 && f->val.n < least)
        fail("%s: has %zu tokens for validation, and a context of %zu takes "
             "as many; --val 0 does without", path, f->val.n, least);
    if (f->train.n >= UINT32_MAX)
        fail("%s: has too many tokens", path);
}

enum { FILLING_NUMBERS = 4 };
struct filling_texts {
    struct filler_texts model;
    char number[FILLING_NUMBERS][32], kind[64];
    const char *list[FILLER_TEXTS + 2 * FILLING_NUMBERS + 1];
};

static const char *const filling_keys[FILLING_NUMBERS] = { "batch",
    "dropout", "val", "share" };

static inline uint64_t ids_hash(const int32_t *ids, size_t n)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < n; i++)
        hash = mix_bits(hash, (uint64_t)ids[i]);
    return hash;
}

static inline void filling_texts(struct filling_texts *x,
                                 const struct filling *f)
{
    const double numbers[FILLING_NUMBERS] = { (double)f->batch,
        (double)f->filler.bert.is.drop, f->held, (double)f->share };
    filler_texts(&x->model, &f->filler);
    memcpy(x->list, x->model.list, sizeof x->model.list);
    for (size_t i = 0; i < FILLING_NUMBERS; i++) {
        snprintf(x->number[i], sizeof *x->number, "%.17g", numbers[i]);
        x->list[FILLER_TEXTS + 2 * i] = filling_keys[i];
        x->list[FILLER_TEXTS + 2 * i + 1] = x->number[i];
    }
    x->list[FILLER_TEXTS + 2 * FILLING_NUMBERS] = NULL;
    snprintf(x->kind, sizeof x->kind, "bert, %zu tokens %016" PRIx64,
             f->train.n, ids_hash(f->train.ids, f->train.n));
}

/* filling_load: the model of a run, and how it learns; the text is not read
 * yet. */
static inline struct filling filling_load(const char *path)
{
    static const double most[FILLING_NUMBERS] = { 1e5, 1, 1, 1 };
    struct safetensors file = safetensors_read(path);
    double number[FILLING_NUMBERS];
    for (size_t i = 0; i < FILLING_NUMBERS; i++) {
        const char *text = training_text(&file, filling_keys[i]);
        double *x = &number[i];
        if (!parse_double(x, text) || !(*x >= 0 && *x <= most[i])
            || (i == 0 && (*x < 1 || *x != floor(*x)))
            || ((i == 1 || i == 2) && (float)*x >= 1)
            || (i == 3 && (float)*x < .001f))
            fail("%s: its '%s' is %.40s, which no run can have", path,
                 filling_keys[i], text);
    }
    struct filling f = { .filler = filler_read(&file, 0, NULL),
        .batch = (size_t)number[0], .held = number[2],
        .share = (float)number[3] };
    if (!f.filler.words.count)
        fail("%s: does not say what its tokens are", path);
    if (!f.filler.bert.is.fills)
        fail("%s: has no head that fills in", path);
    f.filler.bert.is.drop = (float)number[1];
    f.context = f.filler.bert.is.context;
    if (f.context > CONTEXT_MOST)
        fail("%s: has %zu places, and no run has", path, f.context);
    f.blanks = blanks_new(size_product(f.batch, f.context));
    safetensors_free(&file);
    return f;
}

/* filling_training: after filling_read; x must stay. */
static inline struct training filling_training(const struct filling *f,
    struct filling_texts *x, size_t steps, uint64_t seed)
{
    struct training t = training_new(f->filler.tape, steps, seed);
    filling_texts(x, f);
    t.how.beta2 = .98, t.spares = "";
    t.warmup = steps / 10, t.floor = .01;
    t.kind = x->kind, t.texts = x->list;
    return t;
}

/* filling_report: a line for each report. */
static inline void filling_report(const struct training *t, void *model,
                                  double loss)
{
    struct filling *f = model;
    const size_t half = f->context / 2 - 2;
    printf("step %6zu   loss %.4f", t->step, loss);
    if (f->val.n)
        printf("   right %.4f", blanks_right(&f->filler, &f->val, f->context,
                                             half, half, 256));
    puts("");
}
#endif
#endif

