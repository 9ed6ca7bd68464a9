# The shipped Snakefile: shards as jobs and a merge give the tables of one process; run again, it does nothing; with a row
# more, it does what is new.
skip() {
    echo "skipped: $*"
    exit 0
}
command -v snakemake >/dev/null || skip "snakemake is not installed (Debian: snakemake)"
export HOME=$PWD XDG_CACHE_HOME=$PWD/cache # it keeps a cache in the home folder
"$MYOSURV" phantom cohort -o sample --patients 5 --seed 3 --matrix 96 --slice-mm 10 --quiet
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open('sample/cohort.csv')))
for i, row in enumerate(rows):
    row['split'], row['cohort'] = ('training', 'main') if i < 3 else ('external', 'far')
    row['os_event'] = row['rfs_event'] = '1'
with open('sample/cohort.csv', 'w', newline='') as f:
    writer = csv.DictWriter(f, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
PY
for study in one many; do
    "$MYOSURV" study init $study --cohort sample/cohort.csv --title snakes --preset default --quiet
    sed -i 's/"myosurv_study": 1,/"myosurv_study": 1, "model": "none", "train": "train.json",/' $study/study.json
    echo '{"members": 1}' >$study/train.json
done
sed -i '$d' many/cohort.csv # the last patient comes later
snakes() {
    snakemake -s "$MS_SOURCE_DIR/scripts/Snakefile" --cores 2 --config study=many shards=3 myosurv="$MYOSURV" >snakes.log 2>&1 ||
        fail "$(cat snakes.log many/.snakemake-shards/*.log)"
}
snakes
[ "$(find many/cases -name done.json | wc -l)" -eq 4 ]
snakes
! grep -q '^rule ' snakes.log || fail "done, and done again: $(cat snakes.log)"
cp one/cohort.csv many/cohort.csv
snakes
[ "$(find many/cases -name done.json | wc -l)" -eq 5 ]
"$MYOSURV" study run one >one.out 2>one.err || fail "$(cat one.err)"
diff <(cd one/tables && sha256sum -- *) <(cd many/tables && sha256sum -- *) || fail "snakemake gives other tables than one process"
diff <(cd one/model && sha256sum -- *) <(cd many/model && sha256sum -- *)

# A shard that does not end well stops the work with its message.
expect=0; snakemake -s "$MS_SOURCE_DIR/scripts/Snakefile" --cores 1 --config study=nowhere >bad.log 2>&1 || expect=$?
[ "$expect" -ne 0 ]
