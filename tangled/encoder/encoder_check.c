/* encoder_check.c -- generated from chapters/14-encoder.nw. Do not edit. */
#include "kit/check.h"
#include "encoder/glosses.h"
#include "encoder/shift.h"
#include "encoder/small.h"
#include "double/small_double.h"
#include "kit/npy.h"

static struct unit unit_of(const char *text)
{
    return (struct unit){ text, strlen(text) };
}
TEST(gradients_of_the_whole_encoder_are_its_differences)
{
    for (int kind = 0; kind < SMALL_KINDS; kind++) {
        struct small_double s = small_encoder_double(kind);
        struct tape_double *on = s.on;
        double worst = 0;
        tape_backward_double(on, small_loss_double(&s));
        double *grads = allocate(on->size, sizeof *grads);
        memcpy(grads, on->grads, on->size * sizeof *grads);
        for (size_t i = 0; i < on->size; i++) {
            const double at = on->values[i], step = 1e-5;
            on->values[i] = at + step;
            const double above = small_loss_double(&s)->data[0];
            on->values[i] = at - step;
            const double below = small_loss_double(&s)->data[0];
            on->values[i] = at;
            worst = fmax(worst, fabs((above - below) / (2 * step)
                                     - grads[i]));
        }
        assert_true(on->size > 400 && worst < 1e-8);
        free(grads), tape_free_double(on);
    }
}

TEST(a_causal_encoder_does_not_see_what_comes)
{
    struct small s = small_encoder(SMALL_CAUSAL);
    float before[SMALL_ROWS];
    memcpy(before, small_rows(&s)->data, sizeof before);
    for (size_t t = 1; t < SMALL_T; t++) {
        const int32_t id = s.ids[t];
        s.ids[t] = (id + 1) % SMALL_V;
        const float *after = small_rows(&s)->data;
        CHECK_CLOSE(after, before, t * SMALL_C, 0, 0);
        assert_true(memcmp(after + t * SMALL_C, before + t * SMALL_C,
                           SMALL_C * sizeof *after) != 0);
        s.ids[t] = id;
    }
    small_free(&s);
}

TEST(words_by_hand)
{
    struct vocabulary v;
    struct unit cut[8];
    char text[] = "A DOG, well-bred (and  '75 barking)...";
    assert_null(vocabulary_parse(&v, "</s>\n<s>\n-g\n-ing\ndog"));
    const char *const words[] = { "dog", "barking", "hog", "cat", "g" };
    const int32_t want[] = { 4, 3, 2, WORD_UNKNOWN, WORD_UNKNOWN };
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(word_id(&v, (struct unit){ words[i],
                                     strlen(words[i]) }), want[i]);
    assert_int_equal(words_cut(cut, 8, text), 6);
    const char *const found[] = { "a", "dog", "well-bred", "and", "75",
                                  "barking" };
    for (size_t i = 0; i < 6; i++)
        assert_true(cut[i].n == strlen(found[i])
                    && !memcmp(cut[i].at, found[i], cut[i].n));
    vocabulary_free(&v);
}

CHECK_MAIN()
