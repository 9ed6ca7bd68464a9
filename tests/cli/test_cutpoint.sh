# myosurv cutpoint as a user runs it: ovarian cancer (Edmunson 1979; R: survival::ovarian), age to four decimals. The
# numbers are those of R 4.2.2: maxstat::maxstat.test(Surv(futime, fustat) ~ age, smethod = "LogRank"), survdiff.
cat >ovarian.csv <<'CSV'
futime,fustat,age
59,1,72.3315
115,1,74.4932
156,1,66.4658
421,0,53.3644
431,1,50.3397
448,0,56.4301
464,1,56.9370
475,1,59.8548
477,0,64.1753
563,1,55.1781
638,1,56.7562
744,0,50.1096
769,0,59.6301
770,0,57.0521
803,0,39.2712
855,0,43.1233
1040,0,38.8932
1106,0,44.6000
1129,0,53.9068
1206,0,44.2055
1227,0,59.5890
268,1,74.5041
329,1,43.1370
353,1,63.2192
365,1,64.4247
377,0,58.3096
CSV

cut() { "$MYOSURV" cutpoint ovarian.csv -t futime -e fustat -x age "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" cutpoint "${@:3}"; }

cut >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
# R has 0.0161 for exactGauss by random quadrature; pmvnorm with an error of 1e-9 agrees with 0.0164
says 'age cut by maxstat at 59.6301' out
says 'Largest standardised log-rank statistic of 22 cuts: 3.175' out
grep -Eq 'Lausen & Schumacher 1992 +0.0357' out || fail "Lau92: $(cat out)"
grep -Eq 'Lausen et al. 1994 +0.0193' out || fail "Lau94: $(cat out)"
grep -Eq 'Gaussian limit, exact correlation +0.0164' out || fail "exactGauss: $(cat out)"
says 'too small, not to be reported' out

cut --json >out.json
says '"statistic": 3.17522010455' out.json
says '"lau92": 0.0356796897' out.json
for key in method x cuts p groups maxstat exact_gauss hl cond_mc min p_not_corrected critical_5_percent statistics; do
    says "\"$key\":" out.json
done
cut --json --threads 1 | cmp - out.json || fail "threads change bytes"
cut --json --seed 2 --permutations 199 >other.json
says '"permutations": 199' other.json
"$MYOSURV" cutpoint - -t futime -e fustat=1 -x age --json <ovarian.csv | cmp - out.json || fail "a pipe changes bytes"

# groups that do not look at survival: the test as it is (R: survdiff)
cut --method median >out
says 'Chisq= 3.78' out
cut --method tertiles >out
says '53.5452 and 59.6164' out
says 'on 2 degrees of freedom, p= 0.00787' out
cut --method value --cut 60 --json >out.json
says '"cuts": [60]' out.json

# searched in one part, tested in the other
cut --method x-tile --seed 4 --json >one.json
cut --method x-tile --seed 4 --json | cmp - one.json || fail "x-tile: another result with the same seed"
says '"train_chisq":' one.json
cut --method x-tile --train-share 0.6 >out
says 'no p-value), tested in the other' out

for format in svg pdf png; do cut --figure "cut.$format" >/dev/null && [ -s "cut.$format" ] || fail "no $format"; done
cut --figure small.svg --figure-width-mm 84 --figure-height-mm 120 --figure-font-size 6 >/dev/null
says 'width="238.11' small.svg
cut --method tertiles --figure tertiles.svg >/dev/null
[ -s tertiles.svg ] || fail "no figure of tertiles"

refused 3 "no column 'aeg' (did you mean 'age'?)" ovarian.csv -t futime -e fustat -x aeg
refused 2 "needs --cut" ovarian.csv -t futime -e fustat -x age --method value
refused 2 "cut is for" ovarian.csv -t futime -e fustat -x age --cut 5
refused 2 "must go up" ovarian.csv -t futime -e fustat -x age --method value --cut 60,50
refused 2 "method" ovarian.csv -t futime -e fustat -x age --method optimal
refused 3 "no cut leaves a share" ovarian.csv -t futime -e fustat -x fustat --min-prop 0.49
sed '2s/72.3315/old/' ovarian.csv >bad.csv
refused 3 "bad.csv:2: column 'age': 'old' is not a number" bad.csv -t futime -e fustat -x age
sed 's/,1,/,0,/' ovarian.csv >censored.csv
refused 3 "no events: all 26 rows are censored" censored.csv -t futime -e fustat -x age
refused 3 "x-tile: 0 events" censored.csv -t futime -e fustat -x age --method x-tile
