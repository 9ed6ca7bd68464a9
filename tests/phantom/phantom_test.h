/* What the phantom's tests share. */
#ifndef PHANTOM_TEST_H
#define PHANTOM_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base.h"
#include "myosurv/phantom.h"

/* A small, quick phantom of the usual man. */
static inline ms_phantom_params small_params(void) {
    ms_phantom_params p;
    ms_phantom_params_default(&p);
    p.matrix = 128;
    return p;
}

typedef struct made {
    ms_volume volume;
    ms_mask mask;
    ms_phantom_truth truth;
} made;

static inline made make(const ms_phantom_params *p, uint64_t seed) {
    made m = {0};
    ms_error err = {0};
    if (ms_phantom_make(p, seed, &m.volume, &m.mask, &m.truth, &err)) fail_msg("%s", err.message);
    return m;
}

static inline void unmake(made *m) {
    ms_volume_clear(&m->volume);
    ms_mask_clear(&m->mask);
}

#endif
