# myosurv train and predict as a user would run them.
says() { grep -q -- "$1" err || fail "the error does not say '$1': $(cat err)"; }

# 80 patients; the hazard rises with x1 and falls with sma_cm2, and noise has no say.
awk 'BEGIN { srand(7); print "case_id,time_days,event,sma_cm2,x1,noise,site"
    for (i = 1; i <= 80; i++) {
        a = rand() * 2 - 1; b = rand() * 2 - 1
        t = -log(1 - rand()) * 600 * exp(1.5 * a - 1.5 * b); c = 200 + 1800 * rand()
        printf "p%d,%.3f,%d,%.3f,%.4f,%.4f,%s\n", i, t < c ? t : c, t < c, 130 + 30 * a, b, rand(), i % 2 ? "A" : "B"
    } }' >train.csv
echo '{"members": 3, "network": {"epochs": 80}}' >quick.json

expect 0 "$MYOSURV" train train.csv --time time_days --event event --config quick.json --seed 3 --history h.csv -o a.model
grep -q "^inputs	3 of 3" out || fail "the summary does not tell the inputs: $(cat out)"
[ "$(head -1 h.csv)" = stage,member,epoch,train_loss,valid_loss,train_c,valid_c,learning_rate,kept ] || fail "history header"
[ "$(awk -F, '$9 == 1' h.csv | wc -l)" = 3 ] || fail "one kept epoch a member"

# The same seed gives the same bytes, whatever the threads; another seed another model.
expect 0 "$MYOSURV" train train.csv --time time_days --event event --config quick.json --seed 3 --threads 1 -o b.model
cmp a.model b.model || fail "same seed, other bytes"
expect 0 "$MYOSURV" train train.csv --time time_days --event event=1 --x 'sma_*,x1' --config quick.json --seed 4 -o c.model
! cmp -s a.model c.model || fail "another seed and inputs, same bytes"

# Prediction: columns by name in any order, new columns at the end, nothing else changed.
awk -F, -v OFS=, '{ print $6, $5, $4, $1 }' train.csv >new.csv
expect 0 "$MYOSURV" predict a.model new.csv --at 365,730 -o p.csv
[ "$(head -1 p.csv)" = noise,x1,sma_cm2,case_id,risk,survival_365,survival_730 ] || fail "columns: $(head -1 p.csv)"
[ "$(wc -l <p.csv)" = 81 ] || fail "rows"
cut -d, -f1-4 p.csv | cmp - new.csv || fail "the table was changed"
awk -F, 'NR > 1 && !($6 >= $7 && $6 > 0 && $6 <= 1) { exit 1 }' p.csv || fail "survival must fall with time"
awk -F, 'NR > 1 { if ($2 > .5 && $3 < 120) { hi += $5; nh++ } if ($2 < -.5 && $3 > 140) { lo += $5; nl++ } }
    END { exit !(nh && nl && hi / nh > lo / nl + 0.5) }' p.csv || fail "risk does not follow the hazard"
expect 0 "$MYOSURV" predict a.model new.csv
cut -d, -f1-5 p.csv | cmp - out || fail "standard output is not the same table"

# Predicting needs no libtorch.
expect 0 env MYOSURV_MODULE_DIR=/nowhere "$MYOSURV" predict a.model new.csv -o q.csv

# What must be refused, with nothing written.
expect 3 "$MYOSURV" train train.csv --time time --event event -o bad.model
says time_days
expect 3 "$MYOSURV" train train.csv --time time_days --event site -o bad.model
says 'site'
sed '5s/,[^,]*,/,-4,/' train.csv >negative.csv
expect 3 "$MYOSURV" train negative.csv --time time_days --event event -o bad.model
says 'negative.csv:5'
awk -F, -v OFS=, 'NR > 1 { $3 = 0 } 1' train.csv >censored.csv
expect 3 "$MYOSURV" train censored.csv --time time_days --event event -o bad.model
says 'no event'
echo '{"network": {"epoch": 3}}' >typo.json
expect 3 "$MYOSURV" train train.csv --time time_days --event event --config typo.json -o bad.model
says epochs
expect 2 "$MYOSURV" train train.csv --time time_days -o bad.model
[ ! -e bad.model ] || fail "a refused training wrote a model"
sed 's/sma_cm2/sma_mm2/' new.csv >units.csv
expect 3 "$MYOSURV" predict a.model units.csv -o bad.csv
says 'another unit'
head -c 5000 a.model >cut.model
expect 3 "$MYOSURV" predict cut.model new.csv -o bad.csv
says 'cut.model'
echo hello >text.model
expect 3 "$MYOSURV" predict text.model new.csv -o bad.csv
expect 3 "$MYOSURV" predict a.model p.csv -o bad.csv
says 'risk already'
expect 2 "$MYOSURV" predict a.model new.csv --at soon -o bad.csv
[ ! -e bad.csv ] || fail "a refused prediction wrote a table"
