/* dates.h -- generated from chapters/11-mask.nw. Do not edit. */
/* Offers: struct date_attention, struct date_feed, struct date_model,
 * struct date, struct dates, struct date_text, date_write, date_iso,
 * date_signs, dates_put, dates_close, date_draw, dates_draw, date_scores,
 * date_model_new, date_answers, struct how, struct reader */

#ifndef DATES_H
#define DATES_H
#include <stdio.h>
#include "mask/mask.h"
#include "kit/learner.h"

struct date_attention { struct tensor *gain, *bias, *q, *k, *v, *o; };
struct date_feed { struct tensor *gain, *bias, *w1, *b1, *w2, *b2; };

struct date_model {
    struct tape *tape;
    struct tensor *signs, *places, *asks;   /* (96, C) (48, C) (10, C) */
    struct date_attention self, cross;
    struct date_feed read, answer;
    struct tensor *gain, *bias, *out, *out_bias;
    bool unmasked;      /* padding is visible: the broken variant */
};

/* Days are numbered from 0, which is Monday 1900-01-01, to DATE_DAYS - 1,
 * which is 2099-12-31.  Every tenth day is held out from training. */
enum { DATE_DAYS = 73049, DATE_FORMS = 14, DATE_LONGEST = 48 };
struct date { int year, month, day; };

enum { DATE_WINDOW = 3, DATE_SIGNS = 96, DATE_PLACES = 10,
       DATE_CLASSES = 11 };

/* A batch of texts, each signs[b * width ...] of lengths[b], then zeros;
 * target (batch, DATE_PLACES). */
struct dates {
    size_t batch, width;
    int32_t *signs, *target, *places, *asks;
    size_t *lengths;
};

struct date_text { char text[DATE_LONGEST + 1]; int day; };

#define DATE_ATTENTION(t, a, name, w) ( \
    (a).gain = tape_parameter(t, name ".norm.gain", SHAPE(w)), \
    (a).bias = tape_parameter(t, name ".norm.bias", SHAPE(w)), \
    (a).q = tape_parameter(t, name ".q", SHAPE(w, w)), \
    (a).k = tape_parameter(t, name ".k", SHAPE(w, w)), \
    (a).v = tape_parameter(t, name ".v", SHAPE(w, w)), \
    (a).o = tape_parameter(t, name ".o", SHAPE(w, w)))

#define DATE_FEED(t, f, name, w) ( \
    (f).gain = tape_parameter(t, name ".norm.gain", SHAPE(w)), \
    (f).bias = tape_parameter(t, name ".norm.bias", SHAPE(w)), \
    (f).w1 = tape_parameter(t, name ".in", SHAPE(w, 2 * (w))), \
    (f).b1 = tape_parameter(t, name ".in.bias", SHAPE(2 * (w))), \
    (f).w2 = tape_parameter(t, name ".out", SHAPE(2 * (w), w)), \
    (f).b2 = tape_parameter(t, name ".out.bias", SHAPE(w)))

static inline int date_month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
                                31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

static inline struct date date_of(int number)
{
    struct date d = { 1900, 1, number + 1 };
    while (d.day > date_month_days(d.year, d.month)) {
        d.day -= date_month_days(d.year, d.month);
        d.month++;
        d.year += d.month > 12;
        d.month = d.month > 12 ? 1 : d.month;
    }
    return d;
}

static const char *const date_forms[DATE_FORMS] = {
    "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d%o, %Y",
    "%d%o %B %Y", "%d%o of %B %Y", "the %d%o of %B %Y", "%d-%b-%Y",
    "%D.%M.%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y", "%Y%M%D",
};

static const char *const date_months[12] = {
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December"
};

static const char *const date_weekdays[7] = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
    "Sunday"
};

static inline void date_part(char part[16], char letter, struct date d,
                             int number);

/* date_write: the day in one of DATE_FORMS forms; returns its length.  Add
 * DATE_FORMS for a weekday before it, or twice as much for a short one. */
static inline size_t date_write(char text[DATE_LONGEST + 1], int number,
                                size_t form)
{
    struct date d = date_of(number);
    char pattern[32];
    size_t length = 0;
    static const char *const before[3] = { "", "%A, ", "%a " };
    snprintf(pattern, sizeof pattern, "%s%s", before[form / DATE_FORMS],
             date_forms[form % DATE_FORMS]);
    for (const char *p = pattern; *p; p++) {
        char part[16] = { *p };
        if (*p == '%')
            date_part(part, *++p, d, number);
        length += (size_t)snprintf(text + length, DATE_LONGEST + 1 - length,
                                   "%s", part);
    }
    return length;
}

static inline const char *date_ordinal(int day);

static inline void date_part(char part[16], char letter, struct date d,
                             int number)
{
    const char *month = date_months[d.month - 1];
    const char *weekday = date_weekdays[number % 7];
    switch (letter) {
    case 'Y': snprintf(part, 16, "%d", d.year); break;
    case 'm': snprintf(part, 16, "%d", d.month); break;
    case 'M': snprintf(part, 16, "%02d", d.month); break;
    case 'd': snprintf(part, 16, "%d", d.day); break;
    case 'D': snprintf(part, 16, "%02d", d.day); break;
    case 'B': snprintf(part, 16, "%s", month); break;
    case 'b': snprintf(part, 16, "%.3s", month); break;
    case 'A': snprintf(part, 16, "%s", weekday); break;
    case 'a': snprintf(part, 16, "%.3s", weekday); break;
    default:  snprintf(part, 16, "%s", date_ordinal(d.day)); break;
    }
}

static inline const char *date_ordinal(int day)
{
    if (day / 10 == 1 || day % 10 == 0 || day % 10 > 3)
        return "th";
    return day % 10 == 1 ? "st" : day % 10 == 2 ? "nd" : "rd";
}

/* date_iso: the day as YYYY-MM-DD. */
static inline void date_iso(char text[11], int number)
{
    struct date d = date_of(number);
    snprintf(text, 11, "%04u-%02u-%02u", (unsigned)d.year % 10000,
             (unsigned)d.month % 100, (unsigned)d.day % 100);
}

/* date_signs: the signs of a text, 1 to DATE_SIGNS - 1, in out (at most
 * DATE_LONGEST).  Returns the first letter that has no sign, or the end. */
static inline const char *date_signs(int32_t *out, const char *text)
{
    size_t n = 0;
    for (; *text >= ' ' && *text <= '~' && n < DATE_LONGEST; text++)
        out[n++] = (*text >= 'A' && *text <= 'Z' ? *text + 32 : *text) - 31;
    return text;
}

static inline struct dates dates_new(size_t batch)
{
    size_t letters = size_product(batch, DATE_LONGEST);
    size_t answers = size_product(batch, DATE_PLACES);
    struct dates d = { .batch = batch };
    d.signs = allocate(letters, sizeof *d.signs);
    d.places = allocate(letters, sizeof *d.places);
    d.target = allocate(answers, sizeof *d.target);
    d.asks = allocate(answers, sizeof *d.asks);
    d.lengths = allocate(batch, sizeof *d.lengths);
    return d;
}

static inline void dates_free(struct dates *d)
{
    free(d->signs), free(d->places), free(d->target), free(d->asks);
    free(d->lengths);
    *d = (struct dates){ 0 };
}

/* dates_put: text number b, and its answer if day is not negative; 0 begins
 * a new batch, and the text's letters all have signs. */
static inline void dates_put(struct dates *d, size_t b, const char *text,
                             int day)
{
    int32_t *signs = d->signs + b * DATE_LONGEST;
    char iso[11] = "----------";
    d->width = b ? d->width : 0;
    REQUIRE(d->width == 0 && b < d->batch);
    memset(signs, 0, DATE_LONGEST * sizeof *signs);
    d->lengths[b] = (size_t)(date_signs(signs, text) - text);
    if (day >= 0)
        date_iso(iso, day);
    for (size_t i = 0; i < DATE_PLACES; i++)
        d->target[b * DATE_PLACES + i] = iso[i] == '-' ? 10 : iso[i] - '0';
}

/* dates_close: the width is that of the longest text, but at least width. */
static inline void dates_close(struct dates *d, size_t width)
{
    for (size_t b = 0; b < d->batch; b++)
        width = d->lengths[b] > width ? d->lengths[b] : width;
    REQUIRE(width > 0 && width <= DATE_LONGEST);
    for (size_t b = 0; b < d->batch; b++)
        memmove(d->signs + b * width, d->signs + b * DATE_LONGEST,
                width * sizeof *d->signs);
    /* number the places of letters and answers */
    for (size_t p = 0; p < d->batch * width; p++)
        d->places[p] = (int32_t)(p % width);
    for (size_t p = 0; p < d->batch * DATE_PLACES; p++)
        d->asks[p] = (int32_t)(p % DATE_PLACES);
    d->width = width;
}

/* date_draw: a random text, of a day held out or of the others. */
static inline struct date_text date_draw(struct random *random,
                                         bool held_out)
{
    struct date_text t;
    uint32_t day = 10 * random_below(random, DATE_DAYS / 10);
    if (!held_out)
        day += 1 + random_below(random, 9);
    t.day = (int)day;
    size_t form = random_below(random, DATE_FORMS);
    if (form + 1 < DATE_FORMS && random_below(random, 4) == 0)
        form += DATE_FORMS * (1 + random_below(random, 2));
    date_write(t.text, t.day, form);
    return t;
}

/* dates_draw: a batch of such texts. */
static inline void dates_draw(struct dates *d, struct random *random,
                              bool held_out)
{
    for (size_t b = 0; b < d->batch; b++) {
        struct date_text t = date_draw(random, held_out);
        dates_put(d, b, t.text, t.day);
    }
    dates_close(d, 0);
}
static inline struct tensor *date_attend(const struct date_model *x,
    const struct date_attention *a, struct tensor *y, struct tensor *z,
    const struct dates *d, struct tensor **map);
static inline struct tensor *date_feed(struct tape *t,
    const struct date_feed *f, struct tensor *x);

/* date_scores: the logits (B, DATE_PLACES, DATE_CLASSES) on the tape; *map,
 * if map is not NULL, gets the cross-attention with its weights. */
static inline struct tensor *date_scores(const struct date_model *x,
                                         const struct dates *d,
                                         struct tensor **map)
{
    struct tape *t = x->tape;
    struct axes letters = SHAPE(d->batch, d->width);
    struct tensor *z = tape_embedding(t, x->signs, d->signs, letters);
    z = tape_add(t, z, tape_embedding(t, x->places, d->places, letters));
    z = date_attend(x, &x->self, z, z, d, NULL);
    z = date_feed(t, &x->read, z);
    struct tensor *y = tape_embedding(t, x->asks, d->asks,
                                      SHAPE(d->batch, DATE_PLACES));
    y = date_attend(x, &x->cross, y, z, d, map);
    y = date_feed(t, &x->answer, y);
    y = tape_layernorm(t, y, x->gain, x->bias);
    return tape_bias(t, tape_matmul(t, y, x->out), x->out_bias);
}

static inline const struct mask *date_mask(const struct date_model *x,
                                           const struct dates *d, bool self);

static inline struct tensor *date_attend(const struct date_model *x,
    const struct date_attention *a, struct tensor *y, struct tensor *z,
    const struct dates *d, struct tensor **map)
{
    struct tape *t = x->tape;
    const struct mask *mask = date_mask(x, d, y == z);
    struct tensor *c = tape_layernorm(t, z, a->gain, a->bias);
    struct tensor *q = tape_matmul(t, y == z ? c : y, a->q);
    struct tensor *k = tape_matmul(t, c, a->k), *v = tape_matmul(t, c, a->v);
    struct tensor *mixed = tape_masked_attention(t, q, k, v, mask);
    if (map)
        *map = mixed;
    return tape_add(t, y, tape_matmul(t, mixed, a->o));
}

static inline struct tensor *date_feed(struct tape *t,
    const struct date_feed *f, struct tensor *x)
{
    struct tensor *h = tape_layernorm(t, x, f->gain, f->bias);
    h = tape_gelu(t, tape_bias(t, tape_matmul(t, h, f->w1), f->b1));
    return tape_add(t, x, tape_bias(t, tape_matmul(t, h, f->w2), f->b2));
}

static inline const struct mask *date_mask(const struct date_model *x,
                                           const struct dates *d, bool self)
{
    size_t queries = self ? d->width : DATE_PLACES;
    struct mask *mask = tape_mask(x->tape, d->batch, queries, d->width);
    if (!x->unmasked)
        mask_padding(mask, d->lengths);
    if (self)
        mask_window(mask, DATE_WINDOW);
    return mask;
}

static inline void date_start(struct tensor *p, struct random *random);

/* date_model_new: all parameters, drawn from the seed. */
static inline struct date_model date_model_new(size_t width, uint64_t seed)
{
    struct tape *t = tape_new();
    struct date_model x = { .tape = t };
    const size_t w = width;
    x.signs = tape_parameter(t, "signs", SHAPE(DATE_SIGNS, w));
    x.places = tape_parameter(t, "places", SHAPE(DATE_LONGEST, w));
    x.asks = tape_parameter(t, "asks", SHAPE(DATE_PLACES, w));
    DATE_ATTENTION(t, x.self, "self", w);
    DATE_FEED(t, x.read, "read", w);
    DATE_ATTENTION(t, x.cross, "cross", w);
    DATE_FEED(t, x.answer, "answer", w);
    x.gain = tape_parameter(t, "norm.gain", SHAPE(w));
    x.bias = tape_parameter(t, "norm.bias", SHAPE(w));
    x.out = tape_parameter(t, "out.weight", SHAPE(w, DATE_CLASSES));
    x.out_bias = tape_parameter(t, "out.bias", SHAPE(DATE_CLASSES));
    struct random random = random_new(seed, 5);
    for (size_t i = 0; i < t->count; i++)
        date_start(t->parameters[i], &random);
    return x;
}

static inline void date_model_free(struct date_model *x)
{
    tape_free(x->tape);
    x->tape = NULL;
}

static inline void date_start(struct tensor *p, struct random *random)
{
    const size_t end = strlen(p->name);
    bool gain = end > 4 && strcmp(p->name + end - 4, "gain") == 0;
    float spread = 1 / sqrtf((float)p->shape[0]);
    for (size_t i = 0; i < p->count; i++)
        p->data[i] = p->rank == 2 ? spread * random_normal(random) : gain;
}

/* date_answers: iso (batch, 11), for the texts of a batch. */
static inline void date_answers(char (*iso)[11], const struct date_model *x,
                                const struct dates *d)
{
    tape_reset(x->tape);
    x->tape->no_grad = true;
    const float *scores = date_scores(x, d, NULL)->data;
    x->tape->no_grad = false;
    for (size_t p = 0; p < d->batch * DATE_PLACES; p++)
        iso[p / DATE_PLACES][p % DATE_PLACES] =
            "0123456789-"[argmax(scores + p * DATE_CLASSES, DATE_CLASSES)];
    for (size_t b = 0; b < d->batch; b++)
        iso[b][DATE_PLACES] = '\0';
}
struct how { size_t width, batch; bool unmasked; };
struct reader { struct date_model model; struct dates dates; };

static inline void *reader_make(struct tape *tape, const void *how,
    uint64_t seed)
{
    const struct how *h = how;
    struct reader *r = allocate(1, sizeof *r);
    *r = (struct reader){ date_model_new(h->width, seed),
                          dates_new(h->batch) };
    struct tape empty = *tape;
    *tape = *r->model.tape, *r->model.tape = empty;
    tape_free(r->model.tape);
    r->model.tape = tape, r->model.unmasked = h->unmasked;
    return r;
}

static inline void reader_forget(void *model)
{
    dates_free(&((struct reader *)model)->dates);
    free(model);
}

static inline struct tensor *reader_loss(void *model, struct training *t,
    void *data)
{
    struct reader *r = model;
    struct random random = training_random(t);
    REQUIRE(r && !data);
    dates_draw(&r->dates, &random, false);
    tape_reset(t->tape);
    return tape_cross_entropy(t->tape, date_scores(&r->model, &r->dates,
                              NULL), r->dates.target, 0, -1);
}
#endif
