# myosurv features: columns, formats, regions, and what bad input says.
shared=$MS_SHARED_DIR/pyradiomics/data

# names need no image
[ "$("$MYOSURV" features --list --preset liu2024 | wc -l)" -eq 1343 ] || fail "liu2024 has not 1343 names"
[ "$("$MYOSURV" features --list --preset liu2024 --prefix sm_ | grep -c '^sm_')" -eq 1343 ] || fail "prefix"
"$MYOSURV" features --list --preset pyradiomics >list.txt # to files: grep -q closes a pipe early
grep -qx original_glcm_Contrast list.txt || fail "pyradiomics' names"
"$MYOSURV" features --catalogue >catalogue.csv
grep -qx 'glcm,Contrast,cm_contrast,ACUI,level2,any' catalogue.csv || fail "catalogue"
"$MYOSURV" features --help >help.txt
grep -q liu2024 help.txt || fail "help"

# a phantom of the trunk and its truth mask: several labels, several slices
"$MYOSURV" phantom --seed 3 --slice-mm 10 --matrix 256 -o scan.nii.gz --truth truth --quiet
image=scan.nii.gz
mask=truth/truth_mask.nii.gz
"$MYOSURV" features "$image" "$mask" >all.csv
head -1 all.csv | has '^image,mask,label,original_' || fail "first columns"
"$MYOSURV" features "$image" "$mask" --label 2,3 --label 2 >two.csv
[ "$(wc -l <two.csv)" -eq 3 ] || fail "two regions, two rows"
cut -d, -f3 two.csv | sed -n 2p | has -x '2+3' || fail "the label of a union"
grep -q "$PWD" two.csv && fail "a folder's name in the output"
# one row's columns are the names
"$MYOSURV" features --list >names.txt
head -1 two.csv | tr , '\n' | tail -n +4 | diff - names.txt || fail "columns are not the names"
# the same bytes on any number of threads
"$MYOSURV" features "$image" "$mask" --label 2 --preset liu2024 --threads 1 >one.csv
"$MYOSURV" features "$image" "$mask" --label 2 --preset liu2024 --threads 4 >four.csv
cmp one.csv four.csv || fail "threads change bytes"
# the parameter sheet beside the table: the same table, every parameter, hashes instead of names
"$MYOSURV" features "$image" "$mask" --label 2 --preset liu2024 -o sheet.csv
cmp one.csv sheet.csv || fail "a table in a file is another one"
python3 - <<'PY'
import hashlib, json
sheet = json.load(open('sheet.parameters.json'))
assert sheet['preset'] == 'liu2024' and sheet['table'] == 'sheet.csv', sheet
assert sheet['features']['total'] == 1343 == sum(sheet['features']['families'].values())
assert len(sheet['images']) == 17 and sheet['discretisation']['bin_width'] == 25
hashes = [hashlib.sha256(open(f, 'rb').read()).hexdigest() for f in ('scan.nii.gz', 'truth/truth_mask.nii.gz')]
assert [i['sha256'] for i in sheet['inputs']] == hashes
assert {(i['checklist'], i['item']) for i in sheet['answers']} >= {('CLEAR', n) for n in range(21, 29)} | {('METRICS', 13)}
assert 'scan.nii' not in json.dumps(sheet)
PY
echo '{"spacing_mm": [1, 1, 0], "interpolation": "spline", "bin_count": 16}' >c.json
"$MYOSURV" features "$image" "$mask" --label 2 --config c.json --sheet other.json >/dev/null
grep -q 'cubic B-spline' other.json || fail "the sheet does not tell of resampling"
grep -q '"bins": 16' other.json || fail "the sheet does not tell of bins"
expect_error 3 "no voxel with label 77" "$MYOSURV" features "$image" "$mask" --label 77
echo '{"images": ["grid"]}' >c.json
expect_error 3 "grid" "$MYOSURV" features "$image" "$mask" --config c.json
expect_error 2 "--label" "$MYOSURV" features "$image" "$mask" --label x
expect_error 2 "liu2024" "$MYOSURV" features "$image" "$mask" --preset liu
echo '{"bin_widht": 1}' >c.json
expect_error 3 "bin_width" "$MYOSURV" features "$image" "$mask" --config c.json
echo '{"bin_width": 1e-7}' >c.json
expect_error 3 "grey levels" "$MYOSURV" features "$image" "$mask" --label 2 --config c.json
expect_error 2 "exclude" "$MYOSURV" features "$image" "$mask" --preset ibsi --config x.json
expect_error 2 "image and a mask" "$MYOSURV" features
expect_error 3 "no such" "$MYOSURV" features absent.nii.gz absent.nii.gz

if [ -d "$shared" ]; then
    "$MYOSURV" features "$shared/brain1_image.nrrd" "$shared/brain1_label.nrrd" --preset pyradiomics --format long >long.csv
    grep -q '^brain1_image.nrrd,brain1_label.nrrd,1,original_firstorder_InterquartileRange,253,$' long.csv || fail "long format"
    "$MYOSURV" features "$shared/brain1_image.nrrd" "$shared/brain1_label.nrrd" --format json >out.json
    grep -q '"original_shape2D_Perimeter":.*"needs_2d"' out.json || fail "json has no reason"
    # a mask of another image
    expect_error 3 "breast1_label" "$MYOSURV" features "$shared/brain1_image.nrrd" "$shared/breast1_label.nrrd"
else
    echo "skipped: no ../shared/pyradiomics"
fi
echo ok
