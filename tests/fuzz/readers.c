/* readers.c -- any bytes at all for the readers of .npy, IDX, .safetensors and
 * pairs of texts.
 *
 * A reader must end the program by its rule (one line that names the file,
 * status 2), or give an array that can be touched, written and read again; and
 * it must decide alike for a file and for a pipe, and not ask for much more
 * memory than there are bytes. Broken contracts, and whatever the sanitizers
 * find, abort.
 *
 * To search for such bytes with libFuzzer (Debian's clang and
 * libclang-rt-14-dev), from the repository's root, for ten minutes:
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined \
 *         -fno-sanitize-recover=undefined -Itangled -DREADER=npy \
 *         tests/fuzz/readers.c -o build/fuzz-npy -ljansson -lm
 *     mkdir -p build/corpus-npy
 *     nice build/fuzz-npy -max_total_time=600 -dict=tests/fuzz/npy.dict \
 *         build/corpus-npy tests/fuzz/corpus/npy
 *     build/fuzz-npy -merge=1 tests/fuzz/corpus/npy build/corpus-npy
 *
 * and the same for idx and safetensors; with -DREADER=whole and weights, which
 * read the files of npy and safetensors in other ways; and with -DREADER=pairs
 * and texts, which have no -dict. The last line keeps the inputs that reach what
 * the kept ones do not. tests/fuzz_test.sh replays them all, with
 * any compiler: compiled without READER, this file is a program that takes
 * the name of a reader and files. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ------------------------------------------- what the readers ask for -- */

/* The end of the program becomes a jump, and what was allocated or opened
 * until then is released after it. */
enum { BLOCKS = 1 << 20, FILES = 8 };
static void *blocks[BLOCKS];
static size_t block_count, input_size;
static FILE *files[FILES];
static jmp_buf after;
static FILE *said_file;
static char said[16384];
static bool as_pipe;

static void demand(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s; the reader said: %s\n", what, said);
    abort();
}

static void *keep(void *block)
{
    demand(block && block_count < BLOCKS, "too many blocks");
    return blocks[block_count++] = block;
}

static int fuzz_memalign(void **block, size_t alignment, size_t bytes)
{
    demand(bytes <= 8 * input_size + 200000, "much memory for few bytes");
    int status = posix_memalign(block, alignment, bytes);
    keep(*block);
    return status;
}

static void *fuzz_malloc(size_t bytes)
{
    return keep(malloc(bytes));
}

static char *fuzz_strdup(const char *text)
{
    return keep(strdup(text));
}

static void fuzz_free(void *block)
{
    size_t i = block_count;
    if (!block)
        return;
    while (i > 0 && blocks[i - 1] != block)
        i--;
    demand(i > 0, "free of what was not allocated");
    memmove(blocks + i - 1, blocks + i, (block_count-- - i) * sizeof *blocks);
    free(block);
}

static FILE *fuzz_fopen(const char *path, const char *mode)
{
    size_t i = 0;
    while (files[i])
        demand(++i < FILES, "too many files");
    return files[i] = fopen(path, mode);
}

static int fuzz_fclose(FILE *file)
{
    size_t i = 0;
    while (files[i] != file)
        demand(++i < FILES, "close of what was not opened");
    files[i] = NULL;
    return fclose(file);
}

_Noreturn static void fuzz_exit(int status)
{
    fflush(said_file);
    size_t length = strlen(said);
    demand(status == 2, "another status than 2");
    demand(!strncmp(said, "program: /dev/fd/", 17), "no name of the file");
    demand(length > 20 && strchr(said, '\n') == said + length - 1,
           "not one line");
    longjmp(after, 1);
}

#undef S_ISREG
#define S_ISREG(mode) (((mode) & S_IFMT) == S_IFREG && !as_pipe)
#define posix_memalign fuzz_memalign
#define strdup fuzz_strdup
#define free fuzz_free
#define fopen fuzz_fopen
#define fclose fuzz_fclose
#define exit fuzz_exit
#undef stderr
#define stderr said_file
#include "kit/idx.h"
#include "kit/npy.h"
#include "kit/safetensors.h"
#include "kit/merges.h"
#include "kit/vocabulary.h"
#undef posix_memalign
#undef strdup
#undef free
#undef fopen
#undef fclose
#undef exit
#undef stderr
extern FILE *stderr;

/* Files in memory: what the fuzzer made, and what we write ourselves. */
struct memory { int number; char path[32]; };
static struct memory input, copy;

static void memory_open(struct memory *memory)
{
    memory->number = memfd_create("fuzz", 0);
    demand(memory->number >= 0, "no file in memory");
    snprintf(memory->path, sizeof memory->path, "/dev/fd/%d",
             memory->number);
}

static void memory_set(const struct memory *memory, const void *bytes,
                       size_t n)
{
    demand(ftruncate(memory->number, 0) == 0
           && pwrite(memory->number, bytes, n, 0) == (ssize_t)n,
           "the file in memory cannot be written");
}

/* ------------------------------------------------------------- readers -- */

static void use_npy(void)
{
    struct array a = npy_read(input.path);
    npy_write(copy.path, &a);
    struct array b = npy_read(copy.path);
    demand(a.rank == b.rank && a.count == b.count
           && !memcmp(a.shape, b.shape, sizeof a.shape)
           && !memcmp(a.data, b.data, a.count * sizeof(float)),
           "written, the array is another");
    array_free(&b);
    struct numbers n = npy_read_numbers(input.path);
    demand(n.rank == a.rank && n.count == a.count
           && !memcmp(n.shape, a.shape, sizeof a.shape), "another shape");
    for (size_t i = 0; i < n.count; i++)
        demand(isnan(n.data[i]) ? isnan(a.data[i])
               : (float)n.data[i] == a.data[i], "another number");
    for (size_t i = 0; n.whole && i < n.count; i++)
        demand(fabs(n.data[i]) <= 0x1p53 && n.data[i] == floor(n.data[i]),
               "a whole number that is none");
    array_free(&a);
    fuzz_free(n.data);
}

/* What is read as whole numbers is read by the other reader, and the same. */
static void use_whole(void)
{
    struct array a = npy_read_whole(input.path), b = npy_read(input.path);
    for (size_t i = 0; i < a.count; i++)
        demand(a.data[i] == floorf(a.data[i]) && a.data[i] == b.data[i],
               "a whole number that is none");
    array_free(&a);
    array_free(&b);
}

static void use_idx(void)
{
    struct bytes_array a = idx_read(input.path);
    size_t count = 1, sum = 0;
    for (size_t i = 0; i < a.rank; i++)
        count *= a.shape[i];
    for (size_t i = 0; i < a.count; i++)
        sum += a.data[i];
    demand(count == a.count && sum <= 255 * count, "a wrong count");
    demand(count + 4 + 4 * a.rank == input_size, "a wrong size");
    bytes_free(&a);
}

static void compare_tensor(const struct safetensors *file,
                           const struct stored *want)
{
    const struct stored *got = safetensors_find(file, want->name);
    demand(got, "written, a tensor is missing");
    demand(got->type == want->type && got->rank == want->rank
           && got->count == want->count
           && !memcmp(got->shape, want->shape, sizeof got->shape)
           && !memcmp(got->data, want->data,
                      got->count * stored_types[got->type].size),
           "written, a tensor is another");
}

static void use_safetensors(void)
{
    struct safetensors a = safetensors_read(input.path);
    size_t known = 0;
    for (size_t i = 0; i < a.count; i++)
        known += a.tensors[i].type != STORED_OTHER;
    if (known < a.count) {    /* what has no known type cannot be written */
        safetensors_free(&a);
        return;
    }
    safetensors_write(copy.path, a.tensors, a.count,
                      (const char *const *)a.texts);
    struct safetensors b = safetensors_read(copy.path);
    demand(a.count == b.count, "written, there are more or fewer tensors");
    for (size_t i = 0; i < a.count; i++)
        compare_tensor(&b, &a.tensors[i]);
    for (size_t i = 0; a.texts[i]; i++)
        demand(b.texts[i] && !strcmp(a.texts[i], b.texts[i]),
               "written, a text is another");
    safetensors_free(&a);
    safetensors_free(&b);
}

/* Every tensor is asked for as floats: finite ones, or the end. */
static void use_weights(void)
{
    struct safetensors a = safetensors_read(input.path);
    for (size_t i = 0; i < a.count; i++) {
        const struct stored *t = &a.tensors[i];
        const float *x = safetensors_require(&a, t->name, t->rank, t->shape);
        for (size_t j = 0; j < t->count; j++)
            demand(isfinite(x[j]), "a weight that is not finite");
    }
    safetensors_free(&a);
}

/* Every text is cut, numbered, and comes back as it was. */
static void use_pairs(void)
{
    struct pairs a = pairs_read(input.path);
    size_t seen = 0, n;
    struct units how[2];
    demand(a.count > 0 && a.inputs > 0 && a.first[a.inputs] == a.count,
           "no pairs");
    for (size_t i = 0; i < a.inputs; i++)
        for (size_t j = a.first[i]; j < a.first[i + 1]; j++, seen++)
            demand(!strcmp(a.list[j].input, a.list[a.first[i]].input),
                   "another input");
    demand(seen == a.count, "a pair is in no group");
    units_parse(&how[0], "char"), units_parse(&how[1], "bpe:20");
    units_train(&how[1], &a, true);
    struct vocabulary v = vocabulary_new(&a, &how[0], &how[1]);
    for (size_t i = 0; i < 2 * a.count; i++) {
        const struct pair *p = &a.list[i / 2];
        const char *text = i % 2 ? p->output : p->input;
        size_t length = strlen(text);
        int32_t *ids = fuzz_malloc(length * sizeof *ids);
        char *out = fuzz_malloc(length + 1);
        demand(!vocabulary_encode(ids, &n, length, &v, &how[i % 2], text),
               "a text of its own is not known");
        demand(vocabulary_decode(out, length + 1, &v, &how[i % 2], ids, n)
               == length && !strcmp(out, text), "a text comes back as another");
        fuzz_free(ids), fuzz_free(out);
    }
    vocabulary_free(&v), units_free(&how[0]), units_free(&how[1]);
    pairs_free(&a);
}

/* The texts of a model. */
static void use_texts(void)
{
    size_t n, bytes;
    struct units how;
    struct vocabulary v;
    char *text = text_read(input.path, &bytes);
    if (!units_parse(&how, text)) {
        struct unit *cut = fuzz_malloc(bytes * sizeof *cut);
        char *out = fuzz_malloc(bytes + 1);
        if (!text_wrong(text, bytes) && how.kind != UNIT_WORD) {
            n = units_cut(cut, &how, text, bytes);
            units_join(out, bytes + 1, &how, cut, n);
            demand(!strcmp(out, text), "a text comes back as another");
        }
        fuzz_free(cut), fuzz_free(out), units_free(&how);
    }
    if (!vocabulary_parse(&v, text)) {
        demand(!strcmp(v.text, text), "a vocabulary with another text");
        for (size_t i = 2; i < v.count; i++)
            demand(vocabulary_id(&v, v.units[i]) == (int32_t)i,
                   "a unit is not found");
        vocabulary_free(&v);
    }
    fuzz_free(text);
}

/* ---------------------------------------------------------------- a run -- */

/* Lets the reader have the bytes; true if it takes them. */
static bool accepts(void (*use)(void), const uint8_t *bytes, size_t n)
{
    volatile bool good = false;
    memory_set(&input, bytes, n);
    memory_set(&copy, "", 0);
    rewind(said_file);
    memset(said, 0, sizeof said);
    if (!setjmp(after)) {
        use();
        good = true;
        demand(block_count == 0, "something was not released");
    }
    while (block_count > 0)
        free(blocks[--block_count]);
    for (size_t i = 0; i < FILES; i++)
        if (files[i])
            fclose(files[i]), files[i] = NULL;
    return good;
}

static void try(void (*use)(void), const uint8_t *bytes, size_t n)
{
    if (!said_file) {
        said_file = fmemopen(said, sizeof said, "w");
        memory_open(&input);
        memory_open(&copy);
        json_set_alloc_funcs(fuzz_malloc, fuzz_free);
    }
    input_size = n;
    as_pipe = false;
    bool file = accepts(use, bytes, n);
    as_pipe = true;
    demand(accepts(use, bytes, n) == file, "a file is read, a pipe is not");
}

#ifdef READER
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    try(JOIN(use_, READER), bytes, n);
    return 0;
}

/* The length of the header, at byte `at`, is made right in every other try:
 * else few changes would be seen by more than the first ten lines. */
static void mend_length(uint8_t *bytes, size_t n, size_t at, size_t digits)
{
    size_t end_of_text = n;
    while (end_of_text > at + digits && bytes[end_of_text - 1] != '}')
        end_of_text--;
    size_t length = end_of_text - at - digits;
    for (size_t i = 0; i < digits; i++)
        bytes[at + i] = (uint8_t)(i < 8 ? length >> 8 * i : 0);
}

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t most,
                               unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t most,
                               unsigned seed)
{
    n = LLVMFuzzerMutate(bytes, n, most);
    if (seed % 2 == 0 || n < 16)
        return n;
    if (JOIN(use_, READER) == use_safetensors
        || JOIN(use_, READER) == use_weights)
        mend_length(bytes, n, 0, 8);
    if (JOIN(use_, READER) == use_npy || JOIN(use_, READER) == use_whole)
        mend_length(bytes, n, 8, bytes[6] == 1 ? 2 : 4);
    return n;
}
#else
static void replay(void (*use)(void), const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    demand(file, path);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    uint8_t *exact = malloc(n + !n);    /* so that its end is watched */
    memcpy(exact, bytes, n);
    fprintf(stderr, "%s\n", path);
    try(use, exact, n);
    free(exact);
}

int main(int argc, char **argv)
{
    const struct { const char *name; void (*use)(void); } readers[] = {
        { "npy", use_npy }, { "npy", use_whole }, { "idx", use_idx },
        { "safetensors", use_safetensors }, { "safetensors", use_weights },
        { "pairs", use_pairs }, { "texts", use_texts },
    };
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        for (int file = 2; file < argc; file++)
            if (!strcmp(argv[1], readers[i].name))
                replay(readers[i].use, argv[file]);
    return argc < 3;
}
#endif
