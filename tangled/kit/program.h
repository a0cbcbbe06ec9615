/* program.h -- generated from chapters/H-kit.nw. Do not edit. */
/* Offers: struct mode, struct program, option_named, struct verb,
 * verb_next, verb_take, option_shown, argument_shown */

/* program.h -- a program as a table: its options and verbs, its usage, and a
 * description for machines. For modes.h. */
#ifndef PROGRAM_H
#define PROGRAM_H
#include "kit/ports.h"

/* What a program can do; a table of them ends with a run of NULL. */
struct mode {
    const char *when;   /* "train", "figure|window", "kind=dot"; NULL: else */
    const char *needs;  /* words: options and ports that must be given */
    const char *takes;  /* words: those that may be */
    int (*run)(void);   /* the exit status; 0: outputs get their names */
    const char *help;   /* "train the classifier"; NULL: not in the usage */
    const char *words;  /* its other arguments, "NUMBER ..."; NULL: none */
};

/* A program. Tables that it does not have are NULL. --help, --threads and
 * --describe are added to its options. */
struct program {
    const char *name, *summary, *example;
    const struct command_option *options;
    struct port *ports;
    const struct mode *modes;
    const char *verbs;  /* "train tokens=cut": see verb_take; NULL: none */
};

/* NATIVE: a mode that is not for pages; its function is not there. */
#ifdef __wasm__
#define NATIVE(run) NULL
#else
#define NATIVE(run) run
#endif

/* ---- implementation ---------------------------------------------------- */

#ifndef __wasm__
static const struct program *program_now;
static struct command_option program_options[COMMAND_OPTIONS];
static size_t program_threads;

static inline struct command_option option_of(struct port *p)
{
    char text[512], axes[128], words[96], *copies[2];
    const char *range = p->range && strcmp(p->range, "any")
        ? range_words(words, p->range) : "";
    snprintf(text, sizeof text, "%s, %s%s%s", axes_text(axes, p->axes),
             p->help, *range ? ", " : "", range);
    copies[0] = strdup(text);
    snprintf(text, sizeof text, "%s.npy", p->name);
    for (char *c = text; *c != '.'; c++)
        *c = (char)toupper((unsigned char)*c);
    copies[1] = strdup(text);
    REQUIRE(copies[0] && copies[1]);
    return (struct command_option){ p->name, p->kind == PORT_OUT
        ? OPTION_WRITES : OPTION_READS, &p->path, copies[1], copies[0] };
}

static inline void option_add(struct command_option o)
{
    size_t n = 0;
    for (; program_options[n].name; n++)
        REQUIRE(strcmp(program_options[n].name, o.name));
    REQUIRE(n + 1 < COMMAND_OPTIONS);
    program_options[n] = o;
}

static inline void options_join(void)
{
    const struct program *p = program_now;
    static bool describes;
    bool threads = false;
    memset(program_options, 0, sizeof program_options);
    ports_free();
    for (struct port *port = p->ports; port && port->name; port++)
        port->path = NULL, option_add(option_of(port));
    for (const struct command_option *o = p->options; o && o->name; o++)
        option_add(*o), threads |= !strcmp(o->name, "threads");
    if (!threads)
        option_add((struct command_option){ "threads", OPTION_SIZE,
            &program_threads, "N", "0: one for each core" });
    option_add((struct command_option){ "describe", OPTION_FLAG, &describes,
        NULL, "print all of this for a machine" });
}

/* option_named: the option that a word names, "kind" or "kind=dot". */
static inline const struct command_option *option_named(struct words word)
{
    const struct command_option *o = program_options;
    word = words_in(word.at, word.n, "=");
    words_next(&word);
    while (o->name && (strlen(o->name) != word.n
                       || strncmp(o->name, word.at, word.n)))
        o++;
    REQUIRE(o->name);
    return o;
}

static inline bool option_given(const struct command_option *o)
{
    return parsed.given[o - program_options] != NULL;
}

struct verb { struct words name, option; };

/* verb_next: the next of the program's verbs, from words_of them. */
static inline bool verb_next(struct verb *v, struct words *all)
{
    if (!words_next(all))
        return false;
    struct words w = words_in(all->at, all->n, "=");
    words_next(&w), v->name = v->option = w;
    if (words_next(&w))
        v->option = w;
    return true;
}

/* verb_take: a verb that comes first becomes its option. Fails if another
 * word does. */
static inline void verb_take(int argc, char **argv)
{
    static char option[64];
    char known[512] = "";
    struct verb v;
    program_name = program_now->name;
    if (!program_now->verbs || argc < 2 || *argv[1] == '-')
        return;
    for (struct words w = words_of(program_now->verbs, " ");
         verb_next(&v, &w); ) {
        if (strlen(argv[1]) == v.name.n
            && !strncmp(argv[1], v.name.at, v.name.n)) {
            snprintf(option, sizeof option, "--%.*s", (int)v.option.n,
                     v.option.at);
            argv[1] = option;
            return;
        }
        text_add(known, sizeof known, "%s%.*s", *known ? ", " : "",
                 (int)v.name.n, v.name.at);
    }
    fail("there is no mode \"%s\"; try %s, or --help", shown(argv[1]),
         known);
}

/* option_shown: adds "--train", or its verb. */
static inline void option_shown(char *out, size_t size,
                                const struct command_option *o)
{
    struct verb v;
    for (struct words w = words_of(program_now->verbs, " ");
         verb_next(&v, &w); )
        if (option_named(v.option) == o) {
            text_add(out, size, "%.*s", (int)v.name.n, v.name.at);
            return;
        }
    text_add(out, size, "--%s", o->name);
}

enum { CHOICES_SHOWN = 50 };          /* characters: fits behind a margin */

/* argument_shown: that of an option; of a long list of choices the first. */
static inline void argument_shown(char *out, size_t size,
                                  const struct command_option *o)
{
    const size_t n = strlen(o->argument);
    if (o->kind == OPTION_CHOICE && n > CHOICES_SHOWN)
        text_add(out, size, " %.*s|...", (int)strcspn(o->argument, "|"),
                 o->argument);
    else
        text_add(out, size, " %s", o->argument);
}

static inline void words_usage(char *out, size_t size, struct words words,
                               const char *before, const char *after,
                               bool arguments)
{
    while (words_next(&words)) {
        const struct command_option *o = option_named(words);
        size_t n = strlen(o->name);
        text_add(out, size, "%s", before);
        option_shown(out, size, o);
        if (n < words.n)
            text_add(out, size, " %.*s", (int)(words.n - n) - 1,
                     words.at + n + 1);
        else if (o->argument && arguments)
            argument_shown(out, size, o);
        text_add(out, size, "%s", after);
    }
}

static inline void usage_text(char *out, size_t size)
{
    const struct program *p = program_now;
    const struct mode *m = p->modes;
    *out = 0;
    while (m->run)
        m++;
    while (m-- > p->modes) {
        if (!m->help)
            continue;
        text_add(out, size, "%s%s", *out ? "\n" : "", p->name);
        for (struct words one = words_of(m->when, "|"); words_next(&one); ) {
            text_add(out, size, "%s", one.at == m->when ? "" : " |");
            words_usage(out, size, words_in(one.at, one.n, " "), " ", "",
                        true);
        }
        words_usage(out, size, words_of(m->needs, " "), " ", "", true);
        text_add(out, size, "%s%s", m->words ? " " : "",
                 m->words ? m->words : "");
        words_usage(out, size, words_of(m->takes, " "), " [", "]", true);
        text_add(out, size, "\n    %s", m->help);
    }
}

static inline const char *or_dash(const char *text)
{
    return text && *text ? text : "-";
}

static inline int describe(void)
{
    const struct program *p = program_now;
    static const char *const kinds[] = { "flag", "text", "reads", "writes",
        "float", "double", "size", "seed", "choice" };
    static const char *const ports[] = { "numbers", "whole", "out" };
    printf("program\t%s\n", p->name);
    for (const struct mode *m = p->modes; m->run; m++)
        printf("mode\t%s\t%s\t%s\t%s\n", or_dash(m->when), or_dash(m->needs),
               or_dash(m->takes), or_dash(m->words));
    for (const struct command_option *o = program_options; o->name; o++) {
        char value[256] = "";
        option_default(value, sizeof value, o);
        printf("option\t%s\t%s\t%s\t%s\t%s\t%s\n", o->name, kinds[o->kind],
               or_dash(o->argument), or_dash(o->range), or_dash(o->axis),
               or_dash(value));
    }
    for (const struct port *q = p->ports; q && q->name; q++)
        printf("port\t%s\t%s\t%s\t%s\t%s\n", q->name, ports[q->kind], q->axes,
               or_dash(q->range), or_dash(q->instead));
    return 0;
}
#endif

#endif

