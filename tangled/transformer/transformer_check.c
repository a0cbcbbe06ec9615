/* transformer_check.c -- generated from chapters/17-transformer.nw. Do not edit. */
#include "kit/check.h"
#include "double/transformer_double.h"
#include "kit/speller.h"
#include "kit/tried_translator.h"
#include "transformer/transformer_kind.h"

#include "transformer/unshifted.h"

enum { TINY_V = 7 };
static struct tape *tiny_tape;

static struct transformer tiny(uint64_t seed)
{
    struct transformer m = { .vocabulary = TINY_V, .layers = 2, .heads = 2,
                             .width = 12, .hidden = 10 };
    tiny_tape = tape_new();
    transformer_new(&m, tiny_tape);
    transformer_start(&m, seed);
    return m;
}

#define SMALL(kind) { .vocabulary = TRIED_V, .layers = 2, .heads = 3, \
    .width = 6, .hidden = 7, .order = kind, .drop = .25f }

static struct translator sized_translator(struct transformer sizes,
                                          uint64_t seed)
{
    return tried_translator(&transformer_kind, &sizes, seed, 21, .4f);
}

static struct translator small_translator(enum block_order order,
                                          uint64_t seed)
{
    return sized_translator((struct transformer)SMALL(order), seed);
}

/* With other sizes. */
static struct translator other_translator(uint64_t seed)
{
    return sized_translator((struct transformer){ .layers = 1, .heads = 2,
        .width = 8, .hidden = 5, .order = BLOCK_POST }, seed);
}

/* Sources of 1 to 9 units. */
enum { ASKED = 24 };
static struct example *asked_new(uint64_t seed)
{
    struct example *e = allocate(ASKED, sizeof *e);
    struct random random = random_new(seed, 22);
    for (size_t i = 0; i < ASKED; i++) {
        e[i].sources = 1 + random_below(&random, 9);
        e[i].source = allocate(e[i].sources, sizeof *e[i].source);
        for (size_t j = 0; j < e[i].sources; j++)
            e[i].source[j] = 2 + (int32_t)random_below(&random, TRIED_V - 2);
    }
    return e;
}

static struct batch asked_batch(const struct example *e)
{
    uint32_t which[ASKED];
    for (uint32_t i = 0; i < ASKED; i++)
        which[i] = i;
    return batch_new(e, which, ASKED);
}

static void asked_free(struct example *e)
{
    for (size_t i = 0; i < ASKED; i++)
        free(e[i].source);
    free(e);
}

static struct tensor_double *small_logits(struct tape_double *t,
                                          const void *model)
{
    const struct pass_double p = { .on = t, .model = model,
                                   .lengths = tried_lengths, .seed = 5 };
    struct tensor_double *x = transformer_encode_double(&p, tried_source,
                                                        TRIED_B, TRIED_S);
    return transformer_decode_double(&p, x, tried_before, TRIED_T, 0);
}

/* Adds a part of the probabilities that t gives: p (B, T, V). */
static void plain_add(double *p, struct translator *t, const struct batch *b,
                      double part)
{
    const struct pass pass = { .on = t->tape, .model = t->model };
    t->tape->no_grad = true;
    tape_reset(t->tape);
    const float *x = batch_logits(&pass, b)->data;
    for (size_t r = 0; r < TRIED_B * TRIED_T; r++, x += TRIED_V) {
        double sum = 0;
        for (size_t v = 0; v < TRIED_V; v++)
            sum += exp((double)x[v]);
        for (size_t v = 0; v < TRIED_V; v++)
            p[r * TRIED_V + v] += part * exp((double)x[v]) / sum;
    }
}

enum { FEW_V = 4, FEW_MOST = 3, FEW_ALL = 40 };
struct tiny {
    size_t width, code[BEAM_WIDEST];
    float logits[BEAM_WIDEST][FEW_V];
};

/* The logits after a beginning, which is a number: digits from 1 to 4. */
static void tiny_logits(float *x, size_t code)
{
    struct random random = random_new(code, 23);
    random_normals(x, FEW_V, 1.5f, &random);
}

static const float *tiny_next(void *model, const int32_t *ids,
                              const uint32_t *parents, size_t step)
{
    struct tiny *t = model;
    size_t old[BEAM_WIDEST];
    memcpy(old, t->code, sizeof old);
    for (size_t k = 0; k < t->width; k++) {
        t->code[k] = step ? 5 * old[parents[k]] + (size_t)ids[k] + 1 : 0;
        tiny_logits(t->logits[k], t->code[k]);
    }
    return t->logits[0];
}

/* All that goes on from h, whose beginning is code; returns how many. */
static size_t tiny_all(struct hypothesis *out, struct hypothesis h,
                       size_t code)
{
    float x[FEW_V];
    size_t count = 0;
    if (h.n == FEW_MOST || h.ended) {
        *out = h;
        return 1;
    }
    tiny_logits(x, code);
    for (size_t v = 0; v < FEW_V; v++) {
        struct hypothesis next = h;
        next.log_p += (double)x[v] - (double)log_sum_exp(x, FEW_V);
        next.ended = v == 0;
        if (v)
            next.ids[next.n++] = (int32_t)v;
        count += tiny_all(out + count, next, 5 * code + v + 1);
    }
    return count;
}

static double tiny_alpha;
static int tiny_compare(const void *a, const void *b)
{
    const double x = hypothesis_score(a, tiny_alpha);
    const double y = hypothesis_score(b, tiny_alpha);
    return (x < y) - (x > y);
}

static struct speller small_speller(const struct pairs *p)
{
    struct speller s = { .t = small_translator(BLOCK_PRE, 6), .tokens = 30,
                         .smoothing = .1, .average = 1 };
    s.train = corpus_of(p, &s.t);
    return s;
}

static struct pairs small_text(void)
{
    char *path = check_path("pairs.tsv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 12; i++)
        fprintf(file, "%.*s\t%.*s\n", 1 + i % 5, &"abcdefghi"[i % 4],
                1 + i % 3, &"ihgfedcba"[i % 5]);
    fclose(file);
    return pairs_read(path);
}

/* Steps up to last; the weights: out. */
static void small_run(float *out, const struct pairs *p, const char *load,
                      const char *save, size_t pause)
{
    struct speller_texts texts;
    struct speller s = small_speller(p);
    if (load)
        translator_free(&s.t), speller_load(&s, &transformer_kind, load);
    struct training t = speller_training(&s, &texts, 8, 9);
    t.rate = .01, t.warmup = 3;
    assert_int_equal(training_run(&t, &(struct training_task){ .load = load,
        .save = save, .steps = 8, .pause = pause, .model = &s,
        .step = speller_step, .loaded = speller_resumed }), 0);
    memcpy(out, t.tape->values, t.tape->size * sizeof *out);
    training_free(&t), speller_free(&s);
}

TEST(the_target_is_shifted)
{
    int32_t letters[] = { 2, 4 }, sounds[] = { 2, 3 }, more[] = { 3, 3, 2 };
    const struct example e[] = { { 2, 2, letters, sounds },
                                 { 1, 3, letters, more } };
    const int32_t before[] = { 1, 2, 3, 0, 1, 3, 3, 2 };
    const int32_t want[] = { 2, 3, 0, IGNORED, 3, 3, 2, 0 };
    struct batch b = batch_new(e, (uint32_t[]){ 0, 1 }, 2);
    assert_int_equal(b.targets, 4);
    assert_int_equal(b.counted, 7);
    assert_memory_equal(b.before, before, sizeof before);
    assert_memory_equal(b.want, want, sizeof want);
    batch_free(&b);
}

static bool leaks(bool unshifted)
{
    int32_t word[] = { 3, 5, 2, 4 }, said[2][4] = { { 4, 2, 5, 3 },
                                                    { 4, 2, 6, 3 } };
    const size_t same = 3 * TINY_V;       /* places 0, 1 and 2 */
    float logits[2][5 * TINY_V];
    struct transformer m = tiny(7);
    for (size_t i = 0; i < 2; i++) {
        const struct example e = { 4, 4, word, said[i] };
        struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
        if (unshifted)
            batch_unshift(&b);
        tape_reset(tiny_tape);
        memcpy(logits[i], batch_logits(&(struct pass){ .on = tiny_tape,
            .model = &m }, &b)->data, sizeof logits[i]);
        batch_free(&b);
    }
    tape_free(tiny_tape), transformer_free(&m);
    assert_memory_not_equal(logits[0] + same, logits[1] + same,
                            sizeof logits[0] - same * sizeof(float));
    return memcmp(logits[0], logits[1], same * sizeof(float)) != 0;
}

TEST(no_place_reads_its_own_answer)
{
    assert_false(leaks(false));
    assert_true(leaks(true));
}

TEST(a_smoothed_loss_has_a_floor)
{
    const float at = 2.8332133f, floor = .5875f, none[4] = { 0 };
    float x[] = { 0, at, 0, 0 }, log_p[4], dx[4] = { 0 };
    const int32_t target = 1;
    float loss = cross_entropy_forward(log_p, x, &target, 1, 4, .2f, -1);
    cross_entropy_backward(dx, 1, log_p, &target, 1, 4, .2f, -1);
    CHECK_CLOSE(&loss, &floor, 1, 1e-4, 0);
    CHECK_CLOSE(dx, none, 4, 1e-6, 0);
    x[1] += 1;                            /* surer is worse */
    assert_true(cross_entropy_forward(log_p, x, &target, 1, 4, .2f, -1)
                > loss + .05f);
}

static const float *table_next(void *what, const int32_t *ids,
                               const uint32_t *parents, size_t step)
{
    static const float after[4][3] = { { .1f, .5f, .4f },
        { .34f, .33f, .33f }, { .5f, .45f, .05f }, { .98f, .01f, .01f } };
    static float logits[3][4];
    (void)parents;
    for (size_t k = 0; k < *(size_t *)what; k++) {
        const float *p = after[step > 1 ? 3 : step == 0 ? 0 : ids[k] - 1];
        for (size_t v = 0; v < 4; v++)
            logits[k][v] = v == 1 ? -INFINITY : logf(p[v - (v > 1)]);
    }
    return *logits;
}

TEST(beams_by_hand)
{
    const struct { size_t width, n; double alpha, p; int32_t ids[2]; }
    is[] = {
        { 1, 1, 0, .17, { 2 } }, { 2, 1, 0, .2, { 3 } },
        { 2, 2, .6, .1764, { 3, 2 } }, { 3, 2, .6, .1764, { 3, 2 } } };
    for (size_t i = 0; i < 4; i++) {
        const struct beam how = { is[i].width, 4, 1, 0, is[i].alpha };
        struct hypothesis h[3];
        size_t width = how.width;
        beam_search(h, 1, (size_t[]){ 9 }, &how, table_next, &width);
        assert_true(h->ended && h->n == is[i].n);
        assert_memory_equal(h->ids, is[i].ids, h->n * sizeof *h->ids);
        assert_true(fabs(h->log_p - log(is[i].p)) < 1e-6);
    }
}

TEST(without_the_shift_the_loss_is_low_and_the_words_are_wrong)
{
    double loss[2], right[2];
    for (int bad = 0; bad < 2; bad++) {
        struct copying c = copying_new(1, bad);
        for (int i = 0; i < COPY_STEPS; i++)
            loss[bad] = copying_step(&c);
        right[bad] = copying_right(&c);
        copying_free(&c);
    }
    printf("# loss %.3f %.3f, right %.2f %.2f\n", loss[0], loss[1], right[0],
           right[1]);
    assert_true(right[0] > .8 && right[1] < .1 && loss[1] < .05);
}

TEST(the_gradient_of_the_whole_model)
{
    for (int order = 0; order < 2; order++) {
        struct tape_double *t = tape_new_double();
        struct transformer_double m = SMALL((enum block_order_double)order);
        transformer_new_double(&m, t);
        tried_gradient(t, &(struct tried_model){ small_logits, &m,
                                                 tried_targets },
                       17, .4, 1e-6);
        transformer_free_double(&m), tape_free_double(t);
    }
}

TEST(the_model_agrees_with_pytorch)
{
    enum { LOGITS = TRIED_B * TRIED_T * TRIED_V };
    for (int order = 0; order < 2; order++) {
        struct array want = check_golden(order == BLOCK_PRE
            ? "transformer-pre.npy" : "transformer-post.npy");
        struct translator t = small_translator((enum block_order)order, 1);
        struct tape *tape = t.tape;
        const size_t n = tape->size;
        struct batch b = tried_batch(tried_pairs);
        struct pass pass = { .on = tape, .model = t.model };
        struct lesson lesson = { &t, &b, .1f, 0 };
        *translator_drop(&t) = 0;
        assert_int_equal(want.count, 2 * n + LOGITS + 1);
        memcpy(tape->values, want.data, n * sizeof *want.data);
        tape_reset(tape);
        CHECK_CLOSE(batch_logits(&pass, &b)->data, want.data + n, LOGITS,
                    1e-5, 1e-5);
        for (size_t shards = 1; shards <= 2; shards++) {
            float loss = (float)tape_shards(tape, shards, batch_loss,
                                            &lesson);
            CHECK_CLOSE(&loss, want.data + n + LOGITS, 1, 1e-6, 1e-6);
            CHECK_CLOSE(tape->grads, want.data + n + LOGITS + 1, n, 1e-5,
                        1e-5);
            tape_reset(tape), tape_zero(tape);
        }
        array_free(&want), batch_free(&b), translator_free(&t);
    }
}

TEST(a_batch_is_shifted_and_padded)
{
    struct batch b = tried_batch(tried_pairs);
    assert_true(b.n == 2 && b.sources == 4 && b.targets == 5);
    assert_int_equal(b.counted, 9);
    assert_memory_equal(b.lengths, tried_lengths, sizeof tried_lengths);
    assert_memory_equal(b.source, tried_source, sizeof tried_source);
    assert_memory_equal(b.before, tried_before, sizeof tried_before);
    assert_memory_equal(b.want, tried_targets, sizeof tried_targets);
    struct batch half = batch_part(&b, 1, 2);
    assert_true(half.n == 1 && half.counted == 4 && half.lengths[0] == 3);
    assert_true(half.source == b.source + 4 && half.want == b.want + 5);
    batch_free(&b);
    struct example long_one = { SEQUENCE_MOST, 1, tried_ids[0],
                                tried_ids[1] };
    CHECK_DIES(DIES_REQUIRE, batch_new(&long_one, (uint32_t[]){ 0 }, 1));
}

TEST(padding_changes_nothing)
{
    for (int order = 0; order < 2; order++) {
        struct translator t = small_translator((enum block_order)order, 2);
        tried_padding(&t, tried_pairs), translator_free(&t);
    }
}

TEST(later_targets_do_not_leak)
{
    enum { ROWS = TRIED_B * TRIED_T };
    for (int order = 0; order < 2; order++) {
        struct translator t = small_translator((enum block_order)order, 3);
        struct pass pass = { .on = t.tape, .model = t.model };
        *translator_drop(&t) = 0, t.tape->no_grad = true;
        struct batch b = tried_batch(tried_pairs);
        float first[ROWS][TRIED_V];
        tape_reset(t.tape);
        memcpy(first, batch_logits(&pass, &b)->data, sizeof first);
        for (size_t at = 0; at < TRIED_T; at++) {
            const int32_t kept = b.before[at];
            b.before[at] = 4;
            tape_reset(t.tape);
            const float *x = batch_logits(&pass, &b)->data;
            for (size_t r = 0; r < ROWS; r++) {
                const bool same = !memcmp(x + r * TRIED_V, first[r],
                                          sizeof *first);
                assert_int_equal(same, r < at || r >= TRIED_T);
            }
            b.before[at] = kept;
        }
        b.source[0] = 6;
        tape_reset(t.tape);
        const float *x = batch_logits(&pass, &b)->data;
        for (size_t r = 0; r < ROWS; r++)
            assert_int_equal(!memcmp(x + r * TRIED_V, first[r],
                                     sizeof *first), r >= TRIED_T);
        batch_free(&b), translator_free(&t);
    }
}

TEST(the_loss_is_smoothed_and_a_mean_of_units)
{
    struct translator t = small_translator(BLOCK_PRE, 4);
    struct pass pass = { .on = t.tape, .model = t.model };
    struct batch b = tried_batch(tried_pairs);
    struct lesson lesson = { &t, &b, .3f, 0 };
    double sum = 0;
    *translator_drop(&t) = 0, t.tape->no_grad = true;
    tape_reset(t.tape);
    const float *x = batch_logits(&pass, &b)->data;
    for (size_t r = 0; r < TRIED_B * TRIED_T; r++, x += TRIED_V)
        for (int32_t v = 0; tried_targets[r] >= 0 && v < TRIED_V; v++) {
            const double all = (double)log_sum_exp(x, TRIED_V);
            const double share = .3 / TRIED_V
                               + (v == tried_targets[r] ? .7 : 0);
            sum += share * (all - (double)x[v]);
        }
    for (size_t shards = 1; shards <= 2; shards++) {
        const double loss = tape_shards(t.tape, shards, batch_loss, &lesson);
        assert_true(fabs(loss - sum / 9) < 1e-6);
    }
    batch_free(&b), translator_free(&t);
}

TEST(the_cache_changes_nothing)
{
    for (int order = 0; order < 2; order++) {
        struct translator t = small_translator((enum block_order)order, 5);
        tried_steps(&t, tried_pairs), translator_free(&t);
    }
}

static void check_greedy(struct translator *t, struct example *asked,
                         size_t *ended)
{
    struct pass pass = { .on = t->tape, .model = t->model };
    struct batch b = asked_batch(asked);
    struct hypothesis *said = allocate(ASKED, sizeof *said);
    translate(said, t, &b, 1, 0);
    batch_free(&b);
    for (size_t i = 0; i < ASKED; i++)
        asked[i].target = said[i].ids, asked[i].targets = said[i].n
            < SEQUENCE_MOST ? said[i].n : SEQUENCE_MOST - 1;
    b = asked_batch(asked);
    t->tape->no_grad = true, *translator_drop(t) = 0;
    tape_reset(t->tape);
    const float *x = batch_logits(&pass, &b)->data;
    for (size_t i = 0; i < ASKED; i++) {
        const size_t n = asked[i].targets;
        assert_true(said[i].ended || said[i].n == 2 * asked[i].sources + 10);
        for (size_t j = 0; j < n + said[i].ended; j++)
            assert_int_equal(argmax(x + (i * b.targets + j) * TRIED_V,
                TRIED_V), j < n ? said[i].ids[j] : VOCABULARY_END);
        *ended += said[i].ended;
    }
    batch_free(&b), free(said);
}

TEST(greedy_is_the_most_likely_unit_at_each_place)
{
    size_t ended = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct translator t = small_translator(seed % 2 ? BLOCK_PRE
                                               : BLOCK_POST, seed);
        struct example *asked = asked_new(seed);
        check_greedy(&t, asked, &ended);
        asked_free(asked), translator_free(&t);
    }
    assert_true(ended > ASKED / 2 && ended < 8 * ASKED - ASKED / 2);
}

TEST(one_beam_is_greedy)
{
    const struct beam how = { 1, TRIED_V, VOCABULARY_START, VOCABULARY_END,
                              .6 };
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct translator t = small_translator((enum block_order)(seed % 2),
                                               seed);
        struct example *asked = asked_new(seed);
        struct batch b = asked_batch(asked);
        struct hypothesis *said = allocate(2 * ASKED, sizeof *said);
        size_t most[ASKED];
        if (seed > 4) {
            const struct translator other = other_translator(seed);
            translator_join(&t, &other);
        }
        translate(said, &t, &b, 1, 0);
        for (size_t i = 0; i < ASKED; i++)
            most[i] = decoding_most(b.lengths[i]);
        t.tape->no_grad = true;
        struct decoding d = decoding_new(&t, &b, 1);
        beam_search(said + ASKED, ASKED, most, &how, decoding_next_beam, &d);
        for (size_t i = 0; i < ASKED; i++) {
            const struct hypothesis *x = &said[i], *y = &said[ASKED + i];
            assert_true(x->n == y->n && x->ended == y->ended);
            assert_memory_equal(x->ids, y->ids, x->n * sizeof *x->ids);
        }
        free(said), batch_free(&b), asked_free(asked), translator_free(&t);
    }
}

TEST(a_model_beside_itself_is_that_model)
{
    enum { K = 5 };
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct translator t = small_translator((enum block_order)(seed % 2),
                                               seed);
        const struct translator same = small_translator(
            transformer_of(&t)->order, seed);
        struct example *asked = asked_new(seed);
        struct batch b = asked_batch(asked);
        struct hypothesis *said[2][2];
        for (size_t i = 0; i < 4; i++) {
            const size_t width = i % 2 ? K : 1;
            if (i == 2)
                translator_join(&t, &same);
            said[i / 2][i % 2] = allocate(width * ASKED, sizeof ***said);
            translate(said[i / 2][i % 2], &t, &b, width, .6);
        }
        for (size_t i = 0; i < ASKED; i++) {
            const struct hypothesis *x = *said[0] + i, *y = *said[1] + i;
            assert_true(x->n == y->n && x->ended == y->ended);
            assert_memory_equal(x->ids, y->ids, x->n * sizeof *x->ids);
        }
        for (size_t i = 0; i < K * ASKED; i++)
            assert_true(fabs(hypothesis_score(said[0][1] + i, .6)
                             - hypothesis_score(said[1][1] + i, .6)) < 1e-5);
        for (size_t i = 0; i < 4; i++)
            free(said[i / 2][i % 2]);
        batch_free(&b), asked_free(asked), translator_free(&t);
    }
}

TEST(together_is_the_mean_of_all)
{
    for (size_t models = 2; models <= 3; models++) {
        struct translator t = small_translator(BLOCK_PRE, 5), other;
        struct batch b = tried_batch(tried_pairs);
        double p[TRIED_B * TRIED_T * TRIED_V] = { 0 };
        plain_add(p, &t, &b, 1. / (double)models);
        for (size_t i = 1; i < models; i++) {
            other = other_translator(i);
            plain_add(p, &other, &b, 1. / (double)models);
            translator_join(&t, &other);
        }
        struct decoding d = decoding_new(&t, &b, 1);
        for (size_t step = 0; step < TRIED_T; step++) {
            const int32_t ids[] = { b.before[step],
                                    b.before[TRIED_T + step] };
            const float *x = decoding_next(&d, ids, step);
            for (size_t i = 0; i < TRIED_B * TRIED_V; i++) {
                const double want = p[(i / TRIED_V * TRIED_T + step)
                                      * TRIED_V + i % TRIED_V];
                assert_true(fabs(exp((double)x[i]) - want) < 2e-6);
            }
        }
        batch_free(&b), translator_free(&t);
    }
}

TEST(a_beam_has_the_score_of_its_units)
{
    size_t ended = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct translator t = small_translator((enum block_order)(seed % 2),
                                               seed);
        struct example *asked = asked_new(seed);
        ended += tried_beams(&t, asked, ASKED, 5);
        asked_free(asked), translator_free(&t);
    }
    assert_true(ended > ASKED);
}

TEST(beams_find_the_best_of_all)
{
    struct hypothesis all[FEW_ALL], found[BEAM_WIDEST];
    for (int i = 0; i < 3; i++) {
        struct beam how = { BEAM_WIDEST, FEW_V, 1, 0, tiny_alpha = .7 * i };
        struct tiny t = { .width = BEAM_WIDEST };
        const size_t most = FEW_MOST;
        assert_int_equal(tiny_all(all, (struct hypothesis){ 0 }, 0),
                         FEW_ALL);
        qsort(all, FEW_ALL, sizeof *all, tiny_compare);
        beam_search(found, 1, &most, &how, tiny_next, &t);
        for (size_t k = 0; k < BEAM_WIDEST; k++) {
            assert_true(found[k].n == all[k].n
                        && found[k].ended == all[k].ended);
            assert_memory_equal(found[k].ids, all[k].ids,
                                all[k].n * sizeof *all[k].ids);
            assert_true(fabs(found[k].log_p - all[k].log_p) < 1e-6);
        }
    }
}

TEST(penalties_and_empty_beams)
{
    struct hypothesis found[BEAM_WIDEST], h = { .log_p = -3, .n = 6 };
    struct beam how = { 8, FEW_V, 1, 0, 0 };
    struct tiny t = { .width = 8 };
    const size_t one = 1;
    assert_true(length_penalty(1, .6) == 1 && length_penalty(7, 1) == 2);
    assert_true(fabs(length_penalty(7, .6) - 1.5157165665) < 1e-9);
    assert_true(length_penalty(40, 0) == 1);
    h.ended = true;
    assert_true(fabs(hypothesis_score(&h, 1) + 1.5) < 1e-12);
    h.ended = false;
    assert_true(fabs(hypothesis_score(&h, 1) + 3 * 6 / 11.) < 1e-12);
    beam_search(found, 1, &one, &how, tiny_next, &t);
    for (size_t k = 0; k < 8; k++)
        assert_int_equal(isfinite(found[k].log_p), k < FEW_V);
    CHECK_DIES(DIES_REQUIRE, how.width = BEAM_WIDEST + 1;
               beam_search(found, 1, &one, &how, tiny_next, &t));
}

TEST(threads_and_pauses_do_not_matter)
{
    struct pairs p = small_text();
    static float at[4][2000];
    char *save = check_path("half.safetensors");
    for (size_t i = 0; i < 3; i++) {
        command_threads(i + 1);
        small_run(at[i], &p, NULL, i ? NULL : save, i ? 0 : 4);
    }
    small_run(at[0], &p, save, NULL, 0);
    struct translator start = small_translator(BLOCK_PRE, 6);
    const size_t n = start.tape->size;
    assert_true(n < 2000 && memcmp(start.tape->values, at[0], n * 4) != 0);
    for (size_t i = 1; i < 3; i++)
        assert_memory_equal(at[0], at[i], n * sizeof **at);
    translator_free(&start), pairs_free(&p);
}

TEST(the_rate_goes_up_and_down)
{
    struct pairs p = small_text();
    struct speller_texts texts;
    struct speller s = small_speller(&p);
    struct training t = speller_training(&s, &texts, 20, 9);
    t.schedule = SCHEDULE_INVERSE_ROOT, t.rate = .004, t.warmup = 4;
    assert_true(t.how.beta2 == .98 && t.how.eps == 1e-9);
    for (size_t step = 1; step <= 16; step++) {
        speller_step(&t, &s);
        const double want = step < 4 ? .001 * (double)step
                                     : .008 / sqrt((double)step);
        assert_true(fabs(t.how.lr - want) < 1e-12);
    }
    training_free(&t), speller_free(&s), pairs_free(&p);
}

TEST(checkpoints_are_averaged)
{
    struct translator t = small_translator(BLOCK_POST, 7);
    char *paths[] = { check_path("one.safetensors"),
                      check_path("two.safetensors") };
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < t.tape->size; j++)
            t.tape->values[j] = (float)(j % 5 + (i == 2 ? 5 : i));
        if (i < 2)
            translator_save(paths[i], &t, false);
    }
    weights_mean(t.tape, paths, 2);
    for (size_t j = 0; j < t.tape->size; j++)
        assert_true(t.tape->values[j] == (float)(j % 5 + 2));
    translator_free(&t);
    const struct speller s = { .average = 8 }, one = { .average = 1 };
    const double parts[] = { .5, .859, .86, .89, .98, 1 };
    const size_t due[] = { 0, 0, 1, 2, 7, 7 };
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(checkpoints_due(&s, parts[i]), due[i]);
        assert_int_equal(checkpoints_due(&one, parts[i]), 0);
    }
}

TEST(the_nearest_answer_counts)
{
    struct example answers[] = { { .targets = 4, .target = tried_ids[0] },
                                 { .targets = 3, .target = tried_ids[2] } };
    const struct question q = { answers, 2 };
    struct grade g = { 0 };
    grade_answer(&g, &q, (int32_t[]){ 7, 10, 4 }, 3);
    assert_true(g.count == 1 && g.exact == 1 && g.errors == 0
                && g.tokens == 3);
    grade_answer(&g, &q, (int32_t[]){ 5, 9, 3 }, 3);
    assert_true(g.count == 2 && g.exact == 1 && g.errors == 1
                && g.tokens == 7);
    grade_answer(&g, &q, NULL, 0);
    assert_true(g.count == 3 && g.errors == 4 && g.tokens == 10);
}

static float half_float(unsigned bits)
{
    const int e = (int)(bits >> 10 & 31);
    const float m = (float)(bits & 1023) + (e ? 1024 : 0);
    const float size = scalbnf(m, (e ? e : 1) - 25);
    return bits >> 15 ? -size : size;
}

TEST(numbers_of_16_bits)
{
    for (unsigned bits = 0; bits < 0x10000; bits++)
        if ((bits & 0x7c00) != 0x7c00)
            assert_int_equal(half_narrow(half_float(bits)), bits);
    for (unsigned bits = 0; bits < 0x7bff; bits++) {
        const float low = half_float(bits), high = half_float(bits + 1);
        const float middle = (low + high) / 2;
        assert_int_equal(half_narrow(middle), bits + bits % 2);
        assert_int_equal(half_narrow(nextafterf(middle, 0)), bits);
        assert_int_equal(half_narrow(nextafterf(middle, 1e9f)), bits + 1);
    }
    assert_int_equal(half_narrow(1), 0x3c00);
    assert_int_equal(half_narrow(-2), 0xc000);
}

TEST(a_file_gives_the_model_back)
{
    char *path = check_path("model.safetensors");
    for (int i = 0; i < 4; i++) {
        struct translator t = small_translator((enum block_order)(i % 2), 8);
        struct translator again;
        const bool half = i / 2;
        translator_save(path, &t, half);
        translator_load(&again, &transformer_kind, path);
        const struct transformer *a = t.model, *b = again.model;
        assert_true(b->layers == a->layers && b->heads == a->heads);
        assert_true(b->width == a->width && b->hidden == a->hidden);
        assert_true(b->order == a->order && b->vocabulary == a->vocabulary);
        assert_string_equal(again.vocabulary.text, t.vocabulary.text);
        assert_string_equal(again.units[TARGET].text, "char");
        assert_int_equal(again.tape->size, t.tape->size);
        for (size_t j = 0; j < t.tape->size; j++) {
            const float want = t.tape->values[j], got = again.tape->values[j];
            assert_true(half ? got == half_float(half_narrow(want))
                             : got == want);
        }
        translator_free(&t), translator_free(&again);
    }
}

TEST(together_only_with_as_many_units)
{
    char *own = check_path("own.safetensors");
    char *sizes = check_path("sizes.safetensors");
    struct translator t = small_translator(BLOCK_PRE, 8);
    struct translator other = other_translator(8);
    translator_save(own, &t, false), translator_save(sizes, &other, false);
    for (size_t i = 1; i < TOGETHER_MOST; i++)
        translator_beside(&t, own, sizes);
    assert_true(transformer_of(t.beside)->layers == 1
                && t.beside->tape->no_grad);
    CHECK_DIES(DIES_REQUIRE, translator_beside(&t, own, sizes));
    t.vocabulary.count++;
    translator_free(t.beside), free(t.beside), t.beside = NULL;
    CHECK_DIES(DIES_REQUIRE, translator_join(&t, &other));
    translator_free(&other), translator_free(&t);
}

CHECK_MAIN()
