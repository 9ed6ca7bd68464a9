# study.sh: the study that the scripts of this folder break. Read by them (. study.sh); needs $program.

# make_study FOLDER: the smallest study in which both networks are trained: every level given, every outcome an event.
# The scans are in FOLDER-scans.
make_study() {
    local scans=$1-scans
    "$program" phantom cohort -o "$scans" --patients 8 --seed 3 --matrix 64 --slice-mm 10 --quiet >/dev/null || return 1
    awk -F, -v OFS=, '
        FNR == 1 { split("", column); for (i = 1; i <= NF; i++) column[$i] = i }
        NR == FNR { if (FNR > 1) slice[$column["case_id"]] = $column["l3_slice_index"]; next }
        FNR > 1 {
            $column["l3_slice"] = slice[$column["case_id"]]
            $column["cohort"] = FNR <= 8 ? "main" : "far"
            $column["split"] = FNR <= 6 ? "training" : FNR <= 8 ? "internal" : "external"
            $column["os_event"] = $column["rfs_event"] = 1
        }
        { print }' "$scans/truth.csv" "$scans/cohort.csv" >"$scans/table.csv" || return 1
    mv "$scans/table.csv" "$scans/cohort.csv"
    "$program" study init "$1" --cohort "$scans/cohort.csv" --preset default --quiet >/dev/null || return 1
    echo '{"members": 1, "network": {"hidden": [3], "epochs": 10}}' >"$1/train.json"
    sed -i 's/"seed": 1/"seed": 1,\n  "model": "none",\n  "train": "train.json"/' "$1/study.json"
}
# Both networks are there, or the study would prove nothing about them.
has_networks() { [ -s "$1/model/os.msm" ] && [ -s "$1/model/rfs.msm" ]; }
# hashes FOLDER: every file in it that is there to stay
hashes() { (cd "$1" && find . -type f ! -name .lock ! -name .seen ! -name '*.log' | LC_ALL=C sort | xargs -r sha256sum); }
