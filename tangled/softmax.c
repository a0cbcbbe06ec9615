#include "figure.h"
#include "npy.h"
#include "softmax.h"
#ifdef _OPENMP
#include <omp.h>
#endif

struct how {
    float temperature;
    bool log, streaming, naive, allow_nan;
};
static void weigh_stream(float *out, const float *x, size_t n, bool log)
{
    struct softmax_stream s = softmax_stream_new();
    for (size_t i = 0; i < n; i++)
        softmax_stream_push(&s, x[i]);
    if (!log)
        softmax_stream_finish(out, x, s, n);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = x[i] == -INFINITY ? x[i] : x[i] - s.max - logf(s.sum);
}

static void weigh(float *out, const float *x, size_t n,
                  const struct how *how)
{
    if (how->temperature != 1) {
        temper(out, x, how->temperature, n);
        x = out;
    }
    if (how->naive)
        softmax_naive(out, x, n);
    else if (how->streaming)
        weigh_stream(out, x, n, how->log);
    else
        (how->log ? log_softmax : softmax)(out, x, n);
}

static void require_scores(const float *x, size_t n, const char *source)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]) || x[i] == INFINITY)
            fail("%s: score %zu of %zu is %s (--allow-nan lets it pass)",
                 source, i + 1, n, isnan(x[i]) ? "nan" : "inf");
}

static float read_score(const char *word, const char *source)
{
    float x;
    if (!parse_float(&x, word))
        fail("%s: '%s' is not a number that a float can hold",
             source, word);
    return x;
}

static size_t read_scores(float **x)
{
    char word[64], source[64];
    size_t n = 0, room = 0, length = 0, line = 1;
    for (int c = ' '; c != EOF; line += c == '\n') {
        c = getchar();
        snprintf(source, sizeof source, "standard input:%zu", line);
        if (c != EOF && !isspace(c)) {
            if (c == 0 || length + 1 == sizeof word)
                fail("%s: this is no text with numbers", source);
            word[length++] = (char)c;
            continue;
        }
        if (length > 0) {
            if (n == room) {
                room = size_product(room + 8, 2);
                *x = realloc(*x, size_product(room, sizeof(float)));
                if (!*x)
                    fail("standard input: out of memory after %zu scores", n);
            }
            word[length] = 0;
            (*x)[n++] = read_score(word, source);
        }
        length = 0;
    }
    if (ferror(stdin))
        fail("standard input: %s", strerror(errno));
    return n;
}

static void print_number(float value)
{
    char text[32] = "nan";
    for (int digits = 6; digits <= 9 && !isnan(value); digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtof(text, NULL) == value)
            break;
    }
    puts(text);
}

static void weigh_words(char **words, size_t n, const struct how *how)
{
    float *x = n ? allocate(n, sizeof(float)) : NULL;
    for (size_t i = 0; i < n; i++)
        x[i] = read_score(words[i], "arguments");
    const char *source = n ? "arguments" : "standard input";
    if (n == 0 && is_terminal(stdin))
        fputs("Type scores; end with Ctrl-D.\n", stderr);
    if (n == 0)
        n = read_scores(&x);
    if (n == 0)
        fail("%s: no scores", source);
    if (!how->allow_nan)
        require_scores(x, n, source);
    weigh(x, x, n, how);
    for (size_t i = 0; i < n; i++)
        print_number(x[i]);
    free(x);
}

static void weigh_rows(float *x, size_t rows, size_t n,
                       const struct how *how)
{
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (rows * n > 65536)
#endif
    for (size_t r = 0; r < rows; r++)
        weigh(x + r * n, x + r * n, n, how);
}

static void weigh_file(const char *out, const char *in,
                       const struct how *how)
{
    struct array a = npy_read(in);
    if (a.count == 0)
        fail("%s: no scores", in);
    if (!how->allow_nan)
        require_scores(a.data, a.count, in);
    size_t n = a.rank ? a.shape[a.rank - 1] : 1;
    weigh_rows(a.data, a.count / n, n, how);
    npy_write(out, &a);
    array_free(&a);
}

static const struct figure figures[] = {{0}};
FIGURES(figures)
static void copy_rows(float *out, const float *x, size_t rows, size_t n)
{
    size_t threads = 1;
#ifdef _OPENMP
    threads = (size_t)omp_get_max_threads();
#pragma omp parallel for schedule(static)
#endif
    for (size_t t = 0; t < threads; t++) {
        size_t first = rows * t / threads, end = rows * (t + 1) / threads;
        memcpy(out + first * n, x + first * n, (end - first) * n * sizeof *x);
    }
}

static void plain_softmax(float *out, const float *x, size_t n)
{
    float max = x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;
    for (size_t i = 0; i < n; i++)
        sum += out[i] = expf(x[i] - max);
    for (size_t i = 0; i < n; i++)
        out[i] /= sum;
}

static void plain_rows(float *out, const float *x, size_t rows, size_t n)
{
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
    for (size_t r = 0; r < rows; r++)
        plain_softmax(out + r * n, x + r * n, n);
}

enum { SIDE = 4096, RUNS = 15, COPY = 0, OURS, PLAIN, CONTESTANTS };

struct contestant {
    const char *name;
    void (*work)(float *out, const float *x, size_t rows, size_t n);
    double seconds[RUNS];
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void race(struct contestant contest[CONTESTANTS],
                 float *out, const float *x)
{
    for (size_t run = 0; run < RUNS; run++)
        for (size_t c = 0; c < CONTESTANTS; c++) {
            double start = seconds_now();
            contest[c].work(out, x, SIDE, SIDE);
            contest[c].seconds[run] = seconds_now() - start;
        }
    for (size_t c = 0; c < CONTESTANTS; c++)
        qsort(contest[c].seconds, RUNS, sizeof(double), by_size);
}

static void run_contest(struct contestant contest[CONTESTANTS])
{
    struct random random = random_new(1, 1);
    float *x = allocate(SIDE * SIDE, sizeof(float));
    float *out = allocate(SIDE * SIDE, sizeof(float));
    for (size_t i = 0; i < SIDE * SIDE; i++)
        x[i] = 20 * random_uniform(&random) - 10;
    contest[COPY] = (struct contestant){"copy", copy_rows, {0}};
    contest[OURS] = (struct contestant){"softmax", softmax_rows, {0}};
    contest[PLAIN] = (struct contestant){"plain", plain_rows, {0}};
    race(contest, out, x);
    free(x);
    free(out);
}

static int print_bench(void)
{
    struct contestant contest[CONTESTANTS];
    run_contest(contest);
    puts("          min ms  median ms  median / copy");
    for (size_t c = 0; c < CONTESTANTS; c++) {
        const double *seconds = contest[c].seconds;
        printf("%-8s %7.2f %10.2f %14.2f\n", contest[c].name,
               1e3 * seconds[0], 1e3 * seconds[RUNS / 2],
               seconds[RUNS / 2] / contest[COPY].seconds[RUNS / 2]);
    }
    return 0;
}

static float float_of(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void measure_exp(double *worst, float *worst_x,
                        uint32_t end, uint32_t sign)
{
    float x[LANES], y[LANES];
    for (uint32_t bits = 0; bits + LANES - 1 <= end; bits += LANES) {
        for (uint32_t i = 0; i < LANES; i++)
            x[i] = float_of((bits + i) | sign);
        lanes_store(y, lanes_exp(lanes_load(x)));
        for (uint32_t i = 0; i < LANES; i++) {
            double want = fabsf(x[i]) < 0x1p-26f ? 1.0 + x[i] : exp(x[i]);
            double ulp = float_of(bits_of((float)want) & 0x7f800000) * 0x1p-23;
            double error = fabs(y[i] - want) / ulp;
            if (error > *worst) {
                *worst = error;
                *worst_x = x[i];
            }
        }
    }
}

static double stream_error(void)
{
    float x[500], p[500], q[500];
    double worst = 0;
    for (size_t i = 0; i < 500; i++)
        x[i] = 0.001f * (float)i;
    softmax(p, x, 500);
    weigh_stream(q, x, 500, false);
    for (size_t i = 0; i < 500; i++)
        worst = fmax(worst, fabs(q[i] - p[i]) / p[i]);
    return worst;
}

static int print_results(void)
{
    float p[3], hand[3] = {0, logf(2), logf(5)};
    softmax(p, hand, 3);
    printf("softmax.hand.entropy = %.6f\n", entropy(p, 3));
    printf("softmax.hand.places = %.6f\n", expf(entropy(p, 3)));
    double worst = 0;
    float worst_x = 0;
    measure_exp(&worst, &worst_x, bits_of(88.7228317f), 0);
    measure_exp(&worst, &worst_x, bits_of(87.3365402f), 0x80000000);
    printf("softmax.speed.exp.ulp = %.4f\n", worst);
    printf("softmax.speed.exp.worst = %.9g\n", worst_x);
    printf("softmax.speed.stream.error = %.2g\n", stream_error());
    struct contestant contest[CONTESTANTS];
    run_contest(contest);
    for (size_t c = 0; c < CONTESTANTS; c++)
        printf("softmax.time.%s = %.3f\n", contest[c].name,
               1e3 * contest[c].seconds[RUNS / 2]);
    return 0;
}

int main(int argc, char **argv)
{
    struct how how = {.temperature = 1};
    const char *in = NULL, *out = NULL;
    bool bench = false, results = false;
    const struct command_option options[] = {
        {"temperature", OPTION_FLOAT, &how.temperature, "T", "soft or hard"},
        {"log", OPTION_FLAG, &how.log, NULL, "print logarithms"},
        {"streaming", OPTION_FLAG, &how.streaming, NULL, "one at a time"},
        {"naive", OPTION_FLAG, &how.naive, NULL, "without the shift"},
        {"npy", OPTION_TEXT, &in, "IN.npy", "scores, along the last axis"},
        {"out", OPTION_TEXT, &out, "OUT.npy", "where their weights go"},
        {"allow-nan", OPTION_FLAG, &how.allow_nan, NULL, "let NaN pass"},
        {"bench", OPTION_FLAG, &bench, NULL, "measure the speed"},
        {"results", OPTION_FLAG, &results, NULL, "print the book's numbers"},
        FIGURE_OPTIONS,
        {0}
    };
    const struct command command = {
        "softmax", "turns scores into weights that sum to one",
        "softmax [OPTION]... SCORE...\n"
        "softmax [OPTION]... --npy IN.npy --out OUT.npy",
        "softmax --temperature 0.5 1 2 3", options
    };
    size_t words = command_parse(&command, argc, argv);
    if (!(how.temperature > 0))
        fail("--temperature must be positive");
    if (!in != !out)
        fail("--npy and --out belong together");
    if (in && words)
        fail("scores come from arguments or from --npy, not both");
    if (how.naive && (how.log || how.streaming || how.temperature != 1))
        fail("--naive goes with no other option about the weights");
    if (figure_requested())
        return figure_run(figures);
    if (bench || results)
        return results ? print_results() : print_bench();
    if (in)
        weigh_file(out, in, &how);
    else
        weigh_words(argv + 1, words, &how);
}
