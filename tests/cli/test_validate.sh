# myosurv validate as a user runs it, on made-up patients. The apparent numbers are those of R 4.2.2, survival 3.5-3 (coxph,
# concordance); see tests/survival/test_validate.c.
awk 'BEGIN {
    print "time,event,x1,x2"
    for (i = 0; i < 40; i++) {
        x2 = (i * 7 % 5 > 1)
        printf "%d,%d,%g,%d\n", 3 + i * 29 % 41 + 6 * x2, (i * 13 % 7 > 1), (i * 17 % 40) / 10, x2
    }
}' >t.csv
validate() { "$MYOSURV" validate "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" validate "${@:3}"; }
model=(--formula 'Surv(time, event) ~ x1 + x2')

validate t.csv "${model[@]}" --bootstrap 20 --at 25 >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 40, events= 29' out
grep -Eq '^C +0.6807 ' out || fail "C: $(cat out)"
grep -Eq '^Slope +1.0000 +1.0000 ' out || fail "slope: $(cat out)"
grep -Eq '^Brier +0.1992 ' out || fail "Brier: $(cat out)"
validate t.csv "${model[@]}" -B 20 --at 25 --json --threads 1 >one.json
validate - "${model[@]}" -B 20 --at 25 --json --threads 3 <t.csv | cmp - one.json || fail "threads or a pipe change bytes"
validate t.csv "${model[@]}" -B 20 --at 25 --json --seed 2 >two.json
! cmp -s one.json two.json || fail "the seed changes nothing"
for key in n events n_dropped replicates failed seed at dxy c r2 slope apparent optimism corrected optimism_se; do
    says "\"$key\":" one.json
done
validate t.csv "${model[@]}" -B 4 --json >four.json
says '"test": 1.0129105' four.json
sed '5s/[0-9.]*,\([01]\)$/,\1/' t.csv >gaps.csv
validate gaps.csv "${model[@]}" -B 10 >out
says '1 row with missing values left out' out

refused 3 "no event by 2" t.csv "${model[@]}" --at 2
refused 3 "nobody was followed to 99" t.csv "${model[@]}" --at 99
refused 2 "two samples or more" t.csv "${model[@]}" -B 1
refused 3 "combination" t.csv --formula 'Surv(time, event) ~ x1 + I(2 * x1)'
refused 2 "strata" t.csv --formula 'Surv(time, event) ~ x1 + strata(x2)' --at 25
refused 2 "delayed entry" t.csv --formula 'Surv(x1, time, event) ~ x2'
