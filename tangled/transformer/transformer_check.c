/* transformer_check.c -- generated from chapters/17-transformer.nw. Do not edit. */
#include "kit/check.h"
#include "gradient/differences.h"
#include "double/transformer_double.h"
#include "transformer/batch.h"
#include "transformer/beam.h"

#include "transformer/shift.h"

enum { TINY_V = 7 };
static struct tape *tiny_tape;

static struct transformer tiny(uint64_t seed)
{
    struct transformer m = { .vocabulary = TINY_V, .layers = 2, .heads = 2,
                             .width = 12, .hidden = 10 };
    tiny_tape = tape_new();
    transformer_new(&m, tiny_tape);
    transformer_start(&m, seed);
    return m;
}

/* Sizes that are all different, for checks. */
enum { SMALL_V = 11, SMALL_C = 6, SMALL_F = 7 };
static const size_t small_lengths[] = { 4, 3 };
static const int32_t small_source[] = { 5, 2, 9, 3,  7, 10, 4, 0 };
static const int32_t small_before[] = { 1, 6, 2, 2, 8,  1, 10, 3, 9, 0 };
static const int32_t small_want[] = { 6, 2, 2, 8, 0,  10, 3, 9, 0, -1 };

#define SMALL(kind) { .vocabulary = SMALL_V, .layers = 2, .heads = 3, \
    .width = SMALL_C, .hidden = SMALL_F, .order = kind, .drop = .25f }

static double small_loss(struct tape_double *t,
                         const struct transformer_double *m)
{
    const struct pass_double p = { .on = t, .model = m,
                                   .lengths = small_lengths, .seed = 5 };
    tape_reset_double(t);
    struct tensor_double *x = transformer_encode_double(&p, small_source, 2,
                                                        4);
    x = transformer_decode_double(&p, x, small_before, 5, 0);
    x = tape_cross_entropy_double(t, x, small_want, .1, -1);
    if (x->grad && !t->no_grad)
        tape_backward_double(t, x);
    return x->data[0];
}
TEST(the_target_is_shifted)
{
    int32_t letters[] = { 2, 4 }, sounds[] = { 2, 3 }, more[] = { 3, 3, 2 };
    const struct example e[] = { { 2, 2, letters, sounds },
                                 { 1, 3, letters, more } };
    const int32_t before[] = { 1, 2, 3, 0, 1, 3, 3, 2 };
    const int32_t want[] = { 2, 3, 0, IGNORED, 3, 3, 2, 0 };
    struct batch b = batch_new(e, (uint32_t[]){ 0, 1 }, 2);
    assert_int_equal(b.targets, 4);
    assert_int_equal(b.counted, 7);
    assert_memory_equal(b.before, before, sizeof before);
    assert_memory_equal(b.want, want, sizeof want);
    batch_free(&b);
}

static bool leaks(bool unshifted)
{
    int32_t word[] = { 3, 5, 2, 4 }, said[2][4] = { { 4, 2, 5, 3 },
                                                    { 4, 2, 6, 3 } };
    const size_t same = 3 * TINY_V;       /* places 0, 1 and 2 */
    float logits[2][5 * TINY_V];
    struct transformer m = tiny(7);
    for (size_t i = 0; i < 2; i++) {
        const struct example e = { 4, 4, word, said[i] };
        struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
        if (unshifted)
            batch_unshift(&b);
        tape_reset(tiny_tape);
        memcpy(logits[i], batch_logits(&(struct pass){ .on = tiny_tape,
            .model = &m }, &b)->data, sizeof logits[i]);
        batch_free(&b);
    }
    tape_free(tiny_tape), transformer_free(&m);
    assert_memory_not_equal(logits[0] + same, logits[1] + same,
                            sizeof logits[0] - same * sizeof(float));
    return memcmp(logits[0], logits[1], same * sizeof(float)) != 0;
}

TEST(no_place_reads_its_own_answer)
{
    assert_false(leaks(false));
    assert_true(leaks(true));
}

TEST(a_smoothed_loss_has_a_floor)
{
    const float at = 2.8332133f, floor = .5875f, none[4] = { 0 };
    float x[] = { 0, at, 0, 0 }, log_p[4], dx[4] = { 0 };
    const int32_t target = 1;
    float loss = cross_entropy_forward(log_p, x, &target, 1, 4, .2f, -1);
    cross_entropy_backward(dx, 1, log_p, &target, 1, 4, .2f, -1);
    CHECK_CLOSE(&loss, &floor, 1, 1e-4, 0);
    CHECK_CLOSE(dx, none, 4, 1e-6, 0);
    x[1] += 1;                            /* surer is worse */
    assert_true(cross_entropy_forward(log_p, x, &target, 1, 4, .2f, -1)
                > loss + .05f);
}

static const float *table_next(void *what, const int32_t *ids,
                               const uint32_t *parents, size_t step)
{
    static const float after[4][3] = { { .1f, .5f, .4f },
        { .34f, .33f, .33f }, { .5f, .45f, .05f }, { .98f, .01f, .01f } };
    static float logits[3][4];
    (void)parents;
    for (size_t k = 0; k < *(size_t *)what; k++) {
        const float *p = after[step > 1 ? 3 : step == 0 ? 0 : ids[k] - 1];
        for (size_t v = 0; v < 4; v++)
            logits[k][v] = v == 1 ? -INFINITY : logf(p[v - (v > 1)]);
    }
    return *logits;
}

TEST(beams_by_hand)
{
    const struct { size_t width, n; double alpha, p; int32_t ids[2]; }
    is[] = {
        { 1, 1, 0, .17, { 2 } }, { 2, 1, 0, .2, { 3 } },
        { 2, 2, .6, .1764, { 3, 2 } }, { 3, 2, .6, .1764, { 3, 2 } } };
    for (size_t i = 0; i < 4; i++) {
        const struct beam how = { is[i].width, 4, 1, 0, is[i].alpha };
        struct hypothesis h[3];
        size_t width = how.width;
        beam_search(h, 1, (size_t[]){ 9 }, &how, table_next, &width);
        assert_true(h->ended && h->n == is[i].n);
        assert_memory_equal(h->ids, is[i].ids, h->n * sizeof *h->ids);
        assert_true(fabs(h->log_p - log(is[i].p)) < 1e-6);
    }
}

TEST(without_the_shift_the_loss_is_low_and_the_words_are_wrong)
{
    double loss[2], right[2];
    for (int bad = 0; bad < 2; bad++) {
        struct copying c = copying_new(1, bad);
        for (int i = 0; i < COPY_STEPS; i++)
            loss[bad] = copying_step(&c);
        right[bad] = copying_right(&c);
        copying_free(&c);
    }
    printf("# loss %.3f %.3f, right %.2f %.2f\n", loss[0], loss[1], right[0],
           right[1]);
    assert_true(right[0] > .8 && right[1] < .1 && loss[1] < .05);
}

TEST(the_gradient_of_the_whole_model)
{
    for (int order = 0; order < 2; order++) {
        struct tape_double *t = tape_new_double();
        struct transformer_double m = SMALL((enum block_order_double)order);
        struct random random = random_new(17, 3);
        transformer_new_double(&m, t);
        for (size_t i = 0; i < t->size; i++)
            t->values[i] = .4 * (double)random_normal(&random);
        double loss = small_loss(t, &m), worst = 0;
        assert_true(isfinite(loss));
        double *slopes = allocate(t->size, sizeof *slopes);
        memcpy(slopes, t->grads, t->size * sizeof *slopes);
        for (size_t i = 0; i < t->size; i += 3) {
            const double center = t->values[i], step = 1e-5;
            t->values[i] = center + step;
            double up = small_loss(t, &m);
            t->values[i] = center - step;
            double slope = (up - small_loss(t, &m)) / (2 * step);
            t->values[i] = center;
            worst = fmax(worst, fabs(slope - slopes[i]));
        }
        printf("# %zu parameters, worst %g\n", t->size, worst);
        assert_true(worst < 1e-7);
        free(slopes), transformer_free_double(&m), tape_free_double(t);
    }
}

CHECK_MAIN()
