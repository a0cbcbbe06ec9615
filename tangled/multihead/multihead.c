/* multihead.c -- generated from chapters/10-multihead.nw. Do not edit. */
#include "selfattention/digits.h"
#include "kit/figure.h"
#include "multihead/multihead.h"
#include "double/multihead_double.h"
#include "kit/npy.h"
#include "gradient/peak.h"
#include "kit/learner.h"

/* the layer from pieces */
/* cut_pieces: x W + b as (B, H, T, d); wrong: only called so. */
static struct tensor *cut_pieces(struct tape *tape, struct tensor *x,
                                 struct tensor *w, struct tensor *b,
                                 size_t heads, bool wrong)
{
    size_t d = w->shape[1] / heads, n = x->shape[0], rows = x->shape[1];
    struct tensor *y = tape_matmul(tape, x, w);
    y = b ? tape_bias(tape, y, b) : y;
    if (wrong)
        return tape_reshape(tape, y, SHAPE(n, heads, rows, d));
    y = tape_reshape(tape, y, SHAPE(n, rows, heads, d));
    return tape_swap(tape, y, 1, 2);
}
static struct tensor *pieces_multihead(struct tape *tape, struct tensor *x,
    const struct multihead_parameters *p, bool wrong)
{
    struct tensor *q = cut_pieces(tape, x, p->wq, p->bq, p->heads, wrong);
    struct tensor *k = cut_pieces(tape, x, p->wk, p->bk, p->heads, wrong);
    struct tensor *v = cut_pieces(tape, x, p->wv, p->bv, p->heads, wrong);
    struct tensor *y = tape_attention(tape, q, k, v, p->causal, p->lengths);
    const float *weights = y->weights;
    if (!wrong)
        y = tape_swap(tape, y, 1, 2);
    y = tape_reshape(tape, y, SHAPE(x->shape[0], x->shape[1],
                                    p->wo->shape[0]));
    y = tape_matmul(tape, y, p->wo);
    y = p->bo ? tape_bias(tape, y, p->bo) : y;
    y->weights = weights;
    return y;
}
/* the model and its training */
enum { PLACE = 10, FEATURES = DIGIT_PATCH_PIXELS + PLACE, WIDTH = 50,
       OUTPUT = 10, HEADS = 5, JOINED = DIGIT_PATCHES * OUTPUT };

struct model {
    struct tape *tape;
    size_t heads;
    struct tensor *wq, *wk, *wv, *wo, *bq, *bv, *bo, *classes, *bias;
    bool broken;           /* see "What can go wrong" */
    const float *weights;  /* of the last forward pass: (n, H, 16, 16) */
};

/* model_forward: logits (n, 10) of digits, rows (n, 16, FEATURES). */
static struct tensor *model_forward(struct model *m, const float *rows,
                                    size_t n, bool weights)
{
    struct tensor *x = tape_input(m->tape, rows,
                                  SHAPE(n, DIGIT_PATCHES, FEATURES));
    const struct multihead_parameters p = { .wq = m->wq, .wk = m->wk,
        .wv = m->wv, .wo = m->wo, .bq = m->bq, .bv = m->bv, .bo = m->bo,
        .heads = m->heads, .weights = weights };
    struct tensor *y = m->broken ? pieces_multihead(m->tape, x, &p, true)
                                 : tape_multihead(m->tape, x, NULL, &p);
    m->weights = y->weights;
    y = tape_reshape(m->tape, y, SHAPE(n, JOINED));
    return tape_bias(m->tape, tape_matmul(m->tape, y, m->classes), m->bias);
}

static struct tensor *model_matrix(struct model *m, const char *name,
                                   size_t rows, size_t columns,
                                   struct random *random)
{
    struct tensor *w = tape_parameter(m->tape, name, SHAPE(rows, columns));
    float bound = 1 / sqrtf((float)rows);
    for (size_t i = 0; i < w->count; i++)
        w->data[i] = bound * (2 * random_uniform(random) - 1);
    return w;
}

static struct model model_on(struct tape *tape, size_t heads, uint64_t seed)
{
    struct model m = { .tape = tape, .heads = heads };
    struct random r = random_new(seed, 10);
    m.wq = model_matrix(&m, "attn.wq", FEATURES, WIDTH, &r);
    m.wk = model_matrix(&m, "attn.wk", FEATURES, WIDTH, &r);
    m.wv = model_matrix(&m, "attn.wv", FEATURES, WIDTH, &r);
    m.wo = model_matrix(&m, "attn.wo", WIDTH, OUTPUT, &r);
    m.classes = model_matrix(&m, "classifier.w", JOINED, DIGIT_KINDS, &r);
    m.bq = tape_parameter(m.tape, "attn.bq", SHAPE(WIDTH));
    m.bv = tape_parameter(m.tape, "attn.bv", SHAPE(WIDTH));
    m.bo = tape_parameter(m.tape, "attn.bo", SHAPE(OUTPUT));
    m.bias = tape_parameter(m.tape, "classifier.b", SHAPE(DIGIT_KINDS));
    return m;
}

/* model_rows: rows (n, 16, FEATURES) of pictures x (n, 28, 28).  patches
 * (n, 16, 49) is workspace. */
static void model_rows(float *rows, float *patches, const float *x, size_t n)
{
    digits_patches(patches, x, n);
    for (size_t p = 0; p < n * DIGIT_PATCHES; p++, rows += FEATURES) {
        memcpy(rows, patches + p * DIGIT_PATCH_PIXELS,
               DIGIT_PATCH_PIXELS * sizeof *rows);
        /* append the place of the patch */
        float *place = rows + DIGIT_PATCH_PIXELS;
        for (size_t f = 0; f < PLACE / 2; f++) {
            float angle = (float)(p % DIGIT_PATCHES)
                          / powf(10000, 2.f * (float)f / PLACE);
            place[2 * f] = sinf(angle), place[2 * f + 1] = cosf(angle);
        }
    }
}

EMBED(trained_weights, EMBED_FILE("data/weights/multihead.safetensors"));

static struct model model_trained(void)
{
    struct model m = model_on(tape_new(), HEADS, 1);
    weights_embedded(m.tape, trained_weights);
    return m;
}

enum { BATCH = 64, TEST_BATCH = 200 };

struct batch {
    float x[TEST_BATCH * DIGIT_PIXELS], patches[TEST_BATCH * DIGIT_PIXELS];
    float rows[TEST_BATCH * DIGIT_PATCHES * FEATURES];
    int32_t target[TEST_BATCH];
    uint32_t which[TEST_BATCH];
};

struct how { size_t heads; bool broken; };
struct reader { struct model model; struct batch batch; };

static void *reader_make(struct tape *tape, const void *how, uint64_t seed)
{
    struct reader *r = allocate(1, sizeof *r);
    const struct how *h = how;
    r->model = model_on(tape, h->heads, seed);
    r->model.broken = h->broken;
    return r;
}

static struct tensor *reader_loss(void *model, struct training *t, void *data)
{
    struct reader *r = model;
    struct batch *b = &r->batch;
    const struct digit_sets *sets = data;
    struct random shift = training_random(t);
    training_pick(t, b->which, BATCH, sets->train.count);
    digits_batch(b->x, b->target, &sets->train, b->which, BATCH, &shift);
    model_rows(b->rows, b->patches, b->x, BATCH);
    struct tensor *scores = model_forward(&r->model, b->rows, BATCH, false);
    return tape_cross_entropy(t->tape, scores, b->target, 0, -1);
}

/* test: the accuracy on the digits; right (count), if not NULL, gets which
 * are recognized. */
static double test(struct model *m, const struct digits *digits,
                   bool *right, struct batch *b)
{
    size_t sum = 0;
    m->tape->no_grad = true;
    for (size_t at = 0, n; at < digits->count; at += n) {
        n = digits->count - at < TEST_BATCH ? digits->count - at : TEST_BATCH;
        /* classify n digits from at on, and count in sum */
        for (size_t i = 0; i < n; i++)
            b->which[i] = (uint32_t)(at + i);
        digits_batch(b->x, b->target, digits, b->which, n, NULL);
        model_rows(b->rows, b->patches, b->x, n);
        tape_begin(m->tape);
        const float *scores = model_forward(m, b->rows, n, false)->data;
        for (size_t i = 0; i < n; i++) {
            bool ok = argmax(scores + i * DIGIT_KINDS, DIGIT_KINDS)
                      == (size_t)b->target[i];
            sum += ok;
            if (right)
                right[at + i] = ok;
        }
    }
    m->tape->no_grad = false;
    tape_begin(m->tape);
    return (double)sum / (double)digits->count;
}

static double reader_score(void *model, void *data)
{
    struct reader *r = model;
    return test(&r->model, &((struct digit_sets *)data)->test, NULL,
                &r->batch);
}

static struct learner reader = { .name = "multihead", .measure = "right",
    .make = reader_make, .loss = reader_loss, .score = reader_score,
    .data = digit_sets_read, .data_free = digit_sets_free,
    .folder = "data/digits", .how = &(const struct how){ HEADS, false },
    .steps = 4000, .rate = 1e-2, .seed = 1, .weights = trained_weights };
enum ablation { WHOLE, SILENT, EVEN };

/* ablate: head becomes silent, or looks at everything alike. */
static void ablate(struct model *m, size_t head, enum ablation how)
{
    size_t d = WIDTH / m->heads;
    if (how == SILENT)
        memset(m->wo->data + head * d * OUTPUT, 0,
               d * OUTPUT * sizeof(float));
    for (size_t j = head * d; how == EVEN && j < (head + 1) * d; j++) {
        m->bq->data[j] = 0;
        for (size_t i = 0; i < FEATURES; i++)
            m->wq->data[i * WIDTH + j] = 0;
    }
}

struct loss { double lost, error; };

static struct loss loss_between(const bool *whole, const bool *ablated,
                                size_t n)
{
    double only_whole = 0, only_ablated = 0;
    for (size_t i = 0; i < n; i++) {
        only_whole += whole[i] && !ablated[i];
        only_ablated += ablated[i] && !whole[i];
    }
    return (struct loss){ (only_whole - only_ablated) / (double)n,
                          sqrt(only_whole + only_ablated) / (double)n };
}
enum { BENCH_B = 8, BENCH_T = 256, BENCH_C = 384, BENCH_ROUNDS = 12,
       BENCH_SIZES = 7 };
static const size_t bench_heads[BENCH_SIZES] = { 2, 3, 6, 12, 24, 48, 96 };

struct bench {
    struct multihead m;
    struct multihead_gradients to;
    struct multihead_saved saved;
    float *x, *out, *dx, *parameters, *gradients, *memory, *workspace;
};

enum { BENCH_MATRIX = BENCH_C * BENCH_C, BENCH_ROWS = BENCH_B * BENCH_T,
       BENCH_PARAMETERS = 4 * BENCH_MATRIX + 4 * BENCH_C };

static void bench_arrays(struct bench *b)
{
    struct random random = random_new(10, 0);
    b->x = allocate(3 * BENCH_ROWS * BENCH_C, sizeof *b->x);
    b->out = b->x + BENCH_ROWS * BENCH_C;
    b->dx = b->out + BENCH_ROWS * BENCH_C;
    b->parameters = allocate(2 * BENCH_PARAMETERS, sizeof *b->x);
    b->gradients = b->parameters + BENCH_PARAMETERS;
    for (size_t i = 0; i < BENCH_ROWS * BENCH_C; i++)
        b->x[i] = random_normal(&random);
    for (size_t i = 0; i < BENCH_PARAMETERS; i++)
        b->parameters[i] = random_normal(&random) / 20;
}

static struct bench bench_new(size_t heads)
{
    struct bench b;
    bench_arrays(&b);
    const float *w = b.parameters, *bias = w + 4 * BENCH_MATRIX;
    float *d = b.gradients, *dbias = d + 4 * BENCH_MATRIX;
    const size_t c = BENCH_C;
    b.m = (struct multihead){ BENCH_B, heads, BENCH_T, BENCH_T, c, c,
        c / heads, c / heads, c, false, NULL, 0, w, w + c, w + 2 * c,
        w + 3 * BENCH_MATRIX, bias, bias + c, bias + 2 * c, bias + 3 * c,
        3 * c };
    b.to = (struct multihead_gradients){ b.dx, NULL, d, d + c, d + 2 * c,
        d + 3 * BENCH_MATRIX, dbias, dbias + c, dbias + 2 * c,
        dbias + 3 * c };
    size_t size = multihead_workspace(&b.m, false);
    b.memory = allocate(multihead_size(&b.m, false), sizeof *b.memory);
    b.workspace = allocate(size, sizeof *b.workspace);
    b.saved = multihead_saved_new(b.memory, b.workspace, &b.m, false);
    return b;
}

static void bench_free(struct bench *b)
{
    free(b->x), free(b->parameters), free(b->memory), free(b->workspace);
}

struct speed { double forward, backward, peak; };

static void bench_round(struct bench *b, struct speed *best, size_t threads)
{
    best->peak = fmax(best->peak, measure_peak(threads));
    double start = seconds_now();
    multihead_forward(b->out, &b->saved, b->x, NULL, &b->m);
    double middle = seconds_now();
    multihead_backward(&b->to, b->x, &b->saved, b->x, NULL, &b->m);
    best->forward = fmin(best->forward, middle - start);
    best->backward = fmin(best->backward, seconds_now() - middle);
}

/* operations: of forward; backward has twice as many. */
static double operations(void)
{
    const double rows = BENCH_ROWS, c = BENCH_C;
    return 8 * rows * c * c + 4 * rows * BENCH_T * c;
}

static void bench_measure(struct speed best[BENCH_SIZES])
{
    struct bench benches[BENCH_SIZES];
    for (size_t i = 0; i < BENCH_SIZES; i++) {
        benches[i] = bench_new(bench_heads[i]);
        best[i] = (struct speed){ INFINITY, INFINITY, 0 };
    }
    struct progress progress = progress_start(0, BENCH_ROUNDS);
    for (size_t round = 0; round < BENCH_ROUNDS; round++) {
        for (size_t i = 0; i < BENCH_SIZES; i++)
            bench_round(&benches[i], &best[i], command_threads(0));
        progress_step(&progress, round + 1, "rounds");
    }
    progress_end(&progress);
    double peak = 0;
    for (size_t i = 0; i < BENCH_SIZES; i++)
        peak = fmax(peak, best[i].peak);
    for (size_t i = 0; i < BENCH_SIZES; i++)
        best[i].peak = peak;
    for (size_t i = 0; i < BENCH_SIZES; i++)
        bench_free(&benches[i]);
}

static void print_bench(void)
{
    struct speed best[BENCH_SIZES];
    bench_measure(best);
    printf("B %d, T %d, C %d; peak of %zu threads %.0f GFLOP/s\n", BENCH_B,
           BENCH_T, BENCH_C, command_threads(0), 1e-9 * best[0].peak);
    printf("%5s %5s %13s %9s %10s %6s\n", "heads", "width", "exponentials",
           "forward", "backward", "both");
    for (size_t i = 0; i < BENCH_SIZES; i++) {
        size_t h = bench_heads[i];
        double of = operations() / best[i].peak;
        printf("%5zu %5zu %13zu %8.1f%% %9.1f%% %5.1f%%\n", h, BENCH_C / h,
               h * BENCH_B * BENCH_T * BENCH_T, 100 * of / best[i].forward,
               200 * of / best[i].backward,
               300 * of / (best[i].forward + best[i].backward));
    }
}
enum { X, CONTEXT, MQ, MK, MV, MO, BQ, BK, BV, BO, LENGTHS, ARRAYS };
static const char *const array_options[ARRAYS] = {
    "x", "context", "wq", "wk", "wv", "wo", "bq", "bk", "bv", "bo", "lengths"
};

static struct {
    const char *path[ARRAYS], *out, *weights;
    const char *data, *save, *load, *classify;
    size_t heads, steps, threads;
    uint64_t seed;
    bool causal, train, bench, results, study;
} given = { .data = "data/digits", .steps = 4000, .seed = 1 };

static struct array arrays[ARRAYS];

_Noreturn static void arrays_misfit(int i, int j, const char *why)
{
    char a[ARRAY_TEXT], b[ARRAY_TEXT];
    fail("--%s %s has the shape %s, and --%s %s has %s: %s",
         array_options[i], given.path[i], array_text(a, &arrays[i]),
         array_options[j], given.path[j], array_text(b, &arrays[j]), why);
}

static void arrays_fit(bool fits, int i, int j, const char *why)
{
    if (!fits)
        arrays_misfit(i, j, why);
}

static void array_take(int i, size_t rank, const char *what)
{
    char text[ARRAY_TEXT];
    if (!given.path[i])
        return;
    arrays[i] = (i == LENGTHS ? npy_read_whole : npy_read)(given.path[i]);
    const struct array *a = &arrays[i];
    bool fits = a->rank == rank || (i <= CONTEXT && a->rank == 2);
    if (!fits || a->count == 0)
        fail("--%s %s: has the shape %s, and should be %s",
             array_options[i], given.path[i], array_text(text, a), what);
    for (size_t l = 0; l < a->count; l++)
        if (!isfinite(a->data[l]))
            fail("--%s %s: element %zu is %g", array_options[i],
                 given.path[i], l, (double)a->data[l]);
}

static void arrays_take(void)
{
    for (int i = X; i <= MO; i++)
        if (!given.path[i] && i != CONTEXT)
            fail("--%s FILE.npy is missing", array_options[i]);
    if (given.out && given.weights && strcmp(given.out, given.weights) == 0)
        fail("--out and --weights name the same file, %s", given.out);
    if (given.heads == 0)
        fail("--heads H is missing, or 0");
    array_take(X, 3, "rows (n, d) or a batch of them (B, n, d)");
    array_take(CONTEXT, 3, "rows (m, d) or a batch of them (B, m, d)");
    for (int i = MQ; i <= MO; i++)
        array_take(i, 2, "a matrix (d_in, d_out)");
    for (int i = BQ; i <= BO; i++)
        array_take(i, 1, "a list, one number for each column of the matrix");
    array_take(LENGTHS, 1, "a list, one length for each example");
}

/* axis_of: the size of axis from the end. */
static size_t axis_of(int i, size_t from_end)
{
    const struct array *a = &arrays[i];
    return from_end <= a->rank ? a->shape[a->rank - from_end] : 1;
}

static void heads_divide(int i)
{
    char text[ARRAY_TEXT];
    if (axis_of(i, 1) % given.heads != 0)
        fail("--heads %zu does not divide the %zu columns of --%s %s, whose "
             "shape is %s", given.heads, axis_of(i, 1), array_options[i],
             given.path[i], array_text(text, &arrays[i]));
}

static void shapes_fit(void)
{
    const int c = given.path[CONTEXT] ? CONTEXT : X;
    arrays_fit(arrays[c].rank == arrays[X].rank, c, X,
               "both should be (n, d), or both (B, n, d)");
    arrays_fit(axis_of(c, 3) == axis_of(X, 3), c, X,
               "they should have the same number of examples");
    arrays_fit(axis_of(MQ, 2) == axis_of(X, 1), MQ, X,
               "rows of the one should be columns of the other");
    arrays_fit(axis_of(MK, 2) == axis_of(c, 1), MK, c,
               "rows of the one should be columns of the other");
    arrays_fit(axis_of(MV, 2) == axis_of(c, 1), MV, c,
               "rows of the one should be columns of the other");
    /* hold the matrices against each other, and the rest */
    arrays_fit(axis_of(MK, 1) == axis_of(MQ, 1), MK, MQ,
               "keys should be as wide as queries");
    heads_divide(MQ), heads_divide(MV);
    arrays_fit(axis_of(MO, 2) == axis_of(MV, 1), MO, MV,
               "rows of the one should be columns of the other");
    for (int i = BQ; i <= BO; i++)
        if (given.path[i])
            arrays_fit(axis_of(i, 1) == axis_of(i - BQ + MQ, 1), i, i - BQ + MQ,
                       "it should have a number for each column");
    if (given.causal && axis_of(X, 2) != axis_of(c, 2))
        arrays_misfit(X, c, "--causal needs as many queries as keys");
    if (given.path[LENGTHS])
        arrays_fit(axis_of(LENGTHS, 1) == axis_of(X, 3), LENGTHS, X,
                   "it should have a length for each example");
}

static size_t *lengths_of(size_t keys)
{
    const struct array *a = &arrays[LENGTHS];
    const int c = given.path[CONTEXT] ? CONTEXT : X;
    char shape[ARRAY_TEXT], text[ARRAY_TEXT];
    if (!given.path[LENGTHS])
        return NULL;
    size_t *lengths = allocate(a->count, sizeof *lengths);
    for (size_t b = 0; b < a->count; b++) {
        float n = a->data[b];
        if (!(n >= 1 && n <= (float)keys) || n != floorf(n))
            fail("--lengths %s has the shape %s, and length %zu is %g: with "
                 "--%s %s of shape %s it should be a whole number from 1 to "
                 "%zu", given.path[LENGTHS], array_text(shape, a), b,
                 (double)n, array_options[c], given.path[c],
                 array_text(text, &arrays[c]), keys);
        lengths[b] = (size_t)n;
    }
    return lengths;
}
static struct multihead_double layer_of(double *const data[ARRAYS])
{
    const int c = given.path[CONTEXT] ? CONTEXT : X;
    return (struct multihead_double){
        .batch = axis_of(X, 3), .heads = given.heads,
        .queries = axis_of(X, 2), .keys = axis_of(c, 2),
        .width = axis_of(X, 1), .context_width = axis_of(c, 1),
        .head_width = axis_of(MQ, 1) / given.heads,
        .value_width = axis_of(MV, 1) / given.heads,
        .out_width = axis_of(MO, 1), .causal = given.causal,
        .wq = data[MQ], .wk = data[MK], .wv = data[MV], .wo = data[MO],
        .bq = data[BQ], .bk = data[BK], .bv = data[BV], .bo = data[BO] };
}

static void print_array(const char *name, const struct array *a)
{
    char text[ARRAY_TEXT];
    printf("%s %s\n", name, array_text(text, a));
    for (size_t i = 0; i < a->count; i++)
        printf("%10.4f%s", (double)a->data[i],
               (i + 1) % a->shape[a->rank - 1] ? "" : "\n");
}

static void run_layer(void)
{
    double *data[ARRAYS];
    arrays_take();
    shapes_fit();
    for (int i = 0; i < ARRAYS; i++)
        data[i] = given.path[i] ? doubles_of(arrays[i].data, arrays[i].count)
                                : NULL;
    struct multihead_double m = layer_of(data);
    size_t *lengths = lengths_of(m.keys);
    m.lengths = lengths;
    bool print = !given.out && !given.weights;
    bool weights = print || given.weights || m.head_width > TILE_WIDTH
                   || m.value_width > TILE_WIDTH;
    /* compute in double, and write what was asked for */
    size_t rows = size_product(m.batch, m.queries);
    size_t size = multihead_workspace_double(&m, weights);
    double *out = allocate(size_product(rows, m.out_width), sizeof *out);
    double *memory = allocate(multihead_size_double(&m, weights), sizeof *out);
    double *workspace = allocate(size, sizeof *out);
    struct multihead_saved_double saved = multihead_saved_new_double(memory,
        workspace, &m, weights);
    multihead_forward_double(out, &saved, data[X], data[CONTEXT], &m);
    const size_t shape[] = { m.batch, m.queries, m.out_width };
    const size_t shape4[] = { m.batch, m.heads, m.queries, m.keys };
    bool single = arrays[X].rank == 2;
    struct array y = array_rounded("--out", out, single ? 2 : 3, shape + single);
    struct array w = { 0 };
    if (weights)
        w = array_rounded("--weights", saved.weights, 4, shape4);
    if (print)
        print_array("out", &y), print_array("weights", &w);
    struct output *files[2] = { given.out ? npy_open(given.out, &y) : NULL,
        given.weights ? npy_open(given.weights, &w) : NULL };
    for (int i = 0; i < 2; i++)
        if (files[i])
            output_commit(files[i]);
    array_free(&y), array_free(&w);
    free(out), free(memory), free(workspace), free(lengths);
    for (int i = 0; i < ARRAYS; i++)
        free(data[i]), array_free(&arrays[i]);
}
#ifndef __wasm__
static int run_train(void)
{
    reader.folder = given.data, reader.load = given.load;
    reader.save = given.save, reader.steps = given.steps;
    reader.seed = given.seed;
    return learner_main(&reader);
}

static void run_classify(void)
{
    struct array x = npy_read(given.classify);
    char text[ARRAY_TEXT];
    if ((x.rank != 2 && x.rank != 3) || x.count == 0
        || x.shape[x.rank - 1] != DIGIT_SIDE
        || x.shape[x.rank - 2] != DIGIT_SIDE)
        fail("--classify %s: has the shape %s, and should be a picture "
             "(28, 28) or some of them (n, 28, 28)", given.classify,
             array_text(text, &x));
    for (size_t i = 0; i < x.count; i++)
        if (!(x.data[i] >= 0 && x.data[i] <= 1))
            fail("--classify %s: element %zu is %g, and should be from 0 for "
                 "paper to 1 for ink", given.classify, i, (double)x.data[i]);
    struct model m = model_trained();
    if (given.load)
        weights_load(given.load, m.tape);
    size_t n = x.count / DIGIT_PIXELS;
    struct array p = array_new(2, (size_t[]){ n, DIGIT_KINDS });
    struct batch *b = allocate(1, sizeof *b);
    m.tape->no_grad = true;
    for (size_t i = 0; i < n; i++, tape_begin(m.tape)) {
        model_rows(b->rows, b->patches, x.data + i * DIGIT_PIXELS, 1);
        softmax(p.data + i * DIGIT_KINDS,
                model_forward(&m, b->rows, 1, false)->data, DIGIT_KINDS);
    }
    npy_write(given.out, &p);
    free(b), array_free(&p);
    tape_free(m.tape), array_free(&x);
}
#endif
/* ablation_loss: what the test digits lose with head ablated. */
static struct loss ablation_loss(struct model *m, size_t head,
                                 enum ablation how, const bool *whole,
                                 const struct digits *digits,
                                 struct batch *b)
{
    size_t bytes = m->tape->size * sizeof(float);
    float *saved = allocate(m->tape->size, sizeof *saved);
    bool *right = allocate(digits->count, sizeof *right);
    memcpy(saved, m->tape->values, bytes);
    ablate(m, head, how);
    test(m, digits, right, b);
    memcpy(m->tape->values, saved, bytes);
    struct loss loss = loss_between(whole, right, digits->count);
    free(saved), free(right);
    return loss;
}
enum { SEEDS = 3 };
static const struct how study_hows[] = { { 1, false }, { 2, false },
    { HEADS, false }, { 10, false }, { HEADS, true } };
static const char *const taken_away[] = { "silent", "even" };

/* model_file: saves or loads the weights of the book; in a page, neither. */
static void model_file(struct model *m, bool save)
{
#ifdef __wasm__
    (void)m, (void)save;
#else
    const char *path = "data/weights/multihead.safetensors";
    if (save)
        weights_save(path, m->tape);
    else
        weights_load(path, m->tape);
#endif
}

static int falling(const void *a, const void *b)
{
    const struct loss *x = a, *y = b;
    return (x->lost < y->lost) - (x->lost > y->lost);
}

static struct loss study_losses[SEEDS][2][HEADS];

static void study_ablation(struct reader *r, const struct digits *digits,
                           uint64_t seed)
{
    bool *right = allocate(digits->count, sizeof *right);
    test(&r->model, digits, right, &r->batch);
    for (int how = 0; how < 2; how++) {
        struct loss *losses = study_losses[seed - 1][how];
        for (size_t h = 0; h < HEADS; h++)
            losses[h] = ablation_loss(&r->model, h, SILENT + how, right,
                                      digits, &r->batch);
        qsort(losses, HEADS, sizeof *losses, falling);
    }
    free(right);
}

static void study_reader(const size_t *level, uint64_t seed, double *right)
{
    const struct how *how = &study_hows[*level];
    struct learned m = learner_fit(&reader, how, seed, reader.steps);
    struct reader *r = m.model;
    *right = learner_score(&m);
    if (how->heads == HEADS && !how->broken) {
        study_ablation(r, &((struct digit_sets *)m.data)->test, seed);
        if (seed == 1)
            model_file(&r->model, true);
    }
    learned_free(&m);
}

static void print_study(void)
{
    reader.folder = given.data, reader.steps = given.steps;
    const struct digit_sets *sets = learner_data(&reader);
    printf("multihead.study.steps = %zu\nmultihead.study.seeds = %d\n"
           "multihead.study.learned = %zu\nmultihead.study.tested = %zu\n",
           given.steps, SEEDS, sets->train.count, sets->test.count);
    study_print(&(struct study){ .key = "multihead.study", .seeds = SEEDS,
        .factors = { "h1 h2 h5 h10 wrong" }, .run = study_reader,
        .lines = STUDY_EACH | STUDY_MEAN });
    for (size_t i = 0; i < SEEDS * 2 * HEADS; i++)
        printf("multihead.study.s%zu.rank%zu.%s = %.4f\n",
               i / (2 * HEADS) + 1, i % HEADS + 1, taken_away[i / HEADS % 2],
               (&study_losses[0][0][0])[i].lost);
    digit_sets_free(reader.loaded);
}
struct tested {
    struct digits test;
    struct batch batch;
    bool right[10000];
};

static void results_ablation(struct tested *s, struct model *m, size_t head)
{
    struct loss a = ablation_loss(m, head, SILENT, s->right, &s->test,
                                  &s->batch);
    struct loss b = ablation_loss(m, head, EVEN, s->right, &s->test,
                                  &s->batch);
    printf("multihead.head%zu.silent = %.4f\n", head + 1, a.lost);
    printf("multihead.head%zu.silent.error = %.4f\n", head + 1, a.error);
    printf("multihead.head%zu.even = %.4f\n", head + 1, b.lost);
    printf("multihead.head%zu.even.error = %.4f\n", head + 1, b.error);
}

enum { MAP = DIGIT_PATCHES * DIGIT_PATCHES };

/* mean_maps: maps (HEADS, 16, 16) of the n digits in b, n at most
 * TEST_BATCH. */
static void mean_maps(float *maps, struct model *m, struct batch *b, size_t n)
{
    m->tape->no_grad = true;
    tape_begin(m->tape);
    model_rows(b->rows, b->patches, b->x, n);
    model_forward(m, b->rows, n, true);
    memset(maps, 0, HEADS * MAP * sizeof *maps);
    for (size_t i = 0; i < n; i++)
        scale_add(maps, m->weights + i * HEADS * MAP, 1 / (float)n,
                  HEADS * MAP);
}

/* spread_of: means over the rows of weights (n, HEADS, 16, 16) of a head:
 * of their entropy, and of what a patch gives to itself. */
static void spread_of(float *entropy_mean, float *self, const float *weights,
                      size_t head, size_t n)
{
    float share = 1 / (float)(n * DIGIT_PATCHES);
    *entropy_mean = *self = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < DIGIT_PATCHES; p++) {
            const float *row = weights + (i * HEADS + head) * MAP
                                       + p * DIGIT_PATCHES;
            *entropy_mean += share * entropy(row, DIGIT_PATCHES);
            *self += share * row[p];
        }
}

static void results_spread(struct tested *s, struct model *m)
{
    float maps[HEADS * MAP], mean_entropy, self;
    for (uint32_t i = 0; i < TEST_BATCH; i++)
        s->batch.which[i] = i;
    digits_batch(s->batch.x, s->batch.target, &s->test, s->batch.which,
                 TEST_BATCH, NULL);
    mean_maps(maps, m, &s->batch, TEST_BATCH);
    for (size_t h = 0; h < HEADS; h++) {
        spread_of(&mean_entropy, &self, m->weights, h, TEST_BATCH);
        printf("multihead.head%zu.entropy = %.4f\n", h + 1,
               (double)mean_entropy);
        printf("multihead.head%zu.self = %.4f\n", h + 1, (double)self);
        float to[DIGIT_PATCHES] = { 0 }, most = 0;
        for (size_t i = 0; i < MAP; i++)
            to[i % DIGIT_PATCHES] += maps[h * MAP + i] / DIGIT_PATCHES;
        for (size_t p = 0; p < DIGIT_PATCHES; p++)
            most = fmaxf(most, to[p]);
        printf("multihead.head%zu.most = %.4f\n", h + 1, (double)most);
    }
    tape_begin(m->tape);
    m->tape->no_grad = false;
}

static void print_shares(const struct speed best[BENCH_SIZES])
{
    for (size_t i = 0; i < BENCH_SIZES; i++) {
        double of = 100 * operations() / best[i].peak;
        double both = best[i].forward + best[i].backward;
        printf("multihead.speed.h%zu.forward = %.1f\n"
               "multihead.speed.h%zu.backward = %.1f\n"
               "multihead.speed.h%zu.both = %.1f\n", bench_heads[i],
               of / best[i].forward, bench_heads[i],
               2 * of / best[i].backward, bench_heads[i], 3 * of / both);
    }
    printf("multihead.speed.threads = %zu\n", command_threads(0));
}

static void print_results(void)
{
    struct tested *s = allocate(1, sizeof *s);
    struct model m = model_on(tape_new(), HEADS, 1);
    struct speed best[BENCH_SIZES];
    model_file(&m, false);
    s->test = digits_read(given.data, "t10k");
    REQUIRE(s->test.count <= sizeof s->right);
    printf("multihead.accuracy = %.4f\n",
           test(&m, &s->test, s->right, &s->batch));
    printf("multihead.parameters = %zu\n", m.tape->size);
    for (size_t h = 0; h < HEADS; h++)
        results_ablation(s, &m, h);
    results_spread(s, &m);
    bench_measure(best);
    print_shares(best);
    digits_free(&s->test), tape_free(m.tape), free(s);
}

/* numbers that were measured */
EMBED(multihead_text, EMBED_FILE("data/results/multihead.txt")
                      EMBED_FILE("data/results/multihead-study.txt"));
#define measured(...) result(multihead_text, __VA_ARGS__)
/* figure two */
enum { LEFT, RIGHT, WANTED, THINGS };
static struct {
    float x[THINGS], y[THINGS], first, second;
} two = { .x = { 8, 2, 8 }, .y = { 4, 6, 6 }, .first = .75f, .second = .25f };

struct place { float x, y; };

/* blend: color with weight a on the left thing, size with weight b. */
static struct place blend(float a, float b)
{
    return (struct place){ a * two.x[LEFT] + (1 - a) * two.x[RIGHT],
                           b * two.y[LEFT] + (1 - b) * two.y[RIGHT] };
}

static float far_from_wanted(struct place p)
{
    return hypotf(p.x - two.x[WANTED], p.y - two.y[WANTED]);
}
static void two_reach(struct plot *p)
{
    const float *x = two.x, *y = two.y;
    /* fill the rectangle between the things */
    float xs[] = { x[0], x[1], x[1], x[0] };
    float ys[] = { y[0], y[0], y[1], y[1] };
    for (int i = 0; i < 4; i++)
        xs[i] = plot_x(p, xs[i]), ys[i] = plot_y(p, ys[i]);
    draw_polygon(p->frame, xs, ys, 4, fade(paint(p->frame, SERIES_1), .15f));
    plot_line(p, x, y, 2, paint(p->frame, SERIES_2), 3);
}

static void two_mark(struct plot *p, struct place at, enum ink ink,
                     const char *name)
{
    float x = plot_x(p, at.x), y = plot_y(p, at.y);
    draw_disc(p->frame, x, y, 6, paint(p->frame, ink));
    draw_text(p->frame, x - 9, ink == SERIES_1 ? y - 7 : y + 17, TEXT_SMALL,
              ALIGN_RIGHT, paint(p->frame, ink), "%s", name);
}

static void two_plot(struct frame *f, struct rect r)
{
    static const char *const names[] = { "left", "right", "wanted" };
    struct plot p = plot_new(f, r, 0, 10, 0, 10);
    plot_axes(&p, "color", "size");
    two_reach(&p);
    two_mark(&p, blend(two.first, two.first), SERIES_2, "one head");
    two_mark(&p, blend(two.first, two.second), SERIES_1, "two heads");
    for (int i = 0; i < THINGS; i++) {
        /* let thing i be dragged, and name it */
        drag_point(f, i, p.area, &two.x[i], &two.y[i], 0, 10, 0, 10);
        draw_text(f, plot_x(&p, two.x[i]) + 10, plot_y(&p, two.y[i]) - 8,
                  TEXT_SIZE, ALIGN_LEFT | TEXT_BOLD,
                  paint(f, i == WANTED ? WARN : INK), "%s", names[i]);
    }
}
static void two_words(struct frame *f, struct rect r)
{
    struct place one = blend(two.first, two.first);
    struct place both = blend(two.first, two.second);
    draw_text(f, r.x, r.y + 14, TEXT_SIZE, ALIGN_LEFT, paint(f, SERIES_2),
              "one head: (%.2f, %.2f), off by %.2f", (double)one.x,
              (double)one.y, (double)far_from_wanted(one));
    draw_text(f, r.x, r.y + 34, TEXT_SIZE, ALIGN_LEFT, paint(f, SERIES_1),
              "two heads: (%.2f, %.2f), off by %.2f", (double)both.x,
              (double)both.y, (double)far_from_wanted(both));
}

static bool two_frame(struct frame *f)
{
    struct rect r = frame_inside(f), plot = r, side = r;
    plot.w = .6f * r.w, side.x += .63f * r.w, side.w = .37f * r.w;
    /* put the sliders under the plot on a narrow page */
    if (f->narrow) {
        plot = side = r;
        plot.h = r.h - 170, side.y = r.y + plot.h;
    }
    slider(f, (struct rect){ side.x, side.y + 10, side.w, 44 },
           "first head, weight on the left", &two.first, 0, 1, "%.2f");
    slider(f, (struct rect){ side.x, side.y + 66, side.w, 44 },
           "second head, weight on the left", &two.second, 0, 1, "%.2f");
    side.y += 120;
    two_words(f, side);
    two_plot(f, plot);
    return false;
}
static void two_table(FILE *out)
{
    struct place one = blend(two.first, two.first);
    struct place both = blend(two.first, two.second);
    fprintf(out, "heads\tcolor\tsize\toff by\n");
    /* write a line for one head and one for two */
    fprintf(out, "one\t%.2f\t%.2f\t%.2f\n", (double)one.x, (double)one.y,
            (double)far_from_wanted(one));
    fprintf(out, "two\t%.2f\t%.2f\t%.2f\n", (double)both.x, (double)both.y,
            (double)far_from_wanted(both));
}

/* figure heads */
enum { SHOWN = 100, ACROSS = DIGIT_SIDE / DIGIT_PATCH };
EMBED(shown_digits,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 78400));

static struct {
    struct model model;
    float *wo;                /* as it was trained */
    float x[DIGIT_PIXELS], weights[HEADS * MAP], mean[HEADS * MAP];
    float p[DIGIT_KINDS], all[DIGIT_KINDS]; /* with these heads, with all */
    int digit, patch, what, click;
    bool on[HEADS], ready;
} look = { .patch = 9 };

static void look_take(int digit)
{
    look.digit = (digit + SHOWN) % SHOWN;
    for (int i = 0; i < DIGIT_PIXELS; i++)
        look.x[i] = (float)shown_digits[look.digit * DIGIT_PIXELS + i] / 255;
}
static struct batch *look_batch(void)
{
    static struct batch *batch;
    if (!batch)
        batch = allocate(1, sizeof *batch);
    return batch;
}

/* look_run: p (10) of the digit, with the matrix wo as it is now. */
static void look_run(float *p)
{
    struct batch *b = look_batch();
    struct model *m = &look.model;
    tape_begin(m->tape);
    model_rows(b->rows, b->patches, look.x, 1);
    struct tensor *scores = model_forward(m, b->rows, 1, true);
    memcpy(look.weights, m->weights, sizeof look.weights);
    softmax(p, scores->data, DIGIT_KINDS);
}
static void look_compute(void)
{
    struct tensor *wo = look.model.wo;
    size_t bytes = wo->count * sizeof(float);
    memcpy(wo->data, look.wo, bytes);
    look_run(look.all);
    for (size_t h = 0; h < HEADS; h++)
        if (!look.on[h])
            ablate(&look.model, h, SILENT);
    look_run(look.p);
    memcpy(wo->data, look.wo, bytes);
}

static void look_start(void)
{
    if (look.ready)
        return;
    struct batch *b = look_batch();
    look.model = model_trained();
    look.ready = look.model.tape->no_grad = true;
    look.wo = allocate(look.model.wo->count, sizeof(float));
    memcpy(look.wo, look.model.wo->data,
           look.model.wo->count * sizeof(float));
    for (size_t h = 0; h < HEADS; h++)
        look.on[h] = true;
    /* compute the mean maps of all digits of the figure */
    for (int i = 0; i < SHOWN * DIGIT_PIXELS; i++)
        b->x[i] = (float)shown_digits[i] / 255;
    mean_maps(look.mean, &look.model, b, SHOWN);
    tape_begin(look.model.tape);
    look_take(4);
}
static struct rect patch_of(struct rect r, int p)
{
    float cell = r.w / ACROSS;
    return (struct rect){ r.x + (float)(p % ACROSS) * cell,
                          r.y + (float)(p / ACROSS) * cell, cell, cell };
}

static void look_ink(struct rect r, float x, float y)
{
    float px = (x - r.x) / r.w * DIGIT_SIDE;
    float py = (y - r.y) / r.h * DIGIT_SIDE;
    for (int i = 0; i < DIGIT_PIXELS; i++) {
        /* put ink where the pen is near */
        float dx = (float)(i % DIGIT_SIDE) + .5f - px;
        float dy = (float)(i / DIGIT_SIDE) + .5f - py;
        float ink = 1.8f - hypotf(dx, dy);
        look.x[i] = fmaxf(look.x[i], fminf(fmaxf(ink, 0), 1));
    }
}

/* look_stroke: ink from where the pen was in the last frame to here. */
static void look_stroke(struct frame *f, struct rect r)
{
    static float x, y;
    if (f->pointer.pressed)
        x = f->pointer.x, y = f->pointer.y;
    float dx = f->pointer.x - x, dy = f->pointer.y - y;
    int steps = 1 + (int)(hypotf(dx, dy) * DIGIT_SIDE / r.w);
    for (int i = 1; i <= steps && steps < 100; i++) {
        float part = (float)i / (float)steps;
        look_ink(r, x + part * dx, y + part * dy);
    }
    x = f->pointer.x, y = f->pointer.y;
}
static void look_digit(struct frame *f, struct rect r)
{
    struct widget w = widget(f, r, look.click ? CURSOR_GRAB : CURSOR_HAND);
    if (w.held && look.click == 1)
        look_stroke(f, r);
    for (int p = 0; w.held && look.click == 0 && p < DIGIT_PATCHES; p++)
        if (inside(patch_of(r, p), f->pointer.x, f->pointer.y))
            look.patch = p;
    if (w.focused)
        look.patch = (look.patch + arrow_x(f) + ACROSS * arrow_y(f)
                      + DIGIT_PATCHES) % DIGIT_PATCHES;
    image_gray(f, r, look.x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
    draw_frame(f, r, 0, 1, paint(f, GRID));
    draw_frame(f, patch_of(r, look.patch), 0, 2.5f, paint(f, WARN));
    focus_ring(f, w, r, 2);
    char value[32];
    snprintf(value, sizeof value, "row %d, column %d",
             look.patch / ACROSS + 1, look.patch % ACROSS + 1);
    say(f, w, "the patch that asks", value);
}
static void look_head(struct frame *f, struct rect r, int h)
{
    const float *weights = (look.what ? look.mean : look.weights)
                           + h * MAP + look.patch * DIGIT_PATCHES;
    if (!look.what)
        image_gray(f, r, look.x, DIGIT_SIDE, DIGIT_SIDE, 0, 1);
    for (int p = 0; p < DIGIT_PATCHES; p++) {
        struct rect box = patch_of(r, p);
        draw_rect(f, box, fade(paint(f, SERIES_1),
                               .9f * sqrtf(weights[p])));
        draw_frame(f, box, 0, .5f, paint(f, GRID));
        if (hovering(f, box))
            readout(f, "head %d gives this patch %.3f", h + 1,
                    (double)weights[p]);
    }
    draw_frame(f, patch_of(r, look.patch), 0, 2, paint(f, WARN));
    if (!look.on[h])
        draw_rect(f, r, fade(paint(f, PAPER), .75f));
}
static void look_heads(struct frame *f, struct rect r)
{
    int columns = f->narrow ? 3 : HEADS;
    float gap = 12, side = (r.w - gap * (float)(columns - 1))
                           / (float)columns;
    for (int h = 0; h < HEADS; h++) {
        char name[24];
        struct rect box = { r.x + (float)(h % columns) * (side + gap),
                            r.y + (float)(h / columns) * (side + 40), side,
                            side };
        snprintf(name, sizeof name, "head %d", h + 1);
        look_head(f, box, h);
        toggle(f, (struct rect){ box.x, box.y + side + 4, side, 26 }, name,
               &look.on[h]);
    }
}

static void look_bars(struct frame *f, struct rect r)
{
    static const char *const names[] = { "0", "1", "2", "3", "4", "5", "6",
                                         "7", "8", "9" };
    struct plot p = plot_new(f, r, -.6f, DIGIT_KINDS - .4f, 0, 1);
    plot_axes_names(&p, names, DIGIT_KINDS, "probability");
    plot_bars(&p, NULL, look.all, DIGIT_KINDS, .8f,
              fade(paint(f, MUTED), .35f));
    plot_bars(&p, NULL, look.p, DIGIT_KINDS, .5f, paint(f, SERIES_1));
    plot_legend(&p, (const char *const[]){ "all heads", "these heads" },
                (const enum ink[]){ MUTED, SERIES_1 }, 2);
}

static const char *const look_clicks[] = { "pick a patch", "draw" };
static const char *const look_whats[] = { "this digit", "mean of 100" };
static struct rect look_controls(struct frame *f, struct rect r)
{
    float w = f->narrow ? r.w : 200;
    struct rect a = { r.x, r.y, w, 30 }, b = { r.x + w + 12, r.y, w, 30 };
    struct rect c = { b.x + w + 12, r.y, 80, 30 };
    float below = f->narrow ? 114 : 42;
    if (f->narrow)
        b.x = c.x = r.x, b.y += 36, c.y += 72;
    choice(f, a, look_clicks, 2, &look.click);
    choice(f, b, look_whats, 2, &look.what);
    if (button(f, c, "clear"))
        memset(look.x, 0, sizeof look.x);
    c.x += 90;
    if (button(f, c, "next"))
        look_take(look.digit + 1);
    return (struct rect){ r.x, r.y + below, r.w, r.h - below };
}

static bool heads_frame(struct frame *f)
{
    look_start();
    struct rect r = look_controls(f, frame_inside(f)), bars = r, heads = r;
    float side = f->narrow ? .55f * r.w : 210;
    /* place the bars beside the digit, and the heads below */
    bars.x += side + 20, bars.w -= side + 20, bars.h = side + 10;
    heads.y += side + 22;
    if (f->narrow) {
        bars = (struct rect){ r.x, r.y + side + 8, r.w, 150 };
        heads.y = bars.y + 162;
    }
    look_digit(f, (struct rect){ r.x, r.y, side, side });
    look_compute();
    look_bars(f, bars);
    look_heads(f, heads);
    return false;
}
static void heads_table(FILE *out)
{
    look_start();
    look_compute();
    fprintf(out, "patch");
    for (int h = 0; h < HEADS; h++)
        fprintf(out, "\thead %d", h + 1);
    for (int p = 0; p < DIGIT_PATCHES; p++) {
        fprintf(out, "\n%d", p + 1);
        for (int h = 0; h < HEADS; h++)
            fprintf(out, "\t%.3f", (double)look.weights[h * MAP
                        + look.patch * DIGIT_PATCHES + p]);
    }
    fprintf(out, "\n");
}

/* figure ablation */
static struct { int how; } ablation_shown;
static const char *const ablations[] = { "silent", "even" };

/* ablation_error: the standard error of the loss that is nearest to it among
 * the heads of the book's model. */
static float ablation_error(float lost)
{
    float best = INFINITY, error = 0;
    for (int h = 1; h <= HEADS; h++) {
        const char *how = ablations[ablation_shown.how];
        float off = fabsf(measured("head%d.%s", h, how) - lost);
        if (off < best)
            best = off, error = measured("head%d.%s.error", h, how);
    }
    return error;
}

static void ablation_points(struct plot *p, int seed)
{
    static const enum ink inks[] = { SERIES_1, SERIES_2, SERIES_3 };
    float xs[HEADS], ys[HEADS];
    struct color c = paint(p->frame, inks[seed - 1]);
    for (int i = 0; i < HEADS; i++) {
        xs[i] = (float)i + 1 + .12f * (float)(seed - 2);
        ys[i] = 100 * measured("study.s%d.rank%d.%s", seed, i + 1,
                               ablations[ablation_shown.how]);
        float error = seed == 1 ? 200 * ablation_error(ys[i] / 100) : 0;
        float x = plot_x(p, xs[i]);
        draw_line(p->frame, x, plot_y(p, ys[i] - error), x,
                  plot_y(p, ys[i] + error), 2, c);
    }
    plot_points(p, xs, ys, HEADS, c, 4.5f);
}
static float ablation_top(void)
{
    float most = 0;
    for (int seed = 1; seed <= SEEDS; seed++)
        most = fmaxf(most, fmaxf(measured("study.s%d.rank1.silent", seed),
                                 measured("study.s%d.rank1.even", seed)));
    return 115 * most + 1;
}

static bool ablation_frame(struct frame *f)
{
    const char *const names[] = { f->narrow ? "book" : "book's model",
                                  "seed 2", "seed 3" };
    struct rect r = frame_inside(f);
    choice(f, (struct rect){ r.x, r.y, fminf(r.w, 260), 30 },
           (const char *const[]){ "silent", "looks at all alike" }, 2,
           &ablation_shown.how);
    r.y += 42, r.h -= 42;
    struct plot p = plot_new(f, r, .5f, HEADS + .5f, 0, ablation_top());
    plot_axes(&p, "heads, the most needed first",
              f->narrow ? "lost, %" : "accuracy lost, percent");
    for (int seed = 1; seed <= SEEDS; seed++)
        ablation_points(&p, seed);
    plot_legend(&p, names, (const enum ink[]){ SERIES_1, SERIES_2,
                                               SERIES_3 }, 3);
    return false;
}

static void ablation_table(FILE *out)
{
    fprintf(out, "rank\tmodel\tsilent\teven\n");
    for (int rank = 1; rank <= HEADS; rank++)
        for (int seed = 1; seed <= SEEDS; seed++)
            fprintf(out, "%d\t%d\t%.4f\t%.4f\n", rank, seed,
                    (double)measured("study.s%d.rank%d.silent", seed, rank),
                    (double)measured("study.s%d.rank%d.even", seed, rank));
}

/* figure cost */
static struct { int what; } cost_shown;

static float cost_value(int i)
{
    float share = measured("speed.h%zu.both", bench_heads[i]);
    /* return the share, or the time relative to that of two heads */
    if (cost_shown.what == 0)
        return share;
    return share > 0 ? measured("speed.h%zu.both", bench_heads[0]) / share
                     : 0;
}

static bool cost_frame(struct frame *f)
{
    float xs[BENCH_SIZES], ys[BENCH_SIZES], most = 0;
    struct rect r = frame_inside(f);
    choice(f, (struct rect){ r.x, r.y, fminf(r.w, 300), 30 },
           (const char *const[]){ "share of the peak", "time" }, 2,
           &cost_shown.what);
    r.y += 42, r.h -= 42;
    for (int i = 0; i < BENCH_SIZES; i++) {
        xs[i] = (float)bench_heads[i], ys[i] = cost_value(i);
        most = fmaxf(most, ys[i]);
    }
    struct plot p = plot_new(f, r, 1.8f, 110, 0,
                             cost_shown.what ? 1.1f * most : 100);
    /* plot the cost, and the line that counting promises */
    plot_axes_log(&p, "heads", cost_shown.what ? "time, that of 2 heads is 1"
                                              : "percent of the peak", true,
                  false);
    if (cost_shown.what)
        plot_hline(&p, 1, paint(f, MUTED));
    plot_line(&p, xs, ys, BENCH_SIZES, fade(paint(f, SERIES_1), .5f), 2);
    plot_points(&p, xs, ys, BENCH_SIZES, paint(f, SERIES_1), 4.5f);
    int i = plot_nearest(&p, xs, BENCH_SIZES);
    if (i >= 0)
        readout(f, "%zu heads of %zu: %.3g", bench_heads[i],
                BENCH_C / bench_heads[i], (double)ys[i]);
    return false;
}
static void cost_table(FILE *out)
{
    fprintf(out, "heads\twidth\texponentials\tpercent of the peak\n");
    for (int i = 0; i < BENCH_SIZES; i++)
        fprintf(out, "%zu\t%zu\t%zu\t%.1f\n", bench_heads[i],
                BENCH_C / bench_heads[i],
                bench_heads[i] * BENCH_B * BENCH_T * BENCH_T,
                (double)measured("speed.h%zu.both", bench_heads[i]));
}

/* figure cut */
enum { CUT_ROWS = 8, CUT_WIDTH = 12 };
static struct {
    size_t computed;
    float sees[2][CUT_ROWS * CUT_ROWS]; /* right, wrong */
} cut;

/* cut_run: out (8, 12) of x by a random layer, cut rightly or wrongly. */
static void cut_run(float *out, const float *x, size_t heads, bool wrong)
{
    struct tape *tape = tape_new();
    struct random random = random_new(12, 0);
    struct tensor *w[4];
    for (int i = 0; i < 4; i++)
        w[i] = tape_parameter(tape, "w", SHAPE(CUT_WIDTH, CUT_WIDTH));
    for (size_t i = 0; i < tape->size; i++)
        tape->values[i] = random_normal(&random) / 4;
    tape->no_grad = true;
    struct multihead_parameters p = { .wq = w[0], .wk = w[1], .wv = w[2],
                                      .wo = w[3], .heads = heads };
    struct tensor *in = tape_input(tape, x,
                                   SHAPE(1, CUT_ROWS, CUT_WIDTH));
    memcpy(out, pieces_multihead(tape, in, &p, wrong)->data,
           CUT_ROWS * CUT_WIDTH * sizeof *out);
    tape_free(tape);
}
static void cut_compute(size_t heads, bool wrong)
{
    float x[CUT_ROWS * CUT_WIDTH], before[CUT_ROWS * CUT_WIDTH];
    float after[CUT_ROWS * CUT_WIDTH];
    struct random random = random_new(13, 0);
    for (size_t i = 0; i < CUT_ROWS * CUT_WIDTH; i++)
        x[i] = random_normal(&random);
    cut_run(before, x, heads, wrong);
    for (size_t j = 0; j < CUT_ROWS; j++) {
        float old = x[j * CUT_WIDTH];
        x[j * CUT_WIDTH] = old + 1;
        cut_run(after, x, heads, wrong);
        x[j * CUT_WIDTH] = old;
        for (size_t i = 0; i < CUT_ROWS; i++)
            cut.sees[wrong][i * CUT_ROWS + j] = memcmp(
                before + i * CUT_WIDTH, after + i * CUT_WIDTH,
                CUT_WIDTH * sizeof *x) != 0;
    }
}
static void cut_array(struct frame *f, struct rect r, size_t heads,
                      bool wrong)
{
    size_t d = CUT_WIDTH / heads, rows = heads * CUT_ROWS;
    float gap = 6, h = (r.h - gap * (float)(heads - 1)) / (float)rows;
    float w = fminf(r.w / (float)d, 18);
    for (size_t i = 0; i < rows * d; i++) {
        size_t head = i / d / CUT_ROWS, row = i / d % CUT_ROWS;
        size_t from = wrong ? i / CUT_WIDTH : row;
        struct rect cell = { r.x + (float)(i % d) * w,
            r.y + (float)(i / d) * h + gap * (float)head, w - 1, h - 1 };
        draw_rect(f, cell, map_sequential(((float)from + .5f) / CUT_ROWS));
    }
}

static void cut_half(struct frame *f, struct rect r, size_t heads, bool wrong)
{
    struct rect array = { r.x, r.y + 26, .38f * r.w, r.h - 26 };
    struct rect map = { r.x + .42f * r.w, r.y + 26, .58f * r.w, r.h - 26 };
    const struct heatmap options = { .no_bar = true, .format = "%.0f",
        .title = "who sees whom", .row_title = "output",
        .col_title = "row of x" };
    draw_text(f, r.x, r.y + 14, TEXT_SIZE, ALIGN_LEFT | TEXT_BOLD,
              paint(f, wrong ? WARN : INK), wrong ? "only called (H, T, d)"
                                                  : "cut into heads");
    cut_array(f, array, heads, wrong);
    heatmap(f, map, cut.sees[wrong], CUT_ROWS, CUT_ROWS, 0, 1, &options);
}
static bool cut_frame(struct frame *f)
{
    static const char *const names[] = { "1", "2", "3", "4", "6" };
    static const size_t sizes[] = { 1, 2, 3, 4, 6 };
    static int index = 2;
    struct rect r = frame_inside(f), left, right;
    draw_text(f, r.x, r.y + 20, TEXT_SIZE, ALIGN_LEFT, paint(f, INK),
              "heads");
    choice(f, (struct rect){ r.x + 54, r.y, 220, 30 }, names, 5, &index);
    if (cut.computed != sizes[index])
        cut_compute(sizes[index], false), cut_compute(sizes[index], true);
    cut.computed = sizes[index];
    /* place both halves */
    r.y += 44, r.h -= 44;
    left = right = r;
    left.w = right.w = (r.w - 24) / 2, right.x += left.w + 24;
    if (f->narrow) {
        left.w = right.w = r.w, right.x = r.x;
        left.h = right.h = (r.h - 14) / 2, right.y += left.h + 14;
    }
    cut_half(f, left, sizes[index], false);
    cut_half(f, right, sizes[index], true);
    return false;
}

static void cut_table(FILE *out)
{
    cut_compute(3, false), cut_compute(3, true);
    fprintf(out, "output\tsees, cut\tsees, only called so\n");
    for (int i = 0; i < CUT_ROWS; i++) {
        int seen[2] = { 0, 0 };
        for (int j = 0; j < CUT_ROWS; j++)
            for (int w = 0; w < 2; w++)
                seen[w] += cut.sees[w][i * CUT_ROWS + j] > 0;
        fprintf(out, "%d\t%d rows\t%d rows\n", i + 1, seen[0], seen[1]);
    }
}

static const struct figure figures[] = {
    /* the figures of multihead */
    { "two", 720, 400, 520,
      "A plane of color and size with two things and a wanted point. What one "
      "head can reach is the segment between the things; two heads reach the "
      "whole rectangle around it, where the wanted point is a corner.",
      two_frame, two_table },
    { "heads", 720, 446, 750,
      "A handwritten digit, the ten probabilities that the model gives it, and "
      "five small copies of it, one for each head. In each copy the patches that "
      "the head looks at are blue; not all heads look at the same places.",
      heads_frame, heads_table },
    { "ablation", 720, 360, 400,
      "The accuracy that three models of five heads lose when one head is taken "
      "away, from the most needed head to the least. Each head that is taken "
      "away costs something: the first of a model more than twice as much as "
      "the last, and the last of the book's model hardly more than chance.",
      ablation_frame, ablation_table },
    { "cost", 720, 340, 380,
      "The share of the peak that the layer reaches against its number of "
      "heads, forward and backward. It is highest for a few wide heads and "
      "falls as the heads become many and narrow.",
      cost_frame, cost_table },
    { "cut", 720, 330, 560,
      "Left, an array of eight rows cut into three heads: each head has numbers "
      "of all rows, and each output sees every row. Right, the array only called "
      "so: each head has numbers of three rows, and outputs see only these.",
      cut_frame, cut_table },
    { 0 }
};
FIGURES(figures)
static const struct command_option options[] = {
    { "heads", OPTION_SIZE, &given.heads, "H", "how many heads" },
    { "x", OPTION_TEXT, &given.path[X], "X.npy", "(n, d) or (B, n, d)" },
    { "context", OPTION_TEXT, &given.path[CONTEXT], "C.npy",
      "(m, d) or (B, m, d); without it, x" },
    { "wq", OPTION_TEXT, &given.path[MQ], "WQ.npy", "(d_in, H dk)" },
    { "wk", OPTION_TEXT, &given.path[MK], "WK.npy", "(d_in, H dk)" },
    { "wv", OPTION_TEXT, &given.path[MV], "WV.npy", "(d_in, H dv)" },
    { "wo", OPTION_TEXT, &given.path[MO], "WO.npy", "(H dv, d_out)" },
    { "bq", OPTION_TEXT, &given.path[BQ], "BQ.npy", "(H dk)" },
    { "bk", OPTION_TEXT, &given.path[BK], "BK.npy", "(H dk)" },
    { "bv", OPTION_TEXT, &given.path[BV], "BV.npy", "(H dv)" },
    { "bo", OPTION_TEXT, &given.path[BO], "BO.npy", "(d_out)" },
    { "causal", OPTION_FLAG, &given.causal, NULL, "no row sees a later one" },
    { "lengths", OPTION_TEXT, &given.path[LENGTHS], "L.npy",
      "(B): how many keys each example has" },
    { "out", OPTION_TEXT, &given.out, "O.npy", "(n, d_out), (B, n, d_out)" },
    { "weights", OPTION_TEXT, &given.weights, "W.npy", "(B, H, n, m)" },
    { "threads", OPTION_SIZE, &given.threads, "N", "0: one for each core" },
    { "bench", OPTION_FLAG, &given.bench, NULL,
      "measure the layer against the peak of this machine" },
    { "results", OPTION_FLAG, &given.results, NULL,
      "print the numbers that the chapter quotes" },
    { "study", OPTION_FLAG, &given.study, NULL,
      "train the chapter's models; takes minutes" },
    { "train", OPTION_FLAG, &given.train, NULL, "train the classifier" },
    { "data", OPTION_TEXT, &given.data, "FOLDER", "the digits" },
    { "steps", OPTION_SIZE, &given.steps, "N", "steps of training" },
    { "seed", OPTION_SEED, &given.seed, "S", "of weights and batches" },
    { "save", OPTION_TEXT, &given.save, "FILE.safetensors", "write the run" },
    { "load", OPTION_TEXT, &given.load, "FILE.safetensors",
      "go on with a run; for --classify, its weights" },
    { "classify", OPTION_TEXT, &given.classify, "X.npy",
      "pictures (n, 28, 28), ink 1, paper 0; probabilities to --out" },
    FIGURE_OPTIONS,
    { 0 }
};

static const struct command command = {
    .name = "multihead",
    .summary = "attention with several heads, and a classifier of digits",
    .usage =
        /* usage of multihead */
        "multihead --heads H --x X.npy [--context C.npy] --wq .npy --wk .npy \\\n"
        "      --wv .npy --wo .npy [--bq .npy --bk .npy --bv .npy --bo .npy] \\\n"
        "      [--causal] [--lengths L.npy] --out O.npy [--weights W.npy]\n"
        "multihead --train [--data FOLDER] [--steps N] [--save W.safetensors]\n"
        "multihead --classify X.npy --out P.npy [--load W.safetensors]\n"
        "multihead --bench",
    .example = "multihead --heads 8 --x x.npy --wq wq.npy --wk wk.npy "
               "--wv wv.npy --wo wo.npy --out o.npy",
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
    command_threads(given.threads);
    /* do the one thing that was asked for */
    command_alone("results", "threads data");
    command_alone("study", "threads data steps");
    command_alone("bench", "threads");
    command_alone("train", given.load ? "threads data steps save load"
                                      : "threads data steps seed save");
    command_alone("classify", "threads load out");
    if (given.steps == 0)
        fail("--steps 0: there is nothing to do");
    if (given.classify && !given.out)
        fail("--classify needs --out P.npy");
    static const char *const idle[] = { "data", "steps", "seed", "save", "load" };
    bool layer = !given.classify && !given.train && !given.study
                 && !given.results && !given.bench;
    for (size_t i = 0; layer && i < sizeof idle / sizeof *idle; i++)
        if (command_given(idle[i]))
            fail("--%s is for --train", idle[i]);
    if (given.study)
        print_study();
    else if (given.results)
        print_results();
    else if (given.bench)
        print_bench();
    else {
    #ifndef __wasm__
        if (given.train)
            return run_train();
        if (given.classify)
            run_classify();
        else
            run_layer();
    #endif
    }
    return 0;
}
