/* radiomics/filter_gabor.c: Gabor filters (IBSI 2, Q88H) in the plane of a slice:
 *
 *   g(x, y) = exp(-(x'^2 + gamma^2 y'^2) / (2 sigma^2) + 2 pi i x' / lambda),
 *   x' = x cos theta + y sin theta, y' = -x sin theta + y cos theta,
 *
 * x and y in mm along the plane's two axes in the image's order. The response is the modulus (or the real or
 * imaginary part), for one theta or pooled over theta in equal steps of a turn, in the slices alone or pooled
 * over the three orthogonal planes. The kernel is cut off at 5 standard deviations of its longer axis. */
#include "radiomics/filter.h"

#include "radiomics/fft.h"

#include <math.h>
#include <stdlib.h>

typedef struct plane_job {
    const ms_region *region;
    const ms_feature_filter *filter;
    const ms_field *source;
    int across, u, v; /* the axis of the slices, and the plane's two */
    size_t reach[2], n[3];
    const double *spectra; /* [angles][2 n[0] n[1]] */
    size_t angles;
    bool first; /* nothing is pooled yet */
    double weight;
    double *out;
} plane_job;

static const double pi = 3.14159265358979323846;

static void make_kernel(const plane_job *job, double theta, double *z) {
    const ms_feature_filter *f = job->filter;
    long long ru = (long long)job->reach[0], rv = (long long)job->reach[1];
    for (long long q = -rv; q <= rv; q++) {
        for (long long p = -ru; p <= ru; p++) {
            double x = (double)p * job->region->spacing_mm[job->u];
            double y = (double)q * job->region->spacing_mm[job->v];
            double along = x * cos(theta) + y * sin(theta), beside = y * cos(theta) - x * sin(theta);
            double size = exp(-(along * along + f->gamma * f->gamma * beside * beside) /
                              (2 * f->sigma_mm * f->sigma_mm));
            size_t i = (size_t)(p < 0 ? p + (long long)job->n[0] : p);
            size_t j = (size_t)(q < 0 ? q + (long long)job->n[1] : q);
            z[2 * (j * job->n[0] + i)] = size * cos(2 * pi * along / f->lambda_mm);
            z[2 * (j * job->n[0] + i) + 1] = size * sin(2 * pi * along / f->lambda_mm);
        }
    }
}

static void load_slice(const plane_job *job, size_t slice, double *z) {
    const ms_region *r = job->region;
    const ms_extent *e = &job->source->extent;
    size_t wide = r->n[job->u] + 2 * job->reach[0], high = r->n[job->v] + 2 * job->reach[1];
    for (size_t j = 0; j < high; j++) {
        for (size_t i = 0; i < wide; i++) {
            long long at[3];
            at[job->across] = (long long)(r->low[job->across] + slice);
            at[job->u] = (long long)(r->low[job->u] + i) - (long long)job->reach[0];
            at[job->v] = (long long)(r->low[job->v] + j) - (long long)job->reach[1];
            bool zero = false;
            size_t from[3];
            for (int a = 0; a < 3; a++) {
                long long q = ms_boundary_place(at[a], job->source->full[a], job->filter->boundary);
                zero = zero || q < 0;
                from[a] = q < 0 ? 0 : (size_t)q - e->low[a];
            }
            if (!zero)
                z[2 * (j * job->n[0] + i)] =
                    job->source->values[(from[2] * e->n[1] + from[1]) * e->n[0] + from[0]];
        }
    }
}

static double response_of(const ms_feature_filter *f, double re, double im) {
    return f->response == MS_RESPONSE_MODULUS ? hypot(re, im) : f->response == MS_RESPONSE_REAL ? re : im;
}

static void pool_slice(const plane_job *job, size_t slice, bool first, const double *w) {
    const ms_region *r = job->region;
    for (size_t j = 0; j < r->n[job->v]; j++) {
        for (size_t i = 0; i < r->n[job->u]; i++) {
            size_t at[3], z = 2 * ((j + job->reach[1]) * job->n[0] + i + job->reach[0]);
            at[job->across] = slice;
            at[job->u] = i;
            at[job->v] = j;
            double *out = &job->out[(at[2] * r->n[1] + at[1]) * r->n[0] + at[0]];
            double value = response_of(job->filter, w[z], w[z + 1]);
            if (job->filter->pooling == MS_POOLING_MAX) {
                *out = first || value > *out ? value : *out;
            } else {
                *out = (first ? 0 : *out) + job->weight * value;
            }
        }
    }
}

static ms_status one_slice(void *context, size_t slice, ms_error *err) {
    const plane_job *job = context;
    size_t size = job->n[0] * job->n[1];
    double *z = ms_calloc(2 * size, sizeof *z), *w = ms_calloc(2 * size, sizeof *w);
    ms_status status = z && w ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        load_slice(job, slice, z);
        status = ms_fft(z, job->n, NULL, false, err);
    }
    for (size_t t = 0; t < job->angles && status == MS_OK; t++) {
        const double *s = &job->spectra[t * 2 * size];
        for (size_t p = 0; p < size; p++) {
            w[2 * p] = z[2 * p] * s[2 * p] - z[2 * p + 1] * s[2 * p + 1];
            w[2 * p + 1] = z[2 * p] * s[2 * p + 1] + z[2 * p + 1] * s[2 * p];
        }
        status = ms_fft(w, job->n, NULL, true, err);
        if (status == MS_OK) pool_slice(job, slice, job->first && t == 0, w);
    }
    free(z);
    free(w);
    return status;
}

/* The angles of a pooled filter fill a turn; the kernel at theta + 180 degrees is the conjugate, so that half
 * a turn does for the modulus and the real part. */
static size_t count_angles(const ms_feature_filter *f) {
    if (f->theta_step_deg <= 0) return 1;
    size_t turn = (size_t)lround(360 / f->theta_step_deg);
    return turn % 2 == 0 && f->response != MS_RESPONSE_IMAGINARY ? turn / 2 : turn;
}

static ms_status one_plane(plane_job *job, ms_error *err) {
    const ms_region *r = job->region;
    const ms_feature_filter *f = job->filter;
    double radius = 5 * f->sigma_mm * (f->gamma < 1 ? 1 / f->gamma : 1);
    size_t reach[3] = {0, 0, 0};
    job->u = job->across == 0 ? 1 : 0;
    job->v = job->across == 2 ? 1 : 2;
    reach[job->u] = job->reach[0] = (size_t)ceil(radius / r->spacing_mm[job->u]);
    reach[job->v] = job->reach[1] = (size_t)ceil(radius / r->spacing_mm[job->v]);
    job->n[0] = ms_fft_good_size(r->n[job->u] + 2 * reach[job->u]);
    job->n[1] = ms_fft_good_size(r->n[job->v] + 2 * reach[job->v]);
    job->n[2] = 1;
    ms_extent box = ms_region_extent(r);
    ms_extent extent = ms_extent_reach(&box, r->volume->geometry.n, reach, f->boundary);
    if (f->boundary == MS_BOUNDARY_PERIODIC) { /* the slices' own axis is not read beyond the region */
        extent.low[job->across] = box.low[job->across];
        extent.n[job->across] = box.n[job->across];
    }
    ms_field source = {0};
    size_t size = 2 * job->n[0] * job->n[1];
    double *spectra = ms_calloc(job->angles * size, sizeof *spectra);
    ms_status status = spectra ? ms_field_load(r, &extent, &source, err) : ms_error_nomem(err);
    for (size_t t = 0; t < job->angles && status == MS_OK; t++) {
        make_kernel(job, (f->theta_deg + (double)t * f->theta_step_deg) * pi / 180, &spectra[t * size]);
        status = ms_fft(&spectra[t * size], job->n, NULL, false, err);
    }
    job->source = &source;
    job->spectra = spectra;
    if (status == MS_OK) status = ms_parallel_for(r->n[job->across], one_slice, job, err);
    job->source = NULL;
    job->spectra = NULL;
    ms_field_clear(&source);
    free(spectra);
    return status;
}

ms_status ms_filter_gabor(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    const ms_feature_filter *f = &spec->filter;
    bool three = f->three_planes && ms_filter_dimensions(region, f) == 3;
    plane_job job = {.region = region, .filter = f, .angles = count_angles(f), .out = out};
    job.weight = 1 / (double)(job.angles * (three ? 3 : 1));
    ms_status status = MS_OK;
    for (job.across = 2; job.across >= (three ? 0 : 2) && status == MS_OK; job.across--) {
        job.first = job.across == 2;
        status = one_plane(&job, err);
    }
    return status;
}
