# What km, cox and cindex say to tables that cannot be analysed, or just so: the line and column of the fault, and R's
# convention where it has one.
on="-t time -e status"
table() { printf "$2" >"$1"; }
refused() { expect_error "$1" "$2" "$MYOSURV" "${@:3}"; }
cox() { "$MYOSURV" cox "$1" --formula "$2" --json >out.json; }

# No events: curves stay at 1, a model cannot be fitted.
table none.csv 'time,status,x,g\n1,0,1,a\n2,0,2,b\n3,0,4,a\n'
"$MYOSURV" km none.csv $on --json >out.json
says '"surv": [1, 1, 1]' out.json
says '"median": null' out.json
"$MYOSURV" km none.csv $on -g g >/dev/null
refused 3 'none.csv: no events: all 3 rows are censored' cox none.csv --formula 'Surv(time, status) ~ x'
refused 3 'none.csv: no two rows can be compared' cindex none.csv $on -r x

# A group of which all are censored before the first event has nothing expected: no degree of freedom (R: survdiff).
table early.csv 'time,status,x,g\n1,0,1,a\n2,0,2,a\n3,1,4,b\n4,1,3,b\n5,1,1,b\n6,0,2,b\n'
"$MYOSURV" km early.csv $on -g g --json >out.json
says '"df": 0' out.json
cox early.csv 'Surv(time, status) ~ g' # R: coef NA
says '"coef": null' out.json
says '"name": "gb"' out.json

# An event and a censoring at one time: the event is first (R: n.risk 6, 4, 2).
table ties.csv 'time,status,x\n1,1,1\n1,0,3\n2,1,2\n2,0,1\n3,1,5\n3,0,4\n'
"$MYOSURV" km ties.csv $on --json >out.json
says '"n_risk": [6, 4, 2]' out.json

# Constant, collinear: R's NA, which is null; a factor with one level is refused, as R does.
table const.csv 'time,status,x,k,y,f\n1,1,1,0.1,2,a\n2,1,3,0.1,6,a\n3,0,2,0.1,4,a\n4,1,5,0.1,10,a\n5,1,4,0.1,8,a\n'
for term in k y 'I(2 * x + 1)'; do
    cox const.csv "Surv(time, status) ~ x + $term"
    [ "$(grep -c '"coef": null' out.json)" -eq 1 ] || fail "$term is not dropped: $(cat out.json)"
    "$MYOSURV" cox const.csv --formula "Surv(time, status) ~ x + $term" >out
    grep -Eq '(k|y|I\(2 \* x \+ 1\)) +NA +NA +NA +NA +NA' out || fail "$term is not NA: $(cat out)"
done
refused 3 "the factor 'f' has one level only, 'a'" cox const.csv --formula 'Surv(time, status) ~ x + f'

# Times: zero is one, below is none; an interval begins before it ends.
table zero.csv 'time,status,x\n0,1,1\n1,1,3\n2,0,2\n2,1,0\n'
"$MYOSURV" km zero.csv $on --json >out.json
says '"time": [0, 1, 2]' out.json
says '"surv": [0.75, 0.5, 0.25]' out.json
table negative.csv 'time,status,x\n1,1,1\n-1,1,3\n'
refused 3 "negative.csv:3: column 'time': time -1 is negative" km negative.csv $on
refused 3 "negative.csv:3: column 'time': time -1 is negative" cindex negative.csv $on -r x
refused 3 "negative.csv:3: column 'time': -1 is a negative time" cox negative.csv --formula 'Surv(time, status) ~ x'
table order.csv 'a,time,status,x\n0,1,1,1\n3,2,1,3\n1,2,0,2\n'
refused 3 "order.csv:3: column 'a': entry 3 is not before the end of follow-up, 2" km order.csv $on --entry a
refused 3 "order.csv:3: column 'a': 3 is not before the end" cox order.csv --formula 'Surv(a, time, status) ~ x'
table same.csv 'a,time,status,x\n0,1,1,1\n2,2,1,3\n'
refused 3 "same.csv:3: column 'a': 2 is not before" cox same.csv --formula 'Surv(a, time, status) ~ x'

# No numbers, no finite ones, missing ones.
table text.csv 'time,status,x\n1,1,1\n3d,0,2\n4,yes,1x\n'
refused 3 "text.csv:3: column 'time': '3d' is not a number" km text.csv $on
refused 3 "text.csv:3: column 'time': '3d' is not a number" cox text.csv --formula 'Surv(time, status) ~ x'
sed -i 's/3d/3/' text.csv
refused 3 "text.csv:4: column 'status': event 'yes' is neither 0 nor 1" km text.csv $on
sed -i 's/yes/1/' text.csv
refused 3 "text.csv:4: column 'x': '1x' is not a number" cindex text.csv $on -r x
refused 3 "text.csv:4: column 'x': '1x' is not a number, and most of the column is" cox text.csv \
    --formula 'Surv(time, status) ~ x'
table infinite.csv 'time,status,x\n1,1,1\n2,1,-Inf\n3,0,2\n'
refused 3 'infinite.csv:3: x is -inf: every predictor must be finite' cox infinite.csv --formula 'Surv(time, status) ~ x'
refused 3 "infinite.csv:3: column 'x': risk '-Inf' is not finite" cindex infinite.csv $on -r x
table forever.csv 'time,status,x\n1,1,1\ninf,1,2\n3,0,2\n'
refused 3 "forever.csv:3: column 'time': time 'Inf' is not finite" km forever.csv $on
refused 3 "forever.csv:3: column 'time': inf is no finite time" cox forever.csv --formula 'Surv(time, status) ~ x'
table missing.csv 'time,status,x\n1,1,1\nNaN,1,2\n3,0,NA\n4,1,2\n5,1,\n6,1,0\n'
cox missing.csv 'Surv(time, status) ~ x' 2>/dev/null
says '"n_dropped": 3' out.json
table gone.csv 'time,status,x\nNA,1,1\n,0,1\n'
refused 3 'gone.csv: no row has all the values that are needed (2 rows)' km gone.csv $on

# The table itself.
table twice.csv 'time,status,x,x\n1,1,1,2\n'
refused 3 "twice.csv:1: the header has the column 'x' twice" km twice.csv $on
table ragged.csv 'time,status,x\n1,1,1\n2,1\n'
refused 3 'ragged.csv:3: 2 cells where the header has 3' cox ragged.csv --formula 'Surv(time, status) ~ x'
table mark.csv '\xef\xbb\xbftime,status,x\r\n1,1,1\r\n2,0,3\r\n3,1,2\r\n'
"$MYOSURV" km mark.csv $on --json >out.json
says '"time": [1, 2, 3]' out.json
table quoted.csv 'time,status,"a\nb"\n1,1,"q\nr"\n2,0,s\n3,bad,t\n'
refused 3 "quoted.csv:6: column 'status': event 'bad'" km quoted.csv $on
: >empty.csv
refused 3 'empty.csv: the table is empty' km empty.csv $on
table header.csv 'time,status,x\n'
refused 3 'header.csv: no row has all the values' cindex header.csv $on -r x
table open.csv 'time,status,n\n1,1,"a\n2,0,b\n'
refused 3 'open.csv:2: cell 3 of the row: a quote is opened here and never closed' km open.csv $on
{ printf 'time,status,x\n1,1,1\n'; head -c 300000000 /dev/zero | tr '\0' 7; } >line.csv
refused 3 'line.csv:3: a row of more than 256 MiB' km line.csv $on
rm line.csv

# Very many levels: as strata and as clusters they work, as coefficients or groups they are refused.
awk 'BEGIN { print "id,time,status,x"; for (i = 0; i < 200000; i++) printf "p%d,%d,%d,%d\n", i, 1 + i % 97, i % 2, i % 7 }' \
    >many.csv
refused 3 "200000 levels\|that many levels" cox many.csv --formula 'Surv(time, status) ~ x + id'
refused 3 'a log-rank test of 200000 groups' km many.csv $on -g id
"$MYOSURV" cox many.csv --formula 'Surv(time, status) ~ x + strata(id)' --json >out.json
says '"coef": null' out.json # no stratum has anyone to compare with
"$MYOSURV" cindex many.csv $on -r x --cluster id >out
says 'Concordance=' out

# Times that differ by rounding are one (R: timefix), unless told otherwise.
table near.csv 'time,status,x\n1,1,1\n1.0000000000000002,0,3\n2,1,2\n'
"$MYOSURV" km near.csv $on --json >out.json
says '"time": [1, 2]' out.json
"$MYOSURV" km near.csv $on --no-timefix --json >out.json
says '"time": [1, 1.0000000000000002, 2]' out.json
table near2.csv 'time,status,x\n1,1,1\n1.0000000000000002,1,3\n2,1,2\n'
"$MYOSURV" cindex near2.csv $on -r x --json >out.json
says '"tied_time": 1' out.json
"$MYOSURV" cindex near2.csv $on -r x --no-timefix --json >out.json
says '"tied_time": 0' out.json
for fix in "" --no-timefix; do
    "$MYOSURV" cox near2.csv --formula 'Surv(time, status) ~ x' $fix --json >"cox$fix.json"
done
cmp -s cox.json cox--no-timefix.json && fail "cox: --no-timefix changes nothing"

# The same bytes with any number of threads, from a file and from a pipe.
for threads in 1 2 3; do
    "$MYOSURV" cox many.csv --formula 'Surv(time, status) ~ x + I(x^2)' --threads $threads --json >"t$threads.json"
    cmp t1.json "t$threads.json" || fail "$threads threads change the result"
done
"$MYOSURV" cox - --formula 'Surv(time, status) ~ x + I(x^2)' --json <many.csv | cmp - t1.json || fail "a pipe changes the result"
