/* modes.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: program_run, program_run, word_holds, when_holds, mode_has,
 * words_said */

/* modes.h -- what a program can do, as a table, and main for all of them. */
#ifndef MODES_H
#define MODES_H
#include "kit/program.h"

#ifdef __wasm__
static inline int program_run(const struct program *p, int argc,
                              char **argv);

/* program_run: in a page, where there is no command line, nothing. */
static inline int program_run(const struct program *p, int argc,
                              char **argv)
{
    return !p || !argv[argc - 1];
}
#else
static inline const struct mode *mode_choose(void);
static inline void mode_check(const struct mode *m);
static inline void files_refuse(void);
static inline void outputs_try(void);
static inline void ports_open(const struct mode *m);

/* program_run: does what the command line asks for; the status of main. */
static inline int program_run(const struct program *p, int argc,
                              char **argv)
{
    static struct command command;
    static char usage[8192];
    command = (struct command){ p->name, p->summary, usage, p->example,
                                program_options };
    program_now = p;
    options_join(), verb_take(argc, argv);
    usage_text(usage, sizeof usage);
    command_parse(&command, argc, argv);
    const struct mode *m = mode_choose();
    if (argc == 1 && (m->when || !m->words || m->needs))
        command_usage(&command);
    mode_check(m);
    files_refuse();
    program_threads = command_threads(program_threads);
    ports_open(m);
    outputs_try();
    int status = m->run();
    if (status == 0)
        ports_commit();
    ports_free();
    return status;
}
/* functions that program_run calls */
/* word_holds: was the option given; or is the choice this one? */
static inline bool word_holds(struct words word)
{
    const struct command_option *o = option_named(word);
    char text[128] = "";
    size_t n = strlen(o->name);
    if (n == word.n)
        return option_given(o);
    option_default(text, sizeof text, o);
    return strlen(text) == word.n - n - 1
        && !strncmp(word.at + n + 1, text, strlen(text));
}
/* when_holds: the first alternative of when that holds; else at is NULL. */
static inline struct words when_holds(const char *when)
{
    struct words none = { 0 };
    for (struct words one = words_of(when, "|"); words_next(&one); ) {
        bool all = true;
        struct words w = words_in(one.at, one.n, " ");
        while (words_next(&w))
            all &= word_holds(w);
        if (all)
            return one;
    }
    return none;
}

/* mode_has: is the option among the words when, needs and takes? */
static inline bool mode_has(const struct mode *m, struct words when,
                            const struct command_option *o)
{
    struct words all[] = { words_in(when.at, when.n, " |"),
        words_of(m->needs, " "), words_of(m->takes, " ") };
    for (size_t i = 0; i < 3; i++)
        while (words_next(&all[i]))
            if (option_named(all[i]) == o)
                return true;
    return !strcmp(o->name, "threads");
}
/* words_said: adds "--train --load, --kind dot" to a text, unless it has it;
 * or only the first word, if all is false. */
static inline void words_said(char out[512], const char *words, bool all)
{
    for (struct words one = words_of(words, "|"); words_next(&one); ) {
        char text[128] = "", said[514];
        struct words w = words_in(one.at, one.n, " ");
        do {
            if (!words_next(&w))
                break;
            words_usage(text, sizeof text, words_in(w.at, w.n, " "),
                        *text ? " " : "", "", false);
        } while (all);
        snprintf(said, sizeof said, "%s,", out);
        text_add(text, sizeof text, ",");
        if (!strstr(said, text))
            text_add(out, 512, "%s%.*s", *out ? ", " : "",
                     (int)strlen(text) - 1, text);
    }
}

_Noreturn static inline void refuse_option(const struct mode *chosen,
                                           const struct command_option *o)
{
    char other[512] = "", this[512] = "";
    for (const struct mode *m = program_now->modes; m->run; m++) {
        struct words all = words_of(m->when, "");
        words_next(&all);
        if (m != chosen && mode_has(m, all, o))
            words_said(other, m->when ? m->when : m->needs, m->when);
    }
    words_said(this, chosen->when, true);
    if (*this)
        fail("--%s does not go with %s%s%s", o->name, this,
             *other ? ", but with " : "", other);
    fail("--%s goes with %s", o->name, *other ? other : "nothing");
}
static inline const struct mode *mode_choose(void)
{
    static const struct mode describes = { "describe", .run = describe };
    const struct mode *m = program_now->modes;
    while (m->run && m->when && !when_holds(m->when).at)
        m++;
    if (command_given("describe"))
        m = &describes;
    for (const struct command_option *o = program_options; o->name; o++)
        if (option_given(o)
            && (!m->run || !mode_has(m, when_holds(m->when), o)))
            refuse_option(m, o);
    return m;
}
static inline void mode_check(const struct mode *m)
{
    char name[512] = "", wanted[512] = "";
    size_t strays;
    char **given = command_words(&strays);
    if (strays && !m->words)
        fail("stray argument \"%s\"; try --help", shown(*given));
    if (!m->run)
        fail("nothing to do; try --help");
    for (struct words w = words_of(m->needs, " "); words_next(&w); ) {
        const struct command_option *o = option_named(w);
        if (word_holds(w))
            continue;
        if (w.n == strlen(o->name))
            fail("--%s%s%s is missing", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        words_said(name, m->when, true);
        words_usage(wanted, sizeof wanted, words_in(w.at, w.n, " "), "", "",
                    true);
        fail("%s goes with %s", name, wanted);
    }
}
static inline void files_refuse(void)
{
    for (const struct command_option *w = program_options; w->name; w++)
        for (const struct command_option *o = program_options; o->name; o++) {
            if (o == w || w->kind != OPTION_WRITES || !option_given(w)
                || (o->kind != OPTION_READS && o->kind != OPTION_WRITES)
                || !option_given(o))
                continue;
            const char *a = *(const char **)w->value;
            const char *b = *(const char **)o->value;
            if (!strcmp(w->name, "save") && !strcmp(o->name, "load"))
                continue;
            if (same_file(a, b))
                fail("--%s %s: is the file of --%s, too", w->name, shown(a),
                     o->name);
        }
}

static inline void outputs_try(void)
{
    for (const struct command_option *o = program_options; o->name; o++)
        if (o->kind == OPTION_WRITES && option_given(o))
            output_try(*(const char **)o->value);
}
static inline void ports_open(const struct mode *m)
{
    struct port *ports = program_now->ports;
    char text[64];
    struct words when = when_holds(m->when);
    bool named = false;
    for (const struct command_option *o = program_options; o->name; o++)
        if (o->axis && *(size_t *)o->value && mode_has(m, when, o)) {
            snprintf(text, sizeof text, "--%s", o->name);
            axis_set(o->axis, *(size_t *)o->value, text);
        }
    for (struct port *port = ports; port && port->name; port++) {
        /* the ports are the first options, in the same order */
        port->taken = mode_has(m, when, &program_options[port - ports]);
        named |= port->kind == PORT_OUT && port->path;
    }
    ports_read(ports);
    for (struct port *out = ports; out && out->name; out++) {
        if (out->kind != PORT_OUT)
            continue;
        const struct port *lacks = port_lacks(out);
        if (out->path && lacks)
            fail("--%s goes with --%s", out->name, lacks->name);
        out->wanted = named ? out->path != NULL : out->taken && !lacks;
    }
}
#endif

#endif

