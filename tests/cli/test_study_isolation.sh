# One case's crash, hang, hunger for memory, pipe or death is that case's failure with a reason; the others go on; what a
# killed run left is cleaned up; and in the end the bytes are those of a run that nothing happened to.
# never GREP-ARGUMENTS: nothing of the kind is found
never() { if grep "$@"; then fail "found: $*"; fi; }
"$MYOSURV" phantom cohort -o sample --patients 5 --seed 3 --matrix 128 --slice-mm 8 --quiet
python3 - <<'PY'
import csv, gzip, os, struct
rows = list(csv.DictReader(open('sample/cohort.csv')))
# A scan that is small on disk and large in memory, and one that is a pipe nobody writes to.
header = bytearray(352)
struct.pack_into('<i', header, 0, 348)
struct.pack_into('<8h', header, 40, 3, 512, 512, 400, 1, 1, 1, 1)
struct.pack_into('<hh', header, 70, 4, 16)
struct.pack_into('<8f', header, 76, 1, 0.8, 0.8, 1, 1, 1, 1, 1)
struct.pack_into('<ff', header, 108, 352, 1)
header[123] = 2
struct.pack_into('<hh', header, 252, 0, 1)
for r, axis in enumerate(((0.8, 0, 0, 0), (0, 0.8, 0, 0), (0, 0, 1, 0))): struct.pack_into('<4f', header, 280 + 16 * r, *axis)
header[344:348] = b'n+1\0'
with gzip.open('sample/large.nii.gz', 'wb', compresslevel=1) as f:
    f.write(header)
    for _ in range(400): f.write(bytes(512 * 512 * 2))
os.mkfifo('sample/pipe.nii.gz')
for r in rows: r['split'], r['cohort'] = 'training', 'main'
rows.append(dict(rows[0], case_id='LARGE', scan='large.nii.gz', mask=''))
rows.append(dict(rows[0], case_id='PIPE', scan='pipe.nii.gz', mask=''))
with open('sample/cohort.csv', 'w', newline='') as f:
    w = csv.DictWriter(f, rows[0].keys()); w.writeheader(); w.writerows(rows)
PY
"$MYOSURV" study init study --cohort sample/cohort.csv --preset default --quiet
python3 -c "import json; s = json.load(open('study/study.json')); s['model'] = 'none'; json.dump(s, open('study/study.json', 'w'))"
cp -r study reference
limits=(--jobs 1 --cases-only --case-memory 0.4)
hashes() { (cd "$1/cases" && find SYN-* -type f | LC_ALL=C sort | xargs sha256sum); }
# strike SIGNAL CASE: sends the process of a case a signal as soon as it is there; its folder's name holds its number
strike() {
    local place
    for _ in $(seq 3000); do
        place=$(find study/cases -maxdepth 1 -name ".tmp-*-$2" 2>/dev/null | head -1) || true # the folder may not be there yet
        [ -n "$place" ] && { basename "$place" | cut -d- -f2 | xargs kill "-$1"; return; }
        sleep 0.01
    done
    echo "no process of $2 was seen" >&2
}

{ strike ABRT SYN-0001; strike STOP SYN-0003; } &
striker=$!
code=0
"$MYOSURV" study run study "${limits[@]}" --case-minutes 0.15 >out.txt 2>err.txt || code=$?
wait $striker
[ "$code" -eq 4 ] || fail "$code: $(cat err.txt)"
says '7 cases: 0 done before, 3 done now, 4 failed' out.txt
"$MYOSURV" study status study >status.txt
says 'SYN-0001: failed: ended by SIGABRT' status.txt
says 'SYN-0003: failed: over its limit of 9 s' status.txt
# A sanitizer's own memory cannot be told from the case's: there is no limit under one.
if ! sanitized; then
    grep -q 'LARGE: failed: .*\(memory\|limit\)' status.txt || fail "$(cat status.txt)"
fi
says 'PIPE: failed' status.txt
says 'is no file or folder (a pipe or device)' status.txt
# Every line of the log says when, and which case; nothing is in colour.
never -vqE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[+-][0-9]{4} myosurv: ' err.txt
grep -q 'warning: SYN-0003: over its limit' err.txt
never -q "$(printf '\033')" err.txt

# Failures that stand are left alone when asked to; the others are tried again.
"$MYOSURV" study run study "${limits[@]}" --skip-failed >out.txt 2>err.txt || [ $? -eq 4 ]
says '3 done before, 0 done now, 4 failed' out.txt
"$MYOSURV" study run study "${limits[@]}" >out.txt 2>err.txt || [ $? -eq 4 ]
says '3 done before, 2 done now, 2 failed' out.txt

# kill -9, right in the middle: no half-made case counts, and the next run removes what was left. A correction in a
# folder that the killed run was just replacing survives.
rm -rf study/cases/SYN-0002
"$MYOSURV" study run study "${limits[@]}" >/dev/null 2>&1 &
pid=$!
strike 0 SYN-0002
kill -9 $pid
wait $pid 2>/dev/null || true
[ ! -e study/cases/SYN-0002/done.json ]
mkdir -p study/cases/.tmp-999999999-0-SYN-0004 study/tables study/cases/.tmp-keep
echo 'by hand' >study/cases/.tmp-999999999-0-SYN-0004/notes.txt
touch study/cases/.tmp-999999999-0-SYN-0004/mask.nii.gz study/tables/.tmp-999999999-3-cases.csv study/tables/.tmp-mine
"$MYOSURV" study run study "${limits[@]}" >out.txt 2>err.txt || [ $? -eq 4 ]
says '4 done before, 1 done now, 2 failed' out.txt
[ "$(find study -name '.tmp-*' | LC_ALL=C sort | tr '\n' ' ')" = 'study/cases/.tmp-keep study/tables/.tmp-mine ' ]
says 'by hand' study/cases/SYN-0004/notes.txt
rm study/cases/SYN-0004/notes.txt

# The same bytes as without all this.
"$MYOSURV" study run reference "${limits[@]}" >/dev/null 2>&1 || [ $? -eq 4 ]
hashes study >a.txt
hashes reference >b.txt
diff a.txt b.txt
