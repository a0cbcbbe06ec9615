/* translation.c -- generated from chapters/18-translation.nw. Do not edit. */
#include "alignment/alignment_kind.h"
#include "kit/chart.h"
#include "kit/study.h"
#include "kit/inference.h"
#include "kit/trials.h"
#include "transformer/transformer_kind.h"
#include "translation/aligning.h"
#include "translation/memory.h"
#include "translation/model1.h"
#include "translation/scoring.h"
#include "translation/texts.h"

#define STUDY_RUNS "strings|verses|summaries"

/* A model as the options state it. */
static struct transformer sizes = { .layers = 3, .heads = 4, .width = 128,
    .hidden = 512, .order = BLOCK_PRE, .drop = .2f };
static size_t tokens = 3000;

static void sizes_check(void)
{
    static char units[32];
    if (sizes.width % sizes.heads)
        fail("--embed %zu: is no multiple of --heads %zu", sizes.width,
             sizes.heads);
    snprintf(units, sizeof units, "bpe:%zu", tokens);
    chosen.source = units;
}

static struct spelling chosen = { .kind = &transformer_kind, .sizes = &sizes,
    .check = sizes_check, .read = texts_pairs, .shared = true,
    .pairs = "data/libreoffice/strings.tsv", .steps = 4000, .warmup = 400,
    .rate = 2e-3, .beam = 1, .alpha = .6, .join = 1, .seed = 1,
    .speller = { .smoothing = .1, .tokens = 2048, .average = 1 } };

#ifndef __wasm__
enum { BY_MODEL, BY_MEMORY, BY_MODEL1 };
enum { MODEL1_ROUNDS = 10 };
static int by;
static const char *references;

static struct pairs asked_of(const struct pairs *p)
{
    struct pairs part = pairs_part(p, (enum part)(chosen.part - 1));
    if (part.count == 0)
        fail("%s: has no pair of this part", chosen.pairs);
    return part;
}

static struct scores memory_scores(const struct pairs *asked,
                                   const struct pairs *memory)
{
    struct scores s = { .count = 0 };
    double near;
    for (size_t i = 0; i < asked->inputs; i++)
        scores_add(&s, asked, i, memory_find(&near, memory,
                   asked->list[asked->first[i]].input)->output);
    return s;
}

/* pairs_cut: the same pairs, words and signs apart; free as others. */
static struct pairs pairs_cut(const struct pairs *p)
{
    struct pairs q = { .path = p->path, .count = p->count };
    char **words = allocate(2 * p->count + 1, sizeof *words);
    size_t bytes = 0;
    for (size_t i = 0; i < 2 * p->count; i++) {
        const struct pair *own = &p->list[i / 2];
        words[i] = words_13a(i % 2 ? own->output : own->input);
        bytes += strlen(words[i]) + 1;
    }
    char *to = q.text = allocate(bytes + 1, 1);
    q.list = allocate(q.count + 1, sizeof *q.list);
    for (size_t i = 0; i < 2 * p->count; i++) {
        *(i % 2 ? &q.list[i / 2].output : &q.list[i / 2].input) = to;
        q.list[i / 2].line = p->list[i / 2].line;
        to = stpcpy(to, words[i]) + 1, free(words[i]);
    }
    free(words), pairs_sort(&q);
    return q;
}

static struct scores model1_scores(const struct pairs *asked,
                                   const struct pairs *train)
{
    struct scores s = { .count = 0 };
    struct pairs cut = pairs_cut(train);
    struct counted_texts c = counted_texts_of(&cut);
    struct model1 m = model1_new(&c.texts);
    for (int i = 0; i < MODEL1_ROUNDS; i++)
        model1_round(&m, &c.texts);
    for (size_t i = 0; i < asked->inputs; i++) {
        char said[4096];
        char *words = words_13a(asked->list[asked->first[i]].input);
        model1_write(said, sizeof said, &m, &c, words);
        scores_add(&s, asked, i, said), free(words);
    }
    model1_free(&m), counted_texts_free(&c), pairs_free(&cut);
    return s;
}

static void scores_print(const struct scores *s)
{
    const double bleu = bleu_score(&s->bleu), chrf = chrf_score(&s->chrf);
    const double exact = scores_exact(s);
    if (chosen.json)
        printf("{\"bleu\": %.4f, \"chrf\": %.4f, \"exact\": %.6f, "
               "\"count\": %zu}\n", bleu, chrf, exact, s->count);
    else
        printf("BLEU %.2f   chrF %.2f   exact %.2f %%   of %zu\n", bleu, chrf,
               100 * exact, s->count);
}

static int run_scores(void)
{
    struct translator *t = &chosen.speller.t;
    struct scores s;
    if (by == BY_MODEL && !chosen.load)
        fail("score: which model? say --load, or --by memory");
    if (by != BY_MODEL && (chosen.load || chosen.part < 2))
        fail("--by %s learns from the training part: it goes with --part dev "
             "or test, and no --load", by == BY_MEMORY ? "memory" : "model1");
    if (chosen.load)
        chosen_load(t);
    struct pairs p = texts_pairs(chosen.pairs), part = { 0 }, train = { 0 };
    if (chosen.part)
        part = asked_of(&p);
    const struct pairs *asked = chosen.part ? &part : &p;
    if (by == BY_MODEL)
        s = translator_scores(t, asked, chosen.beam, chosen.alpha);
    else {
        train = pairs_part(&p, PART_TRAIN);
        if (train.count == 0)
            fail("%s: has no pair for training", chosen.pairs);
        s = (by == BY_MEMORY ? memory_scores : model1_scores)(asked, &train);
    }
    scores_print(&s);
    pairs_free(&train), pairs_free(&part), pairs_free(&p);
    if (chosen.load)
        translator_free(t);
    return 0;
}

static int run_bleu(void)
{
    struct scores s = { .count = 0 };
    size_t n, line = 0, number = 0;
    char *text = text_read(references, &n), *at = text, *end = text + n;
    for (char *said; (said = line_read(&number)) != NULL; free(said)) {
        char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (at >= end)
            fail("stdin:%zu: %s has only %zu lines", number, references,
                 line);
        if (stop)
            *stop = 0;
        struct pair one = { .input = "", .output = at };
        const struct pairs p = { .list = &one, .first = (size_t[]){ 0, 1 } };
        scores_add(&s, &p, 0, said);
        at = stop ? stop + 1 : end, line++;
    }
    if (at < end)
        fail("stdin: has %zu lines, and %s has more", line, references);
    scores_print(&s), free(text);
    return 0;
}
/* The links of a line of a file. */
static void gold_of(struct links *gold, const struct pair *p,
                    const char *const *links)
{
    const char *wrong = links_parse(gold, links[p->line],
        words_counted(p->input), words_counted(p->output));
    if (wrong)
        fail("%s:%zu: %s", chosen.pairs, p->line, wrong);
}

static void heads_align_all(struct aligned_all *all, struct translator *t,
                            const struct pairs *p, const char *const *links)
{
    const struct transformer *m = t->model;
    struct corpus c = corpus_of(p, t);
    struct links gold;
    all->layers = m->layers, all->heads = m->heads;
    for (size_t i = 0; i < p->count; i++) {
        gold_of(&gold, &p->list[i], links);
        heads_align(all, t, &c.examples[i], &gold);
    }
    corpus_free(&c);
}

static struct aligned model1_align_all(const struct pairs *p,
    const struct pairs *train, const char *const *links)
{
    struct counted_texts c = counted_texts_of(train);
    struct model1 m = model1_new(&c.texts);
    struct aligned sum = { 0 };
    struct links gold;
    for (int i = 0; i < MODEL1_ROUNDS; i++)
        model1_round(&m, &c.texts);
    for (size_t i = 0; i < p->count; i++) {
        const struct pair *own = &p->list[i];
        size_t *link = allocate(words_counted(own->output) + 1,
                                sizeof *link);
        gold_of(&gold, own, links);
        aligned_add(&sum, link, model1_links(link, &m, &c, own->input,
                                             own->output), &gold);
        free(link);
    }
    model1_free(&m), counted_texts_free(&c);
    return sum;
}

static void aligned_print(struct aligned_all *all)
{
    printf("layer head   writes    reads\n");
    for (size_t l = 0; l < all->layers; l++)
        for (size_t h = 0; h <= all->heads; h++) {
            printf("%5zu ", l + 1);
            printf(h < all->heads ? "%4zu" : "mean", h + 1);
            printf("  %7.4f  %7.4f\n",
                   aligned_error(aligned_at(all, 0, l, h)),
                   aligned_error(aligned_at(all, 1, l, h)));
        }
    printf("diagonal %.4f\n", aligned_error(&all->diagonal));
}

static int run_align(void)
{
    struct translator *t = &chosen.speller.t;
    const char **links = NULL;
    chosen_load(t);
    struct pairs p = texts_read(chosen.pairs, &links);
    struct pairs train = pairs_part(&p, PART_TRAIN), part = { 0 };
    if (chosen.part)
        part = asked_of(&p);
    const struct pairs *asked = chosen.part ? &part : &p;
    if (!links[1])
        fail("%s: has no links", chosen.pairs);
    struct aligned_all *all = allocate(1, sizeof *all);
    heads_align_all(all, t, asked, links);
    const struct aligned m1 = model1_align_all(asked, &train, links);
    printf("%zu pairs, %zu links asked\n", asked->count, m1.gold);
    aligned_print(all);
    printf("model 1  %.4f\n", aligned_error(&m1));
    free(all), free(links), pairs_free(&train), pairs_free(&part);
    pairs_free(&p), translator_free(t);
    return 0;
}
#endif
static const struct command_option options[] = {
    { "train", OPTION_FLAG, chosen.verb, .help = "train a model" },
    { "apply", OPTION_FLAG, chosen.verb + 1,
      .help = "read texts, a line each, and write translations" },
    { "score", OPTION_FLAG, chosen.verb + 2,
      .help = "how good translations are" },
    { "align", OPTION_FLAG, chosen.verb + 3, .help = "link words" },
    { "to", OPTION_READS, &references, "FILE",
      "references, a line for each translation" },
    { "by", OPTION_CHOICE, &by, "model|memory|model1", "what translates" },
    { "pairs", OPTION_READS, &chosen.pairs, "FILE.tsv",
      "lines of text, tab, translation; or with a key before them, and links "
      "behind" },
    { "split", OPTION_FLAG, &chosen.split, .help =
      "keep the development and the test texts out, and report the first" },
    { "part", OPTION_CHOICE, &chosen.part, "all|train|dev|test",
      "only these" },
    { "tokens", OPTION_SIZE, &tokens, "N", "merges of byte pairs",
      "0..100000" },
    { "layers", OPTION_SIZE, &sizes.layers, "N", "of each side", "1..16" },
    { "heads", OPTION_SIZE, &sizes.heads, "H", "of each attention", "1..64" },
    { "embed", OPTION_SIZE, &sizes.width, "C", "numbers of a unit",
      "1..16384" },
    { "ff", OPTION_SIZE, &sizes.hidden, "F", "hidden numbers", "1..65536" },
    { "order", OPTION_CHOICE, &sizes.order, "pre|post",
      "where the norms are" },
    { "dropout", OPTION_FLOAT, &sizes.drop, "P", "part that is dropped",
      "0..<1" },
    SPELLING_TRAINING, SPELLING_FILES(STUDY_RUNS), { 0 }
};

static const struct mode modes[] = {
    { "train load", NULL, "pairs split dropout steps seconds pause save",
      NATIVE(run_train), "go on with a run" },
    { "train", NULL, "pairs split tokens layers heads embed ff order dropout "
      "smoothing batch-tokens average steps seconds pause rate warmup "
      "schedule seed save", NATIVE(run_train), "train a model" },
    { "apply", "load", "beside beam penalty", NATIVE(run_apply),
      "read texts, write translations", "[FILE.safetensors ...]" },
    { "score", NULL, "load by beside pairs part beam penalty json",
      NATIVE(run_scores), "how good translations are",
      "[FILE.safetensors ...]" },
    { "align", "load", "pairs part", NATIVE(run_align), "link words" },
    { "to", NULL, "json", NATIVE(run_bleu), "score texts" },
    { 0 }
};

int main(int argc, char **argv)
{
    return program_run(&(struct program){ "translation",
        "translates texts, and says which word belongs to which",
        "translation train --pairs data/libreoffice/strings.tsv --split "
        "--save m.safetensors", options, NULL, modes,
        "train apply score align bleu=to" }, argc, argv);
}
