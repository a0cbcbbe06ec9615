/* stack.h -- generated from chapters/13-block.nw. Do not edit. */
/* Offers: struct stack, struct stack_kind, stack_test */

#ifndef STACK_H
#define STACK_H
#include "block/block.h"
#include "implicit/digits.h"
#include "kit/learner.h"
/* a stack of blocks */
enum { TOKENS = DIGIT_PATCHES, FEATURES = DIGIT_PATCH_PIXELS + TOKENS,
       WIDTH = 32, HEADS = 4, HIDDEN = 4 * WIDTH };

struct stack {
    struct tape *tape;
    struct block how;
    size_t depth;
    struct tensor *embed, *gain, *bias;   /* gain, bias: the last norm */
    struct tensor *head, *head_bias;
    struct tensor **watch;            /* (depth): gets what goes in */
    struct tensor *(*other)(struct tape *, struct tensor *x,
                            struct tensor *const *parameters);
    struct block_tensors blocks[];    /* (depth) */
};
static inline struct tensor *stack_mean(struct tape *t, struct tensor *x);

static inline struct tensor *stack_logits(struct stack *s,
                                          const float *features, size_t batch)
{
    struct tape *t = s->tape;
    struct tensor *x = tape_input(t, features,
                                  SHAPE(batch, TOKENS, FEATURES));
    x = tape_matmul(t, x, s->embed);
    for (size_t i = 0; i < s->depth; i++) {
        struct block how = s->how;
        how.drop.seed = mix_bits(s->how.drop.seed, i);
        if (s->watch)
            s->watch[i] = x;
        x = s->other ? s->other(t, x, s->blocks[i].at)
                     : tape_block(t, x, s->blocks[i].at, &how);
    }
    /* in pre-norm, norm once more */
    if (s->how.order == BLOCK_PRE && s->how.norm == NORM_LAYER)
        x = tape_layernorm(t, x, s->gain, s->bias);
    if (s->how.order == BLOCK_PRE && s->how.norm == NORM_RMS)
        x = tape_rmsnorm(t, x, s->gain);
    x = tape_reshape(t, stack_mean(t, x), SHAPE(batch, WIDTH));
    return tape_bias(t, tape_matmul(t, x, s->head), s->head_bias);
}
static inline float *stack_features(struct tape *tape, int32_t *target,
                                    const struct digits *digits,
                                    const uint32_t *which, size_t batch)
{
    const size_t n = batch * TOKENS * FEATURES;
    float *x = tape_take(tape, n, sizeof *x);        /* (B, 16, 65) */
    float *pixels = tape_take(tape, batch * DIGIT_PIXELS, sizeof *pixels);
    float *patches = tape_take(tape, batch * DIGIT_PIXELS, sizeof *patches);
    digits_batch(pixels, target, digits, which, batch, NULL);
    digits_patches(patches, pixels, batch);
    memset(x, 0, n * sizeof *x);
    for (size_t i = 0; i < batch * TOKENS; i++) {
        memcpy(x + i * FEATURES, patches + i * DIGIT_PATCH_PIXELS,
               DIGIT_PATCH_PIXELS * sizeof *x);
        x[i * FEATURES + DIGIT_PATCH_PIXELS + i % TOKENS] = 1;
    }
    return x;
}

static inline struct tensor *stack_mean(struct tape *t, struct tensor *x)
{
    const size_t batch = x->shape[0];
    float *shares = tape_take(t, batch * TOKENS, sizeof *shares);
    for (size_t i = 0; i < batch * TOKENS; i++)
        shares[i] = 1.f / TOKENS;
    return tape_matmul(t, tape_input(t, shares, SHAPE(batch, 1, TOKENS)), x);
}
struct stack_kind { struct block block; size_t depth; bool cold; };

static inline void *stack_make(struct tape *tape, const void *how,
    uint64_t seed)
{
    const struct stack_kind *kind = how;
    const size_t depth = kind->depth;
    struct random random = random_new(seed, 13);
    struct stack *s = allocate(1, sizeof *s + depth * sizeof *s->blocks);
    char prefix[32];
    *s = (struct stack){ .tape = tape, .how = kind->block, .depth = depth };
    s->how.heads = HEADS;
    s->embed = tape_parameter(tape, "embed", SHAPE(FEATURES, WIDTH));
    for (size_t i = 0; i < depth; i++) {
        snprintf(prefix, sizeof prefix, "h.%zu.", i);
        block_new(&s->blocks[i], tape, prefix, WIDTH, HIDDEN);
    }
    s->gain = tape_parameter(tape, "ln_f.weight", SHAPE(WIDTH));
    s->bias = tape_parameter(tape, "ln_f.bias", SHAPE(WIDTH));
    s->head = tape_parameter(tape, "head.weight", SHAPE(WIDTH, DIGIT_KINDS));
    s->head_bias = tape_parameter(tape, "head.bias", SHAPE(DIGIT_KINDS));
    for (size_t i = 0; i < s->embed->count; i++) {
        bool place = i >= DIGIT_PATCH_PIXELS * WIDTH;
        s->embed->data[i] = random_normal(&random) * (place ? 1 : 1 / 7.f);
    }
    for (size_t i = 0; i < depth; i++)
        block_start(&s->blocks[i], &random, 1);
    for (size_t i = 0; i < WIDTH; i++)
        s->gain->data[i] = 1;
    for (size_t i = 0; i < s->head->count; i++)
        s->head->data[i] = random_normal(&random) / sqrtf(WIDTH);
    return s;
}
/* training a stack */
enum { BATCH = 32, TESTED = 1000 };

static inline struct tensor *stack_loss(struct stack *s,
    const struct digits *digits, const uint32_t *which, size_t batch)
{
    struct tape *t = s->tape;
    int32_t *target = tape_take(t, batch, sizeof *target);
    const float *x = stack_features(t, target, digits, which, batch);
    struct tensor *logits = stack_logits(s, x, batch);
    return tape_cross_entropy(t, logits, target, 0, -1);
}

static inline struct tensor *stack_step(void *model, struct training *t,
    void *data)
{
    const struct digits *train = &((struct digit_sets *)data)->train;
    struct stack *s = model;
    uint32_t which[BATCH];
    training_pick(t, which, BATCH, train->count);
    s->how.drop.seed = mix_bits(t->seed, t->step);
    return stack_loss(s, train, which, BATCH);
}

static inline void stack_tune(struct training *t, const void *how)
{
    t->clip = INFINITY;
    if (((const struct stack_kind *)how)->cold)
        t->warmup = 0;
}
/* stack_test: out (2): the loss, and the part that is right; with dropout, if
 * drop.rate is not 0, but not with no_grad. */
static inline void stack_test(double *out, struct stack *s, const void *data)
{
    const struct digits *digits = &((const struct digit_sets *)data)->test;
    const size_t n = digits->count < TESTED ? digits->count : TESTED;
    out[0] = out[1] = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t which = (uint32_t)i;
        int32_t target;
        tape_reset(s->tape);
        s->how.drop.seed = i;
        const float *x = stack_features(s->tape, &target, digits, &which, 1);
        struct tensor *logits = stack_logits(s, x, 1);
        struct tensor *loss = tape_cross_entropy(s->tape, logits, &target, 0,
                                                 -1);
        out[0] += (double)loss->data[0] / (double)n;
        out[1] += (argmax(logits->data, DIGIT_KINDS) == (size_t)target)
            / (double)n;
    }
    tape_reset(s->tape);
}

static inline void stack_done(void *model, void *data)
{
    double out[2];
    stack_test(out, model, data);
    printf("test   loss %.4f   right %.4f\n", out[0], out[1]);
}
static struct stack_kind chosen = { .depth = 4 };
static struct learner stacks = { .name = "block", .make = stack_make,
    .loss = stack_step, .tune = stack_tune, .done = stack_done,
    .data = digit_sets_read, .data_free = digit_sets_free,
    .folder = "data/digits", .how = &chosen, .steps = 300, .warmup = 60,
    .rate = 3e-3, .seed = 1 };
/* a block with the residual from behind the norm */
static inline struct tensor *wrong_block(struct tape *t, struct tensor *x,
                                         struct tensor *const *p)
{
    const struct multihead_parameters heads = {
        .wqkv = p[C_ATTN_WEIGHT], .bqkv = p[C_ATTN_BIAS],
        .wo = p[ATTN_PROJ_WEIGHT], .bo = p[ATTN_PROJ_BIAS], .heads = 4 };
    x = tape_layernorm(t, x, p[LN_1_WEIGHT], p[LN_1_BIAS]);
    x = tape_add(t, x, tape_multihead(t, x, NULL, &heads));
    x = tape_layernorm(t, x, p[LN_2_WEIGHT], p[LN_2_BIAS]);
    struct tensor *h = tape_matmul(t, x, p[C_FC_WEIGHT]);
    h = tape_gelu(t, tape_bias(t, h, p[C_FC_BIAS]));
    h = tape_matmul(t, h, p[MLP_PROJ_WEIGHT]);
    return tape_add(t, x, tape_bias(t, h, p[MLP_PROJ_BIAS]));
}
#endif
