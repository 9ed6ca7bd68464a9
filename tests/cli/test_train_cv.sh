# myosurv train --cv as a user runs it.
says() { grep -q -- "$1" err || fail "the error does not say '$1': $(cat err)"; }

# 90 patients; the hazard rises with x1; the scanner B adds 3 to every x.
awk 'BEGIN { srand(5); print "case_id,time_days,event,age_years,scanner,x1,x2,x3"
    for (i = 1; i <= 90; i++) {
        a = rand() * 2 - 1; b = i % 2
        t = -log(1 - rand()) * 700 * exp(-2 * a); c = 200 + 1800 * rand()
        printf "p%d,%.2f,%d,%d,%s,%.4f,%.4f,%.4f\n", i, t < c ? t : c, t < c, 40 + int(rand() * 40), b ? "B" : "A",
            a + 3 * b, rand() + 3 * b, rand() + 3 * b
    } }' >train.csv
echo '{"members": 1, "network": {"hidden": [3], "epochs": 40}}' >quick.json
run=("$MYOSURV" train train.csv -t time_days -e event --x 'x*' --config quick.json --seed 2)

expect 0 "${run[@]}" -o plain.model
expect 0 "${run[@]}" -o cv.model --cv 3x2 --cv-at 365 --cv-out oof.csv --cv-json cv.json --clinical age_years --permute 2
cmp plain.model cv.model || fail "--cv changes the final model"
python3 - <<'PY' || fail "results of --cv"
import csv, json
j = json.load(open('cv.json'))
assert [p['name'] for p in j['procedures']] == ['Network', 'PCA + Cox', 'Elastic net Cox', 'Clinical Cox']
c = {p['name']: p['measures'][0] for p in j['procedures']}
assert c['Elastic net Cox']['pooled'] > 0.6, c
assert all(m['folds'] <= 6 and m['fold_min'] <= m['fold_mean'] <= m['fold_max'] for m in c.values())
assert all(len(p['permuted']['c']) == 2 and 0 < p['permuted']['p'] <= 1 for p in j['procedures'])
assert j['out_of_fold']['cohorts'][0]['n'] == 90
rows, table = list(csv.DictReader(open('oof.csv'))), list(csv.DictReader(open('train.csv')))
assert len(rows) == 180 and {r['fold'] for r in rows} == {'1', '2', '3'}
for r in rows:
    was = table[int(r['row']) - 1]
    assert float(r['time']) == float(was['time_days']) and r['event'] == was['event']
    assert 0 <= float(r['event_by_365_network']) <= 1 and r['high_network'] in '01'
PY
# The same with one thread.
expect 0 "${run[@]}" -o one.model --cv 3x2 --cv-at 365 --cv-json one.json --clinical age_years --permute 2 --threads 1
cmp cv.json one.json || fail "threads change the result"

# Harmonization and selection happen inside each training part.
expect 0 "${run[@]}" -o steps.model --cv 3 --no-rivals --cv-json steps.json --harmonize scanner --select default
python3 -c "
import json
j = json.load(open('steps.json'))
assert [p['name'] for p in j['procedures']] == ['Network']
assert j['procedures'][0]['measures'][0]['pooled'] > 0.6, j['procedures'][0]['measures'][0]" || fail "steps inside --cv"

# A search of settings inside each training part.
expect 0 "${run[@]}" -o tuned.model --cv 3 --no-rivals --tune 2 --cv-json tuned.json
cmp plain.model tuned.model || fail "--tune is part of the judging alone"

expect 2 "${run[@]}" -o x.model --cv 2
says '3 folds'
expect 2 "${run[@]}" -o x.model --cv 5by3
says 'folds x repeats'
expect 2 "${run[@]}" -o x.model --permute 5
says '--cv'
expect 3 "${run[@]}" -o x.model --cv 80
says 'fewer folds'
[ ! -e x.model ] || fail "a model was written in spite of an error"
