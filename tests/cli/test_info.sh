#!/usr/bin/env bash
# myosurv info: what it prints of NIfTI and DICOM, the list of series, and how bad input ends: exit 3, one line on
# standard error, nothing on standard output that identifies.
set -euo pipefail

expect() { grep -qE -- "$2" "$1" || { cat "$1" >&2; fail "no '$2' in $1"; }; }

# refused WORDS ARGUMENT...: exit 3 and one line of error with the words.
refused() {
    local words=$1 code=0
    shift
    "$MYOSURV" info "$@" >out.txt 2>err.txt || code=$?
    [ "$code" = 3 ] || { cat err.txt >&2; fail "info $*: exit $code, not 3"; }
    [ "$(wc -l <err.txt)" = 1 ] || { cat err.txt >&2; fail "info $*: not one line of error"; }
    expect err.txt "$words"
}

"$MYOSURV" phantom -o trunk.nii.gz --usual --matrix 64 --slice-mm 10 >/dev/null
"$MYOSURV" info trunk.nii.gz >out.txt
expect out.txt '^format +NIfTI, 1 file$'
expect out.txt '^size +64 x 64 x [0-9]+ voxels'
expect out.txt '^spacing .* x 10 mm$'

"$MYOSURV" phantom -o trunk --format dicom --usual --matrix 64 --slice-mm 10 >/dev/null
n=$(find trunk -type f -name '*.dcm' | wc -l)
"$MYOSURV" info trunk >out.txt
expect out.txt "^format +DICOM, CT, $n files$"
expect out.txt '^\*1 +[0-9a-f]{16} .*axial'

# JSON with the same facts
"$MYOSURV" info trunk --json >out.json
expect out.json '"format": "DICOM"'
expect out.json "\"files\": $n,"
expect out.json '"chosen": true'

# A name and an id put into every header are in no output.
cp -r trunk named
find named -type f -name '*.dcm' -exec sed -i 's/SYNTHETIC/PLANTED^X/g' {} +
grep -rqa 'PLANTED' named || fail 'the name was not planted'
for options in '' '--json' '--verbose' '--series 1'; do
    # shellcheck disable=SC2086
    "$MYOSURV" info named $options >out.txt 2>err.txt
    ! grep -q 'PLANTED' out.txt err.txt || fail "info $options shows the patient's name"
done
first=$(find named -type f -name '*.dcm' | sort | head -1)
truncate -s 3000 "$first"
refused 'truncated' named
! grep -q 'PLANTED' err.txt out.txt || fail 'an error shows the name'

# Two series: the one with more slices is taken, both are listed, and either can be had.
mkdir two
cp -r trunk two/a
"$MYOSURV" phantom -o two/b --format dicom --usual --matrix 64 --slice-mm 8 --seed 5 >/dev/null
"$MYOSURV" info two >out.txt 2>err.txt
expect err.txt '2 CT series; number 2 with [0-9]+ slices was chosen by rule'
expect out.txt '^ 1 '
expect out.txt '^\*2 '
expect out.txt '^note +series_chosen: '
"$MYOSURV" info two --json >out.json 2>/dev/null
expect out.json '"word": "series_chosen"'
"$MYOSURV" info two --series 1 >out.txt 2>err.txt
expect out.txt '^\*1 '
! grep -q 'chosen by rule' err.txt || fail 'a choice by rule is told where there was none'
"$MYOSURV" info two --series 2 >out.txt
expect out.txt '^\*2 '
expect out.txt '^spacing .* x 8 mm$'
refused "no series '7'" two --series 7

# What is no scan, or half of one
mkdir empty texts
refused 'the folder is empty' empty
echo 'Dear colleague, please find the scan attached.' >texts/scan.txt
refused 'none of the folder.s 1 file is DICOM' texts
echo 'Dear colleague' >letter.dcm
refused 'letter.dcm: is no DICOM file' letter.dcm
refused 'no such file' missing.nii.gz
head -c 20000 trunk.nii.gz >half.nii.gz
refused 'half.nii.gz: .*truncated' half.nii.gz
rm "$(find trunk -type f -name '*.dcm' | sort | sed -n 5p)"
refused '1 slice is missing' trunk

# Misuse is exit 2.
code=0
"$MYOSURV" info >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || fail "info without a scan: exit $code, not 2"

# Real scans, where there are any
if [ -d "${MS_SHARED_DIR:-/nonexistent}/ct/pancreas" ]; then
    "$MYOSURV" info "$MS_SHARED_DIR/ct/pancreas" >out.txt
    expect out.txt '^size +512 x 512 x 134 '
    expect out.txt '^spacing +1.07422 x 1.07422 x 3 mm$'
else
    echo 'skipped: no ../shared/ct'
fi
