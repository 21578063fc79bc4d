/* Light curves as Easel keeps them: text, gzipped or not, one row per sample (docs/task-types/light-curve.md). */
#ifndef LIGHT_CURVE_H
#define LIGHT_CURVE_H

#include <stddef.h>

struct light_curve {
    size_t count;
    double *time; /* d, ascending */
    double *flux;
};

/* The samples that count: without a flag, and finite. Ends the program with a message when the file is no light curve. */
struct light_curve read_light_curve(const char *path);

/* Prints to stderr, where Easel finds the reason of a failure, and ends the program. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
