/* layers_test.c -- the layers of part III from outside: what selfattention,
 * multihead, position and block write is computed again here, in double and
 * without any of the book's code; what they must refuse is refused. */
#include "lib/refused.h"

/* Of the issue: |got - want| <= 2e-6 + 2e-5 |want|; CLOSE is stricter. */
#define TOLERANCE 2e-6

/* ---------------------------------------------------------- the formulas -- */

enum { MOST = 8192 };

/* out (rows, m) = x (rows, n) w (n, m) + b (m), or without b. */
static void project(double *out, const double *x, const float *w,
                    const float *b, size_t rows, size_t n, size_t m)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < m; j++) {
            double sum = b ? b[j] : 0;
            for (size_t i = 0; i < n; i++)
                sum += x[r * n + i] * w[i * m + j];
            out[r * m + j] = sum;
        }
}

/* Everything about one attention with heads. */
struct attention {
    size_t B, n, m, H, dk, dv;
    bool causal;
    const float *lengths;               /* (B) or NULL */
    double scale;
};

static bool sees(const struct attention *a, size_t b, size_t i, size_t j)
{
    return (!a->causal || j <= i)
           && (!a->lengths || (float)j < a->lengths[b]);
}

/* One query of one head: the weights (m). */
static void weigh(double *weights, const double *q, const double *k,
                  const struct attention *a, size_t b, size_t i)
{
    double max = -INFINITY, sum = 0;
    for (size_t j = 0; j < a->m; j++) {
        double s = 0;
        for (size_t c = 0; c < a->dk; c++)
            s += q[c] * k[j * a->H * a->dk + c];
        weights[j] = sees(a, b, i, j) ? s * a->scale : -INFINITY;
        max = fmax(max, weights[j]);
    }
    for (size_t j = 0; j < a->m; j++)
        sum += weights[j] = exp(weights[j] - max);
    for (size_t j = 0; j < a->m; j++)
        weights[j] /= sum;
}

/* q (B, n, H dk), k (B, m, H dk), v (B, m, H dv) -> out (B, n, H dv),
 * weights (B, H, n, m). */
static void attend(double *out, double *weights, const double *q,
                   const double *k, const double *v,
                   const struct attention *a)
{
    for (size_t b = 0; b < a->B; b++)
        for (size_t h = 0; h < a->H; h++)
            for (size_t i = 0; i < a->n; i++) {
                double *w = weights + ((b * a->H + h) * a->n + i) * a->m;
                weigh(w, q + ((b * a->n + i) * a->H + h) * a->dk,
                      k + (b * a->m * a->H + h) * a->dk, a, b, i);
                for (size_t c = 0; c < a->dv; c++) {
                    double sum = 0;
                    for (size_t j = 0; j < a->m; j++)
                        sum += w[j] * v[((b * a->m + j) * a->H + h) * a->dv
                                        + c];
                    out[((b * a->n + i) * a->H + h) * a->dv + c] = sum;
                }
            }
}

static void widen(double *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x[i];
}

/* A file of noise; the numbers stay here. */
static float *noise_file(float *x, const char *path, size_t rank,
                         const size_t *shape)
{
    fill_noise(x, shape_count(rank, shape));
    npy_put(path, x, rank, shape);
    return x;
}

/* ---------------------------------------------------------- selfattention -- */

static float x[MOST], wq[MOST], wk[MOST], wv[MOST], wo[MOST], context[MOST];
static float bq[MOST], bk[MOST], bv[MOST], bo[MOST];
static double wide[MOST], q[MOST], k[MOST], v[MOST];
static double joined[MOST], weights[MOST], out[MOST];

static void selfattention_is_the_formula(void)
{
    enum { B = 3, N = 7, D = 5, DK = 6, DV = 4 };
    noise_file(wq, "wq.npy", SHAPE(D, DK));
    noise_file(wk, "wk.npy", SHAPE(D, DK));
    noise_file(wv, "wv.npy", SHAPE(D, DV));
    for (int rank = 2; rank <= 3; rank++)
        for (int flags = 0; flags < 4; flags++) {
            size_t batch = rank == 2 ? 1 : B, rows = batch * N;
            if (rank == 2)
                noise_file(x, "x.npy", SHAPE(N, D));
            else
                noise_file(x, "x.npy", SHAPE(B, N, D));
            struct attention a = {
                batch, N, N, 1, DK, DV, flags & 1, NULL,
                flags & 2 ? 1 : 1 / sqrt(DK)
            };
            widen(wide, x, rows * D);
            project(q, wide, wq, NULL, rows, D, DK);
            project(k, wide, wk, NULL, rows, D, DK);
            project(v, wide, wv, NULL, rows, D, DV);
            attend(out, weights, q, k, v, &a);
            RUN("selfattention --x x.npy --wq wq.npy --wk wk.npy --wv wv.npy "
                "--out out.npy --weights w.npy %s %s",
                flags & 1 ? "--causal" : "", flags & 2 ? "--no-scale" : "");
            const size_t o[] = { B, N, DV }, w[] = { B, N, N };
            size_t skip = rank == 2;
            CLOSE(npy_get("out.npy", (size_t)rank, o + skip), out, rows * DV,
                  TOLERANCE);
            CLOSE(npy_get("w.npy", (size_t)rank, w + skip), weights, rows * N,
                  TOLERANCE);
        }
}

/* -------------------------------------------------------------- multihead -- */

struct heads_case {
    size_t B, n, m, C, Cc, H, dk, dv, O;
    bool context, causal, lengths, biases;
};

static void files_of_heads(const struct heads_case *c)
{
    noise_file(x, "x.npy", SHAPE(c->B, c->n, c->C));
    noise_file(context, "c.npy", SHAPE(c->B, c->m, c->Cc));
    noise_file(wq, "wq.npy", SHAPE(c->C, c->H * c->dk));
    noise_file(wk, "wk.npy", SHAPE(c->Cc, c->H * c->dk));
    noise_file(wv, "wv.npy", SHAPE(c->Cc, c->H * c->dv));
    noise_file(wo, "wo.npy", SHAPE(c->H * c->dv, c->O));
    noise_file(bq, "bq.npy", SHAPE(c->H * c->dk));
    noise_file(bk, "bk.npy", SHAPE(c->H * c->dk));
    noise_file(bv, "bv.npy", SHAPE(c->H * c->dv));
    noise_file(bo, "bo.npy", SHAPE(c->O));
}

static void compute_heads(const struct heads_case *c, const float *lengths)
{
    const float *from = c->context ? context : x;
    size_t queries = c->B * c->n, keys = c->B * c->m;
    struct attention a = { c->B, c->n, c->m, c->H, c->dk, c->dv, c->causal,
                           c->lengths ? lengths : NULL,
                           1 / sqrt((double)c->dk) };
    widen(wide, x, queries * c->C);
    project(q, wide, wq, c->biases ? bq : NULL, queries, c->C, c->H * c->dk);
    widen(wide, from, keys * c->Cc);
    project(k, wide, wk, c->biases ? bk : NULL, keys, c->Cc, c->H * c->dk);
    project(v, wide, wv, c->biases ? bv : NULL, keys, c->Cc, c->H * c->dv);
    attend(joined, weights, q, k, v, &a);
    project(out, joined, wo, c->biases ? bo : NULL, queries, c->H * c->dv,
            c->O);
}

static const char *heads_line(const struct heads_case *c)
{
    static char line[500];
    snprintf(line, sizeof line,
             "multihead --heads %zu --x x.npy --wq wq.npy --wk wk.npy "
             "--wv wv.npy --wo wo.npy --out out.npy%s%s%s%s", c->H,
             c->context ? " --context c.npy" : "",
             c->causal ? " --causal" : "",
             c->lengths ? " --lengths l.npy" : "",
             c->biases ? " --bq bq.npy --bk bk.npy --bv bv.npy --bo bo.npy"
                       : "");
    return line;
}

static void multihead_is_the_formula(void)
{
    static const struct heads_case cases[] = {
        { 3, 7, 7, 10, 10, 5, 2, 4, 8, 0, 0, 0, 0 },
        { 3, 7, 7, 10, 10, 5, 2, 4, 8, 0, 1, 0, 1 },
        { 2, 6, 9, 8, 11, 2, 3, 5, 7, 1, 0, 1, 1 },
        { 2, 9, 9, 12, 12, 3, 4, 5, 6, 0, 1, 1, 0 },
        { 1, 5, 8, 6, 10, 1, 3, 2, 4, 1, 0, 0, 1 },
    };
    const float lengths[] = { 4, 9 };
    npy_put("l.npy", lengths, SHAPE(2));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct heads_case *c = &cases[i];
        files_of_heads(c);
        compute_heads(c, lengths);
        RUN("%s", heads_line(c));
        CLOSE(npy_get("out.npy", SHAPE(c->B, c->n, c->O)), out,
              c->B * c->n * c->O, TOLERANCE);
        RUN("%s --weights w.npy", heads_line(c));
        CLOSE(npy_get("out.npy", SHAPE(c->B, c->n, c->O)), out,
              c->B * c->n * c->O, TOLERANCE);
        CLOSE(npy_get("w.npy", SHAPE(c->B, c->H, c->n, c->m)), weights,
              c->B * c->H * c->n * c->m, TOLERANCE);
    }
}

/* --------------------------------------------------------------- position -- */

static void positions_are_the_formulas(void)
{
    enum { N = 9, D = 6, H = 6 };
    double turns[2 * N * D / 2], slope[H] = { 1 / 4., 1 / 16., 1 / 64.,
                                             1 / 256., 1 / 2., 1 / 8. };
    for (size_t t = 0; t < N; t++)
        for (size_t l = 0; l < D / 2; l++) {
            double angle = (double)t * pow(10000, -2. * (double)l / D);
            out[t * D + 2 * l] = sin(angle);
            out[t * D + 2 * l + 1] = cos(angle);
            turns[t * D / 2 + l] = cos(angle);
            turns[(N + t) * D / 2 + l] = sin(angle);
        }
    RUN("position --kind sinusoidal --length 9 --dim 6 --out out.npy");
    CLOSE(npy_get("out.npy", SHAPE(N, D)), out, N * D, TOLERANCE);
    RUN("position --kind rotary --length 9 --dim 6 --out out.npy");
    CLOSE(npy_get("out.npy", SHAPE(2, N, D / 2)), turns, N * D, TOLERANCE);
    for (size_t h = 0; h < H; h++)
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++)
                out[(h * N + i) * N + j] = -slope[h]
                                         * fabs((double)i - (double)j);
    RUN("position --kind alibi --length 9 --dim 6 --heads 6 --out out.npy");
    CLOSE(npy_get("out.npy", SHAPE(H, N, N)), out, H * N * N, TOLERANCE);
}

/* ------------------------------------------------------------------ block -- */

enum { BB = 2, BT = 7, BC = 12, BF = 20, BH = 3 };

static const struct stored {
    const char *name;
    size_t rows, columns;               /* columns 0: a vector */
} stored[] = {
    { "ln_1.weight", BC, 0 },                { "ln_1.bias", BC, 0 },
    { "attn.c_attn.weight", BC, 3 * BC },    { "attn.c_attn.bias", 3 * BC, 0 },
    { "attn.c_proj.weight", BC, BC },        { "attn.c_proj.bias", BC, 0 },
    { "ln_2.weight", BC, 0 },                { "ln_2.bias", BC, 0 },
    { "mlp.c_fc.weight", BC, BF },           { "mlp.c_fc.bias", BF, 0 },
    { "mlp.c_proj.weight", BF, BC },         { "mlp.c_proj.bias", BC, 0 },
};
#define STORED (sizeof stored / sizeof *stored)
static float parameters[4096], *parameter[STORED];

static size_t stored_count(const struct stored *t)
{
    return t->rows * (t->columns ? t->columns : 1);
}

/* Writes the block, without tensor number `without`, and with `misshapen` as
 * a matrix or vector of another shape. */
static void block_put(const char *path, size_t without, size_t misshapen)
{
    char header[4096] = "{";
    size_t at = 1, bytes = 0;
    for (size_t i = 0; i < STORED; i++) {
        const struct stored *t = &stored[i];
        size_t end = bytes + 4 * stored_count(t);
        if (i == without)
            continue;
        at += (size_t)snprintf(header + at, sizeof header - at,
            "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[", at > 1 ? "," : "",
            t->name);
        if (t->columns && i != misshapen)
            at += (size_t)snprintf(header + at, sizeof header - at, "%zu,%zu",
                                   t->rows, t->columns);
        else
            at += (size_t)snprintf(header + at, sizeof header - at, "%zu%s",
                                   stored_count(t),
                                   i == misshapen && !t->columns ? ",1" : "");
        at += (size_t)snprintf(header + at, sizeof header - at,
            "],\"data_offsets\":[%zu,%zu]}", bytes, end);
        bytes = end;
    }
    at += (size_t)snprintf(header + at, sizeof header - at, "}");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    uint64_t length = at;
    fwrite(&length, sizeof length, 1, file);
    fwrite(header, 1, at, file);
    for (size_t i = 0; i < STORED; i++)
        if (i != without)
            fwrite(parameter[i], 4, stored_count(&stored[i]), file);
    assert_int_equal(fclose(file), 0);
}

static void fill_block(void)
{
    size_t at = 0;
    for (size_t i = 0; i < STORED; i++) {
        parameter[i] = parameters + at;
        at += stored_count(&stored[i]);
    }
    for (size_t i = 0; i < at; i++)
        parameters[i] = .5f * noise();
}

static void norm(double *to, const double *from, size_t which)
{
    const float *gain = parameter[which], *bias = parameter[which + 1];
    for (size_t r = 0; r < BB * BT; r++, to += BC, from += BC) {
        double mean = 0, square = 0;
        for (size_t c = 0; c < BC; c++)
            mean += from[c] / BC;
        for (size_t c = 0; c < BC; c++)
            square += (from[c] - mean) * (from[c] - mean) / BC;
        for (size_t c = 0; c < BC; c++)
            to[c] = (from[c] - mean) / sqrt(square + 1e-5) * gain[c] + bias[c];
    }
}

static void block_attention(double *to, const double *from, bool causal)
{
    static double three[BB * BT * 3 * BC];
    enum { ROWS = BB * BT };
    struct attention a = { BB, BT, BT, BH, BC / BH, BC / BH, causal, NULL,
                           1 / sqrt(BC / BH) };
    project(three, from, parameter[2], parameter[3], ROWS, BC, 3 * BC);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < BC; c++) {
            q[r * BC + c] = three[r * 3 * BC + c];
            k[r * BC + c] = three[r * 3 * BC + BC + c];
            v[r * BC + c] = three[r * 3 * BC + 2 * BC + c];
        }
    attend(joined, weights, q, k, v, &a);
    project(to, joined, parameter[4], parameter[5], ROWS, BC, BC);
}

static void block_feed(double *to, const double *from)
{
    static double hidden[BB * BT * BF];
    project(hidden, from, parameter[8], parameter[9], BB * BT, BC, BF);
    for (size_t i = 0; i < BB * BT * BF; i++) {
        double h = hidden[i];
        hidden[i] = .5 * h * (1 + tanh(sqrt(2 / M_PI)
                                       * (h + .044715 * h * h * h)));
    }
    project(to, hidden, parameter[10], parameter[11], BB * BT, BF, BC);
}

static void add(double *to, const double *more)
{
    for (size_t i = 0; i < BB * BT * BC; i++)
        to[i] += more[i];
}

static void compute_block(bool post, bool causal)
{
    static double says[BB * BT * BC], normed[BB * BT * BC];
    widen(out, x, BB * BT * BC);
    if (post) {
        block_attention(says, out, causal);
        add(out, says);
        norm(out, out, 0);
        block_feed(says, out);
        add(out, says);
        norm(out, out, 6);
    } else {
        norm(normed, out, 0);
        block_attention(says, normed, causal);
        add(out, says);
        norm(normed, out, 6);
        block_feed(says, normed);
        add(out, says);
    }
}

static void block_is_the_formula(void)
{
    fill_block();
    block_put("block.safetensors", STORED, STORED);
    noise_file(x, "x.npy", SHAPE(BB, BT, BC));
    for (int flags = 0; flags < 4; flags++) {
        compute_block(flags & 1, flags & 2);
        RUN("block --load block.safetensors --x x.npy --heads 3 --norm %s %s "
            "--out out.npy", flags & 1 ? "post" : "pre",
            flags & 2 ? "--causal" : "");
        CLOSE(npy_get("out.npy", SHAPE(BB, BT, BC)), out, BB * BT * BC,
              TOLERANCE);
    }
}

/* ------------------------------------------------------------------ leaks -- */

/* Token `at` of every example of x.npy becomes another; with the rest of the
 * line unchanged, the first `same` rows of every example keep their bits. */
static void keeps(const char *line, size_t batch, size_t n, size_t columns,
                  size_t wide_out, size_t at, size_t same)
{
    static float before[MOST];
    RUN("%s", line);
    memcpy(before, npy_get("out.npy", SHAPE(batch, n, wide_out)),
           batch * n * wide_out * sizeof *before);
    for (size_t b = 0; b < batch; b++)
        fill_noise(x + (b * n + at) * columns, columns);
    npy_put("x.npy", x, SHAPE(batch, n, columns));
    RUN("%s", line);
    const float *after = npy_get("out.npy", SHAPE(batch, n, wide_out));
    for (size_t b = 0; b < batch; b++) {
        size_t row = b * n * wide_out;
        if (memcmp(before + row, after + row, same * wide_out * sizeof *after))
            COMPLAIN("%s: token %zu is seen before it comes", line, at);
        if (!memcmp(before + row, after + row, n * wide_out * sizeof *after))
            COMPLAIN("%s: token %zu is never seen", line, at);
    }
}

static void the_future_does_not_leak(void)
{
    const struct heads_case c = { 3, 7, 7, 10, 10, 5, 2, 4, 8, 0, 1, 0, 1 };
    files_of_heads(&c);
    for (size_t at = 1; at < 7; at += 2) {
        keeps(heads_line(&c), 3, 7, 10, 8, at, at);
        keeps("selfattention --x x.npy --wq wq.npy --wk wk.npy --wv wv.npy "
              "--causal --out out.npy", 3, 7, 10, 20, at, at);
    }
    fill_block();
    block_put("block.safetensors", STORED, STORED);
    noise_file(x, "x.npy", SHAPE(BB, BT, BC));
    for (size_t at = 1; at < BT; at += 2)
        keeps("block --load block.safetensors --x x.npy --heads 3 --causal "
              "--out out.npy", BB, BT, BC, BC, at, at);
}

/* Key 5 lies behind every length: only its own row may change. */
static void padding_does_not_leak(void)
{
    const struct heads_case c = { 3, 6, 6, 10, 10, 5, 2, 4, 8, 0, 0, 1, 1 };
    const float lengths[] = { 5, 2, 4 };
    npy_put("l.npy", lengths, SHAPE(3));
    files_of_heads(&c);
    keeps(heads_line(&c), 3, 6, 10, 8, 5, 5);
}

/* ------------------------------------------------------- what is refused -- */

static void put_layer_files(void)
{
    const struct heads_case c = { 3, 7, 6, 10, 8, 5, 2, 2, 6, 0, 0, 0, 0 };
    files_of_heads(&c);
    noise_file(wk, "wk.npy", SHAPE(10, 10));
    noise_file(wv, "wv.npy", SHAPE(10, 10));
    noise_file(wo, "wo.npy", SHAPE(10, 6));
    noise_file(wv, "wide.npy", SHAPE(9, 10));
    noise_file(bq, "b9.npy", SHAPE(9));
    noise_file(context, "c2.npy", SHAPE(2, 6, 10));
    noise_file(x, "x4.npy", SHAPE(2, 3, 7, 10));
    npy_put("none.npy", x, SHAPE(0, 10));
    EACH(text, "0 0 2 1", "8 8 7 1", "half 1.5 2 1", "less -1 2 1") {
        char name[20], path[40];
        float l[3];
        sscanf(*text, "%19s %f %f %f", name, &l[0], &l[1], &l[2]);
        snprintf(path, sizeof path, "l%s.npy", name);
        npy_put(path, l, SHAPE(3));
    }
    npy_put("l2.npy", (const float[]){ 1, 2 }, SHAPE(2));
}

#define LAYER "--x x.npy --wq wq.npy --wk wk.npy --wv wv.npy "
#define HEADS "multihead " LAYER "--wo wo.npy --out out.npy "

static void bad_heads(void)
{
    put_layer_files();
    RUN(HEADS "--heads 5");
    unlink("out.npy");
    EACH(line, "", "--heads 0", "--heads 3", "--heads -1", "--heads 11",
         "--heads 1e9", "--heads 5 --context c.npy",
         "--heads 5 --context c2.npy",
         "--heads 5 --lengths l0.npy", "--heads 5 --lengths l8.npy",
         "--heads 5 --lengths lhalf.npy", "--heads 5 --lengths lless.npy",
         "--heads 5 --lengths l2.npy", "--heads 5 --lengths x.npy",
         "--heads 5 --bq b9.npy", "--heads 5 --bo b9.npy",
         "--heads 5 --bk wq.npy", "--heads 5 --weights out.npy",
         "--heads 5 stray")
        bad_format(HEADS "%s", *line);
    bad("multihead --heads 5 --x x.npy --wq wq.npy --wk wk.npy --wv wv.npy "
        "--out out.npy");
}

static void bad_self_attention(void)
{
    put_layer_files();
    RUN("selfattention " LAYER "--out out.npy");
    unlink("out.npy");
    EACH(line, "--x x.npy --wq wide.npy --wk wk.npy --wv wv.npy",
         "--x x.npy --wq wq.npy --wk wide.npy --wv wv.npy",
         "--x x.npy --wq wq.npy --wk wk.npy --wv wide.npy",
         "--x x.npy --wq wq.npy --wk wo.npy --wv wv.npy",
         "--x x4.npy --wq wq.npy --wk wk.npy --wv wv.npy",
         "--x none.npy --wq wq.npy --wk wk.npy --wv wv.npy",
         "--x b9.npy --wq wq.npy --wk wk.npy --wv wv.npy",
         "--x missing.npy --wq wq.npy --wk wk.npy --wv wv.npy",
         LAYER "--weights out.npy", LAYER "stray")
        bad_format("selfattention %s --out out.npy", *line);
    bad("selfattention --x x.npy --wq wq.npy --wk wk.npy --out out.npy");
    bad("selfattention --wq wq.npy --wk wk.npy --wv wv.npy --out out.npy");
}

static void bad_positions(void)
{
    EACH(line, "--kind sinusoidal --length 5", "--kind sinusoidal --dim 4",
         "--kind sinusoidal --length 0 --dim 4",
         "--kind sinusoidal --length 5 --dim 0",
         "--kind rotary --length 5 --dim 3", "--kind wave --length 5 --dim 4",
         "--kind alibi --length 5 --heads 0", "--kind alibi --heads 4",
         "--kind sinusoidal --length 999999999 --dim 999999999",
         "--kind alibi --length 999999999 --heads 8",
         "--kind sinusoidal --length 5 --dim 4 stray")
        bad_format("position %s --out out.npy", *line);
}

static void bad_blocks(void)
{
    fill_block();
    block_put("block.safetensors", STORED, STORED);
    noise_file(x, "x.npy", SHAPE(BT, BC));
    noise_file(x, "wide.npy", SHAPE(BT, BC + 1));
    noise_file(x, "x4.npy", SHAPE(1, 2, BT, BC));
    RUN("block --load block.safetensors --x x.npy --heads 3 --out out.npy");
    unlink("out.npy");
    for (size_t i = 0; i < STORED; i++)
        for (int how = 0; how < 2; how++) {
            block_put("bad.safetensors", how ? STORED : i, how ? i : STORED);
            bad("block --load bad.safetensors --x x.npy --heads 3 "
                "--out out.npy");
            const char *said = run("block --load bad.safetensors --x x.npy "
                                   "--heads 3 --out out.npy")->err;
            if (!strstr(said, stored[i].name))
                COMPLAIN("%s is not named: %s", stored[i].name, said);
        }
    EACH(line, "block.safetensors --x x.npy --heads 5",
         "block.safetensors --x x.npy --heads 0",
         "block.safetensors --x wide.npy --heads 3",
         "block.safetensors --x x4.npy --heads 3",
         "block.safetensors --x missing.npy --heads 3",
         "block.safetensors --x x.npy --heads 3 --norm middle",
         "missing.safetensors --x x.npy --heads 3",
         "x.npy --x x.npy --heads 3",
         "block.safetensors --x x.npy --heads 3 --layer 3",
         "block.safetensors --x x.npy --heads 3 stray")
        bad_format("block --out out.npy --load %s", *line);
    bad("block --load block.safetensors --out out.npy");
    bad("block --x x.npy --out out.npy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(selfattention_is_the_formula),
        BOTH(multihead_is_the_formula),
        BOTH(positions_are_the_formulas),
        BOTH(block_is_the_formula),
        BOTH(the_future_does_not_leak),
        BOTH(padding_does_not_leak),
        BOTH(bad_heads),
        BOTH(bad_self_attention),
        BOTH(bad_positions),
        BOTH(bad_blocks),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
