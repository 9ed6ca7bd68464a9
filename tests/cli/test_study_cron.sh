# For cron: one run at a time with its own exit code and who holds it, a lock that no dead run keeps, a time limit, one line
# of summary, a log that tells time and case, and nothing asked.
# never GREP-ARGUMENTS: nothing of the kind is found
never() { if grep "$@"; then fail "found: $*"; fi; }
"$MYOSURV" phantom cohort -o sample --patients 4 --seed 3 --matrix 128 --slice-mm 8 --quiet
"$MYOSURV" study init study --cohort sample/cohort.csv --preset default --quiet
python3 -c "import json; s = json.load(open('study/study.json')); s['model'] = 'none'; json.dump(s, open('study/study.json', 'w'))"
run=("$MYOSURV" study run study --cases-only --jobs 1)

# A time that is over at once: nothing is started, exit code 6, and the next run goes on.
expect_code() {
    local want=$1 got=0
    shift
    "$@" >out.txt 2>err.txt </dev/null || got=$?
    [ "$got" -eq "$want" ] || fail "$* ended with $got, not $want: $(cat out.txt err.txt)"
}
# What the statistics will need is looked at before the first case, not after hours of them.
sed -i 's/^{/{"definitions": "gone.json",/' study/study.json
expect_code 3 "$MYOSURV" study run study
says 'gone.json' err.txt
[ -z "$(find study -name done.json)" ]
sed -i 's/"definitions": "gone.json",//' study/study.json
expect_code 6 "${run[@]}" --max-time 0.000001s
says 'study: 4 cases: 0 done before, 0 done now, 0 failed, 4 not started' out.txt
says 'the time is over with 4 cases left; the next run goes on' err.txt
# A little time: what was started is finished.
expect_code 6 "${run[@]}" --max-time 0.05s
says '1 done now, 0 failed, 3 not started' out.txt
[ "$(find study/cases -name done.json | wc -l)" -eq 1 ]
[ -z "$(find study -name '.tmp-*')" ]
expect_error 2 'must be a time such as 90s, 30m, 2h or 1d' "${run[@]}" --max-time soon

# One at a time. The second is told who the first is.
"${run[@]}" >first.txt 2>&1 &
pid=$!
for _ in $(seq 500); do [ -s study/.lock ] && break; sleep 0.01; done
code=0; "$MYOSURV" study run study >out.txt 2>err.txt || code=$?
[ "$code" -eq 5 ] || fail "ended with $code: $(cat err.txt)"
[ ! -s out.txt ]
says "study: another run holds this study (process $pid); wait for it to end" err.txt
[ "$(wc -l <err.txt)" -eq 1 ]
# Asked to stop, it ends with its own code and is resumable; killed, its lock goes with it.
kill -TERM $pid
code=0; wait $pid || code=$?
[ "$code" -eq 143 ]
"${run[@]}" >/dev/null 2>&1 &
pid=$!
for _ in $(seq 500); do [ -n "$(find study/cases -maxdepth 1 -name '.tmp-*' 2>/dev/null)" ] && break; sleep 0.01; done
kill -9 $pid; wait $pid 2>/dev/null || true
expect_code 0 "${run[@]}"
grep -q 'study: 4 cases: . done before, . done now, 0 failed$' out.txt
[ "$(wc -l <out.txt)" -eq 1 ]
[ ! -s study/.lock ]

# --quiet: the summary alone, and what went wrong.
expect_code 0 "${run[@]}" --quiet
[ ! -s err.txt ]
says '4 done before, 0 done now' out.txt
scan=$(find sample/scans -maxdepth 1 -name 'SYN-0002*')
mv "$scan" aside
expect_code 4 "${run[@]}" --quiet
grep -qE '^[0-9-]{10}T[0-9:]{8}[+-][0-9]{4} myosurv: warning: SYN-0002: ' err.txt
grep -qE '^[0-9-]{10}T[0-9:]{8}[+-][0-9]{4} myosurv: error: ' err.txt

# A scan that is not there yet is done by the first run that finds it; a failure that stands is left alone.
mv aside "$scan"
expect_code 0 "${run[@]}" --quiet
says '4 done before, 0 done now' out.txt
[ ! -e study/cases/SYN-0002/failed.json ]
echo 'no scan' >sample/scans/late.nii.gz
mv sample/scans/late.nii.gz late
sed 's/^SYN-0004,\([^,]*\)/LATE,scans\/late.nii.gz/; t; d' study/cohort.csv >row.csv
cat row.csv >>study/cohort.csv
grep -q '^LATE,scans/late.nii.gz' study/cohort.csv
expect_code 4 "${run[@]}" --skip-failed
says '4 done before, 0 done now, 1 failed' out.txt
expect_code 4 "${run[@]}"
mv late sample/scans/late.nii.gz
expect_code 4 "${run[@]}" --skip-failed
says 'late.nii.gz' err.txt
expect_code 4 "${run[@]}" --skip-failed
never -q 'warning: LATE' err.txt
cp sample/scans/SYN-0001.nii.gz sample/scans/late.nii.gz
expect_code 0 "${run[@]}" --skip-failed
says '4 done before, 1 done now, 0 failed' out.txt

# The shipped files for cron and systemd name commands and options that there are.
{ "$MYOSURV" study run --help; "$MYOSURV" study check --help; } >help.txt
for file in crontab.example myosurv-study@.service; do
    grep -oE '\-\-[a-z-]+' "$MS_SOURCE_DIR/scripts/cron/$file" | sort -u | while read -r option; do
        grep -q -- "$option" help.txt || fail "$file: no option $option"
    done
done
if command -v systemd-analyze >/dev/null; then
    cp "$MS_SOURCE_DIR"/scripts/cron/myosurv-study@.* .
    sed -i "s|/usr/bin/myosurv|$MYOSURV|; /^User=/d" myosurv-study@.service
    systemd-analyze verify --man=no ./myosurv-study@x.timer ./myosurv-study@x.service 2>err.txt || true
    never -iE 'myosurv-study.*(unknown|invalid|failed to parse)' err.txt
fi
