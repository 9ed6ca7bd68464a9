# A study with pyradiomics' own features: study.json's "preset", the same numbers as `features`, and the parameter sheet.
"$MYOSURV" phantom cohort -o sample --patients 4 --matrix 96 --slice-mm 10 --seed 2 --quiet
"$MYOSURV" study init study --cohort sample/cohort.csv --quiet
sed -i 's/"preset": "liu2024"/"preset": "pyradiomics"/' study/study.json
code=0
"$MYOSURV" study run study --quiet >out.txt 2>err.txt || code=$?
[ "$code" -eq 0 ] || [ "$code" -eq 4 ] || fail "study run ended with $code: $(cat err.txt)"
done_cases=$(find study/cases -name done.json | wc -l)
[ "$done_cases" -ge 2 ] || fail "only $done_cases cases are done: $(cat err.txt)"
id=$(basename "$(dirname "$(find study/cases -name done.json | sort | head -1)")")
head -1 "study/cases/$id/features.csv" | tr , '\n' >columns.txt
[ "$(wc -l <columns.txt)" -eq 215 ] || fail "two regions of 107 features"
grep -qx sm_original_glcm_Contrast columns.txt || fail "pyradiomics' names"
scan=$(find sample/scans -maxdepth 1 -name "$id*")
"$MYOSURV" features "$scan" "study/cases/$id/mask.nii.gz" --label 2,3 --preset pyradiomics --prefix pm_ --format json >pm.json
python3 - "$id" <<'PY'
import csv, json, sys
row = next(csv.DictReader(open('study/cases/%s/features.csv' % sys.argv[1])))
alone = json.load(open('pm.json'))['regions'][0]['features']
texture = [k for k in alone if '_glcm_' in k or '_firstorder_' in k]
assert len(texture) == 42 and all(float(row[k]) == alone[k] for k in texture), {k: (row[k], alone[k]) for k in texture}
sheet = json.load(open('study/tables/features.parameters.json'))
assert sheet['preset'] == 'pyradiomics' and sheet['features']['total'] == 107, sheet
PY
echo ok
