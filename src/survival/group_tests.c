/* Do groups differ? The tests of a table of patients; each names the function of base R that gives the same.
 */
#include "myosurv/survival_table1.h"
#include "survival/survival.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

static bool counts_in(const double *values, const size_t *group, size_t i) {
    return !isnan(values[i]) && group[i] != SIZE_MAX;
}

void ms_anova_test(const double *values, const size_t *group, size_t n, size_t n_groups, ms_group_test *out) {
    double total = 0, used = 0, within = 0, between = 0, groups = 0;
    *out = (ms_group_test){NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < n; i++)
        if (counts_in(values, group, i)) {
            total += values[i];
            used++;
        }
    for (size_t g = 0; g < n_groups; g++) {
        double sum = 0, count = 0, squares = 0;
        for (size_t i = 0; i < n; i++)
            if (counts_in(values, group, i) && group[i] == g) {
                sum += values[i];
                count++;
            }
        if (!(count > 0)) continue;
        double mean = sum / count, difference = mean - total / used;
        for (size_t i = 0; i < n; i++)
            if (counts_in(values, group, i) && group[i] == g)
                squares += (values[i] - mean) * (values[i] - mean);
        within += squares;
        between += count * difference * difference;
        groups++;
    }
    if (groups < 2 || used <= groups || !(within > 0)) return;
    out->df1 = groups - 1;
    out->df2 = used - groups;
    out->statistic = between / out->df1 / (within / out->df2);
    out->p = gsl_cdf_fdist_Q(out->statistic, out->df1, out->df2);
}

/* rank[order[i]]: mean ranks from 1; returns the sum of t^3 - t over ties. */
static double mean_ranks(const double *values, const size_t *order, size_t n, double *rank) {
    double ties = 0;
    for (size_t i = 0, next; i < n; i = next) {
        next = i + 1;
        while (next < n && values[order[next]] == values[order[i]]) next++;
        double tied = (double)(next - i);
        for (size_t k = i; k < next; k++) rank[order[k]] = (double)(i + next + 1) / 2;
        ties += tied * tied * tied - tied;
    }
    return ties;
}

ms_status ms_kruskal_test(const double *values, const size_t *group, size_t n, size_t n_groups,
                          ms_group_test *out, ms_error *err) {
    double *kept = ms_calloc(2 * n + 1, sizeof *kept), *sums = ms_calloc(2 * n_groups + 1, sizeof *sums);
    size_t *codes = ms_calloc(2 * n + 1, sizeof *codes), used = 0;
    ms_status status = kept && sums && codes ? MS_OK : ms_error_nomem(err);
    *out = (ms_group_test){NAN, NAN, NAN, NAN};
    for (size_t i = 0; i < n && !status; i++)
        if (counts_in(values, group, i)) {
            kept[used] = values[i];
            codes[used++] = group[i];
        }
    if (!status) status = ms_order(kept, used, codes + n, err);
    if (!status) {
        double *rank = kept + n, *count = sums + n_groups, m = (double)used, groups = 0, h = 0;
        double ties = mean_ranks(kept, codes + n, used, rank);
        for (size_t i = 0; i < used; i++) {
            sums[codes[i]] += rank[i];
            count[codes[i]]++;
        }
        for (size_t g = 0; g < n_groups; g++)
            if (count[g] > 0) {
                h += sums[g] * sums[g] / count[g];
                groups++;
            }
        double correction = 1 - ties / (m * m * m - m);
        if (groups >= 2 && correction > 0) {
            out->statistic = (12 * h / (m * (m + 1)) - 3 * (m + 1)) / correction;
            out->df1 = groups - 1;
            out->p = ms_chisq_upper(out->statistic, out->df1);
        }
    }
    free(kept);
    free(sums);
    free(codes);
    return status;
}

typedef struct margins {
    size_t rows, columns; /* that are not empty */
    double total;
} margins;

static double row_sum(const double *counts, size_t columns, size_t row) {
    double sum = 0;
    for (size_t j = 0; j < columns; j++) sum += counts[row * columns + j];
    return sum;
}

static double column_sum(const double *counts, size_t rows, size_t columns, size_t column) {
    double sum = 0;
    for (size_t i = 0; i < rows; i++) sum += counts[i * columns + column];
    return sum;
}

static margins margins_of(const double *counts, size_t rows, size_t columns) {
    margins m = {0};
    for (size_t i = 0; i < rows; i++) m.rows += row_sum(counts, columns, i) > 0;
    for (size_t j = 0; j < columns; j++) m.columns += column_sum(counts, rows, columns, j) > 0;
    for (size_t i = 0; i < rows * columns; i++) m.total += counts[i];
    return m;
}

void ms_chisq_table_test(const double *counts, size_t rows, size_t columns, ms_group_test *out) {
    margins m = margins_of(counts, rows, columns);
    double yates = m.rows == 2 && m.columns == 2 ? 0.5 : 0, sum = 0;
    *out = (ms_group_test){NAN, NAN, NAN, NAN};
    if (m.rows < 2 || m.columns < 2) return;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double expected = row_sum(counts, columns, i) * column_sum(counts, rows, columns, j) / m.total;
            yates = expected > 0 ? fmin(yates, fabs(counts[i * columns + j] - expected)) : yates;
        }
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++) {
            double expected = row_sum(counts, columns, i) * column_sum(counts, rows, columns, j) / m.total;
            if (!(expected > 0)) continue;
            double off = fabs(counts[i * columns + j] - expected) - yates;
            sum += off * off / expected;
        }
    out->statistic = sum;
    out->df1 = (double)((m.rows - 1) * (m.columns - 1));
    out->p = ms_chisq_upper(sum, out->df1);
}

/* ---- Fisher's test: all tables with the same margins, cell by cell ---- */

enum { MOST_STEPS = 20000000 }; /* cells tried: about a second */

typedef struct tables {
    size_t rows, columns, steps;
    double *row_left, *column_left; /* what the cells still to come must add up to */
    double *log_factorial;          /* of 0 to the total */
    double constant, limit;         /* log of the margins' part; of the observed table's probability */
    double p;
} tables;

/* Cells are taken column by column; the last row and the last column follow from the margins. */
static void walk(tables *t, size_t row, size_t column, double log_cells) {
    if (t->steps++ > MOST_STEPS) return;
    if (column + 1 == t->columns) {
        double sum = log_cells;
        for (size_t i = 0; i < t->rows; i++) sum += t->log_factorial[(size_t)t->row_left[i]];
        double log_p = t->constant - sum;
        if (log_p <= t->limit) t->p += exp(log_p);
        return;
    }
    double most = fmin(t->row_left[row], t->column_left[column]);
    bool last = row + 1 == t->rows;
    if (last && t->column_left[column] > t->row_left[row]) return; /* does not fit */
    for (double x = last ? most : 0; x <= most; x++) {
        t->row_left[row] -= x;
        t->column_left[column] -= x;
        walk(t, last ? 0 : row + 1, last ? column + 1 : column, log_cells + t->log_factorial[(size_t)x]);
        t->row_left[row] += x;
        t->column_left[column] += x;
    }
}

ms_status ms_fisher_test(const double *counts, size_t rows, size_t columns, double *p, ms_error *err) {
    margins m = margins_of(counts, rows, columns);
    tables t = {.rows = rows, .columns = columns};
    *p = NAN;
    if (m.rows < 2 || m.columns < 2) return MS_OK;
    size_t total = (size_t)m.total;
    t.row_left = ms_calloc(rows + columns + total + 1, sizeof *t.row_left);
    if (!t.row_left) return ms_error_nomem(err);
    t.column_left = t.row_left + rows;
    t.log_factorial = t.column_left + columns;
    for (size_t i = 1; i <= total; i++) t.log_factorial[i] = t.log_factorial[i - 1] + log((double)i);
    t.constant = -t.log_factorial[total];
    for (size_t i = 0; i < rows; i++)
        t.constant += t.log_factorial[(size_t)(t.row_left[i] = row_sum(counts, columns, i))];
    for (size_t j = 0; j < columns; j++)
        t.constant += t.log_factorial[(size_t)(t.column_left[j] = column_sum(counts, rows, columns, j))];
    t.limit = t.constant;
    for (size_t i = 0; i < rows * columns; i++) t.limit -= t.log_factorial[(size_t)counts[i]];
    t.limit += 1e-7; /* as R: tables as likely as this one up to rounding */
    walk(&t, 0, 0, 0);
    free(t.row_left);
    if (t.steps > MOST_STEPS)
        return ms_error_set(err, MS_EINPUT,
                            "too many tables have these margins for an exact test: use the chi-squared test");
    *p = fmin(t.p, 1);
    return MS_OK;
}
