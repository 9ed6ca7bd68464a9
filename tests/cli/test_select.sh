# myosurv select: each filter takes out what it should, training rows alone decide, saving and applying.
# f_risk shortens time; f_twin is f_risk bent (same order); f_gap is mostly missing; f_flat mostly one value;
# f_shaky has a low ICC; f_noise and f_more are unrelated; f_second shortens time a little
awk 'function u() { s = (s * 16807) % 2147483647; return s / 2147483647 }
    BEGIN { s = 7; print "case_id,split,time,event,f_risk,f_twin,f_gap,f_flat,f_shaky,f_noise,f_more,f_second";
    for (i = 0; i < 150; i++) { r = u(); b = u(); t = 1000 * exp(-3 * r - 1.5 * b) * -log(u() + 1e-9); c = 600 * u() + 50;
        printf "p%d,%s,%.3f,%d,%.6f,%.6f,%s,%d,%.6f,%.6f,%.6f,%.6f\n", i, (i < 100 ? "training" : "test"), (t < c ? t : c), t <= c, r,
            exp(3 * r), (i % 3 ? "" : u()), (i % 50 == 0), u(), u(), u(), b } }' >t.csv
printf 'feature,icc1,icc1_lower\nf_risk,0.95,0.9\nf_twin,0.9,0.85\nf_gap,1,1\nf_flat,1,1\nf_shaky,0.8,0.3\nf_noise,0.9,0.8\nf_more,0.99,0.98\nf_second,0.9,0.8\n' >icc.csv
outcome="--time time --event event --train split=training"

"$MYOSURV" select t.csv --x 'f_*' $outcome --icc icc.csv --cox-fdr 0.05 --save s.json --statistics all.csv -o out.csv
step() { awk -F, -v f="$1" '$1 == f { print $2 }' all.csv; }
for pair in f_risk:chosen f_twin:correlation f_gap:missing f_flat:variance f_shaky:icc f_noise:cox f_second:chosen; do
    [ "$(step ${pair%:*})" = "${pair#*:}" ] || fail "${pair%:*} is $(step ${pair%:*}), not ${pair#*:}"
done
[ "$(head -1 out.csv)" = "case_id,split,time,event,f_risk,f_second" ] || fail "columns: $(head -1 out.csv)"
[ "$(wc -l <out.csv)" -eq 151 ] || fail "rows"
"$MYOSURV" select t.csv --model s.json | cmp - out.csv || fail "saved and applied differ"
"$MYOSURV" select t.csv --x 'f_*' $outcome --icc icc.csv --cox-fdr 0.05 --threads 3 --save s3.json >names.txt
cmp s.json s3.json || fail "threads change bytes"
printf 'f_risk\nf_second\n' | cmp - names.txt || fail "names"
# the Cox model's numbers are those of `cox` on the training rows, for one SD
grep -E 'split|training' t.csv >train.csv
awk -F, '$1 == "f_risk" { print $8 }' all.csv >p.txt
"$MYOSURV" cox train.csv --formula 'Surv(time, event) ~ f_risk' --json >cox.json
python3 -c 'import json; a = json.load(open("cox.json"))["tests"]["lr"]["p"]; b = float(open("p.txt").read()); exit(abs(a - b) > 1e-9 * a)' 2>/dev/null ||
    grep -q "$(cut -c1-8 p.txt)" cox.json || fail "not the p of cox: $(cat p.txt)"
# test rows have no say
awk -F, -v OFS=, 'NR > 101 { $5 = 9; $10 = -$3; $12 = "" } { print }' t.csv >odd.csv
"$MYOSURV" select odd.csv --x 'f_*' $outcome --icc icc.csv --cox-fdr 0.05 --save odd.json >/dev/null
cmp s.json odd.json || fail "a test row changed the selection"
# mRMR: most relevant first, then the one that adds most
"$MYOSURV" select t.csv --x f_risk,f_twin,f_noise,f_more,f_second $outcome --max-correlation 1 --mrmr 2 --save m.json --statistics m.csv >two.txt
awk -F, '$1 == "f_second" || $1 == "f_risk" || $1 == "f_twin" { print $1 "," $2 "," $NF }' m.csv >ranks.txt
[ "$(grep -c chosen m.csv)" -eq 2 ] || fail "two are kept"
grep -q '^f_risk,chosen,1' ranks.txt || fail "the most relevant comes first: $(cat ranks.txt)"
grep -q '^f_second,chosen,2' ranks.txt || fail "a twin adds nothing: $(cat ranks.txt)"
# the Cox elastic net: of training rows alone, the penalty by seeded cross-validation, the numbers those of `coxnet`
"$MYOSURV" select t.csv --x 'f_*' $outcome --icc icc.csv --cox-net 1 --seed 5 --save n.json --statistics n.csv >net.txt
"$MYOSURV" select odd.csv --x 'f_*' $outcome --icc icc.csv --cox-net 1 --seed 5 --threads 3 --save n2.json >/dev/null
cmp n.json n2.json || fail "a test row or threads changed the elastic net's selection"
grep -qx f_risk net.txt || fail "the elastic net lost f_risk: $(cat net.txt)"
grep -q '^f_shaky,icc' n.csv || fail "the elastic net sees what the filters before it left"
says '"net_lambda":' n.json
"$MYOSURV" coxnet train.csv -t time -e event -x f_risk,f_noise,f_more,f_second --cv 10 --seed 5 --json >coxnet.json
grep -o '"net_lambda": [0-9.]*' n.json | cut -d' ' -f2 | cut -c1-12 >lambda.txt
grep -qF "\"lambda_min\": $(cat lambda.txt)" coxnet.json || fail "not the penalty of coxnet: $(cat lambda.txt)"
"$MYOSURV" select t.csv --x 'f_*' $outcome --icc icc.csv --cox-net 1 --net-at 1se --seed 5 >fewer.txt
[ "$(wc -l <fewer.txt)" -le "$(wc -l <net.txt)" ] || fail "1se keeps more than min"
expect_error 2 "time and an event" "$MYOSURV" select t.csv --x 'f_*' --cox-net 1
expect_error 2 "alpha 0" "$MYOSURV" select t.csv --x 'f_*' $outcome --cox-net 0
expect_error 3 "elastic net: .* events for 90 folds" "$MYOSURV" select t.csv --x 'f_*' $outcome --cox-net 1 --net-folds 90
# without an outcome
"$MYOSURV" select t.csv --x 'f_*' >plain.txt
grep -qx f_noise plain.txt || fail "selection without survival"

expect_error 2 "time and an event" "$MYOSURV" select t.csv --x 'f_*' --mrmr 3
expect_error 2 "--x to learn" "$MYOSURV" select t.csv
expect_error 2 "--save" "$MYOSURV" select t.csv --x 'f_*' -o x.csv
expect_error 2 "between 0 and 1" "$MYOSURV" select t.csv --x 'f_*' --max-correlation 2
expect_error 3 "no column matches" "$MYOSURV" select t.csv --x 'g_*'
expect_error 3 "split=trainin" "$MYOSURV" select t.csv --x 'f_*' --train split=trainin
cut -d, -f1-4,6- t.csv >less.csv
expect_error 3 "f_risk" "$MYOSURV" select less.csv --model s.json
echo '{"format": "myosurv selection", "version": 1}' >bad.json
expect_error 3 "bad.json" "$MYOSURV" select t.csv --model bad.json
echo ok
