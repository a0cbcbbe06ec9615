/* recurrence_kind.h -- generated from chapters/07-recurrence.nw. Do not edit. */
/* Offers: struct states */

#ifndef RECURRENCE_KIND_H
#define RECURRENCE_KIND_H
#include "kit/translate.h"
#include "recurrence/seq2seq.h"

static inline void seq2seq_make(void *model, size_t units, struct tape *tape)
{
    struct seq2seq *m = model;
    m->vocabulary = units;
    seq2seq_new(m, tape);
}

static inline void seq2seq_begun(void *model, uint64_t seed)
{
    seq2seq_start(model, seed);
}

static inline struct tensor *seq2seq_logits(struct tape *on,
    const void *model, const struct batch *b, uint64_t seed)
{
    struct recurrent_state at[RECURRENT_LAYERS];
    struct seq2seq_pass p = { on, model, b->lengths, mix_bits(seed, 0) };
    seq2seq_encode(&p, at, b->source, b->n, b->sources);
    p.seed = mix_bits(seed, 1);
    return seq2seq_decode(&p, at, b->before, b->n, b->targets);
}

struct states { size_t rows; float *at[RECURRENT_LAYERS][2]; };

/* Keeps states; row i of s is row i / width of at. */
static inline void states_keep(struct states *s, struct translator *t,
    const struct recurrent_state *at, size_t width)
{
    const struct seq2seq *m = t->model;
    const size_t C = m->width;
    for (size_t i = 0; i < 2 * m->layers; i++) {
        const struct tensor *x = i % 2 ? at[i / 2].c : at[i / 2].h;
        float **to = &s->at[i / 2][i % 2];
        if (!x)
            continue;
        if (!*to)
            *to = tape_take(t->keep, s->rows * C, sizeof **to);
        for (size_t r = 0; r < s->rows; r++)
            memcpy(*to + r * C, x->data + r / width * C, C * sizeof **to);
    }
}

static inline void *seq2seq_begin(struct translator *t, const struct batch *b,
                                  size_t width)
{
    struct recurrent_state at[RECURRENT_LAYERS];
    struct states *s = tape_take(t->keep, 1, sizeof *s);
    *s = (struct states){ .rows = b->n * width };
    seq2seq_encode(&(struct seq2seq_pass){ t->tape, t->model, b->lengths, 0 },
                   at, b->source, b->n, b->sources);
    states_keep(s, t, at, width);
    return s;
}

static inline const float *seq2seq_next(struct translator *t, void *state,
    const int32_t *ids, const uint32_t *parents, size_t step)
{
    const struct seq2seq *m = t->model;
    struct states *s = state;
    struct recurrent_state at[RECURRENT_LAYERS] = { { NULL } };
    (void)step;
    for (size_t i = 0; i < 2 * m->layers; i++) {
        float *x = s->at[i / 2][i % 2];
        if (x && parents)
            rows_follow(x, parents, s->rows, m->width,
                        tape_scratch(t->tape, s->rows * m->width));
        struct tensor **to = i % 2 ? &at[i / 2].c : &at[i / 2].h;
        *to = x ? tape_input(t->tape, x, SHAPE(s->rows, m->width)) : NULL;
    }
    const struct seq2seq_pass p = { t->tape, m, NULL, 0 };
    const float *logits = seq2seq_decode(&p, at, ids, s->rows, 1)->data;
    states_keep(s, t, at, 1);
    return logits;
}
#ifndef __wasm__
static inline void seq2seq_fits(const struct safetensors *file,
                                const void *model, size_t units)
{
    const struct seq2seq *m = model;
    const size_t gates = (m->cell == CELL_LSTM ? 4 : 1) * m->width;
    for (size_t side = 0; side < 2; side++) {
        char name[80];
        snprintf(name, sizeof name, "%s.weight_hh_l%zu",
                 side ? "decoder" : "encoder", m->layers - 1);
        safetensors_require(file, name, 2, (size_t[]){ gates, m->width });
        snprintf(name, sizeof name, "%s.weight_ih_l0",
                 side ? "decoder" : "encoder");
        safetensors_require(file, name, 2, (size_t[]){ gates, m->embed });
    }
    safetensors_require(file, "embedding.weight", 2,
                        (size_t[]){ units, m->embed });
    safetensors_require(file, "output.weight", 2,
                        (size_t[]){ units, m->width });
}
#endif

static const struct translator_field seq2seq_fields[] = {
    { "cell", offsetof(struct seq2seq, cell), 0, "linear|rnn|lstm" },
    { "reading", offsetof(struct seq2seq, reading), 0, "forward|backward" },
    { "layers", offsetof(struct seq2seq, layers), RECURRENT_LAYERS },
    { "embed", offsetof(struct seq2seq, embed), 1 << 14 },
    { "hidden", offsetof(struct seq2seq, width), 1 << 14 }, { 0 } };

static const struct translator_kind seq2seq_kind = {
    .name = "recurrence", .size = sizeof(struct seq2seq),
    .drop = offsetof(struct seq2seq, drop), .fields = seq2seq_fields,
    .make = seq2seq_make, .start = seq2seq_begun,
#ifndef __wasm__
    .fits = seq2seq_fits,
#endif
    .logits = seq2seq_logits, .begin = seq2seq_begin, .next = seq2seq_next };
#endif

