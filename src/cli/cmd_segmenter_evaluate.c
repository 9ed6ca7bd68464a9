/* myosurv segmenter evaluate: agreement with contours, row by row. */
#include "cli/commands.h"
#include "myosurv/study.h"

#include <math.h>
#include <stdlib.h>

static const ms_option options[] = {
    {"model", 0, "FILE.pt", "the network to judge (default: the one that ships)", false, false},
    {"classical", 0, NULL, "judge the classical method instead", false, false},
    {"root", 0, "DIR", "the folder that paths in LIST are relative to (default: the list's own)", false,
     false},
    {"only", 0, "NAME", "only the rows of this name", false, false},
    {"out", 'o', "DIR", "also write scores.csv and pictures of the worst rows there", false, false},
    {"worst", 0, "N", "how many pictures (default 3)", false, false},
    {"device", 0, "auto|cpu|cuda", "where to compute (default cpu)", false, false},
    {0},
};

/* Means over rows, so that one number can be watched. */
static void tell_means(const ms_segmenter_score *scores, size_t n) {
    double dice = 0, psoas = 0, area = 0, worst = 1;
    size_t with_psoas = 0;
    for (size_t i = 0; i < n; i++) {
        dice += scores[i].dice;
        worst = fmin(worst, scores[i].dice);
        area += fabs(scores[i].area_cm2 / scores[i].contour_cm2 - 1);
        if (isnan(scores[i].psoas_dice)) continue;
        psoas += scores[i].psoas_dice;
        with_psoas++;
    }
    ms_log(MS_LOG_INFO, "%zu rows: mean Dice %.3f (worst %.3f), psoas %.3f, mean area error %.1f%%", n,
           dice / (double)n, worst, with_psoas ? psoas / (double)with_psoas : NAN, 100 * area / (double)n);
}

static ms_status run(const ms_args *args, ms_error *err) {
    static const char *const devices[] = {"auto", "cpu", "cuda"};
    size_t device = 1, worst = 3, n = 0;
    ms_study_network *network = NULL;
    ms_segmenter_score *scores = NULL;
    ms_table *table = NULL;
    if (ms_args_flag(args, "classical") && ms_args_text(args, "model"))
        return ms_error_set(err, MS_EUSAGE, "--classical and --model exclude each other: give one");
    ms_status status = ms_args_choice(args, "device", devices, MS_COUNT(devices), &device, err);
    if (status == MS_OK) status = ms_args_size(args, "worst", &worst, err);
    if (status == MS_OK && !ms_args_flag(args, "classical"))
        status = ms_study_network_open(ms_args_text(args, "model"), devices[device], &network, err);
    if (status == MS_OK)
        status = ms_study_segmenter_evaluate(ms_args_operand(args, 0), ms_args_text(args, "root"),
                                             ms_args_text(args, "only"), ms_study_network_callback(network),
                                             ms_args_text(args, "out"), worst, &scores, &n, err);
    if (status == MS_OK) status = ms_study_segmenter_table(scores, n, &table, err);
    if (status == MS_OK) status = ms_table_write(table, "-", err);
    if (status == MS_OK) tell_means(scores, n);
    ms_table_free(table);
    free(scores);
    ms_study_network_free(network);
    return status;
}

const ms_command ms_command_segmenter_evaluate = {
    .group = "modelling",
    .name = "segmenter evaluate",
    .operands = "LIST",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "agreement of a network's outlines with contours",
    .details =
        "LIST is a table as for `myosurv segmenter train`. Every row's slice is segmented as `myosurv "
        "segment` "
        "would, and compared with its contour: Dice's coefficient of all muscle and of both psoas, the error "
        "of "
        "the muscle area, the mean distance between the outlines in mm, and the flags raised. A network is "
        "judged only by scans it was not trained on.",
    .example = "# how well the classical method outlines two synthetic trunks\n"
               "printf 'scan\\nphantom:1\\nphantom:2\\n' > list.csv\n"
               "myosurv segmenter evaluate list.csv --classical\n",
    .options = options,
    .run = run,
};
