# myosurv cox: residuals, predictions, curves, stepwise choice, tables and figures. The table and R's numbers are those of
# tests/golden/survival/cox_more.R (R 4.2.2: step(), predict(), survfit(), residuals()).
table=$MS_SOURCE_DIR/tests/golden/survival/cox_more.csv
new=$MS_SOURCE_DIR/tests/golden/survival/cox_more_new.csv
refused() { expect_error "$1" "$2" "$MYOSURV" cox "${@:3}"; }
cox() { "$MYOSURV" cox "$table" --formula "$@"; }

# columns beside the table's own, empty where a value is missing
cox "Surv(time, status) ~ age + sex" --residuals dfbetas -o out.csv
[ "$(head -1 out.csv)" = "$(head -1 "$table"),dfbetas_age,dfbetas_sexm" ] || fail "header: $(head -1 out.csv)"
[ "$(wc -l <out.csv)" -eq 91 ] || fail "rows of residuals"
sed -n 8p out.csv | has ',,$' || fail "a row without age has residuals: $(sed -n 8p out.csv)"
cox "Surv(time, status) ~ age + sex + strata(site)" --residuals scaledsch >out.csv
[ "$(head -1 out.csv)" = "row,strata,time,age,sexm" ] || fail "header: $(head -1 out.csv)"
[ "$(wc -l <out.csv)" -eq 56 ] || fail "one row an event: $(wc -l <out.csv)"
for type in martingale deviance score schoenfeld dfbeta partial; do
    cox "Surv(time, status) ~ age + sex" --residuals $type >out.csv
done

cox "Surv(time, status) ~ ns(age, df = 3) + sex" --predict lp --reference zero --newdata "$new" >out.csv
[ "$(wc -l <out.csv)" -eq 4 ] || fail "a prediction for each new row"
for type in risk expected survival terms; do
    cox "Surv(time, status) ~ age + sex" --predict $type --newdata "$new" >out.csv
done
[ "$(head -1 out.csv)" = "$(head -1 "$new"),age_part,age_se,sex_part,sex_se" ] || fail "header: $(head -1 out.csv)"

cox "Surv(time, status) ~ age + sex" --predict lp --newdata "$new" --json >out.json
for key in columns age sex lp lp_se; do says "\"$key\":" out.json; done
# R: basehaz(coxph(Surv(time, status) ~ age + sex, d), centered = FALSE), its last hazard
cox "Surv(time, status) ~ age + sex" --curve --reference zero >out.csv
tail -1 out.csv | cut -d, -f12 | has '^0.7776726637' || fail "baseline at zero: $(tail -1 out.csv)"
# new rows without the stratum's column: a curve in each stratum
printf 'age,sex\n50,f\n60,m\n' >some.csv
cox "Surv(time, status) ~ age + sex + strata(site)" --curve --newdata some.csv --at 100 >out.csv
[ "$(wc -l <out.csv)" -eq 5 ] || fail "two rows in two strata: $(cat out.csv)"

cox "Surv(time, status) ~ age + sex" --curve --newdata "$new" --at 100,200 >out.csv
[ "$(wc -l <out.csv)" -eq 7 ] || fail "three curves at two times"
cox "Surv(time, status) ~ age + strata(site)" --curve --stype 1 --conf-type log-log --figure curves.svg --json >out.json
for key in curves stratum surv std_err lower upper cumhaz std_chaz median; do says "\"$key\":" out.json; done
says '</svg>' curves.svg

cox "Surv(time, status) ~ age * sex + stage + marker + noise" --step both >out
says 'Start:  AIC=366.25' out
says 'Chosen: Surv(time, status) ~ age + marker' out
cox "Surv(time, status) ~ age * sex + stage + marker + noise" --step forward --step-penalty bic --json --drop1 --anova >out.json
for key in formula step changes drop1 anova coefficients; do says "\"$key\":" out.json; done

cox "Surv(time, status) ~ age + stage + strata(site)" --univariable --figure forest.png -o ratios.csv >out
says 'stage: I ' out
says '1 (reference)' out
[ "$(wc -l <ratios.csv)" -eq 5 ] || fail "four rows of ratios: $(cat ratios.csv)"
cox "Surv(time, status) ~ age + stage" --univariable --same-rows --json >out.json
for key in rows term level reference univariable multivariable hr p_term; do says "\"$key\":" out.json; done
cox "Surv(time, status) ~ age + stage" --figure forest.svg >out
says '</svg>' forest.svg
cox "Surv(time, status) ~ age + stage" --figure again.svg >out
cmp forest.svg again.svg || fail "the figure is not the same twice"
[ -s forest.png ] || fail "no forest figure"

# every column that the response does not use
cut -d, -f2,3,6,9,10 "$table" >few.csv
"$MYOSURV" cox few.csv --formula "Surv(time, status) ~ ." >out
says 'marker' out

# an effect that changes with time; near to R's coxph(tt = function(x, t, ...) x * log(t))
cox "Surv(time, status) ~ age + tt(marker, log) + sex" >out
says 'n= 87 ' out
says 'tt(marker, log)' out

# strata(), spline and interaction names as R's
cox "Surv(time, status) ~ ns(age, 2) * sex + strata(site)" >out
says 'ns(age, 2)2:sexm' out

printf 'age,sex\n50,x\n' >bad.csv
refused 3 "bad.csv:2: sex: the model was fitted to no 'x'" "$table" --formula "Surv(time, status) ~ age + sex" --predict lp \
    --newdata bad.csv
refused 2 "residuals" "$table" --formula "Surv(time, status) ~ age" --residuals pearson
refused 2 "one of --residuals" "$table" --formula "Surv(time, status) ~ age" --residuals score --curve
refused 2 "tt()" "$table" --formula "Surv(time, status) ~ tt(age, log)" --predict lp
refused 3 "tt() takes a column and" "$table" --formula "Surv(time, status) ~ tt(age)"
refused 2 "exact" "$table" --formula "Surv(time, status) ~ age" --ties exact --residuals score
refused 3 "knot at 200" "$table" --formula "Surv(time, status) ~ ns(age, knots = 200)"
