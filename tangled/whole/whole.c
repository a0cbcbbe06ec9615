/* whole.c -- generated from chapters/00-whole.nw. Do not edit. */
/* whole.c -- a trained Transformer that says how English words sound */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* layers, heads, width of a row and of feed, letters and sounds, longest */
enum { LAYERS = 4, HEADS = 4, D = 128, F = 512, V = 52, MOST = 64 };
struct norm { float gain[D], bias[D]; };
struct attention { struct norm norm;
                   float w[D][3 * D], b[3 * D], wo[D][D], bo[D]; };
struct feed { struct norm norm; float w[D][F], b[F], wo[F][D], bo[D]; };
struct layer { struct attention self; struct feed feed; };
static struct {                  /* the weights, in the order of the file */
    float table[V][D];
    struct layer encoder[LAYERS];
    struct norm encoder_norm;
    struct { struct layer layer; struct attention cross; } decoder[LAYERS];
    struct norm decoder_norm;
} model;
static char *unit[V];            /* the names of all letters and sounds */
static int id_of[256];           /* which of them a letter is, or 0 */

static void softmax(float *x, int n)
{
    float most = x[0], sum = 0;
    for (int i = 1; i < n; i++)
        most = fmaxf(most, x[i]);
    for (int i = 0; i < n; i++)
        sum += x[i] = expf(x[i] - most);
    for (int i = 0; i < n; i++)
        x[i] /= sum;
}

static float dot(const float *a, const float *b, int n)
{
    float sum = 0;
    for (int c = 0; c < n; c++)
        sum += a[c] * b[c];
    return sum;
}

/* adds x (n) times w (n, m) plus b (m) to out; rows of w are stride apart */
static void linear(float *out, const float *x, const float *w, const float *b,
                   int n, int m, int stride)
{
    for (int j = 0; j < m; j++)
        out[j] += b[j];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            out[j] += x[i] * w[i * stride + j];
}

static void normalize(float *y, const float *x, const struct norm *by)
{
    float mean = 0, square = 1e-5f;
    for (int c = 0; c < D; c++)
        mean += x[c] / D;
    for (int c = 0; c < D; c++)
        square += (x[c] - mean) * (x[c] - mean) / D;
    for (int c = 0; c < D; c++)
        y[c] = by->gain[c] * (x[c] - mean) / sqrtf(square) + by->bias[c];
}

static void embed(float x[][D], const int *ids, int n)
{
    for (int t = 0; t < n; t++)
        for (int c = 0; c < D; c += 2) {
            const double turn = t * pow(10000, -c / (double)D);
            x[t][c] = sqrtf(D) * model.table[ids[t]][c] + sin(turn);
            x[t][c + 1] = sqrtf(D) * model.table[ids[t]][c + 1] + cos(turn);
        }
}

/* adds to x (n, D) what its rows find in memory (m, D) */
static void attend(float x[][D], int n, float memory[][D], int m, int causal,
                   const struct attention *a)
{
    float y[MOST][D], seen[MOST][2 * D] = { { 0 } };
    for (int t = 0; t < n; t++)
        normalize(y[t], x[t], &a->norm);
    for (int j = 0; j < m; j++)
        linear(seen[j], memory == x ? y[j] : memory[j], a->w[0] + D, a->b + D,
               D, 2 * D, 3 * D);
    for (int t = 0; t < n; t++) {
        float query[D] = { 0 }, found[D] = { 0 }, weights[MOST];
        const int last = causal ? t + 1 : m;
        linear(query, y[t], a->w[0], a->b, D, D, 3 * D);
        for (int h = 0, d = D / HEADS; h < D; h += d) {
            for (int j = 0; j < last; j++)
                weights[j] = dot(query + h, seen[j] + h, d) / sqrtf(d);
            softmax(weights, last);
            for (int j = 0; j < last; j++)
                for (int c = h; c < h + d; c++)
                    found[c] += weights[j] * seen[j][D + c];
        }
        linear(x[t], found, a->wo[0], a->bo, D, D, D);
    }
}

static void feed(float x[][D], int n, const struct feed *f)
{
    for (int t = 0; t < n; t++) {
        float y[D], inner[F] = { 0 };
        normalize(y, x[t], &f->norm);
        linear(inner, y, f->w[0], f->b, D, F, F);
        for (int i = 0; i < F; i++)
            inner[i] = fmaxf(inner[i], 0);
        linear(x[t], inner, f->wo[0], f->bo, F, D, D);
    }
}

static void encode(float memory[][D], const int *letters, int m)
{
    embed(memory, letters, m);
    for (int l = 0; l < LAYERS; l++) {
        attend(memory, m, memory, m, 0, &model.encoder[l].self);
        feed(memory, m, &model.encoder[l].feed);
    }
    for (int t = 0; t < m; t++)
        normalize(memory[t], memory[t], &model.encoder_norm);
}

static int decode(const int *sounds, int n, float memory[][D], int m)
{
    float x[MOST][D], y[D];
    int best = 0;
    embed(x, sounds, n);
    for (int l = 0; l < LAYERS; l++) {
        attend(x, n, x, n, 1, &model.decoder[l].layer.self);
        attend(x, n, memory, m, 0, &model.decoder[l].cross);
        feed(x, n, &model.decoder[l].layer.feed);
    }
    normalize(y, x[n - 1], &model.decoder_norm);
    for (int i = 1; i < V; i++)
        if (dot(y, model.table[i], D) > dot(y, model.table[best], D))
            best = i;
    return best;
}

static void check(int good, const char *what, const char *why)
{
    if (!good)
        fprintf(stderr, "whole: %s: %s\n", what, why), exit(2);
}

static void say(const char *word)
{
    float memory[MOST][D];
    int letters[MOST], sounds[MOST + 1] = { 1 }, m = (int)strlen(word);
    check(m <= MOST, word, "is too long");
    for (int i = 0; i < m; i++) {
        letters[i] = id_of[toupper((unsigned char)word[i])];
        check(letters[i], word + i, "begins with an unknown letter");
    }
    encode(memory, letters, m);
    for (int n = 1; m && sounds[n - 1] && n <= MOST && n <= 2 * m + 10; n++)
        if ((sounds[n] = decode(sounds, n, memory, m)))
            printf(n > 1 ? " %s" : "%s", unit[sounds[n]]);
    puts("");
}

static void load(const char *path)
{
    static unsigned char file[(1 << 16) + sizeof model / 4];
    FILE *in = fopen(path, "rb");
    const size_t size = in ? fread(file, 1, sizeof file - 2, in) : 0;
    const unsigned char *b = file + 8 + file[0] + 256 * file[1];
    char *at = (char *)file + 8, *heads = strstr(at, "heads\":\"");
    check(b - file + sizeof model / 4 == size && strstr(at, "\"F8_E4M3\"")
          && strstr(at, "order\":\"pre\"") && (at = strstr(at, "</s>"))
          && heads && strtol(heads + 8, NULL, 10) == HEADS, path,
          "is missing, cut off, or not the model of chapter 17");
    for (int i = 0; i < V; i++) {
        at += strcspn(unit[i] = at, "\\\"");
        check(*at == (i < V - 1 ? '\\' : '"'), path, "has other units");
        *at = 0, at += 2;
        id_of[unit[i][1] ? 0 : (unsigned char)*unit[i]] = i;
    }
    for (float *to = &model.table[0][0]; b < file + size; b++) {
        const int power = *b >> 3 & 15, first = *b % 8 + (power ? 8 : 0);
        const float x = ldexpf(first, (power ? power : 1) - 10);
        *to++ = *b & 128 ? -x : x;
    }
}

int main(int argc, char **argv)
{
    char line[256], *path = getenv("WEIGHTS");
    load(path ? path : "data/weights/transformer.safetensors");
    for (int i = 1; i < argc; i++)
        say(argv[i]);
    while (argc < 2 && fgets(line, sizeof line, stdin))
        line[strcspn(line, "\r\n")] = 0, say(line);
    check(!ferror(stdin), "input", "cannot be read");
    check(!fflush(stdout) && !ferror(stdout), "output", "cannot be written");
}
