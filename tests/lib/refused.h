/* refused.h -- the rule for input that is wrong: one line that says so, exit
 * status 2, and every file as it was. */
#ifndef REFUSED_H
#define REFUSED_H

#include "outside.h"

/* The programs that draw figures and take files. */
#define PROGRAMS "softmax", "average", "score", "gradient", "implicit", \
                 "hard", "recurrence", "alignment", "selfattention", \
                 "multihead", "mask", "position", "block", "bert", "gpt", \
                 "transformer", "translation"

#define MEMORY ((rlim_t)1 << 30)

/* ---------------------------------------------------------------- the rule -- */

/* The files of the scratch folder, with sizes and times, except our own. */
static inline const char *listing(void)
{
    static char text[2][32768];
    static int turn;
    turn = !turn;
    size_t length;
    int status = system("find . -mindepth 1 ! -name '.*' "
                        "-printf '%f %s %T@\\n' | sort >.list");
    assert_int_equal(status, 0);
    slurp(text[turn], sizeof text[turn], &length, ".list");
    return text[turn];
}

/* One line that begins with the program's name and says something. */
static inline bool one_line(const char *text, const char *program)
{
    size_t name = strlen(program), length = strlen(text);
    return !strncmp(text, program, name) && text[name] == ':'
           && length > name + 8 && strchr(text, '\n') == text + length - 1;
}

static inline void bad_program(const char *program, const char *line)
{
    const char *before = listing();
    struct outcome *outcome = run_limited(sanitized ? 0 : MEMORY, line);
    if (outcome->status != 2)
        COMPLAIN("%s\n  status %d: %s%s", line, outcome->status,
                 outcome->out, outcome->err);
    else if (!one_line(outcome->err, program))
        COMPLAIN("%s\n  says: %s", line, outcome->err);
    /* that a disk is full shows when the work is done, and reported on */
    if (outcome->out_length > 0 && !strstr(line, "/dev/full"))
        COMPLAIN("%s\n  prints: %s", line, outcome->out);
    if (strcmp(before, listing()))
        COMPLAIN("%s\n  files changed\n%s", line, listing());
}

/* A command line that must fail by the rule: first with nothing where its
 * output goes, then with a file there. Its last command counts. */
static inline void bad(const char *line)
{
    char program[64];
    const char *last = line;
    for (const char *at = line; *at; at++)
        if ((*at == '|' || *at == ';') && at[1] == ' ')
            last = at + 2;
    snprintf(program, sizeof program, "%.*s", (int)strcspn(last, " "), last);
    unlink("out.npy");
    unlink("more.npy");
    bad_program(program, line);
    if (!strstr(line, "out.npy"))
        return;
    spill("out.npy", "precious", 8);
    spill("more.npy", "precious", 8);
    bad_program(program, line);
}

static inline void bad_format(const char *format, const char *argument)
{
    char line[4096];
    /* The formats are the literal strings of this file. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, format, argument);
#pragma GCC diagnostic pop
    bad(line);
}

#endif
