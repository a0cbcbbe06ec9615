#include "average.h"
#include "figure.h"
#include "npy.h"

enum { YEARS = 10 };
static const float prices[2][YEARS] = {
    { 20, 22, 21, 26, 20, 26, 22, 20, 27, 30 },
    { 20, 22, 23, 26, 25, 26, 30, 28, 30, 27 },
};
enum { MODEL = 2, MODEL_AND_COLOR = 4 };
static const char models[2][YEARS + 1] = { "AAABABAABB", "AAAAAABBAB" };
static const char colors[2][YEARS + 1] = { "rrrrrbrbbb", "rrrbrbrbrb" };
static void car_describe(float *cars /* (YEARS, d) */, int period, size_t d)
{
    for (size_t t = 0; t < YEARS; t++) {
        const bool hot[] = { models[period][t] == 'A', models[period][t] == 'B',
                             colors[period][t] == 'r', colors[period][t] == 'b' };
        for (size_t l = 0; l < d; l++)
            cars[t * d + l] = hot[l];
    }
}
static void car_average(float *out, float *weights /* (YEARS, YEARS) */,
                        int period, size_t d)
{
    float cars[YEARS * MODEL_AND_COLOR];
    car_describe(cars, period, d);
    dot_rows(weights, cars, cars, YEARS, YEARS, d);
    normalize_rows(weights, weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
}
static void normalize_columns(float *x /* (rows, n) */, size_t rows, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += x[i * n + j];
        for (size_t i = 0; i < rows; i++)
            x[i * n + j] = sum > 0 ? (float)(x[i * n + j] / sum) : 0;
    }
}
static void wrong_average(float *out, float *sums, int period, size_t d)
{
    float cars[YEARS * MODEL_AND_COLOR], weights[YEARS * YEARS], ones[YEARS];
    for (int t = 0; t < YEARS; t++)
        ones[t] = 1;
    car_describe(cars, period, d);
    dot_rows(weights, cars, cars, YEARS, YEARS, d);
    normalize_columns(weights, YEARS, YEARS);
    average_forward(out, weights, prices[period], YEARS, YEARS, 1);
    average_forward(sums, weights, ones, YEARS, YEARS, 1);
}
static void print_period(int period)
{
    float weights[YEARS * YEARS], recursion[YEARS], normalized[YEARS];
    float model[YEARS], both[YEARS];
    moving_average(recursion, prices[period], .5f, YEARS);
    moving_weights(weights, .5f, YEARS);
    average_forward(normalized, weights, prices[period], YEARS, YEARS, 1);
    car_average(model, weights, period, MODEL);
    car_average(both, weights, period, MODEL_AND_COLOR);
    printf("period %d             moving average          in company\n"
           "year price  car     recursive normalized  by model  and color\n",
           period + 1);
    for (int t = 0; t < YEARS; t++)
        printf("%4d %5.0f  %s %c %11.3f %10.3f %9.3f %10.3f\n", t + 1,
               (double)prices[period][t],
               colors[period][t] == 'r' ? "red " : "blue", models[period][t],
               (double)recursion[t], (double)normalized[t],
               (double)model[t], (double)both[t]);
}

static void print_cars(void)
{
    print_period(0);
    printf("\n");
    print_period(1);
}
static void print_results(void)
{
    float weights[YEARS * YEARS], out[YEARS];
    average_forward(out, (float[]){ .5f, .25f, .25f }, prices[1], 1, 3, 1);
    printf("average.three = %.5f\n", (double)out[0]);
    moving_average(out, prices[1], .5f, YEARS);
    printf("average.recursion.1 = %.5f\naverage.recursion.2 = %.5f\n",
           (double)out[1], (double)out[2]);
    moving_weights(weights, .5f, YEARS);
    average_forward(out, weights, prices[1], YEARS, YEARS, 1);
    printf("average.normalized.1 = %.5f\naverage.normalized.2 = %.5f\n",
           (double)out[1], (double)out[2]);

    for (int period = 0; period < 2; period++)
        for (size_t d = MODEL; d <= MODEL_AND_COLOR; d += 2) {
            car_average(out, weights, period, d);
            for (int t = 0; t < YEARS; t++)
                printf("average.cars.%d.%s.%d = %.5f\n", period + 1,
                       d == MODEL ? "model" : "both", t + 1, (double)out[t]);
        }

    float q = 4.5f, years[YEARS];
    for (int t = 0; t < YEARS; t++)
        years[t] = t + 1;
    kernel_attention(out, weights, &q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_BOXCAR, 1);
    printf("average.boxcar = %.5f\n", (double)out[0]);
    kernel_attention(out, weights, &q, years, prices[1], 1, YEARS, 1, 1,
                     KERNEL_EPANECHNIKOV, 2);
    printf("average.epanechnikov = %.5f\n", (double)out[0]);
    float sums[YEARS];
    wrong_average(out, sums, 1, MODEL_AND_COLOR);
    for (int t = 0; t < YEARS; t += 7)
        printf("average.wrong.sum.%d = %.5f\naverage.wrong.price.%d = %.5f\n",
               t + 1, (double)sums[t], t + 1, (double)out[t]);
}

static const struct figure figures[] = { { 0 } };
FIGURES(figures)
static void print_table(const char *name, const struct array *array)
{
    char text[ARRAY_TEXT];
    printf("%s %s\n", name, array_text(text, array));
    for (size_t i = 0; i < array->count; i++)
        printf("%9.4f%s", (double)array->data[i],
               (i + 1) % array->shape[1] ? "" : "\n");
}
static struct array read_table(const char *option, const char *path)
{
    if (!path)
        fail("--%s is missing: --q, --k and --v go together", option);
    struct array array = npy_read(path);
    char text[ARRAY_TEXT];
    if (array.rank != 2 || array.count == 0)
        fail("%s: has the shape %s; a table with rows and columns is needed",
             path, array_text(text, &array));
    for (size_t i = 0; i < array.count; i++)
        if (!isfinite(array.data[i]))
            fail("%s: row %zu, column %zu is %g", path, i / array.shape[1],
                 i % array.shape[1], (double)array.data[i]);
    return array;
}

static void require_same(const char *what, const struct array *a,
                         const char *a_path, const struct array *b,
                         const char *b_path, size_t axis)
{
    if (a->shape[axis] != b->shape[axis])
        fail("%s has %zu %s, but %s has %zu", a_path, a->shape[axis], what,
             b_path, b->shape[axis]);
}

static void attend(void)
{
    if (given.bandwidth <= 0)
        fail("--bandwidth: %g is not positive", (double)given.bandwidth);
    struct array q = read_table("q", given.q), k = read_table("k", given.k);
    struct array v = read_table("v", given.v);
    require_same("columns", &q, given.q, &k, given.k, 1);
    require_same("rows", &k, given.k, &v, given.v, 0);
    size_t n = q.shape[0], m = k.shape[0], d = q.shape[1], c = v.shape[1];
    struct array weights = array_new(2, (size_t[]){ n, m });
    struct array out = array_new(2, (size_t[]){ n, c });
    kernel_align(weights.data, q.data, k.data, n, m, d, given.kernel,
                 given.bandwidth);
    for (size_t i = 0; i < weights.count; i++)
        if (!isfinite(weights.data[i]))
            fail("query %zu and key %zu have a score too large for a float; "
                 "try a wider bandwidth", i / m, i % m);
    bool print = !given.out && !given.weights;
    if (print)
        print_table("alignment", &weights);
    kernel_weigh(weights.data, weights.data, n, m, given.kernel);
    average_forward(out.data, weights.data, v.data, n, m, c);
    if (print)
        print_table("weights", &weights), print_table("context", &out);
    if (given.weights)
        npy_write(given.weights, &weights);
    if (given.out)
        npy_write(given.out, &out);
    array_free(&q), array_free(&k), array_free(&v);
    array_free(&weights), array_free(&out);
}
static struct {
    const char *q, *k, *v, *out, *weights;
    enum kernel kernel;
    float bandwidth;
    bool cars, results;
} given = { .bandwidth = 1 };

static const struct command_option options[] = {
    { "q", OPTION_TEXT, &given.q, "Q.npy", "queries (n, d)" },
    { "k", OPTION_TEXT, &given.k, "K.npy", "keys (m, d)" },
    { "v", OPTION_TEXT, &given.v, "V.npy", "values (m, c)" },
    { "kernel", OPTION_CHOICE, &given.kernel, "gauss|boxcar|epanechnikov|dot",
      "how a query and a key become a weight" },
    { "bandwidth", OPTION_FLOAT, &given.bandwidth, "H",
      "the width of the kernel; dot divides by it" },
    { "out", OPTION_TEXT, &given.out, "C.npy",
      "write the averages (n, c); without it, print every step" },
    { "weights", OPTION_TEXT, &given.weights, "W.npy",
      "write the weights (n, m)" },
    { "cars", OPTION_FLAG, &given.cars, NULL, "print the twenty cars" },
    { "results", OPTION_FLAG, &given.results, NULL,
      "print the numbers that the chapter quotes" },
    FIGURE_OPTIONS,
    { 0 }
};
static const struct command command = {
    .name = "average",
    .summary = "weighted averages: values, weighted by how well keys "
               "answer queries",
    .usage = "average --q Q.npy --k K.npy --v V.npy [option ...]\n"
             "average --cars",
    .example = "average --q q.npy --k k.npy --v v.npy --kernel gauss "
               "--bandwidth 0.5 --out c.npy",
    .options = options,
};
int main(int argc, char **argv)
{
    if (command_parse(&command, argc, argv) > 0)
        fail("\"%s\" is not an option (try --help)", argv[1]);
    if (figure_requested())
        return figure_run(figures);
    if (given.results)
        print_results();
    if (given.cars)
        print_cars();
    if (given.q || given.k || given.v)
        attend();
    else if (!given.results && !given.cars)
        command_usage(&command);
    return 0;
}

