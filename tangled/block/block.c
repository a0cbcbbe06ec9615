/* block.c -- generated from chapters/13-block.nw. Do not edit. */
#include "block/block.h"
#include "double/block_double.h"
#include "selfattention/digits.h"
#include "kit/figure.h"
#include "kit/npy.h"
#include "gradient/peak.h"
#include "kit/learner.h"

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
static const struct variant {
    const char *name, *label;
    struct block how;
    bool warm;
} variants[] = {
    { "pre", "pre-norm", { 0 }, true },
    { "cold", "pre-norm, cold", { 0 }, false },
    { "post", "post-norm", { .order = BLOCK_POST }, true },
    { "postcold", "post-norm, cold", { .order = BLOCK_POST }, false },
    { "rms", "RMSNorm", { .norm = NORM_RMS }, true },
    { "cut", "no residual", { .cut = true }, true },
    { "bare", "no norm", { .norm = NORM_NONE }, true },
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static double block_gradient_norm(const struct block_tensors *t);

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

static double block_gradient_norm(const struct block_tensors *t)
{
    double squares = 0;
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        double norm = norm_of(t->at[i]->grad, t->at[i]->count);
        squares += norm * norm;
    }
    return sqrt(squares);
}

enum { DEEPEST = 16, DEPTHS = 5, SEEDS = 3, STEPS = 300, WARMUP = 60 };
#define RATE 3e-3

static void mean_gradients(double *mean, const struct block *how,
                           size_t depth, const struct digits *digits)
{
    double norms[DEEPEST];
    memset(mean, 0, depth * sizeof *mean);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct stack s = stack_new(depth, *how);
        /* add the gradients of the stack with this seed */
        stack_start(&s, seed);
        stack_gradients(norms, &s, digits);
        for (size_t i = 0; i < depth; i++)
            mean[i] += norms[i] / SEEDS;
        stack_free(&s);
    }
}

static bool is_wild(const struct variant *v)
{
    return v->how.norm == NORM_NONE;
}

static void print_gradients(const struct variant *v,
                            const struct digits *digits)
{
    double mean[DEEPEST];
    const char *in = is_wild(v) ? "study." : "";
    for (size_t depth = 1; depth <= DEEPEST; depth *= 2) {
        mean_gradients(mean, &v->how, depth, digits);
        printf("block.%sfirst.%s.%zu = %.5g\nblock.%slast.%s.%zu = %.5g\n",
               in, v->name, depth, mean[0], in, v->name, depth,
               mean[depth - 1]);
    }
    for (size_t i = 0; i < DEEPEST; i++)
        printf("block.%sgradient.%s.%zu = %.5g\n", in, v->name, i + 1,
               mean[i]);
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
    /* add the share of run i, its loss no more than 99 */
    for (size_t i = 0; i < SEEDS; i++) {
        mean.loss += (runs[i].loss < 99 ? runs[i].loss : 99) / SEEDS;
        mean.right += runs[i].right / SEEDS;
    }
    return mean;
}

static void print_outcome(size_t v, size_t depth, const char *how,
                          const struct outcome *runs);
static void study_slowly(const struct digits sets[2]);
static void study_dropout(const struct digits sets[2]);

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
    for (size_t v = 0; v < VARIANTS; v++)
        if (is_wild(&variants[v]))
            print_gradients(&variants[v], &sets[0]);
}

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
        /* train with dropout, and test in both ways */
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

static void study_digits(void)
{
    struct digits sets[2] = { digits_read(given.data, "train"),
                              digits_read(given.data, "t10k") };
    study(sets);
    digits_free(&sets[0]), digits_free(&sets[1]);
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
        /* make many tokens */
        tape_begin(tape);
        struct tensor *x = tape_leaf(tape, SHAPE(8, 256, BIG));
        for (size_t i = 0; i < x->count; i++)
            x->data[i] = (float)(i % 97) / 97;
        double start = seconds_now();
        tape_backward(tape, tape_sum(tape, tape_block(tape, x, p.at, &how)));
        best = fmin(best, seconds_now() - start);
    }
    double rows = 8 * 256, products = 12. * BIG * BIG, scores = 256. * BIG;
    double operations = 2 * 3 * rows * (products + scores);
    printf("block.speed.share = %.3f\n", operations / best / peak);
    tape_free(tape);
}

static void results(void)
{
    struct digits digits = digits_read(given.data, "train");
    for (size_t v = 0; v < VARIANTS; v++)
        if (variants[v].warm && !is_wild(&variants[v]))
            print_gradients(&variants[v], &digits);
    digits_free(&digits);
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
/* figure_part: part i of n, side by side, or one above the other. */
static struct rect figure_part(const struct frame *f, struct rect r, int i,
                               int n)
{
    if (f->narrow)
        return (struct rect){ r.x, r.y + (float)i * r.h / (float)n, r.w,
                              r.h / (float)n - 8 };
    return (struct rect){ r.x + (float)i * r.w / (float)n, r.y,
                          r.w / (float)n - 10, r.h };
}

enum { NORMED = 8 };
static struct { float x[NORMED], times, plus; } norms = {
    { .5f, 2, -.5f, 1, 3, 1.5f, -1, 1.5f }, 1, 0
};

static void norms_rows(float rows[3][NORMED])
{
    float mean, r, gain[NORMED], none[NORMED] = { 0 };
    for (int i = 0; i < NORMED; i++) {
        rows[0][i] = norms.times * norms.x[i] + norms.plus;
        gain[i] = 1;
    }
    layernorm_forward(rows[1], &mean, &r, rows[0], gain, none, 1, NORMED,
                      BLOCK_EPS);
    rmsnorm_forward(rows[2], &r, rows[0], gain, 1, NORMED, BLOCK_EPS);
}

static const char *const norms_names[] = {
    "a token, to drag", "LayerNorm", "RMSNorm"
};

static float row_mean(const float *x)
{
    return sum_forward(x, NORMED) / NORMED;
}

static float row_variance(const float *x)
{
    float mean = row_mean(x);
    return row_dot(x, x, NORMED) / NORMED - mean * mean;
}

static void norms_plot(struct frame *f, struct rect r, int which,
                       const float *row)
{
    const float far = which ? 2.5f : 5;
    static const char *const places[] = { "1", "2", "3", "4", "5", "6",
                                          "7", "8" };
    const enum ink inks[] = { SERIES_3, SERIES_1, SERIES_2 };
    /* write name, mean and variance above the bars */
    draw_text(f, r.x + 4, r.y + 14, TEXT_SIZE, TEXT_BOLD, paint(f, INK), "%s",
              norms_names[which]);
    draw_text(f, r.x + 4, r.y + 33, TEXT_SMALL, ALIGN_LEFT, paint(f, MUTED),
              "mean %.2f   variance %.2f", (double)row_mean(row),
              (double)row_variance(row));
    r.y += 36, r.h -= 36;
    struct plot p = plot_new(f, r, -.6f, NORMED - .4f, -far, far);
    plot_axes_names(&p, places, NORMED, NULL);
    plot_hline(&p, 0, paint(f, MUTED));
    for (int i = 0; !which && i < NORMED; i++) {
        float value = row[i], left = plot_x(&p, (float)i - .45f);
        float right = plot_x(&p, (float)i + .45f);
        struct rect bar = { left, p.area.y, right - left, p.area.h };
        if (drag_y(f, i, bar, &value, -far, far))
            norms.x[i] = (value - norms.plus) / norms.times;
    }
    plot_bars(&p, NULL, row, NORMED, .7f, paint(f, inks[which]));
}

static bool norms_frame(struct frame *f)
{
    struct rect r = frame_inside(f), s = { r.x, r.y, r.w / 2 - 10, 44 };
    float rows[3][NORMED];
    slider(f, s, "stretch", &norms.times, .2f, 3, "%.2f");
    s.x += r.w / 2;
    slider(f, s, "move up", &norms.plus, -3, 3, "%.2f");
    norms_rows(rows);
    r.y += 56, r.h -= 56;
    for (int i = 0; i < 3; i++)
        norms_plot(f, figure_part(f, r, i, 3), i, rows[i]);
    return false;
}

static void norms_table(FILE *out)
{
    float rows[3][NORMED];
    norms_rows(rows);
    fprintf(out, "number\ttoken\tLayerNorm\tRMSNorm\n");
    for (int i = 0; i < NORMED; i++)
        fprintf(out, "%d\t%.2f\t%.3f\t%.3f\n", i + 1, (double)rows[0][i],
                (double)rows[1][i], (double)rows[2][i]);
}

enum { DEEP = 24, POINTS = 7 };
static struct {
    int order, norm;
    bool cut, ready;
    float depth, chosen;
    struct stack stack;
    struct tensor *watch[DEEP];
    float gradient[DEEP], size[DEEP], point[POINTS];
} stream = { .depth = 12, .chosen = 6 };

static float size_of_all(const float *x, size_t n)
{
    return (float)norm_of(x, n) / sqrtf((float)n);
}

static struct stack *stream_stack(size_t depth, struct block how)
{
    struct stack *s = &stream.stack;
    if (!stream.ready) {
        *s = stack_new(DEEP, (struct block){ 0 });
        stack_start(s, 1);
        stream.ready = true;
    }
    how.heads = HEADS;
    s->how = how, s->depth = depth, s->watch = stream.watch;
    s->other = NULL;
    return s;
}

static void stream_gradients(float *gradient, struct stack *s)
{
    static float x[TOKENS * FEATURES];
    static const int32_t target = 3;
    struct random random = random_new(5, 5);
    /* let x be random patches, each with its place */
    for (size_t i = 0; i < TOKENS; i++)
        for (size_t j = 0; j < FEATURES; j++)
            x[i * FEATURES + j] = j < DIGIT_PATCH_PIXELS
                ? .5f * random_uniform(&random)
                : j == DIGIT_PATCH_PIXELS + i;
    tape_begin(s->tape), tape_zero(s->tape);
    struct tensor *logits = stack_logits(s, x, 1);
    tape_backward(s->tape, tape_cross_entropy(s->tape, logits, &target, 0,
                                              -1));
    for (size_t i = 0; i < s->depth; i++)
        gradient[i] = (float)block_gradient_norm(&s->blocks[i]);
}

static void stream_points(size_t which)
{
    const struct tensor *x = stream.watch[which];
    struct block b = block_task(x, stream.stack.blocks[which].at,
                                &stream.stack.how);
    float *memory = allocate(block_size(&b), sizeof *memory);
    float *workspace = allocate(block_workspace(&b), sizeof *workspace);
    float *out = allocate(x->count, sizeof *out);
    struct block_saved saved = block_saved_new(memory, workspace, &b);
    block_forward(out, &saved, x->data, &b);
    /* take the sizes at the seven points */
    const bool pre = b.order == BLOCK_PRE;
    const size_t n = x->count;
    float *first = pre ? saved.middle : saved.a, *last = pre ? out : saved.c;
    const float *at[POINTS] = {
        x->data, pre ? saved.a : NULL, pre ? NULL : saved.a, saved.middle,
        pre ? saved.c : NULL, pre ? NULL : saved.c, out
    };
    for (size_t i = 0; i < POINTS; i++)
        stream.point[i] = at[i] ? size_of_all(at[i], n) : 0;
    for (size_t i = 0; !b.cut && i < n; i++)
        last[i] -= saved.middle[i], first[i] -= x->data[i];
    stream.point[pre ? 2 : 1] = size_of_all(first, n);
    stream.point[pre ? 5 : 4] = size_of_all(last, n);
    free(memory), free(workspace), free(out);
}

static const char *stream_label(int level)
{
    /* the labels from below upward, in both orders */
    static const char *const pre[] = {
        NULL, "norm", "attention", "+", "norm", "feed forward", "+"
    };
    static const char *const post[] = {
        NULL, "attention", "+", "norm", "feed forward", "+", "norm"
    };
    return stream.order ? post[level] : pre[level];
}

static float stream_y(struct rect r, int level)
{
    return r.y + r.h - 34 - (float)level * (r.h - 70) / (POINTS - 1);
}

static void stream_part(struct frame *f, struct rect r, float x, int level)
{
    const char *label = stream_label(level);
    const float y = stream_y(r, level);
    const bool norm = label[0] == 'n', none = norm && stream.norm == 2;
    const enum ink ink = norm ? SERIES_3 : label[0] == 'a' ? SERIES_1
                                                           : SERIES_2;
    struct rect box = { x - 56, y - 14, 112, 28 };
    if (label[0] == '+') {
        /* draw a sum */
        draw_disc(f, x, y, 12, paint(f, PANEL));
        draw_ring(f, x, y, 12, 1.5f, paint(f, INK));
        if (stream.cut)
            return;
        draw_line(f, x - 6, y, x + 6, y, 1.5f, paint(f, INK));
        draw_line(f, x, y - 6, x, y + 6, 1.5f, paint(f, INK));
        return;
    }
    /* draw a box with its label */
    draw_round(f, box, 6, paint(f, none ? PAPER : PANEL));
    draw_frame(f, box, 6, 1.5f, none ? paint(f, GRID) : paint(f, ink));
    draw_text(f, x, y, TEXT_SIZE, ALIGN_CENTER | ALIGN_MIDDLE,
              paint(f, none ? MUTED : INK), "%s", none ? "no norm" : label);
}

static void stream_residual(struct frame *f, struct rect r, float x,
                            int from, int to)
{
    const float side = x - 92, top = stream_y(r, to);
    const float low = stream_y(r, from) - (from ? 19 : 12);
    const struct color c = paint(f, stream.cut ? GRID : ACCENT);
    draw_polyline(f, (float[]){ x, side, side }, (float[]){ low, low, top },
                  3, 3, c);
    draw_arrow(f, side, top, x - 13, top, 3, c);
    if (stream.cut) {
        float y = (low + top) / 2;
        draw_line(f, side - 7, y - 7, side + 7, y + 7, 2.5f, paint(f, WARN));
        draw_line(f, side - 7, y + 7, side + 7, y - 7, 2.5f, paint(f, WARN));
    }
}

static void stream_size(struct frame *f, struct rect r, float x, int level)
{
    const float y = stream_y(r, level), size = stream.point[level];
    const float wide = fminf(46, 18 * log1pf(size));
    draw_round(f, (struct rect){ x, y - 5, wide, 10 }, 3,
               fade(paint(f, SERIES_5), .8f));
    draw_text(f, x + wide + 6, y, TEXT_SIZE, ALIGN_MIDDLE, paint(f, INK),
              size < 1e4f ? "%.2f" : "%.1e", (double)size);
}

static void stream_diagram(struct frame *f, struct rect r)
{
    const float x = r.x + 110;
    for (int level = 1; level < POINTS; level++)
        draw_arrow(f, x, stream_y(r, level - 1) - (level > 1 ? 14 : 0), x,
                   stream_y(r, level) + 14, 1.5f, paint(f, INK));
    /* draw the residual, the boxes and the sizes */
    stream_residual(f, r, x, 0, stream.order ? 2 : 3);
    stream_residual(f, r, x, 3, stream.order ? 5 : 6);
    for (int level = 1; level < POINTS; level++)
        stream_part(f, r, x, level);
    for (int level = 0; level < POINTS; level++)
        stream_size(f, r, x + (level ? 68 : 14), level);
    /* write where the tokens come in and go out */
    draw_text(f, x, r.y + r.h - 8, TEXT_SMALL, ALIGN_CENTER, paint(f, MUTED),
              "into block %.0f of %.0f", (double)stream.chosen,
              (double)stream.depth);
    draw_arrow(f, x, stream_y(r, POINTS - 1) - 14, x, r.y + 4, 1.5f,
               paint(f, INK));
    draw_text(f, x + 68, r.y + 12, TEXT_SMALL, ALIGN_LEFT, paint(f, MUTED),
              "root mean square");
}

static void stream_compute(void)
{
    struct stack *s = stream_stack((size_t)stream.depth, (struct block){
        .order = stream.order, .norm = stream.norm, .cut = stream.cut });
    stream_gradients(stream.gradient, s);
    for (size_t i = 0; i < s->depth; i++)
        stream.size[i] = size_of_all(stream.watch[i]->data,
                                     stream.watch[i]->count);
    stream_points((size_t)stream.chosen - 1);
}

static void stream_range(float *lo, float *hi, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && x[i] > 1e-12f) {
            *lo = fminf(*lo, x[i] / 1.5f);
            *hi = fmaxf(*hi, x[i] * 1.5f);
        }
}

static void stream_plot(struct frame *f, struct rect r)
{
    const size_t n = (size_t)stream.depth;
    float blocks[DEEP], lo = 1, hi = 3;
    for (size_t i = 0; i < n; i++)
        blocks[i] = (float)i + 1;
    stream_range(&lo, &hi, stream.gradient, n);
    stream_range(&lo, &hi, stream.size, n);
    struct plot p = plot_new(f, r, .5f, (float)n + .5f, lo, hi);
    plot_axes_log(&p, "block", NULL, false, true);
    plot_vline(&p, stream.chosen, paint(f, MUTED));
    /* draw both curves, and name them */
    plot_line(&p, blocks, stream.size, n, paint(f, SERIES_5), 2);
    plot_line(&p, blocks, stream.gradient, n, paint(f, SERIES_1), 2);
    plot_points(&p, blocks, stream.gradient, n, paint(f, SERIES_1), 3);
    plot_legend(&p, (const char *[]){ "norm of the gradient",
                                      "size of the tokens" },
                (const enum ink[]){ SERIES_1, SERIES_5 }, 2);
}

static bool stream_controls(struct frame *f, struct rect *r)
{
    static const char *const orders[] = { "pre-norm", "post-norm" };
    static const char *const kinds[] = { "LayerNorm", "RMSNorm", "none" };
    const bool tall = f->narrow;
    const float w = r->w, x = r->x, y = r->y;
    bool residual = !stream.cut, changed = false;
    struct rect order = { x, y, tall ? w : 180, 30 };
    struct rect kind = { tall ? x : x + 196, tall ? y + 38 : y,
                         tall ? w : 260, 30 };
    struct rect sum = { tall ? x : x + 476, tall ? y + 76 : y, 120, 30 };
    struct rect depth = { x, tall ? y + 112 : y + 44,
                          tall ? w : w / 2 - 12, 44 };
    struct rect block = { tall ? x : x + w / 2 + 12, tall ? y + 160 : y + 44,
                          depth.w, 44 };
    changed |= choice(f, order, orders, 2, &stream.order);
    changed |= choice(f, kind, kinds, 3, &stream.norm);
    changed |= toggle(f, sum, "residual", &residual);
    stream.cut = !residual;
    changed |= slider(f, depth, "blocks", &stream.depth, 1, DEEP, "%.0f");
    stream.depth = roundf(stream.depth);
    changed |= slider(f, block, "shown", &stream.chosen, 1, stream.depth,
                      "%.0f");
    stream.chosen = fminf(roundf(stream.chosen), stream.depth);
    r->y += tall ? 210 : 100, r->h -= tall ? 210 : 100;
    return changed;
}

static bool stream_frame(struct frame *f)
{
    struct rect r = frame_inside(f), left, right;
    if (stream_controls(f, &r) || !stream.ready
        || stream.stack.watch != stream.watch || stream.stack.other)
        stream_compute();
    left = right = r;
    left.w = 270, right.x += 280, right.w -= 280;
    /* put the plot below the diagram on a narrow page */
    if (f->narrow) {
        left.w = r.w, left.h = 400;
        right = (struct rect){ r.x, r.y + 412, r.w, r.h - 412 };
    }
    stream_diagram(f, left);
    stream_plot(f, right);
    return false;
}

static void stream_table(FILE *out)
{
    stream_compute();
    fprintf(out, "block\tnorm of the gradient\tsize of the tokens\n");
    for (size_t i = 0; i < (size_t)stream.depth; i++)
        fprintf(out, "%zu\t%.4g\t%.4g\n", i + 1,
                (double)stream.gradient[i], (double)stream.size[i]);
}

#ifdef __wasm__
#define STUDY_SECTION ".section .rodata.study,\"\",@\n"
#else
#define STUDY_SECTION ".section .rodata.study,\"a\",%progbits\n"
#endif
__asm__(STUDY_SECTION ".globl block_study\n" "block_study:\n"
    ".incbin \"data/results/block-study.txt\"\n"
    ".incbin \"data/results/block.txt\"\n"
    ".byte 0\n" ".size block_study, . - block_study\n" ".text\n");
extern const char block_study[];

static float study_value(const char *of, const char *variant, size_t at,
                         const char *what)
{
    char key[80];
    snprintf(key, sizeof key, "\nblock.%s.%s.%zu%s = ", of, variant, at,
             what);
    const char *found = strstr(block_study, key);
    return found ? strtof(found + strlen(key), NULL) : NAN;
}

enum { SHOWN = 4 };
static struct depths_choice {
    int group, what, first;
} depths, parts = { .group = 1 };
static const size_t depths_groups[2][SHOWN] = { { 0, 1, 2, 3 },
                                                { 0, 4, 5, 6 } };
static const enum ink depths_inks[SHOWN] = { SERIES_1, SERIES_5, SERIES_2,
                                             SERIES_4 };

static void depths_lines(struct plot *p, float (*ys)[DEPTHS])
{
    for (size_t i = 0; i < SHOWN; i++) {
        float xs[DEPTHS];
        struct color c = paint(p->frame, depths_inks[i]);
        for (size_t d = 0; d < DEPTHS; d++)
            xs[d] = (float)(1 << d) * (1 + .01f * (float)i);
        plot_line(p, xs, ys[i], DEPTHS, c, 2);
        plot_points(p, xs, ys[i], DEPTHS, c, 4);
    }
}

static void depths_values(float (*ys)[DEPTHS], const char *of,
                          const char *what)
{
    for (size_t i = 0; i < SHOWN; i++) {
        const struct variant *v = &variants[depths_groups[depths.group][i]];
        const bool wild = is_wild(v) && !what[0];
        char key[32];
        snprintf(key, sizeof key, "%s%s", wild ? "study." : "", of);
        for (size_t d = 0; d < DEPTHS; d++)
            ys[i][d] = study_value(key, v->name, (size_t)1 << d, what);
    }
}

static void depths_outcomes(struct frame *f, struct rect r)
{
    const float top = depths.what ? 100 : 3;
    float ys[SHOWN][DEPTHS];
    struct plot p = plot_new(f, r, .85f, 19, 0, top);
    plot_axes_log(&p, "blocks", depths.what ? "% right" : "loss", true,
                  false);
    depths_values(ys, "study", depths.what ? ".right" : ".loss");
    for (size_t i = 0; i < SHOWN; i++)
        for (size_t d = 0; d < DEPTHS; d++)
            ys[i][d] = fminf(top, ys[i][d] * (depths.what ? 100 : 1));
    depths_lines(&p, ys);
}

static void depths_gradients(struct frame *f, struct rect r)
{
    float ys[SHOWN][DEPTHS], lo = 1, hi = 3;
    depths_values(ys, depths.first ? "first" : "last", "");
    stream_range(&lo, &hi, ys[0], SHOWN * DEPTHS);
    struct plot p = plot_new(f, r, .85f, 19, lo, hi);
    plot_axes_log(&p, "blocks", depths.first ? "gradient, first block"
                                             : "gradient, last block",
                  true, true);
    depths_lines(&p, ys);
}

static void depths_legend(struct frame *f, float x, float y, float width)
{
    float at = x;
    for (size_t i = 0; i < SHOWN; i++) {
        const char *label = variants[depths_groups[depths.group][i]].label;
        float wide = 34 + text_width(f, TEXT_SIZE, label);
        if (at > x && at + wide > x + width)
            at = x, y += 20;
        /* draw a short line and the label */
        draw_line(f, at, y, at + 18, y, 3, paint(f, depths_inks[i]));
        draw_text(f, at + 23, y, TEXT_SIZE, ALIGN_MIDDLE, paint(f, INK),
                  "%s", label);
        at += wide + 8;
    }
}

static bool depths_frame(struct frame *f)
{
    static const char *const groups[] = { "order and warm-up", "parts" };
    static const char *const whats[] = { "loss", "% right" };
    static const char *const ends[] = { "last", "first" };
    const bool tall = f->narrow;
    struct rect r = frame_inside(f);
    /* place the three choices */
    struct rect group = { r.x, r.y, tall ? r.w : 280, 30 };
    struct rect what = { tall ? r.x : r.x + 296, tall ? r.y + 38 : r.y,
                         tall ? r.w / 2 - 6 : 160, 30 };
    struct rect end = { tall ? r.x + r.w / 2 + 6 : r.x + 472, what.y,
                        tall ? r.w / 2 - 6 : 160, 30 };
    choice(f, group, groups, 2, &depths.group);
    choice(f, what, whats, 2, &depths.what);
    choice(f, end, ends, 2, &depths.first);
    depths_legend(f, r.x, r.y + (tall ? 90 : 52), r.w);
    r.y += tall ? 126 : 70, r.h -= tall ? 126 : 70;
    depths_outcomes(f, figure_part(f, r, 0, 2));
    depths_gradients(f, figure_part(f, r, 1, 2));
    return false;
}

static void depths_table(FILE *out)
{
    fprintf(out, "stack\tblocks\tloss\tright\n");
    for (size_t i = 0; i < VARIANTS * DEPTHS; i++) {
        const struct variant *v = &variants[i / DEPTHS];
        size_t d = (size_t)1 << i % DEPTHS;
        fprintf(out, "%s\t%zu\t%.3f\t%.3f\n", v->label, d,
                (double)study_value("study", v->name, d, ".loss"),
                (double)study_value("study", v->name, d, ".right"));
    }
}

static bool residual_frame(struct frame *f)
{
    const struct depths_choice other = depths;
    depths = parts;
    depths_frame(f);
    parts = depths, depths = other;
    return false;
}

static struct {
    float depth, done, gradient[3][DEEP];
} wrong = { .depth = 16 };
static const char *const wrong_names[] = { "pre-norm", "the mistake",
                                           "post-norm" };

static void wrong_compute(void)
{
    for (int i = 0; i < 3; i++) {
        struct stack *s = stream_stack((size_t)wrong.depth, (struct block){
            .order = i == 2 ? BLOCK_POST : BLOCK_PRE });
        s->other = i == 1 ? wrong_block : NULL;
        stream_gradients(wrong.gradient[i], s);
    }
    stream.stack.watch = NULL;
    wrong.done = wrong.depth;
}

static void wrong_plot(struct frame *f, struct rect r)
{
    const size_t n = (size_t)wrong.depth;
    float blocks[DEEP], lo = 1, hi = 3;
    const enum ink inks[] = { SERIES_1, WARN, SERIES_3 };
    for (size_t i = 0; i < n; i++)
        blocks[i] = (float)i + 1;
    for (int i = 0; i < 3; i++)
        stream_range(&lo, &hi, wrong.gradient[i], n);
    struct plot p = plot_new(f, r, .5f, (float)n + .5f, lo, hi);
    plot_axes_log(&p, "block", f->narrow ? NULL : "norm of the gradient",
                  false, true);
    /* draw the three lines */
    for (int i = 0; i < 3; i++) {
        plot_line(&p, blocks, wrong.gradient[i], n, paint(f, inks[i]), 2);
        plot_points(&p, blocks, wrong.gradient[i], n, paint(f, inks[i]), 3);
    }
    plot_legend(&p, wrong_names, inks, 3);
}

static bool wrong_frame(struct frame *f)
{
    struct rect r = frame_inside(f);
    slider(f, (struct rect){ r.x, r.y, fminf(r.w, 320), 44 }, "blocks",
           &wrong.depth, 2, DEEP, "%.0f");
    wrong.depth = roundf(wrong.depth);
    if (wrong.depth != wrong.done)
        wrong_compute();
    r.y += 56, r.h -= 56;
    wrong_plot(f, r);
    return false;
}

static void wrong_table(FILE *out)
{
    wrong_compute();
    fprintf(out, "block\tpre-norm\tthe mistake\tpost-norm\n");
    for (size_t i = 0; i < (size_t)wrong.depth; i++)
        fprintf(out, "%zu\t%.4g\t%.4g\t%.4g\n", i + 1,
                (double)wrong.gradient[0][i], (double)wrong.gradient[1][i],
                (double)wrong.gradient[2][i]);
}

static const struct figure figures[] = {
    { "norms", 720, 340, 720,
      "Three rows of eight bars: a token, its layer norm with mean 0 and "
      "variance 1, and its RMSNorm, in which the mean is left. The bars of "
      "the token can be dragged; sliders stretch and move them all.",
      norms_frame, norms_table },
    { "stream", 720, 540, 900,
      "Left, a block from below upward: norm, attention, a sum with the "
      "residual line that goes around both, norm, feed forward, a second "
      "sum. Beside each stands the root mean square of what passes. Right, "
      "for every block of a stack, the norm of its gradient, falling slowly "
      "toward the top, and the size of the tokens, growing.",
      stream_frame, stream_table },
    { "residual", 720, 380, 800,
      "Left, the loss after training against the number of blocks; right, "
      "the gradient of the last block before training. Whole stacks learn "
      "at every depth. Without a residual the loss of eight blocks is that "
      "of guessing, without a norm it is far above.",
      residual_frame, depths_table },
    { "depths", 720, 380, 800,
      "Left, the loss after training against the number of blocks; right, "
      "the gradient of the last or the first block before training, against "
      "the same number. Pre-norm learns at every depth; post-norm fails when "
      "it is deep.",
      depths_frame, depths_table },
    { "wrong", 720, 360, 400,
      "Three lines over 16 blocks. The gradient of pre-norm falls slowly "
      "toward the top. That of post-norm rises toward the top. That of the "
      "block with the mistake lies almost on it in the upper half, and above "
      "it in the lower.",
      wrong_frame, wrong_table },
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
    before[0] = 0;
    if (layer)
        snprintf(before, 64, "transformer.h.%zu.", given.layer);
    if (layer && !prefix_found(file, before))
        snprintf(before, 64, "h.%zu.", given.layer);
    /* without a layer, refuse a whole model */
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
    size_t width[BLOCK_PARAMETERS] = { 0 }, best = 0, votes = 0;
    char name[128];
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        snprintf(name, sizeof name, "%s%s", before, block_name(i));
        const struct stored *t = safetensors_find(file, name);
        width[i] = t && t->rank ? width_by(t, i, hidden) : 0;
    }
    /* take the width that most tensors have */
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        size_t equal = 0;
        for (size_t j = 0; width[i] && j < BLOCK_PARAMETERS; j++)
            equal += width[i] == width[j];
        best = equal > votes ? width[i] : best;
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

static struct block_double block_widened(const struct block *b)
{
    struct block_double wide = {
        b->batch, b->length, b->width, b->heads, b->hidden, b->causal, NULL,
        .order = b->order == BLOCK_POST ? BLOCK_POST_double
                                        : BLOCK_PRE_double
    };
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        size_t shape[2], rank = block_shape(shape, i, b->width, b->hidden);
        wide.weight[i] = doubles_of(b->weight[i], rank == 2
            ? size_product(shape[0], shape[1]) : shape[0]);
    }
    return wide;
}

static struct array block_apply(const struct array *x, const struct block *b)
{
    const size_t n = x->count;
    struct block_double wide = block_widened(b);
    double *memory = allocate(block_size_double(&wide), sizeof *memory);
    double *workspace = allocate(block_workspace_double(&wide),
                                 sizeof *workspace);
    double *y = allocate(n, sizeof *y), *wide_x = doubles_of(x->data, n);
    struct block_saved_double saved =
        block_saved_new_double(memory, workspace, &wide);
    block_forward_double(y, &saved, wide_x, &wide);
    struct array out = array_rounded("--out", y, x->rank, x->shape);
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        free((double *)wide.weight[i]);
    free(memory), free(workspace), free(y), free(wide_x);
    return out;
}

static void print_rows(const struct array *y)
{
    char text[ARRAY_TEXT];
    printf("y %s\n", array_text(text, y));
    for (size_t i = 0, n = y->shape[y->rank - 1]; i < y->count; i++)
        printf("%9.4f%s", (double)y->data[i], (i + 1) % n ? "" : "\n");
}

static bool same_file(const char *a, const char *b)
{
    struct stat one, two;
    return stat(a, &one) == 0 && stat(b, &two) == 0
        && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

static void apply_block(void)
{
    if (given.out && same_file(given.out, given.load))
        fail("--out %s: is the file of --load", given.out);
    if (given.out && same_file(given.out, given.x))
        fail("--out %s: is the file of --x", given.out);
    struct safetensors file = safetensors_read(given.load);
    struct array x = npy_read(given.x);
    struct block b = { .causal = given.causal, .order = given.order };
    block_read(&b, &file);
    require_x(&b, &x);
    b.heads = heads_of(&b, &file);
    require_heads(&b, &x);
    b.batch = x.rank == 3 ? x.shape[0] : 1;
    b.length = x.shape[x.rank - 2];
    struct array out = block_apply(&x, &b);
    if (given.out)
        npy_write(given.out, &out);
    else
        print_rows(&out);
    array_free(&x), array_free(&out), safetensors_free(&file);
}
static struct block given_block(void)
{
    struct block how = { .order = given.order, .cut = given.cut };
    how.drop = (struct dropout){ given.dropout, given.seed };
    return how;
}

struct run { struct stack *stack; const struct digits *digits; };

static float run_step(struct training *t, void *model)
{
    struct run *run = model;
    return (float)stack_step(run->stack, t, run->digits);
}

static void run_report(const struct training *t, void *model, double loss)
{
    (void)model;
    printf("step %6zu   loss %.4f\n", t->step, loss);
}

static void print_test(struct stack *s, const struct digits *digits)
{
    struct outcome out = stack_test(s, digits);
    printf("test   loss %.4f   right %.4f\n", out.loss, out.right);
}

static int train(void)
{
    struct digits sets[2] = { digits_read(given.data, "train"),
                              digits_read(given.data, "t10k") };
    struct stack s = stack_new(given.depth, given_block());
    stack_start(&s, given.seed);
    struct training t = training_new(s.tape, given.steps, given.seed);
    t.rate = given.rate, t.warmup = given.warmup, t.clip = INFINITY;
    char kind[80];
    snprintf(kind, sizeof kind, "depth %zu, %s-norm, %s residual, dropout %g",
             given.depth, given.order == BLOCK_POST ? "post" : "pre",
             given.cut ? "no" : "with", (double)given.dropout);
    t.kind = kind;
    struct run run = { &s, &sets[0] };
    const struct training_task task = {
        .load = given.load, .save = given.save, .model = &run,
        .step = run_step, .report = run_report,
        .steps = command_given("steps") ? given.steps : 0 };
    int status = training_run(&t, &task);
    if (!status)
        print_test(&s, &sets[1]);
    training_free(&t), stack_free(&s);
    digits_free(&sets[0]), digits_free(&sets[1]);
    return status;
}
#endif
static const struct command_option options[] = {
    { "load", OPTION_TEXT, &given.load, "FILE.safetensors",
      "a block, with GPT-2's names; with --train: a run to go on with" },
    { "layer", OPTION_SIZE, &given.layer, "N",
      "which block of a whole model" },
    { "x", OPTION_TEXT, &given.x, "X.npy", "tokens, (n, d) or (B, n, d)" },
    { "out", OPTION_TEXT, &given.out, "Y.npy", "where the output goes" },
    { "causal", OPTION_FLAG, &given.causal, NULL,
      "look only at what is before" },
    { "heads", OPTION_SIZE, &given.heads, "H", "else the file's n_head" },
    { "norm", OPTION_CHOICE, &given.order, "pre|post",
      "where the norms are" },
    { "threads", OPTION_SIZE, &given.threads, "N", "0: one for each core" },
    { "train", OPTION_FLAG, &given.train, NULL, "train a stack on digits" },
    { "depth", OPTION_SIZE, &given.depth, "N", "blocks of the stack" },
    { "cut", OPTION_FLAG, &given.cut, NULL, "leave the residual out" },
    { "dropout", OPTION_FLOAT, &given.dropout, "P", "part that is dropped" },
    { "steps", OPTION_SIZE, &given.steps, "N", "of training" },
    { "warmup", OPTION_SIZE, &given.warmup, "N",
      "steps up to the full rate" },
    { "rate", OPTION_DOUBLE, &given.rate, "X", "learning rate" },
    { "seed", OPTION_SEED, &given.seed, "S",
      "of weights, order and dropout" },
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
    if (given.study || given.results)
        return;
    command_alone("load", given.train
        ? "train depth norm cut dropout data save steps threads"
        : "x out layer causal heads norm threads");
    command_alone("train", "load depth norm cut dropout data save threads "
                           "steps warmup rate seed");
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
    given.threads = command_threads(given.threads);
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
    if (!given.load || !given.x)
        fail("--load and --x are needed (try --help)");
#ifndef __wasm__
    apply_block();
#endif
    return 0;
}
