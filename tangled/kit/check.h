/* check.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Offers: check_path, check_put, struct child */

/* check.h -- checks on cmocka. Whatever fails is reported with the caller's
 * file and line. Link with -lcmocka -lm. */
#ifndef CHECK_H
#define CHECK_H

/* include cmocka and give fail back */
#include "kit/npy.h"
#include <dirent.h>
#include <setjmp.h>
#include <sys/wait.h>
#include <cmocka.h>
#undef fail
#undef fail_msg
#define fail_msg(...) check_fail(__FILE__, __LINE__, __VA_ARGS__)

/* TEST(name) { ... } defines a check and enters it in the list. */
#define TEST(name) \
    static void name(void **); \
    __attribute__((constructor)) static void name##_is_listed(void) \
    { check_list((struct CMUnitTest){ #name, name, 0, 0, 0 }); } \
    static void name(void **state __attribute__((unused)))

/* CHECK_MAIN() defines main, which runs the list; cmocka_unit_test(f)s that
 * are given as arguments run after it. Exit status: how many failed. */
#define CHECK_MAIN(...) int main(void) \
    { const struct CMUnitTest more[] = { { 0 }, __VA_ARGS__ }; \
      return check_run(more, sizeof more / sizeof *more); }

/* check_path: the path of name in check_folder, where checks may write. Good
 * until the eighth call after it. */
static char check_folder[] = "/tmp/check-XXXXXX";

/* CHECK_DIES: the statement, run in a child process, ends with this status: 2
 * for fail, DIES_REQUIRE for REQUIRE, DIES_CHECK for a check of this header,
 * 0 if it just returns. CHECK_PRINTS: and it prints text, or more with text
 * in it. */
enum { DIES_CHECK = 1, DIES_FAIL = 2, DIES_REQUIRE = 128 + SIGABRT };
#define CHECK_DIES(status, ...) CHECK_PRINTS(status, "", __VA_ARGS__)

#define CHECK_PRINTS(status, text, ...) do { \
        struct child child_ = child_start(); \
        if (check_in_child) { { __VA_ARGS__; } fflush(NULL); _exit(0); } \
        child_check(child_, status, text, #__VA_ARGS__, __FILE__, __LINE__); \
    } while (0)

/* CHECK_CLOSE: |got - want| <= atol + rtol |want| for got (n), want (n), both
 * float. An infinity is close to itself only, NaN to nothing. */
#define CHECK_CLOSE(got, want, n, atol, rtol) \
    check_close(got, want, n, atol, rtol, #got, __FILE__, __LINE__)

/* check_gradient: dx (n) against central differences, at x (n), of
 * double loss(const double *x, void *context), which computes in double. */
#define check_gradient(dx, loss, x, n, context, atol, rtol) \
    check_gradient_at(dx, loss, x, n, context, atol, rtol, __FILE__, __LINE__)

/* check_golden: the array in tests/golden/NAME; array_free it. */
#define check_golden(name) check_golden_at(name, __FILE__, __LINE__)

static struct CMUnitTest check_tests[1023];
static size_t check_count;
static bool check_in_child;

static inline void check_list(struct CMUnitTest test)
{
    REQUIRE(check_count < sizeof check_tests / sizeof *check_tests);
    check_tests[check_count++] = test;
}

static inline bool check_folder_goes(void);

static inline int check_run(const struct CMUnitTest *more, size_t n)
{
    signal(SIGINT, SIG_DFL);
    for (size_t i = 1; i < n; i++)
        check_list(more[i]);
    bool folder = mkdtemp(check_folder) != NULL;
    int failed = _cmocka_run_group_tests("checks", check_tests, check_count,
                                         NULL, NULL);
    if (folder && !check_folder_goes()) {
        fprintf(stderr, "%s: a hidden file was left\n", check_folder);
        failed++;
    }
    return failed < 255 ? failed : 255;
}

__attribute__((format(printf, 3, 4))) _Noreturn static inline void
check_fail(const char *file, int line, const char *format, ...)
{
    /* print format and its values into message */
    char message[8192];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    /* in a child process, say it and end */
    if (check_in_child) {
        fprintf(stderr, "%s:%d: %s\n", file, line, message);
        _exit(DIES_CHECK);
    }
    _assert_true(0, message, file, line);
    abort();
}

static inline char *check_path(const char *name)
{
    static char paths[8][300];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof *paths, "%s/%s", check_folder, name);
    return path;
}

/* check_put: writes text into the file name of check_folder; its path. */
static inline char *check_put(const char *name, const char *text)
{
    char *path = check_path(name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    return path;
}

static inline bool check_folder_goes(void)
{
    DIR *folder = opendir(check_folder);
    for (struct dirent *e; folder && (e = readdir(folder)); )
        if (e->d_name[0] != '.')
            unlink(check_path(e->d_name));
    if (folder)
        closedir(folder);
    return rmdir(check_folder) == 0;
}

struct child { pid_t process; int output; };

static inline struct child child_start(void)
{
    int ends[2];
    fflush(NULL);
    REQUIRE(pipe(ends) == 0);
    struct child child = { fork(), ends[0] };
    REQUIRE(child.process >= 0);
    /* give the child the other end of the pipe as its output */
    if (child.process == 0) {
        check_in_child = true;
        dup2(ends[1], 1);
        dup2(ends[1], 2);
    }
    close(ends[1]);
    return child;
}

static inline void child_check(struct child child, int status,
    const char *text, const char *statement, const char *file, int line)
{
    /* read into said what the child says */
    char said[4096] = "";
    for (size_t n = 0, got = 1; got > 0 && n < sizeof said - 1; n += got) {
        ssize_t now = read(child.output, said + n, sizeof said - 1 - n);
        got = now > 0 ? (size_t)now : 0;
    }
    for (char rest[512]; read(child.output, rest, sizeof rest) > 0; )
        continue;
    close(child.output);
    /* let ended be how the child ends */
    int state = 0;
    waitpid(child.process, &state, 0);
    int ended = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    if (ended != status)
        check_fail(file, line, "%s: ended with status %d, not %d, saying: %s",
                   statement, ended, status, said);
    if (status == DIES_REQUIRE && !strstr(said, "contract broken"))
        check_fail(file, line, "%s: crashed, saying: %s", statement, said);
    if (!strstr(said, text))
        check_fail(file, line, "%s: said \"%s\", not \"%s\"",
                   statement, said, text);
}

static inline bool check_near(double got, double want, double atol,
                              double rtol)
{
    if (got == want || isinf(want))
        return got == want;
    return fabs(got - want) <= atol + rtol * fabs(want);
}

static inline void check_close(const float *got, const float *want, size_t n,
    double atol, double rtol, const char *name, const char *file, int line)
{
    size_t bad = 0, first = 0;
    /* count the bad elements and find the first */
    for (size_t i = n; i-- > 0; )
        if (!check_near((double)got[i], (double)want[i], atol, rtol)) {
            bad++;
            first = i;
        }
    if (bad)
        check_fail(file, line, "%s, element %zu: %.9g, not %.9g; %zu of %zu "
                   "are off", name, first, (double)got[first],
                   (double)want[first], bad, n);
}

static inline void check_gradient_at(const float *dx,
    double (*loss)(const double *x, void *context), const float *x, size_t n,
    void *context, double atol, double rtol, const char *file, int line)
{
    double *moved = allocate(n, sizeof *moved);
    for (size_t i = 0; i < n; i++)
        moved[i] = (double)x[i];
    for (size_t i = 0; i < n; i++) {
        /* let slope be the central difference along x[i] */
        double center = moved[i], step = 7e-6 * fmax(1, fabs(center));
        double right = moved[i] = center + step, above = loss(moved, context);
        double left = moved[i] = center - step, below = loss(moved, context);
        double slope = (above - below) / (right - left);
        moved[i] = center;
        /* compare slope with dx[i] */
        if (!check_near((double)dx[i], slope, atol, rtol))
            check_fail(file, line, "gradient, element %zu: %.9g, but the "
                       "differences give %.9g", i, (double)dx[i], slope);
    }
    free(moved);
}

static inline struct array check_golden_at(const char *name,
                                           const char *file, int line)
{
    char path[512];
    snprintf(path, sizeof path, "tests/golden/%s", name);
    if (access(path, R_OK) != 0)
        check_fail(file, line, "%s: %s (checks run from the repository's "
                   "root)", path, strerror(errno));
    return npy_read(path);
}

#endif
