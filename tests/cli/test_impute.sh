# myosurv impute as a user runs it: made-up patients with gaps in a number and in a category.
awk 'BEGIN {
    print "time,event,age,sex,grade"
    for (i = 0; i < 60; i++)
        printf "%d,%d,%s,%s,%s\n", 3 + i * 29 % 61 + 6 * (i % 2), (i * 13 % 7 > 1), i % 5 == 2 ? "" : 40 + i * 17 % 40,
            i % 2 ? "m" : "f", i % 7 == 3 ? "NA" : substr("abc", 1 + i * 11 % 3, 1)
}' >t.csv
impute() { "$MYOSURV" impute "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" impute "${@:3}"; }
model=(--formula 'Surv(time, event) ~ age + sex + grade')

impute t.csv "${model[@]}" -m 5 >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 60, events= 43' out
says '19 rows had gaps; 5 imputations' out
grep -Eq '^age +12 +predictive mean matching' out || fail "columns: $(cat out)"
grep -Eq '^sex +0 +complete' out || fail "columns: $(cat out)"
grep -Eq '^grade +9 +logistic regression' out || fail "columns: $(cat out)"
for name in age sexm gradeb gradec; do grep -Eq "^$name +" out || fail "no $name: $(cat out)"; done

impute t.csv "${model[@]}" -m 5 --json --threads 1 >one.json
impute - "${model[@]}" -m 5 --json --threads 3 <t.csv | cmp - one.json || fail "threads or a pipe change bytes"
impute t.csv "${model[@]}" -m 5 --json --seed 2 >two.json
! cmp -s one.json two.json || fail "the seed changes nothing"
impute t.csv "${model[@]}" -m 5 --normal --json >normal.json
says '"method": "normal model"' normal.json
for key in n events n_dropped n_incomplete imputations columns coef exp_coef se t df p lower upper within between riv \
    lambda fmi; do
    says "\"$key\":" one.json
done

# the filled tables: no gap left, all rows five times, cells that were known as they were
impute t.csv "${model[@]}" -m 5 -o filled.csv >/dev/null
[ "$(wc -l <filled.csv)" = 301 ] || fail "not 5 x 60 rows"
! grep -Eq ',,|,NA|,$' filled.csv || fail "a gap is left"
awk -F, 'NR == 1 || $1 == 4' filled.csv | cut -d, -f2- >fourth.csv
[ "$(diff t.csv fourth.csv | grep -c '^<')" = 19 ] || fail "other rows than those with gaps changed"
impute t.csv "${model[@]}" -m 5 -o dry.csv --dry-run >/dev/null
[ ! -e dry.csv ] || fail "--dry-run wrote the tables"

# rows without an outcome are left out and counted
sed '2s/^[0-9]*//' t.csv >gaps.csv
impute gaps.csv "${model[@]}" -m 3 >out
says 'n= 59 (1 row with missing values left out)' out

refused 3 "no column 'agee'" t.csv --formula 'Surv(time, event) ~ agee'
refused 2 "not between 2" t.csv "${model[@]}" -m 1
refused 3 "too few different known values" <(printf 'time,event,a\n1,1,2\n2,0,\n3,1,\n') --formula 'Surv(time, event) ~ a'
refused 3 "no '~'" t.csv --formula 'Surv(time, event)'
