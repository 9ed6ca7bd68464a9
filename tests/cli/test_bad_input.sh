# Bad input ends with exit code 3 (4 for a case of a study), one clear line that names the file, and nothing half-written.
fails() { # code, text that must be in the message, command...
    local want=$1 text=$2 code=0
    shift 2
    "$@" >out.txt 2>err.txt || code=$?
    [ "$code" -eq "$want" ] || { echo "exit $code instead of $want: $*"; cat err.txt; exit 1; }
    grep -qF -- "$text" err.txt || { echo "no '$text' in the message of: $*"; cat err.txt; exit 1; }
    [ "$(grep -c 'error:' err.txt)" -eq 1 ] || { echo "not one error line: $*"; cat err.txt; exit 1; }
}

mkdir empty text
fails 3 empty "$MYOSURV" segment empty -o result
echo 'this is no scan' >text/a.dcm
fails 3 text "$MYOSURV" segment text -o result
fails 3 a.dcm "$MYOSURV" segment text/a.dcm -o result
[ ! -e result ]

# Two series in one folder: one is chosen by rule, and how to choose is said.
"$MYOSURV" phantom -o one --format dicom --matrix 64 --slice-mm 10 --seed 1
"$MYOSURV" phantom -o two --format dicom --matrix 64 --slice-mm 10 --seed 2
mkdir both && cp one/*.dcm both/ && for f in two/*.dcm; do cp "$f" "both/b-$(basename "$f")"; done
"$MYOSURV" segment both -o chosen >/dev/null 2>said
grep -q -- --series said && grep -q "more than one study" said || { echo "nothing is said of two series: $(cat said)"; exit 1; }
fails 3 series "$MYOSURV" segment both --series 9 -o result

# No lumbar spine: air.
python3 - <<'PY'
import struct
n = (32, 32, 20)
header = bytearray(348)
struct.pack_into('<i', header, 0, 348)
struct.pack_into('<8h', header, 40, 3, *n, 1, 1, 1, 1)
struct.pack_into('<2h', header, 70, 4, 16)
struct.pack_into('<8f', header, 76, 1, 3, 3, 5, 1, 1, 1, 1)
struct.pack_into('<3f', header, 108, 352, 1, 0)
struct.pack_into('<2h', header, 252, 0, 1)
for row in range(3):
    struct.pack_into('<4f', header, 280 + 16 * row, *[(3, 3, 5)[row] if c == row else 0 for c in range(4)])
header[344:348] = b'n+1\0'
with open('air.nii', 'wb') as f:
    f.write(bytes(header) + b'\0' * 4 + struct.pack('<h', -1000) * (n[0] * n[1] * n[2]))
with open('air.nii', 'rb') as f, open('short.nii', 'wb') as g:
    g.write(f.read()[:20000])
PY
fails 3 air.nii "$MYOSURV" segment air.nii -o result
fails 3 short.nii "$MYOSURV" segment short.nii -o result
[ ! -e result ]

# A mask of another size.
"$MYOSURV" phantom -o trunk.nii.gz --matrix 64 --slice-mm 10 --seed 1
"$MYOSURV" phantom -o other.nii.gz --matrix 96 --slice-mm 10 --seed 1 --truth other
fails 3 mask "$MYOSURV" segment trunk.nii.gz -o result --mask "$(ls other/*mask*.nii.gz | head -1)"


# Tables.
printf 'time,event\n5,1\n-3,0\n' >negative.csv
fails 3 'negative.csv:3' "$MYOSURV" km negative.csv --time time --event event
printf 'time,event\n5,1\n3,2\n' >two.csv
fails 3 'two.csv:3' "$MYOSURV" km two.csv --time time --event event
fails 3 "'evnt'" "$MYOSURV" km two.csv --time time --event evnt
code=0; "$MYOSURV" km negative.csv --time 2>err.txt || code=$?; [ "$code" -eq 2 ]
code=0; printf 'time,event\n5,1\n3,0\n' | "$MYOSURV" km - --time time --event event >/dev/full 2>err.txt || code=$?
[ "$code" -eq 6 ]

# Clinical tables of a study.
head='case_id,scan,os_days,os_event,rfs_days,rfs_event'
table() { printf '%s\n' "$head" "$@" >cohort.csv; rm -rf study; }
table 'a,trunk.nii.gz,5,1,5,1' 'a,trunk.nii.gz,5,1,5,1'
fails 3 "case id 'a' is there twice" "$MYOSURV" study init study --cohort cohort.csv
table '../a,trunk.nii.gz,5,1,5,1'
fails 3 'cohort.csv:2' "$MYOSURV" study init study --cohort cohort.csv
table 'a,trunk.nii.gz,-5,1,5,1'
fails 3 'cohort.csv:2: column os_days' "$MYOSURV" study init study --cohort cohort.csv
table 'a,trunk.nii.gz,5,2,5,1'
fails 3 'cohort.csv:2: column os_event' "$MYOSURV" study init study --cohort cohort.csv
printf 'case_id,scan,os_days\na,b,3\n' >cohort.csv
fails 3 os_event "$MYOSURV" study init study --cohort cohort.csv
[ ! -e study ]
