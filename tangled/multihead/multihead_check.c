/* multihead_check.c -- generated from chapters/10-multihead.nw. Do not edit. */
#include "kit/conforms.h"
#include "multihead/multihead_cases.h"
#include "double/multihead_cases_double.h"
#include "multihead/multihead_model.h"

enum { B = 2, H = 3, TQ = 4, TK = 5, C = 7, CC = 6, DK = 8, DV = 9, OUT = 10,
       WORKSPACE = 4096 };

struct layer {
    float x[B * TQ * C], context[B * TK * CC];
    float wq[C * H * DK], wk[CC * H * DK], wv[CC * H * DV];
    float wo[H * DV * OUT], bq[H * DK], bk[H * DK], bv[H * DV], bo[OUT];
    float out[B * TQ * OUT], memory[WORKSPACE], workspace[WORKSPACE];
    struct multihead m;
    struct multihead_saved saved;
};
enum { LAYER_GIVEN = offsetof(struct layer, out) / sizeof(float) };

static void layer_new(struct layer *l, uint64_t seed, bool weights)
{
    struct random random = random_new(seed, 0);
    random_normals((float *)l, LAYER_GIVEN, .5f, &random);
    l->m = (struct multihead){ .batch = B, .heads = H, .queries = TQ,
        .keys = TK, .width = C, .context_width = CC, .head_width = DK,
        .value_width = DV, .out_width = OUT, .wq = l->wq, .wk = l->wk,
        .wv = l->wv, .wo = l->wo, .bq = l->bq, .bk = l->bk, .bv = l->bv,
        .bo = l->bo };
    assert_true(multihead_size(&l->m, weights) <= WORKSPACE);
    assert_true(multihead_workspace(&l->m, weights) <= WORKSPACE);
    l->saved = multihead_saved_new(l->memory, l->workspace, &l->m, weights);
}

static const struct operation *const separate = &multihead_cases[6];

/* exchange_ends: first and last row of all examples of x (B, T, C). */
static void exchange_ends(struct tensor *x)
{
    const struct places_of rows = places_along(x, "B T C", "T");
    exchange_places(x->data, x->count, rows, rows.size - 1);
}
TEST(two_things_by_hand)
{
    const float x[] = { 1, 0, 0, 1 }, wq[] = { 1, 1, 1, 1 };
    const float wk[] = { logf(3), 0, 0, logf(3) }, wv[] = { 8, 4, 2, 6 };
    const float wo[] = { 1, 1, 1, -1 };
    const struct multihead m = {
        .batch = 1, .heads = 2, .queries = 2, .keys = 2, .width = 2,
        .context_width = 2, .head_width = 1, .value_width = 1, .out_width = 2,
        .wq = wq, .wk = wk, .wv = wv, .wo = wo };
    REQUIRE(multihead_size(&m, true) <= 32);
    REQUIRE(multihead_workspace(&m, true) <= 64);
    for (int plain = 0; plain < 2; plain++) {
        float memory[32], workspace[64], out[4];
        struct multihead_saved saved = multihead_saved_new(memory, workspace,
                                                           &m, true);
        (plain ? multihead_plain_forward : multihead_forward)(
            out, &saved, x, NULL, &m);
        CHECK_CLOSE(out, ((float[]){ 12, 1, 12, 1 }), 4, 1e-6, 1e-6);
        CHECK_CLOSE(saved.weights, ((float[]){ .75f, .25f, .75f, .25f,
                                              .25f, .75f, .25f, .75f }),
                    8, 1e-6, 1e-6);
        CHECK_CLOSE(saved.joined, ((float[]){ 6.5f, 5.5f, 6.5f, 5.5f }), 4,
                    1e-6, 1e-6);
    }
}

/* head_by_score: out (TQ, dv) = head h of example b, by chapter "score". */
static void head_by_score(float *out, const struct layer *l, size_t b,
                          size_t h)
{
    float q[TQ * H * DK], k[TK * H * DK], v[TK * H * DV], weights[TQ * TK];
    const float *x = l->x + b * TQ * C, *c = l->context + b * TK * CC;
    const struct one_head o = one_head(&l->saved, b, h, &l->m);
    slice_forward(q, x, l->wq, l->bq, TQ, &o.wq);
    slice_forward(k, c, l->wk, l->bk, TK, &o.wk);
    slice_forward(v, c, l->wv, l->bv, TK, &o.wv);
    attention_forward(out, weights, q, k, v, TQ, TK, o.wq.n, o.wv.n);
}

TEST(heads_add_up)
{
    static struct layer l;
    layer_new(&l, 2, false);
    multihead_forward(l.out, &l.saved, l.x, l.context, &l.m);
    for (size_t b = 0; b < B; b++) {
        float want[TQ * OUT] = { 0 };
        for (size_t h = 0; h < H; h++) {
            float z[TQ * DV], part[TQ * OUT];
            head_by_score(z, &l, b, h);
            average_forward(part, z, l.wo + h * DV * OUT, TQ, DV, OUT);
            add_to(want, part, TQ * OUT);
        }
        bias_forward(want, want, l.bo, TQ, OUT);
        CHECK_CLOSE(l.out + b * TQ * OUT, want, TQ * OUT, 1e-5, 1e-5);
    }
}

TEST(a_wrong_cut_is_caught)
{
    for (int wrong = 0; wrong < 2; wrong++) {
        struct tried r = tried_new(separate, separate->sizes);
        struct tensor *x = r.t.in[0], *before, *after;
        const struct multihead_parameters p = apart(r.t.in, WEIGHED);
        float off = 0;
        before = pieces_multihead(r.t.on, x, &p, wrong);
        exchange_ends(x);
        after = pieces_multihead(r.t.on, x, &p, wrong);
        exchange_ends(after);
        for (size_t i = 0; i < after->count; i++)
            off = fmaxf(off, fabsf(after->data[i] - before->data[i]));
        assert_true(wrong ? off > .01f : off < 1e-5f);
        tried_free(&r);
    }
}

CONFORMS(multihead_cases, .golden = "multihead", .results = 4e-6,
         .gradients = 1e-5)

TEST(heads_are_cut_and_joined)
{
    const float rows[] = { 8, 4, 2, 6 }, want[] = { 8, 2, 4, 6 };
    const struct multihead_rows r = { 1, 2, 2, 1, 2 };
    float heads[4], again[4];
    heads_cut(heads, rows, NULL, &r);
    CHECK_CLOSE(heads, want, 4, 0, 0);
    heads_join(again, heads, &r);
    CHECK_CLOSE(again, rows, 4, 0, 0);
}

TEST(the_context_may_be_x)
{
    enum { ALL = H * DK, WQKV = C * 3 * ALL, SIZE = TK * (OUT + 2 * C) };
    static float got[2][SIZE + WQKV], w[WQKV];
    struct random random = random_new(15, 0);
    random_normals(w, WQKV, .5f, &random);
    for (size_t n = TK - 2; n <= TK; n += 2) {
        memset(got, 0, sizeof got);
        for (size_t i = 0; i < 2; i++) {
            static struct layer l;
            float *y = got[i], *dx = y + TK * OUT, *dw = y + SIZE;
            layer_new(&l, 15, false);
            l.m.batch = 1, l.m.queries = n, l.m.context_width = C;
            l.m.value_width = DK, l.m.stride = 3 * ALL;
            l.m.wq = w, l.m.wk = w + ALL, l.m.wv = w + 2 * ALL;
            for (size_t j = 0; j < WORKSPACE; j++)
                l.memory[j] = l.workspace[j] = NAN;
            l.saved = multihead_saved_new(l.memory, l.workspace, &l.m, false);
            memcpy(l.context, l.x, TK * C * sizeof *l.x);
            const float *context = i ? l.context : l.x;
            multihead_forward(y, &l.saved, l.x, context, &l.m);
            multihead_backward(&(struct multihead_gradients){ .dx = dx,
                .dcontext = dx + TK * C, .dwq = dw, .dwk = dw + ALL,
                .dwv = dw + 2 * ALL }, y, &l.saved, l.x, context, &l.m);
        }
        CHECK_CLOSE(got[0], got[1], SIZE + WQKV, 1e-5, 1e-5);
    }
}

TEST(ready_keys_give_the_same_rows)
{
    enum { W = 12, T = 7 };
    static const size_t lengths[B] = { 5, T };
    static const size_t ends[][T] = { { 1, 2, 3, 4, 5, 6, T }, { 2, 3, T } };
    struct tape *tape = tape_new(), *keep = tape_new();
    struct random random = random_new(31, 0);
    struct multihead_parameters p = { .heads = 3, .causal = true,
        .wqkv = tape_parameter(tape, "wqkv", SHAPE(W, 3 * W)),
        .bqkv = tape_parameter(tape, "bqkv", SHAPE(3 * W)),
        .wo = tape_parameter(tape, "wo", SHAPE(W, W)) };
    struct tensor *x = tape_parameter(tape, "x", SHAPE(B, T, W));
    random_normals(tape->values, tape->size, .5f, &random);
    tape->no_grad = true;
    for (int i = 0; i < 4; i++) {
        struct multihead_cache cache = { .keep = keep, .most = T };
        p.causal = i < 2, p.lengths = i < 2 ? NULL : lengths;
        tape_reset(tape);
        struct tensor *want = tape_multihead(tape, x, i < 2 ? NULL : x, &p);
        want = tape_keep(keep, want);
        for (size_t n = 0, first = 0; first < T; first = ends[i % 2][n++]) {
            /* compare the rows from first to ends[i % 2][n] */
            size_t rows = ends[i % 2][n] - first;
            tape_reset(tape);
            struct tensor *some = tape_leaf(tape, SHAPE(B, rows, W));
            for (size_t b = 0; b < B; b++)
                memcpy(some->data + b * rows * W, x->data + (b * T + first) * W,
                       rows * W * sizeof(float));
            struct tensor *context = i < 2 ? some : first ? NULL : x;
            struct tensor *got = tape_multihead_cached(tape, some, context, &p, &cache);
            for (size_t b = 0; b < B; b++)
                CHECK_CLOSE(got->data + b * rows * W, want->data + (b * T + first) * W,
                            rows * W, 2e-6, 1e-5);
        }
        if (i < 2)
            CHECK_DIES(DIES_REQUIRE,
                       tape_multihead_cached(tape, x, x, &p, &cache));
    }
    tape_free(tape), tape_free(keep);
}

TEST(layers_that_cannot_be_are_refused)
{
    static struct layer l;
    layer_new(&l, 16, true);
    l.m.keys = TQ;
    CHECK_DIES(DIES_REQUIRE, multihead_forward(l.out, &l.saved, l.x, NULL,
                                               &l.m));
    l.m.keys = TK, l.m.context_width = C;
    CHECK_DIES(DIES_REQUIRE, multihead_forward(l.out, &l.saved, l.x, NULL,
                                               &l.m));
    l.m.context_width = CC, l.m.stride = H * DV - 1;
    CHECK_DIES(DIES_REQUIRE, multihead_forward(l.out, &l.saved, l.x,
                                               l.context, &l.m));
    l.m.stride = 0, l.m.heads = 0;
    CHECK_DIES(DIES_REQUIRE, multihead_size(&l.m, true));
}

TEST(parameters_that_contradict_are_refused)
{
    struct test_case t = test_case_new(&multihead_cases[0]);
    const struct multihead_parameters good = { .wqkv = t.in[1],
        .bqkv = t.in[2], .wo = t.in[3], .bo = t.in[4], .heads = 3 };
    struct multihead_parameters bad[5] = { good, good, good, good, good };
    bad[0].bk = t.in[2], bad[1].wq = t.in[1], bad[2].wqkv = NULL;
    bad[3].wo = NULL, bad[4].heads = 0;
    static const char *const message[] = { "!p->bk", "!p->wq",
        "p->wq && p->wk", "p->wo", "p->heads > 0" };
    for (size_t i = 0; i < 5; i++)
        CHECK_PRINTS(DIES_REQUIRE, message[i],
                        tape_multihead(t.on, t.in[0], NULL, &bad[i]));
    struct multihead_parameters split = good;
    split.wqkv = NULL, split.wq = split.wk = split.wv = t.in[3];
    CHECK_DIES(DIES_REQUIRE, tape_multihead(t.on, t.in[0], NULL, &split));
    tape_free(t.on);
}
TEST(the_model_learns)
{
    CHECK_LEARNS(&reader, 40, .8);
    CHECK_GOES_ON(&reader, 4);
    CHECK_EMBEDDED(&reader, "data/weights/multihead.safetensors");
    digit_sets_free(reader.loaded);
}

TEST(a_silent_head_adds_nothing)
{
    struct learned m = learner_trained(&reader);
    const struct model *model = m.model;
    ablate(m.model, 3, SILENT);
    for (size_t i = 0; i < WIDTH * OUTPUT; i++)
        assert_true((model->wo->data[i] == 0)
                    == (i / OUTPUT / (WIDTH / HEADS) == 3));
    learned_free(&m);
}

TEST(an_even_head_looks_at_all_alike)
{
    struct learned m = learner_trained(&reader);
    struct model *model = m.model;
    float x[DIGIT_PIXELS];
    ablate(model, 1, EVEN);
    for (size_t i = 0; i < DIGIT_PIXELS; i++)
        x[i] = sinf((float)i);
    model->looks = true;
    model_forward(model, x, 1);
    for (size_t i = 0; i < 256; i++)
        assert_true(fabsf(model->weights[256 + i] - 1 / 16.f) < 1e-6f);
    learned_free(&m);
}
TEST(losses_are_compared_digit_by_digit)
{
    const bool whole[] = { 1, 1, 1, 0, 1 }, ablated[] = { 1, 0, 0, 1, 1 };
    struct loss loss = loss_between(whole, ablated, 5);
    assert_true(fabs(loss.lost - .2) < 1e-12);
    assert_true(fabs(loss.error - sqrt(3) / 5) < 1e-12);
}
CHECK_MAIN()
