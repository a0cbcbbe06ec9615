/* position_check.c -- generated from chapters/12-position.nw. Do not edit. */
#include "kit/conforms.h"
#include "double/position_cases_double.h"
#include "position/position_cases.h"
#include "kit/learner.h"

static void check_table(const char *name, const float *got, size_t n)
{
    char file[80];
    snprintf(file, sizeof file, "position-%s.npy", name);
    struct array want = check_golden(file);
    assert_int_equal(want.count, n);
    CHECK_CLOSE(got, want.data, n, 2e-7, 1e-6);
    array_free(&want);
}

static void random_normal_fill(float *x, size_t n, uint64_t seed)
{
    struct random random = random_new(seed, 0);
    for (size_t i = 0; i < n; i++)
        x[i] = random_normal(&random);
}
TEST(waves_by_hand)
{
    float got[4 * 4];
    const float want[4 * 4] = {
        0, 1, 0, 1,                 .8415f, .5403f, .01f, .99995f,
        .9093f, -.4161f, .02f, .9998f, .1411f, -.99f, .03f, .99955f,
    };
    sinusoidal_table(got, 0, 4, 4);
    CHECK_CLOSE(got, want, 16, 6e-5, 0);
}

TEST(a_step_is_a_turn)
{
    enum { WIDTH = 14, LENGTH = 31, STEP = 5 };
    float table[LENGTH * WIDTH], turned[WIDTH];
    sinusoidal_table(table, 0, LENGTH, WIDTH);
    for (size_t p = 0; p + STEP < LENGTH; p++) {
        for (size_t c = 0; c < WIDTH; c += 2) {
            const float *at = table + p * WIDTH + c;
            float b = STEP * (float)position_frequency(c / 2, WIDTH);
            turned[c] = cosf(b) * at[0] + sinf(b) * at[1];
            turned[c + 1] = -sinf(b) * at[0] + cosf(b) * at[1];
        }
        CHECK_CLOSE(turned, table + (p + STEP) * WIDTH, WIDTH, 1e-6, 0);
    }
}

TEST(untouched_rows_get_no_gradient)
{
    enum { ROWS = 9, LENGTH = 4, BATCH = 2, WIDTH = 3 };
    struct tape *tape = tape_new();
    struct tensor *table = tape_parameter(tape, "wpe", SHAPE(ROWS, WIDTH));
    struct tensor *x = tape_leaf(tape, SHAPE(BATCH, LENGTH, WIDTH));
    tape_backward(tape, tape_sum(tape, tape_add_rows(tape, x, table, 1)));
    for (size_t i = 0; i < ROWS * WIDTH; i++) {
        size_t row = i / WIDTH;
        bool used = row >= 1 && row <= LENGTH;
        assert_true(table->grad[i] == (used ? BATCH : 0));
    }
    tape_free(tape);
}

TEST(rotary_by_hand)
{
    float cosines[4], sines[4], q[4] = { 1, 0, 1, 0 }, k[4] = { 0, 1, 0, 1 };
    rotary_table(cosines, sines, 0, 4, 2);
    rotary_forward(q, q, cosines + 2, sines + 2, 1, 2, 2);
    rotary_forward(k, k, cosines + 1, sines + 1, 1, 2, 2);
    for (size_t i = 0; i < 2; i++) {
        float got = row_dot(q + 2 * i, k + 2 * i, 2), want = .8415f;
        CHECK_CLOSE(&got, &want, 1, 5e-5, 0);
    }
    CHECK_CLOSE(q, ((float[]){ -.4161f, .9093f }), 2, 5e-5, 0);
    CHECK_CLOSE(k, ((float[]){ -.8415f, .5403f }), 2, 5e-5, 0);
}

TEST(bias_by_hand)
{
    float bias[2 * 2 * 3];
    const float m = 1/16.f, n = 1/256.f;
    const float want[] = { -m, 0, -m, -2 * m, -m, 0,
                           -n, 0, -n, -2 * n, -n, 0 };
    alibi_bias(bias, 2, 2, 3);
    CHECK_CLOSE(bias, want, 12, 0, 0);
}

TEST(order_by_hand)
{
    const float q = 1, order[2][3] = { { 0, 1, 2 }, { 2, 1, 0 } };
    const float values[] = { 6, 0, 12 };
    const float plain = 7, halved[] = { 150 / 17.f, 60 / 11.f };
    for (size_t s = 0; s < 2; s++) {
        float k[3], v[3], out, weights[3], bias[3];
        for (size_t j = 0; j < 3; j++) {
            size_t word = (size_t)order[s][j];
            k[j] = logf((float)word + 1);
            v[j] = values[word];
            bias[j] = -logf(2) * (float)(3 - j);
        }
        struct tiled t = { .batch = 1, .heads = 1, .queries = 1, .keys = 3,
                           .width = 1, .value_width = 1 };
        attend_placed_plain(&out, weights, &q, k, v, &t,
                            &(struct places){ .bias = NULL });
        CHECK_CLOSE(&out, &plain, 1, 0, 1e-6);
        attend_placed_plain(&out, weights, &q, k, v, &t,
                            &(struct places){ .bias = bias });
        CHECK_CLOSE(&out, &halved[s], 1, 0, 1e-6);
    }
}

TEST(distances_by_hand)
{
    const float q[3] = { 1, 1, 1 }, k[3] = { 0 }, v[3] = { 8, 16, 0 };
    const float a[3] = { 0, logf(2), logf(5) }, b[3] = { 0, 4, 8 };
    float out[3], weights[9];
    const float want[3] = { (2 * (8 + 4) + 5 * (16 + 8) + 5 * (0 + 8)) / 12.f,
                            11, (8 + 16 + 2 * 4) / 4.f };
    struct tiled t = { .batch = 1, .heads = 1, .queries = 3, .keys = 3,
                       .width = 1, .value_width = 1 };
    attend_placed_plain(out, weights, q, k, v, &t,
                        &(struct places){ .reach = 1, .keys = a,
                                          .values = b });
    CHECK_CLOSE(out, want, 3, 0, 1e-6);
}

CONFORMS(position_operations, .golden = "position")

TEST(products_are_the_plain_loops)
{
    enum { B = 2, H = 3, N = 4, M = 6, D = 5, C = 7, REACHED = 2,
           FAR = 2 * REACHED + 1 };
    float q[B * H * N * D], k[B * H * M * D], v[B * H * M * C];
    float bias[H * N * M], keys[FAR * D], values[FAR * C], rows[N * FAR];
    float out[2][B * H * N * C], weights[2][B * H * N * M];
    random_normal_fill(q, B * H * N * D, 1);
    random_normal_fill(k, B * H * M * D, 2);
    random_normal_fill(v, B * H * M * C, 3);
    random_normal_fill(bias, H * N * M, 4);
    random_normal_fill(keys, FAR * D, 5);
    random_normal_fill(values, FAR * C, 6);
    for (int given = 0; given < 8; given++) {
        const struct tiled t = { .batch = B, .heads = H, .queries = N,
                                 .keys = M, .width = D, .value_width = C,
                                 .causal = true,
                                 .lengths = (size_t[]){ 3, 6 } };
        const struct places p = { given & 1 ? bias : NULL, REACHED,
                                  given & 2 ? keys : NULL,
                                  given & 4 ? values : NULL };
        attend_placed_plain(out[0], weights[0], q, k, v, &t, &p);
        attend_placed_forward(out[1], weights[1], rows, q, k, v, &t, &p);
        CHECK_CLOSE(out[1], out[0], B * H * N * C, 2e-6, 2e-6);
        CHECK_CLOSE(weights[1], weights[0], B * H * N * M, 1e-6, 1e-6);
    }
}

TEST(tables_against_pytorch)
{
    enum { FAR = 99990, LENGTH = 11, WIDTH = 10, ODD = 7, HALF = WIDTH / 2 };
    float waves[LENGTH * ODD], turns[2 * LENGTH * HALF];
    float bias[6 * 5 * LENGTH];
    sinusoidal_table(waves, FAR, LENGTH, ODD);
    rotary_table(turns, turns + LENGTH * HALF, FAR, LENGTH, WIDTH);
    alibi_bias(bias, 6, 5, LENGTH);
    check_table("waves", waves, sizeof waves / sizeof *waves);
    check_table("turns", turns, sizeof turns / sizeof *turns);
    check_table("alibi", bias, sizeof bias / sizeof *bias);
}

TEST(waves_know_only_distances)
{
    enum { WIDTH = 14, LENGTH = 31 };
    float table[LENGTH * WIDTH];
    sinusoidal_table(table, 1000, LENGTH, WIDTH);
    for (size_t p = 0; p < LENGTH; p++)
        for (size_t s = 0; s < LENGTH; s++) {
            const float *a = table + p * WIDTH, *b = table + s * WIDTH;
            float got = row_dot(a, b, WIDTH), want = 0;
            for (size_t l = 0; l < WIDTH / 2; l++)
                want += (float)cos(((double)p - (double)s)
                                   * position_frequency(l, WIDTH));
            CHECK_CLOSE(&got, &want, 1, 2e-6, 1e-6);
        }
}

TEST(rotary_keeps_lengths)
{
    enum { HEADS = 3, LENGTH = 7, WIDTH = 10 };
    float x[HEADS * LENGTH * WIDTH], y[HEADS * LENGTH * WIDTH];
    float cosines[LENGTH * WIDTH / 2], sines[LENGTH * WIDTH / 2];
    random_normal_fill(x, HEADS * LENGTH * WIDTH, 1);
    rotary_table(cosines, sines, 12345, LENGTH, WIDTH);
    rotary_forward(y, x, cosines, sines, HEADS, LENGTH, WIDTH);
    for (size_t r = 0; r < HEADS * LENGTH; r++) {
        float got = row_dot(y + r * WIDTH, y + r * WIDTH, WIDTH);
        float want = row_dot(x + r * WIDTH, x + r * WIDTH, WIDTH);
        CHECK_CLOSE(&got, &want, 1, 0, 2e-6);
    }
}

TEST(slopes_as_published)
{
    const float eight[] = { 1/2.f, 1/4.f, 1/8.f, 1/16.f, 1/32.f, 1/64.f,
                            1/128.f, 1/256.f };
    const float three[] = { 1/16.f, 1/256.f, 1/4.f };
    for (size_t h = 0; h < 8; h++)
        assert_true(alibi_slope(h, 8) == eight[h]);
    for (size_t h = 0; h < 3; h++)
        assert_true(alibi_slope(h, 3) == three[h]);
    CHECK_DIES(DIES_REQUIRE, alibi_slope(3, 3));
}
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
static void layer_new(struct layer *l, struct tape *t, size_t number,
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
        return tape_concat_rows_from(t, x, tape_input(t, m->waves,
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
    r.training = training_new(r.model.tape, steps ? steps : a->steps, seed);
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
static struct marks run_marked(enum task task, enum kind kind, bool causal,
                               size_t steps, uint64_t seed, size_t pairs)
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
/* head_moved: by how much outputs change if the text moves on by one. */
static float head_moved(bool turn_values)
{
    struct head_run here, there;
    float most = 0;
    head_start(&here, 2), head_whole(&here, 0, turn_values);
    head_start(&there, 2), head_whole(&there, 1, turn_values);
    for (size_t t = 0; t < STEPS; t++)
        most = fmaxf(most, outputs_differ(&here, &there, t));
    return most;
}

TEST(only_none_is_blind)
{
    int32_t ids[] = { 3, 1, 4, 1, 5, 9, 2, 6 };
    const size_t n = sizeof ids / sizeof *ids;
    for (enum kind kind = 0; kind < KINDS; kind++) {
        struct model m = model_new(kind, 2, false, 7);
        m.tape->no_grad = true;
        float before[WORDS], change = 0;
        memcpy(before, model_forward(&m, ids, 1, n)->data, sizeof before);
        int32_t last = ids[n - 1];
        ids[n - 1] = ids[2], ids[2] = last;
        const float *after = model_forward(&m, ids, 1, n)->data;
        for (size_t i = 0; i < WORDS; i++)
            change = fmaxf(change, fabsf(after[i] - before[i]));
        assert_true(kind == NONE ? change < 1e-5f : change > 1e-3f);
        model_free(&m);
    }
}

TEST(word_by_word_is_all_at_once)
{
    struct head_run whole, words, forgetful;
    head_start(&whole, 1), head_whole(&whole, 0, false);
    head_start(&words, 1), head_by_words(&words, false);
    head_start(&forgetful, 1), head_by_words(&forgetful, true);
    CHECK_CLOSE(words.out, whole.out, STEP_ROWS, 2e-6, 1e-5);
    for (size_t t = 1; t < STEPS; t++)
        assert_true(outputs_differ(&forgetful, &whole, t) > .01f);
}

TEST(order_is_learned_by_those_who_know_places)
{
    struct marks blind = run_marked(ORDER, NONE, false, 10, 1, 40);
    struct marks knows = run_marked(ORDER, ROTARY, false, 35, 1, 40);
    assert_true(marks_part(&blind, 0, LONGEST) <= .5 + 1. / 80);
    assert_true(marks_part(&knows, 0, LONGEST) > .9);
}

TEST(shifts_change_rotary_by_rounding_only)
{
    for (size_t by = 1; by < 1000000; by *= 10) {
        assert_true(shift_change(ROTARY, by) < 5e-7);
        assert_true(shift_change(SINUSOIDAL, by) > .1);
    }
}

TEST(outputs_do_not_move_with_the_text)
{
    assert_true(head_moved(true) > .1f && head_moved(false) < 1e-5f);
}

CHECK_MAIN()
