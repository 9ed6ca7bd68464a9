# A study made on two days, in two time zones and languages, in two folders, with other rights for new files, another number
# of threads and of cases at once, has the same bytes, networks and all. Every result says what it was made with, and
# study check --verify finds what was changed since.
program=$MYOSURV
. "$MS_SOURCE_DIR/tests/fault/study.sh"
make_study study
mkdir -p 'another place/deep'
cp -r study 'another place/deep/the same study'
second='another place/deep/the same study'
day=()
if sanitized; then
    echo 'skipped: another day (faketime does not work beside a sanitizer)'
elif command -v faketime >/dev/null; then
    day=(faketime '2031-02-03 04:05:06')
else
    echo 'skipped: another day (faketime is not installed)'
fi
language=$(locale -a 2>/dev/null | grep -iE '^(de|fr|tr|pl)_' | head -1 || true)
[ -n "$language" ] || echo 'skipped: no locale with a decimal comma'
TZ=UTC LC_ALL=C "$MYOSURV" study run study --threads 1 --jobs 1 --quiet >out.txt 2>&1 || fail "$(cat out.txt)"
(
    umask 077
    TZ=Asia/Kathmandu LC_ALL=${language:-C.UTF-8} "${day[@]}" "$MYOSURV" study run "$second" --threads 3 --jobs 2 --quiet >out.txt 2>&1 ||
        fail "$(cat out.txt)"
)
has_networks study || fail 'no networks were trained'
hashes study >one.txt
hashes "$second" >two.txt
diff one.txt two.txt || fail 'another day, place or number of threads made other bytes'
[ "$(grep -c 'tables/' one.txt)" -ge 10 ] || fail 'there are too few tables to prove anything'
"$MYOSURV" diff study "$second" >/dev/null
# No clock, name of the machine or of its user is in what was made, nor the folder it was made in.
never() { if grep -rlF -- "$1" study/tables study/figures study/model study/report.html study/done.json study/cases; then fail "'$1' is in the results"; fi; }
never "$(date +%Y-%m-%d)"
never 2031-02-03
never "$PWD/study/"
[ "$(uname -n | wc -c)" -lt 8 ] || never "$(uname -n)" # a short one would be found in any picture

# Each result says what it was made with: the program's version, parameters, seeds, and the SHA-256 of what it was made from.
version=$("$MYOSURV" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)
sha() { sha256sum "$1" | cut -d' ' -f1; }
case=study/cases/SYN-0001
says "\"version\": \"$version\"" $case/done.json
says "\"scan_sha256\": \"$(sha study-scans/scans/SYN-0001.nii.gz)\"" $case/done.json
says '"preset": "default"' $case/done.json
for file in mask.nii.gz measurements.json features.csv; do says "$(sha $case/$file)" $case/done.json; done
says "\"version\": \"$version\"" study/done.json
says '"seed": 1' study/done.json
says "$(sha study/cohort.csv)" study/done.json
says "$(sha study/study.json)" study/done.json
for file in study/tables/*.csv study/model/*.msm study/figures/*.svg study/report.html; do
    says "$(sha "$file")" study/done.json
done
says "$version" study/report.html
grep -oE '<(td|dd|code|p)[^<]*[0-9a-f]{16}' study/report.html | has . || fail 'the report names no SHA-256'

# Nothing changed: all agrees. One bit of a scan, of a mask, a table or a network: found and named.
"$MYOSURV" study check study --verify >out.txt
says ', 0 do not match their records' out.txt
flip() { # FILE: its last byte, with size and time as they were
    cp -p "$1" kept
    local size last
    size=$(stat -c %s "$1")
    last=$(tail -c 1 "$1" | od -An -tu1 | tr -d ' ')
    printf '%b' "$(printf '\\x%02x' $((last ^ 1)))" | dd of="$1" bs=1 seek=$((size - 1)) conv=notrunc status=none
    touch -r kept "$1"
}
check() { # FILE WORDS: flipped it is found, put back it is well again
    flip "$1"
    local code=0
    "$MYOSURV" study check study --verify >out.txt 2>err.txt || code=$?
    [ "$code" -eq 4 ] || fail "$1 was changed, and study check --verify ended with $code"
    grep -qE "$2" out.txt || fail "$1 was changed, and is not named: $(cat out.txt)"
    cp -p kept "$1"
}
check study-scans/scans/SYN-0003.nii.gz '^SYN-0003: scan: .*changed'
check study/cases/SYN-0002/mask.nii.gz '^SYN-0002: result: .*mask.nii.gz: changed'
check study/tables/cindex.csv '^table: .*cindex.csv: changed'
check study/model/os.msm '^[a-z]*: .*os.msm: changed'
check study/report.html '^report: .*report.html: changed'
"$MYOSURV" study check study --verify >out.txt || fail "all is as it was, and something is said to be changed: $(cat out.txt)"
sed -i 's/"epochs": 10/"epochs": 11/' study/train.json
"$MYOSURV" study check study --verify >out.txt || [ $? -eq 4 ] || fail 'verifying ended badly'
says 'training settings: changed' out.txt
