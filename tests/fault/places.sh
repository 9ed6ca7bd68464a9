#!/usr/bin/env bash
# Places that do not take what is written: a full disk, a folder that may only be read, a file size limit, a study that
# another run holds. places.sh PROGRAM
set -uo pipefail
program=$1
here=$(cd "$(dirname "$0")" && pwd)
data=$(cd "$here/../../data" && pwd)
. "$here/study.sh"
work=$(mktemp -d)
trap 'umount "$work/disk" 2>/dev/null; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
export MYOSURV_DATA_DIR=${MYOSURV_DATA_DIR:-$data} NO_COLOR=1
fail() {
    echo "FAILED: $*" >&2
    exit 1
}
# refuses CODES PATTERN COMMAND...: ends with one of these codes and says so
refuses() {
    local codes=$1 pattern=$2 code=0
    shift 2
    "$@" >out.txt 2>err.txt || code=$?
    grep -qw -- "$code" <<<"$codes" || fail "$* ended with $code, not $codes: $(cat err.txt)"
    grep -qi -- "$pattern" err.txt || fail "$* does not say '$pattern': $(cat err.txt)"
}

make_study study || fail "the study is not made"
cp -r study start
"$program" study run study >out.txt 2>err.txt || fail "the study does not run: $(cat err.txt)"
has_networks study || fail "no networks were trained"
hashes study >reference.txt

# Standard output that is full.
refuses 6 'space' bash -c "'$program' km '$data/aml.csv' --time time --event status >/dev/full"
# No file may be larger than 8 KiB: the results are larger.
refuses "3 6" 'size limit\|too large' bash -c "ulimit -f 8; trap '' XFSZ; '$program' phantom -o p.nii.gz --seed 5 --matrix 64 --slice-mm 10"
[ ! -e p.nii.gz ] || fail "a file beyond the limit is there"

# A disk that gets full while a study runs; with room again, the next run ends it with the same bytes.
mkdir disk
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1500k tmpfs disk 2>/dev/null; then
    cp -r start disk/study
    refuses "4 6" 'space' "$program" study run disk/study
    mount -o remount,size=64m disk
    "$program" study run disk/study >out.txt 2>err.txt || fail "with room again: $(cat err.txt)"
    hashes disk/study | diff reference.txt - || fail "other bytes after a full disk"
    umount disk
    echo "full disk: told, and the same bytes after"
else
    echo "skipped: full disk (needs root and mount)"
fi

# A folder in which nothing may be written, for a user whom rights hold (root is not held by them).
user=()
if [ "$(id -u)" -eq 0 ]; then
    if command -v setpriv >/dev/null; then user=(setpriv --reuid 65534 --regid 65534 --clear-groups); fi
    chmod 755 . && chmod -R a+rX .
fi
if [ "$(id -u)" -ne 0 ] || [ ${#user[@]} -gt 0 ]; then
    [ "$(id -u)" -eq 0 ] || chmod -R a-w study
    refuses "3 6" 'permission denied' "${user[@]}" "$program" study run study
    refuses "3 6" 'permission denied' "${user[@]}" "$program" km "$data/aml.csv" --time time --event status --figure study/km.png
    [ "$(id -u)" -eq 0 ] || chmod -R u+w study
    hashes study | diff reference.txt - || fail "a run without rights changed something"
    echo "read-only folder: told, and nothing changed"
fi

# Two runs at once: one is turned away with its own code, the other's bytes are right.
rm -rf study && cp -r start study
"$program" study run study >first.txt 2>&1 &
pid=$!
for _ in $(seq 100); do
    [ -e study/.lock ] && [ -d study/cases ] && break
    sleep 0.05
done
refuses 5 'another run' "$program" study run study
wait $pid || fail "the first of two runs: $(cat first.txt)"
hashes study | diff reference.txt - || fail "other bytes after two runs at once"
echo "two runs at once: one is turned away"
