#!/usr/bin/env bash
# Calls that fail: faults.sh PROGRAM LIBRARY [POINTS [STUDY_POINTS]]
# Runs commands with the N-th malloc, open, write, fsync, rename, close or fork failing (failing.c), for POINTS values of
# N spread over all such calls of a command, and every N-th. Whatever fails: the program ends with a message and a code
# of its own, never by a signal; a file under its final name is whole; success means the same bytes as without faults.
# A study is then run again without faults and has the same bytes as one that never saw any.
set -uo pipefail
program=$1 library=$2 points=${3:-5} study_points=${4:-1}
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../../data" && pwd)
. "$here/study.sh"
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export NO_COLOR=1

bad() {
    echo "FAILED: $*" >&2
    failed=$((failed + 1))
}
# faulty KIND:N COMMAND...: runs it with that fault, the calls counted in the file `count`
faulty() {
    local fault=$1
    shift
    head -c 8 /dev/zero >count
    MS_FAULT=$fault MS_FAULT_COUNT=$work/count LD_PRELOAD=$library "$@"
}
counted() { od -An -tu8 count | tr -d ' '; }
# The values of N for a command with this many calls: the first, the last, and some between.
spread() { # TOTAL POINTS
    awk -v t="$1" -v p="$2" 'BEGIN { if (p > t) p = t; for (i = 0; i < p; i++) { n = p > 1 ? int(1 + i * (t - 1) / (p - 1) + 0.5) : int((t + 1) / 2); if (n != last) print n; last = n } if (t > 2) print (t > 40 ? 20 : 2) "+" }'
}
# A fault is told in these words or the command did all it had to do.
judge() { # FAULT CODE COMMAND...
    local fault=$1 code=$2
    shift 2
    case $code in
    0 | 3 | 4 | 6) ;;
    *) bad "$fault: '$*' ended with $code: $(tail -3 err.txt)" ;;
    esac
    [ "$code" -eq 0 ] || [ -s err.txt ] || bad "$fault: '$*' ended with $code without a word"
}

# attack COMMAND...: its results go to the folder out/ and to standard output
attack() {
    local kind n code before=$failed runs=0
    rm -rf out reference && mkdir out
    "$program" "$@" >out/stdout.txt 2>err.txt || { bad "'$*' does not run without faults: $(cat err.txt)"; return; }
    mv out reference
    hashes reference >reference.txt
    for kind in malloc open write fsync rename close fork; do
        rm -rf out && mkdir out
        faulty $kind:0 "$program" "$@" >out/stdout.txt 2>err.txt
        for n in $(spread "$(counted)" "$points"); do
            rm -rf out && mkdir out
            code=0
            faulty "$kind:$n" "$program" "$@" >out/stdout.txt 2>err.txt || code=$?
            runs=$((runs + 1))
            judge "$kind:$n" $code "$@"
            if [ "$code" -eq 0 ]; then
                hashes out | diff -q reference.txt - >/dev/null || bad "$kind:$n: '$*' ended well with other results"
            else
                rm -f out/stdout.txt
                hashes out | grep -vxFf reference.txt >odd.txt && bad "$kind:$n: '$*' left $(cat odd.txt)"
            fi
        done
    done
    [ "$failed" -ne "$before" ] || echo "$1: $runs faults, nothing lost, nothing false"
}

"$program" phantom -o scan.nii.gz --seed 5 --matrix 128 --slice-mm 8 --quiet >/dev/null
"$program" segment scan.nii.gz -o scan --quiet >/dev/null
awk -F, 'NR == 1 { print $0 ",dose" } NR > 1 { print $0 "," NR % 5 }' "$data/aml.csv" >aml.csv
"$program" train aml.csv --time time --event status --x dose -o m.model --quiet >/dev/null 2>&1
attack km aml.csv --time time --event status --group x --figure out/km.png
attack cox aml.csv --formula 'Surv(time, status) ~ x' --residuals martingale -o out/residuals.csv
attack predict m.model aml.csv --at 10,20 -o out/predicted.csv
attack features scan.nii.gz scan/mask.nii.gz --label 1 -o out/features.csv
attack phantom -o out/p.nii.gz --seed 5 --matrix 64 --slice-mm 10 --truth out/truth
attack segment scan.nii.gz -o out/scan

# A study, its first run under the fault, then another without.
make_study study || bad "the study is not made"
mv study start
reset() { rm -rf study && cp -r start study; }
reset
"$program" study run study >out.txt 2>err.txt || bad "the study does not run without faults: $(cat err.txt)"
has_networks study || bad "no networks were trained"
hashes study >reference.txt
study_runs=0 before=$failed
for kind in malloc open write fsync rename close fork; do
    reset
    faulty $kind:0 "$program" study run study >/dev/null 2>&1
    for n in $(spread "$(counted)" "$study_points"); do
        reset
        code=0
        faulty "$kind:$n" "$program" study run study >out.txt 2>err.txt || code=$?
        study_runs=$((study_runs + 1))
        judge "$kind:$n" $code study run
        [ "$code" -ne 0 ] || hashes study | diff -q reference.txt - >/dev/null || bad "$kind:$n: study run ended well with other results"
        "$program" study run study >out.txt 2>err.txt || bad "after $kind:$n: $(cat err.txt)"
        hashes study | diff reference.txt - >differences.txt || bad "after $kind:$n and another run: $(head -5 differences.txt)"
    done
done
[ "$failed" -ne "$before" ] || echo "study run: $study_runs faults, the same bytes after another run"
[ "$failed" -eq 0 ] || { echo "$failed faults were not borne" >&2; exit 1; }
