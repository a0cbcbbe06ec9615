/* position.c -- generated from chapters/12-position.nw. Do not edit. */
#include "kit/figure.h"
#include "kit/npy.h"
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

static void shift_scores(float *scores /* (SHIFT_WORDS, SHIFT_WORDS) */,
                         enum kind kind, size_t first)
{
    static float x[SHIFT_ROWS], q[SHIFT_ROWS], k[SHIFT_ROWS],
                 w[2 * SHIFT_WIDTH * SHIFT_WIDTH], table[SHIFT_ROWS];
    const size_t n = SHIFT_WORDS, d = SHIFT_WIDTH;
    struct random random = random_new(12, 0);
    for (size_t i = 0; i < n * d; i++)
        x[i] = random_normal(&random);
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
static double shift_change(enum kind kind, size_t by)
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
static void layer_new(struct layer *l, struct tape *t, bool relative)
{
    struct axes square = SHAPE(WIDTH, WIDTH), row = SHAPE(WIDTH);
    struct axes far = SHAPE(2 * REACH + 1, HEAD);
    l->gain1 = tape_parameter(t, "gain", row);
    l->bias1 = tape_parameter(t, "bias", row);
    l->wq = tape_parameter(t, "wq", square);
    l->wk = tape_parameter(t, "wk", square);
    l->wv = tape_parameter(t, "wv", square);
    l->wo = tape_parameter(t, "wo", square);
    l->gain2 = tape_parameter(t, "gain", row);
    l->bias2 = tape_parameter(t, "bias", row);
    l->w1 = tape_parameter(t, "w1", SHAPE(WIDTH, HIDDEN));
    l->b1 = tape_parameter(t, "b1", SHAPE(HIDDEN));
    l->w2 = tape_parameter(t, "w2", SHAPE(HIDDEN, WIDTH));
    l->b2 = tape_parameter(t, "b2", row);
    l->keys = relative ? tape_parameter(t, "keys", far) : NULL;
    l->values = relative ? tape_parameter(t, "values", far) : NULL;
}
static struct model model_new(enum kind kind, size_t layers, bool causal,
                              uint64_t seed)
{
    struct tape *t = tape_new();
    struct model m = { .kind = kind, .causal = causal, .layers = layers,
                       .tape = t };
    size_t width = kind == BESIDE ? WIDTH - PLACES : WIDTH;
    m.words = tape_parameter(t, "words", SHAPE(WORDS, width));
    if (kind == LEARNED)
        m.table = tape_parameter(t, "table", SHAPE(LONGEST, WIDTH));
    for (size_t i = 0; i < layers; i++)
        layer_new(&m.layer[i], t, kind == RELATIVE);
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
                       + (strcmp(p->name, "gain") == 0);
    }
    width = kind == BESIDE ? PLACES : WIDTH;
    m.waves = allocate(LONGEST * width, sizeof(float));
    m.turns = allocate(LONGEST * HEAD, sizeof(float));
    m.biases = allocate(HEADS * LONGEST * LONGEST, sizeof(float));
    sinusoidal_table(m.waves, 0, LONGEST, width);
    rotary_table(m.turns, m.turns + LONGEST * HEAD / 2, 0, LONGEST, HEAD);
    return m;
}
static void model_free(struct model *m)
{
    tape_free(m->tape);
    free(m->waves), free(m->turns), free(m->biases);
}
static struct tensor *heads_of(struct tape *t, struct tensor *x,
                               struct tensor *w)
{
    size_t batch = x->shape[0], length = x->shape[1];
    x = tape_reshape(t, tape_matmul(t, x, w),
                     SHAPE(batch, length, HEADS, HEAD));
    return tape_swap(t, x, 1, 2);             /* (B, H, T, d) */
}

static struct tensor *network_of(struct tape *t, const struct layer *l,
                                 struct tensor *x)
{
    x = tape_gelu(t, tape_bias(t, tape_matmul(t, x, l->w1), l->b1));
    return tape_bias(t, tape_matmul(t, x, l->w2), l->b2);
}
/* steps of a model of positions */
static struct tensor *words_placed(const struct model *m, const int32_t *ids,
                                   size_t batch, size_t length)
{
    struct tape *t = m->tape;
    struct tensor *x = tape_embedding(t, m->words, ids,
                                      SHAPE(batch, length));
    switch (m->kind) {
    case SINUSOIDAL:
        return tape_add_rows(t, x, tape_input(t, m->waves,
                                              SHAPE(LONGEST, WIDTH)), 0);
    case BESIDE:
        return tape_beside_rows(t, x, tape_input(t, m->waves,
                                                 SHAPE(LONGEST, PLACES)), 0);
    case LEARNED:
        return tape_add_rows(t, x, m->table, 0);
    default:
        return x;
    }
}
static struct tensor *attention_of(const struct model *m,
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
static struct tensor *model_forward(const struct model *m, const int32_t *ids,
                                    size_t batch, size_t length)
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

static void ask_order(int32_t *ids, int32_t *target, size_t n,
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

static void ask_copy(int32_t *ids, int32_t *target, size_t n,
                     struct random *random)
{
    for (size_t t = 0; t < n; t++) {
        ids[t] = (int32_t)random_below(random, WORDS);
        target[t] = t >= BACK ? ids[t - BACK] : IGNORED;
    }
}
static void ask_recall(int32_t *ids, int32_t *target, size_t n,
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

static void ask(enum task task, int32_t *ids /* (batch, n) */,
                int32_t *target /* (batch, n) */, size_t batch, size_t n,
                struct random *random)
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
static void twin(int32_t *out, const int32_t *in, size_t n)
{
    for (size_t t = 0; t < n; t++)
        out[t] = in[t] == A ? B : in[t] == B ? A : in[t];
}

static void mark(struct marks *marks, struct model *m, const int32_t *ids,
                 const int32_t *target, size_t n)
{
    tape_begin(m->tape);
    m->tape->no_grad = true;
    struct tensor *x = model_forward(m, ids, 2, n);
    m->tape->no_grad = false;
    for (size_t i = 0; i < 2 * n; i++) {
        size_t best = argmax(x->data + i * WORDS, WORDS);
        marks->asked[i % n] += target[i] != IGNORED;
        marks->right[i % n] += target[i] == (int32_t)best;
    }
    tape_begin(m->tape);
}

static double marks_part(const struct marks *m, size_t from, size_t to)
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

static struct run run_new(enum task task, enum kind kind, bool causal,
                          size_t steps, uint64_t seed)
{
    const struct about *a = &about[task];
    struct run r = { .task = task, .random = random_new(seed, 2) };
    r.model = model_new(kind, a->layers, causal, seed);
    r.training = training_new(r.model.tape, steps, seed);
    r.training.rate = a->rate;
    return r;
}

static void run_free(struct run *r)
{
    training_free(&r->training);
    model_free(&r->model);
}

static float run_step(struct run *r)
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
static struct marks run_marks(struct run *r, size_t pairs)
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
static const char *const kind_names[KINDS] = {
    "sinusoidal", "rotary", "alibi", "none", "beside", "learned", "relative"
};
/* a head, all at once and word by word */
enum { STEPS = 12, STEP_WIDTH = 16, STEP_ROWS = STEPS * STEP_WIDTH };

struct head_run {
    float q[STEP_ROWS], k[STEP_ROWS], v[STEP_ROWS], out[STEP_ROWS];
    float weights[STEPS * STEPS];
};

static void turn_rows(float *x, size_t first, size_t rows)
{
    float turns[STEP_ROWS], *sines = turns + STEP_ROWS / 2;
    rotary_table(turns, sines, first, rows, STEP_WIDTH);
    rotary_forward(x, x, turns, sines, 1, rows, STEP_WIDTH);
}

static void attend_from(struct head_run *h, size_t from, size_t queries);

static void head_by_words(struct head_run *h, bool forget)
{
    for (size_t t = 0; t < STEPS; t++) {
        size_t first = forget ? 0 : t;
        turn_rows(h->q + t * STEP_WIDTH, first, 1);
        turn_rows(h->k + t * STEP_WIDTH, first, 1);
        attend_from(h, t, 1);
    }
}
static void head_start(struct head_run *h, uint64_t seed)
{
    struct random random = random_new(seed, 5);
    memset(h, 0, sizeof *h);
    for (size_t i = 0; i < STEP_ROWS; i++) {
        h->q[i] = random_normal(&random);
        h->k[i] = random_normal(&random);
        h->v[i] = random_normal(&random);
    }
}
static void attend_from(struct head_run *h, size_t from, size_t queries)
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

static void head_whole(struct head_run *h, size_t first, bool turn_values)
{
    turn_rows(h->q, first, STEPS);
    turn_rows(h->k, first, STEPS);
    if (turn_values)
        turn_rows(h->v, first, STEPS);
    attend_from(h, 0, STEPS);
}

static float outputs_differ(const struct head_run *a,
                            const struct head_run *b, size_t t)
{
    float most = 0;
    for (size_t i = t * STEP_WIDTH; i < (t + 1) * STEP_WIDTH; i++)
        most = fmaxf(most, fabsf(a->out[i] - b->out[i]));
    return most;
}
/* a job of the study */
enum { SEEDS = 3, PAIRS = 64, BLOCK = 8, BLOCKS = LONGEST / BLOCK,
       JOBS = (TASKS * KINDS + 1) * SEEDS };

struct job {
    enum task task;
    enum kind kind;
    bool causal;
    uint64_t seed;
    struct marks marks;
};
/* printing a part of the study */
static void print_part(const char *name, const struct job *jobs, size_t from,
                       size_t to)
{
    double sum = 0, low = 1, high = 0;
    for (size_t s = 0; s < SEEDS; s++) {
        double part = marks_part(&jobs[s].marks, from, to);
        sum += part, low = fmin(low, part), high = fmax(high, part);
    }
    printf("%s.mean = %.4f\n%s.low = %.4f\n%s.high = %.4f\n", name,
           sum / SEEDS, name, low, name, high);
}
static void print_places(const char *name, const struct job *jobs)
{
    static const struct { const char *name; size_t from, to; } parts[] = {
        { "trained", 0, 32 }, { "twice", 32, 64 }, { "four", 96, 128 }
    };
    char full[120];
    for (size_t i = 0; i < 3; i++) {
        snprintf(full, sizeof full, "%s.%s", name, parts[i].name);
        print_part(full, jobs, parts[i].from, parts[i].to);
    }
    for (size_t from = 0; from < LONGEST; from += BLOCK) {
        snprintf(full, sizeof full, "%s.%zu", name, from);
        print_part(full, jobs, from, from + BLOCK);
    }
}

static void print_job(const struct job *jobs)
{
    char name[80];
    const char *task = about[jobs->task].name;
    const char *kind = kind_names[jobs->kind];
    if (jobs->task == ORDER && jobs->causal)
        kind = "causal";
    snprintf(name, sizeof name, "position.study.%s.%s", task, kind);
    if (jobs->task == ORDER)
        print_part(name, jobs, 0, LONGEST);
    else
        print_places(name, jobs);
}
/* the study of positions */
static void job_run(struct job *job)
{
    size_t steps = about[job->task].steps;
    struct run run = run_new(job->task, job->kind, job->causal, steps,
                             job->seed);
    while (run.training.step < steps && !interrupted)
        run_step(&run);
    job->marks = run_marks(&run, PAIRS);
    run_free(&run);
}

static void list_jobs(struct job *jobs)
{
    for (enum task task = TASKS; task-- > 0; )
        for (enum kind kind = 0; kind < KINDS; kind++)
            for (uint64_t seed = 1; seed <= SEEDS; seed++)
                *jobs++ = (struct job){ task, kind, about[task].causal,
                                        seed, { { 0 }, { 0 } } };
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        *jobs++ = (struct job){ ORDER, NONE, true, seed, { { 0 }, { 0 } } };
}
static void print_study(void)
{
    static struct job jobs[JOBS];
    size_t done = 0;
    double start = seconds_now();
    struct progress progress = progress_start(0, JOBS);
    list_jobs(jobs);
    catch_interrupt();
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, 1)
#endif
    for (size_t i = 0; i < JOBS; i++) {
        job_run(&jobs[i]);
        #ifdef _OPENMP
        #pragma omp critical
        #endif
        progress_step(&progress, ++done, "runs");
    }
    progress_end(&progress);
    if (interrupted)
        exit(128 + interrupted);
    for (size_t i = 0; i < JOBS; i += SEEDS)
        print_job(jobs + i);
    printf("position.study.time.seconds = %.0f\n", seconds_now() - start);
}
/* results of positions */
static double recall_before(void)
{
    struct random random = random_new(1, 4);
    size_t asked = 0, before = 0, trained = about[RECALL].length;
    for (size_t i = 0; i < 3000; i++) {
        int32_t ids[LONGEST], target[LONGEST];
        ask_recall(ids, target, 2 * trained, &random);
        /* count the questions behind, and the answers before */
        for (size_t t = trained, last; t < 2 * trained; t++)
            if (target[t] != IGNORED) {
                for (last = t; ids[--last] != ids[t]; )
                    ;
                asked++, before += last + 1 < trained;
            }
    }
    return (double)before / (double)asked;
}

static void print_results(void)
{
    for (size_t by = 1; by <= 1000; by *= 10)
        printf("position.shift.%zu.sinusoidal = %.4f\n", by,
               shift_change(SINUSOIDAL, by));
    printf("position.speed.shift.rotary = %.1e\n",
           shift_change(ROTARY, 1000));
    printf("position.recall.before = %.4f\n", recall_before());
    /* print what turned values change */
    struct head_run here, there;
    float most = 0;
    head_start(&here, 2), head_whole(&here, 0, true);
    head_start(&there, 2), head_whole(&there, 1, true);
    for (size_t t = 0; t < STEPS; t++)
        most = fmaxf(most, outputs_differ(&here, &there, t));
    printf("position.wrong.values = %.4f\n", (double)most);
}
enum { MOST_NUMBERS = 1 << 29, MOST_PLACES = 1000000000 };

static struct {
    int kind, task;
    size_t length, dim, heads, first, steps, threads;
    uint64_t seed;
    const char *x, *out;
    bool train, causal, study, results;
} given = { .heads = 8, .seed = 1, .task = RECALL };
#ifndef __wasm__
static void require_between(const char *name, size_t value, size_t low,
                            size_t high)
{
    if (!command_given(name))
        fail("--kind %s needs --%s N", kind_names[given.kind], name);
    if (value < low || value > high)
        fail("--%s: %zu is not between %zu and %zu", name, value, low, high);
}

static struct array table_new(size_t a, size_t b, size_t c)
{
    size_t all[3] = { a, b, c }, *shape = a ? all : all + 1, count;
    size_t rank = a ? 3 : 2;
    char text[ARRAY_TEXT];
    if (!array_shape_count(&count, rank, shape) || count > MOST_NUMBERS)
        fail("a table of shape %s is too large: %d numbers at most",
             array_shape_text(text, rank, shape), MOST_NUMBERS);
    return array_new(rank, shape);
}

static struct array table_of_kind(void)
{
    size_t n = given.length, d = given.dim, half = d / 2;
    struct array table;
    if (given.kind == SINUSOIDAL) {
        table = table_new(0, n, d);
        sinusoidal_table(table.data, given.first, n, d);
    } else if (given.kind == ROTARY) {
        table = table_new(2, n, half);
        rotary_table(table.data, table.data + n * half, given.first, n, d);
    } else {
        table = table_new(given.heads, n, n);
        alibi_bias(table.data, given.heads, n, n);
    }
    return table;
}

static void require_even(const char *what, size_t width)
{
    if (width % 2)
        fail("%s: rotary turns pairs, and %zu is odd", what, width);
}

static struct array make_table(void)
{
    if (given.kind > ALIBI)
        fail("--kind %s has no table that is not learned: sinusoidal, rotary "
             "and alibi have", kind_names[given.kind]);
    require_between("length", given.length, 1, MOST_PLACES);
    if (given.kind != ALIBI || command_given("dim"))
        require_between("dim", given.dim, 1, MOST_PLACES);
    if (given.kind == ROTARY)
        require_even("--dim", given.dim);
    /* refuse heads and places that nobody means */
    if (given.heads < 1 || given.heads > 65536)
        fail("--heads: %zu is not between 1 and 65536", given.heads);
    if (given.first > MOST_PLACES)
        fail("--first: %zu is more than %d", given.first, MOST_PLACES);
    if (given.kind == ALIBI && given.first)
        fail("--first: alibi knows only distances");
    if (given.kind != ALIBI && command_given("heads"))
        fail("--heads is for --kind alibi");
    return table_of_kind();
}

static struct array turn_array(void)
{
    if (given.kind != ROTARY)
        fail("--x is for --kind rotary, not for %s", kind_names[given.kind]);
    struct array x = npy_read(given.x);
    char text[ARRAY_TEXT];
    if (x.rank < 2 || x.rank > 4 || x.count == 0)
        fail("--x %s: has the shape %s, and should have (n, d) or "
             "(B, H, n, d)", given.x, array_text(text, &x));
    require_even("--x", x.shape[x.rank - 1]);
    if (command_given("length") || command_given("dim"))
        fail("--x %s: has the --length and the --dim", given.x);
    if (command_given("heads"))
        fail("--heads is for --kind alibi");
    if (given.first > MOST_PLACES)
        fail("--first: %zu is more than %d", given.first, MOST_PLACES);
    for (size_t i = 0; i < x.count; i++)
        if (!isfinite(x.data[i]))
            fail("--x %s: element %zu is %g", given.x, i, (double)x.data[i]);
    size_t n = x.shape[x.rank - 2], d = x.shape[x.rank - 1];
    struct array turns = table_new(2, n, d / 2);
    float *sines = turns.data + n * d / 2;
    rotary_table(turns.data, sines, given.first, n, d);
    rotary_forward(x.data, x.data, turns.data, sines, x.count / (n * d), n,
                   d);
    array_free(&turns);
    for (size_t i = 0; i < x.count; i++)
        if (!isfinite(x.data[i]))
            fail("--out: number %zu is too large for a float", i);
    return x;
}

static void run_table(void)
{
    static const char *const others[] = { "task", "causal", "steps", "seed" };
    for (size_t i = 0; i < 4; i++)
        if (command_given(others[i]))
            fail("--%s is for --train", others[i]);
    struct array table = given.x ? turn_array() : make_table();
    size_t last = table.shape[table.rank - 1];
    char text[ARRAY_TEXT];
    if (given.out)
        npy_write(given.out, &table);
    else
        printf("%s %s\n", kind_names[given.kind], array_text(text, &table));
    for (size_t i = 0; !given.out && i < table.count; i++)
        printf("%10.5f%s", (double)table.data[i],
               (i + 1) % last ? "" : "\n");
    array_free(&table);
}
static float task_step(struct training *t, void *model)
{
    (void)t;
    return run_step(model);
}

static int run_train(void)
{
    const struct about *a = &about[given.task];
    size_t steps = given.steps ? given.steps : a->steps;
    struct run run = run_new((enum task)given.task, (enum kind)given.kind,
                             a->causal || given.causal, steps, given.seed);
    const struct training_task task = { .model = &run, .step = task_step };
    catch_interrupt();
    training_steps(&run.training, &task, steps);
    struct marks marks = run_marks(&run, PAIRS);
    size_t part = given.task == ORDER ? a->longest : a->longest / 4;
    printf("%s, %s, %zu parameters, %zu steps\n", a->name,
           kind_names[given.kind], run.model.tape->size, run.training.step);
    for (size_t from = 0; from < a->longest; from += part)
        printf("places %3zu to %3zu: %.3f right\n", from, from + part - 1,
               marks_part(&marks, from, from + part));
    run_free(&run);
    return interrupted ? 128 + interrupted : 0;
}
#endif
/* figure waves */
enum { WAVES = 48, WAVES_WIDE = 64 };

static struct {
    float width, place, other;             /* as sliders have them */
    float table[WAVES * WAVES_WIDE], dot[WAVES * WAVES];
} waves = { .width = 32, .place = 12, .other = 20 };

static void waves_compute(void)
{
    size_t d = (size_t)waves.width;
    sinusoidal_table(waves.table, 0, WAVES, d);
    /* let waves.dot be all dot products */
    for (size_t i = 0; i < WAVES * WAVES; i++)
        waves.dot[i] = row_dot(waves.table + i / WAVES * d,
                               waves.table + i % WAVES * d, d)
                     / (waves.width / 2);
}
static void waves_mark(struct frame *f, struct rect a, float row, float col)
{
    float h = a.h / WAVES, w = a.w / WAVES;
    struct color c = paint(f, WARN);
    if (row >= 0)
        draw_frame(f, inset((struct rect){ a.x, a.y + row * h, a.w, h }, -1),
                   0, 1.5f, c);
    if (col >= 0)
        draw_frame(f, inset((struct rect){ a.x + col * w, a.y, w, a.h }, -1),
                   0, 1.5f, c);
}

static void waves_table_map(struct frame *f, struct rect r)
{
    bool turned;
    size_t d = (size_t)waves.width;
    const struct heatmap o = { .diverging = true, .no_bar = true,
                               .row_title = "position",
                               .col_title = "which number of its row" };
    int cell = heatmap(f, r, waves.table, WAVES, d, -1, 1, &o);
    if (cell >= 0)
        waves.place = (float)((size_t)cell / d);
    waves_mark(f, heat_area(r, WAVES, d, &o, &turned), waves.place, -1);
}

static void waves_dot_map(struct frame *f, struct rect r)
{
    bool turned;
    const struct heatmap o = { .diverging = true, .no_bar = true,
                               .row_title = "position",
                               .col_title = "other position" };
    int cell = heatmap(f, r, waves.dot, WAVES, WAVES, -1, 1, &o);
    if (cell >= 0) {
        waves.place = (float)(cell / WAVES);
        waves.other = (float)(cell % WAVES);
    }
    waves_mark(f, heat_area(r, WAVES, WAVES, &o, &turned), waves.place,
               waves.other);
}
static void waves_curve(struct frame *f, struct rect r)
{
    size_t p = (size_t)waves.place, s = (size_t)waves.other;
    const float *dot = waves.dot + p * WAVES;
    float xs[WAVES];
    for (int i = 0; i < WAVES; i++)
        xs[i] = (float)i;
    float low = 0;
    for (int i = 0; i < WAVES; i++)
        low = fminf(low, 1.1f * dot[i]);
    struct plot plot = plot_new(f, r, 0, WAVES - 1, low, 1.1f);
    plot_axes(&plot, "other position", "dot product / (D / 2)");
    plot_vline(&plot, waves.place, paint(f, WARN));
    plot_line(&plot, xs, dot, WAVES, paint(f, SERIES_1), 2);
    plot_points(&plot, &waves.other, dot + s, 1, paint(f, SERIES_1), 4.5f);
    draw_text(f, plot.area.x + plot.area.w, plot.area.y - 8, TEXT_SIZE,
              ALIGN_RIGHT, paint(f, INK),
              f->narrow ? "%zu, %zu, distance %zu: %.3f"
                        : "positions %zu and %zu, distance %zu: %.3f",
              p, s, p > s ? p - s : s - p, (double)dot[s]);
}

static struct rect waves_controls(struct frame *f, struct rect r)
{
    float w = f->narrow ? r.w : (r.w - 32) / 3, down = f->narrow ? 48 : 0;
    struct rect s = { r.x, r.y, w, 44 };
    float right = f->narrow ? 0 : w + 16, below = f->narrow ? 150 : 56;
    slider(f, s, "position", &waves.place, 0, WAVES - 1, "%.0f");
    s.x += right, s.y += down;
    slider(f, s, "other position", &waves.other, 0, WAVES - 1, "%.0f");
    s.x += right, s.y += down;
    slider(f, s, "numbers in a row", &waves.width, 4, WAVES_WIDE, "%.0f");
    waves.place = roundf(waves.place);
    waves.other = roundf(waves.other);
    waves.width = 2 * roundf(waves.width / 2);
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}
static bool waves_frame(struct frame *f)
{
    struct rect r = waves_controls(f, frame_inside(f));
    struct rect a = { r.x, r.y, (r.w - 20) / 2, r.h - 170 }, b = a, c = r;
    b.x += a.w + 20, c.y += a.h + 26, c.h = 144;
    if (f->narrow) {
        a.w = b.w = r.w, a.h = b.h = (r.h - 186) / 2;
        b.x = r.x, b.y = a.y + a.h + 6;
        c.y = b.y + b.h + 30;
    }
    waves_compute();
    waves_table_map(f, a);
    waves_dot_map(f, b);
    waves_curve(f, c);
    return false;
}

static void waves_table(FILE *out)
{
    waves_compute();
    fprintf(out, "distance\tdot product\n");
    for (int s = 0; s < WAVES; s++)
        fprintf(out, "%d\t%.4f\n", s, (double)waves.dot[s]);
}
/* figure arrows */
static struct {
    float m, n;                            /* places of query and key */
    int pair, grabbed;                     /* grabbed: 0, 1 query, 2 key */
    float last;                            /* angle of the pointer */
} arrows = { .m = 2, .n = 1 };

enum { ARROWS_FAR = 12 };
static const float arrow_q[2] = { 1, 0 }, arrow_k[2] = { 0, 1 };

static float arrows_angle(void)
{
    return arrows.pair ? .1f : 1;
}

static void arrow_turn(float out[2], const float x[2], float angle)
{
    float c = cosf(angle), s = sinf(angle);
    rotary_forward(out, x, &c, &s, 1, 1, 2);
}

static float arrows_dot(float m, float n)
{
    float q[2], k[2];
    arrow_turn(q, arrow_q, m * arrows_angle());
    arrow_turn(k, arrow_k, n * arrows_angle());
    return row_dot(q, k, 2);
}
static void arrows_draw(struct frame *f, float x, float y, float size,
                        const float a[2], float place, const char *name,
                        enum ink ink)
{
    float b[2];
    arrow_turn(b, a, place * arrows_angle());
    draw_arrow(f, x, y, x + size * a[0], y - size * a[1], 1.5f,
               fade(paint(f, ink), .35f));
    draw_arrow(f, x, y, x + size * b[0], y - size * b[1], 4, paint(f, ink));
    draw_text(f, x + 1.13f * size * b[0], y - 1.13f * size * b[1], TEXT_SIZE,
              ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD, paint(f, ink), "%s",
              name);
}

static float angle_between(float a, float b)
{
    return remainderf(a - b, 6.2831853f);
}

static void arrows_grab(float angle)
{
    float q = arrows.m * arrows_angle();
    float k = arrows.n * arrows_angle() + 1.5707963f;
    bool query = fabsf(angle_between(angle, q))
              <= fabsf(angle_between(angle, k));
    arrows.grabbed = query ? 1 : 2;
}

static float clamp_place(float place)
{
    return fminf(fmaxf(place, 0), 12);
}
static void arrows_drag(struct frame *f, struct rect r, float x, float y)
{
    struct widget w = widget(f, r, CURSOR_GRAB);
    float angle = atan2f(y - f->pointer.y, f->pointer.x - x);
    float *place = arrows.grabbed == 1 ? &arrows.m : &arrows.n;
    if (!w.held)
        arrows.grabbed = 0;
    else if (!arrows.grabbed)
        arrows_grab(angle);
    else
        *place = clamp_place(*place + angle_between(angle, arrows.last)
                                      / arrows_angle());
    arrows.last = angle;
    if (w.focused) {
        arrows.m = clamp_place(arrows.m + (float)arrow_x(f));
        arrows.n = clamp_place(arrows.n - (float)arrow_y(f));
    }
    say(f, w, "query and key", "left and right move the query, up and down "
        "the key");
    focus_ring(f, w, r, 6);
}

static void arrows_circle(struct frame *f, struct rect r)
{
    float x = r.x + r.w / 2, y = r.y + r.h / 2;
    float size = .41f * fminf(r.w, r.h);
    arrows_drag(f, r, x, y);
    draw_ring(f, x, y, size, 1, paint(f, GRID));
    arrows_draw(f, x, y, size, arrow_q, arrows.m, "q", SERIES_1);
    arrows_draw(f, x, y, size, arrow_k, arrows.n, "k", SERIES_2);
}
static void arrows_plot(struct frame *f, struct rect r)
{
    enum { POINTS = 193 };
    float xs[POINTS], ys[POINTS], at = arrows.m - arrows.n;
    float dot = arrows_dot(arrows.m, arrows.n);
    for (int i = 0; i < POINTS; i++) {
        xs[i] = (float)ARROWS_FAR * (2.f * (float)i / (POINTS - 1) - 1);
        ys[i] = arrows_dot(xs[i], 0);
    }
    struct plot p = plot_new(f, r, -ARROWS_FAR, ARROWS_FAR, -1.2f, 1.2f);
    plot_axes(&p, "place of q less place of k", "dot product");
    plot_line(&p, xs, ys, POINTS, paint(f, MUTED), 2);
    plot_points(&p, &at, &dot, 1, paint(f, ACCENT), 6);
    draw_text(f, p.area.x + p.area.w, p.area.y - 8, TEXT_SIZE, ALIGN_RIGHT,
              paint(f, INK), "%.4f", (double)dot);
}
static struct rect arrows_controls(struct frame *f, struct rect r)
{
    float w = f->narrow ? r.w : (r.w - 336) / 2;
    struct rect m = { r.x, r.y, w, 44 }, n = { m.x + w + 16, r.y, w, 44 };
    struct rect both = { r.x + r.w - 304, r.y + 8, 150, 30 };
    if (f->narrow) {
        n = (struct rect){ r.x, r.y + 48, w, 44 };
        both.x = r.x, both.y = r.y + 100;
    }
    struct rect pair = { both.x + 160, both.y, 144, 30 };
    float below = f->narrow ? 140 : 56;
    static const char *const pairs[] = { "\u03b8 = 1", "\u03b8 = 0.1" };
    slider(f, m, "query, m", &arrows.m, 0, ARROWS_FAR, "%.1f");
    slider(f, n, "key, n", &arrows.n, 0, ARROWS_FAR, "%.1f");
    if (button(f, both, "move both on by 1")) {
        float one = fminf(1, ARROWS_FAR - fmaxf(arrows.m, arrows.n));
        arrows.m += one, arrows.n += one;
    }
    choice(f, pair, pairs, 2, &arrows.pair);
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}

static bool arrows_frame(struct frame *f)
{
    struct rect r = arrows_controls(f, frame_inside(f)), a = r, b = r;
    a.w = fminf(r.h, r.w / 2), b.x += a.w + 16, b.w -= a.w + 16;
    if (f->narrow) {
        a = (struct rect){ r.x, r.y, r.w, .58f * r.h };
        b = (struct rect){ r.x, r.y + .6f * r.h, r.w, .4f * r.h };
    }
    arrows_circle(f, a);
    arrows_plot(f, b);
    return false;
}
static void arrows_table(FILE *out)
{
    fprintf(out, "m\tn\tdot product\n");
    for (int m = 0; m < 4; m++)
        for (int n = 0; n < 4; n++)
            fprintf(out, "%d\t%d\t%.4f\n", m, n,
                    (double)arrows_dot((float)m, (float)n));
}

/* figure lengths */
#ifdef __wasm__
#define STUDY_SECTION ".section .rodata.position_study,\"\",@\n"
#else
#define STUDY_SECTION ".section .rodata.position_study,\"a\",%progbits\n"
#endif

__asm__(STUDY_SECTION ".globl position_study\n" "position_study:\n"
    ".incbin \"data/results/position-study.txt\"\n"
    ".byte 0\n" ".size position_study, . - position_study\n" ".text\n");
extern const char position_study[];

enum { MEAN, LOW, HIGH, MEASURES };
static struct {
    int task;
    bool read, hidden[KINDS];
    float part[TASKS][KINDS][MEASURES][BLOCKS];
} lengths;
static int word_index(const char *word, const char *const *words, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

static void lengths_line(const char *line)
{
    static const char *const measures[] = { "mean", "low", "high" };
    static const char *const names[] = { "order", "copy", "recall" };
    char task[16], kind[16], measure[16];
    unsigned place;
    float value;
    if (sscanf(line, "position.study.%15[a-z].%15[a-z].%u.%15[a-z] = %f",
               task, kind, &place, measure, &value) != 5)
        return;
    int t = word_index(task, names, TASKS);
    int m = word_index(measure, measures, 3);
    int k = word_index(kind, kind_names, KINDS);
    if (t >= 0 && k >= 0 && m >= 0 && place < LONGEST)
        lengths.part[t][k][m][place / BLOCK] = value;
}

static void lengths_read(void)
{
    if (lengths.read)
        return;
    for (const char *line = position_study; line; ) {
        lengths_line(line);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    lengths.read = true;
}
static const enum ink kind_inks[KINDS] = {
    [SINUSOIDAL] = SERIES_2, [BESIDE] = SERIES_5, [LEARNED] = SERIES_4,
    [RELATIVE] = SERIES_3, [ROTARY] = SERIES_1, [ALIBI] = INK,
    [NONE] = MUTED
};

static void lengths_curve(struct plot *p, enum kind kind)
{
    float xs[BLOCKS], (*part)[BLOCKS] = lengths.part[lengths.task + 1][kind];
    struct color c = paint(p->frame, kind_inks[kind]);
    for (int i = 0; i < BLOCKS; i++)
        xs[i] = (float)(i * BLOCK) + (BLOCK - 1) / 2.f;
    /* draw the line up to the end of the training, and from there */
    const int end[] = { 0, (int)about[COPY].length / BLOCK, BLOCKS };
    for (int i = 0; i < 2; i++) {
        int from = end[i], n = end[i + 1] - from;
        plot_area(p, xs + from, part[LOW] + from, part[HIGH] + from, n,
                  fade(c, .16f));
        plot_line(p, xs + from, part[MEAN] + from, n, c,
                  kind == NONE ? 1.2f : 2.5f);
    }
}
static void lengths_order(const struct plot *p, enum kind *order, float *y)
{
    for (int i = 0; i < KINDS; i++) {
        float end = lengths.part[lengths.task + 1][i][MEAN][BLOCKS - 1];
        float at = plot_y(p, end);
        int j = i;
        for (; j > 0 && y[j - 1] > at; j--)
            y[j] = y[j - 1], order[j] = order[j - 1];
        y[j] = at, order[j] = (enum kind)i;
    }
    /* push the names apart */
    const float gap = 21, bottom = p->area.y + p->area.h;
    for (int i = 1; i < KINDS; i++)
        y[i] = fmaxf(y[i], y[i - 1] + gap);
    y[KINDS - 1] = fminf(y[KINDS - 1], bottom);
    for (int i = KINDS - 1; i > 0; i--)
        y[i - 1] = fminf(y[i - 1], y[i] - gap);
}

static void lengths_name(const struct plot *p, enum kind kind, float y)
{
    struct frame *f = p->frame;
    float x = p->area.x + p->area.w;
    float end = lengths.part[lengths.task + 1][kind][MEAN][BLOCKS - 1];
    struct rect r = { x + 18, y - 10, f->width - x - 22, 20 };
    struct widget w = widget(f, r, CURSOR_HAND);
    /* switch the line of a name off and on */
    if (w.clicked || (w.focused && f->key == KEY_SPACE))
        lengths.hidden[kind] = !lengths.hidden[kind];
    say(f, w, kind_names[kind], lengths.hidden[kind] ? "off" : "on");
    focus_ring(f, w, r, 4);
    struct color c = paint(f, kind_inks[kind]);
    if (!lengths.hidden[kind])
        draw_line(f, x - 2, plot_y(p, end), x + 18, y, 1, fade(c, .6f));
    draw_text(f, r.x + 3, y, TEXT_SIZE, ALIGN_LEFT | ALIGN_MIDDLE | TEXT_BOLD,
              lengths.hidden[kind] ? paint(f, GRID) : c, "%s",
              kind == ALIBI ? "ALiBi" : kind_names[kind]);
}
static void lengths_readout(struct plot *p)
{
    char text[240] = "";
    float x, y;
    if (!plot_hover(p, &x, &y))
        return;
    int block = (int)fminf(fmaxf(x / BLOCK, 0), BLOCKS - 1), at = 0;
    for (int i = 0; i < KINDS; i++)
        if (!lengths.hidden[i])
            at += snprintf(text + at, sizeof text - (size_t)at, "\n%s %.3f",
                kind_names[i],
                (double)lengths.part[lengths.task + 1][i][MEAN][block]);
    readout(p->frame, "places %d to %d%s", block * BLOCK,
            block * BLOCK + BLOCK - 1, text);
}

static bool lengths_frame(struct frame *f)
{
    struct rect r = frame_inside(f);
    float y[KINDS];
    enum kind order[KINDS];
    lengths_read();
    choice(f, (struct rect){ r.x, r.y, 240, 30 },
           (const char *const[]){ "copy", "recall" }, 2, &lengths.task);
    r.y += 44, r.h -= 44, r.w -= 96;
    struct plot p = plot_new(f, r, 0, LONGEST, 0, 1);
    plot_axes(&p, "place in the text", "right answers");
    plot_vline(&p, 32, paint(f, INK));
    draw_text(f, plot_x(&p, 32) + 5, p.area.y + p.area.h - 5, TEXT_SMALL,
              ALIGN_LEFT, paint(f, INK), "not trained here");
    for (enum kind kind = 0; kind < KINDS; kind++)
        if (!lengths.hidden[kind])
            lengths_curve(&p, kind);
    lengths_order(&p, order, y);
    for (int i = 0; i < KINDS; i++)
        lengths_name(&p, order[i], y[i]);
    lengths_readout(&p);
    return false;
}
static void lengths_table(FILE *out)
{
    lengths_read();
    fprintf(out, "task\tplace");
    for (int k = 0; k < KINDS; k++)
        fprintf(out, "\t%s", kind_names[k]);
    for (int row = 0; row < 2 * BLOCKS; row++) {
        int t = row / BLOCKS + 1, b = row % BLOCKS;
        fprintf(out, "\n%s\t%d", about[t].name, b * BLOCK);
        for (int k = 0; k < KINDS; k++)
            fprintf(out, "\t%.3f", (double)lengths.part[t][k][MEAN][b]);
    }
    fprintf(out, "\n");
}

/* figure forgotten */
static struct {
    float word;
    int wrong;
    struct head_run whole, words;
} forgotten = { .word = 11, .wrong = 1 };

static void forgotten_compute(void)
{
    head_start(&forgotten.whole, 1);
    head_whole(&forgotten.whole, 0, false);
    head_start(&forgotten.words, 1);
    head_by_words(&forgotten.words, forgotten.wrong);
}

static void forgotten_bars(struct frame *f, struct rect r,
                           const struct head_run *h, const char *title,
                           enum ink ink)
{
    const float *weights = h->weights + (size_t)forgotten.word * STEPS;
    float most = .5f;
    for (size_t t = 0; t < STEPS; t++)
        most = fmaxf(most, weights[t]);
    struct plot p = plot_new(f, r, -.6f, STEPS - .4f, 0, most);
    plot_axes(&p, "word", "weight");
    draw_text(f, p.area.x + p.area.w, p.area.y - 8, TEXT_SIZE, ALIGN_RIGHT,
              paint(f, INK), "%s", title);
    plot_bars(&p, NULL, weights, STEPS, .7f, paint(f, ink));
}
static void forgotten_errors(struct frame *f, struct rect r)
{
    float error[STEPS], top = 0;
    for (size_t t = 0; t < STEPS; t++) {
        error[t] = outputs_differ(&forgotten.whole, &forgotten.words, t);
        top = fmaxf(top, error[t]);
    }
    struct plot p = plot_new(f, r, -.6f, STEPS - .4f, 0,
                             fmaxf(1, 1.1f * top));
    plot_axes(&p, "word", "how far off its output is");
    plot_bars(&p, NULL, error, STEPS, .7f, paint(f, WARN));
    plot_vline(&p, forgotten.word, paint(f, MUTED));
    if (top < 1e-4f)
        draw_text(f, p.area.x + 8, p.area.y + 18, TEXT_SIZE, ALIGN_LEFT,
                  paint(f, INK), "at most %.0e", (double)top);
}

static struct rect forgotten_controls(struct frame *f, struct rect r)
{
    static const char *const ways[] = { "place kept", "place forgotten" };
    float w = f->narrow ? r.w : 260, below = f->narrow ? 96 : 56;
    struct rect s = { f->narrow ? r.x : r.x + w + 20,
                      f->narrow ? r.y + 40 : r.y, 0, 44 };
    s.w = r.x + r.w - s.x;
    choice(f, (struct rect){ r.x, r.y + (f->narrow ? 0 : 6), w, 30 }, ways, 2,
           &forgotten.wrong);
    slider(f, s, "word that asks", &forgotten.word, 0, STEPS - 1, "%.0f");
    forgotten.word = roundf(forgotten.word);
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}
static bool forgotten_frame(struct frame *f)
{
    struct rect r = forgotten_controls(f, frame_inside(f));
    struct rect a = { r.x, r.y, .55f * r.w - 8, r.h / 2 - 4 }, b = a, c = r;
    b.y += a.h + 8, c.x += a.w + 16, c.w -= a.w + 16;
    if (f->narrow) {
        a.w = b.w = c.w = r.w, c.x = r.x;
        a.h = b.h = c.h = r.h / 3 - 6;
        b.y = a.y + a.h + 8, c.y = b.y + b.h + 8;
    }
    forgotten_compute();
    forgotten_bars(f, a, &forgotten.whole, "all at once", SERIES_1);
    forgotten_bars(f, b, &forgotten.words, "word by word",
                   forgotten.wrong ? SERIES_2 : SERIES_1);
    forgotten_errors(f, c);
    return false;
}

static void forgotten_table(FILE *out)
{
    forgotten_compute();
    fprintf(out, "word\tall at once\tword by word\toff\n");
    for (size_t t = 0; t < STEPS; t++) {
        size_t cell = (size_t)forgotten.word * STEPS + t;
        fprintf(out, "%zu\t%.4f\t%.4f\t%.4f\n", t,
                (double)forgotten.whole.weights[cell],
                (double)forgotten.words.weights[cell],
                (double)outputs_differ(&forgotten.whole, &forgotten.words,
                                       t));
    }
}

static const struct figure figures[] = {
    { "waves", 720, 560, 830,
      "Left, a map of 48 positions by 32 numbers: stripes that are narrow "
      "in the first columns and wide in the last. Right, the dot products "
      "of all pairs of positions, alike along each diagonal. Below, one "
      "row of them: a hill with its top at the position itself.",
      waves_frame, waves_table },
    { "arrows", 720, 400, 640,
      "Two arrows in a circle, a query turned by two places and a key "
      "turned by one, with their unturned shadows. Beside them the dot "
      "product against the distance, a sine, with a point at distance 1 "
      "and 0.8415.",
      arrows_frame, arrows_table },
    { "lengths", 720, 440, 460,
      "Right answers against the place in the text, for seven kinds, "
      "trained on the first 32 of 128 places, in the task of copying what "
      "stood four places back. Up to place 32 five kinds answer "
      "everything; behind it only relative goes on so; the others fall to "
      "chance at once or soon, and one of them, waves beside the words, "
      "rises once more around place 90.",
      lengths_frame, lengths_table },
    { "forgotten", 720, 420, 620,
      "The weights of the last of twelve words, taken in all at once and "
      "word by word with the place forgotten: they differ. Beside them, "
      "how far each word's output is off: nothing for the first word, much "
      "for the others.",
      forgotten_frame, forgotten_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static const struct command_option options[] = {
    { "kind", OPTION_CHOICE, &given.kind,
      "sinusoidal|rotary|alibi|none|beside|learned|relative",
      "the first three have tables" },
    { "length", OPTION_SIZE, &given.length, "N", "how many positions" },
    { "dim", OPTION_SIZE, &given.dim, "D",
      "sinusoidal: width of a word; rotary: width of a head, even" },
    { "heads", OPTION_SIZE, &given.heads, "H",
      "of alibi, else 8; for the others all heads are alike" },
    { "first", OPTION_SIZE, &given.first, "P", "position of the first row" },
    { "x", OPTION_TEXT, &given.x, "X.npy",
      "turn these rows, (n, d) or (B, H, n, d), by rotary" },
    { "out", OPTION_TEXT, &given.out, "P.npy",
      "sinusoidal (N, D): sine, cosine, sine ...; rotary (2, N, D/2): "
      "cosines, then sines; alibi (H, N, N): -slope |i - j|. Without it, "
      "print" },
    { "train", OPTION_FLAG, &given.train, NULL, "train a small model" },
    { "task", OPTION_CHOICE, &given.task, "order|copy|recall", "on what" },
    { "causal", OPTION_FLAG, &given.causal, NULL,
      "let order have a causal mask; the others always have one" },
    { "steps", OPTION_SIZE, &given.steps, "N",
      "of training; 0: as the study" },
    { "seed", OPTION_SEED, &given.seed, "S", "of weights and texts" },
    { "study", OPTION_FLAG, &given.study, NULL,
      "train all kinds on all tasks, and print how they do" },
    { "results", OPTION_FLAG, &given.results, NULL,
      "print the other numbers that the chapter quotes" },
    { "threads", OPTION_SIZE, &given.threads, "N", "0: one for each core" },
    FIGURE_OPTIONS,
    { 0 }
};

static const struct command command = {
    .name = "position",
    .summary = "tables of positions, and models that know them",
    .usage =
        "position --kind sinusoidal|rotary --length N --dim D [--out P.npy]\n"
        "position --kind alibi --length N [--heads H] [--out P.npy]\n"
        "position --kind rotary --x X.npy [--first P] [--out Y.npy]\n"
        "position --train --kind KIND --task order|copy|recall [...]\n"
        "position --study | --results",
    .example = "position --kind rotary --length 1024 --dim 64 --out p.npy",
    .options = options,
};

int main(int argc, char **argv)
{
    if (argc == 1)
        command_usage(&command);
    if (command_parse(&command, argc, argv) > 0)
        fail("\"%s\" is not an option (try --help)", argv[1]);
    if (figure_requested())
        return figure_run(figures);
    command_alone("study", "threads");
    command_alone("results", "threads");
    command_alone("train", "kind task causal steps seed threads");
    command_threads(given.threads);
    if (given.study)
        print_study();
    else if (given.results)
        print_results();
    else if (given.train)
        return run_train();
    else if (!command_given("kind"))
        fail("which --kind? sinusoidal, rotary or alibi (try --help)");
    else
        run_table();
    return 0;
}
#endif
