/* newcomer.c -- what somebody builds with the headers: an encoder-decoder that
 * says words.  A generated toy: a word is said letter by letter, but after one
 * of six letters, the vowels, the next sounds different.
 *   newcomer         trains for a while; exit status 0 if it has learned
 *   newcomer --time  ms a step, of 32 words of 8 letters and 8 sounds */
#include "block/block.h"
#include "gradient/optimizer.h"
#include "gradient/sequences.h"
#include "position/position.h"
#if __has_include("gradient/shards.h")
#include "gradient/shards.h"
#endif

enum { D = 128, HEADS = 4, FF = 512, LAYERS = 3, LETTERS = 28, SOUNDS = 54,
       END = 0, START = 1, MOST = 8, WORDS = 1200, HELD = 100 };

struct word { size_t letters, sounds; int32_t in[MOST], said[MOST]; };

struct model {
    struct tensor *letters, *sounds, *places, *norm[4];
    struct block_tensors encoder[LAYERS], decoder[LAYERS];
};

/* A padded batch; want: said and END, then -1, which the loss ignores. */
struct batch {
    const struct model *model;
    uint64_t seed;
    size_t n, letters, sounds, *lengths, counted;
    int32_t *in, *before, *want;
};

static struct word word_new(struct random *random, size_t letters)
{
    struct word w = { .letters = letters };
    for (size_t i = 0; i < letters; i++) {
        w.in[i] = 2 + (int32_t)random_below(random, 26);
        w.said[w.sounds++] = w.in[i] + (i && w.in[i - 1] < 8 ? 26 : 0);
    }
    return w;
}

/* ------------------------------------------------------------- the model -- */

static struct model model_new(struct tape *tape, uint64_t seed)
{
    static const char *const norms[] = { "enc.g", "enc.b", "dec.g", "dec.b" };
    struct random random = random_new(seed, 0);
    struct model m;
    m.letters = tape_parameter(tape, "letters", SHAPE(LETTERS, D));
    m.sounds = tape_parameter(tape, "sounds", SHAPE(SOUNDS, D));
    m.places = tape_parameter(tape, "places", SHAPE(MOST, D));
    for (size_t i = 0; i < 4; i++)
        m.norm[i] = tape_parameter(tape, norms[i], SHAPE(D));
    for (size_t i = 0; i < LAYERS; i++) {
        char name[16];
        snprintf(name, sizeof name, "enc.%zu.", i);
        block_new(&m.encoder[i], tape, name, D, FF);
        snprintf(name, sizeof name, "dec.%zu.", i);
        decoder_new(&m.decoder[i], tape, name, D, FF);
    }
    for (size_t i = 0; i < (LETTERS + SOUNDS + MOST) * D; i++)
        tape->values[i] = random_normal(&random) / sqrtf(D);
    for (size_t i = 0; i < D; i++)
        m.norm[0]->data[i] = m.norm[2]->data[i] = 1;
    for (size_t i = 0; i < LAYERS; i++) {
        block_start(&m.encoder[i], &random, .4f);
        block_start(&m.decoder[i], &random, .4f);
    }
    return m;
}

#define LAYER(b, i) (struct block){ .heads = HEADS, \
    .lengths = (b)->lengths, .drop = { .1f, mix_bits((b)->seed, i) } }

/* ids (n, length), from place first on  ->  (n, length, D) */
static struct tensor *embed(struct tape *on, const struct batch *b,
                            struct tensor *table, const int32_t *ids,
                            size_t length, size_t first)
{
    struct tensor *x = tape_embedding(on, table, ids, SHAPE(b->n, length));
    x = tape_add_rows(on, x, b->model->places, first);
    x = tape_scale(on, x, sqrtf(D) / 2);
    return tape_dropout(on, x, &(struct dropout){ .1f, mix_bits(b->seed, 9) });
}

static struct tensor *encode(struct tape *on, const struct batch *b)
{
    const struct model *m = b->model;
    struct tensor *x = embed(on, b, m->letters, b->in, b->letters, 0);
    for (size_t i = 0; i < LAYERS; i++)
        x = tape_block(on, x, m->encoder[i].at, &LAYER(b, i));
    return tape_layernorm(on, x, m->norm[0], m->norm[1]);
}

/* before (n, rows): the sounds before those that are asked for; caches
 * (LAYERS), or NULL  ->  logits (n, rows, SOUNDS) */
static struct tensor *decode(struct tape *on, const struct batch *b,
                             struct tensor *memory, const int32_t *before,
                             size_t rows, size_t first,
                             struct decoder_cache *caches)
{
    const struct model *m = b->model;
    struct tensor *x = embed(on, b, m->sounds, before, rows, first);
    for (size_t i = 0; i < LAYERS; i++)
        x = tape_decoder(on, x, memory, m->decoder[i].at,
                         &LAYER(b, LAYERS + i), caches ? caches + i : NULL);
    x = tape_layernorm(on, x, m->norm[2], m->norm[3]);
    return tape_product(on, x, m->sounds, TRANSPOSE_B);
}

/* -------------------------------------------------------------- training -- */

static struct batch batch_new(const struct model *m, const struct word *words,
                              const uint32_t *which, size_t n, uint64_t seed)
{
    struct batch b = { .model = m, .seed = seed, .n = n };
    for (size_t i = 0; i < n; i++) {
        const struct word *w = &words[which[i]];
        size_t sounds = w->sounds < MOST ? w->sounds + 1 : MOST;
        b.letters = w->letters > b.letters ? w->letters : b.letters;
        b.sounds = sounds > b.sounds ? sounds : b.sounds;
    }
    b.lengths = allocate(n, sizeof *b.lengths);
    b.in = allocate(n * b.letters, sizeof *b.in);
    b.before = allocate(n * b.sounds, sizeof *b.before);
    b.want = allocate(n * b.sounds, sizeof *b.want);
    for (size_t i = 0; i < n; i++) {
        const struct word *w = &words[which[i]];
        b.lengths[i] = w->letters;
        memcpy(b.in + i * b.letters, w->in, w->letters * sizeof *b.in);
        int32_t *before = b.before + i * b.sounds, *want = b.want + i * b.sounds;
        for (size_t j = 0; j < b.sounds; j++) {
            before[j] = j == 0 ? START : j <= w->sounds ? w->said[j - 1] : END;
            want[j] = j < w->sounds ? w->said[j] : j == w->sounds ? END : -1;
            b.counted += want[j] >= 0;
        }
    }
    return b;
}

static void batch_free(struct batch *b)
{
    free(b->lengths), free(b->in), free(b->before), free(b->want);
}

/* The share of the loss that is of shard number shard. */
static struct tensor *loss_of(struct tape *on, void *what, size_t shard,
                              size_t shards)
{
    struct batch b = *(struct batch *)what;
    const size_t first = b.n * shard / shards, all = b.counted;
    b.n = b.n * (shard + 1) / shards - first, b.counted = 0;
    b.in += first * b.letters, b.before += first * b.sounds;
    b.want += first * b.sounds, b.lengths += first, b.seed += shard;
    for (size_t i = 0; i < b.n * b.sounds; i++)
        b.counted += b.want[i] >= 0;
    struct tensor *x = decode(on, &b, encode(on, &b), b.before, b.sounds, 0,
                              NULL);
    x = tape_cross_entropy(on, x, b.want, .1f, -1);
    return tape_scale(on, x, (float)b.counted / (float)all);
}

/* One step of training, number step of steps; returns the loss. */
static double train_step(struct tape *tape, struct batch *b, float *moments,
                         size_t step, size_t steps)
{
    const double rate = 1e-3 * schedule_cosine(step, steps / 10, steps, 0);
    const struct adam how = { rate, .9, .98, 1e-9, 0, false };
#ifdef SHARDS_H
    double loss = tape_shards(tape, b->n > 1 ? 2 : 1, loss_of, b);
#else
    struct tensor *x = loss_of(tape, b, 0, 1);
    double loss = (double)x->data[0];
    tape_backward(tape, x);
#endif
    clip_by_norm(tape->grads, tape->size, 1);
    adam_step(tape->values, moments, moments + tape->size, tape->grads,
              tape->size, &how, step);
    tape_zero(tape);
    tape_reset(tape);
    return loss;
}

/* -------------------------------------------------------------- decoding -- */

struct speaker {
    struct tape *tape;
    const struct batch *batch;
    struct tensor *memory;              /* on a tape that stays */
    struct decoder_cache caches[LAYERS];
};

static const float *speak(void *model, const int32_t *ids, size_t step)
{
    struct speaker *s = model;
    tape_reset(s->tape);
    return decode(s->tape, s->batch, s->memory, ids, 1, step, s->caches)->data;
}

/* Says the words of b: said (n, MOST), lengths (n). */
static void say(struct tape *tape, const struct batch *b, int32_t *said,
                size_t *lengths)
{
    struct tape *keep = tape_new();
    struct speaker s = { .tape = tape, .batch = b };
    s.memory = tape_keep(keep, encode(tape, b));
    const struct multihead_cache none = { .keep = keep, .most = MOST };
    for (size_t i = 0; i < LAYERS; i++)
        s.caches[i] = (struct decoder_cache){ none, none };
    greedy_decode(said, lengths, b->n, MOST, SOUNDS, START, END, speak, &s);
    tape_free(keep);
}

/* What the model says is what it finds most likely after its own words, from
 * a cache and without one; and it is right. */
static int checks(struct tape *tape, const struct batch *b,
                  const struct word *words)
{
    static int32_t said[HELD * MOST], before[HELD * MOST];
    static size_t lengths[HELD];
    size_t errors = 0, sounds = 0, differ = 0;
    tape->no_grad = true;
    say(tape, b, said, lengths);
    for (size_t i = 0; i < HELD; i++) {
        errors += edit_distance(said + i * MOST, lengths[i], words[i].said,
                                words[i].sounds);
        sounds += words[i].sounds;
        for (size_t j = 0; j < MOST; j++)
            before[i * MOST + j] = j ? said[i * MOST + j - 1] : START;
    }
    tape_reset(tape);
    const float *logits = decode(tape, b, encode(tape, b), before, MOST, 0,
                                 NULL)->data;
    for (size_t i = 0; i < HELD * MOST; i++)
        if (i % MOST <= lengths[i / MOST])
            differ += argmax(logits + i * SOUNDS, SOUNDS) != (size_t)said[i];
    printf("# %zu of %zu sounds wrong\n", errors, sounds);
    printf("# %zu of them not the argmax of the full pass\n", differ);
    return errors * 20 >= sounds || differ > 0;
}

int main(int argc, char **argv)
{
    const bool timing = argc > 1 && strcmp(argv[1], "--time") == 0;
    const size_t steps = argc > 2 ? (size_t)atoi(argv[2]) : timing ? 100 : 200;
    static struct word words[WORDS];
    static size_t lengths[WORDS];
    struct tape *tape = tape_new();
    const struct model m = model_new(tape, 1);
    float *moments = allocate(2 * tape->size, sizeof *moments);
    struct random random = random_new(2, 0);
    for (size_t i = 0; i < WORDS; i++) {
        words[i] = word_new(&random, timing ? MOST : 3 + random_below(&random, 5));
        lengths[i] = words[i].letters + 1;
    }
    double best = INFINITY, all = 0, loss = 0;
    tape_reserve(tape, 64 << 20);
    for (size_t step = 0, epoch = 1; step < steps; epoch++) {
        struct batches batches = batches_by_tokens(lengths + HELD, WORDS - HELD,
                                                   timing ? 288 : 256, epoch);
        for (size_t i = 0; i < batches.count && step < steps; i++) {
            const size_t first = batches.first[i];
            struct batch b = batch_new(&m, words + HELD, batches.which + first,
                batches.first[i + 1] - first, step);
            double began = seconds_now();
            loss = train_step(tape, &b, moments, ++step, steps);
            all += began = seconds_now() - began;
            best = b.n == 32 ? fmin(best, began) : best;
            batch_free(&b);
        }
        batches_free(&batches);
    }
    printf("# %zu parameters, loss %.4f, ms a step: mean %.2f, best %.2f\n",
           tape->size, loss, 1e3 * all / (double)steps, 1e3 * best);
    int failed = 0;
    if (!timing) {
        uint32_t which[HELD];
        for (uint32_t i = 0; i < HELD; i++)
            which[i] = i;
        struct batch b = batch_new(&m, words, which, HELD, 0);
        failed = checks(tape, &b, words);
        batch_free(&b);
    }
    free(moments);
    tape_free(tape);
    return failed != 0;
}
