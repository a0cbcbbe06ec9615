/* selfattention.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "selfattention/digits.h"
#include "kit/figure.h"
#include "selfattention/selfattention.h"
#include "kit/learner.h"
#ifndef __wasm__
#include "kit/npy.h"
#include "double/selfattention_double.h"
#endif

/* the classifier */
enum { PLACE = 10, FEATURES = DIGIT_PATCH_PIXELS + PLACE };
enum attend { LEARNED, UNIFORM, OWN, UNSCALED, NO_PLACES };

struct model {
    struct tape *tape;
    struct tensor *place;            /* (16, 10) */
    struct tensor *wq, *wk, *wv;     /* (59, dk)  (59, dk)  (59, dv) */
    struct tensor *weight, *bias;    /* (16 dv, 10)  (10) */
    enum attend attend;              /* what an experiment changes */
    bool unmoved;                    /* train on pictures as they are */
};
static struct tensor *attend(struct model *m, struct tensor *x);
static struct tensor *places_of(struct model *m);

/* patches (B, 16, 49) -> logits (B, 10); *attended: the attention's output,
 * which has the weights (B, 16, 16) */
static struct tensor *model_forward(struct model *m, struct tensor **attended,
                                    const float *patches, size_t batch)
{
    struct tape *tape = m->tape;
    struct tensor *x = tape_input(tape, patches,
        SHAPE(batch, DIGIT_PATCHES, DIGIT_PATCH_PIXELS));
    x = tape_append(tape, x, places_of(m));
    x = *attended = attend(m, x);
    x = tape_reshape(tape, x, SHAPE(batch, x->count / batch));
    return tape_bias(tape, tape_matmul(tape, x, m->weight), m->bias);
}
static struct tensor *attend(struct model *m, struct tensor *x)
{
    struct tape *tape = m->tape;
    if (m->attend == LEARNED || m->attend == NO_PLACES)
        return tape_self_attention(tape, x, m->wq, m->wk, m->wv, false);
    struct tensor *q = tape_matmul(tape, x, m->wq);
    struct tensor *k = tape_matmul(tape, x, m->wk);
    struct tensor *v = tape_matmul(tape, x, m->wv);
    if (m->attend == OWN)
        return v;
    q = tape_scale(tape, q, m->attend == UNIFORM
                            ? 0 : sqrtf((float)m->wq->shape[1]));
    return tape_attention(tape, q, k, v, false, NULL);
}

static struct tensor *places_of(struct model *m)
{
    static const float zeros[DIGIT_PATCHES * PLACE];
    return m->attend == NO_PLACES
        ? tape_input(m->tape, zeros, SHAPE(DIGIT_PATCHES, PLACE)) : m->place;
}
static struct tensor *random_parameter(struct tape *tape, const char *name,
    struct axes axes, float variance, struct random *random)
{
    struct tensor *p = tape_parameter(tape, name, axes);
    for (size_t i = 0; i < p->count; i++)
        p->data[i] = sqrtf(variance) * random_normal(random);
    return p;
}

static struct model model_new(size_t dk, size_t dv, uint64_t seed)
{
    struct random random = random_new(seed, 1u << 31), *r = &random;
    struct model m = { .tape = tape_new() };
    struct tape *t = m.tape;
    const size_t wide = DIGIT_PATCHES * dv;
    const float v = 1.f / 15;
    m.place = random_parameter(t, "place", SHAPE(DIGIT_PATCHES, PLACE), 1, r);
    m.wq = random_parameter(t, "attention.wq", SHAPE(FEATURES, dk), v, r);
    m.wk = random_parameter(t, "attention.wk", SHAPE(FEATURES, dk), v, r);
    m.wv = random_parameter(t, "attention.wv", SHAPE(FEATURES, dv), v, r);
    m.weight = random_parameter(t, "classifier.weight",
                                SHAPE(wide, DIGIT_KINDS), 1 / (float)wide, r);
    m.bias = tape_parameter(t, "classifier.bias", SHAPE(DIGIT_KINDS));
    return m;
}
/* measuring saturation */
enum { SAT_ROWS = 16, SAT_BATCH = 8, SAT_ALL = SAT_ROWS * SAT_BATCH,
       SAT_WIDTH = 16, SAT_VALUES = 8, SAT_LONGEST = 1024 };

struct saturation {
    float largest;                 /* mean of the largest weights */
    float median;                  /* of the gradients of the queries */
    float rows[SAT_ROWS];          /* of the first sequence: their norms */
    float weights[SAT_ROWS];       /* of its first query */
};

static float *sat_normals(struct arena *arena, size_t n, float scale,
                          struct random *random)
{
    float *x = arena_floats(arena, n);
    for (size_t i = 0; i < n; i++)
        x[i] = scale * random_normal(random);
    return x;
}

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}
static struct saturation saturation_of(const float *dq, const float *weights,
                                       size_t d);

static struct saturation saturate(size_t d, bool scaled, uint64_t seed)
{
    struct arena arena = arena_new((size_t)4 << 20);
    struct random random = random_new(seed, d);
    const float one = 1 / sqrtf(SAT_WIDTH);
    struct self_attention s = { .batch = SAT_BATCH, .n = SAT_ROWS,
        .d = SAT_WIDTH, .dk = d, .dv = SAT_VALUES, .scale = scaled ? 0 : 1 };
    float *x = sat_normals(&arena, SAT_ALL * SAT_WIDTH, 1, &random);
    float *dout = sat_normals(&arena, SAT_ALL * SAT_VALUES, 1, &random);
    s.wq = sat_normals(&arena, SAT_WIDTH * d, one, &random);
    s.wk = sat_normals(&arena, SAT_WIDTH * d, one, &random);
    s.wv = sat_normals(&arena, SAT_WIDTH * SAT_VALUES, one, &random);
    struct self_attention_saved saved = self_attention_saved_new(&arena, &s);
    float *out = arena_floats(&arena, SAT_ALL * SAT_VALUES);
    float *dq = arena_floats(&arena, self_attention_workspace(&s));
    self_attention_forward(out, &saved, x, &s);
    self_attention_backward(&(struct self_gradients){ .dx = NULL }, dq, dout,
                            &saved, x, &s);
    struct saturation result = saturation_of(dq, saved.weights, d);
    arena_free(&arena);
    return result;
}

static struct saturation saturation_of(const float *dq, const float *weights,
                                       size_t d)
{
    struct saturation result = { 0 };
    float norms[SAT_ALL];
    for (size_t i = 0; i < SAT_ALL; i++) {
        const float *w = weights + i * SAT_ROWS;
        norms[i] = (float)norm_of(dq + i * d, d);
        result.largest += w[argmax(w, SAT_ROWS)] / SAT_ALL;
    }
    memcpy(result.rows, norms, sizeof result.rows);
    memcpy(result.weights, weights, sizeof result.weights);
    qsort(norms, SAT_ALL, sizeof *norms, compare_floats);
    result.median = (norms[SAT_ALL / 2 - 1] + norms[SAT_ALL / 2]) / 2;
    return result;
}
#ifndef __wasm__
/* learning and counting */
enum { BATCH = 100 };
static const double standard_rate = .01;

static float learn_step(struct model *m, struct training *t,
                        const struct digits *digits)
{
    static float x[BATCH * DIGIT_PIXELS], patches[BATCH * DIGIT_PIXELS];
    int32_t target[BATCH];
    uint32_t which[BATCH];
    struct tensor *attended;
    struct random random = training_random(t);
    training_pick(t, which, BATCH, digits->count);
    digits_batch(x, target, digits, which, BATCH,
                 m->unmoved ? NULL : &random);
    digits_patches(patches, x, BATCH);
    struct tensor *loss = tape_cross_entropy(m->tape,
        model_forward(m, &attended, patches, BATCH), target, 0, -1);
    float value = loss->data[0];
    training_step(t, loss);
    return value;
}
enum { TEST_BATCH = 500 };

static size_t batch_right(struct model *m, const struct digits *digits,
                          size_t first, size_t n)
{
    static float x[TEST_BATCH * DIGIT_PIXELS],
                 patches[TEST_BATCH * DIGIT_PIXELS];
    int32_t target[TEST_BATCH];
    uint32_t which[TEST_BATCH];
    struct tensor *attended;
    size_t right = 0;
    for (size_t i = 0; i < n; i++)
        which[i] = (uint32_t)(first + i);
    /* classify these digits, and count the right ones */
    digits_batch(x, target, digits, which, n, NULL);
    digits_patches(patches, x, n);
    struct tensor *logits = model_forward(m, &attended, patches, n);
    for (size_t i = 0; i < n; i++)
        right += argmax(logits->data + i * DIGIT_KINDS, DIGIT_KINDS)
                 == (size_t)target[i];
    tape_begin(m->tape);
    return right;
}

static size_t count_right(struct model *m, const struct digits *digits)
{
    size_t right = 0;
    m->tape->no_grad = true;
    for (size_t i = 0; i < digits->count; i += TEST_BATCH) {
        size_t left = digits->count - i;
        right += batch_right(m, digits, i,
                             left < TEST_BATCH ? left : TEST_BATCH);
    }
    m->tape->no_grad = false;
    return right;
}
struct settings {
    const char *data, *load, *save;
    size_t steps, pause, dk, dv, threads;
    uint64_t seed;
    enum attend attend;
    bool unmoved;
};

static const struct settings standard = {
    .data = "data/digits", .steps = 24000, .dk = 32, .dv = 48, .seed = 1
};

struct run {
    struct model model;
    struct training training;
    const struct digits *digits, *test;
};

static const char *const kinds[][2] = {
    { "learned", "learned, unmoved" }, { "uniform", "uniform, unmoved" },
    { "own", "own, unmoved" }, { "unscaled", "unscaled, unmoved" },
    { "no-places", "no-places, unmoved" }
};

static struct run run_new(const struct settings *how)
{
    struct run run = { .model = model_new(how->dk, how->dv, how->seed) };
    run.model.attend = how->attend, run.model.unmoved = how->unmoved;
    run.training = training_new(run.model.tape, how->steps, how->seed);
    run.training.rate = standard_rate;
    run.training.kind = kinds[how->attend][how->unmoved];
    return run;
}

static void run_free(struct run *run)
{
    training_free(&run->training);
    tape_free(run->model.tape);
}

static float run_step(struct training *t, void *model)
{
    struct run *run = model;
    return learn_step(&run->model, t, run->digits);
}

static void run_report(const struct training *t, void *model, double loss)
{
    struct run *run = model;
    size_t right = count_right(&run->model, run->test);
    printf("step %6zu   loss %.4f   right %.4f\n", t->step, loss,
           (double)right / (double)run->test->count);
}

enum { WIDEST = 4096 };            /* the longest key or value */

static void take_sizes(struct settings *how)
{
    struct safetensors file = safetensors_read(how->load);
    const struct stored *wq = safetensors_find(&file, "attention.wq");
    const struct stored *wv = safetensors_find(&file, "attention.wv");
    /* refuse a file without these matrices */
    if (!wq || !wv)
        fail("--load %s: has no tensor \"%s\"", how->load,
             wq ? "attention.wv" : "attention.wq");
    if (wq->rank != 2 || wv->rank != 2 || !wq->shape[1] || !wv->shape[1]
        || wq->shape[1] > WIDEST || wv->shape[1] > WIDEST)
        fail("--load %s: its attention.wq or attention.wv is no matrix for"
             " this model", how->load);
    how->dk = wq->shape[1], how->dv = wv->shape[1];
    safetensors_free(&file);
}

static int train(struct settings *how)
{
    struct digits digits = digits_read(how->data, "train");
    struct digits test = digits_read(how->data, "t10k");
    if (how->load)
        take_sizes(how);
    struct run run = run_new(how);
    run.digits = &digits, run.test = &test;
    /* train as the command line says */
    int status = training_run(&run.training, &(struct training_task){
        .load = how->load, .save = how->save, .pause = how->pause,
        .steps = command_given("steps") ? how->steps : 0,
        .model = &run, .step = run_step, .report = run_report });
    run_free(&run), digits_free(&digits), digits_free(&test);
    return status;
}

static void classify(struct settings *how)
{
    struct digits test = digits_read(how->data, "t10k");
    if (!how->load)
        how->load = "data/weights/selfattention.safetensors";
    take_sizes(how);
    struct run run = run_new(how);
    weights_load(how->load, run.model.tape);
    size_t right = count_right(&run.model, &test);
    printf("%zu of %zu digits right, %.2f %%\n", right, test.count,
           100 * (double)right / (double)test.count);
    run_free(&run), digits_free(&test);
}
enum { ARRAY_X, ARRAY_WQ, ARRAY_WK, ARRAY_WV, ARRAYS };
static const char *const array_options[ARRAYS] = { "x", "wq", "wk", "wv" };

struct request {
    const char *path[ARRAYS], *out, *weights;
    bool no_scale, causal, train, classify, results, study;
};

static void misfit(const struct array *a, int i, int j, const char *why)
{
    char one[ARRAY_TEXT], other[ARRAY_TEXT];
    fail("--%s %s does not fit --%s %s: %s", array_options[j],
         array_text(one, &a[j]), array_options[i], array_text(other, &a[i]),
         why);
}

static double *read_doubles(struct array *shape, const char *path)
{
    struct numbers n = npy_read_numbers(path);
    *shape = (struct array){ .rank = n.rank, .count = n.count };
    memcpy(shape->shape, n.shape, sizeof n.shape);
    return n.data;
}

static double *read_array(struct array *a, const struct request *want, int i)
{
    char text[ARRAY_TEXT];
    double *x = read_doubles(a, want->path[i]);
    bool good = a->rank == 2 || (i == ARRAY_X && a->rank == 3);
    if (!good || a->count == 0)
        fail("--%s %s: has the shape %s, and should have %s",
             array_options[i], want->path[i], array_text(text, a),
             i == ARRAY_X ? "(n, d) or (B, n, d)" : "rows and columns");
    for (size_t l = 0; l < a->count; l++)
        if (!isfinite(x[l]))
            fail("--%s %s: element %zu is %g", array_options[i],
                 want->path[i], l, x[l]);
    return x;
}

static struct self_attention_double fit_arrays(const struct array *a)
{
    const struct array *x = &a[ARRAY_X];
    size_t n = x->rank;
    struct self_attention_double s = {
        .batch = n == 3 ? x->shape[0] : 1, .n = x->shape[n - 2],
        .d = x->shape[n - 1], .dk = a[ARRAY_WQ].shape[1],
        .dv = a[ARRAY_WV].shape[1]
    };
    for (int i = ARRAY_WQ; i < ARRAYS; i++)
        if (a[i].shape[0] != s.d)
            misfit(a, ARRAY_X, i, "a row for each number of a vector");
    if (a[ARRAY_WK].shape[1] != s.dk)
        misfit(a, ARRAY_WQ, ARRAY_WK, "keys as long as queries");
    return s;
}

static void write_arrays(const struct request *want, const double *out,
                         const double *weights, size_t rank,
                         const struct self_attention_double *s)
{
    const size_t one[] = { s->batch, s->n, s->dv };
    const size_t two[] = { s->batch, s->n, s->n };
    struct array first = array_rounded("--out", out, rank, one + 3 - rank);
    struct array second = array_rounded("--weights", weights, rank,
                                        two + 3 - rank);
    struct output *other = want->weights ? npy_open(want->weights, &second)
                                         : NULL;
    output_commit(npy_open(want->out, &first));
    if (other)
        output_commit(other);
    array_free(&first), array_free(&second);
}

static void run_arrays(const struct request *want)
{
    struct array a[ARRAYS];
    double *in[ARRAYS];
    for (int i = 0; i < ARRAYS; i++)
        if (!want->path[i])
            fail("--%s FILE.npy is missing; --x, --wq, --wk, --wv and --out"
                 " belong together", array_options[i]);
    if (!want->out)
        fail("--out FILE.npy is missing: where should the output go?");
    for (int i = 0; i < ARRAYS; i++)
        in[i] = read_array(&a[i], want, i);
    /* run the layer in double, and write what it gives */
    struct self_attention_double s = fit_arrays(a);
    s.causal = want->causal, s.scale = want->no_scale ? 1 : 0;
    s.wq = in[ARRAY_WQ], s.wk = in[ARRAY_WK], s.wv = in[ARRAY_WV];
    struct arena arena = arena_new(self_attention_bytes_double(&s));
    struct self_attention_saved_double saved =
        self_attention_saved_new_double(&arena, &s);
    double *out = allocate(size_product(size_product(s.batch, s.n), s.dv),
                           sizeof *out);
    self_attention_forward_double(out, &saved, in[ARRAY_X], &s);
    write_arrays(want, out, saved.weights, a[ARRAY_X].rank, &s);
    free(out), arena_free(&arena);
    for (int i = 0; i < ARRAYS; i++)
        free(in[i]);
}
static double study_one(struct settings run_how, const char *save)
{
    struct digits digits = digits_read(run_how.data, "train");
    struct digits test = digits_read(run_how.data, "t10k");
    struct run run = run_new(&run_how);
    run.digits = &digits;
    training_steps(&run.training, &(struct training_task){
                       .model = &run, .step = run_step }, run_how.steps);
    double right = (double)count_right(&run.model, &test)
                 / (double)test.count;
    if (save)
        weights_save(save, run.model.tape);
    run_free(&run), digits_free(&digits), digits_free(&test);
    return right;
}

static void print_study(const struct settings *given)
{
    struct settings s = *given;
    const char *const weights = "data/weights/selfattention.safetensors";
    if (!command_given("data"))
        s.data = "build/data/digits";
    output_try(weights);
    double start = seconds_now(), right = study_one(s, weights);
    printf("selfattention.study.accuracy = %.4f\n", right);
    printf("selfattention.study.time.train = %.1f\n", seconds_now() - start);
    /* train the changed models */
    s.steps = 4000;
    for (int i = 0; i < 5; i++) {
        s.attend = (enum attend)i;
        printf("selfattention.study.short.%s = %.4f\n", kinds[i][0],
               study_one(s, NULL));
    }
    s.dk = 256, s.attend = LEARNED;
    printf("selfattention.study.long.scaled = %.4f\n", study_one(s, NULL));
    s.attend = UNSCALED;
    printf("selfattention.study.long.unscaled = %.4f\n", study_one(s, NULL));
    s.dk = s.dv = 10, s.attend = LEARNED;
    printf("selfattention.study.ten = %.4f\n", study_one(s, NULL));
    s.dk = standard.dk, s.dv = standard.dv;
    for (int own = 0; own < 2; own++) {
        s.attend = own ? OWN : LEARNED, s.unmoved = true, s.steps = 4000;
        printf("selfattention.study.unmoved.%s = %.4f\n", kinds[s.attend][0],
               study_one(s, NULL));
        s.unmoved = false, s.steps = 1000;
        printf("selfattention.study.thousand.%s = %.4f\n", kinds[s.attend][0],
               study_one(s, NULL));
    }
}

static void print_saturation(void);
static void print_corner(struct model *m, const struct digits *test);
static void print_looks(struct model *m, const struct digits *test);

static void print_results(void)
{
    struct settings s = standard;
    struct digits test = digits_read(s.data, "t10k");
    s.load = "data/weights/selfattention.safetensors";
    take_sizes(&s);
    struct run run = run_new(&s);
    weights_load(s.load, run.model.tape);
    printf("selfattention.parameters = %zu\n", run.model.tape->size);
    for (int i = 0; i < 2; i++) {
        run.model.attend = i ? UNIFORM : LEARNED;
        printf("selfattention.excerpt.%s = %.4f\n",
               i ? "uniform" : "accuracy",
               (double)count_right(&run.model, &test) / (double)test.count);
    }
    run.model.attend = LEARNED, run.model.tape->no_grad = true;
    print_looks(&run.model, &test);
    print_corner(&run.model, &test);
    print_saturation();
    run_free(&run), digits_free(&test);
}

static void print_saturation(void)
{
    for (size_t d = 1; d <= SAT_LONGEST; d *= 4)
        for (int scaled = 0; scaled < 2; scaled++) {
            struct saturation s = saturate(d, scaled, 1);
            const char *kind = scaled ? "scaled" : "dot";
            printf("selfattention.%s.largest.%zu = %.4f\n", kind, d,
                   (double)s.largest);
            printf("selfattention.%s.median.%zu = %.3g\n", kind, d,
                   (double)s.median);
        }
}

static float corner_weight(struct model *m, const float *patches)
{
    struct tensor *attended;
    model_forward(m, &attended, patches, 1);
    float weight = attended->weights[6 * DIGIT_PATCHES];
    tape_begin(m->tape);
    return weight;
}

static double blank_corners(const struct digits *d)
{
    size_t blank = 0;
    for (size_t i = 0; i < d->count; i++) {
        int ink = 0;
        for (int y = 0; y < DIGIT_PATCH; y++)
            for (int x = 0; x < DIGIT_PATCH; x++)
                ink |= d->images[i * DIGIT_PIXELS + y * DIGIT_SIDE + x];
        blank += !ink;
    }
    return (double)blank / (double)d->count;
}

static void print_corner(struct model *m, const struct digits *test)
{
    float x[DIGIT_PIXELS], patches[DIGIT_PIXELS];
    int32_t target;
    digits_batch(x, &target, test, (uint32_t[]){ 0 }, 1, NULL);
    digits_patches(patches, x, 1);
    printf("selfattention.corner.blank = %.4f\n",
           (double)corner_weight(m, patches));
    for (int i = 0; i < DIGIT_PATCH_PIXELS; i++)
        if (i % DIGIT_PATCH >= 2 && i % DIGIT_PATCH < 5)
            patches[i] = .9f;
    printf("selfattention.corner.always = %.4f\n", blank_corners(test));
    printf("selfattention.corner.stroke = %.4f\n",
           (double)corner_weight(m, patches));
}

static double weights_entropy(const float *w, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (w[i] > 0)
            sum -= (double)w[i] * log((double)w[i]);
    return sum;
}

static void print_looks(struct model *m, const struct digits *test)
{
    static float x[TEST_BATCH * DIGIT_PIXELS];
    static float patches[TEST_BATCH * DIGIT_PIXELS];
    double entropy = 0, self = 0, largest = 0, rows = TEST_BATCH * 16;
    /* run the model on the first digits */
    int32_t target[TEST_BATCH];
    uint32_t which[TEST_BATCH];
    struct tensor *attended;
    for (uint32_t i = 0; i < TEST_BATCH; i++)
        which[i] = i;
    digits_batch(x, target, test, which, TEST_BATCH, NULL);
    digits_patches(patches, x, TEST_BATCH);
    model_forward(m, &attended, patches, TEST_BATCH);
    for (size_t i = 0; i < TEST_BATCH * DIGIT_PATCHES; i++) {
        /* add what the weights of one patch are like */
        const float *w = attended->weights + i * DIGIT_PATCHES;
        entropy += weights_entropy(w, DIGIT_PATCHES);
        self += (double)w[i % DIGIT_PATCHES];
        largest += (double)w[argmax(w, DIGIT_PATCHES)];
    }
    tape_begin(m->tape);
    printf("selfattention.entropy = %.4f\n", entropy / rows);
    printf("selfattention.self = %.4f\n", self / rows);
    printf("selfattention.largest = %.4f\n", largest / rows);
}
#endif
static struct rect part_of(struct rect r, float x, float y, float w, float h)
{
    return (struct rect){ r.x + x, r.y + y, w, h };
}
/* figure of swapped words */
enum { WORDS = 3 };
static const char *const word_names[WORDS] = { "cats", "eat", "fish" };
static const float word_numbers[WORDS][2] = { { 1, 0 }, { 0, 1 }, { 1, 1 } };

static struct {
    int order[WORDS], chosen;        /* order: which word stands where */
    bool places;
} swap = { { 2, 1, 0 }, -1, false };

static void swap_run(float *out, float *weights, const int *order)
{
    static const float wq[] = { 0, 1, 1, 0, 0, 0 },
                       wk[] = { 1, 0, 0, 1, 0, 0 },
                       wv[] = { 2, 0, 0, 4, 1, 0 };
    const struct self_attention s = { .batch = 1, .n = WORDS, .d = 3,
        .dk = 2, .dv = 2, .wq = wq, .wk = wk, .wv = wv };
    float x[3 * WORDS], q[6], k[6], v[6];
    const struct self_attention_saved saved = { q, k, v, weights };
    /* let x be the words in this order, perhaps with places */
    for (int i = 0; i < WORDS; i++) {
        memcpy(x + 3 * i, word_numbers[order[i]], sizeof *word_numbers);
        x[3 * i + 2] = swap.places ? (float)(i - 1) : 0;
    }
    self_attention_forward(out, &saved, x, &s);
}
static void swap_click(int at)
{
    int old = swap.chosen, word = swap.order[at];
    swap.chosen = old < 0 ? at : -1;
    if (old < 0)
        return;
    swap.order[at] = swap.order[old];
    swap.order[old] = word;
}

static void swap_word(struct frame *f, struct rect r, int at)
{
    const float *x = word_numbers[swap.order[at]];
    if (button(f, r, word_names[swap.order[at]]))
        swap_click(at);
    if (swap.chosen == at)
        draw_frame(f, r, 6, 2.5f, paint(f, ACCENT));
    /* write its numbers below */
    char place[16] = "";
    if (swap.places)
        snprintf(place, sizeof place, ", %d", at - 1);
    draw_text(f, r.x + r.w / 2, r.y + r.h + 18, TEXT_SIZE, ALIGN_CENTER,
              paint(f, MUTED), "(%g, %g%s)", (double)x[0], (double)x[1],
              place);
}

static void swap_picture(struct frame *f, struct rect r, const float *out,
                         const float *weights)
{
    float centers[WORDS], third = r.w / WORDS, wide = fminf(110, third - 12);
    for (int i = 0; i < WORDS; i++)
        centers[i] = r.x + ((float)i + .5f) * third;
    token_links(f, r.y + 26, r.y + r.h - 62, centers, centers, weights,
                WORDS, WORDS, -1);
    for (int i = 0; i < WORDS; i++) {
        /* write an output, and let its word be clicked */
        draw_text(f, centers[i], r.y + 16, TEXT_SIZE,
                  ALIGN_CENTER | TEXT_BOLD, paint(f, INK), "(%.3f, %.3f)",
                  (double)out[2 * i], (double)out[2 * i + 1]);
        swap_word(f, part_of(r, centers[i] - r.x - wide / 2, r.h - 56, wide,
                             32), i);
    }
}
static void swap_lines(struct frame *f, struct rect r, const float *out)
{
    static const int first[WORDS] = { 0, 1, 2 };
    float was[2 * WORDS], weights[WORDS * WORDS];
    swap_run(was, weights, first);
    /* write the heads of the columns */
    draw_text(f, r.x + 48, r.y + 14, TEXT_SIZE, ALIGN_LEFT, paint(f, MUTED),
              "in \"cats eat fish\"");
    draw_text(f, r.x + 178, r.y + 14, TEXT_SIZE, ALIGN_LEFT, paint(f, MUTED),
              "in this order");
    for (int i = 0; i < WORDS; i++) {
        /* compare what word swap.order[i] got and gets */
        int word = swap.order[i];
        const float *a = was + 2 * word, *b = out + 2 * i;
        float y = r.y + 40 + 24 * (float)word;
        bool same = fabsf(a[0] - b[0]) < 1e-4f && fabsf(a[1] - b[1]) < 1e-4f;
        draw_text(f, r.x, y, TEXT_SIZE, TEXT_BOLD, paint(f, INK), "%s",
                  word_names[word]);
        draw_text(f, r.x + 48, y, TEXT_SIZE, ALIGN_LEFT, paint(f, INK),
                  "(%.3f, %.3f)", (double)a[0], (double)a[1]);
        draw_text(f, r.x + 178, y, TEXT_SIZE, ALIGN_LEFT,
                  paint(f, same ? INK : WARN), "(%.3f, %.3f)%s", (double)b[0],
                  (double)b[1], same ? "" : " *");
    }
}

static bool swap_frame(struct frame *f)
{
    float out[2 * WORDS], weights[WORDS * WORDS];
    struct rect r = frame_inside(f);
    toggle(f, part_of(r, 0, 0, 150, 30), "with places", &swap.places);
    if (button(f, part_of(r, 170, 0, 110, 30), "reverse"))
        swap.chosen = 0, swap_click(WORDS - 1);
    swap_run(out, weights, swap.order);
    float wide = f->narrow ? r.w : r.w - 316;
    swap_picture(f, part_of(r, 0, 44, wide, 230), out, weights);
    swap_lines(f, f->narrow ? part_of(r, 0, 292, r.w, 120)
                            : part_of(r, wide + 22, 110, 294, 120), out);
    return false;
}
static void swap_table(FILE *out)
{
    float got[2 * WORDS], weights[WORDS * WORDS];
    swap_run(got, weights, swap.order);
    fprintf(out, "word\tfirst number\tsecond\tto 1\tto 2\tto 3\n");
    for (int i = 0; i < WORDS; i++) {
        /* print the row of word i */
        fprintf(out, "%s\t%.3f\t%.3f", word_names[swap.order[i]],
                (double)got[2 * i], (double)got[2 * i + 1]);
        for (int j = 0; j < WORDS; j++)
            fprintf(out, "\t%.3f", (double)weights[i * WORDS + j]);
        fputc('\n', out);
    }
}
/* figure own digit */
EMBED(selfattention_weights,
      EMBED_FILE("data/weights/selfattention.safetensors"));
EMBED(selfattention_images,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 20 * 784));

enum { SHOWN_DIGITS = 20, GRID_SIDE = 56, SHOWN_DK = 32, SHOWN_DV = 48 };

static struct {
    struct model model;
    float ink[GRID_SIDE * GRID_SIDE];       /* what the reader has drawn */
    float image[DIGIT_PIXELS];              /* what the network sees */
    float weights[DIGIT_PATCHES * DIGIT_PATCHES], chances[DIGIT_KINDS];
    int digit, patch;                       /* digit -1: the drawn one */
    float last_x, last_y;
    bool ready, drawing;
} show = { .digit = 0, .patch = 6 };
static void show_run(void)
{
    float patches[DIGIT_PIXELS];
    struct tensor *attended;
    if (!show.model.tape) {
        show.model = model_new(SHOWN_DK, SHOWN_DV, 1);
        weights_embedded(show.model.tape, selfattention_weights);
        show.model.tape->no_grad = true;
    }
    digits_patches(patches, show.image, 1);
    struct tensor *s = model_forward(&show.model, &attended, patches, 1);
    softmax(show.chances, s->data, DIGIT_KINDS);
    memcpy(show.weights, attended->weights, sizeof show.weights);
    tape_begin(show.model.tape);
    show.ready = true;
}

static void show_digit(int digit)
{
    const uint8_t *image = selfattention_images + digit * DIGIT_PIXELS;
    show.digit = digit;
    for (int i = 0; i < DIGIT_PIXELS; i++)
        show.image[i] = image[i] / 255.f;
    memset(show.ink, 0, sizeof show.ink);
    show_run();
}
static bool ink_extent(float box[4] /* left, top, right, bottom */,
                       float *x, float *y)
{
    float sum = 0, sx = 0, sy = 0;
    box[0] = box[1] = GRID_SIDE, box[2] = box[3] = 0;
    for (int i = 0; i < GRID_SIDE * GRID_SIDE; i++) {
        float ink = show.ink[i], at_x = (float)(i % GRID_SIDE) + .5f,
              at_y = (float)(i / GRID_SIDE) + .5f;
        /* count this point of ink */
        sum += ink, sx += ink * at_x, sy += ink * at_y;
        if (ink > .3f) {
            box[0] = fminf(box[0], at_x), box[1] = fminf(box[1], at_y);
            box[2] = fmaxf(box[2], at_x), box[3] = fmaxf(box[3], at_y);
        }
    }
    if (sum > 0)
        *x = sx / sum, *y = sy / sum;
    return sum > 0;
}
static float ink_at(float x, float y)
{
    bool there = x >= 0 && y >= 0 && x < GRID_SIDE && y < GRID_SIDE;
    return there ? show.ink[(int)y * GRID_SIDE + (int)x] : 0;
}

static float ink_mean(float x, float y, float step)
{
    float sum = 0;
    for (int i = 0; i < 16; i++)
        sum += ink_at(x + ((float)(i % 4) - 1.5f) / 4 * step,
                      y + ((float)(i / 4) - 1.5f) / 4 * step);
    return sum / 16;
}

static void show_drawn(void)
{
    float box[4], x = 0, y = 0;
    memset(show.image, 0, sizeof show.image);
    show.digit = -1;
    if (ink_extent(box, &x, &y)) {
        /* scale and center the drawing */
        float size = fmaxf(box[2] - box[0], box[3] - box[1]) + 1;
        float step = fmaxf(size, 14) / 20;
        for (int i = 0; i < DIGIT_PIXELS; i++)
            show.image[i] = ink_mean(
                x + ((float)(i % DIGIT_SIDE) - 13.5f) * step,
                y + ((float)(i / DIGIT_SIDE) - 13.5f) * step, step);
    }
    show_run();
}
static void pen_spot(float x, float y)
{
    for (int i = 0; i < GRID_SIDE * GRID_SIDE; i++) {
        float dx = (float)(i % GRID_SIDE) + .5f - x;
        float dy = (float)(i / GRID_SIDE) + .5f - y;
        float ink = 3.2f - hypotf(dx, dy);
        show.ink[i] = fmaxf(show.ink[i], fminf(1, fmaxf(0, ink)));
    }
}

static void pen_line(float x, float y)
{
    float dx = x - show.last_x, dy = y - show.last_y;
    int steps = 1 + (int)fminf(hypotf(dx, dy), GRID_SIDE);
    for (int i = 1; i <= steps; i++)
        pen_spot(show.last_x + dx * (float)i / (float)steps,
                 show.last_y + dy * (float)i / (float)steps);
    show.last_x = x, show.last_y = y;
}
static void board_image(struct frame *f, struct rect r, const float *image,
                        size_t side)
{
    image_gray(f, r, image, side, side, 0, 1);
    f->readout[0] = 0;
}

static void pen_board(struct frame *f, struct rect r)
{
    struct widget w = widget(f, r, CURSOR_GRAB);
    say(f, w, "a board to draw a digit on with the pointer", "board");
    float x = (f->pointer.x - r.x) / r.w * GRID_SIDE;
    float y = (f->pointer.y - r.y) / r.h * GRID_SIDE;
    bool down = w.held && f->pointer.down;
    if (down && !show.drawing)
        show.last_x = x, show.last_y = y;
    if (down)
        pen_line(x, y), show_drawn();
    show.drawing = down;
    draw_rect(f, r, paint(f, PANEL));
    board_image(f, r, show.ink, GRID_SIDE);
    draw_frame(f, r, 0, 1, paint(f, MUTED));
    if (show.digit >= 0)
        draw_text(f, r.x + r.w / 2, r.y + r.h / 2, TEXT_SIZE,
                  ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED),
                  "draw a digit");
    focus_ring(f, w, r, 2);
}
static struct rect patch_cell(struct rect r, int p)
{
    float cell = r.w / 4;
    return part_of(r, (float)(p % 4) * cell, (float)(p / 4) * cell, cell,
                   cell);
}

static void patch_shade(struct frame *f, struct rect cell, float weight)
{
    float x = cell.x + cell.w, y = cell.y + cell.h;
    draw_rect(f, cell, fade(paint(f, SERIES_1), .85f * sqrtf(weight)));
    draw_frame(f, cell, 0, .5f, paint(f, GRID));
    /* write the weight into the corner */
    draw_round(f, (struct rect){ x - 31, y - 18, 29, 16 }, 4,
               fade(paint(f, PAPER), .8f));
    draw_text(f, x - 4, y - 6, TEXT_SMALL, ALIGN_RIGHT, paint(f, INK),
              "%.2f", (double)weight);
}

static void look_board(struct frame *f, struct rect r)
{
    struct widget w = widget(f, r, CURSOR_HAND);
    say(f, w, "the patch that looks; arrow keys move it", "grid");
    /* let the reader choose another patch */
    for (int p = 0; w.held && p < DIGIT_PATCHES; p++)
        if (inside(patch_cell(r, p), f->pointer.x, f->pointer.y))
            show.patch = p;
    if (w.focused)
        show.patch += arrow_x(f) + 4 * arrow_y(f);
    show.patch = (show.patch + DIGIT_PATCHES) % DIGIT_PATCHES;
    board_image(f, r, show.image, DIGIT_SIDE);
    for (int p = 0; p < DIGIT_PATCHES; p++)
        patch_shade(f, patch_cell(r, p),
                    show.weights[show.patch * DIGIT_PATCHES + p]);
    draw_frame(f, patch_cell(r, show.patch), 0, 2.5f, paint(f, WARN));
    focus_ring(f, w, r, 2);
}

static void chance_bars(struct frame *f, struct rect r)
{
    static const char *const names[] = { "0", "1", "2", "3", "4", "5", "6",
                                         "7", "8", "9" };
    size_t best = argmax(show.chances, DIGIT_KINDS);
    struct plot p = plot_new(f, r, -.6f, DIGIT_KINDS - .4f, 0, 1);
    plot_axes_names(&p, names, DIGIT_KINDS, r.w > 220 ? "probability" : "");
    plot_bars(&p, NULL, show.chances, DIGIT_KINDS, .7f, paint(f, SERIES_1));
    draw_text(f, r.x + r.w - 2, p.area.y - 9, TEXT_SIZE,
              ALIGN_RIGHT | TEXT_BOLD, paint(f, INK), "it reads %zu, %.3f",
              best, (double)show.chances[best]);
}
static bool show_blank(void)
{
    for (int i = 0; i < DIGIT_PIXELS; i++)
        if (show.image[i] > 0)
            return false;
    return true;
}

static bool digit_frame(struct frame *f)
{
    struct rect r = frame_inside(f);
    if (!show.ready)
        show_digit(0);
    if (button(f, part_of(r, 0, 0, 118, 30), "next test digit"))
        show_digit((show.digit + 1) % SHOWN_DIGITS);
    if (button(f, part_of(r, 130, 0, 70, 30), "clear"))
        memset(show.ink, 0, sizeof show.ink), show_drawn();
    float side = f->narrow ? (r.w - 12) / 2 : 216;
    float second = side + (f->narrow ? 12 : 20);
    pen_board(f, part_of(r, 0, 66, side, side));
    look_board(f, part_of(r, second, 66, side, side));
    draw_text(f, r.x, r.y + 54, TEXT_SIZE, ALIGN_LEFT, paint(f, MUTED),
              "your board");
    draw_text(f, r.x + second, r.y + 54, TEXT_SIZE, ALIGN_LEFT,
              paint(f, MUTED), f->narrow ? "patch %d looks at"
              : "where patch %d looks", show.patch);
    if (!show_blank())
        chance_bars(f, f->narrow ? part_of(r, 0, side + 92, r.w, 190)
                    : part_of(r, 2 * side + 36, 44, r.w - 2 * side - 36,
                              side + 30));
    return false;
}
static void digit_table(FILE *out)
{
    if (!show.ready)
        show_digit(0);
    fprintf(out, "patch or digit\tweight of patch %d\tprobability\n",
            show.patch);
    for (int i = 0; i < DIGIT_PATCHES; i++) {
        /* print the row of patch i */
        fprintf(out, "%d\t%.4f", i,
                (double)show.weights[show.patch * DIGIT_PATCHES + i]);
        if (i < DIGIT_KINDS)
            fprintf(out, "\t%.4f", (double)show.chances[i]);
        else
            fputc('\t', out);
        fputc('\n', out);
    }
}
/* figure of saturation */
enum { SAT_LENGTHS = 11 };               /* 1, 2, 4 ... 1024 */
static struct { float length; bool done; float median[2][SAT_LENGTHS]; }
    sat = { .length = 256 };

static void sat_measure(void)
{
    for (int i = 0; !sat.done && i < SAT_LENGTHS; i++)
        for (int scaled = 0; scaled < 2; scaled++)
            sat.median[scaled][i] = saturate((size_t)1 << i, scaled,
                                             1).median;
    sat.done = true;
}

static void sat_curves(struct frame *f, struct rect r)
{
    float xs[SAT_LENGTHS], ys[SAT_LENGTHS];
    struct plot p = plot_new(f, r, 1, SAT_LONGEST, 1e-4f, 10);
    plot_axes_log(&p, "length d of queries and keys",
                  "median gradient", true, true);
    plot_vline(&p, sat.length, paint(f, MUTED));
    for (int scaled = 0; scaled < 2; scaled++) {
        /* draw the curve of one kind */
        struct color c = paint(f, scaled ? SERIES_1 : SERIES_2);
        for (int i = 0; i < SAT_LENGTHS; i++) {
            xs[i] = (float)(1 << i);
            ys[i] = fmaxf(sat.median[scaled][i], 1e-4f);
        }
        plot_line(&p, xs, ys, SAT_LENGTHS, c, 2);
        plot_points(&p, xs, ys, SAT_LENGTHS, c, 3.5f);
    }
    plot_legend(&p, (const char *const[]){ "without root", "with root" },
                (const enum ink[]){ SERIES_2, SERIES_1 }, 2);
}

static void sat_bars(struct frame *f, struct rect r, const char *label,
                     const float *plain, const float *scaled, float top)
{
    float xs[SAT_ROWS];
    static const char *const names[SAT_ROWS] = { "0", "", "", "", "", "5",
        "", "", "", "", "10", "", "", "", "", "15" };
    struct plot p = plot_new(f, r, -.7f, SAT_ROWS - .3f, 0, top);
    plot_axes_names(&p, names, SAT_ROWS, label);
    for (int side = 0; side < 2; side++) {
        /* draw the bars of one side */
        for (int i = 0; i < SAT_ROWS; i++)
            xs[i] = (float)i + (side ? .2f : -.2f);
        plot_bars(&p, xs, side ? scaled : plain, SAT_ROWS, .38f,
                  paint(f, side ? SERIES_1 : SERIES_2));
    }
}

static void sat_details(struct frame *f, struct rect r)
{
    struct saturation plain = saturate((size_t)sat.length, false, 1);
    struct saturation scaled = saturate((size_t)sat.length, true, 1);
    /* let top be above all gradients */
    float most = 0, half = r.h / 2 - 4;
    for (int i = 0; i < SAT_ROWS; i++)
        most = fmaxf(most, fmaxf(plain.rows[i], scaled.rows[i]));
    float top = fmaxf(1, tick_step(most, 1));
    sat_bars(f, part_of(r, 0, 0, r.w, half), "weights of one query, by key",
             plain.weights, scaled.weights, 1);
    sat_bars(f, part_of(r, 0, half + 8, r.w, half), "gradients, by query",
             plain.rows, scaled.rows, top);
}

static bool saturation_frame(struct frame *f)
{
    struct rect r = frame_inside(f);
    sat_measure();
    slider_log(f, part_of(r, 0, 0, r.w, 44), "length d", &sat.length, 1,
               SAT_LONGEST, "%.0f");
    sat.length = roundf(sat.length);
    float wide = f->narrow ? r.w : .5f * r.w, high = r.h - 56;
    if (f->narrow)
        high = .42f * high;
    sat_curves(f, part_of(r, 0, 56, wide, high));
    sat_details(f, f->narrow ? part_of(r, 0, 64 + high, r.w, r.h - 64 - high)
                             : part_of(r, wide + 12, 56, wide - 12, high));
    return false;
}

static void saturation_table(FILE *out)
{
    sat_measure();
    fprintf(out, "d\tmedian gradient, without root\twith root\n");
    for (int i = 0; i < SAT_LENGTHS; i++)
        fprintf(out, "%d\t%.3g\t%.3g\n", 1 << i, (double)sat.median[0][i],
                (double)sat.median[1][i]);
}

static const struct figure figures[] = {
    { "swap", 720, 300, 410,
      "Three words in a row, fish, eat, cats, each with two numbers, and "
      "above each the vector that the layer makes of it, with lines as thick "
      "as the weights. Beside it what each word got in the first order and "
      "gets now.",
      swap_frame, swap_table },
    { "digit", 720, 320, 470,
      "A board to draw on, beside it a handwritten seven in 16 patches, "
      "shaded by how much the chosen patch looks at each, and ten bars: the "
      "probability of seven is nearly one.",
      digit_frame, digit_table },
    { "saturation", 720, 420, 760,
      "Left, the median gradient of a query against the length d: with the "
      "root it stays the same, without it falls by orders of magnitude. "
      "Right, the 16 weights of one query and the gradients of 16 queries "
      "for both.",
      saturation_frame, saturation_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static struct request want;
static struct settings how;

static const struct command_option options[] = {
    /* options for arrays */
    { "x", OPTION_TEXT, &want.path[ARRAY_X], "X.npy", "(n, d) or (B, n, d)" },
    { "wq", OPTION_TEXT, &want.path[ARRAY_WQ], "WQ.npy", "(d, dk): queries" },
    { "wk", OPTION_TEXT, &want.path[ARRAY_WK], "WK.npy", "(d, dk): keys" },
    { "wv", OPTION_TEXT, &want.path[ARRAY_WV], "WV.npy", "(d, dv): values" },
    { "no-scale", OPTION_FLAG, &want.no_scale, NULL, "without 1/sqrt(dk)" },
    { "causal", OPTION_FLAG, &want.causal, NULL, "do not look ahead" },
    { "out", OPTION_TEXT, &want.out, "O.npy", "where the output goes" },
    { "weights", OPTION_TEXT, &want.weights, "W.npy", "and the weights" },
    /* options for training */
    { "train", OPTION_FLAG, &want.train, NULL, "learn to read digits" },
    { "classify", OPTION_FLAG, &want.classify, NULL, "read the test digits" },
    { "data", OPTION_TEXT, &how.data, "FOLDER", "with MNIST's four files" },
    { "steps", OPTION_SIZE, &how.steps, "N",
      "how many, with those of --load" },
    { "pause", OPTION_SIZE, &how.pause, "N", "stop after step N; 0: go on" },
    { "save", OPTION_TEXT, &how.save, "FILE.safetensors", "write the run" },
    { "load", OPTION_TEXT, &how.load, "FILE.safetensors", "a saved run" },
    { "attend", OPTION_CHOICE, &how.attend,
      "learned|uniform|own|unscaled|no-places", "what to change" },
    { "unmoved", OPTION_FLAG, &how.unmoved, NULL, "without random shifts" },
    { "key-width", OPTION_SIZE, &how.dk, "DK", "length of queries and keys" },
    { "value-width", OPTION_SIZE, &how.dv, "DV", "length of values" },
    { "seed", OPTION_SEED, &how.seed, "S", "of weights, order and shifts" },
    { "threads", OPTION_SIZE, &how.threads, "N", "0: one for each core" },
    { "results", OPTION_FLAG, &want.results, NULL,
      "print the book's numbers" },
    { "study", OPTION_FLAG, &want.study, NULL, "train, and print more" },
    FIGURE_OPTIONS, { 0 }
};

static const struct command command = {
    "selfattention", "every vector of a sequence asks all of them",
    "selfattention --x X.npy --wq Q.npy --wk K.npy --wv V.npy --out O.npy\n"
    "selfattention --train [--data FOLDER] [--save FILE.safetensors]\n"
    "selfattention --classify [--data FOLDER] [--load FILE.safetensors]",
    "selfattention --train --steps 2000 --save digits.safetensors",
    options
};

static void refuse_nonsense(void)
{
    command_alone("results", "threads");
    command_alone("study", "threads data");
    command_alone("train", "data steps pause save load attend unmoved"
                  " key-width value-width seed threads");
    command_alone("classify", "data load attend threads");
    command_alone("x", "wq wk wv no-scale causal out weights threads");
    if (how.dk < 1 || how.dk > WIDEST || how.dv < 1 || how.dv > WIDEST)
        fail("--key-width and --value-width are from 1 to %d", WIDEST);
    if (how.load && (command_given("key-width")
                     || command_given("value-width")))
        fail("--load: the file has its own --key-width and --value-width");
    if (how.load && command_given("seed"))
        fail("--load: the run has its own --seed");
}

int main(int argc, char **argv)
{
    how = standard;
    if (argc == 1)
        command_usage(&command);
    if (command_parse(&command, argc, argv) > 0)
        fail("\"%s\" is not an option (try --help)", argv[1]);
    if (figure_requested())
        return figure_run(figures);
    refuse_nonsense();
    command_threads(how.threads);
    if (want.results)
        print_results();
    else if (want.study)
        print_study(&how);
    else if (want.train)
        return train(&how);
    else if (want.classify)
        classify(&how);
    else
        run_arrays(&want);
    return 0;
}
#endif
