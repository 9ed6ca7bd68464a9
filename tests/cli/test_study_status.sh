# What is done again, and why: inputs, corrections (a column, corrections.csv, files in the case's folder), rows,
# parameters, new rows; nothing else is touched, and the statistics only when something changed.
# never GREP-ARGUMENTS: nothing of the kind is found
never() { if grep "$@"; then fail "found: $*"; fi; }
"$MYOSURV" phantom cohort -o sample --patients 5 --seed 3 --matrix 128 --slice-mm 8 --quiet
set_cells() { # TABLE CASE COLUMN=VALUE...
    python3 - "$@" <<'PY'
import csv, sys
table, case, cells = sys.argv[1], sys.argv[2], dict(c.split('=', 1) for c in sys.argv[3:])
rows = list(csv.DictReader(open(table)))
for r in rows:
    for k in cells: r.setdefault(k, '')
    if r['case_id'] == case or case == 'all': r.update(cells)
with open(table, 'w', newline='') as f:
    w = csv.DictWriter(f, rows[0].keys()); w.writeheader(); w.writerows(rows)
PY
}
edit_json() { python3 -c "import json; s = json.load(open('$1')); s$2; json.dump(s, open('$1', 'w'))"; }
run() { "$MYOSURV" study run study --quiet >out.txt 2>err.txt || fail "run: $(cat out.txt err.txt)"; }
status() { "$MYOSURV" study status study >status.txt; }
# redone: sets $changed to the cases that were written since it was last called
marks() { (cd study/cases && for c in SYN-*; do echo "$c $(stat -c '%i %Z' $c/done.json)"; done) >marks.new; }
redone() {
    mv marks.new marks.old 2>/dev/null || : >marks.old
    marks
    # shellcheck disable=SC2034
    changed=$(comm -13 <(sort marks.old) <(sort marks.new) | cut -d' ' -f1 | tr '\n' ' ')
}
hashes() { (cd study && find . -type f ! -name .lock | LC_ALL=C sort | xargs sha256sum); }

# Four rows first; the fifth comes later.
head -5 sample/cohort.csv >sample/four.csv
"$MYOSURV" study init study --cohort sample/four.csv --preset default --quiet
edit_json study/study.json "['model'] = 'none'"
# So coarse a phantom leaves its level in doubt: a person found each right.
printf 'case_id,l3_z,accept,note\nSYN-0001,,yes,\nSYN-0002,,yes,\nSYN-0003,,yes,\nSYN-0004,,yes,\nSYN-0005,,yes,\n' \
    >study/corrections.csv
status
says '4 cases: 0 done, 4 new, 0 failed, 0 to be done again' status.txt
says 'to be made: never made' status.txt
"$MYOSURV" study run study --dry-run >out.txt 2>err.txt
says 'study: 4 cases: 0 done, 4 to be run' out.txt
says 'SYN-0001: would be run (new)' err.txt
[ ! -e study/cases ]
run
says '4 done now, 0 failed' out.txt
[ "$(grep -c ',used,' study/tables/cases.csv)" -eq 4 ]
grep -q level_uncertain study/tables/measurements.csv
[ "$(wc -l <out.txt)" -eq 1 ]
status
says '4 cases: 4 done' status.txt
says 'networks, statistics and report: of these cases' status.txt
redone

# Nothing changed: not a byte, no statistics.
hashes >before.txt
inode=$(stat -c %i study/tables/cindex.csv)
run
says 'unchanged' out.txt
hashes | diff before.txt -
[ "$(stat -c %i study/tables/cindex.csv)" = "$inode" ]

# A new row: it alone, and the statistics.
sed -n 6p sample/cohort.csv >row.txt
python3 - <<'PY'
import csv
head = next(csv.reader(open('study/cohort.csv')))
new = dict(zip(next(csv.reader(open('sample/cohort.csv'))), next(csv.reader(open('row.txt')))), split='training')
with open('study/cohort.csv', 'a', newline='') as f: csv.DictWriter(f, head, extrasaction='ignore').writerow(new)
PY
status
says 'SYN-0005: new' status.txt
says 'to be made: the table changed; cases changed' status.txt
run
says '4 done before, 1 done now' out.txt
redone
[ "$changed" = 'SYN-0005 ' ]
grep -q '^SYN-0005,' study/tables/measurements.csv

# An outcome concerns the statistics alone; the order of rows not even a case.
set_cells study/cohort.csv SYN-0001 os_days=77
python3 - <<'PY'
lines = open('study/cohort.csv').read().splitlines()
open('study/cohort.csv', 'w').write('\n'.join([lines[0]] + lines[:0:-1]) + '\n')
PY
status
says '5 cases: 5 done' status.txt
says 'to be made: the table changed' status.txt
run
redone
[ -z "$changed" ]

# One reason each.
z=$(python3 -c "import json; print(json.load(open('study/cases/SYN-0003/measurements.json'))['l3']['z_mm'])")
set_cells study/cohort.csv SYN-0001 height_m=1.81
set_cells study/cohort.csv SYN-0002 l3_slice=14
printf 'SYN-0003,1,,\nSYN-0003,%s,,looked right\n' "$z" >>study/corrections.csv
scan=$(python3 -c "
import csv
print([r['scan'] for r in csv.DictReader(open('sample/cohort.csv')) if r['case_id'] == 'SYN-0004'][0])")
python3 - "sample/$scan" <<'PY'
import os, sys
path = sys.argv[1]
if os.path.isdir(path): path = sorted(os.path.join(d, f) for d, _, n in os.walk(path) for f in n)[0]
raw = bytearray(open(path, 'rb').read())
raw[-1] ^= 1
open(path, 'wb').write(raw)
PY
cp study/cases/SYN-0005/mask.nii.gz study/cases/SYN-0005/correction.nii.gz
echo 'seen by me' >study/cases/SYN-0005/notes.txt
status
says 'SYN-0001: stale: row changed: height_m' status.txt
says 'SYN-0002: stale: correction changed: l3_slice none -> 14' status.txt
says "SYN-0003: stale: correction changed: l3_z none -> $z" status.txt
says 'SYN-0004: stale: input changed: scan' status.txt
says 'SYN-0005: stale: correction changed: mask' status.txt
"$MYOSURV" study status study --json >status.json
python3 - <<'PY'
import json
s = json.load(open('status.json'))
causes = {c['case_id'][-1]: c['cause'] for c in s['list']}
assert causes == {'1': 'row', '2': 'correction', '3': 'correction', '4': 'input', '5': 'correction'}, causes
assert s['stale'] == 5 and s['results']['current'] is False
PY
run
status
says '5 cases: 5 done' status.txt
grep -q '"slice_index": *14' study/cases/SYN-0002/measurements.json
grep -q '"source": *"z"' study/cases/SYN-0003/measurements.json
grep -q '"method": *"mask"' study/cases/SYN-0005/measurements.json
grep '^SYN-0003,' study/tables/cases.csv | has ',used,'
says 'seen by me' study/cases/SYN-0005/notes.txt
[ -s study/cases/SYN-0005/correction.nii.gz ]
redone

# A file in the case's folder goes before corrections.csv; taken away, all is as before.
echo '{"case_id": "SYN-0003", "l3_slice": 15, "exclude": true, "note": "one higher"}' >study/cases/SYN-0003/correction.json
status
grep -q "SYN-0003: stale: correction changed: l3_slice none -> 15; correction changed: l3_z $z -> none" status.txt
run
redone
[ "$changed" = 'SYN-0003 ' ]
grep '^SYN-0003,' study/tables/cases.csv | has ',excluded,left out by a person'
rm study/cases/SYN-0003/correction.json
echo '{"l3_slise": 3}' >study/cases/SYN-0002/correction.json
expect_error 3 "correction.json: .*l3_slice" "$MYOSURV" study run study
rm study/cases/SYN-0002/correction.json
run
redone
[ "$changed" = 'SYN-0003 ' ]

# Parameters: what the cases depend on redoes them, what only the statistics depend on does not.
edit_json study/study.json "['title'] = 'Another'"
status
says '5 cases: 5 done' status.txt
says 'to be made: study.json changed' status.txt
edit_json study/study.json "['band_mm'] = 20"
status
says 'SYN-0001: stale: parameters changed: band_mm 0 -> 20' status.txt
edit_json study/study.json "['band_mm'] = 0"
rm study/cases/SYN-0001/mask.nii.gz
sed -i 's/"version": "[^"]*"/"version": "0.0.9"/' study/cases/SYN-0002/done.json
status
says 'SYN-0001: stale: results changed: mask.nii.gz is gone' status.txt
grep -q 'SYN-0002: stale: program changed: version 0.0.9 -> ' status.txt
run
redone
[ "$changed" = 'SYN-0001 SYN-0002 ' ]
# A table that someone changed is made again.
echo spoiled >>study/tables/flow.csv
status
says 'to be made: tables/flow.csv was changed' status.txt
run
never -q spoiled study/tables/flow.csv
# Files of results that no longer belong go, what a person put beside them stays.
touch study/figures/mine.txt
[ -n "$(find study/figures study/model -name '*rfs*')" ]
edit_json study/study.json "['endpoints'] = s['endpoints'][:1]"
run
[ -z "$(find study/figures study/model -name '*rfs*')" ]
[ -e study/figures/mine.txt ]
[ -z "$(find study -name '.tmp-*')" ]
