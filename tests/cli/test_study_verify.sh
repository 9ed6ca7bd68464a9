# study check --verify: every changed scan, mask, result, table, network and setting is named. The same tables
# in two folders and time zones (on two days: test_provenance.sh). Nothing in the results tells when they were made.
# never GREP-ARGUMENTS: nothing of the kind is found
never() { if grep "$@"; then fail "found: $*"; fi; }
"$MYOSURV" phantom cohort -o sample --patients 3 --seed 3 --matrix 128 --slice-mm 8 --quiet
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('sample/cohort.csv')))
for r in rows: r['split'], r['cohort'], r['mask'] = 'training', 'main', ''
with open('sample/cohort.csv', 'w', newline='') as f:
    w = csv.DictWriter(f, rows[0].keys()); w.writeheader(); w.writerows(rows)
PY
for study in one two; do
    "$MYOSURV" study init $study --cohort sample/cohort.csv --preset default --title T --quiet
    python3 -c "import json; s = json.load(open('$study/study.json')); s['model'] = 'none'; json.dump(s, open('$study/study.json', 'w'))"
    printf 'case_id,accept\nSYN-0001,yes\nSYN-0002,yes\nSYN-0003,yes\n' >$study/corrections.csv
done
TZ=UTC "$MYOSURV" study run one --quiet >/dev/null 2>&1
TZ=Asia/Tokyo "$MYOSURV" study run two --quiet --threads 1 >/dev/null 2>&1
hashes() { (cd "$1" && find . -type f ! -name '.*' | LC_ALL=C sort | xargs sha256sum); }
hashes one >one.txt
hashes two | diff one.txt -
"$MYOSURV" diff one two >/dev/null
never -rqE "$(date +%Y-%m-%d)|$(date +%Y%m%d)" one --include='*.json' --include='*.csv' --include='*.html' --include='*.svg'

# Each result says what it was made with.
python3 - <<'PY'
import hashlib, json, os
case = json.load(open('one/cases/SYN-0002/done.json'))
for name, sha in case['files'].items():
    assert hashlib.sha256(open('one/cases/SYN-0002/' + name, 'rb').read()).hexdigest() == sha, name
assert case['version'] and case['parameters']['preset'] == 'default' and len(case['scan_sha256']) == 64
study = json.load(open('one/done.json'))
assert study['seed'] == 1 and study['version'] and len(study['definitions']['definitions.json']) == 64
assert study['cohort_sha256'] == hashlib.sha256(open('one/cohort.csv', 'rb').read()).hexdigest()
for name, sha in study['files'].items():
    assert hashlib.sha256(open('one/' + name, 'rb').read()).hexdigest() == sha, name
made = {os.path.join(d, f)[4:] for top in ('tables', 'model', 'figures') for d, _, fs in os.walk('one/' + top) for f in fs}
assert made | {'report.html'} == set(study['files']), made ^ set(study['files'])
PY
"$MYOSURV" study check one --verify >out.txt
grep -q '^one: [0-9]* files read, 0 do not match their records$' out.txt

# Changed on purpose. The scan keeps its size and time: only its bytes tell.
scan=$(find sample/scans -type f -path '*SYN-0001*' | LC_ALL=C sort | head -1)
cp -p "$scan" kept
python3 -c "
raw = bytearray(open('$scan', 'rb').read()); raw[-1] ^= 1; open('$scan', 'wb').write(raw)"
touch -r kept "$scan"
echo x >>one/cases/SYN-0002/measurements.json
rm one/cases/SYN-0003/overview.png
echo x >>one/tables/survival.csv
echo x >>one/report.html
sed -i 's/"T"/"U"/' one/study.json
echo ' ' >>one/cohort.csv
code=0; "$MYOSURV" study check one --verify >out.txt 2>err.txt || code=$?
[ "$code" -eq 4 ] && [ ! -s err.txt ]
grep -q '^SYN-0001: scan: .*: changed: SHA-256 was ' out.txt
grep -q '^SYN-0002: result: one/cases/SYN-0002/measurements.json: changed' out.txt
grep -q '^SYN-0003: result: one/cases/SYN-0003/overview.png: is gone' out.txt
grep -q '^table: one/tables/survival.csv: changed' out.txt
grep -q '^report: one/report.html: changed' out.txt
grep -q '^settings: study.json: changed' out.txt
grep -q '^table: cohort.csv: changed' out.txt
"$MYOSURV" study check one --verify --json >out.json || [ $? -eq 4 ]
python3 - <<'PY'
import json
r = json.load(open('out.json'))
assert r['matches'] is False and {m['what'] for m in r['mismatches']} >= {'scan', 'result', 'table', 'report', 'settings'}, r
PY
# The other study shares the scan, and nothing else of it changed.
"$MYOSURV" study check two --verify >out.txt || [ $? -eq 4 ]
[ "$(grep -c '^SYN-0001: scan: ' out.txt)" -eq 1 ]
[ "$(wc -l <out.txt)" -eq 2 ] || fail "$(cat out.txt)"
