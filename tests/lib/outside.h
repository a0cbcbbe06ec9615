/* outside.h -- what the tests of the programs share: running a command line
 * and reading and writing .npy files, with nothing of the book's own code.
 *
 * A test file is run from the repository's root. The commands run in a scratch
 * folder, with the programs first in PATH, without a display. */
#ifndef OUTSIDE_H
#define OUTSIDE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char scratch[] = "/tmp/attention-test-XXXXXX";
static char root[4096];                 /* the repository's root */

/* ------------------------------------------------ programs and folders -- */

/* A group's set-up and tear-down: the scratch folder. */
static inline int enter_scratch(void **state)
{
    (void)state;
    const char *path = getenv("PATH");
    if (!getcwd(root, sizeof root) || !mkdtemp(scratch) || !path)
        return -1;
    setenv("SCRATCH", scratch, 1);
    setenv("OTHER_PROGRAMS", path, 1);
    setenv("OMP_NUM_THREADS", "2", 1);
    unsetenv("DISPLAY");
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("SDL_VIDEODRIVER");
    return chdir(scratch);
}

static inline int leave_scratch(void **state)
{
    (void)state;
    if (chdir(root) != 0)
        return -1;
    return system("chmod -R u+w \"$SCRATCH\" && rm -rf \"$SCRATCH\"");
}

/* Prints a text, which may have several lines, as comments of TAP. */
__attribute__((format(printf, 1, 2)))
static inline void comment(const char *format, ...)
{
    static char text[1 << 18];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *rest = text, *line;
    while ((line = strtok_r(rest, "\n", &rest)))
        print_error("# %s\n", line);
}

/* Every test runs with the programs of the reader, and again with the same
 * programs built to find what C leaves undefined. */
struct trial {
    void (*test)(void);
    const char *programs;
};

static bool sanitized;

/* Is this the long run, ./build.sh test all? */
static inline bool whole_run(void)
{
    const char *whole = getenv("WHOLE");
    return whole && *whole;
}

/* Programs with sanitizers are for the long run. */
__attribute__((constructor)) static void leave_out_sanitized(void)
{
    if (!whole_run())
        cmocka_set_skip_filter("*_sanitized");
}
static size_t complaints;               /* of this test, by COMPLAIN */

/* Reports a failure, and lets the test go on. */
#define COMPLAIN(...)                                                       \
    do {                                                                    \
        complaints++;                                                       \
        comment(__VA_ARGS__);                                               \
    } while (0)

static inline void run_trial(void **state)
{
    const struct trial *trial = *state;
    char path[3 * 4096];
    sanitized = strcmp(trial->programs, "build/bin") != 0;
    snprintf(path, sizeof path, "%s/%s:%s", root, trial->programs,
             getenv("OTHER_PROGRAMS"));
    setenv("PATH", path, 1);
    setenv("ASAN_OPTIONS", "detect_leaks=0:max_allocation_size_mb=1024", 1);
    setenv("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1", 1);
    complaints = 0;
    trial->test();
    assert_int_equal(complaints, 0);
}

#define BOTH(test)                                                          \
    { #test, run_trial, NULL, NULL,                                         \
      &(struct trial){ test, "build/bin" } },                               \
    { #test "_sanitized", run_trial, NULL, NULL,                            \
      &(struct trial){ test, "build/asan" } }

static inline bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* The whole file as a string, cut at `size`; its true length in *length. */
static inline void slurp(char *text, size_t size, size_t *length,
                         const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *length = fread(text, 1, size - 1, file);
    text[*length] = 0;
    fclose(file);
}

static inline void spill(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* ------------------------------------------------------------- commands -- */

struct outcome {
    int status;             /* exit status; 1000 + N: ended by signal N */
    char out[65536], err[65536];
    size_t out_length, err_length;
};

#define COMMAND_SECONDS 30
#define SANITIZED_SLOWER 4
#define TERMINATED 1000

/* Limits that hold for every command: time, and memory if `bytes` is not 0:
 * the address sanitizer's programs map too much for that, and are slower. */
static inline void limit_command(rlim_t bytes)
{
    const unsigned most = COMMAND_SECONDS * (bytes ? 1 : SANITIZED_SLOWER);
    struct rlimit seconds = { most, most };
    struct rlimit memory = { bytes, bytes }, no_core = { 0, 0 };
    setrlimit(RLIMIT_CPU, &seconds);
    setrlimit(RLIMIT_CORE, &no_core);
    if (bytes > 0)
        setrlimit(RLIMIT_AS, &memory);
    alarm(most);
}

/* A command leads a group of processes, which ends with it, and it ends with
 * the test that started it. */
static inline void lead_group(void)
{
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

/* Runs a command line in the shell; what it writes is in `.out` and `.err`
 * of the files of the folder above, so that no pipe can fill. */
static inline struct outcome *run_limited(rlim_t bytes, const char *line)
{
    static struct outcome outcome;
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDONLY);
        int out = open(".out", O_CREAT | O_TRUNC | O_WRONLY, 0666);
        int err = open(".err", O_CREAT | O_TRUNC | O_WRONLY, 0666);
        dup2(null, 0);
        dup2(out, 1);
        dup2(err, 2);
        limit_command(bytes);
        lead_group();
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    kill(-child, SIGKILL);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status)
                                       : TERMINATED + WTERMSIG(status);
    slurp(outcome.out, sizeof outcome.out, &outcome.out_length, ".out");
    slurp(outcome.err, sizeof outcome.err, &outcome.err_length, ".err");
    return &outcome;
}

static inline struct outcome *run(const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    return run_limited(0, line);
}

/* Goes through the texts that follow. */
#define EACH(line, ...)                                                     \
    for (const char *const *line = (const char *const[]){ __VA_ARGS__, NULL };\
         *line; line++)

/* As assert_true, with the reason. */
#define EXPECT(condition, ...)                                              \
    do {                                                                    \
        if (!(condition)) {                                                 \
            comment(__VA_ARGS__);                                           \
            _fail(__FILE__, __LINE__);                                      \
        }                                                                   \
    } while (0)

/* Runs a command line that must succeed and say nothing on standard error;
 * gives what it printed. */
#define RUN(...) run_well(__FILE__, __LINE__, __VA_ARGS__)

static inline const char *run_well(const char *file, int at,
                                   const char *format, ...)
{
    char line[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    struct outcome *outcome = run_limited(0, line);
    if (outcome->status != 0 || outcome->err_length > 0) {
        comment("%s\nstatus %d, standard error: %s", line, outcome->status,
                outcome->err);
        _fail(file, at);
    }
    return outcome->out;
}

/* --------------------------------------------------------- .npy, by hand -- */

/* A .npy file of format 1, 2 or 3, with any header at all. The length of
 * the header takes two bytes in format 1, four in the later ones. */
static inline void npy_raw_version(int version, const char *path,
                                   const char *header, const void *bytes,
                                   size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    size_t before = version == 1 ? 10 : 12;
    size_t padded = (before + strlen(header) + 1 + 63) / 64 * 64 - before;
    fprintf(file, "\x93NUMPY%c%c", version, 0);
    for (size_t byte = 8; byte < before; byte++)
        fputc((int)(padded >> 8 * (byte - 8) & 255), file);
    fprintf(file, "%-*s\n", (int)padded - 1, header);
    if (length > 0)
        assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static inline void npy_raw(const char *path, const char *header,
                           const void *bytes, size_t length)
{
    npy_raw_version(1, path, header, bytes, length);
}

/* "(2, 3)", as Python writes a shape; one number is "(2,)". */
static inline const char *shape_text(size_t rank, const size_t *shape)
{
    static char text[200];
    size_t at = 0;
    at += (size_t)snprintf(text + at, sizeof text - at, "(");
    for (size_t i = 0; i < rank; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%zu%s",
                               i ? " " : "", shape[i],
                               i + 1 < rank || rank == 1 ? "," : "");
    snprintf(text + at, sizeof text - at, ")");
    return text;
}

#define SHAPE(...) sizeof((size_t[]){ __VA_ARGS__ }) / sizeof(size_t), \
                   (size_t[]){ __VA_ARGS__ }

static inline size_t shape_count(size_t rank, const size_t *shape)
{
    size_t count = 1;
    for (size_t i = 0; i < rank; i++)
        count *= shape[i];
    return count;
}

static inline void npy_header(char *header, size_t size, const char *type,
                              size_t rank, const size_t *shape)
{
    snprintf(header, size,
             "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
             type, shape_text(rank, shape));
}

static inline void npy_put(const char *path, const float *data, size_t rank,
                           const size_t *shape)
{
    char header[400];
    npy_header(header, sizeof header, "<f4", rank, shape);
    npy_raw(path, header, data, shape_count(rank, shape) * sizeof *data);
}

static inline void npy_put_double(const char *path, const double *data,
                                  size_t rank, const size_t *shape)
{
    char header[400];
    npy_header(header, sizeof header, "<f8", rank, shape);
    npy_raw(path, header, data, shape_count(rank, shape) * sizeof *data);
}

#define NPY_MOST 65536

/* Reads a float32 .npy that a program wrote, and insists on its shape. */
static inline const float *npy_get(const char *path, size_t rank,
                                   const size_t *shape)
{
    static unsigned char file[16 * NPY_MOST];
    static float data[NPY_MOST];
    size_t length, count = shape_count(rank, shape);
    EXPECT(exists(path), "%s was not written", path);
    slurp((char *)file, sizeof file, &length, path);
    EXPECT(length > 10 && !memcmp(file, "\x93NUMPY", 6), "%s: no .npy", path);
    EXPECT(file[6] == 1 && file[7] == 0, "%s: not format 1.0", path);
    size_t header = 10 + file[8] + 256u * file[9];
    EXPECT(header % 64 == 0, "%s: data begins at byte %zu", path, header);
    EXPECT(file[header - 1] == '\n', "%s: no newline after header", path);
    file[header - 1] = 0;
    const char *text = (const char *)file + 10;
    EXPECT(strstr(text, "'descr': '<f4'"), "%s: %s", path, text);
    EXPECT(strstr(text, "'fortran_order': False"), "%s: %s", path, text);
    char want[250];
    snprintf(want, sizeof want, "'shape': %s", shape_text(rank, shape));
    EXPECT(strstr(text, want), "%s: %s, want %s", path, text, want);
    EXPECT(length == header + count * sizeof *data,
           "%s: %zu bytes of data, want %zu", path, length - header,
           count * sizeof *data);
    assert_true(count <= NPY_MOST);
    memcpy(data, file + header, count * sizeof *data);
    return data;
}

/* ---------------------------------------------------------------- numbers -- */

#define CLOSE(got, want, n, tolerance)                                      \
    expect_close(__FILE__, __LINE__, got, want, n, tolerance)

/* |got - want| <= tolerance (1 + |want|), element by element. */
static inline void expect_close(const char *file, int at, const float *got,
                                const double *want, size_t n,
                                double tolerance)
{
    for (size_t i = 0; i < n; i++) {
        if (fabs(got[i] - want[i]) <= tolerance * (1 + fabs(want[i])))
            continue;
        comment("[%zu] is %.9g, want %.9g", i, (double)got[i], want[i]);
        _fail(file, at);
    }
}

/* The numbers of a text, one after the other; returns how many. */
static inline size_t numbers(float *out, size_t most, const char *text)
{
    size_t n = 0;
    char *end;
    for (; n < most; n++, text = end) {
        out[n] = strtof(text, &end);
        if (end == text)
            break;
    }
    return n;
}

/* A reproducible stream of numbers between -1 and 1, not the book's. */
static inline float noise(void)
{
    static uint32_t state = 12345;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / (1 << 23) - 1;
}

static inline void fill_noise(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = noise();
}

#endif
