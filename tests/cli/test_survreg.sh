# myosurv survreg. Numbers of R 4.2.2, survival 3.5-3: survreg(Surv(time, status) ~ age + sex) and predict() for the table of
# tests/golden/survival/cox_more.R.
table=$MS_SOURCE_DIR/tests/golden/survival/cox_more.csv
new=$MS_SOURCE_DIR/tests/golden/survival/cox_more_new.csv
refused() { expect_error "$1" "$2" "$MYOSURV" survreg "${@:3}"; }

"$MYOSURV" survreg "$table" --formula "Surv(time, status) ~ age + sex + strata(site)" >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 88 (2 rows with missing values left out)' out
grep -Eq '^age +-0.019835 +0.01603 ' out || fail "coefficients: $(cat out)"
says 'Scale = 1.1141 0.80623' out
"$MYOSURV" survreg "$table" --formula "Surv(time, status) ~ age + sex" --dist exponential --json >out.json
for key in n n_dropped events dist coefficients name coef se z p lower upper scale loglik aic converged tests lr wald; do
    says "\"$key\":" out.json
done
for dist in weibull exponential lognormal loglogistic rayleigh extreme gaussian logistic; do
    "$MYOSURV" survreg "$table" --formula "Surv(time, status) ~ ns(age, 2) + sex" --dist $dist >/dev/null
done
"$MYOSURV" survreg "$table" --formula "Surv(time, status) ~ age" --predict quantile --at 0.25,0.5 --newdata "$new" >out.csv
[ "$(wc -l <out.csv)" -eq 4 ] || fail "a prediction for each row"
grep -q 'quantile_0.5_lower' out.csv || fail "header: $(head -1 out.csv)"
"$MYOSURV" survreg "$table" --formula "Surv(time, status) ~ age" --predict survival --at 100 -o out.csv
[ "$(wc -l <out.csv)" -eq 91 ] || fail "a row for each of the table"
sed -n 8p out.csv | has ',,,,$' || fail "a row without age has a prediction"
"$MYOSURV" survreg "$MS_SOURCE_DIR/tests/golden/survival/cox_more_interval.csv" \
    --formula 'Surv(lo, hi, type = "interval2") ~ sex + noise' --weights w --robust >/dev/null

refused 2 "needs times" "$table" --formula "Surv(time, status) ~ age" --predict survival
refused 2 "between 0 and 1" "$table" --formula "Surv(time, status) ~ age" --predict quantile --at 2
refused 3 "start-stop" "$table" --formula "Surv(start, time, status) ~ age"
refused 2 "dist" "$table" --formula "Surv(time, status) ~ age" --dist gompertz
refused 3 "no logarithm" "$table" --formula "Surv(start, status) ~ age"
