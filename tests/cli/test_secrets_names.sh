# Names of files that come from a table's ids go through an allowlist, in every command that makes such files; and no shell
# and no other program is ever started.
program=$MYOSURV
. "$MS_SOURCE_DIR/tests/fault/study.sh"
make_study odd
mv odd-scans sample
mkdir -p work outside
outside_is_clean() {
    [ -z "$(ls -A outside)" ] || fail "$1: wrote outside: $(ls -A outside)"
    [ "$(ls)" = "$listing" ] || fail "$1: made $(ls | tr '\n' ' ')"
}
long=$(printf 'x%.0s' $(seq 300))
bad_ids=(../outside/x ../../x a/b /tmp/x . .. .hidden -rf --force "$long" 'a b' 'a;b' 'a|b' "a'b" '$(id)' '`id`' 'a\b' 'a*b' 'a:b' '%2e%2e'
    'Müller' $'x\ny' $'x\ty' $'x\x01y' '‮x' '')
: >table.csv
: >list.csv
listing=$(touch table.csv list.csv out.txt err.txt; ls)
quoted() { printf '"%s"' "${1//\"/\"\"}"; }
for id in "${bad_ids[@]}"; do
    # A study's table, when it is made and when it is run with the id put in afterwards.
    awk -F, -v OFS=, -v row=2 'NR == row { $1 = "@ID@" } { print }' sample/cohort.csv >table.csv
    text=$(<table.csv)
    printf '%s\n' "${text/@ID@/$(quoted "$id")}" >table.csv
    sed -i 's|scans/|../sample/scans/|' table.csv
    rm -rf work && mkdir work
    expect_error 3 'table.csv:' "$MYOSURV" study init work/study --cohort table.csv --preset default --quiet
    [ ! -e work/study ] || [ -z "$(find work/study -mindepth 1)" ] || fail "'$id': a study was made"
    "$MYOSURV" study init work/study --cohort sample/cohort.csv --preset default --quiet >/dev/null
    cp table.csv work/study/cohort.csv
    expect_error 3 'cohort.csv:' "$MYOSURV" study check work/study
    expect_error 3 'cohort.csv:' "$MYOSURV" study run work/study
    [ ! -e work/study/cases ] || [ -z "$(ls work/study/cases)" ] || fail "'$id': a case was made"
    # A list of scans.
    printf 'case_id,scan\n%s,sample/scans/SYN-0001.nii.gz\n' "$(quoted "$id")" >list.csv
    expect_error 3 'list.csv:' "$MYOSURV" segment --list list.csv -o work/out --model none
    [ -z "$(find work/out -mindepth 1 2>/dev/null)" ] || fail "'$id': segment wrote $(find work/out)"
    outside_is_clean "'$id'"
done
# Ids that are odd and still good name a folder below the study, also those that mean something elsewhere.
for id in con NUL a..b x.y-z_0 "$(printf 'x%.0s' $(seq 100))"; do
    printf 'case_id,scan\n%s,none.nii.gz\n' "$id" >list.csv
    code=0
    "$MYOSURV" segment --list list.csv -o work/out --model none >out.txt 2>err.txt || code=$?
    grep -q 'none.nii.gz' err.txt || fail "'$id' was not taken: $(cat err.txt)"
done

# A cohort's name, an endpoint's and a region's become parts of names of files, too.
rm -rf work && mkdir work
"$MYOSURV" study init work/study --cohort sample/cohort.csv --preset default --quiet >/dev/null
cp work/study/study.json study.json
listing=$(ls)
for change in 's|"seed": 1|"seed": 1, "train": " =none"|' 's|"name": "os"|"name": "../../os"|' 's|"name": "os"|"name": "o/s"|' 's|"prefix": "sm_"|"prefix": "../sm"|' 's|"prefix": "sm_"|"prefix": "-x"|'; do
    sed "$change" study.json >work/study/study.json
    expect_error 3 'study.json: ' "$MYOSURV" study check work/study
done
awk -F, -v OFS=, 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i }
    NR > 6 { $c["split"] = "external"; $c["cohort"] = NR == 7 ? "a$(touch outside/y)b/c" : "../../../outside/x" } { print }' \
    sample/cohort.csv >odd/cohort.csv
sed -i "s|\"scan_root\": \".*\"|\"scan_root\": \"$PWD/sample\"|" odd/study.json
listing=$(ls)
"$MYOSURV" study run odd >out.txt 2>err.txt || fail "a cohort with an odd name: $(cat err.txt)"
outside_is_clean 'a cohort with an odd name'
grep -q 'outside/x' odd/tables/flow.csv || fail 'the cohort with an odd name is not in the tables'
[ "$(find odd/figures -name '*outside*' | wc -l)" -gt 0 ] || fail 'the cohort with an odd name has no figure'
find odd -print0 | while IFS= read -r -d '' file; do
    case $(basename "$file") in *[!A-Za-z0-9._-]* | -*) fail "a name of a file that is none of the allowed: $file" ;; esac
done

# No shell, no program: neither in what the program and its modules call, nor, where strace is at hand, in what happens.
grep -rnE '\b(system|popen|posix_spawnp?|execl[pe]?|execvp?e?|fexecve|wordexp)[[:space:]]*\(' "$MS_SOURCE_DIR/src" --include='*.c' \
    --include='*.h' --include='*.cpp' >calls.txt || true
[ ! -s calls.txt ] || fail "a program is started: $(cat calls.txt)"
if command -v nm >/dev/null; then
    for file in "$MYOSURV" "${MYOSURV_MODULE_DIR:-$(dirname "$MYOSURV")/modules}"/*.so; do
        if nm -D --undefined-only "$file" | grep -E ' (system|popen|posix_spawnp?|exec(l|lp|le|v|vp|vpe|ve)|fexecve|wordexp)(@|$)' \
            >calls.txt; then fail "$file calls $(cat calls.txt)"; fi
    done
fi
if sanitized; then
    echo 'skipped: strace (leaks are not looked for under it)'
elif command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
    strace -f -qq -e trace=execve,execveat -o calls.txt "$MYOSURV" segment sample/scans/SYN-0002 --l3-slice 14 -o work/traced --model none --quiet >/dev/null 2>&1
    [ "$(grep -c 'exec' calls.txt)" -eq 1 ] || fail "other programs are started: $(cat calls.txt)"
    strace -f -qq -e trace=execve,execveat -o calls.txt "$MYOSURV" study report odd --quiet >/dev/null 2>&1 || true
    [ "$(grep -c 'exec' calls.txt)" -eq 1 ] || fail "other programs are started: $(cat calls.txt)"
else
    echo 'skipped: strace is not installed, or may not trace here'
fi
