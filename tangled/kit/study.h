/* study.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: result, enum study_lines, struct study, word_at, study_all,
 * study_cell, study_print */

#ifndef STUDY_H
#define STUDY_H
#include "kit/workshop.h"

#ifdef __wasm__
#define EMBED_SECTION ",\"\",@\n"
#else
#define EMBED_SECTION ",\"a\",%progbits\n"
#endif

/* EMBED(name, EMBED_FILE("data/a") EMBED_FILE("data/b")); makes an unsigned
 * char name[] of the bytes of these files and a 0.  EMBED_PART: count of
 * them, after the first skip. */
#define EMBED_FILE(path) ".incbin \"" path "\"\n"
#define EMBED_PART(path, skip, count) \
    ".incbin \"" path "\", " #skip ", " #count "\n"
#define EMBED(name, files) \
    __asm__(".section .rodata." #name EMBED_SECTION ".balign 8\n.globl " \
            #name "\n" #name ":\n" files ".byte 0\n.size " #name ", . - " \
            #name "\n.text\n"); \
    extern const unsigned char name[]
/* result: the number in the line "KEY = ..." or "TOPIC.KEY = ..." of text,
 * which begins with another line; NAN if there is none. */
__attribute__((format(printf, 2, 3)))
static inline float result(const void *text, const char *format, ...)
{
    const char *first = text;
    char key[160];
    va_list rest;
    va_start(rest, format);
    int n = vsnprintf(key, sizeof key - 4, format, rest);
    va_end(rest);
    REQUIRE(n > 0 && n < (int)sizeof key - 4);
    strcat(key, " = ");
    for (const char *at = first; (at = strstr(at, key)); at++) {
        const char *begin = at;
        if (at > first && begin[-1] == '.')
            for (begin--; begin > first && begin[-1] != '.'
                          && begin[-1] != '\n'; begin--)
                continue;
        if (begin > first && begin[-1] == '\n')
            return strtof(at + strlen(key), NULL);
    }
    return NAN;
}
enum { STUDY_FACTORS = 4, STUDY_MEASURES = 64 };

/* What study_print prints, of each key.  0: one of them, if there is one
 * seed, and all but the last, if there are more. */
enum study_lines {
    STUDY_EACH = 1,      /* KEY.s1 = , KEY.s2 = ... */
    STUDY_MEAN = 2,      /* KEY.mean = */
    STUDY_RANGE = 4,     /* KEY.low = , KEY.high = */
    STUDY_BARE = 8       /* KEY = , the mean */
};

struct study {
    const char *key;                     /* "multihead.study" */
    const char *factors[STUDY_FACTORS];  /* words: the names of the levels */
    size_t seeds;                        /* 1, ..., seeds */
    const char *measures;                /* words; NULL: one without a name */
    void (*run)(const size_t *level, uint64_t seed, double *measures);
    bool alone;                          /* a run has all threads */
    unsigned lines;                      /* of enum study_lines */
    const char *format;                  /* of a number; NULL: "%.4f" */
};

static inline size_t word_count(const char *words)
{
    size_t n = 0;
    for (struct words w = words_of(words, " "); words_next(&w); n++)
        continue;
    return n;
}

/* word_at: word i of words. */
static inline struct words word_at(const char *words, size_t i)
{
    struct words w = words_of(words, " ");
    while (words_next(&w) && i-- > 0)
        continue;
    return w;
}

static inline size_t study_measures(const struct study *s)
{
    size_t n = s->measures ? word_count(s->measures) : 1;
    REQUIRE(n > 0 && n <= STUDY_MEASURES);
    return n;
}

static inline size_t study_cells(const struct study *s)
{
    size_t cells = 1;
    for (size_t f = 0; f < STUDY_FACTORS && s->factors[f]; f++)
        cells = size_product(cells, word_count(s->factors[f]));
    REQUIRE(cells > 0);
    return cells;
}

static inline void study_levels(size_t *level, const struct study *s,
                                size_t cell)
{
    for (size_t f = STUDY_FACTORS; f-- > 0; ) {
        size_t n = s->factors[f] ? word_count(s->factors[f]) : 1;
        level[f] = cell % n, cell /= n;
    }
}

/* study_all: out (cells, seeds, measures); with progress on a terminal. */
static inline void study_all(double *out, const struct study *s)
{
    const size_t runs = size_product(study_cells(s), s->seeds);
    const size_t measures = study_measures(s);
    struct progress progress = progress_start(0, runs);
    size_t done = 0;
    catch_interrupt();
    progress.unit = "runs";
    progress_step(&progress, 0, "runs");
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, 1) if (!s->alone)
#endif
    for (size_t i = 0; i < runs; i++) {
        size_t level[STUDY_FACTORS];
        study_levels(level, s, i / s->seeds);
        if (!interrupted)
            s->run(level, i % s->seeds + 1, out + i * measures);
#ifdef _OPENMP
#pragma omp critical (study)
#endif
        progress_step(&progress, ++done, "runs");
    }
    progress_end(&progress);
    if (interrupted)
        exit(128 + interrupted);
}

static inline void study_key(char *out, size_t size, const struct study *s,
                             size_t cell, size_t measure)
{
    size_t level[STUDY_FACTORS + 1];
    size_t n = (size_t)snprintf(out, size, "%s", s->key);
    study_levels(level, s, cell);
    level[STUDY_FACTORS] = measure;
    for (size_t f = 0; f <= STUDY_FACTORS; f++) {
        const char *names = f < STUDY_FACTORS ? s->factors[f] : s->measures;
        REQUIRE(n < size);
        if (names) {
            struct words w = word_at(names, level[f]);
            n += (size_t)snprintf(out + n, size - n, ".%.*s", (int)w.n, w.at);
        }
    }
    REQUIRE(n < size);
}

static inline void study_line(const struct study *s, const char *key,
                              const char *what, double value)
{
    printf("%s%s = ", key, what);
    printf(s->format ? s->format : "%.4f", value);
    puts("");
}

/* study_cell: the lines of a key; value: of seed 1, the others stride after
 * each other. */
static inline void study_cell(const struct study *s, const char *key,
                              const double *value, size_t stride)
{
    const unsigned most = STUDY_EACH | STUDY_MEAN | STUDY_RANGE;
    unsigned lines = s->lines ? s->lines : s->seeds > 1 ? most : STUDY_BARE;
    double sum = 0, low = INFINITY, high = -INFINITY;
    char seed[24];
    for (size_t i = 0; i < s->seeds; i++) {
        double x = value[i * stride];
        sum += x, low = fmin(low, x), high = fmax(high, x);
        snprintf(seed, sizeof seed, ".s%zu", i + 1);
        if (lines & STUDY_EACH)
            study_line(s, key, seed, x);
    }
    if (lines & STUDY_MEAN)
        study_line(s, key, ".mean", sum / (double)s->seeds);
    if (lines & STUDY_RANGE)
        study_line(s, key, ".low", low), study_line(s, key, ".high", high);
    if (lines & STUDY_BARE)
        study_line(s, key, "", sum / (double)s->seeds);
}

/* study_print: runs all, and prints what came out.  After Ctrl-C it ends the
 * program, and prints nothing. */
static inline void study_print(const struct study *s)
{
    const size_t cells = study_cells(s), measures = study_measures(s);
    const size_t runs = size_product(cells, s->seeds);
    double *out = allocate(size_product(runs, measures), sizeof *out);
    char key[160];
    REQUIRE(s->seeds > 0);
    study_all(out, s);
    for (size_t cell = 0; cell < cells; cell++)
        for (size_t m = 0; m < measures; m++) {
            study_key(key, sizeof key, s, cell, m);
            study_cell(s, key, out + cell * s->seeds * measures + m,
                       measures);
        }
    free(out);
}
#endif
