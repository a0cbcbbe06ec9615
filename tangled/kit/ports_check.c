/* ports_check.c -- generated from chapters/H-kit.nw. Do not edit. */
#include "kit/check.h"
#include "kit/safetensors.h"
#include "kit/ports.h"

static size_t lines_of_code(const char *header)
{
    struct input input = input_open(header);
    char *text = input_data(&input, input.left);
    size_t lines = 0;
    bool code = false;
    for (const char *c = text; *c; c++)
        if (!strncmp(c, "/*", 2))
            c = strstr(c, "*/") + 1;
        else if (*c == '\n')
            lines += code, code = false;
        else
            code |= !isspace((unsigned char)*c);
    free(text), input_end(&input);
    return lines;
}

enum { X, CONTEXT, MQ, MK, MO, LENGTHS, MASK, OUT, WEIGHTS };
static struct port ports[] = {
    { "x", "B? n C" }, { "context", "B? m D", .instead = "x" },
    { "wq", "C H*dk" }, { "wk", "D H*dk" }, { "wo", "H*dv O" },
    { "lengths", "B", "", PORT_WHOLE, "1..m" },
    { "mask", "n m", "", PORT_WHOLE, "0..1" },
    { "out", "B? n O", "", PORT_OUT }, { "weights", "B H n m", "", PORT_OUT },
    { 0 }
};

#define GIVE(port, rank, ...) \
    give(port, rank, (const size_t[]){ __VA_ARGS__ })

static void give_path(int port, const char *name)
{
    static char paths[WEIGHTS + 1][64];
    snprintf(paths[port], sizeof *paths, "%s", check_path(name));
    ports[port].path = paths[port];
}

static void give(int port, size_t rank, const size_t *shape)
{
    char name[32];
    struct array a = array_new(rank, shape);
    for (size_t i = 0; i < a.count; i++)
        a.data[i] = port == LENGTHS ? 1 : (float)(i % 2);
    snprintf(name, sizeof name, "%s.npy", ports[port].name);
    npy_write(check_path(name), &a);
    array_free(&a);
    give_path(port, name);
}

/* start: forgets all, and gives x (2, 4, 7), context (2, 5, 6), wq (7, 24)
 * and wk (6, 24). */
static void start(void)
{
    ports_free();
    for (struct port *p = ports; p->name; p++)
        p->path = NULL, p->wanted = false, p->taken = true;
    GIVE(X, 3, 2, 4, 7), GIVE(CONTEXT, 3, 2, 5, 6);
    GIVE(MQ, 2, 7, 24), GIVE(MK, 2, 6, 24);
}

static void read_heads(size_t heads)
{
    axis_set("H", heads, "--heads");
    ports_read(ports);
}

static void give_raw(int port, const char *type, const char *shape,
                     const void *bytes, size_t n)
{
    char header[128] = "\x93NUMPY\1";
    snprintf(header + 10, 118, "{'descr': '%s', 'fortran_order': False, "
             "'shape': %s, }", type, shape);
    header[8] = 118;
    for (size_t i = 10 + strlen(header + 10); i < 128; i++)
        header[i] = ' ';
    struct output *out = output_open(check_path("raw.npy"));
    fwrite(header, 1, 128, out->file);
    fwrite(bytes, 1, n, out->file);
    output_commit(out);
    give_path(port, "raw.npy");
}

TEST(headers_are_short)
{
    struct words names = words_of("axes ports program modes weights training "
        "learner study panel chart tried properties conforms lexicon units "
        "merges vocabulary batch beam translator translate corpus speller "
        "spelling inference trials", " ");
    while (words_next(&names)) {
        char path[64];
        snprintf(path, sizeof path, "tangled/kit/%.*s.h", (int)names.n,
                 names.at);
        size_t lines = lines_of_code(path);
        if (lines == 0 || lines > 350)
            fail_msg("%s has %zu lines of code", path, lines);
    }
}

TEST(axes_are_learned)
{
    start();
    GIVE(MO, 2, 27, 10), GIVE(LENGTHS, 1, 2);
    read_heads(3);
    assert_true(axis("B") == 2 && axis("n") == 4 && axis("C") == 7);
    assert_true(axis("m") == 5 && axis("D") == 6 && axis("dk") == 8);
    assert_true(axis("dv") == 9 && axis("O") == 10 && axis("H") == 3);
    assert_true(port_sizes(LENGTHS)[1] == 1 && !port_doubles(MASK));
    assert_true(port_given(CONTEXT) && !port_given(MASK));
    CHECK_DIES(DIES_REQUIRE, axis("nothing"));
}

TEST(another_array_serves)
{
    start();
    ports[CONTEXT].path = NULL;
    GIVE(MK, 2, 7, 24);
    read_heads(3);
    assert_true(axis("m") == 4 && axis("D") == 7);
    assert_true(port_doubles(CONTEXT) == port_doubles(X));
    assert_false(port_given(CONTEXT));
}

TEST(an_axis_may_be_missing)
{
    start();
    GIVE(X, 2, 4, 7), GIVE(CONTEXT, 2, 5, 6), GIVE(LENGTHS, 1, 1);
    read_heads(3);
    assert_true(axis("B") == 1 && axis("n") == 4 && axis("m") == 5);
    start();
    GIVE(CONTEXT, 2, 5, 6);
    CHECK_PRINTS(2, "context.npy: the shape (5, 6) is not (B, m, D): B is 2 "
                 "by --x /tmp/", read_heads(3));
    start();
    GIVE(X, 2, 4, 7);
    CHECK_PRINTS(2, "context.npy: the shape (2, 5, 6) is not (m, D): B is "
                 "missing in --x /tmp/", read_heads(3));
    CHECK_PRINTS(2, "the shape (1, 5, 6) is not (m, D): B is missing in --x",
                 GIVE(CONTEXT, 3, 1, 5, 6); read_heads(3));
}

TEST(misfits_are_said_in_the_same_words)
{
    start();
    CHECK_PRINTS(2, "wq.npy: the shape (7, 24) is not (C, H*dk): H is 5 by "
                 "--heads\n", read_heads(5));
    CHECK_PRINTS(2, "wq.npy: the shape (8, 24) is not (C, H*dk): C is 7 by "
                 "--x /tmp/", GIVE(MQ, 2, 8, 24); read_heads(3));
    CHECK_PRINTS(2, "x.npy, (2, 4, 7)\n", GIVE(MQ, 2, 8, 24); read_heads(3));
    start();
    CHECK_PRINTS(2, "wk.npy: the shape (6, 27) is not (D, H*dk): H is 3 by "
                 "--heads; dk is 8 by --wq", GIVE(MK, 2, 6, 27);
                 read_heads(3));
    CHECK_PRINTS(2, "wq.npy: the shape (24,) is not (C, H*dk)\n",
                 GIVE(MQ, 1, 24); read_heads(3));
    CHECK_PRINTS(2, "x.npy: the shape (1, 2, 4, 7) is not (B?, n, C)\n",
                 GIVE(X, 4, 1, 2, 4, 7); read_heads(3));
    CHECK_PRINTS(2, "x.npy: the shape (2, 0, 7) has no elements\n",
                 GIVE(X, 3, 2, 0, 7); read_heads(3));
}

TEST(terms_are_solved)
{
    static struct port sums[] = { { "q", "n dq" }, { "k", "m 2*half" },
                                  { "w", "dq+2*half a" }, { 0 } };
    const size_t sizes[] = { 11, 8, 0 };
    start();
    GIVE(X, 2, 3, 5), GIVE(CONTEXT, 2, 4, 6), GIVE(MQ, 2, 11, 8);
    for (size_t i = 0; i < 3; i++)
        sums[i].path = ports[i].path;
    ports_read(sums);
    assert_true(axis("half") == 3 && axis("a") == sizes[1]);
    CHECK_PRINTS(2, "--w", axis_set("a", 9, "--load g.st"));
    CHECK_PRINTS(2, "the shape (11, 8) is not (dq+2*half, a): a is 9 by "
                 "--load g.st\n", axis_set("a", 9, "--load g.st"));
    ports_free();
    GIVE(MQ, 2, 10, 8), sums[2].path = ports[MQ].path;
    CHECK_PRINTS(2, "(10, 8) is not (dq+2*half, a): dq is 5 by --q",
                 ports_read(sums));
    GIVE(CONTEXT, 2, 4, 7), sums[1].path = ports[CONTEXT].path;
    CHECK_PRINTS(2, "is not (m, 2*half)", ports_read(sums));
}

TEST(whole_numbers_are_of_every_type)
{
    start();
    give_raw(LENGTHS, "<i2", "(2,)", "\5\0\1\0", 4);
    read_heads(3);
    assert_true(port_sizes(LENGTHS)[0] == 5 && port_sizes(LENGTHS)[1] == 1);
    assert_true(port_integers(LENGTHS)[0] == 5);
    start();
    give_raw(MASK, "|b1", "(4, 5)", "\1\0\1\1\0\1\1\1\1\1\1\1\1\1\1\1"
             "\1\1\1\1", 20);
    read_heads(3);
    assert_true(port_bools(MASK)[0] && !port_bools(MASK)[1]);
    assert_true(port_floats(MASK)[0] == 1);
}

TEST(values_are_checked)
{
    const double bad[] = { 9, 1.5, 0, NAN };
    const char *said[] = { "1 is 9, not from 1 to m: m is 5 by --context",
        "element 1 is 1.5, not a whole number\n",
        "element 1 is 0, not from 1 to m", "element 1 is nan, not from" };
    for (size_t i = 0; i < 4; i++) {
        const double l[] = { 2, bad[i] };
        start();
        give_raw(LENGTHS, "<f8", "(2,)", l, sizeof l);
        CHECK_PRINTS(2, said[i], read_heads(3));
    }
    const double x[8] = { [5] = INFINITY };
    start();
    give_raw(X, "<f8", "(2, 4)", x, sizeof x);
    ports[CONTEXT].path = ports[MQ].path = ports[MK].path = NULL;
    CHECK_PRINTS(2, "raw.npy: element 5 is inf, not a finite number\n",
                 read_heads(3));
    ports[X].range = "..inf";
    read_heads(3);
    assert_true(port_doubles(X)[5] == INFINITY);
    ports[X].range = NULL;
    CHECK_DIES(DIES_REQUIRE, port_sizes(X), port_bools(X), axis("m-1"));
}

TEST(results_are_printed_or_written)
{
    start();
    GIVE(MO, 2, 27, 3), GIVE(X, 2, 4, 7), GIVE(CONTEXT, 2, 5, 6);
    read_heads(3);
    const double out[12] = { 1, .5, -2 };
    port_give(OUT, out);
    ports[OUT].wanted = true;
    CHECK_PRINTS(0, "out (4, 3)\n    1.0000    0.5000   -2.0000\n",
                 port_give(OUT, out));
    CHECK_PRINTS(2, "--out: element 1 is nan, not a finite float",
                 port_give(OUT, (double[12]){ 1, NAN }));
    give_path(OUT, "out.npy");
    port_give_floats(OUT, (float[12]){ 7 });
    assert_int_equal(access(check_path("out.npy"), F_OK), -1);
    ports_commit();
    struct array a = npy_read(check_path("out.npy"));
    assert_true(a.rank == 2 && a.shape[1] == 3 && a.data[0] == 7);
    array_free(&a);
}

TEST(a_result_may_lack_an_array)
{
    start();
    read_heads(3);
    assert_true(port_lacks(&ports[OUT]) == &ports[MO]);
    assert_null(port_lacks(&ports[WEIGHTS]));
    CHECK_DIES(DIES_REQUIRE, port_give(OUT, (double[1]){ 0 }));
}

TEST(tensors_have_axes_too)
{
    static struct port tensors[] = { { "ln.weight", "C" },
                                     { "attn.weight", "C 3*C" }, { 0 } };
    float w[147] = { 5 };
    const struct stored list[] = {
        stored_floats("h.0.ln.weight", w, 1, (size_t[]){ 7 }),
        stored_floats("h.0.attn.weight", w, 2, (size_t[]){ 7, 21 }),
        stored_floats("h.1.ln.weight", w, 1, (size_t[]){ 7 }),
        stored_floats("h.1.attn.weight", w, 2, (size_t[]){ 7, 20 }) };
    safetensors_write(check_path("g.st"), list, 4, NULL);
    static struct safetensors file;
    file = safetensors_read(check_path("g.st"));
    start();
    read_heads(3);
    ports_read_tensors(tensors, &file, "h.0.");
    assert_true(port_values(&tensors[1])[0] == 5);
    assert_true(port_narrow(&tensors[0])[0] == 5);
    start();
    CHECK_PRINTS(2, "g.st: tensor \"h.1.attn.weight\": the shape (7, 20) is "
                 "not (C, 3*C): C is 7 by --x", read_heads(3);
                 ports_read_tensors(tensors, &file, "h.1."));
    CHECK_PRINTS(2, "g.st: has no tensor \"ln.weight\"", read_heads(3);
                 ports_read_tensors(tensors, &file, ""));
    ports_free(), safetensors_free(&file);
}
CHECK_MAIN()

