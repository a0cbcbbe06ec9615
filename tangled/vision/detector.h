/* detector.h -- generated from chapters/19-vision.nw. Do not edit. */
/* Offers: struct detector_how, struct detector, detector_match,
 * detector_layer_loss, detector_read, struct detector_test */

/* detector.h -- how the DETR of detr.h learns, and what it finds. */
#ifndef DETECTOR_H
#define DETECTOR_H
#include "gradient/shards.h"
#include "kit/learner.h"
#include "vision/detr.h"
#include "vision/matching.h"
#include "vision/precision.h"

EMBED(vision_detector_weights,
      EMBED_FILE("data/weights/vision-detector.safetensors"));
enum { DETECT_BATCH = 20, DETECT_SHARDS = 10, DETECT_TESTS = 1000 };
#define NOTHING .4f                    /* the weight of the class nothing */
#define CONFIDENT .5f                  /* the score from which it counts */

struct detector_how { struct detr_kind is; bool fixed; };
struct detector {
    struct detr net;
    struct tape *tape;
    bool fixed;                        /* a mistake: no matching */
    size_t all;                        /* objects of the batch */
    float x[DETECT_BATCH * CANVAS_PIXELS];
    struct objects objects[DETECT_BATCH];
};
/* detector_match: which query each of the objects gets: of the logarithms of
 * the chances log_p (Q, K + 1) and the boxes (Q, 4). */
static inline struct matching detector_match(const struct objects *o,
    const float *log_p, const float *boxes, size_t queries, size_t kinds)
{
    float cost[OBJECTS_MOST * MATCH_MOST];
    for (size_t k = 0; k < o->count; k++)
        for (size_t q = 0; q < queries; q++)
            cost[k * queries + q] = box_loss(boxes + 4 * q, o->box[k])
                - expf(log_p[q * (kinds + 1) + (size_t)o->kind[k]]);
    return match(cost, o->count, queries);
}

/* detector_layer_loss: of one answer for n canvases with objects o.  all:
 * the objects of the whole batch, of canvases canvases. */
static inline struct tensor *detector_layer_loss(const struct detector *m,
    struct tape *on, const struct answer *a, const struct objects *o,
    size_t n, size_t all, size_t canvases)
{
    const size_t Q = m->net.is.queries, K = m->net.is.kinds;
    struct tensor *log_p = tape_log_softmax(on, a->kinds);
    float *weight = tape_zeros(on, log_p->count);   /* (n, Q, K + 1) */
    float *to = tape_zeros(on, n * Q * 4), *share = tape_zeros(on, n * Q);
    const float most = (float)all + NOTHING * (float)(canvases * Q - all);
    for (size_t b = 0; b < n; b++) {
        const struct matching t = detector_match(&o[b],
            log_p->data + b * Q * (K + 1), a->boxes->data + b * Q * 4, Q, K);
        for (size_t q = 0; q < Q; q++)
            weight[(b * Q + q) * (K + 1) + K] = -NOTHING / most;
        for (size_t k = 0; k < o[b].count; k++) {
            const size_t q = b * Q + (m->fixed ? k : (size_t)t.column[k]);
            weight[q * (K + 1) + K] = 0;
            weight[q * (K + 1) + (size_t)o[b].kind[k]] = -1 / most;
            share[q] = 1 / (float)all;
            memcpy(to + 4 * q, o[b].box[k], sizeof o[b].box[k]);
        }
    }
    struct tensor *entropy = tape_sum(on, tape_multiply(on, log_p,
        tape_input(on, weight, tensor_axes(log_p))));
    return tape_add(on, entropy, tape_boxes(on, a->boxes, to, share));
}
static inline void *detector_make(struct tape *tape, const void *how,
                                  uint64_t seed)
{
    const struct detector_how *h = how;
    struct detector *m = allocate(1, sizeof *m);
    m->tape = tape, m->fixed = h->fixed;
    m->net = detr_new(tape, &h->is);
    detr_start(&m->net, seed);
    return m;
}

static inline struct tensor *detector_shard(struct tape *on, void *what,
                                            size_t shard, size_t shards)
{
    const struct detector *m = what;
    const size_t n = DETECT_BATCH / shards, at = shard * n;
    struct answer answer[DETR_LAYERS];
    struct tensor *loss = NULL;
    detr_forward(&m->net, on, answer, m->x + at * CANVAS_PIXELS, n);
    for (size_t i = 0; i < m->net.is.decoders; i++) {
        struct tensor *more = detector_layer_loss(m, on, &answer[i],
            m->objects + at, n, m->all, DETECT_BATCH);
        loss = loss ? tape_add(on, loss, more) : more;
    }
    return loss;
}

static inline struct tensor *detector_loss(void *model, struct training *t,
                                           void *data)
{
    struct detector *m = model;
    const struct digits *digits = &((struct digit_sets *)data)->train;
    struct random random = training_random(t);
    m->all = 0;
    for (size_t b = 0; b < DETECT_BATCH; b++) {
        const size_t n = 1 + random_below(&random, OBJECTS);
        canvas_make(m->x + b * CANVAS_PIXELS, &m->objects[b], digits, n,
                    &random);
        m->all += n;
    }
    const double loss = tape_shards(t->tape, DETECT_SHARDS, detector_shard,
                                    m);
    tape_reset(t->tape);
    struct tensor *sum = tape_leaf(t->tape, SCALAR);
    sum->data[0] = (float)loss;
    return sum;
}
/* detector_read: found (n Q), the best of each canvas first, of x (n, 64,
 * 64), n at most DETECT_BATCH, which get the numbers from first on.  layer:
 * whose answer, from 0; answer, if not NULL, becomes it, until the next step
 * of m's tape.  Without gradients. */
static inline void detector_read(struct detector *m, struct found *found,
    struct answer *answer, const float *x, size_t n, size_t first,
    size_t layer)
{
    const size_t Q = m->net.is.queries, K = m->net.is.kinds;
    const bool no_grad = m->tape->no_grad;
    struct answer all[DETR_LAYERS];
    float p[DIGIT_KINDS + 1];
    REQUIRE(n <= DETECT_BATCH && K == DIGIT_KINDS);
    tape_reset(m->tape);
    m->tape->no_grad = true;
    detr_forward(&m->net, m->tape, all, x, n);
    m->tape->no_grad = no_grad;
    const struct answer *a = &all[layer];
    for (size_t i = 0; i < n * Q; i++) {
        softmax(p, a->kinds->data + i * (K + 1), K + 1);
        const size_t kind = argmax(p, K);
        found[i] = (struct found){ first + i / Q, (int32_t)kind, p[kind],
                                   { 0 } };
        memcpy(found[i].box, a->boxes->data + 4 * i, sizeof found[i].box);
    }
    for (size_t b = 0; b < n && !answer; b++)
        qsort(found + b * Q, Q, sizeof *found, found_order);
    if (answer)
        *answer = *a;                     /* then in the queries' order */
}

/* How a detector does in a test. */
struct detector_test {
    double ap, each[DIGIT_KINDS], strict, read;   /* strict: at IoU .75 */
    size_t n, canvases;
    struct found *found;                  /* (n), best first; to be freed */
    struct objects *truth;                /* (canvases); to be freed */
};

static inline struct detector_test detector_test(struct detector *m,
    const struct digits *d, size_t canvases, size_t layer)
{
    const size_t Q = m->net.is.queries;
    struct detector_test t = { .n = canvases * Q, .canvases = canvases };
    t.found = allocate(t.n, sizeof *t.found);
    t.truth = allocate(canvases, sizeof *t.truth);
    for (size_t at = 0, part; at < canvases; at += part) {
        part = canvases - at < DETECT_BATCH ? canvases - at : DETECT_BATCH;
        for (size_t b = 0; b < part; b++)
            canvas_test(m->x + b * CANVAS_PIXELS, &t.truth[at + b], d,
                        at + b);
        detector_read(m, t.found + at * Q, NULL, m->x, part, at, layer);
    }
    bool *right = allocate(t.n, 1);
    qsort(t.found, t.n, sizeof *t.found, found_order);
    t.ap = mean_precision(t.each, t.found, t.n, t.truth, canvases, .5f);
    t.strict = mean_precision(NULL, t.found, t.n, t.truth, canvases, .75f);
    found_right(right, t.found, t.n, t.truth, canvases, .5f);
    t.read = (double)canvases_read(t.found, right, t.n, t.truth, canvases,
                                   CONFIDENT) / (double)canvases;
    free(right);
    return t;
}

static inline void detector_test_free(struct detector_test *t)
{
    free(t->found), free(t->truth);
}

static inline double detector_score(void *model, void *data)
{
    struct detector *m = model;
    struct detector_test t = detector_test(m,
        &((struct digit_sets *)data)->test, 200, m->net.is.decoders - 1);
    detector_test_free(&t);
    return t.ap;
}

#define DETR_SMALL { CANVAS, 64, 4, 128, 1, 3, 8, DIGIT_KINDS, { 24, 48 } }
static const struct detector_how detector_how = { DETR_SMALL, false };
static const struct detector_how detector_fixed = { DETR_SMALL, true };
static struct learner detector_learner = { .name = "vision",
    .measure = "AP", .make = detector_make, .loss = detector_loss,
    .score = detector_score, .data = digit_sets_read,
    .data_free = digit_sets_free, .kind = "detector",
    .folder = "data/digits", .how = &detector_how, .steps = 3000,
    .rate = .002, .seed = 1, .weights = vision_detector_weights };
#endif

