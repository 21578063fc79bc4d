#include "statistics.h"
#include "light-curve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double GAUSSIAN = 1.4826;
/* Of times in days, 0.1 ms: on an even raster, rounding must not decide whether a sample at the edge belongs. */
static const double ROUNDING = 1e-9;

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double middle(const double *sorted, size_t count)
{
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return middle(values, count);
}

double robust_scatter(double *values, size_t count)
{
    double centre = median(values, count);
    for (size_t i = 0; i < count; i++)
        values[i] = fabs(values[i] - centre);
    return GAUSSIAN * median(values, count);
}

/* Where the value is in the sorted values, or would be. */
static size_t find(const double *sorted, size_t count, double value)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (sorted[half] < value)
            low = half + 1;
        else
            high = half;
    }
    return low;
}

void running_median(const double *time, const double *flux, size_t count, double width, double *result)
{
    double *sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL)
        fail("there is no memory for %zu samples", count);
    size_t first = 0, next = 0, inside = 0;
    for (size_t i = 0; i < count; i++) {
        for (; next < count && time[next] <= time[i] + width / 2 + ROUNDING; next++) {
            size_t at = find(sorted, inside, flux[next]);
            memmove(sorted + at + 1, sorted + at, (inside++ - at) * sizeof *sorted);
            sorted[at] = flux[next];
        }
        for (; time[first] < time[i] - width / 2 - ROUNDING; first++) {
            size_t at = find(sorted, inside, flux[first]);
            memmove(sorted + at, sorted + at + 1, (--inside - at) * sizeof *sorted);
        }
        result[i] = middle(sorted, inside);
    }
    free(sorted);
}
