/* base/log.c: messages, to whoever asked for them. */
#include "base/base.h"
#include "base/locale.h"

#include <string.h>

static ms_log_sink log_sink;
static void *log_context;
static char log_case[128]; /* in a process that works on one case */
static _Thread_local bool muted;

bool ms_log_mute(bool mute) {
    const bool before = muted;
    muted = mute;
    return before;
}

void ms_log_set_sink(ms_log_sink sink, void *context) {
    log_sink = sink;
    log_context = context;
}

void ms_log_set_case(const char *case_id) {
    (void)ms_text_format(log_case, sizeof log_case, "%s", case_id ? case_id : "");
}

void ms_log(ms_log_level level, const char *format, ...) {
    if (!log_sink || muted) return;
    char message[2048];
    va_list args;
    va_start(args, format);
    size_t used = 0;
    if (log_case[0] && ms_text_format(message, sizeof message, "%s: ", log_case)) used = strlen(message);
    if (ms_vsnprintf(message + used, sizeof message - used, format, args) < 0) message[used] = '\0';
    va_end(args);
    log_sink(log_context, level, message);
}
