/* A region that gains or loses voxels at its border: layer by layer, a chance part of the last one. */
#include "radiomics/perturb.h"

#include <stdlib.h>

/* A voxel with a neighbour (by a face; of a flat region within the slice) that is `other`. Beyond the image
 * nothing is inside. */
static bool at_border(const ms_perturbed *p, size_t v, uint8_t other) {
    const size_t *n = p->mask.geometry.n, step[3] = {1, n[0], n[0] * n[1]};
    const size_t at[3] = {v % n[0], v / n[0] % n[1], v / step[2]};
    const uint8_t *in = p->mask.data;
    for (int a = 0; a < (p->flat ? 2 : 3); a++) {
        if (at[a] > 0 ? in[v - step[a]] == other : other == 0) return true;
        if (at[a] + 1 < n[a] ? in[v + step[a]] == other : other == 0) return true;
    }
    return false;
}

ms_status ms_perturb_volume(ms_perturbed *p, size_t target, ms_random *random, ms_error *err) {
    const size_t total = ms_voxels(&p->mask.geometry);
    size_t *layer = ms_calloc(total, sizeof *layer), count = 0;
    if (!layer) return ms_error_nomem(err);
    for (size_t v = 0; v < total; v++) count += p->mask.data[v];
    if (target < 1) target = 1;
    const uint8_t now = count < target; /* what changed voxels become */
    while (count != target) {
        size_t n = 0, missing = count < target ? target - count : count - target;
        for (size_t v = 0; v < total; v++)
            if (p->mask.data[v] != now && at_border(p, v, now)) layer[n++] = v;
        if (n == 0) break; /* the image is full */
        if (n > missing) ms_random_shuffle(random, layer, n);
        for (size_t i = 0; i < n && i < missing; i++) p->mask.data[layer[i]] = now;
        const size_t done = n < missing ? n : missing;
        count = now ? count + done : count - done;
    }
    free(layer);
    return MS_OK;
}
