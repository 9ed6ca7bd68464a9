# myosurv auc as a user runs it, on 20 patients of whom R's numbers are known (tests/golden/survival/make_prediction.R).
cp "$MS_SOURCE_DIR/tests/golden/survival/prediction.csv" .
auc() { "$MYOSURV" auc prediction.csv --time time --event status=1 "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" auc "${@:3}"; }

auc --event-risk 'p*' --json >out.json
says '"auc": 0.925265781728632' out.json # riskRegression at 30
says '"se": 0.067328578790842' out.json
says '"convention": "riskregression"' out.json
for key in lower upper cases controls lost survival incidence survival_weighted tpr fpr threshold; do
    says "\"$key\":" out.json
done
auc --event-risk 'p*' --competing 2 --json >out.json
says '"auc": 0.864579914274129' out.json
says '"event_free_controls"' out.json
auc --event-risk 'p*' --convention sksurv --json >out.json
says '"auc": 0.921722804518164' out.json
says '"value": 0.96610605428382' out.json # its mean AUC

# an event at the horizon itself is a case for riskRegression, nobody for timeROC
auc --risk p20 --times 20 >a
auc --risk p20 --times 20 --convention timeroc >b
says '20      5' a
says '20      4' b

# two markers: the difference and its p; a marker turned round has the complement
auc --risk p20,p30 --times 20,30 >out
says 'Difference of AUC' out
auc -r p20 -T 30 --reverse --cutpoint 0.4 >out
says 'Positive below 0.4' out

auc -r p30 -T 20,30 --figure roc.svg --figure-over-time time.png >out
[ -s roc.svg ] && [ -s time.png ] || fail "no figure"
"$MYOSURV" auc - -t time -e status=1 -r p30 -T 20,30 <prediction.csv | cmp - out || fail "a pipe changes the result"
auc -r p30 -T 20,30 --threads 1 --json >one.json
auc -r p30 -T 20,30 --threads 2 --json | cmp - one.json || fail "threads change the result"

auc -r p30 -T 12,20,30 --band --seed 3 --json >band.json
says '"band_critical": 2.' band.json
auc -r p30 -T 12,20,30 --band --seed 3 --threads 2 --json | cmp - band.json || fail "the band changes"

# there is no AUC: why
auc -r p30 -T 2,99 >out
says 'NA at 2: no event by this time' out
says 'NA at 99: after the last follow-up' out
auc -r p30 -T 99 --json >out.json
says '"reason": "after the last follow-up"' out.json
says '"auc": null' out.json

refused 2 "what was predicted" prediction.csv -t time -e status=1 -T 20
refused 2 "needs --times" prediction.csv -t time -e status=1 -r p20
refused 2 "not both" prediction.csv -t time -e status=1 -r p20 -s 'p*' -T 20
refused 2 "is not a number" prediction.csv -t time -e status=1 -r p20 -T 20,soon
refused 2 "negative" prediction.csv -t time -e status=1 -r p20 -T -5
refused 3 "no column is named like 'survival_\*'" prediction.csv -t time -e status=1 -s 'survival_*'
refused 3 "is of time 25" prediction.csv -t time -e status=1 --event-risk 'p*' -T 25
refused 3 "status '2'\|event '2' is neither 0 nor 1" prediction.csv -t time -e status -r p20 -T 20
refused 2 "must end with" prediction.csv -t time -e status=1 -r p20 -T 20 --figure roc.gif
printf 'time,status,s_5\n4,1,0.2\n6,0,1.2\n' >bad.csv
refused 3 "bad.csv:3: column 's_5': probability 1.2 is not from 0 to 1" bad.csv -t time -e status -s 's_*'
printf 'time,status,m\n4,0,1\n6,0,2\n' >none.csv
"$MYOSURV" auc none.csv -t time -e status -r m -T 5 >out
says 'no event by this time' out
