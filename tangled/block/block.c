/* block.c -- generated from chapters/13-block.nw. Do not edit. */
#include "kit/safetensors.h"
#include "double/block_double.h"
#include "kit/chart.h"
#include "kit/modes.h"
#include "gradient/peak.h"
#include "block/stack.h"

enum { DEPTHS = 5, DEEPEST = 16, SEEDS = 3 };
#define KINDS "pre cold post postcold rms cut bare"
static const struct variant {
    const char *name, *label;
    struct stack_kind kind;
} variants[] = {
    { "pre", "pre-norm", { .depth = 0 } },
    { "cold", "pre-norm, cold", { .cold = true } },
    { "post", "post-norm", { { .order = BLOCK_POST } } },
    { "postcold", "post-norm, cold", { { .order = BLOCK_POST },
                                       .cold = true } },
    { "rms", "RMSNorm", { { .norm = NORM_RMS } } },
    { "cut", "no residual", { { .cut = true } } },
    { "bare", "no norm", { { .norm = NORM_NONE } } },
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static double block_gradient_norm(const struct block_tensors *t)
{
    double squares = 0;
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++) {
        double norm = norm_of(t->at[i]->grad, t->at[i]->count);
        squares += norm * norm;
    }
    return sqrt(squares);
}

static void stack_gradients(double *norms /* (depth) */, size_t variant,
                            size_t depth, uint64_t seed)
{
    struct stack_kind kind = variants[variant].kind;
    kind.depth = depth;
    struct learned m = learner_new(&stacks, &kind, seed, 1);
    struct stack *s = m.model;
    const struct digit_sets *sets = learner_data(&stacks);
    uint32_t which[BATCH];
    for (uint32_t i = 0; i < BATCH; i++)
        which[i] = i;
    tape_reset(s->tape);
    tape_backward(s->tape, stack_loss(s, &sets->train, which, BATCH));
    for (size_t i = 0; i < depth; i++)
        norms[i] = block_gradient_norm(&s->blocks[i]);
    learned_free(&m);
}

static const size_t whole[] = { 0, 2, 4, 5 }, bare[] = { 6 };
static const size_t *asked;   /* of which variants are the gradients? */

static void ends_run(const size_t *level, uint64_t seed, double *norm)
{
    double norms[DEEPEST];
    size_t depth = (size_t)1 << level[2];
    stack_gradients(norms, asked[level[1]], depth, seed);
    *norm = norms[level[0] ? depth - 1 : 0];
}

static void blocks_run(const size_t *level, uint64_t seed, double *norms)
{
    stack_gradients(norms, asked[level[1]], DEEPEST, seed);
}

static void print_gradients(const char *key, const size_t *which,
                            const char *names)
{
    struct study s = { .key = key, .seeds = SEEDS, .lines = STUDY_BARE,
        .factors = { "first last", names, "1 2 4 8 16" }, .run = ends_run,
        .format = "%.5g" };
    asked = which;
    study_print(&s);
    s.factors[0] = "gradient", s.factors[2] = NULL, s.run = blocks_run;
    s.measures = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
    study_print(&s);
}

static void outcome_run(struct learner *l, size_t variant, size_t depth,
                        uint64_t seed, double *out)
{
    struct stack_kind kind = variants[variant].kind;
    kind.depth = depth;
    struct learned m = learner_fit(l, &kind, seed, l->steps);
    stack_test(out, m.model, m.data);
    out[0] = out[0] < 99 ? out[0] : 99;
    learned_free(&m);
}

static void depths_run(const size_t *level, uint64_t seed, double *out)
{
    outcome_run(&stacks, level[0], DEEPEST >> level[1], seed, out);
}

static void slow_run(const size_t *level, uint64_t seed, double *out)
{
    struct learner l = stacks;
    l.rate /= 3;
    outcome_run(&l, level[0] ? 3 : 2, DEEPEST, seed, out);
}

static void dropout_run(const size_t *level, uint64_t seed, double *out)
{
    const struct stack_kind kind = { { .drop = { .3f, 0 } }, .depth = 4 };
    struct learned m = learner_fit(&stacks, &kind, seed, stacks.steps);
    struct stack *s = m.model;
    double on[2], off[2];
    stack_test(on, s, m.data);
    s->how.drop.rate = 0;
    stack_test(off, s, m.data);
    out[0] = on[1], out[1] = off[1];
    learned_free(&m);
    (void)level;
}

static int run_study(void)
{
    struct study s = { .key = "block.study", .measures = "loss right",
        .factors = { KINDS, "16 8 4 2 1" }, .seeds = SEEDS,
        .lines = STUDY_BARE, .run = depths_run };
    printf("block.study.steps = %zu\nblock.study.warmup = %zu\n"
           "block.study.rate = %g\nblock.study.seeds = %d\n"
           "block.study.batch = %d\n", stacks.steps, stacks.warmup,
           stacks.rate, SEEDS, BATCH);
    learner_data(&stacks);
    study_print(&s);
    s.factors[0] = "post postcold", s.factors[1] = "16";
    s.factors[2] = "slow", s.run = slow_run;
    study_print(&s);
    study_print(&(struct study){ .key = "block.study.dropout",
        .measures = "on off", .seeds = SEEDS, .lines = STUDY_BARE,
        .run = dropout_run });
    print_gradients("block.study", bare, "bare");
    digit_sets_free(stacks.loaded);
    return 0;
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
    double best = INFINITY, peak = measure_peak(command_threads(0));
    for (int run = 0; run < 5; run++) {
        /* make many tokens */
        tape_reset(tape);
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

static int run_results(void)
{
    struct block_tensors p;
    struct tape *tape = tape_new();
    learner_data(&stacks);
    print_gradients("block", whole, "pre post rms cut");
    digit_sets_free(stacks.loaded);
    block_new(&p, tape, "", WIDTH, HIDDEN);
    printf("block.parameters = %zu\n", tape->size);
    tape_free(tape);
    measure_speed();
    return 0;
}
EMBED(block_text, EMBED_FILE("data/results/block-study.txt")
                  EMBED_FILE("data/results/block.txt"));
/* figure norms */
enum { NORMED = 8 };
static struct {
    float rows[3][NORMED], times, plus, was_times, was_plus;
    char note[3][48];
} norms = { .rows = { { .5f, 2, -.5f, 1, 3, 1.5f, -1, 1.5f } },
            .times = 1, .was_times = 1 };

static void norms_compute(void)
{
    float *x = norms.rows[0], mean, r, gain[NORMED], none[NORMED] = { 0 };
    for (int i = 0; i < NORMED; i++) {
        x[i] = (x[i] - norms.was_plus) / norms.was_times * norms.times
             + norms.plus;
        gain[i] = 1;
    }
    norms.was_times = norms.times, norms.was_plus = norms.plus;
    layernorm_forward(norms.rows[1], &mean, &r, x, gain, none, 1, NORMED,
                      BLOCK_EPS);
    rmsnorm_forward(norms.rows[2], &r, x, gain, 1, NORMED, BLOCK_EPS);
    for (int i = 0; i < 3; i++) {
        x = norms.rows[i], mean = sum_forward(x, NORMED) / NORMED;
        snprintf(norms.note[i], sizeof *norms.note,
                 "mean %.2f   variance %.2f", (double)mean,
                 (double)(row_dot(x, x, NORMED) / NORMED - mean * mean));
    }
}

static void norms_print(FILE *out)
{
    fprintf(out, "number\ttoken\tLayerNorm\tRMSNorm\n");
    for (int i = 0; i < NORMED; i++)
        fprintf(out, "%d\t%.2f\t%.3f\t%.3f\n", i + 1,
                (double)norms.rows[0][i], (double)norms.rows[1][i],
                (double)norms.rows[2][i]);
}
#define NORM_PANEL(i, text, color, far, ...) { .title = text, \
    .note = norms.note[i], .note_ink = MUTED, .y0 = -far, .y1 = far, \
    .format = "%.3f", .n_names = NORMED, .names = (const char *const[]){ \
        "1", "2", "3", "4", "5", "6", "7", "8" }, .series = { { NULL, color, \
        MARK_BARS, NORMED, .y = norms.rows[i], __VA_ARGS__ } } }
static struct chart norms_chart = {
    .control = { { SLIDER("stretch", &norms.times, .2f, 3, "%.2f") },
                 { SLIDER("move up", &norms.plus, -3, 3, "%.2f") } },
    .compute = norms_compute, .table = norms_print,
    .panel = {
        NORM_PANEL(0, "a token, to drag", SERIES_3, 5,
                   .drag = norms.rows[0]),
        NORM_PANEL(1, "LayerNorm", SERIES_1, 2.5f, .drag = NULL),
        NORM_PANEL(2, "RMSNorm", SERIES_2, 2.5f, .drag = NULL) }
};
CHART(norms)
/* figure stream */
enum { DEEP = 24, POINTS = 7 };
static float block_numbers[DEEP];
static struct tensor *watched[DEEP];

/* stack_shown: the stack, after it has gone forward and back; gets gradient
 * (depth). */
static struct stack *stack_shown(float *gradient, size_t depth,
    struct block how, struct tensor *(*other)(struct tape *, struct tensor *,
                                              struct tensor *const *))
{
    static const int32_t target = 3;
    static float x[TOKENS * FEATURES];
    static struct stack *s;
    struct random random = random_new(5, 5);
    if (!s)
        s = stack_make(tape_new(), &(struct stack_kind){ .depth = DEEP }, 1);
    how.heads = HEADS;
    s->how = how, s->depth = depth, s->watch = watched, s->other = other;
    /* let x be random patches, each with its place */
    for (size_t i = 0; i < TOKENS; i++)
        for (size_t j = 0; j < FEATURES; j++)
            x[i * FEATURES + j] = j < DIGIT_PATCH_PIXELS
                ? .5f * random_uniform(&random)
                : j == DIGIT_PATCH_PIXELS + i;
    tape_reset(s->tape), tape_zero(s->tape);
    struct tensor *logits = stack_logits(s, x, 1);
    tape_backward(s->tape, tape_cross_entropy(s->tape, logits, &target, 0,
                                              -1));
    for (size_t i = 0; i < depth; i++) {
        gradient[i] = (float)block_gradient_norm(&s->blocks[i]);
        block_numbers[i] = (float)i + 1;
    }
    return s;
}

static float size_of_all(const float *x, size_t n)
{
    return (float)norm_of(x, n) / sqrtf((float)n);
}
static struct {
    int order, norm;
    bool residual;
    float depth, chosen, gradient[DEEP], size[DEEP], point[POINTS];
} stream = { .depth = 12, .chosen = 6, .residual = true };

static void stream_points(struct stack *s, size_t which)
{
    const struct tensor *x = watched[which];
    const size_t n = x->count;
    struct block b = block_task(x, s->blocks[which].at, &s->how);
    float *memory = tape_take(s->tape, block_size(&b), sizeof *memory);
    float *out = tape_take(s->tape, n, sizeof *out);
    struct block_saved saved = block_saved_new(memory,
        tape_workspace(s->tape, block_workspace(&b)), &b);
    block_forward(out, &saved, x->data, &b);
    const bool pre = b.order == BLOCK_PRE;
    float *first = pre ? saved.middle : saved.a, *last = pre ? out : saved.c;
    const float *at[POINTS] = { x->data, pre ? saved.a : first,
        pre ? first : saved.a, saved.middle, pre ? saved.c : last,
        pre ? last : saved.c, out };
    for (size_t i = 0; i < POINTS; i++)
        stream.point[i] = size_of_all(at[i], n);
    for (size_t i = 0; !b.cut && i < n; i++)
        last[i] -= saved.middle[i], first[i] -= x->data[i];
    stream.point[pre ? 2 : 1] = size_of_all(first, n);
    stream.point[pre ? 5 : 4] = size_of_all(last, n);
}
static float stream_y(struct rect r, int level)
{
    return r.y + r.h - 34 - (float)level * (r.h - 70) / (POINTS - 1);
}

static void stream_part(struct frame *f, struct rect r, float x, int level)
{
    /* the labels from below upward, in both orders */
    static const char *const labels[2][POINTS] = {
        { "", "norm", "attention", "+", "norm", "feed forward", "+" },
        { "", "attention", "+", "norm", "feed forward", "+", "norm" } };
    const char *label = labels[stream.order][level];
    const float y = stream_y(r, level);
    const bool norm = label[0] == 'n', none = norm && stream.norm == 2;
    const enum ink ink = norm ? SERIES_3 : label[0] == 'a' ? SERIES_1
                                                           : SERIES_2;
    struct rect box = { x - 56, y - 14, 112, 28 };
    if (label[0] == '+') {
        draw_disc(f, x, y, 12, paint(f, PANEL));
        draw_ring(f, x, y, 12, 1.5f, paint(f, INK));
        if (!stream.residual)
            return;
        draw_line(f, x - 6, y, x + 6, y, 1.5f, paint(f, INK));
        draw_line(f, x, y - 6, x, y + 6, 1.5f, paint(f, INK));
        return;
    }
    draw_round(f, box, 6, paint(f, none ? PAPER : PANEL));
    draw_frame(f, box, 6, 1.5f, paint(f, none ? GRID : ink));
    draw_text(f, x, y, TEXT_SIZE, ALIGN_CENTER | ALIGN_MIDDLE,
              paint(f, none ? MUTED : INK), "%s", none ? "no norm" : label);
}
static void stream_residual(struct frame *f, struct rect r, float x,
                            int from, int to)
{
    const float side = x - 92, top = stream_y(r, to);
    const float low = stream_y(r, from) - (from ? 19 : 12);
    const struct color c = paint(f, stream.residual ? ACCENT : GRID);
    draw_polyline(f, (float[]){ x, side, side }, (float[]){ low, low, top },
                  3, 3, c);
    draw_arrow(f, side, top, x - 13, top, 3, c);
    if (!stream.residual) {
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
    stream_residual(f, r, x, 0, stream.order ? 2 : 3);
    stream_residual(f, r, x, 3, stream.order ? 5 : 6);
    for (int level = 0; level < POINTS; level++) {
        if (level)
            stream_part(f, r, x, level);
        stream_size(f, r, x + (level ? 68 : 14), level);
    }
    /* write where the tokens come in and go out */
    draw_text(f, x, r.y + r.h - 8, TEXT_SMALL, ALIGN_CENTER, paint(f, MUTED),
              "into block %.0f of %.0f", (double)stream.chosen,
              (double)stream.depth);
    draw_arrow(f, x, stream_y(r, POINTS - 1) - 14, x, r.y + 4, 1.5f,
               paint(f, INK));
    draw_text(f, x + 68, r.y + 12, TEXT_SMALL, ALIGN_LEFT, paint(f, MUTED),
              "root mean square");
}
static struct chart stream_chart;

static void stream_compute(void)
{
    struct panel *p = &stream_chart.panel[1];
    const size_t n = (size_t)stream.depth;
    stream.chosen = fminf(stream.chosen, stream.depth);
    struct stack *s = stack_shown(stream.gradient, n, (struct block){
        .order = stream.order, .norm = stream.norm,
        .cut = !stream.residual }, NULL);
    for (size_t i = 0; i < n; i++)
        stream.size[i] = size_of_all(watched[i]->data, watched[i]->count);
    stream_points(s, (size_t)stream.chosen - 1);
    p->series[0].n = p->series[1].n = n, p->x1 = stream.depth + .5f;
}

static struct chart stream_chart = {
    .control = {
        { CHOICE(&stream.order, "pre-norm", "post-norm") },
        { CHOICE(&stream.norm, "LayerNorm", "RMSNorm", "none") },
        { TOGGLE("residual", &stream.residual) },
        { SLIDER("blocks", &stream.depth, 1, DEEP, "%.0f"), .step = 1 },
        { SLIDER("shown", &stream.chosen, 1, DEEP, "%.0f"), .step = 1 } },
    .compute = stream_compute,
    .panel = { { .draw = stream_diagram, .wide = .63f, .tall = 1.6f },
        { .x = "block", .log_y = true, .x0 = .5f, .series = {
            { "norm of the gradient", SERIES_1, MARK_LINE | MARK_POINTS, 0,
              block_numbers, stream.gradient },
            { "size of the tokens", SERIES_5, MARK_LINE, 0, block_numbers,
              stream.size },
            { NULL, MUTED, MARK_X, 1, &stream.chosen } } } }
};
CHART(stream)
/* figure depths */
#define measured(...) result(block_text, __VA_ARGS__)
enum { SHOWN = 4 };
static struct depths_choice {
    int group, what, first;
} depths, parts = { .group = 1 };
static float depths_x[] = { 1, 2, 4, 8, 16 }, depths_y[2][SHOWN][DEPTHS];
static struct chart depths_chart;

static void depths_compute(void)
{
    static const size_t groups[2][SHOWN] = { { 0, 1, 2, 3 }, { 0, 4, 5, 6 } };
    struct panel *p = depths_chart.panel;
    const bool what = depths.what, first = depths.first;
    for (size_t i = 0; i < SHOWN * DEPTHS; i++) {
        const size_t line = i / DEPTHS, d = i % DEPTHS;
        const struct variant *v = &variants[groups[depths.group][line]];
        int at = 1 << d;
        float y = measured("block.study.%s.%d.%s", v->name, at,
                           what ? "right" : "loss");
        depths_y[0][line][d] = fminf(what ? 100 : 3, y * (what ? 100 : 1));
        depths_y[1][line][d] = measured("block.%s%s.%s.%d",
            v->kind.block.norm == NORM_NONE ? "study." : "",
            first ? "first" : "last", v->name, at);
        for (int k = 0; k < 2; k++)
            p[k].series[line].name = v->label;
    }
    p[0].y = what ? "% right" : "loss", p[0].y1 = what ? 100 : 3;
    p[1].y = first ? "gradient, first block" : "gradient, last block";
}
static void depths_print(FILE *out)
{
    fprintf(out, "stack\tblocks\tloss\tright\n");
    for (size_t i = 0; i < VARIANTS * DEPTHS; i++) {
        const struct variant *v = &variants[i / DEPTHS];
        int at = 1 << i % DEPTHS;
        fprintf(out, "%s\t%d\t%.3f\t%.3f\n", v->label, at,
                (double)measured("block.study.%s.%d.loss", v->name, at),
                (double)measured("block.study.%s.%d.right", v->name, at));
    }
}

#define DEPTHS_LINE(panel, i, ink) { "", ink, MARK_LINE | MARK_POINTS, \
    DEPTHS, depths_x, depths_y[panel][i], .shift = 2 * i }
#define DEPTHS_PANEL(panel) .x = "blocks", .log_x = true, .x0 = .85f, \
    .x1 = 19, .format = "%.2f", .series = { \
        DEPTHS_LINE(panel, 0, SERIES_1), DEPTHS_LINE(panel, 1, SERIES_5), \
        DEPTHS_LINE(panel, 2, SERIES_2), DEPTHS_LINE(panel, 3, SERIES_4) }
static struct chart depths_chart = {
    .control = {
        { CHOICE(&depths.group, "order and warm-up", "parts") },
        { CHOICE(&depths.what, "loss", "% right") },
        { CHOICE(&depths.first, "last", "first") } },
    .compute = depths_compute, .table = depths_print,
    .panel = { { DEPTHS_PANEL(0) }, { DEPTHS_PANEL(1), .log_y = true } }
};
CHART(depths)
static bool residual_frame(struct frame *f)
{
    const struct depths_choice other = depths;
    depths = parts, f->computed = false;
    bool again = depths_frame(f);
    parts = depths, depths = other;
    return again;
}
/* figure wrong */
static float wrong_depth = 16, wrong_gradient[3][DEEP];
static struct chart wrong_chart;

static void wrong_compute(void)
{
    struct panel *p = wrong_chart.panel;
    const size_t n = (size_t)wrong_depth;
    for (int i = 0; i < 3; i++) {
        stack_shown(wrong_gradient[i], n, (struct block){
            .order = i == 2 ? BLOCK_POST : BLOCK_PRE },
            i == 1 ? wrong_block : NULL);
        p->series[i].n = n;
    }
    p->x1 = wrong_depth + .5f;
}

#define WRONG_LINE(i, name, ink) { name, ink, MARK_LINE | MARK_POINTS, 0, \
    block_numbers, wrong_gradient[i] }
static struct chart wrong_chart = {
    .control = { { SLIDER("blocks", &wrong_depth, 2, DEEP, "%.0f"),
                   .step = 1 } },
    .compute = wrong_compute,
    .panel = { { .x = "block", .y = "norm of the gradient|gradient",
        .x0 = .5f, .log_y = true, .series = {
            WRONG_LINE(0, "pre-norm", SERIES_1),
            WRONG_LINE(1, "the mistake", WARN),
            WRONG_LINE(2, "post-norm", SERIES_3) } } }
};
CHART(wrong)

static const struct figure figures[] = {
    /* the figures of block */
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
static size_t layer, heads;

enum { X, OUT };
static struct port ports[] = { { "x", "B? n C", "tokens" },
    { "out", "B? n C", "what comes out", PORT_OUT }, { 0 } };
#ifndef __wasm__
static bool prefix_found(const struct safetensors *file, const char *before)
{
    bool found = false;
    for (size_t i = 0; i < file->count; i++)
        found |= !strncmp(file->tensors[i].name, before, strlen(before));
    return found;
}

static const char *prefix_of(const struct safetensors *file)
{
    static char before[64];
    bool in = prefix_found(file, "transformer.h.");
    if (command_given("layer"))
        snprintf(before, 64, "%sh.%zu.", in ? "transformer." : "", layer);
    else if (in || prefix_found(file, "h."))
        fail("%s: has no tensor \"%s\", but those of a whole model: choose a "
             "block with --layer N", shown(stacks.load), *block_parts[0]);
    return before;
}

static void heads_find(const struct safetensors *file)
{
    char says[300];
    const char *text = safetensors_text(file, "n_head");
    size_t n = axis("C") % 64 ? 1 : axis("C") / 64;
    if (command_given("heads"))
        return;
    snprintf(says, sizeof says, "n_head of %s", shown(file->path));
    if (text && (!parse_size(&n, text) || n == 0))
        fail("%s is \"%.40s\", not a number", says, text);
    if (!text)
        fprintf(stderr, "block: nobody says how many heads; taking %zu "
                "(--heads H)\n", n);
    axis_set("H", n, text ? says : "a guess");
}

static int run_block(void)
{
    struct safetensors file = safetensors_read(stacks.load);
    static struct port tensors[BLOCK_PARAMETERS + 2];
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        tensors[i] = (struct port){ block_parts[i][0],
                                     block_parts[i][1], "" };
    tensors[BLOCK_PARAMETERS] = (struct port){
        block_parts[ATTN_PROJ_WEIGHT][0], "H*dk C", "" };
    heads_find(&file);
    ports_read_tensors(tensors, &file, prefix_of(&file));
    struct block_double b = { .batch = axis("B"), .length = axis("n"),
        .width = axis("C"), .heads = axis("H"), .hidden = axis("F"),
        .causal = chosen.block.causal,
        .order = (enum block_order_double)chosen.block.order };
    for (size_t i = 0; i < BLOCK_PARAMETERS; i++)
        b.weight[i] = port_values(&tensors[i]);
    size_t n = size_product(b.batch, size_product(b.length, b.width));
    double *memory = allocate(block_size_double(&b), sizeof *memory);
    double *workspace = allocate(block_workspace_double(&b), sizeof *memory);
    double *y = allocate(n, sizeof *y);
    struct block_saved_double saved = block_saved_new_double(memory,
                                                             workspace, &b);
    block_forward_double(y, &saved, port_doubles(X), &b);
    port_give(OUT, y);
    free(memory), free(workspace), free(y), safetensors_free(&file);
    return 0;
}

static int run_train(void)
{
    static char kind[80];
    const struct block *b = &chosen.block;
    snprintf(kind, sizeof kind, "depth %zu, %s-norm, %s residual, dropout %g",
             chosen.depth, b->order == BLOCK_POST ? "post" : "pre",
             b->cut ? "no" : "with", (double)b->drop.rate);
    stacks.kind = kind;
    return learner_main(&stacks);
}
#endif
static const struct command_option options[] = {
    { "layer", OPTION_SIZE, &layer, "N", "which block of a whole model" },
    { "causal", OPTION_FLAG, &chosen.block.causal, NULL,
      "look only at what is before" },
    { "heads", OPTION_SIZE, &heads, "H", "else the file's n_head", "1..",
      .axis = "H" },
    { "norm", OPTION_CHOICE, &chosen.block.order, "pre|post",
      "where the norms are" },
    { "depth", OPTION_SIZE, &chosen.depth, "N", "blocks of the stack",
      "1..256" },
    { "cut", OPTION_FLAG, &chosen.block.cut, NULL, "leave the residual out" },
    { "dropout", OPTION_FLOAT, &chosen.block.drop.rate, "P",
      "part that is dropped", "0..<1" },
    { "study", OPTION_FLAG, .help = "train all of the chapter" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    LEARNER_OPTIONS(stacks), FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, "data", run_results, "print the book's numbers" },
    { "study", NULL, "data steps", run_study, "train all stacks" },
    LEARNER_MODES(run_train, " depth norm cut dropout"),
    { NULL, "load x", "layer causal heads norm out", NATIVE(run_block),
      "apply a block from a file, with GPT-2's names" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "block",
        "applies a Transformer's block, or trains a stack of them",
        "block --load gpt2.safetensors --layer 3 --causal --x x.npy "
        "--out y.npy", options, ports, modes }, argc, argv);
}
