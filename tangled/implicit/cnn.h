/* cnn.h -- generated from chapters/05-implicit.nw. Do not edit. */
/* Offers: struct cnn, cnn_new, cnn_forward */

#ifndef CNN_H
#define CNN_H
#include "gradient/dropout.h"
#include "implicit/convolution.h"

struct cnn {
    struct tensor *w1, *b1;          /* (5, 5, 1, 16)  (16) */
    struct tensor *w2, *b2;          /* (5, 5, 16, 32)  (32) */
    struct tensor *weight, *bias;    /* (1568, 10)  (10) */
};
enum { CNN_KERNEL = 5, CNN_FIRST = 16, CNN_SECOND = 32,
       CNN_LAST = 7 * 7 * CNN_SECOND, CNN_CLASSES = 10 };

/* cnn_new: all parameters, zeros at first. */
static inline void cnn_new(struct cnn *m, struct tape *tape)
{
    m->w1 = tape_parameter(tape, "conv1.weight",
                           SHAPE(CNN_KERNEL, CNN_KERNEL, 1, CNN_FIRST));
    m->b1 = tape_parameter(tape, "conv1.bias", SHAPE(CNN_FIRST));
    m->w2 = tape_parameter(tape, "conv2.weight",
        SHAPE(CNN_KERNEL, CNN_KERNEL, CNN_FIRST, CNN_SECOND));
    m->b2 = tape_parameter(tape, "conv2.bias", SHAPE(CNN_SECOND));
    m->weight = tape_parameter(tape, "fc.weight",
                               SHAPE(CNN_LAST, CNN_CLASSES));
    m->bias = tape_parameter(tape, "fc.bias", SHAPE(CNN_CLASSES));
}
/* cnn_forward: logits (B, 10) of x (B, 28, 28, 1).  drop: NULL when the
 * network is asked; its rate and seed, when it is trained. */
static inline struct tensor *cnn_forward(const struct cnn *m,
    struct tape *tape, struct tensor *x, const struct dropout *drop)
{
    x = tape_relu(tape, tape_convolution(tape, x, m->w1, m->b1));
    x = tape_mean_pool(tape, x, 2);
    x = tape_relu(tape, tape_convolution(tape, x, m->w2, m->b2));
    x = tape_mean_pool(tape, x, 2);
    x = tape_reshape(tape, x, SHAPE(x->shape[0], x->count / x->shape[0]));
    if (drop)
        x = tape_dropout(tape, x, drop);
    return tape_bias(tape, tape_matmul(tape, x, m->weight), m->bias);
}
#endif

