# myosurv cox as a user runs it. Data: the ovarian cancer trial of Edmunson et al. 1979 (R: survival::ovarian), numbers of
# R 4.2.2, survival 3.5-3: coxph(Surv(futime, fustat) ~ age + rx), cox.zph.
cat >ovarian.csv <<'CSV'
futime,fustat,age,resid.ds,rx,ecog.ps
59,1,72.3315,2,1,1
115,1,74.4932,2,1,1
156,1,66.4658,2,1,2
421,0,53.3644,2,2,1
431,1,50.3397,2,1,1
448,0,56.4301,1,1,2
464,1,56.937,2,2,2
475,1,59.8548,2,2,2
477,0,64.1753,2,1,1
563,1,55.1781,1,2,2
638,1,56.7562,1,1,2
744,0,50.1096,1,2,1
769,0,59.6301,2,2,2
770,0,57.0521,2,2,1
803,0,39.2712,1,1,1
855,0,43.1233,1,1,2
1040,0,38.8932,2,1,2
1106,0,44.6,1,1,1
1129,0,53.9068,1,2,1
1206,0,44.2055,2,2,1
1227,0,59.589,1,2,2
268,1,74.5041,2,1,2
329,1,43.137,2,1,1
353,1,63.2192,1,2,2
365,1,64.4247,2,2,1
377,0,58.3096,1,2,1
CSV

refused() { expect_error "$1" "$2" "$MYOSURV" cox "${@:3}"; }

"$MYOSURV" cox ovarian.csv --formula "Surv(futime, fustat) ~ age + rx" >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 26, number of events= 12' out
grep -Eq '^age +0.14733 +1.1587 +0.04615 ' out || fail "coefficients: $(cat out)"
grep -Eq '^rx +-0.80397 +0.44755 +0.632 ' out || fail "coefficients: $(cat out)"
says 'Likelihood ratio test' out
grep -Eq '^GLOBAL' out || fail "no test of proportional hazards: $(cat out)"

"$MYOSURV" cox ovarian.csv --formula "Surv(futime, fustat) ~ age + rx" --json >out.json
for key in n events loglik converged iterations coefficients name coef exp_coef se robust_se z p lower upper tests lr wald \
    score concordance c zph; do
    says "\"$key\":" out.json
done
says '"converged": true' out.json
"$MYOSURV" cox ovarian.csv --formula 'Surv(futime, fustat == 1) ~ rx + age - rx + rx' --json >/dev/null
# no ties here: every way to treat them gives the same
for ties in efron breslow exact; do
    "$MYOSURV" cox ovarian.csv --formula "Surv(futime, fustat) ~ age" --ties $ties | grep '^age' | head -1 >$ties
done
cmp efron breslow && cmp efron exact || fail "ties matter without ties"

# 1 and 2 as in R, said aloud
sed '1!s/^\([0-9]*\),\([01]\)/\1,\2+1/; s/,0+1/,1/; s/,1+1/,2/' ovarian.csv >onetwo.csv
"$MYOSURV" cox onetwo.csv --formula "Surv(futime, fustat) ~ age" >out 2>err
says 'number of events= 12' out
says '2 is taken as the event' err

# separation ends with a result, a warning and converged false
printf 't,e,a\n1,1,1\n2,1,1\n3,1,1\n4,0,0\n5,0,0\n6,0,0\n' >separated.csv
"$MYOSURV" cox separated.csv --formula "Surv(t, e) ~ a" --json >out.json 2>err
says '"converged": false' out.json
says 'may be infinite' err

# a collinear column has no coefficient
"$MYOSURV" cox ovarian.csv --formula "Surv(futime, fustat) ~ age + I(2 * age) + rx" >out
grep -Eq '^I\(2 \* age\) +NA' out || fail "collinear: $(cat out)"

refused 3 "no column 'agee'" ovarian.csv --formula "Surv(futime, fustat) ~ agee"
refused 3 "formula, character 36" ovarian.csv --formula "Surv(futime, fustat) ~ age + rx +  "
refused 3 "no '~'" ovarian.csv --formula "age"
refused 2 "formula" ovarian.csv
refused 2 "ties" ovarian.csv --formula "Surv(futime, fustat) ~ age" --ties kalbfleisch
sed '3s/^115/-115/' ovarian.csv >bad.csv
refused 3 "bad.csv:3: column 'futime': -115 is a negative time" bad.csv --formula "Surv(futime, fustat) ~ age"
sed '3s/,1,/,7,/' ovarian.csv >bad.csv
refused 3 "bad.csv:3: column 'fustat': 7 is neither 0 nor 1" bad.csv --formula "Surv(futime, fustat) ~ age"
sed '1!s/,1,/,0,/' ovarian.csv >bad.csv
refused 3 "no events" bad.csv --formula "Surv(futime, fustat) ~ age"
sed '3s/74.4932/old/' ovarian.csv >bad.csv
refused 3 "bad.csv:3: column 'age': 'old' is not a number" bad.csv --formula "Surv(futime, fustat) ~ age"
