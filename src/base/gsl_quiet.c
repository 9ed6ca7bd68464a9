/* base/gsl_quiet.c: GSL's own error handler ends the process; the library's functions return their errors. */
#include "base/base.h"

#include <gsl/gsl_errno.h>
#include <pthread.h>

static void turn_off(void) {
    gsl_set_error_handler_off();
}

void ms_gsl_quiet(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, turn_off);
}
