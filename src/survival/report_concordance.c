/* Concordance as text and JSON. */
#include "survival/report.h"

#include <cjson/cJSON.h>

ms_status ms_concordance_json(const ms_concordance *concordance, size_t n_dropped, char **text,
                              ms_error *err) {
    const ms_concordance *c = concordance;
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"c", c->c},
                   {"se", c->se},
                   {"lower", c->lower},
                   {"upper", c->upper},
                   {"concordant", c->concordant},
                   {"discordant", c->discordant},
                   {"tied_risk", c->tied_risk},
                   {"tied_time", c->tied_time},
                   {"tied_both", c->tied_both},
                   {"n", (double)c->n},
                   {"events", (double)c->n_events},
                   {"n_dropped", (double)n_dropped}};
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < MS_COUNT(numbers) && !status; i++)
        status = ms_json_add_number(root, numbers[i].key, numbers[i].value, err);
    return ms_report_json(root, status, text, err);
}

ms_status ms_concordance_text(const ms_concordance *concordance, size_t n_dropped, char **text,
                              ms_error *err) {
    const ms_concordance *c = concordance;
    ms_buffer out;
    ms_grid grid;
    ms_buffer_init(&out);
    ms_report_rows(&out, c->n, n_dropped);
    ms_buffer_printf(&out, ", events= %zu\nConcordance= %.4f se= %.4g (%.4f to %.4f)\n", c->n_events, c->c,
                     c->se, c->lower, c->upper);
    ms_grid_init(&grid, 5);
    const char *const header[] = {"concordant", "discordant", "tied.risk", "tied.time", "tied.both"};
    const double values[] = {c->concordant, c->discordant, c->tied_risk, c->tied_time, c->tied_both};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t i = 0; i < MS_COUNT(values); i++) ms_grid_number(&grid, values[i], 10);
    ms_grid_print(&grid, &out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return ms_report_take(&out, failed, text, err);
}
