# myosurv features CASES: many images from a table, in its order, on any number of threads, and cases that fail.
"$MYOSURV" phantom --seed 3 --slice-mm 10 --matrix 128 -o a.nii.gz --truth a --quiet
"$MYOSURV" phantom --seed 4 --slice-mm 10 --matrix 128 -o b.nii.gz --truth b --quiet
gzip -dc b.nii.gz >plain.nii
gzip -dc b/truth_mask.nii.gz >plain_mask.nii
mkdir tables
cat >tables/cases.csv <<'END'
case_id,image,mask,label
p1,../a.nii.gz,../a/truth_mask.nii.gz,2+3
p2,../b.nii.gz,../b/truth_mask.nii.gz,1
p3,../b.nii.gz,../b/truth_mask.nii.gz,
p4,../plain.nii,../plain_mask.nii,1
END
"$MYOSURV" features tables/cases.csv --label 2 --label 1 --prefix sm_ --threads 1 >one.csv
"$MYOSURV" features tables/cases.csv --label 2 --label 1 --prefix sm_ --threads 3 >three.csv
"$MYOSURV" features tables/cases.csv --label 2 --label 1 --prefix sm_ --threads 16 >sixteen.csv
cmp one.csv three.csv || fail "three threads change bytes"
cmp one.csv sixteen.csv || fail "sixteen threads change bytes"
[ "$(cut -d, -f1,4 one.csv | tail -n +2 | tr '\n' ' ')" = "p1,2+3 p2,1 p3,2 p3,1 p4,1 " ] || fail "rows: order, labels"
head -1 one.csv | has '^case_id,image,mask,label,sm_original_' || fail "columns"
grep -q "$PWD" one.csv && fail "a folder's name in the output"
# a row is what the command gives for its image alone, and a plain file gives what a compressed one gives
"$MYOSURV" features b.nii.gz b/truth_mask.nii.gz --label 1 --prefix sm_ | tail -1 | cut -d, -f3- >alone.txt
for p in p2 p4; do
    grep "^$p," one.csv | cut -d, -f4- | diff - alone.txt || fail "$p differs from the image alone"
done
[ "$(grep '^p3,.*,1,' one.csv | cut -d, -f5-)" = "$(grep '^p2,' one.csv | cut -d, -f5-)" ] || fail "p3's second region"

# without --label, without case_id: each label in the mask; the image's name
printf 'image,mask\na.nii.gz,a/truth_mask.nii.gz\n' >bare.csv
"$MYOSURV" features bare.csv >bare.out
"$MYOSURV" features a.nii.gz a/truth_mask.nii.gz >bare.alone
[ "$(wc -l <bare.out)" -eq "$(wc -l <bare.alone)" ] || fail "a row a label"
sed -n 2p bare.out | has '^a.nii.gz,a.nii.gz,truth_mask.nii.gz,1,' || fail "the id is the image's name"

# the other formats
"$MYOSURV" features tables/cases.csv --label 1 --format long --threads 2 >long.csv
head -1 long.csv | has -x 'case_id,image,mask,label,feature,value,reason' || fail "long format"
"$MYOSURV" features tables/cases.csv --label 1 --format json >out.json
[ "$(grep -c '"case_id"' out.json)" -eq 4 ] || fail "json: four cases"

# failed cases: each with its reason, the others done, exit 4
cat >bad.csv <<'END'
case_id,image,mask,label
gone,absent.nii.gz,a/truth_mask.nii.gz,1
p1,a.nii.gz,a/truth_mask.nii.gz,1
other,a.nii.gz,a/truth_mask.nii.gz,77
empty,,a/truth_mask.nii.gz,1
what,a.nii.gz,a/truth_mask.nii.gz,x
p2,b.nii.gz,b/truth_mask.nii.gz,1
END
for threads in 1 4; do
    code=0
    "$MYOSURV" features bad.csv --threads $threads >bad$threads.out 2>bad$threads.err || code=$?
    [ $code -eq 4 ] || fail "exit code with failed cases"
done
cmp bad1.out bad4.out && cmp bad1.err bad4.err || fail "threads change what failed cases give"
[ "$(cut -d, -f1 bad1.out | tr '\n' ' ')" = "case_id p1 p2 " ] || fail "the others are done"
grep -q 'case gone: .*absent.nii.gz: no such file' bad1.err || fail "an absent image"
grep -q 'case other: .*no voxel with label 77' bad1.err || fail "an absent label"
grep -q "bad.csv:5: column 'image'" bad1.err || fail "an empty cell"
grep -q "case what: label 'x'" bad1.err || fail "a label that is none"
grep -q '4 of 6 cases failed' bad1.err || fail "how many failed"
"$MYOSURV" features bad.csv --format json >bad.json 2>err.txt || true
[ "$(grep -c '"error"' bad.json)" -eq 4 ] || fail "json has the reasons"
printf 'case_id,image,mask\ngone,absent.nii,absent.nii\n' >all.csv
code=0
"$MYOSURV" features all.csv >all.out 2>err.txt || code=$?
[ $code -eq 4 ] || fail "all failed"
head -1 all.out | has '^case_id,image,mask,label,original_' || fail "columns although all failed"
printf 'case_id,image\nx,y\n' >short.csv
expect_error 3 "mask" "$MYOSURV" features short.csv
printf 'case_id,image,mask\n' >none.csv
expect_error 3 "no cases" "$MYOSURV" features none.csv
expect_error 2 "image and a mask" "$MYOSURV" features
echo ok
