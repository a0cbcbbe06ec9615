/* shift.h -- generated from chapters/14-encoder.nw. Do not edit. */
/* Offers: shift_draw, struct shift, struct shift_how, shift_logits,
 * struct shift_test, shift_tested */

#ifndef SHIFT_H
#define SHIFT_H
#include "encoder/encoder.h"
#include "kit/learner.h"

enum { SHIFT_TOKENS = 10, SHIFT_LENGTH = 10 };

/* shift_draw: random texts x (batch, SHIFT_LENGTH) and their answers y. */
static inline void shift_draw(int32_t *x, int32_t *y, size_t batch,
                              struct random *random)
{
    const size_t n = batch * SHIFT_LENGTH;
    for (size_t i = 0; i < n; i++)
        x[i] = 1 + (int32_t)random_below(random, SHIFT_TOKENS - 1);
    for (size_t i = 0; i < n; i++)
        y[i] = (i + 1) % SHIFT_LENGTH ? x[i + 1] : 0;
}
enum { SHIFT_BATCH = 64, SHIFT_TESTED = 1000 };
#define SHIFT_FLOOR (.9 * log(9))

struct shift { struct tape *tape; struct encoder e; };
struct shift_how { bool causal; };

static inline void *shift_make(struct tape *tape, const void *how,
                               uint64_t seed)
{
    struct random random = random_new(seed, 14);
    struct shift *s = allocate(1, sizeof *s);
    *s = (struct shift){ tape, encoder_new(tape, &(struct encoder_kind){
        .words = SHIFT_TOKENS, .width = 64, .heads = 4, .layers = 2,
        .hidden = 256, .kinds = SHIFT_TOKENS,
        .causal = ((const struct shift_how *)how)->causal }) };
    encoder_start(&s->e, &random);
    return s;
}

/* shift_logits: (batch, SHIFT_LENGTH, SHIFT_TOKENS) of texts x. */
static inline struct tensor *shift_logits(struct shift *s, const int32_t *x,
                                          size_t batch)
{
    const struct encoder_input input = { batch, SHIFT_LENGTH, x, NULL, 0 };
    return encoder_logits(s->tape, &s->e, encoder_forward(s->tape, &s->e,
                                                          &input));
}

static inline struct tensor *shift_loss(void *model, struct training *t,
                                        void *data)
{
    struct random random = training_random(t);
    const size_t n = SHIFT_BATCH * SHIFT_LENGTH;
    int32_t *x = tape_take(t->tape, 2 * n, sizeof *x);
    REQUIRE(!data);
    shift_draw(x, x + n, SHIFT_BATCH, &random);
    return tape_cross_entropy(t->tape, shift_logits(model, x, SHIFT_BATCH),
                              x + n, 0, -1);
}

struct shift_test {
    double loss, right, place[SHIFT_LENGTH];
    double super[ENCODER_LAYERS][8];     /* of each head */
};

static inline void shift_look(struct shift_test *test,
                              const struct encoder *e, size_t texts)
{
    const size_t n = SHIFT_LENGTH, heads = e->is.heads;
    for (size_t i = 0; i < e->is.layers; i++)
        for (size_t row = 0; row < texts * heads * n; row++)
            if (row % n + 1 < n)
                test->super[i][row / n % heads] += (double)
                    e->seen[i][row * n + row % n + 1]
                    / (double)(texts * (n - 1));
}

/* shift_tested: no gradients; begins the tape. */
static inline struct shift_test shift_tested(struct shift *s, size_t texts)
{
    struct shift_test test = { 0 };
    struct random random = random_new(14, 1);
    const size_t n = texts * SHIFT_LENGTH;
    int32_t *x = allocate(2 * n, sizeof *x), *y = x + n;
    const bool no_grad = s->tape->no_grad;
    float chances[SHIFT_TOKENS];
    shift_draw(x, y, texts, &random);
    tape_reset(s->tape);
    s->tape->no_grad = s->e.looks = true;
    const float *logits = shift_logits(s, x, texts)->data;
    for (size_t i = 0; i < n; i++, logits += SHIFT_TOKENS) {
        log_softmax(chances, logits, SHIFT_TOKENS);
        test.place[i % SHIFT_LENGTH] -= (double)chances[y[i]]
                                      / (double)texts;
        test.right += (argmax(logits, SHIFT_TOKENS) == (size_t)y[i])
                    / (double)n;
    }
    for (size_t t = 0; t < SHIFT_LENGTH; t++)
        test.loss += test.place[t] / SHIFT_LENGTH;
    shift_look(&test, &s->e, texts);
    s->tape->no_grad = no_grad, s->e.looks = false;
    tape_reset(s->tape);
    free(x);
    return test;
}

static inline double shift_score(void *model, void *data)
{
    REQUIRE(!data);
    return shift_tested(model, SHIFT_TESTED).right;
}

static inline void shift_done(void *model, void *data)
{
    struct shift *s = model;
    const struct shift_test test = shift_tested(s, SHIFT_TESTED);
    REQUIRE(!data);
    printf("test   loss %.4f   right %.4f   floor %.4f\n", test.loss,
           test.right, s->e.is.causal ? SHIFT_FLOOR : 0.);
    for (size_t i = 0; i < s->e.is.layers; i++) {
        printf("layer %zu: weight on the right neighbor", i + 1);
        for (size_t h = 0; h < s->e.is.heads; h++)
            printf(" %.2f", test.super[i][h]);
        puts("");
    }
}

static struct shift_how shift_how;
static struct learner shifter = { .name = "encoder", .measure = "right",
    .make = shift_make, .loss = shift_loss, .score = shift_score,
    .done = shift_done, .how = &shift_how, .steps = 600, .rate = 2e-3,
    .seed = 1 };
#endif

