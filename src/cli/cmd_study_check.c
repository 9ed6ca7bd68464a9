#include "cli/commands.h"

#include "myosurv/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static ms_status add_mismatch(cJSON *list, const ms_mismatch *item, ms_error *err) {
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(list, object)) {
        cJSON_Delete(object);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(object, "case_id", item->case_id, err);
    if (status == MS_OK) status = ms_json_add_text(object, "what", item->what, err);
    if (status == MS_OK) status = ms_json_add_text(object, "path", item->path, err);
    if (status == MS_OK) status = ms_json_add_text(object, "text", item->text, err);
    return status;
}

static ms_status print_json(const ms_mismatch *items, size_t n, size_t checked, size_t unrecorded,
                            ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *list = NULL;
    if (!root) return ms_error_nomem(err);
    ms_status status = ms_json_add_bool(root, "matches", n == 0, err);
    if (status == MS_OK) status = ms_json_add_number(root, "files_read", (double)checked, err);
    if (status == MS_OK) status = ms_json_add_number(root, "cases_without_record", (double)unrecorded, err);
    if (status == MS_OK) status = ms_json_add_array(root, "mismatches", &list, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) status = add_mismatch(list, &items[i], err);
    if (status == MS_OK) status = ms_json_write(root, "-", err);
    cJSON_Delete(root);
    return status;
}

static void print_text(const char *folder, const ms_mismatch *items, size_t n, size_t checked,
                       size_t unrecorded) {
    for (size_t i = 0; i < n; i++)
        printf("%s%s%s: %s: %s\n", items[i].case_id, items[i].case_id[0] ? ": " : "", items[i].what,
               items[i].path, items[i].text);
    printf("%s: %zu files read, %zu do not match their records", folder, checked, n);
    if (unrecorded > 0) printf("; %zu cases are not done and have no record", unrecorded);
    putchar('\n');
}

static ms_status verify(const ms_study *study, const char *folder, bool json, ms_error *err) {
    ms_mismatch *items = NULL;
    size_t n = 0, checked = 0, unrecorded = 0;
    ms_status status = ms_study_verify(study, &items, &n, &checked, &unrecorded, err);
    if (status == MS_OK && json) {
        status = print_json(items, n, checked, unrecorded, err);
    } else if (status == MS_OK) {
        print_text(folder, items, n, checked, unrecorded);
    }
    free(items);
    return status == MS_OK && n > 0 ? MS_EDIFFERENT : status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *folder = ms_args_operand(args, 0);
    ms_study *study = NULL;
    size_t missing = 0;
    ms_status status = ms_study_open(folder, &study, err);
    if (status == MS_OK && ms_args_flag(args, "verify")) {
        status = verify(study, folder, ms_args_flag(args, "json"), err);
    } else if (status == MS_OK) {
        status = ms_study_check(study, &missing, err);
        if (status == MS_OK && missing > 0)
            status = ms_error_set(err, MS_EINPUT, "%s: %zu files of the table are not there (listed above)",
                                  folder, missing);
        if (status == MS_OK) printf("%s: %zu cases, nothing wrong\n", folder, ms_study_cases(study));
    }
    ms_study_free(study);
    return status;
}

static const ms_option options[] = {
    {"verify", 0, NULL, "compute the SHA-256 of every input and result again and name what does not match",
     false, false},
    {"json", 0, NULL, "with --verify: as JSON", false, false},
    {0},
};

const ms_command ms_command_study_check = {
    .group = "study",
    .name = "study check",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "check study.json, the table and that every scan is there; or every byte against its record",
    .details =
        "With --verify everything is read: each scan, mask and network, the table and study.json, and "
        "every file of the results, and compared with the SHA-256 in the done.json of each case and of "
        "the study. One line a thing that does not match; exit code 4 when there are any.",
    .example = "  myosurv study check my-study\n"
               "  myosurv study check my-study --verify",
    .options = options,
    .run = run,
};
