#!/usr/bin/env bash
# Power cuts: kill.sh PROGRAM [MOMENTS [SEED]]
# Runs a study, kills the whole of it with SIGKILL at MOMENTS random times (4), lets another run finish it, and compares
# every byte with a study that was never killed. Every fourth time the second run is killed as well.
set -uo pipefail
program=$1 moments=${2:-4}
RANDOM=${3:-1}
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../../data" && pwd)
. "$here/study.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export MYOSURV_DATA_DIR=${MYOSURV_DATA_DIR:-$data} NO_COLOR=1
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }

make_study study || fail "the study is not made"
mv study start
cp -r start study
began=$(now_ms)
"$program" study run study >out.txt 2>err.txt || fail "the study does not run: $(cat err.txt)"
lasted=$(($(now_ms) - began))
has_networks study || fail "no networks were trained"
hashes study >reference.txt

# killed FRACTION: a run in a process group of its own, killed when this part in 1000 of its time is over
killed() {
    setsid "$program" study run study >/dev/null 2>&1 &
    local pid=$!
    sleep "$(awk -v t=$lasted -v f="$1" 'BEGIN { printf "%.3f", t * f / 1e6 }')"
    kill -9 -- -$pid 2>/dev/null
    wait $pid 2>/dev/null
    # Its children go with it, and with the last of them its hold on the study.
    [ ! -e study/.lock ] || flock -w 10 study/.lock true || fail "the study is still held 10 s after the kill"
}
in_time=0
for ((moment = 1; moment <= moments; moment++)); do
    rm -rf study && cp -r start study
    at=$((RANDOM % 1000))
    killed $at
    [ -e study/report.html ] || in_time=$((in_time + 1))
    if ((moment % 4 == 0)); then killed $((RANDOM % 1000)); fi
    "$program" study run study >out.txt 2>err.txt || fail "moment $moment ($at in 1000 of $lasted ms): the next run: $(cat err.txt)"
    hashes study | diff reference.txt - >differences.txt ||
        fail "moment $moment ($at in 1000 of $lasted ms): other bytes: $(head -5 differences.txt)"
done
echo "killed $moments times ($in_time before the report was there); the same bytes after the next run"
[ $((4 * in_time)) -ge "$moments" ] || fail "too few kills came before the end to prove anything"
