# myosurv km as a user runs it. The table is the leukaemia remission data of Miller 1981, p. 49 (R: survival::aml); the
# numbers are those of R 4.2.2, survival 3.5-3: print(survfit(Surv(time, status) ~ x, aml)), survdiff.
cat >aml.csv <<'CSV'
time,status,x
9,1,Maintained
13,1,Maintained
13,0,Maintained
18,1,Maintained
23,1,Maintained
28,0,Maintained
31,1,Maintained
34,1,Maintained
45,0,Maintained
48,1,Maintained
161,0,Maintained
5,1,Nonmaintained
5,1,Nonmaintained
8,1,Nonmaintained
8,1,Nonmaintained
12,1,Nonmaintained
16,0,Nonmaintained
23,1,Nonmaintained
27,1,Nonmaintained
30,1,Nonmaintained
33,1,Nonmaintained
43,1,Nonmaintained
45,1,Nonmaintained
CSV

refused() { expect_error "$1" "$2" "$MYOSURV" km "${@:3}"; }

"$MYOSURV" km aml.csv --time time --event status --group x >out 2>err
[ ! -s err ] || fail "unasked: $(cat err)"
grep -Eq 'x=Maintained +11 +7 +31 +18 +NA' out || fail "medians: $(cat out)"
grep -Eq 'x=Nonmaintained +12 +11 +23 +8 +NA' out || fail "medians: $(cat out)"
says 'Chisq= 3.396 on 1 degree of freedom, p= 0.0653' out

"$MYOSURV" km aml.csv -t time -e status -g x --json >out.json
says '"chisq": 3.3963886989' out.json
says '"p": 0.06533932204' out.json
for key in groups name n events median median_lower median_upper time n_risk n_event n_censor surv std_err lower upper \
    logrank df; do
    says "\"$key\":" out.json
done
says '"name": "x=Maintained"' out.json
"$MYOSURV" km - -t time -e status=1 -g x --json <aml.csv >piped.json
cmp out.json piped.json || fail "a pipe and a named event change the result"
for threads in 1 3; do
    "$MYOSURV" km aml.csv -t time -e status -g x --json --threads $threads | cmp - out.json || fail "threads change bytes"
done

# every time, other intervals, one curve
"$MYOSURV" km aml.csv -t time -e status --full --conf-type log-log >out
grep -Eq '^9 +19 +1 +0.7826 +0.08601 +0.5542 +0.9032' out || fail "life table: $(cat out)"
"$MYOSURV" km aml.csv -t time -e status -g x --rho 1 >out
says 'G-rho' out

# figures: all formats, the same bytes again
for format in svg pdf png; do
    "$MYOSURV" km aml.csv -t time -e status -g x --figure "km.$format" >/dev/null
    "$MYOSURV" km aml.csv -t time -e status -g x --figure "again.$format" >/dev/null
    cmp "km.$format" "again.$format" || fail "another $format each time"
done
"$MYOSURV" km aml.csv -t time -e status --figure dry.svg --dry-run >/dev/null
[ ! -e dry.svg ] || fail "--dry-run wrote a figure"

# rows with missing values are counted
sed '3s/.*/,1,Maintained/; 5s/Maintained//' aml.csv >gaps.csv
"$MYOSURV" km gaps.csv -t time -e status -g x >out 2>err
says '2 rows with missing values left out' out

refused 3 "aml.csv: no column 'tmie' (did you mean 'time'?)" aml.csv -t tmie -e status
sed '4s/13/-13/' aml.csv >bad.csv
refused 3 "bad.csv:4: column 'time': time -13 is negative" bad.csv -t time -e status
sed '4s/,0,/,2,/' aml.csv >bad.csv
refused 3 "bad.csv:4: column 'status': event '2' is neither 0 nor 1" bad.csv -t time -e status
sed '4s/13/x13/' aml.csv >bad.csv
refused 3 "bad.csv:4: column 'time': 'x13' is not a number" bad.csv -t time -e status
refused 2 "conf-type" aml.csv -t time -e status --conf-type wilson
refused 2 "conf-level" aml.csv -t time -e status --conf-level 95
refused 3 "absent.csv" absent.csv -t time -e status
refused 2 "tiff" aml.csv -t time -e status --figure km.tiff
[ ! -e km.tiff ] || fail "a figure of an unknown kind"
if [ -w /dev/full ]; then
    got=0
    "$MYOSURV" km aml.csv -t time -e status >/dev/full 2>err || got=$?
    [ "$got" = 6 ] || fail "a full disk: exit $got"
fi

# a journal's wishes for the figure: 84 mm wide, grey, its own title; what cannot be is said before the work
"$MYOSURV" km aml.csv -t time -e status -g x --figure column.svg --figure-width-mm 84 --figure-height-mm 70 \
    --figure-font-size 6 --figure-colours grey --figure-title "Remission" >/dev/null
says 'width="238.11' column.svg
refused 2 "no font 'Nosuch' is installed" aml.csv -t time -e status --figure a.svg --figure-font Nosuch
refused 2 "figure-width-mm: -3 is not above 0" aml.csv -t time -e status --figure a.svg --figure-width-mm -3
refused 2 "figure-colours" aml.csv -t time -e status --figure a.svg --figure-colours red
[ ! -e a.svg ] || fail "a figure in spite of a bad option"

# other estimates: R's survfit(stype = 2, ctype = 2): H(8) = 1/23 + 1/22 + 1/21 + 1/20
"$MYOSURV" km aml.csv -t time -e status --stype 2 --ctype 2 --json >out.json
says '0.1865518539431582' out.json
refused 2 "stype" aml.csv -t time -e status --stype 3
refused 2 "ctype 2" aml.csv -t time -e status --ctype 2 --robust

# chosen times and quantiles (R: summary(f, times = 24), quantile(f, 0.25)), restricted means to 35 compared
"$MYOSURV" km aml.csv -t time -e status -g x --at 12,24 --quantiles 0.25,0.5 --rmean 35 --compare-rmean >out
grep -Eq '^x=Maintained +24 +6 +3 +0.6136 +0.1526 +0.3769 +0.9992' out || fail "at: $(cat out)"
grep -Eq '^x=Nonmaintained +0.25 +8 +5 +30' out || fail "quantiles: $(cat out)"
grep -Eq '^difference +-6.0985 +-14.949 +2.7517 +0.177' out || fail "restricted means: $(cat out)"
refused 2 "up to 200" aml.csv -t time -e status -g x --rmean 200 --compare-rmean
refused 2 "group" aml.csv -t time -e status --compare-rmean
refused 2 "at: times must go up" aml.csv -t time -e status --at 5,2
refused 2 "'x' is not a number" aml.csv -t time -e status --at 5,x
refused 2 "quantiles: 25" aml.csv -t time -e status --quantiles 25

# tests by name, for trend, in pairs, against a rate (R: survdiff with offset(exp(-0.02 * time)))
"$MYOSURV" km aml.csv -t time -e status -g x --test peto --test fh:0,1 --trend order --pairwise holm --json >out.json
for key in tests trend pairwise sup sup_p adjusted; do says "\"$key\":" out.json; done
says '"Fleming-Harrington(0, 1)"' out.json
"$MYOSURV" km aml.csv -t time -e status --one-sample 0.02 >out
says 'observed 18, expected 13.56, Chisq= 1.454' out
refused 2 "no test 'wilcoxon'" aml.csv -t time -e status -g x --test wilcoxon
refused 2 "2 groups" aml.csv -t time -e status -g x --trend 1,2,3

# a band, a landmark with either clock
"$MYOSURV" km aml.csv -t time -e status --band hall-wellner --json >out.json
says '"critical":' out.json
"$MYOSURV" km aml.csv -t time -e status --landmark 12 >kept
"$MYOSURV" km aml.csv -t time -e status --landmark 12 --landmark-clock reset >reset
says 'at risk after 12 (6 left out' kept
grep -Eq '^all +17 +12 +33 ' kept || fail "landmark: $(cat kept)"
grep -Eq '^all +17 +12 +21 ' reset || fail "landmark, clock reset: $(cat reset)"
refused 3 "landmark: no row" aml.csv -t time -e status --landmark 500

# interval-censored: three rows know it is in (2, 4], one that it is later
printf 'l,r,g\n2,4,a\n2,4,a\n2,4,b\n5,,b\n,,a\n' >interval.csv
"$MYOSURV" km interval.csv --interval l,r >out
says 'median in (2, 4]' out
grep -Eq '^2 +4 +0.75 +0.25 ' out || fail "Turnbull: $(cat out)"
says '1 row with missing values left out' out
"$MYOSURV" km interval.csv --interval l,r -g g --json --figure turnbull.svg >out.json
says '"method": "turnbull"' out.json
[ -s turnbull.svg ] || fail "no figure of Turnbull's curves"
sed 's/^2,4,b/6,4,b/' interval.csv >bad.csv
refused 3 "bad.csv:4: column 'r': the interval ends at 4, before" bad.csv --interval l,r
refused 2 "missing --time" aml.csv
refused 2 "do not go together" interval.csv --interval l,r --time l

# the figure's parts
"$MYOSURV" km aml.csv -t time -e status -g x --figure all.svg --figure-fun event --figure-percent --figure-medians \
    --figure-tables risk,events,censored --figure-names "A long name for the first,B" --figure-x-max 60 --figure-x-step 12 >/dev/null
[ -s all.svg ] || fail "no figure"
refused 2 "3 names" aml.csv -t time -e status -g x --figure b.svg --figure-names A,B,C
refused 2 "figure-tables: 'deaths'" aml.csv -t time -e status -g x --figure b.svg --figure-tables deaths
[ ! -e b.svg ] || fail "a figure in spite of a bad option"
refused 2 "rmean: -5 is not above 0" aml.csv -t time -e status --rmean -5
# R: coin::logrank_test(Surv(time, status) ~ x, aml, type = "Gehan-Breslow")
"$MYOSURV" km aml.csv -t time -e status -g x --test gehan --permutation mid-ranks --json >out.json
says '"permutation":' out.json
says '"p": 0.0977895885' out.json
