/* radiomics/fft.c: Fourier transforms along the lines of an image. */
#include "radiomics/fft.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_fft_complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* How lines of n values are transformed: by GSL at length m = n, or (chirp not NULL) as a convolution with a
 * chirp of length m >= 2 n - 1. */
typedef struct line_plan {
    size_t n, m;
    gsl_fft_complex_wavetable *table; /* of m */
    double *chirp;                    /* [2 n] exp(-i pi k^2 / n) */
    double *kernel;                   /* [2 m] the transform of the conjugate chirp */
} line_plan;

static size_t reduce(size_t n, size_t largest) {
    for (size_t p = 2; p <= largest; p++) {
        while (n % p == 0) n /= p;
    }
    return n;
}

size_t ms_fft_good_size(size_t n) {
    size_t size = n > 1 ? n : 1;
    while (reduce(size, 7) != 1) size++;
    return size;
}

static void plan_clear(line_plan *plan) {
    gsl_fft_complex_wavetable_free(plan->table);
    free(plan->chirp);
    free(plan->kernel);
    *plan = (line_plan){0};
}

/* The chirp's exponent k^2 is taken modulo 2 n, which keeps the angle exact for long lines. */
static ms_status make_chirp(line_plan *plan, ms_error *err) {
    plan->chirp = ms_calloc(2 * plan->n, sizeof *plan->chirp);
    plan->kernel = ms_calloc(2 * plan->m, sizeof *plan->kernel);
    gsl_fft_complex_workspace *space = gsl_fft_complex_workspace_alloc(plan->m);
    if (!plan->chirp || !plan->kernel || !space) {
        gsl_fft_complex_workspace_free(space);
        return ms_error_nomem(err);
    }
    for (size_t k = 0; k < plan->n; k++) {
        double angle = pi * (double)(k * k % (2 * plan->n)) / (double)plan->n;
        plan->chirp[2 * k] = cos(angle);
        plan->chirp[2 * k + 1] = -sin(angle);
        size_t back = k == 0 ? 0 : plan->m - k;
        plan->kernel[2 * k] = plan->kernel[2 * back] = cos(angle);
        plan->kernel[2 * k + 1] = plan->kernel[2 * back + 1] = sin(angle);
    }
    int failed = gsl_fft_complex_forward(plan->kernel, 1, plan->m, plan->table, space);
    gsl_fft_complex_workspace_free(space);
    return failed ? ms_error_set(err, MS_EINTERNAL, "Fourier transform of %zu values failed", plan->m)
                  : MS_OK;
}

static ms_status plan_make(size_t n, line_plan *plan, ms_error *err) {
    bool direct = reduce(n, 13) == 1;
    *plan = (line_plan){.n = n, .m = direct ? n : ms_fft_good_size(2 * n - 1)};
    plan->table = gsl_fft_complex_wavetable_alloc(plan->m);
    ms_status status = plan->table ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && !direct) status = make_chirp(plan, err);
    if (status != MS_OK) plan_clear(plan);
    return status;
}

static void multiply(const double a[2], const double b[2], double out[2]) {
    double re = a[0] * b[0] - a[1] * b[1], im = a[0] * b[1] + a[1] * b[0];
    out[0] = re;
    out[1] = im;
}

/* Forward transform of line[2 m], of which the first n values are the line. */
static bool transform_line(const line_plan *plan, double *line, gsl_fft_complex_workspace *space) {
    if (!plan->chirp) return gsl_fft_complex_forward(line, 1, plan->m, plan->table, space) == 0;
    for (size_t k = 0; k < plan->n; k++) multiply(&line[2 * k], &plan->chirp[2 * k], &line[2 * k]);
    memset(&line[2 * plan->n], 0, 2 * (plan->m - plan->n) * sizeof *line);
    if (gsl_fft_complex_forward(line, 1, plan->m, plan->table, space)) return false;
    for (size_t k = 0; k < plan->m; k++) multiply(&line[2 * k], &plan->kernel[2 * k], &line[2 * k]);
    if (gsl_fft_complex_inverse(line, 1, plan->m, plan->table, space)) return false;
    for (size_t k = 0; k < plan->n; k++) multiply(&line[2 * k], &plan->chirp[2 * k], &line[2 * k]);
    return true;
}

/* All lines along one axis: line l starts at (l / step) * step * n + l % step and has the given step. */
typedef struct axis_job {
    double *data;
    const line_plan *plan;
    size_t step, lines;
    bool inverse;
} axis_job;
enum { LINES_A_JOB = 512 };

/* The inverse is the forward transform with real and imaginary parts exchanged before and after. */
static ms_status some_lines(void *context, size_t job_index, ms_error *err) {
    const axis_job *job = context;
    const size_t n = job->plan->n, re = job->inverse, im = !job->inverse;
    const double scale = job->inverse ? 1 / (double)n : 1;
    double *line = ms_calloc(2 * job->plan->m, sizeof *line);
    gsl_fft_complex_workspace *space = gsl_fft_complex_workspace_alloc(job->plan->m);
    ms_status status = line && space ? MS_OK : ms_error_nomem(err);
    size_t first = job_index * LINES_A_JOB, last = first + LINES_A_JOB;
    if (last > job->lines) last = job->lines;
    for (size_t l = first; l < last && status == MS_OK; l++) {
        double *at = &job->data[2 * (l / job->step * job->step * n + l % job->step)];
        for (size_t k = 0; k < n; k++) {
            line[2 * k] = at[2 * k * job->step + re];
            line[2 * k + 1] = at[2 * k * job->step + im];
        }
        if (!transform_line(job->plan, line, space)) {
            status = ms_error_set(err, MS_EINTERNAL, "Fourier transform of %zu values failed", n);
            break;
        }
        for (size_t k = 0; k < n; k++) {
            at[2 * k * job->step + re] = scale * line[2 * k];
            at[2 * k * job->step + im] = scale * line[2 * k + 1];
        }
    }
    gsl_fft_complex_workspace_free(space);
    free(line);
    return status;
}

ms_status ms_fft(double *data, const size_t n[3], const bool axes[3], bool inverse, ms_error *err) {
    size_t total = n[0] * n[1] * n[2];
    ms_status status = MS_OK;
    ms_gsl_quiet(); /* memory that runs out is for us to report */
    for (int a = 0; a < 3 && status == MS_OK && total > 0; a++) {
        if (n[a] == 1 || (axes && !axes[a])) continue;
        line_plan plan;
        status = plan_make(n[a], &plan, err);
        if (status != MS_OK) break;
        axis_job job = {.data = data, .plan = &plan, .lines = total / n[a], .inverse = inverse};
        job.step = a == 0 ? 1 : a == 1 ? n[0] : n[0] * n[1];
        status = ms_parallel_for((job.lines + LINES_A_JOB - 1) / LINES_A_JOB, some_lines, &job, err);
        plan_clear(&plan);
    }
    return status;
}

/* Both real images go through one transform as real and imaginary part: with Z the transform of a + i b,
 * A(k) = (Z(k) + Z*(-k)) / 2 and B(k) = (Z(k) - Z*(-k)) / 2i. The result's transform is A* B. */
ms_status ms_fft_correlate(const double *a, const double *b, const size_t n[3], double *c, ms_error *err) {
    size_t total = n[0] * n[1] * n[2];
    double *z = ms_calloc(2 * total, sizeof *z), *w = ms_calloc(2 * total, sizeof *w);
    ms_status status = z && w ? MS_OK : ms_error_nomem(err);
    for (size_t v = 0; v < total && status == MS_OK; v++) {
        z[2 * v] = a[v];
        z[2 * v + 1] = b[v];
    }
    if (status == MS_OK) status = ms_fft(z, n, NULL, false, err);
    for (size_t v = 0; v < total && status == MS_OK; v++) {
        size_t i = v % n[0], j = v / n[0] % n[1], k = v / (n[0] * n[1]);
        size_t m = ((n[2] - k) % n[2] * n[1] + (n[1] - j) % n[1]) * n[0] + (n[0] - i) % n[0];
        const double twice_b[2] = {z[2 * v + 1] + z[2 * m + 1], z[2 * m] - z[2 * v]}; /* 2 B */
        const double twice_a[2] = {z[2 * v] + z[2 * m], z[2 * m + 1] - z[2 * v + 1]}; /* 2 A* */
        double product[2];
        multiply(twice_a, twice_b, product);
        w[2 * v] = product[0] / 4;
        w[2 * v + 1] = product[1] / 4;
    }
    if (status == MS_OK) status = ms_fft(w, n, NULL, true, err);
    for (size_t v = 0; v < total && status == MS_OK; v++) c[v] = w[2 * v];
    free(z);
    free(w);
    return status;
}
