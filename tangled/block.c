/* block.c -- generated from chapters/13-block.nw. Do not edit. */
#include "block.h"
#include "block_double.h"
#include "digits.h"
#include "figure.h"
#include "npy.h"
#include "peak.h"
#include "train.h"

static struct {
    const char *load, *save, *x, *out, *data;
    size_t layer, heads, threads, depth, steps, warmup;
    uint64_t seed;
    double rate;
    float dropout;
    int order;
    bool causal, train, study, results, cut;
} given = { .data = "data/digits", .depth = 4, .steps = 300, .warmup = 60,
            .seed = 1, .rate = 3e-3 };
/* a stack of blocks */
enum { TOKENS = DIGIT_PATCHES, FEATURES = DIGIT_PATCH_PIXELS + TOKENS,
       WIDTH = 32, HEADS = 4, HIDDEN = 4 * WIDTH };

static void stack_features(float *x /* (B, 16, 65) */, int32_t *target,
                           const struct digits *digits,
                           const uint32_t *which, size_t batch)
{
    float *pixels = allocate(batch * DIGIT_PIXELS, sizeof *pixels);
    float *patches = allocate(batch * DIGIT_PIXELS, sizeof *patches);
    digits_batch(pixels, target, digits, which, batch, NULL);
    digits_patches(patches, pixels, batch);
    memset(x, 0, batch * TOKENS * FEATURES * sizeof *x);
    for (size_t i = 0; i < batch * TOKENS; i++) {
        memcpy(x + i * FEATURES, patches + i * DIGIT_PATCH_PIXELS,
               DIGIT_PATCH_PIXELS * sizeof *x);
        x[i * FEATURES + DIGIT_PATCH_PIXELS + i % TOKENS] = 1;
    }
    free(pixels), free(patches);
}

struct stack {
    struct tape *tape;
    struct block how;
    size_t depth;
    struct block_tensors *blocks;             /* (depth) */
    struct tensor *embed, *gain, *bias;       /* gain, bias: the last norm */
    struct tensor *head, *head_bias;
};

static struct stack stack_new(size_t depth, struct block how)
{
    struct stack s = { tape_new(), how, depth, NULL, .embed = NULL };
    char prefix[32];
    s.how.heads = HEADS;
    s.blocks = allocate(depth, sizeof *s.blocks);
    s.embed = tape_parameter(s.tape, "embed", SHAPE(FEATURES, WIDTH));
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

static struct tensor *stack_scores(struct stack *s, const float *features,
                                   size_t batch)
{
    struct tape *t = s->tape;
    struct tensor *x = tape_input(t, features, SHAPE(batch, TOKENS, FEATURES));
    x = tape_matmul(t, x, s->embed);
    for (size_t i = 0; i < s->depth; i++) {
        struct block how = s->how;
        how.drop.seed = mix_bits(s->how.drop.seed, i);
        x = tape_block(t, x, s->blocks[i].at, &how);
    }
    /* in pre-norm, norm once more */
    if (s->how.order == BLOCK_PRE && s->how.norm == NORM_LAYER)
        x = tape_layernorm(t, x, s->gain, s->bias);
    if (s->how.order == BLOCK_PRE && s->how.norm == NORM_RMS)
        x = tape_rmsnorm(t, x, s->gain);

    x = tape_reshape(t, stack_mean(t, x), SHAPE(batch, WIDTH));
    return tape_bias(t, tape_matmul(t, x, s->head), s->head_bias);
}
/* the kinds of stacks */
static const struct variant {
    const char *name, *label;
    struct block how;
    bool warm;
} variants[] = {
    { "pre", "pre-norm", { 0 }, true },
    { "cold", "pre-norm, cold", { 0 }, false },
    { "post", "post-norm", { .order = BLOCK_POST }, true },
    { "postcold", "post-norm, cold", { .order = BLOCK_POST }, false },
    /* more kinds of stacks */
    { "rms", "RMSNorm", { .norm = NORM_RMS }, true },
    { "cut", "no residual", { .cut = true }, true },
    { "bare", "no norm", { .norm = NORM_NONE }, true },
};
enum { VARIANTS = sizeof variants / sizeof *variants };

/* training a stack */
enum { BATCH = 32, TESTED = 1000 };
struct lesson { size_t depth, steps, warmup; double rate; uint64_t seed; };
struct outcome { double loss, right; };

static struct tensor *stack_loss(struct stack *s, const struct digits *digits,
                                 const uint32_t *which, size_t batch)
{
    struct tape *t = s->tape;
    float *x = tape_take(t, batch * TOKENS * FEATURES, sizeof *x);
    int32_t *target = tape_take(t, batch, sizeof *target);
    stack_features(x, target, digits, which, batch);
    struct tensor *scores = stack_scores(s, x, batch);
    return tape_cross_entropy(t, scores, target, 0, -1);
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
    s->tape->still = true;
    for (size_t i = 0; i < n; i++) {
        uint32_t which = (uint32_t)i;
        tape_begin(s->tape);
        /* add the loss of digit i, and whether it is right */
        int32_t target;
        s->how.drop.seed = i;
        float *x = tape_take(s->tape, TOKENS * FEATURES, sizeof *x);
        stack_features(x, &target, digits, &which, 1);
        struct tensor *scores = stack_scores(s, x, 1);
        struct tensor *loss = tape_cross_entropy(s->tape, scores, &target, 0, -1);
        out.loss += (double)loss->data[0] / (double)n;
        out.right += (argmax(scores->data, DIGIT_KINDS) == (size_t)target)
            / (double)n;
    }
    s->tape->still = false;
    tape_begin(s->tape);
    return out;
}

/* the norm of the gradient of one block */
static double block_gradient_norm(const struct block_tensors *t)
{
    double squares = 0;
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        double norm = norm_of(t->at[i]->grad, t->at[i]->count);
        squares += norm * norm;
    }
    return sqrt(squares);
}

/* the gradient of each block */
static void stack_gradients(double *norms /* (depth) */, struct stack *s,
                            const struct digits *digits)
{
    uint32_t which[BATCH];
    for (uint32_t i = 0; i < BATCH; i++)
        which[i] = i;
    tape_begin(s->tape);
    tape_backward(s->tape, stack_loss(s, digits, which, BATCH));
    for (size_t i = 0; i < s->depth; i++)
        norms[i] = block_gradient_norm(&s->blocks[i]);
    tape_zero(s->tape);
    tape_begin(s->tape);
}

enum { DEEPEST = 16, DEPTHS = 5, SEEDS = 3, STEPS = 300, WARMUP = 60 };
#define RATE 3e-3

static void print_gradients(const struct variant *v,
                            const struct digits *digits)
{
    double mean[DEEPEST] = { 0 }, norms[DEEPEST];
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct stack s = stack_new(DEEPEST, v->how);
        stack_start(&s, seed);
        stack_gradients(norms, &s, digits);
        for (size_t i = 0; i < DEEPEST; i++)
            mean[i] += norms[i] / SEEDS;
        stack_free(&s);
    }
    for (size_t i = 0; i < DEEPEST; i++)
        printf("block.gradient.%s.%zu = %.5g\n", v->name, i + 1, mean[i]);
}

static struct outcome study_run(const struct variant *v, size_t depth,
                                double rate, uint64_t seed,
                                const struct digits sets[2])
{
    const struct lesson lesson = { depth, STEPS, v->warm ? WARMUP : 0, rate,
                                   seed };
    struct stack s = stack_new(depth, v->how);
    stack_start(&s, seed);
    stack_train(&s, &sets[0], &lesson);
    struct outcome out = stack_test(&s, &sets[1]);
    stack_free(&s);
    return out;
}

static struct outcome outcome_mean(const struct outcome *runs)
{
    struct outcome mean = { 0, 0 };
    for (size_t i = 0; i < SEEDS; i++) {
        mean.loss += (runs[i].loss < 99 ? runs[i].loss : 99) / SEEDS;
        mean.right += runs[i].right / SEEDS;
    }
    return mean;
}

/* printing an outcome */
static void print_outcome(size_t v, size_t depth, const char *how,
                          const struct outcome *runs)
{
    struct outcome mean = outcome_mean(runs);
    printf("block.study.%s.%zu%s.loss = %.4f\n"
           "block.study.%s.%zu%s.right = %.4f\n", variants[v].name, depth,
           how, mean.loss, variants[v].name, depth, how, mean.right);
}
static void study_slowly(const struct digits sets[2])
{
    static struct outcome out[2 * SEEDS];
    /* share the runs among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(dynamic)
    #endif

    for (size_t i = 0; i < 2 * SEEDS; i++)
        out[i] = study_run(&variants[2 + i / SEEDS], DEEPEST, RATE / 3,
                           i % SEEDS + 1, sets);
    print_outcome(2, DEEPEST, ".slow", out);
    print_outcome(3, DEEPEST, ".slow", out + SEEDS);
}
static void study_dropout(const struct digits sets[2])
{
    struct outcome off[SEEDS], on[SEEDS];
    /* share the runs among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(dynamic)
    #endif

    for (size_t i = 0; i < SEEDS; i++) {
        const struct lesson lesson = { 4, STEPS, WARMUP, RATE, i + 1 };
        struct stack s = stack_new(4, (struct block){ .drop = { .3f, 0 } });
        stack_start(&s, i + 1);
        stack_train(&s, &sets[0], &lesson);
        on[i] = stack_test(&s, &sets[1]);
        s.how.drop.rate = 0;
        off[i] = stack_test(&s, &sets[1]);
        stack_free(&s);
    }
    printf("block.study.dropout.on = %.4f\nblock.study.dropout.off = %.4f\n",
           outcome_mean(on).right, outcome_mean(off).right);
}

static void study(const struct digits sets[2])
{
    enum { RUNS = VARIANTS * DEPTHS * SEEDS };
    static struct outcome out[RUNS];
    printf("block.study.steps = %d\nblock.study.warmup = %d\n"
           "block.study.rate = %g\nblock.study.seeds = %d\n"
           "block.study.batch = %d\n", STEPS, WARMUP, RATE, SEEDS, BATCH);
    /* share the runs among the threads */
    #ifdef _OPENMP
    #pragma omp parallel for schedule(dynamic)
    #endif

    for (size_t i = 0; i < RUNS; i++) {
        size_t seed = i % SEEDS, v = i / SEEDS % VARIANTS;
        size_t depth = DEEPEST >> i / SEEDS / VARIANTS;
        out[i] = study_run(&variants[v], depth, RATE, seed + 1, sets);
    }
    for (size_t i = 0; i < RUNS; i += SEEDS)
        print_outcome(i / SEEDS % VARIANTS,
                      DEEPEST >> i / SEEDS / VARIANTS, "", out + i);
    study_slowly(sets);
    study_dropout(sets);
}

static void study_digits(void)
{
    struct digits sets[2] = { digits_read(given.data, "train"),
                              digits_read(given.data, "t10k") };
    study(sets);
    digits_free(&sets[0]), digits_free(&sets[1]);
}

static void use_threads(void)
{
    size_t threads = given.threads < 1024 ? given.threads : 1024;
#ifdef _OPENMP
    if (threads)
        omp_set_num_threads((int)threads);
    given.threads = (size_t)omp_get_max_threads();
#else
    if (threads > 1)
        fail("--threads: this program was compiled without -fopenmp");
    given.threads = 1;
#endif
}

static void measure_speed(void)
{
    enum { BIG = 384 };
    struct block_tensors p;
    struct tape *tape = tape_new();
    const struct block how = { .heads = 6, .causal = true };
    struct random random = random_new(1, 1);
    block_new(&p, tape, "", BIG, 4 * BIG);
    block_start(&p, &random, 1);
    double best = INFINITY, peak = measure_peak(given.threads);
    for (int run = 0; run < 5; run++) {
        double start = seconds_now();
        /* go through a large block, forward and back */
        tape_begin(tape);
        struct tensor *x = tape_leaf(tape, SHAPE(8, 256, BIG));
        for (size_t i = 0; i < x->count; i++)
            x->data[i] = (float)(i % 97) / 97;
        tape_backward(tape, tape_sum(tape, tape_block(tape, x, p.at, &how)));

        best = fmin(best, seconds_now() - start);
    }
    /* print the share of the peak */
    double rows = 8 * 256, products = 12. * BIG * BIG, scores = 256. * BIG;
    double operations = 2 * 3 * rows * (products + scores);
    printf("block.speed.share = %.3f\n", operations / best / peak);
    tape_free(tape);
}

static void results(void)
{
    struct digits digits = digits_read(given.data, "train");
    for (size_t v = 0; v < VARIANTS; v++)
        if (variants[v].warm)
            print_gradients(&variants[v], &digits);
    digits_free(&digits);
    /* print how much of a block is attention */
    size_t parameters = 0;
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        size_t shape[2], rank = block_shape(shape, i, WIDTH, HIDDEN);
        parameters += rank == 2 ? shape[0] * shape[1] : shape[0];
    }
    printf("block.parameters = %zu\n", parameters);

    measure_speed();
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
static const struct figure figures[] = {
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static bool prefix_found(const struct safetensors *file, const char *before)
{
    char name[128];
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        snprintf(name, sizeof name, "%s%s", before, block_name(i));
        if (safetensors_find(file, name))
            return true;
    }
    return false;
}

static void prefix_of(char before[64], const struct safetensors *file)
{
    bool layer = command_given("layer");
    snprintf(before, 64, layer ? "transformer.h.%zu." : "", given.layer);
    if (layer && !prefix_found(file, before))
        snprintf(before, 64, "h.%zu.", given.layer);
    if (!layer && !prefix_found(file, "")
        && (prefix_found(file, "h.0.")
            || prefix_found(file, "transformer.h.0.")))
        fail("%s: has no tensor \"%s\", but those of a whole model: choose a "
             "block with --layer N", given.load, block_name(0));
}

static size_t width_by(const struct stored *t, size_t which, bool hidden)
{
    const bool fc = which == C_FC_WEIGHT || which == C_FC_BIAS;
    const bool back = which == MLP_PROJ_WEIGHT;
    if (hidden)
        return fc ? t->shape[t->rank - 1] : back ? t->shape[0] : 0;
    if (which == C_ATTN_BIAS)
        return t->shape[0] / 3;
    return which == C_FC_BIAS ? 0 : t->shape[back ? t->rank - 1 : 0];
}

static size_t width_of(const struct safetensors *file, const char *before,
                       bool hidden)
{
    size_t says[BLOCK_PARAMETERS] = { 0 }, best = 0, votes = 0;
    char name[128];
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        snprintf(name, sizeof name, "%s%s", before, block_name(i));
        const struct stored *t = safetensors_find(file, name);
        says[i] = t && t->rank ? width_by(t, i, hidden) : 0;
    }
    /* let best be what most of them say */
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        size_t equal = 0;
        for (size_t j = 0; says[i] && j < BLOCK_PARAMETERS; j++)
            equal += says[i] == says[j];
        best = equal > votes ? says[i] : best;
        votes = equal > votes ? equal : votes;
    }
    return best ? best : 1;
}

static char prefix[64];

static void block_read(struct block *b, const struct safetensors *file)
{
    char name[128];
    prefix_of(prefix, file);
    b->width = width_of(file, prefix, false);
    b->hidden = width_of(file, prefix, true);
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        size_t shape[2], rank = block_shape(shape, i, b->width, b->hidden);
        snprintf(name, sizeof name, "%s%s", prefix, block_name(i));
        b->weight[i] = safetensors_require(file, name, rank, shape);
    }
}

static size_t heads_of(const struct block *b, const struct safetensors *file)
{
    const char *text = safetensors_text(file, "n_head");
    size_t heads = b->width % 64 ? 1 : b->width / 64;
    if (command_given("heads"))
        return given.heads;
    if (text && !parse_size(&heads, text))
        fail("%s: n_head is \"%.40s\", not a number", given.load, text);
    if (!text)
        fprintf(stderr, "block: nobody says how many heads; taking %zu "
                "(--heads H)\n", heads);
    return heads;
}

static void require_heads(const struct block *b, const struct array *x)
{
    char text[ARRAY_TEXT];
    if (b->heads == 0 || b->width % b->heads != 0)
        fail("%s: %zu heads do not divide \"%s%s\" of shape (%zu, %zu); %s "
             "has the shape %s", given.load, b->heads, prefix,
             block_name(C_ATTN_WEIGHT), b->width, 3 * b->width, given.x,
             array_text(text, x));
}

static void require_x(const struct block *b, const struct array *x)
{
    char text[ARRAY_TEXT];
    if (x->rank != 2 && x->rank != 3)
        fail("%s: has the shape %s, not (n, %zu) or (B, n, %zu)", given.x,
             array_text(text, x), b->width, b->width);
    if (x->shape[x->rank - 1] != b->width || x->count == 0)
        fail("%s: has the shape %s, which does not fit \"%s%s\" of shape "
             "(%zu,) in %s", given.x, array_text(text, x), prefix,
             block_name(0), b->width, given.load);
    for (size_t i = 0; i < x->count; i++)
        if (!isfinite(x->data[i]))
            fail("%s: element %zu is %g", given.x, i, (double)x->data[i]);
}

static double *widened(const float *x, size_t n)
{
    double *wide = allocate(n, sizeof *wide);
    for (size_t i = 0; i < n; i++)
        wide[i] = (double)x[i];
    return wide;
}

static struct block_double block_widened(const struct block *b)
{
    struct block_double wide = {
        b->batch, b->length, b->width, b->heads, b->hidden, b->causal, NULL,
        .order = b->order == BLOCK_POST ? BLOCK_POST_double
                                        : BLOCK_PRE_double
    };
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        size_t shape[2], rank = block_shape(shape, i, b->width, b->hidden);
        wide.weight[i] = widened(b->weight[i], rank == 2
            ? size_product(shape[0], shape[1]) : shape[0]);
    }
    return wide;
}

static void block_apply(float *out, const float *x, const struct block *b)
{
    const size_t n = b->batch * b->length * b->width;
    struct block_double wide = block_widened(b);
    double *memory = allocate(block_size_double(&wide), sizeof *memory);
    double *room = allocate(block_room_double(&wide), sizeof *room);
    double *y = allocate(n, sizeof *y), *wide_x = widened(x, n);
    struct block_kept_double kept = block_keep_double(memory, room, &wide);
    block_forward_double(y, &kept, wide_x, &wide);
    for (size_t i = 0; i < n; i++)
        out[i] = (float)y[i];
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        free((double *)wide.weight[i]);
    free(memory), free(room), free(y), free(wide_x);
}

static void apply_block(void)
{
    struct safetensors file = safetensors_read(given.load);
    struct array x = npy_read(given.x), out;
    struct block b = { .causal = given.causal, .order = given.order };
    block_read(&b, &file);
    require_x(&b, &x);
    b.heads = heads_of(&b, &file);
    require_heads(&b, &x);
    b.batch = x.rank == 3 ? x.shape[0] : 1;
    b.length = x.shape[x.rank - 2];
    out = array_new(x.rank, x.shape);
    block_apply(out.data, x.data, &b);
    /* refuse an output that is not finite */
    for (size_t i = 0; i < out.count; i++)
        if (!isfinite(out.data[i]))
            fail("%s: element %zu of the output is %g", given.load, i,
                 (double)out.data[i]);
    npy_write(given.out, &out);
    array_free(&x), array_free(&out), safetensors_free(&file);
}

static struct block given_block(void)
{
    struct block how = { .order = given.order, .cut = given.cut };
    how.drop = (struct dropout){ given.dropout, given.seed };
    return how;
}

/* the steps of a run, and its end */
static void train_on(struct stack *s, struct training *t,
                     const struct digits sets[2])
{
    struct progress progress = progress_start(t->step, t->steps);
    double loss = 0;
    while (t->step < t->steps && !interrupted) {
        loss = stack_step(s, t, &sets[0]);
        progress_step(&progress, t->step, "loss %.4f", loss);
        if (t->step % (t->steps / 10 ? t->steps / 10 : 1) == 0)
            printf("step %6zu   loss %.4f\n", t->step, loss);
    }
    progress_end(&progress);
}

static int train_end(struct stack *s, const struct training *t,
                     const struct digits *digits)
{
    const char *save = given.save;
    if (interrupted && !save)
        save = "block.safetensors";
    if (save)
        training_save(save, t);
    /* say that the run was stopped, and where it is */
    if (interrupted) {
        fprintf(stderr, "block: stopped after step %zu; --train --load %s goes "
                "on\n", t->step, save);
        return 128 + interrupted;
    }

    struct outcome out = stack_test(s, digits);
    printf("test   loss %.4f   right %.4f\n", out.loss, out.right);
    return 0;
}

static int train(void)
{
    struct digits sets[2] = { digits_read(given.data, "train"),
                              digits_read(given.data, "t10k") };
    struct stack s = stack_new(given.depth, given_block());
    stack_start(&s, given.seed);
    struct training t = training_new(s.tape, given.steps, given.seed);
    t.rate = given.rate, t.warmup = given.warmup, t.clip = INFINITY;
    /* go on with the run that was given */
    if (given.load)
        training_load(given.load, &t);

    catch_interrupt();
    train_on(&s, &t, sets);
    int status = train_end(&s, &t, &sets[1]);
    training_free(&t), stack_free(&s);
    digits_free(&sets[0]), digits_free(&sets[1]);
    return status;
}

#endif
static const struct command_option options[] = {
    /* options for a block from a file */
    { "load", OPTION_TEXT, &given.load, "FILE.safetensors",
      "a block, with GPT-2's names; with --train: a run to go on with" },
    { "layer", OPTION_SIZE, &given.layer, "N", "which block of a whole model" },
    { "x", OPTION_TEXT, &given.x, "X.npy", "tokens, (n, d) or (B, n, d)" },
    { "out", OPTION_TEXT, &given.out, "Y.npy", "where the output goes" },
    { "causal", OPTION_FLAG, &given.causal, NULL, "look only at what is before" },
    { "heads", OPTION_SIZE, &given.heads, "H", "else the file's n_head" },
    { "norm", OPTION_CHOICE, &given.order, "pre|post", "where the norms are" },
    { "threads", OPTION_SIZE, &given.threads, "N", "0: one for each core" },

    /* options for a stack */
    { "train", OPTION_FLAG, &given.train, NULL, "train a stack on digits" },
    { "depth", OPTION_SIZE, &given.depth, "N", "blocks of the stack" },
    { "cut", OPTION_FLAG, &given.cut, NULL, "leave the residual out" },
    { "dropout", OPTION_FLOAT, &given.dropout, "P", "part that is dropped" },
    { "steps", OPTION_SIZE, &given.steps, "N", "of training" },
    { "warmup", OPTION_SIZE, &given.warmup, "N", "steps up to the full rate" },
    { "rate", OPTION_DOUBLE, &given.rate, "X", "learning rate" },
    /* more options for a stack */
    { "seed", OPTION_SEED, &given.seed, "S", "of weights, order and dropout" },
    { "data", OPTION_TEXT, &given.data, "FOLDER", "where the digits are" },
    { "save", OPTION_TEXT, &given.save, "FILE.safetensors", "write the run" },
    { "study", OPTION_FLAG, &given.study, NULL, "train all of the chapter" },
    { "results", OPTION_FLAG, &given.results, NULL,
      "print the book's numbers" },

    FIGURE_OPTIONS,
    { 0 }
};

static const struct command command = {
    "block", "applies a Transformer's block, or trains a stack of them",
    "block --load FILE.safetensors --x X.npy --out Y.npy [OPTION]...\n"
    "block --train [OPTION]...",
    "block --load gpt2.safetensors --layer 3 --causal --x x.npy --out y.npy",
    options
};

static void refuse_nonsense(void)
{
    command_alone("results", "threads data");
    command_alone("study", "threads data");
    if (!(given.dropout >= 0 && given.dropout < 1))
        fail("--dropout: %g is not at least 0 and below 1",
             (double)given.dropout);
    if (!(given.rate > 0))
        fail("--rate: %g is not positive", given.rate);
    if (given.depth < 1 || given.depth > 256)
        fail("--depth: %zu is not between 1 and 256", given.depth);
    if (!given.steps)
        fail("--steps: at least one");
    /* refuse options that would be ignored */
    static const char *const stack[] = { "depth", "cut", "dropout", "steps",
                                         "warmup", "rate", "save" };
    static const char *const file[] = { "x", "out", "layer", "causal", "heads" };
    for (size_t i = 0; i < sizeof stack / sizeof *stack; i++)
        if (!given.train && command_given(stack[i]))
            fail("--%s is for --train", stack[i]);
    for (size_t i = 0; i < sizeof file / sizeof *file; i++)
        if (given.train && command_given(file[i]))
            fail("--%s is not for --train", file[i]);

}

int main(int argc, char **argv)
{
    if (argc == 1)
        command_usage(&command);
    if (command_parse(&command, argc, argv) > 0)
        fail("\"%s\" is not an option (try --help)", argv[1]);
    if (figure_requested())
        return figure_run(figures);
    refuse_nonsense();
    use_threads();
    /* study, print results, or train, if that was asked for */
    if (given.study)
        study_digits();
    if (given.results)
        results();
    if (given.study || given.results)
        return 0;
    #ifndef __wasm__
    if (given.train)
        return train();
    #endif
    if (!given.load || !given.x || !given.out)
        fail("--load, --x and --out are needed (try --help)");
#ifndef __wasm__
    apply_block();
#endif
    return 0;
}

