/* viewer.h -- generated from chapters/05-implicit.nw. Do not edit. */
/* Offers: enum kind, struct how, struct viewer, viewer_asked,
 * struct lesson, viewer_read, struct double_net, moved_logits,
 * jacobian_error, enum map_kind, map_of, cosine */

/* viewer.h -- two classifiers of digits, and how they learn. */
#ifndef VIEWER_H
#define VIEWER_H
#include "double/cnn_double.h"
#include "gradient/shards.h"
#include "implicit/cnn.h"
#include "implicit/digits.h"
#include "implicit/saliency.h"
#include "kit/learner.h"

EMBED(implicit_weights, EMBED_FILE("data/weights/implicit.safetensors"));
EMBED(implicit_linear_weights,
      EMBED_FILE("data/weights/implicit-linear.safetensors"));
enum kind { VIEW_CNN, VIEW_LINEAR };
enum { BATCH = 100, SHARDS = 10, TEST_BATCH = BATCH };
struct how { enum kind kind; float rate; };      /* rate: of dropout */

struct viewer {
    struct how how;
    struct tape *tape;
    struct cnn cnn;
    struct tensor *weight, *bias;    /* of the linear map: (784, 2)  (2) */
    struct dropout *drop;            /* NULL, but for a mistake */
    float x[BATCH * DIGIT_PIXELS];
    int32_t target[BATCH];
};

static inline void viewer_start(struct viewer *v, uint64_t seed)
{
    struct random random = random_new(seed, 1u << 31);
    struct tensor *const w[] = { v->cnn.w1, v->cnn.w2, v->cnn.weight };
    for (size_t i = 0; i < 3; i++) {
        const size_t out = w[i]->shape[w[i]->rank - 1];
        random_normals(w[i]->data, w[i]->count,
                       sqrtf(2 / (float)(w[i]->count / out)), &random);
    }
}

static inline void *viewer_make(struct tape *tape, const void *how,
                                uint64_t seed)
{
    struct viewer *v = allocate(1, sizeof *v);
    v->how = *(const struct how *)how, v->tape = tape;
    if (v->how.kind == VIEW_CNN) {
        cnn_new(&v->cnn, tape);
        viewer_start(v, seed);
    } else {
        v->weight = tape_parameter(tape, "linear.weight",
                                   SHAPE(DIGIT_PIXELS, 2));
        v->bias = tape_parameter(tape, "linear.bias", SHAPE(2));
    }
    return v;
}

static inline struct tensor *viewer_forward(const struct viewer *v,
    struct tape *tape, struct tensor *x, const struct dropout *drop)
{
    if (v->how.kind == VIEW_CNN)
        return cnn_forward(&v->cnn, tape, x, drop);
    x = tape_reshape(tape, x, SHAPE(x->shape[0], DIGIT_PIXELS));
    return tape_bias(tape, tape_matmul(tape, x, v->weight), v->bias);
}

/* viewer_asked: what jacobian and its like ask. */
static inline struct tensor *viewer_logits(void *model, struct tape *tape,
                                           struct tensor *x)
{
    struct viewer *v = model;
    if (v->drop)
        v->drop->seed++;             /* another mask each time */
    return viewer_forward(v, tape, x, v->drop);
}

static inline struct classifier viewer_asked(struct viewer *v)
{
    return (struct classifier){ viewer_logits, v,
        v->how.kind == VIEW_CNN ? CNN_CLASSES : 2,
        SHAPE(DIGIT_SIDE, DIGIT_SIDE, 1), false };
}
struct lesson { struct viewer *v; uint64_t seed; };

static inline struct tensor *viewer_shard(struct tape *on, void *what,
                                          size_t shard, size_t shards)
{
    const struct lesson *l = what;
    struct viewer *v = l->v;
    const size_t n = BATCH / shards, at = shard * n;
    const struct dropout drop = { v->how.rate,
                                  mix_bits(l->seed, shard) };
    struct tensor *x = tape_input(on, v->x + at * DIGIT_PIXELS,
                                  SHAPE(n, DIGIT_SIDE, DIGIT_SIDE, 1));
    x = viewer_forward(v, on, x, &drop);
    return tape_scale(on, tape_cross_entropy(on, x, v->target + at, 0, -1),
                      1 / (float)shards);
}

static inline struct tensor *viewer_loss(void *model, struct training *t,
                                         void *data)
{
    struct viewer *v = model;
    const struct digits *all = &((struct digit_sets *)data)->train;
    const bool cnn = v->how.kind == VIEW_CNN;
    struct random random = training_random(t);
    struct lesson lesson = { v, mix_bits(t->seed, t->step) };
    uint32_t which[BATCH];
    training_pick(t, which, BATCH, all->count);
    digits_batch(v->x, v->target, all, which, BATCH, cnn ? &random : NULL);
    const double loss = tape_shards(t->tape, cnn ? SHARDS : 1, viewer_shard,
                                    &lesson);
    tape_reset(t->tape);
    struct tensor *sum = tape_leaf(t->tape, SCALAR);
    sum->data[0] = (float)loss;
    return sum;
}

/* viewer_read: logits (n, K) of n digits from number first on; v->x and
 * v->target are what they are.  Without gradients.  The result stays until
 * the next step of the tape.  Checked: n <= TEST_BATCH, and there are so
 * many. */
static inline const float *viewer_read(struct viewer *v,
    const struct digits *digits, size_t first, size_t n)
{
    REQUIRE(n <= TEST_BATCH && first <= digits->count
            && n <= digits->count - first);
    const struct digits part = { n, digits->images + first * DIGIT_PIXELS,
                                 digits->labels + first };
    const bool no_grad = v->tape->no_grad;
    digits_batch(v->x, v->target, &part, NULL, n, NULL);
    tape_reset(v->tape);
    v->tape->no_grad = true;
    struct tensor *x = tape_input(v->tape, v->x, SHAPE(n, DIGIT_SIDE,
                                                       DIGIT_SIDE, 1));
    const float *logits = viewer_logits(v, v->tape, x)->data;
    v->tape->no_grad = no_grad;
    return logits;
}

static inline double viewer_score(void *model, void *data)
{
    struct viewer *v = model;
    const struct digits *all = &((struct digit_sets *)data)->test;
    const size_t classes = viewer_asked(v).classes;
    size_t right = 0;
    for (size_t at = 0, n; at < all->count; at += n) {
        n = all->count - at < TEST_BATCH ? all->count - at : TEST_BATCH;
        const float *logits = viewer_read(v, all, at, n);
        for (size_t i = 0; i < n; i++)
            right += argmax(logits + i * classes, classes)
                     == (size_t)v->target[i];
    }
    return (double)right / (double)all->count;
}

static inline void sevens_and_nines(struct digits *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (d->labels[i] != 7 && d->labels[i] != 9)
            continue;
        memmove(d->images + n * DIGIT_PIXELS, d->images + i * DIGIT_PIXELS,
                DIGIT_PIXELS);
        d->labels[n++] = d->labels[i] == 9;
    }
    d->count = n;
}

static inline void *pair_sets_read(const char *folder)
{
    struct digit_sets *sets = digit_sets_read(folder);
    sevens_and_nines(&sets->train), sevens_and_nines(&sets->test);
    if (!sets->train.count || !sets->test.count)
        fail("%s: has no sevens and nines", folder);
    return sets;
}

static struct how cnn_how = { VIEW_CNN, .25f };
static struct how linear_how = { VIEW_LINEAR, 0 };
static struct learner reader = { .name = "implicit", .measure = "right",
    .make = viewer_make, .loss = viewer_loss, .score = viewer_score,
    .data = digit_sets_read, .data_free = digit_sets_free, .kind = "cnn",
    .folder = "data/digits", .how = &cnn_how, .steps = 1000, .rate = .002,
    .seed = 1, .weights = implicit_weights };
static struct learner linear_reader = { .name = "implicit",
    .measure = "right", .make = viewer_make, .loss = viewer_loss,
    .score = viewer_score, .data = pair_sets_read,
    .data_free = digit_sets_free, .kind = "linear", .folder = "data/digits",
    .how = &linear_how, .steps = 2000, .rate = .005, .seed = 1,
    .weights = implicit_linear_weights };
struct double_net { struct tape_double *tape; struct cnn_double net; };
enum { MOVED = 28 };                /* pixels that are moved at a time */

static inline struct double_net double_net(const struct tape *of)
{
    struct double_net d = { .tape = tape_new_double() };
    cnn_new_double(&d.net, d.tape);
    REQUIRE(d.tape->size == of->size);
    for (size_t i = 0; i < of->size; i++)
        d.tape->values[i] = (double)of->values[i];
    d.tape->no_grad = true;
    return d;
}

/* moved_logits: (MOVED, 2, K) of x (28, 28), whose pixels first, first +
 * every ... are moved up and down by step. */
static inline const double *moved_logits(struct double_net *d, const float *x,
                                         size_t first, size_t every,
                                         double step)
{
    tape_reset_double(d->tape);
    struct tensor_double *in = tape_leaf_double(d->tape,
        SHAPE_double(2 * MOVED, DIGIT_SIDE, DIGIT_SIDE, 1));
    for (size_t i = 0; i < in->count; i++)
        in->data[i] = (double)x[i % DIGIT_PIXELS];
    for (size_t i = 0; i < 2 * MOVED; i++) {
        const size_t at = (first + i / 2 * every) % DIGIT_PIXELS;
        in->data[i * DIGIT_PIXELS + at] += i % 2 ? -step : step;
    }
    return cnn_forward_double(&d->net, d->tape, in, NULL)->data;
}

/* jacobian_error: the largest deviation of the Jacobian of the network at
 * x (28, 28) from central differences, over the largest slope; infinite if
 * a slope is no number.  Takes one pixel out of every so many. */
static inline double jacobian_error(struct viewer *v, const float *x,
                                    size_t every)
{
    const double step = 1e-6;         /* a larger one crosses kinks */
    const size_t k = CNN_CLASSES;
    const struct classifier c = viewer_asked(v);
    struct double_net d = double_net(v->tape);
    float *j = allocate(k * DIGIT_PIXELS, sizeof *j);
    double worst = 0, largest = 0;
    jacobian(j, &c, v->tape, x);
    for (size_t first = 0; first < DIGIT_PIXELS; first += MOVED * every) {
        const double *z = moved_logits(&d, x, first, every, step);
        for (size_t i = 0; i < MOVED * k; i++) {
            const size_t at = (first + i / k * every) % DIGIT_PIXELS;
            const double want = (z[i / k * 2 * k + i % k]
                                 - z[(i / k * 2 + 1) * k + i % k])
                              / (2 * step);
            const double got = (double)j[i % k * DIGIT_PIXELS + at];
            /* fmax alone would leave out a NaN */
            worst = isnan(want - got) ? (double)INFINITY
                                      : fmax(worst, fabs(want - got));
            largest = fmax(largest, fabs(want));
        }
    }
    tape_free_double(d.tape), free(j);
    return worst / largest;
}

enum map_kind { MAP_JACOBIAN, MAP_TIMES_INK, MAP_INTEGRATED, MAPS };
enum { MAP_POINTS = 32 };

/* map_of: map (n) for class k of the picture x (n).  Checked: k < K. */
static inline void map_of(float *map, enum map_kind kind,
                          const struct classifier *c, struct tape *tape,
                          const float *x, size_t k)
{
    const size_t n = classifier_pixels(c);
    if (kind == MAP_INTEGRATED) {
        integrated(map, c, tape, x, k, MAP_POINTS);
        return;
    }
    REQUIRE(k < c->classes);
    float *w = allocate(c->classes, sizeof *w);
    w[k] = 1;
    classifier_slopes(map, c, tape, x, w, 1);
    for (size_t i = 0; kind == MAP_TIMES_INK && i < n; i++)
        map[i] *= x[i];
    free(w);
}

/* cosine: of the angle between a (n) and b (n); NaN if one is all zeros. */
static inline double cosine(const float *a, const float *b, size_t n)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < n; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}
#endif

