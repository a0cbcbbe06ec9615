/* block_check.c -- generated from chapters/13-block.nw. Do not edit. */
#include "kit/check.h"
#include "gradient/differences.h"
#include "block/block.h"
#include "double/block_double.h"
#include "selfattention/digits.h"
#include "kit/learner.h"

enum { B = 2, T = 5, C = 12, H = 3, F = 7, NX = B * T * C };

struct test_block {
    struct tape *tape;
    struct block_tensors parameters;
    struct tensor *x, *out;
    struct block how;
};

static struct test_block test_block_new(struct block how, uint64_t seed)
{
    struct test_block t = { .tape = tape_new(), .how = how };
    struct random random = random_new(13, seed);
    block_new(&t.parameters, t.tape, "", C, F);
    for (size_t i = 0; i < t.tape->size; i++)
        t.tape->values[i] = .3f * random_normal(&random);
    t.how.heads = H;
    tape_begin(t.tape);
    t.x = tape_leaf(t.tape, SHAPE(B, T, C));
    for (size_t i = 0; i < NX; i++)
        t.x->data[i] = random_normal(&random);
    return t;
}

static const float *test_block_run(struct test_block *t, const float *g)
{
    struct tape *tape = t->tape;
    t->out = tape_block(tape, t->x, t->parameters.at, &t->how);
    /* go back from the sum of the results, weighted with g */
    if (g) {
        struct tensor *weights = tape_input(tape, g, SHAPE(B, T, C));
        tape_backward(tape, tape_sum(tape, tape_multiply(tape, t->out,
                                                         weights)));
    }
    return t->out->data;
}

/* zero_branches: lets the outputs of both residual branches be zero. */
static void zero_branches(struct test_block *t)
{
    const size_t last[] = { ATTN_PROJ_WEIGHT, ATTN_PROJ_BIAS,
                            MLP_PROJ_WEIGHT, MLP_PROJ_BIAS };
    for (size_t i = 0; i < 4; i++) {
        struct tensor *p = t->parameters.at[last[i]];
        memset(p->data, 0, p->count * sizeof(float));
    }
}

static const struct { const char *file; struct block how; } variants[] = {
    { "block-pre.npy", { .order = BLOCK_PRE } },
    { "block-post.npy", { .order = BLOCK_POST } },
    { "block-pre-causal.npy", { .order = BLOCK_PRE, .causal = true } },
    { "block-post-causal.npy", { .order = BLOCK_POST, .causal = true } },
    { "block-pre-lengths.npy", { .lengths = (size_t[]){ 5, 3 } } },
    { "block-pre-rms.npy", { .norm = NORM_RMS } },
    { "block-post-relu.npy", { .order = BLOCK_POST,
                               .act = FEED_RELU } },
    { "block-pre-none.npy", { .norm = NORM_NONE } },
};

enum { S = 4 };

struct test_decoder {
    struct tape *tape;
    struct tensor *x, *memory;
    struct block_tensors parameters;
    struct block how;
};

static struct test_decoder test_decoder_new(enum block_order order,
                                            const size_t *lengths)
{
    struct tape *tape = tape_new();
    struct test_decoder d = { .tape = tape, .how = { .heads = H,
        .order = order, .lengths = lengths, .drop = { .25f, 1 } } };
    struct array p = check_golden("block-decoder-inputs.npy");
    d.x = tape_parameter(tape, "x", SHAPE(B, T, C));
    d.memory = tape_parameter(tape, "memory", SHAPE(B, S, C));
    decoder_new(&d.parameters, tape, "", C, F);
    assert_int_equal(p.count, tape->size);
    memcpy(tape->values, p.data, tape->size * sizeof(float));
    array_free(&p);
    return d;
}

static struct tensor *test_decoder_run(struct test_decoder *d,
                                       struct tensor *x,
                                       struct decoder_cache *cache)
{
    d->how.drop.rate = 0;
    return tape_decoder(d->tape, x, d->memory, d->parameters.at, &d->how,
                        cache);
}

static struct tensor_double *block_small(struct tape_double *tape,
    struct tensor_double **in, const struct block_double *how)
{
    struct tensor_double *small[BLOCK_PARAMETERS];
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        small[i] = tape_scale_double(tape, in[i + 1], .4);
    return tape_block_double(tape, in[0], small, how);
}

static struct tensor_double *apply_pre(struct tape_double *tape,
                                       struct tensor_double **in)
{
    return block_small(tape, in, &(struct block_double){
        .heads = H, .causal = true, .drop = { .25, 3 } });
}

static struct tensor_double *apply_post(struct tape_double *tape,
                                        struct tensor_double **in)
{
    return block_small(tape, in, &(struct block_double){
        .heads = H, .order = BLOCK_POST_double,
        .act = FEED_RELU_double, .drop = { .25, 4 } });
}

static struct tensor_double *apply_rms(struct tape_double *tape,
                                       struct tensor_double **in)
{
    static const size_t lengths[] = { 3, 5 };
    return block_small(tape, in, &(struct block_double){
        .heads = H, .norm = NORM_RMS_double, .lengths = lengths });
}

static struct tensor_double *apply_cut(struct tape_double *tape,
                                       struct tensor_double **in)
{
    return block_small(tape, in, &(struct block_double){
        .heads = H, .norm = NORM_NONE_double, .cut = true, .show = true });
}

static struct tensor_double *apply_dropout(struct tape_double *tape,
                                           struct tensor_double *x)
{
    return tape_dropout_double(tape, x, &(struct dropout_double){ .5, 8 });
}

#define BLOCK_INPUTS { \
    { "x", "2 5 12" }, { "ln_1.weight", "12" }, \
    { "ln_1.bias", "12" }, { "c_attn.w", "12 36" }, \
    { "c_attn.b", "36" }, { "attn.w", "12 12" }, \
    { "attn.b", "12" }, { "ln_2.weight", "12" }, \
    { "ln_2.bias", "12" }, { "c_fc.w", "12 7" }, \
    { "c_fc.b", "7" }, { "mlp.w", "7 12" }, \
    { "mlp.b", "12" } }

static struct tensor_double *decoder_small(struct tape_double *tape,
    struct tensor_double **in, enum block_order_double order)
{
    static const size_t lengths[] = { 4, 3 };
    static const size_t which[DECODER_PARAMETERS] = {
        2, 3, 4, 5, 6, 7, 2, 3, 8, 9, 10, 11, 2, 3, 4, 5, 6, 7 };
    struct tensor_double *small[DECODER_PARAMETERS];
    for (size_t i = 0; i < DECODER_PARAMETERS; i++)
        small[i] = tape_scale_double(tape, in[which[i]], .4);
    return tape_decoder_double(tape, in[0], in[1], small,
        &(struct block_double){ .heads = H, .order = order,
            .lengths = lengths, .drop = { .25, 5 } }, NULL);
}

static struct tensor_double *apply_decoder_pre(struct tape_double *tape,
                                               struct tensor_double **in)
{
    return decoder_small(tape, in, BLOCK_PRE_double);
}

static struct tensor_double *apply_decoder_post(struct tape_double *tape,
                                                struct tensor_double **in)
{
    return decoder_small(tape, in, BLOCK_POST_double);
}

#define DECODER_INPUTS { \
    { "x", "2 5 12" }, { "memory", "2 4 12" }, \
    { "ln.weight", "12" }, { "ln.bias", "12" }, \
    { "c_attn.w", "12 36" }, { "c_attn.b", "36" }, { "attn.w", "12 12" }, \
    { "attn.b", "12" }, { "c_fc.w", "12 7" }, { "c_fc.b", "7" }, \
    { "mlp.w", "7 12" }, { "mlp.b", "12" } }

static void norm_down_the_columns(float *out, const float *x)
{
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < C; j++) {
            /* norm column j */
            float column[T], mean, rstd, ones[T], none[T] = { 0 };
            for (size_t i = 0; i < T; i++)
                column[i] = x[(b * T + i) * C + j], ones[i] = 1;
            layernorm_forward(column, &mean, &rstd, column, ones, none, 1, T,
                              BLOCK_EPS);
            for (size_t i = 0; i < T; i++)
                out[(b * T + i) * C + j] = column[i];
        }
}

static void run_dropped(float *out, float rate, uint64_t seed, int threads)
{
    struct test_block t = test_block_new(
        (struct block){ .drop = { rate, seed } }, 5);
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
    memcpy(out, test_block_run(&t, t.x->data), NX * sizeof *out);
    memcpy(out + NX, t.x->grad, NX * sizeof *out);
    tape_free(t.tape);
    (void)threads;
}

enum { BIG_T = 280, BIG_C = 120, BIG = 2 * BIG_T * BIG_C };
static void run_large(float *out, enum block_order order, int threads)
{
    struct tape *tape = tape_new();
    struct block_tensors p;
    struct random random = random_new(13, 10);
    block_new(&p, tape, "", BIG_C, F), block_start(&p, &random, 1);
    /* go through a large block with so many threads */
#ifdef _OPENMP
    omp_set_num_threads(threads);
#endif
    (void)threads;
    tape_begin(tape);
    struct tensor *x = tape_leaf(tape, SHAPE(2, BIG_T, BIG_C));
    for (size_t i = 0; i < BIG; i++)
        x->data[i] = random_normal(&random);
    const struct block how = { .heads = 6, .order = order, .causal = true,
                               .drop = { .25f, 9 } };
    struct tensor *y = tape_block(tape, x, p.at, &how);
    tape_backward(tape, tape_sum(tape, tape_multiply(tape, y, y)));
    memcpy(out, y->data, BIG * sizeof *out);
    memcpy(out + BIG, x->grad, BIG * sizeof *out);
    memcpy(out + 2 * BIG, tape->grads, tape->size * sizeof *out);
    tape_free(tape);
}

/* a stack of blocks */
enum { TOKENS = DIGIT_PATCHES, FEATURES = DIGIT_PATCH_PIXELS + TOKENS,
       WIDTH = 32, HEADS = 4, HIDDEN = 4 * WIDTH };

struct stack {
    struct tape *tape;
    struct block how;
    size_t depth;
    struct block_tensors *blocks;     /* (depth) */
    struct tensor *embed, *gain, *bias;   /* gain, bias: the last norm */
    struct tensor *head, *head_bias;
    struct tensor **watch;            /* (depth): gets what goes in */
    struct tensor *(*other)(struct tape *, struct tensor *x,
                            struct tensor *const *parameters);
};
static struct tensor *stack_mean(struct tape *t, struct tensor *x);

static struct tensor *stack_logits(struct stack *s, const float *features,
                                   size_t batch)
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
static float *stack_features(struct tape *tape, int32_t *target,
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
static struct stack stack_new(size_t depth, struct block how)
{
    struct stack s = { tape_new(), how, depth, .watch = NULL };
    char prefix[32];
    s.how.heads = HEADS;
    s.blocks = allocate(depth, sizeof *s.blocks);
    s.embed = tape_parameter(s.tape, "embed", SHAPE(FEATURES, WIDTH));
    /* make the blocks with their names */
    for (size_t i = 0; i < depth; i++) {
        snprintf(prefix, sizeof prefix, "h.%zu.", i);
        block_new(&s.blocks[i], s.tape, prefix, WIDTH, HIDDEN);
    }
    /* make the parameters after the last block */
    s.gain = tape_parameter(s.tape, "ln_f.weight", SHAPE(WIDTH));
    s.bias = tape_parameter(s.tape, "ln_f.bias", SHAPE(WIDTH));
    s.head = tape_parameter(s.tape, "head.weight", SHAPE(WIDTH, DIGIT_KINDS));
    s.head_bias = tape_parameter(s.tape, "head.bias", SHAPE(DIGIT_KINDS));
    return s;
}

static void stack_free(struct stack *s)
{
    tape_free(s->tape);
    free(s->blocks);
}
static void stack_start(struct stack *s, uint64_t seed)
{
    struct random random = random_new(seed, 13);
    /* draw the first matrix: its pixels, and its places */
    for (size_t i = 0; i < s->embed->count; i++) {
        bool place = i >= DIGIT_PATCH_PIXELS * WIDTH;
        s->embed->data[i] = random_normal(&random) * (place ? 1 : 1 / 7.f);
    }
    for (size_t i = 0; i < s->depth; i++)
        block_start(&s->blocks[i], &random, 1);
    for (size_t i = 0; i < WIDTH; i++)
        s->gain->data[i] = 1;
    for (size_t i = 0; i < s->head->count; i++)
        s->head->data[i] = random_normal(&random) / sqrtf(WIDTH);
}

static struct tensor *stack_mean(struct tape *t, struct tensor *x)
{
    const size_t batch = x->shape[0];
    float *shares = tape_take(t, batch * TOKENS, sizeof *shares);
    for (size_t i = 0; i < batch * TOKENS; i++)
        shares[i] = 1.f / TOKENS;
    return tape_matmul(t, tape_input(t, shares, SHAPE(batch, 1, TOKENS)), x);
}
/* training a stack */
enum { BATCH = 32, TESTED = 1000 };
struct lesson { size_t depth, steps, warmup; double rate; uint64_t seed; };
struct outcome { double loss, right; };

static struct tensor *stack_loss(struct stack *s, const struct digits *digits,
                                 const uint32_t *which, size_t batch)
{
    struct tape *t = s->tape;
    int32_t *target = tape_take(t, batch, sizeof *target);
    const float *x = stack_features(t, target, digits, which, batch);
    struct tensor *logits = stack_logits(s, x, batch);
    return tape_cross_entropy(t, logits, target, 0, -1);
}

static double stack_step(struct stack *s, struct training *t,
                         const struct digits *digits)
{
    uint32_t which[BATCH];
    training_pick(t, which, BATCH, digits->count);
    s->how.drop.seed = mix_bits(t->seed, t->step);
    struct tensor *loss = stack_loss(s, digits, which, BATCH);
    double value = (double)loss->data[0];
    training_step(t, loss);
    return value;
}

static void stack_train(struct stack *s, const struct digits *digits,
                        const struct lesson *lesson)
{
    struct training t = training_new(s->tape, lesson->steps, lesson->seed);
    t.rate = lesson->rate, t.warmup = lesson->warmup, t.clip = INFINITY;
    while (t.step < t.steps && !interrupted)
        stack_step(s, &t, digits);
    training_free(&t);
}
/* stack_test: with dropout, if drop.rate is not 0. */
static struct outcome stack_test(struct stack *s, const struct digits *digits)
{
    const size_t n = digits->count < TESTED ? digits->count : TESTED;
    struct outcome out = { 0 };
    for (size_t i = 0; i < n; i++) {
        uint32_t which = (uint32_t)i;
        int32_t target;
        tape_begin(s->tape);
        s->how.drop.seed = i;
        const float *x = stack_features(s->tape, &target, digits, &which, 1);
        struct tensor *logits = stack_logits(s, x, 1);
        struct tensor *loss = tape_cross_entropy(s->tape, logits, &target, 0,
                                                 -1);
        out.loss += (double)loss->data[0] / (double)n;
        out.right += (argmax(logits->data, DIGIT_KINDS) == (size_t)target)
            / (double)n;
    }
    tape_begin(s->tape);
    return out;
}
/* a block with the residual from behind the norm */
static struct tensor *wrong_block(struct tape *t, struct tensor *x,
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

static const struct operation_double block_operations[] = {
    { "pre, causal, dropout", .apply = apply_pre, .inputs = BLOCK_INPUTS },
    { "post, ReLU, dropout", .apply = apply_post, .inputs = BLOCK_INPUTS },
    { "RMSNorm, lengths", .apply = apply_rms, .inputs = BLOCK_INPUTS },
    { "no norm, no residual", .apply = apply_cut, .inputs = BLOCK_INPUTS },
    { "decoder, pre", .apply = apply_decoder_pre, .inputs = DECODER_INPUTS },
    { "decoder, post", .apply = apply_decoder_post,
      .inputs = DECODER_INPUTS },
    { "RMSNorm", .two = tape_rmsnorm_double,
      .inputs = { { "x", "2 3 7" },
                  { "gain", "7" } } },
    { "dropout", .one = apply_dropout,
      .inputs = { { "x", "3 7" } } },
    { .name = NULL }
};
TEST(norms_by_hand)
{
    const float x[] = { 1, 7, 1, 7 }, gain[] = { 1, 1, 1, 1 };
    const float none[4] = { 0 };
    float out[4], mean, r;
    layernorm_rows_plain(out, &mean, &r, x, gain, none, 1, 4, 0);
    CHECK_CLOSE(out, ((float[]){ -1, 1, -1, 1 }), 4, 0, 1e-6);
    rmsnorm_rows_plain(out, &r, x, gain, 1, 4, 0);
    CHECK_CLOSE(out, ((float[]){ .2f, 1.4f, .2f, 1.4f }), 4, 0, 1e-6);
}

TEST(norms_ignore_what_they_should)
{
    const float x[] = { .3f, -1, 2, .5f, 4 }, gain[] = { 1, 2, 3, 4, 5 };
    float moved[5], mean, r, want[5], got[5];
    /* a row seven times as large has the same norm */
    for (int j = 0; j < 5; j++)
        moved[j] = 7 * x[j];
    rmsnorm_rows_plain(want, &r, x, gain, 1, 5, 0);
    rmsnorm_rows_plain(got, &r, moved, gain, 1, 5, 0);
    CHECK_CLOSE(got, want, 5, 1e-6, 1e-6);
    /* an offset changes the root mean square, but not the layer norm */
    for (int j = 0; j < 5; j++)
        moved[j] = x[j] + 20;
    rmsnorm_rows_plain(got, &r, moved, gain, 1, 5, 0);
    assert_true(fabsf(got[1] - want[1]) > 1);
    layernorm_rows_plain(want, &mean, &r, x, gain, x, 1, 5, 0);
    layernorm_rows_plain(got, &mean, &r, moved, gain, x, 1, 5, 0);
    CHECK_CLOSE(got, want, 5, 1e-5, 0);
}

TEST(norms_backward_by_hand)
{
    const float x[] = { 1, 7, 1, 7 }, ones[] = { 1, 1, 1, 1 };
    const float g[] = { 1, 0, 0, 0 }, r[] = { .2f, 1 / 3.f }, mean[] = { 4 };
    float dx[2][4] = {{ 0 }}, dgain[2][4] = {{ 0 }}, dbias[4] = { 0 };
    norm_backward_plain(dx[0], dgain[0], NULL, g, x, ones, NULL, r, 1, 4);
    CHECK_CLOSE(dx[0], ((float[]){ .198f, -.014f, -.002f, -.014f }), 4, 0,
                1e-6);
    CHECK_CLOSE(dgain[0], ((float[]){ .2f, 0, 0, 0 }), 4, 0, 1e-6);
    /* and of the layer norm of the same row */
    norm_backward_plain(dx[1], dgain[1], dbias, g, x, ones, mean, r + 1, 1,
                        4);
    CHECK_CLOSE(dx[1], ((float[]){ 1 / 6.f, 0, -1 / 6.f, 0 }), 4, 1e-7, 1e-6);
    CHECK_CLOSE(dgain[1], ((float[]){ -1, 0, 0, 0 }), 4, 0, 1e-6);
    CHECK_CLOSE(dbias, g, 4, 0, 0);
}

TEST(feed_forward_by_hand)
{
    const float w1[] = { 1, 0, 2, 2, -1, 1 }, w2[] = { 2, 1, 3, 1, 4, 0 };
    const float b1[3] = { 0 }, b2[2] = { 0 }, x[] = { -1, 1 };
    float before[3], after[3], out[2];
    struct feed f = { 1, 2, 3, FEED_RELU, w1, b1, w2, b2 };
    feed_forward(out, before, after, x, &f);
    CHECK_CLOSE(before, ((float[]){ 1, -1, -1 }), 3, 0, 0);
    CHECK_CLOSE(out, ((float[]){ 2, 1 }), 2, 0, 0);
    f.act = FEED_GELU;
    feed_forward(out, before, after, x, &f);
    CHECK_CLOSE(after, ((float[]){ .84f, -.16f, -.16f }), 3, .005, 0);
    CHECK_CLOSE(out, ((float[]){ .57f, .68f }), 2, .005, 0);
}

TEST(dropout_keeps_its_share_and_its_mean)
{
    enum { MANY = 40000 };
    static float x[MANY], out[MANY];
    size_t stayed = 0;
    for (size_t i = 0; i < MANY; i++)
        x[i] = 3;
    dropout_forward(out, x, MANY, &(struct dropout){ .25f, 7 });
    for (size_t i = 0; i < MANY; i++)
        stayed += out[i] != 0;
    float share = (float)stayed / MANY, mean = sum_forward(out, MANY) / MANY;
    CHECK_CLOSE(&share, &(float){ .75f }, 1, .011, 0);
    CHECK_CLOSE(&mean, &(float){ 3 }, 1, .044, 0);
    /* at rate 0 nothing happens */
    dropout_forward(out, x, MANY, &(struct dropout){ 0, 7 });
    CHECK_CLOSE(out, x, MANY, 0, 0);
}

TEST(a_silent_block_changes_nothing)
{
    struct test_block t = test_block_new((struct block){ 0 }, 1);
    zero_branches(&t);
    CHECK_CLOSE(test_block_run(&t, t.x->data), t.x->data, NX, 0, 0);
    CHECK_CLOSE(t.x->grad, t.x->data, NX, 0, 0);
    tape_free(t.tape);
}

TEST(a_residual_from_behind_the_norm_is_seen)
{
    struct test_block t = test_block_new((struct block){ 0 }, 8);
    float off = 0;
    zero_branches(&t);
    struct tensor *out = wrong_block(t.tape, t.x, t.parameters.at);
    for (size_t i = 0; i < NX; i++)
        off = fmaxf(off, fabsf(out->data[i] - t.x->data[i]));
    assert_true(off > .1f);
    tape_free(t.tape);
}

TEST(blocks_agree_with_differences)
{
    const struct operation_double *op = block_operations;
    for (; op->name; op++)
        for (size_t i = 0; op->inputs[i].name; i++) {
            double error = differences_error(op, i, NULL);
            if (!(error <= 1e-6))
                fail_msg("%s, input %s: relative error %g", op->name,
                         op->inputs[i].name, error);
        }
}

TEST(fast_norms_agree_with_plain_loops)
{
    enum { ROWS = 3, LONGEST = 40, MOST = ROWS * LONGEST };
    float x[MOST], g[MOST], gain[LONGEST], bias[LONGEST];
    struct random random = random_new(13, 11);
    for (size_t i = 0; i < MOST; i++)
        x[i] = random_normal(&random) + 1, g[i] = random_normal(&random);
    for (size_t i = 0; i < LONGEST; i++)
        gain[i] = random_normal(&random), bias[i] = random_normal(&random);
    for (size_t n = 1; n <= LONGEST; n++)
        for (int rms = 0; rms < 2; rms++) {
            float out[2][MOST] = {{ 0 }}, mean[2][ROWS], r[2][ROWS];
            float dx[2][MOST], dgain[2][LONGEST], dbias[2][LONGEST];
            /* go through the norm forward and back, plainly and fast */
            for (size_t i = 0; i < MOST; i++)
                dx[0][i] = dx[1][i] = 2;
            for (size_t i = 0; i < LONGEST; i++) {
                dgain[0][i] = dgain[1][i] = -1;
                dbias[0][i] = dbias[1][i] = 3;
            }
            if (rms) {
                rmsnorm_rows_plain(out[0], r[0], x, gain, ROWS, n, BLOCK_EPS);
                rmsnorm_forward(out[1], r[1], x, gain, ROWS, n, BLOCK_EPS);
                norm_backward_plain(dx[0], dgain[0], NULL, g, x, gain, NULL, r[0], ROWS,
                                    n);
                rmsnorm_backward(dx[1], dgain[1], g, x, gain, r[1], ROWS, n);
            } else {
                layernorm_rows_plain(out[0], mean[0], r[0], x, gain, bias, ROWS, n,
                                BLOCK_EPS);
                layernorm_forward(out[1], mean[1], r[1], x, gain, bias, ROWS, n,
                                  BLOCK_EPS);
                norm_backward_plain(dx[0], dgain[0], dbias[0], g, x, gain, mean[0], r[0],
                                    ROWS, n);
                layernorm_backward(dx[1], dgain[1], dbias[1], g, x, gain, mean[1], r[1],
                                   ROWS, n);
            }
            CHECK_CLOSE(out[1], out[0], ROWS * n, 2e-6, 2e-6);
            CHECK_CLOSE(r[1], r[0], ROWS, 0, 2e-6);
            CHECK_CLOSE(dx[1], dx[0], ROWS * n, 2e-5, 2e-5);
            CHECK_CLOSE(dgain[1], dgain[0], n, 2e-6, 2e-6);
            CHECK_CLOSE(dbias[1], dbias[0], n, 2e-6, 2e-6);
        }
}

TEST(mixed_bits_are_those_of_splitmix64)
{
    const uint64_t want[] = { 6457827717110365317u, 3203168211198807973u,
                              9817491932198370423u, 4593380528125082431u };
    for (uint64_t i = 0; i < 4; i++)
        assert_true(mix_bits(1234567, i) == want[i]);
}

TEST(dropout_goes_back_with_the_same_mask)
{
    enum { MANY = 200000 };
    static float x[MANY], out[MANY], g[MANY], dx[MANY];
    const struct dropout drop = { .25f, 11 };
    for (size_t i = 0; i < MANY; i++)
        x[i] = 1, g[i] = (float)(i % 5) + 1, dx[i] = 0;
    dropout_forward(out, x, MANY, &drop);
    dropout_backward(dx, g, MANY, &drop);
    for (size_t i = 0; i < MANY; i++)
        g[i] *= out[i];
    CHECK_CLOSE(dx, g, MANY, 1e-6, 0);
    /* one thread and three drop the same, in whatever order */
    const uint64_t limit = dropout_limit(&drop);
    for (size_t i = MANY; i-- > 0; )
        assert_true(dropout_keeps(&drop, limit, i) == (out[i] != 0));
#ifdef _OPENMP
    omp_set_num_threads(3);
    dropout_forward(dx, x, MANY, &drop);
    omp_set_num_threads(1);
#endif
    dropout_forward(x, x, MANY, &drop);
    CHECK_CLOSE(x, dx, MANY, 0, 0);
}

TEST(blocks_agree_with_pytorch)
{
    struct array x = check_golden("block-x.npy"), g, p;
    g = check_golden("block-g.npy"), p = check_golden("block-parameters.npy");
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        for (int show = 0; show < 2; show++) {
            /* try variant i */
            struct test_block t = test_block_new(variants[i].how, 0);
            struct array want = check_golden(variants[i].file);
            const size_t n = t.tape->size;
            assert_int_equal(p.count, n);
            assert_int_equal(want.count, 2 * NX + n);
            memcpy(t.tape->values, p.data, n * sizeof(float));
            memcpy(t.x->data, x.data, NX * sizeof(float));
            t.how.show = show;
            test_block_run(&t, g.data);
            CHECK_CLOSE(t.out->data, want.data, NX, 2e-6, 2e-6);
            CHECK_CLOSE(t.x->grad, want.data + NX, NX, 1e-5, 1e-5);
            CHECK_CLOSE(t.tape->grads, want.data + 2 * NX, n, 1e-5, 1e-5);
            tape_free(t.tape), array_free(&want);
        }
    array_free(&x), array_free(&g), array_free(&p);
}

TEST(a_square_matrix_the_wrong_way_round_is_seen)
{
    struct array x = check_golden("block-x.npy");
    struct array p = check_golden("block-parameters.npy");
    struct array want = check_golden("block-pre.npy");
    struct test_block t = test_block_new((struct block){ 0 }, 0);
    float off = 0;
    memcpy(t.tape->values, p.data, t.tape->size * sizeof(float));
    memcpy(t.x->data, x.data, NX * sizeof(float));
    float *w = t.parameters.at[ATTN_PROJ_WEIGHT]->data;
    for (size_t i = 0; i < C; i++)
        for (size_t j = 0; j < i; j++) {
            float other = w[i * C + j];
            w[i * C + j] = w[j * C + i], w[j * C + i] = other;
        }
    const float *out = test_block_run(&t, NULL);
    for (size_t i = 0; i < NX; i++)
        off = fmaxf(off, fabsf(out[i] - want.data[i]));
    assert_true(off > .1f && off < 100);
    tape_free(t.tape);
    array_free(&x), array_free(&p), array_free(&want);
}

TEST(decoders_agree_with_pytorch_row_by_row)
{
    static const size_t lengths[] = { S, 3 };
    for (int order = 0; order < 2; order++) {
        struct test_decoder d = test_decoder_new(order, lengths);
        struct array want = check_golden(order == BLOCK_PRE
            ? "block-decoder-pre.npy" : "block-decoder-post.npy");
        struct array g = check_golden("block-g.npy");
        struct tensor *out = test_decoder_run(&d, d.x, NULL);
        struct tensor *weights = tape_input(d.tape, g.data, SHAPE(B, T, C));
        CHECK_CLOSE(out->data, want.data, NX, 2e-6, 2e-6);
        assert_int_equal(want.count, NX + d.tape->size);
        out = tape_multiply(d.tape, out, weights);
        tape_backward(d.tape, tape_sum(d.tape, out));
        CHECK_CLOSE(d.tape->grads, want.data + NX, d.tape->size, 1e-5, 1e-5);
        /* and row by row */
        struct tape *keep = tape_new();
        struct decoder_cache cache = { { .keep = keep, .most = T },
                                       { .keep = keep, .most = S } };
        d.tape->no_grad = true;
        for (size_t t = 0; t < T; t++) {
            float row[B * C];
            for (size_t b = 0; b < B; b++)
                memcpy(row + b * C, d.x->data + (b * T + t) * C,
                       C * sizeof *row);
            tape_begin(d.tape);
            struct tensor *x = tape_input(d.tape, row, SHAPE(B, 1, C));
            out = test_decoder_run(&d, x, &cache);
            for (size_t b = 0; b < B; b++)
                CHECK_CLOSE(out->data + b * C, want.data + (b * T + t) * C, C,
                            2e-6, 2e-6);
        }
        array_free(&want), array_free(&g);
        tape_free(d.tape), tape_free(keep);
    }
}

TEST(decoders_do_not_leak)
{
    static const size_t lengths[] = { 2, 3 };
    for (int order = 0; order < 2; order++) {
        struct test_decoder d = test_decoder_new(order, lengths);
        struct tape *tape = d.tape, *keep = tape_new();
        tape->no_grad = true;
        struct tensor *out = tape_decoder(tape, d.x, d.memory,
            d.parameters.at, &d.how, NULL);
        const float *was = tape_keep(keep, out)->data;
        for (size_t i = 0; i < C; i++) {
            d.memory->data[2 * C + i] = d.memory->data[(S + 3) * C + i] = -9;
            d.x->data[(T - 1) * C + i] += 3;
        }
        const float *now = test_decoder_run(&d, d.x, NULL)->data;
        CHECK_CLOSE(now, was, (T - 1) * C, 0, 0);
        CHECK_CLOSE(now + T * C, was + T * C, T * C, 0, 0);
        assert_true(now[(T - 1) * C] != was[(T - 1) * C]);
        tape_free(tape), tape_free(keep);
    }
}

TEST(post_norm_ends_in_a_norm)
{
    struct test_block t = test_block_new(
        (struct block){ .order = BLOCK_POST }, 2);
    for (size_t i = 0; i < C; i++) {
        t.parameters.at[LN_2_WEIGHT]->data[i] = 1;
        t.parameters.at[LN_2_BIAS]->data[i] = 0;
    }
    const float *out = test_block_run(&t, NULL);
    for (size_t r = 0; r < B * T; r++, out += C) {
        float got[] = { sum_forward(out, C) / C, row_dot(out, out, C) / C };
        CHECK_CLOSE(got, ((float[]){ 0, 1 }), 2, 1e-3, 0);
    }
    tape_free(t.tape);
}

TEST(nothing_leaks_from_the_future)
{
    for (unsigned i = 0; i < 6; i++) {
        /* run a causal block of kind i */
        struct test_block t = test_block_new((struct block){
            .order = i % 2, .norm = i / 2, .causal = true }, 3);
        float before[NX];
        memcpy(before, test_block_run(&t, NULL), sizeof before);
        /* change the last token of each sequence: those before stay */
        for (size_t b = 0; b < B; b++)
            t.x->data[(b * T + T - 1) * C + 2] += 1;
        test_block_run(&t, NULL);
        for (size_t b = 0; b < B; b++)
            CHECK_CLOSE(t.out->data + b * T * C, before + b * T * C,
                        (T - 1) * C, 0, 0);
        for (size_t b = 1; b <= B; b++)
            assert_true(t.out->data[b * T * C - 1] != before[b * T * C - 1]);
        tape_free(t.tape);
    }
}

TEST(a_norm_over_the_wrong_axis_leaks)
{
    struct test_block t = test_block_new((struct block){ 0 }, 9);
    float before[NX], after[NX];
    norm_down_the_columns(before, t.x->data);
    t.x->data[(T - 1) * C] += 1;
    norm_down_the_columns(after, t.x->data);
    assert_true(fabsf(after[0] - before[0]) > .01f);
    tape_free(t.tape);
}

TEST(tokens_may_change_places)
{
    struct test_block t = test_block_new((struct block){ 0 }, 4);
    float want[NX], row[C];
    memcpy(want, test_block_run(&t, NULL), sizeof want);
    float *arrays[] = { want, t.x->data };
    for (size_t i = 0; i < 2; i++) {
        memcpy(row, arrays[i] + C, sizeof row);
        memcpy(arrays[i] + C, arrays[i] + 3 * C, sizeof row);
        memcpy(arrays[i] + 3 * C, row, sizeof row);
    }
    CHECK_CLOSE(test_block_run(&t, NULL), want, NX, 1e-6, 1e-5);
    tape_free(t.tape);
}

TEST(blocks_drop_the_same_again)
{
    float one[2 * NX], same[2 * NX], other[2 * NX], off[2 * NX];
    run_dropped(one, .25f, 9, 1), run_dropped(same, .25f, 9, 3);
    CHECK_CLOSE(same, one, 2 * NX, 0, 0);
    /* another seed drops others, and without dropout none matters */
    run_dropped(other, .25f, 10, 1), run_dropped(off, 0, 10, 1);
    run_dropped(same, 0, 9, 1);
    CHECK_CLOSE(off, same, 2 * NX, 0, 0);
    assert_true(memcmp(other, one, sizeof one) != 0);
    assert_true(memcmp(off, one, sizeof one) != 0);
}

TEST(large_blocks_do_not_depend_on_threads)
{
    static float one[6 * BIG], three[6 * BIG];
    for (int order = 0; order < 2; order++) {
        run_large(three, order, 3), run_large(one, order, 1);
        CHECK_CLOSE(three, one, 6 * BIG, 0, 0);
    }
}

TEST(block_backward_adds_what_is_wanted)
{
    for (unsigned k = 0; k < 4; k++) {
        const struct block how = {
            .order = k % 2, .norm = k / 2 ? NORM_RMS : NORM_LAYER };
        struct test_block all = test_block_new(how, 6);
        test_block_run(&all, all.x->data);
        /* try each gradient of this kind of block by itself */
        for (size_t i = 0; i <= BLOCK_PARAMETERS; i++) {
            struct test_block t = test_block_new(how, 6);
            struct tensor *wanted = i ? t.parameters.at[i - 1] : t.x;
            struct tensor *same = i ? all.parameters.at[i - 1] : all.x;
            for (size_t j = 0; j <= BLOCK_PARAMETERS; j++)
                if (j != i)
                    *(j ? &t.parameters.at[j - 1]->grad : &t.x->grad) = NULL;
            /* what comes back is added to the 1 that was there */
            wanted->grad[0] = 1;
            test_block_run(&t, t.x->data);
            wanted->grad[0] -= 1;
            CHECK_CLOSE(wanted->grad, same->grad, wanted->count, 1e-6, 1e-6);
            tape_free(t.tape);
        }
        tape_free(all.tape);
    }
}

TEST(blocks_have_contracts)
{
    struct test_block t = test_block_new((struct block){ 0 }, 7);
    /* break contracts about heads */
    t.how.heads = 5;
    CHECK_DIES(DIES_REQUIRE, test_block_run(&t, NULL));
    t.how.heads = 0;
    CHECK_DIES(DIES_REQUIRE, test_block_run(&t, NULL));
    t.how.heads = H;
    t.how.drop.rate = 1;
    CHECK_DIES(DIES_REQUIRE, test_block_run(&t, NULL));
    t.how.drop.rate = 0;
    /* break contracts about parameters */
    t.parameters.at[LN_1_BIAS] = NULL;
    CHECK_DIES(DIES_REQUIRE, test_block_run(&t, NULL));
    t.how.norm = NORM_RMS;
    test_block_run(&t, NULL);
    t.parameters.at[LN_2_WEIGHT] = NULL;
    CHECK_DIES(DIES_REQUIRE, test_block_run(&t, NULL));
    t.how.norm = NORM_NONE, t.parameters.at[C_FC_BIAS] = NULL;
    CHECK_DIES(DIES_REQUIRE, test_block_run(&t, NULL));
    tape_free(t.tape);
}

TEST(a_small_stack_learns)
{
    struct digits digits = digits_read("data/digits", "train");
    struct stack s = stack_new(2, (struct block){ .drop = { .125f, 0 } });
    stack_start(&s, 1);
    /* after two steps no memory is asked for any more */
    stack_train(&s, &digits, &(struct lesson){ 2, 2, 1, 1e-9, 1 });
    const size_t asked = s.tape->allocations;
    stack_train(&s, &digits, &(struct lesson){ 2, 2, 1, 1e-9, 1 });
    assert_int_equal(s.tape->allocations, asked);
    stack_train(&s, &digits, &(struct lesson){ 2, 40, 5, 5e-3, 1 });
    s.how.drop.rate = 0;
    digits.count = 100;
    assert_true(stack_test(&s, &digits).loss < 1.6);
    digits_free(&digits), stack_free(&s);
}

CHECK_MAIN()
