# myosurv evaluate as a user runs it: cohorts, rivals, a reference, what is written, and what is refused.
says() { grep -q -- "$1" err || fail "the error does not say '$1': $(cat err)"; }

# 150 patients of two centres; the hazard rises with x1 and x2; x3 and x4 are noise.
awk 'BEGIN { srand(11); print "case_id,time_days,event,age_years,centre,x1_hu,x2_hu,x3_hu,x4_hu"
    for (i = 1; i <= 150; i++) {
        a = rand() * 2 - 1; b = rand() * 2 - 1; age = 40 + int(rand() * 40)
        t = -log(1 - rand()) * 700 * exp(-1.5 * a - b - 0.02 * (age - 60)); c = 200 + 1800 * rand()
        printf "p%d,%.2f,%d,%d,%s,%.4f,%.4f,%.4f,%.4f\n", i, t < c ? t : c, t < c, age, i % 2 ? "B" : "A", a, b, rand(), rand()
    } }' >all.csv
head -81 all.csv >train.csv
(head -1 all.csv; tail -70 all.csv) >test.csv
echo '{"members": 2, "network": {"hidden": [4], "epochs": 60}}' >quick.json
expect 0 "$MYOSURV" train train.csv -t time_days -e event --x 'x*' --config quick.json -o a.model
expect 0 "$MYOSURV" train train.csv -t time_days -e event --x 'x3_hu,x4_hu' --config quick.json -o noise.model

# The numbers are those of the other commands on what predict writes.
expect 0 "$MYOSURV" evaluate a.model test.csv -t time_days -e event --at 365 -B 40 --rivals train.csv --against age_years \
    --json -o e.csv --figure figures
cp out e.json
expect 0 "$MYOSURV" predict a.model test.csv --at 365 -o p.csv
expect 0 "$MYOSURV" cindex p.csv -t time_days -e event --risk risk --json
cp out c.json
expect 0 "$MYOSURV" brier p.csv -t time_days -e event --survival 'survival_*' --json
cp out b.json
python3 - <<'PY' || fail "other numbers than cindex and brier"
import csv, json
e = json.load(open('e.json'))['cohorts'][0]
names = [p['name'] for p in e['predictors']]
assert e['cohort'] == 'test' and e['n'] == 70, e['cohort']
assert names == ['Network', 'Clinical Cox', 'PCA + Cox', 'Elastic net Cox'], names
of = {m['measure']: m for m in e['predictors'][0]['measures']}
assert abs(of['harrell_c']['value'] - json.load(open('c.json'))['c']) < 1e-12
brier = json.dumps(json.load(open('b.json')))
assert ('%.15g' % of['brier']['value'])[:12] in brier, of['brier']
assert all(m['lower'] <= m['upper'] for m in of.values() if m['value'] is not None and m['lower'] is not None)
assert {c['against'] for c in e['comparisons']} == set(names[1:])
assert {m['measure'] for c in e['comparisons'] for m in c['measures']} >= {'nri', 'idi', 'harrell_c_difference'}
rows = list(csv.DictReader(open('e.csv')))
c = [r for r in rows if r['predictor'] == 'Network' and r['measure'] == 'harrell_c' and not r['against']]
assert len(c) == 1 and float(c[0]['value']) == of['harrell_c']['value']
assert sum(r['measure'] == 'net_benefit' for r in rows) == 5 * 99
PY
for figure in cindex roc_test_365 decision_test_365 calibration_test_Network_365 calibration_test_PCA___Cox_365; do
    grep -q '</svg>' "figures/$figure.svg" || fail "no figure $figure"
done

# The same bytes on one thread and on two, and with the same seed.
expect 0 "$MYOSURV" evaluate a.model test.csv -t time_days -e event --at 365 -B 40 --rivals train.csv --against age_years --json --threads 1
cmp out e.json || fail "threads change the result"

# Several tables and cohorts of a column; another model as reference: noise is worse.
expect 0 "$MYOSURV" evaluate a.model test.csv all.csv -t time_days -e event --cohort centre -B 20 --against noise.model
[ "$(grep -c '^Cohort' out)" = 4 ] || fail "two tables by two centres are four cohorts"
grep -q '^Cohort all B' out || fail "cohorts are not named by table and centre"
grep -q 'Network beside noise.model, by C: better' out || fail "a model of noise is not worse: $(cat out)"
# A score as reference, C alone as a figure.
expect 0 "$MYOSURV" evaluate a.model test.csv -t time_days -e event --at 365,730 -B 0 --against age_years --figure c.png
[ -s c.png ] || fail "no figure"
grep -q 'baseline hazard that fits these patients' out || fail "where a score's probabilities come from is not said"

# A row without an outcome is left out and counted.
awk -F, -v OFS=, 'NR == 5 { $2 = "" } 1' test.csv >gap.csv
expect 0 "$MYOSURV" evaluate a.model gap.csv -t time_days -e event -B 0
grep -q 'n= 69' out || fail "the gap is not left out"

# What is refused.
sed '1s/x2_hu/x2_gl/' test.csv >unit.csv
expect 3 "$MYOSURV" evaluate a.model unit.csv -t time_days -e event
says 'x2_gl: another unit'
expect 3 "$MYOSURV" evaluate a.model test.csv -t time -e event
says time_days
expect 3 "$MYOSURV" evaluate a.model test.csv -t time_days -e event --against nothing
says nothing
expect 2 "$MYOSURV" evaluate a.model test.csv -t time_days -e event --cuts 0.2
says '--at'
awk -F, -v OFS=, 'NR > 1 { $3 = 0 } 1' test.csv >censored.csv
expect 3 "$MYOSURV" evaluate a.model censored.csv -t time_days -e event
says 'without any event'
expect 3 "$MYOSURV" evaluate test.csv test.csv -t time_days -e event
