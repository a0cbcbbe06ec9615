/* bad_input_test.c -- what the programs do with input that is wrong: say so in
 * one line, exit with status 2, leave every file alone, and never crash, read
 * out of bounds or ask for absurd amounts of memory. */
#include "lib/refused.h"

/* --------------------------------------------------------- command lines -- */

static const float six[6] = { 1, 2, 3, 4, 5, 6 };

static void put_good_files(void)
{
    npy_put("x.npy", six, SHAPE(2, 3));
    npy_put("q.npy", six, SHAPE(2, 3));
    npy_put("k.npy", six, SHAPE(2, 3));
    npy_put("v.npy", six, SHAPE(2, 3));
    npy_put("w.npy", six, SHAPE(3, 2));
    npy_put("a.npy", six, SHAPE(2));
}

static void scores_that_are_no_numbers(void)
{
    EACH(word, "nan", "-nan", "1e999", "-1e999", "two", "2x", "''", "' '",
         "1,2", "1..2", "--", "0x", "1e", "1_000", "'1 2'", "\xff\xfe") {
        if (strcmp(*word, "--"))
            bad_format("softmax 1 %s 3", *word);
        if (strchr("'-", **word))
            continue;
        bad_format("echo 1 %s 3 | softmax", *word);
        bad_format("printf '1\\n\\n%s' | softmax", *word);
    }
    bad("head -c 100000 /dev/zero | softmax");
    bad("head -c 100000 /dev/zero | tr '\\0' 1 | softmax");
    bad("printf '1 2 \\0 3' | softmax");
}

static void nothing_to_read(void)
{
    bad("printf '' | softmax");
    bad("printf ' \\n\\n' | softmax");
    bad("softmax <&-");
    bad("softmax <.");
    bad("softmax </dev/null");
}

static void temperatures(void)
{
    put_good_files();
    EACH(word, "0", "-1", "-0", "nan", "inf", "1e999", "1e-999", "warm",
         "''", "1x") {
        bad_format("softmax --temperature %s 1 2 3", *word);
        bad_format("softmax --temperature=%s --npy x.npy --out out.npy",
                   *word);
    }
    bad("softmax 1 2 3 --temperature");
}

static void options(void)
{
    put_good_files();
    EACH(program, PROGRAMS) {
        bad_format("%s --nonsense", *program);
        bad_format("%s --nonsense=1 --figure new.png", *program);
        bad_format("%s -Z", *program);
        bad_format("%s --figure", *program);
        bad_format("%s --figure=", *program);
        bad_format("%s --show nothing --figure new.png", *program);
        bad_format("%s --theme pink --figure new.png", *program);
        bad_format("%s --width -5 --figure new.png", *program);
        bad_format("%s --width 1000000000 --figure new.png", *program);
        bad_format("%s --width wide --figure new.png", *program);
        bad_format("%s --figure missing/new.png", *program);
        bad_format("%s --figure .", *program);
    }
    bad("softmax --npy");
    bad("softmax --npy x.npy --out");
    bad("softmax --log=yes 1 2");
    bad("average stray");
    bad("score stray");
    EACH(option, "--hidden 0", "--hidden 1000000000", "--hidden -3",
         "--batch 0", "--batch 100000000", "--points 1", "--points 1e3",
         "--lr 0", "--lr -1", "--lr nan", "--momentum 2", "--momentum -0.1",
         "--weight-decay -1", "--clip -1", "--noise -1", "--noise inf",
         "--optimizer rmsprop", "--optimizer adam --momentum 0.5",
         "--optimizer sgd --weight-decay 0.1", "--schedule linear", "--seed -1",
         "--steps 1.5", "stray",
         "--check --steps 2", "--check --results", "--results --seed 3",
         "--x x.npy", "--y x.npy", "--predict x.npy", "--out out.npy",
         "--predict x.npy --out out.npy", "--load missing.safetensors",
         "--load x.npy", "--load .", "--load /dev/null",
         "--save missing/new.safetensors") {
        bad_format("gradient %s", *option);
    }
}

/* What would be ignored is refused, before anything is printed. */
static void options_that_do_not_go_together(void)
{
    put_good_files();
    EACH(program, PROGRAMS) {
        bad_format("%s --list-figures x", *program);
        bad_format("%s --table --alt", *program);
        bad_format("%s --list-figures --alt", *program);
        bad_format("%s --figure new.png --window", *program);
        bad_format("%s --figure new.png --table", *program);
        bad_format("%s --figure new.png --out out.npy", *program);
        bad_format("%s --theme dark", *program);
        bad_format("%s --results --out out.npy", *program);
        bad_format("%s --figure new.npy", *program);
        bad_format("%s --figure png", *program);
        bad_format("%s --figure .png", *program);
    }
    bad("softmax --npy x.npy --out out.npy --figure new.png");
    bad("softmax 1 2 3 --figure new.png");
    bad("softmax --bench --temperature 2");
    bad("score --bench --kind dot");
    EACH(more, "--q q.npy --k k.npy --v v.npy", "--q q.npy", "--v nothing.npy",
         "--out out.npy", "--weights out.npy", "--bandwidth 2",
         "--kernel dot", "--results")
        bad_format("average --cars %s", *more);
}

/* Without a display there is no window. Libraries may grumble before the
 * program speaks, but it must not wait for a window that nobody sees. */
static void no_display(void)
{
    EACH(program, PROGRAMS) {
        char start[64];
        struct outcome *outcome = run("%s --window", *program);
        snprintf(start, sizeof start, "%s: ", *program);
        if (outcome->status != 2 || !strstr(outcome->err, start))
            COMPLAIN("%s --window: status %d: %s", *program,
                     outcome->status, outcome->err);
    }
}

/* --------------------------------------------------------------- outputs -- */

static void outputs_that_cannot_be_written(void)
{
    put_good_files();
    mkdir("folder", 0777);
    EACH(out, "missing/out.npy", "folder", ".", "folder/", "''", "x.npy/y",
         "/proc/out.npy") {
        bad_format("softmax --npy x.npy --out %s", *out);
        bad_format("average --q q.npy --k k.npy --v v.npy --out %s", *out);
        bad_format("score --kind dot --q q.npy --k k.npy --scores %s", *out);
    }
    bad("softmax 1 2 3 >/dev/full");
    bad("average --cars >/dev/full");
    bad("softmax --help >/dev/full");
}

/* One output can be written and the other one not: neither is. */
static void all_outputs_or_none(void)
{
    put_good_files();
    bad("average --q q.npy --k k.npy --v v.npy --out out.npy "
        "--weights missing/w.npy");
    bad("average --q q.npy --k k.npy --v v.npy --out missing/c.npy "
        "--weights out.npy");
    bad("score --kind dot --q q.npy --k k.npy --v v.npy --scores out.npy "
        "--weights more.npy --out missing/c.npy");
}

/* One path for two outputs, however it is spelled. */
static void one_path_for_two_outputs(void)
{
    put_good_files();
    mkdir("folder", 0777);
    symlink("folder", "other");
    EACH(more, "out.npy", "./out.npy", "folder/../out.npy",
         "other/../out.npy", "\"$PWD/out.npy\"") {
        bad_format("average --q q.npy --k k.npy --v v.npy --out out.npy "
                   "--weights %s", *more);
        bad_format("score --kind dot --q q.npy --k k.npy --scores out.npy "
                   "--weights %s", *more);
    }
}

/* A link to a file that is not there stays as it is. */
static void links_that_lead_nowhere(void)
{
    put_good_files();
    symlink("nowhere", "link.npy");
    symlink("nowhere", "link.png");
    bad("softmax --npy x.npy --out link.npy");
    bad("softmax --figure link.png");
    unlink("link.npy");
    unlink("link.png");
}

/* A line that must fail by the rule, with a message in which these words are. */
static void bad_since(const char *words, const char *format,
                      const char *argument)
{
    const char *said = bad_format(format, argument)->err;
    if (!strstr(said, words))
        COMPLAIN("%s %s\n  says: %s", format, argument, said);
}

/* Numbers with commas between them: the message says what is meant. */
static void commas_between_scores(void)
{
    EACH(line, "softmax 1,2", "echo 1,2,3 | softmax")
        bad_since("spaces", "%s", *line);
}

/* A disk that is full after the first kilobyte. */
static void full_disk(void)
{
    static float x[8000];
    npy_put("big.npy", x, SHAPE(20, 400));
    bad("trap '' XFSZ; ulimit -f 2; softmax --npy big.npy --out out.npy");
    bad("trap '' XFSZ; ulimit -f 2; softmax --figure new.png");
    bad("softmax --figure /dev/full");
}

/* What is no plain file must not be replaced by one: think of /dev/null. */
static void pipes_stay_pipes(void)
{
    put_good_files();
    assert_int_equal(mkfifo("pipe", 0666), 0);
    run("timeout 10 cat pipe >copy & "
        "timeout 10 softmax --npy x.npy --out pipe; kill $!");
    assert_int_equal(run("test -p pipe")->status, 0);
    unlink("pipe");
    unlink("copy");
}

/* ------------------------------------------------------------ .npy files -- */

/* Every way in which a program reads a file, with bad.npy in its place. */
static void bad_file(const char *what)
{
    static const char *const lines[] = {
        "softmax --npy bad.npy --out out.npy",
        "average --q bad.npy --k k.npy --v v.npy --out out.npy",
        "average --q q.npy --k k.npy --v bad.npy --out out.npy "
            "--weights more.npy",
        "score --kind dot --q q.npy --k bad.npy --scores out.npy",
        "score --kind general --q q.npy --k k.npy --w bad.npy "
            "--scores out.npy --weights more.npy",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct outcome *outcome = bad(lines[i]);
        if (!strstr(outcome->err, "bad.npy"))
            COMPLAIN("%s: %s\n  does not name the file: %s", what,
                     lines[i], outcome->err);
    }
}

static void bad_header(const char *header)
{
    put_good_files();
    npy_raw("bad.npy", header, six, sizeof six);
    bad_file(header);
}

#define HEADER(type, fortran, shape) \
    "{'descr': '" type "', 'fortran_order': " fortran ", 'shape': " shape "}"

static void types_that_are_not_read(void)
{
    bad_header(HEADER("<f16", "False", "(1, 1)"));
    bad_header(HEADER("<M8[D]", "False", "(1, 3)"));
    bad_header(HEADER("<U1", "False", "(2, 3)"));
    bad_header(HEADER("<i3", "False", "(2, 4)"));
    bad_header(HEADER("|O", "False", "(2, 3)"));
    bad_header(HEADER("<c8", "False", "(1, 3)"));
    bad_header(HEADER("", "False", "(2, 3)"));
    bad_header("{'descr': [('a', '<f4')], 'fortran_order': False, "
               "'shape': (2, 3)}");
    bad_header(HEADER("<f4", "True", "(2, 3)"));
    bad_header(HEADER("<f4", "Maybe", "(2, 3)"));
}

static void shapes_that_do_not_fit(void)
{
    EACH(shape, "(2, 4)", "(1152921504606846976,)",
         "(1073741824, 1073741824)", "(4294967296, 4294967296)",
         "(2, 3, 18446744073709551616)", "(18446744073709551615,)",
         "(9223372036854775808, 2)", "(4611686018427387904, 4)",
         "(-2, -3)", "(2, -3)", "(2.0, 3)", "(2 3)", "(2, 3", "2, 3", "6",
         "()", "(0,)", "(,)", "", "(6", "None", "[2, 3]", "(6,)(6,)",
         "(99999999999999999999999999999999999999999,)",
         "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3)") {
        char header[400];
        snprintf(header, sizeof header, HEADER("<f4", "False", "%s"), *shape);
        bad_header(header);
    }
}

static void headers_that_are_none(void)
{
    EACH(header, "", "{", "}", "{}", "[]", "{'descr': '<f4'}",
         "{'descr': '<f4', 'fortran_order': False}",
         "{'fortran_order': False, 'shape': (2, 3)}",
         "{'descr': '<f4', 'shape': (2, 3)}",
         "'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)",
         "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 3)}",
         "{'descr' '<f4', 'fortran_order' False, 'shape' (2, 3)}")
        bad_header(*header);
}

/* The file ends too early, wherever it ends. */
static void truncated_files(void)
{
    char whole[256];
    size_t length;
    put_good_files();
    slurp(whole, sizeof whole, &length, "x.npy");
    assert_int_equal(length, 128 + sizeof six);
    const size_t lengths[] = { 0, 1, 5, 6, 7, 8, 9, 10, 11, 60, 127, 128,
                               129, 131, 132, 148, 151 };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        spill("bad.npy", whole, lengths[i]);
        bad("softmax --npy bad.npy --out out.npy");
    }
    spill("bad.npy", whole, 140);
    bad_file("truncated");
}

/* Lengths of the header that point beyond the file, and unknown versions. */
static void lying_preambles(void)
{
    char whole[256];
    size_t length;
    static const unsigned char preambles[][4] = {
        { 1, 0, 255, 255 }, { 1, 0, 0, 0 }, { 1, 0, 1, 0 }, { 0, 0, 118, 0 },
        { 4, 0, 118, 0 }, { 255, 255, 118, 0 }, { 2, 0, 118, 0 },
        { 3, 0, 255, 255 },
    };
    put_good_files();
    slurp(whole, sizeof whole, &length, "x.npy");
    for (size_t i = 0; i < sizeof preambles / sizeof *preambles; i++) {
        memcpy(whole + 6, preambles[i], 4);
        spill("bad.npy", whole, length);
        bad("softmax --npy bad.npy --out out.npy");
    }
    npy_raw_version(2, "bad.npy", HEADER("<f4", "False", "(2, 4)"), six, 24);
    bad_file("format 2, truncated");
}

static void no_files_at_all(void)
{
    put_good_files();
    unlink("bad.npy");
    bad_file("a missing file");
    mkdir("bad.npy", 0777);
    bad_file("a folder");
    rmdir("bad.npy");
    assert_int_equal(symlink("bad.npy", "bad.npy"), 0);
    bad_file("a link to itself");
    unlink("bad.npy");
    spill("bad.npy", "1 2 3\n", 6);
    bad_file("a text");
    bad("softmax --npy /dev/null --out out.npy");
    bad("softmax --npy /dev/zero --out out.npy");
    bad("softmax --npy '' --out out.npy");
}

static void values_that_are_nan(void)
{
    const float x[6] = { 1, 2, NAN, 4, 5, 6 };
    const double y[6] = { 1, 2, 1e300, 4, 5, -1e300 };
    put_good_files();
    npy_put("nan.npy", x, SHAPE(2, 3));
    bad("softmax --npy nan.npy --out out.npy");
    bad("softmax --streaming --npy nan.npy --out out.npy");
    npy_put_double("nan.npy", y, SHAPE(2, 3));
    bad("softmax --npy nan.npy --out out.npy");
}

/* Any byte of a header may be anything: a run succeeds or fails by the rule,
 * and nothing else. */
static void damaged_headers(void)
{
    char whole[256], damaged[256];
    size_t length;
    put_good_files();
    slurp(whole, sizeof whole, &length, "x.npy");
    for (int round = 0; round < (sanitized ? 60 : 200); round++) {
        memcpy(damaged, whole, length);
        for (int flips = 1 + round % 3; flips > 0; flips--) {
            size_t at = (size_t)((noise() + 1) / 2 * 96);
            damaged[at] = (char)(noise() * 128);
        }
        spill("bad.npy", damaged, length);
        unlink("out.npy");
        struct outcome *outcome =
            run_limited(sanitized ? 0 : MEMORY,
                        "softmax --allow-nan --npy bad.npy --out out.npy");
        bool good = outcome->status == 0 && exists("out.npy")
                    && outcome->err_length == 0;
        bool refused = outcome->status == 2 && !exists("out.npy")
                       && one_line(outcome->err, "softmax");
        if (!good && !refused)
            COMPLAIN("round %d: status %d: %s\n  header: %.*s", round,
                     outcome->status, outcome->err, 96, damaged + 10);
    }
}

/* ------------------------------------------------- arrays that do not fit -- */

static void average_of_arrays_that_do_not_fit(void)
{
    put_good_files();
    npy_put("row.npy", six, SHAPE(3));
    npy_put("cube.npy", six, SHAPE(1, 2, 3));
    npy_put("wide.npy", six, SHAPE(1, 6));
    npy_put("tall.npy", six, SHAPE(3, 2));
    EACH(line,
         "--q wide.npy --k k.npy --v v.npy", "--q q.npy --k tall.npy --v v.npy",
         "--q q.npy --k k.npy --v tall.npy", "--q q.npy --k k.npy --v wide.npy",
         "--q cube.npy --k k.npy --v v.npy", "--q q.npy --k cube.npy --v v.npy",
         "--q q.npy --k k.npy --v cube.npy", "--q row.npy --k k.npy --v v.npy",
         "--q q.npy --k k.npy", "--q q.npy --v v.npy", "--k k.npy --v v.npy",
         "--q q.npy --k k.npy --v v.npy --kernel cubic",
         "--q q.npy --k k.npy --v v.npy --kernel ''",
         "--q q.npy --k k.npy --v v.npy --bandwidth 0",
         "--q q.npy --k k.npy --v v.npy --bandwidth -1",
         "--q q.npy --k k.npy --v v.npy --bandwidth nan",
         "--q q.npy --k k.npy --v v.npy --bandwidth 1e999",
         "--q q.npy --k k.npy --v v.npy stray") {
        bad_format("average %s --out out.npy --weights more.npy", *line);
    }
}

static void gradient_of_arrays_that_do_not_fit(void)
{
    const float labels[3] = { 0, 1, 1 }, halves[3] = { 0, 0.5f, 1 },
                negative[3] = { 0, -1, 1 }, large[3] = { 0, 1e9f, 1 },
                nothing[3] = { 0, NAN, 1 }, same[3] = { 0, 0, 0 };
    const float points[6] = { 1, 2, 3, INFINITY, 5, 6 };
    put_good_files();
    npy_put("p.npy", six, SHAPE(3, 2));
    npy_put("y.npy", labels, SHAPE(3));
    npy_put("bad.npy", points, SHAPE(3, 2));
    bad("gradient --x bad.npy --y y.npy");
    RUN("gradient --x p.npy --y y.npy --steps 3 --save own.safetensors");
    bad("gradient --load own.safetensors --steps 5");
    RUN("gradient --load own.safetensors --x p.npy --y y.npy --steps 5");
    bad("gradient --x x.npy --y y.npy");
    bad("gradient --x y.npy --y y.npy");
    bad("gradient --x p.npy --y p.npy");
    bad("gradient --x p.npy --y y.npy --points 7");
    EACH(more, "--x x.npy --y y.npy", "--predict x.npy --out out.npy")
        bad_format("gradient %s --load y.npy", *more);
    const float *const wrong[] = { halves, negative, large, nothing, same };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        npy_put("bad.npy", wrong[i], SHAPE(3));
        bad("gradient --x p.npy --y bad.npy");
    }
}

/* A file whose arrays agree with its settings: there are no classes at all. */
static void a_run_without_classes(void)
{
    npy_put("pair.npy", six, SHAPE(3, 2));
    RUN("sed 's/classes 2/classes 0/;"
        "s/\\[2,4\\],\"data_offsets\":\\[128,160\\]"
        "/[0,4],\"data_offsets\":[128,128]/;"
        "s/\\[2\\],\"data_offsets\":\\[160,168\\]"
        "/[0],\"data_offsets\":[128,128]/;"
        "s/\\[42\\],\"data_offsets\":\\[168,336\\]"
        "/[32],\"data_offsets\":[128,256]/;"
        "s/\\[42\\],\"data_offsets\":\\[336,504\\]"
        "/[32],\"data_offsets\":[256,384]/' run.safetensors"
        " | head -c -120 >none.safetensors");
    bad("gradient --load none.safetensors --predict pair.npy --out out.npy");
    const char *said = run("gradient --load none.safetensors")->err;
    if (!strstr(said, "0 classes"))
        COMPLAIN("without classes, gradient says: %s", said);
}

/* Every way to go on with a run that the file or the line forbids. */
static void runs_that_cannot_go_on(void)
{
    const float cube[6] = { 1, 2, 3, 4, 5, 6 };
    put_good_files();
    npy_put("wide.npy", cube, SHAPE(2, 3));
    RUN("gradient --steps 3 --hidden 4 --save run.safetensors");
    EACH(more, "--steps 2", "--hidden 5", "--optimizer sgd", "--hidden 0",
         "--predict wide.npy --out out.npy", "--predict missing.npy --out "
         "out.npy", "--predict wide.npy --out out.npy --seed 2")
        bad_format("gradient --load run.safetensors %s", *more);
    EACH(change, "s/hidden 4/hidden 5/", "s/inputs 2/inputs 9/",
         "s/classes 2/classes 1/",
         "s/\"step\":\"3\"/\"step\":\"x\"/",
         "s/\"step\":\"3\"/\"stop\":\"3\"/",
         "s/batch 64/batch 00/", "s/\"rate\":\"0/\"rate\":\"-/",
         "s/optimizer 2/optimizer 7/",
         "s/\"0.weight\"/\"0.weighs\"/",
         "s/optimizer.first/optimizer.third/",
         "s/\"seed\":\"./\"seed\":\"x/") {
        run("sed '%s' run.safetensors >changed.safetensors", *change);
        if (run("cmp -s run.safetensors changed.safetensors")->status != 1)
            COMPLAIN("'%s' changes nothing", *change);
        bad("gradient --load changed.safetensors");
    }
    a_run_without_classes();
}

/* ------------------------------------------- numbers that are no weights -- */

/* wild.safetensors: the file, with one value in all of a tensor, or of all of
 * them (NULL). */
static void put_wild(const char *from, const char *tensor, float value)
{
    static char whole[1 << 20];
    size_t length, at = 0, end;
    uint64_t header;
    slurp(whole, sizeof whole, &length, from);
    assert_true(length < sizeof whole - 1);
    memcpy(&header, whole, 8);
    char *data = whole + 8 + header;
    end = length - 8 - (size_t)header;
    if (tensor) {
        const char *offsets = strstr(strstr(whole + 8, tensor), "offsets");
        assert_int_equal(sscanf(offsets, "offsets\":[%zu,%zu", &at, &end), 2);
    }
    for (; at < end; at += sizeof value)
        memcpy(data + at, &value, sizeof value);
    spill("wild.safetensors", whole, length);
}

/* No index is made of such a number, and no answer: neither of a weight that
 * is none, nor of good ones that together overflow. */
static void weights_that_read_no_date(void)
{
    RUN("cp '%s/data/weights/mask.safetensors' own.safetensors", root);
    RUN("mask --train --steps 1 --batch 1 --save run.safetensors");
    EACH(more, "", "--map", "--pad 20 --map", "--no-mask --pad 48 --map") {
        const char *line = "mask --date '5 March 1987' --load "
                           "wild.safetensors %s";
        put_wild("own.safetensors", NULL, 1e9f);
        bad_since("wild.safetensors: weights so large", line, *more);
        for (int i = 0; i < 4; i++) {
            const float none[] = { 3e38f, -1e10f, NAN, INFINITY };
            put_wild("own.safetensors", i % 2 ? "cross.k" : NULL, none[i]);
            bad_since(i % 2 ? "cross.k" : "signs", line, *more);
        }
    }
    put_wild("run.safetensors", "optimizer.first", NAN);
    bad_since("optimizer.first", "mask --train --load wild.safetensors %s",
              "--batch 1 --steps 2 --save out.npy");
}

/* The same in a run: file and tensor are named, whatever it was for. */
static void runs_that_are_not_finite(void)
{
    const float none[] = { NAN, INFINITY, -INFINITY, 3e38f, -1e10f };
    put_good_files();
    npy_put("p.npy", six, SHAPE(3, 2));
    RUN("gradient --steps 3 --hidden 2 --lr 0.0123 --clip 0.0123 "
        "--weight-decay 0.0123 --save run.safetensors");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        EACH(tensor, "0.weight", "2.bias", "optimizer.first",
             "optimizer.second") {
            bool moments = **tensor == 'o';
            if (moments && i >= (strchr(*tensor, 's') ? 3 : 5))
                continue;
            put_wild("run.safetensors", *tensor, none[i]);
            bad_since(*tensor, "gradient --load wild.safetensors --steps 5 "
                      "--save %s", "out.npy");
            if (!moments)
                bad_since(*tensor, "gradient --load wild.safetensors "
                          "--predict p.npy --out %s", "out.npy");
        }
    put_wild("run.safetensors", "optimizer.second", -1);
    bad_since("optimizer.second", "gradient --load wild.safetensors %s",
              "--steps 5 --save out.npy");
    EACH(change, "rate|nan", "rate|inf", "rate|1e300", "rate|1e38", "rate|-1",
         "rate|0", "decay|nan", "decay|inf", "decay|1e30", "decay|-1",
         "clip|nan", "clip|-1", "clip|0") {
        char key[8], number[8];
        assert_int_equal(sscanf(*change, "%7[a-z]|%7s", key, number), 2);
        RUN("sed 's/\"%s\":\"0.0123[0-9]*\"/\"%s\":\"%s\"%*s/' "
            "run.safetensors >wild.safetensors", key, key, number,
            (int)(6 - strlen(number)), "");
        bad_since(key, "gradient --load wild.safetensors --steps 5 --save %s",
                  "out.npy");
    }
}

/* A run that grows beyond all bounds fails, and what was saved before is kept,
 * be it an older file or a good state of its own. */
static void runs_that_blow_up(void)
{
    put_good_files();
    npy_put("p.npy", six, SHAPE(3, 2));
    EACH(decay, "1000", "1000000") {
        spill("kept.safetensors", "precious", 8);
        struct outcome *outcome = run("gradient --steps 50 --weight-decay %s "
                                      "--save kept.safetensors", *decay);
        if (outcome->status != 2 || !one_line(outcome->err, "gradient"))
            COMPLAIN("--weight-decay %s: status %d: %s", *decay,
                     outcome->status, outcome->err);
        if (!strcmp(*decay, "1000"))
            RUN("gradient --load kept.safetensors --predict p.npy --out "
                "out.npy");
        else
            RUN("printf precious | cmp - kept.safetensors");
    }
}

/* A step to pause at, or to go on to, that lies behind. */
static void steps_that_do_not_come(void)
{
    put_good_files();
    bad("gradient --steps 5 --pause 6 --save out.npy");
    RUN("gradient --steps 3 --hidden 2 --save run.safetensors");
    EACH(more, "", "--steps 3", "--pause 2", "--pause 3", "--pause 4",
         "--steps 5 --pause 2", "--steps 5 --pause 3", "--steps 5 --pause 6")
        bad_format("gradient --load run.safetensors --save out.npy %s",
                   *more);
}

static void damaged_runs(void)
{
    static char whole[65536], damaged[65536];
    size_t length;
    put_good_files();
    RUN("gradient --steps 3 --hidden 2 --save run.safetensors");
    slurp(whole, sizeof whole, &length, "run.safetensors");
    for (int round = 0; round < (sanitized ? 40 : 150); round++) {
        size_t cut = length;
        memcpy(damaged, whole, length);
        for (int flips = 1 + round % 3; flips > 0; flips--) {
            size_t at = (size_t)((noise() + 1) / 2 * 900);
            damaged[at] = (char)(noise() * 128);
        }
        if (round % 5 == 0)
            cut = (size_t)((noise() + 1) / 2 * (double)length);
        spill("bad.safetensors", damaged, cut);
        unlink("new.safetensors");
        struct outcome *outcome = run_limited(sanitized ? 0 : MEMORY,
            "gradient --load bad.safetensors --pause 4 "
            "--save new.safetensors");
        bool good = outcome->status == 0 && exists("new.safetensors");
        bool refused = outcome->status == 2 && !exists("new.safetensors")
                       && one_line(outcome->err, "gradient");
        if (!good && !refused)
            COMPLAIN("round %d: status %d: %s", round, outcome->status,
                     outcome->err);
    }
}

static void score_of_arrays_that_do_not_fit(void)
{
    put_good_files();
    npy_put("cube.npy", six, SHAPE(1, 2, 3));
    npy_put("wide.npy", six, SHAPE(1, 6));
    npy_put("tall.npy", six, SHAPE(3, 2));
    npy_put("three.npy", six, SHAPE(3));
    npy_put("square.npy", six, SHAPE(2, 2));
    EACH(line,
         "--kind cubic", "--kind ''", "--kind dot --k tall.npy",
         "--kind scaled --k tall.npy", "--kind dot --q cube.npy",
         "--kind dot --k cube.npy", "--kind dot --q three.npy",
         "--kind dot --v tall.npy", "--kind dot --v cube.npy",
         "--kind general", "--kind general --w tall.npy",
         "--kind general --w three.npy", "--kind additive",
         "--kind additive --wq w.npy --wk w.npy",
         "--kind additive --wq w.npy --va a.npy",
         "--kind additive --wq w.npy --wk square.npy --va a.npy",
         "--kind additive --wq square.npy --wk w.npy --va a.npy",
         "--kind additive --wq w.npy --wk w.npy --va three.npy",
         "--kind additive --wq w.npy --wk w.npy --va square.npy",
         "--kind additive --wq w.npy --wk q.npy --va a.npy",
         "--kind concat", "--kind concat --w w.npy --va a.npy",
         "--kind concat --w wide.npy", "--kind concat --va a.npy",
         "--kind dot stray") {
        bad_format("score --q q.npy --k k.npy --v v.npy %s --out out.npy "
                   "--weights more.npy", *line);
    }
    bad("score --kind dot --q q.npy --scores out.npy");
    bad("score --kind dot --k k.npy --scores out.npy");
    bad("score --kind dot --q q.npy --k k.npy --out out.npy");
}

static void masks_that_do_not_fit(void)
{
    static const float bits[6] = { 1, 0, 1, 1, 0, 2 }, lengths[3] = { 3, 0, 4 };
    put_good_files();
    npy_put("cube.npy", six, SHAPE(1, 2, 3));
    npy_put("tall.npy", six, SHAPE(3, 2));
    npy_put("bits.npy", bits, SHAPE(2, 3));
    npy_put("zero.npy", lengths + 1, SHAPE(1));
    npy_put("far.npy", lengths + 2, SHAPE(1));
    npy_put("many.npy", six, SHAPE(2));
    npy_put("half.npy", (float[]){ 1.5f }, SHAPE(1));
    EACH(line, "--lengths zero.npy", "--lengths far.npy",
         "--lengths many.npy", "--lengths half.npy", "--lengths none.npy",
         "--lengths x.npy", "--mask bits.npy", "--mask tall.npy",
         "--mask a.npy", "--sliding-window 0",
         "--sliding-window -1", "--sliding-window w",
         "--map", "--pad 3", "--no-mask", "--load x.npy", "--save y",
         "--train", "--q q.npy", "stray", "--date today", "--steps 5",
         "--batch 7", "--seed 3", "--out more.npy") {
        bad_format("mask --scores x.npy --weights out.npy %s", *line);
    }
    EACH(line, "", "--v v.npy --k tall.npy", "--k k.npy --v tall.npy",
         "--k cube.npy --v v.npy", "--k k.npy --v cube.npy",
         "--k k.npy --v a.npy", "--k k.npy --v none.npy",
         "--k k.npy --v v.npy --mask x.npy",
         "--k k.npy --v v.npy --lengths zero.npy") {
        bad_format("mask --q q.npy %s --out out.npy --weights more.npy",
                   *line);
    }
    EACH(line, "''", "'5 M\xc3\xa4rz 1987'", "'5\t3\t1987'",
         "'a date that is longer than all the dates that it knows'",
         "'5 March 1987' --pad 3", "'5 March 1987' --pad 1000",
         "'5 March 1987' --causal", "'5 March 1987' --load none",
         "'5 March 1987' --load x.npy", "today --save out.npy",
         "today --steps 3", "today --batch 9", "today --seed 5") {
        bad_format("mask --date %s", *line);
    }
    bad("mask --train --batch 0");
    bad("mask --train --steps 0");
    bad("mask --train --map");
    bad("mask --train --steps 1 --save no/where");
    bad("mask --train --steps 1 --load x.npy --save out.npy");
}

/* ------------------------------------------------------ the transformer -- */

#define TINY "--layers 1 --heads 2 --embed 8 --ff 8 --batch-tokens 64 "

static void put(const char *path, const char *text)
{
    spill(path, text, strlen(text));
}

/* A file of pairs, a good one and a model of it. */
static void put_model(void)
{
    put("pairs.tsv", "ab\tA B\nba\tB A\nbab\tB A B\n");
    struct outcome *outcome = run("transformer train --pairs pairs.tsv " TINY
                                  "--steps 4 --save m.safetensors");
    EXPECT(outcome->status == 0, "%s", outcome->err);
}

static void pairs_that_are_none(void)
{
    put_model();
    enum { MANY = 256 };          /* units: one more than fit */
    char text[800] = "ab\tA B\n";
    memset(text + 7, 'a', MANY), strcpy(text + 7 + MANY, "\tA\n");
    put("long.tsv", text);
    strcpy(text, "ab\tA B\na\t");
    for (int i = 0; i < MANY; i++)
        strcat(text, "A ");
    put("far.tsv", text);
    put("none.tsv", "");
    put("untabbed.tsv", "ab\tA B\nab A B\n");
    put("twice.tsv", "ab\tA B\nab\tA\tB\n");
    put("inputless.tsv", "ab\tA B\n\tA B\n");
    put("outputless.tsv", "ab\tA B\nab\t \n");
    put("latin.tsv", "ab\tA B\na\xe4\tA B\n");
    put("control.tsv", "ab\tA B\r\nab\tA B\n");
    put("mark.tsv", "ab\tA B\nab\tA </s>\n");
    spill("zero.tsv", "ab\tA B\na\0b\tA B\n", 15);
    EACH(how, "train --pairs %s " TINY "--steps 4 --save out.npy",
         "train --pairs %s --load m.safetensors --steps 9 --save out.npy",
         "score --load m.safetensors --pairs %s",
         "score --load m.safetensors --pairs %s --json --beam 4") {
        char line[400];
        snprintf(line, sizeof line, "transformer %s", *how);
        EACH(file, "untabbed.tsv", "twice.tsv", "inputless.tsv",
             "outputless.tsv", "latin.tsv", "long.tsv", "far.tsv",
             "zero.tsv", "mark.tsv") {
            char where[80];
            snprintf(where, sizeof where, ": %s:2: ", *file);
            bad_since(where, line, *file);
        }
        bad_since(": control.tsv:1: ", line, "control.tsv");
        EACH(file, "none.tsv", "missing.tsv", ".", "''", "m.safetensors")
            bad_format(line, *file);
    }
    bad("transformer train --task copy --pairs pairs.tsv --steps 4");
}

/* The second line of the input is wrong: say so, and answer none. */
static void inputs_that_have_no_answer(void)
{
    put_model();
    EACH(word, "'abcab'", "'ab\\303\\244'", "'\\377ab'", "'a\\0b'", "'a\\tb'",
         "''", "'  '", "'ab\\r'", "\"$(printf %0256d 0 | tr 0 a)\"") {
        bad_since(": stdin:2: ", "printf \"ab\\n%%b\\nba\\n\" %s | transformer "
                  "apply --load m.safetensors", *word);
    }
    bad_since("\"c\", which the model does not know", "echo %s | transformer "
              "apply --load m.safetensors", "abcab");
    bad_since("\"\xc3\xa4\", which", "echo %s | transformer apply "
              "--load m.safetensors --beam 3", "ab\xc3\xa4");
    bad("transformer apply --load m.safetensors <&-");
    bad("transformer apply --load m.safetensors <.");
    bad("echo ab | transformer apply --load m.safetensors >/dev/full");
    bad("echo ab | transformer apply");
}

/* bad.safetensors: a file's bytes with a text of its header changed for one
 * of the same length. */
static void spill_changed(char *bytes, size_t length, const char *was,
                          const char *is)
{
    char *at = strstr(bytes + 8, was);    /* behind the length */
    EXPECT(at, "no %s in the file", was);
    memcpy(at, is, strlen(is));
    spill("bad.safetensors", bytes, length);
    memcpy(at, was, strlen(was));
}

/* Models of another kind, or of two kinds. */
static void models_of_another_kind(void)
{
    put_model();
    const char *const other[] = { "--heads 4", "--embed 16", "--ff 9",
        "--layers 2", "--order post", "--target-unit char" };
    npy_put("x.npy", six, SHAPE(2, 3));
    put("other.tsv", "ab\tA Q\nba\tQ A\nbab\tQ A Q\n");
    RUN("gradient --steps 2 --save spiral.safetensors");
    EACH(file, "missing.safetensors", "x.npy", "pairs.tsv", ".", "/dev/null",
         "spiral.safetensors") {
        bad_format("echo ab | transformer apply --load %s", *file);
        bad_format("transformer score --load %s --pairs pairs.tsv", *file);
        bad_format("transformer train --load %s --pairs pairs.tsv --steps 9 "
                   "--save out.npy", *file);
        bad_format("transformer average --save out.npy m.safetensors %s",
                   *file);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        RUN("transformer train --pairs pairs.tsv " TINY "%s --steps 2 --save "
            "o.safetensors", other[i]);
        bad("transformer average --save out.npy m.safetensors o.safetensors");
    }
    RUN("transformer train --pairs other.tsv " TINY "--steps 2 --save "
        "o.safetensors");
    bad_since("another 'vocabulary'", "transformer average --save out.npy "
              "m.safetensors %s", "o.safetensors");
    EACH(how, "score --load m.safetensors --pairs pairs.tsv",
         "score --load m.safetensors --pairs pairs.tsv --beam 4",
         "apply --load m.safetensors </dev/null") {
        bad_since("o.safetensors: has another 'vocabulary' than m.safetensors",
                  "transformer %s --beside o.safetensors", *how);
        bad_since("o.safetensors: has another", "transformer %s --beside "
                  "m.safetensors o.safetensors", *how);
        bad_since("go with --beside", "transformer %s m.safetensors", *how);
        bad_format("transformer %s --beside missing", *how);
        bad_format("transformer %s --beside m.safetensors missing", *how);
        bad_format("transformer %s --beside m.safetensors m.safetensors "
                   "m.safetensors m.safetensors m.safetensors m.safetensors "
                   "m.safetensors m.safetensors", *how);
    }
    bad("transformer score --load m.safetensors --pairs other.tsv");
    bad("transformer train --load m.safetensors --pairs other.tsv --steps 9");
    put("fewer.tsv", "ab\tA B\nba\tB A\n");
    bad_since("of another kind", "transformer train --load m.safetensors "
              "--pairs %s --steps 9 --save out.npy", "fewer.tsv");
    bad("transformer train --load m.safetensors --pairs pairs.tsv");
    bad("transformer average --save out.npy");
}

/* The texts of a model, changed within their length, or cut short. */
static void damaged_models(void)
{
    static char text[1 << 16];
    size_t length;
    put_model();
    const char *const change[][2] = {
        { "\"model\":\"transformer\"", "\"model\":\"transformed\"" },
        { "\"heads\":\"2\"", "\"heads\":\"0\"" },
        { "\"heads\":\"2\"", "\"heads\":\"3\"" },
        { "\"heads\":\"2\"", "\"heads\":\"x\"" },
        { "\"layers\":\"1\"", "\"layers\":\"2\"" },
        { "\"embed\":\"8\"", "\"embed\":\"6\"" },
        { "\"ff\":\"8\"", "\"ff\":\"9\"" },
        { "\"order\":\"pre\"", "\"order\":\"prx\"" },
        { "\"source_unit\":\"char\"", "\"source_unit\":\"chax\"" },
        { "\"target_unit\":\"word\"", "\"targetxunit\":\"word\"" },
        { "</s>\\n<s>", "</s>\\n<t>" }, { "\\na\\nb", "\\nb\\na" },
        { "\\na\\nb", "\\na\\na" }, { "\\na\\nb", "\\na b " },
        { "\"shared.weight\"", "\"shared.weighs\"" } };
    slurp(text, sizeof text, &length, "m.safetensors");
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        spill_changed(text, length, change[i][0], change[i][1]);
        bad("echo ab | transformer apply --load bad.safetensors");
        bad("transformer train --load bad.safetensors --pairs pairs.tsv "
            "--steps 9 --save out.npy");
        bad("transformer average --save out.npy bad.safetensors");
    }
    for (size_t cut = 1; cut < length; cut = cut * 3 + 1) {
        spill("bad.safetensors", text, length - cut);
        bad("echo ab | transformer apply --load bad.safetensors");
    }
}

static void transformer_lines(void)
{
    put_model();
    mkdir("folder", 0777);
    EACH(out, "missing/new.safetensors", "folder", "''", "/proc/new",
         "pairs.tsv", "/dev/full") {
        bad_format("transformer train --pairs pairs.tsv " TINY
                   "--steps 2 --save %s", *out);
        if (strcmp(*out, "pairs.tsv"))
            bad_format("transformer average --save %s m.safetensors", *out);
    }
    EACH(more, "--heads 3", "--embed 9", "--layers 17", "--dropout 1",
         "--dropout -1", "--smoothing 2", "--average 0", "--average 51",
         "--source-unit letter", "--source-unit bpe:", "--target-unit bpe:-1",
         "--target-unit bpe:1000000", "--order both", "--pause 9",
         "--schedule up", "--batch-tokens 1", "--warmup x", "--beam 2",
         "--json", "--half", "stray", "--only long") {
        bad_format("transformer train --pairs pairs.tsv " TINY
                   "--steps 4 --save out.npy %s", *more);
    }
    EACH(more, "--beam 0", "--beam 33", "--beam x", "--penalty -1",
         "--penalty nan", "--json", "stray", "--steps 3")
        bad_format("echo ab | transformer apply --load m.safetensors %s",
                   *more);
    EACH(line, "nonsense", "train apply", "apply train", "score",
         "average m.safetensors", "--study --only none",
         "--study --load m.safetensors", "--study --pairs missing",
         "--study --only together --pairs pairs.tsv",
         "--study --only together --load m.safetensors m.safetensors",
         "--study --only long --load m.safetensors m.safetensors",
         "--study --only long --load m.safetensors --beside m.safetensors "
         "--pairs pairs.tsv",
         "--results --pairs pairs.tsv", "--results --load missing")
        bad_format("transformer %s", *line);
    RUN("transformer train --pairs pairs.tsv " TINY "--steps 40 --average 50 "
        "--pause 38 --save kept.safetensors");
    bad_since("new.safetensors.1: ", "transformer train --pairs pairs.tsv "
              "--load kept.safetensors --save %s", "new.safetensors");
}

/* ------------------------------------------------------- the recurrence -- */

#define LITTLE "--embed 4 --hidden 6 --batch-tokens 64 "

static void recurrence_lines(void)
{
    put_model();
    RUN("mv m.safetensors transformer.safetensors");
    RUN("recurrence train --pairs pairs.tsv " LITTLE "--steps 4 "
        "--save m.safetensors");
    EACH(file, "missing", "pairs.tsv", "/dev/null", "transformer.safetensors")
        bad_format("echo ab | recurrence apply --load %s", *file);
    bad("echo ab | transformer apply --load m.safetensors");
    EACH(more, "--cell gru", "--reading up", "--layers 9", "--hidden 0",
         "--embed x", "--dropout 1", "--heads 2", "--beam 2", "stray",
         "--join 0", "--join 4", "--join 2 --source-unit word",
         "--join 2 --target-unit char", "--seconds 1 --pause 2")
        bad_format("recurrence train --pairs pairs.tsv " LITTLE
                   "--steps 4 --save out.npy %s", *more);
    EACH(other, "--cell rnn", "--hidden 7", "--layers 2",
         "--reading backward") {
        RUN("recurrence train --pairs pairs.tsv " LITTLE "%s --steps 2 "
            "--save o.safetensors", *other);
        bad("recurrence average --save out.npy m.safetensors o.safetensors");
    }
    bad_since(": stdin:2: ", "printf 'ab\n%s\n' | recurrence apply --load "
              "m.safetensors", "abcab");
    bad("recurrence train --task copy --join 2");
    bad("recurrence train --pairs pairs.tsv " LITTLE "--average 3");
    bad("recurrence train --pairs pairs.tsv --load m.safetensors --join 2");
    put("twice.tsv", "read\tR EH D\nread\tR IY D\n");
    bad_since("twice.tsv: has too few words to join",
              "recurrence train --pairs %s " LITTLE "--join 2", "twice.tsv");
    bad("recurrence --bench --steps 2");
    bad("recurrence --study --only copy --pairs pairs.tsv");
}

/* -------------------------------------------------------- the alignment -- */

static void alignment_lines(void)
{
    put_model();
    RUN("mv m.safetensors transformer.safetensors");
    RUN("recurrence train --pairs pairs.tsv " LITTLE "--steps 4 "
        "--save recurrence.safetensors");
    RUN("alignment train --pairs pairs.tsv " LITTLE "--steps 4 "
        "--save m.safetensors");
    EACH(file, "missing", "pairs.tsv", "/dev/null", "transformer.safetensors",
         "recurrence.safetensors") {
        bad_format("echo ab | alignment apply --load %s", *file);
        bad_format("alignment apply --show ab --load %s", *file);
    }
    bad("echo ab | transformer apply --load m.safetensors");
    bad("echo ab | recurrence apply --load m.safetensors");
    EACH(more, "--attention scaled", "--layers 9", "--hidden 0",
         "--hidden 7", "--embed x", "--dropout 1", "--heads 2", "--beam 2",
         "--cell lstm", "--show ab", "stray")
        bad_format("alignment train --pairs pairs.tsv " LITTLE
                   "--steps 4 --save out.npy %s", *more);
    EACH(other, "--attention dot", "--attention linear", "--hidden 8",
         "--layers 2") {
        RUN("alignment train --pairs pairs.tsv " LITTLE "%s --steps 2 "
            "--save o.safetensors", *other);
        bad("alignment average --save out.npy m.safetensors o.safetensors");
    }
    bad_since(": stdin:2: ", "printf 'ab\n%s\n' | alignment apply --load "
              "m.safetensors", "abcab");
    EACH(word, "abc", "''", "'a b'", "'ab\\303'", "$(printf ab%.0s $(seq 128))")
        bad_format("alignment apply --load m.safetensors --show %s", *word);
    bad("alignment apply --show ab");
    bad("alignment apply --show ab --load m.safetensors --beam 2");
    bad("alignment apply --show ab --load m.safetensors stray");
}

/* A model whose vocabulary has no units but its signs. */
static void damaged_vocabulary(void)
{
    static char text[1 << 16];
    size_t length;
    put_model();
    RUN("recurrence train --pairs pairs.tsv " LITTLE "--steps 4 "
        "--save m.safetensors");
    slurp(text, sizeof text, &length, "m.safetensors");
    char *at = strstr(text + 8, "<s>\\n"), *end;
    assert_non_null(at);
    assert_non_null(end = strchr(at, '"'));
    at[3] = '"', memset(at + 4, ' ', (size_t)(end - at) - 3);
    spill("bad.safetensors", text, length);
    bad_since("its 'vocabulary' has no units",
              "echo ab | recurrence apply --load %s", "bad.safetensors");
}

/* The texts of a model with attention, changed within their length. */
static void damaged_alignments(void)
{
    static char text[1 << 16];
    size_t length;
    put_model();
    RUN("alignment train --pairs pairs.tsv " LITTLE "--steps 4 "
        "--save m.safetensors");
    const char *const change[][2] = {
        { "\"model\":\"alignment\"", "\"model\":\"alignmend\"" },
        { "\"attention\":\"additive\"", "\"attention\":\"additivx\"" },
        { "\"attention\":\"additive\"", "\"attendion\":\"additive\"" },
        { "\"hidden\":\"6\"", "\"hidden\":\"7\"" },
        { "\"hidden\":\"6\"", "\"hidden\":\"8\"" },
        { "\"hidden\":\"6\"", "\"hidden\":\"0\"" },
        { "\"layers\":\"1\"", "\"layers\":\"2\"" },
        { "\"embed\":\"4\"", "\"embed\":\"5\"" },
        { "\"attention.query\"", "\"attention.quera\"" } };
    slurp(text, sizeof text, &length, "m.safetensors");
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        spill_changed(text, length, change[i][0], change[i][1]);
        bad("echo ab | alignment apply --load bad.safetensors");
        bad("alignment apply --show ab --load bad.safetensors");
        bad("alignment train --load bad.safetensors --pairs pairs.tsv "
            "--steps 9 --save out.npy");
    }
}

/* ---------------------------------------------------------------- gpt -- */

#define SMALL "--layers 1 --heads 2 --embed 8 --context 8 --batch 2 "

/* A text of several contexts and a model of it, g.safetensors. */
static void put_gpt(void)
{
    put("t.txt", "the cat sat on the mat and the dog sat on the cat and so "
        "on and on and the cat\n");
    struct outcome *outcome = run("gpt train --text t.txt " SMALL "--val .2 "
                                  "--steps 4 --save g.safetensors");
    EXPECT(outcome->status == 0, "%s", outcome->err);
}

static void texts_that_are_none(void)
{
    put_gpt();
    put("none.txt", ""), put("short.txt", "the cat");
    put("held.txt", "the cat sat on the mat"), put("one.txt", "t");
    put("latin.txt", "the cat sat on the m\xe4t and the dog\n");
    put("other.txt", "the cat sat on the QUAY and the dog\n");
    EACH(how, "train --text %s " SMALL "--val .2 --steps 4 --save out.npy",
         "train --text %s --load g.safetensors --steps 9 --save out.npy",
         "score --text %s --load g.safetensors --json") {
        char line[400];
        snprintf(line, sizeof line, "gpt %s", *how);
        bad_since("none.txt: is empty", line, "none.txt");
        bad_since("latin.txt: is not UTF-8 at byte 21", line, "latin.txt");
        if (strstr(line, "train")) {
            bad_since("short.txt: has 6 tokens to train on, and a context of "
                      "8 takes 9", line, "short.txt");
            bad_since("held.txt: has 4 tokens for validation", line,
                      "held.txt");
        } else
            bad_since("one.txt: has 1 token", line, "one.txt");
        if (strstr(line, "--load"))
            bad_since("U+0051 at byte 20", line, "other.txt");
        EACH(file, "missing.txt", ".", "''", "/dev/null")
            bad_format(line, *file);
    }
    bad("gpt train --load g.safetensors --steps 9 --save out.npy");
    bad("gpt score --load g.safetensors");
    bad_since("U+0051 at byte 2", "gpt sample --load g.safetensors "
              "--prompt %s", "tQ");
    bad_since("not UTF-8 at byte 2", "gpt attend --load g.safetensors "
              "--prompt %s --out out.npy", "t\xe4");
    bad_since("has 12 tokens, and the context is 8", "gpt attend "
              "--load g.safetensors --prompt '%s' --out out.npy",
              "the cat sat ");
    bad("gpt attend --load g.safetensors --prompt '' --out out.npy");
    bad("gpt sample --load g.safetensors >/dev/full");
    EXPECT(run("gpt sample --load g.safetensors --count 3 --prompt "
               "'the cat sat on'")->status == 0, "a long prompt");
}

/* What a run is, it stays; and its file says so. */
static void gpt_goes_on_as_it_began(void)
{
    put_gpt();
    EACH(more, "--layers 2", "--heads 4", "--embed 16", "--context 16",
         "--batch 3", "--accumulate 2", "--dropout .1", "--val .3",
         "--lr 2e-3", "--min-lr 2e-4", "--warmup 7", "--weight-decay .2",
         "--grad-clip 2", "--seed 2", "--tokens byte") {
        bad_format("gpt train --text t.txt --load g.safetensors --steps 9 "
                   "--save out.npy %s", *more);
    }
    EXPECT(run("gpt train --text t.txt --load g.safetensors " SMALL
               "--val .2 --steps 9 --lr 1e-3 --min-lr 1e-4 --tokens char "
               "--save h.safetensors")->status == 0, "the same again");
    put("more.txt", "the cat sat on the mat and the dog sat on the cat and "
        "so on and on and the dog\n and the cat and the mat\n");
    bad_since("of another kind", "gpt train --text %s --load g.safetensors "
              "--steps 9 --save out.npy", "more.txt");
    bad("gpt train --text t.txt --load g.safetensors --steps 4");
    bad("gpt train --text t.txt --load g.safetensors");
    RUN("gpt convert --load g.safetensors --save c.safetensors --half");
    bad_since("has no 'batch'", "gpt train --text t.txt --load %s --steps 9",
              "c.safetensors");
}

/* The texts of a model, changed within their length, or cut short. */
static void damaged_gpts(void)
{
    static char text[1 << 16];
    size_t length;
    put_gpt();
    const char *const change[][2] = {
        { "\"architecture\":\"gpt\"", "\"architecture\":\"got\"" },
        { "\"heads\":\"2\"", "\"heads\":\"0\"" },
        { "\"heads\":\"2\"", "\"heads\":\"3\"" },
        { "\"heads\":\"2\"", "\"heads\":\"x\"" },
        { "\"tokens\":\"char", "\"tokens\":\"chat" },
        { "char 10 32", "char 10 10" }, { "char 10 32", "char 10    " },
        { "\"wte.weight\"", "\"wte.weighs\"" },
        { "\"wpe.weight\"", "\"wpe.weighs\"" },
        { "\"h.0.ln_1.weight\"", "\"h.1.ln_1.weight\"" },
        { "\"h.0.mlp.c_proj.bias\"", "\"h.0.mlp.c_proj.bios\"" },
        { "\"ln_f.weight\"", "\"ln_g.weight\"" } };
    slurp(text, sizeof text, &length, "g.safetensors");
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        spill_changed(text, length, change[i][0], change[i][1]);
        bad("gpt sample --load bad.safetensors --count 3");
        bad("gpt train --load bad.safetensors --text t.txt --steps 9 "
            "--save out.npy");
        bad("gpt convert --load bad.safetensors --save out.npy");
    }
    EACH(key, "batch", "accumulate", "dropout", "val", "repeat") {
        char look[40];
        snprintf(look, sizeof look, "\"%s\":\"", *key);
        char *at = strstr(text + 8, look);
        EXPECT(at, "no %s in the file", look);
        at += strlen(look);
        const char was = *at;
        *at = '-', spill("bad.safetensors", text, length), *at = was;
        bad("gpt train --load bad.safetensors --text t.txt --steps 9");
        RUN("gpt sample --load bad.safetensors --count 3");
    }
    for (size_t cut = 1; cut < length; cut = cut * 3 + 1) {
        spill("bad.safetensors", text, length - cut);
        bad("gpt sample --load bad.safetensors --count 3");
    }
    RUN("gradient --steps 2 --save spiral.safetensors");
    EACH(file, "missing.safetensors", "t.txt", ".", "/dev/null",
         "spiral.safetensors") {
        bad_format("gpt sample --load %s --count 3", *file);
        bad_format("gpt train --text t.txt --load %s --steps 9", *file);
    }
}

static void ids_that_are_none(void)
{
    static const float ids[] = { 1, 0, 2, 3, 4, 5, 6, 7, 8 };
    put_gpt();
    npy_put("long.npy", ids, SHAPE(1, 9));
    npy_put("large.npy", ((float[]){ 1, 99 }), SHAPE(1, 2));
    npy_put("less.npy", ((float[]){ 1, -1 }), SHAPE(1, 2));
    npy_put("half.npy", ((float[]){ 1, .5 }), SHAPE(1, 2));
    npy_put("deep.npy", ids, SHAPE(2, 2, 2));
    npy_put("ids.npy", ids, SHAPE(2, 4));
    EACH(file, "long.npy", "large.npy", "less.npy", "half.npy", "deep.npy",
         "t.txt", "missing.npy")
        bad_format("gpt logits --load g.safetensors --out out.npy --ids %s",
                   *file);
    bad("gpt logits --load g.safetensors --ids ids.npy");
    bad("gpt logits --load g.safetensors --out out.npy");
    bad("gpt logits --load g.safetensors --out out.npy --ids ids.npy "
        "--heads 4");
    RUN("gpt logits --load g.safetensors --out good.npy --ids ids.npy "
        "--heads 2");
}

static void gpt_lines(void)
{
    put_gpt();
    mkdir("folder", 0777);
    EACH(out, "missing/new.safetensors", "folder", "''", "/proc/new",
         "t.txt", "/dev/full") {
        bad_format("gpt train --text t.txt " SMALL "--val .2 --steps 2 "
                   "--save %s", *out);
        if (strcmp(*out, "t.txt"))
            bad_format("gpt convert --load g.safetensors --save %s", *out);
    }
    EACH(more, "--heads 3", "--layers 49", "--layers 0", "--context 0",
         "--dropout 1", "--val 1", "--min-lr 1", "--lr 0", "--batch 0",
         "--accumulate 0", "--eval-every 0", "--tokens word", "--pause 9",
         "--tokens bpe:", "--tokens bpe:255", "--tokens bpe:9999999",
         "--grad-clip 0", "--count 3", "--prompt x", "--json", "stray") {
        bad_format("gpt train --text t.txt " SMALL "--val .2 --steps 4 "
                   "--save out.npy %s", *more);
    }
    EACH(more, "--temperature -1", "--temperature x", "--top-p 2",
         "--top-p -1", "--top-k -1", "--penalty .5", "--count x", "--half",
         "--text t.txt", "--ids t.txt", "stray")
        bad_format("gpt sample --load g.safetensors --count 3 %s", *more);
    EACH(line, "nonsense", "train sample", "sample", "sample train", "score",
         "attend --load g.safetensors", "logits --load g.safetensors",
         "convert --load g.safetensors", "convert --half")
        bad_format("gpt %s", *line);
}

/* ---------------------------------------------------------------- digits -- */

/* An IDX file of this type and shape, with so many bytes: 0, 1 ... 9, 0 ... */
static void put_idx(const char *path, int type, const size_t *shape,
                    size_t rank, size_t bytes)
{
    static unsigned char file[20000];
    size_t at = 0;
    file[at++] = 0, file[at++] = 0;
    file[at++] = (unsigned char)type, file[at++] = (unsigned char)rank;
    for (size_t i = 0; i < rank; i++)
        for (int shift = 24; shift >= 0; shift -= 8)
            file[at++] = (unsigned char)(shape[i] >> shift);
    assert_true(at + bytes <= sizeof file);
    for (size_t i = 0; i < bytes; i++)
        file[at++] = (unsigned char)(i % 10);
    spill(path, file, at);
}

#define DIGITS 10
static void put_digits(void)
{
    mkdir("digits", 0777);
    EACH(set, "train", "t10k") {
        char path[64];
        snprintf(path, sizeof path, "digits/%s-images-idx3-ubyte", *set);
        put_idx(path, 8, (size_t[]){ DIGITS, 28, 28 }, 3, DIGITS * 784);
        snprintf(path, sizeof path, "digits/%s-labels-idx1-ubyte", *set);
        put_idx(path, 8, (size_t[]){ DIGITS }, 1, DIGITS);
    }
}

/* Every way in which the digits are read; the message names the file. */
static void bad_digits(const char *file)
{
    EACH(line, "implicit --test --data digits",
         "implicit --test --model linear --data digits",
         "implicit --train --data digits --steps 2 --save out.npy",
         "implicit --train --model linear --data digits --save out.npy",
         "hard --test --data digits",
         "hard --pictures out.npy --data digits --count 2",
         "hard --train --data digits --steps 2 --save out.npy",
         "vision --test --data digits",
         "vision --canvases out.npy --data digits --count 2",
         "vision --train --model soft --data digits --steps 2 --save out.npy",
         "vision --train --model detector --data digits --steps 2 --save "
         "out.npy")
        bad_since(file, "%s", *line);
    put_digits();
}

/* Digits that are truncated, of another type, size or number. */
static void digits_that_are_none(void)
{
    put_digits();
    RUN("implicit --test --data digits");
    EACH(set, "train", "t10k") {
        char images[64], labels[64];
        snprintf(images, sizeof images, "digits/%s-images-idx3-ubyte", *set);
        snprintf(labels, sizeof labels, "digits/%s-labels-idx1-ubyte", *set);
        unlink(images), bad_digits(images);
        unlink(labels), bad_digits(labels);
        const size_t cuts[] = { 0, 3, 4, 15, 16, 17, DIGITS * 784 + 15 };
        for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
            truncate(images, (off_t)cuts[i]), bad_digits(images);
        truncate(labels, 8 + DIGITS - 1), bad_digits(labels);
        run("printf x >>%s", images), bad_digits(images);
        run("gzip -c %s >z; mv z %s", labels, labels), bad_digits(labels);
        const size_t shape[] = { DIGITS, 28, 28 }, narrow[] = { 10, 28, 27 };
        put_idx(images, 0x0d, shape, 3, DIGITS * 784), bad_digits(images);
        put_idx(images, 8, shape, 2, DIGITS * 28), bad_digits(images);
        put_idx(images, 8, narrow, 3, 10 * 28 * 27), bad_digits(images);
        const size_t none[] = { 0, 28, 28 }, many[] = { 1u << 31, 28, 28 };
        put_idx(images, 8, none, 3, 0), bad_digits(images);
        put_idx(images, 8, many, 3, DIGITS * 784), bad_digits(images);
        put_idx(labels, 8, (size_t[]){ 9 }, 1, 9), bad_digits(labels);
        put_idx(labels, 8, (size_t[]){ 11 }, 1, 11), bad_digits(labels);
        spill(labels, "\0\0\x08\1\0\0\0\x0a" "0123456789", 18);
        bad_digits(labels);
        spill(labels, "\0\0\x08\1\0\0\0\x0a" "\1\1\1\1\1\1\1\1\1\1", 18);
        bad_since("sevens", "implicit --test --model linear --data %s",
                  "digits");
        put_digits();
    }
    bad_since("missing", "implicit --test --data %s", "missing");
}

/* Pictures of another size, values that are no ink, another model's file. */
static void pictures_that_are_none(void)
{
    static float x[2 * 784];
    put_digits();
    npy_put("good.npy", x, SHAPE(2, 28, 28));
    RUN("implicit --classify good.npy --out p.npy");
    EACH(line, "--classify bad.npy --out out.npy",
         "--jacobian bad.npy --maps out.npy",
         "--integrated bad.npy --points 2 --maps out.npy") {
        const size_t shapes[][4] = { { 28, 27 }, { 27, 28 }, { 2, 784 },
                                     { 2, 28, 27 }, { 1, 1, 28, 28 }, { 784 } };
        const size_t ranks[] = { 2, 2, 2, 3, 4, 1 };
        for (size_t i = 0; i < 6; i++) {
            npy_put("bad.npy", x, ranks[i], shapes[i]);
            bad_since("bad.npy", "implicit %s", *line);
        }
        const float values[] = { 255, -1e-6f, 1.0001f, NAN, INFINITY };
        for (size_t i = 0; i < 5; i++) {
            x[783] = values[i];
            npy_put("bad.npy", x, SHAPE(28, 28));
            bad_since("element 783", "implicit %s", *line);
            x[783] = 0;
        }
    }
    RUN("cp '%s/data/weights/selfattention.safetensors' other.safetensors",
        root);
    RUN("implicit --train --model linear --data digits --steps 2 --save "
        "linear.safetensors");
    EACH(file, "other", "linear") {
        bad_format("implicit --classify good.npy --load %s.safetensors "
                   "--out out.npy", *file);
        bad_format("implicit --jacobian good.npy --load %s.safetensors "
                   "--maps out.npy", *file);
        bad_format("implicit --test --data digits --load %s.safetensors",
                   *file);
        bad_format("implicit --train --data digits --load %s.safetensors "
                   "--save out.npy", *file);
    }
    bad("implicit --train --model linear --data digits --load "
        "linear.safetensors --dropout 2");
}

/* --------------------------------------------------------------- bert -- */

#define FEW "--layers 1 --heads 2 --embed 8 --ff 8 --context 8 --batch 2 "  \
            "--tokens 60 "

/* A model, b.safetensors; one that sorts, s.safetensors; a vocabulary. */
static void put_bert(void)
{
    put("t.txt", "the cat sat on the mat and the dog sat on the cat and so "
        "on and on and the cat and the dog and the mat\n");
    put("l.tsv", "feline\tthe cat sat\nfeline\ta cat\ncanine\tthe dog sat\n"
        "canine\ta dog\nfeline\tcats\ncanine\tdogs\n");
    RUN("bert train --text t.txt " FEW "--val .3 --steps 4 "
        "--save b.safetensors");
    RUN("bert tune --load b.safetensors --lines l.tsv --steps 3 "
        "--save s.safetensors");
    RUN("bert vocab --text t.txt --tokens 60 --save v.txt");
}

static void vocabularies_that_are_none(void)
{
    static const char five[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    const struct { const char *said, *more; } bad_lines[] = {
        { "in line 6 and in line 8", "a\nb\na\n" },
        { "line 7 is empty", "a\n\nb\n" },
        { "line 6 is not UTF-8 at byte 2", "a\xff\n" },
        { "line 7 has a capital letter", "a\nthE\n" },
        { "in line 2 and in line 6", "[UNK]\n" } };
    put_bert();
    for (size_t i = 0; i < sizeof bad_lines / sizeof *bad_lines; i++) {
        char text[200];
        snprintf(text, sizeof text, "%s%s", five, bad_lines[i].more);
        put("bad.txt", text);
        bad_since(bad_lines[i].said, "bert tokens --vocab %s <t.txt",
                  "bad.txt");
        bad_since(bad_lines[i].said, "bert train --text t.txt --steps 2 "
                  "--save out.npy --vocab %s", "bad.txt");
    }
    put("bad.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n");
    bad_since("has no token [MASK]", "bert tokens --vocab %s <t.txt",
              "bad.txt");
    put("less.txt", five);
    bad_since("has 5 tokens, but", "bert fill --load b.safetensors --vocab "
              "%s 'the [MASK]'", "less.txt");
    put("empty.txt", "");
    EACH(file, "empty.txt", "missing.txt", ".", "/dev/null")
        bad_format("bert tokens --vocab %s <t.txt", *file);
    bad_since("so many characters that it takes", "bert vocab --text %s "
              "--tokens 10 --save out.npy", "t.txt");
    put("words.txt", " \n \t\n");
    bad_since("has no words", "bert vocab --text %s --tokens 10 "
              "--save out.npy", "words.txt");
    bad("bert tokens --vocab v.txt <empty.txt");
    bad("echo 9999 | bert tokens --vocab v.txt --decode");
    bad("echo a | bert tokens --vocab v.txt --decode --pieces");
}

static void texts_with_no_blank(void)
{
    put_bert();
    bad_since("there is no [MASK]", "bert fill --load %s 'the cat'",
              "b.safetensors");
    bad_since("before it is cut", "bert fill --load %s "
              "'the cat sat on the mat and [MASK]'", "b.safetensors");
    bad("bert fill --load b.safetensors");
    bad("bert fill --load b.safetensors the [MASK]");
    bad("bert fill --load s.safetensors 'the [MASK]'");
    bad("bert fill --load b.safetensors '[MASK]' >/dev/full");
    put("words.txt", "the cat\n ,\n\n"), put("latin.txt", "the m\xe4t\n");
    bad_since("stdin:3: has no word", "bert classify --load %s <words.txt",
              "s.safetensors");
    bad_since("stdin:1: is not UTF-8 at byte 6", "bert classify --load %s "
              "<latin.txt", "s.safetensors");
    bad("bert classify --load b.safetensors <t.txt");
    bad("bert score --load b.safetensors --lines l.tsv");
    bad("bert score --load s.safetensors --text t.txt");
    bad("bert score --load b.safetensors");
    put("short.txt", "the cat"), put("kind.tsv", "bird\tthe cat sat\n");
    bad("bert score --load b.safetensors --text short.txt");
    bad("bert score --load s.safetensors --lines kind.tsv");
    bad_since("to train on", "bert train --text %s " FEW "--val 0 --steps 2 "
              "--save out.npy", "short.txt");
    put("none.tsv", "feline the cat\n");
    EACH(file, "none.tsv", "missing.tsv", "t.txt", "/dev/null")
        bad_format("bert tune --load b.safetensors --steps 2 --save out.npy "
                   "--lines %s", *file);
}

static void bert_goes_on_as_it_began(void)
{
    put_bert();
    EACH(more, "--layers 2", "--heads 4", "--embed 16", "--ff 9",
         "--context 16", "--batch 3", "--dropout .1", "--val .1",
         "--share .2", "--lr 1e-3", "--warmup 7", "--weight-decay .2",
         "--grad-clip 2", "--seed 2", "--causal", "--tokens 61",
         "--vocab v.txt") {
        bad_format("bert train --text t.txt --load b.safetensors --steps 9 "
                   "--save out.npy %s", *more);
    }
    put("more.txt", "the cat sat on the mat and the dog sat on the mat and "
        "so on and on and the cat and the dog and the mat\n");
    bad_since("of another kind", "bert train --text %s --load b.safetensors "
              "--steps 9 --save out.npy", "more.txt");
    bad("bert train --text t.txt --load b.safetensors --steps 4");
    RUN("bert convert --load b.safetensors --save c.safetensors --half");
    bad_since("has no 'batch'", "bert train --text t.txt --load %s --steps 9",
              "c.safetensors");
    EACH(more, "--batch 3", "--dropout .3", "--lr 1e-2", "--seed 5")
        bad_format("bert tune --lines l.tsv --load s.safetensors --steps 9 "
                   "--save out.npy %s", *more);
    bad("bert tune --lines l.tsv --load s.safetensors --steps 3");
    put("other.tsv", "feline\tcat cat\ncanine\ta dog\nfeline\ta cat sat\n");
    bad("bert tune --lines other.tsv --load s.safetensors --steps 9");
}

static void damaged_berts(void)
{
    static char text[1 << 16];
    size_t length;
    put_bert();
    const char *const change[][2] = {
        { "\"architecture\":\"bert\"", "\"architecture\":\"bart\"" },
        { "\"heads\":\"2\"", "\"heads\":\"0\"" },
        { "\"heads\":\"2\"", "\"heads\":\"3\"" },
        { "[MASK]", "[MARK]" }, { "[PAD]", "[UNK]" },
        { "word_embeddings", "ward_embeddings" },
        { "position_embeddings", "position_embedding5" },
        { "layer.0.mlp.c_fc.weight", "layer.1.mlp.c_fc.weight" },
        { "layer.0.ln_1.bias", "layer.0.ln_3.bias" } };
    slurp(text, sizeof text, &length, "b.safetensors");
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        spill_changed(text, length, change[i][0], change[i][1]);
        bad("bert fill --load bad.safetensors 'the [MASK]'");
        bad("bert convert --load bad.safetensors --save out.npy");
        bad("bert train --load bad.safetensors --text t.txt --steps 9 "
            "--save out.npy");
    }
    for (size_t cut = 1; cut < length; cut = cut * 3 + 1) {
        spill("bad.safetensors", text, length - cut);
        bad("bert fill --load bad.safetensors 'the [MASK]'");
    }
    RUN("gradient --steps 2 --save spiral.safetensors");
    EACH(file, "missing.safetensors", "t.txt", ".", "/dev/null",
         "spiral.safetensors") {
        bad_format("bert fill --load %s 'the [MASK]'", *file);
        bad_format("bert tune --lines l.tsv --load %s --steps 9", *file);
    }
}

static void rows_that_do_not_fit_bert(void)
{
    static const float ids[] = { 1, 0, 2, 3, 4, 5, 6, 7, 8 };
    put_bert();
    npy_put("long.npy", ids, SHAPE(1, 9));
    npy_put("large.npy", ((float[]){ 1, 99 }), SHAPE(1, 2));
    npy_put("less.npy", ((float[]){ 1, -1 }), SHAPE(1, 2));
    npy_put("half.npy", ((float[]){ 1, .5 }), SHAPE(1, 2));
    npy_put("deep.npy", ids, SHAPE(2, 2, 2));
    npy_put("ids.npy", ids, SHAPE(2, 4));
    npy_put("types.npy", ((float[]){ 0, 1, 2, 0, 0, 0, 0, 0 }), SHAPE(2, 4));
    npy_put("lengths.npy", ((float[]){ 4, 5 }), SHAPE(2));
    EACH(file, "long.npy", "large.npy", "less.npy", "half.npy", "deep.npy",
         "t.txt", "missing.npy")
        bad_format("bert hidden --load b.safetensors --out out.npy --ids %s",
                   *file);
    EACH(more, "--types types.npy", "--types long.npy",
         "--lengths lengths.npy", "--lengths ids.npy", "--heads 4",
         "--vocab v.txt")
        bad_format("bert hidden --load b.safetensors --out out.npy "
                   "--ids ids.npy %s", *more);
    bad("bert hidden --load b.safetensors --out out.npy");
    bad("bert hidden --ids ids.npy --out out.npy");
}

static void bert_lines(void)
{
    put_bert();
    mkdir("folder", 0777);
    EACH(out, "missing/new.safetensors", "folder", "''", "/proc/new",
         "t.txt", "/dev/full") {
        bad_format("bert train --text t.txt " FEW "--val .3 --steps 2 "
                   "--save %s", *out);
        if (strcmp(*out, "t.txt"))
            bad_format("bert convert --load b.safetensors --save %s", *out);
    }
    EACH(more, "--heads 3", "--layers 49", "--layers 0", "--context 7",
         "--context 513", "--dropout 1", "--val 1", "--lr 0", "--batch 0",
         "--share 0", "--share 2", "--eval-every 0", "--tokens 5",
         "--embed 9", "--pause 9", "--grad-clip 0", "--ids t.txt", "--half",
         "--labels 3", "stray")
        bad_format("bert train --text t.txt " FEW "--val .3 --steps 4 "
                   "--save out.npy %s", *more);
    EACH(line, "nonsense", "train fill", "fill", "tune", "classify", "hidden",
         "convert --half", "vocab", "tokens", "score --text t.txt",
         "tokens --load b.safetensors --vocab v.txt",
         "tune --load b.safetensors --lines l.tsv --batch 300 --steps 2",
         "fill --load b.safetensors --top 0 '[MASK]'")
        bad_format("bert %s", *line);
}

/* The same for pictures of 56 by 56, which hard reads. */
static void scenes_that_are_none(void)
{
    static float x[2 * 3136];
    put_digits();
    npy_put("good.npy", x, SHAPE(2, 56, 56));
    RUN("hard --classify good.npy --out p.npy --path q.npy");
    const size_t shapes[][4] = { { 56, 55 }, { 28, 28 }, { 2, 3136 },
                                 { 2, 56, 55 }, { 1, 1, 56, 56 }, { 3136 } };
    const size_t ranks[] = { 2, 2, 2, 3, 4, 1 };
    for (size_t i = 0; i < 6; i++) {
        npy_put("bad.npy", x, ranks[i], shapes[i]);
        bad_since("bad.npy", "hard --classify %s --path more.npy --out "
                  "out.npy", "bad.npy");
    }
    const float values[] = { 255, -1e-6f, 1.0001f, NAN, INFINITY };
    for (size_t i = 0; i < 5; i++) {
        x[3135] = values[i];
        npy_put("bad.npy", x, SHAPE(56, 56));
        bad_since("element 3135", "hard --classify %s --path more.npy --out "
                  "out.npy", "bad.npy");
        x[3135] = 0;
    }
    RUN("cp '%s/data/weights/implicit.safetensors' other.safetensors", root);
    RUN("hard --train --model random --data digits --steps 2 --save "
        "random.safetensors");
    bad("hard --classify good.npy --load other.safetensors --out out.npy");
    bad("hard --test --data digits --load other.safetensors");
    bad("hard --train --data digits --load other.safetensors --save out.npy");
    bad("hard --train --data digits --load random.safetensors --steps 4 "
        "--save out.npy");             /* a run of another kind */
    bad("hard --classify good.npy --model soft --out out.npy");
    bad("hard --pictures out.npy --data digits --count 11");
    bad("hard --pictures out.npy --data digits --count 0");
}

/* And for what vision reads: pictures, canvases, and its many models. */
static void vision_refuses_pictures(void)
{
    static float x[2 * 4096];
    put_digits();
    npy_put("good.npy", x, SHAPE(2, 28, 28));
    npy_put("canvas.npy", x, SHAPE(2, 64, 64));
    RUN("vision --classify good.npy --out p.npy");
    RUN("vision --detect canvas.npy --out p.npy");
    const size_t shapes[][4] = { { 2, 28, 27 }, { 2, 14, 14 }, { 28, 28 },
                                 { 1, 3, 28, 28 }, { 784 }, { 2, 64, 64 } };
    const size_t ranks[] = { 3, 3, 2, 4, 1, 3 };
    for (size_t i = 0; i < 6; i++) {
        npy_put("bad.npy", x, ranks[i], shapes[i]);
        bad_since("bad.npy", "vision --classify %s --out out.npy",
                  "bad.npy");
        if (i < 5)
            bad_since("bad.npy", "vision --detect %s --out out.npy",
                      "bad.npy");
    }
    x[4095] = 1.5f;
    npy_put("bad.npy", x, SHAPE(1, 64, 64));
    bad_since("element 4095", "vision --detect %s --out out.npy", "bad.npy");
    RUN("vision --train --model soft --data digits --steps 2 --save "
        "soft.safetensors");
    RUN("vision --train --patch 14 --layers 1 --embed 8 --heads 2 --ff 8 "
        "--data digits --steps 2 --save vit.safetensors");
    RUN("vision --classify good.npy --load vit.safetensors --out p.npy");
    EACH(line, "--classify good.npy --load soft.safetensors --out out.npy",
         "--test --data digits --load soft.safetensors",
         "--publish out.npy --load soft.safetensors",
         "--publish out.npy --model soft",
         "--classify good.npy --model hard --load soft.safetensors --out "
         "out.npy",
         "--classify good.npy --model detector --out out.npy",
         "--classify good.npy --model linear --out out.npy",
         "--classify good.npy --model cnn --out out.npy",
         "--detect canvas.npy --load soft.safetensors --out out.npy",
         "--classify good.npy --load vit.safetensors --heads 3 --out out.npy",
         "--test --data digits --load good.npy",
         "--train --data digits --load soft.safetensors --save out.npy",
         "--train --data digits --model self --load soft.safetensors --steps "
         "4 --save out.npy",
         "--train --data digits --model soft --patch 4 --steps 2",
         "--train --data digits --patch 5 --steps 2",
         "--train --data digits --heads 5 --steps 2",
         "--canvases out.npy --data digits --count 0",
         "--detect good.npy --out out.npy")
        bad_format("vision %s", *line);
}

/* ------------------------------------------------------- translation -- */

#define WEE "--tokens 8 --layers 1 --heads 2 --embed 8 --ff 16 " \
    "--batch-tokens 64 "

/* Texts without links and with them, and descriptions; a model of each. */
static void put_translation(void)
{
    put("texts.tsv", "a red b\tun b roux\nred a b\troux un b\n");
    put("links.tsv", "v1\ta red b\tun b roux\t0-0 1-2 2-1\n"
                     "v2\tred a b\troux un b\t0-0 1-1 2-2\n");
    put("said.tsv", "foo\tfoo is a tool for red files\ta red tool\n"
                    "bar\tbar reads red files\tred reader\n");
    RUN("translation train --pairs texts.tsv " WEE "--steps 2 --save "
        "t.safetensors && translation train --summaries --copy --pairs "
        "said.tsv " WEE "--steps 2 --save s.safetensors");
}

static void pairs_of_texts_that_are_none(void)
{
    put_translation();
    put("untabbed.tsv", "a\tb\na b\n");
    put("five.tsv", "a\tb\na\tb\tc\td\te\n");
    put("ragged.tsv", "a\tb\nk\ta\tb\n");
    put("empty.tsv", "a\tb\na\t \n");
    put("latin.tsv", "a\tb\na\xe4\tb\n");
    EACH(how, "train --pairs %s " WEE "--steps 4 --save out.npy",
         "train --load t.safetensors --pairs %s --steps 4 --save out.npy",
         "score --load t.safetensors --pairs %s --beam 4",
         "align --load t.safetensors --pairs %s") {
        char line[400];
        snprintf(line, sizeof line, "translation %s", *how);
        EACH(file, "untabbed.tsv", "five.tsv", "ragged.tsv", "empty.tsv",
             "latin.tsv") {
            char where[80];
            snprintf(where, sizeof where, "%s:2: ", *file);
            bad_since(where, line, *file);
        }
        EACH(file, "missing.tsv", ".", "t.safetensors")
            bad_format(line, *file);
    }
}

static void links_that_are_none(void)
{
    put_translation();
    bad_since("has no links", "translation align --load t.safetensors --pairs "
              "%s", "texts.tsv");
    EACH(links, "0", "0-0 1", "3-0", "0-3", "x-0", "0--1", "0-0-0",
         "99999999999999999999-0") {
        char line[80];
        snprintf(line, sizeof line, "v\ta red b\tun b roux\t%s\n", *links);
        put("wrong.tsv", line);
        bad_since("wrong.tsv:1: ", "translation align --load t.safetensors "
                  "--pairs %s", "wrong.tsv");
    }
}

static void translation_lines(void)
{
    put_translation();
    put("two.txt", "un b roux\nroux un b\n");
    bad_since("more", "echo a | translation bleu %s", "two.txt");
    bad_since("stdin:3: ", "printf 'a\\nb\\nc\\n' | translation bleu %s",
              "two.txt");
    EACH(line, "nonsense", "score", "bleu", "align", "summarize", "average",
         "score --by memory", "score --by model1 --part train",
         "score --by memory --load t.safetensors --part test",
         "score --by memory --part test --pairs texts.tsv",
         "train --pairs texts.tsv --heads 3 --steps 2",
         "train --copy --pairs texts.tsv", "--study --only none",
         "average --save out.npy t.safetensors s.safetensors",
         "average --save out.npy --half --bytes t.safetensors stray",
         "train --summaries --pairs texts.tsv " WEE "--steps 2",
         "score --summaries --pairs texts.tsv")
        bad_format("translation %s", *line);
    bad_since("pointer-generator", "echo a | translation apply --load %s",
              "s.safetensors");
    bad_since("which the model does not know", "echo 'a z' | translation "
              "apply --load %s", "t.safetensors");
    bad_since("which the model does not know", "echo 'a z' | translation "
              "summarize --load %s", "s.safetensors");
    bad_since("stdin:1: ", "yes a | head -c 2000 | tr '\\n' ' ' | "
              "translation apply --load %s", "t.safetensors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(scores_that_are_no_numbers),
        BOTH(nothing_to_read),
        BOTH(temperatures),
        BOTH(options),
        BOTH(options_that_do_not_go_together),
        BOTH(commas_between_scores),
        BOTH(no_display),
        BOTH(outputs_that_cannot_be_written),
        BOTH(all_outputs_or_none),
        BOTH(one_path_for_two_outputs),
        BOTH(links_that_lead_nowhere),
        BOTH(full_disk),
        BOTH(pipes_stay_pipes),
        BOTH(types_that_are_not_read),
        BOTH(shapes_that_do_not_fit),
        BOTH(headers_that_are_none),
        BOTH(truncated_files),
        BOTH(lying_preambles),
        BOTH(no_files_at_all),
        BOTH(values_that_are_nan),
        BOTH(damaged_headers),
        BOTH(average_of_arrays_that_do_not_fit),
        BOTH(score_of_arrays_that_do_not_fit),
        BOTH(gradient_of_arrays_that_do_not_fit),
        BOTH(masks_that_do_not_fit),
        BOTH(runs_that_cannot_go_on),
        BOTH(weights_that_read_no_date),
        BOTH(runs_that_are_not_finite),
        BOTH(runs_that_blow_up),
        BOTH(steps_that_do_not_come),
        BOTH(damaged_runs),
        BOTH(pairs_that_are_none),
        BOTH(inputs_that_have_no_answer),
        BOTH(models_of_another_kind),
        BOTH(damaged_models),
        BOTH(transformer_lines),
        BOTH(pairs_of_texts_that_are_none),
        BOTH(links_that_are_none),
        BOTH(translation_lines),
        BOTH(recurrence_lines), BOTH(alignment_lines),
        BOTH(damaged_vocabulary), BOTH(damaged_alignments),
        BOTH(texts_that_are_none),
        BOTH(gpt_goes_on_as_it_began),
        BOTH(damaged_gpts),
        BOTH(ids_that_are_none),
        BOTH(gpt_lines),
        BOTH(digits_that_are_none),
        BOTH(pictures_that_are_none),
        BOTH(vocabularies_that_are_none),
        BOTH(texts_with_no_blank),
        BOTH(bert_goes_on_as_it_began),
        BOTH(damaged_berts),
        BOTH(rows_that_do_not_fit_bert),
        BOTH(bert_lines),
        BOTH(scenes_that_are_none), BOTH(vision_refuses_pictures),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
