/* myosurv evaluate: a trained model in other patients, beside its rivals. */
#include "cli/commands.h"
#include "cli/compare_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/study_evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, in the unit of the training times", true, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", true, false},
    {"cohort", 0, "COL", "evaluate the rows of each value of this column by themselves", false, false},
    {"at", 'a', "T1,T2,...", "horizons for AUC, Brier score, calibration, NRI, IDI and decision curves",
     false, false},
    {"against", 0, "MODEL2|COLS",
     "compare with another model file, or with columns: scores, or with --rivals a Cox model of them", false,
     false},
    {"rivals", 0, "TRAIN.csv",
     "fit PCA + Cox and elastic net Cox to the model's training table and show them beside it", false, false},
    {"tau", 0, "T", "Uno's C counts events up to here (default: the last of --at, or all)", false, false},
    {"cuts", 0, "P[,P...]", "risk categories for a second NRI, as 0.1,0.3", false, false},
    {"thresholds", 0, "P[,P...]", "thresholds of the decision curves (default 0.01 to 0.99)", false, false},
    MS_BOOTSTRAP_OPTIONS("500"),
    {"output", 'o', "FILE.csv", "also write a row a number", false, false},
    {"json", 0, NULL, "JSON with 17 digits, with the curves", false, false},
    {"figure", 'f', "DIR|FILE",
     "figures into a folder: C, ROC, calibration, decision curves; or C alone as .svg, .pdf or .png", false,
     false},
    {0},
};

/* What the command line leads to; all owned. */
typedef struct work {
    ms_model *model, *reference;
    ms_table *training;
    ms_table **tables;
    size_t n_tables;
    double *times, *cuts, *thresholds;
    ms_evaluation *evaluations;
    size_t n;
} work;

static void work_clear(work *w) {
    for (size_t c = 0; c < w->n; c++) ms_evaluation_clear(&w->evaluations[c]);
    for (size_t t = 0; t < w->n_tables; t++) ms_table_free(w->tables[t]);
    free(w->evaluations);
    free(w->tables);
    free(w->times);
    free(w->cuts);
    free(w->thresholds);
    ms_table_free(w->training);
    ms_model_free(w->model);
    ms_model_free(w->reference);
}

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static ms_status read_options(const ms_args *args, ms_evaluate_request *r, work *w, ms_error *err) {
    ms_evaluate_options *o = &r->options;
    ms_evaluate_options_default(o);
    ms_rival_options_default(&r->rivals);
    o->seed = r->rivals.seed = ms_args_seed(args);
    r->time = ms_args_text(args, "time");
    r->event = ms_args_text(args, "event");
    r->cohort = ms_args_text(args, "cohort");
    ms_status status = ms_cli_bootstrap(args, &o->replicates, &o->interval, &o->conf_level, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "at", &w->times, &o->n_times, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "cuts", &w->cuts, &o->n_cuts, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "thresholds", &w->thresholds, &o->n_thresholds, err);
    if (status == MS_OK) status = ms_args_number(args, "tau", &o->tau, err);
    if (w->times) qsort(w->times, o->n_times, sizeof *w->times, ascending);
    o->times = w->times;
    o->cuts = w->cuts;
    o->thresholds = w->thresholds;
    if (status == MS_OK && (o->n_cuts || o->n_thresholds) && !o->n_times)
        status = ms_error_set(err, MS_EUSAGE, "--cuts and --thresholds need --at: probabilities by when?");
    return status;
}

/* --against is a model when a file of that name is there, else a list of columns. */
static ms_status read_inputs(const ms_args *args, ms_evaluate_request *r, work *w, ms_error *err) {
    const char *against = ms_args_text(args, "against"), *rivals = ms_args_text(args, "rivals");
    ms_status status = ms_model_load(&w->model, ms_args_operand(args, 0), err);
    if (status == MS_OK && against && ms_path_exists(against)) {
        status = ms_model_load(&w->reference, against, err);
        r->reference_name = ms_path_base(against);
    } else {
        r->columns = against;
    }
    if (status == MS_OK && rivals) status = ms_table_read(&w->training, rivals, err);
    const size_t n = ms_args_operands(args) - 1;
    w->tables = ms_calloc(n, sizeof(ms_table *));
    if (status == MS_OK && !w->tables) status = ms_error_nomem(err);
    for (size_t t = 0; t < n && status == MS_OK; t++) {
        status = ms_table_read(&w->tables[t], ms_args_operand(args, t + 1), err);
        if (status == MS_OK) w->n_tables++;
    }
    r->model = w->model;
    r->reference = w->reference;
    r->training = w->training;
    return status;
}

static ms_status write_results(const ms_args *args, const work *w, ms_error *err) {
    const char *output = ms_args_text(args, "output"), *figure = ms_args_text(args, "figure");
    ms_table *table = NULL;
    char *text = NULL;
    ms_status status = MS_OK;
    if (output) {
        status = ms_evaluations_table(w->evaluations, w->n, &table, err);
        if (status == MS_OK) status = ms_table_write(table, output, err);
        ms_table_free(table);
    }
    if (status == MS_OK && figure) status = ms_evaluations_draw(w->evaluations, w->n, figure, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_evaluations_json(w->evaluations, w->n, &text, err)
                                            : ms_evaluations_text(w->evaluations, w->n, &text, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_evaluate_request request = {0};
    work w = {0};
    ms_status status = read_options(args, &request, &w, err);
    if (status == MS_OK) status = read_inputs(args, &request, &w, err);
    if (status == MS_OK && !ms_args_dry_run(args)) {
        status = ms_evaluate_tables((const ms_table *const *)w.tables, w.n_tables, &request, &w.evaluations,
                                    &w.n, err);
        if (status == MS_OK) status = write_results(args, &w, err);
    }
    work_clear(&w);
    return status;
}

const ms_command ms_command_evaluate = {
    .group = "modelling",
    .name = "evaluate",
    .operands = "MODEL TABLE...",
    .min_operands = 2,
    .max_operands = SIZE_MAX,
    .summary = "how good a trained model is in other patients, beside plain rivals",
    .details =
        "For each table, or each value of --cohort: Harrell's and Uno's C, log-rank test and hazard ratio of "
        "high "
        "against low risk at the model's cut-point, and at each of --at AUC, Brier score, IPA, calibration "
        "(observed / expected, in the large, slope), and decision curves. With --rivals the same for "
        "principal "
        "components + Cox and for elastic net Cox, fitted to the training table, and what the network gains "
        "or "
        "loses beside each: C, AUC, Brier score, NRI, IDI. Intervals are of patients drawn anew within the "
        "cohort. "
        "The network is called better only where the interval of the difference of C leaves out 0.\n\n"
        "Tables must have the model's columns in its units, as for predict. Rows without an outcome are left "
        "out "
        "and counted. A column given to --against without --rivals is a score (higher: earlier event) whose "
        "probabilities come from the baseline hazard that fits these very patients: that flatters it.",
    .example = "# the model in two external cohorts, beside its rivals, at one and three years\n"
               "myosurv evaluate os.model hospital_a.csv hospital_b.csv --time os_days --event os_event --at "
               "365,1095 --rivals train.csv --figure evaluation/ -o evaluation.csv\n"
               "# against a clinical Cox model of age and sex, each centre by itself\n"
               "myosurv evaluate os.model test.csv -t os_days -e os_event --cohort centre --rivals train.csv "
               "--against age_years,sex",
    .options = options,
    .run = run,
};
