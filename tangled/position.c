/* position.c -- generated from chapters/12-position.nw. Do not edit. */
#include "figure.h"
#include "npy.h"
#include "position.h"
#include "train.h"
#ifdef _OPENMP
#include <omp.h>
#endif

/* models and tasks of positions */
/* the kinds of position */
enum kind { SINUSOIDAL, ROTARY, ALIBI, NONE, BESIDE, LEARNED, RELATIVE,
            KINDS };
static const char *const kind_names[KINDS] = {
    "sinusoidal", "rotary", "alibi", "none", "beside", "learned", "relative"
};

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
    /* draw words and projections */
    struct random random = random_new(12, 0);
    for (size_t i = 0; i < n * d; i++)
        x[i] = random_normal(&random);
    for (size_t i = 0; i < 2 * d * d; i++)
        w[i] = random_normal(&random) / sqrtf(SHIFT_WIDTH);

    /* let the waves of the places from first be added */
    if (kind == SINUSOIDAL) {
        sinusoidal_table(table, first, n, d);
        add_to(x, table, n * d);
    }

    product(q, x, w, n, d, d, 0);
    product(k, x, w + d * d, n, d, d, 0);
    /* let queries and keys be turned by their places */
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
    /* parameters of the attention */
    l->gain1 = tape_parameter(t, "gain", row);
    l->bias1 = tape_parameter(t, "bias", row);
    l->wq = tape_parameter(t, "wq", square);
    l->wk = tape_parameter(t, "wk", square);
    l->wv = tape_parameter(t, "wv", square);
    l->wo = tape_parameter(t, "wo", square);

    /* parameters of the small network */
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
    /* make the parameters of the model */
    size_t width = kind == BESIDE ? WIDTH - PLACES : WIDTH;
    m.words = tape_parameter(t, "words", SHAPE(WORDS, width));
    if (kind == LEARNED)
        m.table = tape_parameter(t, "table", SHAPE(LONGEST, WIDTH));
    for (size_t i = 0; i < layers; i++)
        layer_new(&m.layer[i], t, kind == RELATIVE);
    m.gain = tape_parameter(t, "gain", SHAPE(WIDTH));
    m.bias = tape_parameter(t, "bias", SHAPE(WIDTH));
    m.answers = tape_parameter(t, "answers", SHAPE(WIDTH, WORDS));
    /* let every parameter begin */
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

    /* make the constants of the kinds */
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
/* the heads of a row */
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
    /* tell the words their places */
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
    /* turn queries and keys, if the kind is rotary */
    if (m->kind == ROTARY) {
        struct tensor *turns = tape_input(t, m->turns,
                                          SHAPE(2, LONGEST, HEAD / 2));
        q = tape_rotary(t, q, turns, 0);
        k = tape_rotary(t, k, turns, 0);
    }

    /* let places be what the kind tells attention */
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
    /* fill ids with ordinary words */
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
static void exchange_a_b(int32_t *out, const int32_t *in, size_t n)
{
    for (size_t t = 0; t < n; t++)
        out[t] = in[t] == A ? B : in[t] == B ? A : in[t];
}

static void mark(struct marks *marks, struct model *m, const int32_t *ids,
                 const int32_t *target, size_t n)
{
    tape_begin(m->tape);
    m->tape->still = true;
    struct tensor *x = model_forward(m, ids, 2, n);
    m->tape->still = false;
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
            exchange_a_b(ids + n, ids, n), exchange_a_b(target + n, target, n);
        mark(&marks, &r->model, ids, target, n);
    }
    return marks;
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

/* printing places of the study */
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
    /* print every block of places */
    for (size_t from = 0; from < LONGEST; from += BLOCK) {
        snprintf(full, sizeof full, "%s.%zu", name, from);
        print_part(full, jobs, from, from + BLOCK);
    }
}

/* printing a job of the study */
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
    /* print the blocks of a task with places */
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
    /* run all jobs */
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
static void print_results(void)
{
    for (size_t by = 1; by <= 1000; by *= 10)
        printf("position.shift.%zu.sinusoidal = %.4f\n", by,
               shift_change(SINUSOIDAL, by));
}
enum { MOST_NUMBERS = 1 << 29, MOST_PLACES = 1000000000 };

static struct {
    int kind, task;
    size_t length, dim, heads, first, steps, threads;
    uint64_t seed;
    const char *x, *out;
    bool train, causal, study, results;
} given = { .heads = 8, .seed = 1, .task = RECALL };

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
    size_t shape[3] = { a, b, c }, count;
    char text[ARRAY_TEXT];
    if (!array_shape_count(&count, 3, shape) || count > MOST_NUMBERS)
        fail("a table of shape %s is too large: %d numbers at most",
             array_shape_text(text, 3, shape), MOST_NUMBERS);
    return a ? array_new(3, shape) : array_new(2, shape + 1);
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
        rotary_table(table.data, table.data + n * half, given.first, n, half * 2);
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
    return table_of_kind();
}

static struct array turn_array(void)
{
    struct array x = npy_read(given.x);
    char text[ARRAY_TEXT];
    if (given.kind != ROTARY)
        fail("--x is for --kind rotary, not for %s", kind_names[given.kind]);
    if (x.rank < 2 || x.rank > 4 || x.count == 0)
        fail("%s: has the shape %s; --x wants (n, d) or (B, H, n, d)",
             given.x, array_text(text, &x));
    require_even(given.x, x.shape[x.rank - 1]);
    /* refuse options that the array makes superfluous */
    if (command_given("length") || command_given("dim"))
        fail("--length and --dim come from %s", given.x);
    if (given.first > MOST_PLACES)
        fail("--first: %zu is more than %d", given.first, MOST_PLACES);
    for (size_t i = 0; i < x.count; i++)
        if (!isfinite(x.data[i]))
            fail("%s: element %zu is %g", given.x, i, (double)x.data[i]);

    /* turn the rows of x */
    size_t n = x.shape[x.rank - 2], d = x.shape[x.rank - 1];
    struct array turns = table_new(2, n, d / 2);
    float *sines = turns.data + n * d / 2;
    rotary_table(turns.data, sines, given.first, n, d);
    rotary_forward(x.data, x.data, turns.data, sines, x.count / (n * d), n, d);
    array_free(&turns);

    return x;
}

static void run_table(void)
{
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
static int run_train(void)
{
    const struct about *a = &about[given.task];
    size_t steps = given.steps ? given.steps : a->steps;
    struct run run = run_new((enum task)given.task, (enum kind)given.kind,
                             a->causal || given.causal, steps, given.seed);
    struct progress progress = progress_start(0, steps);
    float loss = 0;
    catch_interrupt();
    while (run.training.step < steps && !interrupted) {
        loss = run_step(&run);
        progress_step(&progress, run.training.step, "loss %.4f",
                      (double)loss);
    }
    progress_end(&progress);
    /* print what came of the training */
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

static const struct figure figures[] = {
    { 0 }
};
FIGURES(figures)
static const struct command_option options[] = {
    /* options for tables of positions */
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
      "sinusoidal (N, D): sine, cosine, sine ...; rotary (2, N, D/2): cosines, "
      "then sines; alibi (H, N, N): -slope |i - j|. Without it, print" },

    /* options for training with positions */
    { "train", OPTION_FLAG, &given.train, NULL, "train a small model" },
    { "task", OPTION_CHOICE, &given.task, "order|copy|recall", "on what" },
    { "causal", OPTION_FLAG, &given.causal, NULL,
      "let order have a causal mask; the others always have one" },
    { "steps", OPTION_SIZE, &given.steps, "N", "of training; 0: as the study" },
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
        /* usage of position */
        "position --kind sinusoidal|rotary --length N --dim D [--out P.npy]\n"
        "position --kind alibi --length N [--heads H] [--out P.npy]\n"
        "position --kind rotary --x X.npy [--first P] [--out Y.npy]\n"
        "position --train --kind KIND --task order|copy|recall [...]\n"
        "position --study | --results",

    .example = "position --kind rotary --length 1024 --dim 64 --out p.npy",
    .options = options,
};

static void take_threads(void)
{
    if (given.threads > 1024)
        fail("--threads: %zu is more than 1024", given.threads);
    #ifdef _OPENMP
    if (given.threads)
        omp_set_num_threads((int)given.threads);
    #endif
}

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
    take_threads();
    /* study, print results, train, or make a table */
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

