/* check.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Checks on cmocka. Whatever fails is reported with the caller's file and
 * line. Link with -lcmocka -lm. */
#ifndef CHECK_H
#define CHECK_H
#include "npy.h"
#include <setjmp.h>
#include <sys/wait.h>
#include <cmocka.h>
/* take the name fail back from cmocka */
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

/* CHECK_DIES: the statement, run in a child process, ends it with `status`: 2
 * for fail, DIES_REQUIRE for REQUIRE, DIES_CHECK for a check of this header, 0
 * if it just returns. CHECK_SAYS: and it prints `text`, among other things. */
enum { DIES_CHECK = 1, DIES_FAIL = 2, DIES_REQUIRE = 128 + SIGABRT };
#define CHECK_DIES(status, ...) CHECK_SAYS(status, "", __VA_ARGS__)
#define CHECK_SAYS(status, text, ...) do { \
        struct child child_ = child_start(); \
        if (child_.is_child) { { __VA_ARGS__; } fflush(NULL); _exit(0); } \
        child_check(&child_, status, text, #__VA_ARGS__, __FILE__, __LINE__); \
    } while (0)

/* CHECK_CLOSE: |got - want| <= atol + rtol |want| for got (n), want (n), both
 * float. An infinity is close to itself, NaN to nothing. */
#define CHECK_CLOSE(got, want, n, atol, rtol) \
    check_close(got, want, n, atol, rtol, #got, __FILE__, __LINE__)

/* check_gradient: dx (n) against central differences at x (n) of
 * double loss(const double *x, void *context), which must compute in double. */
#define check_gradient(dx, loss, x, n, context, atol, rtol) \
    check_gradient_at(dx, loss, x, n, context, atol, rtol, __FILE__, __LINE__)

/* check_golden: the array in tests/golden/NAME; array_free it. */
#define check_golden(name) check_golden_at(name, __FILE__, __LINE__)

static struct CMUnitTest check_tests[256];
static size_t check_count;

static inline void check_list(struct CMUnitTest test)
{
    REQUIRE(check_count < sizeof check_tests / sizeof *check_tests);
    check_tests[check_count++] = test;
}

static inline int check_run(const struct CMUnitTest *more, size_t n)
{
    for (size_t i = 1; i < n; i++)
        check_list(more[i]);
    return _cmocka_run_group_tests("checks", check_tests, check_count,
                                   NULL, NULL);
}

static bool check_in_child;

_Noreturn static inline void check_fail(const char *file, int line,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

_Noreturn static inline void check_fail(const char *file, int line,
                                        const char *format, ...)
{
    char text[8192];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    /* in a child process, say it and end */
    if (check_in_child) {
        fprintf(stderr, "%s:%d: %s\n", file, line, text);
        _exit(DIES_CHECK);
    }
    _assert_true(0, text, file, line);
    abort();
}

struct child { bool is_child; int output; pid_t process; };

static inline struct child child_start(void)
{
    int ends[2];
    fflush(NULL);
    REQUIRE(pipe(ends) == 0);
    struct child child = { .output = ends[0], .process = fork() };
    REQUIRE(child.process >= 0);
    child.is_child = child.process == 0;
    /* give the child the writing end as its output */
    check_in_child |= child.is_child;
    if (child.is_child) {
        dup2(ends[1], 1);
        dup2(ends[1], 2);
    }
    close(ends[1]);
    return child;
}

static inline void child_check(struct child *child, int status,
    const char *text, const char *statement, const char *file, int line)
{
    char said[4096] = "";
    int state = 0;
    /* read into said what the child says */
    ssize_t got = 1;
    for (size_t n = 0; got > 0; n += (size_t)got) {
        got = read(child->output, said + n, sizeof said - 1 - n);
        if (got < 0)
            check_fail(file, line, "pipe: %s", strerror(errno));
    }
    close(child->output);
    waitpid(child->process, &state, 0);
    int ended = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    if (ended != status)
        check_fail(file, line, "%s: ended with status %d, not %d, saying: %s",
                   statement, ended, status, said);
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
    for (size_t i = n; i-- > 0; )
        if (!check_near(got[i], want[i], atol, rtol))
            bad++, first = i;
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
        double center = moved[i], step = 9e-6 * fmax(1, fabs(center));
        moved[i] = center + step;
        double above = loss(moved, context), width = moved[i];
        moved[i] = center - step;
        double below = loss(moved, context);
        width -= moved[i];
        moved[i] = center;
        double slope = (above - below) / width;
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
