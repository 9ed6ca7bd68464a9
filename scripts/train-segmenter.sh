#!/bin/sh
# Makes data/segmenter.pt again, and the figures of docs/segmenter.md: a network a scan left out, then the one
# that ships. Needs the scans of data/segmenter-list.csv, whose paths are relative to the folder that holds them:
#     scripts/train-segmenter.sh FOLDER_OF_SCANS OUTPUT_FOLDER
# About 15 minutes of one core a network; give THREADS=2 to use two.
set -eu
[ $# = 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
myosurv=${MYOSURV:-$here/build/release/myosurv}
mkdir -p "$2"
out=$(cd "$2" && pwd)
cd "$1"
# The list's paths are relative to the list: make them relative to the output folder's copy.
awk -F, -v OFS=, -v dir="$PWD/" 'NR > 1 { if ($2 !~ /^phantom:/) $2 = dir $2; if ($3 != "") $3 = dir $3 } { print }' \
    "$here/data/segmenter-list.csv" >"$out/list.csv"
names=$(awk -F, 'NR > 1 && $2 !~ /^phantom:/ { print $1 }' "$out/list.csv" | sort -u)
train="$myosurv segmenter train $out/list.csv --seed 1 --steps ${STEPS:-800} --threads ${THREADS:-1}"
for name in $names; do
    $train --leave-out "$name" -o "$out/without-$name.pt" --history "$out/without-$name.csv"
    "$myosurv" segmenter evaluate "$out/list.csv" --only "$name" --model "$out/without-$name.pt" -o "$out/$name"
done
$train -o "$out/segmenter.pt" --history "$out/segmenter.csv"
