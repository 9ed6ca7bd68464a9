/* base/error.c: status, error, exit codes. */
#include "base/base.h"

#include <errno.h>
#include <string.h>

/* base.h has these as macros for clang's analyzer. */
#undef ms_error_set
#undef ms_error_nomem
#undef ms_error_errno

/* A message is one line, whatever a file name or a cell brought in. */
static void make_one_line(char *text) {
    for (char *p = text; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = ' ';
    }
}

/* Drops a UTF-8 sequence that was cut at the end of a full buffer. */
static void trim_cut_sequence(char *text, size_t size) {
    size_t length = strlen(text);
    if (length + 1 < size) return;
    size_t i = length;
    while (i > 0 && ((unsigned char)text[i - 1] & 0xc0) == 0x80) i--;
    if (i == 0) return;
    unsigned char lead = (unsigned char)text[i - 1];
    size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (length - (i - 1) < need) text[i - 1] = '\0';
}

ms_status ms_error_set(ms_error *err, ms_status status, const char *format, ...) {
    if (!err) return status;
    char message[sizeof err->message]; /* apart, since an argument may be err->message itself */
    va_list args;
    va_start(args, format);
    if (vsnprintf(message, sizeof message, format, args) < 0) message[0] = '\0';
    va_end(args);
    make_one_line(message);
    trim_cut_sequence(message, sizeof message);
    err->status = status;
    memcpy(err->message, message, sizeof message);
    return status;
}

ms_status ms_error_nomem(ms_error *err) {
    return ms_error_set(err, MS_ERESOURCE, "out of memory");
}

static bool is_resource(int errnum) {
    switch (errnum) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case EIO:
    case ENOLCK:
        return true;
    default:
        return false;
    }
}

ms_status ms_error_errno(ms_error *err, int errnum, const char *path, const char *what) {
    char text[128];
    const char *reason = strerror_r(errnum, text, sizeof text); /* the GNU form: returns the text */
    return ms_error_set(err, is_resource(errnum) ? MS_ERESOURCE : MS_EINPUT, "%s: %s: %s", path, what,
                        reason);
}

void ms_error_prefix(ms_error *err, const char *format, ...) {
    if (!err) return;
    char prefix[sizeof err->message];
    va_list args;
    va_start(args, format);
    if (vsnprintf(prefix, sizeof prefix, format, args) < 0) prefix[0] = '\0';
    va_end(args);
    ms_error_set(err, err->status, "%s: %s", prefix, err->message);
}

int ms_status_exit_code(ms_status status) {
    switch (status) {
    case MS_OK:
        return 0;
    case MS_EINTERNAL:
    case MS_EUNAVAILABLE:
        return 1;
    case MS_EUSAGE:
        return 2;
    case MS_EINPUT:
    case MS_ENOCONV:
        return 3;
    case MS_EPARTIAL:
    case MS_EDIFFERENT:
        return 4;
    case MS_EBUSY:
        return 5;
    case MS_ERESOURCE:
        return 6;
    case MS_ESTOPPED: {
        int signal_number = ms_stop_signal();
        return 128 + (signal_number ? signal_number : 2);
    }
    }
    return 1;
}

const char *ms_status_name(ms_status status) {
    switch (status) {
    case MS_OK:
        return "ok";
    case MS_EINTERNAL:
        return "internal error";
    case MS_EUSAGE:
        return "usage";
    case MS_EINPUT:
        return "bad input";
    case MS_EPARTIAL:
        return "some failed";
    case MS_EBUSY:
        return "busy";
    case MS_ERESOURCE:
        return "out of a resource";
    case MS_ESTOPPED:
        return "stopped";
    case MS_ENOCONV:
        return "did not converge";
    case MS_EDIFFERENT:
        return "different";
    case MS_EUNAVAILABLE:
        return "not installed";
    }
    return "unknown";
}
