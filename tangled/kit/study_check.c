/* study_check.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/check.h"
#define main study_example
#include "kit/study_example.c"
#undef main

EMBED(example_results, EMBED_FILE("data/results/softmax.txt")
                       EMBED_FILE("data/results/multihead-study.txt"));

static void count_one(const size_t *level, uint64_t seed, double *out)
{
    *out = (double)(10 * level[0] + seed);
}

static void press(const size_t *level, uint64_t seed, double *out)
{
    count_one(level, seed, out);
    raise(SIGINT);
}

TEST(an_interrupted_study_prints_nothing)
{
    CHECK_DIES(130, study_print(&(struct study){ .key = "k", .seeds = 1,
                                                 .run = press,
                                                 .alone = true }));
}

/* printed: what a call prints, in memory that the caller frees. */
static char *printed(void (*call)(void))
{
    FILE *file = tmpfile();
    int old = dup(1);
    fflush(stdout), dup2(fileno(file), 1);
    call();
    fflush(stdout), dup2(old, 1), close(old);
    size_t n = (size_t)ftell(file);
    char *text = allocate(n + 2, 1);
    text[0] = '\n';
    rewind(file);
    assert_true(fread(text + 1, 1, n, file) == n);
    fclose(file);
    return text;
}

static void call_example(void)
{
    assert_int_equal(study_example(), 0);
}

TEST(the_example_is_a_study)
{
    char *text = printed(call_example);
    static const char *const names[] = { "tanh.two", "tanh.eight",
                                         "straight.two", "straight.eight" };
    for (size_t i = 0; i < 4; i++) {
        float s[3], mean = result(text, "signs.%s.mean", names[i]);
        for (int seed = 0; seed < 3; seed++)
            s[seed] = result(text, "signs.%s.s%d", names[i], seed + 1);
        float third = (s[0] + s[1] + s[2]) / 3;
        float low = fminf(fminf(s[0], s[1]), s[2]);
        CHECK_CLOSE(&mean, &third, 1, 1e-4, 0);
        assert_true(result(text, "%s.low", names[i]) == low);
        assert_true(result(text, "%s.high", names[i]) >= mean - 1e-4f);
    }
    assert_true(result(text, "tanh.eight.mean") > .9f);
    assert_true(result(text, "straight.eight.mean") < .6f);
    free(text);
}

static void count(const size_t *level, uint64_t seed, double *out)
{
    for (size_t m = 0; m < 2; m++)
        out[m] = (double)(1000 * level[0] + 100 * level[1] + 10 * seed + m);
}

static struct study counted = { .key = "k", .factors = { "a b", "x y z" },
    .seeds = 2, .measures = "m n", .run = count, .format = "%g" };

static void call_counted(void)
{
    study_print(&counted);
}

TEST(every_number_has_its_key)
{
    static const char want[] = "\nk.a.x.m.s1 = 10\nk.a.x.m.s2 = 20\n"
        "k.a.x.m.mean = 15\nk.a.x.m.low = 10\nk.a.x.m.high = 20\n"
        "k.a.x.n.s1 = 11\n";
    char *text = printed(call_counted);
    assert_memory_equal(text, want, strlen(want));
    assert_true(result(text, "k.b.z.n.high") == 1221);
    assert_true(result(text, "b.y.m.low") == 1110);
    free(text);
}

static void call_bare(void)
{
    study_print(&(struct study){ .key = "k", .factors = { "a b.slow" },
        .seeds = 3, .lines = STUDY_BARE, .run = count_one, .format = "%g" });
    study_print(&(struct study){ .key = "k.one", .seeds = 1,
                                 .run = count_one });
}

TEST(keys_may_be_bare)
{
    char *text = printed(call_bare);
    assert_string_equal(text, "\nk.a = 2\nk.b.slow = 12\nk.one = 1.0000\n");
    free(text);
}

TEST(results_are_looked_up)
{
    static const char text[] = "# made\na.b.c = 1\na.c = 2.5\nab.c = 3\n"
                               "x = 4\na.x = 5\n";
    assert_true(result(text, "a.b.c") == 1 && result(text, "b.c") == 1);
    assert_true(result(text, "c") == 2.5f && result(text, "ab.%s", "c") == 3);
    assert_true(result(text, "x") == 4 && result(text, "a.x") == 5);
    assert_true(isnan(result(text, "made")) && isnan(result(text, "b")));
    assert_true(result(example_results, "study.seeds") == 3);
    assert_true(result(example_results, "multihead.study.h5.mean") > .9f);
}
CHECK_MAIN()
