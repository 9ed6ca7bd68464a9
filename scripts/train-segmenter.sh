#!/bin/sh
# Makes data/segmenter.pt again, and the figures of docs/segmenter.md: a network for each scan left out, judged on
# that scan, then the one that ships. Needs the scans and contours of data/segmenter-list.csv in one folder:
#     scripts/train-segmenter.sh FOLDER OUTPUT_FOLDER
# About a second a step on one core; THREADS=2 uses two, with the same result.
set -eu
[ $# = 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
myosurv=${MYOSURV:-$here/build/release/myosurv}
list=$here/data/segmenter-list.csv
scans=$1 out=$2
mkdir -p "$out"
train() { "$myosurv" segmenter train "$list" --root "$scans" --seed 1 --threads "${THREADS:-1}" "$@"; }
for name in $(awk -F, 'NR > 1 && $3 != "" { print $1 }' "$list" | sort -u); do
    train --leave-out "$name" --steps 900 -o "$out/without-$name.pt"
    "$myosurv" segmenter evaluate "$list" --root "$scans" --only "$name" --model "$out/without-$name.pt" -o "$out/$name"
done
train --steps 2000 -o "$out/segmenter.pt" --history "$out/segmenter.csv"
