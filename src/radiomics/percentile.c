/* radiomics/percentile.c: order statistics. */
#include "radiomics/radiomics.h"

#include <math.h>

int ms_compare_double(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double ms_percentile(const double *sorted, size_t n, double fraction) {
    double at = (double)(n - 1) * fraction;
    size_t low = (size_t)floor(at);
    if (low + 1 >= n) return sorted[n - 1];
    double t = at - (double)low, a = sorted[low], b = sorted[low + 1];
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}
