/* alignment_check.c -- generated from chapters/08-alignment.nw. Do not edit. */
#include "kit/conforms.h"
#include "alignment/alignment_cases.h"
#include "alignment/alignment_kind.h"
#include "double/aligner_double.h"
#include "double/alignment_cases_double.h"
#include "kit/speller.h"
#include "kit/tried_translator.h"

#define LN2 .69314718f
static const float hand_k[] = { LN2, -LN2, -LN2, LN2 };
static const float hand_v[] = { 1, 0, 0, 1 };
static const float hand_va[] = { LN2 * 5 / 3, LN2 * 5 / 3 };
static const float hand_q[3][2] = { { 0, -5 }, { -5, 0 }, { -2.5f, -2.5f } };

static struct align hand_task(size_t query)
{
    return (struct align){ .batch = 1, .keys = 2, .width = 2, .values = 2,
        .q = hand_q[query], .k = hand_k, .v = hand_v, .va = hand_va };
}

enum { KINDS = ALIGN_LINEAR + 1 };
#define SMALL(of) { .vocabulary = TRIED_V, .layers = 2, \
    .embed = 5, .width = 6, .kind = of, .drop = .25f }

static struct translator small_translator(int kind, uint64_t seed)
{
    const struct aligner sizes = SMALL(kind);
    struct translator t = tried_translator(&aligner_kind, &sizes, seed, 22,
                                           .6f);
    ((struct aligner *)t.model)->bias->data[VOCABULARY_END] += 1.5f;
    return t;
}

static struct tensor_double *small_logits(struct tape_double *t,
                                          const void *model)
{
    struct aligner_pass_double p = { t, model, tried_lengths, 5, NULL };
    struct aligner_state_double at = { .context = NULL };
    struct tensor_double *memory = aligner_read_double(&p, tried_source,
                                                       TRIED_B, TRIED_S);
    p.seed = 6;
    struct tensor_double *keys = aligner_keys_double(&p, memory);
    return aligner_write_double(&p, &at, memory, keys, tried_before, TRIED_T);
}

static void check_greedy(struct translator *t, const struct example *e,
                         const struct hypothesis *h)
{
    struct example read = *e;
    read.targets = h->n, read.target = (int32_t *)h->ids;
    struct batch b = batch_new(&read, (uint32_t[]){ 0 }, 1);
    t->tape->no_grad = true;
    tape_reset(t->tape);
    const float *x = aligner_logits(t->tape, t->model, &b, 0)->data;
    for (size_t i = 0; i < h->n + h->ended; i++)
        assert_int_equal(argmax(x + i * TRIED_V, TRIED_V), b.want[i]);
    batch_free(&b);
}

static struct pairs six_words(void)
{
    return pairs_read(check_put("words.tsv", "ab\tb a\nba\ta b\n"
        "abc\tc b a\ncab\tb a c\naabb\tb b a a\nccc\tc\n"));
}

static struct speller six_speller(const struct pairs *p, int kind,
                                  float drop)
{
    const struct aligner sizes = { .layers = 1, .embed = 8, .width = 16,
                                   .kind = kind, .drop = drop };
    struct speller s = { .t = translator_of(&aligner_kind, &sizes),
                         .tokens = 64, .average = 1 };
    units_parse(&s.t.units[SOURCE], "char");
    units_parse(&s.t.units[TARGET], "word");
    s.t.vocabulary = vocabulary_new(p, &s.t.units[0], &s.t.units[1]);
    translator_new(&s.t);
    s.t.kind->start(s.t.model, 1);
    s.train = corpus_of(p, &s.t);
    return s;
}

TEST(a_look_by_hand)
{
    static const float want[3][2] = { { .8f, .2f }, { .2f, .8f },
                                      { .5f, .5f } };
    for (size_t i = 0; i < 3; i++) {
        const struct align x = hand_task(i);
        float out[2], weights[2], t[2];
        align_forward(out, weights, t, &x);
        CHECK_CLOSE(weights, want[i], 2, 2e-4, 0);
        CHECK_CLOSE(out, want[i], 2, 2e-4, 0);
    }
}

TEST(the_way_back_by_hand)
{
    const struct align x = hand_task(0);
    const float up[] = { 1, 0 };
    const float want_k[] = { .1183f, 0, -.1183f, 0 };
    const float want_v[] = { .8f, 0, .2f, 0 }, want_va[] = { .192f, 0 };
    float out[2], w[2], scratch[4], q[2] = { 0 }, k[4] = { 0 }, v[4] = { 0 };
    float va[2] = { 0 }, none[2] = { 0 };
    align_forward(out, w, scratch, &x);
    align_backward(&(struct align_gradients){ q, k, v, va }, scratch, up, w,
                   &x);
    CHECK_CLOSE(k, want_k, 4, 2e-4, 0);
    CHECK_CLOSE(v, want_v, 4, 2e-4, 0);
    CHECK_CLOSE(va, want_va, 2, 2e-4, 0);
    CHECK_CLOSE(q, none, 2, 2e-4, 0);
}

CONFORMS(alignment_cases, .golden = "alignment")

TEST(without_the_tanh_all_queries_see_the_same)
{
    struct align x = hand_task(0);
    float first[2], out[2], t[4], w[2], none[2] = { 0 };
    x.linear = true;
    align_forward(first, w, t, &x);
    for (size_t i = 0; i < 3; i++) {
        float q[2] = { 0 }, k[4] = { 0 }, v[4] = { 0 }, va[2] = { 0 };
        x.q = hand_q[i];
        align_forward(out, w, t, &x);
        CHECK_CLOSE(out, first, 2, 1e-6, 0);
        align_backward(&(struct align_gradients){ q, k, v, va }, t,
                       (float[]){ 1, -2 }, w, &x);
        CHECK_CLOSE(q, none, 2, 1e-6, 0);
        assert_true(fabsf(k[0]) > .1f);   /* the keys do learn */
    }
}

TEST(scores_are_those_of_the_chapter_on_scores)
{
    enum { S = 4, D = 3, E = 5, A = 2 };
    float all[D + S * E + D * A + E * A + A + D * E];
    struct random random = random_new(3, 8);
    random_normals(all, sizeof all / sizeof *all, 1, &random);
    float *q = all, *k = q + D, *wq = k + S * E, *wk = wq + D * A;
    float *va = wk + E * A, *w = va + A, ready[S * E], asked[E], t[E];
    for (size_t kind = 0; kind < 2; kind++) {
        const struct score is = { .kind = kind ? SCORE_GENERAL
            : SCORE_ADDITIVE, .n = 1, .m = S, .dq = D, .dk = E, .a = A,
            .q = q, .k = k, .w = w, .wq = wq, .wk = wk, .va = va };
        const size_t width = kind ? D : A;
        product(ready, k, kind ? w : wk, S, width, E, kind ? TRANSPOSE_B : 0);
        if (kind)
            memcpy(asked, q, D * sizeof *q);
        else
            product(asked, q, wq, 1, A, D, 0);
        const struct align x = { .batch = 1, .keys = S, .width = width,
            .q = asked, .k = ready, .va = kind ? NULL : va };
        for (size_t s = 0; s < S; s++) {
            const float got = align_score(t, &x, 0, s);
            const float want = score_plain(&is, 0, s);
            CHECK_CLOSE(&got, &want, 1, 2e-6, 1e-5);
        }
    }
}

TEST(padding_gets_no_weight_at_all)
{
    enum { B = 3, S = 4, A = 2, C = 5 };
    static const size_t lengths[] = { 2, 4, 0 };
    float q[B * A] = { 1, -1, .5f, 2 }, va[A] = { 1, 2 }, t[A];
    float k[B * S * A], v[B * S * C], out[B * C], w[B * S];
    struct random random = random_new(4, 8);
    random_normals(k, B * S * A, 1, &random);
    random_normals(v, B * S * C, 1, &random);
    for (size_t i = 2 * A; i < S * A; i++)
        k[i] = 1e30f;
    for (size_t i = 2 * C; i < S * C; i++)
        v[i] = INFINITY;
    for (int dot = 0; dot < 2; dot++) {
        align_forward(out, w, t, &(struct align){ B, S, A, C, q, k, v,
                      dot ? NULL : va, lengths, false });
        for (size_t b = 0; b < B; b++) {
            float sum = 0;
            for (size_t s = 0; s < S; s++) {
                sum += w[b * S + s];
                assert_true(s < lengths[b] ? w[b * S + s] > 0
                                           : w[b * S + s] == 0);
            }
            CHECK_CLOSE(&sum, &(float){ lengths[b] > 0 }, 1, 1e-6, 0);
            for (size_t c = 0; c < C; c++)
                assert_true(isfinite(out[b * C + c])
                            && (lengths[b] || out[b * C + c] == 0));
        }
    }
}

TEST(the_gradient_of_the_whole_model)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct tape_double *t = tape_new_double();
        struct aligner_double m = SMALL(kind);
        aligner_new_double(&m, t);
        tried_gradient(t, &(struct tried_model){ small_logits, &m,
                                                 tried_targets },
                       18, .3, kind == ALIGN_LINEAR ? 0 : 1e-7);
        tape_free_double(t);
    }
}

TEST(the_model_agrees_with_pytorch)
{
    static const char *const names[] = { "additive", "dot", "general",
                                         "concat", "linear" };
    for (int kind = 0; kind < KINDS; kind++) {
        char name[80];
        struct translator t = small_translator(kind, 1);
        struct batch b = tried_batch(tried_pairs);
        snprintf(name, sizeof name, "alignment-model-%s.npy", names[kind]);
        struct array want = check_golden(name);
        const float *at = want.data;
        const size_t n = t.tape->size, logits = 2 * TRIED_T * TRIED_V;
        *translator_drop(&t) = 0;
        assert_int_equal(want.count, 2 * n + logits + 1);
        memcpy(t.tape->values, at, n * sizeof *at), at += n;
        struct tensor *x = aligner_logits(t.tape, t.model, &b, 0);
        CHECK_CLOSE(x->data, at, logits, 5e-6, 5e-6), at += logits;
        x = tape_cross_entropy(t.tape, x, b.want, .1f, IGNORED);
        CHECK_CLOSE(x->data, at, 1, 2e-6, 2e-6), at++;
        tape_backward(t.tape, x);
        CHECK_CLOSE(t.tape->grads, at, n, 4e-6, 4e-6);
        array_free(&want), batch_free(&b), translator_free(&t);
    }
}

TEST(concat_is_additive)
{
    struct translator t = small_translator(ALIGN_ADDITIVE, 6);
    struct translator u = small_translator(ALIGN_CONCAT, 7);
    struct batch b = tried_batch(tried_pairs);
    assert_int_equal(t.tape->size, u.tape->size);
    memcpy(u.tape->values, t.tape->values, t.tape->size * sizeof(float));
    t.tape->no_grad = u.tape->no_grad = true;
    const float *x = aligner_logits(t.tape, t.model, &b, 0)->data;
    const float *y = aligner_logits(u.tape, u.model, &b, 0)->data;
    CHECK_CLOSE(y, x, 2 * TRIED_T * TRIED_V, 1e-6, 1e-6);
    batch_free(&b), translator_free(&t), translator_free(&u);
}

TEST(without_the_tanh_all_rows_of_a_map_are_alike)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct translator t = small_translator(kind, 8);
        struct batch b = tried_batch(tried_pairs);
        float maps[TRIED_T * 2 * TRIED_S], most = 0;
        for (size_t i = 0; i < t.tape->size; i++)
            t.tape->values[i] *= 3;
        t.tape->no_grad = true;
        tape_reset(t.tape);
        aligner_forced(t.tape, t.model, &b, 0, maps);
        for (size_t i = 0; i < TRIED_T * 2; i++) {
            const float *w = maps + i * TRIED_S, *first = maps + i % 2 * 4;
            float sum = w[0] + w[1] + w[2] + w[3];
            CHECK_CLOSE(&sum, &(float){ 1 }, 1, 1e-6, 0);
            assert_true(i % 2 == 0 || w[3] == 0);
            for (size_t s = 0; s < TRIED_S; s++)
                most = fmaxf(most, fabsf(w[s] - first[s]));
        }
        assert_true(kind == ALIGN_LINEAR ? most < 1e-5f : most > .02f);
        batch_free(&b), translator_free(&t);
    }
}

TEST(steps_are_the_whole)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct translator t = small_translator(kind, 5);
        tried_steps(&t, tried_pairs), translator_free(&t);
    }
}

TEST(padding_changes_nothing)
{
    for (int kind = 0; kind < KINDS; kind++) {
        struct translator t = small_translator(kind, 2);
        tried_padding(&t, tried_pairs), translator_free(&t);
    }
}

TEST(later_targets_do_not_leak)
{
    struct translator t = small_translator(ALIGN_ADDITIVE, 4);
    struct batch b = batch_new(tried_pairs, (uint32_t[]){ 0 }, 1);
    float was[TRIED_T * TRIED_V];
    t.tape->no_grad = true;
    for (size_t cut = 1; cut < TRIED_T; cut++) {
        tape_reset(t.tape);
        memcpy(was, aligner_logits(t.tape, t.model, &b, 0)->data,
               sizeof was);
        b.before[cut] = b.before[cut] == 4 ? 5 : 4;
        tape_reset(t.tape);
        const float *is = aligner_logits(t.tape, t.model, &b, 0)->data;
        assert_memory_equal(is, was, cut * TRIED_V * sizeof *is);
        assert_memory_not_equal(is + cut * TRIED_V, was + cut * TRIED_V,
                                TRIED_V * sizeof *is);
    }
    batch_free(&b), translator_free(&t);
}

TEST(greedy_is_one_beam_and_what_teacher_forcing_says)
{
    size_t ended = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct translator t = small_translator((int)(seed % KINDS), seed);
        struct batch b = tried_batch(tried_pairs);
        const struct beam how = { 1, TRIED_V, VOCABULARY_START,
                                  VOCABULARY_END, 0 };
        struct hypothesis greedy[2], one[2];
        translate(greedy, &t, &b, 1, 0);
        t.tape->no_grad = true;
        struct decoding d = decoding_new(&t, &b, 1);
        beam_search(one, 2, (size_t[]){ decoding_most(4), decoding_most(3) },
                    &how, decoding_next_beam, &d);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(one[i].n, greedy[i].n);
            assert_int_equal(one[i].ended, greedy[i].ended);
            assert_memory_equal(one[i].ids, greedy[i].ids,
                                one[i].n * sizeof *one[i].ids);
            check_greedy(&t, &tried_pairs[i], &greedy[i]);
            ended += greedy[i].ended;
        }
        batch_free(&b), translator_free(&t);
    }
    assert_true(ended > 4);
}

TEST(a_beam_has_the_score_of_its_units)
{
    size_t ended = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct translator t = small_translator((int)(seed % KINDS), seed);
        ended += tried_beams(&t, tried_pairs, TRIED_B, 5);
        translator_free(&t);
    }
    assert_true(ended > 30);
}

TEST(a_map_has_a_row_for_each_unit)
{
    float maps[SEQUENCE_MOST * SEQUENCE_MOST], some[SEQUENCE_MOST * 3];
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct translator t = small_translator((int)(seed % KINDS), seed);
        struct hypothesis h, greedy;
        struct example e = tried_pairs[1];
        struct batch b = batch_new(&e, (uint32_t[]){ 0 }, 1);
        alignment_map(maps, &h, &t, &e);
        translate(&greedy, &t, &b, 1, 0);
        assert_int_equal(h.n, greedy.n);
        batch_free(&b);
        e.target = h.ids;
        t.tape->no_grad = true;
        for (e.targets = 0; e.targets < h.n + h.ended; e.targets++) {
            float *row = some + 3 * e.targets;
            b = batch_new(&e, (uint32_t[]){ 0 }, 1);
            tape_reset(t.tape);
            aligner_forced(t.tape, t.model, &b, 0, some);
            CHECK_CLOSE(row, maps + 3 * e.targets, 3, 1e-6, 1e-6);
            CHECK_CLOSE(&(float){ row[0] + row[1] + row[2] }, &(float){ 1 },
                        1, 1e-6, 0);
            batch_free(&b);
        }
        translator_free(&t);
    }
}

TEST(threads_do_not_matter)
{
    struct pairs p = six_words();
    for (int kind = 0; kind < KINDS; kind++) {
        float *one = NULL;
        for (int threads = 1; threads <= 3; threads++) {
            struct speller_texts texts;
            struct speller s = six_speller(&p, kind, .2f);
            struct training t = speller_training(&s, &texts, 8, 1);
            threads_are(threads);
            while (t.step < t.steps)
                speller_step(&t, &s);
            const size_t bytes = s.t.tape->size * sizeof *one;
            if (threads == 1)
                one = memcpy(allocate(1, bytes), s.t.tape->values, bytes);
            assert_memory_equal(one, s.t.tape->values, bytes);
            training_free(&t), speller_free(&s);
        }
        free(one);
    }
    threads_are(1), pairs_free(&p);
}

TEST(it_learns_six_words)
{
    char *save = check_path("words.safetensors");
    struct pairs p = six_words();
    for (int kind = 0; kind < KINDS; kind++) {
        struct speller_texts texts;
        struct speller s = six_speller(&p, kind, 0);
        struct training t = speller_training(&s, &texts, 300, 1);
        t.rate = .02, t.warmup = 20;
        while (t.step < t.steps)
            speller_step(&t, &s);
        assert_int_equal(speller_grade(&s.t, &s.train, 1, 1, 0).exact, 6);
        struct translator again;
        translator_save(save, &s.t, false);
        translator_load(&again, &aligner_kind, save);
        assert_int_equal(((struct aligner *)again.model)->kind, kind);
        assert_memory_equal(again.tape->values, s.t.tape->values,
                            s.t.tape->size * sizeof(float));
        translator_free(&again), training_free(&t), speller_free(&s);
    }
    pairs_free(&p);
}

CHECK_MAIN()
