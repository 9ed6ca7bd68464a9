# segment: level, labels and measurements of a phantom against its truth; masks given back; wrong calls.
"$MYOSURV" phantom -o trunk.nii.gz --seed 7 --matrix 192 --truth truth > /dev/null
"$MYOSURV" segment trunk.nii.gz -o out --height-m 1.75 --sex m > stdout.txt
[ -s out/mask.nii.gz ] && [ -s out/measurements.json ] && [ -s out/overview.png ]
grep -q '^sma_cm2' stdout.txt
grep -q '"slice_index"' out/measurements.json
grep -q '"smi_cm2_m2":' out/measurements.json

number() { grep -o "\"$2\":[^,}]*" "$1" | head -1 | sed 's/.*:[[:space:]]*//'; }
column() { # the value of a column of the one-row truth table
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR == 2 { print $c }' truth/truth.csv
}
near() { awk -v a="$1" -v b="$2" -v t="$3" 'BEGIN { exit !(a - b <= t && b - a <= t) }' || { echo "$1 is not near $2"; exit 1; }; }
slice=$(column l3_slice_index)
near "$(number out/measurements.json slice_index)" "$slice" 2
near "$(number out/measurements.json sma_cm2)" "$(column sma_cm2)" "$(awk -v a="$(column sma_cm2)" 'BEGIN { print 0.15 * a }')"
near "$(number out/measurements.json smd_hu)" "$(column smd_hu)" 8

# the same bytes with one thread, and again
"$MYOSURV" segment trunk.nii.gz -o again --height-m 1.75 --sex m --threads 1 --quiet > /dev/null
cmp out/mask.nii.gz again/mask.nii.gz
cmp out/measurements.json again/measurements.json

# a DICOM series of the same phantom is the same scan
"$MYOSURV" phantom -o dicom --seed 7 --matrix 192 --quiet > /dev/null
"$MYOSURV" segment dicom -o from-dicom --height-m 1.75 --sex m > /dev/null
near "$(number out/measurements.json sma_cm2)" "$(number from-dicom/measurements.json sma_cm2)" 0.01 # NIfTI keeps spacing as a 32-bit float

# a slice of one's own choice; a mask given back measures the same muscle
"$MYOSURV" segment trunk.nii.gz -o at --l3-slice "$slice" > /dev/null
[ "$(number at/measurements.json slice_index)" = "$slice" ]
grep -q '"source":[[:space:]]*"slice"' at/measurements.json
grep -q height_missing at/measurements.json
"$MYOSURV" segment trunk.nii.gz -o back --mask at/mask.nii.gz > /dev/null
[ "$(number at/measurements.json sma_cm2)" = "$(number back/measurements.json sma_cm2)" ]
grep -q mask_given back/measurements.json

# wrong calls: one line, nothing written
expect() {
    local want=$1 text=$2
    shift 2
    set +e
    "$MYOSURV" "$@" > stdout.txt 2> stderr.txt
    local got=$?
    set -e
    [ "$got" = "$want" ] || { echo "exit $got, not $want: $*"; cat stderr.txt; exit 1; }
    grep -q -- "$text" stderr.txt || { cat stderr.txt; exit 1; }
    [ "$(wc -l < stderr.txt)" -le 2 ]
}
expect 2 out segment trunk.nii.gz
expect 2 'exclude each other' segment trunk.nii.gz -o no --l3-slice 3 --l3-z 3
expect 2 height-m segment trunk.nii.gz -o no --height-m 175
expect 2 sex segment trunk.nii.gz -o no --sex x
expect 3 'outside the scan' segment trunk.nii.gz -o no --l3-slice 9999
expect 3 'outside the scan' segment trunk.nii.gz -o no --l3-z 99999
expect 3 '' segment absent.nii.gz -o no
"$MYOSURV" phantom -o small.nii.gz --seed 7 --matrix 96 > /dev/null
expect 3 'mask' segment small.nii.gz -o no --mask out/mask.nii.gz
[ ! -e no ]
