# myosurv icc: Shrout & Fleiss' table as four readers' tables and as one, and what bad input says.
ratings="9 2 5 8 6 1 3 2 8 4 6 8 7 1 2 6 10 5 6 9 6 2 4 7" # Psychol Bull 1979;86:420, table 2
echo "$ratings" | awk '{ for (j = 1; j <= 4; j++) { f = "r" j ".csv"; print "case_id,a,b,note" >f
    for (i = 0; i < 6; i++) print "p" (j > 2 ? 5 - i : i) "," $((j > 2 ? 5 - i : i) * 4 + j) "," i ",x" >f } }'
echo "$ratings" | awk '{ print "case_id,reader,a"; for (i = 0; i < 6; i++) for (j = 1; j <= 4; j++) print "p" i "," j "," $(i * 4 + j) }' >one.csv

"$MYOSURV" icc r1.csv r2.csv r3.csv r4.csv --x a >four.csv
[ "$(head -1 four.csv)" = "feature,subjects,raters,icc1,icc1_lower,icc1_upper,icc2,icc2_lower,icc2_upper,icc3,icc3_lower,icc3_upper" ] ||
    fail "columns"
awk -F, 'NR == 2 { exit !($2 == 6 && $3 == 4 && sprintf("%.2f %.2f %.2f", $4, $7, $10) == "0.17 0.29 0.71" &&
    sprintf("%.3f %.3f", $5, $12) == "-0.133 0.946") }' four.csv || fail "not Shrout and Fleiss: $(cat four.csv)"
"$MYOSURV" icc one.csv --rater reader --x a | cmp - four.csv || fail "one table and four differ"
"$MYOSURV" icc one.csv --rater reader --x '*' | cmp - four.csv || fail "a pattern takes ids"
# a subject that a reader lacks is left out
sed 3d r2.csv >short.csv
"$MYOSURV" icc r1.csv short.csv --x 'a,b' | awk -F, 'NR > 1 && $2 != 5 { exit 1 }' || fail "a subject without all readers"

expect_error 2 "the column that tells" "$MYOSURV" icc one.csv --x a
expect_error 3 "there twice" "$MYOSURV" icc one.csv one.csv --x a
expect_error 3 "case_di" "$MYOSURV" icc r1.csv r2.csv --x a --id case_di
expect_error 3 "column .note." "$MYOSURV" icc r1.csv r2.csv --x note
sed 's/^case_id,a/case_id,c/' r2.csv >other.csv
expect_error 3 "other.csv" "$MYOSURV" icc r1.csv other.csv --x a
expect_error 3 "one value" "$MYOSURV" icc r1.csv --rater note --x a
echo ok
