# myosurv bootstrap as a user runs it, on the leukaemia remission data of Miller 1981 (R: survival::aml; medians 31 and 23).
cp "$MS_SOURCE_DIR/data/aml.csv" .
boot() { "$MYOSURV" bootstrap "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" bootstrap "${@:3}"; }
common=(aml.csv -t time -e status --group x -B 200)

boot "${common[@]}" --at 20 --interval basic >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 23, events= 18' out
says '95% basic intervals, 200 bootstrap samples, seed 1' out
grep -Eq '^median, Maintained +31 ' out || fail "median: $(cat out)"
grep -Eq '^median, difference +-8 ' out || fail "difference: $(cat out)"
grep -Eq '^survival at 20, Nonmaintained +0.58333 ' out || fail "survival: $(cat out)"
for type in percentile basic normal bca; do
    boot "${common[@]}" --interval $type --strata x --json --threads 1 >one.json
    boot "${common[@]}" --interval $type --strata x --json --threads 3 | cmp - one.json || fail "threads change bytes"
done
boot "${common[@]}" --interval bca --json | cmp -s - one.json && fail "drawing within groups changes nothing"
for key in n events n_dropped replicates seed interval conf_level statistics name estimate bias se lower upper failed; do
    says "\"$key\":" one.json
done
awk -F, 'NR == 1 { print "time,status,dose"; next } { print $1 "," $2 "," NR % 7 }' aml.csv >dose.csv
boot dose.csv -t time -e status --risk dose --at 20 -B 50 >out
for row in "Harrell's C" "Uno's C" 'AUC at 20' 'median' 'mean up to 161'; do says "$row" out; done
boot - --formula 'Surv(time, status) ~ x' -B 100 <aml.csv >out
grep -Eq '^xNonmaintained +0.91553 ' out || fail "coefficient: $(cat out)"

refused 2 "one of them" aml.csv --formula 'Surv(time, status) ~ x' -t time -e status
refused 2 "one of them" aml.csv -t time
refused 2 "goes with none" aml.csv --formula 'Surv(time, status) ~ x' --at 3
refused 2 "two bootstrap samples" aml.csv -t time -e status -B 1
refused 3 "no column 'tmie'" aml.csv -t tmie -e status
