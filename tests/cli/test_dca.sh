# myosurv dca as a user runs it. 24 made-up patients; net benefits from R 4.2.2: survfit's event rate at 42 among those with
# a risk of at least the threshold, put into TP - FP t / (1 - t).
cat >t.csv <<'CSV'
time,state,old,new
5,1,0.0333333,0.01
8,1,0.2666667,0.5
8,0,0.5,0.35
12,1,0.7333333,0.7
15,2,0.1666667,0.2167
15,1,0.4,0.6167
20,0,0.6333333,0.4667
22,1,0.0666667,0.2167
25,1,0.3,0.5333
25,0,0.5333333,0.3833
30,1,0.7666667,0.9333
31,2,0.2,0.1
35,0,0.4333333,0.45
38,1,0.6666667,0.85
40,1,0.1,0.25
40,0,0.3333333,0.2167
45,0,0.5666667,0.5667
48,1,0.8,0.9667
50,0,0.2333333,0.1333
55,2,0.4666667,0.3333
60,1,0.7,0.8833
60,0,0.1333333,0.01
65,0,0.3666667,0.25
70,0,0.6,0.45
CSV

refused() { expect_error "$1" "$2" "$MYOSURV" dca "${@:3}"; }
dca() { "$MYOSURV" dca "$@"; }
common=(t.csv -t time -e state=1 -p old,new --at 42)

dca "${common[@]}" --thresholds 0.1,0.25,0.5 --bootstrap 0 >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
says 'n= 24, events= 9 by 42' out
says 'Event rate= 0.444' out
grep -Eq '^0.1 +0.2934 +0.3513 +0.3823' out || fail "net benefit: $(cat out)"
grep -Eq '^0.5 +-0.0772 +0.1250 +-0.1119' out || fail "net benefit: $(cat out)"
dca "${common[@]}" --thresholds 0.1:0.5:0.2 --competing 2 -B 0 --json >out.json
says '"prevalence": 0.42063492063492' out.json
says '"threshold": [0.1, 0.3, 0.5]' out.json
says '0.26939315025252' out.json
for key in n events at curves name positive true_positive false_positive net_benefit avoided_per_100 gain; do
    says "\"$key\":" out.json
done
grep -q '"lower"' out.json && fail "intervals without a bootstrap"

# intervals: seeded, the same for any number of threads; each type
for type in percentile basic normal bca; do
    dca "${common[@]}" -B 100 --interval $type --json --threads 1 >one.json
    dca "${common[@]}" -B 100 --interval $type --json --threads 3 | cmp - one.json || fail "threads change bytes"
    says "\"interval\": \"$type\"" one.json
    says '"avoided_upper":' one.json
done
dca "${common[@]}" -B 100 --interval bca --json --seed 2 >two.json
! cmp -s one.json two.json || fail "the seed changes nothing"

# a yes-or-no outcome: 11 of 24 at any time; all are treated at threshold 0
dca t.csv -e state=1 -p new --thresholds 0:0.5:0.25 -B 0 --json >out.json
says '"net_benefit": [0.45833333333333' out.json
dca - -t time -e state=1 -p old,new --at 42 -B 50 --json <t.csv >piped.json
dca "${common[@]}" -B 50 --json | cmp - piped.json || fail "a pipe changes the result"

# figures
for format in svg pdf png; do
    dca "${common[@]}" -B 50 --figure "dca.$format" >/dev/null
    dca "${common[@]}" -B 50 --figure "again.$format" >/dev/null
    cmp "dca.$format" "again.$format" || fail "another $format each time"
done
dca "${common[@]}" -B 50 --figure-shows avoided --smooth 0.3 --figure other.svg --figure-width-mm 84 >/dev/null
[ -s other.svg ] || fail "no figure of what is avoided"
dca "${common[@]}" -B 0 --figure dry.svg --dry-run >/dev/null
[ ! -e dry.svg ] || fail "--dry-run wrote a figure"

# rows with missing values are counted
sed '3s/0.5$//; 5s/^12//' t.csv >gaps.csv
dca gaps.csv -t time -e state=1 -p new --at 42 -B 0 >out 2>err
says '2 rows with missing values left out' out

sed '4s/0.35/1.35/' t.csv >bad.csv
refused 3 "bad.csv:4: column 'new': 1.35 is no probability" bad.csv -t time -e state=1 -p new --at 42
sed '4s/0.35/inf/' t.csv >bad.csv
refused 3 "bad.csv:4: column 'new': 'inf' is not finite" bad.csv -t time -e state=1 -p new --at 42
refused 3 "t.csv:6: column 'state': event '2'" t.csv -t time -e state -p new --at 42
refused 3 "t.csv: no event by 4" t.csv -t time -e state=1 -p new --at 4
refused 3 "t.csv: nobody was followed to 80" t.csv -t time -e state=1 -p new --at 80
refused 3 "no column 'nwe' (did you mean 'new'?)" t.csv -t time -e state=1 -p nwe --at 42
refused 2 "needs --at" t.csv -t time -e state=1 -p new
refused 2 "thresholds" "${common[@]}" --thresholds 0.5:0.1:0.1
refused 2 "out of place" "${common[@]}" --thresholds 0.2,0.1
refused 2 "thresholds" "${common[@]}" --thresholds 0.1:1:0.1
refused 2 "interval" "${common[@]}" --interval exact
