/* gradient.c -- generated from chapters/04-gradient.nw. Do not edit. */
#include "gradient/differences.h"
#include "kit/chart.h"
#include "kit/modes.h"
#include "kit/training.h"

enum { STREAM_POINTS = 1, STREAM_FRESH, STREAM_WEIGHTS, STREAM_BATCHES };

struct points {
    float *x;           /* (count, width) */
    int32_t *label;     /* (count), from 0 to classes - 1 */
    size_t count, width, classes;
};

static struct points points_new(size_t count, size_t width, size_t classes)
{
    return (struct points){
        allocate(size_product(count, width), sizeof(float)),
        allocate(count, sizeof(int32_t)), count, width, classes
    };
}

static struct points spirals(size_t count, double noise, uint64_t seed,
                             uint64_t stream)
{
    struct points p = points_new(count, 2, 2);
    struct random random = random_new(seed, stream);
    const float stray = (float)noise;
    for (size_t i = 0; i < count; i++) {
        float t = ((float)(i / 2) + 0.5f) / (float)((count + 1) / 2);
        float angle = 6.2831853f * (1.5f * t + 0.5f * (float)(i % 2));
        float radius = 0.1f + 0.9f * t, *x = p.x + 2 * i;
        p.label[i] = (int32_t)(i % 2);
        x[0] = radius * cosf(angle) + stray * random_normal(&random);
        x[1] = radius * sinf(angle) + stray * random_normal(&random);
    }
    return p;
}
enum { LAYERS = 3 };
struct network {
    struct tape *tape;
    struct tensor *weight[LAYERS], *bias[LAYERS];
};

static struct tensor *network_forward(const struct network *net,
                                      struct tensor *x /* (n, inputs) */)
{
    for (size_t l = 0; l < LAYERS; l++) {
        x = tape_product(net->tape, x, net->weight[l], TRANSPOSE_B);
        x = tape_bias(net->tape, x, net->bias[l]);
        if (l + 1 < LAYERS)
            x = tape_tanh(net->tape, x);
    }
    return x;                                   /* (n, classes) */
}

static void network_start(struct network *net, uint64_t seed)
{
    struct random random = random_new(seed, STREAM_WEIGHTS);
    for (size_t l = 0; l < LAYERS; l++) {
        struct tensor *w = net->weight[l], *b = net->bias[l];
        float spread = 1 / sqrtf((float)w->shape[1]);
        random_normals(w->data, w->count, spread, &random);
        random_normals(b->data, b->count, spread, &random);
    }
}

static struct network network_new(size_t inputs, size_t hidden,
                                  size_t classes)
{
    const size_t width[LAYERS + 1] = {inputs, hidden, hidden, classes};
    struct network net = {.tape = tape_new()};
    for (size_t l = 0; l < LAYERS; l++) {
        char name[16];
        snprintf(name, sizeof name, "%zu.weight", 2 * l);
        net.weight[l] = tape_parameter(net.tape, name,
                                       SHAPE(width[l + 1], width[l]));
        snprintf(name, sizeof name, "%zu.bias", 2 * l);
        net.bias[l] = tape_parameter(net.tape, name, SHAPE(width[l + 1]));
    }
    return net;
}
enum optimizer { SGD, ADAM, ADAMW };

static struct settings {
    uint64_t seed;
    size_t steps, hidden, batch, warmup, points, inputs, classes;
    double lr, momentum, weight_decay, clip, noise;
    int optimizer, schedule;
} how = {
    .seed = 1, .steps = 1000, .hidden = 32, .batch = 64, .warmup = 20,
    .points = 400, .lr = 0.01, .momentum = 0.9, .clip = 1, .noise = 0.02,
    .optimizer = ADAMW, .schedule = SCHEDULE_CONSTANT
};

struct run {
    struct settings how;
    struct points data, batch;
    struct network net;
    struct training training;
    struct random random;       /* draws the batches; */
    size_t part, drawn;         /* so many points of this part are drawn */
};
struct quality { float loss, right; /* right: a part of 1 */ };
static struct tensor *batch_loss(struct run *run, const struct points *p)
{
    struct tape *t = run->net.tape;
    struct tensor *x = tape_input(t, p->x, SHAPE(p->count, p->width));
    x = network_forward(&run->net, x);
    return tape_cross_entropy(t, x, p->label, 0, -1);
}

static void next_batch(struct points *batch, struct run *run);

static float run_step(struct training *t, void *model)
{
    struct run *run = model;
    next_batch(&run->batch, run);
    struct tensor *loss = batch_loss(run, &run->batch);
    training_backward(t, loss);
    training_clip(t);
    training_move(t);           /* and the gradients are zero again */
    return (float)t->loss;
}

static void next_batch(struct points *batch, struct run *run)
{
    enum { PART = 1000 };
    const struct points *all = &run->data;
    const size_t part = run->training.step / PART, w = all->width;
    const size_t first = run->training.step % PART * batch->count;
    if (part != run->part) {
        run->random = random_new(run->how.seed, STREAM_BATCHES + part);
        run->part = part, run->drawn = 0;
    }
    for (; run->drawn < first + batch->count; run->drawn++) {
        size_t k = random_below(&run->random, (uint32_t)all->count);
        if (run->drawn < first)
            continue;
        batch->label[run->drawn - first] = all->label[k];
        memcpy(batch->x + (run->drawn - first) * w, all->x + k * w,
               w * sizeof(float));
    }
}

static void move_down(struct training *t)
{
    sgd_step(t->tape->values, t->m, t->tape->grads, t->tape->size,
             &(struct sgd){ t->how.lr, t->how.beta1 });
}

static struct run run_new(const struct settings *how_to, struct points data)
{
    struct run run = { .how = *how_to, .data = data,
        .batch = points_new(how_to->batch, data.width, data.classes),
        .net = network_new(data.width, how_to->hidden, data.classes),
        .random = random_new(how_to->seed, STREAM_BATCHES) };
    struct training *t = &run.training;
    *t = training_new(run.net.tape, how_to->steps, how_to->seed);
    t->rate = how_to->lr, t->warmup = how_to->warmup;
    t->schedule = (enum schedule)how_to->schedule;
    t->clip = how_to->clip > 0 ? how_to->clip : 1e300;
    t->how.weight_decay = how_to->weight_decay;
    t->how.decoupled = how_to->optimizer == ADAMW;
    if (how_to->optimizer == SGD)
        t->how.beta1 = how_to->momentum, t->move = move_down;
    network_start(&run.net, how_to->seed);
    return run;
}

static struct run run_on_spirals(const struct settings *of)
{
    return run_new(of, spirals(of->points, of->noise, of->seed,
                               STREAM_POINTS));
}

static void points_free(struct points *p)
{
    free(p->x), free(p->label);
}

static void run_free(struct run *run)
{
    points_free(&run->data), points_free(&run->batch);
    training_free(&run->training);
    tape_free(run->net.tape);
}

static struct quality run_quality(struct run *run, const struct points *p)
{
    struct tape *tape = run->net.tape;
    tape_reset(tape);
    tape->no_grad = true;
    struct tensor *x = tape_input(tape, p->x, SHAPE(p->count, p->width));
    struct tensor *scores = network_forward(&run->net, x);
    struct tensor *loss = tape_cross_entropy(tape, scores, p->label, 0, -1);
    struct quality q = { .loss = loss->data[0] };
    size_t right = 0;
    for (size_t i = 0; i < p->count; i++)
        right += argmax(scores->data + i * p->classes, p->classes)
                 == (size_t)p->label[i];
    q.right = (float)right / (float)p->count;
    tape->no_grad = false;
    tape_reset(tape);
    return q;
}
static struct { const char *save, *load; size_t pause; } given;

enum { X, Y, PREDICT, OUT };
static struct port ports[] = {
    { "x", "n width", "points to learn" },
    { "y", "n", "their classes", PORT_WHOLE, "0..1023" },
    { "predict", "m width", "points to classify" },
    { "out", "m classes", "how likely each class is", PORT_OUT },
    { 0 }
};

static const struct command_option options[] = {
    { "steps", OPTION_SIZE, &how.steps, "N",
      "how many, with those of --load", "1.." },
    { "seed", OPTION_SEED, &how.seed, "S", "of points, weights and batches" },
    { "hidden", OPTION_SIZE, &how.hidden, "N", "units of each hidden layer",
      "1..4096" },
    { "batch", OPTION_SIZE, &how.batch, "N", "points in a step", "1..65536" },
    { "points", OPTION_SIZE, &how.points, "N", "points of both spirals",
      "2..10000000" },
    { "noise", OPTION_DOUBLE, &how.noise, "X", "how far they stray",
      "0..1e9" },
    { "optimizer", OPTION_CHOICE, &how.optimizer, "sgd|adam|adamw",
      "what makes steps of gradients" },
    { "lr", OPTION_DOUBLE, &how.lr, "X", "learning rate", "1e-30..1e6" },
    { "momentum", OPTION_DOUBLE, &how.momentum, "X", "for sgd", "0..1" },
    { "weight-decay", OPTION_DOUBLE, &how.weight_decay, "X",
      "for adam and adamw", "0..1e6" },
    { "clip", OPTION_DOUBLE, &how.clip, "X", "largest gradient norm; 0: any",
      "0..1e9" },
    { "schedule", OPTION_CHOICE, &how.schedule,
      "cosine|constant|inverse-square-root", "of the learning rate" },
    { "warmup", OPTION_SIZE, &how.warmup, "N", "steps up to the full rate" },
    /* the options about files and other tasks */
    { "train", OPTION_FLAG, .help = "train, as without this" },
    { "save", OPTION_WRITES, &given.save, "FILE.safetensors", "write the run" },
    { "load", OPTION_READS, &given.load, "FILE.safetensors",
      "go on with a run" },
    { "pause", OPTION_SIZE, &given.pause, "N", "stop after step N; 0: go on" },
    { "check", OPTION_FLAG, .help = "compare every gradient with differences" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },

    FIGURE_OPTIONS,
    { 0 }
};
#ifndef __wasm__
#define KIND(whole, real) "hidden " whole " batch " whole " points " whole \
    " inputs " whole " classes " whole " noise " real " momentum " real \
    " optimizer %d"
enum { KIND_SIZE = 512 };
static char kind_was[KIND_SIZE], kind_is[KIND_SIZE];

static void kind_read(struct settings *s, const char *path)
{
    struct safetensors file = safetensors_read(path);
    const char *text = training_text(&file, "kind");
    int end = 0;
    snprintf(kind_was, KIND_SIZE, "%s", text);
    sscanf(text, KIND("%zu", "%lf") "%n", &s->hidden, &s->batch, &s->points,
           &s->inputs, &s->classes, &s->noise, &s->momentum, &s->optimizer,
           &end);
    if (!end || text[end] || s->optimizer < SGD || s->optimizer > ADAMW)
        fail("%s: is a run of another kind: \"%.80s\"", path, text);
    if (s->inputs < 1 || s->inputs > 65536 || s->classes < 2
        || s->classes > 1024)
        fail("%s: %zu inputs and %zu classes are no task for this network",
             path, s->inputs, s->classes);
    if (!parse_seed(&s->seed, training_text(&file, "seed")))
        fail("%s: its 'seed' is no whole number", path);
    safetensors_free(&file);
}

static void settings_read(const char *path)
{
    struct settings was = how;
    kind_read(&was, path);
    bool sgd = was.optimizer == SGD, spirals = was.points > 0;
    for (const struct command_option *o = options; o->name; o++) {
        char *value = o->value, *first = (char *)&how;
        if (value >= first && value < first + sizeof how
            && command_given(o->name))
            memcpy((char *)&was + (value - first), value,
                   o->kind == OPTION_CHOICE ? sizeof(int) : 8);
    }
    how = was;
    for (const struct command_option *o = options; o->name; o++)
        if (o->range && (spirals || o->value != &how.points)
            && !option_in_range(o))
            fail("%s: its '%s' is none that a run can have", path, o->name);
    if (sgd != (how.optimizer == SGD))
        fail("%s: was trained with another optimizer, whose memory is of no"
             " use to this one", path);
}

static void run_loaded(struct training *t, void *model)
{
    (void)model;
    t->kind = kind_is;
    t->rate = command_given("lr") ? how.lr : t->rate;
    t->warmup = command_given("warmup") ? how.warmup : t->warmup;
    t->how.weight_decay = command_given("weight-decay") ? how.weight_decay
                                                        : t->how.weight_decay;
    if (command_given("clip"))
        t->clip = how.clip > 0 ? how.clip : 1e300;
    if (command_given("schedule"))
        t->schedule = (enum schedule)how.schedule;
    t->seed = how.seed;
}

static struct points points_given(void)
{
    const float *x = port_floats(X);
    if (!x && how.points == 0)
        fail("%s: a run on other points than the spirals: name them with --x"
             " and --y", given.load);
    if (!x)
        return spirals(how.points, how.noise, how.seed, STREAM_POINTS);
    struct points p = points_new(axis("n"), axis("width"), 0);
    memcpy(p.x, x, p.count * p.width * sizeof *x);
    memcpy(p.label, port_integers(Y), p.count * sizeof *p.label);
    for (size_t i = 0; i < p.count; i++)
        if ((size_t)p.label[i] >= p.classes)
            p.classes = (size_t)p.label[i] + 1;
    if (p.classes < 2)
        port_refuse(Y, "all are of class 0; there is nothing to learn");
    how.points = 0;
    return p;
}

static void run_show(const struct training *t, void *model, double loss)
{
    struct run *run = model;
    struct quality q = run_quality(run, &run->data);
    (void)loss;
    if (!isfinite(q.loss))
        fail("step %zu: the loss is %g; a smaller --lr may help", t->step,
             q.loss);
    printf("step %6zu   loss %.4f   right %.4f\n", t->step, q.loss, q.right);
}

static float shown_step(struct training *t, void *model)
{
    struct run *run = model;
    if (run->drawn == 0)
        run_show(t, model, 0);
    return run_step(t, model);
}

static int run_train(void)
{
    const char *load = given.load;
    if (load)
        settings_read(load);
    if (command_given(how.optimizer == SGD ? "weight-decay" : "momentum"))
        fail("--weight-decay is for adam and adamw, --momentum for sgd");
    struct points data = points_given();
    if (load && (data.width != how.inputs || data.classes > how.classes))
        fail("the points have %zu numbers and %zu classes; the network of %s"
             " has %zu and %zu", data.width, data.classes, load, how.inputs,
             how.classes);
    how.inputs = data.width;
    how.classes = data.classes = load ? how.classes : data.classes;
    snprintf(kind_is, KIND_SIZE, KIND("%zu", "%.17g"), how.hidden, how.batch,
             how.points, how.inputs, how.classes, how.noise, how.momentum,
             how.optimizer);
    struct run run = run_new(&how, data);
    run.training.kind = load ? kind_was : kind_is;
    int status = training_run(&run.training, &(struct training_task){
        .load = load, .save = given.save, .pause = given.pause,
        .steps = !load || command_given("steps") ? how.steps : 0,
        .model = &run, .loaded = run_loaded, .step = shown_step,
        .report = run_show });
    run_free(&run);
    return status;
}

static int run_predict(void)
{
    char label[120];
    settings_read(given.load);
    snprintf(label, sizeof label, "--load %s", shown(given.load));
    axis_set("width", how.inputs, label);
    axis_set("classes", how.classes, label);
    struct run run = run_new(&how, points_new(0, how.inputs, how.classes));
    struct tape *tape = run.net.tape;
    weights_load(given.load, tape);
    tape->no_grad = true;
    struct tensor *scores = network_forward(&run.net,
        tape_input(tape, port_floats(PREDICT), SHAPE(axis("m"), how.inputs)));
    softmax_rows(scores->data, scores->data, axis("m"), how.classes);
    port_give_floats(OUT, scores->data);
    run_free(&run);
    return 0;
}
#endif
static int run_results(void)
{
    static const struct way { const char *name; int optimizer;
                              double lr, decay; } ways[] = {
        { "sgd", SGD, 0.1, 0 }, { "adam", ADAM, 0.01, 0 },
        { "decay.adam", ADAM, 0.01, 0.01 },
        { "decay.adamw", ADAMW, 0.01, 0.01 }, { 0 } };
    struct points fresh = spirals(how.points, how.noise, how.seed,
                                  STREAM_FRESH);
    size_t parameters = 0;
    for (const struct way *w = ways; w->name; w++) {
        how.optimizer = w->optimizer, how.lr = w->lr;
        how.weight_decay = w->decay;
        double start = seconds_now();
        struct run run = run_on_spirals(&how);
        while (run.training.step < how.steps)
            run_step(&run.training, &run);
        double seconds = seconds_now() - start;
        struct quality q = run_quality(&run, &run.data);
        printf("gradient.speed.%s.loss = %.4g\n", w->name, q.loss);
        printf("gradient.speed.%s.right = %.4f\n", w->name, q.right);
        printf("gradient.speed.%s.fresh = %.4f\n", w->name,
               run_quality(&run, &fresh).right);
        printf("gradient.time.%s = %.3f\n", w->name, seconds);
        parameters = run.net.tape->size;
        run_free(&run);
    }
    points_free(&fresh);
    printf("gradient.speed.check = %.2g\n",
           differences_table(NULL, operations_double));
    printf("gradient.parameters = %zu\n", parameters);
    return 0;
}
/* the figure spirals */
enum { NOTES = 200, STEPS_A_FRAME = 8, STEPS_BEFORE = 400 };
static struct {
    struct settings how;
    struct run run;
    struct quality now;
    float x[NOTES + 1], loss[NOTES + 1], rate;
    size_t notes;
    int optimizer;
    bool plays;
    char note[64];
} watched;

static void watch_note(void)
{
    watched.now = run_quality(&watched.run, &watched.run.data);
    watched.x[watched.notes] = (float)watched.run.training.step;
    watched.loss[watched.notes++] = watched.now.loss;
}

static void watch_steps(size_t n)
{
    const size_t steps = watched.how.steps;
    struct training *t = &watched.run.training;
    t->rate = (double)watched.rate;
    while (n-- > 0 && t->step < steps) {
        run_step(t, &watched.run);
        if (t->step % ((steps + NOTES - 1) / NOTES) == 0)
            watch_note();
    }
    watched.plays &= t->step < steps;
}
static void watch_again(void)
{
    watched.how.optimizer = watched.optimizer;
    if (watched.run.net.tape)
        run_free(&watched.run);
    watched.run = run_on_spirals(&watched.how);
    watched.notes = 0;
    watch_note();
}

static void watch_press(void)
{
    watched.plays = !watched.plays;
    if (watched.run.training.step >= watched.how.steps)
        watch_again();
}
#define EDGE 1.15f                  /* the plane goes from -EDGE to EDGE */
enum { GRID_side = 64, CELLS = GRID_side * GRID_side };
static float cell_x[2 * CELLS], cell_p[2 * CELLS];

static void ask_everywhere(void)
{
    struct tape *tape = watched.run.net.tape;
    for (size_t i = 0; i < CELLS; i++) {
        const float step = 2 * EDGE / GRID_side;
        cell_x[2 * i] = -EDGE + step * ((float)(i % GRID_side) + 0.5f);
        cell_x[2 * i + 1] = EDGE - step * ((float)(i / GRID_side) + 0.5f);
    }
    tape_reset(tape);
    tape->no_grad = true;
    struct tensor *scores = network_forward(&watched.run.net,
        tape_input(tape, cell_x, SHAPE(CELLS, 2)));
    tape->no_grad = false;
    softmax_rows(cell_p, scores->data, CELLS, 2);
    tape_reset(tape);
}
static void draw_plane(struct frame *f, struct rect r)
{
    r.w = r.h = fminf(r.w, r.h);
    float cell = r.w / GRID_side;
    for (int i = 0; i < CELLS; i++) {
        /* draw cell i in whole pixels, the paler the less sure */
        float column = (float)(i % GRID_side), row = (float)(i / GRID_side);
        float x0 = floorf(r.x + cell * column);
        float y0 = floorf(r.y + cell * row), p0 = cell_p[2 * i];
        struct color sure = paint(f, p0 > 0.5f ? SERIES_1 : SERIES_2);
        draw_rect(f, (struct rect){ x0, y0,
                      floorf(r.x + cell * (column + 1)) - x0,
                      floorf(r.y + cell * (row + 1)) - y0 },
                  mix(paint(f, PAPER), sure, 0.6f * fabsf(2 * p0 - 1)));
    }
    /* draw the points */
    const struct points *p = &watched.run.data;
    for (size_t i = 0; i < p->count; i++) {
        float x = r.x + r.w * (p->x[2 * i] + EDGE) / (2 * EDGE);
        float y = r.y + r.h * (EDGE - p->x[2 * i + 1]) / (2 * EDGE);
        draw_disc(f, x, y, 3.4f, paint(f, PAPER));
        draw_disc(f, x, y, 2.4f, paint(f, p->label[i] ? SERIES_2 : SERIES_1));
    }
    /* read out what the network believes at the pointer */
    if (hovering(f, r)) {
        int column = (int)((f->pointer.x - r.x) / cell);
        int row = (int)((f->pointer.y - r.y) / cell);
        size_t i = (size_t)clamp_int(row, 0, GRID_side - 1) * GRID_side
                 + (size_t)clamp_int(column, 0, GRID_side - 1);
        readout(f, "x %.2f, y %.2f\nfirst spiral %.3f\nsecond %.3f",
                cell_x[2 * i],
                cell_x[2 * i + 1], cell_p[2 * i], cell_p[2 * i + 1]);
    }
    if (watched.plays)
        chart_touch(f);
}
static struct chart spirals_chart;

static void spirals_compute(void)
{
    struct panel *p = &spirals_chart.panel[1];
    if (!watched.run.net.tape) {
        watched.how = how, watched.rate = (float)how.lr;
        watched.optimizer = how.optimizer;
        watch_again();
        watch_steps(STEPS_BEFORE);
    } else if (watched.optimizer != watched.how.optimizer) {
        watched.rate = watched.optimizer == SGD ? 0.1f : 0.01f;
        watch_again();
    }
    if (watched.plays)
        watch_steps(STEPS_A_FRAME);
    ask_everywhere();
    spirals_chart.control[2].label = watched.plays ? "pause" : "train";
    p->x1 = (float)watched.how.steps, p->series[0].n = watched.notes;
    snprintf(watched.note, sizeof watched.note,
             "step %zu: loss %.3f, %.1f%% right", watched.run.training.step,
             watched.now.loss, 100 * watched.now.right);
}
static void spirals_print(FILE *out)
{
    watch_again();
    fprintf(out, "step\tloss\tright\n");
    for (size_t step = 0; step <= watched.how.steps; step += 100) {
        watched.now = run_quality(&watched.run, &watched.run.data);
        fprintf(out, "%zu\t%.4f\t%.4f\n", step, watched.now.loss,
                watched.now.right);
        watch_steps(100);
    }
}

static struct chart spirals_chart = {
    .control = { { CHOICE(&watched.optimizer, "SGD", "Adam", "AdamW") },
                 { SLIDER("learning rate", &watched.rate, 1e-4f, 10,
                          "%.4f"), .log = true },
                 { BUTTON("train", watch_press) },
                 { BUTTON("again", watch_again) } },
    .compute = spirals_compute, .table = spirals_print,
    .panel = { { .draw = draw_plane, .tall = 1.5f },
               { .note = watched.note, .x = "step", .y = "loss", .y0 = 1e-3f,
                 .y1 = 1, .log_y = true, .series = {
                     { "loss", ACCENT, MARK_LINE, 0, watched.x,
                       watched.loss } } } }
};
CHART(spirals)

/* the figure operation */
#define WEIGHT(name, real, softmax_of) \
    static void name(real *out, const real *x, size_t n) \
    { \
        for (size_t i = 0; i < n; i++) { \
            real p[3] = { x[i], 0, 1 }; \
            softmax_of(p, p, 3); \
            out[i] = p[0]; \
        } \
    }
WEIGHT(weight_forward, float, softmax)
WEIGHT(weight_exact, double, softmax_double)

static void weight_backward(double *dx, const double *dout, const double *x,
                            size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double p[3] = {x[i], 0, 1}, g[3] = {dout[i], 0, 0}, d[3] = {0};
        softmax_double(p, p, 3);
        softmax_backward_double(d, g, p, 3);
        dx[i] += d[0];
    }
}
static const struct curve {
    void (*forward)(float *out, const float *x, size_t n);
    void (*exact)(double *out, const double *x, size_t n);
    void (*backward)(double *dx, const double *dout, const double *x,
                     size_t n);
    bool from_out;              /* backward wants out instead of x */
} curves[] = {
    {row_tanh, row_tanh_double, tanh_backward_double, true},
    {sigmoid_forward, sigmoid_forward_double, sigmoid_backward_double, true},
    {relu_forward, relu_forward_double, relu_backward_double, true},
    {gelu_forward, gelu_forward_double, gelu_backward_double, false},
    {weight_forward, weight_exact, weight_backward, false}
};
enum { WIDTHS = 61 };
#define ERROR_FLOOR 1e-14
static struct {
    int chosen;
    float x, y, h, here, hs[WIDTHS], errors[2][WIDTHS];
    float ends[2], tangent[2], pair[2], at[2], chord[2];
    double value, slope, rough;
} curve = { .x = 0.5f, .h = 0.9f };

static double slope_double(double x, double h)
{
    double at[2] = {x + h, x - h}, y[2];
    curves[curve.chosen].exact(y, at, 2);
    return at[0] == at[1] ? 0 : (y[0] - y[1]) / (at[0] - at[1]);
}

static double slope_float(float x, float h)
{
    float at[2] = {x + h, x - h}, y[2];
    curves[curve.chosen].forward(y, at, 2);
    return at[0] == at[1] ? 0 : (double)((y[0] - y[1]) / (at[0] - at[1]));
}

static float error_of(double slope)
{
    return (float)fmax(fabs(slope - curve.slope), ERROR_FLOOR);
}

static float curve_of(float x)
{
    float y;
    curves[curve.chosen].forward(&y, &x, 1);
    return y;
}
static void operation_compute(void)
{
    const struct curve *c = &curves[curve.chosen];
    double x = (double)curve.x, one = 1;
    c->exact(&curve.value, &x, 1);
    curve.slope = 0, curve.y = (float)curve.value;
    c->backward(&curve.slope, &one, c->from_out ? &curve.value : &x, 1);
    curve.rough = slope_double(x, (double)curve.h);
    curve.here = error_of(curve.rough);
    for (int i = 0; i < 2; i++) {
        float side = i ? 1 : -1;
        curve.ends[i] = curve.x + 1.3f * side;
        curve.tangent[i] = curve.y + 1.3f * side * (float)curve.slope;
        curve.pair[i] = curve.x + curve.h * side;
        curve.at[i] = curve_of(curve.pair[i]);
    }
    for (int i = 0; i < 2; i++)
        curve.chord[i] = (curve.at[0] + curve.at[1]) / 2
                         + (i ? 1.3f : -1.3f) * (float)curve.rough;
    for (int i = 0; i < WIDTHS; i++) {
        double h = pow(10, -(double)i / 5);
        curve.hs[i] = (float)h;
        curve.errors[0][i] = error_of(slope_float(curve.x, (float)h));
        curve.errors[1][i] = error_of(slope_double(x, h));
    }
}
static void operation_over(struct plot *p)
{
    struct frame *f = p->frame;
    float left = p->area.x + 8, line = p->area.y + 18;
    draw_text(f, left, line, TEXT_SIZE, 0, paint(f, INK), "value %.6f",
              curve.value);
    draw_text(f, left, line + 18, TEXT_SIZE, TEXT_BOLD, paint(f, SERIES_1),
              "derivative %.9f", curve.slope);
    draw_text(f, left, line + 36, TEXT_SIZE, TEXT_BOLD, paint(f, SERIES_2),
              "difference %.9f", curve.rough);
}

static struct chart operation_chart = {
    .control = { { CHOICE(&curve.chosen, "tanh", "sigmoid", "ReLU", "GELU",
                          "softmax") },
                 { SLIDER("h", &curve.h, 1e-12f, 1, "%.1e"), .log = true } },
    .compute = operation_compute,
    .panel = { { .x = "x", .y = "value", .x0 = -3, .x1 = 3, .y0 = -1.2f,
                 .y1 = 2.2f, .over = operation_over, .silent = true,
                 .handle = { { NULL, INK, &curve.x, &curve.y } },
                 .series = {
                     { NULL, INK, MARK_LINE, .of = curve_of },
                     { NULL, SERIES_2, MARK_LINE, 2, curve.ends,
                       curve.chord },
                     { NULL, SERIES_1, MARK_LINE, 2, curve.ends,
                       curve.tangent },
                     { NULL, SERIES_2, MARK_POINTS, 2, curve.pair,
                       curve.at } } },
               { .x = "h", .y = "error", .log_x = true, .log_y = true,
                 .x0 = 1e-12f, .x1 = 1, .y0 = 1e-14f, .y1 = 10,
                 .format = "%.1e", .series = {
                     { "in float", SERIES_3, MARK_LINE, WIDTHS, curve.hs,
                       curve.errors[0], .size = 1.5f },
                     { "in double", SERIES_2, MARK_LINE, WIDTHS, curve.hs,
                       curve.errors[1], .size = 1.5f },
                     { NULL, INK, MARK_X, 1, &curve.h, &curve.here },
                     { NULL, SERIES_2, MARK_POINTS, 1, &curve.h, &curve.here,
                       .size = 5 } } } }
};
CHART(operation)

/* the figure valley */
enum { WAYS = 3, WAY_STEPS = 100 };
#define STEEP 100.0f
static struct {
    int slant;
    float start[2], length, rate[WAYS];
    float x[WAYS][WAY_STEPS + 1], y[WAYS][WAY_STEPS + 1];
    char note[WAYS][32];
} valley = { .start = { -1.8f, 1.1f }, .length = 60,
             .rate = { 0.018f, 0.018f, 0.1f } };

static float valley_loss(float *dw /* (2) or NULL */, const float *w)
{
    const float h = valley.slant ? 0.70710678f : 0;
    float a = valley.slant ? h * (w[0] + w[1]) : w[0];
    float b = valley.slant ? h * (w[1] - w[0]) : w[1];
    if (dw) {
        dw[0] = valley.slant ? h * (a - STEEP * b) : a;
        dw[1] = valley.slant ? h * (a + STEEP * b) : STEEP * b;
    }
    return 0.5f * (a * a + STEEP * b * b);
}

static float walk(int way, size_t steps)
{
    float w[2] = {valley.start[0], valley.start[1]}, m[2] = {0}, v[2] = {0};
    const double rate = (double)valley.rate[way];
    const struct sgd sgd = {rate, way == 1 ? 0.8 : 0};
    const struct adam adam = {rate, 0.9, 0.999, 1e-8, 0, 0};
    for (size_t t = 0; t <= steps; t++) {
        float dw[2];
        valley.x[way][t] = w[0], valley.y[way][t] = w[1];
        valley_loss(dw, w);
        /* take one step of this way, unless it was the last */
        if (t < steps && way < 2)
            sgd_step(w, m, dw, 2, &sgd);
        else if (t < steps)
            adam_step(w, m, v, dw, 2, &adam, t + 1);
    }
    return valley_loss(NULL, w);
}
enum { LEVELS = 8, AROUND = 73, RING = LEVELS * AROUND };
static float ring[2][RING];

static void valley_levels(void)
{
    const float h = valley.slant ? 0.70710678f : 0;
    const float one = valley.slant ? h : 1;
    for (int i = 0; i < RING; i++) {
        float level = 0.05f * powf(3, (float)(i / AROUND));
        float turn = 6.2831853f / (AROUND - 2) * (float)(i % AROUND);
        float a = sqrtf(2 * level) * cosf(turn);
        float b = sqrtf(2 * level / STEEP) * sinf(turn);
        bool gap = i % AROUND == AROUND - 1;
        ring[0][i] = one * a - h * b;
        ring[1][i] = gap ? NAN : h * a + one * b;
    }
}

static struct chart valley_chart;

static void valley_compute(void)
{
    valley_levels();
    for (int way = 0; way < WAYS; way++) {
        struct panel *p = &valley_chart.panel[way];
        float loss = walk(way, (size_t)valley.length);
        p->note_ink = loss < 1000 ? INK : WARN;
        snprintf(valley.note[way], sizeof *valley.note, "loss %.3g", loss);
    }
}
static void valley_print(FILE *out)
{
    fprintf(out, "optimizer\trate\tsteps\tx\ty\tloss\n");
    for (int way = 0; way < WAYS; way++)
        for (size_t steps = 0; steps <= 60; steps += 20) {
            float loss = walk(way, steps);
            fprintf(out, "%s\t%g\t%zu\t%.3f\t%.3f\t%.3g\n",
                    valley_chart.panel[way].title, valley.rate[way], steps,
                    valley.x[way][steps], valley.y[way][steps], loss);
        }
}
static void draw_way(struct frame *f, struct rect r, int way)
{
    static const enum ink inks[WAYS] = { SERIES_2, SERIES_1, SERIES_3 };
    float side = f->narrow ? fminf(r.h, r.w * 0.55f) : fminf(r.w, r.h - 52);
    struct rect square = { r.x, r.y, side, side };
    struct rect rate = { r.x, r.y + side + 8, side, 44 };
    struct plot p = { f, inset(square, 2), -2.2f, 2.2f, -2.2f, 2.2f, 0, 0 };
    size_t n = (size_t)valley.length + 1;
    float was = valley.rate[way];
    if (f->narrow)
        rate = (struct rect){ r.x + side + 16, r.y + side / 2 - 22,
                              r.w - side - 16, 44 };
    draw_round(f, square, 5, paint(f, PANEL));
    clip_to(f, square);
    plot_line(&p, ring[0], ring[1], RING, paint(f, GRID), 1.2f);
    plot_line(&p, valley.x[way], valley.y[way], n, paint(f, inks[way]), 1.5f);
    plot_points(&p, valley.x[way], valley.y[way], n, paint(f, inks[way]),
                2.5f);
    clip_off(f);
    bool moved = drag_point(f, way, p.area, &valley.start[0],
                            &valley.start[1], -2.2f, 2.2f, -2.2f, 2.2f);
    slider_log(f, rate, "rate", &valley.rate[way], 1e-3f, 1, "%.3f");
    if (moved || valley.rate[way] != was)
        chart_touch(f);
}

#define WAY(way) static void draw_way_##way(struct frame *f, struct rect r) \
    { draw_way(f, r, way); }
WAY(0) WAY(1) WAY(2)
static struct chart valley_chart = {
    .control = { { CHOICE(&valley.slant, "along the axes", "slanted") },
                 { SLIDER("steps", &valley.length, 0, WAY_STEPS, "%.0f"),
                   .step = 1 } },
    .compute = valley_compute, .table = valley_print,
    .panel = { { .title = "SGD", .note = valley.note[0],
                 .draw = draw_way_0 },
               { .title = "momentum", .note = valley.note[1],
                 .draw = draw_way_1 },
               { .title = "Adam", .note = valley.note[2],
                 .draw = draw_way_2 } }
};
CHART(valley)

/* the figure uses */
enum { USES_WORDS = 3, USES_WIDTH = 2, USES = USES_WORDS * USES_WIDTH };
static float uses_x[USES] = {0.7f, -0.6f, -0.2f, 0.3f, -1.1f, 0.6f};
static float shares[4][USES];

static struct tensor *uses_loss(struct tape *tape, struct tensor **qkv)
{
    static const float g[USES] = {1, -0.1f, -0.1f, 0.7f, -0.4f, 1};
    struct tensor *out = tape_attention(tape, qkv[0], qkv[1], qkv[2], false,
                                        NULL);
    return tape_sum(tape, tape_multiply(tape, out, tape_input(tape, g,
                                        SHAPE(1, USES_WORDS, USES_WIDTH))));
}

static void uses_compute(void)
{
    for (int one = 0; one < 2; one++) {
        struct tape *tape = tape_new();
        struct tensor *qkv[3];
        /* make three parameters with the same numbers, or one */
        for (int i = 0; i < 3; i++)
            qkv[i] = one && i ? qkv[0]
                : tape_parameter(tape, (const char *[]){ "q", "k", "v" }[i],
                                 SHAPE(1, USES_WORDS, USES_WIDTH));
        for (int i = 0; i < 3; i++)
            memcpy(qkv[i]->data, uses_x, sizeof uses_x);
        tape_reset(tape);
        tape_backward(tape, uses_loss(tape, qkv));
        for (int i = 0; i < (one ? 1 : 3); i++)
            memcpy(shares[one ? 3 : i], qkv[i]->grad, sizeof *shares);
        tape_free(tape);
    }
}
#define USES_PANEL(title) .y = title, .y0 = -1.5f, .y1 = 1.5f, \
    .n_names = USES, .format = "%.4f", \
    .names = (const char *const[]){ "1a", "1b", "2a", "2b", "3a", "3b" }
#define USES_BARS(name, ink, i, wide, right) \
    { name, ink, MARK_BARS, USES, .y = shares[i], .size = wide, \
      .shift = right }
static struct chart uses_chart = {
    .control = { { SLIDER("first number of the first word", &uses_x[0], -3, 3,
                          "%.2f") } },
    .compute = uses_compute,
    .panel = { { USES_PANEL("gradient"), .series = {
                     USES_BARS("as query", SERIES_1, 0, .24f, -11),
                     USES_BARS("as key", SERIES_2, 1, .24f, 0),
                     USES_BARS("as value", SERIES_3, 2, .24f, 11) } },
               { USES_PANEL("arrives"), .series = {
                     USES_BARS("all three added", ACCENT, 3, .36f, -8),
                     USES_BARS("the last alone", WARN, 2, .36f, 8) } } }
};
CHART(uses)

/* the figure of the wrong axis */
enum { AXIS_ROWS = 3, AXIS_COLS = 4, AXIS_ALL = AXIS_ROWS * AXIS_COLS };
static const float axis_x[AXIS_ALL] = {
    1, 0, -1, 0.5f,   0, 2, 1, -0.5f,   -1, 0.3f, 1.2f, 0};
static const float axis_g[AXIS_ALL] = {
    1, -1, 0.5f, 2,   -0.5f, 1, 0, 2,   1, 0, -1, 0.5f};
static float axis_dx[3][AXIS_ALL];

static void axis_differences(float *dx)
{
    static const struct operation_double softmax_of_rows = {
        "softmax", .one = tape_softmax_double, .inputs = { { "x", "3 4" } } };
    struct test_case_double t = test_case_new_double(&softmax_of_rows);
    double g[AXIS_ALL];
    for (size_t i = 0; i < AXIS_ALL; i++)
        g[i] = (double)axis_g[i], t.in[0]->data[i] = (double)axis_x[i];
    for (size_t i = 0; i < AXIS_ALL; i++)
        dx[i] = (float)test_case_slope(&t, g, &t.in[0]->data[i]);
    tape_free_double(t.on);
}
static char axis_sums[3][AXIS_ROWS][16];

static void axis_compute(void)
{
    float p[AXIS_ALL];
    memset(axis_dx, 0, sizeof axis_dx);
    softmax_rows(p, axis_x, AXIS_ROWS, AXIS_COLS);
    axis_differences(axis_dx[0]);
    softmax_rows_backward(axis_dx[1], axis_g, p, AXIS_ROWS, AXIS_COLS);
    for (size_t i = 0; i < AXIS_ALL; i++) {
        float mean = 0;
        for (size_t k = i % AXIS_COLS; k < AXIS_ALL; k += AXIS_COLS)
            mean += axis_g[k] * p[k];
        axis_dx[2][i] = p[i] * (axis_g[i] - mean);
    }
    for (int i = 0; i < 3 * AXIS_ROWS; i++) {
        const float *row = axis_dx[i / AXIS_ROWS] + i % AXIS_ROWS * AXIS_COLS;
        float sum = sum_forward(row, AXIS_COLS);
        snprintf(axis_sums[i / AXIS_ROWS][i % AXIS_ROWS], 16, "sum %.2f",
                 fabsf(sum) > 1e-3f ? sum : 0);
    }
}
static void axis_print(FILE *out)
{
    fprintf(out, "row\tcolumn\tdifferences\tbackward\twrong axis\n");
    for (int i = 0; i < AXIS_ALL; i++)
        fprintf(out, "%d\t%d\t%.4f\t%.4f\t%.4f\n", i / AXIS_COLS,
                i % AXIS_COLS, axis_dx[0][i], axis_dx[1][i], axis_dx[2][i]);
}

#define AXIS_MAP(name, i, ink) \
    { .title = name, .title_ink = ink, .map = axis_dx[i], \
      .rows = AXIS_ROWS, .cols = AXIS_COLS, .lo = -0.5f, .hi = 0.5f, \
      .look = { .show_numbers = true, .no_bar = true, .diverging = true, \
          .row_labels = (const char *const[]){ axis_sums[i][0], \
              axis_sums[i][1], axis_sums[i][2] } } }
static struct chart axis_chart = {
    .compute = axis_compute, .table = axis_print,
    .panel = { AXIS_MAP("finite differences", 0, INK),
               AXIS_MAP("backward, along the rows", 1, INK),
               AXIS_MAP("backward, down the columns", 2, WARN) }
};
CHART(axis)

static const struct figure figures[] = {
/* the list of its figures */
{"spirals", 700, 440, 740,
 "Left, the points of two spirals that wind around each other, on a surface "
 "in the colors of the spirals: dark where the network is sure, pale where "
 "it is not. Right, the loss against the step, falling. Controls train, "
 "begin again, choose the optimizer and set the learning rate.",
 spirals_frame, spirals_table},
{"operation", 720, 400, 700,
 "Left, the curve of an operation with a point that can be dragged, the "
 "tangent there, and the line through two points h away from it. Right, the "
 "error of that line's slope against h: it falls with h squared, and rises "
 "again as digits cancel. In float the lowest point lies far higher.",
 operation_frame, operation_table},
{"uses", 720, 340, 620,
 "Left, for each of six numbers, three bars: the gradients that come back to "
 "it as a query, as a key and as a value. Right, two bars for each number: "
 "the three added, and the last of them alone, which often differs in size "
 "and sometimes in sign.",
 uses_frame, uses_table},
{"valley", 700, 372, 760,
 "Three squares with the same long, narrow valley, drawn as ellipses of "
 "equal loss. From the same start, plain gradient descent jumps from side "
 "to side and creeps along, momentum swings and arrives sooner, and Adam "
 "goes straight for the middle. A slider sets the number of steps, one for "
 "each square the learning rate; the start can be dragged, the valley "
 "slanted.",
 valley_frame, valley_table},
{"axis", 760, 200, 520,
 "Three heat maps of gradients, three rows by four columns. Finite "
 "differences and the backward pass along the rows agree, and each of their "
 "rows sums to 0. In the third, taken down the columns, the numbers differ "
 "and the rows do not sum to 0.",
 axis_frame, axis_table},
    {0}
};
FIGURES(figures)
#define SETTINGS "steps seed hidden batch optimizer lr momentum " \
    "weight-decay clip schedule warmup"

static int run_check(void)
{
    return !(differences_table(stdout, operations_double) <= 1e-6);
}

static const struct mode modes[] = {
    FIGURE_MODES(SETTINGS " points noise"),
    { "results", NULL, NULL, run_results, "print the book's numbers" },
    { "check", NULL, NULL, run_check, "compare all gradients" },
    { "predict", "load", "out", NATIVE(run_predict), "classify points" },
    { "x|y", "x y", "train load save pause " SETTINGS, NATIVE(run_train),
      "train on your points" },
    { NULL, NULL, "train load save pause points noise " SETTINGS,
      NATIVE(run_train), "train on the spirals" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "gradient",
        "trains a small network on two spirals, or on your points",
        "gradient --steps 1000 --optimizer sgd --lr 0.1 --save"
        " run.safetensors", options, ports, modes }, argc, argv);
}
