/* fast.c -- generated from chapters/26-fast.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "kit/study.h"
#include "gradient/gradient.h"
#include "gradient/optimizer.h"
#include "gradient/peak.h"
#include "gradient/product.h"
#include "gradient/tiled.h"
#ifndef __wasm__
#include <dlfcn.h>
#include <sys/wait.h>
#endif

/* The rungs: c (m, n) = a (m, k) b (k, n).  c must not overlap a or b. */
static void product_loops(float *c, const float *a, const float *b,
                          size_t m, size_t n, size_t k)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            float sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += a[i * k + l] * b[l * n + j];
            c[i * n + j] = sum;
        }
}

static void product_order(float *restrict c, const float *restrict a,
                          const float *restrict b,
                          size_t m, size_t n, size_t k)
{
    memset(c, 0, m * n * sizeof *c);
    for (size_t i = 0; i < m; i++)
        for (size_t l = 0; l < k; l++)
            for (size_t j = 0; j < n; j++)
                c[i * n + j] += a[i * k + l] * b[l * n + j];
}

enum { NEAR_DEPTH = 8, NEAR_COLS = 1024 };

static void add_rows(float *restrict c, const float *restrict a,
                     const float *restrict b, size_t ldb,
                     size_t depth, size_t cols)
{
    for (size_t l = 0; l < depth; l++)
        for (size_t j = 0; j < cols; j++)
            c[j] += a[l] * b[l * ldb + j];
}

static void product_blocks(float *c, const float *a, const float *b,
                           size_t m, size_t n, size_t k)
{
    memset(c, 0, m * n * sizeof *c);
    for (size_t j = 0; j < n; j += NEAR_COLS)
        for (size_t l = 0; l < k; l += NEAR_DEPTH) {
            size_t depth = k - l < NEAR_DEPTH ? k - l : NEAR_DEPTH;
            size_t cols = n - j < NEAR_COLS ? n - j : NEAR_COLS;
            for (size_t i = 0; i < m; i++)
                add_rows(c + i * n + j, a + i * k + l, b + l * n + j, n,
                         depth, cols);
        }
}

static void product_registers(float *c, const float *a, const float *b,
                              size_t m, size_t n, size_t k)
{
    size_t rows = m - m % PRODUCT_LOW, cols = n - n % PRODUCT_WIDE;
    for (size_t j = 0; j < cols; j += PRODUCT_WIDE)
        for (size_t i = 0, high; i < rows; i += high) {
            high = rows - i < PRODUCT_HIGH ? PRODUCT_LOW : PRODUCT_HIGH;
            struct product_corner to = {
                c + i * n + j, n, high, PRODUCT_WIDE, false};
            if (high == PRODUCT_HIGH)
                product_tile(to, a + i * k, k, 1, b + j, n, k,
                             PRODUCT_HIGH, PRODUCT_LANES);
            else
                product_tile(to, a + i * k, k, 1, b + j, n, k,
                             PRODUCT_LOW, PRODUCT_LANES);
        }
    product_plain(c + cols, n, a, k, b + cols, n, rows, n - cols, k, 0);
    product_plain(c + rows * n, n, a + rows * k, k, b, n, m - rows, n, k, 0);
}
static size_t most_threads;

struct job {
    const char *kernel;
    void (*work)(const struct job *);
    size_t m, n, k, threads;
    unsigned how;
    double operations; /* of one call; 0 means 2 m n k */
    double best; /* seconds of one call; 0 before the first */
};

enum { WORKSPACE = 2048 * 4096, JOBS = 200 };
static float *workspace_a, *workspace_b, *workspace_c; /* (WORKSPACE) each */
static struct job jobs[JOBS];
static size_t job_count;

static void job_add(struct job job)
{
    REQUIRE(job_count < JOBS);
    if (job.operations == 0)
        job.operations = 2.0 * (double)(job.m * job.n * job.k);
    jobs[job_count++] = job;
}
static void adamw_plain(float *w, float *m, float *v, const float *dw,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m[i] = 0.9f * m[i] + 0.1f * dw[i];
        v[i] = 0.999f * v[i] + 0.001f * dw[i] * dw[i];
        w[i] = 0.9999f * w[i] - 1e-3f * m[i] / (sqrtf(v[i]) + 1e-8f);
    }
}

#define WORK(name, statement) \
    static void name(const struct job *j) { statement; }
#define WORK_MAP(name, of) \
    WORK(name, row_map(workspace_c, workspace_a, j->n, of))
#define WORK_LOOP(name, of_x) \
    WORK(name, for (size_t i = 0; i < j->n; i++) { \
        float x = workspace_a[i]; workspace_c[i] = of_x; })

static lanes root_of_more(lanes x)
{
    return lanes_sqrt(x + 0.5f);
}

WORK_MAP(work_exp, lanes_exp)
WORK_MAP(work_tanh, lanes_tanh)
WORK_MAP(work_sqrt, root_of_more)
WORK_LOOP(work_expf, expf(x))
WORK_LOOP(work_tanhf, tanhf(x))
WORK_LOOP(work_sqrtf, sqrtf(x + 0.5f))

WORK(work_gelu, gelu_forward(workspace_c, workspace_a, j->n))
WORK(work_gelu_exact, gelu_exact_forward(workspace_c, workspace_a, j->n))
WORK_LOOP(work_gelu_tanhf, 0.5f * x * (1 + tanhf(
          0.797884561f * x * (1 + 0.044715f * x * x))))
WORK_LOOP(work_gelu_erff, 0.5f * x * (1 + erff(0.707106781f * x)))

static void layernorm_plain(float *out, const float *x, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++, x += n, out += n) {
        float sum = 0, squares = 0, mean;
        for (size_t j = 0; j < n; j++)
            sum += x[j];
        mean = sum / n;
        for (size_t j = 0; j < n; j++)
            squares += (x[j] - mean) * (x[j] - mean);
        float by = 1 / sqrtf(squares / n + 1e-5f);
        for (size_t j = 0; j < n; j++)
            out[j] = (x[j] - mean) * by;
    }
}

WORK(work_softmax, softmax_rows(workspace_c, workspace_a, j->m, j->n))
WORK(work_layernorm, layernorm_forward(
         workspace_c, workspace_c + WORKSPACE / 2,
         workspace_c + WORKSPACE / 2 + j->m, workspace_a, workspace_b,
         workspace_b, j->m, j->n, 1e-5f))
WORK(work_layernorm_plain,
     layernorm_plain(workspace_c, workspace_a, j->m, j->n))

static const struct adam usual = {1e-3, 0.9, 0.999, 1e-8, 0.1, true};

WORK(work_adamw, adam_step(workspace_c, workspace_c + j->n, workspace_b,
                           workspace_a, j->n, &usual, 1000))
WORK(work_adamw_plain, adamw_plain(workspace_c, workspace_c + j->n,
                                   workspace_b, workspace_a, j->n))

#define WORK_RUNG(name, rung) \
    WORK(name, rung(workspace_c, workspace_a, workspace_b, j->m, j->n, j->k))

WORK_RUNG(work_loops, product_loops)
WORK_RUNG(work_order, product_order)
WORK_RUNG(work_blocks, product_blocks)
WORK_RUNG(work_registers, product_registers)
WORK(work_product, product(workspace_c, workspace_a, workspace_b, j->m, j->n,
                           j->k, j->how))

static void add_rung(const char *name, void (*work)(const struct job *),
                     size_t n)
{
    job_add((struct job){ name, work, n, n, n, 1, .how = 0 });
}

static void add_rungs(size_t n)
{
    add_rung("loops", work_loops, n);
    add_rung("order", work_order, n);
    add_rung("blocks", work_blocks, n);
    add_rung("registers", work_registers, n);
    if (n == 1024)
        add_rung("loops", work_loops, 1040);
}

static void add_product(size_t m, size_t n, size_t k, unsigned how)
{
    for (size_t threads = 1; threads <= 2; threads++)
        job_add((struct job){"product", work_product, m, n, k, threads,
                             how, 0, 0});
}

static void add_products(void)
{
    add_rungs(256);
    add_rungs(1024);
    for (size_t n = 64; n <= 2048; n *= 2)
        add_product(n, n, n, 0);
    for (unsigned how = 0; how < 4; how++) {
        if (how > 0)
            add_product(512, 512, 512, how);
        add_product(1024, 384, 384, how);
        add_product(1024, 1536, 384, how);
        add_product(1024, 384, 1536, how);
    }
    add_product(1, 4096, 2048, 0);
}

enum { HEAD = 64 };
static double attention_operations(const struct job *j, size_t products)
{
    double scores = 0.5 * (double)(j->m * (j->m + 1)) * (double)j->n;
    return 2.0 * HEAD * (double)products * scores;
}

static struct tiled attention_shape(const struct job *j)
{
    return (struct tiled){1, j->n, j->m, j->m, HEAD, HEAD, true, NULL, 0};
}

static void work_attention(const struct job *j)
{
    struct tiled t = attention_shape(j);
    size_t n = j->m * j->n * HEAD;
    float *q = workspace_a, *k = q + n, *v = k + n, *out = workspace_c;
    tiled_forward(out, workspace_b + WORKSPACE / 2, q, k, v, &t);
}

static void work_attention_backward(const struct job *j)
{
    struct tiled t = attention_shape(j);
    size_t n = j->m * j->n * HEAD;
    float *q = workspace_a, *k = q + n, *v = k + n, *dout = v + n;
    float *out = workspace_c, *dq = out + n, *dk = dq + n, *dv = dk + n;
    tiled_backward(dq, dk, dv, dout, q, k, v, out,
                   workspace_b + WORKSPACE / 2, &t);
}

static void work_attention_both(const struct job *j)
{
    work_attention(j);
    work_attention_backward(j);
}

static void add_attention(size_t words, size_t heads, size_t threads)
{
    struct job j = {"attention", work_attention_both, words, heads, HEAD,
                    threads, 0, 0, 0};
    j.operations = attention_operations(&j, 7);
    job_add(j);
    j.kernel = "attention-forward", j.work = work_attention;
    j.operations = attention_operations(&j, 2);
    job_add(j);
    j.kernel = "attention-backward", j.work = work_attention_backward;
    j.operations = attention_operations(&j, 5);
    job_add(j);
}

static const struct row_job {
    const char *kernel;
    void (*work)(const struct job *);
    size_t m, n;
} row_jobs[] = {
    { "exp", work_exp, 1, 4096 }, { "expf", work_expf, 1, 4096 },
    { "tanh", work_tanh, 1, 4096 }, { "tanhf", work_tanhf, 1, 4096 },
    { "sqrt", work_sqrt, 1, 4096 }, { "sqrtf", work_sqrtf, 1, 4096 },
    { "gelu", work_gelu, 1, 4096 },
    { "gelu-tanhf", work_gelu_tanhf, 1, 4096 },
    { "gelu-exact", work_gelu_exact, 1, 4096 },
    { "gelu-erff", work_gelu_erff, 1, 4096 },
    { "softmax", work_softmax, 1024, 384 },
    { "layernorm", work_layernorm, 1024, 384 },
    { "layernorm-plain", work_layernorm_plain, 1024, 384 },
};

static void add_operations(const char *name,
                           void (*work)(const struct job *),
                           size_t m, size_t n, size_t threads)
{
    job_add((struct job){ name, work, m, n, 1, threads, 0,
                          (double)(m * n), 0 });
}

static void add_jobs(void)
{
    add_products();
    for (size_t i = 0; i < sizeof row_jobs / sizeof *row_jobs; i++)
        add_operations(row_jobs[i].kernel, row_jobs[i].work, row_jobs[i].m,
                       row_jobs[i].n, 1);
    for (size_t i = 0; i < WORKSPACE / 2; i++)
        workspace_b[i] = fabsf(workspace_b[i]);
    for (size_t threads = 1; threads <= 2; threads++)
        add_operations("adamw", work_adamw, 1, 4000000, threads);
    add_operations("adamw-plain", work_adamw_plain, 1, 4000000, 1);
    for (size_t threads = 1; threads <= 2; threads++) {
        add_attention(4096, 8, threads);
        add_attention(512, 64, threads);
    }
}
enum { ROUNDS = 6 };
static bool quick;
static double peak[3], bandwidth[3]; /* by threads */

static void take_turn(struct job *job)
{
    double start = seconds_now(), now = start;
    size_t calls = 0;
#ifdef _OPENMP
    omp_set_num_threads((int)job->threads);
#endif
    while (calls++ == 0 || now - start < 0.01) {
        double before = now;
        job->work(job);
        now = seconds_now();
        if (job->best == 0 || now - before < job->best)
            job->best = now - before;
    }
}

static void measure_arithmetic(size_t threads)
{
    double now = measure_peak(threads);
    peak[threads] = fmax(peak[threads], now);
}

static void measure_memory(size_t threads)
{
    double now = measure_bandwidth(workspace_a, 3 * (size_t)WORKSPACE,
                                   threads);
    bandwidth[threads] = fmax(bandwidth[threads], now);
}

static void measure_jobs(void)
{
    const size_t rounds = quick ? 1 : ROUNDS;
    struct progress progress = progress_start(0, rounds * job_count);
    progress.unit = "turns";
    for (size_t round = 0; round < rounds; round++) {
        for (size_t t = 1; t <= 2 && t <= most_threads; t++)
            measure_memory(t);
        for (size_t j = 0; j < job_count; j++) {
            progress_step(&progress, round * job_count + j, "%s",
                          jobs[j].kernel);
            if (jobs[j].threads <= most_threads
                && (round < 2 || jobs[j].best < 1)) {
                measure_arithmetic(jobs[j].threads);
                take_turn(&jobs[j]);
            }
        }
    }
    progress_end(&progress);
}

static struct job library_jobs[24];
static size_t library_count;

static void fill_workspace(void)
{
    struct random random = random_new(1, 26);
    workspace_a = allocate(3 * (size_t)WORKSPACE, sizeof(float));
    workspace_b = workspace_a + WORKSPACE;
    workspace_c = workspace_b + WORKSPACE;
    for (size_t i = 0; i < 3 * (size_t)WORKSPACE; i++)
        workspace_a[i] = random_uniform(&random) - 0.5f;
}

static void measure_libraries(void);

/* measured_by: measures everything, and prints it; 0, a program's status. */
static int measured_by(void (*print)(void))
{
    size_t there = 1;
#ifdef _OPENMP
    there = (size_t)omp_get_num_procs();
#endif
    if (most_threads == 0 || most_threads > there)
        most_threads = there;
    fill_workspace();
    measure_libraries();
    add_jobs();
    measure_jobs();
    for (size_t j = 0; j < library_count; j++)
        job_add(library_jobs[j]);
    free(workspace_a);
    print();
    return 0;
}
#ifdef __wasm__
static void measure_libraries(void)
{
}
#else
/* call the library's product */
static void (*library_sgemm)(int, int, int, int, int, int, float,
                             const float *, int, const float *, int,
                             float, float *, int);

static void work_library(const struct job *j)
{
    enum { ROW_MAJOR = 101, PLAIN = 111 };
    library_sgemm(ROW_MAJOR, PLAIN, PLAIN, (int)j->m, (int)j->n,
                  (int)j->k, 1, workspace_a, (int)j->k, workspace_b,
                  (int)j->n, 0, workspace_c, (int)j->n);
}
/* measure the library's product */
static bool find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found;
}

static void library_process(int out, const char *core, struct job *list,
                            size_t n)
{
    void (*set_threads)(int);
    if (core)
        setenv("OPENBLAS_CORETYPE", core, 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW);
    if (!library || !find(library, "cblas_sgemm", &library_sgemm)
        || !find(library, "openblas_set_num_threads", &set_threads))
        _exit(1);
    const size_t rounds = quick ? 1 : ROUNDS;
    struct progress progress = progress_start(0, rounds * n);
    progress.unit = "turns";
    for (size_t i = 0; i < rounds * n; i++) {
        struct job *job = &list[i % n];
        progress_step(&progress, i, "%s", job->kernel);
        set_threads((int)job->threads);
        if (job->threads <= most_threads)
            take_turn(job);
    }
    progress_end(&progress);
    _exit(write(out, list, n * sizeof *list) != (ssize_t)(n * sizeof *list));
}
/* measure the library, as it comes and corrected */
static void measure_library(const char *kernel, const char *core)
{
    enum { SIZES = 6, LIST = 2 * SIZES };
    struct job list[LIST];
    size_t n = 0;
    int ends[2];
    const size_t square[SIZES] = {64, 128, 256, 512, 1024, 2048};
    for (size_t s = 0; s < SIZES; s++)
        for (size_t t = 1; t <= 2; t++, n++)
            list[n] = (struct job){ kernel, work_library, square[s],
                                    square[s], square[s], t, .how = 0 };
    if (pipe(ends) != 0)
        return;
    pid_t child = fork();
    if (child == 0)
        library_process(ends[1], core, list, n);
    close(ends[1]);
    size_t got = 0, wanted = n * sizeof *list;
    ssize_t more = 1;
    while (child > 0 && got < wanted && more > 0) {
        more = read(ends[0], (char *)list + got, wanted - got);
        got += more > 0 ? (size_t)more : 0;
    }
    if (child > 0)
        waitpid(child, NULL, 0);
    for (size_t j = 0; j < n; j++) {
        if (got != wanted)
            list[j].best = 0;
        library_jobs[library_count++] = list[j];
    }
    close(ends[0]);
}
static void measure_libraries(void)
{
    const char *wide = "Haswell";
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        wide = "SkylakeX";
#endif
    measure_library("openblas", NULL);
    measure_library("openblas-corrected", wide);
}
#endif
/* lanes_error: the largest, of floats from low to high. */
static double lanes_error(lanes (*of)(lanes), double (*truth)(double),
                          float low, float high, bool absolute)
{
    double worst = 0;
    for (uint32_t bits = 0; bits < 0xff800000; bits += 37) {
        float x;
        memcpy(&x, &bits, sizeof x);
        if (!(x >= low && x <= high))
            continue;
        int exponent;
        double want = truth(x);
        frexp(want, &exponent);
        double last = ldexp(1, exponent > -125 ? exponent - 24 : -149);
        double error = fabs(of(lanes_all(x))[0] - want)
                     / (absolute ? 1 : last);
        worst = fmax(worst, isnan(error) ? INFINITY : error);
    }
    return worst;
}

static double sigmoid_of(double x) { return 1 / (1 + exp(-x)); }
static double normal_of(double x) { return 0.5 * erfc(-x * M_SQRT1_2); }

static void print_errors(void)
{
    printf("fast.speed.error.exp = %.3f\n",
           lanes_error(lanes_exp, exp, -104, 88.72f, false));
    printf("fast.speed.error.tanh = %.3f\n",
           lanes_error(lanes_tanh, tanh, -INFINITY, INFINITY, false));
    printf("fast.speed.error.sigmoid = %.3f\n",
           lanes_error(lanes_sigmoid, sigmoid_of, -87, 104, false));
    printf("fast.speed.error.normal = %.3g\n",
           lanes_error(lanes_normal, normal_of, -INFINITY, 99, true));
    printf("fast.speed.error.sqrt = %.3f\n",
           lanes_error(lanes_sqrt, sqrt, 1.2e-38f, 3e38f, false));
}

static double gflops(const struct job *job)
{
    return job->best > 0 ? 1e-9 * job->operations / job->best : 0;
}

static double share(const struct job *job)
{
    return 1e9 * gflops(job) / peak[job->threads];
}

/* kind: "NT" for a product with b transposed, and so on. */
static const char *kind(const struct job *job)
{
    const char *const kinds[4] = {"NN", "TN", "NT", "TT"};
    return kinds[job->how & (TRANSPOSE_A | TRANSPOSE_B)];
}

static void print_bench(void)
{
    const struct product_workspace *w = product_workspace();
    printf("%d lanes; blocks of %zu rows, depth %zu, %zu columns\n", LANES,
           w->rows, w->depth, w->cols);
    for (size_t t = 1; t <= 2 && t <= most_threads; t++)
        printf("on %zu: peak %.1f GFLOP/s, reading %.1f GB/s\n", t,
               1e-9 * peak[t], 1e-9 * bandwidth[t]);
    printf("%-20s %6s %6s %6s %5s %3s %9s %7s\n", "kernel", "m", "n", "k",
           "kind", "on", "GFLOP/s", "share");
    for (size_t j = 0; j < job_count; j++) {
        const struct job *job = &jobs[j];
        if (job->best == 0)
            continue;
        printf("%-20s %6zu %6zu %6zu %5s %3zu %9.2f %6.1f%%\n", job->kernel,
               job->m, job->n, job->k, kind(job), job->threads, gflops(job),
               100 * share(job));
    }
}

static void print_json(void)
{
    size_t most = most_threads < 2 ? most_threads : 2;
    printf("{\"peak_gflops_1\": %.3f, \"peak_gflops_2\": %.3f, "
           "\"bandwidth_gbs\": %.3f, \"lanes\": %d, \"rows\": [",
           1e-9 * peak[1], 1e-9 * peak[most], 1e-9 * bandwidth[most],
           LANES);
    for (size_t j = 0; j < job_count; j++) {
        const struct job *job = &jobs[j];
        if (job->best > 0)
            printf("%s\n{\"kernel\": \"%s\", \"m\": %zu, \"n\": %zu, "
                   "\"k\": %zu, \"transpose\": \"%s\", "
                   "\"threads\": %zu, \"gflops\": %.4f, "
                   "\"share\": %.5f}", j ? "," : "", job->kernel, job->m,
                   job->n, job->k, kind(job), job->threads, gflops(job),
                   share(job));
    }
    puts("\n]}");
}

static void print_result(const struct job *job)
{
    char size[48];
    if (job->m == job->n && job->n == job->k)
        snprintf(size, sizeof size, "%zu", job->m);
    else
        snprintf(size, sizeof size, "%zux%zux%zu", job->m, job->n, job->k);
    printf("fast.speed.%s.%s%s%s.%zu = %.3f\n", job->kernel, size,
           job->how ? "." : "", job->how ? kind(job) : "", job->threads,
           gflops(job));
}

static void print_results(void)
{
    printf("fast.speed.lanes = %d\n", LANES);
    for (size_t t = 1; t <= 2; t++) {
        printf("fast.speed.peak.%zu = %.2f\n", t, 1e-9 * peak[t]);
        printf("fast.speed.bandwidth.%zu = %.2f\n", t, 1e-9 * bandwidth[t]);
    }
    for (size_t j = 0; j < job_count; j++)
        print_result(&jobs[j]);
    print_errors();
    printf("fast.speed.memory.tiles = %.4f\n",
           (double)sizeof(struct tile_scratch) / (1 << 20));
}
EMBED(fast_text, EMBED_FILE("data/results/fast.txt"));
#define measured(...) result(fast_text, "speed." __VA_ARGS__)

/* the figure ladder */
enum { RUNGS = 8 };
static const struct rung {
    const char *name, *key;
    int threads;
} ladder[RUNGS] = {
    {"three loops", "loops", 1},
    {"order of the loops", "order", 1},
    {"blocks", "blocks", 1},
    {"registers", "registers", 1},
    {"panels", "product", 1},
    {"two threads", "product", 2},
    {"OpenBLAS, two threads", "openblas", 2},
    {"OpenBLAS, corrected", "openblas-corrected", 2},
};
static const char *const ladder_sizes[2] = {"256", "1024"};
static int ladder_size = 1;
static float rung_speed(int size, size_t r)
{
    return measured("%s.%s.%d", ladder[r].key, ladder_sizes[size],
                    ladder[r].threads);
}

static void ladder_peaks(struct frame *f, struct rect r, float scale)
{
    for (int t = 1; t <= 2; t++) {
        float x = r.x + scale * measured("peak.%d", t);
        draw_line(f, x, r.y - 4, x, r.y + r.h, 2, paint(f, GRID));
        draw_text(f, x, r.y + r.h + 16, TEXT_SMALL,
                  t == 2 ? ALIGN_RIGHT : ALIGN_CENTER, paint(f, MUTED),
                  t == 1 ? "peak of one core" : "of two");
    }
}
static void ladder_rung(struct frame *f, struct rect bar, float space, int r)
{
    float value = rung_speed(ladder_size, (size_t)r);
    float times = value / rung_speed(ladder_size, 0);
    float middle = bar.y + bar.h / 2;
    bool within = bar.w > space / 2;
    enum ink ink = r >= 6 ? MUTED : r == 5 ? SERIES_2 : SERIES_1;
    draw_rect(f, bar, mix(paint(f, ink), paint(f, PAPER), 0.2f));
    draw_text(f, f->narrow ? bar.x : bar.x - 10,
              f->narrow ? bar.y - 8 : middle, TEXT_SIZE,
              ALIGN_MIDDLE | (f->narrow ? ALIGN_LEFT : ALIGN_RIGHT),
              paint(f, INK), "%s", ladder[r].name);
    draw_text(f, bar.x + bar.w + (within ? -8 : 8), middle, TEXT_SMALL,
              ALIGN_MIDDLE | TEXT_BOLD | (within ? ALIGN_RIGHT : ALIGN_LEFT),
              paint(f, within ? PAPER : INK),
              value > 0 ? "%.3g GFLOP/s, %.1f %%" : "not measured", value,
              100 * value / measured("peak.%d", ladder[r].threads));
    float y = f->pointer.y - middle;
    if (f->pointer.inside && fabsf(y) <= bar.h && times > 0)
        readout(f, "%s\n%.3g times the first", ladder[r].name, times);
}

static void ladder_bars(struct frame *f, struct rect r)
{
    const float left = f->narrow ? 0 : 168;
    r.x += left, r.w -= left, r.h -= 24;
    float step = r.h / RUNGS, scale = r.w / measured("peak.2");
    float thick = step * (f->narrow ? 0.42f : 0.66f);
    ladder_peaks(f, r, scale);
    for (int i = 0; i < RUNGS; i++) {
        float value = rung_speed(ladder_size, (size_t)i);
        ladder_rung(f, (struct rect){ r.x, r.y + step * (float)(i + 1) - thick
            - 4, value > 0 ? scale * value : 0, thick }, r.w, i);
    }
}
static void ladder_print(FILE *out)
{
    fprintf(out, "rung\tsize\tthreads\tGFLOP/s\tshare of the peak\n");
    for (int s = 0; s < 2; s++)
        for (int r = 0; r < RUNGS; r++) {
            const struct rung *g = &ladder[r];
            float value = rung_speed(s, (size_t)r);
            fprintf(out, "%s\t%s\t%d\t%.3g\t%.3f\n", g->name,
                    ladder_sizes[s], g->threads, value,
                    value / measured("peak.%d", g->threads));
        }
}

static struct chart ladder_chart = {
    .control = { { CHOICE(&ladder_size, "256", "1024"),
                   .label = "rows and columns" } },
    .panel = { { .draw = ladder_bars } }, .table = ladder_print
};
CHART(ladder)
/* the figure roofline */
static float roof_rows = 4;

static float roof(float intensity, int threads)
{
    return fminf(measured("peak.%d", threads),
                 intensity * measured("bandwidth.%d", threads));
}

static float intensity_of(float m, float n, float k)
{
    return 2 * m * n * k / (4 * (m * k + k * n + m * n));
}

static float roof_of_one(float intensity) { return roof(intensity, 1); }
static float roof_of_two(float intensity) { return roof(intensity, 2); }
enum { SQUARES = 6 };
static struct {
    float x[SQUARES], y[SQUARES], loops, at, most;
} roofline;

static void roofline_compute(void)
{
    for (int i = 0; i < SQUARES; i++) {
        float n = (float)(64 << i);
        roofline.x[i] = intensity_of(n, n, n);
        roofline.y[i] = measured("product.%d.1", 64 << i);
    }
    roofline.loops = measured("loops.1024.1");
    roofline.at = intensity_of(roof_rows, 2048, 2048);
    roofline.most = roof(roofline.at, 2);
}

static void roofline_over(struct plot *p)
{
    struct frame *f = p->frame;
    float right = p->area.x + p->area.w - 8;
    for (int s = 0; s < SQUARES; s += f->narrow ? 2 : 1)
        draw_text(f, plot_x(p, roofline.x[s]), plot_y(p, roofline.y[s]) + 18,
                  TEXT_SMALL, ALIGN_CENTER, paint(f, INK), "%d", 64 << s);
    draw_ring(f, plot_x(p, roofline.at), plot_y(p, roofline.most), 6, 2,
              paint(f, ACCENT));
    draw_text(f, right, plot_y(p, 7), TEXT_SIZE, ALIGN_RIGHT | TEXT_BOLD,
              paint(f, INK), "intensity %.2f: at most %.0f GFLOP/s",
              roofline.at, roofline.most);
    draw_text(f, right, plot_y(p, 3), TEXT_SIZE, ALIGN_RIGHT,
              paint(f, INK), "limited by %s",
              roofline.most < measured("peak.2") ? "memory" : "arithmetic");
}
static void roofline_print(FILE *out)
{
    fprintf(out, "m\tn\tk\toperations for a byte\tGFLOP/s\troof\n");
    for (int n = 64; n <= 2048; n *= 2) {
        float x = intensity_of((float)n, (float)n, (float)n);
        fprintf(out, "%d\t%d\t%d\t%.1f\t%.1f\t%.1f\n", n, n, n, x,
                measured("product.%d.1", n), roof(x, 1));
    }
    float one = intensity_of(1, 4096, 2048);
    fprintf(out, "1\t4096\t2048\t%.2f\t%.1f\t%.1f\n", one,
            measured("product.1x4096x2048.1"), roof(one, 1));
}

static struct chart roofline_chart = {
    .control = { { SLIDER("m rows times a matrix of 2048 by 2048: m =",
                          &roof_rows, 1, 2048, "%.0f"),
                   .log = true, .step = 1 } },
    .compute = roofline_compute, .table = roofline_print,
    .panel = { { .x = "operations for each byte moved", .y = "GFLOP/s",
        .x0 = .1f, .x1 = 500, .y0 = .1f, .y1 = 1000, .log_x = true,
        .log_y = true, .over = roofline_over, .series = {
            { "two cores", SERIES_2, MARK_LINE, .of = roof_of_two },
            { "one core", SERIES_1, MARK_LINE, .of = roof_of_one },
            { "squares", SERIES_1, MARK_POINTS, SQUARES, roofline.x,
              roofline.y },
            { "three loops", WARN, MARK_POINTS, 1, (float[]){ .25f },
              &roofline.loops },
            { NULL, MUTED, MARK_X, 1, &roofline.at } } } }
};
CHART(roofline)
/* the figure motion */
enum { EDGE = 16, LINE = 4, LINES = 3 * EDGE * EDGE / LINE, HOLDS = 16,
       TOUCHES = 4 * EDGE * EDGE * EDGE };

struct touch { uint8_t matrix, row, col; };
static struct touch touches[TOUCHES]; /* what the loops read and write */
static int touch_count;
static int used[LINES]; /* when each line was used last; 0: not held */
static void note(int matrix, int row, int col)
{
    touches[touch_count++] = (struct touch){
        (uint8_t)matrix, (uint8_t)row, (uint8_t)col};
}

static void note_step(int i, int j, int l)
{
    note(0, i, l);
    note(1, l, j);
    note(2, i, j);
}

static void note_loops(void)
{
    for (int i = 0; i < EDGE; i++)
        for (int j = 0; j < EDGE; j++)
            for (int l = 0; l < EDGE; l++)
                note_step(i, j, l);
}

static void note_order(void)
{
    for (int i = 0; i < EDGE; i++)
        for (int l = 0; l < EDGE; l++)
            for (int j = 0; j < EDGE; j++)
                note_step(i, j, l);
}
static void note_blocks(void)
{
    for (int block = 0; block < EDGE * EDGE / 32; block++)
        for (int i = 0; i < EDGE; i++)
            for (int l = block / 2 * 4; l < block / 2 * 4 + 4; l++)
                for (int j = block % 2 * 8; j < block % 2 * 8 + 8; j++)
                    note_step(i, j, l);
}
static void note_tiles(void)
{
    for (int tile = 0; tile < EDGE * EDGE / 16; tile++) {
        int i = tile % 4 * 4, j = tile / 4 * 4;
        for (int l = 0; l < EDGE; l++)
            for (int s = 0; s < 8; s++)
                note(s / 4, s < 4 ? i + s : l, s < 4 ? l : j + s - 4);
        for (int s = 0; s < 16; s++)
            note(2, i + s / 4, j + s % 4);
    }
}

static void (*const noters[4])(void) = {note_loops, note_order, note_blocks,
                                        note_tiles};
static const char *const orders[4] = {"three loops", "order", "blocks",
                                      "tile"};

static int order;
static float motion_at = 0.3f; /* how far, 0 to 1 */
static bool playing;
static int line_of(struct touch t)
{
    return (t.matrix * EDGE + t.row) * (EDGE / LINE) + t.col / LINE;
}

static int run_cache(int steps)
{
    int held = 0, misses = 0;
    memset(used, 0, sizeof used);
    for (int s = 0; s < steps; s++) {
        int line = line_of(touches[s]);
        if (used[line] == 0) { /* a miss; if all are held, drop the oldest */
            misses++;
            if (++held > HOLDS) {
                int oldest = -1;
                for (int i = 0; i < LINES; i++)
                    if (used[i] > 0 && (oldest < 0 || used[i] < used[oldest]))
                        oldest = i;
                used[oldest] = 0;
                held--;
            }
        }
        used[line] = s + 1;
    }
    return misses;
}

static int count_misses(int which, int *all)
{
    touch_count = 0;
    noters[which]();
    return run_cache(*all = touch_count);
}
static int motion_steps, motion_missed;

static void motion_compute(void)
{
    touch_count = 0;
    noters[order]();
    motion_steps = (int)lroundf(motion_at * (float)touch_count);
    motion_missed = run_cache(motion_steps);
}

static void motion_play(void)
{
    playing = !playing;
    if (motion_at >= 1)
        motion_at = 0;
}
static void motion_matrix(struct frame *f, struct rect r, int x)
{
    const enum ink inks[3] = {SERIES_1, SERIES_2, SERIES_3};
    float cell = r.w / EDGE;
    draw_text(f, r.x + r.w / 2, r.y - 8, TEXT_SIZE, ALIGN_CENTER | TEXT_BOLD,
              paint(f, INK), "%c", 'a' + x);
    for (int c = 0; c < EDGE * EDGE; c++) {
        struct touch t = {(uint8_t)x, (uint8_t)(c / EDGE),
                          (uint8_t)(c % EDGE)};
        struct rect at = {r.x + cell * (float)t.col,
                          r.y + cell * (float)t.row,
                          cell - (t.col % LINE == LINE - 1 ? 2 : 0.5f),
                          cell - 1};
        draw_rect(f, at, used[line_of(t)]
                  ? mix(paint(f, inks[x]), paint(f, PAPER), 0.5f)
                  : paint(f, PANEL));
    }
    for (int s = motion_steps > 24 ? motion_steps - 24 : 0;
         s < motion_steps; s++)
        if (touches[s].matrix == x)
            draw_rect(f, (struct rect){r.x + cell * (float)touches[s].col,
                r.y + cell * (float)touches[s].row, cell - 1, cell - 1},
                fade(paint(f, INK),
                     0.1f + 0.9f * (float)(s - motion_steps + 24) / 24));
}
static void motion_draw(struct frame *f, struct rect r)
{
    float gap = 14, side = (r.w - 2 * gap) / 3, y = r.y + side + 44;
    motion_compute(); /* the counts of the others used the same cache */
    for (int x = 0; x < 3; x++)
        motion_matrix(f, (struct rect){r.x + (side + gap) * (float)x,
                                       r.y + 18, side, side}, x);
    draw_text(f, r.x, y, TEXT_SIZE, ALIGN_LEFT | TEXT_BOLD, paint(f, INK),
              "%d of %d touches, %d missed", motion_steps, touch_count,
              motion_missed);
    for (int o = 0; o < 4; o++) {
        int all, missed = count_misses(o, &all);
        float top = y + 12 + 24 * (float)o;
        struct rect bar = {r.x + 88, top + 2,
                           (r.w - 214) * (float)missed / 6000, 14};
        draw_text(f, r.x, top + 13, TEXT_SMALL, ALIGN_LEFT, paint(f, INK),
                  "%s", orders[o]);
        draw_rect(f, bar, paint(f, o == order ? ACCENT : MUTED));
        draw_text(f, bar.x + bar.w + 6, top + 13, TEXT_SMALL, ALIGN_LEFT,
                  paint(f, INK), "%d misses of %d", missed, all);
    }
}
static void motion_print(FILE *out)
{
    fprintf(out, "program\ttouches\tmisses\n");
    for (int o = 0; o < 4; o++) {
        int all, missed = count_misses(o, &all);
        fprintf(out, "%s\t%d\t%d\n", orders[o], all, missed);
    }
}

static struct chart motion_chart = {
    .control = { { CHOICE(&order, "three loops", "order", "blocks", "tile") },
                 { BUTTON("play", motion_play) },
                 { SLIDER("how far", &motion_at, 0, 1, "%.2f") } },
    .panel = { { .draw = motion_draw } }, .table = motion_print
};

static bool motion_frame(struct frame *f)
{
    if (playing)
        motion_at = fminf(1, motion_at + 4.0f / (float)touch_count);
    playing = playing && motion_at < 1;
    motion_chart.control[1].label = playing ? "pause" : "play";
    return chart_frame(f, &motion_chart) || playing;
}
/* the figure tiles */
enum { TOY_WORDS = 24, TOY_TILE = 6, TOY_TILES = 10 };
struct toy_query { float max, sum, out, keep; };
static float toy_done = 5;

static float toy_score(int query, int key)
{
    float q = (float)query, k = (float)key;
    return 1.6f * sinf(0.55f * q + 0.9f) * cosf(0.8f * k - 0.3f * q)
         + 0.15f * k;
}

static float toy_value(int key) { return sinf(0.7f * (float)key); }

/* toy_tile: the panel and the tile of keys that come as number n. */
static void toy_tile(int *panel, int *keys, int n)
{
    *panel = 0;
    while (n > *panel)
        n -= ++*panel;
    *keys = n;
}

static void toy_add(struct toy_query *q, int query, int first)
{
    float max = q->max, sum = 0, out = 0;
    for (int k = first; k < first + TOY_TILE && k <= query; k++)
        max = fmaxf(max, toy_score(query, k));
    q->keep = expf(q->max - max);
    for (int k = first; k < first + TOY_TILE && k <= query; k++) {
        float e = expf(toy_score(query, k) - max);
        sum += e;
        out += e * toy_value(k);
    }
    q->sum = q->sum * q->keep + sum;
    q->out = q->out * q->keep + out;
    q->max = max;
}
/* toy_run: the queries (TOY_WORDS) after the first n tiles. */
static void toy_run(struct toy_query *queries, int n)
{
    for (int i = 0; i < TOY_WORDS; i++)
        queries[i] = (struct toy_query){-INFINITY, 0, 0, 0};
    for (int t = 0, panel, keys; t < n; t++) {
        toy_tile(&panel, &keys, t);
        for (int i = 0; i < TOY_TILE; i++)
            toy_add(&queries[panel * TOY_TILE + i], panel * TOY_TILE + i,
                    keys * TOY_TILE);
    }
}
static struct toy_query toy_now[TOY_WORDS];
static float toy_outputs[TOY_WORDS], toy_last[TOY_WORDS];
static float toy_panel[TOY_WORDS];
static char toy_said[128];

static void toy_cell(struct frame *f, struct rect at, int q, int k, bool pale)
{
    float weight = expf(toy_score(q, k) - toy_now[q].max) / toy_now[q].sum;
    struct color color = map_sequential(sqrtf(weight));
    draw_rect(f, at, pale ? mix(color, paint(f, PANEL), 0.65f) : color);
}

static void toy_matrix(struct frame *f, struct rect r)
{
    int done = (int)lroundf(toy_done);
    float side = fminf(r.w - 24, r.h - 4), cell = side / TOY_WORDS;
    struct rect m = {r.x + 24, r.y, side, side};
    draw_rect(f, m, paint(f, PANEL));
    for (int t = TOY_TILES - 1, panel, keys; t >= 0; t--) {
        toy_tile(&panel, &keys, t);
        struct rect tile = {m.x + cell * (float)(keys * TOY_TILE),
                            m.y + cell * (float)(panel * TOY_TILE),
                            cell * TOY_TILE, cell * TOY_TILE};
        for (int c = 0; t < done && c < TOY_TILE * TOY_TILE; c++) {
            int row = c / TOY_TILE, col = c % TOY_TILE;
            struct rect at = {tile.x + cell * (float)col,
                              tile.y + cell * (float)row, cell, cell};
            if (keys * TOY_TILE + col <= panel * TOY_TILE + row)
                toy_cell(f, at, panel * TOY_TILE + row,
                         keys * TOY_TILE + col, t + 1 < done);
        }
        draw_frame(f, tile, 0, t + 1 == done ? 3 : 1,
                   paint(f, t + 1 == done ? ACCENT : MUTED));
    }
    draw_text(f, m.x + side - 8, m.y + 18, TEXT_SMALL, ALIGN_RIGHT,
              paint(f, MUTED), "masked: never computed");
    draw_text(f, m.x - 8, m.y + side, TEXT_SMALL, ALIGN_LEFT | TEXT_UP,
              paint(f, MUTED), "queries, downward");
}
static void tiles_compute(void)
{
    int done = (int)lroundf(toy_done), panel = 0, keys = 0;
    toy_run(toy_now, TOY_TILES);
    for (int i = 0; i < TOY_WORDS; i++)
        toy_last[i] = toy_now[i].out / toy_now[i].sum;
    toy_run(toy_now, done);
    toy_tile(&panel, &keys, done > 0 ? done - 1 : 0);
    for (int i = 0; i < TOY_WORDS; i++) {
        const struct toy_query *q = &toy_now[i];
        toy_outputs[i] = q->sum > 0 ? q->out / q->sum : NAN;
        toy_panel[i] = i / TOY_TILE == panel ? toy_outputs[i] : NAN;
    }
    int first = panel * TOY_TILE, last = first + TOY_TILE - 1;
    if (done == 0)
        strcpy(toy_said, "No tile yet.");
    else if (keys == 0)
        snprintf(toy_said, sizeof toy_said,
                 "A new panel: queries %d to %d.", first, last);
    else
        snprintf(toy_said, sizeof toy_said,
                 "Query %d: the old sums times %.2f, plus the new", last,
                 toy_now[last].keep);
}

static void tiles_say(struct frame *f, struct rect r)
{
    draw_text(f, r.x + r.w / 2, r.y + r.h / 2, TEXT_SIZE,
              ALIGN_CENTER | ALIGN_MIDDLE | TEXT_BOLD, paint(f, INK), "%s",
              toy_said);
}
static void tiles_print(FILE *out)
{
    struct toy_query now[TOY_WORDS];
    fprintf(out, "tiles\tquery\tlargest score\tsum\toutput so far\n");
    for (int t = 1; t <= TOY_TILES; t++) {
        int panel, keys;
        toy_tile(&panel, &keys, t - 1);
        toy_run(now, t);
        int i = panel * TOY_TILE + TOY_TILE - 1;
        fprintf(out, "%d\t%d\t%.3f\t%.3f\t%.3f\n", t, i, now[i].max,
                now[i].sum, now[i].out / now[i].sum);
    }
}

static struct chart tiles_chart = {
    .control = { { SLIDER("tiles computed", &toy_done, 0, TOY_TILES, "%.0f"),
                   .step = 1 } },
    .compute = tiles_compute, .table = tiles_print,
    .panel = { { .title = "keys, from left to right", .title_ink = MUTED,
                 .draw = toy_matrix },
        { .x = "query", .y = "output", .x0 = -.5f, .x1 = TOY_WORDS - .5f,
          .y0 = -1.2f, .y1 = 1.2f, .series = {
            { "at the end", MUTED, MARK_LINE, TOY_WORDS, .y = toy_last },
            { NULL, SERIES_1, MARK_POINTS, TOY_WORDS, .y = toy_outputs,
              .size = 3.5f },
            { "this panel, so far", ACCENT, MARK_POINTS, TOY_WORDS,
              .y = toy_panel, .size = 5 } } },
        { .draw = tiles_say, .below = true, .high = .08f, .tall = .08f } }
};
CHART(tiles)
/* the figure memory */
static float memory_words = 4096;

static float memory_weights(float n) { return 4 * n * n / (1 << 20); }
static float memory_inputs(float n) { return n * 64 * 16 / (1 << 20); }
static float memory_tiles(float n)
{
    (void)n;
    return measured("memory.tiles");
}

static void memory_read(struct plot *p)
{
    float n = memory_words, weights = memory_weights(n);
    readout_at(p->frame, plot_x(p, n), plot_y(p, weights),
               "weights: %.4g MiB\ntiles: %.2f MiB\n"
               "inputs, outputs: %.2f MiB",
               weights, memory_tiles(n), memory_inputs(n));
}

static struct chart memory_chart = {
    .control = { { SLIDER("words", &memory_words, 64, 65536, "%.0f"),
                   .log = true } },
    .panel = { { .x = "words", .y = "MiB", .x0 = 64, .x1 = 65536,
        .y0 = .01f, .y1 = 1e5f, .log_x = true, .log_y = true, .silent = true,
        .over = memory_read, .series = {
            { "all weights", WARN, MARK_LINE, .of = memory_weights,
              .size = 3 },
            { "tiles", SERIES_1, MARK_LINE, .of = memory_tiles, .size = 3 },
            { "inputs and outputs", MUTED, MARK_LINE, .of = memory_inputs },
            { NULL, MUTED, MARK_X, 1, &memory_words } } } }
};
CHART(memory)

static const struct figure figures[] = {
    {"ladder", 700, 400, 520,
     "A horizontal bar for each rung of the ladder, as long as its speed. "
     "Three loops are hardly to be seen; most rungs are longer than the "
     "last. The packed product nearly reaches a line that marks the peak "
     "of one core, and on two threads nearly the line of two.",
     ladder_frame, ladder_table},
    {"roofline", 700, 420, 460,
     "A plot with logarithmic axes: speed against operations for each byte "
     "moved. A slope that ends in a level line, once for one core and once "
     "for two. Dots for square products of 64 to 2048 lie close under the "
     "level line of one core. A ring on the roof, moved by the slider, "
     "starts on the slope.",
     roofline_frame, roofline_table},
    {"motion", 700, 480, 400,
     "Three squares of 16 by 16 cells for the matrices a, b and c. Cells "
     "whose line is in a small cache are tinted, those touched last are "
     "dark. With three loops the dark trail runs along a row of a and down "
     "a column of b, whose tinted cells are mostly wasted. Bars below "
     "compare the misses of four programs.",
     motion_frame, motion_print},
    {"tiles", 700, 420, 690,
     "A square of 24 queries by 24 keys, cut into tiles of 6 by 6; those "
     "above the diagonal stay empty. Tiles are filled row by row with "
     "colors for the weights, and pale again when the next one comes. "
     "Beside it a dot for the output of each query moves to a line, its "
     "value at the end, as more tiles are computed.",
     tiles_frame, tiles_table},
    {"memory", 700, 360, 400,
     "Memory against the number of words, both axes logarithmic. A steep "
     "line for all weights of one head goes from far below one MiB to 16 "
     "thousand. The line for inputs and outputs is half as steep. The line "
     "for the tiles is level.",
     memory_frame, memory_table},
    {0}
};
FIGURES(figures)
static const struct command_option options[] = {
    { "bench", OPTION_FLAG, .help = "measure everything; half a minute" },
    { "json", OPTION_FLAG, .help = "print one JSON object" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "quick", OPTION_FLAG, &quick, NULL, "one round instead of six" },
    { "threads", OPTION_SIZE, &most_threads, "N", "at most; 0: all cores" },
    FIGURE_OPTIONS,
    { 0 }
};

static int run_bench(void)
{
    return measured_by(print_bench);
}

static int run_json(void)
{
    return measured_by(print_json);
}

static int run_results(void)
{
    return measured_by(print_results);
}

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, "quick", run_results, "print the book's numbers" },
    { "json", NULL, "bench quick", run_json, "measure, for a machine" },
    { "bench", NULL, "json quick", run_bench, "measure everything" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){
        "fast", "measures how close to the machine's limits a program can "
        "get", "fast --bench", options, NULL, modes }, argc, argv);
}
