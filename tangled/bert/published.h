/* published.h -- generated from chapters/15-bert.nw. Do not edit. */
/* Offers: struct published, published_copy, published_tape,
 * published_move */

/* published.h -- blocks under the names of Hugging Face's files. */
#ifndef PUBLISHED_H
#define PUBLISHED_H
#include "bert/bert.h"

/* What the parameters of layer i are called, behind "PREFIXi."; of those
 * that stand beside each other in one matrix, which. */
enum { PUBLISHED = 8 };
struct published {
    const char *prefix;
    struct { const char *name; size_t at, part, of; } parts[PUBLISHED];
};

/* published_copy: between a parameter of a block, own, and one of those that
 * it has in files, theirs. */
static inline void published_copy(struct tensor *own, struct tensor *theirs,
                                  size_t part, bool out)
{
    const size_t width = own->rank == 2 ? own->shape[1] : own->count;
    const size_t n = theirs->shape[0];
    const size_t m = theirs->rank == 2 ? theirs->shape[1] : 1;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++) {
            float *a = &own->data[j * width + part * n + i];
            float *b = &theirs->data[i * m + j];
            *(out ? b : a) = *(out ? a : b);
        }
}

static inline bool published_whole(const struct published *p,
                                   const struct tensor *x)
{
    return strncmp(x->name, p->prefix, strlen(p->prefix)) != 0;
}

/* published_tape: the parameters of a model with these layers, on the tape
 * own, under their published names and in those shapes; zeros. */
static inline struct tape *published_tape(const struct published *p,
    const struct tape *own, const struct block_tensors *layer, size_t layers)
{
    struct tape *t = tape_new();
    char name[96];
    size_t at = 0;
    for (; published_whole(p, own->parameters[at]); at++)
        tape_parameter(t, own->parameters[at]->name,
                       tensor_axes(own->parameters[at]));
    for (size_t i = 0; i < layers * PUBLISHED; i++) {
        const size_t k = i % PUBLISHED;
        const struct tensor *w = layer[i / PUBLISHED].at[p->parts[k].at];
        const size_t n = w->shape[w->rank - 1] / p->parts[k].of;
        snprintf(name, sizeof name, "%s%zu.%s", p->prefix, i / PUBLISHED,
                 p->parts[k].name);
        affine_new(t, name, n, w->rank == 2 ? w->shape[0] : 0);
    }
    for (at += layers * BLOCK_PARAMETERS; at < own->count; at++)
        tape_parameter(t, own->parameters[at]->name,
                       tensor_axes(own->parameters[at]));
    return t;
}

/* published_move: copies all numbers of that model to the tape theirs; or, if
 * not out, from there. */
static inline void published_move(const struct published *p,
    struct tape *own, struct block_tensors *layer, size_t layers,
    struct tape *theirs, bool out)
{
    struct tensor **to = theirs->parameters;
    for (size_t i = 0; i < own->count; i++) {
        struct tensor *a = own->parameters[i];
        if (!published_whole(p, a)) {
            i += layers * BLOCK_PARAMETERS - 1;
            for (size_t k = 0; k < layers * PUBLISHED; k++, to += 2) {
                const size_t part = p->parts[k % PUBLISHED].part;
                struct tensor **w = layer[k / PUBLISHED].at
                                  + p->parts[k % PUBLISHED].at;
                published_copy(w[0], to[0], part, out);
                published_copy(w[1], to[1], part, out);
            }
            continue;
        }
        struct tensor *c = *to++;
        memcpy(out ? c->data : a->data, out ? a->data : c->data,
               a->count * sizeof *a->data);
    }
}

#endif

