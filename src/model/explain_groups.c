/* Columns put together by what their names say: family of features, filter, muscle. */
#include "model/explain.h"

#include <string.h>

const char *const ms_explain_group_by_names[MS_EXPLAIN_GROUPINGS] = {"family", "image", "region",
                                                                     "region+family"};

/* Parts of "sm_wavelet-LLH_glcm_Contrast" as lengths into the name. */
typedef struct parts {
    const char *region, *image, *family;
    size_t region_length, image_length, family_length;
} parts;

/* The last _word_ that is one of the families; before it the image, and before that the region. */
static bool split_name(const char *name, const char *const *families, size_t n, parts *out) {
    const char *end = strrchr(name, '_');
    for (; end && end > name; end--) {
        if (*end != '_') continue;
        const char *start = end;
        while (start > name && start[-1] != '_') start--;
        for (size_t f = 0; f < n; f++) {
            const size_t length = strlen(families[f]);
            if (length != (size_t)(end - start) || strncmp(families[f], start, length) != 0) continue;
            if (start == name) return false; /* nothing before it: no image */
            const char *image = start - 1;
            while (image > name && image[-1] != '_') image--;
            const size_t region = image > name ? (size_t)(image - name - 1) : 0;
            *out = (parts){name, image, start, region, (size_t)(start - 1 - image), length};
            return true;
        }
    }
    return false;
}

static bool write_name(const parts *p, ms_explain_group_by by, char name[256]) {
    switch (by) {
    case MS_EXPLAIN_BY_FAMILY:
        return ms_text_format(name, 256, "%.*s", (int)p->family_length, p->family);
    case MS_EXPLAIN_BY_IMAGE:
        return ms_text_format(name, 256, "%.*s", (int)p->image_length, p->image);
    case MS_EXPLAIN_BY_REGION:
        if (p->region_length == 0) return ms_text_format(name, 256, "radiomics");
        return ms_text_format(name, 256, "%.*s", (int)p->region_length, p->region);
    default:
        return ms_text_format(name, 256, "%.*s%s%.*s", (int)p->region_length, p->region,
                              p->region_length ? " " : "", (int)p->family_length, p->family);
    }
}

/* The number of a name among those there are, which it joins where it is new. */
static ms_status find_or_add(ms_explain_groups *groups, const char *name, size_t *k, ms_error *err) {
    for (*k = 0; *k < groups->n; (*k)++)
        if (strcmp(groups->names[*k], name) == 0) return MS_OK;
    groups->names[groups->n] = ms_strdup(name);
    if (!groups->names[groups->n]) return ms_error_nomem(err);
    groups->n++;
    return MS_OK;
}

ms_status ms_explain_groups_make(const char *const *names, size_t p, ms_explain_group_by by,
                                 const char *const *families, size_t n_families, ms_explain_groups *groups,
                                 ms_error *err) {
    ms_explain_groups made = {.names = ms_calloc(p, sizeof *made.names),
                              .group = ms_calloc(p, sizeof *made.group)};
    ms_status status = made.names && made.group ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; status == MS_OK && j < p; j++) {
        parts found;
        char name[256];
        const bool known = split_name(names[j], families, n_families, &found) && write_name(&found, by, name);
        status = find_or_add(&made, known ? name : names[j], &made.group[j], err);
    }
    if (status == MS_OK)
        *groups = made;
    else
        ms_explain_groups_clear(&made);
    return status;
}

void ms_explain_groups_clear(ms_explain_groups *groups) {
    for (size_t k = 0; groups->names && k < groups->n; k++) free(groups->names[k]);
    free(groups->names);
    free(groups->group);
    *groups = (ms_explain_groups){0};
}
