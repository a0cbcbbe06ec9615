/* selfattention_check.c -- generated from chapters/09-selfattention.nw. Do not edit. */
#include "kit/conforms.h"
#include "selfattention/selfattention_cases.h"
#include "selfattention/selfattention_model.h"
#include "double/selfattention_cases_double.h"

TEST(three_words_by_hand)
{
    const float x[] = { 1, 0,  0, 1,  1, 1 }, wq[] = { 0, 1, 1, 0 },
                wk[] = { 1, 0, 0, 1 }, wv[] = { 2, 0, 0, 4 };
    const struct self_attention words = { .n = 3, .d = 2, .dk = 2, .dv = 2,
                                          .wq = wq, .wk = wk, .wv = wv };
    float q[6], k[6], v[6], weights[9], out[6];
    const struct self_attention_saved saved = { q, k, v, weights };
    self_attention_plain_forward(out, &saved, x, &words);
    CHECK_CLOSE(weights, ((float[]){ .1978f, .4011f, .4011f,
                                     .4011f, .1978f, .4011f,
                                     .2483f, .2483f, .5035f }), 9, 5e-5, 0);
    CHECK_CLOSE(out, ((float[]){ 1.1978f, 3.2089f, 1.6044f, 2.3956f,
                                 1.5035f, 3.0070f }), 6, 1e-4, 0);
}

TEST(with_places_order_counts)
{
    const float cats_first[] = { 1, 0, -1,  0, 1, 0,  1, 1, 1 };
    const float fish_first[] = { 1, 1, -1,  0, 1, 0,  1, 0, 1 };
    const float wq[] = { 0, 1, 1, 0, 0, 0 }, wk[] = { 1, 0, 0, 1, 0, 0 },
                wv[] = { 2, 0, 0, 4, 1, 0 };
    const struct self_attention s = { .n = 3, .d = 3, .dk = 2, .dv = 2,
                                      .wq = wq, .wk = wk, .wv = wv };
    float q[6], k[6], v[6], weights[9], out[6], other[6];
    const struct self_attention_saved saved = { q, k, v, weights };
    self_attention_plain_forward(out, &saved, cats_first, &s);
    self_attention_plain_forward(other, &saved, fish_first, &s);
    CHECK_CLOSE(out, &(float){ 1.1978f + .2033f }, 1, 1e-4, 0);
    CHECK_CLOSE(other + 4, &(float){ 1.1978f - .2033f }, 1, 1e-4, 0);
}

TEST(two_words_by_hand)
{
    const float ln3 = logf(3), dout[] = { 1, 0 };
    const float x[] = { 1, 0, 0, 1 }, wq[] = { 1, 0 }, wk[] = { 0, ln3 },
                wv[] = { 0, 16 };
    const struct self_attention two = { .n = 2, .d = 2, .dk = 1, .dv = 1,
                                        .wq = wq, .wk = wk, .wv = wv };
    float q[2], k[2], v[2], weights[4], out[2], work[14], d[10] = { 0 };
    const struct self_attention_saved saved = { q, k, v, weights };
    const struct self_gradients to = { d, d + 4, d + 6, d + 8 };
    self_attention_plain_forward(out, &saved, x, &two);
    self_attention_plain_backward(&to, work, dout, &saved, x, &two);
    CHECK_CLOSE(d, ((float[]){ 3.2958f, .7042f, 0, 15.2958f, 3.2958f, 0,
                               -3, 3, .25f, .75f }), 10, 1e-4, 0);
}

CONFORMS(selfattention_cases, .golden = "selfattention")

TEST(length_does_not_sharpen_the_weights)
{
    float shorter = saturate(16, true, 2).largest;
    float longer = saturate(1024, true, 2).largest;
    assert_true(fabsf(longer - shorter) < .1f);
    assert_true(saturate(1024, false, 2).largest > shorter + .5f);
}

TEST(append_by_hand)
{
    struct tape *tape = tape_new();
    struct tensor *x = tape_parameter(tape, "x", SHAPE(2, 2, 1));
    struct tensor *y = tape_parameter(tape, "y", SHAPE(2, 1));
    /* append places to some pixels */
    const float values[] = { 1, 2, 3, 4, 8, 9 };
    const float g[] = { 1, 10, 2, 20, 3, 30, 4, 40 };
    memcpy(tape->values, values, sizeof values);
    struct tensor *out = tape_concat_rows(tape, x, y);
    /* compare what is appended and what comes back */
    CHECK_CLOSE(out->data, ((float[]){ 1, 8, 2, 9, 3, 8, 4, 9 }), 8, 0, 0);
    out = tape_multiply(tape, out, tape_input(tape, g, SHAPE(2, 2, 2)));
    tape_backward(tape, tape_sum(tape, out));
    CHECK_CLOSE(tape->grads, ((float[]){ 1, 2, 3, 4, 40, 60 }), 6, 0, 0);
    tape_free(tape);
}

TEST(the_classifier_learns)
{
    struct how small = { 16, 16, LEARNED, false };
    struct learned m = learner_fit(&reader, &small, 1, 150);
    assert_true(learner_score(&m) > .775);
    learned_free(&m);
    CHECK_GOES_ON(&reader, 4);
    CHECK_EMBEDDED(&reader, "data/weights/selfattention.safetensors");
    digit_sets_free(reader.loaded);
}

TEST(digits_are_cut)
{
    float x[2 * DIGIT_PIXELS], patches[2 * DIGIT_PIXELS];
    for (int i = 0; i < 2 * DIGIT_PIXELS; i++)
        x[i] = (float)i;
    digits_patches(patches, x, 2);
    const float *patch = patches + 6 * DIGIT_PATCH_PIXELS;
    assert_true(patch[0] == 210 && patch[6] == 216 && patch[7] == 238);
    assert_true(patch[DIGIT_PIXELS + 48] == 784 + 13 * 28 + 20);
}
CHECK_MAIN()
