# Names, ids, dates and numbers planted in the headers of scans are in nothing that the program leaves: results, logs,
# messages, names of files, cores. Names of files come from an allowlist. No shell is ever started.
secrets=${MS_SECRETS:-$(dirname "$MYOSURV")/tests/fault/fault_secrets}
[ -x "$secrets" ] || fail "$secrets is not built"
program=$MYOSURV
. "$MS_SOURCE_DIR/tests/fault/study.sh"
ulimit -c unlimited 2>/dev/null || true

# ---- what looks for the words finds them, wherever they are put
mkdir hidden
puts() { rm -rf hidden/* && cat >"hidden/$1"; }
finds() { ! "$secrets" search hidden >found.txt || fail "a planted word was not found: $1"; }
echo 'nothing here' | puts plain.txt
"$secrets" search hidden >found.txt || fail "found in nothing: $(cat found.txt)"
echo 'name,ZWQFAMILY' | puts table.csv; finds text
echo nothing | puts Zwqpatid7431.txt; finds 'a name of a file'
echo 'some Zwqgiven text' | gzip | puts scan.nii.gz; finds gzip
{ printf '<img src="data:image/png;base64,'; echo 'born 19530417, Zwqhospital' | gzip | base64 -w 0; echo '">'; } | puts page.html; finds 'base64 of gzip'
printf 'x.csv,Zwqfam%%69ly\n' | puts log.txt; finds %XX
printf 'Z\0w\0q\0k\0e\0y\0' | puts wide.bin; finds UTF-16
printf 'Zwqcomment' | od -An -tx1 | tr -d ' \n' | puts hex.txt; finds hexadecimal
printf '\x89PNG\r\n\x1a\n\0\0\0\x1atEXtAuthor\0Zwqfamily Zwqgiven\0\0\0\0' | puts picture.png; finds 'text of a PNG'
rm hidden/* && for word in $("$secrets" words); do echo "a $word b" >>hidden/words.txt; done
"$secrets" search hidden >found.txt || true
for word in $("$secrets" words); do says "'$word'" found.txt; done

# ---- scans of every format, with words in their headers
"$MYOSURV" phantom -o dicom --format dicom --seed 4 --matrix 64 --slice-mm 10 --quiet >/dev/null
"$MYOSURV" phantom -o plain.nii --seed 4 --matrix 64 --slice-mm 10 --quiet >/dev/null
"$MYOSURV" segment plain.nii -o own --model none --quiet >/dev/null 2>&1
"$secrets" plant dicom dicom/*.dcm
"$secrets" plant nifti plain.nii
mkdir zipped && cp plain.nii zipped/Zwqgzname.nii
gzip -N zipped/Zwqgzname.nii && mv zipped/Zwqgzname.nii.gz zipped/a.nii.gz
read -r n0 n1 n2 < <("$MYOSURV" info plain.nii | awk '$1 == "size" { print $2, $4, $6 }')
values=$((n0 * n1 * n2 * 2))
printf 'NRRD0004\ntype: short\ndimension: 3\nsizes: %d %d %d\nendian: little\nencoding: raw\nspace: left-posterior-superior\nspace directions: (6,0,0) (0,6,0) (0,0,10)\nspace origin: (0,0,0)\n\n' "$n0" "$n1" "$n2" >a.nrrd
printf 'ObjectType = Image\nNDims = 3\nDimSize = %d %d %d\nElementSpacing = 6 6 10\nElementType = MET_SHORT\nElementDataFile = LOCAL\n' "$n0" "$n1" "$n2" >a.mha
for file in a.nrrd a.mha; do tail -c $values plain.nii >>$file; done
"$secrets" plant nrrd a.nrrd
"$secrets" plant meta a.mha
"$secrets" search dicom plain.nii zipped a.nrrd a.mha >found.txt && fail 'nothing was planted'
for word in $("$secrets" words | grep -vE 'roi|spacing|type|[-.]'); do says "$word" found.txt; done

mkdir left
# tell COMMAND...: its words are kept; it may end well or be refused, not otherwise
tell() {
    local code=0
    runs=$((${runs:-0} + 1))
    "$@" >"left/$runs.out" 2>"left/$runs.err" || code=$?
    case $code in 0 | 3 | 4) ;; *) fail "$* ended with $code: $(cat "left/$runs.err")" ;; esac
}
clean() { "$secrets" search left >found.txt || fail "$1: $(cat found.txt)"; }
for scan in dicom dicom/IM0009.dcm plain.nii zipped/a.nii.gz a.nrrd a.mha; do
    tell "$MYOSURV" info "$scan" --verbose
    tell "$MYOSURV" info "$scan" --json
    case $scan in *.nrrd | *.mha) tell "$MYOSURV" segment "$scan" -o "left/segment-$runs" --l3-slice 14 --model none --verbose ;; esac
done
says '"format": "DICOM"' left/2.out
says 'MetaImage' left/12.out
tell "$MYOSURV" segment dicom -o left/level --l3-slice 14 --model none --verbose
tell "$MYOSURV" features dicom left/level/mask.nii.gz --preset default --format json --verbose
tell "$MYOSURV" features plain.nii own/mask.nii.gz --preset default -o left/features.csv --verbose
tell "$MYOSURV" perturb dicom left/level/mask.nii.gz --repeats 1 --kinds noise -o left/perturb.csv --verbose
tell "$MYOSURV" diff left/level own
tell "$MYOSURV" diff plain.nii zipped/a.nii.gz
clean 'scans that can be read'

# ---- the same, damaged in every way that is told
damaged() { # TAG TEXT COMMAND...: one element of one slice
    rm -rf bad && cp -r dicom bad
    "$secrets" replace bad/IM0007.dcm "$1" "$2"
    tell "$MYOSURV" "${@:3}" --verbose
}
for tag in 00080005 00080016 00080060 00020010 0020000E 00200013 00200032 00200037 00280004 00280008 00280010 00280030 00280100 \
    00281052 00281053 00180050 00180060 00181120 00180088; do
    damaged $tag 'Zwqspacing' info bad
    damaged $tag '1\Zwqspacing\19530417' segment bad/IM0007.dcm -o left/bad --model none
done
rm -rf bad && cp -r dicom bad
truncate -s 2500 bad/IM0005.dcm && tell "$MYOSURV" segment bad -o left/bad --model none --verbose
rm bad/IM0005.dcm && tell "$MYOSURV" segment bad -o left/bad --model none --verbose
cp bad/IM0006.dcm bad/again.dcm && printf '\1\1\1\1' | dd of=bad/again.dcm bs=1 seek=5000 conv=notrunc status=none
tell "$MYOSURV" info bad --verbose
head -c 30000 zipped/a.nii.gz >bad/half.nii.gz && tell "$MYOSURV" info bad/half.nii.gz --verbose
for size in 200 349 380 5000; do head -c $size plain.nii >bad/half.nii && tell "$MYOSURV" info bad/half.nii --verbose; done
for line in 'type: Zwqtype' 'encoding: Zwqtype' 'endian: Zwqtype' 'dimension: Zwqty' 'sizes: Zwqkey' 'space: Zwqtype' 'Zwqkey' \
    'space directions: Zwqkey' 'spacings: Zwqkey' 'space origin: (Zwqkey)' 'byte skip: Zwqkey' 'measurement frame: Zwqkey'; do
    sed "1a $line" a.nrrd >bad/a.nrrd && tell "$MYOSURV" info bad/a.nrrd --verbose
done
for line in 'ElementType = Zwqtype' 'NDims = Zwqty' 'DimSize = Zwqkey' 'ElementSpacing = Zwqkey' 'Offset = Zwqkey' 'Zwqkey' \
    'TransformMatrix = Zwqkey' 'ElementByteOrderMSB = Zwqkey' 'HeaderSize = Zwqkey' 'CompressedData = Zwqkey'; do
    sed "1a $line" a.mha >bad/a.mha && tell "$MYOSURV" info bad/a.mha --verbose
done
clean 'scans that cannot be read'
[ "$(cat left/*.err | grep -c 'error: ')" -ge 50 ] || fail 'too little was refused to prove anything'

# ---- a study of such scans, one of them broken, one killed with a core wanted
make_study study
for scan in study-scans/scans/*; do
    if [ -d "$scan" ]; then
        "$secrets" plant dicom "$scan"/*.dcm
    else
        gunzip "$scan" && "$secrets" plant nifti "${scan%.gz}" && gzip "${scan%.gz}"
    fi
done
truncate -s 2500 study-scans/scans/SYN-0008/IM0004.dcm
mkdir left/logs
tell "$MYOSURV" study check study --verbose
"$MYOSURV" study run study --jobs 1 --verbose >left/logs/killed.out 2>left/logs/killed.err &
pid=$!
for _ in $(seq 300); do child=$(pgrep -P $pid | head -1) && break; sleep 0.02; done
if [ -n "${child-}" ]; then
    grep -E '^Max core file size +[01] ' "/proc/$pid/limits" >/dev/null || fail 'the program may leave a core'
    kill -SEGV "$child" 2>/dev/null || true
fi
sleep 0.3
kill -ABRT $pid 2>/dev/null || true
wait $pid 2>/dev/null || true
tell "$MYOSURV" study run study --verbose
has_networks study || fail 'no networks were trained'
says 'SYN-0008' "left/$runs.err"
tell "$MYOSURV" study status study --verbose
tell "$MYOSURV" study status study --json
tell "$MYOSURV" study report study --verbose
tell "$MYOSURV" study check study --verify --verbose
cp -r study left/study
clean 'a study'
[ "$(find . -name 'core*' -type f | wc -l)" -eq 0 ] || fail 'there is a core'
[ "$(find left/study -name '*.png' | wc -l)" -ge 7 ] || fail 'the study has no pictures to look into'
echo 'Zwqcomment' | gzip >left/study/cases/SYN-0001/mask.nii.gz
! "$secrets" search left/study/cases >found.txt || fail 'a word in a mask of the study was not found'
