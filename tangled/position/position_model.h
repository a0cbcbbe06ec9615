/* position_model.h -- generated from chapters/12-position.nw. Do not edit. */
/* Offers: enum kind, shift_scores, struct layer, struct model, enum task,
 * struct marks, struct run, struct head_run, head_moved */

#ifndef POSITION_MODEL_H
#define POSITION_MODEL_H
#include "position/position.h"
#include "kit/learner.h"
/* models and tasks of positions */
/* the kinds of position */
enum kind { SINUSOIDAL, ROTARY, ALIBI, NONE, BESIDE, LEARNED, RELATIVE,
            KINDS };
/* scores at shifted places */
enum { SHIFT_WORDS = 24, SHIFT_WIDTH = 64,
       SHIFT_ROWS = SHIFT_WORDS * SHIFT_WIDTH,
       SHIFT_PAIRS = SHIFT_WORDS * SHIFT_WORDS };

/* shift_scores: scores (SHIFT_WORDS, SHIFT_WORDS). */
static inline void shift_scores(float *scores, enum kind kind, size_t first)
{
    static float x[SHIFT_ROWS], q[SHIFT_ROWS], k[SHIFT_ROWS],
                 w[2 * SHIFT_WIDTH * SHIFT_WIDTH], table[SHIFT_ROWS];
    const size_t n = SHIFT_WORDS, d = SHIFT_WIDTH;
    struct random random = random_new(12, 0);
    random_normals(x, n * d, 1, &random);
    for (size_t i = 0; i < 2 * d * d; i++)
        w[i] = random_normal(&random) / sqrtf(SHIFT_WIDTH);
    if (kind == SINUSOIDAL) {
        sinusoidal_table(table, first, n, d);
        add_to(x, table, n * d);
    }
    product(q, x, w, n, d, d, 0);
    product(k, x, w + d * d, n, d, d, 0);
    if (kind == ROTARY) {
        float *sines = table + n * d / 2;
        rotary_table(table, sines, first, n, d);
        rotary_forward(q, q, table, sines, 1, n, d);
        rotary_forward(k, k, table, sines, 1, n, d);
    }
    product(scores, q, k, n, n, d, TRANSPOSE_B);
}
static inline double shift_change(enum kind kind, size_t by)
{
    float here[SHIFT_PAIRS], there[SHIFT_PAIRS];
    double size = 0, change = 0;
    shift_scores(here, kind, 0);
    shift_scores(there, kind, by);
    for (size_t i = 0; i < SHIFT_PAIRS; i++) {
        size += pow((double)here[i], 2);
        change += pow((double)there[i] - (double)here[i], 2);
    }
    return sqrt(change / size);
}
/* what a model of positions is */
enum { WIDTH = 64, HEADS = 8, HEAD = WIDTH / HEADS, LAYERS = 2,
       HIDDEN = 4 * WIDTH, WORDS = 16, LONGEST = 128, REACH = 8,
       PLACES = 16 };

struct layer {
    struct tensor *gain1, *bias1, *wq, *wk, *wv, *wo;
    struct tensor *gain2, *bias2, *w1, *b1, *w2, *b2;
    struct tensor *keys, *values;             /* of relative only */
};

struct model {
    enum kind kind;
    bool causal;
    size_t layers;
    struct tape *tape;
    struct tensor *words, *table, *gain, *bias, *answers;
    struct layer layer[LAYERS];
    float *waves, *turns, *biases;            /* constants of the kinds */
};
/* a new model of positions */
static inline void layer_new(struct layer *l, struct tape *t, size_t number,
                             bool relative)
{
    const struct axes square = SHAPE(WIDTH, WIDTH), row = SHAPE(WIDTH);
    const struct axes far = SHAPE(2 * REACH + 1, HEAD);
    const struct { const char *name; struct tensor **at; struct axes axes; }
    all[] = {
        { "gain1", &l->gain1, row }, { "bias1", &l->bias1, row },
        { "wq", &l->wq, square }, { "wk", &l->wk, square },
        { "wv", &l->wv, square }, { "wo", &l->wo, square },
        { "gain2", &l->gain2, row }, { "bias2", &l->bias2, row },
        { "w1", &l->w1, SHAPE(WIDTH, HIDDEN) }, { "b1", &l->b1,
          SHAPE(HIDDEN) },
        { "w2", &l->w2, SHAPE(HIDDEN, WIDTH) }, { "b2", &l->b2, row },
        { "keys", &l->keys, far }, { "values", &l->values, far } };
    char name[32];
    for (size_t i = 0; i < (relative ? 14u : 12u); i++) {
        snprintf(name, sizeof name, "layer%zu.%s", number, all[i].name);
        *all[i].at = tape_parameter(t, name, all[i].axes);
    }
}
static inline struct model model_new(enum kind kind, size_t layers,
                                     bool causal, uint64_t seed)
{
    struct tape *t = tape_new();
    struct model m = { .kind = kind, .causal = causal, .layers = layers,
                       .tape = t };
    size_t width = kind == BESIDE ? WIDTH - PLACES : WIDTH;
    m.words = tape_parameter(t, "words", SHAPE(WORDS, width));
    if (kind == LEARNED)
        m.table = tape_parameter(t, "table", SHAPE(LONGEST, WIDTH));
    for (size_t i = 0; i < layers; i++)
        layer_new(&m.layer[i], t, i, kind == RELATIVE);
    m.gain = tape_parameter(t, "gain", SHAPE(WIDTH));
    m.bias = tape_parameter(t, "bias", SHAPE(WIDTH));
    m.answers = tape_parameter(t, "answers", SHAPE(WIDTH, WORDS));
    /* let every parameter of positions begin */
    struct random random = random_new(seed, 1);
    for (size_t i = 0; i < t->count; i++) {
        struct tensor *p = t->parameters[i];
        float spread = 1 / sqrtf((float)p->shape[0]);
        spread = p == m.words ? 1 : p == m.table ? .5f : spread;
        spread = p->rank == 2 ? spread : 0;
        for (size_t j = 0; j < p->count; j++)
            p->data[j] = spread * random_normal(&random)
                       + (strstr(p->name, "gain") != NULL);
    }
    width = kind == BESIDE ? PLACES : WIDTH;
    m.waves = allocate(LONGEST * width, sizeof(float));
    m.turns = allocate(LONGEST * HEAD, sizeof(float));
    m.biases = allocate(HEADS * LONGEST * LONGEST, sizeof(float));
    sinusoidal_table(m.waves, 0, LONGEST, width);
    rotary_table(m.turns, m.turns + LONGEST * HEAD / 2, 0, LONGEST, HEAD);
    return m;
}
static inline void model_free(struct model *m)
{
    tape_free(m->tape);
    free(m->waves), free(m->turns), free(m->biases);
}
static inline struct tensor *heads_of(struct tape *t, struct tensor *x,
                                      struct tensor *w)
{
    size_t batch = x->shape[0], length = x->shape[1];
    x = tape_reshape(t, tape_matmul(t, x, w),
                     SHAPE(batch, length, HEADS, HEAD));
    return tape_swap(t, x, 1, 2);             /* (B, H, T, d) */
}

static inline struct tensor *network_of(struct tape *t, const struct layer *l,
                                        struct tensor *x)
{
    x = tape_gelu(t, tape_bias(t, tape_matmul(t, x, l->w1), l->b1));
    return tape_bias(t, tape_matmul(t, x, l->w2), l->b2);
}
/* steps of a model of positions */
static inline struct tensor *words_placed(const struct model *m,
    const int32_t *ids, size_t batch, size_t length)
{
    struct tape *t = m->tape;
    struct tensor *x = tape_embedding(t, m->words, ids,
                                      SHAPE(batch, length));
    switch (m->kind) {
    case SINUSOIDAL:
        return tape_add_rows(t, x, tape_input(t, m->waves,
                                              SHAPE(LONGEST, WIDTH)), 0);
    case BESIDE:
        return tape_concat_rows_from(t, x, tape_input(t, m->waves,
                                                 SHAPE(LONGEST, PLACES)), 0);
    case LEARNED:
        return tape_add_rows(t, x, m->table, 0);
    default:
        return x;
    }
}
static inline struct tensor *attention_of(const struct model *m,
    const struct layer *l, struct tensor *x)
{
    struct tape *t = m->tape;
    size_t batch = x->shape[0], length = x->shape[1];
    struct tensor *q = heads_of(t, x, l->wq), *k = heads_of(t, x, l->wk);
    struct tensor *v = heads_of(t, x, l->wv);
    if (m->kind == ROTARY) {
        struct tensor *turns = tape_input(t, m->turns,
                                          SHAPE(2, LONGEST, HEAD / 2));
        q = tape_rotary(t, q, turns, 0);
        k = tape_rotary(t, k, turns, 0);
    }
    struct tape_places places = { .keys = l->keys, .values = l->values };
    if (m->kind == ALIBI) {
        alibi_bias(m->biases, HEADS, length, length);
        places.bias = tape_input(t, m->biases, SHAPE(HEADS, length, length));
    }
    x = tape_attention_placed(t, q, k, v, &places, m->causal, NULL);
    x = tape_reshape(t, tape_swap(t, x, 1, 2),
                     SHAPE(batch, length, WIDTH));
    return tape_matmul(t, x, l->wo);
}
static inline struct tensor *model_forward(const struct model *m,
    const int32_t *ids, size_t batch, size_t length)
{
    struct tape *t = m->tape;
    struct tensor *x = words_placed(m, ids, batch, length), *y;
    for (size_t i = 0; i < m->layers; i++) {
        const struct layer *l = &m->layer[i];
        y = tape_layernorm(t, x, l->gain1, l->bias1);
        x = tape_add(t, x, attention_of(m, l, y));
        y = tape_layernorm(t, x, l->gain2, l->bias2);
        x = tape_add(t, x, network_of(t, l, y));
    }
    x = tape_layernorm(t, x, m->gain, m->bias);
    x = tape_matmul(t, x, m->answers);
    return tape_reshape(t, x, SHAPE(batch * length, WORDS));
}
/* the tasks of positions */
enum task { ORDER, COPY, RECALL, TASKS };

static const struct about {
    const char *name;
    size_t layers, steps, length, longest;
    bool causal;
    double rate;
} about[TASKS] = {
    { "order", 2, 200, 16, 16, false, 3e-3 },
    { "copy", 1, 400, 32, LONGEST, true, 3e-3 },
    { "recall", 2, 800, 32, LONGEST, true, 4e-3 },
};
enum { A, B, QUESTION, ORDINARY, IGNORED = -1, BACK = 4 };

static inline void ask_order(int32_t *ids, int32_t *target, size_t n,
                             struct random *random)
{
    for (size_t t = 0; t < n; t++) {
        ids[t] = ORDINARY + (int32_t)random_below(random, WORDS - ORDINARY);
        target[t] = IGNORED;
    }
    size_t a = random_below(random, (uint32_t)n - 1);
    size_t b = random_below(random, (uint32_t)n - 2);
    b += b >= a;
    ids[a] = A, ids[b] = B, ids[n - 1] = QUESTION;
    target[n - 1] = a < b ? A : B;
}

static inline void ask_copy(int32_t *ids, int32_t *target, size_t n,
                            struct random *random)
{
    for (size_t t = 0; t < n; t++) {
        ids[t] = (int32_t)random_below(random, WORDS);
        target[t] = t >= BACK ? ids[t - BACK] : IGNORED;
    }
}
static inline void ask_recall(int32_t *ids, int32_t *target, size_t n,
                              struct random *random)
{
    size_t next[WORDS] = { 0 };   /* one behind the last such word, or 0 */
    for (size_t t = 0; t < n; t++) {
        int32_t id = ids[t] = (int32_t)random_below(random, WORDS);
        bool known = next[id] > 0 && next[id] < t;
        target[t] = known ? ids[next[id]] : IGNORED;
        next[id] = t + 1;
    }
}

static inline void ask(enum task task, int32_t *ids /* (batch, n) */,
                       int32_t *target /* (batch, n) */, size_t batch,
                       size_t n, struct random *random)
{
    void (*const one[TASKS])(int32_t *, int32_t *, size_t,
                             struct random *) = {
        ask_order, ask_copy, ask_recall
    };
    for (size_t b = 0; b < batch; b++)
        one[task](ids + b * n, target + b * n, n, random);
}
/* the marks of a test */
struct marks { size_t asked[LONGEST], right[LONGEST]; };

/* marking answers */
static inline void twin(int32_t *out, const int32_t *in, size_t n)
{
    for (size_t t = 0; t < n; t++)
        out[t] = in[t] == A ? B : in[t] == B ? A : in[t];
}

static inline void mark(struct marks *marks, struct model *m,
                        const int32_t *ids, const int32_t *target, size_t n)
{
    tape_reset(m->tape);
    m->tape->no_grad = true;
    struct tensor *x = model_forward(m, ids, 2, n);
    m->tape->no_grad = false;
    for (size_t i = 0; i < 2 * n; i++) {
        size_t best = argmax(x->data + i * WORDS, WORDS);
        marks->asked[i % n] += target[i] != IGNORED;
        marks->right[i % n] += target[i] == (int32_t)best;
    }
    tape_reset(m->tape);
}

static inline double marks_part(const struct marks *m, size_t from, size_t to)
{
    size_t asked = 0, right = 0;
    for (size_t t = from; t < to; t++)
        asked += m->asked[t], right += m->right[t];
    return asked ? (double)right / (double)asked : 0;
}
/* a run on positions */
enum { BATCH = 32, MOST = BATCH * 32 };

struct run {
    enum task task;
    struct model model;
    struct training training;
    struct random random;
};

static inline struct run run_new(enum task task, enum kind kind, bool causal,
                                 size_t steps, uint64_t seed)
{
    const struct about *a = &about[task];
    struct run r = { .task = task, .random = random_new(seed, 2) };
    r.model = model_new(kind, a->layers, causal, seed);
    r.training = training_new(r.model.tape, steps ? steps : a->steps, seed);
    r.training.rate = a->rate;
    return r;
}

static inline void run_free(struct run *r)
{
    training_free(&r->training);
    model_free(&r->model);
}

static inline float run_step(struct run *r)
{
    int32_t ids[MOST], target[MOST];
    size_t length = about[r->task].length;
    ask(r->task, ids, target, BATCH, length, &r->random);
    struct tensor *x = model_forward(&r->model, ids, BATCH, length);
    struct tensor *loss = tape_cross_entropy(r->model.tape, x, target, 0,
                                             IGNORED);
    float value = loss->data[0];
    training_step(&r->training, loss);
    return value;
}
static inline struct marks run_marks(struct run *r, size_t pairs)
{
    struct marks marks = { { 0 }, { 0 } };
    struct random random = random_new(1, 3);
    size_t n = about[r->task].longest;
    for (size_t i = 0; i < pairs; i++) {
        int32_t ids[2 * LONGEST], target[2 * LONGEST];
        ask(r->task, ids, target, 2, n, &random);
        if (r->task == ORDER)
            twin(ids + n, ids, n), twin(target + n, target, n);
        mark(&marks, &r->model, ids, target, n);
    }
    return marks;
}
static inline struct marks run_marked(enum task task, enum kind kind,
    bool causal, size_t steps, uint64_t seed, size_t pairs)
{
    struct run run = run_new(task, kind, causal, steps, seed);
    while (run.training.step < run.training.steps && !interrupted)
        run_step(&run);
    struct marks marks = run_marks(&run, pairs);
    run_free(&run);
    return marks;
}
/* a head, all at once and word by word */
enum { STEPS = 12, STEP_WIDTH = 16, STEP_ROWS = STEPS * STEP_WIDTH };

struct head_run {
    float q[STEP_ROWS], k[STEP_ROWS], v[STEP_ROWS], out[STEP_ROWS];
    float weights[STEPS * STEPS];
};

static inline void turn_rows(float *x, size_t first, size_t rows)
{
    float turns[STEP_ROWS], *sines = turns + STEP_ROWS / 2;
    rotary_table(turns, sines, first, rows, STEP_WIDTH);
    rotary_forward(x, x, turns, sines, 1, rows, STEP_WIDTH);
}

static inline void attend_from(struct head_run *h, size_t from,
    size_t queries);

static inline void head_by_words(struct head_run *h, bool forget)
{
    for (size_t t = 0; t < STEPS; t++) {
        size_t first = forget ? 0 : t;
        turn_rows(h->q + t * STEP_WIDTH, first, 1);
        turn_rows(h->k + t * STEP_WIDTH, first, 1);
        attend_from(h, t, 1);
    }
}
static inline void head_start(struct head_run *h, uint64_t seed)
{
    struct random random = random_new(seed, 5);
    memset(h, 0, sizeof *h);
    for (size_t i = 0; i < STEP_ROWS; i++) {
        h->q[i] = random_normal(&random);
        h->k[i] = random_normal(&random);
        h->v[i] = random_normal(&random);
    }
}
static inline void attend_from(struct head_run *h, size_t from,
    size_t queries)
{
    struct tiled t = { .batch = 1, .heads = 1, .queries = queries,
                       .keys = from + queries, .width = STEP_WIDTH,
                       .value_width = STEP_WIDTH, .causal = true };
    float weights[STEPS * STEPS];
    attend_placed_forward(h->out + from * STEP_WIDTH, weights, NULL,
                          h->q + from * STEP_WIDTH, h->k, h->v, &t,
                          &(struct places){ .bias = NULL });
    for (size_t i = 0; i < queries; i++)
        memcpy(h->weights + (from + i) * STEPS, weights + i * t.keys,
               t.keys * sizeof *weights);
}

static inline void head_whole(struct head_run *h, size_t first,
    bool turn_values)
{
    turn_rows(h->q, first, STEPS);
    turn_rows(h->k, first, STEPS);
    if (turn_values)
        turn_rows(h->v, first, STEPS);
    attend_from(h, 0, STEPS);
}

static inline float outputs_differ(const struct head_run *a,
                                   const struct head_run *b, size_t t)
{
    float most = 0;
    for (size_t i = t * STEP_WIDTH; i < (t + 1) * STEP_WIDTH; i++)
        most = fmaxf(most, fabsf(a->out[i] - b->out[i]));
    return most;
}
/* head_moved: by how much outputs change if the text moves on by one. */
static inline float head_moved(bool turn_values)
{
    struct head_run here, there;
    float most = 0;
    head_start(&here, 2), head_whole(&here, 0, turn_values);
    head_start(&there, 2), head_whole(&there, 1, turn_values);
    for (size_t t = 0; t < STEPS; t++)
        most = fmaxf(most, outputs_differ(&here, &there, t));
    return most;
}

#endif
