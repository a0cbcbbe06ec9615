#ifndef WORKSHOP_H
#define WORKSHOP_H

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifndef __wasm__
#include <signal.h>
#endif

/* ---- errors -------------------------------------------------------------
 * fail: the user's mistake. Prints "PROGRAM: MESSAGE" as one line on stderr
 *   and exits with status 2.
 * REQUIRE: a broken contract. Prints the place and aborts; never compiled out.
 * ASSERT_DEBUG: the same, only with -DDEBUG; for inner loops. */
_Noreturn static inline void fail(const char *format, ...)
    __attribute__((format(printf, 1, 2), cold));
_Noreturn static inline void contract_broken(const char *condition,
    const char *file, int line, const char *function) __attribute__((cold));

#define REQUIRE(condition) ((condition) ? (void)0 \
    : contract_broken(#condition, __FILE__, __LINE__, __func__))
#ifdef DEBUG
#define ASSERT_DEBUG(condition) REQUIRE(condition)
#else
#define ASSERT_DEBUG(condition) ((void)sizeof(!(condition)))
#endif

/* ---- memory -------------------------------------------------------------
 * size_product, size_sum: a * b and a + b; overflow is the user's mistake
 *   (the sizes come from files and options), reported by fail.
 * allocate: count * size bytes, zeroed, at a multiple of 64, never NULL.
 *   Release with free. */
static inline size_t size_product(size_t a, size_t b);
static inline size_t size_sum(size_t a, size_t b);
static inline void *allocate(size_t count, size_t size);

/* ---- arena --------------------------------------------------------------
 * One block, handed out from the front, given back all at once or down to a
 * mark. arena_take: count * size bytes at a multiple of 64, NOT zeroed (NaN
 * with -DDEBUG); arena_floats, arena_zeros: n floats. A full arena is a broken
 * contract: arena_need gives the bytes that one such take uses up. */
struct arena { char *base; size_t size, used; };
static inline struct arena arena_new(size_t bytes);
static inline size_t arena_need(size_t count, size_t size);
static inline void *arena_take(struct arena *arena, size_t count, size_t size);
static inline float *arena_floats(struct arena *arena, size_t n);
static inline float *arena_zeros(struct arena *arena, size_t n);
static inline size_t arena_mark(const struct arena *arena);
static inline void arena_reset(struct arena *arena, size_t mark);
static inline void arena_free(struct arena *arena);

/* ---- random numbers -----------------------------------------------------
 * PCG32 (XSH-RR 64/32; O'Neill 2014). Same seed and stream, same numbers, on
 * every machine; different streams never run together.
 * random_bits: 32 bits. random_uniform: [0, 1), a multiple of 2^-24;
 * random_uniform_double: [0, 1), a multiple of 2^-53.
 * random_below: 0 .. n - 1, unbiased; n > 0.
 * random_normal: mean 0, variance 1 (Box and Muller 1958).
 * random_permutation: p (n) becomes 0 .. n - 1 in random order. */
struct random { uint64_t state, increment; };
static inline struct random random_new(uint64_t seed, uint64_t stream);
static inline uint32_t random_bits(struct random *random);
static inline float random_uniform(struct random *random);
static inline double random_uniform_double(struct random *random);
static inline uint32_t random_below(struct random *random, uint32_t n);
static inline float random_normal(struct random *random);
static inline void random_permutation(uint32_t *p, struct random *random,
                                      size_t n);

/* ---- numbers from text --------------------------------------------------
 * True, and *out set, when the WHOLE text is one decimal number in range.
 * Floats: also inf, infinity and nan, in any case, with a sign; too large a
 * number (1e999) is refused, too small a one rounds to zero. No spaces, no
 * hexadecimal. Whole numbers: digits only. */
static inline bool parse_float(float *out, const char *text);
static inline bool parse_double(double *out, const char *text);
static inline bool parse_size(size_t *out, const char *text);
static inline bool parse_seed(uint64_t *out, const char *text);

/* ---- command line -------------------------------------------------------
 * A table of long options; the one with name NULL ends it. value points to
 * what the option sets, and its value before parsing is the default in --help:
 *   FLAG bool   TEXT const char *   FLOAT float, finite   DOUBLE double, finite
 *   SIZE size_t   SEED uint64_t   CHOICE int or enum: the position in argument,
 *   which is then "gauss|boxcar|dot". argument: how --help calls the value. */
enum option_kind {
    OPTION_FLAG, OPTION_TEXT, OPTION_FLOAT, OPTION_DOUBLE, OPTION_SIZE,
    OPTION_SEED, OPTION_CHOICE
};
struct command_option {
    const char *name;
    enum option_kind kind;
    void *value;
    const char *argument, *help;
};
struct command {
    const char *name, *summary;
    const char *usage, *example;   /* whole lines, may be several */
    const struct command_option *options;
};
/* command_parse: sets the values, moves the positional arguments to argv[1],
 *   argv[2] ... and returns how many there are. "-1.5" and "-" are positional,
 *   so is all after "--". --help prints the table and exits with 0. A bad
 *   option or value: one line, exit status 2. The last of equal options counts.
 * command_usage: for a program called without arguments: usage on stderr,
 *   exit status 2. */
static inline size_t command_parse(const struct command *command, int argc,
                                   char **argv);
_Noreturn static inline void command_usage(const struct command *command);

/* ---- progress and interruption ------------------------------------------
 * progress_start: steps first .. last of a long job (first > 0 after --load).
 *   Set per_step and unit for another rate than steps: 512, "tokens".
 * progress_step: after `step` steps; the format says the rest, "loss %.4f".
 *   One line on stderr, five times a second, only if that is a terminal.
 * catch_interrupt: from now on Ctrl-C sets `interrupted`; a second one kills.
 * seconds_now: a clock that only goes forward. is_terminal: is it one? */
struct progress {
    size_t first, last;
    double start, shown, per_step;
    const char *unit;
    bool on;
};
static inline struct progress progress_start(size_t first, size_t last);
static inline void progress_step(struct progress *progress, size_t step,
    const char *format, ...) __attribute__((format(printf, 3, 4)));
static inline void progress_end(struct progress *progress);
static inline void catch_interrupt(void);
static inline double seconds_now(void);
static inline bool is_terminal(FILE *file);

/* ---- reading files that may lie -----------------------------------------
 * Each of these fails with "PATH: what is wrong". left: bytes not yet read,
 * known when sized; a pipe is not. input_data: n bytes in a new block; n is
 * compared with the file's size before anything is allocated, and memory for
 * a pipe grows only as bytes arrive. input_end: nothing may be left. */
struct input { FILE *file; const char *path; size_t left; bool sized; };
static inline struct input input_open(const char *path);
static inline void input_bytes(void *out, struct input *input, size_t n);
static inline void *input_data(struct input *input, size_t n);
static inline void input_end(struct input *input);

/* ---- writing files that appear whole ------------------------------------
 * output_open: a stream to a temporary file beside `path`; write to ->file.
 * output_commit: renames it to `path`; releases. If the program ends before,
 * `path` is untouched and nothing is left behind. Devices and pipes
 * (/dev/stdout) are written straight. Each fails with "PATH: what is wrong". */
struct output { FILE *file; char *path, *temporary; struct output *next; };
static inline struct output *output_open(const char *path);
static inline void output_commit(struct output *output);


static bool progress_showing;
#ifdef __wasm__
static volatile int interrupted;
#else
static volatile sig_atomic_t interrupted;
#endif

static struct output *outputs_open;


static const char *program_name = "program";   /* command_parse sets it */

_Noreturn static inline void fail(const char *format, ...)
{
    char message[8192];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    fflush(stdout);
    if (progress_showing)
        fputs("\r\033[K", stderr);
    fprintf(stderr, "%s: %s\n", program_name, message);
    #ifdef __wasm__
    __builtin_trap();
    #else
    exit(2);
    #endif
}

_Noreturn static inline void contract_broken(const char *condition,
    const char *file, int line, const char *function)
{
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s: contract broken: %s\n",
            file, line, function, condition);
    #ifdef __wasm__
    __builtin_trap();
    #else
    abort();
    #endif
}

static inline size_t size_product(size_t a, size_t b)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        fail("%zu x %zu is too large a size", a, b);
    return product;
}

static inline size_t size_sum(size_t a, size_t b)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        fail("%zu + %zu is too large a size", a, b);
    return sum;
}

enum { ALIGNMENT = 64 };

static inline size_t size_aligned(size_t bytes)
{
    return size_sum(bytes, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static inline void *allocate(size_t count, size_t size)
{
    size_t bytes = size_aligned(size_product(count, size));
    bytes = bytes ? bytes : ALIGNMENT;
    void *block = aligned_alloc(ALIGNMENT, bytes);
    if (!block)
        fail("out of memory: %zu bytes were asked for", bytes);
    return memset(block, 0, bytes);
}
static inline struct arena arena_new(size_t bytes)
{
    bytes = size_aligned(bytes);
    return (struct arena){ allocate(bytes, 1), bytes, 0 };
}

static inline size_t arena_need(size_t count, size_t size)
{
    return size_aligned(size_product(count, size));
}

static inline void *arena_take(struct arena *arena, size_t count, size_t size)
{
    size_t bytes = arena_need(count, size);
    REQUIRE(bytes <= arena->size - arena->used);
    void *block = arena->base + arena->used;
    arena->used += bytes;
#ifdef DEBUG
    memset(block, 0xff, bytes);
#endif
    return block;
}

static inline float *arena_floats(struct arena *arena, size_t n)
{
    return arena_take(arena, n, sizeof(float));
}

static inline float *arena_zeros(struct arena *arena, size_t n)
{
    return memset(arena_floats(arena, n), 0, n * sizeof(float));
}

static inline size_t arena_mark(const struct arena *arena)
{
    return arena->used;
}

static inline void arena_reset(struct arena *arena, size_t mark)
{
    REQUIRE(mark <= arena->used);
    arena->used = mark;
}

static inline void arena_free(struct arena *arena)
{
    free(arena->base);
    *arena = (struct arena){ 0 };
}
static inline uint32_t random_bits(struct random *random)
{
    uint64_t old = random->state;
    random->state = old * 6364136223846793005u + random->increment;
    uint32_t word = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t turn = (uint32_t)(old >> 59);
    return word >> turn | word << (-turn & 31);
}

static inline struct random random_new(uint64_t seed, uint64_t stream)
{
    struct random random = { 0, stream << 1 | 1 };
    random_bits(&random);
    random.state += seed;
    random_bits(&random);
    return random;
}

static inline float random_uniform(struct random *random)
{
    return (float)(random_bits(random) >> 8) * 0x1p-24f;
}

static inline double random_uniform_double(struct random *random)
{
    uint64_t high = random_bits(random) >> 5, low = random_bits(random) >> 6;
    return (double)(high << 26 | low) * 0x1p-53;
}

static inline uint32_t random_below(struct random *random, uint32_t n)
{
    REQUIRE(n > 0);
    uint32_t threshold = -n % n, bits;
    do
        bits = random_bits(random);
    while (bits < threshold);
    return bits % n;
}

static inline float random_normal(struct random *random)
{
    double u = (random_bits(random) + 1.0) * 0x1p-32;   /* (0, 1] */
    double angle = random_bits(random) * 0x1p-32 * 6.283185307179586;
    return (float)(sqrt(-2 * log(u)) * cos(angle));
}

static inline void random_permutation(uint32_t *p, struct random *random,
                                      size_t n)
{
    REQUIRE(n <= UINT32_MAX);
    for (uint32_t i = 0; i < n; i++)
        p[i] = i;
    for (uint32_t i = (uint32_t)n; i > 1; i--) {
        uint32_t chosen = random_below(random, i), last = p[i - 1];
        p[i - 1] = p[chosen];
        p[chosen] = last;
    }
}
static inline bool number_shaped(const char *text)
{
    if (!text[strspn(text, "0123456789.eE+-")])
        return strpbrk(text, "0123456789") != NULL;
    text += *text == '+' || *text == '-';
    return !strcasecmp(text, "inf") || !strcasecmp(text, "infinity")
        || !strcasecmp(text, "nan");
}

static inline bool parse_float(float *out, const char *text)
{
    char *end;
    errno = 0;
    float value = strtof(text, &end);
    if (!number_shaped(text) || *end || (errno == ERANGE && isinf(value)))
        return false;
    *out = value;
    return true;
}

static inline bool parse_double(double *out, const char *text)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (!number_shaped(text) || *end || (errno == ERANGE && isinf(value)))
        return false;
    *out = value;
    return true;
}

static inline bool parse_seed(uint64_t *out, const char *text)
{
    uint64_t value = 0;
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    for (; *text; text++)
        if (__builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, *text - '0', &value))
            return false;
    *out = value;
    return true;
}

static inline bool parse_size(size_t *out, const char *text)
{
    uint64_t value;
    if (!parse_seed(&value, text) || value > SIZE_MAX)
        return false;
    *out = (size_t)value;
    return true;
}
static inline int option_choice(const struct command_option *o,
                                const char *text)
{
    const char *name = o->argument;
    for (int i = 0; ; i++) {
        size_t length = strcspn(name, "|");
        if (strlen(text) == length && !strncmp(name, text, length))
            return i;
        if (!name[length])
            fail("--%s: \"%s\" is none of %s", o->name, text, o->argument);
        name += length + 1;
    }
}


static inline void option_default(char *out, size_t size,
                                  const struct command_option *o)
{
    const char *text;
    switch (o->kind) {
    case OPTION_FLAG:
        break;
    case OPTION_TEXT:
        text = *(const char **)o->value;
        if (text)
            snprintf(out, size, " (default %s)", text);
        break;
    case OPTION_FLOAT:
        snprintf(out, size, " (default %g)", (double)*(float *)o->value);
        break;
    case OPTION_DOUBLE:
        snprintf(out, size, " (default %g)", *(double *)o->value);
        break;
    case OPTION_SIZE:
        snprintf(out, size, " (default %zu)", *(size_t *)o->value);
        break;
    case OPTION_SEED:
        snprintf(out, size, " (default %llu)",
                 (unsigned long long)*(uint64_t *)o->value);
        break;
    case OPTION_CHOICE:
        text = o->argument;
        for (int i = *(int *)o->value; i > 0; i--)
            text += strcspn(text, "|") + 1;
        snprintf(out, size, " (default %.*s)", (int)strcspn(text, "|"), text);
        break;

    }
}


static inline void print_wrapped(FILE *out, const char *left,
                                 const char *right)
{
    enum { MARGIN = 26, WIDTH = 78 };
    int column = fprintf(out, "%s", left);
    while (*right) {
        int length = (int)strcspn(right, " ");
        if (column + 1 + length > WIDTH)
            column = 0 * fputc('\n', out);
        if (column < MARGIN)
            column += fprintf(out, "%*s", MARGIN - column, "");

        column += fprintf(out, " %.*s", length, right);
        right += length + (right[length] == ' ');
    }
    fputs("\n", out);
}


static inline void option_help(const struct command_option *o, FILE *out)
{
    char left[160], right[1024];
    snprintf(left, sizeof left, "  --%s%s%s", o->name,
             o->kind == OPTION_FLAG ? "" : " ",
             o->kind == OPTION_FLAG ? "" : o->argument);
    int length = snprintf(right, sizeof right, "%s", o->help);
    if (length >= 0 && (size_t)length < sizeof right)
        option_default(right + length, sizeof right - (size_t)length, o);
    print_wrapped(out, left, right);
}


enum { OPTION_CODE = 256 };   /* above every character */

static inline struct option *command_longs(const struct command *command,
                                           size_t count)
{
    struct option *longs = allocate(count + 2, sizeof *longs);
    longs[count] = (struct option){ "help", no_argument, NULL, 'h' };
    for (size_t i = 0; i < count; i++) {
        const struct command_option *o = &command->options[i];
        longs[i].name = o->name;
        longs[i].has_arg = o->kind == OPTION_FLAG ? no_argument
                                                  : required_argument;
        longs[i].val = OPTION_CODE + (int)i;
    }
    return longs;
}

static inline bool word_is_positional(const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || word[1] == '.')
        return true;
    return isdigit((unsigned char)word[1]) || number_shaped(word);
}
_Noreturn static inline void option_refuse(const struct option *longs,
                                           const char *word, bool lacks_value)
{
    int length = (int)strcspn(word, "=");
    size_t like = 0;
    if (lacks_value)
        fail("%s needs a value (try --help)", word);
    if (word[1] == '-')
        for (; longs->name; longs++)
            like += !strncmp(longs->name, word + 2, (size_t)length - 2);

    if (like > 1)
        fail("%.*s may mean several options (try --help)", length, word);
    if (like == 1)
        fail("%.*s takes no value", length, word);
    fail("unknown option %.*s (try --help)", length, word);
}

static inline void option_store(const struct command_option *o,
                                const char *text)
{
    switch (o->kind) {
    case OPTION_FLAG:  *(bool *)o->value = true; return;
    case OPTION_TEXT:  *(const char **)o->value = text; return;
    case OPTION_CHOICE: *(int *)o->value = option_choice(o, text); return;
    case OPTION_FLOAT:
        if (!parse_float(o->value, text) || !isfinite(*(float *)o->value))
            fail("--%s: \"%s\" is not a finite number", o->name, text);
        return;
    case OPTION_DOUBLE:
        if (!parse_double(o->value, text) || !isfinite(*(double *)o->value))
            fail("--%s: \"%s\" is not a finite number", o->name, text);
        return;
    case OPTION_SIZE:
        if (!parse_size(o->value, text))
            fail("--%s: \"%s\" is not a whole number", o->name, text);
        return;
    case OPTION_SEED:
        if (!parse_seed(o->value, text))
            fail("--%s: \"%s\" is not a whole number", o->name, text);
        return;

    }
}

static inline void print_lines(FILE *out, const char *first, const char *text)
{
    while (*text) {
        int length = (int)strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", first, length, text);
        text += length + (text[length] == '\n');
        first = "       ";
    }
}

static inline void command_help(const struct command *command, FILE *out)
{
    fprintf(out, "%s -- %s\n\n", command->name, command->summary);
    print_lines(out, "usage: ", command->usage);
    fputs("\n", out);
    for (const struct command_option *o = command->options; o->name; o++)
        option_help(o, out);
    print_wrapped(out, "  --help", "print this help and stop");
    if (command->example) {
        fputs("\n", out);
        print_lines(out, "e.g.   ", command->example);
    }
}

static inline void check_stdout(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    fprintf(stderr, "%s: standard output: %s\n", program_name,
            strerror(errno));
    _exit(2);
}

static inline size_t command_parse(const struct command *command, int argc,
                                   char **argv)
{
    program_name = command->name;
    #ifndef __wasm__
    atexit(check_stdout);
    #endif

    size_t count = 0, positionals = 0;
    while (command->options[count].name)
        count++;
    struct option *longs = command_longs(command, count);
    const char **given = allocate(count + 1, sizeof *given);
    optind = 1;
    opterr = 0;
    while (optind < argc) {
        char *word = argv[optind];
        if (word_is_positional(word)) {
            argv[++positionals] = word;
            optind++;
            continue;
        }
        if (!strcmp(word, "--")) {
            while (++optind < argc)
                argv[++positionals] = argv[optind];
            break;
        }

        int code = getopt_long(argc, argv, "+:h", longs, NULL);
        if (code == 'h') {
            command_help(command, stdout);
            exit(0);
        }

        if (code < OPTION_CODE)
            option_refuse(longs, word, code == ':');

        given[code - OPTION_CODE] = optarg ? optarg : "";
    }

    for (size_t i = 0; i < count; i++)
        if (given[i])
            option_store(&command->options[i], given[i]);
    free(given);
    free(longs);
    return positionals;
}

_Noreturn static inline void command_usage(const struct command *command)
{
    fprintf(stderr, "%s -- %s\n", command->name, command->summary);
    print_lines(stderr, "usage: ", command->usage);
    if (command->example)
        print_lines(stderr, "e.g.   ", command->example);
    fprintf(stderr, "%s --help says more\n", command->name);
    exit(2);
}

static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline bool is_terminal(FILE *file)
{
    return isatty(fileno(file));
}

static inline struct progress progress_start(size_t first, size_t last)
{
    return (struct progress){ .first = first, .last = last,
        .start = seconds_now(), .per_step = 1, .unit = "steps",
        .on = is_terminal(stderr) };
}

static inline void progress_step(struct progress *progress, size_t step,
                                 const char *format, ...)
{
    double now = seconds_now();
    bool recent = now - progress->shown < 0.2;
    if (!progress->on || (recent && step < progress->last))
        return;
    progress->shown = now;
    progress_showing = true;
    fprintf(stderr, "\r\033[Kstep %zu/%zu  ", step, progress->last);
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    double done = (double)step - (double)progress->first;
    double rate = done / fmax(now - progress->start, 1e-9);
    double left = ((double)progress->last - (double)step) / fmax(rate, 1e-9);
    fprintf(stderr, "  %.3g %s/s", rate * progress->per_step, progress->unit);
    if (done > 0)
        fprintf(stderr, "  %.0f:%02.0f left", floor(left / 60),
                floor(fmod(left, 60)));
    fflush(stderr);

}

static inline void progress_end(struct progress *progress)
{
    if (progress->on && progress_showing)
        fputc('\n', stderr);
    progress_showing = false;
}

#ifdef __wasm__
static inline void catch_interrupt(void) { interrupted = 0; }
#else
static inline void note_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static inline void catch_interrupt(void)
{
    struct sigaction action = { .sa_handler = note_interrupt,
                                .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}
#endif
static inline struct input input_open(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status) != 0)
        fail("%s: %s", path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        fail("%s: is a directory", path);
    bool sized = S_ISREG(status.st_mode);
    if (sized && status.st_size == 0)
        fail("%s: is empty", path);
    return (struct input){ file, path,
                           sized ? (size_t)status.st_size : 0, sized };
}

static inline void input_bytes(void *out, struct input *input, size_t n)
{
    size_t got = fread(out, 1, n, input->file);
    if (ferror(input->file))
        fail("%s: %s", input->path, strerror(errno));
    if (got < n)
        fail("%s: truncated: ends %zu bytes too early", input->path, n - got);
    if (input->sized)
        input->left -= n < input->left ? n : input->left;
}

static inline void *input_data(struct input *input, size_t n)
{
    if (input->sized && n > input->left)
        fail("%s: truncated: its header promises %zu bytes, %zu follow",
             input->path, n, input->left);
    size_t room = input->sized || n < 65536 ? n : 65536, got = 0;
    char *data = allocate(room, 1);
    while (got < n) {
        if (got == room) {
            room = n / 2 < room ? n : 2 * room;
            char *larger = allocate(room, 1);
            memcpy(larger, data, got);
            free(data);
            data = larger;
        }

        input_bytes(data + got, input, room - got);
        got = room;
    }
    return data;
}

static inline void input_end(struct input *input)
{
    if (getc(input->file) != EOF)
        fail("%s: has more bytes than its header promises", input->path);
    fclose(input->file);
    input->file = NULL;
}
static inline long program_id(void)
{
#ifdef __wasm__
    return 0;
#else
    return (long)getpid();
#endif
}

static inline char *path_behind_links(const char *path)
{
#ifdef __wasm__
    return strdup(path);
#else
    return realpath(path, NULL);
#endif
}

static inline FILE *output_temporary(struct output *output, const char *path)
{
    static unsigned serial;
    const char *slash = strrchr(output->path, '/');
    int folder = slash ? (int)(slash - output->path) + 1 : 0, file = -1;
    size_t size = (size_t)folder + 64;
    output->temporary = allocate(size, 1);
    for (int attempt = 0; file < 0 && attempt < 100; attempt++) {
        snprintf(output->temporary, size, "%.*s.unfinished-%ld-%u", folder,
                 output->path, program_id(), ++serial);
        file = open(output->temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (file < 0 && errno != EEXIST)
            break;
    }
    if (file < 0)
        fail("%s: cannot create: %s", path, strerror(errno));
    return fdopen(file, "wb");
}

static inline void output_discard_all(void)
{
    for (; outputs_open; outputs_open = outputs_open->next)
        if (outputs_open->temporary)
            unlink(outputs_open->temporary);
}

static inline void output_list_add(struct output *output)
{
    static bool registered;
    if (!registered)
        atexit(output_discard_all);
    registered = true;
    output->next = outputs_open;
    outputs_open = output;
}


static inline struct output *output_open(const char *path)
{
    struct stat status;
    bool exists = stat(path, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        fail("%s: is a directory", path);
    if (exists && access(path, W_OK) != 0)
        fail("%s: %s", path, strerror(errno));

    struct output *output = allocate(1, sizeof *output);
    if ((exists && !S_ISREG(status.st_mode)) || !strncmp(path, "/dev/std", 8)
        || !strncmp(path, "/dev/fd/", 8)) {
        output->path = strdup(path);
        output->file = fopen(path, "ab");
        if (!output->file)
            fail("%s: %s", path, strerror(errno));
    }

    else {
        output->path = exists ? path_behind_links(path) : strdup(path);
        output->file = output_temporary(output, path);
        #ifndef __wasm__
        if (exists)
            (void)!fchmod(fileno(output->file), status.st_mode & 0777);
        #endif

    }
    output_list_add(output);
    return output;
}

static inline void output_commit(struct output *output)
{
    bool lost = ferror(output->file);
    lost |= fclose(output->file) != 0;
    if (lost)
        fail("%s: %s", output->path, strerror(errno));
    if (output->temporary && rename(output->temporary, output->path) != 0)
        fail("%s: %s", output->path, strerror(errno));
    struct output **link = &outputs_open;
    while (*link != output)
        link = &(*link)->next;
    *link = output->next;
    free(output->temporary);
    free(output->path);
    free(output);
}

#endif
