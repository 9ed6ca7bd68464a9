#include "base/base.h"

const char *ms_version(void) {
    return MS_VERSION;
}
