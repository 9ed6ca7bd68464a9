/* image/notes.c: what a scan's reader should know about it. */
#include "image/private.h"

#include <stdarg.h>
#include <string.h>

#define MAX_NOTES 200u

ms_status ms_scan_note_add(ms_scan_info *info, const char *word, double from_mm, double to_mm, ms_error *err,
                           const char *format, ...) {
    if (info->n_notes >= MAX_NOTES) return MS_OK;
    ms_scan_note *grown = ms_realloc(info->notes, info->n_notes + 1, sizeof *grown);
    if (!grown) return ms_error_nomem(err);
    info->notes = grown;
    ms_scan_note *note = &grown[info->n_notes++];
    memset(note, 0, sizeof *note);
    (void)ms_text_format(note->word, sizeof note->word, "%s", word);
    note->from_mm = from_mm;
    note->to_mm = to_mm;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(note->text, sizeof note->text, format, arguments);
    va_end(arguments);
    return MS_OK;
}

void ms_scan_notes_log(const ms_scan_info *info, const char *path) {
    for (size_t i = 0; i < info->n_notes; i++) ms_log(MS_LOG_WARNING, "%s: %s", path, info->notes[i].text);
}
