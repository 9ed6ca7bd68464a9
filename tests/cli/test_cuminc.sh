# myosurv cuminc and finegray as a user runs them, on patients that can be counted by hand.
#   time   1 2 3 4 5 6 7 8     of 8: relapse at 1, death at 2, relapse at 4 of 5 at risk, ...
cat >risks.csv <<'CSV'
id,days,end,arm,age
1,1,relapse,a,50
2,2,death,b,61
3,3,alive,a,47
4,4,relapse,b,58
5,5,alive,a,66
6,6,death,b,70
7,7,relapse,a,44
8,8,alive,b,39
CSV
"$MYOSURV" cuminc risks.csv -t days -e end=relapse --censored alive --json >out.json
# relapse: 1/8 at 1; S = 6/8 after 2; + 6/8 * 1/5 at 4; S = .6 after it, .4 after 6; + .4 * 1/2 at 7
python3 - <<'PY' || fail "not the incidence counted by hand"
import json
g = json.load(open("out.json"))["groups"][0]
relapse, death = g["causes"]
assert relapse["name"] == "relapse" and death["name"] == "death"
for ours, hand in ((relapse["incidence"], [.125, .125, .125, .275, .275, .275, .475, .475]), (death["incidence"], [0, .125, .125, .125, .125, .325, .325, .325])):
    assert all(abs(a - b) < 1e-12 for a, b in zip(ours, hand)), ours
for a, b, s in zip(relapse["incidence"], death["incidence"], g["surv"]):
    assert abs(a + b + s - 1) < 1e-12
PY
"$MYOSURV" cuminc risks.csv -t days -e end=death --censored alive -g arm --at 4,8 >out
says "Gray's test" out
says 'arm=a, n= 4' out
"$MYOSURV" cuminc risks.csv -t days -e end --censored alive >out
says 'death' out # the first cause in order when none is named
sed 's/alive/0/' risks.csv | "$MYOSURV" cuminc - -t days -e end >out
says 'relapse' out
awk -F, -v OFS=, '{ print $0, NR == 1 ? "w" : 2 }' risks.csv >heavy.csv
"$MYOSURV" cuminc heavy.csv -t days -e end --censored alive -g arm -w w >out 2>err.txt
says 'no test with weights' err.txt

expect_error 3 "say which value means censored: there is no '0'; its values are 'alive', 'death', 'relapse'" "$MYOSURV" cuminc risks.csv -t days -e end
expect_error 3 "no row has the event 'stroke'" "$MYOSURV" cuminc risks.csv -t days -e end=stroke --censored alive
expect_error 2 "cannot be both" "$MYOSURV" cuminc risks.csv -t days -e end=alive --censored alive
expect_error 3 "no column 'dayz' (did you mean 'days'?)" "$MYOSURV" cuminc risks.csv -t dayz -e end --censored alive
grep -E 'days|alive' risks.csv >quiet.csv
expect_error 3 "no events" "$MYOSURV" cuminc quiet.csv -t days -e end --censored alive
sed 's/^2,2/2,-2/' risks.csv >bad.csv
expect_error 3 "bad.csv:3: column 'days': time -2 is negative" "$MYOSURV" cuminc bad.csv -t days -e end --censored alive
expect_error 2 "conf-type" "$MYOSURV" cuminc risks.csv -t days -e end --censored alive --conf-type wilson

model='Surv(days, end == "relapse") ~ age'
"$MYOSURV" finegray risks.csv --formula "$model" --competing 'end == "death"' --json >out.json
says '"events": 3' out.json
says '"competing": 2' out.json
says '"converged": true' out.json
"$MYOSURV" finegray risks.csv --formula "$model" --competing 'end == "death"' --convention survival >out
says "survival's conventions" out
# without competing events it is Cox's regression
sed 's/death/alive/' risks.csv >one.csv
"$MYOSURV" finegray one.csv --formula "$model" --competing 'end == "death"' --json | grep '"coef"' >a
"$MYOSURV" cox one.csv --formula "$model" --json | grep '"coef"' >b
paste a b | awk '{ gsub(/[",]/, ""); d = $2 - $4; exit !(d * d < 1e-16) }' || fail "not Cox's coefficient: $(paste a b)"
expect_error 3 "both the event and a competing one" "$MYOSURV" finegray risks.csv --formula "$model" --competing 'end != "alive"'
expect_error 2 "neither true nor false" "$MYOSURV" finegray risks.csv --formula "$model" --competing 'age'
expect_error 3 "no column 'ende'" "$MYOSURV" finegray risks.csv --formula "$model" --competing 'ende == "death"'
expect_error 2 "strata" "$MYOSURV" finegray risks.csv --formula "$model + strata(arm)" --competing 'end == "death"'
expect_error 2 "competing" "$MYOSURV" finegray risks.csv --formula "$model"
