# myosurv diff: tables, JSON, masks, folders; exit codes; keyed by case, not by row; tolerances; the sample scans.
cat >a.csv <<'T'
case_id,sma_cm2,method,note
P1,100.0,network,
P2,90.5,network,seen
P3,NA,mask,
T
cat >b.csv <<'T'
case_id,method,sma_cm2,note
P3,mask,,
P1,network,100,
P2,network,90.5,seen
T
# Other order of rows and columns, 100.0 and 100, NA and empty: alike.
"$MYOSURV" diff a.csv b.csv >out.txt
says 'alike: 12 values' out.txt
"$MYOSURV" diff a.csv - <b.csv >/dev/null

# differs STATUS COMMAND...: ends with this status
differs() {
    local status=$1 got=0
    shift
    "$@" >out.txt 2>err.txt || got=$?
    [ "$got" -eq "$status" ] || fail "$* ended with $got, not $status: $(cat out.txt err.txt)"
}
sed 's/90.5/90.6/; s/^P3,mask,/P3,network,/' b.csv >c.csv
differs 4 "$MYOSURV" diff a.csv c.csv
says 'P2	sma_cm2	90.5	90.6	difference 0.1 (relative 0.0011)' out.txt
says 'P3	method	mask	network' out.txt
says '2 differences, 12 values compared' out.txt
[ ! -s err.txt ]
# |a - b| <= atol + rtol * max(|a|, |b|): 0.1 of 90.6 is 0.0011038 of it.
differs 4 "$MYOSURV" diff a.csv c.csv --ignore method --rtol 0.0011
differs 0 "$MYOSURV" diff a.csv c.csv --ignore method --rtol 0.00111
differs 0 "$MYOSURV" diff c.csv a.csv --ignore method --rtol 0.00111
differs 4 "$MYOSURV" diff a.csv c.csv --ignore method --atol 0.09
differs 0 "$MYOSURV" diff a.csv c.csv --ignore method --atol 0.11
# Rows and columns that only one has.
{ cat b.csv; echo P4,mask,3,; } | sed 's/note/remark/' >d.csv
differs 4 "$MYOSURV" diff a.csv d.csv
says 'note	(a column)	(no such column)' out.txt
says 'remark	(no such column)	(a column)' out.txt
says 'P4	(no such row)	(a row)' out.txt
differs 4 "$MYOSURV" diff d.csv a.csv --json
python3 - <<'PY'
import json
r = json.load(open('out.txt'))
assert r['alike'] is False and len(r['differences']) == 3, r
assert {(d['row'], d['column'], d['a'], d['b']) for d in r['differences']} >= {('P4', '', '(a row)', '(no such row)')}, r
PY
# Without a case_id, the columns of text that make rows unique; or those that are named; or the order.
printf 'endpoint,group,c\nos,far,0.7\nos,near,0.6\n' >e.csv
printf 'endpoint,group,c\nos,near,0.6\nos,far,0.7\n' >f.csv
differs 0 "$MYOSURV" diff e.csv f.csv
printf 'c,d\n1,2\n3,4\n' >g.csv
printf 'c,d\n3,4\n1,2\n' >h.csv
differs 4 "$MYOSURV" diff g.csv h.csv
says 'row 1	c	1	3' out.txt
differs 0 "$MYOSURV" diff g.csv h.csv --key c
expect_error 3 "no column 'x'" "$MYOSURV" diff g.csv h.csv --key x

# JSON, by path.
echo '{"l3":{"slice_index":12,"z_mm":3.5},"flags":["a"],"measurements":{"sma_cm2":1}}' >a.json
echo '{"measurements":{"sma_cm2":1.000001},"l3":{"z_mm":3.5,"slice_index":13},"flags":["a","b"]}' >b.json
differs 4 "$MYOSURV" diff a.json b.json --rtol 1e-5
says 'l3.slice_index	12	13	difference 1' out.txt
says 'flags[1]	(missing)	b' out.txt
says '2 differences' out.txt
differs 0 "$MYOSURV" diff a.json b.json --rtol 1e-5 --ignore flags --ignore l3.slice_index

# Unreadable, or not of a kind: 3. Senseless tolerances: 2.
expect_error 3 'none.csv: cannot open' "$MYOSURV" diff a.csv none.csv
expect_error 3 'is a table and b.json is JSON' "$MYOSURV" diff a.csv b.json
expect_error 2 'from 0 to 1' "$MYOSURV" diff a.csv b.csv --dice 2
echo '{"a":' >broken.json
expect_error 3 'broken.json:' "$MYOSURV" diff a.json broken.json

# Masks: the sample's own, and one with a row of voxels taken away.
sample=$MS_SOURCE_DIR/data/sample
mask=$sample/expected/sample-1/mask.nii.gz
differs 0 "$MYOSURV" diff "$mask" "$mask"
says 'least Dice 1.000000' out.txt
python3 - "$mask" <<'PY'
import gzip, sys
raw = bytearray(gzip.open(sys.argv[1]).read())
offset = int(352)
hits = [i for i in range(offset, len(raw)) if raw[i] == 2]
assert len(hits) > 20, len(hits)
for i in hits[:5]: raw[i] = 0
gzip.open('fewer.nii.gz', 'wb').write(raw)
open('expected.txt', 'w').write('%.6f' % (2 * (len(hits) - 5) / (2 * len(hits) - 5)))
PY
differs 4 "$MYOSURV" diff "$mask" fewer.nii.gz
says 'label 2	dice' out.txt
says "least Dice $(cat expected.txt)" out.txt
differs 0 "$MYOSURV" diff "$mask" fewer.nii.gz --dice 0.9
differs 4 "$MYOSURV" diff "$mask" "$sample/expected/sample-2/mask.nii.gz" --dice 0
says 'grid' out.txt

# Folders: the CI job of docs/ci.md, with room for another machine's last digits and a later network.
"$MYOSURV" segment --list "$sample/scans.csv" -o found >/dev/null 2>&1
differs 0 "$MYOSURV" diff "$sample/expected" found --rtol 0.05 --atol 0.5 --dice 0.95
sed -i 's/"sma_cm2": *[0-9][0-9.]*/"sma_cm2": 10/' found/sample-2/measurements.json
rm found/sample-1/mask.nii.gz
differs 4 "$MYOSURV" diff "$sample/expected" found --rtol 0.05 --atol 0.5 --dice 0.95
says 'sample-1/mask.nii.gz	(a file)	(no such file)' out.txt
grep -q 'sample-2/measurements.json	measurements.sma_cm2	.*	10	difference' out.txt
