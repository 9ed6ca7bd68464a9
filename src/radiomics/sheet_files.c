/* radiomics/sheet_files.c: the parameter sheet beside its table, with the hashes of the files that went in.
 */
#include "radiomics/radiomics.h"

#include <stdlib.h>
#include <string.h>

/* "FILE#2=1" chooses segments of FILE. */
static ms_status hash_of(const char *path, char hex[65], ms_error *err) {
    char *file = ms_strdup(path);
    if (!file) return ms_error_nomem(err);
    char *chosen = strrchr(file, '#');
    if (chosen && !ms_path_exists(file)) *chosen = '\0';
    ms_status status = ms_hash_tree(file, hex, err);
    free(file);
    return status;
}

ms_status ms_feature_sheet_files(const ms_feature_config *config, const char *table, const char *sheet,
                                 const ms_sheet_file *files, size_t n, ms_error *err) {
    char path[4096];
    if (!sheet && !ms_feature_sheet_path(table, path, sizeof path))
        return ms_error_set(err, MS_EINPUT, "%s: the path is too long", table);
    ms_sheet_input *inputs = ms_calloc(n > 0 ? n : 1, sizeof *inputs);
    if (!inputs) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        (void)ms_text_format(inputs[i].role, sizeof inputs[i].role, "%s", files[i].role);
        status = hash_of(files[i].path, inputs[i].sha256, err);
    }
    if (status == MS_OK)
        status = ms_feature_sheet_write(config, table ? ms_path_base(table) : "", inputs, n,
                                        sheet ? sheet : path, err);
    free(inputs);
    return status;
}
