# myosurv cindex as a user runs it, on five patients whose pairs can be counted by hand.
#   time  event  risk      pairs of an event with a later one: 1-2 1-3 1-4 1-5 2-3 2-4 2-5 4-5
#   1     1      9         concordant unless the risk is not higher: 2-4 discordant (4 < 6), 2-3 tied
#   2     1      4
#   3     0      4
#   4     1      6
#   5     0      1
printf 'time,event,risk,site\n1,1,9,a\n2,1,4,b\n3,0,4,a\n4,1,6,a\n5,0,1,b\n' >five.csv

refused() { expect_error "$1" "$2" "$MYOSURV" cindex "${@:3}"; }

"$MYOSURV" cindex five.csv --time time --event event --risk risk --json >out.json
says '"c": 0.8125' out.json # (6 + 1/2) / 8
says '"concordant": 6' out.json
says '"discordant": 1' out.json
says '"tied_risk": 1' out.json
says '"tied_time": 0' out.json
for key in se lower upper; do says "\"$key\":" out.json; done
"$MYOSURV" cindex five.csv -t time -e event -r risk --reverse --json >out.json
says '"c": 0.1875' out.json
"$MYOSURV" cindex five.csv -t time -e event -r risk --tau 1.5 --json >out.json
says '"c": 1' out.json # the pairs of patient 1 alone
"$MYOSURV" cindex five.csv -t time -e event -r risk --strata site --json >out.json
says '"concordant": 3' out.json # 1-3 1-4 within a, 2-5 within b
# one of three is censored at 3, G = 2/3, so the pair 4-5 counts 9/4: (5 + 9/4 + 1/2) / (7 + 9/4)
"$MYOSURV" cindex five.csv -t time -e event -r risk --method uno --json >out.json
says '"c": 0.8378378378378' out.json
"$MYOSURV" cindex five.csv -t time -e event=1 -r risk >out
says 'Concordance= 0.8125' out
"$MYOSURV" cindex - -t time -e event -r risk <five.csv | cmp - out || fail "a pipe changes the result"

refused 3 "no column 'score'" five.csv -t time -e event -r score
refused 2 "harrell" five.csv -t time -e event -r risk --method somers
printf 'time,event,risk\n1,0,1\n2,0,2\n' >none.csv
refused 3 "no two rows can be compared" none.csv -t time -e event -r risk
printf 'time,event,risk\n1,1,1\n2,0,high\n' >bad.csv
refused 3 "bad.csv:3: column 'risk': 'high' is not a number" bad.csv -t time -e event -r risk
