#include "light-curve.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { LONGEST_LINE = 65536 };

_Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

static void append(struct light_curve *curve, size_t *room, double time, double flux)
{
    if (curve->count == *room) {
        *room = *room == 0 ? 4096 : 2 * *room;
        curve->time = realloc(curve->time, *room * sizeof *curve->time);
        curve->flux = realloc(curve->flux, *room * sizeof *curve->flux);
        if (curve->time == NULL || curve->flux == NULL)
            fail("there is no memory for %zu samples", *room);
    }
    curve->time[curve->count] = time;
    curve->flux[curve->count++] = flux;
}

/* Four numbers and nothing else. */
static int parse_row(const char *line, double row[4])
{
    char *end;
    for (int column = 0; column < 4; column++, line = end) {
        row[column] = strtod(line, &end);
        if (end == line)
            return 0;
    }
    return line[strspn(line, " \t\r\n")] == '\0';
}

struct light_curve read_light_curve(const char *path)
{
    static char line[LONGEST_LINE];
    gzFile file = gzopen(path, "rb"); /* reads what is not gzipped, too */
    if (file == NULL)
        fail("%s cannot be opened", path);
    struct light_curve curve = {0};
    size_t room = 0;
    for (size_t number = 1; gzgets(file, line, sizeof line) != NULL; number++) {
        const char *text = line + strspn(line, " \t\r\n");
        double row[4];
        if (*text == '\0' || *text == '#')
            continue;
        if (!parse_row(text, row))
            fail("%s, line %zu: expected time, flux, flag and uncertainty", path, number);
        if (row[2] != 0 || !isfinite(row[1]) || !isfinite(row[3]))
            continue;
        double time = row[0] / 86400;
        if (!isfinite(time) || (curve.count > 0 && time <= curve.time[curve.count - 1]))
            fail("%s, line %zu: times do not ascend", path, number);
        append(&curve, &room, time, row[1]);
    }
    int error;
    const char *message = gzerror(file, &error);
    if (error != Z_OK && error != Z_STREAM_END)
        fail("%s: %s", path, message);
    gzclose(file);
    return curve;
}
