/* cnn_double.h -- generated from cnn.h by the build. Do not edit. */
/* It is implicit/cnn.h of chapters/05-implicit.nw in double. The book
 * has its names without _double. */


#ifndef CNN_H_double
#define CNN_H_double
#include "double/dropout_double.h"
#include "double/convolution_double.h"

struct cnn_double {
    struct tensor_double *w1, *b1;          /* (5, 5, 1, 16)  (16) */
    struct tensor_double *w2, *b2;          /* (5, 5, 16, 32)  (32) */
    struct tensor_double *weight, *bias;    /* (1568, 10)  (10) */
};
enum { CNN_KERNEL_double = 5, CNN_FIRST_double = 16, CNN_SECOND_double = 32,
       CNN_LAST_double = 7 * 7 * CNN_SECOND_double, CNN_CLASSES_double = 10 };

/* cnn_new: all parameters, zeros at first. */
static inline void cnn_new_double(struct cnn_double *m, struct tape_double *tape_double)
{
    m->w1 = tape_parameter_double(tape_double, "conv1.weight",
                           SHAPE_double(CNN_KERNEL_double, CNN_KERNEL_double, 1, CNN_FIRST_double));
    m->b1 = tape_parameter_double(tape_double, "conv1.bias", SHAPE_double(CNN_FIRST_double));
    m->w2 = tape_parameter_double(tape_double, "conv2.weight",
        SHAPE_double(CNN_KERNEL_double, CNN_KERNEL_double, CNN_FIRST_double, CNN_SECOND_double));
    m->b2 = tape_parameter_double(tape_double, "conv2.bias", SHAPE_double(CNN_SECOND_double));
    m->weight = tape_parameter_double(tape_double, "fc.weight",
                               SHAPE_double(CNN_LAST_double, CNN_CLASSES_double));
    m->bias = tape_parameter_double(tape_double, "fc.bias", SHAPE_double(CNN_CLASSES_double));
}
/* cnn_forward: logits (B, 10) of x (B, 28, 28, 1).  drop: NULL when the
 * network is asked; its rate and seed, when it is trained. */
static inline struct tensor_double *cnn_forward_double(const struct cnn_double *m,
    struct tape_double *tape_double, struct tensor_double *x, const struct dropout_double *drop)
{
    x = tape_relu_double(tape_double, tape_convolution_double(tape_double, x, m->w1, m->b1));
    x = tape_mean_pool_double(tape_double, x, 2);
    x = tape_relu_double(tape_double, tape_convolution_double(tape_double, x, m->w2, m->b2));
    x = tape_mean_pool_double(tape_double, x, 2);
    x = tape_reshape_double(tape_double, x, SHAPE_double(x->shape[0], x->count / x->shape[0]));
    if (drop)
        x = tape_dropout_double(tape_double, x, drop);
    return tape_bias_double(tape_double, tape_matmul_double(tape_double, x, m->weight), m->bias);
}
#endif

