/* translation_check.c -- generated from chapters/18-translation.nw. Do not edit. */
#include "kit/check.h"
#include "double/pointer_model_double.h"
#include "kit/tried_translator.h"
#include "translation/aligning.h"
#include "translation/summaries.h"
#include "translation/texts.h"
#include "translation/wrong_pointers.h"

#include "double/pointer_cases_double.h"
#include "kit/conforms.h"
#include "translation/pointer_cases.h"

enum { SOME_V = 7, SOME_S = 5, SOME_T = 3, SOME_R = 2 * SOME_T };
struct some_pointer {
    struct mixture is;
    float logits[SOME_R * SOME_V], scores[SOME_R * SOME_S], gate[SOME_R];
    float out[SOME_R * SOME_V], weights[SOME_R * SOME_S];
    double strange;
};

static void (*const pointer_ways[])(float *, float *, const struct mixture *)
    = { pointer_forward, pointer_mixed, pointer_last };

static struct some_pointer some_pointer(uint64_t seed, float gate)
{
    struct some_pointer x = { .strange = 0 };
    struct random random = random_new(seed, 18);
    random_normals(x.logits, SOME_R * SOME_V, 1, &random);
    random_normals(x.scores, SOME_R * SOME_S, 1, &random);
    for (size_t r = 0; r < SOME_R; r++)
        x.gate[r] = gate;
    return x;
}

static bool some_has(size_t r, size_t v)
{
    const size_t b = r / SOME_T;
    for (size_t s = 0; s < pointer_lengths[b]; s++)
        if ((size_t)pointer_source[b * SOME_S + s] == v)
            return true;
    return false;
}

static double some_pointer_run(struct some_pointer *x,
    void (*way)(float *, float *, const struct mixture *))
{
    double farthest = 1;
    x->is = (struct mixture){ 2, SOME_T, SOME_S, SOME_V, x->logits,
        x->scores, x->gate, pointer_source, pointer_lengths };
    x->strange = 0;
    way(x->out, x->weights, &x->is);
    for (size_t r = 0; r < SOME_R; r++) {
        double sum = 0;
        for (size_t v = 0; v < SOME_V; v++) {
            const double p = exp((double)x->out[r * SOME_V + v]);
            sum += p;
            if (!some_has(r, v))
                x->strange = fmax(x->strange, p);
        }
        if (fabs(sum - 1) > fabs(farthest - 1))
            farthest = sum;
    }
    return farthest;
}

static int32_t small_ids[4][4] = { { 5, 2, 5, 3 }, { 6, 5, 5, 8 },
                                   { 7, 10, 7 }, { 10, 7, 9 } };
static const struct example small_pairs[TRIED_B] = {
    { 4, 4, small_ids[0], small_ids[1] },
    { 3, 3, small_ids[2], small_ids[3] } };
#define SMALL_BASE(kind) { .vocabulary = TRIED_V, .layers = 2, .heads = 3, \
    .width = 6, .hidden = 7, .order = kind, .drop = 0 }

static struct translator small_pointer(uint64_t seed)
{
    const struct pointer_model sizes = { .base = SMALL_BASE(BLOCK_PRE) };
    return tried_translator(&pointer_kind, &sizes, seed, 21, .4f);
}

static char *some_file(const char *text)
{
    return check_put("descriptions.tsv", text);
}

TEST(bleu_by_hand)
{
    struct bleu b = { 0 };
    bleu_add(&b, "une nouvelle ligne une", "Ins\u00e9rer une nouvelle ligne");
    assert_true(b.match[0] == 3 && b.all[0] == 4 && b.match[1] == 2
                && b.all[1] == 3 && b.match[2] == 1 && b.all[2] == 2
                && b.match[3] == 0 && b.all[3] == 1);
    /* the fourth order counts as half a match */
    assert_true(fabs(bleu_score(&b) - 100 * pow(3. / 4 * 2 / 3 / 2 / 2, .25))
                < 1e-9);
    struct bleu short_one = { 0 };
    bleu_add(&short_one, "a b c d", "a b c d e f");
    assert_true(fabs(bleu_score(&short_one) - 100 * exp(1 - 6. / 4)) < 1e-9);
}

TEST(words_are_those_of_13a)
{
    static const char *const cases[][2] = {
        { "Hello, world!", "Hello , world !" },
        { "It's 3.14, or 1,000.", "It's 3.14 , or 1,000 ." },
        { "a-b 3-4 (x) [y] {z}", "a-b 3 - 4 ( x ) [ y ] { z }" },
        { "&quot;A&quot; &amp; B &lt;C&gt;", "\" A \" & B < C >" },
        { "  fin.  ", "fin ." }, { "", "" }, { "...", ". . ." },
        { "\u00ab \u00c7a va ? \u00bb", "\u00ab \u00c7a va ? \u00bb" },
        { "a.b,c", "a . b , c" },
        { "50% / $3", "50 % / $ 3" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *words = words_13a(cases[i][0]);
        assert_string_equal(words, cases[i][1]);
        free(words);
    }
}

TEST(bleu_is_that_of_another_program)
{
    struct pairs pairs = pairs_read("tests/golden/bleu.tsv");
    struct bleu b = { 0 };
    double want = 0;
    for (size_t i = 0; i < pairs.count; i++)
        if (!strcmp(pairs.list[i].input, "bleu"))
            want = atof(pairs.list[i].output);
        else
            bleu_add(&b, pairs.list[i].input, pairs.list[i].output);
    assert_true(pairs.count > 80 && want > 50);
    assert_true(fabs(bleu_score(&b) - want) < 1e-8);
    pairs_free(&pairs);
}

TEST(chrf_by_hand)
{
    struct chrf c = { 0 };
    chrf_add(&c, "ab c", "a bd");
    assert_true(fabs(chrf_score(&c) - 100 * (2. / 3 + 1. / 2) / 3) < 1e-9);
    struct chrf half = { 0 };
    chrf_add(&half, "\u00e9\u00e8", "\u00e9\u00e8\u00e9\u00e8");
    /* P 1 and 1, R 2 of 4 and 1 of 3: 5 P R / (4 P + R) */
    const double R = (.5 + 1. / 3) / 2;
    assert_true(fabs(chrf_score(&half) - 100 * 5 * R / (4 + R)) < 1e-9);
}

TEST(near_duplicates_have_one_key)
{
    static const char *const cases[][2] = {
        { "Line 1", "line" }, { "line 2!", "line" }, { "10.5", "10.5" },
        { "\u00c9t\u00e9 a b", "\u00c9t\u00e9ab" } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char key[40];
        assert_int_equal(text_key(key, cases[i][0]),
                         strlen(cases[i][1]) + 1);
        assert_string_equal(key, cases[i][1]);
    }
}

TEST(a_memory_finds_the_nearest)
{
    struct pair list[] = { { .input = "Close the file", .output = "a" },
                           { .input = "Insert row", .output = "b" },
                           { .input = "row Insert", .output = "c" } };
    const struct pairs memory = { .count = 3, .list = list };
    double near;
    assert_string_equal(memory_find(&near, &memory, "Insert a new row")
                        ->output, "b");
    assert_true(fabs(near - 2. / 3) < 1e-12);
    memory_find(&near, &memory, "Bold");
    assert_true(near == 0);
}

TEST(model1_by_hand)
{
    /* 0 null, 1 the, 2 house, 3 book, 4 a; la, maison, le, livre, un */
    static const int32_t e[3][2] = { { 1, 2 }, { 1, 3 }, { 4, 3 } };
    static const int32_t f[3][2] = { { 0, 1 }, { 2, 3 }, { 4, 3 } };
    struct bitext_pair list[3];
    for (size_t i = 0; i < 3; i++)
        list[i] = (struct bitext_pair){ 2, 2, e[i], f[i] };
    const struct bitext texts = { 3, list };
    struct model1 m = model1_new(&texts);
    double before = -INFINITY;
    model1_round(&m, &texts);
    assert_true(fabs(m.chance[model1_find(&m, 3, 3)] - .5) < 1e-12);
    assert_true(fabs(m.chance[model1_find(&m, 3, 2)] - .25) < 1e-12);
    assert_true(fabs(m.chance[model1_find(&m, 1, 3)] - .25) < 1e-12);
    for (int round = 0; round < 30; round++) {
        const double now = model1_round(&m, &texts);
        assert_true(now >= before - 1e-12);
        before = now;
    }
    size_t link[2];
    model1_align(link, &m, &list[1]);
    assert_true(link[0] == 0 && link[1] == 1);      /* le the, livre book */
    assert_true(m.chance[model1_find(&m, 3, 3)] > .99);
    assert_true(model1_find(&m, 2, 3) == m.known);
    model1_free(&m);
}

TEST(links_by_hand)
{
    static const float weights[] = { .6f, .1f, .3f,  .5f, .2f, .3f,
                                     .1f, .3f, .6f,  .1f, .7f, .2f };
    static const size_t own[] = { 0, 1, 2 }, two[] = { 0, 1, 1 };
    size_t link[3];
    links_of(link, weights, own, 3, 3, own, 4, 3, 0);
    assert_true(link[0] == 0 && link[1] == 0 && link[2] == 2);
    links_of(link, weights, own, 3, 3, own, 4, 3, 1);
    assert_true(link[0] == 0 && link[1] == 2 && link[2] == 1);
    /* red house is one word: .1 + .3, .2 + .3, .3 + .6 */
    links_of(link, weights, two, 3, 2, own, 4, 3, 0);
    assert_true(link[0] == 0 && link[1] == 0 && link[2] == 1);
    /* casa roja is one word, in rows 2 and 3: .2, 1 and .8 */
    links_of(link, weights, own, 3, 3, two, 4, 2, 1);
    assert_true(link[0] == 0 && link[1] == 1);
}

TEST(rouge_by_hand)
{
    const struct rouge r = rouge_of("the cat is on a mat",
                                    "the cat sat on the mat");
    assert_true(fabs(r.longest - 2. / 3) < 1e-12);
    assert_true(fabs(r.one - 4. / 6) < 1e-12);      /* the cat on mat */
    assert_true(fabs(r.two - 1. / 5) < 1e-12);      /* the cat */
    const struct rouge s = rouge_of("b a", "a b c d");
    assert_true(fabs(s.longest - 2. * .5 * .25 / .75) < 1e-12);
    assert_true(fabs(s.one - 2. * 1 * .5 / 1.5) < 1e-12 && s.two == 0);
    const struct rouge none = rouge_of("", "a");
    assert_true(none.one == 0 && none.two == 0 && none.longest == 0);
}

TEST(pointer_by_hand)
{
    enum { A, GZIP, READS, FILES };
    const float logits[] = { logf(4), 0, 0, logf(2) }, gate = -logf(2);
    const float scores[] = { logf(2), 0, logf(4), 0 };
    const int32_t source[] = { GZIP, READS, GZIP, FILES };
    const struct mixture p = { 1, 1, 4, 4, logits, scores, &gate, source,
                               (const size_t[]){ 4 } };
    const float want[] = { 4, 13, 3, 4 }, dout[] = { 0, 13, 0, 0 };
    const float slopes[2][4] = { { -.5f, .875f, -.125f, -.25f },
                                 { 1, -1.5f, 2, -1.5f } };
    float out[4], weights[4], scratch[4], d[2][4] = { { 0 } }, dgate = 0;
    pointer_forward(out, weights, &p);
    for (size_t v = 0; v < 4; v++)
        assert_true(fabsf(expf(out[v]) - want[v] / 24) < 1e-6f);
    pointer_backward(&(struct mixture_gradients){ d[0], d[1], &dgate },
                     scratch, dout, out, weights, &p);
    CHECK_CLOSE(d[0], slopes[0], 8, 1e-6, 1e-6);
    assert_true(fabsf(dgate - 13 * (1 / 13.f - 1 / 3.f)) < 1e-5f);
}

TEST(a_closed_gate_copies)
{
    for (int wrong = 0; wrong < 3; wrong++) {
        struct some_pointer some = some_pointer(3, -200);
        const double sum = some_pointer_run(&some, pointer_ways[wrong]);
        assert_int_equal(some.strange < 1e-6, wrong != POINTER_MIXED);
        assert_int_equal(fabs(sum - 1) < 1e-5, wrong != POINTER_LAST);
    }
}

CONFORMS(pointer_cases, .golden = NULL)

TEST(a_pointer_is_that_of_another_program)
{
    struct array a = check_golden("pointer.npy");
    struct tape *tape = tape_new();
    const size_t counts[] = { 42, 30, 6 };    /* B T V, B T S, B T */
    struct tensor *in[] = { tape_parameter(tape, "logits", SHAPE(2, 3, 7)),
        tape_parameter(tape, "scores", SHAPE(2, 3, 5)),
        tape_parameter(tape, "gate", SHAPE(2, 3, 1)) };
    const float *want = a.data + 78 + 42;
    assert_int_equal(a.count, 78 + 42 + 42 + 30 + 78);
    memcpy(tape->values, a.data, 78 * sizeof *a.data);
    struct tensor *x = apply_pointer(tape, in);
    struct tensor *g = tape_input(tape, a.data + 78, tensor_axes(x));
    tape_backward(tape, tape_sum(tape, tape_multiply(tape, x, g)));
    CHECK_CLOSE(x->data, want, 42, 2e-6, 2e-6);
    CHECK_CLOSE(x->attention, want + 42, 30, 1e-6, 1e-6);
    want += 72;
    for (size_t i = 0; i < 3; want += counts[i++])
        CHECK_CLOSE(in[i]->grad, want, counts[i], 4e-6, 4e-6);
    array_free(&a), tape_free(tape);
}

TEST(an_open_gate_is_the_softmax)
{
    for (uint64_t seed = 1; seed < 9; seed++) {
        struct some_pointer x = some_pointer(seed, 200);
        float want[SOME_R * SOME_V];
        assert_true(fabs(some_pointer_run(&x, pointer_forward) - 1) < 1e-5);
        log_softmax_rows(want, x.logits, SOME_R, SOME_V);
        CHECK_CLOSE(x.out, want, SOME_R * SOME_V, 1e-6, 1e-6);
        for (size_t i = 0; i < SOME_R * SOME_S; i++)
            assert_int_equal(x.weights[i] == 0, i % SOME_S
                             >= pointer_lengths[i / SOME_S / SOME_T]);
        x = some_pointer(seed, (float)seed - 4);
        assert_true(fabs(some_pointer_run(&x, pointer_forward) - 1) < 1e-5);
    }
}

TEST(small_chances_do_not_matter)
{
    for (int i = 0; i < 8; i++) {
        struct some_pointer x = some_pointer(1, i & 1 ? 300 : -300);
        float d[SOME_R * (SOME_V + SOME_S + 1)] = { 0 }, dout[42], u[SOME_V];
        for (size_t j = 0; j < SOME_R * SOME_V; j++)
            x.logits[j] *= i & 2 ? 1000 : 1, dout[j] = 1;
        for (size_t j = 0; j < SOME_R * SOME_S; j++)
            x.scores[j] *= i & 4 ? 1000 : 1;
        assert_true(fabs(some_pointer_run(&x, pointer_forward) - 1) < 1e-4);
        pointer_backward(&(struct mixture_gradients){ d, d + 42, d + 72 }, u,
                         dout, x.out, x.weights, &x.is);
        for (size_t j = 0; j < SOME_R * SOME_V; j++)
            assert_true(isfinite(x.out[j]));
        for (size_t j = 0; j < sizeof d / sizeof *d; j++)
            assert_true(isfinite(d[j]));
    }
}

/* The batch has to stay until the gradients are there. */
struct small_pointing {
    struct pointer_model_double m;
    struct batch b;
};

static struct tensor_double *small_log_p(struct tape_double *t,
                                         const void *model)
{
    const struct small_pointing *p = model;
    return pointer_batch_double(&(struct pass_double){ .on = t,
        .model = &p->m.base, .seed = 5 }, &p->b, NULL);
}

TEST(the_gradient_of_a_model_that_points)
{
    struct tape_double *t = tape_new_double();
    struct small_pointing p = { { .base = SMALL_BASE(BLOCK_PRE_double) },
                                tried_batch(small_pairs) };
    p.m.base.drop = .25, pointer_new_double(&p.m, t);
    tried_gradient(t, &(struct tried_model){ small_log_p, &p, p.b.want }, 17,
                   .4, 1e-6);
    batch_free(&p.b), transformer_free_double(&p.m.base);
    tape_free_double(t);
}

TEST(a_model_that_points_writes_what_it_learned)
{
    struct translator t = small_pointer(5);
    tried_steps(&t, small_pairs), tried_padding(&t, small_pairs);
    translator_free(&t);
}

TEST(later_words_do_not_leak_into_a_pointer)
{
    struct translator t = small_pointer(3);
    struct batch b = tried_batch(small_pairs);
    float first[TRIED_ALL];
    memcpy(first, tried_logits(&t, &b), sizeof first);
    for (size_t at = 0; at < TRIED_T; at++) {
        const int32_t kept = b.before[at];
        b.before[at] = 4;
        const float *x = tried_logits(&t, &b);
        for (size_t r = 0; r < TRIED_ROWS; r++)
            assert_int_equal(!memcmp(x + r * TRIED_V, first + r * TRIED_V,
                TRIED_V * sizeof *x), r < at || r >= TRIED_T);
        b.before[at] = kept;
    }
    b.source[0] = 6;
    assert_memory_equal(tried_logits(&t, &b) + TRIED_T * TRIED_V,
                        first + TRIED_T * TRIED_V, sizeof first / 2);
    batch_free(&b), translator_free(&t);
}

TEST(beams_of_a_pointer)
{
    size_t ended = 0;
    for (uint64_t seed = 1; seed < 17; seed++) {
        struct translator t = small_pointer(seed);
        ended += tried_beams(&t, small_pairs, TRIED_B, 4);
        translator_free(&t);
    }
    assert_true(ended > 4);
}

TEST(with_an_open_gate_it_is_a_transformer)
{
    struct translator t = small_pointer(2);
    struct pointer_model *m = t.model;
    struct batch b = tried_batch(small_pairs);
    float want[TRIED_ALL];
    m->bias->data[0] = 200, t.tape->no_grad = true;
    tape_reset(t.tape);
    log_softmax_rows(want, batch_logits(&(struct pass){ .on = t.tape,
        .model = t.model }, &b)->data, TRIED_ROWS, TRIED_V);
    CHECK_CLOSE(tried_logits(&t, &b), want, TRIED_ALL, 2e-6, 2e-6);
    batch_free(&b), translator_free(&t);
}

TEST(a_model_that_points_has_a_file)
{
    struct translator t = small_pointer(7), back, none;
    char *path = check_path("pointer.safetensors");
    translator_save(path, &t, false);
    translator_load(&back, &pointer_kind, path);
    assert_int_equal(back.tape->size, t.tape->size);
    assert_memory_equal(back.tape->values, t.tape->values,
                        t.tape->size * sizeof(float));
    CHECK_PRINTS(2, "its 'model' is pointer-generator, not transformer",
                 translator_load(&none, &transformer_kind, path));
    struct translator_kind lacks = transformer_kind;
    lacks.name = "pointer-generator", t.kind = &lacks;
    t.tape->count -= 3;
    translator_save(path, &t, false);
    CHECK_PRINTS(2, "pointer.query.weight",
                 translator_load(&none, &pointer_kind, path));
    t.tape->count += 3, t.kind = &pointer_kind;
    translator_free(&t), translator_free(&back);
}

TEST(descriptions_have_three_fields_and_a_key)
{
    CHECK_PRINTS(2, "has no source packages",
                 descriptions_read(some_file("paragraph\tsynopsis\n")));
    CHECK_PRINTS(2, ":2: has 2 columns, and the first line 3",
                 descriptions_read(some_file("a\tb c\td\nno\ttab\n")));
    struct pairs p = descriptions_read(some_file("s\tp one\tsaid\nt\tp\tu"));
    assert_int_equal(p.count, 2);
    assert_string_equal(p.list[0].key, "s");
    assert_string_equal(p.list[0].input, " p one");
    assert_string_equal(p.list[1].output, " u");
    pairs_free(&p);
}

TEST(sources_stay_together)
{
    struct pairs p = descriptions_read("data/descriptions/descriptions.tsv");
    size_t count = 0;
    for (int part = PART_TRAIN; part <= PART_TEST; part++) {
        struct pairs some = pairs_part(&p, (enum part)part);
        count += some.count;
        assert_true(some.count > p.count / 50);
        for (size_t i = 0; i < some.count; i++)
            assert_int_equal(part_of(some.list[i].key, strlen(
                some.list[i].key)), part);
        pairs_free(&some);
    }
    assert_int_equal(count, p.count);
    pairs_free(&p);
}

TEST(long_paragraphs_end_behind_a_word)
{
    char text[PARAGRAPH_BYTES + 20];
    memset(text, 'a', sizeof text), text[sizeof text - 1] = 0;
    text[PARAGRAPH_BYTES - 3] = ' ';
    assert_true(paragraph_cut(text));
    assert_int_equal(strlen(text), PARAGRAPH_BYTES - 3);
    assert_false(paragraph_cut(text));
    memset(text, 'a', sizeof text), text[sizeof text - 1] = 0;
    memcpy(text + PARAGRAPH_BYTES - 1, "\xc3\xa9", 2);
    assert_true(paragraph_cut(text));
    assert_int_equal(strlen(text), PARAGRAPH_BYTES - 1);
}

TEST(summaries_by_hand)
{
    const struct pair pair = { "GNU Foo is a tool, for (X11) files.",
                               "tool for X11 files", 1, 1, "foo" };
    struct pair list[] = { pair, pair };
    const struct pairs p = { .count = 2, .list = list };
    char *words = rouge_words(pair.input);
    assert_string_equal(words, "gnu foo is a tool for x11 files");
    free(words);
    struct summary_grade g = summaries_lead(&p, 4);
    assert_int_equal(g.words, 8);             /* GNU Foo is a, twice */
    assert_true(g.own == 8 && g.one == 0 && g.longest == 0);
    assert_int_equal(lead_best(&p), 8);
    g = summaries_lead(&p, 8);
    assert_true(fabs(g.longest - 4. / 3) < 1e-12 && g.words == 16);
    g = summaries_lead(&p, 0);
    assert_true(g.one == 2 && g.two == 2 && g.own == 8);
    assert_true(fabs(summary_error(&g)) < 1e-9);
    g = (struct summary_grade){ .count = 0 };
    summary_add(&g, "Files for X11", &pair), summary_add(&g, "none", &pair);
    /* for x11 is 2 of 3 and of 4 words; 0 in the second */
    assert_true(fabs(g.longest - 4. / 7) < 1e-12 && g.own == 3);
    assert_true(fabs(summary_error(&g) - 2. / 7) < 1e-9);
}

TEST(shares_are_of_the_chance)
{
    struct translator t = small_pointer(4);
    static struct pointed to;
    struct batch b = tried_batch(small_pairs);
    float x[TRIED_ALL];
    memcpy(x, tried_logits(&t, &b), sizeof x);
    pointer_look(&to, &t, &small_pairs[0]);
    assert_true(to.n == 4 && to.said == 5);
    for (size_t i = 0; i < to.said; i++) {
        const float p = expf(x[i * TRIED_V + (size_t)b.want[i]]);
        float copied = 0, sum = 0;
        for (size_t s = 0; s < to.n; s++) {
            sum += to.weights[i * to.n + s];
            if (b.source[s] == b.want[i])
                copied += (1 - to.gate[i]) * to.weights[i * to.n + s];
        }
        assert_true(fabsf(sum - 1) < 1e-5f);
        assert_true(fabsf(to.share[i] - copied / p) < 1e-5f);
        assert_int_equal(to.share[i] > 0, i == 1 || i == 2);
    }
    batch_free(&b), translator_free(&t);
}
CHECK_MAIN()
