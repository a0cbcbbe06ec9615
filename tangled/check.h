#ifndef CHECK_H
#define CHECK_H
#include "npy.h"
#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>
#include <cmocka.h>
#undef fail
#undef fail_msg
#define fail_msg(...) check_fail(__FILE__, __LINE__, __VA_ARGS__)


/* check.h -- checks on cmocka. What fails is reported with the caller's line.
 *
 * TEST(name) { ... }  defines a check and puts it on the list.
 * CHECK_MAIN()        defines main, which runs the list; cmocka_unit_test(f)s
 *                     given as arguments run too.
 * CHECK_CLOSE: got (n) and want (n), floats: |got - want| <= atol + rtol |want|
 *   everywhere; NaN is close to nothing, inf to itself.
 * check_gradient: dx (n) against central differences of loss, in double, at
 *   x (n); loss(x, context) must be in double precision throughout.
 * check_golden: the array tests/golden/NAME, made by the script beside it.
 * CHECK_DIES: the statement, in a child process, ends with this status:
 *   2 for fail, DIES_REQUIRE for REQUIRE. CHECK_SAYS: and says this on stderr. */
#define TEST(name) \
    static void name(void **); \
    __attribute__((constructor)) static void name##_listed(void) \
    { check_list((struct CMUnitTest){ #name, name, 0, 0, 0 }); } \
    static void name(void **state __attribute__((unused)))
#define CHECK_MAIN(...) int main(void) \
    { return check_run((struct CMUnitTest[]){ { 0 }, __VA_ARGS__ }, \
        sizeof (struct CMUnitTest[]){ { 0 }, __VA_ARGS__ } \
        / sizeof(struct CMUnitTest)); }

#define CHECK_CLOSE(got, want, n, atol, rtol) \
    check_close(got, want, n, atol, rtol, #got, __FILE__, __LINE__)
#define check_gradient(dx, loss, x, n, context, atol, rtol) \
    check_gradient_at(dx, loss, x, n, context, atol, rtol, __FILE__, __LINE__)
#define check_golden(name) check_golden_at(name, __FILE__, __LINE__)

enum { DIES_FAIL = 2, DIES_REQUIRE = 128 + SIGABRT };
#define CHECK_DIES(status, statement) CHECK_SAYS(status, "", statement)
#define CHECK_SAYS(status, text, statement) do { \
        struct child child_ = child_start(); \
        if (child_.is_child) { { statement; } _exit(0); } \
        child_check(&child_, status, text, #statement, __FILE__, __LINE__); \
    } while (0)


_Noreturn static inline void check_fail(const char *file, int line,
                                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

_Noreturn static inline void check_fail(const char *file, int line,
                                        const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    print_error("%s:%d: %s\n", file, line, text);
    _fail(file, line);
    abort();
}

static inline bool check_near(double got, double want, double atol,
                              double rtol)
{
    return got == want || fabs(got - want) <= atol + rtol * fabs(want);
}


static inline void check_close(const float *got, const float *want, size_t n,
    double atol, double rtol, const char *name, const char *file, int line)
{
    size_t bad = 0, first = 0;
    for (size_t i = n; i-- > 0; )
        if (!check_near(got[i], want[i], atol, rtol))
            bad++, first = i;
    if (bad)
        check_fail(file, line, "%s[%zu] is %.9g, not %.9g (off by %.3g; "
                   "%zu of %zu are off)", name, first, (double)got[first],
                   (double)want[first],
                   fabs((double)got[first] - (double)want[first]), bad, n);
}

static inline void check_gradient_at(const float *dx,
    double (*loss)(const double *x, void *context), const float *x, size_t n,
    void *context, double atol, double rtol, const char *file, int line)
{
    double *moved = allocate(n, sizeof *moved);
    for (size_t i = 0; i < n; i++)
        moved[i] = (double)x[i];
    for (size_t i = 0; i < n; i++) {
        double center = moved[i], step = 6e-6 * fmax(1, fabs(center));
        moved[i] = center + step;
        double above = loss(moved, context), width = moved[i];
        moved[i] = center - step;
        double below = loss(moved, context);
        width -= moved[i];
        moved[i] = center;
        double slope = (above - below) / width;

        if (!check_near((double)dx[i], slope, atol, rtol))
            check_fail(file, line, "the gradient's element %zu is %.9g, "
                       "differences give %.9g", i, (double)dx[i], slope);
    }
    free(moved);
}

static inline struct array check_golden_at(const char *name, const char *file,
                                           int line)
{
    char path[512];
    snprintf(path, sizeof path, "tests/golden/%s", name);
    if (access(path, R_OK) != 0)
        check_fail(file, line, "%s: %s (run the checks from the "
                   "repository's root)", path, strerror(errno));
    return npy_read(path);
}

struct child { bool is_child; int errors; long process; };

static inline struct child child_start(void)
{
    int ends[2];
    fflush(NULL);
    REQUIRE(pipe(ends) == 0);
    struct child child = { .errors = ends[0], .process = (long)fork() };
    REQUIRE(child.process >= 0);
    child.is_child = child.process == 0;
    if (child.is_child)
        dup2(ends[1], 2);
    close(ends[1]);
    return child;
}

static inline void child_check(struct child *child, int status,
    const char *text, const char *statement, const char *file, int line)
{
    char said[4096] = "";
    size_t length = 0;
    int state = 0;
    for (ssize_t got = 1; got > 0; length += (size_t)got)
        got = read(child->errors, said + length, sizeof said - 1 - length);
    close(child->errors);
    waitpid((pid_t)child->process, &state, 0);
    int ended = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
    if (ended != status || !strstr(said, text))
        check_fail(file, line, "%s: status %d, not %d, saying: %s(wanted: %s)",
                   statement, ended, status, said, text);
}

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
    return _cmocka_run_group_tests("checks", check_tests, check_count, NULL,
                                   NULL);
}
#endif

