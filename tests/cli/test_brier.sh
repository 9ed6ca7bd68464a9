# myosurv brier as a user runs it, on 20 patients of whom R's numbers are known (tests/golden/survival/make_prediction.R).
cp "$MS_SOURCE_DIR/tests/golden/survival/prediction.csv" .
brier() { "$MYOSURV" brier prediction.csv --time time --event status=1 "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" brier "${@:3}"; }

brier --event-risk 'p*' --json >out.json
says '"brier": 0.0905712669683' out.json # riskRegression at 20
says '"se": 0.01935123961282' out.json
says '"reference": 0.19569623881574' out.json
says '"scaled": 0.4544936619509' out.json # its IPA at 30
says '"step": 0.0301904223227' out.json   # its IBS
for key in trapezium reference_risk comparisons delta p lost; do says "\"$key\":" out.json; done
brier --event-risk 'p*' --competing 2 --json >out.json
says '"brier": 0.15132930672268' out.json
brier --event-risk 'p*' --convention sksurv --json >out.json
says '"trapezium": 0.11775623686974' out.json

# the same predictions as survival, as predict writes them
awk -F, 'NR == 1 { print $0 ",survival_20,survival_30"; next } { printf "%s,%.17g,%.17g\n", $0, 1 - $3, 1 - $4 }' \
    prediction.csv >survival.csv
"$MYOSURV" brier survival.csv -t time -e status=1 --survival 'survival_*' >a
says 'survival    20  0.09057' a
says 'Integrated over 2 times' a

# a score: probabilities from this table's baseline, the curve over follow-up
brier --risk p20,p30 --times 20,30 --figure error.pdf >out 2>err
says 'apparent performance' err
says 'Integrated over 10 times' out
[ -s error.pdf ] || fail "no figure"
"$MYOSURV" brier - -t time -e status=1 -r p20,p30 -T 20,30 <prediction.csv 2>/dev/null | cmp - out ||
    fail "a pipe changes the result"

brier --risk p20 --times 20,60 >out 2>err
says 'NA at 60: after the last follow-up' out
refused 2 "timeroc\|riskregression" prediction.csv -t time -e status=1 --event-risk 'p*' --convention timeroc
printf 'time,status,risk\n4,0,1\n6,0,2\n' >none.csv
refused 3 "no events" none.csv -t time -e status -r risk -T 5 -q
printf 'time,status,s_5\n4,1,0.2\n6,0,high\n' >bad.csv
refused 3 "bad.csv:3: column 's_5'" bad.csv -t time -e status -s 's_*'
