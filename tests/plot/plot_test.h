/* What the tests of figures share: a folder for a run, its files, their bytes. To be included after cmocka.h.
 */
#ifndef MS_PLOT_TEST_H
#define MS_PLOT_TEST_H

#include "base/base.h"

#include <stdlib.h>

static char folder[] = "/tmp/ms-plot-XXXXXX";

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    return ms_remove_tree(folder, NULL) == MS_OK ? 0 : -1;
}

static char *path_of(const char *name) {
    char *path = ms_path_join(folder, name);
    assert_non_null(path);
    return path;
}

static char *content(const char *path, size_t *length) {
    char *bytes = NULL;
    ms_error err = {0};
    assert_int_equal(ms_file_read(path, 64 << 20, &bytes, length, &err), MS_OK);
    return bytes;
}

#endif
