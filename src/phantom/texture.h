/* phantom/texture.h: smooth random patterns in space. */
#ifndef MS_PHANTOM_TEXTURE_H
#define MS_PHANTOM_TEXTURE_H

#include "base/base.h"

#define TILE 64 /* lattice points a side; the pattern repeats after that */

/* A Gaussian random field of mean 0 and SD 1: white noise on a periodic lattice, smoothed with a Gaussian of
 * SD scale_mm across and twice that along z (as muscle fibres run), read by trilinear interpolation. */
typedef struct texture {
    float *lattice; /* TILE^3; owned */
    double step_mm;
} texture;

MS_NODISCARD ms_status texture_init(texture *t, double scale_mm, ms_random *random, ms_error *err);
void texture_clear(texture *t);
float texture_at(const texture *t, double x, double y, double z);

/* Turns the field into a local fat fraction f = Phi((g - threshold) / width) whose mean over space is
 * `amount`: E Phi((g - t) / w) = Phi(-t / sqrt(1 + w^2)). */
#define FRACTION_STEPS 512
typedef struct fraction {
    float value[FRACTION_STEPS + 1]; /* g from -4 to 4 */
} fraction;
void fraction_init(fraction *f, double amount, double width);
static inline float fraction_at(const fraction *f, float g) {
    float i = (g + 4) * (FRACTION_STEPS / 8.0f);
    return f->value[i <= 0 ? 0 : i >= FRACTION_STEPS ? FRACTION_STEPS : (int)(i + 0.5f)];
}

#endif
