/* myosurv explain: what a model's risks are made up of. */
#include "cli/commands.h"
#include "cli/explain_cli.h"

static const ms_option options[] = {
    {"output", 'o', "OUT",
     "contributions as CSV (standard output when nothing else is asked for); with --scan or --case the map, "
     ".png",
     false, false},
    {"method", 'm', "NAME", "integrated-gradients (default) or shapley", false, false},
    {"background", 'b', "TABLE",
     "patients to compare with, best the training table (default: the training rows' centre)", false, false},
    {"max-background", 0, "N", "at most so many of them, drawn at random (default 100)", false, false},
    {"steps", 0, "N", "integrated gradients: a fixed number of points (default: as many as it takes)", false,
     false},
    {"samples", 0, "N", "shapley: orders of the inputs that are tried (default 200)", false, false},
    {"group-by", 'g', "WHAT",
     "add contributions up by family, image, region or region+family of radiomics features: table and "
     "figures "
     "are of the groups then",
     false, false},
    {"id", 0, "COL", "column that names the rows (default case_id, else id)", false, false},
    {"long", 0, NULL, "a row a patient and input, with its value and standard error", false, false},
    {"importance", 0, "OUT.csv", "mean absolute contribution of each input over all rows", false, false},
    {"time", 't', "COL", "with --event: permutation importance, too: how far C falls without an input", false,
     false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", false, false},
    {"repeats", 0, "N", "of each permutation (default 5)", false, false},
    {"figure", 'f', "FILE", "importance as bars: .svg, .pdf or .png", false, false},
    {"permutation", 0, "FILE", "the same of the permutation importance", false, false},
    {"beeswarm", 0, "FILE", "a dot a patient and input, coloured by the input's value", false, false},
    {"waterfall", 0, "FILE", "what the risk of one patient (--case) is made up of", false, false},
    {"top", 0, "N", "inputs shown in a figure (default 20)", false, false},
    {"case", 0, "ID", "which patient: of the table (--waterfall), or of the study (map)", false, false},
    {"endpoint", 0, "NAME", "which of the study's models (default: its first endpoint)", false, false},
    {"scan", 0, "SCAN", "map over a slice of this scan", false, false},
    {"mask", 0, "FILE", "its mask, as segment writes it", false, false},
    {"series", 0, "S", "which series of a DICOM folder", false, false},
    {"l3-slice", 0, "K", "which slice (default: the one with most muscle in the mask)", false, false},
    {"region", 0, "PREFIX=N+N",
     "labels whose features carry this prefix (default, as a study: sm_=1+2+3 and pm_=2+3)", false, true},
    {"label", 0, "N[,N..]", "the same for features without a prefix", false, false},
    {"preset", 0, "NAME", "how the model's features were computed (default liu2024, as a study)", false,
     false},
    {"config", 'c', "FILE", "the same as a file (see `features`)", false, false},
    {"row", 0, "TABLE:ID",
     "row of a table with the patient's other inputs (age_years, ...): its case_id or id; without :ID the "
     "only "
     "row",
     false, false},
    {"occlude", 0, "HOW",
     "remove (default): a patch is taken out of the mask; median: it gets the muscle's median intensity",
     false, false},
    {"patch-mm", 0, "MM", "side of a patch (default 20)", false, false},
    {"step-mm", 0, "MM", "between patches (default a quarter of the side)", false, false},
    {"per-cm2", 0, NULL, "contribution a cm2 of muscle instead of a patch", false, false},
    {"limit", 0, "X", "end of the colours (default: the largest value in the map)", false, false},
    {"nifti", 0, "FILE", "the map on the scan's grid: .nii.gz", false, false},
    {"patches", 0, "OUT.csv", "every patch: place, muscle, risk without it, contribution", false, false},
    {0},
};

static ms_status run(const ms_args *args, ms_error *err) {
    const bool scan = ms_args_text(args, "scan") != NULL, table = ms_args_operands(args) == 2;
    const bool study = !scan && !table && ms_path_is_dir(ms_args_operand(args, 0));
    if (scan && table)
        return ms_error_set(err, MS_EUSAGE,
                            "explain: give either a table (contributions) or --scan (a map), not both");
    if (study && !ms_args_text(args, "case"))
        return ms_error_set(err, MS_EUSAGE, "explain: %s is a study: give --case ID",
                            ms_args_operand(args, 0));
    if (!scan && !table && !study)
        return ms_error_set(
            err, MS_EUSAGE,
            "explain: give a table of patients after the model, --scan and --mask, or a study's "
            "folder and --case");
    return table ? ms_cli_explain_table(args, err) : ms_cli_explain_map(args, study, err);
}

const ms_command ms_command_explain = {
    .group = "modelling",
    .name = "explain",
    .operands = "MODEL [TABLE] | STUDY",
    .min_operands = 1,
    .max_operands = 2,
    .summary = "what a model's risks are made up of: contributions, importance, a map over the slice",
    .details =
        "MODEL TABLE: each patient's risk (log hazard ratio) is split over the inputs: risk = baseline + "
        "contributions, by integrated gradients (Sundararajan et al. 2017) or Shapley values by sampling "
        "(Strumbelj and Kononenko 2014), which every output says. The baseline is the mean risk of "
        "--background, "
        "or of a patient at the training rows' centre. With --time and --event also permutation importance. "
        "With "
        "more than a thousand radiomics features add them up: --group-by.\n\n"
        "MODEL --scan SCAN --mask FILE, or STUDY --case ID: a map over the slice. Patches of the muscle are "
        "taken "
        "away one by one, the features computed anew, and the change in risk is painted where the patch was: "
        "red raises the risk. Features must be computed as they were for the model: --preset or --config, "
        "and "
        "--region; a study knows. Contributions say what the model does with its inputs, not what causes "
        "an event; docs/model-explain.md.",
    .example =
        "# contributions of each patient, and figures of the most important inputs\n"
        "myosurv explain os.model test.csv --background train.csv -o contributions.csv --beeswarm swarm.svg\n"
        "# by feature family, with permutation importance\n"
        "myosurv explain os.model test.csv -g region+family --importance groups.csv -t os_days -e os_event\n"
        "# one patient, Shapley values with standard errors\n"
        "myosurv explain os.model test.csv --method shapley --waterfall p17.svg --case P130\n"
        "# a map over the L3 slice of a study's patient\n"
        "myosurv explain my-study --case SYN-0003 --endpoint os -o map.png --nifti map.nii.gz\n"
        "# the same from single files\n"
        "myosurv explain my-study/model/os.msm --scan scan.nii.gz --mask out/mask.nii.gz --preset liu2024 -o "
        "map.png",
    .options = options,
    .run = run,
};
