/* looker.h -- generated from chapters/06-hard.nw. Do not edit. */
/* Offers: enum road, enum baseline, struct looker_how, enum choosing,
 * struct chooser, struct looker, struct looked, looker_features,
 * looker_forward, looker_overview, looker_note, looker_guess, weights_of,
 * center_place, drawn_places, looker_reinforce, looker_read,
 * policy_gradient, copies_of, looker_exact, struct moments,
 * moments_variance, looker_estimate, struct agreement, distance_from,
 * looker_agrees, looker_variance, looker_reward */

/* looker.h -- models that look at pictures, softly or hard. */
#ifndef LOOKER_H
#define LOOKER_H
#include "hard/hard.h"
#include "hard/scene.h"
#include "implicit/convolution.h"
#include "kit/learner.h"

EMBED(hard_weights, EMBED_FILE("data/weights/hard.safetensors"));
EMBED(hard_gate_weights, EMBED_FILE("data/weights/hard-gate.safetensors"));
enum { BATCH = 100 };
enum road { ROAD_HARD, ROAD_RANDOM, ROAD_CENTER, ROAD_SOFT, ROAD_GUMBEL,
            ROAD_STRAIGHT, ROAD_GATE, ROAD_ALL, ROADS };
#define ROAD_NAMES "hard|random|center|soft|gumbel|straight|gate|all"
enum baseline { BASELINE_LEARNED, BASELINE_NONE, BASELINE_LATE };
#define BASELINE_NAMES "learned|none|late"

struct looker_how {
    enum road road;
    enum baseline baseline;           /* of hard */
    size_t glimpses;                  /* 1 to GLIMPSES */
    const char *kind;                 /* its name, for files */
};

static inline bool looks_everywhere(enum road road)
{
    return road >= ROAD_SOFT;
}

/* How places are chosen: drawn, the best one, or given (glimpses, B). */
enum choosing { CHOOSE_DRAWN, CHOOSE_BEST, CHOOSE_GIVEN };
struct chooser {
    enum choosing how;
    struct random *random;
    const int32_t *given;
};
enum { SCENE_PIXELS = SCENE * SCENE, STEP = 8, ACROSS = SCENE / STEP,
       PLACES = ACROSS * ACROSS, WINDOW = 20, COARSE = 14,
       CHANNELS = 16, FEATURES = 96, GUESSES = 32, GLIMPSES = 3 };

struct looker {
    struct looker_how how;
    struct tape *tape;
    struct tensor *coarse, *coarse_bias;  /* (5, 5, 1, 16)  (16) */
    struct tensor *where, *where_bias;    /* (5, 5, 16, 1)  (1) */
    struct tensor *value, *place;         /* (400, 96)  (49, 96) */
    struct tensor *note;                  /* (96, 16): onto the map */
    struct tensor *hidden, *hidden_bias;  /* (96, 96)  (96) */
    struct tensor *out, *out_bias;        /* (96, 10)  (10) */
    struct tensor *guess, *guess_bias;    /* (784, 32)  (32): the baseline */
    struct tensor *guess_out, *guess_out_bias;   /* (32, 1)  (1) */
    float x[BATCH * SCENE_PIXELS];
    int32_t target[BATCH];
    size_t right;                         /* of the last batch */
};

/* What a pass leaves behind, for each of the glimpses. */
struct looked {
    int32_t at[GLIMPSES][BATCH];          /* the places; hard models only */
    struct tensor *z[GLIMPSES], *y[GLIMPSES];   /* (B, N)  scores, weights */
    struct tensor *baseline[GLIMPSES];    /* (B, 1) */
};

/* looker_features: (B, n, F) of the windows at (B, n) of x (B, 56, 56). */
static inline struct tensor *looker_features(const struct looker *m,
    struct tape *on, const float *x, const int32_t *at, size_t batch,
    size_t n)
{
    const size_t pixels = WINDOW * WINDOW;
    const struct windows w = { batch, SCENE, SCENE, WINDOW, STEP };
    float *cut = tape_take(on, batch * n * pixels, sizeof *cut);
    windows_forward(cut, x, at, n, &w);
    struct tensor *v = tape_matmul(on, tape_input(on, cut,
                                                  SHAPE(batch, n, pixels)),
                                   m->value);
    return tape_relu(on, tape_add(on, v,
        tape_embedding(on, m->place, at, SHAPE(batch, n))));
}

static inline struct tensor *looker_overview(const struct looker *m,
    struct tape *on, const float *x, size_t batch);
static inline struct tensor *looker_note(const struct looker *m,
    struct tape *on, struct tensor *y, struct tensor *v, size_t batch);
static inline struct tensor *looker_guess(const struct looker *m,
    struct tape *on, const struct tensor *map);
static inline const int32_t *every_place(struct tape *on, size_t batch);
static inline struct tensor *weights_of(const struct looker *m,
    struct tape *on, struct tensor *z, struct chooser *by);
static inline struct tensor *drawn_places(const struct looker *m,
    struct tape *on, int32_t *at, const struct tensor *z, size_t t,
    struct chooser *by);

/* looker_forward: logits (B, 10) of x (B, 56, 56); by: what chooses. */
static inline struct tensor *looker_forward(const struct looker *m,
    struct tape *on, struct looked *seen, const float *x, size_t batch,
    struct chooser *by)
{
    struct tensor *map = looker_overview(m, on, x, batch), *sum = NULL, *v;
    struct tensor *all = looks_everywhere(m->how.road)
        ? looker_features(m, on, x, every_place(on, batch), batch, PLACES)
        : NULL;
    for (size_t t = 0; t < m->how.glimpses; t++) {
        struct tensor *before = tape_relu(on, map), *z, *y;
        z = tape_convolution(on, before, m->where, m->where_bias);
        z = seen->z[t] = tape_reshape(on, z, SHAPE(batch, PLACES));
        if (all) {
            y = weights_of(m, on, z, by);
            v = tape_matmul(on, tape_reshape(on, y, SHAPE(batch, 1, PLACES)),
                            all);
        } else {
            y = drawn_places(m, on, seen->at[t], z, t, by);
            v = looker_features(m, on, x, seen->at[t], batch, 1);
        }
        seen->y[t] = y;
        map = tape_add(on, map, looker_note(m, on, y, v, batch));
        seen->baseline[t] = looker_guess(m, on,
            m->how.baseline == BASELINE_LATE ? tape_relu(on, map) : before);
        sum = sum ? tape_add(on, sum, v) : v;
    }
    sum = tape_reshape(on, tape_scale(on, sum, 1 / (float)m->how.glimpses),
                       SHAPE(batch, FEATURES));
    sum = tape_bias(on, tape_matmul(on, sum, m->hidden), m->hidden_bias);
    return tape_bias(on, tape_matmul(on, tape_relu(on, sum), m->out),
                     m->out_bias);
}

static inline void looker_start(struct looker *m, uint64_t seed)
{
    struct random random = random_new(seed, 1u << 31);
    const struct { struct tensor *w; float terms; } start[] = {
        { m->coarse, 25 }, { m->where, 100 * CHANNELS }, { m->value, 60 },
        { m->note, FEATURES }, { m->hidden, FEATURES },
        { m->out, FEATURES }, { m->guess, PLACES * CHANNELS } };
    for (size_t i = 0; i < sizeof start / sizeof *start; i++)
        random_normals(start[i].w->data, start[i].w->count,
                       sqrtf(2 / start[i].terms), &random);
}

static inline void *looker_make(struct tape *tape, const void *how,
                                uint64_t seed)
{
    struct looker *m = allocate(1, sizeof *m);
    const size_t k = CHANNELS, f = FEATURES, g = GUESSES;
    m->how = *(const struct looker_how *)how, m->tape = tape;
    REQUIRE(m->how.glimpses > 0 && m->how.glimpses <= GLIMPSES);
    m->coarse = tape_parameter(tape, "coarse.weight", SHAPE(5, 5, 1, k));
    m->coarse_bias = tape_parameter(tape, "coarse.bias", SHAPE(k));
    m->where = tape_parameter(tape, "where.weight", SHAPE(5, 5, k, 1));
    m->where_bias = tape_parameter(tape, "where.bias", SHAPE(1));
    m->value = tape_parameter(tape, "value.weight",
                              SHAPE(WINDOW * WINDOW, f));
    m->place = tape_parameter(tape, "place.weight", SHAPE(PLACES, f));
    m->note = tape_parameter(tape, "note.weight", SHAPE(f, k));
    m->hidden = tape_parameter(tape, "hidden.weight", SHAPE(f, f));
    m->hidden_bias = tape_parameter(tape, "hidden.bias", SHAPE(f));
    m->out = tape_parameter(tape, "out.weight", SHAPE(f, DIGIT_KINDS));
    m->out_bias = tape_parameter(tape, "out.bias", SHAPE(DIGIT_KINDS));
    m->guess = tape_parameter(tape, "baseline.weight", SHAPE(PLACES * k, g));
    m->guess_bias = tape_parameter(tape, "baseline.bias", SHAPE(g));
    m->guess_out = tape_parameter(tape, "baseline.out.weight", SHAPE(g, 1));
    m->guess_out_bias = tape_parameter(tape, "baseline.out.bias", SHAPE(1));
    looker_start(m, seed);
    return m;
}

/* looker_overview: the map (B, 7, 7, K) of x (B, 56, 56). */
static inline struct tensor *looker_overview(const struct looker *m,
    struct tape *on, const float *x, size_t batch)
{
    const size_t each = SCENE / COARSE;
    float *small = tape_zeros(on, batch * COARSE * COARSE);
    for (size_t i = 0; i < batch * SCENE_PIXELS; i++)
        small[i / SCENE / each * COARSE + i % SCENE / each]
            += x[i] / (float)(each * each);
    struct tensor *map = tape_input(on, small,
                                    SHAPE(batch, COARSE, COARSE, 1));
    map = tape_convolution(on, map, m->coarse, m->coarse_bias);
    return tape_mean_pool(on, tape_relu(on, map), COARSE / ACROSS);
}

/* looker_note: what was seen, (B, 1, F), as it is added to the map. */
static inline struct tensor *looker_note(const struct looker *m,
    struct tape *on, struct tensor *y, struct tensor *v, size_t batch)
{
    v = tape_matmul(on, v, m->note);
    y = tape_reshape(on, y, SHAPE(batch, PLACES, 1));
    return tape_reshape(on, tape_matmul(on, y, v),
                        SHAPE(batch, ACROSS, ACROSS, CHANNELS));
}

/* looker_guess: the baseline (B, 1) from a map, which gets no gradient. */
static inline struct tensor *looker_guess(const struct looker *m,
    struct tape *on, const struct tensor *map)
{
    struct tensor *x = tape_reshape(on, tape_keep(on, map),
        SHAPE(map->shape[0], PLACES * CHANNELS));
    x = tape_bias(on, tape_matmul(on, x, m->guess), m->guess_bias);
    x = tape_matmul(on, tape_relu(on, x), m->guess_out);
    return tape_bias(on, x, m->guess_out_bias);
}

static inline const int32_t *every_place(struct tape *on, size_t batch)
{
    int32_t *at = tape_take(on, batch * PLACES, sizeof *at);
    for (size_t i = 0; i < batch * PLACES; i++)
        at[i] = (int32_t)(i % PLACES);
    return at;
}

/* weights_of: y (B, N) for scores z.  A relaxed choice is one-hot when the
 * best is chosen. */
static inline struct tensor *weights_of(const struct looker *m,
    struct tape *on, struct tensor *z, struct chooser *by)
{
    const enum road road = m->how.road;
    if (road == ROAD_GATE)
        return tape_scale(on, tape_sigmoid(on, z), 1.f / ACROSS);
    if (road == ROAD_ALL) {
        float *y = tape_take(on, z->count, sizeof *y);
        for (size_t i = 0; i < z->count; i++)
            y[i] = 1.f / ACROSS;
        return tape_input(on, y, tensor_axes(z));
    }
    if (road != ROAD_SOFT && by->how == CHOOSE_DRAWN) {
        float *noise = tape_take(on, z->count, sizeof *noise);
        gumbel_noise(noise, z->count, by->random);
        z = tape_add(on, z, tape_input(on, noise, tensor_axes(z)));
    }
    z = tape_softmax(on, z);
    return road == ROAD_STRAIGHT
           || (road == ROAD_GUMBEL && by->how == CHOOSE_BEST)
        ? tape_straight(on, z) : z;
}

/* center_place: three windows around the middle, by turns. */
static inline int32_t center_place(size_t t)
{
    static const int32_t at[GLIMPSES] = { 2 * ACROSS + 3, 4 * ACROSS + 2,
                                          4 * ACROSS + 4 };
    return at[t];
}

/* drawn_places: at (B) for scores z, glimpse t; the weights (B, N). */
static inline struct tensor *drawn_places(const struct looker *m,
    struct tape *on, int32_t *at, const struct tensor *z, size_t t,
    struct chooser *by)
{
    const size_t batch = z->shape[0];
    float *y = tape_zeros(on, z->count), p[PLACES];
    for (size_t b = 0; b < batch; b++) {
        softmax(p, z->data + b * PLACES, PLACES);
        at[b] = by->how == CHOOSE_GIVEN ? by->given[t * batch + b]
            : m->how.road == ROAD_CENTER ? center_place(t)
            : m->how.road == ROAD_RANDOM
                ? (int32_t)random_below(by->random, PLACES)
            : by->how == CHOOSE_BEST ? (int32_t)argmax(p, PLACES)
            : (int32_t)place_draw(p, PLACES, random_uniform(by->random));
        y[b * PLACES + (size_t)at[b]] = 1;
    }
    return tape_input(on, y, tensor_axes(z));
}
static inline void rewards(float *reward, const float *logits,
                           const int32_t *target, size_t batch);

/* looker_reinforce: what a hard model adds to its loss, from the logits. */
static inline struct tensor *looker_reinforce(const struct looker *m,
    struct tape *on, const struct looked *seen, const struct tensor *logits,
    const int32_t *target, size_t batch)
{
    struct tensor *loss = NULL;
    float *reward = tape_take(on, batch, 2 * sizeof *reward);
    float *minus = reward + batch;
    rewards(reward, logits->data, target, batch);
    for (size_t b = 0; b < batch; b++)
        minus[b] = -reward[b];
    for (size_t t = 0; t < m->how.glimpses; t++) {
        float *advantage = tape_take(on, batch, sizeof *advantage);
        for (size_t b = 0; b < batch; b++)
            advantage[b] = reward[b] - (m->how.baseline == BASELINE_NONE ? 0
                                        : seen->baseline[t]->data[b]);
        struct tensor *part = tape_reinforce(on, seen->z[t], seen->at[t],
                                             advantage);
        struct tensor *off = tape_add(on, seen->baseline[t],
            tape_input(on, minus, SHAPE(batch, 1)));
        off = tape_mean(on, tape_multiply(on, off, off));
        part = tape_add(on, part, tape_scale(on, off, .5f));
        loss = loss ? tape_add(on, loss, part) : part;
    }
    return loss;
}

static inline void rewards(float *reward, const float *logits,
                           const int32_t *target, size_t batch)
{
    for (size_t b = 0; b < batch; b++)
        reward[b] = argmax(logits + b * DIGIT_KINDS, DIGIT_KINDS)
                    == (size_t)target[b];
}

static inline struct tensor *looker_loss(void *model, struct training *t,
                                         void *data)
{
    struct looker *m = model;
    const struct digits *all = &((struct digit_sets *)data)->train;
    struct random random = training_random(t);
    struct looked *seen = tape_take(t->tape, 1, sizeof *seen);
    uint32_t which[BATCH];
    training_pick(t, which, BATCH, all->count);
    for (size_t b = 0; b < BATCH; b++) {
        scene_make(m->x + b * SCENE_PIXELS, all, which[b], &random);
        m->target[b] = all->labels[which[b]];
    }
    struct chooser by = { CHOOSE_DRAWN, &random, NULL };
    struct tensor *z = looker_forward(m, t->tape, seen, m->x, BATCH, &by);
    struct tensor *loss = tape_cross_entropy(t->tape, z, m->target, 0, -1);
    m->right = 0;
    for (size_t b = 0; b < BATCH; b++)
        m->right += argmax(z->data + b * DIGIT_KINDS, DIGIT_KINDS)
                    == (size_t)m->target[b];
    return m->how.road != ROAD_HARD ? loss : tape_add(t->tape, loss,
        looker_reinforce(m, t->tape, seen, z, m->target, BATCH));
}

/* looker_read: logits (n, 10) of x (n, 56, 56), at most BATCH, without
 * gradients, on m's tape. */
static inline const float *looker_read(struct looker *m, struct looked *seen,
                                       const float *x, size_t n)
{
    const bool no_grad = m->tape->no_grad;
    struct random random = random_new(7, 0);
    struct chooser by = { CHOOSE_BEST, &random, NULL };
    tape_reset(m->tape);
    m->tape->no_grad = true;
    const float *z = looker_forward(m, m->tape, seen, x, n, &by)->data;
    m->tape->no_grad = no_grad;
    return z;
}

static inline double looker_score(void *model, void *data)
{
    static struct looked seen;
    struct looker *m = model;
    const struct digits *all = &((struct digit_sets *)data)->test;
    size_t right = 0;
    for (size_t at = 0, n; at < all->count; at += n) {
        n = all->count - at < BATCH ? all->count - at : BATCH;
        for (size_t b = 0; b < n; b++)
            scene_test(m->x + b * SCENE_PIXELS, all, at + b);
        const float *z = looker_read(m, &seen, m->x, n);
        for (size_t b = 0; b < n; b++)
            right += argmax(z + b * DIGIT_KINDS, DIGIT_KINDS)
                     == all->labels[at + b];
    }
    return (double)right / (double)all->count;
}

static struct looker_how hard_how = { ROAD_HARD, BASELINE_LEARNED, GLIMPSES,
                                      "hard" };
static struct learner hard_learner = { .name = "hard", .measure = "right",
    .make = looker_make, .loss = looker_loss, .score = looker_score,
    .data = digit_sets_read, .data_free = digit_sets_free, .kind = "hard",
    .folder = "data/digits", .how = &hard_how, .steps = 1000, .rate = .005,
    .seed = 1, .weights = hard_weights };
/* policy_gradient: ADDS to d (tape->size) that of the mean over the batch of
 * advantage (glimpses, B) times the logarithms of the drawn probabilities,
 * after a forward pass.  Begins a new step of the tape. */
static inline void policy_gradient(double *d, struct looker *m,
                                   const struct looked *seen,
                                   const float *advantage, size_t batch)
{
    struct tape *on = m->tape;
    struct tensor *loss = NULL;
    for (size_t t = 0; t < m->how.glimpses; t++) {
        struct tensor *part = tape_reinforce(on, seen->z[t], seen->at[t],
                                             advantage + t * batch);
        loss = loss ? tape_add(on, loss, part) : part;
    }
    tape_backward(on, loss);
    for (size_t i = 0; i < on->size; i++)
        d[i] -= (double)on->grads[i];        /* of the reward, not the loss */
    tape_reset(on), tape_zero(on);
}

/* copies_of: out (BATCH, 56, 56), the same picture n times. */
static inline void copies_of(float *out, const float *x, size_t n)
{
    for (size_t b = 0; b < n; b++)
        memmove(out + b * SCENE_PIXELS, x, SCENE_PIXELS * sizeof *x);
}

/* looker_exact: d (tape->size), the gradient of the expected reward of the
 * picture x in all parameters; returns that reward.  Checked: m takes two
 * glimpses. */
static inline double looker_exact(double *d, struct looker *m,
                                  const float *x, int32_t target)
{
    struct looked *seen = allocate(1, sizeof *seen);
    int32_t given[2 * PLACES], targets[PLACES];
    float reward[PLACES], advantage[2 * PLACES], p[PLACES];
    double expected = 0, all = 0;
    REQUIRE(m->how.glimpses == 2 && m->how.road == ROAD_HARD);
    memset(d, 0, m->tape->size * sizeof *d);
    copies_of(m->x, x, PLACES);
    for (int32_t first = 0; first < PLACES; first++) {
        struct chooser by = { CHOOSE_GIVEN, NULL, given };
        for (int32_t i = 0; i < PLACES; i++)
            given[i] = first, given[PLACES + i] = i, targets[i] = target;
        tape_reset(m->tape);
        const float *z = looker_forward(m, m->tape, seen, m->x, PLACES,
                                        &by)->data;
        rewards(reward, z, targets, PLACES);
        for (size_t i = 0; i < PLACES; i++) {
            softmax(p, seen->z[0]->data + i * PLACES, PLACES);
            float path = p[first];
            softmax(p, seen->z[1]->data + i * PLACES, PLACES);
            path *= p[i];
            all += (double)path, expected += (double)(path * reward[i]);
            advantage[i] = advantage[PLACES + i] = path * reward[i] * PLACES;
        }
        policy_gradient(d, m, seen, advantage, PLACES);
    }
    REQUIRE(fabs(all - 1) < 1e-3);
    free(seen);
    return expected;
}

enum { GROUP = 20, UNDECIDED = 8 };   /* paths; a test picture */

/* Of estimates g: n of them, and (size) sums and sums of squares of each
 * component. */
struct moments { size_t n, size; double *sum, *square; };

static inline struct moments moments_new(size_t size)
{
    return (struct moments){ 0, size, allocate(size, sizeof(double)),
                             allocate(size, sizeof(double)) };
}

static inline void moments_free(struct moments *m)
{
    free(m->sum), free(m->square);
}

static inline void moments_add(struct moments *m, const double *g)
{
    m->n++;
    for (size_t i = 0; i < m->size; i++)
        m->sum[i] += g[i], m->square[i] += g[i] * g[i];
}

/* moments_variance: of an estimate, the sum over its components. */
static inline double moments_variance(const struct moments *m)
{
    double sum = 0, n = (double)m->n;
    for (size_t i = 0; i < m->size; i++)
        sum += m->square[i] / n - m->sum[i] / n * (m->sum[i] / n);
    return sum * n / (n - 1);
}

/* looker_estimate: g (tape->size), the mean over GROUP drawn paths for the
 * picture x.  baseline: NAN: the model's own. */
static inline void looker_estimate(double *g, struct looker *m,
    struct looked *seen, const float *x, int32_t target, float baseline,
    struct random *random)
{
    float reward[GROUP], advantage[GLIMPSES * GROUP];
    int32_t targets[GROUP];
    struct chooser by = { CHOOSE_DRAWN, random, NULL };
    for (size_t b = 0; b < GROUP; b++)
        targets[b] = target;
    copies_of(m->x, x, GROUP);
    tape_reset(m->tape);
    const float *z = looker_forward(m, m->tape, seen, m->x, GROUP, &by)->data;
    rewards(reward, z, targets, GROUP);
    for (size_t i = 0; i < m->how.glimpses * GROUP; i++)
        advantage[i] = reward[i % GROUP] - (!isnan(baseline) ? baseline
            : seen->baseline[i / GROUP]->data[i % GROUP]);
    memset(g, 0, m->tape->size * sizeof *g);
    policy_gradient(g, m, seen, advantage, GROUP);
}

struct agreement { double along, error, distance; };

/* distance_from: of the mean from exact, over the standard error of that
 * distance. */
static inline double distance_from(const struct moments *m,
                                   const double *exact)
{
    double square = 0, n = (double)m->n;
    for (size_t i = 0; i < m->size; i++) {
        const double off = m->sum[i] / n - exact[i];
        square += off * off;
    }
    return sqrt(square / (moments_variance(m) / n));
}

/* looker_agrees: so many groups of paths against the exact gradient. */
static inline struct agreement looker_agrees(struct looker *m,
    const float *x, int32_t target, float baseline, size_t groups)
{
    const size_t size = m->tape->size;
    struct looked *seen = allocate(1, sizeof *seen);
    struct moments all = moments_new(size), along = moments_new(1);
    double *exact = allocate(size, 2 * sizeof *exact), *g = exact + size;
    double length = 0;
    struct random random = random_new(3, 6);
    looker_exact(exact, m, x, target);
    for (size_t i = 0; i < size; i++)
        length += exact[i] * exact[i];
    for (size_t k = 0; k < groups; k++) {
        double dot = 0;
        looker_estimate(g, m, seen, x, target, baseline, &random);
        moments_add(&all, g);
        for (size_t i = 0; i < size; i++)
            dot += g[i] * exact[i] / length;
        moments_add(&along, &dot);
    }
    struct agreement a = { along.sum[0] / (double)groups,
        sqrt(moments_variance(&along) / (double)groups),
        distance_from(&all, exact) };
    moments_free(&all), moments_free(&along), free(exact), free(seen);
    return a;
}

enum { VARIED = 12, VARIED_GROUPS = 20 };

/* looker_variance: of the gradient of one path, in the mean over VARIED test
 * pictures, from so many groups of paths for each, at least two. */
static inline double looker_variance(struct looker *m,
    const struct digits *test, float baseline, size_t groups)
{
    struct looked *seen = allocate(1, sizeof *seen);
    double *g = allocate(m->tape->size, sizeof *g), sum = 0;
    float x[SCENE_PIXELS];
    for (size_t k = 0; k < VARIED; k++) {
        struct moments all = moments_new(m->tape->size);
        struct random random = random_new(4, k);
        scene_test(x, test, k);
        for (size_t n = 0; n < groups; n++) {
            looker_estimate(g, m, seen, x, test->labels[k], baseline,
                            &random);
            moments_add(&all, g);
        }
        sum += GROUP * moments_variance(&all) / VARIED;
        moments_free(&all);
    }
    free(g), free(seen);
    return sum;
}

/* looker_reward: the mean reward of drawn paths, of the first BATCH test
 * pictures: the constant baseline. */
static inline double looker_reward(struct looker *m,
                                   const struct digits *test)
{
    struct looked *seen = allocate(1, sizeof *seen);
    struct random random = random_new(5, 0);
    struct chooser by = { CHOOSE_DRAWN, &random, NULL };
    size_t right = 0;
    for (size_t b = 0; b < BATCH; b++)
        scene_test(m->x + b * SCENE_PIXELS, test, b);
    tape_reset(m->tape);
    const float *z = looker_forward(m, m->tape, seen, m->x, BATCH, &by)->data;
    for (size_t b = 0; b < BATCH; b++)
        right += argmax(z + b * DIGIT_KINDS, DIGIT_KINDS) == test->labels[b];
    tape_reset(m->tape), free(seen);
    return (double)right / BATCH;
}
#endif

