# myosurv perturb: rows and columns, chance, threads, reliability, and what bad input says.
mkdir scans
for seed in 1 2 3; do
    "$MYOSURV" phantom --seed $seed --slice-mm 10 --matrix 128 -o scans/s$seed.nii.gz --truth t$seed --quiet
    mv t$seed/truth_mask.nii.gz scans/m$seed.nii.gz
done
printf 'case_id,image,mask,label\na,s1.nii.gz,m1.nii.gz,2+3\nb,s2.nii.gz,m2.nii.gz,\nc,s3.nii.gz,m3.nii.gz,2+3\n' >scans/cases.csv
echo '{"preset": "default", "families": ["firstorder", "glcm"]}' >few.json
run() { "$MYOSURV" perturb scans/cases.csv --label 2,3 --config few.json --prefix sm_ --quiet "$@"; }

run --repeats 3 --icc icc.csv -o all.csv --threads 1
[ "$(wc -l <all.csv)" -eq 13 ] || fail "3 cases, 4 rows each"
head -1 all.csv | has '^case_id,perturbation,shift_i_voxels,shift_j_voxels,shift_k_voxels,rotation_deg,noise_hu,volume_change,contour_dice,sm_original_firstorder' || fail "columns"
run --repeats 3 --threads 3 | cmp - all.csv || fail "threads change bytes"
run --repeats 3 --seed 2 | cmp -s - all.csv && fail "the seed changes nothing"
# a case alone and fewer repeats give the same rows
(head -1 scans/cases.csv; grep ^b, scans/cases.csv) >scans/one.csv
"$MYOSURV" perturb scans/one.csv --label 2,3 --config few.json --prefix sm_ --repeats 2 | tail -3 | diff - <(grep ^b, all.csv | head -3) || fail "a case depends on others"
# perturbation 0 is the image as it is
"$MYOSURV" features scans/s1.nii.gz scans/m1.nii.gz --label 2,3 --config few.json | tail -1 | cut -d, -f4- >f.txt
grep '^a,0,' all.csv | cut -d, -f10- | diff - f.txt || fail "the image as it is"
[ "$(wc -l <icc.csv)" -eq "$("$MYOSURV" features --list --config few.json | sed 1i: | wc -l)" ] || fail "rows of the reliability"
"$MYOSURV" icc all.csv --rater perturbation --x 'sm_*' | cmp - icc.csv || fail "icc of the table"
awk -F, 'NR > 1 && $4 != "" && !($4 <= 1 && $5 <= $4 && $4 <= $6) { exit 1 }' icc.csv || fail "bounds"
# one image; the control keeps the histogram
"$MYOSURV" perturb scans/s1.nii.gz scans/m1.nii.gz --label 2,3 --config few.json --repeats 1 --kinds shuffle >control.csv
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR > 1 { mean[NR] = $at["original_firstorder_Mean"]; glcm[NR] = $at["original_glcm_Correlation"] }
    END { d = mean[2] - mean[3]; exit !(d * d < 1e-12 && glcm[3] * glcm[3] < 0.01 && glcm[2] > 0.1) }' control.csv || fail "the shuffled control: $(cut -d, -f1-12 control.csv)"

expect_error 2 "none of" "$MYOSURV" perturb scans/cases.csv --kinds blur
expect_error 2 "no other" "$MYOSURV" perturb scans/cases.csv --kinds shuffle,noise
expect_error 2 "repeats" "$MYOSURV" perturb scans/cases.csv --repeats 0
printf 'case_id,image,mask\na,absent.nii.gz,m1.nii.gz\n' >bad.csv
expect_error 3 "case a" "$MYOSURV" perturb bad.csv
printf 'case_id,image,mask,label\na,scans/s1.nii.gz,scans/m1.nii.gz,x\n' >bad.csv
expect_error 3 "label 'x'" "$MYOSURV" perturb bad.csv
printf 'case_id,image\na,scans/s1.nii.gz\n' >bad.csv
expect_error 3 "mask" "$MYOSURV" perturb bad.csv
echo ok
