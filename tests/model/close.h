/* tests/model/close.h: two doubles alike to a tolerance (cmocka's own comparison is in single precision). */
#ifndef MS_TESTS_MODEL_CLOSE_H
#define MS_TESTS_MODEL_CLOSE_H

#include "base/scratch.h"

#include <math.h>

#define assert_close(value, expected, tolerance)                                                             \
    do {                                                                                                     \
        const double value_ = (value), expected_ = (expected);                                               \
        if (!(fabs(value_ - expected_) <= (tolerance)))                                                      \
            fail_msg("%s is %.17g, not %.17g", #value, value_, expected_);                                   \
    } while (0)

#endif
