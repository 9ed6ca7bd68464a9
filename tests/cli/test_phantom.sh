# phantom: the same seed gives the same files; both formats are read back; everything says that it is synthetic.
"$MYOSURV" phantom -o a.nii.gz --seed 5 --matrix 96 --truth truth > out.txt
grep -q synthetic out.txt
"$MYOSURV" phantom -o b.nii.gz --seed 5 --matrix 96 --threads 1 --quiet > quiet.txt
cmp a.nii.gz b.nii.gz
[ ! -s quiet.txt ]
gzip -dc a.nii.gz > a.nii
grep -aq SYNTHETIC a.nii
[ -s truth/truth_mask.nii.gz ]
sed -n 1p truth/truth.csv | has '^case_id,synthetic,seed,l3_slice_index,l3_z_mm,sma_cm2,psoas_cm2,smd_hu'
sed -n 2p truth/truth.csv | has '^phantom,yes,5,'

"$MYOSURV" phantom -o dicom --seed 5 --matrix 96 --quiet
grep -aq SYNTHETIC dicom/IM0001.dcm
"$MYOSURV" info dicom > info.txt
"$MYOSURV" info a.nii.gz >> info.txt

"$MYOSURV" phantom --list --seed 5 --set visceral=0.9 > list.csv
grep -q '^visceral,,0,1,0.9,' list.csv

# wrong calls end with 2 and one line, and write nothing
expect() {
    local want=$1 text=$2
    shift 2
    set +e
    "$MYOSURV" "$@" > stdout.txt 2> stderr.txt
    local got=$?
    set -e
    [ "$got" = "$want" ] || { echo "exit $got, not $want: $*"; cat stderr.txt; exit 1; }
    grep -q -- "$text" stderr.txt || { cat stderr.txt; exit 1; }
}
expect 2 output phantom
expect 2 'no such parameter' phantom -o x.nii.gz --set nonsense=1
expect 2 fov_mm phantom -o x.nii.gz --fov-mm 5
expect 2 'm' phantom -o x.nii.gz --sex q
[ ! -e x.nii.gz ]

# a cohort
"$MYOSURV" phantom cohort -o co --patients 5 --seed 2 --matrix 64 > out.txt
grep -q synthetic out.txt
sed -n 1p co/cohort.csv | has '^case_id,scan,mask,l3_slice,height_m,weight_kg,sex,age_years,cohort,split,os_days,os_event,rfs_days,rfs_event,'
[ "$(wc -l < co/cohort.csv)" = 6 ]
[ "$(wc -l < co/truth.csv)" = 6 ]
grep -q 'SYNTHETIC DATA' co/README.txt
tail -n +2 co/cohort.csv | cut -d, -f2 | while read -r scan; do [ -e "co/$scan" ]; done
[ -d co/scans/SYN-0002 ] && [ -f co/scans/SYN-0001.nii.gz ]
"$MYOSURV" phantom cohort -o co2 --patients 5 --seed 2 --matrix 64 --threads 1 --quiet
diff -r co co2
expect 3 'not empty' phantom cohort -o co --patients 5
expect 2 'patients' phantom cohort -o co3 --patients 2
[ ! -e co3 ]
