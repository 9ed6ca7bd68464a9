/* study.json's keys for the comparison of the network with what is known without it. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

void ms_study_spec_comparison_default(ms_study_spec *spec) {
    static const char *const covariates[] = {"age", "sex", "bmi"};
    static const double years[] = {365, 1095, 1825};
    spec->n_covariates = MS_COUNT(covariates);
    for (size_t c = 0; c < MS_COUNT(covariates); c++)
        (void)ms_text_format(spec->covariates[c], sizeof spec->covariates[c], "%s", covariates[c]);
    spec->n_times = MS_COUNT(years);
    memcpy(spec->times, years, sizeof years);
    spec->horizon = 1095;
}

static ms_status read_covariates(const cJSON *list, const char *name, ms_study_spec *spec, ms_error *err) {
    const cJSON *item = NULL;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > MS_STUDY_MAX_COVARIATES)
        return ms_error_set(err, MS_EINPUT, "%s: covariates: must be a list of at most %d names", name,
                            MS_STUDY_MAX_COVARIATES);
    spec->covariates_given = true;
    spec->n_covariates = 0;
    cJSON_ArrayForEach(item, list) {
        char *to = spec->covariates[spec->n_covariates];
        if (!cJSON_IsString(item) || item->valuestring[0] == '\0' ||
            !ms_text_format(to, sizeof spec->covariates[0], "%s", item->valuestring))
            return ms_error_set(err, MS_EINPUT,
                                "%s: covariates: each is age, sex, bmi or the name of a column (at most %zu "
                                "characters)",
                                name, sizeof spec->covariates[0] - 1);
        for (size_t before = 0; before < spec->n_covariates; before++)
            if (strcmp(spec->covariates[before], to) == 0)
                return ms_error_set(err, MS_EINPUT, "%s: covariates: %s is there twice", name, to);
        spec->n_covariates++;
    }
    return MS_OK;
}

static ms_status read_times(const cJSON *list, const char *name, ms_study_spec *spec, ms_error *err) {
    const cJSON *item = NULL;
    const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    bool good = n >= 1 && n <= MS_STUDY_MAX_TIMES;
    spec->n_times = 0;
    cJSON_ArrayForEach(item, list) {
        const double before = spec->n_times ? spec->times[spec->n_times - 1] : 0;
        good = good && cJSON_IsNumber(item) && item->valuedouble > before && isfinite(item->valuedouble);
        if (!good) break;
        spec->times[spec->n_times++] = item->valuedouble;
    }
    return good ? MS_OK
                : ms_error_set(err, MS_EINPUT, "%s: times: must be 1 to %d days above 0, ascending", name,
                               MS_STUDY_MAX_TIMES);
}

ms_status ms_study_spec_comparison(const cJSON *root, const char *name, ms_study_spec *spec, ms_error *err) {
    const cJSON *covariates = cJSON_GetObjectItemCaseSensitive(root, "covariates");
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(root, "times");
    ms_status status = covariates ? read_covariates(covariates, name, spec, err) : MS_OK;
    if (status == MS_OK && times) status = read_times(times, name, spec, err);
    if (status == MS_OK) status = ms_json_get_number(root, name, "horizon", &spec->horizon, err);
    if (status == MS_OK && !(spec->horizon > 0 && isfinite(spec->horizon)))
        status = ms_error_set(err, MS_EINPUT, "%s: horizon: must be days above 0", name);
    return status;
}
