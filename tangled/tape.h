/* tape.h -- generated from chapters/04-gradient.nw. Do not edit. */
#ifndef TAPE_H
#define TAPE_H
#include "gradient.h"

enum { TENSOR_RANK = 4 };

struct tensor {
    const char *name;                  /* what it is called in errors */
    size_t rank, shape[TENSOR_RANK], count;
    float *data, *grad;                /* (count); grad NULL: not wanted */
    const float *weights;              /* attention's, (..., Tq, Tk) */
};

/* SHAPE(2, 3) is the shape of a tensor with 2 rows of 3 numbers;
 * SCALAR that of a single number. */
struct shape { size_t rank, axis[TENSOR_RANK]; };
#define SHAPE(...) ((struct shape){ \
    sizeof (size_t[]){ __VA_ARGS__ } / sizeof(size_t), { __VA_ARGS__ } })
#define SCALAR ((struct shape){ 0, { 0 } })

struct tape {
    float *values, *grads;      /* of all parameters, one after the other */
    size_t size;                /* how many floats that is */
    struct tensor **parameters; /* (count) */
    size_t count;
    bool still;                 /* set it to compute without gradients */
    /* what only the tape needs */
    struct step *last;

};

struct tape *tape_new(void);
void tape_free(struct tape *tape);

/* A parameter: zeros at first, fill in its data. Name and tensor live as long
 * as the tape. Its data moves when another is made: say p->data each time. */
struct tensor *tape_parameter(struct tape *, const char *name, struct shape);

/* tape_begin forgets the last step: all tensors but the parameters.
 * tape_zero clears the gradients of the parameters. */
void tape_begin(struct tape *tape);
void tape_zero(struct tape *tape);

/* An input: a tensor over numbers of the caller, without gradient. */
struct tensor *tape_input(struct tape *, const float *data, struct shape);
/* A tensor of zeros of this step, with a gradient. */
struct tensor *tape_leaf(struct tape *, struct shape);

/* tape_backward: adds dloss/dx to the grad of everything that loss, a
 * scalar, was made of. */
void tape_backward(struct tape *, struct tensor *loss);

struct tensor *tape_matmul(struct tape *, struct tensor *a, struct tensor *b);
struct tensor *tape_product(struct tape *, struct tensor *a, struct tensor *b,
                            unsigned how);
struct tensor *tape_bias(struct tape *, struct tensor *x, struct tensor *b);
struct tensor *tape_add(struct tape *, struct tensor *a, struct tensor *b);
struct tensor *tape_multiply(struct tape *, struct tensor *a, struct tensor *b);
struct tensor *tape_scale(struct tape *, struct tensor *x, float factor);
/* tape_tanh, _sigmoid, _relu, _gelu, _gelu_exact, _softmax, _log_softmax,
 * _sum, _mean (of everything: a scalar): (struct tape *, struct tensor *x) */
struct tensor *tape_relu(struct tape *, struct tensor *x);
/* mean over the targets that are not ignore; targets (rows of logits) */
struct tensor *tape_cross_entropy(struct tape *, struct tensor *logits,
    const int32_t *targets, float smoothing, int32_t ignore);
struct tensor *tape_attention(struct tape *, struct tensor *q,
    struct tensor *k, struct tensor *v, bool causal, const size_t *lengths);
struct tensor *tape_additive_attention(struct tape *, struct tensor *q,
    struct tensor *k, struct tensor *v, struct tensor *wq, struct tensor *wk,
    struct tensor *va, const size_t *lengths);
struct tensor *tape_embedding(struct tape *, struct tensor *table,
    const int32_t *ids, struct shape shape_of_ids);
struct tensor *tape_layernorm(struct tape *, struct tensor *x,
                              struct tensor *gain, struct tensor *bias);
struct tensor *tape_reshape(struct tape *, struct tensor *x, struct shape);
struct tensor *tape_swap(struct tape *, struct tensor *x, size_t, size_t);

#endif

