/* radiomics/local.c: local intensity (IBSI 9ST6): the mean of the image in a sphere of 1 cm3 around the
 * region's brightest voxel (of several, the highest mean), and the highest such mean around any voxel of the
 * region. The sphere takes voxels of the whole image whose centre lies within 6.204 mm. */
#include "radiomics/radiomics.h"

#include <math.h>

enum { LOCAL_PEAK, GLOBAL_PEAK };

static double sphere_mean(const ms_region *r, size_t v) {
    const ms_geometry *g = &r->volume->geometry;
    double radius = 10 * cbrt(3 / (4 * acos(-1.0))), sum = 0, n = 0;
    long long centre[3] = {(long long)(v % r->n[0] + r->low[0]),
                           (long long)(v / r->n[0] % r->n[1] + r->low[1]),
                           (long long)(v / (r->n[0] * r->n[1]) + r->low[2])};
    long long from[3], to[3];
    for (int a = 0; a < 3; a++) {
        long long reach = (long long)floor(radius / r->spacing_mm[a]), last = (long long)g->n[a] - 1;
        from[a] = centre[a] - reach > 0 ? centre[a] - reach : 0;
        to[a] = centre[a] + reach < last ? centre[a] + reach : last;
    }
    for (long long k = from[2]; k <= to[2]; k++) {
        for (long long j = from[1]; j <= to[1]; j++) {
            for (long long i = from[0]; i <= to[0]; i++) {
                double x = (double)(i - centre[0]) * r->spacing_mm[0],
                       y = (double)(j - centre[1]) * r->spacing_mm[1];
                double z = (double)(k - centre[2]) * r->spacing_mm[2];
                if (x * x + y * y + z * z > radius * radius) continue;
                sum += (double)r->volume->data[ms_voxel_index(g, (size_t)i, (size_t)j, (size_t)k)];
                n += 1;
            }
        }
    }
    return sum / n;
}

ms_status ms_family_local(const ms_family_input *in, double *v, const char **reasons, ms_error *err) {
    (void)reasons;
    (void)err;
    double brightest = -INFINITY;
    for (size_t i = 0; i < in->region->box; i++) {
        if (in->in[i]) brightest = fmax(brightest, in->values[i]);
    }
    v[LOCAL_PEAK] = v[GLOBAL_PEAK] = -INFINITY;
    for (size_t i = 0; i < in->region->box; i++) {
        if (!in->in[i]) continue;
        double mean = sphere_mean(in->region, i);
        v[GLOBAL_PEAK] = fmax(v[GLOBAL_PEAK], mean);
        if (in->values[i] == brightest) v[LOCAL_PEAK] = fmax(v[LOCAL_PEAK], mean);
    }
    return MS_OK;
}
