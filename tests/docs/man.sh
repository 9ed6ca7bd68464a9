#!/usr/bin/env bash
# Every man page is rendered by groff without a warning, and holds its sections.
#   MYOSURV=program man.sh
set -euo pipefail
if ! command -v groff >/dev/null; then
    echo "skipped: groff is not installed"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$MYOSURV" version --man "$work/man"
failures=0
for page in "$work"/man/*.1; do
    groff -man -Tascii -P-cbou -ww -wall -rLL=100n "$page" >"$work/text" 2>"$work/warnings"
    if [ -s "$work/warnings" ] || ! grep -q SYNOPSIS "$work/text" || ! grep -q 'EXIT STATUS' "$work/text"; then
        echo "${page##*/}: $(head -n 3 "$work/warnings")"
        failures=$((failures + 1))
    fi
done
echo "$(find "$work/man" -name '*.1' | wc -l) man pages, $failures with warnings"
[ "$failures" -eq 0 ]
