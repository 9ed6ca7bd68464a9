# myosurv tune as a user would run it: a search, its log, a kill at any moment, what must be refused.
says() { grep -q -- "$1" err || fail "the error does not say '$1': $(cat err)"; }

# 90 patients; the hazard rises with x1 and falls with sma_cm2.
awk 'BEGIN { srand(7); print "case_id,time_days,event,sma_cm2,x1,noise"
    for (i = 1; i <= 90; i++) {
        a = rand() * 2 - 1; b = rand() * 2 - 1
        t = -log(1 - rand()) * 600 * exp(1.5 * a - 1.5 * b); c = 200 + 1800 * rand()
        printf "p%d,%.3f,%d,%.3f,%.4f,%.4f\n", i, t < c ? t : c, t < c, 130 + 30 * a, b, rand()
    } }' >train.csv
cat >space.json <<'END'
{ "parameters": {
    "network.hidden": { "layers": [1, 2], "low": 2, "high": 16, "log": true },
    "network.l2": { "low": 1e-4, "high": 1, "log": true, "or": [0] },
    "validation": { "choice": [0.2, 0] },
    "network.epochs": { "low": 5, "high": 60, "step": 1, "when": { "validation": [0] } } } }
END
echo '{"members": 3, "network": {"epochs": 60}}' >base.json
searched=(tune train.csv --time time_days --event event --space space.json --config base.json)
search() { "$MYOSURV" "${searched[@]}" "$@"; }

# The space that is searched can be printed, changed and given back.
expect 0 "$MYOSURV" tune --print-space
mv out printed.json
grep -q '"network.hidden"' printed.json || fail "the space is not printed"
expect 0 "$MYOSURV" tune --print-space --space printed.json
cmp out printed.json || fail "the printed space is read as another one"

# A search: its summary, its log, its best settings, which train takes.
expect 0 search --trials 16 --startup 6 --log a.jsonl --trials-table t.csv --figure f.svg -o a.json
grep -q '^trials	16' out || fail "summary: $(cat out)"
grep -q '^best	C ' out || fail "summary: $(cat out)"
[ "$(wc -l <a.jsonl)" = 17 ] || fail "a line for the search and one a trial"
[ "$(head -1 t.csv | cut -d, -f1-6)" = trial,state,folds,value,loss,c ] || fail "table: $(head -1 t.csv)"
[ "$(wc -l <t.csv)" = 17 ] || fail "rows of the table"
grep -q '<svg' f.svg || fail "no figure"
grep -q '"members": 3' a.json || fail "the best settings have not the members asked for"
expect 0 "$MYOSURV" train train.csv --time time_days --event event --config a.json -o a.model
# Again from its log: nothing is trained, the same result. One thread: the same bytes.
expect 0 search --trials 16 --startup 6 --log a.jsonl --json -o again.json
cmp a.json again.json || fail "another result from the same log"
grep -q '"best_trial"' out || fail "no JSON: $(cat out)"
expect 0 search --trials 16 --startup 6 --threads 1 --log b.jsonl -o b.json
cmp a.json b.json && cmp a.jsonl b.jsonl || fail "other bytes with one thread"
expect 0 search --trials 16 --startup 6 --seed 2 -o c.json
[ ! -e c.jsonl ] || fail "a log that was not asked for"

# Killed again and again, then finished: the same log and the same result.
lines() { if [ -e k.jsonl ]; then wc -l <k.jsonl; else echo 0; fi; }
rounds=0
while [ "$(lines)" -lt 17 ] && [ $rounds -lt 40 ]; do
    before=$(lines)
    "$MYOSURV" "${searched[@]}" --trials 16 --startup 6 --log k.jsonl -o k.json >/dev/null 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null && [ "$(lines)" -le $((before + 3)) ]; do sleep 0.02; done
    kill -9 $pid 2>/dev/null || true
    wait $pid 2>/dev/null || true
    rounds=$((rounds + 1))
    [ -e k.jsonl ] && printf '{"trial": 99, "sta' >>k.jsonl # what a kill in the middle of a line leaves
done
[ $rounds -ge 2 ] || fail "the search was never killed"
expect 0 search --trials 16 --startup 6 --log k.jsonl -o k.json
cmp a.json k.json && cmp a.jsonl k.jsonl || fail "killed and resumed, other bytes"

# Two searches with one log: the second is turned away.
if command -v flock >/dev/null; then
    expect 5 flock k.jsonl "$MYOSURV" tune train.csv --time time_days --event event --space space.json \
        --config base.json --trials 16 --startup 6 --log k.jsonl -o k2.json
    says k.jsonl
fi

# Stopped by the clock: what there is.
expect 0 search --trials 500 --max-time 0.01 --log m.jsonl -o m.json
n=$(wc -l <m.jsonl)
[ "$n" -ge 3 ] && [ "$n" -lt 400 ] && [ $((n % 2)) -eq 1 ] || fail "not some batches of two trials: $n lines"

# What must be refused, with nothing written.
bad() {
    echo "$1" >bad.json
    expect 3 "$MYOSURV" tune train.csv --time time_days --event event --space bad.json -o no.json
    says "$2"
    says bad.json
}
bad '{"parameters": {"network.droput": {"low": 0, "high": 0.5}}}' 'did you mean network.dropout?'
bad '{"parameters": {"network.dropout": {"low": 0.5, "high": 0.1}}}' 'empty'
bad '{"parameters": {"network.dropout": {"low": 0, "hihg": 0.1}}}' 'high'
bad '{"parameters": {"network.activation": {"choice": ["relu", "rely"]}}}' 'rely'
bad '{"parameters": ' ':1:'
expect 3 search --trials 16 --startup 6 --seed 9 --log a.jsonl -o no.json
says 'seed differs'
expect 3 "$MYOSURV" tune train.csv --time time --event event -o no.json
says time_days
expect 2 "$MYOSURV" tune train.csv --time time_days --event event
says output
expect 2 "$MYOSURV" tune
expect 2 search --folds 3 --validation 0.2 -o no.json
expect 2 search --figure f.gif -o no.json
[ ! -e no.json ] || fail "a refused search wrote something"

# A training that diverges is a failed trial, not the end.
echo '{"parameters": {"network.learning_rate": {"low": 0.001, "high": 1000, "log": true}}}' >wild.json
echo '{"validation": 0, "members": 1, "network": {"hidden": [8, 8], "activation": "relu", "optimizer": "sgd", "epochs": 200}}' >sgd.json
expect 0 "$MYOSURV" tune train.csv --time time_days --event event --space wild.json --config sgd.json --trials 12 --log w.jsonl -o w.json
grep -q '"state": "failed"' w.jsonl || fail "nothing diverged: $(cat w.jsonl)"
grep -q '"state": "done"' w.jsonl || fail "everything diverged"
! grep -q warning err || fail "a warning for every trial: $(cat err)"
