# A study from scans to report: what is written, that a second run does nothing, that a change redoes what depends on it,
# that a failed case does not stop the others, and that a killed run ends with the same bytes.
cohort=sample/cohort.csv
"$MYOSURV" phantom cohort -o sample --patients 14 --seed 3 --matrix 128 --slice-mm 8
# Enough events on the training side whatever the draw: every outcome of the training rows is an event.
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('sample/cohort.csv')))
for i, row in enumerate(rows):
    row['split'], row['cohort'] = ('training', 'main') if i < 8 else ('internal', 'main') if i < 11 else ('external', 'far')
    row['os_event'] = row['rfs_event'] = '1'
rows.append(dict(rows[0], case_id='BROKEN', scan='scans/none'))
with open('sample/cohort.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY

"$MYOSURV" study init study --cohort $cohort --title 'Test & study' --preset default
code=0; "$MYOSURV" study check study 2>err.txt || code=$?
[ "$code" -eq 3 ] && grep -q BROKEN err.txt

code=0; "$MYOSURV" study run study >out.txt 2>err.txt || code=$?
[ "$code" -eq 4 ] || { cat err.txt; exit 1; }
grep -q 'BROKEN' err.txt
grep -q '14 done now, 1 failed' out.txt || { cat out.txt; exit 1; }
for file in report.html tables/cases.csv tables/flow.csv tables/measurements.csv tables/features.csv tables/risks.csv \
            tables/cindex.csv tables/survival.csv tables/definitions.csv model/os.msm model/rfs.msm \
            figures/cindex_os.svg figures/km_os_network_far.svg cases/SYN-0001/mask.nii.gz cases/SYN-0001/done.json; do
    [ -s "study/$file" ] || { echo "missing study/$file"; exit 1; }
done
[ "$(find study -name '*.tmp*' | wc -l)" -eq 0 ]

# The report is one file: nothing from outside, one script that its policy names by hash, the title escaped.
grep -q '<title>Test &amp; study</title>' study/report.html
lacks '(src|href)="(https?:|//|[^#d])' study/report.html
lacks '<script[^>]* src' study/report.html
[ "$(grep -c '<script>' study/report.html)" -eq 1 ]
has "default-src 'none'; img-src 'self' file: data: blob:; style-src 'unsafe-inline'; script-src 'sha256-[^']*'" <study/report.html

# The failed case is told, with its reason, and the rest is done.
"$MYOSURV" study status study >status.txt
grep -q '^BROKEN: failed: .*none' status.txt
grep -q '15 cases: 14 done, 0 new, 1 failed, 0 to be done again' status.txt

# A second run does nothing again, and ends with the same bytes.
hashes() { (cd study && find . -type f ! -name .lock ! -path './cases/BROKEN/*' | LC_ALL=C sort | xargs sha256sum); }
hashes >first.txt
"$MYOSURV" study run study >out.txt 2>err.txt || [ $? -eq 4 ]
grep -q '14 done before, 0 done now' out.txt
hashes >second.txt
diff first.txt second.txt

# Killed in the middle, the next run goes on and the bytes are the same; also with another number of threads.
rm -rf study/cases study/tables study/model study/figures study/report.html
"$MYOSURV" study run study --jobs 1 >/dev/null 2>&1 &
pid=$!
for _ in $(seq 200); do [ "$(ls study/cases 2>/dev/null | wc -l)" -ge 4 ] && break; sleep 0.1; done
kill -9 $pid; wait $pid 2>/dev/null || true
sleep 0.5
"$MYOSURV" study run study --threads 1 >out.txt 2>err.txt || [ $? -eq 4 ]
hashes >third.txt
diff first.txt third.txt

# A slice given by hand redoes that case only.
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('study/cohort.csv')))
rows[1]['l3_slice'] = '12'
with open('study/cohort.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY
"$MYOSURV" study status study | has 'SYN-0002: stale: correction changed: l3_slice none -> 12'
"$MYOSURV" study run study >out.txt 2>err.txt || [ $? -eq 4 ]
grep -q '13 done before, 1 done now' out.txt
grep -q '"slice_index": *12' study/cases/SYN-0002/measurements.json
# The override stands in the table as such, with how the case was measured and its z-scores.
grep -q '^SYN-0002,12,[^,]*,1,slice,1,' study/tables/measurements.csv
head -1 study/tables/measurements.csv | has 'phase,phase_confidence,phase_source,kvp,.*flags,sma_cm2.*,erector_cm2.*pmi_z_hamaguchi2016'
[ -s study/cases/SYN-0002/muscles.nii.gz ]

# A level that is not sure keeps a case out of the statistics, and the message says how to bring it back: a lumbar slab
# without ribs and sacrum.
"$MYOSURV" phantom -o sample/scans/slab.nii.gz --seed 9 --matrix 128 --set top_mm=40 --set bottom_mm=40 --quiet >/dev/null
python3 - <<'PY'
import csv
rows = [r for r in csv.DictReader(open('study/cohort.csv')) if r['case_id'] != 'BROKEN']
rows[2]['scan'], rows[2]['mask'], rows[2]['phase'] = 'scans/slab.nii.gz', '', 'portal'
for r in rows[:2] + rows[3:]: r['phase'] = ''
with open('study/cohort.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY
"$MYOSURV" study run study >out.txt 2>err.txt
grep '^SYN-0003,' study/tables/cases.csv | has 'excluded.*level_uncertain.*l3_slice or l3_z.*study run'
lacks '^SYN-0003,' study/tables/features.csv
grep '^SYN-0003,' study/tables/measurements.csv | has ',portal,1,given,'
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('study/cohort.csv')))
for r in rows: r['l3_z'] = ''
import json
rows[2]['l3_z'] = str(json.load(open('study/cases/SYN-0003/measurements.json'))['l3']['z_mm'])
with open('study/cohort.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY
"$MYOSURV" study run study >out.txt 2>err.txt
grep '^SYN-0003,' study/tables/cases.csv | has ',used,'
grep -q '^SYN-0003,' study/tables/features.csv

# One run at a time.
exec 9>study/.lock
flock -n 9
code=0; "$MYOSURV" study run study 2>err.txt || code=$?
[ "$code" -eq 5 ]
