#!/usr/bin/env bash
# The main job on a sample cohort: installs what is needed, builds, makes 100 synthetic patients with CT scans and a
# clinical table, goes from the scans to a survival report, and says where the report is.
#   scripts/demo.sh [FOLDER]     (default: out/demo; made anew)
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-out/demo}

scripts/install-deps.sh
scripts/build.sh release
myosurv=build/release/myosurv

started=$SECONDS
rm -rf "$out"
mkdir -p "$out"
echo "== 100 synthetic patients: scans (DICOM and NIfTI) and a clinical table"
"$myosurv" phantom cohort -o "$out/sample" --patients 100 --seed 7
echo "== the study: scans to report"
"$myosurv" study init "$out/study" --cohort "$out/sample/cohort.csv" --title "Demonstration study (synthetic patients)"
status=0
"$myosurv" study run "$out/study" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 4 ] || exit "$status"
echo
echo "Done in $((SECONDS - started)) s after the build. Open the report in a browser:"
echo "  $(readlink -f "$out/study/report.html")"
