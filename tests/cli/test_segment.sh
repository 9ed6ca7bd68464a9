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

# single muscles in their own mask; every null with its reason; how it was measured
[ -s out/muscles.nii.gz ]
cmp out/muscles.nii.gz again/muscles.nii.gz
python3 - out/measurements.json at/measurements.json <<'PY'
import json, sys
d, at = (json.load(open(f)) for f in sys.argv[1:])
m = d['measurements']
assert abs(m['psoas_cm2'] + m['erector_cm2'] + m['quadratus_cm2'] + m['wall_cm2'] - m['sma_cm2']) < 1e-6, m
assert abs(m['smg'] - m['smi_cm2_m2'] * m['smd_hu']) < 1e-9
assert abs(m['lama_cm2'] + m['nama_cm2'] - m['sma_cm2']) < 1e-6
assert set(m) == set(d['units'])
assert {k for k, v in m.items() if v is None} == set(d['missing']), d['missing']
assert d['method'] in ('classical', 'network') and 'model' in d
assert (d['l3']['source'], d['l3']['overridden'], d['l3']['n_slices']) == ('auto', False, 1)
assert (at['l3']['source'], at['l3']['overridden']) == ('slice', True)
assert at['measurements']['smi_cm2_m2'] is None and at['missing']['smi_cm2_m2'] == 'height_missing'
assert d['scan']['phase'] in ('plain', 'arterial', 'portal', 'delayed', 'unknown')
assert 0 <= d['scan']['phase_confidence'] <= 1
names = [v['name'] for v in d['l3']['vertebrae']]
assert 'L3' in names and all(v['low_mm'] < v['high_mm'] for v in d['l3']['vertebrae'])
PY

# the person decides which definitions can be said; one's own file joins those that ship
cat > own.json <<'JSON'
{"format": 1, "definitions": [{"key": "mine", "label": "Mine", "source": "our own 80 controls", "metric": "sma_cm2",
 "unit": "cm2", "positive_if": "below", "men": [{"age_to": 50, "cut": 1}, {"age_from": 50, "cut": 9999}], "women": 1,
 "population": "controls", "phase": "plain", "status": "own", "hu_range": [-29, 150]}]}
JSON
"$MYOSURV" segment trunk.nii.gz -o person --model none --l3-slice "$slice" --sex m --age 60 --height-m 1.75 --weight-kg 70 \
    --definitions own.json --phase portal --band-mm 20 > person.txt
grep '^definitions positive' person.txt | has 'mine '
python3 - person/measurements.json <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
by = {x['key']: x for x in d['definitions']}
assert by['mine']['positive'] is True and by['mine']['cut_off'] == 9999 and by['mine']['phase_differs'] is True
m = d['measurements']
prado = by['prado2008']
assert prado['positive'] == (m['smi_cm2_m2'] < 52.4) and prado['status'] == 'second'
assert by['hamaguchi2016_imac']['positive'] is None and by['hamaguchi2016_imac']['why'] == 'not_measured'
assert d['scan']['phase'] == 'portal' and d['scan']['phase_source'] == 'given'
assert d['l3']['n_slices'] > 1 and d['l3']['band_mm'] == 20
z = {(x['metric'], x['norm']): x['z'] for x in d['z_scores']}
assert abs(z['pmi_cm2_m2', 'hamaguchi2016'] - (m['pmi_cm2_m2'] - 8.85) / 1.61) < 1e-9
assert not any(n == 'framingham2023' for _, n in z)  # only women are tabulated there
assert abs(d['person']['bmi_kg_m2'] - 70 / 1.75 ** 2) < 1e-9
PY

# many scans in one process: a folder each, one table; a case that fails does not stop the others
"$MYOSURV" phantom -o other.nii.gz --seed 9 --matrix 128 --quiet > /dev/null
printf 'case_id,scan,mask,l3_slice,sex,height_m\nA,trunk.nii.gz,,,m,1.75\nbroken,none.nii.gz,,,f,\nB,other.nii.gz,,%s,f,1.6\nC,trunk.nii.gz,at/mask.nii.gz,,,\n' 20 > list.csv
set +e
"$MYOSURV" segment --list list.csv -o all > list.txt 2> list.err
got=$?
set -e
[ "$got" = 4 ] || { cat list.err; exit 1; }
grep -q broken list.err
cmp all/A/mask.nii.gz out/mask.nii.gz
cmp all/C/mask.nii.gz back/mask.nii.gz
[ "$(number all/B/measurements.json slice_index)" = 20 ]
[ "$(wc -l < all/measurements.csv)" = 4 ] && [ ! -e all/broken ]
head -1 all/measurements.csv | has '^case_id,l3_slice,l3_z_mm,.*,phase,.*,flags,sma_cm2,.*,sma_z_framingham2023'
grep -q '^C,.*,mask,' all/measurements.csv

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
expect 2 'name a scan' segment -o no
expect 2 'exclude each other' segment trunk.nii.gz --list list.csv -o no
expect 2 'column of the table' segment --list list.csv -o no --l3-slice 3
expect 2 band-mm segment trunk.nii.gz -o no --band-mm 500
expect 2 phase segment trunk.nii.gz -o no --phase venous
expect 2 vat-hu segment trunk.nii.gz -o no --vat-hu -30,-190
printf '{"format": 1, "definitions": [{"key": "prado2008"}]}' > bad.json
expect 3 'bad.json: definitions\[0\] (prado2008): "label"' segment trunk.nii.gz -o no --definitions bad.json
sed 's/"mine"/"prado2008"/' own.json > taken.json
expect 3 'prado2008.*taken' segment trunk.nii.gz -o no --definitions taken.json
printf 'case_id,scan\nA,x\nA,y\n' > twice.csv
expect 3 'twice.csv:3: column case_id' segment --list twice.csv -o no
expect 2 sex segment trunk.nii.gz -o no --sex x
expect 3 'outside the scan' segment trunk.nii.gz -o no --l3-slice 9999
expect 3 'outside the scan' segment trunk.nii.gz -o no --l3-z 99999
expect 3 '' segment absent.nii.gz -o no
"$MYOSURV" phantom -o small.nii.gz --seed 7 --matrix 96 > /dev/null
expect 3 'mask' segment small.nii.gz -o no --mask out/mask.nii.gz
[ ! -e no ]

# real scans with contours: the areas of a mask given are those counted in the contour file
if [ -d "${MS_SHARED_DIR:-}/ct" ]; then
    while IFS=, read -r name scan contour _ _ _ _ _ _ _ _ sma _ psoas _; do
        [ "$name" = totalseg ] || [ "$name" = cort ] || continue
        "$MYOSURV" segment "$MS_SHARED_DIR/ct/$scan" -o "real-$name" --mask "$MS_SHARED_DIR/ct/$contour" > /dev/null
        near "$(number "real-$name/measurements.json" sma_cm2)" "$sma" 0.06
        near "$(number "real-$name/measurements.json" psoas_cm2)" "$psoas" 0.06
    done < "$MS_SHARED_DIR/ct/cases.csv"
else
    echo 'skipped: no ../shared/ct'
fi
