# myosurv calibrate as a user runs it.
cp "$MS_SOURCE_DIR/tests/golden/survival/prediction.csv" .
calibrate() { "$MYOSURV" calibrate prediction.csv --time time --event status=1 "$@"; }
refused() { expect_error "$1" "$2" "$MYOSURV" calibrate "${@:3}"; }

calibrate --event-risk 'p*' --times 30 --groups 4 --json >out.json 2>err
says 'no D-calibration' err
for key in observed_expected intercept slope cox_slope ici e50 e90 e_max groups knots; do
    says "\"$key\":" out.json
done
says '"n": 20' out.json
calibrate --event-risk 'p*' --groups 4 >out 2>err
says 'Time 20:' out
says 'Time 30:' out
calibrate --event-risk 'p*' -T 30 --competing 2 --groups 3 >out
says 'No smooth curve with competing events' out

calibrate --risk p30 -T 30 --groups 5 --figure calibration.svg >out 2>err
says 'D-calibration: chisq=' out
says 'apparent performance' err
[ -s calibration.svg ] || fail "no figure"
calibrate -r p30 -T 30 --groups 5 --figure calibration.svg --dry-run >again 2>err
cmp out again || fail "a figure changes the result"

calibrate --event-risk 'p*' -T 30 --groups 0 --knots 0 >out 2>err
says 'ICI=' out
refused 2 "3 to 7 knots" prediction.csv -t time -e status=1 --event-risk 'p*' -T 30 --knots 9
refused 2 "draws one time" prediction.csv -t time -e status=1 --event-risk 'p*' --figure c.png
refused 2 "one model at a time" prediction.csv -t time -e status=1 -r p20,p30 -T 20 -q
refused 2 "groups of 20 patients" prediction.csv -t time -e status=1 --event-risk 'p*' -T 30 --groups 50
calibrate --risk p30 -T 99 >out 2>err
says 'NA: after the last follow-up' out
