# myosurv train with the steps before the network, and predict: intervals, what a model holds, tables that do not fit.
said() { grep -q -- "$1" err || fail "the error does not say '$1': $(cat err)"; }

# Three scanners, each of which shifts and stretches; d is c once more; the hazard rises with a and falls with b.
awk 'BEGIN { srand(11); print "case_id,time_days,event,scanner,age_years,a_mm,b_hu,c,d,e"
    for (i = 1; i <= 120; i++) {
        s = i % 3; a = rand() * 2 - 1; b = rand() * 2 - 1; c = rand(); age = 40 + 40 * rand()
        t = -log(1 - rand()) * 600 * exp(1.5 * a - b); z = 200 + 1800 * rand()
        printf "p%d,%.3f,%d,%s,%.1f,%.4f,%.4f,%.4f,%.4f,%.4f\n", i, t < z ? t : z, t < z, s == 0 ? "A" : s == 1 ? "B" : "C",
            age, (a + s) * (1 + s / 2), b * 10 - 5 * s, c, c + 0.001 * rand(), rand()
    } }' >t.csv
echo '{"members": 5, "network": {"epochs": 60, "dropout": 0.2}}' >quick.json
x=age_years,a_mm,b_hu,c,d,e
fit() { expect 0 "$MYOSURV" train t.csv --time time_days --event event --x "$x" --config quick.json "$@"; }

# ---- steps: learned on the training rows, kept in the file, applied by predict ----
fit --harmonize scanner --harmonize-keep age_years --select max_correlation=0.9 -o s.model
expect 0 "$MYOSURV" predict s.model --describe
cp out s.json
grep -q '"batch_column": "scanner"' s.json || fail "the model does not name the batch: $(cat s.json)"
grep -q '"effects_kept": "age_years"' s.json || fail "the kept effect is not told"
grep -q '"correlation": 1' s.json || fail "of c and d one is to be left out"
grep -q '"max_correlation": 0.9' s.json || fail "the selection's settings are not told"
# The same as doing the steps one by one: harmonize (covariates at their mean), select, train.
"$MYOSURV" harmonize t.csv --batch scanner --x a_mm,b_hu,c,d,e --covariates age_years --save combat.json -o /dev/null
"$MYOSURV" harmonize t.csv --model combat.json --covariates-at-mean -o h.csv
"$MYOSURV" select h.csv --x "$x" --max-correlation 0.9 --save sel.json >chosen
expect 0 "$MYOSURV" train h.csv --time time_days --event event --x "$(paste -sd, chosen)" --config quick.json -o h.model
expect 0 "$MYOSURV" predict h.model h.csv -o by-hand.csv
expect 0 "$MYOSURV" predict s.model t.csv -o at-once.csv
awk -F, 'NR == FNR { r[FNR] = $NF; next } FNR > 1 { d = $NF - r[FNR]; if (d * d > 1e-12) bad = 1 } END { exit bad }' \
    by-hand.csv at-once.csv || fail "the steps at once are not the steps one by one"
# A saved selection gives the same columns.
fit --select sel.json -o saved.model
expect 0 "$MYOSURV" predict saved.model --describe
grep -q file_sha256 out || fail "the file of the selection is not told"
# Rows in another order, one patient alone: the same risks.
(head -1 t.csv && tail -n +2 t.csv | tac) >back.csv
expect 0 "$MYOSURV" predict s.model back.csv -o back-out.csv
(head -1 at-once.csv && tail -n +2 at-once.csv | tac) | cmp - back-out.csv || fail "the order of rows changes risks"
sed -n '1p;7p' t.csv >one.csv
expect 0 "$MYOSURV" predict s.model one.csv -o one-out.csv
[ "$(tail -1 one-out.csv)" = "$(sed -n 7p at-once.csv)" ] || fail "a patient alone has another risk"

# ---- scanners the model does not know ----
sed 's/,A,/,Z,/' t.csv >z.csv
expect 3 "$MYOSURV" predict s.model z.csv -o bad.csv
said "batch 'Z'"
said 'A, B, C'
sed '5s/,[ABC],/,,/' t.csv >gap.csv
expect 3 "$MYOSURV" predict s.model gap.csv -o bad.csv
said 'gap.csv:5: column scanner: the batch is missing'
cut -d, -f1-3,5- t.csv >none.csv
expect 3 "$MYOSURV" predict s.model none.csv -o bad.csv
said 'column scanner'

# ---- tables that do not fit ----
cut -d, -f1-6,8- t.csv >less.csv
expect 3 "$MYOSURV" predict s.model less.csv -o bad.csv
said 'needs 1 column that the table does not have: b_hu'
sed '1s/a_mm/a_cm/' t.csv >unit.csv
expect 3 "$MYOSURV" predict s.model unit.csv -o bad.csv
said 'a_mm (the table has a_cm: another unit?)'
sed '1s/age_years/age_yaers/' t.csv >typo.csv
expect 3 "$MYOSURV" predict s.model typo.csv -o bad.csv
said 'age_yaers'
sed '9s/,\([0-9.-]*\)$/,many/' t.csv >text.csv
expect 3 "$MYOSURV" predict s.model text.csv -o bad.csv
said "text.csv:9: column 'e': 'many' is not a number"
sed '9s/,\([0-9.-]*\)$/,inf/' t.csv >inf.csv
expect 3 "$MYOSURV" predict s.model inf.csv -o bad.csv
said 'inf.csv:9: column e'
# Extra columns, another order: fine. A column without values, or with those of another unit: said, not refused.
awk -F, -v OFS=, '{ print $10, $9, $8, $7, $6, $5, $4, "more" NR }' t.csv >order.csv
expect 0 "$MYOSURV" predict s.model order.csv -o order-out.csv
[ "$(cut -d, -f9 order-out.csv | tail -n +2)" = "$(awk -F, 'NR > 1 { print $NF }' at-once.csv)" ] || fail "order of columns"
awk -F, -v OFS=, 'NR > 1 { $7 = "" } 1' t.csv >empty.csv
expect 0 "$MYOSURV" predict s.model empty.csv -o empty-out.csv
said 'have no value in any row, e.g. b_hu'
awk -F, -v OFS=, 'NR > 1 { $7 *= 100 } 1' t.csv >other.csv
expect 0 "$MYOSURV" predict s.model other.csv -o other-out.csv
said 'e.g. b_hu: is it in another unit'
[ ! -e bad.csv ] || fail "a refused prediction wrote a table"

# ---- intervals ----
for how in ensemble dropout; do
    expect 0 "$MYOSURV" predict s.model t.csv --at 365 --interval 0.95 --interval-by $how -o i-$how.csv
    head -1 i-$how.csv | has 'risk,risk_lower,risk_upper,survival_365,survival_365_lower,survival_365_upper$' ||
        fail "columns: $(head -1 i-$how.csv)"
    expect 0 "$MYOSURV" predict s.model t.csv --at 365 --interval 0.95 --interval-by $how --threads 1 -o again.csv
    cmp i-$how.csv again.csv || fail "$how: the threads change the interval"
    awk -F, 'NR > 1 && !($12 < $13 && $15 < $16 && $15 >= 0 && $16 <= 1) { exit 1 }' i-$how.csv || fail "$how: bounds"
done
awk -F, 'NR > 1 && !($12 < $11 && $11 < $13 && $15 < $14 && $14 < $16) { exit 1 }' i-ensemble.csv || fail "not inside"
expect 0 "$MYOSURV" predict s.model t.csv --interval 0.5 -o narrow.csv
paste -d, i-ensemble.csv narrow.csv | awk -F, 'NR > 1 && !($29 - $28 < $13 - $12) { exit 1 }' || fail "0.5 is not narrower"
expect 0 "$MYOSURV" predict s.model t.csv --interval 0.95 --interval-by dropout --seed 2 -o seed.csv
! cmp -s <(cut -d, -f11-13 i-dropout.csv) <(cut -d, -f11-13 seed.csv) || fail "another seed, the same draws"
expect 2 "$MYOSURV" predict s.model t.csv --interval 95
expect 2 "$MYOSURV" predict s.model t.csv --interval-by dropout
expect 2 "$MYOSURV" predict s.model
expect 2 "$MYOSURV" predict s.model t.csv --describe

# ---- steps that cannot be ----
expect 2 "$MYOSURV" train t.csv --time time_days --event event --select cox_frd=0.1 -o bad.model
said cox_fdr
expect 3 "$MYOSURV" train t.csv --time time_days --event event --select nowhere.json -o bad.model
expect 2 "$MYOSURV" train t.csv --time time_days --event event --harmonize-keep age_years -o bad.model
expect 3 "$MYOSURV" train t.csv --time time_days --event event --harmonize centre -o bad.model
said centre
[ ! -e bad.model ] || fail "a refused training wrote a model"
