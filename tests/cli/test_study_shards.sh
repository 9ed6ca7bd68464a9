# A study in shards: the same bytes for 1, 2, 3 and 7 as one process makes, with a case that fails and cases whose level
# is not sure; also from folders of machines without a common disk and without the scans; what a merge refuses, by name; two
# copies of a shard at once.
"$MYOSURV" phantom cohort -o sample --patients 5 --seed 3 --matrix 96 --slice-mm 10
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('sample/cohort.csv')))
for i, row in enumerate(rows):
    row['split'], row['cohort'] = ('training', 'main') if i < 3 else ('external', 'far')
    row['os_event'] = row['rfs_event'] = '1'
rows.append(dict(rows[0], case_id='BROKEN', scan='scans/none'))
with open('sample/cohort.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY
new_study() {
    "$MYOSURV" study init "$1" --cohort sample/cohort.csv --title shards --preset default --quiet
    # Quick: no network for the masks, one for each risk.
    python3 - "$1" <<'PY'
import json, sys
path = sys.argv[1] + '/study.json'
study = json.load(open(path))
study.update(model='none', train='train.json')
json.dump(study, open(path, 'w'))
json.dump({'members': 1}, open(sys.argv[1] + '/train.json', 'w'))
PY
}
# Everything that holds a result: not .seen and .lock, which tell of this machine's files, nor the failed case's record.
hashes() {
    (cd "$1" && find tables model figures cases -type f ! -name .seen ! -path 'cases/BROKEN/*' | LC_ALL=C sort | xargs sha256sum)
    sha256sum <"$1/report.html"
}
quietly() {
    local code=0
    "$@" >out.txt 2>err.txt || code=$?
    return $code
}

new_study one
quietly "$MYOSURV" study run one || [ $? -eq 4 ]
hashes one >one.txt
[ "$(grep -c measurements.json one.txt)" -eq 5 ]

# Every N makes the cases anew; 1 is below, where two copies of it run at once.
for n in 2 3 7; do
    new_study "by$n"
    for ((i = 1; i <= n; i++)); do
        code=0; quietly "$MYOSURV" study run "by$n" --shard "$i/$n" --jobs 2 || code=$?
        [ $code -eq 0 ] || [ $code -eq 4 ] || fail "shard $i/$n ended with $code: $(cat err.txt)"
        [ ! -e "by$n/report.html" ] || fail "a shard made statistics"
        [ "$n/$i" != 2/1 ] || cp -r by2 left
    done
    [ "$n" -ne 2 ] || cp -r by2 right
    code=0; quietly "$MYOSURV" study merge "by$n" || code=$?
    [ $code -eq 4 ] || fail "the merge of $n shards ended with $code: $(cat err.txt)" # one case failed
    says '6 cases: 3 used, 2 left out, 1 failed, 0 never run' out.txt
    hashes "by$n" >many.txt
    diff one.txt many.txt || fail "$n shards give other bytes than one process"
done

# The cases that no shard made are named; with --require-complete nothing is written.
new_study part
quietly "$MYOSURV" study run part --shard 0/3 || [ $? -eq 4 ]
code=0; quietly "$MYOSURV" study merge part --require-complete || code=$?
[ $code -eq 4 ]
says 'not complete' err.txt
says 'not run yet' err.txt
[ ! -s out.txt ] && [ -z "$(ls part/tables)" ]
# 0/3 is 3/3, and Slurm's third task of three.
mkdir third && cp -r part/. third && rm -r third/cases
code=0; SLURM_ARRAY_TASK_ID=12 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_MAX=12 SLURM_ARRAY_TASK_STEP=1 SLURM_ARRAY_TASK_COUNT=3 \
    quietly "$MYOSURV" study run third || code=$?
[ $code -eq 0 ] || [ $code -eq 4 ]
diff <(cd part/cases && find . -name done.json | sort) <(cd third/cases && find . -name done.json | sort)
expect_error 2 'must be I/N' "$MYOSURV" study run part --shard 4/3
expect_error 2 'SLURM_ARRAY_TASK_ID' env -u SLURM_ARRAY_TASK_ID "$MYOSURV" study run part --shard slurm

# Made with other parameters: refused, by name, before anything is written.
before=$(sha256sum by3/tables/*.csv)
sed -i 's/"min_confidence"/"band_mm": 20, "min_confidence"/' by3/study.json
code=0; quietly "$MYOSURV" study merge by3 || code=$?
[ $code -eq 3 ]
says '5 of 6 cases were made by another version or with other parameters: SYN-0001 (' err.txt
says 'band_mm' err.txt
[ "$before" = "$(sha256sum by3/tables/*.csv)" ]

# Machines without a common disk: two folders hold a shard each, and the third machine has no scans.
for done in left/cases/*/done.json; do rm -r "right/cases/$(basename "$(dirname "$done")")"; done
[ "$(ls -d left/cases/SYN* | wc -l)" -gt 0 ] && [ "$(ls -d right/cases/SYN* | wc -l)" -gt 0 ]
mv sample away
code=0; quietly "$MYOSURV" study merge joint left right || code=$?
[ $code -eq 4 ] || fail "the merge of two folders ended with $code: $(cat err.txt)"
says '5 taken from other folders' out.txt
says '5 by their records alone' out.txt
diff <(cd one/tables && sha256sum *) <(cd joint/tables && sha256sum *) || fail "two folders give other tables than one process"
diff <(cd one/model && sha256sum *) <(cd joint/model && sha256sum *)
mv away sample
# A file that arrived broken is not taken.
rm -r joint
case=$(cd right/cases && ls -d SYN* | head -1)
printf 'x' >>"right/cases/$case/features.csv"
code=0; quietly "$MYOSURV" study merge joint left right || code=$?
[ $code -eq 3 ]
says "right/cases/$case/features.csv: is not the file its done.json tells of" err.txt

# One shard twice at the same time, as when a lost node's task runs again while it is still alive.
new_study twice
for copy in a b; do
    { code=0; "$MYOSURV" study run twice --shard 1/1 --jobs 1 >"$copy.txt" 2>&1 || code=$?; echo $code >"$copy.code"; } &
done
wait
[ "$(cat a.code)" -eq 4 ] && [ "$(cat b.code)" -eq 4 ] || fail "a copy failed: $(cat a.txt b.txt)" # BROKEN fails
says ' 1 failed' a.txt # and nothing else, whichever copy was at it
says ' 1 failed' b.txt
quietly "$MYOSURV" study merge twice --json || [ $? -eq 4 ]
python3 -c "import json; r = json.load(open('out.txt')); assert (r['used'], r['excluded'], r['failed'], r['complete']) == (3, 2, 1, False), r"
hashes twice >many.txt
diff one.txt many.txt || fail "two copies at once give other bytes"
[ "$(find twice/cases -name '.tmp*' | wc -l)" -eq 0 ]

# No merge beside a shard.
exec 9>twice/.lock
flock -s 9
expect_error 5 'another run holds' "$MYOSURV" study merge twice
