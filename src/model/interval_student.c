/* Quantiles of Student's t, by halving an interval: its distribution is known in closed form for whole
 * degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4). */
#include "model/predict.h"

#include <math.h>

#ifndef M_PI
#define M_PI 3.14159265358979323846
#endif

/* P(-t < T < t). */
static double central(double t, double freedom) {
    if (!isfinite(freedom)) return erf(t / sqrt(2));
    const size_t n = (size_t)freedom;
    const double theta = atan(t / sqrt(freedom)), c = cos(theta);
    const bool odd = n % 2 == 1;
    if (n == 1) return 2 * theta / M_PI;
    /* odd: c + 2/3 c^3 + 2*4/(3*5) c^5 ...; even: 1 + 1/2 c^2 + 1*3/(2*4) c^4 ... up to c^(n - 2) */
    double term = odd ? c : 1, sum = term;
    for (size_t power = odd ? 3 : 2; power + 2 <= n; power += 2) {
        term *= c * c * (double)(power - 1) / (double)power;
        sum += term;
    }
    return odd ? 2 / M_PI * (theta + sin(theta) * sum) : sin(theta) * sum;
}

double ms_student_quantile(double q, double freedom) {
    double low = 0, high = 1;
    while (high < 1e300 && central(high, freedom) < 2 * q - 1) high *= 2;
    for (int i = 0; i < 200 && low < high; i++) {
        const double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high) break;
        if (central(middle, freedom) < 2 * q - 1)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}
