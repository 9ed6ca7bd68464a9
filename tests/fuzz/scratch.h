/* tests/fuzz/scratch.h: a file to read from and write to, for what takes no bytes in memory. */
#ifndef MS_FUZZ_SCRATCH_H
#define MS_FUZZ_SCRATCH_H

#include "base/base.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_folder[64];

static inline void scratch_remove(void) {
    if (ms_remove_tree(scratch_folder, NULL) != MS_OK) perror(scratch_folder);
}

/* The path of a file of this name in a folder that is removed at the end. In memory where there is such a
 * file system, since every write waits for the disk. */
static inline const char *scratch_path(const char *name) {
    static char path[128];
    if (!scratch_folder[0]) {
        (void)ms_text_format(scratch_folder, sizeof scratch_folder, "%s/myosurv-fuzz-XXXXXX",
                             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
        if (!mkdtemp(scratch_folder)) abort();
        atexit(scratch_remove);
    }
    assert(ms_text_format(path, sizeof path, "%s/%s", scratch_folder, name));
    return path;
}

/* The same, holding these bytes. */
static inline const char *scratch_file(const char *name, const uint8_t *data, size_t size) {
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "wb");
    assert(file);
    assert(fwrite(data, 1, size, file) == size);
    assert(fclose(file) == 0);
    return path;
}

/* Whatever is refused is bad input, in one line that begins with or holds the file's name. */
static inline void check_refusal(ms_status status, const ms_error *err, const char *name) {
    assert(status == MS_EINPUT);
    assert(strstr(err->message, name));
    assert(!strchr(err->message, '\n'));
}

#endif
