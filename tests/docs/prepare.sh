#!/usr/bin/env bash
# Makes the folder in which the manual's commands are run (run-page.sh, run-help.sh): synthetic scans and tables under
# the names that the pages use, the tables that ship with the program, and a study of 14 synthetic patients that has run.
#   MYOSURV=program MS_SOURCE_DIR=source prepare.sh FOLDER
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
rm -rf "$1"
mkdir -p "$1/.bin"
cd "$1"
ln -s "$MYOSURV" .bin/myosurv
for folder in data scripts docs tests include; do ln -s "$MS_SOURCE_DIR/$folder" $folder; done
cp "$MS_SOURCE_DIR"/data/*.csv "$here"/tables/*.csv .
awk -f "$here/tables.awk"

# Scans of the pages about one scan
"$MYOSURV" phantom -o scan.nii.gz --seed 5 --matrix 96 --slice-mm 5 -q
"$MYOSURV" segment scan.nii.gz -o out -q >/dev/null
cp out/mask.nii.gz mask.nii.gz
cp out/mask.nii.gz mended.nii.gz
mkdir -p scans contours
for number in 01 02; do
    cp scan.nii.gz scans/p$number.nii.gz
    cp mask.nii.gz contours/p$number.nii.gz
done
printf 'case_id,scan\np01,p01.nii.gz\np02,p02.nii.gz\n' >scans/scans.csv
printf 'case_id,scan\np01,scans/p01.nii.gz\np02,scans/p02.nii.gz\n' >scans.csv
printf 'case_id,image,mask\np01,scans/p01.nii.gz,contours/p01.nii.gz\np02,scans/p02.nii.gz,contours/p02.nii.gz\n' >cases.csv
printf 'imageType:\n  Original: {}\nsetting:\n  binWidth: 25\n' >params.yaml

# A study that has run, and what other pages make of it
"$MYOSURV" phantom cohort -o sample --patients 14 --matrix 96 --slice-mm 5 -q
"$MYOSURV" study init my-study --cohort sample/cohort.csv -q
"$MYOSURV" study run my-study -q
for name in liver study-2026 study-2027; do ln -s my-study $name; done
"$MYOSURV" train train.csv --time os_days --event os_event --x 'age_years,sm_*,pm_*' -o os.model -q
