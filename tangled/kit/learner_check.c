/* learner_check.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/check.h"
#include "kit/learner.h"
#include "kit/signs.h"

static void square_step(struct training *t, size_t parts)
{
    struct tensor *w = t->tape->parameters[0];
    for (size_t i = 0; i < parts; i++) {
        struct tensor *square = tape_multiply(t->tape, w, w);
        training_backward(t, tape_sum(t->tape, square));
    }
    training_clip(t), training_move(t);
}

TEST(a_step_by_hand)
{
    for (int spared = 0; spared < 2; spared++) {
        struct tape *tape = tape_new();
        struct tensor *w = tape_parameter(tape, "w", SHAPE(1));
        struct training t = training_new(tape, 1000000, 1);
        t.rate = .1, t.warmup = 0, w->data[0] = 3;
        t.spares = spared ? "" : NULL;
        square_step(&t, 1);
        CHECK_CLOSE(w->data, ((float[]){ spared ? 2.9f : 2.897f }), 1, 0,
                    1e-6);
        assert_true(t.loss == 9 && t.norm == 6 && w->grad[0] == 0);
        w->data[0] = 3, square_step(&t, 2);
        assert_true(t.norm == 12 && t.step == 2);
        w->data[0] = NAN, square_step(&t, 1);
        assert_true(t.lost == 1 && t.step == 3 && !isfinite(t.norm));
        t.loss = INFINITY, training_clip(&t);
        assert_true(!isfinite(t.norm));
        training_free(&t), tape_free(tape);
    }
}

static double moved(const char *spares, enum schedule schedule)
{
    struct tape *tape = tape_new();
    struct tensor *w = tape_parameter(tape, "table", SHAPE(1, 1));
    struct training t = training_new(tape, 8000, 1);
    w->data[0] = 3, t.rate = 1e-3, t.warmup = 1000, t.step = 3999;
    t.schedule = schedule, t.spares = spares, t.how.weight_decay = 1e3;
    t.norm = 1, training_move(&t);
    double by = 3 - (double)w->data[0], lr = t.how.lr;
    training_free(&t), tape_free(tape);
    return schedule ? lr : by;
}

TEST(decay_and_schedules_can_be_chosen)
{
    assert_true(moved("word table", SCHEDULE_COSINE) == 0);
    assert_true(moved("tables able", SCHEDULE_COSINE) > 1);
    assert_true(moved(NULL, SCHEDULE_COSINE) > 1);
    assert_true(moved(NULL, SCHEDULE_CONSTANT) == 1e-3);
    assert_true(moved(NULL, SCHEDULE_INVERSE_ROOT) == .5e-3);
}

static size_t count_of(uint32_t what, const uint32_t *list, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += list[i] == what;
    return count;
}

TEST(an_epoch_has_each_example_once)
{
    struct tape *tape = tape_new();
    struct training t = training_new(tape, 10, 7);
    uint32_t which[12];
    for (t.step = 0; t.step < 3; t.step++)
        training_pick(&t, which + 4 * t.step, 4, 6);
    for (uint32_t i = 0; i < 6; i++)
        assert_true(count_of(i, which, 6) == 1
                    && count_of(i, which + 6, 6) == 1);
    assert_true(memcmp(which, which + 6, 6 * sizeof *which));
    training_free(&t), tape_free(tape);
}

static double without_gradients(void *model, void *data)
{
    (void)data;
    return ((struct signs *)model)->tape->no_grad;
}

TEST(scores_need_no_gradients)
{
    struct learner l = signs;
    l.score = without_gradients;
    struct learned m = learner_fit(&l, l.how, 1, 1);
    assert_true(learner_score(&m) == 1 && !m.tape->no_grad);
    learned_free(&m);
}

TEST(signs_are_learned)
{
    CHECK_LEARNS(&signs, 300, .6);
    CHECK_GOES_ON(&signs, 21);
    struct learned straight = learner_fit(&signs,
        &(struct signs){ .hidden = 8, .straight = true }, 1, 300);
    struct learned bent = learner_fit(&signs, signs.how, 1, 300);
    assert_true(learner_score(&straight) < .6 && learner_score(&bent) > .9);
    learned_free(&straight), learned_free(&bent);
}

TEST(halves_are_the_nearest)
{
    const float x[] = { 0, 1, -2, .1f, 65503, 6.1e-5f, 6e-8f, 2.9e-8f,
                        1.00048828125f, 1.00146484375f, 2047.9f };
    const uint16_t want[] = { 0, 0x3c00, 0xc000, 0x2e66, 0x7bff, 0x03ff, 1, 0,
                              0x3c00, 0x3c02, 0x6800 };
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        const uint16_t half = half_narrow(x[i]);
        const unsigned char two[] = { half & 255, half >> 8 };
        assert_int_equal(half, want[i]);
        assert_true(fabsf(half_widen(two) - x[i])
                    <= fmaxf(3e-8f, fabsf(x[i]) * 0x1p-11f));
    }
}

TEST(bytes_are_the_nearest)
{
    float known[127];
    for (unsigned i = 0; i < 256; i++)
        if ((i & 127) < 127) {
            const float x = byte_widen((unsigned char)i);
            assert_int_equal(byte_narrow(x), i);
            if (i < 127)
                known[i] = x;
        }
    assert_true(known[1] == 0x1p-9f && known[8] == 0x1p-6f
                && known[0x38] == 1 && known[126] == BYTE_MOST);
    for (int i = 0; i < 126; i++) {
        const float middle = (known[i] + known[i + 1]) / 2;
        assert_int_equal(byte_narrow(nextafterf(middle, 0)), i);
        assert_int_equal(byte_narrow(nextafterf(middle, 1e9f)), i + 1);
        assert_int_equal(byte_narrow(middle), i + i % 2);
        assert_int_equal(byte_narrow(-middle), 128 + i + i % 2);
    }
}

static void bytes_come_back(int narrow)
{
    const char *path = check_path("bytes.safetensors");
    const char *texts[] = { "n", "3", NULL };
    struct tape *tape = tape_new(), *copy = tape_new(), *tapes[] = { tape,
                                                                     copy };
    for (int i = 0; i < 2; i++) {
        tape_parameter(tapes[i], "w", SHAPE(3, 5));
        tape_parameter(tapes[i], "b", SHAPE(5));
    }
    for (int i = 0; i < 20; i++)
        tape->values[i] = (float)(2 * i - 15) / 16;
    weights_save_narrow(path, tape, texts, narrow);
    struct input input = input_open(path);
    char *bytes = input_data(&input, input.left);
    weights_embedded(copy, bytes);
    for (int both = 0; both < 2; both++) {
        for (int i = 0; i < 20; i++)
            assert_true(copy->values[i] == (i < 15 || narrow == NARROW_ALL
                ? byte_widen(byte_narrow(tape->values[i]))
                : tape->values[i]));
        memset(copy->values, 0, 20 * sizeof(float));
        weights_load(path, copy);
    }
    free(bytes), input_end(&input);
    tape_free(tape), tape_free(copy);
}

TEST(bytes_of_matrices_come_back)
{
    bytes_come_back(NARROW_BYTE), bytes_come_back(NARROW_ALL);
}

TEST(halves_and_their_texts_come_back)
{
    const char *path = check_path("halves.safetensors");
    const char *texts[] = { "words", "a\nb\\c\"d", "n", "3", NULL };
    struct tape *tape = tape_new(), *copy = tape_new();
    struct tensor *w = tape_parameter(tape, "w", SHAPE(3, 5));
    tape_parameter(copy, "w", SHAPE(3, 5));
    for (int i = 0; i < 15; i++)
        w->data[i] = (float)(i - 7) / 8;
    weights_save_halves(path, tape, texts);
    struct input input = input_open(path);
    char *bytes = input_data(&input, input.left);
    weights_embedded(copy, bytes);
    CHECK_CLOSE(copy->values, tape->values, 15, 0, 0);
    memset(copy->values, 0, 15 * sizeof(float));
    weights_load(path, copy);
    CHECK_CLOSE(copy->values, tape->values, 15, 0, 0);
    char *words = embedded_text(bytes, "words"), *n = embedded_text(bytes,
                                                                    "n");
    assert_string_equal(words, texts[1]);
    assert_string_equal(n, "3");
    free(words), free(n), free(bytes), input_end(&input);
    tape_free(tape), tape_free(copy);
}

TEST(embedded_weights_are_those_of_the_file)
{
    const char *path = check_path("run");
    struct learned m = learner_fit(&signs, signs.how, 3, 2);
    struct signs other = { .hidden = 7 };
    weights_save(path, m.tape);
    struct input input = input_open(path);
    void *bytes = input_data(&input, input.left);
    input_end(&input);
    struct learner with = signs;
    with.weights = bytes;
    CHECK_EMBEDDED(&with, path);
    with.how = &other;
    CHECK_DIES(DIES_REQUIRE, learner_trained(&with));
    struct learned n = learner_new(&with, &other, 1, 1);
    CHECK_PRINTS(DIES_FAIL, "w", weights_load(path, n.tape));
    CHECK_PRINTS(DIES_FAIL, "has no 'step'",
                 training_load(path, &m.training));
    free(bytes);
    learned_free(&m), learned_free(&n);
}

static void damage(const char *path, long from_end, float with)
{
    FILE *file = fopen(path, "r+b");
    fseek(file, from_end * -(long)sizeof with, SEEK_END);
    fwrite(&with, sizeof with, 1, file);
    fclose(file);
}

TEST(damaged_runs_are_refused)
{
    const char *path = check_path("run");
    struct learned m = learner_fit(&signs, signs.how, 1, 2);
    const long size = (long)m.tape->size;
    const struct { long at; float with; const char *said; } floats[] = {
        { 1, NAN, "\"optimizer.second\": element" },
        { 1, -1, "'optimizer.second' is -1" },
        { size + 1, INFINITY, "\"optimizer.first\"" },
        { 2 * size + 1, NAN, "\"v\": element" },
        { 3 * size, 3e38f, "'w' is 3e" }
    };
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        training_save(path, &m.training);
        damage(path, floats[i].at, floats[i].with);
        CHECK_PRINTS(DIES_FAIL, floats[i].said,
                     training_load(path, &m.training));
        CHECK_PRINTS(DIES_FAIL, path, training_load(path, &m.training));
    }
    const double rates[] = { NAN, INFINITY, -1, 0, 1e300 };
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        m.training.rate = rates[i];
        training_save(path, &m.training);
        CHECK_PRINTS(DIES_FAIL, "its 'rate' is",
                     training_load(path, &m.training));
    }
    learned_free(&m);
}

TEST(runs_keep_their_kind)
{
    const char *path = check_path("run");
    struct learned m = learner_fit(&signs, signs.how, 1, 2);
    m.training.kind = "other";
    training_save(path, &m.training), m.training.kind = NULL;
    CHECK_PRINTS(DIES_FAIL, "another kind", training_load(path, &m.training));
    m.tape->values[0] = INFINITY;
    CHECK_PRINTS(DIES_FAIL, "step 2: element 0 of 'w' is inf",
                 training_save(path, &m.training));
    learned_free(&m);
}

static struct learner run_of(size_t steps, size_t pause, const char *load,
                             const char *save)
{
    struct learner l = signs;
    l.steps = steps, l.pause = pause, l.load = load, l.save = save;
    return l;
}

static void run(size_t steps, size_t pause, const char *load,
                const char *save)
{
    struct learner l = run_of(steps, pause, load, save);
    int status = learner_main(&l);
    fflush(stdout);
    _exit(status);
}

TEST(runs_pause_and_go_on)
{
    const char *a = check_path("a"), *b = check_path("b");
    CHECK_PRINTS(0, "step     20   loss", run(20, 0, NULL, a));
    CHECK_PRINTS(0, "step      2   loss", run(20, 3, NULL, b));
    CHECK_PRINTS(DIES_FAIL, "has done 3 steps, and --pause 3",
                 run(20, 3, b, b));
    CHECK_PRINTS(0, "right", run(20, 0, b, b));
    struct learned m = learner_new(&signs, signs.how, 1, 1);
    struct learned n = learner_new(&signs, signs.how, 2, 1);
    training_load(a, &m.training), training_load(b, &n.training);
    assert_true(m.training.step == 20 && n.training.step == 20);
    assert_true(learned_same(&m, &n));
    CHECK_PRINTS(DIES_FAIL, "all 20 steps are done", run(20, 0, b, NULL));
    CHECK_PRINTS(DIES_FAIL, "--pause 21 comes after the last of 20 steps",
                 run(20, 21, NULL, NULL));
    CHECK_PRINTS(DIES_FAIL, "no/file", run(20, 0, NULL, "no/file"));
}

static size_t press_at, burst_at, lost_at;

static struct tensor *pressing_loss(void *model, struct training *t,
                                    void *data)
{
    if (t->step + 1 == press_at)
        raise(SIGINT);
    if (t->step + 1 == burst_at)
        t->rate = 1e38;
    struct tensor *loss = signs_loss(model, t, data);
    if (t->step + 1 == lost_at)
        loss->data[0] = NAN;
    return loss;
}

static void pressed_run(size_t press, size_t burst, const char *save)
{
    struct learner l = run_of(20, 0, NULL, save);
    press_at = press, burst_at = burst, l.loss = pressing_loss;
    int status = learner_main(&l);
    fflush(stdout);
    _exit(status);
}

static size_t steps_in(const char *path)
{
    struct learned m = learner_new(&signs, signs.how, 1, 1);
    training_load(path, &m.training);
    size_t step = m.training.step;
    learned_free(&m);
    return step;
}

TEST(runs_that_end_early_say_so)
{
    const char *path = check_path("run");
    CHECK_PRINTS(130, "stopped after step 7; without --save nothing is kept",
                 pressed_run(7, 0, NULL));
    assert_int_equal(access("program.safetensors", F_OK), -1);
    CHECK_PRINTS(130, "stopped after step 7; --load",
                 pressed_run(7, 0, path));
    assert_int_equal(steps_in(path), 7);
    CHECK_PRINTS(0, "step     20", pressed_run(20, 0, path));
    assert_int_equal(steps_in(path), 20);
    CHECK_PRINTS(DIES_FAIL, "step ", pressed_run(0, 7, path));
    assert_int_equal(steps_in(path), 6);
    CHECK_PRINTS(DIES_FAIL, "step 20: element 0 of 'w'",
                 pressed_run(0, 19, path));
    lost_at = 20;
    CHECK_PRINTS(DIES_FAIL, "step 20: the loss", pressed_run(0, 0, path));
}

TEST(the_clock_ends_a_run)
{
    const char *path = check_path("run");
    struct learner l = run_of(1000000, 0, NULL, path);
    l.seconds = .3;
    double start = seconds_now();
    CHECK_PRINTS(0, "right", exit(learner_main(&l)));
    assert_true(seconds_now() - start < 6);
    struct learned m = learner_new(&signs, signs.how, 1, 1);
    training_load(path, &m.training);
    assert_true(m.training.step > 0 && m.training.step < 1000000);
    assert_true(m.training.steps == m.training.step);
    learned_free(&m);
}
CHECK_MAIN()
