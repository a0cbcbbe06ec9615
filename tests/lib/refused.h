/* refused.h -- the rule for input that is wrong: one line that says so, exit
 * status 2, and every file as it was. */
#ifndef REFUSED_H
#define REFUSED_H

#include "outside.h"

/* The programs that draw figures and take files. */
#define PROGRAMS "softmax", "average", "score", "gradient", "implicit", \
                 "hard", "recurrence", "alignment", "selfattention", \
                 "multihead", "mask", "position", "block", "bert", "gpt", \
                 "transformer", "translation", "vision"

#define MEMORY ((rlim_t)1 << 30)
#define LISTING 32768

/* ---------------------------------------------------------------- the rule -- */

/* Adds the files of a folder, and what is in them if they are folders, except
 * our own: their names in order, with sizes and times. */
static inline void listing_add(char text[LISTING], size_t *used,
                               const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat is;
        int n = snprintf(path, sizeof path, "%s/%s", folder,
                         entries[i]->d_name);
        const bool own = *entries[i]->d_name == '.' || n >= (int)sizeof path;
        free(entries[i]);
        if (own || lstat(path, &is) != 0)
            continue;
        *used += (size_t)snprintf(text + *used, LISTING - *used,
            "%s %jd %jd.%09ld\n", path, (intmax_t)is.st_size,
            (intmax_t)is.st_mtim.tv_sec, is.st_mtim.tv_nsec);
        assert_true(*used < LISTING);
        if (S_ISDIR(is.st_mode))
            listing_add(text, used, path);
    }
    if (count >= 0)
        free(entries);
}

/* The files of the scratch folder; good until the call after the next. */
static inline const char *listing(void)
{
    static char text[2][LISTING];
    static int turn;
    size_t used = 0;
    turn = !turn, *text[turn] = 0;
    listing_add(text[turn], &used, ".");
    return text[turn];
}

/* One line that begins with the program's name and says something. */
static inline bool one_line(const char *text, const char *program)
{
    size_t name = strlen(program), length = strlen(text);
    return !strncmp(text, program, name) && text[name] == ':'
           && length > name + 8 && strchr(text, '\n') == text + length - 1;
}

/* A command line that must fail by the rule; what came of it. */
static inline struct outcome *bad_program(const char *program,
                                          const char *line)
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
    return outcome;
}

/* The same, its program the last command of the line: with nothing where its
 * output goes, or with a file there. The short run takes turns, the long one
 * does both. */
static inline struct outcome *bad(const char *line)
{
    static size_t turn;
    char program[64];
    const char *last = line;
    for (const char *at = line; *at; at++)
        if ((*at == '|' || *at == ';') && at[1] == ' ')
            last = at + 2;
    snprintf(program, sizeof program, "%.*s", (int)strcspn(last, " "), last);
    unlink("out.npy");
    unlink("more.npy");
    if (!strstr(line, "out.npy"))
        return bad_program(program, line);
    if (whole_run())
        bad_program(program, line);
    else if (turn++ % 2 == 0)
        return bad_program(program, line);
    spill("out.npy", "precious", 8);
    spill("more.npy", "precious", 8);
    return bad_program(program, line);
}

static inline struct outcome *bad_format(const char *format,
                                         const char *argument)
{
    char line[4096];
    /* The formats are the literal strings of this file. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(line, sizeof line, format, argument);
#pragma GCC diagnostic pop
    return bad(line);
}

#endif
