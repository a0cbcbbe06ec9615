/* vision_check.c -- generated from chapters/19-vision.nw. Do not edit. */
#include "kit/check.h"
#include "kit/npy.h"
#include "vision/reader.h"
#include "vision/rollout.h"

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
CHECK_MAIN()
