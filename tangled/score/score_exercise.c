/* score_exercise.c -- generated from chapters/03-score.nw. Do not edit. */
#include "kit/check.h"
#include "score/score.h"
#ifndef ANSWERS
#define ANSWERS "score_exercise.h"
#endif
#include ANSWERS

TEST(cosine_by_hand)
{
    const float q[] = { 3, 4, 0, 0, -8, 6 }, k[] = { 4, 3, 400, 300 };
    const float want[] = { .96f, .96f, 0, 0, -.28f, -.28f };
    float scores[6] = { 7, 7, 7, 7, 7, 7 };
    score_cosine(scores, q, k, 3, 2, 2);
    CHECK_CLOSE(scores, want, 6, 1e-6, 1e-6);
}

enum { N = 3, M = 5, D = 4, C = 2, QK = N * D + M * D, ALL = QK + M * C };

static double attention_loss(const double *x, void *context)
{
    const float *dout = context;
    double loss = 0;
    for (size_t i = 0; i < N; i++) {
        double sum = 0, row = 0;
        for (size_t j = 0; j < M; j++) {
            double score = 0;
            for (size_t l = 0; l < D; l++)
                score += x[i * D + l] * x[N * D + j * D + l] / sqrt(D);
            for (size_t l = 0; l < C; l++)
                row += exp(score) * x[QK + j * C + l]
                       * (double)dout[i * C + l];
            sum += exp(score);
        }
        loss += row / sum;
    }
    return loss;
}

TEST(attention_goes_backward)
{
    float x[ALL], dx[ALL] = { 0 }, dout[N * C], out[N * C], weights[N * M];
    float dweights[N * M] = { 0 }, dscores[N * M] = { 0 };
    struct random random = random_new(60, 0);
    random_normals(x, ALL, 1, &random);
    random_normals(dout, N * C, 1, &random);
    attention_forward(out, weights, x, x + N * D, x + QK, N, M, D, C);
    attention_backward(dx, dx + N * D, dx + QK, dweights, dscores, dout,
                       weights, x, x + N * D, x + QK, N, M, D, C);
    check_gradient(dx, attention_loss, x, ALL, dout, 1e-5, 1e-4);
}
CHECK_MAIN()
