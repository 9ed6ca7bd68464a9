/* The patients' table: what each column is, summarised whole and by group. */
#include "survival/table1.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status alloc_numbers(ms_table1_row *row, size_t width, ms_error *err) {
    double *block = ms_calloc(9 * width, sizeof *block);
    if (!block) return ms_error_nomem(err);
    double **arrays[] = {&row->n,   &row->missing,        &row->mean,           &row->sd, &row->median,
                         &row->min, &row->lower_quartile, &row->upper_quartile, &row->max};
    for (size_t i = 0; i < MS_COUNT(arrays); i++) *arrays[i] = block + i * width;
    return MS_OK;
}

/* R's type 7 of sorted values[n]. */
static double quantile(const double *values, size_t n, double p) {
    double at = p * (double)(n - 1), below = floor(at);
    size_t i = (size_t)below;
    return i + 1 < n ? values[i] + (at - below) * (values[i + 1] - values[i]) : values[n - 1];
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Fills place `at` of the row from values[n], which are sorted here. */
static void summarise(double *values, size_t n, ms_table1_row *row, size_t at) {
    double sum = 0, squares = 0;
    row->n[at] = (double)n;
    row->mean[at] = row->sd[at] = row->median[at] = row->lower_quartile[at] = row->upper_quartile[at] =
        row->min[at] = row->max[at] = NAN;
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) sum += values[i];
    row->mean[at] = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (values[i] - row->mean[at]) * (values[i] - row->mean[at]);
    row->sd[at] = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    qsort(values, n, sizeof *values, compare);
    row->min[at] = values[0];
    row->max[at] = values[n - 1];
    row->lower_quartile[at] = quantile(values, n, 0.25);
    row->median[at] = quantile(values, n, 0.5);
    row->upper_quartile[at] = quantile(values, n, 0.75);
}

static double difference(const ms_table1_row *row, size_t a, size_t b) {
    double spread = sqrt((row->sd[a] * row->sd[a] + row->sd[b] * row->sd[b]) / 2);
    double off = fabs(row->mean[a] - row->mean[b]);
    return off == 0 ? 0 : off / spread;
}

ms_status ms_table1_numbers(const double *values, const size_t *group, size_t n, size_t n_groups,
                            ms_table1_row *row, ms_error *err) {
    ms_group_test test = {.p = NAN};
    double *kept = ms_calloc(n + 1, sizeof *kept);
    ms_status status = kept ? alloc_numbers(row, n_groups + 1, err) : ms_error_nomem(err);
    for (size_t at = 0; at <= n_groups && !status; at++) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            if (group[i] == SIZE_MAX || (at > 0 && group[i] != at - 1)) continue;
            if (isnan(values[i]))
                row->missing[at]++;
            else
                kept[m++] = values[i];
        }
        summarise(kept, m, row, at);
    }
    free(kept);
    if (status) return status;
    row->p = row->smd = NAN;
    if (n_groups < 2) return MS_OK;
    if (row->kind == MS_TABLE1_MEAN)
        ms_anova_test(values, group, n, n_groups, &test);
    else if ((status = ms_kruskal_test(values, group, n, n_groups, &test, err)))
        return status;
    row->p = test.p;
    double sum = 0, pairs = 0;
    for (size_t a = 1; a <= n_groups; a++)
        for (size_t b = a + 1; b <= n_groups; b++, pairs++) sum += difference(row, a, b);
    row->smd = sum / pairs;
    return MS_OK;
}

/* Yang & Dalton's distance of two groups' shares of the levels but the first. */
static ms_status level_difference(const ms_table1_row *row, size_t width, size_t a, size_t b, double *work,
                                  double *value, ms_error *err) {
    size_t p = row->n_levels - 1;
    double *off = work, *s = work + p;
    for (size_t i = 0; i < p; i++) {
        double pa = row->counts[(i + 1) * width + a] / row->n[a];
        double pb = row->counts[(i + 1) * width + b] / row->n[b];
        off[i] = pa - pb;
        for (size_t j = 0; j < p; j++) {
            double qa = row->counts[(j + 1) * width + a] / row->n[a];
            double qb = row->counts[(j + 1) * width + b] / row->n[b];
            s[i * p + j] = ((i == j) * (pa + pb) - pa * qa - pb * qb) / 2;
        }
    }
    ms_status status = ms_quadratic_form(s, off, p, 1e-12, value, NULL, err);
    *value = sqrt(*value);
    return status;
}

static ms_status level_differences(ms_table1_row *row, size_t n_groups, ms_error *err) {
    size_t p = row->n_levels ? row->n_levels - 1 : 0, pairs = 0;
    double *work = ms_calloc(p + p * p + 1, sizeof *work), sum = 0, value;
    ms_status status = work ? MS_OK : ms_error_nomem(err);
    for (size_t a = 1; a <= n_groups; a++)
        for (size_t b = a + 1; b <= n_groups && !status; b++, pairs++) {
            status = level_difference(row, n_groups + 1, a, b, work, &value, err);
            sum += value;
        }
    row->smd = sum / (double)pairs;
    free(work);
    return status;
}

static ms_status level_test(ms_table1_row *row, size_t n_groups, ms_error *err) {
    ms_group_test test;
    double *counts = ms_calloc(row->n_levels * n_groups + 1, sizeof *counts);
    if (!counts) return ms_error_nomem(err);
    for (size_t l = 0; l < row->n_levels; l++)
        for (size_t g = 0; g < n_groups; g++)
            counts[l * n_groups + g] = row->counts[l * (n_groups + 1) + g + 1];
    ms_chisq_table_test(counts, row->n_levels, n_groups, &test);
    row->p = test.p;
    ms_status status = MS_OK;
    if (row->kind == MS_TABLE1_EXACT) status = ms_fisher_test(counts, row->n_levels, n_groups, &row->p, err);
    free(counts);
    return status;
}

ms_status ms_table1_levels(const ms_factor *factor, const size_t *group, size_t n, size_t n_groups,
                           ms_table1_row *row, ms_error *err) {
    size_t width = n_groups + 1;
    row->n_levels = factor->n_levels;
    row->levels = ms_calloc(factor->n_levels + 1, sizeof *row->levels);
    row->n = ms_calloc((2 + factor->n_levels) * width, sizeof *row->n);
    if (!row->levels || !row->n) return ms_error_nomem(err);
    row->missing = row->n + width;
    row->counts = row->missing + width;
    for (size_t l = 0; l < factor->n_levels; l++)
        if (!(row->levels[l] = ms_strdup(factor->levels[l]))) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (group[i] == SIZE_MAX) continue;
        const size_t places[] = {0, group[i] + 1};
        for (size_t k = 0; k < MS_COUNT(places); k++) {
            if (n_groups == 0 && k > 0) break;
            if (factor->codes[i] == SIZE_MAX) {
                row->missing[places[k]]++;
                continue;
            }
            row->n[places[k]]++;
            row->counts[factor->codes[i] * width + places[k]]++;
        }
    }
    row->p = row->smd = NAN;
    if (n_groups < 2) return MS_OK;
    ms_status status = level_test(row, n_groups, err);
    return status ? status : level_differences(row, n_groups, err);
}

void ms_table1_clear(ms_table1 *t) {
    for (size_t i = 0; i < t->n_rows && t->rows; i++) {
        ms_table1_row *row = &t->rows[i];
        for (size_t l = 0; l < row->n_levels && row->levels; l++) free(row->levels[l]);
        free(row->levels);
        free(row->name);
        free(row->n);
    }
    for (size_t g = 0; g < t->n_groups && t->groups; g++) free(t->groups[g]);
    MS_FREE(t->rows);
    MS_FREE(t->groups);
    MS_FREE(t->group_column);
    MS_FREE(t->n);
    t->n_rows = t->n_groups = 0;
}
