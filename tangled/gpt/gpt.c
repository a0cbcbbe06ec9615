/* gpt.c -- generated from chapters/16-gpt.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "kit/study.h"
#include "gpt/tokens.h"

EMBED(gpt2_merges, EMBED_FILE("data/gpt2/vocab.bpe"));

static struct {
    const char *tokens, *text, *load, *save;
    bool decode, pieces;
} chosen = { .tokens = "gpt2" };

static const char *published(void)
{
    return (const char *)gpt2_merges;
}
enum { CUTS = 3, CUT_TEXT = 81 };
static struct {
    char text[CUT_TEXT], title[CUTS][64];
    float merges;
    struct bpe bpe;
    size_t n[CUTS];
    struct unit piece[CUTS][CUT_TEXT];
    int32_t id[CUT_TEXT];
} cut = { .text = "The cat sat on a hat. Untokenizable numbers: 3.14159, "
          "31415. Na\xc3\xafve, isn't it?", .merges = 50000 };

static void cut_units(int row, const char *text, size_t n)
{
    cut.n[row] = 0;
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = row == 0 ? 1 : utf8_bytes(text + at, n - at);
        bytes = bytes ? bytes : 1;
        cut.piece[row][cut.n[row]++] = (struct unit){ text + at, bytes };
    }
}

static void cut_tokens(const struct bpe *b, const char *text, size_t n)
{
    cut.n[2] = 0;
    for (size_t at = 0, bytes; at < n; at += bytes) {
        bytes = split_next(text + at, n - at);
        cut.n[2] += bpe_piece(cut.id + cut.n[2], b, text + at, bytes);
    }
    for (size_t i = 0; i < cut.n[2]; i++)
        cut.piece[2][i] = b->tokens[cut.id[i]];
}

static void cut_compute(void)
{
    static const char *const names[] = { "byte", "character", "token" };
    const size_t n = strlen(cut.text);
    if (!cut.bpe.count)
        REQUIRE(!bpe_parse(&cut.bpe, published()));
    struct bpe some = cut.bpe;
    some.count = 256 + (size_t)cut.merges;
    cut_units(0, cut.text, n), cut_units(1, cut.text, n);
    cut_tokens(&some, cut.text, n);
    for (int i = 0; i < CUTS; i++)
        snprintf(cut.title[i], sizeof cut.title[i], "%zu %s%s", cut.n[i],
                 names[i], cut.n[i] == 1 ? "" : "s");
}

static void cut_name(char out[64], struct unit u, bool hex)
{
    *out = 0;
    for (size_t at = 0, bytes; at < u.n; at += bytes) {
        const unsigned char c = (unsigned char)u.at[at];
        bytes = utf8_bytes(u.at + at, u.n - at);
        if (hex || !bytes || c < ' ' || c == 127)
            text_add(out, 64, "%02x", c), bytes = 1;
        else if (c == ' ')
            text_add(out, 64, "_");
        else
            text_add(out, 64, "%.*s", (int)bytes, u.at + at);
    }
}

static float cut_boxes(struct frame *f, struct rect r, int row)
{
    static const enum ink inks[] = { SERIES_1, SERIES_2, SERIES_3, SERIES_4 };
    const bool ids = row == 2;
    const float high = ids ? 38 : 22, gap = ids ? 4 : 2, pad = ids ? 5 : 3;
    float x = r.x, y = r.y;
    for (size_t i = 0; i < cut.n[row]; i++) {
        char name[64], id[16] = "";
        cut_name(name, cut.piece[row][i], row == 0);
        if (ids)
            snprintf(id, sizeof id, "%d", cut.id[i]);
        const float size = ids ? TEXT_SIZE : TEXT_SMALL;
        const float w = 2 * pad + fmaxf(text_run(name, size, false),
                                        text_run(id, TEXT_SMALL, false));
        if (x > r.x && x + w > r.x + r.w)
            x = r.x, y += high + gap;
        if (y + high > r.y + r.h)
            return r.h;
        const struct rect box = { x, y, w, high };
        draw_round(f, box, 4, fade(paint(f, inks[i % 4]), .25f));
        draw_text(f, x + w / 2, y + (ids ? 12 : high / 2), size,
                  ALIGN_CENTER | ALIGN_MIDDLE, paint(f, INK), "%s", name);
        if (ids)
            draw_text(f, x + w / 2, y + 28, TEXT_SMALL,
                      ALIGN_CENTER | ALIGN_MIDDLE, paint(f, MUTED), "%s", id);
        if (hovering(f, box))
            readout(f, ids ? "token %zu of %zu: id %s, %zu byte%s"
                    : "%zu of %zu%.0s: %zu byte%s", i + 1, cut.n[row], id,
                    cut.piece[row][i].n, cut.piece[row][i].n > 1 ? "s" : "");
        x += w + gap;
    }
    return y + high - r.y;
}

static void cut_draw(struct frame *f, struct rect r)
{
    const float end = r.y + r.h;
    float y = r.y + 4;
    for (int row = 0; row < CUTS; row++) {
        draw_text(f, r.x, y + 8, TEXT_SIZE, ALIGN_MIDDLE | TEXT_BOLD,
                  paint(f, INK), "%s", cut.title[row]);
        y += 22;
        y += 14 + cut_boxes(f, (struct rect){ r.x, y, r.w, end - y }, row);
    }
}

static void cut_print(FILE *out)
{
    fprintf(out, "token\tid\tbytes\n");
    for (size_t i = 0; i < cut.n[2]; i++) {
        char name[64];
        cut_name(name, cut.piece[2][i], false);
        fprintf(out, "%s\t%d\t%zu\n", name, cut.id[i], cut.piece[2][i].n);
    }
}

static struct chart tokens_chart = {
    .control = { { FIELD(NULL, cut.text) },
                 { SLIDER("merges", &cut.merges, 1, 50000, "%.0f"),
                   .step = 1, .log = true } },
    .compute = cut_compute, .table = cut_print,
    .panel = { { .draw = cut_draw } }
};
CHART(tokens)

static const struct figure figures[] = {
    { "tokens", 720, 450, 860,
      "A text field, a slider for the number of merges, and the text three "
      "times as rows of colored boxes: its bytes in hexadecimal, its "
      "characters, and its tokens, each with its id.", tokens_frame,
      tokens_table },
    { 0 }
};
FIGURES(figures)
#ifndef __wasm__
static void tokens_learned(struct tokens *t, const char *how)
{
    char *text = NULL;
    size_t n = 0;
    const bool learns = !strcmp(how, "char") || !strncmp(how, "bpe:", 4);
    if (learns && !chosen.text)
        fail("--tokens %.40s learns from a text: --text FILE is missing",
             how);
    if (!learns && chosen.text)
        fail("--text goes with --tokens char and --tokens bpe:N only");
    if (chosen.text)
        text = text_read(chosen.text, &n);
    const char *wrong = tokens_new(t, how, text, n, published());
    if (wrong && !strcmp(how, "char"))
        fail("%s: %s", chosen.text, wrong);
    if (wrong)
        fail("--tokens %.40s: %s", how, wrong);
    if (!strncmp(how, "bpe:", 4) && strtoull(how + 4, NULL, 10) > t->count)
        fprintf(stderr, "gpt: %s: has no more than %zu tokens: no other "
                "pair occurs twice\n", chosen.text, t->count);
    free(text);
}

static void tokens_chosen(struct tokens *t)
{
    if (chosen.load) {
        size_t n;
        char *text = text_read(chosen.load, &n);
        while (n > 0 && text[n - 1] == '\n' && text[0] != '#')
            text[--n] = 0;
        const char *wrong = strlen(text) != n ? "has a zero byte"
            : tokens_parse(t, text, published());
        if (wrong)
            fail("%s: %s", chosen.load, wrong);
        free(text);
    } else
        tokens_learned(t, chosen.tokens);
    if (chosen.save) {
        struct output *out = output_open(chosen.save);
        char *text = tokens_text(t);
        output_bytes(out, text, strlen(text));
        if (t->kind != TOKENS_BPE)
            output_bytes(out, "\n", 1);
        output_commit(out), free(text);
    }
}

static char *stdin_read(size_t *n)
{
    size_t room = 1 << 16;
    char *text = allocate(room, 1);
    *n = 0;
    for (size_t got = 1; got > 0; *n += got) {
        if (*n + 1 == room)
            text = enlarge(text, *n, size_product(2, room), 1), room *= 2;
        got = fread(text + *n, 1, room - 1 - *n, stdin);
    }
    if (ferror(stdin))
        fail("stdin: %s", strerror(errno));
    return text;
}

static void ids_print(const int32_t *ids, size_t n)
{
    char out[12 * 1024], digits[12], *to = out;
    for (size_t i = 0; i < n; i++) {
        int count = 0;
        for (int32_t id = ids[i]; id > 0 || count == 0; id /= 10)
            digits[count++] = (char)('0' + id % 10);
        while (count > 0)
            *to++ = digits[--count];
        *to++ = i + 1 < n ? ' ' : '\n';
        if (to - out > (ptrdiff_t)sizeof out - 12 || i + 1 == n)
            fwrite(out, 1, (size_t)(to - out), stdout), to = out;
    }
}

static void unit_print(struct unit u)
{
    for (size_t at = 0, bytes; at < u.n; at += bytes) {
        const unsigned char c = (unsigned char)u.at[at];
        bytes = utf8_bytes(u.at + at, u.n - at);
        if (c == '\n')
            fputs("\\n", stdout);
        else if (c == '\\' || c == '"')
            printf("\\%c", c);
        else if (!bytes || c < ' ' || c == 127)
            printf("\\x%02x", c), bytes = 1;
        else
            fwrite(u.at + at, 1, bytes, stdout);
    }
}

static void ids_decode(const struct tokens *t, const char *text, size_t n)
{
    size_t count = 0, line = 1, id, bytes;
    int32_t *ids = allocate(n / 2 + 1, sizeof *ids);
    const char *end = text + n;
    while (text < end) {
        if (isspace((unsigned char)*text)) {
            line += *text++ == '\n';
            continue;
        }
        char word[24] = "";
        size_t length = 0;
        for (; text < end && !isspace((unsigned char)*text); text++)
            if (length + 1 < sizeof word)
                word[length++] = *text;
        if (!parse_size(&id, word) || id >= t->count)
            fail("stdin:%zu: \"%s\" is no id from 0 to %zu", line, word,
                 t->count - 1);
        ids[count++] = (int32_t)id;
    }
    char *out = tokens_decode(&bytes, t, ids, count);
    fwrite(out, 1, bytes, stdout);
    free(out), free(ids);
}

static int run_tokens(void)
{
    struct tokens t;
    size_t n, count;
    int32_t *ids;
    if (chosen.decode && chosen.pieces)
        fail("--decode does not go with --pieces");
    tokens_chosen(&t);
    char *text = stdin_read(&n);
    if (chosen.decode)
        ids_decode(&t, text, n);
    else {
        const char *wrong = tokens_encode(&ids, &count, &t, text, n);
        if (wrong)
            fail("stdin: the text %s", wrong);
        for (size_t i = 0; chosen.pieces && i < count; i++) {
            printf("%d\t\"", ids[i]);
            unit_print(t.list[ids[i]]);
            puts("\"");
        }
        if (!chosen.pieces)
            ids_print(ids, count);
        free(ids);
    }
    free(text), tokens_free(&t);
    const char *lost = stream_lost(stdout);
    if (lost)
        fail("stdout: %s", lost);
    return 0;
}
static size_t tokens_held(const struct tokens *t, const char *text, size_t n)
{
    int32_t *ids;
    size_t count;
    const char *wrong = tokens_encode(&ids, &count, t, text, n);
    if (wrong)
        fail("%s: %s", "data/glosses/glosses.tsv", wrong);
    free(ids);
    return count;
}

static int run_results(void)
{
    static const char *const runs[][2] = { { "byte", "byte" },
        { "char", "char" }, { "bpe512", "bpe:512" },
        { "bpe4096", "bpe:4096" }, { "gpt2", "gpt2" } };
    struct pairs p = pairs_read("data/glosses/glosses.tsv");
    size_t all = 0, used[3] = { 0 };
    for (size_t i = 0; i < p.count; i++)
        all += strlen(p.list[i].output) + 1;
    char *text[3] = { allocate(all, 1), allocate(all, 1), allocate(all, 1) };
    for (size_t i = 0; i < p.count; i++)
        for (size_t j = 0; j < 3; j++)
            if (j == 2 || j == (i % 10 == 0))
                used[j] += (size_t)sprintf(text[j] + used[j], "%s\n",
                                           p.list[i].output);
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct tokens t;
        const size_t from = i == 1 ? 2 : 0;
        const char *wrong = tokens_new(&t, runs[i][1], text[from],
                                       used[from], published());
        if (wrong)
            fail("%s: %s", p.path, wrong);
        printf("gpt.tokens.%s.count = %zu\n", runs[i][0], t.count);
        printf("gpt.tokens.%s.bytes = %.4f\n", runs[i][0], (double)used[1]
               / (double)tokens_held(&t, text[1], used[1]));
        tokens_free(&t);
    }
    for (size_t i = 0; i < 3; i++)
        free(text[i]);
    pairs_free(&p);
    return 0;
}
#endif
static const struct command_option options[] = {
    { "cut", OPTION_FLAG, .help = "cut a text into tokens, print their ids" },
    { "tokens", OPTION_TEXT, &chosen.tokens, "KIND",
      "byte, char, gpt2, or bpe:N with N tokens in all" },
    { "text", OPTION_READS, &chosen.text, "FILE",
      "what char and bpe:N learn from" },
    { "decode", OPTION_FLAG, &chosen.decode,
      .help = "read ids, write the text" },
    { "pieces", OPTION_FLAG, &chosen.pieces,
      .help = "a line for each token: its id, and what it says" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "save", OPTION_WRITES, &chosen.save, "FILE", "write the tokens" },
    { "load", OPTION_READS, &chosen.load, "FILE", "tokens that were saved" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "cut load", NULL, "decode pieces", NATIVE(run_tokens),
      "the same with tokens of a file" },
    { "cut", NULL, "tokens text save decode pieces", NATIVE(run_tokens),
      "cut standard input into tokens" },
    { 0 }
};

int main(int argc, char **argv)
{
    static char verbs[][2][12] = { { "tokens", "--cut" } };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (argc > 1 && !strcmp(argv[1], verbs[i][0]))
            argv[1] = verbs[i][1];
    return program_run(&(struct program){ "gpt",
        "cuts texts into tokens", "echo Hello | gpt tokens --tokens gpt2",
        options, NULL, modes }, argc, argv);
}
