# myosurv compare as a user runs it. 24 made-up patients; numbers from R 4.2.2: concordance of survival 3.5-3 (difference and
# covariance from dfbeta), Score of riskRegression 2022.11.28, survival NRI from survfit.
{
    echo time,event,old,new
    paste -d, <(printf '%s\n' 5 8 8 12 15 15 20 22 25 25 30 31 35 38 40 40 45 48 50 55 60 60 65 70) \
        <(printf '%s\n' 1 1 0 1 0 1 0 1 1 0 1 0 0 1 1 0 0 1 0 0 1 0 0 0) \
        <(for i in {0..23}; do echo "$((i * 7 % 24 + 1))"; done | awk '{ printf "%.17g\n", $1 / 30 }') \
        <(printf '%s\n' 0.01 0.5 0.35 0.7 0.21666666666666667 0.61666666666666681 0.46666666666666662 0.21666666666666665 \
            0.53333333333333333 0.3833333333333333 0.93333333333333346 0.10000000000000003 0.45 0.85 0.25000000000000006 \
            0.21666666666666665 0.56666666666666665 0.96666666666666667 0.13333333333333336 0.33333333333333331 \
            0.88333333333333319 0.01 0.24999999999999997 0.44999999999999996)
} >t.csv

compare() { "$MYOSURV" compare "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" compare "${@:3}"; }
common=(t.csv -t time -e event --old old --new new --at 42)

compare "${common[@]}" --cuts 0.3,0.6 -B 200 >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 24, events= 11 (9 by 42)' out
grep -Eq "^Harrell's C +0.4231 +0.5897 +0.1667 +0.07445 +0.0252" out || fail "C: $(cat out)"
grep -Eq '^AUC +0.3812 +0.5676 +0.1865 +0.08565 +0.0295' out || fail "AUC: $(cat out)"
grep -Eq '^NRI, any change +1.1024' out || fail "NRI: $(cat out)"
grep -Eq '^  events +0.5712' out || fail "NRI: $(cat out)"
says 'old \ new' out
compare "${common[@]}" -B 0 --json >out.json
for number in 0.0087203906972341 0.1864720626337 -0.05428292826389 0.5712388757463 0.53116396761133 0.1458409372535; do
    says "$number" out.json
done
! grep -q boot_ out.json || fail "bootstrap numbers without a bootstrap"

for type in percentile bca; do
    compare "${common[@]}" -B 60 --interval $type --json --threads 1 >one.json
    compare "${common[@]}" -B 60 --interval $type --json --threads 3 | cmp - one.json || fail "threads change bytes"
    says '"boot_lower":' one.json
done

# the same predictions twice: no difference, p 1, and no crash
compare t.csv -t time -e event --old new --new new --at 42 -B 50 >out
grep -Eq "^Harrell's C +0.5897 +0.5897 +0.0000 +0 +1 +0.0000 to 0.0000" out || fail "the same models differ: $(cat out)"
! grep -qi nan out || fail "NaN: $(cat out)"
# a yes-or-no outcome; scores without a horizon
compare t.csv -e event --old old --new new -B 0 >out
grep -Eq '^IDI +0.2433 +0.03398' out || fail "IDI: $(cat out)"
awk 'BEGIN { FS = OFS = ","; CONVFMT = "%.17g" } NR > 1 { $4 = $4 * 9 - 2 } { print }' t.csv >score.csv
compare score.csv -t time -e event --old old --new new -B 0 >out
grep -Eq "^Uno's C +0.5188 +0.6641 +0.1453 +0.06788" out || fail "scores: $(cat out)"

refused 3 "score.csv:2: column 'new': -1.91 is no probability" score.csv -t time -e event --old old --new new --at 42
refused 3 "no event by 4" t.csv -t time -e event --old old --new new --at 4
refused 3 "nobody was followed to 99" t.csv -t time -e event --old old --new new --at 99
refused 2 "out of place" "${common[@]}" --cuts 0.6,0.3
refused 2 "need --time" t.csv -e event --old old --new new --at 4
refused 2 "horizon" t.csv -t time -e event --old old --new new --cuts 0.5
