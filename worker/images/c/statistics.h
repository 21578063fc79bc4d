/* Robust statistics: a few outliers do not change them. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <stddef.h>

/* Changes the order of the values. Of an even number, the mean of the two in the middle. */
double median(double *values, size_t count);

/* 1.4826 times the median of the distances from the median: the standard deviation, for Gaussian noise. Changes the values. */
double robust_scatter(double *values, size_t count);

/* The median of all samples at most half a width away, for each sample. Times ascend. */
void running_median(const double *time, const double *flux, size_t count, double width, double *result);

#endif
