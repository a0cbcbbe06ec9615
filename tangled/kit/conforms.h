/* conforms.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: conforms_list */

#ifndef CONFORMS_H
#define CONFORMS_H
#include "kit/properties.h"

/* CONFORMS(table, .golden = "topic", ...): makes the checks of a table of
 * operations and of table_double.  What follows is a struct conforms. */
#define CONFORMS(table, ...) \
    static const struct conforms table##_how = { \
        .file = __FILE__, .line = __LINE__, __VA_ARGS__ }; \
    __attribute__((constructor)) static void table##_conforms(void) \
    { conforms_list(table, table##_double, &table##_how); }
static const struct property {
    const char *name;
    void (*check)(const struct conforms_test *c);
} conforms_properties[] = {
    { "shape", conforms_shape }, { "differences", conforms_differences },
    { "PyTorch", conforms_golden }, { "adds", conforms_adds },
    { "unwanted", conforms_unwanted }, { "threads", conforms_threads },
    { "plain", conforms_plain }, { "examples", conforms_examples },
    { "future", conforms_future }, { "padding", conforms_padding },
    { "places", conforms_places }, { "nothing", conforms_nothing },
    { "weights", conforms_weights }, { "misfits", conforms_misfits },
};
enum { CONFORMS_DIFFERENCES = 1, CONFORMS_PYTORCH, CONFORMS_PROPERTIES = 14 };

static inline bool conforms_concerns(const struct conforms_test *c)
{
    const struct operation *op = c->op;
    const bool concerned[CONFORMS_PROPERTIES] = {
        true, true, c->how->golden && !(op->golden && !*op->golden), true,
        true, true, op->plain, op->out && words_have(op->out, "B")
        && operation_has(op, "B"), op->causal, op->lengths, op->places,
        op->nothing, op->weights, true };
    return concerned[c->property]
        && (!c->is_plain || (op->plain && c->property >= CONFORMS_DIFFERENCES
                             && c->property <= CONFORMS_PYTORCH));
}

static inline void conforms_run(void **state)
{
    const struct conforms_test *c = *state;
    threads_are(1);
    conforms_properties[c->property].check(c);
}

/* conforms_list: lists the checks of all entries, and of their plain forms
 * those two that are not about what differs. */
static inline void conforms_list(const struct operation *op,
                                 const struct operation_double *twin,
                                 const struct conforms *how)
{
    for (; op->name; op++, twin++)
        for (int p = 0; p < 2 * CONFORMS_PROPERTIES; p++) {
            struct conforms_test *t = allocate(1, sizeof *t);
            *t = (struct conforms_test){ op, twin, how, p / 2, p % 2, *op,
                                         *twin, "" };
            snprintf(t->name, sizeof t->name, "%s%s: %s", op->name,
                     p % 2 ? ", plain" : "", conforms_properties[p / 2].name);
            if (p % 2) {
                PLAIN_FORM(t->plain), PLAIN_FORM(t->plain_twin);
                t->op = &t->plain, t->twin = &t->plain_twin;
            }
            if (conforms_concerns(t))
                check_list((struct CMUnitTest){ t->name, conforms_run, 0, 0,
                                                t });
            else
                free(t);
        }
}
#endif

