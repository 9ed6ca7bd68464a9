/* What the tests of predictions share: the patients of the references, and cells of R's data frames. */
#ifndef MS_TESTS_PREDICTION_REFERENCE_H
#define MS_TESTS_PREDICTION_REFERENCE_H

#include "myosurv/survival_prediction.h"
#include "survival/reference.h"

enum { MOST = 500 };

/* The rows of a data set that the reference's models used: those with a value in `needed`. */
static inline ms_prediction_frame outcome_of(const char *data, const char *event, const char *event_value,
                                             const char *competing, const char *needed,
                                             const char *censoring) {
    ms_error err = {0};
    ms_prediction_frame f = {0};
    ms_table *table = read_data(data);
    ms_prediction_columns columns = {.time = "time",
                                     .event = event,
                                     .event_value = event_value,
                                     .competing = competing,
                                     .markers = &needed,
                                     .n_markers = 1,
                                     .censoring = censoring};
    assert_ok(ms_prediction_frame_read(table, &columns, &f, &err), &err);
    ms_table_free(table);
    return f;
}

/* tests/golden/survival/prediction.csv: status 2 is competing, or censored; markers p20 and p30. */
static inline ms_prediction_frame golden_outcome(bool competing) {
    ms_error err = {0};
    ms_prediction_frame f = {0};
    ms_table *table = NULL;
    const char *const markers[] = {"p20", "p30"};
    ms_prediction_columns columns = {.time = "time",
                                     .event = "status",
                                     .event_value = "1",
                                     .competing = competing ? "2" : NULL,
                                     .markers = markers,
                                     .n_markers = 2,
                                     .probabilities = true};
    assert_ok(ms_table_read(&table, MS_TEST_GOLDEN_DIR "/survival/prediction.csv", &err), &err);
    assert_ok(ms_prediction_frame_read(table, &columns, &f, &err), &err);
    ms_table_free(table);
    return f;
}

static inline size_t numbers_of(const cJSON *array, double *out, size_t most) {
    size_t n = 0;
    for (const cJSON *item = array->child; item; item = item->next) {
        assert_true(n < most);
        out[n++] = number_of(item);
    }
    return n;
}

/* Column k of an array of rows. */
static inline void column_of(const cJSON *rows, int k, double *out) {
    size_t n = 0;
    for (const cJSON *row = rows->child; row; row = row->next)
        out[n++] = number_of(cJSON_IsArray(row) ? cJSON_GetArrayItem(row, k) : row);
}

/* A row of a data frame in JSON that has this model and time; -1: none. */
static inline int find_row(const cJSON *frame, const char *model, double time, const char *reference) {
    const cJSON *models = member(frame, "model"), *times = member(frame, "times");
    for (int i = 0; i < cJSON_GetArraySize(models); i++)
        if (strcmp(cJSON_GetArrayItem(models, i)->valuestring, model) == 0 &&
            number_of(cJSON_GetArrayItem(times, i)) == time &&
            (!reference ||
             strcmp(cJSON_GetArrayItem(member(frame, "reference"), i)->valuestring, reference) == 0))
            return i;
    return -1;
}

static inline double cell(const cJSON *frame, const char *column, int row) {
    return number_of(cJSON_GetArrayItem(member(frame, column), row));
}

#endif
