# myosurv table1 and nomogram as a user runs them.
awk 'BEGIN { s = 11; print "case_id,split,age_years,sex,stage,sma_cm2,os_days,os_event"
    for (i = 1; i <= 90; i++) {
        for (k = 0; k < 5; k++) { s = (s * 16807) % 2147483647; u[k] = s / 2147483647 }
        t = -log(u[3]) * 900 * exp(-(u[0] - 0.5) * 2)
        printf "p%02d,%s,%d,%s,%s,%.1f,%.1f,%d\n", i, (i % 3 ? "training" : "test"), 45 + 35 * u[0], (u[1] < 0.4 ? "f" : "m"),
            substr("I  II III", int(u[2] * 3) * 3 + 1, 3), 100 + 80 * u[4], (t < 1500 ? t : 1500), t < 1500 } }' | sed 's/ *,/,/g' >cohort.csv

"$MYOSURV" table1 cohort.csv --group split >out
says 'split=training' out
says 'sex = m, n (%)' out
says 'age_years, mean (SD)' out
says 'stage, n (%)' out
grep -q case_id out && fail "an id is no characteristic"
"$MYOSURV" table1 cohort.csv --group split --x sma_cm2,sex --median sma_cm2 --exact sex -o t1.csv
[ "$(head -1 t1.csv)" = "characteristic,overall,split=test,split=training,p,test,smd,missing" ] || fail "columns: $(head -1 t1.csv)"
grep -q '^"sma_cm2, median \[quartiles\]"' t1.csv || fail "median"
grep -q Fisher t1.csv || fail "Fisher's test"
"$MYOSURV" table1 cohort.csv --json >all.json
says '"groups":' all.json
expect_error 3 "no column 'sexx' (did you mean 'sex'?)" "$MYOSURV" table1 cohort.csv --x sexx
expect_error 3 "too many groups" "$MYOSURV" table1 cohort.csv --group case_id
head -1 cohort.csv >empty.csv
expect_error 3 "no rows" "$MYOSURV" table1 empty.csv

# the nomogram's points are the coefficients, its survival that of cox's curve
formula="Surv(os_days, os_event) ~ age_years + sex + sma_cm2"
"$MYOSURV" nomogram cohort.csv --formula "$formula" --at 365,1095 --figure n.svg --json >n.json
[ -s n.svg ] || fail "no figure"
"$MYOSURV" cox cohort.csv --formula "$formula" --json >cox.json
python3 - <<'PY' || fail "the scales are not the model's"
import json
g, c = json.load(open("n.json")), json.load(open("cox.json"))
coef = {r["name"]: r["coef"] for r in c["coefficients"]}
scale = {v["name"]: {m["value"]: m["points"] for m in v["marks"]} for v in g["variables"]}
age = scale["age_years"]
a, b = sorted(age, key=float)[0], sorted(age, key=float)[-1]
assert abs((age[b] - age[a]) * g["lp_per_point"] - coef["age_years"] * (float(b) - float(a))) < 1e-9
assert abs((scale["sex"]["m"] - scale["sex"]["f"]) * g["lp_per_point"] - coef["sexm"]) < 1e-9
assert abs(max(max(s.values()) for s in scale.values()) - 100) < 1e-9
assert all(min(s.values()) > -1e-9 for s in scale.values())
PY
"$MYOSURV" nomogram cohort.csv --formula "Surv(os_days, os_event) ~ log(age_years) + ns(sma_cm2, df = 3)" --at 365 >out
says 'sma_cm2' out
expect_error 2 "interactions" "$MYOSURV" nomogram cohort.csv --formula "Surv(os_days, os_event) ~ age_years * sex" --at 365
expect_error 2 "strata" "$MYOSURV" nomogram cohort.csv --formula "Surv(os_days, os_event) ~ age_years + strata(sex)" --at 365
expect_error 3 "within follow-up" "$MYOSURV" nomogram cohort.csv --formula "$formula" --at 9000
