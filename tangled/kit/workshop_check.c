/* workshop_check.c -- generated from chapters/B-workshop.nw. Do not edit. */
#include "kit/check.h"
#include "kit/idx.h"
#include "kit/safetensors.h"
#include <sys/resource.h>

static double known_loss(const double *x, void *context)
{
    return *(double *)context * (x[0] * x[0] * x[1] + exp(x[2]));
}

static struct {
    bool log;
    const char *out;
    float temperature;
    double width;
    size_t steps;
    uint64_t seed;
    int kernel;
} set;

static const struct command_option table[] = {
    { "log", OPTION_FLAG, &set.log, NULL, "print logarithms" },
    { "out", OPTION_TEXT, &set.out, "FILE", "write there" },
    { "temperature", OPTION_FLOAT, &set.temperature, "T", "divide by T" },
    { "width", OPTION_DOUBLE, &set.width, "W", "of a kernel that is described"
      " in so many words that they do not fit in one line" },
    { "steps", OPTION_SIZE, &set.steps, "N", "how many" },
    { "seed", OPTION_SEED, &set.seed, "N", "of the random numbers" },
    { "kernel", OPTION_CHOICE, &set.kernel, "gauss|boxcar|dot", "its shape" },
    { 0 }
};

static const struct command demo = {
    "demo", "shows options", "demo [option]... number...\ndemo --log",
    "demo --temperature 2 1 2 3", table
};

#define PARSE(...) parse((char *[]){ "demo", __VA_ARGS__, NULL })

static size_t parse(char **words)
{
    int count = 0;
    while (words[count])
        count++;
    memset(&set, 0, sizeof set);
    set.temperature = 1;
    set.kernel = 1;
    return command_parse(&demo, count, words);
}

static void say_end(void)
{
    fputs("the end", stderr);
}

static void pretend_to_train(bool on)
{
    struct progress progress = progress_start(10, 30);
    REQUIRE(!progress.on);   /* a pipe is no terminal */
    progress.on = on;
    progress.start -= 6000;
    progress_step(&progress, 20, "loss %.2f", 0.5);
    progress.shown += 1000;
    progress_step(&progress, 21, "too soon");
    progress_step(&progress, 30, "the last");
    progress_end(&progress);
}

static void write_bytes(const char *path, const void *bytes, size_t n)
{
    struct output *output = output_open(path);
    fwrite(bytes, 1, n, output->file);
    output_commit(output);
}

static bool holds(const char *path, const char *text)
{
    struct input input = input_open(path);
    char *data = input_data(&input, input.left);
    bool same = !strcmp(data, text);
    free(data);
    input_end(&input);
    return same;
}

static size_t size_of(const char *path)
{
    struct stat status;
    REQUIRE(stat(path, &status) == 0);
    return (size_t)status.st_size;
}

static void check_same_bytes(const char *a, const char *b)
{
    struct input one = input_open(a), two = input_open(b);
    size_t n = size_of(a);
    char *ours = input_data(&one, n), *theirs = input_data(&two, n);
    input_end(&one), input_end(&two);
    assert_memory_equal(ours, theirs, n);
    free(ours), free(theirs);
}

static size_t files_there(void)
{
    size_t count = 0;
    DIR *folder = opendir(check_folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    REQUIRE(stat(path, &status) == 0);
    return status.st_mode & 0777;
}

static const char *hostile_bytes(const char *dictionary, const char *data,
                                 size_t data_bytes);

static struct numbers typed(const char *type, const char *bytes)
{
    char dictionary[128];
    size_t size = (size_t)(type[strlen(type) - 1] - '0');
    snprintf(dictionary, sizeof dictionary, "{'descr': '%s', "
             "'fortran_order': False, 'shape': (2,)}", type);
    hostile_bytes(dictionary, bytes, 2 * size);
    return npy_read_numbers(check_path("hostile.npy"));
}

static float half_by_bits(uint32_t half)
{
    uint32_t e = half >> 10 & 31, f = half & 1023, bits;
    if (e == 0 && f != 0)
        for (e = 1; !(f & 1024); e--)
            f <<= 1;
    bits = (half & 0x8000) << 16 | (f & 1023) << 13;
    if (e != 0 || f != 0)
        bits |= (e == 31 ? 255 : e + 112) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static double bfloat_by_value(unsigned bits)
{
    int e = (int)(bits >> 7 & 255);
    double f = bits & 127, value = ldexp(e ? f + 128 : f, (e ? e : 1) - 134);
    if (e == 255)
        value = f > 0 ? (double)NAN : INFINITY;
    return bits >> 15 ? -value : value;
}

static void check_round_trip(size_t rank, const size_t *shape)
{
    struct array array = array_new(rank, shape);
    for (size_t i = 0; i < array.count; i++)
        array.data[i] = (float)i - 0.5f;
    npy_write(check_path("trip.npy"), &array);
    struct array back = npy_read(check_path("trip.npy"));
    assert_true(back.rank == rank && back.count == array.count);
    assert_memory_equal(back.shape, array.shape, sizeof back.shape);
    CHECK_CLOSE(back.data, array.data, array.count, 0, 0);
    array_free(&back);
    array_free(&array);
}

static const char *hostile_bytes(const char *dictionary, const char *data,
                                 size_t data_bytes)
{
    char bytes[1024] = "\x93NUMPY\1";
    size_t length = strlen(dictionary);
    memcpy(bytes + 10, dictionary, length);
    memcpy(bytes + 10 + length, data, data_bytes);
    bytes[8] = (char)length;
    const char *path = check_path("hostile.npy");
    write_bytes(path, bytes, 10 + length + data_bytes);
    return path;
}

static const char *hostile(const char *dictionary, size_t data_bytes)
{
    const char zeros[100] = { 0 };
    return hostile_bytes(dictionary, zeros, data_bytes);
}

static void use_npy(const char *path)
{
    struct array array = npy_read(path);
    array_free(&array);
}

static void try(const char *dictionary, size_t data_bytes)
{
    use_npy(hostile(dictionary, data_bytes));
}

#define SHAPED(shape) \
    "{'descr': '<f4', 'fortran_order': False, 'shape': " shape "}"

static void check_damaged(const char *path, size_t header,
                          void (*use)(const char *path))
{
    struct input input = input_open(path);
    size_t size = input.left;
    char *bytes = input_data(&input, size);
    input_end(&input);
    for (size_t n = 0; n < size; n++) {
        write_bytes(check_path("cut"), bytes, n);
        CHECK_DIES(2, use(check_path("cut")));
    }
    for (size_t i = 0; i < header; i++)
        for (const char *other = "\xff\"'0"; *other; other++) {
            char old = bytes[i];
            bytes[i] = *other;
            write_bytes(check_path("new"), bytes, size);
            CHECK_DIES(2, use(check_path("new")); exit(2));
            bytes[i] = old;
        }
    free(bytes);
}

static void try_bytes(const char *bytes, size_t n)
{
    write_bytes(check_path("bytes.npy"), bytes, n);
    npy_read(check_path("bytes.npy"));
}

_Noreturn static void copy_and_end(FILE *out, const char *path)
{
    FILE *in = fopen(path, "rb");
    for (int c; (c = getc(in)) != EOF; )
        putc(c, out);
    fclose(out);
    _exit(0);
}

static struct array read_through_pipe(const char *path)
{
    char name[32];
    int ends[2];
    /* have a child copy the file into a pipe */
    REQUIRE(pipe(ends) == 0);
    fflush(NULL);
    pid_t writer = fork();
    if (writer == 0)
        copy_and_end(fdopen(ends[1], "wb"), path);
    close(ends[1]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    struct array array = npy_read(name);
    close(ends[0]);
    waitpid(writer, NULL, 0);
    return array;
}

static const char idx_good[] =
    "\0\0\x08\3" "\0\0\0\2" "\0\0\0\1" "\0\0\0\3" "abcdef";

static void try_idx(const char *bytes, size_t n)
{
    write_bytes(check_path("bad"), bytes, n);
    idx_read(check_path("bad"));
}

#define GOLDEN(name) "tests/golden/safetensors-" name ".safetensors"

static void use_tensors(const char *path)
{
    struct safetensors file = safetensors_read(path);
    safetensors_free(&file);
}

static void try_tensors(const char *header, size_t data_bytes)
{
    char bytes[4096] = { 0 };
    size_t length = strlen(header);
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, length);
    write_bytes(check_path("tensors"), bytes, 8 + length + data_bytes);
    use_tensors(check_path("tensors"));
}

#define TENSOR(type, shape, offsets) "{\"dtype\":\"" type \
    "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define ONE(type, shape, offsets) "{\"a\":" TENSOR(type, shape, offsets) "}"
#define TWO(first, second) "{\"a\":" TENSOR("U8", "[4]", first) "," \
    "\"b\":" TENSOR("U8", "[4]", second) "}"

static void try_offsets(const char *offsets)
{
    char header[256];
    snprintf(header, sizeof header, ONE("U8", "[4]", "%s"), offsets);
    try_tensors(header, 4);
}

static void try_shape(const char *shape, size_t bytes)
{
    char header[256];
    snprintf(header, sizeof header, ONE("F32", "%s", "[0,%zu]"), shape,
             bytes);
    try_tensors(header, bytes);
}

static void try_length(const char *length)
{
    char bytes[10];
    memcpy(bytes, length, 8);
    memcpy(bytes + 8, "{}", 2);
    write_bytes(check_path("length"), bytes, 10);
    safetensors_read(check_path("length"));
}
TEST(errors_end_the_program)
{
    CHECK_PRINTS(DIES_FAIL, "program: no?such 7\n", fail("no\nsuch %d", 7));
    CHECK_PRINTS(DIES_REQUIRE, "contract broken: 1 > 2", REQUIRE(1 > 2));
    CHECK_DIES(0, REQUIRE(2 > 1));
#ifdef DEBUG
    CHECK_DIES(DIES_REQUIRE, ASSERT_DEBUG(1 > 2));
#else
    CHECK_DIES(0, ASSERT_DEBUG(1 > 2));
#endif
}

TEST(long_messages_are_cut)
{
    char accents[601] = "", cut[408] = "/";
    for (size_t i = 0; i < 600; i += 2)
        memcpy(accents + i, "\xc3\xa9", 2);
    snprintf(cut, sizeof cut, ": /%.198s...%.196s: no\n", accents, accents);
    CHECK_PRINTS(DIES_FAIL, cut, fail("/%s: no", accents));
    snprintf(cut, sizeof cut, ": %.200s...%.192s: nones\n", accents, accents);
    CHECK_PRINTS(DIES_FAIL, cut, fail("%s: nones", accents));
    snprintf(cut, sizeof cut, ": %s: no\n", accents + 204);
    CHECK_PRINTS(DIES_FAIL, cut, fail("%s: no", accents + 204));
}

TEST(a_wrong_number_is_found)
{
    const float got[4] = { 1, 2.5f, 3, 4.5f }, want[4] = { 1, 2, 3, 4 };
    CHECK_CLOSE(got, want, 4, 0.6, 0);
    CHECK_PRINTS(DIES_CHECK, "element 1: 2.5, not 2; 2 of 4 are off",
                 CHECK_CLOSE(got, want, 4, 0.4, 0));
}

TEST(tolerances_are_absolute_and_relative)
{
    assert_true(check_near(1.01, 1, 0.02, 0));
    assert_false(check_near(1.03, 1, 0.02, 0));
    assert_true(check_near(103, 100, 0, 0.04));
    assert_false(check_near(105, 100, 0, 0.04));
}

TEST(nothing_is_close_to_nan_or_infinity)
{
    assert_true(check_near(INFINITY, INFINITY, 0, 0));
    assert_false(check_near(INFINITY, -INFINITY, 1, 1));
    assert_false(check_near(7, INFINITY, 1, 1));
    assert_false(check_near(INFINITY, 7, 1, 1));
    assert_false(check_near((double)NAN, (double)NAN, 1, 1));
    assert_false(check_near((double)NAN, 0, 1, 1));
    assert_false(check_near(0, (double)NAN, 1, 1));
}

TEST(differences_find_known_slopes)
{
    const float x[3] = { 3, -2, 0 }, dx[3] = { -24, 18, 2 };
    double factor = 2;
    check_gradient(dx, known_loss, x, 3, &factor, 1e-9, 1e-9);
    /* check that a wrong slope is found */
    factor = 3;
    CHECK_PRINTS(DIES_CHECK, "element 0: -24, but the differences give -36",
                 check_gradient(dx, known_loss, x, 3, &factor, 1e-9, 1e-9));
}

TEST(a_missing_reference_is_a_failed_check)
{
    CHECK_PRINTS(DIES_CHECK, "No such file", check_golden("nothing.npy"));
}

TEST(memory_is_aligned_and_zero)
{
    for (size_t n = 0; n < 200; n++) {
        char *block = allocate(n, 1);
        assert_int_equal((uintptr_t)block % 64, 0);
        /* check that the block is zero, and soil it */
        for (size_t i = 0; i < n; i++)
            assert_int_equal(block[i], 0);
        memset(block, 1, n);
        free(block);
    }
}

TEST(larger_blocks_keep_what_was_used)
{
    const int want[5] = { 7, 8, 9 };
    int *x = allocate(4, sizeof *x);
    for (int i = 0; i < 4; i++)
        x[i] = 7 + i;
    x = enlarge(x, 3, 5, sizeof *x);
    assert_memory_equal(x, want, sizeof want);
    assert_int_equal((uintptr_t)x % 64, 0);
    CHECK_DIES(DIES_REQUIRE, enlarge(x, 6, 5, sizeof *x));
    free(x);
}

TEST(sizes_do_not_wrap_around)
{
    assert_true(size_product(SIZE_MAX, 1) == SIZE_MAX);
    assert_true(size_sum(SIZE_MAX, 0) == SIZE_MAX);
    CHECK_PRINTS(DIES_FAIL, "too large", size_product(SIZE_MAX / 2 + 1, 2));
    CHECK_PRINTS(DIES_FAIL, "too large", size_sum(SIZE_MAX, 1));
    CHECK_PRINTS(DIES_FAIL, "too large", free(allocate(SIZE_MAX / 2, 4)));
}

static void *fill_workspaces(void *wrong)
{
    for (int i = 0; i < 30; i++) {
        char *first = allocate_for_thread(100);
        char *second = allocate_for_thread(7);
        memset(first, i, 100);
        memset(second, 50 + i, 7);
        for (int n = 0; n < 100; n++)
            *(int *)wrong += first[n] != i || second[n % 7] != 50 + i;
        *(int *)wrong += (uintptr_t)first % 64 != 0;
        *(int *)wrong += (uintptr_t)second % 64 != 0;
    }
    return NULL;
}

TEST(workspaces_of_threads_are_their_own)
{
    int wrong[3] = {0};
#ifdef _OPENMP
    pthread_t threads[3];
    for (int t = 0; t < 3; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, fill_workspaces,
                                        &wrong[t]), 0);
    for (int t = 0; t < 3; t++)
        pthread_join(threads[t], NULL);
#else
    fill_workspaces(&wrong[0]);
#endif
    assert_int_equal(wrong[0] + wrong[1] + wrong[2], 0);
}

TEST(an_arena_hands_out_and_takes_back)
{
    struct arena arena = arena_new(arena_need(3, 4) + arena_need(17, 4));
    float *a = arena_take(&arena, 3, sizeof *a);
    size_t mark = arena.used;
    float *b = arena_take(&arena, 17, sizeof *b);
    assert_int_equal((uintptr_t)b % 64, 0);
    assert_true(b >= a + 3);
    /* check that the arena is full, and empty again after a reset */
    CHECK_PRINTS(DIES_REQUIRE, "bytes <= arena->size", arena_take(&arena, 1, 4));
    arena_reset(&arena, mark);
    assert_ptr_equal(arena_take(&arena, 17, 4), b);
    CHECK_DIES(DIES_REQUIRE, arena_reset(&arena, arena.size + 1));
    CHECK_PRINTS(DIES_FAIL, "too large", arena_take(&arena, SIZE_MAX / 2, 4));
    arena_free(&arena);
}

TEST(random_numbers_are_the_published_ones)
{
    struct random random = random_new(42, 54);
    const uint32_t published[6] = { 0xa15c02b7, 0x7b47f409, 0xba1d3330,
                                    0x83d2f293, 0xbfa4784b, 0xcbed606e };
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(random_bits(&random), published[i]);
    /* toss the published coins and roll the published dice */
    const char *coins = "HHTTTHTHHHTHTTTHHHHHTTTHHHTHTHTHTTHTTTHHHHHHTTTTHHTT"
                        "TTTHTTTTTTTHT";
    for (; *coins; coins++)
        assert_int_equal("TH"[random_below(&random, 2)], *coins);
    const char *dice = "341122324324335231315141564662633";
    for (; *dice; dice++)
        assert_int_equal('1' + random_below(&random, 6), *dice);
    /* shuffle the published cards */
    const char *cards =
        "QdKs6d3s3d4c3hTdKc5cJhKdJdAs4s4hAdThAcJc7sQs2s7hKh2d6cAh4dQh9h6s5s2c9cTs"
        "8d9s3c8cJs5d2h6h7d8s9d5h8hQc7cTc";
    uint32_t pack[52];
    random_permutation(pack, &random, 52);
    /* compare the pack with the published cards */
    for (size_t i = 0; i < 52; i++) {
        assert_int_equal(cards[2 * i], "A23456789TJQK"[pack[i] / 4]);
        assert_int_equal(cards[2 * i + 1], "hcds"[pack[i] % 4]);
    }
}

TEST(fractions_are_uniform)
{
    struct random random = random_new(1, 1);
    double sum = 0, squares = 0;
    for (int i = 0; i < 100000; i++) {
        double u = (double)random_uniform(&random);
        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
    }
    assert_true(check_near(sum / 100000, 0.5, 0.0046, 0));
    assert_true(check_near(squares / 100000, 1.0 / 12, 0.0012, 0));
}

TEST(the_largest_fraction_is_below_one)
{
    const struct random ones = { (uint64_t)0x3ffff << 41, 1 };
    struct random a = ones, b = ones;
    assert_int_equal(random_bits(&a), 0xffffffff);
    assert_true(random_uniform(&b) == 1 - 0x1p-24f);
}

TEST(whole_numbers_are_fair)
{
    struct random random = random_new(2, 1);
    int first_third = 0;
    for (int i = 0; i < 30000; i++)
        first_third += random_below(&random, 3u << 30) < 1u << 30;
    assert_in_range(first_third, 9600, 10400);
    CHECK_DIES(DIES_REQUIRE, random_below(&random, 0));
}

TEST(normal_numbers_are_normal)
{
    struct random random = random_new(3, 1);
    double sum = 0, squares = 0, outside = 0;
    /* add up a hundred thousand normal numbers */
    for (int i = 0; i < 100000; i++) {
        double x = (double)random_normal(&random);
        sum += x;
        squares += x * x;
        outside += fabs(x) > 1.959964;   /* one in twenty */
    }
    assert_true(check_near(sum / 100000, 0, 0.016, 0));
    assert_true(check_near(squares / 100000, 1, 0.023, 0));
    assert_true(check_near(outside / 100000, 0.05, 0.0035, 0));
}

TEST(numbers_are_read_whole_or_not_at_all)
{
    const char *good[] = { "1", "-1.5", "+.5", "5.", "1e3", "1E-3", "inf",
                           "-Infinity", "NaN", "1e-999", "3.4028235e38" };
    const char *bad[] = { "", " 1", "1 ", "1,5", "1.5.2", "--1", "1-", "e",
                          "-", ".", "1e", "0x10", "nan(7)", "infinit",
                          "1e999", "-1e999", "one" };
    float x = 0;
    double wide = 0;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(parse_float(&x, good[i]) && parse_double(&wide, good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(parse_float(&x, bad[i]) || parse_double(&wide, bad[i]));
}

TEST(numbers_have_ranges)
{
    float x = 0;
    double wide = 0;
    assert_true(parse_float(&x, "-1.5") && x == -1.5f);
    assert_false(parse_float(&x, "3.5e38"));
    assert_true(parse_double(&wide, "3.5e38") && wide == 3.5e38);
}

TEST(whole_numbers_are_digits)
{
    size_t n = 0;
    uint64_t seed = 0;
    assert_true(parse_seed(&seed, "0042") && seed == 42);
    assert_true(parse_seed(&seed, "18446744073709551615"));
    assert_false(parse_seed(&seed, "18446744073709551616"));
    assert_false(parse_size(&n, "-1") || parse_size(&n, "+1"));
    assert_false(parse_size(&n, "") || parse_size(&n, "1e3"));
}

TEST(options_are_stored)
{
    PARSE("--log", "--out=x.npy", "--temp", "-2.5", "--width", "1e-3",
          "--steps", "1", "--steps=7", "--seed", "18446744073709551615",
          "--kernel", "dot");
    assert_true(set.log && !strcmp(set.out, "x.npy"));
    assert_true(set.temperature == -2.5f && set.width == 1e-3);
    assert_true(set.steps == 7 && set.seed == UINT64_MAX && set.kernel == 2);
}

TEST(negative_numbers_are_not_options)
{
    char *words[] = { "demo", "-1.5", "--log", "-", "-.5", "x", "--seed", "3",
                      "-inf", "-1x", "--", "--log", NULL };
    const char *rest[] = { "-1.5", "-", "-.5", "x", "-inf", "-1x", "--log" };
    assert_int_equal(parse(words), 7);
    for (size_t i = 0; i < 7; i++)
        assert_string_equal(words[i + 1], rest[i]);
}

TEST(unknown_options_are_refused)
{
    CHECK_PRINTS(2, "demo: unknown option --nope; try", PARSE("--nope=3"));
    CHECK_PRINTS(2, "demo: unknown option -x", PARSE("1", "-x"));
    CHECK_PRINTS(2, "unknown option -log", PARSE("-log"));
    CHECK_PRINTS(2, "unknown option --nope", PARSE("--steps", "x", "--nope"));
}

TEST(incomplete_options_are_refused)
{
    CHECK_PRINTS(2, "--se needs a value", PARSE("--se"));
    CHECK_PRINTS(2, "--s may mean several", PARSE("--s=1"));
    CHECK_PRINTS(2, "--log takes no value", PARSE("--log=1"));
}

TEST(bad_values_are_refused)
{
    CHECK_PRINTS(2, "--temperature: \"1e999\" is not a finite number",
                 PARSE("--temp", "1e999"));
    CHECK_PRINTS(2, "is not a finite", PARSE("--temperature", "nan"));
    CHECK_PRINTS(2, "is not a finite", PARSE("--width", "-inf"));
    CHECK_PRINTS(2, "--steps: \"-1\" is not", PARSE("--steps", "-1"));
    CHECK_PRINTS(2, "--seed: \"\" is not a whole", PARSE("--seed", ""));
    CHECK_PRINTS(2, "--kernel: \"box\" is none of gauss|boxcar|dot",
                 PARSE("--kernel", "box"));
    CHECK_PRINTS(2, "\"dots\" is none", PARSE("--kernel", "dots"));
}

TEST(ranges_are_kept)
{
    static const struct { const char *range, *words; double in, out; } r[] = {
        { "1..10", "from 1 to 10", 10, 11 }, { "0<..", "above 0", 1e-9, 0 },
        { "0..<1", "at least 0 and below 1", 0, 1 },
        { "-1.5<..2", "above -1.5 and at most 2", 2, -1.5 },
        { "..", "a finite number", -1e300, INFINITY },
        { "-inf..", "at least -inf", -INFINITY, INFINITY },
        { "..5", "at most 5", -1, 6 } };
    char words[96];
    for (size_t i = 0; i < sizeof r / sizeof *r; i++) {
        struct range range = range_of(r[i].range, NULL);
        assert_string_equal(range_words(words, r[i].range), r[i].words);
        assert_true(range_holds(&range, r[i].in));
        assert_false(range_holds(&range, r[i].out));
        assert_false(range_holds(&range, (double)NAN));
    }
    CHECK_DIES(DIES_REQUIRE, range_of("1..m", NULL));
}

TEST(long_texts_are_shown_in_part)
{
    char text[301];
    memset(text, 'x', 300), text[0] = 'a', text[299] = 'z', text[300] = 0;
    assert_true(strlen(shown(text)) == 100 && shown(text)[0] == 'a');
    assert_true(shown(text)[60] == '.' && shown(text)[99] == 'z');
    assert_string_equal(shown(text + 200), text + 200);
}

TEST(options_have_ranges_and_paths)
{
    static size_t steps = 4;
    static const char *path = NULL;
    const struct command_option options[] = {
        { "steps", OPTION_SIZE, &steps, "N", "how many", "1..10" },
        { "in", OPTION_READS, &path, "F", "read" }, { 0 } };
    const struct command command = { "demo", "", "", NULL, options };
    #define RANGED(...) command_parse(&command, 3, \
        (char *[]){ "demo", __VA_ARGS__, NULL })
    CHECK_PRINTS(2, "demo: --steps: \"11\" is not from 1 to 10\n",
                 RANGED("--steps", "11"));
    CHECK_PRINTS(2, "demo: --in: \"\" is not the name of a file\n",
                 RANGED("--in", ""));
    CHECK_PRINTS(0, "how many (from 1 to 10; default 4)\n",
                 RANGED("-h", "-h"));
    CHECK_PRINTS(0, "how many (from 1 to 10)\n", steps = 0;
                 RANGED("-h", "-h"));
    RANGED("--steps", "7");
    assert_int_equal(steps, 7);
}

TEST(what_was_given_is_known)
{
    PARSE("--log", "--seed", "3");
    assert_true(command_given("seed") && !command_given("out"));
    CHECK_DIES(DIES_REQUIRE, command_given("nothing"));
    PARSE("--log");
    assert_false(command_given("seed"));
    assert_true(word_among("see seed", "seed"));
    assert_false(word_among("see seeds", "seed") || word_among(NULL, "see"));
}

TEST(threads_are_taken_or_refused)
{
#ifdef _OPENMP
    assert_int_equal(command_threads(3), 3);
    assert_int_equal(command_threads(5000), 1024);
#else
    CHECK_PRINTS(2, "compiled without -fopenmp", command_threads(3));
#endif
    assert_int_equal(command_threads(1), 1);
    assert_int_equal(command_threads(0), 1);
}

TEST(help_is_made_from_the_table)
{
    CHECK_PRINTS(0, "usage: demo [option]... number...\n       demo --log\n",
                 PARSE("--help"));
    CHECK_PRINTS(0, "  --temperature T          divide by T (default 1)\n",
                 PARSE("--temperature", "3", "-h"));
    CHECK_PRINTS(0, "--kernel gauss|boxcar|dot\n                           "
                 "its shape (default boxcar)\n", PARSE("--he"));
    CHECK_PRINTS(0, "words that\n                           they do not",
                 PARSE("-h"));
    CHECK_PRINTS(2, "demo --help says more.", command_usage(&demo));
}

TEST(long_commands_are_broken)
{
    const char *words = "a command that has a great many words, so many that "
                        "they are more than a line of text can hold";
    const struct command wordy = { "demo", words, words, NULL, table };
    CHECK_PRINTS(2, "demo -- a command that has a great many words, so many "
                 "that they are more than\n    a line",
                 command_usage(&wordy));
    CHECK_PRINTS(2, "usage: a command that has a great many words, so many "
                 "that they are more \\\n             than a line",
                 command_usage(&wordy));
}

TEST(lost_output_is_noticed)
{
    CHECK_PRINTS(2, "demo: standard output: No space left on device",
                 PARSE("1");
                 if (freopen("/dev/full", "w", stdout)) puts("lost");
                 exit(0));
}

TEST(an_old_errno_is_no_reason)
{
    CHECK_PRINTS(2, "demo: standard output: not all of it was written",
                 PARSE("1");
                 if (freopen("/dev/full", "w", stdout))
                     setvbuf(stdout, NULL, _IONBF, 0);
                 puts("lost"); errno = ENOENT; exit(0));
}

TEST(one_error_is_enough)
{
    CHECK_PRINTS(2, "demo: oh\nthe end", atexit(say_end); PARSE("1");
                 if (freopen("/dev/full", "w", stdout)) puts("lost");
                 fail("oh"));
}

TEST(progress_is_for_terminals)
{
    CHECK_PRINTS(0, "20 of 30  loss 0.50  0.00167 steps/s  100:0",
                 pretend_to_train(true));
    CHECK_PRINTS(0, " left\r\033[K30 of 30  the last  0.00333 steps/s  0:00 ",
                 pretend_to_train(true));
    CHECK_PRINTS(0, "(nothing)", fputs("(nothing", stderr);
                 pretend_to_train(false); fputs(")", stderr));
}

TEST(errors_clear_the_progress_line)
{
    CHECK_PRINTS(2, "\r\033[Kdemo: oh\n", PARSE("1"); progress_showing = true;
                 fail("oh"));
}

TEST(the_second_interrupt_kills)
{
    CHECK_PRINTS(128 + SIGINT, "still here", catch_interrupt(); raise(SIGINT);
                 if (interrupted) fputs("still here", stderr); raise(SIGINT));
}

TEST(an_ignored_interrupt_stays_ignored)
{
    CHECK_PRINTS(0, "(0)", signal(SIGINT, SIG_IGN); catch_interrupt();
                 raise(SIGINT); raise(SIGINT);
                 fprintf(stderr, "(%d)", (int)interrupted));
}

TEST(a_file_appears_whole_or_not_at_all)
{
    const char *path = check_path("whole");
    write_bytes(path, "old", 3);
    size_t files = files_there();
    CHECK_PRINTS(2, "oh", fputs("half", output_open(path)->file); fail("oh"));
    assert_true(holds(path, "old"));
    assert_int_equal(files_there(), files);
    write_bytes(path, "new", 3);
    assert_true(holds(path, "new"));
    assert_int_equal(files_there(), files);
}

TEST(signals_leave_no_file)
{
    const char *path = check_path("signal");
    const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGSEGV, SIGPIPE, SIGALRM,
                         SIGTERM, SIGUSR1, SIGXCPU, SIGXFSZ };
    size_t files = files_there();
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        CHECK_DIES(128 + ends[i], signal(ends[i], SIG_DFL); output_watch();
                   output_open(path); raise(ends[i]));
    CHECK_DIES(DIES_REQUIRE, output_open(path); REQUIRE(1 > 2));
    CHECK_DIES(128 + SIGINT, signal(SIGINT, SIG_DFL); catch_interrupt();
               output_open(path); raise(SIGINT); raise(SIGINT));
    assert_int_equal(files_there(), files);
}

TEST(ignored_signals_stay_ignored)
{
    signal(SIGHUP, SIG_IGN);
    CHECK_DIES(0, output_watch(); raise(SIGHUP));
    signal(SIGHUP, SIG_DFL);
}

TEST(permissions_are_kept)
{
    const char *path = check_path("mode");
    mode_t old = umask(027);
    write_bytes(path, "x", 1);
    assert_int_equal(mode_of(path), 0640);
    assert_int_equal(chmod(path, 0604), 0);
    write_bytes(path, "y", 1);
    umask(old);
    assert_int_equal(mode_of(path), 0604);
}

TEST(links_are_followed)
{
    const char *path = check_path("file"), *link = check_path("link");
    struct stat status;
    write_bytes(path, "old", 3);
    assert_int_equal(symlink(path, link), 0);
    write_bytes(link, "new", 3);
    assert_true(lstat(link, &status) == 0 && S_ISLNK(status.st_mode));
    assert_true(holds(path, "new"));
}

TEST(links_to_nothing_are_refused)
{
    const char *link = check_path("dangling");
    struct stat status;
    assert_int_equal(symlink("nowhere", link), 0);
    CHECK_PRINTS(2, "dangling: is a link that leads to no file",
                 output_open(link));
    assert_true(lstat(link, &status) == 0 && S_ISLNK(status.st_mode));
}

TEST(two_outputs_need_two_paths)
{
    const char *path = check_path("one"), *same = check_path("./one");
    CHECK_PRINTS(2, "./one: is given for two outputs", output_open(path);
                 output_open(same));
    write_bytes(path, "x", 1);
    CHECK_PRINTS(2, "is given for two", output_open(same); output_open(path));
    CHECK_DIES(0, output_open("/dev/null"); output_open("/dev/null"));
    write_bytes(path, "y", 1);
}

TEST(bad_outputs_are_refused)
{
    CHECK_PRINTS(2, "is a directory", output_open(check_folder));
    CHECK_PRINTS(2, "cannot write to its folder", output_open("/proc/new"));
    CHECK_PRINTS(2, "none/x: cannot write to its folder: No such file",
                 output_open(check_path("none/x")));
    CHECK_PRINTS(2, "No such file", output_open(""));
}

TEST(the_end_is_thought_of)
{
    char name[600];
    snprintf(name, sizeof name, "%s/%0300d", check_folder, 0);
    CHECK_PRINTS(2, "0: File name too long", output_open(name));
    if (geteuid() != 0)
        return;
    const char *path = check_path("public");
    write_bytes(path, "x", 1);
    assert_int_equal(chmod(path, 0666) | chmod(check_folder, 01777), 0);
    CHECK_PRINTS(2, "public: Operation not permitted",
                 assert_int_equal(setuid(65534), 0); output_open(path));
    CHECK_DIES(0, assert_int_equal(setuid(65534), 0);
               write_bytes(check_path("own"), "x", 1);
               write_bytes(check_path("own"), "y", 1));
    assert_int_equal(chmod(check_folder, 0755), 0);
    CHECK_PRINTS(2, "new: cannot write to its folder: Permission denied",
                 assert_int_equal(setuid(65534), 0);
                 output_open(check_path("new")));
    assert_int_equal(chmod(check_folder, 0700), 0);
}

TEST(outputs_are_committed_together)
{
    size_t files = files_there();
    CHECK_PRINTS(2, "/dev/full: not all of it", struct output *list[] = {
        output_open(check_path("a")), NULL, output_open("/dev/full") };
        setvbuf(list[2]->file, NULL, _IONBF, 0); fputs("x", list[2]->file);
        errno = ENOENT; outputs_commit(list, 3));
    char big[20000] = "";
    struct rlimit small = { 10000, 10000 };
    CHECK_PRINTS(2, "b: File too large", signal(SIGXFSZ, SIG_IGN);
                 assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
                 struct output *b = output_open(check_path("b"));
                 output_bytes(b, big, sizeof big); output_flush(b));
    assert_int_equal(files_there(), files);
    struct output *list[] = { output_open(check_path("a")), NULL,
                              output_open(check_path("b")) };
    outputs_commit(list, 3);
    assert_int_equal(files_there(), files + 2);
}

TEST(outputs_can_be_tried)
{
    const char *path = check_path("tried");
    write_bytes(path, "old", 3);
    size_t files = files_there();
    /* try a new file, an old one, and a pipe that nobody reads */
    const char *pipe = check_path("unread");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    output_try(check_path("another")), output_try(path), output_try(pipe);
    unlink(pipe);
    assert_true(holds(path, "old") && files_there() == files);
    CHECK_PRINTS(2, "is a directory", output_try(check_folder));
    CHECK_PRINTS(2, "cannot write to its folder", output_try("/proc/new"));
}

TEST(devices_are_written_straight)
{
    const char *path = check_path("pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDWR);
    write_bytes(path, "x", 1);
    char byte;
    struct stat status;
    assert_true(stat(path, &status) == 0 && S_ISFIFO(status.st_mode));
    assert_true(read(reader, &byte, 1) == 1 && byte == 'x');
    close(reader);
    CHECK_PRINTS(2, "/dev/full: No space", write_bytes("/dev/full", "x", 1));
    CHECK_PRINTS(0, "to stdout", write_bytes("/dev/stdout", "to stdout", 9));
}

TEST(files_of_numpy_are_read)
{
    const char *names[] = { "workshop-f4.npy", "workshop-f8.npy",
                            "workshop-v2.npy", "workshop-v3.npy",
                            "workshop-big.npy", "workshop-f2.npy" };
    for (size_t i = 0; i < 6; i++) {
        struct array array = check_golden(names[i]);
        const float want[6] = { 0, 0.25f, 0.5f, 1, 1.25f, 1.5f };
        assert_true(array.rank == 2 && array.shape[0] == 2);
        assert_true(array.shape[1] == 3 && array.count == 6);
        CHECK_CLOSE(array.data, want, 6, 0, 0);
        array_free(&array);
    }
}

TEST(every_type_of_number_is_read)
{
    const struct { const char *type, *bytes; double a, b; } known[] = {
        { "|b1", "\0\1", 0, 1 }, { "b1", "\2\0", 1, 0 },
        { "|i1", "\x80\x7f", -128, 127 }, { "|u1", "\xff\0", 255, 0 },
        { "<i2", "\0\x80\xff\x7f", -32768, 32767 },
        { ">i2", "\xff\xfe\0\1", -2, 1 },
        { "<u2", "\xff\xff\1\0", 65535, 1 },
        { "<i4", "\0\0\0\x80\xff\xff\xff\xff", -2147483648, -1 },
        { ">u4", "\xff\xff\xff\xff\0\0\0\7", 4294967295, 7 },
        { "<i8", "\0\0\0\0\0\0\x20\0\0\0\0\0\0\0\xe0\xff",
          0x1p53, -0x1p53 },
        { ">u8", "\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\1\0", 0x1p53, 256 },
        { "<f2", "\0\x3e\0\xfc", 1.5, -INFINITY },
        { ">f4", "\x3f\xc0\0\0\xbf\0\0\0", 1.5, -0.5 },
        { "=f8", "\0\0\0\0\0\0\0\xc0\1\0\0\0\0\0\0\0",
          -2, 0x1p-1074 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct numbers n = typed(known[i].type, known[i].bytes);
        assert_true(n.data[0] == known[i].a && n.data[1] == known[i].b);
        assert_true(n.rank == 1 && n.shape[0] == 2 && n.count == 2);
        assert_int_equal(n.whole, !strchr(known[i].type, 'f'));
        free(n.data);
    }
}

TEST(whole_numbers_are_exact)
{
    CHECK_PRINTS(2, "element 0 is beyond 2^53",
                 typed("<i8", "\1\0\0\0\0\0\x20\0\0\0\0\0\0\0\0"));
    CHECK_PRINTS(2, "element 1 is beyond 2^53",
                 typed(">i8", "\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0"));
    CHECK_PRINTS(2, "element 0 is beyond 2^53",
                 typed("<u8", "\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0"
                              "\0\0\0"));
    struct array i8 = npy_read_whole("tests/golden/workshop-i8.npy");
    assert_true(i8.count == 6 && i8.data[2] == 0 && i8.data[3] == 1);
    array_free(&i8);
    CHECK_PRINTS(2, "element 0 is 16777217, not a whole number that fits",
                 free(typed("<i4", "\1\0\0\1\0\0\0\0").data);
                 npy_read_whole(check_path("hostile.npy")));
    CHECK_PRINTS(2, "element 1 is 0.25, not a whole number",
                 npy_read_whole("tests/golden/workshop-f4.npy"));
}

TEST(numbers_of_a_byte_or_two_are_widened)
{
    for (unsigned i = 0; i < 65536; i++) {
        unsigned char bytes[2] = { i & 255, i >> 8 };
        double got[2] = { number_at(bytes, 0, "<f2", ""),
                          number_at(bytes, 0, "<B2", "") };
        double want[2] = { (double)half_by_bits(i), bfloat_by_value(i) };
        for (size_t k = 0; k < 2; k++)
            assert_true(isnan(want[k]) ? isnan(got[k]) : got[k] == want[k]
                        && !signbit(got[k]) == !signbit(want[k]));
    }
    assert_true(half_by_bits(1) == 0x1p-24f && half_by_bits(0x7bff) == 65504);
    assert_true(bfloat_by_value(0x3fc0) == 1.5);
    /* the least, the least with a full fraction, the largest, and none */
    static const unsigned char bytes[] = { 1, 0x88, 0x7e, 0xff };
    assert_true(number_at(bytes, 0, "<f1", "") == 0x1p-9);
    assert_true(number_at(bytes, 1, "<f1", "") == -0x1p-6);
    assert_true(number_at(bytes, 2, "<f1", "") == 448);
    assert_true(isnan(number_at(bytes, 3, "<f1", "")));
}

TEST(files_are_written_as_numpy_does)
{
    struct array array = check_golden("workshop-f4.npy");
    npy_write(check_path("f4.npy"), &array);
    array_free(&array);
    check_same_bytes(check_path("f4.npy"), "tests/golden/workshop-f4.npy");
}

TEST(every_shape_comes_back)
{
    const size_t shape[ARRAY_RANK] = { 2, 1, 3, 1, 2, 5, 1, 2 };
    for (size_t rank = 0; rank <= ARRAY_RANK; rank++)
        check_round_trip(rank, shape);
    check_round_trip(3, (const size_t[]){ 2, 0, 3 });
}

TEST(an_opened_array_is_not_there_yet)
{
    struct array array = array_new(1, (const size_t[]){ 3 });
    size_t files = files_there();
    CHECK_PRINTS(2, "/dev/full: No space",
                 npy_open(check_path("a.npy"), &array);
                 npy_open("/dev/full", &array));
    assert_int_equal(files_there(), files);
    array_free(&array);
}

TEST(other_files_of_numpy_are_refused)
{
    CHECK_PRINTS(2, "Fortran", check_golden("workshop-fortran.npy"));
    CHECK_PRINTS(2, "objects", check_golden("workshop-object.npy"));
    CHECK_PRINTS(2, "records", check_golden("workshop-record.npy"));
    CHECK_PRINTS(2, "texts, '<U2'; save", check_golden("workshop-text.npy"));
    CHECK_PRINTS(2, "another type, '<c8'", check_golden("workshop-c8.npy"));
    CHECK_PRINTS(2, "element 1 is -1e+39", check_golden("workshop-huge.npy"));
    CHECK_PRINTS(2, "more than 8 axes", check_golden("workshop-rank9.npy"));
}

TEST(lying_sizes_are_refused)
{
    CHECK_DIES(0, try(SHAPED("(2, 3)"), 24));
    CHECK_PRINTS(2, "promises 24 bytes, 23 follow",
                 try(SHAPED("(2, 3)"), 23));
    CHECK_PRINTS(2, "more bytes", try(SHAPED("(2, 3)"), 25));
    CHECK_PRINTS(2, "promises 4611686018427387904 bytes, 24 follow",
                 try(SHAPED("(1152921504606846976,)"), 24));
}

TEST(overflowing_sizes_are_refused)
{
    CHECK_PRINTS(2, "too large", try(SHAPED("(4611686018427387905,)"), 4));
    CHECK_PRINTS(2, "too large", try(SHAPED("(4294967296, 4294967297)"), 0));
    CHECK_PRINTS(2, "too large",
                 try(SHAPED("(4294967296, 0, 4294967296)"), 0));
    CHECK_PRINTS(2, "too large", try(SHAPED("(18446744073709551616,)"), 0));
}

TEST(bad_shapes_are_refused)
{
    CHECK_DIES(0, try(SHAPED("()"), 4));
    CHECK_DIES(0, try(SHAPED("( 2,3 , )\n  ,"), 24));
    CHECK_PRINTS(2, ", expected", try(SHAPED("(3)"), 12));
    CHECK_PRINTS(2, ", expected", try(SHAPED("(2 3)"), 24));
    CHECK_PRINTS(2, "( expected", try(SHAPED("[2, 3]"), 24));
    CHECK_PRINTS(2, "a size expected", try(SHAPED("(-1,)"), 0));
    CHECK_PRINTS(2, "a size expected", try(SHAPED("(2,,3)"), 24));
    CHECK_PRINTS(2, "a size expected", try(SHAPED("(,)"), 4));
    CHECK_PRINTS(2, "a size expected", try(SHAPED("(True,)"), 4));
}

TEST(other_spellings_are_read)
{
    CHECK_DIES(0, try("{\"descr\": \"<f4\", \"fortran_order\": False, "
                      "\"shape\": (2, 3)}", 24));
    CHECK_DIES(0, try("{u'descr':u'<f4','shape':(2L,3L),\t'fortran_order'\r\n"
                      ": False , }", 24));
    CHECK_DIES(0, try("{ \"shape\" : ( 2 , 3 , ) , 'fortran_order' : False\n,"
                      "u\"descr\" : 'f4'}\n", 24));
    CHECK_PRINTS(2, "shape expected", try("{'descr\": '<f4', }", 0));
}

TEST(bad_headers_are_refused)
{
    CHECK_PRINTS(2, "{ expected", try("", 0));
    CHECK_PRINTS(2, "missing", try("{}", 0));
    CHECK_PRINTS(2, "missing", try("{'descr': '<f4', }", 0));
    CHECK_PRINTS(2, "shape expected at \"'shapes'", try("{'shapes'", 0));
    CHECK_PRINTS(2, "the end expected", try(SHAPED("()") "x", 4));
    CHECK_PRINTS(2, ", or } expected", try("{'shape': () x", 4));
    CHECK_PRINTS(2, "False expected", try("{'fortran_order': 0", 4));
    CHECK_PRINTS(2, "another type, '?[1m", try("{'descr': '\33[1m", 4));
}

TEST(no_damaged_array_is_fatal)
{
    check_damaged("tests/golden/workshop-f4.npy", 128, use_npy);
}

TEST(what_is_no_array_is_refused)
{
    CHECK_PRINTS(2, "is a directory", npy_read(check_folder));
    CHECK_PRINTS(2, "No such file", npy_read(check_path("none.npy")));
    CHECK_PRINTS(2, "is not a .npy file", npy_read("/dev/zero"));
    CHECK_PRINTS(2, "is empty", try_bytes("", 0));
    CHECK_PRINTS(2, "is not a .npy file",
                 try_bytes("PK\3\4, a zip file", 16));
    CHECK_PRINTS(2, "version 4", try_bytes("\x93NUMPY\4\0\6\0", 10));
    CHECK_PRINTS(2, "longer than 65535",
                 try_bytes("\x93NUMPY\2\0\0\0\1\0{", 13));
    CHECK_PRINTS(2, "promises 65535 bytes, 1 follow",
                 try_bytes("\x93NUMPY\1\0\377\377{", 11));
}

TEST(arrays_come_through_pipes)
{
    struct array array = array_new(1, (const size_t[]){ 100003 });
    for (size_t i = 0; i < array.count; i++)
        array.data[i] = (float)i;
    npy_write(check_path("long.npy"), &array);
    struct array back = read_through_pipe(check_path("long.npy"));
    assert_int_equal(back.count, array.count);
    CHECK_CLOSE(back.data, array.data, array.count, 0, 0);
    array_free(&back);
    array_free(&array);
}

TEST(pipes_that_lie_are_refused)
{
    const char *path = hostile(SHAPED("(1152921504606846976,)"), 24);
    CHECK_PRINTS(2, "truncated: it ends 65512 bytes",
                 read_through_pipe(path));
    path = hostile(SHAPED("(2, 3)"), 25);
    CHECK_PRINTS(2, "more bytes than", read_through_pipe(path));
}

TEST(idx_files_are_read)
{
    write_bytes(check_path("idx"), idx_good, 22);
    struct bytes_array array = idx_read(check_path("idx"));
    assert_true(array.rank == 3 && array.count == 6 && array.shape[0] == 2);
    assert_true(array.shape[1] == 1 && array.shape[2] == 3);
    assert_memory_equal(array.data, "abcdef", 6);
    bytes_free(&array);
}

TEST(idx_files_of_the_wrong_length_are_refused)
{
    for (size_t n = 0; n < 22; n++)
        CHECK_DIES(2, try_idx(idx_good, n));
    CHECK_PRINTS(2, "more bytes", try_idx(idx_good, 23));
    CHECK_PRINTS(2, "4294967295 bytes, 0 follow",
                 try_idx("\0\0\x08\1\377\377\377\377", 8));
    CHECK_PRINTS(2, "too large", try_idx("\0\0\x08\3\377\377\377\377"
                 "\377\377\377\377\377\377\377\377", 16));
}

TEST(other_idx_files_are_refused)
{
    CHECK_PRINTS(2, "gunzip", try_idx("\x1f\x8b\x08\0", 4));
    CHECK_PRINTS(2, "type 0x0d", try_idx("\0\0\x0d\1\0\0\0\0", 8));
    CHECK_PRINTS(2, "rank 1 to 4", try_idx("\0\0\x08\5", 4));
    CHECK_PRINTS(2, "rank 1 to 4", try_idx("\0\0\x08\0", 4));
}

TEST(tensors_are_read)
{
    struct safetensors f = safetensors_read(GOLDEN("all"));
    const size_t two_three[] = { 2, 3 };
    const float want[6] = { 0, 0.25f, 0.5f, 1, 1.25f, 1.5f };
    CHECK_CLOSE(safetensors_require(&f, "w", 2, two_three), want, 6, 0, 0);
    CHECK_CLOSE(safetensors_require(&f, "wide", 2, two_three), want, 6, 0, 0);
    /* check the other tensors and the texts */
    const struct stored *steps = safetensors_find(&f, "pas \xc3\xa0 pas");
    assert_true(steps && steps->type == STORED_I64 && steps->count == 2);
    assert_int_equal(((int64_t *)steps->data)[1], -((int64_t)1 << 40));
    const struct stored *bytes = safetensors_find(&f, "a\"b");
    assert_true(bytes && bytes->type == STORED_U8 && bytes->rank == 1);
    assert_memory_equal(bytes->data, "\0\1\2\xfe\xff", 5);
    const struct stored *none = safetensors_find(&f, "none");
    assert_true(none && none->rank == 3 && none->count == 0);
    assert_true(*safetensors_require(&f, "scalar", 0, NULL) == -2.5f);
    assert_null(safetensors_find(&f, "x"));
    assert_string_equal(safetensors_text(&f, "format"), "pt");
    assert_null(safetensors_text(&f, "pt"));
    safetensors_free(&f);
}

TEST(tensors_that_do_not_fit_are_named)
{
    struct safetensors f = safetensors_read(GOLDEN("all"));
    const size_t shape[] = { 3, 2 };
    CHECK_PRINTS(2, "all.safetensors: tensor \"w\" has the shape (2, 3), not "
                 "(3, 2)\n", safetensors_require(&f, "w", 2, shape));
    CHECK_PRINTS(2, "(2, 3), not (3,)",
                 safetensors_require(&f, "w", 1, shape));
    CHECK_PRINTS(2, "has no tensor \"v\"",
                 safetensors_require(&f, "v", 0, 0));
    safetensors_free(&f);
}

TEST(types_matter_where_they_are_needed)
{
    struct safetensors f = safetensors_read(GOLDEN("types"));
    const size_t two[] = { 2 };
    const float want[2] = { 1.5f, -0.25f };
    CHECK_CLOSE(safetensors_require(&f, "f16", 1, two), want, 2, 0, 0);
    CHECK_CLOSE(safetensors_require(&f, "bf16", 1, two), want, 2, 0, 0);
    CHECK_CLOSE(safetensors_require(&f, "f64", 1, two), want, 2, 0, 0);
    CHECK_CLOSE(safetensors_require(&f, "f64", 1, two), want, 2, 0, 0);
    const struct stored *i32 = safetensors_find(&f, "i32");
    assert_true(i32->type == STORED_I32);
    assert_true(((int32_t *)i32->data)[1] == -2147483647);
    CHECK_PRINTS(2, "tensor \"bool\" is of type BOOL, not F32, F64, F16",
                 safetensors_require(&f, "bool", 1, two));
    CHECK_CLOSE(safetensors_require(&f, "f8", 1, two), want, 2, 0, 0);
    CHECK_PRINTS(2, "\"f8b\" is of type F8_E5M2, not F32",
                 safetensors_require(&f, "f8b", 1, two));
    safetensors_free(&f);
}

TEST(weights_are_finite)
{
    struct safetensors f = safetensors_read(GOLDEN("wild"));
    const size_t two[] = { 2 };
    CHECK_PRINTS(2, "wild.safetensors: tensor \"nan\": element 1 is nan, and "
                 "should be finite", safetensors_require(&f, "nan", 1, two));
    CHECK_PRINTS(2, "\"half\": element 0 is -inf, and should be finite",
                 safetensors_require(&f, "half", 1, two));
    CHECK_PRINTS(2, "\"huge\": element 1 is 1e+39, too large for a float",
                 safetensors_require(&f, "huge", 1, two));
    safetensors_free(&f);
}

TEST(tensors_are_written_as_the_library_does)
{
    const float w[6] = { 0, 0.25f, 0.5f, 1, 1.25f, 1.5f };
    const int64_t step = 100;
    const size_t one = 1, three = 3;
    const struct stored list[] = {
        stored_new("random", STORED_U8, "abc", 1, &three),
        stored_floats("w", w, 2, (const size_t[]){ 2, 3 }),
        stored_new("step", STORED_I64, &step, 1, &one),
        stored_floats("\xc3\xa9", w + 5, 0, NULL),
    };
    const char *texts[] = { "format", "pt", "a \"text\"", "\n", NULL };
    safetensors_write(check_path("ours"), list, 4, texts);
    check_same_bytes(check_path("ours"), GOLDEN("ours"));
}

TEST(bad_lists_are_not_written)
{
    const char *path = check_path("bad"), *texts[] = { NULL };
    const float x[] = { 1, 2 };
    struct stored twice[2] = { stored_floats("a", &x[0], 0, NULL),
                               stored_floats("a", &x[1], 0, NULL) };
    size_t files = files_there();
    CHECK_DIES(DIES_REQUIRE, safetensors_write(path, twice, 2, NULL));
    twice[0].name = "\xff";
    CHECK_DIES(DIES_REQUIRE, safetensors_write(path, twice, 2, NULL));
    twice[0].name = "__metadata__";
    CHECK_DIES(DIES_REQUIRE, safetensors_write(path, twice, 2, texts));
    CHECK_PRINTS(2, "/dev/full: No space",
                 safetensors_write("/dev/full", twice + 1, 1, NULL));
    CHECK_PRINTS(2, "none/x: cannot write",
                 safetensors_write(check_path("none/x"), twice + 1, 1, NULL));
    assert_int_equal(files_there(), files);
}

TEST(a_file_may_have_no_tensors)
{
    safetensors_write(check_path("empty"), NULL, 0, NULL);
    struct safetensors f = safetensors_read(check_path("empty"));
    assert_true(f.count == 0 && !f.texts[0]);
    safetensors_free(&f);
}

TEST(tensors_must_fill_the_file)
{
    CHECK_DIES(0, try_tensors(TWO("[0,4]", "[4,8]"), 8));
    CHECK_DIES(0, try_tensors(TWO("[4,8]", "[0,4]"), 8));
    CHECK_PRINTS(2, "\"b\" overlaps", try_tensors(TWO("[0,4]", "[3,7]"), 8));
    CHECK_PRINTS(2, "overlaps", try_tensors(TWO("[0,4]", "[0,4]"), 8));
    CHECK_PRINTS(2, "\"b\" there is a gap",
                 try_tensors(TWO("[0,4]", "[5,9]"), 9));
    CHECK_PRINTS(2, "\"a\" there is a gap",
                 try_tensors(TWO("[4,8]", "[8,12]"), 12));
    CHECK_PRINTS(2, "promises 8 bytes, 7 follow",
                 try_tensors(TWO("[0,4]", "[4,8]"), 7));
    CHECK_PRINTS(2, "more bytes", try_tensors(TWO("[0,4]", "[4,8]"), 9));
    CHECK_PRINTS(2, "promises 4 bytes, 3 follow",
                 try_tensors(ONE("F4", "[8]", "[0,4]"), 3));
    CHECK_PRINTS(2, "\"a\": its shape needs more or fewer bytes",
                 try_tensors(ONE("U16", "[2]", "[0,3]"), 3));
    CHECK_PRINTS(2, "promises 1152921504606846976 bytes, 0 follow",
                 try_tensors(ONE("U8", "[1152921504606846976]",
                                 "[0,1152921504606846976]"), 0));
}

TEST(bad_offsets_are_refused)
{
    const char *bad[] = { "[]", "[0]", "[0,4,4]", "[-4,0]", "[0,4.0]", "4",
                          "[\"0\",4]", "[null,4]", "{\"0\":4}",
                          "[0,1e0]" };
    CHECK_DIES(0, try_tensors(ONE("U8", "[4]", "[0,4]"), 4));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_PRINTS(2, "two whole numbers", try_offsets(bad[i]));
    CHECK_PRINTS(2, "more or fewer", try_offsets("[0,3]"));
    CHECK_PRINTS(2, "more or fewer", try_offsets("[4,0]"));
    CHECK_PRINTS(2, "more or fewer", try_offsets("[4,3]"));
    CHECK_PRINTS(2, "fewer", try_offsets("[0,9223372036854775807]"));
    CHECK_PRINTS(2, "too big", try_offsets("[0,18446744073709551616]"));
}

TEST(bad_shapes_of_tensors_are_refused)
{
    CHECK_DIES(0, try_shape("[2,3]", 24));
    CHECK_DIES(0, try_shape("[]", 4));
    CHECK_DIES(0, try_shape("[7,0]", 0));
    CHECK_PRINTS(2, "more or fewer", try_shape("[2,3]", 23));
    CHECK_PRINTS(2, "too many axes", try_shape("[1,1,1,1,1,1,1,1,1]", 4));
    CHECK_PRINTS(2, "of whole numbers", try_shape("[-1]", 4));
    CHECK_PRINTS(2, "of whole numbers", try_shape("[1.0]", 4));
    CHECK_PRINTS(2, "of whole numbers", try_shape("[[1]]", 4));
    CHECK_PRINTS(2, "too large", try_shape("[4294967296,4294967296]", 0));
    CHECK_PRINTS(2, "too large", try_shape("[4294967296,4294967296,0]", 0));
    CHECK_PRINTS(2, "too large", try_shape("[4611686018427387904]", 0));
    CHECK_PRINTS(2, "too large", try_shape("[4611686018427387903,5]", 4));
}

TEST(bad_entries_are_refused)
{
    const char *bad[] = {
        "{\"a\":3}", "{\"a\":[]}", "{\"a\":{}}", "{\"a\":null}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[0]}}",
        "{\"a\":{\"dtype\":3,\"shape\":[0],\"data_offsets\":[0,0]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":0,\"data_offsets\":[0,0]}}",
        ONE("U8\",\"more\":\"", "[0]", "[0,0]") };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_PRINTS(2, "\"a\": its entry is not", try_tensors(bad[i], 0));
}

TEST(bad_texts_are_refused)
{
    CHECK_DIES(0, try_tensors("{\"__metadata__\":{\"a\":\"b\"}}", 0));
    CHECK_PRINTS(2, "is no object", try_tensors("{\"__metadata__\":[]}", 0));
    CHECK_PRINTS(2, "no text under \"a\"",
                 try_tensors("{\"__metadata__\":{\"a\":1}}", 0));
}

TEST(bad_json_is_refused)
{
    CHECK_DIES(0, try_tensors("{}    \n", 0));
    CHECK_PRINTS(2, "duplicate", try_tensors("{\"a\":1,\"a\":1}", 0));
    CHECK_PRINTS(2, "duplicate", try_tensors("{\"a\":{\"b\":1,\"b\":1}}", 0));
    CHECK_PRINTS(2, "bad header: '}' expected", try_tensors("{\"a\":1", 0));
    CHECK_PRINTS(2, "end of file expected", try_tensors("{}{}", 0));
    CHECK_PRINTS(2, "unable to decode", try_tensors("{\"\xff\":1}", 0));
    CHECK_PRINTS(2, "bad header", try_tensors("{\"\\ud800\":1}", 0));
    CHECK_PRINTS(2, "\\u0000", try_tensors("{\"\\u0000\":1}", 0));
    CHECK_PRINTS(2, "is not a .safetensors file", try_tensors(" {}", 0));
    CHECK_PRINTS(2, "is not a .safetensors file", try_tensors("[]", 0));
    /* check a deep header */
    char deep[3006] = "{\"a\":";
    memset(deep + 5, '[', 3000);
    CHECK_PRINTS(2, "maximum parsing depth", try_tensors(deep, 0));
}

TEST(lying_header_lengths_are_refused)
{
    CHECK_PRINTS(2, "or its header is longer than 1048576 bytes",
                 safetensors_read("tests/golden/workshop-f4.npy"));
    CHECK_PRINTS(2, "longer", try_length("\xff\xff\xff\xff\xff\xff\xff\xff"));
    CHECK_PRINTS(2, "longer than", try_length("\1\0\x10\0\0\0\0\0"));
    CHECK_PRINTS(2, "promises 1048576 bytes, 2 follow",
                 try_length("\0\0\x10\0\0\0\0\0"));
    CHECK_PRINTS(2, "is not a .safetensors", try_length("\0\0\0\0\0\0\0\0"));
    CHECK_PRINTS(2, "bad header", try_length("\1\0\0\0\0\0\0\0"));
    CHECK_PRINTS(2, "longer than", safetensors_read("/dev/urandom"));
    CHECK_PRINTS(2, "is a directory", safetensors_read(check_folder));
}

TEST(no_damaged_file_of_tensors_is_fatal)
{
    check_damaged(GOLDEN("ours"), size_of(GOLDEN("ours")) - 39, use_tensors);
}
CHECK_MAIN()
