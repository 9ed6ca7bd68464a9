# myosurv train with data that give trouble.
said() { grep -q -- "$1" err || fail "nothing is said of '$1': $(cat err)"; }
awk 'BEGIN { srand(5); print "case_id,time_days,event,a,b,c"
    for (i = 1; i <= 60; i++) { a = rand() * 2 - 1
        t = -log(1 - rand()) * 600 * exp(1.5 * a); z = 200 + 1800 * rand()
        printf "p%d,%.3f,%d,%.4f,%.4f,%.4f\n", i, t < z ? t : z, t < z, a, rand(), rand() } }' >t.csv
echo '{"members": 2, "network": {"epochs": 30}}' >quick.json
fit() {
    local want=$1 table=$2
    shift 2
    expect "$want" "$MYOSURV" train "$table" --time time_days --event event --config quick.json "$@" -o out.model
}
change() { awk -F, -v OFS=, "NR > 1 { $1 } 1" t.csv >"$2"; }

# Constant, empty and mostly missing columns are left out with a word; the others carry the model.
awk -F, -v OFS=, 'NR == 1 { print $0, "same", "empty", "rare"; next } { print $0, 7, "", NR % 5 ? "" : NR }' t.csv >odd.csv
fit 0 odd.csv --x 'a,b,c,same,rare'
said '2 of 5 input columns are constant, empty or mostly missing'
grep -q '^inputs	3 of 5' out || fail "the summary: $(cat out)"
expect 0 "$MYOSURV" predict out.model odd.csv -o p.csv
# A column that is wholly empty is no numeric column: named, it is left out; unnamed, it is no input at all.
fit 0 odd.csv --x 'a,empty'
said '1 of 2 input columns'
fit 3 odd.csv --x 'same,empty'
said 'none of the 2 input columns can be used'
# A column constant in training but not later: its later values have no say.
awk -F, -v OFS=, 'NR > 1 { $7 = NR * 100 } 1' odd.csv >later.csv
fit 0 odd.csv --x 'a,b,c,same'
expect 0 "$MYOSURV" predict out.model odd.csv -o p1.csv
expect 0 "$MYOSURV" predict out.model later.csv -o p2.csv
cmp <(awk -F, '{ print $NF }' p1.csv) <(awk -F, '{ print $NF }' p2.csv) || fail "a dropped column has a say"

# Missing values, NaN or NA: the training median.
awk -F, -v OFS=, 'NR > 1 && NR % 7 == 0 { $4 = NR % 2 ? "NA" : "NaN" } 1' t.csv >gaps.csv
fit 0 gaps.csv
grep -q '^inputs	3 of 3' out || fail "the summary: $(cat out)"
change 'if (NR == 9) $5 = "inf"' inf.csv
fit 3 inf.csv
said 'inf.csv:9'
change 'if (NR == 9) $5 = "about 3"' words.csv
fit 3 words.csv --x a,b
said 'words.csv:9'

# Fewer patients than inputs: allowed, warned.
awk -F, -v OFS=, 'BEGIN { srand(1) } { for (j = 1; j <= 90; j++) $(NF + 1) = NR == 1 ? "n" j : rand(); print }' t.csv >wide.csv
fit 0 wide.csv
said 'fewer training rows (60) than inputs (93)'
expect 0 "$MYOSURV" predict out.model wide.csv -o p.csv

# Outcomes that cannot be learned from.
change '$3 = 0' censored.csv
fit 3 censored.csv
said 'no event among the 60 training rows'
change 'if (NR == 6) $2 = ""' notime.csv
fit 3 notime.csv
said 'notime.csv:6'
change 'if (NR == 6) $2 = -1' negative.csv
fit 3 negative.csv
said 'negative.csv:6'
change 'if (NR == 6) $3 = ""' noevent.csv
fit 3 noevent.csv
said 'noevent.csv:6'
change 'if (NR == 6) $3 = 2' two.csv
fit 3 two.csv
said 'two.csv:6'
head -2 t.csv >single.csv
fit 3 single.csv
said 'at least 2'
head -1 t.csv >header.csv
fit 3 header.csv
: >nothing.csv
fit 3 nothing.csv
# One event, all times alike, an event at time zero: odd, but a model.
awk -F, -v OFS=, 'NR > 1 { $3 = NR == 5 } 1' t.csv >once.csv
fit 0 once.csv
change '$2 = 100' alike.csv
fit 0 alike.csv
change 'if (NR == 6) { $2 = 0; $3 = 1 }' zero.csv
fit 0 zero.csv
expect 0 "$MYOSURV" predict out.model zero.csv --at 0,100 -o p.csv
# Two columns that are the same; values of very different size.
awk -F, -v OFS=, 'NR == 1 { print $0, "again", "huge", "tiny"; next } { print $0, $4, $5 * 1e12, $6 * 1e-12 }' t.csv >scale.csv
fit 0 scale.csv
grep -q '^inputs	6 of 6' out || fail "the summary: $(cat out)"

# Settings: an unknown key with the nearest, a value out of range, a learning rate that breaks the loss.
echo '{"autoencoder": {"masc": 0.1}}' >typo.json
expect 3 "$MYOSURV" train t.csv --time time_days --event event --config typo.json -o bad.model
said mask
echo '{"autoencoder": {"mask": 2}}' >range.json
expect 3 "$MYOSURV" train t.csv --time time_days --event event --config range.json -o bad.model
said 'autoencoder.mask is 2'
echo '{"members": 1, "network": {"hidden": [], "optimizer": "sgd", "learning_rate": 1000, "l2": 1000, "epochs": 400}}' >wild.json
expect 0 "$MYOSURV" train t.csv --time time_days --event event --config wild.json -o wild.model
said 'no longer a finite number at epoch'
expect 0 "$MYOSURV" predict wild.model t.csv -o p.csv
[ ! -e bad.model ] || fail "a refused training wrote a model"
