/* How likely a Brownian bridge B on [0, 1] stays within bounds between a and b; critical values of
 * simultaneous bands are where that is the level. Both are computed to about 1e-10 and need no table.
 *
 * |B| <= k: B is a Wiener process W given W(1) = 0. Its density at (y, z) = (W(a), W(b)) without leaving (-k,
 * k) between is that of W(a), times that of the killed process from y to z (images of z in the walls), times
 * that of going from z to 0 in 1 - b, over the density of W(1) at 0; then a double integral over y and z.
 *
 * |B(x)| / sqrt(x (1 - x)) <= c: on the clock s = log(x / (1 - x)) this is a stationary Ornstein-Uhlenbeck
 * process with correlation exp(-|s| / 2). Its density between walls at -c and c falls with the eigenvalues of
 *   -(phi f')' / 2 = lambda phi f,  f(-c) = f(c) = 0, phi the normal density
 * (Galerkin's method with even polynomials), so P = sum of exp(-lambda s) (integral of phi f)^2. */
#include "myosurv/survival_curves.h"
#include "survival/survival.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_integration.h>
#include <math.h>

#define NODES 100
#define TERMS 20

static double normal_density(double x, double variance) {
    return exp(-x * x / (2 * variance)) / sqrt(2 * 3.14159265358979323846 * variance);
}

/* Density of ending at z after time t, from y, without having left (-k, k). */
static double killed_density(double y, double z, double t, double k) {
    double sum = 0;
    int images = 2 + (int)fmin(20, 10 * sqrt(t) / (4 * k)); /* further ones are below 1e-20 */
    for (int j = -images; j <= images; j++) {
        double even = z - y + 4 * j * k, odd = z + y + (4 * j + 2) * k;
        sum += normal_density(even, t) - normal_density(odd, t);
    }
    return sum;
}

/* The bridge is a Wiener process weighted: (B(a), B(b)) has the density of W(a), W(b), W(1) = 0 over that of
 * W(1). Here the process is killed between a and b only. */
static double pair_density(double y, double z, double k, double a, double b) {
    double before = a > 0 ? normal_density(y, a) : 1, after = b < 1 ? normal_density(z, 1 - b) : 1;
    return before * killed_density(y, z, b - a, k) * after / normal_density(0, 1);
}

double ms_bridge_within(double k, double a, double b) {
    if (!(k > 0) || !(a >= 0) || !(b <= 1) || !(a < b)) return k > 0 ? NAN : 0;
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
    if (!table) return NAN;
    /* each law's own width where that is narrower than the walls: of B(a), and of B(b) given B(a) */
    double half = fmin(k, 9 * sqrt(a * (1 - a))), spread = 9 * sqrt((b - a) * (1 - b) / (1 - a)), total = 0;
    for (size_t i = 0; i < (a > 0 ? NODES : 1); i++) {
        double y = 0, wy = 1;
        if (a > 0) (void)gsl_integration_glfixed_point(-half, half, i, &y, &wy, table);
        double middle = y * (1 - b) / (1 - a);
        for (size_t j = 0; j < (b < 1 ? NODES : 1); j++) {
            double z = 0, wz = 1, low = fmax(-k, middle - spread), high = fmin(k, middle + spread);
            if (b < 1) (void)gsl_integration_glfixed_point(low, high, j, &z, &wz, table);
            total += wy * wz * pair_density(y, z, k, a, b);
        }
    }
    gsl_integration_glfixed_table_free(table);
    return fmin(1, fmax(0, total));
}

/* Basis i and its derivative at u in (-1, 1): (1 - u^2) T_2i(u), Chebyshev's polynomials. */
static void basis(double u, double value[TERMS], double slope[TERMS]) {
    double angle = acos(u), sine = sin(angle);
    for (int i = 0; i < TERMS; i++) {
        double t = cos(2 * i * angle), dt = sine > 1e-12 ? 2 * i * sin(2 * i * angle) / sine : 4.0 * i * i;
        value[i] = (1 - u * u) * t;
        slope[i] = (1 - u * u) * dt - 2 * u * t;
    }
}

static void fill(double c, gsl_matrix *stiffness, gsl_matrix *mass, double moment[TERMS],
                 const gsl_integration_glfixed_table *table) {
    double value[TERMS], slope[TERMS];
    for (size_t k = 0; k < NODES; k++) {
        double u = 0, weight = 0;
        (void)gsl_integration_glfixed_point(-1, 1, k, &u, &weight, table);
        basis(u, value, slope);
        double density = normal_density(c * u, 1) * c * weight;
        for (size_t i = 0; i < TERMS; i++) {
            moment[i] += density * value[i];
            for (size_t j = 0; j < TERMS; j++) {
                double *a = gsl_matrix_ptr(stiffness, i, j), *m = gsl_matrix_ptr(mass, i, j);
                *a += density * slope[i] * slope[j] / (2 * c * c);
                *m += density * value[i] * value[j];
            }
        }
    }
}

double ms_bridge_within_scaled(double c, double a, double b) {
    if (!(c > 0) || !(a > 0) || !(b < 1) || !(a <= b)) return c > 0 ? NAN : 0;
    if (a == b) return 1 - ms_normal_two_sided(c);
    double span = log(b / (1 - b)) - log(a / (1 - a)), moment[TERMS] = {0}, total = NAN;
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
    gsl_matrix *stiffness = gsl_matrix_calloc(TERMS, TERMS), *mass = gsl_matrix_calloc(TERMS, TERMS),
               *vectors = gsl_matrix_calloc(TERMS, TERMS);
    gsl_vector *values = gsl_vector_calloc(TERMS);
    gsl_eigen_gensymmv_workspace *work = gsl_eigen_gensymmv_alloc(TERMS);
    if (!table || !stiffness || !mass || !vectors || !values || !work) goto cleanup;
    fill(c, stiffness, mass, moment, table);
    gsl_matrix *keep = gsl_matrix_alloc(TERMS, TERMS);
    if (!keep) goto cleanup;
    (void)gsl_matrix_memcpy(keep, mass);
    if (gsl_eigen_gensymmv(stiffness, mass, values, vectors, work) == 0) {
        total = 0;
        for (size_t e = 0; e < TERMS; e++) {
            double projection = 0, norm = 0;
            for (size_t i = 0; i < TERMS; i++) {
                double v = gsl_matrix_get(vectors, i, e);
                projection += v * moment[i];
                for (size_t j = 0; j < TERMS; j++)
                    norm += v * gsl_matrix_get(keep, i, j) * gsl_matrix_get(vectors, j, e);
            }
            total += exp(-gsl_vector_get(values, e) * span) * projection * projection / norm;
        }
        total = fmin(1, fmax(0, total));
    }
    gsl_matrix_free(keep);
cleanup:
    gsl_integration_glfixed_table_free(table);
    gsl_matrix_free(stiffness);
    gsl_matrix_free(mass);
    gsl_matrix_free(vectors);
    gsl_vector_free(values);
    gsl_eigen_gensymmv_free(work);
    return total;
}
