# myosurv explain: contributions in tables and figures, and the map over a slice, as a user would run them.

# 80 patients; the hazard rises with x1 and falls with sma_cm2, and noise has no say; a value is missing.
awk 'BEGIN { srand(7); print "case_id,time_days,event,sma_cm2,x1,sm_original_glcm_Contrast,sm_original_glcm_Idm"
    for (i = 1; i <= 80; i++) {
        a = rand() * 2 - 1; b = rand() * 2 - 1
        t = -log(1 - rand()) * 600 * exp(1.5 * a - 1.5 * b); c = 200 + 1800 * rand()
        printf "p%d,%.3f,%d,%.3f,%s,%.4f,%.4f\n", i, t < c ? t : c, t < c, 130 + 30 * a, i == 9 ? "" : b, rand(), rand()
    } }' >train.csv
echo '{"members": 3, "network": {"epochs": 80}}' >quick.json
expect 0 "$MYOSURV" train train.csv --time time_days --event event --config quick.json --seed 3 -o os.model
expect 0 "$MYOSURV" predict os.model train.csv -o risk.csv

# Contributions add up to predict's risk, and every row says by which method.
for method in integrated-gradients shapley; do
    expect 0 "$MYOSURV" explain os.model train.csv --background train.csv --method $method -o c.csv
    [ "$(head -1 c.csv)" = "case_id,method,baseline_risk,risk,residual,sma_cm2,x1,sm_original_glcm_Contrast,sm_original_glcm_Idm" ] ||
        fail "columns: $(head -1 c.csv)"
    awk -F, -v m=$method 'NR > 1 { d = $3 + $6 + $7 + $8 + $9 - $4; if ($2 != m || d * d > 1e-16) exit 1 }' c.csv ||
        fail "$method: contributions do not add up"
    paste -d, risk.csv c.csv | awk -F, 'NR > 1 { d = $8 - $12; if ($1 != $9 || d * d > 1e-20) exit 1 }' || fail "another risk than predict's"
done

# The same bytes with one thread; another seed samples other orders.
expect 0 "$MYOSURV" explain os.model train.csv --background train.csv --method shapley --threads 1 -o d.csv
cmp c.csv d.csv || fail "one thread, other bytes"
expect 0 "$MYOSURV" explain os.model train.csv --background train.csv --method shapley --max-background 20 --seed 2 -o d.csv
! cmp -s c.csv d.csv || fail "another seed and background, same bytes"

# A row a patient and input, the largest first, with the value as given.
expect 0 "$MYOSURV" explain os.model train.csv --method shapley --long
[ "$(head -1 out)" = case_id,method,feature,value,contribution,standard_error ] || fail "long columns: $(head -1 out)"
[ "$(wc -l <out)" = 321 ] || fail "long rows"
grep -q '^p9,shapley,x1,,' out || fail "a missing value is not shown as missing"

# The two inputs that matter come first, by both measures; permuted, C falls by most for them.
expect 0 "$MYOSURV" explain os.model train.csv --importance i.csv -t time_days -e event --figure bars.svg --beeswarm swarm.png \
    --waterfall fall.pdf --case p9 --top 3 --permutation perm.svg
[ ! -s out ] || fail "files were asked for, and something was printed"
[ "$(head -1 i.csv)" = feature,rank,method,mean_abs_contribution,mean_contribution,permutation_drop_c,permutation_sd ] || fail "importance: $(head -1 i.csv)"
sed -n 2,3p i.csv | cut -d, -f1 | sort | tr '\n' ' ' | has '^sma_cm2 x1 $' || fail "importance: $(cat i.csv)"
awk -F, 'NR < 4 && NR > 1 && !($6 > 0.03) { exit 1 } NR > 3 && !($6 < 0.03) { exit 1 }' i.csv || fail "permutation: $(cat i.csv)"
for file in bars.svg swarm.png fall.pdf perm.svg; do [ -s $file ] || fail "no $file"; done
grep -q 'integrated gradients' bars.svg || has '<svg' bars.svg || fail "bars.svg is no figure"

# Groups.
expect 0 "$MYOSURV" explain os.model train.csv -g region+family -o g.csv --importance gi.csv
[ "$(head -1 g.csv)" = "case_id,method,baseline_risk,risk,residual,sma_cm2,x1,sm glcm" ] || fail "groups: $(head -1 g.csv)"
[ "$(wc -l <gi.csv)" = 4 ] || fail "three groups"

# What cannot be done is said, and nothing is written.
expect_error 3 'another unit' "$MYOSURV" explain os.model <(sed 's/sma_cm2/sma_mm2/' train.csv) -o bad.csv
expect_error 3 'has no row p99' "$MYOSURV" explain os.model train.csv --waterfall bad.svg --case p99
expect_error 2 'give --case' "$MYOSURV" explain os.model train.csv --waterfall bad.svg
expect_error 2 'integrated-gradients' "$MYOSURV" explain os.model train.csv --method magic
expect_error 2 'at most 1024' "$MYOSURV" explain os.model train.csv --steps 4096
expect_error 2 'needs --time and --event together' "$MYOSURV" explain os.model train.csv --time time_days --importance bad.csv
expect_error 2 'give a table' "$MYOSURV" explain os.model
expect_error 2 'needs --mask' "$MYOSURV" explain os.model --scan ct.nii.gz -o bad.png
expect_error 2 '.png' "$MYOSURV" explain os.model --scan ct.nii.gz --mask m.nii.gz -o bad.svg
expect_error 3 'no such file' "$MYOSURV" explain os.model --scan none.nii.gz --mask m.nii.gz -o bad.png
[ -z "$(ls bad.* 2>/dev/null)" ] || fail "something was written: $(ls bad.*)"

# A study: the map of a case is of its own model, mask and slice; its risk is that of tables/risks.csv.
"$MYOSURV" phantom cohort -o sample --patients 6 --seed 3 --matrix 96 --slice-mm 8 >/dev/null
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i } NR > 1 { $c["split"] = "training"; $c["cohort"] = "main";
    $c["os_event"] = $c["rfs_event"] = 1 } 1' sample/cohort.csv >cohort.csv && mv cohort.csv sample/cohort.csv
"$MYOSURV" study init study --cohort sample/cohort.csv --preset default >/dev/null
echo '{"members": 2, "network": {"epochs": 40}}' >train.json
expect 0 "$MYOSURV" study run study
case=$(sed -n 2p study/tables/risks.csv | cut -d, -f1)
for way in remove median; do
    expect 0 "$MYOSURV" explain study --case "$case" --endpoint os --occlude $way --patch-mm 40 --step-mm 40 -o map.png \
        --nifti map.nii.gz --patches patches.csv
    grep -q "^method	occlusion ($way)" out || fail "the method is not said: $(cat out)"
    for file in map.png map.nii.gz patches.csv; do [ -s $file ] || fail "no $file"; done
done
risk=$(awk '$1 == "risk" { print $2 }' out)
awk -F, -v id="$case" -v r="$risk" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^(os_risk|risk_os|risk)$/) c = i }
    $1 == id { d = $c - r; found = d * d < 1e-8 } END { exit !found }' study/tables/risks.csv ||
    fail "the map's risk $risk is not the study's: $(grep "$case" study/tables/risks.csv)"
cp map.nii.gz first.nii.gz
expect 0 "$MYOSURV" explain study --case "$case" --occlude median --patch-mm 40 --step-mm 40 --threads 1 --nifti map.nii.gz
cmp map.nii.gz first.nii.gz || fail "one thread, another map"
# From single files the same.
scan=$(awk -F, -v id="$case" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "scan") c = i } $1 == id { print $c }' study/cohort.csv)
expect 0 "$MYOSURV" explain study/model/os.msm --scan "sample/$scan" --mask "study/cases/$case/mask.nii.gz" --preset default \
    --occlude median --patch-mm 40 --step-mm 40 --nifti map.nii.gz
cmp map.nii.gz first.nii.gz || fail "from single files another map"
expect_error 3 'has no case' "$MYOSURV" explain study --case nobody -o bad.png
expect_error 3 'has no endpoint' "$MYOSURV" explain study --case "$case" --endpoint pfs -o bad.png
expect_error 3 'preset or config' "$MYOSURV" explain study/model/os.msm --scan "sample/$scan" --mask "study/cases/$case/mask.nii.gz" \
    --region xx_=1 --preset default -o bad.png
