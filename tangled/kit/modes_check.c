/* modes_check.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/check.h"
#define main product
#include "kit/product.c"
#undef main

#define PRODUCT(...) run_words(product, (char *[]){ "product", \
    __VA_ARGS__, NULL })
#define A_AND_B "--a", check_path("a.npy"), "--b", check_path("b.npy")

static void run_words(int (*program)(int, char **), char **words)
{
    int n = 0;
    while (words[n])
        n++;
    int status = program(n, words);
    fflush(NULL);
    output_discard_all();
    _exit(status);
}

static void put(const char *name, size_t rows, size_t columns, float first)
{
    struct array a = array_new(2, (size_t[]){ rows, columns });
    for (size_t i = 0; i < a.count; i++)
        a.data[i] = first + (float)i;
    npy_write(check_path(name), &a);
    array_free(&a);
}

static void put_both(void)
{
    put("a.npy", 1, 2, 1), put("b.npy", 2, 3, 3), put("c.npy", 3, 3, 3);
}

static struct { const char *save, *load, *other; size_t steps; int kind; }
    set = { .steps = 7 };
static const struct command_option demo_options[] = {
    { "train", OPTION_FLAG }, { "bench", OPTION_FLAG },
    { "steps", OPTION_SIZE, &set.steps, "N", "how many", "1..100" },
    { "kind", OPTION_CHOICE, &set.kind, "dot|concat|ring", "how" },
    { "save", OPTION_WRITES, &set.save, "F", "write" },
    { "load", OPTION_READS, &set.load, "F", "read" },
    { "other", OPTION_WRITES, &set.other, "F", "write, too" }, { 0 }
};

#define SAYS(name) \
    static int name(void) { printf("%s %zu", #name, set.steps); return 0; }
SAYS(train)
SAYS(go_on)
SAYS(bench)
SAYS(dot)
SAYS(concat)

static int fails(void)
{
    port_give(OUT, (double[]){ 1, 2, 3 });
    return 130;
}

static const struct mode demo_modes[] = {
    { "train load", NULL, "steps save", go_on, "go on" },
    { "train", "steps", "save other", train, "train" },
    { "bench", NULL, NULL, bench, "measure" },
    { "a|b", "a b", "out", fails, "fail" },
    { "kind=concat", "load kind=concat", NULL, concat, "join" },
    { "kind=dot", NULL, "kind", dot, "multiply", "NUMBER ..." },
    { 0 }
};

static int demo(int n, char **words)
{
    static struct port demo_ports[sizeof ports / sizeof *ports];
    memcpy(demo_ports, ports, sizeof ports);
    return program_run(&(struct program){ "demo", "shows modes", NULL,
        demo_options, demo_ports, demo_modes }, n, words);
}

#define DEMO(...) run_words(demo, (char *[]){ "demo", __VA_ARGS__, NULL })

/* The same modes, two of which are called by verbs. */
static int verbal(int n, char **words)
{
    return program_run(&(struct program){ "verbal", "has verbs", NULL,
        demo_options, NULL, (const struct mode[]){ demo_modes[0],
        demo_modes[1], demo_modes[2], { 0 } }, "train time=bench" }, n,
        words);
}

#define VERBAL(...) run_words(verbal, (char *[]){ "v", __VA_ARGS__, NULL })
TEST(a_program_of_25_lines_multiplies)
{
    put_both();
    CHECK_PRINTS(0, "out (1, 3)\n   15.0000   18.0000   21.0000\n",
                 PRODUCT(A_AND_B));
    CHECK_PRINTS(0, "   30.0000", PRODUCT(A_AND_B, "--scale", "2"));
    CHECK_DIES(0, PRODUCT(A_AND_B, "--out", check_path("o.npy")));
    struct array o = npy_read(check_path("o.npy"));
    CHECK_CLOSE(o.data, ((float[]){ 15, 18, 21 }), 3, 0, 0);
    array_free(&o);
}

TEST(and_refuses)
{
    put_both();
    CHECK_PRINTS(2, "product: --b B.npy is missing\n",
                 PRODUCT("--a", check_path("a.npy")));
    CHECK_PRINTS(2, "c.npy: the shape (3, 3) is not (k, m): k is 2 by --a",
                 PRODUCT("--a", check_path("a.npy"),
                         "--b", check_path("c.npy")));
    CHECK_PRINTS(2, "product: --scale: \"0\" is not above 0\n",
                 PRODUCT(A_AND_B, "--scale", "0"));
    CHECK_PRINTS(2, "product: stray argument \"x\"; try --help\n",
                 PRODUCT(A_AND_B, "x"));
    CHECK_PRINTS(2, "--out: \"\" is not the name of a file",
                 PRODUCT(A_AND_B, "--out", ""));
    CHECK_PRINTS(2, "usage: product --a A.npy --b B.npy [--scale S] [--out "
                 "OUT.npy]\n", run_words(product, (char *[]){ "p", NULL }));
    CHECK_PRINTS(0, "  --a A.npy                (n, k), left\n",
                 PRODUCT("--help"));
    CHECK_PRINTS(0, "  --scale S                a factor (above 0; default "
                 "1)\n", PRODUCT("-h"));
}

TEST(files_are_not_mixed_up)
{
    put_both();
    assert_int_equal(link(check_path("a.npy"), check_path("hard.npy")), 0);
    assert_int_equal(symlink("b.npy", check_path("soft.npy")), 0);
    const char *const inputs[] = { "a.npy", "b.npy", "hard.npy", "soft.npy" };
    for (size_t i = 0; i < 4; i++)
        CHECK_PRINTS(2, i % 2 ? "is the file of --b, too"
                              : "is the file of --a, too",
                     PRODUCT(A_AND_B, "--out", check_path(inputs[i])));
    CHECK_PRINTS(2, "none/o.npy: cannot write to its folder",
                 PRODUCT("--a", check_path("c.npy"),
                         "--b", check_path("c.npy"),
                         "--out", check_path("none/o.npy")));
    char name[302];
    memset(name, 'x', 301), name[301] = 0;
    CHECK_PRINTS(2, "File name too long", PRODUCT(A_AND_B, "--out", name));
    CHECK_DIES(0, PRODUCT(A_AND_B, "--out", "/dev/null"));
}

TEST(the_first_mode_that_holds_runs)
{
    char *x = check_path("a.npy");
    put_both();
    CHECK_PRINTS(0, "train 9", DEMO("--train", "--steps", "9"));
    CHECK_PRINTS(0, "go_on 7", DEMO("--train", "--load", x, "--save", x));
    CHECK_PRINTS(0, "bench 7", DEMO("--bench", "--threads", "1"));
    CHECK_PRINTS(0, "dot 7", DEMO("--kind", "dot", "1", "-2"));
    CHECK_PRINTS(0, "dot 7", DEMO("3"));
    CHECK_PRINTS(0, "concat 7", DEMO("--kind=concat", "--load", x));
    CHECK_PRINTS(2, "demo: --load F is missing", DEMO("--kind=concat"));
    CHECK_PRINTS(2, "demo: --steps N is missing", DEMO("--train"));
}

TEST(what_would_be_ignored_is_refused)
{
    CHECK_PRINTS(2, "demo: --steps does not go with --bench, but with "
                 "--train --load, --train\n",
                 DEMO("--bench", "--steps", "9"));
    CHECK_PRINTS(2, "demo: --other does not go with --train --load, but with "
                 "--train\n", DEMO("--train", "--load", "f", "--other", "g"));
    CHECK_PRINTS(2, "--load does not go with --kind dot, but with --train "
                 "--load, --kind concat", DEMO("--load", "f"));
    CHECK_PRINTS(2, "--kind goes with --kind concat, --kind dot\n",
                 DEMO("--kind", "ring"));
    CHECK_PRINTS(2, "stray argument \"4\"", DEMO("--bench", "4"));
    CHECK_PRINTS(2, "--steps: \"101\" is not from 1 to 100",
                 DEMO("--train", "--steps", "101"));
    CHECK_PRINTS(2, "usage: demo", run_words(demo, (char *[]){ "d", NULL }));
}

TEST(a_verb_is_an_option_without_its_dashes)
{
    CHECK_PRINTS(0, "train 9", VERBAL("train", "--steps", "9"));
    CHECK_PRINTS(0, "train 9", VERBAL("--train", "--steps", "9"));
    CHECK_PRINTS(0, "bench 7", VERBAL("time"));
    CHECK_PRINTS(2, "verbal: there is no mode \"bench\"; try train, time, or "
                 "--help\n", VERBAL("bench"));
    CHECK_PRINTS(2, "no mode \"tim\"", VERBAL("tim", "--steps", "9"));
    CHECK_PRINTS(2, "no mode \"\"", VERBAL(""));
    CHECK_PRINTS(2, "stray argument \"train\"", VERBAL("time", "train"));
    CHECK_PRINTS(2, "verbal: --steps N is missing", VERBAL("train"));
    CHECK_PRINTS(2, "--steps does not go with time, but with train --load, "
                 "train\n", VERBAL("time", "--steps", "9"));
    CHECK_PRINTS(0, "usage: verbal time\n           measure\n       verbal "
                 "train --steps N [--save F] [--other F]\n",
                 VERBAL("--help"));
}

TEST(messages_are_short)
{
    char text[4001];
    memset(text, 'x', 4000), text[4000] = 0;
    CHECK_PRINTS(2, "xxx...xxx", DEMO("--bench", text));
    CHECK_PRINTS(2, "xxx...xxx", DEMO("--kind", text));
    CHECK_PRINTS(2, "xxx\" is not a whole", DEMO("--steps", text));
    text[0] = text[1] = '-';
    CHECK_PRINTS(2, "xxx; try --help", DEMO(text));
}

TEST(what_failed_leaves_no_file)
{
    put_both();
    CHECK_PRINTS(2, "none/x: cannot write to its folder", DEMO("--train",
                 "--steps", "9", "--save", check_path("none/x")));
    CHECK_DIES(130, DEMO(A_AND_B, "--out", check_path("new.npy")));
    assert_int_equal(access(check_path("new.npy"), F_OK), -1);
    CHECK_PRINTS(2, "is the file of --other, too", DEMO("--train", "--steps",
                 "1", "--save", check_path("n"),
                 "--other", check_path("./n")));
    CHECK_PRINTS(2, "is the file of --other, too", DEMO("--train", "--steps",
                 "1", "--other", check_path("a.npy"),
                 "--save", check_path("a.npy")));
}

TEST(a_program_describes_itself)
{
    CHECK_PRINTS(0, "program\tdemo\nmode\ttrain load\t-\tsteps save\t-"
                 "\n", DEMO("--describe"));
    CHECK_PRINTS(0, "option\tsteps\tsize\tN\t1..100\t-\t7\n",
                 DEMO("--describe"));
    CHECK_PRINTS(0, "mode\t-\ta b\tscale out\t-\n", PRODUCT("--describe"));
    CHECK_PRINTS(0, "port\tout\tout\tn m\t-\t-\n", PRODUCT("--describe"));
    CHECK_PRINTS(2, "--bench does not go with --describe",
                 DEMO("--describe", "--bench"));
    CHECK_PRINTS(2, "stray argument \"4\"", DEMO("--describe", "4"));
}
CHECK_MAIN()

