/* commands_test.c -- the command lines of the programs, run as a reader runs
 * them, with their results computed again here, in double. */
#include "lib/outside.h"

static const char *const programs[] = {
    "softmax", "average", "score", "gradient", "implicit",
    "hard", "recurrence", "alignment", "selfattention", "multihead", "mask",
    "position", "block", "encoder", "bert", "gpt", "transformer",
    "translation", "vision", "fast"
};
#define PROGRAMS (sizeof programs / sizeof *programs)
#define FOR_PROGRAMS(name)                                                  \
    for (size_t program = 0; program < PROGRAMS; program++)                 \
        for (const char *name = programs[program]; name; name = NULL)

/* ---------------------------------------------------------------- softmax -- */

/* One row: softmax(x / temperature), zeros where every score is -inf. */
static void softmax_row(double *p, const float *x, size_t n,
                        double temperature)
{
    double max = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        max = fmax(max, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += p[i] = max == -INFINITY ? 0 : exp((x[i] - max) / temperature);
    for (size_t i = 0; i < n && sum > 0; i++)
        p[i] /= sum;
}

static void softmax_rows(double *p, const float *x, size_t rows, size_t n,
                         double temperature)
{
    for (size_t r = 0; r < rows; r++)
        softmax_row(p + r * n, x + r * n, n, temperature);
}

static void logs(double *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = log(p[i]);
}

static const float one_two_three[] = { 1, 2, 3 };

static void softmax_reads_arguments(void)
{
    double want[3];
    float got[4];
    softmax_row(want, one_two_three, 3, 1);
    assert_int_equal(numbers(got, 4, RUN("softmax 1 2 3")), 3);
    CLOSE(got, want, 3, 1e-6);
    assert_int_equal(numbers(got, 4, RUN("softmax -1.5 -0.5 .5")), 3);
    CLOSE(got, want, 3, 1e-6);
    assert_int_equal(numbers(got, 4, RUN("softmax 1001 1002 1003")), 3);
    CLOSE(got, want, 3, 1e-6);
    assert_int_equal(numbers(got, 4, RUN("softmax 7")), 1);
    assert_true(got[0] == 1);
}

static void softmax_prints_one_probability_a_line(void)
{
    const char *text = RUN("softmax 1 2 3");
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 3);
    assert_int_equal(text[strlen(text) - 1], '\n');
}

static void softmax_reads_standard_input(void)
{
    char plain[200];
    strcpy(plain, RUN("softmax 1 2 3"));
    assert_string_equal(RUN("echo 1 2 3 | softmax"), plain);
    assert_string_equal(RUN("printf '1\\n2\\n3' | softmax"), plain);
    assert_string_equal(RUN("printf '\\n 1\\t2\\r\\n\\n3 \\n' | softmax"),
                        plain);
}

static void softmax_obeys_temperature_and_log(void)
{
    double want[3];
    float got[4];
    softmax_row(want, one_two_three, 3, .25);
    numbers(got, 4, RUN("softmax --temperature 0.25 1 2 3"));
    CLOSE(got, want, 3, 1e-6);
    numbers(got, 4, RUN("softmax 1 2 3 --temperature=0.25"));
    CLOSE(got, want, 3, 1e-6);
    logs(want, 3);
    numbers(got, 4, RUN("softmax --log --temperature 0.25 1 2 3"));
    CLOSE(got, want, 3, 1e-5);
}

static void softmax_of_infinite_scores(void)
{
    float got[4];
    const double zeros[3] = { 0 }, first[3] = { 1, 0, 0 };
    numbers(got, 4, RUN("softmax -- -inf -inf -inf"));
    CLOSE(got, zeros, 3, 0);
    numbers(got, 4, RUN("softmax -- 5 -inf -inf"));
    CLOSE(got, first, 3, 0);
    numbers(got, 4, RUN("softmax --streaming -- -inf -inf -inf"));
    CLOSE(got, zeros, 3, 0);
}

static void softmax_allows_nan_when_asked(void)
{
    float got[4];
    assert_int_equal(run("softmax 1 nan 3")->status, 2);
    assert_int_equal(numbers(got, 4, RUN("softmax --allow-nan 1 nan 3")), 3);
    for (size_t i = 0; i < 3; i++)
        assert_true(isnan(got[i]));
    const float x[] = { 1, NAN, 2, 1, 2, 3 };
    npy_put("nan.npy", x, SHAPE(2, 3));
    unlink("p.npy");
    assert_int_equal(run("softmax --npy nan.npy --out p.npy")->status, 2);
    assert_false(exists("p.npy"));
    RUN("softmax --allow-nan --npy nan.npy --out p.npy");
    const float *p = npy_get("p.npy", SHAPE(2, 3));
    double want[3];
    softmax_row(want, one_two_three, 3, 1);
    assert_true(isnan(p[0]) && isnan(p[1]) && isnan(p[2]));
    CLOSE(p + 3, want, 3, 1e-6);
}

/* The last axis of arrays of every rank from 1 to 5, plain and streaming. */
static void softmax_of_files_of_any_rank(void)
{
    const size_t shape[] = { 2, 3, 1, 5, 7 };
    static float x[210];
    static double want[210];
    fill_noise(x, 210);
    for (size_t rank = 1; rank <= 5; rank++) {
        const size_t *last = shape + 5 - rank;
        size_t count = shape_count(rank, last);
        npy_put("x.npy", x, rank, last);
        softmax_rows(want, x, count / 7, 7, .5);
        RUN("softmax --temperature 0.5 --npy x.npy --out p.npy");
        CLOSE(npy_get("p.npy", rank, last), want, count, 1e-6);
        RUN("softmax --streaming --temperature 0.5 --npy x.npy --out s.npy");
        CLOSE(npy_get("s.npy", rank, last), want, count, 1e-6);
        RUN("softmax --log --temperature 0.5 --npy x.npy --out l.npy");
        logs(want, count);
        CLOSE(npy_get("l.npy", rank, last), want, count, 1e-5);
    }
}

/* More rows and longer ones than fit a vector or a block of any size. */
static void softmax_of_large_files(void)
{
    static float x[37 * 1501];
    static double want[37 * 1501];
    fill_noise(x, 37 * 1501);
    for (size_t i = 0; i < 37 * 1501; i++)
        x[i] *= 60;
    for (size_t i = 0; i < 1501; i++)
        x[5 * 1501 + i] = -INFINITY;
    x[6 * 1501] = -INFINITY;
    npy_put("x.npy", x, SHAPE(37, 1501));
    softmax_rows(want, x, 37, 1501, 1);
    RUN("softmax --npy x.npy --out p.npy");
    CLOSE(npy_get("p.npy", SHAPE(37, 1501)), want, 37 * 1501, 1e-6);
    RUN("softmax --streaming --npy x.npy --out p.npy");
    CLOSE(npy_get("p.npy", SHAPE(37, 1501)), want, 37 * 1501, 1e-6);
}

static void softmax_reads_float64(void)
{
    const double x[] = { 1, 2, 3, 1001, 1002, 1003 };
    double want[6];
    softmax_row(want, one_two_three, 3, 1);
    softmax_row(want + 3, one_two_three, 3, 1);
    npy_put_double("x.npy", x, SHAPE(2, 3));
    RUN("softmax --npy x.npy --out p.npy");
    CLOSE(npy_get("p.npy", SHAPE(2, 3)), want, 6, 1e-6);
}

/* The three formats of .npy, and a header spelled as others spell it. */
static void softmax_reads_every_kind_of_header(void)
{
    static const char *const headers[] = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'shape':(3,),'fortran_order':False,'descr':'<f4'}",
        "{ 'fortran_order' : False , 'shape' : ( 3 , ) , 'descr' : '<f4' }",
    };
    double want[3];
    softmax_row(want, one_two_three, 3, 1);
    for (int version = 1; version <= 3; version++)
        for (size_t i = 0; i < 3; i++) {
            npy_raw_version(version, "x.npy", headers[i], one_two_three, 12);
            unlink("p.npy");
            RUN("softmax --npy x.npy --out p.npy");
            CLOSE(npy_get("p.npy", SHAPE(3)), want, 3, 1e-6);
        }
}

static void softmax_keeps_its_own_input(void)
{
    const double want[3] = { 1, 2, 3 };
    npy_put("x.npy", one_two_three, SHAPE(3));
    EXPECT(run("softmax --npy x.npy --out ./x.npy")->status == 2,
           "an input may not be an output");
    CLOSE(npy_get("x.npy", SHAPE(3)), want, 3, 0);
}

/* ---------------------------------------------------------------- average -- */

enum { N = 4, M = 6, D = 3, C = 5 };
static float q[N * D], k[M * D], v[M * C];

static void put_query_key_value(void)
{
    fill_noise(q, N * D);
    fill_noise(k, M * D);
    fill_noise(v, M * C);
    npy_put("q.npy", q, SHAPE(N, D));
    npy_put("k.npy", k, SHAPE(M, D));
    npy_put("v.npy", v, SHAPE(M, C));
}

/* c = w v, for weights w (N, M). */
static void context(double *c, const double *w)
{
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < C; j++) {
            c[i * C + j] = 0;
            for (size_t t = 0; t < M; t++)
                c[i * C + j] += w[i * M + t] * v[t * C + j];
        }
}

static double kernel(const char *kind, double distance, double bandwidth)
{
    double u = distance / bandwidth;
    if (!strcmp(kind, "gauss"))
        return exp(-u * u / 2);
    if (!strcmp(kind, "boxcar"))
        return u <= 1;
    return u < 1 ? 1 - u * u : 0;       /* epanechnikov */
}

static void kernel_weights(double *w, const char *kind, double bandwidth)
{
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t t = 0; t < M; t++) {
            double square = 0;
            for (size_t j = 0; j < D; j++)
                square += pow(q[i * D + j] - k[t * D + j], 2);
            sum += w[i * M + t] = kernel(kind, sqrt(square), bandwidth);
        }
        for (size_t t = 0; t < M && sum > 0; t++)
            w[i * M + t] /= sum;
    }
}

static void average_with_kernels(void)
{
    static const char *const kinds[] = { "gauss", "boxcar", "epanechnikov" };
    double w[N * M], c[N * C];
    put_query_key_value();
    for (size_t kind = 0; kind < 3; kind++) {
        kernel_weights(w, kinds[kind], 1.25);
        context(c, w);
        RUN("average --q q.npy --k k.npy --v v.npy --kernel %s "
            "--bandwidth 1.25 --out c.npy --weights w.npy", kinds[kind]);
        CLOSE(npy_get("w.npy", SHAPE(N, M)), w, N * M, 1e-5);
        CLOSE(npy_get("c.npy", SHAPE(N, C)), c, N * C, 1e-5);
    }
}

static void dot_products(double *s)
{
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < M; t++) {
            s[i * M + t] = 0;
            for (size_t j = 0; j < D; j++)
                s[i * M + t] += (double)q[i * D + j] * k[t * D + j];
        }
}

/* The softmax of scores in double, row by row. */
static void softmax_scores(double *w, const double *s)
{
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        for (size_t t = 0; t < M; t++)
            sum += w[i * M + t] = exp(s[i * M + t]);
        for (size_t t = 0; t < M; t++)
            w[i * M + t] /= sum;
    }
}

static void average_with_dot_products(void)
{
    double s[N * M], w[N * M], c[N * C];
    put_query_key_value();
    dot_products(s);
    softmax_scores(w, s);
    context(c, w);
    RUN("average --q q.npy --k k.npy --v v.npy --kernel dot --out c.npy "
        "--weights w.npy");
    CLOSE(npy_get("w.npy", SHAPE(N, M)), w, N * M, 1e-5);
    CLOSE(npy_get("c.npy", SHAPE(N, C)), c, N * C, 1e-5);
}

static void average_weights_are_optional(void)
{
    put_query_key_value();
    unlink("w.npy");
    unlink("c.npy");
    RUN("average --q q.npy --k k.npy --v v.npy --out c.npy");
    assert_false(exists("w.npy"));
    npy_get("c.npy", SHAPE(N, C));
}

/* The numbers of the car prices that coverage.md fixes. */
static void average_prints_the_car_prices(void)
{
    static const char *const numbers[] = {
        "24.571", "28.333", "20.833", "27.25",
        "24.769", "25.364", "26.111", "27.429",
    };
    const char *text = RUN("average --cars");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        EXPECT(strstr(text, numbers[i]), "no %s in\n%s", numbers[i], text);
}

/* ------------------------------------------------------------------ score -- */

enum { DK = 2, A = 7 };

/* Runs one kind of score and checks scores, weights and context. */
static void check_score(const double *s, const char *arguments)
{
    double w[N * M], c[N * C];
    softmax_scores(w, s);
    context(c, w);
    RUN("score %s --q q.npy --k k.npy --v v.npy --scores s.npy "
        "--weights w.npy --out c.npy", arguments);
    CLOSE(npy_get("s.npy", SHAPE(N, M)), s, N * M, 1e-5);
    CLOSE(npy_get("w.npy", SHAPE(N, M)), w, N * M, 1e-5);
    CLOSE(npy_get("c.npy", SHAPE(N, C)), c, N * C, 1e-5);
}

static void score_dot_and_scaled(void)
{
    double s[N * M];
    put_query_key_value();
    dot_products(s);
    check_score(s, "--kind dot");
    for (size_t i = 0; i < N * M; i++)
        s[i] /= sqrt(D);
    check_score(s, "--kind scaled");
}

/* Keys of a width of their own, so that no transpose hides. */
static void put_narrow_keys(void)
{
    put_query_key_value();
    npy_put("k.npy", k, SHAPE(M, DK));
}

static void score_general(void)
{
    float w[D * DK];
    double s[N * M];
    put_narrow_keys();
    fill_noise(w, D * DK);
    npy_put("w.npy", w, SHAPE(D, DK));
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < M; t++) {
            s[i * M + t] = 0;
            for (size_t a = 0; a < D; a++)
                for (size_t b = 0; b < DK; b++)
                    s[i * M + t] += (double)q[i * D + a] * w[a * DK + b]
                                    * k[t * DK + b];
        }
    rename("w.npy", "general.npy");
    check_score(s, "--kind general --w general.npy");
}

/* va . tanh(q wq + k wk); with w (D + DK, A) = [wq; wk] it is concat. */
static void additive_scores(double *s, const float *w, const float *va)
{
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < M; t++) {
            s[i * M + t] = 0;
            for (size_t a = 0; a < A; a++) {
                double x = 0;
                for (size_t j = 0; j < D; j++)
                    x += (double)q[i * D + j] * w[j * A + a];
                for (size_t j = 0; j < DK; j++)
                    x += (double)k[t * DK + j] * w[(D + j) * A + a];
                s[i * M + t] += va[a] * tanh(x);
            }
        }
}

static void score_additive_and_concat(void)
{
    float w[(D + DK) * A], va[A];
    double s[N * M];
    put_narrow_keys();
    fill_noise(w, (D + DK) * A);
    fill_noise(va, A);
    npy_put("wq.npy", w, SHAPE(D, A));
    npy_put("wk.npy", w + D * A, SHAPE(DK, A));
    npy_put("wc.npy", w, SHAPE(D + DK, A));
    npy_put("va.npy", va, SHAPE(A));
    additive_scores(s, w, va);
    check_score(s, "--kind additive --wq wq.npy --wk wk.npy --va va.npy");
    check_score(s, "--kind concat --w wc.npy --va va.npy");
}

static void mask_hides_keys(void)
{
    const float x[] = { 1, 3, 2, 0, 2, 1 }, length = 2;
    const float seen[] = { 0, 1, 1, 0, 0, 0 };
    double causal[6] = { 0 }, both[6] = { 0 }, painted[6] = { 0 };
    npy_put("s.npy", x, SHAPE(2, 3));
    npy_put("l.npy", &length, SHAPE(1));
    npy_put("m.npy", seen, SHAPE(2, 3));
    softmax_row(causal, x, 2, 1), softmax_row(causal + 3, x + 3, 3, 1);
    softmax_row(both, x, 2, 1), softmax_row(both + 3, x + 3, 2, 1);
    softmax_row(painted + 1, x + 1, 2, 1);
    RUN("mask --scores s.npy --causal --weights w.npy");
    CLOSE(npy_get("w.npy", SHAPE(2, 3)), causal, 6, 1e-6);
    RUN("mask --scores s.npy --causal --lengths l.npy --weights w.npy");
    CLOSE(npy_get("w.npy", SHAPE(2, 3)), both, 6, 1e-6);
    RUN("mask --scores s.npy --mask m.npy --weights w.npy");
    CLOSE(npy_get("w.npy", SHAPE(2, 3)), painted, 6, 1e-6);
}

static void mask_attends(void)
{
    double s[N * M], w[N * M] = { 0 }, c[N * C];
    put_query_key_value();
    dot_products(s);
    for (size_t i = 0; i < N; i++) {
        float row[M];
        size_t sees = M - N + i + 1;
        for (size_t t = 0; t < M; t++)
            row[t] = (float)(s[i * M + t] / sqrt(D));
        softmax_row(w + i * M, row, sees, 1);
    }
    context(c, w);
    RUN("mask --q q.npy --k k.npy --v v.npy --causal --out c.npy "
        "--weights w.npy");
    CLOSE(npy_get("w.npy", SHAPE(N, M)), w, N * M, 1e-5);
    CLOSE(npy_get("c.npy", SHAPE(N, C)), c, N * C, 1e-5);
}

/* Zero queries weigh all keys alike; the values are 3, 6 and 9. */
static void multihead_aligns_the_last_query(void)
{
    npy_put("x.npy", (const float[]){ 1, 2 }, SHAPE(2, 1));
    npy_put("c.npy", (const float[]){ 3, 6, 9 }, SHAPE(3, 1));
    npy_put("0.npy", (const float[]){ 0 }, SHAPE(1, 1));
    npy_put("1.npy", (const float[]){ 1 }, SHAPE(1, 1));
#define CAUSAL "multihead --heads 1 --causal --wq 0.npy --wk 1.npy " \
               "--wv 1.npy --wo 1.npy --out o.npy --x "
    RUN(CAUSAL "x.npy --context c.npy");
    CLOSE(npy_get("o.npy", SHAPE(2, 1)), ((double[]){ 4.5, 6 }), 2, 1e-6);
    RUN(CAUSAL "x.npy --context c.npy --weights w.npy");
    CLOSE(npy_get("w.npy", SHAPE(1, 1, 2, 3)), ((double[]){ .5, .5, 0,
          1 / 3., 1 / 3., 1 / 3. }), 6, 1e-6);
    RUN(CAUSAL "c.npy --context x.npy");   /* row 0 sees nothing */
    CLOSE(npy_get("o.npy", SHAPE(3, 1)), ((double[]){ 0, 1, 1.5 }), 3, 1e-6);
}

static void mask_reads_dates(void)
{
    EACH(line, "'5 March 1987'", "'Thursday, the 5th of March 1987'",
         "'5 march 1987' --pad 48", "05.03.1987", "3/5/1987", "1987/3/5")
        assert_string_equal(RUN("mask --date %s", *line),
                            "1987-03-05\n");
}

static void score_outputs_are_optional(void)
{
    put_query_key_value();
    unlink("s.npy");
    unlink("w.npy");
    unlink("c.npy");
    RUN("score --kind dot --q q.npy --k k.npy --scores s.npy");
    npy_get("s.npy", SHAPE(N, M));
    assert_false(exists("w.npy") || exists("c.npy"));
    RUN("score --kind scaled --q q.npy --k k.npy --weights w.npy");
    npy_get("w.npy", SHAPE(N, M));
    assert_false(exists("c.npy"));
}

/* --------------------------------------------------------------- gradient -- */

/* The last line that a run prints: its step, and the part that is right. */
static double right_after(size_t *step, const char *text)
{
    const char *line = text, *end;
    double loss = 0, right = 0;
    while ((end = strchr(line, '\n')) && end[1])
        line = end + 1;
    EXPECT(sscanf(line, "step %zu loss %lf right %lf", step, &loss, &right)
           == 3, "the last line is %s", line);
    return right;
}

static void gradient_learns_two_spirals(void)
{
    size_t step;
    double right = right_after(&step, RUN("gradient --steps 1000"));
    assert_int_equal(step, 1000);
    EXPECT(right > 0.99, "%g are right", right);
    right = right_after(&step, RUN("gradient --steps 1000 --optimizer sgd "
                                   "--lr 0.1"));
    EXPECT(right > 0.97, "with sgd, %g are right", right);
}

static void gradient_continues_bit_for_bit(void)
{
    EACH(how, "", "--optimizer sgd --momentum 0.8", "--optimizer adam",
         "--schedule cosine --weight-decay 0.1",
         "--schedule inverse-square-root --warmup 7 --seed 3 --hidden 5") {
        RUN("gradient --steps 60 %s --save whole.safetensors", *how);
        RUN("gradient --steps 60 %s --pause 23 --save half.safetensors",
            *how);
        RUN("gradient --load half.safetensors --save both.safetensors");
        RUN("cmp whole.safetensors both.safetensors");
    }
    RUN("gradient --steps 23 --save half.safetensors");
    RUN("gradient --load half.safetensors --steps 60 --save both.safetensors");
    RUN("gradient --steps 60 --save whole.safetensors");
    RUN("cmp whole.safetensors both.safetensors");
}

/* The first Ctrl-C ends the run with a file that can be continued. */
static void gradient_saves_when_interrupted(void)
{
    struct outcome *outcome = run(
        "timeout --preserve-status -s INT 1 "
        "gradient --steps 1000000000 --save stop.safetensors");
    EXPECT(outcome->status == 130 && strstr(outcome->err, "stop.safetensors"),
           "status %d: %s", outcome->status, outcome->err);
    RUN("gradient --load stop.safetensors --save more.safetensors "
        "--steps 900000000 --pause $(($(gradient --load stop.safetensors "
        "--pause 1 2>&1 | grep -o 'done [0-9]*' | tr -dc 0-9) + 3))");
}

static void gradient_learns_points_and_predicts(void)
{
    static const float x[8 * 3] = {
        1, 0, 0, 0, 1, 0, 0, 0, 1, -1, 0, 0,
        2, 0, 0, 0, 2, 0, 0, 0, 2, -2, 0, 0 };
    static const float y[8] = { 0, 1, 2, 1, 0, 1, 2, 1 };
    npy_put("px.npy", x, SHAPE(8, 3));
    npy_put("py.npy", y, SHAPE(8));
    RUN("gradient --x px.npy --y py.npy --steps 200 --hidden 7 --batch 5 "
        "--save own.safetensors");
    RUN("gradient --load own.safetensors --predict px.npy --out p.npy");
    const float *p = npy_get("p.npy", SHAPE(8, 3));
    for (size_t i = 0; i < 8; i++) {
        const float *row = p + 3 * i;
        EXPECT(fabsf(row[0] + row[1] + row[2] - 1) < 1e-5f, "row %zu", i);
        EXPECT(row[(size_t)y[i]] > 0.9f, "row %zu: %g %g %g", i,
               (double)row[0], (double)row[1], (double)row[2]);
    }
}

static void gradient_gives_its_memory_back(void)
{
    RUN("ASAN_OPTIONS=detect_leaks=1 gradient --steps 3 --save r.safetensors");
    npy_put("pair.npy", (const float[]){ 1, 2, 3, 4 }, SHAPE(2, 2));
    RUN("ASAN_OPTIONS=detect_leaks=1 gradient --load r.safetensors --predict "
        "pair.npy --out p.npy");
}

static void gradient_checks_its_operations(void)
{
    const char *text = RUN("gradient --check");
    EACH(word, "product", "softmax", "attention", "tanh", "GELU")
        EXPECT(strstr(text, *word), "no %s in\n%s", *word, text);
}

/* ---------------------------------------------------------------- encoder -- */

/* Two categories that a word tells, for --data. */
static void put_glosses(void)
{
    FILE *file = fopen("glosses.tsv", "w");
    assert_non_null(file);
    for (int i = 0; i < 160; i++)
        fprintf(file, "%s\tnumber %d of all %s\n", i % 2 ? "food" : "animal",
                i, i % 2 ? "that we eat" : "dogs");
    fclose(file);
}

#define GLOSSES "encoder --train --data . --embed 8 --layers 1 --rate .02 "

/* A run and the halves of it answer line by line, whatever stands around. */
static void encoder_sorts_line_by_line(void)
{
    char both[256];
    put_glosses();
    RUN(GLOSSES "--steps 80 --save run.safetensors");
    RUN("encoder --load run.safetensors --save half.safetensors");
    EACH(model, "run", "half") {
        strcpy(both, RUN("printf 'All dogs.\\nthat we eat\\n' | encoder "
                         "--classify --load %s.safetensors", *model));
        EXPECT(!strncmp(both, "animal\t0.", 9), "%s", both);
        EXPECT(strstr(both, "\nfood\t0."), "%s", both);
        strcpy(strchr(both, '\n') + 1, "");
        assert_string_equal(RUN("printf 'ALL DOGS' | encoder --classify "
                                "--load %s.safetensors", *model), both);
    }
    EXPECT(strstr(RUN("echo a large animal | encoder --classify"),
                  "noun.animal"), "without --load the book's own");
}

/* All readers, stopped and continued, with another number of threads. */
static void encoder_continues_bit_for_bit(void)
{
    put_glosses();
    EACH(reader, "encoder", "unplaced", "mean", "bag", "pairs") {
        RUN(GLOSSES "--steps 12 --reader %s --threads 1 "
            "--save whole.safetensors", *reader);
        RUN(GLOSSES "--steps 12 --reader %s --pause 5 "
            "--save half.safetensors", *reader);
        RUN("encoder --train --data . --threads 2 --load half.safetensors "
            "--save half.safetensors");
        RUN("cmp whole.safetensors half.safetensors");
    }
    EACH(mask, "", "--causal") {
        RUN("encoder --task shift %s --train --steps 6 "
            "--save whole.safetensors", *mask);
        RUN("encoder --task shift %s --train --steps 6 --pause 2 "
            "--save half.safetensors", *mask);
        RUN("encoder --task shift %s --train --load half.safetensors "
            "--save half.safetensors", *mask);
        RUN("cmp whole.safetensors half.safetensors");
    }
}

/* ------------------------------------------------------------ transformer -- */

#define TINY "--layers 1 --heads 2 --embed 8 --ff 8 --batch-tokens 64 "

/* Small words, and their capitals backwards with blanks between. */
static void put_pairs(void)
{
    FILE *file = fopen("pairs.tsv", "w");
    assert_non_null(file);
    for (int i = 0; i < 60; i++) {
        const char a = (char)('a' + i % 7), b = (char)('a' + i / 7 % 7);
        fprintf(file, "%c%c\t%c %c\n", a, b, b - 32, a - 32);
    }
    fprintf(file, "ab\tB\n");
    fclose(file);
}

/* As many answers as lines, in order, whatever stands in the same batch; and
 * one beam is the greedy answer. */
static void transformer_answers_line_by_line(void)
{
    char all[4096], some[4096];
    put_pairs();
    RUN("transformer train --pairs pairs.tsv " TINY "--steps 150 --rate .01 "
        "--save m.safetensors");
    RUN("cut -f 1 pairs.tsv >inputs");
    strcpy(all, RUN("transformer apply --load m.safetensors <inputs"));
    RUN("transformer apply --load m.safetensors <inputs | wc -l | grep -qx 61");
    *some = 0;
    for (int i = 1; i <= 61; i += 12)
        strcat(some, RUN("sed -n '%d,%dp' inputs | transformer apply "
                         "--load m.safetensors --beam 1", i,
                         i + 11 > 61 ? 61 : i + 11));
    assert_string_equal(all, some);
    assert_string_equal(RUN("echo AB | transformer apply "
                            "--load m.safetensors"),
                        RUN("printf ab | transformer --apply "
                            "--load m.safetensors"));
    RUN("transformer apply --load m.safetensors --beam 4 <inputs");
    assert_string_equal(RUN("transformer apply --load m.safetensors "
                            "</dev/null"), "");
}

/* The number behind a text. */
static double number_after(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    char *end;
    EXPECT(at, "no %s in %s", key, text);
    const double number = strtod(at + strlen(key), &end);
    EXPECT(end > at + strlen(key), "no number after %s in %s", key, text);
    return number;
}

static double json_number(const char *text, const char *key)
{
    char colon[64];
    snprintf(colon, sizeof colon, "%s: ", key);
    return number_after(text, colon);
}

/* What score counts is what one counts in the answers. */
static void transformer_scores_what_it_says(void)
{
    put_pairs();
    RUN("transformer train --pairs pairs.tsv " TINY "--steps 150 --rate .01 "
        "--save m.safetensors");
    RUN("cut -f 1 pairs.tsv | transformer apply --load m.safetensors >said");
    const double right = strtod(RUN("paste said pairs.tsv | awk -F '\t' "
        "'$1 == $3 {a[$2] = 1} {b[$2] = 1} END {for (x in b) n += a[x]; "
        "print n}'"), NULL);
    char text[512];
    strcpy(text, RUN("transformer score --load m.safetensors --pairs "
                     "pairs.tsv --json"));
    const double count = json_number(text, "\"count\"");
    EXPECT(count > 40 && count < 61, "%g inputs", count);
    EXPECT(fabs(json_number(text, "\"exact\"") * count - right) < 1e-3,
           "%g are right: %s", right, text);
    EXPECT(json_number(text, "\"token_error_rate\"") < .9, "%s", text);
    RUN("transformer score --load m.safetensors --pairs pairs.tsv --beam 3");
}

/* Stopped and continued, with another number of threads, with checkpoints. */
static void transformer_continues_bit_for_bit(void)
{
    put_pairs();
    EACH(how, "", "--order post --schedule inverse-root --average 8",
         "--source-unit bpe:4 --target-unit bpe:3 --average 50 --seed 3") {
        RUN("transformer train --pairs pairs.tsv " TINY "--steps 40 %s "
            "--threads 1 --save whole.safetensors", *how);
        RUN("transformer train --pairs pairs.tsv " TINY "--steps 40 %s "
            "--pause 38 --save half.safetensors", *how);
        RUN("transformer train --pairs pairs.tsv --threads 2 "
            "--load half.safetensors --save half.safetensors");
        RUN("cmp whole.safetensors half.safetensors");
        RUN("test ! -e whole.safetensors.1 && test ! -e half.safetensors.1");
    }
}

/* The mean of one model is the model; of two, something else, which reads. */
static void transformer_averages(void)
{
    put_pairs();
    for (int seed = 1; seed <= 2; seed++)
        RUN("transformer train --pairs pairs.tsv " TINY "--steps 20 "
            "--seed %d --save m%d.safetensors", seed, seed);
    RUN("transformer average --save one.safetensors m1.safetensors");
    RUN("transformer average --save two.safetensors m1.safetensors "
        "m2.safetensors");
    RUN("transformer average --save half.safetensors --half m1.safetensors");
    EXPECT(run("cmp -s one.safetensors two.safetensors")->status == 1,
           "the mean of two is the first");
    RUN("transformer average --save again.safetensors one.safetensors && "
        "cmp one.safetensors again.safetensors");
    EACH(model, "one", "two", "half")
        RUN("echo ab | transformer apply --load %s.safetensors", *model);
    RUN("cut -f 1 pairs.tsv >inputs && "
        "transformer apply --load m1.safetensors <inputs >first && "
        "transformer apply --load one.safetensors <inputs | cmp - first");
}

/* A model beside itself says the same; beside others, of other sizes, too,
 * something. */
static void transformer_writes_together(void)
{
    put_pairs();
    EACH(sizes, "1 --seed 2", "2 --embed 16 --layers 2", "3")
        RUN("transformer train --pairs pairs.tsv " TINY "--steps 60 "
            "--rate .01 --save m%.1s.safetensors %s", *sizes, *sizes + 1);
    RUN("cut -f 1 pairs.tsv >inputs");
    EACH(beam, "1", "4") {
        RUN("transformer apply --load m1.safetensors --beam %s <inputs >a && "
            "transformer apply --load m1.safetensors --beam %s --beside "
            "m1.safetensors <inputs | cmp - a", *beam, *beam);
        RUN("transformer apply --load m1.safetensors --beam %s --beside "
            "m2.safetensors m3.safetensors <inputs | wc -l | grep -qx 61",
            *beam);
        RUN("transformer score --load m1.safetensors --beam %s --beside "
            "m2.safetensors m3.safetensors --pairs pairs.tsv", *beam);
    }
}

/* Development words are kept out, and reported on. */
static void transformer_learns_to_copy(void)
{
    const char *said = RUN("transformer train --task copy --layers 1 "
        "--heads 2 --embed 16 --ff 16 --batch-tokens 256 --steps 30 "
        "--save copy.safetensors");
    EXPECT(strstr(said, "dev: wrong"), "%s", said);
    EXPECT(strstr(said, ", 12 units,"), "%s", said);
    RUN("echo abcabc | transformer apply --load copy.safetensors");
}

/* --------------------------------------------------------- recurrence -- */

#define RECURRENT "--embed 8 --hidden 12 --batch-tokens 64 --steps 60 "

/* What is stopped goes on, to the last bit, with as many threads as one
 * likes. */
static void recurrence_continues_bit_for_bit(void)
{
    put_pairs();
    EACH(how, "--cell rnn --layers 2 --reading backward --dropout .3",
         "--cell linear --seed 4", "--join 2 --seed 3 --average 4",
         "--dropout .995 --rate 1e3") {
        RUN("recurrence train --pairs pairs.tsv " RECURRENT "%s --threads 1 "
            "--save m.safetensors", *how);
        RUN("recurrence train --pairs pairs.tsv " RECURRENT "%s --pause 30 "
            "--save half.safetensors", *how);
        RUN("recurrence train --pairs pairs.tsv --threads 2 "
            "--load half.safetensors --save half.safetensors");
        RUN("cmp m.safetensors half.safetensors");
        RUN("recurrence score --load m.safetensors --pairs pairs.tsv "
            "--join 2");
    }
}

/* ---------------------------------------------------------- alignment -- */

#define ALIGNED "--embed 8 --hidden 12 --batch-tokens 64 --steps 60 --rate .01 "

/* As many answers as lines, whatever stands in the same batch, for each kind
 * of score; and what is stopped goes on, to the last bit. */
static void alignment_answers_line_by_line(void)
{
    char all[4096], some[4096];
    put_pairs();
    RUN("cut -f 1 pairs.tsv >inputs");
    EACH(kind, "additive", "dot", "general", "concat --layers 2", "linear") {
        RUN("alignment train --pairs pairs.tsv " ALIGNED "--attention %s "
            "--threads 1 --save m.safetensors", *kind);
        RUN("alignment train --pairs pairs.tsv " ALIGNED "--attention %s "
            "--pause 50 --save half.safetensors", *kind);
        RUN("alignment train --pairs pairs.tsv --threads 2 "
            "--load half.safetensors --save half.safetensors");
        RUN("cmp m.safetensors half.safetensors");
        strcpy(all, RUN("alignment apply --load m.safetensors <inputs"));
        RUN("alignment apply --load m.safetensors <inputs | wc -l "
            "| grep -qx 61");
        *some = 0;
        for (int i = 1; i <= 61; i += 12)
            strcat(some, RUN("sed -n '%d,%dp' inputs | alignment apply "
                             "--load m.safetensors --beam 1", i,
                             i + 11 > 61 ? 61 : i + 11));
        assert_string_equal(all, some);
        RUN("alignment apply --load m.safetensors --beam 4 <inputs");
        RUN("alignment score --load m.safetensors --pairs pairs.tsv");
        RUN("alignment average --save one.safetensors --half m.safetensors");
    }
}

/* A map has a line of letters, then one for each unit that apply writes, and
 * one for the end; each sums to a hundred. */
static void alignment_shows_a_map(void)
{
    char said[256], text[4096], unit[16], *line;
    put_pairs();
    RUN("alignment train --pairs pairs.tsv " ALIGNED "--save m.safetensors");
    strcpy(said, RUN("echo abc | tr c b | alignment apply "
                     "--load m.safetensors"));
    RUN("alignment apply --load m.safetensors --show "
        "abcabcabcabcabcabcabcabcabcabc");       /* it may never end */
    strcpy(text, RUN("alignment apply --show abb --load m.safetensors"));
    line = strtok(text, "\n");
    assert_true(sscanf(line, " %15s", unit) == 1 && !strcmp(unit, "a"));
    char units[256] = "";
    for (bool end = false; (line = strtok(NULL, "\n")) != NULL; ) {
        double sum = 0;
        char cell[3][16];
        assert_false(end);
        assert_int_equal(sscanf(line, "%15s %15s %15s %15s", unit, cell[0],
                                cell[1], cell[2]), 4);
        for (int i = 0; i < 3; i++)
            sum += strcmp(cell[i], ".") ? atof(cell[i]) : 0;
        EXPECT(fabs(sum - 100) <= 2, "%s", line);
        end = !strcmp(unit, "</s>");
        snprintf(units + strlen(units), sizeof units - strlen(units), "%s%s",
                 end ? "\n" : *units ? " " : "", end ? "" : unit);
    }
    assert_string_equal(units, said);
}

/* ---------------------------------------------------------------- gpt -- */

#define SMALL "--layers 2 --heads 2 --embed 16 --context 12 --batch 3 "

/* A text of some hundred bytes that goes round, and a longer one. */
static void put_text(void)
{
    FILE *file = fopen("t.txt", "w");
    assert_non_null(file);
    for (int i = 0; i < 20; i++)
        fprintf(file, "the cat sat on the %s and the %s ran\n",
                i % 3 ? "mat" : "hat", i % 2 ? "dog" : "rat");
    fclose(file);
}

/* Stopped and continued, with another number of threads. */
static void gpt_continues_bit_for_bit(void)
{
    put_text();
    EACH(how, "--val 0", "--tokens byte --dropout .2 --accumulate 3",
         "--tokens bpe:270 --eval-every 7 --seed 3 --weight-decay 0",
         "--batch 1 --lr 5e-3 --min-lr 0 --grad-clip .1") {
        RUN("gpt train --text t.txt " SMALL "--steps 40 --warmup 5 %s "
            "--threads 1 --save whole.safetensors", *how);
        RUN("gpt train --text t.txt " SMALL "--steps 40 --warmup 5 %s "
            "--pause 17 --save half.safetensors", *how);
        EXPECT(run("cmp -s whole.safetensors half.safetensors")->status == 1,
               "half is whole");
        RUN("gpt train --text t.txt --threads 2 --load half.safetensors "
            "--save half.safetensors");
        RUN("cmp whole.safetensors half.safetensors");
    }
}

/* A score is the mean of what the logits say, and bits are nats. */
static void gpt_scores_what_its_logits_say(void)
{
    static const char text[] = "the dog sat o";
    enum { READ = 12, V = 256 };
    char said[512];
    float ids[READ];
    double sum = 0, p[V];
    put_text();
    RUN("gpt train --text t.txt " SMALL "--steps 200 --lr 1e-2 --warmup 5 "
        "--tokens byte --save m.safetensors");
    spill("few.txt", text, READ + 1);
    for (size_t i = 0; i < READ; i++)
        ids[i] = text[i];
    npy_put("ids.npy", ids, SHAPE(1, READ));
    RUN("gpt logits --load m.safetensors --ids ids.npy --out x.npy");
    const float *x = npy_get("x.npy", SHAPE(1, READ, V));
    for (size_t i = 0; i < READ; i++) {
        softmax_row(p, x + i * V, V, 1);
        sum -= log(p[(int)text[i + 1]]) / READ;
    }
    strcpy(said, RUN("gpt score --load m.safetensors --text few.txt --json"));
    const double nats = json_number(said, "\"nats_per_token\"");
    const double bits = json_number(said, "\"bits_per_byte\"");
    EXPECT(fabs(nats - sum) < 1e-5, "%g, not %g", nats, sum);
    EXPECT(fabs(bits - nats / log(2)) < 1e-5, "%g bits, %g nats", bits, nats);
    EXPECT(json_number(said, "\"tokens\"") == READ + 1, "%s", said);
    EXPECT(nats < 2.5, "%g nats after training", nats);
    strcpy(said, RUN("gpt score --load m.safetensors --text t.txt --json"));
    EXPECT(json_number(said, "\"nats_per_token\"") < 2.5, "%s", said);
}

/* The most likely token by the logits is the one that greedy sampling takes;
 * one seed gives one text. */
static void gpt_samples(void)
{
    static const char text[] = "the dog s";
    enum { READ = 9, V = 256 };
    char said[512], greedy[512];
    float ids[READ];
    put_text();
    RUN("gpt train --text t.txt " SMALL "--steps 60 --lr 1e-2 --warmup 5 "
        "--tokens byte --save m.safetensors");
    for (size_t i = 0; i < READ; i++)
        ids[i] = text[i];
    npy_put("ids.npy", ids, SHAPE(1, READ));
    RUN("gpt logits --load m.safetensors --ids ids.npy --out x.npy");
    const float *x = npy_get("x.npy", SHAPE(1, READ, V)) + (READ - 1) * V;
    size_t best = 0;
    for (size_t i = 0; i < V; i++)
        best = x[i] > x[best] ? i : best;
    strcpy(greedy, RUN("gpt sample --load m.safetensors --prompt 'the dog s' "
                       "--count 40 --temperature 0"));
    assert_int_equal(strlen(greedy), READ + 40 + 1);
    EXPECT(!strncmp(greedy, text, READ) && (size_t)greedy[READ] == best, "%s",
           greedy);
    EACH(how, "--top-k 1", "--top-p 0", "--temperature 1e-9 --seed 4",
         "--temperature 0 --weights f16", "--temperature 0 --threads 1")
        assert_string_equal(RUN("gpt sample --load m.safetensors --prompt "
                                "'the dog s' --count 40 %s", *how), greedy);
    strcpy(said, RUN("gpt sample --load m.safetensors --count 40 "
                     "--temperature 3 --seed 2"));
    assert_string_equal(RUN("gpt sample --load m.safetensors --count 40 "
                            "--temperature 3 --seed 2"), said);
    EXPECT(strcmp(RUN("gpt sample --load m.safetensors --count 40 "
                      "--temperature 3 --seed 3"), said), "two seeds");
    assert_string_equal(RUN("gpt sample --load m.safetensors --count 0 "
                            "--prompt x"), "x\n");
}

/* Rows of weights sum to one, and nothing later is seen. */
static void gpt_attends(void)
{
    enum { L = 2, H = 2, READ = 7 };
    put_text();
    RUN("gpt train --text t.txt " SMALL "--steps 3 --save m.safetensors");
    RUN("gpt attend --load m.safetensors --prompt 'the cat' --out w.npy");
    const float *w = npy_get("w.npy", SHAPE(L, H, READ, READ));
    for (size_t i = 0; i < L * H * READ; i++) {
        double sum = 0;
        for (size_t j = 0; j < READ; j++) {
            sum += (double)w[i * READ + j];
            assert_true(j <= i % READ ? w[i * READ + j] > 0
                                      : w[i * READ + j] == 0);
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
}

/* Without its run, a model is smaller and the same; in halves nearly so. */
static void gpt_converts(void)
{
    char whole[512], half[512];
    put_text();
    RUN("gpt train --text t.txt " SMALL "--steps 40 --lr 1e-2 "
        "--save m.safetensors");
    RUN("gpt convert --load m.safetensors --save f.safetensors");
    RUN("gpt convert --load f.safetensors --half --save h.safetensors");
    RUN("gpt convert --load h.safetensors --half --save i.safetensors && "
        "cmp h.safetensors i.safetensors");
    RUN("test $(stat -c %%s h.safetensors) -lt $(stat -c %%s f.safetensors) "
        "-a $(stat -c %%s f.safetensors) -lt $(stat -c %%s m.safetensors)");
    strcpy(whole, RUN("gpt score --load m.safetensors --text t.txt --json"));
    assert_string_equal(RUN("gpt score --load f.safetensors --text t.txt "
                            "--json"), whole);
    strcpy(half, RUN("gpt score --load h.safetensors --text t.txt --json"));
    EXPECT(fabs(json_number(half, "\"nats_per_token\"")
                - json_number(whole, "\"nats_per_token\"")) < 1e-3,
           "%s is not %s", half, whole);
}

/* Two runs that save to one file leave one of the two models; one that is
 * stopped leaves what it has, and goes on. */
static void gpt_checkpoints_are_whole(void)
{
    put_text();
    RUN("for seed in 1 2; do gpt train --text t.txt " SMALL "--steps 60 "
        "--eval-every 1 --seed $seed --save $seed.safetensors; done >said");
    RUN("(gpt train --text t.txt " SMALL "--steps 60 --eval-every 1 --seed 1 "
        "--save m.safetensors & gpt train --text t.txt " SMALL "--steps 60 "
        "--eval-every 1 --seed 2 --save m.safetensors; wait) >said");
    RUN("cmp -s m.safetensors 1.safetensors || "
        "cmp m.safetensors 2.safetensors");
    RUN("test -z \"$(find . -name '.unfinished*')\"");
    struct outcome *outcome = run("timeout --preserve-status -s INT 1 "
        "gpt train --text t.txt " SMALL "--steps 1000000 --eval-every 1 "
        "--save m.safetensors >said");
    EXPECT(outcome->status == 130, "status %d: %s", outcome->status,
           outcome->err);
    RUN("test -z \"$(find . -name '.unfinished*')\"");
    RUN("step=$(tail -n 1 said | awk '{print $2}') && "
        "gpt train --text t.txt --load m.safetensors --pause $((step + 9)) "
        "--save m.safetensors >said");
}

/* A disk that is full when a run saves: on the way with a message that names
 * the file, or with the signal that some systems send. The checkpoint of
 * before stays whole, and goes on to the bits of a run that nothing stopped. */
static void gpt_on_a_full_disk(void)
{
    put_text();
    RUN("gpt train --text t.txt " SMALL "--steps 30 --eval-every 5 "
        "--save whole.safetensors >said");
    RUN("gpt train --text t.txt " SMALL "--steps 30 --eval-every 5 "
        "--pause 10 --save m.safetensors >said && cp m.safetensors old && "
        "ls -A >before");
    EACH(blocks, "1", "9", "150") {
        EACH(trap, "trap '' XFSZ", ":") {
            struct outcome *outcome = run("%s; ulimit -f %s; exec gpt train "
                "--text t.txt --load m.safetensors --save m.safetensors "
                ">/dev/null", *trap, *blocks);
            EXPECT(**trap == ':' ? outcome->status == TERMINATED + SIGXFSZ
                   : outcome->status == 2
                     && strstr(outcome->err, "m.safetensors: File too large"),
                   "%s blocks: status %d: %s", *blocks, outcome->status,
                   outcome->err);
            RUN("cmp old m.safetensors && ls -A | cmp - before");
        }
    }
    EXPECT(run("gpt train --text t.txt " SMALL "--steps 5 --save /dev/full")
           ->status == 2, "/dev/full");
    RUN("gpt train --text t.txt --load m.safetensors --save m.safetensors "
        ">said && cmp whole.safetensors m.safetensors");
}

/* ------------------------------------------------------- every program -- */

static void help_shows_an_example(void)
{
    FOR_PROGRAMS(name) {
        const char *text = RUN("%s --help", name);
        char start[64];
        snprintf(start, sizeof start, "%s ", name);
        EXPECT(strstr(text, "xample") || strstr(text, "e.g."),
               "no example in:\n%s", text);
        EXPECT(strstr(text, start), "%s: no command line in help", name);
        EXPECT(strstr(text, "--figure"), "%s: no --figure in help", name);
        EXPECT(strstr(text, "--window"), "%s: no --window in help", name);
        for (const char *line = text; *line; line += *line == '\n') {
            size_t width = strcspn(line, "\n");
            EXPECT(width <= 80, "%s --help: %zu columns: %.*s", name, width,
                   (int)width, line);
            line += width;
        }
    }
}

/* Who compiles with the address sanitizer is not told of leaks when help or a
 * bad option ends the program early. */
static void an_early_end_leaks_nothing(void)
{
    FOR_PROGRAMS(name) {
        RUN("ASAN_OPTIONS=detect_leaks=1 %s --help", name);
        struct outcome *outcome = run("ASAN_OPTIONS=detect_leaks=1 "
                                      "%s --show x --nonsense", name);
        EXPECT(outcome->status == 2 && !strstr(outcome->err, "Sanitizer"),
               "%s: status %d: %s", name, outcome->status, outcome->err);
    }
}

/* Without arguments: status 2 and a few helpful lines, never silence, never
 * a wait for input that does not come. */
static void no_arguments_is_answered_politely(void)
{
    FOR_PROGRAMS(name) {
        struct outcome *outcome = run("%s", name);
        assert_int_equal(outcome->status, 2);
        assert_int_equal(outcome->out_length, 0);
        EXPECT(strstr(outcome->err, name), "%s says: %s", name, outcome->err);
    }
}

static const unsigned char png_magic[8] = "\x89PNG\r\n\x1a\n";

/* The width and height of a PNG, which must be one. */
static void png_size(unsigned *width, unsigned *height, const char *path)
{
    static unsigned char bytes[4 << 20];
    size_t length;
    EXPECT(exists(path), "%s was not written", path);
    slurp((char *)bytes, sizeof bytes, &length, path);
    EXPECT(length > 1000, "%s: %zu bytes", path, length);
    assert_memory_equal(bytes, png_magic, 8);
    assert_memory_equal(bytes + 12, "IHDR", 4);
    assert_memory_equal(bytes + length - 8, "IEND", 4);
    *width = bytes[18] * 256u + bytes[19];
    *height = bytes[22] * 256u + bytes[23];
}

static void figure_needs_no_display(void)
{
    FOR_PROGRAMS(name) {
        unsigned width, height;
        unlink("figure.png");
        RUN("%s --figure figure.png", name);
        png_size(&width, &height, "figure.png");
        EXPECT(width > 600 && height > 200, "%ux%u", width, height);
    }
}

/* Each figure by its name, in both themes: a picture, twice the same, a
 * table of its data and a text for those who cannot see it. */
static void check_figure(const char *name, const char *figure)
{
    unsigned width, height;
    RUN("%s --show %s --figure light.png", name, figure);
    png_size(&width, &height, "light.png");
    RUN("%s --show %s --figure again.png", name, figure);
    RUN("cmp light.png again.png");
    RUN("%s --show %s --theme dark --figure dark.png", name, figure);
    EXPECT(run("cmp -s light.png dark.png")->status == 1,
           "%s %s: the dark theme is the light one", name, figure);
    const char *table = RUN("%s --show %s --table", name, figure);
    EXPECT(strchr(table, '\t') && strchr(table, '\n'),
           "%s %s: no table: %s", name, figure, table);
    const char *alt = RUN("%s --show %s --alt", name, figure);
    EXPECT(strlen(alt) > 20, "%s %s: alt text is %s", name, figure, alt);
}

static void every_figure_can_be_shown(void)
{
    FOR_PROGRAMS(name) {
        char list[4096], *rest = list, *figure;
        strcpy(list, RUN("%s --list-figures", name));
        EXPECT(*list, "%s has no figure", name);
        while ((figure = strtok_r(rest, " \t\n", &rest)))
            check_figure(name, figure);
    }
}

/* What is no plain file needs no name that ends in .png. */
static void figures_go_to_standard_output(void)
{
    unsigned width, height;
    RUN("softmax --figure /dev/stdout | cat >piped.png");
    png_size(&width, &height, "piped.png");
    RUN("softmax --figure NAMED.PNG");
    png_size(&width, &height, "NAMED.PNG");
}

/* The programs compute what they print: the same answer twice. */
static void results_are_repeatable(void)
{
    RUN("average --cars >one; average --cars >two; cmp one two");
    RUN("softmax 1 2 3 >one; softmax 1 2 3 >two; cmp one two");
}

/* Each thread allocates what it needs; it must not need a large stack. */
static void threads_need_no_large_stack(void)
{
    EACH(limit, "2048", "unlimited")
        RUN("ulimit -s %s && OMP_NUM_THREADS=2 gradient --check", *limit);
}

/* Threads share the work; they must not change the result by a bit. */
static void threads_do_not_change_results(void)
{
    static float x[101 * 500];
    fill_noise(x, 101 * 500);
    npy_put("x.npy", x, SHAPE(101, 500));
    for (int threads = 1; threads <= 3; threads++)
        RUN("OMP_NUM_THREADS=%d softmax --npy x.npy --out p%d.npy", threads,
            threads);
    RUN("cmp p1.npy p2.npy && cmp p1.npy p3.npy");
    for (int threads = 1; threads <= 3; threads++)
        RUN("gradient --steps 20 --hidden 300 --batch 300 --threads %d "
            "--save g%d.safetensors", threads, threads);
    RUN("cmp g1.safetensors g2.safetensors && "
        "cmp g1.safetensors g3.safetensors");
}

/* ----------------------------------------------------------- implicit -- */

/* Two pictures: a ring of ink and a slanted bar, soft at their edges. */
enum { SIDE = 28, PIXELS = SIDE * SIDE, CLASSES = 10 };
static float pictures[2 * PIXELS];

static void put_pictures(void)
{
    for (int i = 0; i < PIXELS; i++) {
        double r = i / SIDE - 13.5, c = i % SIDE - 13.5;
        double ring = fabs(hypot(r, 1.4 * c) - 8), bar = fabs(c + .4 * r);
        pictures[i] = (float)(ring < 2.5 ? 1 - ring / 2.5 : 0);
        pictures[PIXELS + i] = (float)(bar < 2.5 && fabs(r) < 9
                                       ? 1 - bar / 2.5 : 0);
    }
    npy_put("x.npy", pictures, SHAPE(2, SIDE, SIDE));
}

/* Probabilities sum to one, and a picture alone has those that it has beside
 * another. A ring is a zero and a bar a one. */
static void implicit_classifies(void)
{
    float both[2 * CLASSES];
    put_pictures();
    RUN("implicit --classify x.npy --out p.npy");
    memcpy(both, npy_get("p.npy", SHAPE(2, CLASSES)), sizeof both);
    for (int b = 0; b < 2; b++) {
        double sum = 0;
        for (int class = 0; class < CLASSES; class++)
            sum += both[b * CLASSES + class];
        assert_true(fabs(sum - 1) < 1e-5 && both[b * CLASSES + b] > .5);
        npy_put("one.npy", pictures + b * PIXELS, SHAPE(SIDE, SIDE));
        RUN("implicit --classify one.npy --out q.npy");
        const float *alone = npy_get("q.npy", SHAPE(CLASSES));
        for (int class = 0; class < CLASSES; class++)
            assert_true(fabsf(alone[class] - both[b * CLASSES + class])
                        < 1e-5f);
    }
}

/* The slopes of the probabilities against differences of --classify, where
 * they are largest. They sum to zero over the classes. */
static void implicit_maps_are_slopes(void)
{
    static float maps[2 * CLASSES * PIXELS];
    const float step = .01f;
    put_pictures();
    for (int i = 0; i < 2 * PIXELS; i++)    /* less sure of itself */
        pictures[i] = .05f + .5f * pictures[i];
    npy_put("x.npy", pictures, SHAPE(2, SIDE, SIDE));
    RUN("implicit --jacobian x.npy --of probabilities --maps m.npy");
    memcpy(maps, npy_get("m.npy", SHAPE(2, CLASSES, SIDE, SIDE)),
           sizeof maps);
    for (int i = 0; i < PIXELS; i++) {
        double sum = 0;
        for (int class = 0; class < CLASSES; class++)
            sum += maps[class * PIXELS + i];
        assert_true(fabs(sum) < 1e-5);
    }
    int at = 0;
    for (int i = 0; i < CLASSES * PIXELS; i++)
        at = fabsf(maps[i]) > fabsf(maps[at]) ? i : at;
    float *pixel = &pictures[at % PIXELS], p[2];
    for (int side = 0; side < 2; side++) {
        *pixel += side ? -2 * step : step;
        npy_put("one.npy", pictures, SHAPE(SIDE, SIDE));
        RUN("implicit --classify one.npy --out q.npy");
        p[side] = npy_get("q.npy", SHAPE(CLASSES))[at / PIXELS];
    }
    EXPECT(fabsf((p[0] - p[1]) / (2 * step) - maps[at])
           < .05f * fabsf(maps[at]), "slope %g, differences %g", maps[at],
           (p[0] - p[1]) / (2 * step));
}

/* Integrated gradients of probabilities share out what has been gained. */
static void implicit_maps_are_complete(void)
{
    static const float blank[PIXELS];
    float p[2][CLASSES];
    put_pictures();
    npy_put("one.npy", pictures, SHAPE(SIDE, SIDE));
    npy_put("blank.npy", blank, SHAPE(SIDE, SIDE));
    EACH(file, "one", "blank") {
        RUN("implicit --classify %s.npy --out q.npy", *file);
        memcpy(p[**file == 'b'], npy_get("q.npy", SHAPE(CLASSES)), sizeof *p);
    }
    RUN("implicit --integrated one.npy --of probabilities --points 200 "
        "--maps m.npy");
    const float *maps = npy_get("m.npy", SHAPE(CLASSES, SIDE, SIDE));
    for (int class = 0; class < CLASSES; class++) {
        double sum = 0;
        for (int i = 0; i < PIXELS; i++)
            sum += maps[class * PIXELS + i];
        EXPECT(fabs(sum - (p[0][class] - p[1][class])) < .01,
               "class %d: %g, not %g", class, sum, p[0][class] - p[1][class]);
    }
}

/* -------------------------------------------------------- translation -- */

#define LITTLE "--tokens 20 --layers 1 --heads 2 --embed 16 --ff 32 " \
    "--batch-tokens 128 --dropout 0 --smoothing 0 --warmup 10 "

/* Colors stand behind the thing in the other language. */
static void put_texts(void)
{
    static const char *const colors[][2] = { { "red", "roux" },
        { "blue", "bleu" }, { "green", "vert" } };
    static const char *const things[][2] = { { "cat", "chat" },
        { "dog", "chien" }, { "house", "maison" }, { "book", "livre" } };
    FILE *plain = fopen("texts.tsv", "w"), *linked = fopen("links.tsv", "w");
    assert_true(plain && linked);
    for (size_t i = 0; i < 12; i++) {
        const char *const *c = colors[i % 3], *const *t = things[i / 3];
        fprintf(plain, "a %s %s\tun %s %s\n", c[0], t[0], t[1], c[1]);
        fprintf(linked, "v%zu\ta %s %s\tun %s %s\t0-0 1-2 2-1\n", i, c[0],
                t[0], t[1], c[1]);
    }
    fclose(plain), fclose(linked);
}

static void translation_turns_words_around(void)
{
    put_texts();
    RUN("translation train --pairs texts.tsv " LITTLE "--steps 150 "
        "--rate .01 --save m.safetensors");
    assert_string_equal(RUN("echo 'a green dog' | translation apply --load "
                            "m.safetensors --beam 4"), "un chien vert\n");
    const char *said = RUN("translation score --load m.safetensors --pairs "
                           "texts.tsv");
    EXPECT(strstr(said, "chrF 100.00   exact 100.00 %   of 12"), "%s", said);
    said = RUN("translation align --load m.safetensors --pairs "
                           "links.tsv --part train");
    EXPECT(strstr(said, "layer head   writes    reads") && strstr(said,
           "diagonal 0.6667"), "align says %s", said);
    RUN("translation average --bytes --save b.safetensors m.safetensors && "
        "translation average --save w.safetensors m.safetensors && test "
        "$(wc -c <b.safetensors) -lt $(($(wc -c <w.safetensors) * 2 / 5))");
    assert_string_equal(RUN("echo 'a green dog' | translation apply --load "
                            "b.safetensors"), "un chien vert\n");
}

static void translation_scores_texts(void)
{
    static const char one[] = "un chien vert dort\nle chat\n";
    spill("one.txt", one, sizeof one - 1);
    assert_string_equal(RUN("translation bleu one.txt <one.txt"),
                        "BLEU 100.00   chrF 100.00   exact 100.00 %   of 2\n");
    const char *said = RUN("printf 'un chat vert dort\\nle chat\\n' | "
                           "translation bleu one.txt --json");
    /* 5 of 6 words, 2 of 4 pairs, and half and a quarter of no match */
    const double want = 100 * pow(5. / 6 * 2 / 4 * .5 / 2 * .25 / 1, .25);
    const double got = strtod(strstr(said, ": ") + 2, NULL);
    EXPECT(fabs(got - want) < 1e-3, "bleu %g, want %g: %s", got, want, said);
    EXPECT(strstr(said, "\"exact\": 0.500000, \"count\": 2"), "%s", said);
}

static void translation_summarizes(void)
{
    static const char pairs[] = "foo\tfoo is a tool for red files\ta red "
        "tool\nbar\tbar reads blue files\tblue reader\n";
    spill("said.tsv", pairs, sizeof pairs - 1);
    RUN("translation train --summaries --copy --pairs said.tsv " LITTLE
        "--steps 150 --rate .01 --save s.safetensors");
    assert_string_equal(RUN("printf 'foo is a tool for red files\\nbar reads "
        "blue files\\n' | translation summarize --load s.safetensors"),
        "a red tool\nblue reader\n");
    const char *said = RUN("translation score --summaries --load "
                           "s.safetensors --pairs said.tsv");
    EXPECT(strstr(said, "\nmodel      ROUGE-1 1.0000   ROUGE-2 1.0000   "
                  "ROUGE-L 1.0000"), "%s", said);
}

static void translation_continues_bit_for_bit(void)
{
    put_texts();
    EACH(how, "", "--dropout .1") {
        RUN("translation train --pairs texts.tsv " LITTLE "--steps 40 %s "
            "--save whole.safetensors", *how);
        RUN("translation train --pairs texts.tsv " LITTLE "--steps 40 %s "
            "--pause 17 --save half.safetensors", *how);
        RUN("translation train --pairs texts.tsv --threads 2 --load "
            "half.safetensors --save half.safetensors && cmp "
            "whole.safetensors half.safetensors");
    }
}

/* --------------------------------------------------------------- bert -- */

#define FEW "--layers 1 --heads 2 --embed 16 --ff 24 --context 12 "         \
            "--batch 4 --tokens 60 "

/* Stopped and continued, with another number of threads. */
static void bert_continues_bit_for_bit(void)
{
    put_text();
    EACH(how, "--val 0", "--causal --eval-every 7", "--dropout .2 --share .4",
         "--batch 1 --lr 5e-3 --seed 3 --weight-decay 0 --grad-clip .1") {
        RUN("bert train --text t.txt " FEW "--steps 40 --warmup 5 %s "
            "--threads 1 --save whole.safetensors", *how);
        RUN("bert train --text t.txt " FEW "--steps 40 --warmup 5 %s "
            "--pause 17 --save half.safetensors", *how);
        EXPECT(run("cmp -s whole.safetensors half.safetensors")->status == 1,
               "half is whole");
        RUN("bert train --text t.txt --threads 2 --load half.safetensors "
            "--save half.safetensors");
        RUN("cmp whole.safetensors half.safetensors");
    }
}

/* What it says first is likely, chances fall, and a blank has its list. */
static void bert_fills_in(void)
{
    char said[4096];
    put_text();
    RUN("bert train --text t.txt --tokens 60 --layers 2 --heads 2 --embed 32 "
        "--ff 64 --context 12 --batch 8 --steps 1000 --lr 5e-3 --warmup 50 "
        "--dropout 0 --save m.safetensors");
    strcpy(said, RUN("bert fill --load m.safetensors "
                     "'cat sat [MASK] the mat and the'"));
    EXPECT(!strncmp(said, "on\t", 3), "%s", said);
    strcpy(said, RUN("bert fill --load m.safetensors --top 2 "
                     "'the cat [MASK] on [MASK] mat'"));
    size_t lines = 0, blanks = 0;
    for (const char *at = said; *at; at++)
        lines += *at == '\n', blanks += !strncmp(at, "\n\n", 2);
    EXPECT(lines == 5 && blanks == 1, "%s", said);
    EXPECT(strstr(said, "sat\t") == said, "%s", said);
    EXPECT(number_after(strcpy(said, RUN("bert score --load m.safetensors "
                        "--text t.txt")), "right ") > .5, "%s", said);
    struct outcome *long_text = run("bert fill --load m.safetensors \"the "
        "[MASK] $(yes sat | head -n 597 | tr '\\n' ' ')\"");
    EXPECT(long_text->status == 0
           && strstr(long_text->err, "has 601 tokens, and the last 589"),
           "%s", long_text->err);
}

/* Rows of a text are the same by itself and in company. */
static void bert_gives_its_rows(void)
{
    enum { B = 2, T = 6, WIDE = 16 };
    static const float ids[] = { 2, 6, 7, 8, 9, 3,  2, 7, 7, 3, 0, 5 };
    static const float types[] = { 0, 0, 0, 1, 1, 1,  0, 0, 1, 1, 0, 0 };
    static float both[B * T * WIDE];
    put_text();
    RUN("bert train --text t.txt " FEW "--steps 3 --save m.safetensors");
    npy_put("ids.npy", ids, SHAPE(B, T));
    npy_put("types.npy", types, SHAPE(B, T));
    npy_put("lengths.npy", ((float[]){ 6, 4 }), SHAPE(B));
    npy_put("one.npy", ids + T, SHAPE(4));
    npy_put("onetypes.npy", types + T, SHAPE(4));
    RUN("bert hidden --load m.safetensors --ids ids.npy --types types.npy "
        "--lengths lengths.npy --out z.npy");
    memcpy(both, npy_get("z.npy", SHAPE(B, T, WIDE)), sizeof both);
    RUN("bert hidden --load m.safetensors --ids one.npy --types onetypes.npy "
        "--out one.npy.out");
    const float *one = npy_get("one.npy.out", SHAPE(4, WIDE));
    for (size_t i = 0; i < 4 * WIDE; i++)
        EXPECT(fabs((double)one[i] - (double)both[T * WIDE + i]) < 1e-5,
               "number %zu", i);
    RUN("bert convert --load m.safetensors --save f.safetensors && bert "
        "hidden --load f.safetensors --ids ids.npy --types types.npy "
        "--lengths lengths.npy --out y.npy && cmp y.npy z.npy");
}

/* Without its run, a model is smaller and the same; in halves nearly so. */
static void bert_converts(void)
{
    char whole[512];
    put_text();
    RUN("bert train --text t.txt " FEW "--steps 40 --lr 1e-2 "
        "--save m.safetensors");
    RUN("bert convert --load m.safetensors --save f.safetensors");
    RUN("bert convert --load f.safetensors --half --save h.safetensors");
    RUN("bert convert --load h.safetensors --half --save i.safetensors && "
        "cmp h.safetensors i.safetensors");
    RUN("grep -q bert.encoder.layer.0.attention.self.query.weight "
        "f.safetensors");
    strcpy(whole, RUN("bert fill --load m.safetensors 'the [MASK] sat'"));
    assert_string_equal(RUN("bert fill --load f.safetensors "
                            "'the [MASK] sat'"), whole);
    RUN("bert fill --load h.safetensors 'the [MASK] sat'");
}

/* Categories from few lines; stopped and continued. */
static void bert_tunes(void)
{
    FILE *file = fopen("l.tsv", "w");
    assert_non_null(file);
    for (int i = 0; i < 150; i++)
        fprintf(file, "%s\tthe %s sat on number %d\n",
                i % 2 ? "feline" : "canine", i % 2 ? "cat" : "dog", i);
    fclose(file);
    put_text();
    RUN("bert train --text t.txt --lines l.tsv " FEW "--steps 60 --lr 1e-2 "
        "--save m.safetensors");
    RUN("bert tune --load m.safetensors --lines l.tsv --labels 60 --steps 200 "
        "--lr 5e-3 --save whole.safetensors");
    RUN("bert tune --load m.safetensors --lines l.tsv --labels 60 --steps 200 "
        "--lr 5e-3 --pause 83 --threads 1 --save half.safetensors");
    RUN("bert tune --load half.safetensors --lines l.tsv "
        "--save half.safetensors && cmp whole.safetensors half.safetensors");
    const char *said = RUN("printf 'the cat sat on number 7\\nThe DOG sat on "
                           "n\u00famber 7' | bert classify "
                           "--load whole.safetensors");
    EXPECT(!strncmp(said, "feline\t", 7) && strstr(said, "\ncanine\t"),
           "%s", said);
    said = RUN("bert score --load whole.safetensors --lines l.tsv");
    EXPECT(number_after(said, "right ") > .8, "%s", said);
}

/* A vocabulary of our own cuts and puts together. */
static void bert_cuts(void)
{
    put_text();
    RUN("bert vocab --text t.txt --tokens 50 --save v.txt");
    assert_string_equal(RUN("echo 'The CAT, the m\u00e5t; [MASK]' | "
        "bert tokens --vocab v.txt | bert tokens --vocab v.txt --decode"),
        "the cat [UNK] the mat [UNK] [MASK]\n");
    const char *said = RUN("echo cat | bert tokens --vocab v.txt --pieces");
    EXPECT(strstr(said, "\tcat\n"), "%s", said);
    EXPECT(strtod(RUN("wc -l <v.txt"), NULL) <= 50, "too many tokens");
}

/* --------------------------------------------------------------- hard -- */

/* Pictures that the program makes: a digit, and much paper. What it says of
 * all of them it says of one, the places are middles of windows, and random
 * places are no path of the policy. */
enum { SCENE = 56 * 56, SCENES = 4, LOOKS = 3 };

static void hard_reads_its_pictures(void)
{
    static float x[SCENES * SCENE];
    float p[SCENES * CLASSES], path[SCENES * LOOKS * 2];
    RUN("hard --pictures x.npy --labels l.npy --count 4 --data "
        "'%s/data/digits'", root);
    memcpy(x, npy_get("x.npy", SHAPE(SCENES, 56, 56)), sizeof x);
    const float *labels = npy_get("l.npy", SHAPE(SCENES));
    assert_true(labels[0] == 7 && labels[1] == 2 && labels[2] == 1
                && labels[3] == 0);
    for (int b = 0; b < SCENES; b++) {
        int paper = 0;
        for (int i = 0; i < SCENE; i++)
            paper += x[b * SCENE + i] == 0;
        assert_true(paper > SCENE / 2 && paper < SCENE - 50);
    }
    RUN("hard --classify x.npy --out p.npy --path path.npy");
    memcpy(p, npy_get("p.npy", SHAPE(SCENES, CLASSES)), sizeof p);
    memcpy(path, npy_get("path.npy", SHAPE(SCENES, LOOKS, 2)), sizeof path);
    for (int i = 0; i < SCENES * LOOKS * 2; i++)
        assert_true(fmodf(path[i] - 4, 8) == 0 && path[i] >= 4
                    && path[i] <= 52);
    for (int b = 0; b < SCENES; b++) {
        double sum = 0;
        npy_put("one.npy", x + b * SCENE, SHAPE(56, 56));
        RUN("hard --classify one.npy --out q.npy");
        const float *alone = npy_get("q.npy", SHAPE(CLASSES));
        for (int class = 0; class < CLASSES; class++) {
            sum += alone[class];
            assert_true(fabsf(alone[class] - p[b * CLASSES + class]) < 1e-5f);
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
}

/* Hard attention: ink where no window was changes the policy's overview, but
 * with the places of random models, which nothing changes, it changes
 * nothing at all. */
static void hard_reads_windows_only(void)
{
    static float x[SCENE];
    float before[CLASSES], path[LOOKS * 2];
    for (int i = 0; i < SCENE; i++)
        x[i] = i / 56 > 20 && i / 56 < 36 && i % 56 > 27 && i % 56 < 31;
    npy_put("x.npy", x, SHAPE(56, 56));
    RUN("cp '%s/data/weights/hard.safetensors' w.safetensors", root);
    RUN("hard --model random --load w.safetensors --classify x.npy --out "
        "p.npy --path path.npy");
    memcpy(before, npy_get("p.npy", SHAPE(CLASSES)), sizeof before);
    memcpy(path, npy_get("path.npy", SHAPE(LOOKS, 2)), sizeof path);
    for (int seen = 0; seen < 2; seen++) {
        int changed = 0;
        for (int i = 0; i < SCENE; i++) {
            bool inside = false;
            for (int t = 0; t < LOOKS; t++) {
                int r = i / 56 - (int)path[2 * t] + 10;
                int c = i % 56 - (int)path[2 * t + 1] + 10;
                inside |= r >= 0 && r < 20 && c >= 0 && c < 20;
            }
            x[i] = inside == seen ? (float)(i % 7) / 7 : x[i];
            changed += inside == seen;
        }
        assert_true(changed > 300);
        npy_put("y.npy", x, SHAPE(56, 56));
        RUN("hard --model random --load w.safetensors --classify y.npy "
            "--out q.npy");
        const float *after = npy_get("q.npy", SHAPE(CLASSES));
        assert_int_equal(memcmp(before, after, sizeof before) == 0, !seen);
    }
}

/* ------------------------------------------------------------- vision -- */

/* What a Vision Transformer says of ten digits, the file that it publishes
 * says as well, and so does another run of the program on each digit. */
static void vision_publishes_what_it_is(void)
{
    static float x[4 * 784];
    float p[4 * CLASSES];
    for (int i = 0; i < 4 * 784; i++)
        x[i] = (float)(i * 37 % 101) / 100;
    npy_put("x.npy", x, SHAPE(4, 28, 28));
    RUN("vision --classify x.npy --out p.npy");
    memcpy(p, npy_get("p.npy", SHAPE(4, CLASSES)), sizeof p);
    RUN("vision --publish v.safetensors");
    RUN("vision --classify x.npy --load v.safetensors --out q.npy");
    assert_memory_equal(npy_get("q.npy", SHAPE(4, CLASSES)), p, sizeof p);
    for (int b = 0; b < 4; b++) {
        double sum = 0;
        npy_put("one.npy", x + b * 784, SHAPE(1, 1, 28, 28));
        RUN("vision --classify one.npy --out q.npy");
        const float *alone = npy_get("q.npy", SHAPE(1, CLASSES));
        for (int class = 0; class < CLASSES; class++) {
            sum += alone[class];
            assert_true(fabsf(alone[class] - p[b * CLASSES + class]) < 1e-5f);
        }
        assert_true(fabs(sum - 1) < 1e-5);
    }
}

/* Canvases have three digits, each with ink in its box and a box on the
 * canvas; the detector's boxes are sorted by their scores. */
static void vision_finds_digits(void)
{
    enum { CANVASES = 3 };
    float truth[CANVASES * 15];
    RUN("vision --canvases x.npy --truth t.npy --count 3 --data "
        "'%s/data/digits'", root);
    memcpy(truth, npy_get("t.npy", SHAPE(CANVASES, 3, 5)), sizeof truth);
    const float *x = npy_get("x.npy", SHAPE(CANVASES, 64, 64));
    for (int i = 0; i < CANVASES * 3; i++) {
        const float *t = truth + 5 * i, *canvas = x + i / 3 * 4096;
        double ink = 0;
        assert_true(t[0] >= 0 && t[0] <= 9 && floorf(t[0]) == t[0]);
        assert_true(t[1] >= 0 && t[2] >= 0 && t[3] <= 64 && t[4] <= 64);
        for (int r = (int)t[2]; r < (int)t[4]; r++)
            for (int c = (int)t[1]; c < (int)t[3]; c++)
                ink += (double)canvas[r * 64 + c];
        assert_true(ink > 5);
    }
    RUN("vision --detect x.npy --out b.npy");
    const float *b = npy_get("b.npy", SHAPE(CANVASES, 8, 6));
    for (int i = 0; i < CANVASES * 8; i++) {
        assert_true(b[6 * i + 1] > 0 && b[6 * i + 1] <= 1);
        assert_true(i % 8 == 0 || b[6 * i + 1] <= b[6 * i - 5]);
        assert_true(b[6 * i + 2] <= b[6 * i + 4]
                    && b[6 * i + 3] <= b[6 * i + 5]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(softmax_reads_arguments),
        BOTH(softmax_prints_one_probability_a_line),
        BOTH(softmax_reads_standard_input),
        BOTH(softmax_obeys_temperature_and_log),
        BOTH(softmax_of_infinite_scores),
        BOTH(softmax_allows_nan_when_asked),
        BOTH(softmax_of_files_of_any_rank),
        BOTH(softmax_of_large_files),
        BOTH(softmax_reads_float64),
        BOTH(softmax_reads_every_kind_of_header),
        BOTH(softmax_keeps_its_own_input),
        BOTH(implicit_classifies), BOTH(implicit_maps_are_slopes),
        BOTH(implicit_maps_are_complete),
        BOTH(hard_reads_its_pictures), BOTH(hard_reads_windows_only),
        BOTH(vision_publishes_what_it_is), BOTH(vision_finds_digits),
        BOTH(average_with_kernels),
        BOTH(average_with_dot_products),
        BOTH(average_weights_are_optional),
        BOTH(average_prints_the_car_prices),
        BOTH(score_dot_and_scaled),
        BOTH(score_general),
        BOTH(score_additive_and_concat),
        BOTH(score_outputs_are_optional),
        BOTH(mask_hides_keys),
        BOTH(mask_attends),
        BOTH(multihead_aligns_the_last_query),
        BOTH(mask_reads_dates),
        BOTH(gradient_learns_two_spirals),
        BOTH(gradient_continues_bit_for_bit),
        BOTH(gradient_saves_when_interrupted),
        BOTH(gradient_learns_points_and_predicts),
        BOTH(gradient_gives_its_memory_back),
        BOTH(gradient_checks_its_operations),
        BOTH(encoder_sorts_line_by_line),
        BOTH(encoder_continues_bit_for_bit),
        BOTH(transformer_answers_line_by_line),
        BOTH(transformer_scores_what_it_says),
        BOTH(transformer_continues_bit_for_bit),
        BOTH(transformer_averages),
        BOTH(transformer_writes_together),
        BOTH(transformer_learns_to_copy),
        BOTH(translation_turns_words_around),
        BOTH(translation_scores_texts),
        BOTH(translation_summarizes),
        BOTH(translation_continues_bit_for_bit),
        BOTH(recurrence_continues_bit_for_bit),
        BOTH(alignment_answers_line_by_line),
        BOTH(alignment_shows_a_map),
        BOTH(gpt_continues_bit_for_bit),
        BOTH(gpt_scores_what_its_logits_say),
        BOTH(gpt_samples),
        BOTH(gpt_attends),
        BOTH(gpt_converts),
        BOTH(gpt_checkpoints_are_whole),
        BOTH(gpt_on_a_full_disk),
        BOTH(bert_continues_bit_for_bit),
        BOTH(bert_fills_in),
        BOTH(bert_gives_its_rows),
        BOTH(bert_converts),
        BOTH(bert_tunes),
        BOTH(bert_cuts),
        BOTH(help_shows_an_example),
        BOTH(an_early_end_leaks_nothing),
        BOTH(no_arguments_is_answered_politely),
        BOTH(figure_needs_no_display),
        BOTH(every_figure_can_be_shown),
        BOTH(figures_go_to_standard_output),
        BOTH(results_are_repeatable),
        BOTH(threads_do_not_change_results),
        BOTH(threads_need_no_large_stack),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
