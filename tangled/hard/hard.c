/* hard.c -- generated from chapters/06-hard.nw. Do not edit. */
#include "hard/looker.h"
#include "kit/chart.h"
#include "kit/modes.h"

EMBED(hard_images,
      EMBED_PART("data/digits/t10k-images-idx3-ubyte", 16, 60 * 784));
EMBED(hard_labels,
      EMBED_PART("data/digits/t10k-labels-idx1-ubyte", 8, 60));
EMBED(hard_results, EMBED_FILE("data/results/hard.txt")
                    EMBED_FILE("data/results/hard-study.txt"));
enum { SHOWN = 60, LINE_TEXT = 64 };

static void shown_scene(float *x, int which)
{
    const struct digits d = { SHOWN, (uint8_t *)(uintptr_t)hard_images,
                              (uint8_t *)(uintptr_t)hard_labels };
    scene_test(x, &d, (size_t)which);
}

/* figure of the estimate */
static struct {
    float reward[3], exact[3], at[3];
    float mean[2][3], low[2][3], high[2][3];
    float draws, baseline, best, variance;
    char note[LINE_TEXT];
} three = { .reward = { 10, 12, 8 }, .at = { 0, 1, 2 }, .draws = 1000,
            .baseline = 10 };
static const float three_p[] = { .5f, .25f, .25f };

static float three_variance(float b)
{
    float advantage[3];
    for (int a = 0; a < 3; a++)
        advantage[a] = three.reward[a] - b;
    return (float)estimate_variance(three_p, advantage, 3);
}

static void three_compute(void)
{
    float expected = 0, above = 0, below = 0;
    for (int a = 0; a < 3; a++) {
        const float square = a ? .875f : .375f;
        expected += three_p[a] * three.reward[a];
        above += three_p[a] * three.reward[a] * square;
        below += three_p[a] * square;
    }
    three.best = above / below;
    three.variance = three_variance(three.baseline);
    for (int k = 0; k < 2; k++) {
        struct random random = random_new(1, 9);
        double mean[3], error[3];
        float advantage[3];
        for (int a = 0; a < 3; a++)
            advantage[a] = three.reward[a] - (k ? three.baseline : 0);
        estimate_mean(mean, error, three_p, advantage, 3,
                      (size_t)three.draws, &random);
        for (int i = 0; i < 3; i++) {
            three.exact[i] = three_p[i] * (three.reward[i] - expected);
            three.mean[k][i] = (float)mean[i];
            three.low[k][i] = (float)(mean[i] - 3 * error[i]);
            three.high[k][i] = (float)(mean[i] + 3 * error[i]);
        }
    }
    snprintf(three.note, sizeof three.note, "best %.2f; here %.2f",
             (double)three.best, (double)three.variance);
}

static const char *const three_names[] = { "1", "2", "3" };
#define THREE_MEAN(name, ink, k, right) { name, ink, \
    MARK_POINTS | MARK_ERRORS, 3, three.at, three.mean[k], \
    three.low[k], three.high[k], .shift = right }

static struct chart estimate_chart = {
    .control = { { SLIDER("draws", &three.draws, 10, 1e5f, "%.0f"),
                   .log = true },
                 { SLIDER("baseline", &three.baseline, 0, 20, "%.1f") } },
    .compute = three_compute,
    .panel = {
        { .title = "points: drag the bars", .names = three_names,
          .n_names = 3, .x = "place", .y0 = 0, .y1 = 20, .format = "%.1f",
          .series = { { "points", SERIES_1, MARK_BARS, 3,
                        .y = three.reward, .drag = three.reward } } },
        { .title = "slopes of the scores", .names = three_names,
          .n_names = 3, .x = "place", .format = "%.3f", .wide = 1.6f,
          .tall = 1.3f, .series = {
              { "exact", INK, MARK_POINTS, 3, three.at, three.exact,
                .shift = -16 },
              THREE_MEAN("no baseline", SERIES_2, 0, 0),
              THREE_MEAN("with a baseline", SERIES_3, 1, 16) } },
        { .title = "variance of one estimate", .note = three.note,
          .x = "baseline", .x0 = 0, .x1 = 20, .format = "%.2f",
          .below = true, .high = .8f, .series = {
              { "variance", SERIES_1, MARK_LINE, .of = three_variance },
              { "here", SERIES_3, MARK_POINTS, 1, &three.baseline,
                &three.variance } } } }
};
CHART(estimate)
/* figures of the training */
enum { LATE_RUNS = 4, TENTH = 10, AT_STEPS = 7 };
static struct {
    float at[TENTH], y[LATE_RUNS][TENTH], low[LATE_RUNS][TENTH],
          high[LATE_RUNS][TENTH];
} late;

static void late_compute(void)
{
    static const char *const runs[] = { "hard", "none", "late", "random" };
    const float steps = result(hard_results, "study.steps");
    for (int k = 0; k < TENTH; k++) {
        late.at[k] = ((float)k + .5f) * steps / TENTH;
        for (int i = 0; i < LATE_RUNS; i++) {
            const char *const run = runs[i];
            late.y[i][k] = 100 * result(hard_results, "study.%s.c%d.mean",
                                        run, k);
            late.low[i][k] = 100 * result(hard_results, "study.%s.c%d.low",
                                          run, k);
            late.high[i][k] = 100 * result(hard_results, "study.%s.c%d.high",
                                           run, k);
        }
    }
}
#define LATE_SERIES(name, ink, i) { name, ink, MARK_LINE | MARK_AREA, TENTH, \
    late.at, late.y[i], late.low[i], late.high[i] }

static struct chart late_chart = {
    .compute = late_compute,
    .panel = { { .title = "training pictures read correctly, %",
                 .x = "steps", .y0 = 0, .y1 = 100, .format = "%.1f",
                 .series = {
        LATE_SERIES("learned baseline", SERIES_1, 0),
        LATE_SERIES("none", SERIES_2, 1),
        LATE_SERIES("late", WARN, 2),
        LATE_SERIES("random places", SERIES_4, 3) } } }
};
CHART(late)

static struct {
    float at[AT_STEPS], y[3][AT_STEPS], low[3][AT_STEPS], high[3][AT_STEPS];
} varied;

static void variance_compute(void)
{
    static const char *const kinds[] = { "none", "constant", "learned" };
    const float steps = result(hard_results, "study.steps");
    for (int k = 0; k < AT_STEPS; k++) {
        varied.at[k] = k ? ldexpf(steps, k - AT_STEPS + 1) : 0;
        for (int i = 0; i < 3; i++) {
            varied.y[i][k] = result(hard_results, "variance.k%d.%s.mean", k,
                                    kinds[i]);
            varied.low[i][k] = result(hard_results, "variance.k%d.%s.low", k,
                                      kinds[i]);
            varied.high[i][k] = result(hard_results, "variance.k%d.%s.high",
                                       k, kinds[i]);
        }
    }
}
#define VARIANCE_SERIES(name, ink, i) { name, ink, \
    MARK_LINE | MARK_POINTS | MARK_AREA, AT_STEPS, varied.at, varied.y[i], \
    varied.low[i], varied.high[i] }

static struct chart variance_chart = {
    .compute = variance_compute,
    .panel = { { .title = "variance of the gradient of one path",
                 .x = "steps", .log_y = true, .format = "%.3g", .series = {
        VARIANCE_SERIES("no baseline", SERIES_2, 0),
        VARIANCE_SERIES("mean reward", SERIES_3, 1),
        VARIANCE_SERIES("learned baseline", SERIES_1, 2) } } }
};
CHART(variance)
/* figure of glimpses */
static struct {
    struct learned net;
    struct looked seen;
    int which, path;
    float glimpse;
    bool best;
    float x[SCENE_PIXELS], p[GLIMPSES][PLACES], chances[DIGIT_KINDS];
    char note[LINE_TEXT], title[LINE_TEXT];
} glances = { .which = 18, .path = 1, .glimpse = 1 };

static void glances_next(void)
{
    glances.which = (glances.which + 1) % SHOWN;
}

static void glances_draw_again(void)
{
    glances.path++, glances.best = false;
}

static void glances_compute(void)
{
    if (!glances.net.tape)
        glances.net = learner_trained(&hard_learner);
    struct looker *m = glances.net.model;
    struct tape *on = glances.net.tape;
    struct random random = random_new((uint64_t)glances.path, 8);
    struct chooser by = { glances.best ? CHOOSE_BEST : CHOOSE_DRAWN, &random,
                          NULL };
    shown_scene(glances.x, glances.which);
    tape_reset(on);
    on->no_grad = true;
    const float *z = looker_forward(m, on, &glances.seen, glances.x, 1,
                                    &by)->data;
    softmax(glances.chances, z, DIGIT_KINDS);
    for (int t = 0; t < GLIMPSES; t++)
        softmax(glances.p[t], glances.seen.z[t]->data, PLACES);
    const int t = (int)lroundf(glances.glimpse) - 1;
    snprintf(glances.title, sizeof glances.title, "policy before glimpse %d",
             t + 1);
    snprintf(glances.note, sizeof glances.note, "it reads %zu, and it is %d",
             argmax(glances.chances, DIGIT_KINDS),
             hard_labels[glances.which]);
}

/* window_rect: where the window at a place lies in the square r of a
 * picture. */
static struct rect window_rect(struct rect r, int at)
{
    const float each = r.w / SCENE, half = WINDOW / 2 - STEP / 2;
    return (struct rect){ r.x + ((float)(at % ACROSS * STEP) - half) * each,
                          r.y + ((float)(at / ACROSS * STEP) - half) * each,
                          WINDOW * each, WINDOW * each };
}

static void glances_picture(struct frame *f, struct rect r)
{
    static const enum ink inks[GLIMPSES] = { SERIES_1, SERIES_2, SERIES_3 };
    float x = 0, y = 0;
    r = image_area(inset(r, 14), 1, 1);
    image_gray(f, r, glances.x, SCENE, SCENE, 0, 1);
    draw_frame(f, r, 0, 1, paint(f, GRID));
    for (int t = 0; t < GLIMPSES; t++) {
        /* the same place again is a frame inside the frame */
        const struct rect w = inset(window_rect(r, glances.seen.at[t][0]),
                                    3 * (float)t);
        const float cx = w.x + w.w / 2, cy = w.y + w.h / 2;
        draw_frame(f, w, 3, 2.5f, paint(f, inks[t]));
        if (t > 0)
            draw_arrow(f, x, y, cx, cy, 2, paint(f, inks[t]));
        draw_text(f, w.x + 5, w.y + 14 , TEXT_SMALL, TEXT_BOLD,
                  paint(f, inks[t]), "%*s%d", 3 * t, "", t + 1);
        x = cx, y = cy;
    }
}
/* cells_over: the numbers v (7, 7), up to most, over the picture x in r;
 * what: said of the one under the pointer. */
static void cells_over(struct frame *f, struct rect r, const float *x,
                       const float *v, float most, const char *what)
{
    for (size_t i = 0; i < SCENE_PIXELS; i++)
        draw_rect(f, grid_cell(f, r, SCENE, SCENE, i / SCENE, i % SCENE),
                  mix(paint(f, PANEL), paint(f, INK), .8f * x[i]));
    for (size_t i = 0; i < PLACES; i++)
        draw_rect(f, grid_cell(f, r, ACROSS, ACROSS, i / ACROSS, i % ACROSS),
                  fade(map_sequential(.15f + .85f * v[i] / most),
                       .12f + .6f * v[i] / most));
    draw_frame(f, r, 0, 1, paint(f, GRID));
    const int at = grid_hover(f, r, ACROSS, ACROSS);
    if (at >= 0)
        readout(f, "line %d, column %d\n%s %.3f", at / ACROSS, at % ACROSS,
                what, (double)v[at]);
}

static void glances_policy(struct frame *f, struct rect r)
{
    const int t = (int)lroundf(glances.glimpse) - 1;
    const int at = glances.seen.at[t][0];
    const float *p = glances.p[t];
    r = image_area(inset(r, 14), 1, 1);
    cells_over(f, r, glances.x, p, p[argmax(p, PLACES)], "probability");
    draw_frame(f, grid_cell(f, r, ACROSS, ACROSS, (size_t)at / ACROSS,
                            (size_t)at % ACROSS), 2, 2.5f, paint(f, WARN));
}

static void glances_table(FILE *out)
{
    fputs("line\tcolumn\tbefore glimpse 1\tbefore 2\tbefore 3\tdrawn", out);
    for (int i = 0; i < PLACES; i++) {
        fprintf(out, "\n%d\t%d", i / ACROSS, i % ACROSS);
        for (int t = 0; t < GLIMPSES; t++)
            fprintf(out, "\t%.4f", (double)glances.p[t][i]);
        fputc('\t', out);
        for (int t = 0; t < GLIMPSES; t++)
            if (glances.seen.at[t][0] == i)
                fprintf(out, "%d ", t + 1);
    }
    fputc('\n', out);
}

static const char *const class_names[] = { "0", "1", "2", "3", "4", "5", "6",
                                           "7", "8", "9" };
static struct chart glimpses_chart = {
    .control = { { SLIDER("glimpse", &glances.glimpse, 1, GLIMPSES, "%.0f"),
                   .step = 1 },
                 { BUTTON("draw again", glances_draw_again) },
                 { TOGGLE("most probable", &glances.best) },
                 { BUTTON("next picture", glances_next) } },
    .compute = glances_compute, .table = glances_table,
    .panel = {
        { .title = "the path", .draw = glances_picture, .wide = 1.1f,
          .tall = 1.3f },
        { .title = glances.title, .draw = glances_policy, .wide = 1.1f,
          .tall = 1.3f },
        { .note = glances.note, .names = class_names,
          .n_names = DIGIT_KINDS, .y = "probability", .x = "digit", .y1 = 1,
          .format = "%.4f", .series = {
              { "probability", SERIES_1, MARK_BARS, DIGIT_KINDS,
                .y = glances.chances } } } }
};
CHART(glimpses)
/* figure of the other road */
enum { TAUS = 17, TAU_DRAWS = 4000 };
static struct {
    float tau[TAUS], bias[TAUS], spread[TAUS], ends[2], none[2], best[2];
} roads;

static void road_at(float *bias, float *spread, float tau)
{
    static const float z[] = { .69314718f, 0, 0 }, reward[] = { 10, 12, 8 };
    static const double exact[] = { 0, .5, -.5 };
    struct random random = random_new(1, 10);
    double sum[3] = { 0 }, square = 0, off = 0, of_mean = 0;
    for (int d = 0; d < TAU_DRAWS; d++) {
        float y[3], mean = 0;
        gumbel_noise(y, 3, &random);
        for (int i = 0; i < 3; i++)
            y[i] = (y[i] + z[i]) / tau;
        softmax(y, y, 3);
        for (int i = 0; i < 3; i++)
            mean += y[i] * reward[i];
        for (int i = 0; i < 3; i++) {
            const double g = (double)(y[i] * (reward[i] - mean) / tau);
            sum[i] += g / TAU_DRAWS, square += g * g / TAU_DRAWS;
        }
    }
    for (int i = 0; i < 3; i++) {
        off += (sum[i] - exact[i]) * (sum[i] - exact[i]);
        of_mean += sum[i] * sum[i];
    }
    *bias = (float)sqrt(off), *spread = (float)sqrt(square - of_mean);
}

static void roads_compute(void)
{
    static const float p[] = { .5f, .25f, .25f };
    for (int i = 0; i < TAUS; i++) {
        roads.tau[i] = powf(10, -1 + (float)i / 8);
        road_at(&roads.bias[i], &roads.spread[i], roads.tau[i]);
    }
    for (int i = 0; i < 2; i++) {
        roads.ends[i] = i ? 10 : .1f;
        roads.none[i] = (float)sqrt(estimate_variance(p,
            (float[]){ 10, 12, 8 }, 3));
        roads.best[i] = (float)sqrt(estimate_variance(p,
            (float[]){ 0, 2, -2 }, 3));
    }
}

static struct chart roads_chart = {
    .compute = roads_compute,
    .panel = { { .title = "gradient in the case of three places",
                 .x = "temperature", .log_x = true, .x0 = .1f, .x1 = 10,
                 .log_y = true, .y0 = .01f, .y1 = 10, .format = "%.3f",
                 .series = {
        { "bias", SERIES_2, MARK_LINE | MARK_POINTS, TAUS, roads.tau,
          roads.bias },
        { "spread", SERIES_1, MARK_LINE | MARK_POINTS, TAUS, roads.tau,
          roads.spread },
        { "REINFORCE, spread", SERIES_4, MARK_LINE, 2, roads.ends,
          roads.none },
        { "with a baseline", SERIES_3, MARK_LINE, 2, roads.ends,
          roads.best } } } }
};
CHART(roads)
/* figure of the gate */
static struct {
    struct learned net;
    int which;
    float x[SCENE_PIXELS], open[GLIMPSES][PLACES];
    char title[LINE_TEXT], note[GLIMPSES][LINE_TEXT];
} gates = { .which = 1 };

static void gates_next(void)
{
    gates.which = (gates.which + 1) % SHOWN;
}

static void gates_compute(void)
{
    static struct looked seen;
    static struct looker_how how = { ROAD_GATE, 0, GLIMPSES, "gate" };
    if (!gates.net.tape) {
        gates.net = learner_new(&hard_learner, &how, 1, 1);
        weights_embedded(gates.net.tape, hard_gate_weights);
    }
    shown_scene(gates.x, gates.which);
    const float *z = looker_read(gates.net.model, &seen, gates.x, 1);
    snprintf(gates.title, sizeof gates.title, "it is %d, read as %zu",
             hard_labels[gates.which], argmax(z, DIGIT_KINDS));
    for (int t = 0; t < GLIMPSES; t++) {
        double sum = 0;
        for (int i = 0; i < PLACES; i++) {
            gates.open[t][i] = ACROSS * seen.y[t]->data[i];
            sum += (double)gates.open[t][i];
        }
        snprintf(gates.note[t], LINE_TEXT, "open %.1f", sum);
    }
}

static void gates_picture(struct frame *f, struct rect r)
{
    image_gray(f, r, gates.x, SCENE, SCENE, 0, 1);
}

static void gates_cells(struct frame *f, struct rect r, int t)
{
    cells_over(f, image_area(r, 1, 1), gates.x, gates.open[t], 1, "open");
}

static void gates_first(struct frame *f, struct rect r)
{
    gates_cells(f, r, 0);
}

static void gates_second(struct frame *f, struct rect r)
{
    gates_cells(f, r, 1);
}

static void gates_third(struct frame *f, struct rect r)
{
    gates_cells(f, r, 2);
}

static void gates_table(FILE *out)
{
    fputs("line\tcolumn\tround 1\tround 2\tround 3", out);
    for (int i = 0; i < PLACES; i++) {
        fprintf(out, "\n%d\t%d", i / ACROSS, i % ACROSS);
        for (int t = 0; t < GLIMPSES; t++)
            fprintf(out, "\t%.4f", (double)gates.open[t][i]);
    }
    fputc('\n', out);
}

static struct chart gate_chart = {
    .control = { { BUTTON("next picture", gates_next) } },
    .compute = gates_compute, .table = gates_table,
    .panel = {
        { .title = gates.title, .title_ink = MUTED, .draw = gates_picture },
        { .title = "round 1", .note = gates.note[0], .draw = gates_first,
          .beside = true },
        { .title = "round 2", .note = gates.note[1], .draw = gates_second },
        { .title = "round 3", .note = gates.note[2], .draw = gates_third,
          .beside = true } }
};
CHART(gate)

static const struct figure figures[] = {
    { "estimate", 720, 560, 900,
      "Three bars for the points of three places; beside them the slope of "
      "each score as three marks: exact, estimated without a baseline with "
      "long error bars, and with a baseline, whose error bars are short. "
      "Below, the variance as a parabola over the baseline.",
      estimate_frame, estimate_table },
    { "late", 720, 340, 360,
      "Curves of the share of pictures that are read correctly over the "
      "steps of training. With a learned baseline it rises fastest.",
      late_frame, late_table },
    { "variance", 720, 340, 360,
      "Curves of the variance over the steps of training, the highest "
      "without a baseline, the lowest with the learned one.",
      variance_frame, variance_table },
    { "glimpses", 720, 360, 900,
      "A large picture with a handwritten digit and scraps of others, over "
      "it three frames joined by arrows; beside it the same picture with "
      "49 cells that are bright where a glimpse is probable; and ten bars "
      "for the digits.",
      glimpses_frame, glimpses_table },
    { "roads", 720, 340, 360,
      "Two curves over the temperature: the bias falls and the spread rises "
      "as it gets smaller. Two horizontal lines are the spread of REINFORCE.",
      roads_frame, roads_table },
    { "gate", 720, 270, 540,
      "A picture with a digit and scraps, and the same three times under a "
      "grid of 49 cells, which are bright over the digit.",
      gate_frame, gate_table },
    { 0 }
};
FIGURES(figures)
enum { CLASSIFY, OUT, PATH, PICTURES, LABELS };
static struct port ports[] = {
    { "classify", "B? 56 56", "pictures to classify", .range = "0..1" },
    { "out", "B? 10", "probabilities", PORT_OUT },
    { "path", "B? 3 2", "line and column of each glimpse", PORT_OUT },
    { "pictures", "N 56 56", "test pictures that are made", PORT_OUT },
    { "labels", "N", "which digits they are", PORT_OUT },
    { 0 }
};
static int model, baseline, only;
static size_t count = 10, seeds = 3;
#ifndef __wasm__
static const char *const road_names[] = { "hard", "random", "center", "soft",
                                          "gumbel", "straight", "gate",
                                          "all" };

static void choose_model(struct looker_how *how, struct learner *l)
{
    static const char *const kinds[] = { NULL, "hard, no baseline",
                                         "hard, late baseline" };
    how->road = (enum road)model;
    how->baseline = (enum baseline)baseline;
    how->kind = model || !baseline ? road_names[model] : kinds[baseline];
    l->kind = how->kind;
}

static struct learned loaded(void)
{
    choose_model(&hard_how, &hard_learner);
    struct learned m = learner_new(&hard_learner, &hard_how, 1, 1);
    if (hard_learner.load)
        weights_load(hard_learner.load, m.tape);
    else if (model == ROAD_HARD || model == ROAD_GATE)
        weights_embedded(m.tape, model == ROAD_HARD ? hard_weights
                                                    : hard_gate_weights);
    else
        fail("--model %s: the book has no weights of it; train it, and say "
             "--load", road_names[model]);
    return m;
}

/* Weights from a file may be so large that a result is no number. */
static void must_be_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            fail("%s: weights so large that the model overflows",
                 hard_learner.load ? shown(hard_learner.load) : "the book");
}

static int run_train(void)
{
    choose_model(&hard_how, &hard_learner);
    return learner_main(&hard_learner);
}

static int run_test(void)
{
    static struct looked seen;
    struct learned m = loaded();
    const double right = learner_score(&m);
    const struct digit_sets *sets = m.data;
    struct looker *looker = m.model;
    must_be_finite(looker_read(looker, &seen, looker->x, 1), DIGIT_KINDS);
    printf("%.0f of %zu digits right, %.2f %%\n",
           right * (double)sets->test.count, sets->test.count, 100 * right);
    digit_sets_free(hard_learner.loaded), learned_free(&m);
    return 0;
}

/* path_of: line and column of the middles of n pictures' windows, to path
 * (n, 3, 2). */
static void path_of(float *path, const struct looked *seen, size_t n)
{
    for (size_t i = 0; i < n * GLIMPSES; i++) {
        const float *y = seen->y[i % GLIMPSES]->data + i / GLIMPSES * PLACES;
        const size_t at = argmax(y, PLACES);
        path[2 * i] = (float)(at / ACROSS * STEP + STEP / 2);
        path[2 * i + 1] = (float)(at % ACROSS * STEP + STEP / 2);
    }
}

static int run_classify(void)
{
    static struct looked seen;
    struct learned m = loaded();
    const size_t n = ports[CLASSIFY].count / SCENE_PIXELS;
    const size_t each = 2 * GLIMPSES;
    const float *x = port_floats(CLASSIFY);
    float *p = allocate(size_product(n, DIGIT_KINDS), sizeof *p);
    float *path = allocate(size_product(n, each), sizeof *path);
    for (size_t at = 0, part; at < n; at += part) {
        part = n - at < BATCH ? n - at : BATCH;
        const float *z = looker_read(m.model, &seen, x + at * SCENE_PIXELS,
                                     part);
        must_be_finite(z, part * DIGIT_KINDS);
        softmax_rows(p + at * DIGIT_KINDS, z, part, DIGIT_KINDS);
        path_of(path + at * each, &seen, part);
    }
    port_give_floats(OUT, p);
    port_give_floats(PATH, path);
    free(p), free(path), learned_free(&m);
    return 0;
}

static int run_pictures(void)
{
    struct digit_sets *sets = learner_data(&hard_learner);
    if (count > sets->test.count)
        fail("--count %zu: %s has %zu test digits", count,
             shown(hard_learner.folder), sets->test.count);
    float *x = allocate(size_product(count, SCENE_PIXELS), sizeof *x);
    float *labels = allocate(count, sizeof *labels);
    for (size_t i = 0; i < count; i++) {
        scene_test(x + i * SCENE_PIXELS, &sets->test, i);
        labels[i] = sets->test.labels[i];
    }
    port_give_floats(PICTURES, x);
    port_give_floats(LABELS, labels);
    free(x), free(labels), digit_sets_free(sets);
    return 0;
}
enum { MODEL_STEPS = 1200, LONG_STEPS = 5000, TENTHS = 10 };
static const struct studied {
    const char *name;
    struct looker_how how;
} studied[] = {
    { "hard", { ROAD_HARD, BASELINE_LEARNED, GLIMPSES, "hard" } },
    { "none", { ROAD_HARD, BASELINE_NONE, GLIMPSES, "none" } },
    { "late", { ROAD_HARD, BASELINE_LATE, GLIMPSES, "late" } },
    { "random", { ROAD_RANDOM, 0, GLIMPSES, "random" } },
    { "center", { ROAD_CENTER, 0, GLIMPSES, "center" } },
    { "soft", { ROAD_SOFT, 0, GLIMPSES, "soft" } },
    { "gumbel", { ROAD_GUMBEL, 0, GLIMPSES, "gumbel" } },
    { "straight", { ROAD_STRAIGHT, 0, GLIMPSES, "straight" } },
    { "gate", { ROAD_GATE, 0, GLIMPSES, "gate" } },
    { "all", { ROAD_ALL, 0, GLIMPSES, "all" } },
};
static const char *const books[] = { "data/weights/hard.safetensors",
                                     "data/weights/hard-gate.safetensors" };

static void study_save(const char *path, const struct tape *tape)
{
    const char *const texts[] = { "format", "pt", NULL };
    if (!interrupted && !command_given("steps"))
        weights_save_halves(path, tape, texts);
}

static size_t steps_of(size_t steps)
{
    return command_given("steps") ? hard_learner.steps : steps;
}

static void study_one(const size_t *level, uint64_t seed, double *out)
{
    const struct studied *s = &studied[level[0]];
    const size_t steps = steps_of(MODEL_STEPS);
    double right[TENTHS] = { 0 }, seen[TENTHS] = { 0 };
    const clock_t start = clock();
    struct learned m = learner_new(&hard_learner, &s->how, seed, steps);
    m.data = learner_data(&hard_learner);
    while (m.training.step < steps && !interrupted) {
        const size_t tenth = m.training.step * TENTHS / steps;
        learner_step(&m);
        right[tenth] += (double)((struct looker *)m.model)->right;
        seen[tenth] += BATCH;
    }
    out[1] = (double)(clock() - start) / CLOCKS_PER_SEC;
    out[0] = learner_score(&m);
    for (int i = 0; i < TENTHS; i++)
        out[2 + i] = seen[i] > 0 ? right[i] / seen[i] : 0;
    if (s->how.road == ROAD_GATE && seed == 1)
        study_save(books[1], m.tape);
    learned_free(&m);
}

enum { VARIANCES = 7 };

static void variance_one(const size_t *level, uint64_t seed, double *out)
{
    const size_t steps = steps_of(MODEL_STEPS);
    const size_t groups = command_given("steps") ? 2 : VARIED_GROUPS;
    struct learned m = learner_new(&hard_learner, &hard_how, seed, steps);
    m.data = learner_data(&hard_learner);
    const struct digits *test = &((struct digit_sets *)m.data)->test;
    (void)level;
    for (int k = 0; k < VARIANCES && !interrupted; k++, out += 4) {
        while (k > 0 && m.training.step << (VARIANCES - 1 - k) < steps
               && !interrupted)
            learner_step(&m);
        const double reward = looker_reward(m.model, test);
        out[0] = reward;
        out[1] = looker_variance(m.model, test, 0, groups);
        out[2] = looker_variance(m.model, test, (float)reward, groups);
        out[3] = looker_variance(m.model, test, NAN, groups);
    }
    learned_free(&m);
}

static void long_one(const size_t *level, uint64_t seed, double *out)
{
    const clock_t start = clock();
    (void)level;
    struct learned m = learner_fit(&hard_learner, &hard_how, seed,
                                   steps_of(LONG_STEPS));
    out[1] = (double)(clock() - start) / CLOCKS_PER_SEC;
    out[0] = learner_score(&m);
    if (seed == 1)
        study_save(books[0], m.tape);
    learned_free(&m);
}

static int run_study(void)
{
    const unsigned lines = STUDY_EACH | STUDY_MEAN | STUDY_RANGE;
    struct study parts[] = {
        { .key = "hard.study", .seeds = seeds, .run = study_one,
          .factors = { "hard none late random center soft gumbel straight "
                       "gate all" },
          .measures = "right time c0 c1 c2 c3 c4 c5 c6 c7 c8 c9" },
        { .key = "hard.variance", .seeds = seeds, .run = variance_one,
          .measures = "k0.reward k0.none k0.constant k0.learned k1.reward "
              "k1.none k1.constant k1.learned k2.reward k2.none k2.constant "
              "k2.learned k3.reward k3.none k3.constant k3.learned k4.reward "
              "k4.none k4.constant k4.learned k5.reward k5.none k5.constant "
              "k5.learned k6.reward k6.none k6.constant k6.learned" },
        { .key = "hard.study.long", .seeds = seeds, .run = long_one,
          .measures = "right time" },
    };
#ifdef _OPENMP
    omp_set_num_threads(1);
#endif
    if (!command_given("data") && !command_given("steps"))
        hard_learner.folder = "build/data/digits";
    output_try(books[0]), output_try(books[1]);
    printf("hard.study.seeds = %zu\nhard.study.steps = %d\n"
           "hard.study.long.steps = %d\n", seeds, MODEL_STEPS, LONG_STEPS);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        parts[i].alone = true, parts[i].lines = lines;
        if (!only || (size_t)only == i + 1)
            study_print(&parts[i]), fflush(stdout);
    }
    digit_sets_free(hard_learner.loaded), hard_learner.loaded = NULL;
    return 0;
}

enum { THREE_DRAWS = 10000, GROUPS = 500 };

/* The second of the three places: mean and standard error. */
static void three_results(void)
{
    for (int b = 0; b <= 10; b += 10) {
        const float advantage[] = { 10 - (float)b, 12 - (float)b,
                                    8 - (float)b };
        double mean[3], error[3];
        struct random random = random_new(1, 9);
        estimate_mean(mean, error, (float[]){ .5f, .25f, .25f }, advantage, 3,
                      THREE_DRAWS, &random);
        printf("hard.three.%s.mean = %.4f\nhard.three.%s.error = %.4f\n",
               b ? "ten" : "none", mean[1], b ? "ten" : "none", error[1]);
    }
    printf("hard.three.draws = %d\n", THREE_DRAWS);
}

static void exact_results(const struct digits *test)
{
    static const char *const names[] = { "learned", "none" };
    const struct looker_how how = { ROAD_HARD, BASELINE_LEARNED, 2, "hard" };
    struct learned m = learner_new(&hard_learner, &how, 1, 1);
    float x[SCENE_PIXELS];
    weights_embedded(m.tape, hard_weights);
    scene_test(x, test, UNDECIDED);
    for (int b = 0; b < 2; b++) {
        const struct agreement a = looker_agrees(m.model, x,
            test->labels[UNDECIDED], b ? 0 : NAN, GROUPS);
        printf("hard.exact.%s.along = %.4f\nhard.exact.%s.error = %.4f\n"
               "hard.exact.%s.distance = %.4f\n", names[b], a.along, names[b],
               a.error, names[b], a.distance);
    }
    double *d = allocate(m.tape->size, sizeof *d);
    printf("hard.exact.reward = %.4f\n",
           looker_exact(d, m.model, x, test->labels[UNDECIDED]));
    free(d), learned_free(&m);
    printf("hard.exact.paths = %d\n", GROUPS * GROUP);
}

static int run_results(void)
{
    struct learned m = learner_trained(&hard_learner);
    const struct digits *test =
        &((struct digit_sets *)learner_data(&hard_learner))->test;
    printf("hard.parameters = %zu\nhard.excerpt.right = %.4f\n",
           m.tape->size, learner_score(&m));
    three_results();
    exact_results(test);
    const double reward = looker_reward(m.model, test);
    const size_t n = VARIED_GROUPS;
    const double none = looker_variance(m.model, test, 0, n);
    printf("hard.variance.ratio.reward = %.3f\n"
           "hard.variance.ratio.constant = %.3f\n"
           "hard.variance.ratio.learned = %.3f\n", reward,
           none / looker_variance(m.model, test, (float)reward, n),
           none / looker_variance(m.model, test, NAN, n));
    learned_free(&m);
    digit_sets_free(hard_learner.loaded), hard_learner.loaded = NULL;
    return 0;
}
#endif
static const struct command_option options[] = {
    { "test", OPTION_FLAG, .help = "read the test pictures" },
    { "model", OPTION_CHOICE, &model, ROAD_NAMES, "what makes the weights" },
    { "baseline", OPTION_CHOICE, &baseline, BASELINE_NAMES,
      "what training takes from the reward of a hard model" },
    { "count", OPTION_SIZE, &count, "N", "pictures to make", "1..1000000",
      .axis = "N" },
    LEARNER_OPTIONS(hard_learner),
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "study", OPTION_FLAG, .help = "train, and print more" },
    { "only", OPTION_CHOICE, &only, "all|models|variance|long",
      "a part of the study" },
    { "seeds", OPTION_SIZE, &seeds, "N", "runs of the study", "1..100" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "study", NULL, "data only seeds steps", NATIVE(run_study),
      "train all models" },
    LEARNER_MODES(run_train, " model baseline"),
    { "test", NULL, "model data load", NATIVE(run_test),
      "read the test pictures" },
    { "classify", NULL, "out path model load", NATIVE(run_classify),
      "how probable each digit is" },
    { "pictures", NULL, "labels count data", NATIVE(run_pictures),
      "make test pictures" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "hard",
        "where a model looks that may not look everywhere",
        "hard --train --steps 500 --save looks.safetensors",
        options, ports, modes }, argc, argv);
}

