/* gradient.c -- generated from chapters/04-gradient.nw. Do not edit. */
#include <inttypes.h>
#include "gradient/differences.h"
#include "kit/figure.h"
#include "kit/npy.h"
#include "gradient/optimizer.h"
#include "gradient/tape.h"
#ifndef __wasm__
#include "kit/safetensors.h"
#endif

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
        for (size_t i = 0; i < w->count; i++)
            w->data[i] = spread * random_normal(&random);
        for (size_t i = 0; i < b->count; i++)
            b->data[i] = spread * random_normal(&random);
    }
}

static struct network network_new(size_t inputs, size_t hidden,
                                  size_t classes)
{
    static const char *const names[LAYERS][2] = {
        {"0.weight", "0.bias"}, {"2.weight", "2.bias"},
        {"4.weight", "4.bias"}
    };
    const size_t width[LAYERS + 1] = {inputs, hidden, hidden, classes};
    struct network net = {.tape = tape_new()};
    for (size_t l = 0; l < LAYERS; l++) {
        struct axes matrix = SHAPE(width[l + 1], width[l]);
        net.weight[l] = tape_parameter(net.tape, names[l][0], matrix);
        net.bias[l] = tape_parameter(net.tape, names[l][1],
                                     SHAPE(width[l + 1]));
    }
    return net;
}
enum optimizer { SGD, ADAM, ADAMW };
enum schedule { CONSTANT, COSINE, INVERSE_SQUARE_ROOT };

struct settings {
    uint64_t seed;
    size_t steps, hidden, batch, warmup, points, inputs, classes;
    double lr, momentum, weight_decay, clip, noise;
    int optimizer, schedule;
};

static const struct settings standard = {
    .seed = 1, .steps = 1000, .hidden = 32, .batch = 64, .warmup = 20,
    .points = 400, .lr = 0.01, .momentum = 0.9, .weight_decay = 0,
    .clip = 1, .noise = 0.02, .optimizer = ADAMW, .schedule = CONSTANT
};

struct run {
    struct settings how;
    struct points data, batch;
    struct network net;
    float *memory;              /* (2, net.tape->size) */
    struct random random;       /* draws the batches */
    size_t step;                /* how many are done */
};

struct quality {
    float loss, right;      /* right: a part of 1 */
};

struct request {
    const char *x, *y, *load, *save, *predict, *out;
    size_t threads, pause;
    bool check, results;
};
static struct tensor *batch_loss(struct run *run, const struct points *p)
{
    struct tape *t = run->net.tape;
    struct tensor *x = tape_input(t, p->x, SHAPE(p->count, p->width));
    x = network_forward(&run->net, x);
    return tape_cross_entropy(t, x, p->label, 0, -1);
}

static void next_batch(struct points *batch, const struct points *all,
                       struct random *random);
static void clip_gradients(struct run *run);
static void move_weights(struct run *run);

static float run_step(struct run *run)
{
    struct tape *tape = run->net.tape;
    next_batch(&run->batch, &run->data, &run->random);
    tape_begin(tape);
    tape_zero(tape);
    struct tensor *loss = batch_loss(run, &run->batch);
    tape_backward(tape, loss);
    run->step++;
    clip_gradients(run);
    move_weights(run);
    return loss->data[0];
}

static void next_batch(struct points *batch, const struct points *all,
                       struct random *random)
{
    for (size_t i = 0, w = all->width; i < batch->count; i++) {
        size_t k = random_below(random, (uint32_t)all->count);
        batch->label[i] = all->label[k];
        memcpy(batch->x + i * w, all->x + k * w, w * sizeof(float));
    }
}

static void clip_gradients(struct run *run)
{
    struct tape *tape = run->net.tape;
    double most = run->how.clip > 0 ? run->how.clip : INFINITY;
    double norm = clip_by_norm(tape->grads, tape->size, most);
    if (!isfinite(norm))
        fail("step %zu: the gradients are no longer finite; a smaller --lr"
             " may help", run->step);
}

static double schedule_factor(const struct settings *how, size_t step)
{
    if (how->schedule == COSINE)
        return schedule_cosine(step, how->warmup, how->steps, 0);
    if (how->schedule == INVERSE_SQUARE_ROOT)
        return schedule_inverse_square_root(step, how->warmup);
    return schedule_constant(step, how->warmup);
}

static void move_weights(struct run *run)
{
    struct tape *tape = run->net.tape;
    const struct settings *how = &run->how;
    double lr = how->lr * schedule_factor(how, run->step);
    float *second = run->memory + tape->size;
    struct sgd sgd = {lr, how->momentum};
    struct adam adam = {lr, 0.9, 0.999, 1e-8, how->weight_decay,
                        how->optimizer == ADAMW};
    if (how->optimizer == SGD)
        sgd_step(tape->values, run->memory, tape->grads, tape->size, &sgd);
    else
        adam_step(tape->values, run->memory, second, tape->grads, tape->size,
                  &adam, run->step);
}

static struct run run_new(const struct settings *how, struct points data)
{
    struct run run = {.how = *how, .data = data};
    run.how.inputs = data.width;
    run.how.classes = data.classes;
    run.batch = points_new(how->batch, data.width, data.classes);
    run.net = network_new(data.width, how->hidden, data.classes);
    run.memory = allocate(size_product(2, run.net.tape->size),
                          sizeof(float));
    network_start(&run.net, how->seed);
    run.random = random_new(how->seed, STREAM_BATCHES);
    return run;
}

static void points_free(struct points *p)
{
    free(p->x);
    free(p->label);
}

static void run_free(struct run *run)
{
    points_free(&run->data);
    points_free(&run->batch);
    tape_free(run->net.tape);
    free(run->memory);
}

static struct quality run_quality(struct run *run, const struct points *p)
{
    struct tape *tape = run->net.tape;
    tape_begin(tape);
    tape->no_grad = true;
    struct tensor *x = tape_input(tape, p->x, SHAPE(p->count, p->width));
    struct tensor *scores = network_forward(&run->net, x);
    struct tensor *loss = tape_cross_entropy(tape, scores, p->label, 0, -1);
    tape->no_grad = false;
    size_t right = 0;
    for (size_t i = 0; i < p->count; i++) {
        const float *s = scores->data + i * p->classes;
        right += argmax(s, p->classes) == (size_t)p->label[i];
    }
    return (struct quality){loss->data[0],
                            (float)right / (float)p->count};
}

static void require_size(const char *name, size_t value, size_t low,
                         size_t high)
{
    if (value < low || value > high)
        fail("--%s: %zu is not between %zu and %zu", name, value, low, high);
}

static void require_number(const char *name, double value, double low,
                           double high)
{
    if (!(value >= low && value <= high))
        fail("--%s: %g is not between %g and %g", name, value, low, high);
}

enum { MOST_POINTS = 10000000, MOST_INPUTS = 65536, MOST_CLASSES = 1024 };

static void require_settings(const struct settings *how)
{
    require_size("hidden", how->hidden, 1, 4096);
    require_size("batch", how->batch, 1, 65536);
    require_size("points", how->points, 0, MOST_POINTS);
    require_size("warmup", how->warmup,
                 how->schedule == INVERSE_SQUARE_ROOT, SIZE_MAX);
    require_number("lr", how->lr, 1e-30, 1e30);
    require_number("momentum", how->momentum, 0, 1);
    require_number("weight-decay", how->weight_decay, 0, 1e30);
    require_number("clip", how->clip, 0, 1e30);
    require_number("noise", how->noise, 0, 1e30);
}
enum { SETTINGS = 32 };

static size_t list_settings(struct command_option *list,
                            struct settings *how)
{
    const struct command_option saved[] = {
        {"steps", OPTION_SIZE, &how->steps, "N",
         "how many, with those of --load"},
        {"seed", OPTION_SEED, &how->seed, "S",
         "of points, weights and batches"},
        {"hidden", OPTION_SIZE, &how->hidden, "N",
         "units of each hidden layer"},
        {"batch", OPTION_SIZE, &how->batch, "N", "points in a step"},
        {"points", OPTION_SIZE, &how->points, "N", "points of both spirals"},
        {"noise", OPTION_DOUBLE, &how->noise, "X", "how far they stray"},
        {"optimizer", OPTION_CHOICE, &how->optimizer, "sgd|adam|adamw",
         "what makes steps of gradients"},
        {"lr", OPTION_DOUBLE, &how->lr, "X", "learning rate"},
        {"momentum", OPTION_DOUBLE, &how->momentum, "X", "for sgd"},
        {"weight-decay", OPTION_DOUBLE, &how->weight_decay, "X",
         "for adam and adamw"},
        {"clip", OPTION_DOUBLE, &how->clip, "X",
         "largest gradient norm; 0: any"},
        {"schedule", OPTION_CHOICE, &how->schedule,
         "constant|cosine|inverse-square-root", "of the learning rate"},
        {"warmup", OPTION_SIZE, &how->warmup, "N",
         "steps up to the full rate"},
    };
    REQUIRE(sizeof saved / sizeof *saved < SETTINGS);
    memcpy(list, saved, sizeof saved);
    return sizeof saved / sizeof *saved;
}

#ifdef __wasm__
static void run_save(struct run *run, const char *path);

static void run_save(struct run *run, const char *path)
{
    (void)run, (void)path;
}

static void run_load(struct run *run, const char *path);

static void run_load(struct run *run, const char *path)
{
    (void)run, (void)path;
}

static void load_settings(struct settings *how, const char *path);

static void load_settings(struct settings *how, const char *path)
{
    (void)how, (void)path;
}
#else
/* let a setting be written as text, and read again */
static void setting_text(char *text, size_t size,
                         const struct command_option *o)
{
    /* let word be the chosen word of a choice */
    const char *word = o->argument;
    if (o->kind == OPTION_CHOICE)
        for (int i = 0; i < *(int *)o->value; i++)
            word = strchr(word, '|') + 1;
    if (o->kind == OPTION_CHOICE)
        snprintf(text, size, "%.*s", (int)strcspn(word, "|"), word);
    else if (o->kind == OPTION_DOUBLE)
        snprintf(text, size, "%.17g", *(double *)o->value);
    else if (o->kind == OPTION_SEED)
        snprintf(text, size, "%" PRIu64, *(uint64_t *)o->value);
    else
        snprintf(text, size, "%zu", *(size_t *)o->value);
}
static bool setting_read(const struct command_option *o, const char *text)
{
    if (o->kind == OPTION_DOUBLE)
        return parse_double(o->value, text);
    if (o->kind == OPTION_SEED)
        return parse_seed(o->value, text);
    if (o->kind == OPTION_SIZE)
        return parse_size(o->value, text);
    /* look for text among the words of a choice */
    int number = 0;
    for (const char *word = o->argument; ; number++) {
        size_t length = strcspn(word, "|");
        if (strlen(text) == length && !strncmp(word, text, length))
            return *(int *)o->value = number, true;
        if (!word[length])
            break;
        word += length + 1;
    }
    return false;
}
/* list the settings that a file keeps */
static size_t list_saved(struct command_option *list, struct settings *how)
{
    const struct command_option more[] = {
        {"inputs", OPTION_SIZE, &how->inputs, "N", "numbers of a point"},
        {"classes", OPTION_SIZE, &how->classes, "N", "kinds of points"}
    };
    size_t n = list_settings(list, how);
    memcpy(list + n, more, sizeof more);
    return n + 2;
}
/* save a run */
struct notes {
    char text[SETTINGS + 6][32];
    const char *list[2 * (SETTINGS + 6) + 1];
    size_t count;
};

static char *note(struct notes *notes, const char *key)
{
    char *text = notes->text[notes->count];
    notes->list[2 * notes->count] = key;
    notes->list[2 * notes->count + 1] = text;
    notes->count++;
    return text;
}

static void note_run(struct notes *notes, struct run *run)
{
    struct command_option saved[SETTINGS + 2];
    size_t n = list_saved(saved, &run->how);
    for (size_t i = 0; i < n; i++)
        setting_text(note(notes, saved[i].name), 32, &saved[i]);
    strcpy(note(notes, "format"), "pt");
    snprintf(note(notes, "step"), 32, "%zu", run->step);
    snprintf(note(notes, "random.state"), 32, "%" PRIu64,
             run->random.state);
    snprintf(note(notes, "random.increment"), 32, "%" PRIu64,
             run->random.increment);
}
static void run_save(struct run *run, const char *path)
{
    struct tape *tape = run->net.tape;
    struct stored list[2 * LAYERS + 2];
    struct notes notes = {.count = 0};
    note_run(&notes, run);
    for (size_t i = 0; i < tape->count; i++) {
        const struct tensor *p = tape->parameters[i];
        list[i] = stored_floats(p->name, p->data, p->rank, p->shape);
    }
    /* list what the optimizer remembers */
    list[tape->count] = stored_floats("optimizer.first", run->memory, 1,
                                      &tape->size);
    list[tape->count + 1] = stored_floats("optimizer.second",
                                          run->memory + tape->size, 1,
                                          &tape->size);
    safetensors_write(path, list, tape->count + 2, notes.list);
}
/* load a run */
static struct safetensors loaded;

static const char *load_text(const char *key)
{
    const char *text = safetensors_text(&loaded, key);
    if (!text)
        fail("%s: has no '%s', so gradient did not write it", loaded.path,
             key);
    return text;
}

static void load_settings(struct settings *how, const char *path)
{
    struct command_option saved[SETTINGS + 2];
    loaded = safetensors_read(path);
    size_t n = list_saved(saved, how);
    for (size_t i = 0; i < n; i++)
        if (!setting_read(&saved[i], load_text(saved[i].name)))
            fail("%s: '%s' is no %s", path, load_text(saved[i].name),
                 saved[i].name);
    require_settings(how);
    if (how->inputs < 1 || how->inputs > MOST_INPUTS || how->classes < 2
        || how->classes > MOST_CLASSES)
        fail("%s: %zu inputs and %zu classes are no task for this network",
             path, how->inputs, how->classes);
    const size_t first[2] = {how->hidden, how->inputs},
                 second[2] = {how->hidden, how->hidden},
                 third[2] = {how->classes, how->hidden};
    safetensors_require(&loaded, "0.weight", 2, first);
    safetensors_require(&loaded, "2.weight", 2, second);
    safetensors_require(&loaded, "4.weight", 2, third);
}
static void load_state(size_t *step, struct random *random)
{
    bool good = parse_size(step, load_text("step"));
    good &= parse_seed(&random->state, load_text("random.state"));
    good &= parse_seed(&random->increment, load_text("random.increment"));
    if (!good || random->increment % 2 == 0)
        fail("%s: its step or random state makes no sense", loaded.path);
}

static void run_load(struct run *run, const char *path)
{
    struct tape *tape = run->net.tape;
    struct settings was;
    struct command_option saved[SETTINGS + 2];
    for (size_t i = 0, n = list_saved(saved, &was); i < n; i++)
        setting_read(&saved[i], load_text(saved[i].name));
    if ((was.optimizer == SGD) != (run->how.optimizer == SGD))
        fail("%s: was trained with %s, whose memory is of no use to another"
             " optimizer", path, load_text("optimizer"));
    load_state(&run->step, &run->random);
    for (size_t i = 0; i < tape->count; i++) {
        struct tensor *p = tape->parameters[i];
        memcpy(p->data, safetensors_require(&loaded, p->name, p->rank,
                                            p->shape),
               p->count * sizeof(float));
    }
    size_t bytes = tape->size * sizeof(float);
    memcpy(run->memory, safetensors_require(&loaded, "optimizer.first", 1,
                                            &tape->size), bytes);
    memcpy(run->memory + tape->size,
           safetensors_require(&loaded, "optimizer.second", 1, &tape->size),
           bytes);
    safetensors_free(&loaded);
}
#endif
static size_t print_every(const struct settings *how)
{
    return how->steps < 10 ? 1 : how->steps / 10;
}

static void print_quality(struct run *run, struct progress *progress)
{
    struct quality q = run_quality(run, &run->data);
    if (progress->on && progress_showing)
        fputs("\r\033[K", stderr);
    printf("step %6zu   loss %.4f   right %.4f\n", run->step, q.loss,
           q.right);
    fflush(stdout);
}

static int finish(struct run *run, const char *save);

static int train(struct run *run, const char *save, size_t pause)
{
    size_t last = run->how.steps;
    if (pause && pause < last)
        last = pause;
    if (save)
        output_try(save);
    if (run->step > last)
        fail("this run has done %zu steps already: say --steps with more",
             run->step);
    struct progress progress = progress_start(run->step, last);
    catch_interrupt();
    print_quality(run, &progress);
    while (run->step < last && !interrupted) {
        float loss = run_step(run);
        progress_step(&progress, run->step, "loss %.4f", loss);
        if (run->step % print_every(&run->how) == 0 || run->step == last)
            print_quality(run, &progress);
    }
    progress_end(&progress);
    return finish(run, save);
}

static int finish(struct run *run, const char *save)
{
    if (interrupted && !save)
        save = "gradient.safetensors";
    if (save)
        run_save(run, save);
    if (!interrupted)
        return 0;
    fprintf(stderr, "gradient: stopped after step %zu; --load %s goes on\n",
            run->step, save);
    return 128 + interrupted;
}

static void refuse_nonsense(const struct request *want, struct settings *how);

static void read_command(struct request *want, struct settings *how,
                         int argc, char **argv)
{
    const struct command_option rest[] = {
        /* the options about its files */
        {"save", OPTION_TEXT, &want->save, "FILE.safetensors", "write the run"},
        {"load", OPTION_TEXT, &want->load, "FILE.safetensors", "go on with a run"},
        {"pause", OPTION_SIZE, &want->pause, "N", "stop after step N; 0: go on"},
        {"x", OPTION_TEXT, &want->x, "X.npy", "points, (n, width)"},
        {"y", OPTION_TEXT, &want->y, "Y.npy", "their classes, (n): 0, 1, ..."},
        {"predict", OPTION_TEXT, &want->predict, "X.npy", "points to classify"},
        {"out", OPTION_TEXT, &want->out, "P.npy", "where their weights go"},
        {"threads", OPTION_SIZE, &want->threads, "N", "0: one for each core"},
        {"check", OPTION_FLAG, &want->check, NULL, "compare every gradient with"
         " finite differences"},
        {"results", OPTION_FLAG, &want->results, NULL, "print the book's numbers"},
        FIGURE_OPTIONS,
        {0}
    };
    static struct command_option options[2 * SETTINGS];
    static const struct command command = {
        "gradient",
        "trains a small network on two spirals, or on your points",
        "gradient [OPTION]... --steps N\n"
        "gradient --load FILE.safetensors --predict X.npy --out P.npy\n"
        "gradient --check",
        "gradient --steps 1000 --optimizer sgd --lr 0.1 --save"
        " run.safetensors", options
    };
    REQUIRE(sizeof rest / sizeof *rest <= SETTINGS);
    memcpy(options + list_settings(options, how), rest, sizeof rest);
    if (argc == 1)
        command_usage(&command);
    size_t words = command_parse(&command, argc, argv);
    if (want->load) {
        load_settings(how, want->load);
        words = command_parse(&command, argc, argv);
    }
    if (words)
        fail("what is \"%s\"? All arguments are options", argv[1]);
    refuse_nonsense(want, how);
}

static void refuse_nonsense(const struct request *want, struct settings *how)
{
    require_settings(how);
    command_alone("check", "threads");
    command_alone("results", "threads");
    command_alone("predict", "load out threads");
    if (!want->x != !want->y)
        fail("--x and --y belong together");
    if (how->optimizer == SGD && command_given("weight-decay"))
        fail("--weight-decay is for adam and adamw");
    if (how->optimizer != SGD && command_given("momentum"))
        fail("--momentum is for sgd");
    if (want->x && (command_given("points") || command_given("noise")))
        fail("--points and --noise are for the spirals, not for --x");
    if (want->x)
        how->points = 0;
    if (!want->predict != !want->out)
        fail("--predict and --out belong together");
    if (want->predict && !want->load)
        fail("--predict needs a trained network: --load one");
}

static struct array read_rows(const char *path)
{
    struct array a = npy_read(path);
    if (a.rank != 2 || a.count == 0 || a.shape[1] > MOST_INPUTS)
        fail("%s: not an array of points, (n, width)", path);
    for (size_t i = 0; i < a.count; i++)
        if (!isfinite(a.data[i]))
            fail("%s: row %zu has a number that is not finite", path,
                 i / a.shape[1] + 1);
    return a;
}

static struct points read_points(const char *x_path, const char *y_path)
{
    struct array x = read_rows(x_path);
    struct array y = npy_read(y_path);
    if (y.rank != 1 || y.count != x.shape[0])
        fail("%s: %zu classes for the %zu points of %s", y_path,
             y.rank == 1 ? y.count : 0, x.shape[0], x_path);
    struct points p = {.x = x.data, .count = x.shape[0],
                       .width = x.shape[1]};
    p.label = allocate(p.count, sizeof(int32_t));
    for (size_t i = 0; i < p.count; i++) {
        if (!(y.data[i] >= 0 && y.data[i] < MOST_CLASSES)
            || y.data[i] != floorf(y.data[i]))
            fail("%s: class %zu is %g, not a whole number from 0 to %d",
                 y_path, i + 1, (double)y.data[i], MOST_CLASSES - 1);
        p.label[i] = (int32_t)y.data[i];
        size_t needed = (size_t)p.label[i] + 1;
        p.classes = needed > p.classes ? needed : p.classes;
    }
    if (p.classes < 2)
        fail("%s: all points are of class 0; there is nothing to learn",
             y_path);
    array_free(&y);
    return p;
}

static struct points request_points(const struct request *want,
                                    const struct settings *how)
{
    if (want->predict)
        return points_new(0, how->inputs, how->classes);
    if (!want->x && want->load && how->points == 0)
        fail("%s: a run on other points than the spirals: name them with --x"
             " and --y", want->load);
    if (!want->x)
        require_size("points", how->points, 2, MOST_POINTS);
    struct points data = want->x ? read_points(want->x, want->y)
        : spirals(how->points, how->noise, how->seed, STREAM_POINTS);
    if (!want->load)
        return data;
    if (data.width != how->inputs || data.classes > how->classes)
        fail("%s: %zu numbers and %zu classes; the network of %s has %zu and"
             " %zu", want->x ? want->x : "the spirals", data.width,
             data.classes, want->load, how->inputs, how->classes);
    data.classes = how->classes;
    return data;
}

static int predict_file(const char *out, const char *in, struct run *run)
{
    struct array x = read_rows(in);
    if (x.shape[1] != run->data.width)
        fail("%s: points with %zu numbers; the network takes %zu", in,
             x.shape[1], run->data.width);
    struct tape *tape = run->net.tape;
    tape_begin(tape);
    tape->no_grad = true;
    struct tensor *scores = network_forward(&run->net,
        tape_input(tape, x.data, SHAPE(x.shape[0], x.shape[1])));
    size_t shape[2] = {x.shape[0], run->data.classes};
    struct array p = array_new(2, shape);
    softmax_rows(p.data, scores->data, shape[0], shape[1]);
    npy_write(out, &p);
    array_free(&x);
    array_free(&p);
    return 0;
}
struct result { const char *name; int optimizer; double lr, decay; };
static const struct result cases[] = {
    {"sgd", SGD, 0.1, 0}, {"adam", ADAM, 0.01, 0},
    {"decay.adam", ADAM, 0.01, 0.01}, {"decay.adamw", ADAMW, 0.01, 0.01}
};

static struct run trained(const struct result *test_case)
{
    struct settings how = standard;
    how.optimizer = test_case->optimizer;
    how.lr = test_case->lr;
    how.weight_decay = test_case->decay;
    struct run run = run_new(&how, spirals(how.points, how.noise, how.seed,
                                           STREAM_POINTS));
    while (run.step < how.steps)
        run_step(&run);
    return run;
}

static void print_result(const struct result *test_case)
{
    double start = seconds_now();
    struct run run = trained(test_case);
    double seconds = seconds_now() - start;
    struct points fresh = spirals(run.how.points, run.how.noise,
                                  run.how.seed, STREAM_FRESH);
    struct quality q = run_quality(&run, &run.data);
    struct quality other = run_quality(&run, &fresh);
    printf("gradient.speed.%s.loss = %.4g\n", test_case->name, q.loss);
    printf("gradient.speed.%s.right = %.4f\n", test_case->name, q.right);
    printf("gradient.speed.%s.fresh = %.4f\n", test_case->name, other.right);
    printf("gradient.time.%s = %.3f\n", test_case->name, seconds);
    points_free(&fresh);
    run_free(&run);
}

static int print_results(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        print_result(&cases[i]);
    printf("gradient.speed.check = %.2g\n",
           differences_table(NULL, operations_double));
    struct network net = network_new(2, standard.hidden, 2);
    printf("gradient.parameters = %zu\n", net.tape->size);
    tape_free(net.tape);
    return 0;
}
/* the figure spirals */
enum { NOTES = 200, STEPS_A_FRAME = 8, STEPS_BEFORE = 400 };
static struct settings watched_how;
static struct run watched;
static struct quality watched_now;
static float watched_x[NOTES + 1], watched_loss[NOTES + 1];
static float watched_rate = 0.01f;
static int watched_optimizer = ADAMW;
static size_t watched_notes;
static bool watched_plays;
/* watch a run */
static size_t watch_every(void)
{
    return (watched.how.steps + NOTES - 1) / NOTES;
}

static void watch_note(void)
{
    watched_now = run_quality(&watched, &watched.data);
    watched_x[watched_notes] = (float)watched.step;
    watched_loss[watched_notes++] = watched_now.loss;
}

static void watch_steps(size_t n)
{
    watched.how.lr = (double)watched_rate;
    while (n-- > 0 && watched.step < watched.how.steps) {
        run_step(&watched);
        if (watched.step % watch_every() == 0)
            watch_note();
    }
    watched_plays &= watched.step < watched.how.steps;
}

static void watch_again(void)
{
    if (!watched_how.steps)
        watched_how = standard;
    watched_how.optimizer = watched_optimizer;
    if (watched.net.tape)
        run_free(&watched);
    const struct settings *how = &watched_how;
    watched = run_new(how, spirals(how->points, how->noise, how->seed,
                                   STREAM_POINTS));
    watched_notes = 0;
    watch_note();
}
/* draw what the network believes everywhere */
#define EDGE 1.15f                  /* the plane goes from -EDGE to EDGE */
enum { GRID_side = 64, CELLS = GRID_side * GRID_side };
static float cell_x[2 * CELLS], cell_p[2 * CELLS];

static void ask_everywhere(void)
{
    struct tape *tape = watched.net.tape;
    for (size_t i = 0; i < CELLS; i++) {
        const float step = 2 * EDGE / GRID_side;
        cell_x[2 * i] = -EDGE + step * ((float)(i % GRID_side) + 0.5f);
        cell_x[2 * i + 1] = EDGE - step * ((float)(i / GRID_side) + 0.5f);
    }
    tape_begin(tape);
    tape->no_grad = true;
    struct tensor *x = tape_input(tape, cell_x, SHAPE(CELLS, 2));
    struct tensor *scores = network_forward(&watched.net, x);
    tape->no_grad = false;
    softmax_rows(cell_p, scores->data, CELLS, 2);
}

static struct color class_color(const struct frame *f, float p0)
{
    struct color sure = paint(f, p0 > 0.5f ? SERIES_1 : SERIES_2);
    return mix(paint(f, PAPER), sure, 0.6f * fabsf(2 * p0 - 1));
}
static void draw_plane(struct frame *f, struct rect r)
{
    float cell = r.w / GRID_side;
    ask_everywhere();
    for (int i = 0; i < CELLS; i++) {
        /* let square be the place of cell i, in whole pixels */
        float x0 = floorf(r.x + cell * (float)(i % GRID_side));
        float y0 = floorf(r.y + cell * (float)(i / GRID_side));
        struct rect square = {x0, y0,
            floorf(r.x + cell * (float)(i % GRID_side + 1)) - x0,
            floorf(r.y + cell * (float)(i / GRID_side + 1)) - y0};
        draw_rect(f, square, class_color(f, cell_p[2 * i]));
    }
    /* draw the points */
    const struct points *p = &watched.data;
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
                cell_x[2 * i], cell_x[2 * i + 1], cell_p[2 * i],
                cell_p[2 * i + 1]);
    }
}

static bool spirals_frame(struct frame *f)
{
    if (!watched.net.tape) {
        watch_again();
        watch_steps(STEPS_BEFORE);
    }
    /* place the controls, the plane and the curve */
    bool tall = f->narrow;
    float side = tall ? f->width - 32 : fminf(f->height - 84, f->width / 2 - 20);
    struct rect names = {16, tall ? 8 : 14, tall ? f->width - 32 : 186, 34},
                rate = {tall ? 16 : 224, tall ? 52 : 8,
                        tall ? f->width - 32 : f->width - 224 - 196, 44},
                go = {tall ? 16 : f->width - 172, tall ? 104 : 14, 74, 34},
                again = {go.x + 82, go.y, 74, 34},
                plane = {16, tall ? 150 : 68, side, side},
                curve = {tall ? 20 : side + 28, tall ? 154 + side : 60, 0, 0};
    curve.w = f->width - curve.x - 12;
    curve.h = f->height - curve.y;
    /* draw the controls of the run */
    static const char *const optimizers[3] = {"SGD", "Adam", "AdamW"};
    if (choice(f, names, optimizers, 3, &watched_optimizer)) {
        watched_rate = watched_optimizer == SGD ? 0.1f : 0.01f;
        watch_again();
    }
    slider_log(f, rate, "learning rate", &watched_rate, 1e-4f, 10, "%.4f");
    bool ended = watched.step >= watched.how.steps;
    if (button(f, go, watched_plays ? "pause" : "train")) {
        watched_plays = !watched_plays;
        if (ended)
            watch_again();
    }
    if (button(f, again, "again"))
        watch_again();
    bool played = watched_plays;
    if (played)
        watch_steps(STEPS_A_FRAME);
    draw_plane(f, plane);
    /* draw the curve of the loss */
    struct plot p = plot_new(f, curve, 0, (float)watched.how.steps, 1e-3f, 1);
    plot_axes_log(&p, "step", "loss", false, true);
    plot_line(&p, watched_x, watched_loss, watched_notes, paint(f, ACCENT), 2);
    draw_text(f, p.area.x + p.area.w, curve.y + 14, TEXT_SIZE,
              ALIGN_RIGHT | TEXT_BOLD, paint(f, INK),
              "step %zu: loss %.3f, %.1f%% right", watched.step,
              watched_now.loss, 100 * watched_now.right);
    return played;
}
static void spirals_table(FILE *out)
{
    watch_again();
    fprintf(out, "step\tloss\tright\n");
    for (size_t step = 0; step <= watched.how.steps; step += 100) {
        watched_now = run_quality(&watched, &watched.data);
        fprintf(out, "%zu\t%.4f\t%.4f\n", step, watched_now.loss,
                watched_now.right);
        watch_steps(100);
    }
}

/* the figure operation */
struct curve {
    const char *name;
    void (*forward)(float *out, const float *x, size_t n);
    void (*exact)(double *out, const double *x, size_t n);
    void (*backward)(double *dx, const double *dout, const double *x,
                     size_t n);
    bool from_out;              /* backward wants out instead of x */
};
/* the weight of one score among three, as an operation */
static void weight_forward(float *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float p[3] = {x[i], 0, 1};
        softmax(p, p, 3);
        out[i] = p[0];
    }
}

static void weight_exact(double *out, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double p[3] = {x[i], 0, 1};
        softmax_double(p, p, 3);
        out[i] = p[0];
    }
}

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
static const struct curve curves[] = {
    {"tanh", row_tanh, row_tanh_double, tanh_backward_double, true},
    {"sigmoid", sigmoid_forward, sigmoid_forward_double,
     sigmoid_backward_double, true},
    {"ReLU", relu_forward, relu_forward_double, relu_backward_double, true},
    {"GELU", gelu_forward, gelu_forward_double, gelu_backward_double, false},
    {"softmax", weight_forward, weight_exact, weight_backward, false}
};
enum { CURVES = sizeof curves / sizeof *curves };
static int curve_chosen = 0;
static float curve_x = 0.5f, curve_h = 0.9f;

static double curve_slope(double *y, double x)
{
    const struct curve *c = &curves[curve_chosen];
    double dx = 0, one = 1;
    c->exact(y, &x, 1);
    c->backward(&dx, &one, c->from_out ? y : &x, 1);
    return dx;
}

static double slope_double(double x, double h)
{
    double at[2] = {x + h, x - h}, y[2];
    curves[curve_chosen].exact(y, at, 2);
    return at[0] == at[1] ? 0 : (y[0] - y[1]) / (at[0] - at[1]);
}

static double slope_float(float x, float h)
{
    float at[2] = {x + h, x - h}, y[2];
    curves[curve_chosen].forward(y, at, 2);
    return at[0] == at[1] ? 0
        : (double)((y[0] - y[1]) / (at[0] - at[1]));
}
/* draw the errors of finite differences against h */
enum { WIDTHS = 61 };
#define ERROR_FLOOR 1e-14

static float error_of(double slope, double want)
{
    double error = fabs(slope - want);
    return (float)(error < ERROR_FLOOR ? ERROR_FLOOR : error);
}

static void curve_errors(float *hs, float *in_double, float *in_float)
{
    double y, slope = curve_slope(&y, (double)curve_x);
    for (int i = 0; i < WIDTHS; i++) {
        double h = pow(10, -(double)i / 5);
        hs[i] = (float)h;
        in_double[i] = error_of(slope_double((double)curve_x, h), slope);
        in_float[i] = error_of(slope_float(curve_x, (float)h), slope);
    }
}

static void draw_errors(struct frame *f, struct rect r)
{
    float hs[WIDTHS], in_double[WIDTHS], in_float[WIDTHS];
    struct plot p = plot_new(f, r, 1e-12f, 1, (float)ERROR_FLOOR, 10);
    plot_axes_log(&p, "h", "error", true, true);
    curve_errors(hs, in_double, in_float);
    plot_line(&p, hs, in_float, WIDTHS, paint(f, SERIES_3), 1.5f);
    plot_line(&p, hs, in_double, WIDTHS, paint(f, SERIES_2), 1.5f);
    plot_vline(&p, curve_h, paint(f, INK));
    /* mark the error at the chosen h */
    double y, slope = curve_slope(&y, (double)curve_x);
    float here = error_of(slope_double((double)curve_x, (double)curve_h), slope);
    plot_points(&p, &curve_h, &here, 1, paint(f, SERIES_2), 5);

    plot_legend(&p, (const char *[]){"in float", "in double"},
                (enum ink[]){SERIES_3, SERIES_2}, 2);
}
/* draw a curve with its slopes */
static void draw_slopes(struct frame *f, struct rect r)
{
    const float low = -1.2f, high = 2.2f, reach = 3;
    struct plot p = plot_new(f, r, -reach, reach, low, high);
    double y, slope = curve_slope(&y, (double)curve_x);
    double rough = slope_double((double)curve_x, (double)curve_h);
    plot_axes(&p, "x", "value");
    /* draw the curve itself */
    float xs[121], ys[121];
    for (int i = 0; i <= 120; i++)
        xs[i] = reach * ((float)i / 60 - 1);
    curves[curve_chosen].forward(ys, xs, 121);
    plot_line(&p, xs, ys, 121, paint(f, INK), 2);
    /* draw the tangent, and the line of the finite difference */
    float x = curve_x, h = curve_h, ends[2] = {x - 1.3f, x + 1.3f};
    float pair[2] = {x - h, x + h}, at[2];
    curves[curve_chosen].forward(at, pair, 2);
    float tangent[2] = {(float)(y - 1.3 * slope), (float)(y + 1.3 * slope)};
    float middle = (at[0] + at[1]) / 2, rise = 1.3f * (float)rough;
    float chord[2] = {middle - rise, middle + rise};
    plot_line(&p, ends, chord, 2, paint(f, SERIES_2), 2);
    plot_line(&p, ends, tangent, 2, paint(f, SERIES_1), 2);
    plot_points(&p, pair, at, 2, paint(f, SERIES_2), 4);
    float level = (float)y;
    drag_point(f, 0, p.area, &curve_x, &level, -reach, reach, low, high);
    /* write value, derivative and finite difference */
    float left = p.area.x + 8, line = p.area.y + 18;
    draw_text(f, left, line, TEXT_SIZE, 0, paint(f, INK), "value %.6f", y);
    draw_text(f, left, line + 18, TEXT_SIZE, TEXT_BOLD, paint(f, SERIES_1),
              "derivative %.9f", slope);
    draw_text(f, left, line + 36, TEXT_SIZE, TEXT_BOLD, paint(f, SERIES_2),
              "difference %.9f", rough);
}
static bool operation_frame(struct frame *f)
{
    const char *names[CURVES];
    for (int i = 0; i < CURVES; i++)
        names[i] = curves[i].name;
    bool tall = f->narrow;
    float wide = tall ? f->width - 32 : f->width / 2 - 24;
    choice(f, (struct rect){16, 14, wide, 34}, names, CURVES, &curve_chosen);
    struct rect h = {tall ? 16 : wide + 40, tall ? 56 : 8, wide, 44};
    slider_log(f, h, "h", &curve_h, 1e-12f, 1, "%.1e");
    /* place the curve and the errors */
    float top = tall ? 106 : 60;
    float high = tall ? (f->height - top) / 2 : f->height - top;
    struct rect left = {8, top, tall ? f->width - 8 : f->width / 2, high};
    struct rect right = {tall ? 22 : f->width / 2 + 22, tall ? top + high : top,
                         (tall ? f->width : f->width / 2) - 30, high};
    draw_slopes(f, left);
    draw_errors(f, right);
    return false;
}
static void operation_table(FILE *out)
{
    float hs[WIDTHS], in_double[WIDTHS], in_float[WIDTHS];
    curve_errors(hs, in_double, in_float);
    fprintf(out, "h\terror in double\terror in float\n");
    for (int i = 0; i < WIDTHS; i += 5)
        fprintf(out, "%.0e\t%.1e\t%.1e\n", hs[i], in_double[i], in_float[i]);
}

/* the figure valley */
enum { WAYS = 3, WAY_STEPS = 100 };
#define STEEP 100.0f
static const char *const way_names[WAYS] = {"SGD", "momentum", "Adam"};
static float way_rate[WAYS] = {0.018f, 0.018f, 0.1f};
static float way_start[2] = {-1.8f, 1.1f}, way_length = 60;
static int valley_slant;

static void valley_turn(float *a, float *b, float x, float y)
{
    const float h = valley_slant ? 0.70710678f : 0;
    *a = valley_slant ? h * (x + y) : x;
    *b = valley_slant ? h * (y - x) : y;
}

static float valley_loss(float *dw /* (2) or NULL */, const float *w)
{
    float a, b, h = 0.70710678f;
    valley_turn(&a, &b, w[0], w[1]);
    if (dw) {
        dw[0] = valley_slant ? h * (a - STEEP * b) : a;
        dw[1] = valley_slant ? h * (a + STEEP * b) : STEEP * b;
    }
    return 0.5f * (a * a + STEEP * b * b);
}
static float walk(float *xs, float *ys, int way, size_t steps)
{
    float w[2] = {way_start[0], way_start[1]}, m[2] = {0}, v[2] = {0}, dw[2];
    const struct sgd sgd = {(double)way_rate[way], way == 1 ? 0.8 : 0};
    const struct adam adam = {(double)way_rate[way], 0.9, 0.999, 1e-8, 0, 0};
    for (size_t t = 0; t <= steps; t++) {
        xs[t] = w[0];
        ys[t] = w[1];
        valley_loss(dw, w);
        /* take one step of this way, unless it was the last */
        if (t < steps && way < 2)
            sgd_step(w, m, dw, 2, &sgd);
        else if (t < steps)
            adam_step(w, m, v, dw, 2, &adam, t + 1);
    }
    return valley_loss(NULL, w);
}
/* draw one way through the valley */
#define REACH 2.2f
static const enum ink way_inks[WAYS] = {SERIES_2, SERIES_1, SERIES_3};

static void draw_levels(struct plot *p)
{
    enum { AROUND = 72 };
    float xs[AROUND + 1], ys[AROUND + 1];
    for (float level = 0.05f; level < 200; level *= 3) {
        /* let xs and ys be the ellipse of this level */
        for (int i = 0; i <= AROUND; i++) {
            float turn = 6.2831853f * (float)i / AROUND;
            float a = sqrtf(2 * level) * cosf(turn);
            float b = sqrtf(2 * level / STEEP) * sinf(turn);
            float h = valley_slant ? 0.70710678f : 0, one = valley_slant ? h : 1;
            xs[i] = plot_x(p, one * a - h * b);
            ys[i] = plot_y(p, h * a + one * b);
        }

        draw_polyline(p->frame, xs, ys, AROUND + 1, 1.2f,
                      paint(p->frame, GRID));
    }
}
static void draw_way(struct frame *f, struct rect r, int way)
{
    float xs[WAY_STEPS + 1], ys[WAY_STEPS + 1];
    size_t steps = (size_t)lroundf(way_length);
    /* place the square of the way */
    float side = f->narrow ? fminf(r.h - 34, r.w * 0.55f)
                           : fminf(r.w - 16, r.h - 84);
    struct rect square = {r.x + (f->narrow ? 16 : (r.w - side) / 2), r.y + 24,
                          side, side};
    struct rect rate = {square.x, square.y + side + 8, side, 44};
    if (f->narrow)
        rate = (struct rect){square.x + side + 16, square.y + side / 2 - 22,
                             r.w - side - 48, 44};
    struct plot p = {f, square, -REACH, REACH, -REACH, REACH, 0, 0};
    draw_round(f, square, 5, paint(f, PANEL));
    clip_to(f, square);
    draw_levels(&p);
    float loss = walk(xs, ys, way, steps);
    plot_line(&p, xs, ys, steps + 1, paint(f, way_inks[way]), 1.5f);
    plot_points(&p, xs, ys, steps + 1, paint(f, way_inks[way]), 2.5f);
    clip_off(f);
    drag_point(f, way, square, &way_start[0], &way_start[1], -REACH, REACH,
               -REACH, REACH);
    slider_log(f, rate, "rate", &way_rate[way], 1e-3f, 1, "%.3f");
    /* write where the way has come to */
    draw_text(f, square.x, r.y + 16, TEXT_SIZE, TEXT_BOLD,
              paint(f, INK), "%s", way_names[way]);
    draw_text(f, square.x + side, r.y + 16, TEXT_SIZE, ALIGN_RIGHT,
              paint(f, loss < 1000 ? INK : WARN), "loss %.3g", loss);
}
static bool valley_frame(struct frame *f)
{
    static const char *const kinds[2] = {"along the axes", "slanted"};
    bool tall = f->narrow;
    float wide = tall ? f->width - 32 : fminf(226, f->width / 2 - 24);
    choice(f, (struct rect){16, 14, wide, 34}, kinds, 2, &valley_slant);
    struct rect length = {tall ? 16 : wide + 40, tall ? 56 : 8,
                          tall ? wide : f->width - wide - 56, 44};
    slider(f, length, "steps", &way_length, 0, WAY_STEPS, "%.0f");
    /* draw the three ways, side by side or one below the other */
    float top = tall ? 108 : 62;
    float each = tall ? f->width : (f->width - 16) / WAYS;
    float high = tall ? (f->height - top) / WAYS : f->height - top;
    for (int way = 0; way < WAYS; way++) {
        float x = tall ? 0 : 8 + each * (float)way;
        float y = tall ? top + high * (float)way : top;
        draw_way(f, (struct rect){x, y, each, high}, way);
    }
    return false;
}

static void valley_table(FILE *out)
{
    float xs[WAY_STEPS + 1], ys[WAY_STEPS + 1];
    fprintf(out, "optimizer\trate\tsteps\tx\ty\tloss\n");
    for (int way = 0; way < WAYS; way++)
        for (size_t steps = 0; steps <= 60; steps += 20) {
            float loss = walk(xs, ys, way, steps);
            fprintf(out, "%s\t%g\t%zu\t%.3f\t%.3f\t%.3g\n", way_names[way],
                    way_rate[way], steps, xs[steps], ys[steps], loss);
        }
}

/* the figure uses */
enum { USES_WORDS = 3, USES_WIDTH = 2, USES = USES_WORDS * USES_WIDTH };
static float uses_x[USES] = {0.7f, -0.6f, -0.2f, 0.3f, -1.1f, 0.6f};
static const float uses_g[USES] = {1, -0.1f, -0.1f, 0.7f, -0.4f, 1};

static struct tensor *uses_loss(struct tape *tape, struct tensor **qkv)
{
    struct tensor *g = tape_input(tape, uses_g,
                                  SHAPE(1, USES_WORDS, USES_WIDTH));
    struct tensor *out = tape_attention(tape, qkv[0], qkv[1], qkv[2], false,
                                        NULL);
    return tape_sum(tape, tape_multiply(tape, out, g));
}

static void uses_shares(float shares[4][USES])
{
    for (int one = 0; one < 2; one++) {
        struct tape *tape = tape_new();
        struct tensor *qkv[3];
        /* make three parameters with the same numbers, or one */
        for (int i = 0; i < 3; i++) {
            qkv[i] = one && i ? qkv[0]
                : tape_parameter(tape, "x", SHAPE(1, USES_WORDS, USES_WIDTH));
        }
        for (int i = 0; i < 3; i++)
            memcpy(qkv[i]->data, uses_x, sizeof uses_x);
        tape_begin(tape);
        tape_backward(tape, uses_loss(tape, qkv));
        for (int i = 0; i < (one ? 1 : 3); i++)
            memcpy(shares[one ? 3 : i], qkv[i]->grad, sizeof *shares);
        tape_free(tape);
    }
}
static const char *const uses_names[USES] = {"1a", "1b", "2a", "2b", "3a",
                                             "3b"};
/* draw the bars of the shares */
static void draw_series(struct plot *p, const float *ys, int i, int n,
                        enum ink ink)
{
    float xs[USES], bar = 0.8f / (float)n;
    for (int k = 0; k < USES; k++)
        xs[k] = (float)k + bar * ((float)i - 0.5f * (float)(n - 1));
    plot_bars(p, xs, ys, USES, bar, paint(p->frame, ink));
}

static void draw_shares(struct frame *f, struct rect r,
                        float shares[4][USES])
{
    const enum ink inks[3] = {SERIES_1, SERIES_2, SERIES_3};
    struct plot p = plot_new(f, r, -0.6f, USES - 0.4f, -1.5f, 1.5f);
    plot_axes_names(&p, uses_names, USES, "gradient");
    for (int i = 0; i < 3; i++)
        draw_series(&p, shares[i], i, 3, inks[i]);
    plot_legend(&p, (const char *[]){"as query", "as key", "as value"}, inks,
                3);
}

static void draw_sums(struct frame *f, struct rect r,
                      float shares[4][USES])
{
    const enum ink inks[2] = {ACCENT, WARN};
    struct plot p = plot_new(f, r, -0.6f, USES - 0.4f, -1.5f, 1.5f);
    plot_axes_names(&p, uses_names, USES, "what arrives");
    draw_series(&p, shares[3], 0, 2, inks[0]);
    draw_series(&p, shares[2], 1, 2, inks[1]);
    plot_legend(&p, (const char *[]){"all three added", "the last alone"},
                inks, 2);
}

static bool uses_frame(struct frame *f)
{
    float shares[4][USES];
    slider(f, (struct rect){16, 8, f->width - 32, 44},
           "first number of the first word", &uses_x[0], -3, 3, "%.2f");
    uses_shares(shares);
    /* place the shares and the sums */
    float wide = f->narrow ? f->width : f->width / 2;
    float high = f->narrow ? (f->height - 60) / 2 : f->height - 60;
    struct rect left = {0, 60, wide, high}, right = left;
    if (f->narrow)
        right.y += high;
    else
        right.x += wide;
    draw_shares(f, left, shares);
    draw_sums(f, right, shares);
    return false;
}

static void uses_table(FILE *out)
{
    float s[4][USES];
    uses_shares(s);
    fprintf(out, "number\tas query\tas key\tas value\tadded\n");
    for (int i = 0; i < USES; i++)
        fprintf(out, "%s\t%.4f\t%.4f\t%.4f\t%.4f\n", uses_names[i], s[0][i],
                s[1][i], s[2][i], s[3][i]);
}

/* the figure of the wrong axis */
enum { AXIS_ROWS = 3, AXIS_COLS = 4, AXIS_ALL = AXIS_ROWS * AXIS_COLS };
static const float axis_x[AXIS_ALL] = {
    1, 0, -1, 0.5f,   0, 2, 1, -0.5f,   -1, 0.3f, 1.2f, 0};
static const float axis_g[AXIS_ALL] = {
    1, -1, 0.5f, 2,   -0.5f, 1, 0, 2,   1, 0, -1, 0.5f};

static double axis_loss(const double *x)
{
    double loss = 0;
    for (size_t r = 0; r < AXIS_ROWS; r++) {
        double sum = 0, all = 0;
        for (size_t c = 0; c < AXIS_COLS; c++) {
            double e = exp(x[r * AXIS_COLS + c]);
            sum += e;
            all += e * (double)axis_g[r * AXIS_COLS + c];
        }
        loss += all / sum;
    }
    return loss;
}

static void axis_differences(float *dx)
{
    double x[AXIS_ALL];
    for (size_t i = 0; i < AXIS_ALL; i++)
        x[i] = (double)axis_x[i];
    for (size_t i = 0; i < AXIS_ALL; i++) {
        double was = x[i], above = (x[i] = was + 1e-5, axis_loss(x));
        double below = (x[i] = was - 1e-5, axis_loss(x));
        dx[i] = (float)((above - below) / 2e-5);
        x[i] = was;
    }
}
static void axis_gradients(float dx[3][AXIS_ALL])
{
    float p[AXIS_ALL];
    memset(dx, 0, 3 * sizeof *dx);
    softmax_rows(p, axis_x, AXIS_ROWS, AXIS_COLS);
    axis_differences(dx[0]);
    softmax_rows_backward(dx[1], axis_g, p, AXIS_ROWS, AXIS_COLS);
    for (size_t i = 0; i < AXIS_ALL; i++) {
        float mean = 0;
        for (size_t k = i % AXIS_COLS; k < AXIS_ALL; k += AXIS_COLS)
            mean += axis_g[k] * p[k];
        dx[2][i] = p[i] * (axis_g[i] - mean);
    }
}
static const char *const axis_names[3] = {
    "finite differences", "backward, along the rows",
    "backward, down the columns"};
static void draw_gradients(struct frame *f, struct rect r,
                           const char *title, const float *dx)
{
    struct heatmap look = {.title = title, .show_numbers = true,
                           .no_bar = true, .diverging = true};
    struct rect map = {r.x, r.y, r.w - 52, r.h};
    heatmap(f, map, dx, AXIS_ROWS, AXIS_COLS, -0.5f, 0.5f, &look);
    for (int i = 0; i < AXIS_ROWS; i++) {
        float sum = 0;
        for (int k = 0; k < AXIS_COLS; k++)
            sum += dx[i * AXIS_COLS + k];
        /* write the sum of a row of gradients, in red if it is not 0 */
        float y = r.y + 24 + ((float)i + 0.5f) * (r.h - 27) / AXIS_ROWS;
        bool bad = fabsf(sum) > 1e-3f;
        draw_text(f, r.x + r.w - 4, y, TEXT_SIZE,
                  ALIGN_RIGHT | ALIGN_MIDDLE | TEXT_BOLD,
                  paint(f, bad ? WARN : INK), "%.2f", bad ? sum : 0);
    }
}
static bool axis_frame(struct frame *f)
{
    float dx[3][AXIS_ALL];
    axis_gradients(dx);
    for (int i = 0; i < 3; i++) {
        float part = (float)i / 3;
        struct rect r = {8 + part * (f->width - 8), 8, f->width / 3 - 12,
                         f->height - 16};
        if (f->narrow)
            r = (struct rect){8, 8 + part * (f->height - 8), f->width - 16,
                              f->height / 3 - 16};
        draw_gradients(f, r, axis_names[i], dx[i]);
    }
    return false;
}
static void axis_table(FILE *out)
{
    float dx[3][AXIS_ALL];
    axis_gradients(dx);
    fprintf(out, "row\tcolumn\tdifferences\tbackward\twrong axis\n");
    for (int i = 0; i < AXIS_ALL; i++)
        fprintf(out, "%d\t%d\t%.4f\t%.4f\t%.4f\n", i / AXIS_COLS,
                i % AXIS_COLS, dx[0][i], dx[1][i], dx[2][i]);
}

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
int main(int argc, char **argv)
{
    struct settings settings = standard, *how = &settings;
    struct request want = {0};
    read_command(&want, how, argc, argv);
    command_threads(want.threads);
    if (want.check)
        return !(differences_table(stdout, operations_double) <= 1e-6);
    if (want.results)
        return print_results();
    /* let the figures begin as the command line says */
    figure_request.obeys = "steps seed hidden batch points noise optimizer lr"
        " momentum weight-decay clip schedule warmup threads";
    watched_how = *how;
    watched_rate = (float)how->lr;
    watched_optimizer = how->optimizer;
    if (figure_requested())
        return figure_run(figures);
    struct points data = request_points(&want, how);
    struct run run = run_new(how, data);
    if (want.load)
        run_load(&run, want.load);
    int status = want.predict
        ? predict_file(want.out, want.predict, &run)
        : train(&run, want.save, want.pause);
    run_free(&run);
    return status;
}

