# myosurv coxnet as a user runs it. Data with a known model: x1 and x2 matter, x3 to x8 do not; the numbers themselves are
# compared with glmnet in tests/survival/test_coxnet*.c.
awk 'function u() { s = (s * 16807) % 2147483647; return s / 2147483647 }
    BEGIN { s = 11; print "id,time,status,x1,x2,x3,x4,x5,x6,x7,x8,one,site,w,off,fold";
    for (i = 0; i < 200; i++) { for (j = 1; j <= 8; j++) v[j] = u();
        t = 100 * exp(-3 * v[1] + 2 * v[2]) * -log(u() + 1e-9) + 0.01; c = 300 * u() + 5;
        printf "p%d,%.3f,%s", i, (t < c ? t : c), (t <= c ? "dead" : "alive");
        for (j = 1; j <= 8; j++) printf ",%.6f", v[j];
        printf ",4,%s,%d,%.3f,%s\n", (i % 3 ? "a" : "b"), i % 2 + 1, u(), "f" i % 5 } }' >t.csv
base="-t time -e status=dead -x x*"
refused() { expect_error "$1" "$2" "$MYOSURV" coxnet "${@:3}"; }

"$MYOSURV" coxnet t.csv $base --cv 5 --seed 3 --at 1se --coefficients chosen.csv --path path.csv --figure cv.svg \
    --path-figure path.svg >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 200' out
says 'cross-validation: 5 folds, deviance (grouped)' out
says '(1se)' out
[ "$(head -1 chosen.csv)" = "name,coefficient,standardized,hazard_ratio" ] || fail "columns: $(head -1 chosen.csv)"
grep -q '^x1,[0-9]' chosen.csv || fail "x1 shortens time: $(cat chosen.csv)"
grep -q '^x2,-[0-9]' chosen.csv || fail "x2 lengthens time: $(cat chosen.csv)"
head -1 path.csv | has '^lambda,df,dev_ratio,cv_mean,cv_se,x1,x2' || fail "path: $(head -1 path.csv)"
for figure in cv.svg path.svg; do grep -q '<svg' $figure || fail "no figure $figure"; done

# the same bytes: threads, a pipe, again; another seed deals other folds
"$MYOSURV" coxnet t.csv $base --cv 5 --seed 3 --json >a.json
for threads in 1 3; do
    "$MYOSURV" coxnet - $base --cv 5 --seed 3 --json --threads $threads <t.csv | cmp - a.json || fail "threads change bytes"
done
"$MYOSURV" coxnet t.csv $base --cv 5 --seed 4 --json | cmp -s - a.json && fail "the seed does nothing"
for key in n events alpha null_deviance end lambda df dev_ratio cv measure mean se fold lambda_min lambda_1se at_lambda \
    coefficients name coef exp_coef coef_sd path; do
    says "\"$key\":" a.json
done

# without a penalty it is Breslow's Cox model
"$MYOSURV" coxnet t.csv $base --lambda 0.1,0 --at 0 --json | grep -A1 '"name": "x1"' | grep -o '"coef": [0-9.]*' | cut -c9-18 >ours
"$MYOSURV" cox t.csv --formula 'Surv(time, status == "dead") ~ x1+x2+x3+x4+x5+x6+x7+x8' --ties breslow --json >cox.json
grep -qF "\"coef\": $(cat ours)" cox.json || fail "lambda 0 is not the Cox model: $(cat ours)"

# the other options each do something, and nothing that was not asked for
"$MYOSURV" coxnet t.csv $base --json >plain.json
for extra in "--strata site" "--weights w" "--offset off" "--standardize no" "--alpha 0.5" "--lambda-min-ratio 0.1" "--n-lambda 30"; do
    "$MYOSURV" coxnet t.csv $base --json $extra >other.json || fail "$extra"
    cmp -s plain.json other.json && fail "$extra changes nothing"
done
"$MYOSURV" coxnet t.csv $base --folds fold --measure c >out
says 'C-index' out
"$MYOSURV" coxnet t.csv $base --folds fold --ungrouped >out
says 'deviance (ungrouped)' out
printf 'name,factor\nx3,0\nx1,inf\n' >factor.csv
"$MYOSURV" coxnet t.csv $base --penalty-factor factor.csv --at 1000 >out
grep -q '^x3' out || fail "x3 is not penalised: $(cat out)"
says '(1 excluded)' out

# the risk of other patients: x beta
"$MYOSURV" coxnet t.csv $base --cv 5 --predict t.csv -o risk.csv >/dev/null
head -1 risk.csv | has ',risk$' || fail "no column risk"
"$MYOSURV" cindex risk.csv -t time -e status=dead --risk risk >c.txt
grep -Eq '0\.[789]' c.txt || fail "the risk does not rank: $(cat c.txt)"

# missing values are counted, a constant column is left out and said
awk -F, -v OFS=, 'NR == 5 { $4 = "" } { print }' t.csv >gaps.csv
"$MYOSURV" coxnet gaps.csv $base >out 2>/dev/null
says '1 row with missing values left out' out
"$MYOSURV" coxnet t.csv -t time -e status=dead -x 'x*,one' >out 2>err
says '(1 constant)' out
says 'one value only' err
# more predictors than rows
head -8 t.csv >few.csv
"$MYOSURV" coxnet few.csv $base >out 2>/dev/null || fail "fewer rows than predictors"

refused 3 "no column 'tmie'" t.csv -t tmie -e status=dead -x x1
refused 3 "no column matches 'q" t.csv -t time -e status=dead -x 'q*'
refused 2 "alpha 2" t.csv $base --alpha 2
refused 2 "lambda -1" t.csv $base --lambda=-1,2
refused 2 "'a' is not a number" t.csv $base --lambda 1,a
refused 2 "more than one lambda" t.csv $base --lambda 0.1 --cv 5
refused 2 "at least 3" t.csv $base --cv 2
refused 3 "events for 190 folds" t.csv $base --cv 190
refused 2 "needs cross-validation" t.csv $base --at 1se
refused 2 "give --cv or --folds" t.csv $base --figure x.svg
refused 2 "go together" t.csv $base --predict t.csv
refused 3 "constant" t.csv -t time -e status=dead -x one
awk -F, -v OFS=, 'NR > 1 { $3 = "alive" } { print }' t.csv >none.csv
expect_error 3 "no events" "$MYOSURV" coxnet none.csv $base --quiet
awk -F, -v OFS=, 'NR == 4 { $5 = "many" } { print }' t.csv >bad.csv
refused 3 "bad.csv:4: column 'x2'" bad.csv -t time -e status=dead -x x1,x2
awk -F, -v OFS=, 'NR == 4 { $5 = "inf" } { print }' t.csv >bad.csv
refused 3 "bad.csv:4: column 'x2': the value is infinite" bad.csv $base
awk -F, -v OFS=, 'NR > 1 && $16 == "f2" { $3 = "alive" } { print }' t.csv >lost.csv
refused 3 "fold 3 has no event" lost.csv $base --folds fold
printf 'name,factor\nx9,0\n' >factor.csv
refused 3 "factor.csv:2: column 'name': this is not one of the predictors" t.csv $base --penalty-factor factor.csv
echo ok
