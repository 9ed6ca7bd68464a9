/* base/log.c: messages, to whoever asked for them. */
#include "base/base.h"
#include "base/locale.h"

static ms_log_sink log_sink;
static void *log_context;
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

void ms_log(ms_log_level level, const char *format, ...) {
    if (!log_sink || muted) return;
    char message[2048];
    va_list args;
    va_start(args, format);
    if (ms_vsnprintf(message, sizeof message, format, args) < 0) message[0] = '\0';
    va_end(args);
    log_sink(log_context, level, message);
}
