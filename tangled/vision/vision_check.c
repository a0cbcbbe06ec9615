/* vision_check.c -- generated from chapters/19-vision.nw. Do not edit. */
#include "kit/conforms.h"
#include "kit/npy.h"
#include "vision/boxes_cases.h"
#include "vision/detector.h"
#include "vision/reader.h"
#include "vision/rollout.h"
#include "vision/table.h"
#include "double/boxes_cases_double.h"

enum { TINY_B = 3, TINY_S = 6, TINY_D = 2, TINY_P = 2, TINY_C = 12,
       TINY_H = 3, TINY_L = 2, TINY_F = 10, TINY_K = 5, TINY_N = 9,
       TINY_PIXELS = TINY_D * TINY_S * TINY_S };
static const struct vit_kind tiny_kind = { TINY_S, TINY_D, TINY_P, TINY_C,
    TINY_H, TINY_L, TINY_F, TINY_K, false, 0 };
static const int32_t tiny_target[TINY_B] = { 3, 0, 4 };

struct tiny { struct tape *on, *theirs; struct vit v; float *x; };

static float formula(size_t parameter, size_t i)
{
    return (float)(.3 * sin(1 + .7 * (double)parameter + 1.3 * (double)i));
}

static struct tiny tiny_new(void)
{
    struct tiny t = { .on = tape_new() };
    t.v = vit_new(t.on, &tiny_kind);
    t.theirs = vit_tape(t.on, &t.v);
    for (size_t k = 0; k < t.theirs->count; k++) {
        struct tensor *p = t.theirs->parameters[k];
        const bool gain = strstr(p->name, "layernorm")
                       && strstr(p->name, "weight");
        for (size_t i = 0; i < p->count; i++)
            p->data[i] = formula(k, i) + gain;
    }
    vit_move(t.on, &t.v, t.theirs, false);
    t.x = allocate(TINY_B * TINY_PIXELS, sizeof *t.x);
    for (size_t i = 0; i < TINY_B * TINY_PIXELS; i++)
        t.x[i] = 3 * formula(99, i);
    return t;
}

static void tiny_free(struct tiny *t)
{
    tape_free(t->theirs), tape_free(t->on), free(t->x);
}

static struct tensor *tiny_logits(struct tiny *t)
{
    tape_reset(t->on);
    return vit_forward(t->on, &t->v, t->x, TINY_B, 0);
}

/* Patches 1 and 5 of all pictures change places. */
static void tiny_swap(float *x)
{
    for (size_t i = 0; i < TINY_B * TINY_D; i++, x += TINY_S * TINY_S)
        for (size_t r = 0; r < TINY_P; r++)
            for (size_t c = 0; c < TINY_P; c++) {
                float *a = x + r * TINY_S + TINY_P + c;
                float *b = x + (TINY_P + r) * TINY_S + 2 * TINY_P + c;
                const float was = *a;
                *a = *b, *b = was;
            }
}

static struct tiny tiny_read(const char *path, size_t heads)
{
    struct tiny t = { .on = tape_new() };
    struct safetensors file = safetensors_read(path);
    const struct vit_kind is = vit_kind_of(&file, heads);
    t.v = vit_new(t.on, &is);
    vit_take(t.on, &t.v, &file);
    safetensors_free(&file);
    return t;
}

TEST(the_model_agrees_with_pytorch)
{
    enum { LOGITS = TINY_B * TINY_K };
    struct array want = check_golden("vision.npy");
    struct tiny t = tiny_new();
    const size_t n = t.on->size;
    assert_int_equal(want.count, LOGITS + 1 + n);
    struct tensor *z = tiny_logits(&t);
    CHECK_CLOSE(z->data, want.data, LOGITS, 1e-5, 1e-5);
    z = tape_cross_entropy(t.on, z, tiny_target, 0, -1);
    CHECK_CLOSE(z->data, want.data + LOGITS, 1, 1e-6, 1e-6);
    tape_backward(t.on, z);
    memcpy(t.on->values, t.on->grads, n * sizeof *t.on->grads);
    vit_move(t.on, &t.v, t.theirs, true);
    CHECK_CLOSE(t.theirs->values, want.data + LOGITS + 1, n, 1e-6, 1e-4);
    tiny_free(&t), array_free(&want);
}

TEST(a_picture_is_cut_line_by_line)
{
    const struct vit_kind is = { .side = 4, .channels = 1, .patch = 2 };
    const float x[] = { 0, 1, 0, 0,  0, 1, 0, 0,  0, 1, 1, 1,  0, 0, 0, 0 };
    const float want[] = { 0, 1, 0, 1,  0, 0, 0, 0,  0, 1, 0, 0,
                           1, 1, 0, 0 };
    float got[16];
    patches_cut(got, x, 1, &is);
    CHECK_CLOSE(got, want, 16, 0, 0);
}

TEST(patches_and_positions_may_be_in_any_order)
{
    struct tiny t = tiny_new();
    float before[TINY_B * TINY_K], off = 0;
    memcpy(before, tiny_logits(&t)->data, sizeof before);
    tiny_swap(t.x);
    const float *z = tiny_logits(&t)->data;
    for (size_t i = 0; i < TINY_B * TINY_K; i++)
        off = fmaxf(off, fabsf(z[i] - before[i]));
    assert_true(off > 1e-3f);
    for (size_t j = 0; j < TINY_C; j++) {
        float *p = t.v.places->data + j, was = p[2 * TINY_C];
        p[2 * TINY_C] = p[6 * TINY_C], p[6 * TINY_C] = was;
    }
    CHECK_CLOSE(tiny_logits(&t)->data, before, TINY_B * TINY_K, 1e-5, 1e-5);
    tiny_free(&t);
}

TEST(pictures_are_mirrored_and_shuffled)
{
    float x[DIGIT_PIXELS], y[DIGIT_PIXELS];
    bool there[DIGIT_PIXELS] = { false };
    size_t moved = 0;
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        x[i] = y[i] = (float)i;
    picture_mirror(y);
    assert_true(y[0] == 27 && y[27] == 0 && y[783] == 756);
    picture_mirror(y);
    CHECK_CLOSE(y, x, DIGIT_PIXELS, 0, 0);
    picture_shuffle(y);
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        there[(size_t)y[i]] = true, moved += y[i] != x[i];
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        assert_true(there[i]);
    assert_true(moved > 45 * 16);
}

TEST(rollout_is_a_row_of_the_product)
{
    enum { L = 3, H = 2, T = 5 };
    float a[L][H * T * T], r[T * T] = { 0 }, next[T * T], got[T];
    const float *at[L] = { a[0], a[1], a[2] };
    struct random random = random_new(1, 19);
    for (size_t l = 0; l < L; l++) {
        random_normals(a[l], H * T * T, 2, &random);
        softmax_rows(a[l], a[l], H * T, T);
    }
    for (size_t i = 0; i < T; i++)
        r[i * T + i] = 1;
    for (size_t l = 0; l < L; l++) {
        memset(next, 0, sizeof next);
        for (size_t i = 0; i < T * T * T; i++) {
            const size_t row = i / T / T, k = i / T % T, j = i % T;
            const float mean = (a[l][row * T + k]
                                + a[l][T * T + row * T + k]) / 2;
            next[row * T + j] += (mean + (row == k)) / 2 * r[k * T + j];
        }
        memcpy(r, next, sizeof r);
    }
    for (size_t row = 0; row < T; row++) {
        float sum = 0;
        rollout(got, at, row, L, H, T);
        CHECK_CLOSE(got, r + row * T, T, 1e-6, 1e-6);
        for (size_t j = 0; j < T; j++)
            sum += got[j];
        assert_true(fabsf(sum - 1) < 1e-5f);
    }
}

TEST(rollout_by_hand)
{
    const float a[] = { 0, 1, 1, 0 }, *at[] = { a, a };
    float got[2];
    rollout(got, at, 0, 2, 1, 2);
    CHECK_CLOSE(got, ((float[]){ .5f, .5f }), 2, 0, 0);
}

TEST(a_published_model_comes_back)
{
    struct tiny t = tiny_new();
    char *path = check_path("published.safetensors");
    vit_publish(path, t.on, &t.v);
    struct tiny back = tiny_read(path, 0);
    assert_int_equal(back.v.is.heads, TINY_H);
    assert_int_equal(back.v.is.side, TINY_S);
    assert_int_equal(back.on->size, t.on->size);
    assert_memory_equal(back.on->values, t.on->values,
                        t.on->size * sizeof(float));
    tape_free(back.on);
    weights_save(path, t.on);
    back = tiny_read(path, TINY_H);
    assert_memory_equal(back.on->values, t.on->values,
                        t.on->size * sizeof(float));
    tape_free(back.on);
    CHECK_PRINTS(2, "does not say how many heads", tiny_read(path, 0));
    CHECK_PRINTS(2, "do not divide the 12 columns", tiny_read(path, 5));
    tiny_free(&t);
}

TEST(a_file_that_is_none_is_refused)
{
    struct tape *t = tape_new();
    char *path = check_path("other.safetensors");
    tape_parameter(t, "linear.weight", SHAPE(4, 4));
    weights_save(path, t);
    CHECK_PRINTS(2, "not a Vision Transformer", tiny_read(path, 3));
    tape_free(t);
}

static struct reader_how small_how = { NET_VIT,
    { DIGIT_SIDE, 1, 7, 16, 2, 2, 32, DIGIT_KINDS, false, .1f },
    CHANGE_MIRROR, false };

static struct learner small_learner(enum network network)
{
    struct learner l = reader_learner;
    small_how.network = network, l.how = &small_how;
    return l;
}

TEST(readers_learn)
{
    for (int i = NET_VIT; i < NETS; i++) {
        struct learner l = small_learner((enum network)i);
        CHECK_LEARNS(&l, 60, .8);
        digit_sets_free(l.loaded);
    }
}

TEST(a_run_goes_on)
{
    struct learner l = small_learner(NET_VIT);
    CHECK_GOES_ON(&l, 6);
    digit_sets_free(l.loaded);
}

TEST(the_page_has_the_weights_of_the_file)
{
    CHECK_EMBEDDED(&reader_learner, "data/weights/vision.safetensors");
}
static void table_noise(float *x, size_t n, uint64_t seed)
{
    struct random random = random_new(seed, 19);
    random_normals(x, n, 1, &random);
}

static struct seer *seer_of(enum way way)
{
    struct tape *tape = tape_new();
    struct seer *m = allocate(1, sizeof *m);
    seer_start(m, tape, way, 1);
    for (size_t i = 0; i < tape->count; i++)
        if (tape->parameters[i]->rank == 1 && tape->parameters[i] != m->gain)
            table_noise(tape->parameters[i]->data,
                           tape->parameters[i]->count, 40 + i);
    return m;
}

static void seer_free(struct seer *m)
{
    tape_free(m->tape), free(m);
}

/* logits_of: out (n, 10) of places x (n, 49, 32). */
static void logits_of(float *out, struct seer *m, const float *x, size_t n)
{
    struct seen seen = { 0 };
    tape_reset(m->tape);
    m->tape->no_grad = true;
    struct tensor *z = tape_input(m->tape, x, SHAPE(n, WAY_PLACES,
                                                    CNN_SECOND));
    memcpy(out, seer_answer(m, m->tape, z, &seen)->data,
           n * WAY_CLASSES * sizeof *out);
}
TEST(seven_models_of_one_size)
{
    double count[WAYS], mean = 0;
    for (int i = 0; i < WAYS; i++) {
        struct seer *m = seer_of((enum way)i);
        count[i] = (double)m->tape->size, mean += count[i] / WAYS;
        seer_free(m);
    }
    for (int i = 0; i < WAYS; i++)
        assert_true(fabs(count[i] - mean) < .015 * mean);
}

TEST(a_blank_picture_has_positions)
{
    const float x[DIGIT_PIXELS] = { 0 };
    struct tape *tape = tape_new();
    struct seer m;
    seer_start(&m, tape, WAY_SELF, 1);
    const struct tensor *y = seer_places(&m, tape, tape_input(tape, x,
        SHAPE(1, DIGIT_SIDE, DIGIT_SIDE, 1)));
    assert_true(fabsf(y->data[0]) > 1e-6f);
    CHECK_CLOSE(y->data, m.place->data, WAY_PLACES * CNN_SECOND, 0, 0);
    tape_free(tape);
}

TEST(seven_models_learn)
{
    for (int i = 0; i < WAYS; i++) {
        table_way = (enum way)i;
        CHECK_LEARNS(&table_learner, 30, .95);
    }
    table_way = WAY_HARD;
    CHECK_GOES_ON(&table_learner, 2);
    table_way = WAY_MULTIHEAD;
    digit_sets_free(table_learner.loaded), table_learner.loaded = NULL;
}

static void causal_rows(float *out, struct seer *m, const float *h)
{
    struct seen seen = { 0 };
    const size_t d = way_sizes[m->way].width;
    tape_reset(m->tape);
    struct tensor *x = tape_input(m->tape, h, SHAPE(1, WAY_PLACES, d));
    memcpy(out, seer_heads(m, m->tape, x, x, &seen)->data,
           WAY_PLACES * d * sizeof *out);
}

TEST(causal_rows_see_no_later_place)
{
    enum { D = 64, CUT = 17, ALL = WAY_PLACES * D };
    static float h[ALL], was[ALL], is[ALL];
    struct seer *m = seer_of(WAY_CAUSAL);
    assert_int_equal(way_sizes[WAY_CAUSAL].width, D);
    table_noise(h, ALL, 2);
    causal_rows(was, m, h);
    m->heads.causal = false;
    causal_rows(is, m, h);
    m->heads.causal = true;
    CHECK_CLOSE(is + ALL - D, was + ALL - D, D, 1e-5, 1e-5);
    table_noise(h + CUT * D, ALL - CUT * D, 3);
    causal_rows(is, m, h);
    assert_memory_equal(is, was, CUT * D * sizeof *is);
    for (size_t i = CUT; i < WAY_PLACES; i++)
        assert_memory_not_equal(is + i * D, was + i * D, D * sizeof *is);
    seer_free(m);
}

TEST(queries_of_cross_are_classes)
{
    enum { A = 3, B = 8, D = 64, N = 2 };
    static float x[N * WAY_PLACES * CNN_SECOND];
    float was[N * WAY_CLASSES], is[N * WAY_CLASSES], row[D];
    struct seer *m = seer_of(WAY_CROSS);
    struct seen seen = { .store = true };
    table_noise(x, sizeof x / sizeof *x, 2);
    struct tensor *h = tape_input(m->tape, x, SHAPE(N, WAY_PLACES,
                                                    CNN_SECOND));
    seer_answer(m, m->tape, h, &seen);
    for (size_t i = 0; i < N * 4 * WAY_CLASSES; i++) {
        float sum = 0;
        for (size_t k = 0; k < WAY_PLACES; k++)
            sum += seen.weights[i * WAY_PLACES + k];
        assert_true(fabsf(sum - 1) < 1e-5f);
    }
    logits_of(was, m, x, N);
    float *q = m->queries->data;
    memcpy(row, q + A * D, sizeof row);
    memcpy(q + A * D, q + B * D, sizeof row);
    memcpy(q + B * D, row, sizeof row);
    logits_of(is, m, x, N);
    for (size_t n = 0; n < N; n++) {
        float *z = was + n * WAY_CLASSES, other = z[A];
        assert_true(fabsf(z[A] - z[B]) > 1e-3f);
        z[A] = z[B], z[B] = other;
    }
    CHECK_CLOSE(is, was, N * WAY_CLASSES, 1e-5, 1e-5);
    seer_free(m);
}

TEST(soft_with_equal_scores_is_the_mean)
{
    struct seer *m = seer_of(WAY_SOFT);
    struct seen seen = { 0 };
    const size_t d = way_sizes[WAY_SOFT].width, n = 3 * WAY_PLACES * d;
    float *h = allocate(n, sizeof *h);
    table_noise(h, n, 2);
    memset(m->score->data, 0, m->score->count * sizeof(float));
    struct tensor *x = tape_input(m->tape, h, SHAPE(3, WAY_PLACES, d));
    const struct tensor *y = seer_rows(m, m->tape, x, &seen);
    assert_int_equal(y->count, 3 * d);
    CHECK_CLOSE(y->data, seer_mean(m->tape, x)->data, 3 * d, 1e-5, 1e-5);
    seer_free(m), free(h);
}

TEST(an_order_that_only_some_models_know)
{
    enum { N = 2, EACH = WAY_PLACES * CNN_SECOND };
    static float x[N * EACH], moved[N * EACH];
    uint32_t order[WAY_PLACES];
    struct random random = random_new(4, 0);
    table_noise(x, N * EACH, 2);
    random_permutation(order, &random, WAY_PLACES);
    for (size_t i = 0; i < N * WAY_PLACES; i++)
        memcpy(moved + i * CNN_SECOND,
               x + (i / WAY_PLACES * WAY_PLACES + order[i % WAY_PLACES])
                   * CNN_SECOND, CNN_SECOND * sizeof *x);
    for (int way = 0; way < WAYS; way++) {
        struct seer *m = seer_of((enum way)way);
        float was[N * WAY_CLASSES], is[N * WAY_CLASSES], most = 0;
        logits_of(was, m, x, N), logits_of(is, m, moved, N);
        for (size_t i = 0; i < N * WAY_CLASSES; i++)
            most = fmaxf(most, fabsf(is[i] - was[i]));
        if ((most > 1e-3f) != (way == WAY_CNN || way == WAY_CAUSAL)
            || (most > 1e-4f) != (most > 1e-3f))
            fail_msg("%s: logits move by %g", way_sizes[way].name,
                     (double)most);
        seer_free(m);
    }
}

TEST(draws_follow_the_probabilities)
{
    enum { N = 20000, LIKELY = 5 };
    static float z[N * WAY_PLACES];
    struct tape *on = tape_new();
    struct random random = random_new(5, 0);
    struct seen seen = { .random = &random };
    double first[LIKELY] = { 0 }, second[LIKELY] = { 0 };
    for (size_t i = 0; i < N * WAY_PLACES; i++)
        z[i] = i % WAY_PLACES < LIKELY ? (float)(i % WAY_PLACES) / 2 : -20;
    struct tensor *y = tape_input(on, z, SHAPE(N, WAY_PLACES));
    seer_draw(on, y, &seen);
    for (size_t b = 0; b < N; b++) {
        const int32_t a[] = { seen.at[0][b], seen.at[1][b], seen.at[2][b] };
        assert_true(a[0] != a[1] && a[0] != a[2] && a[1] != a[2]);
        first[a[0]] += 1. / N, second[a[1]] += 1. / N;
    }
    for (int i = 0; i < LIKELY; i++) {
        double p[LIKELY], sum = 0, twice = 0;
        for (int k = 0; k < LIKELY; k++)
            sum += p[k] = exp(k / 2.);
        for (int k = 0; k < LIKELY; k++)
            twice += k == i ? 0 : p[k] / sum * p[i] / (sum - p[k]);
        assert_true(fabs(first[i] - p[i] / sum) < .014);
        assert_true(fabs(second[i] - twice) < .014);
    }
    tape_reset(on);
    seen.random = NULL;
    seer_draw(on, tape_input(on, z, SHAPE(1, WAY_PLACES)), &seen);
    for (int t = 0; t < WAY_DRAWS; t++)
        assert_int_equal(seen.at[t][0], LIKELY - 1 - t);
    tape_free(on);
}

TEST(the_loss_of_hard_has_the_gradient_of_reinforce)
{
    enum { N = 4, ALL = N * WAY_PLACES };
    const int32_t target[N] = { 1, 0, 1, 2 };
    const float guess[N] = { .25f, .5f, .75f, -.5f };
    float logits[N * WAY_CLASSES] = { 0 }, want[ALL], off[N];
    struct tape *on = tape_new();
    struct random random = random_new(6, 0);
    struct seen seen = { .random = &random };
    struct tensor *z = tape_leaf(on, SHAPE(N, WAY_PLACES));
    seen.guess = tape_leaf(on, SHAPE(N, 1));
    memcpy(seen.guess->data, guess, sizeof guess);
    table_noise(z->data, ALL, 2);
    seer_draw(on, z, &seen);
    for (size_t b = 0; b < N; b++)
        logits[b * WAY_CLASSES + 1] = 1;        /* all are read as 1 */
    tape_backward(on, seer_reinforce(on, &seen, logits, target, N));
    for (size_t b = 0; b < N; b++) {
        const double advantage = (target[b] == 1) - (double)guess[b];
        double p[WAY_PLACES], sum = 0;
        for (size_t i = 0; i < WAY_PLACES; i++)
            sum += p[i] = exp((double)z->data[b * WAY_PLACES + i]);
        memset(want + b * WAY_PLACES, 0, WAY_PLACES * sizeof *want);
        for (int t = 0; t < WAY_DRAWS; t++) {
            const size_t at = (size_t)seen.at[t][b];
            for (size_t i = 0; i < WAY_PLACES; i++)
                want[b * WAY_PLACES + i] +=
                    (float)(advantage / N * (p[i] / sum - (i == at)));
            sum -= p[at], p[at] = 0;
        }
        off[b] = (float)(-advantage / N);
    }
    CHECK_CLOSE(z->grad, want, ALL, 1e-5, 1e-4);
    CHECK_CLOSE(seen.guess->grad, off, N, 1e-6, 1e-5);
    tape_free(on);
}
/* cheapest: the least cost of rows from row on, in columns not in used. */
static double cheapest(const float *cost, size_t n, size_t m, size_t row,
                       unsigned used)
{
    double least = INFINITY;
    if (row == n)
        return 0;
    for (size_t j = 0; j < m; j++)
        if (!(used >> j & 1))
            least = fmin(least, (double)cost[row * m + j]
                + cheapest(cost, n, m, row + 1, used | 1u << j));
    return least;
}

static double matching_cost(const struct matching *t, const float *cost,
                            size_t n, size_t m)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)cost[i * m + (size_t)t->column[i]];
    return sum;
}

/* matching_holds: columns differ; the potentials are a proof. */
static void matching_holds(const struct matching *t, const float *cost,
                           size_t n, size_t m)
{
    unsigned used = 0;
    for (size_t i = 0; i < n; i++) {
        assert_in_range(t->column[i], 0, m - 1);
        assert_false(used >> t->column[i] & 1);
        used |= 1u << t->column[i];
        for (size_t j = 0; j < m; j++) {
            const double left = (double)cost[i * m + j] - t->u[i] - t->v[j];
            assert_true(left > -1e-9);
            assert_true(j != (size_t)t->column[i] || left < 1e-9);
        }
    }
    for (size_t j = 0; j < m; j++)
        assert_true(t->v[j] <= 0 && (used >> j & 1 || t->v[j] == 0));
}

enum { SMALL_B = 2, SMALL_SIDE = 16, SMALL_Q = 5, SMALL_C = 8,
       SMALL_PIXELS = SMALL_SIDE * SMALL_SIDE };
static const struct detr_kind small_kind = { SMALL_SIDE, SMALL_C, 2, 6, 1, 2,
                                             SMALL_Q, DIGIT_KINDS, { 3, 7 } };
struct small_detector {
    struct detector m;
    struct tape *on;
    struct objects objects[SMALL_B];
    float x[SMALL_B * SMALL_PIXELS];
};

static void small_detector(struct small_detector *s, bool fixed)
{
    struct random random = random_new(4, 19);
    memset(s, 0, sizeof *s);
    s->on = s->m.tape = tape_new(), s->m.fixed = fixed;
    s->m.net = detr_new(s->on, &small_kind);
    for (size_t i = 0; i < s->on->size; i++)
        s->on->values[i] = .4f * random_normal(&random);
    for (size_t i = 0; i < SMALL_B * SMALL_PIXELS; i++)
        s->x[i] = random_uniform(&random);
    for (size_t b = 0; b < SMALL_B; b++)
        for (size_t k = s->objects[b].count = 3 - b; k-- > 0; ) {
            s->objects[b].kind[k] = (int32_t)(3 * k + b);
            for (int i = 0; i < 4; i++)
                s->objects[b].box[k][i] = .1f + .8f * random_uniform(&random);
        }
}

static struct tensor *small_loss(struct small_detector *s)
{
    struct answer a[DETR_LAYERS];
    tape_reset(s->on);
    detr_forward(&s->m.net, s->on, a, s->x, SMALL_B);
    return tape_add(s->on,
        detector_layer_loss(&s->m, s->on, &a[0], s->objects, SMALL_B, 5,
                            SMALL_B),
        detector_layer_loss(&s->m, s->on, &a[1], s->objects, SMALL_B, 5,
                            SMALL_B));
}

/* objects_turn: the first becomes the last. */
static void objects_turn(struct objects *o)
{
    const struct objects was = *o;
    for (size_t k = 0; k < o->count; k++) {
        const size_t from = (k + 1) % o->count;
        o->kind[k] = was.kind[from];
        memcpy(o->box[k], was.box[from], sizeof o->box[k]);
    }
}
TEST(matching_by_hand)
{
    const float cost[] = { 1, 2, 6,  2, 5, 7,  5, 6, 9 };
    const struct matching t = match(cost, 3, 3);
    const int32_t want[] = { 1, 0, 2 };
    const double u[] = { 5, 6, 9 }, v[] = { -4, -3, 0 };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(t.column[i], want[i]);
        assert_true(t.u[i] == u[i] && t.v[i] == v[i]);
    }
}

TEST(no_assignment_is_cheaper)
{
    struct random random = random_new(1, 19);
    for (int k = 0; k < 600; k++) {
        const size_t n = random_below(&random, 5);
        const size_t m = n + random_below(&random, 3) + !n;
        float cost[6 * 7];
        for (size_t i = 0; i < n * m; i++)      /* many of them are equal */
            cost[i] = k % 2 ? random_normal(&random)
                            : (float)random_below(&random, 4);
        const struct matching t = match(cost, n, m);
        matching_holds(&t, cost, n, m);
        assert_true(fabs(matching_cost(&t, cost, n, m)
                         - cheapest(cost, n, m, 0, 0)) < 1e-6);
    }
}

TEST(more_rows_than_columns_are_refused)
{
    const float cost[] = { 1, 2 };
    CHECK_DIES(DIES_REQUIRE, match(cost, 2, 1));
    CHECK_DIES(DIES_REQUIRE, match(cost, 1, MATCH_MOST + 1));
}
TEST(overlap_by_hand)
{
    const float a[] = { 2, 2, 4, 4 }, b[] = { 3, 4, 2, 4 };
    const float far[] = { 7, 4, 2, 4 }, in[] = { 2, 1, 2, 1 };
    const float none[] = { 2, 2, 0, 0 };
    assert_true(fabsf(box_iou(a, b) - .2f) < 1e-6f);
    assert_true(fabsf(box_giou(a, b) - 1 / 30.f) < 1e-6f);
    assert_true(box_iou(a, far) == 0 && box_giou(a, far) == -.5f);
    assert_true(box_iou(a, in) == .125f && box_giou(a, in) == .125f);
    assert_true(box_iou(a, a) == 1 && box_giou(a, a) == 1);
    assert_true(box_iou(none, none) == 0 && box_giou(none, none) == -1);
}

static double giou_in_double(const double *a, void *b)
{
    return box_giou_double(a, b);
}

TEST(giou_slopes_are_differences)
{
    struct random random = random_new(2, 19);
    for (int k = 0; k < 300; k++) {
        const float some[3][8] = {
            { .5f, .5f, .4f, .3f,  .6f, .58f, .3f, .4f },
            { .2f, .3f, .1f, .2f,  .8f, .6f, .25f, .3f },
            { .5f, .5f, .8f, .9f,  .45f, .6f, .2f, .1f } };
        float a[8], da[4] = { 0 };
        for (int i = 0; i < 8; i++)
            a[i] = k < 3 ? some[k][i]
                 : .05f + .9f * random_uniform(&random);
        double b[4] = { (double)a[4], (double)a[5], (double)a[6],
                        (double)a[7] };
        const float g = box_giou(a, a + 4);
        assert_true(g >= -1 && g <= box_iou(a, a + 4) + 1e-6f);
        assert_true(fabsf(g - box_giou(a + 4, a)) < 1e-5f);
        box_giou_backward(da, 1, a, a + 4);
        check_gradient(da, giou_in_double, a, 4, b, 2e-3, 2e-3);
    }
}
/* ink_in: the largest in rows and columns of x (64, 64). */
static float ink_in(const float *x, int top, int left, int bottom, int right)
{
    float most = 0;
    for (int i = top; i < bottom; i++)
        for (int j = left; j < right; j++)
            most = fmaxf(most, x[i * CANVAS + j]);
    return most;
}

TEST(boxes_are_around_the_ink)
{
    struct digit_sets *sets = digit_sets_read("data/digits");
    static float x[CANVAS_PIXELS];
    for (size_t which = 0; which < 200; which++) {
        struct random random = random_new(3, which);
        struct objects o;
        canvas_make(x, &o, &sets->test, 1, &random);
        const float *box = o.box[0];
        const int top = (int)lroundf(CANVAS * (box[1] - box[3] / 2));
        const int left = (int)lroundf(CANVAS * (box[0] - box[2] / 2));
        const int high = (int)lroundf(CANVAS * box[3]);
        const int wide = (int)lroundf(CANVAS * box[2]);
        const int bottom = top + high, right = left + wide;
        assert_in_range(high > wide ? high : wide, SIDE_LEAST, SIDE_MOST);
        assert_true(ink_in(x, top, left, top + 2, right) > .1f
                    && ink_in(x, bottom - 2, left, bottom, right) > .1f
                    && ink_in(x, top, left, bottom, left + 2) > .1f
                    && ink_in(x, top, right - 2, bottom, right) > .1f);
        assert_true(ink_in(x, 0, 0, top, CANVAS) == 0
                    && ink_in(x, bottom, 0, CANVAS, CANVAS) == 0
                    && ink_in(x, 0, 0, CANVAS, left) == 0
                    && ink_in(x, 0, right, CANVAS, CANVAS) == 0);
    }
    digit_sets_free(sets);
}

TEST(test_canvases_have_three_digits)
{
    struct digit_sets *sets = digit_sets_read("data/digits");
    static float x[CANVAS_PIXELS], again[CANVAS_PIXELS];
    for (size_t which = 0; which < 200; which++) {
        struct objects o, same;
        canvas_test(x, &o, &sets->test, which);
        canvas_test(again, &same, &sets->test, which);
        assert_memory_equal(x, again, sizeof x);
        assert_int_equal(o.count, OBJECTS);
        for (size_t i = 0; i < OBJECTS; i++)
            for (size_t k = 0; k < i; k++)
                assert_true(box_iou(o.box[i], o.box[k]) <= MEETING);
    }
    digit_sets_free(sets);
}
TEST(average_precision_by_hand)
{
    const bool hand[] = { true, false, true, true, false };
    const bool twice[] = { true, false, true, false, true, false };
    float p[5], r[5];
    assert_true(fabs(average_precision(hand, 5, 4, p, r) - .625) < 1e-9);
    CHECK_CLOSE(p, ((float[]){ 1, .75f, .75f, .75f, .6f }), 5, 1e-6, 0);
    CHECK_CLOSE(r, ((float[]){ .25f, .25f, .5f, .75f, .75f }), 5, 1e-6, 0);
    assert_true(average_precision(hand, 1, 1, NULL, NULL) == 1);
    assert_true(average_precision(hand, 0, 3, NULL, NULL) == 0);
    assert_true(fabs(average_precision(twice, 6, 3, NULL, NULL)
                     - (1 + 2 / 3. + .6) / 3) < 1e-9);
}

TEST(precision_of_sets)
{
    enum { N = 40 };
    struct objects truth[N];
    struct found f[2 * N * OBJECTS];
    bool right[2 * N * OBJECTS];
    struct digit_sets *sets = digit_sets_read("data/digits");
    static float x[CANVAS_PIXELS];
    size_t n = 0;
    for (size_t b = 0; b < N; b++) {
        canvas_test(x, &truth[b], &sets->test, b);
        for (size_t k = 0; k < OBJECTS; k++, n++) {
            f[n] = (struct found){ b, truth[b].kind[k], .9f, { 0 } };
            memcpy(f[n].box, truth[b].box[k], sizeof f[n].box);
        }
    }
    digit_sets_free(sets);
    assert_true(mean_precision(NULL, f, n, truth, N, .5f) == 1);
    assert_true(mean_precision(NULL, f, 0, truth, N, .5f) == 0);
    found_right(right, f, n, truth, N, .5f);
    assert_int_equal(canvases_read(f, right, n, truth, N, .5f), N);
    memcpy(f + n, f, n * sizeof *f);
    for (size_t i = n; i < 2 * n; i++)
        f[i].score = .6f;           /* all are found before the second ones */
    assert_true(mean_precision(NULL, f, 2 * n, truth, N, .5f) == 1);
    found_right(right, f, 2 * n, truth, N, .5f);
    assert_int_equal(canvases_read(f, right, 2 * n, truth, N, .5f), 0);
    for (size_t i = 0; i < n; i++)
        f[i].kind = (f[i].kind + 1) % DIGIT_KINDS;
    found_right(right, f, n, truth, N, 1.01f);
    for (size_t i = 0; i < n; i++)
        assert_false(right[i]);
}
TEST(the_order_of_the_truth_is_nothing)
{
    for (int fixed = 0; fixed < 2; fixed++) {
        struct small_detector s;
        small_detector(&s, fixed);
        const float before = small_loss(&s)->data[0];
        for (size_t b = 0; b < SMALL_B; b++)
            objects_turn(&s.objects[b]);
        const float off = fabsf(small_loss(&s)->data[0] - before);
        assert_true(fixed ? off > 1e-3f : off < 1e-5f);
        tape_free(s.on);
    }
}

TEST(the_matching_finds_the_truth)
{
    enum { Q = 6, K = DIGIT_KINDS };
    static const int32_t at[] = { 4, 0, 3 };
    float log_p[Q * (K + 1)], boxes[4 * Q];
    struct objects o = { 3, { 7, 7, 2 }, { { .2f, .2f, .1f, .2f },
        { .6f, .5f, .3f, .3f }, { .4f, .8f, .2f, .2f } } };
    for (size_t i = 0; i < Q * (K + 1); i++)
        log_p[i] = -2.4f;
    for (size_t i = 0; i < 4 * Q; i++)
        boxes[i] = .5f;
    for (size_t k = 0; k < 3; k++)
        memcpy(boxes + 4 * at[k], o.box[k], sizeof o.box[k]);
    struct matching t = detector_match(&o, log_p, boxes, Q, K);
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(t.column[k], at[k]);
    memcpy(o.box[1], o.box[0], sizeof o.box[0]);   /* now the class decides */
    memcpy(boxes + 4 * at[1], o.box[0], sizeof o.box[0]);
    o.kind[1] = 5;
    log_p[at[0] * (K + 1) + 5] = log_p[at[1] * (K + 1) + 7] = -.1f;
    t = detector_match(&o, log_p, boxes, Q, K);
    assert_true(t.column[0] == at[1] && t.column[1] == at[0]);
}
TEST(queries_see_each_other)
{
    struct small_detector s;
    struct answer a[DETR_LAYERS];
    float before[DIGIT_KINDS + 1], off = 0;
    small_detector(&s, false);
    s.on->no_grad = true;
    for (int moved = 0; moved < 2; moved++) {
        tape_reset(s.on);
        detr_forward(&s.m.net, s.on, a, s.x, SMALL_B);
        if (!moved)
            memcpy(before, a[1].kinds->data, sizeof before);
        s.m.net.queries->data[(SMALL_Q - 1) * SMALL_C] += 1;
    }
    for (size_t i = 0; i <= DIGIT_KINDS; i++)
        off = fmaxf(off, fabsf(a[1].kinds->data[i] - before[i]));
    assert_true(off > 1e-3f);
    const struct axes k = tensor_axes(a[1].kinds);
    const struct axes b = tensor_axes(a[0].boxes);
    assert_true(k.rank == 3 && k.n[0] == SMALL_B && k.n[1] == SMALL_Q
                && k.n[2] == DIGIT_KINDS + 1);
    assert_true(b.rank == 3 && b.n[0] == SMALL_B && b.n[1] == SMALL_Q
                && b.n[2] == 4);
    for (size_t i = 0; i < SMALL_B * 2 * SMALL_Q; i++) {   /* two heads */
        float sum = 0;
        for (size_t n = 0; n < 4; n++)                     /* four tokens */
            sum += a[1].attention[i * 4 + n];
        assert_true(fabsf(sum - 1) < 1e-5f);
    }
    tape_free(s.on);
}

TEST(the_detector_agrees_with_pytorch)
{
    enum { KINDS = SMALL_B * SMALL_Q * (DIGIT_KINDS + 1),
           ALL = SMALL_B * SMALL_Q * 4 };
    struct array want = check_golden("detr.npy");
    struct small_detector s;
    struct answer a[DETR_LAYERS];
    small_detector(&s, false);
    assert_int_equal(want.count, 2 * (KINDS + ALL));
    for (size_t k = 0; k < s.on->count; k++) {
        const struct tensor *p = s.on->parameters[k];
        const bool gain = p->rank == 1 && (strstr(p->name, "ln_")
            || !strncmp(p->name, "memory", 6)
            || !strncmp(p->name, "answer", 6)) && strstr(p->name, "weight");
        for (size_t i = 0; i < p->count; i++)
            p->data[i] = .3f * (float)sin(1 + .7 * (double)k
                                          + 1.3 * (double)i) + gain;
    }
    for (size_t i = 0; i < SMALL_B * SMALL_PIXELS; i++)
        s.x[i] = (float)(.5 + .5 * sin(.37 * (double)i));
    detr_forward(&s.m.net, s.on, a, s.x, SMALL_B);
    for (size_t i = 0; i < 2; i++) {
        const float *at = want.data + i * (KINDS + ALL);
        CHECK_CLOSE(a[i].kinds->data, at, KINDS, 1e-4, 1e-4);
        CHECK_CLOSE(a[i].boxes->data, at + KINDS, ALL, 1e-4, 1e-4);
    }
    tape_free(s.on), array_free(&want);
}

TEST(the_detector_learns)
{
    CHECK_LEARNS(&detector_learner, 40, .8);
    CHECK_GOES_ON(&detector_learner, 4);
    CHECK_EMBEDDED(&detector_learner,
                   "data/weights/vision-detector.safetensors");
    struct learned m = learner_trained(&detector_learner);
    assert_true(learner_score(&m) > .85);
    learned_free(&m);
    digit_sets_free(detector_learner.loaded), detector_learner.loaded = NULL;
}
CONFORMS(boxes_cases)
CHECK_MAIN()
