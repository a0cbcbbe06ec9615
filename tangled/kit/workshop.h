/* workshop.h -- generated from chapters/B-workshop.nw. Do not edit. */
/* Offers: struct arena, struct random, enum option_kind,
 * struct command_option, struct range, struct words, struct command,
 * struct progress, struct input, struct output, fail, size_product,
 * size_sum, allocate, enlarge, struct thread_memory, allocate_for_thread,
 * arena_new, arena_free, arena_need, arena_take, arena_reset, random_bits,
 * random_new, random_uniform, random_below, random_normal, random_normals,
 * random_permutation, parse_float, parse_double, parse_seed, parse_size,
 * range_of, range_holds, words_of, words_next, word_among, text_add,
 * range_words, shown, option_store, option_help, command_parse,
 * command_words, command_usage, command_given, threads_sleep,
 * command_threads, progress_start, progress_step, progress_end,
 * seconds_now, is_terminal, catch_interrupt, input_open, input_bytes,
 * input_data, input_end, output_temporary, output_open, same_file,
 * stream_lost, output_flush, output_bytes, outputs_commit, output_commit,
 * output_try, float_widen */

/* workshop.h -- errors, memory, random numbers, text to numbers, command
 * lines, progress, files. Needs gcc or clang, -std=gnu11 or -std=c11
 * -D_DEFAULT_SOURCE, POSIX and -lm; runs in a page, too. */
#ifndef WORKSHOP_H
#define WORKSHOP_H

/* include what the workshop needs from the system */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE 1
#endif
#include <ctype.h>
#if defined __GLIBC__ && !defined __USE_MISC
#error "with -std=c11: -D_DEFAULT_SOURCE, or workshop.h first"
#endif
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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
#ifdef _OPENMP
#include <omp.h>
#endif
#ifdef _OPENMP
#include <pthread.h>
#endif

/* ---- interface --------------------------------------------------------- */

/* REQUIRE: a contract that the caller must keep. If it is broken, prints the
 * place and the condition on stderr and aborts. Never compiled out. */
#define REQUIRE(condition) ((condition) ? (void)0 \
    : contract_broken(#condition, __FILE__, __LINE__, __func__))

/* ASSERT_DEBUG: like REQUIRE, but only with -DDEBUG. For inner loops. */
#ifdef DEBUG
#define ASSERT_DEBUG(condition) REQUIRE(condition)
#else
#define ASSERT_DEBUG(condition) ((void)sizeof(!(condition)))
#endif

/* An arena: one block, handed out from the front. Copies share the block. */
struct arena { char *base; size_t size, used; };   /* sizes in bytes */

/* The state of a generator: PCG32 (XSH-RR 64/32; O'Neill 2014). */
struct random { uint64_t state, increment; };

/* What an option's value is. Its value before parsing is the default. */
enum option_kind {
    OPTION_FLAG,     /* bool or NULL; --log makes it true */
    OPTION_TEXT,     /* const char *, may start as NULL */
    OPTION_READS,    /* the same: the path of a file that is read */
    OPTION_WRITES,   /* the same: the path of a file that is written */
    OPTION_FLOAT,    /* float, finite */
    OPTION_DOUBLE,   /* double, finite */
    OPTION_SIZE,     /* size_t */
    OPTION_SEED,     /* uint64_t */
    OPTION_CHOICE    /* int or enum: which word of argument "gauss|boxcar" */
};

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* One option; a table of them ends with a name of NULL. */
struct command_option {
    const char *name;       /* "temperature" for --temperature */
    enum option_kind kind;
    void *value;            /* points to what the option sets */
    const char *argument;   /* what --help calls the value: "T" */
    const char *help;
    const char *range;      /* of a number: "1..", "0..<1"; NULL: any */
    const char *axis;       /* that a size sets, for kit/ports.h: "H" */
};

struct range { double low, high; bool above, below; /* without the bound */ };

/* The words of a text, between characters of stops. for (struct words w =
 * words_of(text, " "); words_next(&w); ) has each at w.at, w.n long. */
struct words { const char *at, *end, *stops; size_t n; };

struct command {
    const char *name, *summary;
    const char *usage, *example;   /* whole commands, a line each */
    const struct command_option *options;
};

struct progress {
    size_t first, last;
    double start, shown, per_step;   /* seconds, seconds, units */
    const char *unit;
    bool on;
};

/* interrupted: not 0 after Ctrl-C, if catch_interrupt was called. */
#ifdef __wasm__
static volatile int interrupted;
#else
static volatile sig_atomic_t interrupted;
#endif

/* Reading a file that may lie. All of this fails with "PATH: what is wrong".
 * left: the bytes not yet read, known if sized; those of a pipe are not. */
struct input { FILE *file; const char *path; size_t left; bool sized; };

/* Writing a file that appears whole, through ->file. All of this fails with
 * "PATH: what is wrong". */
struct output { FILE *file; char *path, *temporary; struct output *next; };

/* ---- implementation ---------------------------------------------------- */

static const char *program_name = "program";   /* command_parse sets it */
static bool progress_showing, program_failed;

/* fail: the user's mistake. Prints "PROGRAM: MESSAGE" as one line on stderr
 * and exits with status 2. Control characters in the message become "?". */
__attribute__((cold, format(printf, 1, 2))) _Noreturn static inline void
fail(const char *format, ...)
{
    /* print format and its values into message */
    char message[8192];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    /* make message one line that can be read */
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    size_t length = strlen(message), head = 200, tail = length - head;
    if (length > 400) {
        while ((message[head] & 0xc0) == 0x80)
            head--;
        while ((message[tail] & 0xc0) == 0x80)
            tail++;
        memmove(message + head + 3, message + tail, length - tail + 1);
        memcpy(message + head, "...", 3);
    }
    /* clear the progress line */
    fflush(stdout);
    if (progress_showing)
        fputs("\r\033[K", stderr);
    fprintf(stderr, "%s: %s\n", program_name, message);
    program_failed = true;
    /* stop with status 2 */
    #ifdef __wasm__
    __builtin_trap();
    #else
    exit(2);
    #endif
}

__attribute__((cold)) _Noreturn static inline void
contract_broken(const char *condition, const char *file, int line,
                const char *function)
{
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s: contract broken: %s\n",
            file, line, function, condition);
    abort();
}

/* size_product: a * b; an overflow fails. */
static inline size_t size_product(size_t a, size_t b)
{
    size_t product;
    if (__builtin_mul_overflow(a, b, &product))
        fail("%zu times %zu is too large for a size", a, b);
    return product;
}

/* size_sum: a + b; an overflow fails. */
static inline size_t size_sum(size_t a, size_t b)
{
    size_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        fail("%zu plus %zu is too large for a size", a, b);
    return sum;
}

enum { ALIGNMENT = 64 };

/* allocate: count * size bytes, all zero, at a multiple of 64; never NULL.
 * Release with free. */
static inline void *allocate(size_t count, size_t size)
{
    void *block = NULL;
    size_t bytes = size_product(count, size);
    if (posix_memalign(&block, ALIGNMENT, bytes ? bytes : 1) != 0)
        fail("out of memory: %zu bytes are not to be had", bytes);
    return memset(block, 0, bytes);
}

/* enlarge: a new block of count times size bytes, which begins with the used
 * elements of old; old is released. */
static inline void *enlarge(void *old, size_t used, size_t count, size_t size)
{
    REQUIRE(used <= count);
    void *block = memcpy(allocate(count, size), old, used * size);
    free(old);
    return block;
}

struct thread_memory {
    struct thread_memory *next;
    _Alignas(ALIGNMENT) char data[];
};

/* hang a workspace into the chain of this thread */
#ifdef _OPENMP
static inline void thread_ends(void *chain)
{
    for (struct thread_memory *next, *at = chain; at; at = next) {
        next = at->next;
        free(at);
    }
}
static inline pthread_key_t *thread_key(void)
{
    static pthread_key_t key;
    return &key;
}

static inline void thread_key_new(void)
{
    if (pthread_key_create(thread_key(), thread_ends) != 0)
        fail("the system has no key for the memory of threads");
}
static inline void thread_keep(struct thread_memory *new);

static inline void thread_keep(struct thread_memory *new)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, thread_key_new);
    new->next = pthread_getspecific(*thread_key());
    if (pthread_setspecific(*thread_key(), new) != 0)
        fail("out of memory for a thread");
}
#else
/* keep the chain of the only thread */
static inline void thread_keep(struct thread_memory *new)
{
    static struct thread_memory *chain;
    new->next = chain;
    chain = new;
}
#endif

/* allocate_for_thread: zeros at a multiple of 64, as allocate. Released when
 * the thread that asks ends; not to be freed. Never NULL. */
static inline void *allocate_for_thread(size_t size)
{
    struct thread_memory *new = allocate(1, size_sum(sizeof *new, size));
    thread_keep(new);
    return new->data;
}

/* arena_new: an arena of so many bytes. Release with arena_free. */
static inline struct arena arena_new(size_t bytes)
{
    return (struct arena){ allocate(bytes, 1), bytes, 0 };
}

static inline void arena_free(struct arena *arena)
{
    free(arena->base);
    *arena = (struct arena){ 0 };
}

/* arena_need: the bytes that arena_take(arena, count, size) uses up. */
static inline size_t arena_need(size_t count, size_t size)
{
    size_t bytes = size_sum(size_product(count, size), ALIGNMENT - 1);
    return bytes / ALIGNMENT * ALIGNMENT;
}

/* arena_take: count * size bytes at a multiple of 64, contents not defined
 * (NaN with -DDEBUG). Beyond the arena's end is a broken contract. */
static inline void *arena_take(struct arena *arena, size_t count, size_t size)
{
    size_t bytes = arena_need(count, size);
    REQUIRE(bytes <= arena->size - arena->used);
    void *piece = arena->base + arena->used;
    arena->used += bytes;
#ifdef DEBUG
    memset(piece, 0xff, bytes);
#endif
    return piece;
}

/* arena_reset: gives back all that was taken since arena->used was mark. */
static inline void arena_reset(struct arena *arena, size_t mark)
{
    REQUIRE(mark <= arena->used);
    arena->used = mark;
}

/* random_bits: the next 32 bits. */
static inline uint32_t random_bits(struct random *random)
{
    uint64_t old = random->state;
    random->state = old * 6364136223846793005u + random->increment;
    uint32_t word = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t turn = (uint32_t)(old >> 59);
    return word >> turn | word << (-turn & 31);
}

/* random_new: the same seed and stream give the same numbers everywhere;
 * another stream gives others. */
static inline struct random random_new(uint64_t seed, uint64_t stream)
{
    struct random random = { 0, stream << 1 | 1 };
    random_bits(&random);
    random.state += seed;
    random_bits(&random);
    return random;
}

/* random_uniform: 0 <= u < 1, a multiple of 2^-24. */
static inline float random_uniform(struct random *random)
{
    return (float)(random_bits(random) >> 8) * 0x1p-24f;
}

/* random_below: 0 .. n - 1, all equally likely. n > 0. */
static inline uint32_t random_below(struct random *random, uint32_t n)
{
    REQUIRE(n > 0);
    uint32_t unfair = -n % n, bits;
    do
        bits = random_bits(random);
    while (bits < unfair);
    return bits % n;
}

/* random_normal: mean 0, variance 1 (Box and Muller 1958). Two draws. */
static inline float random_normal(struct random *random)
{
    double u = (random_bits(random) + 1.0) * 0x1p-32;   /* 0 < u <= 1 */
    double angle = random_bits(random) * 0x1p-32 * 6.283185307179586;
    return (float)(sqrt(-2 * log(u)) * cos(angle));
}

/* random_normals: x (n) of them, times scale. */
static inline void random_normals(float *x, size_t n, float scale,
                                  struct random *random)
{
    for (size_t i = 0; i < n; i++)
        x[i] = scale * random_normal(random);
}

/* random_permutation: p (n) becomes 0 .. n - 1 in random order, every order
 * equally likely (Durstenfeld 1964). n < 2^32. */
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

/* parse_float: true, and *out set, if the whole text is one decimal number,
 * or inf, infinity or nan in any case, with or without a sign. Too large a
 * number is refused, too small a one becomes zero. */
static inline bool parse_float(float *out, const char *text)
{
    char *end;
    errno = 0;
    float value = strtof(text, &end);
    /* if all of text is a number, store value */
    if (!number_shaped(text) || *end || (errno == ERANGE && isinf(value)))
        return false;
    *out = value;
    return true;
}

/* parse_double: the same for a double. */
static inline bool parse_double(double *out, const char *text)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    /* if all of text is a number, store value */
    if (!number_shaped(text) || *end || (errno == ERANGE && isinf(value)))
        return false;
    *out = value;
    return true;
}

/* parse_seed: true, and *out set, if the whole text is digits, and not too
 * large. */
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

/* parse_size: the same for a size. */
static inline bool parse_size(size_t *out, const char *text)
{
    uint64_t value;
    if (!parse_seed(&value, text) || value > SIZE_MAX)
        return false;
    *out = (size_t)value;
    return true;
}

static inline double range_bound(const char *text, size_t n,
                                 double (*named)(const char *word))
{
    char word[32];
    double bound;
    REQUIRE(n < sizeof word);
    snprintf(word, sizeof word, "%.*s", (int)n, text);
    if (parse_double(&bound, word))
        return bound;
    REQUIRE(named);
    return named(word);
}

/* range_of: the range that text describes. named gives bounds that are no
 * numbers; NULL: there are none. */
static inline struct range range_of(const char *text,
                                    double (*named)(const char *word))
{
    const char *dots = strstr(text, "..");
    REQUIRE(dots);
    struct range r = { -INFINITY, INFINITY, true, true };
    bool above = dots > text && dots[-1] == '<', below = dots[2] == '<';
    size_t low = (size_t)(dots - text) - above, high;
    high = strlen(dots + 2 + below);
    if (low)
        r.low = range_bound(text, low, named), r.above = above;
    if (high)
        r.high = range_bound(dots + 2 + below, high, named), r.below = below;
    return r;
}

/* range_holds: is x in the range? NaN is in none. */
static inline bool range_holds(const struct range *r, double x)
{
    return (r->above ? x > r->low : x >= r->low)
        && (r->below ? x < r->high : x <= r->high);
}

static inline struct words words_in(const char *text, size_t n,
                                    const char *stops)
{
    return (struct words){ text, text + n, stops, 0 };
}

/* words_of: the words of a whole text; NULL has none. */
static inline struct words words_of(const char *text, const char *stops)
{
    return words_in(text ? text : "", text ? strlen(text) : 0, stops);
}

/* words_next: goes on to the next word; false if there is none. */
static inline bool words_next(struct words *w)
{
    w->at += w->n, w->n = 0;
    while (w->at < w->end && strchr(w->stops, *w->at))
        w->at++;
    while (w->at + w->n < w->end && !strchr(w->stops, w->at[w->n]))
        w->n++;
    return w->n > 0;
}

/* word_among: is the word one of these, which have spaces between them? */
static inline bool word_among(const char *words, const char *word)
{
    for (struct words w = words_of(words, " "); words_next(&w); )
        if (w.n == strlen(word) && !strncmp(w.at, word, w.n))
            return true;
    return false;
}

/* text_add: adds to a text that has place for size. */
__attribute__((format(printf, 3, 4)))
static inline void text_add(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list values;
    va_start(values, format);
    vsnprintf(out + used, size - used, format, values);
    va_end(values);
}

/* range_words: "from 1 to 10", "above 0", "at least 0 and below 1". */
static inline const char *range_words(char out[96], const char *text)
{
    const char *dots = strstr(text, "..");
    bool above = dots > text && dots[-1] == '<', below = dots[2] == '<';
    int low = (int)(dots - text) - above;
    const char *high = dots + 2 + below;
    if (!low && !*high)
        return "a finite number";
    if (low && *high && !above && !below)
        snprintf(out, 96, "from %.*s to %s", low, text, high);
    else
        snprintf(out, 96, "%s%.*s%s%s%s",
                 low ? above ? "above " : "at least " : "", low, text,
                 low && *high ? " and " : "",
                 *high ? below ? "below " : "at most " : "", high);
    return out;
}

/* shown: text, or its two ends if it is longer than 100 characters. The
 * result is good until eight more are asked for. */
static inline const char *shown(const char *text)
{
    static char texts[8][104];
    static unsigned next;
    size_t length = strlen(text);
    if (length <= 100)
        return text;
    char *out = texts[next++ % 8];
    snprintf(out, sizeof *texts, "%.60s...%s", text, text + length - 37);
    return out;
}

/* functions that command_parse calls */
enum { COMMAND_OPTIONS = 64 };
static struct {
    const struct command *command;
    const char *given[COMMAND_OPTIONS];   /* the value; NULL: not given */
    char **words;                         /* (count): the positional ones */
    size_t count;
} parsed;
static inline bool word_is_positional(const char *word)
{
    if (word[0] != '-' || word[1] == '\0')
        return true;
    return isdigit((unsigned char)word[1]) || number_shaped(word);
}
enum { OPTION_CODE = 256 };

static inline size_t command_longs(struct option *longs,
                                   const struct command *command)
{
    size_t i = 0;
    for (; command->options[i].name; i++) {
        REQUIRE(i + 1 < COMMAND_OPTIONS);
        longs[i] = (struct option){
            .name = command->options[i].name,
            .has_arg = command->options[i].kind != OPTION_FLAG,
            .val = OPTION_CODE + (int)i
        };
    }
    longs[i] = (struct option){ "help", no_argument, NULL, 'h' };
    return i;
}
_Noreturn static inline void option_refuse(const struct option *longs,
                                           const char *word, bool lacks_value)
{
    int length = (int)strcspn(word, "=");
    size_t like = 0;
    for (; word[1] == '-' && longs->name; longs++)
        like += !strncmp(longs->name, word + 2, (size_t)length - 2);
    char name[104];
    snprintf(name, sizeof name, "%.*s", length < 100 ? length : 100, word);
    if (lacks_value)
        fail("%s needs a value; try --help", name);
    if (like > 1)
        fail("%s may mean several options; try --help", name);
    if (like == 1)
        fail("%s takes no value; try --help", name);
    fail("unknown option %s; try --help", name);
}
/* functions that option_store calls */
_Noreturn static inline void option_bad(const struct command_option *o,
                                        const char *text, const char *wanted)
{
    fail("--%s: \"%s\" is not %s", o->name, shown(text), wanted);
}
static inline bool option_in_range(const struct command_option *o)
{
    const struct range range = range_of(o->range, NULL);
    const void *value = o->value;
    switch (o->kind) {
    case OPTION_FLOAT:
        return range_holds(&range, (double)*(const float *)value);
    case OPTION_DOUBLE:
        return range_holds(&range, *(const double *)value);
    case OPTION_SIZE:
        return range_holds(&range, (double)*(const size_t *)value);
    case OPTION_SEED:
        return range_holds(&range, (double)*(const uint64_t *)value);
    default:
        return true;
    }
}
static inline int option_choice(const struct command_option *o,
                                const char *text)
{
    const char *word = o->argument;
    for (int i = 0; ; i++) {
        size_t length = strcspn(word, "|");
        if (strlen(text) == length && !strncmp(word, text, length))
            return i;
        if (!word[length])
            fail("--%s: \"%s\" is none of %s", o->name, shown(text),
                 o->argument);
        word += length + 1;
    }
}
static inline void option_store(const struct command_option *o,
                                const char *text)
{
    switch (o->kind) {
    /* store a flag, a text or a choice */
    case OPTION_FLAG:
        if (o->value)
            *(bool *)o->value = true;
        break;
    case OPTION_READS:
    case OPTION_WRITES:
        if (!*text)
            option_bad(o, text, "the name of a file");
        *(const char **)o->value = text;
        break;
    case OPTION_TEXT:
        *(const char **)o->value = text;
        break;
    case OPTION_CHOICE:
        *(int *)o->value = option_choice(o, text);
        break;
    /* store a number */
    case OPTION_FLOAT:
        if (!parse_float(o->value, text) || !isfinite(*(float *)o->value))
            option_bad(o, text, "a finite number");
        break;
    case OPTION_DOUBLE:
        if (!parse_double(o->value, text) || !isfinite(*(double *)o->value))
            option_bad(o, text, "a finite number");
        break;
    case OPTION_SIZE:
        if (!parse_size(o->value, text))
            option_bad(o, text, "a whole number");
        break;
    case OPTION_SEED:
        if (!parse_seed(o->value, text))
            option_bad(o, text, "a whole number");
        break;
    }
    char words[96];
    if (o->range && !option_in_range(o))
        option_bad(o, text, range_words(words, o->range));
}
/* functions that command_help calls */
/* Prints the first n characters of text, from column on. */
static inline void print_words(FILE *out, const char *text, int n, int column,
                               int margin, const char *joint)
{
    enum { WIDTH = 78 };
    const char *end = text + n;
    bool first = true;
    while (text < end) {
        /* print the next word, on a new line if this one is full */
        int length = (int)strcspn(text, " \n");
        int joint_length = text + length < end ? (int)strlen(joint) : 0;
        if (!first && column + 1 + length + joint_length > WIDTH) {
            fprintf(out, "%s\n%*s", joint, margin, "");
            column = margin;
            first = true;
        }
        column += fprintf(out, "%s%.*s", first ? "" : " ", length, text);
        first = false;
        text += length + (text[length] == ' ');
    }
    fputc('\n', out);
}
static inline void print_summary(FILE *out, const struct command *command)
{
    int column = fprintf(out, "%s -- ", command->name);
    print_words(out, command->summary, (int)strlen(command->summary), column,
                4, "");
}
static inline void print_lines(FILE *out, const char *first, const char *text)
{
    while (*text) {
        int length = (int)strcspn(text, "\n");
        fputs(first, out);
        print_words(out, text, length, 7, 13, " \\");
        text += length + (text[length] == '\n');
        first = "       ";
    }
}
static inline void print_columns(const char *left, const char *right)
{
    enum { MARGIN = 27 };
    int gap = MARGIN - printf("%s", left);
    if (gap < 2) {
        puts("");
        gap = MARGIN;
    }
    printf("%*s", gap, "");
    print_words(stdout, right, (int)strlen(right), MARGIN, MARGIN, "");
}
/* functions that option_help calls */
static inline void option_default(char *out, size_t size,
                                  const struct command_option *o)
{
    const void *value = o->value;
    switch (o->kind) {
    case OPTION_FLAG:
        break;
    case OPTION_TEXT:
    case OPTION_READS:
    case OPTION_WRITES:
        if (*(const char *const *)value)
            snprintf(out, size, "%s", *(const char *const *)value);
        break;
    case OPTION_CHOICE: {
        const char *word = o->argument;
        for (int i = *(const int *)value; i > 0; i--)
            word += strcspn(word, "|") + 1;
        snprintf(out, size, "%.*s", (int)strcspn(word, "|"), word);
        break;
    }
    case OPTION_FLOAT:
        snprintf(out, size, "%g", (double)*(const float *)value);
        break;
    case OPTION_DOUBLE:
        snprintf(out, size, "%g", *(const double *)value);
        break;
    case OPTION_SIZE:
        snprintf(out, size, "%zu", *(const size_t *)value);
        break;
    case OPTION_SEED:
        snprintf(out, size, "%ju", (uintmax_t)*(const uint64_t *)value);
        break;
    }
}
static inline void option_help(const struct command_option *o)
{
    char left[256], right[1024], standard[256] = "";
    bool flag = o->kind == OPTION_FLAG;
    snprintf(left, sizeof left, "  --%s%s%s", o->name, flag ? "" : " ",
             flag ? "" : o->argument);
    if (!o->range || option_in_range(o))
        option_default(standard, sizeof standard, o);
    char words[96] = "";
    const char *range = o->range ? range_words(words, o->range) : "";
    bool more = *range || *standard;
    snprintf(right, sizeof right, "%s%s%s%s%s%s%s", o->help,
             more ? " (" : "", range, *range && *standard ? "; " : "",
             *standard ? "default " : "", standard, more ? ")" : "");
    print_columns(left, right);
}
static inline void command_help(const struct command *command)
{
    print_summary(stdout, command);
    puts("");
    print_lines(stdout, "usage: ", command->usage);
    puts("");
    for (const struct command_option *o = command->options; o->name; o++)
        option_help(o);
    print_columns("  --help", "print this help and stop");
    if (command->example) {
        puts("");
        print_lines(stdout, "e.g.   ", command->example);
    }
}
static inline const char *stream_lost(FILE *file);

static inline void check_stdout(void)
{
    const char *why = stream_lost(stdout);
    if (!why || program_failed)
        return;
    fprintf(stderr, "%s: standard output: %s\n", program_name, why);
    _exit(2);
}
static inline size_t command_begin(const struct command *command,
                                   struct option *longs)
{
    program_name = command->name;
    memset(&parsed, 0, sizeof parsed);
    parsed.command = command;
    atexit(check_stdout);
    return command_longs(longs, command);
}
/* command_parse: sets the options' values, moves the other arguments to
 * argv[1], argv[2] ... and returns how many these are. --help prints the
 * table and exits with 0; a bad option or value fails. "-1.5" and "-" are
 * not options, nor is anything after "--". Of equal options, the last counts.
 */
static inline size_t command_parse(const struct command *command, int argc,
                                   char **argv)
{
    struct option longs[COMMAND_OPTIONS + 1] = { { 0 } };
    size_t positionals = 0, count = command_begin(command, longs);
    const char **given = parsed.given;
    /* sort the words into given and positionals */
    optind = 1;
    opterr = 0;
    while (optind < argc) {
        char *word = argv[optind];
        if (word_is_positional(word)) {
            argv[++positionals] = word;
            optind++;
            continue;
        }
        /* after --, take all the rest */
        if (!strcmp(word, "--")) {
            while (++optind < argc)
                argv[++positionals] = argv[optind];
            break;
        }
        /* let code be the option's number */
        int code = getopt_long(argc, argv, "+:h", longs, NULL);
        if (code == 'h') {
            command_help(command);
            exit(0);
        }
        if (code < OPTION_CODE)
            option_refuse(longs, word, code == ':');
        given[code - OPTION_CODE] = optarg ? optarg : "";
    }
    parsed.words = argv + 1, parsed.count = positionals;
    for (size_t i = 0; i < count; i++)
        if (given[i])
            option_store(&command->options[i], given[i]);
    return positionals;
}

/* command_words: the arguments that are no options, n of them. */
static inline char **command_words(size_t *n)
{
    *n = parsed.count;
    return parsed.words;
}

/* command_usage: summary, usage and example on stderr; exits with 2. */
_Noreturn static inline void command_usage(const struct command *command)
{
    program_name = command->name;
    print_summary(stderr, command);
    print_lines(stderr, "usage: ", command->usage);
    if (command->example)
        print_lines(stderr, "e.g.   ", command->example);
    fprintf(stderr, "%s --help says more.\n", command->name);
    exit(2);
}

/* command_given: was this option among the words that were parsed? */
static inline bool command_given(const char *name)
{
    const struct command_option *o = parsed.command->options;
    size_t i = 0;
    while (o[i].name && strcmp(o[i].name, name))
        i++;
    REQUIRE(o[i].name);
    return parsed.given[i] != NULL;
}

#ifdef _OPENMP
/* threads_sleep: before main: threads that wait soon go to sleep. */
__attribute__((constructor))
static void threads_sleep(int count, char **words)
{
    (void)count, (void)words;
    if (getenv("OMP_WAIT_POLICY") || getenv("GOMP_SPINCOUNT")
        || setenv("OMP_WAIT_POLICY", "passive", 1) != 0
        || setenv("GOMP_SPINCOUNT", "300", 1) != 0)
        return;
#if defined __GLIBC__ && !defined __clang__
    execv("/proc/self/exe", words);
#endif
}
#endif

/* command_threads: takes n threads, 1024 at most; 0: as many as OpenMP does.
 * Returns how many. Fails if n > 1 and there is no OpenMP. */
static inline size_t command_threads(size_t n)
{
#ifdef _OPENMP
    if (n > 0)
        omp_set_num_threads(n < 1024 ? (int)n : 1024);
    return (size_t)omp_get_max_threads();
#else
    if (n > 1)
        fail("--threads: this program was compiled without -fopenmp");
    return 1;
#endif
}

static inline double seconds_now(void);
static inline bool is_terminal(FILE *file);

/* progress_start: for the steps first + 1 to last; first > 0 after --load.
 * For a rate in other things than steps set per_step and unit: 512, "tokens".
 */
static inline struct progress progress_start(size_t first, size_t last)
{
    return (struct progress){ .first = first, .last = last,
        .start = seconds_now(), .per_step = 1, .unit = "steps",
        .on = is_terminal(stderr) };
}

/* progress_step: a line on stderr, five times a second at most, if that is a
 * terminal: the step, the values in their format ("loss %.4f"), the rate, the
 * time left. */
__attribute__((format(printf, 3, 4))) static inline void
progress_step(struct progress *progress, size_t step, const char *format, ...)
{
    double now = seconds_now();
    bool recent = now - progress->shown < 0.2 && step < progress->last;
    if (!progress->on || recent)
        return;
    progress->shown = now;
    /* print format and its values into message */
    char message[8192];
    va_list values;
    va_start(values, format);
    vsnprintf(message, sizeof message, format, values);
    va_end(values);
    double done = (double)step - (double)progress->first;
    double rate = done / fmax(now - progress->start, 1e-9);
    /* print the progress line */
    fprintf(stderr, "\r\033[K%zu of %zu  %s", step, progress->last, message);
    if (done > 0) {
        /* print rate and time left */
        double left = ((double)progress->last - (double)step) / rate;
        fprintf(stderr, "  %.3g %s/s  %.0f:%02.0f left",
                rate * progress->per_step, progress->unit, floor(left / 60),
                floor(fmod(left, 60)));
    }
    fflush(stderr);
    progress_showing = true;
}

/* progress_end: the line stays, and what is printed next begins a new one. */
static inline void progress_end(struct progress *progress)
{
    if (progress->on && progress_showing)
        fputc('\n', stderr);
    progress_showing = false;
}

/* seconds_now: seconds on a clock that only goes forward. */
static inline double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* is_terminal: does someone sit at the other end of this file? */
static inline bool is_terminal(FILE *file)
{
    return isatty(fileno(file));
}

static inline void output_discard_by(int number);

static inline void note_interrupt(int number)
{
    interrupted = number;
#ifndef __wasm__
    output_discard_by(number);
#endif
}

static inline void signal_watch(int number, void (*handler)(int));

/* catch_interrupt: from now on Ctrl-C sets interrupted, and the next one
 * kills. Where the parent has it ignored, as by nohup, and in a page, this
 * does nothing. */
static inline void catch_interrupt(void)
{
#ifdef __wasm__
    note_interrupt(0);
#else
    struct sigaction was;
    if (sigaction(SIGINT, NULL, &was) == 0 && was.sa_handler != SIG_IGN)
        signal_watch(SIGINT, note_interrupt);
#endif
}

#ifndef __wasm__
static inline void signal_watch(int number, void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler };
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}
#endif

/* input_open: a file or a pipe; fails if it is a directory or empty. */
static inline struct input input_open(const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status) != 0)
        fail("%s: %s", path, strerror(errno));
    /* refuse a directory and an empty file */
    bool sized = S_ISREG(status.st_mode);
    if (S_ISDIR(status.st_mode))
        fail("%s: is a directory", path);
    if (sized && status.st_size == 0)
        fail("%s: is empty", path);
    return (struct input){ file, path,
                           sized ? (size_t)status.st_size : 0, sized };
}

/* input_bytes: exactly n bytes. */
static inline void input_bytes(void *out, struct input *input, size_t n)
{
    size_t got = fread(out, 1, n, input->file);
    if (ferror(input->file))
        fail("%s: %s", input->path, strerror(errno));
    if (got < n)
        fail("%s: truncated: it ends %zu bytes too early", input->path,
             n - got);
    input->left -= n < input->left ? n : input->left;
}

/* input_data: n bytes in a new block, and a zero after them. n is compared
 * with the file's size first; for a pipe, memory grows as bytes arrive. */
static inline void *input_data(struct input *input, size_t n)
{
    /* compare n with what is left of the file */
    if (input->sized && n > input->left)
        fail("%s: truncated: its header promises %zu bytes, %zu follow",
             input->path, n, input->left);
    size_t capacity = input->sized || n < 65536 ? n : 65536, got = 0;
    char *data = allocate(size_sum(capacity, 1), 1);
    while (got < n) {
        /* double the block if data is full */
        if (got == capacity) {
            capacity = n / 2 < capacity ? n : 2 * capacity;
            data = enlarge(data, got, size_sum(capacity, 1), 1);
        }
        input_bytes(data + got, input, capacity - got);
        got = capacity;
    }
    return data;
}

/* input_end: nothing may be left; closes the file. */
static inline void input_end(struct input *input)
{
    if (getc(input->file) != EOF)
        fail("%s: has more bytes than its header promises", input->path);
    fclose(input->file);
    input->file = NULL;
}

/* functions that output_open calls */
static struct output *volatile outputs_open;

static inline void output_discard_all(void)
{
    for (struct output *o = outputs_open; o; o = o->next)
        if (o->temporary)
            unlink(o->temporary);
}
#ifndef __wasm__
static inline void output_discard_at(int number)
{
    output_discard_all();
    raise(number);
}

static inline void output_discard_by(int number)
{
    signal_watch(number, output_discard_at);
}
#endif
static inline void output_watch(void)
{
    atexit(output_discard_all);
#ifndef __wasm__
    const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT,
                         SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE,
                         SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM,
                         SIGPROF, SIGSYS };
    struct sigaction was;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (sigaction(ends[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
            output_discard_by(ends[i]);
#endif
}
static inline bool is_straight(const char *path, bool exists,
                               const struct stat *status)
{
    return (exists && !S_ISREG(status->st_mode))
        || !strncmp(path, "/dev/std", 8) || !strncmp(path, "/dev/fd/", 8);
}
static inline void output_straight(struct output *output, const char *path)
{
    output->path = strdup(path);
    output->file = fopen(path, "ab");
    if (!output->path || !output->file)
        fail("%s: %s", path, strerror(errno));
}
#ifdef __wasm__
static inline char *path_behind_links(const char *path, bool exists);

static inline char *path_behind_links(const char *path, bool exists)
{
    return exists || *path ? strdup(path) : NULL;
}
#else
static inline char *path_behind_links(const char *path, bool exists)
{
    if (exists || !*path)
        return realpath(path, NULL);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    /* let folder be the path of the folder, without links */
    char *given = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
    char *folder = given ? realpath(given, NULL) : NULL;
    free(given);
    if (!folder)
        return NULL;
    char *whole = allocate(size_sum(strlen(folder) + 2, strlen(name)), 1);
    sprintf(whole, "%s/%s", folder, name);
    free(folder);
    return whole;
}
#endif
/* functions that output_temporary calls */
/* False, and errno set, if a rename to this path will be refused. */
static inline bool may_rename(const char *path)
{
    struct stat file, folder = { 0 };
    if (lstat(path, &file) != 0)
        return errno == ENOENT;
#ifdef __wasm__
    return true;
#else
    char *parent = strndup(path, (size_t)(strrchr(path, '/') + 1 - path));
    uid_t user = parent && stat(parent, &folder) == 0 ? geteuid() : 0;
    free(parent);
    errno = EPERM;
    return !(folder.st_mode & S_ISVTX) || user == 0 || user == file.st_uid
        || user == folder.st_uid;
#endif
}
static inline long process_number(void)
{
#ifdef __wasm__
    return 0;
#else
    return (long)getpid();
#endif
}

static inline int output_create(struct output *output)
{
    const char *slash = strrchr(output->path, '/');
    int folder = slash ? (int)(slash - output->path) + 1 : 0;
    char *name = allocate((size_t)folder + 64, 1);
    static unsigned serial;
    int file;
    do {
        snprintf(name, (size_t)folder + 64, "%.*s.unfinished-%ld-%u", folder,
                 output->path, process_number(), ++serial);
        output->temporary = name;
        file = open(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
        if (file < 0)
            output->temporary = NULL;
    } while (file < 0 && errno == EEXIST);
    if (file < 0)
        free(name);
    return file;
}
static inline void output_temporary(struct output *output, const char *path,
                                    mode_t old_mode)
{
    output->path = path_behind_links(path, old_mode != 0);
    /* refuse a path that another output has */
    for (struct output *o = output->next; o && output->path; o = o->next)
        if (o->temporary && !strcmp(o->path, output->path))
            fail("%s: is given for two outputs", path);
    if (output->path && !may_rename(output->path))
        fail("%s: %s", path, strerror(errno));
    int file = output->path ? output_create(output) : -1;
    output->file = file < 0 ? NULL : fdopen(file, "wb");
    if (!output->file)
        fail("%s: cannot write to its folder: %s", path, strerror(errno));
    /* give the new file the permissions of the old one */
    #ifndef __wasm__
    if (old_mode && fchmod(file, old_mode & 0777) != 0)
        fail("%s: %s", path, strerror(errno));
    #endif
}
/* output_open: a temporary file beside path, until output_commit. If the
 * program ends before that, by a signal or a broken contract, too, nothing is
 * left and path is as it was. */
static inline struct output *output_open(const char *path)
{
    struct stat status;
    bool exists = stat(path, &status) == 0;
    /* refuse a directory and a protected file */
    if (exists && S_ISDIR(status.st_mode))
        fail("%s: is a directory", path);
    if (exists && access(path, W_OK) != 0)
        fail("%s: %s", path, strerror(errno));
    if (!exists && lstat(path, &status) == 0)
        fail("%s: is a link that leads to no file", path);
    struct output *output = allocate(1, sizeof *output);
    static bool registered;
    if (!registered)
        output_watch();
    registered = true;
    output->next = outputs_open;
    outputs_open = output;
    if (is_straight(path, exists, &status))
        output_straight(output, path);
    else
        output_temporary(output, path, exists ? status.st_mode : 0);
    return output;
}

/* same_file: do both paths name one file, be it there or not? */
static inline bool same_file(const char *a, const char *b)
{
    struct stat one, two;
    bool first = stat(a, &one) == 0, second = stat(b, &two) == 0;
    if (first && second)
        return S_ISREG(one.st_mode) && one.st_dev == two.st_dev
            && one.st_ino == two.st_ino;
    char *x = path_behind_links(a, first), *y = path_behind_links(b, second);
    bool same = x && y && !strcmp(x, y);
    free(x), free(y);
    return same;
}

/* stream_lost: NULL, or why not all that was written to this file got there.
 */
static inline const char *stream_lost(FILE *file)
{
    bool lost = ferror(file) != 0;
    errno = 0;
    lost |= fflush(file) != 0;
    if (!lost)
        return NULL;
    return errno ? strerror(errno) : "not all of it was written";
}

/* output_flush: fails if not all is written. */
static inline void output_flush(struct output *output)
{
    const char *why = stream_lost(output->file);
    if (why)
        fail("%s: %s", output->path, why);
}

/* output_bytes: writes n bytes, or fails. */
static inline void output_bytes(struct output *output, const void *bytes,
                                size_t n)
{
    if (fwrite(bytes, 1, n, output->file) < n)
        fail("%s: %s", output->path, strerror(errno));
}

/* outputs_commit: the files of the list (n) get their names, all or none; the
 * outputs are released. An output may be NULL. */
static inline void outputs_commit(struct output *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i])
            output_flush(list[i]);
    for (size_t i = 0; i < n; i++)
        if (list[i] && fclose(list[i]->file) != 0)
            fail("%s: %s", list[i]->path, strerror(errno));
    for (size_t i = 0; i < n; i++) {
        struct output *output = list[i];
        if (!output)
            continue;
        if (output->temporary && rename(output->temporary, output->path) != 0)
            fail("%s: %s", output->path, strerror(errno));
        /* take output out of the list and release it */
        struct output *volatile *link = &outputs_open;
        while (*link != output)
            link = &(*link)->next;
        *link = output->next;
        free(output->temporary);
        free(output->path);
        free(output);
    }
}

/* output_commit: the same for one. */
static inline void output_commit(struct output *output)
{
    outputs_commit(&output, 1);
}

/* output_try: fails as output_open would, and leaves everything as it was. */
static inline void output_try(const char *path)
{
    struct stat status = { 0 };
    bool exists = stat(path, &status) == 0;
    if (is_straight(path, exists, &status) && !S_ISDIR(status.st_mode))
        return;
    struct output *output = output_open(path);
    fclose(output->file);
    unlink(output->temporary);
    /* take output out of the list and release it */
    struct output *volatile *link = &outputs_open;
    while (*link != output)
        link = &(*link)->next;
    *link = output->next;
    free(output->temporary);
    free(output->path);
    free(output);
}

/* float_widen: the float of these bits: so many of fraction, above them those
 * of the exponent, which has this bias, above them a sign.  What is special
 * is up to the caller. */
static inline float float_widen(unsigned bits, int fractions, int bias)
{
    const unsigned exponent = bits >> fractions & (2 * (unsigned)bias + 1);
    const unsigned one = 1u << fractions, fraction = bits & (one - 1);
    const float size = exponent
        ? ldexpf((float)(one + fraction), (int)exponent - bias - fractions)
        : ldexpf((float)fraction, 1 - bias - fractions);
    return bits >> fractions > 2 * (unsigned)bias + 1 ? -size : size;
}

#endif
