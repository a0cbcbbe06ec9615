/* gpt.c -- generated from chapters/16-gpt.nw. Do not edit. */
#include "kit/chart.h"
#include "kit/modes.h"
#include "kit/study.h"
#include "gpt/bench.h"
#include "gpt/run.h"
#include "gpt/sample.h"

EMBED(gpt2_merges, EMBED_FILE("data/gpt2/vocab.bpe"));

static struct {
    const char *tokens, *text, *load, *save, *prompt, *out;
    bool decode, pieces, json, half;
    struct gpt_kind kind;
    size_t batch, accumulate, steps, pause, warmup, every, count;
    double seconds, rate, least, decay, clip, held;
    uint64_t seed;
    struct sampling sampling;
} chosen = { .kind = { 65, .context = 64, .width = 128, .heads = 4,
                       .layers = 4 },
    .batch = 12, .accumulate = 1, .steps = 2000, .warmup = 100, .every = 250,
    .count = 200, .rate = 1e-3, .least = 1e-4, .decay = .1, .clip = 1,
    .held = .1, .seed = 1, .sampling = { 1, 0, 1, 1 } };

static struct port ports[] = { { "ids", "B? T", "tokens", PORT_WHOLE },
                               { 0 } };

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
        tokens_learned(t, chosen.tokens ? chosen.tokens : "gpt2");
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
/* Tokens for a text of n bytes: merges do not look at the held-out part, but
 * all characters are known. */
static struct tokens train_tokens(const char *text, size_t n)
{
    const char *how = chosen.tokens ? chosen.tokens : "char";
    const bool merges = !strncmp(how, "bpe:", 4);
    struct tokens t;
    const char *wrong = tokens_new(&t, how, text, merges
        ? text_held(text, n, chosen.held) : n, published());
    if (wrong && !strcmp(how, "char"))
        fail("%s: %s", chosen.text, wrong);
    if (wrong)
        fail("--tokens %.40s: %s", how, wrong);
    return t;
}

static void train_make(struct run *r, const char *text, size_t n)
{
    const struct gpt_kind *is = &chosen.kind;
    if (is->width % is->heads)
        fail("--heads %zu: do not divide --embed %zu", is->heads, is->width);
    const struct tokens tokens = train_tokens(text, n);
    *r = (struct run){ writer_new(is, &tokens), .held = chosen.held,
        .accumulate = chosen.accumulate,
        .windows = windows_new(chosen.batch, is->context) };
    gpt_start(&r->writer.gpt, chosen.seed);
}

/* Does the file say what the option says, if it was given? */
static void train_agrees(const char *option, double wanted, double is)
{
    if (command_given(option) && fabs(wanted - is) > 1e-9 * fabs(wanted))
        fail("--%s %.9g: %s has %.9g, and goes on with that", option, wanted,
             shown(chosen.load), is);
}

static void train_loaded(struct training *t, void *model)
{
    const struct run *r = model;
    const struct gpt_kind *is = &r->writer.gpt.is, *own = &chosen.kind;
    static const char *const kinds[] = { "byte", "char", "bpe:", "gpt2" };
    const char *tokens = kinds[r->writer.tokens.kind];
    const struct { const char *option; double wanted, is; } all[] = {
        { "layers", (double)own->layers, (double)is->layers },
        { "heads", (double)own->heads, (double)is->heads },
        { "embed", (double)own->width, (double)is->width },
        { "context", (double)own->context, (double)is->context },
        { "batch", (double)chosen.batch, (double)r->windows.n },
        { "accumulate", (double)chosen.accumulate, (double)r->accumulate },
        { "dropout", (double)own->drop, (double)is->drop },
        { "val", chosen.held, r->held }, { "lr", chosen.rate, t->rate },
        { "min-lr", chosen.least, t->floor * t->rate },
        { "warmup", (double)chosen.warmup, (double)t->warmup },
        { "weight-decay", chosen.decay, t->how.weight_decay },
        { "grad-clip", chosen.clip, t->clip },
        { "seed", (double)chosen.seed, (double)t->seed } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        train_agrees(all[i].option, all[i].wanted, all[i].is);
    if (chosen.tokens && strncmp(chosen.tokens, tokens, 4))
        fail("--tokens %.40s: %s has %s", chosen.tokens, shown(chosen.load),
             strcmp(tokens, "bpe:") ? tokens : "merges");
}

static int run_train(void)
{
    struct run r;
    struct run_texts texts;
    size_t n;
    char *text = text_read(chosen.text, &n);
    if (chosen.least > chosen.rate)
        fail("--min-lr %g: is more than --lr %g", chosen.least, chosen.rate);
    if (chosen.load)
        run_load(&r, chosen.load, published());
    else
        train_make(&r, text, n);
    run_read(&r, text, n, chosen.text);
    free(text);
    struct training t = run_training(&r, &texts, chosen.steps, chosen.seed);
    t.rate = chosen.rate, t.warmup = chosen.warmup;
    t.floor = chosen.least / chosen.rate, t.clip = chosen.clip;
    t.how.weight_decay = chosen.decay;
    const int status = training_run(&t, &(struct training_task){
        .load = chosen.load, .save = chosen.save, .pause = chosen.pause,
        .steps = !chosen.load || command_given("steps") ? chosen.steps : 0,
        .seconds = chosen.seconds, .every = chosen.every, .model = &r,
        .step = run_step, .report = run_report, .loaded = train_loaded });
    writer_texts_free(&texts.model);
    training_free(&t), run_free(&r);
    return status;
}

static struct writer reader_load(void)
{
    struct writer w;
    writer_load(&w, chosen.load, 0, published());
    if (!w.tokens.count)
        fail("%s: has a vocabulary of %zu, which is not GPT-2's, and does "
             "not say what its tokens are", chosen.load, w.gpt.is.tokens);
    w.tape->no_grad = true;
    return w;
}

static int32_t *encode(size_t *count, const struct writer *w,
                       const char *text, size_t n, const char *where)
{
    int32_t *ids;
    const char *wrong = tokens_encode(&ids, count, &w->tokens, text, n);
    if (wrong)
        fail("%s: %s", where, wrong);
    return ids;
}

static int run_score(void)
{
    struct writer w = reader_load();
    size_t bytes, n;
    char *text = text_read(chosen.text, &bytes);
    const size_t from = command_given("val")
        ? text_held(text, bytes, chosen.held) : 0;
    int32_t *ids = encode(&n, &w, text + from, bytes - from, chosen.text);
    if (n < 2)
        fail("%s: has %zu token%s, and the first one is not scored",
             chosen.text, n, n == 1 ? "" : "s");
    const double nats = windows_score(w.tape, &w.gpt, ids, n)
                      / (double)(n - 1);
    const double bits = nats / log(2) * (double)n / (double)(bytes - from);
    if (!isfinite(nats))
        fail("%s: gives some token no probability at all", chosen.load);
    if (chosen.json)
        printf("{\"nats_per_token\": %.6f, \"bits_per_byte\": %.6f, "
               "\"tokens\": %zu}\n", nats, bits, n);
    else
        printf("%.4f nats per token   %.4f bits per byte   of %zu tokens\n",
               nats, bits, n);
    free(ids), free(text), writer_free(&w);
    return 0;
}

static int run_logits(void)
{
    struct writer w;
    writer_load(&w, chosen.load, command_given("heads") ? chosen.kind.heads
                : 0, published());
    const struct port *p = &ports[0];
    const int32_t *ids = port_integers(0);
    const size_t V = w.gpt.is.tokens, T = p->shape[p->rank - 1];
    if (T > w.gpt.is.context)
        fail("--ids %s: rows of %zu tokens, and the context is %zu",
             shown(p->path), T, w.gpt.is.context);
    for (size_t i = 0; i < p->count; i++)
        if ((size_t)ids[i] >= V)
            fail("--ids %s: element %zu is %d, and the model has %zu tokens",
                 shown(p->path), i, ids[i], V);
    size_t shape[3] = { p->shape[0], T, V };
    if (p->rank == 1)
        shape[0] = T, shape[1] = V;
    struct array out = array_new(p->rank + 1, shape);
    w.tape->no_grad = true;
    for (size_t b = 0; b < p->count / T; b++) {
        tape_reset(w.tape);
        const struct tensor *x = gpt_forward(w.tape, &w.gpt, ids + b * T, 1,
                                             T, 0);
        memcpy(out.data + b * T * V, x->data, T * V * sizeof *x->data);
    }
    npy_write(chosen.out, &out);
    array_free(&out), writer_free(&w);
    return 0;
}

static int run_attend(void)
{
    struct writer w = reader_load();
    const struct gpt_kind *is = &w.gpt.is;
    size_t n;
    int32_t *ids = encode(&n, &w, chosen.prompt, strlen(chosen.prompt),
                          "--prompt");
    if (n == 0)
        fail("--prompt: is empty");
    if (n > is->context)
        fail("--prompt: has %zu tokens, and the context is %zu", n,
             is->context);
    const size_t each = is->heads * n * n;
    struct array out = array_new(4, (size_t[]){ is->layers, is->heads, n,
                                                n });
    w.gpt.looks = true;
    gpt_forward(w.tape, &w.gpt, ids, 1, n, 0);
    for (size_t i = 0; i < is->layers; i++)
        memcpy(out.data + i * each, w.gpt.seen[i], each * sizeof *out.data);
    npy_write(chosen.out, &out);
    array_free(&out), free(ids), writer_free(&w);
    return 0;
}

static int32_t *prompt_ids(size_t *n, const struct writer *w)
{
    int32_t *ids;
    if (chosen.prompt && *chosen.prompt)
        return encode(n, w, chosen.prompt, strlen(chosen.prompt),
                      "--prompt");
    if (w->tokens.kind == TOKENS_GPT2
        || tokens_encode(&ids, n, &w->tokens, "\n", 1)) {
        ids = allocate(1, sizeof *ids);
        *n = 1, *ids = w->tokens.kind == TOKENS_GPT2 ? 50256 : 0;
    }
    return ids;
}

/* The logits of what comes after ids (n), by a whole pass. */
static const float *sample_logits(struct writer *w, const int32_t *ids,
                                  size_t n)
{
    const size_t first = window_first(n, w->gpt.is.context);
    tape_reset(w->tape);
    const struct tensor *x = gpt_forward(w->tape, &w->gpt, ids + first, 1,
                                         n - first, 0);
    return x->data + (n - first - 1) * w->gpt.is.tokens;
}

static int run_sample(void)
{
    struct writer w = reader_load();
    struct random random = random_new(chosen.seed, 16);
    const size_t V = w.tokens.count, context = w.gpt.is.context;
    size_t n;
    int32_t *ids = prompt_ids(&n, &w);
    float *p = allocate(V, sizeof *p);
    if (n > context)
        fprintf(stderr, "gpt: the prompt has %zu tokens, and the context is "
                "%zu: the last %zu are read\n", n, context,
                n - window_first(n, context));
    ids = enlarge(ids, n, size_sum(n, chosen.count), sizeof *ids);
    fputs(chosen.prompt ? chosen.prompt : "", stdout);
    for (size_t i = 0; i < chosen.count; i++) {
        sample_probabilities(p, sample_logits(&w, ids, n), V,
                             &chosen.sampling, ids, n);
        const int32_t id = sample_pick(p, V, &random);
        if (w.tokens.kind == TOKENS_GPT2 && id == 50256)
            break;
        fwrite(w.tokens.list[id].at, 1, w.tokens.list[id].n, stdout);
        fflush(stdout);
        ids[n++] = id;
    }
    puts("");
    free(p), free(ids), writer_free(&w);
    const char *lost = stream_lost(stdout);
    if (lost)
        fail("stdout: %s", lost);
    return 0;
}

static int run_convert(void)
{
    struct writer w;
    writer_load(&w, chosen.load, command_given("heads") ? chosen.kind.heads
                : 0, published());
    writer_save(chosen.save, &w, chosen.half);
    writer_free(&w);
    return 0;
}
static size_t bench_size(const char *option, size_t given, size_t otherwise)
{
    return command_given(option) ? given : otherwise;
}

static void bench_print(const struct bench *b)
{
    const double tokens = (double)(b->batch * b->is.context) / b->seconds;
    const double rate = 6 * (double)b->parameters * tokens;
    printf("%zu parameters\n", b->parameters);
    printf("training  %8.2f ms a step, %.0f tokens/s, %.1f GFLOP/s, %.1f %% "
           "of the peak of %.1f\n", 1e3 * b->seconds, tokens, 1e-9 * rate,
           100 * rate / b->peak, 1e-9 * b->peak);
    for (size_t f = 0; f < DECODE_FORMATS; f++)
        printf("writing   %-4s %8.1f MB, %.1f tokens/s, %.1f %% of the "
               "bandwidth of %.1f GB/s\n", decode_names[f],
               1e-6 * b->format[f].bytes, b->format[f].tokens,
               100 * b->format[f].share, 1e-9 * b->bandwidth);
}

static void bench_json(const struct bench *b)
{
    const double tokens = (double)(b->batch * b->is.context) / b->seconds;
    const double rate = 6 * (double)b->parameters * tokens;
    printf("{\"parameters\": %zu, \"ms_per_step\": %.4f, \"tokens_per_s\": "
           "%.1f, \"gflops\": %.2f, \"peak_gflops\": %.2f, "
           "\"share_of_peak\": %.4f, \"bandwidth_gbs\": %.2f",
           b->parameters, 1e3 * b->seconds, tokens, 1e-9 * rate,
           1e-9 * b->peak, rate / b->peak, 1e-9 * b->bandwidth);
    for (size_t f = 0; f < DECODE_FORMATS; f++) {
        char tail[8] = "";
        if (f != DECODE_F32)
            snprintf(tail, sizeof tail, "_%s", decode_names[f]);
        printf(", \"decode_tokens_per_s%s\": %.2f, "
               "\"decode_share_of_bandwidth%s\": %.4f", tail,
               b->format[f].tokens, tail, b->format[f].share);
    }
    puts("}");
}

static int run_bench(void)
{
    const struct gpt_kind *given = &chosen.kind;
    const struct gpt_kind is = {
        .tokens = given->tokens,
        .context = bench_size("context", given->context, 256),
        .width = bench_size("embed", given->width, 384),
        .heads = bench_size("heads", given->heads, 6),
        .layers = bench_size("layers", given->layers, 6) };
    if (is.width % is.heads)
        fail("--heads %zu: do not divide --embed %zu", is.heads, is.width);
    const struct bench b = bench_run(&is, bench_size("batch", chosen.batch,
                                                     4), 4);
    (chosen.json ? bench_json : bench_print)(&b);
    return 0;
}
static void study_speed(void)
{
    static const struct { const char *key; struct gpt_kind is; size_t batch; }
        all[] = { { "recipe", { 65, 64, 128, 4, 4, 0 }, 12 },
                  { "large", { 65, 256, 384, 6, 6, 0 }, 4 },
                  { "gpt2", { 50257, 64, 768, 12, 12, 0 }, 4 } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct bench b = bench_run(&all[i].is, all[i].batch, 10);
        const double tokens = (double)(b.batch * b.is.context) / b.seconds;
        const char *key = all[i].key;
        printf("gpt.bench.%s.parameters = %zu\n", key, b.parameters);
        printf("gpt.bench.%s.ms = %.3f\n", key, 1e3 * b.seconds);
        printf("gpt.bench.%s.tokens = %.1f\n", key, tokens);
        printf("gpt.bench.%s.share = %.4f\n", key,
               6 * (double)b.parameters * tokens / b.peak);
        if (i < 2)
            continue;
        printf("gpt.decode.bandwidth = %.2f\n", 1e-9 * b.bandwidth);
        for (size_t f = 0; f < DECODE_FORMATS; f++) {
            const char *format = decode_names[f];
            printf("gpt.decode.%s.megabytes = %.2f\n", format,
                   1e-6 * b.format[f].bytes);
            printf("gpt.decode.%s.tokens = %.2f\n", format,
                   b.format[f].tokens);
            printf("gpt.decode.%s.share = %.4f\n", format,
                   b.format[f].share);
        }
    }
}

static double decode_loss(const struct gpt *g, enum decode_format format,
                          const struct passage *p)
{
    struct decode *d = decode_new(g, format);
    const size_t V = g->is.tokens;
    float *log_p = allocate(V, sizeof *log_p);
    double loss = 0;
    for (size_t i = 0; i + 1 < p->n; i++) {
        if (d->place == d->is.context)
            decode_reset(d);
        log_softmax_rows(log_p, decode_step(d, p->ids[i]), 1, V);
        loss -= (double)log_p[p->ids[i + 1]];
    }
    free(log_p), decode_free(d);
    return loss / (double)(p->n - 1);
}

static void study_formats(void)
{
    enum { STEPS = 3000 };
    struct run r;
    struct run_texts texts;
    double loss[DECODE_FORMATS];
    size_t n;
    const char *path = "data/moby-dick/moby-dick.txt";
    char *text = text_read(path, &n);
    train_make(&r, text, n);
    run_read(&r, text, n, path);
    struct training t = run_training(&r, &texts, STEPS, 1);
    while (t.step < STEPS && !t.lost)
        run_step(&t, &r);
    printf("gpt.decode.parameters = %zu\n", r.writer.tape->size);
    printf("gpt.decode.read = %zu\n", r.val.n - 1);
    for (size_t f = 0; f < DECODE_FORMATS; f++) {
        loss[f] = decode_loss(&r.writer.gpt, (enum decode_format)f, &r.val);
        printf("gpt.decode.%s.loss = %.5f\n", decode_names[f], loss[f]);
        printf("gpt.decode.%s.worse = %.6f\n", decode_names[f],
               loss[f] - loss[0]);
    }
    writer_texts_free(&texts.model), training_free(&t), run_free(&r);
    free(text);
}

static int run_study(void)
{
    study_formats();
    study_speed();
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
    { "train", OPTION_FLAG, .help = "train a model on a text" },
    { "sample", OPTION_FLAG, .help = "let a model go on with a text" },
    { "score", OPTION_FLAG, .help = "how well a model foretells a text" },
    { "logits", OPTION_FLAG, .help = "the logits for rows of ids" },
    { "attend", OPTION_FLAG,
      .help = "the weights of attention, (L, H, T, T)" },
    { "convert", OPTION_FLAG, .help = "write a model without its run" },
    { "bench", OPTION_FLAG, .help = "how fast a model learns and writes" },
    { "cut", OPTION_FLAG, .help = "cut a text into tokens, print their ids" },
    { "tokens", OPTION_TEXT, &chosen.tokens, "KIND",
      "byte, char, gpt2, or bpe:N with N tokens in all; char is taken for "
      "training, gpt2 for cutting" },
    { "text", OPTION_READS, &chosen.text, "FILE",
      "to train on, to score, or that char and bpe:N learn from" },

    { "layers", OPTION_SIZE, &chosen.kind.layers, "N", "of blocks", "1..48" },
    { "heads", OPTION_SIZE, &chosen.kind.heads, "H", "of each block; of a "
      "file that does not say it, one for 64 columns", "1.." },
    { "embed", OPTION_SIZE, &chosen.kind.width, "C", "numbers of a token",
      "1..16384" },
    { "context", OPTION_SIZE, &chosen.kind.context, "T", "tokens at once",
      "1..1048576" },
    { "vocab", OPTION_SIZE, &chosen.kind.tokens, "V", "kinds of tokens",
      "1..1048576" },
    { "dropout", OPTION_FLOAT, &chosen.kind.drop, "P", "part that is dropped",
      "0..<1" },
    { "batch", OPTION_SIZE, &chosen.batch, "B", "windows at once",
      "1..1000000" },
    { "accumulate", OPTION_SIZE, &chosen.accumulate, "N",
      "batches in a step", "1..1000000" },

    { "steps", OPTION_SIZE, &chosen.steps, "N", "steps of training", "1.." },
    { "seconds", OPTION_DOUBLE, &chosen.seconds, "S",
      "train as long instead; 0: by steps", "0..1e6" },
    { "pause", OPTION_SIZE, &chosen.pause, "N", "stop after it; 0: go on" },
    { "lr", OPTION_DOUBLE, &chosen.rate, "R", "learning rate", "0<.." },
    { "min-lr", OPTION_DOUBLE, &chosen.least, "R", "the last one", "0.." },
    { "warmup", OPTION_SIZE, &chosen.warmup, "N", "steps up to it" },
    { "weight-decay", OPTION_DOUBLE, &chosen.decay, "D", "of matrices",
      "0..1e6" },
    { "grad-clip", OPTION_DOUBLE, &chosen.clip, "N",
      "the largest norm of a gradient", "0<.." },
    { "eval-every", OPTION_SIZE, &chosen.every, "N",
      "steps between two reports, which also save", "1.." },
    { "val", OPTION_DOUBLE, &chosen.held, "V", "the last part of the text, "
      "for validation; with score: score only this part", "0..<1" },
    { "seed", OPTION_SEED, &chosen.seed, "S", "of all that is random" },
    { "prompt", OPTION_TEXT, &chosen.prompt, "TEXT",
      "to go on from; if it is longer than the context, its end" },
    { "count", OPTION_SIZE, &chosen.count, "N", "tokens to write; when the "
      "context is full, its last half is read again" },
    { "temperature", OPTION_DOUBLE, &chosen.sampling.temperature, "T",
      "0: always the most likely token", "0..1e6" },
    { "top-k", OPTION_SIZE, &chosen.sampling.top_k, "K",
      "choose among so many; 0: all" },
    { "top-p", OPTION_DOUBLE, &chosen.sampling.top_p, "P",
      "choose among the fewest that have this share", "0..1" },
    { "penalty", OPTION_DOUBLE, &chosen.sampling.penalty, "R",
      "of tokens that were there; 1: none", "1..1e6" },

    { "json", OPTION_FLAG, &chosen.json, .help = "for programs" },
    { "half", OPTION_FLAG, &chosen.half, .help = "16 bits a number" },
    { "decode", OPTION_FLAG, &chosen.decode,
      .help = "read ids, write the text" },
    { "pieces", OPTION_FLAG, &chosen.pieces,
      .help = "a line for each token: its id, and what it says" },
    { "results", OPTION_FLAG, .help = "print the book's numbers" },
    { "study", OPTION_FLAG, .help = "print those that take minutes" },
    { "out", OPTION_WRITES, &chosen.out, "FILE.npy", "the result" },
    { "save", OPTION_WRITES, &chosen.save, "FILE",
      "write the run, the model or the tokens" },
    { "load", OPTION_READS, &chosen.load, "FILE",
      "a model, also GPT-2's; with train, go on with its run; with cut, "
      "tokens that were saved" },
    FIGURE_OPTIONS, { 0 }
};

static const struct mode modes[] = {
    FIGURE_MODES(""),
    { "study", NULL, NULL, NATIVE(run_study),
      "print those that take minutes" },
    { "results", NULL, NULL, NATIVE(run_results),
      "print the book's numbers" },
    { "train", "text", "load tokens layers heads embed context dropout batch "
      "accumulate steps seconds pause lr min-lr warmup weight-decay "
      "grad-clip eval-every val seed save", NATIVE(run_train),
      "train a model on a text" },
    { "sample", "load", "prompt count temperature top-k top-p penalty seed",
      NATIVE(run_sample), "let it go on with a text" },
    { "score", "load text", "val json", NATIVE(run_score),
      "how well it foretells a text" },
    { "logits", "load ids out", "heads", NATIVE(run_logits),
      "its logits for rows of ids" },
    { "attend", "load prompt out", NULL, NATIVE(run_attend),
      "its weights of attention" },
    { "convert", "load save", "heads half", NATIVE(run_convert),
      "write it without its run" },
    { "bench", NULL, "layers heads embed context batch vocab json",
      NATIVE(run_bench), "how fast such a model learns and writes" },
    { "cut load", NULL, "decode pieces", NATIVE(run_tokens),
      "the same with tokens of a file" },
    { "cut", NULL, "tokens text save decode pieces", NATIVE(run_tokens),
      "cut standard input into tokens" },
    { 0 }
};

int main(int argc, char **argv)
{
    static char verbs[][2][12] = { { "tokens", "--cut" },
        { "train", "--train" }, { "sample", "--sample" },
        { "score", "--score" }, { "logits", "--logits" },
        { "attend", "--attend" }, { "convert", "--convert" },
        { "bench", "--bench" } };
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (argc > 1 && !strcmp(argv[1], verbs[i][0]))
            argv[1] = verbs[i][1];
    return program_run(&(struct program){ "gpt",
        "trains a GPT on a text, and writes with it",
        "gpt train --text data/moby-dick/moby-dick.txt --save m.safetensors",
        options, ports, modes }, argc, argv);
}
