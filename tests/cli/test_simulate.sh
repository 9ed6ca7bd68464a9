# myosurv simulate as a user would run it.
says() { grep -q -- "$1" err || fail "the error does not say '$1': $(cat err)"; }

# Shape, and half of the patients censored, all at the last time.
expect 0 "$MYOSURV" simulate treatment --rows 1000 --seed 2 -o a.csv
[ "$(head -1 a.csv)" = x0,x1,x2,x3,x4,x5,x6,x7,x8,x9,treatment,time,event,true_risk ] || fail "columns: $(head -1 a.csv)"
[ "$(wc -l <a.csv)" = 1001 ] || fail "rows"
awk -F, 'NR > 1 { events += $13; if (!$13) last[$12] = 1; if ($11 == 0 && $14 != 0) bad = 1 }
    END { n = 0; for (t in last) n++; exit !(events == 500 && n == 1 && !bad) }' a.csv || fail "censoring or risk"

# One seed, one table, on any number of threads; another seed, another.
expect 0 "$MYOSURV" simulate treatment --rows 1000 --seed 2 --threads 1
cmp out a.csv || fail "same seed, other bytes"
expect 0 "$MYOSURV" simulate treatment --rows 1000 --seed 3
! cmp -s out a.csv || fail "another seed, same bytes"

# Cox regression finds the linear hazard: 1, 2 and nothing, to 4 standard errors.
expect 0 "$MYOSURV" simulate linear --rows 2000 --inputs 3 --censoring 0 -o l.csv
expect 0 "$MYOSURV" cox l.csv --formula 'Surv(time, event) ~ x0 + x1 + x2'
awk '$1 ~ /^x[012]$/ && !($1 in seen) { seen[$1] = 1; d = $2 - substr($1, 2) - 1; if ($1 == "x2") d = $2
    if (d * d > 16 * $4 * $4) exit 1; n++ } END { exit n != 3 }' out || fail "Cox regression finds: $(cat out)"

expect 0 "$MYOSURV" simulate gaussian --rows 200 --max-hazard 2000 --end-time 15 --informative 3 --radius 0.4 -o g.csv
awk -F, 'NR > 1 && ($11 > 15 || ($12 == 0 && $11 != 15)) { exit 1 }' g.csv || fail "end of follow-up"

expect 2 "$MYOSURV" simulate spiral
says 'linear, gaussian, treatment'
expect 2 "$MYOSURV" simulate linear --censoring 0.2 --end-time 3
says 'exclude each other'
expect 2 "$MYOSURV" simulate linear --end-time 0
says 'above 0'
expect 3 "$MYOSURV" simulate linear --informative 11
says 'all 10 inputs'
expect 3 "$MYOSURV" simulate linear --censoring 1
says 'below 1'
expect 0 "$MYOSURV" simulate linear --dry-run -o none.csv
[ ! -e none.csv ] || fail "--dry-run wrote"
