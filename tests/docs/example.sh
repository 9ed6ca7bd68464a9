#!/usr/bin/env bash
# The example of docs/library.md is compiled against an installation made here, by pkg-config and by find_package from a
# project of its own, and prints the numbers of the page.
#   example.sh BUILD   (a build tree of myosurv with everything built)
set -euo pipefail
build=$1
source=$(readlink -f "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/installed" >"$work/log" 2>&1 || { tail "$work/log" >&2; exit 1; }
cp -r "$source/docs/example" "$work/example"
cd "$work/example"

cat >expected <<'TEXT'
Maintained: n = 11, events = 7, median 31
Nonmaintained: n = 12, events = 11, median 23
xNonmaintained: hazard ratio 2.498 (0.916 to 6.813), p = 0.0737
C = 0.619
TEXT
libraries=$(dirname "$(find "$work/installed" -name libmyosurv.so)")
export LD_LIBRARY_PATH=$libraries PKG_CONFIG_PATH=$libraries/pkgconfig
# The .pc file names the prefix that was configured, not the one given here.
# shellcheck disable=SC2046
${CC:-cc} -std=c11 -Wall -Wextra -Werror survival.c $(pkg-config --define-variable=prefix="$work/installed" --cflags --libs myosurv) -lm -o by-pkg-config
./by-pkg-config "$source/data/aml.csv" | diff expected -
cmake -S . -B build -DCMAKE_PREFIX_PATH="$work/installed" >"$work/log" 2>&1 && cmake --build build >>"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 1; }
./build/survival "$source/data/aml.csv" | diff expected -
code=0
./build/survival missing.csv 2>err || code=$?
[ "$code" -eq 3 ] && grep -q missing.csv err
printf 'time,status,x\n1,1,a\n2,oops,b\n' >bad.csv
code=0
./build/survival bad.csv 2>err || code=$?
[ "$code" -eq 3 ] && grep -q 'bad.csv:3' err
echo "the example compiles by pkg-config and by find_package, and prints what the page shows"
