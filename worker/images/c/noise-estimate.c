/*
 * noise-estimate LIGHTCURVE OUTPUT WINDOW DURATION: the noise of a light curve on time scales from its cadence up.
 * noise-estimate --check OUTPUT: quality control of what it wrote.
 *
 * Slow changes are taken away by dividing by a running median. What is left, in ppm, is averaged over bins of a duration, one after
 * another from the first sample; the scatter of these averages is the noise on that time scale, as the transit of a planet meets it.
 * It is a simple, robust relative of the CDPP of Kepler, in the manner of the proxy of Gilliland et al. (2011, ApJS 197, 6).
 *
 * The contract of a command of Easel: the metadata go to the file that EASEL_METADATA names.
 */
#include "light-curve.h"
#include "statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST_SAMPLES = 50, FEWEST_BINS = 8 };

static const char TITLES[] = "duration[h],noise[ppm],bins\n";
/* Longer ones are changed by the running median. */
static const double LONGEST_PART_OF_WINDOW = 0.25;

static void *allocate(size_t count)
{
    void *memory = malloc(count * sizeof(double));
    if (memory == NULL)
        fail("there is no memory for %zu samples", count);
    return memory;
}

static double read_positive(const char *text, const char *name)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value) || value <= 0)
        fail("%s must be a positive number, it is %s", name, text);
    return value;
}

/* Median of the time between samples. */
static double find_cadence(const struct light_curve *curve, double *scratch)
{
    for (size_t i = 1; i < curve->count; i++)
        scratch[i - 1] = curve->time[i] - curve->time[i - 1];
    return median(scratch, curve->count - 1);
}

/* Of successive samples: what no slow change can make. */
static double find_point_to_point(const double *residual, size_t count, double *scratch)
{
    for (size_t i = 1; i < count; i++)
        scratch[i - 1] = fabs(residual[i] - residual[i - 1]);
    return 1.4826 * median(scratch, count - 1) / sqrt(2);
}

/*
 * The averages of bins that hold at least half of the samples they could; answers how many. The first bin begins half a cadence
 * before the first sample, so that rounding moves no sample of an even raster from bin to bin.
 */
static size_t average(const struct light_curve *curve, const double *residual, double width, double cadence, double *means)
{
    size_t bins = 0;
    double start = curve->time[0] - cadence / 2;
    for (size_t i = 0; i < curve->count;) {
        double bin = floor((curve->time[i] - start) / width);
        double sum = 0;
        size_t inside = 0;
        for (; i < curve->count && floor((curve->time[i] - start) / width) == bin; i++, inside++)
            sum += residual[i];
        if (2 * inside * cadence >= width * (1 - 1e-9))
            means[bins++] = sum / inside;
    }
    return bins;
}

static void write_metadata(double noise, double point_to_point, double cadence, size_t samples)
{
    const char *path = getenv("EASEL_METADATA");
    FILE *file = path == NULL ? NULL : fopen(path, "w");
    if (file == NULL)
        fail("the metadata cannot be written: EASEL_METADATA names no file that can be opened");
    fprintf(file, "{\"noise_ppm\": %.12g, \"point_to_point_ppm\": %.12g, \"cadence\": %.12g, \"samples\": %zu}\n",
            noise, point_to_point, cadence * 86400, samples);
    if (fclose(file) != 0)
        fail("the metadata could not be written");
}

static void estimate(const char *input, const char *output, double window, double duration)
{
    struct light_curve curve = read_light_curve(input);
    if (curve.count < FEWEST_SAMPLES)
        fail("the light curve has %zu usable samples; at least %d are needed", curve.count, FEWEST_SAMPLES);
    double *residual = allocate(curve.count), *scratch = allocate(curve.count);
    running_median(curve.time, curve.flux, curve.count, window, residual);
    for (size_t i = 0; i < curve.count; i++)
        residual[i] = (curve.flux[i] / residual[i] - 1) * 1e6;
    double cadence = find_cadence(&curve, scratch);
    size_t bins = average(&curve, residual, duration / 24, cadence, scratch);
    if (bins < FEWEST_BINS)
        fail("the curve has %zu bins of %g h; at least %d are needed: make duration shorter", bins, duration, FEWEST_BINS);
    double noise = robust_scatter(scratch, bins);

    FILE *file = fopen(output, "w");
    if (file == NULL)
        fail("%s cannot be written", output);
    fputs(TITLES, file);
    for (double width = cadence; width <= LONGEST_PART_OF_WINDOW * window; width *= 2) {
        bins = average(&curve, residual, width, cadence, scratch);
        if (bins < FEWEST_BINS)
            break;
        fprintf(file, "%.9g,%.9g,%zu\n", width * 24, robust_scatter(scratch, bins), bins);
    }
    if (fclose(file) != 0)
        fail("%s could not be written", output);
    write_metadata(noise, find_point_to_point(residual, curve.count, scratch), cadence, curve.count);
    printf("%zu samples, one every %.6g s; noise over %g h: %.4g ppm\n", curve.count, cadence * 86400, duration, noise);
}

static void check(const char *path)
{
    char line[256];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail("it cannot be opened");
    if (fgets(line, sizeof line, file) == NULL || strcmp(line, TITLES) != 0)
        fail("its first line is not %s", TITLES);
    double before = 0, duration, noise;
    size_t rows = 0, bins;
    for (; fgets(line, sizeof line, file) != NULL; rows++, before = duration) {
        if (sscanf(line, "%lf,%lf,%zu", &duration, &noise, &bins) != 3)
            fail("line %zu is not duration, noise and bins", rows + 2);
        if (!(duration > before) || !isfinite(noise) || noise <= 0)
            fail("line %zu: durations must ascend and noise be positive, found %s", rows + 2, line);
    }
    if (rows == 0)
        fail("it has no rows: the light curve is too short for its cadence");
    fclose(file);
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "--check") == 0)
        check(arguments[2]);
    else if (count == 5)
        estimate(arguments[1], arguments[2], read_positive(arguments[3], "window"), read_positive(arguments[4], "duration"));
    else
        fail("usage: noise-estimate LIGHTCURVE OUTPUT WINDOW DURATION, or noise-estimate --check OUTPUT");
    return EXIT_SUCCESS;
}
