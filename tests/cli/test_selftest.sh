# myosurv selftest: the quick checks pass; the IBSI comparison counts honestly.
"$MYOSURV" selftest >out.txt || fail "selftest"
grep -q '^radiomics: \([0-9]*\) of \1 checks passed$' out.txt || fail "$(cat out.txt)"

got=0
"$MYOSURV" selftest nonsense 2>err.txt || got=$?
[ "$got" -eq 2 ] || fail "selftest nonsense ended with $got"
got=0
"$MYOSURV" selftest ibsi /nonexistent 2>err.txt >out.txt || got=$?
[ "$got" -eq 3 ] || fail "a folder that is not there ended with $got"
[ ! -s out.txt ] || fail "output in spite of an error"

# the digital phantom alone, with one value falsified: 482 pass, one fails, exit code 4
dir=$MS_SHARED_DIR/ibsi
if [ ! -d "$dir/phantoms" ]; then
    echo "skipped: no ../shared/ibsi"
    exit 0
fi
mkdir part
ln -s "$dir/phantoms" part/phantoms
grep -E '^(config,|dig_phantom,)' "$dir/ibsi1_reference_values.csv" >part/ibsi1_reference_values.csv
"$MYOSURV" selftest ibsi part >out.csv || fail "the digital phantom: $(grep FAIL out.csv)"
grep -q '^# all: 482 passed, 0 failed, 0 not computed; 5 rows' out.csv || fail "counts: $(tail -1 out.csv)"
sed -i 's/stat_mean,2.15,/stat_mean,2.16,/' part/ibsi1_reference_values.csv
echo 'config_Z,Statistics,,Q4LE,Mean,stat_mean,1.0,0.0,strong,1,,' >>part/ibsi1_reference_values.csv
got=0
"$MYOSURV" selftest ibsi part >out.csv 2>err.txt || got=$?
[ "$got" -eq 4 ] || fail "a wrong value ended with $got"
grep -q '^# all: 481 passed, 1 failed, 1 not computed' out.csv || fail "counts: $(tail -1 out.csv)"
grep -q 'stat_mean,2.16,0,2.148.*,FAIL$' out.csv || fail "the wrong value is not shown"
echo ok
