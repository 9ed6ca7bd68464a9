# myosurv harmonize: learning, saving, applying; equal to R where ../shared/combat is there; what bad input says.

# 60 patients of 3 scanners; scanner B adds 20 and doubles
awk 'BEGIN { print "case_id,scanner,split,sex,age_years,sm_a,sm_b,sm_c,sm_same,note";
    for (i = 0; i < 60; i++) { s = substr("ABC", i % 3 + 1, 1); g = s == "B" ? 2 : 1; o = s == "B" ? 20 : 0;
        printf "p%d,%s,%s,%s,%d,%g,%g,%s,7,x\n", i, s, i < 42 ? "training" : "test", i * 7 % 5 < 2 ? "m" : "f", 50 + i * 11 % 23,
            o + g * (i * 31 % 17), o + g * (i * 13 % 19) + 0.5 * (i * 11 % 23), i == 9 ? "" : o + g * (i * 7 % 13) } }' >t.csv

"$MYOSURV" harmonize t.csv --batch scanner --x 'sm_*' --covariates age_years,sex --train split=training \
    --save combat.json -o all.csv 2>err.txt
grep -q "1 of 4 features stay as they are: 1 constant" err.txt || fail "the constant feature is not named: $(cat err.txt)"
[ "$(wc -l <all.csv)" -eq 61 ] || fail "rows"
[ "$(head -1 all.csv)" = "$(head -1 t.csv)" ] || fail "columns"
cut -d, -f1-5,9,10 t.csv >a; cut -d, -f1-5,9,10 all.csv | diff a - || fail "other columns changed"
sed -n 11p all.csv | cut -d, -f8 | has -x '' || fail "a missing value was filled"
# what was saved does the same to the same table, and to a part of it: nothing is learned from what is applied to
"$MYOSURV" harmonize t.csv --model combat.json --quiet >again.csv
cmp all.csv again.csv || fail "saved and applied differ"
(head -1 t.csv; tail -5 t.csv) >part.csv
"$MYOSURV" harmonize part.csv -m combat.json | tail -5 | diff - <(tail -5 all.csv) || fail "a part of the table"
# test rows have no say
sed '61s/,[0-9.]*,[0-9.]*,[0-9.]*,7,x/,900,900,900,7,x/' t.csv >odd.csv
cmp -s t.csv odd.csv && fail "the test row was not changed"
"$MYOSURV" harmonize odd.csv --batch scanner --x 'sm_*' --covariates age_years,sex --train split=training --save odd.json -o o.csv --quiet
cmp combat.json odd.json || fail "a test row changed what was learned"
# the reference stays to the last digit
"$MYOSURV" harmonize t.csv --batch scanner --x 'sm_*' --reference A --quiet >ref.csv
diff <(grep ',A,' t.csv) <(grep ',A,' ref.csv) || fail "the reference changed"
diff <(grep ',B,' t.csv) <(grep ',B,' ref.csv) >/dev/null && fail "B did not change"
for mode in --mean-only --non-parametric --no-bayes; do
    "$MYOSURV" harmonize t.csv --batch scanner --x 'sm_*' $mode --quiet >mode.csv
    cmp -s mode.csv ref.csv && fail "$mode changes nothing"
    "$MYOSURV" harmonize t.csv --batch scanner --x 'sm_*' $mode --quiet --threads 3 | cmp - mode.csv || fail "threads change bytes"
done
"$MYOSURV" harmonize t.csv --model combat.json --covariates-at-mean --quiet >mean.csv
cmp -s mean.csv all.csv && fail "covariates at their mean change nothing"

sed 's/,C,/,D,/' part.csv >new.csv
expect_error 3 "batch 'D' was not among" "$MYOSURV" harmonize new.csv --model combat.json
expect_error 2 "no batch; there are: A, B, C" "$MYOSURV" harmonize t.csv --batch scanner --x 'sm_*' --reference Z
expect_error 2 "another use" "$MYOSURV" harmonize t.csv --batch scanner --x sm_a,age_years --covariates age_years
expect_error 3 "no column matches" "$MYOSURV" harmonize t.csv --batch scanner --x 'pm_*'
expect_error 3 "scaner" "$MYOSURV" harmonize t.csv --batch scaner --x 'sm_*'
sed '6s/,B,/,,/' t.csv >gap.csv
expect_error 3 "gap.csv:6: column 'scanner'" "$MYOSURV" harmonize gap.csv --batch scanner --x 'sm_*'
expect_error 2 "for learning" "$MYOSURV" harmonize t.csv --model combat.json --mean-only
expect_error 2 "--batch and --x" "$MYOSURV" harmonize t.csv
echo '{"format": "other"}' >bad.json
expect_error 3 "bad.json" "$MYOSURV" harmonize t.csv --model bad.json
sed 's/"delta": *\[/"delta": [0,/' combat.json >bad.json
expect_error 3 "delta" "$MYOSURV" harmonize t.csv --model bad.json

# gaps, three batches, a number and a factor: ComBat written out over R's lm (tests/golden/survival/combat_gaps.R)
"$MYOSURV" harmonize "$MS_SOURCE_DIR/tests/golden/survival/combat_gaps.csv" --batch scanner --x 'f*' --covariates age,sex >gaps.csv
awk -F, 'NR > 1 { for (f = 4; f <= 12; f++) { if (($f == "") != ($(f + 9) == "")) exit 1; d = $f - $(f + 9); if (d * d > 1e-18) exit 1; n++ } }
    END { exit n != 297 }' gaps.csv || fail "differs from ComBat written out"

if [ -d "$MS_SHARED_DIR/combat" ]; then
    # R has features in rows; turn the tables
    turn() { awk -F, 'NR > 1 { for (i = 1; i <= NF; i++) v[NR - 1, i] = $i; n = NF; p = NR - 1 }
        END { printf "batch,pheno"; for (f = 1; f <= p; f++) printf ",f%d", f; print "";
            for (i = 1; i <= n; i++) { printf "%d,%d", (i > 5 ? 2 : 1), i % 2; for (f = 1; f <= p; f++) printf ",%s", v[f, i]; print "" } }' "$1"; }
    turn "$MS_SHARED_DIR/combat/inputData/testdata.csv" >data.csv
    turn "$MS_SHARED_DIR/combat/outputData/testdata_combat_parametric_adjusted_r.csv" >r.csv
    "$MYOSURV" harmonize data.csv --batch batch --x 'f*' --covariates pheno >ours.csv
    paste -d, ours.csv r.csv | awk -F, 'NR > 1 { for (i = 1; i <= NF / 2; i++) { d = $i - $(i + NF / 2); if (d < 0) d = -d; if (d > m) m = d } }
        END { exit !(NR == 11 && m < 1e-9) }' || fail "differs from R"
else
    echo "skipped: no ../shared/combat"
fi
echo ok
